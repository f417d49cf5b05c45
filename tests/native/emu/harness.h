/* SPDX-License-Identifier: Apache-2.0 */
/* A bare Cortex-M4 with its floating point unit: 64 KB of flash at 0, 64 KB of RAM at 0x20000000, nothing else; programs are arrays of
 * halfwords put into place. */
#ifndef VMRIG_TEST_HARNESS_H
#define VMRIG_TEST_HARNESS_H

#include "../check.h"
#include "machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_EQUAL(found, expected)                                                                                                       \
    do {                                                                                                                                   \
        uint64_t f_ = (found), e_ = (expected);                                                                                            \
        if (f_ != e_) {                                                                                                                    \
            fprintf(stderr, "%s:%d: %s is 0x%" PRIx64 ", expected 0x%" PRIx64 "\n", __FILE__, __LINE__, #found, f_, e_);                   \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

#define FLASH 0x00000000u
#define RAM 0x20000000u
#define STACK (RAM + 0x8000u)
#define CODE 0x400u /* where programs start; handlers of exception n are put at HANDLER(n) */
#define HANDLER(n) (0x1000u + 0x40u * (n))

static inline emu_machine_config config_of(const char *core) {
    bool v7m = strcmp(core, "cortex-m3") == 0 || strcmp(core, "cortex-m4") == 0;
    return (emu_machine_config){.core = core,
                                .fpu = strcmp(core, "cortex-m4") == 0,
                                .clock_hz = 64000000,
                                .irq_count = v7m ? 48 : 32,
                                .priority_bits = v7m ? 3 : 2,
                                .cpuid = v7m ? 0x410FC241 : 0x410CC200,
                                .dpidr = v7m ? 0x2BA01477 : 0x0BB11477,
                                .ap_idr = v7m ? 0x24770011 : 0x04770021,
                                .rom_table = 0xE00FF000};
}

static inline emu_machine *machine_of(const emu_machine_config *config) {
    char error[EMU_ERROR_MAX];
    emu_machine *m = emu_machine_new(config, error);
    CHECK(m);
    CHECK(
        emu_add_memory(m, &(emu_memory_config){.name = "flash", .kind = EMU_FLASH, .base = FLASH, .size = 0x10000, .erased = 0xFF}, error));
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "ram", .kind = EMU_RAM, .base = RAM, .size = 0x10000}, error));
    return m;
}

static inline emu_machine *bare_machine_among(struct emu_commons *commons, bool unmapped_reads_zero) {
    emu_machine_config config = config_of("cortex-m4");
    config.unmapped_reads_zero = unmapped_reads_zero;
    config.commons = commons;
    return machine_of(&config);
}

static inline emu_machine *bare_machine(bool unmapped_reads_zero) { return bare_machine_among(NULL, unmapped_reads_zero); }

static inline void put_words(emu_machine *m, uint32_t address, const uint32_t *words, size_t count) {
    CHECK(emu_poke(m, address, words, 4 * count));
}
static inline void put_word(emu_machine *m, uint32_t address, uint32_t word) { put_words(m, address, &word, 1); }
static inline uint32_t get_word(emu_machine *m, uint32_t address) {
    uint32_t word;
    CHECK(emu_peek(m, address, &word, 4));
    return word;
}

#define PUT(m, address, ...)                                                                                                               \
    do {                                                                                                                                   \
        const uint16_t code_[] = {__VA_ARGS__};                                                                                            \
        CHECK(emu_poke(m, address, code_, sizeof code_));                                                                                  \
    } while (0)

/* Vector table: stack, reset at CODE, every exception at its HANDLER, each of which is an endless loop until something is put there. */
static inline void put_vectors(emu_machine *m) {
    put_word(m, 0, STACK);
    put_word(m, 4, CODE | 1);
    for (unsigned n = 2; n < 64; n++) {
        put_word(m, 4 * n, HANDLER(n) | 1);
        PUT(m, HANDLER(n), 0xE7FE);
    }
}

static inline emu_machine *machine_with_vectors(void) {
    emu_machine *m = bare_machine(false);
    put_vectors(m);
    return m;
}

static inline uint32_t reg(const emu_machine *m, unsigned n) { return emu_core_get(m, n); }

/* System registers the way a debugger sees them. */
static inline uint32_t sys(emu_machine *m, uint32_t address) {
    uint32_t value;
    size_t done;
    CHECK(emu_mem_read(m, address, 4, &value, 4, &done) == EMU_ACK_OK);
    return value;
}
static inline void set_sys(emu_machine *m, uint32_t address, uint32_t value) {
    size_t done;
    CHECK(emu_mem_write(m, address, 4, &value, 4, &done) == EMU_ACK_OK);
}

enum {
    ICSR = 0xE000ED04,
    VTOR = 0xE000ED08,
    AIRCR = 0xE000ED0C,
    SCR = 0xE000ED10,
    CCR = 0xE000ED14,
    SHPR2 = 0xE000ED1C,
    SHPR3 = 0xE000ED20,
    SHCSR = 0xE000ED24,
    CFSR = 0xE000ED28,
    HFSR = 0xE000ED2C,
    DFSR = 0xE000ED30,
    BFAR = 0xE000ED38,
    DHCSR = 0xE000EDF0,
    DCRSR = 0xE000EDF4,
    DCRDR = 0xE000EDF8,
    DEMCR = 0xE000EDFC,
    SYST_CSR = 0xE000E010,
    SYST_RVR = 0xE000E014,
    SYST_CVR = 0xE000E018,
    NVIC_ISER = 0xE000E100,
    NVIC_ISPR = 0xE000E200,
    NVIC_ICPR = 0xE000E280,
    NVIC_IPR = 0xE000E400,
    DWT_CTRL = 0xE0001000,
    DWT_CYCCNT = 0xE0001004,
    DWT_COMP0 = 0xE0001020,
    FP_CTRL = 0xE0002000,
    FP_COMP0 = 0xE0002008,
};
#define DHCSR_KEY 0xA05F0000u

/* A device that is not in the table of types: one page at `base`. */
static inline void plug_in(emu_machine *m, emu_device *d, const emu_device_class *cls, uint32_t base, int irq) {
    d->cls = cls;
    d->name = strdup(cls->type);
    d->base = base;
    d->irq = irq;
    emu_place_device(m, d);
}

#endif
