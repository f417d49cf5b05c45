/* SPDX-License-Identifier: Apache-2.0 */
/* ets_printf: the conversions that the chip's has, with arguments as the RISC-V calling convention passes them. */
#include <string.h>

#include "devices/esp/rom.h"

enum { TEXT_MAX = 1024 }; /* of one call; what is longer is cut */

typedef struct {
    esp_call *c;
    unsigned next; /* argument, in words: a0..a7, then the stack */
    uint8_t text[TEXT_MAX];
    uint32_t length;
} printer;

/* The ROM's putc makes a new line of what ends one. */
static void put(printer *p, char c) {
    if (c == '\r') return;
    if (c == '\n' && p->length < TEXT_MAX) p->text[p->length++] = '\r';
    if (p->length < TEXT_MAX) p->text[p->length++] = (uint8_t)c;
}

static uint32_t argument(printer *p) {
    unsigned n = p->next++;
    if (n < 8) return p->c->a[n];
    return esp_rom_get(p->c->r, emu_core_get(p->c->m, ESP_REG_SP) + 4 * (n - 8));
}

static uint64_t wide_argument(printer *p) { /* in an aligned pair */
    p->next += p->next & 1;
    uint64_t low = argument(p);
    return low | (uint64_t)argument(p) << 32;
}

typedef struct {
    bool left, zero, negative;
    int width;
} layout;

static void pad(printer *p, int n, char c) {
    for (; n > 0; n--) put(p, c);
}

static void put_field(printer *p, const char *text, int length, layout l) {
    int spare = l.width - length - l.negative;
    if (!l.left && !l.zero) pad(p, spare, ' ');
    if (l.negative) put(p, '-');
    if (!l.left && l.zero) pad(p, spare, '0');
    for (int i = 0; i < length; i++) put(p, text[i]);
    if (l.left) pad(p, spare, ' ');
}

static void put_number(printer *p, uint64_t value, unsigned base, bool upper, layout l) {
    char digits[24];
    int at = sizeof digits;
    do {
        digits[--at] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
        value /= base;
    } while (value);
    put_field(p, digits + at, (int)sizeof digits - at, l);
}

static void put_string(printer *p, uint32_t address, int precision, layout l) {
    char text[256];
    int n = 0;
    if (!address) {
        put_field(p, "(null)", 6, l);
        return;
    }
    for (; n < (int)sizeof text && n != precision; n++) {
        uint8_t c = 0;
        esp_rom_copy_in(p->c->r, address + (uint32_t)n, &c, 1);
        if (!c) break;
        text[n] = (char)c;
    }
    put_field(p, text, n, l);
}

static uint8_t format_char(printer *p, uint32_t *at) {
    uint8_t c = 0;
    esp_rom_copy_in(p->c->r, (*at)++, &c, 1);
    return c;
}

static void convert(printer *p, uint32_t *at) {
    layout l = {0};
    int precision = -1, longs = 0;
    uint8_t c = format_char(p, at);
    for (; c == '-' || c == '0' || c == ' ' || c == '+' || c == '#'; c = format_char(p, at)) {
        if (c == '-') l.left = true;
        if (c == '0') l.zero = true;
    }
    if (c == '*') {
        l.width = (int)(argument(p) & 0xFF);
        c = format_char(p, at);
    }
    for (; c >= '0' && c <= '9' && l.width < TEXT_MAX; c = format_char(p, at)) l.width = 10 * l.width + c - '0';
    if (c == '.') {
        precision = 0;
        for (c = format_char(p, at); c >= '0' && c <= '9' && precision < TEXT_MAX; c = format_char(p, at))
            precision = 10 * precision + c - '0';
    }
    for (; c == 'l' || c == 'h' || c == 'z'; c = format_char(p, at)) longs += c == 'l';
    switch (c) {
    case 'd':
    case 'i': {
        int64_t value = longs > 1 ? (int64_t)wide_argument(p) : (int32_t)argument(p);
        l.negative = value < 0;
        put_number(p, l.negative ? 0 - (uint64_t)value : (uint64_t)value, 10, false, l);
        break;
    }
    case 'u': put_number(p, longs > 1 ? wide_argument(p) : argument(p), 10, false, l); break;
    case 'x':
    case 'X': put_number(p, longs > 1 ? wide_argument(p) : argument(p), 16, c == 'X', l); break;
    case 'p':
        put(p, '0');
        put(p, 'x');
        put_number(p, argument(p), 16, false, l);
        break;
    case 'c': put(p, (char)argument(p)); break;
    case 's': put_string(p, argument(p), precision, l); break;
    case 0: --*at; break;
    default: put(p, (char)c); break;
    }
}

static void format(printer *p) {
    uint32_t at = p->c->a[0];
    p->next = 1;
    p->length = 0;
    for (uint8_t c = format_char(p, &at); c && p->length < TEXT_MAX; c = format_char(p, &at)) {
        if (c == '%')
            convert(p, &at);
        else
            put(p, (char)c);
    }
}

/* Formats anew each time it is called, and goes on behind what was sent, to each port in turn: so there is no text to keep meanwhile. */
void esp_call_printf(esp_call *c) {
    printer p = {.c = c};
    format(&p);
    while (c->state < ESP_LOADER_PORTS * p.length) {
        if (!esp_rom_put(c->r, c->state % ESP_LOADER_PORTS, p.text[c->state / ESP_LOADER_PORTS])) {
            esp_call_wait(c, emu_clock_hz(c->m) / 20000);
            return;
        }
        c->state++;
    }
    esp_rom_flush(c->r);
    c->a[0] = p.length;
}
