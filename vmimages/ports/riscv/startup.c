/* SPDX-License-Identifier: Apache-2.0 */
/* Reset, interrupts, and the entry of faults, of any RISC-V. A boot ROM has put code and data where they are linked to. */
#include "fault.h"
#include "port_chip.h"

extern uint32_t bss_start[], bss_end[];

int main(void);

/* One entry for exceptions, then one for each line, which all go the same way: mtvec in vectored mode. */
__asm(".section .text.vectors, \"ax\", @progbits\n"
      ".balign 256\n"
      "trap_vectors:\n"
      ".option push\n"
      ".option norvc\n"
      "j fault_entry\n"
      ".rept 31\n"
      "j interrupt_entry\n"
      ".endr\n"
      ".option pop\n");

__attribute__((naked, used)) void reset_handler(void) {
    __asm volatile("csrw mstatus, zero\n" /* a boot ROM may have left interrupts on */
                   "la sp, stack_top\n"
                   "la t0, trap_vectors + 1\n"
                   "csrw mtvec, t0\n"
                   "la t0, fault_frame\n"
                   "csrw mscratch, t0\n"
                   "j start\n");
}

__attribute__((used, noreturn)) static void start(void) {
    /* As numbers: to the language, what the linker script marks with two symbols is two objects. Both are multiples of 32. */
    for (uintptr_t to = (uintptr_t)bss_start; to < (uintptr_t)bss_end; to += 32) {
#pragma clang loop unroll(full)
        for (unsigned i = 0; i < 32; i += 4) REG(to + i) = 0;
    }
    interrupts_restore(MSTATUS_MIE);
    main();
    for (;;) wait_for_interrupt();
}

/* --- interrupts: one at a time, so that what they interrupt is in mepc and mstatus until they return ------------------ */

/* One that nobody handles is never enabled either. */
static void nobody(void) { __asm volatile("ebreak"); }
#define OR_FAULT __attribute__((weak, alias("nobody")))
#define DECLARE(n) void OR_FAULT IRQ_NAME(n)(void);
CHIP_IRQS(DECLARE)

#define ENTRY(n) IRQ_NAME(n),
static void (*const handlers[CHIP_IRQ_COUNT])(void) = {CHIP_IRQS(ENTRY)};

__attribute__((used)) static void riscv_interrupt(uint32_t mcause) { handlers[irq_of_line(mcause & 31u)](); }

/* The registers that a C function may change. */
__attribute__((naked, used)) static void interrupt_entry(void) {
    __asm volatile("addi sp, sp, -64\n"
                   "sw ra, 0(sp)\n"
                   "sw t0, 4(sp)\n"
                   "sw t1, 8(sp)\n"
                   "sw t2, 12(sp)\n"
                   "sw a0, 16(sp)\n"
                   "sw a1, 20(sp)\n"
                   "sw a2, 24(sp)\n"
                   "sw a3, 28(sp)\n"
                   "sw a4, 32(sp)\n"
                   "sw a5, 36(sp)\n"
                   "sw a6, 40(sp)\n"
                   "sw a7, 44(sp)\n"
                   "sw t3, 48(sp)\n"
                   "sw t4, 52(sp)\n"
                   "sw t5, 56(sp)\n"
                   "sw t6, 60(sp)\n"
                   "csrr a0, mcause\n"
                   "call riscv_interrupt\n"
                   "lw ra, 0(sp)\n"
                   "lw t0, 4(sp)\n"
                   "lw t1, 8(sp)\n"
                   "lw t2, 12(sp)\n"
                   "lw a0, 16(sp)\n"
                   "lw a1, 20(sp)\n"
                   "lw a2, 24(sp)\n"
                   "lw a3, 28(sp)\n"
                   "lw a4, 32(sp)\n"
                   "lw a5, 36(sp)\n"
                   "lw a6, 40(sp)\n"
                   "lw a7, 44(sp)\n"
                   "lw t3, 48(sp)\n"
                   "lw t4, 52(sp)\n"
                   "lw t5, 56(sp)\n"
                   "lw t6, 60(sp)\n"
                   "addi sp, sp, 64\n"
                   "mret\n");
}

/* --- faults: mscratch has the address of a place for registers, since the stack may be what is wrong ------------------- */

__attribute__((used)) static uint32_t fault_frame[LINK_FAULT_REGISTERS];

__attribute__((used, noreturn)) static void riscv_fault(void) { fault_keep(LINK_FAULT_SET_RISCV, fault_frame); }

/* Takes the whole stack for itself: nobody returns there. */
__attribute__((naked, used)) static void fault_entry(void) {
    __asm volatile("csrrw sp, mscratch, sp\n"
                   "sw ra, 16(sp)\n"
                   "sw s0, 24(sp)\n"
                   "sw s1, 28(sp)\n"
                   "sw a0, 32(sp)\n"
                   "sw a1, 36(sp)\n"
                   "sw a2, 40(sp)\n"
                   "sw a3, 44(sp)\n"
                   "csrr a0, mepc\n"
                   "sw a0, 0(sp)\n"
                   "csrr a0, mcause\n"
                   "sw a0, 4(sp)\n"
                   "csrr a0, mtval\n"
                   "sw a0, 8(sp)\n"
                   "csrr a0, mstatus\n"
                   "sw a0, 12(sp)\n"
                   "csrr a0, mscratch\n"
                   "sw a0, 20(sp)\n"
                   "la sp, stack_top\n"
                   "j riscv_fault\n");
}
