/* SPDX-License-Identifier: Apache-2.0 */
/* SPI of F1 and F4 (`stm32.spi`) and of L4 with its FIFOs (`stm32.spi_v2`): RM0008, RM0090, RM0351, "Serial peripheral interface". As
 * master, whose edges are on the pins; without a pin for MISO all that is received is ones, and without one for the clock a frame only
 * takes its time. As slave nothing happens; I2S keeps its registers. */
#include "devices/spi_frame.h"
#include "devices/stm32/stm32.h"
#include "machine.h"

enum { CR1 = 0x00, CR2 = 0x04, SR = 0x08, DR = 0x0C, CRCPR = 0x10, RXCRCR = 0x14, TXCRCR = 0x18, I2SCFGR = 0x1C, I2SPR = 0x20 };
enum { /* CR1 */
       CPHA = 1u << 0,
       CPOL = 1u << 1,
       MSTR = 1u << 2,
       SPE = 1u << 6,
       LSBFIRST = 1u << 7,
       RXONLY = 1u << 10,
       DFF = 1u << 11,
       CRCEN = 1u << 13,
       BIDIOE = 1u << 14,
       BIDIMODE = 1u << 15,
};
enum { RXDMAEN = 1u << 0, TXDMAEN = 1u << 1, ERRIE = 1u << 5, RXNEIE = 1u << 6, TXEIE = 1u << 7, FRXTH = 1u << 12 };
enum { RXNE = 1u << 0, TXE = 1u << 1, CRCERR = 1u << 4, OVR = 1u << 6, BSY = 1u << 7 };
enum { REQUEST_TX, REQUEST_RX };
enum { SIGNAL_SCK, SIGNAL_MOSI, SIGNAL_MISO };
enum { DEPTH = 4 }; /* frames of a FIFO; without one a single frame */

typedef struct {
    stm32_device dev;
    bool v2;
    uint32_t cr1, cr2, errors, crcpr, i2scfgr, i2spr;
    uint16_t tx[DEPTH], rx[DEPTH]; /* frames that wait, the oldest first */
    uint8_t tx_used, rx_used;
    emu_spi_frame frame; /* under way, or the last one */
    uint64_t from;       /* cycle at which it began */
    bool busy, on_pins, dr_was_read;
} spi;

static unsigned frame_bits(const spi *s) {
    if (!s->v2) return s->cr1 & DFF ? 16 : 8;
    unsigned ds = s->cr2 >> 8 & 15u;
    return ds < 3 ? 8 : ds + 1;
}

/* FIFOs of L4 hold 32 bits each way. */
static unsigned depth(const spi *s) { return s->v2 ? frame_bits(s) > 8 ? DEPTH / 2 : DEPTH : 1; }

/* Half periods of the clock: BR, PCLK / 2 to PCLK / 256 */
static uint64_t cycles_of(const spi *s, uint64_t halves) {
    return stm32_cycles(s->dev.base.machine, halves << (s->cr1 >> 3 & 7u), stm32_pclk(&s->dev));
}

static void put(uint16_t *fifo, uint8_t *used, uint32_t value) {
    if (*used < DEPTH) fifo[(*used)++] = (uint16_t)value;
}

static uint16_t take(uint16_t *fifo, uint8_t *used) {
    uint16_t first = fifo[0];
    for (unsigned i = 1; i < *used; i++) fifo[i - 1] = fifo[i];
    --*used;
    return first;
}

static emu_level signal_level(stm32_device *d, unsigned signal) {
    const spi *s = (const spi *)d;
    if ((s->cr1 & (SPE | MSTR)) != (SPE | MSTR) || signal == SIGNAL_MISO) return EMU_FLOAT;
    if (signal == SIGNAL_MOSI && s->cr1 & BIDIMODE && !(s->cr1 & BIDIOE)) return EMU_FLOAT;
    bool level = signal == SIGNAL_SCK ? s->busy ? emu_spi_clock(&s->frame) : (s->cr1 & CPOL) != 0 : emu_spi_mosi(&s->frame);
    return level ? EMU_HIGH : EMU_LOW;
}

static void show(spi *s) {
    stm32_signal_changed(&s->dev, SIGNAL_MOSI);
    stm32_signal_changed(&s->dev, SIGNAL_SCK);
}

static bool tx_empty(const spi *s) { return s->v2 ? s->tx_used <= depth(s) / 2 : s->tx_used == 0; }

static bool rx_ready(const spi *s) {
    unsigned frames = s->v2 && !(s->cr2 & FRXTH) && frame_bits(s) <= 8 ? 2 : 1; /* FRXTH: from 8 bits on, else 16 */
    return s->rx_used >= frames;
}

static uint32_t status(const spi *s) {
    uint32_t sr = s->errors | (rx_ready(s) ? RXNE : 0u) | (tx_empty(s) ? TXE : 0u) | (s->busy ? BSY : 0u);
    if (s->v2) {
        unsigned bytes = frame_bits(s) > 8 ? 2 : 1, rx = s->rx_used * bytes, tx = s->tx_used * bytes;
        sr |= (rx >= 4 ? 3u : rx >= 2 ? 2u : rx) << 9 | (tx >= 4 ? 3u : tx >= 2 ? 2u : tx) << 11;
    }
    return sr;
}

static void update(spi *s) {
    uint32_t sr = status(s);
    bool on = (sr & TXE && s->cr2 & TXEIE) || (sr & RXNE && s->cr2 & RXNEIE) || (sr & (OVR | CRCERR) && s->cr2 & ERRIE);
    stm32_irq(&s->dev, s->dev.base.irq, on);
    if (sr & TXE && s->cr2 & TXDMAEN && s->cr1 & SPE) stm32_dma_request(&s->dev, REQUEST_TX);
    if (rx_ready(s) && s->cr2 & RXDMAEN) stm32_dma_request(&s->dev, REQUEST_RX);
}

static bool requests_dma(stm32_device *d, unsigned request) {
    const spi *s = (const spi *)d;
    if (request == REQUEST_TX) return tx_empty(s) && s->cr2 & TXDMAEN && s->cr1 & SPE;
    return rx_ready(s) && s->cr2 & RXDMAEN;
}

static bool only_receives(const spi *s) { return s->cr1 & RXONLY || (s->cr1 & BIDIMODE && !(s->cr1 & BIDIOE)); }

static void next_edge(spi *s) {
    unsigned edges = 2u * s->frame.bits;
    emu_schedule(&s->dev.base, 0, s->from + cycles_of(s, s->on_pins ? s->frame.edge + 1u : edges));
}

/* The next frame goes out, if there is one and this is an enabled master. */
static void go(spi *s) {
    if (s->busy || !(s->cr1 & SPE) || !(s->cr1 & MSTR)) return;
    if (!s->tx_used && !only_receives(s)) return;
    s->frame = (emu_spi_frame){.out = s->tx_used ? take(s->tx, &s->tx_used) : 0, .bits = (uint8_t)frame_bits(s)};
    s->frame.polarity = s->cr1 & CPOL;
    s->frame.phase = s->cr1 & CPHA;
    s->frame.lsb_first = s->cr1 & LSBFIRST;
    s->from = emu_now(s->dev.base.machine);
    s->busy = true;
    s->on_pins = stm32_signal_on(&s->dev, SIGNAL_SCK, STM32_ANY_PIN);
    if (s->on_pins) show(s);
    next_edge(s);
}

static void event(emu_device *d, uint32_t id) {
    spi *s = (spi *)d;
    unsigned input = s->cr1 & BIDIMODE ? SIGNAL_MOSI : SIGNAL_MISO;
    (void)id;
    if (s->on_pins) {
        bool last = emu_spi_step(&s->frame, stm32_signal_in(&s->dev, input, true));
        show(s);
        if (!last) {
            next_edge(s);
            return;
        }
    } else {
        s->frame.in = stm32_signal_in(&s->dev, input, true) ? 0xFFFFu >> (16 - s->frame.bits) : 0;
    }
    s->busy = false;
    bool receives = !(s->cr1 & BIDIMODE) || !(s->cr1 & BIDIOE);
    if (receives && s->rx_used == depth(s))
        s->errors |= OVR;
    else if (receives)
        put(s->rx, &s->rx_used, s->frame.in);
    go(s);
    update(s);
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    spi *s = (spi *)d;
    switch (offset) {
    case CR1: return s->cr1;
    case CR2: return s->cr2;
    case SR:
        stm32_poll_hint(d);
        if (s->dr_was_read && s->errors & OVR) { /* cleared by a read of DR, then one of SR */
            uint32_t sr = status(s);
            s->errors &= ~(uint32_t)OVR;
            update(s);
            return sr;
        }
        return status(s);
    case DR: {
        unsigned frames = s->v2 && frame_bits(s) <= 8 && d->access >= 2 ? 2 : 1;
        uint32_t value = 0;
        for (unsigned i = 0; i < frames && s->rx_used; i++) value |= (uint32_t)take(s->rx, &s->rx_used) << 8 * i;
        s->dr_was_read = true;
        update(s);
        return value;
    }
    case CRCPR: return s->crcpr;
    case RXCRCR:
    case TXCRCR: return 0;
    case I2SCFGR: return s->i2scfgr;
    case I2SPR: return s->i2spr;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    spi *s = (spi *)d;
    (void)lanes;
    switch (offset) {
    case CR1:
        s->cr1 = value & 0xFFFFu;
        if (!(s->cr1 & SPE)) {
            emu_cancel(&d->base, 0);
            s->busy = false;
            s->tx_used = 0;
        }
        if (!s->busy) show(s);
        break;
    case CR2: s->cr2 = value & 0x7FFFu; break;
    case SR: s->errors &= value | ~(uint32_t)CRCERR; break;
    case DR: {
        unsigned frames = s->v2 && frame_bits(s) <= 8 && d->access >= 2 ? 2 : 1;
        s->dr_was_read = false;
        for (unsigned i = 0; i < frames && s->tx_used < depth(s); i++)
            put(s->tx, &s->tx_used, frames == 2 ? value >> 8 * i & 0xFFu : value);
        break;
    }
    case CRCPR: s->crcpr = value & 0xFFFFu; break;
    case I2SCFGR: s->i2scfgr = value & 0x1FFFu; break;
    case I2SPR: s->i2spr = value & 0x3FFu; break;
    case RXCRCR:
    case TXCRCR: break;
    default: stm32_no_register(d, offset, value, true);
    }
    go(s);
    update(s);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    spi *s = (spi *)d;
    (void)kind;
    emu_cancel(d, 0);
    s->cr1 = s->errors = s->i2scfgr = 0;
    s->cr2 = s->v2 ? 0x700u : 0;
    s->crcpr = 7;
    s->i2spr = 2;
    s->tx_used = s->rx_used = 0;
    s->busy = s->dr_was_read = false;
    s->frame = (emu_spi_frame){.bits = 8};
    update(s);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const requests[] = {"TX", "RX", NULL};
    static const char *const signals[] = {"SCK", "MOSI", "MISO", NULL};
    static const stm32_spec spec = {
        .read = read, .write = write, .signals = signals, .signal_level = signal_level, .requests = requests, .requests_dma = requests_dma};
    return stm32_init(d, &spec, params, count, error);
}

static bool v2_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((spi *)d)->v2 = true;
    return init(d, params, count, error);
}

const emu_device_class stm32_spi = {
    .type = "stm32.spi",
    .struct_size = sizeof(spi),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};

const emu_device_class stm32_spi_v2 = {
    .type = "stm32.spi_v2",
    .struct_size = sizeof(spi),
    .region_size = 0x400,
    .init = v2_init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};
