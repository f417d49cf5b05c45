/* SPDX-License-Identifier: Apache-2.0 */
/* Loops that only poll a status register are skipped, exactly.
 *
 * A device says, while it is read, until when its status will not change (emu_poll_hint). When the same load comes round again with all
 * registers, flags and the value read as the time before, and the loop between is nothing but pure operations closed by one backward
 * branch, then the state is a fixed point: every further turn repeats it, until the device, an event or the end of the slice comes. Whole
 * turns are then taken off the budget at once. Nothing else is different: the load that ends the last turn is really executed. */
#include "op.h"

#include <string.h>

#define LOOP_MAX 8 /* instructions */
#define PAUSE 14   /* reads that are not looked at after a turn that did change registers: a loop that counts, say */

void emu_poll_hint(emu_machine *m, uint64_t until_cycle) { emu_active_core(m)->poll.hint_until = until_cycle; }

void emu_poll_idle_write(emu_machine *m) { emu_active_core(m)->poll.idle_writes++; }

/* Changes nothing but registers and flags; writes_flags says which. */
static bool pure(unsigned code, bool *writes_flags) {
    *writes_flags = false;
    switch (code) {
    case O_nop:
    case O_mov_i:
    case O_mov_r:
    case O_mvn_r:
    case O_add_i:
    case O_add_r:
    case O_sub_r:
    case O_rsb_i:
    case O_and_i:
    case O_and_r:
    case O_orr_i:
    case O_orr_r:
    case O_eor_i:
    case O_eor_r:
    case O_bic_r:
    case O_lsl_i:
    case O_lsr_i:
    case O_asr_i:
    case O_ubfx:
    case O_sbfx:
    case O_uxtb:
    case O_uxth:
    case O_sxtb:
    case O_sxth:
    case O_movt:
    /* Of memory: the loop's turns have made one device access each, which is the load that polls. No store is in it. */
    case O_ldr_i:
    case O_ldrh_i:
    case O_ldrb_i:
    case O_ldrsh_i:
    case O_ldrsb_i:
    case O_ldr_r:
    case O_ldrh_r:
    case O_ldrb_r:
    case O_ldrsh_r:
    case O_ldrsb_r:
    case O_ldr_rs:
    case O_ldrh_rs:
    case O_ldrb_rs:
    case O_ldrsh_rs:
    case O_ldrsb_rs: return true;
    case O_mov_if:
    case O_mov_rf:
    case O_mvn_rf:
    case O_add_if:
    case O_add_rf:
    case O_sub_if:
    case O_sub_rf:
    case O_and_if:
    case O_and_ifc:
    case O_and_rf:
    case O_orr_rf:
    case O_eor_rf:
    case O_bic_rf:
    case O_lsl_if:
    case O_lsr_if:
    case O_asr_if:
    case O_cmp_i:
    case O_cmp_r:
    case O_cmn_i:
    case O_cmn_r:
    case O_tst_i:
    case O_tst_ic:
    case O_tst_r:
    case O_teq_i:
    case O_teq_r: *writes_flags = true; return true;
    default: return false;
    }
}

static bool decode(emu_machine *m, uint32_t address, emu_decoded *d) {
    emu_insn in = {m, address, 0, 0, false};
    if (!emu_peek(m, address, &in.h1, 2) || (in.h1 >> 11 >= 29 && !emu_peek(m, address + 2, &in.h2, 2))) return false;
    emu_decode_one(&in, d);
    return d->count == 1 && !d->it;
}

static bool condition_holds(const emu_cpu *c, unsigned condition) {
    bool n = c->nz < 0, z = (uint32_t)c->nz == 0, v = c->v >> 31, yes = true;
    switch (condition >> 1) {
    case 0: yes = z; break;
    case 1: yes = c->c; break;
    case 2: yes = n; break;
    case 3: yes = v; break;
    case 4: yes = c->c && !z; break;
    case 5: yes = n == v; break;
    default: yes = n == v && !z; break;
    }
    return yes != (condition & 1);
}

static bool is_store(unsigned code) {
    switch (code) {
    case O_str_i:
    case O_strh_i:
    case O_strb_i:
    case O_str_r:
    case O_strh_r:
    case O_strb_r:
    case O_str_rs:
    case O_strh_rs:
    case O_strb_rs: return true;
    default: return false;
    }
}

/* Whether the turn just made, of `turn` instructions from the load at pc back to itself, went once straight through a pure loop. In it were
 * `idle_writes` writes to devices that changed nothing; there must not be another store. */
static bool is_pure_loop(emu_machine *m, uint32_t pc, uint64_t turn, uint32_t idle_writes) {
    emu_decoded d;
    uint32_t at = pc, head = 0, stores = 0;
    uint64_t count = 0;
    bool flags = false, closed = false;
    emu_uop closing = {0};
    /* from the load to the closing branch */
    while (!closed) {
        if (++count > turn || !decode(m, at, &d)) return false;
        const emu_uop *u = &d.u[0];
        bool branch = u->code == O_b || (u->code >= O_beq && u->code <= O_ble) || u->code == O_cbz || u->code == O_cbnz;
        if (branch) {
            if (u->imm > pc) return false;
            closing = *u;
            head = u->imm;
            closed = true;
        } else if (at != pc && is_store(u->code)) {
            stores++;
        } else if (at != pc && !pure(u->code, &flags)) {
            return false;
        }
        at += 2u * d.length;
    }
    /* from the loop's head to the load; nothing there may change what the closing branch looked at, since it is looked at now */
    bool changes = false;
    for (at = head; at < pc; at += 2u * d.length) {
        if (++count > turn || !decode(m, at, &d)) return false;
        if (is_store(d.u[0].code)) {
            stores++;
            continue;
        }
        if (!pure(d.u[0].code, &flags)) return false;
        if (flags || ((closing.code == O_cbz || closing.code == O_cbnz) && d.u[0].d == closing.a)) changes = true;
    }
    if (at != pc || count != turn || stores != idle_writes) return false;
    if (closing.code == O_b) return true;
    if (changes) return false;
    if (closing.code == O_cbz) return m->cpu.r[closing.a] == 0;
    if (closing.code == O_cbnz) return m->cpu.r[closing.a] != 0;
    return condition_holds(&m->cpu, closing.code - O_beq);
}

void emu_poll_read(emu_machine *m, uint32_t pc, uint32_t value) {
    emu_poll *p = &m->poll;
    emu_cpu *c = &m->cpu;
    uint64_t until = p->hint_until;
    uint32_t idle_writes = p->idle_writes;
    p->hint_until = p->idle_writes = 0;
    if (p->pc != pc) { /* state is kept from the second read in a row by one instruction on: keeping it is what costs */
        p->pc = pc;
        p->valid = false;
        p->pause = 0;
        return;
    }
    if (p->pause) {
        p->pause--;
        return;
    }
    if (p->disabled || m->trace || until <= m->now) return;
    uint64_t turn = m->now - p->at;
    bool again = p->valid && p->value == value && m->device_accesses == p->accesses + 1 + idle_writes && turn > 0 && turn <= LOOP_MAX;
    bool same = again && memcmp(p->r, c->r, sizeof p->r) == 0 && p->nz == c->nz && p->c == c->c && p->v == c->v;
    if (again && !same) {
        p->valid = false;
        p->pause = PAUSE;
        return;
    }
    if (same && p->rejected_pc != pc && !m->attention && !m->dwt.watching && !m->fpb.remapping) {
        if (is_pure_loop(m, pc, turn, idle_writes)) {
            uint64_t turns = (until - 1 - m->now) / turn, fit = (uint64_t)m->budget / turn;
            if (turns > fit) turns = fit;
            m->budget -= (int64_t)(turns * turn);
            m->now += turns * turn;
            p->skipped_turns += turns;
        } else {
            p->rejected_pc = pc;
        }
    }
    p->valid = true;
    p->value = value;
    p->at = m->now;
    p->accesses = m->device_accesses;
    memcpy(p->r, c->r, sizeof p->r);
    p->nz = c->nz;
    p->c = c->c;
    p->v = c->v;
}
