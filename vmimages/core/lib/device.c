/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

enum { OPTIONS_MAX = 8 };

bool vm_take_option(vm *vm, const vm_option *o, vm_value v, uint32_t *out) {
    int64_t n;
    if (!o->high) return vm_need_pin(vm, v, out);
    if (!vm_need_int(vm, v, &n)) return false;
    if (n < o->low || n > o->high) return vm_raise(vm, VM_B_ValueError, "%N must be %u to %u, not %R", o->name, o->low, o->high, v), false;
    *out = (uint32_t)n;
    return true;
}

vm_value vm_new_device(vm *vm, unsigned argc, vm_value *argv, const vm_device_type *type) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    const char *function = vm_builtin_short_name(type->type);
    vm_value given[OPTIONS_MAX] = {VM_NULL}, device = vm_alloc(vm, VM_T_NATIVE, 8 + 4u * type->count);
    uint16_t names[OPTIONS_MAX];
    if (!device) return device;
    unsigned root = vm_root(vm, device);
    vm_device *d = vm_device_of(vm, device);
    d->h.aux = type->type;
    for (unsigned i = 0; i < type->count; i++) names[i] = type->options[i].name;
    bool good = vm_match_keywords(vm, &k, function, type->count, names, given);
    for (unsigned i = 0; good && i < type->count; i++) {
        const vm_option *o = &type->options[i];
        if (i < argc && given[i])
            good = vm_raise(vm, VM_B_TypeError, "argument for %s() given by name ('%N') and position (%d)", function, o->name, i + 1);
        vm_value v = i < argc ? argv[i] : given[i];
        d->words[i] = o->value;
        if (!v && i < type->needed)
            good = vm_raise(vm, VM_B_TypeError, "%s() missing required argument '%N' (pos %d)", function, o->name, i + 1);
        else if (good && v && (v != VM_NONE || i < type->needed))
            good = vm_take_option(vm, o, v, &d->words[i]);
    }
    vm_unroot(vm, root);
    return good ? device : VM_NULL;
}

bool vm_need_range(vm *vm, vm_value v, const char *what, uint32_t low, uint32_t high, uint32_t *out) {
    int64_t n;
    if (!vm_need_int(vm, v, &n)) return false;
    if (n < (int64_t)low || n > (int64_t)high)
        return vm_raise(vm, VM_B_ValueError, "%s must be %u to %u, not %R", what, low, high, v), false;
    *out = (uint32_t)n;
    return true;
}

bool vm_need_bytes(vm *vm, vm_value v, const uint8_t **data, uint32_t *length) {
    if (vm_bytes_view(vm, v, data, length)) return true;
    vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", v);
    return false;
}

vm_value vm_os_error(vm *vm, int error) {
    static const char texts[] = "\5Input/output error\0\20Device or resource busy\0\23No such device\0\26Invalid argument\0"
                                "\34No space left on device\0\156Connection timed out\0";
    const char *text = texts;
    while (*text && *text != -error) text = vm_next_text(text);
    vm_value args[2] = {VM_SMALL(-error), vm_new_text(vm, *text ? text + 1 : "Unknown error")};
    if (!args[1]) return VM_NULL;
    unsigned root = vm_root(vm, args[1]);
    vm_value e = vm_new_exception(vm, VM_BUILTIN(error == HAL_ETIMEDOUT ? VM_B_TimeoutError : VM_B_OSError), 2, args);
    vm_unroot(vm, root);
    return e ? vm_raise_instance(vm, e) : e;
}
