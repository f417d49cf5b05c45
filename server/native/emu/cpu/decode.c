/* SPDX-License-Identifier: Apache-2.0 */
/* From instructions to pages of operations: straight runs, IT blocks, instructions of several operations. */
#include "op.h"

#include <string.h>

#define EXTRA_PER_RUN 700 /* extra slots that a run may need: it is cut when it could take more */
#define EXTRA_IT 40       /* those of an IT block */

static void set_plain(const emu_machine *m, emu_op *op, unsigned code, uint32_t imm, unsigned n) {
    emu_uop u = {(uint16_t)code, 0, 0, 0, imm};
    emu_op_set(m, op, code, &u, n);
}

/* The regions where instructions may be fetched: code, SRAM, external RAM (DDI 0403E, B3.1). */
static bool executable(uint32_t address) { return address < 0x40000000u || (address >= 0x60000000u && address < 0xA0000000u); }

uint32_t emu_cpu_fetch_fault(emu_machine *m, uint32_t pc) {
    (void)m;
    return executable(pc) ? CFSR_IBUSERR : CFSR_IACCVIOL;
}

bool emu_code_fetch(emu_machine *m, uint32_t address, uint16_t *halfword) {
    if (m->fpb.remapping && emu_fpb_instruction(m, address, halfword)) return true;
    emu_memory *mem = executable(address) ? emu_memory_at(m, address) : NULL;
    if (!mem || address - mem->base + 2 > mem->size) return false;
    memcpy(halfword, mem->bytes + (address - mem->base), 2);
    return true;
}

/* --- runs ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint16_t slot;
    uint8_t block; /* 1..4: this and the following instructions are in the IT block opened by the one before; counts within it */
    uint8_t itstate;
    emu_decoded d;
} element;

/* What an operation does to flags: bit 0 reads, bit 1 overwrites N, Z, C and V, bit 2 overwrites N and Z only, bit 3 may leave the run. */
enum { READS = 1, WRITES_ALL = 2, WRITES_NZ = 4, MAY_LEAVE = 8 };

static unsigned flag_use(unsigned code) {
    switch (code) {
    case O_add_if:
    case O_sub_if:
    case O_rsb_if:
    case O_add_rf:
    case O_sub_rf:
    case O_cmp_i:
    case O_cmp_r:
    case O_cmn_r:
    case O_cmn_i:
    case O_rsb_rf:
    case O_cmp_lsl:
    case O_cmp_lsr:
    case O_cmp_asr:
    case O_cmp_ror: return WRITES_ALL;
    case O_mov_if:
    case O_mov_rf:
    case O_mvn_rf:
    case O_and_rf:
    case O_orr_rf:
    case O_eor_rf:
    case O_bic_rf:
    case O_mul_rf:
    case O_tst_r:
    case O_and_if:
    case O_orr_if:
    case O_eor_if:
    case O_tst_i:
    case O_teq_i:
    case O_teq_r:
    case O_orn_rf:
    case O_lsl_if:
    case O_lsr_if:
    case O_asr_if: return WRITES_NZ; /* the shifts: C too, which is not counted on */
    case O_nop:
    case O_mov_i:
    case O_mov_r:
    case O_mvn_r:
    case O_add_i:
    case O_rsb_i:
    case O_add_r:
    case O_sub_r:
    case O_and_r:
    case O_orr_r:
    case O_eor_r:
    case O_bic_r:
    case O_lsl_i:
    case O_lsr_i:
    case O_asr_i:
    case O_lsl_r:
    case O_lsr_r:
    case O_asr_r:
    case O_ror_r:
    case O_mul_r:
    case O_sxth:
    case O_sxtb:
    case O_uxth:
    case O_uxtb:
    case O_rev:
    case O_rev16:
    case O_revsh:
    case O_and_i:
    case O_orr_i:
    case O_eor_i:
    case O_add_lsl:
    case O_add_lsr:
    case O_sub_lsl:
    case O_sub_lsr:
    case O_and_lsl:
    case O_and_lsr:
    case O_orr_lsl:
    case O_orr_lsr:
    case O_eor_lsl:
    case O_eor_lsr:
    case O_mla:
    case O_mls:
    case O_umull:
    case O_smull:
    case O_bfi:
    case O_ubfx:
    case O_sbfx:
    case O_clz:
    case O_movt:
    case O_sxtah:
    case O_sxtab:
    case O_uxtah:
    case O_uxtab:
    case O_smulbb:
    case O_smlabb: return 0;
    default: return READS | MAY_LEAVE; /* unknown is a barrier */
    }
}

/* The same operation without its flags; the code itself when there is none, or when it also sets C by shifting. */
static unsigned without_flags(unsigned code, bool *shifts) {
    *shifts = false;
    switch (code) {
    case O_mov_if: return O_mov_i;
    case O_mov_rf: return O_mov_r;
    case O_mvn_rf: return O_mvn_r;
    case O_add_if: return O_add_i;
    case O_add_rf: return O_add_r;
    case O_sub_rf: return O_sub_r;
    case O_rsb_if: return O_rsb_i;
    case O_and_rf: return O_and_r;
    case O_orr_rf: return O_orr_r;
    case O_eor_rf: return O_eor_r;
    case O_bic_rf: return O_bic_r;
    case O_mul_rf: return O_mul_r;
    case O_and_if: return O_and_i;
    case O_orr_if: return O_orr_i;
    case O_eor_if: return O_eor_i;
    case O_lsl_if: *shifts = true; return O_lsl_i;
    case O_lsr_if: *shifts = true; return O_lsr_i;
    case O_asr_if: *shifts = true; return O_asr_i;
    default: return code;
    }
}

/* Drops flags that a later operation of the same run overwrites before anything can see them. Accesses to memory are barriers: an interrupt
 * or a fault may show the flags there. */
static void drop_dead_flags(element *e, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        emu_uop *u = &e[i].d.u[0];
        bool shifts, sub = u->code == O_sub_if;
        if (e[i].d.count != 1 || e[i].d.it || e[i].block) continue;
        unsigned plain = without_flags(u->code, &shifts);
        if (plain == u->code && !sub) continue;
        bool only_nz = flag_use(u->code) == WRITES_NZ && !shifts;
        for (unsigned j = i + 1; j < count; j++) {
            if (e[j].d.count != 1 || e[j].d.it || e[j].block) break;
            unsigned use = flag_use(e[j].d.u[0].code);
            if (use & (READS | MAY_LEAVE)) break;
            if ((use & WRITES_ALL) || ((use & WRITES_NZ) && only_nz)) {
                if (sub) {
                    u->code = O_add_i;
                    u->imm = 0u - u->imm;
                } else {
                    u->code = (uint16_t)plain;
                }
                break;
            }
        }
    }
}

static bool is_memory(unsigned code) { return (code >= O_ldr_i && code <= O_ldmdb) || (code >= O_ldr_rs && code <= O_strd); }

/* Whether the condition must be tested again after this one. */
static bool may_change_condition(const emu_decoded *d) {
    for (unsigned i = 0; i < d->count; i++)
        if (flag_use(d->u[i].code) != 0 && !is_memory(d->u[i].code) && (!emu_op_is_fp(d->u[i].code) || d->u[i].code == O_vmrs_apsr))
            return true;
    return d->ends_run;
}

static bool always_reached(const emu_decoded *d) { /* in spite of a condition */
    unsigned code = d->u[0].code;
    return code == O_hw_bkpt || code == O_bkpt || code == O_fetch_fault;
}

static uint8_t it_advance(uint8_t it) { return it & 7 ? (uint8_t)((it & 0xE0) | (it << 1 & 0x1F)) : 0; }

/* SP's low two bits are always 0: an operation that may write others goes through the temporary register. */
static bool writes_register_d(unsigned code) {
    switch (code) {
    case O_cmp_i:
    case O_cmp_r:
    case O_cmn_r:
    case O_cmn_i:
    case O_tst_r:
    case O_tst_i:
    case O_tst_ic:
    case O_teq_i:
    case O_teq_ic:
    case O_teq_r:
    case O_cmp_lsl:
    case O_cmp_lsr:
    case O_cmp_asr:
    case O_cmp_ror:
    case O_nop:
    case O_rare:
    case O_undefined:
    case O_strd:
    case O_ldrd:
    case O_ldm:
    case O_stm:
    case O_ldmdb:
    case O_stmdb:
    case O_ldm_pc:
    case O_ldmdb_pc:
    case O_svc:
    case O_bkpt:
    case O_bx:
    case O_blx:
    case O_b:
    case O_bl:
    case O_cbz:
    case O_cbnz:
    case O_tbb:
    case O_tbh:
    case O_fetch_fault:
    case O_hw_bkpt:
    case O_mov_sp:
    case O_str_i:
    case O_strh_i:
    case O_strb_i:
    case O_str_r:
    case O_strh_r:
    case O_strb_r:
    case O_str_rs:
    case O_strh_rs:
    case O_strb_rs:
    case O_str_pre:
    case O_strh_pre:
    case O_strb_pre:
    case O_str_post:
    case O_strh_post:
    case O_strb_post: return false;
    default:
        return !(code >= O_beq && code <= O_ble) && (!emu_op_is_fp(code) || code == O_vmov) &&
               !(code >= O_ldr_pc_i && code <= O_ldr_pc_post);
    }
}

static void keep_sp_aligned(emu_decoded *d) {
    emu_uop *u = &d->u[d->count - 1];
    if (u->code >= O_ldr_pre && u->code <= O_strb_post && u->a == 13 && u->imm & 3) { /* write-back */
        d->u[d->count++] = (emu_uop){O_mov_sp, 13, 0, 13, 0};
        return;
    }
    if (u->d != 13 || d->count == 3 || !writes_register_d(u->code)) return;
    if (u->code == O_add_i && u->a == 13 && !(u->imm & 3)) return;
    bool load = (u->code >= O_ldr_i && u->code <= O_ldrsb_i) || (u->code >= O_ldr_r && u->code <= O_ldrsb_r) ||
                (u->code >= O_ldr_rs && u->code <= O_ldrsb_rs) || (u->code >= O_ldr_pre && u->code <= O_ldrsb_pre) ||
                (u->code >= O_ldr_post && u->code <= O_ldrsb_post);
    unsigned from = load ? 13 : EMU_R_TEMP;
    u->d = (uint8_t)from;
    d->u[d->count++] = (emu_uop){O_mov_sp, (uint8_t)from, 0, 13, 0};
}

typedef struct {
    emu_machine *m;
    emu_code_page *page;
    bool scratch;
} builder;

static emu_op *extra_slot(builder *b, uint32_t slot, uint8_t it) {
    uint32_t i = b->page->extra_used++;
    b->page->extra_slot[i] = (uint16_t)slot;
    b->page->extra_it[i] = it;
    return &b->page->ops[EMU_FIRST_EXTRA + i];
}

/* Branches get their distance in slots when the target is in the same page. */
static unsigned resolve_branch(builder *b, const emu_op *op, emu_uop *u, uint32_t slot) {
    bool near = !b->scratch && u->imm - b->page->base < EMU_PAGE_SIZE;
    int32_t distance = (int32_t)((u->imm - b->page->base) / 2) - (int32_t)(op - b->page->ops);
    switch (u->code) {
    case O_b:
        if (!near) return O_b_far;
        u->imm = (uint32_t)distance;
        return O_b;
    case O_cbz:
    case O_cbnz:
        if (!near) return u->code == O_cbz ? O_cbz_far : O_cbnz_far;
        u->imm = (uint32_t)distance;
        return u->code;
    case O_bl: {
        uint32_t back = (2 * slot + 4) | 1;
        u->a = (uint8_t)back;
        u->b = (uint8_t)(back >> 8);
        return O_bl;
    }
    default:
        if (u->code < O_beq || u->code > O_ble) return u->code;
        if (!near) return O_bc_far;
        u->imm = (uint32_t)distance;
        return u->code;
    }
}

/* Places the operations of one instruction into extra slots. A narrow handler goes on by one slot, a wide one by two. */
static emu_op *place_extra(builder *b, const element *e, unsigned n) {
    emu_op *first = NULL;
    for (unsigned i = 0; i < e->d.count; i++) {
        emu_uop u = e->d.u[i];
        bool after = u.code == O_mov_sp && u.a == 13; /* see keep_sp_aligned: the load itself is done */
        uint32_t slot = e->slot + (after ? e->d.length : 0u);
        uint8_t it = after && e->block ? it_advance(e->itstate) : e->itstate;
        emu_op *op = extra_slot(b, slot, it);
        if (u.code >= O_mov_ifc && u.code < O_decode) extra_slot(b, slot, it);
        unsigned code = resolve_branch(b, op, &u, e->slot);
        emu_op_set(b->m, op, code, &u, n);
        if (!first) first = op;
    }
    return first;
}

static emu_op *next_extra(builder *b) { return &b->page->ops[EMU_FIRST_EXTRA + b->page->extra_used]; }

/* A jump at the end of a run; with `charge` the target begins a new one. */
static void place_jump(builder *b, uint32_t to_slot, bool charge) {
    emu_op *op = extra_slot(b, to_slot, 0);
    if (charge) {
        emu_uop u = {O_b, 0, 0, 0, b->page->base + 2 * to_slot};
        unsigned code = resolve_branch(b, op, &u, to_slot);
        emu_op_set(b->m, op, code, &u, 0);
    } else {
        set_plain(b->m, op, O_extra, (uint32_t)((int32_t)to_slot - (int32_t)(op - b->page->ops)), 0);
    }
}

static uint32_t both_ways(const emu_op *from, const emu_op *pass, const emu_op *fail) {
    return ((uint32_t)(pass - from) & 0xFFFF) | (uint32_t)(fail - from) << 16;
}

/* e[0] is an IT instruction whose operation is `op` (in its slot or extra), e[1..block] its block, which goes into extra slots.
 * n: instructions left from the IT instruction on. */
static void place_it_block(builder *b, emu_op *op, const element *e, unsigned block, unsigned n) {
    emu_op *test = op;
    set_plain(b->m, op, O_extra, (uint32_t)(next_extra(b) - op), n);
    for (unsigned i = 1; i <= block;) {
        unsigned condition = e[i].itstate >> 4, together = 1;
        if (condition >= 14 || always_reached(&e[i].d)) {
            place_extra(b, &e[i], n - i);
            test = NULL;
            i++;
            continue;
        }
        while (i + together <= block && (unsigned)(e[i + together].itstate >> 4) == condition &&
               !may_change_condition(&e[i + together - 1].d) && !always_reached(&e[i + together].d))
            together++;
        if (!test) test = extra_slot(b, e[i].slot, e[i].itstate);
        emu_op *pass = next_extra(b);
        for (unsigned k = 0; k < together; k++) place_extra(b, &e[i + k], n - i - k);
        set_plain(b->m, test, O_if_eq + condition, both_ways(test, pass, next_extra(b)), test == op ? n : n - i);
        test = NULL;
        i += together;
    }
}

static unsigned fused_fp(unsigned first, unsigned second) {
    if (first == O_vcmp && second == O_vmrs_apsr) return O_vcmp_apsr;
    if (first == O_vmul && second == O_vadd) return O_vmul_vadd;
    if (first == O_vadd && second == O_vmul) return O_vadd_vmul;
    if (first == O_vmov && second == O_vmov) return O_vmov_vmov;
    return first;
}

/* The operation for an instruction together with the one after it, or its own code. */
static unsigned fused(const builder *b, const element *e) {
    const emu_uop *u = &e[0].d.u[0], *next = &e[1].d.u[0];
    if (emu_op_is_fp(u->code) && e[1].d.count == 1) return fused_fp(u->code, next->code);
    if (e[1].d.count != 1 || e[1].d.length != 1) return u->code;
    if (e[1].d.it) {
        unsigned condition = next->imm >> 4;
        if (condition >= 14 || always_reached(&e[2].d)) return u->code;
        return u->code == O_cmp_i ? O_cii_eq + condition : u->code == O_cmp_r ? O_cri_eq + condition : u->code;
    }
    if (next->code >= O_beq && next->code <= O_ble && next->imm - b->page->base < EMU_PAGE_SIZE) {
        unsigned condition = next->code - O_beq;
        return u->code == O_cmp_i    ? O_ci_eq + condition
               : u->code == O_cmp_r  ? O_cr_eq + condition
               : u->code == O_sub_if ? O_si_eq + condition
                                     : u->code;
    }
    return u->code == O_mov_r && next->code == O_mov_r ? O_mov2_r : u->code;
}

static void one(element *e, unsigned code) {
    e->d.count = 1;
    e->d.length = 1;
    e->d.ends_run = true;
    e->d.it = false;
    e->d.u[0] = (emu_uop){(uint16_t)code, 0, 0, 0, 0};
}

/* Reads and decodes one instruction; what cannot be read becomes an operation that says so when it is reached. */
static void read_element(emu_machine *m, element *e, uint32_t address, uint8_t itstate, bool breakpoints) {
    emu_insn in = {m, address, 0, 0, itstate != 0};
    if (breakpoints && ((m->fpb.ctrl & 1 && emu_fpb_matches(m, address)) || (m->dwt.pc_matching && emu_dwt_matches_pc(m, address)))) {
        one(e, O_hw_bkpt);
        return;
    }
    if (!emu_code_fetch(m, address, &in.h1) || (in.h1 >> 11 >= 29 && !emu_code_fetch(m, address + 2, &in.h2))) {
        one(e, O_fetch_fault);
        return;
    }
    emu_decode_one(&in, &e->d);
    /* A branch amid an IT block is UNPREDICTABLE, and would leave a run before its end: UNDEFINED. */
    if (it_advance(itstate) && e->d.ends_run && e->d.u[0].code != O_svc && e->d.u[0].code != O_bkpt && e->d.u[0].code != O_undefined) {
        unsigned length = e->d.length;
        one(e, O_undefined);
        e->d.length = (uint8_t)length;
    }
    keep_sp_aligned(&e->d);
}

void emu_decode_run(emu_machine *m, emu_code_page *page, uint32_t slot) {
    element e[EMU_RUN_MAX + 8];
    builder b = {m, page, false};
    unsigned count = 0, tail = 0;
    bool split = false, ended = false;
    uint32_t extra = 0;
    if (page->extra_used + EXTRA_PER_RUN > EMU_EXTRA_SLOTS) emu_code_page_clear(m, page); /* what is still needed is decoded again */
    while (!ended && slot < EMU_PAGE_SLOTS) {
        if (count && page->ops[slot].n) { /* already decoded: go on there, or, where n would not fit, in a new run */
            tail = page->ops[slot].n;
            if (count + tail > 250) {
                tail = 0;
                split = true;
            }
            break;
        }
        if (count >= EMU_RUN_MAX || extra + EXTRA_IT + 8 > EXTRA_PER_RUN) {
            split = true;
            break;
        }
        e[count].slot = (uint16_t)slot;
        e[count].block = 0;
        e[count].itstate = 0;
        read_element(m, &e[count], page->base + 2 * slot, 0, true);
        if (e[count].d.count > 1 || extra) extra += e[count].d.count > 1 ? 8 : 2;
        if (e[count].d.it) {
            uint8_t it = (uint8_t)e[count].d.u[0].imm;
            unsigned first = count;
            for (; it; it = it_advance(it)) {
                slot += e[count].d.length;
                count++;
                e[count].slot = (uint16_t)slot;
                e[count].block = (uint8_t)(count - first);
                e[count].itstate = it;
                read_element(m, &e[count], page->base + 2 * slot, it, true);
                if (e[count].d.u[0].code == O_fetch_fault || e[count].d.u[0].code == O_hw_bkpt) break;
            }
            extra += EXTRA_IT;
        }
        ended = e[count].d.ends_run;
        slot += e[count].d.length;
        count++;
    }
    if (slot > EMU_PAGE_SLOTS) emu_code_reaches_next(m, page);
    drop_dead_flags(e, count);
    bool in_extra = false;
    for (unsigned i = 0; i < count; i++) {
        unsigned n = count - i + tail, block = 0;
        emu_op *op = &page->ops[e[i].slot];
        bool was_extra = in_extra, last = i == count - 1;
        bool pairs = !last && !(split && i + 2 == count); /* the last one of a run that is cut leads elsewhere */
        if (!in_extra && !e[i].d.it && (e[i].d.count > 1 || (last && split))) {
            set_plain(m, op, O_extra, (uint32_t)(next_extra(&b) - op), n);
            in_extra = true;
        }
        if (e[i].d.it) {
            while (i + block + 1 < count && e[i + block + 1].block) block++;
            if (in_extra) op = extra_slot(&b, e[i].slot, 0);
            in_extra = true;
            place_it_block(&b, op, &e[i], block, n);
        } else if (in_extra) {
            op = place_extra(&b, &e[i], n);
            if (pairs && e[i].d.count == 1 && fused(&b, &e[i]) != e[i].d.u[0].code) op->handler = m->handlers[fused(&b, &e[i])];
        } else {
            emu_uop u = e[i].d.u[0];
            unsigned code = resolve_branch(&b, op, &u, e[i].slot);
            if (pairs) code = fused(&b, &e[i]);
            emu_op_set(m, op, e[i].d.length == 2 ? O_WIDE(code) : code, &u, n);
        }
        for (unsigned j = i; j <= i + block; j++)
            for (unsigned k = j == i && !was_extra ? 1 : 0; k < e[j].d.length; k++)
                if (e[j].slot + k < EMU_PAGE_SLOTS && !page->ops[e[j].slot + k].n) page->ops[e[j].slot + k].imm = EMU_SLOT_COVERED;
        i += block;
    }
    if (in_extra) place_jump(&b, slot, tail == 0); /* also after a branch: it may not be taken */
}

emu_op *emu_decode_scratch(emu_machine *m, uint32_t address, uint8_t itstate, emu_decoded *decoded) {
    emu_code_page *page = m->scratch_page;
    builder b = {m, page, true};
    element e = {0};
    page->base = address;
    page->extra_used = 0;
    read_element(m, &e, address, itstate, false);
    *decoded = e.d;
    set_plain(m, &page->ops[1], O_stop, 0, 0);
    set_plain(m, &page->ops[2], O_stop, 0, 0);
    emu_op *op = &page->ops[0];
    if (e.d.count == 1) {
        emu_uop u = e.d.u[0];
        unsigned code = resolve_branch(&b, op, &u, 0);
        emu_op_set(m, op, e.d.length == 2 ? O_WIDE(code) : code, &u, 1);
    } else {
        set_plain(m, op, O_extra, EMU_FIRST_EXTRA, 1);
        place_extra(&b, &e, 1);
        set_plain(m, extra_slot(&b, e.d.length, 0), O_stop, 0, 0);
    }
    return op;
}
