/* SPDX-License-Identifier: Apache-2.0 */
/* A block of registers that keep what is written to them, for peripherals that start-up code sets up and whose work is not modelled:
 * bridges, crossbar, flash cache, USB, Ethernet. Parameters r_0010 give what the register at 0x10 holds after reset. */
#include <stdlib.h>
#include <string.h>

#include "devices/kinetis/kinetis.h"

enum { BYTES = 0x800, PRESET_MAX = 48 };

typedef struct {
    kin_device kin;
    struct {
        uint16_t offset;
        uint32_t value;
    } preset[PRESET_MAX];
    unsigned preset_count;
    uint8_t r[BYTES];
} plain;

static uint32_t read(kin_device *d, uint32_t offset) {
    if (offset < BYTES) return ((plain *)d)->r[offset];
    kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    (void)mask;
    if (offset < BYTES)
        ((plain *)d)->r[offset] = (uint8_t)value;
    else
        kin_log_write(d, offset, value);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    plain *p = (plain *)d;
    (void)kind;
    memset(p->r, 0, sizeof p->r);
    for (unsigned i = 0; i < p->preset_count; i++) memcpy(p->r + p->preset[i].offset, &p->preset[i].value, 4);
}

static const kin_spec spec = {.width = 1, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    plain *p = (plain *)d;
    emu_param others[8];
    size_t other_count = 0;
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        unsigned long offset = strncmp(params[i].key, "r_", 2) == 0 ? strtoul(params[i].key + 2, &end, 16) : BYTES;
        if (end && !*end && offset + 4 <= BYTES && p->preset_count < PRESET_MAX) {
            p->preset[p->preset_count].offset = (uint16_t)offset;
            p->preset[p->preset_count++].value = (uint32_t)params[i].value;
        } else if (other_count < 8) {
            others[other_count++] = params[i];
        }
    }
    return kin_init(d, &spec, others, other_count, error);
}

const emu_device_class kinetis_plain = {
    .type = "kinetis.plain",
    .struct_size = sizeof(plain),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
