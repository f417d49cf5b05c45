/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes, slices, + and * of strs, bytes, bytearrays, lists and tuples. They differ by the size of their elements and by where these are:
 * behind the length, or in a storage of their own that can grow. */
#include "sequence.h"
#include <stddef.h>

_Static_assert(sizeof(vm_tuple) == 8 && offsetof(vm_str, data) == 12 && VM_T_BYTEARRAY < VM_T_TUPLE && VM_T_TUPLE < VM_T_LIST,
               "see vm_row_of");
_Static_assert(VM_T_STR == 1 && VM_T_BYTES == 2 && VM_T_BYTEARRAY == 4, "see vm_sequence_binary"); /* no other two give their product */

vm_row vm_row_of(const vm *vm, vm_value v) {
    const vm_list *l = vm_list_of(vm, v); /* the length of all is in this place */
    unsigned type = l->h.type, shift = type >= VM_T_TUPLE ? 2 : 0;
    if (type == VM_T_LIST || type == VM_T_BYTEARRAY) v = l->array;
    return (vm_row){v ? (uint8_t *)VM_PTR(vm, v) + (shift ? 8 : 12) : (uint8_t *)(uintptr_t)l, l->length, shift};
}

/* Of as many elements, to be filled in at once. */
static vm_value new_row(vm *vm, unsigned type, uint32_t length, vm_row *out) {
    vm_value v = type == VM_T_LIST        ? vm_new_list_of(vm, length, NULL)
                 : type == VM_T_TUPLE     ? vm_new_tuple_of(vm, length, NULL)
                 : type == VM_T_BYTEARRAY ? vm_new_bytearray_of(vm, NULL, length)
                                          : vm_alloc_string(vm, type, length);
    if (v) *out = vm_row_of(vm, v);
    return v;
}

/* --- indexes and slices */

int32_t vm_resolve_index(vm *vm, vm_value v, vm_value index, const char *what) {
    static const char names[][10] = {"string", "byte", "", "bytearray", "tuple", "list"};
    unsigned type = vm_head(vm, v)->type;
    bool memory = VM_MEMORYVIEW && type == VM_T_MEMORYVIEW;
    const char *name = memory ? "array" : names[type - VM_T_STR];
#if VM_MEMORYVIEW
    memory = memory && !(vm_head(vm, v)->flags & VM_ARRAY);
#endif
    int64_t i;
    if (!vm_as_int64(vm, index, &i)) {
        if (vm_is_bigint(vm, index)) return vm_raise(vm, VM_B_IndexError, "cannot fit 'int' into an index-sized integer"), -1;
        if (!vm_special(vm, index, VM_N_index_)) {
            if (type == VM_T_STR)
                vm_raise(vm, VM_B_TypeError, "string indices must be integers, not '%T'", index);
            else if (memory)
                vm_raise(vm, VM_B_TypeError, "memoryview: invalid slice key");
            else if (type == VM_T_MEMORYVIEW)
                vm_raise(vm, VM_B_TypeError, "array indices must be integers");
            else
                vm_raise(vm, VM_B_TypeError, "%s indices must be integers or slices, not %T", name, index);
            return -1;
        }
        if (!vm_need_int(vm, index, &i)) return -1;
    }
    uint32_t n = type == VM_T_STR ? vm_str_count(vm, v) : vm_list_of(vm, v)->length; /* after all calls of Python code */
    if (i < 0) i += n;
    if ((uint64_t)i < n) return (int32_t)i;
    if (memory) return vm_raise(vm, VM_B_IndexError, "index out of bounds on dimension 1"), -1;
    vm_raise(vm, VM_B_IndexError, what || type != VM_T_BYTES ? "%s index out of range" : "index out of range", what ? what : name);
    return -1;
}

bool vm_need_bound(vm *vm, vm_value v, int32_t *out) {
    int64_t x;
    if (vm_as_int64(vm, v, &x) || vm_is_bigint(vm, v) || vm_special(vm, v, VM_N_index_)) return vm_need_index(vm, v, out);
    return vm_raise(vm, VM_B_TypeError, "slice indices must be integers or None or have an __index__ method"), false;
}

uint32_t vm_clamp(int32_t at, uint32_t length) {
    if (at < 0 && (at += (int32_t)length) < 0) at = 0;
    return (uint32_t)at > length ? length : (uint32_t)at;
}

bool vm_take_bounds(vm *vm, unsigned argc, vm_value *argv, uint32_t length, uint32_t bound[2]) {
    bound[0] = 0;
    bound[1] = length;
    for (unsigned i = 2; i < argc; i++) {
        int32_t x;
        if (argv[i] == VM_NONE) continue;
        if (!vm_need_bound(vm, argv[i], &x)) return false;
        bound[i - 2] = x > (int32_t)length && i == 2 ? length + 1 : vm_clamp(x, length);
    }
    return true;
}

bool vm_resolve_slice(vm *vm, vm_value slice, const uint32_t *length, vm_span *out) {
    const vm_value *given = &vm_range_of(vm, slice)->start; /* start, stop, step */
    int32_t bound[3] = {0, 0, 1};
    for (unsigned i = 0; i < 3; i++)
        if (vm_is_small(given[i]))
            bound[i] = vm_small(given[i]);
        else if (given[i] != VM_NONE && !vm_need_bound(vm, given[i], &bound[i]))
            return false;
    int32_t n = (int32_t)*length, step = bound[2];
    if (!step) return vm_raise(vm, VM_B_ValueError, "slice step cannot be zero"), false;
    if (step == INT32_MIN) step++;
    int32_t low = step >> 31, high = n + low;
    for (unsigned i = 0; i < 2; i++) {
        int32_t x = bound[i];
        if (given[i] == VM_NONE)
            x = (unsigned)-low == i ? low : high;
        else if (x < 0)
            x += n;
        bound[i] = x < low ? low : x > high ? high : x;
    }
    int32_t distance = step < 0 ? bound[0] - bound[1] : bound[1] - bound[0];
    if (distance < 0) distance = 0;
    uint32_t stride = (uint32_t)(step < 0 ? -step : step);
    *out = (vm_span){bound[0], bound[1], step, stride == 1 ? (uint32_t)distance : ((uint32_t)distance + stride - 1) / stride};
    return true;
}

/* The elements of the slice to `packed`, or, `back`, from there. */
static void copy_steps(const vm_row *r, const vm_span *span, uint8_t *packed, bool back) {
    uint32_t at = (uint32_t)span->start;
    for (uint32_t i = 0; i < span->count; i++, at += (uint32_t)span->step) {
        uint8_t *element = r->data + ((size_t)at << r->shift);
        memcpy(back ? element : packed, back ? packed : element, (size_t)1 << r->shift);
        packed += (size_t)1 << r->shift;
    }
}

vm_value vm_sequence_item(vm *vm, vm_value v, vm_value index) {
    vm_row r, part;
    vm_list *l = vm_list_of(vm, v);
    unsigned type = l->h.type;
    if (!vm_is(vm, index, VM_T_SLICE)) {
        int32_t i = vm_resolve_index(vm, v, index, NULL);
        if (i < 0) return VM_NULL;
        if (type == VM_T_STR) return vm_str_slice(vm, v, (uint32_t)i, (uint32_t)i + 1);
        r = vm_row_of(vm, v);
        return r.shift ? ((vm_value *)(void *)r.data)[i] : VM_SMALL(r.data[i]);
    }
    vm_span span;
    uint32_t count;
    if (type == VM_T_STR) count = vm_str_count(vm, v);
    if (!vm_resolve_slice(vm, index, type == VM_T_STR ? &count : &l->length, &span)) return VM_NULL;
    if (type == VM_T_STR && span.step == 1) return vm_str_slice(vm, v, (uint32_t)span.start, (uint32_t)span.start + span.count);
    r = vm_row_of(vm, v);
    if (type == VM_T_STR && !vm_is_ascii(vm, v)) {
        vm_writer w;
        vm_writer_begin(&w, vm, span.count);
        for (uint32_t at = (uint32_t)span.start; span.count--; at += (uint32_t)span.step) {
            uint32_t from = vm_utf8_offset(r.data, r.length, at), next = from;
            vm_utf8_next(r.data, &next);
            vm_put(&w, r.data + from, next - from);
        }
        return vm_writer_end(&w);
    }
    if (span.step == 1 && span.count == r.length && (type == VM_T_BYTES || type == VM_T_TUPLE) && vm_is_exactly(vm, v, type)) return v;
    v = new_row(vm, type, span.count, &part);
    if (!v) return v;
    if (span.step == 1)
        memcpy(part.data, r.data + ((size_t)span.start << r.shift), (size_t)span.count << r.shift);
    else
        copy_steps(&r, &span, part.data, false);
    return v;
}

bool vm_splice(vm *vm, vm_value v, uint32_t at, uint32_t old, const void *data, uint32_t count) {
    vm_list *l = vm_list_of(vm, v);
    uint32_t length = l->length - old + count;
    if (length > l->length && !(l->h.type == VM_T_LIST ? vm_list_reserve(vm, v, length) : vm_bytearray_reserve(vm, v, length)))
        return false;
    if (!l->array) return true;
    vm_row r = vm_row_of(vm, v);
    uint8_t *place = r.data + ((size_t)at << r.shift);
    memmove(place + ((size_t)count << r.shift), place + ((size_t)old << r.shift), (size_t)(r.length - at - old) << r.shift);
    if (count) memcpy(place, data, (size_t)count << r.shift);
    l->length = length;
    return true;
}

static bool store_slice(vm *vm, vm_value v, vm_value index, vm_value item) {
    vm_list *l = vm_list_of(vm, v);
    bool list = l->h.type == VM_T_LIST, done;
    vm_row source = {NULL, 0, 0};
    vm_span span;
    unsigned root = vm_mark_roots(vm);
    if (item) {
        /* A copy: the source may be this one, or iterating it may change this one. */
        static const char refusal[] = "can assign only bytes, buffers, or iterables of ints in range(0, 256)";
        item = list                        ? vm_to_list(vm, item)
               : vm_is(vm, item, VM_T_STR) ? vm_raise(vm, VM_B_TypeError, refusal)
                                           : vm_bytes_to_put(vm, v, item, refusal);
        if (!item) {
            vm_value step = vm_range_of(vm, index)->step;
            if (list && vm_take_exception(vm, VM_B_TypeError))
                vm_raise(vm, VM_B_TypeError,
                         step == VM_NONE || step == VM_SMALL(1) ? "can only assign an iterable" : "must assign iterable to extended slice");
            return false;
        }
        vm_root(vm, item);
    }
    done = vm_resolve_slice(vm, index, &l->length, &span);
    if (done) {
        vm_row r = vm_row_of(vm, v);
        if (item) source = vm_row_of(vm, item);
        if (span.step == 1)
            done = vm_splice(vm, v, (uint32_t)span.start, span.count, source.data, source.length);
        else if (!item || (!list && !source.length)) {
            if (span.step > 0) { /* from the end on */
                span.start += span.step * (int32_t)(span.count - 1);
                span.step = -span.step;
            }
            for (; span.count--; span.start += span.step) vm_splice(vm, v, (uint32_t)span.start, 1, NULL, 0);
        } else if (source.length == span.count)
            copy_steps(&r, &span, source.data, true);
        else
            done = vm_raise(vm, VM_B_ValueError, "attempt to assign %s of size %u to extended slice of size %u",
                            list ? "sequence" : "bytes", source.length, span.count);
    }
    vm_unroot(vm, root);
    return done;
}

bool vm_sequence_store(vm *vm, vm_value v, vm_value index, vm_value item) {
    bool list = vm_is(vm, v, VM_T_LIST);
    uint8_t byte;
    if (vm_is(vm, index, VM_T_SLICE)) return store_slice(vm, v, index, item);
    if (item && !list && !vm_byte_of(vm, item, &byte)) return false;
    int32_t i = vm_resolve_index(vm, v, index, list ? "list assignment" : NULL);
    if (i < 0) return false;
    if (!item) return vm_splice(vm, v, (uint32_t)i, 1, NULL, 0);
    uint8_t *data = vm_row_of(vm, v).data;
    if (list)
        ((vm_value *)(void *)data)[i] = item;
    else
        data[i] = byte;
    return true;
}

/* --- + and * */

vm_value vm_sequence_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place) {
    vm_row p = vm_row_of(vm, a), q, out;
    vm_list *l = vm_list_of(vm, a);
    unsigned type = l->h.type, other = vm_object_type(vm, b);
    bool grows = type == VM_T_LIST || type == VM_T_BYTEARRAY;
    uint32_t bytes = p.length << p.shift, ascii = type == VM_T_STR ? l->h.flags & VM_ASCII : 0;
    int64_t times;
    vm_value v;
    if (op == VM_OP_ADD) {
        if (type == VM_T_LIST && in_place) return vm_list_extend(vm, a, b) ? a : VM_NULL;
        bool view = VM_MEMORYVIEW && other == VM_T_MEMORYVIEW && type <= VM_T_BYTEARRAY && type != VM_T_STR;
        if (view) {
            const uint8_t *data;
            if (!vm_bytes_view(vm, b, &data, &q.length)) return VM_NULL;
            q.data = (uint8_t *)(uintptr_t)data;
            q.shift = 0;
        } else if (other != type && (type == VM_T_STR || type * other != VM_T_BYTES * VM_T_BYTEARRAY))
            return VM_NULL;
        if (!view) q = vm_row_of(vm, b);
        if (grows && in_place) return vm_bytearray_append(vm, a, q.data, q.length) ? a : VM_NULL;
        if (!grows && !p.length && vm_is_exactly(vm, b, type)) return b;
        if (!grows && !q.length && vm_is_exactly(vm, a, type)) return a;
        v = new_row(vm, type, p.length + q.length, &out);
        if (!v) return v;
        memcpy(out.data, p.data, bytes);
        memcpy(out.data + bytes, q.data, q.length << q.shift);
        ascii &= vm_head(vm, b)->flags;
    } else {
        if (op != VM_OP_MUL || !vm_as_int64(vm, b, &times)) return VM_NULL;
        if (!grows && times == 1 && vm_is_exactly(vm, a, type)) return a;
        if (times < 0) times = 0;
        if (p.length && times > (0x3FFFFFFF >> p.shift) / p.length) return vm_memory_error(vm);
        uint32_t total = bytes * (uint32_t)times;
        v = new_row(vm, type, p.length * (uint32_t)times, &out);
        if (!v) return v;
        for (uint32_t at = 0; at < total; at += bytes) {
            if (at) bytes = at < total - at ? at : total - at;
            memcpy(out.data + at, at ? out.data : p.data, bytes);
        }
        if (grows && in_place) {
            vm_release(vm, l->array);
            l->array = vm_list_of(vm, v)->array;
            l->length = out.length;
            return a;
        }
    }
    vm_head(vm, v)->flags |= (uint8_t)ascii;
    return v;
}
