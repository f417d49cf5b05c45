/* SPDX-License-Identifier: Apache-2.0 */
/* The % operator of str, bytes and bytearray. */
#include "format.h"

#if VM_FEATURE_PERCENT

typedef struct {
    vm_writer w;
    vm_value arguments;
    uint32_t at; /* of the next argument */
    bool bytes;
} formatter;

static vm_value next_argument(formatter *f) {
    vm *vm = f->w.vm;
    if (!vm_is(vm, f->arguments, VM_T_TUPLE)) {
        if (f->at++ == 0) return f->arguments;
    } else if (f->at < vm_tuple_of(vm, f->arguments)->length)
        return vm_tuple_of(vm, f->arguments)->items[f->at++];
    return vm_raise(vm, VM_B_TypeError, "not enough arguments for format string");
}

static bool put_value(formatter *f, vm_spec *s, vm_value v) {
    vm *vm = f->w.vm;
    const uint8_t *data;
    uint32_t length;
    unsigned root = vm_mark_roots(vm);
    switch (s->type) {
    case 'b':
    case 's':
    case 'r':
    case 'a':
        if (!f->bytes || s->type == 'r' || s->type == 'a') {
            v = vm_convert(vm, v, f->bytes ? 'a' : (unsigned)s->type);
            if (!v) return false;
            vm_text_view(vm, v, &data, &length);
        } else if (!vm_bytes_view(vm, v, &data, &length)) {
            vm_value m = vm_special(vm, v, VM_N_bytes_);
            if (!m)
                return vm_raise(vm, VM_B_TypeError, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%T'",
                                v),
                       false;
            v = vm_new_bytes(vm, 1, &v);
            if (!v) return false;
            vm_bytes_view(vm, v, &data, &length);
        }
        vm_root(vm, v);
        s->fill = (const uint8_t *)" ";
        if (!s->align || s->align == '=') s->align = '>';
        if (f->bytes) s->type = 'b';
        vm_put_text_spec(&f->w, s, data, length);
        vm_unroot(vm, root);
        return !f->w.failed;
    case 'c': {
        int64_t x;
        s->fill = (const uint8_t *)" ";
        s->precision = -1;
        if (!s->align || s->align == '=') s->align = '>';
        if (f->bytes) {
            uint8_t byte;
            if (vm_bytes_view(vm, v, &data, &length) && length == 1)
                byte = *data;
            else if (vm_as_int64(vm, v, &x)) {
                if (x < 0 || x > 255) return vm_raise(vm, VM_B_OverflowError, "%%c arg not in range(256)"), false;
                byte = (uint8_t)x;
            } else if (vm_is_bigint(vm, v))
                return vm_raise(vm, VM_B_OverflowError, "%%c arg not in range(256)"), false;
            else
                return vm_raise(vm, VM_B_TypeError, "%%c requires an integer in range(256) or a single byte"), false;
            s->type = 'b';
            return vm_put_text_spec(&f->w, s, &byte, 1);
        }
        if (vm_is(vm, v, VM_T_STR) && vm_str_count(vm, v) == 1)
            return vm_put_text_spec(&f->w, s, vm_str_of(vm, v)->data, vm_str_of(vm, v)->length);
        if (vm_is_float(v) || (!vm_is_number(vm, v) && !vm_special(vm, v, VM_N_index_)))
            return vm_raise(vm, VM_B_TypeError, "%%c requires int or char"), false;
        return vm_put_char_spec(&f->w, s, v);
    }
    case 'i':
    case 'u':
    case 'd':
    case 'x':
    case 'X':
    case 'o': {
        char type = s->type;
        bool whole = type == 'x' || type == 'X' || type == 'o';
        v = vm_bare(vm, v);
        if (!whole) s->type = 'd';
        if (vm_is_float(v) && !whole) {
            v = vm_float_to_int(vm, vm_float_of(vm, v));
        } else if (!whole && !vm_is_number(vm, v) && vm_special(vm, v, VM_N_int_))
            v = vm_new_int(vm, 1, &v);
        else if (!vm_is_float(v) && (vm_is_number(vm, v) || vm_special(vm, v, VM_N_index_)))
            v = vm_index_of(vm, v);
        else
            return vm_raise(vm, VM_B_TypeError, "%%%c format: %s is required, not %T", f->bytes ? s->type : type,
                            whole ? "an integer" : "a real number", v),
                   false;
        if (!v) return false;
        vm_root(vm, v);
        bool done = vm_put_int_spec(&f->w, s, v);
        vm_unroot(vm, root);
        return done;
    }
#if VM_FLOAT
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
        double d;
        if (f->bytes && !vm_is_number(vm, v)) return vm_raise(vm, VM_B_TypeError, "float argument required, not %T", v), false;
        return vm_need_double(vm, v, &d) && vm_put_float_spec(&f->w, s, d, s->type);
    }
#endif
    default: break;
    }
    return false;
}

/* One conversion, *p behind its %. */
static bool conversion(formatter *f, const uint8_t *start, const uint8_t **at, const uint8_t *end, bool *named) {
    vm *vm = f->w.vm;
    const uint8_t *p = *at;
    vm_spec s = VM_NO_SPEC;
    vm_value v = VM_NULL;
    bool zero = false;
    s.align = '>';
    if (p < end && *p == '%') return vm_put_char(&f->w, *(*at)++), true;
    if (p < end && *p == '(') {
        unsigned level = 1;
        const uint8_t *name = ++p;
        if (!vm_is(vm, f->arguments, VM_T_DICT) && !vm_special(vm, f->arguments, VM_N_getitem))
            return vm_raise(vm, VM_B_TypeError, "format requires a mapping"), false;
        for (; p < end; p++) {
            level += *p == '(';
            level -= *p == ')';
            if (!level) break;
        }
        if (p == end) return vm_raise(vm, VM_B_ValueError, "incomplete format key"), false;
        vm_value key = f->bytes ? vm_new_bytes_from(vm, name, (uint32_t)(p - name)) : vm_new_string(vm, name, (uint32_t)(p - name));
        if (!key) return false;
        unsigned place = vm_root(vm, key);
        v = vm_getitem(vm, f->arguments, key);
        vm_unroot(vm, place);
        if (!v) return false;
        *named = true;
        p++;
    }
    for (; p < end; p++) {
        if (*p == '-')
            s.align = '<';
        else if (*p == '+' || *p == ' ')
            s.sign = s.sign == '+' ? '+' : (char)*p;
        else if (*p == '#')
            s.alternate = true;
        else if (*p == '0')
            zero = true;
        else
            break;
    }
    for (unsigned part = 0; part < 2; part++) {
        int32_t n = 0;
        if (part && (p == end || *p != '.')) break;
        p += part;
        if (p < end && *p == '*') {
            vm_value star = next_argument(f);
            if (star && !vm_is_int(vm, star) && !vm_is_bool(star)) star = vm_raise(vm, VM_B_TypeError, "* wants int");
            if (!star || !vm_need_index(vm, star, &n)) return false;
            if (n < 0 && !part) s.align = '<', n = -n;
            if (n < 0) n = 0;
            p++;
        } else {
            n = vm_format_digits(&p, end);
            if (n == -2) return vm_raise(vm, VM_B_ValueError, part ? "precision too big" : "width too big"), false;
            if (part && n < 0) n = 0;
        }
        if (part)
            s.precision = n;
        else
            s.width = n;
    }
    while (p < end && (*p == 'l' || *p == 'h' || *p == 'L')) p++;
    if (p == end) return vm_raise(vm, VM_B_ValueError, "incomplete format"), false;
    s.type = (char)*p++;
    *at = p;
    if (!v && !(v = next_argument(f))) return false;
    if (!vm_one_of(f->bytes ? "bsraciduoxXeEfFgG" : "sraciduoxXeEfFgG", s.type)) {
        char text[VM_INT_TEXT + 1];
        text[vm_int_text(text, (uint8_t)s.type, 16, false)] = 0;
        return vm_raise(vm, VM_B_ValueError, "unsupported format character '%c' (0x%s) at index %d", s.type, text, (int)(p - 1 - start)),
               false;
    }
    if (zero) {
        s.fill = (const uint8_t *)"0";
        if (s.align == '>')
            s.align = '=';
        else
            s.fill = (const uint8_t *)" ";
    }
    unsigned root = vm_root(vm, v);
    bool done = put_value(f, &s, v);
    vm_unroot(vm, root);
    return done;
}

vm_value vm_percent(vm *vm, vm_value format, vm_value arguments) {
    formatter f = {.arguments = arguments, .bytes = !vm_is(vm, format, VM_T_STR)};
    bool named = false, done = true;
    unsigned root = vm_root(vm, format);
    const uint8_t *p, *end, *start;
    uint32_t n = 0;
    vm_text_view(vm, format, &p, &n);
    start = p;
    end = p + n;
    vm_root(vm, arguments);
    vm_writer_begin(&f.w, vm, n + 16);
    while (done && p < end) {
        const uint8_t *from = p;
        while (p < end && *p != '%') p++;
        vm_put(&f.w, from, (uint32_t)(p - from));
        if (p++ < end) done = conversion(&f, start, &p, end, &named);
    }
    bool tuple = vm_is(vm, arguments, VM_T_TUPLE);
    if (done && !named &&
        (tuple ? f.at < vm_tuple_of(vm, arguments)->length
               : !f.at && !vm_is(vm, arguments, VM_T_DICT) && !vm_is(vm, arguments, VM_T_LIST) &&
                     (vm_is(vm, arguments, VM_T_STR) || !vm_special(vm, arguments, VM_N_getitem)))) {
        vm_raise(vm, VM_B_TypeError, "not all arguments converted during %s formatting", f.bytes ? "bytes" : "string");
        done = false;
    }
    if (!done) f.w.failed = true;
    vm_value text = f.bytes ? vm_writer_end_bytes(&f.w) : vm_writer_end(&f.w);
    if (text && vm_is(vm, format, VM_T_BYTEARRAY)) {
        vm_root(vm, text);
        text = vm_new_bytearray(vm, 1, &text);
    }
    vm_unroot(vm, root);
    return text;
}

#endif
