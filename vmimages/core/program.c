/* SPDX-License-Identifier: Apache-2.0 */
/* What the container says of functions and classes beside their records: parts of EXTRA, and the names, which may be stripped. */
#include "state.h"

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

unsigned vm_class_name(const vm *vm, vm_value class_, bool qualified) {
    unsigned number = vm_head(vm, class_)->aux;
    return vm->defs ? vm->defs[4 * vm->function_count + 2 * number + qualified] : VM_CLASS_NAME | number;
}
