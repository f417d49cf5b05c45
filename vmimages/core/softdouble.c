/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of doubles for chips that have none, under the names by which compilers call it (Run-time ABI for the Arm Architecture, 4.1.2;
 * GCC internals, soft float library routines). A quarter of the size of the compiler's own; rounds to nearest, ties to even, subnormals
 * included (IEEE 754). Both ABIs pass doubles as they pass 64-bit integers. */
#include "profile.h"
#include <stdbool.h>
#include <stdint.h>

#if !defined VM_SOFT_DOUBLE && VM_FLOAT && !VM_HOST
#define VM_SOFT_DOUBLE 1
#endif
#if VM_SOFT_DOUBLE

#define SIGN (1ull << 63)
#define INFINITE 0x7FF0000000000000ull
#define NOT_A_NUMBER 0x7FF8000000000000ull
#define BIAS 1023
#define TOP 62 /* the bit of a significand's leading one: a bit for the carry above, 10 to round by below */

#define APART __attribute__((noinline))

/* What is shifted out stays as bit 0, so that a result between two doubles is never taken for the one half way. */
static APART uint64_t shift_right(uint64_t m, unsigned n) {
    if (n > 63) return m != 0;
    uint64_t shifted = m >> n;
    return shifted << n == m ? shifted : shifted | 1;
}

static APART unsigned zeros(uint64_t m) {
    uint32_t high = (uint32_t)(m >> 32);
    return high ? (unsigned)__builtin_clz(high) : 32 + (unsigned)__builtin_clz((uint32_t)m);
}

/* m * 2^(e - BIAS - TOP), rounded. */
static APART uint64_t pack(uint64_t sign, int e, uint64_t m) {
    sign &= SIGN;
    if (!m) return sign;
    int shift = (int)zeros(m) - 1;
    e -= shift;
    m = shift < 0 ? shift_right(m, 1) : m << shift;
    if (e > 2046) return sign | INFINITE;
    if (e < 1) {
        m = shift_right(m, (unsigned)(1 - e));
        e = 1;
    }
    m = (m + 0x1FF + (m >> 10 & 1)) >> 10;
    return (sign | (uint64_t)(e - 1) << 52) + m; /* the leading one, and a carry of the rounding, count in the exponent */
}

/* Exponent and significand of a finite number; its leading one is at TOP unless it is 0. */
static APART int unpack(uint64_t a, uint64_t *m) {
    int e = (int)(a >> 52) & 2047;
    uint64_t fraction = a << 12 >> 2;
    if (e) {
        *m = fraction | 1ull << TOP;
        return e;
    }
    unsigned shift = fraction ? zeros(fraction) - 1 : 0;
    *m = fraction << shift;
    return 1 - (int)shift;
}

static bool is_nan(uint64_t a) { return a << 1 > INFINITE << 1; }
static bool is_infinite(uint64_t a) { return a << 1 == INFINITE << 1; }

static APART uint64_t add(uint64_t a, uint64_t b) {
    uint64_t m, n;
    if (a << 1 < b << 1) {
        m = a;
        a = b;
        b = m;
    }
    uint64_t differ = (a ^ b) & SIGN; /* and a is the larger one, or NaN */
    if (is_nan(a)) return NOT_A_NUMBER;
    if (is_infinite(a)) return differ && is_infinite(b) ? NOT_A_NUMBER : a;
    int e = unpack(a, &m);
    int apart = e - unpack(b, &n);
    n = shift_right(n, (unsigned)apart);
    m = differ ? m - n : m + n;
    return pack(m || !differ ? a : 0, e, m);
}

static APART uint64_t multiply(uint64_t a, uint64_t b) {
    uint64_t m, n, sign = a ^ b;
    if (a << 1 < b << 1) {
        m = a;
        a = b;
        b = m;
    }
    if (is_nan(a) || (is_infinite(a) && !(b << 1))) return NOT_A_NUMBER;
    if (is_infinite(a)) return (sign & SIGN) | INFINITE;
    int e = unpack(a, &m);
    e += unpack(b, &n) - BIAS;
    /* (2m)(2n) / 2^64, from 32-bit halves */
    m <<= 1;
    n <<= 1;
    uint32_t ml = (uint32_t)m, mh = (uint32_t)(m >> 32), nl = (uint32_t)n, nh = (uint32_t)(n >> 32);
    uint64_t low = (uint64_t)ml * nl, middle = (uint64_t)mh * nl, high = (uint64_t)mh * nh;
    middle += low >> 32; /* cannot overflow: (2^32 - 1)^2 + 2^32 - 1 < 2^64 */
    uint64_t other = (uint64_t)ml * nh + (uint32_t)middle;
    high += (middle >> 32) + (other >> 32);
    return pack(sign, e, high | ((uint32_t)low || (uint32_t)other));
}

static APART uint64_t divide(uint64_t a, uint64_t b) {
    uint64_t m, n, sign = a ^ b, quotient = 0;
    if (is_nan(a) || is_nan(b)) return NOT_A_NUMBER;
    bool endless = is_infinite(a), nothing = !(b << 1);
    if (endless ? is_infinite(b) : nothing && !(a << 1)) return NOT_A_NUMBER;
    if (endless || nothing) return (sign & SIGN) | INFINITE;
    if (is_infinite(b)) return sign & SIGN;
    int e = unpack(a, &m);
    e += BIAS - unpack(b, &n);
    for (unsigned i = 0; i < 56; i++) { /* 53 bits, one more when the first is 0, one to round by, one for luck */
        quotient <<= 1;
        if (m >= n) {
            m -= n;
            quotient++;
        }
        m <<= 1;
    }
    return pack(sign, e, quotient << (TOP - 55) | (m != 0));
}

/* -1, 0, 1; 2: one of them is NaN */
static APART int compare(uint64_t a, uint64_t b) {
    if (is_nan(a) || is_nan(b)) return 2;
    int64_t x = (int64_t)(a & SIGN ? SIGN - a : a), y = (int64_t)(b & SIGN ? SIGN - b : b);
    return x < y ? -1 : x > y;
}

static APART uint64_t from_unsigned(uint64_t x) { return pack(0, BIAS + TOP, x); }
static APART uint64_t from_signed(int64_t x) { return x < 0 ? SIGN | from_unsigned(0 - (uint64_t)x) : from_unsigned((uint64_t)x); }

/* Towards 0; what does not fit is the largest, as the compiler's own have it. */
static APART uint64_t to_unsigned(uint64_t a) {
    uint64_t m;
    int shift = unpack(a, &m) - BIAS - TOP;
    if (shift > 1) return UINT64_MAX;
    return shift > 0 ? m << 1 : shift > -64 ? m >> -shift : 0;
}

static APART int64_t to_signed(uint64_t a) {
    uint64_t m = to_unsigned(a & ~SIGN);
    if (m > INT64_MAX) m = a & SIGN ? SIGN : INT64_MAX;
    return a & SIGN ? (int64_t)(0 - m) : (int64_t)m;
}

static int32_t to_signed32(uint64_t a) {
    int64_t x = to_signed(a);
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

#ifdef NAME /* of a test */
#elif defined __arm__
#define NAME(arm, gcc) __aeabi_##arm
#else
#define NAME(arm, gcc) __##gcc
#endif
#define FUNCTION(type, arm, gcc, ...)                                                                                                      \
    type NAME(arm, gcc)(__VA_ARGS__);                                                                                                      \
    type NAME(arm, gcc)(__VA_ARGS__)

FUNCTION(uint64_t, dadd, adddf3, uint64_t a, uint64_t b) { return add(a, b); }
FUNCTION(uint64_t, dsub, subdf3, uint64_t a, uint64_t b) { return add(a, b ^ SIGN); }
FUNCTION(uint64_t, dmul, muldf3, uint64_t a, uint64_t b) { return multiply(a, b); }
FUNCTION(uint64_t, ddiv, divdf3, uint64_t a, uint64_t b) { return divide(a, b); }
FUNCTION(uint64_t, i2d, floatsidf, int32_t x) { return from_signed(x); }
FUNCTION(uint64_t, ui2d, floatunsidf, uint32_t x) { return from_unsigned(x); }
FUNCTION(uint64_t, l2d, floatdidf, int64_t x) { return from_signed(x); }
FUNCTION(uint64_t, ul2d, floatundidf, uint64_t x) { return from_unsigned(x); }
FUNCTION(int32_t, d2iz, fixdfsi, uint64_t a) { return to_signed32(a); }
FUNCTION(uint32_t, d2uiz, fixunsdfsi, uint64_t a) {
    uint64_t x = a & SIGN ? 0 : to_unsigned(a);
    return x > UINT32_MAX ? UINT32_MAX : (uint32_t)x;
}
FUNCTION(int64_t, d2lz, fixdfdi, uint64_t a) { return to_signed(a); }
FUNCTION(uint64_t, d2ulz, fixunsdfdi, uint64_t a) { return a & SIGN ? 0 : to_unsigned(a); }

#ifdef __arm__
FUNCTION(int, dcmpeq, , uint64_t a, uint64_t b) { return compare(a, b) == 0; }
FUNCTION(int, dcmplt, , uint64_t a, uint64_t b) { return compare(a, b) == -1; }
FUNCTION(int, dcmple, , uint64_t a, uint64_t b) { return compare(a, b) < 1; }
FUNCTION(int, dcmpgt, , uint64_t a, uint64_t b) { return compare(a, b) == 1; }
FUNCTION(int, dcmpge, , uint64_t a, uint64_t b) { return compare(b, a) < 1; }
FUNCTION(int, dcmpun, , uint64_t a, uint64_t b) { return compare(a, b) == 2; }
#else
FUNCTION(int, , eqdf2, uint64_t a, uint64_t b) { return compare(a, b); }
FUNCTION(int, , nedf2, uint64_t a, uint64_t b) { return compare(a, b); }
FUNCTION(int, , ltdf2, uint64_t a, uint64_t b) { return compare(a, b); }
FUNCTION(int, , ledf2, uint64_t a, uint64_t b) { return compare(a, b); }
FUNCTION(int, , gtdf2, uint64_t a, uint64_t b) { return -compare(b, a); }
FUNCTION(int, , gedf2, uint64_t a, uint64_t b) { return -compare(b, a); }
FUNCTION(int, , unorddf2, uint64_t a, uint64_t b) { return compare(a, b) == 2; }
#endif

#endif
