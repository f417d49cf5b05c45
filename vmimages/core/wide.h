/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of 128 bits, for results that are to be rounded once: 1/2 <= m < 1, the top bit set, times 2^e. */
#ifndef VM_WIDE_H
#define VM_WIDE_H
#include "rooms.h"

enum { WIDE = 4 };
typedef struct {
    uint32_t w[WIDE]; /* the lowest first */
    int32_t e;
} wide;

/* Of 32 bits each, where a machine multiplies these to 64 and where it does not. */
#if defined(__ARM_ARCH_6M__)
uint64_t vm_product(uint32_t a, uint32_t b); /* softfloat.c */
#else
static inline uint64_t vm_product(uint32_t a, uint32_t b) { return (uint64_t)a * b; }
#endif

uint64_t vm_root_of(uint64_t m, uint64_t *rest); /* 58 bits of the root of m * 2^52, m >= 2^62, and what its square lacks of that */

void vm_wide_set(wide *a, uint64_t m, int e); /* m * 2^e, m not 0 */
double vm_wide_round(const wide *a);
bool vm_wide_less(const uint32_t *a, const uint32_t *b);
uint32_t vm_wide_double(uint32_t *a, uint32_t carry); /* a = 2 a + carry; what comes out on top */
void vm_wide_subtract(uint32_t *a, const uint32_t *b);
void vm_wide_multiply(wide *a, const wide *b);
void vm_wide_invert(wide *a);
void vm_wide_root(wide *a);

#endif
