/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: raising, escalation, entry, return, lockup. ARMv7-M ARM (DDI 0403E) chapter B1.5. */
#include "fp.h"
#include "op.h"

void emu_cpu_lockup(emu_machine *m) {
    m->cpu.lockup = true;
    m->debug.catching = false;
    m->cpu.r[15] = 0xFFFFFFFEu;
    emu_attention(m, EMU_ATTN_IRQ);
    emu_lockup_watch(m);
}

/* Locked up, on a chip that does not leave it at that, with no debugger about. nRF52833 PS, "Debug and trace": the chip is in debug
 * interface mode as long as the debugger requests power. C_DEBUGEN counts as well, for those who reach the core without a debug port. */
static bool reset_is_due(const emu_machine *m) {
    return m->config.lockup_reset_us && m->cpu.lockup && !emu_dap_powered_up(m) && !(m->debug.dhcsr & DHCSR_C_DEBUGEN);
}

void emu_lockup_watch(emu_machine *m) {
    if (reset_is_due(m))
        emu_own_schedule(m, EMU_OWN_LOCKUP, m->now + (uint64_t)m->config.lockup_reset_us * m->config.clock_hz / 1000000u);
    else
        emu_own_cancel(m, EMU_OWN_LOCKUP);
}

void emu_lockup_event(emu_machine *m) {
    if (reset_is_due(m)) emu_request_reset(m, EMU_RESET_LOCKUP);
}

static bool enabled(const emu_machine *m, unsigned exception) {
    switch (exception) {
    case EMU_EXC_MEMMANAGE: return m->scs.shcsr_enable & 1u << 16;
    case EMU_EXC_BUSFAULT: return m->scs.shcsr_enable & 1u << 17;
    case EMU_EXC_USAGEFAULT: return m->scs.shcsr_enable & 1u << 18;
    case EMU_EXC_DEBUGMONITOR: return m->debug.demcr & DEMCR_MON_EN;
    default: return true;
    }
}

/* Vector catch: the debugger asked to be called when this happens. */
static void vector_catch(emu_machine *m, uint32_t demcr_bit) {
    if ((m->debug.demcr & demcr_bit) && (m->debug.dhcsr & DHCSR_C_DEBUGEN)) { m->debug.catching = true; }
}

static void catch_cfsr(emu_machine *m, uint32_t cfsr) {
    if (cfsr & 0xFF) vector_catch(m, DEMCR_VC_MMERR);
    if (cfsr & (CFSR_MUNSTKERR | CFSR_MSTKERR | CFSR_MLSPERR | CFSR_UNSTKERR | CFSR_STKERR | CFSR_LSPERR)) vector_catch(m, DEMCR_VC_INTERR);
    if (cfsr & (CFSR_IBUSERR | CFSR_PRECISERR | CFSR_IMPRECISERR)) vector_catch(m, DEMCR_VC_BUSERR);
    if (cfsr & (CFSR_UNDEFINSTR | CFSR_INVSTATE | CFSR_INVPC)) vector_catch(m, DEMCR_VC_STATERR);
    if (cfsr & CFSR_NOCP) vector_catch(m, DEMCR_VC_NOCPERR);
    if (cfsr & (CFSR_UNALIGNED | CFSR_DIVBYZERO)) vector_catch(m, DEMCR_VC_CHKERR);
}

void emu_exception_raise(emu_machine *m, unsigned exception) {
    int now = emu_nvic_execution_priority(m);
    if (!enabled(m, exception) || emu_nvic_group_priority(m, emu_nvic_priority(m, exception)) >= now) {
        /* Escalation, B1.5.5. A fault at the priority of HardFault or above has nowhere to go. */
        if (now <= -1) {
            vector_catch(m, DEMCR_VC_HARDERR);
            emu_cpu_lockup(m);
            return;
        }
        if (m->feature.v7m) m->scs.hfsr |= exception == EMU_EXC_DEBUGMONITOR ? HFSR_DEBUGEVT : HFSR_FORCED;
        exception = EMU_EXC_HARDFAULT;
    }
    emu_nvic_set_pending(m, exception, true);
}

static unsigned fault_number(uint32_t cfsr) {
    return cfsr & 0xFF ? EMU_EXC_MEMMANAGE : cfsr & 0xFF00 ? EMU_EXC_BUSFAULT : EMU_EXC_USAGEFAULT;
}

void emu_exception_fault(emu_machine *m, uint32_t cfsr, uint32_t address) {
    if (!m->feature.v7m) { /* no fault but HardFault, and nothing says why: DDI 0419, B1.5.1 */
        emu_exception_raise(m, EMU_EXC_HARDFAULT);
        return;
    }
    m->scs.cfsr |= cfsr;
    if (cfsr & CFSR_MMARVALID) m->scs.mmfar = address;
    if (cfsr & CFSR_BFARVALID) m->scs.bfar = address;
    catch_cfsr(m, cfsr);
    emu_exception_raise(m, fault_number(cfsr));
}

/* Asynchronous: it waits for its turn like an interrupt, B1.5.1. */
void emu_exception_imprecise(emu_machine *m) {
    m->scs.cfsr |= CFSR_IMPRECISERR;
    catch_cfsr(m, CFSR_IMPRECISERR);
    if (enabled(m, EMU_EXC_BUSFAULT)) {
        emu_nvic_set_pending(m, EMU_EXC_BUSFAULT, true);
    } else {
        m->scs.hfsr |= HFSR_FORCED;
        emu_nvic_set_pending(m, EMU_EXC_HARDFAULT, true);
    }
}

/* The fault's priority counts as of when the frame was made: FPCCR, B1.5.7. */
void emu_exception_lazy_fault(emu_machine *m, uint32_t cfsr) {
    unsigned exception = fault_number(cfsr);
    m->scs.cfsr |= cfsr;
    catch_cfsr(m, cfsr);
    if (!(m->scs.fpccr & (exception == EMU_EXC_MEMMANAGE ? FPCCR_MMRDY : FPCCR_BFRDY))) {
        if (!(m->scs.fpccr & FPCCR_HFRDY)) {
            emu_cpu_lockup(m);
            return;
        }
        m->scs.hfsr |= HFSR_FORCED;
        exception = EMU_EXC_HARDFAULT;
    }
    emu_nvic_set_pending(m, exception, true);
}

/* Pushes the frame. CFSR bit of what failed, or 0 (the stack pointer is moved in any case). */
static uint32_t push_frame(emu_machine *m) {
    emu_cpu *c = &m->cpu;
    bool extended = emu_fp_active(m);
    uint32_t sp = c->r[13] & ~3u, align = extended || m->scs.ccr & CCR_STKALIGN ? sp >> 2 & 1 : 0;
    uint32_t frame = sp - (extended ? EMU_FP_FRAME : 0x20) - 4 * align;
    uint32_t xpsr = (emu_cpu_xpsr(m) & ~(1u << 9)) | align << 9;
    const uint32_t words[8] = {c->r[0], c->r[1], c->r[2], c->r[3], c->r[12], c->r[14], c->r[15], xpsr};
    bool user = !c->ipsr && c->control & 1;
    uint32_t failed = 0;
    for (unsigned i = 0; i < 8 && !failed; i++) {
        if (!emu_mpu_permits(m, frame + 4 * i, EMU_MAY_WRITE, !user)) failed = CFSR_MSTKERR;
        /* A stack that is nowhere, as a blank chip's, is no access to a register that nobody models. */
        else if (emu_bus_nobody(m, frame + 4 * i) || emu_bus_write(m, frame + 4 * i, 4, words[i]) != EMU_BUS_OK)
            failed = CFSR_STKERR;
    }
    c->r[13] = frame;
    return failed ? failed : extended ? emu_fp_push(m, frame) : 0;
}

/* The part of entry after stacking: ExceptionTaken, B1.5.6. */
static void take(emu_machine *m, unsigned exception, uint32_t exc_return) {
    emu_cpu *c = &m->cpu;
    uint32_t vector;
    if (emu_bus_read(m, m->scs.vtor + 4 * exception, 4, &vector) != EMU_BUS_OK) {
        if (m->feature.v7m) m->scs.hfsr |= HFSR_VECTTBL;
        vector_catch(m, DEMCR_VC_INTERR);
        if (exception == EMU_EXC_HARDFAULT || exception == EMU_EXC_NMI || emu_nvic_execution_priority(m) <= -1 ||
            emu_bus_read(m, m->scs.vtor + 4 * EMU_EXC_HARDFAULT, 4, &vector) != EMU_BUS_OK) {
            emu_nvic_set_pending(m, exception, false);
            emu_cpu_lockup(m);
            return;
        }
        exception = EMU_EXC_HARDFAULT; /* the one whose vector could not be read stays pending */
    }
    if (m->trace) emu_trace_exception(m, exception, true);
    emu_nvic_set_pending(m, exception, false);
    emu_nvic_set_active(m, exception, true);
    c->r[14] = exc_return;
    emu_cpu_set_control(m, c->control & 1); /* main stack, floating point inactive */
    c->ipsr = exception;
    emu_fp_refresh(m);
    c->r[15] = vector & ~1u;
    c->thumb = vector & 1;
    c->itstate = 0;
    c->exclusive = false;
    c->event_register = true;
    c->sleeping = false;
    if (exception == EMU_EXC_HARDFAULT) vector_catch(m, DEMCR_VC_HARDERR);
    emu_attention(m, EMU_ATTN_IRQ);
    if (m->debug.catching) {
        m->debug.catching = false;
        emu_debug_halt(m, DFSR_VCATCH);
    }
}

#define EXC_RETURN_BASIC 0x10u /* clear: the frame holds floating point registers */

void emu_exception_enter(emu_machine *m, unsigned exception) {
    emu_cpu *c = &m->cpu;
    uint32_t exc_return = c->ipsr ? 0xFFFFFFF1u : c->control & 2 ? 0xFFFFFFFDu : 0xFFFFFFF9u;
    if (emu_fp_active(m)) exc_return &= ~EXC_RETURN_BASIC;
    uint32_t failed = push_frame(m);
    if (failed) { /* a derived exception, B1.5.11: what is most urgent now is entered on the broken frame */
        if (m->feature.v7m) m->scs.cfsr |= failed;
        catch_cfsr(m, failed);
        if (exception != EMU_EXC_HARDFAULT && exception != EMU_EXC_NMI) emu_exception_raise(m, fault_number(failed));
        if (c->lockup) return;
        unsigned urgent = emu_nvic_pending(m, emu_nvic_execution_priority(m));
        if (urgent) exception = urgent;
    }
    take(m, exception, exc_return);
}

/* Integrity of a return failed: the fault is taken on the old frame, B1.5.8. */
static void bad_return(emu_machine *m, uint32_t exc_return, uint32_t cfsr) {
    emu_exception_fault(m, cfsr, 0);
    if (m->cpu.lockup) return;
    unsigned urgent = emu_nvic_pending(m, emu_nvic_execution_priority(m));
    m->cpu.r[14] = exc_return;
    if (urgent) take(m, urgent, exc_return);
}

void emu_exception_return(emu_machine *m, uint32_t exc_return) {
    emu_cpu *c = &m->cpu;
    unsigned returning = c->ipsr, nested = 0;
    for (unsigned i = 0; i < EMU_EXCEPTION_WORDS; i++) nested += (unsigned)__builtin_popcount(m->nvic.active[i]);
    bool to_thread = exc_return & 8, process = exc_return & 4;
    bool extended = m->feature.fpu && !(exc_return & EXC_RETURN_BASIC);
    bool valid = (exc_return & 0x0FFFFFE0u) == 0x0FFFFFE0u && (extended || exc_return & EXC_RETURN_BASIC) &&
                 ((exc_return & 15) == 1 || (exc_return & 15) == 9 || (exc_return & 15) == 13);
    bool was_active = emu_nvic_is_active(m, returning);
    if (returning != EMU_EXC_NMI) c->faultmask = 0;
    emu_nvic_set_active(m, returning, false);
    if (!valid || !was_active || (to_thread ? nested != 1 && !(m->scs.ccr & 1) : nested == 1)) {
        bad_return(m, 0xF0000000u | exc_return, CFSR_INVPC);
        return;
    }
    c->exclusive = false;
    c->event_register = true;

    /* Tail-chaining: the frame stays where it is. */
    unsigned next = emu_nvic_pending(m, emu_nvic_execution_priority(m));
    if (next) {
        take(m, next, exc_return);
        return;
    }

    uint32_t frame = process ? emu_cpu_get(m, EMU_REG_PSP) : emu_cpu_get(m, EMU_REG_MSP), words[8];
    bool user = to_thread && c->control & 1;
    for (unsigned i = 0; i < 8; i++) {
        bool permitted = emu_mpu_permits(m, frame + 4 * i, EMU_MAY_READ, !user);
        if (!permitted || emu_bus_read(m, frame + 4 * i, 4, &words[i]) != EMU_BUS_OK) {
            bad_return(m, exc_return, permitted ? CFSR_UNSTKERR : CFSR_MUNSTKERR);
            return;
        }
    }
    uint32_t xpsr = words[7];
    if (to_thread ? (xpsr & 0x1FF) != 0 : (xpsr & 0x1FF) == 0) {
        bad_return(m, exc_return, CFSR_INVPC);
        return;
    }
    uint32_t failed = extended ? emu_fp_pop(m, frame, user) : 0;
    if (failed) {
        bad_return(m, exc_return, failed);
        return;
    }
    uint32_t sp = (frame + (extended ? EMU_FP_FRAME : 0x20)) | (extended || m->scs.ccr & CCR_STKALIGN ? xpsr >> 9 << 2 & 4 : 0);
    emu_cpu_set(m, process ? EMU_REG_PSP : EMU_REG_MSP, sp);
    for (unsigned i = 0; i < 4; i++) c->r[i] = words[i];
    c->r[12] = words[4];
    c->r[14] = words[5];
    emu_cpu_set_xpsr(m, xpsr);
    emu_cpu_set_control(m, (c->control & 1) | (process ? 2u : 0) | (extended ? CONTROL_FPCA : 0u));
    c->r[15] = words[6] & ~1u;
    if (m->trace) emu_trace_exception(m, returning, false);
    emu_attention(m, EMU_ATTN_IRQ);
    if (to_thread && m->scs.scr & 2 && !emu_nvic_wakes(m)) { /* SLEEPONEXIT */
        c->sleeping = true;
        c->sleep_for_event = false;
    }
}
