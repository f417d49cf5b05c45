/* SPDX-License-Identifier: Apache-2.0 */
/* What the ways of formatting share. */
#ifndef VM_FORMAT_H
#define VM_FORMAT_H
#include "rooms.h"

typedef struct {
    const uint8_t *fill;
    unsigned fill_size;
    char align, sign, type, group; /* 0: not given */
    bool alternate, no_negative_zero;
    int32_t width, precision; /* -1: not given */
} vm_spec;
#define VM_NO_SPEC ((vm_spec){(const uint8_t *)" ", 1, 0, 0, 0, 0, false, false, -1, -1})

/* 0.DIGITS * 10^point with `places` after the point, zeros where there are no digits; `zeros` more in front; head: sign and prefix. */
typedef struct {
    const uint8_t *digits;
    int32_t n, point, places, zeros;
    const char *head, *tail;
    uint32_t head_length, tail_length;
    bool dot;
} vm_number;

static inline bool vm_one_of(const char *set, char c) { return memchr(set, c, strlen(set)) != NULL; }
int32_t vm_format_digits(const uint8_t **p, const uint8_t *end);
uint32_t vm_put_sign(char *head, const vm_spec *s, bool negative);
bool vm_put_text_spec(vm_writer *w, const vm_spec *s, const uint8_t *text, uint32_t length);
bool vm_put_char_spec(vm_writer *w, vm_spec *s, vm_value v);
bool vm_put_number(vm_writer *w, const vm_spec *s, const vm_number *x);
bool vm_put_int_spec(vm_writer *w, const vm_spec *s, vm_value v);
bool vm_put_float_spec(vm_writer *w, const vm_spec *s, double d, char type);
vm_value vm_convert(vm *vm, vm_value v, unsigned conversion);

#endif
