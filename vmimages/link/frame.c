/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include "le.h"
#include "verify.h"

typedef struct {
    uint8_t *out;
    size_t code; /* where the open group's code byte goes */
    size_t at;
} cobs_writer;

static void cobs_put(cobs_writer *w, uint8_t byte) {
    if (byte) w->out[w->at++] = byte;
    size_t distance = w->at - w->code;
    if (!byte || distance == 255) {
        w->out[w->code] = (uint8_t)distance;
        w->code = w->at++;
    }
}

size_t frame_encode(const frame *f, uint8_t out[FRAME_MAX_WIRE]) {
    uint8_t head[FRAME_HEADER] = {f->type, f->flags};
    le_put16(head + 2, f->sequence);
    le_put16(head + 4, f->length);
    uint8_t tail[4];
    le_put32(tail, vm_crc32(vm_crc32(0, head, sizeof head), f->body, f->length));
    cobs_writer w = {out, 1, 2};
    out[0] = 0;
    for (unsigned i = 0; i < sizeof head; i++) cobs_put(&w, head[i]);
    for (unsigned i = 0; i < f->length; i++) cobs_put(&w, f->body[i]);
    for (unsigned i = 0; i < sizeof tail; i++) cobs_put(&w, tail[i]);
    out[w.code] = (uint8_t)(w.at - w.code);
    out[w.at++] = 0;
    return w.at;
}

static void open_frame(frame_decoder *d) {
    d->inside = true;
    d->bad = d->zero_due = false;
    d->left = 0;
    d->length = 0;
    d->pending = 0;
}

void frame_decoder_init(frame_decoder *d) {
    open_frame(d);
    d->inside = false;
    d->noise = 0;
}

static void put_payload(frame_decoder *d, uint8_t byte) {
    if (d->length == FRAME_MAX_PAYLOAD) {
        d->bad = true;
    } else {
        d->payload[d->length++] = byte;
    }
}

static bool whole(const frame_decoder *d, frame *out) {
    if (d->bad || d->left || d->length < FRAME_OVERHEAD) return false;
    const uint8_t *p = d->payload;
    uint16_t body = le_get16(p + 4);
    if (d->length != body + FRAME_OVERHEAD) return false;
    if (vm_crc32(0, p, FRAME_HEADER + body) != le_get32(p + FRAME_HEADER + body)) return false;
    *out = (frame){p[0], p[1], le_get16(p + 2), body, p + FRAME_HEADER};
    return true;
}

bool frame_decoder_put(frame_decoder *d, uint8_t byte, frame *out) {
    if (!d->inside) {
        if (byte == 0) {
            open_frame(d);
        } else {
            d->noise++;
        }
        return false;
    }
    if (byte == 0) {
        if (whole(d, out)) {
            d->inside = false;
            return true;
        }
        /* The zero that ends a broken frame, or an empty one, may be the one that starts the next. */
        d->noise += d->pending;
        open_frame(d);
        return false;
    }
    d->pending++;
    if (d->left == 0) {
        if (d->zero_due) put_payload(d, 0);
        d->left = (uint8_t)(byte - 1);
        d->zero_due = byte != 255;
    } else {
        d->left--;
        put_payload(d, byte);
    }
    return false;
}
