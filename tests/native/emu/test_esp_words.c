/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of chips of which only the loader is emulated: words at any address, as many as there is room for, until a reset. */
#include "harness.h"

enum { CLOCK_HZ = 80000000, PRESET = 0x40001000, CONFIG0 = 0x60008090, PROTECT = 0x600080A8, KEY = 0x50D83AA1 };

static emu_machine *with_words(const emu_param *params, size_t count) {
    char error[EMU_ERROR_MAX];
    emu_machine_config config = {.core = "none", .clock_hz = CLOCK_HZ, .irq_count = 1, .priority_bits = 2};
    emu_machine *m = emu_machine_new(&config, error);
    CHECK(m);
    if (!emu_add_device(m, "esp.words", "REGISTERS", 0x10000000, -1, params, count, error)) {
        emu_machine_free(m);
        return NULL;
    }
    emu_power(m, true);
    return m;
}

static uint32_t get(emu_machine *m, uint32_t address, unsigned size) {
    uint32_t value = 0;
    CHECK(emu_bus_access(m, address, size, &value, false));
    return value;
}

static void set(emu_machine *m, uint32_t address, unsigned size, uint32_t value) { CHECK(emu_bus_access(m, address, size, &value, true)); }

static void more_addresses_than_there_is_room_for_are_lost_and_harm_nothing(void) {
    emu_machine *m = with_words((emu_param[]){{"at_40001000", 0x12345678}}, 1);
    for (uint32_t i = 0; i < 5000; i++) set(m, 0x60000000 + 4 * i, 4, i + 1);
    CHECK_EQUAL(get(m, PRESET, 4), 0x12345678);
    CHECK_EQUAL(get(m, 0x60000000 + 4 * 1000, 4), 1001);
    CHECK_EQUAL(get(m, 0x60000000 + 4 * 4999, 4), 0);
    emu_machine_free(m);
}

static void narrow_accesses_touch_their_bytes_and_a_reset_brings_the_presets_back(void) {
    emu_machine *m = with_words((emu_param[]){{"at_40001000", 0x12345678}}, 1);
    set(m, PRESET + 1, 1, 0xAB);
    set(m, PRESET + 2, 2, 0xCDEF);
    CHECK_EQUAL(get(m, PRESET, 4), 0xCDEFAB78);
    CHECK_EQUAL(get(m, PRESET + 3, 1), 0xCD);
    set(m, 0xFFFFFFFC, 4, 7);
    emu_reset_pin(m, true);
    emu_reset_pin(m, false);
    emu_run(m, 100);
    CHECK_EQUAL(get(m, PRESET, 4), 0x12345678);
    CHECK_EQUAL(get(m, 0xFFFFFFFC, 4), 0);
    emu_machine_free(m);
}

static void a_watchdog_is_set_up_only_while_it_is_unlocked(void) {
    emu_machine *m = with_words((emu_param[]){{"wdt_config0", CONFIG0}, {"wdt_wprotect", PROTECT}, {"wdt_key", KEY}}, 3);
    set(m, CONFIG0, 4, 1u << 31);
    CHECK_EQUAL(get(m, CONFIG0, 4), 0);
    CHECK_EQUAL(emu_next_event(m), UINT64_MAX);
    set(m, PROTECT, 4, KEY);
    set(m, CONFIG0 + 4, 4, 136); /* a millisecond of the slow clock */
    set(m, CONFIG0, 4, 1u << 31);
    CHECK_EQUAL(emu_next_event(m), emu_now(m) + CLOCK_HZ / 1000);
    set(m, CONFIG0, 4, 0);
    CHECK_EQUAL(emu_next_event(m), UINT64_MAX);
    set(m, CONFIG0, 4, 1u << 31);
    emu_run(m, CLOCK_HZ / 500);
    CHECK_EQUAL(get(m, CONFIG0, 4), 0); /* the chip was reset */
    emu_machine_free(m);
}

static void parameters_that_make_no_sense_are_refused(void) {
    static const char *const wrong[] = {"at_", "at_xyz", "at_40001002", "at", "other"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CHECK(with_words((emu_param[]){{wrong[i], 1}}, 1) == NULL);
}

int main(void) {
    more_addresses_than_there_is_room_for_are_lost_and_harm_nothing();
    narrow_accesses_touch_their_bytes_and_a_reset_brings_the_presets_back();
    a_watchdog_is_set_up_only_while_it_is_unlocked();
    parameters_that_make_no_sense_are_refused();
    return 0;
}
