/* SPDX-License-Identifier: Apache-2.0 */
/* Power goes in the middle of every single flash operation of uplink, commit, journal page switch, trial boot and confirmation: the board
 * must come back with a whole program and take the next upload. It is the newest that the host was told of, or the one being committed; or,
 * when an upload is replacing a program that was still on trial, the one before that. */
#include "link_bench.h"

typedef struct {
    unsigned told;   /* the newest image whose COMMIT was answered OK */
    unsigned trying; /* the newest image whose COMMIT was sent */
    unsigned kept;   /* the image that the upload under way leaves alone */
} progress;

static bool allowed(const progress *p, unsigned found) { return found == p->told || found == p->trying || found == p->kept; }

static bool uplink(bench *b, unsigned number, progress *p) {
    uint8_t image[IMAGE_MAX], body[FRAME_MAX_BODY];
    uint32_t length = make_image(image, number, number & 1 ? BEHAVE_END : BEHAVE_FOREVER);
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, image, length);
    le_put32(body, length);
    sha256_final(&c, body + 4);
    p->kept = image_in(b, slots_target(&b->sim.device.slots, link_slot_runs, &b->sim.device) ^ 1u, number);
    if (!ask(b, FRAME_BEGIN, body, 36) || b->reply[0] != LINK_OK) return false;
    uint32_t at = le_get32(b->reply + 4);
    while (at < length) {
        uint32_t n = length - at < LINK_CHUNK ? length - at : LINK_CHUNK;
        le_put32(body, at);
        memcpy(body + 4, image + at, n);
        if (!ask(b, FRAME_DATA, body, (uint16_t)(4 + n)) || b->reply[0] != LINK_OK) return false;
        at = le_get32(b->reply + 4);
    }
    p->trying = number;
    if (!ask(b, FRAME_COMMIT, NULL, 0) || b->reply[0] != LINK_OK) return false;
    p->told = p->kept = number;
    return true;
}

static void reboot(bench *b) {
    device_sim_power(&b->sim, false);
    device_sim_power(&b->sim, true);
    frame_decoder_init(&b->decoder);
}

/* The story that power cuts are put into: uploads, starts, confirmations, reboots while on trial. */
static void story(bench *b, unsigned first, unsigned count, progress *p) {
    const uint8_t start = RUN_START;
    for (unsigned number = first; number < first + count; number++) {
        if (!uplink(b, number, p)) return;
        if (number % 3 == 0) { /* straight to the next upload: this one stays on trial */
            reboot(b);
            if (!b->sim.powered) return;
            continue;
        }
        if (!ask(b, FRAME_RUN, &start, 1)) return;
        if (number & 1) continue; /* ended and was confirmed by that */
        device_sim_run(&b->sim, b->sim.time_us + LINK_CONFIRM_US + 100000, UINT64_MAX);
        if (!b->sim.powered) return;
    }
}

static void restore(bench *b, const bench *start, const uint8_t *flash) {
    memcpy(b->sim.flash, flash, b->sim.flash_size);
    b->sequence = start->sequence;
    b->sim.cut_at = UINT64_MAX;
    reboot(b);
}

/* Journal entries that the page in force still takes. */
static unsigned entries_left(const bench *b) {
    const slots *s = &b->sim.device.slots;
    uint32_t page = geometry_erase_unit(s->layout->flash, s->layout->journal), used = page < 16384 ? page : 16384;
    return s->page ? (s->page + used - s->next) / 64 : 99;
}

static void cut_everywhere(const bench_chip *chip, unsigned before, unsigned count, bool full_page) {
    bench b;
    bench_init(&b, chip);
    progress base = {0};
    story(&b, 1, before, &base);
    while (full_page && entries_left(&b) > 2) story(&b, ++before, 1, &base);
    CHECK(base.told == before);
    uint8_t *flash = malloc(b.sim.flash_size);
    memcpy(flash, b.sim.flash, b.sim.flash_size);
    bench start = b;
    restore(&b, &start, flash);
    uint64_t from = b.sim.operations;
    progress p = base;
    story(&b, before + 1, count, &p);
    CHECK(p.told == before + count);
    uint64_t total = b.sim.operations - from;
    CHECK(total > 100);
    CHECK(!full_page || entries_left(&b) > 4);
    for (uint64_t k = 0; k < total; k++) {
        current_cut = (long long)k;
        restore(&b, &start, flash);
        b.sim.random = (uint32_t)(k * 2654435761u + 1);
        b.sim.cut_at = b.sim.operations + k;
        p = base;
        story(&b, before + 1, count, &p);
        CHECK(!b.sim.powered);
        b.sim.cut_at = UINT64_MAX;
        reboot(&b);
        unsigned found = running(&b, before + count);
        CHECK(before == 0 || found != 0);
        CHECK(allowed(&p, found));
        /* And once more, in the recovery: at an operation that differs from turn to turn. */
        b.sim.cut_at = b.sim.operations + b.sim.random % 60;
        progress again = {found, found, found};
        uplink(&b, before + count + 1, &again);
        b.sim.cut_at = UINT64_MAX;
        reboot(&b);
        found = running(&b, before + count + 1);
        CHECK(found != 0 || before == 0);
        CHECK(allowed(&again, found));
        /* The board is as good as new. */
        const uint8_t run = RUN_START;
        CHECK(uplink(&b, before + count + 2, &again));
        CHECK(ask(&b, FRAME_RUN, &run, 1) && b.reply[0] == LINK_OK);
        CHECK(running(&b, before + count + 2) == before + count + 2);
        CHECK(b.sim.overwritten == 0);
    }
    current_cut = -1;
    printf("units of %u and %u bytes, %u uploads before, %u in the story: %llu cuts survived\n", chip->write_unit,
           chip->runs[chip->run_count - 1].size, before, count, (unsigned long long)total);
    free(flash);
    device_sim_free(&b.sim);
}

static void a_program_that_is_never_confirmed_is_given_up_after_three_trial_boots(void) {
    bench b;
    bench_init(&b, &small_pages);
    progress p = {0};
    const uint8_t start = RUN_START;
    CHECK(uplink(&b, 1, &p) && ask(&b, FRAME_RUN, &start, 1));
    device_sim_run(&b.sim, b.sim.time_us + 10000, UINT64_MAX);
    CHECK(b.sim.device.slots.commit[0].marked);
    CHECK(uplink(&b, 2, &p));
    for (unsigned trial = 0; trial < SLOTS_TRIALS; trial++) {
        reboot(&b);
        CHECK(running(&b, 2) == 2);
    }
    reboot(&b);
    CHECK(running(&b, 2) == 1);
    CHECK(uplink(&b, 3, &p)); /* into the slot of the one that failed */
    CHECK(running(&b, 3) == 1);
    device_sim_free(&b.sim);
}

static void a_damaged_slot_is_not_booted(void) {
    bench b;
    bench_init(&b, &small_pages);
    progress p = {0};
    CHECK(uplink(&b, 1, &p) && uplink(&b, 2, &p));
    unsigned newest = b.sim.device.slots.commit[1].generation > b.sim.device.slots.commit[0].generation;
    b.sim.flash[b.sim.config.layout->slot[newest] + 20] ^= 4;
    reboot(&b);
    CHECK(running(&b, 2) == 1);
    b.sim.flash[b.sim.config.layout->slot[newest ^ 1] + 20] ^= 4;
    reboot(&b);
    CHECK(running(&b, 2) == 0);
    const uint8_t start = RUN_START;
    CHECK(ask(&b, FRAME_RUN, &start, 1) && b.reply[0] == LINK_NO_PROGRAM);
    device_sim_free(&b.sim);
}

static void an_upload_goes_on_after_a_reset_where_it_stopped(void) {
    bench b;
    bench_init(&b, &small_pages);
    uint8_t image[IMAGE_MAX], body[FRAME_MAX_BODY];
    uint32_t length = make_image(image, 4, BEHAVE_FOREVER);
    CHECK(length > 600);
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, image, length);
    uint8_t begin[36];
    le_put32(begin, length);
    sha256_final(&c, begin + 4);
    CHECK(ask(&b, FRAME_BEGIN, begin, 36) && b.reply[0] == LINK_OK && le_get32(b.reply + 4) == 0);
    for (uint32_t at = 0; at < 600; at += 200) {
        le_put32(body, at);
        memcpy(body + 4, image + at, 200);
        CHECK(ask(&b, FRAME_DATA, body, 4 + 200) && b.reply[0] == LINK_OK);
    }
    uint64_t before = b.sim.operations;
    CHECK(ask(&b, FRAME_BEGIN, begin, 36) && b.reply[0] == LINK_OK);
    CHECK(le_get32(b.reply + 4) == 600 && b.sim.operations == before); /* nothing happened but that the line broke */
    reboot(&b);
    CHECK(ask(&b, FRAME_DATA, body, 4 + 200) && b.reply[0] == LINK_NO_UPLOAD);
    /* From the erase unit on in which it stopped: its last write may have been cut. */
    CHECK(ask(&b, FRAME_BEGIN, begin, 36) && b.reply[0] == LINK_OK);
    CHECK(le_get32(b.reply + 4) == 512);
    progress p = {0};
    CHECK(uplink(&b, 4, &p));
    CHECK(b.sim.overwritten == 0);
    device_sim_free(&b.sim);
}

static void bytes_that_are_no_whole_write_unit_wait_for_the_next_ones_or_are_padded_at_the_end(void) {
    static const bench_chip phrases = {8, {{32, 512}}, 1, 8};
    bench b;
    bench_init(&b, &phrases);
    uint8_t image[IMAGE_MAX], body[FRAME_MAX_BODY], begin[36];
    uint32_t length = make_image(image, 3, BEHAVE_FOREVER);
    CHECK(length % 8 == 4);
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, image, length);
    le_put32(begin, length);
    sha256_final(&c, begin + 4);
    CHECK(ask(&b, FRAME_BEGIN, begin, 36) && b.reply[0] == LINK_OK);
    uint32_t at = 0;
    for (unsigned turn = 0; at < length; turn++) {
        uint32_t n = turn & 1 ? 20 : 36;
        if (n > length - at) n = length - at;
        le_put32(body, at);
        memcpy(body + 4, image + at, n);
        CHECK(ask(&b, FRAME_DATA, body, (uint16_t)(4 + n)) && b.reply[0] == LINK_OK);
        CHECK(le_get32(b.reply + 4) == at + (at + n == length ? n : n & ~7u));
        at = le_get32(b.reply + 4);
        le_put32(body, at);
        if (length - at > 4) CHECK(ask(&b, FRAME_DATA, body, 4 + 4) && b.reply[0] == LINK_BAD_REQUEST);
    }
    CHECK(ask(&b, FRAME_COMMIT, NULL, 0) && b.reply[0] == LINK_OK);
    CHECK(b.sim.overwritten == 0);
    device_sim_free(&b.sim);
}

int main(void) {
    static const bench_chip pages_of_4k_by_words = {4, {{16, 4096}}, 1, 2}, pages_of_1k_by_halfwords = {2, {{32, 1024}}, 1, 4},
                            pages_of_2k_by_double_words = {8, {{32, 2048}}, 1, 2},
                            sectors_of_128k = {8, {{4, 0x4000}, {1, 0x10000}, {7, 0x20000}}, 3, 1};
    a_program_that_is_never_confirmed_is_given_up_after_three_trial_boots();
    a_damaged_slot_is_not_booted();
    an_upload_goes_on_after_a_reset_where_it_stopped();
    bytes_that_are_no_whole_write_unit_wait_for_the_next_ones_or_are_padded_at_the_end();
    cut_everywhere(&small_pages, 0, 2, false);
    cut_everywhere(&small_pages, 1, 3, false);
    cut_everywhere(&small_pages, 3, 3, false);
    cut_everywhere(&small_pages, 4, 6, false);
    const bench_chip *chips[] = {&pages_of_4k_by_words, &pages_of_1k_by_halfwords, &pages_of_2k_by_double_words, &sectors_of_128k};
    for (unsigned i = 0; i < sizeof chips / sizeof *chips; i++) {
        cut_everywhere(chips[i], 0, 2, false);
        cut_everywhere(chips[i], 1, 3, true);
    }
    return 0;
}
