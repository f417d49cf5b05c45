/* SPDX-License-Identifier: Apache-2.0 */
/* Operators on values of any type: what is left after the interpreter's common cases. */
#include "rooms.h"

const char *vm_operator_text(unsigned op) {
    static const char *const text[] = {"+", "-", "*", "/", "//", "%", "** or pow()", "<<", ">>", "&", "|", "^"};
    if (op >= VM_OP_ADD && op <= VM_OP_XOR) return text[op - VM_OP_ADD];
    static const char *const compare[] = {"==", "!=", "<", "<=", ">", ">="};
    if (op >= VM_OP_EQ && op <= VM_OP_GE) return compare[op - VM_OP_EQ];
    return "?";
}

bool vm_truth(vm *vm, vm_value v, bool *out) {
    *out = true;
    if (vm_is_small(v)) return *out = v != VM_SMALL(0), true;
    if (vm_is_const(v)) return *out = v != VM_NONE && v != VM_FALSE, true;
    if (vm_is_builtin(v)) return true;
    vm_value m;
    if (vm_is_float(v)) return *out = vm_float_of(vm, v) != 0, true;
    if ((m = vm_special(vm, v, VM_N_bool_))) {
        m = vm_call(vm, m, 1, &v);
        if (!m) return false;
        if (!vm_is_bool(m)) return vm_raise(vm, VM_B_TypeError, "__bool__ should return bool, returned %T", m), false;
        *out = m == VM_TRUE;
        return true;
    }
    if (vm_special(vm, v, VM_N_len)) {
        int64_t n = vm_length(vm, v);
        *out = n != 0;
        return n >= 0;
    }
    switch (vm_head(vm, v)->type) {
    case VM_T_INT64: *out = ((vm_int64 *)vm_head(vm, v))->value != 0; return true;
    case VM_T_STR:
    case VM_T_BYTES: *out = vm_str_of(vm, v)->length != 0; return true;
    case VM_T_BYTEARRAY: *out = vm_bytearray_of(vm, v)->length != 0; return true;
    case VM_T_TUPLE:
    case VM_T_LIST: *out = vm_tuple_of(vm, v)->length != 0; return true;
    case VM_T_DICT:
    case VM_T_SET: *out = vm_dict_of(vm, v)->used != 0; return true;
    case VM_T_VIEW: *out = vm_dict_of(vm, vm_view_of(vm, v)->dict)->used != 0; return true;
    case VM_T_RANGE: *out = vm_range_length(vm, v) != 0; return true;
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return (*out = vm_memory_length(vm, v) > 0) || !vm->exception;
#endif
#if VM_FEATURE_FLOAT_CLASSES
    case VM_T_FLOAT: return vm_truth(vm, vm_bare(vm, v), out);
#endif
    default: return true;
    }
}

static bool is_sequence(vm *vm, vm_value v) {
    unsigned type = vm_object_type(vm, v);
    return type == VM_T_STR || type == VM_T_BYTES || type == VM_T_BYTEARRAY || type == VM_T_LIST || type == VM_T_TUPLE ||
           (VM_MEMORYVIEW && type == VM_T_MEMORYVIEW && vm_head(vm, v)->flags & VM_ARRAY);
}

vm_value vm_unsupported(vm *vm, unsigned op, vm_value a, vm_value b) {
    bool in_place = op & VM_IN_PLACE;
    op &= 255;
    if (op >= VM_OP_EQ)
        return vm_raise(vm, VM_B_TypeError, "'%s' not supported between instances of '%T' and '%T'", vm_operator_text(op), a, b);
    if (VM_FEATURE_RARE && is_sequence(vm, a) && vm_special(vm, a, VM_N_add + (op - VM_OP_ADD))) goto general; /* it has its own */
    if (op == VM_OP_ADD && vm_is(vm, a, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "can only concatenate str (not \"%T\") to str", b);
    if (op == VM_OP_ADD && vm_is(vm, a, VM_T_LIST))
        return vm_raise(vm, VM_B_TypeError, "can only concatenate list (not \"%T\") to list", b);
    if (op == VM_OP_ADD && vm_is(vm, a, VM_T_TUPLE))
        return vm_raise(vm, VM_B_TypeError, "can only concatenate tuple (not \"%T\") to tuple", b);
    if (op == VM_OP_ADD && (vm_is(vm, a, VM_T_BYTES) || vm_is(vm, a, VM_T_BYTEARRAY)))
        return vm_raise(vm, VM_B_TypeError, "can't concat %T to %T", b, a);
    if (op == VM_OP_MUL && (is_sequence(vm, a) || is_sequence(vm, b)))
        return vm_raise(vm, VM_B_TypeError, "can't multiply sequence by non-int of type '%T'", is_sequence(vm, a) ? b : a);
general:
    return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for %s%s: '%T' and '%T'",
                    op == VM_OP_POW && in_place ? "**" : vm_operator_text(op), in_place ? "=" : "", a, b);
}

#if VM_FLOAT
/* Of a number, whatever methods its class has. */
static bool as_double(vm *vm, vm_value v, double *out) {
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, v)) return vm_big_to_double(vm, v, out);
#endif
    return vm_as_double(vm, v, out);
}
#endif

/* Of builtin types; NotImplemented when they do not go together. VM_NULL: raised. */
vm_value vm_plain_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place) {
    int64_t x, y;
#if VM_FLOAT
    double d, e;
#endif
#if VM_FEATURE_FLOAT_CLASSES
    if (vm_is_number(vm, vm_bare(vm, a)) && vm_is_number(vm, vm_bare(vm, b))) a = vm_bare(vm, a), b = vm_bare(vm, b);
#endif
    if (vm_as_int64(vm, a, &x) && vm_as_int64(vm, b, &y)) {
        if (vm_is_bool(a) && vm_is_bool(b) && op >= VM_OP_AND && op <= VM_OP_XOR)
            return VM_BOOL(op == VM_OP_AND ? x & y : op == VM_OP_OR ? x | y : x ^ y);
        return vm_int_binary(vm, op, x, y);
    }
    bool ia = vm_is_number(vm, a), ib = vm_is_number(vm, b);
    if (ia && ib) {
#if VM_FEATURE_BIGINT
        if (!vm_is_float(a) && !vm_is_float(b)) return vm_big_binary(vm, op, a, b);
#endif
#if VM_FLOAT
        if (op <= VM_OP_POW) return as_double(vm, a, &d) && as_double(vm, b, &e) ? vm_float_binary(vm, op, d, e) : VM_NULL;
#endif
    }
    unsigned type = vm_object_type(vm, a);
#if VM_FEATURE_PERCENT
    if (op == VM_OP_MOD && (type == VM_T_STR || type == VM_T_BYTES || type == VM_T_BYTEARRAY)) return vm_percent(vm, a, b);
#endif
    if (op == VM_OP_MUL && ((vm_is_bigint(vm, b) && is_sequence(vm, a)) || (vm_is_bigint(vm, a) && is_sequence(vm, b))))
        return vm_raise(vm, VM_B_OverflowError, "cannot fit 'int' into an index-sized integer");
    if (op == VM_OP_MUL && !is_sequence(vm, a) && is_sequence(vm, b)) {
        vm_value t = a;
        a = b;
        b = t;
        type = vm_object_type(vm, a);
        in_place = false;
    }
    vm_value v = VM_NULL;
#if VM_FEATURE_RARE
    if (op == VM_OP_MUL && is_sequence(vm, a) && vm_special(vm, b, VM_N_index_)) {
        b = vm_index_of(vm, b);
        return b ? vm_plain_binary(vm, op, a, b, in_place) : VM_NULL;
    }
#endif
#if VM_FEATURE_RARE
    if (op == VM_OP_OR && (v = vm_new_union(vm, a, b))) return v;
#endif
    if (VM_FEATURE_RARE && vm_is(vm, b, VM_T_VIEW) && op != VM_OP_ADD) type = VM_T_VIEW; /* any iterable goes with it */
    switch (type) {
    case VM_T_STR:
    case VM_T_BYTES:
    case VM_T_BYTEARRAY:
    case VM_T_LIST:
    case VM_T_TUPLE: v = vm_sequence_binary(vm, op, a, b, in_place); break;
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: v = vm_is_array(vm, a) ? vm_array_binary(vm, op, a, b, in_place) : v; break;
#endif
    case VM_T_SET:
    case VM_T_VIEW:
        if (in_place && op == VM_OP_OR && type == VM_T_SET && !vm_head(vm, a)->aux && vm_is(vm, b, VM_T_SET))
            return vm_set_binary(vm, VM_OP_EXTEND, a, b);
        v = vm_set_binary(vm, op, a, b);
        if (v && in_place && type == VM_T_SET && !vm_head(vm, a)->aux) {
            vm_dict_of(vm, a)->table = vm_dict_of(vm, v)->table;
            vm_dict_of(vm, a)->used = vm_dict_of(vm, v)->used;
            v = a;
        }
        break;
    case VM_T_DICT:
        if (op == VM_OP_OR && in_place) return vm_dict_update_from(vm, a, b) ? a : VM_NULL;
        if (op == VM_OP_OR && vm_is(vm, b, VM_T_DICT)) {
            v = vm_dict_copy(vm, a);
            if (!v) return v;
            unsigned root = vm_root(vm, v);
            if (!vm_dict_update(vm, v, b)) v = VM_NULL;
            vm_unroot(vm, root);
        }
        break;
    default: break;
    }
    return v || vm->exception ? v : VM_NOT_IMPLEMENTED;
}

vm_value vm_try_method(vm *vm, unsigned name, vm_value a, vm_value b) {
    vm_value m = vm_special(vm, a, name);
    return m ? vm_call_method(vm, m, a, 1, &b) : VM_NOT_IMPLEMENTED;
}

#if VM_FEATURE_RARE
/* A derived class is asked before its base, on whichever side it is. */
bool vm_right_first(vm *vm, vm_value a, vm_value b) {
    if (!vm_is_instance(vm, b)) return false;
    vm_value ta = vm_type_of(vm, a), tb = vm_type_of(vm, b);
    return ta != tb && vm_subclass(vm, tb, ta);
}

/* Whether the left operand's builtin base is asked before a method of the right one's class: an int knows no floats. */
bool vm_left_first(vm *vm, vm_value a, vm_value b) {
    return !vm_right_first(vm, a, b) && !(vm_is(vm, b, VM_T_FLOAT) && !vm_is_float(vm_bare(vm, a)));
}
#endif

/* What a builtin base of the operands makes of them. A sequence whose class has an operator of its own has that one only, and operands of
 * one class have it both. */
static vm_value of_base(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place) {
    if (VM_FEATURE_RARE && vm_special(vm, a, VM_N_add + (op - VM_OP_ADD)) && (is_sequence(vm, a) || vm_type_of(vm, a) == vm_type_of(vm, b)))
        return VM_NOT_IMPLEMENTED;
    return vm_plain_binary(vm, op, a, b, in_place);
}

vm_value vm_not_reflected(vm *vm, unsigned op, vm_value a, vm_value b) {
    vm_value v = of_base(vm, op & 255, a, b, false);
    return v == VM_NOT_IMPLEMENTED ? vm_unsupported(vm, op, a, b) : v;
}

vm_value vm_reflected(vm *vm, unsigned op, vm_value a, vm_value b) {
    /* Operands of one class have been asked already. */
    vm_value v =
        vm_type_of(vm, a) == vm_type_of(vm, b) ? VM_NOT_IMPLEMENTED : vm_try_method(vm, VM_N_radd + ((op & 255) - VM_OP_ADD), b, a);
    return v == VM_NOT_IMPLEMENTED ? vm_not_reflected(vm, op, a, b) : v;
}

vm_value vm_binary(vm *vm, unsigned named, vm_value a, vm_value b, bool in_place) {
    unsigned op = named & 255, k = op - VM_OP_ADD;
    vm_value v = VM_NOT_IMPLEMENTED;
    if (vm_is_instance(vm, a)) {
        vm_value ta = vm_type_of(vm, a), tb = vm_type_of(vm, b);
        if (in_place) v = vm_try_method(vm, VM_N_iadd + k, a, b);
#if VM_FEATURE_DUNDER
        vm_value own = in_place && v == VM_NOT_IMPLEMENTED ? vm_class_lookup(vm, ta, VM_N_iadd + k) : VM_NULL;
        if (own && vm_is_builtin(own)) v = vm_plain_binary(vm, op, a, b, true); /* a list's, before __add__ */
#endif
        /* A derived class's own reflected method goes before the base's. */
        if (VM_FEATURE_RARE && v == VM_NOT_IMPLEMENTED && vm_right_first(vm, a, b) &&
            vm_class_lookup(vm, tb, VM_N_radd + k) != vm_class_lookup(vm, ta, VM_N_radd + k))
            v = vm_try_method(vm, VM_N_radd + k, b, a);
        if (v == VM_NOT_IMPLEMENTED) v = vm_try_method(vm, VM_N_add + k, a, b);
        if (v != VM_NOT_IMPLEMENTED) return v;
    }
    /* The right operand's method is asked before sequences are joined, and where its class is derived from the left one's. */
    if (!vm_special(vm, b, VM_N_radd + k) || (VM_FEATURE_RARE && !is_sequence(vm, a) && !is_sequence(vm, b) && vm_left_first(vm, a, b)))
        v = of_base(vm, op, a, b, in_place);
    return v == VM_NOT_IMPLEMENTED ? vm_reflected(vm, in_place ? op | VM_IN_PLACE : named, a, b) : v;
}

vm_value vm_any_operator(vm *vm, unsigned op, vm_value a, vm_value b) {
    bool in_place = op & VM_IN_PLACE;
    op &= 255;
    if (op < 12) return vm_binary(vm, VM_OP_ADD + op, a, b, in_place);
#if VM_FEATURE_RARE
    vm_value v = in_place ? vm_try_method(vm, VM_N_imatmul, a, b) : VM_NOT_IMPLEMENTED;
    if (v == VM_NOT_IMPLEMENTED) v = vm_try_method(vm, VM_N_matmul, a, b);
    if (v == VM_NOT_IMPLEMENTED) v = vm_try_method(vm, VM_N_rmatmul, b, a);
    if (v != VM_NOT_IMPLEMENTED) return v;
#endif
    return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for @%s: '%T' and '%T'", in_place ? "=" : "", a, b);
}

vm_value vm_unary(vm *vm, unsigned op, vm_value a) {
    int64_t x;
    vm_value v = vm_special(vm, a, op == VM_OP_NEG ? VM_N_neg : op == VM_OP_POS ? VM_N_pos : VM_N_invert);
    if (v) return vm_call(vm, v, 1, &a);
    v = a;
    a = vm_bare(vm, a);
    if (vm_as_int64(vm, a, &x)) {
        if (op == VM_OP_INV) return vm_int(vm, ~x);
        if (op == VM_OP_POS) return vm_int(vm, x);
        return vm_int_binary(vm, VM_OP_SUB, 0, x);
    }
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, a)) return op == VM_OP_POS ? a : vm_big_unary(vm, op, a);
#endif
    if (vm_is_float(a) && op != VM_OP_INV) return op == VM_OP_POS ? a : vm_alloc_float(vm, -vm_float_of(vm, a));
    return vm_raise(vm, VM_B_TypeError, "bad operand type for unary %s: '%T'", op == VM_OP_NEG ? "-" : op == VM_OP_POS ? "+" : "~", v);
}

int vm_contains(vm *vm, vm_value container, vm_value item) {
    vm_value *items;
    uint32_t n;
    vm_value m;
    if ((m = vm_special(vm, container, VM_N_contains))) {
        bool truth;
        m = m == VM_NONE ? vm_raise(vm, VM_B_TypeError, "'%T' object is not a container", container)
                         : vm_call_method(vm, m, container, 1, &item);
        if (!m || !vm_truth(vm, m, &truth)) return -1;
        return truth;
    }
    switch (vm_object_type(vm, container)) {
    case VM_T_STR: return vm_str_contains(vm, container, item);
    case VM_T_BYTES:
    case VM_T_BYTEARRAY: return vm_bytes_contains(vm, container, item);
    case VM_T_DICT:
    case VM_T_SET: return vm_set_has(vm, container, item); /* a set in a set: as the frozenset like it */
    case VM_T_LIST:
    case VM_T_TUPLE:
        for (uint32_t i = 0; vm_items(vm, container, &items, &n) && i < n; i++) {
            int same = vm_equal(vm, items[i], item);
            if (same) return same;
        }
        return 0;
    case VM_T_VIEW:
        if (vm_head(vm, container)->aux == 0) return vm_set_has(vm, vm_view_of(vm, container)->dict, item);
#if VM_FEATURE_RARE
        if (vm_head(vm, container)->aux == 2) { /* items */
            if (!vm_is(vm, item, VM_T_TUPLE) || vm_tuple_of(vm, item)->length != 2) return 0;
            vm_value value = vm_dict_get(vm, vm_view_of(vm, container)->dict, vm_tuple_of(vm, item)->items[0]);
            if (!value) return vm->exception ? -1 : 0;
            unsigned held = vm_root(vm, value);
            int like = vm_equal(vm, value, vm_tuple_of(vm, item)->items[1]);
            vm_unroot(vm, held);
            return like;
        }
#endif
        break;
    case VM_T_RANGE: {
        int64_t x, start, step;
        if (!vm_as_int64(vm, item, &x)) break;
        vm_as_int64(vm, vm_range_of(vm, container)->start, &start);
        vm_as_int64(vm, vm_range_of(vm, container)->step, &step);
        int64_t length = vm_range_length(vm, container), offset;
        if (__builtin_sub_overflow(x, start, &offset)) return 0;
        return offset % step == 0 && offset / step >= 0 && offset / step < length;
    }
    case VM_T_ITER:
    case VM_T_MEMORYVIEW:
    case VM_T_GENERATOR: break;
    default:
        if (vm_special(vm, container, VM_N_iter) || vm_special(vm, container, VM_N_getitem)) break;
        vm_raise(vm, VM_B_TypeError, "argument of type '%T' is not iterable", container);
        return -1;
    }
    vm_value iterator = vm_iterate(vm, container), v;
    if (!iterator) return -1;
    unsigned root = vm_root(vm, iterator);
    int same = 0;
    vm_root(vm, item);
    while (!same && (v = vm_next(vm, iterator))) {
        unsigned place = vm_root(vm, v);
        same = vm_equal(vm, v, item);
        vm_unroot(vm, place);
    }
    vm_unroot(vm, root);
    return vm->exception ? -1 : same;
}

vm_value vm_getitem(vm *vm, vm_value v, vm_value index) {
    vm_value m = vm_special(vm, v, VM_N_getitem);
    if (m) return vm_call_method(vm, m, v, 1, &index);
    switch (vm_object_type(vm, v)) {
    case VM_T_STR:
    case VM_T_BYTES:
    case VM_T_BYTEARRAY:
    case VM_T_LIST:
    case VM_T_TUPLE: return vm_sequence_item(vm, v, index);
    case VM_T_RANGE: return vm_range_item(vm, v, index);
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_item(vm, v, index);
#endif
    case VM_T_DICT:
        m = vm_dict_get(vm, v, index);
        if (m || vm->exception) return m;
        if (vm_is_instance(vm, v) && (m = vm_class_lookup(vm, vm_type_of(vm, v), VM_N_missing))) return vm_call_method(vm, m, v, 1, &index);
        return vm_raise_value(vm, VM_B_KeyError, index);
    default: break;
    }
#if VM_FEATURE_DESCRIPTORS
    if (vm_is_class(vm, v)) {
        m = vm_find_attr(vm, v, VM_N_class_getitem);
        if (m || vm->exception) return m ? vm_call(vm, m, 1, &index) : m;
        static const uint8_t generic[] = {VM_B_list, VM_B_dict, VM_B_tuple, VM_B_set, VM_B_frozenset, VM_B_type, VM_B_enumerate};
        unsigned n = vm_is_builtin(v) ? vm_builtin_number(v) : VM_B_COUNT;
        if (VM_FEATURE_RARE && n < 256 && memchr(generic, (int)n, sizeof generic)) return v; /* list[int]: what is in it is not checked */
        return vm_raise(vm, VM_B_TypeError, "type '%C' is not subscriptable", v);
    }
#endif
    return vm_raise(vm, VM_B_TypeError, "'%T' object is not subscriptable", v);
}

bool vm_setitem(vm *vm, vm_value v, vm_value index, vm_value item) {
    vm_value m = vm_special(vm, v, VM_N_setitem), both[2] = {index, item};
    if (m) return vm_call_method(vm, m, v, 2, both) != VM_NULL;
    switch (vm_object_type(vm, v)) {
    case VM_T_LIST:
    case VM_T_BYTEARRAY: return vm_sequence_store(vm, v, index, item);
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_store(vm, v, index, item);
#endif
    case VM_T_DICT: return vm_dict_set(vm, v, index, item);
    default: break;
    }
    return vm_raise(vm, VM_B_TypeError, "'%T' object does not support item assignment", v), false;
}

bool vm_delitem(vm *vm, vm_value v, vm_value index) {
    vm_value m = vm_special(vm, v, VM_N_delitem);
    int there;
    if (m) return vm_call_method(vm, m, v, 1, &index) != VM_NULL;
    switch (vm_object_type(vm, v)) {
    case VM_T_LIST:
    case VM_T_BYTEARRAY: return vm_sequence_store(vm, v, index, VM_NULL);
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_store(vm, v, index, VM_NULL);
#endif
    case VM_T_DICT:
        there = vm_dict_remove(vm, v, index, NULL);
        if (there == 0) vm_raise_value(vm, VM_B_KeyError, index);
        return there > 0;
    default: break;
    }
    int64_t x;
    bool sequence = vm_is_object(v) && !vm_is_int(vm, v) && vm_as_int64(vm, index, &x); /* CPython asks those another way */
    return vm_raise(vm, VM_B_TypeError, "'%T' object does%s support item deletion", v, sequence ? "n't" : " not"), false;
}
