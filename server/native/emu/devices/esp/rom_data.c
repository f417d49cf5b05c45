/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM's functions on bytes in memory: those of a C library, digests, and inflate. */
#include <string.h>

#include "devices/esp/rom.h"
#include "devices/esp/sha256.h"

enum { CHUNK = 4096 };

static uint8_t byte_at(esp_call *c, uint32_t address) {
    uint8_t b = 0;
    esp_rom_copy_in(c->r, address, &b, 1);
    return b;
}

/* What the loops of the real functions cost, about. */
static bool costs(esp_call *c, uint32_t bytes) {
    if (c->state || bytes < 64) return false;
    c->state = 1;
    esp_call_wait(c, bytes / 4);
    return true;
}

void esp_call_memset(esp_call *c) { /* (to, value, length) */
    uint8_t bytes[CHUNK];
    if (costs(c, c->a[2])) return;
    memset(bytes, (int)(c->a[1] & 0xFF), sizeof bytes);
    for (uint32_t at = 0; at < c->a[2];) {
        uint32_t n = c->a[2] - at < CHUNK ? c->a[2] - at : CHUNK;
        esp_rom_copy_out(c->r, c->a[0] + at, bytes, n);
        at += n;
    }
}

void esp_call_bzero(esp_call *c) {
    c->a[2] = c->a[1];
    c->a[1] = 0;
    esp_call_memset(c);
    c->a[1] = c->a[2];
}

/* Both of memcpy and memmove: with parts that overlap, the order of the chunks matters. */
void esp_call_memcpy(esp_call *c) { /* (to, from, length) */
    uint8_t bytes[CHUNK];
    uint32_t length = c->a[2];
    bool down = c->a[0] > c->a[1];
    if (costs(c, length)) return;
    for (uint32_t done = 0; done < length;) {
        uint32_t n = length - done < CHUNK ? length - done : CHUNK, at = down ? length - done - n : done;
        esp_rom_copy_in(c->r, c->a[1] + at, bytes, n);
        esp_rom_copy_out(c->r, c->a[0] + at, bytes, n);
        done += n;
    }
}

static void compare(esp_call *c, uint32_t limit, bool strings) {
    uint32_t a = c->a[0], b = c->a[1];
    int result = 0;
    for (uint32_t i = 0; i < limit && i < (1u << 20) && !result; i++) {
        uint8_t x = byte_at(c, a + i), y = byte_at(c, b + i);
        result = x - y;
        if (strings && !x) break;
    }
    c->a[0] = (uint32_t)result;
}

void esp_call_memcmp(esp_call *c) { compare(c, c->a[2], false); }
void esp_call_strcmp(esp_call *c) { compare(c, UINT32_MAX, true); }
void esp_call_strncmp(esp_call *c) { compare(c, c->a[2], true); }

void esp_call_strlen(esp_call *c) {
    uint32_t n = 0;
    while (n < (1u << 20) && byte_at(c, c->a[0] + n)) n++;
    c->a[0] = n;
}

static void copy_string(esp_call *c, uint32_t limit, bool pad) {
    uint8_t b = 1;
    for (uint32_t i = 0; i < limit && i < (1u << 20); i++) {
        if (b) b = byte_at(c, c->a[1] + i);
        esp_rom_copy_out(c->r, c->a[0] + i, &b, 1);
        if (!b && !pad) break;
    }
}

void esp_call_strcpy(esp_call *c) { copy_string(c, UINT32_MAX, false); }
void esp_call_strncpy(esp_call *c) { copy_string(c, c->a[2], true); }

/* --- digests: the state is where the caller has room for it, 88 bytes as the ROM's own ----------------------------------------------- */

_Static_assert(sizeof(esp_md5) == 88, "the size of the ROM's struct MD5Context");

void esp_call_md5_init(esp_call *c) {
    esp_md5 h;
    esp_md5_start(&h);
    esp_rom_copy_out(c->r, c->a[0], &h, sizeof h);
}

void esp_call_md5_update(esp_call *c) { /* (state, data, length) */
    uint8_t bytes[CHUNK];
    esp_md5 h;
    if (costs(c, 4 * c->a[2])) return;
    esp_rom_copy_in(c->r, c->a[0], &h, sizeof h);
    for (uint32_t at = 0; at < c->a[2];) {
        uint32_t n = c->a[2] - at < CHUNK ? c->a[2] - at : CHUNK;
        esp_rom_copy_in(c->r, c->a[1] + at, bytes, n);
        esp_md5_update(&h, bytes, n);
        at += n;
    }
    esp_rom_copy_out(c->r, c->a[0], &h, sizeof h);
}

void esp_call_md5_final(esp_call *c) { /* (digest, state) */
    uint8_t digest[16];
    esp_md5 h;
    esp_rom_copy_in(c->r, c->a[1], &h, sizeof h);
    esp_md5_finish(&h, digest);
    esp_rom_copy_out(c->r, c->a[0], digest, sizeof digest);
}

/* SHA-256 only: (context, kind), (context, data, length, -), (context, digest). Ours is behind the context's own first words. */
enum { SHA_STATE = 8 };
_Static_assert(sizeof(esp_sha256) <= 208, "the room in a SHA_CTX");

void esp_call_sha_init(esp_call *c) {
    esp_sha256 h;
    esp_sha256_start(&h);
    esp_rom_copy_out(c->r, c->a[0] + SHA_STATE, &h, sizeof h);
}

void esp_call_sha_update(esp_call *c) {
    uint8_t bytes[CHUNK];
    esp_sha256 h;
    if (costs(c, c->a[2])) return;
    esp_rom_copy_in(c->r, c->a[0] + SHA_STATE, &h, sizeof h);
    for (uint32_t at = 0; at < c->a[2];) {
        uint32_t n = c->a[2] - at < CHUNK ? c->a[2] - at : CHUNK;
        esp_rom_copy_in(c->r, c->a[1] + at, bytes, n);
        esp_sha256_update(&h, bytes, n);
        at += n;
    }
    esp_rom_copy_out(c->r, c->a[0] + SHA_STATE, &h, sizeof h);
}

void esp_call_sha_finish(esp_call *c) {
    uint8_t digest[32];
    esp_sha256 h;
    esp_rom_copy_in(c->r, c->a[0] + SHA_STATE, &h, sizeof h);
    esp_sha256_finish(&h, digest);
    esp_rom_copy_out(c->r, c->a[1], digest, sizeof digest);
    c->a[0] = 0;
}

void esp_call_crc32_le(esp_call *c) { /* (crc, data, length) */
    uint32_t crc = ~c->a[0];
    for (uint32_t i = 0; i < c->a[2] && i < (1u << 24); i++) {
        crc ^= byte_at(c, c->a[1] + i);
        for (unsigned bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    c->a[0] = ~crc;
}

/* --- tinfl_decompress (miniz) ----------------------------------------------------------------------------------------------------------
 */

enum { TINFL_ZLIB_HEADER = 1, TINFL_FLAT = 4 };
enum { TINFL_FAILED = -1, TINFL_DONE = 0, TINFL_NEEDS_INPUT = 1, TINFL_HAS_OUTPUT = 2 };
enum { DECOMPRESSOR = 8 }; /* our state in the caller's, behind its first word which is 0 for a new stream; it has room for 11 KB */

_Static_assert(sizeof(esp_inflate) < 8192, "the room of a tinfl_decompressor");

/* (state, in, *in_length, out_start, out_next, *out_length, flags). The output buffer is the memory of the past, a ring of a power of two
 * unless it is flat. A call works through at most a window at a time. */
void esp_call_inflate(esp_call *c) {
    esp_rom_device *r = c->r;
    uint8_t in[CHUNK], ring[ESP_INFLATE_WINDOW];
    esp_inflate z;
    uint32_t state = c->a[0], from = c->a[1], in_p = c->a[2], start = c->a[3], next = c->a[4], out_p = c->a[5], flags = c->a[6];
    uint32_t in_left = esp_rom_get(r, in_p), room = esp_rom_get(r, out_p), taken = 0, made = 0;
    uint32_t size = next - start + room;
    int result = TINFL_NEEDS_INPUT;
    if (next < start || size > ESP_INFLATE_WINDOW || (!(flags & TINFL_FLAT) && size & (size - 1))) {
        esp_rom_set(r, in_p, 0);
        esp_rom_set(r, out_p, 0);
        c->a[0] = (uint32_t)-3; /* bad parameters; flat buffers of more than a window are not used by what runs before a program does */
        return;
    }
    if (costs(c, 16 * (room < in_left * 4 ? room : in_left * 4))) return;
    if (esp_rom_get(r, state))
        esp_rom_copy_in(r, state + DECOMPRESSOR, &z, sizeof z);
    else
        esp_inflate_start(&z, !(flags & TINFL_ZLIB_HEADER));
    esp_rom_copy_in(r, start, ring, size);
    for (;;) {
        uint32_t n = in_left < CHUNK ? in_left : CHUNK;
        size_t used = n, written = room - made;
        esp_rom_copy_in(r, from + taken, in, n);
        esp_inflate_result done =
            esp_inflate_run(&z, in, &used, ring, flags & TINFL_FLAT ? SIZE_MAX : size - 1u, next - start + made, &written);
        taken += (uint32_t)used;
        in_left -= (uint32_t)used;
        made += (uint32_t)written;
        result = done == ESP_INFLATE_BAD    ? TINFL_FAILED
                 : done == ESP_INFLATE_DONE ? TINFL_DONE
                 : done == ESP_INFLATE_FULL ? TINFL_HAS_OUTPUT
                                            : TINFL_NEEDS_INPUT;
        if (result != TINFL_NEEDS_INPUT || !in_left) break;
    }
    esp_rom_copy_out(r, next, ring + (next - start), made);
    esp_rom_copy_out(r, state + DECOMPRESSOR, &z, sizeof z);
    esp_rom_set(r, state, 1);
    esp_rom_set(r, in_p, taken);
    esp_rom_set(r, out_p, made);
    c->a[0] = (uint32_t)result;
}
