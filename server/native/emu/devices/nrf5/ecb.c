/* SPDX-License-Identifier: Apache-2.0 */
/* ECB: encrypts one block with AES-128 (nRF52833 PS and nRF51 RM, "ECB - AES electronic codebook mode encryption"; FIPS 197). In RAM at
 * ECBDATAPTR: key, cleartext, ciphertext, 16 bytes each. */
#include "devices/nrf5/nrf.h"

#include <string.h>

enum { TASKS_STARTECB, TASKS_STOPECB };
enum { EVENTS_ENDECB, EVENTS_ERRORECB, EVENT_DONE = 0 };
enum { ECBDATAPTR = 0x504 };
enum { BLOCK = 16, ROUNDS = 10 };
#define ENCRYPT_US 7u /* tECB: 6.2 us on the nRF52, 8.5 us on the nRF51 */

typedef struct {
    nrf_device nrf;
    uint32_t ecbdataptr;
    bool busy;
    bool has_sbox;
    uint8_t sbox[256]; /* made at the first use */
} ecb;

static uint8_t times2(uint8_t x) { return (uint8_t)(x << 1 ^ (x >> 7) * 0x1B); }

static uint8_t multiply(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (; b; b >>= 1, a = times2(a))
        if (b & 1u) product ^= a;
    return product;
}

/* FIPS 197, section 5.1.1: the inverse in GF(2^8), which is x^254, and the affine transformation. */
static uint8_t substitute(uint8_t x) {
    uint8_t inverse = 1, power = x;
    for (unsigned i = 0; i < 7; i++) {
        power = multiply(power, power); /* 2, 4, ... 128; their sum is 254 */
        inverse = multiply(inverse, power);
    }
    uint8_t y = 0;
    for (unsigned bit = 0; bit < 8; bit++) {
        unsigned b =
            inverse >> bit ^ inverse >> (bit + 4) % 8 ^ inverse >> (bit + 5) % 8 ^ inverse >> (bit + 6) % 8 ^ inverse >> (bit + 7) % 8;
        y |= (uint8_t)((b ^ 0x63u >> bit) & 1u) << bit;
    }
    return y;
}

static void next_round_key(uint8_t key[BLOCK], const uint8_t sbox[256], uint8_t rcon) {
    for (unsigned i = 0; i < 4; i++) key[i] ^= sbox[key[12 + (i + 1) % 4]] ^ (i == 0 ? rcon : 0);
    for (unsigned i = 4; i < BLOCK; i++) key[i] ^= key[i - 4];
}

static void mix_columns(uint8_t state[BLOCK]) {
    for (unsigned c = 0; c < BLOCK; c += 4) {
        uint8_t all = state[c] ^ state[c + 1] ^ state[c + 2] ^ state[c + 3], first = state[c];
        for (unsigned r = 0; r < 4; r++) {
            uint8_t next = r == 3 ? first : state[c + r + 1];
            state[c + r] ^= all ^ times2(state[c + r] ^ next);
        }
    }
}

static void encrypt(const uint8_t sbox[256], const uint8_t *key_bytes, const uint8_t *clear, uint8_t *cipher) {
    uint8_t key[BLOCK], state[BLOCK], rcon = 1;
    memcpy(key, key_bytes, BLOCK);
    for (unsigned i = 0; i < BLOCK; i++) state[i] = clear[i] ^ key[i];
    for (unsigned round = 1; round <= ROUNDS; round++, rcon = times2(rcon)) {
        uint8_t shifted[BLOCK];
        for (unsigned i = 0; i < BLOCK; i++) shifted[i] = sbox[state[(i + 4 * (i % 4)) % BLOCK]]; /* SubBytes and ShiftRows */
        memcpy(state, shifted, BLOCK);
        if (round < ROUNDS) mix_columns(state);
        next_round_key(key, sbox, rcon);
        for (unsigned i = 0; i < BLOCK; i++) state[i] ^= key[i];
    }
    memcpy(cipher, state, BLOCK);
}

static void task(nrf_device *d, unsigned n) {
    ecb *e = (ecb *)d;
    emu_machine *m = d->base.machine;
    if (n == TASKS_STARTECB) {
        if (e->busy) return;
        e->busy = true;
        emu_schedule(&d->base, EVENT_DONE, emu_now(m) + nrf_us(m, ENCRYPT_US));
    } else if (e->busy) {
        emu_cancel(&d->base, EVENT_DONE);
        e->busy = false;
        nrf_event(d, EVENTS_ERRORECB);
    }
}

static void event(emu_device *d, uint32_t id) {
    ecb *e = (ecb *)d;
    uint8_t data[3 * BLOCK];
    (void)id;
    e->busy = false;
    bool ok = emu_dma_read(d->machine, e->ecbdataptr, data, 2 * BLOCK);
    if (ok) {
        for (unsigned i = 0; i < 256 && !e->has_sbox; i++) e->sbox[i] = substitute((uint8_t)i);
        e->has_sbox = true;
        encrypt(e->sbox, data, data + BLOCK, data + 2 * BLOCK);
        ok = emu_dma_write(d->machine, e->ecbdataptr + 2 * BLOCK, data + 2 * BLOCK, BLOCK);
    }
    nrf_event(&e->nrf, ok ? EVENTS_ENDECB : EVENTS_ERRORECB);
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    if (offset == ECBDATAPTR) return ((ecb *)d)->ecbdataptr;
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    if (offset == ECBDATAPTR)
        ((ecb *)d)->ecbdataptr = value;
    else
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    ecb *e = (ecb *)d;
    (void)kind;
    emu_cancel(d, EVENT_DONE);
    nrf_reset(&e->nrf);
    e->ecbdataptr = 0;
    e->busy = false;
}

static const nrf_spec spec = {.tasks = 3u, .events = 3u, .power_gated = true, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {NULL};
    ((ecb *)d)->nrf.spec = &spec;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_ecb = {
    .type = "nrf5.ecb",
    .struct_size = sizeof(ecb),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
