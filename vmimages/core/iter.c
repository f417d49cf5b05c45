/* SPDX-License-Identifier: Apache-2.0 */
/* Iteration: ranges, iterators of the builtin types, enumerate, zip, map, filter, reversed, views of dicts, unpacking. */
#include "rooms.h"

enum {
    I_LIST, /* tuples too */
    I_STR,
    I_BYTES,
    I_RANGE, /* extra: next value */
    I_KEYS,  /* extra: number of entries when it began, as int; then I_VALUES, I_ITEMS in this order */
    I_VALUES,
    I_ITEMS,
    I_REVERSED,  /* position: items left */
    I_SEQUENCE,  /* of an instance with __getitem__ */
    I_ENUMERATE, /* source: iterator; extra: next number */
    I_ZIP,       /* source: tuple of iterators */
    I_MAP,       /* source: tuple of iterators; extra: function */
    I_FILTER,    /* source: iterator; extra: function or None */
    I_CALLS,     /* source: function; extra: what ends it */
    I_KIND = 15, /* mask of the above in aux */
    I_DONE = 16, /* flag: once exhausted, always exhausted */
    I_LEFT = 32, /* over a dict, aux / I_LEFT: entries not yet given out, or MANY */
    MANY = 0x7FF
};

static vm_value new_iter(vm *vm, unsigned kind, vm_value source, vm_value extra) { /* both rooted */
    vm_value v = vm_alloc(vm, VM_T_ITER, sizeof(vm_iter));
    if (!v) return v;
    vm_iter *it = vm_iter_of(vm, v);
    it->h.aux = (uint16_t)kind;
    it->source = source;
    it->extra = extra;
    return v;
}

static vm_value over_entries(vm *vm, unsigned kind, vm_value dict) {
    uint32_t used = vm_dict_of(vm, dict)->used;
    if (VM_FEATURE_RARE) kind |= (vm_is(vm, dict, VM_T_SET) || used > MANY ? MANY : used) * I_LEFT;
    return new_iter(vm, kind, dict, VM_SMALL(used));
}

/* iter() */
vm_value vm_bi_iter(vm *vm, unsigned argc, vm_value *argv) {
    if (argc == 1) return vm_iterate(vm, argv[0]);
    if (vm_bi_callable(vm, 1, argv) == VM_FALSE) return vm_raise(vm, VM_B_TypeError, "iter(v, w): v must be callable");
    return new_iter(vm, I_CALLS, argv[0], argv[1]);
}

/* A generator that is neither a coroutine nor asynchronous. */
static bool is_generator(const vm *vm, vm_value v) {
    return vm_is(vm, v, VM_T_GENERATOR) && !(VM_ASYNC && vm_head(vm, v)->flags & (VM_G_COROUTINE | VM_G_ASYNC));
}

bool vm_is_iterator(vm *vm, vm_value v) { return vm_is(vm, v, VM_T_ITER) || is_generator(vm, v) || vm_special(vm, v, VM_N_next); }

vm_value vm_iterate(vm *vm, vm_value v) {
    vm_value m = vm_special(vm, v, VM_N_iter);
    if (m) {
        if (m == VM_NONE) return vm_raise(vm, VM_B_TypeError, "'%T' object is not iterable", v);
        m = vm_call(vm, m, 1, &v);
        if (m && !vm_is_iterator(vm, m)) return vm_raise(vm, VM_B_TypeError, "iter() returned non-iterator of type '%T'", m);
        return m;
    }
    switch (vm_object_type(vm, v)) {
    case VM_T_LIST:
    case VM_T_TUPLE: return new_iter(vm, I_LIST, v, VM_NONE);
    case VM_T_STR: return new_iter(vm, I_STR, v, VM_NONE);
    case VM_T_BYTES:
    case VM_T_BYTEARRAY: return new_iter(vm, I_BYTES, v, VM_NONE);
    case VM_T_RANGE: return new_iter(vm, I_RANGE, v, vm_range_of(vm, v)->start);
    case VM_T_DICT:
    case VM_T_SET: return over_entries(vm, I_KEYS, v);
    case VM_T_VIEW: return over_entries(vm, I_KEYS + vm_head(vm, v)->aux, vm_view_of(vm, v)->dict);
    case VM_T_GENERATOR:
        if (!is_generator(vm, v)) break; /* fall through */
    case VM_T_ITER: return v;
    default:
        if (vm_special(vm, v, VM_N_getitem) || (VM_MEMORYVIEW && vm_is(vm, v, VM_T_MEMORYVIEW)))
            return new_iter(vm, I_SEQUENCE, v, VM_NONE);
        break;
    }
    return vm_raise(vm, VM_B_TypeError, "'%T' object is not iterable", v);
}

vm_value vm_iter_type(const vm *vm, vm_value v) {
    const vm_iter *it = vm_iter_of(vm, v);
    unsigned kind = it->h.aux & I_KIND, source = vm_object_type(vm, it->source);
#if VM_FEATURE_RARE
    static const uint8_t types[] = {VM_B_list_iterator,
                                    VM_B_str_iterator,
                                    VM_B_bytes_iterator,
                                    VM_B_range_iterator,
                                    VM_B_dict_keyiterator,
                                    VM_B_dict_valueiterator,
                                    VM_B_dict_itemiterator,
                                    VM_B_reversed,
                                    VM_B_iterator,
                                    VM_B_enumerate,
                                    VM_B_zip,
                                    VM_B_map,
                                    VM_B_filter,
                                    VM_B_callable_iterator};
    if (kind == I_REVERSED) {
        if (it->extra != VM_NONE) return it->extra;
        if (source == VM_T_LIST) return VM_BUILTIN(VM_B_list_reverseiterator);
        if (source == VM_T_RANGE) return VM_BUILTIN(VM_B_range_iterator);
    }
    if (kind == I_KEYS && source == VM_T_SET) return VM_BUILTIN(VM_B_set_iterator);
    return VM_BUILTIN(types[kind] + ((kind == I_LIST && source == VM_T_TUPLE) || (kind == I_STR && vm_is_ascii(vm, it->source)) ||
                                     (kind == I_BYTES && source == VM_T_BYTEARRAY)));
#else
    static const uint8_t types[] = {VM_B_reversed, VM_B_iterator, VM_B_enumerate, VM_B_zip, VM_B_map, VM_B_filter};
    (void)source;
    return VM_BUILTIN(kind >= I_REVERSED && kind < I_CALLS ? types[kind - I_REVERSED] : VM_B_iterator);
#endif
}

/* The next of an iterator that another one goes through. */
static vm_value next_within(vm *vm, vm_value iterator) {
    bool deep = vm->chained == VM_CHAINED_MAX || vm->root_count > VM_ROOTS - VM_ROOTS_SPARE;
    if (deep || vm_stack_low(vm)) return vm_raise(vm, VM_B_RecursionError, "maximum recursion depth exceeded");
    vm->chained++;
    vm_value v = vm_next(vm, iterator);
    vm->chained--;
    return v;
}

#if VM_FEATURE_RARE
/* zip(strict=True): iterator number i of `iterators` has ended; the others must have, too. */
static void check_all_ended(vm *vm, vm_value iterators, uint32_t i) {
    const char *how = "shorter";
    for (uint32_t n = vm_tuple_of(vm, iterators)->length, first = i; !vm->exception; how = "longer") {
        if (i && (i == first || next_within(vm, vm_tuple_of(vm, iterators)->items[i]))) {
            if (i == 1)
                vm_raise(vm, VM_B_ValueError, "zip() argument 2 is %s than argument 1", how);
            else
                vm_raise(vm, VM_B_ValueError, "zip() argument %d is %s than arguments 1-%d", i + 1, how, i);
        }
        if (first || ++i >= n) return;
    }
}
#endif

/* The next of each iterator in a tuple, into a new tuple; VM_NULL at the end of the shortest. */
static vm_value next_of_all(vm *vm, vm_value iterators, bool strict) {
    uint32_t n = vm_tuple_of(vm, iterators)->length;
    if (!n) return VM_NULL;
    vm_value t = vm_new_tuple_of(vm, n, NULL);
    if (!t) return t;
    unsigned root = vm_root(vm, t);
    for (uint32_t i = 0; t && i < n; i++) {
        vm_value v = next_within(vm, vm_tuple_of(vm, iterators)->items[i]);
        vm_tuple_of(vm, t)->items[i] = v;
        if (v) continue;
        t = VM_NULL;
#if VM_FEATURE_RARE
        if (strict && !vm->exception) check_all_ended(vm, iterators, i);
#endif
    }
    (void)strict;
    vm_unroot(vm, root);
    return t;
}

static vm_value next_range(vm *vm, vm_iter *it) {
    const vm_range *r = vm_range_of(vm, it->source);
    if (it->extra & r->stop & r->step & 1) {
        int32_t x = (int32_t)it->extra, stop = (int32_t)r->stop, step = (int32_t)(r->step - 1), after;
        if (step > 0 ? x >= stop : x <= stop) return VM_NULL;
        if (!__builtin_add_overflow(x, step, &after)) {
            it->extra = (vm_value)after;
            return (vm_value)x;
        }
    }
    int64_t x, stop, step, after;
    vm_value v = it->extra;
    vm_as_int64(vm, v, &x);
    vm_as_int64(vm, r->stop, &stop);
    vm_as_int64(vm, r->step, &step);
    if (step > 0 ? x >= stop : x <= stop) return VM_NULL;
    if (__builtin_add_overflow(x, step, &after)) after = stop;
    unsigned root = vm_root(vm, v);
    vm_value next = vm_int(vm, after);
    vm_unroot(vm, root);
    if (!next) return next;
    it->extra = next;
    return v;
}

static vm_value next_entry(vm *vm, vm_iter *it) {
    vm_value both[2];
    unsigned kind = it->h.aux & I_KIND;
    if (VM_SMALL(vm_dict_of(vm, it->source)->used) != it->extra) {
        it->extra = VM_SMALL(-1); /* for good */
        return vm_raise(vm, VM_B_RuntimeError, "%s changed size during iteration", vm_is(vm, it->source, VM_T_SET) ? "Set" : "dictionary");
    }
    if (!vm_dict_next(vm, it->source, &it->position, &both[0], &both[1])) return VM_NULL;
#if VM_FEATURE_RARE
    if (it->h.aux < I_LEFT) return vm_raise(vm, VM_B_RuntimeError, "dictionary keys changed during iteration");
    if (it->h.aux < MANY * I_LEFT) it->h.aux -= I_LEFT;
#endif
    if (kind == I_KEYS) return both[0];
    return kind == I_VALUES ? both[1] : vm_new_tuple_of(vm, 2, both); /* the dict holds both */
}

/* What a function that an iterator calls has returned. Its StopIteration ends the iteration. */
static vm_value stop(vm *vm, vm_value v) {
    if (!v) vm_take_exception(vm, VM_B_StopIteration);
    return v;
}

vm_value vm_next_fast(vm *vm, vm_value iterator) {
    vm_iter *it = vm_iter_of(vm, iterator);
    vm_value v;
    unsigned back;
    switch (it->h.aux & (I_KIND | I_DONE)) {
    case I_LIST: {
        const vm_tuple *t = vm_tuple_of(vm, it->source);
        if (it->position >= t->length) break;
        return (t->h.type == VM_T_LIST ? vm_list_items(vm, (const vm_list *)t) : t->items)[it->position++];
    }
    case I_STR: {
        const vm_str *s = vm_str_of(vm, it->source);
        uint32_t at = it->position;
        if (at >= s->length) break;
        vm_utf8_next(s->data, &it->position);
        return vm_new_string(vm, s->data + at, it->position - at);
    }
    case I_BYTES: {
        const uint8_t *data;
        uint32_t n;
        vm_bytes_view(vm, it->source, &data, &n);
        if (it->position < n) return VM_SMALL(data[it->position++]);
        break;
    }
    case I_RANGE:
        if ((v = next_range(vm, it))) return v;
        break;
    case I_KEYS:
    case I_VALUES:
    case I_ITEMS:
        if ((v = next_entry(vm, it)) || vm->exception) return v;
        break;
    case I_REVERSED:
    case I_SEQUENCE:
        back = (it->h.aux & I_KIND) == I_REVERSED;
        if (back && !it->position) break;
#if VM_MEMORYVIEW
        if (!back && vm_is(vm, it->source, VM_T_MEMORYVIEW)) {
            if (it->position >= vm_tuple_of(vm, it->source)->length) break;
            v = vm_memory_item(vm, it->source, VM_SMALL(it->position));
            it->position++;
            return v;
        }
#endif
        v = vm_getitem(vm, it->source, VM_SMALL(it->position - back));
        if (v) return it->position += 1 - 2 * back, v;
        if (!vm_take_exception(vm, VM_B_IndexError) && !vm_take_exception(vm, VM_B_StopIteration)) return v;
        break;
    case I_ENUMERATE: {
        vm_value t = vm_new_tuple_of(vm, 2, NULL), next;
        if (!t) return t;
        unsigned root = vm_root(vm, t);
        v = next_within(vm, it->source);
        if (v) {
            vm_tuple_of(vm, t)->items[1] = v;
            vm_tuple_of(vm, t)->items[0] = it->extra;
            next = it->extra + 2; /* of a small int, the next one */
            if (!vm_is_small(next) || next == VM_SMALL(VM_INT31_MIN)) next = vm_plain_binary(vm, VM_OP_ADD, it->extra, VM_SMALL(1), false);
            if (next)
                it->extra = next;
            else
                t = VM_NULL;
        }
        vm_unroot(vm, root);
        return v ? t : VM_NULL;
    }
    case I_ZIP: return next_of_all(vm, it->source, VM_FEATURE_RARE && it->extra == VM_TRUE);
    case I_MAP: {
        v = next_of_all(vm, it->source, false);
        if (!v) return v;
        unsigned root = vm_root(vm, v);
        v = vm_call(vm, it->extra, vm_tuple_of(vm, v)->length, vm_tuple_of(vm, v)->items);
        vm_unroot(vm, root);
        return stop(vm, v);
    }
    case I_FILTER:
        while ((v = next_within(vm, it->source))) {
            bool truth = false;
            unsigned root = vm_root(vm, v);
            vm_value result = it->extra == VM_NONE ? v : vm_call(vm, it->extra, 1, &v);
            bool done = result && vm_truth(vm, result, &truth);
            vm_unroot(vm, root);
            if (!done) return stop(vm, VM_NULL);
            if (truth) return v;
        }
        return v;
    case I_CALLS: {
        v = vm_call(vm, it->source, 0, NULL);
        if (!stop(vm, v)) break;
        unsigned root = vm_root(vm, v);
        int end = vm_equal(vm, it->extra, v);
        vm_unroot(vm, root);
        if (!end) return v;
        break;
    }
    default: break;
    }
    if (!vm->exception) it->h.aux |= I_DONE;
    return VM_NULL;
}

vm_value vm_next(vm *vm, vm_value iterator) {
    if (VM_UNLIKELY(--vm->budget <= 0) && !vm_out_of_budget(vm)) return VM_NULL;
    if (vm_is(vm, iterator, VM_T_ITER)) return vm_next_fast(vm, iterator);
    if (vm_is(vm, iterator, VM_T_GENERATOR)) return vm_generator_next(vm, iterator);
    vm_value m = vm_special(vm, iterator, VM_N_next);
    if (!m) return vm_raise(vm, VM_B_TypeError, "'%T' object is not an iterator", iterator);
    m = vm_call(vm, m, 1, &iterator);
    if (!m) vm_take_exception(vm, VM_B_StopIteration);
    return m;
}

int64_t vm_range_length(vm *vm, vm_value v) {
    int64_t start, stop, step;
    vm_as_int64(vm, vm_range_of(vm, v)->start, &start);
    vm_as_int64(vm, vm_range_of(vm, v)->stop, &stop);
    vm_as_int64(vm, vm_range_of(vm, v)->step, &step);
    if (step > 0 ? start >= stop : start <= stop) return 0;
    uint64_t distance = step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    uint64_t n = (distance - 1) / (step > 0 ? (uint64_t)step : 0 - (uint64_t)step) + 1;
    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

int64_t vm_length(vm *vm, vm_value v) {
    int64_t n;
    vm_value m = vm_special(vm, v, VM_N_len);
    if (m) {
        m = vm_call(vm, m, 1, &v);
        if (!m || !vm_need_int(vm, m, &n)) return -1;
        if (n < 0) return vm_raise(vm, VM_B_ValueError, "__len__() should return >= 0"), -1;
        return n;
    }
    switch (vm_object_type(vm, v)) {
    case VM_T_STR: return vm_str_count(vm, v);
    case VM_T_BYTES: return vm_str_of(vm, v)->length;
    case VM_T_BYTEARRAY: return vm_bytearray_of(vm, v)->length;
    case VM_T_LIST:
    case VM_T_TUPLE: return vm_tuple_of(vm, v)->length;
    case VM_T_DICT:
    case VM_T_SET: return vm_dict_of(vm, v)->used;
    case VM_T_VIEW: return vm_dict_of(vm, vm_view_of(vm, v)->dict)->used;
    case VM_T_RANGE: return vm_range_length(vm, v);
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_length(vm, v);
#endif
    default: break;
    }
    vm_raise(vm, VM_B_TypeError, "object of type '%T' has no len()", v);
    return -1;
}

uint32_t vm_length_hint(vm *vm, vm_value v) { /* 0 when it is not known at once */
    if (vm_is_instance(vm, v) || !vm_is_object(v) || vm_is(vm, v, VM_T_ITER) || vm_is(vm, v, VM_T_GENERATOR)) return 0;
    int64_t n = vm_length(vm, v);
    return n < 0 || n > 0x100000 ? 0 : (uint32_t)n;
}

/* --- ranges */

vm_value vm_new_range(vm *vm, unsigned argc, vm_value *argv) {
    vm_value given[3] = {VM_SMALL(0), argv[0], VM_SMALL(1)};
    if (!vm_no_keywords(vm, "range")) return VM_NULL;
    if (argc > 1) {
        given[0] = argv[0];
        given[1] = argv[1];
    }
    if (argc > 2) given[2] = argv[2];
    vm_value v = vm_alloc(vm, VM_T_RANGE, sizeof(vm_range));
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    for (unsigned i = 0; v && i < 3; i++) {
        int64_t x;
        vm_value n = VM_NULL;
        if (vm_need_int(vm, given[i], &x)) n = vm_int(vm, x);
        if (!n)
            v = VM_NULL;
        else
            (&vm_range_of(vm, v)->start)[i] = n;
    }
    vm_unroot(vm, root);
    if (v && vm_range_of(vm, v)->step == VM_SMALL(0)) return vm_raise(vm, VM_B_ValueError, "range() arg 3 must not be zero");
    return v;
}

#if VM_FEATURE_RARE
/* slice.indices(n): start, stop, step. false: raised. */
static bool resolve_slice64(vm *vm, vm_value slice, int64_t n, int64_t out[3]) {
    const vm_value *given = &vm_range_of(vm, slice)->start;
    out[2] = 1;
    for (unsigned i = 0; i < 3; i++) {
        vm_value v = given[i];
        int32_t checked;
        if (v == VM_NONE) continue;
        if (!vm_need_bound(vm, v, &checked)) return false;
        if (!vm_as_int64(vm, v, &out[i])) out[i] = checked == INT32_MIN ? -INT64_MAX : checked == INT32_MAX ? INT64_MAX : checked;
    }
    int64_t step = out[2];
    if (!step) return vm_raise(vm, VM_B_ValueError, "slice step cannot be zero"), false;
    int64_t low = step >> 63, high = n + low;
    for (unsigned i = 0; i < 2; i++) {
        int64_t x = out[i];
        if (given[i] == VM_NONE)
            x = (unsigned)-low == i ? low : high;
        else if (x < 0)
            x += n;
        out[i] = x < low ? low : x > high ? high : x;
    }
    return true;
}

static vm_value three_ints(vm *vm, const int64_t n[3]) {
    vm_value t = vm_new_tuple_of(vm, 3, NULL);
    if (!t) return t;
    unsigned root = vm_root(vm, t);
    for (unsigned i = 0; t && i < 3; i++) {
        vm_value v = vm_int(vm, n[i]);
        vm_tuple_of(vm, t)->items[i] = v;
        if (!v) t = VM_NULL;
    }
    vm_unroot(vm, root);
    return t;
}

vm_value vm_slice_indices(vm *vm, unsigned argc, vm_value *argv) {
    vm_value length = vm_index_of(vm, argv[1]);
    int64_t n, all[3];
    (void)argc;
    if (!length || !vm_need_int(vm, length, &n)) return VM_NULL;
    if (n < 0) return vm_raise(vm, VM_B_ValueError, "length should not be negative");
    return resolve_slice64(vm, argv[0], n, all) ? three_ints(vm, all) : VM_NULL;
}
#endif

vm_value vm_range_item(vm *vm, vm_value v, vm_value index) {
    int64_t start, step, n = vm_range_length(vm, v), i;
    vm_as_int64(vm, vm_range_of(vm, v)->start, &start);
    vm_as_int64(vm, vm_range_of(vm, v)->step, &step);
    if (vm_is(vm, index, VM_T_SLICE)) {
#if VM_FEATURE_RARE
        int64_t part[3];
        if (!resolve_slice64(vm, index, n, part)) return VM_NULL;
        for (i = 0; i < 3; i++)
            part[i] = (int64_t)((i < 2 ? (uint64_t)start : 0) + (uint64_t)part[i] * (uint64_t)step); /* may leave 64 bits at the end */
        vm_value made = three_ints(vm, part);
        if (!made) return made;
        unsigned root = vm_root(vm, made);
        made = vm_new_range(vm, 3, vm_tuple_of(vm, made)->items);
        vm_unroot(vm, root);
        return made;
#else
        vm_span span;
        uint32_t length = (uint32_t)n;
        if (n > INT32_MAX) return vm_raise(vm, VM_B_OverflowError, "range is too long to slice");
        if (!vm_resolve_slice(vm, index, &length, &span)) return VM_NULL;
        unsigned root = vm_mark_roots(vm);
        vm_value part[3] = {vm_int(vm, start + span.start * step), VM_NULL, VM_NULL};
        if (part[0]) vm_root(vm, part[0]), part[1] = vm_int(vm, start + span.stop * step);
        if (part[1]) vm_root(vm, part[1]), part[2] = vm_int(vm, step * span.step);
        vm_value result = VM_NULL;
        if (part[2]) vm_root(vm, part[2]), result = vm_new_range(vm, 3, part);
        vm_unroot(vm, root);
        return result;
#endif
    }
    if (!vm_as_int64(vm, index, &i) && !vm_special(vm, index, VM_N_index_))
        return vm_raise(vm, VM_B_TypeError, "range indices must be integers or slices, not %T", index);
    if (!vm_need_int(vm, index, &i)) return VM_NULL;
    if (i < 0) i += n;
    if (i < 0 || i >= n) return vm_raise(vm, VM_B_IndexError, "range object index out of range");
    return vm_int(vm, start + i * step);
}

vm_value vm_new_slice(vm *vm, unsigned argc, vm_value *argv) {
    if (!vm_no_keywords(vm, "slice")) return VM_NULL;
    vm_value v = vm_alloc(vm, VM_T_SLICE, sizeof(vm_range));
    if (!v) return v;
    vm_range *s = vm_range_of(vm, v);
    s->start = argc > 1 ? argv[0] : VM_NONE;
    s->stop = argc > 1 ? argv[1] : argv[0];
    s->step = argc > 2 ? argv[2] : VM_NONE;
    return v;
}

/* --- views and the lazy builtins */

vm_value vm_new_view(vm *vm, vm_value dict, unsigned kind) {
    vm_value v = vm_alloc(vm, VM_T_VIEW, sizeof(vm_view));
    if (!v) return v;
    vm_view_of(vm, v)->h.aux = (uint16_t)kind;
    vm_view_of(vm, v)->dict = dict;
    return v;
}

vm_value vm_new_enumerate(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"enumerate", 2, {VM_N_start, VM_N_iterable}};
    vm_value given[2] = {argc > 1 ? argv[1] : VM_SMALL(0), argc ? argv[0] : VM_NULL}, v = VM_NULL;
    if (!vm_take_arguments(vm, 0, argv + argc, &parameters, given)) return VM_NULL;
    if (!given[1]) return vm_raise(vm, VM_B_TypeError, "enumerate() missing required argument 'iterable'");
    vm_value start = vm_index_of(vm, given[0]);
    if (!start) return start;
    unsigned root = vm_root(vm, start);
    vm_value iterator = vm_iterate(vm, given[1]);
    if (iterator) vm_root(vm, iterator), v = new_iter(vm, I_ENUMERATE, iterator, start);
    vm_unroot(vm, root);
    return v;
}

static vm_value iterators_of(vm *vm, unsigned argc, vm_value *argv) {
    vm_value t = vm_new_tuple_of(vm, argc, NULL);
    if (!t) return t;
    unsigned root = vm_root(vm, t);
    for (unsigned i = 0; t && i < argc; i++) {
        vm_value v = vm_iterate(vm, argv[i]);
        vm_tuple_of(vm, t)->items[i] = v;
        if (!v) t = VM_NULL;
    }
    vm_unroot(vm, root);
    return t;
}

static vm_value over_all(vm *vm, unsigned kind, unsigned argc, vm_value *argv, vm_value extra) {
    vm_value t = iterators_of(vm, argc, argv);
    if (!t) return t;
    unsigned root = vm_root(vm, t);
    vm_value v = new_iter(vm, kind, t, extra);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_new_zip(vm *vm, unsigned argc, vm_value *argv) {
#if VM_FEATURE_RARE
    static const uint16_t names[] = {VM_N_strict};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value strict = VM_FALSE;
    bool truth;
    if (!vm_match_keywords(vm, &k, "zip", 1, names, &strict) || !vm_truth(vm, strict, &truth)) return VM_NULL;
    return over_all(vm, I_ZIP, argc, argv, VM_BOOL(truth));
#else
    if (!vm_no_keywords(vm, "zip")) return VM_NULL;
    return over_all(vm, I_ZIP, argc, argv, VM_NONE);
#endif
}

vm_value vm_new_map(vm *vm, unsigned argc, vm_value *argv) {
    if (!vm_no_keywords(vm, "map")) return VM_NULL;
    return over_all(vm, I_MAP, argc - 1, argv + 1, argv[0]);
}

vm_value vm_new_filter(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!vm_no_keywords(vm, "filter")) return VM_NULL;
    vm_value iterator = vm_iterate(vm, argv[1]);
    if (!iterator) return iterator;
    unsigned root = vm_root(vm, iterator);
    vm_value v = new_iter(vm, I_FILTER, iterator, argv[0]);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_new_reversed(vm *vm, unsigned argc, vm_value *argv) {
    vm_value source = argv[0], m = vm_special(vm, source, VM_N_reversed), named = VM_NONE;
    (void)argc;
    if (!vm_no_keywords(vm, "reversed")) return VM_NULL;
    if (m && m != VM_NONE) return vm_call(vm, m, 1, &source);
    unsigned root = vm_mark_roots(vm), type = vm_object_type(vm, source);
    if (!m && (type == VM_T_DICT || (type == VM_T_VIEW))) {
#if VM_FEATURE_RARE
        named = VM_BUILTIN(VM_B_dict_reversekeyiterator + (type == VM_T_VIEW ? vm_head(vm, source)->aux : 0));
#endif
        source = vm_to_list(vm, source);
        if (!source) return source;
    } else if (m || type == VM_T_SET || type == VM_T_ITER || type == VM_T_GENERATOR ||
               (type == VM_T_INSTANCE && !vm_special(vm, source, VM_N_getitem)) || !type)
        return vm_raise(vm, VM_B_TypeError, "'%T' object is not reversible", source);
    vm_root(vm, source);
    int64_t n = vm_length(vm, source);
    vm_value v = VM_NULL;
    if (n > VM_INT31_MAX)
        vm_raise(vm, VM_B_OverflowError, "sequence is too long");
    else if (n >= 0)
        v = new_iter(vm, I_REVERSED, source, named);
    if (v) vm_iter_of(vm, v)->position = (uint32_t)n;
    vm_unroot(vm, root);
    return v;
}

/* --- unpacking */

bool vm_unpack(vm *vm, vm_value v, vm_value *out, uint32_t before, int star_after) {
    vm_value *items, list = v;
    uint32_t n, after = star_after < 0 ? 0 : (uint32_t)star_after;
    unsigned root = vm_mark_roots(vm);
    bool known = !vm_special(vm, v, VM_N_iter) && vm_items(vm, v, &items, &n);
    if (!known) {
        list = vm_iterate(vm, v);
        if (list) {
            vm_root(vm, list);
            list = vm_to_list(vm, list);
        } else if (!vm_special(vm, v, VM_N_iter) && vm_take_exception(vm, VM_B_TypeError))
            vm_raise(vm, VM_B_TypeError, "cannot unpack non-iterable %T object", v);
        if (!list) return vm_unroot(vm, root), false;
        vm_items(vm, list, &items, &n);
    }
    vm_root(vm, list);
    bool done = false;
    if (n < before + after) {
        if (star_after < 0)
            vm_raise(vm, VM_B_ValueError, "not enough values to unpack (expected %u, got %u)", before, n);
        else
            vm_raise(vm, VM_B_ValueError, "not enough values to unpack (expected at least %u, got %u)", before + after, n);
    } else if (star_after < 0 && n > before)
        vm_raise(vm, VM_B_ValueError, "too many values to unpack (expected %u)", before);
    else {
        vm_value rest = VM_NONE;
        if (star_after >= 0) rest = vm_new_list_of(vm, n - before - after, items + before);
        if (rest) {
            memcpy(out, items, before * sizeof *out);
            if (star_after >= 0) {
                out[before] = rest;
                memcpy(out + before + 1, items + n - after, after * sizeof *out);
            }
            done = true;
        }
    }
    vm_unroot(vm, root);
    return done;
}
