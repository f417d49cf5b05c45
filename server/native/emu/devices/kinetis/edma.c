/* SPDX-License-Identifier: Apache-2.0 */
/* eDMA of the K64 (K64 RM, "Enhanced Direct Memory Access"). A minor loop is done in one moment, a while after its request; the channels
 * wait for nobody, so that priorities change nothing. */
#include <string.h>

#include "devices/kinetis/dma.h"
#include "machine.h"

enum {
    CR = 0x00,
    ES = 0x04,
    ERQ = 0x0C,
    EEI = 0x14,
    CEEI = 0x18,
    SEEI,
    CERQ,
    SERQ,
    CDNE,
    SSRT,
    CERR,
    CINT,
    INT = 0x24,
    ERR = 0x2C,
    HRS = 0x34,
    DCHPRI = 0x100,
    REGS = 0x110,
    TCD = 0x1000
};
enum { CR_HOE = 1u << 4, CR_HALT = 1u << 5, CR_EMLM = 1u << 7 };
enum {
    CSR_START = 1u << 0,
    CSR_INTMAJOR = 1u << 1,
    CSR_INTHALF = 1u << 2,
    CSR_DREQ = 1u << 3,
    CSR_ESG = 1u << 4,
    CSR_MAJORELINK = 1u << 5,
    CSR_DONE = 1u << 7
};
enum { ES_DBE = 1u << 0, ES_SBE = 1u << 1, ES_NCE = 1u << 3, ES_VLD = 1u << 31 };
enum { CHANNELS = 16, TCD_BYTES = 32, COMMAND_NOP = 0x80, COMMAND_ALL = 0x40 };
enum {
    T_SADDR = 0,
    T_SOFF = 4,
    T_ATTR = 6,
    T_NBYTES = 8,
    T_SLAST = 12,
    T_DADDR = 16,
    T_DOFF = 20,
    T_CITER = 22,
    T_DLAST = 24,
    T_CSR = 28,
    T_BITER = 30
};

typedef struct {
    kin_device kin;
    uint32_t error_irq;
    uint32_t cr, es, erq, eei, interrupt, err;
    uint8_t dchpri[CHANNELS];
    uint8_t tcd[CHANNELS * TCD_BYTES];
} edma;

static uint32_t get(const edma *e, unsigned channel, unsigned field, unsigned bytes) {
    uint32_t value = 0;
    memcpy(&value, e->tcd + channel * TCD_BYTES + field, bytes); /* little-endian on every host that this is built for */
    return value;
}

static void put(edma *e, unsigned channel, unsigned field, unsigned bytes, uint32_t value) {
    memcpy(e->tcd + channel * TCD_BYTES + field, &value, bytes);
}

static void update_irqs(edma *e) {
    for (unsigned i = 0; i < CHANNELS; i++) emu_irq_set(kin_machine(&e->kin), e->kin.base.irq + (int)i, e->interrupt >> i & 1u);
    if (e->error_irq) emu_irq_set(kin_machine(&e->kin), (int)e->error_irq, (e->err & e->eei) != 0);
}

static void schedule(edma *e, unsigned channel, uint64_t cycles) {
    emu_schedule(&e->kin.base, channel, emu_now(kin_machine(&e->kin)) + cycles);
}

static bool asked(const edma *e, unsigned channel) {
    if (e->cr & CR_HALT) return false;
    if (get(e, channel, T_CSR, 2) & CSR_START) return true;
    return e->erq >> channel & 1u && e->kin.mux && kin_dma_asked(e->kin.mux, channel);
}

static void consider(edma *e, unsigned channel) {
    if (asked(e, channel)) schedule(e, channel, 4);
}

static uint32_t advance(uint32_t address, int32_t by, unsigned modulo) {
    uint32_t mask = modulo ? (1u << modulo) - 1 : 0xFFFFFFFFu;
    return (address & ~mask) | ((address + (uint32_t)by) & mask);
}

static void fail(edma *e, unsigned channel, uint32_t why) {
    e->es = (uint32_t)ES_VLD | channel << 8 | why;
    e->err |= 1u << channel;
    if (e->cr & CR_HOE) e->cr |= CR_HALT;
    put(e, channel, T_CSR, 2, get(e, channel, T_CSR, 2) & ~(uint32_t)CSR_START);
    update_irqs(e);
}

/* Moves nbytes. false: an error was recorded. */
static bool move(edma *e, unsigned channel, uint32_t nbytes) {
    emu_machine *m = kin_machine(&e->kin);
    uint32_t attr = get(e, channel, T_ATTR, 2), saddr = get(e, channel, T_SADDR, 4), daddr = get(e, channel, T_DADDR, 4);
    uint32_t ssize = 1u << (attr >> 8 & 7u), dsize = 1u << (attr & 7u);
    int32_t soff = (int16_t)get(e, channel, T_SOFF, 2), doff = (int16_t)get(e, channel, T_DOFF, 2);
    uint8_t buffer[32];
    uint32_t chunk = ssize > dsize ? ssize : dsize;
    if (chunk > sizeof buffer || nbytes % chunk || saddr % (ssize > 4 ? 4 : ssize) || daddr % (dsize > 4 ? 4 : dsize)) {
        fail(e, channel, ES_NCE);
        return false;
    }
    for (uint32_t done = 0; done < nbytes; done += chunk) {
        for (uint32_t at = 0; at < chunk; at += ssize) {
            for (uint32_t i = 0; i < ssize; i += 4) {
                uint32_t value, width = ssize < 4 ? ssize : 4;
                if (emu_bus_read(m, saddr + i, width, &value) != EMU_BUS_OK) {
                    fail(e, channel, ES_SBE);
                    return false;
                }
                memcpy(buffer + at + i, &value, width);
            }
            saddr = advance(saddr, soff, attr >> 11 & 31u);
        }
        for (uint32_t at = 0; at < chunk; at += dsize) {
            for (uint32_t i = 0; i < dsize; i += 4) {
                uint32_t value = 0, width = dsize < 4 ? dsize : 4;
                memcpy(&value, buffer + at + i, width);
                if (emu_bus_write(m, daddr + i, width, value) != EMU_BUS_OK) {
                    fail(e, channel, ES_DBE);
                    return false;
                }
            }
            daddr = advance(daddr, doff, attr >> 3 & 31u);
        }
    }
    put(e, channel, T_SADDR, 4, saddr);
    put(e, channel, T_DADDR, 4, daddr);
    return true;
}

static void start(edma *e, unsigned channel) {
    put(e, channel, T_CSR, 2, (get(e, channel, T_CSR, 2) & ~(uint32_t)CSR_DONE) | CSR_START);
    schedule(e, channel, 4);
}

static void major_end(edma *e, unsigned channel) {
    uint32_t csr = get(e, channel, T_CSR, 2);
    put(e, channel, T_SADDR, 4, get(e, channel, T_SADDR, 4) + get(e, channel, T_SLAST, 4));
    put(e, channel, T_CITER, 2, get(e, channel, T_BITER, 2));
    put(e, channel, T_CSR, 2, csr | CSR_DONE);
    if (csr & CSR_INTMAJOR) e->interrupt |= 1u << channel;
    if (csr & CSR_DREQ) e->erq &= ~(1u << channel);
    if (csr & CSR_ESG) {
        uint8_t next[TCD_BYTES];
        if (emu_dma_read(kin_machine(&e->kin), get(e, channel, T_DLAST, 4), next, sizeof next)) {
            memcpy(e->tcd + channel * TCD_BYTES, next, sizeof next);
            if (get(e, channel, T_CSR, 2) & CSR_START) schedule(e, channel, 4);
        } else {
            fail(e, channel, 1u << 2); /* SGE */
        }
    } else {
        put(e, channel, T_DADDR, 4, get(e, channel, T_DADDR, 4) + get(e, channel, T_DLAST, 4));
    }
    if (csr & CSR_MAJORELINK) start(e, csr >> 8 & 15u);
    update_irqs(e);
}

static void minor_loop(edma *e, unsigned channel) {
    uint32_t nbytes = get(e, channel, T_NBYTES, 4), offset_flags = 0;
    int32_t offset = 0;
    if (e->cr & CR_EMLM) {
        offset_flags = nbytes >> 30;
        if (offset_flags) {
            offset = (int32_t)(nbytes << 2) >> 12;
            nbytes &= 0x3FFu;
        } else {
            nbytes &= 0x3FFFFFFFu;
        }
    }
    bool by_software = get(e, channel, T_CSR, 2) & CSR_START;
    put(e, channel, T_CSR, 2, get(e, channel, T_CSR, 2) & ~(uint32_t)(CSR_START | CSR_DONE));
    if (!by_software && e->kin.mux) kin_dma_served(e->kin.mux, channel);
    if (!move(e, channel, nbytes)) return;
    if (offset_flags & 2u) put(e, channel, T_SADDR, 4, get(e, channel, T_SADDR, 4) + (uint32_t)offset);
    if (offset_flags & 1u) put(e, channel, T_DADDR, 4, get(e, channel, T_DADDR, 4) + (uint32_t)offset);
    uint32_t citer = get(e, channel, T_CITER, 2), linked = citer & 0x8000u, mask = linked ? 0x1FFu : 0x7FFFu;
    uint32_t left = (citer - 1) & mask;
    put(e, channel, T_CITER, 2, (citer & ~mask) | left);
    if (left == 0) {
        major_end(e, channel);
    } else {
        uint32_t biter = get(e, channel, T_BITER, 2) & mask;
        if (get(e, channel, T_CSR, 2) & CSR_INTHALF && left == biter / 2) e->interrupt |= 1u << channel;
        if (linked) start(e, citer >> 9 & 15u);
        update_irqs(e);
    }
    if (asked(e, channel)) schedule(e, channel, 4 + nbytes / 2);
}

static void event(emu_device *d, uint32_t id) {
    edma *e = (edma *)d;
    if (id < CHANNELS && asked(e, id)) minor_loop(e, id);
}

void kin_edma_offer(emu_device *d, unsigned channel) { consider((edma *)d, channel); }

/* --- registers: bytes, so that every width of access works ------------------------------------------------------------------- */

static uint32_t *word_at(edma *e, uint32_t offset) {
    switch (offset & ~3u) {
    case CR: return &e->cr;
    case ES: return &e->es;
    case ERQ: return &e->erq;
    case EEI: return &e->eei;
    case INT: return &e->interrupt;
    case ERR: return &e->err;
    default: return NULL;
    }
}

static uint32_t read(kin_device *d, uint32_t offset) {
    edma *e = (edma *)d;
    if (offset >= TCD && offset < TCD + sizeof e->tcd) {
        emu_poll_hint(kin_machine(d), UINT64_MAX);
        return e->tcd[offset - TCD];
    }
    if (offset >= DCHPRI && offset < REGS) return e->dchpri[offset - DCHPRI];
    const uint32_t *word = word_at(e, offset);
    if (word) {
        emu_poll_hint(kin_machine(d), UINT64_MAX);
        return *word >> 8 * (offset & 3u) & 0xFFu;
    }
    if ((offset >= CEEI && offset <= CINT) || (offset & ~3u) == HRS) return 0;
    kin_log_read(d, offset);
    return 0;
}

static void command(edma *e, uint32_t offset, uint8_t v) {
    if (v & COMMAND_NOP) return;
    uint32_t which = v & COMMAND_ALL ? 0xFFFFu : 1u << (v & 15u);
    switch (offset) {
    case CEEI: e->eei &= ~which; break;
    case SEEI: e->eei |= which; break;
    case CERQ: e->erq &= ~which; break;
    case SERQ: e->erq |= which; break;
    case CERR: e->err &= ~which; break;
    case CINT: e->interrupt &= ~which; break;
    default: break;
    }
    for (unsigned i = 0; i < CHANNELS; i++) {
        if (!(which >> i & 1u)) continue;
        if (offset == CDNE) put(e, i, T_CSR, 2, get(e, i, T_CSR, 2) & ~(uint32_t)CSR_DONE);
        if (offset == SSRT) start(e, i);
        if (offset == SERQ) consider(e, i);
    }
    update_irqs(e);
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    edma *e = (edma *)d;
    uint8_t v = (uint8_t)value;
    unsigned shift = 8 * (offset & 3u);
    (void)mask;
    if (offset >= TCD && offset < TCD + sizeof e->tcd) {
        unsigned channel = (offset - TCD) / TCD_BYTES;
        e->tcd[offset - TCD] = v;
        if ((offset - TCD) % TCD_BYTES == T_CSR && v & CSR_START) start(e, channel);
        return;
    }
    if (offset >= CEEI && offset <= CINT) {
        command(e, offset, v);
        return;
    }
    if (offset >= DCHPRI && offset < REGS) {
        e->dchpri[offset - DCHPRI] = v;
        return;
    }
    switch (offset & ~3u) {
    case CR: kin_merge(&e->cr, (uint32_t)v << shift & 0xFEu, 0xFEu & 0xFFu << shift); break;
    case ERQ: kin_merge(&e->erq, (uint32_t)v << shift & 0xFFFFu, 0xFFu << shift); break;
    case EEI: kin_merge(&e->eei, (uint32_t)v << shift & 0xFFFFu, 0xFFu << shift); break;
    case INT: e->interrupt &= ~((uint32_t)v << shift); break;
    case ERR: e->err &= ~((uint32_t)v << shift); break;
    case ES:
    case HRS: break;
    default: kin_log_write(d, offset, value); return;
    }
    update_irqs(e);
    for (unsigned i = 0; i < CHANNELS; i++) consider(e, i);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    edma *e = (edma *)d;
    (void)kind;
    e->cr = e->es = e->erq = e->eei = e->interrupt = e->err = 0;
    for (unsigned i = 0; i < CHANNELS; i++) {
        e->dchpri[i] = (uint8_t)((i & ~3u) + 3 - (i & 3u));
        uint8_t *csr = e->tcd + i * TCD_BYTES + T_CSR; /* the rest of a descriptor is undefined after reset */
        csr[0] = csr[1] = 0;
    }
    update_irqs(e);
}

static const char *const known[] = {"error_irq", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((edma *)d)->error_irq = (uint32_t)emu_param_value(params, count, "error_irq", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_edma = {
    .type = "kinetis.edma",
    .struct_size = sizeof(edma),
    .region_size = 0x2000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
