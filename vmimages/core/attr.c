/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: reading, writing, deleting, and finding the method of a call without making a bound method. */
#include "state.h"

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

/* What reading class attribute `v` through an object (or, of a class, through the class: object VM_NULL) gives. */
static vm_value bind(vm *vm, vm_value v, vm_value object, vm_value class_) {
    if (vm_is(vm, v, VM_T_WRAPPER)) {
        const vm_wrapper *w = vm_wrapper_of(vm, v);
        if (w->h.aux == 0) return w->get;
        if (w->h.aux == 1) return new_method(vm, class_, w->get);
        if (!object) return v;
        if (w->get == VM_NONE) return vm_raise(vm, VM_B_AttributeError, "property of '%C' object has no getter", class_);
        return vm_call(vm, w->get, 1, &object);
    }
    if (!object) return v;
    if (vm_is(vm, v, VM_T_FUNCTION)) return new_method(vm, object, v);
    if (vm_is_builtin(v) && vm_builtin_number(v) >= VM_B_COUNT && !vm_method_is_static(vm_builtin_number(v)))
        return new_method(vm, object, v);
    return v;
}

static vm_value *slots_of(const vm *vm, vm_value v, unsigned *count) {
    vm_header *h = vm_head(vm, v);
    *count = h->aux;
    return h->type == VM_T_INSTANCE ? ((vm_instance *)h)->slots : ((vm_exception *)h)->slots;
}

/* The instance's own attribute; VM_NULL: none. */
static vm_value own_attribute(vm *vm, vm_value v, unsigned name) {
    vm_value class_ = vm_instance_of(vm, v)->class_;
    unsigned count;
    vm_value *slots = slots_of(vm, v, &count);
    int slot = vm_is_object(class_) ? vm_class_slot_cached(vm, class_, name) : -1;
    if (slot >= 0 && (unsigned)slot < count && slots[slot] != VM_UNBOUND) return slots[slot];
    vm_value extra = vm_instance_of(vm, v)->extra;
    return extra ? vm_attrs_get(vm, extra, name) : VM_NULL;
}

/* __dict__: a copy. */
static vm_value dict_of_instance(vm *vm, vm_value v) {
    vm_value dict = vm_new_dict_sized(vm, 0), class_ = vm_instance_of(vm, v)->class_, key, value;
    if (!dict) return dict;
    unsigned root = vm_root(vm, dict), count, total = 0;
    vm_value *slots = slots_of(vm, v, &count);
    bool done = true;
    for (unsigned i = 0; done && i < count; i++) { /* in the order of slots: the names are sorted by id, not by slot */
        if (slots[i] == VM_UNBOUND) continue;
        for (vm_value c = class_; vm_is_object(c); c = vm_class_of(vm, c)->base) {
            const vm_class *k = vm_class_of(vm, c);
            total = k->total_slots - k->slot_count;
            if (i < total || i >= k->total_slots) continue;
            for (unsigned j = 0; j < k->slot_count; j++) {
                if (total + j != i) continue;
                key = vm_name_str(vm, vm->slots[k->first_slot + j]);
                done = key && vm_dict_set(vm, dict, key, slots[i]);
            }
        }
    }
    uint32_t at = 0;
    vm_value extra = vm_instance_of(vm, v)->extra;
    while (done && extra && vm_dict_next(vm, extra, &at, &key, &value)) {
        key = vm_name_str(vm, (unsigned)vm_small(key));
        done = key && vm_dict_set(vm, dict, key, value);
    }
    vm_unroot(vm, root);
    return done ? dict : VM_NULL;
}

static vm_value of_instance(vm *vm, vm_value v, unsigned name) {
    vm_value class_ = vm_instance_of(vm, v)->class_, found = own_attribute(vm, v, name);
    if (found) return found;
    if (vm_head(vm, v)->type == VM_T_EXCEPTION && (found = vm_exception_getattr(vm, v, name))) return found;
    found = vm_class_lookup(vm, class_, name);
    if (found) return bind(vm, found, v, class_);
    if (name == VM_N_dict_) return dict_of_instance(vm, v);
    vm_value hook = vm_special(vm, v, VM_N_getattr_);
    if (hook) {
        vm_value text = vm_name_str(vm, name);
        return text ? vm_call_method(vm, hook, v, 1, &text) : text;
    }
    return VM_NULL;
}

static vm_value of_class(vm *vm, vm_value v, unsigned name) {
    switch (name) {
    case VM_N_name_:
    case VM_N_qualname_:
        if (vm_is_builtin(v)) return vm_new_text(vm, vm_builtin_short_name(vm_builtin_number(v)));
        return vm_name_str(vm, vm_class_name(vm, v, name == VM_N_qualname_));
    case VM_N_base_:
        if (vm_is_object(v)) return vm_class_of(vm, v)->base;
        break;
    case VM_N_bases_:
        if (vm_is_object(v)) return vm_new_tuple_of(vm, 1, &vm_class_of(vm, v)->base);
        break;
    default: break;
    }
    vm_value found = vm_class_lookup(vm, v, name);
    return found ? bind(vm, found, VM_NULL, v) : VM_NULL;
}

static vm_value of_others(vm *vm, vm_value v, unsigned name) {
    switch (vm_object_type(vm, v)) {
    case VM_T_GENERATOR: v = vm_generator_of(vm, v)->function; /* fall through */
    case VM_T_FUNCTION:
        if (name == VM_N_name_ || name == VM_N_qualname_)
            return vm_name_str(vm, vm_func_name(vm, vm_func_of(vm, v), name == VM_N_qualname_));
        break;
    case VM_T_METHOD: {
        const vm_method *m = vm_method_of(vm, v);
        if (name == VM_N_self_) return m->self;
        if (name == VM_N_func_) return m->function;
        if (name == VM_N_name_ || name == VM_N_qualname_) return vm_find_attr(vm, m->function, name);
        break;
    }
    case VM_T_RANGE:
    case VM_T_SLICE:
        if (name >= VM_N_start && name <= VM_N_step) return (&vm_range_of(vm, v)->start)[name - VM_N_start];
        break;
    case VM_T_WRAPPER:
        if (name == VM_N_func_ || name == VM_N_fget) return vm_wrapper_of(vm, v)->get;
        if (name == VM_N_fset) return vm_wrapper_of(vm, v)->set;
        break;
    default:
        if (vm_is_builtin(v) && name == VM_N_name_) {
            unsigned n = vm_builtin_number(v);
            return n < VM_B_COUNT ? vm_new_text(vm, vm_builtin_short_name(n)) : vm_name_str(vm, vm_method_name(n));
        }
        if (vm_is_int(vm, v) || vm_is_bool(v)) return vm_int_getattr(vm, v, name);
        if (vm_is_float(v) && name == VM_N_real) return v;
        break;
    }
    return VM_NULL;
}

vm_value vm_find_attr(vm *vm, vm_value v, unsigned name) {
    vm_value found;
    if (name == VM_N_class_) return vm_type_of(vm, v);
    if (vm_is_instance(vm, v))
        found = of_instance(vm, v, name);
    else if (vm_is_class(vm, v))
        found = of_class(vm, v, name);
    else {
        found = of_others(vm, v, name);
        if (!found && !vm->exception) {
            vm_value class_ = vm_type_of(vm, v);
            found = vm_class_lookup(vm, class_, name);
            if (found) found = bind(vm, found, v, class_);
        }
    }
    if (!found && !vm->exception) {
        if (name == VM_N_doc_) return VM_NONE;
        if (name == VM_N_module_) return vm_new_text(vm, vm_is(vm, v, VM_T_FUNCTION) || vm_is(vm, v, VM_T_CLASS) ? "__main__" : "builtins");
    }
    return found;
}

static vm_value no_attribute(vm *vm, vm_value v, unsigned name) {
    if (vm_is_class(vm, v)) return vm_raise(vm, VM_B_AttributeError, "type object '%C' has no attribute '%N'", v, name);
    return vm_raise(vm, VM_B_AttributeError, "'%T' object has no attribute '%N'", v, name);
}

vm_value vm_getattr(vm *vm, vm_value v, unsigned name) {
    vm_value found = vm_find_attr(vm, v, name);
    return found || vm->exception ? found : no_attribute(vm, v, name);
}

vm_value vm_load_method(vm *vm, vm_value v, unsigned name, bool *bound) {
    *bound = false;
    vm_value found = VM_NULL, class_ = vm_type_of(vm, v);
    bool instance = vm_is_instance(vm, v);
    if (vm_is_class(vm, v) || (instance && (found = own_attribute(vm, v, name)))) return found ? found : vm_getattr(vm, v, name);
    found = vm_class_lookup(vm, class_, name);
    if (found && (vm_is(vm, found, VM_T_FUNCTION) ||
                  (vm_is_builtin(found) && vm_builtin_number(found) >= VM_B_COUNT && !vm_method_is_static(vm_builtin_number(found))))) {
        *bound = true;
        return found;
    }
    return vm_getattr(vm, v, name);
}

vm_value vm_super(vm *vm, vm_value class_, vm_value self, unsigned name) {
    if (!vm_is(vm, class_, VM_T_CLASS)) return vm_raise(vm, VM_B_TypeError, "super(): no class to start from");
    bool of_class = vm_is_class(vm, self);
    vm_value found = vm_class_lookup(vm, vm_class_of(vm, class_)->base, name);
    if (!found) return vm_raise(vm, VM_B_AttributeError, "'super' object has no attribute '%N'", name);
    return bind(vm, found, of_class ? VM_NULL : self, of_class ? self : vm_type_of(vm, self));
}

/* --- writing */

static bool set_extra(vm *vm, vm_value v, unsigned name, vm_value value) {
    vm_instance *o = vm_instance_of(vm, v);
    unsigned root = vm_root(vm, v);
    vm_root(vm, value);
    bool done = true;
    if (!o->extra) {
        vm_value extra = vm_new_dict_sized(vm, 0);
        done = extra != VM_NULL;
        if (done) o->extra = extra;
    }
    if (done) done = vm_dict_set(vm, o->extra, VM_SMALL(name), value);
    vm_unroot(vm, root);
    return done;
}

static vm_value property_of(vm *vm, vm_value class_, unsigned name) {
    if (!vm_maybe_property(vm, name)) return VM_NULL;
    vm_value found = vm_class_lookup(vm, class_, name);
    return found && vm_is(vm, found, VM_T_WRAPPER) && vm_head(vm, found)->aux == 2 ? found : VM_NULL;
}

bool vm_setattr(vm *vm, vm_value v, unsigned name, vm_value value) {
    unsigned type = vm_object_type(vm, v), count;
    if (type == VM_T_CLASS) {
        vm_cache_flush(vm);
        if (vm_is(vm, value, VM_T_WRAPPER)) vm->property_names |= 1u << (name & 31);
        return vm_dict_set(vm, vm_class_of(vm, v)->attrs, VM_SMALL(name), value);
    }
    if ((type != VM_T_INSTANCE && type != VM_T_EXCEPTION) || vm_type_of(vm, v) == VM_BUILTIN(VM_B_object)) {
        if (vm_is_class(vm, v))
            vm_raise(vm, VM_B_TypeError, "cannot set '%N' attribute of immutable type '%C'", name, v);
        else
            no_attribute(vm, v, name);
        return false;
    }
    vm_value class_ = vm_instance_of(vm, v)->class_;
    if (type == VM_T_EXCEPTION) {
        vm_exception *e = vm_exception_of(vm, v);
        if (name == VM_N_cause_) return e->cause = value, true;
        if (name == VM_N_context_) return e->context = value, true;
        if (name == VM_N_traceback_ || name == VM_N_suppress_context_) return true;
        if (name == VM_N_args) {
            unsigned root = vm_root(vm, v);
            vm_value args = vm_new_tuple(vm, 1, &value);
            vm_unroot(vm, root);
            if (args) e->args = args;
            return args != VM_NULL;
        }
    }
    int slot = vm_is_object(class_) ? vm_class_slot_cached(vm, class_, name) : -1;
    vm_value *slots = slots_of(vm, v, &count);
    if (slot >= 0 && (unsigned)slot < count) return slots[slot] = value, true;
    vm_value property = property_of(vm, class_, name);
    if (property) {
        vm_value set = vm_wrapper_of(vm, property)->set;
        if (set == VM_NONE) return vm_raise(vm, VM_B_AttributeError, "property '%N' of '%T' object has no setter", name, v), false;
        return vm_call_method(vm, set, v, 1, &value) != VM_NULL;
    }
    if (name == VM_N_class_ || name == VM_N_dict_) return vm_raise(vm, VM_B_AttributeError, "'%N' cannot be set", name), false;
    return set_extra(vm, v, name, value);
}

bool vm_delattr(vm *vm, vm_value v, unsigned name) {
    unsigned type = vm_object_type(vm, v), count;
    if (type == VM_T_CLASS) {
        vm_cache_flush(vm);
        if (vm_dict_remove(vm, vm_class_of(vm, v)->attrs, VM_SMALL(name), NULL) > 0) return true;
    } else if (type == VM_T_INSTANCE || type == VM_T_EXCEPTION) {
        vm_value class_ = vm_instance_of(vm, v)->class_, *slots = slots_of(vm, v, &count), extra = vm_instance_of(vm, v)->extra;
        int slot = vm_is_object(class_) ? vm_class_slot_cached(vm, class_, name) : -1;
        if (slot >= 0 && (unsigned)slot < count && slots[slot] != VM_UNBOUND) return slots[slot] = VM_UNBOUND, true;
        if (extra && vm_dict_remove(vm, extra, VM_SMALL(name), NULL) > 0) return true;
        vm_value property = property_of(vm, class_, name);
        if (property) {
            vm_value del = vm_wrapper_of(vm, property)->del;
            if (del == VM_NONE) return vm_raise(vm, VM_B_AttributeError, "property '%N' of '%T' object has no deleter", name, v), false;
            return vm_call(vm, del, 1, &v) != VM_NULL;
        }
    }
    no_attribute(vm, v, name);
    return false;
}
