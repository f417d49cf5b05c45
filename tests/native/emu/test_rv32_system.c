/* SPDX-License-Identifier: Apache-2.0 */
/* What the RISC-V manual has of control registers, counters, interrupts and triggers, where a chip is not Espressif's; and triggers as
 * those have them. */
#include "rv32.h"

enum { MIE_CSR = 0x304, MCOUNTEREN = 0x306, MCOUNTINHIBIT = 0x320, MIP = 0x344, MCYCLE = 0xB00, MINSTRET = 0xB02, MCYCLEH = 0xB80 };
enum { INSTRET = 0xC02, TSELECT = 0x7A0, TDATA1 = 0x7A1, TDATA2 = 0x7A2, TINFO = 0x7A4, TCONTROL = 0x7A5 };
enum { LOAD = 1, STORE = 2, EXECUTE = 4, OF_USER = 8, OF_MACHINE = 64, IN_RANGE = 128, MTE = 8 };
enum { NOP = 0x13 };

static emu_machine *standard(void) {
    emu_machine_config config = {.core = "rv32imc", .clock_hz = 1000000, .irq_count = 32, .reset_vector = ROM};
    char error[EMU_ERROR_MAX];
    emu_machine *m = emu_machine_new(&config, error);
    CHECK(m);
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "rom", .kind = EMU_ROM, .base = ROM, .size = 0x10000}, error));
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "ram", .kind = EMU_RAM, .base = RAM, .size = 0x10000}, error));
    for (unsigned line = 0; line < 32; line++) RV(m, TRAP(line), STAY);
    emu_power(m, true);
    return m;
}

static void traps_go_where_mtvec_says(void) {
    emu_machine *m = standard();
    RV(m, ROM, ECALL);
    emu_core_set(m, CSR(MTVEC), TRAPS + 12);
    CHECK_EQUAL(csr(m, MTVEC), TRAPS + 12); /* any multiple of four, and direct */
    emu_core_set(m, CSR(MIE_CSR), 1 << 11);
    emu_core_set(m, CSR(MSTATUS), MIE);
    emu_irq_set(m, 11, true);
    emu_run(m, 1);
    CHECK_EQUAL(csr(m, MCAUSE), 0x8000000B);
    CHECK_EQUAL(emu_core_get(m, PC), TRAPS + 12);
    emu_core_set(m, CSR(MTVEC), TRAPS | 1); /* vectored */
    emu_core_set(m, CSR(MSTATUS), MIE);
    emu_run(m, 1);
    CHECK_EQUAL(emu_core_get(m, PC), TRAP(11));
    emu_core_set(m, CSR(MSTATUS), 0);
    emu_core_set(m, PC, ROM);
    emu_run(m, 1);
    CHECK_EQUAL(csr(m, MCAUSE), 11);
    CHECK_EQUAL(emu_core_get(m, PC), TRAPS);
    emu_machine_free(m);
}

static void the_foremost_enabled_interrupt_is_taken(void) {
    emu_machine *m = standard();
    RV(m, ROM, STAY);
    emu_core_set(m, CSR(MTVEC), TRAPS | 1);
    emu_core_set(m, CSR(MIE_CSR), 0xFFFFFFFF);
    CHECK_EQUAL(csr(m, MIE_CSR), 0xFFFF0888); /* of modes that are there */
    const unsigned order[] = {20, 16, 11, 3, 7};
    for (unsigned i = 0; i < 5; i++) emu_irq_set(m, (int)order[i], true);
    CHECK_EQUAL(csr(m, MIP), 1u << 20 | 1u << 16 | 1 << 11 | 1 << 7 | 1 << 3);
    for (unsigned i = 0; i < 5; i++) {
        emu_core_set(m, CSR(MSTATUS), MIE);
        emu_run(m, 1);
        CHECK_EQUAL(csr(m, MCAUSE), 0x80000000u | order[i]);
        emu_irq_set(m, (int)order[i], false);
    }
    emu_core_set(m, CSR(MSTATUS), MIE);
    emu_core_set(m, CSR(MIE_CSR), 1 << 3);
    emu_core_set(m, PC, ROM);
    emu_irq_set(m, 7, true);
    emu_run(m, 5);
    CHECK_EQUAL(emu_core_get(m, PC), ROM); /* not that one */
    emu_machine_free(m);
}

static void sleep_ends_with_an_enabled_interrupt_only(void) {
    emu_machine *m = standard();
    RV(m, ROM, WFI, LI(A0, 1), STAY);
    emu_core_set(m, CSR(MIE_CSR), 1 << 3);
    emu_irq_set(m, 7, true);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, A0), 0);
    emu_irq_set(m, 3, true); /* mstatus.MIE is clear: it goes on, and no trap is taken */
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, A0), 1);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 8);
    emu_machine_free(m);
}

static void counters_count_and_can_be_set_and_stopped(void) {
    emu_machine *m = standard();
    RV(m, ROM, LI(T0, 100), CSRRW(ZERO, MINSTRET, T0), CSRRS(A0, MINSTRET, ZERO), CSRRS(A1, MINSTRET, ZERO), CSRRS(A2, INSTRET, ZERO),
       LI(T1, 4), CSRRW(ZERO, MCOUNTINHIBIT, T1), CSRRS(S0, MINSTRET, ZERO), NOP, NOP, CSRRS(S1, MINSTRET, ZERO), STAY);
    emu_run(m, 11);
    CHECK_EQUAL(reg(m, A0), 100); /* what was written is there for the next one */
    CHECK_EQUAL(reg(m, A1), 101);
    CHECK_EQUAL(reg(m, A2), 102);
    CHECK_EQUAL(reg(m, S0), reg(m, S1));
    emu_core_set(m, CSR(MCYCLE), 0xFFFFFFFF);
    emu_core_set(m, CSR(MCYCLEH), 7);
    emu_run(m, 10);
    CHECK_EQUAL(csr(m, MCYCLEH), 8);
    CHECK(csr(m, MCYCLE) < 20);
    CHECK_EQUAL(csr(m, 0xB1F), 0); /* mhpmcounter31 */
    emu_machine_free(m);
}

static void user_mode_reads_the_counters_that_it_may(void) {
    for (unsigned may = 0; may < 2; may++) {
        emu_machine *m = standard();
        RV(m, ROM, MRET);
        RV(m, ROM + 0x100, CSRRS(A0, INSTRET, ZERO), STAY);
        emu_core_set(m, CSR(MTVEC), TRAPS);
        emu_core_set(m, CSR(PMPADDR0), 0xFFFFFFFF);
        emu_core_set(m, CSR(PMPCFG0), 0x1F);
        emu_core_set(m, CSR(MEPC), ROM + 0x100);
        emu_core_set(m, CSR(MCOUNTEREN), may ? 4 : 3);
        emu_run(m, 3);
        CHECK_EQUAL(csr(m, MCAUSE), may ? 0 : 2);
        CHECK_EQUAL(reg(m, A0), may);
        emu_machine_free(m);
    }
}

/* --- triggers ------------------------------------------------------------------------------------------------------------------------ */

static void arm(emu_machine *m, unsigned number, uint32_t kinds, uint32_t address) {
    emu_core_set(m, CSR(TSELECT), number);
    CHECK_EQUAL(csr(m, TSELECT), number);
    CHECK_EQUAL(csr(m, TINFO), 4);
    emu_core_set(m, CSR(TDATA2), address);
    emu_core_set(m, CSR(TDATA1), kinds);
    CHECK_EQUAL(csr(m, TDATA1), 0x20000000u | kinds);
}

static void expect_breakpoint(emu_machine *m, uint32_t at, uint32_t value) {
    CHECK_EQUAL(csr(m, MCAUSE), 3);
    CHECK_EQUAL(csr(m, MEPC), at);
    CHECK_EQUAL(csr(m, MTVAL), value);
}

static void a_trigger_fires_before_the_instruction(void) {
    emu_machine *m = standard();
    RV(m, ROM, LI(A0, 1), LI(A0, 2), LI(A0, 3), STAY);
    emu_core_set(m, CSR(MTVEC), TRAPS);
    emu_run(m, 10); /* decoded without it */
    CHECK_EQUAL(reg(m, A0), 3);
    arm(m, 5, EXECUTE | OF_MACHINE, ROM + 4);
    emu_core_set(m, PC, ROM);
    emu_run(m, 10);
    expect_breakpoint(m, ROM + 4, ROM + 4);
    CHECK_EQUAL(reg(m, A0), 1);
    emu_core_set(m, CSR(TDATA1), EXECUTE | OF_USER); /* not this mode's */
    emu_core_set(m, PC, ROM);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, A0), 3);
    emu_machine_free(m);
}

static void a_trigger_watches_a_word_or_a_range(void) {
    emu_machine *m = standard();
    RV(m, ROM, SW(A0, S0, 4), LW(A1, S0, 0), LW(A1, S0, 4), STAY);
    emu_core_set(m, CSR(MTVEC), TRAPS);
    emu_core_set(m, S0, RAM + 0x100);
    emu_core_set(m, A0, 77);
    emu_run(m, 10);
    arm(m, 0, LOAD | OF_MACHINE, RAM + 0x104);
    emu_core_set(m, PC, ROM);
    emu_run(m, 10);
    expect_breakpoint(m, ROM + 8, RAM + 0x104);
    emu_core_set(m, CSR(TDATA1), 0);
    arm(m, 1, STORE | OF_MACHINE | IN_RANGE, RAM + 0x100 + 7); /* 16 bytes */
    emu_core_set(m, A0, 78);
    emu_core_set(m, PC, ROM);
    emu_run(m, 10);
    expect_breakpoint(m, ROM, RAM + 0x104);
    uint32_t kept = 0;
    CHECK(emu_peek(m, RAM + 0x104, &kept, 4));
    CHECK_EQUAL(kept, 77); /* the store did not happen */
    emu_core_set(m, CSR(TDATA1), 0);
    emu_core_set(m, PC, ROM);
    emu_run(m, 10);
    CHECK_EQUAL(emu_core_get(m, PC), ROM + 12);
    emu_machine_free(m);
}

static void a_copy_of_a_machine_has_its_triggers(void) {
    char error[EMU_ERROR_MAX];
    emu_machine *m = standard();
    RV(m, ROM, LI(A0, 1), LI(A0, 2), STAY);
    emu_core_set(m, CSR(MTVEC), TRAPS);
    emu_snapshot *before = emu_snapshot_take(m, error);
    emu_run(m, 5);
    arm(m, 0, EXECUTE | OF_MACHINE, ROM + 4);
    emu_machine *other = emu_fork(m, error);
    CHECK_EQUAL(emu_state_hash(m), emu_state_hash(other));
    emu_core_set(other, PC, ROM);
    emu_run(other, 5);
    expect_breakpoint(other, ROM + 4, ROM + 4);
    CHECK(emu_snapshot_restore(m, before, error)); /* of when there was none */
    emu_run(m, 5);
    CHECK_EQUAL(reg(m, A0), 2);
    emu_snapshot_free(before);
    emu_machine_free(other);
    emu_machine_free(m);
}

static void triggers_of_espressif_wait_for_tcontrol(void) {
    emu_machine *m = rv_machine(false);
    RV(m, ROM, LI(A0, 1), LI(A0, 2), STAY);
    RV(m, TRAP(0), CSRRS(A2, TCONTROL, ZERO), STAY);
    rv_start(m);
    arm(m, 7, EXECUTE | OF_MACHINE, ROM + 4);
    emu_run(m, 5);
    CHECK_EQUAL(reg(m, A0), 2);
    emu_core_set(m, CSR(TCONTROL), MTE);
    emu_core_set(m, PC, ROM);
    emu_run(m, 5);
    expect_breakpoint(m, ROM + 4, ROM + 4);
    CHECK_EQUAL(reg(m, A2), 0x80); /* none fires in its own handler */
    emu_machine_free(m);
}

int main(void) {
    traps_go_where_mtvec_says();
    the_foremost_enabled_interrupt_is_taken();
    sleep_ends_with_an_enabled_interrupt_only();
    counters_count_and_can_be_set_and_stopped();
    user_mode_reads_the_counters_that_it_may();
    a_trigger_fires_before_the_instruction();
    a_trigger_watches_a_word_or_a_range();
    a_copy_of_a_machine_has_its_triggers();
    triggers_of_espressif_wait_for_tcontrol();
    return 0;
}
