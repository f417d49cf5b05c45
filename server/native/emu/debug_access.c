/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and devices as a debugger sees them, through a debug port or without one. */
#include "machine.h"

#include <string.h>

static void finish_access(emu_machine *m) {
    m->debug_access = false;
    emu_apply_reset(m);
}

void emu_debug_lock(emu_machine *m, bool locked) { m->debug_locked = locked; }
bool emu_debug_locked(const emu_machine *m) { return m->debug_locked; }

void emu_debug_guard(emu_device *guard) { guard->machine->debug_guard = guard; }

static emu_debug_answer guarded(emu_machine *m, uint32_t address, bool write) {
    if (m->debug_locked) return EMU_DEBUG_FAULT;
    return m->debug_guard ? m->debug_guard->cls->debug_access(m->debug_guard, address, write) : EMU_DEBUG_ALLOWED;
}

uint64_t emu_debug_poll(const emu_machine *m) {
    return m->poll.debug_until != UINT64_MAX && m->poll.debug_until > m->now ? m->poll.debug_until : 0;
}

bool emu_debug_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    *value = 0;
    emu_debug_answer answer = guarded(m, address, false);
    if (answer != EMU_DEBUG_ALLOWED) return answer == EMU_DEBUG_IGNORED;
    m->debug_access = true;
    m->poll.hint_until = 0;
    emu_bus_result result = emu_bus_read(m, address, size, value);
    m->poll.debug_until = m->poll.hint_until;
    m->poll.hint_until = 0;
    finish_access(m);
    if (result == EMU_BUS_OK) return true;
    *value = 0;
    return m->config.unmapped_reads_zero;
}

bool emu_debug_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    emu_debug_answer answer = guarded(m, address, true);
    if (answer != EMU_DEBUG_ALLOWED) return answer == EMU_DEBUG_IGNORED;
    m->debug_access = true;
    emu_bus_result result = emu_bus_write(m, address, size, value);
    finish_access(m);
    return result == EMU_BUS_OK || (result == EMU_BUS_ERROR && m->config.unmapped_reads_zero);
}

emu_ack emu_mem_read(emu_machine *m, uint32_t address, unsigned width, void *out, size_t length, size_t *done) {
    uint8_t *to = out;
    *done = 0;
    m->poll.debug_until = 0;
    if (!m->powered || m->core == EMU_RESCUE || m->debug_locked || (width != 1 && width != 2 && width != 4) || address % width ||
        length % width)
        return EMU_ACK_FAULT;
    while (*done < length) {
        emu_memory *mem = emu_memory_at(m, address);
        if (mem && guarded(m, address, false) == EMU_DEBUG_ALLOWED) { /* a stretch of memory at once */
            size_t here = mem->size - (address - mem->base), left = length - *done;
            if (here > left) here = left;
            memcpy(to + *done, mem->bytes + (address - mem->base), here);
            *done += here;
            address += (uint32_t)here;
            continue;
        }
        uint32_t value;
        if (!emu_debug_read(m, address, width, &value)) return EMU_ACK_FAULT;
        memcpy(to + *done, &value, width);
        *done += width;
        address += width;
    }
    return EMU_ACK_OK;
}

emu_ack emu_mem_write(emu_machine *m, uint32_t address, unsigned width, const void *data, size_t length, size_t *done) {
    const uint8_t *from = data;
    *done = 0;
    if (!m->powered || m->core == EMU_RESCUE || m->debug_locked || (width != 1 && width != 2 && width != 4) || address % width ||
        length % width)
        return EMU_ACK_FAULT;
    while (*done < length) {
        emu_memory *mem = emu_memory_at(m, address);
        if (mem && mem->kind == EMU_RAM && guarded(m, address, true) == EMU_DEBUG_ALLOWED) {
            size_t here = mem->size - (address - mem->base), left = length - *done;
            if (here > left) here = left;
            emu_memory_change(m, mem, address - mem->base, from + *done, here);
            *done += here;
            address += (uint32_t)here;
            continue;
        }
        uint32_t value = 0;
        memcpy(&value, from + *done, width);
        if (!emu_debug_write(m, address, width, value)) return EMU_ACK_FAULT;
        *done += width;
        address += width;
    }
    return EMU_ACK_OK;
}
