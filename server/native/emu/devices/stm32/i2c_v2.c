/* SPDX-License-Identifier: Apache-2.0 */
/* I2C of L4, and FMPI2C of some F4 (`stm32.i2c_v2`: RM0351 39), as master; it counts the bytes of a transfer by itself. As slave
 * nothing happens. */
#include "devices/stm32/i2c_lines.h"

enum {
    CR1 = 0x00,
    CR2 = 0x04,
    OAR1 = 0x08,
    OAR2 = 0x0C,
    TIMINGR = 0x10,
    TIMEOUTR = 0x14,
    ISR = 0x18,
    ICR = 0x1C,
    PECR = 0x20,
    RXDR = 0x24,
    TXDR = 0x28,
};
enum { PE = 1u << 0, TXDMAEN = 1u << 14, RXDMAEN = 1u << 15 };
enum { RD_WRN = 1u << 10, START = 1u << 13, STOP = 1u << 14, RELOAD = 1u << 24, AUTOEND = 1u << 25 };
enum { TXE = 1u << 0, TXIS = 1u << 1, RXNE = 1u << 2, NACKF = 1u << 4, STOPF = 1u << 5, TC = 1u << 6, TCR = 1u << 7, ARLO = 1u << 9 };
enum { BUSY = 1u << 15, CLEARED = 0x3F38, ERRIE = 1u << 7 };

typedef struct {
    stm32_i2c_lines lines;
    uint32_t cr1, cr2, isr, kept[4]; /* kept: OAR1, OAR2, TIMINGR, TIMEOUTR */
    bool addressing, addressed, refused;
    bool txdr_full, shift_full;
    uint8_t txdr, rxdr, shift, left; /* left: of NBYTES */
} i2c;

/* The enable bits of CR1 are those of ISR, but for TXE; TC and TCR share one, the errors another. */
static void update(i2c *c) {
    bool reads = c->cr2 & RD_WRN, wants = c->addressed && !reads && c->left && !c->txdr_full && !c->refused;
    c->isr = (c->isr & ~(uint32_t)(TXE | TXIS)) | (c->txdr_full ? 0 : (uint32_t)TXE) | (wants ? (uint32_t)TXIS : 0);
    uint32_t told = c->isr | (c->isr & TCR ? (uint32_t)TC : 0);
    stm32_irq(&c->lines.dev, c->lines.dev.base.irq, told & c->cr1 & (TXIS | RXNE | NACKF | STOPF | TC));
    stm32_irq(&c->lines.dev, c->lines.irq_error, c->cr1 & ERRIE && c->isr & ARLO);
    if (c->cr1 & TXDMAEN && c->isr & TXIS) stm32_dma_request(&c->lines.dev, STM32_I2C_TX);
    if (c->cr1 & RXDMAEN && c->isr & RXNE) stm32_dma_request(&c->lines.dev, STM32_I2C_RX);
}

static bool requests_dma(stm32_device *d, unsigned request) {
    const i2c *c = (const i2c *)d;
    return request == STM32_I2C_TX ? c->cr1 & TXDMAEN && c->isr & TXIS : c->cr1 & RXDMAEN && c->isr & RXNE;
}

/* TIMINGR: (PRESC + 1) * (SCLL + 1 + SCLH + 1) clocks a bit. */
static uint64_t quarter_ns(const i2c *c) {
    uint32_t t = c->kept[2], clock = stm32_pclk(&c->lines.dev);
    return ((t >> 28) + 1ull) * ((t & 0xFFu) + (t >> 8 & 0xFFu) + 2) * 250000000u / (clock ? clock : 1) + 1;
}

static void idle(i2c *c) {
    c->isr = 0;
    c->cr2 &= ~(uint32_t)(START | STOP);
    c->addressing = c->addressed = c->refused = c->txdr_full = c->shift_full = false;
    c->left = 0;
    stm32_i2c_let_go(&c->lines);
}

static void begin(i2c *c, emu_i2c_what what, uint8_t byte, bool ack) { stm32_i2c_begin(&c->lines, what, byte, ack, quarter_ns(c)); }

/* Nothing is under way: what is next. With nothing to do, the clock stays low. */
static void go_on(i2c *c) {
    if (c->lines.under_way || !(c->cr1 & PE)) return;
    if (c->cr2 & START) {
        c->isr = (c->isr & ~(uint32_t)(TC | TCR)) | BUSY;
        c->addressed = c->refused = c->shift_full = false;
        c->left = (uint8_t)(c->cr2 >> 16);
        begin(c, EMU_I2C_START, 0, false);
    } else if (!(c->isr & BUSY)) {
        c->cr2 &= ~(uint32_t)STOP;
    } else if (c->cr2 & STOP || c->refused) {
        begin(c, EMU_I2C_STOP, 0, false);
    } else if (!c->addressed) {
        return;
    } else if (!c->left && c->cr2 & RELOAD) {
        c->isr |= TCR;
    } else if (!c->left && c->cr2 & AUTOEND) {
        begin(c, EMU_I2C_STOP, 0, false);
    } else if (!c->left) {
        c->isr |= TC;
    } else if (c->cr2 & RD_WRN) {
        if (!c->shift_full) begin(c, EMU_I2C_READ, 0, c->left > 1 || c->cr2 & RELOAD);
    } else if (c->txdr_full) {
        c->txdr_full = false;
        c->left--;
        begin(c, EMU_I2C_WRITE, c->txdr, false);
    }
}

static void received(i2c *c) {
    c->left--;
    if (c->isr & RXNE) {
        c->shift = c->lines.pins.byte;
        c->shift_full = true;
    } else {
        c->rxdr = c->lines.pins.byte;
        c->isr |= RXNE;
    }
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    stm32_i2c_progress progress = stm32_i2c_step(&c->lines, quarter_ns(c));
    if (progress == STM32_I2C_GOES_ON) return;
    if (progress == STM32_I2C_LOST) {
        idle(c);
        c->isr |= ARLO;
        update(c);
        return;
    }
    switch (c->lines.pins.what) {
    case EMU_I2C_START: /* SADD: of seven bits, from bit 1 on */
        c->addressing = true;
        begin(c, EMU_I2C_WRITE, (uint8_t)((c->cr2 & 0xFEu) | (c->cr2 & RD_WRN ? 1u : 0)), false);
        break;
    case EMU_I2C_WRITE:
        if (c->addressing) c->cr2 &= ~(uint32_t)START;
        c->refused = !c->lines.pins.ack;
        c->addressed = !c->refused;
        c->addressing = false;
        if (c->refused) c->isr |= NACKF; /* a stop condition follows by itself (RM0351 39.4.9) */
        break;
    case EMU_I2C_READ: received(c); break;
    default:
        c->cr2 &= ~(uint32_t)STOP;
        c->isr = (c->isr & ~(uint32_t)(BUSY | TC | TCR)) | STOPF;
        c->addressed = c->refused = false;
        break;
    }
    go_on(c);
    update(c);
}

/* --- registers */

static uint32_t read_rxdr(i2c *c) {
    uint32_t byte = c->rxdr;
    if (c->shift_full)
        c->rxdr = c->shift;
    else
        c->isr &= ~(uint32_t)RXNE;
    c->shift_full = false;
    go_on(c);
    update(c);
    return byte;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    i2c *c = (i2c *)d;
    switch (offset) {
    case CR1: return c->cr1;
    case CR2: stm32_poll_hint(d); return c->cr2;
    case OAR1:
    case OAR2:
    case TIMINGR:
    case TIMEOUTR: return c->kept[(offset - OAR1) / 4];
    case ISR: stm32_poll_hint(d); return c->isr;
    case RXDR: return read_rxdr(c);
    case TXDR: return c->txdr;
    case ICR:
    case PECR: return 0;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write_cr2(i2c *c, uint32_t value) {
    if (!(c->cr1 & PE)) value &= ~(uint32_t)(START | STOP);
    c->cr2 = value | (c->cr2 & START);
    if (c->isr & TCR && value >> 16 & 0xFFu) { /* the next bytes of the same transfer */
        c->isr &= ~(uint32_t)TCR;
        c->left = (uint8_t)(value >> 16);
    }
    go_on(c);
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    i2c *c = (i2c *)d;
    (void)lanes;
    switch (offset) {
    case CR1:
        if (!(value & PE) || !(c->cr1 & PE)) idle(c); /* without PE a software reset */
        c->cr1 = value;
        stm32_i2c_enable(&c->lines, value & PE);
        break;
    case CR2: write_cr2(c, value); break;
    case OAR1:
    case OAR2:
    case TIMINGR:
    case TIMEOUTR: c->kept[(offset - OAR1) / 4] = value; break;
    case ICR: c->isr &= ~(value & CLEARED); break;
    case ISR:
        if (value & TXE) c->txdr_full = false; /* flushes TXDR */
        break;
    case TXDR:
        c->txdr = (uint8_t)value;
        c->txdr_full = true;
        go_on(c);
        break;
    case PECR:
    case RXDR: break;
    default: stm32_no_register(d, offset, value, true);
    }
    update(c);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    i2c *c = (i2c *)d;
    (void)kind;
    c->cr1 = c->cr2 = c->kept[0] = c->kept[1] = c->kept[2] = c->kept[3] = 0;
    stm32_i2c_enable(&c->lines, false);
    idle(c);
    update(c);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = read,
                                    .write = write,
                                    .signals = stm32_i2c_signals,
                                    .signal_level = stm32_i2c_level,
                                    .requests = stm32_i2c_requests,
                                    .requests_dma = requests_dma,
                                    .params = stm32_i2c_params};
    return stm32_i2c_init((stm32_i2c_lines *)d, &spec, params, count, error);
}

const emu_device_class stm32_i2c_v2 = {
    .type = "stm32.i2c_v2",
    .struct_size = sizeof(i2c),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};
