/* SPDX-License-Identifier: Apache-2.0 */
/* 64 bits of microseconds from the port's 32, and sleep. */
#include "port_chip.h"

#define ALARM_MAX_US 0x40000000u /* far from where earlier and later change places; an earlier return is allowed */

typedef struct {
    uint32_t high, low; /* the last reading: a smaller one means that the counter went round */
    volatile bool woken;
} time_state;

static time_state state;

void line_woke(void) { state.woken = true; }

void timer_tick(void) {
    state.woken = true;
    (void)hal_time_us(NULL);
}

uint64_t hal_time_us(vm_hal *hal) {
    (void)hal;
    uint32_t before = interrupts_off();
    uint32_t low = timer_now();
    if (low < state.low) state.high++;
    state.low = low;
    uint64_t now = (uint64_t)state.high << 32 | low;
    interrupts_restore(before);
    return now;
}

void hal_wait_until(vm_hal *hal, uint64_t time_us) {
    /* Interrupts are masked, so one that comes before it waits is still pending there and ends it at once. */
    uint32_t before = interrupts_off();
    uint64_t now = hal_time_us(hal);
    bool wait = !state.woken && !line_waiting() && time_us > now;
    if (wait && time_us - now < ALARM_MAX_US) {
        timer_alarm((uint32_t)time_us);
        wait = hal_time_us(hal) < time_us; /* else the timer may have passed the comparison before it was set */
    }
    if (wait) wait_for_interrupt();
    timer_alarm_off();
    state.woken = false;
    interrupts_restore(before);
}
