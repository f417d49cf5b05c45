/* SPDX-License-Identifier: Apache-2.0 */
/* I2C of F1 and F4 (`stm32.i2c`: RM0008 26, RM0090 27, "Inter-integrated circuit interface") as master. As slave nothing
 * happens. */
#include "devices/stm32/i2c_lines.h"

enum { CR1 = 0x00, CR2 = 0x04, OAR1 = 0x08, OAR2 = 0x0C, DR = 0x10, SR1 = 0x14, SR2 = 0x18, CCR = 0x1C, TRISE = 0x20, FLTR = 0x24 };
enum { PE = 1u << 0, START = 1u << 8, STOP = 1u << 9, ACK = 1u << 10, POS = 1u << 11, SWRST = 1u << 15 };
enum { ITERREN = 1u << 8, ITEVTEN = 1u << 9, ITBUFEN = 1u << 10, DMAEN = 1u << 11 };
enum { SB = 1u << 0, ADDR = 1u << 1, BTF = 1u << 2, RXNE = 1u << 6, TXE = 1u << 7, ARLO = 1u << 9, AF = 1u << 10, SR1_ERRORS = 0xDF00 };
enum { MSL = 1u << 0, BUSY = 1u << 1, TRA = 1u << 2 };

typedef struct {
    stm32_i2c_lines lines;
    uint32_t cr1, cr2, oar1, oar2, sr1, sr2, ccr, trise, fltr;
    bool sr1_was_read, addressing, refused /* by either side: only a condition may follow */;
    bool ack_next; /* with POS: what the byte that begins next gets */
    uint8_t dr, shift;
    bool dr_full, shift_full;
} i2c;

static void update(i2c *c) {
    bool sends = c->sr2 & TRA && !(c->sr1 & (SB | ADDR)) && c->sr2 & MSL && !c->addressing;
    c->sr1 &= ~(uint32_t)(TXE | RXNE);
    if (sends ? !c->dr_full && !c->refused : false) c->sr1 |= TXE;
    if (!(c->sr2 & TRA) && c->dr_full) c->sr1 |= RXNE;
    bool buffer = c->sr1 & (TXE | RXNE) && c->cr2 & ITBUFEN;
    stm32_irq(&c->lines.dev, c->lines.dev.base.irq, c->cr2 & ITEVTEN && (c->sr1 & (SB | ADDR | BTF) || buffer));
    stm32_irq(&c->lines.dev, c->lines.irq_error, c->cr2 & ITERREN && c->sr1 & SR1_ERRORS);
    if (c->cr2 & DMAEN && c->sr1 & TXE) stm32_dma_request(&c->lines.dev, STM32_I2C_TX);
    if (c->cr2 & DMAEN && c->sr1 & RXNE) stm32_dma_request(&c->lines.dev, STM32_I2C_RX);
}

static bool requests_dma(stm32_device *d, unsigned request) {
    const i2c *c = (const i2c *)d;
    return c->cr2 & DMAEN && c->sr1 & (request == STM32_I2C_TX ? TXE : RXNE);
}

static uint64_t quarter_ns(const i2c *c) { /* CCR: standard mode half a period, fast mode a third or a ninth and a sixteenth of it */
    uint32_t clock = stm32_pclk(&c->lines.dev), parts = !(c->ccr >> 15 & 1u) ? 2 : c->ccr >> 14 & 1u ? 25 : 3;
    uint64_t ns = (uint64_t)(c->ccr & 0xFFFu) * parts * 250000000u / (clock ? clock : 1);
    return ns ? ns : 2500;
}

static void idle(i2c *c) {
    c->sr1 = c->sr2 = 0;
    c->cr1 &= ~(uint32_t)(START | STOP);
    c->addressing = c->refused = c->dr_full = c->shift_full = c->sr1_was_read = false;
    stm32_i2c_let_go(&c->lines);
}

static void begin(i2c *c, emu_i2c_what what, uint8_t byte, bool ack) { stm32_i2c_begin(&c->lines, what, byte, ack, quarter_ns(c)); }

/* Nothing is under way: what is next. With nothing to do, the clock stays low. */
static void go_on(i2c *c) {
    if (c->lines.under_way || !(c->cr1 & PE)) return;
    if (c->cr1 & START && !(c->sr1 & (SB | ADDR))) {
        c->sr1 &= ~(uint32_t)BTF;
        c->sr2 |= MSL | BUSY;
        begin(c, EMU_I2C_START, 0, false);
    } else if (!(c->sr2 & MSL)) {
        c->cr1 &= ~(uint32_t)STOP;
    } else if (c->cr1 & STOP && !(c->sr1 & ADDR)) {
        begin(c, EMU_I2C_STOP, 0, false);
    } else if (c->sr1 & (SB | ADDR) || c->refused) {
        return;
    } else if (c->sr2 & TRA) {
        if (!c->dr_full) return;
        c->dr_full = false;
        c->sr1 &= ~(uint32_t)BTF;
        begin(c, EMU_I2C_WRITE, c->dr, false);
    } else if (!c->shift_full) {
        begin(c, EMU_I2C_READ, 0, c->cr1 & POS ? c->ack_next : c->cr1 & ACK);
    }
}

static void start_over(i2c *c) {
    c->cr1 &= ~(uint32_t)START;
    c->sr1 |= SB;
    c->sr2 = MSL | BUSY;
    c->sr1_was_read = c->refused = c->dr_full = c->shift_full = false;
}

static void written(i2c *c) {
    bool address = c->addressing;
    c->addressing = false;
    if (!c->lines.pins.ack) {
        c->sr1 |= AF;
        c->refused = true;
        c->dr_full = false;
    } else if (address) {
        c->sr1 |= ADDR;
        c->sr1_was_read = false;
        c->ack_next = c->cr1 & ACK;
    } else if (!c->dr_full) {
        c->sr1 |= BTF;
    }
}

static void received(i2c *c) {
    c->refused = !c->lines.pins.ack;
    c->ack_next = c->cr1 & ACK;
    if (c->dr_full) {
        c->shift = c->lines.pins.byte;
        c->shift_full = true;
        c->sr1 |= BTF;
    } else {
        c->dr = c->lines.pins.byte;
        c->dr_full = true;
    }
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    if (c->lines.pins.what == EMU_I2C_READ && c->lines.pins.bit == 8 && !c->lines.pins.quarter && !(c->cr1 & POS))
        c->lines.pins.ack = c->cr1 & ACK;
    stm32_i2c_progress progress = stm32_i2c_step(&c->lines, quarter_ns(c));
    if (progress == STM32_I2C_GOES_ON) return;
    if (progress == STM32_I2C_LOST) {
        idle(c);
        c->sr1 |= ARLO;
        update(c);
        return;
    }
    switch (c->lines.pins.what) {
    case EMU_I2C_START: start_over(c); break;
    case EMU_I2C_WRITE: written(c); break;
    case EMU_I2C_READ: received(c); break;
    default:
        c->cr1 &= ~(uint32_t)STOP;
        c->sr1 &= ~(uint32_t)BTF;
        c->sr2 &= ~(uint32_t)(MSL | BUSY);
        break;
    }
    go_on(c);
    update(c);
}

/* --- registers */

static uint32_t read_dr(i2c *c) {
    uint32_t byte = c->dr;
    if (c->sr2 & TRA) return byte;
    c->dr_full = c->shift_full;
    c->dr = c->shift_full ? c->shift : c->dr;
    c->shift_full = false;
    c->sr1 &= ~(uint32_t)BTF;
    go_on(c);
    update(c);
    return byte;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    i2c *c = (i2c *)d;
    switch (offset) {
    case CR1: stm32_poll_hint(d); return c->cr1;
    case CR2: return c->cr2;
    case OAR1: return c->oar1;
    case OAR2: return c->oar2;
    case DR: return read_dr(c);
    case SR1:
        c->sr1_was_read = true;
        stm32_poll_hint(d);
        return c->sr1;
    case SR2: {
        uint32_t value = c->sr2;
        if (c->sr1 & ADDR && c->sr1_was_read) {
            c->sr1 &= ~(uint32_t)ADDR;
            go_on(c);
            update(c);
        } else {
            stm32_poll_hint(d);
        }
        return value;
    }
    case CCR: return c->ccr;
    case TRISE: return c->trise;
    case FLTR: return c->fltr;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write_cr1(i2c *c, uint32_t value) {
    c->cr1 = value & 0xFFFBu;
    if (!(value & PE) || value & SWRST) idle(c);
    stm32_i2c_enable(&c->lines, value & PE);
    go_on(c);
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
            c->addressing = true;
            begin(c, EMU_I2C_WRITE, (uint8_t)value, false);
        } else if (c->sr2 & TRA && !(c->sr1 & SB)) {
            c->dr = (uint8_t)value;
            c->dr_full = !c->refused;
            c->sr1 &= ~(uint32_t)BTF;
            go_on(c);
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

static void reset(emu_device *d, emu_reset_kind kind) {
    i2c *c = (i2c *)d;
    (void)kind;
    c->cr1 = 0;
    stm32_i2c_enable(&c->lines, false);
    idle(c);
    c->cr2 = c->oar1 = c->oar2 = c->ccr = c->fltr = 0;
    c->trise = 2;
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
