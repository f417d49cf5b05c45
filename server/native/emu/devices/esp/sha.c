/* SPDX-License-Identifier: Apache-2.0 */
/* SHA (TRM 19): SHA-1, SHA-224 and SHA-256, blocks from M_MEM or by DMA, done at once. Words of both memories hold their bytes in the order
 * of the message and of the digest. */
#include "devices/esp/esp.h"
#include "devices/esp/sha256.h"

#include <string.h>

enum {
    MODE = 0x00,
    DMA_BLOCK_NUM = 0x0C,
    START = 0x10,
    CONTINUE = 0x14,
    BUSY = 0x18,
    DMA_START = 0x1C,
    DMA_CONTINUE = 0x20,
    CLEAR_IRQ = 0x24,
    IRQ_ENA = 0x28,
    DATE = 0x2C,
    H_MEM = 0x40,
    M_MEM = 0x80,
};
enum { SHA_1, SHA_224, SHA_256, BLOCK = 64 };

typedef struct {
    esp_device esp;
    emu_device *gdma;
    uint32_t state[8];
    bool done; /* its interrupt */
} sha;

static uint32_t left(uint32_t x, unsigned n) { return x << n | x >> (32 - n); }

static uint32_t word(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* FIPS 180-4, 6.1.2 */
static void mix_sha1(uint32_t state[8], const uint8_t *block) {
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (unsigned t = 0; t < 80; t++) {
        w[t] = t < 16 ? word(block + 4 * t) : left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        uint32_t f = t < 20 ? (b & c) ^ (~b & d) : t >= 40 && t < 60 ? (b & c) ^ (b & d) ^ (c & d) : b ^ c ^ d;
        uint32_t k = t < 20 ? 0x5A827999 : t < 40 ? 0x6ED9EBA1 : t < 60 ? 0x8F1BBCDC : 0xCA62C1D6, next = left(a, 5) + f + e + k + w[t];
        e = d;
        d = c;
        c = left(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

static void mix(sha *s, const uint8_t *block) {
    esp_sha256 h = {.length = 0};
    if ((esp_value(&s->esp, MODE) & 7) == SHA_1) {
        mix_sha1(s->state, block);
        return;
    }
    memcpy(h.state, s->state, sizeof h.state);
    esp_sha256_update(&h, block, BLOCK);
    memcpy(s->state, h.state, sizeof h.state);
}

/* FIPS 180-4, 5.3 */
static void begin(sha *s) {
    static const uint32_t initial[3][8] = {
        {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0},
        {0xC1059ED8, 0x367CD507, 0x3070DD17, 0xF70E5939, 0xFFC00B31, 0x68581511, 0x64F98FA7, 0xBEFA4FA4},
        {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19},
    };
    uint32_t mode = esp_value(&s->esp, MODE) & 7;
    memcpy(s->state, initial[mode < 3 ? mode : SHA_256], sizeof s->state);
}

static void typed_block(sha *s) {
    uint8_t block[BLOCK];
    for (unsigned i = 0; i < BLOCK; i++) block[i] = (uint8_t)(esp_value(&s->esp, M_MEM + (i & ~3u)) >> 8 * (i & 3));
    mix(s, block);
}

static void blocks_by_dma(sha *s) {
    uint8_t block[BLOCK];
    for (uint32_t left_over = esp_value(&s->esp, DMA_BLOCK_NUM) & 63; left_over; left_over--) {
        if (esp_dma_pull(s->gdma, ESP_DMA_SHA, block, BLOCK) < BLOCK) break;
        mix(s, block);
    }
    s->done = true;
}

static void update_irq(sha *s) { esp_irq(&s->esp, 0, s->done && esp_value(&s->esp, IRQ_ENA) & 1); }

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    const sha *s = (const sha *)d;
    if (offset >= H_MEM && offset < M_MEM) {
        uint32_t w = offset < H_MEM + 32 ? s->state[(offset - H_MEM) / 4] : 0;
        *value = w << 24 | (w & 0xFF00) << 8 | (w >> 8 & 0xFF00) | w >> 24;
        return true;
    }
    *value = 0;
    return offset >= START && offset <= CLEAR_IRQ;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    sha *s = (sha *)d;
    if (offset >= H_MEM && offset < M_MEM) {
        if (offset < H_MEM + 32) s->state[(offset - H_MEM) / 4] = value << 24 | (value & 0xFF00) << 8 | (value >> 8 & 0xFF00) | value >> 24;
        return true;
    }
    switch (offset) {
    case START:
        begin(s);
        typed_block(s);
        return true;
    case CONTINUE: typed_block(s); return true;
    case DMA_START:
        begin(s);
        blocks_by_dma(s);
        break;
    case DMA_CONTINUE: blocks_by_dma(s); break;
    case CLEAR_IRQ: s->done = false; break;
    default: return offset == BUSY;
    }
    update_irq(s);
    return true;
}

static void reset(esp_device *d) {
    sha *s = (sha *)d;
    memset(s->state, 0, sizeof s->state);
    s->done = false;
    update_irq(s);
}

static void link(emu_device *d) { ((sha *)d)->gdma = emu_device_by_name(d->machine, "GDMA"); }

static const esp_register registers[] = {{MODE, 1, 0, 7},    {0x04, 1, 0, ~0u},          {0x08, 1, 0, 0x3F},  {DMA_BLOCK_NUM, 1, 0, 0x3F},
                                         {IRQ_ENA, 1, 0, 1}, {DATE, 1, 0x20200616, ~0u}, {M_MEM, 16, 0, ~0u}, {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_sha = {
    .type = "esp32c3.sha",
    .struct_size = sizeof(sha),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .link = link,
};
