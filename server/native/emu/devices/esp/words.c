/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a chip of which only the serial loader is emulated: words that hold what the loader's READ_REG and WRITE_REG leave in
 * them, at every address where there is nothing else. What a chip is told apart by, and what its fuses, straps and calibration say, are
 * parameters.
 *
 * A watchdog of the RTC kind is among them, since tools reset such chips by it: unlocked by its key, it ends `WDTCONFIG1` ticks of the slow
 * clock after bit 31 of `WDTCONFIG0` was set. (ESP32-S3 TRM, "Watchdog Timers"; the registers lie elsewhere on each chip.) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

enum { WORDS = 1024, SLOW_CLOCK_HZ = 136000 };
enum { EVENT_WATCHDOG = 1 };
enum { WDT_CONFIG0, WDT_WPROTECT, WDT_KEY, KEYS }; /* parameters */
#define WDT_ENABLE (1u << 31)

typedef struct {
    uint32_t address;
    uint32_t value;
} word;

typedef struct {
    emu_device base;
    uint32_t count, presets; /* the first `presets` are as the parameters say after a reset, the others are gone */
    uint32_t wdt_config0, wdt_wprotect, wdt_key;
    bool wdt_unlocked;
    uint32_t preset[WORDS];
    word words[WORDS];
} words_device;

static word *find(words_device *d, uint32_t address) {
    for (uint32_t i = 0; i < d->count; i++)
        if (d->words[i].address == address) return &d->words[i];
    return NULL;
}

static uint32_t value_at(words_device *d, uint32_t address) {
    const word *w = find(d, address);
    return w ? w->value : 0;
}

static uint32_t read(emu_device *base, uint32_t address, unsigned size) {
    uint32_t value = value_at((words_device *)base, address & ~3u) >> 8 * (address & 3u);
    return size == 4 ? value : value & ((1u << 8 * size) - 1);
}

static void watchdog_written(words_device *d, uint32_t address, uint32_t value) {
    if (address == d->wdt_wprotect)
        d->wdt_unlocked = value == d->wdt_key;
    else if (value & WDT_ENABLE)
        emu_schedule_ns(&d->base, EVENT_WATCHDOG, (uint64_t)value_at(d, d->wdt_config0 + 4) * 1000000000u / SLOW_CLOCK_HZ);
    else
        emu_cancel(&d->base, EVENT_WATCHDOG);
}

static void write(emu_device *base, uint32_t address, uint32_t value, unsigned size) {
    words_device *d = (words_device *)base;
    uint32_t at = address & ~3u, shift = 8 * (address & 3u);
    uint32_t lanes = size == 4 ? ~0u : ((1u << 8 * size) - 1) << shift;
    if (d->wdt_config0 && at - d->wdt_config0 < 8 && !d->wdt_unlocked) return;
    word *w = find(d, at);
    if (!w) {
        if (d->count == WORDS) return; /* further addresses keep nothing, as those of a chip where no register is */
        w = &d->words[d->count++];
        *w = (word){.address = at};
    }
    w->value = (w->value & ~lanes) | (value << shift & lanes);
    if (d->wdt_config0 && (at == d->wdt_config0 || at == d->wdt_wprotect)) watchdog_written(d, at, w->value);
}

static void event(emu_device *base, uint32_t id) {
    if (id == EVENT_WATCHDOG) emu_request_reset(base->machine, EMU_RESET_WATCHDOG);
}

static bool preset(words_device *d, uint32_t address, uint32_t value) {
    if (d->presets == WORDS) return false;
    d->words[d->presets].address = address;
    d->preset[d->presets++] = value;
    return true;
}

static void reset(emu_device *base, emu_reset_kind kind) {
    words_device *d = (words_device *)base;
    (void)kind;
    d->count = d->presets;
    for (uint32_t i = 0; i < d->presets; i++) d->words[i].value = d->preset[i];
    d->wdt_unlocked = false;
    emu_cancel(base, EVENT_WATCHDOG);
}

static bool init(emu_device *base, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[KEYS] = {"wdt_config0", "wdt_wprotect", "wdt_key"};
    words_device *d = (words_device *)base;
    uint32_t given[KEYS] = {0};
    for (size_t i = 0; i < count; i++) {
        const char *key = params[i].key;
        char *end = NULL;
        unsigned k = 0;
        while (k < KEYS && strcmp(keys[k], key) != 0) k++;
        if (k < KEYS) {
            given[k] = (uint32_t)params[i].value;
            continue;
        }
        uint32_t address =
            strncmp(key, "at_", 3) == 0 && key[3] ? (uint32_t)strtoul(key + 3, &end, 16) : 0; /* at_3ff5f06c: the word there */
        if (!end || *end || address & 3u || !preset(d, address, (uint32_t)params[i].value)) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: esp.words has no parameter '%.60s'", base->name, key);
            return false;
        }
    }
    d->wdt_config0 = given[WDT_CONFIG0];
    d->wdt_wprotect = given[WDT_WPROTECT];
    d->wdt_key = given[WDT_KEY];
    return true;
}

static void link(emu_device *d) { emu_bus_fallback(d); }

const emu_device_class esp_words = {
    .type = "esp.words",
    .struct_size = sizeof(words_device),
    .region_size = 0x400, /* of no meaning: it is asked by address */
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .event = event,
    .link = link,
};
