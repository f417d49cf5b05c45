/* SPDX-License-Identifier: Apache-2.0 */
/* RNG (RM0090, RM0351, "Random number generator"): a fixed sequence for each seed. */
#include "devices/stm32/stm32.h"

enum { CR = 0x00, SR = 0x04, DR = 0x08 };
enum { RNGEN = 1u << 2, IE = 1u << 3, DRDY = 1u << 0 };
enum { NUMBER_NS = 833 }; /* 40 periods of 48 MHz */

typedef struct {
    stm32_device dev;
    uint64_t seed, state;
    uint32_t cr, number;
    bool ready;
} rng;

static void update(rng *r) { stm32_irq(&r->dev, r->dev.base.irq, r->ready && r->cr & IE); }

static uint32_t read(stm32_device *d, uint32_t offset) {
    rng *r = (rng *)d;
    switch (offset) {
    case CR: return r->cr;
    case SR: stm32_poll_hint(d); return r->ready ? DRDY : 0;
    case DR:
        if (!r->ready) return 0;
        r->ready = false;
        if (r->cr & RNGEN) emu_schedule_ns(&d->base, 0, NUMBER_NS);
        update(r);
        return r->number;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    rng *r = (rng *)d;
    if (offset == CR) {
        uint32_t old = r->cr;
        r->cr = stm32_merge(r->cr, value, lanes & 0x2Cu);
        if (r->cr & ~old & RNGEN && !r->ready) emu_schedule_ns(&d->base, 0, NUMBER_NS);
        if (!(r->cr & RNGEN)) emu_cancel(&d->base, 0);
        update(r);
    } else if (offset != SR) {
        stm32_no_register(d, offset, value, true);
    }
}

static void event(emu_device *d, uint32_t id) {
    rng *r = (rng *)d;
    (void)id;
    r->state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    uint64_t x = r->state;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    r->number = (uint32_t)((x ^ x >> 31) >> 32);
    r->ready = true;
    update(r);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rng *r = (rng *)d;
    emu_cancel(d, 0);
    if (kind == EMU_RESET_POWER_ON) r->state = r->seed;
    r->cr = r->number = 0;
    r->ready = false;
    update(r);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"seed", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    ((rng *)d)->seed = emu_param_value(params, count, "seed", 1);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_rng = {
    .type = "stm32.rng",
    .struct_size = sizeof(rng),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};
