/* SPDX-License-Identifier: Apache-2.0 */
/* What chips without a 64-bit multiplication work out in 64 bits is the float nearest to the host's long double, wherever that says which.
 */
#define VM_QUICK_NARROW
#include "lib/mathquick.c"
#include "vm_bench.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

enum { ROUNDS = 40000 };

static uint64_t state = 88172645463325252u;
static int failures;

static double from_0_to_1(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

static double any_size(int least, int most) { return ldexp(from_0_to_1(), least + (int)(from_0_to_1() * (most - least + 1))); }

/* The long double may be wrong by an ulp of its own, and then some. */
static void check(const char *what, double a, double b, double found, long double wanted) {
    long double ulp = nextafterl(fabsl(wanted), INFINITY) - fabsl(wanted);
    if ((double)(wanted - 8 * ulp) != (double)(wanted + 8 * ulp) || found == (double)wanted) return;
    if (failures++ < 20) printf("%s(%a, %a): %a, not %La\n", what, a, b, found, wanted);
}

static const struct {
    const char *name;
    unsigned which;
    long double (*function)(long double);
    double least, most;
} FUNCTIONS[] = {
    {"exp", EXP, expl, -700, 700},      {"expm1", EXPM1, expm1l, -20, 700}, {"log2", LOG2, log2l, 0, 4},
    {"log10", LOG10, log10l, 0, 1e6},   {"log", LOG, logl, 0, 3},           {"sin", SIN, sinl, -10, 10},
    {"cos", COS, cosl, -900, 900},      {"tan", TAN, tanl, -5, 5},          {"asin", ASIN, asinl, -1, 1},
    {"acos", ACOS, acosl, -1, 1},       {"atan", ATAN, atanl, -20, 20},     {"sinh", SINH, sinhl, -3, 3},
    {"cosh", COSH, coshl, -600, 600},   {"tanh", TANH, tanhl, -2, 2},       {"exp", EXP, expl, -0.1, 0.1},
    {"tanh", TANH, tanhl, -1e-3, 1e-3}, {"sin", SIN, sinl, -0.01, 0.01},    {"log", LOG, logl, 0.96, 1.04},
    {"asin", ASIN, asinl, -0.02, 0.02}, {"atan", ATAN, atanl, -0.1, 0.1},   {"expm1", EXPM1, expm1l, -.1, .1},
    {"acos", ACOS, acosl, 0.99, 1},     {"sinh", SINH, sinhl, -1e-9, 1e-9}, {"cos", COS, cosl, 1.57, 1.571},
};

int main(void) {
    if (LDBL_MANT_DIG < 64) return 0;
    for (unsigned k = 0; k < sizeof FUNCTIONS / sizeof *FUNCTIONS; k++) {
        unsigned undecided = 0;
        for (unsigned i = 0; i < ROUNDS; i++) {
            double d = FUNCTIONS[k].least + (FUNCTIONS[k].most - FUNCTIONS[k].least) * from_0_to_1(), found;
            if (d == 0 || (FUNCTIONS[k].which == LOG && d == 1)) continue;
            if (vm_quick_one(FUNCTIONS[k].which, d, &found))
                check(FUNCTIONS[k].name, d, 0, found, FUNCTIONS[k].function(d));
            else
                undecided++;
        }
        if (undecided > ROUNDS / 25) printf("%s: %u undecided\n", FUNCTIONS[k].name, undecided), failures++;
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        double a = any_size(-40, 3), b = any_size(-3, 3), found;
        if (a == 0 || b == 0) continue;
        if (i & 1) b = -b;
        if (i & 2) a = -a;
        if (vm_quick_angle(a, b, &found)) check("atan2", a, b, found, atan2l(a, b));
        if (vm_quick_angle(b, a, &found)) check("atan2", b, a, found, atan2l(b, a));
        if (vm_quick_hypot(a, b, &found)) check("hypot", a, b, found, hypotl(a, b));
        a = fabs(a);
        if (i & 4) a = 0.9 + 0.2 * from_0_to_1();
        if (vm_quick_power(a, b * 8, &found)) check("pow", a, b * 8, found, powl(a, b * 8));
        b = floor(b * 16);
        if (b != 0 && vm_quick_power(a, b, &found)) check("pow", a, b, found, powl(a, b));
    }
    if (failures) printf("%d failures\n", failures);
    return failures != 0;
}
