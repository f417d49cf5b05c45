/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/kinetis/kinetis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const emu_device_class kinetis_sim, kinetis_mcg, kinetis_dmamux;

bool kin_is(const emu_device *d) { return d->cls->link == kin_link; }

emu_device *kin_find(emu_machine *m, const emu_device_class *cls) {
    for (unsigned i = 0; i < emu_device_count(m); i++)
        if (emu_device_number(m, i)->cls == cls) return emu_device_number(m, i);
    return NULL;
}

/* --- parameters ---------------------------------------------------------------------------------------------------- */

/* PTB17_3: pin B17 with mux 3 */
static bool parse_route(const char *key, uint64_t signal, kin_route *route) {
    char port, end;
    unsigned bit, mux;
    if (sscanf(key, "PT%c%u_%u%c", &port, &bit, &mux, &end) != 3) return false;
    if (port < 'A' || port > 'E' || bit > 31 || mux > 7 || signal > 255) return false;
    *route = (kin_route){(uint8_t)((port - 'A') * 32 + (int)bit), (uint8_t)mux, (uint8_t)signal};
    return true;
}

static bool is_known(const char *key, const char *const *known) {
    if (strcmp(key, "gate") == 0 || strcmp(key, "gate2") == 0) return true;
    for (; known && *known; known++)
        if (strcmp(*known, key) == 0) return true;
    return false;
}

bool kin_init(emu_device *base, const kin_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    kin_device *d = (kin_device *)base;
    d->spec = spec;
    d->gate = (uint16_t)emu_param_value(params, count, "gate", 0);
    d->gate2 = (uint16_t)emu_param_value(params, count, "gate2", 0);
    for (size_t i = 0; i < count; i++) {
        kin_route route;
        if (is_known(params[i].key, spec->params)) continue;
        if (!parse_route(params[i].key, params[i].value, &route)) {
            snprintf(error, EMU_ERROR_MAX, "device %s: %s has no parameter '%s'", base->name, base->cls->type, params[i].key);
            return false;
        }
        if (d->route_count == KIN_ROUTES_MAX) {
            snprintf(error, EMU_ERROR_MAX, "device %s: more than %d pin functions", base->name, KIN_ROUTES_MAX);
            return false;
        }
        d->routes[d->route_count++] = route;
    }
    return true;
}

void kin_link(emu_device *base) {
    kin_device *d = (kin_device *)base;
    d->sim = kin_find(base->machine, &kinetis_sim);
    d->mcg = kin_find(base->machine, &kinetis_mcg);
    d->mux = kin_find(base->machine, &kinetis_dmamux);
    if (d->spec->link) d->spec->link(d);
}

/* --- accesses ------------------------------------------------------------------------------------------------------ */

static bool gate_open(const kin_device *d, unsigned gate) {
    return gate && kin_sim(d, SIM_SCGC1 + 4 * (gate / 100 - 1)) >> (gate % 100) & 1u;
}

/* An access to a peripheral without a clock ends with a bus error (K64 RM, "Module clocks": "... will result in a transfer error"). */
static bool accessible(const kin_device *d) {
    if (!d->gate || !d->sim || gate_open(d, d->gate) || gate_open(d, d->gate2)) return true;
    emu_access_refuse(kin_machine(d));
    return false;
}

uint32_t kin_read(emu_device *base, uint32_t offset, unsigned size) {
    kin_device *d = (kin_device *)base;
    if (!accessible(d)) return 0;
    unsigned width = d->spec->width;
    if (size == width) return d->spec->read(d, offset);
    if (size < width) {
        uint32_t value = d->spec->read(d, offset & ~(width - 1)) >> 8 * (offset & (width - 1));
        return value & (size == 1 ? 0xFFu : 0xFFFFu);
    }
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i += width) value |= d->spec->read(d, offset + i) << 8 * i;
    return value;
}

static uint32_t ones(unsigned bytes) { return bytes == 4 ? 0xFFFFFFFFu : (1u << 8 * bytes) - 1; }

void kin_write(emu_device *base, uint32_t offset, uint32_t value, unsigned size) {
    kin_device *d = (kin_device *)base;
    if (!accessible(d)) return;
    unsigned width = d->spec->width;
    value &= ones(size);
    if (size <= width) {
        unsigned shift = 8 * (offset & (width - 1));
        d->spec->write(d, offset & ~(width - 1), value << shift, ones(size) << shift);
        return;
    }
    for (unsigned i = 0; i < size; i += width) d->spec->write(d, offset + i, value >> 8 * i & ones(width), ones(width));
}

void kin_log_read(kin_device *d, uint32_t offset) { emu_log_unmodelled(kin_machine(d), d->base.base + offset, 0, d->spec->width, false); }

void kin_log_write(kin_device *d, uint32_t offset, uint32_t value) {
    emu_log_unmodelled(kin_machine(d), d->base.base + offset, value, d->spec->width, true);
}

/* --- time ------------------------------------------------------------------------------------------------------------ */

__extension__ typedef unsigned __int128 wide;

uint64_t kin_us(const emu_machine *m, uint64_t us) { return (us * emu_clock_hz(m) + 999999) / 1000000; }

void kin_after_us(emu_device *d, uint32_t id, uint64_t us) { emu_schedule_ns(d, id, us * 1000); }

uint64_t kin_counter_now(const kin_counter *c, const emu_machine *m) {
    if (!c->hz || emu_now(m) < c->cycle) return c->ticks;
    return c->ticks + (uint64_t)((wide)(emu_now(m) - c->cycle) * c->hz / ((wide)emu_clock_hz(m) * c->divider));
}

void kin_counter_set(kin_counter *c, const emu_machine *m, uint64_t ticks, uint32_t hz, uint32_t divider) {
    *c = (kin_counter){emu_now(m), ticks, hz, divider ? divider : 1};
}

uint64_t kin_counter_due(const kin_counter *c, const emu_machine *m, uint64_t ticks) {
    if (!c->hz) return UINT64_MAX;
    uint64_t left = ticks > c->ticks ? ticks - c->ticks : 0;
    wide cycles = ((wide)left * emu_clock_hz(m) * c->divider + (c->hz - 1)) / c->hz;
    if (cycles > UINT64_MAX / 2) return UINT64_MAX;
    uint64_t due = c->cycle + (uint64_t)cycles, now = emu_now(m);
    return due > now ? due : now + 1;
}
