/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy and its kin. The toolchain's own go byte by byte when they are built for size: a copied word took a Cortex-M0+ 24 instructions. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The compiler knows these loops and would replace each by a call of the function that it is in, but for the barrier. */
#define BARRIER(variable) __asm volatile("" : "+r"(variable))

enum { WORD = 4, BLOCK = 16 };

static bool aligned(const void *a, const void *b) { return !(((uintptr_t)a | (uintptr_t)b) & (WORD - 1)); }

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    uint8_t *t = to;
    const uint8_t *f = from;
    if (aligned(t, f)) {
#ifdef __thumb__
        for (; length >= BLOCK; length -= BLOCK)
            __asm volatile("ldmia %1!, {r3, r4, r5, r6}\n\tstmia %0!, {r3, r4, r5, r6}"
                           : "+l"(t), "+l"(f)
                           :
                           : "r3", "r4", "r5", "r6", "memory");
#endif
        for (; length >= WORD; length -= WORD, t += WORD, f += WORD) {
            *(uint32_t *)(void *)t = *(const uint32_t *)(const void *)f;
            BARRIER(t);
        }
    }
    for (; length; length--) {
        *t++ = *f++;
        BARRIER(t);
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length) {
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= length) return memcpy(to, from, length);
    t += length;
    f += length;
    if (aligned(t, f))
        for (; length >= WORD; length -= WORD) {
            t -= WORD;
            f -= WORD;
            *(uint32_t *)(void *)t = *(const uint32_t *)(const void *)f;
            BARRIER(t);
        }
    for (; length; length--) {
        *--t = *--f;
        BARRIER(t);
    }
    return to;
}

void *memset(void *to, int byte, size_t length) {
    uint8_t *t = to;
    if (aligned(t, t)) {
        uint32_t word = (uint32_t)(byte & 255) * 0x01010101u;
        for (; length >= WORD; length -= WORD, t += WORD) {
            *(uint32_t *)(void *)t = word;
            BARRIER(t);
        }
    }
    for (; length; length--) {
        *t++ = (uint8_t)byte;
        BARRIER(t);
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t length) {
    const uint8_t *p = a, *q = b;
    int order = 0;
    for (; length && !order; length--) {
        order = *p++ - *q++;
        BARRIER(p);
    }
    return order;
}

#ifdef __arm__ /* what the compiler calls where it knows the alignment (run-time ABI for the Arm architecture, 4.3.4) */
void *__aeabi_memcpy(void *to, const void *from, size_t length) __attribute__((alias("memcpy")));
void *__aeabi_memcpy4(void *to, const void *from, size_t length) __attribute__((alias("memcpy")));
void *__aeabi_memcpy8(void *to, const void *from, size_t length) __attribute__((alias("memcpy")));
void __aeabi_memclr(void *to, size_t length);
void __aeabi_memclr(void *to, size_t length) { memset(to, 0, length); }
void __aeabi_memclr4(void *to, size_t length) __attribute__((alias("__aeabi_memclr")));
void __aeabi_memclr8(void *to, size_t length) __attribute__((alias("__aeabi_memclr")));
#endif
