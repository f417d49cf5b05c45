/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns the floating point registers: access control, the frame of an exception, lazy saving. ARMv7-M ARM (DDI 0403E) sections B1.5.6
 * (exception entry), B1.5.7 (lazy context save), B1.5.8 (return), B3.2.20 to B3.2.23 (CPACR, FPCCR, FPCAR, FPDSCR). */
#include "fp.h"

static bool unprivileged(const emu_cpu *c) { return !c->ipsr && (c->control & 1); }

/* CheckVFPEnabled. CP11 follows CP10: different values are unpredictable. */
static bool accessible(const emu_machine *m) {
    uint32_t access = m->scs.cpacr >> 20 & 3;
    return m->feature.fpu && (access == 3 || (access == 1 && !unprivileged(&m->cpu)));
}

void emu_fp_refresh(emu_machine *m) {
    emu_cpu *c = &m->cpu;
    bool awake = accessible(m) && !(m->scs.fpccr & FPCCR_LSPACT) && (emu_fp_active(m) || !(m->scs.fpccr & FPCCR_ASPEN));
    c->fp_mode = (awake ? 0 : EMU_FP_ASLEEP) | (c->fpscr & (FPSCR_RMODE | FPSCR_FZ) ? EMU_FP_UNUSUAL : 0) |
                 (c->fpscr & FPSCR_IXC ? 0 : EMU_FP_NO_IXC);
}

void emu_fp_set_fpscr(emu_machine *m, uint32_t value) {
    m->cpu.fpscr = value & FPSCR_MASK;
    emu_fp_refresh(m);
}

void emu_fp_reset(emu_machine *m) {
    m->scs.fpccr = FPCCR_ASPEN | FPCCR_LSPEN;
    m->scs.fpcar = m->scs.fpdscr = 0;
    emu_fp_set_fpscr(m, 0);
}

/* --- lazy saving ------------------------------------------------------------------------------------------------------------- */

/* CFSR bit of what failed, or 0: `guarded` where the MPU refuses, `broken` where the bus does. */
static uint32_t save(emu_machine *m, uint32_t address, bool user, uint32_t guarded, uint32_t broken) {
    for (unsigned i = 0; i < 17; i++) {
        if (!emu_mpu_permits(m, address + 4 * i, EMU_MAY_WRITE, !user)) return guarded;
        if (emu_bus_write(m, address + 4 * i, 4, i < 16 ? m->cpu.r[EMU_R_S0 + i] : m->cpu.fpscr) != EMU_BUS_OK) return broken;
    }
    return 0;
}

emu_fp_state emu_fp_wake(emu_machine *m) {
    emu_cpu *c = &m->cpu;
    if (!accessible(m)) {
        c->fault_cfsr = CFSR_NOCP;
        return EMU_FP_FAULT;
    }
    if (m->scs.fpccr & FPCCR_LSPACT) {
        uint32_t failed = save(m, m->scs.fpcar, m->scs.fpccr & FPCCR_USER, CFSR_MLSPERR, CFSR_LSPERR);
        if (failed) {
            emu_exception_lazy_fault(m, failed);
            /* What can preempt comes first, and the registers are still to be saved after it. */
            if (c->lockup || emu_nvic_pending(m, emu_nvic_execution_priority(m))) return EMU_FP_PENDING;
        }
        m->scs.fpccr &= ~(uint32_t)FPCCR_LSPACT;
    }
    if (m->scs.fpccr & FPCCR_ASPEN && !emu_fp_active(m)) {
        c->fpscr = (c->fpscr & ~(uint32_t)FPSCR_CONTROL) | m->scs.fpdscr;
        c->control |= CONTROL_FPCA;
    }
    emu_fp_refresh(m);
    return EMU_FP_READY;
}

/* --- exception frames ------------------------------------------------------------------------------------------------------------ */

static bool could_preempt(const emu_machine *m, unsigned exception, int now) {
    return emu_nvic_group_priority(m, emu_nvic_priority(m, exception)) < now;
}

/* UpdateFPCCR: what a fault of the delayed saving may do is settled now. */
static void postpone(emu_machine *m, uint32_t frame) {
    int now = emu_nvic_execution_priority(m);
    uint32_t fpccr = (m->scs.fpccr & (FPCCR_ASPEN | FPCCR_LSPEN)) | FPCCR_LSPACT;
    if (unprivileged(&m->cpu)) fpccr |= FPCCR_USER;
    if (!m->cpu.ipsr) fpccr |= FPCCR_THREAD;
    if (now > -1) fpccr |= FPCCR_HFRDY;
    if (m->scs.shcsr_enable & 1u << 16 && could_preempt(m, EMU_EXC_MEMMANAGE, now)) fpccr |= FPCCR_MMRDY;
    if (m->scs.shcsr_enable & 1u << 17 && could_preempt(m, EMU_EXC_BUSFAULT, now)) fpccr |= FPCCR_BFRDY;
    if (m->debug.demcr & DEMCR_MON_EN && could_preempt(m, EMU_EXC_DEBUGMONITOR, now)) fpccr |= FPCCR_MONRDY;
    m->scs.fpccr = fpccr;
    m->scs.fpcar = frame + 0x20;
}

uint32_t emu_fp_push(emu_machine *m, uint32_t frame) {
    if (m->scs.fpccr & FPCCR_LSPEN) {
        postpone(m, frame);
        return 0;
    }
    if (!accessible(m)) return CFSR_NOCP;
    return save(m, frame + 0x20, unprivileged(&m->cpu), CFSR_MSTKERR, CFSR_STKERR);
}

uint32_t emu_fp_pop(emu_machine *m, uint32_t frame, bool user) {
    uint32_t words[17];
    if (m->scs.fpccr & FPCCR_LSPACT) { /* never saved: the registers still hold what they held */
        m->scs.fpccr &= ~(uint32_t)FPCCR_LSPACT;
        return 0;
    }
    if (!accessible(m)) return CFSR_NOCP;
    for (unsigned i = 0; i < 17; i++) {
        if (!emu_mpu_permits(m, frame + 0x20 + 4 * i, EMU_MAY_READ, !user)) return CFSR_MUNSTKERR;
        if (emu_bus_read(m, frame + 0x20 + 4 * i, 4, &words[i]) != EMU_BUS_OK) return CFSR_UNSTKERR;
    }
    for (unsigned i = 0; i < 16; i++) m->cpu.r[EMU_R_S0 + i] = words[i];
    m->cpu.fpscr = words[16] & FPSCR_MASK;
    return 0;
}

/* --- registers ---------------------------------------------------------------------------------------------------------------------- */

enum { CPACR = 0xD88, FPCCR = 0xF34, FPCAR = 0xF38, FPDSCR = 0xF3C, MVFR0 = 0xF40, MVFR1 = 0xF44 };

uint32_t emu_fp_register(emu_machine *m, uint32_t offset) {
    if (!m->feature.fpu) return 0;
    switch (offset) {
    case CPACR: return m->scs.cpacr;
    case FPCCR: return m->scs.fpccr;
    case FPCAR: return m->scs.fpcar;
    case FPDSCR: return m->scs.fpdscr;
    case MVFR0: return 0x10110021; /* Cortex-M4 TRM (DDI 0439), table 7-2 */
    case MVFR1: return 0x11000011;
    default: return 0;
    }
}

void emu_fp_set_register(emu_machine *m, uint32_t offset, uint32_t value) {
    if (!m->feature.fpu) return;
    switch (offset) {
    case CPACR: m->scs.cpacr = value & 0x00F00000; break;
    case FPCCR: m->scs.fpccr = value & FPCCR_MASK; break;
    case FPCAR: m->scs.fpcar = value & ~7u; break;
    case FPDSCR: m->scs.fpdscr = value & FPSCR_CONTROL; break;
    default: return;
    }
    emu_fp_refresh(m);
}
