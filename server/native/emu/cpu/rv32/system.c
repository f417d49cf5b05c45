/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers, traps, and the SYSTEM instructions. ESP32-C3 Technical Reference Manual, sections "Register Description"
 * and "Interrupt Controller" of the chapter on the CPU; The RISC-V Instruction Set Manual, volume II, chapter "Machine-Level ISA". */
#include "rv.h"

#include <string.h>

enum {
    MSTATUS = 0x300,
    MISA = 0x301,
    MIE = 0x304,
    MTVEC = 0x305,
    MENVCFG = 0x30A,
    MSTATUSH = 0x310,
    MENVCFGH = 0x31A,
    MSCRATCH = 0x340,
    MEPC = 0x341,
    MCAUSE = 0x342,
    MTVAL = 0x343,
    MIP = 0x344,
    PMPCFG0 = 0x3A0,
    PMPADDR0 = 0x3B0,
    MVENDORID = 0xF11,
    MARCHID = 0xF12,
    MIMPID = 0xF13,
    MHARTID = 0xF14,
    MCONFIGPTR = 0xF15,
};
enum { PMPCFG_LOCKED = 0x80, PMPCFG_WRITABLE = 0x9F };
#define MISA_RV32IMCU 0x40101104u
#define VECTORED 1u                /* mtvec.MODE */
#define STANDARD_LINES 0xFFFF0888u /* software, timer and external interrupt of machine mode; those of the platform */

void emu_rv_system_reset(emu_machine *m) {
    emu_rv *v = &m->rv;
    v->mstatus = v->mscratch = v->mepc = v->mcause = v->mtval = 0;
    v->mie = 0;
    v->mtvec = m->config.espressif ? VECTORED : 0;
    emu_rv_counters_reset(m);
    emu_rv_triggers_reset(m);
    v->mode = RV_MACHINE;
    memset(v->pmpcfg, 0, sizeof v->pmpcfg);
    memset(v->pmpaddr, 0, sizeof v->pmpaddr);
    emu_rv_pmp_changed(m);
}

/* --- registers ------------------------------------------------------------------------------------------------------------- */

static void set_mstatus(emu_machine *m, uint32_t value) {
    uint32_t mode = value >> 11 & 3;
    if (mode != RV_USER && mode != RV_MACHINE) value &= ~MSTATUS_MPP; /* of a mode that is not there: the least */
    m->rv.mstatus = value & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_TW);
    if (value & MSTATUS_MIE) emu_attention(m, EMU_ATTN_IRQ);
}

/* What the manual has and Espressif's cores have not. */
static bool standard_read(const emu_rv *v, unsigned number, uint32_t *value) {
    *value = number == MIE ? v->mie : number == MIP ? v->levels & STANDARD_LINES : 0;
    return number == MIE || number == MIP || number == MSTATUSH || number == MENVCFG || number == MENVCFGH || number == MCONFIGPTR;
}

static bool standard_write(emu_machine *m, unsigned number, uint32_t value) {
    if (number == MIE) {
        m->rv.mie = value & STANDARD_LINES;
        emu_rv_lines_changed(m);
    }
    return number == MIE || number == MIP || number == MSTATUSH || number == MENVCFG || number == MENVCFGH;
}

/* The external one, that of software, the timer's; before them those of the platform, the highest first. */
static unsigned foremost(uint32_t lines) {
    static const uint8_t order[] = {11, 3, 7};
    if (lines >> 16) return 31 - (unsigned)__builtin_clz(lines);
    for (unsigned i = 0; i < sizeof order; i++)
        if (lines >> order[i] & 1) return order[i];
    return 0;
}

void emu_rv_lines_changed(emu_machine *m) {
    uint32_t lines = m->rv.levels;
    if (m->config.espressif)
        emu_core_interrupt(m, lines ? 31 - (unsigned)__builtin_clz(lines) : 0);
    else
        emu_core_interrupt(m, foremost(lines & m->rv.mie));
}

bool emu_rv_csr_read(const emu_machine *m, unsigned number, uint32_t *value) {
    const emu_rv *v = &m->rv;
    switch (number) {
    case MSTATUS: *value = v->mstatus; return true;
    case MISA: *value = MISA_RV32IMCU; return true;
    case MTVEC: *value = v->mtvec; return true;
    case MSCRATCH: *value = v->mscratch; return true;
    case MEPC: *value = v->mepc; return true;
    case MCAUSE: *value = v->mcause; return true;
    case MTVAL: *value = v->mtval; return true;
    case MVENDORID: *value = m->config.espressif ? 0x612 : 0; return true;
    case MARCHID: *value = m->config.espressif ? 0x80000001u : 0; return true;
    case MIMPID: *value = m->config.espressif; return true;
    case MHARTID: *value = 0; return true;
    default: break;
    }
    if (emu_rv_counter_read(m, number, value) || emu_rv_trigger_read(m, number, value)) return true;
    if (!m->config.espressif && standard_read(v, number, value)) return true;
    if (number - PMPCFG0 < EMU_PMP_ENTRIES / 4) {
        memcpy(value, &v->pmpcfg[4 * (number - PMPCFG0)], 4);
        return true;
    }
    if (number - PMPADDR0 >= EMU_PMP_ENTRIES) return false;
    *value = v->pmpaddr[number - PMPADDR0];
    return true;
}

static void set_pmpcfg(emu_machine *m, unsigned entry, uint8_t value) {
    if (m->rv.pmpcfg[entry] & PMPCFG_LOCKED) return;
    if ((value & 3) == 2) value &= (uint8_t)~2u; /* writable but not readable: reserved */
    m->rv.pmpcfg[entry] = value & PMPCFG_WRITABLE;
}

/* A locked range keeps both its ends. */
static void set_pmpaddr(emu_machine *m, unsigned entry, uint32_t value) {
    bool top = entry + 1 < EMU_PMP_ENTRIES && (m->rv.pmpcfg[entry + 1] & (PMPCFG_LOCKED | 0x18)) == (PMPCFG_LOCKED | 0x08);
    if (!(m->rv.pmpcfg[entry] & PMPCFG_LOCKED) && !top) m->rv.pmpaddr[entry] = value;
}

bool emu_rv_csr_write(emu_machine *m, unsigned number, uint32_t value) {
    emu_rv *v = &m->rv;
    switch (number) {
    case MSTATUS: set_mstatus(m, value); return true;
    case MISA: return true;
    case MTVEC: v->mtvec = m->config.espressif ? (value & ~0xFFu) | VECTORED : value & ~2u; return true;
    case MSCRATCH: v->mscratch = value; return true;
    case MEPC: v->mepc = value & ~1u; return true;
    case MCAUSE: v->mcause = value & (RV_INTERRUPT | 31); return true;
    case MTVAL: v->mtval = value; return true;
    default: break;
    }
    if (emu_rv_counter_write(m, number, value) || emu_rv_trigger_write(m, number, value)) return true;
    if (!m->config.espressif && standard_write(m, number, value)) return true;
    if (number - PMPCFG0 < EMU_PMP_ENTRIES / 4)
        for (unsigned i = 0; i < 4; i++) set_pmpcfg(m, 4 * (number - PMPCFG0) + i, (uint8_t)(value >> 8 * i));
    else if (number - PMPADDR0 < EMU_PMP_ENTRIES)
        set_pmpaddr(m, number - PMPADDR0, value);
    else
        return false;
    emu_rv_pmp_changed(m);
    return true;
}

/* --- traps ------------------------------------------------------------------------------------------------------------------ */

static void set_mode(emu_machine *m, unsigned mode) {
    if (m->rv.mode == mode) return;
    m->rv.mode = (uint8_t)mode;
    emu_rv_pmp_changed_mode(m);
}

void emu_rv_trap(emu_machine *m, uint32_t cause, uint32_t value) {
    emu_rv *v = &m->rv;
    if (m->trace) emu_trace_exception(m, cause, true);
    v->mepc = v->pc;
    v->mcause = cause;
    v->mtval = value;
    v->mstatus = (v->mstatus & MSTATUS_TW) | (v->mstatus & MSTATUS_MIE ? MSTATUS_MPIE : 0u) | (uint32_t)v->mode << 11;
    v->pc = (v->mtvec & ~3u) + (cause & RV_INTERRUPT && v->mtvec & VECTORED ? 4 * (cause & 31) : 0);
    emu_rv_triggers_trapped(m);
    set_mode(m, RV_MACHINE);
}

static void trap_return(emu_machine *m) {
    emu_rv *v = &m->rv;
    unsigned mode = v->mstatus >> 11 & 3;
    if (m->trace) emu_trace_exception(m, v->mcause, false);
    set_mstatus(m, (v->mstatus & MSTATUS_TW) | MSTATUS_MPIE | (v->mstatus & MSTATUS_MPIE ? MSTATUS_MIE : 0u));
    v->pc = v->mepc;
    emu_rv_triggers_returned(m);
    set_mode(m, mode);
}

/* --- instructions ------------------------------------------------------------------------------------------------------------- */

static rv_result refuse(emu_machine *m, uint32_t cause, uint32_t value) {
    emu_rv_fault(m, cause, value);
    return RV_TRAPPED;
}

static rv_result csr_instruction(emu_machine *m, uint32_t i) {
    unsigned number = i >> 20, function = i >> 12 & 3, d = i >> 7 & 31, a = i >> 15 & 31;
    uint32_t old = 0, operand = i >> 14 & 1 ? a : m->cpu.r[a];
    bool writes = function == 1 || a != 0; /* CSRRS and CSRRC with x0 or 0 only read */
    bool allowed = m->rv.mode >= (number >> 8 & 3) && !(writes && number >> 10 == 3);
    if (!allowed || !emu_rv_csr_read(m, number, &old)) return refuse(m, RV_ILLEGAL_INSTRUCTION, i);
    uint32_t value = function == 1 ? operand : function == 2 ? old | operand : old & ~operand;
    if (writes && !emu_rv_csr_write(m, number, value)) return refuse(m, RV_ILLEGAL_INSTRUCTION, i);
    if (d) m->cpu.r[d] = old;
    return RV_DONE;
}

rv_result emu_rv_system(emu_machine *m, uint32_t i, uint32_t address, unsigned length) {
    (void)length;
    if (i >> 12 & 7) return csr_instruction(m, i);
    switch (i) {
    case 0x00000073: return refuse(m, m->rv.mode == RV_MACHINE ? RV_ECALL_MACHINE : RV_ECALL_USER, 0);
    case 0x00100073: return refuse(m, RV_BREAKPOINT, address);
    case 0x10500073:
        if (m->rv.mode == RV_USER && m->rv.mstatus & MSTATUS_TW) return refuse(m, RV_ILLEGAL_INSTRUCTION, i);
        if (m->rv.line) return RV_DONE; /* whether it may be taken or not */
        m->cpu.sleeping = true;
        return RV_SLEEP;
    default: /* MRET */
        if (m->rv.mode != RV_MACHINE) return refuse(m, RV_ILLEGAL_INSTRUCTION, i);
        trap_return(m);
        return RV_JUMPED;
    }
}
