/* SPDX-License-Identifier: Apache-2.0 */
/* What waits to be sent unasked: console text and events in one queue, so that the host sees them in the order in which they happened. */
#include <string.h>

#include "device.h"

#define RECORD_HEAD 3
#define NO_RECORD 0xFFFF

/* Of an offset less than a round too far. */
static unsigned wrapped(const link_device *d, unsigned offset) {
    unsigned size = d->config->out_size;
    return offset < size ? offset : offset - size;
}

static uint8_t *at(link_device *d, unsigned offset) { return &d->config->out[wrapped(d, offset)]; }

static void put(link_device *d, uint8_t byte) { *at(d, d->out_at + d->out_used++) = byte; }

static uint16_t open_length(link_device *d) { return (uint16_t)(*at(d, d->out_open) | *at(d, d->out_open + 1u) << 8); }

bool link_out_push(link_device *d, uint8_t type, const uint8_t *body, uint16_t length) {
    d->out_open = NO_RECORD;
    if (d->config->out_size - d->out_used < RECORD_HEAD + length) {
        d->sequence++; /* lost, and the host can see it */
        return false;
    }
    put(d, type);
    put(d, (uint8_t)length);
    put(d, (uint8_t)(length >> 8));
    for (unsigned i = 0; i < length; i++) put(d, body[i]);
    return true;
}

bool link_out_pop(link_device *d, uint8_t *type, uint8_t body[FRAME_MAX_BODY], uint16_t *length) {
    if (!d->out_used) {
        d->out_open = NO_RECORD;
        return false;
    }
    unsigned head = d->out_at;
    if (d->out_open == wrapped(d, head + 1)) d->out_open = NO_RECORD;
    *type = *at(d, head);
    *length = (uint16_t)(*at(d, head + 1) | *at(d, head + 2) << 8);
    for (unsigned i = 0; i < *length; i++) body[i] = *at(d, head + RECORD_HEAD + i);
    d->out_at = (uint16_t)wrapped(d, head + RECORD_HEAD + *length);
    d->out_used = (uint16_t)(d->out_used - RECORD_HEAD - *length);
    return true;
}

size_t link_console_write(link_device *d, const uint8_t *data, size_t length) {
    size_t taken = 0;
    while (taken < length && d->out_used < d->config->out_size - LINK_OUT_RESERVE) {
        uint16_t open = d->out_open == NO_RECORD ? FRAME_MAX_BODY : open_length(d);
        if (open == FRAME_MAX_BODY) {
            link_out_push(d, FRAME_CONSOLE_OUT, NULL, 0);
            d->out_open = (uint16_t)wrapped(d, d->out_at + d->out_used - 2u);
            open = 0;
        }
        put(d, data[taken++]);
        open++;
        *at(d, d->out_open) = (uint8_t)open;
        *at(d, d->out_open + 1u) = (uint8_t)(open >> 8);
    }
    return taken;
}

size_t link_console_read(link_device *d, uint8_t *out, size_t max) {
    size_t n = 0;
    for (; n < max && d->in_used; n++, d->in_used--) {
        out[n] = d->in[d->in_at];
        d->in_at = (uint16_t)((d->in_at + 1) % LINK_IN_SIZE);
    }
    return n;
}
