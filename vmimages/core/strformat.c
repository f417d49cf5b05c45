/* SPDX-License-Identifier: Apache-2.0 */
/* str.format. */
#include "format.h"

#if VM_FEATURE_FORMAT_METHOD

typedef struct {
    vm_value *argv;
    unsigned argc, next; /* next automatic field; BY_HAND: fields are numbered by hand */
    const vm_keywords *keywords;
    vm_value mapping; /* of format_map; VM_NULL: none */
} arguments;
enum { BY_HAND = 0x10000 };

#if VM_FEATURE_RARE
static bool bad(vm *vm, const char *message) { return vm_raise(vm, VM_B_ValueError, message), false; }
#else
static bool bad_format(vm *vm) { return vm_raise(vm, VM_B_ValueError, "invalid format string"), false; }
#define bad(vm, message) bad_format(vm)
#endif

static vm_value first_value(vm *vm, arguments *a, const uint8_t *p, const uint8_t *end) {
    const uint8_t *start = p;
    int32_t n = vm_format_digits(&p, end);
    if (p == end) {
        if (n == -2) return bad(vm, "Too many decimal digits in format string"), VM_NULL;
        if ((n < 0 ? a->next >= BY_HAND : a->next - 1 < BY_HAND - 1))
            return vm_raise(vm, VM_B_ValueError, "cannot switch from %s to %s",
                            n < 0 ? "manual field specification" : "automatic field numbering",
                            n < 0 ? "automatic field numbering" : "manual field specification");
        if (a->mapping) return vm_raise(vm, VM_B_ValueError, "Format string contains positional fields");
        if (n < 0)
            n = (int32_t)a->next++;
        else
            a->next = BY_HAND;
        if ((unsigned)n + 1 >= a->argc)
            return vm_raise(vm, VM_B_IndexError, "Replacement index %d out of range for positional args tuple", n);
        return a->argv[n + 1];
    }
    for (unsigned i = 0; i < a->keywords->count; i++) {
        const uint8_t *text;
        uint32_t length;
        if (vm_name_text(vm, a->keywords->words[i] >> 16, &text, &length) && length == (uint32_t)(end - start) &&
            !memcmp(text, start, length))
            return a->keywords->values[i];
    }
    vm_value key = vm_new_string(vm, start, (uint32_t)(end - start));
    if (!key) return key;
    unsigned root = vm_root(vm, key);
    vm_value v = a->mapping ? vm_getitem(vm, a->mapping, key) : vm_raise_value(vm, VM_B_KeyError, key);
    vm_unroot(vm, root);
    return v;
}

static vm_value field_value(vm *vm, arguments *a, const uint8_t *p, const uint8_t *end) {
    const uint8_t *start = p;
    while (p < end && *p != '.' && *p != '[') p++;
    vm_value v = first_value(vm, a, start, p);
    while (v && p < end) {
        bool index = *p == '[';
        if (!index && *p != '.') return bad(vm, "Only '.' or '[' may follow ']' in format field specifier"), VM_NULL;
        start = ++p;
        while (p < end && (index ? *p != ']' : *p != '.' && *p != '[')) p++;
        if (index && p == end) return bad(vm, "Missing ']' in format string"), VM_NULL;
        if (p == start) return bad(vm, "Empty attribute in format string"), VM_NULL;
        unsigned root = vm_root(vm, v);
        const uint8_t *digits = start;
        int32_t i = index ? vm_format_digits(&digits, p) : -1;
        vm_value key = i >= 0 && digits == p ? VM_SMALL(i) : vm_new_string(vm, start, (uint32_t)(p - start));
        if (key) {
            vm_root(vm, key);
            vm_value both[2] = {v, key};
            v = index ? vm_getitem(vm, v, key) : vm_bi_getattr(vm, 2, both);
        } else
            v = key;
        p += index;
        vm_unroot(vm, root);
    }
    return v;
}

static bool format_into(vm_writer *w, arguments *a, const uint8_t *p, const uint8_t *end, unsigned depth) {
    vm *vm = w->vm;
    if (!depth) return bad(vm, "Max string recursion exceeded");
    while (p < end) {
        const uint8_t *start = p;
        while (p < end && *p != '{' && *p != '}') p++;
        vm_put(w, start, (uint32_t)(p - start));
        if (p == end) break;
        uint8_t c = *p++;
        if (p < end && *p == c) {
            vm_put_char(w, c);
            p++;
            continue;
        }
        if (c == '}' || p == end) return vm_raise(vm, VM_B_ValueError, "Single '%c' encountered in format string", c), false;
        const uint8_t *name = p, *name_end;
        char conversion = 0;
        for (c = 0; p < end; p++) {
            c = *p;
            if (c == '{') return bad(vm, "unexpected '{' in field name");
            if (c == '[')
                while (p + 1 < end && *p != ']') p++;
            else if (c == '}' || c == ':' || c == '!')
                break;
        }
        if (p == end) return bad(vm, "expected '}' before end of string");
        name_end = p++;
        if (c == '!') {
            if (p == end) return bad(vm, "end of string while looking for conversion specifier");
            conversion = (char)*p++;
            c = p < end ? *p++ : ':';
            if (c != '}' && c != ':') return bad(vm, "expected ':' after conversion specifier");
        }
        const uint8_t *format = p, *format_end = p;
        bool nested = false;
        if (c == ':') {
            unsigned level = 1;
            for (; p < end; p++) {
                nested |= *p == '{';
                level += *p == '{';
                level -= *p == '}';
                if (!level) break;
            }
            if (p == end) return bad(vm, "unmatched '{' in format spec");
            format_end = p++;
        }
        vm_value v = field_value(vm, a, name, name_end);
        if (!v) return false;
        unsigned root = vm_root(vm, v);
        if (conversion && !memchr("sra", conversion, 3))
            v = vm_raise(vm, VM_B_ValueError, "Unknown conversion specifier %c", conversion);
        else
            v = vm_convert(vm, v, (unsigned)conversion);
        bool done = v != VM_NULL;
        if (done) vm_root(vm, v);
        if (done && nested) {
            vm_writer inner;
            vm_writer_begin(&inner, vm, 16);
            if (!format_into(&inner, a, format, format_end, depth - 1)) inner.failed = true;
            vm_value s = vm_writer_end(&inner);
            done = s != VM_NULL;
            if (done) {
                vm_root(vm, s);
                format = vm_str_of(vm, s)->data;
                format_end = format + vm_str_of(vm, s)->length;
            }
        }
        if (done) done = vm_write_format(w, v, format, (uint32_t)(format_end - format));
        vm_unroot(vm, root);
        if (!done) return false;
    }
    return !w->failed;
}

static vm_value format_with(vm *vm, arguments *a) {
    vm_writer w;
    const vm_str *s = vm_str_of(vm, a->argv[0]);
    vm_writer_begin(&w, vm, s->length + 16);
    if (!format_into(&w, a, s->data, s->data + s->length, 2)) w.failed = true;
    return vm_writer_end(&w);
}

vm_value vm_str_format(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    arguments a = {argv, argc, 0, &k, VM_NULL};
    return format_with(vm, &a);
}

#if VM_FEATURE_RARE
vm_value vm_str_format_map(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_keywords none = {0, NULL, NULL};
    arguments a = {argv, argc, 0, &none, argv[1]};
    return format_with(vm, &a);
}
#endif

#endif
