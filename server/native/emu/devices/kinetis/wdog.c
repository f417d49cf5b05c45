/* SPDX-License-Identifier: Apache-2.0 */
/* WDOG of the K64 (K64 RM, "Watchdog Timer"). On after reset; firmware unlocks it within 20 bus cycles and then has 256 to change it. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum {
    STCTRLH = 0,
    STCTRLL = 2,
    TOVALH = 4,
    TOVALL = 6,
    WINH = 8,
    WINL = 0xA,
    REFRESH = 0xC,
    UNLOCK = 0xE,
    TMROUTH = 0x10,
    TMROUTL = 0x12,
    RSTCNT = 0x14,
    PRESC = 0x16,
    REGS = 0x18
};
enum { WDOGEN = 1u << 0, CLKSRC = 1u << 1, IRQRSTEN = 1u << 2, WINEN = 1u << 3, ALLOWUPDATE = 1u << 4, DBGEN = 1u << 5 };
enum { INTFLG = 1u << 15 };
enum { KEY_BUS_CYCLES = 20, UPDATE_BUS_CYCLES = 256 };
enum { EVENT_TIMEOUT, EVENT_RESET };

typedef struct {
    kin_device kin;
    uint16_t r[REGS / 2];
    uint16_t pending_key; /* the first word of a sequence, 0: none */
    uint64_t key_cycle;
    bool unlocked;
    uint64_t unlock_cycle;
    kin_counter counter;
    uint64_t halted_before; /* cycles that the core had been halted when the counter was started */
} wdog;

static uint16_t *at(wdog *w, uint32_t offset) { return &w->r[offset / 2]; }
static uint64_t bus_cycles(const wdog *w, uint64_t n) {
    uint32_t hz = kin_clock(&w->kin, KIN_BUS);
    return hz ? n * emu_clock_hz(kin_machine(&w->kin)) / hz + 1 : n;
}
static uint64_t core_now(const wdog *w) { return emu_core_cycles(kin_machine(&w->kin)); }
static uint32_t timeout(wdog *w) { return (uint32_t)*at(w, TOVALH) << 16 | *at(w, TOVALL); }

/* Time stands still for the watchdog while a debugger halts the core, unless DBGEN. */
static uint64_t paused(wdog *w) {
    uint64_t halted = emu_now(kin_machine(&w->kin)) - core_now(w);
    return *at(w, STCTRLH) & DBGEN ? 0 : halted - w->halted_before;
}

static void schedule(wdog *w) {
    emu_machine *m = kin_machine(&w->kin);
    uint64_t due = *at(w, STCTRLH) & WDOGEN ? kin_counter_due(&w->counter, m, timeout(w)) : UINT64_MAX;
    if (due == UINT64_MAX)
        emu_cancel(&w->kin.base, EVENT_TIMEOUT);
    else
        emu_schedule(&w->kin.base, EVENT_TIMEOUT, due + paused(w));
}

static void restart(wdog *w, uint64_t ticks) {
    emu_machine *m = kin_machine(&w->kin);
    uint32_t hz = *at(w, STCTRLH) & CLKSRC ? kin_clock(&w->kin, KIN_BUS) : 1000;
    w->halted_before = emu_now(m) - core_now(w);
    kin_counter_set(&w->counter, m, ticks, hz, (*at(w, PRESC) >> 8 & 7u) + 1u);
    schedule(w);
}

static uint32_t count(wdog *w) {
    if (!(*at(w, STCTRLH) & WDOGEN)) return 0;
    kin_counter c = w->counter;
    c.cycle += paused(w);
    return (uint32_t)kin_counter_now(&c, kin_machine(&w->kin));
}

static void bite(wdog *w) {
    if (*at(w, STCTRLH) & IRQRSTEN && !(*at(w, STCTRLL) & INTFLG)) {
        *at(w, STCTRLL) |= INTFLG;
        emu_irq_set(kin_machine(&w->kin), w->kin.base.irq, true);
        emu_schedule(&w->kin.base, EVENT_RESET, emu_now(kin_machine(&w->kin)) + bus_cycles(w, 256));
        return;
    }
    emu_request_reset(kin_machine(&w->kin), EMU_RESET_WATCHDOG);
    (*at(w, RSTCNT))++;
}

static void event(emu_device *d, uint32_t id) {
    wdog *w = (wdog *)d;
    if (id == EVENT_TIMEOUT && count(w) < timeout(w)) {
        schedule(w); /* the core was halted meanwhile */
        return;
    }
    bite(w);
}

/* The second word of a pair must follow soon. */
static bool completes(wdog *w, uint16_t first, uint16_t second, uint16_t value) {
    if (value == first) {
        w->pending_key = first;
        w->key_cycle = core_now(w);
        return false;
    }
    bool ok = value == second && w->pending_key == first && core_now(w) - w->key_cycle <= bus_cycles(w, KEY_BUS_CYCLES);
    w->pending_key = 0;
    if (!ok && *at(w, STCTRLH) & WDOGEN) bite(w);
    return ok;
}

static void refresh(wdog *w, uint16_t value) {
    if (!completes(w, 0xA602, 0xB480, value)) return;
    uint32_t window = (uint32_t)*at(w, WINH) << 16 | *at(w, WINL);
    if (*at(w, STCTRLH) & WINEN && count(w) < window)
        bite(w);
    else
        restart(w, 0);
}

static void unlock(wdog *w, uint16_t value) {
    if (!completes(w, 0xC520, 0xD928, value) || !(*at(w, STCTRLH) & ALLOWUPDATE)) return;
    w->unlocked = true;
    w->unlock_cycle = core_now(w);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    wdog *w = (wdog *)d;
    if (offset >= REGS) {
        kin_log_read(d, offset);
        return 0;
    }
    if (offset == TMROUTH) return count(w) >> 16;
    if (offset == TMROUTL) return count(w) & 0xFFFFu;
    return *at(w, offset);
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    wdog *w = (wdog *)d;
    uint16_t v = (uint16_t)value;
    switch (offset) {
    case REFRESH: refresh(w, v); return;
    case UNLOCK: unlock(w, v); return;
    case TMROUTH:
    case TMROUTL: return;
    case RSTCNT: *at(w, RSTCNT) &= (uint16_t)~v; return;
    case STCTRLL:
        if (!(v & INTFLG)) return;
        *at(w, STCTRLL) &= (uint16_t)~INTFLG;
        emu_irq_set(kin_machine(d), d->base.irq, false);
        return;
    default: break;
    }
    if (offset >= REGS) {
        kin_log_write(d, offset, value);
        return;
    }
    if (!w->unlocked || core_now(w) - w->unlock_cycle > bus_cycles(w, UPDATE_BUS_CYCLES)) return; /* locked: ignored */
    *at(w, offset) = (uint16_t)((*at(w, offset) & ~mask) | v);
    restart(w, 0);
}

static void clocks(kin_device *d, bool changed) {
    wdog *w = (wdog *)d;
    (void)changed;
    restart(w, count(w)); /* before: what passed at the old rate; after: on at the new one */
}

static void reset(emu_device *d, emu_reset_kind kind) {
    static const uint16_t values[REGS / 2] = {0x01D3, 0x0001, 0x004C, 0x4B4C, 0, 0x0010, 0xB480, 0xD928, 0, 0, 0, 0x0400};
    wdog *w = (wdog *)d;
    uint16_t resets = *at(w, RSTCNT);
    for (unsigned i = 0; i < REGS / 2; i++) w->r[i] = values[i];
    if (kind != EMU_RESET_POWER_ON) *at(w, RSTCNT) = resets;
    w->pending_key = 0;
    w->unlocked = false;
    emu_irq_set(d->machine, d->irq, false);
    restart(w, 0);
}

static const kin_spec spec = {.width = 2, .read = read, .write = write, .clocks = clocks};

static bool init(emu_device *d, const emu_param *params, size_t count_, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &spec, params, count_, error);
}

const emu_device_class kinetis_wdog = {
    .type = "kinetis.wdog",
    .struct_size = sizeof(wdog),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
