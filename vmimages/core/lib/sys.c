/* SPDX-License-Identifier: Apache-2.0 */
/* sys */
#include "rooms.h"

/* exit(value): SystemExit(value); None stands for no value and a tuple for the arguments, as in CPython. */
vm_value vm_sys_exit(vm *vm, unsigned argc, vm_value *argv) {
    vm_value *arguments = argv;
    uint32_t count = argc;
    if (argc && argv[0] == VM_NONE)
        count = 0;
    else if (argc && vm_is(vm, argv[0], VM_T_TUPLE))
        vm_items(vm, argv[0], &arguments, &count);
    vm_value e = vm_new_exception(vm, VM_BUILTIN(VM_B_SystemExit), count, arguments);
    return e ? vm_raise_instance(vm, e) : VM_NULL;
}
