/* SPDX-License-Identifier: Apache-2.0 */
/* Classes made by calls: type(name, bases, attributes), classes derived from type, and what a class statement with a metaclass becomes
 * (Python reference 3.3.3). The compiler makes such a statement fill a mapping; then the metaclass is called with it. */
#include "rooms.h"

#if VM_FEATURE_METACLASSES

/* The most derived class among `metaclass` and those of the bases. */
vm_value vm_best_metaclass(vm *vm, vm_value metaclass, const vm_value *bases, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        vm_value other = vm_type_of(vm, bases[i]);
        if (vm_subclass(vm, metaclass, other)) continue;
        if (!vm_subclass(vm, other, metaclass))
            return vm_raise(
                vm, VM_B_TypeError,
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all "
                "its bases");
        metaclass = other;
    }
    return metaclass;
}

enum { KEYWORDS = 16 };

/* callee(*argv, **keywords); `keywords`: a dict */
static vm_value call_with(vm *vm, vm_value callee, unsigned argc, const vm_value *argv, vm_value keywords) {
    vm_value all[4 + KEYWORDS], key, value;
    uint32_t words[KEYWORDS], at = 0;
    unsigned n = 0;
    memcpy(all, argv, argc * sizeof *argv);
    while (vm_dict_next(vm, keywords, &at, &key, &value)) {
        int name = vm_is(vm, key, VM_T_STR) ? vm_name_id(vm, key, true) : -1;
        if (name < 0 || n == KEYWORDS) return vm->exception ? VM_NULL : vm_raise(vm, VM_B_TypeError, "too many keywords");
        words[n] = (uint32_t)name << 16;
        all[argc + n++] = value;
    }
    return vm_call_keywords(vm, callee, VM_NULL, argc, all, n, words);
}

/* (number of the class, its name, bases, keywords or None): (metaclass, name, bases, mapping for the body, keywords) */
vm_value vm_class_begin(vm *vm, unsigned argc, vm_value *argv) {
    vm_value keywords = vm_new_dict(vm, argc - 3 - (argv[3] == VM_NONE), argv + 3), key, meta = VM_BUILTIN(VM_B_type), *bases,
             made = VM_NULL;
    uint32_t count;
    if (!keywords) return keywords;
    if (!vm_is(vm, argv[2], VM_T_TUPLE)) return vm_bad_operand(vm, argv[2]), VM_NULL;
    unsigned root = vm_root(vm, keywords);
    key = vm_name_str(vm, VM_N_metaclass);
    if (key && vm_dict_remove(vm, keywords, key, &meta) >= 0) {
        vm_root(vm, meta);
        vm_items(vm, argv[2], &bases, &count);
        if (vm_is_class(vm, meta)) meta = vm_best_metaclass(vm, meta, bases, count);
        vm_value prepare = meta ? vm_find_attr(vm, meta, VM_N_prepare) : VM_NULL, space = VM_NULL;
        if (prepare) {
            vm_root(vm, prepare);
            space = call_with(vm, prepare, 2, argv + 1, keywords);
        } else if (!vm->exception)
            space = vm_new_dict_sized(vm, 0);
        if (space) {
            vm_root(vm, space);
            vm_value parts[5] = {meta, argv[1], argv[2], space, keywords};
            made = vm_new_tuple_of(vm, 5, parts);
        }
    }
    vm_unroot(vm, root);
    return made;
}

/* (what class_begin gave, number of the class): the class */
vm_value vm_class_end(vm *vm, unsigned argc, vm_value *argv) {
    vm_value *parts, class_;
    uint32_t count = 0;
    (void)argc;
    vm_items(vm, argv[0], &parts, &count);
    if (count != 5 || !vm_is_small(argv[1]) || (uint32_t)vm_small(argv[1]) >= vm->class_count || !vm_is(vm, parts[4], VM_T_DICT))
        return vm_bad_operand(vm, argv[0]), VM_NULL;
    vm->class_number = (uint16_t)vm_small(argv[1]);
    vm->class_pending = true;
    class_ = call_with(vm, parts[0], 3, parts + 1, parts[4]);
    vm->class_pending = false;
    return class_;
}

/* (mapping of a class body, name): what it has under that name, or unbound */
vm_value vm_class_variable(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_getitem(vm, argv[0], argv[1]);
    (void)argc;
    return v || !vm_take_exception(vm, VM_B_KeyError) ? v : VM_UNBOUND;
}

vm_value vm_type_prepare(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    vm->kw_count = 0;
    return vm_new_dict_sized(vm, 0);
}

vm_value vm_type_mro(vm *vm, unsigned argc, vm_value *argv) {
    vm_value order = vm_getattr(vm, argv[0], VM_N_mro_);
    (void)argc;
    unsigned root = vm_root(vm, order);
    if (order) order = vm_to_list(vm, order);
    vm_unroot(vm, root);
    return order;
}

static vm_value plain_check(vm *vm, vm_value *argv, bool instance) {
    vm_value plain = vm->plain;
    vm->plain = argv[0];
    int is = vm_is_among(vm, argv[1], argv[0], instance);
    vm->plain = plain;
    return is < 0 ? VM_NULL : VM_BOOL(is);
}
vm_value vm_type_instancecheck(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, plain_check(vm, argv, true); }
vm_value vm_type_subclasscheck(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, plain_check(vm, argv, false); }

/* The record of the class statement that is being run, when this call makes its class. */
static unsigned pending_number(vm *vm, int name) {
    if (!vm->class_pending) return VM_CLASS_MADE;
    if (vm->defs && vm->defs[4 * (vm->function_count + vm->class_number)] != name) return VM_CLASS_MADE;
    vm->class_pending = false;
    return vm->class_number;
}

/* What type.__new__ takes out of the mapping. */
static bool is_taken(vm *vm, unsigned name, vm_value value, vm_value class_) {
    if (name == VM_N_classcell) {
        if (vm_is(vm, value, VM_T_CELL)) vm_cell_of(vm, value)->content = class_;
        return true;
    }
    return (name == VM_N_qualname_ || name == VM_N_module_) && vm_head(vm, class_)->aux != VM_CLASS_MADE;
}
#else
#define pending_number(vm, name) VM_CLASS_MADE
#define is_taken(vm, name, value, class_) false
#endif

#if VM_FEATURE_RARE
vm_value vm_make_class(vm *vm, vm_value meta, unsigned argc, vm_value *argv, unsigned kwc, const uint32_t *kw_words) {
    static const uint8_t wanted[] = {VM_T_STR, VM_T_TUPLE, VM_T_DICT};
    vm_value key, value, base, best;
    uint32_t at = 0;
    if (argc != 3)
        return vm_raise(
            vm, VM_B_TypeError,
            meta == VM_BUILTIN(VM_B_type) ? "type() takes 1 or 3 arguments" : "type.__new__() takes exactly 3 arguments (%d given)", argc);
    for (unsigned i = 0; i < 3; i++)
        if (!vm_is(vm, argv[i], wanted[i]))
            return vm_raise(vm, VM_B_TypeError, "type.__new__() argument %d must be %s, not %T", i + 1,
                            i == 2   ? "dict"
                            : i == 1 ? "tuple"
                                     : "str",
                            argv[i]);
    const vm_tuple *bases = vm_tuple_of(vm, argv[1]);
    int name = vm_name_id(vm, argv[0], true);
    if (name < 0 || !(best = vm_best_metaclass(vm, meta, bases->items, bases->length))) return VM_NULL;
#if VM_FEATURE_METACLASSES
    value = best != meta ? vm_class_lookup(vm, best, VM_N_new_) : VM_NULL;
    if (value && !vm_is_builtin(value)) { /* a base's metaclass knows better */
        if (vm_is(vm, value, VM_T_WRAPPER)) value = vm_wrapper_of(vm, value)->get;
        return vm_call_keywords(vm, value, best, argc, argv, kwc, kw_words);
    }
#endif
    base = bases->length > 1 ? argv[1] : bases->length ? bases->items[0] : VM_NONE;
    unsigned number = pending_number(vm, name);
    vm_value v = vm_new_class(vm, number, base, best);
    if (!v) return v;
    if (number == VM_CLASS_MADE) vm_class_of(vm, v)->first_slot = (uint16_t)name;
    unsigned root = vm_root(vm, v);
    while (v && vm_dict_next(vm, argv[2], &at, &key, &value)) {
        name = vm_is(vm, key, VM_T_STR) ? vm_name_id(vm, key, true) : -1;
        if (name < 0 ? vm->exception != VM_NULL
                     : !is_taken(vm, (unsigned)name, value, v) && !vm_set_class_attribute(vm, v, (unsigned)name, value))
            v = VM_NULL;
    }
#if VM_FEATURE_DESCRIPTORS
    vm_keywords k = {kwc, kw_words, argv + argc};
    if (v && !vm_finish_class(vm, v, &k)) v = VM_NULL;
#else
    (void)kwc, (void)kw_words;
#endif
    vm_unroot(vm, root);
    return v;
}
#endif
