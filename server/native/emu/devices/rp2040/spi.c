/* SPDX-License-Identifier: Apache-2.0 */
/* SPI0, SPI1 (4.4): Arm PL022 (DDI 0194). As a master a frame puts its edges on the pins in virtual time and brings back what is at the
 * RX pin, or in loop-back mode what was sent. CSn stays at idle. As a slave nothing happens: no master is modelled. */
#include "devices/rp2040/rp.h"
#include "devices/spi_frame.h"

enum {
    CR0 = 0x00,
    CR1 = 0x04,
    DR = 0x08,
    SR = 0x0C,
    CPSR = 0x10,
    IMSC = 0x14,
    RIS = 0x18,
    MIS = 0x1C,
    ICR = 0x20,
    DMACR = 0x24,
    ID = 0xFE0
};
enum { CR0_SPO = 64, CR0_SPH = 128 };
enum { CR1_LBM = 1, CR1_SSE = 2, CR1_MS = 4 };
enum { SR_TFE = 1, SR_TNF = 2, SR_RNE = 4, SR_RFF = 8, SR_BSY = 16 };
enum { INT_ROR = 1, INT_RT = 2, INT_RX = 4, INT_TX = 8 };
enum { EVENT_EDGE, EVENT_RT };
enum { DEPTH = 8, TIMEOUT_BITS = 32 };

typedef struct {
    uint16_t data[DEPTH];
    unsigned head, used;
} fifo;

typedef struct {
    rp_device rp;
    emu_device *clocks, *bank, *dma;
    unsigned number;
    fifo tx, rx;
    bool busy;
    emu_spi_frame frame; /* under way */
    uint64_t frame_from; /* cycle */
    uint32_t latched;    /* INT_ROR, INT_RT */
} spi;

static spi *self(rp_device *d) { return (spi *)d; }
static emu_machine *machine(const spi *s) { return s->rp.base.machine; }
static uint32_t plain(const spi *s, uint32_t offset) { return *rp_plain((rp_device *)&s->rp, offset); }

/* 2.19.2: of the pins of SPI0 (0..7 and 16..23) and SPI1 (8..15 and 24..29) every fourth is RX, CSn, SCK, TX. */
static uint32_t pins(const spi *s, unsigned which) {
    return (s->number ? 0x11001100u : 0x00110011u) << which & ((1u << RP_BANK0_PINS) - 1);
}
enum { PIN_RX, PIN_CSN, PIN_SCK, PIN_TX };

static uint32_t ris(const spi *s) {
    return s->latched | (s->rx.used >= DEPTH / 2 ? (uint32_t)INT_RX : 0) | (s->tx.used <= DEPTH / 2 ? (uint32_t)INT_TX : 0);
}

static void update(spi *s) {
    emu_irq_set(machine(s), s->rp.base.irq, ris(s) & plain(s, IMSC));
    if (!s->dma) return;
    rp_dreq(s->dma, RP_DREQ_SPI0_TX + 2 * s->number);
    rp_dreq(s->dma, RP_DREQ_SPI0_TX + 2 * s->number + 1);
}

static unsigned bits(const spi *s) { return (plain(s, CR0) & 15) + 1; }

static uint64_t cycles(const spi *s, uint64_t count) {
    uint32_t prescale = plain(s, CPSR) & 0xFE, rate = plain(s, CR0) >> 8 & 0xFF;
    return rp_cycles(machine(s), count * (prescale ? prescale : 2) * (1 + rate), rp_clock_hz(s->clocks, RP_CLK_PERI));
}

static void put(fifo *f, uint16_t value) { f->data[(f->head + f->used++) % DEPTH] = value; }

static uint16_t take(fifo *f) {
    uint16_t value = f->data[f->head];
    f->head = (f->head + 1) % DEPTH;
    f->used--;
    return value;
}

static void drive(spi *s, unsigned which, bool level) {
    uint32_t mask = pins(s, which);
    rp_pins_drive(s->bank, RP_FUNC_SPI, mask, level ? mask : 0, mask);
}

static void next_edge(spi *s) {
    uint64_t edges = 2u * s->frame.bits;
    emu_schedule(&s->rp.base, EVENT_EDGE, s->frame_from + cycles(s, s->frame.bits) * (s->frame.edge + 1u) / edges);
}

static void start(spi *s) {
    if (s->busy || !s->tx.used || (plain(s, CR1) & (CR1_SSE | CR1_MS)) != CR1_SSE) return;
    uint32_t cr0 = plain(s, CR0);
    s->frame = (emu_spi_frame){.out = take(&s->tx), .bits = (uint8_t)bits(s), .polarity = cr0 & CR0_SPO, .phase = cr0 & CR0_SPH};
    s->frame_from = emu_now(machine(s));
    s->busy = true;
    drive(s, PIN_TX, emu_spi_mosi(&s->frame));
    next_edge(s);
}

static uint16_t incoming(const spi *s) {
    uint16_t mask = (uint16_t)((1u << s->frame.bits) - 1);
    return (plain(s, CR1) & CR1_LBM ? s->frame.out : s->frame.in) & mask;
}

static bool rx_level(const spi *s) { return rp_pins_in(s->bank) & rp_pins_of_function(s->bank, RP_FUNC_SPI) & pins(s, PIN_RX); }

static void event(emu_device *d, uint32_t id) {
    spi *s = (spi *)d;
    if (id == EVENT_RT) {
        if (s->rx.used) s->latched |= INT_RT;
        update(s);
        return;
    }
    bool last = emu_spi_step(&s->frame, rx_level(s));
    drive(s, PIN_SCK, emu_spi_clock(&s->frame));
    drive(s, PIN_TX, emu_spi_mosi(&s->frame));
    if (!last) {
        next_edge(s);
        return;
    }
    s->busy = false;
    if (s->rx.used == DEPTH)
        s->latched |= INT_ROR;
    else
        put(&s->rx, incoming(s));
    emu_schedule(d, EVENT_RT, emu_now(machine(s)) + cycles(s, TIMEOUT_BITS));
    start(s);
    update(s);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    static const uint8_t id[] = {0x22, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1};
    spi *s = self(d);
    if (offset >= ID) {
        *value = id[(offset - ID) / 4];
        return true;
    }
    switch (offset) {
    case DR:
        *value = s->rx.used ? take(&s->rx) : 0;
        if (!s->rx.used) s->latched &= ~(uint32_t)INT_RT;
        update(s);
        return true;
    case SR:
        emu_poll_hint(machine(s), UINT64_MAX);
        *value = (s->tx.used ? 0 : (uint32_t)SR_TFE) | (s->tx.used < DEPTH ? (uint32_t)SR_TNF : 0) | (s->rx.used ? (uint32_t)SR_RNE : 0) |
                 (s->rx.used == DEPTH ? (uint32_t)SR_RFF : 0) | (s->busy || s->tx.used ? (uint32_t)SR_BSY : 0);
        return true;
    case RIS: *value = ris(s); return true;
    case MIS: *value = ris(s) & plain(s, IMSC); return true;
    case ICR: *value = 0; return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    spi *s = self(d);
    switch (offset) {
    case DR:
        if (s->tx.used < DEPTH) put(&s->tx, (uint16_t)value);
        start(s);
        update(s);
        return true;
    case ICR:
        s->latched &= ~value;
        update(s);
        return true;
    case SR:
    case RIS:
    case MIS: return true;
    default: return offset >= ID;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    if (!self(d)->busy) drive(self(d), PIN_SCK, plain(self(d), CR0) & CR0_SPO);
    if (offset == CR1) start(self(d));
    update(self(d));
}

static uint32_t clears(uint32_t offset) { return offset == ICR ? INT_ROR | INT_RT : 0; }

static unsigned dma_level(emu_device *d, unsigned which) {
    const spi *s = (const spi *)d;
    if (!(plain(s, DMACR) >> (which ? 0 : 1) & 1)) return 0;
    return which ? s->rx.used : DEPTH - s->tx.used;
}

static void reset(rp_device *d) {
    spi *s = self(d);
    uint32_t outputs = pins(s, PIN_CSN) | pins(s, PIN_SCK) | pins(s, PIN_TX);
    emu_cancel(&d->base, EVENT_EDGE);
    emu_cancel(&d->base, EVENT_RT);
    s->tx = s->rx = (fifo){.head = 0};
    s->busy = false;
    s->latched = 0;
    rp_pins_drive(s->bank, RP_FUNC_SPI, outputs, pins(s, PIN_CSN), outputs);
    update(s);
}

static void link(emu_device *d) {
    spi *s = (spi *)d;
    s->clocks = emu_device_by_name(d->machine, "CLOCKS");
    s->bank = emu_device_by_name(d->machine, "IO_BANK0");
    s->dma = emu_device_by_name(d->machine, "DMA");
    if (!s->dma) return;
    rp_dma_connect(s->dma, RP_DREQ_SPI0_TX + 2 * s->number, d, 0, dma_level);
    rp_dma_connect(s->dma, RP_DREQ_SPI0_TX + 2 * s->number + 1, d, 1, dma_level);
}

static const rp_register registers[] = {{CR0, 1, 0, 0xFFFF}, {CR1, 1, 0, 15},  {CPSR, 1, 0, 0xFF},
                                        {IMSC, 1, 0, 15},    {DMACR, 1, 0, 3}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .clears = clears, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"number", NULL};
    uint64_t values[] = {0};
    ((rp_device *)d)->spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    ((spi *)d)->number = values[0] & 1;
    return true;
}

const emu_device_class rp2040_spi = {
    .type = "rp2040.spi",
    .struct_size = sizeof(spi),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
