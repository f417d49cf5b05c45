/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, console and end. The end is a line "exit N" and a core that sleeps for ever: who runs it waits for the line. */
#include "rt.h"

#define REG(a) (*(volatile uint32_t *)(a))

extern uint32_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];
void reset(void);
void fault(void);

#ifdef __riscv
__attribute__((section(".vectors"), used, naked, noreturn, aligned(256))) void start(void) {
    __asm__ volatile(
        ".option push\n.option norvc\n j 1f\n j 2f\n .option pop\n" /* where every trap comes to */
        "1: la t0, start + 4\n .option push\n .option arch, +zicsr\n csrw mtvec, t0\n .option pop\n la sp, stack_top\n j reset\n"
        ".balign 4\n 2: j fault\n");
}
#else
__attribute__((section(".vectors"), used)) void *const vectors[16] = {
    stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};
#endif

#if defined(__riscv) /* QEMU's board `virt` */
static void console_on(void) {}
void put(char c) { *(volatile uint8_t *)0x10000000 = (uint8_t)c; }
#elif defined(NRF51)
static void console_on(void) {
    REG(0x4000250C) = 24;         /* PSELTXD */
    REG(0x40002524) = 0x01D7E000; /* BAUDRATE: 115200 */
    REG(0x40002500) = 4;          /* ENABLE */
    REG(0x40002008) = 1;          /* STARTTX */
}
void put(char c) {
    REG(0x4000211C) = 0; /* TXDRDY */
    REG(0x4000251C) = (uint8_t)c;
    while (!REG(0x4000211C)) {}
}
#else /* the CMSDK UART of the MPS2 boards */
static void console_on(void) {
    REG(0x40004010) = 16; /* BAUDDIV */
    REG(0x40004008) = 1;  /* CTRL: transmit */
}
void put(char c) {
    while (REG(0x40004004) & 1) {} /* STATE: full */
    REG(0x40004000) = (uint8_t)c;
}
#endif

void text(const char *s) {
    while (*s) put(*s++);
}
void hex(uint32_t value) {
    for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[value >> i & 15]);
}
void hex64(uint64_t value) {
    hex((uint32_t)(value >> 32));
    hex((uint32_t)value);
}
void decimal(int32_t value) {
    char digits[10];
    uint32_t left = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    int n = 0;
    if (value < 0) put('-');
    do {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    while (n) put(digits[--n]);
}
void show(const char *name, uint32_t value) {
    text(name);
    put('=');
    hex(value);
    put(' ');
}
void show64(const char *name, uint64_t value) {
    text(name);
    put('=');
    hex64(value);
    put(' ');
}

static volatile uint32_t seed;
uint32_t next(void) {
    uint32_t x = seed * 1664525u + 1013904223u;
    seed = x;
    return x ^ x >> 15;
}

/* No C library is linked; compilers call these by themselves. The empty statement keeps them from calling themselves. */
void *memcpy(void *to, const void *from, size_t size) {
    uint8_t *d = to;
    for (const uint8_t *s = from; size--;) {
        *d++ = *s++;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}
void *memmove(void *to, const void *from, size_t size) {
    uint8_t *d = to;
    const uint8_t *s = from;
    if (d <= s) return memcpy(to, from, size);
    while (size--) {
        d[size] = s[size];
        __asm__ volatile("" ::: "memory");
    }
    return to;
}
void *memset(void *to, int value, size_t size) {
    for (uint8_t *d = to; size--;) {
        *d++ = (uint8_t)value;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}
int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *x = a, *y = b;
    for (; size--; x++, y++)
        if (*x != *y) return *x - *y;
    return 0;
}

__attribute__((noreturn)) static void stop(int code) {
    text("exit ");
    decimal(code);
    put('\n');
#ifndef __riscv
    __asm__ volatile("cpsid i");
#endif
    for (;;) __asm__ volatile("wfi");
}

void fault(void) {
    text("fault\n");
    stop(99);
}

static int run(const char *name, int (*program)(void)) {
    seed = 0x1234567;
    text(name);
    text(": ");
    int wrong = program();
    put('\n');
    return wrong ? 1 : 0;
}

void reset(void) {
    for (volatile uint32_t *d = data_start, *s = data_load; d < data_end;) *d++ = *s++;
    for (volatile uint32_t *d = bss_start; d < bss_end;) *d++ = 0;
#if defined(__ARM_FP) && __ARM_FP
    REG(0xE000ED88) |= 0xFu << 20; /* CPACR: the floating point unit is on */
    __asm__ volatile("dsb\n isb");
#endif
    console_on();
    int wrong = run("integers", integers);
    wrong += run("wide", wide);
    wrong += run("tables", tables);
    wrong += run("variadic", variadic);
    wrong += run("layout", layout);
    wrong += run("floats", floats);
    wrong += run("switching", switching);
    stop(wrong);
}
