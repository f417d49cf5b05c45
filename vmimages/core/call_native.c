/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of native functions: how many arguments they take, and what they do with keywords. */
#include "thread.h"

static vm_value wrong_count(vm *vm, unsigned number, const vm_native_info *info, unsigned argc) {
    vm_writer w;
    char text[64];
    vm_writer_fixed(&w, vm, text, sizeof text - 1);
    unsigned limit = argc < info->min ? info->min : info->max;
    bool exact = info->min == info->max, named = exact && (!limit || (limit == 1 && !info->keywords));
    if (info->method && (!named || info->keywords) && vm_method_name(number) != VM_N_init)
        vm_put_name(&w, vm_method_name(number));
    else
        vm_put_native_name(&w, number);
    text[w.length] = 0;
    if (named)
        return vm_raise(vm, VM_B_TypeError,
                        info->keywords ? "%s() takes no positional arguments"
                        : limit        ? "%s() takes exactly one argument (%d given)"
                                       : "%s() takes no arguments (%d given)",
                        text, argc);
#if VM_FEATURE_RARE /* CPython reads the arguments of some methods of text in another way */
    unsigned name = number < VM_B_COUNT ? VM_N_COUNT : vm_method_name(number);
    if (info->method && (info->type == VM_B_str || info->type == VM_B_bytes) && !exact &&
        (info->keywords || name == VM_N_find || name == VM_N_rfind || name == VM_N_index || name == VM_N_rindex || name == VM_N_count ||
         name == VM_N_startswith || name == VM_N_endswith))
        return vm_raise(vm, VM_B_TypeError, "%s() takes at %s %d argument%s (%d given)", text, argc < limit ? "least" : "most", limit,
                        limit == 1 ? "" : "s", argc);
#endif
    return vm_raise(vm, VM_B_TypeError, "%s expected %s%d argument%s, got %d", text,
                    exact          ? ""
                    : argc < limit ? "at least "
                                   : "at most ",
                    limit, limit == 1 ? "" : "s", argc);
}

vm_value vm_call_native(vm *vm, unsigned number, unsigned argc, vm_value *argv, unsigned kwc, const uint32_t *kw_words) {
    vm_native_info info;
    if (number < VM_B_COUNT && vm_builtins[number].kind == VM_KIND_EXCEPTION) {
        if (kwc) return vm_raise(vm, VM_B_TypeError, "%s() takes no keyword arguments", vm_builtin_short_name(number));
        return vm_new_exception(vm, VM_BUILTIN(number), argc, argv);
    }
    if (VM_FEATURE_DUNDER && number >= VM_B_COUNT + vm_method_count()) {
        if (argc && !kwc && vm_method_name(number) != VM_N_call) return vm_dunder(vm, vm_method_name(number), argc, argv);
        if (argc && vm_method_name(number) == VM_N_call) {
            vm_value plain = vm->plain;
            vm->plain = argv[0]; /* of a class: what type.__call__ does */
            vm_value v = vm_call_keywords(vm, argv[0], VM_NULL, argc - 1, argv + 1, kwc, kw_words);
            vm->plain = plain;
            return v;
        }
        return vm_raise(vm, VM_B_TypeError, argc ? "%N() takes no keyword arguments" : "unbound method %N() needs an argument",
                        vm_method_name(number));
    }
    if (!vm_native_at(number, &info)) return vm_raise(vm, VM_B_TypeError, "'%T' object is not callable", VM_BUILTIN(number));
    unsigned given = argc;
    if (info.method) {
        if (!argc)
            return vm_raise(vm, VM_B_TypeError, "unbound method %s.%N() needs an argument", vm_builtin_short_name(info.type),
                            vm_method_name(number));
        if (!vm_subclass(vm, vm_type_of(vm, argv[0]), VM_BUILTIN(info.type)) &&
            !(info.type == VM_B_bytes && vm_is(vm, argv[0], VM_T_BYTEARRAY)) && /* they share most methods */
            !(info.type == VM_B_set && vm_is(vm, argv[0], VM_T_SET) && (int)number - VM_B_COUNT >= vm_method_number(VM_B_set, VM_N_copy)))
            return vm_raise(vm, VM_B_TypeError, "descriptor '%N' for '%s' objects doesn't apply to a '%T' object", vm_method_name(number),
                            vm_builtin_short_name(info.type), argv[0]);
        given--;
    }
    if (kwc && !info.keywords) {
        vm_writer w;
        char text[64];
        vm_writer_fixed(&w, vm, text, sizeof text - 1);
        vm_put_native_name(&w, number);
        text[w.length] = 0;
        return vm_raise(vm, VM_B_TypeError, "%s() takes no keyword arguments", text);
    }
    if (given < info.min || (given > info.max && info.max != 255)) return wrong_count(vm, number, &info, given);
    vm->kw_count = kwc;
    vm->kw_words = kw_words;
    vm_value v = info.function(vm, argc, argv);
    vm->kw_count = 0;
    return v;
}

vm_keywords vm_take_keywords(vm *vm, unsigned argc, vm_value *argv) {
    vm_keywords k = {vm->kw_count, vm->kw_words, argv + argc};
    vm->kw_count = 0;
    return k;
}

bool vm_match_keywords(vm *vm, const vm_keywords *k, const char *function, unsigned count, const uint16_t *names, vm_value *out) {
    for (unsigned i = 0; i < k->count; i++) {
        unsigned name = k->words[i] >> 16, j = 0;
        while (j < count && names[j] != name) j++;
        if (j == count) {
            vm_raise(vm, VM_B_TypeError, "'%N' is an invalid keyword argument for %s()", name, function);
            return false;
        }
        out[j] = k->values[i];
    }
    return true;
}

bool vm_take_arguments(vm *vm, unsigned argc, vm_value *argv, const vm_parameters *p, vm_value *out) {
    vm_keywords k = vm_take_keywords(vm, argc, argv);
    for (unsigned i = 0; i < argc; i++) out[i] = argv[i];
    return vm_match_keywords(vm, &k, p->function, p->count, p->names, out);
}

bool vm_no_keywords(vm *vm, const char *function) {
    bool none = !vm->kw_count;
    vm->kw_count = 0;
    if (!none) vm_raise(vm, VM_B_TypeError, "%s() takes no keyword arguments", function);
    return none;
}
