/* SPDX-License-Identifier: Apache-2.0 */
/* gc: the program's view of its heap, in bytes. */
#include "rooms.h"

/* Returns the bytes that it freed. */
vm_value vm_gc_collect(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t before = vm_heap_in_use(vm);
    (void)argc, (void)argv;
    vm_gc(vm);
    return vm_int(vm, (int64_t)before - vm_heap_in_use(vm));
}

vm_value vm_gc_mem_alloc(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_int(vm, vm_heap_in_use(vm));
}

vm_value vm_gc_mem_free(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_int(vm, (int64_t)vm->heap_bytes - vm_heap_in_use(vm));
}
