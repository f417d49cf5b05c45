/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM's functions for numbers that the core has no instructions for: 64-bit integers, and floating point, which the host computes as
 * IEEE 754 asks (GCC Internals, "The GCC low-level runtime library"). */
#include <math.h>
#include <string.h>

#include "devices/esp/rom.h"

/* --- arguments: of 64 bits in pairs of registers ------------------------------------------------------------------------------------- */

static uint64_t wide(const esp_call *c, unsigned n) { return c->a[2 * n] | (uint64_t)c->a[2 * n + 1] << 32; }

static void give_wide(esp_call *c, uint64_t value) {
    c->a[0] = (uint32_t)value;
    c->a[1] = (uint32_t)(value >> 32);
}

static double real(const esp_call *c, unsigned n) {
    uint64_t bits = wide(c, n);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void give_real(esp_call *c, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    give_wide(c, bits);
}

static float single(const esp_call *c, unsigned n) {
    float value;
    memcpy(&value, &c->a[n], sizeof value);
    return value;
}

static void give_single(esp_call *c, float value) { memcpy(&c->a[0], &value, sizeof value); }

/* --- integers ------------------------------------------------------------------------------------------------------------------------ */

static uint64_t negative(uint64_t x) { return 0 - x; }
static uint64_t magnitude(uint64_t x) { return x >> 63 ? negative(x) : x; }
static uint64_t quotient(uint64_t x, uint64_t y) { return y ? x / y : UINT64_MAX; }
static uint64_t rest(uint64_t x, uint64_t y) { return y ? x % y : x; }

static void divdi3(esp_call *c) {
    uint64_t x = wide(c, 0), y = wide(c, 1), q = quotient(magnitude(x), magnitude(y));
    give_wide(c, (x ^ y) >> 63 ? negative(q) : q);
}
static void moddi3(esp_call *c) {
    uint64_t x = wide(c, 0), r = rest(magnitude(x), magnitude(wide(c, 1)));
    give_wide(c, x >> 63 ? negative(r) : r);
}
static void udivdi3(esp_call *c) { give_wide(c, quotient(wide(c, 0), wide(c, 1))); }
static void umoddi3(esp_call *c) { give_wide(c, rest(wide(c, 0), wide(c, 1))); }
static void udivmoddi4(esp_call *c) { /* (x, y, where the rest goes) */
    uint64_t x = wide(c, 0), y = wide(c, 1), r = rest(x, y);
    if (c->a[4]) esp_rom_copy_out(c->r, c->a[4], &r, sizeof r);
    give_wide(c, quotient(x, y));
}
static void muldi3(esp_call *c) { give_wide(c, wide(c, 0) * wide(c, 1)); }
static void negdi2(esp_call *c) { give_wide(c, negative(wide(c, 0))); }
static void ashldi3(esp_call *c) { give_wide(c, wide(c, 0) << (c->a[2] & 63)); }
static void lshrdi3(esp_call *c) { give_wide(c, wide(c, 0) >> (c->a[2] & 63)); }
static void ashrdi3(esp_call *c) {
    uint64_t x = wide(c, 0), n = c->a[2] & 63;
    give_wide(c, x >> n | (x >> 63 && n ? UINT64_MAX << (64 - n) : 0));
}
static void cmpdi2(esp_call *c) {
    int64_t x = (int64_t)wide(c, 0), y = (int64_t)wide(c, 1);
    c->a[0] = x < y ? 0 : x == y ? 1 : 2;
}
static void ucmpdi2(esp_call *c) {
    uint64_t x = wide(c, 0), y = wide(c, 1);
    c->a[0] = x < y ? 0 : x == y ? 1 : 2;
}
static void divsi3(esp_call *c) {
    uint32_t x = c->a[0], y = c->a[1], m = x >> 31 ? 0 - x : x, n = y >> 31 ? 0 - y : y, q = n ? m / n : UINT32_MAX;
    c->a[0] = n && (x ^ y) >> 31 ? 0 - q : q;
}
static void modsi3(esp_call *c) {
    uint32_t x = c->a[0], y = c->a[1], m = x >> 31 ? 0 - x : x, n = y >> 31 ? 0 - y : y, r = n ? m % n : m;
    c->a[0] = x >> 31 ? 0 - r : r;
}
static void udivsi3(esp_call *c) { c->a[0] = c->a[1] ? c->a[0] / c->a[1] : UINT32_MAX; }
static void umodsi3(esp_call *c) { c->a[0] = c->a[1] ? c->a[0] % c->a[1] : c->a[0]; }
static void mulsi3(esp_call *c) { c->a[0] *= c->a[1]; }
static void clzsi2(esp_call *c) { c->a[0] = c->a[0] ? (uint32_t)__builtin_clz(c->a[0]) : 32; }
static void ctzsi2(esp_call *c) { c->a[0] = c->a[0] ? (uint32_t)__builtin_ctz(c->a[0]) : 32; }
static void ffssi2(esp_call *c) { c->a[0] = c->a[0] ? (uint32_t)__builtin_ctz(c->a[0]) + 1 : 0; }
static void clzdi2(esp_call *c) { c->a[0] = wide(c, 0) ? (uint32_t)__builtin_clzll(wide(c, 0)) : 64; }
static void ctzdi2(esp_call *c) { c->a[0] = wide(c, 0) ? (uint32_t)__builtin_ctzll(wide(c, 0)) : 64; }
static void ffsdi2(esp_call *c) { c->a[0] = wide(c, 0) ? (uint32_t)__builtin_ctzll(wide(c, 0)) + 1 : 0; }
static void popcountsi2(esp_call *c) { c->a[0] = (uint32_t)__builtin_popcount(c->a[0]); }
static void popcountdi2(esp_call *c) { c->a[0] = (uint32_t)__builtin_popcountll(wide(c, 0)); }
static void paritysi2(esp_call *c) { c->a[0] = (uint32_t)__builtin_popcount(c->a[0]) & 1; }
static void bswapsi2(esp_call *c) { c->a[0] = __builtin_bswap32(c->a[0]); }
static void bswapdi2(esp_call *c) { give_wide(c, __builtin_bswap64(wide(c, 0))); }

/* --- floating point --------------------------------------------------------------------------------------------------------------------
 */

static void adddf3(esp_call *c) { give_real(c, real(c, 0) + real(c, 1)); }
static void subdf3(esp_call *c) { give_real(c, real(c, 0) - real(c, 1)); }
static void muldf3(esp_call *c) { give_real(c, real(c, 0) * real(c, 1)); }
static void divdf3(esp_call *c) { give_real(c, real(c, 0) / real(c, 1)); }
static void negdf2(esp_call *c) { c->a[1] ^= 1u << 31; }
static void addsf3(esp_call *c) { give_single(c, single(c, 0) + single(c, 1)); }
static void subsf3(esp_call *c) { give_single(c, single(c, 0) - single(c, 1)); }
static void mulsf3(esp_call *c) { give_single(c, single(c, 0) * single(c, 1)); }
static void divsf3(esp_call *c) { give_single(c, single(c, 0) / single(c, 1)); }
static void negsf2(esp_call *c) { c->a[0] ^= 1u << 31; }

/* The sign of x - y; `unordered` when one of them is not a number. */
static void compare(esp_call *c, double x, double y, int unordered) {
    c->a[0] = (uint32_t)(x < y ? -1 : x > y ? 1 : x == y ? 0 : unordered);
}
static void less_df2(esp_call *c) { compare(c, real(c, 0), real(c, 1), 1); } /* and equal, not equal, less or equal */
static void greater_df2(esp_call *c) { compare(c, real(c, 0), real(c, 1), -1); }
static void less_sf2(esp_call *c) { compare(c, (double)single(c, 0), (double)single(c, 1), 1); }
static void greater_sf2(esp_call *c) { compare(c, (double)single(c, 0), (double)single(c, 1), -1); }
static void unorddf2(esp_call *c) { c->a[0] = isnan(real(c, 0)) || isnan(real(c, 1)); }
static void unordsf2(esp_call *c) { c->a[0] = isnan(single(c, 0)) || isnan(single(c, 1)); }

/* Towards zero, to the nearest end of the range for what is beyond it. */
static int64_t to_signed(double x, double limit) {
    return isnan(x) ? 0 : x >= limit ? (int64_t)(limit - 1) : x < -limit ? (int64_t)-limit : (int64_t)x;
}
static uint64_t to_unsigned(double x, double limit) { return !(x > -1) ? 0 : x >= limit ? UINT64_MAX : (uint64_t)x; }
#define TWO_31 2147483648.0
#define TWO_32 4294967296.0
#define TWO_63 9223372036854775808.0

static int64_t to_wide(double x) { return x >= TWO_63 ? INT64_MAX : to_signed(x, TWO_63); }
static void fixdfsi(esp_call *c) { c->a[0] = (uint32_t)to_signed(real(c, 0), TWO_31); }
static void fixdfdi(esp_call *c) { give_wide(c, (uint64_t)to_wide(real(c, 0))); }
static void fixsfsi(esp_call *c) { c->a[0] = (uint32_t)to_signed((double)single(c, 0), TWO_31); }
static void fixsfdi(esp_call *c) { give_wide(c, (uint64_t)to_wide((double)single(c, 0))); }
static void fixunsdfsi(esp_call *c) { c->a[0] = (uint32_t)to_unsigned(real(c, 0), TWO_32); }
static void fixunssfsi(esp_call *c) { c->a[0] = (uint32_t)to_unsigned((double)single(c, 0), TWO_32); }
static void fixunssfdi(esp_call *c) { give_wide(c, to_unsigned((double)single(c, 0), 2 * TWO_63)); }
static void floatsidf(esp_call *c) { give_real(c, (int32_t)c->a[0]); }
static void floatunsidf(esp_call *c) { give_real(c, c->a[0]); }
static void floatdidf(esp_call *c) { give_real(c, (double)(int64_t)wide(c, 0)); }
static void floatundidf(esp_call *c) { give_real(c, (double)wide(c, 0)); }
static void floatsisf(esp_call *c) { give_single(c, (float)(int32_t)c->a[0]); }
static void floatunsisf(esp_call *c) { give_single(c, (float)c->a[0]); }
static void floatdisf(esp_call *c) { give_single(c, (float)(int64_t)wide(c, 0)); }
static void floatundisf(esp_call *c) { give_single(c, (float)wide(c, 0)); }
static void extendsfdf2(esp_call *c) { give_real(c, (double)single(c, 0)); }
static void truncdfsf2(esp_call *c) { give_single(c, (float)real(c, 0)); }

static double power(double x, int32_t n) {
    double result = 1;
    for (uint32_t m = n < 0 ? 0 - (uint32_t)n : (uint32_t)n; m; m >>= 1, x *= x)
        if (m & 1) result *= x;
    return n < 0 ? 1 / result : result;
}
static void powidf2(esp_call *c) { give_real(c, power(real(c, 0), (int32_t)c->a[2])); }
static void powisf2(esp_call *c) { give_single(c, (float)power((double)single(c, 0), (int32_t)c->a[1])); }

/* clang-format off */
const esp_rom_entry esp_rom_math_entries[] = {
    {0x76C, adddf3}, {0x770, addsf3}, {0x77C, ashldi3}, {0x780, ashrdi3}, {0x784, bswapdi2}, {0x788, bswapsi2}, {0x798, clzdi2},
    {0x79C, clzsi2}, {0x7A0, cmpdi2}, {0x7A4, ctzdi2}, {0x7A8, ctzsi2}, {0x7B0, divdf3}, {0x7B4, divdi3}, {0x7BC, divsf3}, {0x7C0, divsi3},
    {0x7C4, less_df2}, {0x7C8, less_sf2}, {0x7CC, extendsfdf2}, {0x7D0, ffsdi2}, {0x7D4, ffssi2}, {0x7D8, fixdfdi}, {0x7DC, fixdfsi},
    {0x7E0, fixsfdi}, {0x7E4, fixsfsi}, {0x7E8, fixunsdfsi}, {0x7EC, fixunssfdi}, {0x7F0, fixunssfsi}, {0x7F4, floatdidf},
    {0x7F8, floatdisf}, {0x7FC, floatsidf}, {0x800, floatsisf}, {0x804, floatundidf}, {0x808, floatundisf}, {0x80C, floatunsidf},
    {0x810, floatunsisf}, {0x818, greater_df2}, {0x81C, greater_sf2}, {0x820, greater_df2}, {0x824, greater_sf2}, {0x828, less_df2},
    {0x82C, less_sf2}, {0x830, lshrdi3}, {0x834, less_df2}, {0x838, less_sf2}, {0x83C, moddi3}, {0x840, modsi3}, {0x848, muldf3},
    {0x84C, muldi3}, {0x854, mulsf3}, {0x858, mulsi3}, {0x864, less_df2}, {0x868, negdf2}, {0x86C, negdi2}, {0x870, negsf2},
    {0x87C, less_sf2}, {0x880, paritysi2}, {0x884, popcountdi2}, {0x888, popcountsi2}, {0x88C, powidf2}, {0x890, powisf2},
    {0x894, subdf3}, {0x898, subsf3}, {0x8A4, truncdfsf2}, {0x8A8, ucmpdi2}, {0x8AC, udivdi3}, {0x8B0, udivmoddi4}, {0x8B4, udivsi3},
    {0x8BC, umoddi3}, {0x8C0, umodsi3}, {0x8C4, unorddf2}, {0x8C8, unordsf2},
    {0, NULL},
};
/* clang-format on */
