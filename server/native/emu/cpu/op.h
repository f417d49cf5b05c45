/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded operations of the Cortex-M interpreter: the table of operations, decoding, what handlers call. Slots and pages: slots.h.
 *
 * From an IT instruction on, or from one that takes more than one operation, the rest of a run lives in the extra part of its page. */
#ifndef VMRIG_EMU_OP_H
#define VMRIG_EMU_OP_H

#include "slots.h"

#include "op_table.inc"

/* The handler of the 32-bit encoding. */
#define O_WIDE(code) ((code) < O_BOTH_COUNT ? (code) + O_BOTH_COUNT : (code))

/* Whether the operation is of the floating point unit. */
static inline bool emu_op_is_fp(unsigned code) { return code >= O_vldr && code <= O_fp; }

/* --- decoding one instruction (decode16.c, decode32.c) ------------------------------------------------------------------- */

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

/* Sets the slots from this address to the end of its straight run; slot: where the address' slot is. */
void emu_decode_run(emu_machine *m, emu_code_page *page, uint32_t slot);
/* Fills the scratch page with the one instruction at the address. */
emu_op *emu_decode_scratch(emu_machine *m, uint32_t address, uint8_t itstate, emu_decoded *decoded);

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
