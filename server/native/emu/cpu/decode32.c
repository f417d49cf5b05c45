/* SPDX-License-Identifier: Apache-2.0 */
/* 32-bit Thumb instructions, ARMv7-M ARM (DDI 0403E) section A5.3. What has no handler of its own becomes O_rare with its encoding. */
#include "op.h"

static void put(emu_decoded *out, unsigned code, unsigned d, unsigned a, unsigned b, uint32_t imm) {
    emu_uop *u = &out->u[out->count++];
    u->code = (uint16_t)code;
    u->d = (uint8_t)d;
    u->a = (uint8_t)a;
    u->b = (uint8_t)b;
    u->imm = imm;
}

static void undefined(emu_decoded *out) {
    out->count = 0;
    put(out, O_undefined, 0, 0, 0, 0);
    out->ends_run = true;
}

static void rare(const emu_insn *in, emu_decoded *out) {
    uint32_t encoding = (uint32_t)in->h1 << 16 | in->h2;
    if (emu_rare_known(in->m, encoding))
        put(out, O_rare, 0, 0, 0, encoding);
    else
        undefined(out);
}

/* ThumbExpandImm_C, A5.3.2. *carry is 0 or 1 when the immediate was rotated, 2 when the carry stays. */
static uint32_t expand_immediate(uint32_t imm12, unsigned *carry) {
    uint32_t imm8 = imm12 & 255;
    *carry = 2;
    if (!(imm12 & 0xC00)) {
        switch (imm12 >> 8 & 3) {
        case 0: return imm8;
        case 1: return imm8 << 16 | imm8;
        case 2: return imm8 << 24 | imm8 << 8;
        default: return imm8 * 0x01010101u;
        }
    }
    uint32_t unrotated = 0x80 | (imm12 & 0x7F), by = imm12 >> 7 & 31;
    uint32_t value = unrotated >> by | unrotated << (32 - by);
    *carry = value >> 31;
    return value;
}

static void coprocessor(const emu_insn *in, emu_decoded *out) {
    if ((in->h2 & 0xE00) == 0xA00 && in->m->feature.fpu)
        emu_decode_fp(in, out);
    else
        rare(in, out);
}

static void logical_immediate(emu_decoded *out, unsigned plain, unsigned nz, unsigned nzc, bool s, unsigned d, unsigned n, uint32_t imm,
                              unsigned carry) {
    put(out, !s ? plain : carry == 2 ? nz : nzc, d, n, carry & 1, imm);
}

static void modified_immediate(const emu_insn *in, emu_decoded *out) {
    unsigned op = in->h1 >> 5 & 15, n = in->h1 & 15, d = in->h2 >> 8 & 15, carry;
    bool s = in->h1 & 0x10;
    uint32_t imm = expand_immediate((in->h1 << 1 & 0x800) | (in->h2 >> 4 & 0x700) | (in->h2 & 255), &carry);
    bool compare = d == 15 && s;
    switch (op) {
    case 0:
        if (compare)
            put(out, carry == 2 ? O_tst_i : O_tst_ic, 0, n, carry & 1, imm);
        else
            logical_immediate(out, O_and_i, O_and_if, O_and_ifc, s, d, n, imm, carry);
        break;
    case 1: logical_immediate(out, O_and_i, O_and_if, O_and_ifc, s, d, n, ~imm, carry); break;
    case 2:
        if (n == 15)
            logical_immediate(out, O_mov_i, O_mov_if, O_mov_ifc, s, d, 0, imm, carry);
        else
            logical_immediate(out, O_orr_i, O_orr_if, O_orr_ifc, s, d, n, imm, carry);
        break;
    case 3:
        if (n == 15)
            logical_immediate(out, O_mov_i, O_mov_if, O_mov_ifc, s, d, 0, ~imm, carry);
        else
            logical_immediate(out, O_orr_i, O_orr_if, O_orr_ifc, s, d, n, ~imm, carry);
        break;
    case 4:
        if (compare)
            put(out, carry == 2 ? O_teq_i : O_teq_ic, 0, n, carry & 1, imm);
        else
            logical_immediate(out, O_eor_i, O_eor_if, O_eor_ifc, s, d, n, imm, carry);
        break;
    case 8:
        if (compare)
            put(out, O_cmn_i, 0, n, 0, imm);
        else
            put(out, s ? O_add_if : O_add_i, d, n, 0, imm);
        break;
    case 10: put(out, s ? O_adc_if : O_adc_i, d, n, 0, imm); break;
    case 11: put(out, s ? O_sbc_if : O_sbc_i, d, n, 0, imm); break;
    case 13:
        if (compare)
            put(out, O_cmp_i, 0, n, 0, imm);
        else if (s)
            put(out, O_sub_if, d, n, 0, imm);
        else
            put(out, O_add_i, d, n, 0, 0u - imm);
        break;
    case 14: put(out, s ? O_rsb_if : O_rsb_i, d, n, 0, imm); break;
    default: undefined(out); break;
    }
}

static void plain_immediate(const emu_insn *in, emu_decoded *out) {
    unsigned n = in->h1 & 15, d = in->h2 >> 8 & 15;
    uint32_t imm12 = (in->h1 << 1 & 0x800) | (in->h2 >> 4 & 0x700) | (in->h2 & 255), imm16 = (uint32_t)n << 12 | imm12;
    uint32_t pc = (in->address + 4) & ~3u, lsb = (in->h2 >> 10 & 0x1C) | (in->h2 >> 6 & 3), low5 = in->h2 & 31;
    switch (in->h1 >> 4 & 31) {
    case 0: n == 15 ? put(out, O_mov_i, d, 0, 0, pc + imm12) : put(out, O_add_i, d, n, 0, imm12); break;
    case 4: put(out, O_mov_i, d, 0, 0, imm16); break;
    case 10: n == 15 ? put(out, O_mov_i, d, 0, 0, pc - imm12) : put(out, O_add_i, d, n, 0, 0u - imm12); break;
    case 12: d == 13 ? undefined(out) : put(out, O_movt, d, 0, 0, imm16 << 16); break;
    case 16:
    case 18:
    case 24:
    case 26: rare(in, out); break;
    case 20: /* SBFX */
        if (lsb + low5 > 31)
            undefined(out);
        else
            put(out, O_sbfx, d, n, 31 - lsb - low5, 31 - low5);
        break;
    case 22: { /* BFI, BFC: low5 is the top bit */
        if (low5 < lsb || d == 13) {
            undefined(out);
            break;
        }
        uint32_t mask = (low5 - lsb == 31 ? ~0u : (1u << (low5 - lsb + 1)) - 1) << lsb;
        if (n == 15)
            put(out, O_and_i, d, d, 0, ~mask);
        else
            put(out, O_bfi, d, n, lsb, mask);
        break;
    }
    case 28: /* UBFX */
        if (lsb + low5 > 31)
            undefined(out);
        else
            put(out, O_ubfx, d, n, lsb, low5 == 31 ? ~0u : (1u << (low5 + 1)) - 1);
        break;
    default: undefined(out); break;
    }
}

static void branch_or_control(const emu_insn *in, emu_decoded *out) {
    uint32_t h1 = in->h1, h2 = in->h2, pc = in->address + 4;
    uint32_t s = h1 >> 10 & 1, j1 = h2 >> 13 & 1, j2 = h2 >> 11 & 1;
    if (h2 & 0x1000) { /* B (T4), BL */
        uint32_t offset = s << 24 | (uint32_t)(j1 == s) << 23 | (uint32_t)(j2 == s) << 22 | (h1 & 0x3FF) << 12 | (h2 & 0x7FF) << 1;
        uint32_t target = pc + (uint32_t)((int32_t)(offset << 7) >> 7);
        put(out, h2 & 0x4000 ? O_bl : O_b, 0, 0, 0, target);
        out->ends_run = true;
    } else if (h2 & 0x4000) { /* UDF.W or reserved */
        undefined(out);
    } else if ((h1 >> 7 & 7) != 7) { /* B<c> (T3) */
        uint32_t offset = s << 20 | j2 << 19 | j1 << 18 | (h1 & 0x3F) << 12 | (h2 & 0x7FF) << 1;
        unsigned condition = h1 >> 6 & 15;
        if (in->in_it) {
            undefined(out);
            return;
        }
        put(out, O_beq + condition, 0, condition, 0, pc + (uint32_t)((int32_t)(offset << 11) >> 11));
        out->ends_run = true;
    } else if ((h1 & 0xFFF0) == 0xF3A0 && (h2 & 0xFF00) == 0x8000) { /* hints */
        unsigned hint = h2 & 255;
        if (hint >= 2 && hint <= 4)
            put(out, O_rare, 0, 0, 0, 0xBF00 | hint << 4);
        else
            put(out, O_nop, 0, 0, 0, 0);
    } else if ((h1 & 0xFFF0) == 0xF3B0 && (h2 >> 4 & 15) >= 4 && (h2 >> 4 & 15) <= 6) {
        put(out, O_nop, 0, 0, 0, 0); /* DSB, DMB, ISB: this core does one thing after the other */
    } else {
        rare(in, out);
    }
}

/* The second operand shifted by a constant: DecodeImmShift, A7.4.2. */
enum { LSL, LSR, ASR, ROR, RRX };

static void shifted_register(const emu_insn *in, emu_decoded *out) {
    unsigned op = in->h1 >> 5 & 15, n = in->h1 & 15, d = in->h2 >> 8 & 15, rm = in->h2 & 15, type = in->h2 >> 4 & 3;
    bool s = in->h1 & 0x10, compare = s && d == 15;
    uint32_t amount = (in->h2 >> 10 & 0x1C) | (in->h2 >> 6 & 3);
    if (op == 6) {
        rare(in, out); /* PKHBT, PKHTB */
        return;
    }
    if (!amount && type == ROR)
        type = RRX;
    else if (!amount && type != LSL)
        amount = 32;

    if (op == 2 && n == 15) { /* MOV and the shifts by a constant */
        static const uint16_t shift[] = {O_lsl_i, O_lsr_i, O_asr_i, O_ror_i, O_rrx},
                              shift_f[] = {O_lsl_if, O_lsr_if, O_asr_if, O_ror_if, O_rrx_f};
        if (type == LSL && !amount)
            put(out, s ? O_mov_rf : O_mov_r, d, rm, 0, 0);
        else
            put(out, (s ? shift_f : shift)[type], d, rm, 0, amount);
        return;
    }
    /* [by shift type]: 0 where there is no operation for it */
    static const struct {
        uint16_t plain, flags, compare, shifted, compare_shifted;
        bool logical;
    } table[16] = {
        [0] = {O_and_r, O_and_rf, O_tst_r, O_and_lsl, 0, true},
        [1] = {O_bic_r, O_bic_rf, 0, O_bic_lsl, 0, true},
        [2] = {O_orr_r, O_orr_rf, 0, O_orr_lsl, 0, true},
        [3] = {O_orn_r, O_orn_rf, 0, 0, 0, true},
        [4] = {O_eor_r, O_eor_rf, O_teq_r, O_eor_lsl, 0, true},
        [8] = {O_add_r, O_add_rf, O_cmn_r, O_add_lsl, 0, false},
        [10] = {O_adc_r, O_adc_rf, 0, 0, 0, false},
        [11] = {O_sbc_r, O_sbc_rf, 0, 0, 0, false},
        [13] = {O_sub_r, O_sub_rf, O_cmp_r, O_sub_lsl, O_cmp_lsl, false},
        [14] = {O_rsb_r, O_rsb_rf, 0, O_rsb_lsl, 0, false},
    };
    if (!table[op].plain) {
        undefined(out);
        return;
    }
    bool logical = table[op].logical;
    if (compare && !table[op].compare) compare = false; /* unpredictable */
    unsigned code = compare ? table[op].compare : s ? table[op].flags : table[op].plain;
    if (op == 3 && n == 15) { /* MVN */
        code = s ? O_mvn_rf : O_mvn_r;
    }
    bool plain = type == LSL && !amount, easy = type <= ROR && amount < 32;
    if (!plain && easy && !s && table[op].shifted) {
        put(out, table[op].shifted + type, d, n, rm, amount);
        return;
    }
    if (!plain && easy && compare && table[op].compare_shifted) {
        put(out, table[op].compare_shifted + type, 0, n, rm, amount);
        return;
    }
    unsigned second = rm;
    if (!plain) {
        static const uint16_t shift[] = {O_lsl_i, O_lsr_i, O_asr_i, O_ror_i, O_rrx},
                              shift_c[] = {O_lsl_ic, O_lsr_ic, O_asr_ic, O_ror_ic, O_rrx_ic};
        second = EMU_R_TEMP;
        put(out, (logical && s ? shift_c : shift)[type], EMU_R_TEMP, rm, 0, amount);
    }
    if (op == 3 && n == 15)
        put(out, code, d, second, 0, 0);
    else
        put(out, code, compare ? 0 : d, n, second, 0);
}

static void register_data(const emu_insn *in, emu_decoded *out) {
    unsigned op1 = in->h1 >> 4 & 15, op2 = in->h2 >> 4 & 15, n = in->h1 & 15, d = in->h2 >> 8 & 15, rm = in->h2 & 15;
    if ((in->h2 & 0xF000) != 0xF000) {
        undefined(out);
        return;
    }
    if (op1 < 8 && !op2) {
        static const uint16_t shift[] = {O_lsl_r, O_lsl_rf, O_lsr_r, O_lsr_rf, O_asr_r, O_asr_rf, O_ror_r, O_ror_rf};
        put(out, shift[op1], d, n, rm, 0);
    } else if (op1 < 6 && op2 == 8 && op1 != 2 && op1 != 3) {
        static const uint16_t plain[] = {O_sxth, O_uxth, 0, 0, O_sxtb, O_uxtb}, add[] = {O_sxtah, O_uxtah, 0, 0, O_sxtab, O_uxtab};
        if (n == 15)
            put(out, plain[op1], d, rm, 0, 0);
        else
            put(out, add[op1], d, n, rm, 0);
    } else if (op1 == 9 && (op2 & 12) == 8) {
        static const uint16_t reverse[] = {O_rev, O_rev16, O_rbit, O_revsh};
        put(out, reverse[op2 & 3], d, rm, 0, 0);
    } else if (op1 == 11 && op2 == 8) {
        put(out, O_clz, d, rm, 0, 0);
    } else {
        rare(in, out);
    }
}

static void multiply(const emu_insn *in, emu_decoded *out) {
    unsigned op1 = in->h1 >> 4 & 15, op2 = in->h2 >> 4 & 15, n = in->h1 & 15, a = in->h2 >> 12, d = in->h2 >> 8 & 15, rm = in->h2 & 15;
    if (op1 == 0 && op2 == 0) {
        if (a == 15)
            put(out, O_mul_r, d, n, rm, 0);
        else
            put(out, O_mla, d, n, rm, a);
    } else if (op1 == 0 && op2 == 1) {
        put(out, O_mls, d, n, rm, a);
    } else if (op1 == 1 && op2 < 4) {
        if (a == 15)
            put(out, O_smulbb + op2, d, n, rm, 0);
        else
            put(out, O_smlabb + op2, d, n, rm, a);
    } else if (op1 >= 8 && op2 == 0 && (a == 13 || d == 13 || a == d)) { /* unpredictable */
        undefined(out);
    } else if (op1 == 8 && op2 == 0) {
        put(out, O_smull, d, n, rm, a);
    } else if (op1 == 10 && op2 == 0) {
        put(out, O_umull, d, n, rm, a);
    } else if (op1 == 12 && op2 == 0) {
        put(out, O_smlal, d, n, rm, a);
    } else if (op1 == 14 && op2 == 0) {
        put(out, O_umlal, d, n, rm, a);
    } else if (op1 == 9 && op2 == 15) {
        put(out, O_sdiv, d, n, rm, 0);
    } else if (op1 == 11 && op2 == 15) {
        put(out, O_udiv, d, n, rm, 0);
    } else {
        rare(in, out);
    }
}

static void load_store_multiple(const emu_insn *in, emu_decoded *out) {
    unsigned n = in->h1 & 15;
    bool load = in->h1 & 0x10, writeback = in->h1 & 0x20, before = (in->h1 & 0x180) == 0x100;
    uint32_t list = load ? in->h2 & 0xDFFFu : in->h2 & 0x5FFFu;
    unsigned count = (unsigned)__builtin_popcount(list);
    if (((in->h1 & 0x180) != 0x100 && (in->h1 & 0x180) != 0x080) || n == 15 || !count) {
        undefined(out);
        return;
    }
    if (load && writeback && (list >> n & 1)) writeback = false; /* unpredictable: the loaded value stays */
    unsigned code = load ? (before ? O_ldmdb : O_ldm) : before ? O_stmdb : O_stm;
    if (load && (list & 0x8000)) {
        code = before ? O_ldmdb_pc : O_ldm_pc;
        out->ends_run = true;
    }
    put(out, code, count, n, writeback, list);
}

static void dual_or_exclusive(const emu_insn *in, emu_decoded *out) {
    unsigned n = in->h1 & 15, t = in->h2 >> 12, t2 = in->h2 >> 8 & 15;
    bool p = in->h1 & 0x100, u = in->h1 & 0x80, w = in->h1 & 0x20, load = in->h1 & 0x10;
    if (p || w) { /* LDRD, STRD */
        uint32_t offset = (in->h2 & 255u) * 4;
        if (!u) offset = 0u - offset;
        unsigned base = n;
        if (n == 15) {
            if (!load || w || !p) {
                undefined(out);
                return;
            }
            put(out, O_mov_i, EMU_R_TEMP, 0, 0, ((in->address + 4) & ~3u) + offset);
            base = EMU_R_TEMP;
            offset = 0;
        }
        if (load && (t == 13 || t2 == 13 || t == t2)) { /* unpredictable */
            undefined(out);
            return;
        }
        put(out, load ? O_ldrd : O_strd, t, base, t2, (offset & 0xFFFF) | (uint32_t)p << 16 | (uint32_t)w << 17);
    } else if ((in->h1 & 0xFFF0) == 0xE8D0 && (in->h2 & 0xE0) == 0) { /* TBB, TBH */
        bool half = in->h2 & 0x10;
        unsigned base = n;
        if (n == 15) {
            put(out, O_mov_i, EMU_R_TEMP, 0, 0, in->address + 4);
            base = EMU_R_TEMP;
        }
        put(out, half ? O_tbh : O_tbb, 0, base, in->h2 & 15, in->address + 4);
        out->ends_run = true;
    } else {
        rare(in, out);
    }
}

static void load_store_single(const emu_insn *in, emu_decoded *out) {
    unsigned n = in->h1 & 15, t = in->h2 >> 12, size = in->h1 >> 5 & 3, kind;
    bool load = in->h1 & 0x10, is_signed = in->h1 & 0x100;
    if (size == 3 || (size == 2 && is_signed) || (!load && (is_signed || n == 15))) {
        undefined(out);
        return;
    }
    /* 0..7: word, half, byte, signed half, signed byte, store word, half, byte: the order of the operations in OPS_* */
    kind = load ? (size == 2 ? 0 : size == 1 ? (is_signed ? 3 : 1) : is_signed ? 4 : 2) : 5 + (2 - size);
    uint32_t imm12 = in->h2 & 0xFFF, imm8 = in->h2 & 255;
    bool to_pc = load && t == 15;
    if (to_pc && kind != 0) { /* PLD, PLI and unallocated hints */
        bool indexed = (in->h2 & 0x900) == 0x900, negative = (in->h2 & 0xD00) == 0xC00, by_register = !(in->h2 & 0xFC0);
        if (n == 15 || in->h1 & 0x80 || indexed || negative || by_register)
            put(out, O_nop, 0, 0, 0, 0);
        else
            undefined(out);
        return;
    }
    if (to_pc) out->ends_run = true;
    if (n == 15) { /* literal */
        uint32_t pc = (in->address + 4) & ~3u, address = in->h1 & 0x80 ? pc + imm12 : pc - imm12;
        emu_memory *mem = emu_memory_at(in->m, address);
        if (kind == 0 && t != 15 && t != 13 && mem && mem->kind != EMU_RAM && emu_literals_are_constant(in->m) &&
            address - mem->base + 4 <= mem->size) {
            uint32_t word;
            __builtin_memcpy(&word, mem->bytes + (address - mem->base), 4);
            put(out, O_mov_i, t, 0, 0, word);
        } else {
            put(out, to_pc ? O_ldr_pc_i : O_ldr_i + kind, t, EMU_R_ZERO, 0, address);
        }
    } else if (in->h1 & 0x80) {
        put(out, to_pc ? O_ldr_pc_i : O_ldr_i + kind, t, n, 0, imm12);
    } else if (in->h2 & 0x800) {
        bool p = in->h2 & 0x400, u = in->h2 & 0x200, w = in->h2 & 0x100;
        uint32_t offset = u ? imm8 : 0u - imm8;
        if (!p && !w)
            undefined(out);
        else if (p && u && !w && !to_pc) /* LDRT and kin */
            rare(in, out);
        else if (p && !w)
            put(out, to_pc ? O_ldr_pc_i : O_ldr_i + kind, t, n, 0, offset);
        else if (p)
            put(out, to_pc ? O_ldr_pc_pre : O_ldr_pre + kind, t, n, 0, offset);
        else
            put(out, to_pc ? O_ldr_pc_post : O_ldr_post + kind, t, n, 0, offset);
    } else if (!(in->h2 & 0x7C0)) {
        unsigned rm = in->h2 & 15, shift = in->h2 >> 4 & 3;
        if (to_pc)
            put(out, O_ldr_pc_rs, t, n, rm, shift);
        else if (shift)
            put(out, O_ldr_rs + kind, t, n, rm, shift);
        else
            put(out, O_ldr_r + kind, t, n, rm, 0);
    } else {
        undefined(out);
    }
}

_Static_assert(O_strb_i - O_ldr_i == 7 && O_strb_r - O_ldr_r == 7 && O_strb_rs - O_ldr_rs == 7 && O_strb_pre - O_ldr_pre == 7 &&
                   O_strb_post - O_ldr_post == 7 && O_ldrh_i == O_ldr_i + 1 && O_ldrsb_i == O_ldr_i + 4 && O_str_i == O_ldr_i + 5,
               "load_store_single counts on the order");

void emu_decode32(const emu_insn *in, emu_decoded *out) {
    uint32_t op2 = in->h1 >> 4 & 0x7F;
    out->count = 0;
    out->length = 2;
    out->ends_run = out->it = false;
    switch (in->h1 >> 11 & 3) {
    case 1:
        if (op2 & 0x40)
            coprocessor(in, out);
        else if (op2 & 0x20)
            shifted_register(in, out);
        else if (op2 & 4)
            dual_or_exclusive(in, out);
        else
            load_store_multiple(in, out);
        break;
    case 2:
        if (in->h2 & 0x8000)
            branch_or_control(in, out);
        else if (op2 & 0x20)
            plain_immediate(in, out);
        else
            modified_immediate(in, out);
        break;
    default:
        if (op2 & 0x40)
            coprocessor(in, out);
        else if ((op2 & 0x70) == 0x20)
            register_data(in, out);
        else if ((op2 & 0x60) == 0x20)
            multiply(in, out);
        else
            load_store_single(in, out);
        break;
    }
}

/* The PC where no instruction can have it is UNPREDICTABLE. It is UNDEFINED here: r15 does not hold it while instructions run, and what
 * they do must not depend on how they are cut into slices. */
static bool misuses_pc(uint32_t h1, uint32_t h2) {
    unsigned n = h1 & 15, t = h2 >> 12, d = h2 >> 8 & 15, rm = h2 & 15, op = h1 >> 5 & 15;
    bool sets_flags = h1 & 0x10, any_n = op == 2 || op == 3, compares = sets_flags && (op == 0 || op == 4 || op == 8 || op == 13);
    if (h1 >> 11 < 29) /* CMP of high registers, ADD PC, PC */
        return ((h1 & 0xFF00) == 0x4500 && ((h1 & 0x87) == 0x87 || (h1 & 0x78) == 0x78)) || h1 == 0x44FF;
    switch (h1 >> 9 & 0xF) { /* 0xE8, 0xEA, ... */
    case 4:                  /* multiple: the decoder looks; dual, exclusive, table */
        if (!(h1 & 0x40)) return false;
        if ((h1 & 0xFFF0) == 0xE8D0 && !(h2 & 0xE0)) return rm == 15;                         /* TBB, TBH */
        if ((h1 & 0xFFE0) == 0xE8C0) return n == 15 || t == 15 || (rm == 15 && !(h1 & 0x10)); /* LDREXB, STREXB and kin */
        if ((h1 & 0xFFE0) == 0xE840) return n == 15 || t == 15 || (d == 15 && !(h1 & 0x10));  /* LDREX, STREX */
        return t == 15 || d == 15;
    case 5: return rm == 15 || (n == 15 && !any_n) || (d == 15 && !compares);
    case 8:
    case 10:
        if (h2 & 0x8000) return false;
        return (n == 15 && !any_n) || (d == 15 && !compares);
    case 9:
    case 11:
        if (h2 & 0x8000) return (h1 & 0xFFE0) == 0xF380 ? n == 15 : (h1 & 0xFFE0) == 0xF3E0 && d == 15; /* MSR, MRS */
        op = h1 >> 4 & 31;
        return d == 15 || (n == 15 && op != 0 && op != 4 && op != 10 && op != 12 && op != 22);
    case 12: /* single: the decoder looks at the base */
        if (t == 15 && !(h1 & 0x10)) return true;
        return !(h1 & 0x80) && n != 15 && !(h2 & 0x800) && rm == 15;
    case 13:
        if (!(h1 & 0x100)) return d == 15 || rm == 15 || (n == 15 && !(h2 & 0x80 && !(h1 & 0x80)));
        if (h1 & 0x80) return n == 15 || rm == 15 || d == 15 || (t == 15 && (h2 & 0xF0) != 0xF0);
        op = h1 >> 4 & 7;
        return n == 15 || rm == 15 || d == 15 || (t == 15 && (op == 6 || (op == 0 && h2 & 0x10)));
    default: return false; /* coprocessors: decode_fp.c looks */
    }
}

void emu_decode_one(const emu_insn *in, emu_decoded *out) {
    if (!emu_encoding_exists(in->m, in->h1, in->h2) || misuses_pc(in->h1, in->h2)) {
        undefined(out);
        out->length = in->h1 >> 11 >= 29 ? 2 : 1;
        out->it = false;
    } else if (in->h1 >> 11 >= 29) {
        emu_decode32(in, out);
    } else {
        emu_decode16(in, out);
    }
}
