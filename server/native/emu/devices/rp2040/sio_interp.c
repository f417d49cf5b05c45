/* SPDX-License-Identifier: Apache-2.0 */
/* The interpolators of SIO (2.3.1.6): two for each core. */
#include "devices/rp2040/sio.h"

enum {
    ACCUM0 = 0x00,
    ACCUM1 = 0x04,
    BASE0 = 0x08,
    BASE2 = 0x10,
    POP = 0x14,
    PEEK = 0x20,
    CTRL0 = 0x2C,
    CTRL1 = 0x30,
    ADD0 = 0x34,
    ADD1 = 0x38,
    BASE_1AND0 = 0x3C
};
enum {
    SIGNED = 1u << 15,
    CROSS_INPUT = 1u << 16,
    CROSS_RESULT = 1u << 17,
    ADD_RAW = 1u << 18,
    BLEND = 1u << 21, /* interpolator 0 */
    CLAMP = 1u << 22, /* interpolator 1 */
    OVERF0 = 1u << 23,
    OVERF = 1u << 25,
};

static uint32_t input(const rp_interp *p, unsigned lane) { return p->accum[p->ctrl[lane] & CROSS_INPUT ? 1 - lane : lane]; }

static uint32_t shifted(const rp_interp *p, unsigned lane, bool *overflow) {
    uint32_t ctrl = p->ctrl[lane], value = input(p, lane) >> (ctrl & 31);
    unsigned lsb = ctrl >> 5 & 31, msb = ctrl >> 10 & 31;
    uint32_t upto = msb == 31 ? ~0u : (1u << (msb + 1)) - 1;
    *overflow = value & ~upto;
    value &= lsb > msb ? 0 : upto & ~((1u << lsb) - 1);
    if (ctrl & SIGNED && value >> msb & 1) value |= ~upto;
    return value;
}

typedef struct {
    uint32_t masked[2], lane[2], full;
    bool overflow[2];
} results;

static results compute(const rp_interp *p, unsigned number) {
    results r;
    for (unsigned i = 0; i < 2; i++) {
        r.masked[i] = shifted(p, i, &r.overflow[i]);
        r.lane[i] = p->base[i] + (p->ctrl[i] & ADD_RAW ? input(p, i) : r.masked[i]);
    }
    r.full = p->base[2] + r.masked[0] + r.masked[1];
    if (number == 0 && p->ctrl[0] & BLEND) {
        uint32_t alpha = r.masked[1] & 0xFF;
        int64_t from = p->base[0], to = p->base[1];
        if (p->ctrl[1] & SIGNED) {
            from = (int32_t)p->base[0];
            to = (int32_t)p->base[1];
        }
        r.lane[0] = alpha;
        r.lane[1] = (uint32_t)(from + (((to - from) * (int64_t)alpha) >> 8));
        r.full = p->base[2] + r.masked[0];
    }
    if (number == 1 && p->ctrl[0] & CLAMP) {
        uint32_t x = r.masked[0];
        bool below = p->ctrl[0] & SIGNED ? (int32_t)x < (int32_t)p->base[0] : x < p->base[0];
        bool above = p->ctrl[0] & SIGNED ? (int32_t)x > (int32_t)p->base[1] : x > p->base[1];
        r.lane[0] = below ? p->base[0] : above ? p->base[1] : x;
    }
    return r;
}

static uint32_t presented(const rp_interp *p, const results *r, unsigned lane) { /* FORCE_MSB */
    return lane == 2 ? r->full : r->lane[lane] | (p->ctrl[lane] >> 19 & 3) << 28;
}

uint32_t rp_interp_read(rp_interp *p, unsigned number, uint32_t offset) {
    results r = compute(p, number);
    if (offset < BASE0) return p->accum[offset / 4];
    if (offset < POP) return p->base[(offset - BASE0) / 4];
    if (offset < PEEK) {
        uint32_t value = presented(p, &r, (offset - POP) / 4);
        for (unsigned i = 0; i < 2; i++) p->accum[i] = r.lane[p->ctrl[i] & CROSS_RESULT ? 1 - i : i];
        return value;
    }
    if (offset < CTRL0) return presented(p, &r, (offset - PEEK) / 4);
    switch (offset) {
    case CTRL0: {
        uint32_t flags = (uint32_t)r.overflow[0] * OVERF0 | (uint32_t)r.overflow[1] * (OVERF0 << 1);
        return p->ctrl[0] | flags | (flags ? (uint32_t)OVERF : 0);
    }
    case CTRL1: return p->ctrl[1];
    case ADD0: return r.masked[0];
    case ADD1: return r.masked[1];
    default: return 0;
    }
}

void rp_interp_write(rp_interp *p, unsigned number, uint32_t offset, uint32_t value) {
    if (offset < BASE0) {
        p->accum[offset / 4] = value;
    } else if (offset < POP) {
        p->base[(offset - BASE0) / 4] = value;
    } else if (offset == CTRL0) {
        p->ctrl[0] = value & (number == 0 ? 0x003FFFFFu : 0x005FFFFFu);
    } else if (offset == CTRL1) {
        p->ctrl[1] = value & 0x001FFFFFu;
    } else if (offset == ADD0 || offset == ADD1) {
        p->accum[offset == ADD1] += value & 0xFFFFFF;
    } else if (offset == BASE_1AND0) {
        for (unsigned i = 0; i < 2; i++) {
            uint32_t half = value >> 16 * i & 0xFFFF;
            bool blend = number == 0 && p->ctrl[0] & BLEND; /* in blend mode lane 1 says it for both */
            uint32_t ctrl = blend ? p->ctrl[1] : p->ctrl[i];
            p->base[i] = ctrl & SIGNED ? (uint32_t)(int32_t)(int16_t)half : half;
        }
    }
}
