/* SPDX-License-Identifier: Apache-2.0 */
/* The chip's deep sleep, for the module sleep (bytecode/prelude/sleep.py). */
#include "device.h"

#if VM_FEATURE_BUS

/* deep(microseconds, pin, level): -1 and 65535: not by this; level: a bool. Returns where the chip cannot: what hal_sleep_deep says. */
vm_value vm_sleep_deep(vm *vm, unsigned argc, vm_value *argv) {
    int64_t us;
    uint32_t pin;
    (void)argc;
    if (!vm_need_int(vm, argv[0], &us) || !vm_need_pin(vm, argv[1], &pin)) return VM_NULL;
    return VM_SMALL(hal_sleep_deep(vm->hal, (uint64_t)us, pin, argv[2] == VM_TRUE));
}

#endif
