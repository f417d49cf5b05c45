/* SPDX-License-Identifier: Apache-2.0 */
/* Ints beyond 64 bits: sign and magnitude, in words of 32 bits. One that fits 64 bits is never left as such an object, so that equal ints
 * look the same. Operands are reachable from the caller's registers or roots; what is made in between is rooted here. */
#include "rooms.h"
#include "words.h"

#if VM_FEATURE_BIGINT

typedef struct {
    const uint32_t *w;
    uint32_t n; /* words, the top one not 0 */
    bool negative;
    uint32_t own[2]; /* of one that is no object */
} view;

static void view_int64(view *out, int64_t x) {
    uint64_t u = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    out->negative = x < 0;
    out->own[0] = (uint32_t)u;
    out->own[1] = (uint32_t)(u >> 32);
    out->w = out->own;
    out->n = out->own[1] ? 2 : out->own[0] ? 1 : 0;
}

static void look(const vm *vm, vm_value v, view *out) {
    int64_t x = 0;
    if (vm_is_bigint(vm, v)) {
        const vm_bigint *b = vm_bigint_of(vm, v);
        out->w = b->words;
        out->n = b->length;
        out->negative = b->h.aux;
    } else {
        vm_as_int64(vm, v, &x);
        view_int64(out, x);
    }
}

static uint32_t *words_of(const vm *vm, vm_value v) { return vm_bigint_of(vm, v)->words; }

/* Its words are not set. */
static vm_value make(vm *vm, uint32_t n) {
    if (n > 0x4000000) return vm_memory_error(vm);
    vm_value v = vm_alloc(vm, VM_T_BYTES, (uint32_t)sizeof(vm_bigint) + 4 * n); /* neither has children */
    if (v) {
        vm_bigint *b = vm_bigint_of(vm, v);
        b->h = (vm_header){VM_T_BIGINT, 0, 0};
        b->length = n;
    }
    return v;
}

/* Where a result is worked out: what is small becomes an object of its size when it is known. */
typedef struct {
    vm_value v; /* VM_NULL: not an object */
    uint32_t *w, here[9];
} result;

static bool begin(vm *vm, result *r, uint32_t n) {
    r->w = r->here;
    r->v = VM_NULL;
    if (n <= sizeof r->here / 4) return true;
    r->v = make(vm, n);
    if (r->v) r->w = words_of(vm, r->v);
    return r->v != VM_NULL;
}

/* The int that the first n words are: a smaller object when much would be wasted, an int64 when it fits. */
static vm_value finish(vm *vm, result *r, uint32_t n, bool negative) {
    uint32_t *w = r->w;
    vm_value v = r->v;
    while (n && !w[n - 1]) n--;
    if (n <= 2) {
        uint64_t u = (n > 1 ? (uint64_t)w[1] << 32 : 0) | (n ? w[0] : 0);
        if (u <= (uint64_t)INT64_MAX + negative) {
            vm_release(vm, v);
            return vm_int(vm, negative ? (int64_t)(0 - u) : (int64_t)u);
        }
    }
    if (!v || vm_bigint_of(vm, v)->length - n > 8) {
        unsigned root = vm_root(vm, v);
        vm_value exact = make(vm, n);
        vm_unroot(vm, root);
        if (!exact) return exact;
        memcpy(words_of(vm, exact), w, 4 * n);
        vm_release(vm, v);
        v = exact;
    }
    vm_bigint_of(vm, v)->length = n;
    vm_head(vm, v)->aux = negative;
    return v;
}

static vm_value add(vm *vm, const view *a, const view *b, bool subtract) {
    bool sa = a->negative, sb = b->negative != subtract;
    result r;
    if (vm_words_compare(a->w, a->n, b->w, b->n) < 0) { /* a is the one that is farther from 0 */
        const view *t = a;
        bool s = sa;
        a = b, b = t;
        sa = sb, sb = s;
    }
    if (!begin(vm, &r, a->n + 1)) return VM_NULL;
    if (sa == sb) {
        vm_words_add(r.w, a->w, a->n, b->w, b->n);
        return finish(vm, &r, a->n + 1, sa);
    }
    vm_words_subtract(r.w, a->w, a->n, b->w, b->n);
    return finish(vm, &r, a->n, sa);
}

static vm_value multiply(vm *vm, const view *a, const view *b) {
    result r;
    if (!a->n || !b->n) return VM_SMALL(0);
    if (!begin(vm, &r, a->n + b->n)) return VM_NULL;
    vm_words_multiply(r.w, a->w, a->n, b->w, b->n);
    return finish(vm, &r, a->n + b->n, a->negative != b->negative);
}

enum { QUOTIENT, REMAINDER };

static vm_value divide(vm *vm, const view *a, const view *b, unsigned want) {
    const uint32_t one = 1;
    uint32_t n = a->n < b->n ? b->n : a->n, m = b->n, rest = 0;
    result r;
    if (!begin(vm, &r, n + 2)) return VM_NULL;
    uint32_t *w = r.w;
    memset(w + a->n, 0, 4 * (n + 2 - a->n));
    memcpy(w, a->w, 4 * a->n);
    vm_words_divide(w, n, b->w, m);
    for (uint32_t i = 0; i < m; i++) rest |= w[i];
    bool across = a->negative != b->negative && rest; /* rounded down, away from 0 */
    if (want == REMAINDER) {
        if (across) vm_words_subtract(w, b->w, m, w, m);
        return finish(vm, &r, m, b->negative);
    }
    w += m;
    n += 1 - m;
    if (across) vm_words_add(w, w, n, &one, 1); /* the word behind them is there */
    r.w = w;
    if (r.v) r.w = memmove(words_of(vm, r.v), w, 4 * (n + across));
    return finish(vm, &r, n + across, a->negative != b->negative);
}

static vm_value shift_left(vm *vm, const view *a, uint32_t bits) {
    uint32_t words = bits / 32, rest = bits % 32, below = 0;
    result r;
    if (!begin(vm, &r, a->n + words + 1)) return VM_NULL;
    memset(r.w, 0, 4 * words);
    for (uint32_t i = 0; i <= a->n; i++) {
        uint32_t x = i < a->n ? a->w[i] : 0;
        r.w[words + i] = x << rest | below >> 1 >> (31 - rest);
        below = x;
    }
    return finish(vm, &r, a->n + words + 1, a->negative);
}

static vm_value shift_right(vm *vm, const view *a, uint32_t bits) {
    const uint32_t one = 1;
    uint32_t words = bits / 32, rest = bits % 32, lost = 0, above = 0;
    result r;
    if (words >= a->n) return VM_SMALL(a->negative ? -1 : 0);
    uint32_t n = a->n - words;
    if (!begin(vm, &r, n + 1)) return VM_NULL;
    for (uint32_t i = 0; i < words; i++) lost |= a->w[i];
    lost |= a->w[words] & ((1u << rest) - 1);
    for (uint32_t i = n; i-- > 0;) {
        uint32_t x = a->w[words + i];
        r.w[i] = x >> rest | above << 1 << (31 - rest);
        above = x;
    }
    r.w[n] = 0;
    if (a->negative && lost) vm_words_add(r.w, r.w, n, &one, 1); /* down */
    return finish(vm, &r, n + 1, a->negative);
}

/* Word i of the two's complement; *carry starts as 1. */
static uint32_t complement_word(const view *a, uint32_t i, uint32_t *carry) {
    uint32_t x = i < a->n ? a->w[i] : 0;
    if (!a->negative) return x;
    x = ~x + *carry;
    *carry = *carry && !x;
    return x;
}

static vm_value bitwise(vm *vm, unsigned op, const view *a, const view *b) {
    if (a->n < b->n) {
        const view *t = a;
        a = b, b = t;
    }
    bool plain = !a->negative && !b->negative;
    uint32_t n = plain ? op == VM_OP_AND ? b->n : a->n : a->n + 1, ca = 1, cb = 1;
    result r;
    if (!begin(vm, &r, n)) return VM_NULL;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = plain ? a->w[i] : complement_word(a, i, &ca), y = plain && i < b->n ? b->w[i] : complement_word(b, i, &cb);
        r.w[i] = op == VM_OP_AND ? x & y : op == VM_OP_OR ? x | y : x ^ y;
    }
    if (plain) return finish(vm, &r, n, false);
    view whole = {r.w, n, r.w[n - 1] >> 31, {0, 0}};
    for (uint32_t i = 0, c = 1; i < n; i++) r.w[i] = complement_word(&whole, i, &c);
    return finish(vm, &r, n, whole.negative);
}

/* --- floats */

static uint32_t bit_length(const view *a) { return a->n ? a->n * 32 - (uint32_t)__builtin_clz(a->w[a->n - 1]) : 0; }

#if VM_FLOAT
/* The top 64 bits, the lowest of them set as well when there is anything below: enough to round to a double. Not of 0. */
static uint64_t top_bits(const view *a) {
    uint32_t shift = (uint32_t)__builtin_clz(a->w[a->n - 1]), below = 0, n = a->n;
    uint64_t top = (uint64_t)a->w[n - 1] << 32 | (n > 1 ? a->w[n - 2] : 0);
    for (uint32_t i = 0; i + 3 < n; i++) below |= a->w[i];
    uint32_t third = n > 2 ? a->w[n - 3] : 0;
    if (shift) {
        top = top << shift | third >> (32 - shift);
        third <<= shift;
    }
    return top | ((below | third) != 0);
}

static double to_double(const view *a) { /* infinite when it is too large */
    if (!a->n) return 0;
    uint32_t bits = bit_length(a);
    if (bits > 1024) return a->negative ? -__builtin_inf() : __builtin_inf();
    double d = vm_compose(top_bits(a), (int)bits - 64);
    return a->negative ? -d : d;
}

bool vm_big_to_double(vm *vm, vm_value v, double *out) {
    view a;
    look(vm, v, &a);
    *out = to_double(&a);
    if (*out - *out == 0) return true;
    return vm_raise(vm, VM_B_OverflowError, "int too large to convert to float"), false;
}

/* a / b to the nearest double: enough bits of the quotient, and whether anything is left over. */
static vm_value true_divide(vm *vm, const view *a, const view *b) {
    if (!a->n) return vm_alloc_float(vm, b->negative ? -0.0 : 0.0);
    int32_t shift = (int32_t)bit_length(b) - (int32_t)bit_length(a) + 66;
    unsigned root = vm_mark_roots(vm);
    view x = *a, y = *b, q;
    vm_value v = shift >= 0 ? shift_left(vm, a, (uint32_t)shift) : shift_left(vm, b, (uint32_t)-shift);
    if (!v) return v;
    vm_root(vm, v);
    look(vm, v, shift >= 0 ? &x : &y);
    uint32_t n = x.n, m = y.n, rest = 0;
    vm_value u = make(vm, n + 1);
    if (!u) return vm_unroot(vm, root), u;
    uint32_t *w = words_of(vm, u);
    memcpy(w, x.w, 4 * n);
    w[n] = 0;
    vm_words_divide(w, n, y.w, m);
    for (uint32_t i = 0; i < m; i++) rest |= w[i];
    q = (view){w + m, n + 1 - m, false, {0, 0}};
    while (!q.w[q.n - 1]) q.n--;
    uint64_t top = top_bits(&q) | (rest != 0);
    double d = vm_compose(top, (int)bit_length(&q) - 64 - shift);
    vm_unroot(vm, root);
    if (d - d != 0) return vm_raise(vm, VM_B_OverflowError, "integer division result too large for a float");
    return vm_alloc_float(vm, a->negative != b->negative ? -d : d);
}

vm_value vm_big_from_double(vm *vm, double d) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    int shift = (int)(bits >> 52 & 0x7FF) - 1075;
    view a;
    view_int64(&a, (int64_t)((bits & 0xFFFFFFFFFFFFFull) | 1ull << 52));
    a.negative = bits >> 63;
    return shift_left(vm, &a, (uint32_t)shift); /* only called beyond 64 bits */
}

int vm_big_compare_double(vm *vm, vm_value v, double d) {
    view a;
    look(vm, v, &a);
    if (a.negative != (d < 0)) return a.negative ? -1 : 1;
    double mine = to_double(&a);
    if (mine != d) return mine < d ? -1 : 1;
    if (d - d != 0) return a.negative ? 1 : -1;
    /* Rounded they are equal: what was lost decides. */
    uint64_t top = top_bits(&a);
    int order = (top & 0x7FF) == 0 ? 0 : (top & 0x7FF) < 0x400 || ((top & 0x7FF) == 0x400 && !(top & 0x800)) ? 1 : -1;
    return a.negative ? -order : order;
}
#endif

/* --- what others call */

static vm_value power(vm *vm, vm_value base, vm_value exponent, bool negative) {
#if VM_FLOAT
    if (negative) {
        double d, e;
        return vm_need_double(vm, base, &d) && vm_need_double(vm, exponent, &e) ? vm_float_binary(vm, VM_OP_POW, d, e) : VM_NULL;
    }
#else
    if (negative) return vm_no_floats(vm);
#endif
    int64_t e;
    vm_value result = VM_SMALL(1);
    if (!vm_as_int64(vm, exponent, &e)) {
        if (base == VM_SMALL(0) || base == VM_SMALL(1)) return base;
        if (base == VM_SMALL(-1)) return VM_SMALL(words_of(vm, exponent)[0] & 1 ? -1 : 1);
        return vm_memory_error(vm);
    }
    unsigned root = vm_root(vm, base), place = vm_root(vm, result);
    for (; e; e >>= 1) {
        if (e & 1) {
            result = vm_int_values(vm, VM_OP_MUL, result, base);
            if (!result) break;
            vm->roots[place] = result;
        }
        if (e == 1) break;
        base = vm_int_values(vm, VM_OP_MUL, base, base);
        if (!base) {
            result = base;
            break;
        }
        vm->roots[root] = base;
    }
    vm_unroot(vm, root);
    return result;
}

static vm_value binary(vm *vm, unsigned op, const view *a, const view *b) {
    switch (op) {
    case VM_OP_ADD: return add(vm, a, b, false);
    case VM_OP_SUB: return add(vm, a, b, true);
    case VM_OP_MUL: return multiply(vm, a, b);
    case VM_OP_TRUEDIV:
#if VM_FLOAT
        return true_divide(vm, a, b);
#else
        return vm_no_floats(vm);
#endif
    case VM_OP_FLOORDIV: return divide(vm, a, b, QUOTIENT);
    case VM_OP_MOD: return divide(vm, a, b, REMAINDER);
    case VM_OP_LSHIFT:
    case VM_OP_RSHIFT:
        if (!a->n) return VM_SMALL(0);
        if (op == VM_OP_LSHIFT) return b->n > 1 || b->w[0] > 0x7FFFFFFF ? vm_memory_error(vm) : shift_left(vm, a, b->w[0]);
        return shift_right(vm, a, b->n > 1 ? 0xFFFFFFFF : b->n ? b->w[0] : 0);
    default: return bitwise(vm, op, a, b);
    }
}

vm_value vm_big_binary(vm *vm, unsigned op, vm_value a, vm_value b) {
    view x, y;
    look(vm, a, &x);
    look(vm, b, &y);
    if ((!y.n && op >= VM_OP_TRUEDIV && op <= VM_OP_MOD) || (y.negative && (op == VM_OP_LSHIFT || op == VM_OP_RSHIFT)) ||
        (op == VM_OP_POW && !x.n && y.negative))
        return vm_int_binary(vm, op, 0, y.n ? -1 : 0); /* raises */
    if (op == VM_OP_POW) return power(vm, a, b, y.negative);
    return binary(vm, op, &x, &y);
}

vm_value vm_big_overflow(vm *vm, unsigned op, int64_t a, int64_t b) {
    view x, y;
    if (op == VM_OP_POW) {
        vm_value v = vm_int(vm, a);
        if (!v) return v;
        unsigned root = vm_root(vm, v);
        vm_value e = vm_int(vm, b);
        if (e) {
            vm_root(vm, e);
            v = power(vm, v, e, b < 0);
        } else
            v = e;
        vm_unroot(vm, root);
        return v;
    }
    view_int64(&x, a);
    view_int64(&y, b);
    return binary(vm, op, &x, &y);
}

/* op: VM_OP_NEG, VM_OP_INV, or VM_OP_POS for the absolute value */
vm_value vm_big_unary(vm *vm, unsigned op, vm_value v) {
    view a, one;
    look(vm, v, &a);
    view_int64(&one, op == VM_OP_INV ? 1 : 0);
    if (op == VM_OP_POS)
        a.negative = false;
    else
        a.negative = !a.negative, one.negative = true;
    return add(vm, &a, &one, false);
}

int vm_big_compare(vm *vm, vm_value a, vm_value b) {
    view x, y;
    look(vm, a, &x);
    look(vm, b, &y);
    if (x.negative != y.negative) return x.negative ? -1 : 1;
    int order = vm_words_compare(x.w, x.n, y.w, y.n);
    return x.negative ? -order : order;
}

uint32_t vm_big_bit_length(vm *vm, vm_value v) {
    view a;
    look(vm, v, &a);
    return bit_length(&a);
}

uint32_t vm_big_bit_count(vm *vm, vm_value v) {
    view a;
    uint32_t n = 0;
    look(vm, v, &a);
    for (uint32_t i = 0; i < a.n; i++) n += (uint32_t)__builtin_popcount(a.w[i]);
    return n;
}

/* The value modulo 2^61 - 1, with its sign, as CPython's hash. */
int64_t vm_big_hash(const vm *vm, vm_value v) {
    view a;
    uint64_t h = 0;
    const uint64_t prime = (1ull << 61) - 1;
    look(vm, v, &a);
    for (uint32_t i = a.n; i-- > 0;) {
        h = (h << 32 & prime) | h >> 29; /* a multiplication by 2^32 turns 61 bits round */
        h += a.w[i];
        if (h >= prime) h -= prime;
    }
    int64_t x = a.negative ? -(int64_t)h : (int64_t)h;
    return x == -1 ? -2 : x;
}

/* --- text and bytes */

/* The digits as a str. */
vm_value vm_big_text(vm *vm, vm_value v, unsigned base, bool upper) {
    view a;
    look(vm, v, &a);
    unsigned root = vm_root(vm, v), per = 0, bits = 31u - (unsigned)__builtin_clz(base); /* digits of a chunk; bits of a digit, or less */
    uint32_t chunk = 1, n = a.n, at = n * 32 / bits + 3, end = at;
    for (; chunk <= 0xFFFFFFFFu / base; per++) chunk *= base;
    vm_value copy = make(vm, n);
    vm_value text = copy ? (vm_root(vm, copy), vm_alloc_string(vm, VM_T_STR, end)) : VM_NULL;
    vm_unroot(vm, root);
    if (!text) return text;
    uint32_t *w = words_of(vm, copy);
    uint8_t *out = vm_str_of(vm, text)->data;
    memcpy(w, a.w, 4 * n);
    while (n) {
        uint32_t rest = vm_words_divide_by(w, n, chunk);
        while (n && !w[n - 1]) n--;
        for (unsigned i = 0; n ? i < per : rest != 0; i++, rest /= base) out[--at] = vm_digit_text(rest % base, upper);
    }
    if (a.negative) out[--at] = '-';
    vm_release(vm, copy);
    memmove(out, out + at, end - at);
    out[end - at] = 0;
    vm_str_of(vm, text)->length = end - at;
    vm_str_of(vm, text)->h.flags = VM_ASCII;
    return text;
}

/* `count` characters, digits of `base` and underscores. */
vm_value vm_big_parse(vm *vm, const uint8_t *s, uint32_t count, unsigned base, bool negative) {
    uint32_t n = 0, room = count / 32 * (32u - (unsigned)__builtin_clz(base)) + 7; /* words, if all were of that many bits */
    result r;
    if (!begin(vm, &r, room)) return VM_NULL;
    uint32_t *w = r.w, chunk = 0, scale = 1;
    for (uint32_t i = 0; i <= count; i++) {
        if (i == count || scale > 0xFFFFFFFFu / base) {
            uint64_t carry = chunk;
            for (uint32_t k = 0; k < n; k++) {
                carry += (uint64_t)w[k] * scale;
                w[k] = (uint32_t)carry;
                carry >>= 32;
            }
            if (carry) w[n++] = (uint32_t)carry;
            chunk = 0;
            scale = 1;
        }
        if (i == count || s[i] == '_') continue;
        chunk = chunk * base + vm_digit(s[i]);
        scale *= base;
    }
    return finish(vm, &r, n, negative);
}

/* Fills `length` bytes, little-endian two's complement; false: it does not fit. */
bool vm_big_to_bytes(vm *vm, vm_value v, uint8_t *out, uint32_t length, bool with_sign) {
    view a;
    uint32_t carry = 1, word = 0;
    look(vm, v, &a);
    for (uint32_t i = 0; i < length; i++) {
        if (i % 4 == 0) word = complement_word(&a, i / 4, &carry);
        out[i] = (uint8_t)(word >> 8 * (i % 4));
    }
    uint32_t bits = bit_length(&a), most = length * 8 - (length && with_sign);
    return bits <= most || (length && a.negative && bits == most + 1 && vm_big_bit_count(vm, v) == 1); /* the last: -2^most */
}

vm_value vm_big_from_bytes(vm *vm, const uint8_t *data, uint32_t length, bool little, bool negative) {
    uint32_t n = length / 4 + 1;
    result r;
    if (!begin(vm, &r, n)) return VM_NULL;
    uint32_t *w = r.w;
    memset(w, 0, 4 * n);
    for (uint32_t i = 0; i < n * 4; i++) {
        uint8_t byte = i >= length ? (negative ? 0xFF : 0) : data[little ? i : length - 1 - i];
        w[i / 4] |= (uint32_t)byte << 8 * (i % 4);
    }
    view whole = {w, n, negative, {0, 0}};
    for (uint32_t i = 0, c = 1; i < n; i++) w[i] = complement_word(&whole, i, &c);
    return finish(vm, &r, n, negative);
}

/* --- base ** exponent % modulus, of ints */

static vm_value step(vm *vm, unsigned op, unsigned out, vm_value a, vm_value b) {
    vm_value v = vm_int_values(vm, op, a, b);
    if (v) vm->roots[out] = v;
    return v;
}

static vm_value inverse(vm *vm, vm_value a, vm_value m) { /* a * result % m == 1; extended Euclid */
    unsigned root = vm_root(vm, m);                       /* r0, r1, t0, t1, scratch */
    vm_value *r = vm->roots + root, v = VM_NULL;
    vm_root(vm, a);
    vm_root(vm, VM_SMALL(0));
    vm_root(vm, VM_SMALL(1));
    vm_root(vm, VM_SMALL(0));
    while (r[1] != VM_SMALL(0)) {
        vm_value q = vm_int_values(vm, VM_OP_FLOORDIV, r[0], r[1]);
        if (!q) goto out;
        unsigned place = vm_root(vm, q);
        for (unsigned i = 0; i < 4; i += 2) {
            if (!step(vm, VM_OP_MUL, root + 4, q, r[i + 1]) || !step(vm, VM_OP_SUB, root + 4, r[i], r[4])) goto out;
            r[i] = r[i + 1];
            r[i + 1] = r[4];
        }
        vm_unroot(vm, place);
    }
    v = r[0] == VM_SMALL(1) ? r[2] : vm_raise(vm, VM_B_ValueError, "base is not invertible for the given modulus");
out:
    vm_unroot(vm, root);
    return v;
}

vm_value vm_big_pow_mod(vm *vm, vm_value base, vm_value exponent, vm_value modulus) {
    unsigned root = vm_root(vm, modulus), b = vm_root(vm, base), r = vm_root(vm, VM_SMALL(1)), e = vm_root(vm, exponent);
    vm_value v = VM_NULL;
    view x;
    look(vm, modulus, &x);
    bool negative = x.negative;
    if (!x.n) {
        vm_raise(vm, VM_B_ValueError, "pow() 3rd argument cannot be 0");
        goto out;
    }
    if (negative && !(modulus = vm->roots[root] = vm_unary(vm, VM_OP_NEG, modulus))) goto out;
    if (!step(vm, VM_OP_MOD, b, base, modulus)) goto out;
    look(vm, exponent, &x);
    if (x.negative) {
        if (!(base = inverse(vm, vm->roots[b], modulus)) || !(vm->roots[b] = base, base = step(vm, VM_OP_MOD, b, base, modulus)) ||
            !(vm->roots[e] = vm_unary(vm, VM_OP_NEG, exponent)))
            goto out;
        look(vm, vm->roots[e], &x);
    }
    for (uint32_t i = bit_length(&x); i-- > 0;) {
        look(vm, vm->roots[e], &x);
        if (!step(vm, VM_OP_MUL, r, vm->roots[r], vm->roots[r]) || !step(vm, VM_OP_MOD, r, vm->roots[r], modulus)) goto out;
        if (x.w[i / 32] >> i % 32 & 1 &&
            (!step(vm, VM_OP_MUL, r, vm->roots[r], vm->roots[b]) || !step(vm, VM_OP_MOD, r, vm->roots[r], modulus)))
            goto out;
    }
    v = step(vm, VM_OP_MOD, r, vm->roots[r], modulus); /* of modulus 1 */
    if (v && negative && v != VM_SMALL(0)) v = vm_int_values(vm, VM_OP_SUB, v, modulus);
out:
    vm_unroot(vm, root);
    return v;
}

#endif
