/* SPDX-License-Identifier: Apache-2.0 */
/* The RISC-V core runs the same however time is cut into calls, whether polling is skipped, and after a snapshot or a fork; code that is
 * changed is decoded anew; and nothing that random code does harms the host. */
#include "rv32.h"

static uint32_t random_state = 1;
static uint32_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Works, waits for the device's status to change and feeds something meanwhile, sleeps; interrupts come amid all of it. */
static emu_machine *busy(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, LUI(S0, GADGET), LI(A0, 9), SW(A0, S0, LINE), LI(A0, 700), SW(A0, S0, PERIOD), LUI(S1, RAM), CSRRSI(ZERO, MSTATUS, MIE),
       /* 7: */ LI(T0, 100), ADDI(T0, T0, -1), ADD(A1, A1, T0), BNE(T0, ZERO, -8), SW(A1, S1, 0), LW(T1, S0, READY),
       /* 13: */ LW(T2, S0, READY), SW(ZERO, S0, IDLE), ANDI(T2, T2, 1), BEQ(T2, T1, -12), ADDI(A2, A2, 1), WFI, J(-48));
    RV(m, TRAP(9), J(0x200));
    RV(m, TRAP(9) + 0x200, ADDI(A3, A3, 1), SW(A3, S1, 4), SW(ZERO, S0, ACK), MRET);
    rv_start(m);
    return m;
}

static void slices_of_any_size_give_the_same_run(void) {
    enum { CHECKPOINTS = 10, STEP = 20011 };
    uint64_t expected[CHECKPOINTS];
    emu_machine *m = busy();
    for (unsigned i = 0; i < CHECKPOINTS; i++) {
        emu_run(m, STEP);
        expected[i] = emu_state_hash(m);
    }
    CHECK(m->poll.skipped_turns > 1000);
    CHECK(reg(m, A2) > 50 && reg(m, A3) > 100);
    emu_machine_free(m);
    for (unsigned kind = 0; kind < 4; kind++) {
        m = busy();
        m->poll.disabled = kind == 3;
        for (unsigned i = 0; i < CHECKPOINTS; i++) {
            while (emu_now(m) < STEP * (i + 1)) {
                uint64_t left = STEP * (i + 1) - emu_now(m), slice = kind == 0   ? 1
                                                                     : kind == 1 ? 1 + random_number() % 7
                                                                                 : 1 + random_number() % 3000;
                emu_run(m, slice < left ? slice : left);
            }
            CHECK_EQUAL(emu_state_hash(m), expected[i]);
        }
        emu_machine_free(m);
    }
}

static void loops_that_poll_are_skipped(void) {
    static const struct {
        uint32_t code[6];
        bool skipped;
    } loops[] = {
        {{LW(T0, S0, READY), BEQ(T0, ZERO, -4), STAY}, true},
        {{LW(T0, S0, READY), ANDI(T0, T0, 1), BEQ(T0, ZERO, -8), STAY}, true},
        {{LW(T0, S0, READY), BNE(T0, ZERO, 8), J(-8), STAY}, true}, /* the way out is forward */
        {{LW(T0, S0, READY), LW(T1, S1, 0), ADD(T0, T0, T1), BEQ(T0, T1, -12), STAY}, true},
        {{LW(T0, S0, READY), ADDI(T1, T1, 1), BEQ(T0, ZERO, -8), STAY}, false}, /* it counts */
        {{LW(T0, S0, READY), SW(T0, S1, 0), BEQ(T0, ZERO, -8), STAY}, false},   /* it writes memory */
    };
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        emu_machine *m = rv_machine(false);
        CHECK(emu_poke(m, ROM, loops[i].code, sizeof loops[i].code));
        rv_start(m);
        emu_core_set(m, S0, GADGET);
        emu_core_set(m, S1, RAM);
        unsigned before = gadget_reads;
        emu_run(m, 10000);
        CHECK_EQUAL(gadget_reads - before < 20, loops[i].skipped);
        CHECK_EQUAL(emu_instructions(m), 10000);
        emu_machine_free(m);
    }
}

static void code_that_is_changed_is_decoded_anew(void) {
    emu_machine *m = rv_machine(false);
    /* RAM: replaces the instruction after the next one, which it has run before, within one run of instructions */
    RV(m, RAM, SW(A0, S0, 12), ADDI(A1, A1, 1), ADDI(A2, A2, 1), ADDI(A2, A2, 1), J(-16));
    RV(m, ROM, JALR(ZERO, S0, 0));
    emu_power(m, true);
    RV(m, RAM, SW(A0, S0, 12), ADDI(A1, A1, 1), ADDI(A2, A2, 1), ADDI(A2, A2, 1), J(-16));
    emu_core_set(m, S0, RAM);
    emu_core_set(m, A0, ADDI(A2, A2, 1));
    emu_run(m, 1 + 5 * 10);
    CHECK_EQUAL(reg(m, A2), 20);
    emu_core_set(m, A0, ADDI(A2, A2, 3));
    emu_run(m, 5 * 10);
    CHECK_EQUAL(reg(m, A2), 60);
    emu_machine_free(m);
}

static void a_fork_and_a_snapshot_go_on_alike(void) {
    char error[EMU_ERROR_MAX];
    emu_machine *m = busy();
    emu_core_debug_attach(m, true);
    emu_run(m, 12345);
    emu_core_set(m, CSR(PMPADDR0), 0x1FFFFFFF);
    emu_core_set(m, CSR(PMPCFG0), 0x9F); /* locked, all allowed: the tables of machine mode are used */
    emu_run(m, 1);
    emu_snapshot *s = emu_snapshot_take(m, error);
    emu_machine *fork = emu_fork(m, error);
    CHECK(s && fork);
    CHECK_EQUAL(emu_state_hash(fork), emu_state_hash(m));
    emu_run(m, 50000);
    emu_run(fork, 50000);
    CHECK_EQUAL(emu_state_hash(fork), emu_state_hash(m));
    uint64_t end = emu_state_hash(m);
    CHECK(emu_breakpoint_set(m, ROM + 4 * 17));
    CHECK_EQUAL(emu_run(m, 5000), EMU_STOP_BREAK);
    CHECK(emu_snapshot_restore(m, s, error)); /* the breakpoint was not there */
    emu_run(m, 50000);
    CHECK_EQUAL(emu_state_hash(m), end);
    emu_snapshot_free(s);
    emu_machine_free(fork);
    emu_machine_free(m);
}

static void random_code_does_no_harm(void) {
    for (unsigned round = 0; round < 300; round++) {
        emu_machine *m = rv_machine(round & 1);
        emu_power(m, true);
        for (uint32_t at = 0; at < 0x10000; at += 4) {
            uint32_t x = random_number(), *word = &x;
            if (random_number() % 4 == 0) x = (x & ~0x7Fu) | (random_number() % 2 ? 0x03 : 0x63);
            if (random_number() % 16 == 0) x = (x & 0x000FFFFFu) << 12 >> 12 | (0x300u + random_number() % 0xD0) << 20 | 0x73;
            put_words(m, ROM + at, word, 1);
            put_words(m, RAM + at, word, 1);
        }
        emu_core_set(m, CSR(MTVEC), RAM + 0x1000);
        for (unsigned n = 1; n < 32; n++) emu_core_set(m, n, (n % 3 ? RAM : ROM) + random_number() % 0x10000);
        for (unsigned i = 0; i < 20; i++) {
            emu_core_interrupt(m, random_number() % 4 ? 0 : random_number() % 32);
            emu_run(m, 1 + random_number() % 400);
        }
        emu_machine_free(m);
    }
}

int main(void) {
    slices_of_any_size_give_the_same_run();
    loops_that_poll_are_skipped();
    code_that_is_changed_is_decoded_anew();
    a_fork_and_a_snapshot_go_on_alike();
    random_code_does_no_harm();
    return 0;
}
