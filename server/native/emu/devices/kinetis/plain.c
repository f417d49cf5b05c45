/* SPDX-License-Identifier: Apache-2.0 */
/* A block of registers that keep what is written to them, for peripherals that start-up code sets up and whose work is not modelled:
 * bridges, crossbar, flash cache, USB, Ethernet. Of a register at 0x10 the parameter r_0010 gives what it holds after reset, z_0010 bits
 * that read as 0 whatever is written: resets and the like that are over at once. */
#include <stdlib.h>
#include <string.h>

#include "devices/kinetis/kinetis.h"

enum { BYTES = 0x800, PRESET_MAX = 16 };

/* A parameter of a register. */
typedef struct {
    uint16_t offset;
    uint32_t value;
} given;

typedef struct {
    kin_device kin;
    given preset[PRESET_MAX], zero[PRESET_MAX];
    unsigned preset_count, zero_count;
    uint8_t r[BYTES];
} plain;

static uint32_t read(kin_device *d, uint32_t offset) {
    if (offset < BYTES) return ((plain *)d)->r[offset];
    kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    plain *p = (plain *)d;
    (void)mask;
    if (offset >= BYTES) {
        kin_log_write(d, offset, value);
        return;
    }
    for (unsigned i = 0; i < p->zero_count; i++)
        if (p->zero[i].offset == (offset & ~3u)) value &= ~(p->zero[i].value >> 8 * (offset & 3u));
    p->r[offset] = (uint8_t)value;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    plain *p = (plain *)d;
    (void)kind;
    memset(p->r, 0, sizeof p->r);
    for (unsigned i = 0; i < p->preset_count; i++) memcpy(p->r + p->preset[i].offset, &p->preset[i].value, 4);
}

static const kin_spec spec = {.width = 1, .read = read, .write = write};

/* true: the parameter is r_ or z_ and an offset in hexadecimal digits. */
static bool take(plain *p, const emu_param *param) {
    char *end = NULL;
    const char *key = param->key;
    if ((key[0] != 'r' && key[0] != 'z') || key[1] != '_') return false;
    unsigned long offset = strtoul(key + 2, &end, 16);
    unsigned *count = key[0] == 'r' ? &p->preset_count : &p->zero_count;
    if (end == key + 2 || *end || offset % 4 || offset >= BYTES || *count == PRESET_MAX) return false;
    (key[0] == 'r' ? p->preset : p->zero)[(*count)++] = (given){(uint16_t)offset, (uint32_t)param->value};
    return true;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    plain *p = (plain *)d;
    emu_param others[4]; /* gates and pin functions, and what is wrong, which kin_init tells */
    size_t other_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!take(p, &params[i]) && other_count < 4) others[other_count++] = params[i];
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
