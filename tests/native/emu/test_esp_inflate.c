/* SPDX-License-Identifier: Apache-2.0 */
/* Streams that are broken in any way, in any pieces: inflate stays within its buffers, comes to an end, and says what it found. */
#include "devices/esp/inflate.h"
#include "harness.h"

/* The squares of 0 to 39, each with " little streams of bytes, " behind it: dynamic codes, fixed ones of its first 300 bytes, and its first
 * 70 bytes stored. (Made with zlib.) */
static const uint8_t DYNAMIC[] = {
    0x78, 0xDA, 0x7D, 0x93, 0x4B, 0x0E, 0x82, 0x21, 0x0C, 0x84, 0xAF, 0xD2, 0x03, 0xB8, 0xA0, 0xA5, 0x2D, 0x70, 0x1C, 0x4D, 0x30, 0x31,
    0xF9, 0x8D, 0x89, 0xB0, 0xF1, 0xF6, 0x9E, 0x80, 0x6F, 0x3D, 0x19, 0xA6, 0xF3, 0xA0, 0xC8, 0xF5, 0xDA, 0xFB, 0x9A, 0xB2, 0xF6, 0x77,
    0xDE, 0xDF, 0x4B, 0x3E, 0x4F, 0x79, 0xFC, 0xF6, 0x5C, 0x37, 0xD1, 0x33, 0xE4, 0x67, 0x68, 0xC0, 0x83, 0x79, 0xC6, 0x2C, 0xCE, 0x58,
    0x05, 0x9E, 0x83, 0x5E, 0xC2, 0x99, 0x1D, 0xDC, 0x69, 0x29, 0x00, 0x1A, 0x31, 0xDD, 0xC9, 0x3E, 0x65, 0x33, 0x28, 0x1C, 0x4A, 0xC7,
    0x82, 0x98, 0x1D, 0x34, 0xAB, 0x39, 0x85, 0x4E, 0xFD, 0x53, 0x42, 0xEE, 0xC4, 0xEC, 0xA0, 0x19, 0x06, 0xD7, 0x46, 0x03, 0x9F, 0x49,
    0x09, 0x25, 0x31, 0x1B, 0x69, 0x36, 0xBA, 0xB6, 0x93, 0xCF, 0x41, 0x09, 0x8D, 0xC4, 0xF5, 0x51, 0x2D, 0x5A, 0xA8, 0x51, 0x55, 0x1A,
    0x83, 0xE2, 0x8E, 0xD4, 0x68, 0x82, 0x5A, 0x71, 0xBD, 0x8E, 0xC3, 0x0F, 0xFA, 0x33, 0x7F, 0xB4, 0xBD, 0x8C, 0x7C};
static const uint8_t FIXED[] = {0x78, 0x01, 0x33, 0x50, 0xC8, 0xC9, 0x2C, 0x29, 0xC9, 0x49, 0x55, 0x28, 0x2E, 0x29, 0x4A, 0x4D, 0xCC, 0x2D,
                                0x56, 0xC8, 0x4F, 0x53, 0x48, 0xAA, 0x2C, 0x49, 0x2D, 0xD6, 0x51, 0x30, 0xC4, 0x2D, 0x65, 0x82, 0x5B, 0xCA,
                                0x12, 0x8F, 0x81, 0x66, 0xB8, 0xE5, 0x8C, 0x4C, 0x71, 0xCB, 0x19, 0xE3, 0xD1, 0x67, 0x82, 0xC7, 0x3E, 0x33,
                                0x3C, 0xCE, 0xB4, 0xC0, 0xE3, 0x3B, 0x43, 0x03, 0x03, 0xAC, 0x92, 0x00, 0xE7, 0x87, 0x68, 0xE6};
static const uint8_t STORED[] = {0x78, 0x01, 0x01, 0x46, 0x00, 0xB9, 0xFF, 0x30, 0x20, 0x6C, 0x69, 0x74, 0x74, 0x6C, 0x65, 0x20, 0x73,
                                 0x74, 0x72, 0x65, 0x61, 0x6D, 0x73, 0x20, 0x6F, 0x66, 0x20, 0x62, 0x79, 0x74, 0x65, 0x73, 0x2C, 0x20,
                                 0x31, 0x20, 0x6C, 0x69, 0x74, 0x74, 0x6C, 0x65, 0x20, 0x73, 0x74, 0x72, 0x65, 0x61, 0x6D, 0x73, 0x20,
                                 0x6F, 0x66, 0x20, 0x62, 0x79, 0x74, 0x65, 0x73, 0x2C, 0x20, 0x34, 0x20, 0x6C, 0x69, 0x74, 0x74, 0x6C,
                                 0x65, 0x20, 0x73, 0x74, 0x72, 0x65, 0x61, 0x6D, 0x73, 0x6F, 0x70, 0x19, 0x0D};

enum { TEXT_MAX = 2048, RING = 512, GUARD = 0x5A };

static size_t text(char out[TEXT_MAX]) {
    size_t n = 0;
    for (int i = 0; i < 40; i++) n += (size_t)snprintf(out + n, TEXT_MAX - n, "%d little streams of bytes, ", i * i);
    return n;
}

static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Inflates in pieces of the size that the seed gives into a ring; *length is what came out, of which `out` gets what it has room for. */
static esp_inflate_result inflate(const uint8_t *in, size_t in_length, uint32_t seed, char *out, size_t *length) {
    uint8_t ring[ESP_INFLATE_WINDOW + 1];
    esp_inflate z;
    esp_inflate_result result = ESP_INFLATE_INPUT;
    size_t at = 0, taken = 0, turns = 0;
    memset(ring, GUARD, sizeof ring);
    esp_inflate_start(&z, false);
    *length = 0;
    while ((result == ESP_INFLATE_INPUT && taken < in_length) || result == ESP_INFLATE_FULL) {
        size_t piece = 1 + next(&seed) % 40, room = next(&seed) % RING;
        if (piece > in_length - taken) piece = in_length - taken;
        if (room > ESP_INFLATE_WINDOW - at) room = ESP_INFLATE_WINDOW - at;
        size_t used = piece, written = room;
        result = esp_inflate_run(&z, in + taken, &used, ring, ESP_INFLATE_WINDOW - 1, at, &written);
        CHECK(used <= piece && written <= room);
        for (size_t i = 0; i < written; i++)
            if (*length + i < TEXT_MAX) out[*length + i] = (char)ring[at + i];
        *length += written;
        at = (at + written) % ESP_INFLATE_WINDOW;
        taken += used;
        CHECK(++turns < 1000000);
    }
    CHECK_EQUAL(ring[ESP_INFLATE_WINDOW], GUARD);
    return result;
}

static void whole(const uint8_t *stream, size_t length, size_t expected) {
    char plain[TEXT_MAX], out[TEXT_MAX];
    size_t n = text(plain), got;
    for (uint32_t seed = 1; seed < 200; seed++) {
        CHECK_EQUAL(inflate(stream, length, seed, out, &got), ESP_INFLATE_DONE);
        CHECK_EQUAL(got, expected ? expected : n);
        CHECK(memcmp(out, plain, got) == 0);
    }
}

static void streams_in_any_pieces_are_inflated(void) {
    whole(DYNAMIC, sizeof DYNAMIC, 0);
    whole(FIXED, sizeof FIXED, 300);
    whole(STORED, sizeof STORED, 70);
}

static void broken(const uint8_t *stream, size_t length, size_t limit) {
    uint8_t copy[sizeof DYNAMIC + sizeof FIXED];
    char out[TEXT_MAX];
    for (uint32_t seed = 1; seed < 20000; seed++) {
        uint32_t s = seed;
        size_t got;
        memcpy(copy, stream, length);
        for (uint32_t n = next(&s) % 6 + 1; n; n--) copy[next(&s) % length] = (uint8_t)next(&s);
        esp_inflate_result result = inflate(copy, length, seed, out, &got);
        /* It is not right by chance: the checksum at its end says so. */
        if (result == ESP_INFLATE_DONE) CHECK_EQUAL(got, limit);
    }
}

static void broken_streams_end(void) {
    char plain[TEXT_MAX];
    broken(DYNAMIC, sizeof DYNAMIC, text(plain));
    broken(FIXED, sizeof FIXED, 300);
    broken(STORED, sizeof STORED, 70);
}

static void noise_ends(void) {
    uint8_t noise[200];
    char out[TEXT_MAX];
    for (uint32_t seed = 1; seed < 20000; seed++) {
        uint32_t s = seed;
        size_t got;
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)next(&s);
        noise[0] = 0x78;
        noise[1] = 0x9C;
        noise[2] = (uint8_t)((noise[2] & ~6u) | (seed % 3) << 1); /* each kind of block */
        (void)inflate(noise, sizeof noise, seed, out, &got);
    }
}

int main(void) {
    streams_in_any_pieces_are_inflated();
    broken_streams_end();
    noise_ends();
    return 0;
}
