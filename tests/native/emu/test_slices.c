/* SPDX-License-Identifier: Apache-2.0 */
/* The same inputs give the same run, however time is cut into calls; and skipping polling loops changes nothing but the time it takes. */
#include "gadget.h"

static uint64_t mix(uint64_t h, uint64_t x) { return (h ^ x) * 0x9E3779B97F4A7C15u + (h >> 29); }

/* Everything that software could ever notice. */
static uint64_t state(emu_machine *m) {
    uint64_t h = mix(1, emu_now(m));
    h = mix(h, emu_instructions(m));
    for (unsigned i = 0; i < 21; i++) h = mix(h, emu_core_get(m, i));
    for (unsigned i = 0; i < EMU_EXCEPTION_WORDS; i++) h = mix(mix(h, m->nvic.pending[i]), m->nvic.active[i]);
    h = mix(h, sys(m, SYST_CVR));
    h = mix(h, m->cpu.sleeping | m->cpu.event_register << 1);
    for (uint32_t a = 0; a < 0x10000; a += 4) h = mix(h, get_word(m, RAM + a));
    return h;
}

static uint32_t random_state = 1;
static uint32_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void slices_of_any_size_give_the_same_run(void) {
    enum { CHECKPOINTS = 12 };
    uint64_t expected[CHECKPOINTS];
    emu_machine *m = busy(true);
    for (unsigned i = 0; i < CHECKPOINTS; i++) {
        emu_run(m, 50021);
        expected[i] = state(m);
    }
    CHECK(m->poll.skipped_turns > 100);
    CHECK(get_word(m, RAM) || get_word(m, RAM + 4));
    CHECK(emu_instructions(m) > 500000);
    emu_machine_free(m);
    for (unsigned kind = 0; kind < 4; kind++) {
        m = busy(true);
        for (unsigned i = 0; i < CHECKPOINTS; i++) {
            uint64_t target = 50021u * (i + 1);
            while (emu_now(m) < target) {
                uint64_t left = target - emu_now(m), slice = kind == 0   ? 1
                                                             : kind == 1 ? 1 + random_number() % 7
                                                                         : 1 + random_number() % 3000;
                if (kind == 3) slice = random_number() % 5 ? 1 + random_number() % 20 : 20000;
                emu_run(m, slice < left ? slice : left);
            }
            CHECK_EQUAL(state(m), expected[i]);
        }
        emu_machine_free(m);
    }
}

static void a_run_without_poll_skipping_ends_alike(void) {
    emu_machine *a = busy(true), *b = busy(true), *c = busy(false);
    b->poll.disabled = true;
    for (unsigned i = 0; i < 20; i++) {
        emu_run(a, 30011);
        emu_run(b, 30011);
        emu_run(c, 30011);
        CHECK_EQUAL(state(a), state(b));
        CHECK_EQUAL(state(a), state(c));
    }
    gadget *ga = (gadget *)a->devices[0], *gb = (gadget *)b->devices[0];
    CHECK(a->poll.skipped_turns > 0 && b->poll.skipped_turns == 0);
    CHECK(ga->reads * 10 < gb->reads);
    emu_machine_free(a);
    emu_machine_free(b);
    emu_machine_free(c);
}

/* Loops around one load of the status; r1 is the device, every one ends in an endless loop. */
static const struct {
    const char *what;
    uint16_t code[12];
    bool skipped;
} loops[] = {
    {"ldr, cmp, beq", {0x6808, 0x2800, 0xD0FC, 0xE7FE}, true},
    {"ldr, cbnz out, b", {0x6808, 0xB908, 0xE7FC, 0xE7FE, 0xE7FE}, false},
    {"movs before the load",
     {0x2300, 0x58C8, 0x0000, 0x2800, 0xD0FA, 0xE7FE},
     false}, /* lsls r0, r0, 0 and flags before: not sure of the way */
    {"ldr, lsls, beq", {0x6808, 0x07C0, 0xD0FC, 0xE7FE}, true},
    {"tst.w", {0xF8D1, 0x0000, 0xF010, 0x0F01, 0xD0FA, 0xE7FE}, true},
    {"a counter in the loop", {0x3201, 0x6808, 0x2800, 0xD0FB, 0xE7FE}, false},
    {"a store in the loop", {0x6008, 0x6808, 0x2800, 0xD0FB, 0xE7FE}, false},
    {"two loads", {0x6808, 0x680B, 0x2800, 0xD0FB, 0xE7FE}, false},
    {"too long", {0x6808, 0xBF00, 0xBF00, 0xBF00, 0xBF00, 0xBF00, 0xBF00, 0x2800, 0xD0F6, 0xE7FE}, false},
};

static void only_loops_that_do_nothing_but_poll_are_skipped(void) {
    for (unsigned i = 0; i < sizeof loops / sizeof *loops; i++) {
        emu_machine *m[2];
        for (unsigned k = 0; k < 2; k++) {
            m[k] = bare_machine(true);
            put_vectors(m[k]);
            CHECK(emu_poke(m[k], CODE, loops[i].code, sizeof loops[i].code));
            gadget *g = calloc(1, sizeof *g);
            g->hints = true;
            plug_in(m[k], &g->base, &gadget_class, 0x40001000, 0);
            emu_power(m[k], true);
            emu_core_set(m[k], 0, 0);
            emu_core_set(m[k], 1, 0x40001000);
            emu_core_set(m[k], 2, 0);
            g->ready = 10007;
            m[k]->poll.disabled = k;
        }
        for (unsigned cut = 0; cut < 40; cut++) {
            emu_run(m[0], 307);
            emu_run(m[1], 307);
            if (state(m[0]) != state(m[1])) fprintf(stderr, "%s, after cut %u\n", loops[i].what, cut);
            CHECK_EQUAL(state(m[0]), state(m[1]));
        }
        if ((m[0]->poll.skipped_turns > 1000) != loops[i].skipped) fprintf(stderr, "%s\n", loops[i].what);
        CHECK_EQUAL(m[0]->poll.skipped_turns > 1000, loops[i].skipped);
        emu_machine_free(m[0]);
        emu_machine_free(m[1]);
    }
}

int main(void) {
    slices_of_any_size_give_the_same_run();
    a_run_without_poll_skipping_ends_alike();
    only_loops_that_do_nothing_but_poll_are_skipped();
    return 0;
}
