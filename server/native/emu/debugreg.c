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
    if (m->debug.s_retire_st || !m->debug_access) value |= S_RETIRE_ST; /* whoever reads it from inside has retired something */
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

void emu_debug_halt(emu_machine *m, uint32_t dfsr) {
    if (m->cpu.halted) return;
    m->cpu.halted = true;
    m->cpu.lockup = false;
    m->cpu.sleeping = false;
    m->debug.halt_request = false;
    m->debug.halted_inside = true;
    m->scs.dfsr |= dfsr;
    m->debug.dhcsr |= DHCSR_C_HALT;
    emu_systick_halt(m);
}

void emu_debug_resume(emu_machine *m) {
    if (!m->cpu.halted) return;
    m->cpu.halted = false;
    emu_systick_resume(m);
}

/* --- the debug monitor, C1.5 ------------------------------------------------------------------------------------------------- */

static bool monitor_can_run(const emu_machine *m) {
    return (m->debug.demcr & DEMCR_MON_EN) && !(m->debug.dhcsr & DHCSR_C_DEBUGEN) &&
           emu_nvic_group_priority(m, emu_nvic_priority(m, EMU_EXC_DEBUGMONITOR)) < emu_nvic_execution_priority(m);
}

bool emu_debug_monitor_steps(const emu_machine *m) { return (m->debug.demcr & DEMCR_MON_STEP) && monitor_can_run(m); }

bool emu_debug_monitor_event(emu_machine *m, uint32_t dfsr_bit) {
    if (!monitor_can_run(m)) return false;
    m->scs.dfsr |= dfsr_bit;
    emu_nvic_set_pending(m, EMU_EXC_DEBUGMONITOR, true);
    return true;
}

void emu_debug_breakpoint(emu_machine *m, bool hardware) {
    bool by_dwt = hardware && m->dwt.pc_matching && emu_dwt_matches_pc(m, m->cpu.r[15]);
    bool monitor = m->debug.demcr & DEMCR_MON_EN;
    uint32_t why = by_dwt ? DFSR_DWTTRAP : DFSR_BKPT;
    if (by_dwt) emu_dwt_pc_hit(m, m->cpu.r[15]);
    if (m->debug.dhcsr & DHCSR_C_DEBUGEN) {
        emu_debug_halt(m, why);
    } else if (hardware && (!monitor || by_dwt)) { /* nobody to tell, or nobody that may be told now: it is as if it were not there */
        m->debug.step_over = !emu_debug_monitor_event(m, why);
    } else {
        if (m->feature.v7m) m->scs.dfsr |= why;
        emu_exception_raise(m, EMU_EXC_DEBUGMONITOR); /* escalates where the monitor may not run */
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

uint32_t emu_debugreg_read(emu_machine *m, uint32_t offset) {
    switch (offset) {
    case DHCSR: return dhcsr_read(m);
    case DCRDR: return m->debug.dcrdr;
    case DEMCR: return m->debug.demcr | (emu_nvic_is_pending(m, EMU_EXC_DEBUGMONITOR) ? DEMCR_MON_PEND : 0u);
    default: return 0;
    }
}

void emu_debugreg_write(emu_machine *m, uint32_t offset, uint32_t value) {
    switch (offset) {
    case DHCSR: dhcsr_write(m, value); break;
    case DCRSR:
        if (!m->cpu.halted) break;
        if (value & 1u << 16)
            emu_cpu_set(m, value & 0x7F, m->debug.dcrdr);
        else
            m->debug.dcrdr = emu_cpu_get(m, value & 0x7F);
        break;
    case DCRDR: m->debug.dcrdr = value; break;
    case DEMCR: {
        uint32_t traced = (m->debug.demcr ^ value) & DEMCR_TRCENA;
        if (traced) emu_dwt_before_trcena(m);
        m->debug.demcr = value & (m->feature.v7m ? 0x010D07F1u : DEMCR_TRCENA | DEMCR_VC_HARDERR | DEMCR_VC_CORERESET);
        if (traced) emu_dwt_after_trcena(m);
        if (m->feature.v7m) emu_nvic_set_pending(m, EMU_EXC_DEBUGMONITOR, value & DEMCR_MON_PEND);
        emu_attention(m, EMU_ATTN_IRQ);
        break;
    }
    default: break;
    }
}
