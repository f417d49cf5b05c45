/* SPDX-License-Identifier: Apache-2.0 */
/* The debug port (ADIv5, IHI 0031), the AHB-AP of the core, the chip's own access ports, and the ids of the CoreSight components. */
#include "core_class.h"

#include <string.h>

/* --- CoreSight ids: class 1 ROM table, then component and peripheral id at 0xFD0..0xFFF of every block ----------------------- */

typedef struct {
    uint32_t base;
    uint16_t part;
    uint8_t class;   /* 1 ROM table, 9 debug component, 0xE generic IP */
    uint8_t devtype; /* class 9 */
    uint8_t revision;
} component;

#define CORE_ROM 0xE00FF000u
enum { SCS, DWT, FPB, ITM, TPIU, ETM, COMPONENTS };

/* Cortex-M0 TRM (DDI 0432) section 7.2, Cortex-M3 TRM (DDI 0337) section 7.1, Cortex-M4 TRM (DDI 0439) section 8.2 */
static const component v6m_components[COMPONENTS] = {
    [SCS] = {0xE000E000u, 0x008, 0xE, 0, 0},
    [DWT] = {0xE0001000u, 0x00A, 0xE, 0, 0},
    [FPB] = {0xE0002000u, 0x00B, 0xE, 0, 0},
};
static const component v7m_components[COMPONENTS] = {
    [SCS] = {0xE000E000u, 0x00C, 0xE, 0, 0},     [DWT] = {0xE0001000u, 0x002, 0xE, 0, 3},
    [FPB] = {0xE0002000u, 0x003, 0xE, 0, 2},     [ITM] = {0xE0000000u, 0x001, 0xE, 0, 3},
    [TPIU] = {0xE0040000u, 0x9A1, 0x9, 0x11, 0}, [ETM] = {0xE0041000u, 0, 0, 0, 0}, /* an entry that says: not there */
};

static component component_at(const emu_machine *m, unsigned i) {
    component c = (m->feature.v7m ? v7m_components : v6m_components)[i];
    if (m->feature.v7m && !m->feature.dsp && i == SCS) c.part = 0x000;
    if (m->feature.v7m && !m->feature.dsp && i == TPIU) c.part = 0x923;
    return c;
}

static uint16_t rom_part(const emu_machine *m) {
    return m->feature.v7m ? (m->feature.dsp ? 0x4C4 : 0x4C3) : m->feature.unprivileged ? 0x4C0 : 0x471;
}

/* The core's ROM table. A chip with a table of its own in front of it (rom_table elsewhere) holds that in a memory of its own; without
 * one, a table with a single entry leads from there to here. */
static uint32_t rom_entry(const emu_machine *m, uint32_t rom_base, unsigned i) {
    if (rom_base != CORE_ROM) return i ? 0 : ((CORE_ROM - rom_base) & 0xFFFFF000u) | 3;
    component c = i < COMPONENTS ? component_at(m, i) : (component){0};
    return c.base ? ((c.base - rom_base) & 0xFFFFF000u) | 2 | (c.class != 0) : 0; /* 32 bits, present */
}

uint32_t emu_coresight_id(uint32_t component_base, uint32_t offset, const emu_machine *m, bool *known) {
    bool rom = component_base == CORE_ROM || component_base == m->config.rom_table;
    component c = {component_base, rom_part(m), 1, 0, 0};
    for (unsigned i = 0; i < COMPONENTS && !rom; i++)
        if (component_at(m, i).base == component_base) c = component_at(m, i);
    *known = rom || (c.class > 1 && offset >= 0xFCC) || (c.class > 1 && offset == 0xFB4);
    if (!*known) return 0;
    if (rom && offset < 0xFCC) return rom_entry(m, component_base, offset / 4);
    switch (offset) {
    case 0xFCC: return c.class == 9 ? c.devtype : c.class == 1 ? 1 : 0; /* DEVTYPE; MEMTYPE of a ROM table */
    case 0xFD0: return 4;                                               /* PIDR4: JEP106 continuation of Arm */
    case 0xFE0: return c.part & 0xFF;
    case 0xFE4: return 0xB0 | c.part >> 8; /* JEP106 identity 0x3B, low half */
    case 0xFE8: return (uint32_t)c.revision << 4 | 0xB;
    case 0xFF0: return 0x0D;
    case 0xFF4: return (uint32_t)c.class << 4;
    case 0xFF8: return 0x05;
    case 0xFFC: return 0xB1;
    default: return 0; /* 0xFB4, LSR: no lock to open */
    }
}

/* --- AHB-AP ------------------------------------------------------------------------------------------------------------------ */

enum { AP_CSW = 0x00, AP_TAR = 0x04, AP_DRW = 0x0C, AP_BD0 = 0x10, AP_CFG = 0xF4, AP_BASE = 0xF8, AP_IDR = 0xFC };
enum { CSW_DEVICE_EN = 1u << 6, CSW_KEPT = 0x23000037u };

void emu_dap_reset(emu_machine *m) {
    memset(&m->dap, 0, sizeof m->dap);
    m->dap.csw = 0x23000002u;
}

static unsigned transfer_size(const emu_machine *m) { return 1u << (m->dap.csw & 3); }

/* TAR counts up inside a block of 4 KB (variant 1 of the AHB-AP, as on Cortex-M3 and M4) or 1 KB. */
static void increment_tar(emu_machine *m, unsigned by) {
    uint32_t block = (m->config.ap_idr >> 4 & 15) == 1 ? 0xFFF : 0x3FF, tar = m->dap.tar;
    m->dap.tar = (tar & ~block) | ((tar + by) & block);
}

static bool drw_read(emu_machine *m, uint32_t *value) {
    unsigned size = transfer_size(m), mode = m->dap.csw >> 4 & 3, count = mode == 2 ? 4 / size : 1;
    *value = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t address = m->dap.tar & ~(size - 1), x;
        if (!emu_debug_read(m, address, size, &x)) return false;
        *value |= x << 8 * (address & 3);
        if (mode) increment_tar(m, size);
    }
    return true;
}

static bool drw_write(emu_machine *m, uint32_t value) {
    unsigned size = transfer_size(m), mode = m->dap.csw >> 4 & 3, count = mode == 2 ? 4 / size : 1;
    for (unsigned i = 0; i < count; i++) {
        uint32_t address = m->dap.tar & ~(size - 1), x = value >> 8 * (address & 3);
        if (size < 4) x &= (1u << 8 * size) - 1;
        if (!emu_debug_write(m, address, size, x)) return false;
        if (mode) increment_tar(m, size);
    }
    return true;
}

static bool ahb_ap_read(emu_machine *m, uint32_t reg, uint32_t *value) {
    switch (reg) {
    case AP_CSW: *value = m->dap.csw | (m->debug_locked ? 0 : CSW_DEVICE_EN); return true;
    case AP_TAR: *value = m->dap.tar; return true;
    case AP_DRW: return drw_read(m, value);
    case AP_BD0:
    case AP_BD0 + 4:
    case AP_BD0 + 8:
    case AP_BD0 + 12: return emu_debug_read(m, (m->dap.tar & ~15u) + (reg - AP_BD0), 4, value);
    case AP_BASE: *value = m->config.rom_table | 3; return true;
    case AP_IDR: *value = m->config.ap_idr; return true;
    default: *value = 0; return true;
    }
}

static bool ahb_ap_write(emu_machine *m, uint32_t reg, uint32_t value) {
    switch (reg) {
    case AP_CSW:
        m->dap.csw = value & CSW_KEPT;
        if ((value & 7) > 2) m->dap.csw = (m->dap.csw & ~7u) | 2;
        return true;
    case AP_TAR: m->dap.tar = value; return true;
    case AP_DRW: return drw_write(m, value);
    case AP_BD0:
    case AP_BD0 + 4:
    case AP_BD0 + 8:
    case AP_BD0 + 12: return emu_debug_write(m, (m->dap.tar & ~15u) + (reg - AP_BD0), 4, value);
    default: return true;
    }
}

/* --- the debug port ------------------------------------------------------------------------------------------------------------------ */

enum { DP_DPIDR_ABORT = 0x0, DP_CTRL_STAT = 0x4, DP_SELECT = 0x8, DP_RDBUFF = 0xC };
#define CSYSPWRUPREQ (1u << 30)
#define CDBGPWRUPREQ (1u << 28)
#define CDBGRSTREQ (1u << 26)
#define STICKYERR (1u << 5)
#define READOK (1u << 6)
enum { RESCUE = EMU_RESCUE };

bool emu_dap_powered_up(const emu_machine *m) { return m->dap.ctrl_stat & (CSYSPWRUPREQ | CDBGPWRUPREQ); }

/* ADIv5.2 B2.2.10 and B2.2.4: TARGETID is that of the chip, DLPIDR tells the instances apart. */
static uint32_t multidrop(const emu_machine *m, unsigned bank) {
    return bank == 2 ? m->config.targetid : bank == 3 ? m->core << 28 | 1 : 0;
}

int emu_dp_find(const emu_machine *m, uint32_t targetsel) {
    if (!m->cls->debug_port) return -1;
    if (!m->config.targetid || (targetsel & 0x0FFFFFFF) != (m->config.targetid & 0x0FFFFFFF)) return -1;
    uint32_t instance = targetsel >> 28;
    if (instance == RESCUE) return m->rescue ? 2 : -1;
    return instance == 0 || (instance == 1 && m->second) ? (int)instance : -1;
}

emu_machine *emu_dp_port(emu_machine *m, unsigned n) {
    return !m->cls->debug_port ? NULL : n == 0 ? m : n == 1 ? m->second : n == 2 ? m->rescue : NULL;
}

emu_ack emu_dp_read(emu_machine *m, uint32_t address, uint32_t *value) {
    *value = 0;
    if (!m->powered) return EMU_ACK_FAULT;
    switch (address & 0xC) {
    case DP_DPIDR_ABORT: *value = m->config.dpidr; break;
    case DP_CTRL_STAT:
        if (m->dap.select & 15) { /* DLCR and the like */
            if (m->config.targetid) *value = multidrop(m, m->dap.select & 15);
            break;
        }
        *value = m->dap.ctrl_stat | (m->dap.ctrl_stat & (CSYSPWRUPREQ | CDBGPWRUPREQ | CDBGRSTREQ)) << 1;
        if (m->dap.sticky_error)
            *value |= STICKYERR;
        else
            *value |= READOK;
        break;
    default: *value = m->dap.rdbuff; break;
    }
    return EMU_ACK_OK;
}

emu_ack emu_dp_write(emu_machine *m, uint32_t address, uint32_t value) {
    if (!m->powered) return EMU_ACK_FAULT;
    switch (address & 0xC) {
    case DP_DPIDR_ABORT:
        if (value & 4) m->dap.sticky_error = false; /* STKERRCLR */
        break;
    case DP_CTRL_STAT:
        if (m->dap.select & 15) break;
        m->dap.ctrl_stat = value & (CSYSPWRUPREQ | CDBGPWRUPREQ | CDBGRSTREQ | 0x00FFFF0Du);
        if (m->core == RESCUE) {
            if (value & CDBGPWRUPREQ) emu_rescue(m->first);
            break;
        }
        emu_lockup_watch(m);
        break;
    case DP_SELECT: m->dap.select = value; break;
    default: break;
    }
    return EMU_ACK_OK;
}

/* Access ports by APSEL: 0 is the core's AHB-AP; the chip's own are devices. */
static emu_device *device_port_at(const emu_machine *m, uint32_t address) {
    uint32_t apsel = address >> 24;
    for (size_t i = 0; i < m->device_count; i++)
        if (m->devices[i]->apsel == apsel && m->devices[i]->cls->ap_read) return m->devices[i];
    return NULL;
}

static bool port_read(emu_machine *m, uint32_t address, uint32_t *value) {
    if (address >> 24 == 0) return ahb_ap_read(m, address & 0xFC, value);
    emu_device *d = device_port_at(m, address);
    return !d || d->cls->ap_read(d, address & 0xFC, value);
}

static bool port_write(emu_machine *m, uint32_t address, uint32_t value) {
    if (address >> 24 == 0) return ahb_ap_write(m, address & 0xFC, value);
    emu_device *d = device_port_at(m, address);
    return !d || d->cls->ap_write(d, address & 0xFC, value);
}

/* The rescue port has no access ports. */
static bool accessible(const emu_machine *m) {
    return m->core != RESCUE && m->powered && !m->dap.sticky_error && (m->dap.ctrl_stat & CDBGPWRUPREQ);
}

emu_ack emu_ap_read(emu_machine *m, uint32_t address, uint32_t *value) {
    *value = 0;
    if (!accessible(m)) return EMU_ACK_FAULT;
    if (!port_read(m, address, value)) {
        *value = 0;
        m->dap.sticky_error = true;
        return EMU_ACK_FAULT;
    }
    m->dap.rdbuff = *value;
    return EMU_ACK_OK;
}

emu_ack emu_ap_write(emu_machine *m, uint32_t address, uint32_t value) {
    if (!accessible(m)) return EMU_ACK_FAULT;
    if (!port_write(m, address, value)) {
        m->dap.sticky_error = true;
        return EMU_ACK_FAULT;
    }
    return EMU_ACK_OK;
}
