/* SPDX-License-Identifier: Apache-2.0 */
/* Floats against the C library of the host: text both ways, and the functions that stand in for libm. */
#include "format.h"
#include "vm_bench.h"
#include <math.h>

/* As text, NUL-terminated; precision -1 and type 'r': repr. Returns its length. */
static unsigned text_of(char *out, unsigned size, double d, char type, int precision) {
    static vm *v;
    if (!v) v = bench_vm(1 << 16);
    vm_spec spec = VM_NO_SPEC;
    spec.precision = precision;
    spec.type = type == 'r' ? 0 : type;
    vm_writer w;
    vm_writer_fixed(&w, v, out, size - 1);
    CHECK(vm_put_float_spec(&w, &spec, d, type));
    out[w.length] = 0;
    return w.length;
}

static double any_double(unsigned i) {
    uint64_t u = bench_random();
    double d;
    if (i % 3 == 1) u = (u & 0x800FFFFFFFFFFFFFull) | (1023 - 40 + bench_random() % 100) << 52; /* near 1 */
    if (i % 7 == 0) u &= 0x800FFFFFFFFFFFFFull;                                                 /* subnormal */
    if (i % 11 == 0) u &= 0xFFF0000000000000ull;                                                /* power of two */
    memcpy(&d, &u, 8);
    return isfinite(d) && d != 0 ? d : 0.1;
}

static bool same(double a, double b) { return !memcmp(&a, &b, 8) || (a != a && b != b); }

static void test_repr_reads_back_and_no_shorter_text_does(void) {
    for (unsigned i = 0; i < 40000; i++) {
        double d = any_double(i), back;
        char text[64], shorter[64], digits[VM_DIGITS];
        int point;
        unsigned n = text_of(text, sizeof text, d, 'r', -1), count = vm_dtoa(fabs(d), 0, 0, digits, &point);
        CHECK(vm_strtod(text, n, &back) && same(back, d) && same(strtod(text, NULL), d));
        if (count > 1) {
            snprintf(shorter, sizeof shorter, "%.*e", (int)count - 2, d);
            CHECK(!same(strtod(shorter, NULL), d));
        }
    }
}

static void test_fixed_formats_equal_printf(void) {
    for (unsigned i = 0; i < 30000; i++) {
        double d = any_double(i);
        char ours[400], theirs[400], type = "feg"[i % 3];
        int precision = (int)(bench_random() % 13);
        if (type == 'f' && fabs(d) > 1e40) d = 1.0 / 3;
        char format[8] = {'%', '.', '*', type, 0};
        snprintf(theirs, sizeof theirs, format, precision, d);
        text_of(ours, sizeof ours, d, type, precision);

        CHECK(!strcmp(ours, theirs));
    }
}

static void test_reading_is_correctly_rounded(void) {
    for (unsigned i = 0; i < 40000; i++) {
        char text[900];
        unsigned n = 0, digits = 1 + (unsigned)(bench_random() % (i % 50 ? 25 : 800)), point = (unsigned)(bench_random() % (digits + 1));
        for (unsigned k = 0; k < digits; k++) {
            if (k == point) text[n++] = '.';
            text[n++] = (char)('0' + bench_random() % 10);
        }
        int e = i % 4 ? (int)(bench_random() % 40) - 20 : (int)(bench_random() % 700) - 350;
        n += (unsigned)sprintf(text + n, "e%d", e);
        double ours;
        CHECK(vm_strtod(text, n, &ours) && same(ours, strtod(text, NULL)));
    }
}

static void test_the_middle_of_two_doubles_goes_to_the_even_one(void) {
    if (sizeof(long double) < 10) return; /* needs a wider type to name the middle */
    for (unsigned i = 0; i < 4000; i++) {
        double d = fabs(any_double(i)), next = nextafter(d, INFINITY), ours;
        char text[1300];
        if (isinf(next)) continue;
        int n = snprintf(text, sizeof text, "%.1100Lg", ((long double)d + next) / 2);
        CHECK(vm_strtod(text, (uint32_t)n, &ours) && same(ours, strtod(text, NULL)));
    }
}

static void test_text_that_is_no_number_is_refused(void) {
    static const char *const bad[] = {"",   ".",    "e5",  "1e",  "1e+",   "1.2.3", "0x10", "1_",
                                      "_1", "1__0", "--1", "1 2", "infin", "na",    "+",    "1e5.0"};
    double d;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!vm_strtod(bad[i], (uint32_t)strlen(bad[i]), &d));
    CHECK(vm_strtod("1_000.5e-3", 10, &d) && d == 1.0005);
    CHECK(vm_strtod("1e999999999", 11, &d) && isinf(d));
    CHECK(vm_strtod("-0e-999999999", 13, &d) && d == 0 && signbit(d));
    CHECK(vm_strtod(".5", 2, &d) && d == 0.5);
    CHECK(vm_strtod("5.", 2, &d) && d == 5);
}

static void test_functions_equal_libm(void) {
    unsigned off = 0;
    for (unsigned i = 0; i < 60000; i++) {
        double x = any_double(i), y = any_double(i + 1);
        CHECK(same(vm_sqrt(fabs(x)), sqrt(fabs(x))));
        CHECK(same(vm_floor(x), floor(x)));
        if (fabs(x / y) < 1e30 || i % 50 == 0) CHECK(same(vm_fmod(x, y), fmod(x, y)));
        double base = i % 2 ? x : fabs(x), exponent = i % 3 ? (double)((int)(bench_random() % 81) - 40) : y;
        double ours = vm_pow(base, exponent), theirs = pow(base, exponent);
        if (same(ours, theirs)) continue;
        off++; /* libm itself is not always correctly rounded: one unit at most, and seldom */
        CHECK(fabs(ours - theirs) <= fabs(theirs) * 2.3e-16 || fabs(theirs) < 1e-300);
    }
    CHECK(off < 600);
}

int main(void) {
    test_repr_reads_back_and_no_shorter_text_does();
    test_fixed_formats_equal_printf();
    test_reading_is_correctly_rounded();
    test_the_middle_of_two_doubles_goes_to_the_even_one();
    test_text_that_is_no_number_is_refused();
    test_functions_equal_libm();
    return 0;
}
