/* SPDX-License-Identifier: Apache-2.0 */
/* What ARMv6-M and the Cortex-M3 lack, and how they look to a debugger. */
#include "harness.h"

static emu_machine *v6m(const char *core) {
    emu_machine_config config = config_of(core);
    emu_machine *m = machine_of(&config);
    put_vectors(m);
    return m;
}

/* The exception that the core is in after the instruction h1 (h2); 0: none, it ran. */
static uint32_t outcome(const char *core, uint16_t h1, uint16_t h2, uint32_t r0) {
    emu_machine *m = v6m(core);
    PUT(m, CODE, h1, h2, 0xBF00, 0xE7FE);
    emu_power(m, true);
    emu_core_set(m, 0, r0);
    emu_core_set(m, 1, 1);
    emu_run(m, 3);
    uint32_t exception = reg(m, EMU_REG_XPSR) & 0x1FF;
    emu_machine_free(m);
    return exception;
}

static void encodings_of_armv7m_are_hard_faults_on_armv6m(void) {
    static const uint16_t v7m_only[][2] = {
        {0xB108, 0xBF00}, /* CBZ */
        {0xBF08, 0xBF00}, /* IT EQ */
        {0xF04F, 0x0001}, /* MOV.W r0, #1 */
        {0xF240, 0x0001}, /* MOVW */
        {0xEB00, 0x0001}, /* ADD.W */
        {0xFBB0, 0xF0F1}, /* UDIV */
        {0xFB00, 0xF001}, /* MUL.W */
        {0xE850, 0x1F00}, /* LDREX */
        {0xF3BF, 0x8F2F}, /* CLREX */
        {0xF8D0, 0x1000}, /* LDR.W */
        {0xE9D0, 0x2300}, /* LDRD */
        {0xF000, 0xB800}, /* B.W */
        {0xF3AF, 0x8000}, /* NOP.W */
        {0xB671, 0xBF00}, /* CPSID f */
    };
    for (unsigned i = 0; i < sizeof v7m_only / sizeof *v7m_only; i++) {
        CHECK_EQUAL(outcome("cortex-m0", v7m_only[i][0], v7m_only[i][1], RAM), EMU_EXC_HARDFAULT);
        CHECK_EQUAL(outcome("cortex-m0plus", v7m_only[i][0], v7m_only[i][1], RAM), EMU_EXC_HARDFAULT);
        CHECK_EQUAL(outcome("cortex-m3", v7m_only[i][0], v7m_only[i][1], RAM), 0);
    }
    CHECK_EQUAL(outcome("cortex-m0", 0xF000, 0xF800, 0), 0); /* BL */
    CHECK_EQUAL(outcome("cortex-m0", 0xF3EF, 0x8000, 0), 0); /* MRS */
    CHECK_EQUAL(outcome("cortex-m0", 0xF3BF, 0x8F4F, 0), 0); /* DSB */
}

static void the_cortex_m3_has_no_dsp(void) {
    static const uint16_t dsp[][2] = {
        {0xFA90, 0xF001}, /* SADD16 */
        {0xFA80, 0xF081}, /* QADD */
        {0xFAA0, 0xF081}, /* SEL */
        {0xFB10, 0xF001}, /* SMULBB */
        {0xFB20, 0xF001}, /* SMUAD */
        {0xFBC0, 0x2381}, /* SMLALBB */
        {0xFBE0, 0x2361}, /* UMAAL */
        {0xEAC0, 0x0001}, /* PKHBT */
        {0xF320, 0x0003}, /* SSAT16 */
        {0xFA00, 0xF081}, /* SXTAH */
        {0xFA2F, 0xF081}, /* SXTB16 */
    };
    static const uint16_t base[][2] = {
        {0xFA0F, 0xF081}, /* SXTH.W */
        {0xFA90, 0xF0A0}, /* RBIT */
        {0xFAB0, 0xF080}, /* CLZ */
        {0xFBC0, 0x2301}, /* SMLAL */
        {0xFBB0, 0xF0F1}, /* UDIV */
        {0xF300, 0x0003}, /* SSAT */
        {0xFB00, 0x2001}, /* MLA */
    };
    for (unsigned i = 0; i < sizeof dsp / sizeof *dsp; i++) {
        CHECK_EQUAL(outcome("cortex-m3", dsp[i][0], dsp[i][1], 1), EMU_EXC_HARDFAULT);
        CHECK_EQUAL(outcome("cortex-m4", dsp[i][0], dsp[i][1], 1), 0);
    }
    for (unsigned i = 0; i < sizeof base / sizeof *base; i++) CHECK_EQUAL(outcome("cortex-m3", base[i][0], base[i][1], 1), 0);
}

static void an_unaligned_access_is_a_hard_fault_on_armv6m(void) {
    CHECK_EQUAL(outcome("cortex-m0", 0x6801, 0xBF00, RAM + 1), EMU_EXC_HARDFAULT); /* LDR */
    CHECK_EQUAL(outcome("cortex-m0", 0x8001, 0xBF00, RAM + 1), EMU_EXC_HARDFAULT); /* STRH */
    CHECK_EQUAL(outcome("cortex-m0", 0x6801, 0xBF00, RAM), 0);
    CHECK_EQUAL(outcome("cortex-m3", 0x6801, 0xBF00, RAM + 1), 0);
}

static void the_system_space_of_armv6m_has_words_and_no_fault_registers(void) {
    CHECK_EQUAL(outcome("cortex-m0", 0x7801, 0xBF00, ICSR), EMU_EXC_HARDFAULT); /* LDRB */
    CHECK_EQUAL(outcome("cortex-m0", 0x6801, 0xBF00, ICSR), 0);
    emu_machine *m = v6m("cortex-m0");
    PUT(m, CODE, 0xDE00); /* UDF */
    emu_power(m, true);
    emu_run(m, 5);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_HARDFAULT);
    CHECK_EQUAL(sys(m, CFSR), 0);
    CHECK_EQUAL(sys(m, HFSR), 0);
    CHECK_EQUAL(sys(m, CCR), 0x208);
    set_sys(m, CCR, 0);
    CHECK_EQUAL(sys(m, CCR), 0x208);
    set_sys(m, VTOR, 0x100);
    CHECK_EQUAL(sys(m, VTOR), 0);
    set_sys(m, SHPR3, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, SHPR3), 0xC0C00000);
    set_sys(m, SHPR2, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, SHPR2), 0xC0000000);
    set_sys(m, 0xE000ED18, 0xFFFFFFFF); /* SHPR1 */
    CHECK_EQUAL(sys(m, 0xE000ED18), 0);
    set_sys(m, NVIC_IPR, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, NVIC_IPR), 0xC0C0C0C0);
    set_sys(m, DEMCR, 0xFFFFFFFF);
    CHECK_EQUAL(sys(m, DEMCR), 0x01000401);
    emu_core_set(m, EMU_REG_CFBP, 0xFFFFFFFF);
    CHECK_EQUAL(reg(m, EMU_REG_CFBP) & 0x01FFFFFF, 1); /* no nPRIV, FAULTMASK or BASEPRI */
    emu_machine_free(m);
}

static void the_cortex_m0plus_moves_its_vectors_where_the_chip_can(void) {
    emu_machine *m = v6m("cortex-m0plus");
    emu_power(m, true);
    set_sys(m, VTOR, 0x200001FF);
    CHECK_EQUAL(sys(m, VTOR), 0x20000100);
    emu_machine_free(m);
}

static void svc_at_the_priority_of_its_caller_is_a_hard_fault_on_armv6m(void) {
    emu_machine *m = v6m("cortex-m0");
    PUT(m, CODE, 0xB672, 0xDF00); /* cpsid i; svc */
    emu_power(m, true);
    emu_run(m, 3);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_HARDFAULT);
    CHECK_EQUAL(get_word(m, reg(m, 13) + 24), CODE + 4); /* the return address of an SVC that was taken as one */
    emu_machine_free(m);
}

static void a_fault_in_the_hard_fault_handler_locks_armv6m_up(void) {
    emu_machine *m = v6m("cortex-m0");
    PUT(m, CODE, 0xDE00);
    PUT(m, HANDLER(3), 0xDE00);
    emu_power(m, true);
    emu_run(m, 100);
    CHECK(emu_core_locked_up(m));
    emu_machine_free(m);
}

static void components_say_which_core_they_belong_to(void) {
    static const struct {
        const char *core;
        unsigned components;
        uint32_t rom, scs, dwt, fpb, dwt_ctrl, fp_ctrl;
    } cores[] = {
        {"cortex-m0", 3, 0x471, 0x008, 0x00A, 0x00B, 0x20000000, 0x40},
        {"cortex-m0plus", 3, 0x4C0, 0x008, 0x00A, 0x00B, 0x20000000, 0x40},
        {"cortex-m3", 5, 0x4C3, 0x000, 0x002, 0x003, 0x40000000, 0x260},
        {"cortex-m4", 5, 0x4C4, 0x00C, 0x002, 0x003, 0x40000000, 0x260},
    };
    for (unsigned i = 0; i < 4; i++) {
        emu_machine *m = v6m(cores[i].core);
        emu_power(m, true);
        unsigned present = 0;
        for (uint32_t entry, at = 0xE00FF000; (entry = sys(m, at)) != 0; at += 4) present += entry & 1;
        CHECK_EQUAL(present, cores[i].components);
        const uint32_t bases[] = {0xE00FF000, 0xE000E000, 0xE0001000, 0xE0002000},
                       parts[] = {cores[i].rom, cores[i].scs, cores[i].dwt, cores[i].fpb};
        for (unsigned j = 0; j < 4; j++) {
            CHECK_EQUAL(sys(m, bases[j] + 0xFE0) | (sys(m, bases[j] + 0xFE4) & 15) << 8, parts[j]);
            CHECK_EQUAL(sys(m, bases[j] + 0xFD0), 4);
        }
        CHECK_EQUAL(sys(m, DWT_CTRL), cores[i].dwt_ctrl);
        CHECK_EQUAL(sys(m, FP_CTRL), cores[i].fp_ctrl);
        emu_machine_free(m);
    }
}

static void a_chip_with_its_own_rom_table_leads_to_the_core(void) {
    emu_machine_config config = config_of("cortex-m0plus");
    config.rom_table = 0xF0002000;
    emu_machine *m = machine_of(&config);
    put_vectors(m);
    emu_power(m, true);
    CHECK_EQUAL(0xF0002000u + (sys(m, 0xF0002000) & 0xFFFFF000u), 0xE00FF000);
    CHECK_EQUAL(sys(m, 0xF0002004), 0);
    CHECK_EQUAL(sys(m, 0xF0002FF4), 0x10);
    CHECK_EQUAL(0xE00FF000u + (sys(m, 0xE00FF000) & 0xFFFFF000u), 0xE000E000);
    emu_machine_free(m);
}

static void refused(emu_machine_config config, const char *why) {
    char error[EMU_ERROR_MAX] = "";
    CHECK(!emu_machine_new(&config, error));
    CHECK(strstr(error, why));
}

static void cores_that_cannot_be_are_refused(void) {
    emu_machine_config m0 = config_of("cortex-m0"), m3 = config_of("cortex-m3"), m0plus = config_of("cortex-m0plus");
    m0.mpu_regions = 8;
    refused(m0, "cortex-m0 has no MPU");
    m3.fpu = true;
    refused(m3, "cortex-m3 has no FPU");
    m0plus.bit_band = true;
    refused(m0plus, "cortex-m0plus has no bit-band");
    refused(config_of("cortex-m7"), "unknown core 'cortex-m7'");
}

int main(void) {
    encodings_of_armv7m_are_hard_faults_on_armv6m();
    the_cortex_m3_has_no_dsp();
    an_unaligned_access_is_a_hard_fault_on_armv6m();
    the_system_space_of_armv6m_has_words_and_no_fault_registers();
    the_cortex_m0plus_moves_its_vectors_where_the_chip_can();
    svc_at_the_priority_of_its_caller_is_a_hard_fault_on_armv6m();
    a_fault_in_the_hard_fault_handler_locks_armv6m_up();
    components_say_which_core_they_belong_to();
    a_chip_with_its_own_rom_table_leads_to_the_core();
    cores_that_cannot_be_are_refused();
    return 0;
}
