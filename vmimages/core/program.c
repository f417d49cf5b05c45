/* SPDX-License-Identifier: Apache-2.0 */
/* What the container says of functions and classes beside their records: parts of EXTRA, and the names, which may be stripped. */
#include "rooms.h"

unsigned vm_func_rare(const vm *vm, const vbc_func *f, unsigned which) {
    return f->flags & VBC_RARE ? ((const uint8_t *)(vm->extra + f->extra))[which] : 0;
}

static const uint16_t *behind_rare(const vm *vm, const vbc_func *f) { return vm->extra + f->extra + (f->flags & VBC_RARE ? 2 : 0); }

unsigned vm_func_parameter(const vm *vm, const vbc_func *f, unsigned reg) {
    return f->flags & VBC_PARAMETERS ? behind_rare(vm, f)[reg] : 0xFFFF;
}

const vbc_handler *vm_func_handlers(const vm *vm, const vbc_func *f, unsigned *count) {
    const uint16_t *p = behind_rare(vm, f);
    *count = 0;
    if (!(f->flags & VBC_HANDLERS)) return NULL;
    if (f->flags & VBC_PARAMETERS)
        p += f->nargs + vm_func_rare(vm, f, VM_RARE_KWONLY) + (f->flags & VBC_VARARGS) + (f->flags & VBC_VARKW) / VBC_VARKW;
    *count = *p;
    return (const vbc_handler *)(p + 1);
}

unsigned vm_func_name(const vm *vm, const vbc_func *f, bool qualified) {
    unsigned number = (unsigned)(f - vm->functions);
    return vm->defs ? vm->defs[4 * number + qualified] : VM_FUNCTION_NAME | number;
}

/* A name that the program has given to a class, as an attribute; -1: none. */
static int given_name(const vm *vm, vm_value class_, unsigned attribute) {
    vm_value v = VM_FEATURE_RARE ? vm_attrs_get((struct vm *)vm, vm_class_of(vm, class_)->attrs, attribute) : VM_NULL;
    return vm_is(vm, v, VM_T_STR) ? vm_name_id((struct vm *)vm, v, false) : -1;
}

unsigned vm_class_name(const vm *vm, vm_value class_, bool qualified) {
    int given = given_name(vm, class_, qualified ? VM_N_qualname_ : VM_N_name_);
    if (given >= 0) return (unsigned)given;
    unsigned number = vm_head(vm, class_)->aux;
    if (number == VM_CLASS_MADE) return vm_class_of(vm, class_)->first_slot;
    return vm->defs ? vm->defs[4 * (vm->function_count + number) + qualified] : VM_CLASS_NAME | number;
}

unsigned vm_class_module(const vm *vm, vm_value class_) {
    int given = given_name(vm, class_, VM_N_module_);
    if (given >= 0) return (unsigned)given;
    unsigned number = vm_head(vm, class_)->aux;
    return vm->defs && number != VM_CLASS_MADE ? vm->defs[4 * (vm->function_count + number) + 2] : VM_N_main_;
}

vm_value *vm_module_global(vm *vm, vm_value module, unsigned name) {
    const vbc_module *m = &vm->modules[vm_module_number(module)];
    for (unsigned i = 0; VM_FEATURE_MODULES && vm->global_names && i < m->count; i++)
        if (vm->global_names[m->first_global + i] == name) return &vm->globals[m->first_global + i];
    return NULL;
}

vm_value vm_no_global_of(vm *vm, unsigned number, unsigned module, bool import) {
    unsigned name = vm->global_names ? vm->global_names[number] : 0xFFFF;
    if (import) return vm_raise(vm, VM_B_ImportError, "cannot import name '%N' from '%N'", name, module);
    return vm_raise(vm, VM_B_AttributeError, "module '%N' has no attribute '%N'", module, name);
}
