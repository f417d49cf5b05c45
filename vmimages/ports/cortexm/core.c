/* SPDX-License-Identifier: Apache-2.0 */
/* What the core itself does: reset, and what a fault leaves. */
#include "fault.h"
#include "port_chip.h"

/* A chip on which this request does not reset the whole chip has its own. */
__attribute__((weak)) void hal_reset(vm_hal *hal) {
    (void)hal;
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) __asm volatile("dsb");
}

/* From fault_handler. */
__attribute__((used, noreturn)) void cortexm_fault(const uint32_t *stacked) {
    uint32_t registers[LINK_FAULT_REGISTERS] = {0};
    uintptr_t at = (uintptr_t)stacked - LAYOUT_RAM;
    bool readable = at <= LAYOUT_RAM_SIZE - 32u && !(at & 3u);
    for (unsigned i = 0; readable && i < 8; i++) registers[i] = stacked[i];
#ifndef __ARM_ARCH_6M__
    registers[8] = SCB_CFSR;
    registers[9] = SCB_HFSR;
    registers[10] = SCB_MMFAR;
    registers[11] = SCB_BFAR;
#endif
    fault_keep(LINK_FAULT_SET_CORTEXM, registers);
}
