/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of math, 64 bits at a time: tables make arguments small, short series do the rest. Every step adds to a bound of the error in
 * units of the last bit; a result whose bound reaches the middle of two floats is not one (mathquick.h). */
#include "mathquick.h"

#if VM_FLOAT && VM_FEATURE_MATH

typedef struct {
    uint64_t m;     /* the top bit set */
    int32_t e;      /* the number is m * 2^e */
    uint32_t error; /* m is wrong by no more than this */
    bool negative;
} quick;

typedef struct { /* two's complement, in units of 2^-32 and 2^-96 */
    uint64_t hi, lo;
} fixed;

#define HI(x) ((uint32_t)((x) >> 32))
#define LO(x) ((uint32_t)(x))
#define PAIR(hi, lo) ((uint64_t)(hi) << 32 | (lo))

/* The upper half of a product, or up to 2 less. */
static uint64_t high(uint64_t a, uint64_t b) {
#if defined(__SIZEOF_INT128__) && !defined(VM_QUICK_NARROW)
    __extension__ typedef unsigned __int128 product;
    return (uint64_t)((product)a * b >> 64);
#else
    return vm_product(HI(a), HI(b)) + HI(vm_product(HI(a), LO(b))) + HI(vm_product(LO(a), HI(b)));
#endif
}

/* Both halves. */
static uint64_t full(uint64_t a, uint64_t b, uint64_t *lo) {
#if defined(__SIZEOF_INT128__) && !defined(VM_QUICK_NARROW)
    __extension__ typedef unsigned __int128 product;
    *lo = a * b;
    return (uint64_t)((product)a * b >> 64);
#else
    uint64_t low = vm_product(LO(a), LO(b)), one = vm_product(HI(a), LO(b)) + HI(low), other = vm_product(LO(a), HI(b)) + LO(one);
    *lo = PAIR(LO(other), LO(low));
    return vm_product(HI(a), HI(b)) + HI(one) + HI(other);
#endif
}

/* a0 + a1 x + ... with alternating signs, or not; in units of 2^-64. The last terms have 32 bits, and `step` times as many zeros before
 * them as the term before: the first of them is in units of 2^-(64 - over). */
typedef struct {
    const uint64_t *first;
    const uint32_t *last;
    uint8_t n, count, step, over;
} series;

static uint64_t sum_of(const series *s, uint64_t x, bool alternate) {
    uint32_t top = HI(x), i = s->count - 1u, part = s->last[i];
    while (i--) {
        uint32_t term = HI(vm_product(top, part)) >> s->step;
        part = alternate ? s->last[i] - term : s->last[i] + term;
    }
    uint64_t sum = (uint64_t)part << s->over;
    for (i = s->n; i--;) {
        sum = high(x, sum);
        sum = alternate ? s->first[i] - sum : s->first[i] + sum;
    }
    return sum;
}

/* 4 / 3!, 4 / 5! ...: of x^2 */
static const uint64_t sine_first[] = {0xAAAAAAAAAAAAAAABu, 0x0888888888888889u, 0x0034034034034034u, 0x0000B8EF1D2AB63Au,
                                      0x000001AE64567F54u};
static const uint32_t sine_last[] = {0xB092309Du, 0xD73F9F3Au, 0xCA963B82u, 0x97A4DA34u};
static const series SINE = {sine_first, sine_last, 5, 4, 8, 2};
/* 1 / 2!, 1 / 4! ...: of x^2 */
static const uint64_t cosine_first[] = {0x8000000000000000u, 0x0AAAAAAAAAAAAAABu, 0x005B05B05B05B05Bu, 0x0001A01A01A01A02u,
                                        0x0000049F93EDDE28u};
static const uint32_t cosine_last[] = {0x8F76C780u, 0xC9CBA546u, 0xD73F9F3Au, 0xB413C31Eu};
static const series COSINE = {cosine_first, cosine_last, 5, 4, 8, 4};
/* 1 / 2!, 1 / 3! ...: of 16 x */
static const uint64_t power_first[] = {0x8000000000000000u, 0x02AAAAAAAAAAAAABu, 0x000AAAAAAAAAAAABu, 0x0000222222222222u};
static const uint32_t power_last[] = {0xB60B60B6u, 0xD00D00D0u, 0xD00D00D0u, 0xB8EF1D2Bu, 0x93F27DBCu};
static const series POWER = {power_first, power_last, 4, 5, 7, 7};
/* 1 / 3, 1 / 4 ...: of 16 x */
static const uint64_t log_first[] = {0x5555555555555555u, 0x0400000000000000u, 0x0033333333333333u,
                                     0x0002AAAAAAAAAAABu, 0x0000249249249249u, 0x0000020000000000u};
static const uint32_t log_last[] = {0xE38E38E4u, 0xCCCCCCCDu, 0xBA2E8BA3u, 0xAAAAAAABu, 0x9D89D89Eu, 0x92492492u, 0x88888889u, 0x80000000u};
static const series LOGARITHM = {log_first, log_last, 6, 8, 4, 5};
/* 1 / 3, 1 / 5 ...: of 64 x^2 */
static const uint64_t angle_first[] = {0x5555555555555555u, 0x00CCCCCCCCCCCCCDu, 0x0002492492492492u};
static const uint32_t angle_last[] = {0xE38E38E4u, 0xBA2E8BA3u, 0x9D89D89Eu, 0x88888889u, 0x78787878u};
static const series ANGLE = {angle_first, angle_last, 3, 5, 6, 11};

/* Powers of the eighth root of 2, in units of 2^-63. */
static const uint64_t roots[] = {0x8000000000000000u, 0x8B95C1E3EA8BD6E7u, 0x9837F0518DB8A96Fu, 0xA5FED6A9B15138EAu,
                                 0xB504F333F9DE6484u, 0xC5672A115506DADDu, 0xD744FCCAD69D6AF4u, 0xEAC0C6E7DD24392Fu};
/* About 2048 / 11, 2048 / 12 ..., and how far the logarithms of these are from that of 128, in units of 2^-96. */
static const uint8_t inverses[] = {186, 171, 158, 146, 137, 128, 120, 114, 108, 102, 98, 93, 89};
static const uint32_t logarithms[][3] = {
    {0xCE979ED3u, 0x0ABF0D92u, 0x5FABE0EEu}, {0xD24C13F0u, 0x7A1A8D7Au, 0x4A25684Fu}, {0x9CC03270u, 0x017FE5B1u, 0x35E7929Du},
    {0x2EE2F482u, 0xA11CB2CDu, 0x21AEFCF9u}, {0x625C173Eu, 0xA37AE0E8u, 0x116536EEu}, {0x00000000u, 0x00000000u, 0x00000000u},
    {0xA3FD9BF5u, 0x9E3A0688u, 0x108598B5u}, {0x07E9C5CDu, 0x8446A250u, 0x1DA72763u}, {0x0525D9F9u, 0xA87B63F7u, 0x2B7E80D6u},
    {0x31492124u, 0xCABCF6B0u, 0x3A206FE4u}, {0xCE2D07F2u, 0x9F91EF78u, 0x445E3A08u}, {0xFB4C14C5u, 0xC7106C18u, 0x51C63709u},
    {0xA4EE3059u, 0x19EEC584u, 0x5D0761DBu},
};
/* Arctangents of eighths, in units of 2^-96. */
static const uint32_t eighths[][3] = {
    {0x00000000u, 0x00000000u, 0x00000000u}, {0x5912F314u, 0xAC2F6DC6u, 0x1FD5BA9Au}, {0x5B71E7BDu, 0x5901BAC5u, 0x3EB6EBF2u},
    {0xC5519091u, 0x937BC239u, 0x5BD86507u}, {0xB7F222F6u, 0x86ED3DA2u, 0x76B19C15u}, {0x5C835E16u, 0xF7F59F9Bu, 0x8F005D5Eu},
    {0x19A87F2Au, 0x34F70924u, 0xA4BC7D19u}, {0xCB2DA552u, 0xC2319E73u, 0xB8053E2Bu}, {0xC4C6628Cu, 0x2168C234u, 0xC90FDAA2u},
};
#define HALF_PI_NEXT 0x01B839A2u
static const uint32_t half_pi[] = {0x898CC517u, 0x42D18469u, 0x921FB544u, 1};
static const uint32_t eighth_of_ln2[] = {0x793C7673u, 0xFA39EF35u, 0x162E42FEu, 0};

/* --- numbers */

/* Field by field: small cores clear a whole structure first otherwise. */
static quick made(uint64_t m, int32_t e, uint32_t error, bool negative) {
    quick q;
    q.m = m;
    q.e = e;
    q.error = error;
    q.negative = negative;
    return q;
}

static quick normal(uint64_t m, int32_t e, uint32_t error, bool negative) { /* m not 0 */
    int shift = m >> 63 ? 0 : __builtin_clzll(m);
    if (error) error = shift > 29 || error >> (30 - shift) ? 0x3FFFFFFF : error << shift; /* nothing of m is sure: the slow way */
    return made(m << shift, e - shift, error, negative);
}

/* false: too small, or too large */
static bool quick_of(double d, quick *q) {
    uint64_t u;
    memcpy(&u, &d, 8);
    int32_t e = HI(u) << 1 >> 21;
    *q = made(u << 11 | 1ull << 63, e - 1023 - 63, 0, u >> 63);
    return e > 60 && e < 2047;
}

static bool surely(const quick *q, double *out) {
    uint32_t rest = LO(q->m) & 0x7FF, error = q->error;
    int32_t e = q->e + 63 + 1022;
    if (error >= 0x400 || (rest + error >= 0x400 && rest <= 0x400 + error) || e < 1 || e > 2044) return false;
    uint64_t u = (q->m >> 11) + (rest >> 10) + PAIR((uint32_t)e << 20 | (q->negative ? 1u << 31 : 0), 0);
    memcpy(out, &u, 8);
    return true;
}

static fixed plus(fixed a, fixed b) {
    a.lo += b.lo;
    a.hi += b.hi + (a.lo < b.lo);
    return a;
}

static fixed minus(fixed a) { return (fixed){~a.hi + !a.lo, 0 - a.lo}; }

static fixed times(const uint32_t *w, uint32_t k) {
    uint64_t a = vm_product(w[0], k), b = vm_product(w[1], k) + HI(a);
    return (fixed){vm_product(w[2], k) + HI(b) + PAIR(w[3] * k, 0), PAIR(LO(b), LO(a))};
}

static fixed shifted(uint64_t hi, uint64_t lo, uint32_t right) {
    if (right >= 64) {
        lo = right < 128 ? hi >> (right - 64) : 0;
        return (fixed){0, lo};
    }
    return right ? (fixed){hi >> right, lo >> right | hi << (64 - right)} : (fixed){hi, lo};
}

static fixed fixed_of(const quick *q) { return shifted(q->m, 0, (uint32_t)(-32 - q->e)); } /* below 2^32 */

/* x >= 2^-32 */
static quick quick_of_fixed(fixed x, uint32_t error, bool negative) {
    int shift = __builtin_clzll(x.hi);
    return made(shift ? x.hi << shift | x.lo >> (64 - shift) : x.hi, -32 - shift, error, negative);
}

static quick multiplied(const quick *a, const quick *b) {
    return normal(high(a->m, b->m), a->e + b->e + 64, a->error + b->error + 3, a->negative != b->negative);
}

static quick divided(const quick *a, const quick *b) {
    quick q;
    q.e = a->e - b->e - 63;
    q.error = a->error + b->error + 1;
    q.negative = a->negative != b->negative;
#if defined(__SIZEOF_INT128__) && !defined(VM_QUICK_NARROW)
    __extension__ typedef unsigned __int128 product;
    bool less = a->m < b->m;
    q.m = (uint64_t)(((product)a->m << (63 + less)) / b->m);
#else
    /* By digits of 14 bits, as in softfloat.c. */
    uint64_t mb = b->m >> 2, rest = a->m >> 2;
    bool less = rest < mb;
    uint32_t inverse = 0xFFFFFFFF / ((HI(mb) >> 14) + 1), low = LO(mb) & 0xFFFF, middle = LO(mb) >> 16;
    rest = (rest << less) - mb;
    q.m = 1;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t digit = (HI(rest) >> 15) * inverse >> 17;
        rest = (rest << 14) - PAIR(HI(mb) * digit, low * digit) - ((uint64_t)(middle * digit) << 16);
        for (; rest >= mb; rest -= mb) digit++;
        q.m = q.m << 14 | digit;
    }
    q.m = q.m << 7 | (HI(rest) >> 15) * inverse >> 24;
    if ((LO(a->m) | LO(b->m)) & 3) q.error += 8;
#endif
    q.e -= less;
    return q;
}

/* Not the difference of two that are nearly the same. */
static quick added(const quick *a, const quick *b) {
    if (a->e < b->e || (a->e == b->e && a->m < b->m)) {
        const quick *t = a;
        a = b;
        b = t;
    }
    uint32_t fall = (uint32_t)(a->e - b->e);
    uint64_t m = fall > 63 ? 0 : b->m >> fall;
    uint32_t error = a->error + (fall > 31 ? 0 : b->error >> fall) + (fall > 63 || m << fall != b->m ? 2 : 0);
    if (a->negative == b->negative) {
        m += a->m;
        if (m < a->m) return made(m >> 1 | 1ull << 63, a->e + 1, error / 2 + 1, a->negative);
    } else
        m = a->m - m;
    return normal(m, a->e, error, a->negative);
}

static quick rooted(const quick *a) {
    uint64_t rest, odd = a->e & 1, root = vm_root_of(a->m >> odd, &rest);
    /* 58 bits of it; those below by what is left over twice the root. */
    uint32_t inverse = 0xFFFFFFFF / (uint32_t)((root >> 42) + 1);
    root = (root << 6) + ((HI(rest) >> 12) * inverse >> 25);
    return made(root, (a->e + (int32_t)odd) / 2 - 32, a->error + 3, false);
}

static const quick one = {1ull << 63, -63, 0, false};

/* --- sines and cosines */

/* x = k * unit + the result, whose size is below unit / 2 and a little; `inverse`: of the unit, by 2^(32 - shift). x < 2^20. */
static fixed nearest(fixed x, const uint32_t *unit, uint32_t inverse, unsigned shift, uint32_t *k) {
    *k = (HI(vm_product((uint32_t)(x.hi >> 20), inverse)) + (1u << (11 - shift))) >> (12 - shift);
    return plus(x, minus(times(unit, *k)));
}

static uint64_t square_of(const quick *x, uint32_t over) { /* in units of 2^-(64 + over) */
    uint32_t fall = (uint32_t)(-2 * (x->e + 64)) - over;
    return fall > 63 ? 0 : high(x->m, x->m) >> fall;
}

/* |x| < 0.8; or hyperbolic ones */
static quick sine(const quick *x, bool hyperbolic) {
    uint64_t square = square_of(x, 0), m = high(x->m, high(square, sum_of(&SINE, square, !hyperbolic))) >> 2;
    if (!hyperbolic) return normal(x->m - m, x->e, x->error + 4, x->negative);
    return normal((x->m >> 1) + (m >> 1), x->e + 1, x->error + 4, x->negative);
}

static quick cosine(const quick *x, bool hyperbolic) {
    uint64_t square = square_of(x, 0), m = high(square, sum_of(&COSINE, square, !hyperbolic));
    if (hyperbolic || !m) return made((1ull << 63) + (m >> 1), -63, x->error + 5, false);
    return made(0 - m, -64, x->error + 5, false);
}

/* x = *k * half of pi + the new x, which is small; false: it is too large, or too near a multiple. */
static bool quarter(quick *x, uint32_t *k) {
    *k = 0;
    if (x->e > -44) return false;
    if (x->e < -64 || (x->e == -64 && x->m <= 0xC90FDAA2ull << 32)) return true;
    bool negative = x->negative;
    fixed r = nearest(fixed_of(x), half_pi, 0xA2F9836Eu, 0, k);
    bool below = r.hi >> 63;
    if (below) r = minus(r);
    if (r.hi >> 20)
        *x = quick_of_fixed(r, 2, negative != below);
    else { /* the next bits of it */
        fixed rest = {0, vm_product(HALF_PI_NEXT, *k)};
        r = plus((fixed){PAIR(LO(r.hi), HI(r.lo)), PAIR(LO(r.lo), 0)}, below ? rest : minus(rest));
        if (r.hi <= *k) return false;
        *x = quick_of_fixed(r, 3, negative != below);
        x->e -= 32;
    }
    if (negative) *k = 0 - *k;
    return true;
}

/* The sine of k * half of pi + x. */
static quick turned(const quick *x, uint32_t k) {
    quick q = k & 1 ? cosine(x, false) : sine(x, false);
    q.negative ^= k >> 1 & 1;
    return q;
}

/* --- powers and logarithms */

/* Of x < 2^10 in size. */
static quick power_of(fixed x, bool negative, uint32_t error) {
    uint32_t k;
    fixed r = nearest(x, eighth_of_ln2, 0xB8AA3B29u, 4, &k);
    if (negative) k = 0 - k;
    if (r.hi >> 63) {
        r = minus(r);
        negative = !negative;
    }
    uint64_t m = r.hi << 36 | r.lo >> 28, more = high(m, high(m, sum_of(&POWER, m, negative))) >> 4; /* in units of 2^-68 */
    uint64_t root = roots[k & 7];
    more = high(root, negative ? m - more : m + more) >> 4;
    return normal(negative ? root - more : root + more, ((int32_t)k >> 3) - 63, error + 3, false);
}

static bool exponential_of(const quick *x, quick *out) {
    if (x->e > -54) return false;
    *out = power_of(fixed_of(x), x->negative, 0);
    return true;
}

/* x > 0 that has 53 bits. true: *near, where there is one, is the logarithm; otherwise it is *l, wrong by less than
 * 2^-74. */
static bool logarithm_of(quick x, fixed *l, quick *near) {
    int32_t e = x.e + 63;
    if (x.m >= 0xB504F333F9DE6484u) x.m >>= 1, e++; /* from the root of 1/2 to that of 2, times 2^63 */
    uint32_t i = ((HI(x.m) + (1u << 26)) >> 27) - 11;
    uint64_t z = (x.m >> 8) * inverses[i] - (1ull << 62), size = z; /* exactly, in units of 2^-62 */
    bool below = z >> 63;
    if (below) size = 0 - z;
    size <<= 6;
    uint64_t cubic = sum_of(&LOGARITHM, size, !below);
    if (!e && i == 5 && near) {
        uint64_t half = high(size, cubic) >> 4;
        quick q = {0, 0, 0, below};
        if (size) q = normal(size, -68, 0, below);
        uint64_t m = high(q.m, high(size, below ? (1ull << 63) + half : (1ull << 63) - half)) >> 4;
        *near = !size ? q : below ? normal((q.m >> 1) + (m >> 1), q.e + 1, 4, below) : normal(q.m - m, q.e, 4, below);
        return true;
    }
    uint64_t lo, hi = full(size, size, &lo);
    fixed s = {(uint64_t)((int64_t)z >> 30), z << 34};
    s = plus(s, minus(shifted(hi, lo, 41)));
    cubic = high(high(hi, size), cubic);
    fixed c = {cubic >> 44, cubic << 20};
    s = plus(s, below ? minus(c) : c);
    c = (fixed){logarithms[i][2], PAIR(logarithms[i][1], logarithms[i][0])};
    s = plus(s, i < 5 ? minus(c) : c);
    c = times(eighth_of_ln2, 8 * (uint32_t)(e < 0 ? -e : e));
    *l = plus(s, e < 0 ? minus(c) : c);
    return false;
}

static bool log_of(const quick *x, quick *out) {
    fixed l;
    if (logarithm_of(*x, &l, out)) return out->m != 0;
    bool negative = l.hi >> 63;
    if (negative) l = minus(l);
    *out = quick_of_fixed(l, 2, negative);
    return true;
}

bool vm_quick_power(double x, double y, double *out) {
    quick a, b;
    fixed l;
    if (!quick_of(x, &a) || !quick_of(y, &b) || b.e < -80) return false;
    if (b.e <= -60 && b.e >= -63 && !(b.m << (64 + b.e))) { /* whole, and less than 16 */
        quick q = one;
        for (uint32_t n = (uint32_t)(b.m >> -b.e);; a = multiplied(&a, &a)) {
            if (n & 1) q = q.e == -63 && q.m == one.m ? a : multiplied(&q, &a);
            if (!(n >>= 1)) break;
        }
        if (b.negative) q = divided(&one, &q);
        return surely(&q, out);
    }
    uint32_t error = b.e < -52 ? 2 : b.e < -44 ? 1u << (b.e + 53) : 0x400;
    logarithm_of(a, &l, NULL);
    bool negative = l.hi >> 63;
    if (negative) l = minus(l);
    if (!l.hi) return false;
    int32_t shift = __builtin_clzll(l.hi), right = shift - b.e - 64;
    if (right < 22) return false;
    if (shift) l = (fixed){l.hi << shift | l.lo >> (64 - shift), l.lo << shift};
    uint64_t lo, hi = full(b.m, l.hi, &lo);
    l = plus((fixed){hi, lo}, (fixed){0, high(b.m, l.lo)});
    quick q = power_of(shifted(l.hi, l.lo, (uint32_t)right), negative != b.negative, error);
    return surely(&q, out);
}

/* --- angles */

/* Arctangent of x < 1/15. */
static quick small_angle(const quick *x) {
    uint64_t square = square_of(x, 6);
    return normal(x->m - (high(x->m, high(square, sum_of(&ANGLE, square, true))) >> 6), x->e, x->error + 3, x->negative);
}

/* Of (b, a), both above 0, or, `behind`, of (-b, a). */
static quick angle_of(const quick *a, const quick *b, bool behind) {
    bool over = a->e > b->e || (a->e == b->e && a->m > b->m), below = false;
    const quick *small = over ? b : a, *large = over ? a : b;
    uint32_t fall = (uint32_t)(large->e - small->e), j = 0;
    quick q;
    /* The nearest eighth, and how far (large, small) is from that. */
    if (fall < 5) j = ((HI(small->m) >> fall) / (HI(large->m) >> 16) + (1u << 12)) >> 13;
    if (j) {
        uint64_t half = large->m >> 1, distance = (small->m >> (fall + 1) << 3) - j * half;
        below = distance >> 63;
        if (below) distance = 0 - distance;
        quick side = normal(half + j * (small->m >> (fall + 4)), 0, j + 2, false);
        if (!distance) distance = 1; /* far below what counts */
        q = normal(distance, -3, 0, false);
        q = divided(&q, &side);
    } else
        q = divided(small, large);
    q = small_angle(&q);
    if (!(j || over || behind)) return q;
    fixed r = fixed_of(&q);
    if (j) {
        if (below) r = minus(r);
        r = plus((fixed){eighths[j][2], PAIR(eighths[j][1], eighths[j][0])}, r);
    }
    if (over) r = plus(times(half_pi, 1), minus(r));
    if (behind) r = plus(times(half_pi, 2), minus(r));
    quick angle = quick_of_fixed(r, 2, false);
    fall = (uint32_t)(angle.e - q.e);
    angle.error += fall > 31 ? 0 : q.error >> fall;
    if (j) angle.error += small->error + large->error;
    if (j && (LO(small->m | large->m) & 0x7FF)) angle.error += 32u >> (angle.e + 68); /* of what was cut off */
    return angle;
}

static real real_of(const quick *q) {
    real r = {{{0}, 0}, q->negative, !q->m};
    if (q->m) vm_wide_set(&r.m, q->m, q->e);
    return r;
}

static quick quick_of_real(const real *x) {
    return made(PAIR(x->m.w[WIDE - 1], x->m.w[WIDE - 2]) | 1ull << 63, x->zero ? -4000 : x->m.e - 64, 0, false);
}

real vm_quick_logarithm(const real *x) {
    quick q = quick_of_real(x);
    log_of(&q, &q);
    return real_of(&q);
}

real vm_quick_angle_near(const real *a, const real *b) {
    quick y = quick_of_real(a), x = quick_of_real(b);
    y = angle_of(&y, &x, false);
    return real_of(&y);
}

bool vm_quick_angle(double a, double b, double *out) {
    quick y, x;
    if (!quick_of(a, &y) || !quick_of(b, &x)) return false;
    quick q = angle_of(&y, &x, x.negative);
    q.negative = y.negative;
    return surely(&q, out);
}

bool vm_quick_hypot(double a, double b, double *out) {
    quick y, x;
    if (!quick_of(a, &y) || !quick_of(b, &x)) return false;
    y = multiplied(&y, &y);
    x = multiplied(&x, &x);
    x = added(&x, &y);
    x = rooted(&x);
    return surely(&x, out);
}

/* 1 / log(2) and 1 / log(10) */
static const quick bases[] = {{0xB8AA3B295C17F0BCu, -63, 1, false}, {0xDE5BD8A937287195u, -65, 1, false}};

bool vm_quick_one(unsigned which, double d, double *out) {
    quick x, y, size, both[2];
    uint32_t k;
    if (!quick_of(d, &x)) return false;
    bool negative = x.negative;
    if (which >= ASIN || which == EXPM1) size = x, size.negative = false;
    switch (which) {
    case EXP:
        if (x.negative && (x.e > -54 || (x.e == -54 && HI(x.m) >= 746u << 22))) return *out = 0, true;
        if (!exponential_of(&x, &y)) return false;
        break;
    case LOG:
    case LOG2:
    case LOG10:
        if (x.negative || !log_of(&x, &y)) return false;
        if (which != LOG) y = multiplied(&y, &bases[which - LOG2]);
        break;
    case SIN:
    case COS:
    case TAN:
        if (!quarter(&x, &k)) return false;
        y = turned(&x, which == COS ? k + 1 : k);
        if (which == TAN) {
            both[0] = turned(&x, k + 1);
            y = divided(&y, &both[0]);
        }
        break;
    case ATAN: y = angle_of(&size, &one, false); break;
    case ASIN:
    case ACOS:
        if (size.e >= -63) return false;
        both[0] = added(&one, &size);
        size.negative = true;
        both[1] = added(&one, &size);
        size.negative = false;
        both[0] = multiplied(&both[0], &both[1]);
        both[0] = rooted(&both[0]);
        y = which == ASIN ? angle_of(&size, &both[0], false) : angle_of(&both[0], &size, x.negative);
        break;
    case SINH:
    case COSH:
    case TANH:
        if (size.e < -64) {
            both[0] = sine(&x, true);
            both[1] = cosine(&x, true);
        } else {
            if (!exponential_of(&x, &y)) return false;
            size = divided(&one, &y);
            both[1] = added(&y, &size);
            size.negative = true;
            both[0] = added(&y, &size);
            both[0].e--;
            both[1].e--;
        }
        y = which == TANH ? divided(&both[0], &both[1]) : both[which - SINH];
        break;
    case EXPM1:
        if (size.e < -64) {
            x.e--;
            y = sine(&x, true);
            y.e++;
            size.e--;
            x = power_of(fixed_of(&size), x.negative, 0);
            y = multiplied(&y, &x);
        } else {
            if (!exponential_of(&x, &y)) return false;
            size = one;
            size.negative = true;
            y = added(&y, &size);
        }
        break;
    default: return false;
    }
    if (which == ASIN || which == ATAN) y.negative = negative;
    return surely(&y, out);
}

#endif
