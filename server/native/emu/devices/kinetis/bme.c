/* SPDX-License-Identifier: Apache-2.0 */
/* BME of the KL25: addresses that make a load or store to a peripheral an operation on its bits (KL25 RM, "Bit Manipulation Engine"). */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { OP_AND = 1, OP_OR, OP_XOR, OP_LAC1 = 2, OP_LAS1 };

/* The peripheral that a decorated address means. A field access has no address bit 19: GPIO is reached by its alias at 0x4000F000. */
static uint32_t target(uint32_t address, bool field) { return 0x40000000u | (address & (field ? 0x0007FFFFu : 0x000FFFFFu)); }

static uint32_t field_mask(unsigned bit, unsigned width) { return (width >= 32 ? 0xFFFFFFFFu : (1u << width) - 1) << bit; }

static uint32_t refuse(emu_device *d, uint32_t address, unsigned size, bool write) {
    emu_log_unmodelled(d->machine, address, 0, size, write);
    emu_access_refuse(d->machine);
    return 0;
}

static uint32_t read(emu_device *d, uint32_t address, unsigned size) {
    unsigned op = address >> 26 & 7u;
    bool field = op >= 4;
    uint32_t to = target(address, field), value;
    if (address >> 29 != 2 || op < OP_LAC1) return refuse(d, address, size, false);
    if (emu_bus_read(d->machine, to, size, &value) != EMU_BUS_OK) return refuse(d, address, size, false);
    if (field) { /* UBFX: 28 1, 27:23 bit, 22:19 width - 1 */
        unsigned bit = address >> 23 & 31u, width = (address >> 19 & 15u) + 1;
        return (value & field_mask(bit, width)) >> bit;
    }
    unsigned bit = address >> 21 & 31u;
    uint32_t after = op == OP_LAC1 ? value & ~(1u << bit) : value | 1u << bit;
    (void)emu_bus_write(d->machine, to, size, after);
    return value >> bit & 1u;
}

static void write(emu_device *d, uint32_t address, uint32_t value, unsigned size) {
    unsigned op = address >> 26 & 7u;
    bool field = op >= 4;
    uint32_t to = target(address, field), before;
    if (address >> 29 != 2 || op == 0 || emu_bus_read(d->machine, to, size, &before) != EMU_BUS_OK) {
        (void)refuse(d, address, size, true);
        return;
    }
    uint32_t after = before;
    if (field) {
        uint32_t mask = field_mask(address >> 23 & 31u, (address >> 19 & 15u) + 1);
        after = (before & ~mask) | (value & mask);
    } else {
        after = op == OP_AND ? before & value : op == OP_OR ? before | value : before ^ value;
    }
    (void)emu_bus_write(d->machine, to, size, after);
}

static void link(emu_device *d) { emu_bus_fallback(d); }

const emu_device_class kinetis_bme = {
    .type = "kinetis.bme",
    .struct_size = sizeof(emu_device),
    .region_size = 0,
    .read = read,
    .write = write,
    .link = link,
};
