/* SPDX-License-Identifier: Apache-2.0 */
/* GPIO of STM32F4 and L4 (RM0090 and RM0351, "General-purpose I/Os"). */
#include <stdio.h>

#include "devices/stm32/stm32.h"

enum {
    MODER = 0x00,
    OTYPER = 0x04,
    OSPEEDR = 0x08,
    PUPDR = 0x0C,
    IDR = 0x10,
    ODR = 0x14,
    BSRR = 0x18,
    LCKR = 0x1C,
    AFRL = 0x20,
    AFRH = 0x24,
    BRR = 0x28,  /* L4 */
    ASCR = 0x2C, /* L4 */
};
enum { MODE_INPUT, MODE_OUTPUT, MODE_ALTERNATE, MODE_ANALOG };
enum { LCKK = 1u << 16 };

typedef struct {
    stm32_port p;
    uint32_t moder, otyper, ospeedr, pupdr, odr, lckr, afr[2], ascr;
    uint32_t reset_moder, reset_ospeedr, reset_pupdr;
    unsigned lock_step; /* writes of the lock sequence so far */
    bool has_brr;
} gpio;

static unsigned mode(const gpio *g, unsigned bit) { return g->moder >> 2 * bit & 3u; }

static int alternate(const stm32_port *p, unsigned bit) {
    const gpio *g = (const gpio *)p;
    return mode(g, bit) == MODE_ALTERNATE ? (int)(g->afr[bit / 8] >> 4 * (bit % 8) & 15u) : STM32_AF_NONE;
}

static void refresh(stm32_port *p, unsigned bit) {
    static const emu_pull pulls[4] = {EMU_PULL_NONE, EMU_PULL_UP, EMU_PULL_DOWN, EMU_PULL_NONE};
    const gpio *g = (const gpio *)p;
    emu_machine *m = p->dev.base.machine;
    unsigned pin = p->port * 32 + bit;
    emu_level level = EMU_FLOAT;
    emu_pull pull = pulls[g->pupdr >> 2 * bit & 3u];
    switch (mode(g, bit)) {
    case MODE_OUTPUT: level = g->odr >> bit & 1u ? EMU_HIGH : EMU_LOW; break;
    case MODE_ALTERNATE: level = stm32_pin_driven(m, pin, alternate(p, bit)); break;
    case MODE_ANALOG: pull = EMU_PULL_NONE; break;
    default: break;
    }
    if (level == EMU_HIGH && g->otyper >> bit & 1u) level = EMU_FLOAT; /* open drain */
    emu_pin_chip(m, pin, level, pull);
}

static void refresh_changed(gpio *g, uint32_t old, uint32_t now, unsigned width) {
    for (unsigned bit = 0; bit < 32 / width && bit < 16; bit++) {
        if ((old ^ now) >> width * bit & ((1u << width) - 1)) refresh(&g->p, bit);
    }
}

static uint32_t input(const gpio *g) {
    uint32_t in = 0;
    for (unsigned bit = 0; bit < 16; bit++) {
        if (mode(g, bit) != MODE_ANALOG && emu_pin_level(g->p.dev.base.machine, g->p.port * 32 + bit) == EMU_HIGH) in |= 1u << bit;
    }
    return in;
}

static uint32_t *plain(gpio *g, uint32_t offset) {
    switch (offset) {
    case MODER: return &g->moder;
    case OTYPER: return &g->otyper;
    case OSPEEDR: return &g->ospeedr;
    case PUPDR: return &g->pupdr;
    case ODR: return &g->odr;
    case AFRL: return &g->afr[0];
    case AFRH: return &g->afr[1];
    case ASCR: return g->has_brr ? &g->ascr : NULL;
    default: return NULL;
    }
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    gpio *g = (gpio *)d;
    const uint32_t *reg = plain(g, offset);
    if (reg) return *reg;
    switch (offset) {
    case IDR: stm32_poll_hint(d); return input(g);
    case LCKR: return g->lckr;
    case BSRR: return 0;
    case BRR:
        if (g->has_brr) return 0;
        break;
    default: break;
    }
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write_odr(gpio *g, uint32_t value) {
    uint32_t old = g->odr;
    g->odr = value & 0xFFFFu;
    refresh_changed(g, old, g->odr, 1);
}

/* A locked pin keeps its configuration until the next reset. */
static uint32_t unlocked(const gpio *g, unsigned width) {
    if (!(g->lckr & LCKK)) return 0xFFFFFFFFu;
    uint32_t mask = 0;
    for (unsigned bit = 0; bit < 16 && width * bit < 32; bit++) {
        if (!(g->lckr >> bit & 1u)) mask |= ((1u << width) - 1) << width * bit;
    }
    return mask;
}

/* LCKK is written 1, 0, 1 with the same pins each time. */
static void write_lock(gpio *g, uint32_t value) {
    bool key = value & LCKK;
    if (g->lckr & LCKK) return;
    if (g->lock_step && (key != (g->lock_step == 2) || (value & 0xFFFFu) != g->lckr)) g->lock_step = 0;
    if (!g->lock_step && !key) return;
    g->lckr = value & 0xFFFFu;
    if (++g->lock_step < 3) return;
    g->lckr |= LCKK;
    g->lock_step = 0;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    gpio *g = (gpio *)d;
    switch (offset) {
    case ODR: write_odr(g, stm32_merge(g->odr, value, lanes)); return;
    case BSRR: write_odr(g, (g->odr & ~(value >> 16)) | (value & 0xFFFFu)); return;
    case BRR:
        if (!g->has_brr) break;
        write_odr(g, g->odr & ~value);
        return;
    case LCKR: write_lock(g, value); return;
    case IDR: return;
    default: break;
    }
    uint32_t *reg = plain(g, offset), old;
    if (!reg) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    old = *reg;
    unsigned width = offset == OTYPER || offset == ASCR ? 1 : offset >= AFRL ? 4 : 2;
    uint32_t open = width == 4 ? unlocked(g, 1) >> (offset == AFRH ? 8 : 0) : unlocked(g, width);
    if (width == 4) { /* spread the eight bits */
        uint32_t spread = 0;
        for (unsigned i = 0; i < 8; i++) spread |= (open >> i & 1u) * 0xFu << 4 * i;
        open = spread;
    }
    *reg = stm32_merge(old, value, lanes & open & (width == 1 ? 0xFFFFu : 0xFFFFFFFFu));
    if (width == 4) {
        for (unsigned i = 0; i < 8; i++)
            if ((old ^ *reg) >> 4 * i & 15u) refresh(&g->p, i + (offset == AFRH ? 8 : 0));
    } else {
        refresh_changed(g, old, *reg, width);
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    gpio *g = (gpio *)d;
    (void)kind;
    g->moder = g->reset_moder;
    g->ospeedr = g->reset_ospeedr;
    g->pupdr = g->reset_pupdr;
    g->otyper = g->odr = g->lckr = g->afr[0] = g->afr[1] = g->ascr = 0;
    g->lock_step = 0;
    for (unsigned bit = 0; bit < 16; bit++) refresh(&g->p, bit);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"port", "moder", "ospeedr", "pupdr", "brr", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    gpio *g = (gpio *)d;
    g->p.port = (uint32_t)emu_param_value(params, count, "port", 0);
    g->p.alternate = alternate;
    g->p.refresh = refresh;
    g->reset_moder = (uint32_t)emu_param_value(params, count, "moder", 0);
    g->reset_ospeedr = (uint32_t)emu_param_value(params, count, "ospeedr", 0);
    g->reset_pupdr = (uint32_t)emu_param_value(params, count, "pupdr", 0);
    g->has_brr = emu_param_value(params, count, "brr", 0) != 0;
    if (g->p.port > 15) {
        snprintf(error, EMU_ERROR_MAX, "device %s: port must be 0 (A) to 15", d->name);
        return false;
    }
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_gpio = {
    .type = "stm32.gpio",
    .struct_size = sizeof(gpio),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};
