/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores that do not go through the tables: devices, watched or guarded pages, addresses that are not aligned. */
#include "rv.h"

bool emu_rv_fault(emu_machine *m, uint32_t cause, uint32_t value) {
    m->cpu.fault_cfsr = cause;
    m->cpu.fault_address = value;
    return false;
}

static bool permitted(const emu_machine *m, uint32_t address, unsigned size, unsigned access) {
    return !m->rv.guarded || emu_rv_pmp_permits(m, address, size, access);
}

/* Nobody is there, or refuses. On a chip whose bus answers for nobody that is no fault: reads give 0. */
static bool answered(const emu_machine *m, emu_bus_result result) {
    return result == EMU_BUS_OK || (result == EMU_BUS_ERROR && m->config.core_reads_zero);
}

/* Both ends in memory: the bus splits such accesses. Registers of devices do not bear it. */
static bool may_be_split(emu_machine *m, uint32_t address, unsigned size) {
    return emu_memory_at(m, address) && emu_memory_at(m, address + size - 1);
}

bool emu_rv_load(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    if (m->rv.watching && emu_rv_trigger_fires(m, address, size, RV_MCONTROL_LOAD)) return emu_rv_fault(m, RV_BREAKPOINT, address);
    if (!permitted(m, address, size, EMU_MAY_READ)) return emu_rv_fault(m, RV_LOAD_FAULT, address);
    if (EMU_LIKELY(!(address & (size - 1)))) {
        if (EMU_LIKELY(answered(m, emu_bus_read(m, address, size, value)))) return true;
        return emu_rv_fault(m, RV_LOAD_FAULT, address);
    }
    if (!may_be_split(m, address, size)) return emu_rv_fault(m, RV_LOAD_FAULT, address);
    *value = 0;
    for (unsigned i = 0; i < size; i++) {
        uint32_t byte;
        if (!answered(m, emu_bus_read(m, address + i, 1, &byte))) return emu_rv_fault(m, RV_LOAD_FAULT, address);
        *value |= byte << 8 * i;
    }
    return true;
}

bool emu_rv_store(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    if (m->rv.watching && emu_rv_trigger_fires(m, address, size, RV_MCONTROL_STORE)) return emu_rv_fault(m, RV_BREAKPOINT, address);
    if (!permitted(m, address, size, EMU_MAY_WRITE)) return emu_rv_fault(m, RV_STORE_FAULT, address);
    if (size < 4) value &= (1u << 8 * size) - 1;
    if (EMU_LIKELY(!(address & (size - 1)))) {
        if (EMU_LIKELY(answered(m, emu_bus_write(m, address, size, value)))) return true;
        return emu_rv_fault(m, RV_STORE_FAULT, address);
    }
    if (!may_be_split(m, address, size)) return emu_rv_fault(m, RV_STORE_FAULT, address);
    for (unsigned i = 0; i < size; i++)
        if (!answered(m, emu_bus_write(m, address + i, 1, value >> 8 * i & 255))) return emu_rv_fault(m, RV_STORE_FAULT, address);
    return true;
}
