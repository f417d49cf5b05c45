/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that hand the core to each other by exchanging stacks, each deep in a recursion of its own. */
#include "rt.h"

#define THREADS 3
#define STACK 96 /* double words */

#if defined(__ARM_FP) && __ARM_FP
#define PUSH_FP "vpush {s16-s31}\n"
#define POP_FP "vpop {s16-s31}\n"
#define FRAME (9 + 16)
#else
#define PUSH_FP
#define POP_FP
#define FRAME 9 /* words: r8-r11, r4-r7, pc */
#endif

static uint64_t stacks[THREADS][STACK];
static uint32_t *saved[THREADS + 1]; /* the last: who began */
static uint32_t trail, finished;

/* Puts the registers that a callee keeps on the stack, stores the stack pointer, and goes on with another stack. */
__attribute__((naked, noinline)) static void exchange(uint32_t **from, uint32_t *to) {
    __asm__ volatile("push {r4-r7, lr}\n"
                     "mov r2, r8\n mov r3, r9\n mov r4, r10\n mov r5, r11\n"
                     "push {r2-r5}\n" PUSH_FP "mov r2, sp\n str r2, [r0]\n"
                     "mov sp, r1\n" POP_FP "pop {r2-r5}\n"
                     "mov r8, r2\n mov r9, r3\n mov r10, r4\n mov r11, r5\n"
                     "pop {r4-r7, pc}\n");
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
        top[FRAME - 1] = (uint32_t)entries[i] | 1;
        saved[i] = top;
    }
    exchange(&saved[THREADS], saved[0]);
    show("trail", trail);
    return finished != 7;
}
