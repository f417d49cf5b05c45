/* SPDX-License-Identifier: Apache-2.0 */
/* Between the interpreter's loop (interp.c) and what it leaves to functions (interp_slow.c); nobody else's. `dest`: the register that a
 * frame's result goes to; VM_CALL_VALUE: the result is in vm->result. fp->pc is up to date when any of these is called. */
#ifndef VM_INTERP_H
#define VM_INTERP_H
#include "rooms.h"

/* The fields of an instruction word w. */
#define A (w >> 8 & 255)
#define B (w >> 16 & 255)
#define C (w >> 24)
#define SB ((int32_t)(w << 8) >> 24)
#define SC ((int32_t)w >> 24)
#define S ((int32_t)w >> 16)
#define U (w >> 16)

/* Where an item of a list is (or of a tuple, when tuples are asked for), for an index from 0 on; NULL: left to vm_getitem. */
static inline vm_value *vm_item_place(vm *vm, vm_value v, vm_value index, bool tuples) {
    if (VM_UNLIKELY(!vm_is_small(index) || !vm_is_object(v))) return NULL;
    unsigned type = vm_head(vm, v)->type | vm_head(vm, v)->flags << 8; /* not of a derived class, which may have methods of its own */
    uint32_t i = (uint32_t)vm_small(index);
    if (VM_LIKELY(type == VM_T_LIST)) {
        vm_list *l = vm_list_of(vm, v);
        return VM_LIKELY(i < l->length) ? &vm_list_items(vm, l)[i] : NULL;
    }
    if (!tuples || type != VM_T_TUPLE) return NULL;
    vm_tuple *t = vm_tuple_of(vm, v);
    return VM_LIKELY(i < t->length) ? &t->items[i] : NULL;
}

/* The same of a bytearray's byte. */
static inline uint8_t *vm_byte_place(vm *vm, vm_value v, vm_value index) {
    if (!vm_is_small(index) || !vm_is(vm, v, VM_T_BYTEARRAY)) return NULL;
    vm_bytearray *b = vm_bytearray_of(vm, v);
    uint32_t i = (uint32_t)vm_small(index);
    return VM_LIKELY(i < b->length) ? &vm_str_of(vm, b->storage)->data[i] : NULL;
}

/* The comparison in a fused jump. */
static inline unsigned vm_jump_operator(uint32_t w) {
    unsigned n = (w & 255) - VM_OP_JEQ;
    if (n >= VM_OP_JNLT - VM_OP_JEQ) return VM_OP_LT + n % 4;
    return VM_OP_EQ + (n >= VM_OP_JEQI - VM_OP_JEQ ? n - (VM_OP_JEQI - VM_OP_JEQ) : n);
}
_Static_assert((VM_OP_JNLT - VM_OP_JEQ) % 4 == 0, "n % 4");

vm_value vm_unbound_cell(vm *vm, unsigned exception, unsigned name); /* raises */
int vm_test_bit(vm *vm, vm_value v, unsigned bit);                   /* truth of v & 1 << bit; -1: raised */
vm_value vm_constant_int(vm *vm, vm_value v);                        /* of an int constant, which may fit 31 bits */
vm_value vm_no_global(vm *vm, unsigned number);                      /* raises */
vm_value vm_finish_call(vm *vm, unsigned kind, vm_value v, uint32_t w);
vm_call_result vm_call_special(vm *vm, vm_value method, unsigned argc, vm_value a, vm_value b, vm_value c, unsigned dest, unsigned kind);
vm_call_result vm_special_compare(vm *vm, unsigned op, vm_value a, vm_value b, unsigned dest, unsigned kind);
vm_value vm_jump_reflected(vm *vm, const vm_value *r, uint32_t w);
vm_value vm_make_function(vm *vm, const vm_value *r, unsigned number);
bool vm_for_prepare(vm *vm, vm_value *r);
int vm_for_step(vm *vm, vm_value *r);
bool vm_extend(vm *vm, vm_value a, vm_value b);
vm_call_result vm_binary_op(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place, unsigned dest);
vm_call_result vm_mask_op(vm *vm, vm_value v, unsigned bits, unsigned dest);
vm_call_result vm_in_op(vm *vm, vm_value container, vm_value item, unsigned kind, unsigned dest);
vm_call_result vm_getitem_op(vm *vm, vm_value v, vm_value index, unsigned dest);
vm_call_result vm_setitem_op(vm *vm, vm_value v, vm_value index, vm_value item);
vm_call_result vm_delitem_op(vm *vm, vm_value v, vm_value index);
vm_call_result vm_getattr_op(vm *vm, vm_value v, unsigned name, unsigned dest);
vm_call_result vm_format_op(vm *vm, vm_value v, vm_value spec, unsigned conversion, unsigned dest);
vm_value vm_build_dict(vm *vm, const vm_value *items, unsigned count);
vm_value vm_build_set(vm *vm, const vm_value *items, unsigned count);
vm_value vm_build_slice(vm *vm, const vm_value *parts);
vm_value vm_list_tuple(vm *vm, vm_value list);
vm_value vm_join_strs(vm *vm, const vm_value *items, unsigned count);

#endif
