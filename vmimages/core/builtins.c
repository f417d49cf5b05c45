/* SPDX-License-Identifier: Apache-2.0 */
/* The builtin functions that belong to no type. */
#include "rooms.h"

vm_value vm_bi_print(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"print", 4, {VM_N_sep, VM_N_end, VM_N_file, VM_N_flush}};
    vm_value given[4] = {VM_NONE, VM_NONE, VM_NONE, VM_NONE};
    vm_writer w;
    if (!vm_take_arguments(vm, 0, argv + argc, &parameters, given)) return VM_NULL;
    for (unsigned i = 0; i < 2; i++)
        if (given[i] != VM_NONE && !vm_is(vm, given[i], VM_T_STR))
            return vm_raise(vm, VM_B_TypeError, "%s must be None or a string, not %T", i ? "end" : "sep", given[i]);
    vm_writer_console(&w, vm);
    for (unsigned i = 0; i < argc; i++) {
        vm_value v = argv[i];
        if (i && given[0] == VM_NONE)
            vm_put_char(&w, ' ');
        else if (i)
            vm_write_str(&w, given[0]);
        if (vm_is_object(v) && !vm_is(vm, v, VM_T_STR)) { /* in full, or not at all when it raises */
            v = vm_to_str(vm, v);
            if (!v) return v;
        }
        unsigned root = vm_root(vm, v);
        vm_write_str(&w, v);
        vm_unroot(vm, root);
    }
    if (given[1] == VM_NONE)
        vm_put_char(&w, '\n');
    else
        vm_write_str(&w, given[1]);
    return w.failed ? VM_NULL : VM_NONE;
}

vm_value vm_bi_len(vm *vm, unsigned argc, vm_value *argv) {
    int64_t n = vm_length(vm, argv[0]);
    (void)argc;
    return n < 0 ? VM_NULL : vm_int(vm, n);
}

vm_value vm_bi_abs(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    vm_value m = vm_special(vm, argv[0], VM_N_abs);
    if (m) return vm_call(vm, m, 1, argv);
    int64_t x;
    if (vm_as_int64(vm, argv[0], &x)) return x < 0 ? vm_int_binary(vm, VM_OP_SUB, 0, x) : vm_int(vm, x);
#if VM_FEATURE_BIGINT
    if (vm_is_bigint(vm, argv[0])) return vm_int_negative(vm, argv[0]) ? vm_big_unary(vm, VM_OP_NEG, argv[0]) : argv[0];
#endif
    m = vm_bare(vm, argv[0]);
    if (vm_is_float(m)) {
        double d = vm_float_of(vm, m);
        return vm_alloc_float(vm, __builtin_fabs(d));
    }
    return vm_raise(vm, VM_B_TypeError, "bad operand type for abs(): '%T'", argv[0]);
}

static vm_value extreme(vm *vm, unsigned argc, vm_value *argv, bool max) {
    static const vm_parameters parameters[] = {{"min", 2, {VM_N_key, VM_N_default_}}, {"max", 2, {VM_N_key, VM_N_default_}}};
    const vm_parameters *p = &parameters[max];
    vm_value given[2] = {VM_NONE, VM_NULL}, iterator = VM_NULL, best = VM_NULL, v;
    unsigned root = vm_mark_roots(vm), i = 0;
    unsigned op = max ? VM_OP_GT : VM_OP_LT;
    if (!vm->kw_count && argc > 1) { /* the caller holds them */
        best = argv[0];
        while (++i < argc) {
            int better = vm_holds(vm, op, argv[i], best);
            if (better < 0) return VM_NULL;
            if (better) best = argv[i];
        }
        return best;
    }
    if (!vm_take_arguments(vm, 0, argv + argc, p, given)) return VM_NULL;
    if (argc == 1) {
        iterator = vm_iterate(vm, argv[0]);
        if (!iterator) return iterator;
    } else if (given[1])
        return vm_raise(vm, VM_B_TypeError, "Cannot specify a default for %s() with multiple positional arguments", p->function);
    vm_root(vm, iterator ? iterator : VM_NONE);
    unsigned place = vm_root(vm, VM_NONE); /* the best, its key, the candidate */
    vm_root(vm, VM_NONE);
    vm_root(vm, VM_NONE);
    while ((v = iterator ? vm_next(vm, iterator) : i < argc ? argv[i++] : VM_NULL)) {
        vm->roots[place + 2] = v;
        vm_value key = given[0] == VM_NONE ? v : vm_call(vm, given[0], 1, &v);
        if (!key) break;
        int better = 1;
        if (best) {
            unsigned key_root = vm_root(vm, key);
            better = vm_holds(vm, op, key, vm->roots[place + 1]);
            vm_unroot(vm, key_root);
        }
        if (better < 0) break;
        if (better) {
            best = v;
            vm->roots[place] = v;
            vm->roots[place + 1] = key;
        }
    }
    vm_unroot(vm, root);
    if (vm->exception) return VM_NULL;
    if (best) return best;
    return given[1] ? given[1] : vm_raise(vm, VM_B_ValueError, "%s() arg is an empty sequence", p->function);
}

vm_value vm_bi_min(vm *vm, unsigned argc, vm_value *argv) { return extreme(vm, argc, argv, false); }
vm_value vm_bi_max(vm *vm, unsigned argc, vm_value *argv) { return extreme(vm, argc, argv, true); }

vm_value vm_bi_sum(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"sum", 1, {VM_N_start}};
    vm_value total = VM_SMALL(0), v;
    if (!vm_take_arguments(vm, argc - 1, argv + 1, &parameters, &total)) return VM_NULL;
    if (vm_is(vm, total, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    if (VM_FEATURE_RARE && (vm_is(vm, total, VM_T_BYTES) || vm_is(vm, total, VM_T_BYTEARRAY)))
        return vm_raise(vm, VM_B_TypeError, "sum() can't sum %T [use b''.join(seq) instead]", total);
    vm_value iterator = vm_iterate(vm, argv[0]);
    if (!iterator) return iterator;
    unsigned root = vm_root(vm, iterator), place = vm_root(vm, total);
    while (total && (v = vm_next(vm, iterator))) {
        int32_t z;
        if (vm_both_small(total, v) && !__builtin_add_overflow((int32_t)total, (int32_t)(v - 1), &z)) {
            total = (vm_value)z;
            continue;
        }
        unsigned item = vm_root(vm, v);
        total = vm_binary(vm, VM_OP_ADD, total, v, false);
        vm_unroot(vm, item);
        if (total) vm->roots[place] = total;
    }
    vm_unroot(vm, root);
    return vm->exception ? VM_NULL : total;
}

static vm_value any_all(vm *vm, vm_value *argv, bool until) {
    vm_value iterator = vm_iterate(vm, argv[0]), v;
    bool truth = !until;
    if (!iterator) return iterator;
    unsigned root = vm_root(vm, iterator);
    while (truth != until && (v = vm_next(vm, iterator))) {
        unsigned item = vm_root(vm, v);
        bool done = vm_truth(vm, v, &truth);
        vm_unroot(vm, item);
        if (!done) break;
    }
    vm_unroot(vm, root);
    return vm->exception ? VM_NULL : VM_BOOL(truth);
}

vm_value vm_bi_any(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, any_all(vm, argv, true); }
vm_value vm_bi_all(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, any_all(vm, argv, false); }

vm_value vm_bi_isinstance(vm *vm, unsigned argc, vm_value *argv) {
    int is = vm_is_among(vm, argv[0], argv[1], true);
    (void)argc;
    return is < 0 ? VM_NULL : VM_BOOL(is);
}

vm_value vm_bi_issubclass(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!vm_is_class(vm, argv[0])) return vm_raise(vm, VM_B_TypeError, "issubclass() arg 1 must be a class");
    int is = vm_is_among(vm, argv[0], argv[1], false);
    return is < 0 ? VM_NULL : VM_BOOL(is);
}

vm_value vm_bi_callable(vm *vm, unsigned argc, vm_value *argv) {
    unsigned type = vm_object_type(vm, argv[0]);
    (void)argc;
    return VM_BOOL(vm_is_builtin(argv[0]) || type == VM_T_FUNCTION || type == VM_T_METHOD || type == VM_T_CLASS ||
                   (type == VM_T_WRAPPER && !vm_head(vm, argv[0])->aux) || vm_special(vm, argv[0], VM_N_call));
}

vm_value vm_bi_ord(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t n, at = 0;
    (void)argc;
    if (vm_is(vm, argv[0], VM_T_STR)) {
        n = vm_str_count(vm, argv[0]);
        if (n == 1) return VM_SMALL(vm_utf8_next(vm_str_of(vm, argv[0])->data, &at));
    } else if (vm_bytes_view(vm, argv[0], &data, &n)) {
        if (n == 1) return VM_SMALL(data[0]);
    } else
        return vm_raise(vm, VM_B_TypeError, "ord() expected string of length 1, but %T found", argv[0]);
    return vm_raise(vm, VM_B_TypeError, "ord() expected a character, but string of length %u found", n);
}

vm_value vm_bi_chr(vm *vm, unsigned argc, vm_value *argv) {
    int64_t x;
    uint8_t text[4];
    (void)argc;
    if (!vm_need_int(vm, argv[0], &x)) return VM_NULL;
    if (x < 0 || x > 0x10FFFF) return vm_raise(vm, VM_B_ValueError, "chr() arg not in range(0x110000)");
    return vm_new_string(vm, text, vm_utf8_put(text, (uint32_t)x));
}

static vm_value based(vm *vm, vm_value v, unsigned base, char letter) {
    char room[VM_INT_TEXT];
    vm_writer w;
    uint32_t n;
    vm_value holder;
    v = vm_index_of(vm, v);
    const uint8_t *digits = v ? vm_int_digits(vm, v, base, false, room, &n, &holder) : NULL;
    if (!digits) return VM_NULL;
    unsigned root = vm_root(vm, holder), start = *digits == '-';
    vm_writer_begin(&w, vm, n + 2);
    vm_put(&w, digits, start);
    vm_put_char(&w, '0');
    vm_put_char(&w, (uint8_t)letter);
    vm_put(&w, digits + start, n - start);
    v = vm_writer_end(&w);
    vm_unroot(vm, root);
    return v;
}

vm_value vm_bi_hex(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, based(vm, argv[0], 16, 'x'); }
vm_value vm_bi_oct(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, based(vm, argv[0], 8, 'o'); }
vm_value vm_bi_bin(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, based(vm, argv[0], 2, 'b'); }

/* Half to even, at 10 ** -digits. */
static vm_value round_int(vm *vm, vm_value v, int64_t digits) {
    int64_t x, unit = 1;
    if (digits >= 0) return vm_index_of(vm, v);
#if VM_FEATURE_BIGINT
    if (!vm_narrow(vm) && (!vm_as_int64(vm, v, &x) || digits < -17)) {
        if (digits < -10000) return VM_SMALL(0);
        unsigned root = vm_mark_roots(vm);
        vm_value u = vm_int_binary(vm, VM_OP_POW, 10, -digits), q = VM_NULL, r = VM_NULL;
        if (u && vm_root(vm, u) + 1 && (q = vm_int_values(vm, VM_OP_FLOORDIV, v, u)) && vm_root(vm, q) + 1 &&
            (r = vm_int_values(vm, VM_OP_MOD, v, u)) && vm_root(vm, r) + 1 && (r = vm_int_values(vm, VM_OP_LSHIFT, r, VM_SMALL(1)))) {
            vm_root(vm, r);
            int order = vm_big_compare(vm, r, u);
            vm_value odd = vm_int_values(vm, VM_OP_AND, q, VM_SMALL(1));
            if (order > 0 || (order == 0 && odd == VM_SMALL(1))) q = vm_int_values(vm, VM_OP_ADD, q, VM_SMALL(1));
            if (q) vm_root(vm, q), q = vm_int_values(vm, VM_OP_MUL, q, u);
        } else
            q = VM_NULL;
        vm_unroot(vm, root);
        return q;
    }
#endif
    vm_as_int64(vm, v, &x);
    if (digits < -18) return VM_SMALL(0);
    while (digits++ < 0) unit *= 10;
    /* From the even multiple of the unit below: to there, to the next odd one, or to the next even one. */
    int64_t rest = x % (2 * unit), to = unit;
    if (rest < 0) rest += 2 * unit;
    if (rest <= unit / 2)
        to = 0;
    else if (rest >= unit + unit / 2)
        to = 2 * unit;
    return vm_int_binary(vm, VM_OP_ADD, x, to - rest);
}

vm_value vm_bi_round(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"round", 2, {VM_N_number, VM_N_ndigits}};
    vm_value given[2] = {VM_NULL, VM_NONE};
    int32_t digits = 0;
    if (!vm_take_arguments(vm, argc, argv, &parameters, given)) return VM_NULL;
    if (!given[0]) return vm_raise(vm, VM_B_TypeError, "round() missing required argument 'number' (pos 1)");
    vm_value m = vm_special(vm, given[0], VM_N_round_);
    if (m) return vm_call(vm, m, given[1] == VM_NONE ? 1 : 2, given);
    given[0] = vm_bare(vm, given[0]);
    if (!vm_is_number(vm, given[0])) return vm_raise(vm, VM_B_TypeError, "type %T doesn't define __round__ method", given[0]);
    if (given[1] != VM_NONE && !vm_need_index(vm, given[1], &digits)) return VM_NULL;
#if VM_FLOAT
    if (vm_is_float(given[0])) {
        double d = vm_float_of(vm, given[0]), whole;
        if (given[1] != VM_NONE) return vm_float_round(vm, d, digits);
        whole = vm_floor(d);
        if (d - whole > 0.5 || (d - whole == 0.5 && vm_fmod(whole, 2) != 0)) whole += 1;
        return vm_float_to_int(vm, whole);
    }
#endif
    return round_int(vm, given[0], digits);
}

vm_value vm_bi_divmod(vm *vm, unsigned argc, vm_value *argv) {
    vm_value both[2], t;
    (void)argc;
#if VM_FEATURE_RARE
    t = vm_special(vm, argv[0], VM_N_divmod_);
    vm_value r = vm_special(vm, argv[1], VM_N_rdivmod_);
    if (t) t = vm_call_method(vm, t, argv[0], 1, &argv[1]);
    if ((!t || t == VM_NOT_IMPLEMENTED) && !vm->exception && r) t = vm_call_method(vm, r, argv[1], 1, &argv[0]);
    if (vm->exception || (t && t != VM_NOT_IMPLEMENTED)) return t;
    if (!vm_is_number(vm, vm_bare(vm, argv[0])) || !vm_is_number(vm, vm_bare(vm, argv[1])))
        return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for divmod(): '%T' and '%T'", argv[0], argv[1]);
#endif
    t = VM_NULL;
    both[0] = vm_binary(vm, VM_OP_FLOORDIV, argv[0], argv[1], false);
    if (!both[0]) return VM_NULL;
    unsigned root = vm_root(vm, both[0]);
    both[1] = vm_binary(vm, VM_OP_MOD, argv[0], argv[1], false);
    if (both[1]) {
        vm_root(vm, both[1]);
        t = vm_new_tuple_of(vm, 2, both);
    }
    vm_unroot(vm, root);
    return t;
}

#if VM_FEATURE_RARE
vm_value vm_number_rdivmod(vm *vm, unsigned argc, vm_value *argv) {
    vm_value both[2] = {argv[1], argv[0]};
    return vm_bi_divmod(vm, argc, both);
}
#endif

#if VM_HOST || !VM_FEATURE_BIGINT
/* Of moduli up to 31 bits: no product needs more than 64. */
static vm_value power_modulo(vm *vm, vm_value *given) {
    int64_t x[3], r = 1;
    for (unsigned i = 0; i < 3; i++)
        if (!vm_need_int(vm, given[i], &x[i])) return VM_NULL;
    if (!x[2]) return vm_raise(vm, VM_B_ValueError, "pow() 3rd argument cannot be 0");
    if (x[1] < 0) return vm_raise(vm, VM_B_ValueError, "pow() with a negative exponent and a modulus is not supported");
    if (x[2] != (int32_t)x[2]) return vm_int_overflow(vm, VM_OP_POW, 0, 0);
    int32_t modulus = (int32_t)x[2];
    for (int64_t base = x[0];; base *= base) {
        base %= modulus;
        r %= modulus;
        if (!x[1]) break;
        if (x[1] & 1) r *= base;
        x[1] >>= 1;
    }
    return vm_int(vm, r && (r < 0) != (modulus < 0) ? r + modulus : r);
}
#endif

vm_value vm_bi_pow(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"pow", 3, {VM_N_base, VM_N_exp, VM_N_mod_}};
    vm_value given[3] = {VM_NULL, VM_NULL, VM_NONE};
    if (!vm_take_arguments(vm, argc, argv, &parameters, given)) return VM_NULL;
    if (!given[0] || !given[1])
        return vm_raise(vm, VM_B_TypeError, "pow() missing required argument '%s' (pos %d)", given[0] ? "exp" : "base", given[0] ? 2 : 1);
    if (given[2] == VM_NONE) return vm_binary(vm, VM_OP_POW, given[0], given[1], false);
#if VM_FEATURE_RARE
    vm_value m = vm_special(vm, given[0], VM_N_pow);
    if (m) m = vm_call(vm, m, 3, given);
    if (vm->exception || (m && m != VM_NOT_IMPLEMENTED)) return m;
#endif
    bool numbers = true;
    for (unsigned i = 0; i < 3; i++) {
        if (vm_is_float(given[i])) return vm_raise(vm, VM_B_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
        numbers &= vm_is_number(vm, given[i]);
    }
    if (!numbers)
        return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'", given[0], given[1], given[2]);
#if VM_FEATURE_BIGINT
    if (!vm_narrow(vm)) return vm_big_pow_mod(vm, given[0], given[1], given[2]);
#endif
#if VM_HOST || !VM_FEATURE_BIGINT
    return power_modulo(vm, given);
#endif
}

vm_value vm_bi_id(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_int(vm, vm_is_object(argv[0]) || vm_is_float(argv[0]) ? (int64_t)(argv[0] - vm->heap) : (int64_t)((uint64_t)argv[0] << 32));
}

vm_value vm_bi_hash(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t h;
    (void)argc;
    if (!vm_hash(vm, argv[0], &h)) return VM_NULL;
    vm_value v = vm_special(vm, argv[0], VM_N_hash) ? VM_NONE : vm_bare(vm, argv[0]);
    return vm_int(vm, vm_is_number(vm, v) ? vm_number_hash(vm, v) : (int32_t)h);
}

vm_value vm_bi_next(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_next(vm, argv[0]);
    if (v || vm->exception) return v;
    return argc > 1 ? argv[1] : vm_raise(vm, VM_B_StopIteration, "");
}

/* --- attributes by name */

/* VM_NULL: there is none, or raised. */
static vm_value attribute(vm *vm, vm_value *argv) {
    if (!vm_is(vm, argv[1], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "attribute name must be string, not '%T'", argv[1]);
    /* A name that nothing goes by yet matters to __getattr__ only. */
    int name = vm_name_id(vm, argv[1], vm_special(vm, argv[0], VM_N_getattr_) || vm_special(vm, argv[0], VM_N_getattribute));
    return vm->exception || name < 0 ? VM_NULL : vm_find_attr(vm, argv[0], (unsigned)name);
}

vm_value vm_bi_getattr(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = attribute(vm, argv);
    if (v || (vm->exception && (argc < 3 || !vm_take_exception(vm, VM_B_AttributeError)))) return v;
    if (argc > 2) return argv[2];
    if (vm_is_class(vm, argv[0])) return vm_raise(vm, VM_B_AttributeError, "type object '%C' has no attribute '%S'", argv[0], argv[1]);
    return vm_raise(vm, VM_B_AttributeError, "'%T' object has no attribute '%S'", argv[0], argv[1]);
}

vm_value vm_bi_hasattr(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (attribute(vm, argv)) return VM_TRUE;
    return !vm->exception || vm_take_exception(vm, VM_B_AttributeError) ? VM_FALSE : VM_NULL;
}

vm_value vm_bi_setattr(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!vm_is(vm, argv[1], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "attribute name must be string, not '%T'", argv[1]);
    int name = vm_name_id(vm, argv[1], true);
    return name >= 0 && vm_setattr(vm, argv[0], (unsigned)name, argv[2]) ? VM_NONE : VM_NULL;
}

vm_value vm_bi_delattr(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (!vm_is(vm, argv[1], VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "attribute name must be string, not '%T'", argv[1]);
    int name = vm_name_id(vm, argv[1], true);
    return name >= 0 && vm_delattr(vm, argv[0], (unsigned)name) ? VM_NONE : VM_NULL;
}

vm_value vm_range_index_method(vm *vm, unsigned argc, vm_value *argv) {
    int64_t x, start, step, i = 0;
    (void)argc;
    if (!vm_as_int64(vm, argv[1], &x)) { /* of any type: by comparing */
        vm_value iterator = vm_iterate(vm, argv[0]), v;
        unsigned root = vm_root(vm, iterator);
        int same = 0;
        for (; iterator && !same && (v = vm_next(vm, iterator)); i++) same = vm_equal(vm, v, argv[1]);
        vm_unroot(vm, root);
        if (same > 0) return vm_int(vm, i - 1);
        return vm->exception ? VM_NULL : vm_raise(vm, VM_B_ValueError, "sequence.index(x): x not in sequence");
    }
    if (!vm_contains(vm, argv[0], argv[1])) return vm_raise(vm, VM_B_ValueError, "%R is not in range", argv[1]);
    vm_as_int64(vm, vm_range_of(vm, argv[0])->start, &start);
    vm_as_int64(vm, vm_range_of(vm, argv[0])->step, &step);
    return vm_int(vm, (x - start) / step);
}

vm_value vm_range_count_method(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    int in = vm_contains(vm, argv[0], argv[1]);
    return in < 0 ? VM_NULL : VM_SMALL(in);
}
