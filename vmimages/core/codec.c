/* SPDX-License-Identifier: Apache-2.0 */
/* Text to bytes and back. Strs are UTF-8 already, so that is a check; ASCII, Latin-1 and other treatments of errors than "strict" are for
 * VMs that have room (VM_FEATURE_RARE). */
#include "text.h"

/* What is wrong with the character at s: NULL, or why; *size: its bytes, or those that are wrong. */
static const char *check(const uint8_t *s, uint32_t n, unsigned *size) {
    uint8_t c = *s, low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    unsigned more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 9;
    *size = 1;
    if (more == 9) return "invalid start byte";
    for (; *size <= more; ++*size, low = 0x80, high = 0xBF) {
        if (*size >= n) return "unexpected end of data";
        if (s[*size] < low || s[*size] > high) return "invalid continuation byte";
    }
    return NULL;
}

#if VM_FEATURE_RARE
typedef enum { UTF8, ASCII, LATIN1 } codec;
typedef enum { STRICT, IGNORE, REPLACE, BACKSLASH, REFERENCE, UNKNOWN } treatment;
static const char *const codec_names[] = {"utf-8", "ascii", "latin-1"};

static bool same_name(const vm_str *s, const char *name) {
    if (s->length != strlen(name)) return false;
    for (uint32_t i = 0; i < s->length; i++) {
        uint8_t c = s->data[i];
        if (c == '_' || c == ' ') c = '-';
        if ((unsigned)(c - 'A') < 26) c |= 32;
        if (c != (uint8_t)name[i]) return false;
    }
    return true;
}

static bool find_codec(vm *vm, vm_value encoding, vm_value errors, const char *what, codec *out, treatment *how) {
    static const struct {
        char name[11];
        uint8_t number;
    } codecs[] = {{"utf-8", UTF8},     {"utf8", UTF8},         {"ascii", ASCII},  {"us-ascii", ASCII},
                  {"latin-1", LATIN1}, {"iso-8859-1", LATIN1}, {"latin1", LATIN1}};
    static const char treatments[][18] = {"strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace"};
    *out = UTF8;
    *how = STRICT;
    for (unsigned i = 0; i < 2; i++) {
        vm_value v = i ? errors : encoding;
        if (v && !vm_is(vm, v, VM_T_STR))
            return vm_raise(vm, VM_B_TypeError, "%s() argument '%s' must be str, not %A", what, i ? "errors" : "encoding", v), false;
    }
    if (encoding) {
        unsigned i = 0, count = sizeof codecs / sizeof *codecs;
        while (i < count && !same_name(vm_str_of(vm, encoding), codecs[i].name)) i++;
        if (i == count) return vm_raise(vm, VM_B_LookupError, "unknown encoding: %S", encoding), false;
        *out = (codec)codecs[i].number;
    }
    if (errors) *how = UNKNOWN; /* which matters when there is an error */
    for (unsigned i = 0; errors && i < UNKNOWN; i++)
        if (same_name(vm_str_of(vm, errors), treatments[i])) *how = (treatment)i;
    return true;
}

static vm_value unknown_handler(vm *vm, vm_value errors) {
    return vm_raise(vm, VM_B_LookupError, "unknown error handler name '%S'", errors);
}

/* UnicodeDecodeError or UnicodeEncodeError of object[start:end]. */
static void unicode_error(vm *vm, unsigned exception, codec c, vm_value object, uint32_t start, uint32_t end, const char *reason) {
    vm_value args[5] = {VM_NULL, object, VM_SMALL(start), VM_SMALL(end), VM_NULL}, e = VM_NULL;
    unsigned root = vm_root(vm, object);
    args[0] = vm_new_text(vm, codec_names[c]);
    if (args[0]) {
        vm_root(vm, args[0]);
        args[4] = vm_new_text(vm, reason);
    }
    if (args[4]) {
        vm_root(vm, args[4]);
        e = vm_new_exception(vm, VM_BUILTIN(exception), 5, args);
    }
    vm_unroot(vm, root);
    if (e) vm_raise_instance(vm, e);
}

static bool is_unicode_error(vm *vm, vm_value e, const vm_value *args, uint32_t count) {
    bool decode = vm_exception_is(vm, e, VM_B_UnicodeDecodeError);
    return (decode || vm_exception_is(vm, e, VM_B_UnicodeEncodeError)) && count == 5 && vm_is(vm, args[0], VM_T_STR) &&
           vm_is(vm, args[1], decode ? VM_T_BYTES : VM_T_STR) && vm_both_small(args[2], args[3]) && vm_is(vm, args[4], VM_T_STR);
}

vm_value vm_unicode_error_attr(vm *vm, vm_value e, unsigned name) {
    static const uint16_t names[] = {VM_N_encoding, VM_N_object_, VM_N_start, VM_N_end, VM_N_reason};
    vm_value *args;
    uint32_t count;
    vm_items(vm, vm_exception_of(vm, e)->args, &args, &count);
    for (unsigned i = 0; i < 5; i++)
        if (names[i] == name) return is_unicode_error(vm, e, args, count) ? args[i] : VM_NULL;
    return VM_NULL;
}

bool vm_write_unicode_error(vm_writer *w, vm_value e) {
    vm *vm = w->vm;
    vm_value *args;
    uint32_t count, c = 0;
    vm_items(vm, vm_exception_of(vm, e)->args, &args, &count);
    if (!is_unicode_error(vm, e, args, count)) return false;
    bool decode = vm_is(vm, args[1], VM_T_BYTES);
    int32_t start = vm_small(args[2]), end = vm_small(args[3]);
    const vm_str *s = vm_str_of(vm, args[1]);
    vm_printf(w, "'%S' codec can't %s", args[0], decode ? "decode byte" : "encode character");
    if (end != start + 1 || start < 0 || (uint32_t)start >= (decode ? s->length : vm_str_count(vm, args[1])))
        vm_printf(w, "s in position %d-%d: %S", start, end - 1, args[4]);
    else {
        if (decode) {
            vm_put_text(w, " 0x");
            vm_put_char(w, vm_digit_text(s->data[start] >> 4, false));
            vm_put_char(w, vm_digit_text(s->data[start] & 15, false));
        } else {
            uint32_t at = vm_utf8_offset(s->data, s->length, (uint32_t)start);
            c = vm_utf8_next(s->data, &at);
            vm_put_text(w, " '");
            vm_put_escape(w, c);
            vm_put_char(w, '\'');
        }
        vm_printf(w, " in position %d: %S", start, args[4]);
    }
    return true;
}

vm_value vm_decode(vm *vm, const uint8_t *data, uint32_t length, vm_value encoding, vm_value errors) {
    codec c;
    treatment how;
    vm_writer w;
    if (!find_codec(vm, encoding, errors, "decode", &c, &how)) return VM_NULL;
    vm_writer_begin(&w, vm, length);
    for (uint32_t i = 0; i < length && !w.failed;) {
        unsigned size = 1;
        uint8_t out[4];
        const char *wrong = c == UTF8                       ? check(data + i, length - i, &size)
                            : c == ASCII && data[i] >= 0x80 ? "ordinal not in range(128)"
                                                            : NULL;
        if (!wrong && c == LATIN1)
            vm_put(&w, out, vm_utf8_put(out, data[i]));
        else if (!wrong)
            vm_put(&w, data + i, size);
        else if (how == STRICT || how >= REFERENCE) {
            w.failed = true;
            if (how == UNKNOWN)
                unknown_handler(vm, errors);
            else if (how == REFERENCE)
                vm_raise(vm, VM_B_TypeError, "don't know how to handle UnicodeDecodeError in error callback");
            else {
                vm_value whole = vm_new_bytes_from(vm, data, length);
                if (whole) unicode_error(vm, VM_B_UnicodeDecodeError, c, whole, i, i + size, wrong);
            }
        } else if (how == REPLACE)
            vm_put(&w, out, vm_utf8_put(out, 0xFFFD));
        else if (how == BACKSLASH)
            for (unsigned k = 0; k < size; k++) vm_put_escape(&w, data[i + k]);
        i += size;
    }
    return vm_writer_end(&w);
}

vm_value vm_encode(vm *vm, vm_value str, vm_value encoding, vm_value errors) {
    codec c;
    treatment how;
    vm_writer w;
    if (!find_codec(vm, encoding, errors, "encode", &c, &how)) return VM_NULL;
    text t = vm_text_of(vm, str);
    if (c == UTF8 || vm_is_ascii(vm, str)) return vm_new_bytes_from(vm, t.data, t.length);
    uint32_t limit = c == ASCII ? 128 : 256, position = 0;
    vm_writer_begin(&w, vm, t.length);
    for (uint32_t at = 0; at < t.length && !w.failed; position++) {
        uint32_t x = vm_text_next(&t, &at);
        if (x < limit)
            vm_put_char(&w, (uint8_t)x);
        else if (how == STRICT || how == UNKNOWN) {
            uint32_t end = position + 1;
            w.failed = true;
            while (at < t.length && vm_text_next(&t, &at) >= limit) end++;
            if (how == UNKNOWN)
                unknown_handler(vm, errors);
            else
                unicode_error(vm, VM_B_UnicodeEncodeError, c, str, position, end,
                              c == ASCII ? "ordinal not in range(128)" : "ordinal not in range(256)");
        } else if (how == REPLACE)
            vm_put_char(&w, '?');
        else if (how == BACKSLASH)
            vm_put_escape(&w, x);
        else if (how == REFERENCE)
            vm_printf(&w, "&#%u;", x);
    }
    return vm_writer_end_bytes(&w);
}

#else

vm_value vm_decode(vm *vm, const uint8_t *data, uint32_t length, vm_value encoding, vm_value errors) {
    unsigned size;
    (void)encoding, (void)errors;
    for (uint32_t i = 0; i < length; i += size) {
        const char *wrong = check(data + i, length - i, &size);
        if (wrong) return vm_raise(vm, VM_B_UnicodeDecodeError, "'utf-8' codec can't decode byte %u in position %u: %s", data[i], i, wrong);
    }
    return vm_new_string(vm, data, length);
}

vm_value vm_encode(vm *vm, vm_value str, vm_value encoding, vm_value errors) {
    (void)encoding, (void)errors;
    return vm_new_bytes_from(vm, vm_str_of(vm, str)->data, vm_str_of(vm, str)->length);
}

#endif

static vm_value coded(vm *vm, unsigned argc, vm_value *argv, bool encode) {
    static const vm_parameters parameters[] = {{"decode", 2, {VM_N_encoding, VM_N_errors}}, {"encode", 2, {VM_N_encoding, VM_N_errors}}};
    vm_value given[2] = {VM_NULL, VM_NULL};
    const uint8_t *data;
    uint32_t length = 0;
    if (!vm_take_arguments(vm, argc - 1, argv + 1, &parameters[encode], given)) return VM_NULL;
    if (encode) return vm_encode(vm, argv[0], given[0], given[1]);
    vm_bytes_view(vm, argv[0], &data, &length);
    return vm_decode(vm, data, length, given[0], given[1]);
}

vm_value vm_str_encode(vm *vm, unsigned argc, vm_value *argv) { return coded(vm, argc, argv, true); }
vm_value vm_bytes_decode(vm *vm, unsigned argc, vm_value *argv) { return coded(vm, argc, argv, false); }
