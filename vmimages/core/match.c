/* SPDX-License-Identifier: Apache-2.0 */
/* What match statements ask for: the parts of a value that a pattern names, or None when the value is of another kind. */
#include "rooms.h"

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
    if (vm_dict_of(vm, argv[0])->used < keys->length) return VM_NONE;
    vm_value parts = vm_new_tuple_of(vm, keys->length + with_rest, NULL), rest = VM_NONE;
    if (!parts) return parts;
    vm_value *items = vm_tuple_of(vm, parts)->items;
    unsigned root = vm_root(vm, parts);
    for (uint32_t i = 0; parts && i < keys->length; i++) {
        for (uint32_t j = 0; parts && j < i; j++)
            if (vm_equal(vm, keys->items[j], keys->items[i]) == 1)
                parts = vm_raise(vm, VM_B_ValueError, "mapping pattern checks duplicate key (%R)", keys->items[i]);
        if (!parts) break;
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

/* Types whose only positional pattern is the value itself, and classes derived from them: int(x), str(x). */
static bool matches_itself(vm *vm, vm_value class_) {
    static const uint8_t types[] = {VM_B_bool, VM_B_bytearray, VM_B_bytes, VM_B_dict, VM_B_float, VM_B_frozenset,
                                    VM_B_int,  VM_B_list,      VM_B_set,   VM_B_str,  VM_B_tuple};
    unsigned n = vm_is_object(class_) ? vm_class_of(vm, class_)->builtin : vm_builtin_number(class_);
    return n < 256 && memchr(types, (int)n, sizeof types);
}

/* The attribute's name for positional pattern i, or VM_NULL: raised. */
static vm_value positional_name(vm *vm, vm_value args, uint32_t i) {
    vm_value name = vm_tuple_of(vm, args)->items[i];
    return vm_is(vm, name, VM_T_STR) ? name : vm_raise(vm, VM_B_TypeError, "__match_args__ elements must be strings (got %T)", name);
}

/* (subject, class, count, names): attributes by position, as the class's __match_args__ says, and by name */
vm_value vm_match_class(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t count = vm_is_small(argv[2]) ? (uint32_t)vm_small(argv[2]) & 255 : 0, n = 0, most = 0, i = 0;
    vm_value *names = NULL, args = VM_NULL, class_ = argv[1];
    bool itself = false;
    (void)argc;
    if (!vm_is_class(vm, class_)) return vm_raise(vm, VM_B_TypeError, "called match pattern must be a type");
    int is = vm_isinstance(vm, argv[0], class_);
    if (is <= 0) return is ? VM_NULL : VM_NONE;
    if (count) {
        args = vm_class_lookup(vm, class_, VM_N_match_args);
        itself = !args && matches_itself(vm, class_);
        if (args && !vm_is(vm, args, VM_T_TUPLE))
            return vm_raise(vm, VM_B_TypeError, "%C.__match_args__ must be a tuple (got %T)", class_, args);
        most = args ? vm_tuple_of(vm, args)->length : itself;
        if (count > most)
            return vm_raise(vm, VM_B_TypeError, "%C() accepts %d positional sub-pattern%s (%d given)", class_, most, most == 1 ? "" : "s",
                            count);
    }
    vm_items(vm, argv[3], &names, &n);
    vm_value parts = vm_new_tuple_of(vm, count + n, NULL);
    if (!parts) return parts;
    vm_value *items = vm_tuple_of(vm, parts)->items;
    unsigned root = vm_root(vm, parts);
    for (; parts && parts != VM_NONE && i < count + n; i++) {
        if (i < count && itself) {
            items[0] = argv[0];
            continue;
        }
        vm_value name = i < count ? positional_name(vm, args, i) : names[i - count];
        for (uint32_t j = 0; name && j < i && j < count && !itself; j++)
            if (vm_equal(vm, vm_tuple_of(vm, args)->items[j], name) == 1)
                name = vm_raise(vm, VM_B_TypeError, "%C() got multiple sub-patterns for attribute %R", class_, name);
        int id = name && vm_is(vm, name, VM_T_STR) ? vm_name_id(vm, name, false) : -1;
        items[i] = id < 0 ? VM_NULL : vm_find_attr(vm, argv[0], (unsigned)id);
        if (!items[i]) parts = vm->exception && (!name || !vm_take_exception(vm, VM_B_AttributeError)) ? VM_NULL : VM_NONE;
    }
    vm_unroot(vm, root);
    return parts;
}

#endif
