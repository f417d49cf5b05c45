/* SPDX-License-Identifier: Apache-2.0 */
/* Floats: IEEE 754 doubles in 8-byte cells. What libm would do is done here, with the same results on every machine. */
#include "lib/mathquick.h"

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

/* By their bits: a comparison of doubles is a call on small cores. */
bool vm_is_nan(double d) { return bits_of(d) << 1 > 0x7FFull << 53; }
static bool is_inf(double d) { return bits_of(d) << 1 == 0x7FFull << 53; }
bool vm_is_finite(double d) { return bits_of(d) << 1 < 0x7FFull << 53; }
static bool is_zero(double d) { return !(bits_of(d) << 1); }
static bool is_negative(double d) { return bits_of(d) >> 63; }

bool vm_as_double(vm *vm, vm_value v, double *out) {
    int64_t x;
    v = vm_bare(vm, v);
    if (vm_is_float(v)) return *out = vm_float_of(vm, v), true;
    if (!vm_as_int64(vm, v, &x)) return false;
    *out = (double)x;
    return true;
}

double vm_floor(double a) {
    uint64_t u = bits_of(a), sign = u & 1ull << 63;
    unsigned exponent = u >> 52 & 0x7FF;
    if (exponent >= 1075) return a; /* integral already, infinite, or not a number */
    if (exponent < 1023) return sign && !is_zero(a) ? -1.0 : from_bits(sign);
    uint64_t fraction = UINT64_MAX >> (exponent - 1011);
    if (sign) u += fraction; /* away from zero, unless it is integral */
    return from_bits(u & ~fraction);
}

double vm_fmod(double a, double b) {
    uint64_t ua = bits_of(a) & INT64_MAX, ub = bits_of(b) & INT64_MAX, sign = bits_of(a) & ~(uint64_t)INT64_MAX;
    if (ub == 0 || vm_is_nan(a) || vm_is_nan(b) || is_inf(a)) return __builtin_nan("");
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

/* m * 2^e, rounded once, half to even. m is not 0; its lowest bit may stand for anything below it. */
double vm_compose(uint64_t m, int e) {
    int shift = __builtin_clzll(m), top, drop = 11;
    m <<= shift;
    top = e - shift + 63; /* the exponent of the value */
    if (top > 1023) return __builtin_inf();
    if (top < -1022) drop += -1022 - top;
    if (drop > 64) return 0;
    uint64_t kept = drop > 63 ? 0 : m >> drop, rest = m << (64 - drop), half = 1ull << 63;
    if (rest > half || (rest == half && kept & 1)) kept++;
    return from_bits(top < -1022 ? kept : ((uint64_t)(top + 1022) << 52) + kept);
}

/* |d| = *m * 2^result; not of an infinity. */
int vm_decompose(double d, uint64_t *m) {
    uint64_t u = bits_of(d) & INT64_MAX;
    int e = (int)(u >> 52);
    *m = u & 0xFFFFFFFFFFFFFull;
    if (e)
        *m |= 1ull << 52;
    else
        e = 1;
    return e - 1075;
}

double vm_ldexp(double d, int e) {
    uint64_t m;
    if (is_zero(d) || !vm_is_finite(d)) return d;
    int exponent = vm_decompose(d, &m);
    if (e > 5000) e = 5000;
    if (e < -5000) e = -5000;
    double r = vm_compose(m, exponent + e);
    return d < 0 ? -r : r;
}

/* --- wide numbers */

bool vm_wide_less(const uint32_t *a, const uint32_t *b) {
    for (int i = WIDE - 1; i >= 0; i--)
        if (a[i] != b[i]) return a[i] < b[i];
    return false;
}

uint32_t vm_wide_double(uint32_t *a, uint32_t carry) { /* a = 2 a + carry; what comes out on top */
    for (unsigned i = 0; i < WIDE; i++) {
        uint32_t top = a[i] >> 31;
        a[i] = a[i] << 1 | carry;
        carry = top;
    }
    return carry;
}

void vm_wide_subtract(uint32_t *a, const uint32_t *b) {
    uint32_t borrow = 0;
    for (unsigned i = 0; i < WIDE; i++) {
        uint64_t x = (uint64_t)a[i] - b[i] - borrow;
        a[i] = (uint32_t)x;
        borrow = x >> 63;
    }
}

VM_COLD void vm_wide_multiply(wide *a, const wide *b) {
    uint32_t product[2 * WIDE] = {0};
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 both;
    uint64_t a0 = (uint64_t)a->w[1] << 32 | a->w[0], a1 = (uint64_t)a->w[3] << 32 | a->w[2];
    uint64_t b0 = (uint64_t)b->w[1] << 32 | b->w[0], b1 = (uint64_t)b->w[3] << 32 | b->w[2];
    both one = (both)a0 * b1, other = (both)a1 * b0;
    both middle = ((both)a0 * b0 >> 64) + (uint64_t)one + (uint64_t)other;
    both high = (both)a1 * b1 + (one >> 64) + (other >> 64) + (middle >> 64);
    product[WIDE - 1] = (uint32_t)(middle >> 32);
    for (unsigned i = 0; i < WIDE; i++) product[WIDE + i] = (uint32_t)(high >> 32 * i);
#else
    for (unsigned i = 0; i < WIDE; i++) {
        uint64_t carry = 0;
        for (unsigned k = 0; k < WIDE; k++) {
            carry += vm_product(a->w[i], b->w[k]) + product[i + k];
            product[i + k] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i + WIDE] = (uint32_t)carry;
    }
#endif
    memcpy(a->w, product + WIDE, sizeof a->w);
    a->e += b->e;
    if (!(a->w[WIDE - 1] >> 31)) {
        vm_wide_double(a->w, product[WIDE - 1] >> 31);
        a->e--;
    }
    if (a->e > 1 << 20) a->e = 1 << 20; /* infinite, or 0, already */
    if (a->e < -(1 << 20)) a->e = -(1 << 20);
}

void vm_wide_invert(wide *a) {
    uint32_t rest[WIDE] = {0}, carry = 0;
    wide q = {{0}, 2 - a->e};
    rest[WIDE - 1] = 1u << 31; /* 1/2 over a: from 1/2, exclusive when a > 1/2, to 1 */
    for (unsigned i = 0; i < 32 * WIDE; i++) {
        bool one = carry || !vm_wide_less(rest, a->w);
        if (one) vm_wide_subtract(rest, a->w);
        carry = vm_wide_double(rest, 0);
        vm_wide_double(q.w, one);
    }
    if (!(q.w[WIDE - 1] >> 31)) {
        vm_wide_double(q.w, 0);
        q.e--;
    }
    *a = q;
}

/* Two bits of the number for each bit of the root. */
void vm_wide_root(wide *a) {
    uint32_t rest[WIDE] = {0}, root[WIDE] = {0};
    if (a->e & 1) { /* half of it, the lost bit is far below what matters */
        for (unsigned i = 0; i < WIDE; i++) a->w[i] = a->w[i] >> 1 | (i + 1 < WIDE ? a->w[i + 1] << 31 : 0);
        a->e++;
    }
    for (unsigned i = 0; i < 32 * WIDE - 2; i++) {
        vm_wide_double(rest, vm_wide_double(a->w, 0));
        vm_wide_double(rest, vm_wide_double(a->w, 0));
        uint32_t test[WIDE];
        memcpy(test, root, sizeof test);
        vm_wide_double(test, 0);
        vm_wide_double(test, 1);
        bool one = !vm_wide_less(rest, test);
        if (one) vm_wide_subtract(rest, test);
        vm_wide_double(root, one);
    }
    vm_wide_double(root, 0);
    vm_wide_double(root, 0);
    memcpy(a->w, root, sizeof root);
    a->e /= 2;
}

void vm_wide_set(wide *a, uint64_t m, int e) {
    int shift = __builtin_clzll(m);
    m <<= shift;
    *a = (wide){{0, 0, (uint32_t)m, (uint32_t)(m >> 32)}, e - shift + 64};
}

/* By digits of 14 bits after the first 16: what the upper bits say of each is too small by 2 at most. */
uint64_t vm_root_of(uint64_t m, uint64_t *rest) {
    uint32_t top = (uint32_t)(m >> 32), first = 0;
    for (uint32_t bit = 1u << 30; bit; bit >>= 2) {
        uint32_t test = first + bit;
        first >>= 1;
        if (top >= test) {
            top -= test;
            first += bit;
        }
    }
    uint32_t inverse = 0xFFFFFFFF / (first + 1), low = (uint32_t)m;
    uint64_t root = first, left = top;
    for (unsigned shift = 2; shift <= 30; shift += 14) {
        uint32_t digit = (uint32_t)(left >> shift) * inverse >> 17;
        root <<= 15;
        left = (left << 28 | low >> 4) - (root + digit) * digit;
        low <<= 28;
        root = (root >> 1) + digit;
        for (; left > 2 * root; root++) left -= 2 * root + 1;
    }
    return *rest = left, root;
}

double vm_sqrt(double a) {
    if (is_zero(a) || vm_is_nan(a)) return a;
    if (is_negative(a)) return __builtin_nan("");
    if (is_inf(a)) return a;
#if VM_HOST
    return __builtin_sqrt(a); /* exact, as below */
#else
    uint64_t m, rest;
    int e = vm_decompose(a, &m), shift = __builtin_clzll(m);
    shift -= (e - shift) & 1;
    m = vm_root_of(m << shift, &rest);
    return from_bits(((uint64_t)(1053 + (e - shift) / 2) << 52) + ((m + 16) >> 5)); /* no root is in the middle of two floats */
#endif
}

double vm_wide_round(const wide *a) {
    uint64_t top = (uint64_t)a->w[3] << 32 | a->w[2];
    return vm_compose(top | ((a->w[0] | a->w[1]) != 0), a->e - 64);
}

/* As C's pow, rounded from 100 bits: powers by squaring for the whole part of the exponent, square roots for its fraction. The tests are on
 * the bits of the numbers: comparisons of doubles are calls on small cores. */
double vm_pow(double x, double y) {
    if (bits_of(y) == 1024ull << 52) return x * x;
    if (bits_of(y) == 1022ull << 52 && !(bits_of(x) >> 63)) return vm_sqrt(x);
    const uint64_t one = 1023ull << 52, infinity = 0x7FFull << 52;
    uint64_t ax = bits_of(x) & INT64_MAX, ay = bits_of(y) & INT64_MAX, n = 0, fraction = 0, m;
    bool negative = bits_of(x) >> 63, up = !(bits_of(y) >> 63);
    if (!ay || (ax == one && !negative)) return 1;
    if (ax > infinity || ay > infinity) return __builtin_nan("");
    int e = vm_decompose(y, &m);
    if (e > 8)
        n = 1ull << 62; /* even, and far beyond */
    else if (e >= 0)
        n = m << e;
    else if (e > -64) {
        n = m >> -e;
        fraction = m << (64 + e);
    } else
        fraction = e > -128 ? m >> (-64 - e) : 0;
    bool whole = e >= 0 || (e > -53 && !fraction), odd = whole && n & 1;
    if (!ax || ax == infinity || ay == infinity) {
        double r = ax == one ? 1 : (ax > one) == up ? __builtin_inf() : 0;
        return negative && odd && ay != infinity ? -r : r;
    }
    if (negative && !whole) return __builtin_nan("");
    if (up && !n && fraction == 1ull << 63) return vm_sqrt(x);
#if VM_FEATURE_MATH
    double near;
    if (vm_quick_power(__builtin_fabs(x), y, &near)) return negative && odd ? -near : near;
#endif
#if VM_FEATURE_MATH
    if (fraction << 8) { /* no few roots */
        real exponent = of_double(__builtin_fabs(x));
        exponent = multiply(logarithm(exponent), of_double(y));
        if (exponent.m.e > 10) return exponent.negative ? 0 : __builtin_inf();
        exponent = exponential(exponent);
        return round_real(&exponent);
    }
#endif
    wide base, product;
    e = vm_decompose(x, &m);
    vm_wide_set(&base, m, e);
    vm_wide_set(&product, 1, 0);
    wide root = base;
    for (; n && ax != one; n >>= 1) {
        if (n & 1) vm_wide_multiply(&product, &base);
        if (n > 1) vm_wide_multiply(&base, &base);
    }
    for (; fraction; fraction <<= 1) {
        vm_wide_root(&root);
        if (fraction >> 63) vm_wide_multiply(&product, &root);
    }
    if (!up) vm_wide_invert(&product);
    double r = vm_wide_round(&product);
    return negative && odd ? -r : r;
}

vm_value vm_float_binary(vm *vm, unsigned op, double a, double b) {
    double r, mod;
    bool zero = is_zero(b);
    switch (op) {
    case VM_OP_ADD: r = a + b; break;
    case VM_OP_SUB: r = a - b; break;
    case VM_OP_MUL: r = a * b; break;
    case VM_OP_TRUEDIV:
    case VM_OP_FLOORDIV:
    case VM_OP_MOD:
        if (zero)
            return vm_raise(vm, VM_B_ZeroDivisionError,
                            op == VM_OP_MOD       ? "float modulo"
                            : op == VM_OP_TRUEDIV ? "float division by zero"
                                                  : "float floor division by zero");
        r = a / b;
        if (op == VM_OP_TRUEDIV) break;
        mod = vm_fmod(a, b);
        bool across = !is_zero(mod) && is_negative(b) != is_negative(mod);
        if (op == VM_OP_MOD) {
            r = across ? mod + b : is_zero(mod) ? (is_negative(b) ? -0.0 : 0.0) : mod;
            break;
        }
        mod = (a - mod) / b;
        if (across) mod -= 1;
        if (is_zero(mod))
            r = is_negative(r) ? -0.0 : 0.0;
        else {
            r = vm_floor(mod);
            if (mod - r > 0.5) r += 1;
        }
        break;
    case VM_OP_POW:
        if (is_zero(a) && is_negative(b) && !zero && vm_is_finite(b))
            return vm_raise(vm, VM_B_ZeroDivisionError, "0.0 cannot be raised to a negative power");
        r = vm_pow(a, b);
        if (!vm_is_finite(r) && vm_is_finite(a) && vm_is_finite(b))
            return vm_is_nan(r) ? vm_raise(vm, VM_B_ValueError, "complex numbers are not supported")
                                : vm_raise(vm, VM_B_OverflowError, "(34, 'Numerical result out of range')");
        break;
    default: return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for %s: 'float' and 'float'", vm_operator_text(op));
    }
    return vm_alloc_float(vm, r);
}

static bool fits_int64(double d) { return bits_of(d) << 1 < 1086ull << 53 || bits_of(d) == 0xC3Eull << 52; } /* below 2^63, or -2^63 */

int vm_float_compare_int(vm *vm, double a, vm_value b) {
    int64_t x, whole;
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, b)) return -vm_big_compare_double(vm, b, a);
#endif
    vm_as_int64(vm, b, &x);
    double d = (double)x;
    if (a != d) return a < d ? -1 : 1;
    if (!fits_int64(a)) return 1; /* 2^63, to which x was rounded */
    whole = (int64_t)a;
    return whole < x ? -1 : whole > x;
}

vm_value vm_float_to_int(vm *vm, double d) {
    if (vm_is_nan(d)) return vm_raise(vm, VM_B_ValueError, "cannot convert float NaN to integer");
    if (is_inf(d)) return vm_raise(vm, VM_B_OverflowError, "cannot convert float infinity to integer");
    if (fits_int64(d)) return vm_int(vm, (int64_t)d);
#if VM_FEATURE_BIGINT
    if (!vm_narrow(vm)) return vm_big_from_double(vm, d);
#endif
    return vm_int_overflow(vm, VM_OP_ADD, 0, 0);
}

/* As CPython's hash: the number modulo 2^61 - 1, where a power of two turns 61 bits round. */
int64_t vm_float_hash(double d) {
    uint64_t m;
    int e = vm_decompose(d, &m) % 61;
    if (!vm_is_finite(d)) return vm_is_nan(d) ? 0 : is_negative(d) ? -314159 : 314159;
    if (e < 0) e += 61;
    m = (m << e & ((1ull << 61) - 1)) | m >> (61 - e);
    int64_t h = is_negative(d) ? -(int64_t)m : (int64_t)m;
    return h == -1 ? -2 : h;
}

static bool need_double(vm *vm, vm_value v, double *out, const char *refusal) {
    if (vm_is_float(v)) return *out = vm_float_of(vm, v), true;
    vm_value m = vm_special(vm, v, VM_N_float_);
    if (!m && vm_as_double(vm, v, out)) return true;
#if VM_FEATURE_BIGINT
    if (!m && vm_is_bigint(vm, v)) return vm_big_to_double(vm, v, out);
#endif
    bool index = !m;
    if (index) m = vm_special(vm, v, VM_N_index_);
    if (!m) return vm_raise(vm, VM_B_TypeError, refusal, v), false;
    m = vm_call(vm, m, 1, &v);
    if (!m) return false;
    if (!index) m = vm_bare(vm, m);
    if (index ? !vm_is_int(vm, m) : !vm_is_float(m))
        return vm_raise(vm, VM_B_TypeError, "%T.%s returned non-%s (type %T)", v, index ? "__index__" : "__float__",
                        index ? "int" : "float", m),
               false;
    return need_double(vm, m, out, refusal);
}

bool vm_need_double(vm *vm, vm_value v, double *out) { return need_double(vm, v, out, "must be real number, not %T"); }

vm_value vm_new_float(vm *vm, unsigned argc, vm_value *argv) {
    double d = 0;
    const uint8_t *s;
    uint32_t n;
    if (!vm_no_keywords(vm, "float")) return VM_NULL;
    if (argc) {
        vm_value v = argv[0];
        if (vm_is_float(v)) return v;
#if VM_FEATURE_UNICODE
        if (vm_is(vm, v, VM_T_STR) && !(v = vm_plain_digits(vm, v))) return v;
#endif
        if (!vm_special(vm, v, VM_N_float_) && vm_bare(vm, v) != v) return vm_bare(vm, v);
        if ((!VM_FEATURE_RARE || !vm_special(vm, v, VM_N_float_)) && vm_text_view(vm, v, &s, &n)) {
            while (n && vm_is_space(*s)) s++, n--;
            while (n && vm_is_space(s[n - 1])) n--;
            if (!vm_strtod((const char *)s, n, &d)) return vm_raise(vm, VM_B_ValueError, "could not convert string to float: %R", argv[0]);
        } else if (!need_double(vm, v, &d, "float() argument must be a string or a real number, not '%T'"))
            return VM_NULL;
    }
    return vm_alloc_float(vm, d);
}

vm_value vm_float_is_integer(vm *vm, unsigned argc, vm_value *argv) {
    double d = vm_float_of(vm, vm_bare(vm, argv[0]));
    (void)argc;
    return VM_BOOL(vm_floor(d) == d && !is_inf(d));
}

/* round(d, digits): through the exact decimal digits, as CPython does. */
vm_value vm_float_round(vm *vm, double d, int digits) {
    char text[VM_DIGITS];
    int point;
    if (!vm_is_finite(d) || is_zero(d) || digits > 323) return vm_alloc_float(vm, d);
    unsigned n = digits < -310 ? 0 : vm_dtoa(__builtin_fabs(d), 2, digits, text, &point);
    double r = n ? vm_decimal(text, n, point) : 0;
    if (is_inf(r)) return vm_raise(vm, VM_B_OverflowError, "rounded value too large to represent");
    return vm_alloc_float(vm, bits_of(d) >> 63 ? -r : r);
}

#if VM_FEATURE_RARE
vm_value vm_float_ratio(vm *vm, unsigned argc, vm_value *argv) {
    double d = vm_float_of(vm, vm_bare(vm, argv[0]));
    vm_value both[2];
    uint64_t m;
    (void)argc;
    if (vm_is_nan(d)) return vm_raise(vm, VM_B_ValueError, "cannot convert NaN to integer ratio");
    if (is_inf(d)) return vm_raise(vm, VM_B_OverflowError, "cannot convert Infinity to integer ratio");
    int e = vm_decompose(d, &m), zeros = m ? __builtin_ctzll(m) : 0;
    if (!m) e = 0;
    for (; e < 0 && zeros; zeros--, e++) m >>= 1;
    both[0] = vm_int(vm, d < 0 ? -(int64_t)m : (int64_t)m);
    unsigned root = vm_root(vm, both[0] ? both[0] : VM_NONE);
    if (both[0] && e > 0) both[0] = vm_binary(vm, VM_OP_LSHIFT, both[0], VM_SMALL(e), false);
    if (both[0]) vm_root(vm, both[0]);
    both[1] = e < 0 ? vm_int_binary(vm, VM_OP_LSHIFT, 1, -e) : VM_SMALL(1);
    if (both[1]) vm_root(vm, both[1]);
    vm_value v = both[0] && both[1] ? vm_new_tuple_of(vm, 2, both) : VM_NULL;
    vm_unroot(vm, root);
    return v;
}

vm_value vm_float_hex(vm *vm, unsigned argc, vm_value *argv) {
    double d = vm_float_of(vm, vm_bare(vm, argv[0]));
    char text[VM_INT_TEXT];
    uint64_t u = bits_of(d);
    (void)argc;
    if (d - d != 0) return vm_repr(vm, argv[0]);
    vm_writer w;
    vm_writer_begin(&w, vm, 24);
    int e = (int)(u >> 52 & 0x7FF);
    vm_put_text(&w, u >> 63 ? "-0x" : "0x");
    vm_put_text(&w, e ? "1." : "0.");
    if (d == 0)
        vm_put_char(&w, '0');
    else
        vm_put(&w, text + 1, vm_int_text(text, (int64_t)((u & 0xFFFFFFFFFFFFFull) | 1ull << 52), 16, false) - 1);
    vm_printf(&w, "p%s%d", d == 0 || e >= 1023 ? "+" : "", d == 0 ? 0 : (e ? e : 1) - 1023);
    return vm_writer_end(&w);
}

vm_value vm_float_fromhex(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *s;
    uint32_t n = 0;
    uint64_t m = 0;
    int e = 0, exponent = 0;
    bool any = false, point = false;
    double d;
    (void)argc;
    if (!vm_need_str(vm, argv[0], "fromhex() argument")) return VM_NULL;
    vm_text_view(vm, argv[0], &s, &n);
    while (n && vm_is_space(*s)) s++, n--;
    while (n && vm_is_space(s[n - 1])) n--;
    const uint8_t *end = s + n;
    if (n && (vm_strtod((const char *)s, n, &d) && d - d != 0)) return vm_alloc_float(vm, d);
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (end - s > 1 && *s == '0' && (s[1] | 32) == 'x') s += 2;
    for (; s < end; s++) {
        unsigned digit = vm_digit(*s);
        if (*s == '.' && !point)
            point = true;
        else if (digit < 16) {
            any = true;
            if (m >> 60)
                e += 4, m |= digit != 0;
            else
                m = m << 4 | digit;
            e -= point ? 4 : 0;
        } else
            break;
    }
    if (s < end && (*s | 32) == 'p' && any) {
        bool minus = ++s < end && *s == '-';
        if (s < end && (*s == '-' || *s == '+')) s++;
        any = s < end;
        for (; s < end && vm_digit(*s) < 10; s++)
            if (exponent < 100000) exponent = exponent * 10 + (int)vm_digit(*s);
        if (minus) exponent = -exponent;
    }
    if (!any || s < end) return vm_raise(vm, VM_B_ValueError, "invalid hexadecimal floating-point string");
    d = m ? vm_compose(m, e + exponent) : 0;
    if (is_inf(d)) return vm_raise(vm, VM_B_OverflowError, "hexadecimal value too large to represent as a float");
    return vm_alloc_float(vm, negative ? -d : d);
}
#endif

vm_value vm_float_getattr(vm *vm, vm_value v, unsigned name) {
#if VM_FEATURE_RARE
    if (name == VM_N_real) return v;
    if (name == VM_N_imag) return vm_alloc_float(vm, 0);
#endif
    (void)vm, (void)v, (void)name;
    return VM_NULL;
}

#else

vm_value vm_new_float(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, (void)argv, vm_no_floats(vm); }

vm_value vm_no_floats(vm *vm) { return vm_raise(vm, VM_B_TypeError, "this VM has no floats"); }

#endif
