/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware for the tests of traces: toggles P0.21 twenty times, then sleeps; `never` is never called. */
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define OUTSET REG(0x50000508u)
#define OUTCLR REG(0x5000050Cu)
#define DIRSET REG(0x50000518u)
#define ICSR REG(0xE000ED04u)

int main(void);
void never(void);

volatile uint32_t calls;

void reset_handler(void) {
    main();
    for (;;) __asm volatile("wfi");
}

void pendsv_handler(void) { calls++; }

__attribute__((noinline)) void never(void) { calls = 100; }

__attribute__((noinline)) static void toggle(int on) {
    if (on)
        OUTSET = 1u << 21;
    else
        OUTCLR = 1u << 21;
}

int main(void) {
    calls = 0;
    DIRSET = 1u << 21;
    for (int i = 0; i < 20; i++) {
        toggle(1);
        toggle(0);
    }
    ICSR = 1u << 28; /* PendSV */
    if (calls > 5) never();
    return 0;
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    0x20010000u,
    (uintptr_t)reset_handler,
    [14] = (uintptr_t)pendsv_handler,
};
