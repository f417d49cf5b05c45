/* SPDX-License-Identifier: Apache-2.0 */
/* SLIP (RFC 1055) as the serial loaders use it: C0 frame C0, DB DC for C0 and DB DD for DB in the frame. */
#ifndef VMRIG_EMU_ESP_SLIP_H
#define VMRIG_EMU_ESP_SLIP_H

#include "device.h"

enum { ESP_SLIP_MAX = 0x4000 + 0x200 }; /* the largest frame is a block of 16 KB with its headers */

typedef struct {
    uint32_t length;
    bool inside;  /* of a frame */
    bool escaped; /* the last byte was DB */
    bool broken;  /* the frame under way is too long, or has an escape that does not exist */
    uint8_t bytes[ESP_SLIP_MAX];
} esp_slip;

typedef enum { ESP_SLIP_NOTHING, ESP_SLIP_FRAME, ESP_SLIP_BROKEN } esp_slip_result;

/* A byte has come. FRAME: `bytes` and `length` are a frame, until the next call. BROKEN: a frame has ended that was none. */
esp_slip_result esp_slip_byte(esp_slip *s, uint8_t byte);
void esp_slip_reset(esp_slip *s);
/* Sends a frame on a serial port, in two parts. */
void esp_slip_send(emu_machine *m, unsigned port, const uint8_t *head, size_t head_length, const uint8_t *data, size_t length);

#endif
