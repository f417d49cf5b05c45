/* SPDX-License-Identifier: Apache-2.0 */
/* Which loops of a RISC-V core only poll: see ../../poll.c. A turn is walked through on a copy of the registers, wherever its branches
 * lead: when it comes back to the load that polls, in as many instructions as the turn had and with the same registers, it is a fixed
 * point. */
#include "rv.h"

#include <string.h>

static bool is_load(unsigned code) { return code >= RV_lw && code <= RV_lbu; }
static bool is_store(unsigned code) { return code >= RV_sw && code <= RV_sb; }
static bool is_branch(unsigned code) { return code >= RV_beq && code <= RV_bgeu; }

static bool taken(unsigned code, uint32_t x, uint32_t y) {
    switch (code) {
    case RV_beq: return x == y;
    case RV_bne: return x != y;
    case RV_blt: return (int32_t)x < (int32_t)y;
    case RV_bge: return (int32_t)x >= (int32_t)y;
    case RV_bltu: return x < y;
    default: return x >= y;
    }
}

static uint32_t extended(unsigned code, uint32_t x) {
    return code == RV_lh ? (uint32_t)(int32_t)(int16_t)x : code == RV_lb ? (uint32_t)(int32_t)(int8_t)x : x;
}

/* Of memory: the loop's turns have made one device access each that is no idle write, which is the load that polls. */
static bool load(emu_machine *m, unsigned code, uint32_t address, uint32_t *value) {
    static const uint8_t sizes[] = {
        [RV_lw - RV_lw] = 4, [RV_lh - RV_lw] = 2, [RV_lhu - RV_lw] = 2, [RV_lb - RV_lw] = 1, [RV_lbu - RV_lw] = 1};
    uint32_t x = 0;
    if (!emu_peek(m, address, &x, sizes[code - RV_lw])) return false;
    *value = extended(code, x);
    return true;
}

bool emu_rv_pure_loop(emu_machine *m, uint32_t pc, uint64_t turn, uint32_t idle_writes) {
    uint32_t r[RV_SINK + 1], at = pc, stores = 0;
    memcpy(r, m->cpu.r, sizeof r);
    for (uint64_t done = 0; done < turn; done++) {
        uint16_t h1 = 0, h2 = 0;
        rv_decoded d;
        if (done && at == pc) return false; /* more often than once a turn */
        if (!emu_peek(m, at, &h1, 2) || ((h1 & 3) == 3 && !emu_peek(m, at + 2, &h2, 2))) return false;
        emu_rv_decode_one(at, h1, h2, &d);
        const emu_uop *u = &d.u;
        uint32_t next = at + 2u * d.length;
        if (!done) {
            if (!is_load(u->code)) return false;
            r[u->d] = extended(u->code, m->poll.value); /* what the turn has read, and will again */
        } else if (is_load(u->code)) {
            if (!load(m, u->code, r[u->a] + u->imm, &r[u->d])) return false;
        } else if (is_store(u->code)) {
            if (emu_memory_at(m, r[u->a] + u->imm)) return false;
            stores++;
        } else if (is_branch(u->code)) {
            if (taken(u->code, r[u->a], r[u->b])) next = u->imm;
        } else if (u->code == RV_j) {
            next = u->imm;
        } else if (u->code != RV_nop) {
            if (u->code > RV_sltiu) return false;
            bool immediate = u->code == RV_li || (u->code >= RV_addi && u->code <= RV_sltiu);
            r[u->d] = emu_rv_alu(u->code, r[u->a], immediate ? u->imm : r[u->b]);
        }
        r[RV_SINK] = m->cpu.r[RV_SINK];
        at = next;
    }
    return at == pc && stores == idle_writes && memcmp(r, m->cpu.r, 32 * sizeof *r) == 0;
}
