/* SPDX-License-Identifier: Apache-2.0 */
/* SPI2, GP-SPI (TRM 27), as a master with one data line each way, its data in W0 to W15 or moved by DMA. While its clock is led to a pin
 * every edge is made there and the level of MISO is looked at; else a transfer only takes its time, and what comes in is one level, or what
 * goes out when both are led to the same pin. The slave takes its registers and does nothing more. */
#include "devices/esp/esp.h"
#include "devices/spi_frame.h"

#include <string.h>

enum {
    CMD = 0x00,
    ADDR = 0x04,
    CTRL = 0x08,
    CLOCK = 0x0C,
    USER = 0x10,
    USER1 = 0x14,
    USER2 = 0x18,
    MS_DLEN = 0x1C,
    MISC = 0x20,
    DMA_CONF = 0x30,
    DMA_INT_ENA = 0x34,
    DMA_INT_CLR = 0x38,
    DMA_INT_RAW = 0x3C,
    DMA_INT_ST = 0x40,
    DMA_INT_SET = 0x44,
    W0 = 0x98,
    SLAVE = 0xE0,
    CLK_GATE = 0xE8,
    DATE = 0xF0,
};
enum { CMD_UPDATE = 1 << 23, CMD_USR = 1 << 24, TRANS_DONE = 1 << 12, INT_ALL = 0x1FFFFF };
enum { USER_DOUTDIN = 1, USER_MOSI = 1 << 27, USER_MISO = 1 << 28, USER_DUMMY = 1 << 29, USER_ADDR = 1 << 30 };
enum { USER_CK_OUT_EDGE = 1 << 9, CTRL_RD_LSB_FIRST = 1 << 25, CTRL_WR_LSB_FIRST = 1 << 26, MISC_CK_IDLE_EDGE = 1 << 29 };
enum { CHIP_SELECTS = 6 }; /* MISC: CS_DIS from bit 0, MASTER_CS_POL from bit 7 */
#define USER_COMMAND (1u << 31)
#define CLK_EQU_SYSCLK (1u << 31)
enum { WORDS = 16, MOST_BYTES = 1 << 15, DMA_RX_ENA = 1 << 27, DMA_TX_ENA = 1 << 28 };

typedef enum { PHASE_COMMAND, PHASE_ADDR, PHASE_DUMMY, PHASE_OUT, PHASE_IN, PHASES } phase;

typedef struct {
    esp_device esp;
    emu_device *gpio, *gdma;
    uint32_t raw, ena;
    bool busy, on_pins;
    uint8_t phase;
    uint32_t bits, done; /* of the phase, and of those the ones that are over */
    emu_spi_frame frame; /* up to eight of them */
    uint64_t from;       /* cycle at which the transfer began */
    uint64_t edges;      /* of the clock so far */
} spi2;

static spi2 *self(esp_device *d) { return (spi2 *)d; }
static uint32_t plain(const spi2 *s, uint32_t offset) { return esp_value(&s->esp, offset); }
static void update_irq(spi2 *s) { esp_irq(&s->esp, 0, s->raw & s->ena); }

static uint64_t source_hz(const spi2 *s) { return plain(s, CLK_GATE) & 4 ? 80000000 : ESP_XTAL_HZ; }

static uint32_t divisor(const spi2 *s) {
    uint32_t clock = plain(s, CLOCK);
    return clock & CLK_EQU_SYSCLK ? 1 : ((clock >> 18 & 15) + 1) * ((clock >> 12 & 63) + 1);
}

static uint32_t bits_of(const spi2 *s, unsigned which) {
    uint32_t user = plain(s, USER), data = (plain(s, MS_DLEN) & 0x3FFFF) + 1;
    switch (which) {
    case PHASE_COMMAND: return user & USER_COMMAND ? (plain(s, USER2) >> 28) + 1 : 0;
    case PHASE_ADDR: return user & USER_ADDR ? (plain(s, USER1) >> 27) + 1 : 0;
    case PHASE_DUMMY: return user & USER_DUMMY ? (plain(s, USER1) & 0xFF) + 1 : 0;
    case PHASE_OUT: return user & USER_MOSI ? data : 0;
    default: return user & USER_MISO && !(user & USER_MOSI && user & USER_DOUTDIN) ? data : 0;
    }
}

/* --- on pins: edge by edge */

static void drive(spi2 *s, bool clock, bool data) {
    if (!s->gpio) return;
    uint32_t misc = plain(s, MISC);
    for (unsigned n = 0; n < CHIP_SELECTS; n++) {
        bool active = s->busy && !(misc >> n & 1);
        esp_signal_drive(s->gpio, ESP_SIG_FSPICS0 + n, active == (misc >> (7 + n) & 1), true);
    }
    esp_signal_drive(s->gpio, ESP_SIG_FSPID, data, true);
    esp_signal_drive(s->gpio, ESP_SIG_FSPICLK, clock, true);
}

static uint8_t byte_at(const spi2 *s, uint32_t offset, uint32_t n) { return (uint8_t)(plain(s, offset + (n & ~3u)) >> 8 * (n % 4)); }

/* The byte of the phase from bit `done` on; of the command the low byte goes first, of the address the high one. */
static uint8_t outgoing(spi2 *s) {
    uint32_t n = s->done / 8;
    uint8_t byte = 0;
    if (s->phase == PHASE_COMMAND) return byte_at(s, USER2, n);
    if (s->phase == PHASE_ADDR) return byte_at(s, ADDR, 3 - n);
    if (s->phase != PHASE_OUT) return 0;
    if (!(plain(s, DMA_CONF) & DMA_TX_ENA)) return byte_at(s, W0, n % (4 * WORDS));
    esp_dma_pull(s->gdma, ESP_DMA_SPI2, &byte, 1);
    return byte;
}

static uint8_t turned(uint8_t byte) {
    uint8_t out = 0;
    for (unsigned i = 0; i < 8; i++) out |= (uint8_t)((byte >> i & 1) << (7 - i));
    return out;
}

/* Eight bits are in, or the last ones. Fewer than eight are those that a whole byte begins with. */
static void incoming(spi2 *s) {
    if (s->phase == PHASE_OUT ? (plain(s, USER) & (USER_MISO | USER_DOUTDIN)) != (USER_MISO | USER_DOUTDIN) : s->phase != PHASE_IN) return;
    uint8_t byte = (uint8_t)(s->frame.lsb_first ? s->frame.in : s->frame.in << (8 - s->frame.bits));
    uint32_t n = s->done / 8;
    if (s->frame.lsb_first != (bool)(plain(s, CTRL) & CTRL_RD_LSB_FIRST)) byte = turned(byte);
    if (plain(s, DMA_CONF) & DMA_RX_ENA) {
        esp_dma_push(s->gdma, ESP_DMA_SPI2, &byte, 1, s->done + s->frame.bits == s->bits);
    } else {
        uint32_t *word = esp_plain(&s->esp, W0 + (n & (4 * WORDS - 4)));
        *word = (*word & ~(0xFFu << 8 * (n % 4))) | (uint32_t)byte << 8 * (n % 4);
    }
}

static void next_edge(spi2 *s) {
    uint64_t hz = 2 * source_hz(s), core = emu_clock_hz(s->esp.base.machine);
    emu_schedule(&s->esp.base, 0, s->from + (++s->edges * divisor(s) * core + hz - 1) / hz);
}

/* false: there is nothing more. */
static bool next_frame(spi2 *s) {
    while (s->done == s->bits) {
        if (++s->phase >= PHASES) return false;
        s->bits = bits_of(s, s->phase);
        s->done = 0;
    }
    uint32_t left = s->bits - s->done, bits = left < 8 ? left : 8;
    bool polarity = plain(s, MISC) & MISC_CK_IDLE_EDGE, first = plain(s, CTRL) & CTRL_WR_LSB_FIRST;
    s->frame = (emu_spi_frame){.bits = (uint8_t)bits, .polarity = polarity, .lsb_first = first};
    s->frame.phase = polarity != (bool)(plain(s, USER) & USER_CK_OUT_EDGE);
    s->frame.out = first ? outgoing(s) : outgoing(s) >> (8 - bits);
    drive(s, emu_spi_clock(&s->frame), emu_spi_mosi(&s->frame));
    next_edge(s);
    return true;
}

static void start(spi2 *s) {
    uint64_t bits = 0;
    for (unsigned which = 0; which < PHASES; which++) bits += bits_of(s, which);
    s->busy = true;
    s->on_pins = bits && s->gpio && esp_signal_pins(s->gpio, ESP_SIG_FSPICLK);
    if (!s->on_pins) {
        emu_schedule_ns(&s->esp.base, 0, esp_ns((bits ? bits : 1) * divisor(s), source_hz(s)));
        return;
    }
    s->from = emu_now(s->esp.base.machine);
    s->edges = s->bits = s->done = 0;
    s->phase = PHASE_COMMAND;
    s->bits = bits_of(s, PHASE_COMMAND);
    next_frame(s);
}

static void idle(spi2 *s) { drive(s, plain(s, MISC) & MISC_CK_IDLE_EDGE, s->frame.out & 1); }

static void over(spi2 *s) {
    s->busy = false;
    s->raw |= TRANS_DONE;
    update_irq(s);
}

/* --- led to no pin: all at once */

/* With DMA what goes out comes from memory, and what comes in, all of it the same level, goes there. */
static void move_by_dma(spi2 *s, uint32_t bytes) {
    uint8_t piece[64];
    uint32_t conf = plain(s, DMA_CONF), user = plain(s, USER);
    uint8_t level = s->gpio && esp_signal_in(s->gpio, ESP_SIG_FSPIQ) ? 0xFF : 0;
    for (uint32_t left = conf & DMA_TX_ENA && user & USER_MOSI ? bytes : 0, n; left; left -= n) {
        n = esp_dma_pull(s->gdma, ESP_DMA_SPI2, piece, left < sizeof piece ? left : sizeof piece);
        if (!n) break;
    }
    if (!(conf & DMA_RX_ENA) || !(user & USER_MISO)) return;
    uint8_t received[MOST_BYTES];
    memset(received, level, bytes);
    esp_dma_push(s->gdma, ESP_DMA_SPI2, received, bytes, true);
}

static void move_unseen(spi2 *s) {
    uint32_t user = plain(s, USER), bytes = ((plain(s, MS_DLEN) & 0x3FFFF) + 8) / 8;
    if (user & USER_MISO && s->gpio) {
        int source = esp_signal_source(s->gpio, ESP_SIG_FSPIQ);
        bool same = user & USER_DOUTDIN && source >= 0 && esp_signal_pins(s->gpio, ESP_SIG_FSPID) >> source & 1;
        if (!same) memset(esp_plain(&s->esp, W0), esp_signal_in(s->gpio, ESP_SIG_FSPIQ) ? 0xFF : 0, bytes < 4 * WORDS ? bytes : 4 * WORDS);
    }
    move_by_dma(s, bytes);
}

static void event(emu_device *d, uint32_t id) {
    spi2 *s = (spi2 *)d;
    (void)id;
    if (!s->on_pins) {
        move_unseen(s);
        over(s);
        return;
    }
    bool last = emu_spi_step(&s->frame, esp_signal_in(s->gpio, ESP_SIG_FSPIQ));
    drive(s, emu_spi_clock(&s->frame), emu_spi_mosi(&s->frame));
    if (!last) {
        next_edge(s);
        return;
    }
    incoming(s);
    s->done += s->frame.bits;
    if (next_frame(s)) return;
    over(s);
    idle(s);
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    spi2 *s = self(d);
    switch (offset) {
    case CMD:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = plain(s, CMD) | (s->busy ? (uint32_t)CMD_USR : 0);
        return true;
    case DMA_INT_ENA: *value = s->ena; return true;
    case DMA_INT_RAW:
    case DMA_INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == DMA_INT_RAW ? s->raw : s->raw & s->ena;
        return true;
    case DMA_INT_CLR:
    case DMA_INT_SET: *value = 0; return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    spi2 *s = self(d);
    switch (offset) {
    case DMA_INT_ENA: s->ena = value & INT_ALL; break;
    case DMA_INT_CLR: s->raw &= ~value; break;
    case DMA_INT_RAW: s->raw = value & INT_ALL; break;
    case DMA_INT_SET: s->raw |= value & INT_ALL; break;
    case DMA_INT_ST: return true;
    default: return false;
    }
    update_irq(s);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    (void)old;
    if (offset == MISC && !self(d)->busy) idle(self(d));
    if (offset != CMD) return;
    uint32_t value = esp_value(d, CMD);
    *esp_plain(d, CMD) = value & ~(uint32_t)(CMD_USR | CMD_UPDATE);
    if (value & CMD_USR && !self(d)->busy) start(self(d));
}

static void reset(esp_device *d) {
    spi2 *s = self(d);
    emu_cancel(&d->base, 0);
    s->raw = s->ena = 0;
    s->busy = false;
    s->frame = (emu_spi_frame){.bits = 8};
    update_irq(s);
    idle(s);
}

static void link(emu_device *d) {
    ((spi2 *)d)->gpio = emu_device_by_name(d->machine, "GPIO");
    ((spi2 *)d)->gdma = emu_device_by_name(d->machine, "GDMA");
}

static const esp_register registers[] = {{CMD, 1, 0, 0x0183FFFF},
                                         {ADDR, 1, 0, ~0u},
                                         {CTRL, 1, 0x003C0000, ~0u},
                                         {CLOCK, 1, 0x80003043, ~0u},
                                         {USER, 1, 0x800000C0, ~0u},
                                         {USER1, 1, 0xB8410007, ~0u},
                                         {USER2, 1, 0x78000000, ~0u},
                                         {MS_DLEN, 1, 0, 0x3FFFF},
                                         {MISC, 1, 0x3E, ~0u},
                                         {0x24, 3, 0, ~0u},
                                         {DMA_CONF, 1, 0, 0x1FFFFFFF},
                                         {W0, WORDS, 0, ~0u},
                                         {SLAVE, 1, 0x02800000, 0x17FFFFFF},
                                         {0xE4, 1, 0, ~0u},
                                         {CLK_GATE, 1, 0, 7},
                                         {DATE, 1, 0x02007220, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_spi2 = {
    .type = "esp32c3.spi2",
    .struct_size = sizeof(spi2),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .link = link,
};
