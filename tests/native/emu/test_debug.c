/* SPDX-License-Identifier: Apache-2.0 */
/* The debug port and the core's debug features, as a debugger uses them. */
#include "harness.h"

enum { S_HALT = 1 << 17, S_LOCKUP = 1 << 19, S_RETIRE_ST = 1 << 24, S_RESET_ST = 1 << 25 };
enum { RUN = 1, HALT = 3, STEP = 5, STEP_MASKED = 13 };

static void dhcsr(emu_machine *m, uint32_t bits) { set_sys(m, DHCSR, DHCSR_KEY | bits); }
static bool halted(emu_machine *m) { return sys(m, DHCSR) & S_HALT; }

static uint32_t debug_reg(emu_machine *m, unsigned n) {
    set_sys(m, DCRSR, n);
    return sys(m, DCRDR);
}
static void set_debug_reg(emu_machine *m, unsigned n, uint32_t value) {
    set_sys(m, DCRDR, value);
    set_sys(m, DCRSR, n | 1 << 16);
}

/* A counting loop: adds r0, 1; adds r1, 2; b back */
static emu_machine *counting(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x3001, 0x3102, 0xE7FC);
    emu_power(m, true);
    emu_core_set(m, 0, 0);
    emu_core_set(m, 1, 0);
    return m;
}

static void halting_stops_instructions_but_not_time(void) {
    emu_machine *m = counting();
    emu_run(m, 300);
    CHECK_EQUAL(reg(m, 0), 100);
    dhcsr(m, HALT);
    CHECK(halted(m));
    CHECK_EQUAL(sys(m, DFSR), DFSR_HALTED);
    CHECK_EQUAL(emu_run(m, 1000), EMU_STOP_HALTED);
    CHECK_EQUAL(emu_now(m), 1300);
    CHECK_EQUAL(emu_instructions(m), 300);
    dhcsr(m, RUN);
    CHECK(!halted(m));
    emu_run(m, 3);
    CHECK_EQUAL(reg(m, 0), 101);
    CHECK(sys(m, DHCSR) & S_RETIRE_ST);
    CHECK(!(sys(m, DHCSR) & S_RETIRE_ST));
    emu_machine_free(m);
}

static void a_step_is_one_instruction(void) {
    emu_machine *m = counting();
    dhcsr(m, HALT);
    for (uint32_t i = 0; i < 30; i++) {
        CHECK_EQUAL(debug_reg(m, 15), CODE + 2 * (i % 3));
        dhcsr(m, STEP);
        CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
        CHECK(halted(m));
        CHECK_EQUAL(emu_instructions(m), i + 1);
    }
    CHECK_EQUAL(debug_reg(m, 0), 10);
    emu_machine_free(m);
}

static void a_step_in_an_it_block_honours_its_conditions(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x2800, 0xBF0D, 0x3101, 0x3201, 0x3301, 0x3401, 0xE7FE); /* cmp r0, 0; iteet eq; adds r1; r2; r3; r4 */
    emu_power(m, true);
    for (unsigned i = 0; i < 5; i++) emu_core_set(m, i, 0);
    dhcsr(m, HALT);
    for (unsigned i = 0; i < 6; i++) {
        dhcsr(m, STEP);
        emu_run(m, 100);
        CHECK_EQUAL(debug_reg(m, 15), CODE + 2 * (i + 1));
    }
    CHECK_EQUAL(debug_reg(m, 1), 1);
    CHECK_EQUAL(debug_reg(m, 2), 0);
    CHECK_EQUAL(debug_reg(m, 3), 0);
    CHECK_EQUAL(debug_reg(m, 4), 1);
    emu_machine_free(m);
}

static void a_step_takes_an_interrupt_unless_they_are_masked(void) {
    emu_machine *m = counting();
    set_sys(m, NVIC_ISER, 1);
    dhcsr(m, HALT);
    emu_irq_set(m, 0, true);
    dhcsr(m, STEP_MASKED);
    emu_run(m, 10);
    CHECK_EQUAL(debug_reg(m, 15), CODE + 2);
    dhcsr(m, STEP);
    emu_run(m, 10);
    CHECK_EQUAL(debug_reg(m, EMU_REG_XPSR) & 0x1FF, 16);
    CHECK_EQUAL(debug_reg(m, 15), HANDLER(16));
    emu_machine_free(m);
}

static void every_core_register_can_be_written_and_read_back(void) {
    emu_machine *m = counting();
    dhcsr(m, HALT);
    for (unsigned n = 0; n < 96; n++) {
        if ((n > 18 && n < 20) || (n > 20 && n < 33) || (n > 33 && n < 64)) continue;
        uint32_t value = 0x20004000u + 8 * n;
        if (n == 16) value = 0xA1000000;
        if (n == 20) value = 0x01014001; /* nPRIV, FAULTMASK, BASEPRI 0x40, PRIMASK */
        if (n == 33) value = 0xD6C0008F; /* FPSCR has holes */
        set_debug_reg(m, n, value);
        CHECK_EQUAL(debug_reg(m, n), value);
    }
    CHECK_EQUAL(debug_reg(m, 17), debug_reg(m, 13)); /* the main stack is in use */
    CHECK_EQUAL(debug_reg(m, 18), 0x20004000u + 8 * 18);
    emu_machine_free(m);
}

static void a_bkpt_instruction_halts_with_the_pc_on_it(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x3001, 0xBE00, 0x3001, 0xE7FE);
    emu_power(m, true);
    emu_core_set(m, 0, 0);
    dhcsr(m, RUN);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK(halted(m));
    CHECK_EQUAL(debug_reg(m, 15), CODE + 2);
    CHECK_EQUAL(sys(m, DFSR), DFSR_BKPT);
    CHECK_EQUAL(emu_instructions(m), 1);
    set_debug_reg(m, 15, CODE + 4);
    dhcsr(m, RUN);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 0), 2);
    emu_machine_free(m);
}

static void a_bkpt_instruction_without_a_debugger_is_a_hard_fault(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xBE00);
    emu_power(m, true);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 3);
    CHECK_EQUAL(sys(m, HFSR), HFSR_DEBUGEVT);
    emu_machine_free(m);
}

static void hardware_breakpoints_halt_and_can_be_stepped_over(void) {
    emu_machine *m = counting();
    emu_run(m, 100); /* decoded by now */
    CHECK_EQUAL(sys(m, FP_CTRL), 0x260);
    set_sys(m, FP_CTRL, 3);
    set_sys(m, FP_COMP0 + 4 * 5, (CODE & ~3u) | 2u << 30 | 1); /* upper halfword: adds r1 */
    dhcsr(m, RUN);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
        CHECK_EQUAL(debug_reg(m, 15), CODE + 2);
        CHECK_EQUAL(sys(m, DFSR) & DFSR_BKPT, DFSR_BKPT);
        dhcsr(m, STEP);
        emu_run(m, 100);
        CHECK_EQUAL(debug_reg(m, 15), CODE + 4);
        dhcsr(m, RUN);
    }
    set_sys(m, FP_COMP0 + 4 * 5, 0);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BUDGET);
    emu_machine_free(m);
}

static void a_breakpoint_that_nobody_waits_for_takes_no_more_and_no_less_time(void) {
    for (unsigned by_dwt = 0; by_dwt < 2; by_dwt++) {
        emu_machine *m = machine_with_vectors();
        PUT(m, CODE, 0x3001, 0xE7FE); /* adds r0, #1; b . */
        emu_power(m, true);
        emu_core_set(m, 0, 0);
        set_sys(m, DEMCR, 1 << 24);
        set_sys(m, by_dwt ? DWT_COMP0 : FP_COMP0, by_dwt ? CODE + 2 : 0x80000001 | CODE);
        set_sys(m, by_dwt ? DWT_COMP0 + 8 : FP_CTRL, by_dwt ? 4 : 3);
        CHECK_EQUAL(emu_run(m, 1000), EMU_STOP_BUDGET);
        CHECK_EQUAL(emu_now(m), 1000);
        CHECK_EQUAL(emu_instructions(m), 1000);
        CHECK_EQUAL(reg(m, 0), 1);
        emu_machine_free(m);
    }
}

static void a_breakpoint_in_an_it_block_hits_whatever_the_condition(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x2800, 0xBF14, 0x3101, 0x3201, 0xE7FA); /* cmp r0, 0; ite ne; adds r1; adds r2; b */
    emu_power(m, true);
    emu_core_set(m, 0, 0);
    set_sys(m, FP_CTRL, 3);
    set_sys(m, FP_COMP0, (CODE + 4) | 1u << 30 | 1);
    dhcsr(m, RUN);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK_EQUAL(debug_reg(m, 15), CODE + 4);
    CHECK(m->cpu.itstate != 0);
    emu_machine_free(m);
}

static void watchpoints_halt_on_accesses_that_touch_them(void) {
    static const struct {
        uint16_t code[2];
        uint32_t function, mask, watched;
        bool hits;
    } cases[] = {
        {{0x6801, 0xE7FD}, 5, 0, 0x100, true},  {{0x6801, 0xE7FD}, 6, 0, 0x100, false}, {{0x6001, 0xE7FD}, 6, 0, 0x100, true},
        {{0x6001, 0xE7FD}, 7, 2, 0x100, true},  {{0x6001, 0xE7FD}, 5, 2, 0x100, false}, {{0x7001, 0xE7FD}, 6, 0, 0x101, false},
        {{0x7001, 0xE7FD}, 6, 2, 0x100, true},  {{0x6001, 0xE7FD}, 6, 0, 0x103, true},  {{0x6001, 0xE7FD}, 6, 2, 0x104, false},
        {{0x8001, 0xE7FD}, 6, 1, 0x102, false}, {{0xC006, 0xE7FD}, 6, 2, 0x104, true},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        emu_machine *m = machine_with_vectors();
        CHECK(emu_poke(m, CODE, cases[i].code, 4));
        emu_power(m, true);
        emu_core_set(m, 0, RAM + 0x100);
        set_sys(m, DEMCR, 1 << 24);
        set_sys(m, DWT_COMP0 + 16, RAM + cases[i].watched);
        set_sys(m, DWT_COMP0 + 20, cases[i].mask);
        set_sys(m, DWT_COMP0 + 24, cases[i].function);
        dhcsr(m, RUN);
        emu_stop stop = emu_run(m, 10);
        CHECK_EQUAL(stop == EMU_STOP_BREAK, cases[i].hits);
        if (cases[i].hits) {
            CHECK_EQUAL(debug_reg(m, 15), CODE + 2);
            CHECK_EQUAL(sys(m, DFSR), DFSR_DWTTRAP);
            CHECK(sys(m, DWT_COMP0 + 24) & 1 << 24);
            CHECK(!(sys(m, DWT_COMP0 + 24) & 1 << 24));
        }
        set_sys(m, DWT_COMP0 + 24, 0);
        dhcsr(m, RUN);
        emu_core_set(m, 0, RAM + 0x100);
        CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BUDGET);
        emu_machine_free(m);
    }
}

static void the_cycle_counter_counts_unless_halted(void) {
    emu_machine *m = counting();
    CHECK_EQUAL(sys(m, DWT_CTRL) >> 28, 4);
    set_sys(m, DWT_CTRL, 1);
    emu_run(m, 100);
    CHECK_EQUAL(sys(m, DWT_CYCCNT), 0); /* TRCENA is off */
    set_sys(m, DEMCR, 1 << 24);
    emu_run(m, 100);
    CHECK_EQUAL(sys(m, DWT_CYCCNT), 100);
    dhcsr(m, HALT);
    emu_run(m, 1000);
    CHECK_EQUAL(sys(m, DWT_CYCCNT), 100);
    dhcsr(m, RUN);
    emu_run(m, 11);
    CHECK_EQUAL(sys(m, DWT_CYCCNT), 111);
    set_sys(m, DWT_CYCCNT, 0xFFFFFFFF);
    emu_run(m, 2);
    CHECK_EQUAL(sys(m, DWT_CYCCNT), 1);
    emu_machine_free(m);
}

static void reset_and_halt_stops_on_the_first_instruction(void) {
    emu_machine *m = counting();
    emu_run(m, 100);
    dhcsr(m, HALT);
    set_sys(m, DEMCR, 1);
    (void)sys(m, DHCSR);
    set_sys(m, AIRCR, 0x05FA0004);
    CHECK(sys(m, DHCSR) & S_RESET_ST);
    CHECK(!(sys(m, DHCSR) & S_RESET_ST));
    CHECK(halted(m));
    CHECK_EQUAL(debug_reg(m, 15), CODE);
    CHECK_EQUAL(debug_reg(m, EMU_REG_XPSR), 1 << 24);
    CHECK_EQUAL(sys(m, DFSR) & DFSR_VCATCH, DFSR_VCATCH);
    set_sys(m, DEMCR, 0);
    set_sys(m, AIRCR, 0x05FA0004);
    CHECK(!halted(m)); /* a reset alone lets go */
    emu_machine_free(m);
}

static void vector_catch_halts_before_the_hard_fault_handler(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xDE00);
    emu_power(m, true);
    set_sys(m, DEMCR, 1 << 10);
    dhcsr(m, RUN);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK_EQUAL(debug_reg(m, 15), HANDLER(3));
    CHECK_EQUAL(debug_reg(m, EMU_REG_XPSR) & 0x1FF, 3);
    CHECK_EQUAL(sys(m, DFSR), DFSR_VCATCH);
    emu_machine_free(m);
}

static void halting_leaves_lockup(void) {
    emu_machine *m = bare_machine(true);
    emu_power(m, true);
    emu_run(m, 10);
    CHECK(sys(m, DHCSR) & S_LOCKUP);
    dhcsr(m, HALT);
    CHECK((sys(m, DHCSR) & (S_LOCKUP | S_HALT)) == S_HALT);
    /* a program put into RAM runs, although a HardFault was active */
    PUT(m, RAM + 0x1000, 0x3001, 0xBE00);
    set_debug_reg(m, 0, 41);
    set_debug_reg(m, 13, RAM + 0x800);
    set_debug_reg(m, EMU_REG_XPSR, 1 << 24);
    set_debug_reg(m, 15, RAM + 0x1000);
    dhcsr(m, RUN);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
    CHECK_EQUAL(debug_reg(m, 0), 42);
    CHECK_EQUAL(debug_reg(m, 15), RAM + 0x1002);
    emu_machine_free(m);
}

/* --- the debug port */

static uint32_t dp(emu_machine *m, uint32_t address) {
    uint32_t value;
    CHECK(emu_dp_read(m, address, &value) == EMU_ACK_OK);
    return value;
}
static uint32_t ap(emu_machine *m, uint32_t address) {
    uint32_t value;
    CHECK(emu_ap_read(m, address, &value) == EMU_ACK_OK);
    return value;
}
static void set_ap(emu_machine *m, uint32_t address, uint32_t value) { CHECK(emu_ap_write(m, address, value) == EMU_ACK_OK); }
enum { CSW = 0, TAR = 4, DRW = 0xC, BD0 = 0x10, CFG = 0xF4, BASE = 0xF8, IDR = 0xFC };

static emu_machine *powered_up(bool nordic) {
    emu_machine *m = bare_machine(nordic);
    put_vectors(m);
    PUT(m, CODE, 0xE7FE);
    uint32_t ignored;
    CHECK(emu_dp_read(m, 0, &ignored) == EMU_ACK_FAULT); /* no power */
    emu_power(m, true);
    CHECK_EQUAL(dp(m, 0), 0x2BA01477);
    CHECK(emu_ap_read(m, IDR, &ignored) == EMU_ACK_FAULT); /* no debug power yet */
    CHECK(emu_dp_write(m, 0, 0x1E) == EMU_ACK_OK);
    CHECK(emu_dp_write(m, 4, 0x50000F00) == EMU_ACK_OK);
    CHECK((dp(m, 4) & 0xF0000000) == 0xF0000000);
    return m;
}

static void accesses_of_all_sizes_use_their_byte_lanes(void) {
    emu_machine *m = powered_up(false);
    CHECK_EQUAL(ap(m, IDR), 0x24770011);
    CHECK_EQUAL(ap(m, BASE), 0xE00FF003);
    CHECK(ap(m, CSW) & 1 << 6); /* DeviceEn */
    put_word(m, RAM, 0x44332211);
    put_word(m, RAM + 4, 0x88776655);
    set_ap(m, CSW, 0x23000010); /* bytes, increment */
    set_ap(m, TAR, RAM + 1);
    CHECK_EQUAL(ap(m, DRW), 0x2200);
    CHECK_EQUAL(ap(m, DRW), 0x330000);
    CHECK_EQUAL(ap(m, DRW), 0x44000000);
    CHECK_EQUAL(ap(m, DRW), 0x55);
    CHECK_EQUAL(ap(m, TAR), RAM + 5);
    set_ap(m, CSW, 0x23000011); /* halfwords */
    set_ap(m, TAR, RAM + 2);
    set_ap(m, DRW, 0xBEEF0000);
    set_ap(m, DRW, 0x0000CAFE);
    CHECK_EQUAL(get_word(m, RAM), 0xBEEF2211);
    CHECK_EQUAL(get_word(m, RAM + 4), 0x8877CAFE);
    set_ap(m, CSW, 0x23000020); /* packed bytes: four at a time */
    set_ap(m, TAR, RAM);
    CHECK_EQUAL(ap(m, DRW), 0xBEEF2211);
    CHECK_EQUAL(ap(m, TAR), RAM + 4);
    set_ap(m, CSW, 0x23000002); /* words, no increment */
    set_ap(m, TAR, RAM + 0x20);
    for (uint32_t i = 0; i < 4; i++) set_ap(m, BD0 + 4 * i, 100 + i);
    CHECK_EQUAL(get_word(m, RAM + 0x2C), 103);
    CHECK_EQUAL(ap(m, BD0 + 8), 102);
    CHECK_EQUAL(ap(m, TAR), RAM + 0x20);
    CHECK_EQUAL(dp(m, 0xC), RAM + 0x20);
    emu_machine_free(m);
}

static void the_address_wraps_at_4_kb(void) {
    emu_machine *m = powered_up(false);
    set_ap(m, CSW, 0x23000012);
    set_ap(m, TAR, RAM + 0x13FC); /* not at 1 KB */
    set_ap(m, DRW, 1);
    CHECK_EQUAL(ap(m, TAR), RAM + 0x1400);
    set_ap(m, TAR, RAM + 0x1FFC);
    set_ap(m, DRW, 2);
    CHECK_EQUAL(ap(m, TAR), RAM + 0x1000);
    emu_machine_free(m);
}

static void a_fault_sticks_until_it_is_aborted(void) {
    emu_machine *m = powered_up(false);
    uint32_t value;
    set_ap(m, CSW, 0x23000012);
    set_ap(m, TAR, 0x60000000);
    CHECK(emu_ap_read(m, DRW, &value) == EMU_ACK_FAULT);
    CHECK(dp(m, 4) & 1 << 5);
    CHECK(emu_ap_read(m, IDR, &value) == EMU_ACK_FAULT);
    CHECK(emu_dp_write(m, 0, 4) == EMU_ACK_OK);
    CHECK(!(dp(m, 4) & 1 << 5));
    CHECK_EQUAL(ap(m, IDR), 0x24770011);
    size_t done;
    uint8_t buffer[32];
    CHECK(emu_mem_read(m, RAM + 0x10000 - 16, 4, buffer, 32, &done) == EMU_ACK_FAULT);
    CHECK_EQUAL(done, 16);
    emu_unmodelled log[4];
    CHECK_EQUAL(emu_unmodelled_log(m, 0, log, 4), 2);
    CHECK_EQUAL(log[0].address, 0x60000000);
    emu_machine_free(m);
}

static void the_rom_table_leads_to_the_components(void) {
    emu_machine *m = powered_up(true);
    static const struct {
        uint32_t base, cidr1, pidr0, pidr1;
    } expected[] = {{0xE000E000, 0xE0, 0x0C, 0xB0},
                    {0xE0001000, 0xE0, 0x02, 0xB0},
                    {0xE0002000, 0xE0, 0x03, 0xB0},
                    {0xE0000000, 0xE0, 0x01, 0xB0},
                    {0xE0040000, 0x90, 0xA1, 0xB9}};
    CHECK_EQUAL(sys(m, 0xE00FFFF4), 0x10);
    for (unsigned i = 0; i < 5; i++) {
        uint32_t entry = sys(m, 0xE00FF000 + 4 * i), base = 0xE00FF000 + (entry & 0xFFFFF000);
        CHECK_EQUAL(entry & 3, 3);
        CHECK_EQUAL(base, expected[i].base);
        CHECK_EQUAL(sys(m, base + 0xFF0), 0x0D);
        CHECK_EQUAL(sys(m, base + 0xFF4), expected[i].cidr1);
        CHECK_EQUAL(sys(m, base + 0xFE0), expected[i].pidr0);
        CHECK_EQUAL(sys(m, base + 0xFE4), expected[i].pidr1);
        CHECK_EQUAL(sys(m, base + 0xFE8) & 0xF, 0xB);
    }
    CHECK_EQUAL(sys(m, 0xE00FF014), 0xFFF42002); /* an ETM that is not there */
    CHECK_EQUAL(sys(m, 0xE00FF018), 0);
    emu_machine_free(m);
}

int main(void) {
    halting_stops_instructions_but_not_time();
    a_step_is_one_instruction();
    a_step_in_an_it_block_honours_its_conditions();
    a_step_takes_an_interrupt_unless_they_are_masked();
    every_core_register_can_be_written_and_read_back();
    a_bkpt_instruction_halts_with_the_pc_on_it();
    a_bkpt_instruction_without_a_debugger_is_a_hard_fault();
    hardware_breakpoints_halt_and_can_be_stepped_over();
    a_breakpoint_that_nobody_waits_for_takes_no_more_and_no_less_time();
    a_breakpoint_in_an_it_block_hits_whatever_the_condition();
    watchpoints_halt_on_accesses_that_touch_them();
    the_cycle_counter_counts_unless_halted();
    reset_and_halt_stops_on_the_first_instruction();
    vector_catch_halts_before_the_hard_fault_handler();
    halting_leaves_lockup();
    accesses_of_all_sizes_use_their_byte_lanes();
    the_address_wraps_at_4_kb();
    a_fault_sticks_until_it_is_aborted();
    the_rom_table_leads_to_the_components();
    return 0;
}
