/* SPDX-License-Identifier: Apache-2.0 */
/* DBGMCU (RM0008, RM0090, RM0351, "MCU debug component"): the identification code, and which clocks go on while the core is halted. */
#include "devices/stm32/stm32.h"

enum { IDCODE = 0x00, CR = 0x04, APB1_FZ = 0x08, APB1_FZ2 = 0x0C, APB2_FZ = 0x10 };

typedef struct {
    stm32_device dev;
    uint32_t idcode;
    uint32_t reg[4]; /* from CR on: F1 has one, F4 three, L4 four */
} dbgmcu;

static uint32_t read(stm32_device *d, uint32_t offset) {
    const dbgmcu *g = (const dbgmcu *)d;
    if (offset == IDCODE) return g->idcode;
    if (offset <= APB2_FZ) return g->reg[offset / 4 - 1];
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    dbgmcu *g = (dbgmcu *)d;
    if (offset >= CR && offset <= APB2_FZ)
        g->reg[offset / 4 - 1] = stm32_merge(g->reg[offset / 4 - 1], value, lanes);
    else
        stm32_no_register(d, offset, value, true);
}

/* Kept over a system reset, so that a debugger can set it up before (RM0090, "Debug MCU configuration register"). */
static void reset(emu_device *d, emu_reset_kind kind) {
    dbgmcu *g = (dbgmcu *)d;
    for (unsigned i = 0; kind == EMU_RESET_POWER_ON && i < 4; i++) g->reg[i] = 0;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"idcode", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    ((dbgmcu *)d)->idcode = (uint32_t)emu_param_value(params, count, "idcode", 0);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_dbgmcu = {
    .type = "stm32.dbgmcu",
    .struct_size = sizeof(dbgmcu),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};
