/* SPDX-License-Identifier: Apache-2.0 */
/* hal.h's flash over the port's controller: ranges, erase units, what need not be programmed, and the comparison afterwards. */
#include <string.h>

#include "port_chip.h"

static const erase_run runs[] = {LAYOUT_ERASE_RUNS};
const flash_geometry chip_flash = {LAYOUT_FLASH, LAYOUT_WRITE_UNIT, sizeof runs / sizeof *runs, runs};

/* What to add to an address of the layout for the core to read there: a flash that is on no bus is read through a window. */
#ifndef FLASH_WINDOW
#define FLASH_WINDOW 0u
#endif

/* Never the VM's own code. */
static bool allowed(uint32_t address, uint32_t length) {
    uint32_t first = LAYOUT_VM + LAYOUT_VM_SIZE, end = LAYOUT_FLASH + LAYOUT_FLASH_SIZE;
    return address >= first && address <= end && length <= end - address;
}

const uint8_t *hal_flash(vm_hal *hal, uint32_t address) {
    (void)hal;
    return (const uint8_t *)(uintptr_t)(FLASH_WINDOW + address);
}

bool hal_flash_erase(vm_hal *hal, uint32_t address, uint32_t length) {
    (void)hal;
    if (!allowed(address, length)) return false;
    bool good = true;
    flash_begin();
    while (good && length) {
        uint32_t size = geometry_erase_unit(&chip_flash, address);
        good = size && size <= length && !(address & (size - 1)) && flash_erase(address, size);
        address += size;
        length -= size;
    }
    flash_end();
    return good;
}

static bool blank(const uint8_t *p, uint32_t length) {
    while (length--)
        if (*p++ != 0xFF) return false;
    return true;
}

bool hal_flash_write(vm_hal *hal, uint32_t address, const void *data, uint32_t length) {
    (void)hal;
    const uint8_t *bytes = data;
    if (!allowed(address, length) || (address | length) % LAYOUT_WRITE_UNIT) return false;
    bool good = true;
    flash_begin();
    for (uint32_t at = 0; good && at < length;) {
        uint32_t end = at; /* a unit can be programmed once: not for nothing */
        while (end < length && !blank(bytes + end, LAYOUT_WRITE_UNIT)) end += LAYOUT_WRITE_UNIT;
        if (end > at) good = flash_program(address + at, bytes + at, end - at);
        at = end + LAYOUT_WRITE_UNIT;
    }
    flash_end();
    return good && memcmp(hal_flash(hal, address), data, length) == 0;
}
