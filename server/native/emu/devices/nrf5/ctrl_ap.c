/* SPDX-License-Identifier: Apache-2.0 */
/* CTRL-AP, the access port that answers even when the chip is locked, and the lock itself (nRF52833 PS and nRF52840 PS, "CTRL-AP - Control
 * access port" and "Access port protection").
 *
 * Which of two mechanisms a chip has goes by its build code. The older: UICR.APPROTECT other than 0xFF locks, from the next reset on. The
 * hardened one: every power-on, pin or watchdog reset locks; the program opens the port by writing SwDisable to APPROTECT.DISABLE, which is
 * heeded only while UICR.APPROTECT holds HwDisabled. In both ERASEALL opens it, until the reset that locks again. */
#include "devices/nrf5/nrf.h"
#include "machine.h"

enum { RESET = 0x00, ERASEALL = 0x04, ERASEALLSTATUS = 0x08, APPROTECTSTATUS = 0x0C, IDR = 0xFC };
enum { EVENT_ERASED };
enum { APSEL = 1, CTRL_AP_IDR = 0x02880000, UICR_APPROTECT = 0x208, ENABLED_NOT = 0xFF, DISABLED = 0x5A };

typedef struct {
    emu_device base;
    emu_memory *uicr;
    bool hardened;
    uint32_t reset, eraseall;
    bool erasing;
    uint64_t erased_at;
    /* hardened */
    uint8_t disable;
    bool forced;
} ctrl_ap;

static uint8_t uicr_pall(const ctrl_ap *c) { return c->uicr ? emu_memory_bytes(c->uicr)[UICR_APPROTECT] : 0xFF; }

static void erase_all(ctrl_ap *c) {
    emu_machine *m = c->base.machine;
    c->erasing = true;
    c->erased_at = nrf_erase_all(m);
    emu_schedule(&c->base, EVENT_ERASED, c->erased_at);
}

static void event(emu_device *d, uint32_t id) {
    ctrl_ap *c = (ctrl_ap *)d;
    emu_machine *m = d->machine;
    (void)id;
    for (size_t i = 0; i < m->memory_count; i++) { /* PS, "ERASEALL": flash, UICR and RAM */
        emu_memory *mem = m->memories[i];
        if (mem->kind == EMU_RAM && mem->origin == mem) emu_memory_fill(m, mem, 0, 0, mem->size);
    }
    c->erasing = false;
    emu_debug_lock(m, false);
}

static bool ap_read(emu_device *d, uint32_t reg, uint32_t *value) {
    const ctrl_ap *c = (const ctrl_ap *)d;
    switch (reg) {
    case RESET: *value = c->reset; break;
    case ERASEALL: *value = c->eraseall; break;
    case ERASEALLSTATUS: *value = c->erasing; break;
    case APPROTECTSTATUS: *value = !emu_debug_locked(d->machine); break;
    case IDR: *value = CTRL_AP_IDR; break;
    default: *value = 0; break;
    }
    return true;
}

static bool ap_write(emu_device *d, uint32_t reg, uint32_t value) {
    ctrl_ap *c = (ctrl_ap *)d;
    value &= 1u;
    if (reg == RESET) {
        bool released = c->reset && !value;
        c->reset = value;
        if (released) {
            emu_request_reset(d->machine, EMU_RESET_DEBUG);
            emu_apply_reset(d->machine);
        }
    } else if (reg == ERASEALL) {
        if (value && !c->eraseall && !c->erasing) erase_all(c);
        c->eraseall = value;
    }
    return true;
}

static ctrl_ap *find(emu_machine *m);

uint32_t nrf_approtect_disable(emu_machine *m) {
    const ctrl_ap *c = find(m);
    return c && c->hardened ? c->disable : 0;
}

void nrf_approtect_write(emu_machine *m, bool disable, uint32_t value) {
    ctrl_ap *c = find(m);
    if (!c || !c->hardened) return;
    if (!disable) { /* FORCEPROTECT: Force is 0 */
        if (value & 0xFFu) return;
        c->forced = true;
        emu_debug_lock(m, true);
    } else if (!c->forced) {
        c->disable = (uint8_t)value;
        if (c->disable == DISABLED && uicr_pall(c) == DISABLED) emu_debug_lock(m, false);
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    ctrl_ap *c = (ctrl_ap *)d;
    bool hard = kind == EMU_RESET_POWER_ON || kind == EMU_RESET_PIN || kind == EMU_RESET_WATCHDOG;
    if (kind == EMU_RESET_POWER_ON) {
        c->reset = c->eraseall = 0;
        c->erasing = false;
    } else if (c->erasing) {
        emu_schedule(d, EVENT_ERASED, c->erased_at); /* a reset has cleared all events, but the cells go on */
    }
    if (!c->hardened) {
        emu_debug_lock(d->machine, uicr_pall(c) != ENABLED_NOT);
    } else if (hard) {
        c->disable = 0;
        c->forced = false;
        emu_debug_lock(d->machine, true);
    }
}

static void link_memory(emu_device *d) { ((ctrl_ap *)d)->uicr = emu_memory_by_name(d->machine, "uicr"); }

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"hardened", NULL};
    ctrl_ap *c = (ctrl_ap *)d;
    d->apsel = APSEL;
    c->hardened = emu_param_value(params, count, "hardened", 0) != 0;
    return emu_params_take(d, params, count, known, NULL, error);
}

/* Nothing of it is in the address space. */
const emu_device_class nrf52_ctrl_ap = {
    .type = "nrf52.ctrl_ap",
    .struct_size = sizeof(ctrl_ap),
    .region_size = 0,
    .init = init,
    .link = link_memory,
    .reset = reset,
    .event = event,
    .ap_read = ap_read,
    .ap_write = ap_write,
};

static ctrl_ap *find(emu_machine *m) {
    for (unsigned i = 0; i < m->device_count; i++) {
        if (m->devices[i]->cls == &nrf52_ctrl_ap) return (ctrl_ap *)m->devices[i];
    }
    return NULL;
}
