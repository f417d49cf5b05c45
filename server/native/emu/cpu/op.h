/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded operations of the Cortex-M interpreter: what a slot holds, the table of operations, pages of slots.
 *
 * Code is decoded once into one slot per halfword. A slot holds the handler's address, three operand bytes, an immediate and `n`: the
 * number of instructions from here to the end of the straight run, which is what the budget is charged on entry to a run. A handler goes on
 * to the slot one or two further (a constant in each handler). From an IT instruction on, or from one that takes more than one operation,
 * the rest of the run lives in the extra part of the page and the slot leads there; a map tells which instruction (and IT state) an extra
 * slot belongs to.
 */
#ifndef VMRIG_EMU_OP_H
#define VMRIG_EMU_OP_H

#include "machine.h"

#include "op_table.inc"

/* The handler of the 32-bit encoding. */
#define O_WIDE(code) ((code) < O_BOTH_COUNT ? (code) + O_BOTH_COUNT : (code))

typedef struct emu_op {
    const void *handler;
    uint8_t a, b, d;
    uint8_t n; /* instructions from here to the end of the run, this one included; 0: not decoded, or not an instruction's start */
    uint32_t imm;
} emu_op;

/* Whether the operation is of the floating point unit. */
static inline bool emu_op_is_fp(unsigned code) { return code >= O_vldr && code <= O_fp; }

#define EMU_PAGE_SLOTS (EMU_PAGE_SIZE / 2)
#define EMU_PAGE_END_SLOTS 2 /* the slots after the last one lead to the next page */
#define EMU_EXTRA_SLOTS 4096
#define EMU_ALL_SLOTS (EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS + EMU_EXTRA_SLOTS)
#define EMU_CODE_PAGE_ALIGN 131072u /* so that a slot's page is found by masking */
#define EMU_RUN_MAX 200

#define EMU_FIRST_EXTRA (EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS)
#define EMU_SLOT_COVERED 1 /* in imm of a slot without operation: the halfword is part of a decoded instruction */

struct emu_code_shared; /* commons.c */

typedef struct emu_code_page {
    uint32_t base; /* address of slot 0 */
    uint32_t extra_used;
    bool reaches_next;                    /* an instruction or IT block of this page ends in the next one */
    bool unshareable;                     /* something was decoded that holds for this machine only: a breakpoint */
    struct emu_code_shared *shared;       /* NULL: it belongs to one machine, which may change it */
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
} emu_insn;

/* Whether a literal in memory that only its controller changes may be taken as a constant: not when somebody watches or guards loads. */
static inline bool emu_literals_are_constant(const emu_machine *m) { return !m->dwt.watching && !m->mpu.used && !m->fpb.remapping; }

void emu_decode16(const emu_insn *in, emu_decoded *out);
void emu_decode32(const emu_insn *in, emu_decoded *out);
void emu_decode_fp(const emu_insn *in, emu_decoded *out); /* coprocessors 10 and 11, of a core that has them */
void emu_decode_one(const emu_insn *in, emu_decoded *out);

bool emu_code_fetch(emu_machine *m, uint32_t address, uint16_t *halfword); /* false: nothing can be executed there */
void emu_op_set(const emu_machine *m, emu_op *op, unsigned code, const emu_uop *u, unsigned n);

/* Sets the slots from this address to the end of its straight run; slot: where the address' slot is. */
void emu_decode_run(emu_machine *m, emu_code_page *page, uint32_t slot);
/* Fills the scratch page with the one instruction at the address. */
emu_op *emu_decode_scratch(emu_machine *m, uint32_t address, uint8_t itstate, emu_decoded *decoded);

/* pages.c */
emu_code_page *emu_code_page_at(emu_machine *m, uint32_t address); /* made when missing; NULL: no memory there */
/* The same page, or a copy that takes its place, to be written into. */
emu_code_page *emu_code_page_own(emu_machine *m, emu_code_page *page);
void emu_code_page_clear(emu_machine *m, emu_code_page *page);

/* --- what the handlers call ----------------------------------------------------------------------------------------------- */

enum { ACCESS_W, ACCESS_H, ACCESS_B, ACCESS_SH, ACCESS_SB };
/* Address not in a fast page, or not aligned. false: fault, with cpu.fault_* set. */
bool emu_cpu_load(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
bool emu_cpu_store(emu_machine *m, uint32_t address, unsigned size, uint32_t value);

/* LDRT, STRT and kin, A4.6.2. */
bool emu_cpu_load_unprivileged(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
bool emu_cpu_store_unprivileged(emu_machine *m, uint32_t address, unsigned size, uint32_t value);

typedef enum { RARE_OK, RARE_FAULT, RARE_UNDEFINED, RARE_SLEEP } emu_rare_result;
/* Executes an instruction that has no handler of its own; encoding: h1 << 16 | h2, or a 16-bit one. */
emu_rare_result emu_cpu_rare(emu_machine *m, uint32_t encoding, uint32_t address);
bool emu_rare_known(emu_machine *m, uint32_t encoding); /* whether emu_cpu_rare has it: 32-bit encodings, at decode time */

bool emu_cpu_load_words(emu_machine *m, uint32_t address, uint32_t *words, unsigned count);
bool emu_cpu_store_words(emu_machine *m, uint32_t address, const uint32_t *words, unsigned count);

bool emu_fp_load(emu_machine *m, uint32_t address, unsigned first, unsigned count); /* VLDM: all registers or none */

/* The interpreter: from `start`, or with start NULL only makes *handlers known. */
emu_leave emu_interpret(emu_machine *m, const emu_op *start, const void *const **handlers);

#endif
