/* SPDX-License-Identifier: Apache-2.0 */
/* Ints: 31 bits in the value, else a box of 64 bits. What does not fit 64 bits is an OverflowError. */
#include "state.h"

vm_value vm_new_int64(vm *vm, int64_t x) {
    if (x >= VM_INT31_MIN && x <= VM_INT31_MAX) return VM_SMALL(x);
    vm_value v = vm_alloc(vm, VM_T_INT64, sizeof(vm_int64));
    if (v) ((vm_int64 *)VM_PTR(vm, v))->value = x;
    return v;
}

bool vm_as_int64(const vm *vm, vm_value v, int64_t *out) {
    if (vm_is_small(v)) return *out = vm_small(v), true;
    if (vm_is_bool(v)) return *out = v == VM_TRUE, true;
    if (!vm_is(vm, v, VM_T_INT64)) return false;
    *out = ((vm_int64 *)VM_PTR(vm, v))->value;
    return true;
}

bool vm_need_int(vm *vm, vm_value v, int64_t *out) {
    if (vm_as_int64(vm, v, out)) return true;
    vm_value m = vm_special(vm, v, VM_N_index_);
    if (m) {
        m = vm_call(vm, m, 1, &v);
        if (!m) return false;
        if (vm_as_int64(vm, m, out)) return true;
        return vm_raise(vm, VM_B_TypeError, "__index__ returned non-int (type %T)", m), false;
    }
    return vm_raise(vm, VM_B_TypeError, "'%T' object cannot be interpreted as an integer", v), false;
}

bool vm_need_index(vm *vm, vm_value v, int32_t *out) {
    int64_t x;
    if (!vm_need_int(vm, v, &x)) return false;
    *out = x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
    return true;
}

vm_value vm_overflow(vm *vm) { return vm_raise(vm, VM_B_OverflowError, "integer result does not fit in 64 bits"); }

static int64_t floor_divide(int64_t a, int64_t b) {
    int64_t q = a / b;
    return a % b && (a < 0) != (b < 0) ? q - 1 : q;
}

static vm_value power(vm *vm, int64_t base, int64_t exponent) {
    int64_t r = 1;
    if (exponent < 0) {
        if (!base) return vm_raise(vm, VM_B_ZeroDivisionError, "0.0 cannot be raised to a negative power");
#if VM_FLOAT
        return vm_alloc_float(vm, vm_pow((double)base, (double)exponent));
#else
        return vm_no_floats(vm);
#endif
    }
    for (;;) {
        if (exponent & 1 && __builtin_mul_overflow(r, base, &r)) return vm_overflow(vm);
        exponent >>= 1;
        if (!exponent) return vm_int(vm, r);
        if (__builtin_mul_overflow(base, base, &base)) return vm_overflow(vm);
    }
}

vm_value vm_int_binary(vm *vm, unsigned op, int64_t a, int64_t b) {
    int64_t r;
    switch (op) {
    case VM_OP_ADD:
        if (__builtin_add_overflow(a, b, &r)) return vm_overflow(vm);
        break;
    case VM_OP_SUB:
        if (__builtin_sub_overflow(a, b, &r)) return vm_overflow(vm);
        break;
    case VM_OP_MUL:
        if (__builtin_mul_overflow(a, b, &r)) return vm_overflow(vm);
        break;
    case VM_OP_TRUEDIV:
        if (!b) return vm_raise(vm, VM_B_ZeroDivisionError, "division by zero");
#if VM_FLOAT
        return vm_alloc_float(vm, (double)a / (double)b);
#else
        return vm_no_floats(vm);
#endif
    case VM_OP_FLOORDIV:
    case VM_OP_MOD:
        if (!b)
            return vm_raise(vm, VM_B_ZeroDivisionError, op == VM_OP_MOD ? "integer modulo by zero" : "integer division or modulo by zero");
        if (b == -1) {
            if (op == VM_OP_MOD) return VM_SMALL(0);
            if (a == INT64_MIN) return vm_overflow(vm);
        }
        if (op == VM_OP_FLOORDIV)
            r = floor_divide(a, b);
        else {
            r = a % b;
            if (r && (r < 0) != (b < 0)) r += b;
        }
        break;
    case VM_OP_POW: return power(vm, a, b);
    case VM_OP_LSHIFT:
        if (b < 0) return vm_raise(vm, VM_B_ValueError, "negative shift count");
        if (!a) return VM_SMALL(0);
        r = b < 64 ? (int64_t)((uint64_t)a << b) : 0;
        if (b > 63 || r >> b != a) return vm_overflow(vm);
        break;
    case VM_OP_RSHIFT:
        if (b < 0) return vm_raise(vm, VM_B_ValueError, "negative shift count");
        r = a >> (b > 63 ? 63 : b);
        break;
    case VM_OP_AND: r = a & b; break;
    case VM_OP_OR: r = a | b; break;
    default: r = a ^ b; break;
    }
    return vm_int(vm, r);
}

unsigned vm_int_text(char *out, int64_t x, unsigned base, bool upper) {
    char digits[65];
    unsigned n = 0, i = 0;
    uint64_t u = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    if (x < 0) out[i++] = '-';
    /* 64-bit division is a slow library call on small cores. */
    while (u > 0xFFFFFFFFu) {
        digits[n++] = (upper ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789abcdefghijklmnopqrstuvwxyz")[u % base];
        u /= base;
    }
    uint32_t s = (uint32_t)u;
    do {
        digits[n++] = (upper ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789abcdefghijklmnopqrstuvwxyz")[s % base];
        s /= base;
    } while (s);
    while (n) out[i++] = digits[--n];
    return i;
}

static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

vm_value vm_int_parse(vm *vm, const uint8_t *s, uint32_t n, unsigned base, vm_value original) {
    uint32_t i = 0;
    bool negative = false, digit = false, underscore = false;
    uint64_t u = 0;
    unsigned given = base;
    while (n && is_space(s[n - 1])) n--;
    while (i < n && is_space(s[i])) i++;
    if (i < n && (s[i] == '-' || s[i] == '+')) negative = s[i++] == '-';
    if (i + 1 < n && s[i] == '0') {
        unsigned letter = s[i + 1] | 32, prefix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
        if (prefix && (base == 0 || base == prefix)) {
            base = prefix;
            i += 2;
            if (i < n && s[i] == '_') i++;
        }
    }
    if (base == 0) base = 10;
    for (; i < n; i++) {
        unsigned c = s[i], d = c - '0' < 10u ? c - '0' : (c | 32) - 'a' < 26u ? (c | 32) - 'a' + 10 : 99;
        if (c == '_' && digit && !underscore) {
            underscore = true;
            continue;
        }
        if (d >= base) break;
        if (__builtin_mul_overflow(u, (uint64_t)base, &u) || __builtin_add_overflow(u, (uint64_t)d, &u)) return vm_overflow(vm);
        digit = true;
        underscore = false;
    }
    if (i < n || !digit || underscore) return vm_raise(vm, VM_B_ValueError, "invalid literal for int() with base %d: %R", given, original);
    if (u > (uint64_t)INT64_MAX + negative) return vm_overflow(vm);
    return vm_int(vm, negative ? (int64_t)(0 - u) : (int64_t)u);
}

vm_value vm_new_int(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_base};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value base = argc > 1 ? argv[1] : VM_NULL;
    const uint8_t *data;
    uint32_t length;
    int64_t x;
    if (!vm_match_keywords(vm, &k, "int", 1, names, &base)) return VM_NULL;
    if (!argc) return VM_SMALL(0);
    vm_value v = argv[0];
    bool text = vm_is(vm, v, VM_T_STR);
    if (text)
        data = vm_str_of(vm, v)->data, length = vm_str_of(vm, v)->length;
    else if (vm_bytes_view(vm, v, &data, &length))
        text = true;
    if (base) {
        if (!vm_need_int(vm, base, &x)) return VM_NULL;
        if (!text) return vm_raise(vm, VM_B_TypeError, "int() can't convert non-string with explicit base");
        if (x != 0 && (x < 2 || x > 36)) return vm_raise(vm, VM_B_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return vm_int_parse(vm, data, length, (unsigned)x, v);
    }
    if (text) return vm_int_parse(vm, data, length, 10, v);
    if (vm_as_int64(vm, v, &x)) return vm_int(vm, x);
#if VM_FLOAT
    if (vm_is_float(v)) return vm_float_to_int(vm, vm_float_of(vm, v), &x) ? vm_int(vm, x) : VM_NULL;
#endif
    vm_value m = vm_special(vm, v, VM_N_int_);
    if (!m) m = vm_special(vm, v, VM_N_index_);
    if (m) {
        m = vm_call(vm, m, 1, &v);
        if (!m || vm_as_int64(vm, m, &x)) return m;
        return vm_raise(vm, VM_B_TypeError, "__int__ returned non-int (type %T)", m);
    }
    return vm_raise(vm, VM_B_TypeError, "int() argument must be a string, a bytes-like object or a real number, not '%T'", v);
}

vm_value vm_new_bool(vm *vm, unsigned argc, vm_value *argv) {
    bool truth = false;
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (!vm_no_keywords(vm, &k, "bool")) return VM_NULL;
    if (argc && !vm_truth(vm, argv[0], &truth)) return VM_NULL;
    return VM_BOOL(truth);
}

/* --- methods */

vm_value vm_int_bit_length(vm *vm, unsigned argc, vm_value *argv) {
    int64_t x = 0;
    (void)argc;
    vm_as_int64(vm, argv[0], &x);
    uint64_t u = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    return VM_SMALL(u ? 64 - __builtin_clzll(u) : 0);
}

vm_value vm_int_bit_count(vm *vm, unsigned argc, vm_value *argv) {
    int64_t x = 0;
    (void)argc;
    vm_as_int64(vm, argv[0], &x);
    return VM_SMALL(__builtin_popcountll(x < 0 ? 0 - (uint64_t)x : (uint64_t)x));
}

static bool byte_order(vm *vm, vm_value v, bool *little) {
    if (vm_is(vm, v, VM_T_STR)) {
        const vm_str *s = vm_str_of(vm, v);
        *little = s->length == 6 && !memcmp(s->data, "little", 6);
        if (*little || (s->length == 3 && !memcmp(s->data, "big", 3))) return true;
    }
    return vm_raise(vm, VM_B_ValueError, "byteorder must be either 'little' or 'big'"), false;
}

vm_value vm_int_to_bytes(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_length, VM_N_byteorder, VM_N_signed_};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given[3] = {argc > 1 ? argv[1] : VM_SMALL(1), argc > 2 ? argv[2] : VM_NULL, VM_FALSE};
    int64_t x = 0, length;
    bool little = false, with_sign;
    if (!vm_match_keywords(vm, &k, "to_bytes", 3, names, given)) return VM_NULL;
    vm_as_int64(vm, argv[0], &x);
    if (!vm_need_int(vm, given[0], &length) || (given[1] && !byte_order(vm, given[1], &little)) || !vm_truth(vm, given[2], &with_sign))
        return VM_NULL;
    if (length < 0) return vm_raise(vm, VM_B_ValueError, "length argument must be non-negative");
    if (x < 0 && !with_sign) return vm_raise(vm, VM_B_OverflowError, "can't convert negative int to unsigned");
    if (length < 8) {
        unsigned bits = (unsigned)length * 8;
        if (with_sign ? (bits ? x >> (bits - 1) != 0 && x >> (bits - 1) != -1 : x != 0) : x >> bits != 0)
            return vm_raise(vm, VM_B_OverflowError, "int too big to convert");
    }
    if (length > 0x100000) return vm_memory_error(vm);
    vm_value v = vm_alloc_string(vm, VM_T_BYTES, (uint32_t)length);
    if (!v) return v;
    uint8_t *p = vm_str_of(vm, v)->data;
    for (uint32_t i = 0; i < length; i++) p[little ? i : length - 1 - i] = (uint8_t)(x >> (i < 8 ? 8 * i : 63));
    return v;
}

vm_value vm_int_from_bytes(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_byteorder, VM_N_signed_};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given[2] = {argc > 1 ? argv[1] : VM_NULL, VM_FALSE};
    const uint8_t *data;
    uint32_t length;
    bool little = false, with_sign;
    if (!vm_match_keywords(vm, &k, "from_bytes", 2, names, given)) return VM_NULL;
    if ((given[0] && !byte_order(vm, given[0], &little)) || !vm_truth(vm, given[1], &with_sign)) return VM_NULL;
    vm_value v = argv[0];
    if (vm_is(vm, v, VM_T_LIST) || vm_is(vm, v, VM_T_TUPLE)) v = vm_new_bytes(vm, 1, &v);
    if (!v) return v;
    if (!vm_bytes_view(vm, v, &data, &length)) return vm_raise(vm, VM_B_TypeError, "cannot convert '%T' object to bytes", v);
    bool negative = with_sign && length && data[little ? length - 1 : 0] & 0x80;
    uint64_t u = negative ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < length; i++) {
        uint8_t byte = data[little ? length - 1 - i : i];
        if (length > 8 && i < length - 8) {
            if (byte != (negative ? 0xFF : 0)) return vm_overflow(vm);
        } else
            u = u << 8 | byte;
    }
    if (length >= 8 && negative != (u >> 63 != 0)) return vm_overflow(vm);
    return vm_int(vm, (int64_t)u);
}

vm_value vm_int_getattr(vm *vm, vm_value v, unsigned name) {
    int64_t x = 0;
    vm_as_int64(vm, v, &x);
    switch (name) {
    case VM_N_real:
    case VM_N_numerator: return vm_int(vm, x);
    case VM_N_imag: return VM_SMALL(0);
    case VM_N_denominator: return VM_SMALL(1);
    default: return VM_NULL;
    }
}
