/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and tuples. */
#include "sequence.h"

vm_value vm_new_tuple_of(vm *vm, uint32_t length, const vm_value *items) {
    if (length > 0x1FFFFFFF) return vm_memory_error(vm);
    vm_value v = vm_alloc(vm, VM_T_TUPLE, (uint32_t)(sizeof(vm_tuple) + length * sizeof(vm_value)));
    if (!v) return v;
    vm_tuple *t = vm_tuple_of(vm, v);
    t->length = length;
    if (items) memcpy(t->items, items, length * sizeof *items);
    return v;
}

static vm_value new_array(vm *vm, uint32_t capacity) {
    if (capacity > 0x1FFFFFFF) return vm_memory_error(vm);
    vm_value v = vm_alloc(vm, VM_T_ARRAY, (uint32_t)(sizeof(vm_tuple) + capacity * sizeof(vm_value)));
    if (v) vm_tuple_of(vm, v)->length = capacity;
    return v;
}

vm_value vm_new_list_of(vm *vm, uint32_t length, const vm_value *items) {
    vm_value v = vm_alloc(vm, VM_T_LIST, sizeof(vm_list));
    if (!v || !length) return v;
    unsigned root = vm_root(vm, v);
    vm_value array = new_array(vm, length);
    vm_unroot(vm, root);
    if (!array) return array;
    vm_list *l = vm_list_of(vm, v);
    l->array = array;
    l->length = length;
    if (items)
        memcpy(vm_list_items(vm, l), items, length * sizeof *items);
    else
        for (uint32_t i = 0; i < length; i++) vm_list_items(vm, l)[i] = VM_NONE;
    return v;
}

/* Room for `length` items in all. The list is rooted by the caller, or in a register. */
bool vm_list_reserve(vm *vm, vm_value list, uint32_t length) {
    vm_list *l = vm_list_of(vm, list);
    uint32_t capacity = l->array ? vm_tuple_of(vm, l->array)->length : 0;
    if (length <= capacity) return true;
    uint32_t wanted = length > capacity + capacity / 2 ? length : capacity + capacity / 2;
    if (wanted < 4) wanted = 4;
    wanted |= 1; /* two words of header: fills whole cells */
    wanted++;
    unsigned root = vm_root(vm, list);
    vm_value array = new_array(vm, wanted);
    if (!array && wanted > length + 2) { /* short of memory: just what is needed */
        vm_take_exception(vm, VM_B_MemoryError);
        array = new_array(vm, length);
    }
    vm_unroot(vm, root);
    if (!array) return false;
    if (l->length) memcpy(vm_tuple_of(vm, array)->items, vm_list_items(vm, l), l->length * sizeof(vm_value));
    vm_release(vm, l->array);
    l->array = array;
    return true;
}

bool vm_list_append(vm *vm, vm_value list, vm_value item) {
    vm_list *l = vm_list_of(vm, list);
    if (VM_UNLIKELY(!l->array || l->length == vm_tuple_of(vm, l->array)->length)) {
        unsigned root = vm_root(vm, item);
        bool done = vm_list_reserve(vm, list, l->length + 1);
        vm_unroot(vm, root);
        if (!done) return false;
    }
    vm_list_items(vm, l)[l->length++] = item;
    return true;
}

bool vm_items(const vm *vm, vm_value v, vm_value **items, uint32_t *length) {
    switch (vm_object_type(vm, v)) {
    case VM_T_LIST: {
        vm_list *l = vm_list_of(vm, v);
        *length = l->length;
        *items = l->array ? vm_list_items(vm, l) : (vm_value *)l;
        return true;
    }
    case VM_T_TUPLE:
        *length = vm_tuple_of(vm, v)->length;
        *items = vm_tuple_of(vm, v)->items;
        return true;
    default: return false;
    }
}

bool vm_list_extend(vm *vm, vm_value list, vm_value iterable) {
    vm_value *items, v;
    uint32_t n;
    if (!vm_special(vm, iterable, VM_N_iter) && vm_items(vm, iterable, &items, &n)) {
        uint32_t at = vm_list_of(vm, list)->length;
        unsigned root = vm_root(vm, iterable);
        bool done = vm_list_reserve(vm, list, at + n);
        vm_unroot(vm, root);
        if (!done) return false;
        vm_items(vm, iterable, &items, &n); /* the list itself may be the iterable */
        memmove(vm_list_items(vm, vm_list_of(vm, list)) + at, items, n * sizeof *items);
        vm_list_of(vm, list)->length = at + n;
        return true;
    }
    unsigned root = vm_root(vm, list);
    vm_value iterator = vm_iterate(vm, iterable);
    bool done = iterator != VM_NULL;
    if (done) {
        vm_root(vm, iterator);
        uint32_t hint = vm_length_hint(vm, iterable);
        if (hint) done = vm_list_reserve(vm, list, vm_list_of(vm, list)->length + hint);
        while (done && (v = vm_next(vm, iterator))) done = vm_list_append(vm, list, v);
        if (vm->exception) done = false;
    }
    vm_unroot(vm, root);
    return done;
}

vm_value vm_to_list(vm *vm, vm_value iterable) {
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    if (!vm_list_extend(vm, list, iterable)) list = VM_NULL;
    vm_unroot(vm, root);
    return list;
}

vm_value vm_new_list(vm *vm, unsigned argc, vm_value *argv) {
    if (!vm_no_keywords(vm, "list")) return VM_NULL;
    return argc ? vm_to_list(vm, argv[0]) : vm_new_list_of(vm, 0, NULL);
}

vm_value vm_new_tuple(vm *vm, unsigned argc, vm_value *argv) {
    vm_value *items;
    uint32_t n;
    if (!vm_no_keywords(vm, "tuple")) return VM_NULL;
    if (!argc) return vm_new_tuple_of(vm, 0, NULL);
    if (vm_is_exactly(vm, argv[0], VM_T_TUPLE)) return argv[0];
    vm_value list = vm_is_exactly(vm, argv[0], VM_T_LIST) ? argv[0] : vm_to_list(vm, argv[0]);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    vm_items(vm, list, &items, &n);
    vm_value v = vm_new_tuple_of(vm, n, items);
    vm_unroot(vm, root);
    return v;
}

/* list.__init__ */
vm_value vm_list_init(vm *vm, unsigned argc, vm_value *argv) {
    if (!vm_no_keywords(vm, "list")) return VM_NULL;
    vm_list_of(vm, argv[0])->length = 0;
    return argc < 2 || vm_list_extend(vm, argv[0], argv[1]) ? VM_NONE : VM_NULL;
}

/* --- methods */

vm_value vm_list_append_method(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_list_append(vm, argv[0], argv[1]) ? VM_NONE : VM_NULL;
}

vm_value vm_list_extend_method(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_list_extend(vm, argv[0], argv[1]) ? VM_NONE : VM_NULL;
}

vm_value vm_list_insert(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at;
    (void)argc;
    if (!vm_need_index(vm, argv[1], &at)) return VM_NULL;
    return vm_splice(vm, argv[0], vm_clamp(at, vm_list_of(vm, argv[0])->length), 0, &argv[2], 1) ? VM_NONE : VM_NULL;
}

vm_value vm_list_pop(vm *vm, unsigned argc, vm_value *argv) {
    const vm_list *l = vm_list_of(vm, argv[0]);
    vm_value last = VM_SMALL(-1);
    if (argc > 1 && !(last = vm_index_of(vm, argv[1]))) return VM_NULL;
    if (!l->length) return vm_raise(vm, VM_B_IndexError, "pop from empty list");
    int32_t i = vm_resolve_index(vm, argv[0], last, "pop");
    if (i < 0) return VM_NULL;
    vm_value v = vm_list_items(vm, l)[i];
    vm_splice(vm, argv[0], (uint32_t)i, 1, NULL, 0);
    return v;
}

/* Place of the first item like argv[1]; -1: none, -2: raised. count: look at all. */
static int32_t find(vm *vm, unsigned argc, vm_value *argv, uint32_t *count) {
    vm_value *items;
    uint32_t n = 0, bound[2];
    vm_items(vm, argv[0], &items, &n);
    if (!vm_take_bounds(vm, argc, argv, n, bound)) return -2;
    for (uint32_t i = bound[0]; vm_items(vm, argv[0], &items, &n) && i < n && i < bound[1]; i++) {
        int same = vm_equal(vm, items[i], argv[1]);
        if (same < 0) return -2;
        if (same && !count) return (int32_t)i;
        if (same) ++*count;
    }
    return -1;
}

vm_value vm_list_index_method(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at = find(vm, argc, argv, NULL);
    if (at >= 0) return VM_SMALL(at);
    if (at < -1) return VM_NULL;
    return vm_raise(vm, VM_B_ValueError, vm_is(vm, argv[0], VM_T_TUPLE) ? "tuple.index(x): x not in tuple" : "%R is not in list", argv[1]);
}

vm_value vm_list_count_method(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t count = 0;
    return find(vm, argc, argv, &count) < -1 ? VM_NULL : VM_SMALL(count);
}

vm_value vm_list_remove(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at = find(vm, argc, argv, NULL);
    if (at < -1) return VM_NULL;
    if (at < 0) return vm_raise(vm, VM_B_ValueError, "list.remove(x): x not in list");
    if ((uint32_t)at < vm_list_of(vm, argv[0])->length)
        vm_splice(vm, argv[0], (uint32_t)at, 1, NULL, 0); /* an __eq__ may have cleared it */
    return VM_NONE;
}

vm_value vm_list_clear(vm *vm, unsigned argc, vm_value *argv) {
    vm_list *l = vm_list_of(vm, argv[0]);
    (void)argc;
    vm_release(vm, l->array);
    l->array = VM_NULL;
    l->length = 0;
    return VM_NONE;
}

vm_value vm_list_copy(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_to_list(vm, argv[0]); }

vm_value vm_list_reverse(vm *vm, unsigned argc, vm_value *argv) {
    vm_value *items;
    uint32_t n = 0;
    (void)argc;
    vm_items(vm, argv[0], &items, &n);
    for (uint32_t i = 0; i < n / 2; i++) {
        vm_value v = items[i];
        items[i] = items[n - 1 - i];
        items[n - 1 - i] = v;
    }
    return VM_NONE;
}

/* --- sorting: a stable merge sort of (key, item) pairs in arrays of their own, so that keys and comparisons may run Python code. To that
 * code the list is empty; what it puts there is lost, and an error. */

typedef struct {
    vm *vm;
    unsigned width; /* words of an element: 1, or 2 with a key before the item */
    bool reverse;
} sorter;

static int before(sorter *s, const vm_value *a, const vm_value *b) { /* whether b must come before a */
    return s->reverse ? vm_less(s->vm, a[0], b[0]) : vm_less(s->vm, b[0], a[0]);
}

static vm_value *move(const sorter *s, vm_value *to, const vm_value *from) { /* the place behind */
    *to++ = *from++;
    if (s->width > 1) *to++ = *from;
    return to;
}

static bool merge_sort(sorter *s, vm_value *p, vm_value *spare, uint32_t n) {
    uint32_t half = (n + 1) / 2, words = half * s->width; /* the first two are compared first, as CPython's sort does */
    vm_value *left = spare, *left_end = spare + words, *right = p + words, *end = p + (size_t)n * s->width;
    if (n < 2) return true;
    if (!merge_sort(s, p, spare, half) || !merge_sort(s, right, spare, n - half)) return false;
    int swap = before(s, right - s->width, right);
    if (swap <= 0) return swap == 0; /* in order already */
    memcpy(spare, p, words * sizeof *p);
    while (left < left_end) {
        swap = right < end ? before(s, left, right) : 0;
        if (swap < 0) {
            memcpy(p, left, (size_t)((uint8_t *)left_end - (uint8_t *)left)); /* no element may get lost */
            return false;
        }
        p = move(s, p, swap ? right : left);
        *(swap ? &right : &left) += s->width;
    }
    return true;
}

bool vm_list_sort(vm *vm, vm_value list, vm_value key, bool reverse) {
    vm_list *l = vm_list_of(vm, list);
    vm_value array = l->array;
    uint32_t n = l->length, i;
    bool keyed = key && key != VM_NONE, done = true;
    if (n < 2) return true;
    sorter s = {vm, keyed ? 2 : 1, reverse};
    unsigned root = vm_root(vm, list);
    if (key) vm_root(vm, key);
    vm_value work = new_array(vm, (n + (n + 1) / 2) * s.width); /* the elements, then room for half of them */
    if (!work) return vm_unroot(vm, root), false;
    vm_root(vm, work);
    vm_root(vm, array);
    vm_value *first = vm_tuple_of(vm, work)->items, *p = first;
    for (i = 0; i < n; i++, p += s.width) p[keyed] = vm_list_items(vm, l)[i];
    l->array = VM_NULL;
    l->length = 0;
    for (i = 0, p = first; keyed && done && i < n; i++, p += 2) done = (p[0] = vm_call(vm, key, 1, &p[1])) != VM_NULL;
    if (done) done = merge_sort(&s, first, first + (size_t)n * s.width, n);
    if (done && l->array) done = vm_raise(vm, VM_B_ValueError, "list modified during sort");
    l->array = array;
    l->length = n;
    for (i = 0, p = first; i < n; i++, p += s.width) vm_list_items(vm, l)[i] = p[keyed];
    vm_unroot(vm, root);
    return done;
}

static vm_value sort_by(vm *vm, unsigned argc, vm_value *argv, bool copy) {
    static const vm_parameters parameters = {"sort", 2, {VM_N_key, VM_N_reverse}};
    vm_value given[2] = {VM_NONE, VM_FALSE}, list = argv[0];
    bool reverse;
    if (!vm_take_arguments(vm, 0, argv + argc, &parameters, given) || !vm_truth(vm, given[1], &reverse)) return VM_NULL;
    if (copy && !(list = vm_to_list(vm, list))) return VM_NULL;
    unsigned root = vm_root(vm, list);
    bool done = vm_list_sort(vm, list, given[0], reverse);
    vm_unroot(vm, root);
    return !done ? VM_NULL : copy ? list : VM_NONE;
}

vm_value vm_list_sort_method(vm *vm, unsigned argc, vm_value *argv) { return sort_by(vm, argc, argv, false); }
vm_value vm_bi_sorted(vm *vm, unsigned argc, vm_value *argv) { return sort_by(vm, argc, argv, true); }
