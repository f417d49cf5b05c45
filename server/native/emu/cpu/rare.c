/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions too rare for a handler of their own: system registers, exclusives, and most of the DSP extension (ARMv7E-M).
 * The interpreter has put the flags into the machine and reads them back. */
#include "op.h"

static uint32_t signed_saturate(int64_t x, unsigned bits, bool *saturated) {
    int64_t top = ((int64_t)1 << (bits - 1)) - 1, bottom = -((int64_t)1 << (bits - 1));
    if (x > top || x < bottom) *saturated = true;
    return (uint32_t)(x > top ? top : x < bottom ? bottom : x);
}

static uint32_t unsigned_saturate(int64_t x, unsigned bits, bool *saturated) {
    int64_t top = ((int64_t)1 << bits) - 1;
    if (x > top || x < 0) *saturated = true;
    return (uint32_t)(x > top ? top : x < 0 ? 0 : x);
}

/* After an instruction that may have unmasked something, or changed what the MPU allows. */
static void recheck(emu_machine *m) {
    if (m->has_views || emu_nvic_pending(m, emu_nvic_execution_priority(m))) emu_attention(m, EMU_ATTN_IRQ);
}

static bool privileged(const emu_machine *m) { return m->cpu.ipsr || !(m->cpu.control & 1); }

/* --- system registers, B5.2.2 and B5.2.3 --------------------------------------------------------------------------------- */

static uint32_t read_special(emu_machine *m, unsigned sysm) {
    emu_cpu *c = &m->cpu;
    uint32_t value = 0;
    switch (sysm) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 5:
    case 6:
    case 7:
        if (sysm & 1 && sysm != 3) value |= c->ipsr;
        if (sysm == 3) value |= c->ipsr;
        if (!(sysm & 4)) value |= emu_cpu_xpsr(m) & 0xF80F0000u;
        return value;
    case 8: return privileged(m) ? emu_core_get(m, EMU_REG_MSP) : 0;
    case 9: return privileged(m) ? emu_core_get(m, EMU_REG_PSP) : 0;
    case 16: return privileged(m) ? c->primask : 0;
    case 17:
    case 18: return privileged(m) ? c->basepri : 0; /* stays 0 on ARMv6-M */
    case 19: return privileged(m) ? c->faultmask : 0;
    case 20: return c->control;
    default: return 0;
    }
}

static void write_special(emu_machine *m, unsigned sysm, unsigned mask, uint32_t value) {
    emu_cpu *c = &m->cpu;
    uint32_t priority = value & (0xFFu << (8 - m->feature.priority_bits)) & 0xFF;
    if (sysm < 4) {
        uint32_t keep = emu_cpu_xpsr(m), take = (mask & 2 ? 0xF8000000u : 0) | (mask & 1 ? 0x000F0000u : 0);
        emu_cpu_set_apsr(m, (keep & ~take) | (value & take));
        return;
    }
    if (!privileged(m)) return;
    switch (sysm) {
    case 8: emu_core_set(m, EMU_REG_MSP, value); break;
    case 9: emu_core_set(m, EMU_REG_PSP, value); break;
    case 16: c->primask = value & 1; break;
    case 17: c->basepri = m->feature.v7m ? priority : 0; break;
    case 18:
        if (m->feature.v7m && priority && (!c->basepri || priority < c->basepri)) c->basepri = priority;
        break;
    case 19:
        /* The manual's condition is for setting it: it must be possible to clear what makes the priority -1. */
        if (m->feature.v7m && (!(value & 1) || emu_nvic_execution_priority(m) > -1)) c->faultmask = value & 1;
        break;
    case 20: emu_cpu_set_control(m, value); break;
    default: break;
    }
    recheck(m);
}

/* --- parallel addition and subtraction, A7.7: h1 bits 6:4 choose the operation, h2 bits 6:4 the flavour ----------------------- */

static uint32_t parallel(emu_cpu *c, unsigned op, unsigned flavour, uint32_t n, uint32_t m) {
    bool is_unsigned = flavour & 4, ignored = false;
    unsigned how = flavour & 3; /* 0 plain with GE, 1 saturating, 2 halving */
    unsigned lanes = op == 0 || op == 4 ? 4 : 2, bits = 32 / lanes;
    uint32_t lane_mask = bits == 8 ? 0xFF : 0xFFFF, result = 0, ge = 0;
    /* op: 1 ADD16, 2 ASX, 6 SAX, 5 SUB16, 0 ADD8, 4 SUB8 */
    for (unsigned i = 0; i < lanes; i++) {
        bool cross = op == 2 || op == 6;
        bool subtract = op == 5 || op == 4 || (op == 2 && i == 0) || (op == 6 && i == 1);
        uint32_t x = n >> (i * bits) & lane_mask, y = m >> ((cross ? 1 - i : i) * bits) & lane_mask;
        int64_t sx = x, sy = y;
        if (!is_unsigned) {
            sx = bits == 8 ? (int8_t)x : (int16_t)x;
            sy = bits == 8 ? (int8_t)y : (int16_t)y;
        }
        int64_t z = subtract ? sx - sy : sx + sy;
        uint32_t lane;
        if (how == 1)
            lane = is_unsigned ? unsigned_saturate(z, bits, &ignored) : signed_saturate(z, bits, &ignored);
        else if (how == 2)
            lane = (uint32_t)(z >> 1);
        else
            lane = (uint32_t)z;
        bool carry = is_unsigned && !subtract ? z > (int64_t)lane_mask : z >= 0;
        if (carry) ge |= (bits == 8 ? 1u : 3u) << (i * bits / 8);
        result |= (lane & lane_mask) << (i * bits);
    }
    if (how == 0) c->ge = ge;
    return result;
}

static uint32_t rotate(uint32_t x, unsigned by) { return x >> by | x << (-by & 31); }

static uint32_t extend16(uint32_t x, bool is_unsigned) { /* SXTB16, UXTB16 */
    if (is_unsigned) return x & 0x00FF00FFu;
    return ((uint32_t)(int32_t)(int8_t)x & 0xFFFF) | (uint32_t)(int32_t)(int8_t)(x >> 16) << 16;
}

static emu_rare_result register_group(emu_machine *m, uint32_t e, bool execute) {
    emu_cpu *c = &m->cpu;
    unsigned op1 = e >> 20 & 15, op2 = e >> 4 & 15, n = e >> 16 & 15, d = e >> 8 & 15, rm = e & 15;
    uint32_t *r = c->r;
    if ((e & 0xF000) != 0xF000) return RARE_UNDEFINED;
    if (op1 < 6 && op2 >= 8 && op2 < 12) { /* extensions with rotation or of two bytes */
        if (!execute) return RARE_OK;
        uint32_t x = rotate(r[rm], 8 * (op2 & 3)), base = n == 15 ? 0 : r[n];
        switch (op1) {
        case 0: r[d] = base + (uint32_t)(int32_t)(int16_t)x; break;
        case 1: r[d] = base + (uint16_t)x; break;
        case 4: r[d] = base + (uint32_t)(int32_t)(int8_t)x; break;
        case 5: r[d] = base + (uint8_t)x; break;
        default: { /* the two halves are added apart */
            uint32_t y = extend16(x, op1 == 3);
            r[d] = ((base + y) & 0xFFFF) | ((base & 0xFFFF0000u) + (y & 0xFFFF0000u));
            break;
        }
        }
        return RARE_OK;
    }
    if (op1 >= 8 && op2 < 8) {
        unsigned op = op1 & 7;
        if (op == 3 || op == 7 || (op2 & 3) == 3) return RARE_UNDEFINED;
        if (execute) r[d] = parallel(c, op, op2, r[n], r[rm]);
        return RARE_OK;
    }
    if (op1 == 8 && op2 >= 8 && op2 < 12) { /* QADD, QDADD, QSUB, QDSUB */
        if (!execute) return RARE_OK;
        bool saturated = false;
        int64_t x = (int32_t)r[rm], y = (int32_t)r[n];
        if (op2 & 1) y = (int32_t)signed_saturate(2 * y, 32, &saturated);
        r[d] = signed_saturate(op2 & 2 ? x - y : x + y, 32, &saturated);
        if (saturated) c->q = 1;
        return RARE_OK;
    }
    if (op1 == 10 && op2 == 8) { /* SEL */
        if (!execute) return RARE_OK;
        uint32_t mask = 0;
        for (unsigned i = 0; i < 4; i++)
            if (c->ge >> i & 1) mask |= 0xFFu << 8 * i;
        r[d] = (r[n] & mask) | (r[rm] & ~mask);
        return RARE_OK;
    }
    return RARE_UNDEFINED;
}

/* --- multiplications ------------------------------------------------------------------------------------------------------------ */

static int64_t half(uint32_t x, bool top) { return (int16_t)(top ? x >> 16 : x); }

/* To 32 bits; Q when it does not fit. */
static uint32_t accumulate(emu_cpu *c, int64_t x) {
    if (x != (int32_t)x) c->q = 1;
    return (uint32_t)x;
}

static emu_rare_result multiply_group(emu_machine *m, uint32_t e, bool execute) {
    emu_cpu *c = &m->cpu;
    uint32_t *r = c->r;
    unsigned op1 = e >> 20 & 15, op2 = e >> 4 & 15, a = e >> 12 & 15, d = e >> 8 & 15;
    uint32_t n = r[e >> 16 & 15], x = r[e & 15];
    int64_t addend = a == 15 ? 0 : (int32_t)r[a], nn = (int32_t)n, xx = (int32_t)x;
    bool low = op2 & 1;
    switch (op1) {
    case 2: /* SMLAD, SMUAD */
    case 4: /* SMLSD, SMUSD */
        if (op2 > 1) return RARE_UNDEFINED;
        if (execute) {
            uint32_t y = low ? rotate(x, 16) : x;
            int64_t first = half(n, false) * half(y, false), second = half(n, true) * half(y, true);
            r[d] = accumulate(c, (op1 == 2 ? first + second : first - second) + addend);
        }
        return RARE_OK;
    case 3: /* SMLAW, SMULW */
        if (op2 > 1) return RARE_UNDEFINED;
        if (execute) {
            int64_t product = (nn * half(x, low)) >> 16;
            r[d] = a == 15 ? (uint32_t)product : accumulate(c, product + addend);
        }
        return RARE_OK;
    case 5: /* SMMLA, SMMUL */
    case 6: /* SMMLS */
        if (op2 > 1) return RARE_UNDEFINED;
        if (execute) {
            uint64_t product = (uint64_t)(nn * xx), base = (uint64_t)(a == 15 ? 0 : r[a]) << 32;
            uint64_t sum = (op1 == 5 ? base + product : base - product) + (low ? 0x80000000u : 0);
            r[d] = (uint32_t)(sum >> 32);
        }
        return RARE_OK;
    case 7: /* USAD8, USADA8 */
        if (op2) return RARE_UNDEFINED;
        if (execute) {
            uint32_t sum = a == 15 ? 0 : r[a];
            for (unsigned i = 0; i < 32; i += 8) {
                uint32_t p = n >> i & 255, q = x >> i & 255;
                sum += p > q ? p - q : q - p;
            }
            r[d] = sum;
        }
        return RARE_OK;
    case 12: /* SMLALxy, SMLALD */
    case 13: /* SMLSLD */
        if (!(op1 == 12 && op2 >= 8 && op2 < 14) && !(op1 == 13 && (op2 == 12 || op2 == 13))) return RARE_UNDEFINED;
        if (execute) {
            uint64_t base = (uint64_t)r[d] << 32 | r[a];
            int64_t product;
            if (op1 == 12 && op2 < 12) {
                product = half(n, op2 & 2) * half(x, low);
            } else {
                uint32_t y = low ? rotate(x, 16) : x;
                int64_t first = half(n, false) * half(y, false), second = half(n, true) * half(y, true);
                product = op1 == 12 ? first + second : first - second;
            }
            base += (uint64_t)product;
            r[a] = (uint32_t)base;
            r[d] = (uint32_t)(base >> 32);
        }
        return RARE_OK;
    case 14: /* UMAAL */
        if (op2 != 6) return RARE_UNDEFINED;
        if (execute) {
            uint64_t product = (uint64_t)n * x + r[d] + r[a];
            r[a] = (uint32_t)product;
            r[d] = (uint32_t)(product >> 32);
        }
        return RARE_OK;
    default: return RARE_UNDEFINED;
    }
}

/* --- exclusives: one core, so that the monitor is one flag --------------------------------------------------------------------------- */

static emu_rare_result exclusive(emu_machine *m, uint32_t e, bool execute) {
    emu_cpu *c = &m->cpu;
    unsigned n = e >> 16 & 15, t = e >> 12 & 15, size, d;
    uint32_t address = c->r[n];
    bool load = e & 0x00100000u;
    if ((e & 0xFFE00000u) == 0xE8400000u && n != 15) { /* LDREX, STREX */
        size = 4;
        d = e >> 8 & 15;
        address += (e & 255) * 4;
    } else if ((e & 0xFFE00000u) == 0xE8C00000u && ((e & 0xF0) == 0x40 || (e & 0xF0) == 0x50) && n != 15) {
        size = (e & 0xF0) == 0x40 ? 1 : 2;
        d = e & 15;
    } else {
        return RARE_UNDEFINED;
    }
    if (!execute) return RARE_OK;
    if (address & (size - 1)) {
        c->fault_cfsr = CFSR_UNALIGNED;
        return RARE_FAULT;
    }
    if (load) {
        uint32_t value;
        if (!emu_cpu_load(m, address, size, &value)) return RARE_FAULT;
        c->r[t] = value;
        c->exclusive = true;
    } else if (c->exclusive) {
        if (!emu_cpu_store(m, address, size, c->r[t])) return RARE_FAULT;
        c->exclusive = false;
        c->r[d] = 0;
    } else {
        c->r[d] = 1;
    }
    return RARE_OK;
}

static emu_rare_result load_store_unprivileged(emu_machine *m, uint32_t e, bool execute) {
    uint32_t *r = m->cpu.r, address = r[e >> 16 & 15] + (e & 255), value;
    unsigned t = e >> 12 & 15, size = 1u << (e >> 21 & 3);
    bool is_signed = e & 0x01000000u;
    if (!execute) return RARE_OK; /* decode32.c has looked at the rest */
    if (!(e & 0x00100000u)) return emu_cpu_store_unprivileged(m, address, size, r[t]) ? RARE_OK : RARE_FAULT;
    if (!emu_cpu_load_unprivileged(m, address, size, &value)) return RARE_FAULT;
    if (is_signed) value = size == 1 ? (uint32_t)(int32_t)(int8_t)value : (uint32_t)(int32_t)(int16_t)value;
    r[t] = value;
    return RARE_OK;
}

static emu_rare_result saturate(emu_machine *m, uint32_t e, bool execute) { /* SSAT, USAT, SSAT16, USAT16 */
    emu_cpu *c = &m->cpu;
    bool is_unsigned = e & 0x00800000u, right = e & 0x00200000u, saturated = false;
    unsigned amount = (e >> 10 & 0x1C) | (e >> 6 & 3), d = e >> 8 & 15, bits = (e & 31) + !is_unsigned;
    uint32_t x = c->r[e >> 16 & 15];
    if (e & 0x04000000u || (e & 0x8020)) return RARE_UNDEFINED;
    if (!execute) return RARE_OK;
    if (right && !amount) {
        uint32_t lanes[2];
        bits = (e & 15) + !is_unsigned;
        for (unsigned i = 0; i < 2; i++) {
            int64_t z = (int16_t)(x >> 16 * i);
            lanes[i] = (is_unsigned ? unsigned_saturate(z, bits, &saturated) : signed_saturate(z, bits, &saturated)) & 0xFFFF;
        }
        c->r[d] = lanes[1] << 16 | lanes[0];
    } else {
        int64_t z = right ? (int32_t)x >> amount : (int32_t)(x << amount);
        c->r[d] = is_unsigned ? unsigned_saturate(z, bits, &saturated) : signed_saturate(z, bits, &saturated);
    }
    if (saturated) c->q = 1;
    return RARE_OK;
}

static emu_rare_result pack(emu_machine *m, uint32_t e, bool execute) { /* PKHBT, PKHTB */
    uint32_t *r = m->cpu.r, n = r[e >> 16 & 15], x = r[e & 15];
    unsigned amount = (e >> 10 & 0x1C) | (e >> 6 & 3);
    if (e & 0x00100010u) return RARE_UNDEFINED;
    if (!execute) return RARE_OK;
    if (e & 0x20) {
        uint32_t y = (uint32_t)((int64_t)(int32_t)x >> (amount ? amount : 32));
        r[e >> 8 & 15] = (n & 0xFFFF0000u) | (y & 0xFFFF);
    } else {
        r[e >> 8 & 15] = (n & 0xFFFF) | (x << amount & 0xFFFF0000u);
    }
    return RARE_OK;
}

static emu_rare_result narrow(emu_machine *m, uint32_t e) {
    emu_cpu *c = &m->cpu;
    switch (e) {
    case 0xBF20: /* WFE */
        if (c->event_register) {
            c->event_register = false;
            return RARE_OK;
        }
        c->sleeping = c->sleep_for_event = true;
        return RARE_SLEEP;
    case 0xBF30: /* WFI */
        if (emu_nvic_wakes(m)) return RARE_OK;
        c->sleeping = true;
        c->sleep_for_event = false;
        return RARE_SLEEP;
    case 0xBF40: emu_core_event(m); return RARE_OK; /* SEV */
    default: break;
    }
    if (!privileged(m)) return RARE_OK; /* CPS */
    uint32_t disable = e >> 4 & 1;
    if (e & 1 && (!disable || emu_nvic_execution_priority(m) > -1)) c->faultmask = disable;
    if (e & 2) c->primask = disable;
    recheck(m);
    return RARE_OK;
}

static emu_rare_result wide(emu_machine *m, uint32_t e, bool execute) {
    emu_cpu *c = &m->cpu;
    if ((e & 0xFFF08000u) == 0xF3808000u && !(e & 0x5000)) { /* MSR; h2 bits 11:10 mask */
        if (execute) write_special(m, e & 255, e >> 10 & 3, c->r[e >> 16 & 15]);
        return RARE_OK;
    }
    if ((e & 0xFFF0F000u) == 0xF3E08000u) { /* MRS */
        if (execute) c->r[e >> 8 & 15] = read_special(m, e & 255);
        return RARE_OK;
    }
    if ((e & 0xFFF0F0F0u) == 0xF3B08020u) { /* CLREX */
        if (execute) c->exclusive = false;
        return RARE_OK;
    }
    if ((e & 0xEC000000u) == 0xEC000000u) { /* coprocessors, the floating point unit among them */
        if (execute) c->fault_cfsr = CFSR_NOCP;
        return execute ? RARE_FAULT : RARE_OK;
    }
    if ((e & 0xFE000000u) == 0xF8000000u) return load_store_unprivileged(m, e, execute);
    if ((e & 0xFE000000u) == 0xE8000000u) return exclusive(m, e, execute);
    if ((e & 0xFFE00000u) == 0xEAC00000u) return pack(m, e, execute);
    if ((e & 0xFB508000u) == 0xF3000000u) return saturate(m, e, execute);
    if ((e & 0xFF000000u) == 0xFA000000u) return register_group(m, e, execute);
    if ((e & 0xFF000000u) == 0xFB000000u) return multiply_group(m, e, execute);
    return RARE_UNDEFINED;
}

emu_rare_result emu_cpu_rare(emu_machine *m, uint32_t encoding, uint32_t address) {
    (void)address;
    return encoding >> 16 ? wide(m, encoding, true) : narrow(m, encoding);
}

bool emu_rare_known(emu_machine *m, uint32_t encoding) { return wide(m, encoding, false) == RARE_OK; }
