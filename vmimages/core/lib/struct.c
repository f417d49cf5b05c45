/* SPDX-License-Identifier: Apache-2.0 */
/* struct: values to bytes and back. Native sizes and alignment ('@', or no sign) are those of a 64-bit host on every board, so that a
 * format means the same everywhere; '=', '<', '>' and '!' are as the manual of Python has them. */
#include "device.h"
#include "../sequence.h"

#if VM_FEATURE_STRUCT

vm_value vm_int_to_bytes(vm *vm, unsigned argc, vm_value *argv); /* int.c: methods */
vm_value vm_int_from_bytes(vm *vm, unsigned argc, vm_value *argv);

typedef struct {
    const uint8_t *p, *end;
    bool big, native;
    uint8_t code, size;
    uint32_t count; /* items; of s and p: their bytes */
    uint32_t at;    /* offset of the first item */
    uint32_t next;  /* of what follows */
} layout;

static vm_value fail(vm *vm, const char *text) { return vm_raise(vm, VM_B_struct_error, "%s", text); }

static bool begin(vm *vm, vm_value format, layout *l) {
    const vm_str *s = vm_str_of(vm, format);
    if (!vm_is(vm, format, VM_T_STR) && !vm_is(vm, format, VM_T_BYTES))
        return vm_raise(vm, VM_B_TypeError, "Struct() argument 1 must be a str or bytes object, not %T", format), false;
    *l = (layout){.p = s->data, .end = s->data + s->length, .native = true};
    if (!s->length) return true;
    switch (*l->p) {
    case '>':
    case '!': l->big = true; /* fall through */
    case '<':
    case '=': l->native = false; /* fall through */
    case '@': l->p++;
    }
    return true;
}

/* The next group of items. 0: the end, -1: raised. */
static int step(vm *vm, layout *l) {
    static const char codes[] = "xcbB?hHiIlLqQnNefdspP", standard[] = "111112244448800248110", native[] = "111112244888888248118";
    while (l->p < l->end && (*l->p == ' ' || (*l->p >= '\t' && *l->p <= '\r'))) l->p++;
    if (l->p == l->end) return 0;
    bool counted = false;
    l->count = 0;
    for (; l->p < l->end && *l->p >= '0' && *l->p <= '9'; counted = true) {
        l->count = l->count * 10 + (*l->p++ - '0');
        if (l->count > 0xFFFFFF) return fail(vm, "total struct size too long"), -1;
    }
    if (!counted) l->count = 1;
    if (l->p == l->end) return fail(vm, "repeat count given without format specifier"), -1;
    const char *found = memchr(codes, l->code = *l->p++, sizeof codes - 1);
    l->size = found ? (uint8_t)((l->native ? native : standard)[found - codes] - '0') : 0;
    if (!l->size || (!VM_FLOAT && (l->code == 'd' || l->code == 'e' || l->code == 'f'))) return fail(vm, "bad char in struct format"), -1;
    l->at = l->next;
    if (l->native) l->at = (l->at + l->size - 1u) & -(uint32_t)l->size;
    l->next = l->at + l->count * l->size;
    if (l->next > 0x3FFFFFFF) return fail(vm, "total struct size too long"), -1;
    return 1;
}

static bool is_text(const layout *l) { return l->code == 's' || l->code == 'p'; }
static uint32_t items_of(const layout *l) { return l->code == 'x' ? 0 : is_text(l) ? 1 : l->count; }

/* Bytes and items of a format; false: raised. */
static bool measure(vm *vm, vm_value format, uint32_t *size, uint32_t *items) {
    layout l;
    int more;
    if (!begin(vm, format, &l)) return false;
    for (*items = 0; (more = step(vm, &l)) > 0;) *items += items_of(&l);
    *size = l.next;
    return !more;
}

static void put(const layout *l, uint8_t *out, uint64_t bits) {
    for (unsigned i = 0; i < l->size; i++, bits >>= 8) out[l->big ? l->size - 1u - i : i] = (uint8_t)bits;
}

static uint64_t get(const layout *l, const uint8_t *in) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < l->size; i++) bits = bits << 8 | in[l->big ? i : l->size - 1u - i];
    return bits;
}

/* --- floats of 16 bits: IEEE 754 binary16 */

#if VM_FLOAT
static uint64_t bits_of(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static bool to_half(double d, uint64_t *out) {
    uint64_t bits = bits_of(d), mantissa = bits & 0xFFFFFFFFFFFFFu, half;
    unsigned shift = 42;
    int exponent = (int)(bits >> 52 & 0x7FF) - 1023;
    *out = bits >> 63 << 15;
    if (exponent == 1024) {
        *out |= mantissa ? 0x7E00 : 0x7C00;
        return true;
    }
    if (exponent < -14) { /* subnormal there */
        mantissa |= 1ull << 52;
        shift = exponent < -26 ? 56 : 42u + (unsigned)(-14 - exponent);
        half = mantissa >> shift;
    } else
        half = (uint64_t)(exponent + 15) << 10 | mantissa >> 42;
    uint64_t rest = mantissa & ((1ull << shift) - 1), middle = 1ull << (shift - 1);
    half += rest > middle || (rest == middle && half & 1);
    *out |= half;
    return exponent <= 15 && half < 0x7C00;
}

static double from_half(unsigned half) {
    unsigned exponent = half >> 10 & 31, mantissa = half & 0x3FF;
    uint64_t bits = (uint64_t)(exponent == 31 ? 2047 : exponent + 1008) << 52 | (uint64_t)mantissa << 42;
    double d = (double)mantissa / 16777216.0;
    if (exponent) memcpy(&d, &bits, sizeof d);
    return half >> 15 ? -d : d;
}

static vm_value too_large(vm *vm, char code) { return vm_raise(vm, VM_B_OverflowError, "float too large to pack with %c format", code); }

static bool pack_float(vm *vm, const layout *l, vm_value v, uint8_t *out) {
    double d;
    if (!vm_as_double(vm, v, &d)) return fail(vm, "required argument is not a float"), false;
    uint64_t bits = bits_of(d);
    if (l->code == 'e' && !to_half(d, &bits)) return too_large(vm, 'e'), false;
    if (l->code == 'f') {
        float f = (float)d;
        uint32_t word;
        memcpy(&word, &f, sizeof word);
        if (!l->native && (word & 0x7FFFFFFF) == 0x7F800000 && (bits & INT64_MAX) < 0x7FF0000000000000) return too_large(vm, 'f'), false;
        bits = word;
    }
    put(l, out, bits);
    return true;
}

static vm_value unpack_float(vm *vm, const layout *l, const uint8_t *in) {
    uint64_t bits = get(l, in);
    uint32_t word = (uint32_t)bits;
    double d;
    float f;
    memcpy(&d, &bits, sizeof d);
    memcpy(&f, &word, sizeof f);
    return vm_alloc_float(vm, l->code == 'd' ? d : l->code == 'f' ? (double)f : from_half(word));
}
#else
static bool pack_float(vm *vm, const layout *l, vm_value v, uint8_t *out) { return (void)vm, (void)l, (void)v, (void)out, false; }
static vm_value unpack_float(vm *vm, const layout *l, const uint8_t *in) { return (void)vm, (void)l, (void)in, VM_NULL; }
#endif

static bool is_float(const layout *l) { return l->code == 'd' || l->code == 'e' || l->code == 'f'; }
static bool is_signed(const layout *l) { return l->code >= 'a' && l->code != 'x'; } /* of ints */

/* --- ints */

static bool pack_int(vm *vm, const layout *l, vm_value v, uint8_t *out) {
    int64_t n;
    bool wide = l->size == 8;
    if (!vm_as_int64(vm, v, &n)) {
        const uint8_t *data;
        uint32_t length;
        if (vm_type_of(vm, v) != VM_BUILTIN(VM_B_int)) return fail(vm, "required argument is not an integer"), false;
        vm_value args[3] = {v, VM_SMALL(8), vm_new_text(vm, "little")}; /* beyond 64 bits with a sign */
        unsigned root = vm_root(vm, args[2]);
        v = args[2] && wide && !is_signed(l) ? vm_int_to_bytes(vm, 3, args) : VM_NULL;
        vm_unroot(vm, root);
        if (!v) {
            vm_take_exception(vm, VM_B_OverflowError);
            return fail(vm, "argument out of range"), false;
        }
        vm_bytes_view(vm, v, &data, &length);
        for (unsigned i = 0; i < 8; i++) out[l->big ? 7 - i : i] = data[i];
        return true;
    }
    int64_t high = wide ? INT64_MAX : is_signed(l) ? (int64_t)(1ull << (8 * l->size - 1)) - 1 : (int64_t)(1ull << 8 * l->size) - 1;
    int64_t low = is_signed(l) ? -high - 1 : 0;
    if (n < low || n > high) {
        char quoted[4] = {'\'', (char)l->code, '\'', 0};
        const char *name = quoted;
        if (l->size == 1) name = is_signed(l) ? "byte" : "ubyte";
        if (l->size == 2 && !l->big) name = is_signed(l) ? "short" : "ushort";
        if (wide && l->big && n < 0) return fail(vm, "int too large to convert"), false; /* CPython's ways differ by the order */
        if (wide || (n < low && !is_signed(l) && (l->size == 4 || *name == '\''))) return fail(vm, "argument out of range"), false;
        vm_value a = vm_int(vm, low), b;
        unsigned root = vm_root(vm, a);
        b = a ? vm_int(vm, high) : a;
        vm_root(vm, b);
        if (b) vm_raise(vm, VM_B_struct_error, "%s format requires %R <= number <= %R", name, a, b);
        vm_unroot(vm, root);
        return false;
    }
    put(l, out, (uint64_t)n);
    return true;
}

static vm_value unpack_int(vm *vm, const layout *l, const uint8_t *in) {
    uint64_t bits = get(l, in);
    if (is_signed(l)) return vm_int(vm, (int64_t)(bits << (64 - 8 * l->size)) >> (64 - 8 * l->size));
    if (bits <= INT64_MAX) return vm_int(vm, (int64_t)bits);
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++) bytes[i] = (uint8_t)(bits >> 8 * i);
    vm_value args[2] = {vm_new_bytes_from(vm, bytes, 8), VM_NULL}; /* an int of any size, where the VM has them */
    if (!args[0]) return VM_NULL;
    unsigned root = vm_root(vm, args[0]);
    args[1] = vm_new_text(vm, "little");
    vm_value v = args[1] ? vm_int_from_bytes(vm, 2, args) : VM_NULL;
    vm_unroot(vm, root);
    return v;
}

/* --- both ways */

static bool pack_one(vm *vm, const layout *l, vm_value v, uint8_t *out) {
    const uint8_t *data;
    uint32_t length;
    bool truth;
    if (is_text(l)) {
        if (!vm_bytes_view(vm, v, &data, &length))
            return vm_raise(vm, VM_B_struct_error, "argument for '%c' must be a bytes object", l->code), false;
        uint32_t room = l->count, first = l->code == 'p' && room;
        room -= first;
        if (length > room) length = room;
        if (first) *out = (uint8_t)(length < 255 ? length : 255);
        memcpy(out + first, data, length);
        return true;
    }
    switch (l->code) {
    case 'c':
        if (!vm_is(vm, v, VM_T_BYTES) || vm_str_of(vm, v)->length != 1)
            return fail(vm, "char format requires a bytes object of length 1"), false;
        *out = vm_str_of(vm, v)->data[0];
        return true;
    case '?':
        if (!vm_truth(vm, v, &truth)) return false;
        *out = truth;
        return true;
    default: return is_float(l) ? pack_float(vm, l, v, out) : pack_int(vm, l, v, out);
    }
}

#if VM_MEMORYVIEW
bool vm_struct_put(vm *vm, unsigned letter, uint8_t size, vm_value v, uint8_t *out) {
    layout l = {.native = true, .code = (uint8_t)letter, .size = size, .count = 1};
    return pack_one(vm, &l, v, out);
}
#endif

static vm_value unpack_one(vm *vm, const layout *l, const uint8_t *in) {
    if (l->code == '?') return VM_BOOL(*in);
    if (l->code == 'c' || l->code == 's') return vm_new_bytes_from(vm, in, l->code == 's' ? l->count : 1);
    if (l->code == 'p') {
        uint32_t length = l->count ? *in : 0;
        return vm_new_bytes_from(vm, in + (l->count > 0), l->count && length > l->count - 1 ? l->count - 1 : length);
    }
    return is_float(l) ? unpack_float(vm, l, in) : unpack_int(vm, l, in);
}

#if VM_MEMORYVIEW
vm_value vm_struct_get(vm *vm, unsigned letter, uint8_t size, const uint8_t *in) {
    layout l = {.native = true, .code = (uint8_t)letter, .size = size, .count = 1};
    return unpack_one(vm, &l, in);
}
#endif

static bool pack_all(vm *vm, vm_value format, const vm_value *values, uint8_t *out) {
    layout l;
    begin(vm, format, &l);
    while (step(vm, &l) > 0)
        for (uint32_t i = 0; i < items_of(&l); i++)
            if (!pack_one(vm, &l, *values++, out + l.at + i * l.size)) return false;
    return true;
}

static vm_value unpack_all(vm *vm, vm_value format, const uint8_t *in, uint32_t items) {
    vm_value tuple = vm_new_tuple_of(vm, items, NULL);
    if (!tuple) return tuple;
    unsigned root = vm_root(vm, tuple);
    layout l;
    begin(vm, format, &l);
    for (uint32_t n = 0; tuple && step(vm, &l) > 0;)
        for (uint32_t i = 0; tuple && i < items_of(&l); i++) {
            vm_value v = unpack_one(vm, &l, in + l.at + i * l.size);
            if (v)
                vm_tuple_of(vm, tuple)->items[n++] = v;
            else
                tuple = VM_NULL;
        }
    vm_unroot(vm, root);
    return tuple;
}

/* --- the functions */

vm_value vm_struct_calcsize(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t size, items;
    (void)argc;
    return measure(vm, argv[0], &size, &items) ? vm_int(vm, size) : VM_NULL;
}

static bool right_count(vm *vm, const char *function, uint32_t wanted, uint32_t given) {
    if (wanted != given) vm_raise(vm, VM_B_struct_error, "%s expected %u items for packing (got %u)", function, wanted, given);
    return wanted == given;
}

vm_value vm_struct_pack(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t size, items;
    if (!measure(vm, argv[0], &size, &items) || !right_count(vm, "pack", items, argc - 1)) return VM_NULL;
    vm_value bytes = vm_alloc_string(vm, VM_T_BYTES, size);
    if (!bytes) return bytes;
    unsigned root = vm_root(vm, bytes);
    memset(vm_str_of(vm, bytes)->data, 0, size);
    bool done = pack_all(vm, argv[0], argv + 1, vm_str_of(vm, bytes)->data);
    vm_unroot(vm, root);
    return done ? bytes : VM_NULL;
}

/* Where in a buffer; false: raised. A negative offset counts from its end. */
static bool place(vm *vm, bool into, vm_value offset, uint32_t length, uint32_t size, uint32_t *at) {
    const char *function = into ? "pack_into" : "unpack_from", *doing = into ? "packing" : "unpacking";
    int64_t n;
    if (!vm_need_int(vm, offset, &n)) return false;
    if (n < 0 && n + length < 0) return vm_raise(vm, VM_B_struct_error, "offset %R out of range for %u-byte buffer", offset, length), false;
    if (n < 0 && n + size > 0) {
        vm_raise(vm, VM_B_struct_error, into ? "no space to pack %u bytes at offset %R" : "not enough data to unpack %u bytes at offset %R",
                 size, offset);
        return false;
    }
    if (n < 0) n += length;
    if (n > INT64_MAX - size || n + size > length) {
        vm_value whole = vm_binary(vm, VM_OP_ADD, offset, VM_SMALL(size), false);
        unsigned root = vm_root(vm, whole);
        if (whole)
            vm_raise(vm, VM_B_struct_error,
                     "%s requires a buffer of at least %R bytes for %s %u bytes at offset %R (actual buffer size is %u)", function, whole,
                     doing, size, offset, length);
        vm_unroot(vm, root);
        return false;
    }
    *at = (uint32_t)n;
    return true;
}

vm_value vm_struct_pack_into(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t size, items, length, at;
    uint8_t *data;
    if (!measure(vm, argv[0], &size, &items)) return VM_NULL;
    if (!vm_writable_bytes(vm, argv[1], &data, &length))
        return vm_raise(vm, VM_B_TypeError, "argument must be read-write bytes-like object, not %T", argv[1]);
    if (!right_count(vm, "pack_into", items, argc - 3)) return VM_NULL;
    if (!place(vm, true, argv[2], length, size, &at)) return VM_NULL;
    vm_value packed = vm_alloc_string(vm, VM_T_BYTES, size); /* a value's own code may change the buffer */
    if (!packed) return packed;
    unsigned root = vm_root(vm, packed);
    uint8_t *bytes = vm_str_of(vm, packed)->data;
    memset(bytes, 0, size);
    bool done = pack_all(vm, argv[0], argv + 3, bytes);
    vm_unroot(vm, root);
    if (!done) return VM_NULL;
    if (vm_writable_bytes(vm, argv[1], &data, &length) && at + size <= length) memcpy(data + at, bytes, size);
    return VM_NONE;
}

vm_value vm_struct_unpack(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t size, items, length;
    const uint8_t *data;
    (void)argc;
    if (!measure(vm, argv[0], &size, &items) || !vm_need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
    if (length != size) return vm_raise(vm, VM_B_struct_error, "unpack requires a buffer of %u bytes", size);
    return unpack_all(vm, argv[0], data, items);
}

vm_value vm_struct_unpack_from(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_offset};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value offset = argc > 2 ? argv[2] : VM_SMALL(0);
    uint32_t size, items, length, at;
    const uint8_t *data;
    if (!vm_match_keywords(vm, &k, "unpack_from", 1, names, &offset) || !measure(vm, argv[0], &size, &items) ||
        !vm_need_bytes(vm, argv[1], &data, &length) || !place(vm, false, offset, length, size, &at))
        return VM_NULL;
    return unpack_all(vm, argv[0], data + at, items);
}

vm_value vm_struct_iter_unpack(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t size, items, length;
    const uint8_t *data;
    (void)argc;
    if (!measure(vm, argv[0], &size, &items) || !vm_need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
    if (!size) return fail(vm, "cannot iteratively unpack with a struct of length 0");
    if (length % size) return vm_raise(vm, VM_B_struct_error, "iterative unpacking requires a buffer of a multiple of %u bytes", size);
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    for (uint32_t at = 0; list && at < length; at += size) {
        vm_value t = unpack_all(vm, argv[0], data + at, items);
        if (!t || !vm_list_append(vm, list, t)) list = VM_NULL;
    }
    if (list) list = vm_iterate(vm, list);
    vm_unroot(vm, root);
    return list;
}

/* --- Struct: a format, whose methods are the functions above with it as their first argument */

vm_value vm_new_struct(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"Struct", 1, {VM_N_format}};
    vm_value format = VM_NULL;
    uint32_t size, items;
    if (!vm_take_arguments(vm, argc, argv, &parameters, &format)) return VM_NULL;
    if (!format) return vm_raise(vm, VM_B_TypeError, "Struct() missing required argument 'format' (pos 1)");
    if (!measure(vm, format, &size, &items)) return VM_NULL;
    unsigned root = vm_root(vm, format);
    vm_value v = vm_alloc(vm, VM_T_NATIVE, sizeof(vm_device));
    vm_unroot(vm, root);
    if (!v) return v;
    vm_device_of(vm, v)->h.aux = VM_B_Struct;
    vm_device_of(vm, v)->ref = format;
    return v;
}

#define METHOD(name)                                                                                                                       \
    vm_value vm_struct_method_##name(vm *vm, unsigned argc, vm_value *argv) {                                                              \
        argv[0] = vm_device_of(vm, argv[0])->ref;                                                                                          \
        return vm_struct_##name(vm, argc, argv);                                                                                           \
    }
METHOD(pack)
METHOD(unpack)
METHOD(pack_into)
METHOD(unpack_from)
METHOD(iter_unpack)

vm_value vm_struct_getattr(vm *vm, vm_value v, unsigned name) {
    vm_value format = vm_device_of(vm, v)->ref;
    if (name == VM_N_size) return vm_struct_calcsize(vm, 1, &format);
    if (name != VM_N_format || vm_is(vm, format, VM_T_STR)) return name == VM_N_format ? format : VM_NULL;
    return vm_new_string(vm, vm_str_of(vm, format)->data, vm_str_of(vm, format)->length);
}

#endif
