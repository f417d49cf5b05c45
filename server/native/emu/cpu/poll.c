/* SPDX-License-Identifier: Apache-2.0 */
/* Which loops of a Cortex-M only poll: see ../poll.c. */
#include "op.h"

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
bool emu_cpu_pure_loop(emu_machine *m, uint32_t pc, uint64_t turn, uint32_t idle_writes) {
    if (m->dwt.watching || m->fpb.remapping) return false;
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
