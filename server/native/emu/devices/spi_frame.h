/* SPDX-License-Identifier: Apache-2.0 */
/* One frame of an SPI master, edge by edge: what clock and data are after each, and when both sides look (the four modes of CPOL and
 * CPHA, as every maker's manual draws them). */
#ifndef VMRIG_EMU_SPI_FRAME_H
#define VMRIG_EMU_SPI_FRAME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t out, in;
    uint8_t bits, edge; /* edge: those of the clock that are over, of 2 * bits */
    bool polarity, phase, lsb_first;
} emu_spi_frame;

static inline unsigned emu_spi_place(const emu_spi_frame *f, unsigned n) { return f->lsb_first ? n : f->bits - 1u - n; }

static inline bool emu_spi_clock(const emu_spi_frame *f) { return f->polarity ^ (f->edge & 1u); }

/* It changes half a bit before the other side looks: with a trailing edge, or with CPHA a leading one. */
static inline bool emu_spi_mosi(const emu_spi_frame *f) {
    unsigned n = f->phase ? (f->edge + 1u) / 2 - (f->edge != 0) : f->edge / 2;
    return f->out >> emu_spi_place(f, n < f->bits ? n : f->bits - 1u) & 1u;
}

/* The next edge; miso: the level before it. true: it was the last. */
static inline bool emu_spi_step(emu_spi_frame *f, bool miso) {
    if ((f->edge & 1u) == f->phase) f->in |= (uint32_t)miso << emu_spi_place(f, f->edge / 2);
    return ++f->edge == 2 * f->bits;
}

#endif
