/* SPDX-License-Identifier: Apache-2.0 */
/* I2C of F1 and F4 (`stm32.i2c`: RM0008, RM0090, "Inter-integrated circuit interface") and of L4 (`stm32.i2c_v2`: RM0351). As master on a
 * bus with nobody else on it: a start condition is made, the address gets no acknowledge. */
#include "devices/stm32/stm32.h"

enum { EVENT_START, EVENT_ADDRESS, EVENT_STOP };

/* --- F1, F4 ------------------------------------------------------------------------------------------------------------------- */

enum { CR1 = 0x00, CR2 = 0x04, OAR1 = 0x08, OAR2 = 0x0C, DR = 0x10, SR1 = 0x14, SR2 = 0x18, CCR = 0x1C, TRISE = 0x20, FLTR = 0x24 };
enum { PE = 1u << 0, START = 1u << 8, STOP = 1u << 9, SWRST = 1u << 15 };
enum { ITERREN = 1u << 8, ITEVTEN = 1u << 9, ITBUFEN = 1u << 10 };
enum { SB = 1u << 0, TXE = 1u << 7, AF = 1u << 10, SR1_ERRORS = 0xDF00 };
enum { MSL = 1u << 0, BUSY = 1u << 1, TRA = 1u << 2 };

typedef struct {
    stm32_device dev;
    int irq_error;
    uint32_t cr1, cr2, oar1, oar2, sr1, sr2, ccr, trise, fltr;
    bool sr1_was_read;
} i2c;

static void update(i2c *c) {
    stm32_irq(&c->dev, c->dev.base.irq, c->cr2 & ITEVTEN && c->sr1 & SB);
    stm32_irq(&c->dev, c->irq_error, c->cr2 & ITERREN && c->sr1 & SR1_ERRORS);
}

static uint64_t bit_ns(const i2c *c) { /* CCR: standard mode half a period, fast mode a third or a ninth and a sixteenth of it */
    uint32_t clock = stm32_pclk(&c->dev), parts = !(c->ccr >> 15 & 1u) ? 2 : c->ccr >> 14 & 1u ? 25 : 3;
    uint64_t ns = (uint64_t)(c->ccr & 0xFFFu) * parts * 1000000000u / (clock ? clock : 1);
    return ns ? ns : 10000;
}

static void idle(i2c *c) {
    for (uint32_t id = EVENT_START; id <= EVENT_STOP; id++) emu_cancel(&c->dev.base, id);
    c->sr1 = c->sr2 = 0;
    c->cr1 &= ~(uint32_t)(START | STOP);
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    i2c *c = (i2c *)d;
    switch (offset) {
    case CR1: stm32_poll_hint(d); return c->cr1;
    case CR2: return c->cr2;
    case OAR1: return c->oar1;
    case OAR2: return c->oar2;
    case DR: return 0;
    case SR1:
        c->sr1_was_read = true;
        stm32_poll_hint(d);
        return c->sr1;
    case SR2: stm32_poll_hint(d); return c->sr2;
    case CCR: return c->ccr;
    case TRISE: return c->trise;
    case FLTR: return c->fltr;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write_cr1(i2c *c, uint32_t value) {
    emu_device *d = &c->dev.base;
    if (value & SWRST || !(value & PE)) idle(c);
    uint32_t set = value & ~c->cr1;
    c->cr1 = value & 0xFFFBu;
    if (!(value & PE) || value & SWRST) {
        c->cr1 &= ~(uint32_t)(START | STOP);
    } else {
        if (set & START) emu_schedule_ns(d, EVENT_START, bit_ns(c));
        if (set & STOP) emu_schedule_ns(d, EVENT_STOP, bit_ns(c));
    }
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    i2c *c = (i2c *)d;
    (void)lanes;
    switch (offset) {
    case CR1: write_cr1(c, value); break;
    case CR2: c->cr2 = value & 0x1F3Fu; break;
    case OAR1: c->oar1 = value & 0xFFFFu; break;
    case OAR2: c->oar2 = value & 0xFFu; break;
    case DR:
        if (c->sr1 & SB && c->sr1_was_read) { /* the address */
            c->sr1 &= ~(uint32_t)SB;
            if (!(value & 1u)) c->sr2 |= TRA;
            emu_schedule_ns(&d->base, EVENT_ADDRESS, 9 * bit_ns(c));
        }
        c->sr1_was_read = false;
        break;
    case SR1: c->sr1 &= value | ~(uint32_t)SR1_ERRORS; break;
    case SR2: break;
    case CCR: c->ccr = value & 0xCFFFu; break;
    case TRISE: c->trise = value & 0x3Fu; break;
    case FLTR: c->fltr = value & 0x1Fu; break;
    default: stm32_no_register(d, offset, value, true);
    }
    update(c);
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    switch (id) {
    case EVENT_START:
        c->cr1 &= ~(uint32_t)START;
        c->sr1 |= SB;
        c->sr1_was_read = false;
        c->sr2 = MSL | BUSY;
        break;
    case EVENT_ADDRESS: c->sr1 |= AF; break;
    default:
        c->cr1 &= ~(uint32_t)STOP;
        c->sr1 &= ~(uint32_t)(SB | TXE);
        c->sr2 = 0;
    }
    update(c);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    i2c *c = (i2c *)d;
    (void)kind;
    idle(c);
    c->cr1 = c->cr2 = c->oar1 = c->oar2 = c->ccr = c->fltr = 0;
    c->trise = 2;
    c->sr1_was_read = false;
    update(c);
}

static const char *const known[] = {"irq_error", NULL};
static const char *const requests[] = {"TX", "RX", NULL};
static bool requests_dma(stm32_device *d, unsigned request) {
    (void)d;
    (void)request;
    return false; /* nothing is ever acknowledged */
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = read, .write = write, .requests = requests, .requests_dma = requests_dma, .params = known};
    ((i2c *)d)->irq_error = (int)emu_param_value(params, count, "irq_error", (uint64_t)-1);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_i2c = {
    .type = "stm32.i2c",
    .struct_size = sizeof(i2c),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};

/* --- L4 -------------------------------------------------------------------------------------------------------------------------- */

enum {
    V2_CR1 = 0x00,
    V2_CR2 = 0x04,
    V2_OAR1 = 0x08,
    V2_OAR2 = 0x0C,
    V2_TIMINGR = 0x10,
    V2_TIMEOUTR = 0x14,
    V2_ISR = 0x18,
    V2_ICR = 0x1C,
    V2_PECR = 0x20,
    V2_RXDR = 0x24,
    V2_TXDR = 0x28,
};
enum { V2_START = 1u << 13, V2_STOP = 1u << 14 };
enum { V2_TXE = 1u << 0, V2_TXIS = 1u << 1, V2_NACKF = 1u << 4, V2_STOPF = 1u << 5, V2_BUSY = 1u << 15, V2_CLEARED = 0x3F38 };
enum { V2_NACKIE = 1u << 4, V2_STOPIE = 1u << 5 };

typedef struct {
    stm32_device dev;
    int irq_error;
    uint32_t cr1, cr2, isr, kept[4]; /* kept: OAR1, OAR2, TIMINGR, TIMEOUTR */
} i2c_v2;

static void v2_update(i2c_v2 *c) {
    bool on = (c->isr & V2_NACKF && c->cr1 & V2_NACKIE) || (c->isr & V2_STOPF && c->cr1 & V2_STOPIE);
    stm32_irq(&c->dev, c->dev.base.irq, on);
}

/* TIMINGR: (PRESC + 1) * (SCLL + 1 + SCLH + 1) clocks a bit. */
static uint64_t v2_bit_ns(const i2c_v2 *c) {
    uint32_t t = c->kept[2], clock = stm32_pclk(&c->dev);
    return ((t >> 28) + 1ull) * ((t & 0xFFu) + (t >> 8 & 0xFFu) + 2) * 1000000000u / (clock ? clock : 1) + 1;
}

static uint32_t v2_read(stm32_device *d, uint32_t offset) {
    const i2c_v2 *c = (const i2c_v2 *)d;
    stm32_poll_hint(d);
    switch (offset) {
    case V2_CR1: return c->cr1;
    case V2_CR2: return c->cr2;
    case V2_OAR1:
    case V2_OAR2:
    case V2_TIMINGR:
    case V2_TIMEOUTR: return c->kept[(offset - V2_OAR1) / 4];
    case V2_ISR: return c->isr;
    case V2_ICR:
    case V2_PECR:
    case V2_RXDR:
    case V2_TXDR: return 0;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void v2_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    i2c_v2 *c = (i2c_v2 *)d;
    (void)lanes;
    switch (offset) {
    case V2_CR1:
        c->cr1 = value;
        if (!(value & PE)) { /* a software reset */
            emu_cancel(&d->base, EVENT_ADDRESS);
            emu_cancel(&d->base, EVENT_STOP);
            c->isr = V2_TXE;
            c->cr2 &= ~(uint32_t)(V2_START | V2_STOP);
        }
        break;
    case V2_CR2:
        if (!(c->cr1 & PE)) value &= ~(uint32_t)(V2_START | V2_STOP);
        c->cr2 = value | (c->cr2 & V2_START);
        if (value & V2_START && !(c->isr & V2_BUSY)) {
            c->isr |= V2_BUSY;
            emu_schedule_ns(&d->base, EVENT_ADDRESS, 10 * v2_bit_ns(c));
        } else if (value & V2_STOP && !(c->isr & V2_BUSY)) {
            c->cr2 &= ~(uint32_t)V2_STOP;
        }
        break;
    case V2_OAR1:
    case V2_OAR2:
    case V2_TIMINGR:
    case V2_TIMEOUTR: c->kept[(offset - V2_OAR1) / 4] = value; break;
    case V2_ICR: c->isr &= ~(value & V2_CLEARED); break;
    case V2_ISR:
        if (value & V2_TXE) c->isr |= V2_TXE; /* flushes TXDR */
        break;
    case V2_PECR:
    case V2_RXDR:
    case V2_TXDR: break;
    default: stm32_no_register(d, offset, value, true);
    }
    v2_update(c);
}

static void v2_event(emu_device *d, uint32_t id) {
    i2c_v2 *c = (i2c_v2 *)d;
    if (id == EVENT_ADDRESS) { /* no acknowledge: a stop condition follows by itself (RM0351, "I2C master mode") */
        c->cr2 &= ~(uint32_t)V2_START;
        c->isr |= V2_NACKF;
        emu_schedule_ns(d, EVENT_STOP, v2_bit_ns(c));
    } else {
        c->cr2 &= ~(uint32_t)V2_STOP;
        c->isr = (c->isr & ~(uint32_t)V2_BUSY) | V2_STOPF;
    }
    v2_update(c);
}

static void v2_reset(emu_device *d, emu_reset_kind kind) {
    i2c_v2 *c = (i2c_v2 *)d;
    (void)kind;
    for (uint32_t id = EVENT_START; id <= EVENT_STOP; id++) emu_cancel(d, id);
    c->cr1 = c->cr2 = c->kept[0] = c->kept[1] = c->kept[2] = c->kept[3] = 0;
    c->isr = V2_TXE;
    v2_update(c);
}

static bool v2_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {
        .read = v2_read, .write = v2_write, .requests = requests, .requests_dma = requests_dma, .params = known};
    ((i2c_v2 *)d)->irq_error = (int)emu_param_value(params, count, "irq_error", (uint64_t)-1);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_i2c_v2 = {
    .type = "stm32.i2c_v2",
    .struct_size = sizeof(i2c_v2),
    .region_size = 0x400,
    .init = v2_init,
    .link = stm32_link,
    .reset = v2_reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = v2_event,
};
