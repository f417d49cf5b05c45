/* SPDX-License-Identifier: Apache-2.0 */
/* The floating point functions of the boot ROM (2.8.3.2), by the host's arithmetic.
 *
 * As in the ROM, denormals count as zeros going in and come out as zeros, and a NaN counts as an infinity; there are no NaNs as results.
 * The ROM's sine, cosine, tangent, arc tangent, exponential and logarithm are off by a unit in the last place at times, these are not. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "devices/rp2040/bootrom.h"

enum { /* by index in the tables */
       ADD,
       SUB,
       MUL,
       DIV,
       CMP_FAST,
       CMP_FAST_FLAGS,
       SQRT,
       TO_INT,
       TO_FIX,
       TO_UINT,
       TO_UFIX,
       FROM_INT,
       FROM_FIX,
       FROM_UINT,
       FROM_UFIX,
       COS,
       SIN,
       TAN,
       SINCOS,
       EXP,
       LN,
       CMP_BASIC,
       ATAN2,
       FROM_INT64,
       FROM_FIX64,
       FROM_UINT64,
       FROM_UFIX64,
       TO_INT64,
       TO_FIX64,
       TO_UINT64,
       TO_UFIX64,
       TO_OTHER, /* float to double, double to float */
};

typedef struct {
    uint32_t *r;
    bool is_double;
    unsigned words; /* of a number */
} call;

static double sane(double x, double smallest) {
    if (isnan(x)) return signbit(x) ? -HUGE_VAL : HUGE_VAL;
    return fabs(x) < smallest ? copysign(0.0, x) : x;
}

static double get(const call *c, unsigned at) {
    if (c->is_double) {
        double x;
        memcpy(&x, c->r + at, sizeof x);
        return sane(x, DBL_MIN);
    }
    float x;
    memcpy(&x, c->r + at, sizeof x);
    return isnan(x) ? (signbit(x) ? -HUGE_VAL : HUGE_VAL) : sane((double)x, (double)FLT_MIN);
}

static void put_as(uint32_t *to, double x, bool as_double) {
    if (as_double) {
        x = sane(x, DBL_MIN);
        memcpy(to, &x, sizeof x);
        return;
    }
    float y = (float)x; /* of two floats' sum, product, quotient or root: rounded twice, which is right for these (24 * 2 + 2 <= 53) */
    if (fabsf(y) < FLT_MIN) y = copysignf(0.0f, y);
    memcpy(to, &y, sizeof y);
}

static void put(const call *c, unsigned at, double x) { put_as(c->r + at, x, c->is_double); }

/* Where IEEE says NaN: what comes out when zeros and infinities are very small and very large numbers, as in the ROM. */
static double arithmetic(unsigned index, double a, double b) {
    double x = index == ADD ? a + b : index == SUB ? a - b : index == MUL ? a * b : a / b;
    if (!isnan(x)) return x;
    double sign = signbit(a) == signbit(b) ? 1.0 : -1.0;
    return index == MUL ? sign * HUGE_VAL : index == DIV ? sign : 0.0;
}

static int compare(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

static void put_64(const call *c, uint64_t x) {
    c->r[0] = (uint32_t)x;
    c->r[1] = (uint32_t)(x >> 32);
}

static uint64_t get_64(const call *c) { return c->r[0] | (uint64_t)c->r[1] << 32; }

/* Towards minus infinity, and clamped. */
static int64_t to_signed(double x, unsigned bits) {
    double top = ldexp(1.0, (int)bits - 1);
    x = floor(x);
    if (x >= top) return bits == 64 ? INT64_MAX : INT32_MAX;
    if (x < -top) return bits == 64 ? INT64_MIN : INT32_MIN;
    return (int64_t)x;
}

static uint64_t to_unsigned(double x, unsigned bits) {
    x = floor(x);
    if (x >= ldexp(1.0, (int)bits)) return bits == 64 ? UINT64_MAX : UINT32_MAX;
    return x <= 0 ? 0 : (uint64_t)x;
}

/* A 64-bit integer to the nearest number, in one rounding. */
static void put_integer(const call *c, bool negative, uint64_t magnitude, int point) {
    if (c->is_double) {
        double x = ldexp((double)magnitude, -point);
        put(c, 0, negative ? -x : x);
    } else {
        float x = ldexpf((float)magnitude, -point);
        put(c, 0, (double)(negative ? -x : x));
    }
}

static void put_signed(const call *c, int64_t x, int point) { put_integer(c, x < 0, x < 0 ? 0 - (uint64_t)x : (uint64_t)x, point); }

static double scaled(const call *c) { return ldexp(get(c, 0), (int32_t)c->r[c->words] > 2000 ? 2000 : (int32_t)c->r[c->words]); }

static int point(uint32_t x) { return (int32_t)x > 2000 ? 2000 : (int32_t)x < -2000 ? -2000 : (int32_t)x; }

static double unary(unsigned index, double x) {
    switch (index) {
    case SQRT: return x < 0 ? -HUGE_VAL : sqrt(x);
    case COS: return isinf(x) ? 1.0 : cos(x);
    case SIN: return isinf(x) ? 0.0 : sin(x);
    case TAN: return isinf(x) ? 0.0 : tan(x);
    case EXP: return exp(x);
    default: return x <= 0 ? -HUGE_VAL : log(x);
    }
}

unsigned rp_rom_float(uint32_t *r, unsigned index, bool is_double) {
    const call c = {r, is_double, is_double ? 2 : 1};
    switch (index) {
    case ADD:
    case SUB:
    case MUL:
    case DIV: put(&c, 0, arithmetic(index, get(&c, 0), get(&c, c.words))); break;
    case CMP_FAST:
    case CMP_BASIC: r[0] = (uint32_t)compare(get(&c, 0), get(&c, c.words)); break;
    case CMP_FAST_FLAGS: return (unsigned)(2 + compare(get(&c, 0), get(&c, c.words)));
    case SQRT:
    case COS:
    case SIN:
    case TAN:
    case EXP:
    case LN: {
        double x = get(&c, 0);
        put(&c, 0, unary(index, x));
        if (index == SIN || index == COS) put(&c, c.words, unary(index == SIN ? COS : SIN, x));
        break;
    }
    case SINCOS: {
        double x = get(&c, 0);
        put(&c, 0, unary(SIN, x));
        put(&c, c.words, unary(COS, x));
        break;
    }
    case ATAN2: put(&c, 0, atan2(get(&c, 0), get(&c, c.words))); break;
    case TO_INT: r[0] = (uint32_t)to_signed(get(&c, 0), 32); break;
    case TO_FIX: r[0] = (uint32_t)to_signed(scaled(&c), 32); break;
    case TO_UINT: r[0] = (uint32_t)to_unsigned(get(&c, 0), 32); break;
    case TO_UFIX: r[0] = (uint32_t)to_unsigned(scaled(&c), 32); break;
    case TO_INT64: put_64(&c, (uint64_t)to_signed(get(&c, 0), 64)); break;
    case TO_FIX64: put_64(&c, (uint64_t)to_signed(scaled(&c), 64)); break;
    case TO_UINT64: put_64(&c, to_unsigned(get(&c, 0), 64)); break;
    case TO_UFIX64: put_64(&c, to_unsigned(scaled(&c), 64)); break;
    case FROM_INT: put_signed(&c, (int32_t)r[0], 0); break;
    case FROM_FIX: put_signed(&c, (int32_t)r[0], point(r[1])); break;
    case FROM_UINT: put_integer(&c, false, r[0], 0); break;
    case FROM_UFIX: put_integer(&c, false, r[0], point(r[1])); break;
    case FROM_INT64: put_signed(&c, (int64_t)get_64(&c), 0); break;
    case FROM_FIX64: put_signed(&c, (int64_t)get_64(&c), point(r[2])); break;
    case FROM_UINT64: put_integer(&c, false, get_64(&c), 0); break;
    case FROM_UFIX64: put_integer(&c, false, get_64(&c), point(r[2])); break;
    case TO_OTHER: put_as(r, get(&c, 0), !is_double); break;
    default: break;
    }
    return 0;
}
