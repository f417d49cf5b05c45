/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: written down where a reset does not reach, told by the boot that follows. */
#include "fault.h"

#include "port.h"
#include "port_chip.h"

#define FAULT_MAGIC 0x544C5546u /* "FULT" */

typedef struct {
    uint32_t magic;
    uint32_t fresh; /* the reset that follows has not told of it */
    link_fault fault;
    uint32_t sum;
} fault_record;

__attribute__((section(".noinit"))) static fault_record left;
static volatile uint32_t program_runs;

static uint32_t sum(const fault_record *r) {
    uint32_t s = r->magic + r->fresh + r->fault.count * 3 + r->fault.program_ran * 5 + r->fault.set * 7;
    for (unsigned i = 0; i < LINK_FAULT_REGISTERS; i++) s = s * 31 + r->fault.registers[i];
    return s;
}

static void forget(void) { left = (fault_record){0}; }

void fault_keep(uint32_t set, const uint32_t *registers) {
    if (left.magic != FAULT_MAGIC || left.sum != sum(&left)) forget();
    left.magic = FAULT_MAGIC;
    left.fresh = 1;
    left.fault.count++;
    left.fault.program_ran = program_runs;
    left.fault.set = set;
    for (unsigned i = 0; i < LINK_FAULT_REGISTERS; i++) left.fault.registers[i] = registers[i];
    left.sum = sum(&left);
    hal_reset(NULL);
    for (;;) {}
}

const link_fault *port_last_fault(void) {
    /* A reset for another reason ends the row: a person pressed the button, or power came back. */
    bool valid = left.magic == FAULT_MAGIC && left.sum == sum(&left) && left.fresh && (hal_reset_cause(NULL) & HAL_RESET_SOFT);
    if (!valid) forget();
    left.fresh = 0;
    left.sum = sum(&left);
    return &left.fault;
}

void port_forget_faults(void) { forget(); }

void port_program_runs(bool runs) { program_runs = runs; }
