/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, reset, and the entry of faults, of any Cortex-M. */
#include "cpu.h"

extern uint32_t stack_top[], data_start[], data_end[], bss_start[], bss_end[];
extern const uint32_t data_load[];

int main(void);
void reset_handler(void);
void fault_handler(void);

/* An exception that nobody handles is never enabled either: one that comes is a fault like any other. */
#define OR_FAULT __attribute__((weak, alias("fault_handler")))
void OR_FAULT nmi_handler(void);
void OR_FAULT svcall_handler(void);
void OR_FAULT pendsv_handler(void);
void OR_FAULT systick_handler(void);
#define DECLARE(n) void OR_FAULT IRQ_NAME(n)(void);
CHIP_IRQS(DECLARE)

typedef union {
    void (*handler)(void);
    uint32_t *stack;
} vector;

typedef struct {
    vector stack;
    void (*exceptions[15])(void);
    void (*interrupts[CHIP_IRQ_COUNT])(void);
} vector_table;

#define ENTRY(n) IRQ_NAME(n),
__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    .stack = {.stack = stack_top},
    .exceptions = {reset_handler, nmi_handler, fault_handler, fault_handler, fault_handler, fault_handler, 0, 0, 0, 0, svcall_handler,
                   fault_handler, 0, pendsv_handler, systick_handler},
    .interrupts = {CHIP_IRQS(ENTRY)},
};

/* 32 bytes a turn, of which both ends are multiples: the heap is most of RAM. */
static inline void zero(uintptr_t from, uintptr_t to) {
    __asm volatile("movs r4, #0\n"
                   "movs r5, #0\n"
                   "movs r6, #0\n"
                   "movs r7, #0\n"
                   "b 2f\n"
                   "1: stmia %0!, {r4-r7}\n"
                   "stmia %0!, {r4-r7}\n"
                   "2: cmp %0, %1\n"
                   "blo 1b\n"
                   : "+l"(from)
                   : "l"(to)
                   : "r4", "r5", "r6", "r7", "cc", "memory");
}

void reset_handler(void) {
    const uint32_t *from = data_load;
    /* As numbers: to the language, what the linker script marks with two symbols is two objects. */
    for (uintptr_t to = (uintptr_t)data_start; to < (uintptr_t)data_end; to += 4) REG(to) = *from++;
    zero((uintptr_t)bss_start, (uintptr_t)bss_end);
    main();
    for (;;) __asm volatile("wfi");
}

/* The registers are on the stack of who faulted. The handler takes the whole stack for itself: nobody returns there. In the instructions
 * of ARMv6-M, which all cores have. */
__attribute__((naked)) void fault_handler(void) {
    __asm volatile("mov r1, lr\n"
                   "mrs r0, msp\n"
                   "lsls r1, r1, #29\n" /* EXC_RETURN bit 2: it ran on the process stack */
                   "bpl 1f\n"
                   "mrs r0, psp\n"
                   "1: ldr r1, 2f\n"
                   "msr msp, r1\n"
                   "ldr r1, 3f\n"
                   "bx r1\n"
                   ".balign 4\n"
                   "2: .word stack_top\n"
                   "3: .word cortexm_fault\n");
}
