/* SPDX-License-Identifier: Apache-2.0 */
/* Traps, interrupts, sleep, protection and the debugger of the RISC-V core. */
#include "rv32.h"

static void the_core_starts_at_its_reset_vector_in_machine_mode(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, LI(A0, 7), STAY);
    emu_power(m, true);
    CHECK_EQUAL(emu_core_get(m, PC), ROM);
    CHECK_EQUAL(csr(m, MISA), 0x40101104);
    CHECK_EQUAL(csr(m, MTVEC), 1); /* vectored */
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, A0), 7);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 4);
    CHECK_EQUAL(emu_instructions(m), 10);
    emu_machine_free(m);
}

static void a_call_of_the_environment_comes_back_behind_itself(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, CSRRSI(ZERO, MSTATUS, MIE), ECALL, LI(A1, 5), STAY);
    RV(m, TRAP(0), J(0x100));
    RV(m, TRAP(0) + 0x100, CSRRS(A0, MCAUSE, ZERO), CSRRS(A2, MSTATUS, ZERO), CSRRS(T0, MEPC, ZERO), ADDI(T0, T0, 4), CSRRW(ZERO, MEPC, T0),
       MRET);
    rv_start(m);
    emu_run(m, 30);
    CHECK_EQUAL(reg(m, A0), 11);
    CHECK_EQUAL(reg(m, A2), MPIE | MPP);
    CHECK_EQUAL(reg(m, A1), 5);
    CHECK_EQUAL(csr(m, MSTATUS), MIE | MPIE);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 12);
    CHECK_EQUAL(emu_now(m), 30); /* the call has taken its cycle, too, and was not retired */
    CHECK_EQUAL(emu_instructions(m), 29);
    emu_machine_free(m);
}

static void traps(emu_machine *m, uint32_t code, uint32_t cause, uint32_t value) {
    RV(m, ROM, code);
    emu_reset_pin(m, true);
    emu_reset_pin(m, false);
    emu_core_set(m, CSR(MTVEC), TRAPS);
    emu_core_set(m, S0, 0x30000000); /* nobody is there */
    emu_core_set(m, S1, RAM + 1);
    emu_core_set(m, A3, GADGET + 1);
    emu_run(m, 1);
    CHECK_EQUAL(csr(m, MCAUSE), cause);
    CHECK_EQUAL(csr(m, MTVAL), value);
    CHECK_EQUAL(csr(m, MEPC), cause == 1 ? value : ROM);
}

static void what_cannot_be_done_traps(void) {
    emu_machine *m = rv_machine(false);
    emu_power(m, true);
    traps(m, 0, 2, 0);                                           /* the encoding that is never one */
    traps(m, 0xFFFFFFFFu, 2, 0xFFFFFFFFu);                       /* nor this */
    traps(m, 0x02000053u, 2, 0x02000053u);                       /* FADD.S */
    traps(m, CSRRS(A0, 0xC00, ZERO), 2, CSRRS(A0, 0xC00, ZERO)); /* there is no cycle counter of that name */
    traps(m, CSRRW(A0, MHARTID, A1), 2, CSRRW(A0, MHARTID, A1)); /* read-only */
    traps(m, LW(A0, S0, 4), 5, 0x30000004);
    traps(m, SW(A0, S0, 4), 7, 0x30000004);
    traps(m, LW(A0, A3, 0), 5, GADGET + 1); /* devices bear no access across words */
    traps(m, SW(A0, A3, 1), 7, GADGET + 2);
    traps(m, SW(A0, ZERO, 0), 7, 0);
    traps(m, EBREAK, 3, ROM);
    RV(m, ROM, JALR(ZERO, S0, 8));
    emu_reset_pin(m, true);
    emu_reset_pin(m, false);
    emu_core_set(m, CSR(MTVEC), TRAPS);
    emu_core_set(m, S0, 0x30000000);
    emu_run(m, 2);
    CHECK_EQUAL(csr(m, MCAUSE), 1);
    CHECK_EQUAL(csr(m, MEPC), 0x30000008);
    emu_machine_free(m);
}

static void a_bus_that_answers_for_nobody_reads_zero(void) {
    emu_machine *m = rv_machine(true);
    RV(m, ROM, LI(A0, 9), LUI(S0, 0x30000000u), SW(A0, S0, 0), LW(A0, S0, 0), STAY);
    rv_start(m);
    emu_run(m, 5);
    CHECK_EQUAL(reg(m, A0), 0);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 16);
    emu_unmodelled log[4];
    CHECK_EQUAL(emu_unmodelled_log(m, 0, log, 4), 1);
    CHECK_EQUAL(log[0].address, 0x30000000);
    CHECK_EQUAL(log[0].pc, ROM + 8);
    emu_machine_free(m);
}

static void memory_bears_accesses_that_are_not_aligned(void) {
    emu_machine *m = rv_machine(false);
    const uint32_t words[] = {0x33221100, 0x77665544};
    RV(m, ROM, LUI(S0, RAM + 0x1000), LW(A0, S0, -3), LH(A1, S0, -1), SW(A0, S0, 2), STAY);
    emu_power(m, true);
    put_words(m, RAM + 0xFFC, words, 2);
    emu_run(m, 5);
    CHECK_EQUAL(reg(m, A0), 0x44332211);
    CHECK_EQUAL(reg(m, A1), 0x4433);
    CHECK_EQUAL(get_word(m, RAM + 0x1000), 0x22115544);
    emu_machine_free(m);
}

static void interrupts_are_taken_by_their_line_and_as_often_as_it_is_high(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, CSRRSI(ZERO, MSTATUS, MIE), ADDI(A0, A0, 1), J(-4));
    RV(m, TRAP(17), J(0x200));
    RV(m, TRAP(17) + 0x200, ADDI(A1, A1, 1), CSRRS(A2, MCAUSE, ZERO), MRET);
    rv_start(m);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, A1), 0);
    ((rv_gadget *)m->devices[0])->line = 17;
    emu_irq_set(m, 3, true);
    emu_run(m, 1);
    CHECK_EQUAL(emu_core_get(m, PC), TRAP(17) + 0x200);
    CHECK_EQUAL(csr(m, MCAUSE), 0x80000011u);
    CHECK_EQUAL(csr(m, MSTATUS), MPIE | MPP);
    CHECK(csr(m, MEPC) == ROM + 4 || csr(m, MEPC) == ROM + 8);
    emu_run(m, 39);
    CHECK_EQUAL(reg(m, A1), 10); /* one after the other, with no instruction between */
    emu_irq_set(m, 3, false);
    uint32_t before = reg(m, A0);
    emu_run(m, 40);
    CHECK_EQUAL(reg(m, A1), 10);
    CHECK_EQUAL(reg(m, A2), 0x80000011u);
    CHECK(reg(m, A0) > before + 15);
    emu_machine_free(m);
}

static void sleep_ends_with_a_line_that_may_not_interrupt_as_well(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, LUI(S0, GADGET), LI(A0, 9), SW(A0, S0, LINE), LI(A0, 500), SW(A0, S0, PERIOD), WFI, ADDI(A1, A1, 1), STAY);
    rv_start(m);
    CHECK_EQUAL(emu_run(m, 400), EMU_STOP_SLEEP);
    CHECK(emu_core_idle(m));
    CHECK_EQUAL(emu_instructions(m), 6);
    emu_run(m, 200);
    CHECK_EQUAL(reg(m, A1), 1);
    CHECK_EQUAL(csr(m, MCAUSE), 0);
    CHECK_EQUAL(emu_now(m), 600);
    emu_machine_free(m);
}

static void counters_count_what_they_are_told_to(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, LI(A0, 1), CSRRW(ZERO, MPCER, A0), CSRRW(ZERO, MPCMR, A0), CSRRS(A1, MPCCR, ZERO), ADDI(A3, A3, 0), CSRRS(A2, MPCCR, ZERO),
       WFI);
    emu_power(m, true);
    emu_run(m, 6);
    CHECK_EQUAL(reg(m, A2) - reg(m, A1), 2);
    emu_run(m, 1000);
    uint32_t cycles = csr(m, MPCCR);
    CHECK(cycles >= 1000);
    emu_core_set(m, CSR(MPCER), 2); /* instructions */
    emu_core_set(m, CSR(MPCCR), 0);
    emu_run(m, 1000);
    CHECK_EQUAL(csr(m, MPCCR), 0);
    emu_machine_free(m);
}

static void user_mode_may_what_an_entry_says(void) {
    emu_machine *m = rv_machine(false);
    /* a store into the first half of a page of RAM, into the second, and a call */
    RV(m, ROM + 0x2000, SW(A0, S0, 0), SW(A0, S1, 0), ECALL);
    RV(m, ROM, LUI(T0, ROM + 0x2000), CSRRW(ZERO, MEPC, T0), MRET);
    rv_start(m);
    emu_core_set(m, A0, 0x12345678);
    emu_core_set(m, S0, RAM);
    emu_core_set(m, S1, RAM + 0x800);
    emu_core_set(m, CSR(PMPADDR0), RAM >> 2);                /* TOR: from RAM */
    emu_core_set(m, CSR(PMPADDR0 + 1), (RAM + 0x800) >> 2);  /* to its second half */
    emu_core_set(m, CSR(PMPADDR0 + 2), (ROM >> 2) | 0x1FFF); /* NAPOT: 64 KB */
    emu_core_set(m, CSR(PMPCFG0), 0x1D0B00);                 /* 1: TOR, RW; 2: NAPOT, RX */
    emu_run(m, 5);
    CHECK_EQUAL(get_word(m, RAM), 0x12345678);
    CHECK_EQUAL(csr(m, MCAUSE), 7);
    CHECK_EQUAL(csr(m, MTVAL), RAM + 0x800);
    CHECK_EQUAL(csr(m, MEPC), ROM + 0x2004);
    CHECK_EQUAL(csr(m, MSTATUS) & MPP, 0);
    emu_core_set(m, PC, ROM);
    emu_core_set(m, CSR(MSTATUS), 0);
    emu_core_set(m, S1, RAM + 0x7FC);
    emu_run(m, 6);
    CHECK_EQUAL(csr(m, MCAUSE), 8);
    CHECK_EQUAL(get_word(m, RAM + 0x7FC), 0x12345678);
    emu_core_set(m, CSR(PMPCFG0), 0x190B00); /* not executable any more */
    emu_core_set(m, CSR(MSTATUS), 0);
    emu_core_set(m, PC, ROM);
    emu_run(m, 4);
    CHECK_EQUAL(csr(m, MCAUSE), 1);
    CHECK_EQUAL(csr(m, MEPC), ROM + 0x2000);
    emu_machine_free(m);
}

static void a_locked_entry_holds_for_machine_mode_and_until_a_reset(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, SW(A0, S0, 0), STAY);
    rv_start(m);
    emu_core_set(m, S0, RAM);
    emu_core_set(m, CSR(PMPADDR0), (RAM >> 2) | 0x1FFF);
    emu_core_set(m, CSR(PMPCFG0), 0x99); /* locked, NAPOT, R */
    emu_core_set(m, CSR(PMPCFG0), 0x1F);
    CHECK_EQUAL(csr(m, PMPCFG0), 0x99);
    uint32_t before = get_word(m, RAM);
    emu_run(m, 1);
    CHECK_EQUAL(csr(m, MCAUSE), 7);
    CHECK_EQUAL(get_word(m, RAM), before);
    emu_reset_pin(m, true);
    emu_reset_pin(m, false);
    CHECK_EQUAL(csr(m, PMPCFG0), 0);
    emu_core_set(m, S0, RAM);
    emu_core_set(m, A0, ~before);
    emu_run(m, 2);
    CHECK_EQUAL(get_word(m, RAM), ~before);
    emu_machine_free(m);
}

static void a_debugger_stops_steps_and_goes(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, CSRRSI(ZERO, MSTATUS, MIE), ADDI(A0, A0, 1), ADDI(A1, A1, 1), EBREAK, J(-12));
    rv_start(m);
    CHECK(!emu_breakpoint_set(m, ROM + 8)); /* nobody has attached */
    CHECK(emu_core_debug_attach(m, true));
    CHECK(emu_debug_enabled(m));
    CHECK(emu_breakpoint_set(m, ROM + 8) && emu_breakpoint_set(m, ROM + 8));
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 8);
    CHECK_EQUAL(emu_now(m), 2);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_HALTED);
    CHECK_EQUAL(emu_instructions(m), 2);
    ((rv_gadget *)m->devices[0])->line = 4;
    emu_irq_set(m, 3, true); /* waits while it steps */
    CHECK(emu_core_debug_step(m));
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 12);
    CHECK_EQUAL(reg(m, A1), 1);
    emu_irq_set(m, 3, false);
    CHECK(emu_core_debug_resume(m));
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK); /* at EBREAK, which does not trap now */
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 12);
    CHECK_EQUAL(csr(m, MCAUSE), 0);
    emu_core_set(m, PC, ROM + 16);
    CHECK(emu_breakpoint_clear(m, ROM + 8) && !emu_breakpoint_clear(m, ROM + 8));
    emu_core_debug_resume(m);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 12);
    CHECK(emu_breakpoint_set(m, ROM + 4));
    CHECK(emu_core_debug_attach(m, false));
    CHECK(!emu_debug_enabled(m));
    emu_run(m, 100);
    CHECK_EQUAL(csr(m, MCAUSE), 3);
    CHECK_EQUAL(emu_core_get(m, PC), TRAP(0));
    emu_machine_free(m);
}

static void a_core_that_is_held_starts_over_when_it_is_let_go(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, ADDI(A0, A0, 1), J(-4));
    rv_start(m);
    emu_run(m, 10);
    emu_core_hold(m, 0, true);
    CHECK(emu_core_idle(m));
    CHECK_EQUAL(emu_run(m, 1000), EMU_STOP_SLEEP);
    CHECK_EQUAL(emu_now(m), 1010);
    CHECK_EQUAL(emu_instructions(m), 10);
    emu_core_hold(m, 0, false);
    emu_core_set(m, PC, ROM + 4);
    CHECK_EQUAL(reg(m, A0), 0);
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, A0), 1);
    CHECK_EQUAL(emu_instructions(m), 12);
    emu_machine_free(m);
}

static void a_device_can_send_the_core_elsewhere(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, LUI(S0, GADGET), LUI(A0, ROM + 0x3000), SW(A0, S0, GO), LI(A1, 1), STAY);
    RV(m, ROM + 0x3000, LI(A2, 2), STAY);
    rv_start(m);
    emu_run(m, 6);
    CHECK_EQUAL(reg(m, A1), 0);
    CHECK_EQUAL(reg(m, A2), 2);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 0x3004);
    emu_machine_free(m);
}

int main(void) {
    the_core_starts_at_its_reset_vector_in_machine_mode();
    a_call_of_the_environment_comes_back_behind_itself();
    what_cannot_be_done_traps();
    a_bus_that_answers_for_nobody_reads_zero();
    memory_bears_accesses_that_are_not_aligned();
    interrupts_are_taken_by_their_line_and_as_often_as_it_is_high();
    sleep_ends_with_a_line_that_may_not_interrupt_as_well();
    counters_count_what_they_are_told_to();
    user_mode_may_what_an_entry_says();
    a_locked_entry_holds_for_machine_mode_and_until_a_reset();
    a_debugger_stops_steps_and_goes();
    a_core_that_is_held_starts_over_when_it_is_let_go();
    a_device_can_send_the_core_elsewhere();
    return 0;
}
