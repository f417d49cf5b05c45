/* SPDX-License-Identifier: Apache-2.0 */
/* DSPI of the K64 as a master (K64 RM, "Serial Peripheral Interface"), whose edges are on the pins. Without a pin for the clock a frame
 * only takes its time, and SIN is looked at once; with nobody on that line all ones come. Slave mode is not modelled. */
#include <string.h>

#include "devices/kinetis/kinetis.h"
#include "devices/spi_frame.h"
#include "machine.h"

enum { MCR = 0x00, TCR = 0x08, CTAR0 = 0x0C, CTAR1 = 0x10, SR = 0x2C, RSER = 0x30, PUSHR = 0x34, POPR = 0x38, TXFR = 0x3C, RXFR = 0x7C };
enum {
    MCR_HALT = 1u << 0,
    MCR_CLR_RXF = 1u << 10,
    MCR_CLR_TXF = 1u << 11,
    MCR_DIS_RXF = 1u << 12,
    MCR_DIS_TXF = 1u << 13,
    MCR_MDIS = 1u << 14,
    MCR_ROOE = 1u << 24
};
#define MCR_MSTR (1u << 31)
#define SR_TCF (1u << 31)
enum { SR_RFDF = 1u << 17, SR_RFOF = 1u << 19, SR_TFFF = 1u << 25, SR_TFUF = 1u << 27, SR_EOQF = 1u << 28, SR_TXRXS = 1u << 30 };
enum { RSER_RFDF_DIRS = 1u << 16, RSER_RFDF_RE = 1u << 17, RSER_TFFF_DIRS = 1u << 24, RSER_TFFF_RE = 1u << 25 };
enum { PUSHR_EOQ = 1u << 27, PUSHR_CTCNT = 1u << 26 };
#define PUSHR_CONT (1u << 31)
enum { CTAR_LSBFE = 1u << 24, CTAR_CPHA = 1u << 25, CTAR_CPOL = 1u << 26 };
enum { SIGNAL_SCK = 0, SIGNAL_SIN = 1, SIGNAL_SOUT = 2, SIGNAL_PCS0 = 8 }; /* signals of chip files: 0 SCK, 1 SIN, 2 SOUT, 8.. PCSn */
enum { FIFO_MAX = 4, EVENT_FRAME = 0 };

typedef struct {
    kin_device kin;
    uint32_t depth, dma_tx, dma_rx;
    uint32_t mcr, tcr, ctar[2], sr, rser;
    uint32_t tx[FIFO_MAX], rx[FIFO_MAX], popped;
    unsigned tx_used, rx_used;
    uint32_t frame; /* under way */
    emu_spi_frame edges;
    uint64_t from; /* cycle at which it began */
    bool busy, on_pins;
    uint32_t selected; /* PCS lines kept asserted by CONT */
} dspi;

static unsigned tx_depth(const dspi *s) { return s->mcr & MCR_DIS_TXF ? 1 : s->depth; }
static unsigned rx_depth(const dspi *s) { return s->mcr & MCR_DIS_RXF ? 1 : s->depth; }
static uint32_t ctar_of(const dspi *s, uint32_t frame) { return s->ctar[frame >> 28 & 1u]; }
static bool running(const dspi *s) { return !(s->mcr & (MCR_HALT | MCR_MDIS)) && !(s->sr & SR_EOQF) && s->mcr & MCR_MSTR; }

static unsigned bits_of(uint32_t ctar) { return (ctar >> 27 & 15u) + 1; }

/* Half periods of the clock. */
static uint64_t cycles_of(const dspi *s, uint32_t ctar, uint64_t halves) {
    static const uint8_t pbr[4] = {2, 3, 5, 7};
    unsigned br = ctar & 15u;
    uint64_t divider = (uint64_t)pbr[ctar >> 16 & 3u] * (br < 3 ? 2 + 2 * br : 1u << br) / (ctar >> 31 ? 2 : 1);
    uint32_t hz = kin_clock(&s->kin, KIN_BUS);
    return hz ? divider * halves * emu_clock_hz(kin_machine(&s->kin)) / hz / 2 + 1 : 1;
}

static uint32_t status(const dspi *s) {
    uint32_t sr = s->sr;
    if (running(s)) sr |= SR_TXRXS;
    if (s->tx_used < tx_depth(s)) sr |= SR_TFFF;
    if (s->rx_used) sr |= SR_RFDF;
    return sr | s->tx_used << 12 | s->rx_used << 4;
}

static void update(dspi *s) {
    uint32_t sr = status(s), rser = s->rser;
    uint32_t irq = sr & rser & (SR_TCF | SR_EOQF | SR_TFUF | SR_RFOF);
    if (!(rser & RSER_TFFF_DIRS)) irq |= sr & rser & SR_TFFF;
    if (!(rser & RSER_RFDF_DIRS)) irq |= sr & rser & SR_RFDF;
    emu_irq_set(kin_machine(&s->kin), s->kin.base.irq, irq != 0);
    bool tx = sr & SR_TFFF && (rser & (RSER_TFFF_RE | RSER_TFFF_DIRS)) == (RSER_TFFF_RE | RSER_TFFF_DIRS);
    bool rx = sr & SR_RFDF && (rser & (RSER_RFDF_RE | RSER_RFDF_DIRS)) == (RSER_RFDF_RE | RSER_RFDF_DIRS);
    if (s->dma_tx == s->dma_rx) { /* SPI1 and SPI2 have one request line */
        kin_dma_request(&s->kin, s->dma_tx, tx || rx);
    } else {
        kin_dma_request(&s->kin, s->dma_tx, tx);
        kin_dma_request(&s->kin, s->dma_rx, rx);
    }
}

/* PCS lines: those in `lines` are asserted; PCSIS has the inactive state of each. */
static void select(dspi *s, uint32_t lines) {
    s->selected = lines;
    for (unsigned i = 0; i < 6; i++) {
        bool inactive = s->mcr >> (16 + i) & 1u, asserted = lines >> i & 1u;
        kin_drive(&s->kin, SIGNAL_PCS0 + i, inactive != asserted ? EMU_HIGH : EMU_LOW);
    }
}

static void show(const dspi *s) {
    kin_drive(&s->kin, SIGNAL_SOUT, emu_spi_mosi(&s->edges) ? EMU_HIGH : EMU_LOW);
    kin_drive(&s->kin, SIGNAL_SCK, emu_spi_clock(&s->edges) ? EMU_HIGH : EMU_LOW);
}

/* The frame's edges, the first half a bit after its begin, and then a bit's time until the next frame. */
static void schedule(dspi *s) {
    unsigned all = 2u * s->edges.bits;
    uint64_t halves = s->on_pins && s->edges.edge < all ? s->edges.edge + 1u : all + 2;
    emu_schedule(&s->kin.base, EVENT_FRAME, s->from + cycles_of(s, ctar_of(s, s->frame), halves));
}

static void next(dspi *s) {
    if (s->busy || !s->tx_used || !running(s)) return;
    s->frame = s->tx[0];
    s->tx_used--;
    memmove(s->tx, s->tx + 1, s->tx_used * sizeof *s->tx);
    s->busy = true;
    if (s->frame & PUSHR_CTCNT) s->tcr = 0;
    select(s, s->frame >> 16 & 0x3Fu);
    uint32_t ctar = ctar_of(s, s->frame);
    s->edges = (emu_spi_frame){.out = s->frame & 0xFFFFu, .bits = (uint8_t)bits_of(ctar)};
    s->edges.polarity = ctar & CTAR_CPOL;
    s->edges.phase = ctar & CTAR_CPHA;
    s->edges.lsb_first = ctar & CTAR_LSBFE;
    s->from = emu_now(kin_machine(&s->kin));
    s->on_pins = kin_has_pin(&s->kin, SIGNAL_SCK, KIN_NO_PIN);
    if (s->on_pins) show(s);
    schedule(s);
}

static void event(emu_device *d, uint32_t id) {
    dspi *s = (dspi *)d;
    bool sin = kin_in(&s->kin, SIGNAL_SIN, true);
    (void)id;
    if (s->on_pins && s->edges.edge < 2 * s->edges.bits) {
        (void)emu_spi_step(&s->edges, sin);
        schedule(s);
        show(s);
        return;
    }
    s->busy = false;
    s->tcr += 1u << 16;
    s->sr |= SR_TCF;
    if (s->frame & PUSHR_EOQ) s->sr |= SR_EOQF;
    if (!(s->frame & PUSHR_CONT)) select(s, 0);
    uint32_t word = s->on_pins ? s->edges.in : sin ? (1u << s->edges.bits) - 1 : 0;
    if (s->rx_used < rx_depth(s)) {
        s->rx[s->rx_used++] = word;
    } else {
        s->sr |= SR_RFOF;
        if (s->mcr & MCR_ROOE) s->rx[s->rx_used - 1] = word;
    }
    next(s);
    update(s);
}

static uint32_t pop(dspi *s) {
    if (s->rx_used) {
        s->popped = s->rx[0];
        s->rx_used--;
        memmove(s->rx, s->rx + 1, s->rx_used * sizeof *s->rx);
        update(s);
    }
    return s->popped;
}

static uint32_t read(kin_device *d, uint32_t offset) {
    dspi *s = (dspi *)d;
    switch (offset) {
    case MCR: return s->mcr;
    case TCR: return s->tcr;
    case CTAR0:
    case CTAR1: return s->ctar[(offset - CTAR0) / 4];
    case SR: emu_poll_hint(kin_machine(d), UINT64_MAX); return status(s);
    case RSER: return s->rser;
    case PUSHR: return s->tx_used ? s->tx[s->tx_used - 1] : 0;
    case POPR: return pop(s);
    default: break;
    }
    if (offset >= TXFR && offset < TXFR + 4 * FIFO_MAX) return s->tx[(offset - TXFR) / 4];
    if (offset >= RXFR && offset < RXFR + 4 * FIFO_MAX) return s->rx[(offset - RXFR) / 4];
    kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    dspi *s = (dspi *)d;
    switch (offset) {
    case MCR:
        kin_merge(&s->mcr, value, mask & ~(uint32_t)(MCR_CLR_RXF | MCR_CLR_TXF));
        if (value & MCR_CLR_TXF) s->tx_used = 0;
        if (value & MCR_CLR_RXF) s->rx_used = 0;
        if (!s->busy) select(s, s->selected);
        break;
    case TCR: kin_merge(&s->tcr, value, mask & 0xFFFF0000u); break;
    case CTAR0:
    case CTAR1:
        kin_merge(&s->ctar[(offset - CTAR0) / 4], value, mask);
        if (s->busy || offset != CTAR0) break;
        s->edges.polarity = s->ctar[0] & CTAR_CPOL;
        show(s);
        break;
    case SR: s->sr &= ~(value & (SR_TCF | SR_EOQF | SR_TFUF | SR_RFOF)); break;
    case RSER: kin_merge(&s->rser, value, mask); break;
    case PUSHR:
        if (s->tx_used < tx_depth(s)) s->tx[s->tx_used++] = value;
        break;
    case POPR: break;
    default: kin_log_write(d, offset, value); return;
    }
    next(s);
    update(s);
}

static void routed(kin_device *d, const kin_route *route) {
    dspi *s = (dspi *)d;
    if (route->signal == SIGNAL_SIN) return;
    if (route->signal < SIGNAL_PCS0) {
        bool level = route->signal == SIGNAL_SCK ? emu_spi_clock(&s->edges) : emu_spi_mosi(&s->edges);
        kin_drive_pin(kin_machine(d), route->pin, level ? EMU_HIGH : EMU_LOW);
        return;
    }
    unsigned line = route->signal - SIGNAL_PCS0;
    bool inactive = s->mcr >> (16 + line) & 1u, asserted = s->selected >> line & 1u;
    kin_drive_pin(kin_machine(d), route->pin, inactive != asserted ? EMU_HIGH : EMU_LOW);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    dspi *s = (dspi *)d;
    (void)kind;
    s->mcr = 0x4001;
    s->tcr = s->sr = s->rser = s->popped = 0;
    s->ctar[0] = s->ctar[1] = 0x78000000u;
    s->tx_used = s->rx_used = 0;
    emu_cancel(d, EVENT_FRAME);
    s->edges = (emu_spi_frame){.bits = 8};
    s->busy = false;
    s->selected = 0;
    update(s);
}

static const char *const known[] = {"fifo", "dma_tx", "dma_rx", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write, .routed = routed};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    dspi *s = (dspi *)d;
    s->depth = emu_param_value(params, count, "fifo", 1) == FIFO_MAX ? FIFO_MAX : 1;
    s->dma_tx = (uint32_t)emu_param_value(params, count, "dma_tx", 0);
    s->dma_rx = (uint32_t)emu_param_value(params, count, "dma_rx", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_dspi = {
    .type = "kinetis.dspi",
    .struct_size = sizeof(dspi),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
