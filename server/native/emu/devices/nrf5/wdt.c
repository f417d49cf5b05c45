/* SPDX-License-Identifier: Apache-2.0 */
/* WDT (nRF52833 PS, "WDT - Watchdog timer"). Once started it cannot be stopped or reconfigured, and a soft or lockup reset does not touch
 * it. */
#include "devices/nrf5/nrf.h"
#include "machine.h"

enum { TASKS_START };
enum { EVENTS_TIMEOUT = 0 };
enum { RUNSTATUS = 0x400, REQSTATUS = 0x404, CRV = 0x504, RREN = 0x508, CONFIG = 0x50C, RR = 0x600 };
enum { REQUESTS = 8, EVENT_COUNT = 0, EVENT_RESET = 1, EVENT_RELOAD = 2 };
enum { CONFIG_SLEEP = 1u << 0, CONFIG_HALT = 1u << 3 };
#define RELOAD 0x6E524635u
#define CRV_MIN 0xFu

typedef struct {
    nrf_device nrf;
    bool running;
    uint32_t crv, rren, config, reqstatus;
    uint64_t due;         /* cycle of EVENT_COUNT */
    uint64_t paused_then; /* cycles that did not count when it was scheduled */
    uint64_t reset_due;   /* cycle of the watchdog reset after a timeout, 0: none */
} wdt;

/* Cycles since power on that CONFIG says not to count: debug halt, sleep. Exact in event() only: emu_instructions is. */
static uint64_t paused(const wdt *w) {
    const emu_machine *m = w->nrf.base.machine;
    uint64_t cycles = 0;
    if (!(w->config & CONFIG_HALT)) cycles += m->halted_cycles;
    if (!(w->config & CONFIG_SLEEP)) cycles += emu_now(m) - emu_instructions(m) - m->halted_cycles;
    return cycles;
}

static uint64_t timeout_cycles(const wdt *w) { return nrf_lfclk_cycles(w->nrf.base.machine, (uint64_t)w->crv + 1); }

static void count_down(wdt *w, uint64_t cycles) {
    w->due = emu_now(w->nrf.base.machine) + cycles;
    w->paused_then = paused(w);
    emu_schedule(&w->nrf.base, EVENT_COUNT, w->due);
}

/* The counter itself starts over in event(), in this same cycle. */
static void reload(wdt *w) {
    w->reqstatus = w->rren;
    emu_schedule(&w->nrf.base, EVENT_RELOAD, emu_now(w->nrf.base.machine));
}

static void task(nrf_device *d, unsigned n) {
    wdt *w = (wdt *)d;
    (void)n;
    if (w->running) return;
    w->running = true;
    nrf_lfclk_require(d->base.machine);
    reload(w);
}

static void event(emu_device *d, uint32_t id) {
    wdt *w = (wdt *)d;
    if (nrf_is_off(d->machine)) return; /* nothing counts */
    if (id == EVENT_RESET) {
        emu_request_reset(d->machine, EMU_RESET_WATCHDOG);
        return;
    }
    if (id == EVENT_RELOAD) {
        if (!w->reset_due) count_down(w, timeout_cycles(w));
        return;
    }
    uint64_t missed = paused(w) - w->paused_then;
    if (missed) { /* time that did not count is still to be served */
        count_down(w, missed);
        return;
    }
    nrf_event(&w->nrf, EVENTS_TIMEOUT);
    w->reset_due = emu_now(d->machine) + nrf_lfclk_cycles(d->machine, 2); /* two periods of 32.768 kHz later */
    emu_schedule(d, EVENT_RESET, w->reset_due);
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    wdt *w = (wdt *)d;
    switch (offset) {
    case RUNSTATUS: return w->running;
    case REQSTATUS: return w->running ? w->reqstatus : 1u;
    case CRV: return w->crv;
    case RREN: return w->rren;
    case CONFIG: return w->config;
    default: break;
    }
    if (offset >= RR && offset < RR + 4 * REQUESTS) return 0;
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    wdt *w = (wdt *)d;
    if (offset >= RR && offset < RR + 4 * REQUESTS) {
        if (!w->running || value != RELOAD) return;
        w->reqstatus &= ~(1u << (offset - RR) / 4);
        if (w->reqstatus == 0) reload(w);
        return;
    }
    switch (offset) {
    case CRV:
        if (!w->running) w->crv = value < CRV_MIN ? CRV_MIN : value;
        break;
    case RREN:
        if (!w->running) w->rren = value & 0xFFu;
        break;
    case CONFIG:
        if (!w->running) w->config = value & (CONFIG_SLEEP | CONFIG_HALT);
        break;
    case RUNSTATUS:
    case REQSTATUS: break;
    default: emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true); break;
    }
}

/* PS, "POWER", "Reset behavior": WDT is reset by power-on, pin and watchdog, not by soft reset, lockup or the debug port. */
static void reset(emu_device *d, emu_reset_kind kind) {
    wdt *w = (wdt *)d;
    nrf_reset(&w->nrf);
    if (kind == EMU_RESET_SOFT || kind == EMU_RESET_LOCKUP || kind == EMU_RESET_DEBUG) {
        if (!w->running) return;
        nrf_lfclk_require(d->machine);
        /* A reset of the machine has cleared all events. */
        if (w->reset_due)
            emu_schedule(d, EVENT_RESET, w->reset_due);
        else if (w->due > emu_now(d->machine))
            emu_schedule(d, EVENT_COUNT, w->due);
        else
            reload(w);
        return;
    }
    for (uint32_t id = EVENT_COUNT; id <= EVENT_RELOAD; id++) emu_cancel(d, id);
    w->running = false;
    w->due = w->reset_due = w->paused_then = 0;
    w->crv = 0xFFFFFFFFu;
    w->rren = 1;
    w->config = CONFIG_SLEEP;
    w->reqstatus = 1;
}

static const nrf_spec spec = {.tasks = 1u, .events = 1u, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {NULL};
    ((wdt *)d)->nrf.spec = &spec;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_wdt = {
    .type = "nrf5.wdt",
    .struct_size = sizeof(wdt),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
