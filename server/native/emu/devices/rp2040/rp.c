/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/rp2040/rp.h"

#include <stdlib.h>

enum { ALIAS_RW, ALIAS_XOR, ALIAS_SET, ALIAS_CLR };

bool rp_is_rp(const emu_device *d) { return d->cls->read == rp_read; }

/* The register's place in the store, and its description. */
static const rp_register *find(const rp_device *d, uint32_t offset, unsigned *index) {
    unsigned at = 0;
    for (const rp_register *r = d->spec->registers; r && r->count; r++) {
        if (offset >= r->offset && offset < r->offset + 4u * r->count) {
            *index = at + (offset - r->offset) / 4;
            return r;
        }
        at += r->count;
    }
    return NULL;
}

uint32_t *rp_plain(rp_device *d, uint32_t offset) {
    unsigned index = 0;
    const rp_register *r = find(d, offset, &index);
    if (!r || index >= RP_STORE_MAX) abort(); /* a mistake in the device's own table */
    return &d->store[index];
}

static uint32_t read_register(rp_device *d, uint32_t offset, bool *known) {
    uint32_t value = 0;
    unsigned index;
    *known = true;
    if (d->spec->read && d->spec->read(d, offset, &value)) return value;
    if (find(d, offset, &index)) return d->store[index];
    *known = false;
    return 0;
}

static void write_register(rp_device *d, uint32_t offset, uint32_t value) {
    unsigned index;
    if (d->spec->write && d->spec->write(d, offset, value)) return;
    const rp_register *r = find(d, offset, &index);
    if (!r) {
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
        return;
    }
    d->store[index] = (d->store[index] & ~r->writable) | (value & r->writable);
    if (d->spec->changed) d->spec->changed(d, offset);
}

uint32_t rp_read(emu_device *base, uint32_t offset, unsigned size) {
    rp_device *d = (rp_device *)base;
    bool known;
    if (d->held) return 0;
    uint32_t at = d->spec->no_aliases ? offset & ~3u : offset & 0xFFCu;
    uint32_t word = read_register(d, at, &known);
    if (!known) emu_log_unmodelled(base->machine, base->base + at, 0, size, false);
    if (size == 4) return word;
    return word >> (8 * (offset & 3u)) & (size == 1 ? 0xFFu : 0xFFFFu);
}

void rp_write(emu_device *base, uint32_t offset, uint32_t value, unsigned size) {
    rp_device *d = (rp_device *)base;
    if (d->held) return;
    if (size == 1) value = (value & 0xFFu) * 0x01010101u;
    if (size == 2) value = (value & 0xFFFFu) * 0x00010001u;
    if (d->spec->no_aliases) {
        write_register(d, offset & ~3u, value);
        return;
    }
    uint32_t at = offset & 0xFFCu, alias = offset >> 12 & 3u;
    if (alias != ALIAS_RW) {
        bool known;
        uint32_t old = read_register(d, at, &known), mask = value;
        value = alias == ALIAS_XOR ? old ^ mask : alias == ALIAS_SET ? old | mask : old & ~mask;
        uint32_t clears = d->spec->clears ? d->spec->clears(at) : 0;
        value = (value & ~clears) | (mask & clears);
    }
    write_register(d, at, value);
}

void rp_reset(emu_device *base, emu_reset_kind kind) {
    rp_device *d = (rp_device *)base;
    unsigned at = 0;
    (void)kind;
    for (const rp_register *r = d->spec->registers; r && r->count; r++)
        for (unsigned i = 0; i < r->count && at < RP_STORE_MAX; i++) d->store[at++] = r->reset;
    if (d->spec->reset) d->spec->reset(d);
}

void rp_hold(rp_device *d, bool held) {
    if (d->held == held) return;
    d->held = held;
    if (held) rp_reset(&d->base, EMU_RESET_SOFT);
}

uint64_t rp_cycles(const emu_machine *m, uint64_t count, uint64_t hz) {
    uint64_t clock = emu_clock_hz(m);
    if (!hz) return UINT64_MAX / 4;
    uint64_t cycles = count / hz * clock + (count % hz * clock + hz / 2) / hz;
    return cycles ? cycles : 1;
}
