/* SPDX-License-Identifier: Apache-2.0 */
/* How data lies in memory: bit fields of both signs, packed and unaligned members, unions, copies that overlap, pointers into the middle.
 */
#include "rt.h"

typedef struct {
    uint32_t a : 3;
    int32_t b : 5;
    uint32_t c : 11;
    int32_t d : 13;
    uint8_t e : 1;
    uint8_t f : 7;
    int64_t g : 37;
    uint64_t h : 27;
} fields;

typedef struct __attribute__((packed)) {
    uint8_t tag;
    uint16_t half;
    uint32_t word;
    uint64_t wide;
    int16_t halves[3];
    fields inner;
    uint8_t end;
} record;

typedef union {
    uint32_t word;
    uint8_t bytes[4];
    struct {
        uint16_t low, high;
    } halves;
} parts;

static NOINLINE uint32_t sum_of(const void *from, size_t size) {
    const uint8_t *bytes = from;
    uint32_t sum = 0;
    while (size--) sum = (sum << 5 | sum >> 27) + *bytes++;
    return sum;
}

static NOINLINE void fill(fields *x, uint32_t seed) {
    x->a = seed & 7;
    x->b = (int32_t)(seed >> 3) % 16;
    x->c += seed >> 5 & 0x3FF;
    x->d = -(int32_t)(seed >> 20);
    x->e ^= 1;
    x->f = (uint8_t)(seed >> 9) & 0x7F;
    x->g = (int64_t)((uint64_t)seed << 4) - 0x123456789;
    x->h += seed & 0xFFFF;
}

static NOINLINE int64_t fold(const fields *x) {
    return x->a + x->b * 3 + (int64_t)x->c * 5 + x->d * 7 + x->e + x->f * 11 + (int64_t)x->g * 13 + (int64_t)x->h;
}

static NOINLINE void unaligned(uint8_t *bytes) {
    for (unsigned at = 0; at < 8; at++) {
        record *r = (record *)(bytes + at);
        r->tag = (uint8_t)at;
        r->half = (uint16_t)next();
        r->word = r->half * 0x10001u + at;
        r->wide = (uint64_t)r->word << 17 | r->half;
        for (int i = 0; i < 3; i++) r->halves[i] = (int16_t)(r->wide >> 13 * i);
        fields inner = r->inner;
        fill(&inner, r->word);
        r->inner = inner;
        r->end = (uint8_t)(fold(&inner) + r->inner.b);
    }
}

int layout(void) {
    static uint8_t bytes[sizeof(record) + 16];
    static uint32_t words[32];
    fields x = {0};
    int64_t sum = 0;
    for (int i = 0; i < 50; i++) {
        fill(&x, next());
        sum = sum * 3 + fold(&x);
    }
    show64("fields", (uint64_t)sum);
    show("size", (uint32_t)(sizeof(fields) << 16 | sizeof(record)));
    unaligned(bytes);
    show("packed", sum_of(bytes, sizeof bytes));
    parts p = {0x11223344};
    p.bytes[1] ^= 0xFF;
    p.halves.high = (uint16_t)(p.halves.low + p.bytes[3]);
    show("union", p.word);
    for (unsigned i = 0; i < 32; i++) words[i] = next();
    __builtin_memmove((uint8_t *)words + 3, words, 100);
    __builtin_memmove(words, (uint8_t *)words + 5, 90);
    __builtin_memset((uint8_t *)words + 33, 0xA5, 21);
    show("moved", sum_of(words, sizeof words));
    const uint32_t *last = &words[31];
    uint32_t reverse = 0;
    while (last >= words) reverse = reverse * 17 + *last--;
    show("reverse", reverse);
    return p.bytes[0] != 0x44;
}
