/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: written down where a reset does not reach, told by the boot that follows. */
#include "fault.h"

#include "port.h"
#include "port_chip.h"

#define FAULT_MAGIC 0x544C5546u /* "FULT" */

__attribute__((section(".noinit"))) port_fault_record port_fault;
static volatile uint32_t program_runs;

static uint32_t sum(const port_fault_record *r) {
    uint32_t s = r->magic + r->fresh + r->fault.count * 3 + r->fault.program_ran * 5 + r->fault.set * 7;
    for (unsigned i = 0; i < LINK_FAULT_REGISTERS; i++) s = s * 31 + r->fault.registers[i];
    return s;
}

static void forget(void) { port_fault = (port_fault_record){0}; }

void fault_keep(uint32_t set, const uint32_t *registers) {
    if (port_fault.magic != FAULT_MAGIC || port_fault.sum != sum(&port_fault)) forget();
    port_fault.magic = FAULT_MAGIC;
    port_fault.fresh = 1;
    port_fault.fault.count++;
    port_fault.fault.program_ran = program_runs;
    port_fault.fault.set = set;
    for (unsigned i = 0; i < LINK_FAULT_REGISTERS; i++) port_fault.fault.registers[i] = registers[i];
    port_fault.sum = sum(&port_fault);
    hal_reset(NULL);
    for (;;) {}
}

void port_last_fault(void) {
    /* A reset for another reason ends the row: a person pressed the button, or power came back. */
    bool valid = port_fault.magic == FAULT_MAGIC && port_fault.sum == sum(&port_fault) && port_fault.fresh &&
                 (hal_reset_cause(NULL) & HAL_RESET_SOFT);
    if (!valid) forget();
    port_fault.fresh = 0;
    port_fault.sum = sum(&port_fault);
}

void port_forget_faults(void) { forget(); }

void port_program_runs(bool runs) { program_runs = runs; }
