/* SPDX-License-Identifier: Apache-2.0 */
/* Cortex-M as a class of cores: its run loop, its reset, and the addresses that are its own. */
#include "fp.h"
#include "op.h"

#include <string.h>

/* --- reset -------------------------------------------------------------------------------------------------------------------- */

static void reset(emu_machine *m, bool power_on) {
    emu_nvic_reset(m);
    emu_scs_reset(m, power_on);
    if (!power_on) return;
    emu_dwt_reset(m);
    emu_fpb_reset(m);
    emu_dap_reset(m);
}

static void reset_alone(emu_machine *m) {
    uint32_t level[EMU_EXCEPTION_WORDS];
    memcpy(level, m->nvic.level, sizeof level); /* the lines are as they were, and pend again */
    emu_nvic_reset(m);
    memcpy(m->nvic.level, level, sizeof level);
    memcpy(m->nvic.pending, level, sizeof level);
    emu_scs_reset(m, false);
    emu_cpu_reset(m);
}

/* --- running ------------------------------------------------------------------------------------------------------------------ */

static bool wakes(const emu_machine *m) {
    if (!m->cpu.sleep_for_event) return emu_nvic_wakes(m);
    return m->cpu.event_register || emu_nvic_pending(m, emu_nvic_execution_priority(m));
}

/* Reasons not to run an instruction that must be looked at between any two of them. True: look again. */
static bool between(emu_machine *m) {
    m->attention = 0;
    if (m->reset_requested) {
        emu_apply_reset(m);
        return true;
    }
    if (m->code_dirty) emu_code_flush_dirty(m);
    if (m->cpu.halted) return false;
    if (m->debug.dhcsr & DHCSR_C_DEBUGEN) {
        if (m->debug.halt_request) {
            emu_debug_halt(m, m->debug.halt_dfsr);
            return true;
        }
        if ((m->debug.dhcsr & DHCSR_C_HALT)) {
            emu_debug_halt(m, DFSR_HALTED);
            return true;
        }
    } else {
        m->debug.halt_request = false;
    }
    if (m->cpu.lockup) { /* only NMI leads out, B1.5.15 */
        if (!emu_nvic_is_pending(m, EMU_EXC_NMI) || emu_nvic_execution_priority(m) <= -2) return false;
        m->cpu.lockup = false;
        emu_lockup_watch(m);
    }
    if (m->cpu.sleeping) {
        if (!wakes(m)) return false;
        if (m->cpu.sleep_for_event) m->cpu.event_register = false;
        m->cpu.sleeping = false;
    }
    if (m->stall_until > m->now) return false;
    unsigned exception = emu_nvic_pending(m, emu_nvic_execution_priority(m));
    if (exception) {
        emu_exception_enter(m, exception);
        return true;
    }
    return false;
}

enum { SCR_SLEEPDEEP = 4 };

static void deep_sleep(emu_machine *m) {
    for (size_t i = 0; i < m->device_count; i++)
        if (m->devices[i]->cls->deep_sleep) m->devices[i]->cls->deep_sleep(m->devices[i]);
}

static void take_leave(emu_machine *m, emu_leave why) {
    switch (why) {
    case EMU_LEAVE_FAULT: emu_exception_fault(m, m->cpu.fault_cfsr, m->cpu.fault_address); break;
    case EMU_LEAVE_EXC_RETURN: emu_exception_return(m, m->cpu.fault_address); break;
    case EMU_LEAVE_SVC: emu_exception_raise(m, EMU_EXC_SVCALL); break;
    case EMU_LEAVE_BKPT:
    case EMU_LEAVE_HW_BKPT: emu_debug_breakpoint(m, why == EMU_LEAVE_HW_BKPT); break;
    case EMU_LEAVE_SLEEP:
        if (m->scs.scr & SCR_SLEEPDEEP && m == m->first) deep_sleep(m);
        break;
    default: break;
    }
}

static void slice(emu_machine *m, uint64_t limit) {
    m->limit = limit;
    while (m->now < limit && !m->attention && !emu_trace_full(m)) {
        uint64_t start = m->now, end = m->trace_each ? start + 1 : limit;
        uint32_t pc = m->cpu.r[15];
        bool stepping = (m->debug.dhcsr & (DHCSR_C_DEBUGEN | DHCSR_C_STEP)) == (DHCSR_C_DEBUGEN | DHCSR_C_STEP);
        bool monitored = !stepping && emu_debug_monitor_steps(m);
        emu_leave why;
        if (stepping || monitored || m->debug.step_over) {
            m->debug.step_over = false;
            m->limit = start + 1;
            m->budget = 1;
            why = emu_cpu_step(m);
        } else {
            m->limit = end;
            m->budget = (int64_t)(end - start);
            why = emu_cpu_run(m);
            if ((why == EMU_LEAVE_BUDGET && m->budget > 0) || why == EMU_LEAVE_STEP_ONE) {
                /* The rest of the slice is shorter than the next run of instructions. */
                uint64_t left = (uint64_t)m->budget;
                m->now = end - left;
                m->instructions += m->now - start;
                start = m->now;
                m->limit = start + 1;
                m->budget = 1;
                why = emu_cpu_step(m);
            }
        }
        uint64_t ran = m->limit - (uint64_t)m->budget - start;
        m->now = start + ran;
        m->instructions += ran;
        if (ran && !m->debug.s_retire_st) m->debug.s_retire_st = true;
        if (ran && m->trace_each) emu_trace_instruction(m, pc, start);
        if (why != EMU_LEAVE_BUDGET && why != EMU_LEAVE_STEPPED && why != EMU_LEAVE_JUMP && why != EMU_LEAVE_ATTENTION) {
            take_leave(m, why);
            m->attention |= EMU_ATTN_IRQ;
        }
        if (monitored && ran && emu_debug_monitor_steps(m)) emu_debug_monitor_event(m, DFSR_HALTED);
        if (stepping && !m->cpu.halted) { /* the step is over when an instruction was retired or an exception entered */
            unsigned exception = emu_nvic_pending(m, emu_nvic_execution_priority(m));
            if (exception && !ran && !m->cpu.lockup) emu_exception_enter(m, exception);
            m->debug.halt_request = true;
            m->debug.halt_dfsr = DFSR_HALTED;
            m->attention |= EMU_ATTN_HALT;
        }
        uint64_t next = emu_next_event(m->first); /* scheduled by an instruction that ran alone: too late for m->limit to tell */
        if (next < limit) limit = next;
    }
    m->limit = m->now;
}

/* --- bit-band aliases, DDI 0403E B3.1 and Cortex-M4 TRM (DDI 0439) section 3.7: a bit of the first MB for every word of 32 MB -------- */

static bool is_alias(const emu_machine *m, uint32_t address) {
    return m->config.bit_band && (address >> 25 == 0x22000000u >> 25 || address >> 25 == 0x42000000u >> 25);
}

/* What an access of this size to the alias reads, and changes a bit of. */
static uint32_t aliased(uint32_t address, unsigned size, unsigned *bit) {
    *bit = address >> 2 & (8 * size - 1);
    return (address & 0xF0000000u) | ((address & 0x01FFFFFFu) >> 5 & ~(size - 1));
}

static emu_bus_result alias_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    unsigned bit;
    emu_bus_result result = emu_bus_read(m, aliased(address, size, &bit), size, value);
    *value = *value >> bit & 1;
    return result;
}

static emu_bus_result alias_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    unsigned bit;
    uint32_t target = aliased(address, size, &bit), whole;
    emu_bus_result result = emu_bus_read(m, target, size, &whole);
    return result == EMU_BUS_OK ? emu_bus_write(m, target, size, (whole & ~(1u << bit)) | (value & 1) << bit) : result;
}

/* --- addresses of its own ------------------------------------------------------------------------------------------------------- */

static bool in_rom_table(const emu_machine *m, uint32_t address) { return address - m->config.rom_table < 0x1000; }

static bool owns(const emu_machine *m, uint32_t address) {
    return is_alias(m, address) || address >> 20 == 0xE00 || in_rom_table(m, address);
}

static emu_bus_result own_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    if (is_alias(m, address)) return alias_read(m, address, size, value);
    m->device_accesses++;
    if (address >> 20 == 0xE00) return emu_ppb_read(m, address, size, value);
    if (!m->debug_access) emu_touch(m, address, false);
    bool known = false;
    *value = size == 4 ? emu_coresight_id(m->config.rom_table, address & 0xFFC, m, &known) : 0;
    if (known) return EMU_BUS_OK;
    emu_log_unmodelled(m, address, 0, size, false);
    return EMU_BUS_ERROR;
}

static emu_bus_result own_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    if (is_alias(m, address)) return alias_write(m, address, size, value);
    m->device_accesses++;
    if (address >> 20 == 0xE00) return emu_ppb_write(m, address, size, value);
    if (!m->debug_access) emu_touch(m, address, true);
    emu_log_unmodelled(m, address, value, size, true);
    return EMU_BUS_ERROR;
}

static bool slow_page(const emu_machine *m, uint32_t page_base) {
    return (m->dwt.watching && emu_dwt_covers_page(m, page_base)) || (m->fpb.remapping && emu_fpb_covers_page(m, page_base));
}

/* --- decoded code ------------------------------------------------------------------------------------------------------------- */

static const void *const *handlers(void) {
    const void *const *table = NULL;
    emu_interpret(NULL, NULL, &table);
    return table;
}

static unsigned length(uint16_t halfword) { return halfword >> 11 >= 29 ? 4 : 2; }

static bool private_code(const emu_machine *m, uint32_t base) {
    if (m->dwt.pc_matching) return true;
    for (unsigned i = 0; m->fpb.ctrl & 1 && i < EMU_FPB_COMPARATORS; i++)
        if (m->fpb.comp[i] & 1 && (m->fpb.comp[i] & 0x1FFFFFFCu) - base < EMU_PAGE_SIZE + 8) return true;
    return false;
}

static uint32_t code_variant(const emu_machine *m) { return (uint32_t)emu_literals_are_constant(m) << 31; }

/* --- what others ask ------------------------------------------------------------------------------------------------------------ */

static uint32_t pc(const emu_machine *m) { return m->cpu.r[15]; }
static bool debugged(const emu_machine *m) { return m->debug.dhcsr & DHCSR_C_DEBUGEN; }

static void own_event(emu_machine *m, uint32_t which) {
    if (which == EMU_OWN_SYSTICK)
        emu_systick_event(m);
    else
        emu_lockup_event(m);
}

static void no_interrupt(emu_machine *m, unsigned line) {
    (void)m;
    (void)line;
}

/* --- saved states --------------------------------------------------------------------------------------------------------------- */

static bool translated_otherwise(const emu_machine *m, const uint8_t *state) {
    return memcmp(&m->fpb, state + offsetof(emu_machine, fpb), sizeof m->fpb) != 0 ||
           memcmp(&m->dwt, state + offsetof(emu_machine, dwt), sizeof m->dwt) != 0 ||
           memcmp(&m->mpu, state + offsetof(emu_machine, mpu), sizeof m->mpu) != 0;
}

static void restored(emu_machine *m, bool otherwise) {
    if (otherwise) emu_mpu_restored(m);
}

static void hash(const emu_machine *m, emu_hasher *h) {
    const emu_cpu *c = &m->cpu;
    emu_hash_bytes(h, c->r, 16 * sizeof *c->r);
    emu_hash_word(h, emu_cpu_xpsr(m));
    emu_hash_word(h, c->sp_banked);
    emu_hash_word(h, (uint64_t)c->control << 32 | c->basepri << 16 | c->faultmask << 1 | c->primask);
    emu_hash_word(h, c->fpscr);
    emu_hash_bytes(h, &c->r[EMU_R_S0], 32 * sizeof *c->r);
    emu_hash_bytes(h, &m->nvic, sizeof m->nvic);
    emu_hash_bytes(h, &m->scs, sizeof m->scs);
    emu_hash_bytes(h, &m->dwt, sizeof m->dwt);
    emu_hash_bytes(h, &m->fpb, sizeof m->fpb);
    emu_hash_bytes(h, &m->mpu, sizeof m->mpu);
    emu_hash_bytes(h, &m->dap, sizeof m->dap);
    emu_hash_word(h, (uint64_t)m->debug.dhcsr << 32 | m->debug.demcr);
    emu_hash_word(h, (uint64_t)m->debug.dcrdr << 2 | m->debug.s_reset_st << 1 | m->debug.s_retire_st);
}

static const char *const names[] = {"cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", NULL};

const struct emu_core_class emu_cortexm = {
    .names = names,
    .debug_port = true,
    .registers = 15,
    .op_decode = O_decode,
    .op_next_page = O_b_far,
    .configure = emu_features_set,
    .handlers = handlers,
    .reset = reset,
    .start = emu_cpu_reset,
    .reset_alone = reset_alone,
    .between = between,
    .slice = slice,
    .wakes = wakes,
    .pc = pc,
    .get = emu_cpu_get,
    .set = emu_cpu_set,
    .length = length,
    .irq = emu_nvic_set_line,
    .interrupt = no_interrupt,
    .own_event = own_event,
    .debugged = debugged,
    .owns = owns,
    .own_read = own_read,
    .own_write = own_write,
    .slow_page = slow_page,
    .refresh_view = emu_mpu_refresh_page,
    .fetch = emu_code_fetch,
    .private_code = private_code,
    .code_variant = code_variant,
    .pure_loop = emu_cpu_pure_loop,
    .translated_otherwise = translated_otherwise,
    .restored = restored,
    .hash = hash,
};
