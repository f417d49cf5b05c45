/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of str, bytes and bytearray share: a view of any of them. */
#ifndef VM_TEXT_H
#define VM_TEXT_H
#include "rooms.h"

typedef struct {
    const uint8_t *data;
    uint32_t length;
    unsigned type; /* VM_T_STR, VM_T_BYTES, VM_T_BYTEARRAY; 0: none of these */
} text;

static inline bool is_str(const text *t) { return t->type == VM_T_STR; }
text vm_text_of(vm *vm, vm_value v);
bool vm_text_like(const text *self, const text *other); /* both strs, or both bytes-like */
uint32_t vm_text_next(const text *t, uint32_t *at);     /* a character of a str, a byte of others */
vm_value vm_text_make(vm *vm, unsigned type, const uint8_t *data, uint32_t length);
vm_value vm_text_end(vm_writer *w, unsigned type);

/* Kinds of characters; a byte from 128 on has none. */
enum { K_UPPER = 1, K_LOWER = 2, K_ALPHA = 4, K_DIGIT = 8, K_SPACE = 16, K_DECIMAL = 32, K_NUMERIC = 64, K_PRINT = 128 };
unsigned vm_kind(uint32_t c);
uint32_t vm_other_case(uint32_t c, bool upper); /* c itself when it has no such form, or one of several characters */

#if VM_FEATURE_RARE
/* codec.c: what the errors of codecs know, from their arguments */
vm_value vm_unicode_error_attr(vm *vm, vm_value e, unsigned name);
bool vm_write_unicode_error(vm_writer *w, vm_value e); /* false: it is none */
#endif
void vm_put_escape(vm_writer *w, uint32_t c); /* repr.c: \xe9, \u20ac, \U0001f600 */

#endif
