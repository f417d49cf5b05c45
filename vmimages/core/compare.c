/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of values of any type, and their hashes. */
#include "rooms.h"

static bool order_holds(unsigned op, int order) {
    switch (op) {
    case VM_OP_EQ: return order == 0;
    case VM_OP_NE: return order != 0;
    case VM_OP_LT: return order < 0;
    case VM_OP_LE: return order <= 0;
    case VM_OP_GT: return order > 0;
    default: return order >= 0;
    }
}

#if VM_FLOAT
/* By their bits: a comparison of doubles is a call on small cores. */
static bool compare_doubles(unsigned op, double a, double b) {
    int64_t x, y;
    if (vm_is_nan(a) || vm_is_nan(b)) return op == VM_OP_NE;
    memcpy(&x, &a, 8);
    memcpy(&y, &b, 8);
    if (x < 0) x = INT64_MIN - x; /* -0 is 0 */
    if (y < 0) y = INT64_MIN - y;
    return order_holds(op, x < y ? -1 : x > y);
}

/* Floats, or one and a small int. */
bool vm_two_floats(vm *vm, vm_value a, vm_value b, double *x, double *y) {
    bool fa = vm_is_float(a), fb = vm_is_float(b);
    if (!(fa || (fb && vm_is_small(a))) || !(fb || vm_is_small(b))) return false;
    *x = fa ? vm_float_of(vm, a) : vm_small(a);
    *y = fb ? vm_float_of(vm, b) : vm_small(b);
    return true;
}
#endif

/* An int, bool or float. */
bool vm_is_number(const vm *vm, vm_value v) { return vm_is_float(v) || vm_is_bool(v) || vm_is_int(vm, v); }

/* Numbers: 1 and *out, or 0. */
static bool compare_numbers(vm *vm, unsigned op, vm_value a, vm_value b, bool *out) {
    int64_t x, y;
    bool ia = vm_as_int64(vm, a, &x), ib = vm_as_int64(vm, b, &y);
    if (ia && ib) return *out = order_holds(op, x < y ? -1 : x > y), true;
    if (!(ia || vm_is_number(vm, a)) || !(ib || vm_is_number(vm, b))) return false;
#if VM_FLOAT
    bool fa = vm_is_float(a), fb = vm_is_float(b);
    if (fa && fb) return *out = compare_doubles(op, vm_float_of(vm, a), vm_float_of(vm, b)), true;
    if (fa || fb) {
        double d = vm_float_of(vm, fa ? a : b);
        if (d != d) return *out = op == VM_OP_NE, true;
        int order = vm_float_compare_int(vm, d, fa ? b : a);
        return *out = order_holds(op, fa ? order : -order), true;
    }
#endif
#if VM_FEATURE_BIGINT
    *out = order_holds(op, vm_big_compare(vm, a, b));
#endif
    return true;
}

static int compare_sequences(vm *vm, unsigned op, vm_value a, vm_value b) { /* 0, 1; -1: raised */
    uint32_t i = 0, n, m;
    vm_value *p, *q;
    int result = -2;
    vm_items(vm, a, &p, &n);
    vm_items(vm, b, &q, &m);
    if (n != m && (op == VM_OP_EQ || op == VM_OP_NE)) return op == VM_OP_NE;
    if (!vm_enter(vm, " in comparison")) return -1;
    for (;; i++) {
        vm_items(vm, a, &p, &n); /* an item's __eq__ may have changed the list */
        vm_items(vm, b, &q, &m);
        if (i >= n || i >= m) break;
        int same = vm_equal(vm, p[i], q[i]);
        if (same < 0)
            result = -1;
        else if (!same) {
            vm_items(vm, a, &p, &n);
            vm_items(vm, b, &q, &m);
            if (op == VM_OP_EQ || op == VM_OP_NE)
                result = op == VM_OP_NE;
            else if (i < n && i < m) {
                vm_value v = vm_compare(vm, op, p[i], q[i]);
                bool truth = false;
                result = v && vm_truth(vm, v, &truth) ? truth : -1;
            }
        }
        if (result != -2) break;
    }
    vm->depth--;
    if (result != -2) return result;
    return order_holds(op, n < m ? -1 : n > m);
}

#if VM_FEATURE_RARE
static bool set_like(vm *vm, vm_value v) { return vm_is(vm, v, VM_T_SET) || (vm_is(vm, v, VM_T_VIEW) && vm_head(vm, v)->aux != 1); }

/* Of two, one at least being the keys or items of a dict. Items are looked up, not hashed: their values may be lists. */
static vm_value compare_views(vm *vm, unsigned op, vm_value a, vm_value b) {
    int64_t na = vm_length(vm, a), nb = vm_length(vm, b);
    bool less = op == VM_OP_LT || op == VM_OP_LE || op == VM_OP_EQ || op == VM_OP_NE;
    int in = op == VM_OP_EQ || op == VM_OP_NE ? na == nb : op == VM_OP_LT ? na < nb : op == VM_OP_GT ? na > nb : 1;
    vm_value from = less ? a : b, in_these = less ? b : a, v;
    if (in) {
        vm_value iterator = vm_iterate(vm, from);
        if (!iterator) return iterator;
        unsigned root = vm_root(vm, iterator);
        while (in > 0 && (v = vm_next(vm, iterator))) {
            unsigned place = vm_root(vm, v);
            in = vm_contains(vm, in_these, v);
            vm_unroot(vm, place);
        }
        vm_unroot(vm, root);
    }
    return in < 0 || vm->exception ? VM_NULL : VM_BOOL(in == (op != VM_OP_NE));
}
#endif

/* Of builtin types: VM_NOT_IMPLEMENTED when they do not go together. */
vm_value vm_plain_compare(vm *vm, unsigned op, vm_value a, vm_value b) {
    bool out;
    int result = 0;
    a = vm_bare(vm, a);
    b = vm_bare(vm, b);
    if (compare_numbers(vm, op, a, b, &out)) return VM_BOOL(out);
    unsigned ta = vm_object_type(vm, a), tb = vm_object_type(vm, b);
    bool equality = op == VM_OP_EQ || op == VM_OP_NE;
    const uint8_t *p, *q;
    uint32_t n, m;
    if (ta == VM_T_STR && tb == VM_T_STR) {
        if (equality) return VM_BOOL(vm_str_equal(vm, a, b) == (op == VM_OP_EQ));
        return VM_BOOL(order_holds(op, vm_str_compare(vm, a, b)));
    }
#if VM_MEMORYVIEW
    bool x = vm_is_array(vm, a), y = vm_is_array(vm, b);
    if (x && y && !equality) { /* as lists */
        unsigned root = vm_mark_roots(vm);
        if ((a = vm_to_list(vm, a))) vm_root(vm, a);
        b = a ? vm_to_list(vm, b) : VM_NULL;
        if (b) vm_root(vm, b);
        result = b ? compare_sequences(vm, op, a, b) : -1;
        vm_unroot(vm, root);
        return result < 0 ? VM_NULL : VM_BOOL(result);
    }
    if ((x && tb != VM_T_MEMORYVIEW) || (y && ta != VM_T_MEMORYVIEW)) return VM_NOT_IMPLEMENTED;
    if (ta == VM_T_MEMORYVIEW || tb == VM_T_MEMORYVIEW) {
        result = equality ? vm_memory_equal(vm, a, b) : 0;
        return result < 0 ? VM_NULL : equality ? VM_BOOL(result == (op == VM_OP_EQ)) : VM_NOT_IMPLEMENTED;
    }
#endif
    if (vm_bytes_view(vm, a, &p, &n) && vm_bytes_view(vm, b, &q, &m)) {
        int order = memcmp(p, q, n < m ? n : m);
        if (!order) order = n < m ? -1 : n > m;
        return VM_BOOL(order_holds(op, order));
    }
    if (ta == tb && (ta == VM_T_LIST || ta == VM_T_TUPLE)) {
        if (a == b && equality) return VM_BOOL(op == VM_OP_EQ);
        result = compare_sequences(vm, op, a, b);
        return result < 0 ? VM_NULL : VM_BOOL(result);
    }
    if (ta == VM_T_DICT && tb == VM_T_DICT && equality) {
        result = vm_dict_equal(vm, a, b);
        return result < 0 ? VM_NULL : VM_BOOL(result == (op == VM_OP_EQ));
    }
#if VM_FEATURE_RARE
    if (set_like(vm, a) && set_like(vm, b) && ta + tb != 2 * VM_T_SET) return compare_views(vm, op, a, b);
#endif
    if (ta == VM_T_SET && tb == VM_T_SET) {
        uint32_t na = vm_dict_of(vm, a)->used, nb = vm_dict_of(vm, b)->used;
        if (equality) {
            result = na == nb ? vm_set_subset(vm, a, b) : 0;
            return result < 0 ? VM_NULL : VM_BOOL(result == (op == VM_OP_EQ));
        }
        bool less = op == VM_OP_LT || op == VM_OP_LE;
        if (op == VM_OP_LT ? na >= nb : op == VM_OP_GT && nb >= na) return VM_FALSE;
        result = less ? vm_set_subset(vm, a, b) : vm_set_subset(vm, b, a);
        return result < 0 ? VM_NULL : VM_BOOL(result);
    }
    if (ta == VM_T_RANGE && tb == VM_T_RANGE && equality) {
        int64_t la = vm_range_length(vm, a), lb = vm_range_length(vm, b);
        result = la == lb;
        if (result && la) result = vm_equal(vm, vm_range_of(vm, a)->start, vm_range_of(vm, b)->start) == 1;
        if (result && la > 1) result = vm_equal(vm, vm_range_of(vm, a)->step, vm_range_of(vm, b)->step) == 1;
        return VM_BOOL(result == (op == VM_OP_EQ));
    }
    if (VM_FEATURE_RARE && ta == VM_T_SLICE && tb == VM_T_SLICE) {
        for (unsigned i = 0; i < 3 && result >= 0; i++) {
            result = vm_equal(vm, (&vm_range_of(vm, a)->start)[i], (&vm_range_of(vm, b)->start)[i]);
            if (!result && !equality) return vm_compare(vm, op, (&vm_range_of(vm, a)->start)[i], (&vm_range_of(vm, b)->start)[i]);
            if (!result) break;
        }
        return result < 0 ? VM_NULL : VM_BOOL(equality ? result == (op == VM_OP_EQ) : op == VM_OP_LE || op == VM_OP_GE);
    }
    if (ta == VM_T_METHOD && tb == VM_T_METHOD && equality)
        return VM_BOOL((vm_method_of(vm, a)->self == vm_method_of(vm, b)->self &&
                        vm_method_of(vm, a)->function == vm_method_of(vm, b)->function) == (op == VM_OP_EQ));
    return VM_NOT_IMPLEMENTED;
}

static unsigned mirrored(unsigned op) {
    static const uint8_t mirror[] = {VM_OP_EQ, VM_OP_NE, VM_OP_GT, VM_OP_GE, VM_OP_LT, VM_OP_LE};
    return mirror[op - VM_OP_EQ];
}

static vm_value compare_default(vm *vm, unsigned op, vm_value a, vm_value b) {
    if (op == VM_OP_EQ) return VM_BOOL(a == b);
    if (op == VM_OP_NE) return VM_BOOL(a != b);
    return vm_unsupported(vm, op, a, b);
}

static vm_value compare_method(vm *vm, unsigned op, vm_value a, vm_value b) {
    vm_value v = vm_try_method(vm, VM_N_eq + (op - VM_OP_EQ), a, b);
    if (v != VM_NOT_IMPLEMENTED || op != VM_OP_NE) return v;
    if ((vm_head(vm, a)->flags & VM_SUBCLASSED && !(VM_FEATURE_METACLASSES && vm_is(vm, a, VM_T_CLASS))) ||
        (VM_FEATURE_RARE && vm_special(vm, a, VM_N_ne)))
        return v;                         /* builtin types have a __ne__ */
    v = vm_try_method(vm, VM_N_eq, a, b); /* != is not == when there is no __ne__ */
    bool truth;
    if (!v || v == VM_NOT_IMPLEMENTED) return v;
    return vm_truth(vm, v, &truth) ? VM_BOOL(!truth) : VM_NULL;
}

vm_value vm_compare_reflected(vm *vm, unsigned op, vm_value a, vm_value b) {
    vm_value v = VM_NOT_IMPLEMENTED;
    if (VM_FEATURE_RARE && vm_left_first(vm, a, b)) v = vm_plain_compare(vm, op, a, b);
    if (v == VM_NOT_IMPLEMENTED && vm_is_instance(vm, b)) v = compare_method(vm, mirrored(op), b, a);
    if (v == VM_NOT_IMPLEMENTED) v = vm_plain_compare(vm, op, a, b);
    return v == VM_NOT_IMPLEMENTED ? compare_default(vm, op, a, b) : v;
}

vm_value vm_compare(vm *vm, unsigned op, vm_value a, vm_value b) {
#if VM_FLOAT
    double x, y;
    if (vm_two_floats(vm, a, b, &x, &y)) return VM_BOOL(compare_doubles(op, x, y));
#endif
    vm_value v = VM_NOT_IMPLEMENTED;
    bool right = vm_right_first(vm, a, b);
    if (right) v = compare_method(vm, mirrored(op), b, a);
    if (v == VM_NOT_IMPLEMENTED && vm_is_instance(vm, a)) v = compare_method(vm, op, a, b);
    if (right && v == VM_NOT_IMPLEMENTED) v = vm_plain_compare(vm, op, a, b);
    if (right) return v == VM_NOT_IMPLEMENTED ? compare_default(vm, op, a, b) : v;
    return v == VM_NOT_IMPLEMENTED ? vm_compare_reflected(vm, op, a, b) : v;
}

int vm_equal(vm *vm, vm_value a, vm_value b) {
    if (a == b) return 1; /* as containers do: identity first */
    if (vm_both_small(a, b)) return 0;
    if (vm_is_exactly(vm, a, VM_T_STR) && vm_is_exactly(vm, b, VM_T_STR)) return vm_str_equal(vm, a, b);
    return vm_holds(vm, VM_OP_EQ, a, b);
}

int vm_holds(vm *vm, unsigned op, vm_value a, vm_value b) {
    bool truth;
    if (vm_both_small(a, b)) return order_holds(op, (int32_t)a<(int32_t)b ? -1 : (int32_t)a>(int32_t) b);
    vm_value v = vm_compare(vm, op, a, b);
    if (!v || !vm_truth(vm, v, &truth)) return -1;
    return truth;
}

int vm_less(vm *vm, vm_value a, vm_value b) {
    if (vm_both_small(a, b)) return (int32_t)a < (int32_t)b;
    return vm_holds(vm, VM_OP_LT, a, b);
}

/* A class that has an __eq__ nearer than any __hash__ makes its instances unhashable. */
static bool eq_without_hash(vm *vm, vm_value v) {
    if (!vm_special(vm, v, VM_N_eq)) return false;
    vm_walk w = {vm, vm_identity_of(vm, v)->class_, NULL};
    for (; vm_is_object(w.at) && !vm_attrs_get(vm, vm_class_of(vm, w.at)->attrs, VM_N_hash); vm_walk_on(&w))
        if (vm_attrs_get(vm, vm_class_of(vm, w.at)->attrs, VM_N_eq)) return true;
    return false;
}

/* Of an int, bool or float: as CPython's, so that equal numbers hash alike. */
int64_t vm_number_hash(vm *vm, vm_value v) {
    int64_t x = 0;
#if VM_FLOAT
    if (vm_is_float(v)) return vm_float_hash(vm_float_of(vm, v));
#endif
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, v)) return vm_big_hash(vm, v);
#endif
    vm_as_int64(vm, v, &x);
    const int64_t prime = ((int64_t)1 << 61) - 1;
    while (x >= prime) x -= prime;
    while (x <= -prime) x += prime;
    return x == -1 ? -2 : x;
}

bool vm_hash(vm *vm, vm_value v, uint32_t *out) {
    int64_t x;
    vm_value m = vm_is_instance(vm, v) ? vm_special(vm, v, VM_N_hash) : VM_NULL;
    if (m && m != VM_NONE) {
        v = vm_call(vm, m, 1, &v); /* may be of a class with a __hash__ of its own, which is not asked */
        if (!v) return false;
        if (!vm_is_int(vm, v) && !vm_is_bool(v)) return vm_raise(vm, VM_B_TypeError, "__hash__ method should return an integer"), false;
    } else if (m == VM_NONE || eq_without_hash(vm, v))
        return vm_raise(vm, VM_B_TypeError, "unhashable type: '%T'", v), false;
    v = vm_bare(vm, v);
    if (vm_is_small(v) || vm_is_number(vm, v)) {
        x = vm_is_small(v) ? vm_small(v) : vm_number_hash(vm, v);
        if (x == -1) x = -2;
        uint64_t u = (uint64_t)x;
        *out = (uint32_t)u ^ (uint32_t)((x < 0 ? ~u : u) >> 32);
        return true;
    }
    if (!vm_is_object(v)) return *out = v * 2654435761u >> 4, true;
    switch (vm_head(vm, v)->type) {
    case VM_T_STR:
    case VM_T_BYTES: *out = vm_str_hash(vm, v); return true;
    case VM_T_TUPLE: {
        uint32_t h = 0x345678, item, n = vm_tuple_of(vm, v)->length;
        if (!vm_enter(vm, "")) return false;
        bool done = true;
        for (uint32_t i = 0; done && i < n; i++) {
            done = vm_hash(vm, vm_tuple_of(vm, v)->items[i], &item);
            h = (h ^ item) * 1000003u + 97531u;
        }
        vm->depth--;
        *out = h + n;
        return done;
    }
    case VM_T_SET:
        if (vm_head(vm, v)->aux) {
            uint32_t at = 0, sum = vm_dict_of(vm, v)->used, item;
            vm_value key;
            while (vm_dict_next(vm, v, &at, &key, NULL)) {
                if (!vm_hash(vm, key, &item)) return false;
                sum += (item ^ item << 16 ^ 89869747u) * 3644798167u; /* of any order */
            }
            *out = sum;
            return true;
        } /* fall through */
    case VM_T_LIST:
    case VM_T_DICT:
    case VM_T_BYTEARRAY:
    case VM_T_VIEW:
    case VM_T_SLICE: return vm_raise(vm, VM_B_TypeError, "unhashable type: '%T'", v), false;
    case VM_T_RANGE: *out = (uint32_t)vm_range_length(vm, v); return true;
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_hash(vm, v, out);
#endif
    case VM_T_METHOD: *out = vm_method_of(vm, v)->self ^ vm_method_of(vm, v)->function; return true;
    default: break;
    }
    *out = (v - vm->heap) >> 3; /* the same on a board and on the host */
    return true;
}
