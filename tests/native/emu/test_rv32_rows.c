/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of instructions that has one handler does what its instructions do one by one, whatever their lengths and registers. */
#include "cpu/rv32/rv.h"
#include "rv32.h"

#define ROUNDS 24 /* for each row */
#define ANY 3     /* length that a row leaves open */

static uint32_t random_state = 1;
static uint32_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* x8 is where data is, x9 the way out: nothing writes them. */
static unsigned target(void) {
    unsigned d;
    do d = random_number() % 16;
    while (d == 8 || d == 9);
    return d;
}
static unsigned low(void) { return 2 + random_number() % 6; } /* x10 to x15, as 16-bit encodings have them */

/* The 16-bit encoding of an operation; 0: it has none. `out`: distance to the way out. */
static uint32_t narrow(unsigned code, uint32_t out) {
    uint32_t d = low(), b = low(), r = target(), s = 1 + random_number() % 15, imm = random_number() & 31;
    uint32_t jump = (out >> 3 & 1) << 5 | (out >> 2 & 1) << 4 | (out >> 1 & 1) << 3 | (out >> 4 & 1) << 11 | (out >> 5 & 1) << 2;
    uint32_t branch = (out >> 4 & 1) << 11 | (out >> 3 & 1) << 10 | (out >> 2 & 1) << 4 | (out >> 1 & 1) << 3 | (out >> 5 & 1) << 2;
    if (!r) r = 1;
    switch (code) {
    case RV_li: return 0x4001 | r << 7 | imm << 2;
    case RV_mv: return 0x8002 | r << 7 | s << 2;
    case RV_add: return 0x9002 | r << 7 | s << 2;
    case RV_addi: return 0x0001 | r << 7 | (imm | 1) << 2;
    case RV_andi: return 0x8801 | d << 7 | imm << 2;
    case RV_slli: return 0x0002 | r << 7 | imm << 2;
    case RV_srli: return 0x8001 | d << 7 | imm << 2;
    case RV_srai: return 0x8401 | d << 7 | imm << 2;
    case RV_sub: return 0x8C01 | d << 7 | b << 2;
    case RV_xor: return 0x8C21 | d << 7 | b << 2;
    case RV_or: return 0x8C41 | d << 7 | b << 2;
    case RV_and: return 0x8C61 | d << 7 | b << 2;
    case RV_lw: return 0x4000 | (imm & 7) << 10 | d << 2; /* from x8 */
    case RV_sw: return 0xC000 | (imm & 7) << 10 | d << 2;
    case RV_beqz: return 0xC001 | d << 7 | branch;
    case RV_bnez: return 0xE001 | d << 7 | branch;
    case RV_j: return 0xA001 | jump;
    case RV_jal: return 0x2001 | jump;
    case RV_jr: return 0x8002 | 9 << 7;
    case RV_jalr: return 0x9002 | 9 << 7;
    default: return 0;
    }
}

static uint32_t wide(unsigned code, uint32_t out) {
    static const uint8_t alu[][2] = {
        [RV_add] = {0, 0},   [RV_sub] = {0x20, 0}, [RV_and] = {0, 7}, [RV_or] = {0, 6},   [RV_xor] = {0, 4}, [RV_sll] = {0, 1},
        [RV_srl] = {0, 5},   [RV_sra] = {32, 5},   [RV_slt] = {0, 2}, [RV_sltu] = {0, 3}, [RV_mul] = {1, 0}, [RV_mulh] = {1, 1},
        [RV_mulhu] = {1, 3}, [RV_mulhsu] = {1, 2}, [RV_div] = {1, 4}, [RV_divu] = {1, 5}, [RV_rem] = {1, 6}, [RV_remu] = {1, 7}};
    uint32_t d = target(), a = 1 + random_number() % 15, b = 1 + random_number() % 15, imm = (random_number() & 0x7FF) | 1,
             at = random_number() & 0x7C;
    uint32_t shift = random_number() & 31;
    if (!d) d = 1;
    if (code >= RV_add && code <= RV_remu)
        return (uint32_t)alu[code][0] << 25 | b << 20 | a << 15 | (uint32_t)alu[code][1] << 12 | d << 7 | 0x33;
    switch (code) {
    case RV_li: return LI(d, imm);
    case RV_mv: return ADDI(d, a, 0);
    case RV_addi: return ADDI(d, a, imm);
    case RV_andi: return ANDI(d, a, imm);
    case RV_ori: return I_TYPE(0x13, 6u, d, a, imm);
    case RV_xori: return I_TYPE(0x13, 4u, d, a, imm);
    case RV_slti: return I_TYPE(0x13, 2u, d, a, imm);
    case RV_sltiu: return I_TYPE(0x13, 3u, d, a, imm);
    case RV_slli: return I_TYPE(0x13, 1u, d, a, shift);
    case RV_srli: return I_TYPE(0x13, 5u, d, a, shift);
    case RV_srai: return I_TYPE(0x13, 5u, d, a, shift | 0x400);
    case RV_lw: return LW(d, S0, at);
    case RV_lh: return LH(d, S0, at + 2);
    case RV_lhu: return I_TYPE(0x03, 5u, d, S0, at + 2);
    case RV_lb: return I_TYPE(0x03, 0u, d, S0, at + 3);
    case RV_lbu: return I_TYPE(0x03, 4u, d, S0, at + 1);
    case RV_sw: return SW(b, S0, at);
    case RV_sh: return SW(b, S0, at + 2) - 0x1000;
    case RV_sb: return SW(b, S0, at + 1) - 0x2000;
    case RV_beq: return BEQ(a, b, out);
    case RV_bne: return BNE(a, b, out);
    case RV_blt: return BRANCH(4u, a, b, out);
    case RV_bge: return BRANCH(5u, a, b, out);
    case RV_bltu: return BRANCH(6u, a, b, out);
    case RV_bgeu: return BRANCH(7u, a, b, out);
    case RV_beqz: return BEQ(a, ZERO, out);
    case RV_bnez: return BNE(a, ZERO, out);
    case RV_j: return J(out);
    case RV_jal: return J(out) | d << 7;
    case RV_jr: return JALR(ZERO, 9, 0);
    case RV_jalr: return JALR(d, 9, 0);
    default: CHECK(!"known"); return 0;
    }
}

/* Puts the row at `at`, behind it an instruction that a branch goes over, and a breakpoint. Where that is, the way out. */
static uint32_t put_row(emu_machine *m, uint32_t at, const uint8_t *codes, const uint8_t *lengths, unsigned count) {
    uint8_t length[4];
    uint32_t end = at;
    for (unsigned i = 0; i < count; i++) {
        length[i] = lengths[i] == ANY ? (uint8_t)(1 + random_number() % 2) : lengths[i];
        if (!narrow(codes[i], 0)) length[i] = 2;
        end += 2u * length[i];
    }
    for (unsigned i = 0; i < count; at += 2u * length[i++]) {
        uint32_t encoding = length[i] == 1 ? narrow(codes[i], end + 4 - at) : wide(codes[i], end + 4 - at);
        CHECK(emu_poke(m, at, &encoding, 2u * length[i]));
    }
    RV(m, end, I_TYPE(0x13, 3u, A3, A3, 1), EBREAK); /* SLTIU: in no row */
    return end + 4;
}

static bool used[RV_COUNT];

/* Which handlers stand in the page. */
static void look(const emu_machine *m, uint32_t address) {
    const emu_op *op = (const emu_op *)(m->code_table[address >> EMU_PAGE_BITS] + (uintptr_t)address * 8);
    for (unsigned code = 0; code < RV_COUNT; code++)
        if (m->handlers[code] == op->handler) used[code] = true;
}

static void a_row_does_what_its_instructions_do(emu_machine *m, const uint8_t *codes, const uint8_t *lengths, unsigned count) {
    uint32_t first[34], start[32], way_out = put_row(m, ROM, codes, lengths, count);
    uint8_t data[256], before[256];
    for (unsigned i = 0; i < 64; i++) put_word(m, RAM + 0x800 + 4 * i, random_number() % 4 ? random_number() : 0);
    CHECK(emu_peek(m, RAM + 0x800, before, sizeof before));
    for (unsigned n = 1; n < 32; n++) start[n] = random_number() % 3 ? random_number() : random_number() % 2 ? 0 : 5;
    start[8] = RAM + 0x800;
    start[9] = way_out;
    for (unsigned alone = 0; alone < 2; alone++) {
        CHECK(emu_poke(m, RAM + 0x800, before, sizeof before));
        for (unsigned n = 1; n < 32; n++) emu_core_set(m, n, start[n]);
        emu_core_set(m, PC, ROM);
        emu_core_debug_resume(m);
        uint64_t from = emu_instructions(m);
        if (!alone) CHECK_EQUAL(emu_run(m, 100), EMU_STOP_BREAK);
        if (!alone) look(m, ROM);
        while (!emu_core_halted(m)) emu_run(m, 1);
        CHECK_EQUAL(emu_core_get(m, PC), way_out);
        for (unsigned n = 0; n < 32; n++) {
            if (alone) CHECK_EQUAL(first[n], reg(m, n));
            first[n] = reg(m, n);
        }
        if (alone) CHECK_EQUAL(first[32], emu_instructions(m) - from);
        first[32] = (uint32_t)(emu_instructions(m) - from);
        uint8_t now[256];
        CHECK(emu_peek(m, RAM + 0x800, now, sizeof now));
        if (alone) CHECK(memcmp(now, data, sizeof now) == 0);
        memcpy(data, now, sizeof now);
    }
}

int main(void) {
    static const uint8_t any[4] = {ANY, ANY, ANY, ANY}, longest[4] = {2, 2, 2, 2};
#define X(a, b) {RV_##a, RV_##b},
    static const uint8_t pairs[][2] = {RV_PAIRS(X)};
#undef X
#define X(a, b, c) {RV_##a, RV_##b, RV_##c},
    static const uint8_t triples[][3] = {RV_TRIPLES(X)};
#undef X
#define X(a, b, c, d, la, lb, lc, ld) {{RV_##a, RV_##b, RV_##c, RV_##d}, {la, lb, lc, ld}},
    static const uint8_t quads[][2][4] = {RV_QUADS(X)};
#undef X
    emu_machine *m = rv_machine(false);
    emu_power(m, true);
    emu_core_debug_attach(m, true);
    emu_core_debug_halt(m);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint8_t *lengths = round ? any : longest;
        for (unsigned i = 0; i < RV_PAIR_COUNT; i++) a_row_does_what_its_instructions_do(m, pairs[i], lengths, 2);
        for (unsigned i = 0; i < RV_TRIPLE_COUNT; i++) a_row_does_what_its_instructions_do(m, triples[i], lengths, 3);
        for (unsigned i = 0; i < RV_QUAD_COUNT; i++) a_row_does_what_its_instructions_do(m, quads[i][0], quads[i][1], 4);
    }
    emu_machine_free(m);
    /* Each in its longest form, which all have. */
    for (unsigned i = 0; i < RV_PAIR_COUNT; i++) CHECK(used[RV_FIRST_PAIR + 4 * i + 3]);
    for (unsigned i = 0; i < RV_TRIPLE_COUNT; i++) CHECK(used[RV_FIRST_TRIPLE + 8 * i + 7]);
    for (unsigned i = 0; i < RV_QUAD_COUNT; i++) CHECK(used[RV_FIRST_QUAD + i]);
    return 0;
}
