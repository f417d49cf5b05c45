/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles to decimal and back, exactly, with big integers of 1150 bits and no tables but two short ones.
 *
 * Digits: d = r / s with big r and s; each digit is the quotient of 10 r by s (Steele and White, Dragon4). The shortest text that reads
 * back as d ends as soon as the rest lies within half a unit in the last place of d, on either side. Reading: 64 bits of the value are
 * computed with a known error; when they are too near the middle of two doubles, the decimal digits of that middle are made one by one and
 * compared with the text, which may be of any length. */
#include "state.h"

#if VM_FLOAT

enum { WORDS = 37 };

typedef struct {
    uint32_t n; /* words in use */
    uint32_t w[WORDS];
} big;

static void big_set(big *b, uint64_t x) {
    b->w[0] = (uint32_t)x;
    b->w[1] = (uint32_t)(x >> 32);
    b->n = b->w[1] ? 2 : b->w[0] ? 1 : 0;
}

static void big_multiply(big *b, uint32_t m) {
    uint64_t carry = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        carry += (uint64_t)b->w[i] * m;
        b->w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) b->w[b->n++] = (uint32_t)carry;
}

static void big_pow10(big *b, unsigned e) {
    for (; e >= 9; e -= 9) big_multiply(b, 1000000000);
    static const uint32_t small[9] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    if (e) big_multiply(b, small[e]);
}

static void big_shift(big *b, unsigned bits) {
    if (!b->n) return;
    unsigned words = bits / 32, rest = bits % 32;
    uint32_t top = rest ? b->w[b->n - 1] >> (32 - rest) : 0;
    for (uint32_t i = b->n; i-- > 0;) b->w[i + words] = b->w[i] << rest | (rest && i ? b->w[i - 1] >> (32 - rest) : 0);
    memset(b->w, 0, words * 4);
    b->n += words;
    if (top) b->w[b->n++] = top;
}

static int big_compare(const big *a, const big *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (uint32_t i = a->n; i-- > 0;)
        if (a->w[i] != b->w[i]) return a->w[i] < b->w[i] ? -1 : 1;
    return 0;
}

/* a -= b * k; it does not fall below 0 */
static void big_subtract(big *a, const big *b, uint32_t k) {
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        borrow += i < b->n ? (uint64_t)b->w[i] * k : 0;
        uint32_t low = (uint32_t)borrow;
        borrow >>= 32;
        if (a->w[i] < low) borrow++;
        a->w[i] -= low;
    }
    while (a->n && !a->w[a->n - 1]) a->n--;
}

static int big_compare_sum(const big *a, const big *b, const big *c) { /* a + b with c */
    big sum = *a;
    uint64_t carry = 0;
    uint32_t n = a->n > b->n ? a->n : b->n;
    for (uint32_t i = 0; i < n; i++) {
        carry += (i < a->n ? a->w[i] : 0) + (uint64_t)(i < b->n ? b->w[i] : 0);
        sum.w[i] = (uint32_t)carry;
        carry >>= 32;
    }
    sum.n = n;
    if (carry) sum.w[sum.n++] = (uint32_t)carry;
    return big_compare(&sum, c);
}

/* The quotient of r by s, which is below 10; r becomes the remainder. The top word of s has its high bits set far enough for the guess from
 * the top words to be at most one too small: digit() sees to that. */
static unsigned big_digit(big *r, const big *s) {
    if (r->n < s->n) return 0;
    uint32_t q = r->w[s->n - 1] / (s->w[s->n - 1] + 1);
    if (r->n > s->n) q = (uint32_t)(((uint64_t)r->w[s->n] << 32 | r->w[s->n - 1]) / ((uint64_t)s->w[s->n - 1] + 1));
    if (q) big_subtract(r, s, q);
    while (big_compare(r, s) >= 0) {
        big_subtract(r, s, 1);
        q++;
    }
    return q;
}

static void decompose(double d, uint64_t *mantissa, int *exponent) { /* d = mantissa * 2^exponent */
    uint64_t bits;
    memcpy(&bits, &d, 8);
    *mantissa = bits & 0xFFFFFFFFFFFFFull;
    int e = (int)(bits >> 52 & 0x7FF);
    if (e)
        *mantissa |= 1ull << 52;
    else
        e = 1;
    *exponent = e - 1075;
}

/* floor(log10(m * 2^e)), or one less. */
static int estimate_log10(uint64_t m, int e) {
    int bits = 64 - __builtin_clzll(m) + e; /* 2^(bits-1) <= value < 2^bits */
    return (int)(((int64_t)(bits - 1) * 1292913986) >> 32);
}

typedef struct {
    big r, s, low; /* value = r / s; low / s: half a unit in the last place below */
    bool uneven;   /* the step above is twice the step below */
    int point;     /* the value is 0.DIGITS * 10^point */
} generator;

static void prepare(generator *g, uint64_t m, int e, bool bounds) {
    bool uneven = bounds && m == 1ull << 52 && e > -1074;
    int k = estimate_log10(m, e) + 1;
    unsigned extra = bounds ? 1 + uneven : 0;
    g->uneven = uneven;
    big_set(&g->r, m);
    big_set(&g->s, 1);
    big_set(&g->low, 1);
    if (k > 0)
        big_pow10(&g->s, (unsigned)k);
    else {
        big_pow10(&g->r, (unsigned)-k);
        big_pow10(&g->low, (unsigned)-k);
    }
    if (e >= 0) {
        big_shift(&g->r, (unsigned)e + extra);
        big_shift(&g->low, (unsigned)e);
        big_shift(&g->s, extra);
    } else {
        big_shift(&g->r, extra);
        big_shift(&g->s, (unsigned)-e + extra);
    }
    /* Leave s with four spare bits in its top word and the rest of it full, for big_digit. */
    unsigned clear = (unsigned)__builtin_clz(g->s.w[g->s.n - 1]);
    unsigned shift = (clear + 28) % 32;
    big_shift(&g->r, shift);
    big_shift(&g->s, shift);
    big_shift(&g->low, shift);
    g->point = k;
    if (big_compare(&g->r, &g->s) >= 0)
        g->point++; /* the estimate was one too small */
    else {
        big_multiply(&g->r, 10);
        big_multiply(&g->low, 10);
    }
}

static unsigned next_digit(generator *g) { return big_digit(&g->r, &g->s); }

static void after_digit(generator *g) {
    big_multiply(&g->r, 10);
    big_multiply(&g->low, 10);
}

/* Adds one to the last digit; true when all were nines and a digit 1 is left with the point one further. */
static unsigned round_up(char *digits, unsigned n, int *point) {
    while (n && digits[n - 1] == '9') n--;
    if (!n) {
        digits[0] = '1';
        ++*point;
        return 1;
    }
    digits[n - 1]++;
    return n;
}

unsigned vm_dtoa(double d, unsigned mode, int count, char *digits, unsigned max, int *exponent) {
    generator g;
    uint64_t m;
    int e;
    unsigned n = 0;
    decompose(d, &m, &e);
    bool even = !(m & 1);
    prepare(&g, m, e, mode == 0);
    *exponent = g.point;
    if (mode) {
        int wanted = mode == 1 ? count : count + g.point;
        if (wanted > (int)max) wanted = (int)max;
        if (wanted < 0) return 0;
        for (; n < (unsigned)wanted && g.r.n; n++) {
            digits[n] = (char)('0' + next_digit(&g));
            big_multiply(&g.r, 10);
        }
        if (!g.r.n) return n; /* exact */
        /* r / s is ten times the rest in units of the last digit: compare with a half. */
        big_multiply(&g.s, 5);
        int half = big_compare(&g.r, &g.s);
        if (half > 0 || (half == 0 && n && (digits[n - 1] & 1))) {
            unsigned kept = round_up(digits, n, exponent);
            if (n == 0) return 1; /* 0.6 to no places: 1 */
            for (unsigned i = kept; i < n; i++) digits[i] = '0';
            if (*exponent != g.point && mode == 2 && n < max) digits[n++] = '0';
            return n;
        }
        return n;
    }
    for (;;) {
        unsigned digit = next_digit(&g);
        big high = g.low;
        if (g.uneven) big_shift(&high, 1);
        int below = big_compare(&g.r, &g.low), above = big_compare_sum(&g.r, &high, &g.s);
        bool low = even ? below <= 0 : below < 0, up = even ? above >= 0 : above > 0;
        digits[n++] = (char)('0' + digit);
        if (low || up) {
            if (low && up) { /* both ends read back as d: the nearer one */
                int half = big_compare_sum(&g.r, &g.r, &g.s);
                up = half > 0 || (half == 0 && digit & 1);
            }
            if (up) n = round_up(digits, n, exponent);
            return n;
        }
        after_digit(&g);
    }
}

/* --- reading */

static uint64_t multiply_high(uint64_t a, uint64_t b) { /* the high half of the product, rounded down */
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t middle = (al * bl >> 32) + (uint32_t)(ah * bl) + al * bh;
    return ah * bh + (ah * bl >> 32) + (middle >> 32);
}

static void normalize(uint64_t *m, int *e) {
    int shift = __builtin_clzll(*m);
    *m <<= shift;
    *e -= shift;
}

static uint64_t divide_high(uint64_t a, uint64_t b) { /* a * 2^63 / b, rounded down; a and b with their top bits set, a < 2 b */
    uint64_t q = 0;
    for (unsigned i = 0; i < 64; i++) {
        bool carry = i && a >> 63;
        if (i) a <<= 1;
        q <<= 1;
        if (carry || a >= b) {
            a -= b;
            q |= 1;
        }
    }
    return q;
}

/* m * 2^e times 10^power, m with its top bit set. Returns a bound of the error in units of m. */
static unsigned scale10(uint64_t *m, int *e, int power) {
    unsigned p = (unsigned)(power < 0 ? -power : power);
    uint64_t f = 0xA000000000000000ull, ten = 0x8000000000000000ull;
    int fe = -60, te = -63;
    if (!p) return 0;
    for (unsigned i = p; i; i >>= 1) { /* exact up to 10^27; then each step adds an error and doubles that of f */
        if (i & 1) {
            ten = multiply_high(ten, f);
            te += fe + 64;
            normalize(&ten, &te);
        }
        f = multiply_high(f, f);
        fe = 2 * fe + 64;
        normalize(&f, &fe);
    }
    if (power > 0) {
        *m = multiply_high(*m, ten);
        *e += te + 64;
    } else {
        *m = divide_high(*m, ten);
        *e -= te + 63;
    }
    normalize(m, e);
    return p <= 27 ? 4 : 400;
}

typedef struct {
    const char *s; /* digits and at most one point */
    uint32_t n;
    int point; /* the value is 0.DIGITS * 10^point, leading zeros left out */
} decimal;

static unsigned digit_of(const decimal *d, uint32_t *at) { /* 10: no more */
    while (*at < d->n && (d->s[*at] == '.' || d->s[*at] == '_')) ++*at;
    return *at < d->n ? (unsigned)(d->s[(*at)++] - '0') : 10;
}

/* Compares the text with m * 2^e exactly. */
static int compare_exact(const decimal *d, uint64_t m, int e) {
    generator g;
    uint32_t at = 0;
    prepare(&g, m, e, false);
    if (d->point != g.point) return d->point < g.point ? -1 : 1;
    for (;;) {
        unsigned mine = next_digit(&g), theirs = digit_of(d, &at);
        if (theirs == 10) theirs = 0;
        if (theirs != mine) return theirs < mine ? -1 : 1;
        big_multiply(&g.r, 10);
        if (!g.r.n) {
            for (;;) {
                unsigned rest = digit_of(d, &at);
                if (rest == 10) return 0;
                if (rest) return 1;
            }
        }
    }
}

static double compose(uint64_t m, int e) { /* m < 2^54, already rounded; e >= -1074 */
    if (m >> 53) {
        m >>= 1;
        e++;
    }
    uint64_t bits;
    if (!(m >> 52))
        bits = m; /* subnormal: e is -1074 */
    else if (e + 1075 >= 0x7FF)
        bits = 0x7FFull << 52;
    else
        bits = (uint64_t)(e + 1075) << 52 | (m & 0xFFFFFFFFFFFFFull);
    double d;
    memcpy(&d, &bits, 8);
    return d;
}

static double decimal_to_double(const decimal *text) {
    uint64_t m = 0;
    uint32_t at = 0;
    int used = 0, e = 0;
    unsigned digit;
    bool inexact = false;
    while (used < 19 && (digit = digit_of(text, &at)) != 10) {
        m = m * 10 + digit;
        used++;
    }
    while ((digit = digit_of(text, &at)) != 10) inexact |= digit != 0;
    if (!m) return 0;
    if (text->point > 310) return __builtin_inf();
    if (text->point < -326) return 0;
    normalize(&m, &e);
    int power = text->point - used;
    unsigned error = scale10(&m, &e, power) + (inexact ? 64 : 0);
    /* The top 53 bits, fewer for a subnormal. */
    int drop = 11;
    if (e + drop < -1074) drop = -1074 - e;
    if (drop > 64) return 0;
    uint64_t kept = drop == 64 ? 0 : m >> drop, rest = drop == 64 ? m : m & ((1ull << drop) - 1), half = 1ull << (drop - 1);
    bool up;
    if (error && rest + error >= half && rest <= half + error) {
        int order = compare_exact(text, kept * 2 + 1, e + drop - 1);
        up = order > 0 || (order == 0 && kept & 1);
    } else if (error && rest < error && kept) {
        /* Perhaps just below: then the middle below `kept` is far away still, and so is rounding wrong. */
        up = false;
    } else
        up = rest > half || (rest == half && (inexact || kept & 1));
    return compose(kept + up, e + drop);
}

static bool same_word(const char *s, uint32_t n, const char *word) {
    for (uint32_t i = 0; i < n; i++)
        if ((s[i] | 32) != word[i]) return false;
    return word[n] == 0;
}

bool vm_strtod(const char *s, uint32_t n, double *out) {
    bool negative = false, any = false, point_seen = false, last_digit = false;
    uint32_t i = 0;
    int64_t exponent = 0;
    if (n && (*s == '-' || *s == '+')) negative = *s == '-', s++, n--;
    if (same_word(s, n, "inf") || same_word(s, n, "infinity")) {
        *out = negative ? -__builtin_inf() : __builtin_inf();
        return true;
    }
    if (same_word(s, n, "nan")) return *out = __builtin_nan(""), true;
    decimal d = {NULL, 0, 0};
    int point = 0;
    for (; i < n; i++) {
        char c = s[i];
        if (c == '_') {
            if (!last_digit || i + 1 >= n || s[i + 1] < '0' || s[i + 1] > '9') return false;
            last_digit = false;
            continue;
        }
        if (c == '.') {
            if (point_seen || (i && !last_digit)) return false;
            point_seen = true;
            last_digit = false;
            continue;
        }
        if (c < '0' || c > '9') break;
        any = last_digit = true;
        if (!d.s && c != '0') d.s = s + i;
        if (d.s && !point_seen) point++;
        if (!d.s && point_seen) point--;
    }
    if (!any) return false;
    d.n = d.s ? (uint32_t)(s + i - d.s) : 0;
    if (i < n && (s[i] | 32) == 'e') {
        bool minus = false, digits = false;
        i++;
        if (i < n && (s[i] == '-' || s[i] == '+')) minus = s[i++] == '-';
        for (; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
            digits = true;
            if (exponent < 100000000) exponent = exponent * 10 + (s[i] - '0');
        }
        if (!digits) return false;
        if (minus) exponent = -exponent;
    }
    if (i < n) return false;
    exponent += point;
    d.point = exponent > 100000 ? 100000 : exponent < -100000 ? -100000 : (int)exponent;
    double v = d.s ? decimal_to_double(&d) : 0;
    *out = negative ? -v : v;
    return true;
}

/* --- text */

unsigned vm_float_format(char *out, unsigned max, double d, char type, int precision, bool alternate) {
    char digits[64];
    unsigned n, i = 0;
    int point;
    bool upper = type == 'E' || type == 'F' || type == 'G';
    uint64_t bits;
    memcpy(&bits, &d, 8);
    if ((bits >> 52 & 0x7FF) == 0x7FF) {
        const char *word = bits & 0xFFFFFFFFFFFFFull ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
        if (bits >> 63 && *(word + 1) != 'a' && *(word + 1) != 'A') out[i++] = '-';
        memcpy(out + i, word, 3);
        return i + 3;
    }
    if (bits >> 63) {
        out[i++] = '-';
        d = -d;
    }
    if (type == '%') {
        d *= 100;
        type = 'f';
        n = vm_float_format(out + i, max - i - 1, d, 'f', precision, alternate);
        out[i + n] = '%';
        return i + n + 1;
    }
    char lower = (char)(type | 32);
    bool shortest = lower == 'r';
    bool general = shortest || lower == 'g';
    if (lower == 'g' && precision == 0) precision = 1;
    if (precision > 60) precision = 60;
    if (d == 0) {
        n = 0;
        point = 1;
    } else if (shortest)
        n = vm_dtoa(d, 0, 0, digits, sizeof digits, &point);
    else if (lower == 'f')
        n = vm_dtoa(d, 2, precision, digits, sizeof digits, &point);
    else
        n = vm_dtoa(d, 1, lower == 'e' ? precision + 1 : precision, digits, sizeof digits, &point);
    if (lower == 'f' && d != 0 && n == 0) point = -precision;
    int places; /* after the point */
    bool exponential = lower == 'e';
    if (general) {
        int limit = shortest ? 16 : precision;
        exponential = point - 1 < -4 || point - 1 >= limit;
        if (!alternate)
            while (n && digits[n - 1] == '0') n--;
    }
    if (exponential)
        places = general ? (alternate && !shortest ? precision - 1 : (int)n - 1) : precision;
    else
        places = general ? (alternate && !shortest ? precision - point : (int)n - point) : precision;
    if (places < 0) places = 0;
    if (exponential) {
        out[i++] = n ? digits[0] : '0';
        if (places || alternate) out[i++] = '.';
        for (int k = 1; k <= places; k++) out[i++] = k < (int)n ? digits[k] : '0';
        out[i++] = upper ? 'E' : 'e';
        int e = point - 1;
        out[i++] = e < 0 ? '-' : '+';
        if (e < 0) e = -e;
        if (e >= 100) out[i++] = (char)('0' + e / 100);
        out[i++] = (char)('0' + e / 10 % 10);
        out[i++] = (char)('0' + e % 10);
        return i;
    }
    if (point <= 0) out[i++] = '0';
    for (int k = 0; k < point && i + 2 < max; k++) out[i++] = k < (int)n ? digits[k] : '0';
    if (shortest && places == 0) places = 1;
    if (places || alternate) out[i++] = '.';
    for (int k = 0; k < places && i < max; k++) {
        int at = point + k;
        out[i++] = at >= 0 && at < (int)n ? digits[at] : '0';
    }
    return i;
}

unsigned vm_float_repr(char *out, double d) { return vm_float_format(out, VM_FLOAT_TEXT, d, 'r', 0, false); }

#endif
