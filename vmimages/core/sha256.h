/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, FIPS 180-4. */
#ifndef SHA256_H
#define SHA256_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
} sha256_context;

void sha256_init(sha256_context *s);
void sha256_update(sha256_context *s, const void *data, size_t length);
void sha256_final(sha256_context *s, uint8_t out[32]);

#endif
