/* SPDX-License-Identifier: Apache-2.0 */
/* Calls. The callee's window begins at its first argument, in the caller's window; its frame record goes below the caller's, from the other
 * end of the segment. When the two would meet, the callee gets a new segment and its arguments are copied there: windows never move, so
 * pointers into them stay good. */
#include "thread.h"

enum {
    ROOM_BEFORE = 6, /* words before arguments in an object of their own, for the objects whose method is called */
};

/* --- binding arguments to parameters, all but the simplest case */

static bool too_many(vm *vm, const vbc_func *f, unsigned defaults, unsigned given, unsigned keywords) {
    const char *were = given == 1 ? "was" : "were";
    char text[80];
    vm_writer w;
    vm_writer_fixed(&w, vm, text, sizeof text - 1);
    if (VM_FEATURE_RARE && keywords)
        vm_printf(&w, " positional argument%s (and %d keyword-only argument%s)", given == 1 ? "" : "s", keywords, keywords == 1 ? "" : "s");
    if (VM_FEATURE_RARE && keywords) were = "were";
    text[w.length] = 0;
    if (defaults)
        vm_raise(vm, VM_B_TypeError, "%N() takes from %d to %d positional arguments but %d%s %s given", vm_func_name(vm, f, true),
                 f->nargs - defaults, f->nargs, given, text, were);
    else
        vm_raise(vm, VM_B_TypeError, "%N() takes %d positional argument%s but %d%s %s given", vm_func_name(vm, f, true), f->nargs,
                 f->nargs == 1 ? "" : "s", given, text, were);
    return false;
}

static bool missing(vm *vm, const vbc_func *f, const vm_value *args, unsigned from, unsigned to, const char *what) {
    unsigned count = 0, seen = 0;
    for (unsigned i = from; i < to; i++) count += args[i] == VM_UNBOUND;
    if (!count) return true;
    vm_writer w;
    vm_writer_begin(&w, vm, 64);
    vm_printf(&w, "%N() missing %d required %s argument%s: ", vm_func_name(vm, f, true), count, what, count == 1 ? "" : "s");
    for (unsigned i = from; i < to; i++) {
        if (args[i] != VM_UNBOUND) continue;
        if (seen) vm_put_text(&w, seen + 1 < count ? ", " : count == 2 ? " and " : ", and ");
        vm_printf(&w, "'%N'", vm_func_parameter(vm, f, i));
        seen++;
    }
    int root = w.root;
    vm_value text = vm_writer_end(&w);
    if (text) {
        vm->roots[root] = text;
        vm->root_count = (unsigned)root + 1;
        vm_raise_value(vm, VM_B_TypeError, text);
        vm_unroot(vm, (unsigned)root);
    }
    return false;
}

static bool unexpected(vm *vm, const vbc_func *f, unsigned name, unsigned kwc, const uint32_t *kw_words) {
    vm_writer w;
    char text[80];
    vm_writer_fixed(&w, vm, text, sizeof text - 1);
    for (unsigned i = 0, n = vm_func_rare(vm, f, VM_RARE_POSONLY); i < n; i++)
        for (unsigned k = 0; k < kwc; k++)
            if (kw_words[k] >> 16 == vm_func_parameter(vm, f, i)) vm_printf(&w, "%s%N", w.length ? ", " : "", vm_func_parameter(vm, f, i));
    text[w.length] = 0;
    if (w.length)
        vm_raise(vm, VM_B_TypeError, "%N() got some positional-only arguments passed as keyword arguments: '%s'", vm_func_name(vm, f, true),
                 text);
    else
        vm_raise(vm, VM_B_TypeError, "%N() got an unexpected keyword argument '%N'", vm_func_name(vm, f, true), name);
    return false;
}

static bool same_name(vm *vm, vm_value key, unsigned name) {
    const uint8_t *text;
    uint32_t length;
    if (vm_is_small(key)) return (unsigned)vm_small(key) == name;
    if (!vm_is(vm, key, VM_T_STR) || !vm_name_text(vm, name, &text, &length)) return false;
    return vm_str_of(vm, key)->length == length && !memcmp(vm_str_of(vm, key)->data, text, length);
}

/* Arranges args[0 .. argc + kwc) into the registers of the callee; args has room for max(nregs, argc) + kwc. */
static bool bind(vm *vm, vm_value function, vm_value *args, unsigned argc, unsigned kwc, const uint32_t *kw_words) {
    const vbc_func *f = vm_func_of(vm, function);
    const vm_function *object = vm_function_of(vm, function);
    unsigned npos = f->nargs, base = argc > f->nregs ? argc : f->nregs;
    unsigned kwonly = npos + ((f->flags & VBC_VARARGS) != 0), varkw = kwonly + vm_func_rare(vm, f, VM_RARE_KWONLY);
    unsigned defaults = vm_is(vm, object->defaults, VM_T_TUPLE) ? vm_tuple_of(vm, object->defaults)->length : 0;
    vm_value *kw = args + base, dict = VM_NULL;
    if (defaults > npos) defaults = npos;
    memmove(kw, args + argc, kwc * sizeof *args);
    for (unsigned i = argc; i < base; i++) args[i] = VM_UNBOUND;
    vm->bind_from = args - 1;
    vm->bind_to = kw + kwc;

    if (f->flags & VBC_VARARGS) {
        unsigned rest = argc > npos ? argc - npos : 0;
        vm_value t = vm_new_tuple_of(vm, rest, args + npos);
        if (!t) return false;
        for (unsigned i = npos; i < argc; i++) args[i] = VM_UNBOUND;
        args[npos] = t;
    } else
        for (unsigned i = npos; i < argc; i++) args[i] = VM_UNBOUND; /* too many, but wrong keywords are told first */
    if (f->flags & VBC_VARKW) {
        dict = vm_new_dict_sized(vm, 0);
        if (!dict) return false;
        args[varkw] = dict;
    }
    for (unsigned k = 0; k < kwc; k++) {
        unsigned name = kw_words[k] >> 16, reg = vm_func_rare(vm, f, VM_RARE_POSONLY);
        while (reg < varkw && (vm_func_parameter(vm, f, reg) != name || (reg == npos && kwonly != npos))) reg++;
        if (reg < varkw) {
            if (args[reg] != VM_UNBOUND)
                return vm_raise(vm, VM_B_TypeError, "%N() got multiple values for argument '%N'", vm_func_name(vm, f, true), name), false;
            args[reg] = kw[k];
        } else if (dict) {
            vm_value key = vm_name_str(vm, name);
            if (!key) return false;
            unsigned root = vm_root(vm, key);
            int there = vm_set_has(vm, dict, key);
            bool done = there == 0 && vm_dict_set(vm, dict, key, kw[k]);
            vm_unroot(vm, root);
            if (there > 0)
                vm_raise(vm, VM_B_TypeError, "%N() got multiple values for keyword argument '%N'", vm_func_name(vm, f, true), name);
            if (!done) return false;
        } else
            return unexpected(vm, f, name, kwc, kw_words);
    }
    if (argc > npos && !(f->flags & VBC_VARARGS)) {
        unsigned given_keywords = 0;
        for (unsigned reg = kwonly; VM_FEATURE_RARE && reg < varkw; reg++) given_keywords += args[reg] != VM_UNBOUND;
        return too_many(vm, f, defaults, argc, given_keywords);
    }
    for (unsigned i = 0; i < defaults; i++) {
        vm_value *arg = &args[npos - defaults + i];
        if (*arg == VM_UNBOUND) *arg = vm_tuple_of(vm, object->defaults)->items[i];
    }
    if (!missing(vm, f, args, 0, npos, "positional")) return false;
    if (f->flags & VBC_KWONLY && vm_is(vm, object->kwdefaults, VM_T_DICT)) {
        uint32_t at = 0;
        vm_value key, value;
        while (vm_dict_next(vm, object->kwdefaults, &at, &key, &value))
            for (unsigned reg = kwonly; reg < varkw; reg++)
                if (args[reg] == VM_UNBOUND && same_name(vm, key, vm_func_parameter(vm, f, reg))) args[reg] = value;
    }
    return missing(vm, f, args, kwonly, varkw, "keyword-only");
}

/* Whether arguments are in an object of their own, since a call with * has more than a window takes: vm_start_callx(). */
static bool in_object(const vm *vm, const vm_value *args) {
    const vm_thread *t = &vm->thread; /* a thread that begins has a segment, but no frame yet */
    return VM_WIDE_CALLS && (args < vm_stack_of(vm, t->segment)->data || args > (const vm_value *)t->fp);
}

static bool enter(vm *vm, vm_value function, vm_value *args, unsigned argc, unsigned kwc, const uint32_t *kw_words, unsigned dest,
                  unsigned kind) {
    const vbc_func *f = vm_func_of(vm, function);
    vm_thread *t = &vm->thread;
    unsigned root = vm_mark_roots(vm);
    vm_value segment = VM_NULL, *given = NULL;
    if (in_object(vm, args)) { /* arranged where they are: only the callee's registers go into its window */
        bool done = bind(vm, function, args, argc, kwc, kw_words);
        vm->bind_from = NULL;
        if (!done) return false;
        given = args;
        argc = f->nregs, kwc = 0;
        args = vm_window_end(vm) + 2;
    }
    unsigned words = (argc > f->nregs ? argc : f->nregs) + kwc;
    vm_frame *frame = t->fp - 1;
    vm_root(vm, function);
    if (args + words + VM_STACK_SLACK > (vm_value *)frame) {
        /* The arguments may lie behind the window, where nobody else knows of them. */
        if (!given) {
            vm->bind_from = args - 1;
            vm->bind_to = args + argc + kwc;
        }
        segment = vm_new_segment(vm, words);
        vm->bind_from = NULL;
        if (!segment) return vm_unroot(vm, root), false;
        vm_stack *s = vm_stack_of(vm, segment);
        memcpy(s->data, (given ? given : args) - 1, (argc + kwc + 1) * sizeof *args);
        args = s->data + 1;
        frame = (vm_frame *)((uint8_t *)s + s->size) - 1;
        vm_root(vm, segment);
    } else if (given) {
        args[-2] = VM_NONE; /* between the two windows: a collection looks there too */
        memcpy(args - 1, given - 1, (argc + 1) * sizeof *args);
    }
    bool done = true;
    if (given) {
    } else if (f->nargs == argc && !(f->flags & VBC_ARRANGED) && !kwc) {
        for (unsigned i = argc, n = f->nregs; i < n; i++) args[i] = VM_UNBOUND;
    } else {
        done = bind(vm, function, args, argc, kwc, kw_words);
        vm->bind_from = NULL;
    }
    vm_unroot(vm, root);
    if (!done) {
        if (segment) vm_release(vm, segment);
        return false;
    }
    if (segment) {
        vm_link_segment(vm, segment);
        kind |= VM_K_SEGMENT;
    }
    *frame = (vm_frame){f->code_offset, VM_REF(vm, args), function, (uint8_t)kind, 0, (uint16_t)dest};
    t->fp = frame;
    return true;
}

/* The frame of the program's body. */
bool vm_push_first(vm *vm, vm_value function) {
    const vbc_func *f = vm_func_of(vm, function);
    vm_thread *t = &vm->thread;
    memset(t, 0, sizeof *t);
    unsigned root = vm_root(vm, function);
    vm_value segment = vm_new_segment(vm, f->nregs > VM_STACK_WORDS ? f->nregs : VM_STACK_WORDS);
    vm_unroot(vm, root);
    if (!segment) return false;
    vm_stack *s = vm_stack_of(vm, segment);
    s->previous = s->resume = VM_NULL;
    t->segment = segment;
    t->stack_bytes = s->size;
    t->fp = (vm_frame *)((uint8_t *)s + s->size) - 1;
    for (unsigned i = 0; i <= f->nregs; i++) s->data[i] = VM_UNBOUND;
    *t->fp = (vm_frame){f->code_offset, VM_REF(vm, s->data + 1), function, VM_K_BOUNDARY | VM_K_SEGMENT, 0, 0};
    return true;
}

/* --- calls of any value */

/* Room for the arguments of a call that a window has not room for; *holder, to be rooted, is the tuple that they are in. Before them is
 * room for objects whose method the callee is, behind them for a function's registers and for the names of the keywords, which look like
 * ints. */
static vm_value *room_for(vm *vm, uint32_t argc, uint32_t kwc, const char *none, vm_value *holder) {
    enum { REGISTERS = 256 };
    *holder = VM_WIDE_CALLS ? vm_new_tuple_of(vm, ROOM_BEFORE + 2 + argc + REGISTERS + 2 * kwc, NULL) : VM_NULL;
    if (*holder) return vm_tuple_of(vm, *holder)->items + ROOM_BEFORE + 2;
    if (!VM_WIDE_CALLS) vm_raise(vm, VM_B_RecursionError, none);
    return NULL;
}

/* A builtin that only calls a method of its argument, written in Python: that method becomes the call, so that recursion through str(),
 * repr(), len() takes no C stack. */
static vm_value through(vm *vm, unsigned number, vm_value object, unsigned *kind) {
    vm_value m = VM_NULL;
    *kind = VM_K_DEST;
    switch (number) {
    case VM_B_str:
        m = vm_special(vm, object, VM_N_str);
        *kind = VM_K_STR;
        if (m || !vm_is(vm, object, VM_T_INSTANCE)) break; /* fall through */
    case VM_B_repr:
        m = vm_special(vm, object, VM_N_repr);
        *kind = VM_K_REPR;
        break;
    case VM_B_len: m = vm_special(vm, object, VM_N_len), *kind = VM_K_LENGTH; break;
    case VM_B_iter: m = vm_special(vm, object, VM_N_iter), *kind = VM_K_ITER; break;
    case VM_B_next: m = vm_special(vm, object, VM_N_next); break;
    case VM_B_abs: m = vm_special(vm, object, VM_N_abs); break;
    case VM_B_bool: m = vm_special(vm, object, VM_N_bool_), *kind = VM_K_TRUTH; break;
    default: break;
    }
    if (!m || !vm_is(vm, m, VM_T_FUNCTION)) return VM_NULL;
    return m;
}

/* A new instance, and its __init__. *init VM_NULL: none is to be called. */
static vm_value construct(vm *vm, vm_value class_, vm_value *args, unsigned argc, unsigned kwc, const uint32_t *kw_words, vm_value *init) {
    const vm_class *c = vm_class_of(vm, class_);
    vm_value v;
    if (VM_FEATURE_DESCRIPTORS && c->h.flags & VM_CLASS_NEW) {
        vm_value new_ = vm_class_lookup(vm, class_, VM_N_new_);
        if (vm_is(vm, new_, VM_T_WRAPPER)) new_ = vm_wrapper_of(vm, new_)->get;
        v = vm_call_keywords(vm, new_, class_, argc, args, kwc, kw_words);
        *init = VM_NULL;
        if (!v || !vm_subclass(vm, vm_type_of(vm, v), class_)) return v;
        class_ = vm_type_of(vm, v);
        c = vm_class_of(vm, class_);
    } else
        v = vm_new_instance(vm, class_, argc, args, kwc, kw_words);
    if (!v) return v;
    *init = vm_class_lookup(vm, class_, VM_N_init);
    if (!vm_is_builtin(*init)) return v;
    bool exception = c->h.flags & VM_CLASS_EXCEPTION;
    if (c->builtin == VM_B_object || exception) {
        if (c->h.flags & VM_CLASS_NEW && !exception) argc = kwc = 0;
        *init = VM_NULL;
#if VM_FEATURE_DESCRIPTORS
        if (exception && c->h.flags & VM_CLASS_NEW) { /* BaseException.__init__: whatever __new__ has made of the arguments */
            unsigned root = vm_root(vm, v);
            vm_value given = vm_new_tuple_of(vm, argc, args);
            vm_unroot(vm, root);
            if (!given) return given;
            vm_exception_of(vm, v)->args = given;
        }
#endif
        if (!kwc && (!argc || exception)) return v;
        return vm_raise(vm, VM_B_TypeError, exception ? "%C() takes no keyword arguments" : "%C() takes no arguments", class_);
    }
    if (vm_builtin_number(*init) == VM_B_COUNT + (unsigned)vm_method_number(VM_B_object, VM_N_init)) *init = VM_NULL; /* a str, an int */
    return v;
}

vm_value vm_wait_begun(vm *vm, unsigned dest, unsigned kind) {
    if (kind != VM_K_DEST || vm->nest) return vm_wait_here(vm);
    vm->thread.dest = (uint16_t)dest;
    vm->attention = true;
    return VM_NONE; /* for now */
}

vm_call_result vm_start_call(vm *vm, vm_value callee, vm_value *args, unsigned argc, unsigned kwc, const uint32_t *kw_words, unsigned dest,
                             unsigned kind) {
    vm_frame *fp = vm->thread.fp;
    bool first_used = false;
    unsigned before = ROOM_BEFORE;
    for (;;) {
        if (vm_is_builtin(callee)) {
            unsigned number = vm_builtin_number(callee), through_kind;
            if (argc == 1 && !kwc && kind == VM_K_DEST && vm_is_instance(vm, args[0])) {
                vm_value m = through(vm, number, args[0], &through_kind);
                if (m) {
                    callee = m;
                    kind = through_kind;
                    continue;
                }
            }
            if (argc && !kwc && vm_is(vm, args[0], VM_T_GENERATOR)) {
                bool done;
                vm_call_result called = vm_generator_call(vm, number, argc, args, dest, kind, &done);
                if (done) return called;
            }
            vm_value v = vm_call_native(vm, number, argc, args, kwc, kw_words);
            if (VM_UNLIKELY(v == VM_WOULD_BLOCK)) v = vm_wait_begun(vm, dest, kind);
            vm->result = v && kind == VM_K_INIT ? ((vm_value *)VM_PTR(vm, fp->window))[dest] : v;
            return v ? VM_CALL_VALUE : VM_CALL_ERROR;
        }
        vm_value self;
        switch (vm_object_type(vm, callee)) {
        case VM_T_FUNCTION: return enter(vm, callee, args, argc, kwc, kw_words, dest, kind) ? VM_CALL_FRAME : VM_CALL_ERROR;
        case VM_T_METHOD:
            self = vm_method_of(vm, callee)->self;
            callee = vm_method_of(vm, callee)->function;
            break;
        case VM_T_WRAPPER: callee = vm_wrapper_of(vm, callee)->get; continue;
        case VM_T_CLASS: {
            vm_value class_ = callee;
#if VM_FEATURE_METACLASSES
            vm_value meta_call = vm_special(vm, class_, VM_N_call);
            if (meta_call) {
                self = class_;
                callee = meta_call;
                break;
            }
#endif
            self = construct(vm, class_, args, argc, kwc, kw_words, &callee);
            if (!self) return VM_CALL_ERROR;
            vm->result = self;
            if (!callee) return VM_CALL_VALUE;
            if (kind != VM_K_DEST) { /* a class where a method is looked for: nobody would put the instance anywhere */
                unsigned root = vm_root(vm, self);
                vm_value none = vm_call_keywords(vm, callee, self, argc, args, kwc, kw_words);
                vm_unroot(vm, root);
                vm->result = self;
                return none ? VM_CALL_VALUE : VM_CALL_ERROR;
            }
            vm_value *place = (vm_value *)VM_PTR(vm, fp->window) + dest;
            *place = self;
            kind = VM_K_INIT;
            if (place == args - 1) first_used = true;
            break;
        }
        default: /* an instance, of a class derived from a builtin type too */
            self = callee;
            vm->result = self; /* what a property gave is nowhere else */
            callee = vm_special(vm, self, VM_N_call);
            if (!callee) vm_raise(vm, VM_B_TypeError, "'%T' object is not callable", self);
            if (!callee) return VM_CALL_ERROR;
            break;
        }
        /* self goes before the arguments: into args[-1] once, then they move up. */
        if (in_object(vm, args)) {
            if (!before--) {
                vm_raise(vm, VM_B_RecursionError, "maximum recursion depth exceeded");
                return VM_CALL_ERROR;
            }
            *--args = self;
        } else if (first_used) {
            vm_value *end = args + argc + kwc + 1;
            if (end + 1 > (vm_value *)(fp - 1)) {
                vm_raise(vm, VM_B_RecursionError, "maximum recursion depth exceeded");
                return VM_CALL_ERROR;
            }
            memmove(args + 1, args, (argc + kwc) * sizeof *args);
            args[0] = self;
        } else {
            *--args = self;
            first_used = true;
        }
        argc++;
    }
}

/* "f() argument after * must be an iterable, not int", with the callee's name as CPython's messages have it. */
static vm_value bad_star(vm *vm, vm_value callee, const char *format, vm_value v) {
    vm_writer w;
    char text[80];
    vm_writer_fixed(&w, vm, text, sizeof text - 1);
#if VM_FEATURE_RARE
    if (vm_is(vm, callee, VM_T_METHOD)) callee = vm_method_of(vm, callee)->function;
    if (vm_is(vm, callee, VM_T_FUNCTION))
        vm_printf(&w, "__main__.%N()", vm_func_name(vm, vm_func_of(vm, callee), true));
    else if (vm_is(vm, callee, VM_T_CLASS))
        vm_printf(&w, "__main__.%C()", callee);
    else if (vm_is_builtin(callee))
        vm_put_native_name(&w, vm_builtin_number(callee)), vm_put_text(&w, "()");
    else
        vm_printf(&w, "%T object", callee);
#else
    vm_printf(&w, "%T", callee);
#endif
    text[w.length] = 0;
    return vm_raise(vm, VM_B_TypeError, format, text, v);
}

/* **other in a call: R[A] = dict, so far. */
bool vm_merge_keywords(vm *vm, vm_value callee, vm_value dict, vm_value other) {
    uint32_t at = 0;
    vm_value key, value;
    if (!vm_is(vm, dict, VM_T_DICT)) return vm_bad_operand(vm, dict);
    if (!vm_is(vm, other, VM_T_DICT) && !vm_special(vm, other, VM_N_keys))
        return bad_star(vm, callee, "%s argument after ** must be a mapping, not %T", other), false;
    other = vm_is(vm, other, VM_T_DICT) ? other : vm_new_dict(vm, 1, &other);
    if (!other) return false;
    unsigned root = vm_root(vm, other);
    bool done = true;
    while (done && vm_dict_next(vm, other, &at, &key, &value)) {
        int there = vm_set_has(vm, dict, key);
        if (there > 0) bad_star(vm, callee, "%s got multiple values for keyword argument %R", key);
        done = !there && vm_dict_set(vm, dict, key, value);
    }
    vm_unroot(vm, root);
    return done;
}

/* CALLX: R[A] = R[A](*R[A+1], **R[A+2]). */
vm_call_result vm_start_callx(vm *vm, vm_value *base, unsigned dest) {
    vm_value *items = NULL, key, value, holder = VM_NULL;
    uint32_t argc = 0, kwc = 0, at = 0, few[16], *words = few;
    vm_frame *fp = vm->thread.fp;
    if (!vm_is(vm, base[1], VM_T_LIST) && !vm_is(vm, base[1], VM_T_TUPLE)) {
        vm_value list = vm_to_list(vm, base[1]);
        if (!list && vm_take_exception(vm, VM_B_TypeError))
            bad_star(vm, base[0], "%s argument after * must be an iterable, not %T", base[1]);
        if (!list) return VM_CALL_ERROR;
        base[1] = list;
    }
    if (vm_special(vm, base[2], VM_N_keys) && !vm_is(vm, base[2], VM_T_DICT)) {
        vm_value dict = vm_new_dict(vm, 1, &base[2]);
        if (!dict) return VM_CALL_ERROR;
        base[2] = dict;
    }
    if (vm_is(vm, base[2], VM_T_DICT))
        kwc = vm_dict_of(vm, base[2])->used;
    else if (base[2] != VM_NONE)
        return bad_star(vm, base[0], "%s argument after ** must be a mapping, not %T", base[2]), VM_CALL_ERROR;
    vm_items(vm, base[1], &items, &argc);
    vm_value *args = vm_window_end(vm) + 2;
    unsigned root = vm_mark_roots(vm);
    /* The segment may be too short for the arguments, but the callee's frame must find them in one piece. */
    if (argc + kwc > 200 || kwc > sizeof few / sizeof *few || args + argc + kwc + 4 > (vm_value *)(fp - 1)) {
        args = room_for(vm, argc, kwc, "too many arguments in a call with *", &holder);
        if (!args) return VM_CALL_ERROR;
        vm_root(vm, holder);
        vm_items(vm, base[1], &items, &argc);
        words = args + vm_tuple_of(vm, holder)->length - (uint32_t)(args - vm_tuple_of(vm, holder)->items) - kwc;
    } else
        fp->extent = (uint8_t)(argc + kwc + 2);
    for (uint32_t i = 0; i < argc; i++) args[i] = items[i];
    for (uint32_t i = argc; i < argc + kwc; i++) args[i] = VM_NONE;
    args[-1] = args[-2] = VM_NONE;
    vm_call_result result = VM_CALL_ERROR;
    uint32_t i = 0;
    for (; i < kwc && vm_dict_next(vm, base[2], &at, &key, &value); i++) {
        int name = -1;
        if (!vm_is(vm, key, VM_T_STR))
            vm_raise(vm, VM_B_TypeError, "keywords must be strings");
        else
            name = vm_name_id(vm, key, true);
        if (name < 0) goto out;
        words[i] = VM_SMALL((uint32_t)name << 15);
        args[argc + i] = value;
    }
    result = vm_start_call(vm, base[0], args, argc, kwc, words, dest, VM_K_DEST);
out:
    fp->extent = 0;
    vm_unroot(vm, root);
    vm_release(vm, holder);
    return result;
}

vm_value vm_call_method(vm *vm, vm_value method, vm_value self, unsigned argc, const vm_value *argv) {
    return vm_call_keywords(vm, method, self, argc, argv, 0, NULL);
}

vm_value vm_run_frame(vm *vm) {
    vm->nest++;
    vm_value v = vm_interpret(vm);
    vm->nest--;
    if (VM_UNLIKELY(vm->overrun) && !vm->nest) vm_end_overrun(vm);
    return v;
}

bool vm_nest_ok(vm *vm) {
    if (vm->nest < VM_NEST_MAX && vm->root_count <= VM_ROOTS - VM_ROOTS_SPARE && !vm_stack_low(vm)) return true;
    vm_raise(vm, VM_B_RecursionError, "maximum recursion depth exceeded in a call from native code");
    return false;
}

vm_value vm_call(vm *vm, vm_value callee, unsigned argc, const vm_value *argv) {
    return vm_call_keywords(vm, callee, VM_NULL, argc, argv, 0, NULL);
}

vm_value vm_call_keywords(vm *vm, vm_value callee, vm_value self, unsigned argc, const vm_value *argv, unsigned kwc,
                          const uint32_t *kw_words) {
    vm_frame *fp = vm->thread.fp;
    unsigned extent = fp->extent, root = vm_mark_roots(vm), kept = vm->kw_count, all = argc + kwc + 1;
    vm_value *args = vm_window_end(vm) + 2;
    vm_value v = VM_NULL, init, plain = vm->plain, holder = VM_NULL;
    bool makes = vm_is(vm, callee, VM_T_CLASS) && !(VM_FEATURE_METACLASSES && vm_special(vm, callee, VM_N_call));
    vm->kw_count = 0;
    if (!vm_nest_ok(vm)) return VM_NULL;
    if (extent + all + 2 > 255 || args + all + 3 > (vm_value *)(fp - 1)) {
        vm->bind_from = (vm_value *)argv; /* nobody else may know of them */
        vm->bind_to = (vm_value *)argv + argc + kwc;
        vm_root(vm, self);
        vm_root(vm, callee);
        args = room_for(vm, all, kwc, "maximum recursion depth exceeded in a call from native code", &holder);
        vm->bind_from = NULL;
        if (!args) return vm_unroot(vm, root), VM_NULL;
        vm_root(vm, holder);
    }
    args[-1] = args[-2] = VM_NONE;
    unsigned n = 0;
    if (self) args[n++] = self, argc++;
    for (unsigned i = 0; n < argc + kwc; i++) args[n++] = argv[i];
    args[n] = VM_NONE; /* room for one more move */
    if (!holder) fp->extent = (uint8_t)(extent + n + 3);
    vm_root(vm, callee);
    vm->plain = VM_NULL;
    if (makes) {
        v = construct(vm, callee, args, argc, kwc, kw_words, &init);
        if (v && init) {
            vm_root(vm, v);
            if (!vm_call_keywords(vm, init, v, argc, args, kwc, kw_words)) v = VM_NULL;
        }
    } else {
        vm_call_result result = vm_start_call(vm, callee, args, argc, kwc, kw_words, 0, VM_K_BOUNDARY);
        /* An exception thrown into a generator begins in its frame. */
        if (result == VM_CALL_FRAME || (result == VM_CALL_ERROR && vm->thread.fp != fp && vm_unwind(vm))) {
            v = vm_run_frame(vm);
            if (!v && !vm->exception) vm_raise_stop(vm, vm->result);
        } else if (result == VM_CALL_VALUE)
            v = vm->result;
    }
    vm->plain = plain;
    fp->extent = (uint8_t)extent;
    vm_unroot(vm, root);
    vm_release(vm, holder);
    vm->kw_count = kept;
    return v;
}
