/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles on chips that have none: what the compiler calls for + - * / and the rest, IEEE 754, rounded to nearest even, without flags.
 * The toolchain's own routines are generic ones: on a Cortex-M0+ they take twice the time and more room. The names are those of the
 * run-time ABI for the Arm architecture (section 5.1) or, elsewhere, of libgcc.
 *
 * A mantissa under way has 56 bits: the leading one is bit 55, and bits 2..0 are for rounding, of which bit 0 says that some bit below it
 * was set. As halves: the leading one is bit 23 of `hi`. */
#include "profile.h"
#include <stdbool.h>
#include <stdint.h>

#if VM_FLOAT && (!defined(VM_HOST) || !VM_HOST || defined(VM_SOFTFLOAT_TEST))

typedef uint64_t bits; /* of a double: passed as a double is where there are no registers for those */

#define HI(x) ((uint32_t)((x) >> 32))
#define LO(x) ((uint32_t)(x))
#define PAIR(hi, lo) ((bits)(hi) << 32 | (lo))
#define SIGN 0x80000000u
#define ONE 0x100000u /* the leading one that is not stored, in the upper half */
#define TOP 0x800000u /* of a mantissa under way */
#define INFINITE 0x7FFu
#define NOT_A_NUMBER PAIR(0x7FF80000u, 0)
#define EXPONENT(hi) ((hi) << 1 >> 21)
#define NOINLINE __attribute__((noinline))

#ifdef VM_SOFTFLOAT_TEST
#define NAME(arm, other) soft_##arm
#elif defined(__arm__)
#define NAME(arm, other) __aeabi_##arm
#else
#define NAME(arm, other) other
#endif

bits NAME(dadd, __adddf3)(bits a, bits b);
bits NAME(dsub, __subdf3)(bits a, bits b);
bits NAME(dmul, __muldf3)(bits a, bits b);
bits NAME(ddiv, __divdf3)(bits a, bits b);
bits NAME(l2d, __floatdidf)(int64_t x);
bits NAME(ul2d, __floatundidf)(uint64_t x);
bits NAME(i2d, __floatsidf)(int32_t x);
bits NAME(ui2d, __floatunsidf)(uint32_t x);
int64_t NAME(d2lz, __fixdfdi)(bits a);
uint64_t NAME(d2ulz, __fixunsdfdi)(bits a);
int32_t NAME(d2iz, __fixdfsi)(bits a);
uint32_t NAME(d2uiz, __fixunsdfsi)(bits a);

#if defined(__ARM_ARCH_6M__) && !defined(VM_SOFTFLOAT_TEST)
/* It has no instruction for this, and would take all 64 bits of both. */
uint64_t vm_product(uint32_t a, uint32_t b);
NOINLINE uint64_t vm_product(uint32_t a, uint32_t b) {
    uint32_t a0 = a & 0xFFFF, a1 = a >> 16, b0 = b & 0xFFFF, b1 = b >> 16;
    uint32_t low = a0 * b0, middle = a0 * b1, other = a1 * b0, high = a1 * b1;
    middle += other;
    if (middle < other) high += 0x10000;
    uint32_t sum = low + (middle << 16);
    if (sum < low) high++;
    return PAIR(high + (middle >> 16), sum);
}

#define wide vm_product
uint64_t __aeabi_lmul(uint64_t a, uint64_t b);
uint64_t __aeabi_lmul(uint64_t a, uint64_t b) { return wide(LO(a), LO(b)) + PAIR(HI(a) * LO(b) + LO(a) * HI(b), 0); }
#else
static inline uint64_t wide(uint32_t a, uint32_t b) { return (uint64_t)a * b; }
#endif

/* What is shifted out stays in bit 0. */
static bits shift_right(uint32_t hi, uint32_t lo, uint32_t count) {
    uint32_t lost = 0;
    if (count >= 32) {
        if (count >= 64) return (hi | lo) != 0;
        lost = lo;
        lo = hi;
        hi = 0;
        count -= 32;
    }
    if (count) {
        lost |= lo << (32 - count);
        lo = lo >> count | hi << (32 - count);
        hi >>= count;
    }
    return PAIR(hi, lo | (lost != 0));
}

/* Rounds; `exponent` as it is stored, of a leading one in bit 55. A mantissa without it is a subnormal's, and its exponent is 1. */
static NOINLINE bits pack(uint32_t sign, int32_t exponent, uint32_t hi, uint32_t lo) {
    if (exponent >= (int32_t)INFINITE) return PAIR(sign | INFINITE << 20, 0);
    if (exponent < 1) {
        bits m = shift_right(hi, lo, (uint32_t)(1 - exponent));
        hi = HI(m);
        lo = LO(m);
        exponent = 1;
    }
    uint32_t rest = lo & 7;
    lo = lo >> 3 | hi << 29;
    hi = (hi >> 3) + ((uint32_t)(exponent - 1) << 20) + sign; /* the leading one is the missing 1 of the exponent */
    if (rest + (lo & 1) > 4 && ++lo == 0) hi++;
    return PAIR(hi, lo);
}

/* Of a mantissa that is not 0, however far down its leading one is. */
static bits normalise(uint32_t sign, int32_t exponent, uint32_t hi, uint32_t lo) {
    while (hi < 0x80) {
        hi = hi << 16 | lo >> 16;
        lo <<= 16;
        exponent -= 16;
    }
    if (hi < 0x8000) {
        hi = hi << 8 | lo >> 24;
        lo <<= 8;
        exponent -= 8;
    }
    while (hi < TOP) {
        hi = hi << 1 | lo >> 31;
        lo <<= 1;
        exponent--;
    }
    return pack(sign, exponent, hi, lo);
}

bits NAME(dadd, __adddf3)(bits a, bits b) {
    uint32_t ah = HI(a), al = LO(a), bh = HI(b), bl = LO(b);
    if (PAIR(ah & ~SIGN, al) < PAIR(bh & ~SIGN, bl)) {
        ah = HI(b), al = LO(b);
        bh = HI(a), bl = LO(a);
    }
    int32_t ea = (int32_t)EXPONENT(ah), eb = (int32_t)EXPONENT(bh);
    uint32_t sign = ah & SIGN, differ = (ah ^ bh) & SIGN;
    if (ea == INFINITE) {
        if ((ah << 12) | al) return PAIR(ah | 0x80000, al);
        return eb == INFINITE && differ ? NOT_A_NUMBER : PAIR(ah, al);
    }
    ah = (ah & (ONE - 1)) | ONE;
    bh = (bh & (ONE - 1)) | ONE;
    if (!eb) { /* zero or subnormal */
        bh -= ONE;
        eb = 1;
        if (!(bh | bl)) {
            if (ea) return PAIR((uint32_t)ea << 20 | (ah - ONE) | sign, al);
            if (!((ah - ONE) | al)) return PAIR(differ ? 0 : sign, 0);
        }
        if (!ea) {
            ah -= ONE;
            ea = 1;
        }
    }
    ah = ah << 3 | al >> 29;
    al <<= 3;
    bits m = shift_right(bh << 3 | bl >> 29, bl << 3, (uint32_t)(ea - eb));
    if (!differ) {
        m += PAIR(ah, al);
        if (HI(m) >= 2 * TOP) {
            m = m >> 1 | (m & 1);
            ea++;
        }
    } else {
        m = PAIR(ah, al) - m;
        if (HI(m) < TOP) {
            if (!m) return 0;
            return normalise(sign, ea, HI(m), LO(m));
        }
    }
    return pack(sign, ea, HI(m), LO(m));
}

bits NAME(dsub, __subdf3)(bits a, bits b) { return NAME(dadd, __adddf3)(a, b ^ PAIR(SIGN, 0)); }

/* Of * and /, taken apart: sign in the upper half, mantissas with their leading one, exponents as they are stored (below 1: of a
 * subnormal). */
typedef struct {
    bits a, b;
    int32_t ea, eb;
} operands;

#define NORMAL(exponent) ((uint32_t)(exponent) - 1 < INFINITE - 1)

/* 0: finite and not zero, 1: zero, 2: infinite */
static unsigned kind(bits x) { return x << 1 == 0 ? 1 : EXPONENT(HI(x)) == INFINITE ? 2 : 0; }

static NOINLINE int32_t find_one(bits *m) {
    int32_t exponent = 1;
    for (*m ^= PAIR(ONE, 0); !(HI(*m) & ONE); *m <<= 1) exponent--;
    return exponent;
}

/* true: `result` is what an operand that is no normal number makes it. */
static NOINLINE bool take_apart(bits a, bits b, bool divide, operands *o, bits *result) {
    o->a = (a & PAIR(ONE - 1, 0xFFFFFFFF)) | PAIR(ONE, 0);
    o->b = (b & PAIR(ONE - 1, 0xFFFFFFFF)) | PAIR(ONE, 0);
    o->ea = (int32_t)EXPONENT(HI(a));
    o->eb = (int32_t)EXPONENT(HI(b));
    if (NORMAL(o->ea) && NORMAL(o->eb)) return false;
    unsigned ka = kind(a), kb = kind(b), of_result;
    if (divide && kb) kb ^= 3; /* dividing by zero is multiplying by infinity */
    of_result = ka | kb;
    if (a << 1 > PAIR(INFINITE << 21, 0))
        *result = a | PAIR(0x80000, 0);
    else if (b << 1 > PAIR(INFINITE << 21, 0))
        *result = b | PAIR(0x80000, 0);
    else if (of_result == 3)
        *result = NOT_A_NUMBER;
    else if (of_result)
        *result = PAIR((HI(a ^ b) & SIGN) | (of_result == 2 ? INFINITE << 20 : 0), 0);
    else {
        if (!o->ea) o->ea = find_one(&o->a);
        if (!o->eb) o->eb = find_one(&o->b);
        return false;
    }
    return true;
}

bits NAME(dmul, __muldf3)(bits a, bits b) {
    operands o;
    bits result;
    if (take_apart(a, b, false, &o, &result)) return result;
    int32_t exponent = o.ea + o.eb - 1023;
    /* Leading ones in bits 63 and 55: that of the product is in bit 119 or 118. */
    uint32_t ah = HI(o.a) << 11 | LO(o.a) >> 21, al = LO(o.a) << 11, bh = HI(o.b) << 3 | LO(o.b) >> 29, bl = LO(o.b) << 3;
    uint64_t low = wide(al, bl), one = wide(al, bh), other = wide(ah, bl);
    one += HI(low); /* below 2^64: a product of two words leaves room for two more */
    uint64_t middle = (uint64_t)LO(one) + LO(other);
    uint64_t high = wide(ah, bh) + HI(one) + HI(other) + HI(middle);
    uint32_t rest = LO(middle), hi = HI(high), lo = LO(high);
    if (hi < TOP) {
        hi = hi << 1 | lo >> 31;
        lo = lo << 1 | rest >> 31;
        rest <<= 1;
        exponent--;
    }
    return pack(HI(a ^ b) & SIGN, exponent + 1, hi, lo | ((rest | LO(low)) != 0));
}

/* By digits of 14 bits: what the upper bits say of each is too small by 2 at most. */
bits NAME(ddiv, __divdf3)(bits a, bits b) {
    operands o;
    bits result;
    if (take_apart(a, b, true, &o, &result)) return result;
    int32_t exponent = o.ea - o.eb + 1023;
    bits ma = o.a, mb = o.b;
    if (ma < mb) {
        ma <<= 1;
        exponent--;
    }
    bits rest = ma - mb, quotient = 1;
    uint32_t inverse = 0xFFFFFFFF / ((HI(mb) >> 5) + 1);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t digit = (HI(rest) >> 6) * inverse >> 17;
        rest = (rest << 14) - PAIR(HI(mb) * digit, (LO(mb) & 0xFFFF) * digit) - ((bits)((LO(mb) >> 16) * digit) << 16);
        for (; rest >= mb; rest -= mb) digit++;
        quotient = quotient << 14 | digit;
    }
    return pack(HI(a ^ b) & SIGN, exponent, HI(quotient >> 1), LO(quotient >> 1) | ((LO(quotient) & 1) | (rest != 0)));
}

/* --- comparisons: UNORDERED when one is not a number */

enum { UNORDERED = 2 };

static NOINLINE int order(bits a, bits b) {
    bits top = PAIR(INFINITE << 21, 0);
    if (a << 1 > top || b << 1 > top) return UNORDERED;
    if (!((a | b) << 1)) return 0;
    if (HI(a & b) & SIGN) {
        bits t = a;
        a = b;
        b = t;
    }
    return (int64_t)a<(int64_t)b ? -1 : (int64_t)a>(int64_t) b;
}

#if defined(__arm__) || defined(VM_SOFTFLOAT_TEST)
#define COMPARE(name, test)                                                                                                                \
    int NAME(name, )(bits a, bits b);                                                                                                      \
    int NAME(name, )(bits a, bits b) {                                                                                                     \
        int o = order(a, b);                                                                                                               \
        return test;                                                                                                                       \
    }
COMPARE(dcmpeq, o == 0)
COMPARE(dcmplt, o < 0)
COMPARE(dcmple, o <= 0)
COMPARE(dcmpgt, o == 1)
COMPARE(dcmpge, (unsigned)o < 2)
COMPARE(dcmpun, o == UNORDERED)
#else
#define COMPARE(name, unordered)                                                                                                           \
    int name(bits a, bits b);                                                                                                              \
    int name(bits a, bits b) {                                                                                                             \
        int o = order(a, b);                                                                                                               \
        return o == UNORDERED ? unordered : o;                                                                                             \
    }
COMPARE(__eqdf2, 1)
COMPARE(__nedf2, 1)
COMPARE(__ltdf2, 1)
COMPARE(__ledf2, 1)
COMPARE(__gtdf2, -1)
COMPARE(__gedf2, -1)
int __unorddf2(bits a, bits b);
int __unorddf2(bits a, bits b) { return order(a, b) == UNORDERED; }
#endif

/* --- conversions */

static NOINLINE bits from_unsigned(uint32_t sign, uint64_t x) {
    if (!x) return 0;
    int32_t exponent = 1023 + 55;
    while (HI(x) >= 2 * TOP) {
        x = x >> 1 | (x & 1);
        exponent++;
    }
    return normalise(sign, exponent, HI(x), LO(x));
}

bits NAME(ul2d, __floatundidf)(uint64_t x) { return from_unsigned(0, x); }
bits NAME(ui2d, __floatunsidf)(uint32_t x) { return from_unsigned(0, x); }
bits NAME(l2d, __floatdidf)(int64_t x) { return from_unsigned(HI((uint64_t)x) & SIGN, x < 0 ? 0 - (uint64_t)x : (uint64_t)x); }
bits NAME(i2d, __floatsidf)(int32_t x) {
    uint32_t size = x < 0 ? 0 - (uint32_t)x : (uint32_t)x, sign = (uint32_t)x & SIGN;
    if (!x) return 0;
    uint32_t shift = (uint32_t)__builtin_clz(size);
    size <<= shift;
    return PAIR(sign + ((1023 + 30 - shift) << 20) + (size >> 11), size << 21);
}

/* Towards zero; C does not say what becomes of numbers that are too large. */
uint64_t NAME(d2ulz, __fixunsdfdi)(bits a) {
    int32_t shift = (int32_t)EXPONENT(HI(a)) - 1023 - 52;
    bits m = (a & PAIR(ONE - 1, 0xFFFFFFFF)) | PAIR(ONE, 0);
    if (shift < -52) return 0;
    if (shift < 0) m >>= -shift;
    if (shift > 0) m = shift < 12 ? m << shift : UINT64_MAX;
    return m;
}

int64_t NAME(d2lz, __fixdfdi)(bits a) {
    uint64_t m = NAME(d2ulz, __fixunsdfdi)(a);
    return (int64_t)(HI(a) & SIGN ? 0 - m : m);
}
int32_t NAME(d2iz, __fixdfsi)(bits a) { return (int32_t)NAME(d2lz, __fixdfdi)(a); }
uint32_t NAME(d2uiz, __fixunsdfsi)(bits a) { return (uint32_t)NAME(d2ulz, __fixunsdfdi)(a); }

#endif
