/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up and console of the benchmark firmware. It prints a plus when it begins, its checksum and a newline at the end, and then sleeps
 * with interrupts off: whoever runs it waits for the newline. */
#include "start.h"

#define REG(a) (*(volatile uint32_t *)(a))

extern uint32_t stack_top[], bss_start[], bss_end[];
void reset(void);
static void fault(void);

__attribute__((section(".vectors"), used)) void *const vectors[16] = {
    stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};

#ifdef NRF51
static void console_on(void) {
    REG(0x4000250C) = 24;         /* PSELTXD */
    REG(0x40002524) = 0x01D7E000; /* BAUDRATE: 115200 */
    REG(0x40002500) = 4;          /* ENABLE */
    REG(0x40002008) = 1;          /* STARTTX */
}
static void put(char c) {
    REG(0x4000211C) = 0; /* TXDRDY */
    REG(0x4000251C) = (uint8_t)c;
    while (!REG(0x4000211C)) {}
}
#else /* the CMSDK UART of the MPS2 boards */
static void console_on(void) {
    REG(0x40004010) = 16; /* BAUDDIV */
    REG(0x40004008) = 1;  /* CTRL: transmit */
}
static void put(char c) {
    while (REG(0x40004004) & 1) {} /* STATE: full */
    REG(0x40004000) = (uint8_t)c;
}
#endif

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
    console_on();
    put('+');
    uint32_t sum = work(ROUNDS);
    for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[sum >> i & 15]);
    put('\n');
    stop();
}
