/* SPDX-License-Identifier: Apache-2.0 */
/* The chips' arithmetic of doubles, against the host's: bit for bit, but that a NaN is a NaN. */
#define VM_SOFT_DOUBLE 1
#define NAME(arm, gcc) soft_##gcc
#include "../../../vmimages/core/softdouble.c"

#include "vm_bench.h"

static uint64_t seed = 0x9E3779B97F4A7C15u;

static uint64_t random64(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double value(uint64_t bits) {
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static uint64_t bits(double d) {
    uint64_t u;
    memcpy(&u, &d, sizeof u);
    return u;
}

/* Numbers of all kinds: whole ones, ones near a power of two, ones with few bits, subnormals, the ends. */
static uint64_t any(void) {
    static const uint64_t ends[] = {0,
                                    1,
                                    0xFFFFFFFFFFFFF,
                                    0x10000000000000,
                                    0x7FEFFFFFFFFFFFFF,
                                    0x7FF0000000000000,
                                    0x7FF8000000000000,
                                    0x7FF0000000000001,
                                    0x3FF0000000000000,
                                    0x4330000000000000,
                                    0x43E0000000000000,
                                    0x41DFFFFFFFC00000};
    uint64_t r = random64(), sign = r << 63;
    switch (r >> 1 & 7) {
    case 0: return sign | ends[(r >> 8) % (sizeof ends / sizeof *ends)];
    case 1: return random64();
    case 2: return sign | random64() >> (12 + (r >> 8) % 52);
    case 3: return bits((double)(int64_t)random64());
    case 4: return sign | (uint64_t)(1023 + (int)(r >> 8 & 63) - 32) << 52 | random64() >> 12;
    case 5: return sign | (uint64_t)(1023 + (int)(r >> 8 & 3)) << 52 | (random64() & 0xF0000000000Fu);
    case 6: return sign | (uint64_t)(r >> 8 & 63) << 52 | random64() >> 12;
    default: return sign | (uint64_t)(2046 - (r >> 8 & 63)) << 52 | random64() >> 12;
    }
}

static void same(double wanted, uint64_t found) { CHECK(wanted != wanted ? is_nan(found) : bits(wanted) == found); }

int main(void) {
    for (unsigned i = 0; i < 1000000; i++) {
        uint64_t a = any(), b = i & 1 ? any() : a ^ (random64() & 3) << (random64() & 63);
        double x = value(a), y = value(b);
        same(x + y, soft_adddf3(a, b));
        same(x - y, soft_subdf3(a, b));
        same(x * y, soft_muldf3(a, b));
        same(x / y, soft_divdf3(a, b));
        CHECK((x == y) == (soft_eqdf2(a, b) == 0) && (x != y) == (soft_nedf2(a, b) != 0));
        CHECK((x < y) == (soft_ltdf2(a, b) < 0) && (x <= y) == (soft_ledf2(a, b) <= 0));
        CHECK((x > y) == (soft_gtdf2(a, b) > 0) && (x >= y) == (soft_gedf2(a, b) >= 0));
        CHECK((x != x || y != y) == (soft_unorddf2(a, b) != 0));
        CHECK(compare(a, b) == (x < y ? -1 : x == y ? 0 : x > y ? 1 : 2));
        same((double)(int64_t)a, soft_floatdidf((int64_t)a));
        same((double)a, soft_floatundidf(a));
        same((double)(int32_t)a, soft_floatsidf((int32_t)a));
        same((double)(uint32_t)a, soft_floatunsidf((uint32_t)a));
        if (x > -0x1p63 && x < 0x1p63) CHECK(soft_fixdfdi(a) == (int64_t)x);
        if (x > -1 && x < 0x1p64) CHECK(soft_fixunsdfdi(a) == (uint64_t)x);
        if (x > -0x1p31 - 1 && x < 0x1p31) CHECK(soft_fixdfsi(a) == (int32_t)x);
        if (x > -1 && x < 0x1p32) CHECK(soft_fixunsdfsi(a) == (uint32_t)x);
    }
    return 0;
}
