/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of doubles that chips get is the hardware's here: bit for bit, but for which not-a-number it is. */
#define VM_SOFTFLOAT_TEST
#include "softfloat.c"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 300000 };

static uint64_t state = 88172645463325252u;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double double_of(bits b) {
    double d;
    memcpy(&d, &b, sizeof d);
    return d;
}

static bits bits_of(double d) {
    bits b;
    memcpy(&b, &d, sizeof b);
    return b;
}

/* Numbers of all sizes and kinds, and many that are near each other, or near where rounding changes. */
static bits any_number(void) {
    bits r = next(), fraction = r & ~PAIR(0x7FF00000u, 0), sign = r & PAIR(SIGN, 0);
    switch (next() % 10) {
    case 0: return r;
    case 1: return fraction | (bits)(1023 - 30 + next() % 60) << 52;
    case 2: return sign;
    case 3: return fraction;
    case 4: return sign | PAIR(0x7FF00000u, 0);
    case 5: return sign | PAIR(0x7FF00000u, 0) | (next() % 3 ? 0 : r >> 20);
    case 6: return bits_of((double)(int64_t)(r >> (next() % 60)));
    case 7: return sign | (bits)(1023 + next() % 8) << 52 | (((bits)1 << (next() % 52)) - (next() & 1));
    case 8: return (r & PAIR(SIGN, 3)) | (bits)(next() % 2047) << 52;
    default: return fraction | (bits)(1021 + next() % 5) << 52;
    }
}

static int failures;

static void same(const char *what, bits a, bits b, bits found, bits wanted) {
    if (found == wanted || (double_of(found) != double_of(found) && double_of(wanted) != double_of(wanted))) return;
    if (failures++ < 20)
        printf("%s of %016llx and %016llx: %016llx, not %016llx\n", what, (unsigned long long)a, (unsigned long long)b,
               (unsigned long long)found, (unsigned long long)wanted);
}

int main(void) {
    for (int i = 0; i < ROUNDS; i++) {
        bits a = any_number(), b = next() % 8 ? any_number() : a ^ (next() & PAIR(SIGN, 7));
        volatile double x = double_of(a), y = double_of(b);
        same("sum", a, b, soft_dadd(a, b), bits_of(x + y));
        same("difference", a, b, soft_dsub(a, b), bits_of(x - y));
        same("product", a, b, soft_dmul(a, b), bits_of(x * y));
        same("quotient", a, b, soft_ddiv(a, b), bits_of(x / y));
        int found = soft_dcmplt(a, b) | soft_dcmple(a, b) << 1 | soft_dcmpgt(a, b) << 2 | soft_dcmpge(a, b) << 3 | soft_dcmpeq(a, b) << 4 |
                    soft_dcmpun(a, b) << 5;
        int wanted = (x < y) | (x <= y) << 1 | (x > y) << 2 | (x >= y) << 3 | (x == y) << 4 | (x != x || y != y) << 5;
        same("comparison", a, b, (bits)found, (bits)wanted);
        int64_t n = (int64_t)(next() >> (next() % 63)) * (next() & 1 ? 1 : -1);
        same("double of i64", (bits)n, 0, soft_l2d(n), bits_of((double)n));
        same("double of u64", a, 0, soft_ul2d(a), bits_of((double)a));
        same("double of i32", a, 0, soft_i2d((int32_t)a), bits_of((double)(int32_t)a));
        same("double of u32", a, 0, soft_ui2d((uint32_t)a), bits_of((double)(uint32_t)a));
        if (x > -0x1p63 && x < 0x1p63) same("i64", a, 0, (bits)soft_d2lz(a), (bits)(int64_t)x);
        if (x > -1 && x < 0x1p64) same("u64", a, 0, soft_d2ulz(a), (bits)x);
        if (x > -0x1p31 && x < 0x1p31) same("i32", a, 0, (bits)soft_d2iz(a), (bits)(int32_t)x);
        if (x > -1 && x < 0x1p32) same("u32", a, 0, soft_d2uiz(a), (bits)(uint32_t)x);
    }
    if (failures) printf("%d failures\n", failures);
    return failures != 0;
}
