/* SPDX-License-Identifier: Apache-2.0 */
/* math: what takes a series. There is no libm on chips, so everything is worked out with 128 bits and rounded once: the same on every
 * machine, and slower than a libm where there is one. */
#include "mathquick.h"

#if VM_FLOAT && VM_FEATURE_MATH

const wide vm_ln2 = {{0x03F2F6AF, 0xC9E3B398, 0xD1CF79AB, 0xB17217F7}, 0};
static const wide LN10 = {{0x82D30A29, 0xEA56D62B, 0xAAA8AC16, 0x935D8DDD}, 2};
/* pi / 2; the high part has 80 bits, so that its products with ints of 48 bits are exact */
static const wide HALF_PI_HIGH = {{0, 0xC4C60000, 0x2168C234, 0xC90FDAA2}, 1};
static const wide HALF_PI_LOW = {{0x98E80417, 0x9C1114CF, 0x39A25204, 0xC51701B8}, -80};
const wide vm_half_pi = {{0x80DC1CD1, 0xC4C6628B, 0x2168C234, 0xC90FDAA2}, 1};

real of_double(double d) {
    real r = {{{0}, 0}, false, d == 0};
    uint64_t m, bits;
    int e = vm_decompose(d, &m);
    memcpy(&bits, &d, 8);
    if (m) vm_wide_set(&r.m, m, e);
    r.negative = bits >> 63;
    return r;
}

real of_int(int64_t x) {
    real r = {{{0}, 0}, x < 0, x == 0};
    if (x) vm_wide_set(&r.m, x < 0 ? 0 - (uint64_t)x : (uint64_t)x, 0);
    return r;
}

double round_real(const real *a) {
    double d = a->zero ? 0 : vm_wide_round(&a->m);
    return a->negative ? -d : d;
}

static void shift_right(uint32_t *w, uint32_t bits) {
    while (bits >= 32) {
        memmove(w, w + 1, 4 * (WIDE - 1));
        w[WIDE - 1] = 0;
        bits -= 32;
    }
    for (unsigned i = 0; bits && i < WIDE; i++) w[i] = w[i] >> bits | (i + 1 < WIDE ? w[i + 1] << (32 - bits) : 0);
}

real add(real a, real b) {
    if (a.zero) return b;
    if (b.zero) return a;
    if (a.m.e < b.m.e || (a.m.e == b.m.e && vm_wide_less(a.m.w, b.m.w))) {
        real t = a;
        a = b;
        b = t;
    }
    uint32_t distance = (uint32_t)(a.m.e - b.m.e);
    if (distance >= 32 * WIDE) return a;
    shift_right(b.m.w, distance);
    if (a.negative != b.negative) {
        vm_wide_subtract(a.m.w, b.m.w);
        a.zero = !(a.m.w[0] | a.m.w[1] | a.m.w[2] | a.m.w[3]);
        while (!a.zero && !(a.m.w[WIDE - 1] >> 31)) {
            vm_wide_double(a.m.w, 0);
            a.m.e--;
        }
        return a;
    }
    uint64_t carry = 0;
    for (unsigned i = 0; i < WIDE; i++) {
        carry += (uint64_t)a.m.w[i] + b.m.w[i];
        a.m.w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) {
        shift_right(a.m.w, 1);
        a.m.w[WIDE - 1] |= 1u << 31;
        a.m.e++;
    }
    return a;
}

real multiply(real a, real b) {
    a.negative = a.negative != b.negative;
    a.zero |= b.zero;
    if (!a.zero) vm_wide_multiply(&a.m, &b.m);
    return a;
}

real divide(real a, real b) { /* b not 0 */
    vm_wide_invert(&b.m);
    return multiply(a, b);
}

/* 0 < n < 2^16, by digits of 16 bits, which are too small by 2 at most. */
real divide_by(real a, uint32_t n) {
    int shift = __builtin_clz(n) - 16;
    n <<= shift;
    if (a.m.w[WIDE - 1] >> 16 >= n) {
        shift_right(a.m.w, 1);
        shift++;
    }
    uint32_t inverse = 0xFFFFFFFF / n, rest = a.m.w[WIDE - 1] >> 16;
    for (unsigned i = WIDE; i-- > 0;) {
        uint32_t parts[] = {a.m.w[i] & 0xFFFF, i ? a.m.w[i - 1] >> 16 : 0}, digit;
        for (unsigned k = 0; k < 2; k++) {
            rest = rest << 16 | parts[k];
            digit = (uint32_t)(vm_product(rest, inverse) >> 32);
            rest -= digit * n;
            for (; rest >= n; rest -= n) digit++;
            a.m.w[i] = a.m.w[i] << 16 | digit;
        }
    }
    a.m.e += shift - 16;
    return a;
}

real root(real a) {
    if (!a.zero) vm_wide_root(&a.m);
    return a;
}

/* --- functions of wide numbers */

real exponential(real x) { /* |x| < 2000 */
    int k = (int)vm_floor(round_real(&x) * 1.4426950408889634 + 0.5);
    real r = scale(add(x, negated(multiply(of_wide(&vm_ln2), of_int(k)))), -8), one = of_int(1), sum = one;
    for (uint32_t i = 16; i; i--) sum = add(one, divide_by(multiply(r, sum), i));
    for (unsigned i = 0; i < 8; i++) sum = multiply(sum, sum);
    return scale(sum, k);
}

/* x - x^2 / 2 + x^3 / 3 ..., or, `factorials`, x + x^2 / 2! + x^3 / 3! ...; |x| < 2^-20, where adding 1 would lose too much */
static real of_small(real x, bool factorials) {
    real sum = of_int(0);
    for (int32_t i = 7; i; i--)
        sum = factorials ? divide_by(multiply(x, add(of_int(1), sum)), (uint32_t)i)
                         : multiply(x, add(divide_by(of_int(1), (uint32_t)i), negated(sum)));
    return sum;
}

/* By what is lacking of a logarithm of 50 bits and more. */
real logarithm(real x) { /* x > 0 */
    real difference = add(x, of_int(-1)), near;
    if (difference.zero) return difference;
    if (difference.m.e < -19) return of_small(difference, false);
    near = vm_quick_logarithm(&x);
    difference = add(multiply(x, exponential(negated(near))), of_int(-1));
    return add(near, of_small(difference, false));
}

/* Sine (0) or cosine (1), |x| < 2^47. */
real circular(real x, unsigned which) {
    int64_t k = (int64_t)vm_floor(round_real(&x) * 0.6366197723675814 + 0.5);
    real n = of_int(-k), r = add(add(x, multiply(of_wide(&HALF_PI_HIGH), n)), multiply(of_wide(&HALF_PI_LOW), n));
    real square = multiply(r, r), one = of_int(1), sum = one;
    which += (unsigned)k;
    bool cosine = which & 1;
    for (uint32_t i = cosine ? 30 : 31; i > 1; i -= 2) sum = add(one, negated(divide_by(multiply(square, sum), i * (i - 1))));
    if (!cosine) sum = multiply(sum, r);
    return which & 2 ? negated(sum) : sum;
}

/* Of (b, a), b >= 0: by what is lacking of an angle of 50 bits and more. */
static real angle(real a, real b) {
    if (a.zero) return a;
    bool negative = a.negative;
    a.negative = false;
    real near = vm_quick_angle_near(&a, &b), sine = circular(near, 0), cosine = circular(near, 1);
    real over = add(multiply(a, cosine), negated(multiply(b, sine)));
    near = add(near, divide(over, add(multiply(b, cosine), multiply(a, sine))));
    return negative ? negated(near) : near;
}

/* --- functions of one float */

static bool one_argument(vm *vm, unsigned which, double d, double *out) {
    double size = __builtin_fabs(d);
    bool domain = false, infinite = !vm_is_finite(d);
    *out = d;
    if (vm_is_nan(d)) return true;
    switch (which) {
    case LOG1P: domain = d <= -1; break;
    case LOG2:
    case LOG10: domain = d <= 0; break;
    case SIN:
    case COS:
    case TAN: domain = infinite; break;
    case ASIN:
    case ACOS: domain = size > 1; break;
    case ACOSH: domain = d < 1; break;
    case ATANH: domain = size >= 1; break;
    default: break;
    }
    if (domain) return vm_raise(vm, VM_B_ValueError, "math domain error"), false;
    if (infinite) {
        if (which == ATAN) return *out = d < 0 ? -1.5707963267948966 : 1.5707963267948966, true;
        if (which == TANH) return *out = d < 0 ? -1 : 1, true;
        if (which == COSH) *out = size;
        if (d < 0 && (which == EXP || which == EXPM1)) *out = which == EXP ? 0 : -1;
        return true;
    }
    if (d == 0) {
        if (which == ACOS) *out = 1.5707963267948966;
        if (which == EXP || which == COS || which == COSH) *out = 1;
        return true; /* with its sign */
    }
    real x = of_double(d), one = of_int(1), y;
    if (size > 1400 && (which == EXP || which == EXPM1 || which == SINH || which == COSH)) x = of_int(d < 0 ? -1400 : 1400);
    if (size > 100 && which == TANH) x = of_int(d < 0 ? -100 : 100);
    if (size < 1e-9 && which != EXP && which != COS && which != COSH && which != ACOS && which != LOG2 && which != LOG10 &&
        which != EXPM1 && which != LOG1P)
        return true; /* all that begin with x and have no square */
    if (size > 1e14 && which >= SIN && which <= TAN)
        x = of_double(vm_fmod(d, 6.283185307179586)); /* pi is known to 200 bits, not to 1100 */
    switch (which) {
    case EXP: y = exponential(x); break;
    case EXPM1: y = size < 9e-7 ? of_small(x, true) : add(exponential(x), negated(one)); break;
    case LOG1P: y = size < 9e-7 ? of_small(x, false) : logarithm(add(one, x)); break;
    case LOG2: y = divide(logarithm(x), of_wide(&vm_ln2)); break;
    case LOG10: y = divide(logarithm(x), of_wide(&LN10)); break;
    case SIN: y = circular(x, 0); break;
    case COS: y = circular(x, 1); break;
    case TAN: y = divide(circular(x, 0), circular(x, 1)); break;
    case ASIN:
    case ACOS: {
        real high = add(one, x), low = add(one, negated(x));
        if (which == ASIN)
            y = angle(x, root(multiply(high, low)));
        else
            y = scale(angle(root(low), root(high)), 1);
        break;
    }
    case ATAN: y = angle(x, one); break;
    case ASINH: {
        bool negative = x.negative;
        x.negative = false;
        y = logarithm(add(x, root(add(one, multiply(x, x)))));
        y.negative = negative;
        break;
    }
    case ACOSH: y = logarithm(add(x, root(multiply(add(x, one), add(x, negated(one)))))); break;
    case ATANH: y = scale(logarithm(divide(add(one, x), add(one, negated(x)))), -1); break;
    default: {
        real up = exponential(x), down = exponential(negated(x));
        real sine = add(up, negated(down)), cosine = add(up, down);
        y = which == TANH ? divide(sine, cosine) : scale(which == SINH ? sine : cosine, -1);
    }
    }
    *out = round_real(&y);
    if (*out - *out == 0) return true;
    return vm_raise(vm, VM_B_OverflowError, "math range error"), false;
}

static vm_value call_one(vm *vm, vm_value *argv, unsigned which) {
    double d;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    return vm_quick_one(which, d, &d) || one_argument(vm, which, d, &d) ? vm_alloc_float(vm, d) : VM_NULL;
}

#define ONE(name, which)                                                                                                                   \
    vm_value name(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, call_one(vm, argv, which); }
ONE(vm_math_exp, EXP)
ONE(vm_math_expm1, EXPM1)
ONE(vm_math_log1p, LOG1P)
ONE(vm_math_sin, SIN)
ONE(vm_math_cos, COS)
ONE(vm_math_tan, TAN)
ONE(vm_math_asin, ASIN)
ONE(vm_math_acos, ACOS)
ONE(vm_math_atan, ATAN)
ONE(vm_math_sinh, SINH)
ONE(vm_math_cosh, COSH)
ONE(vm_math_tanh, TANH)
ONE(vm_math_asinh, ASINH)
ONE(vm_math_acosh, ACOSH)
ONE(vm_math_atanh, ATANH)

/* The logarithm of a number of any size. false: raised, or *out is it already. */
static bool log_of(vm *vm, vm_value v, unsigned which, real *y, double *out) {
    double d;
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, v)) {
        if (vm_int_negative(vm, v)) return *out = 0, vm_raise(vm, VM_B_ValueError, "math domain error"), false;
        uint32_t bits = vm_big_bit_length(vm, v) - 62;
        int64_t x = 0;
        vm_value top = vm_big_binary(vm, VM_OP_RSHIFT, v, VM_SMALL(bits));
        if (!top || !vm_as_int64(vm, top, &x)) return *out = 0, false;
        *y = add(logarithm(of_int(x)), multiply(of_wide(&vm_ln2), of_int(bits)));
        return true;
    }
#endif
    *out = 0;
    if (!vm_need_double(vm, v, &d)) return false;
    if (vm_quick_one(which, d, out)) return false;
    if (d <= 0) return vm_raise(vm, VM_B_ValueError, "math domain error"), false;
    if (!vm_is_finite(d)) return *out = d, false;
    *y = logarithm(of_double(d));
    return true;
}

static vm_value log_to(vm *vm, vm_value v, unsigned which) {
    real y;
    double d;
    if (!log_of(vm, v, which, &y, &d)) return vm->exception ? VM_NULL : vm_alloc_float(vm, d);
    if (which != LOG) y = divide(y, of_wide(which == LOG2 ? &vm_ln2 : &LN10));
    return vm_alloc_float(vm, round_real(&y));
}

vm_value vm_math_log2(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, log_to(vm, argv[0], LOG2); }
vm_value vm_math_log10(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, log_to(vm, argv[0], LOG10); }

vm_value vm_math_log(vm *vm, unsigned argc, vm_value *argv) {
    vm_value x = log_to(vm, argv[0], LOG), y;
    if (!x || argc < 2) return x;
    double a = vm_float_of(vm, x);
    if (!(y = log_to(vm, argv[1], LOG))) return y;
    if (vm_float_of(vm, y) == 0) return vm_raise(vm, VM_B_ZeroDivisionError, "float division by zero");
    return vm_alloc_float(vm, a / vm_float_of(vm, y)); /* two rounded logarithms, as CPython */
}

static bool two(vm *vm, vm_value *argv, double *a, double *b) { return vm_need_double(vm, argv[0], a) && vm_need_double(vm, argv[1], b); }

vm_value vm_math_atan2(vm *vm, unsigned argc, vm_value *argv) {
    double y, x;
    (void)argc;
    if (!two(vm, argv, &y, &x)) return VM_NULL;
    double d;
    if (vm_quick_angle(y, x, &d)) return vm_alloc_float(vm, d);
    if (vm_is_nan(x) || vm_is_nan(y)) return vm_alloc_float(vm, __builtin_nan(""));
    real a = of_double(y), b = of_double(x);
    bool negative = a.negative, behind = b.negative;
    a.negative = b.negative = false;
    if (x - x != 0 || y - y != 0) { /* as if they were 1 and 0 */
        a = of_int(y - y != 0);
        b = of_int(x - x != 0);
    }
    real r = angle(a, b);
    if (behind) r = b.zero && !a.zero ? r : add(scale(of_wide(&vm_half_pi), 1), negated(r));
    r.negative = false;
    d = round_real(&r);
    return vm_alloc_float(vm, negative ? -d : d);
}

vm_value vm_math_hypot(vm *vm, unsigned argc, vm_value *argv) {
    real sum = of_int(0);
    bool infinite = false, nan = false;
    double d, e;
    if (argc == 2 && vm_is_float(argv[0]) && vm_is_float(argv[1]) && vm_quick_hypot(vm_float_of(vm, argv[0]), vm_float_of(vm, argv[1]), &e))
        return vm_alloc_float(vm, e);
    for (unsigned i = 0; i < argc; i++) {
        if (!vm_need_double(vm, argv[i], &d)) return VM_NULL;
        infinite |= d == d && d - d != 0;
        nan |= d != d;
        real x = of_double(d);
        if (d - d == 0) sum = add(sum, multiply(x, x));
    }
    sum = root(sum);
    return vm_alloc_float(vm, infinite ? __builtin_inf() : nan ? __builtin_nan("") : round_real(&sum));
}

/* --- floats taken apart */

vm_value vm_math_copysign(vm *vm, unsigned argc, vm_value *argv) {
    double a, b;
    (void)argc;
    return two(vm, argv, &a, &b) ? vm_alloc_float(vm, __builtin_copysign(a, b)) : VM_NULL;
}

vm_value vm_math_degrees(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    return vm_need_double(vm, argv[0], &d) ? vm_alloc_float(vm, d * (180.0 / 3.141592653589793)) : VM_NULL;
}

vm_value vm_math_radians(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    return vm_need_double(vm, argv[0], &d) ? vm_alloc_float(vm, d * (3.141592653589793 / 180.0)) : VM_NULL;
}

static vm_value pair(vm *vm, double a, double b, bool whole) {
    vm_value both[2] = {vm_alloc_float(vm, a), VM_NULL}, t = VM_NULL;
    unsigned place = vm_root(vm, both[0] ? both[0] : VM_NONE);
    if (both[0]) both[1] = whole ? VM_SMALL((int32_t)b) : vm_alloc_float(vm, b);
    if (both[1]) {
        vm_root(vm, both[1]);
        t = vm_new_tuple_of(vm, 2, both);
    }
    vm_unroot(vm, place);
    return t;
}

vm_value vm_math_modf(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    double whole = d < 0 ? -vm_floor(-d) : vm_floor(d), rest = d - d != 0 ? (d != d ? d : 0.0) : d - whole;
    return pair(vm, __builtin_copysign(rest, d), whole, false);
}

vm_value vm_math_frexp(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    uint64_t m;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    if (d == 0 || d - d != 0) return pair(vm, d, 0, true);
    int e = vm_decompose(d, &m), bits = 64 - __builtin_clzll(m);
    return pair(vm, __builtin_copysign(vm_compose(m, -bits), d), e + bits, true);
}

vm_value vm_math_ldexp(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    int32_t e;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    if (!vm_is_int(vm, argv[1]) && !vm_is_bool(argv[1]))
        return vm_raise(vm, VM_B_TypeError, "Expected an int as second argument to ldexp.");
    if (!vm_need_index(vm, argv[1], &e)) return VM_NULL;
    double r = vm_ldexp(d, e);
    if (r - r != 0 && d - d == 0) return vm_raise(vm, VM_B_OverflowError, "math range error");
    return vm_alloc_float(vm, r);
}

vm_value vm_math_isclose(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_rel_tol, VM_N_abs_tol};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given[2] = {VM_NULL, VM_NULL};
    double a, b, relative = 1e-9, absolute = 0;
    if (!vm_match_keywords(vm, &k, "isclose", 2, names, given) || !two(vm, argv, &a, &b)) return VM_NULL;
    if ((given[0] && !vm_need_double(vm, given[0], &relative)) || (given[1] && !vm_need_double(vm, given[1], &absolute))) return VM_NULL;
    if (relative < 0 || absolute < 0) return vm_raise(vm, VM_B_ValueError, "tolerances must be non-negative");
    if (a == b) return VM_TRUE;
    double distance = __builtin_fabs(a - b);
    if (a - a != 0 || b - b != 0) return VM_FALSE;
    return VM_BOOL(distance <= __builtin_fabs(relative * b) || distance <= __builtin_fabs(relative * a) || distance <= absolute);
}

/* --- ints */

vm_value vm_math_gcd(vm *vm, unsigned argc, vm_value *argv) {
    vm_value a = VM_SMALL(0);
    unsigned place = vm_root(vm, a), other = vm_root(vm, a);
    for (unsigned i = 0; a && i < argc; i++) {
        vm_value b = vm_index_of(vm, argv[i]);
        while (a && b && b != VM_SMALL(0)) {
            vm->roots[place] = a;
            vm->roots[other] = b;
            vm_value rest = vm_binary(vm, VM_OP_MOD, a, b, false);
            a = b;
            b = rest;
        }
        if (!b) a = b;
    }
    if (a && vm_int_negative(vm, a)) a = vm_unary(vm, VM_OP_NEG, a);
    vm_unroot(vm, place);
    return a;
}

vm_value vm_math_factorial(vm *vm, unsigned argc, vm_value *argv) {
    int64_t n;
    vm_value v = vm_index_of(vm, argv[0]);
    (void)argc;
    if (!v) return v;
    if (!vm_as_int64(vm, v, &n) && !vm_int_negative(vm, v))
        return vm_raise(vm, VM_B_OverflowError, "factorial() argument should not exceed 9223372036854775807");
    if (vm_int_negative(vm, v)) n = -1;
    v = VM_SMALL(1);
    if (n < 0) return vm_raise(vm, VM_B_ValueError, "factorial() not defined for negative values");
    unsigned place = vm_root(vm, v);
    for (int64_t i = 2; v && i <= n; i++) {
        vm->roots[place] = v;
        v = vm_binary(vm, VM_OP_MUL, v, VM_SMALL(i), false);
    }
    vm_unroot(vm, place);
    return v;
}

/* The whole part of a square root, by Newton from above. */
vm_value vm_math_isqrt(vm *vm, unsigned argc, vm_value *argv) {
    vm_value n = vm_index_of(vm, argv[0]), x, y;
    (void)argc;
    if (!n) return n;
    if (vm_int_negative(vm, n)) return vm_raise(vm, VM_B_ValueError, "isqrt() argument must be nonnegative");
    if (n == VM_SMALL(0)) return n;
    unsigned place = vm_root(vm, n), now = vm_root(vm, VM_NONE), next = vm_root(vm, VM_NONE);
    vm_value bits = vm_int_bit_length(vm, 1, &n);
    for (y = vm_binary(vm, VM_OP_LSHIFT, VM_SMALL(1), VM_SMALL((vm_small(bits) + 1) / 2), false), x = VM_NULL; y;) {
        if (x && vm_less(vm, y, x) != 1) break;
        vm->roots[now] = x = y;
        if (!(y = vm_binary(vm, VM_OP_FLOORDIV, n, x, false))) break;
        vm->roots[next] = y;
        if (!(y = vm_binary(vm, VM_OP_ADD, x, y, false))) break;
        vm->roots[next] = y;
        y = vm_binary(vm, VM_OP_RSHIFT, y, VM_SMALL(1), false);
        if (y) vm->roots[next] = y;
    }
    vm_unroot(vm, place);
    return y ? x : VM_NULL;
}

#endif
