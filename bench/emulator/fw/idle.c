/* SPDX-License-Identifier: Apache-2.0 */
/* A program that sleeps, woken by SysTick, until it has been `rounds` times: what most firmware does most of its time. */
#include "start.h"

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define VTOR (*(volatile uint32_t *)0xE000ED08u)
#define VECTORS 16
#define SYSTICK 15

static uint32_t table[VECTORS] __attribute__((aligned(128)));
static volatile uint32_t ticks;

static void tick(void) { ticks = ticks + 1; }

uint32_t work(uint32_t rounds) {
    for (unsigned i = 0; i < VECTORS; i++) table[i] = ((volatile uint32_t *)VTOR)[i];
    table[SYSTICK] = (uint32_t)tick;
    VTOR = (uint32_t)table;
    SYST_RVR = PERIOD - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* core clock, interrupt, enable */
    while (ticks < rounds) __asm__ volatile("wfi");
    SYST_CSR = 0;
    return ticks;
}
