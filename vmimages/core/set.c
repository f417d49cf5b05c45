/* SPDX-License-Identifier: Apache-2.0 */
/* Sets: operators and methods over the tables of dict.c. */
#include "rooms.h"

static bool add_all(vm *vm, vm_value set, vm_value iterable) {
    vm_value iterator = vm_iterate(vm, iterable), v;
    if (!iterator) return false;
    unsigned root = vm_root(vm, iterator);
    bool done = true;
    while (done && (v = vm_next(vm, iterator))) {
        unsigned place = vm_root(vm, v);
        done = vm_set_add(vm, set, v);
        vm_unroot(vm, place);
    }
    vm_unroot(vm, root);
    return done && !vm->exception;
}

vm_value vm_new_set(vm *vm, unsigned argc, vm_value *argv) {
    if (!vm_no_keywords(vm, "set")) return VM_NULL;
    vm_value v = vm_new_set_sized(vm, 0);
    if (!v || !argc) return v;
    unsigned root = vm_root(vm, v);
    if (!add_all(vm, v, argv[0])) v = VM_NULL;
    vm_unroot(vm, root);
    return v;
}

vm_value vm_set_init(vm *vm, unsigned argc, vm_value *argv) {
    vm_dict_clear(vm, argv[0]);
    return argc < 2 || add_all(vm, argv[0], argv[1]) ? VM_NONE : VM_NULL;
}

vm_value vm_new_frozenset(vm *vm, unsigned argc, vm_value *argv) {
    if (argc && vm_is_exactly(vm, argv[0], VM_T_SET) && vm_head(vm, argv[0])->aux) return argv[0];
    vm_value v = vm_new_set(vm, argc, argv);
    if (v) vm_head(vm, v)->aux = 1;
    return v;
}

/* The elements of a that are in b (or are not), as a new set. */
static vm_value filter(vm *vm, vm_value a, vm_value b, bool in) {
    vm_value v = vm_new_set_sized(vm, 0), key;
    uint32_t at = 0;
    if (!v) return v;
    vm_head(vm, v)->aux = vm_head(vm, a)->aux;
    unsigned root = vm_root(vm, v);
    while (v && vm_dict_next(vm, a, &at, &key, NULL)) {
        int has = vm_set_has(vm, b, key);
        if (has < 0 || (has == in && !vm_set_add(vm, v, key))) v = VM_NULL;
    }
    vm_unroot(vm, root);
    return v;
}

/* Both are sets, and rooted. */
static vm_value combine(vm *vm, unsigned op, vm_value a, vm_value b) {
    vm_value v;
    uint32_t at = 0;
    switch (op) {
    case VM_OP_AND: return filter(vm, a, b, true);
    case VM_OP_SUB: return filter(vm, a, b, false);
    case VM_OP_OR: v = vm_dict_copy(vm, a); break;
    default: v = filter(vm, a, b, false); break;
    }
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    vm_value key;
    while (v && vm_dict_next(vm, b, &at, &key, NULL)) {
        if (op == VM_OP_XOR) {
            int has = vm_set_has(vm, a, key);
            if (has < 0) v = VM_NULL;
            if (has) continue;
        }
        if (!vm_set_add(vm, v, key)) v = VM_NULL;
    }
    vm_unroot(vm, root);
    return v;
}

vm_value vm_as_set(vm *vm, vm_value v) { return vm_is(vm, v, VM_T_SET) ? v : vm_new_set(vm, 1, &v); }

vm_value vm_set_binary(vm *vm, unsigned op, vm_value a, vm_value b) {
    if (op == VM_OP_EXTEND) return add_all(vm, a, b) ? a : VM_NULL;
    if (op != VM_OP_AND && op != VM_OP_SUB && op != VM_OP_OR && op != VM_OP_XOR) return VM_NULL;
    unsigned ta = vm_object_type(vm, a), tb = vm_object_type(vm, b), root = vm_mark_roots(vm);
    if ((ta != VM_T_SET && ta != VM_T_VIEW) || (tb != VM_T_SET && tb != VM_T_VIEW)) {
        /* The views of a dict take any iterable. */
        if (!VM_FEATURE_RARE || (ta != VM_T_VIEW && tb != VM_T_VIEW) || vm_head(vm, ta == VM_T_VIEW ? a : b)->aux == 1) return VM_NULL;
    }
    a = vm_as_set(vm, a);
    if (!a) return a;
    vm_root(vm, a);
    b = vm_as_set(vm, b);
    vm_value v = VM_NULL;
    if (b) {
        vm_root(vm, b);
        v = combine(vm, op, a, b);
        if (VM_FEATURE_RARE && v && tb == VM_T_VIEW) vm_head(vm, v)->aux = 0; /* no frozenset */
    }
    vm_unroot(vm, root);
    return v;
}

static vm_value method(vm *vm, unsigned op, unsigned argc, vm_value *argv, bool update) {
    vm_value v = argv[0];
    unsigned root = vm_mark_roots(vm);
    if (!update && (argc == 1 || op == VM_OP_OR)) v = vm_dict_copy(vm, v);
    for (unsigned i = 1; v && i < argc; i++) {
        vm_unroot(vm, root);
        vm_root(vm, v);
        if (op == VM_OP_OR) { /* in place: a set that grows step by step is not copied each time */
            if (!add_all(vm, v, argv[i])) v = VM_NULL;
            continue;
        }
        vm_value other = vm_as_set(vm, argv[i]);
        if (other) vm_root(vm, other);
        v = other ? combine(vm, op, v, other) : VM_NULL;
    }
    vm_unroot(vm, root);
    if (!v || !update) return v;
    vm_dict *to = vm_dict_of(vm, argv[0]), *from = vm_dict_of(vm, v);
    to->table = from->table;
    to->used = from->used;
    return VM_NONE;
}

vm_value vm_set_union(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_OR, argc, argv, false); }
vm_value vm_set_intersection(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_AND, argc, argv, false); }
vm_value vm_set_difference(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_SUB, argc, argv, false); }
vm_value vm_set_symmetric(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_XOR, argc, argv, false); }
vm_value vm_set_update(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_OR, argc, argv, true); }
vm_value vm_set_intersection_update(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_AND, argc, argv, true); }
vm_value vm_set_difference_update(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_SUB, argc, argv, true); }
vm_value vm_set_symmetric_update(vm *vm, unsigned argc, vm_value *argv) { return method(vm, VM_OP_XOR, argc, argv, true); }

vm_value vm_set_add_method(vm *vm, unsigned argc, vm_value *argv) {
    return (void)argc, vm_set_add(vm, argv[0], argv[1]) ? VM_NONE : VM_NULL;
}

vm_value vm_set_discard(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_dict_remove(vm, argv[0], argv[1], NULL) < 0 ? VM_NULL : VM_NONE;
}

vm_value vm_set_remove(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    int there = vm_dict_remove(vm, argv[0], argv[1], NULL);
    if (there == 0) return vm_raise_value(vm, VM_B_KeyError, argv[1]);
    return there < 0 ? VM_NULL : VM_NONE;
}

vm_value vm_set_pop(vm *vm, unsigned argc, vm_value *argv) {
    vm_value key;
    uint32_t at = 0;
    (void)argc;
    if (!vm_dict_next(vm, argv[0], &at, &key, NULL)) return vm_raise(vm, VM_B_KeyError, "pop from an empty set");
    return vm_dict_remove(vm, argv[0], key, NULL) < 0 ? VM_NULL : key;
}

static vm_value relation(vm *vm, vm_value *argv, unsigned how) {
    unsigned root = vm_mark_roots(vm);
    vm_value other = vm_as_set(vm, argv[1]), key;
    if (!other) return other;
    vm_root(vm, other);
#if VM_FEATURE_RARE
    argv[0] = vm_as_set(vm, argv[0]); /* of a view of a dict */
    if (!argv[0]) return vm_unroot(vm, root), VM_NULL;
    vm_root(vm, argv[0]);
#endif
    int result = 1;
    uint32_t at = 0;
    if (how == 2)
        while (result == 1 && vm_dict_next(vm, argv[0], &at, &key, NULL)) {
            int has = vm_set_has(vm, other, key);
            result = has < 0 ? -1 : !has;
        }
    else
        result = how ? vm_set_subset(vm, other, argv[0]) : vm_set_subset(vm, argv[0], other);
    vm_unroot(vm, root);
    return result < 0 ? VM_NULL : VM_BOOL(result);
}

vm_value vm_set_issubset(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, relation(vm, argv, 0); }
vm_value vm_set_issuperset(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, relation(vm, argv, 1); }
vm_value vm_set_isdisjoint(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, relation(vm, argv, 2); }
