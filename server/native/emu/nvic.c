/* SPDX-License-Identifier: Apache-2.0 */
/* What pends, what is active, and what may interrupt what. Exceptions are numbered as in IPSR throughout. */
#include "machine.h"

#include <string.h>

static bool test(const uint32_t *words, unsigned n) { return words[n >> 5] >> (n & 31) & 1; }

static void put(uint32_t *words, unsigned n, bool on) {
    if (on)
        words[n >> 5] |= 1u << (n & 31);
    else
        words[n >> 5] &= ~(1u << (n & 31));
}

void emu_nvic_reset(emu_machine *m) {
    memset(&m->nvic, 0, sizeof m->nvic); /* devices are reset after this and lower or raise their lines again */
}

bool emu_nvic_is_pending(const emu_machine *m, unsigned exception) { return test(m->nvic.pending, exception); }
bool emu_nvic_is_active(const emu_machine *m, unsigned exception) { return test(m->nvic.active, exception); }

int emu_nvic_priority(const emu_machine *m, unsigned exception) {
    switch (exception) {
    case EMU_EXC_RESET: return -3;
    case EMU_EXC_NMI: return -2;
    case EMU_EXC_HARDFAULT: return -1;
    default: return m->nvic.priority[exception];
    }
}

int emu_nvic_group_priority(const emu_machine *m, int priority) {
    return priority < 0 ? priority : priority & ~((2 << m->scs.prigroup) - 1) & 0xFF;
}

static int execution_priority(const emu_machine *m, bool primask) {
    int best = 256;
    for (unsigned w = 0; w < EMU_EXCEPTION_WORDS; w++) {
        for (uint32_t bits = m->nvic.active[w]; bits; bits &= bits - 1) {
            int p = emu_nvic_group_priority(m, emu_nvic_priority(m, 32 * w + (unsigned)__builtin_ctz(bits)));
            if (p < best) best = p;
        }
    }
    if (m->cpu.basepri) {
        int p = emu_nvic_group_priority(m, (int)m->cpu.basepri);
        if (p < best) best = p;
    }
    if (primask && best > 0) best = 0;
    if (m->cpu.faultmask && best > -1) best = -1;
    return best;
}

int emu_nvic_execution_priority(const emu_machine *m) { return execution_priority(m, m->cpu.primask); }

/* Which exceptions the debugger holds back with C_MASKINTS: interrupts, SysTick and PendSV. */
static bool masked_by_debugger(const emu_machine *m, unsigned exception) {
    return exception >= EMU_EXC_PENDSV && (m->debug.dhcsr & (DHCSR_C_DEBUGEN | DHCSR_C_MASKINTS)) == (DHCSR_C_DEBUGEN | DHCSR_C_MASKINTS);
}

unsigned emu_nvic_pending(const emu_machine *m, int below) {
    unsigned found = 0;
    int best = 256;
    for (unsigned w = 0; w < EMU_EXCEPTION_WORDS; w++) {
        uint32_t bits = m->nvic.pending[w] & (m->nvic.enabled[w] | (w ? 0 : 0xFFFFu));
        for (; bits; bits &= bits - 1) {
            unsigned exception = 32 * w + (unsigned)__builtin_ctz(bits);
            int p = emu_nvic_priority(m, exception);
            if (p >= best || masked_by_debugger(m, exception)) continue; /* equal: the lower number wins */
            best = p;
            found = exception;
        }
    }
    return found && emu_nvic_group_priority(m, best) < below ? found : 0;
}

/* As if PRIMASK were clear, B1.5.19. */
bool emu_nvic_wakes(const emu_machine *m) { return emu_nvic_pending(m, execution_priority(m, false)) != 0; }

void emu_nvic_set_pending(emu_machine *m, unsigned exception, bool on) {
    bool was = test(m->nvic.pending, exception);
    put(m->nvic.pending, exception, on);
    if (!on || was) return;
    emu_attention(m, EMU_ATTN_IRQ);
    if (m->scs.scr & 16) m->cpu.event_register = true; /* SEVONPEND */
}

void emu_nvic_set_active(emu_machine *m, unsigned exception, bool on) {
    put(m->nvic.active, exception, on);
    /* A line that is still high pends again when its handler is done. */
    if (!on && exception >= EMU_EXC_IRQ0 && test(m->nvic.level, exception)) emu_nvic_set_pending(m, exception, true);
}

void emu_nvic_set_line(emu_machine *m, unsigned irq, bool level) {
    unsigned exception = EMU_EXC_IRQ0 + irq;
    bool was = test(m->nvic.level, exception);
    put(m->nvic.level, exception, level);
    if (!level || was) return;
    emu_nvic_set_pending(m, exception, true);
    emu_attention(m->first, EMU_ATTN_IRQ); /* a core that waits is woken between the instructions of the other one */
}
