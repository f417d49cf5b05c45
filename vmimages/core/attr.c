/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: reading, writing, deleting, and finding the method of a call without making a bound method. */
#include "rooms.h"

static vm_value new_method(vm *vm, vm_value self, vm_value function) {
    unsigned root = vm_root(vm, self);
    vm_root(vm, function);
    vm_value v = vm_alloc(vm, VM_T_METHOD, sizeof(vm_method));
    vm_unroot(vm, root);
    if (!v) return v;
    vm_method_of(vm, v)->self = self;
    vm_method_of(vm, v)->function = function;
    return v;
}

static bool is_property(const vm *vm, vm_value v) { return vm_is(vm, v, VM_T_WRAPPER) && vm_head(vm, v)->aux == 2; }

bool vm_sets_attribute(vm *vm, vm_value v) {
    return is_property(vm, v) || (VM_FEATURE_DESCRIPTORS && (vm_special(vm, v, VM_N_set_) || vm_special(vm, v, VM_N_delete_)));
}

vm_value vm_bind(vm *vm, vm_value v, vm_value object, vm_value class_, unsigned name) {
    if (vm_is(vm, v, VM_T_WRAPPER)) {
        const vm_wrapper *w = vm_wrapper_of(vm, v);
        if (w->h.aux == 0) return w->get;
        if (w->h.aux == 1) return new_method(vm, class_, w->get);
        if (!object) return v;
        if (w->get == VM_NONE) return vm_raise(vm, VM_B_AttributeError, "property '%N' of '%C' object has no getter", name, class_);
        return vm_call(vm, w->get, 1, &object);
    }
#if VM_FEATURE_DESCRIPTORS
    vm_value get = vm_special(vm, v, VM_N_get_), from[2] = {object ? object : VM_NONE, class_};
    if (get) return vm_call_method(vm, get, v, 2, from);
#endif
#if VM_FEATURE_RARE
    if (name == VM_N_fromkeys && vm_is_builtin(v) && vm_is_object(class_)) return new_method(vm, class_, v); /* it makes one of the class */
#endif
    if (!object) return v;
    if (vm_is(vm, v, VM_T_FUNCTION)) return new_method(vm, object, v);
    if (vm_is_builtin(v) && vm_builtin_number(v) >= VM_B_COUNT && !vm_method_is_static(vm_builtin_number(v)))
        return new_method(vm, object, v);
    return v;
}

/* None of an instance of a class derived from a builtin type. */
static vm_value *slots_of(const vm *vm, vm_value v, unsigned *count) {
    vm_header *h = vm_head(vm, v);
    *count = h->flags & VM_SUBCLASSED ? 0 : h->aux;
    return h->type == VM_T_INSTANCE ? ((vm_instance *)h)->slots : ((vm_exception *)h)->slots;
}

/* The instance's own attribute; VM_NULL: none. */
static vm_value own_attribute(vm *vm, vm_value v, unsigned name) {
    const vm_identity *id = vm_identity_of(vm, v);
    unsigned count;
    vm_value *slots = slots_of(vm, v, &count);
    int slot = count && vm_is_object(id->class_) ? vm_class_slot_cached(vm, id->class_, name) : -1;
    if (slot >= 0 && (unsigned)slot < count && slots[slot] != VM_UNBOUND) return slots[slot];
    vm_value found = id->extra ? vm_attrs_get(vm, id->extra, name) : VM_NULL;
#if VM_FEATURE_RARE
    /* Put there through __dict__: the class's descriptor of that name comes first. */
    if (found && vm_maybe_property(vm, name)) {
        vm_value above = vm_class_lookup(vm, id->class_, name);
        if (above && vm_sets_attribute(vm, above)) return VM_NULL;
    }
#endif
    return found;
}

static bool add_attributes(vm *vm, vm_value dict, vm_value attrs) {
    uint32_t at = 0;
    vm_value key, value;
    bool done = true;
    while (done && attrs && vm_dict_next(vm, attrs, &at, &key, &value)) {
        key = vm_name_str(vm, (unsigned)vm_small(key));
        done = key && vm_dict_set(vm, dict, key, value);
    }
    return done;
}

#if VM_FEATURE_RARE
/* Attributes of a function lie in its dict of keyword-only defaults, which has names as strs: under -1 - the name's id. */
#define FUNCTION_KEY(name) VM_SMALL(-1 - (int32_t)(name))

static vm_value function_attr(vm *vm, vm_value v, unsigned name) {
    vm_value own = vm_function_of(vm, v)->kwdefaults;
    return vm_is(vm, own, VM_T_DICT) ? vm_dict_get(vm, own, FUNCTION_KEY(name)) : VM_NULL;
}

static bool set_function_attr(vm *vm, vm_value v, unsigned name, vm_value value) {
    vm_function *f = vm_function_of(vm, v);
    if (!vm_is(vm, f->kwdefaults, VM_T_DICT)) {
        unsigned root = vm_root(vm, v);
        vm_root(vm, value);
        vm_value own = vm_new_dict_sized(vm, 0);
        vm_unroot(vm, root);
        if (!own) return false;
        f->kwdefaults = own;
    }
    if (name == VM_N_defaults_) return f->defaults = value, true;
    return vm_dict_set(vm, f->kwdefaults, FUNCTION_KEY(name), value);
}

/* __dict__, or __kwdefaults__ */
static vm_value dict_of_function(vm *vm, vm_value v, bool attributes) {
    vm_value own = vm_function_of(vm, v)->kwdefaults, dict = vm_new_dict_sized(vm, 0), key, value;
    uint32_t at = 0;
    if (!dict) return dict;
    unsigned root = vm_root(vm, dict);
    bool done = true;
    while (done && vm_is(vm, own, VM_T_DICT) && vm_dict_next(vm, own, &at, &key, &value)) {
        if (vm_is_small(key) != attributes) continue;
        if (attributes) {
            unsigned name = (unsigned)(-1 - vm_small(key));
            if (name == VM_N_name_ || name == VM_N_qualname_ || name == VM_N_doc_ || name == VM_N_annotations_) continue;
            key = vm_name_str(vm, name);
        }
        done = key && vm_dict_set(vm, dict, key, value);
    }
    vm_unroot(vm, root);
    if (done && attributes) vm_live_dict(vm, dict, v);
    return done ? dict : VM_NULL;
}

static vm_value of_function(vm *vm, vm_value v, unsigned name) {
    vm_value found = function_attr(vm, v, name);
    if (found || vm->exception) return found;
    if (name == VM_N_dict_) return dict_of_function(vm, v, true);
    if (name == VM_N_defaults_) return vm_function_of(vm, v)->defaults;
    if (name == VM_N_closure_) return vm_closure_of(vm, v);
    if (name == VM_N_annotations_) return vm_new_dict_sized(vm, 0);
    if (name != VM_N_kwdefaults_) return VM_NULL;
    found = dict_of_function(vm, v, false);
    return found && !vm_dict_of(vm, found)->used ? VM_NONE : found;
}
#endif

/* __dict__, of an instance or a class: a copy. What is changed in an instance's is changed in the instance, too. */
static vm_value dict_of(vm *vm, vm_value v) {
    vm_value dict = vm_new_dict_sized(vm, 0);
    if (!dict) return dict;
    unsigned root = vm_root(vm, dict), count = 0;
    bool done = true;
    if (VM_FEATURE_RARE && vm_is(vm, v, VM_T_CLASS)) {
        done = add_attributes(vm, dict, vm_class_of(vm, v)->attrs);
    } else {
        const vm_identity *id = vm_identity_of(vm, v);
        vm_value *slots = slots_of(vm, v, &count);
        for (unsigned i = 0; done && i < count; i++) { /* in the order of slots: the names are sorted by id, not by slot */
            if (slots[i] == VM_UNBOUND) continue;
            for (vm_value c = id->class_; vm_is_object(c); c = vm_slots_before(vm, c)) {
                const vm_class *k = vm_class_of(vm, c);
                unsigned before = k->total_slots - k->slot_count;
                for (unsigned j = 0; i >= before && i < k->total_slots && j < k->slot_count; j++) {
                    if (before + j != i) continue;
                    vm_value key = vm_name_str(vm, vm->slots[k->first_slot + j]);
                    done = key && vm_dict_set(vm, dict, key, slots[i]);
                }
            }
        }
        if (done) done = add_attributes(vm, dict, id->extra);
#if VM_FEATURE_RARE
        vm_live_dict(vm, dict, v);
#endif
    }
    vm_unroot(vm, root);
    return done ? dict : VM_NULL;
}

/* __getattribute__, __setattr__ or __delattr__ of an instance's class; VM_NULL: none. */
static vm_value hook_of(vm *vm, vm_value v, unsigned name) {
    vm_value class_ = vm_identity_of(vm, v)->class_;
    if (!VM_FEATURE_DESCRIPTORS || !vm_is_object(class_) || !(vm_head(vm, class_)->flags & VM_CLASS_HOOKS)) return VM_NULL;
    return vm_special(vm, v, name);
}

static vm_value of_others(vm *vm, vm_value v, unsigned name);
static bool closed(vm *vm, vm_value class_);

static vm_value of_instance(vm *vm, vm_value v, unsigned name) {
    vm_value class_ = vm_identity_of(vm, v)->class_, found = own_attribute(vm, v, name);
    if (found) return found;
    if (vm_head(vm, v)->type == VM_T_EXCEPTION && (found = vm_exception_getattr(vm, v, name))) return found;
    found = vm_class_lookup(vm, class_, name);
    if (found) return vm_bind(vm, found, v, class_, name);
    if (name == VM_N_dict_ && class_ != VM_BUILTIN(VM_B_object) && !(VM_FEATURE_RARE && vm_is_object(class_) && closed(vm, class_)))
        return dict_of(vm, v);
    return vm_head(vm, v)->flags & VM_SUBCLASSED ? of_others(vm, vm_bare(vm, v), name) : VM_NULL; /* int's .real */
}

static vm_value of_class(vm *vm, vm_value v, unsigned name) {
    switch (name) {
    case VM_N_name_:
    case VM_N_qualname_:
        if (vm_is_builtin(v)) return vm_builtin_name(vm, vm_builtin_number(v));
        return vm_name_str(vm, vm_class_name(vm, v, name == VM_N_qualname_));
#if VM_FEATURE_RARE
    case VM_N_base_:
    case VM_N_bases_:
    case VM_N_mro_: {
        vm_walk w = {vm, v, NULL};
        vm_value order[40], bases = VM_NULL;
        unsigned n = 0;
        do order[n++] = w.at;
        while (n < 40 && vm_walk_on(&w));
        if (name == VM_N_mro_) return vm_new_tuple_of(vm, n, order);
        if (vm_is_object(v)) bases = vm_attrs_get(vm, vm_class_of(vm, v)->attrs, VM_N_bases_);
        if (name == VM_N_bases_) return bases ? bases : vm_new_tuple_of(vm, n > 1, order + 1);
        if (bases) return vm_slots_before(vm, v);
        return n > 1 ? order[1] : VM_NONE;
    }
    case VM_N_dict_:
        if (vm_is_object(v)) return dict_of(vm, v);
        break;
    case VM_N_annotations_:
        if (vm_is_object(v) && !vm_attrs_get(vm, vm_class_of(vm, v)->attrs, VM_N_annotations_)) { /* not that of a base */
            vm_value own = vm_new_dict_sized(vm, 0);
            return own && vm_set_class_attribute(vm, v, VM_N_annotations_, own) ? own : VM_NULL;
        }
        break;
#endif
    default: break;
    }
    vm_value found = vm_class_lookup(vm, v, name);
    if (found) return vm_bind(vm, found, VM_NULL, v, name);
#if VM_FEATURE_METACLASSES
    vm_value meta = vm_type_of(vm, v);
    found = vm_class_lookup(vm, meta, name);
    return found ? vm_bind(vm, found, v, meta, name) : VM_NULL;
#else
    return VM_NULL;
#endif
}

#if VM_FEATURE_METACLASSES
/* Of a class with a metaclass: what that has as a property comes first. */
static vm_value of_made_class(vm *vm, vm_value v, unsigned name) {
    vm_value meta = vm_type_of(vm, v), above = vm_maybe_property(vm, name) ? vm_class_lookup(vm, meta, name) : VM_NULL;
    return above && vm_sets_attribute(vm, above) ? vm_bind(vm, above, v, meta, name) : of_class(vm, v, name);
}
#else
#define of_made_class of_instance /* there is none */
#endif

static vm_value of_others(vm *vm, vm_value v, unsigned name) {
    switch (vm_object_type(vm, v)) {
    case VM_T_GENERATOR:
#if VM_FEATURE_RARE
        if (name >= VM_N_gi_running && name <= VM_N_gi_yieldfrom) return vm_generator_getattr(vm, v, name);
#endif
        v = vm_generator_of(vm, v)->function; /* fall through */
    case VM_T_FUNCTION: {
#if VM_FEATURE_RARE
        vm_value found = of_function(vm, v, name);
        if (found || vm->exception) return found;
#endif
        if (name == VM_N_name_ || name == VM_N_qualname_)
            return vm_name_str(vm, vm_func_name(vm, vm_func_of(vm, v), name == VM_N_qualname_));
        break;
    }
    case VM_T_METHOD: {
        const vm_method *m = vm_method_of(vm, v);
        if (name == VM_N_self_) return m->self;
        if (name == VM_N_func_) return m->function;
        if (name == VM_N_name_ || name == VM_N_qualname_) return vm_find_attr(vm, m->function, name);
#if VM_FEATURE_RARE
        if (vm_is(vm, m->function, VM_T_FUNCTION)) return of_others(vm, m->function, name);
#endif
        break;
    }
#if VM_FEATURE_RARE
    case VM_T_SUPER: return vm_super(vm, vm_method_of(vm, v)->function, vm_method_of(vm, v)->self, name);
#endif
#if VM_MEMORYVIEW
    case VM_T_MEMORYVIEW: return vm_memory_getattr(vm, v, name);
#endif
#if VM_FEATURE_STRUCT
    case VM_T_NATIVE: return vm_head(vm, v)->aux == VM_B_Struct ? vm_struct_getattr(vm, v, name) : VM_NULL;
#endif
    case VM_T_RANGE:
    case VM_T_SLICE:
        if (name >= VM_N_start && name <= VM_N_step) return (&vm_range_of(vm, v)->start)[name - VM_N_start];
        break;
    case VM_T_WRAPPER:
        if (name == VM_N_func_ || name == VM_N_fget) return vm_wrapper_of(vm, v)->get;
        if (name == VM_N_fset) return vm_wrapper_of(vm, v)->set;
#if VM_FEATURE_RARE
        if (name == VM_N_fdel) return vm_wrapper_of(vm, v)->del;
        if (name == VM_N_wrapped_ && vm_head(vm, v)->aux < 2) return vm_wrapper_of(vm, v)->get;
        if (name == VM_N_doc_ && vm_wrapper_of(vm, v)->doc != VM_NONE) return vm_wrapper_of(vm, v)->doc;
        if (name == VM_N_doc_ || ((name == VM_N_name_ || name == VM_N_annotations_) && vm_head(vm, v)->aux < 2))
            return vm_find_attr(vm, vm_wrapper_of(vm, v)->get, name);
#endif
        break;
#if VM_FEATURE_RARE
    case VM_T_CELL:
        if (name != VM_N_cell_contents) break;
        if (vm_cell_of(vm, v)->content != VM_UNBOUND) return vm_cell_of(vm, v)->content;
        return vm_raise(vm, VM_B_ValueError, "Cell is empty");
    case VM_T_TUPLE:
        if (name == VM_N_args_ && vm_is_union(vm, v)) return vm_new_tuple_of(vm, vm_tuple_of(vm, v)->length, vm_tuple_of(vm, v)->items);
        break;
#endif
    default:
        if (VM_FEATURE_MODULES && vm_is_module(v)) {
            vm_value *place = vm_module_global(vm, v, name);
            if (place) return *place != VM_UNBOUND ? *place : VM_NULL;
            if (name == VM_N_name_) return vm_name_str(vm, vm->modules[vm_module_number(v)].name);
        }
        if (vm_is_builtin(v) && (name == VM_N_name_ || (VM_FEATURE_RARE && name == VM_N_qualname_))) {
            unsigned n = vm_builtin_number(v);
            return n < VM_B_COUNT ? vm_builtin_name(vm, n) : vm_name_str(vm, vm_method_name(n));
        }
        if (vm_is_int(vm, v) || vm_is_bool(v)) return vm_int_getattr(vm, v, name);
        if (vm_is_float(v)) return vm_float_getattr(vm, v, name);
        break;
    }
    return VM_NULL;
}

#if VM_FEATURE_DESCRIPTORS
/* Whether __class__ of an instance is something to be asked for, which a proxy answers. */
bool vm_may_pretend(vm *vm, vm_value v) {
    if (!vm_is_instance(vm, v) || v == vm->plain) return false;
    vm_value class_ = vm_identity_of(vm, v)->class_;
    if (!vm_is_object(class_)) return false;
    return vm_maybe_property(vm, VM_N_class_) || vm_head(vm, class_)->flags & VM_CLASS_HOOKS;
}
#endif

vm_value vm_find_attr(vm *vm, vm_value v, unsigned name) {
    vm_value found;
    if (name == VM_N_class_ && !vm_may_pretend(vm, v)) return vm_type_of(vm, v);
    if (vm_is_instance(vm, v)) {
        vm_value hook = hook_of(vm, v, VM_N_getattribute), text;
        unsigned root = vm_root(vm, v);
        if (hook) {
            text = vm_name_str(vm, name);
            found = text ? vm_call_method(vm, hook, v, 1, &text) : text;
        } else
            found = vm_is(vm, v, VM_T_CLASS) ? of_made_class(vm, v, name) : of_instance(vm, v, name);
        if (VM_FEATURE_DESCRIPTORS && !found && !hook && !vm->exception && name == VM_N_class_) found = vm_type_of(vm, v);
        if (!found && (hook = vm_special(vm, v, VM_N_getattr_)) && (!vm->exception || vm_take_exception(vm, VM_B_AttributeError))) {
            text = vm_name_str(vm, name);
            found = text ? vm_call_method(vm, hook, v, 1, &text) : text;
        }
        vm_unroot(vm, root);
    } else if (vm_is_class(vm, v))
        found = of_class(vm, v, name);
    else {
        found = of_others(vm, v, name);
        if (!found && !vm->exception && !vm_is(vm, v, VM_T_SUPER)) {
            vm_value class_ = vm_type_of(vm, v);
            found = vm_class_lookup(vm, class_, name);
            if (found) found = vm_bind(vm, found, v, class_, name);
        }
    }
    if (!found && !vm->exception) {
        if (name == VM_N_doc_) return VM_NONE;
        if (name == VM_N_module_) {
            vm_value type = vm_is(vm, v, VM_T_CLASS) ? v : vm_type_of(vm, v);
            if (vm_is_object(type)) return vm_name_str(vm, vm_class_module(vm, type));
            return vm_new_text(vm, vm_is(vm, v, VM_T_FUNCTION) ? "__main__" : "builtins");
        }
    }
    return found;
}

vm_value vm_no_attribute(vm *vm, vm_value v, unsigned name) {
    if (VM_ASYNC_GENERATORS && (name == VM_N_aiter || name == VM_N_anext))
        return vm_raise(vm, VM_B_TypeError, "'async for' requires an object with %N method, got %T", name, v);
    bool async = VM_ASYNC_GENERATORS && (name == VM_N_aenter || name == VM_N_aexit);
    if (async || (VM_FEATURE_RARE && (name == VM_N_enter || name == VM_N_exit)))
        return vm_raise(vm, VM_B_TypeError, "'%T' object does not support the %scontext manager protocol%s", v,
                        async ? "asynchronous " : "",
                        name == VM_N_exit    ? " (missed __exit__ method)"
                        : name == VM_N_aexit ? " (missed __aexit__ method)"
                                             : "");
    if (vm_is_class(vm, v)) return vm_raise(vm, VM_B_AttributeError, "type object '%C' has no attribute '%N'", v, name);
    if (VM_FEATURE_MODULES && vm_is_module(v))
        return vm_raise(vm, VM_B_AttributeError, "module '%N' has no attribute '%N'", vm->modules[vm_module_number(v)].name, name);
    return vm_raise(vm, VM_B_AttributeError, "'%T' object has no attribute '%N'", v, name);
}

vm_value vm_getattr(vm *vm, vm_value v, unsigned name) {
    vm_value found = vm_find_attr(vm, v, name);
    return found || vm->exception ? found : vm_no_attribute(vm, v, name);
}

vm_value vm_load_method(vm *vm, vm_value v, unsigned name, bool *bound) {
    *bound = false;
    vm_value found = VM_NULL, class_ = vm_type_of(vm, v);
    bool instance = vm_is_instance(vm, v);
    if (!instance && vm_object_type(vm, v) - 1 < VM_T_SET) { /* of a type whose methods are all that it has */
        found = vm_class_lookup(vm, class_, name);
        *bound = found && vm_builtin_number(found) >= VM_B_COUNT && !vm_method_is_static(vm_builtin_number(found));
        return *bound ? found : vm_getattr(vm, v, name);
    }
    if (vm_is_class(vm, v) || vm_is(vm, v, VM_T_SUPER) ||
        (VM_FEATURE_DESCRIPTORS && instance && vm_is_object(class_) && vm_head(vm, class_)->flags & VM_CLASS_HOOKS) ||
        (instance && (found = own_attribute(vm, v, name))))
        return found ? found : vm_getattr(vm, v, name);
    found = vm_class_lookup(vm, class_, name);
    if (found && (vm_is(vm, found, VM_T_FUNCTION) ||
                  (vm_is_builtin(found) && vm_builtin_number(found) >= VM_B_COUNT && !vm_method_is_static(vm_builtin_number(found))))) {
        *bound = true;
        return found;
    }
    return vm_getattr(vm, v, name);
}

vm_value vm_super(vm *vm, vm_value class_, vm_value self, unsigned name) {
    bool of_class = vm_is_class(vm, self) && vm_subclass(vm, self, class_);
    vm_value type = of_class ? self : vm_type_of(vm, self);
    if (!vm_subclass(vm, type, class_)) return vm_raise(vm, VM_B_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    vm_value found = vm_lookup_after(vm, type, class_, name);
    if (!found) return vm->exception ? found : vm_raise(vm, VM_B_AttributeError, "'super' object has no attribute '%N'", name);
    return vm_bind(vm, found, of_class ? VM_NULL : self, type, name);
}

#if VM_FEATURE_RARE
/* super(class, object) as a value */
vm_value vm_new_super(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!vm_no_keywords(vm, "super")) return VM_NULL;
    if (!vm_is_class(vm, argv[0])) return vm_raise(vm, VM_B_TypeError, "super() argument 1 must be a type, not %T", argv[0]);
    if (!vm_isinstance(vm, argv[1], argv[0]) && !(vm_is_class(vm, argv[1]) && vm_subclass(vm, argv[1], argv[0])))
        return vm_raise(vm, VM_B_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    vm_value v = new_method(vm, argv[1], argv[0]);
    if (v) vm_head(vm, v)->type = VM_T_SUPER;
    return v;
}
#endif

/* --- writing */

static bool set_extra(vm *vm, vm_value v, unsigned name, vm_value value) {
    vm_identity *id = vm_identity_of(vm, v);
    unsigned root = vm_root(vm, v);
    vm_root(vm, value);
    bool done = true;
    if (!id->extra) {
        vm_value extra = vm_new_dict_sized(vm, 0);
        done = extra != VM_NULL;
        if (done) id->extra = extra;
    }
    if (done) done = vm_dict_set(vm, id->extra, VM_SMALL(name), value);
    vm_unroot(vm, root);
    return done;
}

#if VM_FEATURE_RARE
/* An attribute of the instance or function itself, whatever its class says; VM_NULL: deleted. */
bool vm_set_own(vm *vm, vm_value v, unsigned name, vm_value value) {
    unsigned count;
    if (vm_is(vm, v, VM_T_FUNCTION))
        return value ? set_function_attr(vm, v, name, value)
                     : vm_dict_remove(vm, vm_function_of(vm, v)->kwdefaults, FUNCTION_KEY(name), NULL) >= 0;
    const vm_identity *id = vm_identity_of(vm, v);
    vm_value *slots = slots_of(vm, v, &count);
    int slot = vm_class_slot(vm, id->class_, name);
    if (slot >= 0 && (unsigned)slot < count) return slots[slot] = value ? value : VM_UNBOUND, true;
    if (value) return set_extra(vm, v, name, value);
    return !id->extra || vm_dict_remove(vm, id->extra, VM_SMALL(name), NULL) >= 0;
}

void vm_clear_own(vm *vm, vm_value v) {
    unsigned count;
    vm_value *slots = slots_of(vm, v, &count);
    while (count) slots[--count] = VM_UNBOUND;
    vm_identity_of(vm, v)->extra = VM_NULL;
}
#endif

/* Whether the class and its bases have __slots__ all: other attributes are refused. */
static bool closed(vm *vm, vm_value class_) {
    vm_walk w = {vm, class_, NULL};
    do
        if (vm_is_object(w.at) ? !(vm_head(vm, w.at)->flags & VM_CLASS_SLOTS)
                               : vm_builtins[vm_builtin_number(w.at)].kind == VM_KIND_EXCEPTION)
            return false;
    while (vm_walk_on(&w));
    return true;
}

static void refuse_attribute(vm *vm, vm_value v, vm_value class_, unsigned name) {
    if (vm_class_lookup(vm, class_, name))
        vm_raise(vm, VM_B_AttributeError, "'%T' object attribute '%N' is read-only", v, name);
    else
        vm_no_attribute(vm, v, name);
}

bool vm_set_class_attribute(vm *vm, vm_value v, unsigned name, vm_value value) {
#if VM_FEATURE_RARE
    bool text = name == VM_N_name_ || name == VM_N_qualname_;
    if (text && !vm_is(vm, value, VM_T_STR))
        return vm_raise(vm, VM_B_TypeError, "can only assign string to %C.%N, not '%T'", v, name, value), false;
    if ((text || name == VM_N_module_) && vm_is(vm, value, VM_T_STR) && vm_name_id(vm, value, true) < 0) return false;
    if (name == VM_N_bases_ || name == VM_N_base_ || name == VM_N_mro_ || name == VM_N_dict_)
        return vm_raise(vm, VM_B_TypeError, "cannot set '%N' attribute of immutable type '%C'", name, v), false;
#endif
#if VM_FEATURE_DESCRIPTORS
    if ((name == VM_N_init_subclass || name == VM_N_class_getitem) &&
        vm_is(vm, value, VM_T_FUNCTION)) { /* a class method without being told */
        unsigned root = vm_root(vm, v);
        value = vm_new_classmethod(vm, 1, &value);
        vm_unroot(vm, root);
        if (!value) return false;
    }
#endif
    vm_header *h = vm_head(vm, v);
    vm_cache_flush(vm);
    if (vm_is(vm, value, VM_T_WRAPPER) || (VM_FEATURE_DESCRIPTORS && vm_is_instance(vm, value))) vm->property_names |= 1u << (name & 31);
#if VM_FEATURE_RARE
    if (name == VM_N_slots_) {
        vm_value dict = vm_name_str(vm, VM_N_dict_); /* with __dict__ among them there is room for any */
        if (!dict) return false;
        int open_ =
            vm_is(vm, value, VM_T_STR) || vm_is(vm, value, VM_T_TUPLE) || vm_is(vm, value, VM_T_LIST) ? vm_contains(vm, value, dict) : 0;
        if (open_ < 0) return false;
        /* Of a class that a call has made: the names have no place but among all. */
        bool none = vm_is(vm, value, VM_T_TUPLE) && !vm_tuple_of(vm, value)->length;
        if (!open_ && (none || h->aux != VM_CLASS_MADE)) h->flags |= VM_CLASS_SLOTS;
    }
#endif
    if (VM_FEATURE_DESCRIPTORS && name == VM_N_new_) h->flags |= VM_CLASS_NEW;
    if (VM_FEATURE_DESCRIPTORS && (name == VM_N_setattr_ || name == VM_N_delattr_ || name == VM_N_getattribute)) h->flags |= VM_CLASS_HOOKS;
    return vm_dict_set(vm, vm_class_of(vm, v)->attrs, VM_SMALL(name), value);
}

/* Setting (value VM_NULL: deleting) what the class has as a property or another descriptor. 1 done, 0 there is none, -1 raised. */
static int through_class(vm *vm, vm_value v, unsigned name, vm_value value) {
    if (!vm_maybe_property(vm, name)) return 0;
    vm_value found = vm_class_lookup(vm, vm_identity_of(vm, v)->class_, name), method;
    if (!found || !vm_sets_attribute(vm, found)) return 0;
    if (is_property(vm, found)) {
        method = value ? vm_wrapper_of(vm, found)->set : vm_wrapper_of(vm, found)->del;
        if (method == VM_NONE)
            return vm_raise(vm, VM_B_AttributeError, "property '%N' of '%T' object has no %s", name, v, value ? "setter" : "deleter"), -1;
        return vm_call_method(vm, method, v, value != VM_NULL, &value) ? 1 : -1;
    }
    vm_value both[2] = {v, value};
    method = vm_special(vm, found, value ? VM_N_set_ : VM_N_delete_);
    if (!method) return vm_raise(vm, VM_B_AttributeError, value ? "__set__" : "__delete__"), -1;
    return vm_call_method(vm, method, found, value ? 2 : 1, both) ? 1 : -1;
}

/* __setattr__ and __delattr__ of the class; as through_class. */
static int through_hook(vm *vm, vm_value v, unsigned name, vm_value value) {
    vm_value hook = hook_of(vm, v, value ? VM_N_setattr_ : VM_N_delattr_), both[2];
    if (!hook) return 0;
    both[0] = vm_name_str(vm, name);
    both[1] = value;
    if (!both[0]) return -1;
    unsigned root = vm_root(vm, both[0]);
    vm_value done = vm_call_method(vm, hook, v, value ? 2 : 1, both);
    vm_unroot(vm, root);
    return done ? 1 : -1;
}

/* Of an attribute of a class: what its metaclass has to say. */
static int class_change(vm *vm, vm_value v, unsigned name, vm_value value) {
    if (!VM_FEATURE_METACLASSES || !vm_is_instance(vm, v)) return 0;
    int done = through_hook(vm, v, name, value);
    return done ? done : through_class(vm, v, name, value);
}

bool vm_setattr(vm *vm, vm_value v, unsigned name, vm_value value) {
    unsigned count;
    if (vm_is(vm, v, VM_T_CLASS)) {
        int through = class_change(vm, v, name, value);
        return through ? through > 0 : vm_set_class_attribute(vm, v, name, value);
    }
    if (VM_FEATURE_MODULES && vm_is_module(v)) {
        vm_value *place = vm_module_global(vm, v, name);
        if (place) *place = value;
        return place || vm_no_attribute(vm, v, name);
    }
#if VM_FEATURE_RARE
    if (vm_is(vm, v, VM_T_FUNCTION)) return set_function_attr(vm, v, name, value);
#endif
    if (!vm_is_instance(vm, v) || vm_type_of(vm, v) == VM_BUILTIN(VM_B_object)) {
        if (vm_is_class(vm, v))
            vm_raise(vm, VM_B_TypeError, "cannot set '%N' attribute of immutable type '%C'", name, v);
        else
            vm_no_attribute(vm, v, name);
        return false;
    }
    int done = through_hook(vm, v, name, value);
    if (done) return done > 0;
    if (vm_is(vm, v, VM_T_EXCEPTION) && (done = vm_exception_setattr(vm, v, name, value))) return done > 0;
    vm_value class_ = vm_identity_of(vm, v)->class_;
    vm_value *slots = slots_of(vm, v, &count);
    int slot = count && vm_is_object(class_) ? vm_class_slot_cached(vm, class_, name) : -1;
    if (slot >= 0 && (unsigned)slot < count) return slots[slot] = value, true;
    done = through_class(vm, v, name, value);
    if (done) return done > 0;
#if VM_FEATURE_RARE
    if (name == VM_N_class_) return vm_set_class(vm, v, value);
#endif
    if (name == VM_N_class_ || name == VM_N_dict_) return vm_raise(vm, VM_B_AttributeError, "'%N' cannot be set", name), false;
    if (VM_FEATURE_RARE && vm_is_object(class_) && closed(vm, class_)) {
        refuse_attribute(vm, v, class_, name);
        return false;
    }
    return set_extra(vm, v, name, value);
}

bool vm_delattr(vm *vm, vm_value v, unsigned name) {
    unsigned count;
    if (vm_is(vm, v, VM_T_CLASS)) {
        int through = class_change(vm, v, name, VM_NULL);
        if (through) return through > 0;
        vm_cache_flush(vm);
        if (vm_dict_remove(vm, vm_class_of(vm, v)->attrs, VM_SMALL(name), NULL) > 0) return true;
    } else if (vm_is_instance(vm, v)) {
        int done = through_hook(vm, v, name, VM_NULL);
        if (done) return done > 0;
        const vm_identity *id = vm_identity_of(vm, v);
        vm_value *slots = slots_of(vm, v, &count);
        int slot = count && vm_is_object(id->class_) ? vm_class_slot_cached(vm, id->class_, name) : -1;
        if (slot >= 0 && (unsigned)slot < count && slots[slot] != VM_UNBOUND) return slots[slot] = VM_UNBOUND, true;
        done = through_class(vm, v, name, VM_NULL);
        if (done) return done > 0;
        if (id->extra && vm_dict_remove(vm, id->extra, VM_SMALL(name), NULL) > 0) return true;
        if (VM_FEATURE_RARE && vm_is_object(id->class_) && closed(vm, id->class_)) {
            refuse_attribute(vm, v, id->class_, name);
            return false;
        }
    }
#if VM_FEATURE_RARE
    else if (vm_is(vm, v, VM_T_FUNCTION) && function_attr(vm, v, name))
        return vm_dict_remove(vm, vm_function_of(vm, v)->kwdefaults, FUNCTION_KEY(name), NULL) > 0;
#endif
    vm_no_attribute(vm, v, name);
    return false;
}

#if VM_FEATURE_RARE
/* globals(): a copy */
vm_value vm_bi_globals(vm *vm, unsigned argc, vm_value *argv) {
    vm_value dict = vm_new_dict_sized(vm, 0);
    (void)argc, (void)argv;
    unsigned root = vm_root(vm, dict);
    for (unsigned i = 0; dict && vm->global_names && i < vm->global_count; i++) {
        if (vm->globals[i] == VM_UNBOUND) continue;
        vm_value key = vm_name_str(vm, vm->global_names[i]);
        if (!key || !vm_dict_set(vm, dict, key, vm->globals[i])) dict = VM_NULL;
    }
    vm_unroot(vm, root);
    return dict;
}

/* dir() of an object: its own attributes and those of its class */
vm_value vm_bi_dir(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = argv[0], own_dir = vm_special(vm, v, VM_N_dir_), list = VM_NULL;
    vm_value names = own_dir ? vm_call_method(vm, own_dir, v, 0, NULL) : vm_new_set_sized(vm, 0);
    (void)argc;
    if (!names) return names;
    unsigned root = vm_root(vm, names);
    bool done = true;
    if (own_dir) goto sorted;
    if (vm_is_instance(vm, v)) {
        vm_value own = dict_of(vm, v), key;
        uint32_t at = 0;
        done = own != VM_NULL;
        if (done) vm_root(vm, own);
        while (done && vm_dict_next(vm, own, &at, &key, NULL)) done = vm_set_add(vm, names, key);
    }
    vm_walk w = {vm, vm_is_class(vm, v) ? v : vm_type_of(vm, v), NULL};
    do {
        vm_value key, attrs = vm_is_object(w.at) ? vm_class_of(vm, w.at)->attrs : VM_NULL;
        uint32_t at = 0;
        while (done && attrs && vm_dict_next(vm, attrs, &at, &key, NULL)) {
            key = vm_name_str(vm, (unsigned)vm_small(key));
            done = key && vm_set_add(vm, names, key);
        }
        for (unsigned n = 0; done && !attrs && n < VM_N_COUNT; n++) {
            unsigned type = vm_builtin_number(w.at);
            if (vm_method_number(type, n) < 0 && !vm_has_dunder(type, n)) continue;
            key = vm_name_str(vm, n);
            done = key && vm_set_add(vm, names, key);
        }
    } while (done && vm_walk_on(&w));
sorted:
    if (done) list = vm_to_list(vm, names);
    if (list && !vm_list_sort(vm, list, VM_NONE, false)) list = VM_NULL;
    vm_unroot(vm, root);
    return list;
}
#endif
