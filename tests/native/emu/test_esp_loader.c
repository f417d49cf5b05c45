/* SPDX-License-Identifier: Apache-2.0 */
/* The serial loader and the flash behind it under lines that carry anything: whatever comes, it stays within its buffers and answers again.
 */
#include "harness.h"

enum { STRAP = 9, CYCLES_PER_MS = 160000, ROUNDS = 1500, LINE_MAX = 0x4800 };
enum { SYNC = 0x08, RAM_AT = 0x3FC80000 };

static void must(bool done, const char *error) {
    if (!done) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
}

static emu_machine *in_loader(void) {
    char error[EMU_ERROR_MAX];
    emu_machine_config config = {.core = "none", .clock_hz = 160000000, .irq_count = 1, .priority_bits = 2, .unmapped_reads_zero = true};
    emu_param stub = {"stub_protocol", 1}, strap = {"strap_pin", STRAP};
    emu_machine *m = emu_machine_new(&config, error);
    must(m != NULL, error);
    must(emu_add_memory(m, &(emu_memory_config){.name = "flash", .kind = EMU_FLASH, .size = 1 << 20, .erased = 0xFF, .unmapped = true},
                        error),
         error);
    must(emu_add_memory(m, &(emu_memory_config){.name = "ram", .kind = EMU_RAM, .base = RAM_AT, .size = 0x60000}, error), error);
    must(emu_add_device(m, "esp.spi_mem", "SPI1", 0x60002000, -1, NULL, 0, error), error);
    must(emu_add_device(m, "esp.efuse", "EFUSE", 0x60008800, -1, NULL, 0, error), error);
    must(emu_add_device(m, "esp.rom", "ROM", 0x600FF000, -1, (emu_param[]){stub, strap}, 2, error), error);
    emu_pin_drive(m, STRAP, EMU_LOW);
    emu_power(m, true);
    emu_run(m, 2 * CYCLES_PER_MS);
    CHECK(emu_download_mode(m));
    return m;
}

static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static size_t escape(uint8_t *out, const uint8_t *frame, size_t length) {
    size_t n = 0;
    out[n++] = 0xC0;
    for (size_t i = 0; i < length; i++) {
        if (frame[i] == 0xC0 || frame[i] == 0xDB) {
            out[n++] = 0xDB;
            out[n++] = frame[i] == 0xC0 ? 0xDC : 0xDD;
        } else {
            out[n++] = frame[i];
        }
    }
    out[n++] = 0xC0;
    return n;
}

static size_t request(uint8_t *out, uint8_t op, const uint8_t *data, size_t length, uint8_t check) {
    static uint8_t frame[LINE_MAX];
    memset(frame, 0, 8);
    frame[1] = op;
    frame[2] = (uint8_t)length;
    frame[3] = (uint8_t)(length >> 8);
    frame[4] = check;
    memcpy(frame + 8, data, length);
    return escape(out, frame, 8 + length);
}

/* A request with words that mean something to some of them, or a block with noise in it. */
static size_t any_request(uint8_t *out, uint32_t *seed) {
    static const uint8_t ops[] = {2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 0xD0, 0xD1, 0xD2, 0xD3, 0x77};
    static const uint32_t words[] = {0,          1,         4, 0x40, 0x400, 0x1000, 0x4000, 0xFF000, 0x100000, RAM_AT, RAM_AT + 0x5FFFC,
                                     0x60002000, UINT32_MAX};
    static uint8_t data[0x4100];
    uint8_t op = ops[next(seed) % sizeof ops], check = 0xEF;
    bool block = op == 3 || op == 7 || op == 0x11;
    size_t length = block ? 16 + next(seed) % (next(seed) % 8 ? 300 : 0x4000) : 4 * (next(seed) % 7);
    for (size_t i = 0; i < length; i += 4) {
        uint32_t word = words[next(seed) % (sizeof words / sizeof *words)];
        for (size_t j = 0; j < 4 && i + j < sizeof data; j++) data[i + j] = (uint8_t)(word >> 8 * j);
    }
    if (block) {
        size_t n = next(seed) % 8 ? length - 16 : next(seed);
        for (size_t j = 0; j < 4; j++) data[j] = (uint8_t)(n >> 8 * j);
        for (size_t i = 16; i < length; i++) data[i] = (uint8_t)next(seed);
        for (size_t i = 16; i < length; i++) check ^= data[i];
    }
    return request(out, op, data, length, next(seed) % 8 ? check : 0);
}

static void drain(emu_machine *m) {
    uint8_t bytes[4096];
    while (emu_serial_read(m, 0, bytes, sizeof bytes)) {}
}

/* A host may ask for delays of an hour. */
static void settle(emu_machine *m) {
    enum { TURNS = 200000 };
    unsigned turns = 0;
    for (uint64_t end; (end = emu_download_active_until(m) + 2 * CYCLES_PER_MS) > emu_now(m); turns++) {
        CHECK(turns < TURNS);
        emu_run(m, end - emu_now(m));
        drain(m);
    }
}

static unsigned syncs(emu_machine *m) {
    static const uint8_t data[36] = {7, 7, 0x12, 0x20};
    uint8_t line[128], back[4096];
    unsigned found = 0;
    line[0] = 0xC0;
    size_t n = 1 + request(line + 1, SYNC, data, sizeof data, 0);
    CHECK_EQUAL(emu_serial_write(m, 0, line, n), n);
    emu_run(m, 5 * CYCLES_PER_MS);
    n = emu_serial_read(m, 0, back, sizeof back);
    for (size_t i = 0; i + 2 < n; i++) found += back[i] == 0xC0 && back[i + 1] == 1 && back[i + 2] == SYNC;
    return found;
}

static void reset(emu_machine *m) {
    emu_reset_pin(m, true);
    emu_reset_pin(m, false);
    emu_run(m, 2 * CYCLES_PER_MS);
    drain(m);
}

/* Something as large as the stub is loaded and started. */
static void start_stub(emu_machine *m, uint8_t *line) {
    static const uint8_t begin[16] = {0, 8, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0xC8, 0x3F}, end[8] = {0};
    static uint8_t data[16 + 0x800] = {0, 8};
    emu_serial_write(m, 0, line, request(line, 5, begin, sizeof begin, 0));
    emu_serial_write(m, 0, line, request(line, 7, data, sizeof data, 0xEF));
    emu_serial_write(m, 0, line, request(line, 6, end, sizeof end, 0));
    emu_run(m, 5 * CYCLES_PER_MS);
    drain(m);
}

static void whatever_comes_it_answers_again(void) {
    static uint8_t line[2 * LINE_MAX];
    emu_machine *m = in_loader();
    unsigned resets = 0;
    CHECK_EQUAL(syncs(m), 8);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        uint32_t seed = round;
        if (next(&seed) % 3 == 0) start_stub(m, line);
        for (uint32_t n = next(&seed) % 12; n; n--) {
            size_t length = any_request(line, &seed);
            if (next(&seed) % 6 == 0) length = next(&seed) % length;
            if (next(&seed) % 6 == 0) line[next(&seed) % (length + 1)] = (uint8_t)next(&seed);
            emu_serial_write(m, 0, line, length);
            emu_run(m, next(&seed) % (3 * CYCLES_PER_MS));
            drain(m);
            if (next(&seed) % 40 == 0) { /* power goes and comes */
                emu_power(m, false);
                emu_power(m, true);
                emu_run(m, 2 * CYCLES_PER_MS);
            }
        }
        settle(m);
        if (!emu_download_mode(m)) reset(m); /* a request has led out of it */
        drain(m);
        unsigned answers = syncs(m); /* an error of a block before it may be told first */
        for (unsigned again = 0; answers != 8 && again < 2; again++) {
            settle(m);
            answers = syncs(m);
        }
        if (!answers) { /* a program was started, by a request that was broken into one that does: now and then */
            CHECK(++resets <= 1 + round / 20);
            reset(m);
            answers = syncs(m);
        }
        CHECK_EQUAL(answers, 8);
    }
    emu_machine_free(m);
}

int main(void) {
    whatever_comes_it_answers_again();
    return 0;
}
