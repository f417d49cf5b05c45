/* SPDX-License-Identifier: Apache-2.0 */
/* I2C as a master on a bus where nobody answers: addresses and data are not acknowledged, reads give 0xFF (K64 RM and KL25 RM,
 * "Inter-Integrated Circuit"). Slave mode is not modelled. */
#include <string.h>

#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { A1, F, C1, S, D, C2, FLT, RA, SMB, A2, SLTH, SLTL, REGS };
enum {
    C1_DMAEN = 1u << 0,
    C1_RSTA = 1u << 2,
    C1_TXAK = 1u << 3,
    C1_TX = 1u << 4,
    C1_MST = 1u << 5,
    C1_IICIE = 1u << 6,
    C1_IICEN = 1u << 7
};
enum { S_RXAK = 1u << 0, S_IICIF = 1u << 1, S_ARBL = 1u << 4, S_BUSY = 1u << 5, S_TCF = 1u << 7 };
enum { FLT_STARTF = 1u << 4, FLT_SSIE = 1u << 5, FLT_STOPF = 1u << 6 };
enum { EVENT_BYTE, EVENT_STOP };

typedef struct {
    kin_device kin;
    uint32_t dma;
    uint8_t r[REGS];
} i2c;

/* Dividers of ICR ("I2C divider and hold values") */
static const uint16_t dividers[64] = {20,  22,  24,  26,   28,   30,   34,   40,   28,   32,   36,   40,   44,   48,   56,   68,
                                      48,  56,  64,  72,   80,   88,   104,  128,  80,   96,   112,  128,  144,  160,  192,  240,
                                      160, 192, 224, 256,  288,  320,  384,  480,  320,  384,  448,  512,  576,  640,  768,  960,
                                      640, 768, 896, 1024, 1152, 1280, 1536, 1920, 1280, 1536, 1792, 2048, 2304, 2560, 3072, 3840};

static uint64_t bits(const i2c *c, unsigned count) {
    uint32_t hz = kin_clock(&c->kin, KIN_BUS);
    uint64_t divider = (uint64_t)dividers[c->r[F] & 0x3Fu] << (c->r[F] >> 6 & 3u);
    return hz ? count * divider * emu_clock_hz(kin_machine(&c->kin)) / hz + 1 : 1;
}

static void update(i2c *c) {
    bool bus_event = c->r[FLT] & FLT_SSIE && c->r[FLT] & (FLT_STARTF | FLT_STOPF);
    bool dma = c->r[C1] & C1_DMAEN;
    emu_irq_set(kin_machine(&c->kin), c->kin.base.irq, c->r[C1] & C1_IICIE && ((c->r[S] & S_IICIF && !dma) || bus_event));
}

static void transfer(i2c *c) {
    c->r[S] &= (uint8_t)~S_TCF;
    emu_schedule(&c->kin.base, EVENT_BYTE, emu_now(kin_machine(&c->kin)) + bits(c, 9));
}

static bool master(const i2c *c) { return (c->r[C1] & (C1_IICEN | C1_MST)) == (C1_IICEN | C1_MST); }

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    if (id == EVENT_STOP) {
        c->r[S] &= (uint8_t)~S_BUSY;
        c->r[FLT] |= FLT_STOPF;
    } else {
        c->r[S] |= S_TCF | S_IICIF;
        if (c->r[C1] & C1_TX)
            c->r[S] |= S_RXAK;
        else
            c->r[D] = 0xFF;
        if (c->r[C1] & C1_DMAEN) kin_dma_pulse(&c->kin, c->dma);
    }
    update(c);
}

static void write_c1(i2c *c, uint8_t v) {
    emu_machine *m = kin_machine(&c->kin);
    uint8_t before = c->r[C1];
    c->r[C1] = v & (uint8_t)~C1_RSTA;
    if (!(v & C1_IICEN)) {
        c->r[C1] &= (uint8_t)~C1_MST;
        c->r[S] = S_TCF;
        emu_cancel(&c->kin.base, EVENT_BYTE);
        return;
    }
    if (!(before & C1_MST) && v & C1_MST) { /* START */
        emu_cancel(&c->kin.base, EVENT_STOP);
        c->r[S] |= S_BUSY;
        c->r[FLT] |= FLT_STARTF;
    } else if (before & C1_MST && !(v & C1_MST)) { /* STOP */
        emu_schedule(&c->kin.base, EVENT_STOP, emu_now(m) + bits(c, 1));
    }
}

static uint32_t read(kin_device *d, uint32_t offset) {
    i2c *c = (i2c *)d;
    switch (offset) {
    case S: emu_poll_hint(kin_machine(d), UINT64_MAX); return c->r[S];
    case D:
        if (master(c) && !(c->r[C1] & C1_TX)) transfer(c); /* starts the next byte */
        return c->r[D];
    default: break;
    }
    if (offset < REGS) return c->r[offset];
    kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    i2c *c = (i2c *)d;
    uint8_t v = (uint8_t)value;
    (void)mask;
    switch (offset) {
    case C1: write_c1(c, v); break;
    case S: c->r[S] &= (uint8_t)~(v & (S_ARBL | S_IICIF)); break;
    case D:
        c->r[D] = v;
        if (master(c) && c->r[C1] & C1_TX) transfer(c);
        break;
    case FLT: c->r[FLT] = (uint8_t)((v & 0xAFu) | (c->r[FLT] & ~v & (FLT_STARTF | FLT_STOPF))); break;
    default:
        if (offset < REGS)
            c->r[offset] = v;
        else
            kin_log_write(d, offset, value);
        break;
    }
    update(c);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    i2c *c = (i2c *)d;
    (void)kind;
    memset(c->r, 0, sizeof c->r);
    c->r[S] = S_TCF;
    c->r[A2] = 0xC2;
    update(c);
}

static const char *const known[] = {"dma", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((i2c *)d)->dma = (uint32_t)emu_param_value(params, count, "dma", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_i2c = {
    .type = "kinetis.i2c",
    .struct_size = sizeof(i2c),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
