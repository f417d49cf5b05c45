/* SPDX-License-Identifier: Apache-2.0 */
/* Read-back protection of the nRF51 (nRF51 RM, "UICR", RBPCONF, and "MPU", "Readback protection"). There is no CTRL-AP: with RBPCONF.PALL a
 * debugger reads zeros and writes nothing, but for NVMC, with whose ERASEALL it opens the chip; POWER.RESET and MPU.DISABLEINDEBUG. The
 * core's own debug registers stay within its reach. UICR is looked at in a reset. */
#include "devices/nrf5/nrf.h"

enum { RBPCONF = 0x004, PALL_BYTE = RBPCONF + 1 };
enum { POWER_RESET = 0x40000544, MPU_DISABLEINDEBUG = 0x40000608, NVMC = 0x4001E000, BLOCK = 0x1000, PPB = 0xE0000000 };

typedef struct {
    emu_device base;
    emu_memory *uicr;
    bool protected;
} readback;

static emu_debug_answer debug_access(emu_device *d, uint32_t address, bool write) {
    (void)write;
    if (!((readback *)d)->protected || address >= PPB || (address & ~(uint32_t)(BLOCK - 1)) == NVMC) return EMU_DEBUG_ALLOWED;
    return (address & ~3u) == POWER_RESET || (address & ~3u) == MPU_DISABLEINDEBUG ? EMU_DEBUG_ALLOWED : EMU_DEBUG_IGNORED;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    readback *r = (readback *)d;
    (void)kind;
    r->protected = r->uicr && emu_memory_bytes(r->uicr)[PALL_BYTE] != 0xFF;
}

static void link_memory(emu_device *d) { ((readback *)d)->uicr = emu_memory_by_name(d->machine, "uicr"); }

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {NULL};
    emu_debug_guard(d);
    return emu_params_take(d, params, count, known, NULL, error);
}

/* Nothing of it is in the address space. */
const emu_device_class nrf51_readback = {
    .type = "nrf51.readback",
    .struct_size = sizeof(readback),
    .region_size = 0,
    .init = init,
    .link = link_memory,
    .reset = reset,
    .debug_access = debug_access,
};
