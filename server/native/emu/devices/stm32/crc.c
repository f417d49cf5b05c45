/* SPDX-License-Identifier: Apache-2.0 */
/* CRC calculation unit (RM0008, RM0090, RM0351, "CRC calculation unit"). */
#include "devices/stm32/stm32.h"

enum { DR = 0x00, IDR = 0x04, CR = 0x08, INIT = 0x10, POL = 0x14 };
enum { CR_RESET = 1u << 0, REV_OUT = 1u << 7 };

typedef struct {
    stm32_device dev;
    bool programmable; /* L4: width, polynomial, initial value, reversal */
    uint32_t dr, idr, cr, init, pol;
} crc;

static unsigned width(const crc *c) {
    static const uint8_t widths[4] = {32, 16, 8, 7};
    return widths[c->cr >> 3 & 3u];
}

static uint32_t mask(const crc *c) { return 0xFFFFFFFFu >> (32 - width(c)); }

static uint32_t reversed(uint32_t value, unsigned bits) {
    uint32_t out = 0;
    for (unsigned i = 0; i < bits; i++) out |= (value >> i & 1u) << (bits - 1 - i);
    return out;
}

/* REV_IN: bits are reversed by byte, halfword or word. */
static uint32_t reversed_input(const crc *c, uint32_t value, unsigned bits) {
    unsigned mode = c->cr >> 5 & 3u, group = mode == 1 ? 8 : mode == 2 ? 16 : 32;
    if (!mode) return value;
    if (group > bits) group = bits;
    uint32_t out = 0;
    for (unsigned at = 0; at < bits; at += group) out |= reversed(value >> at & (0xFFFFFFFFu >> (32 - group)), group) << at;
    return out;
}

static void feed(crc *c, uint32_t value, unsigned bits) {
    value = reversed_input(c, value, bits);
    uint32_t top = 1u << (width(c) - 1);
    for (unsigned i = bits; i-- > 0;) {
        bool feedback = ((c->dr & top) != 0) != ((value >> i & 1u) != 0);
        c->dr = (c->dr << 1 ^ (feedback ? c->pol : 0)) & mask(c);
    }
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    const crc *c = (const crc *)d;
    switch (offset) {
    case DR: return c->cr & REV_OUT ? reversed(c->dr, width(c)) : c->dr;
    case IDR: return c->idr;
    case CR: return c->cr;
    case INIT:
        if (c->programmable) return c->init;
        break;
    case POL:
        if (c->programmable) return c->pol;
        break;
    default: break;
    }
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    crc *c = (crc *)d;
    switch (offset) {
    case DR: {
        unsigned bits = c->programmable ? 8u * d->access : 32;
        feed(c, value >> (lanes ? __builtin_ctz(lanes) : 0), bits);
        return;
    }
    case IDR: c->idr = value & 0xFFu; return;
    case CR:
        if (c->programmable) c->cr = value & 0xF8u;
        if (value & CR_RESET) c->dr = c->init & mask(c);
        return;
    case INIT:
        if (!c->programmable) break;
        c->init = c->dr = value;
        return;
    case POL:
        if (!c->programmable) break;
        c->pol = value;
        return;
    default: break;
    }
    stm32_no_register(d, offset, value, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    crc *c = (crc *)d;
    (void)kind;
    c->dr = c->init = 0xFFFFFFFFu;
    c->pol = 0x04C11DB7u;
    c->idr = c->cr = 0;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"programmable", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    ((crc *)d)->programmable = emu_param_value(params, count, "programmable", 0) != 0;
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_crc = {
    .type = "stm32.crc",
    .struct_size = sizeof(crc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};
