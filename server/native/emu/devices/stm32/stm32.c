/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of STM32 peripherals: see stm32.h. */
#include "devices/stm32/stm32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/stm32/rcc.h"
#include "machine.h"

bool stm32_is_stm32(const emu_device *d) { return d->cls->read == stm32_read; }

/* --- parameters ----------------------------------------------------------------------------------------------------- */

static int index_of(const char *const *names, const char *text, size_t length) {
    for (int i = 0; names && names[i]; i++)
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0) return i;
    return -1;
}

/* "TX_PD8": a signal of the device and a pin. */
static bool take_route(stm32_device *d, const emu_param *p) {
    const char *bar = strrchr(p->key, '_');
    if (!bar || bar[1] != 'P' || bar[2] < 'A' || bar[2] > 'K' || d->route_count == STM32_ROUTES) return false;
    int signal = index_of(d->spec->signals, p->key, (size_t)(bar - p->key));
    char *end;
    unsigned long bit = strtoul(bar + 3, &end, 10);
    if (signal < 0 || *end || end == bar + 3 || bit > 15 || p->value > 255) return false;
    uint8_t pin = (uint8_t)((unsigned)(bar[2] - 'A') * 32 + bit);
    if (bar[2] > 'H') return true; /* the machine has pins of eight ports */
    d->routes[d->route_count++] = (stm32_route){(uint8_t)signal, pin, (uint8_t)p->value};
    return true;
}

/* "DMA_TX_1_3": a request of the device, a controller, a stream or channel. */
static bool take_dma_route(stm32_device *d, const emu_param *p) {
    if (strncmp(p->key, "DMA_", 4) != 0 || d->dma_route_count == STM32_DMA_ROUTES || p->value > 15) return false;
    const char *stream = strrchr(p->key, '_');
    if (stream - p->key < 7 || stream[-2] != '_') return false;
    int request = index_of(d->spec->requests, p->key + 4, (size_t)(stream - 2 - (p->key + 4)));
    if (request < 0 || stream[1] < '0' || stream[1] > '7' || stream[2] || (stream[-1] != '1' && stream[-1] != '2')) return false;
    d->dma_routes[d->dma_route_count++] =
        (stm32_dma_route){(uint8_t)request, (uint8_t)(stream[-1] - '0'), (uint8_t)(stream[1] - '0'), (uint8_t)p->value};
    return true;
}

bool stm32_init(emu_device *base, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    stm32_device *d = (stm32_device *)base;
    d->spec = spec;
    d->gate = STM32_NO_GATE;
    for (size_t i = 0; i < count; i++) {
        const emu_param *p = &params[i];
        if (strcmp(p->key, "gate") == 0)
            d->gate = (uint32_t)p->value;
        else if (strcmp(p->key, "remap_shift") == 0)
            d->remap_shift = (uint32_t)p->value;
        else if (strcmp(p->key, "remap_bits") == 0)
            d->remap_mask = (1u << p->value) - 1;
        else if (index_of(spec->params, p->key, strlen(p->key)) < 0 && !take_route(d, p) && !take_dma_route(d, p)) {
            snprintf(error, EMU_ERROR_MAX, "device %s: %s has no parameter '%.60s' (or not with that value)", base->name, base->cls->type,
                     p->key);
            return false;
        }
    }
    return true;
}

void stm32_link(emu_device *d) {
    emu_device *rcc = emu_device_by_name(d->machine, "RCC");
    ((stm32_device *)d)->rcc = rcc && stm32_is_stm32(rcc) ? (stm32_rcc *)rcc : NULL;
}

/* --- accesses ------------------------------------------------------------------------------------------------------- */

bool stm32_clocked(const stm32_device *d) { return d->gate == STM32_NO_GATE || !d->rcc || stm32_rcc_gate_open(d->rcc, d->gate); }

uint32_t stm32_read(emu_device *base, uint32_t offset, unsigned size) {
    stm32_device *d = (stm32_device *)base;
    if (!stm32_clocked(d)) return 0; /* an access to a peripheral without its clock reads 0 */
    d->access = (uint8_t)size;
    uint32_t value = d->spec->read(d, offset & ~3u);
    return size == 4 ? value : value >> 8 * (offset & 3u) & (size == 1 ? 0xFFu : 0xFFFFu);
}

void stm32_write(emu_device *base, uint32_t offset, uint32_t value, unsigned size) {
    stm32_device *d = (stm32_device *)base;
    if (!stm32_clocked(d)) return;
    uint32_t lanes = 0xFFFFFFFFu;
    d->access = (uint8_t)size;
    if (size != 4) {
        uint32_t part = size == 1 ? 0xFFu : 0xFFFFu;
        value &= part;
        if (d->spec->ahb) {
            lanes = part << 8 * (offset & 3u);
            value <<= 8 * (offset & 3u);
        } else {
            value *= size == 1 ? 0x01010101u : 0x00010001u;
        }
    }
    d->spec->write(d, offset & ~3u, value, lanes);
}

void stm32_irq(stm32_device *d, int irq, bool level) {
    if (irq < 0 || irq >= 128) return;
    uint64_t bit = 1ull << (irq & 63), *mine = &d->irqs[irq >> 6];
    if (level == ((*mine & bit) != 0)) return;
    *mine ^= bit;
    emu_machine *m = d->base.machine;
    for (size_t i = 0; !level && i < m->device_count; i++)
        if (stm32_is_stm32(m->devices[i]) && ((stm32_device *)m->devices[i])->irqs[irq >> 6] & bit) return;
    emu_irq_set(m, irq, level);
}

void stm32_no_register(const stm32_device *d, uint32_t offset, uint32_t value, bool write) {
    emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, write);
}

/* --- clocks ----------------------------------------------------------------------------------------------------------- */

static unsigned bus_of(const stm32_device *d) { return (d->base.base & 0x000F0000u) == 0x00000000u ? 0 : 1; }

const stm32_clocks *stm32_clocks_of(const stm32_device *d) {
    static const stm32_clocks none = {1000000, 1000000, {1000000, 1000000}, {1000000, 1000000}, 16000000, 0, 32000, 0};
    return d->rcc ? stm32_rcc_clocks(d->rcc) : &none;
}

uint32_t stm32_pclk(const stm32_device *d) { return stm32_clocks_of(d)->pclk[bus_of(d)]; }
uint32_t stm32_timclk(const stm32_device *d) { return stm32_clocks_of(d)->timclk[bus_of(d)]; }

uint64_t stm32_cycles(const emu_machine *m, uint64_t ticks, uint32_t hz) {
    uint64_t core = emu_clock_hz(m); /* split, so that no product overflows */
    return ticks / hz * core + (ticks % hz * core + hz - 1) / hz;
}

uint32_t stm32_rcc_register(const stm32_device *d, uint32_t offset) { return d->rcc ? stm32_rcc_peek(d->rcc, offset) : 0; }

/* --- pins ------------------------------------------------------------------------------------------------------------- */

stm32_port *stm32_port_of(emu_machine *m, unsigned pin) {
    for (size_t i = 0; i < m->device_count; i++) {
        emu_device *d = m->devices[i];
        if (d->cls != &stm32_gpio && d->cls != &stm32_f1_gpio) continue;
        stm32_port *p = (stm32_port *)d;
        if (p->port == pin / 32) return p;
    }
    return NULL;
}

static bool remapped_to(const stm32_device *d, unsigned set) {
    const emu_device *afio = emu_device_by_name(d->base.machine, "AFIO");
    return !afio || set >> (stm32_afio_mapr(afio) >> d->remap_shift & d->remap_mask) & 1u;
}

static bool route_is_on(const stm32_device *d, const stm32_route *r) {
    const stm32_port *p = stm32_port_of(d->base.machine, r->pin);
    if (!p) return false;
    int af = p->alternate(p, r->pin % 32);
    return af == r->af || (af == STM32_AF_BY_REMAP && remapped_to(d, r->af));
}

bool stm32_signal_on(const stm32_device *d, unsigned signal, uint32_t pin) {
    for (unsigned i = 0; i < d->route_count; i++) {
        const stm32_route *r = &d->routes[i];
        if (r->signal == signal && (pin == STM32_ANY_PIN || pin == r->pin) && route_is_on(d, r)) return true;
    }
    return false;
}

bool stm32_signal_in(const stm32_device *d, unsigned signal, bool otherwise) {
    for (unsigned i = 0; i < d->route_count; i++) {
        const stm32_route *r = &d->routes[i];
        if (r->signal == signal && route_is_on(d, r)) return emu_pin_level(d->base.machine, r->pin) == EMU_HIGH;
    }
    return otherwise;
}

void stm32_signal_changed(stm32_device *d, unsigned signal) {
    for (unsigned i = 0; i < d->route_count; i++) {
        const stm32_route *r = &d->routes[i];
        if (r->signal != signal) continue;
        stm32_port *p = stm32_port_of(d->base.machine, r->pin);
        if (p) p->refresh(p, r->pin % 32);
    }
}

emu_level stm32_pin_driven(emu_machine *m, unsigned pin, int af) {
    for (size_t i = 0; i < m->device_count; i++) {
        if (!stm32_is_stm32(m->devices[i])) continue;
        stm32_device *d = (stm32_device *)m->devices[i];
        for (unsigned k = 0; d->spec->signal_level && k < d->route_count; k++) {
            const stm32_route *r = &d->routes[k];
            if (r->pin != pin || (af == STM32_AF_BY_REMAP ? !remapped_to(d, r->af) : r->af != af)) continue;
            emu_level level = d->spec->signal_level(d, r->signal);
            if (level != EMU_FLOAT) return level;
        }
    }
    return EMU_FLOAT;
}
