/* SPDX-License-Identifier: Apache-2.0 */
/* MDM-AP, the access port with which a debugger gets at a chip whatever its firmware does: state, mass erase, hold in reset, halt (K64 RM
 * and KL25 RM, "MDM-AP Control Register", "MDM-AP Status Register"). It has no registers in the memory map. */
#include "devices/kinetis/flash.h"
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { AP_STATUS = 0x00, AP_CONTROL = 0x04, AP_IDR = 0xFC };
enum {
    STATUS_ERASE_ACK = 1u << 0,
    STATUS_FLASH_READY = 1u << 1,
    STATUS_SECURE = 1u << 2,
    STATUS_NOT_IN_RESET = 1u << 3,
    STATUS_MASS_ERASE_ENABLED = 1u << 5,
    STATUS_LP_ENABLED = 1u << 7,
    STATUS_CORE_HALTED = 1u << 16,
    STATUS_CORE_SLEEPING = 1u << 18,
};
enum {
    CONTROL_ERASE = 1u << 0,
    CONTROL_DEBUG_DISABLE = 1u << 1,
    CONTROL_DEBUG_REQUEST = 1u << 2,
    CONTROL_SYSTEM_RESET = 1u << 3,
    CONTROL_HOLD_RESET = 1u << 4,
    CONTROL_KEPT = 0xFEu,
};

typedef struct {
    emu_device base;
    uint32_t idr;
    uint32_t control;
    bool acknowledged; /* a mass erase was begun */
    kin_flash *flash;
} mdm;

static bool erasing(const mdm *d) { return d->flash && kin_flash_mass_erasing(d->flash); }

static uint32_t status(const mdm *d) {
    emu_machine *m = d->base.machine;
    uint32_t s = STATUS_LP_ENABLED;
    if (d->acknowledged) s |= STATUS_ERASE_ACK;
    if (!m->reset_pin && !(d->control & CONTROL_SYSTEM_RESET)) s |= STATUS_NOT_IN_RESET;
    if (d->flash) {
        if (kin_flash_ready(d->flash)) s |= STATUS_FLASH_READY;
        if (kin_flash_secure(d->flash)) s |= STATUS_SECURE;
        if (kin_flash_mass_erase_enabled(d->flash)) s |= STATUS_MASS_ERASE_ENABLED;
    }
    if (m->cpu.halted) s |= STATUS_CORE_HALTED;
    if (m->cpu.sleeping) s |= STATUS_CORE_SLEEPING;
    return s;
}

static bool ap_read(emu_device *base, uint32_t reg, uint32_t *value) {
    mdm *d = (mdm *)base;
    switch (reg) {
    case AP_STATUS: *value = status(d); break;
    case AP_CONTROL:
        *value = d->control | (erasing(d) ? CONTROL_ERASE : 0);
        /* Time stands still while nRESET is held, and tools mass erase under reset: then it is over by the next look. */
        if (base->machine->reset_pin && erasing(d)) kin_flash_mass_erase_finish(d->flash);
        break;
    case AP_IDR: *value = d->idr; break;
    default: *value = 0; break;
    }
    return true;
}

/* The core keeps still while it is held: it is stalled before its first instruction, where a debugger can halt it. */
static void hold(mdm *d) {
    emu_machine *m = d->base.machine;
    if (d->control & (CONTROL_HOLD_RESET | CONTROL_SYSTEM_RESET)) emu_core_stall(m, UINT64_MAX);
}

static void request_debug(mdm *d) {
    emu_machine *m = d->base.machine;
    if (!(d->control & CONTROL_DEBUG_REQUEST) || kin_flash_secure(d->flash)) return;
    m->debug.halt_request = true;
    m->debug.halt_dfsr = 1u << 4; /* DFSR.EXTERNAL */
    emu_attention(m, EMU_ATTN_HALT);
}

static bool ap_write(emu_device *base, uint32_t reg, uint32_t value) {
    mdm *d = (mdm *)base;
    emu_machine *m = base->machine;
    if (reg != AP_CONTROL) return true;
    bool is_secure = d->flash && kin_flash_secure(d->flash);
    uint32_t before = d->control;
    if (value & CONTROL_ERASE && d->flash && !erasing(d)) d->acknowledged = kin_flash_mass_erase(d->flash);
    d->control = is_secure ? value & CONTROL_SYSTEM_RESET : value & CONTROL_KEPT; /* "some control bits are ignored when secure" */
    if (d->control & CONTROL_SYSTEM_RESET && !(before & CONTROL_SYSTEM_RESET)) {
        kin_reset_by_mdm(m);
        emu_request_reset(m, EMU_RESET_DEBUG);
        emu_apply_reset(m);
    }
    bool held = before & (CONTROL_HOLD_RESET | CONTROL_SYSTEM_RESET), holds = d->control & (CONTROL_HOLD_RESET | CONTROL_SYSTEM_RESET);
    if (held && !holds && m->stall_until == UINT64_MAX) m->stall_until = 0;
    hold(d);
    request_debug(d);
    return true;
}

static void reset(emu_device *base, emu_reset_kind kind) {
    mdm *d = (mdm *)base;
    if (kind == EMU_RESET_POWER_ON) {
        d->control = 0;
        d->acknowledged = false;
    }
    hold(d);
    request_debug(d);
}

static void link(emu_device *base) { ((mdm *)base)->flash = kin_flash_find(base->machine); }

static bool init(emu_device *base, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    mdm *d = (mdm *)base;
    (void)error;
    d->idr = (uint32_t)emu_param_value(params, count, "idr", 0x001C0000u);
    base->apsel = 1;
    return true;
}

const emu_device_class kinetis_mdm = {
    .type = "kinetis.mdm_ap",
    .struct_size = sizeof(mdm),
    .region_size = 0,
    .init = init,
    .reset = reset,
    .link = link,
    .ap_read = ap_read,
    .ap_write = ap_write,
};
