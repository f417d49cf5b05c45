/* SPDX-License-Identifier: Apache-2.0 */
/* Methods that str, bytes and bytearray share; the object's type decides what is made. */
#include "sequence.h"
#include "text.h"

text vm_text_of(vm *vm, vm_value v) {
    text t = {NULL, 0, vm_object_type(vm, v)};
    if (!vm_text_view(vm, v, &t.data, &t.length)) t.type = 0;
    return t;
}

bool vm_text_like(const text *self, const text *other) { return other->type && is_str(other) == is_str(self); }

uint32_t vm_text_next(const text *t, uint32_t *at) { return is_str(t) ? vm_utf8_next(t->data, at) : t->data[(*at)++]; }

/* An argument that must be of the object's kind; of strs the error is `format`, for which there is one %T. */
static bool argument(vm *vm, const text *self, vm_value v, text *out, const char *format) {
    *out = vm_text_of(vm, v);
    if (vm_text_like(self, out)) return true;
    vm_raise(vm, VM_B_TypeError, is_str(self) ? format : "a bytes-like object is required, not '%T'", v);
    return false;
}

static const char must_be_str[] = "must be str, not %T";

static vm_value typed(vm *vm, vm_value v, unsigned type) { /* bytes, or a bytearray of them */
    if (!v || type != VM_T_BYTEARRAY) return v;
    unsigned root = vm_root(vm, v);
    v = vm_new_bytearray(vm, 1, &v);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_text_make(vm *vm, unsigned type, const uint8_t *data, uint32_t length) {
    return type == VM_T_STR ? vm_new_string(vm, data, length) : typed(vm, vm_new_bytes_from(vm, data, length), type);
}

vm_value vm_text_end(vm_writer *w, unsigned type) {
    return type == VM_T_STR ? vm_writer_end(w) : typed(w->vm, vm_writer_end_bytes(w), type);
}

static unsigned kind(const text *t, uint32_t c) {
    return is_str(t) ? vm_kind(c) : c >= 0x80 ? 0 : vm_kind(c) & (c < 28 || c >= 32 ? 255u : ~(unsigned)K_SPACE);
}

static uint32_t before(const text *t, uint32_t at) { /* where the character before that begins */
    at--;
    while (is_str(t) && at && (t->data[at] & 0xC0) == 0x80) at--;
    return at;
}

static bool blank(const text *t, uint32_t at) { return kind(t, vm_text_next(t, &at)) & K_SPACE; }

/* Byte offsets of optional start and end arguments (characters for a str): the part of the object that is looked at. */
static bool window(vm *vm, const text *t, unsigned argc, vm_value *argv, uint32_t bound[2]) {
    uint32_t n = is_str(t) ? vm_str_count(vm, argv[0]) : t->length;
    if (!vm_take_bounds(vm, argc, argv, n, bound)) return false;
    if (bound[0] > bound[1])
        bound[0] = 1, bound[1] = 0; /* nothing, not even the empty string */
    else if (n != t->length)
        for (unsigned i = 0; i < 2; i++) bound[i] = vm_utf8_offset(t->data, t->length, bound[i]);
    return true;
}

enum { FIND, INDEX, COUNT, LAST = 4 };

static vm_value search(vm *vm, unsigned argc, vm_value *argv, unsigned how) {
    text t = vm_text_of(vm, argv[0]), part = vm_text_of(vm, argv[1]);
    uint32_t bound[2], n = 0;
    uint8_t byte;
    if (!is_str(&t) && !vm_text_like(&t, &part)) { /* a byte */
        if (!vm_is_number(vm, argv[1]) || vm_is_float(argv[1]))
            return vm_raise(vm, VM_B_TypeError, "argument should be integer or bytes-like object, not '%T'", argv[1]);
        if (!vm_byte_of(vm, argv[1], &byte)) return VM_NULL;
        part = (text){&byte, 1, VM_T_BYTES};
    }
    if (!vm_text_like(&t, &part)) return vm_raise(vm, VM_B_TypeError, must_be_str, argv[1]);
    if (!window(vm, &t, argc, argv, bound)) return VM_NULL;
    uint32_t start = bound[0], end = bound[1];
    if (how == COUNT) {
        if (start > end) return VM_SMALL(0);
        if (!part.length) {
            for (uint32_t at = start; at < end; n++) vm_text_next(&t, &at);
            return vm_int(vm, n + 1);
        }
        for (;; n++) {
            int32_t at = vm_find_bytes(t.data + start, end - start, part.data, part.length, false);
            if (at < 0) return vm_int(vm, n);
            start += (uint32_t)at + part.length;
        }
    }
    int32_t at = start > end ? -1 : vm_find_bytes(t.data + start, end - start, part.data, part.length, how & LAST);
    if (at < 0)
        return (how & ~(unsigned)LAST) == FIND ? VM_SMALL(-1)
                                               : vm_raise(vm, VM_B_ValueError, "sub%s not found", is_str(&t) ? "string" : "section");
    for (uint32_t i = 0, to = start + (uint32_t)at; i < to; n++) { /* bytes to characters */
        if (!is_str(&t) || vm_is_ascii(vm, argv[0])) return vm_int(vm, to);
        vm_utf8_next(t.data, &i);
    }
    return vm_int(vm, n);
}

vm_value vm_str_find(vm *vm, unsigned argc, vm_value *argv) { return search(vm, argc, argv, FIND); }
vm_value vm_str_rfind(vm *vm, unsigned argc, vm_value *argv) { return search(vm, argc, argv, FIND | LAST); }
vm_value vm_str_index_of(vm *vm, unsigned argc, vm_value *argv) { return search(vm, argc, argv, INDEX); }
vm_value vm_str_rindex_of(vm *vm, unsigned argc, vm_value *argv) { return search(vm, argc, argv, INDEX | LAST); }
vm_value vm_str_count_of(vm *vm, unsigned argc, vm_value *argv) { return search(vm, argc, argv, COUNT); }

static bool has_affix(const text *t, uint32_t start, uint32_t end, const text *part, bool tail) {
    return start <= end && part->length <= end - start && !memcmp(t->data + (tail ? end - part->length : start), part->data, part->length);
}

static vm_value affix(vm *vm, unsigned argc, vm_value *argv, bool tail) {
    text t = vm_text_of(vm, argv[0]), part;
    uint32_t bound[2], count = 1;
    vm_value *items = &argv[1];
    const char *name = tail ? "endswith" : "startswith";
    bool tuple = vm_is(vm, argv[1], VM_T_TUPLE);
    if (!window(vm, &t, argc, argv, bound)) return VM_NULL;
    if (tuple) vm_items(vm, argv[1], &items, &count);
    for (uint32_t i = 0; i < count; i++) {
        part = vm_text_of(vm, items[i]);
        if (!vm_text_like(&t, &part)) {
#if VM_FEATURE_RARE
            if (tuple && is_str(&t)) return vm_raise(vm, VM_B_TypeError, "tuple for %s must only contain str, not %T", name, items[i]);
            if (tuple) return vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", items[i]);
            return vm_raise(vm, VM_B_TypeError,
                            is_str(&t) ? "%s first arg must be str or a tuple of str, not %T"
                                       : "%s first arg must be bytes or a tuple of bytes, not %T",
                            name, items[i]);
#else
            return (void)name, vm_raise(vm, VM_B_TypeError, must_be_str, items[i]);
#endif
        }
        if (has_affix(&t, bound[0], bound[1], &part, tail)) return VM_TRUE;
    }
    return VM_FALSE;
}

vm_value vm_str_startswith(vm *vm, unsigned argc, vm_value *argv) { return affix(vm, argc, argv, false); }
vm_value vm_str_endswith(vm *vm, unsigned argc, vm_value *argv) { return affix(vm, argc, argv, true); }

static vm_value strip(vm *vm, unsigned argc, vm_value *argv, unsigned sides) {
    text t = vm_text_of(vm, argv[0]), set = {NULL, 0, 0};
    uint32_t start = 0, end = t.length;
    if (argc > 1 && argv[1] != VM_NONE &&
        !argument(vm, &t, argv[1], &set,
                  sides == 3   ? "strip arg must be None or str"
                  : sides == 1 ? "lstrip arg must be None or str"
                               : "rstrip arg must be None or str"))
        return VM_NULL;
    for (unsigned side = 1; side <= 2; side++) {
        while (sides & side && start < end) {
            uint32_t at = side == 1 ? start : before(&t, end), next = at, c = vm_text_next(&t, &next);
            bool found = set.type ? false : kind(&t, c) & K_SPACE;
            for (uint32_t i = 0; !found && i < set.length;) found = vm_text_next(&set, &i) == c;
            if (!found) break;
            if (side == 1)
                start = next;
            else
                end = at;
        }
    }
    if (end - start == t.length && t.type != VM_T_BYTEARRAY) return argv[0];
    return vm_text_make(vm, t.type, t.data + start, end - start);
}

vm_value vm_str_strip(vm *vm, unsigned argc, vm_value *argv) { return strip(vm, argc, argv, 3); }
vm_value vm_str_lstrip(vm *vm, unsigned argc, vm_value *argv) { return strip(vm, argc, argv, 1); }
vm_value vm_str_rstrip(vm *vm, unsigned argc, vm_value *argv) { return strip(vm, argc, argv, 2); }

/* --- in parts */

static bool push_part(vm *vm, vm_value list, const text *t, uint32_t start, uint32_t end) {
    vm_value part = vm_text_make(vm, t->type, t->data + start, end - start);
    if (!part) return false;
    unsigned root = vm_root(vm, part);
    bool done = vm_list_append(vm, list, part);
    vm_unroot(vm, root);
    return done;
}

static vm_value split(vm *vm, unsigned argc, vm_value *argv, bool right) {
    static const vm_parameters parameters[] = {{"split", 2, {VM_N_sep, VM_N_maxsplit}}, {"rsplit", 2, {VM_N_sep, VM_N_maxsplit}}};
    vm_value given[2] = {VM_NONE, VM_SMALL(-1)};
    text t = vm_text_of(vm, argv[0]), sep = {NULL, 0, 0};
    int32_t max;
    if (!vm_take_arguments(vm, argc - 1, argv + 1, &parameters[right], given)) return VM_NULL;
    if (given[0] != VM_NONE && !argument(vm, &t, given[0], &sep, "must be str or None, not %T")) return VM_NULL;
    if (!vm_need_index(vm, given[1], &max)) return VM_NULL;
    if (sep.type && !sep.length) return vm_raise(vm, VM_B_ValueError, "empty separator");
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    uint32_t start = 0, end = t.length, cut, next; /* the separator is [cut, next) */
    for (bool done = false; !done; max--) {
        if (!sep.type) { /* runs of white space */
            if (right)
                while (start < end && blank(&t, cut = before(&t, end))) end = cut;
            else
                while (start < end && blank(&t, start)) vm_text_next(&t, &start);
            if (start == end) break;
        }
        cut = start;
        next = end;
        done = max == 0;
        if (!done && sep.type) {
            int32_t at = vm_find_bytes(t.data + start, end - start, sep.data, sep.length, right);
            done = at < 0;
            cut += (uint32_t)at;
            next = cut + sep.length;
        } else if (!done && right) {
            for (cut = end; cut > start && !blank(&t, next = before(&t, cut));) cut = next;
            next = cut;
        } else if (!done) {
            while (cut < end && !blank(&t, cut)) vm_text_next(&t, &cut);
            next = cut;
        }
        if (!push_part(vm, list, &t, right && !done ? next : start, right || done ? end : cut)) break;
        if (right)
            end = cut;
        else
            start = next;
    }
    vm_unroot(vm, root);
    return vm->exception ? VM_NULL : right && !vm_list_reverse(vm, 1, &list) ? VM_NULL : list;
}

vm_value vm_str_split(vm *vm, unsigned argc, vm_value *argv) { return split(vm, argc, argv, false); }
vm_value vm_str_rsplit(vm *vm, unsigned argc, vm_value *argv) { return split(vm, argc, argv, true); }

static vm_value partition(vm *vm, vm_value *argv, bool last) {
    text t = vm_text_of(vm, argv[0]), sep;
    if (!argument(vm, &t, argv[1], &sep, must_be_str)) return VM_NULL;
    if (!sep.length) return vm_raise(vm, VM_B_ValueError, "empty separator");
    int32_t at = vm_find_bytes(t.data, t.length, sep.data, sep.length, last);
    uint32_t first = at >= 0 ? (uint32_t)at : last ? 0 : t.length, second = at >= 0 ? first + sep.length : first;
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    bool done = push_part(vm, list, &t, 0, first) && push_part(vm, list, &t, first, second) && push_part(vm, list, &t, second, t.length);
    list = done ? vm_new_tuple(vm, 1, &list) : VM_NULL;
    vm_unroot(vm, root);
    return list;
}

vm_value vm_str_partition(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, partition(vm, argv, false); }
vm_value vm_str_rpartition(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, partition(vm, argv, true); }

vm_value vm_str_replace(vm *vm, unsigned argc, vm_value *argv) {
    text t = vm_text_of(vm, argv[0]), old, new;
    int32_t max = -1;
    vm_writer w;
    if (!argument(vm, &t, argv[1], &old, "replace() argument 1 must be str, not %A") ||
        !argument(vm, &t, argv[2], &new, "replace() argument 2 must be str, not %A") || (argc > 3 && !vm_need_index(vm, argv[3], &max)))
        return VM_NULL;
    vm_writer_begin(&w, vm, t.length);
    uint32_t at = 0;
    for (; max != 0; max--) {
        int32_t found = old.length ? vm_find_bytes(t.data + at, t.length - at, old.data, old.length, false) : 0;
        if (found < 0) break;
        vm_put(&w, t.data + at, (uint32_t)found);
        at += (uint32_t)found + old.length;
        vm_put(&w, new.data, new.length);
        if (!old.length) { /* between all characters */
            uint32_t next = at;
            if (at == t.length) break;
            vm_text_next(&t, &next);
            vm_put(&w, t.data + at, next - at);
            at = next;
        }
    }
    vm_put(&w, t.data + at, t.length - at);
    return vm_text_end(&w, t.type);
}

vm_value vm_str_join(vm *vm, unsigned argc, vm_value *argv) {
    text t = vm_text_of(vm, argv[0]);
    vm_value *items, list = argv[1];
    uint32_t n, total = 0;
    unsigned root = vm_mark_roots(vm);
    (void)argc;
    if (!vm_items(vm, list, &items, &n)) {
        vm_value iterator = vm_iterate(vm, list);
        if (!iterator) return vm_take_exception(vm, VM_B_TypeError) ? vm_raise(vm, VM_B_TypeError, "can only join an iterable") : VM_NULL;
        vm_root(vm, iterator);
        list = vm_to_list(vm, iterator);
        vm_unroot(vm, root);
        if (!list) return list;
        vm_items(vm, list, &items, &n);
    }
    vm_root(vm, list);
    for (uint32_t i = 0; i < n; i++) {
        text part = vm_text_of(vm, items[i]);
        if (!vm_text_like(&t, &part)) {
            vm_unroot(vm, root);
            return vm_raise(vm, VM_B_TypeError, "sequence item %u: expected %s, %T found", i,
                            is_str(&t) ? "str instance" : "a bytes-like object", items[i]);
        }
        total += part.length + (i ? t.length : 0);
        if (total > 0x3FFFFFFF) return vm_unroot(vm, root), vm_memory_error(vm);
    }
    vm_value v = n == 1 && is_str(&t) ? items[0] : vm_alloc_string(vm, is_str(&t) ? VM_T_STR : VM_T_BYTES, total);
    if (v && !(n == 1 && is_str(&t))) {
        uint8_t *p = vm_str_of(vm, v)->data;
        for (uint32_t i = 0; i < n; i++) {
            text part = vm_text_of(vm, items[i]);
            if (i) memcpy(p, t.data, t.length), p += t.length;
            memcpy(p, part.data, part.length);
            p += part.length;
        }
    }
    v = typed(vm, v, t.type);
    vm_unroot(vm, root);
    return v;
}

/* --- case and kinds */

enum { LOWER, UPPER, SWAP, CAPITAL, TITLE, FOLD };

static vm_value change_case(vm *vm, vm_value *argv, unsigned how) {
    text t = vm_text_of(vm, argv[0]);
    vm_writer w;
    bool first = true;
    vm_writer_begin(&w, vm, t.length);
    for (uint32_t i = 0; i < t.length;) {
        uint8_t out[4];
        uint32_t c = vm_text_next(&t, &i);
        unsigned is = kind(&t, c);
        bool up = how == UPPER || (how == SWAP && is & K_LOWER) || (how >= CAPITAL && how <= TITLE && first);
        first = how == TITLE && !(is & (K_UPPER | K_LOWER));
#if VM_FEATURE_UNICODE
        if (c == 0xDF && is_str(&t) && (up || how == FOLD)) {
            vm_put(&w, how == FOLD ? "ss" : how == TITLE || how == CAPITAL ? "Ss" : "SS", 2);
            continue;
        }
#endif
        if (is & (up ? K_LOWER : K_UPPER)) c = vm_other_case(c, up);
        if (is_str(&t))
            vm_put(&w, out, vm_utf8_put(out, c));
        else
            vm_put_char(&w, (uint8_t)c);
    }
    return vm_text_end(&w, t.type);
}

vm_value vm_str_lower(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, LOWER); }
vm_value vm_str_upper(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, UPPER); }
vm_value vm_str_capitalize(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, CAPITAL); }

/* Characters of any of these kinds, and one at least (or `empty`). */
static vm_value every(vm *vm, vm_value *argv, unsigned kinds, bool empty) {
    text t = vm_text_of(vm, argv[0]);
    for (uint32_t i = 0; i < t.length;)
        if (!(kind(&t, vm_text_next(&t, &i)) & kinds)) return VM_FALSE;
    return VM_BOOL(t.length || empty);
}

vm_value vm_str_isdigit(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_DIGIT, false); }
vm_value vm_str_isalpha(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_ALPHA, false); }
vm_value vm_str_isalnum(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_ALPHA | K_NUMERIC, false); }
vm_value vm_str_isspace(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_SPACE, false); }

static vm_value cased(vm *vm, vm_value *argv, unsigned wanted) {
    text t = vm_text_of(vm, argv[0]);
    unsigned all = 0;
    for (uint32_t i = 0; i < t.length;) all |= kind(&t, vm_text_next(&t, &i));
    return VM_BOOL((all & (K_UPPER | K_LOWER)) == wanted);
}

vm_value vm_str_isupper(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, cased(vm, argv, K_UPPER); }
vm_value vm_str_islower(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, cased(vm, argv, K_LOWER); }

/* --- padding */

static vm_value pad(vm *vm, unsigned argc, vm_value *argv, unsigned how) { /* 0 left, 1 right, 2 centre, 3 zeros */
    text t = vm_text_of(vm, argv[0]), fill = {(const uint8_t *)(how == 3 ? "0" : " "), 1, t.type};
    int32_t width;
    vm_writer w;
    if (!vm_need_index(vm, argv[1], &width)) return VM_NULL;
    if (width < 0) width = 0;
    if (argc > 2) {
#if VM_FEATURE_RARE
        fill = vm_text_of(vm, argv[2]);
        bool one = fill.type && (is_str(&fill) ? vm_str_count(vm, argv[2]) : fill.length) == 1;
        if (is_str(&t) && !is_str(&fill))
            return vm_raise(vm, VM_B_TypeError, "The fill character must be a unicode character, not %T", argv[2]);
        if (is_str(&t) && !one) return vm_raise(vm, VM_B_TypeError, "The fill character must be exactly one character long");
        if (!one || !vm_text_like(&t, &fill))
            return vm_raise(vm, VM_B_TypeError, "%s() argument 2 must be a byte string of length 1, not %T",
                            how == 0   ? "ljust"
                            : how == 1 ? "rjust"
                                       : "center",
                            argv[2]);
#else
        if (!argument(vm, &t, argv[2], &fill, must_be_str)) return VM_NULL;
#endif
    }
    int32_t missing = width - (int32_t)(is_str(&t) ? vm_str_count(vm, argv[0]) : t.length);
    if (missing <= 0 && t.type != VM_T_BYTEARRAY) return argv[0];
    if (missing < 0) missing = 0;
    if (missing > 0x0FFFFFFF) return vm_memory_error(vm);
    int32_t left = how == 0 ? 0 : how == 2 ? missing / 2 + (missing & width & 1) : missing;
    vm_writer_begin(&w, vm, t.length + (uint32_t)missing * fill.length);
    if (how == 3 && t.length && (t.data[0] == '-' || t.data[0] == '+')) {
        vm_put(&w, t.data, 1);
        t.data++;
        t.length--;
    }
    vm_put_fill(&w, fill.data, fill.length, left);
    vm_put(&w, t.data, t.length);
    vm_put_fill(&w, fill.data, fill.length, missing - left);
    return vm_text_end(&w, t.type);
}

vm_value vm_str_ljust(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 0); }
vm_value vm_str_rjust(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 1); }
vm_value vm_str_center(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 2); }
vm_value vm_str_zfill(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 3); }

#if VM_FEATURE_RARE
static bool ends_line(const text *t, uint32_t c) {
    return c == '\n' || c == '\r' || (is_str(t) && (c == 11 || c == 12 || (c >= 28 && c <= 30) || c == 0x85 || c == 0x2028 || c == 0x2029));
}

vm_value vm_str_splitlines(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_keepends};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given = argc > 1 ? argv[1] : VM_FALSE;
    bool keep, done = true;
    text t = vm_text_of(vm, argv[0]);
    if (!vm_match_keywords(vm, &k, "splitlines", 1, names, &given) || !vm_truth(vm, given, &keep)) return VM_NULL;
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    for (uint32_t start = 0, end, next = 0; done && next < t.length; start = next) {
        uint32_t c = 0;
        do end = next;
        while (next < t.length && !ends_line(&t, c = vm_text_next(&t, &next)) && (end = next) < t.length);
        if (c == '\r' && next < t.length && t.data[next] == '\n') next++;
        done = push_part(vm, list, &t, start, keep ? next : end);
    }
    vm_unroot(vm, root);
    return done ? list : VM_NULL;
}

static vm_value remove_affix(vm *vm, vm_value *argv, bool tail) {
    text t = vm_text_of(vm, argv[0]), part;
    if (!argument(vm, &t, argv[1], &part,
                  tail ? "removesuffix() argument must be str, not %A" : "removeprefix() argument must be str, not %A"))
        return VM_NULL;
    if (!has_affix(&t, 0, t.length, &part, tail)) part.length = 0;
    return vm_text_make(vm, t.type, t.data + (tail ? 0 : part.length), t.length - part.length);
}

vm_value vm_str_removeprefix(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, remove_affix(vm, argv, false); }
vm_value vm_str_removesuffix(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, remove_affix(vm, argv, true); }
vm_value vm_str_swapcase(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, SWAP); }
vm_value vm_str_title(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, TITLE); }
vm_value vm_str_casefold(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, FOLD); }
vm_value vm_str_isdecimal(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_DECIMAL, false); }
vm_value vm_str_isnumeric(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_NUMERIC, false); }
vm_value vm_str_isprintable(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, K_PRINT, true); }

vm_value vm_str_isascii(vm *vm, unsigned argc, vm_value *argv) {
    text t = vm_text_of(vm, argv[0]);
    (void)argc;
    for (uint32_t i = 0; i < t.length; i++)
        if (t.data[i] >= 0x80) return VM_FALSE;
    return VM_TRUE;
}

vm_value vm_str_isidentifier(vm *vm, unsigned argc, vm_value *argv) {
    text t = vm_text_of(vm, argv[0]);
    (void)argc;
    for (uint32_t i = 0; i < t.length;) {
        unsigned kinds = K_ALPHA | (i ? K_DECIMAL : 0);
        uint32_t c = vm_text_next(&t, &i);
        if (c != '_' && !(vm_kind(c) & kinds)) return VM_FALSE;
    }
    return VM_BOOL(t.length);
}

vm_value vm_str_istitle(vm *vm, unsigned argc, vm_value *argv) {
    text t = vm_text_of(vm, argv[0]);
    bool any = false, inside = false;
    (void)argc;
    for (uint32_t i = 0; i < t.length;) {
        unsigned is = kind(&t, vm_text_next(&t, &i));
        if (is & (inside ? K_UPPER : K_LOWER)) return VM_FALSE;
        inside = is & (K_UPPER | K_LOWER);
        any |= inside;
    }
    return VM_BOOL(any);
}

vm_value vm_str_expandtabs(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_tabsize};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given = argc > 1 ? argv[1] : VM_SMALL(8);
    text t = vm_text_of(vm, argv[0]);
    int32_t size, column = 0;
    vm_writer w;
    if (!vm_match_keywords(vm, &k, "expandtabs", 1, names, &given) || !vm_need_index(vm, given, &size)) return VM_NULL;
    vm_writer_begin(&w, vm, t.length + 16);
    for (uint32_t at = 0, next = 0; at < t.length; at = next) {
        uint32_t c = vm_text_next(&t, &next);
        if (c == '\t') {
            int32_t n = size > 0 ? size - column % size : 0;
            vm_put_fill(&w, (const uint8_t *)" ", 1, n);
            column += n;
        } else {
            vm_put(&w, t.data + at, next - at);
            column = c == '\n' || c == '\r' ? 0 : column + 1;
        }
    }
    return vm_text_end(&w, t.type);
}

/* --- tables */

static vm_value translate_bytes(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_delete_bytes};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given = argc > 2 ? argv[2] : VM_NULL;
    text t = vm_text_of(vm, argv[0]), table = {NULL, 256, 0}, drop = {NULL, 0, 0};
    vm_writer w;
    if (!vm_match_keywords(vm, &k, "translate", 1, names, &given)) return VM_NULL;
    if (argv[1] != VM_NONE && !argument(vm, &t, argv[1], &table, "")) return VM_NULL;
    if (given && !argument(vm, &t, given, &drop, "")) return VM_NULL;
    if (table.length != 256) return vm_raise(vm, VM_B_ValueError, "translation table must be 256 characters long");
    vm_writer_begin(&w, vm, t.length);
    for (uint32_t i = 0; i < t.length; i++)
        if (!drop.length || !memchr(drop.data, t.data[i], drop.length)) vm_put_char(&w, table.type ? table.data[t.data[i]] : t.data[i]);
    return vm_text_end(&w, t.type);
}

vm_value vm_str_translate(vm *vm, unsigned argc, vm_value *argv) {
    text t = vm_text_of(vm, argv[0]);
    vm_writer w;
    if (!is_str(&t)) return translate_bytes(vm, argc, argv);
    if (!vm_no_keywords(vm, "translate")) return VM_NULL;
    if (argc > 2) return vm_raise(vm, VM_B_TypeError, "str.translate() takes exactly one argument (%u given)", argc - 1);
    vm_writer_begin(&w, vm, t.length);
    for (uint32_t at = 0, next = 0; at < t.length && !w.failed; at = next) {
        uint32_t c = vm_text_next(&t, &next);
        vm_value v = vm_getitem(vm, argv[1], VM_SMALL(c));
        if (!v) {
            if (vm_take_exception(vm, VM_B_LookupError))
                vm_put(&w, t.data + at, next - at);
            else
                w.failed = true;
        } else if (vm_is(vm, v, VM_T_STR)) {
            unsigned root = vm_root(vm, v);
            vm_put(&w, vm_str_of(vm, v)->data, vm_str_of(vm, v)->length);
            vm_unroot(vm, root);
        } else if (v != VM_NONE) {
            uint8_t out[4];
            int32_t x = -1;
            if (!vm_is_int(vm, v))
                vm_raise(vm, VM_B_TypeError, "character mapping must return integer, None or str");
            else if (vm_need_index(vm, v, &x) && (x < 0 || x > 0x10FFFF))
                vm_raise(vm, VM_B_ValueError, "character mapping must be in range(0x110000)");
            if (vm->exception)
                w.failed = true;
            else
                vm_put(&w, out, vm_utf8_put(out, (uint32_t)x));
        }
    }
    return vm_writer_end(&w);
}

vm_value vm_bytes_maketrans(vm *vm, unsigned argc, vm_value *argv) {
    text bytes = {NULL, 0, VM_T_BYTES}, from, to;
    (void)argc;
    if (!argument(vm, &bytes, argv[0], &from, "") || !argument(vm, &bytes, argv[1], &to, "")) return VM_NULL;
    if (from.length != to.length) return vm_raise(vm, VM_B_ValueError, "maketrans arguments must have same length");
    vm_value v = vm_alloc_string(vm, VM_T_BYTES, 256);
    if (!v) return v;
    uint8_t *p = vm_str_of(vm, v)->data;
    for (unsigned i = 0; i < 256; i++) p[i] = (uint8_t)i;
    for (uint32_t i = 0; i < from.length; i++) p[from.data[i]] = to.data[i];
    return v;
}

vm_value vm_str_maketrans(vm *vm, unsigned argc, vm_value *argv) {
    vm_value key, value, result = vm_new_dict_sized(vm, 0);
    uint32_t at = 0;
    bool done = true;
    if (!result) return result;
    unsigned root = vm_root(vm, result);
    if (argc == 1) {
        if (!vm_is(vm, argv[0], VM_T_DICT))
            done = vm_raise(vm, VM_B_TypeError, "if you give only one argument to maketrans it must be a dict");
        while (done && vm_dict_next(vm, argv[0], &at, &key, &value)) {
            if (vm_is(vm, key, VM_T_STR)) {
                uint32_t first = 0;
                if (vm_str_count(vm, key) != 1) {
                    done = vm_raise(vm, VM_B_ValueError, "string keys in translate table must be of length 1");
                    break;
                }
                key = VM_SMALL(vm_utf8_next(vm_str_of(vm, key)->data, &first));
            } else if (!vm_is_int(vm, key))
                done = vm_raise(vm, VM_B_TypeError, "keys in translate table must be strings or integers");
            done = done && vm_dict_set(vm, result, key, value);
        }
    } else {
        text t[3];
        for (unsigned i = 0; done && i < argc; i++) {
            t[i] = vm_text_of(vm, argv[i]);
            if (!is_str(&t[i]))
                done = i ? vm_raise(vm, VM_B_TypeError, "maketrans() argument %u must be str, not %A", i + 1, argv[i])
                         : vm_raise(vm, VM_B_TypeError, "first maketrans argument must be a string if there is a second argument");
        }
        if (done && vm_str_count(vm, argv[0]) != vm_str_count(vm, argv[1]))
            done = vm_raise(vm, VM_B_ValueError, "the first two maketrans arguments must have equal length");
        uint32_t other = 0;
        while (done && at < t[0].length) {
            uint32_t c = vm_text_next(&t[0], &at);
            done = vm_dict_set(vm, result, VM_SMALL(c), VM_SMALL(vm_text_next(&t[1], &other)));
        }
        for (at = 0; done && argc > 2 && at < t[2].length;) {
            uint32_t c = vm_text_next(&t[2], &at);
            done = vm_dict_set(vm, result, VM_SMALL(c), VM_NONE);
        }
    }
    vm_unroot(vm, root);
    return done ? result : VM_NULL;
}
#endif
