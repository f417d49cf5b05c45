/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter loop. Everything that is not a common case is a function in interp_slow.c or elsewhere. A call of a Python function from
 * Python code pushes a frame and goes round the loop: it takes no C stack. Special methods of instances are called the same way where the
 * instruction's result needs only what the frame's kind says (state.h); elsewhere native code calls them in a nested run.
 *
 * fp->pc is written before anything that can raise, call or yield. */
#include "debug.h"
#include "interp_loop.h"

vm_value vm_interpret(vm *vm) {
#if !VM_SWITCH
    static const void *const labels[] = {
#define OP(name, format, extension) &&L_##name,
#include "opcodes.def"
#undef OP
    };
#endif
    const uint32_t *const code = vm->code - 1; /* pc is a word behind what frames have: the next instruction's */
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
    vm_native native;

    LOAD();
#if VM_FEATURE_DEBUG && !VM_SWITCH
    const void *const *table = labels;
    if (VM_UNLIKELY(vm->debug)) {
#if VM_HOST
        static const void *const traps[] = {
#define OP(name, format, extension) &&trap,
#include "opcodes.def"
#undef OP
        };
        table = traps;
#else
        const void **mine = vm_debug_labels(vm);
        for (unsigned i = 0; i < VM_OP_COUNT; i++) mine[i] = vm_debug_traps(vm, i) ? &&trap : labels[i];
        table = mine;
#endif
    }
#endif
    if (VM_UNLIKELY(vm->raise_first)) {
        vm->raise_first = false;
        goto raised;
    }
#if VM_SWITCH
next:
    w = *++pc;
#if VM_FEATURE_DEBUG
    if (VM_UNLIKELY(vm->debug)) goto trap;
execute:
#endif
    switch (w & 255) {
#else
    NEXT;
#endif

        CASE(EXT)
        FAST(NOP) NEXT;
        FAST(LOADI) r[FA] = VM_SMALL(FS);
        NEXT;
        CASE(LOADW) r[A] = VM_SMALL((uint32_t)S << 16 | NAME_OF(*++pc));
        NEXT;
        CASE(LOADK) x = vm->consts + U * 8;
        r[A] = VM_UNLIKELY(vm_head(vm, x)->type == VM_T_INT64) ? vm_constant_int(vm, x) : x;
        NEXT;
        FAST(LOADF) r[FA] = (vm->consts + FU * 8) | 4;
        NEXT;
        FAST(LOADC) r[FA] = VM_CONST(FU);
        NEXT;
        FAST(LOADX) r[FA] = vm->imports[FU];
        NEXT;
        FAST(MOVE) r[FA] = r[FB];
        NEXT;
        CASE(BOUND) if (VM_UNLIKELY(r[A] == VM_UNBOUND)) {
            SAVE();
            vm_raise(vm, VM_B_UnboundLocalError, "cannot access local variable '%N' where it is not associated with a value", U);
            goto raised;
        }
        NEXT;
        FAST(GETG) {
            vm_value v = vm->globals[FU];
            if (VM_UNLIKELY(v == VM_UNBOUND)) {
                SAVE();
                vm_no_global(vm, FU);
                goto raised;
            }
            r[FA] = v;
            NEXT;
        }
        CASE(GETM) {
            x = vm->globals[U];
            uint32_t from = *++pc;
            if (VM_UNLIKELY(x == VM_UNBOUND)) {
                SAVE();
                vm_no_global_of(vm, U, NAME_OF(from), from >> 8 & 1);
                goto raised;
            }
            r[A] = x;
            NEXT;
        }
        FAST(SETG) vm->globals[FU] = r[FA];
        NEXT;
        FAST(SETGI) vm->globals[FA] = VM_SMALL(FS);
        NEXT;
        CASE(DEFG) {
            SAVE();
            x = vm_plain_function(vm, U);
            if (!x) goto raised;
            vm->globals[A] = x;
            NEXT;
        }
        CASE(DELG) {
            if (vm->globals[U] == VM_UNBOUND) {
                SAVE();
                vm_no_global(vm, U);
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
                vm_unbound_cell(vm, op, ATTR());
                goto raised;
            }
            pc += C == 255;
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

#include "interp_numbers.inc"

        CASE(FOR0) r[A] = VM_SMALL(0), r[A + 2] = VM_SMALL(1);
        goto prepare;
        FAST(FORPREP) {
            vm_value *f;
        prepare:
            f = r + FA;
            if (VM_UNLIKELY(!(f[0] & f[1] & f[2] & 1) || f[2] == VM_SMALL(0))) {
                SAVE();
                if (!vm_for_prepare(vm, f)) goto raised;
            }
            goto for_range;
        }
        FAST(FORR) {
            vm_value *f;
            f = r + FA;
            x = f[0], y = f[1];
            if (VM_LIKELY(f[2] == VM_SMALL(1)) && VM_LIKELY(vm_both_small(x, y))) { /* no overflow below the stop */
                if (VM_UNLIKELY((int32_t)x >= (int32_t)y)) NEXT;
                f[3] = x;
                f[0] = x + 2;
                JUMP(FS);
            }
        for_range:
            f = r + FA;
            int32_t next = (int32_t)f[0], stop = (int32_t)f[1], step = (int32_t)(f[2] - 1);
            if (VM_LIKELY(f[0] & f[1] & f[2] & 1)) {
                bool more = step > 0 ? next < stop : next > stop;
                int32_t after;
                if (!more) {
                    if (FOP != VM_OP_FORR) JUMP(FS);
                    NEXT;
                }
                if (VM_LIKELY(!__builtin_add_overflow(next, step, &after))) {
                    f[3] = (vm_value)next;
                    f[0] = (vm_value)after;
                    if (FOP != VM_OP_FORR) NEXT;
                    JUMP(FS);
                }
            }
            SAVE();
            int more = vm_for_step(vm, f);
            if (more < 0) goto raised;
            if (more == (FOP == VM_OP_FORR)) JUMP(FS);
            NEXT;
        }
        CASE(ITER) {
            x = r[B];
            SAVE();
            if (vm_is_instance(vm, x) && (y = vm_special(vm, x, VM_N_iter))) {
                called = y == VM_NONE ? VM_CALL_ERROR : vm_call_special(vm, y, 1, x, VM_NONE, VM_NONE, A, VM_K_ITER);
                if (VM_UNLIKELY(y == VM_NONE)) vm_iterate(vm, x); /* raises */
                goto after_call;
            }
            SET(vm_iterate(vm, x));
        }
        CASE(FOR) {
            x = r[A];
            SAVE();
            unsigned type = vm_object_type(vm, x);
            if (VM_LIKELY(type == VM_T_ITER))
                y = vm_next_fast(vm, x);
            else if (VM_LIKELY(type == VM_T_GENERATOR)) {
                y = VM_NONE, op = VM_K_FOR | VM_K_GENERATOR, argc = A + 1;
                goto resume;
            } else if (vm_is_instance(vm, x) && (y = vm_special(vm, x, VM_N_next))) {
                called = vm_call_special(vm, y, 1, x, VM_NONE, VM_NONE, A + 1, VM_K_FOR);
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
        CASE(DICT) SET(vm_build_dict(vm, r + B, C));
        CASE(SET) SET(vm_build_set(vm, r + B, C));
        CASE(SLICE) SET(vm_build_slice(vm, r + B));
        CASE(LAPPEND) if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_LIST))) goto bad_operand;
        TRY(vm_list_append(vm, r[A], r[B]));
        CASE(DSET) if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_DICT))) goto bad_operand;
        TRY(vm_dict_set(vm, r[A], r[B], r[C]));
        CASE(SADD) if (VM_UNLIKELY(!vm_is(vm, r[A], VM_T_SET))) goto bad_operand;
        TRY(vm_set_add(vm, r[A], r[B]));
        CASE(EXTEND) TRY(vm_extend(vm, r[A], r[B]));
        CASE(LTUPLE) SET(vm_list_tuple(vm, r[B]));
        CASE(FORMAT) {
            unsigned conversion = NAME_OF(*++pc);
            SAVE();
            called = vm_format_op(vm, r[B], r[C], conversion, A);
            goto after_op;
        }
        CASE(STRJOIN) SET(vm_join_strs(vm, r + B, C));

        FAST(GETIC) x = r[FB], y = VM_SMALL(FC);
        goto get_item;
        FAST(GETI) {
            vm_value *place;
            x = r[FB], y = r[FC];
        get_item:
            place = vm_item_place(vm, x, y, true);
            if (VM_LIKELY(place != NULL)) {
                r[FA] = *place;
                NEXT;
            }
            uint8_t *byte = vm_byte_place(vm, x, y);
            if (byte) {
                r[FA] = VM_SMALL(*byte);
                NEXT;
            }
            WORD();
            SAVE();
            called = vm_getitem_op(vm, x, y, A);
            goto after_op;
        }
        FAST(SETIC) y = VM_SMALL(FB);
        goto set_item;
        FAST(SETI) {
            vm_value *place;
            y = r[FB];
        set_item:
            place = vm_item_place(vm, r[FA], y, false);
            if (VM_LIKELY(place != NULL)) {
                *place = r[FC];
                NEXT;
            }
            uint8_t *byte = vm_byte_place(vm, r[FA], y);
            if (byte && vm_is_small(r[FC]) && (uint32_t)vm_small(r[FC]) < 256) {
                *byte = (uint8_t)vm_small(r[FC]);
                NEXT;
            }
            SAVE();
            called = vm_setitem_op(vm, r[FA], y, r[FC]);
            goto after_store;
        }
        CASE(DELI) {
            SAVE();
            called = vm_delitem_op(vm, r[A], r[B]);
            goto after_store;
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
            unsigned after = NAME_OF(*++pc);
            TRY(vm_unpack(vm, r[B], r + A, C, (int)after));
        }
        CASE(GETA) {
            x = r[B];
            unsigned name = ATTR();
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
            }
            SAVE();
            called = vm_getattr_op(vm, x, name, A);
            goto after_op;
        }
        CASE(SETA) {
            x = r[B];
            unsigned name = ATTR();
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
            unsigned name = ATTR();
            TRY(vm_delattr(vm, r[A], name));
        }
        CASE(SUPER) {
            unsigned name = ATTR();
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
                if (VM_LIKELY(f->nargs == argc && !(f->flags & VBC_ARRANGED)) && VM_LIKELY(args + f->nregs + 32 <= (vm_value *)callee)) {
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
        call_any:
            SAVE();
            if (vm_is_builtin(x) && x < VM_METHOD_VALUE(0) && !(argc == 1 && vm_is_instance(vm, args[0]))) {
            call_ready: /* or a method of its object's own type */
                native = vm_native_ready(vm_builtin_number(x), argc);
                if (VM_LIKELY(native != NULL) && !(argc && vm_is(vm, args[0], VM_T_GENERATOR))) {
                    x = native(vm, argc, args);
                    if (VM_UNLIKELY(x == VM_WOULD_BLOCK)) x = vm_wait_begun(vm, A, VM_K_DEST);
                    goto after_native;
                }
            }
            called = vm_start_call(vm, x, args, argc, 0, NULL, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLB) x = vm->imports[C], argc = B, args = r + A + 1;
        goto call_any;
        CASE(CALLK) {
            argc = B, kwc = C, args = r + A + 1, kw_words = pc + 1;
            pc += kwc;
            SAVE();
            called = vm_start_call(vm, r[A], args, argc, kwc, kw_words, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLM) {
            unsigned name = ATTR();
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
            if (bind && vm_is_builtin(x)) goto call_ready;
            called = vm_start_call(vm, x, args, argc, 0, NULL, A, VM_K_DEST);
            goto after_call;
        }
        CASE(CALLMK) {
            unsigned name = NAME_OF(*++pc);
            bool bind;
            argc = B, kwc = C, args = r + A + 1, kw_words = pc + 1;
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
        FAST(RET) x = r[FA];
        goto give_back;
        FAST(RETN) x = VM_NONE;
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
            if (kind & VM_K_GENERATOR) {
                vm_generator *g = vm_generator_of(vm, r[-1]);
                g->h.aux = VM_G_FINISHED;
                op = kind, argc = dest;
#if VM_ASYNC_GENERATORS
                if (g->h.flags & VM_G_ASYNC) x = vm_async_ended(vm, r[-1]);
#endif
                vm_pop_frame(vm);
                goto generator_ended;
            }
            vm_pop_frame(vm);
            if (kind == VM_K_BOUNDARY) return x;
            LOAD();
            w = *pc;
            vm->result = x;
            if (kind == VM_K_JUMP) {
                if (x == VM_NOT_IMPLEMENTED) x = vm_jump_reflected(vm, r, w);
                goto truth_jump;
            }
            if (kind != VM_K_DEST) x = vm_finish_call(vm, kind, x, w);
            if (!x) goto raised;
            if (kind != VM_K_INIT && kind != VM_K_DROP) r[dest] = x;
            NEXT;
        }

        CASE(GEN) {
            SAVE();
            x = vm_new_generator(vm);
            if (!x) goto raised;
            goto give_back;
        }
        CASE(YIELD) x = r[B];
    yielding:
        {
            unsigned kind = fp->kind, dest = fp->dest;
            if (VM_UNLIKELY(!(kind & VM_K_GENERATOR))) goto bad_operand;
            vm_generator *g = vm_generator_of(vm, r[-1]);
            g->pc = (uint32_t)(pc - code);
            g->h.aux = VM_G_SUSPENDED;
            copy_words(g->registers, r, g->nregs);
            if (VM_UNLIKELY(kind & VM_K_SEGMENT))
                vm_pop_frame(vm);
            else
                vm->thread.fp = fp + 1;
            kind &= 0x3F;
            if (VM_UNLIKELY(kind == VM_K_BOUNDARY)) return x;
#if VM_ASYNC_GENERATORS
            y = r[-1];
            LOAD();
            if (VM_UNLIKELY(kind == VM_K_DELEGATE)) {
                if (!C) goto yielding;
                if (!vm_async_gave(vm, y)) goto raised;
            }
#else
        LOAD();
        if (VM_UNLIKELY(kind == VM_K_DELEGATE)) goto yielding;
#endif
            r[dest] = x;
            NEXT;
        }
        CASE(DELEGATE) {
            SAVE();
            x = r[A], y = r[A + 1];
            if (VM_LIKELY(vm_is(vm, x, VM_T_GENERATOR))) {
                op = VM_K_DELEGATE | VM_K_GENERATOR, argc = A;
                goto resume;
            }
            x = vm_delegate(vm, x, y);
            if (x) goto yielding;
            if (vm->exception) goto raised;
            r[A] = vm->result;
            NEXT;
        }

        CASE(FUNC) SET(vm_plain_function(vm, U));
        CASE(MKFUNC) {
            unsigned number = NAME_OF(*++pc);
            SET(vm_make_function(vm, r + B, number));
        }
        CASE(MKCLASS) {
            unsigned number = NAME_OF(*++pc);
            SET(vm_new_class(vm, number, r[B], VM_BUILTIN(VM_B_type)));
        }
        CASE(RAISE) SAVE();
#if VM_FEATURE_RARE
        vm_new_context(vm, r[A]);
#endif
        vm_raise_any(vm, r[A], VM_NULL);
        goto raised;
        CASE(RAISEF) SAVE();
        vm_raise_any(vm, r[A], r[B]);
        goto raised;
        CASE(RERAISE) SAVE();
        vm_reraise(vm, r[A]);
        goto raised;
        CASE(OPX) {
            op = NAME_OF(*++pc);
            SET(vm_any_operator(vm, op, r[B], r[C]));
        }
        CASE(KWMERGE) if (VM_UNLIKELY(A < 2)) goto bad_operand;
        TRY(vm_merge_keywords(vm, r[A - 2], r[A], r[B]));
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
    x = vm->result;
after_native:
    if (VM_UNLIKELY(!x)) goto raised;
    r[A] = x;
    if (VM_UNLIKELY(vm->attention)) {
        vm->budget--;
        goto attention;
    }
    CHARGE(1);
    NEXT;
after_op: /* of an operation that is no call: nothing is charged */
    if (called == VM_CALL_ERROR) goto raised;
    if (called == VM_CALL_FRAME) goto entered;
    r[A] = vm->result;
    if (VM_UNLIKELY(vm->attention)) goto attention;
    NEXT;
after_store:
    if (called == VM_CALL_ERROR) goto raised;
    if (called == VM_CALL_FRAME) goto entered;
    NEXT;
entered:
    LOAD();
    CHARGE(1);
    NEXT;
resume: /* generator x goes on with y; op: the kind of its frame, argc: the register for what it yields */
    {
        vm_generator *g = vm_generator_of(vm, x);
        vm_frame *callee = fp - 1;
        unsigned n = g->nregs;
        args = r + vm_func_of(vm, fp->function)->nregs + 1;
        if (VM_UNLIKELY(g->h.aux != VM_G_SUSPENDED || args + n + 32 > (vm_value *)callee)) {
            called = vm_resume(vm, x, y, argc, op);
            if (called != VM_CALL_VALUE) goto after_store;
            x = vm->result;
            goto generator_ended;
        }
        args[-1] = x;
        copy_words(args, g->registers, n);
        g->h.aux = VM_G_RUNNING;
        *callee = (vm_frame){g->pc, VM_REF(vm, args), g->function, (uint8_t)op, 0, (uint16_t)argc};
        vm->thread.fp = fp = callee;
        r = args;
        pc = code + g->pc;
        w = *pc;
        if ((w & 255) == VM_OP_YIELD)
            r[A] = y;
        else if ((w & 255) == VM_OP_DELEGATE)
            r[A + 1] = y, pc--;
        CHARGE(1);
        NEXT;
    }
generator_ended: /* with value x; op: the kind its frame had, argc: its destination; its caller's frame is the current one */
    op &= 0x3F;
    if (op == VM_K_BOUNDARY) {
        vm->result = x;
        return VM_NULL;
    }
    LOAD();
#if VM_ASYNC_GENERATORS
    if (VM_UNLIKELY(!x)) goto raised;
#endif
    w = *pc;
    if (op == VM_K_FOR) JUMP(S);
    if (op == VM_K_DEST) {
        vm_raise_stop(vm, x);
        goto raised;
    }
    r[argc] = x;
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
#if VM_FEATURE_DEBUG
trap: /* before this instruction */
    WORD();
    fp->pc = (uint32_t)(pc - 1 - code);
    if (vm_debug_trap(vm, fp->pc)) {
        if (!vm->nest) return VM_YIELD;
        vm_debug_wait(vm);
    }
#if VM_SWITCH
    goto execute;
#else
    goto *labels[w & 255];
#endif
#endif
no_cell:
bad_operand:
    SAVE();
    vm_bad_operand(vm, r[A]);
raised:
#if VM_FEATURE_DEBUG
    if (VM_UNLIKELY(vm->debug) && vm_debug_raised(vm)) {
        if (!vm->nest) return VM_YIELD;
        vm_debug_wait(vm);
        vm->raise_first = false;
    }
#endif
    if (!vm_unwind(vm)) return VM_NULL;
    LOAD();
    CHARGE(1); /* a handler may lie before its instruction */
    NEXT;
}
