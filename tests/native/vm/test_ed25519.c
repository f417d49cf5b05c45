/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 against the vectors of RFC 8032, section 7.1; whatever is changed in them is refused. */
#include "../check.h"
#include "ed25519.h"
#include "sha512.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key, *message, *signature;
} vectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

static size_t bytes(uint8_t *out, const char *hex) {
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) CHECK(sscanf(hex + 2 * i, "%2hhx", &out[i]) == 1);
    return n;
}

int main(void) {
    uint8_t key[32], message[64], signature[64], digest[64];
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        size_t length = bytes(message, vectors[i].message);
        bytes(key, vectors[i].key);
        bytes(signature, vectors[i].signature);
        CHECK(ed25519_verify(signature, key, message, length));
        for (unsigned bit = 0; bit < 512; bit += 7) {
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(!ed25519_verify(signature, key, message, length));
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (unsigned bit = 0; bit < 256; bit += 7) {
            key[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(!ed25519_verify(signature, key, message, length));
            key[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t at = 0; at < length; at++) {
            message[at] ^= 1;
            CHECK(!ed25519_verify(signature, key, message, length));
            message[at] ^= 1;
        }
        /* The same signature with the order of the base point added to its second half: must not be another valid one. */
        static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                          0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
        unsigned carry = 0;
        for (unsigned k = 0; k < 32; k++) {
            carry += signature[32 + k] + order[k];
            signature[32 + k] = (uint8_t)carry;
            carry >>= 8;
        }
        CHECK(!ed25519_verify(signature, key, message, length));
    }
    sha512_context c; /* of "abc": FIPS 180-4's example is the last vector's message */
    sha512_init(&c);
    sha512_update(&c, "abc", 3);
    sha512_final(&c, digest);
    bytes(message, vectors[3].message);
    CHECK(!memcmp(digest, message, sizeof digest));
    return 0;
}
