/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of magnitudes: rows of words of 32 bits, the lowest first. Rows begin at addresses that are multiples of 4. */
#ifndef VM_WORDS_H
#define VM_WORDS_H
#include "profile.h"
#include <stdbool.h>
#include <stdint.h>

int vm_words_compare(const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m); /* both without zeros on top */
/* out[0..n] = a[0..n) + b[0..m), n >= m; out may be a */
void vm_words_add(uint32_t *out, const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m);
/* out[0..n) = a[0..n) - b[0..m), n >= m; what is borrowed at the end is lost; out may be a */
void vm_words_subtract(uint32_t *out, const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m);
/* out[0..n + m) = a[0..n) * b[0..m); out is neither */
void vm_words_multiply(uint32_t *out, const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m);
/* a[0..n) /= d; the rest */
uint32_t vm_words_divide_by(uint32_t *a, uint32_t n, uint32_t d);
/* Divides u, of n + 1 words with 0 on top, by v: the low m words become the rest, those above the quotient. n >= m, v[m - 1] is not 0. */
void vm_words_divide(uint32_t *u, uint32_t n, const uint32_t *v, uint32_t m);

#endif
