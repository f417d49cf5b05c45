/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of containers. A VM that cannot check them takes no program on a board that holds a key. */
#include "ed25519.h"
#include "profile.h"
#include "verify.h"

bool vbc_verify_signature(const uint8_t *image, uint32_t length, const uint8_t key[32], vbc_error *error) {
    const vbc_header *h = (const vbc_header *)image;
    const vbc_section *s = (const vbc_section *)(h + 1);
    bool good = h->section_count && s[h->section_count - 1].id == VBC_SIGN;
    *error = (vbc_error){good ? VBC_E_SIGNATURE : VBC_E_UNSIGNED, good ? length - VBC_SIGNATURE_SIZE : VBC_HEADER_SIZE, 0, 0};
#if VM_FEATURE_ED25519
    good = good && ed25519_verify(image + length - VBC_SIGNATURE_SIZE, key, image, length - VBC_SIGNATURE_SIZE);
#else
    (void)key;
    good = false;
#endif
    if (good) error->code = VBC_E_OK;
    return good;
}
