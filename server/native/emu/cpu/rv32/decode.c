/* SPDX-License-Identifier: Apache-2.0 */
/* From encodings to operations, and from instructions to pages of them. The RISC-V Instruction Set Manual, volume I: chapter "RV32/64G
 * Instruction Set Listings", chapter "C". */
#include "rv.h"

#include <string.h>

static uint32_t sign_extend(uint32_t x, unsigned bits) { return (uint32_t)((int32_t)(x << (32 - bits)) >> (32 - bits)); }

/* Bits high..low of x, shifted to `at`. */
static uint32_t field(uint32_t x, unsigned high, unsigned low, unsigned at) { return (x >> low & ((2u << (high - low)) - 1)) << at; }

static unsigned sink(unsigned rd) { return rd ? rd : RV_SINK; }

static void set(rv_decoded *out, unsigned code, unsigned d, unsigned a, unsigned b, uint32_t imm) {
    out->u = (emu_uop){(uint16_t)code, (uint8_t)a, (uint8_t)b, (uint8_t)d, imm};
}

static void ending(rv_decoded *out, unsigned code, unsigned d, unsigned a, unsigned b, uint32_t imm) {
    set(out, code, d, a, b, imm);
    out->ends_run = true;
}

/* Arithmetic changes nothing but its register. */
static void alu_r(rv_decoded *out, unsigned code, unsigned d, unsigned a, unsigned b) {
    if (!d)
        set(out, RV_nop, 0, 0, 0, 0);
    else if (code == RV_add && !a)
        set(out, RV_mv, d, b, 0, 0);
    else
        set(out, code, d, a, b, 0);
}

static void alu_i(rv_decoded *out, unsigned code, unsigned d, unsigned a, uint32_t imm) {
    if (!d)
        set(out, RV_nop, 0, 0, 0, 0);
    else if (code == RV_addi && !a)
        set(out, RV_li, d, 0, 0, imm);
    else if (code == RV_addi && !imm)
        set(out, RV_mv, d, a, 0, 0);
    else
        set(out, code, d, a, imm & 31, imm); /* b: of shifts */
}

/* --- 16-bit encodings ----------------------------------------------------------------------------------------------------- */

static bool quadrant0(uint32_t h, rv_decoded *out) {
    unsigned low = 8 + (h >> 2 & 7), base = 8 + (h >> 7 & 7);
    uint32_t offset = field(h, 12, 10, 3) | field(h, 6, 6, 2) | field(h, 5, 5, 6);
    switch (h >> 13) {
    case 0: { /* C.ADDI4SPN */
        uint32_t imm = field(h, 12, 11, 4) | field(h, 10, 7, 6) | field(h, 6, 6, 2) | field(h, 5, 5, 3);
        if (imm) alu_i(out, RV_addi, low, 2, imm);
        return imm != 0;
    }
    case 2: set(out, RV_lw, low, base, 0, offset); return true;
    case 6: set(out, RV_sw, 0, base, low, offset); return true;
    default: return false;
    }
}

static bool misc_alu(uint32_t h, rv_decoded *out) {
    static const uint16_t codes[] = {RV_sub, RV_xor, RV_or, RV_and};
    unsigned d = 8 + (h >> 7 & 7);
    uint32_t imm = field(h, 12, 12, 5) | field(h, 6, 2, 0);
    switch (h >> 10 & 3) {
    case 0: alu_i(out, RV_srli, d, d, imm); return !(h & 0x1000);
    case 1: alu_i(out, RV_srai, d, d, imm); return !(h & 0x1000);
    case 2: alu_i(out, RV_andi, d, d, sign_extend(imm, 6)); return true;
    default: alu_r(out, codes[h >> 5 & 3], d, d, 8 + (h >> 2 & 7)); return !(h & 0x1000);
    }
}

static bool quadrant1(uint32_t address, uint32_t h, rv_decoded *out) {
    unsigned d = h >> 7 & 31, base = 8 + (h >> 7 & 7);
    uint32_t imm = sign_extend(field(h, 12, 12, 5) | field(h, 6, 2, 0), 6);
    uint32_t jump = address + sign_extend(field(h, 12, 12, 11) | field(h, 11, 11, 4) | field(h, 10, 9, 8) | field(h, 8, 8, 10) |
                                              field(h, 7, 7, 6) | field(h, 6, 6, 7) | field(h, 5, 3, 1) | field(h, 2, 2, 5),
                                          12);
    uint32_t branch =
        address + sign_extend(field(h, 12, 12, 8) | field(h, 11, 10, 3) | field(h, 6, 5, 6) | field(h, 4, 3, 1) | field(h, 2, 2, 5), 9);
    switch (h >> 13) {
    case 0: alu_i(out, RV_addi, d, d, imm); return true;
    case 1: ending(out, RV_jal, 1, 0, 0, jump); return true;
    case 2: alu_i(out, RV_addi, d, 0, imm); return true;
    case 3:
        if (d == 2) /* C.ADDI16SP */
            alu_i(out, RV_addi, 2, 2,
                  sign_extend(field(h, 12, 12, 9) | field(h, 6, 6, 4) | field(h, 5, 5, 6) | field(h, 4, 3, 7) | field(h, 2, 2, 5), 10));
        else
            alu_i(out, RV_addi, d, 0, imm << 12); /* C.LUI */
        return imm != 0;
    case 4: return misc_alu(h, out);
    case 5: ending(out, RV_j, 0, 0, 0, jump); return true;
    case 6: ending(out, RV_beq, 1, base, 0, branch); return true;
    default: ending(out, RV_bne, 1, base, 0, branch); return true;
    }
}

static bool quadrant2(uint32_t h, rv_decoded *out) {
    unsigned d = h >> 7 & 31, s = h >> 2 & 31;
    switch (h >> 13) {
    case 0: alu_i(out, RV_slli, d, d, s); return !(h & 0x1000);
    case 2: /* C.LWSP */ set(out, RV_lw, d, 2, 0, field(h, 12, 12, 5) | field(h, 6, 4, 2) | field(h, 3, 2, 6)); return d != 0;
    case 4:
        if (s)
            alu_r(out, RV_add, d, h & 0x1000 ? d : 0, s); /* C.ADD, C.MV */
        else if (!(h & 0x1000))
            ending(out, RV_jr, 0, d, 0, 0);
        else if (d)
            ending(out, RV_jalr, 1, d, 0, 0);
        else
            ending(out, RV_system, 0, 0, 0, 0x00100073); /* C.EBREAK */
        return s || d || h & 0x1000;
    case 6: /* C.SWSP */ set(out, RV_sw, 0, 2, s, field(h, 12, 9, 2) | field(h, 8, 7, 6)); return true;
    default: return false;
    }
}

/* --- 32-bit encodings ----------------------------------------------------------------------------------------------------- */

static bool register_alu(uint32_t i, rv_decoded *out) {
    static const uint16_t base[8] = {RV_add, RV_sll, RV_slt, RV_sltu, RV_xor, RV_srl, RV_or, RV_and};
    static const uint16_t multiply[8] = {RV_mul, RV_mulh, RV_mulhsu, RV_mulhu, RV_div, RV_divu, RV_rem, RV_remu};
    unsigned function = i >> 12 & 7, code;
    switch (i >> 25) {
    case 0x00: code = base[function]; break;
    case 0x01: code = multiply[function]; break;
    case 0x20:
        if (function != 0 && function != 5) return false;
        code = function ? RV_sra : RV_sub;
        break;
    default: return false;
    }
    alu_r(out, code, i >> 7 & 31, i >> 15 & 31, i >> 20 & 31);
    return true;
}

static bool immediate_alu(uint32_t i, rv_decoded *out) {
    static const uint16_t codes[8] = {RV_addi, RV_slli, RV_slti, RV_sltiu, RV_xori, RV_srli, RV_ori, RV_andi};
    unsigned function = i >> 12 & 7, code = codes[function];
    uint32_t imm = sign_extend(i >> 20, 12);
    if (function == 1 || function == 5) {
        unsigned kind = i >> 25;
        if (kind && !(kind == 0x20 && function == 5)) return false;
        if (kind) code = RV_srai;
        imm &= 31;
    }
    alu_i(out, code, i >> 7 & 31, i >> 15 & 31, imm);
    return true;
}

static bool is_system(uint32_t i) {
    unsigned function = i >> 12 & 7;
    if (function) return function != 4;
    return i == 0x00000073 || i == 0x00100073 || i == 0x30200073 || i == 0x10500073; /* ECALL, EBREAK, MRET, WFI */
}

static bool wide(uint32_t address, uint32_t i, rv_decoded *out) {
    static const uint16_t loads[8] = {RV_lb, RV_lh, RV_lw, 0, RV_lbu, RV_lhu, 0, 0};
    static const uint16_t stores[8] = {RV_sb, RV_sh, RV_sw, 0, 0, 0, 0, 0};
    static const uint16_t branches[8] = {RV_beq, RV_bne, 0, 0, RV_blt, RV_bge, RV_bltu, RV_bgeu};
    unsigned d = i >> 7 & 31, a = i >> 15 & 31, b = i >> 20 & 31, function = i >> 12 & 7;
    switch (i & 0x7F) {
    case 0x37: alu_i(out, RV_addi, d, 0, i & 0xFFFFF000u); return true;             /* LUI */
    case 0x17: alu_i(out, RV_addi, d, 0, address + (i & 0xFFFFF000u)); return true; /* AUIPC */
    case 0x6F: {
        uint32_t target =
            address + sign_extend(field(i, 31, 31, 20) | field(i, 30, 21, 1) | field(i, 20, 20, 11) | field(i, 19, 12, 12), 21);
        ending(out, d ? RV_jal : RV_j, d, 0, 0, target);
        return true;
    }
    case 0x67: ending(out, d ? RV_jalr : RV_jr, d, a, 0, sign_extend(i >> 20, 12)); return function == 0;
    case 0x63: {
        uint32_t target = address + sign_extend(field(i, 31, 31, 12) | field(i, 30, 25, 5) | field(i, 11, 8, 1) | field(i, 7, 7, 11), 13);
        ending(out, branches[function], 2, a, b, target);
        return function != 2 && function != 3;
    }
    case 0x03: set(out, loads[function], sink(d), a, 0, sign_extend(i >> 20, 12)); return function != 3 && function < 6;
    case 0x23: set(out, stores[function], 0, a, b, sign_extend(field(i, 31, 25, 5) | d, 12)); return function < 3;
    case 0x13: return immediate_alu(i, out);
    case 0x33: return register_alu(i, out);
    case 0x0F: /* FENCE orders nothing here; FENCE.I ends its run, and code that was written is decoded anew without it */
        set(out, RV_nop, 0, 0, 0, 0);
        out->ends_run = false;
        return function < 2;
    case 0x73: ending(out, RV_system, 0, 0, 0, i); return is_system(i);
    default: return false;
    }
}

void emu_rv_decode_one(uint32_t address, uint16_t h1, uint16_t h2, rv_decoded *out) {
    bool narrow = (h1 & 3) != 3, known = false;
    *out = (rv_decoded){.length = narrow ? 1 : 2};
    if (narrow)
        known = (h1 & 3) == 0 ? quadrant0(h1, out) : (h1 & 3) == 1 ? quadrant1(address, h1, out) : quadrant2(h1, out);
    else
        known = wide(address, h1 | (uint32_t)h2 << 16, out);
    if (!known) ending(out, RV_illegal, 0, 0, 0, narrow ? h1 : h1 | (uint32_t)h2 << 16);
}

/* --- runs ------------------------------------------------------------------------------------------------------------------- */

bool emu_rv_fetch(emu_machine *m, uint32_t address, uint16_t *halfword) {
    emu_memory *mem = emu_memory_at(m, address);
    if (!mem || address - mem->base + 2 > mem->size) return false;
    memcpy(halfword, mem->bytes + (address - mem->base), 2);
    return true;
}

bool emu_rv_breakpoint_at(const emu_machine *m, uint32_t address) {
    for (unsigned i = 0; i < m->rv.breakpoint_count; i++)
        if (m->rv.breakpoint[i] == address) return true;
    return false;
}

/* The instruction at the address; what stands in its way is an operation as well. */
static void read_one(emu_machine *m, uint32_t address, bool breakpoints, rv_decoded *out) {
    uint16_t h1 = 0, h2 = 0;
    *out = (rv_decoded){.length = 1};
    if (breakpoints && (emu_rv_breakpoint_at(m, address) || emu_rv_trigger_set_at(m, address)))
        ending(out, RV_bkpt, 0, 0, 0, 0);
    else if (!emu_rv_fetch(m, address, &h1))
        ending(out, RV_fetch_fault, 0, 0, 0, address);
    else if ((h1 & 3) == 3 && !emu_rv_fetch(m, address + 2, &h2))
        ending(out, RV_fetch_fault, 0, 0, 0, address + 2);
    else
        emu_rv_decode_one(address, h1, h2, out);
}

/* Branches get their distance in slots when the target is in the same page. */
static unsigned placed(const emu_code_page *page, const emu_op *op, emu_uop *u, uint32_t slot, unsigned length) {
    bool near = page && u->imm - page->base < EMU_PAGE_SIZE;
    int32_t distance = page ? (int32_t)((u->imm - page->base) / 2) - (int32_t)(op - page->ops) : 0;
    bool branch = u->code >= RV_beq && u->code <= RV_bgeu;
    if (u->code != RV_j && u->code != RV_jal && !branch) return length == 2 ? RV_WIDE(u->code) : u->code;
    if (u->code == RV_jal) {
        uint32_t back = 2 * (slot + length);
        u->a = (uint8_t)back;
        u->b = (uint8_t)(back >> 8);
    }
    unsigned code = branch && !u->b && u->code <= RV_bne ? RV_beqz + (u->code - RV_beq) : u->code;
    if (near)
        u->imm = (uint32_t)(distance * (int32_t)sizeof *op);
    else
        code = code == RV_j ? RV_j_far : code == RV_jal ? RV_jal_far : RV_far_beq + (code - RV_beq);
    return length == 2 ? RV_WIDE(code) : code;
}

/* The code without the length of its encoding. */
static unsigned narrow_code(unsigned code) { return code >= RV_BOTH_COUNT && code < 2 * RV_BOTH_COUNT ? code - RV_BOTH_COUNT : code; }

#define ROW 4 /* instructions that one handler does at most */

typedef struct {
    unsigned code[ROW]; /* of the operations from here on */
    uint8_t length[ROW];
    unsigned steps[ROW + 1]; /* [i]: from operation i on to the end of the run */
    unsigned count;          /* of those that are known */
} row;

static bool is_row(const row *r, const uint8_t *codes, const uint8_t *lengths, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (i >= r->count || narrow_code(r->code[i]) != codes[i] || (lengths && lengths[i] != r->length[i])) return false;
    return true;
}

/* The operation for instructions in a row that leaves the least to do; that of the first one when there is none for several. */
static unsigned together(row *r) {
#define X(a, b) [RV_##a][RV_##b] = 1 + RVP_##a##_##b,
    static const uint16_t pairs[RV_far_beq][RV_far_beq] = {RV_PAIRS(X)};
#undef X
#define X(a, b, c) {RV_##a, RV_##b, RV_##c},
    static const uint8_t triples[][3] = {RV_TRIPLES(X)};
#undef X
#define X(a, b, c, d, la, lb, lc, ld) {RV_##a, RV_##b, RV_##c, RV_##d},
    static const uint8_t quads[][ROW] = {RV_QUADS(X)};
#undef X
#define X(a, b, c, d, la, lb, lc, ld) {la, lb, lc, ld},
    static const uint8_t quad_lengths[][ROW] = {RV_QUADS(X)};
#undef X
    unsigned best = r->code[0], least = r->steps[1];
    unsigned a = narrow_code(r->code[0]), b = r->count > 1 ? narrow_code(r->code[1]) : RV_far_beq;
    unsigned lengths = 2u * (r->length[0] == 2) + (r->length[1] == 2);
    if (a < RV_far_beq && b < RV_far_beq && pairs[a][b] && r->steps[2] <= least) {
        best = RV_FIRST_PAIR + 4 * (pairs[a][b] - 1u) + lengths;
        least = r->steps[2];
    }
    for (unsigned i = 0; i < RV_TRIPLE_COUNT; i++) {
        if (!is_row(r, triples[i], NULL, 3) || r->steps[3] > least) continue;
        best = RV_FIRST_TRIPLE + 8 * i + 2 * lengths + (r->length[2] == 2);
        least = r->steps[3];
    }
    for (unsigned i = 0; i < RV_QUAD_COUNT; i++) {
        if (!is_row(r, quads[i], quad_lengths[i], ROW) || r->steps[ROW] > least) continue;
        best = RV_FIRST_QUAD + i;
        least = r->steps[ROW];
    }
    r->steps[0] = least + 1;
    return best;
}

/* One more instruction, before the others. */
static void push(row *r, unsigned code, unsigned length) {
    memmove(&r->code[1], &r->code[0], (ROW - 1) * sizeof *r->code);
    memmove(&r->length[1], &r->length[0], ROW - 1);
    memmove(&r->steps[1], &r->steps[0], ROW * sizeof *r->steps);
    r->code[0] = code;
    r->length[0] = (uint8_t)length;
    if (r->count < ROW) r->count++;
}

static emu_op *extra_slot(emu_code_page *page, uint32_t slot) {
    uint32_t i = page->extra_used++;
    page->extra_slot[i] = (uint16_t)slot;
    page->extra_it[i] = 0;
    return &page->ops[EMU_FIRST_EXTRA + i];
}

static void set_plain(emu_machine *m, emu_op *op, unsigned code, uint32_t imm, unsigned n) {
    emu_uop u = {(uint16_t)code, 0, 0, 0, imm};
    emu_op_set(m, op, code, &u, n);
}

/* A run that is cut: its last operation goes into extra slots, followed by a jump to where the next run begins. */
static void place_cut(emu_machine *m, emu_code_page *page, uint32_t slot, const rv_decoded *d) {
    emu_op *op = &page->ops[slot], *first = extra_slot(page, slot);
    emu_uop u = d->u;
    if (d->length == 2) extra_slot(page, slot);
    emu_op_set(m, first, d->length == 2 ? RV_WIDE(u.code) : u.code, &u, 1);
    emu_op *jump = extra_slot(page, slot + d->length);
    int32_t distance = (int32_t)(slot + d->length) - (int32_t)(jump - page->ops);
    set_plain(m, jump, RV_j, (uint32_t)(distance * (int32_t)sizeof *jump), 0);
    set_plain(m, op, RV_extra, (uint32_t)(first - op), 1);
}

/* Two that are one thing: the address of a call, a constant of 32 bits. The first one then does the work of both; nothing sees the register
 * between them, since a run goes through both or stops before them. */
static bool merged(const rv_decoded d[2], rv_decoded *out) {
    const emu_uop *a = &d[0].u, *b = &d[1].u;
    if (a->code != RV_li || b->a != a->d || b->d != a->d) return false;
    *out = (rv_decoded){.u = *a, .length = (uint8_t)(d[0].length + d[1].length)};
    if (b->code == RV_addi) {
        out->u.imm += b->imm;
        out->u.code = out->length == 2 ? RV_w_li : out->length == 3 ? RV_li_3 : RV_li_4;
    } else if (b->code == RV_jalr) {
        out->u.imm = (a->imm + b->imm) & ~1u;
        out->u.code = RV_jal;
    } else {
        return false;
    }
    return true;
}

void emu_rv_decode_run(emu_machine *m, emu_code_page *page, uint32_t slot) {
    rv_decoded d[EMU_RUN_MAX];
    uint16_t at[EMU_RUN_MAX];
    unsigned count = 0, tail = 0;
    bool ended = false, cut = false;
    while (!ended && slot < EMU_PAGE_SLOTS) {
        if (count && page->ops[slot].n) { /* decoded before: this run goes on there, or where n would not fit, in a new one */
            tail = page->ops[slot].n;
            cut = count + tail > 250;
            if (cut) tail = 0;
            break;
        }
        if (count == EMU_RUN_MAX) {
            cut = true;
            break;
        }
        at[count] = (uint16_t)slot;
        read_one(m, page->base + 2 * slot, true, &d[count]);
        ended = d[count].ends_run;
        slot += d[count++].length;
    }
    if (slot > EMU_PAGE_SLOTS) emu_code_reaches_next(m, page);
    row r = {.count = 0};
    for (unsigned i = count; i-- > 0;) {
        emu_op *op = &page->ops[at[i]];
        emu_uop u = d[i].u;
        rv_decoded whole;
        if (cut && i == count - 1) {
            place_cut(m, page, at[i], &d[i]);
            continue;
        }
        if (r.count && merged(&d[i], &whole)) {
            u = whole.u;
            push(&r, u.code == RV_jal ? placed(page, op, &u, at[i], whole.length) : u.code, whole.length);
            r.steps[1] = r.steps[2];
            r.count = 1;
        } else {
            push(&r, placed(page, op, &u, at[i], d[i].length), d[i].length);
        }
        emu_op_set(m, op, together(&r), &u, count - i + tail);
    }
    for (unsigned i = 0; i < count; i++)
        if (d[i].length == 2 && at[i] + 1u < EMU_PAGE_SLOTS && !page->ops[at[i] + 1].n) page->ops[at[i] + 1].imm = EMU_SLOT_COVERED;
}

emu_op *emu_rv_decode_scratch(emu_machine *m, uint32_t address) {
    emu_code_page *page = m->scratch_page;
    rv_decoded d;
    page->base = address;
    page->extra_used = 0;
    read_one(m, address, false, &d);
    set_plain(m, &page->ops[1], RV_stop, 0, 0);
    set_plain(m, &page->ops[2], RV_stop, 0, 0);
    emu_uop u = d.u;
    emu_op_set(m, &page->ops[0], placed(NULL, &page->ops[0], &u, 0, d.length), &u, 1);
    return &page->ops[0];
}
