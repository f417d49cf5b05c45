/* SPDX-License-Identifier: Apache-2.0 */
/* DMAMUX: which peripheral's request reaches which channel (K64 RM and KL25 RM, "Direct Memory Access Multiplexer"). */
#include "devices/kinetis/dma.h"

#include <string.h>

#include "machine.h"

enum { CHCFG_SOURCE = 0x3Fu, CHCFG_TRIG = 1u << 6, CHCFG_ENBL = 1u << 7 };
enum { SOURCES = 64, CHANNELS = 16 };

typedef struct {
    kin_device kin;
    uint32_t channels;
    uint32_t always; /* the first of the sources that always ask */
    uint8_t chcfg[CHANNELS];
    uint64_t requests; /* levels of the sources */
    uint32_t pulses;   /* channels with a request that ends by being served */
    emu_device *engine;
} dmamux;

static bool source_on(const dmamux *x, unsigned source) { return source >= x->always || (x->requests >> source & 1u); }

static bool enabled(const dmamux *x, unsigned channel) { return x->chcfg[channel] & CHCFG_ENBL && x->chcfg[channel] & CHCFG_SOURCE; }

static void offer(dmamux *x, unsigned channel) {
    if (x->engine) kin_dma_offer(x->engine, channel);
}

bool kin_dma_asked(const emu_device *d, unsigned channel) {
    const dmamux *x = (const dmamux *)d;
    if (channel >= x->channels || !enabled(x, channel)) return false;
    if (x->pulses >> channel & 1u) return true;
    return !(x->chcfg[channel] & CHCFG_TRIG) && source_on(x, x->chcfg[channel] & CHCFG_SOURCE);
}

void kin_dma_served(emu_device *d, unsigned channel) { ((dmamux *)d)->pulses &= ~(1u << channel); }

void kin_dma_request(const kin_device *d, unsigned source, bool on) {
    dmamux *x = (dmamux *)d->mux;
    if (!x || !source || source >= x->always || (x->requests >> source & 1u) == on) return;
    x->requests ^= 1ull << source;
    for (unsigned i = 0; on && i < x->channels; i++)
        if (enabled(x, i) && (x->chcfg[i] & CHCFG_SOURCE) == source && !(x->chcfg[i] & CHCFG_TRIG)) offer(x, i);
}

void kin_dma_pulse(const kin_device *d, unsigned source) {
    dmamux *x = (dmamux *)d->mux;
    for (unsigned i = 0; x && source && i < x->channels; i++) {
        if (!enabled(x, i) || (x->chcfg[i] & CHCFG_SOURCE) != source) continue;
        x->pulses |= 1u << i;
        offer(x, i);
    }
}

void kin_dma_trigger(const kin_device *d, unsigned channel) {
    dmamux *x = (dmamux *)d->mux;
    if (!kin_dma_triggers(d, channel) || !source_on(x, x->chcfg[channel] & CHCFG_SOURCE)) return;
    x->pulses |= 1u << channel;
    offer(x, channel);
}

bool kin_dma_triggers(const kin_device *d, unsigned channel) {
    const dmamux *x = (const dmamux *)d->mux;
    return x && channel < x->channels && enabled(x, channel) && x->chcfg[channel] & CHCFG_TRIG;
}

static uint32_t read(kin_device *d, uint32_t offset) {
    const dmamux *x = (const dmamux *)d;
    if (offset < x->channels) return x->chcfg[offset];
    kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    dmamux *x = (dmamux *)d;
    (void)mask;
    if (offset >= x->channels) {
        kin_log_write(d, offset, value);
        return;
    }
    x->chcfg[offset] = (uint8_t)value;
    x->pulses &= ~(1u << offset);
    if (kin_dma_asked(&d->base, offset)) offer(x, offset);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    dmamux *x = (dmamux *)d;
    (void)kind;
    memset(x->chcfg, 0, sizeof x->chcfg);
    x->requests = 0;
    x->pulses = 0;
}

static void link(kin_device *d) { ((dmamux *)d)->engine = kin_dma_engine(kin_machine(d)); }

static const char *const known[] = {"channels", "always", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write, .link = link};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    uint64_t channels = emu_param_value(params, count, "channels", CHANNELS);
    ((dmamux *)d)->channels = channels < CHANNELS ? (uint32_t)channels : CHANNELS;
    ((dmamux *)d)->always = (uint32_t)emu_param_value(params, count, "always", SOURCES);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_dmamux = {
    .type = "kinetis.dmamux",
    .struct_size = sizeof(dmamux),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
