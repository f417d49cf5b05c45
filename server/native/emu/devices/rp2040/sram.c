/* SPDX-License-Identifier: Apache-2.0 */
/* The banks SRAM0..3 one after another (2.6.2): a second view of the striped memory "ram", in which each word lies in the next bank. Only
 * data can be had from here. */
#include "devices/rp2040/rp.h"

#include <string.h>

enum { BANK = 0x10000, BANKS = 4 };

typedef struct {
    emu_device base;
    emu_memory *ram;
} banks;

static uint32_t striped(uint32_t offset) { return (offset % BANK & ~3u) * BANKS | offset / BANK << 2 | (offset & 3); }

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    const banks *b = (const banks *)d;
    uint32_t value = 0;
    if (b->ram) memcpy(&value, emu_memory_bytes(b->ram) + striped(offset), size);
    return value;
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    const banks *b = (const banks *)d;
    if (b->ram) emu_memory_change(d->machine, b->ram, striped(offset), &value, size);
}

static void link(emu_device *d) { ((banks *)d)->ram = emu_memory_by_name(d->machine, "ram"); }

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_sram_banks = {
    .type = "rp2040.sram_banks",
    .struct_size = sizeof(banks),
    .region_size = BANK * BANKS,
    .init = init,
    .read = read,
    .write = write,
    .link = link,
};
