/* SPDX-License-Identifier: Apache-2.0 */
/* I2C0 (TRM 28), a master on a bus where nobody answers: its list of commands takes its time, what is addressed is not acknowledged, and
 * what is read are ones. As a slave nothing happens. */
#include "devices/esp/esp.h"

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
enum { CTR_TRANS_START = 1 << 5, CTR_FSM_RST = 1 << 10, CTR_CONF_UPGATE = 1 << 11 };
enum { RX_FIFO_RST = 1 << 12, TX_FIFO_RST = 1 << 13 };
enum { INT_RX_WM = 1, INT_TX_WM = 2, INT_END_DETECT = 1 << 3, INT_TRANS_COMPLETE = 1 << 7, INT_TRANS_START = 1 << 9, INT_NACK = 1 << 10 };
enum { INT_TX_OVF = 1 << 11, INT_RX_UDF = 1 << 12, INT_ALL = 0x3FFFF };
enum { OP_WRITE = 1, OP_STOP = 2, OP_READ = 3, OP_END = 4, OP_RSTART = 6 };
enum { COMD_ACK_EN = 1 << 8, COMD_ACK_EXP = 1 << 9 };
#define COMD_DONE (1u << 31)
enum { DEPTH = 32, COMMANDS = 8 };

typedef struct {
    esp_device esp;
    uint32_t tx, rx; /* bytes in the FIFOs: nobody hears the ones, the others are 0xFF */
    bool busy;
    uint32_t outcome; /* raw bits at the end of the list */
    uint32_t raw, ena;
} i2c;

static i2c *self(esp_device *d) { return (i2c *)d; }
static uint32_t plain(const i2c *c, uint32_t offset) { return esp_value(&c->esp, offset); }

static void update(i2c *c) {
    uint32_t conf = plain(c, FIFO_CONF);
    if (c->rx > (conf & 31)) c->raw |= INT_RX_WM;
    if (c->tx < (conf >> 5 & 31)) c->raw |= INT_TX_WM;
    esp_irq(&c->esp, 0, c->raw & c->ena);
}

static uint64_t bits_ns(const i2c *c, uint64_t bits) {
    uint32_t conf = plain(c, CLK_CONF);
    uint64_t hz = (conf >> 20 & 1 ? ESP_RC_FAST_HZ : ESP_XTAL_HZ) / ((conf & 0xFF) + 1);
    return esp_ns(bits * (plain(c, SCL_LOW_PERIOD) + 1 + (plain(c, SCL_HIGH_PERIOD) & 0x1FF) + (plain(c, SCL_HIGH_PERIOD) >> 9 & 0x7F)),
                  hz);
}

static uint32_t take(uint32_t *have, uint32_t want) {
    uint32_t n = want < *have ? want : *have;
    *have -= n;
    return n;
}

/* What the list of commands comes to, and how many bits it takes. */
static void start(i2c *c) {
    uint64_t bits = 0;
    c->outcome = 0;
    for (unsigned i = 0; i < COMMANDS && !c->outcome; i++) {
        uint32_t *command = esp_plain(&c->esp, COMD0 + 4 * i), op = *command >> 11 & 7, bytes = *command & 0xFF;
        if (op == OP_WRITE && *command & COMD_ACK_EN && !(*command & COMD_ACK_EXP)) {
            bits += 9 + 1; /* the first byte is not acknowledged: STOP */
            (void)take(&c->tx, 1);
            c->outcome = INT_NACK | INT_TRANS_COMPLETE;
        } else if (op == OP_WRITE) {
            bits += 9 * take(&c->tx, bytes);
        } else if (op == OP_READ) {
            bits += 9 * bytes;
            c->rx = c->rx + bytes < DEPTH ? c->rx + bytes : DEPTH;
        } else if (op == OP_STOP || op == OP_END) {
            bits += 1;
            c->outcome = op == OP_STOP ? INT_TRANS_COMPLETE : INT_END_DETECT;
        } else if (op == OP_RSTART) {
            bits += 1;
        }
        *command |= COMD_DONE;
    }
    c->raw |= INT_TRANS_START;
    c->busy = true;
    emu_schedule_ns(&c->esp.base, 0, bits_ns(c, bits ? bits : 1));
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    c->busy = false;
    c->raw |= c->outcome;
    update(c);
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    i2c *c = self(d);
    switch (offset) {
    case SR:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = 0xC000 | (c->busy ? 1u << 4 : 0) | (c->outcome & INT_NACK ? 1u : 0) | c->rx << 8 | c->tx << 18;
        return true;
    case FIFO_ST: *value = c->rx << 5 | c->tx << 15; return true;
    case DATA:
        *value = c->rx ? 0xFF : 0;
        if (c->rx)
            c->rx--;
        else
            c->raw |= INT_RX_UDF;
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
        if (c->tx == DEPTH)
            c->raw |= INT_TX_OVF;
        else
            c->tx++;
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
        if (value & CTR_FSM_RST) {
            emu_cancel(&d->base, 0);
            c->busy = false;
        }
        if (value & CTR_TRANS_START) start(c);
    }
    if (offset == FIFO_CONF) {
        if (value & RX_FIFO_RST) c->rx = 0;
        if (value & TX_FIFO_RST) c->tx = 0;
    }
    update(c);
}

static void reset(esp_device *d) {
    i2c *c = self(d);
    emu_cancel(&d->base, 0);
    c->tx = c->rx = c->outcome = c->ena = 0;
    c->raw = INT_TX_WM;
    c->busy = false;
    update(c);
}

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
};
