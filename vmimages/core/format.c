/* SPDX-License-Identifier: Apache-2.0 */
/* Format specifications: format(), f-strings, str.format, and the % operator. */
#include "state.h"

typedef struct {
    const uint8_t *fill;
    unsigned fill_size;
    char align, sign, type, group; /* 0: not given */
    bool alternate, zero;
    int32_t width, precision; /* -1: not given */
} spec;

static int32_t number(const uint8_t **p, const uint8_t *end) { /* -1: no digits */
    if (*p == end || **p < '0' || **p > '9') return -1;
    int32_t n = 0;
    for (; *p < end && **p >= '0' && **p <= '9'; ++*p)
        if (n < 0x0FFFFFF) n = n * 10 + (**p - '0');
    return n;
}

static bool is_align(uint8_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

static bool parse(vm *vm, const uint8_t *p, uint32_t length, spec *out, vm_value v) {
    const uint8_t *end = p + length;
    *out = (spec){(const uint8_t *)" ", 1, 0, 0, 0, 0, false, false, -1, -1};
    if (p < end) {
        uint32_t next = 0;
        vm_utf8_next(p, &next);
        if (p + next < end && is_align(p[next])) {
            out->fill = p;
            out->fill_size = next;
            out->align = (char)p[next];
            p += next + 1;
        } else if (is_align(*p))
            out->align = (char)*p++;
    }
    if (p < end && (*p == '+' || *p == '-' || *p == ' ')) out->sign = (char)*p++;
    if (p < end && *p == 'z') p++;
    if (p < end && *p == '#') out->alternate = true, p++;
    if (p < end && *p == '0') {
        out->zero = true;
        if (!out->align) {
            out->align = '=';
            out->fill = (const uint8_t *)"0";
            out->fill_size = 1;
        }
        p++;
    }
    out->width = number(&p, end);
    if (p < end && (*p == ',' || *p == '_')) out->group = (char)*p++;
    if (p < end && *p == '.') {
        p++;
        out->precision = number(&p, end);
        if (out->precision < 0) return vm_raise(vm, VM_B_ValueError, "Format specifier missing precision"), false;
    }
    if (p < end) out->type = (char)*p++;
    if (p < end) {
        vm_raise(vm, VM_B_ValueError, "Invalid format specifier");
        return false;
    }
    (void)v;
    return true;
}

static bool unknown(vm *vm, const spec *s, vm_value v) {
    return vm_raise(vm, VM_B_ValueError, "Unknown format code '%c' for object of type '%T'", s->type, v), false;
}

/* The text between padding; `characters` of it, `head` bytes of which (sign, prefix) go before padding of align '='. */
static void put_padded(vm_writer *w, const spec *s, char align, const uint8_t *text, uint32_t length, int32_t characters, uint32_t head) {
    int32_t missing = s->width > characters ? s->width - characters : 0, left = 0;
    if (s->align) align = s->align;
    if (align == '>')
        left = missing;
    else if (align == '^')
        left = missing / 2;
    if (align == '=') {
        vm_put(w, text, head);
        vm_put_fill(w, s->fill, s->fill_size, missing);
        vm_put(w, text + head, length - head);
        return;
    }
    vm_put_fill(w, s->fill, s->fill_size, left);
    vm_put(w, text, length);
    vm_put_fill(w, s->fill, s->fill_size, missing - left);
}

/* Digits with separators between groups, zero-padded on the left up to `width` characters with them. Returns the length; out is filled from
 * its end. */
static uint32_t group_digits(char *out, uint32_t size, const char *digits, uint32_t count, char separator, unsigned every, int32_t width) {
    uint32_t n = 0, i = 0;
    for (;;) {
        if (i >= count && (int32_t)n >= width) break;
        if (i && i % every == 0) {
            if (n + 2 >= size) break;
            out[size - ++n] = separator;
        }
        if (n + 1 >= size) break;
        out[size - ++n] = i < count ? digits[count - 1 - i] : '0';
        i++;
    }
    return n;
}

/* sign and prefix, then digits (the first `whole` of them may be grouped), then the rest */
static bool put_parts(vm_writer *w, const spec *s, const char *head, uint32_t head_length, const char *digits, uint32_t whole,
                      uint32_t length) {
    char text[160];
    uint32_t n = 0;
    spec plain = *s;
    if (s->group && whole) {
        char grouped[112];
        int32_t width = 0;
        if (s->align == '=' && *s->fill == '0' && s->fill_size == 1) width = s->width - (int32_t)(head_length + length - whole);
        if (width > 100) width = 100;
        unsigned every = s->type == 'x' || s->type == 'X' || s->type == 'b' || s->type == 'o' ? 4 : 3;
        uint32_t m = group_digits(grouped, sizeof grouped, digits, whole, s->group, every, width);
        memcpy(text, head, head_length);
        memcpy(text + head_length, grouped + sizeof grouped - m, m);
        n = head_length + m;
        if (length - whole > sizeof text - n) length = whole + (uint32_t)sizeof text - n;
        memcpy(text + n, digits + whole, length - whole);
        n += length - whole;
        put_padded(w, &plain, '>', (const uint8_t *)text, n, (int32_t)n, head_length);
        return !w->failed;
    }
    /* without groups nothing needs to be in one piece */
    int32_t all = (int32_t)(head_length + length), missing = s->width > all ? s->width - all : 0;
    char align = s->align ? s->align : '>';
    int32_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    vm_put_fill(w, s->fill, s->fill_size, left);
    vm_put(w, head, head_length);
    if (align == '=') vm_put_fill(w, s->fill, s->fill_size, missing);
    vm_put(w, digits, length);
    if (align != '=') vm_put_fill(w, s->fill, s->fill_size, missing - left);
    return !w->failed;
}

static uint32_t put_sign(char *head, const spec *s, bool negative) {
    if (negative) return head[0] = '-', 1;
    if (s->sign == '+' || s->sign == ' ') return head[0] = s->sign, 1;
    return 0;
}

#if VM_FLOAT
enum { FLOAT_CHARACTERS = 400 };

static VM_COLD bool format_float(vm_writer *w, const spec *s, double d, vm_value v) {
    char text[FLOAT_CHARACTERS], head[2], type = s->type;
    int precision = s->precision;
    if (type == 'n') type = 'g';
    if (type && !memchr("eEfFgG%", type, 7)) return unknown(w->vm, s, v);
    if (precision > 100) precision = 100;
    if (!type) {
        type = precision < 0 ? 'r' : 'g';
    } else if (precision < 0)
        precision = 6;
    unsigned n = vm_float_format(text, sizeof text - 4, d, type, precision, s->alternate), start = 0, whole = 0;
    bool negative = text[0] == '-';
    if (negative) start = 1;
    if (!s->type && precision >= 0 && !memchr(text, '.', n) && !memchr(text, 'e', n) && !memchr(text, 'n', n)) {
        text[n++] = '.'; /* without a type there is at least one digit after the point */
        text[n++] = '0';
    }
    while (start + whole < n && text[start + whole] >= '0' && text[start + whole] <= '9') whole++;
    return put_parts(w, s, head, put_sign(head, s, negative), text + start, whole, n - start);
}
#endif

static bool format_int(vm_writer *w, const spec *s, int64_t x, vm_value v) {
    char digits[VM_INT_TEXT], head[4];
    unsigned base = 10;
    switch (s->type) {
    case 0:
    case 'd':
    case 'n': break;
    case 'b': base = 2; break;
    case 'o': base = 8; break;
    case 'x':
    case 'X': base = 16; break;
    case 'c': {
        uint8_t character[4];
        if (x < 0 || x > 0x10FFFF) return vm_raise(w->vm, VM_B_OverflowError, "%%c arg not in range(0x110000)"), false;
        put_padded(w, s, '<', character, vm_utf8_put(character, (uint32_t)x), 1, 0);
        return !w->failed;
    }
#if VM_FLOAT
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%': return format_float(w, s, (double)x, v);
#endif
    default: return unknown(w->vm, s, v);
    }
    if (s->precision >= 0) return vm_raise(w->vm, VM_B_ValueError, "Precision not allowed in integer format specifier"), false;
    unsigned n = vm_int_text(digits, x, base, s->type == 'X'), start = x < 0;
    uint32_t head_length = put_sign(head, s, x < 0);
    if (s->alternate && base != 10) {
        head[head_length++] = '0';
        head[head_length++] = s->type;
    }
    return put_parts(w, s, head, head_length, digits + start, n - start, n - start);
}

static bool format_text(vm_writer *w, const spec *s, const uint8_t *text, uint32_t length) {
    int32_t characters = 0;
    uint32_t at = 0;
    for (; at < length && (s->precision < 0 || characters < s->precision); characters++) vm_utf8_next(text, &at);
    put_padded(w, s, '<', text, at, characters, 0);
    return !w->failed;
}

bool vm_write_format(vm_writer *w, vm_value v, const uint8_t *text, uint32_t length) {
    vm *vm = w->vm;
    spec s;
    int64_t x;
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
    if (vm_is(vm, v, VM_T_STR)) {
        if (!parse(vm, text, length, &s, v)) return false;
        if (s.type && s.type != 's') return unknown(vm, &s, v);
        if (s.sign) return vm_raise(vm, VM_B_ValueError, "Sign not allowed in string format specifier"), false;
        if (s.align == '=' && !s.zero) return vm_raise(vm, VM_B_ValueError, "'=' alignment not allowed in string format specifier"), false;
        if (s.align == '=') s.align = '<';
        return format_text(w, &s, vm_str_of(vm, v)->data, vm_str_of(vm, v)->length);
    }
    if (vm_as_int64(vm, v, &x)) return parse(vm, text, length, &s, v) && format_int(w, &s, x, v);
#if VM_FLOAT
    if (vm_is_float(v)) return parse(vm, text, length, &s, v) && format_float(w, &s, vm_float_of(vm, v), v);
#endif
    return vm_raise(vm, VM_B_TypeError, "unsupported format string passed to %T.__format__", v), false;
}

/* format(conversion(v), spec); spec VM_NULL: none */
vm_value vm_format_value(vm *vm, vm_value v, vm_value format, unsigned conversion) {
    vm_writer w;
    unsigned root = vm_mark_roots(vm);
    if (format && !vm_need_str(vm, format, "format specification")) return VM_NULL;
    if (conversion == 1)
        v = vm_to_str(vm, v);
    else if (conversion == 2)
        v = vm_repr(vm, v);
    else if (conversion == 3)
        v = vm_bi_ascii(vm, 1, &v);
    if (!v || ((!format || !vm_str_of(vm, format)->length) && vm_is(vm, v, VM_T_STR))) return v;
    vm_root(vm, v);
    vm_writer_begin(&w, vm, 24);
    bool done = format ? vm_write_format(&w, v, vm_str_of(vm, format)->data, vm_str_of(vm, format)->length)
                       : vm_write_format(&w, v, (const uint8_t *)"", 0);
    if (!done) w.failed = true;
    v = vm_writer_end(&w);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_bi_format(vm *vm, unsigned argc, vm_value *argv) {
    if (argc > 1 && !vm_need_str(vm, argv[1], "format() argument 2")) return VM_NULL;
    return vm_format_value(vm, argv[0], argc > 1 ? argv[1] : VM_NULL, 0);
}

/* --- str.format */

typedef struct {
    vm_value *argv;
    unsigned argc, next; /* next automatic field; 1000: fields are numbered by hand */
    const vm_keywords *keywords;
} arguments;

static vm_value field_value(vm *vm, arguments *a, const uint8_t *p, const uint8_t *end) {
    const uint8_t *start = p;
    vm_value v = VM_NULL;
    int32_t n = number(&p, end);
    if (n >= 0 || p == end || *p == '.' || *p == '[') {
        if (n < 0) {
            if (a->next >= 1000)
                return vm_raise(vm, VM_B_ValueError, "cannot switch from manual field specification to automatic field numbering");
            n = (int32_t)a->next++;
        } else {
            if (a->next > 0 && a->next < 1000)
                return vm_raise(vm, VM_B_ValueError, "cannot switch from automatic field numbering to manual field specification");
            a->next = 1000;
        }
        if ((unsigned)n + 1 >= a->argc)
            return vm_raise(vm, VM_B_IndexError, "Replacement index %d out of range for positional args tuple", n);
        v = a->argv[n + 1];
    } else {
        while (p < end && *p != '.' && *p != '[') p++;
        for (unsigned i = 0; i < a->keywords->count && !v; i++) {
            const uint8_t *text;
            uint32_t length;
            if (vm_name_text(vm, a->keywords->words[i] >> 16, &text, &length) && length == (uint32_t)(p - start) &&
                !memcmp(text, start, length))
                v = a->keywords->values[i];
        }
        if (!v) {
            vm_value key = vm_new_string(vm, start, (uint32_t)(p - start));
            if (!key) return key;
            unsigned root = vm_root(vm, key);
            vm_raise_value(vm, VM_B_KeyError, key);
            vm_unroot(vm, root);
            return VM_NULL;
        }
    }
    while (v && p < end) {
        unsigned root = vm_root(vm, v);
        bool index = *p++ == '[';
        start = p;
        while (p < end && (index ? *p != ']' : *p != '.' && *p != '[')) p++;
        const uint8_t *digits = start;
        int32_t i = index ? number(&digits, p) : -1;
        vm_value key = i >= 0 && digits == p ? VM_SMALL(i) : vm_new_string(vm, start, (uint32_t)(p - start));
        if (key) {
            vm_root(vm, key);
            if (index)
                v = vm_getitem(vm, v, key);
            else {
                int name = vm_name_id(vm, key, false);
                v = name >= 0 ? vm_getattr(vm, v, (unsigned)name)
                              : vm_raise(vm, VM_B_AttributeError, "'%T' object has no attribute '%S'", v, key);
            }
        } else
            v = key;
        if (index) p++;
        vm_unroot(vm, root);
    }
    return v;
}

static bool format_into(vm_writer *w, arguments *a, const uint8_t *p, const uint8_t *end, unsigned depth) {
    vm *vm = w->vm;
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
        if (c == '}') return vm_raise(vm, VM_B_ValueError, "Single '}' encountered in format string"), false;
        const uint8_t *name = p;
        unsigned level = 1;
        char conversion = 0;
        while (p < end && *p != '}' && *p != ':' && *p != '!') p++;
        const uint8_t *name_end = p;
        if (p < end && *p == '!') {
            conversion = p + 1 < end ? (char)p[1] : 0;
            p += 2;
        }
        if (p < end && *p == ':') p++;
        const uint8_t *format = p;
        for (; p < end; p++) {
            level += *p == '{';
            level -= *p == '}';
            if (!level) break;
        }
        if (p >= end)
            return vm_raise(vm, VM_B_ValueError,
                            name == end ? "Single '{' encountered in format string" : "expected '}' before end of string"),
                   false;
        vm_value v = field_value(vm, a, name, name_end);
        if (!v) return false;
        unsigned root = vm_root(vm, v);
        if (conversion) {
            if (conversion == 'r')
                v = vm_repr(vm, v);
            else if (conversion == 'a')
                v = vm_bi_ascii(vm, 1, &v);
            else if (conversion == 's')
                v = vm_to_str(vm, v);
            else
                v = vm_raise(vm, VM_B_ValueError, "Unknown conversion specifier '%c'", conversion);
            if (v) vm_root(vm, v);
        }
        bool done = v != VM_NULL;
        if (done && memchr(format, '{', (size_t)(p - format))) {
            vm_writer inner;
            if (depth > 1) return vm_raise(vm, VM_B_ValueError, "Max string recursion exceeded"), false;
            vm_writer_begin(&inner, vm, 16);
            done = format_into(&inner, a, format, p, depth + 1);
            if (!done) inner.failed = true;
            vm_value s = vm_writer_end(&inner);
            if (s) {
                vm_root(vm, s);
                done = vm_write_format(w, v, vm_str_of(vm, s)->data, vm_str_of(vm, s)->length);
            } else
                done = false;
        } else if (done)
            done = vm_write_format(w, v, format, (uint32_t)(p - format));
        vm_unroot(vm, root);
        if (!done) return false;
        p++;
    }
    return !w->failed;
}

vm_value vm_str_format(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    arguments a = {argv, argc, 0, &k};
    vm_writer w;
    const vm_str *s = vm_str_of(vm, argv[0]);
    vm_writer_begin(&w, vm, s->length + 16);
    if (!format_into(&w, &a, s->data, s->data + s->length, 0)) w.failed = true;
    return vm_writer_end(&w);
}

/* --- the % operator */

#if VM_FEATURE_PERCENT

static vm_value percent_argument(vm *vm, vm_value arguments, uint32_t *at) {
    if (!vm_is(vm, arguments, VM_T_TUPLE)) {
        if ((*at)++ == 0) return arguments;
    } else if (*at < vm_tuple_of(vm, arguments)->length)
        return vm_tuple_of(vm, arguments)->items[(*at)++];
    return vm_raise(vm, VM_B_TypeError, "not enough arguments for format string");
}

static bool percent_one(vm_writer *w, spec *s, vm_value v) {
    vm *vm = w->vm;
    int64_t x;
    bool done;
    char left = s->align;
    switch (s->type) {
    case 's':
    case 'r':
    case 'a': {
        vm_value text = s->type == 's' ? vm_to_str(vm, v) : s->type == 'r' ? vm_repr(vm, v) : vm_bi_ascii(vm, 1, &v);
        if (!text) return false;
        unsigned root = vm_root(vm, text);
        s->align = left ? '<' : '>';
        s->fill = (const uint8_t *)" ";
        done = format_text(w, s, vm_str_of(vm, text)->data, vm_str_of(vm, text)->length);
        vm_unroot(vm, root);
        return done;
    }
    case 'c':
        s->align = left ? '<' : '>';
        s->fill = (const uint8_t *)" ";
        if (vm_is(vm, v, VM_T_STR) && vm_str_count(vm, v) == 1) return format_text(w, s, vm_str_of(vm, v)->data, vm_str_of(vm, v)->length);
        if (!vm_as_int64(vm, v, &x)) return vm_raise(vm, VM_B_TypeError, "%%c requires int or char"), false;
        return format_int(w, s, x, v);
    case 'i':
    case 'u': s->type = 'd'; /* fall through */
    case 'd':
    case 'x':
    case 'X':
    case 'o':
        if (!vm_as_int64(vm, v, &x)) {
#if VM_FLOAT
            if (s->type == 'd' && vm_is_float(v)) {
                if (!vm_float_to_int(vm, vm_float_of(vm, v), &x)) return false;
            } else
#endif
                return vm_raise(vm, VM_B_TypeError, "%%%c format: %s is required, not %T", s->type,
                                s->type == 'd' ? "a real number" : "an integer", v),
                       false;
        }
        if (s->precision >= 0) { /* so many digits at least */
            char digits[VM_INT_TEXT], text[VM_INT_TEXT + 64], head[4];
            unsigned n = vm_int_text(digits, x, s->type == 'd' ? 10 : s->type == 'o' ? 8 : 16, s->type == 'X'), start = x < 0, m = 0;
            int32_t zeros = s->precision - (int32_t)(n - start);
            if (zeros > 60) zeros = 60;
            for (; zeros > 0; zeros--) text[m++] = '0';
            memcpy(text + m, digits + start, n - start);
            m += n - start;
            uint32_t head_length = put_sign(head, s, x < 0);
            if (s->alternate && s->type != 'd') head[head_length++] = '0', head[head_length++] = s->type;
            return put_parts(w, s, head, head_length, text, 0, m);
        }
        return format_int(w, s, x, v);
#if VM_FLOAT
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
        double d;
        if (!vm_as_double(vm, v, &d)) return vm_raise(vm, VM_B_TypeError, "must be real number, not %T", v), false;
        return format_float(w, s, d, v);
    }
#endif
    default: return vm_raise(vm, VM_B_ValueError, "unsupported format character '%c'", s->type), false;
    }
}

vm_value vm_percent(vm *vm, vm_value format, vm_value arguments) {
    vm_writer w;
    uint32_t at = 0;
    bool named = false, done = true;
    unsigned root = vm_root(vm, format);
    vm_root(vm, arguments);
    const uint8_t *p = vm_str_of(vm, format)->data, *end = p + vm_str_of(vm, format)->length;
    vm_writer_begin(&w, vm, (uint32_t)(end - p) + 16);
    while (done && p < end) {
        const uint8_t *start = p;
        while (p < end && *p != '%') p++;
        vm_put(&w, start, (uint32_t)(p - start));
        if (p == end) break;
        p++;
        if (p < end && *p == '%') {
            vm_put_char(&w, *p++);
            continue;
        }
        spec s = {(const uint8_t *)" ", 1, 0, 0, 0, 0, false, false, -1, -1};
        vm_value v = VM_NULL;
        if (p < end && *p == '(') {
            start = ++p;
            while (p < end && *p != ')') p++;
            if (!vm_is(vm, arguments, VM_T_DICT)) {
                vm_raise(vm, VM_B_TypeError, "format requires a mapping");
                done = false;
                break;
            }
            vm_value key = vm_new_string(vm, start, (uint32_t)(p - start));
            if (key) {
                unsigned place = vm_root(vm, key);
                v = vm_getitem(vm, arguments, key);
                vm_unroot(vm, place);
            }
            if (!v) {
                done = false;
                break;
            }
            named = true;
            p++;
        }
        bool zero = false;
        for (; p < end; p++) {
            if (*p == '-')
                s.align = '<';
            else if (*p == '+')
                s.sign = '+';
            else if (*p == ' ')
                s.sign = s.sign ? s.sign : ' ';
            else if (*p == '#')
                s.alternate = true;
            else if (*p == '0')
                zero = true;
            else
                break;
        }
        if (zero && !s.align) s.fill = (const uint8_t *)"0";
        for (unsigned part = 0; done && part < 2; part++) {
            int32_t n = -1;
            if (part && (p == end || *p != '.')) break;
            if (part) p++, n = 0;
            if (p < end && *p == '*') {
                vm_value star = percent_argument(vm, arguments, &at);
                done = star && vm_need_index(vm, star, &n);
                if (done && n < 0 && !part) s.align = '<', n = -n;
                p++;
            } else if (p < end && *p >= '0' && *p <= '9')
                n = number(&p, end);
            if (part)
                s.precision = n;
            else
                s.width = n;
        }
        while (p < end && (*p == 'l' || *p == 'h' || *p == 'L')) p++;
        if (done && p == end) {
            vm_raise(vm, VM_B_ValueError, "incomplete format");
            done = false;
        }
        if (!done) break;
        s.type = (char)*p++;
        if (!v) v = percent_argument(vm, arguments, &at);
        if (!v)
            done = false;
        else {
            char left = s.align;
            bool numeric = !memchr("sracdiuxXo", s.type, 4);
            if (zero && !left && numeric) s.align = '=';
            done = percent_one(&w, &s, v);
        }
    }
    if (done && !named && vm_is(vm, arguments, VM_T_TUPLE) && at < vm_tuple_of(vm, arguments)->length) {
        vm_raise(vm, VM_B_TypeError, "not all arguments converted during string formatting");
        done = false;
    }
    if (done && !named && !at && !vm_is(vm, arguments, VM_T_TUPLE) && !vm_is(vm, arguments, VM_T_DICT) &&
        !vm_is(vm, arguments, VM_T_LIST)) {
        vm_raise(vm, VM_B_TypeError, "not all arguments converted during string formatting");
        done = false;
    }
    if (!done) w.failed = true;
    vm_value text = vm_writer_end(&w);
    vm_unroot(vm, root);
    return text;
}

#endif
