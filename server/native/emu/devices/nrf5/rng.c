/* SPDX-License-Identifier: Apache-2.0 */
/* RNG (nRF52833 PS, "RNG - Random number generator"). Deterministic: xorshift64* from the parameter `seed`, continued over resets. */
#include "devices/nrf5/nrf.h"

enum { TASKS_START, TASKS_STOP };
enum { EVENTS_VALRDY = 0, EVENT_BYTE = 0 };
enum { CONFIG = 0x504, VALUE = 0x508 };
/* Run time per byte without and with bias correction, typical (PS, "RNG", "Electrical specification"). */
#define RAW_US 30u
#define CORRECTED_US 120u

typedef struct {
    nrf_device nrf;
    uint64_t seed, state;
    uint32_t config, value;
    bool running;
} rng;

static void schedule(rng *r) {
    emu_machine *m = r->nrf.base.machine;
    emu_schedule(&r->nrf.base, EVENT_BYTE, emu_now(m) + nrf_us(m, r->config & 1u ? CORRECTED_US : RAW_US));
}

static void task(nrf_device *d, unsigned n) {
    rng *r = (rng *)d;
    if (n == TASKS_START && !r->running) {
        r->running = true;
        schedule(r);
    } else if (n == TASKS_STOP) {
        r->running = false;
        emu_cancel(&d->base, EVENT_BYTE);
    }
}

static void event(emu_device *d, uint32_t id) {
    rng *r = (rng *)d;
    (void)id;
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    r->value = (uint32_t)((r->state * 0x2545F4914F6CDD1DULL) >> 56);
    schedule(r);
    nrf_event(&r->nrf, EVENTS_VALRDY); /* after schedule(): the shortcut to STOP cancels it */
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    rng *r = (rng *)d;
    if (offset == CONFIG) return r->config;
    if (offset == VALUE) return r->value;
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    rng *r = (rng *)d;
    if (offset == CONFIG)
        r->config = value & 1u;
    else if (offset != VALUE)
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rng *r = (rng *)d;
    emu_cancel(d, EVENT_BYTE);
    nrf_reset(&r->nrf);
    r->running = false;
    r->config = r->value = 0;
    if (kind == EMU_RESET_POWER_ON) r->state = r->seed;
}

static const nrf_short shorts[] = {{0, EVENTS_VALRDY, TASKS_STOP}};
static const nrf_spec spec = {
    .tasks = 3u, .events = 1u, .shorts = shorts, .short_count = 1, .power_gated = true, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"seed", NULL};
    rng *r = (rng *)d;
    r->nrf.spec = &spec;
    r->seed = emu_param_value(params, count, "seed", 0) * 0x9E3779B97F4A7C15ULL ^ 0xD1B54A32D192ED03ULL;
    if (r->seed == 0) r->seed = 1; /* xorshift never leaves 0 */
    r->state = r->seed;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_rng = {
    .type = "nrf5.rng",
    .struct_size = sizeof(rng),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
