/* SPDX-License-Identifier: Apache-2.0 */
/* A peripheral that is not modelled: its registers hold what is written, start-up code that touches them goes on, and each address used is
 * noted once among the unmodelled accesses. `stm32.registers` is 1 KB, `stm32.registers_8k` is for the large ones. */
#include <string.h>

#include "devices/stm32/stm32.h"

enum { SMALL = 0x400, LARGE = 0x2000 };

typedef struct {
    stm32_device dev;
    uint32_t size;
    uint32_t word[SMALL / 4];
} registers;

typedef struct {
    registers r;
    uint32_t more[(LARGE - SMALL) / 4];
} large_registers;

static uint32_t *at(registers *r, uint32_t offset) {
    return offset < SMALL ? &r->word[offset / 4] : &((large_registers *)r)->more[(offset - SMALL) / 4];
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    uint32_t value = *at((registers *)d, offset);
    stm32_no_register(d, offset, value, false);
    return value;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    uint32_t *word = at((registers *)d, offset);
    *word = stm32_merge(*word, value, lanes);
    stm32_no_register(d, offset, value, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    registers *r = (registers *)d;
    (void)kind;
    for (uint32_t offset = 0; offset < r->size; offset += 4) *at(r, offset) = 0;
}

static const stm32_spec spec = {.ahb = true, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((registers *)d)->size = d->cls->region_size;
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_registers = {
    .type = "stm32.registers",
    .struct_size = sizeof(registers),
    .region_size = SMALL,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};

const emu_device_class stm32_registers_8k = {
    .type = "stm32.registers_8k",
    .struct_size = sizeof(large_registers),
    .region_size = LARGE,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};
