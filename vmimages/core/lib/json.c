/* SPDX-License-Identifier: Apache-2.0 */
/* json: dumps and loads, with CPython's output and errors. */
#include "device.h"

#if VM_FEATURE_JSON

/* --- dumps */

typedef struct {
    vm_writer w;
    vm_value item, key; /* separators, strs */
    vm_value indent;    /* a str, or VM_NONE */
    vm_value other;     /* called with what has no form of its own; VM_NONE: nobody */
    bool ascii, sort, skip_keys, nan, circular;
    struct link {
        vm_value container;
        const struct link *outer;
    } const *chain; /* the containers that are being written, innermost first */
} dumper;

static void put_str(dumper *d, vm_value v) {
    vm *vm = d->w.vm;
    static const char hex[] = "0123456789abcdef", plain[] = "\"\\\b\f\n\r\t", escaped[] = "\"\\bfnrt";
    vm_put_char(&d->w, '"');
    for (uint32_t at = 0; at < vm_str_of(vm, v)->length;) {
        uint32_t from = at, c = vm_utf8_next(vm_str_of(vm, v)->data, &at);
        const char *found = c && c < 128 ? memchr(plain, (int)c, sizeof plain - 1) : NULL;
        if (found) {
            vm_put_char(&d->w, '\\');
            vm_put_char(&d->w, (uint8_t)escaped[found - plain]);
        } else if (c < 32 || (c > 126 && d->ascii)) {
            uint32_t units[2] = {c, 0};
            if (c > 0xFFFF) {
                units[0] = 0xD800 + ((c - 0x10000) >> 10);
                units[1] = 0xDC00 + (c & 0x3FF);
            }
            for (unsigned i = 0; i < 1u + (c > 0xFFFF); i++) {
                vm_put(&d->w, "\\u", 2);
                for (int shift = 12; shift >= 0; shift -= 4) vm_put_char(&d->w, (uint8_t)hex[units[i] >> shift & 15]);
            }
        } else
            vm_put(&d->w, vm_str_of(vm, v)->data + from, at - from);
    }
    vm_put_char(&d->w, '"');
}

static void put_value(dumper *d, vm_value text) {
    vm *vm = d->w.vm;
    vm_put(&d->w, vm_str_of(vm, text)->data, vm_str_of(vm, text)->length);
}

static void new_line(dumper *d, unsigned depth) {
    if (d->indent == VM_NONE) return;
    vm_put_char(&d->w, '\n');
    while (depth--) put_value(d, d->indent);
}

/* Numbers, None and bools; false: it is something else. */
static bool put_simple(dumper *d, vm_value v) {
    vm *vm = d->w.vm;
    if (v == VM_NONE || vm_is_bool(v))
        vm_put_text(&d->w, v == VM_NONE ? "null" : v == VM_TRUE ? "true" : "false");
    else if (vm_is_int(vm, v)) {
        v = vm_index_of(vm, v); /* of a derived class, too */
        if (v) vm_write_repr(&d->w, v);
    }
#if VM_FLOAT
    else if (vm_is_float(vm_bare(vm, v))) {
        v = vm_bare(vm, v);
        double x = vm_float_of(vm, v);
        if (x - x == 0)
            vm_write_repr(&d->w, v);
        else if (!d->nan) {
            vm_raise(vm, VM_B_ValueError, "Out of range float values are not JSON compliant");
            d->w.failed = true;
        } else
            vm_put_text(&d->w, x != x ? "NaN" : x > 0 ? "Infinity" : "-Infinity");
    }
#endif
    else
        return false;
    return true;
}

static bool put_any(dumper *d, vm_value v, unsigned depth);

static bool put_list(dumper *d, vm_value v, unsigned depth) {
    vm *vm = d->w.vm;
    vm_value *items;
    uint32_t count;
    vm_put_char(&d->w, '[');
    for (uint32_t i = 0; vm_items(vm, v, &items, &count), i < count; i++) {
        if (i) put_value(d, d->item);
        new_line(d, depth + 1);
        if (!put_any(d, items[i], depth + 1)) return false;
    }
    if (count) new_line(d, depth);
    vm_put_char(&d->w, ']');
    return true;
}

static bool put_entry(dumper *d, vm_value key, vm_value value, unsigned depth) {
    vm *vm = d->w.vm;
    new_line(d, depth + 1);
    if (vm_is(vm, key, VM_T_STR))
        put_str(d, key);
    else {
        vm_put_char(&d->w, '"');
        if (!put_simple(d, key)) {
            vm_raise(vm, VM_B_TypeError, "keys must be str, int, float, bool or None, not %T", key);
            return false;
        }
        vm_put_char(&d->w, '"');
    }
    put_value(d, d->key);
    return put_any(d, value, depth + 1);
}

static bool put_dict(dumper *d, vm_value v, unsigned depth) {
    vm *vm = d->w.vm;
    vm_value key, value, keys = VM_NONE;
    unsigned root = vm_mark_roots(vm);
    uint32_t at = 0, n = 0, written = 0;
    bool done = true;
    if (d->sort) {
        keys = vm_bi_sorted(vm, 1, &v);
        if (!keys) return false;
        vm_root(vm, keys);
    }
    vm_put_char(&d->w, '{');
    for (; done; n++) {
        if (!d->sort && !vm_dict_next(vm, v, &at, &key, &value)) break;
        if (d->sort) {
            if (n == vm_list_of(vm, keys)->length) break;
            key = vm_list_items(vm, vm_list_of(vm, keys))[n];
            value = vm_dict_get(vm, v, key);
            if (!value) break;
        }
        if (d->skip_keys && !vm_is(vm, key, VM_T_STR) && !vm_is_number(vm, vm_bare(vm, key)) && key != VM_NONE) continue;
        if (written++) put_value(d, d->item);
        done = put_entry(d, key, value, depth);
    }
    vm_unroot(vm, root);
    if (written) new_line(d, depth);
    vm_put_char(&d->w, '}');
    return done;
}

static bool put_any(dumper *d, vm_value v, unsigned depth) {
    vm *vm = d->w.vm;
    if (d->w.failed) return false;
    if (put_simple(d, v)) return true;
    unsigned type = vm_object_type(vm, v);
    if (type == VM_T_STR) {
        put_str(d, v);
        return true;
    }
    for (const struct link *l = d->chain; l && d->circular; l = l->outer)
        if (l->container == v) return vm_raise(vm, VM_B_ValueError, "Circular reference detected");
    if (!vm_enter(vm, " while encoding a JSON object")) return false;
    bool done;
    struct link here = {v, d->chain};
    d->chain = &here;
    if (type == VM_T_LIST || type == VM_T_TUPLE)
        done = put_list(d, v, depth);
    else if (type == VM_T_DICT)
        done = put_dict(d, v, depth);
    else if (d->other == VM_NONE)
        done = vm_raise(vm, VM_B_TypeError, "Object of type %T is not JSON serializable", v);
    else {
        vm_value told = vm_call(vm, d->other, 1, &v);
        unsigned root = vm_root(vm, told ? told : VM_NONE);
        done = told && put_any(d, told, depth);
        vm_unroot(vm, root);
    }
    d->chain = here.outer;
    vm->depth--;
    return done;
}

enum { A_INDENT, A_SEPARATORS, A_SORT, A_ASCII, A_DEFAULT, A_SKIP, A_NAN, A_CIRCULAR, ARGUMENTS };

/* Indent and separators, from what was given. */
static bool settle(vm *vm, dumper *d, vm_value *a) {
    int64_t n;
    d->indent = a[A_INDENT];
    d->other = a[A_DEFAULT];
    if (d->indent != VM_NONE && !vm_is(vm, d->indent, VM_T_STR)) {
        if (!vm_need_int(vm, d->indent, &n)) return false;
        vm_value space = vm_new_text(vm, " ");
        if (!space) return false;
        vm_root(vm, space);
        d->indent = vm_sequence_binary(vm, VM_OP_MUL, space, VM_SMALL(n < 0 ? 0 : n > VM_INT31_MAX ? VM_INT31_MAX : n), false);
        if (!d->indent) return false;
        vm_root(vm, d->indent);
    }
    vm_value *items;
    uint32_t count;
    if (a[A_SEPARATORS] != VM_NONE) {
        if (!vm_items(vm, a[A_SEPARATORS], &items, &count) || count != 2 || !vm_is(vm, items[0], VM_T_STR) ||
            !vm_is(vm, items[1], VM_T_STR))
            return vm_raise(vm, VM_B_TypeError, "separators must be two strs");
        d->item = items[0];
        d->key = items[1];
        return true;
    }
    d->item = vm_new_text(vm, d->indent == VM_NONE ? ", " : ",");
    if (!d->item) return false;
    vm_root(vm, d->item);
    d->key = vm_new_text(vm, ": ");
    if (!d->key) return false;
    vm_root(vm, d->key);
    return true;
}

vm_value vm_json_dumps(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_indent,   VM_N_separators, VM_N_sort_keys, VM_N_ensure_ascii,
                                     VM_N_default_, VM_N_skipkeys,   VM_N_allow_nan, VM_N_check_circular};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value a[ARGUMENTS] = {VM_NONE, VM_NONE, VM_FALSE, VM_TRUE, VM_NONE, VM_FALSE, VM_TRUE, VM_TRUE}, v = VM_NULL;
    unsigned root = vm_mark_roots(vm);
    dumper d;
    if (!vm_match_keywords(vm, &k, "dumps", ARGUMENTS, names, a) || !vm_truth(vm, a[A_SORT], &d.sort) ||
        !vm_truth(vm, a[A_ASCII], &d.ascii) || !vm_truth(vm, a[A_SKIP], &d.skip_keys) || !vm_truth(vm, a[A_NAN], &d.nan) ||
        !vm_truth(vm, a[A_CIRCULAR], &d.circular))
        return VM_NULL;
    d.chain = NULL;
    if (settle(vm, &d, a)) {
        vm_writer_begin(&d.w, vm, 32);
        if (put_any(&d, argv[0], 0) && !d.w.failed) v = vm_writer_end(&d.w);
    }
    vm_unroot(vm, root);
    return v;
}

/* --- loads */

enum { H_OBJECT, H_PAIRS, H_INT, H_FLOAT, H_CONSTANT, HOOKS };

typedef struct {
    vm *vm;
    const uint8_t *s;
    uint32_t at, end;
    vm_value doc;         /* as it was given */
    vm_value hook[HOOKS]; /* VM_NONE: none */
} loader;

/* What a hook makes of its argument, which is NULL when making it has failed. */
static vm_value hooked(loader *l, unsigned hook, vm_value v) {
    if (!v || l->hook[hook] == VM_NONE) return v;
    unsigned root = vm_root(l->vm, v);
    v = vm_call(l->vm, l->hook[hook], 1, &v);
    vm_unroot(l->vm, root);
    return v;
}

/* The error at a byte: lines, columns and characters are counted in code points. */
static vm_value wrong(loader *l, const char *what, uint32_t where) {
    unsigned line = 1, column = 1, character = 0;
    for (uint32_t i = 0; i < where; i++) {
        if ((l->s[i] & 0xC0) == 0x80) continue;
        character++;
        column++;
        if (l->s[i] == '\n') {
            line++;
            column = 1;
        }
    }
    vm *vm = l->vm;
    vm_raise(vm, VM_B_JSONDecodeError, "%s: line %u column %u (char %u)", what, line, column, character);
    vm_value e = vm->exception, text;
    if (!vm_is(vm, e, VM_T_EXCEPTION)) return VM_NULL; /* no memory for it */
    vm->exception = VM_NULL;
    unsigned root = vm_root(vm, e);
    bool done = (text = vm_new_text(vm, what)) && vm_setattr(vm, e, VM_N_msg, text) && vm_setattr(vm, e, VM_N_doc, l->doc) &&
                vm_setattr(vm, e, VM_N_position, VM_SMALL(character)) && vm_setattr(vm, e, VM_N_lineno, VM_SMALL(line)) &&
                vm_setattr(vm, e, VM_N_colno, VM_SMALL(column));
    vm_unroot(vm, root);
    return done ? vm_raise_instance(vm, e) : VM_NULL;
}

static uint8_t peek(const loader *l) { return l->at < l->end ? l->s[l->at] : 0; }

static uint8_t skip(loader *l) {
    while (l->at < l->end && (peek(l) == ' ' || peek(l) == '\t' || peek(l) == '\n' || peek(l) == '\r')) l->at++;
    return peek(l);
}

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static bool word(loader *l, const char *text) {
    uint32_t n = (uint32_t)strlen(text);
    if (l->end - l->at < n || memcmp(l->s + l->at, text, n) != 0) return false;
    l->at += n;
    return true;
}

/* Four hex digits; false: they are not. */
static bool hex4(const loader *l, uint32_t at, uint32_t *out) {
    if (l->end - at <= 4) return false;
    *out = 0;
    for (uint32_t i = at; i < at + 4; i++) {
        uint8_t c = l->s[i], low = c | 0x20;
        if (!is_digit(c) && (low < 'a' || low > 'f')) return false;
        *out = *out << 4 | (is_digit(c) ? c - 48u : low - 87u);
    }
    return true;
}

/* Behind the first quote. */
static vm_value load_str(loader *l) {
    uint32_t begin = l->at - 1, from = l->at;
    vm_writer w;
    bool copying = false; /* an escape was seen: the str is being put together */
    vm_value v = VM_NULL;
    for (;;) {
        uint8_t c = peek(l);
        if (l->at >= l->end) {
            wrong(l, "Unterminated string starting at", begin);
            break;
        }
        if (c == '"') {
            if (!copying) {
                v = vm_new_string(l->vm, l->s + from, l->at++ - from);
                return v;
            }
            vm_put(&w, l->s + from, l->at++ - from);
            v = vm_writer_end(&w);
            return v;
        }
        if (c < 32) {
            wrong(l, "Invalid control character at", l->at);
            break;
        }
        if (c != '\\') {
            l->at++;
            continue;
        }
        if (!copying) vm_writer_begin(&w, l->vm, l->at - from + 16);
        copying = true;
        vm_put(&w, l->s + from, l->at++ - from);
        if (l->at >= l->end) {
            wrong(l, "Unterminated string starting at", begin);
            break;
        }
        static const char plain[] = "\"\\/\b\f\n\r\t", escaped[] = "\"\\/bfnrt";
        const char *found = memchr(escaped, l->s[l->at], sizeof escaped - 1);
        if (found)
            vm_put_char(&w, (uint8_t)plain[found - escaped]);
        else if (l->s[l->at] == 'u') {
            uint32_t code, low;
            uint8_t utf8[4];
            if (!hex4(l, l->at + 1, &code)) {
                wrong(l, "Invalid \\uXXXX escape", l->at);
                break;
            }
            l->at += 4;
            if (code >> 10 == 0x36 && l->end - l->at > 6 && l->s[l->at + 1] == '\\' && l->s[l->at + 2] == 'u' && hex4(l, l->at + 3, &low) &&
                low >> 10 == 0x37) {
                code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
                l->at += 6;
            }
            vm_put(&w, utf8, vm_utf8_put(utf8, code));
        } else {
            wrong(l, "Invalid \\escape", l->at - 1);
            break;
        }
        from = ++l->at;
    }
    if (copying) vm_unroot(l->vm, (unsigned)w.root);
    return v;
}

static vm_value load_number(loader *l) {
    uint32_t from = l->at, at = from;
    const uint8_t *s = l->s;
    if (s[at] == '-') at++;
    if (at >= l->end || !is_digit(s[at])) return wrong(l, "Expecting value", from);
    if (s[at++] != '0')
        while (at < l->end && is_digit(s[at])) at++;
    uint32_t whole = at;
    if (at + 1 < l->end && s[at] == '.' && is_digit(s[at + 1]))
        for (at++; at < l->end && is_digit(s[at]);) at++;
    if (at + 1 < l->end && (s[at] | 0x20) == 'e') {
        uint32_t digits = at + 1 + (s[at + 1] == '-' || s[at + 1] == '+');
        if (digits < l->end && is_digit(s[digits]))
            for (at = digits; at < l->end && is_digit(s[at]);) at++;
    }
    l->at = at;
    unsigned hook = at == whole ? H_INT : H_FLOAT;
    if (l->hook[hook] != VM_NONE) return hooked(l, hook, vm_new_string(l->vm, s + from, at - from));
    if (at == whole) return vm_int_parse(l->vm, s + from, at - from, 10, VM_NONE);
#if VM_FLOAT
    double d = 0;
    vm_strtod((const char *)s + from, at - from, &d);
    return vm_alloc_float(l->vm, d);
#else
    return vm_no_floats(l->vm);
#endif
}

static vm_value load_any(loader *l);

static vm_value load_list(loader *l) {
    vm_value list = vm_new_list_of(l->vm, 0, NULL);
    if (!list) return list;
    vm_root(l->vm, list);
    if (skip(l) == ']') {
        l->at++;
        return list;
    }
    for (;;) {
        vm_value v = load_any(l);
        if (!v || !vm_list_append(l->vm, list, v)) return VM_NULL;
        uint8_t c = skip(l);
        if (c != ']' && c != ',') return wrong(l, "Expecting ',' delimiter", l->at);
        l->at++;
        if (c == ']') return list;
        skip(l);
    }
}

static vm_value load_dict(loader *l) {
    vm *vm = l->vm;
    bool pairs = l->hook[H_PAIRS] != VM_NONE;
    vm_value dict = pairs ? vm_new_list_of(vm, 0, NULL) : vm_new_dict_sized(vm, 0);
    if (!dict) return dict;
    vm_root(vm, dict);
    if (skip(l) == '}') {
        l->at++;
        return hooked(l, pairs ? H_PAIRS : H_OBJECT, dict);
    }
    for (;;) {
        if (peek(l) != '"') return wrong(l, "Expecting property name enclosed in double quotes", l->at);
        l->at++;
        vm_value key = load_str(l);
        if (!key) return key;
        unsigned root = vm_root(vm, key);
        if (skip(l) != ':') return wrong(l, "Expecting ':' delimiter", l->at);
        l->at++;
        skip(l);
        vm_value v = load_any(l);
        if (!v) return v;
        vm_root(vm, v);
        if (pairs) {
            vm_value both[2] = {key, v};
            v = vm_new_tuple_of(vm, 2, both);
            if (!v || !vm_list_append(vm, dict, v)) return VM_NULL;
        } else if (!vm_dict_set(vm, dict, key, v))
            return VM_NULL;
        vm_unroot(vm, root);
        uint8_t c = skip(l);
        if (c != '}' && c != ',') return wrong(l, "Expecting ',' delimiter", l->at);
        l->at++;
        if (c == '}') return hooked(l, pairs ? H_PAIRS : H_OBJECT, dict);
        skip(l);
    }
}

static vm_value load_any(loader *l) {
    uint8_t c = peek(l);
    if (l->at < l->end && c == '"') {
        l->at++;
        return load_str(l);
    }
    if (c == '[' || c == '{') {
        if (!vm_enter(l->vm, " while decoding a JSON object from a unicode string")) return VM_NULL;
        unsigned root = vm_mark_roots(l->vm);
        l->at++;
        vm_value v = c == '[' ? load_list(l) : load_dict(l);
        vm_unroot(l->vm, root);
        l->vm->depth--;
        return v;
    }
    if (word(l, "null")) return VM_NONE;
    if (word(l, "true")) return VM_TRUE;
    if (word(l, "false")) return VM_FALSE;
#if VM_FLOAT
    uint32_t from = l->at;
    double d = word(l, "NaN") ? __builtin_nan("") : word(l, "Infinity") ? __builtin_inf() : word(l, "-Infinity") ? -__builtin_inf() : 0;
    if (d != 0) {
        if (l->hook[H_CONSTANT] == VM_NONE) return vm_alloc_float(l->vm, d);
        return hooked(l, H_CONSTANT, vm_new_string(l->vm, l->s + from, l->at - from));
    }
#endif
    if (c == '-' || is_digit(c)) return load_number(l);
    return wrong(l, "Expecting value", l->at);
}

vm_value vm_json_loads(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_object_hook, VM_N_object_pairs_hook, VM_N_parse_int, VM_N_parse_float, VM_N_parse_constant};
    loader l = {vm, NULL, 0, 0, argv[0], {VM_NONE, VM_NONE, VM_NONE, VM_NONE, VM_NONE}};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (!vm_match_keywords(vm, &k, "loads", HOOKS, names, l.hook)) return VM_NULL;
    if (!vm_is(vm, argv[0], VM_T_STR) && !vm_is(vm, argv[0], VM_T_BYTES)) { /* a hook may change it */
        if (!vm_is(vm, argv[0], VM_T_BYTEARRAY))
            return vm_raise(vm, VM_B_TypeError, "the JSON object must be str, bytes or bytearray, not %T", argv[0]);
        argv[0] = vm_new_bytes(vm, 1, argv);
        if (!argv[0]) return VM_NULL;
    }
    if (vm_is(vm, argv[0], VM_T_STR)) {
        l.s = vm_str_of(vm, argv[0])->data;
        l.end = vm_str_of(vm, argv[0])->length;
    } else
        vm_bytes_view(vm, argv[0], &l.s, &l.end);
    skip(&l);
    vm_value v = load_any(&l);
    if (!v) return v;
    skip(&l);
    return l.at < l.end ? wrong(&l, "Extra data", l.at) : v;
}

#endif
