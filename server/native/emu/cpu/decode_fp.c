/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of the floating point unit, ARMv7-M ARM (DDI 0403E) sections A7.5 to A7.8. What is not decoded here becomes O_fp with its
 * encoding, undefined ones among them: they are undefined only once the unit may be used. */
#include "op.h"

#include <string.h>

static void put(emu_decoded *out, unsigned code, unsigned d, unsigned a, unsigned b, uint32_t imm) {
    out->u[out->count++] = (emu_uop){(uint16_t)code, (uint8_t)a, (uint8_t)b, (uint8_t)d, imm};
}

static void other(uint32_t e, emu_decoded *out) { put(out, O_fp, 0, 0, 0, e); }

static unsigned reg_d(uint32_t e) { return EMU_R_S0 + ((e >> 11 & 30) | (e >> 22 & 1)); }
static unsigned reg_n(uint32_t e) { return EMU_R_S0 + ((e >> 15 & 30) | (e >> 7 & 1)); }
static unsigned reg_m(uint32_t e) { return EMU_R_S0 + ((e << 1 & 30) | (e >> 5 & 1)); }

static void one_operand(uint32_t e, emu_decoded *out) {
    unsigned d = reg_d(e), m = reg_m(e);
    bool top = e & 0x80;
    switch (e >> 16 & 15) {
    case 0: put(out, top ? O_vabs : O_vmov, d, m, 0, e); break;
    case 1: put(out, top ? O_vsqrt : O_vneg, d, m, 0, e); break;
    case 4: put(out, O_vcmp, d, d, m, e); break;
    case 5: put(out, O_vcmp, d, d, EMU_R_ZERO, e); break;
    case 8: put(out, top ? O_vcvt_f_s : O_vcvt_f_u, d, m, 0, e); break;
    case 12: put(out, top ? O_vcvt_u_f : O_fp, d, m, 0, e); break; /* without `top` as FPSCR says: VCVTR */
    case 13: put(out, top ? O_vcvt_s_f : O_fp, d, m, 0, e); break;
    default: other(e, out); break;
    }
}

static void data_processing(uint32_t e, emu_decoded *out) {
    unsigned d = reg_d(e), n = reg_n(e), m = reg_m(e);
    bool op = e & 0x40;
    switch (e >> 20 & 11) {
    case 0: put(out, op ? O_vmlx : O_vmla, d, n, m, e); break;
    case 1: put(out, O_vmlx, d, n, m, e); break;
    case 2: put(out, op ? O_fp : O_vmul, d, n, m, e); break;
    case 3: put(out, op ? O_vsub : O_vadd, d, n, m, e); break;
    case 8: put(out, op ? O_fp : O_vdiv, d, n, m, e); break;
    case 9:
    case 10: put(out, O_vfma, d, n, m, e); break;
    default:
        if (op) {
            one_operand(e, out);
        } else { /* VFPExpandImm */
            uint32_t imm = (e >> 12 & 0xF0) | (e & 15);
            put(out, O_vmov_i, d, 0, 0, (imm & 0x80) << 24 | (imm & 0x40 ? 0x3E000000u : 0x40000000u) | (imm & 0x3F) << 19);
        }
        break;
    }
}

/* One word between a core register and the unit. */
static void transfer(uint32_t e, emu_decoded *out) {
    unsigned t = e >> 12 & 15, s;
    bool to_core = e & 0x00100000u;
    if ((e & 0x00FF0F00u) == 0x00F10A00u && t == 15) { /* VMRS APSR_nzcv */
        put(out, O_vmrs_apsr, 0, 0, 0, e);
        return;
    }
    if ((e & 0x00E00F00u) == 0x00000A00u)
        s = reg_n(e);
    else if ((e & 0x00C00F60u) == 0x00000B00u && !(e & 0x80)) /* half of D0..D15 */
        s = EMU_R_S0 + ((e >> 15 & 30) | (e >> 21 & 1));
    else {
        other(e, out);
        return;
    }
    if (t == 15)
        other(e, out); /* unpredictable: undefined here */
    else if (to_core)
        put(out, O_vmov, t, s, 0, e);
    else
        put(out, O_vmov, s, t, 0, e);
}

/* Two words between core registers and the unit. */
static void transfer_two(uint32_t e, emu_decoded *out) {
    unsigned t = e >> 12 & 15, t2 = e >> 16 & 15, s = e & 0x100 ? EMU_R_S0 + (e << 1 & 30) : reg_m(e);
    bool to_core = e & 0x00100000u, is_double = e & 0x100;
    if ((e & 0xD0) != 0x10 || (is_double && e & 0x20) || s == EMU_R_S0 + 31 || t >= 15 || t2 >= 15 || (to_core && (t == 13 || t2 == 13)))
        other(e, out);
    else if (to_core)
        put(out, O_vmov2, t, s, s + 1, t2);
    else
        put(out, O_vmov2, s, t, t2, s + 1);
}

/* imm of O_vldm and O_vstm: low half where the words begin, from the base register, high half what is added to it after. */
static void put_multiple(emu_decoded *out, bool load, unsigned base, unsigned s, unsigned words, uint32_t from, uint32_t writeback) {
    put(out, load ? O_vldm : O_vstm, s, base, words, (from & 0xFFFF) | writeback << 16);
}

static void load_store_one(const emu_insn *in, uint32_t e, emu_decoded *out) {
    unsigned n = e >> 16 & 15;
    bool load = e & 0x00100000u, is_double = e & 0x100;
    uint32_t offset = e & 0x00800000u ? (e & 255) * 4 : 0u - (e & 255) * 4, literal = ((in->address + 4) & ~3u) + offset;
    if ((n == 15 && !load) || (is_double && e & 0x00400000u)) {
        other(e, out);
    } else if (is_double) {
        unsigned s = EMU_R_S0 + (e >> 11 & 30);
        if (n == 15) put(out, O_mov_i, EMU_R_TEMP, 0, 0, literal);
        put_multiple(out, load, n == 15 ? EMU_R_TEMP : n, s, 2, n == 15 ? 0 : offset, 0);
    } else if (n == 15) {
        emu_memory *mem = emu_memory_at(in->m, literal);
        if (mem && mem->kind != EMU_RAM && emu_literals_are_constant(in->m) && literal - mem->base + 4 <= mem->size) {
            uint32_t word;
            memcpy(&word, mem->bytes + (literal - mem->base), 4);
            put(out, O_vmov_i, reg_d(e), 0, 0, word);
        } else {
            put(out, O_vldr, reg_d(e), EMU_R_ZERO, 0, literal);
        }
    } else {
        put(out, load ? O_vldr : O_vstr, reg_d(e), n, 0, offset);
    }
}

static void load_store_multiple(uint32_t e, emu_decoded *out) {
    unsigned n = e >> 16 & 15, words = e & 255, s = reg_d(e);
    bool load = e & 0x00100000u, writeback = e & 0x00200000u, down = !(e & 0x00800000u);
    uint32_t bytes = words * 4;
    if (e & 0x100) { /* an odd count is FLDMX or FSTMX, whose last word is of no use */
        words &= ~1u;
        s = e & 0x00400000u ? EMU_R_S0 + 32 : EMU_R_S0 + (e >> 11 & 30);
    }
    if (n == 15 || !words || s + words > EMU_R_S0 + 32)
        other(e, out);
    else
        put_multiple(out, load, n, s, words, down ? 0u - bytes : 0, !writeback ? 0 : down ? 0u - bytes : bytes);
}

void emu_decode_fp(const emu_insn *in, emu_decoded *out) {
    uint32_t e = (uint32_t)in->h1 << 16 | in->h2;
    bool p = e & 0x01000000u, u = e & 0x00800000u, w = e & 0x00200000u;
    if (e >> 28 != 14) {
        other(e, out);
    } else if (e >> 24 == 0xEE) {
        if (e & 0x10)
            transfer(e, out);
        else if (e & 0x100)
            other(e, out);
        else
            data_processing(e, out);
    } else if (p && !w) {
        load_store_one(in, e, out);
    } else if (p == u && (w || !(e & 0x00400000u))) {
        other(e, out);
    } else if (p == u && !p) {
        transfer_two(e, out);
    } else {
        load_store_multiple(e, out);
    }
}
