/* SPDX-License-Identifier: Apache-2.0 */
/* The C library that the ROM holds (esp-idf's esp32c3.rom.libc.ld and esp32c3.rom.newlib.ld): strings, characters, numbers in text. */
#include <ctype.h>
#include <string.h>

#include "devices/esp/rom.h"

enum { LIMIT = 1 << 20 }; /* of a loop over bytes that has no end of its own */

static uint8_t get(esp_call *c, uint32_t address) {
    uint8_t b = 0;
    esp_rom_copy_in(c->r, address, &b, 1);
    return b;
}

static void put(esp_call *c, uint32_t address, uint8_t b) { esp_rom_copy_out(c->r, address, &b, 1); }

static uint32_t length(esp_call *c, uint32_t at, uint32_t limit) {
    uint32_t n = 0;
    while (n < limit && n < LIMIT && get(c, at + n)) n++;
    return n;
}

/* Copies up to n bytes of a string and ends them. Returns how many. */
static uint32_t append(esp_call *c, uint32_t to, uint32_t from, uint32_t n) {
    n = length(c, from, n);
    for (uint32_t i = 0; i < n; i++) put(c, to + i, get(c, from + i));
    put(c, to + n, 0);
    return n;
}

static void strcat_(esp_call *c) { append(c, c->a[0] + length(c, c->a[0], LIMIT), c->a[1], LIMIT); }
static void strncat_(esp_call *c) { append(c, c->a[0] + length(c, c->a[0], LIMIT), c->a[1], c->a[2]); }

static void strlcpy_(esp_call *c) { /* (to, from, size) */
    uint32_t n = length(c, c->a[1], LIMIT);
    if (c->a[2]) append(c, c->a[0], c->a[1], c->a[2] - 1);
    c->a[0] = n;
}

static void strlcat_(esp_call *c) {
    uint32_t have = length(c, c->a[0], c->a[2]), n = length(c, c->a[1], LIMIT);
    if (have < c->a[2]) append(c, c->a[0] + have, c->a[1], c->a[2] - have - 1);
    c->a[0] = have + n;
}

static void find(esp_call *c, uint32_t count, bool string, bool last) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < count && i < LIMIT; i++) {
        uint8_t b = get(c, c->a[0] + i);
        if (b == (uint8_t)c->a[1]) {
            found = c->a[0] + i;
            if (!last) break;
        }
        if (string && !b) break;
    }
    c->a[0] = found;
}

static void memchr_(esp_call *c) { find(c, c->a[2], false, false); }
static void memrchr_(esp_call *c) { find(c, c->a[2], false, true); }
static void strchr_(esp_call *c) { find(c, LIMIT, true, false); }
static void strrchr_(esp_call *c) { find(c, LIMIT, true, true); }
static void strnlen_(esp_call *c) { c->a[0] = length(c, c->a[0], c->a[1]); }

static void strstr_(esp_call *c) {
    uint32_t n = length(c, c->a[1], LIMIT), all = length(c, c->a[0], LIMIT), found = 0;
    for (uint32_t at = 0; !found && at + n <= all; at++) {
        uint32_t same = 0;
        while (same < n && get(c, c->a[0] + at + same) == get(c, c->a[1] + same)) same++;
        if (same == n) found = c->a[0] + at;
    }
    c->a[0] = found;
}

/* How many characters at the beginning are of the set, or are not. */
static void span(esp_call *c, bool of_set) {
    uint32_t n = 0;
    for (uint8_t b; n < LIMIT && (b = get(c, c->a[0] + n)) != 0; n++) {
        bool in = false;
        for (uint32_t i = 0, x; !in && (x = get(c, c->a[1] + i)) != 0 && i < LIMIT; i++) in = x == b;
        if (in != of_set) break;
    }
    c->a[0] = n;
}
static void strspn_(esp_call *c) { span(c, true); }
static void strcspn_(esp_call *c) { span(c, false); }

static void compare(esp_call *c, uint32_t limit) {
    int difference = 0;
    for (uint32_t i = 0; i < limit && i < LIMIT && !difference; i++) {
        uint8_t x = get(c, c->a[0] + i), y = get(c, c->a[1] + i);
        difference = tolower(x) - tolower(y);
        if (!x) break;
    }
    c->a[0] = (uint32_t)difference;
}
static void strcasecmp_(esp_call *c) { compare(c, LIMIT); }
static void strncasecmp_(esp_call *c) { compare(c, c->a[2]); }

/* --- characters: of the C locale --------------------------------------------------------------------------------------------------- */

static int character(const esp_call *c) { return c->a[0] < 128 ? (int)c->a[0] : -1; }
#define CHARACTER(name)                                                                                                                    \
    static void name##_(esp_call *c) { c->a[0] = character(c) >= 0 && name(character(c)); }
CHARACTER(isalnum)
CHARACTER(isalpha)
CHARACTER(isblank)
CHARACTER(iscntrl)
CHARACTER(isdigit)
CHARACTER(isgraph)
CHARACTER(islower)
CHARACTER(isprint)
CHARACTER(ispunct)
CHARACTER(isspace)
CHARACTER(isupper)
static void isascii_(esp_call *c) { c->a[0] = c->a[0] < 128; }
static void toascii_(esp_call *c) { c->a[0] &= 127; }
static void tolower_(esp_call *c) {
    if (character(c) >= 0) c->a[0] = (uint32_t)tolower(character(c));
}
static void toupper_(esp_call *c) {
    if (character(c) >= 0) c->a[0] = (uint32_t)toupper(character(c));
}

/* --- numbers ------------------------------------------------------------------------------------------------------------------------- */

static void abs_(esp_call *c) {
    if (c->a[0] >> 31) c->a[0] = 0 - c->a[0];
}

static void div_(esp_call *c) { /* of two ints, returned in a pair of registers */
    uint32_t x = c->a[0], y = c->a[1], m = x >> 31 ? 0 - x : x, n = y >> 31 ? 0 - y : y, q = n ? m / n : UINT32_MAX, r = n ? m % n : m;
    c->a[0] = n && (x ^ y) >> 31 ? 0 - q : q;
    c->a[1] = x >> 31 ? 0 - r : r;
}

static void write_number(esp_call *c, uint32_t value, bool negative) { /* (value, to, base) */
    char digits[33];
    uint32_t n = 0, to = c->a[1], base = c->a[2];
    c->a[0] = 0;
    if (base >= 2 && base <= 36) {
        do {
            digits[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
            value /= base;
        } while (value);
        if (negative) put(c, to++, '-');
        while (n) put(c, to++, (uint8_t)digits[--n]);
        c->a[0] = c->a[1];
    }
    put(c, to, 0);
}
static void utoa_(esp_call *c) { write_number(c, c->a[0], false); }
static void itoa_(esp_call *c) {
    bool negative = c->a[2] == 10 && c->a[0] >> 31;
    write_number(c, negative ? 0 - c->a[0] : c->a[0], negative);
}

/* (text, where its end is to be told, base); saturates. */
static void read_number(esp_call *c, uint32_t end, uint32_t base, bool is_signed) {
    uint32_t at = c->a[0], begin = at;
    uint64_t value = 0, limit = UINT32_MAX;
    bool negative = false, any = false;
    while (isspace(get(c, at))) at++;
    if (get(c, at) == '-' || get(c, at) == '+') negative = get(c, at++) == '-';
    if ((base == 0 || base == 16) && get(c, at) == '0' && (get(c, at + 1) | 32) == 'x') {
        at += 2;
        base = 16;
    } else if (base == 0) {
        base = get(c, at) == '0' ? 8 : 10;
    }
    if (is_signed) limit = negative ? 0x80000000u : 0x7FFFFFFF;
    for (uint32_t i = 0; i < LIMIT; i++, at++) {
        uint8_t b = get(c, at);
        uint32_t digit = isdigit(b) ? b - (uint32_t)'0' : isalpha(b) ? (b | 32u) - 'a' + 10u : UINT32_MAX;
        if (digit >= base) break;
        value = value * base + digit;
        if (value > limit) value = limit;
        any = true;
    }
    if (end) esp_rom_set(c->r, end, any ? at : begin);
    c->a[0] = negative ? 0 - (uint32_t)value : (uint32_t)value;
}
static void strtol_(esp_call *c) { read_number(c, c->a[1], c->a[2], true); }
static void strtoul_(esp_call *c) { read_number(c, c->a[1], c->a[2], false); }
static void atoi_(esp_call *c) { read_number(c, 0, 10, true); }

/* --- jumps: ra, s0 to s11, sp, as newlib keeps them --------------------------------------------------------------------------------- */

static const uint8_t KEPT[] = {1, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 2};

static void setjmp_(esp_call *c) {
    for (uint32_t i = 0; i < sizeof KEPT; i++) esp_rom_set(c->r, c->a[0] + 4 * i, emu_core_get(c->m, KEPT[i]));
    c->a[0] = 0;
}

static void longjmp_(esp_call *c) {
    for (uint32_t i = 0; i < sizeof KEPT; i++) emu_core_set(c->m, KEPT[i], esp_rom_get(c->r, c->a[0] + 4 * i));
    c->a[0] = c->a[1] ? c->a[1] : 1;
}

/* qsort's stub (rom_image.c) asks what to compare next, and compares: s0 base, s1 count, s2 size; s4 and s5 are where the sort by insertion
 * is. In: a0, the last comparison. Out: a0 and a1, what to compare; a2 0: nothing any more. */
void esp_call_sort_step(esp_call *c) {
    enum { BASE = 8, COUNT = 9, SIZE = 18, OUTER = 20, INNER = 21, STARTED = 22 };
    uint32_t base = emu_core_get(c->m, BASE), count = emu_core_get(c->m, COUNT), size = emu_core_get(c->m, SIZE);
    uint32_t outer = emu_core_get(c->m, OUTER), inner = emu_core_get(c->m, INNER);
    bool in_order = true;
    if (!emu_core_get(c->m, STARTED)) {
        outer = inner = 0;
        emu_core_set(c->m, STARTED, 1);
    } else {
        in_order = (int32_t)c->a[0] <= 0;
    }
    if (!in_order) {
        uint32_t right = base + inner * size, left = right - size;
        for (uint32_t i = 0; i < size; i++) {
            uint8_t b = get(c, left + i);
            put(c, left + i, get(c, right + i));
            put(c, right + i, b);
        }
        inner--;
    }
    if (in_order || !inner) inner = ++outer;
    emu_core_set(c->m, OUTER, outer);
    emu_core_set(c->m, INNER, inner);
    bool more = outer < count && size;
    c->a[0] = base + (inner - 1) * size;
    c->a[1] = base + inner * size;
    emu_core_set(c->m, ESP_REG_A0 + 2, more);
}

/* clang-format off */
const esp_rom_entry esp_rom_libc_entries[] = {
    {0x378, strstr_}, {0x388, isalnum_}, {0x38C, isalpha_}, {0x390, isascii_}, {0x394, isblank_}, {0x398, iscntrl_}, {0x39C, isdigit_},
    {0x3A0, islower_}, {0x3A4, isgraph_}, {0x3A8, isprint_}, {0x3AC, ispunct_}, {0x3B0, isspace_}, {0x3B4, isupper_}, {0x3B8, toupper_},
    {0x3BC, tolower_}, {0x3C0, toascii_}, {0x3C8, memchr_}, {0x3CC, memrchr_}, {0x3D0, strcasecmp_}, {0x3D8, strcat_}, {0x3E0, strchr_},
    {0x3E4, strcspn_}, {0x3EC, strlcat_}, {0x3F0, strlcpy_}, {0x3F8, strncasecmp_}, {0x3FC, strncat_}, {0x404, strnlen_},
    {0x408, strrchr_}, {0x410, strspn_}, {0x41C, longjmp_}, {0x420, setjmp_}, {0x424, abs_}, {0x428, div_}, {0x42C, abs_}, {0x430, div_},
    {0x444, utoa_}, {0x448, itoa_}, {0x44C, atoi_}, {0x450, atoi_}, {0x454, strtol_}, {0x458, strtoul_},
    {0, NULL},
};
/* clang-format on */
