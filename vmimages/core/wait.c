/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: what a native asked for with vm_block, and events that interrupts post. */
#include "thread.h"

static const struct {
    bool (*ready)(vm *vm, vm_value object, uint32_t token);
    vm_value (*finish)(vm *vm, vm_value object, uint32_t token, bool timed_out);
    bool external;
} kinds[] = {
#define W(symbol, ready, finish, external) {ready, finish, external},
#include "waits.def"
#undef W
};

bool vm_never_ready(vm *vm, vm_value object, uint32_t token) { return (void)vm, (void)object, (void)token, false; }
vm_value vm_slept(vm *vm, vm_value object, uint32_t token, bool timed_out) {
    return (void)vm, (void)object, (void)token, (void)timed_out, VM_NONE;
}

vm_value vm_block(vm *vm, unsigned wait, vm_value object, uint32_t token, uint64_t until) {
    vm_thread *t = &vm->thread;
    t->wait = (uint8_t)wait;
    t->object = object;
    t->token = token;
    t->until = until;
    return VM_WOULD_BLOCK;
}

bool vm_deadline(vm *vm, vm_value seconds, uint64_t *until) {
    int64_t whole;
    uint64_t us;
    *until = VM_FOREVER;
    if (seconds == VM_NONE) return true;
#if VM_FLOAT
    if (vm_is_float(seconds)) {
        double d = vm_float_of(vm, seconds) * 1e6;
        if (d < 0 || d >= 9.2e18) return true;
        us = (uint64_t)d;
        us += (double)us < d;
    } else
#endif
    {
        if (!vm_need_int(vm, seconds, &whole)) return false;
        if (whole < 0 || whole > 9000000000000) return true;
        us = (uint64_t)whole * 1000000;
    }
    *until = hal_time_us(vm->hal) + us;
    return true;
}

/* The end of a wait, if it has come: the value goes to the register that the call's result was to go to. */
bool vm_wait_over(vm *vm, unsigned wait, vm_value object, uint32_t token, uint64_t until, bool *timed_out) {
    *timed_out = false;
    if (kinds[wait - 1].ready(vm, object, token)) return true;
    return *timed_out = until != VM_FOREVER && hal_time_us(vm->hal) >= until;
}

bool vm_wait_external(unsigned wait) { return kinds[wait - 1].external; }

/* VM_NULL: raised. VM_WOULD_BLOCK: not yet. */
vm_value vm_try_wait(vm *vm) {
    vm_thread *t = &vm->thread;
    unsigned wait = t->wait;
    bool timed_out;
    if (!vm_wait_over(vm, wait, t->object, t->token, t->until, &timed_out)) return VM_WOULD_BLOCK;
    vm_value v = kinds[wait - 1].finish(vm, t->object, t->token, timed_out);
    if (v != VM_WOULD_BLOCK) {
        t->wait = VM_WAIT_NOT;
        t->object = VM_NULL;
    }
    return v;
}

vm_value vm_raise_deadlock(vm *vm) {
    vm->thread.wait = VM_WAIT_NOT;
    return vm_raise(vm, VM_B_RuntimeError, "deadlock: nothing can end this wait");
}

vm_value vm_wait_here(vm *vm) {
    for (;;) {
        vm_take_events(vm);
        vm_value v = vm_try_wait(vm);
        if (v != VM_WOULD_BLOCK) return v;
        if (vm->stop || vm->interrupted) {
            vm->budget = 0; /* noticed at the next jump or call */
            vm->thread.wait = VM_WAIT_NOT;
            return VM_NONE;
        }
        if (vm->thread.until == VM_FOREVER && !vm_wait_external(vm->thread.wait)) return vm_raise_deadlock(vm);
        hal_wait_until(vm->hal, vm->thread.until);
        if (vm->poll) vm->poll(vm->poll_context);
    }
}

/* --- events */

static vm_value find_channel(vm *vm, unsigned id) {
    vm_value v = vm->channels;
    while (v && vm_channel_of(vm, v)->h.aux != id) v = vm_channel_of(vm, v)->next;
    return v;
}

vm_value vm_channel(vm *vm, unsigned id, unsigned capacity) {
    vm_value v = find_channel(vm, id);
    if (v) return v;
    v = vm_alloc(vm, VM_T_CHANNEL, (uint32_t)(sizeof(vm_channel_object) + capacity * sizeof(uint32_t)));
    if (!v) return v;
    vm_channel_object *c = vm_channel_of(vm, v);
    c->h.aux = (uint16_t)id;
    c->capacity = (uint8_t)capacity;
    c->next = vm->channels;
    return vm->channels = v;
}

void vm_take_events(vm *vm) {
    uint32_t event;
    while (vm->channels && (event = hal_event(vm->hal)) != HAL_EVENT_NONE) {
        vm_value v = find_channel(vm, event & 0xFFFF);
        if (!v) continue;
        vm_channel_object *c = vm_channel_of(vm, v);
        if (c->count < c->capacity)
            c->values[(c->first + c->count++) % c->capacity] = event;
        else if (c->lost < 255)
            c->lost++;
    }
}

bool vm_channel_ready(vm *vm, vm_value object, uint32_t token) { return (void)token, vm_channel_of(vm, object)->count; }

vm_value vm_channel_take(vm *vm, vm_value object, uint32_t token, bool timed_out) {
    vm_channel_object *c = vm_channel_of(vm, object);
    (void)token;
    if (timed_out) return VM_NONE;
    vm_value v = vm_int(vm, c->values[c->first]); /* the channel is kept alive by the wait */
    if (!v) return v;
    c->first = (uint8_t)((c->first + 1) % c->capacity);
    c->count--;
    return v;
}
