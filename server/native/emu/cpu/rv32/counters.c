/* SPDX-License-Identifier: Apache-2.0 */
/* What the core counts: mcycle and minstret of the RISC-V Instruction Set Manual, volume II, section "Hardware Performance Monitor"; or the
 * one performance counter of Espressif's cores (ESP32-C3 Technical Reference Manual, section "Register Description" of the chapter on the
 * CPU). */
#include "rv.h"

enum {
    MCOUNTEREN = 0x306,
    MCOUNTINHIBIT = 0x320,
    MHPMEVENT3 = 0x323,
    MPCER = 0x7E0, /* which event is counted */
    MPCMR = 0x7E1, /* bit 0: counting, bit 1: saturating */
    MPCCR = 0x7E2, /* the count */
    MCYCLE = 0xB00,
    MINSTRET = 0xB02,
    MHPMCOUNTER3 = 0xB03,
    HIGH = 0x80, /* the upper half of a counter, from the lower one on */
    CYCLE = 0xC00,
    INSTRET = 0xC02,
};
enum { MPCER_CYCLE = 1, MPCER_INSTRUCTION = 2 };
enum { CYCLES, INSTRUCTIONS };
enum { HPM_COUNTERS = 29 };

static uint64_t cycles(const emu_machine *m) { return m->now; }

static uint64_t instructions(const emu_machine *m) { /* amid a run those of it are not counted yet */
    return m->op ? m->instructions + (m->now - m->rv.running_from) : m->instructions;
}

void emu_rv_counters_reset(emu_machine *m) {
    emu_rv *v = &m->rv;
    v->mpcer = v->mpcmr = v->mpccr = v->mcountinhibit = v->mcounteren = 0;
    v->counted_from = 0;
    v->counter[CYCLES].count = v->counter[INSTRUCTIONS].count = 0;
    v->counter[CYCLES].from = cycles(m);
    v->counter[INSTRUCTIONS].from = instructions(m);
}

/* --- Espressif's: cycles or instructions; those two are all that is told apart here, where an instruction takes a cycle ------------------
 */

static uint64_t events(const emu_machine *m) {
    return m->rv.mpcer & MPCER_CYCLE ? cycles(m) : m->rv.mpcer & MPCER_INSTRUCTION ? instructions(m) : 0;
}

static uint32_t count(const emu_machine *m) {
    if (!(m->rv.mpcmr & 1)) return m->rv.mpccr;
    uint64_t sum = m->rv.mpccr + (events(m) - m->rv.counted_from);
    return m->rv.mpcmr & 2 && sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void set_counter(emu_machine *m, uint32_t *what, uint32_t value) {
    uint32_t reached = count(m);
    m->rv.mpccr = reached;
    *what = value;
    m->rv.counted_from = events(m);
}

static bool esp_read(const emu_machine *m, unsigned number, uint32_t *value) {
    switch (number) {
    case MPCER: *value = m->rv.mpcer; return true;
    case MPCMR: *value = m->rv.mpcmr; return true;
    case MPCCR: *value = count(m); return true;
    default: return false;
    }
}

static bool esp_write(emu_machine *m, unsigned number, uint32_t value) {
    switch (number) {
    case MPCER: set_counter(m, &m->rv.mpcer, value & 0x7FF); return true;
    case MPCMR: set_counter(m, &m->rv.mpcmr, value & 3); return true;
    case MPCCR: set_counter(m, &m->rv.mpccr, value); return true;
    default: return false;
    }
}

/* --- the manual's ---------------------------------------------------------------------------------------------------------------- */

static uint64_t happened(const emu_machine *m, unsigned which) { return which == CYCLES ? cycles(m) : instructions(m); }
static unsigned bit(unsigned which) { return which == CYCLES ? 1u : 4u; }

static uint64_t total(const emu_machine *m, unsigned which) {
    uint64_t counted = m->rv.mcountinhibit & bit(which) ? 0 : happened(m, which) - m->rv.counter[which].from;
    return m->rv.counter[which].count + counted;
}

/* The value is there for the next instruction: the one that writes is not counted. */
static void set_total(emu_machine *m, unsigned which, uint64_t value) {
    m->rv.counter[which].count = value;
    m->rv.counter[which].from = happened(m, which) + 1;
}

static void inhibit(emu_machine *m, uint32_t value) {
    for (unsigned which = CYCLES; which <= INSTRUCTIONS; which++) {
        m->rv.counter[which].count = total(m, which);
        m->rv.counter[which].from = happened(m, which);
    }
    m->rv.mcountinhibit = value & (bit(CYCLES) | bit(INSTRUCTIONS));
}

/* Which of the two, and its half. false: neither. */
static bool counter_of(unsigned number, unsigned first, unsigned *which, bool *high) {
    unsigned offset = (number - first) & ~(unsigned)HIGH;
    *which = offset == 0 ? CYCLES : INSTRUCTIONS;
    *high = (number - first) & HIGH;
    return number >= first && number - first < 2 * HIGH && (offset == 0 || offset == MINSTRET - MCYCLE);
}

static bool unused(unsigned number) { /* counters 3 to 31 and their events: there, and always 0 */
    return number - MHPMCOUNTER3 < HPM_COUNTERS || number - MHPMCOUNTER3 - HIGH < HPM_COUNTERS || number - MHPMEVENT3 < HPM_COUNTERS;
}

static bool standard_read(const emu_machine *m, unsigned number, uint32_t *value) {
    unsigned which;
    bool high;
    if (counter_of(number, MCYCLE, &which, &high) || counter_of(number, CYCLE, &which, &high)) {
        if (number >= CYCLE && m->rv.mode == RV_USER && !(m->rv.mcounteren & bit(which))) return false;
        *value = (uint32_t)(total(m, which) >> (high ? 32 : 0));
        return true;
    }
    *value = number == MCOUNTINHIBIT ? m->rv.mcountinhibit : number == MCOUNTEREN ? m->rv.mcounteren : 0;
    return number == MCOUNTINHIBIT || number == MCOUNTEREN || unused(number);
}

static bool standard_write(emu_machine *m, unsigned number, uint32_t value) {
    unsigned which;
    bool high;
    if (counter_of(number, MCYCLE, &which, &high)) {
        uint64_t old = total(m, which);
        set_total(m, which, high ? (old & UINT32_MAX) | (uint64_t)value << 32 : (old & ~(uint64_t)UINT32_MAX) | value);
        return true;
    }
    if (number == MCOUNTINHIBIT) inhibit(m, value);
    if (number == MCOUNTEREN) m->rv.mcounteren = value & (bit(CYCLES) | bit(INSTRUCTIONS));
    return number == MCOUNTINHIBIT || number == MCOUNTEREN || unused(number);
}

bool emu_rv_counter_read(const emu_machine *m, unsigned number, uint32_t *value) {
    return m->config.espressif ? esp_read(m, number, value) : standard_read(m, number, value);
}

bool emu_rv_counter_write(emu_machine *m, unsigned number, uint32_t value) {
    return m->config.espressif ? esp_write(m, number, value) : standard_write(m, number, value);
}
