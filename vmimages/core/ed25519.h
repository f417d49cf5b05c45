/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 (RFC 8032): is this the signature of that message by the holder of the key? */
#ifndef ED25519_H
#define ED25519_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ed25519_verify(const uint8_t signature[64], const uint8_t key[32], const void *message, size_t length);

#endif
