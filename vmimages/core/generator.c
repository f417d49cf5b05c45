/* SPDX-License-Identifier: Apache-2.0 */
/* Generators. A suspended one has its window in its object; it goes on in a frame like any other's, its window above that of who asked for
 * the next value. FOR, `yield from`, next(), send() and throw() of Python code push that frame without taking C stack; native code that
 * iterates runs it in a nested run. What is common is in interp.c; here is the rest. */
#include "interp.h"

vm_value vm_new_generator(vm *vm) {
    const vm_frame *fp = vm->thread.fp;
    unsigned bytes = 4u * vm_func_of(vm, fp->function)->nregs;
    if (fp->kind & VM_K_GENERATOR) return vm_bad_operand(vm, fp->function), VM_NULL;
    vm_value v = vm_alloc(vm, VM_T_GENERATOR, (uint32_t)sizeof(vm_generator) + bytes);
    if (!v) return v;
    vm_generator *g = vm_generator_of(vm, v);
    g->nregs = bytes / 4 & 255;
    if (VM_ASYNC) g->h.flags = vm->code[fp->pc - 1] >> 8 & (VM_G_COROUTINE | (VM_ASYNC_GENERATORS ? VM_G_ASYNC : 0));
    g->pc = fp->pc;
    g->function = fp->function;
    memcpy(g->registers, VM_PTR(vm, fp->window), bytes);
    return v;
}

vm_value vm_raise_stop(vm *vm, vm_value value) { return vm_raise_value(vm, VM_B_StopIteration, value == VM_NONE ? VM_NULL : value); }

static uint32_t waits_at(const vm *vm, const vm_generator *g) { return vm->code[g->pc - 1]; }

vm_call_result vm_resume(vm *vm, vm_value generator, vm_value sent, unsigned dest, unsigned kind) {
    vm_generator *g = vm_generator_of(vm, generator);
    unsigned nregs = g->nregs;
    vm_value *window = vm_window_end(vm) + 1;
    vm_frame *frame = vm->thread.fp - 1;
    if (g->h.aux == VM_G_RUNNING) {
        vm_raise(vm, VM_B_ValueError, "%T already executing", generator);
        return VM_CALL_ERROR;
    }
    if (g->h.aux == VM_G_FINISHED) {
#if VM_ASYNC_GENERATORS
        if (g->h.flags & VM_G_ASYNC && !(vm->result = vm_async_ended(vm, generator))) return VM_CALL_ERROR;
#endif
        if (VM_ASYNC && g->h.flags & VM_G_COROUTINE) {
            vm_raise(vm, VM_B_RuntimeError, "cannot reuse already awaited coroutine");
            return VM_CALL_ERROR;
        }
        vm->result = VM_NONE;
        return VM_CALL_VALUE;
    }
    uint32_t w = waits_at(vm, g), pc = g->pc;
    if ((w & 255) == VM_OP_GEN && sent && sent != VM_NONE) {
        vm_raise(vm, VM_B_TypeError, "can't send non-None value to a just-started %T", generator);
        return VM_CALL_ERROR;
    }
#if VM_ASYNC_GENERATORS
    unsigned asked = g->h.aux;
    if (asked) sent = VM_NULL; /* it is there already */
#endif
    if (window + nregs + 32 > (vm_value *)frame) {
        unsigned root = vm_root(vm, generator);
        vm_root(vm, sent);
        vm_value segment = vm_new_segment(vm, nregs);
        vm_unroot(vm, root);
        if (!segment) return VM_CALL_ERROR;
        vm_link_segment(vm, segment);
        vm_stack *s = vm_stack_of(vm, segment);
        window = s->data + 1;
        frame = (vm_frame *)((uint8_t *)s + s->size) - 1;
        kind |= VM_K_SEGMENT;
    }
    window[-1] = generator;
    memcpy(window, g->registers, 4u * nregs);
    g->h.aux = VM_G_RUNNING;
    if ((w & 255) == VM_OP_YIELD && sent) window[A] = sent;
    if ((w & 255) == VM_OP_DELEGATE) window[A + 1] = sent, pc--;
    *frame = (vm_frame){pc, VM_REF(vm, window), g->function, (uint8_t)kind, 0, (uint16_t)dest};
    vm->thread.fp = frame;
#if VM_ASYNC_GENERATORS
    if (asked == VM_G_THROWN) return vm_raise_any(vm, window[(w & 255) == VM_OP_YIELD ? A : 0], VM_NULL), VM_CALL_ERROR;
#endif
    return VM_CALL_FRAME;
}

vm_value vm_generator_next(vm *vm, vm_value generator) {
    if (!vm_nest_ok(vm)) return VM_NULL;
    unsigned root = vm_root(vm, generator); /* whoever calls may have it in a register of C only */
    vm_call_result called = vm_resume(vm, generator, VM_NONE, 0, VM_K_BOUNDARY | VM_K_GENERATOR);
    vm_value v = called == VM_CALL_FRAME ? vm_run_frame(vm) : VM_NULL;
    vm_unroot(vm, root);
    return v;
}

void vm_generator_died(vm *vm, vm_value generator) {
    vm_value e = vm->exception;
    vm_generator_of(vm, generator)->h.aux = VM_G_FINISHED;
    if (vm->killed) return;
#if VM_ASYNC_GENERATORS
    unsigned flags = vm_head(vm, generator)->flags;
    if (flags & VM_G_CLOSING && (vm_take_exception(vm, VM_B_GeneratorExit) || vm_take_exception(vm, VM_B_StopAsyncIteration))) {
        vm_raise_stop(vm, VM_NONE); /* vm_unwind() ends it */
        return;
    }
    bool stops = flags & VM_G_ASYNC && vm_exception_is(vm, e, VM_B_StopAsyncIteration);
#else
    enum { stops = false };
#endif
    if (!stops && !vm_exception_is(vm, e, VM_B_StopIteration)) return;
    unsigned root = vm_root(vm, e);
    vm_raise(vm, VM_B_RuntimeError, "%T raised Stop%sIteration", generator, stops ? "Async" : "");
    vm_unroot(vm, root);
    if (vm->exception != vm->memory_error) vm_exception_of(vm, vm->exception)->cause = vm_exception_of(vm, vm->exception)->context = e;
}

/* --- yield from what is no generator */

/* The value of the StopIteration in flight, which ends here; VM_NULL: another exception. */
static vm_value stop_value(vm *vm) {
    vm_value e = vm->exception;
    return vm_take_exception(vm, VM_B_StopIteration) ? vm_exception_getattr(vm, e, VM_N_value) : VM_NULL;
}

vm_value vm_delegate(vm *vm, vm_value iterator, vm_value sent) {
    vm_value m, v;
    vm->result = VM_NONE;
    if (sent == VM_NONE) {
        m = vm_special(vm, iterator, VM_N_next);
        if (!m) return vm_next(vm, iterator);
        v = vm_call(vm, m, 1, &iterator);
    } else {
        m = vm_getattr(vm, iterator, VM_N_send);
        v = m ? vm_call(vm, m, 1, &sent) : m;
    }
    if (!v) {
        m = stop_value(vm);
        vm->result = m ? m : VM_NONE;
    }
    return v;
}

/* --- throw and close */

/* What the generator's `yield from` goes through; VM_NULL: it is not in one. */
static vm_value delegate_of(const vm *vm, vm_value generator) {
    const vm_generator *g = vm_generator_of(vm, generator);
    if (g->h.aux != VM_G_SUSPENDED) return VM_NULL;
    uint32_t w = waits_at(vm, g);
    return (w & 255) == VM_OP_DELEGATE ? g->registers[A] : VM_NULL;
}

#if VM_FEATURE_RARE
vm_value vm_generator_getattr(const vm *vm, vm_value generator, unsigned name) {
    const vm_generator *g = vm_generator_of(vm, generator);
    if (name == VM_N_gi_running) return VM_BOOL(g->h.aux == VM_G_RUNNING);
    if (name == VM_N_gi_suspended) return VM_BOOL(g->h.aux == VM_G_SUSPENDED && (waits_at(vm, g) & 255) != VM_OP_GEN);
    vm_value inner = delegate_of(vm, generator);
    return inner ? inner : VM_NONE;
}
#endif

/* Runs the generator with the exception in flight raised where it waits, whatever it delegates to. VM_NULL without an exception: it ended.
 */
static vm_value run_with_exception(vm *vm, vm_value generator) {
    vm_value e = vm->exception;
    if (!vm_nest_ok(vm) || vm_resume(vm, generator, VM_NULL, 0, VM_K_BOUNDARY | VM_K_GENERATOR) != VM_CALL_FRAME) return VM_NULL;
    vm->thread.fp->pc = vm_generator_of(vm, generator)->pc;
    vm->exception = e;
    return vm_unwind(vm) ? vm_run_frame(vm) : VM_NULL;
}

static vm_value raise_exit(vm *vm) { return vm_raise_value(vm, VM_B_GeneratorExit, VM_NULL); }

static void close_other(vm *vm, vm_value iterator) {
    vm_value m = vm_find_attr(vm, iterator, VM_N_close);
    if (m) vm_call(vm, m, 0, NULL);
}

/* The innermost of those that it goes through is closed first, then each that delegates to it, without recursion. */
static bool close_all(vm *vm, vm_value generator) {
    unsigned depth = 0, root = vm_root(vm, generator);
    vm_value g = generator, inner;
    while ((inner = delegate_of(vm, g)) && vm_is(vm, inner, VM_T_GENERATOR)) g = inner, depth++;
    if (inner) close_other(vm, inner);
    for (;; depth--) {
        g = generator;
        for (unsigned i = 0; i < depth; i++) g = delegate_of(vm, g);
        vm_generator *o = vm_generator_of(vm, g);
        if (o->h.aux == VM_G_RUNNING)
            vm_raise(vm, VM_B_ValueError, "%T already executing", g);
        else if (o->h.aux == VM_G_SUSPENDED && (waits_at(vm, o) & 255) == VM_OP_GEN && !vm->exception)
            o->h.aux = VM_G_FINISHED;
        else if (o->h.aux == VM_G_SUSPENDED) {
            if (!vm->exception) raise_exit(vm);
            if (run_with_exception(vm, g))
                vm_raise(vm, VM_B_RuntimeError, "%T ignored GeneratorExit", g);
            else if (vm->exception && !vm_take_exception(vm, VM_B_GeneratorExit))
                vm_take_exception(vm, VM_B_StopIteration);
        }
        if (!depth) break;
    }
    vm_unroot(vm, root);
    return !vm->exception;
}

vm_value vm_generator_close(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, close_all(vm, argv[0]) ? VM_NONE : VM_NULL; }

/* The exception that throw(type, value, traceback) means, in flight. False: it means none, which is the caller's error. */
static bool raise_thrown(vm *vm, unsigned argc, vm_value *argv) {
    vm_value e = argv[0];
    if (argc > 1 && argv[1] != VM_NONE && vm_is_class(vm, e)) {
        int is = vm_is(vm, argv[1], VM_T_EXCEPTION) ? vm_isinstance(vm, argv[1], e) : 0;
        e = is ? argv[1] : vm_call(vm, e, 1, argv + 1);
        if (!e) return false;
    } else if (argc > 1 && argv[1] != VM_NONE && vm_is(vm, e, VM_T_EXCEPTION)) {
        vm_raise(vm, VM_B_TypeError, "instance exception may not have a separate value");
        return false;
    }
    if (!vm_is(vm, e, VM_T_EXCEPTION) && !(vm_is_class(vm, e) && vm_subclass(vm, e, VM_BUILTIN(VM_B_BaseException)))) {
        vm_raise(vm, VM_B_TypeError, "exceptions must be classes or instances deriving from BaseException, not %T", e);
        return false;
    }
    vm_raise_any(vm, e, VM_NULL);
    return true;
}

#if VM_FEATURE_RARE
/* What an iterator that is no generator gave for throw(): the generators on the way to it, whose frames are on top, yield it. */
static vm_call_result yield_out(vm *vm, vm_value v, unsigned frames) {
    while (frames--) {
        const vm_frame *fp = vm->thread.fp;
        const vm_value *window = VM_PTR(vm, fp->window);
        vm_generator *g = vm_generator_of(vm, window[-1]);
        memcpy(g->registers, window, 4u * g->nregs);
        g->h.aux = VM_G_SUSPENDED;
        vm_pop_frame(vm);
    }
    vm->result = v;
    return VM_CALL_VALUE;
}

#endif

/* Frames of the generators that it goes through are pushed one above the other, down to the one where the exception is raised. */
static vm_call_result throw_into(vm *vm, vm_value generator, unsigned dest, unsigned kind) {
    vm_value e = vm->exception, inner;
    unsigned root = vm_root(vm, e), frames = 0;
    (void)frames; /* of a VM without VM_FEATURE_RARE */
    vm_call_result result = VM_CALL_ERROR;
    while (vm_generator_of(vm, generator)->h.aux != VM_G_FINISHED) {
        inner = delegate_of(vm, generator);
        if (inner && vm_exception_is(vm, e, VM_B_GeneratorExit)) {
            vm->exception = VM_NULL;
            if (vm_is(vm, inner, VM_T_GENERATOR))
                close_all(vm, inner);
            else
                close_other(vm, inner);
            if (vm->exception) e = vm->exception;
            inner = VM_NULL;
        }
        vm->exception = e;
        if (vm_resume(vm, generator, VM_NULL, dest, kind | VM_K_GENERATOR) != VM_CALL_FRAME) break;
        uint32_t w = waits_at(vm, vm_generator_of(vm, generator));
        vm->thread.fp->pc = vm_generator_of(vm, generator)->pc;
        frames++;
        if (!inner) break;
        if (!vm_is(vm, inner, VM_T_GENERATOR)) {
#if VM_FEATURE_RARE /* other iterators rarely have a throw() */
            vm->exception = VM_NULL;
            vm_value method = vm_find_attr(vm, inner, VM_N_throw_);
            if (method) {
                vm_value v = vm_call(vm, method, 1, &e);
                if (v)
                    result = yield_out(vm, v, frames);
                else if ((v = stop_value(vm))) {
                    ((vm_value *)VM_PTR(vm, vm->thread.fp->window))[A] = v;
                    result = VM_CALL_FRAME;
                }
            } else if (!vm->exception)
                vm->exception = e;
#endif
            break;
        }
        dest = A;
        kind = VM_K_DELEGATE;
        generator = inner;
    }
    vm_unroot(vm, root);
    return result;
}

vm_call_result vm_generator_call(vm *vm, unsigned number, unsigned argc, vm_value *argv, unsigned dest, unsigned kind, bool *done) {
    unsigned name = number < VM_B_COUNT ? number == VM_B_next ? VM_N_next : VM_N_count : vm_method_name(number);
    *done = kind <= VM_K_BOUNDARY && (name == VM_N_next   ? argc == 1
                                      : name == VM_N_send ? argc == 2
                                                          : name == VM_N_throw_ && argc > 1 && argc < 5);
    if (!*done) return VM_CALL_ERROR;
    if (VM_ASYNC && name == VM_N_next && vm_head(vm, argv[0])->flags) {
        vm_raise(vm, VM_B_TypeError, "'%T' object is not an iterator", argv[0]);
        return VM_CALL_ERROR;
    }
    if (kind == VM_K_BOUNDARY && !vm_nest_ok(vm)) return VM_CALL_ERROR;
    if (name == VM_N_throw_) { return raise_thrown(vm, argc - 1, argv + 1) ? throw_into(vm, argv[0], dest, kind) : VM_CALL_ERROR; }
    vm_call_result called = vm_resume(vm, argv[0], argc > 1 ? argv[1] : VM_NONE, dest, kind | VM_K_GENERATOR);
    if (called != VM_CALL_VALUE) return called;
    vm_raise_stop(vm, VM_NONE);
    return VM_CALL_ERROR;
}

/* Reached with a wrong number of arguments only, or from where the result would go to no register. */
static vm_value from_native(vm *vm, unsigned number, unsigned argc, vm_value *argv) {
    return vm_call(vm, VM_METHOD_VALUE(number), argc, argv);
}
vm_value vm_generator_send(vm *vm, unsigned argc, vm_value *argv) {
    return from_native(vm, (unsigned)vm_method_number(VM_B_generator, argc > 1 ? VM_N_send : VM_N_next), argc, argv);
}
vm_value vm_generator_throw(vm *vm, unsigned argc, vm_value *argv) {
    return from_native(vm, (unsigned)vm_method_number(VM_B_generator, VM_N_throw_), argc, argv);
}
vm_value vm_generator_iter(vm *vm, unsigned argc, vm_value *argv) { return (void)vm, (void)argc, argv[0]; }

#if VM_ASYNC

/* What `await` goes through. */
vm_value vm_awaitable(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = argv[0];
    (void)argc;
    if (vm_is(vm, v, VM_T_GENERATOR)) {
        vm_generator *g = vm_generator_of(vm, v);
#if VM_FEATURE_RARE
        if (g->h.flags & VM_G_COROUTINE && g->h.aux == VM_G_SUSPENDED && (waits_at(vm, g) & 255) != VM_OP_GEN)
            return vm_raise(vm, VM_B_RuntimeError, "coroutine is being awaited already");
#endif
        unsigned ready = g->h.flags & (VM_G_COROUTINE | VM_G_ASKED);
        g->h.flags &= (uint8_t)~VM_G_ASKED;
        if (ready) return v;
    }
    vm_value m = vm_special(vm, v, VM_N_await);
    if (!m) return vm->exception ? m : vm_raise(vm, VM_B_TypeError, "object %T can't be used in 'await' expression", v);
    m = vm_call(vm, m, 1, &v);
    if (!VM_FEATURE_RARE || !m || vm_is_iterator(vm, m)) return m;
    return vm_raise(vm, VM_B_TypeError, "__await__() returned non-iterator of type '%T'", m);
}

#endif

#if VM_ASYNC_GENERATORS

/* Asynchronous generators. What they give ends the DELEGATE of who awaits it, and their end is a StopAsyncIteration there. Their methods
 * get them ready to go on and return them: awaiting that is going on. */

vm_value vm_async_ended(vm *vm, vm_value generator) {
    if (vm_head(vm, generator)->flags & VM_G_CLOSING) return VM_NONE;
    return vm_raise_value(vm, VM_B_StopAsyncIteration, VM_NULL);
}

bool vm_async_gave(vm *vm, vm_value generator) {
    if (!(vm_head(vm, generator)->flags & VM_G_CLOSING)) return true;
    vm_raise(vm, VM_B_RuntimeError, "async generator ignored GeneratorExit");
    return false;
}

/* Where it waits at `state`, what it goes on with is `value`. */
static vm_value ask(vm *vm, vm_value generator, unsigned state, vm_value value, const char *name) {
    vm_generator *g = vm_generator_of(vm, generator);
    g->h.flags = VM_G_ASYNC | VM_G_ASKED;
    if (g->h.aux == VM_G_FINISHED) return generator;
    uint32_t w = waits_at(vm, g);
    if (g->h.aux == VM_G_RUNNING || (w & 255) == VM_OP_DELEGATE)
        return vm_raise(vm, VM_B_RuntimeError, "%s(): asynchronous generator is already running", name);
    if ((w & 255) == VM_OP_YIELD)
        g->registers[A] = value;
    else if (state == VM_G_THROWN)
        g->registers[0] = value;
    else if (value == VM_NONE)
        state = VM_G_SUSPENDED;
    else
        return vm_raise(vm, VM_B_TypeError, "can't send non-None value to a just-started async generator");
    g->h.aux = (uint16_t)state;
    return generator;
}

vm_value vm_async_send(vm *vm, unsigned argc, vm_value *argv) {
    return ask(vm, argv[0], VM_G_SENT, argc > 1 ? argv[1] : VM_NONE, argc > 1 ? "asend" : "anext");
}

vm_value vm_async_throw(vm *vm, unsigned argc, vm_value *argv) {
    if (!raise_thrown(vm, argc - 1, argv + 1)) return VM_NULL;
    vm_value e = vm->exception;
    vm->exception = VM_NULL;
    return ask(vm, argv[0], VM_G_THROWN, e, "athrow");
}

vm_value vm_async_close(vm *vm, unsigned argc, vm_value *argv) {
    vm_generator *g = vm_generator_of(vm, argv[0]);
    (void)argc;
    if (g->h.aux == VM_G_SUSPENDED && (waits_at(vm, g) & 255) == VM_OP_GEN) g->h.aux = VM_G_FINISHED;
    vm_value v = ask(vm, argv[0], VM_G_THROWN, VM_BUILTIN(VM_B_GeneratorExit), "aclose");
    if (v) g->h.flags |= VM_G_CLOSING;
    return v;
}

#endif
