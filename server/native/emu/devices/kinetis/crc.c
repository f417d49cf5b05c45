/* SPDX-License-Identifier: Apache-2.0 */
/* CRC of the K64 (K64 RM, "Cyclic Redundancy Check"): 16 or 32 bits, any polynomial, transposition of what is written and read. */
#include "devices/kinetis/kinetis.h"

enum { DATA = 0x0, GPOLY = 0x4, CTRL = 0x8 };
enum { CTRL_TCRC = 1u << 24, CTRL_WAS = 1u << 25, CTRL_FXOR = 1u << 26 };

typedef struct {
    kin_device kin;
    uint32_t data, gpoly, ctrl;
} crc;

static uint8_t mirror(uint8_t v) {
    v = (uint8_t)((v >> 4) | (v << 4));
    v = (uint8_t)((v >> 2 & 0x33u) | (v << 2 & 0xCCu));
    return (uint8_t)((v >> 1 & 0x55u) | (v << 1 & 0xAAu));
}

/* TOT, TOTR: 1 mirrors the bits of each byte, 2 mirrors bits and bytes, 3 only the bytes */
static void transpose(uint8_t bytes[4], unsigned length, unsigned type) {
    for (unsigned i = 0; i < length && (type == 1 || type == 2); i++) bytes[i] = mirror(bytes[i]);
    for (unsigned i = 0; i < length / 2 && type >= 2; i++) {
        uint8_t other = bytes[length - 1 - i];
        bytes[length - 1 - i] = bytes[i];
        bytes[i] = other;
    }
}

static void feed(crc *c, uint8_t byte) {
    bool wide = c->ctrl & CTRL_TCRC;
    unsigned width = wide ? 32 : 16;
    uint32_t value = c->data ^ (uint32_t)byte << (width - 8);
    for (unsigned i = 0; i < 8; i++) value = value >> (width - 1) & 1u ? value << 1 ^ c->gpoly : value << 1;
    c->data = wide ? value : (c->data & 0xFFFF0000u) | (value & 0xFFFFu);
}

static void write_data(crc *c, uint32_t value, uint32_t mask) {
    uint8_t bytes[4];
    unsigned length = 0, first = 4;
    for (unsigned i = 0; i < 4; i++) {
        if (!(mask >> 8 * i & 0xFFu)) continue;
        if (first == 4) first = i;
        bytes[length++] = (uint8_t)(value >> 8 * i);
    }
    transpose(bytes, length, c->ctrl >> 30 & 3u);
    if (c->ctrl & CTRL_WAS) {
        for (unsigned i = 0; i < length; i++) kin_merge(&c->data, (uint32_t)bytes[i] << 8 * (first + i), 0xFFu << 8 * (first + i));
        return;
    }
    for (unsigned i = length; i-- > 0;) feed(c, bytes[i]); /* most significant byte first */
}

static uint32_t read_data(const crc *c) {
    uint32_t value = c->data;
    uint8_t bytes[4];
    if (c->ctrl & CTRL_FXOR) value ^= c->ctrl & CTRL_TCRC ? 0xFFFFFFFFu : 0xFFFFu;
    for (unsigned i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> 8 * i);
    transpose(bytes, 4, c->ctrl >> 28 & 3u);
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static uint32_t read(kin_device *d, uint32_t offset) {
    const crc *c = (const crc *)d;
    switch (offset) {
    case DATA: return read_data(c);
    case GPOLY: return c->gpoly;
    case CTRL: return c->ctrl;
    default: kin_log_read(d, offset); return 0;
    }
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    crc *c = (crc *)d;
    switch (offset) {
    case DATA: write_data(c, value, mask); break;
    case GPOLY: kin_merge(&c->gpoly, value, mask); break;
    case CTRL: kin_merge(&c->ctrl, value, mask & 0xF7000000u); break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    crc *c = (crc *)d;
    (void)kind;
    c->data = 0xFFFFFFFFu;
    c->gpoly = 0x1021;
    c->ctrl = 0;
}

static const kin_spec spec = {.width = 4, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_crc = {
    .type = "kinetis.crc",
    .struct_size = sizeof(crc),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
