/* SPDX-License-Identifier: Apache-2.0 */
/* A peripheral that is not modelled: its registers hold what is written, start-up code that touches them goes on, and each address used is
 * noted once among the unmodelled accesses. The chip file says what its registers are like, by their offset in hexadecimal: `reset_1c` is a
 * value after reset, `ones_1c` and `zeros_1c` are bits that always read as 1 (ready) or as 0 (an operation that is over at once).
 * `esp.registers_1k` has its registers in 1 KB of address space. */
#include "devices/esp/esp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = ESP_STORE_MAX, RULES = 12 };

typedef struct {
    esp_device esp;
    struct {
        uint32_t offset, reset, ones, zeros;
    } rule[RULES];
    uint32_t rules;
} esp_registers;

static uint32_t shown(const esp_registers *r, uint32_t offset, uint32_t value) {
    for (uint32_t i = 0; i < r->rules; i++)
        if (r->rule[i].offset == offset) value = (value | r->rule[i].ones) & ~r->rule[i].zeros;
    return value;
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    const esp_registers *r = (const esp_registers *)d;
    if (offset >= 4 * WORDS) return false;
    *value = shown(r, offset, r->esp.store[offset / 4]);
    emu_poll_hint(d->base.machine, UINT64_MAX);
    emu_log_unmodelled(d->base.machine, d->base.base + offset, *value, 4, false);
    return true;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    esp_registers *r = (esp_registers *)d;
    if (offset >= 4 * WORDS) return false;
    r->esp.store[offset / 4] = value;
    emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
    return true;
}

static void reset(esp_device *d) {
    esp_registers *r = (esp_registers *)d;
    memset(r->esp.store, 0, sizeof r->esp.store);
    for (uint32_t i = 0; i < r->rules; i++) r->esp.store[r->rule[i].offset / 4] = r->rule[i].reset;
}

static const esp_spec spec = {.read = read, .write = write, .reset = reset};

/* The rule that a parameter is part of; NULL: it is none, or there are too many. */
static uint32_t *part(esp_registers *r, const char *key) {
    static const char *const kinds[] = {"reset_", "ones_", "zeros_"};
    for (unsigned kind = 0; kind < 3; kind++) {
        size_t length = strlen(kinds[kind]);
        char *end = NULL;
        if (strncmp(key, kinds[kind], length) != 0) continue;
        unsigned long offset = strtoul(key + length, &end, 16);
        if (end == key + length || *end || offset % 4 || offset >= 4 * WORDS) return NULL;
        for (uint32_t i = 0; i < RULES; i++) {
            if (i == r->rules) r->rule[r->rules++].offset = (uint32_t)offset;
            if (r->rule[i].offset != offset) continue;
            return kind == 0 ? &r->rule[i].reset : kind == 1 ? &r->rule[i].ones : &r->rule[i].zeros;
        }
        return NULL;
    }
    return NULL;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((esp_device *)d)->spec = &spec;
    for (size_t i = 0; i < count; i++) {
        uint32_t *at = part((esp_registers *)d, params[i].key);
        if (!at) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: esp.registers has no parameter '%.60s', or there are too many", d->name,
                     params[i].key);
            return false;
        }
        *at = (uint32_t)params[i].value;
    }
    return true;
}

const emu_device_class esp_registers_4k = {
    .type = "esp.registers",
    .struct_size = sizeof(esp_registers),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
};

const emu_device_class esp_registers_1k = {
    .type = "esp.registers_1k",
    .struct_size = sizeof(esp_registers),
    .region_size = 0x400,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
};
