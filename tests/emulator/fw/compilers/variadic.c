/* SPDX-License-Identifier: Apache-2.0 */
/* Variable arguments: where the calling convention aligns, passes in registers and on the stack, and hands a va_list on. */
#include "rt.h"

#include <stdarg.h>

typedef struct {
    char tag;
    uint32_t value;
} pair;

typedef struct {
    uint64_t a;
    uint32_t b[5];
} large;

/* d: int, u: 64 bits in hex, s: string, c: char, f: double as its bits, p: a pair, l: a large struct */
static NOINLINE void print_list(const char *format, va_list list) {
    for (; *format; format++) {
        switch (*format) {
        case 'd': decimal(va_arg(list, int)); break;
        case 'u': hex64(va_arg(list, uint64_t)); break;
        case 's': text(va_arg(list, const char *)); break;
        case 'c': put((char)va_arg(list, int)); break;
        case 'f': {
            union {
                double d;
                uint64_t bits;
            } x = {va_arg(list, double)};
            hex64(x.bits);
            break;
        }
        case 'p': {
            pair p = va_arg(list, pair);
            put(p.tag), hex(p.value);
            break;
        }
        case 'l': {
            large l = va_arg(list, large);
            hex64(l.a), hex(l.b[0] ^ l.b[4]);
            break;
        }
        default: put(*format);
        }
    }
}

static NOINLINE void print(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

static NOINLINE int64_t total(int count, ...) {
    va_list list, again;
    int64_t sum = 0;
    va_start(list, count);
    va_copy(again, list);
    for (int i = 0; i < count; i++) sum += va_arg(list, int);
    for (int i = 0; i < count; i++) sum = sum * 3 - va_arg(again, int);
    va_end(again);
    va_end(list);
    return sum;
}

static NOINLINE large twice(large l, int by) {
    l.a *= 2;
    for (int i = 0; i < 5; i++) l.b[i] += (uint32_t)by;
    return l;
}

static NOINLINE uint64_t many(uint8_t a, uint64_t b, int16_t c, uint32_t d, uint64_t e, char f, int64_t g) {
    return a + b * 3 + (uint64_t)c * 5 + d * 7u + e * 11 + (uint8_t)f * 13u + (uint64_t)g * 17;
}

int variadic(void) {
    large l = {0x1122334455667788u, {1, 2, 3, 4, 5}};
    print("d-u-d ", -5, (uint64_t)0xFEDCBA9876543210u, 7);
    print("udus ", (uint64_t)1, 2, (uint64_t)3, "four");
    print("cfdfs ", 'x', 1.5, 9, -0.1, "end");
    print("pdlp ", (pair){'a', 17}, 1, twice(l, 9), (pair){'z', 0xFFFFFFFF});
    show64("total", (uint64_t)total(9, 1, -2, 3, -4, 5, -6, 7, -8, 1 << 30));
    show64("none", (uint64_t)total(0));
    show64("many", many(250, 1u << 31, -7, 0xFFFFFFFF, 0xABCDEF0123456789u, 'q', -99));
    return 0;
}
