/* SPDX-License-Identifier: Apache-2.0 */
/* AES (TRM 18; FIPS 197): single blocks through registers, and by DMA the modes of SP 800-38A, with keys of 128 and 256 bits. Done at once.
 * Words hold their bytes in the order of the message. */
#include "devices/esp/esp.h"

#include <string.h>

enum {
    KEY = 0x00,
    TEXT_IN = 0x20,
    TEXT_OUT = 0x30,
    MODE = 0x40,
    ENDIAN = 0x44,
    TRIGGER = 0x48,
    STATE = 0x4C,
    IV_MEM = 0x50,
    DMA_ENABLE = 0x90,
    BLOCK_MODE = 0x94,
    BLOCK_NUM = 0x98,
    INC_SEL = 0x9C,
    CONTINUE = 0xA8,
    INT_CLR = 0xAC,
    INT_ENA = 0xB0,
    DATE = 0xB4,
    DMA_EXIT = 0xB8,
};
enum { MODE_256 = 2, MODE_DECRYPT = 4, STATE_IDLE = 0, STATE_DONE = 2, BLOCK = 16 };
enum { ECB, CBC, OFB, CTR, CFB8, CFB128 };

typedef struct {
    esp_device esp;
    emu_device *gdma;
    uint8_t sbox[256], inverse[256];
    uint32_t state;
    bool interrupted;
} aes;

typedef struct {
    uint8_t key[15][BLOCK];
    unsigned rounds;
} schedule;

/* --- the cipher ------------------------------------------------------------------------------------------------------------------- */

static uint8_t doubled(uint8_t x) { return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1B : 0)); }

static uint8_t times(uint8_t x, uint8_t y) {
    uint8_t product = 0;
    for (; y; y >>= 1, x = doubled(x))
        if (y & 1) product ^= x;
    return product;
}

/* 5.1.1: the inverse in the field, then an affine map; 3 generates the field. */
static void make_boxes(aes *a) {
    uint8_t p = 1, q = 1;
    do {
        p = (uint8_t)(p ^ doubled(p));
        q ^= (uint8_t)(q << 1);
        q ^= (uint8_t)(q << 2);
        q ^= (uint8_t)(q << 4);
        if (q & 0x80) q ^= 0x09;
        uint8_t x = q;
        for (unsigned n = 1; n < 5; n++) x ^= (uint8_t)(q << n | q >> (8 - n));
        a->sbox[p] = x ^ 0x63;
    } while (p != 1);
    a->sbox[0] = 0x63;
    for (unsigned i = 0; i < 256; i++) a->inverse[a->sbox[i]] = (uint8_t)i;
}

static void expand(const aes *a, schedule *s) {
    bool large = esp_value(&a->esp, MODE) & MODE_256;
    unsigned words = large ? 8 : 4;
    uint8_t *w = s->key[0], constant = 1;
    s->rounds = words + 6;
    for (unsigned i = 0; i < 4 * words; i++) w[i] = (uint8_t)(esp_value(&a->esp, KEY + (i & ~3u)) >> 8 * (i & 3));
    for (unsigned i = words; i < 4 * (s->rounds + 1); i++) {
        uint8_t t[4];
        memcpy(t, w + 4 * (i - 1), 4);
        if (i % words == 0) {
            uint8_t first = t[0];
            for (unsigned k = 0; k < 4; k++) t[k] = a->sbox[k < 3 ? t[k + 1] : first];
            t[0] ^= constant;
            constant = doubled(constant);
        } else if (words == 8 && i % 8 == 4) {
            for (unsigned k = 0; k < 4; k++) t[k] = a->sbox[t[k]];
        }
        for (unsigned k = 0; k < 4; k++) w[4 * i + k] = w[4 * (i - words) + k] ^ t[k];
    }
}

static void add(uint8_t *to, const uint8_t *what) {
    for (unsigned i = 0; i < BLOCK; i++) to[i] ^= what[i];
}

static void mix_columns(uint8_t *b, const uint8_t factors[4]) {
    for (unsigned c = 0; c < BLOCK; c += 4) {
        uint8_t in[4];
        memcpy(in, b + c, 4);
        for (unsigned r = 0; r < 4; r++) {
            b[c + r] = 0;
            for (unsigned k = 0; k < 4; k++) b[c + r] ^= times(in[k], factors[(k + 4 - r) % 4]);
        }
    }
}

static void encrypt(const aes *a, const schedule *s, uint8_t *b) {
    static const uint8_t factors[4] = {2, 3, 1, 1};
    add(b, s->key[0]);
    for (unsigned round = 1; round <= s->rounds; round++) {
        uint8_t t[BLOCK];
        for (unsigned i = 0; i < BLOCK; i++) t[i] = a->sbox[b[(i + 4 * (i % 4)) % BLOCK]]; /* SubBytes, ShiftRows */
        memcpy(b, t, BLOCK);
        if (round < s->rounds) mix_columns(b, factors);
        add(b, s->key[round]);
    }
}

static void decrypt(const aes *a, const schedule *s, uint8_t *b) {
    static const uint8_t factors[4] = {14, 11, 13, 9};
    add(b, s->key[s->rounds]);
    for (unsigned round = s->rounds; round--;) {
        uint8_t t[BLOCK];
        for (unsigned i = 0; i < BLOCK; i++) t[(i + 4 * (i % 4)) % BLOCK] = a->inverse[b[i]];
        memcpy(b, t, BLOCK);
        add(b, s->key[round]);
        if (round) mix_columns(b, factors);
    }
}

/* --- modes ------------------------------------------------------------------------------------------------------------------------ */

static void load(const aes *a, uint32_t from, uint8_t out[BLOCK]) {
    for (unsigned i = 0; i < BLOCK; i++) out[i] = (uint8_t)(esp_value(&a->esp, from + (i & ~3u)) >> 8 * (i & 3));
}

static void store(aes *a, uint32_t to, const uint8_t in[BLOCK]) {
    for (unsigned i = 0; i < BLOCK; i += 4)
        *esp_plain(&a->esp, to + i) = in[i] | (uint32_t)in[i + 1] << 8 | (uint32_t)in[i + 2] << 16 | (uint32_t)in[i + 3] << 24;
}

static bool decrypting(const aes *a) { return esp_value(&a->esp, MODE) & MODE_DECRYPT; }

static void count_up(uint8_t counter[BLOCK], unsigned bytes) {
    for (unsigned i = BLOCK; i-- > BLOCK - bytes && ++counter[i] == 0;) {}
}

static void one_block(aes *a, const schedule *s, uint8_t iv[BLOCK], uint8_t b[BLOCK]) {
    uint8_t in[BLOCK], stream[BLOCK];
    memcpy(in, b, BLOCK);
    memcpy(stream, iv, BLOCK);
    switch (esp_value(&a->esp, BLOCK_MODE) & 7) {
    case CBC:
        if (decrypting(a)) {
            decrypt(a, s, b);
            add(b, iv);
            memcpy(iv, in, BLOCK);
        } else {
            add(b, iv);
            encrypt(a, s, b);
            memcpy(iv, b, BLOCK);
        }
        return;
    case OFB:
        encrypt(a, s, stream);
        add(b, stream);
        memcpy(iv, stream, BLOCK);
        return;
    case CTR:
        encrypt(a, s, stream);
        add(b, stream);
        count_up(iv, esp_value(&a->esp, INC_SEL) & 1 ? BLOCK : 4);
        return;
    case CFB8:
        for (unsigned i = 0; i < BLOCK; i++) {
            memcpy(stream, iv, BLOCK);
            encrypt(a, s, stream);
            b[i] = in[i] ^ stream[0];
            memmove(iv, iv + 1, BLOCK - 1);
            iv[BLOCK - 1] = decrypting(a) ? in[i] : b[i];
        }
        return;
    case CFB128:
        encrypt(a, s, stream);
        add(b, stream);
        memcpy(iv, decrypting(a) ? in : b, BLOCK);
        return;
    default:
        if (decrypting(a))
            decrypt(a, s, b);
        else
            encrypt(a, s, b);
    }
}

static void update_irq(aes *a) { esp_irq(&a->esp, 0, a->interrupted && esp_value(&a->esp, INT_ENA) & 1); }

static void start(aes *a) {
    enum { MOST = 64 * BLOCK, BLOCKS_MAX = 0x10000 }; /* more than there is memory: a list may be a ring */
    schedule s;
    uint8_t data[MOST], iv[BLOCK];
    expand(a, &s);
    if (!(esp_value(&a->esp, DMA_ENABLE) & 1)) {
        load(a, TEXT_IN, data);
        if (decrypting(a))
            decrypt(a, &s, data);
        else
            encrypt(a, &s, data);
        store(a, TEXT_OUT, data);
        a->state = STATE_IDLE;
        return;
    }
    load(a, IV_MEM, iv);
    uint32_t blocks = esp_value(&a->esp, BLOCK_NUM);
    for (uint32_t left = blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX; left;) {
        uint32_t n = left < MOST / BLOCK ? left : MOST / BLOCK, got = esp_dma_pull(a->gdma, ESP_DMA_AES, data, n * BLOCK) / BLOCK;
        for (uint32_t i = 0; i < got; i++) one_block(a, &s, iv, data + BLOCK * i);
        left = got < n ? 0 : left - n;
        esp_dma_push(a->gdma, ESP_DMA_AES, data, got * BLOCK, left == 0);
    }
    store(a, IV_MEM, iv);
    a->state = STATE_DONE;
    a->interrupted = true;
    update_irq(a);
}

/* --- registers -------------------------------------------------------------------------------------------------------------------- */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    const aes *a = (const aes *)d;
    *value = offset == STATE ? a->state : 0;
    return offset == STATE || offset == TRIGGER || offset == CONTINUE || offset == INT_CLR || offset == DMA_EXIT;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    aes *a = (aes *)d;
    switch (offset) {
    case TRIGGER:
        if (value & 1) start(a);
        return true;
    case INT_CLR: a->interrupted = false; break;
    case DMA_EXIT: a->state = STATE_IDLE; break;
    default: return offset == STATE || offset == CONTINUE;
    }
    update_irq(a);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    (void)old;
    if (offset == INT_ENA) update_irq((aes *)d);
}

static void reset(esp_device *d) {
    aes *a = (aes *)d;
    a->state = STATE_IDLE;
    a->interrupted = false;
    update_irq(a);
}

static void link(emu_device *d) { ((aes *)d)->gdma = emu_device_by_name(d->machine, "GDMA"); }

static const esp_register registers[] = {{KEY, 18, 0, ~0u}, /* and TEXT_IN, TEXT_OUT, MODE, ENDIAN */
                                         {IV_MEM, 16, 0, ~0u}, {DMA_ENABLE, 6, 0, ~0u}, {INT_ENA, 1, 0, 1}, {DATE, 1, 0x20191210, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    make_boxes((aes *)d);
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_aes = {
    .type = "esp32c3.aes",
    .struct_size = sizeof(aes),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .link = link,
};
