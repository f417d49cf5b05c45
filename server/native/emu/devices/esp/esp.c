/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/esp.h"

#include <stdlib.h>

bool esp_is_esp(const emu_device *d) { return d->cls->read == esp_read; }

/* The register's place in the store, and its description. */
static const esp_register *find(const esp_device *d, uint32_t offset, unsigned *index) {
    unsigned at = 0;
    for (const esp_register *r = d->spec->registers; r && r->count; r++) {
        if (offset >= r->offset && offset < r->offset + 4u * r->count) {
            *index = at + (offset - r->offset) / 4;
            return r;
        }
        at += r->count;
    }
    return NULL;
}

uint32_t *esp_plain(esp_device *d, uint32_t offset) {
    if (offset / 4 < ESP_WORDS && d->where[offset / 4]) return &d->store[d->where[offset / 4] - 1];
    unsigned index = 0;
    const esp_register *r = find(d, offset, &index);
    if (!r || index >= ESP_STORE_MAX) abort(); /* a mistake in the device's own table */
    return &d->store[index];
}

uint32_t esp_read(emu_device *base, uint32_t offset, unsigned size) {
    esp_device *d = (esp_device *)base;
    uint32_t at = offset & ~3u, word = 0;
    unsigned index;
    if (d->held || d->unclocked) return 0;
    if (!d->spec->read || !d->spec->read(d, at, &word)) {
        if (find(d, at, &index))
            word = d->store[index];
        else
            emu_log_unmodelled(base->machine, base->base + at, 0, size, false);
    }
    return size == 4 ? word : word >> (8 * (offset & 3u)) & (size == 1 ? 0xFFu : 0xFFFFu);
}

void esp_write(emu_device *base, uint32_t offset, uint32_t value, unsigned size) {
    esp_device *d = (esp_device *)base;
    uint32_t at = offset & ~3u, lanes = size == 4 ? ~0u : (size == 1 ? 0xFFu : 0xFFFFu) << (8 * (offset & 3u));
    unsigned index;
    if (d->held || d->unclocked) return;
    value = value << (8 * (offset & 3u)) & lanes;
    if (d->spec->write && d->spec->write(d, at, value)) return;
    const esp_register *r = find(d, at, &index);
    if (!r) {
        emu_log_unmodelled(base->machine, base->base + at, value, size, true);
        return;
    }
    uint32_t old = d->store[index], keeps = r->writable & lanes;
    d->store[index] = (old & ~keeps) | (value & keeps);
    if (d->spec->changed) d->spec->changed(d, at, old);
}

static void reset_block(esp_device *d) {
    unsigned at = 0;
    for (const esp_register *r = d->spec->registers; r && r->count; r++)
        for (unsigned i = 0; i < r->count && at < ESP_STORE_MAX; i++) {
            d->store[at++] = r->reset;
            if (r->offset / 4u + i < ESP_WORDS) d->where[r->offset / 4u + i] = (uint8_t)at;
        }
    if (d->spec->reset) d->spec->reset(d);
}

void esp_reset(emu_device *base, emu_reset_kind kind) {
    esp_device *d = (esp_device *)base;
    (void)kind;
    d->held = d->unclocked = false;
    reset_block(d);
}

void esp_hold(esp_device *d, bool held) {
    if (d->held == held || d->spec->always_alive) return;
    d->held = held;
    if (held)
        reset_block(d);
    else if (d->spec->released)
        d->spec->released(d);
}

void esp_unclock(esp_device *d, bool stopped) {
    if (!d->spec->always_alive) d->unclocked = stopped;
}

uint64_t esp_ns(uint64_t count, uint64_t hz) {
    if (!hz) return ESP_NEVER;
    uint64_t seconds = count / hz;
    if (seconds > UINT64_MAX / 4000000000u) return ESP_NEVER;
    return seconds * 1000000000u + (count % hz * 1000000000u + hz - 1) / hz;
}

uint64_t esp_ticks(uint64_t ns, uint64_t hz) { return ns / 1000000000u * hz + ns % 1000000000u * hz / 1000000000u; }
