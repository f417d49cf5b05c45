/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware/main.c needs of a port beyond hal.h. */
#ifndef FIRMWARE_PORT_H
#define FIRMWARE_PORT_H
#include "device.h"

/* Clocks, timer, line, reset cause; interrupts are on when it returns. */
void port_init(void);
/* Of a link_config. */
extern const link_layout port_layout;
void chip_identity(link_chip *chip);
/* What the fault handler left before this reset; count 0 when this boot has another reason, and after port_forget_faults. Tells of a fault
 * once. */
typedef struct {
    uint32_t magic;
    uint32_t fresh; /* the reset that follows has not told of it */
    link_fault fault;
    uint32_t sum;
} port_fault_record;
extern port_fault_record port_fault;
void port_last_fault(void); /* sees to it that it is so, at boot */
/* For the fault handler: whether a program runs. */
void port_program_runs(bool runs);
/* All has been well for a while: the next fault is the first of a new row. */
void port_forget_faults(void);

/* main.c: the program is confirmed, what it has said has left the chip. For hal_sleep_deep. */
void board_settle(vm_hal *hal);

#endif
