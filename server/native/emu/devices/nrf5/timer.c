/* SPDX-License-Identifier: Apache-2.0 */
/* TIMER: 16 MHz divided by 2^PRESCALER, or a counter of COUNT tasks (nRF52833 PS, "TIMER - Timer/counter"; nRF51 RM, where TIMER1 and
 * TIMER2 count 16 bits at most). */
#include "devices/nrf5/nrf.h"

#include <stdio.h>

enum { TASKS_START, TASKS_STOP, TASKS_COUNT, TASKS_CLEAR, TASKS_SHUTDOWN, TASKS_CAPTURE0 = 0x40 / 4 };
enum { EVENTS_COMPARE0 = 0x40 / 4 };
enum { MODE = 0x504, BITMODE = 0x508, PRESCALER = 0x510, CC = 0x540 };
enum { CC_MAX = 6, MODE_TIMER = 0, EVENT_MATCH = 0 };
enum { SHORT_STOP = 8 }; /* SHORTS: bit n COMPARE[n]_CLEAR, bit 8 + n COMPARE[n]_STOP */

typedef struct {
    nrf_device nrf;
    unsigned cc_count;
    uint32_t widest; /* mask of the widest BITMODE */
    bool running;
    uint32_t mode, bitmode, prescaler, cc[CC_MAX];
    uint32_t base_count; /* counter at base_cycle; the counter itself while stopped or counting tasks */
    uint64_t base_cycle;
    uint64_t due; /* cycle of the next match */
} timer;

static uint32_t mask(const timer *t) {
    static const uint32_t masks[4] = {0xFFFF, 0xFF, 0xFFFFFF, 0xFFFFFFFF};
    return masks[t->bitmode & 3u] & t->widest;
}

static uint64_t tick_cycles(const timer *t) {
    return (emu_clock_hz(t->nrf.base.machine) / 16000000u) << (t->prescaler > 9 ? 9 : t->prescaler);
}

static bool ticking(const timer *t) { return t->running && t->mode == MODE_TIMER; }

static uint32_t counter(const timer *t) {
    uint64_t count = t->base_count;
    if (ticking(t)) count += (emu_now(t->nrf.base.machine) - t->base_cycle) / tick_cycles(t);
    return (uint32_t)count & mask(t);
}

/* The next tick at which the counter becomes equal to some CC. */
static void schedule(timer *t) {
    emu_cancel(&t->nrf.base, EVENT_MATCH);
    if (!ticking(t)) return;
    uint64_t period = (uint64_t)mask(t) + 1;
    uint64_t passed = (emu_now(t->nrf.base.machine) - t->base_cycle) / tick_cycles(t);
    uint32_t now = (uint32_t)(t->base_count + passed) & mask(t);
    uint64_t nearest = UINT64_MAX;
    for (unsigned i = 0; i < t->cc_count; i++) {
        if (t->cc[i] & ~mask(t)) continue; /* never reached */
        uint64_t ahead = (t->cc[i] - (uint64_t)now) & mask(t);
        if (ahead == 0) ahead = period;
        if (ahead < nearest) nearest = ahead;
    }
    if (nearest == UINT64_MAX) return;
    t->due = t->base_cycle + (passed + nearest) * tick_cycles(t);
    emu_schedule(&t->nrf.base, EVENT_MATCH, t->due);
}

static void set_counter(timer *t, uint32_t value) {
    t->base_count = value;
    t->base_cycle = emu_now(t->nrf.base.machine);
}

static void stop(timer *t) {
    if (!t->running) return;
    set_counter(t, counter(t));
    t->running = false;
}

/* Shortcuts of TIMER act after all comparators of this tick have been looked at, so they are not in nrf_spec.shorts. */
static void matched(timer *t) {
    uint32_t now = counter(t), hit = 0;
    for (unsigned i = 0; i < t->cc_count; i++) {
        if (t->cc[i] == now) hit |= 1u << i;
    }
    for (unsigned i = 0; i < t->cc_count; i++) {
        if (hit >> i & 1u) nrf_event(&t->nrf, EVENTS_COMPARE0 + i);
    }
    if (t->nrf.shorts & hit) set_counter(t, 0);
    if (t->nrf.shorts >> SHORT_STOP & hit) stop(t);
    schedule(t);
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    matched((timer *)d);
}

static void task(nrf_device *d, unsigned n) {
    timer *t = (timer *)d;
    switch (n) {
    case TASKS_START:
        if (t->running) return;
        t->base_cycle = emu_now(d->base.machine);
        t->running = true;
        break;
    case TASKS_STOP: stop(t); break;
    case TASKS_COUNT:
        if (t->running && t->mode != MODE_TIMER) {
            t->base_count = (t->base_count + 1) & mask(t);
            matched(t);
        }
        return;
    case TASKS_CLEAR: set_counter(t, 0); break;
    case TASKS_SHUTDOWN:
        stop(t);
        set_counter(t, 0);
        break;
    default: t->cc[n - TASKS_CAPTURE0] = counter(t); break;
    }
    schedule(t);
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    timer *t = (timer *)d;
    switch (offset) {
    case NRF_SHORTS: return d->shorts;
    case MODE: return t->mode;
    case BITMODE: return t->bitmode;
    case PRESCALER: return t->prescaler;
    default: break;
    }
    if (offset >= CC && offset < CC + 4 * t->cc_count) return t->cc[(offset - CC) / 4];
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    timer *t = (timer *)d;
    uint32_t channels = (1u << t->cc_count) - 1;
    switch (offset) {
    case NRF_SHORTS: d->shorts = value & (channels | channels << SHORT_STOP); return;
    /* These must only be changed while the timer is stopped; a running one takes them over from its present count. */
    case MODE:
        set_counter(t, counter(t));
        t->mode = value & 3u;
        break;
    case BITMODE:
        set_counter(t, counter(t));
        t->bitmode = value & 3u;
        break;
    case PRESCALER:
        set_counter(t, counter(t));
        t->prescaler = value & 0xFu;
        break;
    default:
        if (offset < CC || offset >= CC + 4 * t->cc_count) {
            emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
            return;
        }
        t->cc[(offset - CC) / 4] = value;
        break;
    }
    schedule(t);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    timer *t = (timer *)d;
    (void)kind;
    emu_cancel(d, EVENT_MATCH);
    nrf_reset(&t->nrf);
    t->running = false;
    t->mode = t->bitmode = t->base_count = 0;
    t->prescaler = 4;
    t->base_cycle = 0;
    for (unsigned i = 0; i < CC_MAX; i++) t->cc[i] = 0;
}

#define CHANNELS(count) ((1u << (count)) - 1)
#define SPEC(count)                                                                                                                        \
    {.tasks = 0x1Fu | CHANNELS(count) << TASKS_CAPTURE0,                                                                                   \
     .events = CHANNELS(count) << EVENTS_COMPARE0,                                                                                         \
     .power_gated = true,                                                                                                                  \
     .task = task,                                                                                                                         \
     .read = read,                                                                                                                         \
     .write = write}
static const nrf_spec specs[CC_MAX + 1] = {SPEC(0), SPEC(1), SPEC(2), SPEC(3), SPEC(4), SPEC(5), SPEC(6)};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"cc", "bits", NULL};
    timer *t = (timer *)d;
    uint64_t cc = emu_param_value(params, count, "cc", 4);
    if (cc < 1 || cc > CC_MAX) {
        snprintf(error, EMU_ERROR_MAX, "device %s: cc must be 1..%d", d->name, CC_MAX);
        return false;
    }
    if (emu_clock_hz(d->machine) % 16000000u) {
        snprintf(error, EMU_ERROR_MAX, "device %s: nrf5.timer needs a core clock that is a multiple of 16 MHz", d->name);
        return false;
    }
    t->cc_count = (unsigned)cc;
    t->widest = emu_param_value(params, count, "bits", 32) == 16 ? 0xFFFFu : 0xFFFFFFFFu;
    t->nrf.spec = &specs[t->cc_count];
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_timer = {
    .type = "nrf5.timer",
    .struct_size = sizeof(timer),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
