/* SPDX-License-Identifier: Apache-2.0 */
/* bytes and bytearray. A bytearray's storage is a bytes object whose length is the capacity. */
#include "sequence.h"

bool vm_bytes_view(const vm *vm, vm_value v, const uint8_t **data, uint32_t *length) {
    switch (vm_object_type(vm, v)) {
    case VM_T_BYTES:
        *data = vm_str_of(vm, v)->data;
        *length = vm_str_of(vm, v)->length;
        return true;
    case VM_T_BYTEARRAY: {
        const vm_bytearray *b = vm_bytearray_of(vm, v);
        *length = b->length;
        *data = b->storage ? vm_str_of(vm, b->storage)->data : (const uint8_t *)"";
        return true;
    }
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_bytes(vm, v, data, length);
#endif
    default: return false;
    }
}

vm_value vm_new_bytes_from(vm *vm, const void *data, uint32_t length) {
    vm_value v = vm_alloc_string(vm, VM_T_BYTES, length);
    if (v) memcpy(vm_str_of(vm, v)->data, data, length);
    return v;
}

bool vm_bytearray_reserve(vm *vm, vm_value v, uint32_t capacity) {
    vm_bytearray *b = vm_bytearray_of(vm, v);
    uint32_t now = b->storage ? vm_str_of(vm, b->storage)->length : 0;
    if (capacity <= now && b->storage) return true;
    if (now && capacity < now + now / 2) capacity = now + now / 2;
    capacity = (capacity + 12 + 1 + 7) / 8 * 8 - 13;
    vm_value storage = vm_alloc_string(vm, VM_T_BYTES, capacity);
    if (!storage) return false;
    if (b->length) memcpy(vm_str_of(vm, storage)->data, vm_str_of(vm, b->storage)->data, b->length);
    vm_release(vm, b->storage);
    b->storage = storage;
    return true;
}

bool vm_bytearray_append(vm *vm, vm_value v, const uint8_t *data, uint32_t length) {
    vm_bytearray *b = vm_bytearray_of(vm, v);
    unsigned root = vm_root(vm, v);
    size_t within = b->storage ? (uintptr_t)data - (uintptr_t)vm_str_of(vm, b->storage)->data : SIZE_MAX;
    bool itself = within <= b->length; /* its own bytes, which may be elsewhere soon */
    bool done = b->length + length >= length && vm_bytearray_reserve(vm, v, b->length + length);
    vm_unroot(vm, root);
    if (!done) return false;
    uint8_t *p = vm_str_of(vm, b->storage)->data;
    memmove(p + b->length, itself ? p + within : data, length);
    b->length += length;
    return true;
}

vm_value vm_new_bytearray_of(vm *vm, const uint8_t *data, uint32_t length) {
    vm_value v = vm_alloc(vm, VM_T_BYTEARRAY, sizeof(vm_bytearray));
    if (!v) return v;
    unsigned root = vm_root(vm, v);
    if (!vm_bytearray_reserve(vm, v, length)) v = VM_NULL;
    vm_unroot(vm, root);
    if (!v) return v;
    vm_bytearray *b = vm_bytearray_of(vm, v);
    b->length = length;
    if (data)
        memcpy(vm_str_of(vm, b->storage)->data, data, length);
    else
        memset(vm_str_of(vm, b->storage)->data, 0, length);
    return v;
}

static bool byte_called(vm *vm, vm_value v, uint8_t *out, const char *what) {
    int32_t x;
    if (!vm_need_index(vm, v, &x)) return false;
    if (x < 0 || x > 255) return vm_raise(vm, VM_B_ValueError, "%s must be in range(0, 256)", what), false;
    *out = (uint8_t)x;
    return true;
}

bool vm_byte_of(vm *vm, vm_value v, uint8_t *out) { return byte_called(vm, v, out, "byte"); }

/* The items of an iterable, as a new bytearray; `what` names a byte in errors. */
static vm_value collect(vm *vm, vm_value source, const char *what, const char *refusal) {
    unsigned root = vm_mark_roots(vm);
    vm_value iterator = vm_iterate(vm, source), result, item;
    if (!iterator) return vm_take_exception(vm, VM_B_TypeError) ? vm_raise(vm, VM_B_TypeError, refusal, source) : VM_NULL;
    vm_root(vm, iterator);
    result = vm_new_bytearray_of(vm, NULL, 0);
    if (result) {
        vm_root(vm, result);
        if (!vm_bytearray_reserve(vm, result, vm_length_hint(vm, source))) result = VM_NULL;
    }
    while (result && (item = vm_next(vm, iterator))) {
        uint8_t byte;
        unsigned place = vm_root(vm, item);
        if (!byte_called(vm, item, &byte, what) || !vm_bytearray_append(vm, result, &byte, 1)) result = VM_NULL;
        vm_unroot(vm, place);
    }
    vm_unroot(vm, root);
    return vm->exception ? VM_NULL : result;
}

/* The contents that bytes(...) and bytearray(...) ask for: bytes, or a bytearray. */
static vm_value build(vm *vm, unsigned argc, vm_value *argv, bool array) {
    static const vm_parameters parameters[] = {{"bytes", 3, {VM_N_source, VM_N_encoding, VM_N_errors}},
                                               {"bytearray", 3, {VM_N_source, VM_N_encoding, VM_N_errors}}};
    vm_value given[3] = {VM_NULL, VM_NULL, VM_NULL}, m;
    const uint8_t *data;
    uint32_t length;
    if (!vm_take_arguments(vm, argc, argv, &parameters[array], given)) return VM_NULL;
    vm_value source = given[0];
    if (!source) return vm_new_bytearray_of(vm, NULL, 0);
#if VM_FEATURE_RARE
    for (unsigned i = 1; i < 3; i++)
        if (given[i] && !vm_is(vm, given[i], VM_T_STR))
            return vm_raise(vm, VM_B_TypeError, "%s() argument '%s' must be str, not %A", parameters[array].function,
                            i == 1 ? "encoding" : "errors", given[i]);
#endif
    if (vm_is(vm, source, VM_T_STR) && (array || given[1] || given[2] || !vm_special(vm, source, VM_N_bytes_))) {
        if (!given[1]) return vm_raise(vm, VM_B_TypeError, "string argument without an encoding");
        return vm_encode(vm, source, given[1], given[2]);
    }
#if VM_FEATURE_RARE
    if (given[1] || given[2]) return vm_raise(vm, VM_B_TypeError, "%s without a string argument", given[1] ? "encoding" : "errors");
#endif
    if (vm_bytes_view(vm, source, &data, &length)) {
        unsigned root = vm_root(vm, source);
        vm_value v = vm_new_bytearray_of(vm, data, length);
        vm_unroot(vm, root);
        return v;
    }
#if VM_MEMORYVIEW
    if (vm_is(vm, source, VM_T_MEMORYVIEW)) return vm_memory_tobytes(vm, 1, &source);
#endif
    if (!array && (m = vm_special(vm, source, VM_N_bytes_))) {
        m = vm_call(vm, m, 1, &source);
        if (m && !vm_is(vm, m, VM_T_BYTES)) return vm_raise(vm, VM_B_TypeError, "__bytes__ returned non-bytes (type %T)", m);
        return m;
    }
    if (vm_is_int(vm, source) || vm_is_bool(source) || (vm_special(vm, source, VM_N_index_) && !vm_special(vm, source, VM_N_iter))) {
        int32_t n;
        if (!vm_need_index(vm, source, &n)) return VM_NULL;
        if (vm_is_bigint(vm, source)) return vm_raise(vm, VM_B_OverflowError, "cannot fit 'int' into an index-sized integer");
        if (n < 0) return vm_raise(vm, VM_B_ValueError, "negative count");
        return n > 0x3FFFFFFF ? vm_memory_error(vm) : vm_new_bytearray_of(vm, NULL, (uint32_t)n);
    }
    return collect(vm, source, array ? "byte" : "bytes",
                   array ? "cannot convert '%T' object to bytearray" : "cannot convert '%T' object to bytes");
}

static vm_value convert(vm *vm, vm_value v, bool array) { /* between bytes and bytearray */
    const uint8_t *data = NULL;
    uint32_t length = 0;
    if (!v || vm_is(vm, v, array ? VM_T_BYTEARRAY : VM_T_BYTES)) return v;
    unsigned root = vm_root(vm, v);
    vm_bytes_view(vm, v, &data, &length);
    v = array ? vm_new_bytearray_of(vm, data, length) : vm_new_bytes_from(vm, data, length);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_new_bytearray(vm *vm, unsigned argc, vm_value *argv) { return convert(vm, build(vm, argc, argv, true), true); }

vm_value vm_bytearray_init(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_new_bytearray(vm, argc - 1, argv + 1);
    if (!v) return v;
    vm_bytearray_of(vm, argv[0])->storage = vm_bytearray_of(vm, v)->storage;
    vm_bytearray_of(vm, argv[0])->length = vm_bytearray_of(vm, v)->length;
    return VM_NONE;
}

vm_value vm_new_bytes(vm *vm, unsigned argc, vm_value *argv) {
    if (argc == 1 && vm_is_exactly(vm, argv[0], VM_T_BYTES) && !vm->kw_count) return argv[0];
    return convert(vm, build(vm, argc, argv, false), false);
}

vm_value vm_bytes_to_put(vm *vm, vm_value v, vm_value source, const char *refusal) {
    if (v == source) return convert(vm, source, false);
    if (vm_is(vm, source, VM_T_BYTES) || vm_is(vm, source, VM_T_BYTEARRAY)) return source;
    return collect(vm, source, "byte", refusal);
}

int vm_bytes_contains(vm *vm, vm_value v, vm_value item) {
    const uint8_t *p = NULL, *q;
    uint32_t n = 0, m;
    uint8_t byte;
    vm_bytes_view(vm, v, &p, &n);
    if (!vm_bytes_view(vm, item, &q, &m)) {
        if (!vm_is_int(vm, item) && !vm_is_bool(item))
            return vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", item), -1;
        if (!vm_byte_of(vm, item, &byte)) return -1;
        q = &byte, m = 1;
    }
    return vm_find_bytes(p, n, q, m, false) >= 0;
}

/* --- methods of bytearray */

void vm_reverse_bytes(uint8_t *p, uint32_t n) {
    for (uint32_t i = 0; i < n / 2; i++) {
        uint8_t c = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

vm_value vm_bytearray_append_method(vm *vm, unsigned argc, vm_value *argv) {
    uint8_t byte;
    (void)argc;
    return vm_byte_of(vm, argv[1], &byte) && vm_bytearray_append(vm, argv[0], &byte, 1) ? VM_NONE : VM_NULL;
}

vm_value vm_bytearray_extend(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    vm_value source = vm_bytes_to_put(vm, argv[0], argv[1], "can't extend bytearray with %T");
    if (!source) return source;
    unsigned root = vm_root(vm, source);
    vm_row r = vm_row_of(vm, source);
    bool done = vm_bytearray_append(vm, argv[0], r.data, r.length);
    vm_unroot(vm, root);
    return done ? VM_NONE : VM_NULL;
}

#if VM_FEATURE_RARE
vm_value vm_bytearray_pop(vm *vm, unsigned argc, vm_value *argv) {
    vm_bytearray *b = vm_bytearray_of(vm, argv[0]);
    if (!b->length) return vm_raise(vm, VM_B_IndexError, "pop from empty bytearray");
    int32_t i = vm_resolve_index(vm, argv[0], argc > 1 ? argv[1] : VM_SMALL(-1), "pop");
    if (i < 0) return VM_NULL;
    uint8_t byte = vm_str_of(vm, b->storage)->data[i];
    vm_splice(vm, argv[0], (uint32_t)i, 1, NULL, 0);
    return VM_SMALL(byte);
}

vm_value vm_bytearray_clear(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    vm_bytearray_of(vm, argv[0])->length = 0;
    return VM_NONE;
}

vm_value vm_bytearray_insert(vm *vm, unsigned argc, vm_value *argv) {
    int32_t at;
    uint8_t byte;
    (void)argc;
    if (!vm_need_index(vm, argv[1], &at) || !vm_byte_of(vm, argv[2], &byte)) return VM_NULL;
    return vm_splice(vm, argv[0], vm_clamp(at, vm_bytearray_of(vm, argv[0])->length), 0, &byte, 1) ? VM_NONE : VM_NULL;
}

vm_value vm_bytearray_remove(vm *vm, unsigned argc, vm_value *argv) {
    vm_bytearray *b = vm_bytearray_of(vm, argv[0]);
    uint8_t byte;
    (void)argc;
    if (!vm_byte_of(vm, argv[1], &byte)) return VM_NULL;
    int64_t at = b->length ? vm_find_bytes(vm_str_of(vm, b->storage)->data, b->length, &byte, 1, false) : -1;
    if (at < 0) return vm_raise(vm, VM_B_ValueError, "value not found in bytearray");
    return vm_splice(vm, argv[0], (uint32_t)at, 1, &byte, 0) ? VM_NONE : VM_NULL;
}

vm_value vm_bytearray_reverse(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *p;
    uint32_t n;
    (void)argc;
    if (vm_bytes_view(vm, argv[0], &p, &n)) vm_reverse_bytes((uint8_t *)(uintptr_t)p, n);
    return VM_NONE;
}

vm_value vm_bytearray_copy(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_new_bytearray(vm, 1, argv);
}
#endif

/* --- text and back */

vm_value vm_bytes_hex(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"hex", 2, {VM_N_sep, VM_N_bytes_per_sep}};
    vm_value given[2] = {VM_NULL, VM_SMALL(1)};
    const uint8_t *p = NULL, *sep = NULL;
    uint32_t n = 0, one = 1;
    int32_t group;
    vm_writer w;
    if (!vm_take_arguments(vm, argc - 1, argv + 1, &parameters, given) || !vm_need_index(vm, given[1], &group)) return VM_NULL;
    if (VM_FEATURE_RARE && given[0]) {
        if (!vm_text_view(vm, given[0], &sep, &one) && vm_length(vm, given[0]) < 0) return VM_NULL;
        if (vm_is(vm, given[0], VM_T_STR)) one = vm_str_count(vm, given[0]);
        if (one != 1) return vm_raise(vm, VM_B_ValueError, "sep must be length 1.");
        if (sep && *sep >= 0x80) return vm_raise(vm, VM_B_ValueError, "sep must be ASCII.");
        if (!sep) return vm_raise(vm, VM_B_TypeError, "sep must be str or bytes.");
    }
    vm_bytes_view(vm, argv[0], &p, &n);
    vm_writer_begin(&w, vm, n * 2);
    uint32_t size = (uint32_t)(group < 0 ? -group : group);
    for (uint32_t i = 0; i < n; i++) {
        if (VM_FEATURE_RARE && sep && i && size && (group > 0 ? n - i : i) % size == 0) vm_put_char(&w, *sep);
        vm_put_char(&w, vm_digit_text(p[i] >> 4, false));
        vm_put_char(&w, vm_digit_text(p[i] & 15, false));
    }
    return vm_writer_end(&w);
}

#if VM_FEATURE_RARE
static vm_value from_hex(vm *vm, vm_value *argv, bool array) {
    if (!vm_need_str(vm, argv[0], "fromhex() argument")) return VM_NULL;
    const vm_str *s = vm_str_of(vm, argv[0]);
    vm_writer w;
    vm_writer_begin(&w, vm, s->length / 2);
    for (uint32_t i = 0; i < s->length; i++) {
        if (vm_is_space(s->data[i])) continue;
        unsigned high = vm_digit(s->data[i]), low = high > 15 ? 99 : vm_digit(s->data[++i]); /* a NUL ends it */
        if (low > 15) {
            vm_raise(vm, VM_B_ValueError, "non-hexadecimal number found in fromhex() arg at position %u", i);
            w.failed = true;
            break;
        }
        vm_put_char(&w, (uint8_t)(high << 4 | low));
    }
    return convert(vm, vm_writer_end_bytes(&w), array);
}

vm_value vm_bytes_fromhex(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, from_hex(vm, argv, false); }
vm_value vm_bytearray_fromhex(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, from_hex(vm, argv, true); }
#endif
