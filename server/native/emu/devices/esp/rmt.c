/* SPDX-License-Identifier: Apache-2.0 */
/* RMT (TRM 33), the transmitters: pulses from its memory go to the pins, with wrapping, thresholds and loops, as drivers of addressable
 * LEDs and infrared use them. The carrier is not modelled, and the receivers take their registers and hear nothing. */
#include "devices/esp/esp.h"

enum {
    CH0DATA = 0x000,
    CH0_TX_CONF0 = 0x010,
    CH0_RX_CONF0 = 0x018,
    CH0_TX_STATUS = 0x028,
    CH0_RX_STATUS = 0x030,
    INT_RAW = 0x038,
    INT_ST = 0x03C,
    INT_ENA = 0x040,
    INT_CLR = 0x044,
    CH0CARRIER_DUTY = 0x048,
    CH0_TX_LIM = 0x058,
    SYS_CONF = 0x068,
    REF_CNT_RST = 0x070,
    DATE = 0x0CC,
    MEMORY = 0x400,
};
enum { CHANNELS = 2, BLOCK = 48, WORDS = 4 * BLOCK };
enum {
    TX_START = 1 << 0,
    MEM_RD_RST = 1 << 1,
    APB_MEM_RST = 1 << 2,
    TX_CONTI_MODE = 1 << 3,
    MEM_TX_WRAP_EN = 1 << 4,
    IDLE_OUT_LV = 1 << 5,
    IDLE_OUT_EN = 1 << 6,
    TX_STOP = 1 << 7,
    AFIFO_RST = 1 << 23,
    CONF_UPDATE = 1 << 24,
};
enum { LOOP_CNT_EN = 1 << 19, LOOP_COUNT_RESET = 1 << 20 };
enum { INT_TX_END = 0, INT_TX_ERR = 4, INT_TX_THR = 8, INT_TX_LOOP = 12 }; /* numbers of channel 0's bits */

typedef struct {
    esp_device esp;
    emu_device *system, *gpio;
    struct {
        uint32_t at;      /* half entries since the start of its memory */
        uint32_t written; /* words put through CHnDATA */
        uint32_t sent;    /* entries since the last threshold */
        uint32_t loops;
        bool running;
    } ch[CHANNELS];
    uint32_t memory[WORDS];
    uint32_t raw, ena;
} rmt;

static rmt *self(esp_device *d) { return (rmt *)d; }
static uint32_t conf(const rmt *r, unsigned c) { return esp_value(&r->esp, CH0_TX_CONF0 + 4 * c); }
static void update_irq(rmt *r) { esp_irq(&r->esp, 0, r->raw & r->ena); }

static uint64_t ticks_ns(const rmt *r, unsigned c, uint64_t ticks) {
    uint32_t sys = esp_value(&r->esp, SYS_CONF), source = sys >> 24 & 3, a = sys >> 12 & 63, b = sys >> 18 & 63;
    uint64_t hz = source == 1 ? (r->system ? esp_apb_hz(r->system) : 0) : source == 2 ? ESP_RC_FAST_HZ : source == 3 ? ESP_XTAL_HZ : 0;
    uint64_t divider = conf(r, c) >> 8 & 0xFF;
    uint64_t num = (uint64_t)((sys >> 4 & 0xFF) + 1) * (b ? b : 1) + (b ? a : 0), den = b ? b : 1;
    return esp_ns(ticks * (divider ? divider : 256) * num, hz * den);
}

static void drive(rmt *r, unsigned c, bool level) {
    if (r->gpio) esp_signal_drive(r->gpio, ESP_SIG_RMT + c, level, true);
}

static void stop(rmt *r, unsigned c) {
    r->ch[c].running = false;
    emu_cancel(&r->esp.base, c);
    if (conf(r, c) & IDLE_OUT_EN) drive(r, c, conf(r, c) & IDLE_OUT_LV);
}

static uint32_t size_of(const rmt *r, unsigned c) { /* of its memory, in words */
    uint32_t blocks = conf(r, c) >> 16 & 7, most = 4 - c;
    return BLOCK * (blocks == 0 ? 1 : blocks < most ? blocks : most);
}

/* false: no more of it */
static bool at_end_mark(rmt *r, unsigned c) {
    uint32_t limit = esp_value(&r->esp, CH0_TX_LIM + 4 * c);
    if (!(conf(r, c) & TX_CONTI_MODE)) return false;
    r->ch[c].at = 0;
    if (limit & LOOP_CNT_EN && ++r->ch[c].loops == (limit >> 9 & 0x3FF)) {
        r->ch[c].loops = 0;
        r->raw |= 1u << (INT_TX_LOOP + c);
    }
    return true;
}

/* Puts out the next half entry. */
static void go_on(rmt *r, unsigned c) {
    for (unsigned turns = 0; turns < 2; turns++) {
        if (r->ch[c].at >= 2 * size_of(r, c)) { /* it may have become smaller */
            if (!(conf(r, c) & MEM_TX_WRAP_EN)) {
                r->raw |= 1u << (INT_TX_ERR + c);
                break;
            }
            r->ch[c].at = 0;
        }
        uint32_t half = r->memory[BLOCK * c + r->ch[c].at / 2] >> (r->ch[c].at & 1 ? 16 : 0) & 0xFFFF;
        uint64_t ns = ticks_ns(r, c, half & 0x7FFF);
        if (!(half & 0x7FFF)) {
            if (at_end_mark(r, c)) continue;
            r->raw |= 1u << (INT_TX_END + c);
            break;
        }
        drive(r, c, half >> 15);
        if (r->ch[c].at++ & 1 && ++r->ch[c].sent == (esp_value(&r->esp, CH0_TX_LIM + 4 * c) & 0x1FF)) {
            r->ch[c].sent = 0;
            r->raw |= 1u << (INT_TX_THR + c);
        }
        if (ns != ESP_NEVER) emu_schedule_ns(&r->esp.base, c, ns);
        update_irq(r);
        return;
    }
    stop(r, c);
    update_irq(r);
}

static void event(emu_device *d, uint32_t id) { go_on((rmt *)d, id); }

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    rmt *r = self(d);
    if (offset - MEMORY < 4 * WORDS) {
        *value = r->memory[(offset - MEMORY) / 4];
        return true;
    }
    switch (offset) {
    case CH0_TX_STATUS:
    case CH0_TX_STATUS + 4: {
        unsigned c = (offset - CH0_TX_STATUS) / 4;
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = (BLOCK * c + r->ch[c].at / 2) | (r->ch[c].running ? 1u << 9 : 0) | (BLOCK * c + r->ch[c].written) << 12;
        return true;
    }
    case INT_RAW:
    case INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == INT_RAW ? r->raw : r->raw & r->ena;
        return true;
    case INT_ENA: *value = r->ena; return true;
    case INT_CLR:
    case REF_CNT_RST: *value = 0; return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    rmt *r = self(d);
    if (offset - MEMORY < 4 * WORDS) {
        r->memory[(offset - MEMORY) / 4] = value;
        return true;
    }
    switch (offset) {
    case CH0DATA:
    case CH0DATA + 4: {
        unsigned c = (offset - CH0DATA) / 4;
        r->memory[BLOCK * c + r->ch[c].written++ % size_of(r, c)] = value;
        return true;
    }
    case INT_ENA: r->ena = value & 0x3FFF; break;
    case INT_CLR: r->raw &= ~value; break;
    case INT_RAW:
    case INT_ST:
    case REF_CNT_RST:
    case CH0_TX_STATUS:
    case CH0_TX_STATUS + 4: return true;
    default: return false;
    }
    update_irq(r);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    rmt *r = self(d);
    uint32_t value = esp_value(d, offset);
    (void)old;
    if (offset == CH0_TX_LIM || offset == CH0_TX_LIM + 4) {
        if (value & LOOP_COUNT_RESET) r->ch[(offset - CH0_TX_LIM) / 4].loops = 0;
        *esp_plain(d, offset) = value & ~(uint32_t)LOOP_COUNT_RESET;
    }
    if (offset != CH0_TX_CONF0 && offset != CH0_TX_CONF0 + 4) return;
    unsigned c = (offset - CH0_TX_CONF0) / 4;
    *esp_plain(d, offset) = value & ~(uint32_t)(TX_START | MEM_RD_RST | APB_MEM_RST | TX_STOP | AFIFO_RST | CONF_UPDATE);
    if (value & MEM_RD_RST) r->ch[c].at = 0;
    if (value & APB_MEM_RST) r->ch[c].written = 0;
    if (value & TX_STOP && r->ch[c].running) {
        r->raw |= 1u << (INT_TX_END + c);
        stop(r, c);
        update_irq(r);
    }
    if (value & TX_START && !r->ch[c].running) {
        r->ch[c].running = true;
        r->ch[c].sent = 0;
        go_on(r, c);
    } else if (!r->ch[c].running && value & IDLE_OUT_EN) {
        drive(r, c, value & IDLE_OUT_LV);
    }
}

static void reset(esp_device *d) {
    rmt *r = self(d);
    r->raw = r->ena = 0;
    for (unsigned c = 0; c < CHANNELS; c++) {
        emu_cancel(&d->base, c);
        r->ch[c].at = r->ch[c].written = r->ch[c].sent = r->ch[c].loops = 0;
        r->ch[c].running = false;
        drive(r, c, false);
    }
    update_irq(r);
}

static void link(emu_device *d) {
    ((rmt *)d)->system = emu_device_by_name(d->machine, "SYSTEM");
    ((rmt *)d)->gpio = emu_device_by_name(d->machine, "GPIO");
}

static const esp_register registers[] = {{CH0DATA, 4, 0, 0},
                                         {CH0_TX_CONF0, CHANNELS, 0x00710200, 0x01F7FFFF},
                                         {CH0_RX_CONF0, 1, 0x30FFFF02, ~0u},
                                         {0x01C, 1, 0x1E8, 0x3FF9},
                                         {0x020, 1, 0x30FFFF02, ~0u},
                                         {0x024, 1, 0x1E8, 0x3FF9},
                                         {CH0_RX_STATUS, 2, 0, 0},
                                         {CH0CARRIER_DUTY, 2, 0x00400040, ~0u},
                                         {0x050, 2, 0, ~0u},
                                         {CH0_TX_LIM, CHANNELS, 0x80, 0x1FFFFF},
                                         {0x060, 2, 0x80, 0x1FF},
                                         {SYS_CONF, 1, 0x05000010, ~0u},
                                         {0x06C, 1, 0, 7},
                                         {DATE, 1, 0x02006231, 0x0FFFFFFF},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_rmt = {
    .type = "esp32c3.rmt",
    .struct_size = sizeof(rmt),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .link = link,
};
