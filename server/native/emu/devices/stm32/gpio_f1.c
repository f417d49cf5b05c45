/* SPDX-License-Identifier: Apache-2.0 */
/* GPIO and AFIO of STM32F1 (RM0008, "General-purpose and alternate-function I/Os"). */
#include <stdio.h>

#include "devices/stm32/exti.h"
#include "devices/stm32/stm32.h"

/* --- ports -------------------------------------------------------------------------------------------------------------- */

enum { CRL = 0x00, CRH = 0x04, IDR = 0x08, ODR = 0x0C, BSRR = 0x10, BRR = 0x14, LCKR = 0x18 };
enum { LCKK = 1u << 16 };
enum { CNF_ANALOG = 0, CNF_PULL = 2 }; /* of an input */
enum { CNF_OPEN_DRAIN = 1, CNF_ALTERNATE = 2 };

typedef struct {
    stm32_port p;
    uint32_t cr[2], odr, lckr;
    unsigned lock_step; /* writes of the lock sequence so far */
} gpio;

static unsigned mode(const gpio *g, unsigned bit) { return g->cr[bit / 8] >> 4 * (bit % 8) & 3u; } /* 0: input */
static unsigned cnf(const gpio *g, unsigned bit) { return g->cr[bit / 8] >> (4 * (bit % 8) + 2) & 3u; }

static int alternate(const stm32_port *p, unsigned bit) {
    const gpio *g = (const gpio *)p;
    if (mode(g, bit)) return cnf(g, bit) & CNF_ALTERNATE ? STM32_AF_BY_REMAP : STM32_AF_NONE;
    return cnf(g, bit) != CNF_ANALOG ? STM32_AF_BY_REMAP : STM32_AF_NONE; /* peripherals listen to plain inputs */
}

static void refresh(stm32_port *p, unsigned bit) {
    const gpio *g = (const gpio *)p;
    emu_level level = EMU_FLOAT;
    emu_pull pull = EMU_PULL_NONE;
    unsigned pin = p->port * 32 + bit;
    if (!mode(g, bit)) {
        if (cnf(g, bit) == CNF_PULL) pull = g->odr >> bit & 1u ? EMU_PULL_UP : EMU_PULL_DOWN;
    } else {
        level = g->odr >> bit & 1u ? EMU_HIGH : EMU_LOW;
        if (cnf(g, bit) & CNF_ALTERNATE) level = stm32_pin_driven(p->dev.base.machine, pin, STM32_AF_BY_REMAP);
        if (cnf(g, bit) & CNF_OPEN_DRAIN && level == EMU_HIGH) level = EMU_FLOAT;
    }
    emu_pin_chip(p->dev.base.machine, pin, level, pull);
}

static uint32_t input(const gpio *g) {
    uint32_t in = 0;
    for (unsigned bit = 0; bit < 16; bit++) {
        bool analog = !mode(g, bit) && cnf(g, bit) == CNF_ANALOG;
        if (!analog && emu_pin_level(g->p.dev.base.machine, g->p.port * 32 + bit) == EMU_HIGH) in |= 1u << bit;
    }
    return in;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    const gpio *g = (const gpio *)d;
    switch (offset) {
    case CRL:
    case CRH: return g->cr[offset / 4];
    case IDR: stm32_poll_hint(d); return input(g);
    case ODR: return g->odr;
    case LCKR: return g->lckr;
    case BSRR:
    case BRR: return 0;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write_odr(gpio *g, uint32_t value) {
    uint32_t changed = g->odr ^ (value & 0xFFFFu);
    g->odr = value & 0xFFFFu;
    for (unsigned bit = 0; changed >> bit; bit++)
        if (changed >> bit & 1u) refresh(&g->p, bit);
}

static void write_cr(gpio *g, unsigned half, uint32_t value) {
    uint32_t changed = g->cr[half] ^ value;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t field = 0xFu << 4 * i;
        if (!(changed & field) || (g->lckr & LCKK && g->lckr >> (8 * half + i) & 1u)) continue;
        g->cr[half] = (g->cr[half] & ~field) | (value & field);
        refresh(&g->p, 8 * half + i);
    }
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
    (void)lanes; /* RM0008, "GPIO registers": accessed as words; the APB repeats smaller ones */
    switch (offset) {
    case CRL:
    case CRH: write_cr(g, offset / 4, value); break;
    case ODR: write_odr(g, value); break;
    case BSRR: write_odr(g, (g->odr & ~(value >> 16)) | (value & 0xFFFFu)); break;
    case BRR: write_odr(g, g->odr & ~value); break;
    case LCKR: write_lock(g, value); break;
    case IDR: break;
    default: stm32_no_register(d, offset, value, true);
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    gpio *g = (gpio *)d;
    (void)kind;
    g->cr[0] = g->cr[1] = 0x44444444u;
    g->odr = g->lckr = 0;
    g->lock_step = 0;
    for (unsigned bit = 0; bit < 16; bit++) refresh(&g->p, bit);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"port", NULL};
    static const stm32_spec spec = {.read = read, .write = write, .params = known};
    gpio *g = (gpio *)d;
    g->p.port = (uint32_t)emu_param_value(params, count, "port", 0);
    g->p.alternate = alternate;
    g->p.refresh = refresh;
    if (g->p.port > 7) {
        snprintf(error, EMU_ERROR_MAX, "device %s: port must be 0 (A) to 7", d->name);
        return false;
    }
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_f1_gpio = {
    .type = "stm32.f1_gpio",
    .struct_size = sizeof(gpio),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};

/* --- AFIO ----------------------------------------------------------------------------------------------------------------- */

enum { EVCR = 0x00, MAPR = 0x04, EXTICR1 = 0x08, EXTICR4 = 0x14, MAPR2 = 0x1C };

typedef struct {
    stm32_device dev;
    uint32_t reg[8];
} afio;

uint32_t stm32_afio_mapr(const emu_device *d) { return ((const afio *)d)->reg[MAPR / 4]; }

static uint32_t afio_read(stm32_device *d, uint32_t offset) {
    if (offset <= MAPR2) return ((const afio *)d)->reg[offset / 4];
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void afio_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    afio *a = (afio *)d;
    (void)lanes;
    if (offset > MAPR2) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    if (offset == MAPR) value &= ~0x07000000u; /* SWJ_CFG is write-only */
    a->reg[offset / 4] = value;
    for (unsigned pin = 0; offset == MAPR && pin < 8 * 32; pin++) {
        stm32_port *p = pin % 32 < 16 ? stm32_port_of(d->base.machine, pin) : NULL;
        if (p) p->refresh(p, pin % 32);
    }
}

static void afio_reset(emu_device *d, emu_reset_kind kind) {
    afio *a = (afio *)d;
    (void)kind;
    for (unsigned i = 0; i < 8; i++) a->reg[i] = 0;
}

static bool afio_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = afio_read, .write = afio_write};
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_afio = {
    .type = "stm32.afio",
    .struct_size = sizeof(afio),
    .region_size = 0x400,
    .init = afio_init,
    .link = stm32_link,
    .reset = afio_reset,
    .read = stm32_read,
    .write = stm32_write,
};

uint32_t stm32_exti_port(const emu_device *d, unsigned line) { return stm32_exti_field(&((const afio *)d)->reg[EXTICR1 / 4], line); }
