/* SPDX-License-Identifier: Apache-2.0 */
/* Where calls have their windows and frames: segments, of which a thread gets more as its calls go deeper, and gives back. */
#include "thread.h"

vm_value *vm_window_end(vm *vm) {
    vm_frame *fp = vm->thread.fp;
    return (vm_value *)VM_PTR(vm, fp->window) + vm_func_of(vm, fp->function)->nregs + fp->extent;
}

vm_frame *vm_caller(const vm *vm, const vm_frame *fp) {
    if (!(fp->kind & VM_K_SEGMENT)) return (vm_frame *)fp + 1;
    const vm_stack *s = vm_stack_of(vm, vm->thread.segment);
    return s->resume ? VM_PTR(vm, s->resume) : NULL;
}

void vm_pop_frame(vm *vm) {
    vm_thread *t = &vm->thread;
    if (!(t->fp->kind & VM_K_SEGMENT)) {
        t->fp++;
        return;
    }
    vm_value left = t->segment;
    vm_stack *s = vm_stack_of(vm, left);
    t->fp = s->resume ? VM_PTR(vm, s->resume) : NULL;
    t->segment = s->previous;
    t->stack_bytes -= s->size;
    vm_release(vm, t->spare); /* keep one, so that a call in a loop at the end of a segment does not allocate each time */
    t->spare = left;
}

/* A segment with room for `words` of window. Not linked in yet. */
vm_value vm_new_segment(vm *vm, uint32_t words) {
    vm_thread *t = &vm->thread;
    uint32_t size = t->segment ? vm_stack_of(vm, t->segment)->size * 2 : VM_PAGE;
    uint32_t need = (uint32_t)(sizeof(vm_stack) + (words + VM_STACK_SLACK + 2) * sizeof(vm_value) + 4 * sizeof(vm_frame));
    uint32_t limit = vm->heap_bytes / 2 < VM_STACK_LIMIT ? vm->heap_bytes / 2 : VM_STACK_LIMIT;
    if (size > 8192) size = 8192;
    if (size < need) size = need;
    size = (size + VM_PAGE - 1) & ~(VM_PAGE - 1u);
    if (t->spare && vm_stack_of(vm, t->spare)->size >= need) {
        vm_value v = t->spare;
        t->spare = VM_NULL;
        return v;
    }
    if (t->stack_bytes + size > limit) {
        vm_raise(vm, VM_B_RecursionError, "maximum recursion depth exceeded");
        return VM_NULL;
    }
    vm_value v = vm_alloc(vm, VM_T_STACK, size);
    if (v) vm_stack_of(vm, v)->size = size;
    return v;
}

void vm_link_segment(vm *vm, vm_value segment) {
    vm_thread *t = &vm->thread;
    vm_stack *s = vm_stack_of(vm, segment);
    s->previous = t->segment;
    s->resume = VM_REF(vm, t->fp);
    t->segment = segment;
    t->stack_bytes += s->size;
}
