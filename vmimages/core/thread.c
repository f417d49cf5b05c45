/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: who runs next, how they start and end. The module _thread is in lib/thread.c. */
#include "thread.h"

/* The current thread's wait, if it has one, has ended: its value goes where the call's was to go. */
static bool go_on(vm *vm) {
    vm_thread *t = &vm->thread;
    if (!t->wait) return true;
    vm_value v = vm_try_wait(vm);
    if (v == VM_WOULD_BLOCK) return false;
    if (v)
        ((vm_value *)VM_PTR(vm, t->fp->window))[t->dest] = v;
    else
        vm->raise_first = true;
    return true;
}

/* Nobody can run: until when? false. A deadlock is an error of the current thread: true. */
static bool idle(vm *vm, uint64_t wake, bool external) {
    vm->wake_time = wake;
    if (wake != VM_FOREVER || external) return false;
    vm_raise_deadlock(vm);
    vm->raise_first = true;
    return true;
}

#if !VM_FEATURE_THREADS

bool vm_schedule(vm *vm) { return go_on(vm) || idle(vm, vm->thread.until, vm_wait_external(vm->thread.wait)); }

#else

static void switch_out(vm *vm) {
    const vm_thread *t = &vm->thread;
    vm_thread_object *o = vm_thread_of(vm, vm->current);
    o->object = t->object;
    o->token = t->token;
    o->until = t->until;
    o->segment = t->segment;
    o->stack_bytes = t->stack_bytes;
    o->frame = t->fp ? VM_REF(vm, t->fp) : 0;
    o->wait = t->wait;
    o->dest = t->dest;
}

static void switch_in(vm *vm, vm_value thread) {
    const vm_thread_object *o = vm_thread_of(vm, thread);
    vm->current = thread;
    vm->thread = (vm_thread){o->segment, vm->thread.spare, o->stack_bytes, o->frame ? VM_PTR(vm, o->frame) : NULL, o->object, o->token,
                             o->until,   o->wait,          o->dest};
}

bool vm_schedule(vm *vm) {
    const vm_thread *t = &vm->thread;
    if (!vm->current) return go_on(vm) || idle(vm, t->until, vm_wait_external(t->wait));
    if (t->fp && !t->wait && vm->charged < vm->switch_at) return true;
    switch_out(vm);
    vm_value best = VM_NULL, v = vm->current;
    uint64_t wake = VM_FOREVER;
    bool external = false, late;
    do {
        const vm_thread_object *o = vm_thread_of(vm, v);
        v = o->next ? o->next : vm->threads;
        o = vm_thread_of(vm, v);
        if (o->h.flags & VM_THREAD_OVER) continue;
        if (o->wait && !vm_wait_over(vm, o->wait, o->object, o->token, o->until, &late)) {
            if (o->until < wake) wake = o->until;
            external |= vm_wait_external(o->wait);
        } else if (!best || o->priority > vm_thread_of(vm, best)->priority)
            best = v;
    } while (v != vm->current);
    if (!best && wake == VM_FOREVER &&
        !external) { /* all wait for each other: the first one, which is the main thread if it lives, is told */
        for (v = vm->threads; vm_thread_of(vm, v)->h.flags & VM_THREAD_OVER;) v = vm_thread_of(vm, v)->next;
        switch_in(vm, v);
    }
    if (!best) return idle(vm, wake, external);
    switch_in(vm, best);
    vm->switch_at = vm->charged + VM_QUANTUM;
    return go_on(vm);
}

/* --- starting */

static vm_value new_thread(vm *vm, vm_value name, unsigned flags) {
    unsigned root = vm_root(vm, name);
    vm_value v = vm_alloc(vm, VM_T_THREAD, sizeof(vm_thread_object));
    vm_unroot(vm, root);
    if (!v) return v;
    vm_thread_object *o = vm_thread_of(vm, v);
    o->h.aux = ++vm->last_thread;
    o->h.flags = (uint8_t)flags;
    o->name = name;
    o->priority = vm->current ? vm_thread_of(vm, vm->current)->priority : VM_PRIORITY;
    return v;
}

/* Makes the first frame of the current thread, which has none: `function` with the items of a tuple and the entries of a dict. */
static bool first_call(vm *vm, vm_value function, unsigned nregs, vm_value args, vm_value kwargs) {
    uint32_t words[16], at = 0, kwc = 0;
    uint32_t argc = vm_tuple_of(vm, args)->length;
    vm_thread *t = &vm->thread;
    vm_value key, value;
    if (kwargs) kwc = vm_dict_of(vm, kwargs)->used;
    if (argc > 200 || kwc > 16) return vm_raise(vm, VM_B_TypeError, "too many arguments"), false;
    for (uint32_t i = 0; i < kwc && vm_dict_next(vm, kwargs, &at, &key, &value); i++) {
        int name = vm_is(vm, key, VM_T_STR) ? vm_name_id(vm, key, true) : -1;
        if (name < 0) return vm->exception ? false : (vm_raise(vm, VM_B_TypeError, "keywords must be strings"), false);
        words[i] = (uint32_t)name << 16;
    }
    /* One that is joined is likely threading's, which is a few calls deep before the program's own code. */
    unsigned deep = vm_thread_of(vm, vm->current)->h.flags & VM_THREAD_DEEP ? VM_STACK_WORDS / 2 : 2;
    vm_value segment = vm_new_segment(vm, (argc > nregs ? argc : nregs) + kwc + deep);
    if (!segment) return false;
    vm_stack *s = vm_stack_of(vm, segment);
    s->previous = s->resume = VM_NULL;
    t->segment = segment;
    t->stack_bytes = s->size;
    t->fp = (vm_frame *)((uint8_t *)s + s->size);
    vm_value *place = s->data + 2; /* a bound method's object goes before the arguments */
    s->data[0] = s->data[1] = VM_NONE;
    memcpy(place, vm_tuple_of(vm, args)->items, argc * sizeof *place);
    at = 0;
    for (uint32_t i = 0; i < kwc && vm_dict_next(vm, kwargs, &at, &key, &value); i++) place[argc + i] = value;
    return vm_start_call(vm, function, place, argc, kwc, words, 0, VM_K_BOUNDARY | VM_K_SEGMENT) == VM_CALL_FRAME;
}

static void remove_thread(vm *vm, vm_value thread) { /* not the first */
    vm_value v = vm->threads;
    while (vm_thread_of(vm, v)->next != thread) v = vm_thread_of(vm, v)->next;
    vm_thread_of(vm, v)->next = vm_thread_of(vm, thread)->next;
    vm_thread_of(vm, thread)->next = vm_thread_of(vm, thread)->segment = vm_thread_of(vm, thread)->object = VM_NULL;
    vm_thread_of(vm, thread)->h.flags |= VM_THREAD_OVER;
    switch_in(vm, v);
}

bool vm_thread_main(vm *vm) {
    if (!vm->current) vm->threads = vm->current = new_thread(vm, VM_NONE, 0);
    return vm->current != VM_NULL;
}

vm_value vm_thread_start(vm *vm, vm_value function, vm_value args, vm_value kwargs, vm_value name, unsigned flags) {
    vm_value f = function;
    while (f && (vm_is(vm, f, VM_T_METHOD) || vm_is_instance(vm, f)))
        f = vm_is(vm, f, VM_T_METHOD) ? vm_method_of(vm, f)->function : vm_special(vm, f, VM_N_call);
    if (!f || !vm_is(vm, f, VM_T_FUNCTION)) {
        bool other = f && vm_bi_callable(vm, 1, &f) == VM_TRUE;
        return vm_raise(vm, VM_B_TypeError,
                        other ? "a thread begins in a function of the program: use a lambda" : "first arg must be callable");
    }
    if (!vm_thread_main(vm)) return VM_NULL;
    vm_value v = new_thread(vm, name, flags), me = vm->current, last = vm->threads;
    if (!v) return v;
    unsigned root = vm_root(vm, v), kw_count = vm->kw_count;
    while (vm_thread_of(vm, last)->next) last = vm_thread_of(vm, last)->next;
    vm_thread_of(vm, last)->next = v;
    switch_out(vm);
    switch_in(vm, v);
    bool done = first_call(vm, function, vm_func_of(vm, f)->nregs, args, kwargs);
    vm->kw_count = kw_count;
    switch_out(vm);
    if (!done) remove_thread(vm, v);
    switch_in(vm, me);
    vm_unroot(vm, root);
    if (vm->switch_at == VM_FOREVER) { /* from now on in turns */
        vm->charged += (uint64_t)((int64_t)vm->slice - vm->budget);
        if (vm->budget > VM_QUANTUM) vm->budget = VM_QUANTUM;
        vm->slice = vm->budget;
        vm->switch_at = vm->charged + VM_QUANTUM;
    }
    return done ? v : VM_NULL;
}

/* --- ending */

/* A place in the program, as in CPython's traceback; of a stripped one there are only numbers. */
static void put_place(vm_writer *w, uint32_t entry) {
    vm *vm = w->vm;
    unsigned function = entry >> 16, word = entry & 0xFFFF;
    uint32_t own, offset = vbc_find_section(vm->image, VBC_LINES, &own);
    vbc_find_section(vm->image, VBC_FUNC, &own);
    own /= 2; /* of the image; what a REPL added has no lines in it */
    if (!vm->defs || !offset || function >= own) {
        vm_printf(w, "  function %u, word %u\n", function, word);
        return;
    }
    unsigned line = vm->defs[4 * function + 3];
    const uint32_t *offsets = (const uint32_t *)(vm->image + offset);
    const uint8_t *pairs = (const uint8_t *)(offsets + own + 1);
    for (const uint8_t *p = pairs + offsets[function], *end = pairs + offsets[function + 1]; p < end; p += 2) {
        line += (unsigned)(int8_t)p[1];
        if (word < p[0]) break;
        word -= p[0];
    }
    vm_printf(w, "  File \"%N\", line %u, in %N\n", vm->defs[4 * function + 2], line, vm->defs[4 * function]);
}

/* As CPython, on the console; there are no source lines. */
static void report(vm *vm, vm_value e, vm_value name) {
    vm_writer w;
    uint32_t trace[VM_TRACE_MAX];
    unsigned count = vm->trace_count, root = vm_root(vm, e);
    memcpy(trace, vm->trace, sizeof trace);
    vm_writer_console(&w, vm);
    vm_printf(&w, "Exception in thread %S:\nTraceback (most recent call last):\n", name);
    while (count--) put_place(&w, trace[count]);
    /* Its __str__ may be Python code, which needs a frame to be called from. */
    if (!vm_push_entry(vm) || !vm_write_exception(&w, e)) vm_printf(&w, "%T", e);
    vm_put_char(&w, '\n');
    vm->exception = VM_NULL;
    vm->raise_first = false;
    vm->thread.segment = VM_NULL;
    vm->thread.fp = NULL;
    vm_unroot(vm, root);
}

/* Whether the program goes on when the main thread has ended. */
static bool others_to_wait_for(const vm *vm) {
    for (vm_value v = vm_thread_of(vm, vm->threads)->next; v; v = vm_thread_of(vm, v)->next)
        if (!(vm_thread_of(vm, v)->h.flags & VM_THREAD_DAEMON)) return true;
    return false;
}

#endif

bool vm_thread_ended(vm *vm, bool *raised) {
    vm_value e = *raised ? vm->exception : VM_NULL;
    vm->exception = VM_NULL;
    if (e && vm->stop) {
        vm->stopped = true;
        e = VM_NULL;
    } else if (e && vm_exception_is(vm, e, VM_B_SystemExit))
        e = VM_NULL;
#if VM_FEATURE_THREADS
    vm_value me = vm->current;
    if (me && !vm->stop) {
        vm->switch_at = 0;
        if (me == vm->threads) {
            vm_thread_of(vm, me)->h.flags |= VM_THREAD_OVER;
            vm_thread_of(vm, me)->exception = e;
        } else {
            if (e) report(vm, e, vm_thread_of(vm, me)->name);
            remove_thread(vm, me);
        }
        if (!(vm_thread_of(vm, vm->threads)->h.flags & VM_THREAD_OVER) || others_to_wait_for(vm)) return true;
        e = vm_thread_of(vm, vm->threads)->exception;
        if (e) vm_raise_instance(vm, e); /* its traceback */
        vm->exception = VM_NULL;
    }
#endif
    vm->result = e;
    *raised = e != VM_NULL;
    return false;
}
