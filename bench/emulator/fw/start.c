/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and console of the benchmark firmware. It prints its checksum and a newline and then sleeps with interrupts off: whoever runs it
 * waits for the newline. */
#include "start.h"

#define UART 0x40004000u
#define REG(a) (*(volatile uint32_t *)(a))

extern uint32_t stack_top[], bss_start[], bss_end[];
void reset(void);
static void fault(void);

__attribute__((section(".vectors"), used)) void *const vectors[16] = {
    stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};

static void put(char c) {
    while (REG(UART + 4) & 1) {}
    REG(UART) = (uint8_t)c;
}

__attribute__((noreturn)) static void stop(void) {
    __asm__ volatile("cpsid i");
    for (;;) __asm__ volatile("wfi");
}

static void fault(void) {
    put('!');
    put('\n');
    stop();
}

void reset(void) {
    for (volatile uint32_t *p = bss_start; p < bss_end; p++) *p = 0;
#ifdef __ARM_FP
    REG(0xE000ED88) |= 0xFu << 20; /* CPACR: the floating point unit is on */
    __asm__ volatile("dsb\n isb");
#endif
    REG(UART + 0x10) = 16;
    REG(UART + 8) = 1;
    uint32_t sum = work(ROUNDS);
    for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[sum >> i & 15]);
    put('\n');
    stop();
}
