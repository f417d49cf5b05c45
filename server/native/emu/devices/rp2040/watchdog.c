/* SPDX-License-Identifier: Apache-2.0 */
/* WATCHDOG (4.7): the counter, the scratch registers, and the tick that TIMER counts. Erratum RP2040-E1 included: the counter goes down by
 * two a tick. */
#include "devices/rp2040/rp.h"
#include "machine.h"

enum { CTRL = 0x00, LOAD = 0x04, REASON = 0x08, SCRATCH0 = 0x0C, TICK = 0x2C };
enum { REASON_TIMER = 1, REASON_FORCE = 2, TICK_ENABLE = 1u << 9, TICK_RUNNING = 1u << 10, CYCLES = 0x1FF, TIME = 0xFFFFFF };
#define CTRL_TRIGGER (1u << 31)
#define CTRL_ENABLE (1u << 30)
#define CTRL_PAUSE_DBG0 (1u << 25)
#define CTRL_PAUSE_DBG1 (1u << 26)
enum { EVENT_TIMEOUT };
enum { PER_TICK = 2 };

typedef struct {
    rp_device rp;
    emu_device *clocks, *psm, *resets;
    uint32_t reason;
    uint32_t count; /* at the cycle `since` */
    uint64_t since;
} watchdog;

static watchdog *self(rp_device *d) { return (watchdog *)d; }

static void link(emu_device *d) {
    watchdog *w = (watchdog *)d;
    w->clocks = emu_device_by_name(d->machine, "CLOCKS");
    w->psm = emu_device_by_name(d->machine, "PSM");
    w->resets = emu_device_by_name(d->machine, "RESETS");
}

uint64_t rp_tick_hz(const emu_device *d) {
    const watchdog *w = (const watchdog *)d;
    uint32_t tick = *rp_plain((rp_device *)&w->rp, TICK), cycles = tick & CYCLES;
    if (!(tick & TICK_ENABLE) || !cycles) return 0;
    return rp_clock_hz(w->clocks, RP_CLK_REF) / cycles;
}

static bool counting(const watchdog *w) { return *rp_plain((rp_device *)&w->rp, CTRL) & CTRL_ENABLE && rp_tick_hz(&w->rp.base); }

static uint32_t count(const watchdog *w) {
    const emu_machine *m = w->rp.base.machine;
    if (!counting(w)) return w->count;
    uint64_t passed = rp_since(m, w->since) * PER_TICK / rp_cycles(m, 1, rp_tick_hz(&w->rp.base));
    return passed < w->count ? w->count - (uint32_t)passed : 0;
}

static void start(watchdog *w) {
    emu_machine *m = w->rp.base.machine;
    w->since = emu_now(m);
    if (counting(w))
        emu_schedule(&w->rp.base, EVENT_TIMEOUT, w->since + rp_cycles(m, w->count, rp_tick_hz(&w->rp.base) * PER_TICK));
    else
        emu_cancel(&w->rp.base, EVENT_TIMEOUT);
}

static void fire(watchdog *w, uint32_t reason) {
    w->reason = reason;
    if (w->psm && rp_psm_wdsel(w->psm))
        emu_request_reset(w->rp.base.machine, EMU_RESET_WATCHDOG);
    else if (w->resets)
        rp_resets_watchdog(w->resets);
}

static void event(emu_device *d, uint32_t id) {
    watchdog *w = (watchdog *)d;
    const emu_machine *m = d->machine;
    uint32_t ctrl = *rp_plain(&w->rp, CTRL);
    (void)id;
    /* A core that the debugger holds stops the counter: how long it has been held is not counted, it just gets the time again. */
    if ((ctrl & CTRL_PAUSE_DBG0 && m->cpu.halted) || (ctrl & CTRL_PAUSE_DBG1 && m->second && m->second->cpu.halted)) {
        start(w);
        return;
    }
    w->count = 0;
    fire(w, REASON_TIMER);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    watchdog *w = self(d);
    switch (offset) {
    case CTRL: *value = *rp_plain(d, CTRL) | count(w); return true;
    case LOAD: *value = 0; return true;
    case REASON: *value = w->reason; return true;
    case TICK: *value = *rp_plain(d, TICK) | (rp_tick_hz(&d->base) ? TICK_RUNNING : 0); return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    watchdog *w = self(d);
    switch (offset) {
    case CTRL:
        w->count = count(w);
        *rp_plain(d, CTRL) = value & 0x47000000u;
        start(w);
        if (value & CTRL_TRIGGER) fire(w, REASON_FORCE);
        return true;
    case LOAD:
        w->count = value & TIME;
        start(w);
        return true;
    case REASON: return true;
    default: return false;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    if (offset != TICK) return;
    start(self(d));
    if (self(d)->clocks) rp_clocks_changed(self(d)->clocks);
}

static void clocks_changed(rp_device *d) {
    watchdog *w = self(d);
    uint32_t left = count(w); /* at the new rate: exact when the tick is set up before the watchdog, as it has to be */
    w->count = left;
    start(w);
}

/* Reason and scratch registers live through a reset by the watchdog. */
static void reset(emu_device *d, emu_reset_kind kind) {
    watchdog *w = (watchdog *)d;
    uint32_t scratch[8];
    for (unsigned i = 0; i < 8; i++) scratch[i] = *rp_plain(&w->rp, SCRATCH0 + 4 * i);
    rp_reset(d, kind);
    emu_cancel(d, EVENT_TIMEOUT);
    w->count = 0;
    if (kind != EMU_RESET_WATCHDOG) {
        w->reason = 0;
        return;
    }
    for (unsigned i = 0; i < 8; i++) *rp_plain(&w->rp, SCRATCH0 + 4 * i) = scratch[i];
}

uint32_t rp_watchdog_scratch(const emu_device *d, unsigned n) { return *rp_plain((rp_device *)d, SCRATCH0 + 4 * n); }
void rp_watchdog_set_scratch(emu_device *d, unsigned n, uint32_t value) { *rp_plain((rp_device *)d, SCRATCH0 + 4 * n) = value; }

void rp_watchdog_reboot(emu_device *d) {
    ((watchdog *)d)->reason = REASON_FORCE;
    emu_request_reset(d->machine, EMU_RESET_WATCHDOG);
}

static const rp_register registers[] = {
    {CTRL, 1, 0x07000000, 0x47000000}, {SCRATCH0, 8, 0, 0xFFFFFFFF}, {TICK, 1, TICK_ENABLE, TICK_ENABLE | CYCLES}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .clocks_changed = clocks_changed};

static bool init(emu_device *d, const emu_param *params, size_t count_, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count_, keys, NULL, error);
}

const emu_device_class rp2040_watchdog = {
    .type = "rp2040.watchdog",
    .struct_size = sizeof(watchdog),
    .region_size = 0x4000,
    .init = init,
    .reset = reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
