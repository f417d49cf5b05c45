/* SPDX-License-Identifier: Apache-2.0 */
/* math: the gamma and error functions, exact sums, counting, neighbours of a float. Formulas: NIST Digital Library of Mathematical
 * Functions, 5.5 (reflection), 5.11.1 (Stirling's series), 7.6.2 and 7.9.1 (series and continued fraction of the error function). */
#include "real.h"

#if VM_FLOAT && VM_FEATURE_MATH

vm_value vm_math_hypot(vm *vm, unsigned argc, vm_value *argv); /* mathfull.c */
vm_value vm_math_gcd(vm *vm, unsigned argc, vm_value *argv);

static vm_value domain_error(vm *vm) { return vm_raise(vm, VM_B_ValueError, "math domain error"); }

/* A result that was not infinite before it was rounded. */
static vm_value rounded(vm *vm, const real *y) {
    double d = round_real(y);
    return vm_is_finite(d) ? vm_alloc_float(vm, d) : vm_raise(vm, VM_B_OverflowError, "math range error");
}

/* --- gamma */

/* The logarithm of gamma(x + n), with n so that it is at least 40 (an error below 2^-115), and x (x + 1) ... (x + n - 1). x > 0. */
static real stirling(real x, real *product) {
    /* B(2k) / (2k (2k - 1)), 24 times that */
    static const int32_t series[][2] = {{2, 1},  {-2, 30},      {2, 105},       {-2, 140},       {2, 99},       {-691, 15015},
                                        {2, 13}, {-3617, 5100}, {87734, 20349}, {-174611, 5225}, {155366, 483}, {-236364091, 62790}};
    real one = of_int(1);
    for (*product = one; x.m.e < 6 || (x.m.e == 6 && x.m.w[WIDE - 1] < 40u << 26); x = add(x, one)) *product = multiply(*product, x);
    real inverse = divide(one, x), square = multiply(inverse, inverse), sum = of_int(0);
    for (unsigned k = sizeof series / sizeof *series; k-- > 0;)
        sum = add(multiply(sum, square), divide_by(of_int(series[k][0]), (uint32_t)series[k][1]));
    sum = add(divide_by(multiply(sum, inverse), 24), scale(logarithm(scale(of_wide(&vm_half_pi), 2)), -1));
    return add(sum, add(multiply(add(x, scale(negated(one), -1)), logarithm(x)), negated(x)));
}

/* |x sin(pi x)| / pi of an x that is not whole. */
static real reflection(double x) {
    double part = vm_fmod(x, 1);
    if (part > 0.5) part = 1 - part;
    real pi = scale(of_wide(&vm_half_pi), 1);
    return divide(multiply(of_double(x), circular(multiply(pi, of_double(part)), 0)), pi);
}

static vm_value gamma_of(vm *vm, vm_value v, bool logarithmic) {
    double d, size;
    real product, y;
    if (!vm_need_double(vm, v, &d)) return VM_NULL;
    size = __builtin_fabs(d);
    if (d != d || (!vm_is_finite(d) && (d > 0 || logarithmic))) return vm_alloc_float(vm, logarithmic ? size : d);
    if (d <= 0 && vm_floor(d) == d) return domain_error(vm);
    if (!logarithmic && size > 200) { /* below 0 it is next to nothing, with the sign of its interval */
        if (d < 0) return vm_alloc_float(vm, vm_fmod(vm_floor(size), 2) == 0 ? -0.0 : 0.0);
        return vm_raise(vm, VM_B_OverflowError, "math range error");
    }
    if (logarithmic && (d == 1 || d == 2)) return vm_alloc_float(vm, 0);
    y = stirling(of_double(size), &product);
    if (logarithmic) {
        y = add(y, negated(logarithm(product)));
        if (d < 0) y = negated(add(y, logarithm(reflection(size))));
    } else {
        y = divide(exponential(y), product);
        if (vm_floor(d) == d) { /* exact as long as it fits */
            y = of_int(1);
            for (int32_t i = 2; i < d; i++) y = multiply(y, of_int(i));
        }
        if (d < 0) {
            y = divide(of_int(1), multiply(y, reflection(size)));
            y.negative = vm_fmod(vm_floor(size), 2) == 0;
        }
    }
    return rounded(vm, &y);
}

vm_value vm_math_gamma(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, gamma_of(vm, argv[0], false); }
vm_value vm_math_lgamma(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, gamma_of(vm, argv[0], true); }

/* --- error functions */

/* exp(-x^2) / root(pi) */
static real bell(real square) { return divide(exponential(negated(square)), root(scale(of_wide(&vm_half_pi), 1))); }

static real erf_of(double d) { /* |d| <= 6 */
    real x = of_double(d), square = multiply(x, x), term = x, sum = x;
    for (uint32_t n = 3; !term.zero && term.m.e > sum.m.e - 128; n += 2) {
        term = divide_by(multiply(term, scale(square, 1)), n);
        sum = add(sum, term);
    }
    return scale(multiply(sum, bell(square)), 1);
}

static real erfc_of(double d) { /* d > 5 */
    real x = of_double(d), square = multiply(x, x), half = scale(divide(of_int(1), square), -1), one = of_int(1), f = one;
    for (int k = 100; k; k--) f = add(one, divide(multiply(of_int(k), half), f));
    return divide(bell(square), multiply(x, f));
}

vm_value vm_math_erf(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    if (d != d || d == 0) return vm_alloc_float(vm, d);
    if (__builtin_fabs(d) > 6) return vm_alloc_float(vm, d < 0 ? -1 : 1);
    real y = erf_of(d);
    return rounded(vm, &y);
}

vm_value vm_math_erfc(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    if (d != d) return vm_alloc_float(vm, d);
    if (d < -6 || d > 30) return vm_alloc_float(vm, d < 0 ? 2 : 0);
    real y = d > 5 ? erfc_of(d) : add(of_int(1), negated(erf_of(d)));
    return rounded(vm, &y);
}

/* --- powers and roots */

vm_value vm_math_exp2(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    if (!vm_is_finite(d)) return vm_alloc_float(vm, d < 0 ? 0 : d);
    if (__builtin_fabs(d) > 2000) d = d < 0 ? -2000 : 2000;
    real y = exponential(multiply(of_double(d), of_wide(&vm_ln2)));
    return rounded(vm, &y);
}

vm_value vm_math_cbrt(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &d)) return VM_NULL;
    if (!vm_is_finite(d) || d == 0) return vm_alloc_float(vm, d);
    real x = of_double(__builtin_fabs(d)), y = exponential(divide_by(logarithm(x), 3));
    y.negative = d < 0;
    return rounded(vm, &y);
}

/* --- sums and products */

/* The exact sum of what was added, in units of 2^-1074, as two's complement. */
enum { SUM_WORDS = 70 };

static void sum_add(uint32_t *sum, double d) {
    uint64_t m;
    int at = vm_decompose(d, &m) + 1074;
    bool negative = d < 0;
    uint32_t part[3];
    part[0] = (uint32_t)(m << (at & 31));
    part[1] = (uint32_t)((at & 31 ? m >> (32 - (at & 31)) : m >> 32));
    part[2] = (uint32_t)(at & 31 ? m >> 32 >> (32 - (at & 31)) : 0);
    int64_t carry = 0;
    for (unsigned i = (unsigned)at >> 5, k = 0; i < SUM_WORDS && (k < 3 || carry); i++, k++) {
        int64_t x = k < 3 ? part[k] : 0;
        carry += (int64_t)sum[i] + (negative ? -x : x);
        sum[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static double sum_round(uint32_t *sum) {
    bool negative = sum[SUM_WORDS - 1] >> 31;
    uint32_t carry = 1;
    for (unsigned i = 0; negative && i < SUM_WORDS; i++) {
        sum[i] = ~sum[i] + carry;
        carry = carry && !sum[i];
    }
    int top = SUM_WORDS;
    while (top && !sum[top - 1]) top--;
    if (!top) return 0;
    uint64_t m = 0;
    bool rest = false;
    for (int i = top - 1; i >= 0; i--) {
        if (i >= top - 2)
            m |= (uint64_t)sum[i] << (i == top - 1 ? 32 : 0);
        else
            rest |= sum[i] != 0;
    }
    int e = (top - 2) * 32 - 1074, zeros = __builtin_clzll(m);
    if (zeros && top > 2) { /* bits of the third word, so that 54 and more are there */
        m = m << zeros | (uint64_t)sum[top - 3] >> (32 - zeros);
        e -= zeros;
    }
    double d = vm_compose(m | rest, e);
    return negative ? -d : d;
}

vm_value vm_math_fsum(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t sum[SUM_WORDS] = {0};
    double special = 0, d;
    bool infinite = false, done = true;
    vm_value iterator = vm_iterate(vm, argv[0]), v;
    (void)argc;
    if (!iterator) return VM_NULL;
    unsigned place = vm_root(vm, iterator);
    while (done && (v = vm_next(vm, iterator))) {
        done = vm_need_double(vm, v, &d);
        if (!done) break;
        if (vm_is_finite(d)) {
            sum_add(sum, d);
            continue;
        }
        infinite |= d == d;
        special += d;
    }
    vm_unroot(vm, place);
    if (vm->exception) return VM_NULL;
    if (special != special && infinite) return vm_raise(vm, VM_B_ValueError, "-inf + inf in fsum");
    if (special != 0) return vm_alloc_float(vm, special);
    d = sum_round(sum);
    return vm_is_finite(d) ? vm_alloc_float(vm, d) : vm_raise(vm, VM_B_OverflowError, "intermediate overflow in fsum");
}

vm_value vm_math_prod(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_start};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value product = VM_SMALL(1), iterator, v;
    if (!vm_match_keywords(vm, &k, "prod", 1, names, &product)) return VM_NULL;
    if (!(iterator = vm_iterate(vm, argv[0]))) return VM_NULL;
    unsigned place = vm_root(vm, iterator), now = vm_root(vm, product), next = vm_root(vm, VM_NONE);
    while (product && (v = vm_next(vm, iterator))) {
        vm->roots[next] = v;
        product = vm_binary(vm, VM_OP_MUL, product, v, false);
        if (product) vm->roots[now] = product;
    }
    vm_unroot(vm, place);
    return vm->exception ? VM_NULL : product;
}

vm_value vm_math_dist(vm *vm, unsigned argc, vm_value *argv) {
    vm_value p = vm_to_list(vm, argv[0]), q, differences = VM_NULL, result = VM_NULL;
    (void)argc;
    if (!p) return p;
    unsigned place = vm_root(vm, p);
    q = vm_to_list(vm, argv[1]);
    if (q) {
        vm_root(vm, q);
        uint32_t n = vm_list_of(vm, p)->length;
        if (n != vm_list_of(vm, q)->length)
            vm_raise(vm, VM_B_ValueError, "both points must have the same number of dimensions");
        else
            differences = vm_new_tuple_of(vm, n, NULL);
        if (differences) vm_root(vm, differences);
        for (uint32_t i = 0; differences && i < n; i++) {
            double a, b;
            vm_value d = VM_NULL;
            if (vm_need_double(vm, vm_list_items(vm, vm_list_of(vm, p))[i], &a) &&
                vm_need_double(vm, vm_list_items(vm, vm_list_of(vm, q))[i], &b))
                d = vm_alloc_float(vm, a - b);
            if (d)
                vm_tuple_of(vm, differences)->items[i] = d;
            else
                differences = VM_NULL;
        }
        if (differences) result = vm_math_hypot(vm, n, vm_tuple_of(vm, differences)->items);
    }
    vm_unroot(vm, place);
    return result;
}

vm_value vm_math_lcm(vm *vm, unsigned argc, vm_value *argv) {
    vm_value a = VM_SMALL(1), pair[2];
    unsigned place = vm_root(vm, a), other = vm_root(vm, a);
    for (unsigned i = 0; a && i < argc; i++) {
        pair[0] = a;
        pair[1] = vm_index_of(vm, argv[i]);
        if (!pair[1]) break;
        vm->roots[place] = a;
        vm->roots[other] = pair[1];
        vm_value b = pair[1], divisor = vm_math_gcd(vm, 2, pair);
        if (divisor && divisor != VM_SMALL(0)) b = vm_binary(vm, VM_OP_FLOORDIV, b, divisor, false);
        if (b) vm->roots[other] = b;
        a = divisor && b ? vm_binary(vm, VM_OP_MUL, a, b, false) : VM_NULL;
    }
    if (a && !vm->exception && vm_int_negative(vm, a)) a = vm_unary(vm, VM_OP_NEG, a);
    vm_unroot(vm, place);
    return vm->exception ? VM_NULL : a;
}

/* n (n - 1) ... of k factors; `combinations`: divided by k! on the way. */
static vm_value choose(vm *vm, unsigned argc, vm_value *argv, bool combinations) {
    vm_value n = vm_index_of(vm, argv[0]), k, result = VM_SMALL(1);
    int64_t count;
    if (!n) return n;
    unsigned place = vm_root(vm, n), now;
    k = argc > 1 && argv[1] != VM_NONE ? vm_index_of(vm, argv[1]) : n;
    now = vm_root(vm, k ? k : VM_NONE);
    if (k && (vm_int_negative(vm, n) || vm_int_negative(vm, k)))
        k = vm_raise(vm, VM_B_ValueError, "%s must be a non-negative integer", vm_int_negative(vm, n) ? "n" : "k");
    vm_value rest = k ? vm_binary(vm, VM_OP_SUB, n, k, false) : k;
    if (rest) vm_root(vm, rest);
    if (!rest)
        result = VM_NULL;
    else if (vm_int_negative(vm, rest))
        result = VM_SMALL(0);
    else {
        if (combinations && vm_less(vm, rest, k) == 1) k = rest;
        if (!vm_as_int64(vm, k, &count))
            result = vm_raise(vm, VM_B_OverflowError,
                              combinations ? "min(n - k, k) must not exceed 9223372036854775807" : "k must not exceed 9223372036854775807");
        unsigned factor = vm_root(vm, n);
        for (int64_t i = 0; result && i < count; i++) {
            vm->roots[now] = result;
            result = vm_binary(vm, VM_OP_MUL, result, vm->roots[factor], false);
            if (result && combinations) {
                vm->roots[now] = result;
                result = vm_binary(vm, VM_OP_FLOORDIV, result, VM_SMALL(i + 1), false);
            }
            if (!result) break;
            vm->roots[now] = result;
            n = vm_binary(vm, VM_OP_SUB, vm->roots[factor], VM_SMALL(1), false);
            if (!n) result = n;
            vm->roots[factor] = n ? n : VM_NONE;
        }
    }
    vm_unroot(vm, place);
    return result;
}

vm_value vm_math_comb(vm *vm, unsigned argc, vm_value *argv) { return choose(vm, argc, argv, true); }
vm_value vm_math_perm(vm *vm, unsigned argc, vm_value *argv) { return choose(vm, argc, argv, false); }

/* --- floats as they lie side by side */

vm_value vm_math_remainder(vm *vm, unsigned argc, vm_value *argv) {
    double x, y;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &x) || !vm_need_double(vm, argv[1], &y)) return VM_NULL;
    if (x != x || y != y) return vm_alloc_float(vm, x + y);
    if (!vm_is_finite(x) || y == 0) return domain_error(vm);
    if (!vm_is_finite(y)) return vm_alloc_float(vm, x);
    double a = __builtin_fabs(x), b = __builtin_fabs(y), rest = vm_fmod(a, b), other = b - rest;
    /* In the middle the even quotient wins. */
    if (rest > other || (rest == other && vm_fmod(a - rest, 2 * b) != 0)) rest = -other;
    return vm_alloc_float(vm, x < 0 || (x == 0 && __builtin_signbit(x)) ? -rest : rest);
}

static double step_to(double x, double y) {
    uint64_t bits;
    if (x != x || y != y) return x + y;
    if (x == y) return y;
    if (x == 0) return __builtin_copysign(4.9406564584124654e-324, y);
    memcpy(&bits, &x, sizeof bits);
    bits += (x < y) == (x > 0) ? 1 : UINT64_MAX;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

vm_value vm_math_nextafter(vm *vm, unsigned argc, vm_value *argv) {
    double x, y;
    (void)argc;
    return vm_need_double(vm, argv[0], &x) && vm_need_double(vm, argv[1], &y) ? vm_alloc_float(vm, step_to(x, y)) : VM_NULL;
}

vm_value vm_math_ulp(vm *vm, unsigned argc, vm_value *argv) {
    double x;
    (void)argc;
    if (!vm_need_double(vm, argv[0], &x)) return VM_NULL;
    x = __builtin_fabs(x);
    if (!vm_is_finite(x)) return vm_alloc_float(vm, x);
    double up = step_to(x, __builtin_inf());
    return vm_alloc_float(vm, vm_is_finite(up) ? up - x : x - step_to(x, 0));
}

#endif
