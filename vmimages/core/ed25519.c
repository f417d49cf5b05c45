/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 signatures checked (RFC 8032, section 5.1.7, without the cofactor). Nothing here is secret, so nothing takes constant time; it is
 * written for small code. Numbers are eight words of 32 bits, least significant first, below 2^256 and reduced mod 2^255 - 19 only where it
 * must be: 2^256 is 38 there. */
#include "profile.h"
#if VM_FEATURE_ED25519
#include "ed25519.h"
#include "sha512.h"
#include <string.h>

typedef uint32_t number[8];
typedef struct {
    number x, y, z, t; /* extended coordinates: x/z, y/z, xy/z = t */
} point;

static const number PRIME = {0xFFFFFFED, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x7FFFFFFF},
                    ORDER = {0x5CF5D3ED, 0x5812631A, 0xA2F79CD6, 0x14DEF9DE, 0x00000000, 0x00000000, 0x00000000, 0x10000000};
static const number D = {0x135978A3, 0x75EB4DCA, 0x4141D8AB, 0x00700A4D, 0x7779E898, 0x8CC74079, 0x2B6FFE73, 0x52036CEE};
static const number ROOT = {0x4A0EA0B0, 0xC4EE1B27, 0xAD2FE478, 0x2F431806, 0x3DFBD7A7, 0x2B4D0099, 0x4FC1DF0B, 0x2B832480}; /* of -1 */
static const number BASE_X = {0x8F25D51A, 0xC9562D60, 0x9525A7B2, 0x692CC760, 0xFDD6DC5C, 0xC0A4E231, 0xCD6E53FE, 0x216936D3};
static const number BASE_Y = {0x66666658, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666, 0x66666666};
static const number ONE = {1}, ZERO = {0};

/* r = r + carry * 2^256 */
static void fold(number r, uint64_t carry) {
    while (carry) {
        carry *= 38;
        for (unsigned i = 0; i < 8; i++, carry >>= 32) r[i] = (uint32_t)(carry += r[i]);
    }
}

static void add(number r, const number a, const number b) {
    uint64_t c = 0;
    for (unsigned i = 0; i < 8; i++, c >>= 32) r[i] = (uint32_t)(c += (uint64_t)a[i] + b[i]);
    fold(r, c);
}

/* a - b, and 1 when that is below 0 and 2^256 was added. */
static uint32_t difference(number r, const number a, const number b) {
    uint32_t borrow = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t d = (uint64_t)a[i] - b[i] - borrow;
        r[i] = (uint32_t)d;
        borrow = d >> 63;
    }
    return borrow;
}

static void subtract(number r, const number a, const number b) {
    static const number fold_down = {38};
    uint32_t borrow = difference(r, a, b);
    while (borrow) borrow = difference(r, r, fold_down);
}

static void multiply(number r, const number a, const number b) {
    uint32_t w[16] = {0};
    uint64_t c;
    for (unsigned i = 0; i < 8; i++) {
        c = 0;
        for (unsigned j = 0; j < 8; j++, c >>= 32) w[i + j] = (uint32_t)(c += (uint64_t)a[i] * b[j] + w[i + j]);
        w[i + 8] = (uint32_t)c;
    }
    c = 0;
    for (unsigned i = 0; i < 8; i++, c >>= 32) r[i] = (uint32_t)(c += (uint64_t)w[i + 8] * 38 + w[i]);
    fold(r, c);
}

/* r = a to the power of a number whose bits are `ones` ones, then `bits` bits of `tail`. */
static void power(number r, const number a, unsigned ones, unsigned tail, unsigned bits) {
    number x;
    memcpy(x, a, sizeof x);
    for (unsigned i = 1; i < ones; i++) {
        multiply(x, x, x);
        multiply(x, x, a);
    }
    while (bits--) {
        multiply(x, x, x);
        if (tail >> bits & 1) multiply(x, x, a);
    }
    memcpy(r, x, sizeof x);
}

static void reduce(number a) {
    number less;
    while (!difference(less, a, PRIME)) memcpy(a, less, sizeof less);
}

static bool equal(const number a, const number b) {
    number d;
    subtract(d, a, b);
    reduce(d);
    return !memcmp(d, ZERO, sizeof d);
}

static void add_points(point *r, const point *p, const point *q) {
    number a, b, c, d;
    subtract(a, p->y, p->x);
    subtract(c, q->y, q->x);
    multiply(a, a, c);
    add(b, p->y, p->x);
    add(c, q->y, q->x);
    multiply(b, b, c);
    multiply(c, p->t, q->t);
    multiply(c, c, D);
    add(c, c, c);
    multiply(d, p->z, q->z);
    add(d, d, d);
    number e, h;
    subtract(e, b, a);
    add(h, b, a);
    subtract(a, d, c);
    add(b, d, c);
    multiply(r->x, e, a);
    multiply(r->y, b, h);
    multiply(r->z, a, b);
    multiply(r->t, e, h);
}

/* The point with that y and the sign of x in the highest bit; false: there is none. */
static bool decode(point *p, const uint8_t text[32]) {
    number u, v, x, y;
    memcpy(y, text, sizeof y);
    uint32_t sign = y[7] >> 31;
    y[7] &= 0x7FFFFFFF;
    if (!difference(x, y, PRIME)) return false;
    multiply(v, y, y);
    subtract(u, v, ONE);
    multiply(v, v, D);
    add(v, v, ONE);
    multiply(x, v, v); /* x = u v^3 (u v^7)^((p - 5) / 8) */
    multiply(x, x, v);
    number w;
    multiply(w, x, x);
    multiply(w, w, v);
    multiply(w, w, u);
    power(w, w, 250, 1, 2);
    multiply(x, x, u);
    multiply(x, x, w);
    multiply(w, x, x);
    multiply(w, w, v);
    if (!equal(w, u)) {
        subtract(u, ZERO, u);
        if (!equal(w, u)) return false;
        multiply(x, x, ROOT);
    }
    reduce(x);
    if (sign != (x[0] & 1)) {
        if (equal(x, ZERO)) return false;
        subtract(x, PRIME, x);
    }
    memcpy(p->x, x, sizeof x);
    memcpy(p->y, y, sizeof y);
    memcpy(p->z, ONE, sizeof y);
    multiply(p->t, x, y);
    return true;
}

/* Bytes, least significant first, mod the order of the base point. */
static void modulo_order(number r, const uint8_t *bytes, unsigned count) {
    number less;
    memset(r, 0, sizeof less);
    for (unsigned bit = 8 * count; bit--;) {
        for (unsigned i = 8; --i;) r[i] = r[i] << 1 | r[i - 1] >> 31;
        r[0] = r[0] << 1 | (bytes[bit / 8] >> bit % 8 & 1u);
        if (!difference(less, r, ORDER)) memcpy(r, less, sizeof less);
    }
}

bool ed25519_verify(const uint8_t signature[64], const uint8_t key[32], const void *message, size_t length) {
    point table[4] = {{{0}, {1}, {1}, {0}}}; /* 0, base, -key, base - key */
    point sum = table[0];
    number s, h, scratch;
    uint8_t digest[64];
    sha512_context sha;
    memcpy(s, signature + 32, sizeof s);
    if (!difference(scratch, s, ORDER) || !decode(&table[2], key)) return false;
    subtract(table[2].x, ZERO, table[2].x);
    subtract(table[2].t, ZERO, table[2].t);
    memcpy(table[1].x, BASE_X, sizeof s);
    memcpy(table[1].y, BASE_Y, sizeof s);
    memcpy(table[1].z, ONE, sizeof s);
    multiply(table[1].t, BASE_X, BASE_Y);
    add_points(&table[3], &table[1], &table[2]);
    sha512_init(&sha);
    sha512_update(&sha, signature, 32);
    sha512_update(&sha, key, 32);
    sha512_update(&sha, message, length);
    sha512_final(&sha, digest);
    modulo_order(h, digest, sizeof digest);
    for (unsigned bit = 253; bit--;) {
        add_points(&sum, &sum, &sum);
        unsigned which = (s[bit / 32] >> bit % 32 & 1) | (h[bit / 32] >> bit % 32 & 1) << 1;
        if (which) add_points(&sum, &sum, &table[which]);
    }
    power(scratch, sum.z, 250, 11, 5);
    multiply(sum.x, sum.x, scratch);
    multiply(sum.y, sum.y, scratch);
    reduce(sum.x);
    reduce(sum.y);
    sum.y[7] |= sum.x[0] << 31;
    return !memcmp(sum.y, signature, 32);
}

#endif
