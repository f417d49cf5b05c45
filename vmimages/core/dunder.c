/* SPDX-License-Identifier: Apache-2.0 */
/* Special methods of builtin types by name: `list.__len__(x)`, `super().__getitem__(k)` in a class derived from dict, `hasattr(x,
 * '__iter__')`. They are the operators themselves; vm->plain keeps those from asking the object's class first. */
#include "rooms.h"

#if VM_FEATURE_DUNDER

#define BIT(name) (1u << VM_N_##name)
#define ALL (BIT(str) | BIT(repr) | BIT(eq) | BIT(ne) | BIT(lt) | BIT(le) | BIT(gt) | BIT(ge) | BIT(hash) | BIT(format_))
#define SIZED (BIT(len) | BIT(iter) | BIT(contains))
#define NUMBER (BIT(bool_) | BIT(int_) | BIT(float_) | BIT(abs) | BIT(round_) | BIT(neg) | BIT(pos))
#define OPERATOR(name) (1u << (VM_N_##name - VM_N_add))
#define ARITHMETIC (OPERATOR(lshift) - 1)
#define ALGEBRA (OPERATOR(sub) | OPERATOR(and_) | OPERATOR(or_) | OPERATOR(xor_))

/* Operators whose reflected and in-place forms are there: all of numbers have the first, those of mutable containers the second. */
enum { REFLECTED = 1 << 12, IN_PLACE = 1 << 13 };

static const struct {
    uint8_t type;
    uint16_t operators;
    uint32_t names;
} table[] = {
    {VM_B_object, 0, ALL},
    {VM_B_int, 0xFFF | REFLECTED, NUMBER | BIT(index_) | BIT(invert)},
    {VM_B_float, ARITHMETIC | REFLECTED, NUMBER},
    {VM_B_str, OPERATOR(add) | OPERATOR(mul) | OPERATOR(mod), SIZED | BIT(getitem)},
    {VM_B_bytes, OPERATOR(add) | OPERATOR(mul), SIZED | BIT(getitem)},
    {VM_B_bytearray, OPERATOR(add) | OPERATOR(mul) | IN_PLACE, SIZED | BIT(getitem) | BIT(setitem) | BIT(delitem)},
#if VM_MEMORYVIEW
    {VM_B_array, OPERATOR(add) | OPERATOR(mul) | IN_PLACE, SIZED | BIT(getitem) | BIT(setitem) | BIT(delitem)},
    {VM_B_memoryview, 0, SIZED | BIT(getitem) | BIT(setitem) | BIT(delitem)},
#endif
    {VM_B_list, OPERATOR(add) | OPERATOR(mul) | IN_PLACE, SIZED | BIT(getitem) | BIT(setitem) | BIT(delitem) | BIT(reversed)},
    {VM_B_tuple, OPERATOR(add) | OPERATOR(mul), SIZED | BIT(getitem)},
    {VM_B_dict, OPERATOR(or_) | REFLECTED | IN_PLACE, SIZED | BIT(getitem) | BIT(setitem) | BIT(delitem) | BIT(reversed)},
    {VM_B_set, ALGEBRA | REFLECTED | IN_PLACE, SIZED},
    {VM_B_frozenset, ALGEBRA | REFLECTED, SIZED},
    {VM_B_range, 0, SIZED | BIT(getitem) | BIT(reversed) | BIT(bool_)},
    {VM_B_dict_keys, ALGEBRA | REFLECTED, SIZED | BIT(reversed)},
    {VM_B_dict_items, ALGEBRA | REFLECTED, SIZED | BIT(reversed)},
    {VM_B_dict_values, 0, BIT(len) | BIT(iter) | BIT(reversed)},
    {VM_B_iterator, 0, BIT(iter) | BIT(next)},
    {VM_B_enumerate, 0, BIT(iter) | BIT(next)},
    {VM_B_zip, 0, BIT(iter) | BIT(next)},
    {VM_B_map, 0, BIT(iter) | BIT(next)},
    {VM_B_filter, 0, BIT(iter) | BIT(next)},
    {VM_B_reversed, 0, BIT(iter) | BIT(next)},
#if VM_FEATURE_METACLASSES
    {VM_B_type, 0, BIT(call)},
#endif
    {VM_B_function, 0, BIT(call)},
    {VM_B_method, 0, BIT(call)},
    {VM_B_builtin, 0, BIT(call)},
    {VM_B_NoneType, 0, BIT(bool_)},
};

bool vm_has_dunder(unsigned type, unsigned name) {
    if (name > VM_N_ixor) return false;
#if VM_FEATURE_RARE
    if (type > VM_B_iterator && type <= VM_B_callable_iterator) type = VM_B_iterator;
#endif
    unsigned i = 0;
    while (table[i].type != type)
        if (++i == sizeof table / sizeof *table) return false;
    if (name < VM_N_add) return table[i].names >> name & 1;
    unsigned k = name - VM_N_add, operators = table[i].operators;
    if (k < 12) return operators >> k & 1;
    if (k >= 24) return operators & IN_PLACE && operators >> (k - 24) & 1;
    return (operators & REFLECTED || name == VM_N_rmul) && operators >> (k - 12) & 1;
}

static vm_value none(bool done) { return done ? VM_NONE : VM_NULL; }

vm_value vm_dunder(vm *vm, unsigned name, unsigned argc, vm_value *argv) {
    vm_value v = argv[0], with = argv[1], other = VM_NULL, saved = vm->plain;
    bool truth;
    unsigned wanted =
        name >= VM_N_add || (name >= VM_N_eq && name <= VM_N_ge) || name == VM_N_getitem || name == VM_N_contains || name == VM_N_delitem
            ? 2
        : name == VM_N_setitem                        ? 3
        : name == VM_N_format_ || name == VM_N_round_ ? argc
                                                      : 1;
    if (argc != wanted) return vm_raise(vm, VM_B_TypeError, "expected %d argument%s, got %d", wanted - 1, wanted == 2 ? "" : "s", argc - 1);
    if (((name >= VM_N_eq && name <= VM_N_ge) || name >= VM_N_add) && (vm_is_int(vm, v) || vm_is_bool(v)) && vm_is_float(vm_bare(vm, with)))
        return VM_NOT_IMPLEMENTED; /* that is for the float to know */
    vm->plain = v;
    if (name >= VM_N_add) {
        unsigned k = name - VM_N_add, op = VM_OP_ADD + k % 12;
        other = k / 12 == 1 ? vm_plain_binary(vm, op, with, v, false) : vm_plain_binary(vm, op, v, with, k / 12 == 2);
    } else
        switch (name) {
        case VM_N_str: other = vm_to_str(vm, v); break;
        case VM_N_repr: other = vm_repr(vm, v); break;
        case VM_N_eq:
        case VM_N_ne:
        case VM_N_lt:
        case VM_N_le:
        case VM_N_gt:
        case VM_N_ge:
            other = vm_plain_compare(vm, VM_OP_EQ + (name - VM_N_eq), v, with);
            if (other == VM_NOT_IMPLEMENTED && v == with && name <= VM_N_ne) other = VM_BOOL(name == VM_N_eq);
            break;
        case VM_N_hash: other = vm_bi_hash(vm, 1, argv); break;
        case VM_N_bool_: other = vm_truth(vm, v, &truth) ? VM_BOOL(truth) : VM_NULL; break;
        case VM_N_len: other = vm_bi_len(vm, 1, argv); break;
        case VM_N_getitem: other = vm_getitem(vm, v, with); break;
        case VM_N_setitem: other = none(vm_setitem(vm, v, with, argv[2])); break;
        case VM_N_delitem: other = none(vm_delitem(vm, v, with)); break;
        case VM_N_contains: {
            int in = vm_contains(vm, v, with);
            other = in < 0 ? VM_NULL : VM_BOOL(in);
            break;
        }
        case VM_N_iter: other = vm_iterate(vm, v); break;
        case VM_N_next: other = vm_bi_next(vm, 1, argv); break;
        case VM_N_reversed: other = vm_new_reversed(vm, 1, argv); break;
        case VM_N_format_: other = vm_bi_format(vm, argc, argv); break;
        case VM_N_int_:
        case VM_N_index_: other = vm_new_int(vm, 1, argv); break;
        case VM_N_float_: other = vm_new_float(vm, 1, argv); break;
        case VM_N_abs: other = vm_bi_abs(vm, 1, argv); break;
        case VM_N_round_: other = vm_bi_round(vm, argc, argv); break;
        case VM_N_neg: other = vm_unary(vm, VM_OP_NEG, v); break;
        case VM_N_pos: other = vm_unary(vm, VM_OP_POS, v); break;
        default: other = vm_unary(vm, VM_OP_INV, v); break;
        }
    vm->plain = saved;
    return other;
}

#endif
