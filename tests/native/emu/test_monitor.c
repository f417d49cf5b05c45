/* SPDX-License-Identifier: Apache-2.0 */
/* Debugging by the program itself: the debug monitor; and what the comparators do besides halting: data values, patches. */
#include "harness.h"

enum { MON_EN = 1 << 16, MON_PEND = 1 << 17, MON_STEP = 1 << 18, TRCENA = 1 << 24 };
enum { FP_REMAP = 0xE0002004, SHPR3_MONITOR = 0xE000ED20 };

static uint32_t exception(const emu_machine *m) { return reg(m, EMU_REG_XPSR) & 0x1FF; }
static uint32_t stacked_pc(emu_machine *m) { return get_word(m, reg(m, 13) + 24); }

static emu_machine *with_monitor(uint32_t demcr) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    set_sys(m, DEMCR, MON_EN | demcr);
    return m;
}

static void a_breakpoint_calls_the_monitor(void) {
    emu_machine *m = with_monitor(0);
    PUT(m, CODE, 0xBF00, 0xBE00, 0xE7FE);
    emu_run(m, 3);
    CHECK_EQUAL(exception(m), EMU_EXC_DEBUGMONITOR);
    CHECK_EQUAL(sys(m, DFSR), 2);
    CHECK_EQUAL(stacked_pc(m), CODE + 2);
    emu_machine_free(m);
}

static void a_breakpoint_where_the_monitor_may_not_run_is_a_hard_fault(void) {
    emu_machine *m = with_monitor(0);
    PUT(m, CODE, 0xB672, 0xBE00, 0xE7FE); /* cpsid i */
    emu_run(m, 3);
    CHECK_EQUAL(exception(m), EMU_EXC_HARDFAULT);
    CHECK_EQUAL(sys(m, HFSR), HFSR_DEBUGEVT);
    emu_machine_free(m);
}

static void the_monitor_steps_instruction_by_instruction(void) {
    emu_machine *m = with_monitor(MON_STEP);
    PUT(m, CODE, 0x3001, 0x3001, 0x3001, 0xE7FB);          /* adds r0, #1 three times; b back */
    PUT(m, HANDLER(EMU_EXC_DEBUGMONITOR), 0x3401, 0x4770); /* adds r4, #1; bx lr */
    emu_core_set(m, 0, 0);
    emu_core_set(m, 4, 0);
    emu_run(m, 3 * 8); /* an instruction, two of the monitor */
    CHECK_EQUAL(reg(m, 4), 8);
    CHECK_EQUAL(reg(m, 0), 6);
    CHECK_EQUAL(sys(m, DFSR), 1);
    set_sys(m, DHCSR, DHCSR_KEY | 1); /* halting debug takes over */
    emu_run(m, 40);
    CHECK_EQUAL(reg(m, 4), 8);
    emu_machine_free(m);
}

static void the_monitor_can_be_called_and_called_off(void) {
    emu_machine *m = with_monitor(MON_PEND);
    CHECK_EQUAL(sys(m, DEMCR), MON_EN | MON_PEND);
    set_sys(m, DEMCR, MON_EN);
    CHECK_EQUAL(sys(m, DEMCR), MON_EN);
    PUT(m, CODE, 0xE7FE);
    emu_run(m, 5);
    CHECK_EQUAL(exception(m), 0);
    set_sys(m, DEMCR, MON_EN | MON_PEND);
    emu_run(m, 5);
    CHECK_EQUAL(exception(m), EMU_EXC_DEBUGMONITOR);
    emu_machine_free(m);
}

static void watchpoints_call_the_monitor_only_where_it_may_run(void) {
    for (unsigned masked = 0; masked < 2; masked++) {
        emu_machine *m = with_monitor(TRCENA);
        PUT(m, CODE, masked ? 0xB672 : 0xBF00, 0x6008, 0xBF00, 0xE7FE); /* str r0, [r1] */
        emu_core_set(m, 1, RAM + 0x100);
        set_sys(m, DWT_COMP0, RAM + 0x100);
        set_sys(m, DWT_COMP0 + 8, 6);
        emu_run(m, 4);
        CHECK_EQUAL(exception(m), masked ? 0 : EMU_EXC_DEBUGMONITOR);
        CHECK_EQUAL(sys(m, DFSR), masked ? 0 : 4);
        CHECK_EQUAL(sys(m, DWT_COMP0 + 8) >> 24 & 1, 1);
        emu_machine_free(m);
    }
}

/* Stores r0, r2 (halfword) and r3 (byte) to r1; how many of them happen before the value is seen. */
static unsigned stores_before_halt(uint32_t value, unsigned size_code, uint32_t at) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x6008, 0x804A, 0x70CB, 0xE7FE); /* str r0, [r1]; strh r2, [r1, #2]; strb r3, [r1, #3] */
    emu_power(m, true);
    set_sys(m, DHCSR, DHCSR_KEY | 1);
    set_sys(m, DEMCR, TRCENA);
    emu_core_set(m, 0, 0x11223344);
    emu_core_set(m, 1, RAM + 0x100);
    emu_core_set(m, 2, 0x5566);
    emu_core_set(m, 3, 0x77);
    set_sys(m, DWT_COMP0 + 0x30, at); /* comparator 3: the address, and no function of its own */
    set_sys(m, DWT_COMP0 + 0x10, value * (size_code == 0 ? 0x01010101u : size_code == 1 ? 0x00010001u : 1));
    set_sys(m, DWT_COMP0 + 0x18, 3u << 12 | 3u << 16 | size_code << 10 | 1 << 8 | 6);
    emu_run(m, 20);
    unsigned done = m->cpu.halted ? (reg(m, 15) - CODE) / 2 : 0;
    emu_machine_free(m);
    return done;
}

static void a_watchpoint_can_wait_for_a_value(void) {
    CHECK_EQUAL(stores_before_halt(0x11223344, 2, RAM + 0x100), 1);
    CHECK_EQUAL(stores_before_halt(0x11223345, 2, RAM + 0x100), 0);
    CHECK_EQUAL(stores_before_halt(0x3344, 1, RAM + 0x100), 1);
    CHECK_EQUAL(stores_before_halt(0x5566, 1, RAM + 0x102), 2);
    CHECK_EQUAL(stores_before_halt(0x5566, 1, RAM + 0x100), 0);
    CHECK_EQUAL(stores_before_halt(0x77, 0, RAM + 0x103), 3);
    CHECK_EQUAL(stores_before_halt(0x33, 0, RAM + 0x101), 1);
    CHECK_EQUAL(stores_before_halt(0x33, 0, RAM + 0x108), 0);
}

static void comparators_replace_code_and_literals(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x2001, 0x4901, 0x3301, 0xE7FB, 0x5678, 0x1234); /* movs r0, #1; ldr r1, =0x12345678; adds r3, #1; b back */
    emu_power(m, true);
    emu_run(m, 40);
    CHECK_EQUAL(reg(m, 0), 1);
    CHECK_EQUAL(reg(m, 1), 0x12345678);
    put_word(m, RAM + 0x200, 0x49012005); /* for comparator 0: movs r0, #5 */
    put_word(m, RAM + 0x200 + 4 * 6, 0xCAFEF00D);
    set_sys(m, FP_REMAP, RAM + 0x200);
    CHECK_EQUAL(sys(m, FP_REMAP), RAM + 0x200);
    set_sys(m, FP_COMP0, CODE | 1);
    set_sys(m, FP_COMP0 + 4 * 6, (CODE + 8) | 1);
    set_sys(m, FP_CTRL, 3);
    emu_run(m, 40);
    CHECK_EQUAL(reg(m, 0), 5);
    CHECK_EQUAL(reg(m, 1), 0xCAFEF00D);
    CHECK_EQUAL(get_word(m, CODE + 8), 0x12345678);
    set_sys(m, FP_CTRL, 2);
    emu_run(m, 40);
    CHECK_EQUAL(reg(m, 0), 1);
    CHECK_EQUAL(reg(m, 1), 0x12345678);
    emu_machine_free(m);
}

int main(void) {
    a_breakpoint_calls_the_monitor();
    a_breakpoint_where_the_monitor_may_not_run_is_a_hard_fault();
    the_monitor_steps_instruction_by_instruction();
    the_monitor_can_be_called_and_called_off();
    watchpoints_call_the_monitor_only_where_it_may_run();
    a_watchpoint_can_wait_for_a_value();
    comparators_replace_code_and_literals();
    return 0;
}
