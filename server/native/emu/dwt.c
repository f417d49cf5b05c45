/* SPDX-License-Identifier: Apache-2.0 */
/* Data watchpoint and trace unit (DDI 0403E chapter C1.8): the cycle counter, and comparators as watchpoints or PC matches. */
#include "machine.h"

#include <string.h>

enum { CTRL = 0x00, CYCCNT = 0x04, PCSR = 0x1C, COMP0 = 0x20 };
enum { CYCCNTENA = 1 };
enum { FUNCTION_PC = 4, FUNCTION_READ = 5, FUNCTION_WRITE = 6, FUNCTION_BOTH = 7 };
enum { DATAVMATCH = 1 << 8, LNK1ENA = 1 << 9 };
#define MATCHED (1u << 24)
#define VALUE_COMPARATOR 1u /* the one that can compare data, C1.8.17 */

static bool counting(const emu_machine *m) { return (m->dwt.ctrl & CYCCNTENA) && (m->debug.demcr & DEMCR_TRCENA); }

static uint32_t cyccnt(const emu_machine *m) {
    return counting(m) ? m->dwt.cyccnt + (uint32_t)(emu_core_cycles(m) - m->dwt.cyccnt_base) : m->dwt.cyccnt;
}

static void fold(emu_machine *m) {
    m->dwt.cyccnt = cyccnt(m);
    m->dwt.cyccnt_base = emu_core_cycles(m);
}

static unsigned function(const emu_machine *m, unsigned i) { return m->debug.demcr & DEMCR_TRCENA ? m->dwt.function[i] & 15 : 0; }

static bool watches(unsigned f) { return f >= FUNCTION_READ && f <= FUNCTION_BOTH; }

/* A comparator has changed: which pages must take the slow path, which code must be decoded anew. */
static void refresh(emu_machine *m) {
    bool watching = false, pc_matching = false;
    for (unsigned i = 0; i < m->feature.dwt_comparators; i++) {
        if (watches(function(m, i))) watching = true;
        if (function(m, i) == FUNCTION_PC) pc_matching = true;
    }
    bool tables = watching || m->dwt.watching, code = watching != m->dwt.watching || pc_matching || m->dwt.pc_matching;
    m->dwt.watching = watching;
    m->dwt.pc_matching = pc_matching;
    if (tables) emu_bus_refresh_tables(m);
    if (code) emu_code_flush_all(m);
}

void emu_dwt_before_trcena(emu_machine *m) { fold(m); }

void emu_dwt_after_trcena(emu_machine *m) {
    m->dwt.cyccnt_base = emu_core_cycles(m);
    refresh(m);
}

void emu_dwt_reset(emu_machine *m) {
    memset(&m->dwt, 0, sizeof m->dwt);
    m->dwt.watching = true; /* whatever was watched before is not any more */
    refresh(m);
}

static bool overlaps(const emu_machine *m, unsigned i, uint32_t address, uint32_t size) {
    uint32_t length_minus_1 = (uint32_t)((1ull << (m->dwt.mask[i] & 31)) - 1), first = m->dwt.comp[i] & ~length_minus_1;
    uint64_t end = (uint64_t)first + length_minus_1 + 1;
    return address < end && (uint64_t)address + size > first;
}

static bool compares_data(const emu_machine *m, unsigned i) { return i == VALUE_COMPARATOR && m->dwt.function[i] & DATAVMATCH; }

/* Where comparator i looks: at its own address, or when it compares data, at those of the two it is linked to. */
static bool looks_at(const emu_machine *m, unsigned i, uint32_t address, uint32_t size) {
    if (!compares_data(m, i)) return overlaps(m, i, address, size);
    unsigned first = m->dwt.function[i] >> 12 & 15, second = m->dwt.function[i] >> 16 & 15;
    return (first < m->feature.dwt_comparators && first != i && overlaps(m, first, address, size)) ||
           (second < m->feature.dwt_comparators && second != i && overlaps(m, second, address, size));
}

bool emu_dwt_covers_page(const emu_machine *m, uint32_t page_base) {
    for (unsigned i = 0; i < m->feature.dwt_comparators; i++)
        if (watches(function(m, i)) && looks_at(m, i, page_base, EMU_PAGE_SIZE)) return true;
    return false;
}

/* Whether a part of the access, of the size that the comparator has in mind, is what it looks for. */
static bool data_matches(const emu_machine *m, unsigned i, uint32_t address, unsigned size, uint32_t value) {
    unsigned wanted = 1u << (m->dwt.function[i] >> 10 & 3);
    if (wanted > size) return false;
    uint32_t mask = wanted == 4 ? ~0u : (1u << 8 * wanted) - 1;
    for (unsigned at = 0; at < size; at += wanted)
        if (((value >> 8 * at ^ m->dwt.comp[i]) & mask) == 0 && looks_at(m, i, address + at, wanted)) return true;
    return false;
}

static void trap(emu_machine *m) {
    if (m->debug.dhcsr & DHCSR_C_DEBUGEN) {
        m->debug.halt_request = true;
        m->debug.halt_dfsr = DFSR_DWTTRAP;
        emu_attention(m, EMU_ATTN_HALT);
    } else {
        emu_debug_monitor_event(m, DFSR_DWTTRAP);
    }
}

/* The core halts after the instruction that made the access. */
void emu_dwt_access(emu_machine *m, uint32_t address, unsigned size, bool write, uint32_t value) {
    for (unsigned i = 0; i < m->feature.dwt_comparators; i++) {
        unsigned f = function(m, i);
        if (!watches(f) || (f == FUNCTION_READ && write) || (f == FUNCTION_WRITE && !write)) continue;
        if (compares_data(m, i) ? !data_matches(m, i, address, size, value) : !overlaps(m, i, address, size)) continue;
        m->dwt.function[i] |= MATCHED;
        trap(m);
    }
}

bool emu_dwt_matches_pc(const emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < m->feature.dwt_comparators; i++)
        if (function(m, i) == FUNCTION_PC && overlaps(m, i, address, 2)) return true;
    return false;
}

void emu_dwt_pc_hit(emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < m->feature.dwt_comparators; i++)
        if (function(m, i) == FUNCTION_PC && overlaps(m, i, address, 2)) m->dwt.function[i] |= MATCHED;
}

uint32_t emu_dwt_read(emu_machine *m, uint32_t offset) {
    emu_dwt *d = &m->dwt;
    unsigned i = (offset - COMP0) / 16;
    switch (offset) {
    case CTRL: return (uint32_t)m->feature.dwt_comparators << 28 | d->ctrl;
    case CYCCNT: return cyccnt(m); /* ARMv6-M has none: it never counts */
    case PCSR: return m->cpu.halted || m->cpu.sleeping ? 0xFFFFFFFFu : emu_cpu_pc(m);
    default: break;
    }
    if (offset < COMP0 || i >= m->feature.dwt_comparators) return 0;
    switch (offset & 15) {
    case 0: return d->comp[i];
    case 4: return d->mask[i];
    case 8: {
        uint32_t value = d->function[i] | (m->feature.v7m && i == VALUE_COMPARATOR ? LNK1ENA : 0u);
        d->function[i] &= ~MATCHED; /* cleared by reading */
        return value;
    }
    default: return 0;
    }
}

void emu_dwt_write(emu_machine *m, uint32_t offset, uint32_t value) {
    emu_dwt *d = &m->dwt;
    unsigned i = (offset - COMP0) / 16;
    if (offset == CTRL && m->feature.v7m) {
        fold(m);
        d->ctrl = value & 0x007F1FFFu;
        return;
    }
    if (offset == CYCCNT && m->feature.v7m) {
        fold(m);
        d->cyccnt = value;
        return;
    }
    if (offset < COMP0 || i >= m->feature.dwt_comparators) return;
    switch (offset & 15) {
    case 0: d->comp[i] = value; break;
    case 4: d->mask[i] = value & 31; break;
    case 8: d->function[i] = value & (!m->feature.v7m ? 0xFu : i == VALUE_COMPARATOR ? 0x000FFD2Fu : i == 0 ? 0xAFu : 0x2Fu); break;
    default: return;
    }
    refresh(m);
}
