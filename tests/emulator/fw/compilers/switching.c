/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that hand the core to each other by exchanging stacks, each deep in a recursion of its own. */
#include "rt.h"

#define THREADS 3
#define STACK 96 /* double words */

#if defined(__riscv)
#define FRAME 14 /* words: s0-s11, ra, one that keeps the stack aligned */
#define RETURN 12
#elif defined(__ARM_FP) && __ARM_FP
#define PUSH_FP "vpush {s16-s31}\n"
#define POP_FP "vpop {s16-s31}\n"
#define FRAME (9 + 16)
#else
#define PUSH_FP
#define POP_FP
#define FRAME 9 /* words: r8-r11, r4-r7, pc */
#endif
#ifndef RETURN
#define RETURN (FRAME - 1)
#endif

static uint64_t stacks[THREADS][STACK];
static uint32_t *saved[THREADS + 1]; /* the last: who began */
static uint32_t trail, finished;

/* Puts the registers that a callee keeps on the stack, stores the stack pointer, and goes on with another stack. */
__attribute__((naked, noinline)) static void exchange(uint32_t **from, uint32_t *to) {
#ifdef __riscv
    __asm__ volatile("addi sp, sp, -56\n"
                     "sw s0, 0(sp)\n sw s1, 4(sp)\n sw s2, 8(sp)\n sw s3, 12(sp)\n sw s4, 16(sp)\n sw s5, 20(sp)\n sw s6, 24(sp)\n"
                     "sw s7, 28(sp)\n sw s8, 32(sp)\n sw s9, 36(sp)\n sw s10, 40(sp)\n sw s11, 44(sp)\n sw ra, 48(sp)\n"
                     "sw sp, 0(a0)\n mv sp, a1\n"
                     "lw s0, 0(sp)\n lw s1, 4(sp)\n lw s2, 8(sp)\n lw s3, 12(sp)\n lw s4, 16(sp)\n lw s5, 20(sp)\n lw s6, 24(sp)\n"
                     "lw s7, 28(sp)\n lw s8, 32(sp)\n lw s9, 36(sp)\n lw s10, 40(sp)\n lw s11, 44(sp)\n lw ra, 48(sp)\n"
                     "addi sp, sp, 56\n ret\n");
#else
    __asm__ volatile("push {r4-r7, lr}\n"
                     "mov r2, r8\n mov r3, r9\n mov r4, r10\n mov r5, r11\n"
                     "push {r2-r5}\n" PUSH_FP "mov r2, sp\n str r2, [r0]\n"
                     "mov sp, r1\n" POP_FP "pop {r2-r5}\n"
                     "mov r8, r2\n mov r9, r3\n mov r10, r4\n mov r11, r5\n"
                     "pop {r4-r7, pc}\n");
#endif
}

static NOINLINE void yield(unsigned self) {
    unsigned to = self;
    do to = (to + 1) % THREADS;
    while (finished >> to & 1 && to != self);
    if (to != self) exchange(&saved[self], saved[to]);
}

static NOINLINE uint32_t climb(unsigned self, uint32_t depth) {
    trail = trail * 31 + self * 7 + depth;
    if (!depth) return self + 1;
    yield(self);
    uint32_t below = climb(self, depth - 1);
    if (depth & 1) yield(self);
    return below * 3 + depth;
}

static void thread(unsigned self) {
    show(self == 0 ? "zero" : self == 1 ? "one" : "two", climb(self, 5 + self));
    finished |= 1u << self;
    if (finished != (1u << THREADS) - 1) yield(self);
    exchange(&saved[self], saved[THREADS]);
}
static void thread0(void) { thread(0); }
static void thread1(void) { thread(1); }
static void thread2(void) { thread(2); }

int switching(void) {
    static void (*const entries[THREADS])(void) = {thread0, thread1, thread2};
    trail = finished = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        uint32_t *top = (uint32_t *)&stacks[i][STACK] - FRAME; /* what `exchange` takes off */
        for (int k = 0; k < FRAME; k++) top[k] = 0;
        top[RETURN] = (uint32_t)entries[i] | 1; /* bit 0: Thumb; elsewhere it does not count */
        saved[i] = top;
    }
    exchange(&saved[THREADS], saved[0]);
    show("trail", trail);
    return finished != 7;
}
