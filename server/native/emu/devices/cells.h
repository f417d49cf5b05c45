/* SPDX-License-Identifier: Apache-2.0 */
/* What flash cells hold when an operation was cut short: each cell changes at a moment of its own, the same one every time. */
#ifndef VMRIG_EMU_CELLS_H
#define VMRIG_EMU_CELLS_H

#include <stdint.h>

/* A fixed pseudo-random number per address and bit, 0..255: how hard that cell is to change. */
static inline uint8_t emu_cell_threshold(uint32_t address, unsigned bit) {
    uint32_t x = address * 8u + bit + 0x9E3779B9u;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return (uint8_t)x;
}

/* The byte at `address` on its way from `before` to `after`. progress: 0..256. */
static inline uint8_t emu_cells_part_way(uint8_t before, uint8_t after, uint32_t address, unsigned progress) {
    uint8_t changing = before ^ after;
    uint8_t result = before;
    for (unsigned bit = 0; changing >> bit; bit++) {
        if ((changing >> bit & 1u) && emu_cell_threshold(address, bit) < progress) result ^= (uint8_t)(1u << bit);
    }
    return result;
}

#endif
