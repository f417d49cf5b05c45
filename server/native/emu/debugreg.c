/* SPDX-License-Identifier: Apache-2.0 */
/* Halting debug: DHCSR, DCRSR, DCRDR, DEMCR (DDI 0403E chapter C1.6). Offsets are those in the system control space. */
#include "machine.h"

enum { DHCSR = 0xDF0, DCRSR = 0xDF4, DCRDR = 0xDF8, DEMCR = 0xDFC };
enum {
    S_REGRDY = 1u << 16,
    S_HALT = 1u << 17,
    S_SLEEP = 1u << 18,
    S_LOCKUP = 1u << 19,
    S_RETIRE_ST = 1u << 24,
    S_RESET_ST = 1u << 25,
};

static uint32_t dhcsr_read(emu_machine *m) {
    uint32_t value = m->debug.dhcsr | S_REGRDY;
    if (m->cpu.halted) value |= S_HALT;
    if (m->cpu.sleeping) value |= S_SLEEP;
    if (m->cpu.lockup) value |= S_LOCKUP;
    if (m->debug.s_retire_st) value |= S_RETIRE_ST;
    if (m->debug.s_reset_st) value |= S_RESET_ST;
    if (m->debug_access) m->debug.s_retire_st = m->debug.s_reset_st = false; /* sticky until read */
    return value;
}

static void dhcsr_write(emu_machine *m, uint32_t value) {
    if (value >> 16 != 0xA05F) return;
    value &= DHCSR_C_DEBUGEN | DHCSR_C_HALT | DHCSR_C_STEP | DHCSR_C_MASKINTS | DHCSR_C_SNAPSTALL;
    if (!m->debug_access) { /* software may halt itself under a debugger, no more */
        if (m->debug.dhcsr & DHCSR_C_DEBUGEN && value & DHCSR_C_HALT) {
            m->debug.halt_request = true;
            m->debug.halt_dfsr = DFSR_HALTED;
            emu_attention(m, EMU_ATTN_HALT);
        }
        return;
    }
    if (!(value & DHCSR_C_DEBUGEN)) value = 0;
    m->debug.dhcsr = value;
    m->debug.halt_request = false;
    if (value & DHCSR_C_HALT)
        emu_debug_halt(m, DFSR_HALTED);
    else
        emu_debug_resume(m);
    emu_attention(m, EMU_ATTN_IRQ);
    emu_lockup_watch(m);
}

uint32_t emu_debugreg_read(emu_machine *m, uint32_t offset) {
    switch (offset) {
    case DHCSR: return dhcsr_read(m);
    case DCRDR: return m->debug.dcrdr;
    case DEMCR: return m->debug.demcr;
    default: return 0;
    }
}

void emu_debugreg_write(emu_machine *m, uint32_t offset, uint32_t value) {
    switch (offset) {
    case DHCSR: dhcsr_write(m, value); break;
    case DCRSR:
        if (!m->cpu.halted) break;
        if (value & 1u << 16)
            emu_core_set(m, value & 0x7F, m->debug.dcrdr);
        else
            m->debug.dcrdr = emu_core_get(m, value & 0x7F);
        break;
    case DCRDR: m->debug.dcrdr = value; break;
    case DEMCR: {
        uint32_t traced = (m->debug.demcr ^ value) & DEMCR_TRCENA;
        if (traced) emu_dwt_before_trcena(m);
        m->debug.demcr = value & (m->feature.v7m ? 0x010D07F1u : DEMCR_TRCENA | DEMCR_VC_HARDERR | DEMCR_VC_CORERESET);
        if (traced) emu_dwt_after_trcena(m);
        if (value & 1u << 17 && m->feature.v7m) emu_nvic_set_pending(m, EMU_EXC_DEBUGMONITOR, true);
        break;
    }
    default: break;
    }
}
