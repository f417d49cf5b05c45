/* SPDX-License-Identifier: Apache-2.0 */
/* RTC: a 24-bit counter of LFCLK / (PRESCALER + 1) (nRF52833 PS, "RTC - Real-time counter").
 *
 * Task latencies (up to two LFCLK periods on the chip) are not modelled; a compare value of COUNTER + 1 always fires here. */
#include "devices/nrf5/nrf.h"

#include <stdio.h>

enum { TASKS_START, TASKS_STOP, TASKS_CLEAR, TASKS_TRIGOVRFLW };
enum { EVENTS_TICK = 0, EVENTS_OVRFLW = 1, EVENTS_COMPARE0 = 0x40 / 4 };
enum { COUNTER = 0x504, PRESCALER = 0x508, CC = 0x540 };
enum { CC_MAX = 4, EVENT_NEXT = 0 };
#define MASK 0xFFFFFFu

typedef struct {
    nrf_device nrf;
    unsigned cc_count;
    bool started; /* START was given; it counts while LFCLK runs too */
    uint32_t prescaler, cc[CC_MAX];
    uint32_t base_count; /* counter at base_tick, or the counter itself while it does not count */
    uint64_t base_tick;  /* in ticks of LFCLK since LFCLK started */
    uint64_t lf_start;   /* UINT64_MAX: LFCLK does not run */
} rtc;

static bool counting(const rtc *r) { return r->started && r->lf_start != UINT64_MAX; }

static uint64_t lf_tick(const rtc *r) { return nrf_lfclk_ticks(r->nrf.base.machine, emu_now(r->nrf.base.machine) - r->lf_start); }

static uint64_t steps(const rtc *r) { return counting(r) ? (lf_tick(r) - r->base_tick) / (r->prescaler + 1) : 0; }

static uint32_t counter(const rtc *r) { return (uint32_t)(r->base_count + steps(r)) & MASK; }

static uint64_t cycle_of_step(const rtc *r, uint64_t step) {
    return r->lf_start + nrf_lfclk_cycles(r->nrf.base.machine, r->base_tick + step * (r->prescaler + 1));
}

static bool wants(const rtc *r, unsigned n) { return (r->nrf.evten | r->nrf.inten) >> n & 1u; }

static void schedule(rtc *r) {
    emu_cancel(&r->nrf.base, EVENT_NEXT);
    if (!counting(r)) return;
    uint64_t passed = steps(r), nearest = UINT64_MAX;
    uint32_t now = (uint32_t)(r->base_count + passed) & MASK;
    if (wants(r, EVENTS_TICK)) nearest = 1;
    if (wants(r, EVENTS_OVRFLW) && MASK + 1 - now < nearest) nearest = MASK + 1 - now;
    for (unsigned i = 0; i < r->cc_count; i++) {
        if (!wants(r, EVENTS_COMPARE0 + i)) continue;
        uint32_t ahead = (r->cc[i] - now) & MASK;
        if (ahead == 0) ahead = MASK + 1;
        if (ahead < nearest) nearest = ahead;
    }
    if (nearest != UINT64_MAX) emu_schedule(&r->nrf.base, EVENT_NEXT, cycle_of_step(r, passed + nearest));
}

/* From here on the counter counts from `value`, with the prescaler at its start. */
static void rebase(rtc *r, uint32_t value) {
    r->base_count = value & MASK;
    r->base_tick = r->lf_start == UINT64_MAX ? 0 : lf_tick(r);
}

static void event(emu_device *d, uint32_t id) {
    rtc *r = (rtc *)d;
    (void)id;
    uint32_t now = counter(r);
    if (wants(r, EVENTS_TICK)) nrf_event(&r->nrf, EVENTS_TICK);
    if (now == 0) nrf_event(&r->nrf, EVENTS_OVRFLW);
    for (unsigned i = 0; i < r->cc_count; i++) {
        if (r->cc[i] == now) nrf_event(&r->nrf, EVENTS_COMPARE0 + i);
    }
    schedule(r);
}

static void task(nrf_device *d, unsigned n) {
    rtc *r = (rtc *)d;
    switch (n) {
    case TASKS_START:
        if (r->started) return;
        r->started = true;
        rebase(r, r->base_count);
        break;
    case TASKS_STOP:
        if (!r->started) return;
        r->base_count = counter(r);
        r->started = false;
        break;
    case TASKS_CLEAR: rebase(r, 0); break;
    case TASKS_TRIGOVRFLW: rebase(r, 0xFFFFF0u); break;
    default: break;
    }
    schedule(r);
}

static void lfclk(nrf_device *d) {
    rtc *r = (rtc *)d;
    uint64_t start = nrf_lfclk_start(d->base.machine);
    if (start == r->lf_start) return;
    /* LFCLK has stopped at this moment: the count stands. (steps() still knows the old start.) */
    uint32_t value = counter(r);
    r->lf_start = start;
    rebase(r, value);
    schedule(r);
}

static void enabled(nrf_device *d) { schedule((rtc *)d); }

static uint32_t read(nrf_device *d, uint32_t offset) {
    rtc *r = (rtc *)d;
    if (offset == COUNTER) {
        emu_poll_hint(d->base.machine, counting(r) ? cycle_of_step(r, steps(r) + 1) : UINT64_MAX);
        return counter(r);
    }
    if (offset == PRESCALER) return r->prescaler;
    if (offset >= CC && offset < CC + 4 * r->cc_count) return r->cc[(offset - CC) / 4];
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    rtc *r = (rtc *)d;
    if (offset == PRESCALER) {
        if (!r->started) r->prescaler = value & 0xFFFu; /* writable only while stopped */
    } else if (offset >= CC && offset < CC + 4 * r->cc_count) {
        r->cc[(offset - CC) / 4] = value & MASK;
        schedule(r);
    } else if (offset != COUNTER) {
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rtc *r = (rtc *)d;
    (void)kind;
    emu_cancel(d, EVENT_NEXT);
    nrf_reset(&r->nrf);
    r->started = false;
    r->prescaler = r->base_count = 0;
    r->base_tick = 0;
    r->lf_start = nrf_lfclk_start(d->machine);
    for (unsigned i = 0; i < CC_MAX; i++) r->cc[i] = 0;
}

#define SPEC(count)                                                                                                                        \
    {.tasks = 0xFu,                                                                                                                        \
     .events = 3u | ((1u << (count)) - 1) << EVENTS_COMPARE0,                                                                              \
     .has_evten = true,                                                                                                                    \
     .power_gated = true,                                                                                                                  \
     .task = task,                                                                                                                         \
     .read = read,                                                                                                                         \
     .write = write,                                                                                                                       \
     .lfclk = lfclk,                                                                                                                       \
     .enabled = enabled}
static const nrf_spec specs[CC_MAX + 1] = {SPEC(0), SPEC(1), SPEC(2), SPEC(3), SPEC(4)};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"cc", NULL};
    rtc *r = (rtc *)d;
    uint64_t cc = emu_param_value(params, count, "cc", 4);
    if (cc < 1 || cc > CC_MAX) {
        snprintf(error, EMU_ERROR_MAX, "device %s: cc must be 1..%d", d->name, CC_MAX);
        return false;
    }
    r->cc_count = (unsigned)cc;
    r->lf_start = UINT64_MAX;
    r->nrf.spec = &specs[r->cc_count];
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_rtc = {
    .type = "nrf5.rtc",
    .struct_size = sizeof(rtc),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
