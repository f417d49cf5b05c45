/* SPDX-License-Identifier: Apache-2.0 */
/* str() and repr() of every type. */
#include "text.h"

struct vm_chain {
    const struct vm_chain *outer;
    vm_value object;
};

void vm_put_escape(vm_writer *w, uint32_t c) { /* \x.., \u...., \U........ */
    unsigned digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
    vm_put_char(w, '\\');
    vm_put_char(w, digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
    while (digits) vm_put_char(w, vm_digit_text(c >> 4 * --digits & 15, false));
}

/* In quotes, of a str, bytes or bytearray. */
static void put_quoted(vm_writer *w, const text *t) {
    bool single = memchr(t->data, '\'', t->length) && !memchr(t->data, '"', t->length);
    uint8_t quote = single ? '"' : '\'';
    if (!is_str(t)) vm_put_char(w, 'b');
    vm_put_char(w, quote);
    for (uint32_t at = 0, start = 0; at < t->length; start = at) {
        uint32_t c = vm_text_next(t, &at);
        uint8_t letter = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
        if (c == quote || c == '\\' || (c == '\'' && t->type == VM_T_BYTEARRAY)) letter = (uint8_t)c;
        if (letter) {
            vm_put_char(w, '\\');
            vm_put_char(w, letter);
        } else if ((!is_str(t) && c >= 0x80) || !(vm_kind(c) & K_PRINT))
            vm_put_escape(w, c);
        else
            vm_put(w, t->data + start, at - start);
    }
    vm_put_char(w, quote);
}

static void put_address(vm_writer *w, vm_value v) {
    char text[VM_INT_TEXT];
    vm_put_text(w, " at 0x");
    vm_put(w, text, vm_int_text(text, vm_is_object(v) ? v - w->vm->heap : 0, 16, false)); /* the same on a board and on the host */
}

bool vm_write_default_repr(vm_writer *w, vm_value v) {
    vm_value type = vm_type_of(w->vm, v);
    if (vm_is(w->vm, v, VM_T_EXCEPTION)) {
        const vm_tuple *args = vm_tuple_of(w->vm, vm_exception_of(w->vm, v)->args);
        vm_put_type_name(w, type);
        if (args->length != 1) return vm_write_repr(w, vm_exception_of(w->vm, v)->args);
        vm_put_char(w, '(');
        if (!vm_write_repr(w, args->items[0])) return false;
        vm_put_char(w, ')');
        return true;
    }
    vm_put_char(w, '<');
    if (vm_is_object(type)) vm_printf(w, "%N.", vm_class_module(w->vm, type));
    vm_put_type_name(w, type);
    vm_put_text(w, " object");
    if (vm_is(w->vm, v, VM_T_GENERATOR))
        vm_printf(w, " %N", vm_func_name(w->vm, vm_func_of(w->vm, vm_generator_of(w->vm, v)->function), true));
    put_address(w, v);
    vm_put_char(w, '>');
    return true;
}

static bool write_items(vm_writer *w, vm_value v, const char *open, const char *close) {
    vm_value *items;
    uint32_t n;
    vm_put_text(w, open);
    for (uint32_t i = 0; vm_items(w->vm, v, &items, &n) && i < n; i++) {
        if (i) vm_put_text(w, ", ");
        if (!vm_write_repr(w, items[i])) return false;
    }
    if (n == 1 && open[0] == '(') vm_put_char(w, ',');
    vm_put_text(w, close);
    return true;
}

static bool write_entries(vm_writer *w, vm_value v, unsigned kind, const char *open,
                          const char *close) { /* 0 keys, 1 values, 2 items, 3 pairs */
    uint32_t at = 0;
    vm_value key, value;
    bool first = true;
    vm_put_text(w, open);
    while (vm_dict_next(w->vm, v, &at, &key, &value)) {
        if (!first) vm_put_text(w, ", ");
        first = false;
        unsigned root = vm_root(w->vm, key);
        vm_root(w->vm, value);
        if (kind == 2) vm_put_char(w, '(');
        bool done = kind == 1 || vm_write_repr(w, key);
        if (kind >= 2) vm_put_text(w, kind == 2 ? ", " : ": ");
        if (done && kind) done = vm_write_repr(w, value);
        if (kind == 2) vm_put_char(w, ')');
        vm_unroot(w->vm, root);
        if (!done) return false;
    }
    vm_put_text(w, close);
    return true;
}

static bool write_container(vm_writer *w, vm_value v) {
    vm *vm = w->vm;
    unsigned type = vm_head(vm, v)->type;
    struct vm_chain link = {vm->chain, v};
    for (const struct vm_chain *c = vm->chain; c; c = c->outer)
        if (c->object == v) {
            if (type == VM_T_SET)
                vm_printf(w, "%T(...)", v);
            else
                vm_put_text(w, type == VM_T_DICT ? "{...}" : type == VM_T_TUPLE ? "(...)" : type == VM_T_LIST ? "[...]" : "...");
            return true;
        }
    if (!vm_enter(vm, " while getting the repr of an object")) return false;
    vm->chain = &link;
    bool done;
    static const char *const views[] = {"dict_keys([", "dict_values([", "dict_items(["};
    switch (type) {
    case VM_T_LIST: done = write_items(w, v, "[", "]"); break;
    case VM_T_TUPLE:
#if VM_FEATURE_RARE
        if (vm_is_union(vm, v)) {
            done = vm_write_union(w, v);
            break;
        }
#endif
        done = write_items(w, v, "(", ")");
        break;
    case VM_T_DICT: done = write_entries(w, v, 3, "{", "}"); break;
    case VM_T_SET:
        /* {1}, set(), frozenset({1}), Derived({1}) */
        if (vm_head(vm, v)->aux || vm_is_instance(vm, v) || !vm_dict_of(vm, v)->used)
            vm_printf(w, "%T(", v);
        else
            type = 0;
        done = !vm_dict_of(vm, v)->used || write_entries(w, v, 0, "{", "}");
        if (type) vm_put_char(w, ')');
        break;
    default: done = write_entries(w, vm_view_of(vm, v)->dict, vm_head(vm, v)->aux, views[vm_head(vm, v)->aux], "])"); break;
    }
    vm->chain = link.outer;
    vm->depth--;
    return done && !w->failed;
}

static bool write_method_result(vm_writer *w, vm_value method, vm_value v, const char *name) {
    vm *vm = w->vm;
    vm_value s = vm_call(vm, method, 1, &v);
    if (!s) return false;
    if (!vm_is(vm, s, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "%s returned non-string (type %T)", name, s), false;
    unsigned root = vm_root(vm, s);
    vm_put(w, vm_str_of(vm, s)->data, vm_str_of(vm, s)->length);
    vm_unroot(vm, root);
    return !w->failed;
}

bool vm_write_repr(vm_writer *w, vm_value v) {
    vm *vm = w->vm;
    vm_value m = vm_special(vm, v, VM_N_repr);
    static const char *const constants[] = {"None", "False", "True", "<unbound>", "NotImplemented", "Ellipsis"};
    if (m) return write_method_result(w, m, v, "__repr__");
    v = vm_bare(vm, v);
    if (VM_FEATURE_MODULES && vm_is_module(v))
        vm_printf(w, "<module '%N'>", vm->modules[vm_module_number(v)].name);
    else if (vm_is_const(v))
        vm_put_text(w, v >> 3 < 6 ? constants[v >> 3] : "?");
    else if (vm_is_int(vm, v)) {
        char room[VM_INT_TEXT];
        uint32_t n;
        vm_value holder;
        const uint8_t *digits = vm_int_digits(vm, v, 10, false, room, &n, &holder);
        if (!digits) return false;
        unsigned root = vm_root(vm, holder);
        vm_put(w, digits, n);
        vm_unroot(vm, root);
    } else if (vm_is_float(v)) {
#if VM_FLOAT
        vm_put_float(w, vm_float_of(vm, v));
#endif
    } else if (vm_is_builtin(v)) {
        if (vm_is_class(vm, v))
            vm_printf(w, "<class '%C'>", v);
        else {
            vm_put_text(w, "<built-in function ");
            vm_put_native_name(w, vm_builtin_number(v));
            vm_put_char(w, '>');
        }
    } else {
        switch (vm_head(vm, v)->type) {
        case VM_T_STR:
        case VM_T_BYTES:
        case VM_T_BYTEARRAY: {
            text t = vm_text_of(vm, v);
            bool array = t.type == VM_T_BYTEARRAY;
            if (array) vm_printf(w, "%T(", v);
            put_quoted(w, &t);
            if (array) vm_put_char(w, ')');
            break;
        }
        case VM_T_LIST:
        case VM_T_TUPLE:
        case VM_T_DICT:
        case VM_T_SET:
        case VM_T_VIEW: return write_container(w, v);
        case VM_T_RANGE:
        case VM_T_SLICE: {
            const vm_range *r = vm_range_of(vm, v);
            bool slice = r->h.type == VM_T_SLICE;
            vm_printf(w, "%s(%R, %R", slice ? "slice" : "range", r->start, r->stop);
            if (slice || r->step != VM_SMALL(1)) vm_printf(w, ", %R", r->step);
            vm_put_char(w, ')');
            break;
        }
        case VM_T_CLASS:
            if (VM_FEATURE_RARE && vm_class_module(vm, v) == VM_N_builtins)
                vm_printf(w, "<class '%N'>", vm_class_name(vm, v, true));
            else
                vm_printf(w, "<class '%N.%N'>", vm_class_module(vm, v), vm_class_name(vm, v, true));
            break;
        case VM_T_FUNCTION:
            vm_printf(w, "<function %N", vm_func_name(vm, vm_func_of(vm, v), true));
            put_address(w, v);
            vm_put_char(w, '>');
            break;
        case VM_T_METHOD:
            m = vm_method_of(vm, v)->function;
            if (vm_is(vm, m, VM_T_FUNCTION)) {
                vm_printf(w, "<bound method %N of ", vm_func_name(vm, vm_func_of(vm, m), true));
                if (!vm_write_repr(w, vm_method_of(vm, v)->self)) return false;
                vm_put_char(w, '>');
            } else {
                vm_put_text(w, "<built-in method ");
                if (vm_is_builtin(m)) vm_put_name(w, vm_method_name(vm_builtin_number(m)));
                vm_printf(w, " of %T object", vm_method_of(vm, v)->self);
                put_address(w, vm_method_of(vm, v)->self);
                vm_put_char(w, '>');
            }
            break;
        case VM_T_INSTANCE:
        case VM_T_EXCEPTION:
            if (vm_head(vm, v)->type == VM_T_EXCEPTION) { /* its arguments may lead back to it */
                if (!vm_enter(vm, "")) return false;
                bool done = vm_write_default_repr(w, v);
                vm->depth--;
                return done;
            }
            return vm_write_default_repr(w, v);
#if VM_MEMORYVIEW
        case VM_T_MEMORYVIEW:
            if (vm_is_array(vm, v)) return vm_array_repr(w, v);
            vm_put_text(w, vm_head(vm, v)->aux ? "<memory" : "<released memory");
            put_address(w, v);
            vm_put_char(w, '>');
            break;
#endif
        default: return vm_write_default_repr(w, v);
        }
    }
    return !w->failed;
}

bool vm_write_exception_message(vm_writer *w, vm_value e) {
    vm *vm = w->vm;
    const vm_tuple *args = vm_tuple_of(vm, vm_exception_of(vm, e)->args);
    if (vm_exception_is(vm, e, VM_B_OSError) && args->length == 2) {
        vm_put_text(w, "[Errno ");
        if (!vm_write_str(w, args->items[0])) return false;
        vm_put_text(w, "] ");
        return vm_write_str(w, args->items[1]);
    }
    if (!args->length) return true;
#if VM_FEATURE_RARE
    if (vm_write_unicode_error(w, e)) return !w->failed;
#endif
    if (args->length > 1) return vm_write_repr(w, vm_exception_of(vm, e)->args);
    return vm_exception_is(vm, e, VM_B_KeyError) ? vm_write_repr(w, args->items[0]) : vm_write_str(w, args->items[0]);
}

bool vm_write_str(vm_writer *w, vm_value v) {
    vm *vm = w->vm;
    vm_value m = vm_special(vm, v, VM_N_str);
    if (m) return write_method_result(w, m, v, "__str__");
    switch (vm_object_type(vm, v)) {
    case VM_T_STR: vm_put(w, vm_str_of(vm, v)->data, vm_str_of(vm, v)->length); return !w->failed;
    case VM_T_EXCEPTION:
        if (!vm_enter(vm, "")) return false;
        bool done = vm_write_exception_message(w, v);
        vm->depth--;
        return done;
    default: break;
    }
    return vm_write_repr(w, v);
}

static vm_value as_text(vm *vm, vm_value v, bool repr) {
    vm_writer w;
    unsigned root = vm_root(vm, v);
    vm_writer_begin(&w, vm, 24);
    bool done = repr ? vm_write_repr(&w, v) : vm_write_str(&w, v);
    if (!done) w.failed = true;
    vm_value s = vm_writer_end(&w);
    vm_unroot(vm, root);
    return s;
}

vm_value vm_repr(vm *vm, vm_value v) { return as_text(vm, v, true); }

vm_value vm_to_str(vm *vm, vm_value v) {
    if (vm_is_exactly(vm, v, VM_T_STR)) return v;
    return as_text(vm, v, false);
}

vm_value vm_bi_repr(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_repr(vm, argv[0]); }

vm_value vm_bi_ascii(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    vm_value s = vm_repr(vm, argv[0]);
    if (!s || vm_is_ascii(vm, s)) return s;
    vm_writer w;
    unsigned root = vm_root(vm, s);
    vm_writer_begin(&w, vm, vm_str_of(vm, s)->length);
    for (uint32_t at = 0; at < vm_str_of(vm, s)->length;) {
        uint32_t c = vm_utf8_next(vm_str_of(vm, s)->data, &at);
        if (c < 0x80)
            vm_put_char(&w, (uint8_t)c);
        else
            vm_put_escape(&w, c);
    }
    s = vm_writer_end(&w);
    vm_unroot(vm, root);
    return s;
}
