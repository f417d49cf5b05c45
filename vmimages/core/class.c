/* SPDX-License-Identifier: Apache-2.0 */
/* Types and classes: what type a value has, making classes and instances, looking names up in a class and its bases. */
#include "rooms.h"

vm_value vm_type_of(const vm *vm, vm_value v) {
    static const uint8_t types[VM_T_COUNT] = {
        [VM_T_STR] = VM_B_str,       [VM_T_BYTES] = VM_B_bytes,         [VM_T_INT64] = VM_B_int,
        [VM_T_BIGINT] = VM_B_int,    [VM_T_BYTEARRAY] = VM_B_bytearray, [VM_T_TUPLE] = VM_B_tuple,
        [VM_T_LIST] = VM_B_list,     [VM_T_DICT] = VM_B_dict,           [VM_T_SET] = VM_B_set,
        [VM_T_RANGE] = VM_B_range,   [VM_T_SLICE] = VM_B_slice,         [VM_T_ITER] = VM_B_iterator,
        [VM_T_CELL] = VM_B_cell,     [VM_T_FUNCTION] = VM_B_function,   [VM_T_METHOD] = VM_B_method,
        [VM_T_CLASS] = VM_B_type,    [VM_T_GENERATOR] = VM_B_generator,
#if VM_FEATURE_RARE
        [VM_T_SUPER] = VM_B_super,   [VM_T_TRACE] = VM_B_traceback,
#endif
#if VM_FEATURE_THREADS
        [VM_T_THREAD] = VM_B_thread, [VM_T_LOCK] = VM_B_lock,
#endif
    };
    static const uint8_t constants[] = {VM_B_NoneType, VM_B_bool, VM_B_bool, VM_B_NoneType, VM_B_NotImplementedType, VM_B_ellipsis};
    if (vm_is_small(v)) return VM_BUILTIN(VM_B_int);
    if (vm_is_float(v)) return VM_BUILTIN(VM_B_float);
    if (vm_is_const(v)) return VM_BUILTIN(v >> 3 < sizeof constants ? constants[v >> 3] : VM_B_module);
    if (vm_is_builtin(v)) {
        unsigned n = vm_builtin_number(v);
        bool type = n < VM_B_COUNT && (vm_builtins[n].kind == VM_KIND_TYPE || vm_builtins[n].kind == VM_KIND_EXCEPTION);
        return VM_BUILTIN(type ? VM_B_type : VM_B_builtin);
    }
    vm_header *h = vm_head(vm, v);
    if (vm_is_instance(vm, v)) return vm_identity_of(vm, v)->class_;
    switch (h->type) {
#if VM_ASYNC
    case VM_T_GENERATOR:
#if VM_ASYNC_GENERATORS
        if (h->flags & VM_G_ASYNC) return VM_BUILTIN(VM_B_async_generator);
#endif
        return VM_BUILTIN(h->flags & VM_G_COROUTINE ? VM_B_coroutine : VM_B_generator);
#endif
    case VM_T_ITER: return vm_iter_type(vm, v);
    case VM_T_SET: return VM_BUILTIN(h->aux ? VM_B_frozenset : VM_B_set);
    case VM_T_VIEW: return VM_BUILTIN(VM_B_dict_keys + h->aux);
    case VM_T_NATIVE: return VM_BUILTIN(h->aux);
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return VM_BUILTIN(h->flags & VM_ARRAY ? VM_B_array : VM_B_memoryview);
#endif
    case VM_T_WRAPPER: return VM_BUILTIN(VM_B_staticmethod + h->aux);
    case VM_T_METHOD: return VM_BUILTIN(vm_is_builtin(vm_method_of(vm, v)->function) ? VM_B_builtin : VM_B_method);
    default: return VM_BUILTIN(h->type < VM_T_COUNT ? types[h->type] : VM_B_object);
    }
}

bool vm_is_class(const vm *vm, vm_value v) {
    if (vm_is_builtin(v)) return vm_type_of(vm, v) == VM_BUILTIN(VM_B_type);
    return vm_is(vm, v, VM_T_CLASS);
}

void vm_put_type_name(vm_writer *w, vm_value type) {
    if (vm_is_builtin(type) && vm_builtin_number(type) < VM_B_COUNT)
        vm_put_text(w, vm_builtin_short_name(vm_builtin_number(type)));
    else if (vm_is(w->vm, type, VM_T_CLASS))
        vm_put_name(w, vm_class_name(w->vm, type, false));
    else
        vm_put_text(w, "?");
}

/* The base of a builtin type; object's is object. */
static unsigned builtin_base(unsigned n) {
    if (vm_builtins[n].kind == VM_KIND_EXCEPTION) return vm_builtins[n].extra;
    return n == VM_B_bool ? VM_B_int : VM_B_object;
}

bool vm_walk_on(vm_walk *w) {
    if (w->at == VM_BUILTIN(VM_B_object)) return false;
    if (w->rest)
        w->at = *w->rest++;
    else if (vm_is_object(w->at)) {
        w->at = vm_class_of(w->vm, w->at)->base;
#if VM_FEATURE_MULTIPLE_BASES
        if (vm_is(w->vm, w->at, VM_T_TUPLE)) {
            w->rest = vm_tuple_of(w->vm, w->at)->items + 1;
            w->at = *w->rest++;
        }
#endif
    } else
        w->at = VM_BUILTIN(builtin_base(vm_builtin_number(w->at)));
    return true;
}

bool vm_subclass(const vm *vm, vm_value a, vm_value b) {
    vm_walk w = {vm, a, NULL};
    do {
        if (w.at == b) return true;
    } while (vm_walk_on(&w));
    return false;
}

/* The class whose slots come before those of class c. */
vm_value vm_slots_before(const vm *vm, vm_value c) {
    c = vm_class_of(vm, c)->base;
    return VM_FEATURE_MULTIPLE_BASES && vm_is(vm, c, VM_T_TUPLE) ? vm_tuple_of(vm, c)->items[0] : c;
}

/* Of isinstance(v, classes) and issubclass(v, classes): a class, or a tuple of such. */
int vm_is_among(vm *vm, vm_value v, vm_value classes, bool instance) {
    vm_value class_ = instance ? vm_type_of(vm, v) : v;
    if (vm_is(vm, classes, VM_T_TUPLE)) {
        const vm_tuple *t = vm_tuple_of(vm, classes);
        for (uint32_t i = 0; i < t->length; i++) {
            if (!vm_enter(vm, "")) return -1;
            int is = vm_is_among(vm, v, t->items[i], instance);
            vm->depth--;
            if (is) return is;
        }
        return 0;
    }
#if VM_FEATURE_METACLASSES
    vm_value check = VM_NULL;
    if (!instance || class_ != classes) check = vm_special(vm, classes, instance ? VM_N_instancecheck : VM_N_subclasscheck);
    if (check) {
        bool truth;
        check = vm_call_method(vm, check, classes, 1, &v);
        return check && vm_truth(vm, check, &truth) ? truth : -1;
    }
#endif
    if (!vm_is_class(vm, classes)) {
        vm_raise(vm, VM_B_TypeError,
                 !instance ? "issubclass() arg 2 must be a class, a tuple of classes, or a union"
                           : "isinstance() arg 2 must be a type, a tuple of types, or a union");
        return -1;
    }
    if (vm_subclass(vm, class_, classes)) return 1;
#if VM_FEATURE_DESCRIPTORS
    if (instance && vm_may_pretend(vm, v)) {
        v = vm_find_attr(vm, v, VM_N_class_);
        if (!v && !vm_take_exception(vm, VM_B_AttributeError)) return vm->exception ? -1 : 0;
        return v && vm_is_class(vm, v) && vm_subclass(vm, v, classes);
    }
#endif
    return 0;
}

/* --- the cache */

void vm_cache_flush(vm *vm) {
    if (!vm->cache_used) return;
    memset(vm->cache, 0, sizeof vm->cache);
    vm->cache_used = false;
}

static vm_cache_entry *cache_place(vm *vm, vm_value class_, unsigned name) { return &vm->cache[VM_CACHE_AT(class_, name)]; }

static void cache_put(vm *vm, vm_value class_, unsigned name, unsigned slot, vm_value value) {
    *cache_place(vm, class_, name) = (vm_cache_entry){class_, (uint16_t)name, (uint16_t)slot, value};
    vm->cache_used = true;
}

/* The attribute of one class, its bases left out. */
static vm_value own(vm *vm, vm_value class_, unsigned name) {
    if (vm_is_object(class_)) return vm_attrs_get(vm, vm_class_of(vm, class_)->attrs, name);
    int m = vm_method_number(vm_builtin_number(class_), name);
    if (m >= 0) return VM_METHOD_VALUE((unsigned)m);
    return vm_has_dunder(vm_builtin_number(class_), name) ? VM_METHOD_VALUE(vm_method_count() + name) : VM_NULL;
}

vm_value vm_class_lookup(vm *vm, vm_value class_, unsigned name) {
    const vm_cache_entry *e = cache_place(vm, class_, name);
    if (VM_LIKELY(e->class_ == class_ && e->name == name && e->slot == 0xFFFF)) return e->value;
    vm_walk w = {vm, class_, NULL};
    vm_value v;
    do v = own(vm, w.at, name);
    while (!v && vm_walk_on(&w));
    /* An instance's own attribute comes first, so a name that has a slot is not remembered as the class's. */
    if (!vm_is_object(class_) || (!(vm_head(vm, class_)->flags & VM_CLASS_HOOKS) && vm_class_slot(vm, class_, name) < 0))
        cache_put(vm, class_, name, 0xFFFF, v);
    return v;
}

/* What comes after class_ in the order of resolution of `type`; VM_NULL: there is no such attribute. */
vm_value vm_lookup_after(vm *vm, vm_value type, vm_value class_, unsigned name) {
    vm_walk w = {vm, type, NULL};
    vm_value v = VM_NULL;
    while (w.at != class_)
        if (!vm_walk_on(&w)) return VM_NULL;
    while (!v && vm_walk_on(&w)) {
        if (!w.rest) return vm_class_lookup(vm, w.at, name); /* one base behind the other: remembered */
        v = own(vm, w.at, name);
    }
    return v;
}

int vm_class_slot(const vm *vm, vm_value class_, unsigned name) {
    for (vm_value c = class_; vm_is_object(c); c = vm_slots_before(vm, c)) {
        const vm_class *k = vm_class_of(vm, c);
        for (unsigned i = 0; i < k->slot_count; i++)
            if (vm->slots[k->first_slot + i] == name) return (int)(k->total_slots - k->slot_count + i);
    }
    return -1;
}

/* The same, and remembered: only for a name that no property of the class goes by. */
int vm_class_slot_cached(vm *vm, vm_value class_, unsigned name) {
    const vm_cache_entry *e = cache_place(vm, class_, name);
    if (e->class_ == class_ && e->name == name && e->slot != 0xFFFF) return e->slot;
    int slot = vm_class_slot(vm, class_, name);
    if (slot < 0) return slot;
    vm_value v = vm_maybe_property(vm, name) ? vm_class_lookup(vm, class_, name) : VM_NULL;
    if (v && vm_sets_attribute(vm, v)) return -1;
    if (!(vm_head(vm, class_)->flags & VM_CLASS_HOOKS)) cache_put(vm, class_, name, (unsigned)slot, VM_NULL);
    return slot;
}

vm_value vm_find_special(vm *vm, vm_value v, unsigned name) {
    if (!vm_is_instance(vm, v) || v == vm->plain) return VM_NULL;
    vm_value class_ = vm_identity_of(vm, v)->class_;
    vm_value m = vm_is_object(class_) ? vm_class_lookup(vm, class_, name) : VM_NULL;
    return m && vm_is_builtin(m) ? VM_NULL : m;
}

vm_identity *vm_identity_of(const vm *vm, vm_value v) {
    vm_header *h = vm_head(vm, v);
    vm_value *words = (vm_value *)h;
    switch (h->type) {
    case VM_T_INSTANCE:
    case VM_T_EXCEPTION: words += 1; break;
    case VM_T_TUPLE: words += 2 + words[1]; break;
    case VM_T_STR:
    case VM_T_BYTES: words += sizeof(vm_str) / 4 + words[1] / 4 + 1; break;
    case VM_T_INT64: words += sizeof(vm_int64) / 4; break;
    case VM_T_FLOAT: words += sizeof(vm_boxed_float) / 4; break;
    case VM_T_CLASS: words += sizeof(vm_class) / 4; break;
    default: words += 3; break; /* list, dict, set, bytearray */
    }
    return (vm_identity *)words;
}

/* --- making */

#if VM_FEATURE_MULTIPLE_BASES
static bool comes_later(vm_walk w, vm_value class_) {
    while (vm_walk_on(&w))
        if (w.at == class_) return true;
    return false;
}

/* The C3 order of a class with these bases (Python reference 3.3.3.1), the base whose slots come first before it. */
static vm_value linearize(vm *vm, const vm_value *bases, unsigned n, vm_value first) {
    enum { BASES = 8, MOST = 64 };
    vm_value order[MOST];
    vm_walk heads[BASES];
    unsigned count = 0, next = 0; /* of the row of the bases themselves */
    order[count++] = first;
    for (unsigned i = 0; i < n && i < BASES; i++) heads[i] = (vm_walk){vm, bases[i], NULL};
    while (n <= BASES && count < MOST) {
        vm_value good = VM_NULL;
        bool left = false;
        for (unsigned i = 0; i < n && !good; i++) {
            vm_value c = heads[i].at;
            if (!c) continue;
            left = true;
            bool later = false;
            for (unsigned j = 0; j < n; j++) later |= (heads[j].at && comes_later(heads[j], c)) || (j > next && bases[j] == c);
            if (!later) good = c;
        }
        if (!left) return vm_new_tuple_of(vm, count, order);
        if (!good) {
            vm_writer w;
            char text[80];
            vm_writer_fixed(&w, vm, text, sizeof text - 1);
            for (unsigned i = 0; i < n; i++) vm_printf(&w, i ? ", %C" : "%C", bases[i]);
            text[w.length] = 0;
            return vm_raise(vm, VM_B_TypeError, "Cannot create a consistent method resolution\norder (MRO) for bases %s", text);
        }
        order[count++] = good;
        for (unsigned i = 0; i < n; i++)
            if (heads[i].at == good && !vm_walk_on(&heads[i])) heads[i].at = VM_NULL;
        if (next < n && bases[next] == good) next++;
    }
    return vm_raise(vm, VM_B_TypeError, "too many base classes");
}
#endif

/* `base`: a class, None, or a tuple of classes. */
vm_value vm_new_class(vm *vm, unsigned number, vm_value base, vm_value metaclass) {
    static const uint8_t derivable[] = {
        VM_B_object, VM_B_list, VM_B_dict, VM_B_int, VM_B_str, VM_B_tuple, VM_B_set, VM_B_bytes, VM_B_bytearray, VM_B_frozenset,
#if VM_FEATURE_FLOAT_CLASSES
        VM_B_float,
#endif
#if VM_FEATURE_METACLASSES
        VM_B_type,
#endif
    };
    static const vbc_class none = {0};
    const vbc_class *record = number == VM_CLASS_MADE ? &none : &vm->classes[number];
    unsigned inherited = 0, builtin = VM_B_object, flags = 0, root = vm_mark_roots(vm);
    vm_value *bases = &base, first = VM_BUILTIN(VM_B_object), given = base;
    uint32_t n = 1;
    if (base == VM_NONE) base = VM_BUILTIN(VM_B_object);
    if (vm_is(vm, base, VM_T_TUPLE)) vm_items(vm, base, &bases, &n);
    if (!n) base = VM_BUILTIN(VM_B_object), bases = &base, n = 1;
    for (uint32_t i = 0; i < n; i++) {
        unsigned own = VM_B_object;
        // cppcheck-suppress objectIndex ; n is 1 unless vm_items has set bases
        if (!vm_is_class(vm, bases[i])) return vm_raise(vm, VM_B_TypeError, "bases must be types");
        if (vm_is_object(bases[i])) {
            const vm_class *b = vm_class_of(vm, bases[i]);
            flags |= b->h.flags;
            own = b->builtin;
            if (b->total_slots > inherited || !i) first = bases[i], inherited = b->total_slots;
        } else {
            own = vm_builtin_number(bases[i]);
            if (vm_builtins[own].kind == VM_KIND_EXCEPTION)
                flags |= VM_CLASS_EXCEPTION;
            else if (!memchr(derivable, (int)own, sizeof derivable) || own > 255)
                return vm_raise(vm, VM_B_TypeError, "type '%C' is not an acceptable base type", bases[i]);
            if (!i) first = bases[i];
        }
        if (vm_subclass(vm, VM_BUILTIN(own), VM_BUILTIN(builtin)))
            builtin = own;
        else if (!vm_subclass(vm, VM_BUILTIN(builtin), VM_BUILTIN(own)) &&
                 (vm_builtins[own].kind & vm_builtins[builtin].kind) != VM_KIND_EXCEPTION)
            return vm_raise(vm, VM_B_TypeError, "multiple bases have instance lay-out conflict");
        for (uint32_t j = 0; j < i; j++)
            if (bases[j] == bases[i]) return vm_raise(vm, VM_B_TypeError, "duplicate base class %C", bases[i]);
    }
    metaclass = vm_best_metaclass(vm, metaclass, bases, n);
    if (!metaclass) return metaclass;
    bool own_class = VM_FEATURE_METACLASSES && metaclass != VM_BUILTIN(VM_B_type);
    if (inherited + record->slot_count > 1000) return vm_raise(vm, VM_B_TypeError, "a class has too many attributes");
#if VM_FEATURE_MULTIPLE_BASES
    if (bases != &base) {
        base = linearize(vm, bases, n, first);
        if (!base) return base;
        vm_root(vm, base);
    }
#else
    (void)first;
    if (n != 1) return vm_raise(vm, VM_B_TypeError, "this VM has classes with one base only");
    base = bases[0];
#endif
    vm_value v = vm_alloc(vm, VM_T_CLASS, (uint32_t)(sizeof(vm_class) + (own_class ? sizeof(vm_identity) : 0)));
    if (v) {
        vm_class *c = vm_class_of(vm, v);
        c->h.aux = (uint16_t)number;
        c->h.flags = (uint8_t)(flags & ~(VM_CLASS_SLOTS | VM_SUBCLASSED)) | (own_class ? VM_SUBCLASSED : 0);
        if (own_class) *vm_identity_of(vm, v) = (vm_identity){metaclass, VM_NULL};
        c->base = base;
        c->first_slot = record->first_slot;
        c->slot_count = record->slot_count;
        c->total_slots = (uint16_t)(inherited + record->slot_count);
        c->builtin = (uint16_t)builtin;
        vm_root(vm, v);
        c->attrs = vm_new_dict_sized(vm, record->attr_count);
        if (!c->attrs || (bases != &base && VM_FEATURE_MULTIPLE_BASES && !vm_dict_set(vm, c->attrs, VM_SMALL(VM_N_bases_), given)))
            v = VM_NULL;
    }
    vm_unroot(vm, root);
    return v;
}

/* A copy of a str, int, tuple ... that belongs to the class; or an empty list, dict, set or bytearray (v VM_NULL). */
static vm_value subclassed(vm *vm, vm_value class_, unsigned builtin, vm_value v) {
    static const uint8_t types[] = {VM_T_BYTEARRAY, VM_T_LIST, VM_T_TUPLE, VM_T_DICT, VM_T_SET}; /* in the order of builtins.def */
    unsigned type = v ? vm_object_type(vm, v) : types[builtin - VM_B_bytearray];
    uint32_t size = sizeof(vm_dict), root = vm_root(vm, v ? v : VM_NONE);
    if (vm_is_float(v))
        type = VM_T_FLOAT, size = sizeof(vm_boxed_float);
    else if (!type || type == VM_T_INT64)
        type = VM_T_INT64, size = sizeof(vm_int64);
    if (type == VM_T_TUPLE) size = sizeof(vm_tuple) + vm_tuple_of(vm, v)->length * 4;
    if (type == VM_T_STR || type == VM_T_BYTES) size = sizeof(vm_str) + vm_str_of(vm, v)->length / 4 * 4 + 4;
    vm_value copy = vm_alloc(vm, type, size + sizeof(vm_identity));
    vm_unroot(vm, root);
    if (!copy) return copy;
    vm_header *h = vm_head(vm, copy);
    if (v) {
        vm_int64 *x = (vm_int64 *)h;
        if (VM_FEATURE_FLOAT_CLASSES && type == VM_T_FLOAT)
            ((vm_boxed_float *)h)->number = v;
        else if (type != VM_T_INT64)
            memcpy(h + 1, (vm_header *)vm_head(vm, v) + 1, size - sizeof *h);
        else if (!vm_as_int64(vm, v, &x->value))
            return vm_raise(vm, VM_B_OverflowError, "integer result does not fit in 64 bits"); /* instances have no room for more */
        if (type == VM_T_SET) h->aux = 1;
    }
    h->flags = VM_SUBCLASSED;
    *vm_identity_of(vm, copy) = (vm_identity){class_, VM_NULL};
    return copy;
}

vm_value vm_new_instance(vm *vm, vm_value class_, unsigned argc, vm_value *argv, unsigned kwc, const uint32_t *kw_words) {
    const vm_class *c = vm_class_of(vm, class_);
    if (c->h.flags & VM_CLASS_EXCEPTION) return vm_new_exception(vm, class_, argc, argv);
#if VM_FEATURE_METACLASSES
    if (c->builtin == VM_B_type) return vm_make_class(vm, class_, argc, argv, kwc, kw_words);
#endif
    if (c->builtin != VM_B_object) {
        bool mutable = c->builtin == VM_B_list || c->builtin == VM_B_dict || c->builtin == VM_B_set || c->builtin == VM_B_bytearray;
#if VM_FEATURE_RARE /* an own __init__ may have keyword arguments that its base does not know */
        bool own = c->builtin == VM_B_tuple || c->builtin == VM_B_frozenset || c->builtin == VM_B_float;
        if (own && kwc && vm_is(vm, vm_class_lookup(vm, class_, VM_N_init), VM_T_FUNCTION)) kwc = 0;
#endif
        vm_value v = mutable ? VM_NULL : vm_call_native(vm, c->builtin, argc, argv, kwc, kw_words);
        return v || mutable ? subclassed(vm, class_, c->builtin, v) : v;
    }
    unsigned slots = c->total_slots;
    vm_value v = vm_alloc(vm, VM_T_INSTANCE, (uint32_t)(sizeof(vm_instance) + slots * sizeof(vm_value)));
    if (!v) return v;
    vm_instance *o = vm_instance_of(vm, v);
    o->h.aux = (uint16_t)slots;
    o->class_ = class_;
    for (unsigned i = 0; i < slots; i++) o->slots[i] = VM_UNBOUND;
    return v;
}

#if VM_FEATURE_DESCRIPTORS
/* object.__new__, of every type */
vm_value vm_object_new(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (!vm_is_class(vm, argv[0])) return vm_raise(vm, VM_B_TypeError, "object.__new__(X): X is not a type object (%T)", argv[0]);
    if (vm_is_builtin(argv[0])) return vm_call_native(vm, vm_builtin_number(argv[0]), argc - 1, argv + 1, k.count, k.words);
    const vm_class *c = vm_class_of(vm, argv[0]);
    if (argc > 1 && c->builtin == VM_B_object && !(c->h.flags & VM_CLASS_NEW) && vm_is_builtin(vm_class_lookup(vm, argv[0], VM_N_init)))
        return vm_raise(vm, VM_B_TypeError, "%C() takes no arguments", argv[0]);
    if (argc > 1 && c->builtin == VM_B_object && c->h.flags & VM_CLASS_NEW)
        return vm_raise(vm, VM_B_TypeError, "object.__new__() takes exactly one argument (the type to instantiate)");
    return vm_new_instance(vm, argv[0], argc - 1, argv + 1, k.count, k.words);
}
#endif

vm_value vm_new_object(vm *vm, unsigned argc, vm_value *argv) {
    (void)argv;
    if (argc || !vm_no_keywords(vm, "object")) return vm_raise(vm, VM_B_TypeError, "object() takes no arguments");
    vm_value v = vm_alloc(vm, VM_T_INSTANCE, sizeof(vm_instance));
    if (v) vm_instance_of(vm, v)->class_ = VM_BUILTIN(VM_B_object);
    return v;
}

vm_value vm_new_type(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (argc == 1 && !k.count) return vm_type_of(vm, argv[0]);
#if VM_FEATURE_RARE
    vm_value v = vm_make_class(vm, VM_BUILTIN(VM_B_type), argc, argv, k.count, k.words);
#if VM_FEATURE_METACLASSES
    vm_value init = v && vm_is_instance(vm, v) ? vm_special(vm, v, VM_N_init) : VM_NULL;
    if (init) {
        unsigned root = vm_root(vm, v);
        if (!vm_call_keywords(vm, init, v, argc, argv, k.count, k.words)) v = VM_NULL;
        vm_unroot(vm, root);
    }
#endif
    return v;
#else
    return vm_raise(vm, VM_B_TypeError, "type() takes 1 or 3 arguments");
#endif
}

vm_value vm_new_refused(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_raise(vm, VM_B_TypeError, "objects of this type cannot be made by a program");
}

static vm_value new_wrapper(vm *vm, unsigned kind, vm_value get, vm_value set, vm_value del) {
    vm_value v = vm_alloc(vm, VM_T_WRAPPER, sizeof(vm_wrapper));
    if (!v) return v;
    vm_wrapper *w = vm_wrapper_of(vm, v);
    w->h.aux = (uint16_t)kind;
    w->get = get;
    w->set = set;
    w->del = del;
#if VM_FEATURE_RARE
    w->doc = VM_NONE;
#endif
    return v;
}

vm_value vm_new_staticmethod(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, new_wrapper(vm, 0, argv[0], VM_NONE, VM_NONE); }
vm_value vm_new_classmethod(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, new_wrapper(vm, 1, argv[0], VM_NONE, VM_NONE); }

vm_value vm_new_property(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_fget, VM_N_fset, VM_N_fdel, VM_N_doc};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given[4] = {argc > 0 ? argv[0] : VM_NONE, argc > 1 ? argv[1] : VM_NONE, argc > 2 ? argv[2] : VM_NONE,
                         argc > 3 ? argv[3] : VM_NONE};
    if (!vm_match_keywords(vm, &k, "property", 4, names, given)) return VM_NULL;
    vm_value v = new_wrapper(vm, 2, given[0], given[1], given[2]);
#if VM_FEATURE_RARE
    if (v) vm_wrapper_of(vm, v)->doc = given[3];
#endif
    return v;
}

vm_value vm_property_getter(vm *vm, unsigned argc, vm_value *argv) {
    const vm_wrapper *w = vm_wrapper_of(vm, argv[0]);
    return (void)argc, new_wrapper(vm, 2, argv[1], w->set, w->del);
}
vm_value vm_property_setter(vm *vm, unsigned argc, vm_value *argv) {
    const vm_wrapper *w = vm_wrapper_of(vm, argv[0]);
    return (void)argc, new_wrapper(vm, 2, w->get, argv[1], w->del);
}
vm_value vm_property_deleter(vm *vm, unsigned argc, vm_value *argv) {
    const vm_wrapper *w = vm_wrapper_of(vm, argv[0]);
    return (void)argc, new_wrapper(vm, 2, w->get, w->set, argv[1]);
}

/* --- methods of object and BaseException */

vm_value vm_object_init(vm *vm, unsigned argc, vm_value *argv) {
    vm_value class_ = vm_type_of(vm, argv[0]);
    bool alone = vm_is_object(class_) && (vm_class_of(vm, class_)->builtin != VM_B_object || vm_head(vm, class_)->flags & VM_CLASS_NEW);
    if (argc > 1 && !alone)
        return vm_raise(vm, VM_B_TypeError, "%C.__init__() takes exactly one argument (the instance to initialize)",
                        vm_is_builtin(vm_class_lookup(vm, class_, VM_N_init)) ? class_ : VM_BUILTIN(VM_B_object));
    return VM_NONE;
}
/* object's __setattr__ and the like: what the class's own ones come down to. */
static vm_value plainly(vm *vm, vm_native function, unsigned argc, vm_value *argv) {
    vm_value saved = vm->plain;
    vm->plain = argv[0];
    vm_value v = function(vm, argc, argv);
    vm->plain = saved;
    return v;
}
vm_value vm_object_setattr(vm *vm, unsigned argc, vm_value *argv) { return plainly(vm, vm_bi_setattr, argc, argv); }
#if VM_FEATURE_DESCRIPTORS
vm_value vm_object_delattr(vm *vm, unsigned argc, vm_value *argv) { return plainly(vm, vm_bi_delattr, argc, argv); }
vm_value vm_object_getattribute(vm *vm, unsigned argc, vm_value *argv) { return plainly(vm, vm_bi_getattr, argc, argv); }
vm_value vm_object_init_subclass(vm *vm, unsigned argc, vm_value *argv) { return (void)vm, (void)argc, (void)argv, VM_NONE; }

/* The end of a class statement, in programs that have such methods: __set_name__ of its attributes, then __init_subclass__ of its base. */
vm_value vm_class_made(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (!vm_is(vm, argv[0], VM_T_CLASS)) return vm_bad_operand(vm, argv[0]), VM_NULL;
    return vm_finish_class(vm, argv[0], &k);
}

vm_value vm_finish_class(vm *vm, vm_value class_, const vm_keywords *k) {
    vm_value key, value, attrs, m;
    uint32_t at = 0;
    attrs = vm_class_of(vm, class_)->attrs;
    while (vm_dict_next(vm, attrs, &at, &key, &value)) {
        if (!(m = vm_special(vm, value, VM_N_set_name))) continue;
        vm_value both[2] = {class_, vm_name_str(vm, (unsigned)vm_small(key))};
        if (!both[1]) return VM_NULL;
        unsigned root = vm_root(vm, both[1]);
        m = vm_call_method(vm, m, value, 2, both);
        vm_unroot(vm, root);
        if (!m) {
            vm_value cause = vm->exception;
            if (!vm_exception_is(vm, cause, VM_B_Exception) || cause == vm->memory_error) return m;
            root = vm_root(vm, cause);
            vm_raise(vm, VM_B_RuntimeError, "Error calling __set_name__ on '%T' instance '%N' in '%C'", value, (unsigned)vm_small(key),
                     class_);
            if (vm_exception_is(vm, vm->exception, VM_B_RuntimeError)) vm_exception_of(vm, vm->exception)->cause = cause;
            vm_unroot(vm, root);
            return VM_NULL;
        }
    }
    m = vm_lookup_after(vm, class_, class_, VM_N_init_subclass);
    if (m && vm_is_builtin(m))
        m = k->count ? vm_raise(vm, VM_B_TypeError, "%C.__init_subclass__() takes no keyword arguments", class_) : VM_NONE;
    if (!m || m == VM_NONE) return vm->exception ? VM_NULL : VM_NONE;
    if (vm_is(vm, m, VM_T_WRAPPER)) m = vm_wrapper_of(vm, m)->get;
    return vm_call_keywords(vm, m, class_, 0, k->values, k->count, k->words) ? VM_NONE : VM_NULL;
}
#endif

vm_value vm_exception_init(vm *vm, unsigned argc, vm_value *argv) {
    vm_value args = vm_new_tuple_of(vm, argc - 1, argv + 1);
    if (!args) return args;
    vm_exception_of(vm, argv[0])->args = args;
    return VM_NONE;
}
vm_value vm_exception_with_traceback(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (argv[1] != VM_NONE && !vm_is(vm, argv[1], VM_T_TRACE))
        return vm_raise(vm, VM_B_TypeError, "__traceback__ must be a traceback or None");
    return argv[0];
}
