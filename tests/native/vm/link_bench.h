/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the link: a board with a toy VM over a simulated chip, and a host that asks it things. One test, one program: the
 * simulation is compiled in, since the library that the tests link has no chip. */
#ifndef LINK_BENCH_H
#define LINK_BENCH_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../server/native/bind/vm_device_sim.c"
#include "../../../server/native/bind/vm_hal_host.c"
#include "le.h"
#include "sha256.h"

#define CHECK(condition)                                                                                                                   \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            fprintf(stderr, "%s:%d: %s (cut at %lld)\n", __FILE__, __LINE__, #condition, (long long)current_cut);                          \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

static long long current_cut = -1;

/* --- a VM of the test's own: an image is whole when it says so, and does what its second word says ------------------ */

enum { BEHAVE_FOREVER, BEHAVE_END, BEHAVE_RAISE, BEHAVE_CRASH };
#define IMAGE_MAGIC 0x474D4954u

typedef struct {
    const uint8_t *image;
    vm_hal *hal;
} toy_vm;

static bool toy_verify(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], const uint8_t *key, program_refusal *why) {
    (void)key;
    (void)vmuid;
    if (length >= 8 && le_get32(image) == IMAGE_MAGIC) return true;
    *why = (program_refusal){.status = LINK_BAD_CONTAINER, .code = 2};
    return false;
}
static void *toy_load(const program_memory *memory, const program_host *host, const uint8_t *image, uint32_t length,
                      const uint8_t vmuid[16], program_refusal *why) {
    toy_vm *vm = memory->block;
    vm->image = image;
    vm->hal = host->hal;
    return toy_verify(image, length, vmuid, NULL, why) ? vm : NULL;
}
static program_state toy_run(void *vm, int32_t budget, uint64_t *wake_us) {
    (void)budget;
    toy_vm *toy = vm;
    switch (le_get32(toy->image + 4)) {
    case BEHAVE_END: return PROGRAM_ENDED;
    case BEHAVE_RAISE: return PROGRAM_RAISED;
    default: *wake_us = hal_time_us(toy->hal) + 20000; return PROGRAM_SLEEPING;
    }
}
static void toy_stop(void *vm) { (void)vm; }
static void toy_counters(const void *vm, program_counters *out) {
    (void)vm;
    *out = (program_counters){1, 2, 3, 4};
}
static unsigned toy_traceback(void *vm, char *text, size_t size, program_place *places, unsigned max) {
    (void)vm, (void)max;
    snprintf(text, size, "ValueError: no");
    places[0] = (program_place){1, 2};
    return 1;
}

static const program_ops toy = {"0.0.0", 1, 0, toy_verify, toy_load, toy_run, toy_stop, toy_counters, toy_traceback};

/* --- a host --------------------------------------------------------------------------------------------------------- */

#define IMAGE_MAX 1024u

/* A chip's flash with the layout on it; `slot` in erase units. */
typedef struct {
    uint32_t write_unit;
    erase_run runs[3];
    uint32_t run_count, slot;
} bench_chip;

static const bench_chip small_pages = {4, {{32, 512}}, 1, 8}; /* seven entries a journal page: it is switched often */

typedef struct {
    device_sim sim;
    toy_vm vm;
    uint16_t sequence;
    frame_decoder decoder;
    uint8_t reply[FRAME_MAX_BODY];
    uint16_t reply_length;
} bench;

static const uint8_t uid[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static inline uint32_t flash_size(const bench_chip *chip) {
    uint32_t size = 0;
    for (unsigned i = 0; i < chip->run_count; i++) size += chip->runs[i].count * chip->runs[i].size;
    return size;
}

static inline void bench_init(bench *b, const bench_chip *chip) {
    /* The VM has the runs before the last one, or a unit; the rest follows in units of the last run. */
    flash_geometry geometry = {0, chip->write_unit, chip->run_count, chip->runs};
    uint32_t unit = chip->runs[chip->run_count - 1].size, vm = flash_size(chip) - chip->runs[chip->run_count - 1].count * unit;
    if (!vm) vm = unit;
    uint32_t slot_size = chip->slot * unit, slots = vm + 4 * unit;
    memset(b, 0, sizeof *b);
    link_layout layout = {.vm = 0,
                          .vm_size = vm,
                          .vmstore = vm,
                          .port = vm + unit,
                          .port_size = unit,
                          .journal = vm + 2 * unit,
                          .slot = {slots, slots + slot_size},
                          .slot_size = slot_size,
                          .flash = &geometry};
    link_config config = {.layout = &layout, .window = 4, .program = &toy, .memory = {&b->vm, sizeof b->vm, 1024}};
    CHECK(slots + 2 * slot_size <= flash_size(chip));
    CHECK(device_sim_init(&b->sim, flash_size(chip), &config, uid, sizeof uid));
    frame_decoder_init(&b->decoder);
    device_sim_power(&b->sim, true);
}

/* Sends one request; true when its answer came. */
static inline bool ask(bench *b, uint8_t type, const void *body, uint16_t length) {
    uint8_t wire[FRAME_MAX_WIRE];
    frame f = {type, 0, ++b->sequence, length, body};
    device_sim_write(&b->sim, wire, frame_encode(&f, wire));
    for (unsigned turn = 0; turn < 20 && b->sim.powered; turn++) {
        device_sim_run(&b->sim, UINT64_MAX, 1);
        uint8_t byte;
        frame got;
        bool found = false;
        while (device_sim_read(&b->sim, &byte, 1)) {
            if (!frame_decoder_put(&b->decoder, byte, &got) || got.type != (type | FRAME_REPLY) || got.flags & FRAME_UNSOLICITED) continue;
            if (got.sequence != b->sequence) continue;
            memcpy(b->reply, got.body, got.length);
            b->reply_length = got.length;
            found = true;
        }
        if (found) return true;
    }
    return false;
}

static inline uint32_t make_image(uint8_t *out, unsigned number, uint32_t behaviour) {
    uint32_t length = 8 + 4 * ((number * 37u) % 150u + 20u);
    le_put32(out, IMAGE_MAGIC);
    le_put32(out + 4, behaviour);
    for (uint32_t i = 8; i < length; i++) out[i] = (uint8_t)(i * number + number);
    return length;
}

/* Number of the image that is whole in the slot, 0 for none. */
static inline unsigned image_in(const bench *b, unsigned slot, unsigned last) {
    const uint8_t *bytes = b->sim.flash + b->sim.config.layout->slot[slot];
    for (unsigned number = 1; number <= last; number++) {
        uint8_t image[IMAGE_MAX];
        uint32_t length = make_image(image, number, number & 1 ? BEHAVE_END : BEHAVE_FOREVER);
        if (memcmp(bytes, image, length) == 0) return number;
    }
    return 0;
}

static inline unsigned running(const bench *b, unsigned last) {
    const link_device *d = &b->sim.device;
    if (d->state == PROGRAM_IDLE || d->state == PROGRAM_REFUSED || d->active == SLOTS_NONE) return 0;
    return image_in(b, d->active, last);
}

#endif
