/* SPDX-License-Identifier: Apache-2.0 */
/* What the interpreter's loop leaves to functions: operations on instances, building, formatting, errors. */
#include "interp.h"

/* Of a value that only a container changed on purpose brings there. */
bool vm_bad_operand(vm *vm, vm_value v) { return vm_raise(vm, VM_B_TypeError, "an instruction got a '%T' object it cannot use", v), false; }

vm_value vm_unbound_cell(vm *vm, unsigned exception, unsigned name) {
    return vm_raise(vm, exception,
                    exception == VM_B_NameError
                        ? "cannot access free variable '%N' where it is not associated with a value in enclosing scope"
                        : "cannot access local variable '%N' where it is not associated with a value",
                    name);
}

vm_value vm_constant_int(vm *vm, vm_value v) {
    (void)vm;
    int64_t i = ((vm_int64 *)VM_PTR(vm, v))->value;
    return i >= VM_INT31_MIN && i <= VM_INT31_MAX ? VM_SMALL(i) : v;
}

vm_value vm_no_global(vm *vm, unsigned number) {
    if (!vm->global_names) return vm_raise(vm, VM_B_NameError, "name 'global#%u' is not defined", number);
    return vm_raise(vm, VM_B_NameError, "name '%N' is not defined", vm->global_names[number]);
}

/* The second operand of a binary operator's instruction. */
static vm_value right_operand(vm *vm, const vm_value *r, uint32_t w, unsigned *op) {
    switch (*op) {
    case VM_OP_ADDI: *op = VM_OP_ADD; return VM_SMALL(SC);
    case VM_OP_SUBI: *op = VM_OP_SUB; return VM_SMALL(SC);
    case VM_OP_MULI: *op = VM_OP_MUL; return VM_SMALL(SC);
    case VM_OP_ANDI: *op = VM_OP_AND; return VM_SMALL(C);
    case VM_OP_MASK: *op = VM_OP_AND; return vm_int(vm, (int64_t)(((uint64_t)1 << C) - 1));
    case VM_OP_LSHIFTI: *op = VM_OP_LSHIFT; return VM_SMALL(C);
    case VM_OP_RSHIFTI: *op = VM_OP_RSHIFT; return VM_SMALL(C);
    case VM_OP_IADD: *op = VM_OP_ADD; return r[C];
    case VM_OP_IMUL: *op = VM_OP_MUL; return r[C];
    case VM_OP_ISUB: *op = VM_OP_SUB; return r[C];
    case VM_OP_IAND: *op = VM_OP_AND; return r[C];
    case VM_OP_IOR: *op = VM_OP_OR; return r[C];
    case VM_OP_IXOR: *op = VM_OP_XOR; return r[C];
    default: return r[C];
    }
}

/* What the kind of a frame other than VM_K_DEST makes of its result, the caller being the current frame again. VM_NULL: raised. */
vm_value vm_finish_call(vm *vm, unsigned kind, vm_value v, uint32_t w) {
    bool truth;
    vm_value *r = VM_PTR(vm, vm->thread.fp->window);
    switch (kind) {
    case VM_K_INIT:
        if (v != VM_NONE) return vm_raise(vm, VM_B_TypeError, "__init__() should return None, not '%T'", v);
        return v;
    case VM_K_BOOL:
    case VM_K_NOTBOOL:
        if (!vm_truth(vm, v, &truth)) return VM_NULL;
        return VM_BOOL(truth == (kind == VM_K_BOOL));
    case VM_K_BINARY:
    case VM_K_REFLECTED: {
        unsigned op = w & 255;
        if (v != VM_NOT_IMPLEMENTED) return v;
        vm_value right = right_operand(vm, r, w, &op);
        if (!right) return right;
        unsigned root = vm_root(vm, right), in_place = (w & 255) >= VM_OP_IADD && (w & 255) <= VM_OP_IXOR ? VM_IN_PLACE : 0;
        if (kind == VM_K_BINARY) /* It was __iadd__ that did not know, if there is one: then the plain operator's methods are asked. */
            v = in_place && vm_special(vm, r[B], VM_N_iadd + (op - VM_OP_ADD)) ? vm_binary(vm, op | in_place, r[B], right, false)
                                                                               : vm_reflected(vm, op | in_place, r[B], right);
        else
            v = vm_not_reflected(vm, op, r[B], right);
        vm_unroot(vm, root);
        return v;
    }
    case VM_K_COMPARE:
        if (v == VM_NOT_IMPLEMENTED) return vm_compare_reflected(vm, w & 255, r[B], r[C]);
        return v;
    case VM_K_STR:
    case VM_K_REPR:
        if (!vm_is(vm, v, VM_T_STR))
            return vm_raise(vm, VM_B_TypeError, "__%s__ returned non-string (type %T)", kind == VM_K_STR ? "str" : "repr", v);
        return v;
    case VM_K_TRUTH:
        if (!vm_is_bool(v)) return vm_raise(vm, VM_B_TypeError, "__bool__ should return bool, returned %T", v);
        return v;
    case VM_K_ITER:
        if (!vm_is_iterator(vm, v)) return vm_raise(vm, VM_B_TypeError, "iter() returned non-iterator of type '%T'", v);
        return v;
    case VM_K_LENGTH: {
        int64_t n;
        if (!vm_need_int(vm, v, &n)) return VM_NULL;
        if (n < 0) return vm_raise(vm, VM_B_ValueError, "__len__() should return >= 0");
        return vm_int(vm, n);
    }
    default: return v;
    }
}

/* Puts a method's arguments behind the window and starts the call. */
vm_call_result vm_call_special(vm *vm, vm_value method, unsigned argc, vm_value a, vm_value b, vm_value c, unsigned dest, unsigned kind) {
    vm_value *args = vm_window_end(vm) + 2;
    args[-2] = args[-1] = VM_NONE;
    args[0] = a;
    args[1] = b;
    args[2] = c;
    vm->thread.fp->extent = (uint8_t)(argc + 2);
    vm_frame *fp = vm->thread.fp;
    vm_call_result result = vm_start_call(vm, method, args, argc, 0, NULL, dest, kind);
    fp->extent = 0;
    if (result == VM_CALL_VALUE && kind != VM_K_DEST) {
        vm->result = vm_finish_call(vm, kind, vm->result, vm->code[fp->pc - 1]);
        if (!vm->result) result = VM_CALL_ERROR;
    }
    return result;
}

/* An operator one of whose operands is an instance: VM_CALL_VALUE with vm->result, when no method of Python code is to be called. */
static vm_call_result special_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place, unsigned dest) {
    unsigned k = op - VM_OP_ADD;
    if (vm_is_instance(vm, a) &&
        !(vm_is_instance(vm, b) && vm_type_of(vm, a) != vm_type_of(vm, b) && vm_subclass(vm, vm_type_of(vm, b), vm_type_of(vm, a)))) {
        vm_value m = in_place ? vm_special(vm, a, VM_N_iadd + k) : VM_NULL;
        /* The in-place operator of a builtin base goes before a method for the plain one. */
        if (!m && !(VM_FEATURE_DUNDER && in_place && vm_head(vm, a)->flags & VM_SUBCLASSED)) m = vm_special(vm, a, VM_N_add + k);
        if (m) return vm_call_special(vm, m, 2, a, b, VM_NONE, dest, VM_K_BINARY);
    }
    vm_value m = vm_special(vm, b, VM_N_radd + k);
    if (m && (vm_is_instance(vm, a) ||
              (VM_FEATURE_RARE && !vm_is(vm, b, VM_T_INSTANCE)))) { /* both may have methods: their order is vm_binary's */
        vm->result = vm_binary(vm, op, a, b, in_place);
        return vm->result ? VM_CALL_VALUE : VM_CALL_ERROR;
    }
    if (m) return vm_call_special(vm, m, 2, b, a, VM_NONE, dest, VM_K_REFLECTED);
    vm->result = vm_binary(vm, op, a, b, in_place);
    return vm->result ? VM_CALL_VALUE : VM_CALL_ERROR;
}

vm_call_result vm_special_compare(vm *vm, unsigned op, vm_value a, vm_value b, unsigned dest, unsigned kind) {
    vm_value m = op == VM_OP_NE ? VM_NULL : vm_special(vm, a, VM_N_eq + (op - VM_OP_EQ));
#if VM_FEATURE_RARE
    if (m && vm_right_first(vm, a, b)) m = VM_NULL;
#endif
    if (m && !vm_is_builtin(m)) return vm_call_special(vm, m, 2, a, b, VM_NONE, dest, kind);
    vm->result = vm_compare(vm, op, a, b);
    return vm->result ? VM_CALL_VALUE : VM_CALL_ERROR;
}

/* A fused comparison whose left operand's method said NotImplemented. */
vm_value vm_jump_reflected(vm *vm, const vm_value *r, uint32_t w) {
    unsigned op = w & 255;
    bool small = (op >= VM_OP_JEQI && op <= VM_OP_JGEI) || op >= VM_OP_JNLTI;
    return vm_compare_reflected(vm, vm_jump_operator(w), r[A], small ? VM_SMALL(SB) : r[B]);
}

vm_value vm_make_function(vm *vm, const vm_value *r, unsigned number) {
    unsigned cells = vm_func_rare(vm, &vm->functions[number], VM_RARE_CELLS);
    vm_value v = vm_alloc(vm, VM_T_FUNCTION, (uint32_t)(sizeof(vm_function) + cells * sizeof(vm_value)));
    if (!v) return v;
    vm_function *f = vm_function_of(vm, v);
    f->h.aux = (uint16_t)number;
    f->defaults = r[0];
    f->kwdefaults = r[1];
    memcpy(f->cells, r + 2, cells * sizeof(vm_value));
    return v;
}

vm_value vm_plain_function(vm *vm, unsigned number) {
    static const vm_value nothing[2] = {VM_NONE, VM_NONE};
    return vm_make_function(vm, nothing, number);
}

bool vm_for_prepare(vm *vm, vm_value *r) { /* R[A..A+2] are ints or an error; those over 31 bits are left to for_step */
    int64_t x;
    for (unsigned i = 0; i < 3; i++) {
        if (!vm_as_int64(vm, r[i], &x)) {
            vm_raise(vm, VM_B_TypeError, "'%T' object cannot be interpreted as an integer", r[i]);
            return false;
        }
        r[i] = vm_int(vm, x);
        if (!r[i]) return r[i] = VM_NONE, false;
    }
    if (r[2] == VM_SMALL(0)) {
        vm_raise(vm, VM_B_ValueError, "range() arg 3 must not be zero");
        return false;
    }
    return true;
}

/* One step of a range loop that has left the 31-bit ints: 1 go on, 0 at its end, -1 raised. */
int vm_for_step(vm *vm, vm_value *r) {
    int64_t next, stop, step;
    if (!vm_as_int64(vm, r[0], &next) || !vm_as_int64(vm, r[1], &stop) || !vm_as_int64(vm, r[2], &step)) return 0;
    if (step > 0 ? next >= stop : next <= stop) return 0;
    r[3] = r[0];
    if (__builtin_add_overflow(next, step, &next)) next = stop; /* beyond 64 bits is beyond the stop too */
    vm_value v = vm_int(vm, next);
    if (!v) return -1;
    r[0] = v;
    return 1;
}

bool vm_extend(vm *vm, vm_value a, vm_value b) {
    if (vm_is(vm, a, VM_T_DICT)) {
        if (!vm_is(vm, b, VM_T_DICT) && !vm_special(vm, b, VM_N_keys))
            return vm_raise(vm, VM_B_TypeError, "'%T' object is not a mapping", b), false;
        return vm_dict_update_from(vm, a, b);
    }
    if (vm_is(vm, a, VM_T_SET)) return vm_set_binary(vm, VM_OP_EXTEND, a, b) != VM_NULL;
    if (!vm_is(vm, a, VM_T_LIST)) return vm_bad_operand(vm, a);
    vm_value iterator = vm_is(vm, b, VM_T_LIST) ? b : vm_iterate(vm, b);
    if (!iterator && !vm_special(vm, b, VM_N_iter) && vm_take_exception(vm, VM_B_TypeError))
        vm_raise(vm, VM_B_TypeError, "Value after * must be an iterable, not %T", b);
    if (!iterator) return false;
    unsigned root = vm_root(vm, iterator);
    bool done = vm_list_extend(vm, a, iterator);
    vm_unroot(vm, root);
    return done;
}

/* --- operations one of whose operands may be an instance */

static vm_call_result value_or_error(vm *vm, vm_value v) {
    vm->result = v;
    return v ? VM_CALL_VALUE : VM_CALL_ERROR;
}

vm_call_result vm_binary_op(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place, unsigned dest) {
#if VM_FLOAT
    double x, y;
    if (op <= VM_OP_POW && vm_two_floats(vm, a, b, &x, &y)) return value_or_error(vm, vm_float_binary(vm, op, x, y));
#endif
    if (vm_is_instance(vm, a) || vm_is_instance(vm, b)) return special_binary(vm, op, a, b, in_place, dest);
    return value_or_error(vm, vm_binary(vm, op, a, b, in_place));
}

/* v & (1 << bits) - 1 */
vm_call_result vm_mask_op(vm *vm, vm_value v, unsigned bits, unsigned dest) {
    if (vm_is_int(vm, v) && !vm_is_instance(vm, v)) return value_or_error(vm, vm_masked(vm, v, bits));
    vm_value m = vm_int(vm, (int64_t)(((uint64_t)1 << bits) - 1));
    if (!m) return VM_CALL_ERROR;
    unsigned root = vm_root(vm, m);
    vm_call_result called = vm_binary_op(vm, VM_OP_AND, v, m, false, dest);
    vm_unroot(vm, root);
    return called;
}

int vm_test_bit(vm *vm, vm_value v, unsigned bit) {
    bool truth;
    /* Shifts by a variable of 64 bits are calls on small cores. */
    if (vm_is_exactly(vm, v, VM_T_INT64)) return ((const uint32_t *)VM_PTR(vm, v))[2 + bit / 32] >> bit % 32 & 1;
    vm_value mask = vm_int(vm, (int64_t)1 << bit);
    if (!mask) return -1;
    unsigned root = vm_root(vm, mask);
    v = vm_binary(vm, VM_OP_AND, v, mask, false);
    bool done = v && vm_truth(vm, v, &truth);
    vm_unroot(vm, root);
    return done ? truth : -1;
}

vm_call_result vm_in_op(vm *vm, vm_value container, vm_value item, unsigned kind, unsigned dest) {
    vm_value m = vm_is_instance(vm, container) ? vm_special(vm, container, VM_N_contains) : VM_NULL;
    if (m && m != VM_NONE) return vm_call_special(vm, m, 2, container, item, VM_NONE, dest, kind);
    int in = vm_contains(vm, container, item);
    return value_or_error(vm, in < 0 ? VM_NULL : VM_BOOL(in == (kind == VM_K_BOOL)));
}

vm_call_result vm_getitem_op(vm *vm, vm_value v, vm_value index, unsigned dest) {
    vm_value m = vm_is_instance(vm, v) ? vm_special(vm, v, VM_N_getitem) : VM_NULL;
    if (m) return vm_call_special(vm, m, 2, v, index, VM_NONE, dest, VM_K_DEST);
    return value_or_error(vm, vm_getitem(vm, v, index));
}

vm_call_result vm_setitem_op(vm *vm, vm_value v, vm_value index, vm_value item) {
    vm_value m = vm_is_instance(vm, v) ? vm_special(vm, v, VM_N_setitem) : VM_NULL;
    if (m) return vm_call_special(vm, m, 3, v, index, item, 0, VM_K_DROP);
    return vm_setitem(vm, v, index, item) ? VM_CALL_VALUE : VM_CALL_ERROR;
}

vm_call_result vm_delitem_op(vm *vm, vm_value v, vm_value index) {
    vm_value m = vm_is_instance(vm, v) ? vm_special(vm, v, VM_N_delitem) : VM_NULL;
    if (m) return vm_call_special(vm, m, 2, v, index, VM_NONE, 0, VM_K_DROP);
    return vm_delitem(vm, v, index) ? VM_CALL_VALUE : VM_CALL_ERROR;
}

/* A property's function is called without taking C stack. */
/* What an instance has in a slot or its class as plain data, which is not bound; VM_NULL: to be looked for in all places. */
static vm_value plain_attribute(vm *vm, const vm_instance *o, unsigned name) {
    if (!vm_is_object(o->class_) || vm_head(vm, o->class_)->flags & VM_CLASS_HOOKS) return VM_NULL;
    int slot = vm_class_slot_cached(vm, o->class_, name);
    if (slot >= 0) return (unsigned)slot < o->h.aux && o->slots[slot] != VM_UNBOUND ? o->slots[slot] : VM_NULL;
    vm_value m = o->extra ? VM_NULL : vm_class_lookup(vm, o->class_, name);
    return vm_is_small(m) || (m && vm_is_object(m) && vm_object_type(vm, m) <= VM_T_LIST && !vm_is_instance(vm, m)) ? m : VM_NULL;
}

vm_call_result vm_getattr_op(vm *vm, vm_value v, unsigned name, unsigned dest) {
    if (vm_is(vm, v, VM_T_INSTANCE) && !vm_maybe_property(vm, name)) {
        vm_value m = plain_attribute(vm, vm_instance_of(vm, v), name);
        if (m) return value_or_error(vm, m);
    } else if (vm_is(vm, v, VM_T_INSTANCE)) {
        vm_value m = vm_class_lookup(vm, vm_instance_of(vm, v)->class_, name);
        if (m && vm_is(vm, m, VM_T_WRAPPER) && vm_head(vm, m)->aux == 2 && vm_wrapper_of(vm, m)->get != VM_NONE)
            return vm_call_special(vm, vm_wrapper_of(vm, m)->get, 1, v, VM_NONE, VM_NONE, dest, VM_K_DEST);
    }
    return value_or_error(vm, vm_getattr(vm, v, name));
}

vm_call_result vm_format_op(vm *vm, vm_value v, vm_value spec, unsigned conversion, unsigned dest) {
    if (spec == VM_NONE) {
        if (conversion < 2 && vm_is_exactly(vm, v, VM_T_STR)) return value_or_error(vm, v);
        if (conversion < 3 && vm_is_instance(vm, v) && (conversion || !vm_special(vm, v, VM_N_format_))) {
            vm_value m = conversion < 2 ? vm_special(vm, v, VM_N_str) : VM_NULL;
            bool str = m != VM_NULL;
            if (!m && (conversion == 2 || vm_is(vm, v, VM_T_INSTANCE))) m = vm_special(vm, v, VM_N_repr);
            if (m) return vm_call_special(vm, m, 1, v, VM_NONE, VM_NONE, dest, str ? VM_K_STR : VM_K_REPR);
        }
    }
    return value_or_error(vm, vm_format_value(vm, v, spec == VM_NONE ? VM_NULL : spec, conversion));
}

/* --- building; the items are registers */

vm_value vm_build_dict(vm *vm, const vm_value *items, unsigned count) {
    vm_value v = vm_new_dict_sized(vm, count);
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    for (unsigned i = 0; v && i < count; i++)
        if (!vm_dict_set(vm, v, items[2 * i], items[2 * i + 1])) v = VM_NULL;
    vm_unroot(vm, root);
    return v;
}

vm_value vm_build_set(vm *vm, const vm_value *items, unsigned count) {
    vm_value v = vm_new_set_sized(vm, count);
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    for (unsigned i = 0; v && i < count; i++)
        if (!vm_set_add(vm, v, items[i])) v = VM_NULL;
    vm_unroot(vm, root);
    return v;
}

vm_value vm_build_slice(vm *vm, const vm_value *parts) {
    vm_value v = vm_alloc(vm, VM_T_SLICE, sizeof(vm_range));
    if (v) memcpy(&vm_range_of(vm, v)->start, parts, 3 * sizeof *parts);
    return v;
}

vm_value vm_list_tuple(vm *vm, vm_value list) {
    if (!vm_is(vm, list, VM_T_LIST)) return vm_bad_operand(vm, list), VM_NULL;
    vm_list *l = vm_list_of(vm, list);
    return vm_new_tuple_of(vm, l->length, l->array ? vm_list_items(vm, l) : NULL);
}

vm_value vm_join_strs(vm *vm, const vm_value *items, unsigned count) {
    vm_writer out;
    uint32_t length = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!vm_is(vm, items[i], VM_T_STR)) return vm_bad_operand(vm, items[i]), VM_NULL;
        length += vm_str_of(vm, items[i])->length;
    }
    vm_writer_begin(&out, vm, length);
    for (unsigned i = 0; i < count; i++) vm_put(&out, vm_str_of(vm, items[i])->data, vm_str_of(vm, items[i])->length);
    return vm_writer_end(&out);
}
