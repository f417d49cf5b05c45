/* SPDX-License-Identifier: Apache-2.0 */
/* Types and classes: what type a value has, making classes and instances, looking names up in a class and its bases. */
#include "state.h"

vm_value vm_type_of(const vm *vm, vm_value v) {
    static const uint8_t types[VM_T_COUNT] = {
        [VM_T_STR] = VM_B_str,           [VM_T_BYTES] = VM_B_bytes,   [VM_T_INT64] = VM_B_int,     [VM_T_BYTEARRAY] = VM_B_bytearray,
        [VM_T_TUPLE] = VM_B_tuple,       [VM_T_LIST] = VM_B_list,     [VM_T_DICT] = VM_B_dict,     [VM_T_SET] = VM_B_set,
        [VM_T_RANGE] = VM_B_range,       [VM_T_SLICE] = VM_B_slice,   [VM_T_ITER] = VM_B_iterator, [VM_T_CELL] = VM_B_cell,
        [VM_T_FUNCTION] = VM_B_function, [VM_T_METHOD] = VM_B_method, [VM_T_CLASS] = VM_B_type,    [VM_T_GENERATOR] = VM_B_generator,
#if VM_FEATURE_THREADS
        [VM_T_THREAD] = VM_B_thread,     [VM_T_LOCK] = VM_B_lock,
#endif
    };
    static const uint8_t constants[] = {VM_B_NoneType, VM_B_bool, VM_B_bool, VM_B_NoneType, VM_B_NotImplementedType, VM_B_ellipsis};
    static const uint8_t iterators[] = {VM_B_reversed, VM_B_iterator, VM_B_enumerate,
                                        VM_B_zip,      VM_B_map,      VM_B_filter}; /* from I_REVERSED on */
    if (vm_is_small(v)) return VM_BUILTIN(VM_B_int);
    if (vm_is_float(v)) return VM_BUILTIN(VM_B_float);
    if (vm_is_const(v)) return VM_BUILTIN(v >> 3 < sizeof constants ? constants[v >> 3] : VM_B_NoneType);
    if (vm_is_builtin(v)) {
        unsigned n = vm_builtin_number(v);
        bool type = n < VM_B_COUNT && (vm_builtins[n].kind == VM_KIND_TYPE || vm_builtins[n].kind == VM_KIND_EXCEPTION);
        return VM_BUILTIN(type ? VM_B_type : VM_B_builtin);
    }
    vm_header *h = vm_head(vm, v);
    switch (h->type) {
    case VM_T_INSTANCE:
    case VM_T_EXCEPTION: return vm_instance_of(vm, v)->class_;
    case VM_T_ITER: return VM_BUILTIN(h->aux >= 7 && h->aux < 13 ? iterators[h->aux - 7] : VM_B_iterator);
    case VM_T_VIEW: return VM_BUILTIN(VM_B_dict_keys + h->aux);
    case VM_T_NATIVE: return VM_BUILTIN(h->aux);
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

bool vm_subclass(const vm *vm, vm_value a, vm_value b) {
    while (vm_is_object(a)) {
        if (a == b) return true;
        a = vm_class_of(vm, a)->base;
    }
    for (unsigned n = vm_builtin_number(a);; n = builtin_base(n)) {
        if (VM_BUILTIN(n) == b) return true;
        if (n == VM_B_object) return false;
    }
}

int vm_isinstance(vm *vm, vm_value v, vm_value classes) {
    if (vm_is(vm, classes, VM_T_TUPLE)) {
        const vm_tuple *t = vm_tuple_of(vm, classes);
        for (uint32_t i = 0; i < t->length; i++) {
            if (!vm_enter(vm, "")) return -1;
            int is = vm_isinstance(vm, v, t->items[i]);
            vm->depth--;
            if (is) return is;
        }
        return 0;
    }
    if (!vm_is_class(vm, classes)) {
        vm_raise(vm, VM_B_TypeError, "isinstance() arg 2 must be a type, a tuple of types, or a union");
        return -1;
    }
    return vm_subclass(vm, vm_type_of(vm, v), classes);
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

vm_value vm_class_lookup(vm *vm, vm_value class_, unsigned name) {
    const vm_cache_entry *e = cache_place(vm, class_, name);
    if (VM_LIKELY(e->class_ == class_ && e->name == name && e->slot == 0xFFFF)) return e->value;
    vm_value c = class_, v = VM_NULL;
    for (; !v && vm_is_object(c); c = vm_class_of(vm, c)->base) v = vm_attrs_get(vm, vm_class_of(vm, c)->attrs, name);
    if (!v) {
        for (unsigned n = vm_builtin_number(c);; n = builtin_base(n)) {
            int m = vm_method_number(n, name);
            if (m >= 0) v = VM_METHOD_VALUE((unsigned)m);
            if (v || n == VM_B_object) break;
        }
    }
    /* An instance's own attribute comes first, so a name that has a slot is not remembered as the class's. */
    if (!vm_is_object(class_) || vm_class_slot(vm, class_, name) < 0) cache_put(vm, class_, name, 0xFFFF, v);
    return v;
}

int vm_class_slot(const vm *vm, vm_value class_, unsigned name) {
    for (vm_value c = class_; vm_is_object(c); c = vm_class_of(vm, c)->base) {
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
    if (v && vm_is(vm, v, VM_T_WRAPPER) && vm_head(vm, v)->aux == 2) return -1;
    cache_put(vm, class_, name, (unsigned)slot, VM_NULL);
    return slot;
}

vm_value vm_special(vm *vm, vm_value v, unsigned name) {
    if (!vm_is_instance(vm, v)) return VM_NULL;
    vm_value class_ = vm_instance_of(vm, v)->class_;
    vm_value m = vm_is_object(class_) ? vm_class_lookup(vm, class_, name) : VM_NULL;
    return m && vm_is_builtin(m) ? VM_NULL : m;
}

/* --- making */

vm_value vm_new_class(vm *vm, unsigned number, vm_value base) {
    const vbc_class *record = &vm->classes[number];
    bool exception = false;
    unsigned inherited = 0, builtin = VM_B_object;
    if (base == VM_NONE) base = VM_BUILTIN(VM_B_object);
    if (vm_is(vm, base, VM_T_CLASS)) {
        const vm_class *b = vm_class_of(vm, base);
        exception = b->h.flags & VM_CLASS_EXCEPTION;
        inherited = b->total_slots;
        builtin = b->builtin;
    } else if (vm_is_class(vm, base) && vm_builtins[vm_builtin_number(base)].kind == VM_KIND_EXCEPTION) {
        exception = true;
        builtin = vm_builtin_number(base);
    } else if (base != VM_BUILTIN(VM_B_object)) {
        if (vm_is_class(vm, base)) return vm_raise(vm, VM_B_TypeError, "type '%C' is not an acceptable base type", base);
        return vm_raise(vm, VM_B_TypeError, "bases must be types");
    }
    if (inherited + record->slot_count > 1000) return vm_raise(vm, VM_B_TypeError, "a class has too many attributes");
    vm_value v = vm_alloc(vm, VM_T_CLASS, sizeof(vm_class));
    if (!v) return v;
    vm_class *c = vm_class_of(vm, v);
    c->h.aux = (uint16_t)number;
    c->h.flags = exception ? VM_CLASS_EXCEPTION : 0;
    c->base = base;
    c->first_slot = record->first_slot;
    c->slot_count = record->slot_count;
    c->total_slots = (uint16_t)(inherited + record->slot_count);
    c->builtin = builtin;
    unsigned root = vm_root(vm, v);
    vm_value attrs = vm_new_dict_sized(vm, record->attr_count);
    vm_unroot(vm, root);
    if (!attrs) return attrs;
    c->attrs = attrs;
    return v;
}

vm_value vm_new_instance(vm *vm, vm_value class_, unsigned argc, const vm_value *argv) {
    const vm_class *c = vm_class_of(vm, class_);
    if (c->h.flags & VM_CLASS_EXCEPTION) return vm_new_exception(vm, class_, argc, argv);
    unsigned slots = c->total_slots;
    vm_value v = vm_alloc(vm, VM_T_INSTANCE, (uint32_t)(sizeof(vm_instance) + slots * sizeof(vm_value)));
    if (!v) return v;
    vm_instance *o = vm_instance_of(vm, v);
    o->h.aux = (uint16_t)slots;
    o->class_ = class_;
    for (unsigned i = 0; i < slots; i++) o->slots[i] = VM_UNBOUND;
    return v;
}

vm_value vm_new_object(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    if (!vm_no_keywords(vm, &k, "object")) return VM_NULL;
    vm_value v = vm_alloc(vm, VM_T_INSTANCE, sizeof(vm_instance));
    if (v) vm_instance_of(vm, v)->class_ = VM_BUILTIN(VM_B_object);
    return v;
}

vm_value vm_new_type(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    return vm_no_keywords(vm, &k, "type") ? vm_type_of(vm, argv[0]) : VM_NULL;
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
    return v;
}

vm_value vm_new_staticmethod(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, new_wrapper(vm, 0, argv[0], VM_NONE, VM_NONE); }
vm_value vm_new_classmethod(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, new_wrapper(vm, 1, argv[0], VM_NONE, VM_NONE); }

vm_value vm_new_property(vm *vm, unsigned argc, vm_value *argv) {
    static const uint16_t names[] = {VM_N_fget, VM_N_fset, VM_N_fdel, VM_N_doc_};
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    vm_value given[4] = {argc > 0 ? argv[0] : VM_NONE, argc > 1 ? argv[1] : VM_NONE, argc > 2 ? argv[2] : VM_NONE, VM_NONE};
    if (!vm_match_keywords(vm, &k, "property", 4, names, given)) return VM_NULL;
    return new_wrapper(vm, 2, given[0], given[1], given[2]);
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
    if (argc > 1) return vm_raise(vm, VM_B_TypeError, "%C.__init__() takes exactly one argument (the instance to initialize)", class_);
    return VM_NONE;
}
vm_value vm_object_repr(vm *vm, unsigned argc, vm_value *argv) {
    vm_writer w;
    (void)argc;
    vm_writer_begin(&w, vm, 40);
    vm_write_default_repr(&w, argv[0]);
    return vm_writer_end(&w);
}
vm_value vm_object_str(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, vm_repr(vm, argv[0]); }
vm_value vm_object_hash(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_is_object(argv[0]) ? vm_int(vm, (argv[0] - vm->heap) >> 3) : vm_bi_hash(vm, 1, argv);
}
vm_value vm_object_eq(vm *vm, unsigned argc, vm_value *argv) {
    (void)vm, (void)argc;
    return argv[0] == argv[1] ? VM_TRUE : VM_NOT_IMPLEMENTED;
}
vm_value vm_object_ne(vm *vm, unsigned argc, vm_value *argv) {
    (void)vm, (void)argc;
    return argv[0] == argv[1] ? VM_FALSE : VM_NOT_IMPLEMENTED;
}
vm_value vm_object_setattr(vm *vm, unsigned argc, vm_value *argv) { return vm_bi_setattr(vm, argc, argv); }

vm_value vm_exception_init(vm *vm, unsigned argc, vm_value *argv) {
    vm_value args = vm_new_tuple_of(vm, argc - 1, argv + 1);
    if (!args) return args;
    vm_exception_of(vm, argv[0])->args = args;
    return VM_NONE;
}
vm_value vm_exception_str(vm *vm, unsigned argc, vm_value *argv) {
    vm_writer w;
    (void)argc;
    vm_writer_begin(&w, vm, 40);
    vm_write_exception_message(&w, argv[0]);
    return vm_writer_end(&w);
}
vm_value vm_exception_with_traceback(vm *vm, unsigned argc, vm_value *argv) { return (void)vm, (void)argc, argv[0]; }
