/* SPDX-License-Identifier: Apache-2.0 */
/* The RISC-V core: RV32IMC, machine and user mode, as Espressif's ESP32-C3 has it (ESP32-C3 Technical Reference Manual, chapter "ESP-RISC-V
 * CPU"; The RISC-V Instruction Set Manual, volumes I and II). Slots and pages: ../slots.h. x0 to x31 are cpu.r[0] to [31]. */
#ifndef VMRIG_EMU_RV_H
#define VMRIG_EMU_RV_H

#include "../slots.h"

#include "op_table.inc"

#define RV_ENUM(name) RV_##name,
#define RV_ENUM_WIDE(name) RV_w_##name,
#define RV_ENUM_PAIR(first, second) RVP_##first##_##second,
#define RV_ENUM_QUAD(a, b, c, d, la, lb, lc, ld) RVQ_##a##_##b##_##c##_##d,
#define RV_ENUM_TRIPLE(first, second, third) RVT_##first##_##second##_##third,
enum { RV_OPS_BOTH(RV_ENUM) RV_OPS_BOTH(RV_ENUM_WIDE) RV_OPS_OWN(RV_ENUM) RV_FIRST_PAIR };
enum { RV_PAIRS(RV_ENUM_PAIR) RV_PAIR_COUNT };
enum { RV_TRIPLES(RV_ENUM_TRIPLE) RV_TRIPLE_COUNT };
enum { RV_QUADS(RV_ENUM_QUAD) RV_QUAD_COUNT };
#undef RV_ENUM_QUAD
#undef RV_ENUM
#undef RV_ENUM_WIDE
#undef RV_ENUM_PAIR
#undef RV_ENUM_TRIPLE
/* lengths: 2 when the first one has a 32-bit encoding, and 1 more when the second one has; of three 4, 2 and 1. */
#define RV_PAIR(first, second, lengths) (RV_FIRST_PAIR + 4 * RVP_##first##_##second + (lengths))
#define RV_FIRST_TRIPLE (RV_FIRST_PAIR + 4 * RV_PAIR_COUNT)
#define RV_TRIPLE(first, second, third, lengths) (RV_FIRST_TRIPLE + 8 * RVT_##first##_##second##_##third + (lengths))
#define RV_FIRST_QUAD (RV_FIRST_TRIPLE + 8 * RV_TRIPLE_COUNT)
#define RV_QUAD(a, b, c, d) (RV_FIRST_QUAD + RVQ_##a##_##b##_##c##_##d)
#define RV_COUNT (RV_FIRST_QUAD + RV_QUAD_COUNT)
#define RV_BOTH_COUNT RV_w_nop
#define RV_WIDE(code) ((code) < RV_BOTH_COUNT ? (code) + RV_BOTH_COUNT : (code))

#define RV_SINK 32u /* cpu.r of what is written to x0 */

enum { RV_USER = 0, RV_MACHINE = 3 };

enum { RV_MCONTROL_LOAD = 1, RV_MCONTROL_STORE = 2, RV_MCONTROL_EXECUTE = 4 };

enum { /* mcause */
       RV_FETCH_FAULT = 1,
       RV_ILLEGAL_INSTRUCTION = 2,
       RV_BREAKPOINT = 3,
       RV_LOAD_FAULT = 5,
       RV_STORE_FAULT = 7,
       RV_ECALL_USER = 8,
       RV_ECALL_MACHINE = 11,
};
#define RV_INTERRUPT 0x80000000u

enum { MSTATUS_MIE = 1u << 3, MSTATUS_MPIE = 1u << 7, MSTATUS_MPP = 3u << 11, MSTATUS_TW = 1u << 21 };

/* --- decode.c ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    emu_uop u;
    uint8_t length; /* halfwords */
    bool ends_run;
} rv_decoded;

/* h2 counts for 32-bit encodings only. Branches: imm is the target's address. */
void emu_rv_decode_one(uint32_t address, uint16_t h1, uint16_t h2, rv_decoded *out);
bool emu_rv_fetch(emu_machine *m, uint32_t address, uint16_t *halfword); /* false: nothing can be executed there */
void emu_rv_decode_run(emu_machine *m, emu_code_page *page, uint32_t slot);
bool emu_rv_breakpoint_at(const emu_machine *m, uint32_t address);
emu_op *emu_rv_decode_scratch(emu_machine *m, uint32_t address);

/* --- interp.c ------------------------------------------------------------------------------------------------------------- */

/* From `start`, or with start NULL only makes *handlers known. */
emu_leave emu_rv_interpret(emu_machine *m, const emu_op *start, const void *const **handlers);

/* What an arithmetic operation makes of two operands. */
uint32_t emu_rv_alu(unsigned code, uint32_t x, uint32_t y);

/* --- access.c ------------------------------------------------------------------------------------------------------------- */

/* Address not in a fast page, or not aligned. false: fault, with cpu.fault_*. */
bool emu_rv_load(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
bool emu_rv_store(emu_machine *m, uint32_t address, unsigned size, uint32_t value);
bool emu_rv_fault(emu_machine *m, uint32_t cause, uint32_t value); /* false, for its caller to return */

/* --- system.c: CSRs, traps, the SYSTEM instructions ---------------------------------------------------------------------------- */

typedef enum { RV_DONE, RV_TRAPPED, RV_SLEEP, RV_JUMPED } rv_result; /* RV_JUMPED: to rv.pc */
rv_result emu_rv_system(emu_machine *m, uint32_t encoding, uint32_t address, unsigned length);
bool emu_rv_csr_read(const emu_machine *m, unsigned number, uint32_t *value); /* false: there is none */
bool emu_rv_csr_write(emu_machine *m, unsigned number, uint32_t value);       /* false: there is none, or it cannot be written */
void emu_rv_trap(emu_machine *m, uint32_t cause, uint32_t value);             /* at rv.pc */
void emu_rv_system_reset(emu_machine *m);
void emu_rv_lines_changed(emu_machine *m); /* without a controller of the chip's: which line is to be taken */

/* --- counters.c ------------------------------------------------------------------------------------------------------------ */

bool emu_rv_counter_read(const emu_machine *m, unsigned number, uint32_t *value); /* false: no such counter */
bool emu_rv_counter_write(emu_machine *m, unsigned number, uint32_t value);
void emu_rv_counters_reset(emu_machine *m);

/* --- triggers.c ------------------------------------------------------------------------------------------------------------ */

bool emu_rv_trigger_read(const emu_machine *m, unsigned number, uint32_t *value); /* false: no such register */
bool emu_rv_trigger_write(emu_machine *m, unsigned number, uint32_t value);
void emu_rv_triggers_reset(emu_machine *m);
bool emu_rv_triggers_cover(const emu_machine *m, uint32_t page_base, unsigned kinds); /* RV_MCONTROL_*, of any mode */
bool emu_rv_trigger_set_at(const emu_machine *m, uint32_t address);                   /* one for execution there, of any mode */
/* One of that kind fires now, in the mode in force. */
bool emu_rv_trigger_fires(const emu_machine *m, uint32_t address, unsigned size, unsigned kind);
void emu_rv_triggers_trapped(emu_machine *m);
void emu_rv_triggers_returned(emu_machine *m);

/* --- pmp.c ----------------------------------------------------------------------------------------------------------------- */

bool emu_rv_pmp_permits(const emu_machine *m, uint32_t address, unsigned size, unsigned access); /* EMU_MAY_*, at the mode in force */
void emu_rv_pmp_changed_mode(emu_machine *m);
void emu_rv_pmp_changed(emu_machine *m); /* entries or the mode */
void emu_rv_pmp_select(emu_machine *m);  /* before instructions run: the tables that the mode in force may use */
void emu_rv_pmp_refresh_page(emu_machine *m, uint32_t page);

/* --- poll.c ----------------------------------------------------------------------------------------------------------------- */

bool emu_rv_pure_loop(emu_machine *m, uint32_t pc, uint64_t turn, uint32_t idle_writes);

#endif
