/* SPDX-License-Identifier: Apache-2.0 */
/* A program that grows: what a REPL's line adds to the sections that a program has is sent to the heap, and the line is called with the
 * globals of those before. The host that compiles the lines numbers functions, classes, names, globals and imports on from the ones before,
 * and proves what it sends; nothing is verified here, since who may speak to the debugger may also write to flash.
 *
 * Sections grow in a bytes object each, which is copied from the image's when it first does: they are used by index, so that they may move.
 * Constants are referred to and do not move: those of a line are in an object of their own. */
#include "debug.h"

#include "thread.h"
#include <stddef.h>

#if VM_FEATURE_REPL

enum { PARTS = VBC_NAMES + 1, ROOM = 64, CONST_HEAD = 16 /* so that constants are 8-aligned behind it */ };

static const void **pointer_of(vm *vm, unsigned id) {
    static const uint16_t places[PARTS] = {
        [VBC_FUNC] = offsetof(struct vm, functions),    [VBC_CODE] = offsetof(struct vm, code),
        [VBC_EXTRA] = offsetof(struct vm, extra),       [VBC_ATTRS] = offsetof(struct vm, attr_names),
        [VBC_CLASS] = offsetof(struct vm, classes),     [VBC_SLOTS] = offsetof(struct vm, slots),
        [VBC_NATIVE] = offsetof(struct vm, native_ids), [VBC_GLOBALS] = offsetof(struct vm, global_names),
        [VBC_DEFS] = offsetof(struct vm, defs),         [VBC_NAMES] = offsetof(struct vm, name_offsets),
    };
    return id < PARTS && places[id] ? (const void **)(void *)((uint8_t *)vm + places[id]) : NULL;
}

/* The bytes object that section `id` is in, of `total` bytes at least; VM_NULL: no room. */
static vm_value grow(vm *vm, unsigned id, uint32_t total) {
    const void **pointer = pointer_of(vm, id);
    vm_value old = vm_tuple_of(vm, vm->parts)->items[id];
    if (old && vm_str_of(vm, old)->length >= total) return old;
    uint32_t words, offset = vbc_find_section(vm->image, id, &words), length = offset ? words * 4 : 0;
    const uint8_t *from = offset ? vm->image + offset : NULL;
    uint32_t capacity = (total + ROOM - 1) & ~(ROOM - 1u);
    vm_value v = vm_alloc(vm, VM_T_BYTES, 12 + capacity);
    if (!v) return v;
    vm_str *s = vm_str_of(vm, v);
    if (old) {
        from = vm_str_of(vm, old)->data;
        length = vm_str_of(vm, old)->length;
    }
    s->length = capacity;
    memset(s->data, 0, capacity);
    if (length) memcpy(s->data, from, length < capacity ? length : capacity);
    vm_tuple_of(vm, vm->parts)->items[id] = v;
    *pointer = s->data;
    return v;
}

/* A large object, where a reference into its first page keeps it as one to its start does. `lasting`: for good; else while the line runs or
 * a value refers to one of the constants. */
static vm_value constants(vm *vm, uint32_t total, bool lasting) {
    uint32_t size = CONST_HEAD + total > VM_CELL_MAX ? CONST_HEAD + total : VM_CELL_MAX + 1u;
    if (!lasting && size > VM_PAGE) return VM_NULL;
    vm_value v = vm->new_constants = vm_alloc(vm, VM_T_BYTES, size);
    if (!v) return v;
    vm_str_of(vm, v)->length = size - 12;
    if (!lasting) return v;
    vm_value *list = &vm_tuple_of(vm, vm->parts)->items[VBC_CONST];
    if (!*list) *list = vm_new_list_of(vm, 0, NULL);
    return *list && vm_list_append(vm, *list, v) ? v : VM_NULL;
}

int vm_repl_extend(vm *vm, const uint8_t *in, unsigned length, uint8_t *out) {
    uint32_t total, offset;
    unsigned id = in[0];
    memcpy(&total, in + 1, 4);
    memcpy(&offset, in + 5, 4);
    in += 9, length -= 9;
    if (vm->nest || total > 0x100000 || offset > total || length > total - offset) return -1;
    if (!vm->parts) {
        vm->parts = vm_alloc(vm, VM_T_ARRAY, sizeof(vm_tuple) + PARTS * sizeof(vm_value));
        if (vm->parts) {
            vm_tuple_of(vm, vm->parts)->length = PARTS;
            vm->consts = vm->heap; /* constants of all lines are behind it; the host has moved those of the program's own code there */
        }
    }
    uint8_t *data = NULL;
    vm_value v = VM_NULL;
    if (vm->parts && id <= VBC_CONST) {
        if (!offset) vm->new_constants = constants(vm, total, id == VBC_CONST);
        v = vm->new_constants;
        if (v && total > vm_str_of(vm, v)->length - 4) v = VM_NULL;
        if (v) data = (uint8_t *)VM_PTR(vm, v) + CONST_HEAD;
    } else if (vm->parts && pointer_of(vm, id)) {
        v = grow(vm, id, total);
        if (v) data = vm_str_of(vm, v)->data;
    }
    vm->exception = VM_NULL; /* no room is an answer, not the program's error */
    if (!v) return -1;
    memcpy(data + offset, in, length);
    uint32_t place = VM_REF(vm, data) - vm->consts;
    memcpy(out, &place, 4);
    return 4;
}

/* As many globals as the program has now. */
static bool grow_globals(vm *vm, unsigned count) {
    if (count <= vm->global_count) return true;
    vm_value v = vm_alloc(vm, VM_T_ARRAY, (uint32_t)(sizeof(vm_tuple) + count * sizeof(vm_value)));
    if (!v) return false;
    vm_tuple *t = vm_tuple_of(vm, v);
    t->length = count;
    memcpy(t->items, vm->globals, vm->global_count * sizeof(vm_value));
    for (unsigned i = vm->global_count; i < count; i++) t->items[i] = VM_UNBOUND;
    vm->globals_array = v;
    vm->globals = t->items;
    vm->global_count = (uint16_t)count;
    return true;
}

bool vm_repl_start(vm *vm, const uint8_t *in) {
    uint16_t n[5]; /* number, function, functions, globals, natives */
    memcpy(n, in, sizeof n);
    if (vm->started == n[0]) return true; /* it came twice */
    if (vm->nest || n[1] >= n[2]) return false;
    vm->stop = vm->stopped = vm->killed = vm->interrupted = vm->raise_first = vm->attention = false;
    vm->ending = 0;
    vm->exception = vm->result = vm->trace_of = VM_NULL;
    vm->trace_count = 0;
    memset(&vm->thread, 0, sizeof vm->thread);
#if VM_FEATURE_THREADS
    vm->threads = vm->current = VM_NULL;
#endif
    vm->function_count = n[2];
#if VM_FEATURE_METACLASSES
    vm->class_count = VM_CLASS_MADE; /* the host knows what it sends */
#endif
    if (vm->name_offsets) vm->name_count = (uint16_t)(vm->name_offsets[0] / 4 - 1);
    vm_cache_flush(vm); /* it knows what no name was */
    bool done = grow_globals(vm, n[3]) && vm_resolve(vm, n[4]);
    vm_value function = done ? vm_plain_function(vm, n[1]) : VM_NULL;
    done = function && vm_push_first(vm, function);
    vm->exception = VM_NULL;
    if (!done) return false;
    vm->started = n[0];
    vm->status = VM_RUNNING;
    return true;
}

#endif
