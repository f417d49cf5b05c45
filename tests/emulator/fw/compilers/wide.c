/* SPDX-License-Identifier: Apache-2.0 */
/* 64 bits: divisions, products, shifts, comparisons, sums with carry. */
#include "rt.h"

static uint64_t sum;
static void add(uint64_t value) { sum = (sum << 7 | sum >> 57) + value; }
static uint64_t next64(void) { return (uint64_t)next() << 32 | next(); }

static NOINLINE uint64_t gcd(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* a * b mod m without 128 bits */
static NOINLINE uint64_t product_mod(uint64_t a, uint64_t b, uint64_t m) {
    uint64_t result = 0;
    for (a %= m; b; b >>= 1) {
        if (b & 1) result = (result + a) % m;
        a = (a + a) % m;
    }
    return result;
}

static NOINLINE uint64_t power_mod(uint64_t base, uint64_t exponent, uint64_t m) {
    uint64_t result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result = product_mod(result, base, m);
        base = product_mod(base, base, m);
    }
    return result;
}

static NOINLINE uint64_t root(uint64_t x) {
    uint64_t low = 0, high = 0xFFFFFFFFu;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (middle <= x / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

int wide(void) {
    static const int64_t edges[] = {1, -1, 3, -10, 0xFFFFFFFF, 0x100000000, -0x100000000, 1000000007, INT64_MAX, INT64_MIN + 1, INT64_MIN};
    int wrong = 0;
    sum = 0;
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
        for (unsigned j = 0; j < sizeof edges / sizeof *edges; j++) {
            volatile int64_t a = edges[i], b = edges[j];
            add((uint64_t)a / (uint64_t)b);
            add((uint64_t)a % (uint64_t)b);
            add((uint64_t)a * (uint64_t)b);
            add((uint64_t)(a < b) | (uint64_t)((uint64_t)a < (uint64_t)b) << 1 | (uint64_t)(a == b) << 2);
            if (a == INT64_MIN && b == -1) continue;
            add((uint64_t)(a / b));
            add((uint64_t)(a % b));
        }
    show64("edges", sum);
    for (int i = 0; i < 64; i++) {
        uint64_t x = next64(), y = next64() >> i;
        if (!y) y = 1;
        add(x << i ^ x >> i ^ (uint64_t)((int64_t)x >> i));
        add(x / y + x % y);
        wrong |= x / y * y + x % y != x;
        add((uint64_t)((int64_t)x / (int64_t)(y | 1)));
        add((uint64_t)next() * next() + (uint64_t)((int64_t)(int32_t)next() * (int32_t)next()));
    }
    show64("random", sum);
    show64("gcd", gcd(600851475143u * 1001u, 1234567890123u * 1001u));
    show64("power", power_mod(3, 1000000006, 1000000007));
    wrong |= power_mod(3, 1000000006, 1000000007) != 1;
    show64("root", root(UINT64_C(12345678987654321)));
    wrong |= root(UINT64_C(12345678987654321)) != 111111111;
    return wrong;
}
