/* SPDX-License-Identifier: Apache-2.0 */
/* Time from SYSTIMER, a counter of 52 bits at 16 MHz. Target 0 is the sleep's, target 1 comes four times in a round of 32 bits of
 * microseconds, target 2 is the serial line's. */
#include "port_chip.h"
#include "registers.h"

#define TICKS_PER_US 16u
#define QUARTER_US 0x40000000u

/* Interrupts are off, or this is one. */
static uint64_t ticks(void) {
    SYSTIMER_UNIT0_OP = SYSTIMER_UNIT0_OP_UPDATE;
    while (!(SYSTIMER_UNIT0_OP & SYSTIMER_UNIT0_OP_VALUE_VALID)) {}
    uint32_t high = SYSTIMER_UNIT0_VALUE_HI;
    return (uint64_t)high << 32 | SYSTIMER_UNIT0_VALUE_LO;
}

static void disarm(unsigned target) {
    SYSTIMER_CONF &= ~SYSTIMER_CONF_TARGET_WORK_EN(target);
    SYSTIMER_INT_CLR = 1u << target;
}

static void arm(unsigned target, uint64_t at) {
    SYSTIMER_CONF &= ~SYSTIMER_CONF_TARGET_WORK_EN(target);
    SYSTIMER_TARGET_HI(target) = (uint32_t)(at >> 32);
    SYSTIMER_TARGET_LO(target) = (uint32_t)at;
    SYSTIMER_TARGET_CONF(target) = 0; /* of unit 0, once */
    SYSTIMER_COMP_LOAD(target) = 1;
    SYSTIMER_CONF |= SYSTIMER_CONF_TARGET_WORK_EN(target);
}

static void arm_quarter(void) { arm(1, ticks() + (uint64_t)QUARTER_US * TICKS_PER_US); }

void timer_start(void) {
    SYSTIMER_CONF = SYSTIMER_CONF_CLK_EN | SYSTIMER_CONF_UNIT0_WORK_EN;
    SYSTIMER_INT_ENA = 7;
    irq_enable(IRQ_SYSTIMER);
    irq_enable(IRQ_SYSTIMER_1);
    irq_enable(IRQ_SYSTIMER_2);
    arm_quarter();
}

uint32_t timer_now(void) {
    uint32_t before = interrupts_off(), now = (uint32_t)(ticks() / TICKS_PER_US);
    interrupts_restore(before);
    return now;
}

void timer_alarm(uint32_t at) {
    uint64_t now = ticks();
    uint32_t us = at - (uint32_t)(now / TICKS_PER_US);
    if (us >= 0x80000000u) us = 0; /* it was before now */
    arm(0, now - now % TICKS_PER_US + (uint64_t)us * TICKS_PER_US);
}

void timer_alarm_off(void) { disarm(0); }

void serial_patience(uint32_t us) {
    if (us)
        arm(2, ticks() + us * TICKS_PER_US);
    else
        disarm(2);
}

void IRQ_HANDLER(SYSTIMER)(void) {
    disarm(0);
    timer_tick();
}

void IRQ_HANDLER(SYSTIMER_1)(void) {
    disarm(1);
    arm_quarter();
    timer_tick();
}

void IRQ_HANDLER(SYSTIMER_2)(void) {
    disarm(2);
    serial_patience_over();
}
