/* SPDX-License-Identifier: Apache-2.0 */
/* The memory protection unit: PMSAv7 (DDI 0403E chapter B3.5) and PMSAv6 (DDI 0419 chapter B3.5), which has the same registers.
 *
 * The tables that make memory fast describe the default memory map. While the unit is enabled the core works with a view of them instead,
 * one for privileged and one for unprivileged accesses, that holds the pages which are wholly allowed; what is not there takes the slow
 * way, where every access is checked. So an access costs nothing more, a change of privilege costs a change of pointers, and a change of a
 * region costs the pages that it covered or covers now. */
#include "machine.h"

#include <string.h>

enum { TYPE = 0xD90, CTRL = 0xD94, RNR = 0xD98, RBAR = 0xD9C, RASR = 0xDA0, ALIAS_END = 0xDBC };
enum { CTRL_ENABLE = 1, CTRL_HFNMIENA = 2, CTRL_PRIVDEFENA = 4 };
enum { RBAR_VALID = 16 };
enum { RASR_ENABLE = 1 };
enum { NONE = 0, ALL = EMU_MAY_READ | EMU_MAY_WRITE | EMU_MAY_EXECUTE, MIXED = 8 };

/* --- rights ----------------------------------------------------------------------------------------------------------------- */

static uint64_t region_size(uint32_t rasr) { return 2ull << (rasr >> 1 & 31); }
static uint32_t region_base(uint32_t rbar, uint32_t rasr) { return rbar & (uint32_t)-(int64_t)region_size(rasr); }

static unsigned rights_of(uint32_t rasr, bool privileged) {
    static const uint8_t data[8][2] = {
        /* AP: unprivileged, privileged; table B3-15 */
        {NONE, NONE},
        {NONE, EMU_MAY_READ | EMU_MAY_WRITE},
        {EMU_MAY_READ, EMU_MAY_READ | EMU_MAY_WRITE},
        {EMU_MAY_READ | EMU_MAY_WRITE, EMU_MAY_READ | EMU_MAY_WRITE},
        {NONE, NONE},
        {NONE, EMU_MAY_READ},
        {EMU_MAY_READ, EMU_MAY_READ},
        {EMU_MAY_READ, EMU_MAY_READ},
    };
    unsigned rights = data[rasr >> 24 & 7][privileged];
    return rights & EMU_MAY_READ && !(rasr >> 28 & 1) ? rights | EMU_MAY_EXECUTE : rights;
}

/* Of `size` bytes at the address, a power of two and aligned to it: EMU_MAY_*, or MIXED when not all of them have the same. */
static unsigned rights(const emu_machine *m, uint32_t address, uint32_t size, bool privileged) {
    for (int i = m->feature.mpu_regions - 1; i >= 0; i--) {
        uint32_t rasr = m->mpu.rasr[i], base = region_base(m->mpu.rbar[i], rasr);
        if (!(rasr & RASR_ENABLE)) continue;
        uint64_t bytes = region_size(rasr), part = bytes >= 256 ? bytes / 8 : bytes;
        if (address - base >= bytes) {
            if (base - address < size) return MIXED; /* the region is a part of them */
            continue;
        }
        uint32_t disabled = bytes >= 256 ? rasr >> 8 & 255 : 0;
        if (part < size) {
            if (bytes < size || (disabled && disabled != 255)) return MIXED;
            if (disabled) continue;
        } else if (disabled >> ((address - base) / part) & 1) {
            continue;
        }
        return rights_of(rasr, privileged);
    }
    return privileged && m->mpu.ctrl & CTRL_PRIVDEFENA ? ALL : NONE; /* the default map says what else cannot be executed */
}

static bool active(const emu_machine *m) {
    return m->mpu.ctrl & CTRL_ENABLE && (m->mpu.ctrl & CTRL_HFNMIENA || emu_nvic_execution_priority(m) >= 0);
}

bool emu_mpu_permits(const emu_machine *m, uint32_t address, unsigned access, bool privileged) {
    if (!(m->mpu.ctrl & CTRL_ENABLE) || address >> 20 == 0xE00) return true; /* the system space follows the default map, B3.5.1 */
    return (rights(m, address, 1, privileged) & access) == access || !active(m);
}

/* --- views -------------------------------------------------------------------------------------------------------------------- */

static void set(uintptr_t *entry, uintptr_t value) {
    if (*entry != value) *entry = value;
}

void emu_mpu_refresh_page(emu_machine *m, uint32_t page) {
    for (unsigned privileged = 0; privileged < 2; privileged++) {
        emu_view *v = &m->views[1 + privileged];
        unsigned may = rights(m, page << EMU_PAGE_BITS, EMU_PAGE_SIZE, privileged);
        if (may == MIXED) may = NONE;
        set(&v->read[page], may & EMU_MAY_READ ? m->read_table[page] : 0);
        set(&v->write[page], may & EMU_MAY_WRITE ? m->write_table[page] : 0);
        set(&v->code[page], may & EMU_MAY_EXECUTE ? m->code_table[page] : 0);
    }
}

static void refresh_range(emu_machine *m, uint32_t base, uint64_t size) {
    for (size_t i = 0; i < m->memory_count; i++) {
        const emu_memory *mem = m->memories[i];
        uint64_t from = mem->base > base ? mem->base : base, end = (uint64_t)mem->base + mem->size, limit = (uint64_t)base + size;
        if (limit < end) end = limit;
        for (uint64_t page = from >> EMU_PAGE_BITS; page << EMU_PAGE_BITS < end; page++) emu_mpu_refresh_page(m, (uint32_t)page);
    }
}

/* From the first time the unit is switched on. */
static void make_views(emu_machine *m) {
    emu_core_make_views(m);
    refresh_range(m, 0, 1ull << 32);
}

void emu_mpu_select(emu_machine *m) {
    bool privileged = m->cpu.ipsr || !(m->cpu.control & 1);
    m->view = &m->views[active(m) ? 1 + privileged : 0];
}

void emu_mpu_restored(emu_machine *m) {
    if (m->mpu.used) make_views(m);
    emu_mpu_select(m);
}

void emu_mpu_reset(emu_machine *m) {
    memset(&m->mpu, 0, sizeof m->mpu);
    emu_mpu_select(m);
}

/* --- registers -------------------------------------------------------------------------------------------------------------------- */

static unsigned number(const emu_machine *m) { return m->mpu.rnr & (m->feature.mpu_regions - 1u); }

/* RBAR_A1 to RASR_A3 of PMSAv7 are other names of RBAR and RASR. */
static uint32_t without_alias(const emu_machine *m, uint32_t offset) {
    return m->feature.v7m && offset > RASR && offset < ALIAS_END ? RBAR + (offset - RBAR) % 8 : offset;
}

uint32_t emu_mpu_read(emu_machine *m, uint32_t offset) {
    if (!m->feature.mpu_regions) return 0;
    switch (without_alias(m, offset)) {
    case TYPE: return (uint32_t)m->feature.mpu_regions << 8;
    case CTRL: return m->mpu.ctrl;
    case RNR: return m->mpu.rnr;
    case RBAR: return m->mpu.rbar[number(m)] | number(m);
    case RASR: return m->mpu.rasr[number(m)];
    default: return 0;
    }
}

static void set_ctrl(emu_machine *m, uint32_t value) {
    uint32_t changed = m->mpu.ctrl ^ value;
    m->mpu.ctrl = value;
    if (value & CTRL_ENABLE && !m->mpu.used) {
        m->mpu.used = true;
        make_views(m);
        emu_code_flush_all(m); /* constants were taken from memory that may be out of bounds now */
    } else if (changed & CTRL_PRIVDEFENA && m->has_views) {
        refresh_range(m, 0, 1ull << 32);
    }
}

/* The pages that a region covers, as it is now. */
static void refresh_region(emu_machine *m, unsigned i) {
    if (m->has_views && m->mpu.rasr[i] & RASR_ENABLE)
        refresh_range(m, region_base(m->mpu.rbar[i], m->mpu.rasr[i]), region_size(m->mpu.rasr[i]));
}

static void set_region(emu_machine *m, unsigned i, uint32_t rbar, uint32_t rasr) {
    uint32_t old_rbar = m->mpu.rbar[i], old_rasr = m->mpu.rasr[i];
    if (rbar == old_rbar && rasr == old_rasr) return;
    m->mpu.rbar[i] = rbar;
    m->mpu.rasr[i] = rasr;
    refresh_region(m, i);
    if (m->has_views && old_rasr & RASR_ENABLE) refresh_range(m, region_base(old_rbar, old_rasr), region_size(old_rasr));
}

void emu_mpu_write(emu_machine *m, uint32_t offset, uint32_t value) {
    if (!m->feature.mpu_regions) return;
    uint32_t smallest = m->feature.v7m ? 32 : 256;
    switch (without_alias(m, offset)) {
    case CTRL: set_ctrl(m, value & 7); break;
    case RNR: m->mpu.rnr = value & 0xFF; break;
    case RBAR:
        if (value & RBAR_VALID) m->mpu.rnr = value & 15;
        set_region(m, number(m), value & -smallest, m->mpu.rasr[number(m)]);
        break;
    case RASR:
        value &= 0x173FFF3Fu;
        if (region_size(value) < smallest) value &= ~(uint32_t)RASR_ENABLE; /* there are none that small: unpredictable */
        set_region(m, number(m), m->mpu.rbar[number(m)], value);
        break;
    default: return;
    }
    emu_attention(m, EMU_ATTN_IRQ);
}
