/* SPDX-License-Identifier: Apache-2.0 */
/* The small blocks of the system: PSM (2.13), VREG_AND_CHIP_RESET (2.10), SYSINFO (2.20), SYSCFG (2.21), TBMAN (2.22), BUSCTRL (2.1.5). */
#include "devices/rp2040/rp.h"
#include "machine.h"

/* --- PSM: the power-on state machine; of what it can switch off, only the second core matters here ------------------------------ */

enum { FRCE_ON = 0x0, FRCE_OFF = 0x4, WDSEL = 0x8, DONE = 0xC, PSM_ALL = 0x1FFFF, PSM_PROC0 = 1u << 15, PSM_PROC1 = 1u << 16 };

static const rp_register psm_registers[] = {{FRCE_ON, 3, 0, PSM_ALL}, {0, 0, 0, 0}};

static bool psm_read(rp_device *d, uint32_t offset, uint32_t *value) {
    if (offset != DONE) return false;
    *value = PSM_ALL & ~*rp_plain(d, FRCE_OFF);
    return true;
}

static bool psm_write(rp_device *d, uint32_t offset, uint32_t value) {
    (void)d;
    (void)value;
    return offset == DONE;
}

static void psm_changed(rp_device *d, uint32_t offset) {
    if (offset != FRCE_OFF) return;
    uint32_t off = *rp_plain(d, FRCE_OFF);
    emu_core_hold(d->base.machine, 0, off & PSM_PROC0);
    emu_core_hold(d->base.machine, 1, off & PSM_PROC1);
}

static void psm_reset(rp_device *d) {
    emu_core_hold(d->base.machine, 0, false);
    emu_core_hold(d->base.machine, 1, false);
}

uint32_t rp_psm_wdsel(const emu_device *d) { return *rp_plain((rp_device *)d, WDSEL); }

static const rp_spec psm_spec = {
    .registers = psm_registers, .read = psm_read, .write = psm_write, .changed = psm_changed, .reset = psm_reset};

/* --- VREG_AND_CHIP_RESET ---------------------------------------------------------------------------------------------------------- */

enum { VREG = 0x0, BOD = 0x4, CHIP_RESET = 0x8, ROK = 1u << 12 };
enum { HAD_POR = 1u << 8, HAD_RUN = 1u << 16, HAD_PSM_RESTART = 1u << 20, PSM_RESTART_FLAG = 1u << 24 };

typedef struct {
    rp_device rp;
    uint32_t chip_reset;
} vreg;

static const rp_register vreg_registers[] = {{VREG, 1, 0xB1, 0xF3}, {BOD, 1, 0x91, 0xF1}, {0, 0, 0, 0}};

static bool vreg_read(rp_device *d, uint32_t offset, uint32_t *value) {
    if (offset == VREG) *value = *rp_plain(d, VREG) | ROK;
    if (offset == CHIP_RESET) *value = ((vreg *)d)->chip_reset;
    return offset == VREG || offset == CHIP_RESET;
}

static bool vreg_write(rp_device *d, uint32_t offset, uint32_t value) {
    if (offset != CHIP_RESET) return false;
    ((vreg *)d)->chip_reset &= ~(value & PSM_RESTART_FLAG);
    return true;
}

static uint32_t vreg_clears(uint32_t offset) { return offset == CHIP_RESET ? PSM_RESTART_FLAG : 0; }

static void vreg_reset(emu_device *d, emu_reset_kind kind) {
    vreg *v = (vreg *)d;
    rp_reset(d, kind);
    if (kind == EMU_RESET_POWER_ON) v->chip_reset = HAD_POR;
    if (kind == EMU_RESET_PIN) v->chip_reset = HAD_RUN;
    if (kind == EMU_RESET_DEBUG) v->chip_reset = HAD_PSM_RESTART | PSM_RESTART_FLAG; /* the rescue debug port */
}

bool rp_rescued(emu_device *d) {
    vreg *v = (vreg *)d;
    bool rescued = v->chip_reset & PSM_RESTART_FLAG;
    v->chip_reset &= ~(uint32_t)PSM_RESTART_FLAG;
    return rescued;
}

static const rp_spec vreg_spec = {.registers = vreg_registers, .read = vreg_read, .write = vreg_write, .clears = vreg_clears};

/* --- SYSINFO, TBMAN: constants ------------------------------------------------------------------------------------------------------ */

static const rp_register sysinfo_registers[] = {{0x00, 1, 0x20002927, 0}, /* CHIP_ID: revision 2 (B2), part, manufacturer */
                                                {0x04, 1, 2, 0},          /* PLATFORM: ASIC */
                                                {0x40, 1, 0xE0C912E8, 0}, /* GITREF_RP2040 */
                                                {0, 0, 0, 0}};
static const rp_spec sysinfo_spec = {.registers = sysinfo_registers};

static const rp_register tbman_registers[] = {{0x00, 1, 1, 0}, {0, 0, 0, 0}}; /* PLATFORM: ASIC */
static const rp_spec tbman_spec = {.registers = tbman_registers};

/* --- SYSCFG, BUSCTRL: kept ----------------------------------------------------------------------------------------------------------- */

static const rp_register syscfg_registers[] = {{0x00, 2, 0, 0xFFFFFFFF},          /* PROC0_NMI_MASK, PROC1_NMI_MASK */
                                               {0x08, 1, 0x10000000, 0xFF000000}, /* PROC_CONFIG: the cores' DAP instances */
                                               {0x0C, 1, 0, 0x3FFFFFFF},          /* PROC_IN_SYNC_BYPASS */
                                               {0x10, 1, 0, 0x3F},                /* PROC_IN_SYNC_BYPASS_HI */
                                               {0x14, 1, 0, 0xFF},                /* DBGFORCE */
                                               {0x18, 1, 0, 0xFF},                /* MEMPOWERDOWN */
                                               {0, 0, 0, 0}};
static const rp_spec syscfg_spec = {.registers = syscfg_registers};

enum { BUS_PRIORITY = 0x0, BUS_PRIORITY_ACK = 0x4, PERFCTR0 = 0x8 };
static const rp_register busctrl_registers[] = {{BUS_PRIORITY, 1, 0, 0x1111},
                                                {BUS_PRIORITY_ACK, 1, 1, 0},
                                                {PERFCTR0, 1, 0, 0},
                                                {0x0C, 1, 0x1F, 0x1F},
                                                {0x10, 1, 0, 0},
                                                {0x14, 1, 0x1F, 0x1F},
                                                {0x18, 1, 0, 0},
                                                {0x1C, 1, 0x1F, 0x1F},
                                                {0x20, 1, 0, 0},
                                                {0x24, 1, 0x1F, 0x1F},
                                                {0, 0, 0, 0}};
static const rp_spec busctrl_spec = {.registers = busctrl_registers}; /* the performance counters stay at 0 */

/* --- classes ----------------------------------------------------------------------------------------------------- */

static bool init(emu_device *d, const rp_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

#define BLOCK(name, type_, size, reset_)                                                                                                   \
    static bool name##_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {                             \
        return init(d, &name##_spec, params, count, error);                                                                                \
    }                                                                                                                                      \
    const emu_device_class rp2040_##name = {                                                                                               \
        .type = type_,                                                                                                                     \
        .struct_size = size,                                                                                                               \
        .region_size = 0x4000,                                                                                                             \
        .init = name##_init,                                                                                                               \
        .reset = reset_,                                                                                                                   \
        .read = rp_read,                                                                                                                   \
        .write = rp_write,                                                                                                                 \
    }

BLOCK(psm, "rp2040.psm", sizeof(rp_device), rp_reset);
BLOCK(vreg, "rp2040.vreg", sizeof(vreg), vreg_reset);
BLOCK(sysinfo, "rp2040.sysinfo", sizeof(rp_device), rp_reset);
BLOCK(tbman, "rp2040.tbman", sizeof(rp_device), rp_reset);
BLOCK(syscfg, "rp2040.syscfg", sizeof(rp_device), rp_reset);
BLOCK(busctrl, "rp2040.busctrl", sizeof(rp_device), rp_reset);
