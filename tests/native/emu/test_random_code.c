/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes as code, on every core. Two machines get the same; one runs it at once, the other in slices of random size. Afterwards both
 * can be inspected, and are alike. Under the sanitizers this is also the test that no firmware can harm the process.
 *
 * VMRIG_RANDOM_RUNS: how many short runs (10 million: about 20 minutes under the sanitizers), VMRIG_RANDOM_SEED: where they begin. */
#include "gadget.h"

#define RUNS 12000u
#define CYCLES 160u
#define SMALL_RAM 0x4000u

static uint64_t state;
static uint32_t random32(void) { /* splitmix64 */
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static emu_machine *new_machine(unsigned kind) {
    static const char *const cores[] = {"cortex-m4", "cortex-m3", "cortex-m0plus", "cortex-m0"};
    char error[EMU_ERROR_MAX];
    emu_machine_config config = config_of(cores[kind]);
    config.bit_band = kind < 2;
    config.mpu_regions = kind < 3 ? 8 : 0;
    emu_machine *m = emu_machine_new(&config, error);
    CHECK(m);
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "flash", .kind = EMU_FLASH, .size = 0x4000, .erased = 0xFF}, error));
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "ram", .kind = EMU_RAM, .base = RAM, .size = SMALL_RAM}, error));
    gadget *g = calloc(1, sizeof *g);
    g->hints = true;
    plug_in(m, &g->base, &gadget_class, 0x40001000, 0);
    emu_power(m, true);
    return m;
}

static uint32_t interesting(void) {
    uint32_t x = random32();
    switch (x % 12) {
    case 0: return 0xE000E000u + (x >> 8 & 0xFFF); /* the system control space */
    case 1: return 0xE000ED00u + (x >> 8 & 0xFF);
    case 2: return 0x40001000u + (x >> 8 & 0xF);
    case 3: return 0x22000000u + (x >> 8 & 0x7FFFF);
    case 4: return RAM + SMALL_RAM - (x >> 8 & 0xFF);
    case 5: return 0xFFFFFFE0u | x >> 27; /* EXC_RETURN */
    case 6: return 0xE0000000u + (x >> 8 & 0x3FFF);
    case 7: return x >> 24;
    case 8: return x;
    default: return RAM + (x >> 8 & (SMALL_RAM - 1));
    }
}

/* A kind of code that goes on for a while: mostly 16-bit instructions, and 32-bit ones that exist. */
static uint16_t halfword(void) {
    uint32_t x = random32();
    static const uint16_t first[] = {0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEE, 0xF0, 0xF1, 0xF2, 0xF3, 0xF8, 0xF9, 0xFA, 0xFB};
    if (x & 1) return (uint16_t)(x >> 8);
    if (x & 2) return (uint16_t)(first[(x >> 2) % (sizeof first / sizeof *first)] << 8 | (x >> 16 & 0xFF));
    return (uint16_t)((x >> 8) % 0xE000);
}

static void prepare(emu_machine *m[2]) {
    uint32_t at = (random32() % (SMALL_RAM - 0x100)) & ~1u, words[20];
    uint16_t code[64];
    for (unsigned i = 0; i < 64; i++) code[i] = halfword();
    for (unsigned i = 0; i < 20; i++) words[i] = interesting();
    uint32_t vectors[64] = {RAM + SMALL_RAM / 2};
    for (unsigned i = 1; i < 64; i++) vectors[i] = (RAM + at + 2 * (random32() % 64)) | 1;
    uint32_t cfbp = random32() & 0x03010101u, xpsr = (random32() & 0xF80F0000u) | 1u << 24;
    bool mpu = random32() % 4 == 0;
    for (unsigned k = 0; k < 2; k++) {
        CHECK(emu_poke(m[k], 0, vectors, sizeof vectors));
        emu_reset_pin(m[k], true);
        emu_reset_pin(m[k], false);
        CHECK(emu_poke(m[k], RAM + at, code, sizeof code));
        if (m[k]->feature.fpu) set_sys(m[k], 0xE000ED88, 0x00F00000);
        if (m[k]->feature.v7m) set_sys(m[k], SHCSR, words[16] & 7u << 16);
        set_sys(m[k], DEMCR, words[17]);
        set_sys(m[k], NVIC_ISER, words[18]);
        if (mpu) { /* everything, but for an eighth of RAM or so */
            set_sys(m[k], 0xE000ED9C, 16);
            set_sys(m[k], 0xE000EDA0, 0x03000000u | 31 << 1 | 1);
            set_sys(m[k], 0xE000ED9C, RAM | 17);
            set_sys(m[k], 0xE000EDA0, (words[19] & 0x17000000u) | 13 << 1 | 1 | (words[19] & 0xFF00));
            set_sys(m[k], 0xE000ED94, 1 | (words[19] & 6));
        }
        for (unsigned r = 0; r < 13; r++) emu_core_set(m[k], r, words[r]);
        emu_core_set(m[k], EMU_REG_MSP, RAM + (words[13] & (SMALL_RAM - 4)));
        emu_core_set(m[k], EMU_REG_PSP, RAM + (words[14] & (SMALL_RAM - 4)));
        emu_core_set(m[k], 14, words[15]);
        emu_core_set(m[k], EMU_REG_XPSR, xpsr);
        emu_core_set(m[k], EMU_REG_CFBP, cfbp);
        emu_core_set(m[k], 15, RAM + at);
    }
}

static void inspect(emu_machine *m) {
    uint32_t value;
    size_t done;
    for (unsigned r = 0; r < 21; r++) (void)emu_core_get(m, r);
    CHECK(emu_mem_read(m, DHCSR, 4, &value, 4, &done) == EMU_ACK_OK);
    CHECK(emu_mem_read(m, RAM, 4, &value, 4, &done) == EMU_ACK_OK);
    CHECK(emu_mem_read(m, 0xE000ED88, 4, &value, 4, &done) == EMU_ACK_OK);
}

static void compare(emu_machine *m[2], uint64_t seed, unsigned run) {
    for (unsigned r = 0; r < 19; r++) {
        if (emu_core_get(m[0], r) == emu_core_get(m[1], r)) continue;
        fprintf(stderr, "seed %" PRIu64 ", run %u, %s: register %u is %08" PRIX32 " at once, %08" PRIX32 " in slices\n", seed, run,
                m[0]->config.core, r, emu_core_get(m[0], r), emu_core_get(m[1], r));
        exit(1);
    }
    if (run % 256 == 0 && emu_state_hash(m[0]) != emu_state_hash(m[1])) {
        fprintf(stderr, "seed %" PRIu64 ", run %u or shortly before, %s: the states differ\n", seed, run, m[0]->config.core);
        exit(1);
    }
}

int main(void) {
    const char *count = getenv("VMRIG_RANDOM_RUNS"), *from = getenv("VMRIG_RANDOM_SEED");
    uint64_t runs = count ? strtoull(count, NULL, 10) : RUNS, seed = from ? strtoull(from, NULL, 10) : 0;
    for (unsigned kind = 0; kind < 4; kind++) {
        emu_machine *m[2] = {new_machine(kind), new_machine(kind)};
        for (uint64_t run = 0; run < runs / 4; run++) {
            state = seed << 40 ^ run << 2 ^ kind;
            prepare(m);
            emu_run(m[0], CYCLES);
            for (uint32_t left = CYCLES; left;) {
                uint32_t longest = random32() % 2 ? 3 : 60, now = 1 + random32() % longest;
                if (now > left) now = left;
                emu_run(m[1], now);
                left -= now;
            }
            inspect(m[0]);
            inspect(m[1]);
            compare(m, seed, (unsigned)run);
        }
        emu_machine_free(m[0]);
        emu_machine_free(m[1]);
    }
    return 0;
}
