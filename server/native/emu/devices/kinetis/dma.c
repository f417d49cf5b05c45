/* SPDX-License-Identifier: Apache-2.0 */
/* The four-channel DMA controller of the KL25 (KL25 RM, "DMA Controller Module"), and the door of both controllers for the DMAMUX. */
#include "devices/kinetis/dma.h"

#include "machine.h"

enum { CHANNELS = 4, SAR = 0x0, DAR = 0x4, DSR_BCR = 0x8, DCR = 0xC, FIRST = 0x100 };
enum { DONE = 1u << 24, BSY = 1u << 25, BED = 1u << 28, BES = 1u << 29, CE = 1u << 30, BCR = 0xFFFFFFu };
enum { D_REQ = 1u << 7, START = 1u << 16, DINC = 1u << 19, SINC = 1u << 22, CS = 1u << 29, ERQ = 1u << 30 };
#define EINT (1u << 31)

typedef struct {
    kin_device kin;
    struct {
        uint32_t sar, dar, dsr_bcr, dcr;
        bool running; /* started, until BCR is used up or, with CS, for one transfer */
    } channel[CHANNELS];
} dma;

extern const emu_device_class kinetis_dma, kinetis_edma;
void kin_edma_offer(emu_device *d, unsigned channel);

static void update_irq(dma *d, unsigned n) {
    uint32_t dsr = d->channel[n].dsr_bcr;
    emu_irq_set(kin_machine(&d->kin), d->kin.base.irq + (int)n, d->channel[n].dcr & EINT && dsr & (DONE | CE | BES | BED));
}

static void schedule(dma *d, unsigned n) { emu_schedule(&d->kin.base, n, emu_now(kin_machine(&d->kin)) + 4); }

static bool asked(const dma *d, unsigned n) {
    if (d->channel[n].dsr_bcr & (CE | BES | BED) || !(d->channel[n].dsr_bcr & BCR)) return false;
    return d->channel[n].running || (d->channel[n].dcr & ERQ && d->kin.mux && kin_dma_asked(d->kin.mux, n));
}

static unsigned bytes_of(uint32_t size) { return size == 1 ? 1 : size == 2 ? 2 : 4; }

/* SMOD and DMOD: a buffer of 16 bytes to 256 KB, aligned to its size; 0: none */
static uint32_t advance(uint32_t address, unsigned by, unsigned modulo) {
    uint32_t mask = modulo ? (8u << modulo) - 1 : 0xFFFFFFFFu;
    return (address & ~mask) | ((address + by) & mask);
}

static void link_to(dma *d, unsigned n) {
    d->channel[n].running = true;
    schedule(d, n);
}

static void finish(dma *d, unsigned n, uint32_t status) {
    d->channel[n].dsr_bcr |= status | DONE;
    d->channel[n].running = false;
    if (d->channel[n].dcr & D_REQ) d->channel[n].dcr &= ~(uint32_t)ERQ;
    update_irq(d, n);
}

static void transfer(dma *d, unsigned n) {
    emu_machine *m = kin_machine(&d->kin);
    uint32_t dcr = d->channel[n].dcr, left = d->channel[n].dsr_bcr & BCR, value = 0;
    unsigned ssize = bytes_of(dcr >> 20 & 3u), dsize = bytes_of(dcr >> 17 & 3u), chunk = ssize > dsize ? ssize : dsize;
    if (!d->channel[n].running && d->kin.mux) kin_dma_served(d->kin.mux, n);
    if (d->channel[n].sar % ssize || d->channel[n].dar % dsize || left % chunk) {
        finish(d, n, CE);
        return;
    }
    for (unsigned at = 0; at < chunk; at += ssize) {
        uint32_t part;
        if (emu_bus_read(m, d->channel[n].sar, ssize, &part) != EMU_BUS_OK) {
            finish(d, n, BES);
            return;
        }
        value |= part << 8 * at;
        if (dcr & SINC) d->channel[n].sar = advance(d->channel[n].sar, ssize, dcr >> 12 & 15u);
    }
    for (unsigned at = 0; at < chunk; at += dsize) {
        uint32_t part = value >> 8 * at;
        if (dsize < 4) part &= (1u << 8 * dsize) - 1;
        if (emu_bus_write(m, d->channel[n].dar, dsize, part) != EMU_BUS_OK) {
            finish(d, n, BED);
            return;
        }
        if (dcr & DINC) d->channel[n].dar = advance(d->channel[n].dar, dsize, dcr >> 8 & 15u);
    }
    left -= chunk;
    d->channel[n].dsr_bcr = (d->channel[n].dsr_bcr & ~(uint32_t)BCR) | left;
    if (dcr & CS || !left) d->channel[n].running = false;
    if (!left) finish(d, n, 0);
    switch (dcr >> 4 & 3u) { /* LINKCC */
    case 1: link_to(d, left ? dcr >> 2 & 3u : dcr & 3u); break;
    case 2: link_to(d, dcr >> 2 & 3u); break;
    case 3:
        if (!left) link_to(d, dcr >> 2 & 3u);
        break;
    default: break;
    }
    if (asked(d, n)) schedule(d, n);
}

static void event(emu_device *d, uint32_t id) {
    if (id < CHANNELS && asked((dma *)d, id)) transfer((dma *)d, id);
}

emu_device *kin_dma_engine(emu_machine *m) {
    emu_device *engine = kin_find(m, &kinetis_edma);
    return engine ? engine : kin_find(m, &kinetis_dma);
}

void kin_dma_offer(emu_device *engine, unsigned channel) {
    if (engine->cls == &kinetis_edma) {
        kin_edma_offer(engine, channel);
    } else if (channel < CHANNELS) {
        dma *d = (dma *)engine;
        /* CS clear: one request moves everything */
        if (asked(d, channel) && !(d->channel[channel].dcr & CS)) d->channel[channel].running = true;
        if (asked(d, channel)) schedule(d, channel);
    }
}

static uint32_t read(kin_device *base, uint32_t offset) {
    const dma *d = (const dma *)base;
    unsigned n = (offset - FIRST) / 16;
    if (offset < FIRST || n >= CHANNELS) {
        kin_log_read(base, offset);
        return 0;
    }
    switch (offset & 15u) {
    case SAR: return d->channel[n].sar;
    case DAR: return d->channel[n].dar;
    case DSR_BCR: emu_poll_hint(kin_machine(base), UINT64_MAX); return d->channel[n].dsr_bcr | (d->channel[n].running ? (uint32_t)BSY : 0);
    default: return d->channel[n].dcr;
    }
}

static void write(kin_device *base, uint32_t offset, uint32_t value, uint32_t mask) {
    dma *d = (dma *)base;
    unsigned n = (offset - FIRST) / 16;
    if (offset < FIRST || n >= CHANNELS) {
        kin_log_write(base, offset, value);
        return;
    }
    switch (offset & 15u) {
    case SAR: kin_merge(&d->channel[n].sar, value, mask); break;
    case DAR: kin_merge(&d->channel[n].dar, value, mask); break;
    case DSR_BCR:
        kin_merge(&d->channel[n].dsr_bcr, value & BCR, mask & BCR);
        if (value & DONE) { /* clears all of the status */
            d->channel[n].dsr_bcr &= BCR;
            d->channel[n].running = false;
        }
        break;
    default:
        kin_merge(&d->channel[n].dcr, value, mask);
        if (d->channel[n].dcr & START) {
            d->channel[n].dcr &= ~(uint32_t)START; /* reads as 0 */
            d->channel[n].running = true;
        }
        break;
    }
    update_irq(d, n);
    kin_dma_offer(&base->base, n);
}

static void reset(emu_device *base, emu_reset_kind kind) {
    dma *d = (dma *)base;
    (void)kind;
    for (unsigned i = 0; i < CHANNELS; i++) {
        d->channel[i].sar = d->channel[i].dar = d->channel[i].dsr_bcr = d->channel[i].dcr = 0;
        d->channel[i].running = false;
        update_irq(d, i);
    }
}

static const kin_spec spec = {.width = 4, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_dma = {
    .type = "kinetis.dma",
    .struct_size = sizeof(dma),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
