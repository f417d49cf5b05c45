/* SPDX-License-Identifier: Apache-2.0 */
/* SPI2, GP-SPI (TRM 27), as a master with the data in its registers W0 to W15. Nothing is on the bus: what comes in is the level of the pin
 * that MISO is led to, or what goes out when that is the same pin. Transfers by DMA and the slave take their registers and do nothing more.
 */
#include "devices/esp/esp.h"

#include <string.h>

enum {
    CMD = 0x00,
    CLOCK = 0x0C,
    USER = 0x10,
    USER1 = 0x14,
    USER2 = 0x18,
    MS_DLEN = 0x1C,
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
#define USER_COMMAND (1u << 31)
#define CLK_EQU_SYSCLK (1u << 31)
enum { WORDS = 16, MOST_BYTES = 1 << 15, DMA_RX_ENA = 1 << 27, DMA_TX_ENA = 1 << 28 };

typedef struct {
    esp_device esp;
    emu_device *gpio, *gdma;
    uint32_t raw, ena;
    bool busy;
} spi2;

static spi2 *self(esp_device *d) { return (spi2 *)d; }
static uint32_t plain(const spi2 *s, uint32_t offset) { return esp_value(&s->esp, offset); }
static void update_irq(spi2 *s) { esp_irq(&s->esp, 0, s->raw & s->ena); }

static uint64_t bits_ns(const spi2 *s, uint64_t bits) {
    uint32_t clock = plain(s, CLOCK);
    uint64_t hz = plain(s, CLK_GATE) & 4 ? 80000000 : ESP_XTAL_HZ;
    return esp_ns(clock & CLK_EQU_SYSCLK ? bits : bits * ((clock >> 18 & 15) + 1) * ((clock >> 12 & 63) + 1), hz);
}

static void start(spi2 *s) {
    uint32_t user = plain(s, USER), data = (plain(s, MS_DLEN) & 0x3FFFF) + 1;
    uint64_t bits = 0;
    if (user & USER_COMMAND) bits += (plain(s, USER2) >> 28) + 1;
    if (user & USER_ADDR) bits += (plain(s, USER1) >> 27) + 1;
    if (user & USER_DUMMY) bits += (plain(s, USER1) & 0xFF) + 1;
    if (user & (USER_MOSI | USER_MISO)) bits += user & USER_DOUTDIN || !(user & USER_MOSI) || !(user & USER_MISO) ? data : 2 * data;
    s->busy = true;
    emu_schedule_ns(&s->esp.base, 0, bits_ns(s, bits ? bits : 1));
}

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

static void event(emu_device *d, uint32_t id) {
    spi2 *s = (spi2 *)d;
    uint32_t user = plain(s, USER), bytes = ((plain(s, MS_DLEN) & 0x3FFFF) + 8) / 8;
    (void)id;
    if (user & USER_MISO && s->gpio) {
        int source = esp_signal_source(s->gpio, ESP_SIG_FSPIQ);
        bool same = user & USER_DOUTDIN && source >= 0 && esp_signal_pins(s->gpio, ESP_SIG_FSPID) >> source & 1;
        if (!same) memset(esp_plain(&s->esp, W0), esp_signal_in(s->gpio, ESP_SIG_FSPIQ) ? 0xFF : 0, bytes < 4 * WORDS ? bytes : 4 * WORDS);
    }
    move_by_dma(s, bytes);
    s->busy = false;
    s->raw |= TRANS_DONE;
    update_irq(s);
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
    update_irq(s);
}

static void link(emu_device *d) { ((spi2 *)d)->gpio = emu_device_by_name(d->machine, "GPIO"); }

static const esp_register registers[] = {{CMD, 1, 0, 0x0183FFFF},
                                         {0x04, 1, 0, ~0u},
                                         {0x08, 1, 0x003C0000, ~0u},
                                         {CLOCK, 1, 0x80003043, ~0u},
                                         {USER, 1, 0x800000C0, ~0u},
                                         {USER1, 1, 0xB8410007, ~0u},
                                         {USER2, 1, 0x78000000, ~0u},
                                         {MS_DLEN, 1, 0, 0x3FFFF},
                                         {0x20, 1, 0x3E, ~0u},
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
