/* SPDX-License-Identifier: Apache-2.0 */
/* The core's state as others see it, its accesses to memory, and how it is made to run. */
#include "fp.h"
#include "op.h"

#include <string.h>

/* --- state -------------------------------------------------------------------------------------------------------------- */

static bool flag_z(const emu_cpu *c) { return (uint32_t)c->nz == 0; }

uint32_t emu_cpu_xpsr(const emu_machine *m) {
    const emu_cpu *c = &m->cpu;
    return (c->nz < 0 ? 1u << 31 : 0) | (uint32_t)flag_z(c) << 30 | c->c << 29 | c->v >> 31 << 28 | c->q << 27 | (c->itstate & 3u) << 25 |
           (uint32_t)c->thumb << 24 | c->ge << 16 | (c->itstate & 0xFCu) << 8 | c->ipsr;
}

void emu_cpu_set_apsr(emu_machine *m, uint32_t value) {
    emu_cpu *c = &m->cpu;
    bool n = value >> 31, z = value >> 30 & 1;
    c->nz = z ? (n ? (int64_t)0xFFFFFFFF00000000u : 0) : (n ? -1 : 1);
    c->c = value >> 29 & 1;
    c->v = value << 3 & 0x80000000u;
    c->q = m->feature.v7m ? value >> 27 & 1 : 0;
    c->ge = m->feature.dsp ? value >> 16 & 15 : 0;
}

void emu_cpu_set_xpsr(emu_machine *m, uint32_t value) {
    emu_cpu_set_apsr(m, value);
    m->cpu.thumb = value >> 24 & 1;
    m->cpu.itstate = m->feature.v7m ? (uint8_t)((value >> 25 & 3) | (value >> 8 & 0xFC)) : 0;
    m->cpu.ipsr = value & (m->feature.v7m ? 0x1FF : 0x3F);
    emu_fp_refresh(m);
}

void emu_cpu_set_control(emu_machine *m, uint32_t value) {
    emu_cpu *c = &m->cpu;
    bool process = value & 2;
    if (c->ipsr) process = false; /* handler mode uses MSP; SPSEL is kept by exception return */
    if (process != (bool)(c->control & 2)) {
        uint32_t sp = c->r[13];
        c->r[13] = c->sp_banked;
        c->sp_banked = sp;
    }
    c->control = (m->feature.unprivileged ? value & 1 : 0) | (process ? 2u : 0) | (m->feature.fpu ? value & CONTROL_FPCA : 0);
    emu_fp_refresh(m);
}

static bool process_stack(const emu_cpu *c) { return c->control & 2; }

uint32_t emu_cpu_get(const emu_machine *m, unsigned reg) {
    const emu_cpu *c = &m->cpu;
    if (reg < 16) return c->r[reg];
    switch (reg) {
    case EMU_REG_XPSR: return emu_cpu_xpsr(m);
    case EMU_REG_MSP: return process_stack(c) ? c->sp_banked : c->r[13];
    case EMU_REG_PSP: return process_stack(c) ? c->r[13] : c->sp_banked;
    case EMU_REG_CFBP: return c->control << 24 | c->faultmask << 16 | c->basepri << 8 | c->primask;
    case 33: return c->fpscr;
    default: return reg >= 64 && reg < 96 ? c->r[EMU_R_S0 + reg - 64] : 0;
    }
}

void emu_cpu_set(emu_machine *m, unsigned reg, uint32_t value) {
    emu_cpu *c = &m->cpu;
    if (reg == 13) {
        c->r[13] = value & ~3u;
    } else if (reg == 15) {
        c->r[15] = value & ~1u;
        c->itstate = 0;
    } else if (reg < 16) {
        c->r[reg] = value;
    } else if (reg == EMU_REG_XPSR) {
        emu_cpu_set_xpsr(m, value);
    } else if (reg == EMU_REG_MSP) {
        *(process_stack(c) ? &c->sp_banked : &c->r[13]) = value & ~3u;
    } else if (reg == EMU_REG_PSP) {
        *(process_stack(c) ? &c->r[13] : &c->sp_banked) = value & ~3u;
    } else if (reg == EMU_REG_CFBP) {
        emu_cpu_set_control(m, value >> 24);
        if (m->feature.v7m) {
            c->faultmask = value >> 16 & 1;
            c->basepri = value >> 8 & (0xFFu << (8 - m->feature.priority_bits)) & 0xFF;
        }
        c->primask = value & 1;
        emu_attention(m, EMU_ATTN_IRQ);
    } else if (reg == 33 && m->feature.fpu) {
        emu_fp_set_fpscr(m, value);
    } else if (reg >= 64 && reg < 96 && m->feature.fpu) {
        c->r[EMU_R_S0 + reg - 64] = value;
    }
}

void emu_cpu_reset(emu_machine *m) {
    emu_cpu *c = &m->cpu;
    bool was_halted = c->halted;
    memset(c, 0, sizeof *c);
    emu_fp_refresh(m);
    uint32_t sp = 0, pc = 0;
    bool fetched = emu_bus_read(m, m->scs.vtor, 4, &sp) == EMU_BUS_OK && emu_bus_read(m, m->scs.vtor + 4, 4, &pc) == EMU_BUS_OK;
    c->r[13] = sp & ~3u;
    c->r[14] = 0xFFFFFFFFu;
    c->r[15] = pc & ~1u;
    c->thumb = pc & 1;
    c->nz = 1;
    m->poll.valid = false;
    m->debug.s_reset_st = true;
    m->debug.halt_request = false;
    m->debug.dhcsr &= ~(uint32_t)(DHCSR_C_HALT | DHCSR_C_STEP);
    if (was_halted) emu_systick_resume(m);
    if (!fetched) {
        if (m->feature.v7m) m->scs.hfsr |= HFSR_VECTTBL;
        emu_cpu_lockup(m);
    }
    if (m->debug.dhcsr & DHCSR_C_DEBUGEN && m->debug.demcr & DEMCR_VC_CORERESET) emu_debug_halt(m, DFSR_VCATCH);
}

/* --- memory ----------------------------------------------------------------------------------------------------------------- */

static bool refuse(emu_machine *m, uint32_t cfsr, uint32_t address) {
    m->cpu.fault_cfsr = cfsr;
    m->cpu.fault_address = address;
    return false;
}

static bool unprivileged(const emu_machine *m) { return !m->cpu.ipsr && (m->cpu.control & 1); }

/* Unaligned words and halfwords are allowed in normal memory only (DDI 0403E, A3.2.1). */
static bool must_be_aligned(const emu_machine *m, uint32_t address) {
    return !m->feature.v7m || (m->scs.ccr & CCR_UNALIGN_TRP) || (address >= 0x40000000u && address < 0x60000000u) || address >= 0xA0000000u;
}

static bool bus_error(emu_machine *m, uint32_t address) {
    if (m->scs.ccr & CCR_BFHFNMIGN && emu_nvic_execution_priority(m) < 0) return true;
    return refuse(m, CFSR_PRECISERR | CFSR_BFARVALID, address);
}

/* Stores go through a write buffer, and what becomes of them is known when the core has gone on: not in the system space, and not with
 * ACTLR.DISDEFWBUF. Cortex-M3 TRM (DDI 0337) section 4.2.1, Cortex-M4 TRM (DDI 0439) section 4.3.2. The Cortex-M0 and M0+ have none. */
static bool store_error(emu_machine *m, uint32_t address) {
    bool buffered = m->feature.v7m && !(m->scs.actlr & 2) && address < 0xE0000000u;
    if (!buffered) return bus_error(m, address);
    if (!(m->scs.ccr & CCR_BFHFNMIGN) || emu_nvic_execution_priority(m) >= 0) emu_exception_imprecise(m);
    return true;
}

/* The PPB is for privileged code, except for STIR when CCR.USERSETMPEND says so. */
static bool denied(const emu_machine *m, uint32_t address) {
    return address >> 20 == 0xE00 && !(address == 0xE000EF00u && m->scs.ccr & CCR_USERSETMPEND);
}

/* With the rights of unprivileged code when `user`. */
static inline bool allowed(emu_machine *m, uint32_t address, unsigned access, bool user) {
    if (user && denied(m, address)) return refuse(m, CFSR_PRECISERR | CFSR_BFARVALID, address);
    if (m->mpu.ctrl & 1 && !emu_mpu_permits(m, address, access, !user)) return refuse(m, CFSR_DACCVIOL | CFSR_MMARVALID, address);
    return true;
}

static inline bool load_aligned(emu_machine *m, uint32_t address, unsigned size, uint32_t *value, bool user) {
    if (!allowed(m, address, EMU_MAY_READ, user)) return false;
    if (m->fpb.remapping && emu_fpb_literal(m, address, size, value)) return true;
    if (emu_bus_read(m, address, size, value) != EMU_BUS_OK) {
        *value = 0;
        return bus_error(m, address);
    }
    if (m->dwt.watching) emu_dwt_access(m, address, size, false, *value);
    return true;
}

static __attribute__((noinline)) bool load_unaligned(emu_machine *m, uint32_t address, unsigned size, uint32_t *value, bool user) {
    if (must_be_aligned(m, address)) return refuse(m, CFSR_UNALIGNED, address);
    uint32_t x = 0, byte;
    for (unsigned i = 0; i < size; i++) {
        if (!load_aligned(m, address + i, 1, &byte, user)) return false;
        x |= byte << 8 * i;
    }
    *value = x;
    return true;
}

static inline bool load(emu_machine *m, uint32_t address, unsigned size, uint32_t *value, bool user) {
    if (EMU_UNLIKELY(address & (size - 1))) return load_unaligned(m, address, size, value, user);
    return load_aligned(m, address, size, value, user);
}

static bool store(emu_machine *m, uint32_t address, unsigned size, uint32_t value, bool user) {
    if (address & (size - 1)) {
        if (must_be_aligned(m, address)) return refuse(m, CFSR_UNALIGNED, address);
        for (unsigned i = 0; i < size; i++)
            if (!store(m, address + i, 1, value >> 8 * i & 255, user)) return false;
        return true;
    }
    if (size < 4) value &= (1u << 8 * size) - 1;
    if (!allowed(m, address, EMU_MAY_WRITE, user)) return false;
    if (m->dwt.watching) emu_dwt_access(m, address, size, true, value);
    if (emu_bus_write(m, address, size, value) == EMU_BUS_OK) return true;
    return store_error(m, address);
}

bool emu_cpu_load(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    return load(m, address, size, value, unprivileged(m));
}
bool emu_cpu_store(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    return store(m, address, size, value, unprivileged(m));
}
bool emu_cpu_load_unprivileged(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    return load(m, address, size, value, true);
}
bool emu_cpu_store_unprivileged(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    return store(m, address, size, value, true);
}

bool emu_cpu_load_words(emu_machine *m, uint32_t address, uint32_t *words, unsigned count) {
    if (address & 3) return refuse(m, CFSR_UNALIGNED, address);
    for (unsigned i = 0; i < count; i++)
        if (!emu_cpu_load(m, address + 4 * i, 4, &words[i])) return false;
    return true;
}

bool emu_cpu_store_words(emu_machine *m, uint32_t address, const uint32_t *words, unsigned count) {
    if (address & 3) return refuse(m, CFSR_UNALIGNED, address);
    for (unsigned i = 0; i < count; i++)
        if (!emu_cpu_store(m, address + 4 * i, 4, words[i])) return false;
    return true;
}

bool emu_fp_load(emu_machine *m, uint32_t address, unsigned first, unsigned count) {
    uint32_t words[32];
    if (!emu_cpu_load_words(m, address, words, count)) return false;
    memcpy(&m->cpu.r[first], words, 4 * count);
    return true;
}

/* --- running ------------------------------------------------------------------------------------------------------------------ */

static bool may_execute(emu_machine *m, uint32_t address) {
    if (!(m->mpu.ctrl & 1) || m->view->code[address >> EMU_PAGE_BITS]) return true;
    return emu_mpu_permits(m, address, EMU_MAY_EXECUTE, !unprivileged(m)) || refuse(m, CFSR_IACCVIOL, address);
}

emu_leave emu_cpu_run(emu_machine *m) {
    emu_cpu *c = &m->cpu;
    if (!c->thumb) {
        refuse(m, CFSR_INVSTATE, c->r[15]);
        return EMU_LEAVE_FAULT;
    }
    if (c->itstate) return EMU_LEAVE_STEP_ONE;
    if (m->has_views) emu_mpu_select(m);
    if (!may_execute(m, c->r[15])) return EMU_LEAVE_FAULT;
    emu_code_page *page = emu_code_page_at(m, c->r[15]);
    if (!page) {
        refuse(m, emu_cpu_fetch_fault(m, c->r[15]), c->r[15]);
        return EMU_LEAVE_FAULT;
    }
    if (!m->view->code[c->r[15] >> EMU_PAGE_BITS]) return EMU_LEAVE_STEP_ONE; /* not all of the page may be executed */
    emu_leave why = emu_interpret(m, &page->ops[(c->r[15] - page->base) / 2], NULL);
    m->op = NULL;
    return why;
}

static bool passed(const emu_cpu *c, unsigned condition) {
    bool n = c->nz < 0, z = flag_z(c), v = c->v >> 31, yes;
    switch (condition >> 1) {
    case 0: yes = z; break;
    case 1: yes = c->c; break;
    case 2: yes = n; break;
    case 3: yes = v; break;
    case 4: yes = c->c && !z; break;
    case 5: yes = n == v; break;
    case 6: yes = n == v && !z; break;
    default: return true;
    }
    return yes != (condition & 1);
}

static uint8_t it_advance(uint8_t it) { return it & 7 ? (uint8_t)((it & 0xE0) | (it << 1 & 0x1F)) : 0; }

/* One instruction by itself, from the scratch page: exact where a run of instructions would be too long, and in the middle of an IT block.
 */
emu_leave emu_cpu_step(emu_machine *m) {
    emu_cpu *c = &m->cpu;
    uint32_t pc = c->r[15];
    uint8_t it = c->itstate;
    if (!c->thumb) {
        refuse(m, CFSR_INVSTATE, pc);
        return EMU_LEAVE_FAULT;
    }
    if (m->has_views) emu_mpu_select(m);
    emu_decoded d;
    emu_op *op = emu_decode_scratch(m, pc, it, &d);
    if (!may_execute(m, pc) || (d.length == 2 && !may_execute(m, pc + 2))) return EMU_LEAVE_FAULT;
    if (d.it) {
        c->r[15] = pc + 2;
        c->itstate = (uint8_t)d.u[0].imm;
        m->budget--;
        return EMU_LEAVE_STEPPED;
    }
    if (it && d.u[0].code != O_bkpt && d.u[0].code != O_fetch_fault && !passed(c, it >> 4)) {
        c->r[15] = pc + 2 * d.length;
        c->itstate = it_advance(it);
        m->budget--;
        return EMU_LEAVE_STEPPED;
    }
    int64_t before = m->budget;
    emu_leave why = emu_interpret(m, op, NULL);
    m->op = NULL;
    c->itstate = m->budget == before ? it : it_advance(it); /* not retired: the state is still the instruction's own */
    return why;
}
