/* SPDX-License-Identifier: Apache-2.0 */
/* 16-bit Thumb instructions, ARMv7-M ARM (DDI 0403E) section A5.2. */
#include "op.h"

/* In an IT block the 16-bit data processing instructions leave the flags alone. */
#define FLAGS(code) (in->in_it ? O_##code : O_##code##f)

static void put(emu_decoded *out, unsigned code, unsigned d, unsigned a, unsigned b, uint32_t imm) {
    emu_uop *u = &out->u[out->count++];
    u->code = (uint16_t)code;
    u->d = (uint8_t)d;
    u->a = (uint8_t)a;
    u->b = (uint8_t)b;
    u->imm = imm;
}

static void undefined(emu_decoded *out) {
    put(out, O_undefined, 0, 0, 0, 0);
    out->ends_run = true;
}

/* A store into flash is the controller's business, so a literal there is as good as a constant (code is flushed when flash changes);
 * a watchpoint must see the load, though. */
static void literal(const emu_insn *in, emu_decoded *out, unsigned rt, uint32_t address) {
    emu_memory *mem = emu_memory_at(in->m, address);
    if (mem && mem->kind != EMU_RAM && emu_literals_are_constant(in->m) && address - mem->base + 4 <= mem->size && rt != 13) {
        uint32_t word;
        __builtin_memcpy(&word, mem->bytes + (address - mem->base), 4);
        put(out, O_mov_i, rt, 0, 0, word);
    } else {
        put(out, O_ldr_i, rt, EMU_R_ZERO, 0, address);
    }
}

static void data_processing(const emu_insn *in, emu_decoded *out) {
    unsigned dn = in->h1 & 7, m = in->h1 >> 3 & 7;
    switch (in->h1 >> 6 & 15) {
    case 0: put(out, FLAGS(and_r), dn, dn, m, 0); break;
    case 1: put(out, FLAGS(eor_r), dn, dn, m, 0); break;
    case 2: put(out, FLAGS(lsl_r), dn, dn, m, 0); break;
    case 3: put(out, FLAGS(lsr_r), dn, dn, m, 0); break;
    case 4: put(out, FLAGS(asr_r), dn, dn, m, 0); break;
    case 5: put(out, FLAGS(adc_r), dn, dn, m, 0); break;
    case 6: put(out, FLAGS(sbc_r), dn, dn, m, 0); break;
    case 7: put(out, FLAGS(ror_r), dn, dn, m, 0); break;
    case 8: put(out, O_tst_r, 0, dn, m, 0); break;
    case 9: put(out, FLAGS(rsb_i), dn, m, 0, 0); break;
    case 10: put(out, O_cmp_r, 0, dn, m, 0); break;
    case 11: put(out, O_cmn_r, 0, dn, m, 0); break;
    case 12: put(out, FLAGS(orr_r), dn, dn, m, 0); break;
    case 13: put(out, FLAGS(mul_r), dn, m, dn, 0); break;
    case 14: put(out, FLAGS(bic_r), dn, dn, m, 0); break;
    default: put(out, FLAGS(mvn_r), dn, m, 0, 0); break;
    }
}

static void special_data(const emu_insn *in, emu_decoded *out) {
    uint32_t h = in->h1, pc = in->address + 4;
    unsigned dn = (h & 7) | (h >> 4 & 8), m = h >> 3 & 15;
    switch (h >> 8 & 3) {
    case 0: /* ADD */
        if (dn == 15) {
            put(out, O_add_i, EMU_R_TEMP, m, 0, pc);
            put(out, O_orr_i, EMU_R_TEMP, EMU_R_TEMP, 0, 1);
            put(out, O_bx, 0, EMU_R_TEMP, 0, 0);
            out->ends_run = true;
        } else if (m == 15) {
            put(out, O_add_i, dn, dn, 0, pc);
        } else {
            put(out, O_add_r, dn, dn, m, 0);
        }
        break;
    case 1: put(out, O_cmp_r, 0, dn, m, 0); break;
    case 2: /* MOV */
        if (dn == 15 && m == 15) {
            put(out, O_b, 0, 0, 0, pc);
            out->ends_run = true;
        } else if (dn == 15) {
            put(out, O_orr_i, EMU_R_TEMP, m, 0, 1);
            put(out, O_bx, 0, EMU_R_TEMP, 0, 0);
            out->ends_run = true;
        } else if (m == 15) {
            put(out, O_mov_i, dn, 0, 0, pc);
        } else {
            put(out, O_mov_r, dn, m, 0, 0);
        }
        break;
    default:
        out->ends_run = true;
        if (m == 15)
            undefined(out);
        else if (h & 0x80)
            put(out, O_blx, 0, m, 0, (in->address + 2) | 1);
        else
            put(out, O_bx, 0, m, 0, 0);
        break;
    }
}

static void hint_or_it(const emu_insn *in, emu_decoded *out) {
    unsigned mask = in->h1 & 15, op = in->h1 >> 4 & 15;
    if (mask) {
        if (in->in_it || op == 15 || (op == 14 && (mask & (mask - 1)))) {
            undefined(out);
            return;
        }
        put(out, O_nop, 0, 0, 0, in->h1 & 255);
        out->it = true;
    } else if (op >= 2 && op <= 4) { /* WFE, WFI, SEV */
        put(out, O_rare, 0, 0, 0, in->h1);
    } else {
        put(out, O_nop, 0, 0, 0, 0);
    }
}

static void miscellaneous(const emu_insn *in, emu_decoded *out) {
    uint32_t h = in->h1, pc = in->address + 4;
    unsigned lo = h & 7, m = h >> 3 & 7;
    static const uint16_t extend[] = {O_sxth, O_sxtb, O_uxth, O_uxtb};
    if ((h & 0xFF00) == 0xB000) {
        uint32_t imm = (h & 127) * 4;
        put(out, O_add_i, 13, 13, 0, h & 0x80 ? 0u - imm : imm);
    } else if ((h & 0xF500) == 0xB100) {
        uint32_t imm = (h >> 3 & 0x40) | (h >> 2 & 0x3E);
        if (in->in_it) {
            undefined(out);
            return;
        }
        put(out, h & 0x800 ? O_cbnz : O_cbz, 0, lo, 0, pc + imm);
        out->ends_run = true;
    } else if ((h & 0xFF00) == 0xB200) {
        put(out, extend[h >> 6 & 3], lo, m, 0, 0);
    } else if ((h & 0xFE00) == 0xB400) {
        uint32_t list = (h & 255) | (h << 6 & 0x4000);
        if (!list)
            undefined(out);
        else
            put(out, O_stmdb, (unsigned)__builtin_popcount(list), 13, 1, list);
    } else if ((h & 0xFE00) == 0xBC00) {
        uint32_t list = (h & 255) | (h << 7 & 0x8000);
        if (!list) {
            undefined(out);
        } else if (list & 0x8000) {
            put(out, O_ldm_pc, (unsigned)__builtin_popcount(list), 13, 1, list);
            out->ends_run = true;
        } else {
            put(out, O_ldm, (unsigned)__builtin_popcount(list), 13, 1, list);
        }
    } else if ((h & 0xFFEC) == 0xB660 && !in->in_it) {
        put(out, O_rare, 0, 0, 0, h);
    } else if ((h & 0xFF00) == 0xBA00 && (h >> 6 & 3) != 2) {
        put(out, (h >> 6 & 3) == 0 ? O_rev : (h >> 6 & 3) == 1 ? O_rev16 : O_revsh, lo, m, 0, 0);
    } else if ((h & 0xFF00) == 0xBE00) {
        put(out, O_bkpt, 0, 0, 0, h & 255);
        out->ends_run = true;
    } else if ((h & 0xFF00) == 0xBF00) {
        hint_or_it(in, out);
    } else {
        undefined(out);
    }
}

void emu_decode16(const emu_insn *in, emu_decoded *out) {
    uint32_t h = in->h1, pc = in->address + 4;
    unsigned lo = h & 7, m = h >> 3 & 7, n = h >> 6 & 7, r8 = h >> 8 & 7;
    uint32_t imm5 = h >> 6 & 31, imm8 = h & 255;
    static const uint16_t by_register[] = {O_str_r, O_strh_r, O_strb_r, O_ldrsb_r, O_ldr_r, O_ldrh_r, O_ldrb_r, O_ldrsh_r};
    out->count = 0;
    out->length = 1;
    out->ends_run = out->it = false;
    switch (h >> 11) {
    case 0:
        if (imm5)
            put(out, FLAGS(lsl_i), lo, m, 0, imm5);
        else
            put(out, FLAGS(mov_r), lo, m, 0, 0);
        break;
    case 1: put(out, FLAGS(lsr_i), lo, m, 0, imm5 ? imm5 : 32); break;
    case 2: put(out, FLAGS(asr_i), lo, m, 0, imm5 ? imm5 : 32); break;
    case 3:
        switch (h >> 9 & 3) {
        case 0: put(out, FLAGS(add_r), lo, m, n, 0); break;
        case 1: put(out, FLAGS(sub_r), lo, m, n, 0); break;
        case 2: put(out, FLAGS(add_i), lo, m, 0, n); break;
        default:
            if (in->in_it)
                put(out, O_add_i, lo, m, 0, 0u - n);
            else
                put(out, O_sub_if, lo, m, 0, n);
            break;
        }
        break;
    case 4: put(out, FLAGS(mov_i), r8, 0, 0, imm8); break;
    case 5: put(out, O_cmp_i, 0, r8, 0, imm8); break;
    case 6: put(out, FLAGS(add_i), r8, r8, 0, imm8); break;
    case 7:
        if (in->in_it)
            put(out, O_add_i, r8, r8, 0, 0u - imm8);
        else
            put(out, O_sub_if, r8, r8, 0, imm8);
        break;
    case 8:
        if (h & 0x400)
            special_data(in, out);
        else
            data_processing(in, out);
        break;
    case 9: literal(in, out, r8, (pc & ~3u) + imm8 * 4); break;
    case 10:
    case 11: put(out, by_register[h >> 9 & 7], lo, m, n, 0); break;
    case 12: put(out, O_str_i, lo, m, 0, imm5 * 4); break;
    case 13: put(out, O_ldr_i, lo, m, 0, imm5 * 4); break;
    case 14: put(out, O_strb_i, lo, m, 0, imm5); break;
    case 15: put(out, O_ldrb_i, lo, m, 0, imm5); break;
    case 16: put(out, O_strh_i, lo, m, 0, imm5 * 2); break;
    case 17: put(out, O_ldrh_i, lo, m, 0, imm5 * 2); break;
    case 18: put(out, O_str_i, r8, 13, 0, imm8 * 4); break;
    case 19: put(out, O_ldr_i, r8, 13, 0, imm8 * 4); break;
    case 20: put(out, O_mov_i, r8, 0, 0, (pc & ~3u) + imm8 * 4); break;
    case 21: put(out, O_add_i, r8, 13, 0, imm8 * 4); break;
    case 22:
    case 23: miscellaneous(in, out); break;
    case 24:
        if (!imm8)
            undefined(out);
        else
            put(out, O_stm, (unsigned)__builtin_popcount(imm8), r8, 1, imm8);
        break;
    case 25:
        if (!imm8)
            undefined(out);
        else
            put(out, O_ldm, (unsigned)__builtin_popcount(imm8), r8, !(imm8 >> r8 & 1), imm8);
        break;
    case 26:
    case 27: {
        unsigned condition = h >> 8 & 15;
        out->ends_run = true;
        if (condition == 15)
            put(out, O_svc, 0, 0, 0, imm8);
        else if (condition == 14 || in->in_it)
            undefined(out);
        else
            put(out, O_beq + condition, 0, condition, 0, pc + (uint32_t)((int32_t)(int8_t)imm8 * 2));
        break;
    }
    case 28:
        put(out, O_b, 0, 0, 0, pc + ((uint32_t)((int32_t)(h << 21) >> 20)));
        out->ends_run = true;
        break;
    default: undefined(out); break;
    }
}
