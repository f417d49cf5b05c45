/* SPDX-License-Identifier: Apache-2.0 */
/* What programs ask about objects, and change in them, from behind: the __dict__ that takes part in changes, another __class__, descriptors
 * called by name, unions of types. */
#include "rooms.h"

#if VM_FEATURE_RARE

/* The owner is the word behind the dict itself: its cell has room for that. */
_Static_assert(sizeof(vm_dict) == 12, "a dict's cell has a word to spare");
static vm_value *owner_of(vm *vm, vm_value dict) { return (vm_value *)(vm_dict_of(vm, dict) + 1); }

vm_value vm_live_dict(vm *vm, vm_value dict, vm_value owner) {
    *owner_of(vm, dict) = owner;
    vm_head(vm, dict)->flags |= VM_LIVE;
    return dict;
}

bool vm_live_changed(vm *vm, vm_value dict, vm_value key, vm_value value) {
    int name = vm_is(vm, key, VM_T_STR) ? vm_name_id(vm, key, value != VM_NULL) : -1;
    if (name < 0) return !vm->exception;
    return vm_set_own(vm, *owner_of(vm, dict), (unsigned)name, value);
}

/* obj.__class__ = class: the attributes move over by name, since the new class may have other slots. */
bool vm_set_class(vm *vm, vm_value v, vm_value class_) {
    vm_value old = vm_identity_of(vm, v)->class_, dict, key, value;
    uint32_t at = 0;
    if (!vm_is_class(vm, class_)) {
        vm_raise(vm, VM_B_TypeError, "__class__ must be set to a class, not '%T' object", class_);
        return false;
    }
    if (!vm_is_object(old) || !vm_is_object(class_)) {
        vm_raise(vm, VM_B_TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return false;
    }
    if (vm_class_of(vm, old)->builtin != vm_class_of(vm, class_)->builtin) {
        vm_raise(vm, VM_B_TypeError, "__class__ assignment: '%C' object layout differs from '%C'", class_, old);
        return false;
    }
    dict = vm_getattr(vm, v, VM_N_dict_);
    if (!dict) return false;
    unsigned root = vm_root(vm, dict);
    vm_clear_own(vm, v);
    vm_identity_of(vm, v)->class_ = class_;
    bool done = true;
    while (done && vm_dict_next(vm, dict, &at, &key, &value)) done = vm_set_own(vm, v, (unsigned)vm_name_id(vm, key, true), value);
    vm_unroot(vm, root);
    return done;
}

/* f.__get__(object, class): of functions, methods of builtin types, properties, staticmethods and classmethods. */
vm_value vm_descriptor_get(vm *vm, unsigned argc, vm_value *argv) {
    vm_value class_ = argc > 2 && argv[2] != VM_NONE ? argv[2] : VM_NULL, object = argv[1];
    if (object == VM_NONE && !class_) return vm_raise(vm, VM_B_TypeError, "__get__(None, None) is invalid");
    if (object == VM_NONE && class_ != VM_BUILTIN(VM_B_NoneType)) object = VM_NULL;
    return vm_bind(vm, argv[0], object, class_ ? class_ : vm_type_of(vm, object), VM_N_get_);
}

static vm_value change(vm *vm, vm_value method, vm_value object, vm_value value, const char *what) {
    if (method == VM_NONE) return vm_raise(vm, VM_B_AttributeError, "property of '%T' object has no %s", object, what);
    return vm_call_method(vm, method, object, value != VM_NULL, &value) ? VM_NONE : VM_NULL;
}
vm_value vm_property_set(vm *vm, unsigned argc, vm_value *argv) {
    return (void)argc, change(vm, vm_wrapper_of(vm, argv[0])->set, argv[1], argv[2], "setter");
}
vm_value vm_property_delete(vm *vm, unsigned argc, vm_value *argv) {
    return (void)argc, change(vm, vm_wrapper_of(vm, argv[0])->del, argv[1], VM_NULL, "deleter");
}

/* f.__closure__ */
vm_value vm_closure_of(vm *vm, vm_value function) {
    unsigned count = vm_func_rare(vm, &vm->functions[vm_head(vm, function)->aux], VM_RARE_CELLS);
    return count ? vm_new_tuple_of(vm, count, vm_function_of(vm, function)->cells) : VM_NONE;
}

vm_value vm_exception_add_note(vm *vm, unsigned argc, vm_value *argv) {
    vm_value notes = vm_find_attr(vm, argv[0], VM_N_notes_);
    (void)argc;
    if (!vm_is(vm, argv[1], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "note must be a str, not '%T'", argv[1]);
    if (notes && !vm_is(vm, notes, VM_T_LIST)) return vm_raise(vm, VM_B_TypeError, "Cannot add note: __notes__ is not a list");
    if (vm->exception) return VM_NULL;
    unsigned root = vm_mark_roots(vm);
    if (!notes) {
        notes = vm_new_list(vm, 0, NULL);
        if (notes) vm_root(vm, notes);
        if (!notes || !vm_setattr(vm, argv[0], VM_N_notes_, notes)) notes = VM_NULL;
    }
    bool done = notes && vm_list_append(vm, notes, argv[1]);
    vm_unroot(vm, root);
    return done ? VM_NONE : VM_NULL;
}

/* --- int | str: a tuple of the types, with a flag. isinstance() takes it as it is. */

bool vm_is_union(const vm *vm, vm_value v) { return vm_is(vm, v, VM_T_TUPLE) && vm_head(vm, v)->flags & VM_UNION; }

static bool add_members(vm *vm, vm_value list, vm_value v) {
    uint32_t count = 1;
    vm_value *items = &v;
    if (vm_is_union(vm, v)) vm_items(vm, v, &items, &count);
    for (uint32_t i = 0; i < count; i++) {
        // cppcheck-suppress objectIndex ; count is 1 unless vm_items has set items
        vm_value one = items[i] == VM_NONE ? VM_BUILTIN(VM_B_NoneType) : items[i];
        int in = vm_contains(vm, list, one);
        if (in < 0 || (!in && !vm_list_append(vm, list, one))) return false;
    }
    return true;
}

static bool fits_union(vm *vm, vm_value v) { return v == VM_NONE || vm_is_class(vm, v) || vm_is_union(vm, v); }

/* VM_NULL without an exception: not of types. */
vm_value vm_new_union(vm *vm, vm_value a, vm_value b) {
    if (!fits_union(vm, a) || !fits_union(vm, b) || (a == VM_NONE && b == VM_NONE)) return VM_NULL;
    vm_value list = vm_new_list(vm, 0, NULL), v = VM_NULL;
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    if (add_members(vm, list, a) && add_members(vm, list, b)) v = vm_new_tuple(vm, 1, &list);
    if (v && vm_tuple_of(vm, v)->length == 1)
        v = vm_tuple_of(vm, v)->items[0];
    else if (v)
        vm_head(vm, v)->flags |= VM_UNION;
    vm_unroot(vm, root);
    return v;
}

bool vm_write_union(vm_writer *w, vm_value v) {
    vm *vm = w->vm;
    for (uint32_t i = 0; i < vm_tuple_of(vm, v)->length; i++) {
        vm_value one = vm_tuple_of(vm, v)->items[i];
        if (i) vm_put_text(w, " | ");
        if (one == VM_BUILTIN(VM_B_NoneType))
            vm_put_text(w, "None");
        else if (vm_is_object(one))
            vm_printf(w, "%N.%N", vm_class_module(vm, one), vm_class_name(vm, one, true));
        else
            vm_put_type_name(w, one);
    }
    return !w->failed;
}

#endif
