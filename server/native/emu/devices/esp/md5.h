/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 (RFC 1321): what the loader answers to a request for a digest of the flash. */
#ifndef VMRIG_EMU_ESP_MD5_H
#define VMRIG_EMU_ESP_MD5_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t state[4];
    uint64_t length; /* bytes so far */
    uint8_t block[64];
} esp_md5;

void esp_md5_start(esp_md5 *h);
void esp_md5_update(esp_md5 *h, const uint8_t *data, size_t length);
void esp_md5_finish(esp_md5 *h, uint8_t digest[16]);

#endif
