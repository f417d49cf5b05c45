/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded code follows the memory: code that changes itself, code changed by the debugger, by DMA and by the flash controller; windows;
 * edges. */
#include "harness.h"

static void code_in_ram_can_change_itself(void) {
    emu_machine *m = machine_with_vectors();
    /* at RAM+0x100: a loop that increments the immediate of its own add and counts to 5 in r2 */
    PUT(m, RAM + 0x100, 0x3001,  /* add: adds r0, 1 */
        0x880B, 0x3301, 0x800B,  /* ldrh r3, [r1]; adds r3, 1; strh r3, [r1] */
        0x3A01, 0xD1F9, 0xE7FE); /* subs r2, 1; bne add; b . */
    emu_power(m, true);
    PUT(m, RAM + 0x100, 0x3001, 0x880B, 0x3301, 0x800B, 0x3A01, 0xD1F9, 0xE7FE);
    emu_core_set(m, 0, 0);
    emu_core_set(m, 1, RAM + 0x100);
    emu_core_set(m, 2, 5);
    emu_core_set(m, 15, RAM + 0x100);
    emu_run(m, 100);
    CHECK_EQUAL(reg(m, 0), 1 + 2 + 3 + 4 + 5);
    emu_machine_free(m);
}

static void code_that_changes_the_next_instruction_runs_the_new_one(void) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    PUT(m, RAM + 0x100, 0x800B, 0x3001, 0xE7FE); /* strh r3, [r1]; adds r0, 1 -> 16 */
    emu_core_set(m, 0, 0);
    emu_core_set(m, 1, RAM + 0x102);
    emu_core_set(m, 3, 0x3010);
    emu_core_set(m, 15, RAM + 0x100);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 16);
    emu_machine_free(m);
}

static void data_beside_code_in_one_page_is_written_without_decoding_anew(void) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    PUT(m, RAM + 0x100, 0x600A, 0x3A01, 0xD1FC, 0xE7FE); /* str r2, [r1]; subs r2, 1; bne */
    emu_core_set(m, 1, RAM + 0x400);
    emu_core_set(m, 2, 1000);
    emu_core_set(m, 15, RAM + 0x100);
    emu_run(m, 1500);
    m->attention = 0;
    emu_run(m, 2);
    CHECK(!m->code_dirty);
    emu_run(m, 2000);
    CHECK_EQUAL(get_word(m, RAM + 0x400), 1);
    CHECK_EQUAL(reg(m, 2), 0);
    emu_machine_free(m);
}

static void a_debugger_writing_code_is_noticed(void) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    PUT(m, RAM + 0x100, 0x3001, 0xE7FD); /* adds r0, 1; b back */
    emu_core_set(m, 0, 0);
    emu_core_set(m, 15, RAM + 0x100);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 10);
    const uint16_t more = 0x300A;
    size_t done;
    CHECK(emu_mem_write(m, RAM + 0x100, 2, &more, 2, &done) == EMU_ACK_OK);
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, 0), 20);
    const uint16_t less = 0x3801;
    CHECK(emu_dma_write(m, RAM + 0x100, &less, 2));
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, 0), 19);
    emu_machine_free(m);
}

static void flash_changes_reach_code_and_folded_literals(void) {
    emu_machine *m = machine_with_vectors();
    PUT(m, CODE, 0x4801, 0xE7FD); /* ldr r0, =...; b back */
    put_word(m, CODE + 8, 0x11111111);
    emu_power(m, true);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 0), 0x11111111);
    emu_memory *flash = emu_memory_by_name(m, "flash");
    uint32_t word = 0x22222222;
    emu_memory_change(m, flash, CODE + 8, &word, 4);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 0), 0x22222222);
    emu_memory_fill(m, flash, CODE + 8, 0, 4);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 0), 0);
    /* a literal in the next page */
    PUT(m, 0x0FF0, 0xF8DF, 0x0010, 0xE7FC); /* ldr.w r0, [pc, 16]; b back */
    put_word(m, 0x1004, 5);
    emu_core_set(m, 15, 0xFF0);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 0), 5);
    put_word(m, 0x1004, 6);
    emu_run(m, 10);
    CHECK_EQUAL(reg(m, 0), 6);
    emu_machine_free(m);
}

static void a_second_window_onto_ram_sees_changes_through_the_first(void) {
    char error[EMU_ERROR_MAX];
    emu_machine *m = machine_with_vectors();
    CHECK(emu_add_memory(
        m, &(emu_memory_config){.name = "code_ram", .kind = EMU_RAM, .base = 0x00800000, .size = 0x10000, .alias_of = "ram"}, error));
    emu_power(m, true);
    PUT(m, RAM + 0x100, 0x3001, 0x800B, 0x3201, 0xE7FE); /* adds r0, 1; strh r3, [r1]; adds r2, 1 -> adds r2, 16 */
    emu_core_set(m, 0, 0);
    emu_core_set(m, 1, RAM + 0x104);
    emu_core_set(m, 2, 0);
    emu_core_set(m, 3, 0x3210);
    emu_core_set(m, 15, 0x00800100);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 1);
    CHECK_EQUAL(reg(m, 2), 16);
    CHECK_EQUAL(reg(m, 15), 0x00800106);
    emu_machine_free(m);
}

static void runs_cross_pages_with_wide_instructions_and_it_blocks_on_the_edge(void) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    /* ... 1FFC: adds r0, 1; 1FFE: add.w r0, r0, 0x10 (over the edge); 2002: adds r0, 1; b . */
    PUT(m, RAM + 0x1FFC, 0x3001, 0xF100, 0x0010, 0x3001, 0xE7FE);
    emu_core_set(m, 0, 0);
    emu_core_set(m, 15, RAM + 0x1FFC);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 0x12);
    /* cmp r0, 0x12; itte eq; addeq r0, 1 | addeq r0, 2; addne r0, 4; b . */
    PUT(m, RAM + 0x2FFA, 0x2812, 0xBF06, 0x3001, 0x3002, 0x3004, 0xE7FE);
    emu_core_set(m, 15, RAM + 0x2FFA);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 0x15);
    PUT(m, RAM + 0x3000, 0x3040); /* the second instruction of the block, in the next page */
    emu_core_set(m, 0, 0x12);
    emu_core_set(m, 15, RAM + 0x2FFA);
    emu_run(m, 20);
    CHECK_EQUAL(reg(m, 0), 0x53);
    emu_machine_free(m);
}

static void the_end_of_a_memory_is_a_fault_not_an_overrun(void) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    PUT(m, RAM + 0xFFFC, 0x3001, 0xF100); /* adds r0, 1; half of a wide instruction */
    emu_core_set(m, 0, 0);
    emu_core_set(m, 15, RAM + 0xFFFC);
    emu_run(m, 20);
    CHECK_EQUAL(sys(m, CFSR), CFSR_IBUSERR);
    CHECK_EQUAL(get_word(m, reg(m, 13) + 24), RAM + 0xFFFE);
    CHECK_EQUAL(get_word(m, reg(m, 13)), 1);
    emu_machine_free(m);
}

static void a_page_full_of_it_blocks_still_runs(void) {
    emu_machine *m = machine_with_vectors();
    emu_power(m, true);
    for (uint32_t a = 0; a < 0xFF8; a += 4) PUT(m, RAM + 0x4000 + a, 0xBF08, 0x3001); /* it eq; addeq r0, 1 */
    PUT(m, RAM + 0x4FF8, 0xE7FE);
    emu_core_set(m, 0, 0);
    emu_core_set(m, EMU_REG_XPSR, 1u << 30 | 1 << 24);
    emu_core_set(m, 15, RAM + 0x4000);
    emu_run(m, 0xFF8 / 2 + 10);
    CHECK_EQUAL(reg(m, 0), 0xFF8 / 4);
    CHECK_EQUAL(reg(m, 15), RAM + 0x4FF8);
    emu_machine_free(m);
}

static void a_very_long_straight_run_counts_every_instruction(void) {
    static const uint16_t kinds[] = {0x4602, 0x3001, 0x460B, 0x1889}; /* mov r2, r0; adds r0, 1; mov r3, r1; adds r1, r1, r2 */
    emu_machine *m[2];
    for (unsigned k = 0; k < 2; k++) {
        m[k] = machine_with_vectors();
        emu_power(m[k], true);
        for (uint32_t i = 0; i < 1500; i++) CHECK(emu_poke(m[k], RAM + 0x4000 + 2 * i, &kinds[i * 7 / 3 % 4], 2));
        PUT(m[k], RAM + 0x4000 + 3000, 0xE7FE);
        for (unsigned i = 0; i < 4; i++) emu_core_set(m[k], i, i);
        emu_core_set(m[k], 15, RAM + 0x4000);
    }
    emu_run(m[0], 1500);
    for (unsigned i = 0; i < 1500; i++) emu_run(m[1], 1);
    CHECK_EQUAL(reg(m[0], 15), RAM + 0x4000 + 3000);
    CHECK_EQUAL(emu_instructions(m[0]), 1500);
    for (unsigned i = 0; i < 17; i++) CHECK_EQUAL(reg(m[0], i), reg(m[1], i));
    emu_machine_free(m[0]);
    emu_machine_free(m[1]);
}

static void memories_refuse_what_cannot_be(void) {
    char error[EMU_ERROR_MAX];
    emu_machine *m = bare_machine(true);
    const emu_memory_config bad[] = {
        {.name = "a", .kind = EMU_RAM, .base = 0x200, .size = 1024},
        {.name = "b", .kind = EMU_RAM, .base = 0x8000, .size = 1024},
        {.name = "flash", .kind = EMU_RAM, .base = 0x30000000, .size = 1024},
        {.name = "c", .kind = EMU_RAM, .base = 0x30000000, .size = 0},
        {.name = "d", .kind = EMU_RAM, .base = 0x30000000, .size = 1024, .alias_of = "nothing"},
        {.name = "e", .kind = EMU_RAM, .base = 0xFFFFFC00, .size = 2048},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        error[0] = 0;
        CHECK(!emu_add_memory(m, &bad[i], error));
        CHECK(error[0]);
    }
    CHECK(!emu_add_device(m, "no.such", "x", 0x40000000, -1, NULL, 0, error));
    CHECK(strstr(error, "no.such"));
    emu_machine_free(m);
}

int main(void) {
    code_in_ram_can_change_itself();
    code_that_changes_the_next_instruction_runs_the_new_one();
    data_beside_code_in_one_page_is_written_without_decoding_anew();
    a_debugger_writing_code_is_noticed();
    flash_changes_reach_code_and_folded_literals();
    a_second_window_onto_ram_sees_changes_through_the_first();
    runs_cross_pages_with_wide_instructions_and_it_blocks_on_the_edge();
    the_end_of_a_memory_is_a_fault_not_an_overrun();
    a_page_full_of_it_blocks_still_runs();
    a_very_long_straight_run_counts_every_instruction();
    memories_refuse_what_cannot_be();
    return 0;
}
