/* SPDX-License-Identifier: Apache-2.0 */
/* Inflates a zlib stream (RFC 1950, RFC 1951) piece by piece, whatever the pieces are, into a ring that is also its memory of the past. The
 * state is plain data: it can be copied between two pieces. */
#ifndef VMRIG_EMU_ESP_INFLATE_H
#define VMRIG_EMU_ESP_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ESP_INFLATE_WINDOW = 32768 };

typedef struct {
    uint16_t count[16];   /* codes of each length */
    uint16_t symbol[288]; /* in the order of their codes */
} esp_huffman;

typedef struct {
    uint8_t state; /* what is to be read next */
    bool last;     /* block */
    bool raw;      /* no zlib header and trailer */
    uint8_t held;  /* bits in `bits` */
    uint64_t bits;
    uint16_t literals, distances, lengths; /* of the block's code lengths: how many there are */
    uint16_t have;                         /* how many are read */
    uint32_t left;                         /* bytes of a stored block, or of a copy */
    uint32_t distance;
    uint32_t written;  /* of all output, up to the window's size: how far back a copy may reach */
    uint32_t check[2]; /* Adler-32 */
    uint8_t length[320];
    esp_huffman literal, far;
} esp_inflate;

typedef enum {
    ESP_INFLATE_BAD = -1,
    ESP_INFLATE_DONE = 0,
    ESP_INFLATE_INPUT = 1, /* wants more of the stream */
    ESP_INFLATE_FULL = 2,  /* wants more room */
} esp_inflate_result;

void esp_inflate_start(esp_inflate *z, bool raw);
/* Takes up to *in_length bytes and writes up to *out_length bytes into the ring from `at` on; both are then what was taken and written. The
 * ring's size is mask + 1, a power of two, of at least the window if the stream needs it; a flat buffer has the mask SIZE_MAX, and `ring`
 * is then where its output began. */
esp_inflate_result esp_inflate_run(esp_inflate *z, const uint8_t *in, size_t *in_length, uint8_t *ring, size_t mask, size_t at,
                                   size_t *out_length);

#endif
