/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting, events and threads.
 *
 * A native that must wait returns what vm_block() returns. What it waits for is a line of waits.def with two functions:
 *   bool ready(vm, object, token)                   cheap, no allocation, no exception: asked whenever a thread is to be chosen
 *   vm_value finish(vm, object, token, timed_out)   in the waiting thread, when ready or late: the value of the call. VM_NULL: it raised
 * The native's arguments are gone by then: what finish needs is in object (kept alive) and token.
 *
 * Where native code has called Python code, the thread cannot be left: the wait is done in place, and no other thread runs meanwhile.
 *
 * Threads are chosen by vm_run: the highest priority first, in turn among equals, for VM_QUANTUM instructions. Instructions are counted
 * from the program's start, so the turns do not depend on the budgets that vm_run is given. */
#ifndef VM_THREAD_H
#define VM_THREAD_H
#include "rooms.h"

enum {
    VM_QUANTUM = 1000, /* instructions */
    VM_PRIORITY = 8,   /* of a thread unless it says otherwise; 0 .. 15 */
};
#define VM_FOREVER UINT64_MAX

enum {
    VM_WAIT_NOT,
#define W(symbol, ready, finish, external) VM_WAIT_##symbol,
#include "waits.def"
#undef W
};
#define W(symbol, ready, finish, external)                                                                                                 \
    bool ready(vm *vm, vm_value object, uint32_t token);                                                                                   \
    vm_value finish(vm *vm, vm_value object, uint32_t token, bool timed_out);
#include "waits.def"
#undef W

/* `until`: time of the hal in microseconds; VM_FOREVER: no limit. */
vm_value vm_block(vm *vm, unsigned wait, vm_value object, uint32_t token, uint64_t until);
/* Seconds, as a program gives them, from now on; false: raised. None and negative numbers: VM_FOREVER. */
bool vm_deadline(vm *vm, vm_value seconds, uint64_t *until);

/* --- events: what the hal's interrupts have noted (hal_event), collected until a thread takes them. Only asked for when there is a
 * channel. */
typedef struct {
    vm_header h; /* aux: the low 16 bits of its events: a pin */
    vm_value next;
    uint8_t first, count, capacity, lost;
    uint32_t values[];
} vm_channel_object;
VM_ACCESS(vm_channel_of, vm_channel_object)
/* The channel that collects the events with this id, `capacity` at most: made once, found again. VM_NULL: raised */
vm_value vm_channel(vm *vm, unsigned id, unsigned capacity);

/* --- for run.c, gc.c, call.c */
bool vm_wait_over(vm *vm, unsigned wait, vm_value object, uint32_t token, uint64_t until, bool *timed_out);
bool vm_wait_external(unsigned wait);
vm_value vm_try_wait(vm *vm); /* of the current thread: VM_WOULD_BLOCK: it is not over; VM_NULL: raised */
vm_value vm_raise_deadlock(vm *vm);
vm_value vm_wait_here(vm *vm);              /* the wait that vm_block noted, without leaving the thread: its value */
bool vm_schedule(vm *vm);                   /* false: no thread can run before vm->wake_time, or something from outside */
void vm_take_events(vm *vm);                /* into their channels */
bool vm_thread_ended(vm *vm, bool *raised); /* the current thread has; false: the program has, vm->result its exception */

#if VM_FEATURE_THREADS
typedef struct {
    vm_header h; /* aux: number; flags: VM_THREAD_ */
    vm_value next, name;
    vm_value exception; /* of the main thread, when it has ended */
    vm_value object;    /* it waits for; this and what follows: while another thread runs */
    uint32_t token;
    uint64_t until;
    vm_value segment;
    uint32_t stack_bytes, frame;
    uint8_t wait, priority;
    uint16_t dest;
} vm_thread_object;
enum { VM_THREAD_DAEMON = 1, VM_THREAD_OVER = 2, VM_THREAD_DEEP = 4 /* a larger stack at first */ };
VM_ACCESS(vm_thread_of, vm_thread_object)

typedef struct {
    vm_header h; /* aux: how often it is held; flags: VM_LOCK_AGAIN */
    uint32_t owner;
} vm_lock;
enum { VM_LOCK_AGAIN = 1 }; /* its owner can take it again */
VM_ACCESS(vm_lock_of, vm_lock)

bool vm_thread_main(vm *vm); /* the main thread has its object; false: raised */
/* args: a tuple; kwargs: a dict or VM_NULL. The thread's object; VM_NULL: raised. */
vm_value vm_thread_start(vm *vm, vm_value function, vm_value args, vm_value kwargs, vm_value name, unsigned flags);
#endif

#endif
