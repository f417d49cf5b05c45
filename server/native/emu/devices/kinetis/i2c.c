/* SPDX-License-Identifier: Apache-2.0 */
/* I2C as a master, bit by bit at its pins (K64 RM and KL25 RM, "Inter-Integrated Circuit"). A line that is led to no pin has the level that
 * the controller gives it. Slave mode is not modelled. */
#include <string.h>

#include "devices/i2c_master.h"
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
enum { SIGNAL_SCL, SIGNAL_SDA }; /* signals of chip files */
enum { EVENT_QUARTER };

typedef struct {
    kin_device kin;
    uint32_t dma;
    uint8_t r[REGS];
    emu_i2c_master pins;
    bool under_way, start, stop, byte; /* a condition or a byte; and what is to come, in this order: start, byte, stop */
} i2c;

/* Dividers of ICR ("I2C divider and hold values") */
static const uint16_t dividers[64] = {20,  22,  24,  26,   28,   30,   34,   40,   28,   32,   36,   40,   44,   48,   56,   68,
                                      48,  56,  64,  72,   80,   88,   104,  128,  80,   96,   112,  128,  144,  160,  192,  240,
                                      160, 192, 224, 256,  288,  320,  384,  480,  320,  384,  448,  512,  576,  640,  768,  960,
                                      640, 768, 896, 1024, 1152, 1280, 1536, 1920, 1280, 1536, 1792, 2048, 2304, 2560, 3072, 3840};

static uint64_t quarter(const i2c *c) {
    uint32_t hz = kin_clock(&c->kin, KIN_BUS);
    uint64_t divider = (uint64_t)dividers[c->r[F] & 0x3Fu] << (c->r[F] >> 6 & 3u);
    return hz ? divider * emu_clock_hz(kin_machine(&c->kin)) / hz / 4 + 1 : 1;
}

static void update(i2c *c) {
    bool bus_event = c->r[FLT] & FLT_SSIE && c->r[FLT] & (FLT_STARTF | FLT_STOPF);
    bool dma = c->r[C1] & C1_DMAEN;
    emu_irq_set(kin_machine(&c->kin), c->kin.base.irq, c->r[C1] & C1_IICIE && ((c->r[S] & S_IICIF && !dma) || bus_event));
}

static bool master(const i2c *c) { return (c->r[C1] & (C1_IICEN | C1_MST)) == (C1_IICEN | C1_MST); }

/* --- lines: open drain */

static emu_level driven(const i2c *c, unsigned signal) { return (signal == SIGNAL_SCL ? c->pins.scl : c->pins.sda) ? EMU_FLOAT : EMU_LOW; }

static void show(const i2c *c) {
    kin_drive(&c->kin, SIGNAL_SDA, driven(c, SIGNAL_SDA));
    kin_drive(&c->kin, SIGNAL_SCL, driven(c, SIGNAL_SCL));
}

static void routed(kin_device *d, const kin_route *route) {
    kin_drive_pin(kin_machine(d), route->pin, driven((const i2c *)d, route->signal));
}

static void begin(i2c *c, emu_i2c_what what, uint8_t byte, bool ack) {
    c->under_way = true;
    emu_i2c_begin(&c->pins, what, byte, ack);
    emu_schedule(&c->kin.base, EVENT_QUARTER, emu_now(kin_machine(&c->kin)) + quarter(c));
}

/* Nothing is under way: what is next. With nothing to do, the clock stays low. */
static void go_on(i2c *c) {
    if (c->under_way) return;
    if (c->start) {
        c->start = false;
        begin(c, EMU_I2C_START, 0, false);
    } else if (c->byte) {
        c->byte = false;
        if (c->r[C1] & C1_TX)
            begin(c, EMU_I2C_WRITE, c->r[D], false);
        else
            begin(c, EMU_I2C_READ, 0, !(c->r[C1] & C1_TXAK));
    } else if (c->stop) {
        c->stop = false;
        begin(c, EMU_I2C_STOP, 0, false);
    }
}

static void transfer(i2c *c) {
    c->r[S] &= (uint8_t)~S_TCF;
    c->byte = true;
    go_on(c);
}

static void let_go(i2c *c) {
    emu_cancel(&c->kin.base, EVENT_QUARTER);
    c->under_way = c->start = c->stop = c->byte = false;
    c->pins = (emu_i2c_master){.scl = true, .sda = true};
    show(c);
}

static void byte_over(i2c *c) {
    bool sent = c->pins.what == EMU_I2C_WRITE;
    c->r[S] = (uint8_t)((c->r[S] & ~S_RXAK) | S_TCF | S_IICIF | (sent && !c->pins.ack ? S_RXAK : 0));
    if (!sent) c->r[D] = c->pins.byte;
    if (c->r[C1] & C1_DMAEN) kin_dma_pulse(&c->kin, c->dma);
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    bool scl = kin_in(&c->kin, SIGNAL_SCL, c->pins.scl), sda = kin_in(&c->kin, SIGNAL_SDA, c->pins.sda);
    if (emu_i2c_lost(&c->pins, scl, sda)) {
        let_go(c);
        c->r[C1] &= (uint8_t)~C1_MST;
        c->r[S] |= S_ARBL | S_IICIF | S_TCF;
    } else {
        bool over = emu_i2c_step(&c->pins, scl, sda);
        show(c);
        if (!over) {
            emu_schedule(d, EVENT_QUARTER, emu_now(kin_machine(&c->kin)) + quarter(c));
            return;
        }
        c->under_way = false;
        if (c->pins.what == EMU_I2C_STOP) {
            c->r[S] &= (uint8_t)~S_BUSY;
            c->r[FLT] |= FLT_STOPF;
        } else if (c->pins.what != EMU_I2C_START) {
            byte_over(c);
        }
        go_on(c);
    }
    update(c);
}

static void write_c1(i2c *c, uint8_t v) {
    uint8_t before = c->r[C1];
    c->r[C1] = v & (uint8_t)~C1_RSTA;
    if (!(v & C1_IICEN)) {
        c->r[C1] &= (uint8_t)~C1_MST;
        c->r[S] = S_TCF;
        let_go(c);
        return;
    }
    if (v & C1_MST && (!(before & C1_MST) || v & C1_RSTA)) { /* START */
        c->start = true;
        c->r[S] |= S_BUSY;
        c->r[FLT] |= FLT_STARTF;
    } else if (before & C1_MST && !(v & C1_MST)) {
        c->stop = true;
    }
    go_on(c);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    i2c *c = (i2c *)d;
    switch (offset) {
    case S: emu_poll_hint(kin_machine(d), UINT64_MAX); return c->r[S];
    case D: {
        uint8_t byte = c->r[D];
        if (master(c) && !(c->r[C1] & C1_TX)) transfer(c); /* starts the next byte */
        return byte;
    }
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
    let_go(c);
    update(c);
}

static const char *const known[] = {"dma", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write, .routed = routed};

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
