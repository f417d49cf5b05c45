/* SPDX-License-Identifier: Apache-2.0 */
/* EXTMEM, the cache in front of the flash (TRM 3.3.3), and its MMU: 128 entries for pages of 64 KB, which show in 0x42000000 (instruction
 * bus) and 0x3C000000 (data bus) alike. An entry: bits 7:0 the page of the flash, bit 8 invalid. The cache itself is not modelled: it never
 * holds anything stale, and what fills, locks or empties it is done at once. */
#include "devices/esp/esp.h"

enum {
    ICACHE_CTRL = 0x000,
    ICACHE_CTRL1 = 0x004,
    ICACHE_TAG_POWER_CTRL = 0x008,
    ICACHE_LOCK_CTRL = 0x01C,
    ICACHE_SYNC_CTRL = 0x028,
    ICACHE_PRELOAD_CTRL = 0x034,
    ICACHE_AUTOLOAD_CTRL = 0x040,
    IBUS_TO_FLASH_START_VADDR = 0x054,
    CACHE_STATE = 0x0B0,
    ICACHE_FREEZE = 0x0CC,
    CLOCK_GATE = 0x100,
    REG_DATE = 0x3FC,
    MMU_TABLE = 0x1000,
};
enum { SHUT_IBUS = 1, SHUT_DBUS = 2, INVALID = 1 << 8, ENTRIES = 128, PAGE = 0x10000 };
enum { FREEZE_ENA = 1, FREEZE_DONE = 4 };
#define IBUS 0x42000000u
#define DBUS 0x3C000000u

typedef struct {
    esp_device esp;
    emu_memory *flash;
    uint16_t entry[ENTRIES];
} extmem;

static extmem *self(esp_device *d) { return (extmem *)d; }

static void map(extmem *x, unsigned n) {
    emu_machine *m = x->esp.base.machine;
    bool on = esp_value(&x->esp, ICACHE_CTRL) & 1;
    uint32_t shut = esp_value(&x->esp, ICACHE_CTRL1);
    emu_memory *flash = on && !(x->entry[n] & INVALID) ? x->flash : NULL;
    uint32_t offset = (uint32_t)(x->entry[n] & 0xFF) * PAGE;
    emu_window_map(emu_window_add(m, IBUS, ENTRIES * PAGE), n, shut & SHUT_IBUS ? NULL : flash, offset);
    emu_window_map(emu_window_add(m, DBUS, ENTRIES * PAGE), n, shut & SHUT_DBUS ? NULL : flash, offset);
}

static void map_all(extmem *x) {
    for (unsigned n = 0; n < ENTRIES; n++) map(x, n);
}

/* Bits of the registers that start something: they read as 0 again, and the bit beside them as 1. */
static const struct {
    uint16_t offset;
    uint8_t starts, done;
} operations[] = {{ICACHE_LOCK_CTRL, 3, 4}, {ICACHE_SYNC_CTRL, 1, 2}, {ICACHE_PRELOAD_CTRL, 1, 2}, {ICACHE_AUTOLOAD_CTRL, 0, 8}};

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    extmem *x = self(d);
    if (offset - MMU_TABLE < 4 * ENTRIES) {
        *value = x->entry[(offset - MMU_TABLE) / 4];
        return true;
    }
    for (unsigned i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i].offset != offset) continue;
        *value = (esp_value(d, offset) & ~(uint32_t)operations[i].starts) | operations[i].done;
        return true;
    }
    if (offset != ICACHE_FREEZE) return false;
    *value = esp_value(d, offset);
    if (*value & FREEZE_ENA) *value |= FREEZE_DONE;
    return true;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    extmem *x = self(d);
    if (offset - MMU_TABLE >= 4 * ENTRIES) return false;
    x->entry[(offset - MMU_TABLE) / 4] = value & 0x1FF;
    map(x, (offset - MMU_TABLE) / 4);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    if ((offset == ICACHE_CTRL || offset == ICACHE_CTRL1) && esp_value(d, offset) != old) map_all(self(d));
}

static void reset(esp_device *d) {
    extmem *x = self(d);
    for (unsigned n = 0; n < ENTRIES; n++) x->entry[n] = INVALID;
    map_all(x);
}

/* Also after the state of another machine was put in place: what the registers say is mapped again. */
static void link(emu_device *d) {
    extmem *x = (extmem *)d;
    x->flash = emu_memory_by_name(d->machine, "flash");
    map_all(x);
}

static const esp_register registers[] = {{ICACHE_CTRL, 1, 0, 1},
                                         {ICACHE_CTRL1, 1, 3, 3},
                                         {ICACHE_TAG_POWER_CTRL, 1, 5, 7},
                                         {0x00C, 4, 0, ~0u},
                                         {ICACHE_LOCK_CTRL, 1, 4, 3},
                                         {0x020, 2, 0, ~0u},
                                         {ICACHE_SYNC_CTRL, 1, 0, 1},
                                         {0x02C, 2, 0, ~0u},
                                         {ICACHE_PRELOAD_CTRL, 1, 2, 5},
                                         {0x038, 2, 0, ~0u},
                                         {ICACHE_AUTOLOAD_CTRL, 1, 8, 0x77},
                                         {0x044, 4, 0, ~0u},
                                         {IBUS_TO_FLASH_START_VADDR, 1, IBUS, ~0u},
                                         {0x058, 1, IBUS + ENTRIES * PAGE - 1, ~0u},
                                         {0x05C, 1, DBUS, ~0u},
                                         {0x060, 1, DBUS + ENTRIES * PAGE - 1, ~0u},
                                         {0x064, 5, 0, 0},
                                         {0x078, 1, 0, 0x1A3},
                                         {0x07C, 2, 0, 0},
                                         {0x084, 1, 0, 0x3F},
                                         {0x088, 3, 0, 0},
                                         {0x094, 1, ~0u, 0},
                                         {0x098, 1, 0, 0},
                                         {0x09C, 1, ~0u, 0},
                                         {0x0A0, 2, 0, 0},
                                         {0x0A8, 1, 0, 1},
                                         {0x0AC, 1, 5, 7},
                                         {CACHE_STATE, 1, 1, 0},
                                         {0x0B4, 1, 0, 3},
                                         {0x0B8, 1, 7, 7},
                                         {0x0BC, 2, 0, 2},
                                         {0x0C4, 1, 0, 0xF},
                                         {0x0C8, 1, 7, 7},
                                         {ICACHE_FREEZE, 1, 0, 3},
                                         {0x0D0, 1, 1, 1},
                                         {0x0D4, 1, 0, 1},
                                         {0x0D8, 2, 0, 0xFFF},
                                         {0x0E0, 2, 0x800, 0xFFF},
                                         {0x0E8, 1, 0xFF, 0xFF},
                                         {0x0EC, 2, 0, 0xFFF},
                                         {0x0F4, 2, 0x800, 0xFFF},
                                         {0x0FC, 1, 0xF, 0xF},
                                         {CLOCK_GATE, 1, 1, 1},
                                         {REG_DATE, 1, 0x02007160, 0x0FFFFFFF},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {
    .registers = registers, .read = read, .write = write, .changed = changed, .reset = reset, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_extmem = {
    .type = "esp32c3.extmem",
    .struct_size = sizeof(extmem),
    .region_size = 0x2000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .link = link,
};
