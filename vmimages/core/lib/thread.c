/* SPDX-License-Identifier: Apache-2.0 */
/* _thread: threads and locks. */
#include "../thread.h"

#if VM_FEATURE_THREADS

static unsigned identity(const vm *vm) { return vm->current ? vm_thread_of(vm, vm->current)->h.aux : 1; }

/* start_new_thread(function, args, kwargs=None): the thread's number. It does not keep the program from ending. */
static vm_value start(vm *vm, unsigned argc, vm_value *argv, vm_value name, unsigned flags) {
    vm_value kwargs = argc > 2 && argv[2] != VM_NONE ? argv[2] : VM_NULL;
    if (!vm_is(vm, argv[1], VM_T_TUPLE)) return vm_raise(vm, VM_B_TypeError, "2nd arg must be a tuple");
    if (kwargs && !vm_is(vm, kwargs, VM_T_DICT)) return vm_raise(vm, VM_B_TypeError, "optional 3rd arg must be a dictionary");
    return vm_thread_start(vm, argv[0], argv[1], kwargs, name, flags);
}

vm_value vm_thread_start_new(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = start(vm, argc, argv, argv[0], VM_THREAD_DAEMON);
    return v ? VM_SMALL(vm_thread_of(vm, v)->h.aux) : v;
}

/* start_joinable_thread(function, args, kwargs, name, daemon): an object to join it by */
vm_value vm_thread_start_joinable(vm *vm, unsigned argc, vm_value *argv) {
    bool daemon;
    return vm_truth(vm, argv[4], &daemon) ? start(vm, argc, argv, argv[3], VM_THREAD_DEEP | (daemon ? VM_THREAD_DAEMON : 0)) : VM_NULL;
}

vm_value vm_thread_get_ident(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, (void)argv, VM_SMALL(identity(vm)); }

vm_value vm_thread_exit(vm *vm, unsigned argc, vm_value *argv) {
    return (void)argc, (void)argv, vm_raise_value(vm, VM_B_SystemExit, VM_NULL);
}

/* Stacks grow as they need to. */
vm_value vm_thread_stack_size(vm *vm, unsigned argc, vm_value *argv) { return (void)vm, (void)argc, (void)argv, VM_SMALL(0); }

/* priority(new=None, thread=None): that of a thread, this one if none is given, from 0 to 15; what it was. */
vm_value vm_thread_priority(vm *vm, unsigned argc, vm_value *argv) {
    int64_t n;
    vm_value thread = argc > 1 && argv[1] != VM_NONE ? argv[1] : vm->current;
    if (!thread && argc && argv[0] != VM_NONE) { /* this is the only one: it shall have it when there are others */
        if (!vm_thread_main(vm)) return VM_NULL;
        thread = vm->current;
    }
    unsigned old = VM_PRIORITY;
    if (thread && !vm_is(vm, thread, VM_T_THREAD)) return vm_raise(vm, VM_B_TypeError, "not a thread: '%T'", thread);
    if (thread) old = vm_thread_of(vm, thread)->priority;
    if (argc && argv[0] != VM_NONE) {
        if (!vm_need_int(vm, argv[0], &n)) return VM_NULL;
        if (n < 0 || n > 15) return vm_raise(vm, VM_B_ValueError, "priority must be in range(16)");
        vm_thread_of(vm, thread)->priority = (uint8_t)n;
    }
    return VM_SMALL(old);
}

/* --- the object of a thread */

bool vm_thread_over(vm *vm, vm_value object, uint32_t token) { return (void)token, vm_thread_of(vm, object)->h.flags & VM_THREAD_OVER; }
vm_value vm_joined(vm *vm, vm_value object, uint32_t token, bool timed_out) {
    return (void)vm, (void)object, (void)token, VM_BOOL(!timed_out);
}

/* join(timeout=None): whether it has ended */
vm_value vm_thread_join(vm *vm, unsigned argc, vm_value *argv) {
    uint64_t until = VM_FOREVER;
    if (argv[0] == vm->current) return vm_raise(vm, VM_B_RuntimeError, "cannot join current thread");
    if (argc > 1 && !vm_deadline(vm, argv[1], &until)) return VM_NULL;
    if (vm_thread_over(vm, argv[0], 0)) return VM_TRUE;
    return vm_block(vm, VM_WAIT_JOIN, argv[0], 0, until);
}

vm_value vm_thread_is_done(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, VM_BOOL(vm_thread_over(vm, argv[0], 0)); }

/* --- locks */

static vm_value new_lock(vm *vm, unsigned flags) {
    vm_value v = vm_alloc(vm, VM_T_LOCK, sizeof(vm_lock));
    if (v) vm_lock_of(vm, v)->h.flags = (uint8_t)flags;
    return v;
}
vm_value vm_new_lock(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, (void)argv, new_lock(vm, 0); }
vm_value vm_new_rlock(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, (void)argv, new_lock(vm, VM_LOCK_AGAIN); }

bool vm_lock_ready(vm *vm, vm_value object, uint32_t token) {
    const vm_lock *l = vm_lock_of(vm, object);
    return !l->h.aux || (l->h.flags & VM_LOCK_AGAIN && l->owner == token);
}

vm_value vm_lock_take(vm *vm, vm_value object, uint32_t token, bool timed_out) {
    vm_lock *l = vm_lock_of(vm, object);
    if (timed_out) return VM_FALSE;
    if (l->h.aux == 0xFFFF) return vm_raise(vm, VM_B_OverflowError, "Internal lock count overflowed");
    l->h.aux++;
    l->owner = token;
    return VM_TRUE;
}

vm_value vm_lock_acquire(vm *vm, unsigned argc, vm_value *argv) {
    static const vm_parameters parameters = {"acquire", 2, {VM_N_blocking, VM_N_timeout}};
    vm_value given[2] = {VM_TRUE, VM_NONE}, lock = argv[0];
    bool blocking;
    uint64_t until;
    if (!vm_take_arguments(vm, argc - 1, argv + 1, &parameters, given) || !vm_truth(vm, given[0], &blocking)) return VM_NULL;
    if (given[1] == VM_SMALL(-1)) given[1] = VM_NONE;
    if (!vm_deadline(vm, given[1], &until)) return VM_NULL;
    if (given[1] != VM_NONE && !blocking) return vm_raise(vm, VM_B_ValueError, "can't specify a timeout for a non-blocking call");
    if (given[1] != VM_NONE && until == VM_FOREVER) return vm_raise(vm, VM_B_ValueError, "timeout value must be positive");
    if (vm_lock_ready(vm, lock, identity(vm))) return vm_lock_take(vm, lock, identity(vm), false);
    return blocking ? vm_block(vm, VM_WAIT_LOCK, lock, identity(vm), until) : VM_FALSE;
}

vm_value vm_lock_release(vm *vm, unsigned argc, vm_value *argv) {
    vm_lock *l = vm_lock_of(vm, argv[0]);
    bool again = l->h.flags & VM_LOCK_AGAIN;
    (void)argc;
    if (!l->h.aux || (again && l->owner != identity(vm)))
        return vm_raise(vm, VM_B_RuntimeError, again ? "cannot release un-acquired lock" : "release unlocked lock");
    l->h.aux--;
    return VM_NONE;
}

vm_value vm_lock_enter(vm *vm, unsigned argc, vm_value *argv) { return vm_lock_acquire(vm, argc, argv); }
vm_value vm_lock_locked(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, VM_BOOL(vm_lock_of(vm, argv[0])->h.aux); }

#endif
