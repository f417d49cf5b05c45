/* SPDX-License-Identifier: Apache-2.0 */
/* DMA of F4 (`stm32.dma_stream`: RM0090, "DMA controller") and of F1 and L4 (`stm32.dma_channel`: RM0008, RM0351).
 *
 * An item is moved as soon as its request is active: arbitration and bus time are not modelled. The FIFO of a stream only packs: items of
 * the peripheral's width follow one another in memory. Memory to memory takes two cycles an item and is done at the end of that time. */
#include <stdio.h>
#include <string.h>

#include "devices/stm32/stm32.h"
#include "machine.h"

enum { STREAMS = 8 };
enum { /* of a stream's flags; a channel has TC, HT and TE in bits 1 to 3 */
       FLAG_DME = 1u << 2,
       FLAG_TE = 1u << 3,
       FLAG_HT = 1u << 4,
       FLAG_TC = 1u << 5,
};
enum { PERIPHERAL_TO_MEMORY, MEMORY_TO_PERIPHERAL, MEMORY_TO_MEMORY };

typedef struct {
    uint32_t cr, ndtr, par, m0ar, m1ar, fcr; /* as software reads them; ndtr counts down */
    uint32_t flags;
    uint32_t start_ndtr, peripheral, memory; /* the transfer under way */
    bool enabled, serving;
} stream;

typedef struct {
    stm32_device dev;
    bool streams; /* F4 */
    bool has_cselr;
    uint32_t controller, cselr;
    int16_t irq[STREAMS];
    stream s[STREAMS];
} dma;

extern const emu_device_class stm32_dma_stream, stm32_dma_channel;

/* --- what the two kinds of control register say --------------------------------------------------------------------------- */

static unsigned direction(const dma *d, const stream *s) {
    if (d->streams) return s->cr >> 6 & 3u;
    return s->cr >> 14 & 1u ? MEMORY_TO_MEMORY : s->cr >> 4 & 1u ? MEMORY_TO_PERIPHERAL : PERIPHERAL_TO_MEMORY;
}

/* Memory to memory of a channel goes the way that DIR says; of a stream from PAR to M0AR. */
static bool from_memory(const dma *d, const stream *s) { return d->streams ? direction(d, s) == MEMORY_TO_PERIPHERAL : s->cr >> 4 & 1u; }

static bool circular(const dma *d, const stream *s) { return d->streams ? s->cr >> 8 & 1u : s->cr >> 5 & 1u; }
static bool double_buffer(const dma *d, const stream *s) { return d->streams && s->cr >> 18 & 1u; }
static bool peripheral_counts(const dma *d, const stream *s) { return d->streams ? s->cr >> 9 & 1u : s->cr >> 6 & 1u; }
static bool memory_counts(const dma *d, const stream *s) { return d->streams ? s->cr >> 10 & 1u : s->cr >> 7 & 1u; }
static unsigned width_of(uint32_t field) { return field >= 2 ? 4 : 1u << field; }
static unsigned peripheral_width(const dma *d, const stream *s) { return width_of((d->streams ? s->cr >> 11 : s->cr >> 8) & 3u); }

static unsigned memory_width(const dma *d, const stream *s) {
    return d->streams ? peripheral_width(d, s) : width_of(s->cr >> 10 & 3u); /* packed: see above */
}

static uint32_t enabled_interrupts(const dma *d, const stream *s) {
    if (d->streams) return (s->cr << 1 & (FLAG_DME | FLAG_TE | FLAG_HT | FLAG_TC));
    return (s->cr >> 1 & 1u ? FLAG_TC : 0u) | (s->cr >> 2 & 1u ? FLAG_HT : 0u) | (s->cr >> 3 & 1u ? FLAG_TE : 0u);
}

static void update_irq(dma *d) {
    for (unsigned n = 0; n < STREAMS; n++) {
        bool level = false; /* channels may share a line */
        for (unsigned k = 0; k < STREAMS; k++) level = level || (d->irq[k] == d->irq[n] && d->s[k].flags & enabled_interrupts(d, &d->s[k]));
        stm32_irq(&d->dev, d->irq[n], level);
    }
}

/* --- requests ---------------------------------------------------------------------------------------------------------------- */

static unsigned selected(const dma *d, unsigned n) {
    if (d->streams) return d->s[n].cr >> 25 & 7u;
    return d->has_cselr && n ? d->cselr >> 4 * (n - 1) & 15u : 0;
}

/* The device whose request is active on this stream; *request: which one. */
static stm32_device *requester(const dma *d, unsigned n, unsigned *request) {
    emu_machine *m = d->dev.base.machine;
    unsigned number = selected(d, n);
    for (size_t i = 0; i < m->device_count; i++) {
        if (!stm32_is_stm32(m->devices[i])) continue;
        stm32_device *p = (stm32_device *)m->devices[i];
        for (unsigned k = 0; k < p->dma_route_count; k++) {
            const stm32_dma_route *r = &p->dma_routes[k];
            if (r->controller != d->controller || r->stream != n || r->request != number) continue;
            if (p->spec->requests_dma(p, r->signal)) {
                *request = r->signal;
                return p;
            }
        }
    }
    return NULL;
}

/* --- transfers ----------------------------------------------------------------------------------------------------------------- */

static void stop(dma *d, stream *s) {
    s->enabled = false;
    if (d->streams) s->cr &= ~1u; /* a channel's EN stays set */
}

static void begin(dma *d, stream *s) {
    s->start_ndtr = s->ndtr;
    s->peripheral = s->par;
    s->memory = double_buffer(d, s) && s->cr >> 19 & 1u ? s->m1ar : s->m0ar;
}

static bool move_item(dma *d, stream *s) {
    emu_machine *m = d->dev.base.machine;
    unsigned pw = peripheral_width(d, s), mw = memory_width(d, s);
    bool out = from_memory(d, s);
    uint32_t from = out ? s->memory : s->peripheral, to = out ? s->peripheral : s->memory, value = 0;
    unsigned from_width = out ? mw : pw, to_width = out ? pw : mw;
    bool ok = emu_bus_read(m, from & ~(from_width - 1), from_width, &value) == EMU_BUS_OK;
    if (to_width < 4) value &= (1u << 8 * to_width) - 1;
    ok = ok && emu_bus_write(m, to & ~(to_width - 1), to_width, value) == EMU_BUS_OK;
    if (!ok) {
        s->flags |= FLAG_TE;
        stop(d, s);
        return false;
    }
    if (peripheral_counts(d, s)) s->peripheral += pw;
    if (memory_counts(d, s)) s->memory += mw;
    s->ndtr--;
    if (s->ndtr == s->start_ndtr - s->start_ndtr / 2 - s->start_ndtr % 2 && s->ndtr) s->flags |= FLAG_HT;
    if (s->ndtr) return true;
    s->flags |= FLAG_TC;
    if (s->start_ndtr == 1) s->flags |= FLAG_HT;
    if (double_buffer(d, s)) s->cr ^= 1u << 19; /* CT */
    if ((circular(d, s) || double_buffer(d, s)) && direction(d, s) != MEMORY_TO_MEMORY) {
        s->ndtr = s->start_ndtr;
        begin(d, s);
        return true;
    }
    stop(d, s);
    return false;
}

static void serve(dma *d, unsigned n) {
    stream *s = &d->s[n];
    unsigned request = 0;
    if (s->serving || !s->enabled || direction(d, s) == MEMORY_TO_MEMORY || !stm32_clocked(&d->dev)) return;
    s->serving = true; /* what is written to a peripheral may raise the same request again */
    uint32_t moved = 0;
    stm32_device *p;
    /* No request can go on for ever within one moment; a peripheral that would must not hang the machine. */
    while (s->enabled && s->ndtr && moved++ < 0x10000u && (p = requester(d, n, &request)) != NULL) {
        if (p->spec->dma_taken) p->spec->dma_taken(p, request);
        move_item(d, s);
    }
    s->serving = false;
    update_irq(d);
}

void stm32_dma_request(stm32_device *p, unsigned request) {
    for (unsigned k = 0; k < p->dma_route_count; k++) {
        const stm32_dma_route *r = &p->dma_routes[k];
        if (r->signal != request) continue;
        emu_device *found = emu_device_by_name(p->base.machine, r->controller == 1 ? "DMA1" : "DMA2");
        if (!found || (found->cls != &stm32_dma_stream && found->cls != &stm32_dma_channel)) continue;
        dma *d = (dma *)found;
        if (d->s[r->stream].enabled && selected(d, r->stream) == r->request) serve(d, r->stream);
    }
}

static void enable(dma *d, unsigned n) {
    stream *s = &d->s[n];
    s->enabled = s->ndtr != 0;
    if (!s->enabled) {
        if (d->streams) s->cr &= ~1u;
        return;
    }
    begin(d, s);
    if (direction(d, s) == MEMORY_TO_MEMORY)
        emu_schedule(&d->dev.base, n, emu_now(d->dev.base.machine) + 2ull * s->ndtr);
    else
        serve(d, n);
}

static void event(emu_device *base, uint32_t n) {
    dma *d = (dma *)base;
    while (d->s[n].enabled && move_item(d, &d->s[n])) {}
    update_irq(d);
}

static void write_cr(dma *d, unsigned n, uint32_t value) {
    stream *s = &d->s[n];
    bool was = s->cr & 1u;
    if (was && s->enabled) /* while it is enabled only EN and the interrupt enables can be changed */
        s->cr = (s->cr & ~(d->streams ? 0x1Fu : 0xFu)) | (value & (d->streams ? 0x1Fu : 0xFu));
    else
        s->cr = value & (d->streams ? 0x0FEFFFFFu : 0x7FFFu);
    if (!was && s->cr & 1u) {
        enable(d, n);
    } else if (was && !(s->cr & 1u)) {
        emu_cancel(&d->dev.base, n);
        if (s->enabled && d->streams) s->flags |= FLAG_TC; /* RM0090, "Stream disable": TCIF is set when a stream is switched off */
        s->enabled = false;
    }
    update_irq(d);
}

/* --- registers of streams -------------------------------------------------------------------------------------------------------- */

enum { LISR = 0x00, HISR = 0x04, LIFCR = 0x08, HIFCR = 0x0C, STREAM = 0x10, STREAM_SIZE = 0x18, STREAM_END = 0xD0 };
enum { S_CR = 0x00, S_NDTR = 0x04, S_PAR = 0x08, S_M0AR = 0x0C, S_M1AR = 0x10, S_FCR = 0x14 };
static const uint8_t flag_shift[4] = {0, 6, 16, 22};

static uint32_t stream_read(stm32_device *base, uint32_t offset) {
    dma *d = (dma *)base;
    stm32_poll_hint(base);
    if (offset <= HISR) {
        uint32_t value = 0;
        for (unsigned i = 0; i < 4; i++) value |= d->s[offset + i].flags << flag_shift[i];
        return value;
    }
    if (offset < STREAM || offset >= STREAM_END) {
        if (offset > HIFCR) stm32_no_register(base, offset, 0, false);
        return 0;
    }
    const stream *s = &d->s[(offset - STREAM) / STREAM_SIZE];
    switch ((offset - STREAM) % STREAM_SIZE) {
    case S_CR: return s->cr;
    case S_NDTR: return s->ndtr;
    case S_PAR: return s->par;
    case S_M0AR: return s->m0ar;
    case S_M1AR: return s->m1ar;
    default: return s->fcr | 0x20u; /* the FIFO is empty */
    }
}

static void stream_write(stm32_device *base, uint32_t offset, uint32_t value, uint32_t lanes) {
    dma *d = (dma *)base;
    if (offset == LIFCR || offset == HIFCR) {
        for (unsigned i = 0; i < 4; i++) d->s[(offset - LIFCR) + i].flags &= ~(value >> flag_shift[i] & 0x3Fu);
        update_irq(d);
        return;
    }
    if (offset < STREAM || offset >= STREAM_END) {
        stm32_no_register(base, offset, value, true);
        return;
    }
    unsigned n = (offset - STREAM) / STREAM_SIZE;
    stream *s = &d->s[n];
    bool locked = s->enabled;
    switch ((offset - STREAM) % STREAM_SIZE) {
    case S_CR: write_cr(d, n, stm32_merge(s->cr, value, lanes)); break;
    case S_NDTR:
        if (!locked) s->ndtr = value & 0xFFFFu;
        break;
    case S_PAR:
        if (!locked) s->par = value;
        break;
    case S_M0AR: s->m0ar = value; break;
    case S_M1AR: s->m1ar = value; break;
    default: s->fcr = value & 0x87u;
    }
}

/* --- registers of channels -------------------------------------------------------------------------------------------------------- */

enum { ISR = 0x00, IFCR = 0x04, CHANNEL = 0x08, CHANNEL_SIZE = 0x14, CHANNEL_END = 0x94, CSELR = 0xA8 };
enum { C_CCR = 0x00, C_CNDTR = 0x04, C_CPAR = 0x08, C_CMAR = 0x0C };

static uint32_t channel_read(stm32_device *base, uint32_t offset) {
    dma *d = (dma *)base;
    stm32_poll_hint(base);
    if (offset == ISR) {
        uint32_t value = 0;
        for (unsigned n = 1; n < STREAMS; n++) {
            uint32_t f = d->s[n].flags, c = (f & FLAG_TC ? 2u : 0u) | (f & FLAG_HT ? 4u : 0u) | (f & FLAG_TE ? 8u : 0u);
            value |= (c ? c | 1u : 0u) << 4 * (n - 1);
        }
        return value;
    }
    if (offset == IFCR) return 0;
    if (offset == CSELR && d->has_cselr) return d->cselr;
    if (offset >= CHANNEL && offset < CHANNEL_END) {
        const stream *s = &d->s[1 + (offset - CHANNEL) / CHANNEL_SIZE];
        switch ((offset - CHANNEL) % CHANNEL_SIZE) {
        case C_CCR: return s->cr;
        case C_CNDTR: return s->ndtr;
        case C_CPAR: return s->par;
        case C_CMAR: return s->m0ar;
        default: return 0;
        }
    }
    stm32_no_register(base, offset, 0, false);
    return 0;
}

static void channel_write(stm32_device *base, uint32_t offset, uint32_t value, uint32_t lanes) {
    dma *d = (dma *)base;
    if (offset == IFCR) {
        for (unsigned n = 1; n < STREAMS; n++) {
            uint32_t c = value >> 4 * (n - 1) & 15u;
            if (c & 1u) c = 15;
            d->s[n].flags &= ~((c & 2u ? FLAG_TC : 0u) | (c & 4u ? FLAG_HT : 0u) | (c & 8u ? FLAG_TE : 0u));
        }
        update_irq(d);
        return;
    }
    if (offset == CSELR && d->has_cselr) {
        d->cselr = stm32_merge(d->cselr, value, lanes & 0x0FFFFFFFu);
        return;
    }
    if (offset < CHANNEL || offset >= CHANNEL_END) {
        stm32_no_register(base, offset, value, true);
        return;
    }
    unsigned n = 1 + (offset - CHANNEL) / CHANNEL_SIZE;
    stream *s = &d->s[n];
    bool locked = s->cr & 1u;
    switch ((offset - CHANNEL) % CHANNEL_SIZE) {
    case C_CCR: write_cr(d, n, stm32_merge(s->cr, value, lanes)); break;
    case C_CNDTR:
        if (!locked) s->ndtr = value & 0xFFFFu;
        break;
    case C_CPAR:
        if (!locked) s->par = value;
        break;
    case C_CMAR:
        if (!locked) s->m0ar = value;
        break;
    default: break;
    }
}

/* --- both ----------------------------------------------------------------------------------------------------------------------------- */

static void reset(emu_device *base, emu_reset_kind kind) {
    dma *d = (dma *)base;
    (void)kind;
    for (unsigned n = 0; n < STREAMS; n++) {
        emu_cancel(base, n);
        memset(&d->s[n], 0, sizeof d->s[n]);
        if (d->streams) d->s[n].fcr = 1;
    }
    d->cselr = 0;
    update_irq(d);
}

static bool common_init(emu_device *base, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    dma *d = (dma *)base;
    d->controller = (uint32_t)emu_param_value(params, count, "controller", 1);
    d->has_cselr = emu_param_value(params, count, "cselr", 0) != 0;
    for (unsigned n = 0; n < STREAMS; n++) {
        char key[8];
        snprintf(key, sizeof key, "irq_%u", n);
        d->irq[n] = (int16_t)emu_param_value(params, count, key, (uint64_t)-1);
    }
    return stm32_init(base, spec, params, count, error);
}

static const char *const known[] = {"controller", "cselr", "irq_0", "irq_1", "irq_2", "irq_3", "irq_4", "irq_5", "irq_6", "irq_7", NULL};

static bool stream_init(emu_device *base, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.ahb = true, .read = stream_read, .write = stream_write, .params = known};
    ((dma *)base)->streams = true;
    return common_init(base, &spec, params, count, error);
}

static bool channel_init(emu_device *base, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.ahb = true, .read = channel_read, .write = channel_write, .params = known};
    return common_init(base, &spec, params, count, error);
}

const emu_device_class stm32_dma_stream = {
    .type = "stm32.dma_stream",
    .struct_size = sizeof(dma),
    .region_size = 0x400,
    .init = stream_init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};

const emu_device_class stm32_dma_channel = {
    .type = "stm32.dma_channel",
    .struct_size = sizeof(dma),
    .region_size = 0x400,
    .init = channel_init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};
