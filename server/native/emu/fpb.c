/* SPDX-License-Identifier: Apache-2.0 */
/* Flash patch and breakpoint unit, version 1 (DDI 0403E chapter C1.11): comparators of instructions as
 * breakpoints or to replace code, and of literals to replace data. The breakpoint unit of ARMv6-M (DDI 0419 chapter C1.9) is the same
 * without literals and remapping. */
#include "machine.h"

#include <string.h>

enum { CTRL = 0x00, REMAP = 0x04, COMP0 = 0x08 };
enum { ENABLE = 1, KEY = 2 };

void emu_fpb_reset(emu_machine *m) {
    bool remapping = m->fpb.remapping;
    memset(&m->fpb, 0, sizeof m->fpb);
    if (!remapping) return;
    emu_bus_refresh_tables(m);
    emu_code_flush_all(m);
}

bool emu_fpb_matches(const emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < m->feature.fpb_code; i++) {
        uint32_t comp = m->fpb.comp[i], replace = comp >> 30;
        if ((comp & ENABLE) && (comp & 0x1FFFFFFCu) == (address & ~3u) && (replace & (address & 2 ? 2 : 1))) return true;
    }
    return false;
}

static unsigned count(const emu_machine *m) { return m->feature.fpb_code + m->feature.fpb_literal; }

/* Whether comparator i replaces a word by that of the table in SRAM. */
static bool replaces(const emu_machine *m, unsigned i) {
    return (m->fpb.ctrl & ENABLE) && (m->fpb.comp[i] & ENABLE) && m->feature.fpb_literal && !(m->fpb.comp[i] >> 30);
}

static bool replacement(emu_machine *m, uint32_t address, bool literal, uint32_t *word) {
    for (unsigned i = literal ? m->feature.fpb_code : 0; i < (literal ? count(m) : m->feature.fpb_code); i++)
        if (replaces(m, i) && (m->fpb.comp[i] & 0x1FFFFFFCu) == (address & ~3u))
            return emu_peek(m, (0x20000000u | m->fpb.remap) + 4 * i, word, 4);
    return false;
}

bool emu_fpb_literal(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    uint32_t word;
    if (!replacement(m, address, true, &word)) return false;
    word >>= 8 * (address & 3);
    *value = size == 4 ? word : word & ((1u << 8 * size) - 1);
    return true;
}

bool emu_fpb_instruction(emu_machine *m, uint32_t address, uint16_t *halfword) {
    uint32_t word;
    if (!replacement(m, address, false, &word)) return false;
    *halfword = (uint16_t)(word >> 8 * (address & 2));
    return true;
}

bool emu_fpb_covers_page(const emu_machine *m, uint32_t page_base) {
    for (unsigned i = m->feature.fpb_code; i < count(m); i++)
        if (replaces(m, i) && (m->fpb.comp[i] & 0x1FFFFFFCu & ~(EMU_PAGE_SIZE - 1)) == page_base) return true;
    return false;
}

static void changed(emu_machine *m, uint32_t comp) {
    if (comp & ENABLE) emu_code_mark_dirty(m, comp & 0x1FFFFFFCu, 4);
}

/* What is replaced has changed: loads of those words take the slow way, and code is decoded from the others. */
static void refresh(emu_machine *m) {
    bool remapping = false;
    for (unsigned i = 0; i < count(m); i++) remapping |= replaces(m, i);
    if (!remapping && !m->fpb.remapping) return;
    m->fpb.remapping = remapping;
    emu_bus_refresh_tables(m);
    emu_code_flush_all(m);
}

uint32_t emu_fpb_read(emu_machine *m, uint32_t offset) {
    if (offset == CTRL) return m->fpb.ctrl | (uint32_t)m->feature.fpb_code << 4 | (uint32_t)m->feature.fpb_literal << 8;
    if (offset == REMAP) return m->feature.fpb_literal ? 0x20000000u | m->fpb.remap : 0; /* RMPSPT */
    unsigned i = (offset - COMP0) / 4;
    return offset >= COMP0 && i < count(m) ? m->fpb.comp[i] : 0;
}

void emu_fpb_write(emu_machine *m, uint32_t offset, uint32_t value) {
    unsigned i = (offset - COMP0) / 4;
    if (offset == CTRL) {
        if (!(value & KEY) || (m->fpb.ctrl & ENABLE) == (value & ENABLE)) return;
        m->fpb.ctrl = value & ENABLE;
        for (i = 0; i < m->feature.fpb_code; i++) changed(m, m->fpb.comp[i]);
    } else if (offset == REMAP) {
        if (m->feature.fpb_literal) m->fpb.remap = value & 0x1FFFFFE0u;
    } else if (offset >= COMP0 && i < count(m)) {
        changed(m, m->fpb.comp[i]);
        m->fpb.comp[i] = value & (i < m->feature.fpb_code ? 0xDFFFFFFDu : 0x1FFFFFFDu);
        changed(m, m->fpb.comp[i]);
    }
    refresh(m);
}
