/* SPDX-License-Identifier: Apache-2.0 */
/* Who may use the floating point unit, and what exceptions do with its registers, by small programs. Hex is Thumb code; the comment beside
 * it is its assembly. Sections are those of the ARMv7-M ARM (DDI 0403E). Arithmetic is compared with Unicorn, in Python. */
#include "harness.h"

enum { CPACR = 0xE000ED88, FPCCR = 0xE000EF34, FPCAR = 0xE000EF38, FPDSCR = 0xE000EF3C, MVFR0 = 0xE000EF40, SHPR1 = 0xE000ED18 };
enum { FPSCR = 33, S0 = 64 };
enum { FPCA = 4u << 24 }; /* in CFBP */
#define ASPEN (1u << 31)
#define LSPEN (1u << 30)
#define FRAME (STACK - 0x68)
#define SVC HANDLER(11)

static emu_machine *machine_with_unit(void) {
    emu_machine_config config = config_of("cortex-m4");
    config.mpu_regions = 8;
    emu_machine *m = machine_of(&config);
    put_vectors(m);
    emu_power(m, true);
    set_sys(m, CPACR, 0xFu << 20);
    return m;
}

/* As if the program had used the unit: S0..S31 hold 0x100 + n, FPSCR 0x10. */
static void use(emu_machine *m) {
    emu_core_set(m, EMU_REG_CFBP, FPCA);
    for (unsigned i = 0; i < 32; i++) emu_core_set(m, S0 + i, 0x100 + i);
    emu_core_set(m, FPSCR, 0x10);
}

static void registers_are_as_used(emu_machine *m) {
    for (unsigned i = 0; i < 32; i++) CHECK_EQUAL(reg(m, S0 + i), 0x100 + i);
    CHECK_EQUAL(reg(m, FPSCR), 0x10);
    CHECK_EQUAL(reg(m, EMU_REG_CFBP), FPCA);
}

static void without_access_an_instruction_is_a_usage_fault(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xEE30, 0x0A20, 0xE7FE); /* vadd.f32 s0, s0, s1; b . */
    emu_power(m, true);
    set_sys(m, SHCSR, 1u << 18);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 6);
    CHECK_EQUAL(sys(m, CFSR), 1u << 19); /* NOCP */
    CHECK_EQUAL(get_word(m, STACK - 32 + 24), CODE);
    CHECK_EQUAL(reg(m, 13), STACK - 32);
    emu_machine_free(m);
}

static void access_may_be_for_privileged_code_only(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0xEE30, 0x0A20, 0xF380, 0x8814, 0xEE30, 0x0A20); /* vadd; msr control, r0; vadd */
    emu_power(m, true);
    set_sys(m, CPACR, 5u << 20);
    set_sys(m, SHCSR, 1u << 18);
    emu_core_set(m, 0, 1 | 4);
    emu_run(m, 20);
    CHECK_EQUAL(sys(m, CFSR), 1u << 19);
    CHECK_EQUAL(get_word(m, STACK - 0x68 + 24), CODE + 8); /* the second one */
    emu_machine_free(m);
}

static void double_precision_arithmetic_is_undefined(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xEE30, 0x0B01); /* vadd.f64 d0, d0, d1 */
    set_sys(m, SHCSR, 1u << 18);
    emu_run(m, 20);
    CHECK_EQUAL(sys(m, CFSR), 1u << 16);
    emu_machine_free(m);
}

static void a_core_without_the_unit_has_none_of_its_registers(void) {
    emu_machine_config config = config_of("cortex-m4");
    config.fpu = false;
    emu_machine *m = machine_of(&config);
    put_vectors(m);
    PUT(m, CODE, 0xEE30, 0x0A20);
    PUT(m, HANDLER(6), 0xF06F, 0x0016, 0x4700); /* mvn r0, 0x16; bx r0: EXC_RETURN 0xFFFFFFE9 */
    emu_power(m, true);
    set_sys(m, CPACR, 0xFu << 20);
    CHECK_EQUAL(sys(m, CPACR), 0);
    CHECK_EQUAL(sys(m, MVFR0), 0);
    CHECK_EQUAL(sys(m, FPCCR), 0);
    set_sys(m, SHCSR, 1u << 18);
    emu_run(m, 1);
    CHECK_EQUAL(sys(m, CFSR), 1u << 19);
    emu_run(m, 3);
    CHECK_EQUAL(sys(m, CFSR) & 1u << 18, 1u << 18); /* INVPC: there are no such frames */
    emu_machine_free(m);
}

static void the_first_instruction_begins_a_context(void) { /* ExecuteFPCheck, B1.5.7 */
    emu_machine *m = machine_with_unit();
    /* vmrs r0, fpscr; mrs r1, control; movs r2, 0; b . */
    PUT(m, CODE, 0xEEF1, 0x0A10, 0xF3EF, 0x8114, 0x2200, 0xE7FE);
    set_sys(m, FPDSCR, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, FPDSCR), 0x07C00000);
    emu_core_set(m, FPSCR, 0x8000001F);
    CHECK_EQUAL(reg(m, EMU_REG_CFBP), 0);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 0), 0x87C0001F); /* flags stay, modes are FPDSCR's */
    CHECK_EQUAL(reg(m, 1), 4);
    emu_machine_free(m);
}

static void without_aspen_exceptions_ignore_the_unit(void) {
    emu_machine *m = machine_with_unit();
    set_sys(m, FPCCR, 0);
    PUT(m, CODE, 0xEE30, 0x0A20, 0xF3EF, 0x8014, 0xDF00, 0xE7FE); /* vadd; mrs r0, control; svc 0; b . */
    PUT(m, SVC, 0x4675, 0x466F, 0x4770);                          /* mov r5, lr; mov r7, sp; bx lr */
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 0);
    CHECK_EQUAL(reg(m, 5), 0xFFFFFFF9);
    CHECK_EQUAL(reg(m, 7), STACK - 32);
    emu_machine_free(m);
}

static void a_handler_that_leaves_the_unit_alone_costs_no_saving(void) { /* B1.5.7 */
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00, 0xE7FE);        /* svc 0; b . */
    PUT(m, SVC, 0x4675, 0x466F, 0x4770); /* mov r5, lr; mov r7, sp; bx lr */
    use(m);
    uint32_t before = get_word(m, FRAME + 0x20);
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, 5), 0xFFFFFFE9);
    CHECK_EQUAL(sys(m, FPCAR), FRAME + 0x20);
    CHECK_EQUAL(sys(m, FPCCR), ASPEN | LSPEN | 0x10 | 0x08 | 0x01); /* HFRDY, THREAD, LSPACT */
    CHECK_EQUAL(reg(m, EMU_REG_CFBP), 0);                           /* FPCA is clear in the handler */
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 7), FRAME);
    CHECK_EQUAL(reg(m, 13), STACK);
    CHECK_EQUAL(sys(m, FPCCR) & 1, 0);
    CHECK_EQUAL(get_word(m, FRAME + 0x20), before);
    registers_are_as_used(m);
    emu_machine_free(m);
}

static void a_handler_that_uses_the_unit_saves_first_and_the_return_restores(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xB081, 0xDF00, 0xE7FE); /* sub sp, 4; svc 0; b .: a frame that must be aligned */
    /* mov r5, lr; vmrs r6, fpscr; vmov s0, r5; vmov s15, r5; vmsr fpscr, r4; bx lr */
    PUT(m, SVC, 0x4675, 0xEEF1, 0x6A10, 0xEE00, 0x5A10, 0xEE07, 0x5A90, 0xEEE1, 0x4A10, 0x4770);
    use(m);
    set_sys(m, FPDSCR, 1u << 24);
    emu_core_set(m, 4, 0xF0000000);
    emu_run(m, 4);
    uint32_t frame = STACK - 4 - 4 - 0x68;
    for (unsigned i = 0; i < 16; i++) CHECK_EQUAL(get_word(m, frame + 0x20 + 4 * i), 0x100 + i);
    CHECK_EQUAL(get_word(m, frame + 0x60), 0x10);
    CHECK_EQUAL(reg(m, 6), 0x01000010);
    CHECK_EQUAL(sys(m, FPCCR) & 1, 0);
    CHECK_EQUAL(reg(m, EMU_REG_CFBP), FPCA);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 13), STACK - 4);
    registers_are_as_used(m);
    emu_machine_free(m);
}

static void without_lspen_the_registers_are_saved_at_once(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00, 0xE7FE);
    PUT(m, SVC, 0xBF00, 0x4770); /* nop; bx lr */
    set_sys(m, FPCCR, ASPEN);
    use(m);
    emu_run(m, 2);
    CHECK_EQUAL(sys(m, FPCCR), ASPEN);
    for (unsigned i = 0; i < 16; i++) CHECK_EQUAL(get_word(m, FRAME + 0x20 + 4 * i), 0x100 + i);
    put_word(m, FRAME + 0x20, 0x100);
    emu_core_set(m, S0, 5);
    emu_run(m, 10);
    registers_are_as_used(m);
    emu_machine_free(m);
}

static void a_handler_with_a_context_of_its_own_gets_a_frame_of_its_own(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00, 0xE7FE); /* svc 0; b . */
    /* vmov s0, r1; str r2, [r3] (pends irq 0); mov r7, lr; bx lr */
    PUT(m, SVC, 0xEE00, 0x1A10, 0x601A, 0x461B, 0x4677, 0x4770);
    PUT(m, HANDLER(16), 0x4676, 0xEE00, 0x2A10, 0x4770); /* mov r6, lr; vmov s0, r2; bx lr */
    set_sys(m, SHPR2, 0xE0000000);
    set_sys(m, NVIC_ISER, 1);
    emu_core_set(m, 1, 0x77);
    emu_core_set(m, 2, 1);
    emu_core_set(m, 3, NVIC_ISPR);
    use(m);
    emu_run(m, 5);
    CHECK_EQUAL(reg(m, 6), 0xFFFFFFE1);
    CHECK_EQUAL(get_word(m, FRAME + 0x20), 0x100);       /* the program's, saved by the first handler */
    CHECK_EQUAL(get_word(m, FRAME - 0x68 + 0x20), 0x77); /* the first handler's, saved by the second */
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 7), 0xFFFFFFE9);
    registers_are_as_used(m);
    CHECK_EQUAL(reg(m, 13), STACK);
    emu_machine_free(m);
}

static void chained_handlers_share_the_frame(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00, 0xE7FE);
    PUT(m, SVC, 0x601A, 0xEE00, 0x1A10, 0x4770);         /* str r2, [r3]; vmov s0, r1; bx lr */
    PUT(m, HANDLER(16), 0x4676, 0xEE00, 0x2A10, 0x4770); /* mov r6, lr; vmov s0, r2; bx lr */
    set_sys(m, NVIC_ISER, 1);
    set_sys(m, NVIC_IPR, 0xE0);
    emu_core_set(m, 2, 1);
    emu_core_set(m, 3, NVIC_ISPR);
    use(m);
    emu_run(m, 30);
    CHECK_EQUAL(reg(m, 6), 0xFFFFFFE9);
    CHECK_EQUAL(get_word(m, FRAME + 0x20), 0x100);
    registers_are_as_used(m);
    CHECK_EQUAL(reg(m, 13), STACK);
    emu_machine_free(m);
}

/* A program with a context in a handler whose frame's home has gone. */
static emu_machine *losing_the_frame(uint32_t shcsr, uint32_t svc_priority) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00, 0xE7FE);
    PUT(m, SVC, 0x6019, 0xEE00, 0x2A10, 0x2601, 0x4770); /* str r1, [r3]; vmov s0, r2; movs r6, 1; bx lr */
    set_sys(m, SHPR2, svc_priority << 24);
    set_sys(m, SHPR1, 0x40 << 8); /* BusFault */
    set_sys(m, SHCSR, shcsr);
    emu_core_set(m, 1, 0x30000000);
    emu_core_set(m, 2, 0x55);
    emu_core_set(m, 3, FPCAR);
    emu_core_set(m, 6, 0);
    use(m);
    return m;
}

static void saving_that_fails_is_a_bus_fault_before_the_instruction(void) { /* B1.5.7, FPCCR.BFRDY */
    emu_machine *m = losing_the_frame(1u << 17, 0x80);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 5);
    CHECK_EQUAL(sys(m, CFSR), 1u << 13); /* LSPERR */
    CHECK_EQUAL(get_word(m, FRAME - 32 + 24), SVC + 2);
    CHECK_EQUAL(reg(m, S0), 0x100);
    CHECK_EQUAL(sys(m, FPCCR) & 1, 1); /* still to be done */
    emu_machine_free(m);
}

static void saving_that_fails_while_bus_faults_are_off_is_a_hard_fault(void) {
    emu_machine *m = losing_the_frame(0, 0x80);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 3);
    CHECK_EQUAL(sys(m, CFSR), 1u << 13);
    CHECK_EQUAL(sys(m, HFSR), 1u << 30);
    emu_machine_free(m);
}

static void saving_that_fails_with_a_fault_that_must_wait_goes_on(void) {
    emu_machine *m = losing_the_frame(1u << 17, 0x20); /* the handler is more urgent than the bus fault */
    emu_run(m, 4);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 11);
    CHECK_EQUAL(reg(m, S0), 0x55);
    CHECK_EQUAL(reg(m, 6), 1);
    CHECK_EQUAL(sys(m, FPCCR) & 1, 0);
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 5); /* chained */
    emu_machine_free(m);
}

static void saving_counts_as_an_access_of_the_code_that_was_interrupted(void) { /* PreserveFPState, FPCCR.USER */
    for (unsigned user = 0; user < 2; user++) {
        emu_machine *m = losing_the_frame(3u << 16, 0x80);
        emu_core_set(m, 1, RAM + 0x400);
        emu_core_set(m, EMU_REG_CFBP, FPCA | user << 24);
        for (unsigned i = 0; i < 2; i++) { /* regions of 64 KB for all, flash and RAM: MPU_RBAR, MPU_RASR */
            set_sys(m, 0xE000ED9C, (i ? RAM : FLASH) | 16 | i);
            set_sys(m, 0xE000EDA0, 3u << 24 | 15u << 1 | 1);
        }
        set_sys(m, 0xE000ED9C, (RAM + 0x400) | 16 | 2); /* 1 KB that unprivileged code may only read */
        set_sys(m, 0xE000EDA0, 2u << 24 | 9u << 1 | 1);
        set_sys(m, 0xE000ED94, 5); /* MPU_CTRL */
        emu_run(m, 4);
        CHECK_EQUAL(sys(m, CFSR), user ? 1u << 5 : 0); /* MLSPERR */
        CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, user ? 4 : 11);
        emu_machine_free(m);
    }
}

static void fpccr_knows_that_the_interrupted_code_was_unprivileged(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00);
    use(m);
    emu_core_set(m, EMU_REG_CFBP, FPCA | 1u << 24);
    set_sys(m, SHCSR, 7u << 16);
    set_sys(m, DEMCR, DEMCR_MON_EN);
    emu_run(m, 2);
    CHECK_EQUAL(sys(m, FPCCR), ASPEN | LSPEN | 0x100 | 0x40 | 0x20 | 0x10 | 0x08 | 0x02 | 0x01);
    emu_machine_free(m);
}

static void access_taken_away_before_the_return_is_a_fault_then(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xDF00, 0xE7FE);
    PUT(m, SVC, 0xEE00, 0x2A10, 0x6019, 0x4770); /* vmov s0, r2; str r1, [r3]; bx lr */
    emu_core_set(m, 1, 0);
    emu_core_set(m, 3, CPACR);
    set_sys(m, SHCSR, 1u << 18);
    use(m);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, 6);
    CHECK_EQUAL(sys(m, CFSR), 1u << 19);
    CHECK_EQUAL(reg(m, 13), FRAME);
    CHECK_EQUAL(reg(m, 14), 0xFFFFFFE9);
    emu_machine_free(m);
}

static void words_are_loaded_from_aligned_addresses_only(void) {
    emu_machine *m = machine_with_unit();
    PUT(m, CODE, 0xEC90, 0x0A02); /* vldmia r0, {s0, s1} */
    set_sys(m, SHCSR, 1u << 18);
    emu_core_set(m, 0, RAM + 2);
    emu_run(m, 5);
    CHECK_EQUAL(sys(m, CFSR), 1u << 24);
    emu_machine_free(m);
}

/* The same program in one slice and instruction by instruction, among them a slice that ends at the first use of the unit in a handler. */
static void slices_of_any_length_give_the_same_state(void) {
    uint64_t hash = 0;
    for (unsigned slice = 1; slice < 40; slice++) {
        emu_machine *m = machine_with_unit();
        /* vmov s1, r1; vadd s0, s0, s1; vmul s2, s0, s0; vadd s3, s2, s1; svc 0; vcmp s3, s0; vmrs apsr, fpscr; b CODE */
        PUT(m, CODE, 0xEE00, 0x1A90, 0xEE30, 0x0A20, 0xEE20, 0x1A00, 0xEE71, 0x1A20, 0xDF00, 0xEEF4, 0x1A40, 0xEEF1, 0xFA10, 0xE7F1);
        PUT(m, SVC, 0xEE30, 0x1A00, 0x3401, 0x4770); /* vadd s2, s0, s0; adds r4, 1; bx lr */
        emu_core_set(m, 4, 0);
        emu_core_set(m, 1, 0x3F8CCCCD); /* 1.1 */
        for (unsigned i = 0; i < 32; i++) emu_core_set(m, S0 + i, 0);
        while (emu_now(m) < 1000) emu_run(m, emu_now(m) + slice < 1000 ? slice : 1000 - emu_now(m));
        CHECK(reg(m, 4) > 50);
        if (slice == 1) hash = emu_state_hash(m);
        CHECK_EQUAL(emu_state_hash(m), hash);
        emu_machine_free(m);
    }
}

int main(void) {
    without_access_an_instruction_is_a_usage_fault();
    access_may_be_for_privileged_code_only();
    double_precision_arithmetic_is_undefined();
    a_core_without_the_unit_has_none_of_its_registers();
    the_first_instruction_begins_a_context();
    without_aspen_exceptions_ignore_the_unit();
    a_handler_that_leaves_the_unit_alone_costs_no_saving();
    a_handler_that_uses_the_unit_saves_first_and_the_return_restores();
    without_lspen_the_registers_are_saved_at_once();
    a_handler_with_a_context_of_its_own_gets_a_frame_of_its_own();
    chained_handlers_share_the_frame();
    saving_that_fails_is_a_bus_fault_before_the_instruction();
    saving_that_fails_while_bus_faults_are_off_is_a_hard_fault();
    saving_that_fails_with_a_fault_that_must_wait_goes_on();
    saving_counts_as_an_access_of_the_code_that_was_interrupted();
    fpccr_knows_that_the_interrupted_code_was_unprivileged();
    access_taken_away_before_the_return_is_a_fault_then();
    words_are_loaded_from_aligned_addresses_only();
    slices_of_any_length_give_the_same_state();
    return 0;
}
