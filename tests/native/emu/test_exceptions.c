/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions, priorities, faults, lockup, sleep and SysTick, by small programs. Hex is Thumb code; the comment beside it is its assembly.
 */
#include "harness.h"

static void svc_stacks_a_frame_and_comes_back(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x2001, 0x2102, 0x2203, 0x2304, 0xDF05, 0x3001, 0xE7FE); /* movs r0..r3; svc 5; adds r0, 1; b . */
    PUT(m, HANDLER(11), 0x4675, 0xF3EF, 0x8605, 0x466F, 0x4770);          /* mov r5, lr; mrs r6, ipsr; mov r7, sp; bx lr */
    emu_power(m, true);
    emu_run(m, 30);
    CHECK_EQUAL(reg(m, 0), 2);
    CHECK_EQUAL(reg(m, 5), 0xFFFFFFF9);
    CHECK_EQUAL(reg(m, 6), 11);
    CHECK_EQUAL(reg(m, 7), STACK - 32);
    CHECK_EQUAL(reg(m, 13), STACK);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 0);
    const uint32_t frame[] = {1, 2, 3, 4};
    for (unsigned i = 0; i < 4; i++) CHECK_EQUAL(get_word(m, STACK - 32 + 4 * i), frame[i]);
    CHECK_EQUAL(get_word(m, STACK - 32 + 20), 0xFFFFFFFF); /* LR of reset */
    CHECK_EQUAL(get_word(m, STACK - 32 + 24), CODE + 10);  /* the instruction after SVC */
    emu_machine_free(m);
}

static void a_frame_on_a_stack_that_is_not_8_byte_aligned_is_padded(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xB081, 0xDF00, 0x466C, 0xE7FE); /* sub sp, 4; svc 0; mov r4, sp; b . */
    PUT(m, HANDLER(11), 0x466F, 0x4770);          /* mov r7, sp; bx lr */
    emu_power(m, true);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 7), STACK - 4 - 4 - 32);
    CHECK_EQUAL(reg(m, 4), STACK - 4);
    CHECK(get_word(m, STACK - 40 + 28) & 1u << 9);
    emu_machine_free(m);
}

static void the_process_stack_is_used_by_threads_only(void) {
    emu_machine *m = machine_with_vectors();
    /* ldr r0, =RAM+0x1000; msr psp, r0; movs r0, 2; msr control, r0; svc 0; mov r4, sp; b . */
    put_word(m, CODE + 0x10, RAM + 0x1000);
    PUT(m, CODE, 0x4803, 0xF380, 0x8809, 0x2002, 0xF380, 0x8814, 0xDF00, 0xE000);
    PUT(m, CODE + 0x14, 0x466C, 0xE7FE);
    PUT(m, HANDLER(11), 0x4675, 0x466F, 0x4770); /* mov r5, lr; mov r7, sp; bx lr */
    emu_power(m, true);
    emu_run(m, 30);
    CHECK_EQUAL(reg(m, 5), 0xFFFFFFFD);
    CHECK_EQUAL(reg(m, 7), STACK);
    CHECK_EQUAL(reg(m, EMU_REG_PSP), RAM + 0x1000);
    CHECK_EQUAL(reg(m, 4), RAM + 0x1000);
    CHECK_EQUAL(reg(m, EMU_REG_MSP), STACK);
    CHECK_EQUAL(get_word(m, RAM + 0x1000 - 32 + 24), CODE + 14);
    emu_machine_free(m);
}

/* Handlers that append their exception number to a trace in RAM that r8 points to. */
static const uint16_t tracer[] = {0xF3EF, 0x8005, 0xF808, 0x0B01, 0x4770}; /* mrs r0, ipsr; strb r0, [r8], 1; bx lr */

static void put_tracer(emu_machine *m, unsigned exception) { CHECK(emu_poke(m, HANDLER(exception), tracer, sizeof tracer)); }

static void trace_is(emu_machine *m, const char *expected, size_t length) {
    uint8_t found[32] = {0};
    CHECK(emu_peek(m, RAM + 0x100, found, length));
    for (size_t i = 0; i < length; i++) CHECK_EQUAL(found[i], (uint8_t)expected[i]);
    CHECK_EQUAL(reg(m, 8), RAM + 0x100 + length);
}

static emu_machine *tracing_machine(void) {
    emu_machine *m = machine_with_vectors();
    for (unsigned n = 11; n < 40; n++) put_tracer(m, n);
    PUT(m, CODE, 0xE7FE);
    emu_power(m, true);
    emu_core_set(m, 8, RAM + 0x100);
    set_sys(m, NVIC_ISER, 0xFFFF);
    return m;
}

static void pending_interrupts_are_taken_by_priority_then_by_number(void) {
    emu_machine *m = tracing_machine();
    size_t done;
    const uint8_t priorities[8] = {0x60, 0x20, 0x60, 0x40, 0x20, 0xE0, 0x00, 0x60};
    CHECK(emu_mem_write(m, NVIC_IPR, 1, priorities, 8, &done) == EMU_ACK_OK);
    set_sys(m, NVIC_ISPR, 0xFF);
    emu_run(m, 100);
    const char order[] = {16 + 6, 16 + 1, 16 + 4, 16 + 3, 16 + 0, 16 + 2, 16 + 7, 16 + 5};
    trace_is(m, order, 8);
    emu_machine_free(m);
}

static void a_more_urgent_interrupt_preempts_and_an_equal_one_waits(void) {
    emu_machine *m = tracing_machine();
    size_t done;
    const uint8_t priorities[3] = {0x40, 0x40, 0x20};
    CHECK(emu_mem_write(m, NVIC_IPR, 1, priorities, 3, &done) == EMU_ACK_OK);
    /* irq 0 pends irq 1 (same priority) and irq 2 (more urgent), then traces itself: 2, 0, 1 */
    PUT(m, HANDLER(16), 0x4902, 0x2006, 0x6008, 0xE003); /* ldr r1, =ISPR; movs r0, 6; str r0, [r1]; b tracer */
    put_word(m, HANDLER(16) + 12, NVIC_ISPR);
    CHECK(emu_poke(m, HANDLER(16) + 16, tracer, sizeof tracer));
    set_sys(m, NVIC_ISPR, 1);
    emu_run(m, 100);
    const char order[] = {18, 16, 17};
    trace_is(m, order, 3);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 0);
    CHECK_EQUAL(reg(m, 13), STACK);
    emu_machine_free(m);
}

static void basepri_and_primask_hold_interrupts_back(void) {
    emu_machine *m = tracing_machine();
    size_t done;
    const uint8_t priorities[2] = {0x40, 0x20};
    CHECK(emu_mem_write(m, NVIC_IPR, 1, priorities, 2, &done) == EMU_ACK_OK);
    emu_core_set(m, EMU_REG_CFBP, 0x40 << 8);
    set_sys(m, NVIC_ISPR, 3);
    emu_run(m, 50);
    trace_is(m, "\x11", 1); /* irq 1 only */
    emu_core_set(m, EMU_REG_CFBP, 1);
    emu_run(m, 50);
    trace_is(m, "\x11", 1);
    emu_core_set(m, EMU_REG_CFBP, 0);
    emu_run(m, 50);
    trace_is(m, "\x11\x10", 2);
    emu_machine_free(m);
}

static void priority_bits_that_do_not_exist_read_as_zero(void) {
    emu_machine *m = tracing_machine();
    set_sys(m, NVIC_IPR, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, NVIC_IPR), 0xE0E0E0E0);
    set_sys(m, NVIC_ISER + 4, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, NVIC_ISER + 4), 0xFFFF); /* 48 interrupts */
    emu_machine_free(m);
}

static void a_line_that_stays_high_interrupts_again_after_the_handler(void) {
    emu_machine *m = tracing_machine();
    emu_irq_set(m, 3, true);
    emu_run(m, 3); /* the handler has three instructions; the next turn is chained to it */
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 19);
    CHECK_EQUAL(reg(m, 8), RAM + 0x101);
    emu_run(m, 3);
    CHECK_EQUAL(reg(m, 8), RAM + 0x102);
    emu_irq_set(m, 3, false);
    emu_run(m, 50);
    CHECK_EQUAL(reg(m, 8), RAM + 0x103); /* it had begun already */
    emu_machine_free(m);
}

static void pendsv_runs_after_svc(void) {
    emu_machine *m = tracing_machine();
    set_sys(m, SHPR3, 0x00E00000);
    PUT(m, HANDLER(11), 0x4903, 0x2001, 0x0700, 0x6008, 0xE004); /* ldr r1, =ICSR; movs r0, 1; lsls r0, 28; str; b */
    put_word(m, HANDLER(11) + 16, ICSR);
    CHECK(emu_poke(m, HANDLER(11) + 20, tracer, sizeof tracer));
    PUT(m, CODE, 0xDF00, 0xE7FE);
    emu_core_set(m, 15, CODE);
    emu_run(m, 50);
    trace_is(m, "\x0B\x0E", 2);
    emu_machine_free(m);
}

/* --- faults */

static void undefined_instruction_escalates_unless_usage_faults_are_enabled(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xDE00); /* udf */
    emu_power(m, true);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 3);
    CHECK_EQUAL(sys(m, HFSR), HFSR_FORCED);
    CHECK_EQUAL(sys(m, CFSR), CFSR_UNDEFINSTR);
    CHECK_EQUAL(get_word(m, STACK - 32 + 24), CODE); /* the faulting instruction itself */
    emu_request_reset(m, EMU_RESET_SOFT);
    emu_run(m, 0);
    emu_apply_reset(m);
    set_sys(m, SHCSR, 1 << 18);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 6);
    CHECK_EQUAL(sys(m, HFSR), 0);
    emu_machine_free(m);
}

static void a_load_from_nowhere_is_a_precise_bus_fault_and_changes_nothing(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xE8B1, 0x000D, 0xE7FE); /* ldm r1!, {r0, r2, r3} */
    emu_power(m, true);
    set_sys(m, SHCSR, 1 << 17);
    emu_core_set(m, 0, 7);
    emu_core_set(m, 1, RAM + 0x10000 - 8); /* the third word is outside */
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 5);
    CHECK_EQUAL(sys(m, CFSR), CFSR_PRECISERR | CFSR_BFARVALID);
    CHECK_EQUAL(sys(m, BFAR), RAM + 0x10000);
    CHECK_EQUAL(get_word(m, STACK - 32), 7);
    CHECK_EQUAL(get_word(m, STACK - 32 + 4), RAM + 0x10000 - 8);
    emu_machine_free(m);
}

static void fault_kinds_have_their_bits(void) {
    static const struct {
        uint16_t code[4];
        uint32_t r0, ccr, cfsr;
    } cases[] = {
        {{0x4700}, RAM + 0x200, 0, CFSR_INVSTATE},            /* bx r0 to an even address */
        {{0xE890, 0x0006}, RAM + 2, 0, CFSR_UNALIGNED},       /* ldm r0, {r1, r2} */
        {{0xE9D0, 0x1200}, RAM + 2, 0, CFSR_UNALIGNED},       /* ldrd r1, r2, [r0] */
        {{0x6801}, RAM + 1, CCR_UNALIGN_TRP, CFSR_UNALIGNED}, /* ldr r1, [r0] */
        {{0xFBB1, 0xF1F2}, 0, CCR_DIV_0_TRP, CFSR_DIVBYZERO}, /* udiv r1, r1, r2 with r2 = 0 */
        {{0xED90, 0x0A00}, RAM, 0, CFSR_NOCP},                /* vldr s0, [r0] */
        {{0x4700}, 0x40000001, 0, CFSR_IACCVIOL},             /* execution in the device region */
        {{0x4700}, 0x10000001, 0, CFSR_IBUSERR},              /* execution where nothing is */
        {{0x6001}, 0x100, 0, CFSR_IMPRECISERR},               /* a store into flash without a controller */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        emu_machine *m = machine_with_vectors();
        CHECK(emu_poke(m, CODE, cases[i].code, sizeof cases[i].code));
        emu_power(m, true);
        set_sys(m, CCR, CCR_STKALIGN | cases[i].ccr);
        emu_core_set(m, 0, cases[i].r0);
        emu_core_set(m, 2, 0);
        emu_run(m, 10);
        CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 3);
        CHECK_EQUAL(sys(m, CFSR), cases[i].cfsr);
        emu_machine_free(m);
    }
}

static void a_refused_store_is_known_late_unless_the_write_buffer_is_off(void) {
    for (uint32_t disdefwbuf = 0; disdefwbuf < 2; disdefwbuf++) {
        emu_machine *m = machine_with_vectors();
        PUT(m, CODE, 0xB672, 0x6001, 0x3201, 0x3201, 0xB662, 0xBF00, 0xE7FE); /* cpsid i; str r1, [r0]; adds r2, #1 twice; cpsie i */
        emu_power(m, true);
        set_sys(m, 0xE000E008, disdefwbuf << 1); /* ACTLR */
        set_sys(m, SHCSR, 1 << 17);
        emu_core_set(m, 0, 0x30000000);
        emu_core_set(m, 2, 0);
        emu_run(m, 10);
        if (disdefwbuf) { /* precise, and so it escalates */
            CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_HARDFAULT);
            CHECK_EQUAL(sys(m, CFSR), CFSR_PRECISERR | CFSR_BFARVALID);
            CHECK_EQUAL(reg(m, 2), 0);
            CHECK_EQUAL(get_word(m, STACK - 8), CODE + 2);
        } else { /* waits until it may interrupt */
            CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_BUSFAULT);
            CHECK_EQUAL(sys(m, CFSR), CFSR_IMPRECISERR);
            CHECK_EQUAL(reg(m, 2), 2);
            CHECK_EQUAL(get_word(m, STACK - 8), CODE + 10);
        }
        emu_machine_free(m);
    }
}

static void an_nmi_leads_out_of_lockup(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xDE00);
    PUT(m, HANDLER(3), 0xDE00);
    emu_power(m, true);
    emu_run(m, 100);
    CHECK(emu_core_locked_up(m));
    set_sys(m, ICSR, 1u << 31);
    emu_run(m, 10);
    CHECK(!emu_core_locked_up(m));
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_NMI);
    emu_machine_free(m);
}

static void unaligned_words_and_halfwords_work_also_across_pages(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x6801, 0x8842, 0x6043, 0xE7FE); /* ldr r1, [r0]; ldrh r2, [r0, 2]; str r3, [r0, 4] */
    emu_power(m, true);
    put_word(m, RAM + 0x1000 - 4, 0x44332211);
    put_word(m, RAM + 0x1000, 0x88776655);
    emu_core_set(m, 0, RAM + 0xFFD);
    emu_core_set(m, 3, 0xCCBBAA99);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 1), 0x55443322);
    CHECK_EQUAL(reg(m, 2), 0x5544);
    uint32_t stored;
    CHECK(emu_peek(m, RAM + 0x1001, &stored, 4));
    CHECK_EQUAL(stored, 0xCCBBAA99);
    emu_machine_free(m);
}

static void a_fault_in_the_hard_fault_handler_locks_up(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xDE00);
    PUT(m, HANDLER(3), 0xDE00);
    emu_power(m, true);
    CHECK_EQUAL(emu_run(m, 1000), EMU_STOP_SLEEP);
    CHECK(m->cpu.lockup);
    CHECK_EQUAL(reg(m, 15), 0xFFFFFFFE);
    CHECK_EQUAL(emu_now(m), 1000);
    CHECK(sys(m, DHCSR) & 1 << 19);
    emu_machine_free(m);
}

static void a_blank_chip_locks_up_and_can_be_halted(void) {
    emu_machine *m = bare_machine(true);
    emu_power(m, true);
    emu_run(m, 100);
    CHECK(m->cpu.lockup);
    set_sys(m, DHCSR, DHCSR_KEY | 3);
    CHECK((sys(m, DHCSR) & (1 << 17 | 1 << 19)) == 1 << 17);
    emu_machine_free(m);
}

static emu_machine *blank_chip_that_resets(uint32_t after_us) {
    emu_machine *m = bare_machine(true);
    m->config.lockup_reset_us = after_us;
    return m;
}

static emu_reset_kind last_reset;
static unsigned resets;
static void note_reset(emu_device *d, emu_reset_kind kind) {
    (void)d;
    last_reset = kind;
    resets++;
}

static void lockup_resets_a_chip_that_says_so_and_takes_its_time(void) {
    static const emu_device_class witness = {
        .type = "witness", .struct_size = sizeof(emu_device), .region_size = 0x1000, .reset = note_reset};
    emu_machine *m = blank_chip_that_resets(1000);
    plug_in(m, calloc(1, sizeof(emu_device)), &witness, 0x40000000, -1);
    emu_power(m, true);
    CHECK_EQUAL(resets, 1);
    CHECK_EQUAL(emu_run(m, 60000), EMU_STOP_SLEEP);
    CHECK(m->cpu.lockup && emu_core_locked_up(m));
    CHECK_EQUAL(resets, 1);
    emu_run(m, 4100);
    CHECK_EQUAL(resets, 2);
    CHECK_EQUAL(last_reset, EMU_RESET_LOCKUP);
    CHECK(m->cpu.lockup); /* and again */
    emu_run(m, 64000 * 9);
    CHECK_EQUAL(resets, 11);
    /* a program that appears there in between runs after the next reset */
    put_vectors(m);
    PUT(m, CODE, 0xE7FE);
    emu_run(m, 64000);
    CHECK_EQUAL(resets, 12);
    CHECK(!m->cpu.lockup);
    CHECK_EQUAL(reg(m, 15), CODE);
    emu_machine_free(m);
}

static void lockup_resets_no_other_chip(void) {
    emu_machine *m = bare_machine(true);
    emu_power(m, true);
    emu_run(m, 64000000);
    CHECK(m->cpu.lockup);
    CHECK_EQUAL(emu_next_event(m), UINT64_MAX);
    emu_machine_free(m);
}

static void a_lockup_that_a_debugger_watches_stays(void) {
    emu_machine *m = blank_chip_that_resets(1000);
    emu_power(m, true);
    emu_run(m, 100);
    set_sys(m, DHCSR, DHCSR_KEY | 1);
    emu_run(m, 1000000);
    CHECK((sys(m, DHCSR) & (1 << 25 | 1 << 19)) == (1 << 25 | 1 << 19)); /* S_RESET_ST: the one at power on */
    emu_run(m, 1000000);
    CHECK((sys(m, DHCSR) & (1 << 25 | 1 << 19)) == 1 << 19);
    set_sys(m, DHCSR, DHCSR_KEY | 0); /* it leaves */
    emu_run(m, 63000);
    CHECK(!(sys(m, DHCSR) & 1 << 25));
    emu_run(m, 2000);
    CHECK(sys(m, DHCSR) & 1 << 25);
    emu_machine_free(m);
}

static void a_lockup_in_debug_interface_mode_stays(void) {
    emu_machine *m = blank_chip_that_resets(1000);
    emu_power(m, true);
    emu_run(m, 100);
    CHECK_EQUAL(emu_dp_write(m, 4, 1u << 28), EMU_ACK_OK); /* CTRL/STAT: CDBGPWRUPREQ */
    (void)sys(m, DHCSR);
    emu_run(m, 1000000);
    CHECK((sys(m, DHCSR) & (1 << 25 | 1 << 19)) == 1 << 19);
    CHECK_EQUAL(emu_dp_write(m, 4, 0), EMU_ACK_OK);
    emu_run(m, 65000);
    CHECK(sys(m, DHCSR) & 1 << 25);
    emu_machine_free(m);
}

static void no_memory_at_all_locks_up(void) {
    char error[EMU_ERROR_MAX];
    emu_machine_config config = {.core = "cortex-m4", .clock_hz = 1, .irq_count = 1, .priority_bits = 3};
    emu_machine *m = emu_machine_new(&config, error);
    emu_power(m, true);
    CHECK_EQUAL(emu_run(m, 100), EMU_STOP_SLEEP);
    CHECK(m->cpu.lockup);
    emu_machine_free(m);
}

static void returning_with_nonsense_is_an_invalid_pc_fault(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xDF00, 0xE7FE);
    PUT(m, HANDLER(11), 0x4800, 0x4700, 0xFFF5, 0xFFFF); /* ldr r0, =0xFFFFFFF5; bx r0 */
    emu_power(m, true);
    emu_run(m, 20);
    CHECK_EQUAL(sys(m, CFSR), CFSR_INVPC);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 3);
    emu_machine_free(m);
}

/* --- sleep */

static void wfi_sleeps_until_an_interrupt_even_with_primask(void) {
    emu_machine *m = tracing_machine();
    PUT(m, CODE, 0xB672, 0xBF30, 0x3401, 0xE7FE); /* cpsid i; wfi; adds r4, 1; b . */
    emu_core_set(m, 15, CODE);
    emu_core_set(m, 4, 0);
    CHECK_EQUAL(emu_run(m, 1000), EMU_STOP_SLEEP);
    CHECK_EQUAL(emu_instructions(m), 2);
    CHECK_EQUAL(reg(m, 4), 0);
    CHECK(emu_core_idle(m));
    emu_irq_set(m, 1, true);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 4), 1);
    CHECK_EQUAL(reg(m, 8), RAM + 0x100); /* not taken */
    emu_machine_free(m);
}

static void wfe_consumes_an_event_and_sleeps_without_one(void) {
    emu_machine *m = tracing_machine();
    PUT(m, CODE, 0xBF40, 0xBF20, 0x3401, 0xBF20, 0x3401, 0xE7FE); /* sev; wfe; adds r4, 1; wfe; adds r4, 1; b . */
    emu_core_set(m, 15, CODE);
    emu_core_set(m, 4, 0);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 4), 1);
    CHECK(emu_core_idle(m));
    emu_core_event(m);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 4), 2);
    emu_machine_free(m);
}

static void sleep_on_exit_sleeps_after_the_handler(void) {
    emu_machine *m = tracing_machine();
    set_sys(m, SCR, 2);
    emu_irq_set(m, 1, true);
    emu_irq_set(m, 1, false);
    emu_run(m, 1000);
    trace_is(m, "\x11", 1);
    CHECK(m->cpu.sleeping);
    emu_irq_set(m, 2, true);
    emu_irq_set(m, 2, false);
    emu_run(m, 1000);
    trace_is(m, "\x11\x12", 2);
    emu_machine_free(m);
}

static void sysresetreq_resets_the_machine(void) {
    emu_machine *m = machine_with_vectors();
    put_word(m, CODE + 16, RAM + 0x40);
    put_word(m, CODE + 20, 0x05FA0004);
    put_word(m, CODE + 24, AIRCR);
    PUT(m, CODE, 0x4A03, 0x6813, 0x3301, 0x6013, 0x4802, 0x4903, 0x6008, 0xE7FE); /* count in RAM, then AIRCR = 0x05FA0004 */
    emu_power(m, true);
    put_word(m, RAM + 0x40, 0);
    emu_run(m, 7 * 5);
    CHECK_EQUAL(get_word(m, RAM + 0x40), 5);
    CHECK(sys(m, DHCSR) & 1 << 25);
    CHECK(!(sys(m, DHCSR) & 1 << 25)); /* cleared by reading */
    emu_machine_free(m);
}

/* --- SysTick */

static void systick_ticks_every_reload_plus_one_cycles(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xE7FE);
    PUT(m, HANDLER(15), 0x3401, 0x4770); /* adds r4, 1; bx lr */
    emu_power(m, true);
    emu_core_set(m, 4, 0);
    set_sys(m, SYST_RVR, 99);
    set_sys(m, SYST_CVR, 0);
    set_sys(m, SYST_CSR, 7);
    emu_run(m, 100); /* loaded after one cycle, 0 after 99 more: due now */
    CHECK_EQUAL(reg(m, 4), 0);
    emu_run(m, 1);
    CHECK_EQUAL(reg(m, 4), 1);
    CHECK_EQUAL(sys(m, SYST_CSR), 0x10007);
    for (unsigned i = 1; i < 50; i++) emu_run(m, 100);
    emu_run(m, 4);
    CHECK_EQUAL(reg(m, 4), 50);
    CHECK_EQUAL(sys(m, SYST_CVR), 99 - (100 * 50 + 5 - 1) % 100);
    emu_machine_free(m);
}

static void systick_sleeps_cheaply_for_a_long_time(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xBF30, 0xE7FD); /* wfi; b back */
    PUT(m, HANDLER(15), 0x3401, 0x4770);
    emu_power(m, true);
    emu_core_set(m, 4, 0);
    set_sys(m, SYST_RVR, 63999);
    set_sys(m, SYST_CSR, 7);
    emu_run(m, 64000ull * 60000); /* a minute of 1 ms ticks at 64 MHz */
    CHECK(reg(m, 4) >= 59999 && reg(m, 4) <= 60000);
    CHECK(emu_instructions(m) < 60000ull * 5);
    emu_machine_free(m);
}

int main(void) {
    svc_stacks_a_frame_and_comes_back();
    a_frame_on_a_stack_that_is_not_8_byte_aligned_is_padded();
    the_process_stack_is_used_by_threads_only();
    pending_interrupts_are_taken_by_priority_then_by_number();
    a_more_urgent_interrupt_preempts_and_an_equal_one_waits();
    basepri_and_primask_hold_interrupts_back();
    priority_bits_that_do_not_exist_read_as_zero();
    a_line_that_stays_high_interrupts_again_after_the_handler();
    pendsv_runs_after_svc();
    undefined_instruction_escalates_unless_usage_faults_are_enabled();
    a_load_from_nowhere_is_a_precise_bus_fault_and_changes_nothing();
    fault_kinds_have_their_bits();
    a_refused_store_is_known_late_unless_the_write_buffer_is_off();
    an_nmi_leads_out_of_lockup();
    unaligned_words_and_halfwords_work_also_across_pages();
    a_fault_in_the_hard_fault_handler_locks_up();
    a_blank_chip_locks_up_and_can_be_halted();
    no_memory_at_all_locks_up();
    lockup_resets_a_chip_that_says_so_and_takes_its_time();
    lockup_resets_no_other_chip();
    a_lockup_that_a_debugger_watches_stays();
    a_lockup_in_debug_interface_mode_stays();
    returning_with_nonsense_is_an_invalid_pc_fault();
    wfi_sleeps_until_an_interrupt_even_with_primask();
    wfe_consumes_an_event_and_sleeps_without_one();
    sleep_on_exit_sleeps_after_the_handler();
    sysresetreq_resets_the_machine();
    systick_ticks_every_reload_plus_one_cycles();
    systick_sleeps_cheaply_for_a_long_time();
    return 0;
}
