/* SPDX-License-Identifier: Apache-2.0 */
/* The bit-band aliases of SRAM and of the peripherals. */
#include "gadget.h"

#define RAM_BIT(address, bit) (0x22000000u + ((address) - 0x20000000u) * 32 + (bit) * 4)
#define DEVICE_BIT(address, bit) (0x42000000u + ((address) - 0x40000000u) * 32 + (bit) * 4)

static emu_machine *banded(bool bit_band) {
    emu_machine_config config = config_of("cortex-m3");
    config.bit_band = bit_band;
    emu_machine *m = machine_of(&config);
    put_vectors(m);
    return m;
}

static void a_word_of_the_alias_is_a_bit_of_memory(void) {
    emu_machine *m = banded(true);
    PUT(m, CODE, 0x6008, 0x680A, 0x7008, 0x780B, 0xE7FE); /* str r0, [r1]; ldr r2, [r1]; strb r0, [r1]; ldrb r3, [r1] */
    emu_power(m, true);
    for (unsigned bit = 0; bit < 32; bit++) {
        for (uint32_t value = 0; value < 4; value++) { /* only the lowest bit counts */
            put_word(m, RAM + 0x104, 0xA5A5A5A5);
            emu_core_set(m, 0, value);
            emu_core_set(m, 1, RAM_BIT(RAM + 0x104, bit));
            emu_core_set(m, 15, CODE);
            emu_run(m, 4);
            CHECK_EQUAL(get_word(m, RAM + 0x104), (0xA5A5A5A5 & ~(1u << bit)) | (value & 1) << bit);
            CHECK_EQUAL(reg(m, 2), value & 1);
            CHECK_EQUAL(reg(m, 3), value & 1);
        }
    }
    emu_machine_free(m);
}

static void the_debugger_has_the_aliases_too(void) {
    emu_machine *m = banded(true);
    emu_power(m, true);
    put_word(m, RAM, 0);
    set_sys(m, RAM_BIT(RAM, 7), 1);
    CHECK_EQUAL(get_word(m, RAM), 0x80);
    CHECK_EQUAL(sys(m, RAM_BIT(RAM, 7)), 1);
    CHECK_EQUAL(sys(m, RAM_BIT(RAM, 6)), 0);
    emu_machine_free(m);
}

static void code_changed_through_the_alias_is_noticed(void) {
    emu_machine *m = banded(true);
    PUT(m, RAM, 0x2000, 0x6019, 0xE7FC); /* movs r0, #0; str r1, [r3]; b back */
    emu_power(m, true);
    put_word(m, RAM, 0x60192000);
    PUT(m, RAM + 4, 0xE7FC);
    emu_core_set(m, 1, 1);
    emu_core_set(m, 3, RAM_BIT(RAM, 0));
    emu_core_set(m, 15, RAM);
    emu_core_set(m, EMU_REG_XPSR, 1u << 24);
    emu_run(m, 4);
    CHECK_EQUAL(reg(m, 0), 1);
    emu_machine_free(m);
}

static void without_bit_banding_nobody_is_there(void) {
    emu_machine *m = banded(false);
    PUT(m, CODE, 0x6808, 0xE7FE);
    emu_power(m, true);
    emu_core_set(m, 1, RAM_BIT(RAM, 0));
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_HARDFAULT);
    emu_machine_free(m);
    m = banded(true);
    PUT(m, CODE, 0x6808, 0xE7FE);
    emu_power(m, true);
    emu_core_set(m, 1, DEVICE_BIT(0x40010000, 3)); /* nothing at the target */
    emu_run(m, 2);
    CHECK_EQUAL(reg(m, EMU_REG_XPSR) & 0x1FF, EMU_EXC_HARDFAULT);
    CHECK_EQUAL(sys(m, BFAR), DEVICE_BIT(0x40010000, 3));
    emu_machine_free(m);
}

static void polling_a_bit_of_a_device_is_skipped_and_ends_alike(void) {
    emu_machine *m[2];
    for (int k = 0; k < 2; k++) {
        m[k] = banded(true);
        PUT(m[k], CODE, 0x6808, 0x2800, 0xD0FC, 0x2701, 0xE7FE); /* ldr r0, [r1]; cmp r0, #0; beq back; movs r7, #1 */
        gadget *g = calloc(1, sizeof *g);
        g->hints = true;
        plug_in(m[k], &g->base, &gadget_class, 0x40001000, 0);
        emu_power(m[k], true);
        emu_core_set(m[k], 1, DEVICE_BIT(0x40001000, 0));
        emu_core_set(m[k], 7, 0);
        g->ready = 10007;
        m[k]->poll.disabled = k;
        emu_run(m[k], 10000);
        CHECK_EQUAL(reg(m[k], 7), 0);
        emu_run(m[k], 20);
        CHECK_EQUAL(reg(m[k], 7), 1);
    }
    CHECK(m[0]->poll.skipped_turns > 1000);
    CHECK_EQUAL(emu_instructions(m[0]), emu_instructions(m[1]));
    for (int k = 0; k < 2; k++) emu_machine_free(m[k]);
}

int main(void) {
    a_word_of_the_alias_is_a_bit_of_memory();
    the_debugger_has_the_aliases_too();
    code_changed_through_the_alias_is_noticed();
    without_bit_banding_nobody_is_there();
    polling_a_bit_of_a_device_is_skipped_and_ends_alike();
    return 0;
}
