/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory protection: what the sixteen entries let user mode do, and machine mode where they are locked. The RISC-V Instruction Set
 * Manual, volume II, section "Physical Memory Protection". Rights that hold for a whole page are kept in tables of their own, one set for
 * each mode; in pages that are not of one kind every access is looked at. */
#include "rv.h"

enum { LOCKED = 0x80, OFF = 0, TOP_OF_RANGE = 1, FOUR_BYTES = 2, NONE = 0, ALL = 7, MIXED = 8 };

/* Of entry i: its first byte and its end. false: it is off. */
static bool range(const emu_rv *v, unsigned i, uint64_t *from, uint64_t *end) {
    uint64_t address = v->pmpaddr[i];
    switch (v->pmpcfg[i] >> 3 & 3) {
    case OFF: return false;
    case TOP_OF_RANGE:
        *from = i ? (uint64_t)v->pmpaddr[i - 1] << 2 : 0;
        *end = address << 2;
        return true;
    case FOUR_BYTES:
        *from = address << 2;
        *end = *from + 4;
        return true;
    default: { /* as many low bits are set as the size has more than 8 bytes */
        unsigned ones = (unsigned)__builtin_ctzll(~address);
        *from = (address & ~((1ull << ones) - 1)) << 2;
        *end = *from + (8ull << ones);
        return true;
    }
    }
}

/* The lowest entry that has any of the bytes decides, and must have them all. */
static unsigned rights(const emu_rv *v, uint32_t address, uint32_t size, unsigned mode) {
    uint64_t first = address, last = first + size, from, end;
    for (unsigned i = 0; i < EMU_PMP_ENTRIES; i++) {
        if (!range(v, i, &from, &end) || from >= last || end <= first) continue;
        if (from > first || end < last) return MIXED;
        if (mode == RV_MACHINE && !(v->pmpcfg[i] & LOCKED)) return ALL;
        return v->pmpcfg[i] & 7; /* R, W, X: as EMU_MAY_* */
    }
    return mode == RV_MACHINE ? ALL : NONE;
}

bool emu_rv_pmp_permits(const emu_machine *m, uint32_t address, unsigned size, unsigned access) {
    if (!m->rv.guarded) return true;
    unsigned may = rights(&m->rv, address, size, m->rv.mode);
    return may != MIXED && (may & access) == access;
}

static void set(uintptr_t *entry, uintptr_t value) {
    if (*entry != value) *entry = value;
}

void emu_rv_pmp_refresh_page(emu_machine *m, uint32_t page) {
    static const uint8_t modes[] = {RV_USER, RV_MACHINE};
    for (unsigned i = 0; i < 2; i++) {
        emu_view *view = &m->views[1 + i];
        unsigned may = rights(&m->rv, page << EMU_PAGE_BITS, EMU_PAGE_SIZE, modes[i]);
        if (may == MIXED) may = NONE;
        set(&view->read[page], may & EMU_MAY_READ ? m->read_table[page] : 0);
        set(&view->write[page], may & EMU_MAY_WRITE ? m->write_table[page] : 0);
        set(&view->code[page], may & EMU_MAY_EXECUTE ? m->code_table[page] : 0);
    }
}

static void refresh_all(emu_machine *m) {
    for (size_t i = 0; i < m->memory_count; i++) {
        const emu_memory *mem = m->memories[i];
        uint64_t end = (uint64_t)mem->base + mem->size;
        for (uint64_t page = mem->base >> EMU_PAGE_BITS; page << EMU_PAGE_BITS < end; page++) emu_rv_pmp_refresh_page(m, (uint32_t)page);
    }
    emu_windows_refresh(m);
}

void emu_rv_pmp_changed_mode(emu_machine *m) {
    bool locked = false;
    for (unsigned i = 0; i < EMU_PMP_ENTRIES; i++) locked |= m->rv.pmpcfg[i] & LOCKED && m->rv.pmpcfg[i] & 0x18;
    m->rv.guarded = m->rv.mode == RV_USER || locked;
    emu_attention(m, EMU_ATTN_IRQ); /* out of the interpreter, which holds on to the tables */
}

void emu_rv_pmp_changed(emu_machine *m) {
    if (m->has_views) refresh_all(m);
    emu_rv_pmp_changed_mode(m);
}

void emu_rv_pmp_select(emu_machine *m) {
    if (m->rv.guarded && emu_core_make_views(m)) refresh_all(m);
    m->view = &m->views[!m->rv.guarded ? 0 : m->rv.mode == RV_USER ? 1 : 2];
}
