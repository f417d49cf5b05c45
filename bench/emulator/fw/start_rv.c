/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and console of the benchmark firmware on RISC-V: as start.c, on QEMU's board `virt`, whose serial port takes a byte at any time.
 */
#include "start.h"

#define SERIAL (*(volatile uint8_t *)0x10000000)

extern uint32_t bss_start[], bss_end[];
void run(void);

__attribute__((section(".vectors"), used, naked, noreturn)) void reset(void) { __asm__ volatile("la sp, stack_top\n j run"); }

__attribute__((used, noreturn)) void run(void) {
    for (volatile uint32_t *p = bss_start; p < bss_end; p++) *p = 0;
    SERIAL = '+';
    uint32_t sum = work(ROUNDS);
    for (int i = 28; i >= 0; i -= 4) SERIAL = (uint8_t)"0123456789abcdef"[sum >> i & 15];
    SERIAL = '\n';
    for (;;) __asm__ volatile("wfi");
}
