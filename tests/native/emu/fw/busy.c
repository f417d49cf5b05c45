/* SPDX-License-Identifier: Apache-2.0 */
/* A program that never stops working: arithmetic of all kinds in the main loop, SysTick and PendSV above it, an interrupt from the test
 * device, and polling of its status register. For tests that run it in slices of different sizes. Built by build.sh into busy.inc. */
#include <stdint.h>

#define REG(a) (*(volatile uint32_t *)(a))
#define DEVICE 0x40001000u /* +0: status, +4: write to start, +8: acknowledge the interrupt */

volatile uint32_t ticks, switches, interrupts;
static uint32_t table[64];
volatile uint32_t result;
extern uint32_t stack_top[];

void reset(void);
static void systick(void) {
    ticks++;
    if (ticks % 3 == 0) REG(0xE000ED04) = 1u << 28;
}
static void pendsv(void) { switches += ticks ^ result; }
static void device(void) {
    REG(DEVICE + 8) = 1;
    interrupts += 1 + (result & 1);
}
static void hang(void) {
    for (;;) {}
}
__attribute__((section(".vectors"), used)) void *const vectors[32] = {
    stack_top, reset, hang, hang, hang, hang, hang, 0, 0, 0, 0, hang, hang, 0, pendsv, systick, device,
};

static uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
static int64_t wide(int64_t a, int32_t b) { return a * b / 7 - (a >> (b & 31)); }
static int16_t halves(const int16_t *v, int n) {
    int32_t s = 0;
    for (int i = 0; i < n; i++) s += v[i] * v[(i * 5) % n] > 0 ? v[i] : -v[i];
    return (int16_t)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
}

void reset(void) {
    uint32_t x = 12345;
    ticks = switches = interrupts = result = 0;
    for (int i = 0; i < 64; i++) table[i] = (uint32_t)i * 2654435761u;
    REG(0xE000ED20) = 0x80E00000; /* SysTick above PendSV */
    REG(0xE000E014) = 777;
    REG(0xE000E018) = 0;
    REG(0xE000E010) = 7;
    REG(0xE000E100) = 1;
    for (;;) {
        x = x * 1664525u + 1013904223u;
        table[x >> 26] ^= x;
        result += fibonacci(5 + (x >> 30));
        result ^= (uint32_t)wide((int64_t)x << 7, (int32_t)table[x & 63]);
        result += (uint32_t)halves((const int16_t *)table, 40);
        result = result % 1000003u + (result << 3);
        if ((x & 7) == 0) {
            REG(DEVICE + 4) = 50 + (x >> 8 & 255);
            uint32_t status, device = DEVICE;
            __asm__ volatile("1: ldr %0, [%1]\n cmp %0, #0\n beq 1b" : "=&l"(status) : "l"(device) : "cc", "memory");
        }
        if ((x & 63) == 1) __asm__ volatile("wfi");
    }
}
