/* SPDX-License-Identifier: Apache-2.0 */
/* float and double, by the floating point unit or in software: arithmetic, comparisons, conversions, subnormal numbers, infinities. Not a
 * number is printed as such: which one it is, compilers may choose. */
#include "rt.h"

static float f_of(uint32_t bits) {
    union {
        uint32_t u;
        float f;
    } x = {bits};
    return x.f;
}
static uint32_t bits_of(float f) {
    union {
        float f;
        uint32_t u;
    } x = {f};
    return f != f ? 0x7FC00000 : x.u;
}
static uint64_t bits_of_double(double d) {
    union {
        double d;
        uint64_t u;
    } x = {d};
    return d != d ? 0x7FF8000000000000u : x.u;
}

static uint64_t sum;
static void add(uint64_t value) { sum = (sum << 9 | sum >> 55) + value; }

static NOINLINE void singles(float a, float b) {
    add(bits_of(a + b));
    add(bits_of(a - b));
    add(bits_of(a * b));
    uint32_t quotient = bits_of(a / b); /* zig's library of float division in software makes subnormal ones 0 */
    add(quotient & 0x7F800000 ? quotient : 0);
    add((uint64_t)(a < b) | (uint64_t)(a <= b) << 1 | (uint64_t)(a == b) << 2 | (uint64_t)(a != b) << 3 | (uint64_t)(a >= b) << 4 |
        (uint64_t)(a > b) << 5);
    add(bits_of(-a));
    add(bits_of_double((double)a * b + a));
}

static NOINLINE void conversions(float a) {
    if (a > -2147483648.0f && a < 2147483648.0f) add((uint32_t)(int32_t)a);
    if (a > -1.0f && a < 4294967296.0f) add((uint32_t)a);
    if (a > -9.2e18f && a < 9.2e18f) add((uint64_t)(int64_t)a);
    if (a > -128.0f && a < 128.0f) add((uint8_t)(int8_t)a);
}

static NOINLINE double exponential(double x) {
    double term = 1, total = 1;
    for (int n = 1; n < 25; n++) {
        term = term * x / n;
        total += term;
    }
    return total;
}

static NOINLINE float newton(float x) {
    float guess = x > 1 ? x : 1;
    for (int i = 0; i < 40; i++) guess = 0.5f * (guess + x / guess);
    return guess;
}

/* More arguments than there are registers for them, of both sizes. */
static NOINLINE double mixed(float a, double b, float c, int d, double e, float f, float g, double h, float i, double j, float k,
                             double l) {
    return a + b * 2 + c * 3 + d + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + j * 10 + k * 11 + l * 12;
}

int floats(void) {
    static const uint32_t edges[] = {0,          0x80000000, 0x3F800000, 0xBF800000, 0x00000001, 0x807FFFFF,
                                     0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000,
                                     0x4F000000, 0xCF000000, 0x4B800001, 0x3EAAAAAB, 0x33800000, 0x42F6E979};
    sum = 0;
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
        for (unsigned j = 0; j < sizeof edges / sizeof *edges; j++) singles(f_of(edges[i]), f_of(edges[j]));
        conversions(f_of(edges[i]));
    }
    show64("edges", sum);
    for (int i = 0; i < 100; i++) {
        float a = f_of((next() & 0x8FFFFFFFu) | 0x38000000u), b = (float)(int32_t)next() / 65536.0f;
        singles(a, b);
        conversions(b);
        add(bits_of_double((double)next() + (double)(int32_t)next() / 3.0 + (double)((uint64_t)next() << 20) + (double)-(int64_t)next()));
        add(bits_of((float)next() + (float)((int64_t)next() << 30)));
        add(bits_of((float)((double)next() / 7.0)));
    }
    show64("random", sum);
    show64("e", bits_of_double(exponential(1.0)));
    show("root", bits_of(newton(2.0f)));
    show64("mixed", bits_of_double(mixed(0.1f, 0.2, 0.3f, 4, 0.5, 0.6f, 0.7f, 0.8, 0.9f, 1.0, 1.1f, 1.2)));
    return bits_of(newton(2.0f)) != 0x3FB504F3;
}
