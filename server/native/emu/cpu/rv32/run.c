/* SPDX-License-Identifier: Apache-2.0 */
/* RISC-V as a class of cores: its run loop, its reset, its debugger, and what others ask of it. */
#include "rv.h"

#include <stdio.h>
#include <string.h>

static bool configure(emu_machine *m, char error[EMU_ERROR_MAX]) {
    if (m->config.core_count != 1 || m->config.irq_count < 1) {
        snprintf(error, EMU_ERROR_MAX, "there is one core of this kind in a chip");
        return false;
    }
    m->code_kind = 1u << 16;
    return true;
}

static const void *const *handlers(void) {
    const void *const *table = NULL;
    emu_rv_interpret(NULL, NULL, &table);
    return table;
}

/* --- reset ------------------------------------------------------------------------------------------------------------------ */

static void reset(emu_machine *m, bool power_on) {
    (void)power_on;
    m->rv.line = m->rv.levels = 0;
}

/* A debugger stays attached, with its breakpoints: they are not part of what the chip resets. */
static void start(emu_machine *m) {
    memset(&m->cpu, 0, sizeof m->cpu);
    m->rv.pc = m->config.reset_vector & ~1u;
    m->rv.redirected = m->op != NULL;
    m->rv.stepping = false;
    m->debug.halt_request = m->debug.step_over = false;
    m->poll.valid = false;
    emu_rv_system_reset(m);
}

/* A core that was held begins: a step that waits for that is its first instruction. */
static void start_alone(emu_machine *m) {
    bool stepping = m->rv.stepping;
    start(m);
    m->rv.stepping = stepping;
}

/* --- running ---------------------------------------------------------------------------------------------------------------- */

static bool wakes(const emu_machine *m) { return m->rv.line != 0; }

static void halt(emu_machine *m) {
    m->cpu.halted = true;
    m->cpu.sleeping = false;
    m->debug.halt_request = m->rv.stepping = false;
    m->debug.halted_inside = true;
}

/* While a debugger steps, interrupts wait. */
static bool takes_interrupt(const emu_machine *m) {
    return m->rv.line && (m->rv.mstatus & MSTATUS_MIE || m->rv.mode != RV_MACHINE) && !m->rv.stepping;
}

static bool between(emu_machine *m) {
    m->attention = 0;
    if (m->reset_requested) {
        emu_apply_reset(m);
        return true;
    }
    if (m->code_dirty) emu_code_flush_dirty(m);
    if (m->cpu.halted) return false;
    if (m->debug.halt_request) {
        halt(m);
        return true;
    }
    if (m->cpu.sleeping) {
        if (!wakes(m)) return false;
        m->cpu.sleeping = false;
    }
    if (m->stall_until > m->now || !takes_interrupt(m)) return false;
    emu_rv_trap(m, RV_INTERRUPT | m->rv.line, 0);
    return true;
}

static bool may_execute(emu_machine *m, uint32_t address, unsigned size) {
    if (!m->rv.guarded || emu_rv_pmp_permits(m, address, size, EMU_MAY_EXECUTE)) return true;
    return emu_rv_fault(m, RV_FETCH_FAULT, address);
}

static emu_leave run(emu_machine *m) {
    uint32_t pc = m->rv.pc;
    emu_rv_pmp_select(m);
    emu_code_page *page = emu_code_page_at(m, pc);
    if (!page) {
        emu_rv_fault(m, RV_FETCH_FAULT, pc);
        return EMU_LEAVE_FAULT;
    }
    if (!m->view->code[pc >> EMU_PAGE_BITS]) return EMU_LEAVE_STEP_ONE; /* not all of the page may be executed */
    emu_leave why = emu_rv_interpret(m, &page->ops[(pc - page->base) / 2], NULL);
    m->op = NULL;
    return why;
}

/* One instruction by itself, from the scratch page, breakpoints ignored. */
static emu_leave step(emu_machine *m) {
    uint16_t halfword = 0;
    emu_rv_pmp_select(m);
    if (!may_execute(m, m->rv.pc, 2)) return EMU_LEAVE_FAULT;
    if (emu_rv_fetch(m, m->rv.pc, &halfword) && (halfword & 3) == 3 && !may_execute(m, m->rv.pc + 2, 2)) return EMU_LEAVE_FAULT;
    emu_leave why = emu_rv_interpret(m, emu_rv_decode_scratch(m, m->rv.pc), NULL);
    m->op = NULL;
    return why;
}

/* Not of the debugger: a trigger of the program's own, which may be one of the other mode. */
static void trigger(emu_machine *m) {
    if (emu_rv_trigger_fires(m, m->rv.pc, 1, RV_MCONTROL_EXECUTE))
        emu_rv_trap(m, RV_BREAKPOINT, m->rv.pc);
    else
        m->debug.step_over = true;
}

static void take_leave(emu_machine *m, emu_leave why) {
    if (why == EMU_LEAVE_HW_BKPT && !emu_rv_breakpoint_at(m, m->rv.pc)) {
        trigger(m);
    } else if (why == EMU_LEAVE_HW_BKPT || (why == EMU_LEAVE_FAULT && m->cpu.fault_cfsr == RV_BREAKPOINT && m->rv.attached)) {
        m->debug.halt_request = true;
        m->attention |= EMU_ATTN_HALT;
    } else if (why == EMU_LEAVE_FAULT) { /* what traps takes its time too, so that a handler that traps does not hold up time for ever */
        m->now++;
        emu_rv_trap(m, m->cpu.fault_cfsr, m->cpu.fault_address);
        m->attention |= EMU_ATTN_IRQ;
    } else if (why == EMU_LEAVE_SLEEP) {
        if (m->rv.stepping) m->cpu.sleeping = false;
        m->attention |= EMU_ATTN_IRQ;
    }
}

static void slice(emu_machine *m, uint64_t limit) {
    m->limit = limit;
    while (m->now < limit && !m->attention && !emu_trace_full(m)) {
        uint64_t start = m->now, end = m->trace_each ? start + 1 : limit;
        uint32_t pc = m->rv.pc;
        bool stepping = m->rv.stepping;
        emu_leave why;
        m->rv.running_from = start;
        if (stepping || m->debug.step_over) {
            m->debug.step_over = false;
            m->limit = start + 1;
            m->budget = 1;
            why = step(m);
        } else {
            m->limit = end;
            m->budget = (int64_t)(end - start);
            why = run(m);
            if ((why == EMU_LEAVE_BUDGET && m->budget > 0) || why == EMU_LEAVE_STEP_ONE) {
                /* The rest of the slice is shorter than the next run of instructions. */
                m->now = end - (uint64_t)m->budget;
                m->instructions += m->now - start;
                m->rv.running_from = start = m->now;
                m->limit = start + 1;
                m->budget = 1;
                why = step(m);
            }
        }
        uint64_t ran = m->limit - (uint64_t)m->budget - start;
        m->now = start + ran;
        m->instructions += ran;
        if (ran && m->trace_each) emu_trace_instruction(m, pc, start);
        take_leave(m, why);
        if (stepping && !m->cpu.halted) { /* the step is over when an instruction was retired or has trapped */
            m->debug.halt_request = true;
            m->attention |= EMU_ATTN_HALT;
        }
        uint64_t next = emu_next_event(m); /* scheduled by an instruction that ran alone: too late for m->limit to tell */
        if (next < limit) limit = next;
    }
    m->limit = m->now;
}

/* --- interrupts --------------------------------------------------------------------------------------------------------------- */

static void interrupt(emu_machine *m, unsigned line) {
    if (m->rv.line == line) return;
    m->rv.line = line;
    if (line) emu_attention(m, EMU_ATTN_IRQ);
}

/* Without a controller of the chip's: its lines are those of the core. */
static void irq(emu_machine *m, unsigned number, bool level) {
    uint32_t bit = 1u << (number & 31);
    m->rv.levels = level ? m->rv.levels | bit : m->rv.levels & ~bit;
    emu_rv_lines_changed(m);
}

static void own_event(emu_machine *m, uint32_t which) { (void)m, (void)which; }

/* --- state ------------------------------------------------------------------------------------------------------------------ */

enum { PC = 32, CSR = 0x1000 };

static uint32_t pc(const emu_machine *m) { return m->rv.pc; }

static uint32_t get(const emu_machine *m, unsigned reg) {
    uint32_t value = 0;
    if (reg < 32) return m->cpu.r[reg];
    if (reg == PC) return emu_cpu_pc(m);
    if (reg >= CSR) emu_rv_csr_read(m, reg - CSR, &value);
    return value;
}

static void set(emu_machine *m, unsigned reg, uint32_t value) {
    if (reg == PC) {
        m->rv.pc = value & ~1u;
        m->rv.redirected = m->op != NULL;
        emu_attention(m, EMU_ATTN_IRQ);
    } else if (reg >= CSR) {
        emu_rv_csr_write(m, reg - CSR, value);
    } else if (reg && reg < 32) {
        m->cpu.r[reg] = value;
    }
}

static unsigned length(uint16_t halfword) { return (halfword & 3) == 3 ? 4 : 2; }

/* --- the debugger --------------------------------------------------------------------------------------------------------------- */

static bool debugged(const emu_machine *m) { return m->rv.attached; }

static void go(emu_machine *m, bool stepping) {
    if (!m->cpu.halted) return;
    m->cpu.halted = false;
    m->rv.stepping = stepping;
    m->debug.step_over = emu_rv_breakpoint_at(m, m->rv.pc);
    m->poll.valid = false;
}

static bool debug(emu_machine *m, emu_debug_command command) {
    emu_rv *v = &m->rv;
    if (command == EMU_DEBUG_ATTACH) {
        v->attached = true;
        return true;
    }
    if (!v->attached) return false;
    switch (command) {
    case EMU_DEBUG_HALT:
        if (!m->cpu.halted) halt(m);
        break;
    case EMU_DEBUG_RESUME: go(m, false); break;
    case EMU_DEBUG_STEP: go(m, true); break;
    default:
        v->attached = false;
        if (v->breakpoint_count) emu_code_flush_all(m);
        v->breakpoint_count = 0;
        m->debug.halt_request = false;
        go(m, false);
    }
    return true;
}

static bool breakpoint(emu_machine *m, uint32_t address, bool add) {
    emu_rv *v = &m->rv;
    unsigned i = 0;
    while (i < v->breakpoint_count && v->breakpoint[i] != address) i++;
    bool there = i < v->breakpoint_count;
    if (!v->attached || (add ? !there && v->breakpoint_count == EMU_RV_BREAKPOINTS : !there)) return false;
    if (add)
        v->breakpoint[i] = address;
    else
        v->breakpoint[i] = v->breakpoint[v->breakpoint_count - 1];
    if (add != there) v->breakpoint_count += add ? 1 : -1;
    emu_code_mark_dirty(m, address, 2);
    return true;
}

/* --- decoded code, saved states ---------------------------------------------------------------------------------------------- */

static bool private_code(const emu_machine *m, uint32_t base) {
    for (unsigned i = 0; i < m->rv.breakpoint_count; i++)
        if (m->rv.breakpoint[i] - base < EMU_PAGE_SIZE) return true;
    return emu_rv_triggers_cover(m, base, RV_MCONTROL_EXECUTE);
}

static bool slow_page(const emu_machine *m, uint32_t base) {
    return m->rv.watching && emu_rv_triggers_cover(m, base, RV_MCONTROL_LOAD | RV_MCONTROL_STORE);
}

static bool nowhere(const emu_machine *m, uint32_t address) { return (void)m, (void)address, false; }
static uint32_t no_variant(const emu_machine *m) { return (void)m, 0; }

static const emu_rv *saved(const uint8_t *state) { return (const emu_rv *)(const void *)(state + offsetof(emu_machine, rv)); }

static bool translated_otherwise(const emu_machine *m, const uint8_t *state) {
    emu_rv other;
    memcpy(&other, saved(state), sizeof other);
    return other.breakpoint_count != m->rv.breakpoint_count || memcmp(other.breakpoint, m->rv.breakpoint, sizeof other.breakpoint) != 0 ||
           memcmp(other.tdata1, m->rv.tdata1, sizeof other.tdata1) != 0 || memcmp(other.tdata2, m->rv.tdata2, sizeof other.tdata2) != 0;
}

static void restored(emu_machine *m, bool otherwise) {
    (void)otherwise;
    emu_rv_pmp_changed(m);
}

static void hash(const emu_machine *m, emu_hasher *h) {
    const emu_rv *v = &m->rv;
    emu_hash_bytes(h, m->cpu.r, 32 * sizeof *m->cpu.r);
    emu_hash_word(h, (uint64_t)v->pc << 32 | v->mstatus);
    emu_hash_word(h, (uint64_t)v->mtvec << 32 | v->mepc);
    emu_hash_word(h, (uint64_t)v->mcause << 32 | v->mtval);
    emu_hash_word(h, (uint64_t)v->mscratch << 32 | v->line);
    emu_hash_word(h, (uint64_t)v->mpcer << 32 | v->mpcmr);
    emu_hash_word(h, v->mpccr);
    emu_hash_word(h, v->counted_from);
    emu_hash_word(h, (uint64_t)v->mie << 32 | v->levels);
    emu_hash_word(h, (uint64_t)v->mcountinhibit << 32 | v->mcounteren);
    emu_hash_bytes(h, v->counter, sizeof v->counter);
    emu_hash_word(h, (uint64_t)v->tselect << 32 | v->tcontrol);
    emu_hash_bytes(h, v->tdata1, sizeof v->tdata1);
    emu_hash_bytes(h, v->tdata2, sizeof v->tdata2);
    emu_hash_word(h, (uint64_t)v->mode | v->attached << 8 | v->stepping << 9 | (uint64_t)v->breakpoint_count << 16);
    emu_hash_bytes(h, v->breakpoint, v->breakpoint_count * sizeof *v->breakpoint);
    emu_hash_bytes(h, v->pmpcfg, sizeof v->pmpcfg);
    emu_hash_bytes(h, v->pmpaddr, sizeof v->pmpaddr);
}

static const char *const names[] = {"rv32imc", NULL};

const struct emu_core_class emu_rv32 = {
    .names = names,
    .registers = 32,
    .op_decode = RV_decode,
    .op_next_page = RV_j_far,
    .configure = configure,
    .handlers = handlers,
    .reset = reset,
    .start = start,
    .reset_alone = start_alone,
    .between = between,
    .slice = slice,
    .wakes = wakes,
    .pc = pc,
    .get = get,
    .set = set,
    .length = length,
    .irq = irq,
    .interrupt = interrupt,
    .own_event = own_event,
    .debugged = debugged,
    .debug = debug,
    .breakpoint = breakpoint,
    .owns = nowhere,
    .slow_page = slow_page,
    .refresh_view = emu_rv_pmp_refresh_page,
    .fetch = emu_rv_fetch,
    .private_code = private_code,
    .code_variant = no_variant,
    .pure_loop = emu_rv_pure_loop,
    .translated_otherwise = translated_otherwise,
    .restored = restored,
    .hash = hash,
};
