/* SPDX-License-Identifier: Apache-2.0 */
/* Methods that str, bytes and bytearray share; the object's type decides what is made. Case and character classes know ASCII only, except
 * that every non-ASCII character counts as a letter without case. */
#include "state.h"

typedef struct {
    const uint8_t *data;
    uint32_t length;
    unsigned type;
} text;

static text text_of(vm *vm, vm_value v) {
    text t = {NULL, 0, vm_object_type(vm, v)};
    if (t.type == VM_T_STR) {
        t.data = vm_str_of(vm, v)->data;
        t.length = vm_str_of(vm, v)->length;
    } else if (!vm_bytes_view(vm, v, &t.data, &t.length))
        t.type = 0;
    return t;
}

/* An argument that must be of the object's kind. */
static bool argument(vm *vm, const text *self, vm_value v, text *out) {
    *out = text_of(vm, v);
    if (out->type && (out->type == VM_T_STR) == (self->type == VM_T_STR)) return true;
    if (self->type == VM_T_STR)
        vm_raise(vm, VM_B_TypeError, "must be str, not %T", v);
    else
        vm_raise(vm, VM_B_TypeError, "a bytes-like object is required, not '%T'", v);
    return false;
}

static vm_value make(vm *vm, unsigned type, const uint8_t *data, uint32_t length) {
    if (type == VM_T_STR) return vm_new_string(vm, data, length);
    vm_value v = vm_new_bytes_from(vm, data, length);
    if (v && type == VM_T_BYTEARRAY) {
        unsigned root = vm_root(vm, v);
        v = vm_new_bytearray(vm, 1, &v);
        vm_unroot(vm, root);
    }
    return v;
}

static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31); }
static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_alpha(uint8_t c) { return is_lower(c) || is_upper(c) || c >= 0x80; }

/* Byte offsets of optional start and end arguments (characters for a str): the part of the object that is looked at. */
static bool window(vm *vm, const text *t, vm_value object, unsigned argc, vm_value *argv, unsigned first, uint32_t *start, uint32_t *end) {
    uint32_t n = t->type == VM_T_STR ? vm_str_count(vm, object) : t->length, bound[2] = {0, n};
    for (unsigned i = 0; i < 2; i++) {
        int32_t x;
        if (argc <= first + i || argv[first + i] == VM_NONE) continue;
        if (!vm_need_index(vm, argv[first + i], &x)) return false;
        if (x < 0)
            x = (int64_t)x + n < 0 ? 0 : x + (int32_t)n;
        else if ((uint32_t)x > n && i)
            x = (int32_t)n;
        bound[i] = (uint32_t)x;
    }
    if (bound[0] > bound[1]) return *start = 1, *end = 0, true; /* nothing, not even the empty string */
    if (t->type == VM_T_STR && n != t->length)
        for (unsigned i = 0; i < 2; i++) bound[i] = vm_utf8_offset(t->data, t->length, bound[i]);
    *start = bound[0];
    *end = bound[1];
    return true;
}

/* What is looked for: of the object's kind, or (bytes) an int. */
static bool needle(vm *vm, const text *self, vm_value v, uint8_t *byte, text *out) {
    int64_t x;
    if (self->type != VM_T_STR && vm_as_int64(vm, v, &x)) {
        if (x < 0 || x > 255) return vm_raise(vm, VM_B_ValueError, "byte must be in range(0, 256)"), false;
        *byte = (uint8_t)x;
        *out = (text){byte, 1, VM_T_BYTES};
        return true;
    }
    return argument(vm, self, v, out);
}

static bool find_in(vm *vm, unsigned argc, vm_value *argv, bool last, int64_t *out) {
    text t = text_of(vm, argv[0]), part;
    uint32_t start, end;
    uint8_t byte;
    if (!needle(vm, &t, argv[1], &byte, &part) || !window(vm, &t, argv[0], argc, argv, 2, &start, &end)) return false;
    *out = start > end ? -1 : vm_find_bytes(t.data + start, end - start, part.data, part.length, last);
    if (*out < 0) return true;
    *out += start;
    if (t.type == VM_T_STR && !vm_is_ascii(vm, argv[0])) { /* bytes to characters */
        int64_t characters = 0;
        for (uint32_t at = 0; at < *out; characters++) vm_utf8_next(t.data, &at);
        *out = characters;
    }
    return true;
}

vm_value vm_str_find(vm *vm, unsigned argc, vm_value *argv) {
    int64_t at;
    return find_in(vm, argc, argv, false, &at) ? vm_int(vm, at) : VM_NULL;
}

vm_value vm_str_rfind(vm *vm, unsigned argc, vm_value *argv) {
    int64_t at;
    return find_in(vm, argc, argv, true, &at) ? vm_int(vm, at) : VM_NULL;
}

static vm_value index_of(vm *vm, unsigned argc, vm_value *argv, bool last) {
    int64_t at;
    if (!find_in(vm, argc, argv, last, &at)) return VM_NULL;
    if (at < 0) return vm_raise(vm, VM_B_ValueError, vm_is(vm, argv[0], VM_T_STR) ? "substring not found" : "subsection not found");
    return vm_int(vm, at);
}

vm_value vm_str_index_of(vm *vm, unsigned argc, vm_value *argv) { return index_of(vm, argc, argv, false); }
vm_value vm_str_rindex_of(vm *vm, unsigned argc, vm_value *argv) { return index_of(vm, argc, argv, true); }

vm_value vm_str_count_of(vm *vm, unsigned argc, vm_value *argv) {
    text t = text_of(vm, argv[0]), part;
    uint32_t start, end, n = 0;
    uint8_t byte;
    if (!needle(vm, &t, argv[1], &byte, &part) || !window(vm, &t, argv[0], argc, argv, 2, &start, &end)) return VM_NULL;
    if (start > end) return VM_SMALL(0);
    if (!part.length) {
        for (uint32_t at = start; at < end; n++)
            if (t.type == VM_T_STR)
                vm_utf8_next(t.data, &at);
            else
                at++;
        return vm_int(vm, n + 1);
    }
    for (;;) {
        int64_t at = vm_find_bytes(t.data + start, end - start, part.data, part.length, false);
        if (at < 0) return vm_int(vm, n);
        n++;
        start += (uint32_t)at + part.length;
    }
}

static vm_value affix(vm *vm, unsigned argc, vm_value *argv, bool tail) {
    text t = text_of(vm, argv[0]), part;
    uint32_t start, end, count = 1;
    vm_value *items = &argv[1];
    if (!window(vm, &t, argv[0], argc, argv, 2, &start, &end)) return VM_NULL;
    if (vm_is(vm, argv[1], VM_T_TUPLE)) vm_items(vm, argv[1], &items, &count);
    for (uint32_t i = 0; i < count; i++) {
        part = text_of(vm, items[i]);
        if (!part.type || (part.type == VM_T_STR) != (t.type == VM_T_STR))
            return vm_raise(vm, VM_B_TypeError, "%s first arg must be %s or a tuple of %s, not %T", tail ? "endswith" : "startswith",
                            t.type == VM_T_STR ? "str" : "bytes", t.type == VM_T_STR ? "str" : "bytes", items[i]);
        if (start > end || part.length > end - start) continue;
        if (!memcmp(t.data + (tail ? end - part.length : start), part.data, part.length)) return VM_TRUE;
    }
    return VM_FALSE;
}

vm_value vm_str_startswith(vm *vm, unsigned argc, vm_value *argv) { return affix(vm, argc, argv, false); }
vm_value vm_str_endswith(vm *vm, unsigned argc, vm_value *argv) { return affix(vm, argc, argv, true); }

static vm_value remove_affix(vm *vm, vm_value *argv, bool tail) {
    text t = text_of(vm, argv[0]), part;
    if (!argument(vm, &t, argv[1], &part)) return VM_NULL;
    if (part.length > t.length || memcmp(t.data + (tail ? t.length - part.length : 0), part.data, part.length)) return argv[0];
    return make(vm, t.type, t.data + (tail ? 0 : part.length), t.length - part.length);
}

vm_value vm_str_removeprefix(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, remove_affix(vm, argv, false); }
vm_value vm_str_removesuffix(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, remove_affix(vm, argv, true); }

static bool is_among(const text *set, const uint8_t *c, uint32_t size) {
    for (uint32_t at = 0; at < set->length;) {
        uint32_t start = at;
        if (set->type == VM_T_STR)
            vm_utf8_next(set->data, &at);
        else
            at++;
        if (at - start == size && !memcmp(set->data + start, c, size)) return true;
    }
    return false;
}

static vm_value strip(vm *vm, unsigned argc, vm_value *argv, unsigned sides) {
    text t = text_of(vm, argv[0]), set = {NULL, 0, 0};
    uint32_t start = 0, end = t.length;
    if (argc > 1 && argv[1] != VM_NONE && !argument(vm, &t, argv[1], &set)) return VM_NULL;
    while (sides & 1 && start < end) {
        uint32_t next = start;
        if (t.type == VM_T_STR)
            vm_utf8_next(t.data, &next);
        else
            next++;
        if (set.type ? !is_among(&set, t.data + start, next - start) : !is_space(t.data[start])) break;
        start = next;
    }
    while (sides & 2 && start < end) {
        uint32_t before = end - 1;
        while (t.type == VM_T_STR && before > start && (t.data[before] & 0xC0) == 0x80) before--;
        if (set.type ? !is_among(&set, t.data + before, end - before) : !is_space(t.data[before])) break;
        end = before;
    }
    if (end - start == t.length && t.type != VM_T_BYTEARRAY) return argv[0];
    return make(vm, t.type, t.data + start, end - start);
}

vm_value vm_str_strip(vm *vm, unsigned argc, vm_value *argv) { return strip(vm, argc, argv, 3); }
vm_value vm_str_lstrip(vm *vm, unsigned argc, vm_value *argv) { return strip(vm, argc, argv, 1); }
vm_value vm_str_rstrip(vm *vm, unsigned argc, vm_value *argv) { return strip(vm, argc, argv, 2); }

static bool push_part(vm *vm, vm_value list, unsigned type, const uint8_t *data, uint32_t length) {
    vm_value part = make(vm, type, data, length);
    if (!part) return false;
    unsigned root = vm_root(vm, part);
    bool done = vm_list_append(vm, list, part);
    vm_unroot(vm, root);
    return done;
}

static void reverse_list(vm *vm, vm_value list) {
    vm_value *items;
    uint32_t n;
    vm_items(vm, list, &items, &n);
    for (uint32_t i = 0; i < n / 2; i++) {
        vm_value v = items[i];
        items[i] = items[n - 1 - i];
        items[n - 1 - i] = v;
    }
}

static vm_value split(vm *vm, unsigned argc, vm_value *argv, bool right) {
    static const uint16_t names[] = {VM_N_sep, VM_N_maxsplit};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given[2] = {argc > 1 ? argv[1] : VM_NONE, argc > 2 ? argv[2] : VM_SMALL(-1)};
    text t = text_of(vm, argv[0]), sep = {NULL, 0, 0};
    int32_t max;
    if (!vm_match_keywords(vm, &k, right ? "rsplit" : "split", 2, names, given)) return VM_NULL;
    if (given[0] != VM_NONE && !argument(vm, &t, given[0], &sep)) return VM_NULL;
    if (!vm_need_index(vm, given[1], &max)) return VM_NULL;
    if (sep.type && !sep.length) return vm_raise(vm, VM_B_ValueError, "empty separator");
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    bool done = true;
    uint32_t start = 0, end = t.length;
    while (done) {
        if (!sep.type) { /* runs of white space, none at the ends */
            while (start < end && is_space(t.data[start])) start++;
            while (start < end && is_space(t.data[end - 1])) end--;
            if (start == end) break;
        }
        if (max == 0) {
            if (!sep.type && right) start = 0;
            if (!sep.type && right)
                while (start < end && is_space(t.data[start])) start++;
            if (!sep.type && !right) {
                end = t.length;
                while (end > start && is_space(t.data[end - 1])) end--;
            }
            done = push_part(vm, list, t.type, t.data + start, end - start);
            break;
        }
        uint32_t cut, next; /* the separator is [cut, next) */
        if (sep.type) {
            int64_t at = vm_find_bytes(t.data + start, end - start, sep.data, sep.length, right);
            if (at < 0) {
                done = push_part(vm, list, t.type, t.data + start, end - start);
                break;
            }
            cut = start + (uint32_t)at;
            next = cut + sep.length;
        } else if (right) {
            next = end;
            while (next > start && !is_space(t.data[next - 1])) next--;
            cut = next;
        } else {
            cut = start;
            while (cut < end && !is_space(t.data[cut])) cut++;
            next = cut;
        }
        if (right) {
            done = push_part(vm, list, t.type, t.data + next, end - next);
            end = cut;
        } else {
            done = push_part(vm, list, t.type, t.data + start, cut - start);
            start = next;
        }
        if (max > 0) max--;
    }
    if (right) reverse_list(vm, list);
    vm_unroot(vm, root);
    return done ? list : VM_NULL;
}

vm_value vm_str_split(vm *vm, unsigned argc, vm_value *argv) { return split(vm, argc, argv, false); }
vm_value vm_str_rsplit(vm *vm, unsigned argc, vm_value *argv) { return split(vm, argc, argv, true); }

vm_value vm_str_splitlines(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_keepends};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given = argc > 1 ? argv[1] : VM_FALSE;
    bool keep, done = true;
    text t = text_of(vm, argv[0]);
    if (!vm_match_keywords(vm, &k, "splitlines", 1, names, &given) || !vm_truth(vm, given, &keep)) return VM_NULL;
    vm_value list = vm_new_list_of(vm, 0, NULL);
    if (!list) return list;
    unsigned root = vm_root(vm, list);
    for (uint32_t start = 0; done && start < t.length;) {
        uint32_t end = start, next;
        while (end < t.length && t.data[end] != '\n' && t.data[end] != '\r' &&
               !(t.type == VM_T_STR && (t.data[end] == 11 || t.data[end] == 12)))
            end++;
        next = end < t.length ? end + 1 : end;
        if (next < t.length && t.data[end] == '\r' && t.data[next] == '\n') next++;
        done = push_part(vm, list, t.type, t.data + start, (keep ? next : end) - start);
        start = next;
    }
    vm_unroot(vm, root);
    return done ? list : VM_NULL;
}

static vm_value partition(vm *vm, vm_value *argv, bool last) {
    text t = text_of(vm, argv[0]), sep;
    if (!argument(vm, &t, argv[1], &sep)) return VM_NULL;
    if (!sep.length) return vm_raise(vm, VM_B_ValueError, "empty separator");
    int64_t at = vm_find_bytes(t.data, t.length, sep.data, sep.length, last);
    vm_value tuple = vm_new_tuple_of(vm, 3, NULL);
    if (!tuple) return tuple;
    unsigned root = vm_root(vm, tuple);
    uint32_t cuts[4] = {0, at < 0 ? t.length : (uint32_t)at, at < 0 ? t.length : (uint32_t)at + sep.length, t.length};
    if (at < 0 && last) cuts[1] = cuts[2] = 0;
    bool done = true;
    for (unsigned i = 0; done && i < 3; i++) {
        vm_value part = make(vm, t.type, t.data + cuts[i], cuts[i + 1] - cuts[i]);
        vm_tuple_of(vm, tuple)->items[i] = part;
        done = part != VM_NULL;
    }
    vm_unroot(vm, root);
    return done ? tuple : VM_NULL;
}

vm_value vm_str_partition(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, partition(vm, argv, false); }
vm_value vm_str_rpartition(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, partition(vm, argv, true); }

static vm_value finish(vm_writer *w, unsigned type) {
    if (type == VM_T_STR) return vm_writer_end(w);
    vm *vm = w->vm;
    vm_value v = vm_writer_end_bytes(w);
    if (v && type == VM_T_BYTEARRAY) {
        unsigned root = vm_root(vm, v);
        v = vm_new_bytearray(vm, 1, &v);
        vm_unroot(vm, root);
    }
    return v;
}

vm_value vm_str_replace(vm *vm, unsigned argc, vm_value *argv) {
    text t = text_of(vm, argv[0]), old, new;
    int32_t max = -1;
    vm_writer w;
    if (!argument(vm, &t, argv[1], &old) || !argument(vm, &t, argv[2], &new)) return VM_NULL;
    if (argc > 3 && !vm_need_index(vm, argv[3], &max)) return VM_NULL;
    vm_writer_begin(&w, vm, t.length);
    uint32_t at = 0;
    for (; max != 0; max--) {
        uint32_t next = at;
        if (old.length) {
            int64_t found = vm_find_bytes(t.data + at, t.length - at, old.data, old.length, false);
            if (found < 0) break;
            vm_put(&w, t.data + at, (uint32_t)found);
            at += (uint32_t)found + old.length;
            vm_put(&w, new.data, new.length);
        } else {
            vm_put(&w, new.data, new.length);
            if (at == t.length) break;
            if (t.type == VM_T_STR)
                vm_utf8_next(t.data, &next);
            else
                next++;
            vm_put(&w, t.data + at, next - at);
            at = next;
        }
    }
    if (at < t.length) vm_put(&w, t.data + at, t.length - at);
    return finish(&w, t.type);
}

vm_value vm_str_join(vm *vm, unsigned argc, vm_value *argv) {
    text t = text_of(vm, argv[0]);
    vm_value *items, list = argv[1];
    uint32_t n, total = 0;
    unsigned root = vm_mark_roots(vm);
    (void)argc;
    if (!vm_items(vm, list, &items, &n)) {
        list = vm_to_list(vm, list);
        if (!list) return list;
        vm_items(vm, list, &items, &n);
    }
    vm_root(vm, list);
    for (uint32_t i = 0; i < n; i++) {
        text part = text_of(vm, items[i]);
        if (!part.type || (part.type == VM_T_STR) != (t.type == VM_T_STR)) {
            vm_unroot(vm, root);
            if (t.type == VM_T_STR) return vm_raise(vm, VM_B_TypeError, "sequence item %u: expected str instance, %T found", i, items[i]);
            return vm_raise(vm, VM_B_TypeError, "sequence item %u: expected a bytes-like object, %T found", i, items[i]);
        }
        total += part.length + (i ? t.length : 0);
        if (total > 0x3FFFFFFF) return vm_unroot(vm, root), vm_memory_error(vm);
    }
    vm_value v = vm_alloc_string(vm, t.type == VM_T_STR ? VM_T_STR : VM_T_BYTES, total);
    if (v) {
        uint8_t *p = vm_str_of(vm, v)->data;
        for (uint32_t i = 0; i < n; i++) {
            text part = text_of(vm, items[i]);
            if (i) memcpy(p, t.data, t.length), p += t.length;
            memcpy(p, part.data, part.length);
            p += part.length;
        }
        if (t.type == VM_T_BYTEARRAY) {
            vm_root(vm, v);
            v = vm_new_bytearray(vm, 1, &v);
        }
    }
    vm_unroot(vm, root);
    return v;
}

/* --- case */

enum { LOWER, UPPER, SWAP, CAPITAL, TITLE };

static vm_value change_case(vm *vm, vm_value *argv, unsigned how) {
    text t = text_of(vm, argv[0]);
    vm_value v = vm_alloc_string(vm, t.type == VM_T_STR ? VM_T_STR : VM_T_BYTES, t.length);
    if (!v) return v;
    uint8_t *p = vm_str_of(vm, v)->data;
    bool first = true;
    for (uint32_t i = 0; i < t.length; i++) {
        uint8_t c = t.data[i];
        bool up = how == UPPER || (how == SWAP && is_lower(c)) || ((how == CAPITAL || how == TITLE) && first);
        if (is_lower(c) && up)
            c -= 32;
        else if (is_upper(c) && !up)
            c += 32;
        p[i] = c;
        first = how == TITLE ? !is_alpha(c) : how != CAPITAL;
    }
    if (t.type == VM_T_BYTEARRAY) {
        unsigned root = vm_root(vm, v);
        v = vm_new_bytearray(vm, 1, &v);
        vm_unroot(vm, root);
    }
    return v;
}

vm_value vm_str_lower(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, LOWER); }
vm_value vm_str_upper(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, UPPER); }
vm_value vm_str_swapcase(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, SWAP); }
vm_value vm_str_capitalize(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, CAPITAL); }
vm_value vm_str_title(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, change_case(vm, argv, TITLE); }

static vm_value every(vm *vm, vm_value *argv, bool (*is)(uint8_t)) {
    text t = text_of(vm, argv[0]);
    for (uint32_t i = 0; i < t.length; i++)
        if (!is(t.data[i])) return VM_FALSE;
    return VM_BOOL(t.length);
}

static bool is_alnum(uint8_t c) { return is_alpha(c) || is_digit(c); }
static bool is_word(uint8_t c) { return is_alnum(c) || c == '_'; }
static bool is_print(uint8_t c) { return c >= 32 && c != 127; }
static bool is_ascii(uint8_t c) { return c < 128; }
vm_value vm_str_isdigit(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, is_digit); }
vm_value vm_str_isalpha(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, is_alpha); }
vm_value vm_str_isalnum(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, is_alnum); }
vm_value vm_str_isspace(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, every(vm, argv, is_space); }
vm_value vm_str_isascii(vm *vm, unsigned argc, vm_value *argv) {
    return !text_of(vm, argv[0]).length ? VM_TRUE : ((void)argc, every(vm, argv, is_ascii));
}
vm_value vm_str_isprintable(vm *vm, unsigned argc, vm_value *argv) {
    return !text_of(vm, argv[0]).length ? VM_TRUE : ((void)argc, every(vm, argv, is_print));
}
vm_value vm_str_isidentifier(vm *vm, unsigned argc, vm_value *argv) {
    text t = text_of(vm, argv[0]);
    (void)argc;
    return t.length && is_digit(t.data[0]) ? VM_FALSE : every(vm, argv, is_word);
}

static vm_value cased(vm *vm, vm_value *argv, bool upper) {
    text t = text_of(vm, argv[0]);
    bool any = false;
    for (uint32_t i = 0; i < t.length; i++) {
        if (upper ? is_lower(t.data[i]) : is_upper(t.data[i])) return VM_FALSE;
        any |= upper ? is_upper(t.data[i]) : is_lower(t.data[i]);
    }
    return VM_BOOL(any);
}

vm_value vm_str_isupper(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, cased(vm, argv, true); }
vm_value vm_str_islower(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, cased(vm, argv, false); }

vm_value vm_str_istitle(vm *vm, unsigned argc, vm_value *argv) {
    text t = text_of(vm, argv[0]);
    bool any = false, inside = false;
    (void)argc;
    for (uint32_t i = 0; i < t.length; i++) {
        uint8_t c = t.data[i];
        if (inside ? is_upper(c) : is_lower(c)) return VM_FALSE;
        inside = is_alpha(c);
        any |= inside;
    }
    return VM_BOOL(any);
}

/* --- padding */

static vm_value pad(vm *vm, unsigned argc, vm_value *argv, unsigned how) { /* 0 left, 1 right, 2 centre, 3 zeros */
    text t = text_of(vm, argv[0]), fill = {(const uint8_t *)(how == 3 ? "0" : " "), 1, t.type};
    int32_t width;
    vm_writer w;
    if (!vm_need_index(vm, argv[1], &width)) return VM_NULL;
    if (argc > 2) {
        if (!argument(vm, &t, argv[2], &fill)) return VM_NULL;
        if ((t.type == VM_T_STR ? vm_str_count(vm, argv[2]) : fill.length) != 1)
            return vm_raise(vm, VM_B_TypeError, "The fill character must be exactly one character long");
    }
    int32_t missing = width - (int32_t)(t.type == VM_T_STR ? vm_str_count(vm, argv[0]) : t.length);
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
    return finish(&w, t.type);
}

vm_value vm_str_ljust(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 0); }
vm_value vm_str_rjust(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 1); }
vm_value vm_str_center(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 2); }
vm_value vm_str_zfill(vm *vm, unsigned argc, vm_value *argv) { return pad(vm, argc, argv, 3); }

vm_value vm_str_expandtabs(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_tabsize};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given = argc > 1 ? argv[1] : VM_SMALL(8);
    text t = text_of(vm, argv[0]);
    int32_t size, column = 0;
    vm_writer w;
    if (!vm_match_keywords(vm, &k, "expandtabs", 1, names, &given) || !vm_need_index(vm, given, &size)) return VM_NULL;
    vm_writer_begin(&w, vm, t.length + 16);
    for (uint32_t at = 0; at < t.length;) {
        uint32_t next = at;
        vm_utf8_next(t.data, &next);
        if (t.data[at] == '\t') {
            int32_t n = size > 0 ? size - column % size : 0;
            vm_put_fill(&w, (const uint8_t *)" ", 1, n);
            column += n;
        } else {
            vm_put(&w, t.data + at, next - at);
            column = t.data[at] == '\n' || t.data[at] == '\r' ? 0 : column + 1;
        }
        at = next;
    }
    return finish(&w, t.type);
}

vm_value vm_str_encode(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    (void)k; /* UTF-8 whatever is asked for; ASCII is a part of it */
    return vm_new_bytes_from(vm, vm_str_of(vm, argv[0])->data, vm_str_of(vm, argv[0])->length);
}
