/* SPDX-License-Identifier: Apache-2.0 */
/* What strs, bytes, bytearrays, lists and tuples have in common. */
#ifndef VM_SEQUENCE_H
#define VM_SEQUENCE_H
#include "rooms.h"

typedef struct {
    uint8_t *data; /* the first element: a byte, or a value */
    uint32_t length;
    unsigned shift; /* an element has 1 << shift bytes: 0 or 2 */
} vm_row;
vm_row vm_row_of(const vm *vm, vm_value v); /* good until the object changes */
/* Replaces `old` elements of a list or bytearray from `at` on by `count` others, which are not its own. false: raised. */
bool vm_splice(vm *vm, vm_value v, uint32_t at, uint32_t old, const void *data, uint32_t count);
uint32_t vm_clamp(int32_t at, uint32_t length); /* a place from the start, or below 0 from the end, brought into 0..length */
/* Optional arguments from argv[2] on: start and end, so brought into 0..length; a start behind the end is length + 1. false: raised. */
bool vm_take_bounds(vm *vm, unsigned argc, vm_value *argv, uint32_t length, uint32_t bound[2]);

#if VM_MEMORYVIEW
/* memoryview.c */
vm_value vm_new_memory(vm *vm, vm_value source, unsigned letter, uint32_t length); /* of that many bytes */
bool vm_memory_pack(vm *vm, const vm_memoryview *m, vm_value value, uint8_t *out); /* one item from a value */
int32_t vm_memory_item_size(unsigned letter);                                      /* bytes; 0: no such format */
/* array.c */
vm_value vm_array_of_view(vm *vm, vm_value view);
bool vm_array_store_slice(vm *vm, vm_value v, vm_value index, vm_value value);
bool vm_array_delete(vm *vm, vm_value v, uint32_t at);
vm_value vm_bytes_hex(vm *vm, unsigned argc, vm_value *argv);
/* lib/struct.c: one item of a native format, without alignment. false: raised (struct.error when the value does not fit). */
vm_value vm_struct_get(vm *vm, unsigned letter, uint8_t size, const uint8_t *in);
bool vm_struct_put(vm *vm, unsigned letter, uint8_t size, vm_value v, uint8_t *out);
#endif

/* bytes.c */
vm_value vm_new_bytearray_of(vm *vm, const uint8_t *data, uint32_t length); /* NULL: zeros */
bool vm_bytearray_reserve(vm *vm, vm_value v, uint32_t capacity);
/* What is to be put into a bytearray: bytes-like, and not the bytearray itself; the error, when it is nothing of that kind, is `refusal`,
 * for which there is one %T. */
vm_value vm_bytes_to_put(vm *vm, vm_value v, vm_value source, const char *refusal);

#endif
