/* SPDX-License-Identifier: Apache-2.0 */
/* A 32-bit RISC-V core in machine mode. Its registers as in The RISC-V Instruction Set Manual, Volume II: Privileged Architecture. */
#ifndef CPU_H
#define CPU_H
#include "mmio.h"

#define MSTATUS_MIE 8

/* Which lines a core has and how devices get at them is the chip's: its port has these two. */
void irq_enable(unsigned irq);
unsigned irq_of_line(unsigned line); /* whose interrupt comes as mcause `line` */

static inline uint32_t interrupts_off(void) {
    uint32_t mstatus;
    __asm volatile("csrrci %0, mstatus, %1" : "=r"(mstatus) : "i"(MSTATUS_MIE) : "memory");
    return mstatus;
}

static inline void interrupts_restore(uint32_t mstatus) { __asm volatile("csrs mstatus, %0" ::"r"(mstatus & MSTATUS_MIE) : "memory"); }

/* Interrupts are masked; one that is pending ends it all the same. */
static inline void wait_for_interrupt(void) { __asm volatile("wfi" ::: "memory"); }

/* All code of these images is in RAM. */
#define RAM_CODE __attribute__((noinline))

#endif
