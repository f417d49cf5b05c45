/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded operations of the Cortex-M interpreter: what a slot holds, the table of operations, pages of slots.
 *
 * Code is decoded once into one slot per halfword. A slot holds the handler's address, three operand bytes, an immediate and `n`: the
 * number of instructions from here to the end of the straight run, which is what the budget is charged on entry to a run. A handler goes on
 * to the slot one or two further (a constant in each handler). Where an instruction needs more than one operation, or is in an IT block,
 * its operations live in the extra part of the page and the slot jumps there; a map tells which instruction (and IT state) an extra slot
 * belongs to.
 */
#ifndef VMRIG_EMU_OP_H
#define VMRIG_EMU_OP_H

#include "machine.h"

/* Conditions 0..13 in the order of the encoding. */
#define OPS_CONDITIONS(X, p)                                                                                                               \
    X(p##eq) X(p##ne) X(p##cs) X(p##cc) X(p##mi) X(p##pl) X(p##vs) X(p##vc) X(p##hi) X(p##ls) X(p##ge) X(p##lt) X(p##gt) X(p##le)

/* Operations with a 16-bit and a 32-bit encoding: two handlers each. ci_, cr_, si_: compare with an immediate or a register, or
 * subtract an immediate, fused with the conditional branch in the slot after it; cii_, cri_: with the IT instruction after it; mov2_r: two
 * moves. Suffix f: sets N and Z (and C, V where the operation defines them). _i  r[d] = r[a] op imm      _r  r[d] = r[a] op r[b]      loads
 * and stores: r[d], [r[a] + imm] or [r[a] + r[b]] */
#define OPS_BOTH(X)                                                                                                                        \
    X(nop)                                                                                                                                 \
    X(mov_i) X(mov_if) X(mov_r) X(mov_rf) X(mvn_r) X(mvn_rf) X(add_i) X(add_if) X(sub_if) X(rsb_i) X(rsb_if) X(add_r) X(add_rf) X(sub_r)   \
        X(sub_rf) X(and_r) X(and_rf) X(orr_r) X(orr_rf) X(eor_r) X(eor_rf) X(bic_r) X(bic_rf) X(adc_r) X(adc_rf) X(sbc_r) X(sbc_rf)        \
            X(cmp_i) X(cmp_r) X(cmn_r) X(tst_r) X(lsl_i) X(lsl_if) X(lsr_i) X(lsr_if) X(asr_i) X(asr_if) X(lsl_r) X(lsl_rf) X(lsr_r)       \
                X(lsr_rf) X(asr_r) X(asr_rf) X(ror_r) X(ror_rf) X(mul_r) X(mul_rf) X(sxth) X(sxtb) X(uxth) X(uxtb) X(rev) X(rev16)         \
                    X(revsh) X(ldr_i) X(ldrh_i) X(ldrb_i) X(ldrsh_i) X(ldrsb_i) X(str_i) X(strh_i) X(strb_i) X(ldr_r) X(ldrh_r) X(ldrb_r)  \
                        X(ldrsh_r) X(ldrsb_r) X(str_r) X(strh_r) X(strb_r) X(ldm) X(stm) X(stmdb) X(ldmdb) X(ldm_pc) X(b) X(b_far)         \
                            X(bc_far) OPS_CONDITIONS(X, b) X(rare) OPS_CONDITIONS(X, ci_) OPS_CONDITIONS(X, cr_) OPS_CONDITIONS(X, si_)    \
                                OPS_CONDITIONS(X, cii_) OPS_CONDITIONS(X, cri_) X(mov2_r)

/* 16-bit only */
#define OPS_NARROW(X) X(bx) X(blx) X(cbz) X(cbnz) X(cbz_far) X(cbnz_far) X(svc) X(bkpt)

/* 32-bit only; _fc: also C = b. Shifted second operands: _lsl, _lsr, _asr, _ror by imm (1..31). */
#define OPS_WIDE(X)                                                                                                                        \
    X(mov_ifc)                                                                                                                             \
    X(and_i) X(and_if) X(and_ifc) X(orr_i) X(orr_if) X(orr_ifc) X(eor_i) X(eor_if) X(eor_ifc) X(adc_i) X(adc_if) X(sbc_i) X(sbc_if)        \
        X(cmn_i) X(tst_i) X(tst_ic) X(teq_i) X(teq_ic) X(teq_r) X(orn_r) X(orn_rf) X(rsb_r) X(rsb_rf) X(add_lsl) X(add_lsr) X(add_asr)     \
            X(add_ror) X(sub_lsl) X(sub_lsr) X(sub_asr) X(sub_ror) X(and_lsl) X(and_lsr) X(and_asr) X(and_ror) X(orr_lsl) X(orr_lsr)       \
                X(orr_asr) X(orr_ror) X(eor_lsl) X(eor_lsr) X(eor_asr) X(eor_ror) X(bic_lsl) X(bic_lsr) X(bic_asr) X(bic_ror) X(rsb_lsl)   \
                    X(rsb_lsr) X(rsb_asr) X(rsb_ror) X(cmp_lsl) X(cmp_lsr) X(cmp_asr) X(cmp_ror) X(lsl_ic) X(lsr_ic) X(asr_ic) X(ror_ic)   \
                        X(rrx_ic) X(ror_i) X(ror_if) X(rrx) X(rrx_f) X(ldr_rs) X(ldrh_rs) X(ldrb_rs) X(ldrsh_rs) X(ldrsb_rs) X(str_rs)     \
                            X(strh_rs) X(strb_rs) X(ldr_pre) X(ldrh_pre) X(ldrb_pre) X(ldrsh_pre) X(ldrsb_pre) X(str_pre) X(strh_pre)      \
                                X(strb_pre) X(ldr_post) X(ldrh_post) X(ldrb_post) X(ldrsh_post) X(ldrsb_post) X(str_post) X(strh_post)     \
                                    X(strb_post) X(ldrd) X(strd) X(ldr_pc_i) X(ldr_pc_rs) X(ldr_pc_pre) X(ldr_pc_post) X(mla) X(mls)       \
                                        X(umull) X(smull) X(umlal) X(smlal) X(udiv) X(sdiv) X(smulbb) X(smulbt) X(smultb) X(smultt)        \
                                            X(smlabb) X(smlabt) X(smlatb) X(smlatt) X(bfi) X(ubfx) X(sbfx) X(clz) X(rbit) X(sxtah)         \
                                                X(sxtab) X(uxtah) X(uxtab) X(movt) X(tbb) X(tbh) X(bl) X(ldmdb_pc)

/* Not instructions: plumbing. if_: an IT instruction or a further test inside its block; goes by the low half of imm when the condition
 * holds, by the high half when not (in slots, signed). */
#define OPS_OWN(X) X(decode) X(extra) X(stop) X(fetch_fault) X(undefined) X(hw_bkpt) X(mov_sp) OPS_CONDITIONS(X, if_)

enum emu_op_code {
#define X(name) O_##name,
    OPS_BOTH(X)
#undef X
        O_BOTH_COUNT,
    O_wide_base_ = O_BOTH_COUNT - 1,
#define X(name) O_w_##name,
    OPS_BOTH(X) O_both_end_,
    O_narrow_base_ = O_both_end_ - 1,
#undef X
#define X(name) O_##name,
    OPS_NARROW(X) OPS_WIDE(X) OPS_OWN(X)
#undef X
        O_COUNT
};
#define O_WIDE(code) ((code) < O_BOTH_COUNT ? (code) + O_BOTH_COUNT : (code))

typedef struct emu_op {
    const void *handler;
    uint8_t a, b, d;
    uint8_t n; /* instructions from here to the end of the run, this one included; 0: not decoded, or not an instruction's start */
    uint32_t imm;
} emu_op;

#define EMU_PAGE_SLOTS (EMU_PAGE_SIZE / 2)
#define EMU_PAGE_END_SLOTS 2 /* the slots after the last one lead to the next page */
#define EMU_EXTRA_SLOTS 4096
#define EMU_ALL_SLOTS (EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS + EMU_EXTRA_SLOTS)
#define EMU_CODE_PAGE_ALIGN 131072u /* so that a slot's page is found by masking */
#define EMU_RUN_MAX 200

typedef struct emu_code_page {
    uint32_t base; /* address of slot 0 */
    uint32_t extra_used;
    bool dirty;
    bool reaches_next; /* an instruction or IT block of this page ends in the next one */
    struct emu_code_page *next;
    uint16_t extra_slot[EMU_EXTRA_SLOTS]; /* which halfword of the page an extra slot belongs to */
    uint8_t extra_it[EMU_EXTRA_SLOTS];    /* ITSTATE on its execution */
    emu_op ops[EMU_ALL_SLOTS];
} emu_code_page;

_Static_assert(sizeof(emu_op) == 16, "the code table counts on 8 bytes of slots per byte of code");
_Static_assert(sizeof(emu_code_page) <= EMU_CODE_PAGE_ALIGN, "a page of slots fits its alignment");

static inline emu_code_page *emu_op_page(const emu_op *op) {
    return (emu_code_page *)((uintptr_t)op & ~(uintptr_t)(EMU_CODE_PAGE_ALIGN - 1));
}

static inline uint32_t emu_op_address(const emu_op *op) {
    const emu_code_page *page = emu_op_page(op);
    uint32_t slot = (uint32_t)(op - page->ops);
    if (slot >= EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS) slot = page->extra_slot[slot - EMU_PAGE_SLOTS - EMU_PAGE_END_SLOTS];
    return page->base + 2 * slot;
}

static inline uint8_t emu_op_itstate(const emu_op *op) {
    const emu_code_page *page = emu_op_page(op);
    uint32_t slot = (uint32_t)(op - page->ops);
    return slot >= EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS ? page->extra_it[slot - EMU_PAGE_SLOTS - EMU_PAGE_END_SLOTS] : 0;
}

/* --- decoding one instruction (decode16.c, decode32.c) ------------------------------------------------------------------- */

typedef struct {
    uint16_t code; /* narrow name, also for 32-bit encodings */
    uint8_t a, b, d;
    uint32_t imm; /* branches: the target's address */
} emu_uop;

typedef struct {
    emu_uop u[3];
    uint8_t count;
    uint8_t length; /* halfwords */
    bool ends_run;  /* a branch, or anything after which a new run starts */
    bool it;        /* an IT instruction: imm is its low byte */
} emu_decoded;

typedef struct {
    emu_machine *m;
    uint32_t address;
    uint16_t h1, h2;
    bool in_it;
    bool last_in_it;
} emu_insn;

void emu_decode16(const emu_insn *in, emu_decoded *out);
void emu_decode32(const emu_insn *in, emu_decoded *out);
void emu_decode_one(const emu_insn *in, emu_decoded *out);

/* Sets the slots from this address to the end of its straight run; slot: where the address' slot is. */
void emu_decode_run(emu_machine *m, emu_code_page *page, uint32_t slot);
/* Fills the scratch page with the one instruction at the address. */
emu_op *emu_decode_scratch(emu_machine *m, uint32_t address, uint8_t itstate, emu_decoded *decoded);
emu_code_page *emu_code_page_at(emu_machine *m, uint32_t address); /* made when missing; NULL: no memory there */

/* --- what the handlers call ----------------------------------------------------------------------------------------------- */

enum { ACCESS_W, ACCESS_H, ACCESS_B, ACCESS_SH, ACCESS_SB };
/* Address not in a fast page, or not aligned. false: fault, with cpu.fault_* set. */
bool emu_cpu_load(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
bool emu_cpu_store(emu_machine *m, uint32_t address, unsigned size, uint32_t value);

typedef enum { RARE_OK, RARE_FAULT, RARE_UNDEFINED, RARE_SLEEP } emu_rare_result;
/* Executes an instruction that has no handler of its own; encoding: h1 << 16 | h2, or a 16-bit one. */
emu_rare_result emu_cpu_rare(emu_machine *m, uint32_t encoding, uint32_t address);
bool emu_rare_known(emu_machine *m, uint32_t encoding); /* whether emu_cpu_rare has it: 32-bit encodings, at decode time */

bool emu_cpu_load_words(emu_machine *m, uint32_t address, uint32_t *words, unsigned count);
bool emu_cpu_store_words(emu_machine *m, uint32_t address, const uint32_t *words, unsigned count);

/* The interpreter: from `start`, or with start NULL only makes *handlers known. */
emu_leave emu_interpret(emu_machine *m, const emu_op *start, const void *const **handlers);

#endif
