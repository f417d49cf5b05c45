/* SPDX-License-Identifier: Apache-2.0 */
/* Format specifications: format() and f-strings. What is written out of numbers, also by repr() and the % operator, goes through
 * vm_put_number. */
#include "format.h"

int32_t vm_format_digits(const uint8_t **p, const uint8_t *end) { /* -1: no digits; -2: too many */
    int32_t n = -1;
    for (; *p < end && vm_digit(**p) < 10; ++*p) {
        if (n < 0) n = n == -1 ? 0 : n;
        n = n < 0 || n > 0x0CCCCCCC ? -2 : n * 10 + (int32_t)vm_digit(**p);
    }
    return n;
}

static bool is_align(uint8_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

static vm_value unknown(vm *vm, const vm_spec *s, vm_value v) {
    return vm_raise(vm, VM_B_ValueError, "Unknown format code '%c' for object of type '%T'", s->type, v);
}

static bool parse(vm *vm, const uint8_t *p, uint32_t length, vm_spec *out, vm_value v, char align) {
    const uint8_t *start = p, *end = p + length;
    bool filled = false, aligned;
    *out = VM_NO_SPEC;
    out->align = align;
    if (p < end) {
        uint32_t next = 0;
        vm_utf8_next(p, &next);
        filled = p + next < end && is_align(p[next]);
        if (filled) {
            out->fill = p;
            out->fill_size = next;
            p += next;
        }
    }
    aligned = p < end && is_align(*p);
    if (aligned) out->align = (char)*p++;
    if (p < end && (*p == '+' || *p == '-' || *p == ' ')) out->sign = (char)*p++;
    if (p < end && *p == 'z') out->no_negative_zero = true, p++;
    if (p < end && *p == '#') out->alternate = true, p++;
    if (!filled && p < end && *p == '0') {
        out->fill = p++;
        if (!aligned && align == '>') out->align = '=';
    }
    out->width = vm_format_digits(&p, end);
    if (p < end && (*p == ',' || *p == '_')) {
        out->group = (char)*p++;
        if (p < end && (*p == ',' || *p == '_') && *p != (uint8_t)out->group)
            return vm_raise(vm, VM_B_ValueError, "Cannot specify both ',' and '_'."), false;
    }
    if (p < end && *p == '.') {
        p++;
        out->precision = vm_format_digits(&p, end);
        if (out->precision == -1) return vm_raise(vm, VM_B_ValueError, "Format specifier missing precision"), false;
    }
    if (out->width == -2 || out->precision == -2) return vm_raise(vm, VM_B_ValueError, "Too many decimal digits in format string"), false;
    if (p < end) out->type = (char)*p++;
    if (p < end) {
        vm_value text = vm_new_string(vm, start, length);
        if (!text) return false;
        unsigned root = vm_root(vm, text);
        vm_raise(vm, VM_B_ValueError, "Invalid format specifier '%S' for object of type '%T'", text, v);
        vm_unroot(vm, root);
        return false;
    }
    char type = !out->type && align == '<' ? 's' : out->type;
    if (out->group && type && !vm_one_of(out->group == '_' ? "deEfFgG%boxX" : "deEfFgG%", type))
        return vm_raise(vm, VM_B_ValueError, "Cannot specify '%c' with '%c'.", out->group, type), false;
    return true;
}

#if VM_FEATURE_RARE /* elsewhere what makes no sense is without effect */
static bool not_allowed(vm *vm, const char *what, const char *where) {
    return vm_raise(vm, VM_B_ValueError, "%s not allowed %s", what, where), false;
}
#endif

bool vm_put_text_spec(vm_writer *w, const vm_spec *s, const uint8_t *text, uint32_t length) {
    int32_t characters = 0;
    uint32_t at = 0;
    for (; at < length && (s->precision < 0 || characters < s->precision); characters++)
        if (s->type == 'b')
            at++; /* of bytes, which are no UTF-8 */
        else
            vm_utf8_next(text, &at);
    int32_t missing = s->width - characters, left = s->align == '>' ? missing : s->align == '^' && missing > 0 ? missing / 2 : 0;
    vm_put_fill(w, s->fill, s->fill_size, left);
    vm_put(w, text, at);
    vm_put_fill(w, s->fill, s->fill_size, missing - left);
    return !w->failed;
}

bool vm_put_number(vm_writer *w, const vm_spec *s, const vm_number *x) {
    int32_t whole = (x->point > 0 ? x->point : 1) + x->zeros, every = s->group ? (s->type && vm_one_of("boxX", s->type) ? 4 : 3) : 1 << 30;
    int32_t others = (int32_t)x->head_length + (int32_t)x->tail_length + x->dot + x->places;
    if (s->group && s->align == '=' && *s->fill == '0' && (!x->n || vm_digit(*x->digits) < 16))
        while (whole + (whole - 1) / every + others < s->width) whole++;
    int32_t zeros = whole - (x->point > 0 ? x->point : 1), missing = s->width - others - whole - (whole - 1) / every;
    int32_t left = s->align == '>' ? missing : s->align == '^' && missing > 0 ? missing / 2 : 0;
    vm_put_fill(w, s->fill, s->fill_size, left);
    vm_put(w, x->head, x->head_length);
    if (s->align == '=') vm_put_fill(w, s->fill, s->fill_size, left = missing);
    if (!s->group && !zeros && x->point > 0 && x->point <= x->n)
        vm_put(w, x->digits, (uint32_t)x->point);
    else
        for (int32_t i = 0; i < whole; i++) {
            int32_t at = x->point > 0 ? i - zeros : -1;
            if (i && (whole - i) % every == 0) vm_put_char(w, (uint8_t)s->group);
            vm_put_char(w, at >= 0 && at < x->n ? x->digits[at] : '0');
        }
    if (x->dot) vm_put_char(w, '.');
    for (int32_t i = x->point; i < x->point + x->places; i++) vm_put_char(w, i >= 0 && i < x->n ? x->digits[i] : '0');
    if (x->tail_length) vm_put(w, x->tail, x->tail_length);
    vm_put_fill(w, s->fill, s->fill_size, missing - left);
    return !w->failed;
}

uint32_t vm_put_sign(char *head, const vm_spec *s, bool negative) {
    *head = negative ? '-' : s->sign;
    return negative || s->sign == '+' || s->sign == ' ';
}

#if VM_FLOAT
/* type 'r': repr */
VM_COLD bool vm_put_float_spec(vm_writer *w, const vm_spec *s, double d, char type) {
    char digits[VM_DIGITS], head[1], tail[5];
    int32_t precision = s->precision;
    int point = 1;
    uint64_t bits;
    memcpy(&bits, &d, 8);
    bool negative = bits >> 63, upper = type < 'a' && type != '%', shortest = type == 'r';
    vm_number x = {(const uint8_t *)digits, 0, 0, 0, 0, head, tail, 0, 0, false};
    if (type == '%') d *= 100, tail[x.tail_length++] = '%', type = 'f';
    type |= 32;
    if (d - d != 0) {
        x.digits = (const uint8_t *)(d != d ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf"));
        x.n = x.point = 3;
        x.head_length = vm_put_sign(head, s, negative && d == d);
        return vm_put_number(w, s, &x);
    }
    bool general = shortest || type == 'g',
         bare = general && !s->type && s->precision >= 0; /* no type, but a precision: at least one place */
    if (precision < 0) precision = 6;
    if (type == 'g' && precision == 0) precision = 1;
    if (d != 0) x.n = (int32_t)vm_dtoa(__builtin_fabs(d), shortest ? 0 : type == 'f' ? 2 : 1, precision + (type == 'e'), digits, &point);
    if (!x.n) point = 1;
    if (s->no_negative_zero && !x.n) negative = false;
    x.head_length = vm_put_sign(head, s, negative);
    bool exponential = type == 'e' || (general && (point <= -4 || point > (shortest ? 16 : precision - bare)));
    int exponent = point - 1;
    if (exponential) point = 1;
    x.point = point;
    x.places = !general ? precision : s->alternate && !shortest ? precision - point : x.n > point ? x.n - point : 0;
    if (x.places < 0) x.places = 0;
    if (!exponential && !x.places && (shortest || bare)) x.places = 1;
    x.dot = x.places || s->alternate;
    if (exponential) {
        unsigned i = 0, e = (unsigned)(exponent < 0 ? -exponent : exponent);
        tail[i++] = upper ? 'E' : 'e';
        tail[i++] = exponent < 0 ? '-' : '+';
        if (e >= 100) tail[i++] = (char)('0' + e / 100);
        tail[i++] = (char)('0' + e / 10 % 10);
        tail[i++] = (char)('0' + e % 10);
        x.tail_length = i;
    }
    return vm_put_number(w, s, &x);
}

void vm_put_float(vm_writer *w, double d) { vm_put_float_spec(w, &VM_NO_SPEC, d, 'r'); }

static bool format_float(vm_writer *w, const vm_spec *s, vm_value v) {
    double d;
    char type = s->type == 'n' ? 'g' : s->type;
    if (type && !vm_one_of("eEfFgG%", type)) return unknown(w->vm, s, v), false;
    return vm_need_double(w->vm, v, &d) && vm_put_float_spec(w, s, d, type ? type : s->precision < 0 ? 'r' : 'g');
}
#endif

/* s->type: one of d b o x X; s->precision: so many digits at least */
bool vm_put_int_spec(vm_writer *w, const vm_spec *s, vm_value v) {
    char room[VM_INT_TEXT], head[3];
    vm_value holder;
    vm_number x = {NULL, 0, 0, 0, 0, head, NULL, 0, 0, false};
    char type = (char)(s->type | 32);
    unsigned base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' ? 16 : 10;
    uint32_t n;
    x.digits = vm_int_digits(w->vm, v, base, s->type == 'X', room, &n, &holder);
    if (!x.digits) return false;
    bool negative = *x.digits == '-';
    x.digits += negative;
    x.n = x.point = (int32_t)n - negative;
    x.head_length = vm_put_sign(head, s, negative);
    if (s->alternate && base != 10) {
        head[x.head_length++] = '0';
        head[x.head_length++] = s->type;
    }
    if (s->precision > x.n) x.zeros = s->precision - x.n;
    unsigned root = vm_root(w->vm, holder);
    bool done = vm_put_number(w, s, &x);
    vm_unroot(w->vm, root);
    return done;
}

bool vm_put_char_spec(vm_writer *w, vm_spec *s, vm_value v) {
    uint8_t character[4];
    int32_t x;
    if (!vm_need_index(w->vm, v, &x)) return false;
    if (x < 0 || x > 0x10FFFF) return vm_raise(w->vm, VM_B_OverflowError, "%%c arg not in range(0x110000)"), false;
    return vm_put_text_spec(w, s, character, vm_utf8_put(character, (uint32_t)x));
}

static bool format_int(vm_writer *w, vm_spec *s, vm_value v) {
    vm *vm = w->vm;
#if VM_FLOAT
    if (s->type && vm_one_of("eEfFgG%", s->type)) return format_float(w, s, v);
#endif
    if (s->type && !vm_one_of("dnboxXc", s->type)) return unknown(vm, s, v), false;
#if VM_FEATURE_RARE
    if (s->precision >= 0) return not_allowed(vm, "Precision", "in integer format specifier");
    if (s->no_negative_zero) return not_allowed(vm, "Negative zero coercion (z)", "in integer format specifier");
    if (s->type == 'c' && (s->sign || s->alternate))
        return not_allowed(vm, s->sign ? "Sign" : "Alternate form (#)", "with integer format specifier 'c'");
#endif
    s->precision = -1;
    if (s->type == 'c') {
        if (s->align == '=') s->align = '>';
        return vm_put_char_spec(w, s, v);
    }
    return vm_put_int_spec(w, s, v);
}

static bool format_str(vm_writer *w, vm_spec *s, vm_value v) {
    vm *vm = w->vm;
    if (s->type && s->type != 's') return unknown(vm, s, v), false;
#if VM_FEATURE_RARE
    static const char where[] = "in string format specifier";
    if (s->sign) return not_allowed(vm, s->sign == ' ' ? "Space" : "Sign", where);
    if (s->no_negative_zero) return not_allowed(vm, "Negative zero coercion (z)", where);
    if (s->alternate) return not_allowed(vm, "Alternate form (#)", where);
    if (s->align == '=') return not_allowed(vm, "'=' alignment", where);
#endif
    return vm_put_text_spec(w, s, vm_str_of(vm, v)->data, vm_str_of(vm, v)->length);
}

bool vm_write_format(vm_writer *w, vm_value v, const uint8_t *text, uint32_t length) {
    vm *vm = w->vm;
    vm_spec s;
    vm_value m = vm_special(vm, v, VM_N_format_);
    if (m) {
        vm_value argument = vm_new_string(vm, text, length);
        if (!argument) return false;
        m = vm_call_method(vm, m, v, 1, &argument);
        if (!m) return false;
        if (!vm_is(vm, m, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "__format__ must return a str, not %T", m), false;
        unsigned root = vm_root(vm, m);
        vm_put(w, vm_str_of(vm, m)->data, vm_str_of(vm, m)->length);
        vm_unroot(vm, root);
        return !w->failed;
    }
    if (!length) return vm_write_str(w, v);
    v = vm_bare(vm, v);
    bool number = vm_is_number(vm, v);
    if (!number && !vm_is(vm, v, VM_T_STR))
        return vm_raise(vm, VM_B_TypeError, "unsupported format string passed to %T.__format__", v), false;
    if (!parse(vm, text, length, &s, v, number ? '>' : '<')) return false;
    if (!number) return format_str(w, &s, v);
#if VM_FLOAT
    if (vm_is_float(v)) return format_float(w, &s, v);
#endif
    return format_int(w, &s, v);
}

/* 's' 'r' 'a', 0: none */
vm_value vm_convert(vm *vm, vm_value v, unsigned conversion) {
    return conversion == 's' ? vm_to_str(vm, v) : conversion == 'r' ? vm_repr(vm, v) : conversion == 'a' ? vm_bi_ascii(vm, 1, &v) : v;
}

/* format(conversion(v), spec); spec VM_NULL: none */
vm_value vm_format_value(vm *vm, vm_value v, vm_value format, unsigned conversion) {
    vm_writer w;
    unsigned root = vm_mark_roots(vm);
    if (format && !vm_need_str(vm, format, "format() argument 2")) return VM_NULL;
    v = vm_convert(vm, v, (unsigned)"\0sra"[conversion & 3]);
    if (!v || ((!format || !vm_str_of(vm, format)->length) && vm_is(vm, v, VM_T_STR))) return v;
    vm_root(vm, v);
    vm_writer_begin(&w, vm, 24);
    const vm_str *s = format ? vm_str_of(vm, format) : NULL;
    if (!vm_write_format(&w, v, s ? s->data : (const uint8_t *)"", s ? s->length : 0)) w.failed = true;
    v = vm_writer_end(&w);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_bi_format(vm *vm, unsigned argc, vm_value *argv) { return vm_format_value(vm, argv[0], argc > 1 ? argv[1] : VM_NULL, 0); }
