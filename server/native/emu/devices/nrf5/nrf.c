/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/nrf5/nrf.h"

#include "machine.h"

bool nrf_is_nrf(const emu_device *d) { return d->cls->read == nrf_read; }

static void update_irq(nrf_device *d) { emu_irq_set(d->base.machine, d->base.irq, (d->events & d->inten) != 0); }

void nrf_link(emu_device *d) {
    emu_machine *m = d->machine;
    ((nrf_device *)d)->ppi = NULL;
    for (unsigned i = 0; i < m->device_count; i++)
        if (nrf_is_ppi(m->devices[i])) ((nrf_device *)d)->ppi = m->devices[i];
}

void nrf_event(nrf_device *d, unsigned n) {
    uint32_t bit = 1u << n;
    if (d->spec->has_evten && !((d->evten | d->inten) & bit)) return;
    d->events |= bit;
    update_irq(d);
    if (!d->spec->has_evten || (d->evten & bit)) {
        emu_device *ppi = d->ppi;
        if (ppi) nrf_ppi_event(ppi, d->base.base + NRF_EVENTS + 4 * n);
    }
    for (unsigned i = 0; i < d->spec->short_count; i++) {
        const nrf_short *s = &d->spec->shorts[i];
        if (s->event == n && (d->shorts >> s->bit & 1u)) d->spec->task(d, s->task);
    }
}

bool nrf_trigger(emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < m->device_count; i++) {
        emu_device *e = m->devices[i];
        if (!nrf_is_nrf(e) || address < e->base || address - e->base >= NRF_EVENTS) continue;
        nrf_device *d = (nrf_device *)e;
        unsigned n = (address - e->base) / 4;
        if (n < 32 && (d->spec->tasks >> n & 1u)) {
            d->spec->task(d, n);
            return true;
        }
    }
    return false;
}

void nrf_reset(nrf_device *d) {
    d->events = d->inten = d->evten = d->shorts = 0;
    update_irq(d);
}

static uint32_t shorts_mask(const nrf_spec *spec) {
    uint32_t mask = 0;
    for (unsigned i = 0; i < spec->short_count; i++) mask |= 1u << spec->shorts[i].bit;
    return mask;
}

static uint32_t read_word(nrf_device *d, uint32_t offset) {
    const nrf_spec *spec = d->spec;
    if (offset >= NRF_EVENTS && offset < NRF_EVENTS + 0x80) {
        unsigned n = (offset - NRF_EVENTS) / 4;
        if (spec->events >> n & 1u) {
            /* An event changes only in somebody's event(), which ends a skip anyway. */
            emu_poll_hint(d->base.machine, UINT64_MAX);
            return d->events >> n & 1u;
        }
    }
    if (offset < 0x80 && (spec->tasks >> (offset / 4) & 1u)) return 0;
    switch (offset) {
    case NRF_SHORTS:
        if (spec->short_count) return d->shorts;
        break;
    case NRF_INTEN:
        if (spec->has_inten) return d->inten;
        break;
    case NRF_INTENSET:
    case NRF_INTENCLR:
        if (spec->events) return d->inten;
        break;
    case NRF_EVTEN:
    case NRF_EVTENSET:
    case NRF_EVTENCLR:
        if (spec->has_evten) return d->evten;
        break;
    case NRF_POWER:
        if (spec->power_gated) return 1;
        break;
    }
    return spec->read(d, offset);
}

/* true: the common part has answered. */
static bool write_common(nrf_device *d, uint32_t offset, uint32_t value) {
    const nrf_spec *spec = d->spec;
    if (offset < 0x80 && (spec->tasks >> (offset / 4) & 1u)) {
        if (value & 1u) spec->task(d, offset / 4);
        return true;
    }
    if (offset >= NRF_EVENTS && offset < NRF_EVENTS + 0x80) {
        unsigned n = (offset - NRF_EVENTS) / 4;
        if (!(spec->events >> n & 1u)) return false;
        d->events = (d->events & ~(1u << n)) | (value & 1u) << n;
        update_irq(d);
        if (spec->event_written) spec->event_written(d, n);
        return true;
    }
    uint32_t inten = d->inten, evten = d->evten;
    switch (offset) {
    case NRF_SHORTS:
        if (!spec->short_count) return false;
        d->shorts = value & shorts_mask(spec);
        return true;
    case NRF_INTEN:
        if (!spec->has_inten) return false;
        d->inten = value & spec->events;
        break;
    case NRF_INTENSET: d->inten |= value & spec->events; break;
    case NRF_INTENCLR: d->inten &= ~value; break;
    case NRF_EVTEN:
        if (!spec->has_evten) return false;
        d->evten = value & spec->events;
        break;
    case NRF_EVTENSET:
        if (!spec->has_evten) return false;
        d->evten |= value & spec->events;
        break;
    case NRF_EVTENCLR:
        if (!spec->has_evten) return false;
        d->evten &= ~value;
        break;
    case NRF_POWER:
        if (!spec->power_gated) return false;
        if (!(value & 1u)) d->base.cls->reset(&d->base, EMU_RESET_SOFT);
        return true;
    default: return false;
    }
    if (inten != d->inten || evten != d->evten) {
        update_irq(d);
        if (spec->enabled) spec->enabled(d);
    }
    return true;
}

/* APB peripherals are word-wide: a narrow read picks its lane; a narrow write is seen as a word with its other lanes zero. */
uint32_t nrf_read(emu_device *base, uint32_t offset, unsigned size) {
    uint32_t word = read_word((nrf_device *)base, offset & ~3u);
    if (size == 4) return word;
    return word >> (8 * (offset & 3u)) & (size == 1 ? 0xFFu : 0xFFFFu);
}

void nrf_write(emu_device *base, uint32_t offset, uint32_t value, unsigned size) {
    nrf_device *d = (nrf_device *)base;
    uint32_t word = size == 4 ? value : value << (8 * (offset & 3u));
    if (!write_common(d, offset & ~3u, word)) d->spec->write(d, offset & ~3u, word);
}

uint64_t nrf_lfclk_ticks(const emu_machine *m, uint64_t cycles) {
    uint64_t hz = emu_clock_hz(m); /* split, so that no product overflows */
    return cycles / hz * NRF_LFCLK_HZ + cycles % hz * NRF_LFCLK_HZ / hz;
}

uint64_t nrf_lfclk_cycles(const emu_machine *m, uint64_t ticks) {
    uint64_t hz = emu_clock_hz(m);
    return ticks / NRF_LFCLK_HZ * hz + (ticks % NRF_LFCLK_HZ * hz + NRF_LFCLK_HZ - 1) / NRF_LFCLK_HZ;
}
