/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter loop. Everything that is not a common case is a function elsewhere. A call of a Python function from Python code pushes a
 * frame and goes round the loop: it takes no C stack. Special methods of instances are called the same way where the instruction's result
 * needs only what the frame's kind says (state.h); elsewhere native code calls them in a nested run.
 *
 * fp->pc is written before anything that can raise, call or yield. */
#include "state.h"

#define A (w >> 8 & 255)
#define B (w >> 16 & 255)
#define C (w >> 24)
#define SB ((int32_t)(w << 8) >> 24)
#define SC ((int32_t)w >> 24)
#define S ((int32_t)w >> 16)
#define U (w >> 16)

#ifndef VM_SWITCH
#ifdef __GNUC__
#define VM_SWITCH 0
#else
#define VM_SWITCH 1
#endif
#endif
#if VM_SWITCH
#define CASE(name) case VM_OP_##name:
#define NEXT goto next
#else
#define CASE(name) L_##name:
#define NEXT                                                                                                                               \
    do {                                                                                                                                   \
        w = *pc++;                                                                                                                         \
        goto *labels[w & 255];                                                                                                             \
    } while (0)
#endif

#define SAVE() (fp->pc = (uint32_t)(pc - code))
#define LOAD()                                                                                                                             \
    do {                                                                                                                                   \
        fp = vm->thread.fp;                                                                                                                \
        pc = code + fp->pc;                                                                                                                \
        r = VM_PTR(vm, fp->window);                                                                                                        \
    } while (0)
#define CHARGE(n)                                                                                                                          \
    do {                                                                                                                                   \
        if (VM_UNLIKELY((vm->budget -= (n)) <= 0)) goto out_of_budget;                                                                     \
    } while (0)
#define JUMP(distance)                                                                                                                     \
    do {                                                                                                                                   \
        int32_t jump_ = (distance);                                                                                                        \
        pc += jump_;                                                                                                                       \
        if (jump_ < 0) CHARGE(-jump_);                                                                                                     \
        NEXT;                                                                                                                              \
    } while (0)
/* The result of a C function: VM_NULL is an exception. */
#define SET(x)                                                                                                                             \
    do {                                                                                                                                   \
        SAVE();                                                                                                                            \
        vm_value set_ = (x);                                                                                                               \
        if (VM_UNLIKELY(!set_)) goto raised;                                                                                               \
        r[A] = set_;                                                                                                                       \
        NEXT;                                                                                                                              \
    } while (0)
#define TRY(x)                                                                                                                             \
    do {                                                                                                                                   \
        SAVE();                                                                                                                            \
        if (VM_UNLIKELY(!(x))) goto raised;                                                                                                \
        NEXT;                                                                                                                              \
    } while (0)
#define NAME_OF(word) ((word) >> 16)

/* On a chip the loop leaves floats in comparisons to the slow path: it is the call of the soft-float routine that costs there. */
#define VM_INLINE_FLOATS VM_HOST

#if VM_INLINE_FLOATS
static inline
#else
static __attribute__((noinline))
#endif
    vm_value new_float(vm *vm, double d) {
#if !VM_GC_STRESS
    vm_size_class *s = &vm->size_class[0];
    if (VM_LIKELY(s->free != 0)) {
        vm_value v = s->page + 8 * (uint32_t)__builtin_ctz(s->free);
        s->free &= s->free - 1;
        memcpy(VM_PTR(vm, v), &d, sizeof d);
        return v | 4;
    }
#endif
    return vm_alloc_float(vm, d);
}

static VM_COLD vm_value unbound_name(vm *vm, unsigned exception, const char *format, unsigned name) {
    return vm_raise(vm, exception, format, name);
}

static vm_value constant_int(vm *vm, vm_value v) {
    (void)vm;
    int64_t i = ((vm_int64 *)VM_PTR(vm, v))->value;
    return i >= VM_INT31_MIN && i <= VM_INT31_MAX ? VM_SMALL(i) : v;
}

static VM_COLD vm_value no_global(vm *vm, unsigned number) {
    if (!vm->global_names) return vm_raise(vm, VM_B_NameError, "global number %u is not defined", number);
    return vm_raise(vm, VM_B_NameError, "name '%N' is not defined", vm->global_names[number]);
}

/* The second operand of a binary operator's instruction. */
static vm_value right_operand(const vm_value *r, uint32_t w, unsigned *op) {
    switch (*op) {
    case VM_OP_ADDI: *op = VM_OP_ADD; return VM_SMALL(SC);
    case VM_OP_SUBI: *op = VM_OP_SUB; return VM_SMALL(SC);
    case VM_OP_ANDI: *op = VM_OP_AND; return VM_SMALL(C);
    case VM_OP_LSHIFTI: *op = VM_OP_LSHIFT; return VM_SMALL(C);
    case VM_OP_RSHIFTI: *op = VM_OP_RSHIFT; return VM_SMALL(C);
    case VM_OP_IADD: *op = VM_OP_ADD; return r[C];
    case VM_OP_IMUL: *op = VM_OP_MUL; return r[C];
    case VM_OP_ISUB: *op = VM_OP_SUB; return r[C];
    case VM_OP_IAND: *op = VM_OP_AND; return r[C];
    case VM_OP_IOR: *op = VM_OP_OR; return r[C];
    case VM_OP_IXOR: *op = VM_OP_XOR; return r[C];
    default: return r[C];
    }
}

/* What the kind of a frame other than VM_K_DEST makes of its result, the caller being the current frame again. VM_NULL: raised. */
static VM_COLD vm_value finish_call(vm *vm, unsigned kind, vm_value v, uint32_t w) {
    bool truth;
    vm_value *r = VM_PTR(vm, vm->thread.fp->window);
    switch (kind) {
    case VM_K_INIT:
        if (v != VM_NONE) return vm_raise(vm, VM_B_TypeError, "__init__() should return None, not '%T'", v);
        return v;
    case VM_K_BOOL:
    case VM_K_NOTBOOL:
        if (!vm_truth(vm, v, &truth)) return VM_NULL;
        return VM_BOOL(truth == (kind == VM_K_BOOL));
    case VM_K_BINARY:
    case VM_K_REFLECTED: {
        unsigned op = w & 255;
        if (v != VM_NOT_IMPLEMENTED) return v;
        vm_value right = right_operand(r, w, &op);
        if (kind == VM_K_BINARY) return vm_reflected(vm, op, r[B], right);
        return vm_raise(vm, VM_B_TypeError, "unsupported operand type(s) for %s: '%T' and '%T'", vm_operator_text(op), r[B], right);
    }
    case VM_K_COMPARE:
        if (v == VM_NOT_IMPLEMENTED) return vm_compare_reflected(vm, w & 255, r[B], r[C]);
        return v;
    case VM_K_STR:
        if (!vm_is(vm, v, VM_T_STR)) return vm_raise(vm, VM_B_TypeError, "__str__ returned non-string (type %T)", v);
        return v;
    case VM_K_LENGTH: {
        int64_t n;
        if (!vm_need_int(vm, v, &n)) return VM_NULL;
        if (n < 0) return vm_raise(vm, VM_B_ValueError, "__len__() should return >= 0");
        return vm_int(vm, n);
    }
    default: return v;
    }
}

/* Puts a method's arguments behind the window and starts the call. */
static vm_call_result call_special(vm *vm, vm_value method, unsigned argc, vm_value a, vm_value b, vm_value c, unsigned dest,
                                   unsigned kind) {
    vm_value *args = vm_window_end(vm) + 2;
    args[-2] = args[-1] = VM_NONE;
    args[0] = a;
    args[1] = b;
    args[2] = c;
    vm->thread.fp->extent = (uint8_t)(argc + 2);
    vm_frame *fp = vm->thread.fp;
    vm_call_result result = vm_start_call(vm, method, args, argc, 0, NULL, dest, kind);
    fp->extent = 0;
    if (result == VM_CALL_VALUE && kind != VM_K_DEST) {
        vm->result = finish_call(vm, kind, vm->result, vm->code[fp->pc - 1]);
        if (!vm->result) result = VM_CALL_ERROR;
    }
    return result;
}

/* An operator one of whose operands is an instance: VM_CALL_VALUE with vm->result, when no method of Python code is to be called. */
static vm_call_result special_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place, unsigned dest) {
    unsigned k = op - VM_OP_ADD;
    if (vm_is_instance(vm, a)) {
        vm_value m = in_place ? vm_special(vm, a, VM_N_iadd + k) : VM_NULL;
        if (!m) m = vm_special(vm, a, VM_N_add + k);
        if (m) return call_special(vm, m, 2, a, b, VM_NONE, dest, VM_K_BINARY);
    }
    vm_value m = vm_special(vm, b, VM_N_radd + k);
    if (m) return call_special(vm, m, 2, b, a, VM_NONE, dest, VM_K_REFLECTED);
    vm->result = vm_binary(vm, op, a, b, in_place);
    return vm->result ? VM_CALL_VALUE : VM_CALL_ERROR;
}

static vm_call_result special_compare(vm *vm, unsigned op, vm_value a, vm_value b, unsigned dest, unsigned kind) {
    vm_value m = op == VM_OP_NE ? VM_NULL : vm_special(vm, a, VM_N_eq + (op - VM_OP_EQ));
    if (m && !vm_is_builtin(m)) return call_special(vm, m, 2, a, b, VM_NONE, dest, kind);
    vm->result = vm_compare(vm, op, a, b);
    return vm->result ? VM_CALL_VALUE : VM_CALL_ERROR;
}

/* A fused comparison whose left operand's method said NotImplemented. */
static VM_COLD vm_value jump_reflected(vm *vm, const vm_value *r, uint32_t w) {
    unsigned op = w & 255;
    bool small = (op >= VM_OP_JEQI && op <= VM_OP_JGEI) || op >= VM_OP_JNLTI;
    if (op >= VM_OP_JNLT)
        op = VM_OP_LT + (op - VM_OP_JNLT) % 4;
    else
        op = VM_OP_EQ + (op - VM_OP_JEQ) % 6;
    return vm_compare_reflected(vm, op, r[A], small ? VM_SMALL(SB) : r[B]);
}

static VM_COLD vm_value format_op(vm *vm, vm_value v, vm_value spec, unsigned conversion) {
    return vm_format_value(vm, v, spec == VM_NONE ? VM_NULL : spec, conversion);
}

static vm_value make_function(vm *vm, vm_value *r, unsigned number) {
    unsigned cells = vm->functions[number].ncells;
    vm_value v = vm_alloc(vm, VM_T_FUNCTION, (uint32_t)(sizeof(vm_function) + cells * sizeof(vm_value)));
    if (!v) return v;
    vm_function *f = vm_function_of(vm, v);
    f->h.aux = (uint16_t)number;
    f->defaults = r[0];
    f->kwdefaults = r[1];
    memcpy(f->cells, r + 2, cells * sizeof(vm_value));
    return v;
}

static bool for_prepare(vm *vm, vm_value *r) { /* R[A..A+2] are ints or an error; those over 31 bits are left to for_step */
    int64_t x;
    for (unsigned i = 0; i < 3; i++) {
        if (!vm_as_int64(vm, r[i], &x)) {
            vm_raise(vm, VM_B_TypeError, "'%T' object cannot be interpreted as an integer", r[i]);
            return false;
        }
        r[i] = vm_int(vm, x);
        if (!r[i]) return r[i] = VM_NONE, false;
    }
    if (r[2] == VM_SMALL(0)) {
        vm_raise(vm, VM_B_ValueError, "range() arg 3 must not be zero");
        return false;
    }
    return true;
}

/* One step of a range loop that has left the 31-bit ints: 1 go on, 0 at its end, -1 raised. */
static VM_COLD int for_step(vm *vm, vm_value *r) {
    int64_t next, stop, step;
    if (!vm_as_int64(vm, r[0], &next) || !vm_as_int64(vm, r[1], &stop) || !vm_as_int64(vm, r[2], &step)) return 0;
    if (step > 0 ? next >= stop : next <= stop) return 0;
    r[3] = r[0];
    if (__builtin_add_overflow(next, step, &next)) next = stop; /* beyond 64 bits is beyond the stop too */
    vm_value v = vm_int(vm, next);
    if (!v) return -1;
    r[0] = v;
    return 1;
}

static bool extend(vm *vm, vm_value a, vm_value b) {
    if (vm_is(vm, a, VM_T_DICT)) {
        if (!vm_is(vm, b, VM_T_DICT)) return vm_raise(vm, VM_B_TypeError, "'%T' object is not a mapping", b), false;
        return vm_dict_update(vm, a, b);
    }
    if (vm_is(vm, a, VM_T_SET)) return vm_set_binary(vm, VM_OP_EXTEND, a, b) != VM_NULL;
    return vm_list_extend(vm, a, b);
}

vm_value vm_interpret(vm *vm) {
#if !VM_SWITCH
    static const void *const labels[] = {
#define OP(name, format, extension) &&L_##name,
#include "opcodes.def"
#undef OP
    };
#endif
    const uint32_t *const code = vm->code;
    const uint32_t *pc;
    vm_value *r;
    vm_frame *fp;
    uint32_t w;

    /* of the operation in hand, for the shared tails below */
    vm_value x, y;
    vm_value *args;
    unsigned argc, kwc, op;
    const uint32_t *kw_words;
    vm_call_result called;

    LOAD();
#if VM_SWITCH
next:
    w = *pc++;
    switch (w & 255) {
#else
    NEXT;
#endif

        CASE(EXT)
        CASE(NOP) NEXT;
        CASE(LOADI) r[A] = VM_SMALL(S);
        NEXT;
        CASE(LOADK) x = vm->consts + U * 8;
        r[A] = VM_UNLIKELY(vm_head(vm, x)->type == VM_T_INT64) ? constant_int(vm, x) : x;
        NEXT;
        CASE(LOADF) r[A] = (vm->consts + U * 8) | 4;
        NEXT;
        CASE(LOADC) r[A] = VM_CONST(U);
        NEXT;
        CASE(LOADX) r[A] = vm->imports[U];
        NEXT;
        CASE(MOVE) r[A] = r[B];
        NEXT;
        CASE(BOUND) if (VM_UNLIKELY(r[A] == VM_UNBOUND)) {
            SAVE();
            unbound_name(vm, VM_B_UnboundLocalError, "cannot access local variable '%N' where it is not associated with a value", U);
            goto raised;
        }
        NEXT;
        CASE(GETG) {
            vm_value v = vm->globals[U];
            if (VM_UNLIKELY(v == VM_UNBOUND)) {
                SAVE();
                no_global(vm, U);
                goto raised;
            }
            r[A] = v;
            NEXT;
        }
        CASE(SETG) vm->globals[U] = r[A];
        NEXT;
        CASE(DELG) {
            if (vm->globals[U] == VM_UNBOUND) {
                SAVE();
                no_global(vm, U);
                goto raised;
            }
            vm->globals[U] = VM_UNBOUND;
            NEXT;
        }
        CASE(MKCELL) {
            SAVE();
            vm_value v = vm_alloc(vm, VM_T_CELL, sizeof(vm_cell));
            if (!v) goto raised;
            vm_cell_of(vm, v)->content = r[A];
            r[A] = v;
            NEXT;
        }
        CASE(GETCELL) {
            x = r[B], op = VM_B_UnboundLocalError;
        get_cell:
            if (VM_UNLIKELY(!vm_is(vm, x, VM_T_CELL))) goto no_cell;
            y = vm_cell_of(vm, x)->content;
            if (VM_UNLIKELY(y == VM_UNBOUND)) {
                SAVE();
                unbound_name(vm, op,
                             op == VM_B_NameError
                                 ? "cannot access free variable '%N' where it is not associated with a value in enclosing scope"
                                 : "cannot access local variable '%N' where it is not associated with a value",
                             NAME_OF(*pc));
                goto raised;
            }
            pc++;
            r[A] = y;
            NEXT;
        }
        CASE(GETFREE) x = vm_function_of(vm, fp->function)->cells[B], op = VM_B_NameError;
        goto get_cell;
        CASE(SETCELL) {
            x = r[B];
        set_cell:
            if (VM_UNLIKELY(!vm_is(vm, x, VM_T_CELL))) goto no_cell;
            vm_cell_of(vm, x)->content = r[A];
            NEXT;
        }
        CASE(SETFREE) x = vm_function_of(vm, fp->function)->cells[B];
        goto set_cell;
        CASE(FREECELL) r[A] = vm_function_of(vm, fp->function)->cells[B];
        NEXT;

        CASE(ADD) {
            x = r[B], y = r[C];
            int32_t z;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(!__builtin_add_overflow((int32_t)x, (int32_t)(y - 1), &z))) {
                r[A] = (vm_value)z;
                NEXT;
            }
            op = VM_OP_ADD;
            if (vm_is_float(x) && vm_is_float(y)) SET(new_float(vm, vm_float_of(vm, x) + vm_float_of(vm, y)));
            goto binary;
        }
        CASE(SUB) {
            x = r[B], y = r[C];
            int32_t z;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(!__builtin_sub_overflow((int32_t)x, (int32_t)(y - 1), &z))) {
                r[A] = (vm_value)z;
                NEXT;
            }
            op = VM_OP_SUB;
            if (vm_is_float(x) && vm_is_float(y)) SET(new_float(vm, vm_float_of(vm, x) - vm_float_of(vm, y)));
            goto binary;
        }
        CASE(MUL) {
            x = r[B], y = r[C];
            int32_t z;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(!__builtin_mul_overflow((int32_t)(x - 1), vm_small(y), &z))) {
                r[A] = (vm_value)z + 1;
                NEXT;
            }
            op = VM_OP_MUL;
            if (vm_is_float(x) && vm_is_float(y)) SET(new_float(vm, vm_float_of(vm, x) * vm_float_of(vm, y)));
            goto binary;
        }
        CASE(TRUEDIV) {
            x = r[B], y = r[C], op = VM_OP_TRUEDIV;
            if (vm_is_float(x) && vm_is_float(y)) {
                double d = vm_float_of(vm, y);
                if (VM_LIKELY(d != 0)) SET(new_float(vm, vm_float_of(vm, x) / d));
            }
            goto binary;
        }
        CASE(FLOORDIV) {
            x = r[B], y = r[C], op = VM_OP_FLOORDIV;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(vm_small(y) > 0)) {
                int32_t a = vm_small(x), b = vm_small(y), q = a / b;
                if (a - q * b < 0) q--;
                r[A] = VM_SMALL(q);
                NEXT;
            }
            goto binary;
        }
        CASE(MOD) {
            x = r[B], y = r[C], op = VM_OP_MOD;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(vm_small(y) > 0)) {
                int32_t b = vm_small(y), m = vm_small(x) % b;
                r[A] = VM_SMALL(m < 0 ? m + b : m);
                NEXT;
            }
            goto binary;
        }
        CASE(POW) x = r[B], y = r[C], op = VM_OP_POW;
        goto binary;
        CASE(LSHIFT) x = r[B], y = r[C], op = VM_OP_LSHIFT;
        goto binary;
        CASE(RSHIFT) {
            x = r[B], y = r[C], op = VM_OP_RSHIFT;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY((uint32_t)vm_small(y) < 31)) {
                r[A] = VM_SMALL(vm_small(x) >> vm_small(y));
                NEXT;
            }
            goto binary;
        }
        CASE(AND) {
            x = r[B], y = r[C], op = VM_OP_AND;
            if (VM_UNLIKELY(!vm_both_small(x, y))) goto binary;
            r[A] = x & y;
            NEXT;
        }
        CASE(OR) {
            x = r[B], y = r[C], op = VM_OP_OR;
            if (VM_UNLIKELY(!vm_both_small(x, y))) goto binary;
            r[A] = x | y;
            NEXT;
        }
        CASE(XOR) {
            x = r[B], y = r[C], op = VM_OP_XOR;
            if (VM_UNLIKELY(!vm_both_small(x, y))) goto binary;
            r[A] = (x ^ y) | 1;
            NEXT;
        }
        CASE(IADD) {
            x = r[B], y = r[C], op = VM_OP_ADD;
            int32_t z;
            if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(!__builtin_add_overflow((int32_t)x, (int32_t)(y - 1), &z))) {
                r[A] = (vm_value)z;
                NEXT;
            }
            if (vm_is_float(x) && vm_is_float(y)) SET(new_float(vm, vm_float_of(vm, x) + vm_float_of(vm, y)));
            goto in_place;
        }
        CASE(IMUL) x = r[B], y = r[C], op = VM_OP_MUL;
        goto in_place;
        CASE(ISUB) x = r[B], y = r[C], op = VM_OP_SUB;
        goto in_place;
        CASE(IAND) x = r[B], y = r[C], op = VM_OP_AND;
        goto in_place;
        CASE(IOR) x = r[B], y = r[C], op = VM_OP_OR;
        goto in_place;
        CASE(IXOR) x = r[B], y = r[C], op = VM_OP_XOR;
    in_place:
        SAVE();
        if (VM_UNLIKELY(vm_is_instance(vm, x) || vm_is_instance(vm, y))) {
            called = special_binary(vm, op, x, y, true, A);
            goto after_call;
        }
        SET(vm_binary(vm, op, x, y, true));
        CASE(ADDI) {
            int32_t z;
            x = r[B];
            if (VM_LIKELY(vm_is_small(x)) && VM_LIKELY(!__builtin_add_overflow((int32_t)x, SC * 2, &z))) {
                r[A] = (vm_value)z;
                NEXT;
            }
            y = VM_SMALL(SC), op = VM_OP_ADD;
            goto binary;
        }
        CASE(SUBI) {
            int32_t z;
            x = r[B];
            if (VM_LIKELY(vm_is_small(x)) && VM_LIKELY(!__builtin_sub_overflow((int32_t)x, SC * 2, &z))) {
                r[A] = (vm_value)z;
                NEXT;
            }
            y = VM_SMALL(SC), op = VM_OP_SUB;
            goto binary;
        }
        CASE(ANDI) {
            x = r[B], y = VM_SMALL(C), op = VM_OP_AND;
            if (VM_UNLIKELY(!vm_is_small(x))) goto binary;
            r[A] = x & y;
            NEXT;
        }
        CASE(LSHIFTI) {
            x = r[B], y = VM_SMALL(C), op = VM_OP_LSHIFT;
            if (VM_LIKELY(vm_is_small(x)) && C < 31) {
                int32_t z = (int32_t)((x - 1) << C);
                if (VM_LIKELY(z >> C == (int32_t)(x - 1))) {
                    r[A] = (vm_value)z + 1;
                    NEXT;
                }
            }
            goto binary;
        }
        CASE(RSHIFTI) {
            x = r[B], y = VM_SMALL(C), op = VM_OP_RSHIFT;
            if (VM_LIKELY(vm_is_small(x))) {
                r[A] = VM_SMALL(vm_small(x) >> (C > 31 ? 31 : C));
                NEXT;
            }
            goto binary;
        }
    binary:
        SAVE();
        if (VM_UNLIKELY(vm_is_instance(vm, x) || vm_is_instance(vm, y))) {
            called = special_binary(vm, op, x, y, false, A);
            goto after_call;
        }
        SET(vm_binary(vm, op, x, y, false));

        CASE(NEG) x = r[B], op = VM_OP_NEG;
        goto unary;
        CASE(POS) x = r[B], op = VM_OP_POS;
        goto unary;
        CASE(INV) x = r[B], op = VM_OP_INV;
    unary:
        SET(vm_unary(vm, op, x));
        CASE(NOT) {
            bool truth;
            SAVE();
            if (!vm_truth(vm, r[B], &truth)) goto raised;
            r[A] = VM_BOOL(!truth);
            NEXT;
        }

#define COMPARE(name, operator)                                                                                                            \
    CASE(name) {                                                                                                                           \
        x = r[B], y = r[C];                                                                                                                \
        if (VM_LIKELY(vm_both_small(x, y))) {                                                                                              \
            r[A] = VM_BOOL((int32_t)x operator(int32_t) y);                                                                                \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        if (VM_INLINE_FLOATS && vm_is_float(x) && vm_is_float(y)) {                                                                        \
            r[A] = VM_BOOL(vm_float_of(vm, x) operator vm_float_of(vm, y));                                                                \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        op = VM_OP_##name;                                                                                                                 \
        goto compare;                                                                                                                      \
    }
        COMPARE(EQ, ==)
        COMPARE(NE, !=)
        COMPARE(LT, <)
        COMPARE(LE, <=)
        COMPARE(GT, >)
        COMPARE(GE, >=)
    compare:
        SAVE();
        if (vm_is_instance(vm, x)) {
            called = special_compare(vm, op, x, y, A, VM_K_COMPARE);
            goto after_call;
        }
        SET(vm_compare(vm, op, x, y));
        CASE(IS) r[A] = VM_BOOL(r[B] == r[C]);
        NEXT;
        CASE(ISNOT) r[A] = VM_BOOL(r[B] != r[C]);
        NEXT;
        CASE(IN) op = VM_K_BOOL;
        goto in;
        CASE(NOTIN) op = VM_K_NOTBOOL;
    in:
        SAVE();
        if (vm_is_instance(vm, r[C]) && (x = vm_special(vm, r[C], VM_N_contains))) {
            called = call_special(vm, x, 2, r[C], r[B], VM_NONE, A, op);
            goto after_call;
        }
        {
            int in = vm_contains(vm, r[C], r[B]);
            if (in < 0) goto raised;
            r[A] = VM_BOOL(in == (op == VM_K_BOOL));
            NEXT;
        }

        CASE(JMP) JUMP(S);
        CASE(JT) {
            x = r[A];
            if (x == VM_FALSE) NEXT;
            if (x != VM_TRUE) {
                bool truth;
                SAVE();
                if (!vm_truth(vm, x, &truth)) goto raised;
                if (!truth) NEXT;
            }
            JUMP(S);
        }
        CASE(JF) {
            x = r[A];
            if (x == VM_TRUE) NEXT;
            if (x != VM_FALSE) {
                bool truth;
                SAVE();
                if (!vm_truth(vm, x, &truth)) goto raised;
                if (truth) NEXT;
            }
            JUMP(S);
        }
        CASE(JNONE) if (r[A] == VM_NONE) JUMP(S);
        NEXT;
        CASE(JNNONE) if (r[A] != VM_NONE) JUMP(S);
        NEXT;
#define COMPARE_JUMP(name, operator)                                                                                                       \
    CASE(J##name) {                                                                                                                        \
        x = r[A], y = r[B];                                                                                                                \
        if (VM_LIKELY(vm_both_small(x, y))) {                                                                                              \
            if ((int32_t)x operator(int32_t) y) JUMP(SC);                                                                                  \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        if (VM_INLINE_FLOATS && vm_is_float(x) && vm_is_float(y)) {                                                                        \
            if (vm_float_of(vm, x) operator vm_float_of(vm, y)) JUMP(SC);                                                                  \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        op = VM_OP_##name;                                                                                                                 \
        goto compare_jump;                                                                                                                 \
    }
        COMPARE_JUMP(EQ, ==)
        COMPARE_JUMP(NE, !=)
        COMPARE_JUMP(LT, <)
        COMPARE_JUMP(LE, <=)
        COMPARE_JUMP(GT, >)
        COMPARE_JUMP(GE, >=)
#define COMPARE_JUMP_SMALL(name, operator)                                                                                                 \
    CASE(J##name##I) {                                                                                                                     \
        x = r[A], y = VM_SMALL(SB);                                                                                                        \
        if (VM_LIKELY(vm_is_small(x))) {                                                                                                   \
            if ((int32_t)x operator(int32_t) y) JUMP(SC);                                                                                  \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        op = VM_OP_##name;                                                                                                                 \
        goto compare_jump;                                                                                                                 \
    }
        COMPARE_JUMP_SMALL(EQ, ==)
        COMPARE_JUMP_SMALL(NE, !=)
        COMPARE_JUMP_SMALL(LT, <)
        COMPARE_JUMP_SMALL(LE, <=)
        COMPARE_JUMP_SMALL(GT, >)
        COMPARE_JUMP_SMALL(GE, >=)
#define COMPARE_JUMP_NOT(name, operator)                                                                                                   \
    CASE(JN##name) {                                                                                                                       \
        x = r[A], y = r[B];                                                                                                                \
        if (VM_LIKELY(vm_both_small(x, y))) {                                                                                              \
            if (!((int32_t)x operator(int32_t) y)) JUMP(SC);                                                                               \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        if (VM_INLINE_FLOATS && vm_is_float(x) && vm_is_float(y)) {                                                                        \
            if (!(vm_float_of(vm, x) operator vm_float_of(vm, y))) JUMP(SC);                                                               \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        op = VM_OP_##name;                                                                                                                 \
        goto compare_jump;                                                                                                                 \
    }
        COMPARE_JUMP_NOT(LT, <)
        COMPARE_JUMP_NOT(LE, <=)
        COMPARE_JUMP_NOT(GT, >)
        COMPARE_JUMP_NOT(GE, >=)
#define COMPARE_JUMP_NOT_SMALL(name, operator)                                                                                             \
    CASE(JN##name##I) {                                                                                                                    \
        x = r[A], y = VM_SMALL(SB);                                                                                                        \
        if (VM_LIKELY(vm_is_small(x))) {                                                                                                   \
            if (!((int32_t)x operator(int32_t) y)) JUMP(SC);                                                                               \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        op = VM_OP_##name;                                                                                                                 \
        goto compare_jump;                                                                                                                 \
    }
        COMPARE_JUMP_NOT_SMALL(LT, <)
        COMPARE_JUMP_NOT_SMALL(LE, <=)
        COMPARE_JUMP_NOT_SMALL(GT, >)
        COMPARE_JUMP_NOT_SMALL(GE, >=)
    compare_jump:
        SAVE();
        if (vm_is_instance(vm, x)) {
            called = special_compare(vm, op, x, y, A, VM_K_JUMP);
            if (called == VM_CALL_ERROR) goto raised;
            if (called == VM_CALL_FRAME) goto entered;
            x = vm->result;
        } else
            x = vm_compare(vm, op, x, y);
    truth_jump:
        if (!x) goto raised;
        {
            bool truth;
            if (!vm_truth(vm, x, &truth)) goto raised;
            if (truth == ((w & 255) < VM_OP_JNLT)) JUMP(SC);
            NEXT;
        }

        CASE(FORPREP) {
            vm_value *f = r + A;
            if (VM_UNLIKELY(!(f[0] & f[1] & f[2] & 1) || f[2] == VM_SMALL(0))) {
                SAVE();
                if (!for_prepare(vm, f)) goto raised;
            }
            goto for_range;
        }
        CASE(FORR) {
            vm_value *f;
        for_range:
            f = r + A;
            int32_t next = (int32_t)f[0], stop = (int32_t)f[1], step = (int32_t)(f[2] - 1);
            if (VM_LIKELY(f[0] & f[1] & f[2] & 1)) {
                bool more = step > 0 ? next < stop : next > stop;
                int32_t after;
                if (!more) {
                    if ((w & 255) == VM_OP_FORPREP) JUMP(S);
                    NEXT;
                }
                if (VM_LIKELY(!__builtin_add_overflow(next, step, &after))) {
                    f[3] = (vm_value)next;
                    f[0] = (vm_value)after;
                    if ((w & 255) == VM_OP_FORPREP) NEXT;
                    JUMP(S);
                }
            }
            SAVE();
            int more = for_step(vm, f);
            if (more < 0) goto raised;
            if (more == ((w & 255) == VM_OP_FORR)) JUMP(S);
            NEXT;
        }
        CASE(ITER) {
            x = r[B];
            SAVE();
            if (vm_is_instance(vm, x) && (y = vm_special(vm, x, VM_N_iter))) {
                called = call_special(vm, y, 1, x, VM_NONE, VM_NONE, A, VM_K_DEST);
                goto after_call;
            }
            SET(vm_iterate(vm, x));
        }
        CASE(FOR) {
            x = r[A];
            SAVE();
            if (VM_LIKELY(vm_is(vm, x, VM_T_ITER)))
                y = vm_next_fast(vm, x);
            else if (vm_is_instance(vm, x) && (y = vm_special(vm, x, VM_N_next))) {
                called = call_special(vm, y, 1, x, VM_NONE, VM_NONE, A + 1, VM_K_FOR);
                if (called == VM_CALL_FRAME) goto entered;
                y = called == VM_CALL_VALUE ? vm->result : VM_NULL;
                if (!y) vm_take_exception(vm, VM_B_StopIteration);
            } else
                y = vm_next(vm, x);
            if (VM_LIKELY(y)) {
                r[A + 1] = y;
                NEXT;
            }
            if (VM_UNLIKELY(vm->exception)) goto raised;
            JUMP(S);
        }

        CASE(LIST) SET(vm_new_list_of(vm, C, r + B));
        CASE(TUPLE) SET(vm_new_tuple_of(vm, C, r + B));
        CASE(DICT) {
            SAVE();
            x = vm_new_dict_sized(vm, C);
            if (!x) goto raised;
            unsigned root = vm_root(vm, x);
            bool done = true;
            for (unsigned i = 0; done && i < C; i++) done = vm_dict_set(vm, x, r[B + 2 * i], r[B + 2 * i + 1]);
            vm_unroot(vm, root);
            if (!done) goto raised;
            r[A] = x;
            NEXT;
        }
        CASE(SET) {
            SAVE();
            x = vm_new_set_sized(vm, C);
            if (!x) goto raised;
            unsigned root = vm_root(vm, x);
            bool done = true;
            for (unsigned i = 0; done && i < C; i++) done = vm_set_add(vm, x, r[B + i]);
            vm_unroot(vm, root);
            if (!done) goto raised;
            r[A] = x;
            NEXT;
        }
        CASE(SLICE) {
            SAVE();
            x = vm_alloc(vm, VM_T_SLICE, sizeof(vm_range));
            if (!x) goto raised;
            memcpy(&vm_range_of(vm, x)->start, r + B, 3 * sizeof *r);
            r[A] = x;
            NEXT;
        }
        CASE(LAPPEND) if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_LIST))) goto bad_operand;
        TRY(vm_list_append(vm, r[A], r[B]));
        CASE(DSET) if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_DICT))) goto bad_operand;
        TRY(vm_dict_set(vm, r[A], r[B], r[C]));
        CASE(SADD) if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_SET))) goto bad_operand;
        TRY(vm_set_add(vm, r[A], r[B]));
        CASE(EXTEND)
        if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_LIST) && !vm_is(vm, r[A], VM_T_DICT) && !vm_is(vm, r[A], VM_T_SET))) goto bad_operand;
        TRY(extend(vm, r[A], r[B]));
        CASE(LTUPLE) {
            if (VM_UNLIKELY(!vm_is(vm, r[B], VM_T_LIST))) goto bad_operand;
            vm_list *l = vm_list_of(vm, r[B]);
            SET(vm_new_tuple_of(vm, l->length, l->array ? vm_list_items(vm, l) : NULL));
        }
        CASE(FORMAT) {
            unsigned conversion = NAME_OF(*pc++);
            SAVE();
            x = r[B];
            if (r[C] == VM_NONE) {
                if (conversion < 2 && vm_is(vm, x, VM_T_STR)) {
                    r[A] = x;
                    NEXT;
                }
                if (conversion < 3 && vm_is_instance(vm, x)) {
                    y = conversion == 0 && vm_special(vm, x, VM_N_format_) ? VM_NULL : VM_NONE;
                    if (y) {
                        y = conversion < 2 ? vm_special(vm, x, VM_N_str) : VM_NULL;
                        if (!y) y = vm_special(vm, x, VM_N_repr);
                    }
                    if (y && !vm_is_builtin(y)) {
                        called = call_special(vm, y, 1, x, VM_NONE, VM_NONE, A, VM_K_STR);
                        goto after_call;
                    }
                }
            }
            SET(format_op(vm, x, r[C], conversion));
        }
        CASE(STRJOIN) {
            SAVE();
            vm_writer out;
            uint32_t length = 0;
            for (unsigned i = 0; i < C; i++) {
                if (VM_UNLIKELY(!vm_is(vm, r[B + i], VM_T_STR))) goto bad_operand;
                length += vm_str_of(vm, r[B + i])->length;
            }
            vm_writer_begin(&out, vm, length);
            for (unsigned i = 0; i < C; i++) vm_put(&out, vm_str_of(vm, r[B + i])->data, vm_str_of(vm, r[B + i])->length);
            SET(vm_writer_end(&out));
        }

        CASE(GETI) {
            x = r[B], y = r[C];
            if (VM_LIKELY(vm_is_small(y)) && vm_is_object(x)) {
                unsigned type = vm_head(vm, x)->type;
                uint32_t i = (uint32_t)vm_small(y);
                if (VM_LIKELY(type == VM_T_LIST)) {
                    vm_list *l = vm_list_of(vm, x);
                    if (VM_LIKELY(i < l->length)) {
                        r[A] = vm_list_items(vm, l)[i];
                        NEXT;
                    }
                } else if (type == VM_T_TUPLE) {
                    vm_tuple *t = vm_tuple_of(vm, x);
                    if (VM_LIKELY(i < t->length)) {
                        r[A] = t->items[i];
                        NEXT;
                    }
                } else if (type == VM_T_BYTEARRAY) {
                    vm_bytearray *b = vm_bytearray_of(vm, x);
                    if (VM_LIKELY(i < b->length)) {
                        r[A] = VM_SMALL(vm_str_of(vm, b->storage)->data[i]);
                        NEXT;
                    }
                }
            }
            SAVE();
            if (vm_is_instance(vm, x) && (vm->result = vm_special(vm, x, VM_N_getitem))) {
                called = call_special(vm, vm->result, 2, x, y, VM_NONE, A, VM_K_DEST);
                goto after_call;
            }
            SET(vm_getitem(vm, x, y));
        }
        CASE(SETI) {
            x = r[A], y = r[B];
            if (VM_LIKELY(vm_is_small(y)) && vm_is_object(x)) {
                unsigned type = vm_head(vm, x)->type;
                uint32_t i = (uint32_t)vm_small(y);
                if (VM_LIKELY(type == VM_T_LIST)) {
                    vm_list *l = vm_list_of(vm, x);
                    if (VM_LIKELY(i < l->length)) {
                        vm_list_items(vm, l)[i] = r[C];
                        NEXT;
                    }
                } else if (type == VM_T_BYTEARRAY && vm_is_small(r[C]) && (uint32_t)vm_small(r[C]) < 256) {
                    vm_bytearray *b = vm_bytearray_of(vm, x);
                    if (VM_LIKELY(i < b->length)) {
                        vm_str_of(vm, b->storage)->data[i] = (uint8_t)vm_small(r[C]);
                        NEXT;
                    }
                }
            }
            SAVE();
            if (vm_is_instance(vm, x) && (vm->result = vm_special(vm, x, VM_N_setitem))) {
                called = call_special(vm, vm->result, 3, x, y, r[C], 0, VM_K_DROP);
                goto after_store;
            }
            TRY(vm_setitem(vm, x, y, r[C]));
        }
        CASE(DELI) {
            x = r[A];
            SAVE();
            if (vm_is_instance(vm, x) && (vm->result = vm_special(vm, x, VM_N_delitem))) {
                called = call_special(vm, vm->result, 2, x, r[B], VM_NONE, 0, VM_K_DROP);
                goto after_store;
            }
            TRY(vm_delitem(vm, x, r[B]));
        }
        CASE(UNPACK) {
            x = r[B];
            if (VM_LIKELY(vm_is(vm, x, VM_T_TUPLE)) && VM_LIKELY(vm_tuple_of(vm, x)->length == C)) {
                memcpy(r + A, vm_tuple_of(vm, x)->items, C * sizeof *r);
                NEXT;
            }
            TRY(vm_unpack(vm, x, r + A, C, -1));
        }
        CASE(UNPACKX) {
            unsigned after = NAME_OF(*pc++);
            TRY(vm_unpack(vm, r[B], r + A, C, (int)after));
        }
        CASE(GETA) {
            x = r[B];
            unsigned name = NAME_OF(*pc++);
            if (VM_LIKELY(vm_is(vm, x, VM_T_INSTANCE))) {
                vm_instance *o = vm_instance_of(vm, x);
                const vm_cache_entry *e = &vm->cache[VM_CACHE_AT(o->class_, name)];
                if (VM_LIKELY(e->class_ == o->class_ && e->name == name && e->slot < o->h.aux)) {
                    y = o->slots[e->slot];
                    if (VM_LIKELY(y != VM_UNBOUND)) {
                        r[A] = y;
                        NEXT;
                    }
                }
                SAVE();
                y = vm_class_lookup(vm, o->class_, name);
                if (y && vm_is(vm, y, VM_T_WRAPPER) && vm_head(vm, y)->aux == 2 && vm_wrapper_of(vm, y)->get != VM_NONE) {
                    called = call_special(vm, vm_wrapper_of(vm, y)->get, 1, x, VM_NONE, VM_NONE, A, VM_K_DEST);
                    goto after_call;
                }
            }
            SET(vm_getattr(vm, x, name));
        }
        CASE(SETA) {
            x = r[B];
            unsigned name = NAME_OF(*pc++);
            if (VM_LIKELY(vm_is(vm, x, VM_T_INSTANCE))) {
                vm_instance *o = vm_instance_of(vm, x);
                const vm_cache_entry *e = &vm->cache[VM_CACHE_AT(o->class_, name)];
                if (VM_LIKELY(e->class_ == o->class_ && e->name == name && e->slot < o->h.aux)) {
                    o->slots[e->slot] = r[A];
                    NEXT;
                }
            }
            TRY(vm_setattr(vm, x, name, r[A]));
        }
        CASE(DELA) {
            unsigned name = NAME_OF(*pc++);
            TRY(vm_delattr(vm, r[A], name));
        }
        CASE(SUPER) {
            unsigned name = NAME_OF(*pc++);
            SET(vm_super(vm, r[B], r[0], name));
        }

        CASE(CALL) {
            x = r[A];
            argc = B;
            args = r + A + 1;
        call_function:
            if (VM_LIKELY(vm_is(vm, x, VM_T_FUNCTION))) {
                const vbc_func *f = vm_func_of(vm, x);
                vm_frame *callee = fp - 1;
                if (VM_LIKELY(f->nargs == argc && !(f->flags | f->nkwonly)) && VM_LIKELY(args + f->nregs + 32 <= (vm_value *)callee)) {
                    SAVE();
                    for (unsigned i = argc, n = f->nregs; i < n; i++) args[i] = VM_UNBOUND;
                    *callee = (vm_frame){f->code_offset, VM_REF(vm, args), x, VM_K_DEST, 0, (uint16_t)A};
                    vm->thread.fp = fp = callee;
                    r = args;
                    pc = code + f->code_offset;
                    CHARGE(1);
                    NEXT;
                }
            }
            SAVE();
            called = vm_start_call(vm, x, args, argc, 0, NULL, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLK) {
            argc = B, kwc = C, args = r + A + 1, kw_words = pc;
            pc += kwc;
            SAVE();
            called = vm_start_call(vm, r[A], args, argc, kwc, kw_words, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLM) {
            unsigned name = NAME_OF(*pc++);
            bool bind;
            args = r + A + 1;
            argc = B;
            y = args[0];
            if (VM_LIKELY(vm_is(vm, y, VM_T_INSTANCE))) {
                vm_value class_ = vm_instance_of(vm, y)->class_;
                const vm_cache_entry *e = &vm->cache[VM_CACHE_AT(class_, name)];
                if (VM_LIKELY(e->class_ == class_ && e->name == name && e->slot == 0xFFFF) && !vm_instance_of(vm, y)->extra &&
                    vm_is(vm, e->value, VM_T_FUNCTION)) {
                    x = e->value;
                    goto call_function;
                }
            }
            SAVE();
            x = vm_load_method(vm, y, name, &bind);
            if (!x) goto raised;
            if (!bind) args++, argc--;
            if (vm_is(vm, x, VM_T_FUNCTION)) goto call_function;
            called = vm_start_call(vm, x, args, argc, 0, NULL, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLMK) {
            unsigned name = NAME_OF(*pc++);
            bool bind;
            argc = B, kwc = C, args = r + A + 1, kw_words = pc;
            pc += kwc;
            SAVE();
            x = vm_load_method(vm, args[0], name, &bind);
            if (!x) goto raised;
            if (!bind) args++, argc--;
            called = vm_start_call(vm, x, args, argc, kwc, kw_words, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLX) {
            SAVE();
            called = vm_start_callx(vm, r + A, A);
            goto after_call;
        }
        CASE(RET) x = r[A];
        goto give_back;
        CASE(RETN) x = VM_NONE;
    give_back:
        if (VM_LIKELY(fp->kind == VM_K_DEST)) {
            unsigned dest = fp->dest;
            vm->thread.fp = ++fp;
            r = VM_PTR(vm, fp->window);
            pc = code + fp->pc;
            r[dest] = x;
            NEXT;
        } else {
            unsigned kind = fp->kind & ~VM_K_SEGMENT, dest = fp->dest;
            vm_pop_frame(vm);
            if (kind == VM_K_BOUNDARY) return x;
            LOAD();
            w = pc[-1];
            vm->result = x;
            if (kind == VM_K_JUMP) {
                if (x == VM_NOT_IMPLEMENTED) x = jump_reflected(vm, r, w);
                goto truth_jump;
            }
            if (kind != VM_K_DEST) x = finish_call(vm, kind, x, w);
            if (!x) goto raised;
            if (kind != VM_K_INIT && kind != VM_K_DROP) r[dest] = x;
            NEXT;
        }

        CASE(MKFUNC) {
            unsigned number = NAME_OF(*pc++);
            SET(make_function(vm, r + B, number));
        }
        CASE(MKCLASS) {
            unsigned number = NAME_OF(*pc++);
            SET(vm_new_class(vm, number, r[B]));
        }
        CASE(RAISE) SAVE();
        vm_raise_any(vm, r[A], VM_NULL);
        goto raised;
        CASE(RAISEF) SAVE();
        vm_raise_any(vm, r[A], r[B]);
        goto raised;
        CASE(RERAISE) SAVE();
        vm_raise_any(vm, r[A], VM_NULL);
        goto raised;
        CASE(EXCMATCH) {
            SAVE();
            int match = vm_exception_matches(vm, r[B], r[C]);
            if (match < 0) goto raised;
            r[A] = VM_BOOL(match);
            NEXT;
        }
#if VM_SWITCH
    default: __builtin_unreachable(); /* the verifier has seen to that */
    }
#endif

    /* --- shared tails: never fallen into */
after_call: /* of something that was to put its result into R[A] */
    if (called == VM_CALL_ERROR) goto raised;
    if (called == VM_CALL_FRAME) goto entered;
    r[A] = vm->result;
    if (VM_UNLIKELY(vm->attention)) goto attention;
    CHARGE(1);
    NEXT;
after_store:
    if (called == VM_CALL_ERROR) goto raised;
    if (called == VM_CALL_FRAME) goto entered;
    NEXT;
entered:
    LOAD();
    CHARGE(1);
    NEXT;
attention:
    SAVE();
    if (!vm->nest) return VM_YIELD;
    vm_wait_nested(vm);
    NEXT;
out_of_budget:
    SAVE();
    if (!vm->nest) return VM_YIELD;
    if (!vm_out_of_budget(vm)) goto raised;
    NEXT;
no_cell:
bad_operand:
    SAVE();
    vm_raise(vm, VM_B_TypeError, "an instruction got a '%T' object it cannot use", r[A]);
raised:
    if (!vm_unwind(vm)) return VM_NULL;
    LOAD();
    CHARGE(1); /* a handler may lie before its instruction */
    NEXT;
}
