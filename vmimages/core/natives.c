/* SPDX-License-Identifier: Apache-2.0 */
/* The functions behind builtins.def and methods.def. */
#include "rooms.h"

#define M(type, name, function, min, max) vm_value function(vm *vm, unsigned argc, vm_value *argv);
#define MK M
#define MS M
#define MSK M
#include "methods.def"
#undef M
#undef MK
#undef MS
#undef MSK

typedef struct {
    vm_native function;
    uint16_t name;
    uint8_t type;
    uint8_t min : 2, max : 3, keywords : 1, is_static : 1; /* max 7: any number */
} method;

#define M(type, name, function, min, max) {function, VM_N_##name, VM_B_##type, min, (max) & 7, 0, 0},
#define MK(type, name, function, min, max) {function, VM_N_##name, VM_B_##type, min, (max) & 7, 1, 0},
#define MS(type, name, function, min, max) {function, VM_N_##name, VM_B_##type, min, (max) & 7, 0, 1},
#define MSK(type, name, function, min, max) {function, VM_N_##name, VM_B_##type, min, (max) & 7, 1, 1},
static const method methods[] = {
#include "methods.def"
};
#undef M
#undef MK
#undef MS
#undef MSK

static const vm_native functions[] = {
#define VM_TYPE(symbol, module, name, function, min, max) function,
#define VM_EXC(symbol, module, name, base) 0,
#define VM_FUNC(symbol, module, name, function, min, max) function,
#define VM_FUNCKW(symbol, module, name, function, min, max) function,
#define VM_INTCONST(symbol, module, name, value) 0,
#define VM_FLOATCONST(symbol, module, name, value) 0,
#if !VM_FLOAT
#define VM_FLOATFUNC(symbol, module, name, function, min, max) 0,
#endif
#include "builtins.def"
#include "builtins_undef.h"
};

unsigned vm_method_count(void) { return sizeof methods / sizeof *methods; }

bool vm_native_at(unsigned number, vm_native_info *out) {
    if (number < VM_B_COUNT) {
        const vm_builtin_entry *e = &vm_builtins[number];
        *out = (vm_native_info){functions[number],
                                e->min_args,
                                e->max_args,
                                e->kind == VM_KIND_TYPE || (e->kind == VM_KIND_FUNCTION && e->extra & VM_TAKES_KEYWORDS),
                                false,
                                0};
        return out->function != NULL;
    }
    number -= VM_B_COUNT;
    if (number >= vm_method_count()) return false; /* vm_dunder */
    const method *m = &methods[number];
    *out = (vm_native_info){m->function, m->min, m->max == 7 ? 255 : m->max, m->keywords, !m->is_static, m->type};
    return true;
}

vm_native vm_native_ready(unsigned number, unsigned argc) {
    unsigned min, max;
    vm_native function;
    if (number < VM_B_COUNT) {
        const vm_builtin_entry *e = &vm_builtins[number];
        min = e->min_args, max = e->max_args, function = functions[number];
    } else if (number >= VM_B_COUNT + sizeof methods / sizeof *methods) {
        return NULL; /* vm_dunder */
    } else {
        const method *m = &methods[number - VM_B_COUNT];
        min = m->min, max = m->max == 7 ? 255 : m->max, function = m->function;
        argc--;
    }
    return argc - min <= max - min ? function : NULL;
}

/* Those of object come first in methods.def: every class is asked for them in the end. */
enum {
    OBJECT_METHODS = 0
#define M(type, name, function, min, max) +(VM_B_##type == VM_B_object)
#define MK M
#define MS M
#define MSK M
#include "methods.def"
#undef M
#undef MK
#undef MS
#undef MSK
};

int vm_method_number(unsigned type, unsigned name) {
    if (name >= VBC_FIRST_NAME) return -1; /* a name of the program's own */
    unsigned count = type == VM_B_object ? OBJECT_METHODS : vm_method_count();
    for (unsigned i = 0; i < count; i++)
        if (methods[i].name == name && methods[i].type == type) return (int)i;
    if (type == VM_B_bytearray) return vm_method_number(VM_B_bytes, name);
    /* frozensets have those of sets that change nothing: from `copy` on in methods.def */
    int m = type == VM_B_frozenset ? vm_method_number(VM_B_set, name) : -1;
    return m >= vm_method_number(VM_B_set, VM_N_copy) ? m : -1;
}

unsigned vm_method_name(unsigned number) {
    number -= VM_B_COUNT;
    return number < vm_method_count() ? methods[number].name : number - vm_method_count();
}

bool vm_method_is_static(unsigned number) {
    number -= VM_B_COUNT;
    return number < vm_method_count() && methods[number].is_static;
}

void vm_put_native_name(vm_writer *w, unsigned number) {
    if (number < VM_B_COUNT) {
        vm_put_text(w, vm_builtin_short_name(number));
        return;
    }
    if (number < VM_B_COUNT + vm_method_count()) {
        vm_put_text(w, vm_builtin_short_name(methods[number - VM_B_COUNT].type));
        if (vm_method_name(number) == VM_N_init) return; /* "list expected at most 1 argument, got 2" */
        vm_put_char(w, '.');
    }
    vm_put_name(w, vm_method_name(number));
}
