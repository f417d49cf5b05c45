/* SPDX-License-Identifier: Apache-2.0 */
/* memoryview: the items of a bytes or bytearray object, or every n-th of them, without a copy. Of one dimension. A bytearray does not know
 * of its views: it may grow and shrink, and a view shows what is still there. */
#include "sequence.h"

#if VM_MEMORYVIEW

enum { READ_ONLY = 8 }; /* flag, of a view of a bytearray; views of bytes are so anyhow */

static inline vm_memoryview *of(const vm *vm, vm_value v) {
    (void)vm;
    return VM_PTR(vm, v);
}

/* Of the letters that loops read and write: bytes of an item; 0: another letter. */
static unsigned quick_size(unsigned letter) {
    letter |= 32;
    return letter == 'b' ? 1 : letter == 'h' ? 2 : letter == 'i' ? 4 : 0;
}

int32_t vm_memory_item_size(unsigned letter) {
    static const char codes[] = "bBc?hHiIlLqQnNfd", sizes[] = "1111224488888848";
    unsigned quick = quick_size(letter);
    if (quick) return (int32_t)quick;
    const char *found = letter ? memchr(codes, (int)letter, sizeof codes - 1) : NULL;
    return found && (VM_FLOAT || (letter != 'f' && letter != 'd')) ? sizes[found - codes] - '0' : 0;
}

static bool read_only(vm *vm, vm_value v) { return of(vm, v)->h.flags & READ_ONLY || !vm_is(vm, of(vm, v)->source, VM_T_BYTEARRAY); }

static bool alive(vm *vm, vm_value v) {
    if (!of(vm, v)->h.aux) vm_raise(vm, VM_B_ValueError, "operation forbidden on released memoryview object");
    return of(vm, v)->h.aux != 0;
}

/* The first byte of item i; NULL: the bytearray has become too short. */
static uint8_t *place(const vm *vm, const vm_memoryview *m, uint32_t i) {
    const uint8_t *data;
    uint32_t length;
    int32_t at = m->start + m->step * (int32_t)i; /* within what the source once had */
    vm_bytes_view(vm, m->source, &data, &length);
    return (uint32_t)(at + vm_memory_item_size(m->h.aux)) <= length ? (uint8_t *)(uintptr_t)data + at : NULL;
}

static vm_value item(vm *vm, vm_value v, uint32_t i) {
    const vm_memoryview *m = of(vm, v);
    const uint8_t *p = place(vm, m, i);
    unsigned letter = m->h.aux, size = quick_size(letter);
    if (!p) return vm_raise(vm, VM_B_IndexError, "index out of bounds on dimension 1");
    if (size) {
        uint32_t bits = *p;
        if (size == 2) bits |= (uint32_t)p[1] << 8;
        if (size == 4) memcpy(&bits, p, 4);
        unsigned spare = 32 - 8 * size;
        return vm_int(vm, letter > 'Z' ? (int32_t)(bits << spare) >> spare : (int64_t)bits); /* small letters: signed */
    }
    return vm_struct_get(vm, letter, (uint8_t)vm_memory_item_size(letter), p);
}

/* Of a view without gaps: what it shows. */
bool vm_memory_bytes(const vm *vm, vm_value v, const uint8_t **data, uint32_t *length) {
    const vm_memoryview *m = of(vm, v);
    int32_t size = vm_memory_item_size(m->h.aux);
    *data = (const uint8_t *)"";
    *length = 0;
    if (!size || (m->step != size && m->length > 1)) return false;
    if (!m->length) return true;
    *data = place(vm, m, 0);
    *length = m->length * (uint32_t)size;
    return *data && place(vm, m, m->length - 1);
}

bool vm_writable_bytes(const vm *vm, vm_value v, uint8_t **data, uint32_t *length) {
    const uint8_t *p;
    vm_value source = v;
    if (vm_is(vm, v, VM_T_MEMORYVIEW)) source = of(vm, v)->h.flags & READ_ONLY ? VM_NONE : of(vm, v)->source;
    bool done = vm_is(vm, source, VM_T_BYTEARRAY) && vm_bytes_view(vm, v, &p, length);
    if (done) *data = (uint8_t *)(uintptr_t)p;
    return done;
}

vm_value vm_new_memory(vm *vm, vm_value source, unsigned letter, uint32_t length) {
    unsigned root = vm_root(vm, source);
    vm_value v = vm_alloc(vm, VM_T_MEMORYVIEW, sizeof(vm_memoryview));
    vm_unroot(vm, root);
    if (!v) return v;
    vm_memoryview *m = of(vm, v);
    m->h.aux = (uint16_t)letter;
    m->source = source;
    m->step = vm_memory_item_size(letter);
    m->length = length / (uint32_t)m->step;
    return v;
}

/* Another view of the same. */
static vm_value again(vm *vm, vm_value old) {
    vm_value v = vm_new_memory(vm, old, of(vm, old)->h.aux, 0);
    if (!v) return v;
    vm_memoryview *m = of(vm, v);
    *m = *of(vm, old);
    return v;
}

vm_value vm_new_memoryview(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"memoryview", 1, {VM_N_object_}};
    vm_value given = VM_NULL;
    const uint8_t *data;
    uint32_t length;
    if (!vm_take_arguments(vm, argc, argv, &parameters, &given)) return given;
    if (!given) return vm_raise(vm, VM_B_TypeError, "memoryview() missing required argument 'object' (pos 1)");
    if (vm_is(vm, given, VM_T_MEMORYVIEW)) {
        vm_value v = alive(vm, given) ? again(vm, given) : VM_NULL;
        if (v) of(vm, v)->h.flags &= (uint8_t)~VM_ARRAY;
        return v;
    }
    if (!vm_bytes_view(vm, given, &data, &length))
        return vm_raise(vm, VM_B_TypeError, "memoryview: a bytes-like object is required, not '%T'", given);
    return vm_new_memory(vm, given, 'B', length);
}

vm_value vm_memory_tobytes(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!alive(vm, argv[0])) return VM_NULL;
    const vm_memoryview *m = of(vm, argv[0]);
    uint32_t size = (uint32_t)vm_memory_item_size(m->h.aux);
    vm_value v = vm_alloc_string(vm, VM_T_BYTES, m->length * size);
    if (!v) return v;
    uint8_t *out = vm_str_of(vm, v)->data;
    for (uint32_t i = 0; i < m->length; i++, out += size) {
        const uint8_t *p = place(vm, m, i);
        if (p)
            memcpy(out, p, size);
        else
            memset(out, 0, size);
    }
    return v;
}

int64_t vm_memory_length(vm *vm, vm_value v) { return alive(vm, v) ? (int64_t)of(vm, v)->length : -1; }

/* Of a view of bytes, where a small int says; NULL: another way has to be gone. */
static uint8_t *byte_place(const vm *vm, const vm_memoryview *m, vm_value index) {
    return vm_is_small(index) && m->h.aux == 'B' && (uint32_t)vm_small(index) < m->length ? place(vm, m, (uint32_t)vm_small(index)) : NULL;
}

vm_value vm_memory_item(vm *vm, vm_value v, vm_value index) {
    vm_memoryview *m = of(vm, v);
    const uint8_t *byte = byte_place(vm, m, index);
    vm_span span;
    if (byte) return VM_SMALL(*byte);
    if (!alive(vm, v)) return VM_NULL;
    if (vm_is(vm, index, VM_T_SLICE)) {
        if (!vm_resolve_slice(vm, index, &m->length, &span)) return VM_NULL;
        v = again(vm, v);
        if (!v) return v;
        m = of(vm, v);
        m->start += m->step * span.start;
        m->step *= span.step;
        m->length = span.count;
        return m->h.flags & VM_ARRAY ? vm_array_of_view(vm, v) : v;
    }
    if (vm_is(vm, index, VM_T_TUPLE) && vm_tuple_of(vm, index)->length > 1)
        return vm_raise(vm, VM_B_TypeError, "cannot index 1-dimension view with %u-element tuple", vm_tuple_of(vm, index)->length);
    int32_t i = vm_resolve_index(vm, v, index, NULL);
    return i < 0 ? VM_NULL : item(vm, v, (uint32_t)i);
}

bool vm_memory_pack(vm *vm, const vm_memoryview *m, vm_value value, uint8_t *out) {
    unsigned letter = m->h.aux;
    unsigned quick = quick_size(letter), spare = 32 - 8 * quick;
    if (vm_is_small(value) && quick) {
        int32_t x = vm_small(value);
        if (letter > 'Z' ? (int32_t)((uint32_t)x << spare) >> spare == x : (uint32_t)x << spare >> spare == (uint32_t)x && x >= 0)
            return memcpy(out, &x, 4), true;
    }
    bool number = letter != 'c' && letter != '?' && letter != 'f' && letter != 'd';
    unsigned root = vm_root(vm, value);
    if (number) value = vm_index_of(vm, value);
    bool done = value && vm_struct_put(vm, letter, (uint8_t)vm_memory_item_size(letter), value, out);
    vm_unroot(vm, root);
    if (done) return true;
    if (m->h.flags & VM_ARRAY) {
        if (vm_take_exception(vm, VM_B_struct_error))
            vm_raise(vm, number ? VM_B_OverflowError : VM_B_TypeError, "no value for typecode '%c'", letter);
        return false;
    }
    bool type = !value || !number;
    if (type ? vm_take_exception(vm, VM_B_TypeError) || vm_take_exception(vm, VM_B_struct_error) : vm_take_exception(vm, VM_B_struct_error))
        vm_raise(vm, type ? VM_B_TypeError : VM_B_ValueError, "memoryview: invalid %s for format '%c'", type ? "type" : "value", letter);
    return false;
}

bool vm_memory_store(vm *vm, vm_value v, vm_value index, vm_value value) {
    if (!alive(vm, v)) return false;
    const vm_memoryview *m = of(vm, v), *from;
    vm_span span;
    if (read_only(vm, v)) return vm_raise(vm, VM_B_TypeError, "cannot modify read-only memory"), false;
    bool array = m->h.flags & VM_ARRAY;
    if (!value && !array) return vm_raise(vm, VM_B_TypeError, "cannot delete memory"), false;
    uint8_t *byte = value ? byte_place(vm, m, index) : NULL;
    if (byte && vm_is_small(value) && (uint32_t)vm_small(value) < 256) return *byte = (uint8_t)vm_small(value), true;
    if (array && vm_is(vm, index, VM_T_SLICE)) return vm_array_store_slice(vm, v, index, value);
    uint32_t size = (uint32_t)vm_memory_item_size(m->h.aux);
    if (!vm_is(vm, index, VM_T_SLICE)) {
        uint8_t bytes[8]; /* converting the value may run code that changes the bytearray */
        int32_t i = vm_resolve_index(vm, v, index, array ? "array assignment" : NULL);
        if (i >= 0 && !value) return vm_array_delete(vm, v, (uint32_t)i);
        if (i < 0 || !vm_memory_pack(vm, m, value, bytes)) return false;
        uint8_t *p = alive(vm, v) ? place(vm, m, (uint32_t)i) : NULL;
        if (p) memcpy(p, bytes, size);
        return !vm->exception;
    }
    unsigned root = vm_mark_roots(vm);
    if (!vm_is(vm, value, VM_T_BYTES) && !vm_is(vm, value, VM_T_BYTEARRAY) && !vm_is(vm, value, VM_T_MEMORYVIEW))
        return vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", value), false;
    value = vm_new_memoryview(vm, 1, &value);
    if (!value) return false;
    vm_root(vm, value);
    from = of(vm, value);
    bool done = vm_resolve_slice(vm, index, &m->length, &span);
    if (done && (from->h.aux != m->h.aux || from->length != span.count))
        done = vm_raise(vm, VM_B_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    if (done) value = vm_memory_tobytes(vm, 1, &value); /* they may overlap */
    done = done && value;
    const uint8_t *bytes = done ? vm_str_of(vm, value)->data : NULL;
    for (uint32_t i = 0; done && i < span.count; i++) {
        uint8_t *p = place(vm, m, (uint32_t)(span.start + (int32_t)i * span.step));
        if (p) memcpy(p, bytes + (size_t)i * size, size);
    }
    vm_unroot(vm, root);
    return done;
}

/* == of a view and anything bytes-like: 1, 0, -1 raised. */
int vm_memory_equal(vm *vm, vm_value a, vm_value b) {
    vm_value both[2] = {a, b};
    unsigned root = vm_mark_roots(vm);
    int same = 1;
    if (a == b) return 1;
    for (unsigned i = 0; i < 2; i++) {
        bool view = vm_is(vm, both[i], VM_T_MEMORYVIEW);
        if (view ? !of(vm, both[i])->h.aux : !vm_is(vm, both[i], VM_T_BYTES) && !vm_is(vm, both[i], VM_T_BYTEARRAY))
            return vm_unroot(vm, root), 0;
        if (!view) both[i] = vm_new_memoryview(vm, 1, &both[i]);
        if (!both[i]) return vm_unroot(vm, root), -1;
        vm_root(vm, both[i]);
    }
    if (of(vm, both[0])->length != of(vm, both[1])->length) same = 0;
    for (uint32_t i = 0; same > 0 && i < of(vm, both[0])->length; i++) {
        unsigned mark = vm_mark_roots(vm);
        vm_value x = item(vm, both[0], i);
        if (x) vm_root(vm, x);
        vm_value y = x ? item(vm, both[1], i) : x;
        same = y ? vm_equal(vm, x, y) : -1;
        vm_unroot(vm, mark);
    }
    vm_unroot(vm, root);
    return same;
}

bool vm_memory_hash(vm *vm, vm_value v, uint32_t *out) {
    if (!alive(vm, v)) return false;
    if (of(vm, v)->h.flags & VM_ARRAY) return vm_raise(vm, VM_B_TypeError, "unhashable type: '%T'", v), false;
    if (!read_only(vm, v)) return vm_raise(vm, VM_B_ValueError, "cannot hash writable memoryview object"), false;
    if (vm_memory_item_size(of(vm, v)->h.aux) != 1 || of(vm, v)->h.aux == '?')
        return vm_raise(vm, VM_B_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'"), false;
    v = vm_memory_tobytes(vm, 1, &v);
    return v && vm_hash(vm, v, out);
}

vm_value vm_memory_getattr(vm *vm, vm_value v, unsigned name) {
    const vm_memoryview *m = of(vm, v);
    char letter[2] = {(char)m->h.aux, 0};
    vm_value one;
    if (m->h.flags & VM_ARRAY) return name == VM_N_typecode ? vm_new_text(vm, letter) : name == VM_N_itemsize ? VM_SMALL(m->step) : VM_NULL;
    if (name < VM_N_obj || name > VM_N_contiguous) {
        if (name != VM_N_format) return VM_NULL;
        return alive(vm, v) ? vm_new_text(vm, letter) : VM_NULL;
    }
    if (!alive(vm, v)) return VM_NULL;
    int32_t size = vm_memory_item_size(m->h.aux);
    switch (name) {
    case VM_N_obj: return m->source;
    case VM_N_nbytes: return VM_SMALL(m->length * (uint32_t)size);
    case VM_N_readonly: return VM_BOOL(read_only(vm, v));
    case VM_N_itemsize: return VM_SMALL(size);
    case VM_N_ndim: return VM_SMALL(1);
    case VM_N_shape: one = VM_SMALL(m->length); return vm_new_tuple_of(vm, 1, &one);
    case VM_N_strides: one = VM_SMALL(m->step); return vm_new_tuple_of(vm, 1, &one);
    case VM_N_suboffsets: return vm_new_tuple_of(vm, 0, NULL);
    default: return VM_BOOL(m->step == size || m->length <= 1); /* c_contiguous, f_contiguous, contiguous */
    }
}

/* --- methods */

vm_value vm_memory_tolist(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return alive(vm, argv[0]) ? vm_to_list(vm, argv[0]) : VM_NULL;
}

vm_value vm_memory_hex(vm *vm, unsigned argc, vm_value *argv) {
    vm_value bytes = vm_memory_tobytes(vm, 1, argv);
    if (bytes) argv[0] = bytes;
    return bytes ? vm_bytes_hex(vm, argc, argv) : bytes;
}

vm_value vm_memory_release(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    of(vm, argv[0])->h.aux = 0;
    of(vm, argv[0])->source = VM_NONE;
    return VM_NONE;
}

vm_value vm_memory_enter(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, alive(vm, argv[0]) ? argv[0] : VM_NULL; }

vm_value vm_memory_toreadonly(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    vm_value v = alive(vm, argv[0]) ? again(vm, argv[0]) : VM_NULL;
    if (v) of(vm, v)->h.flags |= READ_ONLY;
    return v;
}

vm_value vm_memory_cast(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!alive(vm, argv[0])) return VM_NULL;
    const vm_memoryview *m = of(vm, argv[0]);
    if (!vm_is(vm, argv[1], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "cast() argument 'format' must be str, not %T", argv[1]);
    const vm_str *s = vm_str_of(vm, argv[1]);
    uint32_t at = s->length == 2 && s->data[0] == '@';
    int32_t old = vm_memory_item_size(m->h.aux), size = s->length == at + 1 ? vm_memory_item_size(s->data[at]) : 0;
    if (m->step != old && m->length > 1) return vm_raise(vm, VM_B_TypeError, "memoryview: casts are restricted to C-contiguous views");
    if (!size)
        return vm_raise(vm, VM_B_ValueError,
                        "memoryview: destination format must be a native single character format prefixed with an optional '@'");
    bool bytes = old == 1 && m->h.aux != '?';
    if (!bytes && (size != 1 || s->data[at] == '?'))
        return vm_raise(vm, VM_B_TypeError, "memoryview: cannot cast between two non-byte formats");
    if (m->length * (uint32_t)old % (uint32_t)size) return vm_raise(vm, VM_B_TypeError, "memoryview: length is not a multiple of itemsize");
    vm_value v = again(vm, argv[0]);
    if (!v) return v;
    vm_memoryview *n = of(vm, v);
    n->h.aux = vm_str_of(vm, argv[1])->data[at];
    n->step = size;
    n->length = n->length * (uint32_t)old / (uint32_t)size;
    return v;
}

#endif
