/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/slip.h"

enum { END = 0xC0, ESCAPE = 0xDB, ESCAPED_END = 0xDC, ESCAPED_ESCAPE = 0xDD };

void esp_slip_reset(esp_slip *s) {
    s->length = 0;
    s->inside = s->escaped = s->broken = false;
}

static void put(esp_slip *s, uint8_t byte) {
    if (s->length == ESP_SLIP_MAX)
        s->broken = true;
    else
        s->bytes[s->length++] = byte;
}

esp_slip_result esp_slip_byte(esp_slip *s, uint8_t byte) {
    if (byte == END) {
        bool ended = s->inside && (s->length || s->broken || s->escaped), broken = s->broken || s->escaped;
        uint32_t length = s->length;
        esp_slip_reset(s);
        /* The end of nothing is a beginning: so a line that lost one C0 is in step again with the next frame. */
        s->inside = !ended;
        if (!ended) return ESP_SLIP_NOTHING;
        s->length = broken ? 0 : length;
        return broken ? ESP_SLIP_BROKEN : ESP_SLIP_FRAME;
    }
    if (!s->inside) return ESP_SLIP_NOTHING;
    if (s->escaped) {
        s->escaped = false;
        if (byte == ESCAPED_END || byte == ESCAPED_ESCAPE)
            put(s, byte == ESCAPED_END ? END : ESCAPE);
        else
            s->broken = true;
    } else if (byte == ESCAPE) {
        s->escaped = true;
    } else {
        put(s, byte);
    }
    return ESP_SLIP_NOTHING;
}

static void send(emu_machine *m, unsigned port, const uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] != END && data[i] != ESCAPE) {
            emu_serial_tx(m, port, data[i]);
            continue;
        }
        emu_serial_tx(m, port, ESCAPE);
        emu_serial_tx(m, port, data[i] == END ? ESCAPED_END : ESCAPED_ESCAPE);
    }
}

void esp_slip_send(emu_machine *m, unsigned port, const uint8_t *head, size_t head_length, const uint8_t *data, size_t length) {
    emu_serial_tx(m, port, END);
    send(m, port, head, head_length);
    send(m, port, data, length);
    emu_serial_tx(m, port, END);
}
