/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512, FIPS 180-4; messages below 2^61 bytes. */
#ifndef SHA512_H
#define SHA512_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state[8];
    uint64_t length;
    uint8_t block[128];
} sha512_context;

void sha512_init(sha512_context *s);
void sha512_update(sha512_context *s, const void *data, size_t length);
void sha512_final(sha512_context *s, uint8_t out[64]);

#endif
