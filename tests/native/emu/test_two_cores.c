/* SPDX-License-Identifier: Apache-2.0 */
/* Two cores that share memory, code and events: the same run however time is cut, copied or held up; and single steps of one of them. */
#include "harness.h"

#define WHO 0x40000000u
#define SHARED (RAM + 0x800u)  /* a routine that both change and call */
#define COUNTS (RAM + 0x1000u) /* of core n at + 0x100 n */

static uint32_t who_read(emu_device *d, uint32_t offset, unsigned size) {
    (void)offset;
    (void)size;
    return emu_core_index(d->machine);
}
static void who_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    (void)size;
    if (offset == 4) emu_core_hold(d->machine, 1, value);
}
static const emu_device_class who = {
    .type = "who", .struct_size = sizeof(emu_device), .region_size = 0x1000, .read = who_read, .write = who_write};

/* r4: counts of this core; r5: 0, or 1; r6: the shared routine; r7: a number that goes round. Each turn changes an instruction of the
 * routine, calls it, adds, and at times wakes the other core or waits for it. */
static emu_machine *two(void) {
    emu_machine_config config = config_of("cortex-m0plus");
    config.core_count = 2;
    emu_machine *m = machine_of(&config);
    plug_in(m, calloc(1, sizeof(emu_device)), &who, WHO, -1);
    put_vectors(m);
    PUT(m, CODE, 0x480C, /* ldr r0, =WHO */
        0x6805,          /* ldr r5, [r0] */
        0x4C0C,          /* ldr r4, =COUNTS */
        0x0229,          /* lsls r1, r5, #8 */
        0x1864,          /* adds r4, r4, r1 */
        0x4E0C,          /* ldr r6, =SHARED */
        0x2700,          /* movs r7, #0 */
        0x3703,          /* loop: adds r7, #3 */
        0x19E8,          /* adds r0, r5, r7 */
        0xB2C0,          /* uxtb r0, r0 */
        0x490A,          /* ldr r1, =0x3200: adds r2, #0 */
        0x4308,          /* orrs r0, r1 */
        0x8030,          /* strh r0, [r6] */
        0x1C71,          /* adds r1, r6, #1 */
        0x4788,          /* blx r1 */
        0x6022,          /* str r2, [r4] */
        0x6860,          /* ldr r0, [r4, #4] */
        0x3001,          /* adds r0, #1 */
        0x6060,          /* str r0, [r4, #4] */
        0x0680,          /* lsls r0, r0, #26 */
        0xD1F1,          /* bne loop */
        0xBF40,          /* sev */
        0xBF20,          /* wfe: its own event */
        0xBF20,          /* wfe: the other's */
        0xE7ED,          /* b loop */
        0xBF00);
    const uint32_t literals[] = {WHO, COUNTS, SHARED, 0x3200};
    put_words(m, CODE + 0x34, literals, 4);
    PUT(m, SHARED, 0x3200, 0x4770); /* adds r2, #0; bx lr */
    emu_power(m, true);
    return m;
}

static uint32_t random_state = 1;
static uint32_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void run_for(emu_machine *m, uint64_t cycles, unsigned slice) {
    uint64_t until = emu_now(m) + cycles;
    while (emu_now(m) < until) {
        uint64_t left = until - emu_now(m), now = slice ? slice : 1 + random_number() % 300;
        emu_run(m, now < left ? now : left);
    }
}

static void both_run_what_the_other_wrote(void) {
    emu_machine *m = two();
    run_for(m, 100000, 5000);
    for (unsigned core = 0; core < 2; core++) {
        CHECK(get_word(m, COUNTS + 0x100 * core + 4) > 2000);
        CHECK(get_word(m, COUNTS + 0x100 * core) > 2000);
    }
    emu_machine_free(m);
}

static void time_cut_anyhow_gives_the_same_run(void) {
    enum { CHECKPOINTS = 8 };
    uint64_t expected[CHECKPOINTS];
    for (unsigned kind = 0; kind < 4; kind++) {
        emu_machine *m = two();
        for (unsigned i = 0; i < CHECKPOINTS; i++) {
            run_for(m, 3001, (unsigned[]){3001, 1, 0, 64}[kind]);
            if (!kind) expected[i] = emu_state_hash(m);
            CHECK_EQUAL(emu_state_hash(m), expected[i]);
        }
        emu_machine_free(m);
    }
}

static void a_core_that_is_held_starts_anew(void) {
    emu_machine *m = two();
    run_for(m, 10000, 0);
    emu_core_hold(m, 1, true);
    uint32_t before = get_word(m, COUNTS + 0x104), other = get_word(m, COUNTS + 4);
    run_for(m, 100, 0);
    emu_core_event(m);
    run_for(m, 1000, 0);
    CHECK_EQUAL(get_word(m, COUNTS + 0x104), before);
    CHECK(get_word(m, COUNTS + 4) > other);
    emu_core_hold(m, 1, false);
    run_for(m, 1000, 0);
    CHECK(get_word(m, COUNTS + 0x104) > before);
    emu_machine_free(m);
}

int main(void) {
    both_run_what_the_other_wrote();
    time_cut_anyhow_gives_the_same_run();
    a_core_that_is_held_starts_anew();
    return 0;
}
