/* SPDX-License-Identifier: Apache-2.0 */
/* Strs: UTF-8. One that is ASCII only (a flag, found out once) is indexed directly; in others code points are counted. Names of attributes
 * and variables are ids; their texts are in names.def, in the program's NAMES section, or in a list of those made at run time. */
#include "rooms.h"

vm_value vm_alloc_string(vm *vm, unsigned type, uint32_t length) {
    if (length > 0x3FFFFFFF) return vm_memory_error(vm);
    vm_value v = vm_alloc(vm, type, (uint32_t)sizeof(vm_str) + length + 1);
    if (!v) return v;
    vm_str_of(vm, v)->length = length;
    vm_str_of(vm, v)->data[length] = 0;
    return v;
}

vm_value vm_new_string(vm *vm, const void *utf8, uint32_t length) {
    vm_value v = vm_alloc_string(vm, VM_T_STR, length);
    if (v) memcpy(vm_str_of(vm, v)->data, utf8, length);
    return v;
}

vm_value vm_new_text(vm *vm, const char *text) { return vm_new_string(vm, text, (uint32_t)strlen(text)); }

/* --- names */

#if VM_PACKED_TEXTS
#define SPACE(vm) ((vm)->name_text)
#else
#define SPACE(vm) NULL
#endif

vm_value vm_builtin_name(vm *vm, unsigned number) { return vm_new_text(vm, vm_unpacked(vm_builtin_short_name(number), SPACE(vm))); }

bool vm_name_text(vm *vm, unsigned name, const uint8_t **text, uint32_t *length) {
    if (name < VM_N_COUNT) {
        const char *known = vm_unpacked(vm_name_at(name), SPACE(vm));
        *text = (const uint8_t *)known;
        *length = (uint32_t)strlen(known);
        return true;
    }
    unsigned i = name - VBC_FIRST_NAME;
    if (i < vm->name_count) {
        const uint32_t *offsets = vm->name_offsets;
        *text = (const uint8_t *)offsets + offsets[i];
        *length = offsets[i + 1] - offsets[i];
        return true;
    }
    if (!vm->dynamic_names) return false;
    i = 0xFFFF - name; /* made at run time: from the top down, so that they never meet a stripped program's */
    vm_list *l = vm_list_of(vm, vm->dynamic_names);
    if (i >= l->length) return false;
    const vm_str *s = vm_str_of(vm, vm_list_items(vm, l)[i]);
    *text = s->data;
    *length = s->length;
    return true;
}

vm_value vm_name_str(vm *vm, unsigned name) {
    const uint8_t *text;
    uint32_t length;
    if (vm_name_text(vm, name, &text, &length)) {
        vm_value v = vm_new_string(vm, text, length);
        if (v) vm_str_of(vm, v)->h.aux = (uint16_t)(name + 1);
        return v;
    }
    vm_writer w;
    vm_writer_begin(&w, vm, 16);
    vm_put_name(&w, name);
    return vm_writer_end(&w);
}

/* -1: there is none. The program's own names come first: they are fewer, and no other is asked for as often. */
static int find_name(vm *vm, const vm_str *s, uint32_t made) {
    const uint8_t *text;
    uint32_t length;
    for (unsigned i = 0; i < vm->name_count + made; i++) {
        unsigned name = i < vm->name_count ? VBC_FIRST_NAME + i : 0xFFFF - (i - vm->name_count);
        if (vm_name_text(vm, name, &text, &length) && length == s->length && !memcmp(text, s->data, length)) return (int)name;
    }
    const char *packed = vm_names;
    for (unsigned i = 0; i < VM_N_COUNT; i++, packed = vm_next_text(packed)) {
        uint8_t first = (uint8_t)*packed;
#if VM_PACKED_TEXTS
        while (first >= 128) first = vm_text_pairs[first - 128][0];
#endif
        if (first != s->data[0]) continue; /* most are not looked at any further */
        const char *known = vm_unpacked(packed, SPACE(vm));
        if (strlen(known) == s->length && !memcmp(known, s->data, s->length)) return (int)i;
    }
    return -1;
}

/* A search reads hundreds of texts. A str on the heap keeps what was found (object.h); one in ROM, and that there is nothing, has an entry
 * in the cache of attributes, where no class can have the same reference. */
int vm_name_id(vm *vm, vm_value str, bool create) {
    vm_str *s = vm_str_of(vm, str);
    if (s->h.aux) return s->h.aux - 1;
    bool constant = s->h.flags & VM_ROM;
    vm_cache_entry *e = &vm->cache[VM_CACHE_AT(str, 0)];
    uint32_t made = vm->dynamic_names ? vm_list_of(vm, vm->dynamic_names)->length : 0;
    int name = constant && e->class_ == str ? vm_small(e->value) : find_name(vm, s, made);
    if (name < 0 && create) {
        if (made > 4096) return vm_raise(vm, VM_B_MemoryError, "too many names made at run time"), -1;
        if (!vm->dynamic_names && !(vm->dynamic_names = vm_new_list_of(vm, 0, NULL))) return -1;
        if (!vm_list_append(vm, vm->dynamic_names, str)) return -1;
        vm_cache_flush(vm);
        name = (int)(0xFFFF - made);
    }
    if (constant) {
        *e = (vm_cache_entry){str, 0, 0xFFFF, VM_SMALL(name)};
        vm->cache_used = true;
    } else if (name >= 0)
        s->h.aux = (uint16_t)(name + 1);
    return name;
}

/* --- UTF-8 */

uint32_t vm_utf8_next(const uint8_t *s, uint32_t *at) {
    uint32_t i = *at, c = s[i++];
    if (c >= 0xC0) {
        unsigned more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
        c &= 0x3Fu >> more;
        for (; more && (s[i] & 0xC0) == 0x80; more--) c = c << 6 | (s[i++] & 0x3F);
    }
    *at = i;
    return c;
}

unsigned vm_utf8_put(uint8_t *out, uint32_t c) {
    if (c < 0x80) return out[0] = (uint8_t)c, 1;
    if (c < 0x800) {
        out[0] = (uint8_t)(0xC0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xE0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

bool vm_is_ascii(const vm *vm, vm_value v) {
    vm_str *s = vm_str_of(vm, v);
    if (s->h.flags & VM_ASCII) return true;
    if (s->h.flags & (VM_NOT_ASCII | VM_ROM)) return false;
    uint8_t all = 0;
    for (uint32_t i = 0; i < s->length; i++) all |= s->data[i];
    s->h.flags |= all < 0x80 ? VM_ASCII : VM_NOT_ASCII;
    return all < 0x80;
}

uint32_t vm_str_count(const vm *vm, vm_value v) {
    const vm_str *s = vm_str_of(vm, v);
    if (vm_is_ascii(vm, v)) return s->length;
    uint32_t n = 0;
    for (uint32_t at = 0; at < s->length; n++) vm_utf8_next(s->data, &at);
    return n;
}

uint32_t vm_utf8_offset(const uint8_t *s, uint32_t length, uint32_t index) {
    uint32_t at = 0;
    while (index-- && at < length) vm_utf8_next(s, &at);
    return at;
}

/* --- comparison */

uint32_t vm_str_hash(const vm *vm, vm_value v) {
    vm_str *s = vm_str_of(vm, v);
    if (s->hash) return s->hash;
    uint32_t h = vm_fnv1a(s->data, s->length);
    if (!h) h = 1;
    if (!(s->h.flags & VM_ROM)) s->hash = h;
    return h;
}

bool vm_str_equal(const vm *vm, vm_value a, vm_value b) {
    if (a == b) return true;
    const vm_str *s = vm_str_of(vm, a), *t = vm_str_of(vm, b);
    if (s->length != t->length || (s->hash && t->hash && s->hash != t->hash)) return false;
    return !memcmp(s->data, t->data, s->length);
}

int vm_str_compare(const vm *vm, vm_value a, vm_value b) { /* the order of UTF-8 is that of code points */
    const vm_str *s = vm_str_of(vm, a), *t = vm_str_of(vm, b);
    int order = memcmp(s->data, t->data, s->length < t->length ? s->length : t->length);
    return order ? order : s->length < t->length ? -1 : s->length > t->length;
}

bool vm_need_str(vm *vm, vm_value v, const char *what) {
    if (vm_is(vm, v, VM_T_STR)) return true;
    return vm_raise(vm, VM_B_TypeError, "%s must be str, not %A", what, v), false;
}

/* --- parts */

vm_value vm_str_slice(vm *vm, vm_value v, uint32_t start, uint32_t stop) {
    const vm_str *s = vm_str_of(vm, v);
    if (!vm_is_ascii(vm, v)) {
        uint32_t from = vm_utf8_offset(s->data, s->length, start);
        stop = from + vm_utf8_offset(s->data + from, s->length - from, stop - start);
        start = from;
    }
    if (start == 0 && stop == s->length) return v;
    vm_value part = vm_alloc_string(vm, VM_T_STR, stop - start);
    if (part) memcpy(vm_str_of(vm, part)->data, vm_str_of(vm, v)->data + start, stop - start);
    return part;
}

int32_t vm_find_bytes(const uint8_t *s, uint32_t n, const uint8_t *part, uint32_t m, bool last) {
    int32_t end = (int32_t)(n - m), i = last ? end : 0;
    if (m > n) return -1;
    if (!m) return i;
    for (; (uint32_t)i <= (uint32_t)end; i += last ? -1 : 1)
        if (s[i] == part[0] && !memcmp(s + i, part, m)) return i;
    return -1;
}

int vm_str_contains(vm *vm, vm_value v, vm_value part) {
    if (!vm_is(vm, part, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "'in <string>' requires string as left operand, not %T", part), -1;
    const vm_str *s = vm_str_of(vm, v), *p = vm_str_of(vm, part);
    return vm_find_bytes(s->data, s->length, p->data, p->length, false) >= 0;
}

/* str(), str(x), str(bytes, encoding) */
vm_value vm_new_str(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"str", 3, {VM_N_object_, VM_N_encoding, VM_N_errors}};
    vm_value given[3] = {VM_NULL, VM_NULL, VM_NULL};
    const uint8_t *data;
    uint32_t length;
    if (!vm_take_arguments(vm, argc, argv, &parameters, given)) return VM_NULL;
    if (!given[0]) return vm_alloc_string(vm, VM_T_STR, 0);
    if (given[1] || given[2]) {
        if (vm_is(vm, given[0], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "decoding str is not supported");
        if (!vm_bytes_view(vm, given[0], &data, &length))
            return vm_raise(vm, VM_B_TypeError, "decoding to str: need a bytes-like object, %T found", given[0]);
        return vm_decode(vm, data, length, given[1], given[2]);
    }
    return vm_to_str(vm, given[0]);
}
