/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of the wire protocol (docs/wire-protocol.md): 0x00, COBS(payload), 0x00. */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H
#include "profile.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_PROTOCOL_VERSION 1
#define LINK_SMALL (VM_PROFILE < VM_PROFILE_FULL) /* a chip whose RAM is as scarce as its flash: every buffer costs heap */
#define FRAME_MAX_BODY (LINK_SMALL ? 192 : 256)   /* IDENTITY names it */
#define FRAME_HEADER 6                            /* type, flags, sequence, body length */
#define FRAME_OVERHEAD (FRAME_HEADER + 4)
#define FRAME_MAX_PAYLOAD (FRAME_MAX_BODY + FRAME_OVERHEAD)
#define FRAME_MAX_COBS (FRAME_MAX_PAYLOAD + FRAME_MAX_PAYLOAD / 254 + 1)
#define FRAME_MAX_WIRE (FRAME_MAX_COBS + 2)

enum {
    FRAME_HELLO = 0x01,
    FRAME_BEGIN = 0x02,
    FRAME_DATA = 0x03,
    FRAME_COMMIT = 0x04,
    FRAME_RUN = 0x05,
    FRAME_CONFIRM = 0x06,
    FRAME_STATUS = 0x07,
    FRAME_DEBUG = 0x08,
    FRAME_CONSOLE_OUT = 0x10,
    FRAME_CONSOLE_IN = 0x11,
    FRAME_EVENT = 0x12,
    FRAME_REPLY = 0x80,
    FRAME_IDENTITY = FRAME_HELLO | FRAME_REPLY,
};

enum { FRAME_UNSOLICITED = 1 }; /* bit of flags: nobody asked; the sequence is the board's own counter */

typedef struct {
    uint8_t type, flags;
    uint16_t sequence;
    uint16_t length; /* of the body */
    const uint8_t *body;
} frame;

/* Writes the frame with both delimiters to `out`; returns its length, at most FRAME_MAX_WIRE. f->length <= FRAME_MAX_BODY. */
size_t frame_encode(const frame *f, uint8_t out[FRAME_MAX_WIRE]);

/* A decoder is fed byte by byte and undoes COBS on the fly. Whatever comes, it finds the next whole frame. */
typedef struct {
    bool inside;      /* a 0x00 has been seen that may start a frame */
    bool bad;         /* this frame is too long or breaks COBS's rules */
    uint8_t left;     /* bytes until the next code byte */
    bool zero_due;    /* the group before ends in a zero, if anything follows */
    uint16_t length;  /* of payload so far */
    uint32_t noise;   /* bytes that were in no good frame, since init */
    uint32_t pending; /* bytes of the frame under way: noise when it fails */
    uint8_t payload[FRAME_MAX_PAYLOAD];
} frame_decoder;

void frame_decoder_init(frame_decoder *d);
/* true: *out is a whole, CRC-checked frame; its body points into the decoder until the next call. */
bool frame_decoder_put(frame_decoder *d, uint8_t byte, frame *out);

#endif
