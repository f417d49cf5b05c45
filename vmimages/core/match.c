/* SPDX-License-Identifier: Apache-2.0 */
/* What match statements ask for: the parts of a value that a pattern names, or None when the value is of another kind. */
#include "state.h"

#if VM_FEATURE_MATCH

/* (subject, least, exact): the items of a sequence that has as many */
vm_value vm_match_sequence(vm *vm, unsigned argc, vm_value *argv) {
    unsigned type = vm_object_type(vm, argv[0]);
    (void)argc;
    if (type != VM_T_LIST && type != VM_T_TUPLE && type != VM_T_RANGE) return VM_NONE;
    int64_t n = vm_length(vm, argv[0]), least = vm_small(argv[1]);
    if (n < 0) return VM_NULL;
    if (n < least || (n > least && argv[2] == VM_TRUE)) return VM_NONE;
    return type == VM_T_RANGE ? vm_to_list(vm, argv[0]) : argv[0];
}

/* (subject, keys, rest): the values of these keys, and a dict of the others when it is asked for */
vm_value vm_match_mapping(vm *vm, unsigned argc, vm_value *argv) {
    bool with_rest = argv[2] == VM_TRUE;
    (void)argc;
    if (!vm_is(vm, argv[0], VM_T_DICT) || !vm_is(vm, argv[1], VM_T_TUPLE)) return VM_NONE;
    const vm_tuple *keys = vm_tuple_of(vm, argv[1]);
    vm_value parts = vm_new_tuple_of(vm, keys->length + with_rest, NULL), rest = VM_NONE;
    if (!parts) return parts;
    vm_value *items = vm_tuple_of(vm, parts)->items;
    unsigned root = vm_root(vm, parts);
    for (uint32_t i = 0; parts && i < keys->length; i++) {
        items[i] = vm_dict_get(vm, argv[0], keys->items[i]);
        if (!items[i]) parts = vm->exception ? VM_NULL : VM_NONE;
        if (parts == VM_NONE) break;
    }
    if (parts && parts != VM_NONE && with_rest) {
        rest = items[keys->length] = vm_dict_copy(vm, argv[0]);
        for (uint32_t i = 0; rest && i < keys->length; i++)
            if (vm_dict_remove(vm, rest, keys->items[i], NULL) < 0) rest = VM_NULL;
    }
    vm_unroot(vm, root);
    return rest ? parts : rest;
}

/* (subject, class, count, names): attributes by position, as the class's __match_args__ says, and by name */
vm_value vm_match_class(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t count = vm_is_small(argv[2]) ? (uint32_t)vm_small(argv[2]) & 255 : 0, n = 0, most = 0, i = 0;
    vm_value *names = NULL, *positional = NULL, args = VM_NULL;
    (void)argc;
    if (!vm_is_class(vm, argv[1])) return vm_raise(vm, VM_B_TypeError, "called match pattern must be a type");
    if (!vm_subclass(vm, vm_type_of(vm, argv[0]), argv[1])) return VM_NONE;
    vm_items(vm, argv[3], &names, &n);
    vm_value parts = vm_new_tuple_of(vm, count + n, NULL);
    if (!parts) return parts;
    vm_value *items = vm_tuple_of(vm, parts)->items;
    unsigned root = vm_root(vm, parts);
    for (; parts && parts != VM_NONE && i < count + n; i++) {
        vm_value name = i < count ? VM_NULL : names[i - count];
        if (i < count && !args) {
            args = vm_class_lookup(vm, argv[1], VM_N_match_args);
            if (args) vm_items(vm, args, &positional, &most);
            /* int(x), str(x): the value itself */
            if (!args && count == 1 && vm_is_builtin(argv[1]) && vm_builtin_number(argv[1]) != VM_B_object) {
                items[0] = argv[0];
                continue;
            }
            if (count > most) {
                parts = vm_raise(vm, VM_B_TypeError, "%C() accepts %d positional sub-pattern%s (%d given)", argv[1], most,
                                 most == 1 ? "" : "s", count);
                break;
            }
        }
        if (i < count && vm_items(vm, args, &positional, &most)) name = positional[i];
        int id = name && vm_is(vm, name, VM_T_STR) ? vm_name_id(vm, name, false) : -1;
        items[i] = id < 0 ? VM_NULL : vm_find_attr(vm, argv[0], (unsigned)id);
        if (!items[i]) parts = vm->exception && !vm_take_exception(vm, VM_B_AttributeError) ? VM_NULL : VM_NONE;
    }
    vm_unroot(vm, root);
    return parts;
}

#endif
