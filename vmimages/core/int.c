/* SPDX-License-Identifier: Apache-2.0 */
/* Ints: 31 bits in the value, else a box of 64 bits. What does not fit 64 bits is bigint.c's, or an OverflowError. */
#include "rooms.h"

vm_value vm_new_int64(vm *vm, int64_t x) {
    if (x >= VM_INT31_MIN && x <= VM_INT31_MAX) return VM_SMALL(x);
    return vm_alloc_int64(vm, x);
}

bool vm_as_int64(const vm *vm, vm_value v, int64_t *out) {
    if (vm_is_small(v)) return *out = vm_small(v), true;
    if (vm_is_bool(v)) return *out = v == VM_TRUE, true;
    if (!vm_is(vm, v, VM_T_INT64)) return false;
    *out = ((vm_int64 *)VM_PTR(vm, v))->value;
    return true;
}

#if VM_FEATURE_BIGINT
bool vm_is_int(const vm *vm, vm_value v) { return vm_is_small(v) || vm_is(vm, v, VM_T_INT64) || vm_is(vm, v, VM_T_BIGINT); }

vm_value vm_int_values(vm *vm, unsigned op, vm_value a, vm_value b) {
    int64_t x, y;
    return vm_as_int64(vm, a, &x) && vm_as_int64(vm, b, &y) ? vm_int_binary(vm, op, x, y) : vm_big_binary(vm, op, a, b);
}
#else
bool vm_is_int(const vm *vm, vm_value v) { return vm_is_small(v) || vm_is(vm, v, VM_T_INT64); }
#endif

vm_value vm_int_overflow(vm *vm, unsigned op, int64_t a, int64_t b) {
#if VM_FEATURE_BIGINT
    if (!vm_narrow(vm)) return vm_big_overflow(vm, op, a, b);
#endif
    (void)op, (void)a, (void)b;
    return vm_raise(vm, VM_B_OverflowError, "integer result does not fit in 64 bits");
}

/* The int that v is, or that its __index__ gives; else TypeError. */
vm_value vm_index_of(vm *vm, vm_value v) {
    int64_t x;
    if (vm_is_int(vm, v)) /* of a class derived from int: its plain value */
        return vm_is_instance(vm, v) && vm_as_int64(vm, v, &x) ? vm_int(vm, x) : v;
    if (vm_is_bool(v)) return VM_SMALL(v == VM_TRUE);
    vm_value m = vm_special(vm, v, VM_N_index_);
    if (!m) return vm_raise(vm, VM_B_TypeError, "'%T' object cannot be interpreted as an integer", v);
    m = vm_call(vm, m, 1, &v);
    if (m && !vm_is_int(vm, m))
        return vm_is_bool(m) ? vm_index_of(vm, m) : vm_raise(vm, VM_B_TypeError, "__index__ returned non-int (type %T)", m);
    return m;
}

bool vm_need_int(vm *vm, vm_value v, int64_t *out) {
    v = vm_index_of(vm, v);
    if (!v || vm_as_int64(vm, v, out)) return v != VM_NULL;
    return vm_raise(vm, VM_B_OverflowError, "Python int too large to convert to C int"), false;
}

bool vm_need_index(vm *vm, vm_value v, int32_t *out) {
    int64_t x;
    v = vm_index_of(vm, v);
    if (!v) return false;
    if (!vm_as_int64(vm, v, &x)) x = vm_int_negative(vm, v) ? INT32_MIN : INT32_MAX;
    *out = x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
    return true;
}

bool vm_int_negative(const vm *vm, vm_value v) {
    int64_t x;
    return vm_as_int64(vm, v, &x) ? x < 0 : vm_head(vm, v)->aux != 0;
}

static uint64_t magnitude(int64_t x) { return x < 0 ? 0 - (uint64_t)x : (uint64_t)x; }

static vm_value power(vm *vm, int64_t base, int64_t exponent) {
    int64_t r = 1, b = base;
    if (exponent < 0) {
        if (!base) return vm_raise(vm, VM_B_ZeroDivisionError, "0.0 cannot be raised to a negative power");
#if VM_FLOAT
        return vm_float_binary(vm, VM_OP_POW, (double)base, (double)exponent);
#else
        return vm_no_floats(vm);
#endif
    }
    for (int64_t e = exponent;;) {
        if (e & 1 && !vm_multiply(r, b, &r)) break;
        e >>= 1;
        if (!e) return vm_int(vm, r);
        if (!vm_multiply(b, b, &b)) break;
    }
    return vm_int_overflow(vm, VM_OP_POW, base, exponent);
}

/* false: the product does not fit. By halves: two products of words instead of a division. */
bool vm_multiply(int64_t a, int64_t b, int64_t *out) {
    uint64_t u = magnitude(a), v = magnitude(b), low, high;
    bool negative = (a < 0) != (b < 0);
    if (v >> 32) {
        low = u;
        u = v;
        v = low;
        if (v >> 32) return false;
    }
    low = (uint64_t)(uint32_t)u * (uint32_t)v;
    high = (u >> 32) * (uint32_t)v + (low >> 32);
    if (high >> 32) return false;
    u = high << 32 | (uint32_t)low;
    if (u > (uint64_t)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? 0 - u : u);
    return true;
}

static uint64_t low_mask(unsigned bits) { return bits == 32 ? 0xFFFFFFFF : ((uint64_t)1 << bits) - 1; /* mostly that, and no call */ }

/* The lowest bits, up to 62, of an int. */
vm_value vm_masked(vm *vm, vm_value v, unsigned bits) {
    int64_t x;
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, v)) {
        const vm_bigint *b = vm_bigint_of(vm, v);
        uint64_t low = (uint64_t)b->words[1] << 32 | b->words[0];
        x = (int64_t)(b->h.aux ? 0 - low : low);
    } else
#endif
        vm_as_int64(vm, v, &x);
    return vm_int(vm, (int64_t)((uint64_t)x & low_mask(bits)));
}

/* The same of ints of at most 64 bits, as the loop does it when 31 are not enough: what programs do with 32-bit registers comes first. A
 * mask that the result goes through at once is taken along: one number is made instead of two, and what is above the mask need not fit. */
const uint32_t *vm_wide_op(vm *vm, unsigned op, vm_value x, vm_value y, const uint32_t *pc) {
    vm_value *r = VM_PTR(vm, vm->thread.fp->window);
    uint32_t dest = *pc >> 8 & 255;
    int64_t a = vm_is_small(x) ? vm_small(x) : ((vm_int64 *)VM_PTR(vm, x))->value;
    for (;;) {
        int64_t b = vm_is_small(y) ? vm_small(y) : ((vm_int64 *)VM_PTR(vm, y))->value;
        bool part = pc[1] << 8 == (VM_OP_MASK << 8 | dest << 16 | dest << 24);
        if (!part && op <= VM_OP_MUL) goto any;
        switch (op) {
        case VM_OP_AND: a &= b; break;
        case VM_OP_OR: a |= b; break;
        case VM_OP_XOR: a ^= b; break;
        case VM_OP_RSHIFT:
            if ((uint64_t)b > 63) goto any;
            a >>= b;
            break;
        case VM_OP_LSHIFT: {
            uint32_t low = (uint32_t)a, high = (uint32_t)((uint64_t)a >> 32), by = (uint32_t)b;
            if ((uint64_t)b > 28 || (!part && ((uint64_t)a + (1ull << 34)) >> 35)) goto any;
            a = (int64_t)((uint64_t)(high << by | low >> 1 >> (31 - by)) << 32 | low << by); /* not a call */
            break;
        }
        case VM_OP_ADD: a = (int64_t)((uint64_t)a + (uint64_t)b); break;
        case VM_OP_SUB: a = (int64_t)((uint64_t)a - (uint64_t)b); break;
        case VM_OP_MUL: a = (int64_t)((uint64_t)a * (uint64_t)b); break;
        default:
        any: /* the mask is done on its own */
            x = vm_int_binary(vm, op, a, b);
            goto done;
        }
        if (part) a = (int64_t)((uint64_t)a & low_mask(*++pc >> 24));
        /* What follows and has the result as its first operand and its place needs it as no object, either. */
        if (pc[1] << 8 >> 16 != dest * 0x101) break;
        op = pc[1] & 255;
        y = r[pc[1] >> 24];
        if (op - VM_OP_AND > VM_OP_XOR - VM_OP_AND || !(vm_is_small(y) || vm_is_exactly(vm, y, VM_T_INT64))) break;
        pc++;
    }
    x = a >= VM_INT31_MIN && a <= VM_INT31_MAX ? VM_SMALL(a) : vm_alloc_int64(vm, a);
done:
    if (!x) return NULL;
    r[dest] = x;
    return pc;
}

vm_value vm_int_binary(vm *vm, unsigned op, int64_t a, int64_t b) {
    int64_t r;
    switch (op) {
    case VM_OP_ADD:
        if (__builtin_add_overflow(a, b, &r)) goto overflow;
        break;
    case VM_OP_SUB:
        if (__builtin_sub_overflow(a, b, &r)) goto overflow;
        break;
    case VM_OP_MUL:
        if (!vm_multiply(a, b, &r)) goto overflow;
        break;
    case VM_OP_TRUEDIV:
        if (!b) return vm_raise(vm, VM_B_ZeroDivisionError, "division by zero");
#if VM_FLOAT
#if VM_FEATURE_BIGINT
        if (!vm_narrow(vm) && (magnitude(a) | magnitude(b)) >> 53) goto overflow; /* neither may be rounded before the division */
#endif
        return vm_alloc_float(vm, (double)a / (double)b);
#else
        return vm_no_floats(vm);
#endif
    case VM_OP_FLOORDIV:
    case VM_OP_MOD:
        if (!b)
            return vm_raise(vm, VM_B_ZeroDivisionError, op == VM_OP_MOD ? "integer modulo by zero" : "integer division or modulo by zero");
        if (b == -1 && a == INT64_MIN) { /* no C program may divide these */
            if (op == VM_OP_MOD) return VM_SMALL(0);
            goto overflow;
        }
        r = a % b;
        a /= b;
        if (r && (r < 0) != (b < 0)) r += b, a--;
        if (op == VM_OP_FLOORDIV) r = a;
        break;
    case VM_OP_POW: return power(vm, a, b);
    case VM_OP_LSHIFT:
    case VM_OP_RSHIFT:
        if (b < 0) return vm_raise(vm, VM_B_ValueError, "negative shift count");
        if (op == VM_OP_RSHIFT)
            r = a >> (b > 63 ? 63 : b);
        else {
            if (!a) return VM_SMALL(0);
            if (b > 63) goto overflow;
            r = (int64_t)((uint64_t)a << b);
            if (r >> b != a) goto overflow;
        }
        break;
    case VM_OP_AND: r = a & b; break;
    case VM_OP_OR: r = a | b; break;
    default: r = a ^ b; break;
    }
    return vm_int(vm, r);
overflow:
    return vm_int_overflow(vm, op, a, b);
}

/* --- text */

uint8_t vm_digit_text(unsigned digit, bool upper) { return (uint8_t)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10); }

unsigned vm_digit(uint8_t c) { return c - 0x30u < 10 ? c - 0x30u : (c | 32u) - 0x61 < 26 ? (c | 32u) - 0x61 + 10 : 99; }

unsigned vm_int_text(char *out, int64_t x, unsigned base, bool upper) {
    char digits[65];
    unsigned n = 0, i = 0, per, left;
    uint64_t u = magnitude(x);
    uint32_t chunk = base;
    if (x < 0) out[i++] = '-';
    for (per = 1; chunk < 0x6000000; per++) chunk *= base; /* a few digits for each 64-bit division */
    do {
        uint32_t s = (uint32_t)u;
        left = 0;
        if (u >> 32) {
            s = (uint32_t)(u % chunk);
            u /= chunk;
            left = per;
        } else
            u = 0;
        do {
            digits[n++] = (char)vm_digit_text(s % base, upper);
            s /= base;
        } while (left ? --left : s);
    } while (u);
    while (n) out[i++] = digits[--n];
    return i;
}

/* The digits of any int, in `room` or in a new str; the str is to be rooted by who goes on to allocate. */
const uint8_t *vm_int_digits(vm *vm, vm_value v, unsigned base, bool upper, char *room, uint32_t *length, vm_value *holder) {
    int64_t x = 0;
    *holder = VM_NONE;
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, v)) {
        v = vm_big_text(vm, v, base, upper);
        if (!v) return NULL;
        *holder = v;
        *length = vm_str_of(vm, v)->length;
        return vm_str_of(vm, v)->data;
    }
#endif
    vm_as_int64(vm, v, &x);
    *length = vm_int_text(room, x, base, upper);
    return (const uint8_t *)room;
}

vm_value vm_int_parse(vm *vm, const uint8_t *s, uint32_t n, unsigned base, vm_value original) {
    uint32_t i = 0, first;
    bool negative = false, digit = false, gap = false, large = false;
    uint32_t low = 0, high = 0;
    unsigned given = base;
    while (n && vm_is_space(s[n - 1])) n--;
    while (i < n && vm_is_space(s[i])) i++;
    if (i < n && (s[i] == '-' || s[i] == '+')) negative = s[i++] == '-';
    if (i + 1 < n && s[i] == '0') {
        unsigned letter = s[i + 1] | 32u, prefix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
        if (prefix && (base == 0 || base == prefix)) {
            base = prefix;
            i += 2;
            if (i < n && s[i] == '_') i++;
        }
    }
    first = i;
    bool octal = !base && i < n && s[i] == '0'; /* 012 is a mistake; 00 is not */
    if (!base) base = 10;
    for (; i < n; i++) {
        unsigned d = vm_digit(s[i]);
        if (s[i] == '_' && digit && !gap) {
            gap = true;
            continue;
        }
        if (d >= base) break;
        uint64_t part = (uint64_t)low * base + d;
        low = (uint32_t)part;
        part = (uint64_t)high * base + (part >> 32);
        high = (uint32_t)part;
        large |= part >> 31 != 0;
        digit = true;
        gap = false;
    }
    if (i < n || !digit || gap || (octal && (low | high || large)))
        return vm_raise(vm, VM_B_ValueError, "invalid literal for int() with base %d: %R", given, original);
    if (large) {
#if VM_FEATURE_BIGINT
        if (!vm_narrow(vm)) return vm_big_parse(vm, s + first, n - first, base, negative);
#endif
        return (void)first, vm_int_overflow(vm, VM_OP_ADD, 0, 0);
    }
    int64_t x = (int64_t)((uint64_t)high << 32 | low);
    return vm_int(vm, negative ? -x : x);
}

/* The text of a str or bytes-like; false: it is neither. */
bool vm_text_view(vm *vm, vm_value v, const uint8_t **data, uint32_t *length) {
    if (!vm_is(vm, v, VM_T_STR)) return vm_bytes_view(vm, v, data, length);
    *data = vm_str_of(vm, v)->data;
    *length = vm_str_of(vm, v)->length;
    return true;
}

vm_value vm_new_int(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"int", 2, {VM_NO_NAME, VM_N_base}};
    vm_value given[2] = {VM_NULL, VM_NULL};
    const uint8_t *data;
    uint32_t length;
    int32_t x = 10;
    if (!vm_take_arguments(vm, argc, argv, &parameters, given)) return VM_NULL;
    vm_value v = given[0], base = given[1];
    if (!v) return base ? vm_raise(vm, VM_B_TypeError, "int() missing string argument") : VM_SMALL(0);
#if VM_FEATURE_UNICODE
    if (vm_is(vm, v, VM_T_STR) && !(v = vm_plain_digits(vm, v))) return v;
#endif
    bool text = (!VM_FEATURE_RARE || base || !vm_special(vm, v, VM_N_int_)) && vm_text_view(vm, v, &data, &length);
    if (base) {
        if (!vm_need_index(vm, base, &x)) return VM_NULL;
        if (!text) return vm_raise(vm, VM_B_TypeError, "int() can't convert non-string with explicit base");
        if (x != 0 && (x < 2 || x > 36)) return vm_raise(vm, VM_B_ValueError, "int() base must be >= 2 and <= 36, or 0");
    }
    if (text) return vm_int_parse(vm, data, length, (unsigned)x, given[0]);
#if VM_FLOAT
    if (vm_is_float(v)) return vm_float_to_int(vm, vm_float_of(vm, v));
#endif
    vm_value m = vm_special(vm, v, VM_N_int_);
#if VM_FEATURE_FLOAT_CLASSES
    if (!m && vm_bare(vm, v) != v) return vm_float_to_int(vm, vm_float_of(vm, vm_bare(vm, v)));
#endif
    if (m) {
        m = vm_call(vm, m, 1, &v);
        if (!m || vm_is_int(vm, m)) return m;
        return vm_is_bool(m) ? vm_index_of(vm, m) : vm_raise(vm, VM_B_TypeError, "__int__ returned non-int (type %T)", m);
    }
    if (vm_is_int(vm, v) || vm_is_bool(v) || vm_special(vm, v, VM_N_index_)) return vm_index_of(vm, v);
#if VM_FEATURE_RARE
    if ((m = vm_special(vm, v, VM_N_trunc_))) {
        m = vm_call(vm, m, 1, &v);
        if (!m || vm_is_int(vm, m) || vm_is_bool(m) || vm_special(vm, m, VM_N_index_)) return m ? vm_index_of(vm, m) : m;
        return vm_raise(vm, VM_B_TypeError, "__trunc__ returned non-Integral (type %T)", m);
    }
#endif
    return vm_raise(vm, VM_B_TypeError, "int() argument must be a string, a bytes-like object or a real number, not '%T'", v);
}

vm_value vm_new_bool(vm *vm, unsigned argc, vm_value *argv) {
    bool truth = false;
    if (!vm_no_keywords(vm, "bool")) return VM_NULL;
    if (argc && !vm_truth(vm, argv[0], &truth)) return VM_NULL;
    return VM_BOOL(truth);
}

/* --- methods */

vm_value vm_int_bit_length(vm *vm, unsigned argc, vm_value *argv) {
    int64_t x = 0;
    (void)argc;
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, argv[0])) return vm_int(vm, vm_big_bit_length(vm, argv[0]));
#endif
    vm_as_int64(vm, argv[0], &x);
    return VM_SMALL(x ? 64 - __builtin_clzll(magnitude(x)) : 0);
}

#if VM_FEATURE_RARE
vm_value vm_int_bit_count(vm *vm, unsigned argc, vm_value *argv) {
    int64_t x = 0;
    (void)argc;
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, argv[0])) return vm_int(vm, vm_big_bit_count(vm, argv[0]));
#endif
    vm_as_int64(vm, argv[0], &x);
    return VM_SMALL(__builtin_popcountll(magnitude(x)));
}

vm_value vm_number_conjugate(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    argv[0] = vm_bare(vm, argv[0]);
    return vm_is_float(argv[0]) ? argv[0] : vm_index_of(vm, argv[0]);
}

vm_value vm_int_ratio(vm *vm, unsigned argc, vm_value *argv) {
    vm_value both[2] = {vm_index_of(vm, argv[0]), VM_SMALL(1)};
    (void)argc;
    return both[0] ? vm_new_tuple_of(vm, 2, both) : VM_NULL;
}
#endif

static bool byte_order(vm *vm, vm_value v, bool *little) {
    *little = false;
    if (!v) return true;
    if (!vm_is(vm, v, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "byteorder must be str, not %T", v), false;
    const vm_str *s = vm_str_of(vm, v);
    *little = s->length == 6 && !memcmp(s->data, "little", 6);
    if (*little || (s->length == 3 && !memcmp(s->data, "big", 3))) return true;
    return vm_raise(vm, VM_B_ValueError, "byteorder must be either 'little' or 'big'"), false;
}

vm_value vm_int_to_bytes(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"to_bytes", 3, {VM_N_length, VM_N_byteorder, VM_N_signed_}};
    vm_value given[3] = {VM_SMALL(1), VM_NULL, VM_FALSE};
    int32_t length;
    bool little, with_sign, fits;
    if (!vm_take_arguments(vm, argc - 1, argv + 1, &parameters, given) || !vm_need_index(vm, given[0], &length) ||
        !byte_order(vm, given[1], &little) || !vm_truth(vm, given[2], &with_sign))
        return VM_NULL;
    if (length < 0) return vm_raise(vm, VM_B_ValueError, "length argument must be non-negative");
    if (vm_int_negative(vm, argv[0]) && !with_sign) return vm_raise(vm, VM_B_OverflowError, "can't convert negative int to unsigned");
    vm_value v = length > 0x100000 ? vm_memory_error(vm) : vm_alloc_string(vm, VM_T_BYTES, (uint32_t)length);
    if (!v) return v;
    uint8_t *p = vm_str_of(vm, v)->data;
    uint32_t n = (uint32_t)length;
#if VM_FEATURE_BIGINT
    fits = vm_big_to_bytes(vm, argv[0], p, n, with_sign);
#else
    int64_t x = 0, rest;
    vm_as_int64(vm, argv[0], &x);
    rest = x;
    fits = true;
    for (uint32_t i = 0; i < n; i++, rest >>= 8) p[i] = (uint8_t)rest;
    if (with_sign && n)
        fits = rest == (p[n - 1] & 0x80 ? -1 : 0);
    else
        fits = rest == 0;
#endif
    if (!fits) return vm_raise(vm, VM_B_OverflowError, "int too big to convert");
    if (!little) vm_reverse_bytes(p, n);
    return v;
}

vm_value vm_int_from_bytes(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"from_bytes", 3, {VM_N_bytes_argument, VM_N_byteorder, VM_N_signed_}};
    vm_value given[3] = {VM_NULL, VM_NULL, VM_FALSE}, v;
    const uint8_t *data;
    uint32_t length;
    bool little, with_sign;
    if (!vm_take_arguments(vm, argc, argv, &parameters, given) || !byte_order(vm, given[1], &little) || !vm_truth(vm, given[2], &with_sign))
        return VM_NULL;
    v = given[0];
    if (!v) return vm_raise(vm, VM_B_TypeError, "from_bytes() missing required argument 'bytes' (pos 1)");
    if (!vm_bytes_view(vm, v, &data, &length)) {
        if (vm_is(vm, v, VM_T_STR) || vm_is_int(vm, v)) return vm_raise(vm, VM_B_TypeError, "cannot convert '%T' object to bytes", v);
        v = vm_new_bytes(vm, 1, &v);
        if (!v) return v;
        vm_bytes_view(vm, v, &data, &length);
    }
    bool negative = with_sign && length && data[little ? length - 1 : 0] & 0x80;
#if VM_FEATURE_BIGINT
    if (!vm_narrow(vm)) {
        unsigned root = vm_root(vm, v);
        v = vm_big_from_bytes(vm, data, length, little, negative);
        vm_unroot(vm, root);
        return v;
    }
#endif
#if VM_HOST || !VM_FEATURE_BIGINT
    uint64_t u = negative ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < length; i++) {
        uint8_t lost = (uint8_t)(u >> 56), byte = data[little ? length - 1 - i : i];
        if (lost != (negative ? 0xFF : 0)) return vm_int_overflow(vm, VM_OP_ADD, 0, 0);
        u = u << 8 | byte;
    }
    if (negative != (u >> 63 != 0)) return vm_int_overflow(vm, VM_OP_ADD, 0, 0);
    return vm_int(vm, (int64_t)u);
#endif
}

vm_value vm_int_getattr(vm *vm, vm_value v, unsigned name) {
    switch (name) {
#if VM_FEATURE_RARE
    case VM_N_real:
    case VM_N_numerator: return vm_index_of(vm, v);
    case VM_N_imag: return VM_SMALL(0);
    case VM_N_denominator: return VM_SMALL(1);
#endif
    default: (void)vm, (void)v; return VM_NULL;
    }
}
