/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, reset, and the fault handler of the nRF52833. */
#include "nrf52833.h"

extern uint32_t stack_top[], data_start[], data_end[], bss_start[], bss_end[];
extern const uint32_t data_load[];

int main(void);
void reset_handler(void);
void fault_handler(void);

/* Other exceptions and interrupts are never enabled; one that comes is a fault like any other. */
#define FAULT4 fault_handler, fault_handler, fault_handler, fault_handler

typedef union {
    void (*handler)(void);
    uint32_t *stack;
} vector;

typedef struct {
    vector stack;
    void (*exceptions[15])(void);
    void (*interrupts[IRQ_COUNT])(void);
} vector_table;

__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    .stack = {.stack = stack_top},
    .exceptions = {reset_handler, fault_handler, fault_handler, FAULT4, FAULT4, FAULT4},
    .interrupts =
        {
            fault_handler,
            fault_handler,
            uarte0_handler,
            fault_handler, /* 0-3 */
            FAULT4,        /* 4-7 */
            timer0_handler,
            fault_handler,
            fault_handler,
            fault_handler, /* 8-11 */
            FAULT4,
            FAULT4,
            FAULT4,
            FAULT4,
            FAULT4,
            FAULT4,
            FAULT4,
            FAULT4,
            FAULT4,
        },
};

void reset_handler(void) {
    const uint32_t *from = data_load;
    /* As numbers: to the language, what the linker script marks with two symbols is two objects. */
    for (uintptr_t to = (uintptr_t)data_start; to < (uintptr_t)data_end; to += 4) REG(to) = *from++;
    for (uintptr_t to = (uintptr_t)bss_start; to < (uintptr_t)bss_end; to += 4) REG(to) = 0;
    main();
    for (;;) __asm volatile("wfi");
}

/* The registers are on the stack of who faulted. The handler takes the whole stack for itself: nobody returns there. */
__attribute__((naked)) void fault_handler(void) {
    __asm volatile("tst lr, #4\n"
                   "ite eq\n"
                   "mrseq r0, msp\n"
                   "mrsne r0, psp\n"
                   "movw r1, #:lower16:stack_top\n"
                   "movt r1, #:upper16:stack_top\n"
                   "msr msp, r1\n"
                   "b nrf52833_fault\n");
}
