/* SPDX-License-Identifier: Apache-2.0 */
/* A machine taken back to a snapshot, and a fork of it, go on exactly as the machine itself did; what they share nobody can change. */
#include "commons.h"
#include "gadget.h"

static char error[EMU_ERROR_MAX];

static void run_in_slices(emu_machine *m, uint64_t cycles, uint64_t slice) {
    for (uint64_t target = emu_now(m) + cycles; emu_now(m) < target;) emu_run(m, target - emu_now(m) < slice ? target - emu_now(m) : slice);
}

/* `reads` counts what poll skipping leaves out, so it differs by how time is cut. */
static uint64_t hash(emu_machine *m) {
    ((gadget *)m->devices[0])->reads = 0;
    return emu_state_hash(m);
}

static void the_hash_does_not_know_how_time_was_cut(void) {
    enum { CHECKPOINTS = 8 };
    uint64_t expected[CHECKPOINTS];
    emu_machine *m = busy(true);
    for (unsigned i = 0; i < CHECKPOINTS; i++) {
        emu_run(m, 40009);
        expected[i] = hash(m);
        for (unsigned k = 0; k < i; k++) CHECK(expected[k] != expected[i]);
    }
    emu_machine_free(m);
    const uint64_t slices[] = {1, 7, 1000, 30000};
    for (unsigned kind = 0; kind < 4; kind++) {
        m = busy(true);
        m->poll.disabled = kind == 2;
        for (unsigned i = 0; i < CHECKPOINTS; i++) {
            run_in_slices(m, 40009, slices[kind]);
            CHECK_EQUAL(hash(m), expected[i]);
        }
        emu_machine_free(m);
    }
}

static void a_snapshot_brings_back_everything(void) {
    emu_machine *m = busy(true);
    emu_run(m, 70001);
    emu_pin_drive(m, 3, EMU_HIGH);
    emu_serial_write(m, 0, (const uint8_t *)"to come", 7);
    uint64_t before = hash(m);
    emu_snapshot *s = emu_snapshot_take(m, error);
    CHECK(s);
    CHECK_EQUAL(hash(m), before);
    run_in_slices(m, 90001, 12345);
    uint64_t after = hash(m);
    CHECK(after != before);
    emu_pin_drive(m, 3, EMU_LOW);
    for (unsigned turn = 0; turn < 3; turn++) {
        CHECK(emu_snapshot_restore(m, s, error));
        CHECK_EQUAL(hash(m), before);
        run_in_slices(m, 90001, 1000 + 333 * turn);
        CHECK_EQUAL(hash(m), after);
    }
    emu_snapshot_free(s);
    emu_machine_free(m);
}

static void a_snapshot_fits_a_second_machine_of_the_same_build(void) {
    emu_machine *m = busy(true), *other = busy(true), *smaller = bare_machine(true);
    emu_run(m, 70001);
    emu_snapshot *s = emu_snapshot_take(m, error);
    run_in_slices(other, 33333, 100);
    CHECK(emu_snapshot_restore(other, s, error));
    CHECK_EQUAL(hash(other), hash(m));
    emu_run(m, 50000);
    emu_run(other, 50000);
    CHECK_EQUAL(hash(other), hash(m));
    CHECK(!emu_snapshot_restore(smaller, s, error) && strstr(error, "other memories"));
    emu_snapshot_free(s);
    emu_machine_free(m);
    emu_machine_free(other);
    emu_machine_free(smaller);
}

static void a_fork_goes_its_own_way(void) {
    emu_machine *m = busy(true);
    emu_run(m, 70001);
    emu_machine *fork = emu_fork(m, error), *third = NULL;
    CHECK(fork);
    CHECK_EQUAL(hash(fork), hash(m));
    emu_run(m, 50000);
    emu_run(fork, 50000);
    CHECK_EQUAL(hash(fork), hash(m));
    /* flash changed in one of them, under shared decoded pages */
    PUT(fork, CODE, 0xE7FE);
    PUT(fork, 0, 0x5000, 0x2000, CODE | 1, 0);
    CHECK(get_word(m, 0) != 0x20005000 || get_word(m, 4) != (CODE | 1));
    emu_reset_pin(fork, true);
    emu_reset_pin(fork, false);
    emu_run(fork, 1000);
    CHECK_EQUAL(reg(fork, 15), CODE);
    third = emu_fork(fork, error); /* pages that changed since the image are copied */
    CHECK(third);
    CHECK_EQUAL(hash(third), hash(fork));
    emu_machine_free(fork);
    emu_run(third, 1000);
    CHECK_EQUAL(reg(third, 15), CODE);
    uint64_t expected = 0;
    emu_snapshot *s = emu_snapshot_take(m, error);
    emu_run(m, 50000);
    expected = hash(m);
    CHECK(emu_snapshot_restore(m, s, error));
    emu_run(m, 50000);
    CHECK_EQUAL(hash(m), expected);
    CHECK(emu_snapshot_restore(third, s, error)); /* across images, too */
    emu_run(third, 50000);
    CHECK_EQUAL(hash(third), expected);
    emu_snapshot_free(s);
    emu_machine_free(third);
    emu_machine_free(m);
}

static void code_in_ram_is_decoded_anew_after_a_restore(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x4800, 0x4700, 0x0101, 0x2000); /* ldr r0, =RAM+0x101; bx r0 */
    emu_power(m, true);
    PUT(m, RAM + 0x100, 0x2101, 0xE7FE); /* movs r1, #1 */
    emu_snapshot *s = emu_snapshot_take(m, error);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 1), 1);
    CHECK(emu_snapshot_restore(m, s, error));
    PUT(m, RAM + 0x100, 0x2102, 0xE7FE);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 1), 2);
    CHECK(emu_snapshot_restore(m, s, error));
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 1), 1);
    emu_snapshot_free(s);
    emu_machine_free(m);
}

static void equal_code_is_decoded_once(void) {
    enum { MACHINES = 5 };
    emu_commons *commons = emu_commons_new();
    emu_machine *m[MACHINES];
    uint64_t expected = 0;
    size_t pages = 0;
    for (unsigned i = 0; i < MACHINES; i++) {
        m[i] = busy_among(commons, true);
        emu_run(m[i], 4000000);
        if (!i) {
            expected = hash(m[i]);
            pages = emu_commons_count(commons).pages;
            CHECK(pages > 0);
        }
        CHECK_EQUAL(hash(m[i]), expected);
        CHECK_EQUAL(emu_commons_count(commons).pages, pages);
        CHECK_EQUAL(emu_commons_count(commons).references, pages * (i + 1));
    }
    /* a breakpoint is for one of them */
    uint32_t at = reg(m[1], 15) & ~3u;
    set_sys(m[1], DHCSR, 0xA05F0001);
    set_sys(m[1], 0xE0002000, 3);
    set_sys(m[1], 0xE0002008, at | 0xC0000001u);
    bool hit = emu_run(m[1], 400000) == EMU_STOP_BREAK;
    for (unsigned i = 2; i < MACHINES; i++) CHECK(emu_run(m[i], 400000) != EMU_STOP_BREAK);
    CHECK(hit);
    for (unsigned i = 0; i < MACHINES; i++) emu_machine_free(m[i]);
    CHECK_EQUAL(emu_commons_count(commons).pages, 0);
    emu_commons_drop(commons);
}

int main(void) {
    the_hash_does_not_know_how_time_was_cut();
    a_snapshot_brings_back_everything();
    a_snapshot_fits_a_second_machine_of_the_same_build();
    a_fork_goes_its_own_way();
    code_in_ram_is_decoded_anew_after_a_restore();
    equal_code_is_decoded_once();
    return 0;
}
