/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/stm32/flash.h"

#include <stdio.h>
#include <string.h>

#include "devices/cells.h"
#include "machine.h"

enum { EVENT_DONE };

bool stm32_flash_init(stm32_flash *f, char error[EMU_ERROR_MAX]) {
    emu_device *d = &f->dev.base;
    f->flash = emu_memory_by_name(d->machine, "flash");
    f->option = emu_memory_by_name(d->machine, "option");
    if (!f->flash || !f->option) {
        snprintf(error, EMU_ERROR_MAX, "device %s: %s needs memories named 'flash' and 'option'", d->name, d->cls->type);
        return false;
    }
    emu_memory_set_controller(f->flash, d);
    emu_memory_set_controller(f->option, d);
    return true;
}

void stm32_flash_link(emu_device *d) {
    stm32_flash *f = (stm32_flash *)d;
    stm32_link(d);
    f->flash = emu_memory_by_name(d->machine, "flash");
    f->option = emu_memory_by_name(d->machine, "option");
    emu_debug_guard(d);
}

/* Read-out protection, level 1: with a debugger attached, accesses to the flash are bus errors; all else is open to it. */
emu_debug_answer stm32_flash_debug_access(emu_device *d, uint32_t address, bool write) {
    const stm32_flash *f = (const stm32_flash *)d;
    (void)write;
    if (!f->read_protected) return EMU_DEBUG_ALLOWED;
    const emu_memory *mem = emu_memory_at(d->machine, address);
    return mem && mem->origin == f->flash ? EMU_DEBUG_FAULT : EMU_DEBUG_ALLOWED;
}

static emu_memory *memory_of(const stm32_flash *f) { return f->op.of_option ? f->option : f->flash; }

/* --- the end of an operation, or not ----------------------------------------------------------------------------------- */

static void complete(stm32_flash *f) {
    if (!f->op.busy) return;
    if (f->op.erasing) emu_memory_fill(f->dev.base.machine, memory_of(f), f->op.offset, 0xFF, f->op.length);
    f->op.busy = false;
}

void stm32_flash_finish(stm32_flash *f) {
    emu_cancel(&f->dev.base, EVENT_DONE);
    complete(f);
}

void stm32_flash_event(emu_device *d, uint32_t id) {
    stm32_flash *f = (stm32_flash *)d;
    if (id != EVENT_DONE || !f->op.busy) return;
    complete(f);
    f->done(f);
}

static void leave_erase_part_way(stm32_flash *f, uint32_t offset, uint32_t length, unsigned progress) {
    emu_memory *mem = memory_of(f);
    uint8_t cells[256];
    for (uint32_t at = 0; at < length; at += sizeof cells) {
        uint32_t n = length - at < sizeof cells ? length - at : (uint32_t)sizeof cells;
        const uint8_t *now = emu_memory_bytes(mem) + offset + at;
        for (uint32_t i = 0; i < n; i++) cells[i] = emu_cells_part_way(now[i], 0xFF, emu_memory_base(mem) + offset + at + i, progress);
        emu_memory_change(f->dev.base.machine, mem, offset + at, cells, n);
    }
}

static void cut_short(stm32_flash *f) {
    if (!f->op.busy) return;
    uint64_t now = emu_now_ns(f->dev.base.machine), done = now > f->op.from_ns ? now - f->op.from_ns : 0;
    unsigned progress = done >= f->op.total_ns ? 256 : (unsigned)(done * 256 / f->op.total_ns);
    emu_memory *mem = memory_of(f);
    if (f->op.erasing) {
        leave_erase_part_way(f, f->op.offset, f->op.length, progress);
    } else {
        uint8_t cells[8];
        for (uint32_t i = 0; i < f->op.length; i++)
            cells[i] = emu_cells_part_way(f->op.before[i], emu_memory_bytes(mem)[f->op.offset + i], emu_memory_base(mem) + f->op.offset + i,
                                          progress);
        emu_memory_change(f->dev.base.machine, mem, f->op.offset, cells, f->op.length);
    }
    f->op.busy = false;
}

void stm32_flash_power_off(emu_device *d) { cut_short((stm32_flash *)d); }

/* A reset in the middle of an operation ends it; what the cells hold is not guaranteed (RM0090, "Embedded flash memory interface"). */
void stm32_flash_reset(stm32_flash *f, emu_reset_kind kind) {
    emu_cancel(&f->dev.base, EVENT_DONE);
    if (kind != EMU_RESET_POWER_ON) cut_short(f);
    f->op.busy = false;
    f->key = f->option_key = 0;
    f->key_failed = f->option_key_failed = false;
}

/* --- operations --------------------------------------------------------------------------------------------------------------- */

/* Code that runs from the flash waits for it, unless it runs from the other bank. */
static bool core_waits(const stm32_flash *f, const emu_memory *mem, uint32_t offset, uint32_t length) {
    emu_machine *m = f->dev.base.machine;
    uint32_t pc = emu_cpu_pc(m);
    const emu_memory *code = emu_memory_at(m, pc);
    if (!code || code->origin != f->flash) return false;
    if (mem != f->flash || !f->bank_size) return true;
    uint32_t bank = (pc - code->base) / f->bank_size;
    return bank >= offset / f->bank_size && bank <= (offset + length - 1) / f->bank_size;
}

static void begin(stm32_flash *f, emu_memory *mem, uint32_t offset, uint32_t length, bool erasing, uint64_t ns) {
    emu_machine *m = f->dev.base.machine;
    uint64_t now = emu_now_ns(m), wait = 0;
    if (f->op.busy) { /* a store while an operation is under way waits on the bus for its end */
        uint64_t end = f->op.from_ns + f->op.total_ns;
        wait = end > now ? end - now : 0;
        stm32_flash_finish(f);
    }
    f->op.busy = true;
    f->op.erasing = erasing;
    f->op.of_option = mem == f->option;
    f->op.offset = offset;
    f->op.length = length;
    f->op.from_ns = now + wait;
    f->op.total_ns = ns;
    emu_schedule_ns(&f->dev.base, EVENT_DONE, wait + ns);
    if (core_waits(f, mem, offset, length)) wait += ns;
    if (wait) emu_core_stall(m, emu_now(m) + stm32_cycles(m, wait, 1000000000u));
}

void stm32_flash_program(stm32_flash *f, emu_memory *mem, uint32_t offset, uint64_t value, unsigned size, uint64_t ns) {
    begin(f, mem, offset, size, false, ns);
    uint8_t cells[8];
    memcpy(f->op.before, emu_memory_bytes(mem) + offset, size);
    for (unsigned i = 0; i < size; i++) cells[i] = f->op.before[i] & (uint8_t)(value >> 8 * i);
    emu_memory_change(f->dev.base.machine, mem, offset, cells, size);
}

void stm32_flash_erase(stm32_flash *f, emu_memory *mem, uint32_t offset, uint32_t length, uint64_t ns) {
    begin(f, mem, offset, length, true, ns);
}

bool stm32_flash_key(unsigned *taken, bool *failed, uint32_t value, uint32_t first, uint32_t second) {
    if (*failed) return false;
    if (value == (*taken ? second : first)) {
        if (++*taken < 2) return false;
        *taken = 0;
        return true;
    }
    *failed = true;
    return false;
}
