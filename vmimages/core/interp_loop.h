/* SPDX-License-Identifier: Apache-2.0 */
/* The words that the interpreter's loop (interp.c) is written in: how an instruction begins and ends, where its fields are, what becomes of
 * a result. They use the loop's locals by name; nobody else's. */
#ifndef VM_INTERP_LOOP_H
#define VM_INTERP_LOOP_H
#include "interp.h"

#ifndef VM_SWITCH
#ifdef __GNUC__
#define VM_SWITCH 0
#else
#define VM_SWITCH 1
#endif
#endif
#if VM_FEATURE_DEBUG
#define LABELS table /* in a variable: a debugger has one of its own */
#else
#define LABELS labels
#endif

/* `pc` is the word of the instruction being executed, or its last extension word once those have been read. ARMv6-M takes a field of the
 * word in four instructions when the word is in a register, but in one from memory: there the instructions that count (FAST) read their
 * fields where they are, and have the whole word in `w` only when they go on elsewhere (WORD). */
#if defined(__ARM_ARCH_6M__) && !VM_SWITCH
#define IN_PLACE(type, index) (((const type *)pc)[index])
#define FA IN_PLACE(uint8_t, 1)
#define FB IN_PLACE(uint8_t, 2)
#define FC IN_PLACE(uint8_t, 3)
#define FSB IN_PLACE(int8_t, 2)
#define FSC IN_PLACE(int8_t, 3)
#define FS IN_PLACE(int16_t, 1)
#define FU IN_PLACE(uint16_t, 1)
#define FOP IN_PLACE(uint8_t, 0)
#define WORD() (w = *pc)
#define CASE(name) L_##name : WORD();
#define FAST(name) L_##name:
#define NEXT                                                                                                                               \
    do {                                                                                                                                   \
        pc++;                                                                                                                              \
        goto *LABELS[FOP];                                                                                                                 \
    } while (0)
#else
#define FA A
#define FB B
#define FC C
#define FSB SB
#define FSC SC
#define FS S
#define FU U
#define FOP (w & 255)
#define WORD() ((void)0)
#define FAST(name) CASE(name)
#if VM_SWITCH
#define CASE(name) case VM_OP_##name:
#define NEXT goto next
#else
#define CASE(name) L_##name:
#define NEXT                                                                                                                               \
    do {                                                                                                                                   \
        w = *++pc;                                                                                                                         \
        goto *LABELS[w & 255];                                                                                                             \
    } while (0)
#endif
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
/* The same in a FAST instruction. */
#define SETF(x)                                                                                                                            \
    do {                                                                                                                                   \
        SAVE();                                                                                                                            \
        vm_value set_ = (x);                                                                                                               \
        if (VM_UNLIKELY(!set_)) goto raised;                                                                                               \
        r[FA] = set_;                                                                                                                      \
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
/* The name of an attribute, in field C or an extension word. */
#define ATTR() (VM_LIKELY(C != 255) ? vm->attr_names[C] : NAME_OF(*++pc))

/* An int of at most 64 bits. */
#define WIDE(v) (vm_is_small(v) || vm_is_exactly(vm, v, VM_T_INT64))

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
        *(double *)VM_PTR(vm, v) = d;
        return v | 4;
    }
#endif
    return vm_alloc_float(vm, d);
}

/* A few words, one at least. */
static inline void copy_words(vm_value *to, const vm_value *from, unsigned count) {
    do *to++ = *from++;
    while (--count);
}

/* Instructions that differ by an operator. */
#define ADDITIVE(label, name, builtin, operator, otherwise)                                                                                \
    FAST(label) {                                                                                                                          \
        int32_t z;                                                                                                                         \
        x = r[FB], y = r[FC], op = VM_OP_##name;                                                                                           \
        if (VM_LIKELY(vm_both_small(x, y)) && VM_LIKELY(!builtin((int32_t)x, (int32_t)(y - 1), &z))) {                                     \
            r[FA] = (vm_value)z;                                                                                                           \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        if (vm_is_float(x) && vm_is_float(y)) SETF(new_float(vm, vm_float_of(vm, x) operator vm_float_of(vm, y)));                         \
        goto otherwise;                                                                                                                    \
    }
#define ADDITIVE_SMALL(label, name, builtin)                                                                                               \
    FAST(label) {                                                                                                                          \
        int32_t z;                                                                                                                         \
        x = r[FB];                                                                                                                         \
        if (VM_LIKELY(vm_is_small(x)) && VM_LIKELY(!builtin((int32_t)x, FSC * 2, &z))) {                                                   \
            r[FA] = (vm_value)z;                                                                                                           \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        y = VM_SMALL(FSC), op = VM_OP_##name;                                                                                              \
        goto binary;                                                                                                                       \
    }
#define COMPARE(name, operator)                                                                                                            \
    FAST(name) {                                                                                                                           \
        x = r[FB], y = r[FC];                                                                                                              \
        if (VM_LIKELY(vm_both_small(x, y))) {                                                                                              \
            r[FA] = VM_BOOL((int32_t)x operator(int32_t) y);                                                                               \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        if (VM_INLINE_FLOATS && vm_is_float(x) && vm_is_float(y)) {                                                                        \
            r[FA] = VM_BOOL(vm_float_of(vm, x) operator vm_float_of(vm, y));                                                               \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        goto compare;                                                                                                                      \
    }
#define COMPARE_JUMP(label, sense, operator)                                                                                               \
    FAST(label) {                                                                                                                          \
        x = r[FA], y = r[FB];                                                                                                              \
        if (VM_LIKELY(vm_both_small(x, y))) {                                                                                              \
            if (sense((int32_t)x operator(int32_t) y)) JUMP(FSC);                                                                          \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        if (VM_INLINE_FLOATS && vm_is_float(x) && vm_is_float(y)) {                                                                        \
            if (sense(vm_float_of(vm, x) operator vm_float_of(vm, y))) JUMP(FSC);                                                          \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        goto compare_jump;                                                                                                                 \
    }                                                                                                                                      \
    FAST(label##I) {                                                                                                                       \
        x = r[FA], y = VM_SMALL(FSB);                                                                                                      \
        if (VM_LIKELY(vm_is_small(x))) {                                                                                                   \
            if (sense((int32_t)x operator(int32_t) y)) JUMP(FSC);                                                                          \
            NEXT;                                                                                                                          \
        }                                                                                                                                  \
        goto compare_jump;                                                                                                                 \
    }
/* Of two ints, what is not less is greater or equal: with only ints inline, those instructions are one. */
#if !VM_INLINE_FLOATS && !VM_SWITCH
#define L_JNLT L_JGE
#define L_JNLE L_JGT
#define L_JNGT L_JLE
#define L_JNGE L_JLT
#define L_JNLTI L_JGEI
#define L_JNLEI L_JGTI
#define L_JNGTI L_JLEI
#define L_JNGEI L_JLTI
#endif

#endif
