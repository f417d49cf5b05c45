/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian numbers at any address: records in flash and bodies of frames are bytes, never structs. */
#ifndef LINK_LE_H
#define LINK_LE_H
#include <stdint.h>

#if (defined(__thumb__) && !defined(__ARM_FEATURE_UNALIGNED)) || defined(__riscv)
/* Byte by byte: calls are smaller (le.c). */
uint16_t le_get16(const uint8_t *p);
uint32_t le_get32(const uint8_t *p);
uint64_t le_get64(const uint8_t *p);
void le_put16(uint8_t *p, uint16_t v);
void le_put32(uint8_t *p, uint32_t v);
void le_put64(uint8_t *p, uint64_t v);
#ifdef LE_HERE
#define LE_FUNCTION __attribute__((noinline))
#endif
#else
#define LE_FUNCTION static inline
#endif

#ifdef LE_FUNCTION
LE_FUNCTION uint16_t le_get16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
LE_FUNCTION uint32_t le_get32(const uint8_t *p) { return (uint32_t)le_get16(p) | (uint32_t)le_get16(p + 2) << 16; }
LE_FUNCTION uint64_t le_get64(const uint8_t *p) { return (uint64_t)le_get32(p) | (uint64_t)le_get32(p + 4) << 32; }

LE_FUNCTION void le_put16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
LE_FUNCTION void le_put32(uint8_t *p, uint32_t v) {
    le_put16(p, (uint16_t)v);
    le_put16(p + 2, (uint16_t)(v >> 16));
}
LE_FUNCTION void le_put64(uint8_t *p, uint64_t v) {
    le_put32(p, (uint32_t)v);
    le_put32(p + 4, (uint32_t)(v >> 32));
}
#endif

#endif
