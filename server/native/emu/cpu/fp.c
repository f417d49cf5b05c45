/* SPDX-License-Identifier: Apache-2.0 */
/* Single precision arithmetic by integers, exact in every rounding mode and in every flag of FPSCR: ARMv7-M ARM (DDI 0403E) section A2.5
 * (FPUnpack, FPRound, FPProcessNaNs and the operations), and the instructions that use it, A7.5 and A7.7. Tininess is detected before
 * rounding, A2.5.4. */
#include "fp.h"

#include <string.h>

#define SIGN 0x80000000u
#define INFINITY_ 0x7F800000u
#define DEFAULT_NAN 0x7FC00000u
#define QUIET 0x00400000u

enum { NEAREST, UP, DOWN, TO_ZERO }; /* FPSCR.RMode */

typedef struct {
    uint32_t control; /* FPSCR */
    uint32_t flags;   /* what the operation adds to it */
} context;

/* A finite number: sig * 2^(exp - TOP) * (sign ? -1 : 1); sig is 0, or its highest bit is bit TOP. Further bits may have been folded
 * into bit 0 ("sticky"). */
#define TOP 61
typedef struct {
    uint64_t sig;
    int exp;
    bool sign;
} number;

static bool is_nan(uint32_t x) { return (x & ~SIGN) > INFINITY_; }
static bool is_infinite(uint32_t x) { return (x & ~SIGN) == INFINITY_; }
static bool is_zero(uint32_t x) { return !(x & ~SIGN); }
static bool is_signalling(uint32_t x) { return is_nan(x) && !(x & QUIET); }
static unsigned rounding(const context *c) { return c->control >> 22 & 3; }

/* FPUnpack's part that is an operand's own: tiny ones are taken as 0 when FPSCR.FZ is set. */
static uint32_t operand(context *c, uint32_t x) {
    if (c->control & FPSCR_FZ && !(x & INFINITY_) && x & ~SIGN) {
        c->flags |= FPSCR_IDC;
        return x & SIGN;
    }
    return x;
}

static uint32_t quieted(context *c, uint32_t nan) {
    if (is_signalling(nan)) c->flags |= FPSCR_IOC;
    return c->control & FPSCR_DN ? DEFAULT_NAN : nan | QUIET;
}

/* FPProcessNaNs: a signalling one first, then the first one. false: there is none. */
static bool nan_of(context *c, const uint32_t *x, unsigned count, uint32_t *result) {
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < count; i++) {
            if (pass ? is_nan(x[i]) : is_signalling(x[i])) {
                *result = quieted(c, x[i]);
                return true;
            }
        }
    }
    return false;
}

static uint32_t invalid(context *c) {
    c->flags |= FPSCR_IOC;
    return DEFAULT_NAN;
}

static number normalised(number n) {
    if (n.sig) {
        int shift = __builtin_clzll(n.sig) - (63 - TOP);
        if (shift < 0) {
            n.sig = n.sig >> 1 | (n.sig & 1);
            n.exp += 1; /* the sum of two */
        } else {
            n.sig <<= shift;
            n.exp -= shift;
        }
    }
    return n;
}

static number unpacked(uint32_t x) { /* finite */
    int biased = (int)(x >> 23 & 255);
    uint64_t fraction = x & 0x7FFFFF;
    number n = {(biased ? fraction | 0x800000 : fraction) << (TOP - 23), (biased ? biased : 1) - 127, x >> 31};
    return normalised(n);
}

static uint64_t shifted(uint64_t sig, unsigned by) { /* right, keeping whether anything was lost */
    if (by > 63) return sig != 0;
    return by ? sig >> by | ((sig & (((uint64_t)1 << by) - 1)) != 0) : sig;
}

/* FPRound, to a format of `fraction` bits of fraction whose smallest normal number is 2^least and whose biased exponents end below
 * `biased_end`. The infinity or greatest number is the caller's on *overflow. */
static uint32_t rounded(context *c, number n, unsigned mode, unsigned fraction, int least, int biased_end, bool *overflow) {
    bool tiny = n.exp < least, inexact, up;
    unsigned drop = TOP - fraction;
    uint64_t sig = tiny ? shifted(n.sig, (unsigned)(least - n.exp)) : n.sig;
    uint64_t error = sig & (((uint64_t)1 << drop) - 1), half = (uint64_t)1 << (drop - 1);
    uint32_t mantissa = (uint32_t)(sig >> drop), hidden = 1u << fraction;
    int biased = tiny ? 0 : n.exp - least + 1;
    inexact = error != 0;
    if (tiny && inexact) c->flags |= FPSCR_UFC;
    switch (mode) {
    case NEAREST: up = error > half || (error == half && mantissa & 1); break;
    case UP: up = inexact && !n.sign; break;
    case DOWN: up = inexact && n.sign; break;
    default: up = false; break;
    }
    mantissa += up;
    if (mantissa >= hidden) {
        if (tiny) biased = 1;
        if (mantissa == 2 * hidden) {
            biased++;
            mantissa >>= 1;
        }
    }
    *overflow = biased >= biased_end;
    if (inexact && !*overflow) c->flags |= FPSCR_IXC;
    return (uint32_t)n.sign << 31 | (uint32_t)biased << fraction | (mantissa & (hidden - 1));
}

static uint32_t round_as(context *c, number n, unsigned mode) {
    bool overflow;
    uint32_t sign = n.sign ? SIGN : 0;
    if (!n.sig) return sign;
    n = normalised(n);
    if (c->control & FPSCR_FZ && n.exp < -126) {
        c->flags |= FPSCR_UFC;
        return sign;
    }
    uint32_t x = rounded(c, n, mode, 23, -126, 255, &overflow);
    if (!overflow) return x;
    c->flags |= FPSCR_OFC | FPSCR_IXC;
    bool infinite = mode == NEAREST || (mode == UP && !n.sign) || (mode == DOWN && n.sign);
    return sign | (infinite ? INFINITY_ : INFINITY_ - 1);
}

static uint32_t round_to_single(context *c, number n) { return round_as(c, n, rounding(c)); }

/* --- the operations; operands have been through operand() ----------------------------------------------------------------------- */

/* The sum of two numbers that are not both 0 of one sign; a sum of 0 takes the sign that the rounding mode gives it. */
static number sum(const context *c, number a, number b) {
    if (!a.sig || (b.sig && b.exp > a.exp)) {
        number t = a;
        a = b;
        b = t;
    }
    if (b.sig) b.sig = shifted(b.sig, (unsigned)(a.exp - b.exp));
    if (a.sign == b.sign) {
        a.sig += b.sig;
    } else if (a.sig >= b.sig) {
        a.sig -= b.sig;
    } else {
        a.sig = b.sig - a.sig;
        a.sign = b.sign;
    }
    if (!a.sig) a.sign = rounding(c) == DOWN;
    return a;
}

static uint32_t add(context *c, uint32_t x, uint32_t y) {
    uint32_t result, both[2] = {x, y};
    if (nan_of(c, both, 2, &result)) return result;
    if (is_infinite(x)) return is_infinite(y) && x != y ? invalid(c) : x;
    if (is_infinite(y)) return y;
    if (is_zero(x) && x == y) return x;
    return round_to_single(c, sum(c, unpacked(x), unpacked(y)));
}

static number product(uint32_t x, uint32_t y) { /* exact */
    number a = unpacked(x), b = unpacked(y);
    number p = {(a.sig >> (TOP - 23)) * (b.sig >> (TOP - 23)) << (TOP - 46), a.exp + b.exp, a.sign != b.sign};
    return normalised(p);
}

static uint32_t multiply(context *c, uint32_t x, uint32_t y) {
    uint32_t result, both[2] = {x, y}, sign = (x ^ y) & SIGN;
    if (nan_of(c, both, 2, &result)) return result;
    if (is_infinite(x) || is_infinite(y)) return is_zero(x) || is_zero(y) ? invalid(c) : sign | INFINITY_;
    return round_to_single(c, product(x, y));
}

static uint32_t divide(context *c, uint32_t x, uint32_t y) {
    uint32_t result, both[2] = {x, y}, sign = (x ^ y) & SIGN;
    if (nan_of(c, both, 2, &result)) return result;
    if ((is_infinite(x) && is_infinite(y)) || (is_zero(x) && is_zero(y))) return invalid(c);
    if (is_infinite(x)) return sign | INFINITY_;
    if (is_zero(y)) {
        c->flags |= FPSCR_DZC;
        return sign | INFINITY_;
    }
    if (is_infinite(y) || is_zero(x)) return sign;
    number a = unpacked(x), b = unpacked(y), q = {0, a.exp - b.exp, sign != 0};
    uint64_t by = b.sig >> (TOP - 23), quotient = a.sig / by; /* 2^TOP / 2^23, and 23 more places of the divisor's */
    q.sig = quotient << 23 | (a.sig % by != 0);
    return round_to_single(c, normalised(q));
}

static uint32_t square_root(context *c, uint32_t x) {
    uint32_t result;
    if (nan_of(c, &x, 1, &result)) return result;
    if (is_zero(x)) return x;
    if (x & SIGN) return invalid(c);
    if (is_infinite(x)) return x;
    number n = unpacked(x);
    uint64_t rest = n.sig; /* * 2^(exp - TOP): made a square of an even exponent, with 60 bits before the point of the root's 30 */
    if (!(n.exp & 1)) rest >>= 1;
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 30; bit; bit >>= 1) {
        uint64_t trial = (root << 1 | bit) * bit; /* (root + bit)^2 - root^2 */
        if (trial <= rest) {
            rest -= trial;
            root |= bit;
        }
    }
    number r = {root << (TOP - 30) | (rest != 0), n.exp >> 1, false};
    return round_to_single(c, normalised(r));
}

/* FPMulAdd: addend + x * y, rounded once. */
static uint32_t multiply_add(context *c, uint32_t addend, uint32_t x, uint32_t y) {
    uint32_t result, all[3] = {addend, x, y}, sign = (x ^ y) & SIGN;
    bool infinite = is_infinite(x) || is_infinite(y), impossible = infinite && (is_zero(x) || is_zero(y));
    if (nan_of(c, all, 3, &result)) {
        if (is_nan(addend) && !is_signalling(addend) && impossible) return invalid(c);
        return result;
    }
    if (impossible || (infinite && is_infinite(addend) && (addend & SIGN) != sign)) return invalid(c);
    if (is_infinite(addend)) return addend;
    if (infinite) return sign | INFINITY_;
    if (is_zero(addend) && (is_zero(x) || is_zero(y)) && (addend & SIGN) == sign) return addend;
    return round_to_single(c, sum(c, unpacked(addend), product(x, y)));
}

/* N, Z, C, V of a comparison. */
static uint32_t compare(context *c, uint32_t x, uint32_t y, bool quiet_is_invalid) {
    if (is_nan(x) || is_nan(y)) {
        if (quiet_is_invalid || is_signalling(x) || is_signalling(y)) c->flags |= FPSCR_IOC;
        return 0x30000000u;
    }
    if (x == y || (is_zero(x) && is_zero(y))) return 0x60000000u;
    int32_t a = (int32_t)(x & SIGN ? SIGN - x : x), b = (int32_t)(y & SIGN ? SIGN - y : y);
    return a < b ? 0x80000000u : 0x20000000u;
}

/* --- conversions -------------------------------------------------------------------------------------------------------------------------
 */

/* FPToFixed: a number of `bits` bits of which `fraction` are behind the point. */
static uint32_t to_fixed(context *c, uint32_t x, unsigned bits, unsigned fraction, bool is_unsigned, unsigned mode) {
    int64_t top = is_unsigned ? ((int64_t)1 << bits) - 1 : ((int64_t)1 << (bits - 1)) - 1, bottom = is_unsigned ? 0 : -top - 1;
    if (is_nan(x)) {
        c->flags |= FPSCR_IOC;
        return 0;
    }
    number n = is_infinite(x) ? (number){(uint64_t)1 << TOP, 128, x >> 31} : unpacked(x);
    int exp = n.exp + (int)fraction;
    int64_t value;
    bool inexact = false;
    if (!n.sig) return 0;
    if (exp > 40) {
        value = n.sign ? bottom - 1 : top + 1;
    } else {
        /* 2 bits more: one behind the point, and whether there is anything behind that */
        uint64_t sig = exp < -2 ? 1 : shifted(n.sig, (unsigned)(TOP - 2 - exp));
        unsigned rest = sig & 3;
        bool up = mode == NEAREST ? rest == 3 || (rest == 2 && sig & 4) : rest && mode == (n.sign ? DOWN : UP);
        inexact = rest != 0;
        value = (int64_t)(sig >> 2) + up;
        if (n.sign) value = -value;
    }
    if (value > top || value < bottom) {
        c->flags |= FPSCR_IOC;
        value = value > top ? top : bottom;
    } else if (inexact) {
        c->flags |= FPSCR_IXC;
    }
    return (uint32_t)value;
}

static uint32_t from_fixed(context *c, int64_t value, unsigned fraction, unsigned mode) {
    number n = {(uint64_t)(value < 0 ? -value : value), TOP - (int)fraction, value < 0};
    return n.sig ? round_as(c, n, mode) : 0;
}

static uint32_t single_to_half(context *c, uint32_t x) {
    bool alternative = c->control & FPSCR_AHP, overflow;
    uint32_t sign = x >> 16 & 0x8000;
    if (is_nan(x)) {
        if (is_signalling(x) || alternative) c->flags |= FPSCR_IOC;
        return alternative ? sign : c->control & FPSCR_DN ? 0x7E00 : sign | 0x7E00 | (x >> 13 & 0x1FF);
    }
    if (is_infinite(x)) {
        if (alternative) c->flags |= FPSCR_IOC;
        return sign | (alternative ? 0x7FFF : 0x7C00);
    }
    if (is_zero(x)) return sign;
    number n = unpacked(x);
    unsigned mode = rounding(c);
    uint32_t half = rounded(c, n, mode, 10, -14, alternative ? 32 : 31, &overflow);
    if (!overflow) return sign | (half & 0x7FFF);
    if (alternative) {
        c->flags |= FPSCR_IOC;
        return sign | 0x7FFF;
    }
    c->flags |= FPSCR_OFC | FPSCR_IXC;
    bool infinite = mode == NEAREST || (mode == UP && !n.sign) || (mode == DOWN && n.sign);
    return sign | (infinite ? 0x7C00 : 0x7BFF);
}

static uint32_t half_to_single(context *c, uint32_t h) {
    uint32_t sign = (h & 0x8000) << 16, fraction = h & 0x3FF;
    int biased = (int)(h >> 10 & 31);
    if (biased == 31 && !(c->control & FPSCR_AHP)) return fraction ? quieted(c, sign | INFINITY_ | fraction << 13) : sign | INFINITY_;
    number n = {(uint64_t)(biased ? fraction | 0x400 : fraction) << (TOP - 10), (biased ? biased : 1) - 15, sign != 0};
    return n.sig ? round_to_single(c, n) : sign;
}

/* --- instructions
 * --------------------------------------------------------------------------------------------------------------------------- */

static bool data_processing(context *c, uint32_t *s, uint32_t e) {
    unsigned d = (e >> 11 & 30) | (e >> 22 & 1), second = (e << 1 & 30) | (e >> 5 & 1);
    bool op = e & 0x40, top = e & 0x80;
    uint32_t n = s[(e >> 15 & 30) | (e >> 7 & 1)], m = s[second];
    uint32_t negated = op ? SIGN : 0, negated_addend = e & 0x00100000u ? SIGN : 0;
    switch (e >> 20 & 11) {
    case 0:   /* VMLA, VMLS */
    case 1: { /* VNMLS, VNMLA */
        uint32_t p = multiply(c, operand(c, n), operand(c, m)) ^ negated;
        s[d] = add(c, operand(c, s[d] ^ negated_addend), operand(c, p));
        return true;
    }
    case 2: s[d] = multiply(c, operand(c, n), operand(c, m)) ^ negated; return true; /* VMUL, VNMUL */
    case 3: { /* VADD, VSUB; the second operand of a subtraction is negated unless it is a NaN */
        uint32_t y = operand(c, m);
        s[d] = add(c, operand(c, n), is_nan(y) ? y : y ^ negated);
        return true;
    }
    case 8:
        if (op) return false;
        s[d] = divide(c, operand(c, n), operand(c, m));
        return true;
    case 9:  /* VFNMS, VFNMA */
    case 10: /* VFMA, VFMS */
        s[d] = multiply_add(c, operand(c, s[d] ^ negated_addend), operand(c, n ^ negated), operand(c, m));
        return true;
    default: break;
    }
    if (!op) { /* VMOV (immediate), VFPExpandImm */
        uint32_t imm = (e >> 12 & 0xF0) | (e & 15);
        s[d] = (imm & 0x80) << 24 | (imm & 0x40 ? 0x3E000000u : 0x40000000u) | (imm & 0x3F) << 19;
        return true;
    }
    unsigned kind = e >> 16 & 15;
    switch (kind) {
    case 0: s[d] = top ? m & ~SIGN : m; return true;                            /* VABS, VMOV */
    case 1: s[d] = top ? square_root(c, operand(c, m)) : m ^ SIGN; return true; /* VSQRT, VNEG */
    case 2: s[d] = half_to_single(c, top ? m >> 16 : m & 0xFFFF); return true;  /* VCVTT, VCVTB */
    case 3: {
        uint32_t half = single_to_half(c, operand(c, m));
        s[d] = top ? (s[d] & 0xFFFF) | half << 16 : (s[d] & 0xFFFF0000u) | half;
        return true;
    }
    case 4:
    case 5: {
        uint32_t flags = compare(c, operand(c, s[d]), kind == 5 ? 0 : operand(c, m), top);
        c->control = (c->control & 0x0FFFFFFFu) | flags;
        return true;
    }
    case 8: s[d] = from_fixed(c, top ? (int64_t)(int32_t)m : (int64_t)m, 0, rounding(c)); return true;
    case 12:
    case 13: s[d] = to_fixed(c, operand(c, m), 32, 0, kind == 12, top ? TO_ZERO : rounding(c)); return true;
    case 10:
    case 11:
    case 14:
    case 15: {                                       /* fixed-point; Sd is source and destination */
        unsigned bits = top ? 32 : 16, imm = second; /* in the same bits as the number of a register */
        bool is_unsigned = kind & 1;
        if (imm > bits) return false;
        uint32_t x = s[d];
        if (kind & 4) {
            uint32_t y = to_fixed(c, operand(c, x), bits, bits - imm, is_unsigned, TO_ZERO);
            s[d] = bits == 32 ? y : is_unsigned ? y & 0xFFFF : (uint32_t)(int32_t)(int16_t)y;
        } else {
            int64_t value = bits == 32 ? (is_unsigned ? (int64_t)x : (int32_t)x) : is_unsigned ? (int64_t)(uint16_t)x : (int16_t)x;
            s[d] = from_fixed(c, value, bits - imm, NEAREST);
        }
        return true;
    }
    default: return false;
    }
}

/* Between core registers and the unit. What the decoder has operations for does not come here, but the special register does. */
static bool transfer(emu_machine *m, uint32_t e) {
    unsigned t = e >> 12 & 15;
    bool to_core = e & 0x00100000u;
    if ((e & 0x00EF0F00u) != 0x00E10A00u || t == 15 || (to_core && t == 13)) return false; /* VMSR, VMRS of FPSCR */
    if (to_core)
        m->cpu.r[t] = m->cpu.fpscr;
    else
        emu_fp_set_fpscr(m, m->cpu.r[t]);
    return true;
}

/* --- the host's arithmetic, where it also tells whether the result is exact: to nearest, with or without flush to zero ---------------- */

static bool is_ordinary(uint32_t x) { return (x & ~SIGN) - 0x00800000u < 0x7F000000u; } /* normal */

static bool is_above_least(uint32_t x) { return (x & ~SIGN) - 0x00800001u < 0x7EFFFFFFu; } /* and no rounded tiny one */

static bool host_add(float x, float y, float *z, bool *inexact) {
    *z = x + y;
    float part = *z - x; /* Knuth's TwoSum: the error of a sum is a number, and this is it */
    if ((x - (*z - part)) + (y - part) != 0) *inexact = true;
    return *z == 0 || is_ordinary(emu_bits(*z));
}

static bool host_multiply(float x, float y, float *z, bool *inexact) {
    *z = x * y;
    if ((double)x * (double)y != (double)*z) *inexact = true; /* 48 bits are exact in double precision */
    return x == 0 || y == 0 || is_above_least(emu_bits(*z));
}

/* false: not that easy, nothing was done. */
static bool by_host(uint32_t *s, uint32_t e, bool *inexact) {
    unsigned d = (e >> 11 & 30) | (e >> 22 & 1), n = (e >> 15 & 30) | (e >> 7 & 1), second = (e << 1 & 30) | (e >> 5 & 1);
    unsigned operation = e >> 20 & 11;
    uint32_t negated = e & 0x40 ? SIGN : 0, negated_addend = e & 0x00100000u ? SIGN : 0;
    float x = emu_float(s[n]), y = emu_float(s[second]), z, p;
    if (operation == 11 || !(is_ordinary(s[n]) || is_zero(s[n])) || !(is_ordinary(s[second]) || is_zero(s[second]))) return false;
    switch (operation) {
    case 2:
        if (!host_multiply(x, y, &z, inexact)) return false;
        z = emu_float(emu_bits(z) ^ negated);
        break;
    case 3:
        if (!host_add(x, emu_float(s[second] ^ negated), &z, inexact)) return false;
        break;
    case 8:
        z = x / y;
        if ((double)z * (double)y != (double)x) *inexact = true;
        if (negated || !is_above_least(emu_bits(z))) return false;
        break;
    case 0:
    case 1:
        if (!is_ordinary(s[d]) && !is_zero(s[d])) return false;
        if (!host_multiply(x, y, &p, inexact)) return false;
        if (!host_add(emu_float(s[d] ^ negated_addend), emu_float(emu_bits(p) ^ negated), &z, inexact)) return false;
        break;
    default:
        if (!is_ordinary(s[d]) && !is_zero(s[d])) return false;
        z = emu_fused(emu_float(s[n] ^ negated), y, emu_float(s[d] ^ negated_addend), inexact);
        if (!is_above_least(emu_bits(z))) return false;
        break;
    }
    s[d] = emu_bits(z);
    return true;
}

bool emu_fp_execute(emu_machine *m, uint32_t e) {
    if (e >> 24 != 0xEE) return false;
    if (e & 0x10) return transfer(m, e);
    if (e & 0x100) return false; /* double precision */
    bool inexact = false;
    if (!(m->cpu.fpscr & FPSCR_RMODE) && by_host(&m->cpu.r[EMU_R_S0], e, &inexact)) {
        if (inexact && !(m->cpu.fpscr & FPSCR_IXC)) emu_fp_set_fpscr(m, m->cpu.fpscr | FPSCR_IXC);
        return true;
    }
    context c = {m->cpu.fpscr, 0};
    if (!data_processing(&c, &m->cpu.r[EMU_R_S0], e)) return false;
    uint32_t fpscr = c.control | c.flags;
    if (fpscr != m->cpu.fpscr) emu_fp_set_fpscr(m, fpscr);
    return true;
}
