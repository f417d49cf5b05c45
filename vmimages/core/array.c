/* SPDX-License-Identifier: Apache-2.0 */
/* array.array: a memoryview of all of a bytearray of its own, with the flag VM_ARRAY. What both have is in memoryview.c. */
#include "sequence.h"

#if VM_MEMORYVIEW

static inline vm_memoryview *of(const vm *vm, vm_value v) {
    (void)vm;
    return VM_PTR(vm, v);
}

/* Whose items are the contents of `store`, a bytearray. */
static vm_value over(vm *vm, vm_value store, unsigned letter) {
    vm_value v = store ? vm_new_memory(vm, store, letter, vm_bytearray_of(vm, store)->length) : store;
    if (v) of(vm, v)->h.flags |= VM_ARRAY;
    return v;
}

/* Items of the array replaced by others, which are not its own. */
static bool replace(vm *vm, vm_value v, uint32_t at, uint32_t old, const void *data, uint32_t count) {
    vm_memoryview *m = of(vm, v);
    uint32_t size = (uint32_t)m->step;
    if (count > 0x1FFFFFFF / size) return vm_memory_error(vm) != VM_NULL;
    if (!vm_splice(vm, m->source, at * size, old * size, data, count * size)) return false;
    m->length += count - old;
    return true;
}

static bool put(vm *vm, vm_value v, uint32_t at, uint32_t old, vm_value item) {
    uint8_t bytes[8];
    return vm_memory_pack(vm, of(vm, v), item, bytes) && replace(vm, v, at, old, bytes, 1);
}

static bool append_bytes(vm *vm, vm_value v, vm_value source, bool own) {
    const uint8_t *data;
    uint32_t length, size = (uint32_t)of(vm, v)->step;
    unsigned root = vm_root(vm, v);
    vm_root(vm, source);
    if (own) source = vm_memory_tobytes(vm, 1, &source);
    if (source) vm_root(vm, source);
    bool done = source && vm_bytes_view(vm, source, &data, &length);
    if (source && !done) vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", source);
    if (done && length % size) done = vm_raise(vm, VM_B_ValueError, "bytes length not a multiple of item size");
    done = done && replace(vm, v, of(vm, v)->length, 0, data, length / size);
    vm_unroot(vm, root);
    return done;
}

static bool same_kind(vm *vm, vm_value a, vm_value b, const char *doing) {
    if (!vm_is_array(vm, b)) return vm_raise(vm, VM_B_TypeError, doing, b), false;
    if (of(vm, a)->h.aux == of(vm, b)->h.aux) return true;
    return vm_raise(vm, VM_B_TypeError, "bad argument type for built-in operation"), false;
}

static bool append_all(vm *vm, vm_value v, vm_value iterable) {
    unsigned root = vm_root(vm, v);
    vm_value iterator = vm_iterate(vm, iterable), item;
    bool done = iterator != VM_NULL;
    if (done) vm_root(vm, iterator);
    while (done && (item = vm_next(vm, iterator))) {
        unsigned place = vm_root(vm, item);
        done = put(vm, v, of(vm, v)->length, 0, item);
        vm_unroot(vm, place);
    }
    vm_unroot(vm, root);
    return done && !vm->exception;
}

static bool extend(vm *vm, vm_value v, vm_value source) {
    if (!vm_is_array(vm, source)) return append_all(vm, v, source);
    return same_kind(vm, v, source, "") && append_bytes(vm, v, source, true);
}

vm_value vm_new_array(vm *vm, unsigned argc, vm_value *argv) {
    if (!vm_no_keywords(vm, "array.array")) return VM_NULL;
    const vm_str *s = vm_is(vm, argv[0], VM_T_STR) ? vm_str_of(vm, argv[0]) : NULL;
    unsigned letter = s && s->length == 1 ? s->data[0] : 0;
    if (!vm_memory_item_size(letter) || memchr("c?nN", (int)letter, 4))
        return vm_raise(vm, letter ? VM_B_ValueError : VM_B_TypeError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    vm_value v = over(vm, vm_new_bytearray_of(vm, NULL, 0), letter);
    if (!v || argc < 2) return v;
    bool bytes = vm_is(vm, argv[1], VM_T_BYTES) || vm_is(vm, argv[1], VM_T_BYTEARRAY), same = vm_is_array(vm, argv[1]);
    same = same && of(vm, argv[1])->h.aux == letter;
    unsigned root = vm_root(vm, v);
    bool done = !vm_is(vm, argv[1], VM_T_LIST) || /* in one piece */
                vm_bytearray_reserve(vm, of(vm, v)->source, vm_list_of(vm, argv[1])->length * (uint32_t)of(vm, v)->step);
    if (done) done = bytes || same ? append_bytes(vm, v, argv[1], same) : append_all(vm, v, argv[1]);
    vm_unroot(vm, root);
    return done ? v : VM_NULL;
}

/* The items that a view of the array shows, as an array. */
vm_value vm_array_of_view(vm *vm, vm_value view) {
    const uint8_t *data;
    uint32_t length;
    unsigned letter = of(vm, view)->h.aux, root = vm_root(vm, view);
    view = vm_memory_tobytes(vm, 1, &view);
    if (view) {
        vm_root(vm, view);
        vm_bytes_view(vm, view, &data, &length);
        view = over(vm, vm_new_bytearray_of(vm, data, length), letter);
    }
    vm_unroot(vm, root);
    return view;
}

/* value VM_NULL: deletes. */
bool vm_array_store_slice(vm *vm, vm_value v, vm_value index, vm_value value) {
    vm_memoryview *m = of(vm, v);
    vm_span span;
    uint32_t count = 0;
    const uint8_t *data = NULL;
    if (value && !same_kind(vm, v, value, "can only assign array (not \"%T\") to array slice")) return false;
    if (!vm_resolve_slice(vm, index, &m->length, &span)) return false;
    unsigned root = vm_mark_roots(vm);
    bool done, row = span.step == 1;
    if (value) {
        value = row ? vm_memory_tobytes(vm, 1, &value) : vm_to_list(vm, value);
        if (!value) return false;
        vm_root(vm, value);
    }
    if (row) {
        if (value) vm_bytes_view(vm, value, &data, &count);
        done = replace(vm, v, (uint32_t)span.start, span.count, data, count / (uint32_t)m->step);
    } else { /* rare: as a list does it */
        vm_value list = vm_to_list(vm, v);
        if (list) vm_root(vm, list);
        done = list && vm_sequence_store(vm, list, index, value) && replace(vm, v, 0, m->length, NULL, 0) && append_all(vm, v, list);
    }
    vm_unroot(vm, root);
    return done;
}

bool vm_array_delete(vm *vm, vm_value v, uint32_t at) { return replace(vm, v, at, 1, NULL, 0); }

/* + and *, whose left one is an array. VM_NULL without an exception: they do not go together. */
vm_value vm_array_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place) {
    int64_t times;
    vm_value other = b;
    if (op == VM_OP_ADD) {
        if (in_place) {
            if (vm_is_array(vm, b)) return extend(vm, a, b) ? a : VM_NULL;
            return vm_raise(vm, VM_B_TypeError, "can only extend with array (not \"%T\")", b);
        }
        if (!same_kind(vm, a, b, "can only append array (not \"%T\") to array")) return VM_NULL;
        other = of(vm, b)->source;
    } else if (op != VM_OP_MUL || !vm_as_int64(vm, b, &times))
        return VM_NULL;
    vm_value v = vm_sequence_binary(vm, op, of(vm, a)->source, other, in_place);
    if (v && in_place) {
        of(vm, a)->length = vm_bytearray_of(vm, v)->length / (uint32_t)of(vm, a)->step;
        return a;
    }
    return over(vm, v, of(vm, a)->h.aux);
}

bool vm_array_repr(vm_writer *w, vm_value v) {
    const vm_memoryview *m = of(w->vm, v);
    vm_value list = m->length ? vm_to_list(w->vm, v) : VM_NONE;
    if (!list) return false;
    unsigned root = vm_root(w->vm, list);
    vm_printf(w, m->length ? "array('%c', %R)" : "array('%c')", m->h.aux, list);
    vm_unroot(w->vm, root);
    return true;
}

/* --- methods */

vm_value vm_array_append(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return put(vm, argv[0], of(vm, argv[0])->length, 0, argv[1]) ? VM_NONE : VM_NULL;
}

vm_value vm_array_extend(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return extend(vm, argv[0], argv[1]) ? VM_NONE : VM_NULL;
}

vm_value vm_array_fromlist(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t length = of(vm, argv[0])->length;
    if (!vm_is(vm, argv[1], VM_T_LIST)) return vm_raise(vm, VM_B_TypeError, "arg must be list");
    vm_value done = vm_array_extend(vm, argc, argv);
    if (!done) replace(vm, argv[0], length, of(vm, argv[0])->length - length, NULL, 0);
    return done;
}

vm_value vm_array_frombytes(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return append_bytes(vm, argv[0], argv[1], vm_is_array(vm, argv[1])) ? VM_NONE : VM_NULL;
}

vm_value vm_array_insert(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at;
    (void)argc;
    if (!vm_need_index(vm, argv[1], &at)) return VM_NULL;
    return put(vm, argv[0], vm_clamp(at, of(vm, argv[0])->length), 0, argv[2]) ? VM_NONE : VM_NULL;
}

vm_value vm_array_pop(vm *vm, unsigned argc, vm_value *argv) {
    vm_value index = VM_SMALL(-1);
    if (argc > 1 && !(index = vm_index_of(vm, argv[1]))) return VM_NULL;
    if (!of(vm, argv[0])->length) return vm_raise(vm, VM_B_IndexError, "pop from empty array");
    int32_t i = vm_resolve_index(vm, argv[0], index, "pop");
    vm_value v = i < 0 ? VM_NULL : vm_memory_item(vm, argv[0], VM_SMALL(i));
    if (v) replace(vm, argv[0], (uint32_t)i, 1, NULL, 0);
    return v;
}

/* Place of the first item like argv[1]; -1: none, -2: raised. count: look at all. */
static int32_t find(vm *vm, unsigned argc, vm_value *argv, uint32_t *count) {
    uint32_t bound[2];
    if (!vm_take_bounds(vm, argc, argv, of(vm, argv[0])->length, bound)) return -2;
    for (uint32_t i = bound[0]; i < bound[1] && i < of(vm, argv[0])->length; i++) {
        vm_value item = vm_memory_item(vm, argv[0], VM_SMALL(i));
        unsigned root = vm_mark_roots(vm);
        if (item) vm_root(vm, item);
        int same = item ? vm_equal(vm, item, argv[1]) : -1;
        vm_unroot(vm, root);
        if (same < 0) return -2;
        if (same && !count) return (int32_t)i;
        if (same) ++*count;
    }
    return -1;
}

vm_value vm_array_index(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at = find(vm, argc, argv, NULL);
    if (at == -1) return vm_raise(vm, VM_B_ValueError, "array.index(x): x not in array");
    return at < 0 ? VM_NULL : VM_SMALL(at);
}

vm_value vm_array_count(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t count = 0;
    return find(vm, argc, argv, &count) < -1 ? VM_NULL : VM_SMALL(count);
}

vm_value vm_array_remove(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at = find(vm, argc, argv, NULL);
    if (at == -1) return vm_raise(vm, VM_B_ValueError, "array.remove(x): x not in array");
    return at >= 0 && replace(vm, argv[0], (uint32_t)at, 1, NULL, 0) ? VM_NONE : VM_NULL;
}

/* The bytes of every `size` in the opposite order. */
static void turn(uint8_t *data, uint32_t length, uint32_t size) {
    for (uint8_t *end = data + length; data < end; data += size)
        for (uint8_t *p = data, *q = data + size - 1; p < q; p++, q--) {
            uint8_t byte = *p;
            *p = *q;
            *q = byte;
        }
}

vm_value vm_array_byteswap(vm *vm, unsigned argc, vm_value *argv) {
    const vm_memoryview *m = of(vm, argv[0]);
    (void)argc;
    turn(vm_row_of(vm, m->source).data, m->length * (uint32_t)m->step, (uint32_t)m->step);
    return VM_NONE;
}

vm_value vm_array_reverse(vm *vm, unsigned argc, vm_value *argv) {
    const vm_memoryview *m = of(vm, argv[0]);
    turn(vm_row_of(vm, m->source).data, m->length * (uint32_t)m->step, m->length * (uint32_t)m->step);
    /* All bytes, and those of each item back again. */
    return vm_array_byteswap(vm, argc, argv);
}

#endif
