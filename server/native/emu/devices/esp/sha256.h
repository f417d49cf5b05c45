/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4): what images in flash are sealed with. */
#ifndef VMRIG_EMU_ESP_SHA256_H
#define VMRIG_EMU_ESP_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    uint8_t block[64];
} esp_sha256;

void esp_sha256_start(esp_sha256 *h);
void esp_sha256_update(esp_sha256 *h, const uint8_t *data, size_t length);
void esp_sha256_finish(esp_sha256 *h, uint8_t digest[32]);

#endif
