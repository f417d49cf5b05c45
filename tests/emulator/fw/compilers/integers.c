/* SPDX-License-Identifier: Apache-2.0 */
/* 32 bits: divisions, shifts by variables, multiplications, rotations, saturation, narrow types, recursion. */
#include "rt.h"

#define COUNT 24

static uint32_t rotate(uint32_t x, unsigned by) { return x << (by & 31) | x >> (-by & 31); }

static int32_t saturate(int32_t value, int32_t least, int32_t most) { return value < least ? least : value > most ? most : value; }

static NOINLINE uint32_t ackermann(uint32_t m, uint32_t n) {
    if (!m) return n + 1;
    return ackermann(m - 1, n ? ackermann(m, n - 1) : 1);
}

static NOINLINE void sort(int16_t *values, int low, int high) {
    if (low >= high) return;
    int16_t middle = values[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
        while (values[i] < middle) i++;
        while (values[j] > middle) j--;
        if (i > j) break;
        int16_t t = values[i];
        values[i++] = values[j];
        values[j--] = t;
    }
    sort(values, low, j);
    sort(values, i, high);
}

static uint32_t sum_of(uint32_t sum, uint32_t value) { return rotate(sum, 5) + value; }

static NOINLINE uint32_t divisions(void) {
    static const int32_t edges[] = {1, -1, 2, -2, 3, 7, -7, 10, 100, 255, -256, 1000, 65535, 65536, INT32_MAX, INT32_MIN + 1, INT32_MIN};
    uint32_t sum = 0;
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
        for (unsigned j = 0; j < sizeof edges / sizeof *edges; j++) {
            volatile int32_t a = edges[i], b = edges[j];
            sum = sum_of(sum, (uint32_t)a / (uint32_t)b + (uint32_t)a % (uint32_t)b);
            if (a == INT32_MIN && b == -1) continue;
            sum = sum_of(sum, (uint32_t)(a / b) ^ (uint32_t)(a % b));
            sum = sum_of(sum, (uint32_t)(a / 10) + (uint32_t)(a % 7) + (uint32_t)(a / -3) + (uint32_t)a / 1000u);
        }
    return sum;
}

static NOINLINE uint32_t shifts(void) {
    uint32_t sum = 0;
    for (unsigned by = 0; by < 32; by++) {
        uint32_t x = next();
        sum = sum_of(sum, x << by ^ x >> by ^ (uint32_t)((int32_t)x >> by) ^ rotate(x, by));
        sum = sum_of(sum, (uint32_t)__builtin_clz(x | 1) + (uint32_t)__builtin_ctz(x | 1u << 31) + (uint32_t)__builtin_popcount(x));
        sum = sum_of(sum, __builtin_bswap32(x) + __builtin_bswap16((uint16_t)x));
        sum = sum_of(sum, (x >> 3 & 0x1FFF) | (x & ~(0x7Fu << 9)));
    }
    return sum;
}

static NOINLINE uint32_t narrow(void) {
    uint32_t sum = 0;
    int8_t a = 0;
    uint8_t b = 0;
    int16_t c = 0;
    uint16_t d = 0;
    for (int i = 0; i < 200; i++) {
        uint32_t x = next();
        a = (int8_t)(a + (int8_t)x);
        b = (uint8_t)(b * 3 + (x >> 8));
        c = (int16_t)(c - (int16_t)(x >> 16) * a);
        d = (uint16_t)(d << 1 | (b & 1));
        sum = sum_of(sum, (uint32_t)a ^ b ^ (uint32_t)c << 8 ^ d);
        sum = sum_of(sum, (uint32_t)saturate((int32_t)x >> 12, -32768, 32767) + (uint32_t)saturate((int32_t)x >> 20, 0, 255));
    }
    return sum;
}

static NOINLINE uint32_t crc(const uint8_t *bytes, size_t size) {
    uint32_t c = ~0u;
    while (size--) {
        c ^= *bytes++;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
    }
    return ~c;
}

int integers(void) {
    static int16_t values[200];
    static uint8_t bytes[COUNT * 8];
    static int32_t left[6][6], right[6][6];
    for (unsigned i = 0; i < 200; i++) values[i] = (int16_t)next();
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)next();
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) left[i][j] = (int16_t)next(), right[i][j] = (int16_t)next();
    sort(values, 0, 199);
    int wrong = 0;
    for (int i = 1; i < 200; i++) wrong |= values[i - 1] > values[i];
    uint32_t product = 0;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            uint32_t s = 0;
            for (int k = 0; k < 6; k++) s += (uint32_t)(left[i][k] * right[k][j]);
            product = sum_of(product, s);
        }
    wrong |= crc((const uint8_t *)"123456789", 9) != 0xCBF43926u;
    show("divisions", divisions());
    show("shifts", shifts());
    show("narrow", narrow());
    show("crc", crc(bytes, sizeof bytes));
    show("sorted", crc((const uint8_t *)values, sizeof values));
    show("product", product);
    show("ackermann", ackermann(2, 9));
    return wrong;
}
