/* SPDX-License-Identifier: Apache-2.0 */
/* GPIO: both ports (P0 at +0x000, P1 at +0x300) in one block, since they share a page (nRF52833 PS, "GPIO"). */
#include "devices/nrf5/nrf.h"
#include "machine.h"

enum { PORTS = 2, PORT_STRIDE = 0x300 };
enum { /* registers of a port */
       OUT = 0x504,
       OUTSET = 0x508,
       OUTCLR = 0x50C,
       IN = 0x510,
       DIR = 0x514,
       DIRSET = 0x518,
       DIRCLR = 0x51C,
       LATCH = 0x520,
       DETECTMODE = 0x524,
       PIN_CNF = 0x700,
       PIN_CNF_END = 0x780,
};
enum { CNF_DIR = 1u << 0, CNF_INPUT_DISCONNECT = 1u << 1, CNF_RESET = CNF_INPUT_DISCONNECT, CNF_MASK = 0x3070Fu };
enum { SENSE_HIGH = 2, SENSE_LOW = 3 };

typedef struct {
    emu_device base;
    uint32_t out[PORTS];
    uint32_t latch[PORTS];
    uint32_t detectmode[PORTS];
    uint32_t cnf[PORTS * 32];
    int8_t claimed[PORTS * 32]; /* emu_level that a peripheral drives; EMU_FLOAT: the pin is GPIO's */
    uint32_t exists[PORTS];     /* bit n: the chip has pin n */
    bool detect[PORTS];
} gpio;

static bool drives(const gpio *g, unsigned pin, emu_level *level) {
    uint32_t cnf = g->cnf[pin];
    if (!(cnf & CNF_DIR)) return false;
    bool high = g->out[pin / 32] >> (pin % 32) & 1u;
    unsigned drive = cnf >> 8 & 7u;
    if (!high && (drive == 4 || drive == 5)) return false; /* D0S1, D0H1: disconnect for 0 (wired-or) */
    if (high && (drive == 6 || drive == 7)) return false;  /* S0D1, H0D1: disconnect for 1 (wired-and) */
    *level = high ? EMU_HIGH : EMU_LOW;
    return true;
}

static void apply(gpio *g, unsigned pin) {
    if (!(g->exists[pin / 32] >> (pin % 32) & 1u)) return;
    static const emu_pull pulls[4] = {EMU_PULL_NONE, EMU_PULL_DOWN, EMU_PULL_NONE, EMU_PULL_UP};
    emu_level level = EMU_FLOAT;
    if (g->claimed[pin] != EMU_FLOAT)
        level = (emu_level)g->claimed[pin];
    else if (!drives(g, pin, &level))
        level = EMU_FLOAT;
    emu_pin_chip(g->base.machine, pin, level, pulls[g->cnf[pin] >> 2 & 3u]);
}

/* PINx.DETECT, LATCH and the DETECT signal of a port (PS, "GPIO", "Pin sense mechanism"). */
static void update_detect(gpio *g, unsigned port) {
    uint32_t sensed = 0; /* PINx.DETECT */
    for (unsigned i = 0; i < 32; i++) {
        uint32_t sense = g->cnf[port * 32 + i] >> 16 & 3u;
        if (sense < 2) continue;
        bool high = emu_pin_level(g->base.machine, port * 32 + i) == EMU_HIGH;
        if (high == (sense == SENSE_HIGH)) sensed |= 1u << i;
    }
    g->latch[port] |= sensed; /* also set again at once when cleared while the condition holds */
    bool detect = g->detectmode[port] ? g->latch[port] != 0 : sensed != 0;
    bool rises = detect && !g->detect[port];
    g->detect[port] = detect;
    if (rises) {
        nrf_port_event(g->base.machine);
        nrf_power_detect(g->base.machine);
    }
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    gpio *g = (gpio *)d;
    (void)level;
    if (pin < PORTS * 32 && (g->cnf[pin] >> 16 & 2u)) update_detect(g, pin / 32);
}

static uint32_t read_in(const gpio *g, unsigned port) {
    uint32_t in = 0;
    for (unsigned i = 0; i < 32; i++) {
        unsigned pin = port * 32 + i;
        if (!(g->cnf[pin] & CNF_INPUT_DISCONNECT) && emu_pin_level(g->base.machine, pin) == EMU_HIGH) in |= 1u << i;
    }
    return in;
}

static uint32_t read_dir(const gpio *g, unsigned port) {
    uint32_t dir = 0;
    for (unsigned i = 0; i < 32; i++) dir |= (g->cnf[port * 32 + i] & CNF_DIR) << i;
    return dir;
}

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    gpio *g = (gpio *)d;
    unsigned port = offset >= OUT + PORT_STRIDE;
    uint32_t reg = (offset & ~3u) - port * PORT_STRIDE;
    uint32_t value = 0;
    switch (reg) {
    case OUT:
    case OUTSET:
    case OUTCLR: value = g->out[port]; break;
    case IN:
        value = read_in(g, port);
        emu_poll_hint(d->machine, UINT64_MAX);
        break;
    case DIR:
    case DIRSET:
    case DIRCLR: value = read_dir(g, port); break;
    case LATCH: value = g->latch[port]; break;
    case DETECTMODE: value = g->detectmode[port]; break;
    default:
        if (reg >= PIN_CNF && reg < PIN_CNF_END)
            value = g->cnf[port * 32 + (reg - PIN_CNF) / 4];
        else
            emu_log_unmodelled(d->machine, d->base + offset, 0, size, false);
    }
    return size == 4 ? value : value >> (8 * (offset & 3u)) & (size == 1 ? 0xFFu : 0xFFFFu);
}

static void write_out(gpio *g, unsigned port, uint32_t out) {
    uint32_t changed = g->out[port] ^ out;
    g->out[port] = out;
    for (unsigned i = 0; changed; i++, changed >>= 1) {
        if (changed & 1u) apply(g, port * 32 + i);
    }
}

static void write_dir(gpio *g, unsigned port, uint32_t dir) {
    for (unsigned i = 0; i < 32; i++) {
        uint32_t *cnf = &g->cnf[port * 32 + i];
        uint32_t now = (*cnf & ~(uint32_t)CNF_DIR) | (dir >> i & 1u);
        if (now == *cnf) continue;
        *cnf = now;
        apply(g, port * 32 + i);
    }
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    gpio *g = (gpio *)d;
    unsigned port = offset >= OUT + PORT_STRIDE;
    uint32_t reg = (offset & ~3u) - port * PORT_STRIDE;
    value <<= 8 * (offset & 3u);
    switch (reg) {
    case OUT: write_out(g, port, value & g->exists[port]); return;
    case OUTSET: write_out(g, port, (g->out[port] | value) & g->exists[port]); return;
    case OUTCLR: write_out(g, port, g->out[port] & ~value); return;
    case IN: return;
    case DIR: write_dir(g, port, value & g->exists[port]); return;
    case DIRSET: write_dir(g, port, (read_dir(g, port) | value) & g->exists[port]); return;
    case DIRCLR: write_dir(g, port, read_dir(g, port) & ~value); return;
    case LATCH:
        g->latch[port] &= ~value;
        if (g->detectmode[port]) g->detect[port] = false; /* LDETECT goes low for a cycle even when the condition stays */
        update_detect(g, port);
        return;
    case DETECTMODE:
        g->detectmode[port] = value & 1u;
        update_detect(g, port);
        return;
    default: break;
    }
    if (reg >= PIN_CNF && reg < PIN_CNF_END) {
        unsigned pin = port * 32 + (reg - PIN_CNF) / 4;
        if (!(g->exists[port] >> (pin % 32) & 1u)) return;
        g->cnf[pin] = value & CNF_MASK;
        apply(g, pin);
        update_detect(g, port);
        return;
    }
    emu_log_unmodelled(d->machine, d->base + offset, value, size, true);
}

static const emu_device_class *class_of(void);

void nrf_pin_claim(emu_machine *m, unsigned pin, emu_level level) {
    for (unsigned i = 0; i < m->device_count; i++) {
        if (m->devices[i]->cls != class_of() || pin >= PORTS * 32) continue;
        gpio *g = (gpio *)m->devices[i];
        g->claimed[pin] = (int8_t)level;
        apply(g, pin);
    }
}

bool nrf_gpio_detects(emu_machine *m) {
    for (unsigned i = 0; i < m->device_count; i++) {
        if (m->devices[i]->cls != class_of()) continue;
        const gpio *g = (const gpio *)m->devices[i];
        for (unsigned port = 0; port < PORTS; port++)
            if (g->detect[port]) return true;
    }
    return false;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    gpio *g = (gpio *)d;
    (void)kind;
    for (unsigned p = 0; p < PORTS; p++) g->out[p] = g->latch[p] = g->detectmode[p] = g->detect[p] = 0;
    for (unsigned i = 0; i < PORTS * 32; i++) {
        g->cnf[i] = CNF_RESET;
        g->claimed[i] = EMU_FLOAT;
        apply(g, i);
    }
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"p0_pins", "p1_pins", NULL};
    gpio *g = (gpio *)d;
    uint64_t pins[PORTS] = {emu_param_value(params, count, "p0_pins", 32), emu_param_value(params, count, "p1_pins", 0)};
    for (unsigned p = 0; p < PORTS; p++) g->exists[p] = pins[p] >= 32 ? 0xFFFFFFFFu : (1u << pins[p]) - 1;
    for (unsigned i = 0; i < PORTS * 32; i++) {
        g->cnf[i] = CNF_RESET;
        g->claimed[i] = EMU_FLOAT;
    }
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_gpio = {
    .type = "nrf5.gpio",
    .struct_size = sizeof(gpio),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .pin_changed = pin_changed,
};

static const emu_device_class *class_of(void) { return &nrf5_gpio; }
