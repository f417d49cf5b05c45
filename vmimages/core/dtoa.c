/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles to decimal and back, exactly, with long integers of 16-bit parts: nothing here needs more than 32-bit arithmetic, and there are
 * no tables.
 *
 * Digits: d is written out as a binary fixed-point number, from which four decimal digits at a time are taken: by division off its whole
 * part, by multiplication off its fraction. The shortest text that reads back is found by trying. Reading: digits * 10^n is an integer, or
 * one is divided by powers of ten until at least 66 bits are left; whether anything was lost on the way goes with them into the rounding.
 */
#include "rooms.h"

#if VM_FLOAT

/* With 10^-330, 320 digits need 143 parts. Of a longer text only the exact middle of two doubles needs more, which has 767 digits at most:
 * further ones say that the value is a little larger, and so do those behind LONG_DIGITS. */
enum { PARTS = 144, DIGITS = 320 };
#if VM_FEATURE_RARE
enum { LONG_PARTS = 248, LONG_DIGITS = 768 };
#else
enum { LONG_PARTS = PARTS, LONG_DIGITS = DIGITS };
#endif

typedef struct {
    uint32_t n;
    uint16_t *w;
} big;

/* a = a * factor + carry, of the parts from `first` on; what comes out on top */
static uint32_t multiply(uint16_t *a, uint32_t n, uint32_t factor, uint32_t carry) {
    for (uint32_t i = 0; i < n; i++) {
        carry += a[i] * factor;
        a[i] = (uint16_t)carry;
        carry >>= 16;
    }
    return carry;
}

static uint32_t divide(uint16_t *a, uint32_t n, uint32_t divisor) { /* the rest */
    uint32_t rest = 0;
    while (n--) {
        rest = rest << 16 | a[n];
        a[n] = (uint16_t)(rest / divisor);
        rest %= divisor;
    }
    return rest;
}

static void grow(big *a, uint32_t factor, uint32_t carry) {
    carry = multiply(a->w, a->n, factor, carry);
    if (carry) a->w[a->n++] = (uint16_t)carry;
}

static void shift(big *a, uint32_t bits) {
    uint32_t parts = bits / 16;
    grow(a, 1u << bits % 16, 0);
    memmove(a->w + parts, a->w, 2 * a->n);
    memset(a->w, 0, 2 * parts);
    a->n += parts;
}

static void trim(big *a) {
    while (a->n && !a->w[a->n - 1]) a->n--;
}

/* --- digits */

typedef struct {
    big b;
    uint16_t parts[PARTS];
    uint32_t fraction; /* parts behind the binary point */
    uint32_t low;      /* of these, the lowest that is not 0 */
} fixed;

static void fixed_set(fixed *f, double d) {
    uint64_t m;
    int e = vm_decompose(d, &m);
    f->b.n = 4;
    f->b.w = f->parts;
    for (unsigned i = 0; i < 4; i++) f->b.w[i] = (uint16_t)(m >> 16 * i);
    f->low = 0;
    f->fraction = e < 0 ? ((uint32_t)-e + 15) / 16 : 0;
    shift(&f->b, e < 0 ? f->fraction * 16 - (uint32_t)-e : (uint32_t)e);
    while (f->b.n < f->fraction) f->b.w[f->b.n++] = 0;
}

/* The next four digits of the fraction. */
static uint32_t fixed_next(fixed *f) {
    while (f->low < f->fraction && !f->b.w[f->low]) f->low++;
    return multiply(f->b.w + f->low, f->fraction - f->low, 10000, 0);
}

static bool fixed_done(const fixed *f) {
    for (uint32_t i = f->low; i < f->fraction; i++)
        if (f->b.w[i]) return false;
    return true;
}

static void put4(char *out, uint32_t x) {
    for (unsigned i = 4; i-- > 0; x /= 10) out[i] = (char)('0' + x % 10);
}

/* Rounds 0.DIGITS * 10^point to `wanted` digits; `more`: it is a little larger than that. */
static unsigned round_digits(char *digits, unsigned n, unsigned wanted, bool more, int *point) {
    if (n > wanted) {
        bool up = digits[wanted] > '5';
        if (digits[wanted] == '5') {
            for (unsigned i = wanted + 1; i < n; i++) more |= digits[i] != '0';
            up = more || (wanted && digits[wanted - 1] & 1);
        }
        n = wanted;
        if (up) {
            while (n && digits[n - 1] == '9') n--;
            if (n)
                digits[n - 1]++;
            else {
                digits[n++] = '1';
                ++*point;
            }
        }
    }
    while (n && digits[n - 1] == '0') n--;
    return n;
}

unsigned vm_dtoa(double d, unsigned mode, int count, char *digits, int *exponent) {
    fixed f;
    uint32_t start = VM_DIGITS_MAX, n;
    int wanted, point;
    fixed_set(&f, d);
    for (uint16_t *whole = f.b.w + f.fraction; trim(&f.b), f.b.n > f.fraction;)
        put4(digits + (start -= 4), divide(whole, f.b.n - f.fraction, 10000));
    while (f.b.n < f.fraction) f.b.w[f.b.n++] = 0; /* trim took zeros of the fraction too */
    while (start < VM_DIGITS_MAX && digits[start] == '0') start++;
    n = VM_DIGITS_MAX - start;
    point = (int)n;
    memmove(digits, digits + start, n);
    wanted = mode == 0 ? 17 : mode == 1 ? count : -400;
    if (mode == 2) wanted = count + point;
    while (!fixed_done(&f) && (wanted >= (int)n || !n) && n + 8 <= VM_DIGITS_MAX) {
        put4(digits + n, fixed_next(&f));
        if (!n) { /* zeros after the point are no digits */
            unsigned zeros = 0;
            while (zeros < 4 && digits[zeros] == '0') zeros++;
            point -= (int)zeros;
            if (mode == 2) wanted -= (int)zeros;
            memmove(digits, digits + zeros, 4 - zeros);
            n = 4 - zeros;
            if (mode == 2 && wanted < 0) break;
        } else
            n += 4;
    }
    *exponent = point;
    if (wanted < 0) return 0;
    bool more = !fixed_done(&f);
    if (mode) return round_digits(digits, n, (unsigned)wanted, more, exponent);
    uint64_t m;
    vm_decompose(d, &m);
    for (unsigned k = m >> 52 ? 15 : 1;; k++) {
        char text[24];
        unsigned length = n < 20 ? n : 20;
        *exponent = point;
        memcpy(text, digits, length);
        length = round_digits(text, length, k, more || n > 20, exponent);
        if (k < 17 && vm_decimal(text, length, *exponent) != d) {
            /* Above a power of two there is more room than below: the next one up may be in it. */
            if (m != 1ull << 52) continue;
            while (length < k) text[length++] = '0';
            text[k - 1]++;
            if (text[k - 1] > '9' || vm_decimal(text, length, *exponent) != d) continue;
        }
        memcpy(digits, text, length);
        return length;
    }
}

/* --- reading */

static uint32_t power_of_ten(int n) { /* four at most */
    uint32_t power = 10;
    for (n = n > 4 ? 4 : n; n > 1; n--) power *= 10;
    return power;
}

/* parts: room for `limit` digits. */
static double decimal(uint16_t *parts, uint32_t limit, const char *digits, uint32_t n, int point) {
    big a = {0, parts};
    uint32_t used = 0;
    bool more = false;
    for (uint32_t i = 0; i < n; i++) {
        if (digits[i] == '.' || digits[i] == '_') continue;
        if (used < limit) {
            grow(&a, 10, (uint32_t)(digits[i] - '0'));
            used++;
        } else
            more |= digits[i] != '0';
    }
    if (!a.n || point < -330) return 0;
    if (point > 310) return __builtin_inf();
    int power = point - (int)used, e = 0;
    for (int left = power; left > 0; left -= 4) grow(&a, power_of_ten(left), 0);
    if (power < 0) {
        int bits = (-power * 107 >> 5) + 82 - (int)a.n * 16; /* 10^k has fewer than 3.34 k bits */
        if (bits > 0) {
            shift(&a, (uint32_t)bits);
            e = -bits;
        }
        for (; power < 0; power += 4) more |= divide(a.w, a.n, power_of_ten(-power)) != 0;
        trim(&a);
    }
    if (a.n < 5) {
        shift(&a, 80);
        e -= 80;
    }
    uint64_t m = 0;
    for (uint32_t i = 1; i < 5; i++) m = m << 16 | a.w[a.n - i];
    unsigned zeros = (unsigned)__builtin_clzll(m);
    m = m << zeros | (uint32_t)a.w[a.n - 5] >> (16 - zeros);
    a.w[a.n - 5] = (uint16_t)(a.w[a.n - 5] << zeros);
    for (uint32_t i = 0; i + 4 < a.n; i++, e += 16) more |= a.w[i] != 0;
    m |= more;
    e -= (int)zeros;
    return vm_compose(m, e);
}

double vm_decimal(const char *digits, uint32_t n, int point) {
    uint16_t parts[PARTS];
    return decimal(parts, DIGITS, digits, n, point);
}

static bool same_word(const char *s, uint32_t n, const char *word) {
    for (uint32_t i = 0; i < n; i++)
        if ((s[i] | 32) != word[i]) return false;
    return word[n] == 0;
}

bool vm_strtod(const char *s, uint32_t n, double *out) {
    bool negative = false, any = false, point_seen = false, last_digit = false;
    uint32_t i = 0, length;
    int exponent = 0, point = 0;
    double v = 0;
    const char *start = NULL;
    uint16_t parts[LONG_PARTS];
    if (n && (*s == '-' || *s == '+')) negative = *s == '-', s++, n--;
    if (n <= 8 && (same_word(s, n, "inf") || same_word(s, n, "infinity")))
        v = __builtin_inf();
    else if (n == 3 && same_word(s, n, "nan"))
        v = __builtin_nan("");
    else {
        for (; i < n; i++) {
            char c = s[i];
            bool digit = c >= '0' && c <= '9';
            if (c == '_' ? !last_digit || i + 1 >= n || vm_digit((uint8_t)s[i + 1]) > 9 : c == '.' && (point_seen || (i && !last_digit)))
                return false;
            if (digit) {
                any = true;
                if (!start && c != '0') start = s + i;
                if (start ? !point_seen : point_seen) point += start ? 1 : -1;
            } else if (c == '.')
                point_seen = true;
            else if (c != '_')
                break;
            last_digit = digit;
        }
        if (!any) return false;
        length = start ? (uint32_t)(s + i - start) : 0;
        if (i < n && (s[i] | 32) == 'e') {
            bool minus = false, digits = false;
            i++;
            if (i < n && (s[i] == '-' || s[i] == '+')) minus = s[i++] == '-';
            for (; i < n && (vm_digit((uint8_t)s[i]) < 10 || (s[i] == '_' && digits)); i++) {
                digits = s[i] != '_'; /* one ends the number only by mistake */
                if (digits && exponent < 1000000) exponent = exponent * 10 + (s[i] - '0');
            }
            if (!digits) return false;
            if (minus) exponent = -exponent;
        }
        if (i < n) return false;
        if (start) v = decimal(parts, LONG_DIGITS, start, length, exponent + point);
    }
    *out = negative ? -v : v;
    return true;
}

#endif
