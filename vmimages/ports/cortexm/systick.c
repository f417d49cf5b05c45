/* SPDX-License-Identifier: Apache-2.0 */
/* Time from SysTick, for a port that has no better timer: 24 bits of core clock, of which every wrap is an interrupt. An alarm that is due
 * before the next wrap shortens the round. For chips whose firmware section has the define TIME_SYSTICK; other ports have these four
 * functions of their own. */
#include "port_chip.h"

#ifdef TIME_SYSTICK

#ifndef CLOCK_HZ
#define CLOCK_HZ CHIP_CLOCK_HZ /* a define of the chip's file when the port runs it at another speed */
#endif
#define CYCLES_PER_US (CLOCK_HZ / 1000000u)
#define ROUND_MAX 0x01000000u
#define ROUND_MIN 64u     /* the round is on its way while it is set */
#define RESTART_CYCLES 6u /* from the reading of the counter to its restart */
#define CSR_ENABLE 7u     /* core clock, interrupt */

typedef struct {
    uint32_t round;      /* cycles of the round under way */
    uint32_t taken;      /* of them, already in the two below */
    uint32_t us, cycles; /* cycles < CYCLES_PER_US */
} systick_state;

static systick_state state;

static void add(uint32_t cycles) {
    cycles += state.cycles;
    state.us += cycles / CYCLES_PER_US;
    state.cycles = cycles % CYCLES_PER_US;
}

/* Cycles of this round that are over. Interrupts are off; COUNTFLAG would be cleared by a debugger's look, the pending bit is not. */
static uint32_t elapsed(void) {
    uint32_t left = SYST_CVR;
    if (SCB_ICSR & 1u << 26) { /* PENDSTSET: it went round, and the handler waits */
        left = SYST_CVR;
        return left ? 2 * state.round - left : state.round;
    }
    return left ? state.round - left : 0;
}

static void start_round(uint32_t cycles) {
    state.round = cycles;
    state.taken = 0;
    SYST_RVR = cycles - 1;
    SYST_CVR = 0;
}

void timer_start(void) {
    start_round(ROUND_MAX);
    SYST_CSR = CSR_ENABLE;
}

/* A round that ends between the reading and the addition would be added twice, and time would then stand still for the whole of the next.
 */
uint32_t timer_now(void) {
    uint32_t before = interrupts_off(), now = elapsed();
    if (now > state.taken) {
        add(now - state.taken);
        state.taken = now;
    }
    now = state.us;
    interrupts_restore(before);
    return now;
}

void timer_alarm(uint32_t at) {
    uint32_t us = at - timer_now(), round_over = state.taken;
    if (SCB_ICSR & 1u << 26) return;
    if (us >= 0x80000000u) us = 0; /* it was before now */
    if (us >= ROUND_MAX / CYCLES_PER_US) return;
    uint32_t cycles = us * CYCLES_PER_US;
    cycles = cycles > state.cycles + ROUND_MIN ? cycles - state.cycles : ROUND_MIN;
    if (cycles >= state.round - round_over) return; /* the wrap comes first */
    add(RESTART_CYCLES);
    start_round(cycles);
}

void timer_alarm_off(void) {} /* the round that was shortened ends by itself */

void systick_handler(void) {
    uint32_t primask = interrupts_off(), over = state.round;
    bool shortened = over != ROUND_MAX;
    if (shortened) {
        uint32_t left = SYST_CVR;
        over += (left ? over - left : 0) + RESTART_CYCLES;
    }
    if (over > state.taken) {
        add(over - state.taken);
        state.taken = over;
    }
    state.taken -= over; /* not 0, if the time was asked for after the end of the round and before this */
    if (shortened) start_round(ROUND_MAX);
    interrupts_restore(primask);
    timer_tick();
}

#endif
