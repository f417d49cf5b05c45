/* SPDX-License-Identifier: Apache-2.0 */
/* I2C0 (TRM 28) as a master: it works through its list of commands bit by bit, on the pins that the GPIO matrix leads its lines to. A byte
 * that is not acknowledged as it was to be ends the list with a stop condition. A line that is led nowhere has the level that the
 * controller gives it. As a slave nothing happens. */
#include "devices/esp/esp.h"
#include "devices/i2c_master.h"

enum {
    SCL_LOW_PERIOD = 0x00,
    CTR = 0x04,
    SR = 0x08,
    TO = 0x0C,
    FIFO_ST = 0x14,
    FIFO_CONF = 0x18,
    DATA = 0x1C,
    INT_RAW = 0x20,
    INT_CLR = 0x24,
    INT_ENA = 0x28,
    INT_STATUS = 0x2C,
    SCL_HIGH_PERIOD = 0x38,
    CLK_CONF = 0x54,
    COMD0 = 0x58,
    DATE = 0xF8,
};
enum { CTR_TRANS_START = 1 << 5, CTR_ARBITRATION_EN = 1 << 9, CTR_FSM_RST = 1 << 10, CTR_CONF_UPGATE = 1 << 11 };
enum { SR_RESP_REC = 1, SR_ARB_LOST = 1 << 3, SR_BUS_BUSY = 1 << 4 };
enum { RX_FIFO_RST = 1 << 12, TX_FIFO_RST = 1 << 13 };
enum { INT_RX_WM = 1, INT_TX_WM = 2, INT_RX_OVF = 4, INT_END_DETECT = 1 << 3, INT_BYTE_DONE = 1 << 4, INT_ARBITRATION_LOST = 1 << 5 };
enum { INT_TX_UDF = 1 << 6, INT_TRANS_COMPLETE = 1 << 7, INT_TRANS_START = 1 << 9, INT_NACK = 1 << 10 };
enum { INT_TX_OVF = 1 << 11, INT_RX_UDF = 1 << 12, INT_ALL = 0x3FFFF };
enum { OP_WRITE = 1, OP_STOP = 2, OP_READ = 3, OP_END = 4, OP_RSTART = 6 };
enum { COMD_ACK_EN = 1 << 8, COMD_ACK_EXP = 1 << 9, COMD_ACK_VALUE = 1 << 10 };
#define COMD_DONE (1u << 31)
enum { DEPTH = 32, COMMANDS = 8 };

typedef struct {
    uint8_t bytes[DEPTH];
    uint8_t first, count;
} fifo;

typedef struct {
    esp_device esp;
    emu_device *gpio;
    fifo tx, rx;
    uint8_t at, left; /* the command under way, and the bytes that it has left */
    bool busy, stopping /* after an error */, refused /* the last byte */, lost;
    emu_i2c_master pins;
    uint32_t raw, ena;
} i2c;

static i2c *self(esp_device *d) { return (i2c *)d; }
static uint32_t plain(const i2c *c, uint32_t offset) { return esp_value(&c->esp, offset); }

static bool put(fifo *f, uint8_t byte) {
    if (f->count == DEPTH) return false;
    f->bytes[(f->first + f->count++) % DEPTH] = byte;
    return true;
}

static uint8_t take(fifo *f) {
    uint8_t byte = f->bytes[f->first];
    f->first = (f->first + 1) % DEPTH;
    f->count--;
    return byte;
}

static void update(i2c *c) {
    uint32_t conf = plain(c, FIFO_CONF);
    if (c->rx.count > (conf & 31)) c->raw |= INT_RX_WM;
    if (c->tx.count < (conf >> 5 & 31)) c->raw |= INT_TX_WM;
    esp_irq(&c->esp, 0, c->raw & c->ena);
}

static uint64_t quarter_ns(const i2c *c) {
    uint32_t conf = plain(c, CLK_CONF), high = plain(c, SCL_HIGH_PERIOD);
    uint64_t hz = (conf >> 20 & 1 ? ESP_RC_FAST_HZ : ESP_XTAL_HZ) / ((conf & 0xFF) + 1);
    return esp_ns(plain(c, SCL_LOW_PERIOD) + 1 + (high & 0x1FF) + (high >> 9 & 0x7F), 4 * hz);
}

/* --- the lines: open drain */

static bool level(const i2c *c, unsigned signal, bool mine) {
    return !c->gpio || esp_signal_source(c->gpio, signal) < 0 ? mine : esp_signal_in(c->gpio, signal);
}

static void show(i2c *c) {
    if (!c->gpio) return;
    esp_signal_drive(c->gpio, ESP_SIG_I2C_SDA, c->pins.sda, !c->pins.sda);
    esp_signal_drive(c->gpio, ESP_SIG_I2C_SCL, c->pins.scl, !c->pins.scl);
}

static void let_go(i2c *c) {
    emu_cancel(&c->esp.base, 0);
    c->busy = c->stopping = false;
    c->pins = (emu_i2c_master){.scl = true, .sda = true};
    show(c);
}

/* --- the list of commands */

static uint32_t *command(i2c *c) { return esp_plain(&c->esp, COMD0 + 4u * c->at); }

static void enter(i2c *c, unsigned at) {
    c->at = (uint8_t)at;
    c->left = at < COMMANDS ? *command(c) & 0xFF : 0;
}

static void next(i2c *c) {
    *command(c) |= COMD_DONE;
    enter(c, c->at + 1u);
}

static void begin(i2c *c, emu_i2c_what what, uint8_t byte, bool ack) {
    emu_i2c_begin(&c->pins, what, byte, ack);
    emu_schedule_ns(&c->esp.base, 0, quarter_ns(c));
}

static void go_on(i2c *c) {
    for (; c->at < COMMANDS; next(c)) {
        uint32_t word = *command(c);
        switch (word >> 11 & 7) {
        case OP_RSTART: begin(c, EMU_I2C_START, 0, false); return;
        case OP_STOP: begin(c, EMU_I2C_STOP, 0, false); return;
        case OP_WRITE:
            if (c->left && !c->tx.count) c->raw |= INT_TX_UDF;
            if (!c->left || !c->tx.count) break;
            c->left--;
            begin(c, EMU_I2C_WRITE, take(&c->tx), false);
            return;
        case OP_READ:
            if (!c->left) break;
            c->left--;
            begin(c, EMU_I2C_READ, 0, !(word & COMD_ACK_VALUE));
            return;
        case OP_END:
            *command(c) |= COMD_DONE;
            c->raw |= INT_END_DETECT;
            c->busy = false; /* the clock stays low */
            return;
        default: break;
        }
    }
    c->busy = false;
}

/* What was begun is over. */
static void over(i2c *c) {
    uint32_t word = *command(c);
    switch (c->pins.what) {
    case EMU_I2C_WRITE:
        c->raw |= INT_BYTE_DONE;
        c->refused = !c->pins.ack;
        if (word & COMD_ACK_EN && c->refused != (bool)(word & COMD_ACK_EXP)) {
            *command(c) |= COMD_DONE;
            c->raw |= INT_NACK;
            c->stopping = true;
            begin(c, EMU_I2C_STOP, 0, false);
            return;
        }
        break;
    case EMU_I2C_READ:
        c->raw |= INT_BYTE_DONE;
        if (!put(&c->rx, c->pins.byte)) c->raw |= INT_RX_OVF;
        break;
    case EMU_I2C_STOP:
        if (!c->stopping) *command(c) |= COMD_DONE;
        c->busy = c->stopping = false;
        c->raw |= INT_TRANS_COMPLETE;
        return;
    default: next(c); break;
    }
    go_on(c);
}

static void start(i2c *c) {
    if (c->busy) return;
    c->busy = true;
    c->refused = c->lost = false;
    c->raw |= INT_TRANS_START;
    enter(c, 0);
    go_on(c);
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    bool scl = level(c, ESP_SIG_I2C_SCL, c->pins.scl), sda = level(c, ESP_SIG_I2C_SDA, c->pins.sda);
    if (plain(c, CTR) & CTR_ARBITRATION_EN && emu_i2c_lost(&c->pins, scl, sda)) {
        let_go(c);
        c->lost = true;
        c->raw |= INT_ARBITRATION_LOST;
    } else {
        bool done = emu_i2c_step(&c->pins, scl, sda);
        show(c);
        if (done)
            over(c);
        else
            emu_schedule_ns(d, 0, quarter_ns(c));
    }
    update(c);
}

/* --- registers */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    i2c *c = self(d);
    switch (offset) {
    case SR:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = 0xC000 | (c->busy ? (uint32_t)SR_BUS_BUSY : 0) | (c->refused ? (uint32_t)SR_RESP_REC : 0) |
                 (c->lost ? (uint32_t)SR_ARB_LOST : 0) | (uint32_t)c->rx.count << 8 | (uint32_t)c->tx.count << 18;
        return true;
    case FIFO_ST: *value = (uint32_t)c->rx.count << 5 | (uint32_t)c->tx.count << 15; return true;
    case DATA:
        if (!c->rx.count) c->raw |= INT_RX_UDF;
        *value = c->rx.count ? take(&c->rx) : 0;
        return true;
    case INT_RAW:
    case INT_STATUS:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == INT_RAW ? c->raw : c->raw & c->ena;
        return true;
    case INT_ENA: *value = c->ena; return true;
    case INT_CLR: *value = 0; return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    i2c *c = self(d);
    switch (offset) {
    case DATA:
        if (!put(&c->tx, (uint8_t)value)) c->raw |= INT_TX_OVF;
        break;
    case INT_CLR: c->raw &= ~value; break;
    case INT_ENA: c->ena = value & INT_ALL; break;
    case SR:
    case FIFO_ST:
    case INT_RAW:
    case INT_STATUS: return true;
    default: return false;
    }
    update(c);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    i2c *c = self(d);
    uint32_t value = plain(c, offset);
    (void)old;
    if (offset == CTR) {
        *esp_plain(d, CTR) = value & ~(uint32_t)(CTR_TRANS_START | CTR_FSM_RST | CTR_CONF_UPGATE);
        if (value & CTR_FSM_RST) let_go(c);
        if (value & CTR_TRANS_START) start(c);
    }
    if (offset == FIFO_CONF) {
        if (value & RX_FIFO_RST) c->rx.count = 0;
        if (value & TX_FIFO_RST) c->tx.count = 0;
    }
    update(c);
}

static void reset(esp_device *d) {
    i2c *c = self(d);
    let_go(c);
    c->tx = c->rx = (fifo){.count = 0};
    c->at = c->left = 0;
    c->refused = c->lost = false;
    c->ena = 0;
    c->raw = INT_TX_WM;
    update(c);
}

static void link(emu_device *d) { ((i2c *)d)->gpio = emu_device_by_name(d->machine, "GPIO"); }

static const esp_register registers[] = {{SCL_LOW_PERIOD, 1, 0, 0x1FF},
                                         {CTR, 1, 0x20B, 0x7FFF},
                                         {TO, 1, 0x10, 0x3F},
                                         {0x10, 1, 0, 0x80007FFF},
                                         {FIFO_CONF, 1, 0x408B, 0x7FFF},
                                         {0x30, 2, 0, 0x1FF},
                                         {SCL_HIGH_PERIOD, 1, 0, 0xFFFF},
                                         {0x40, 4, 8, 0x1FF},
                                         {0x50, 1, 0x300, 0x3FF},
                                         {CLK_CONF, 1, 0x00200000, 0x3FFFFF},
                                         {COMD0, COMMANDS, 0, 0x80003FFF},
                                         {0x78, 2, 0x10, 0x1F},
                                         {0x80, 1, 0, 0xFE}, /* SCL_RST_SLV_EN clears itself: the pulses are made at once */
                                         {0x84, 1, 0, 0x3FFF},
                                         {DATE, 1, 0x20070201, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_i2c = {
    .type = "esp32c3.i2c",
    .struct_size = sizeof(i2c),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .link = link,
};
