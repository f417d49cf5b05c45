/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/inflate.h"

#include <string.h>

enum { HEADER, BLOCK, STORED_LENGTH, STORED, COUNTS, CODE_LENGTHS, LENGTHS, CODES, COPY, TRAILER, DONE, BAD };
enum { END_OF_BLOCK = 256, CODE_LENGTH_CODES = 19, LONGEST_CODE = 15 };

/* RFC 1951, 3.2.5 */
static const uint16_t COPY_BASE[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t COPY_EXTRA[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t FAR_BASE[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                      193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t FAR_EXTRA[30] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
/* 3.2.7 */
static const uint8_t ORDER[CODE_LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

/* Bits that are looked at before it is certain that enough of them are there: taken back when they are not. */
typedef struct {
    uint64_t bits;
    unsigned held;
    bool short_of;
} peek;

static uint32_t take(peek *p, unsigned n) {
    if (p->held < n) {
        p->short_of = true;
        return 0;
    }
    uint32_t value = (uint32_t)(p->bits & ((1u << n) - 1));
    p->bits >>= n;
    p->held -= n;
    return value;
}

enum { NO_CODE = 0xFFFF };

/* A code's bits come most significant first, 3.1.1. */
static unsigned decode(peek *p, const esp_huffman *h) {
    int32_t code = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= LONGEST_CODE; length++) {
        code |= (int32_t)take(p, 1);
        if (p->short_of) return NO_CODE;
        int32_t count = h->count[length];
        if (code - count < first) return h->symbol[index + (code - first)];
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return NO_CODE;
}

/* false: more codes than there can be. Fewer are allowed for a single code of one bit (3.2.7), which is the caller's business. */
static bool build(esp_huffman *h, const uint8_t *length, unsigned n, bool *complete) {
    uint16_t next[LONGEST_CODE + 1];
    int32_t left = 1;
    memset(h, 0, sizeof *h);
    for (unsigned i = 0; i < n; i++) h->count[length[i]]++;
    h->count[0] = 0;
    next[1] = 0;
    for (unsigned i = 1; i <= LONGEST_CODE; i++) {
        left = (left << 1) - h->count[i];
        if (left < 0) return false;
        if (i < LONGEST_CODE) next[i + 1] = next[i] + h->count[i];
    }
    for (unsigned i = 0; i < n; i++)
        if (length[i]) h->symbol[next[length[i]]++] = (uint16_t)i;
    *complete = left == 0;
    return true;
}

static void fixed_codes(esp_inflate *z) { /* 3.2.6 */
    bool complete;
    memset(z->length, 8, 144);
    memset(z->length + 144, 9, 112);
    memset(z->length + 256, 7, 24);
    memset(z->length + 280, 8, 8);
    build(&z->literal, z->length, 288, &complete);
    memset(z->length, 5, 30);
    build(&z->far, z->length, 30, &complete);
}

static bool dynamic_codes(esp_inflate *z) {
    bool complete;
    if (!z->length[END_OF_BLOCK]) return false;
    if (!build(&z->literal, z->length, z->literals, &complete)) return false;
    if (!complete && z->literal.count[1] != 1) return false;
    if (!build(&z->far, z->length + z->literals, z->distances, &complete)) return false;
    unsigned used = 0;
    for (unsigned i = 1; i <= LONGEST_CODE; i++) used += z->far.count[i];
    return complete || used <= 1;
}

void esp_inflate_start(esp_inflate *z, bool raw) {
    memset(z, 0, sizeof *z);
    z->raw = raw;
    z->state = raw ? BLOCK : HEADER;
    z->check[0] = 1;
}

static uint8_t begin_block(esp_inflate *z, peek *p) {
    z->last = take(p, 1);
    switch (take(p, 2)) {
    case 0: take(p, p->held % 8); return STORED_LENGTH;
    case 1: fixed_codes(z); return CODES;
    case 2: return COUNTS;
    default: return BAD;
    }
}

static uint8_t block_ended(const esp_inflate *z) { return !z->last ? BLOCK : z->raw ? DONE : TRAILER; }

/* One of the code lengths of a block, or a run of them, 3.2.7. */
static uint8_t code_length(esp_inflate *z, peek *p) {
    unsigned symbol = decode(p, &z->literal), times = 1, all = z->literals + z->distances;
    uint8_t value = 0;
    if (symbol == NO_CODE) return BAD;
    if (symbol < 16) {
        value = (uint8_t)symbol;
    } else if (symbol == 16) {
        if (!z->have) return BAD;
        value = z->length[z->have - 1];
        times = 3 + take(p, 2);
    } else {
        times = symbol == 17 ? 3 + take(p, 3) : 11 + take(p, 7);
    }
    if (p->short_of) return LENGTHS;
    if (z->have + times > all) return BAD;
    memset(z->length + z->have, value, times);
    z->have = (uint16_t)(z->have + times);
    if (z->have < all) return LENGTHS;
    return dynamic_codes(z) ? CODES : BAD;
}

/* What is read where no output is made. */
static uint8_t step(esp_inflate *z, peek *p) {
    switch (z->state) {
    case HEADER: {
        uint32_t cmf = take(p, 8), flags = take(p, 8);
        return (cmf & 15) == 8 && cmf >> 4 <= 7 && !(flags & 32) && (cmf << 8 | flags) % 31 == 0 ? BLOCK : BAD;
    }
    case BLOCK: return begin_block(z, p);
    case STORED_LENGTH: {
        z->left = take(p, 16);
        if (take(p, 16) != (z->left ^ 0xFFFF)) return BAD;
        return z->left ? STORED : block_ended(z);
    }
    case COUNTS:
        z->literals = (uint16_t)(take(p, 5) + 257);
        z->distances = (uint16_t)(take(p, 5) + 1);
        z->lengths = (uint16_t)(take(p, 4) + 4);
        z->have = 0;
        memset(z->length, 0, sizeof z->length);
        return z->literals > 286 || z->distances > 30 ? BAD : CODE_LENGTHS;
    case CODE_LENGTHS: {
        bool complete;
        z->length[ORDER[z->have]] = (uint8_t)take(p, 3);
        if (p->short_of || ++z->have < z->lengths) return CODE_LENGTHS;
        z->have = 0;
        if (!build(&z->literal, z->length, CODE_LENGTH_CODES, &complete) || !complete) return BAD;
        return LENGTHS;
    }
    case LENGTHS: return code_length(z, p);
    case TRAILER: {
        take(p, p->held % 8);
        uint32_t check = 0;
        for (unsigned i = 0; i < 4; i++) check = check << 8 | take(p, 8);
        return check == (z->check[1] << 16 | z->check[0]) ? DONE : BAD;
    }
    default: return BAD;
    }
}

typedef struct {
    uint8_t *ring;
    size_t mask, at, room, made;
} output;

static void put(esp_inflate *z, output *o, uint8_t byte) {
    o->ring[(o->at + o->made++) & o->mask] = byte;
    if (z->written < ESP_INFLATE_WINDOW) z->written++;
    z->check[0] = (z->check[0] + byte) % 65521;
    z->check[1] = (z->check[1] + z->check[0]) % 65521;
}

/* A literal, the end of the block, or a copy's length and distance. */
static uint8_t code(esp_inflate *z, peek *p, output *o) {
    unsigned symbol = decode(p, &z->literal);
    if (symbol == NO_CODE) return BAD;
    if (symbol < END_OF_BLOCK) {
        put(z, o, (uint8_t)symbol);
        return CODES;
    }
    if (symbol == END_OF_BLOCK) return block_ended(z);
    if (symbol - 257 >= 29) return BAD;
    z->left = COPY_BASE[symbol - 257] + take(p, COPY_EXTRA[symbol - 257]);
    unsigned far = p->short_of ? 0 : decode(p, &z->far);
    if (far >= 30) return BAD;
    z->distance = FAR_BASE[far] + take(p, FAR_EXTRA[far]);
    return p->short_of || z->distance <= z->written ? COPY : BAD;
}

esp_inflate_result esp_inflate_run(esp_inflate *z, const uint8_t *in, size_t *in_length, uint8_t *ring, size_t mask, size_t at,
                                   size_t *out_length) {
    output o = {ring, mask, at, *out_length, 0};
    size_t taken = 0;
    esp_inflate_result result = ESP_INFLATE_INPUT;
    for (;;) {
        /* The longest thing that is read at once is a copy: 15 + 5 + 15 + 13 bits. */
        while (z->held <= 56 && taken < *in_length) {
            z->bits |= (uint64_t)in[taken++] << z->held;
            z->held = (uint8_t)(z->held + 8);
        }
        bool makes_output = z->state == STORED || z->state == CODES || z->state == COPY;
        if (z->state == DONE || z->state == BAD) {
            result = z->state == DONE ? ESP_INFLATE_DONE : ESP_INFLATE_BAD;
            break;
        }
        if (makes_output && o.made == o.room) {
            result = ESP_INFLATE_FULL;
            break;
        }
        if (z->state == COPY) {
            for (; z->left && o.made < o.room; z->left--) put(z, &o, ring[(o.at + o.made - z->distance) & mask]);
            if (!z->left) z->state = CODES;
            continue;
        }
        peek p = {z->bits, z->held, false};
        uint8_t next = z->state;
        if (z->state == STORED) {
            uint8_t byte = (uint8_t)take(&p, 8);
            if (!p.short_of) {
                put(z, &o, byte);
                if (!--z->left) next = block_ended(z);
            }
        } else {
            next = z->state == CODES ? code(z, &p, &o) : step(z, &p);
        }
        if (p.short_of) break; /* nothing of it counts: `state` and `bits` are as they were */
        z->bits = p.bits;
        z->held = (uint8_t)p.held;
        z->state = next;
    }
    /* Whole bytes behind the end of the stream are not ours. */
    if (z->state == DONE)
        for (; z->held >= 8 && taken; taken--) z->held = (uint8_t)(z->held - 8);
    *in_length = taken;
    *out_length = o.made;
    return result;
}
