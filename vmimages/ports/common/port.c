/* SPDX-License-Identifier: Apache-2.0 */
/* firmware/port.h, of any chip. */
#include "port.h"
#include "port_chip.h"

static uint32_t reset_cause;

uint32_t hal_reset_cause(vm_hal *hal) {
    (void)hal;
    return reset_cause;
}

const char *hal_target(vm_hal *hal) {
    (void)hal;
    return BOARD_TARGET;
}

void port_init(void) {
    reset_cause = chip_reset_cause();
    chip_start();
    timer_start();
    uart_start();
}

const link_layout port_layout = {
    .vm = LAYOUT_VM,
    .vm_size = LAYOUT_VM_SIZE,
    .vmstore = LAYOUT_VMSTORE,
    .port = LAYOUT_PORT,
    .port_size = LAYOUT_PORT_SIZE,
    .journal = LAYOUT_JOURNAL,
    .slot = {LAYOUT_SLOT_A, LAYOUT_SLOT_B},
    .slot_size = LAYOUT_SLOT_A_SIZE,
    .flash = &chip_flash,
};
