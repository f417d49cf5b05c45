/* SPDX-License-Identifier: Apache-2.0 */
/* Floats: IEEE 754 doubles in 8-byte cells. What libm would do is done here, with the same results on every machine. Powers are computed
 * with pairs of doubles (about 100 bits) and rounded once. */
#include "state.h"

#if VM_FLOAT

static uint64_t bits_of(double d) {
    uint64_t u;
    memcpy(&u, &d, 8);
    return u;
}

static double from_bits(uint64_t u) {
    double d;
    memcpy(&d, &u, 8);
    return d;
}

static bool is_nan(double d) { return d != d; }
static bool is_inf(double d) { return (bits_of(d) << 1) == 0x7FFull << 53; }

bool vm_as_double(vm *vm, vm_value v, double *out) {
    int64_t x;
    if (vm_is_float(v)) return *out = vm_float_of(vm, v), true;
    if (!vm_as_int64(vm, v, &x)) return false;
    *out = (double)x;
    return true;
}

double vm_floor(double a) {
    if (!(a < 4503599627370496.0 && a > -4503599627370496.0)) return a; /* integral already, infinite, or not a number */
    double t = (double)(int64_t)a;
    if (t > a) t -= 1;
    return t == 0 ? (bits_of(a) >> 63 ? -0.0 : 0.0) : t;
}

double vm_fmod(double a, double b) {
    uint64_t ua = bits_of(a) & INT64_MAX, ub = bits_of(b) & INT64_MAX, sign = bits_of(a) & ~(uint64_t)INT64_MAX;
    if (ub == 0 || is_nan(a) || is_nan(b) || is_inf(a)) return __builtin_nan("");
    if (ua < ub) return a;
    int ea = (int)(ua >> 52), eb = (int)(ub >> 52);
    uint64_t ma = ua & 0xFFFFFFFFFFFFFull, mb = ub & 0xFFFFFFFFFFFFFull;
    if (ea)
        ma |= 1ull << 52;
    else
        ea = 1;
    if (eb)
        mb |= 1ull << 52;
    else
        eb = 1;
    for (; !(mb >> 52); eb--) mb <<= 1; /* a subnormal b: as if exponents went on below 1 */
    for (; ea > eb; ea--) {
        if (ma >= mb) ma -= mb;
        ma <<= 1;
    }
    if (ma >= mb) ma -= mb;
    if (!ma) return from_bits(sign);
    for (; eb < 1; eb++) ma >>= 1; /* exact: a and b were multiples of the smallest subnormal */
    while (!(ma >> 52) && eb > 1) {
        ma <<= 1;
        eb--;
    }
    return from_bits(sign | (ma >> 52 ? (uint64_t)eb << 52 | (ma & 0xFFFFFFFFFFFFFull) : ma));
}

double vm_sqrt(double a) {
    uint64_t u = bits_of(a);
    if (is_nan(a) || a == 0 || u == 0x7FFull << 52) return a;
    if (u >> 63) return __builtin_nan("");
    int e = (int)(u >> 52);
    uint64_t m = u & 0xFFFFFFFFFFFFFull;
    if (e)
        m |= 1ull << 52;
    else {
        int shift = __builtin_clzll(m) - 11;
        m <<= shift;
        e = 1 - shift;
    }
    e -= 1023;
    if (e & 1) m <<= 1;
    e >>= 1;
    /* Bit by bit: 53 bits of the root and one to round with; what is left over only says that it is not exact. */
    uint64_t root = 0, rest = 0;
    m <<= 9; /* two bits a step from the top of 64 */
    m <<= 1;
    for (unsigned i = 0; i < 54; i++) {
        rest = rest << 2 | m >> 62;
        m <<= 2;
        root <<= 1;
        uint64_t t = root << 1 | 1;
        if (rest >= t) {
            rest -= t;
            root |= 1;
        }
    }
    root = (root >> 1) + (root & 1); /* a root is never exactly in the middle of two doubles */
    if (root >> 53) root >>= 1, e++;
    return from_bits((uint64_t)(e + 1023) << 52 | (root & 0xFFFFFFFFFFFFFull));
}

/* --- pairs of doubles: hi + lo, |lo| at most half a unit in the last place of hi */
#define NOINLINE __attribute__((noinline))
typedef struct {
    double hi, lo;
} pair;

static NOINLINE pair quick_sum(double a, double b) {
    volatile double s = a + b; /* volatile: nothing may be computed with more precision */
    volatile double t = s - a;
    return (pair){s, b - t};
}

static NOINLINE pair sum2(double a, double b) {
    volatile double s = a + b, t = s - a, u = s - t, v = b - t;
    return (pair){s, (a - u) + v};
}

static NOINLINE pair product2(double a, double b) {
    volatile double ta = 134217729.0 * a, tb = 134217729.0 * b, p = a * b;
    volatile double ah = ta - (ta - a), bh = tb - (tb - b);
    double al = a - ah, bl = b - bh;
    volatile double err = ah * bh - p;
    err += ah * bl;
    err += al * bh;
    err += al * bl;
    return (pair){p, err};
}

static NOINLINE pair pair_add(pair a, pair b) {
    pair s = sum2(a.hi, b.hi), t = sum2(a.lo, b.lo);
    s = quick_sum(s.hi, s.lo + t.hi);
    return quick_sum(s.hi, s.lo + t.lo);
}

static NOINLINE pair pair_multiply(pair a, pair b) {
    pair p = product2(a.hi, b.hi);
    return quick_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static NOINLINE pair pair_divide(pair a, pair b) {
    double q1 = a.hi / b.hi;
    pair r = pair_multiply(b, (pair){q1, 0});
    r = pair_add(a, (pair){-r.hi, -r.lo});
    double q2 = r.hi / b.hi;
    pair t = pair_multiply(b, (pair){q2, 0});
    r = pair_add(r, (pair){-t.hi, -t.lo});
    pair q = quick_sum(q1, q2);
    return pair_add(q, (pair){r.hi / b.hi, 0});
}

static double scale2(pair p, int e) { /* (hi + lo) * 2^e, rounded once unless subnormal */
    double d = p.hi + p.lo;
    while (e > 1000) d *= from_bits((uint64_t)(1023 + 1000) << 52), e -= 1000;
    if (e < -1000) {
        /* Into the subnormals: one multiplication must do the rounding. */
        while (e < -2000) d *= from_bits((uint64_t)(1023 - 1000) << 52), e += 1000;
        d *= from_bits((uint64_t)(1023 + (e + 1000)) << 52);
        return d * from_bits((uint64_t)(1023 - 1000) << 52);
    }
    return d * from_bits((uint64_t)(1023 + e) << 52);
}

static double split(double d, int *e) { /* d > 0 finite: 0.5 <= result < 1 */
    uint64_t u = bits_of(d);
    *e = 0;
    if (!(u >> 52)) {
        u = bits_of(d * 18014398509481984.0);
        *e = -54;
    }
    *e += (int)(u >> 52) - 1022;
    return from_bits((u & 0xFFFFFFFFFFFFFull) | 1022ull << 52);
}

static const pair LN2 = {0.6931471805599453, 2.3190468138462996e-17};

static pair logarithm(double x) { /* natural, x > 0 finite */
    int e;
    double m = split(x, &e);
    if (m < 0.7071067811865476) m *= 2, e--;
    pair s = pair_divide(sum2(m, -1), sum2(m, 1)), square = pair_multiply(s, s), term = s, sum = s;
    for (int k = 3; k < 60 && term.hi != 0; k += 2) {
        term = pair_multiply(term, square);
        pair t = pair_divide(term, (pair){k, 0});
        sum = pair_add(sum, t);
        if (t.hi < 1e-34 && t.hi > -1e-34) break;
    }
    sum.hi *= 2;
    sum.lo *= 2;
    return pair_add(sum, pair_multiply(LN2, (pair){e, 0}));
}

static double exponential(pair t) { /* |t| < 1000 */
    int k = (int)vm_floor(t.hi / LN2.hi + 0.5);
    pair r = pair_add(t, pair_multiply(LN2, (pair){-k, 0}));
    r.hi /= 256;
    r.lo /= 256;
    pair sum = {1, 0}, term = {1, 0};
    for (int i = 1; i < 14; i++) {
        term = pair_divide(pair_multiply(term, r), (pair){i, 0});
        sum = pair_add(sum, term);
    }
    for (int i = 0; i < 8; i++) sum = pair_multiply(sum, sum);
    return scale2(sum, k);
}

/* As C's pow. */
double vm_pow(double x, double y) {
    if (y == 0 || x == 1) return 1;
    if (is_nan(x) || is_nan(y)) return __builtin_nan("");
    double whole = vm_floor(y);
    bool integral = whole == y && !is_inf(y), odd = integral && vm_fmod(y, 2) != 0, negative = bits_of(x) >> 63;
    double ax = negative ? -x : x, r;
    if (is_inf(y)) return ax == 1 ? 1 : (ax > 1) == (y > 0) ? __builtin_inf() : 0;
    if (ax == 0 || is_inf(x)) {
        r = (ax == 0) == (y > 0) ? 0 : __builtin_inf();
        return negative && odd ? -r : r;
    }
    if (negative && !integral) return __builtin_nan("");
    if (y == 0.5) return vm_sqrt(x);
    if (ax == 1)
        r = 1;
    else if (integral && y >= -64 && y <= 64) {
        int e, n = (int)(y < 0 ? -y : y);
        pair base = {split(ax, &e), 0}, product = {1, 0};
        e *= (int)y;
        for (; n; n >>= 1) {
            if (n & 1) product = pair_multiply(product, base);
            base = pair_multiply(base, base);
        }
        if (y < 0) product = pair_divide((pair){1, 0}, product);
        r = scale2(product, e);
    } else {
        pair t = pair_multiply(logarithm(ax), (pair){y > 1e300 ? 1e300 : y < -1e300 ? -1e300 : y, 0});
        if (!(t.hi < 720))
            r = __builtin_inf();
        else if (!(t.hi > -760))
            r = 0;
        else
            r = exponential(t);
    }
    return negative && odd ? -r : r;
}

vm_value vm_float_binary(vm *vm, unsigned op, double a, double b) {
    double r, mod, div;
    switch (op) {
    case VM_OP_ADD: r = a + b; break;
    case VM_OP_SUB: r = a - b; break;
    case VM_OP_MUL: r = a * b; break;
    case VM_OP_TRUEDIV:
        if (b == 0) return vm_raise(vm, VM_B_ZeroDivisionError, "float division by zero");
        r = a / b;
        break;
    case VM_OP_FLOORDIV:
    case VM_OP_MOD:
        if (b == 0) return vm_raise(vm, VM_B_ZeroDivisionError, op == VM_OP_MOD ? "float modulo" : "float floor division by zero");
        mod = vm_fmod(a, b);
        div = (a - mod) / b;
        if (mod != 0) {
            if ((b < 0) != (mod < 0)) {
                mod += b;
                div -= 1;
            }
        } else
            mod = bits_of(b) >> 63 ? -0.0 : 0.0;
        if (op == VM_OP_MOD) {
            r = mod;
            break;
        }
        if (div != 0) {
            r = vm_floor(div);
            if (div - r > 0.5) r += 1;
        } else
            r = bits_of(a / b) >> 63 ? -0.0 : 0.0;
        break;
    case VM_OP_POW:
        if (a == 0 && b < 0) return vm_raise(vm, VM_B_ZeroDivisionError, "0.0 cannot be raised to a negative power");
        r = vm_pow(a, b);
        if (is_inf(r) && !is_inf(a) && !is_inf(b)) return vm_raise(vm, VM_B_OverflowError, "(34, 'Numerical result out of range')");
        if (is_nan(r) && !is_nan(a) && !is_nan(b)) return vm_raise(vm, VM_B_ValueError, "complex numbers are not supported");
        break;
    default: return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for %s: 'float' and 'float'", vm_operator_text(op));
    }
    return vm_alloc_float(vm, r);
}

int vm_float_compare_int(double a, int64_t b) {
    if (a >= 9223372036854775808.0) return 1;
    if (a < -9223372036854775808.0) return -1;
    int64_t whole = (int64_t)a;
    if (whole != b) return whole < b ? -1 : 1;
    double rest = a - (double)whole;
    return rest > 0 ? 1 : rest < 0 ? -1 : 0;
}

bool vm_float_to_int(vm *vm, double d, int64_t *out) {
    if (is_nan(d)) return vm_raise(vm, VM_B_ValueError, "cannot convert float NaN to integer"), false;
    if (is_inf(d)) return vm_raise(vm, VM_B_OverflowError, "cannot convert float infinity to integer"), false;
    if (d >= 9223372036854775808.0 || d < -9223372036854775808.0) return vm_overflow(vm), false;
    *out = (int64_t)d;
    return true;
}

uint32_t vm_float_hash(double d) {
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0 && (double)(int64_t)d == d) {
        int64_t x = (int64_t)d;
        return (uint32_t)x ^ (uint32_t)((x ^ x >> 63) >> 32); /* equal numbers hash alike: see vm_hash */
    }
    uint64_t u = bits_of(d);
    return (uint32_t)u * 2654435761u ^ (uint32_t)(u >> 32);
}

vm_value vm_new_float(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    double d = 0;
    const uint8_t *s;
    uint32_t n;
    if (!vm_no_keywords(vm, &k, "float")) return VM_NULL;
    if (!argc) return vm_alloc_float(vm, 0);
    vm_value v = argv[0];
    if (vm_is_float(v)) return v;
    if (vm_as_double(vm, v, &d)) return vm_alloc_float(vm, d);
    bool text = vm_is(vm, v, VM_T_STR);
    if (text)
        s = vm_str_of(vm, v)->data, n = vm_str_of(vm, v)->length;
    else
        text = vm_bytes_view(vm, v, &s, &n);
    if (text) {
        while (n && (*s == ' ' || (*s >= 9 && *s <= 13))) s++, n--;
        while (n && (s[n - 1] == ' ' || (s[n - 1] >= 9 && s[n - 1] <= 13))) n--;
        if (!n || !vm_strtod((const char *)s, n, &d)) return vm_raise(vm, VM_B_ValueError, "could not convert string to float: %R", v);
        return vm_alloc_float(vm, d);
    }
    vm_value m = vm_special(vm, v, VM_N_float_);
    if (m) {
        m = vm_call(vm, m, 1, &v);
        if (m && !vm_is_float(m)) return vm_raise(vm, VM_B_TypeError, "__float__ returned non-float (type %T)", m);
        return m;
    }
    return vm_raise(vm, VM_B_TypeError, "float() argument must be a string or a real number, not '%T'", v);
}

vm_value vm_float_is_integer(vm *vm, unsigned argc, vm_value *argv) {
    double d = vm_float_of(vm, argv[0]);
    (void)argc;
    return VM_BOOL(vm_floor(d) == d && !is_inf(d));
}

/* round(d, digits): through the exact decimal digits, as CPython does. */
vm_value vm_float_round(vm *vm, double d, int digits) {
    char text[32];
    int point, n;
    if (is_nan(d) || is_inf(d) || d == 0) return vm_alloc_float(vm, d);
    bool negative = d < 0;
    if (negative) d = -d;
    if (digits > 323) return vm_alloc_float(vm, negative ? -d : d);
    if (digits < -310) return vm_alloc_float(vm, negative ? -0.0 : 0.0);
    n = (int)vm_dtoa(d, 2, digits, text, 20, &point);
    if (n >= 18) return vm_alloc_float(vm, negative ? -d : d); /* more digits than a double has */
    double r = 0;
    if (n) {
        int e = point - n;
        text[n++] = 'e';
        if (e < 0) text[n++] = '-', e = -e;
        n += (int)vm_int_text(text + n, e, 10, false);
        vm_strtod(text, (uint32_t)n, &r);
        if (is_inf(r)) return vm_raise(vm, VM_B_OverflowError, "rounded value too large to represent");
    }
    return vm_alloc_float(vm, negative ? -r : r);
}

#else

vm_value vm_new_float(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, (void)argv, vm_no_floats(vm); }

vm_value vm_no_floats(vm *vm) { return vm_raise(vm, VM_B_TypeError, "this VM has no floats"); }

#endif
