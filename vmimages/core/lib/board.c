/* SPDX-License-Identifier: Apache-2.0 */
/* board: identity and reset. */
#include "rooms.h"

vm_value vm_board_uid(vm *vm, unsigned argc, vm_value *argv) {
    uint8_t uid[16];
    size_t length = hal_uid(vm->hal, uid);
    (void)argc, (void)argv;
    return vm_new_bytes_from(vm, uid, (uint32_t)length);
}

#if VM_FEATURE_RARE
vm_value vm_board_target(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_new_text(vm, hal_target(vm->hal));
}
#endif

vm_value vm_board_reset_cause(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_int(vm, hal_reset_cause(vm->hal));
}

/* Does not return on a chip. Where it does, the program ends. */
vm_value vm_board_reset(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    vm_console_flush(vm);
    hal_reset(vm->hal);
    vm_stop(vm);
    vm->attention = true;
    return VM_NONE;
}
