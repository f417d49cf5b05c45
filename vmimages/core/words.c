/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of magnitudes. A host works on two words at a time; a core that multiplies to 32 bits does so by halves, without a call. */
#include "words.h"
#include "state.h"
#include <string.h>

#if VM_FEATURE_BIGINT

int vm_words_compare(const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m) {
    if (n != m) return n < m ? -1 : 1;
    while (n--)
        if (a[n] != b[n]) return a[n] < b[n] ? -1 : 1;
    return 0;
}

#if VM_HOST
static inline uint64_t pair(const uint32_t *w) {
    uint64_t x;
    memcpy(&x, w, 8);
    return x;
}

static inline void put_pair(uint32_t *w, uint64_t x) { memcpy(w, &x, 8); }
#endif

void vm_words_add(uint32_t *out, const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m) {
    uint64_t sum = 0;
    uint32_t i = 0;
#if VM_HOST
    uint64_t carry = 0;
    for (; i + 2 <= m; i += 2) {
        uint64_t x;
        bool over = __builtin_add_overflow(pair(a + i), pair(b + i), &x);
        over |= __builtin_add_overflow(x, carry, &x);
        put_pair(out + i, x);
        carry = over;
    }
    sum = carry;
#endif
    for (; i < m; i++) {
        sum += a[i];
        sum += b[i];
        out[i] = (uint32_t)sum;
        sum >>= 32;
    }
    for (; i < n; i++) {
        sum += a[i];
        out[i] = (uint32_t)sum;
        sum >>= 32;
    }
    out[n] = (uint32_t)sum;
}

void vm_words_subtract(uint32_t *out, const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m) {
    uint32_t borrow = 0, i = 0;
#if VM_HOST
    for (; i + 2 <= m; i += 2) {
        uint64_t x;
        bool under = __builtin_sub_overflow(pair(a + i), pair(b + i), &x);
        under |= __builtin_sub_overflow(x, (uint64_t)borrow, &x);
        put_pair(out + i, x);
        borrow = under;
    }
#endif
    for (; i < n; i++) {
        uint32_t x = a[i], y = i < m ? b[i] : 0, z = x - y - borrow;
        borrow = borrow ? z >= x : z > x;
        out[i] = z;
    }
}

/* --- products */

#ifdef __ARM_ARCH_6M__
#define HALVES(k) uint32_t k##0 = k & 0xFFFF, k##1 = k >> 16
/* hi:lo = x * k; no sum of these overflows */
#define PRODUCT(hi, lo, x, k)                                                                                                              \
    uint32_t hi = (x) >> 16, lo = (x) & 0xFFFF;                                                                                            \
    do {                                                                                                                                   \
        uint32_t low_ = lo * k##0, middle_ = hi * k##0 + (low_ >> 16);                                                                     \
        lo = lo * k##1 + (middle_ & 0xFFFF);                                                                                               \
        hi = hi * k##1 + (middle_ >> 16) + (lo >> 16);                                                                                     \
        lo = lo << 16 | (low_ & 0xFFFF);                                                                                                   \
    } while (0)

static __attribute__((noinline)) uint64_t product(uint32_t a, uint32_t k) {
    HALVES(k);
    PRODUCT(hi, lo, a, k);
    return (uint64_t)hi << 32 | lo;
}
#else
static inline uint64_t product(uint32_t a, uint32_t k) { return (uint64_t)a * k; }
#define HALVES(k) (void)0
#define PRODUCT(hi, lo, x, k)                                                                                                              \
    uint32_t lo, hi;                                                                                                                       \
    do {                                                                                                                                   \
        uint64_t product_ = (uint64_t)(x) * k;                                                                                             \
        lo = (uint32_t)product_, hi = (uint32_t)(product_ >> 32);                                                                          \
    } while (0)
#endif

#if VM_HOST
enum { STEP = 2 };
typedef uint64_t factor;
typedef unsigned __int128 twice;

/* out[0..n) += a[0..n) * k; what is to be carried on */
static uint64_t add_product(uint32_t *out, const uint32_t *a, uint32_t n, factor k) {
    uint64_t carry = 0;
    uint32_t i = 0;
    for (; i + 2 <= n; i += 2) {
        twice x = (twice)pair(a + i) * k + pair(out + i) + carry;
        put_pair(out + i, (uint64_t)x);
        carry = (uint64_t)(x >> 64);
    }
    if (i == n) return carry;
    twice x = (twice)a[i] * k + out[i] + carry;
    out[i] = (uint32_t)x;
    return (uint64_t)(x >> 32);
}
#else
enum { STEP = 1 };
typedef uint32_t factor;

static uint32_t add_product(uint32_t *out, const uint32_t *a, uint32_t n, factor k) {
    uint32_t carry = 0;
    HALVES(k);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = out[i];
        PRODUCT(hi, lo, a[i], k);
        lo += carry;
        hi += lo < carry;
        out[i] = lo += x;
        carry = hi + (lo < x);
    }
    return carry;
}
#endif

void vm_words_multiply(uint32_t *out, const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m) {
    if (n < m) {
        const uint32_t *t = a;
        uint32_t l = n;
        a = b, b = t;
        n = m, m = l;
    }
    memset(out, 0, 4 * n);
    for (uint32_t i = 0; i < m; i += STEP) {
        factor k = b[i];
#if VM_HOST
        if (i + 1 < m) k |= (factor)b[i + 1] << 32;
        uint64_t carry = add_product(out + i, a, n, k);
        if (i + 1 < m) out[i + n + 1] = (uint32_t)(carry >> 32);
        out[i + n] = (uint32_t)carry;
#else
        out[i + n] = add_product(out + i, a, n, k);
#endif
    }
}

/* --- quotients */

/* (high:low) / d, high < d, whose top bit is set; the rest goes to *rest. */
static uint32_t divide_once(uint32_t high, uint32_t low, uint32_t d, uint32_t *rest) {
#if VM_HOST
    uint64_t x = (uint64_t)high << 32 | low;
    *rest = (uint32_t)(x % d);
    return (uint32_t)(x / d);
#else
    unsigned left = 32;
    for (unsigned by = 16; by; by >>= 1) { /* bits of the quotient that are 0 in any case */
        if (high >> (31 - by)) continue;
        high = high << by | low >> (32 - by);
        low <<= by;
        left -= by;
    }
    for (; left; left--) {
        uint32_t over = high >> 31;
        high = high << 1 | low >> 31;
        low <<= 1;
        if (over || high >= d) {
            high -= d;
            low++;
        }
    }
    *rest = high;
    return low;
#endif
}

/* Of a divisor whose top bit is set: b^2 / d - b, rounded down, of b = 2^32. N. Möller and T. Granlund, "Improved division by invariant
 * integers", IEEE Transactions on Computers 60 (2011). */
static uint32_t reciprocal(uint32_t d) {
    uint32_t rest;
    return divide_once(~d, 0xFFFFFFFF, d, &rest);
}

/* (high:low) / d, high < d; v: its reciprocal */
static inline uint32_t divide_pair(uint32_t high, uint32_t low, uint32_t d, uint32_t v, uint32_t *rest) {
    uint64_t q = product(high, v) + ((uint64_t)high << 32 | low);
    uint32_t quotient = (uint32_t)(q >> 32) + 1, left = low - quotient * d;
    if (left > (uint32_t)q) {
        quotient--;
        left += d;
    }
    if (left >= d) {
        quotient++;
        left -= d;
    }
    *rest = left;
    return quotient;
}

/* The top word of high:low shifted left by less than 32. */
static inline uint32_t shifted(uint32_t high, uint32_t low, unsigned shift) { return high << shift | low >> 1 >> (31 - shift); }

uint32_t vm_words_divide_by(uint32_t *a, uint32_t n, uint32_t d) {
    unsigned shift = (unsigned)__builtin_clz(d);
    uint32_t rest, v = reciprocal(d <<= shift);
    if (!n) return 0;
    rest = shifted(0, a[n - 1], shift);
    for (uint32_t i = n; i-- > 0;) a[i] = divide_pair(rest, shifted(a[i], i ? a[i - 1] : 0, shift), d, v, &rest);
    return rest >> shift;
}

/* part[0..m) -= v[0..m) * k; what is to be taken from part[m] */
static uint32_t subtract_product(uint32_t *part, const uint32_t *v, uint32_t m, uint32_t k) {
    uint32_t carry = 0;
    HALVES(k);
    for (uint32_t i = 0; i < m; i++) {
        uint32_t x = part[i];
        PRODUCT(hi, lo, v[i], k);
        lo += carry;
        hi += lo < carry;
        part[i] = x - lo;
        carry = hi + (x < lo);
    }
    return carry;
}

/* Knuth, TAOCP 2, 4.3.1 D. Only the top words are shifted, each time they are looked at. */
void vm_words_divide(uint32_t *u, uint32_t n, const uint32_t *v, uint32_t m) {
    if (m == 1) {
        uint32_t rest = vm_words_divide_by(u, n, v[0]);
        memmove(u + 1, u, 4 * n);
        u[0] = rest;
        return;
    }
    unsigned shift = (unsigned)__builtin_clz(v[m - 1]);
    uint32_t v1 = shifted(v[m - 1], v[m - 2], shift), v2 = shifted(v[m - 2], m > 2 ? v[m - 3] : 0, shift);
    uint32_t inverse = n - m > 1 ? reciprocal(v1) : 0; /* not worth it for two words */
    for (uint32_t j = n - m + 1; j-- > 0;) {
        uint32_t *part = u + j; /* m + 1 words, less than v << 32 */
        uint32_t q = 0xFFFFFFFF, high = shifted(part[m], part[m - 1], shift), low = shifted(part[m - 1], part[m - 2], shift),
                 rest = low + v1;
        bool certain = high >= v1 && rest < v1; /* what is left over has more than a word */
        if (high < v1) q = inverse ? divide_pair(high, low, v1, inverse, &rest) : divide_once(high, low, v1, &rest);
        if (!certain) {
            uint64_t left = (uint64_t)rest << 32 | shifted(part[m - 2], m > 2 ? part[m - 3] : 0, shift);
            for (uint64_t p = product(q, v2); p > left; p -= v2) {
                q--;
                if ((rest += v1) < v1) break;
                left += (uint64_t)v1 << 32;
            }
        }
        uint32_t over = subtract_product(part, v, m, q);
        if (part[m] < over) { /* one too many */
            q--;
            uint64_t carry = 0;
            for (uint32_t i = 0; i < m; i++) {
                carry += (uint64_t)part[i] + v[i];
                part[i] = (uint32_t)carry;
                carry >>= 32;
            }
        }
        part[m] = q;
    }
}

#endif
