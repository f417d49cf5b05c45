/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier: one pass over a container in place, no memory but the C stack. What it accepts cannot make the interpreter read or write
 * outside its own memory, whatever else it does. A field of an instruction that the rules below do not name is not looked at.
 *
 * Header, in this order: length >= 4 else TRUNCATED; MAGIC; length >= 48 TRUNCATED; major FORMAT; ABI; unknown feature bits FEATURE;
 * VALUE_MODEL; total_length == length and a multiple of 4, directory inside TRUNCATED; HEADER_CRC; flags == 0, 1 <= max_regs <=
 * VBC_MAX_REGS HEADER; VMUID. Directory (DIRECTORY): ids known and ascending, flags <= 1, each section at the next multiple of 8 after the
 * directory or the section before, the bytes between are 0, inside the file; SHA256 (32 bytes) last, or last but SIGN (64 bytes);
 * total_length is the end of the last. length = count * entry size for FUNC, HANDLERS, ARGS, CLASS, SLOTS, NATIVE; CODE's a multiple of 4.
 * The crc field of SHA256 and SIGN is 0; the others' SECTION_CRC. FUNC, CODE and SHA256 are there: SECTION_MISSING. Then SHA256. NAMES:
 * offsets start at 0, do not fall, end at the end of the section. A name id is valid when it is a static name's, or >= VBC_FIRST_NAME and,
 *   if NAMES is there, inside it. GLOBALS: length 2 * count, count == global_count, ids valid. LINES: offsets start at 0, are even, do not
 *   fall, end at the end of the section.
 * NATIVE: hash known to this VM, min_args and max_args its own (or both 255); name valid or 0xFFFF.
 * CLASS (CLASS_RECORD): names valid, reserved 0, slots inside SLOTS, their names strictly ascending and valid, slot < slot_count.
 * FUNC: entry < count and the entry function has no arguments, flags and cells; 1 <= nregs <= max_regs; nargs + nkwonly + one for each of
 *   VARARGS, VARKW <= nregs; nposonly <= nargs; flags <= 7; reserved 0; code_words >= 1 and inside CODE; names valid.
 * ARGS: inside the section, ids valid. HANDLER: inside the section; start < end <= code_words, target < code_words, start and target and
 * (unless it is code_words) end not on an extension word; reg < nregs. Instructions: OPCODE known and not EXT; EXTENSION words there,
 * inside the function and of opcode EXT; the last instruction one of RET, RETN, RAISE, RAISEF, RERAISE, JMP (END); JUMP targets inside the
 * function and not on an extension word. REGISTER: those that opcodes.def names, < nregs; FORPREP FORR A+3, FOR DELEGATE A+1, SLICE B+2, CALLX A+2;
 * with C registers from B (LIST TUPLE SET STRJOIN; DICT 2C) B + C <= nregs; UNPACK A + C <= nregs, UNPACKX A + C + EXT + 1 <= nregs; CALL
 * CALLM A + 1 + B <= nregs, CALLK CALLMK A + 1 + B + C; MKFUNC B + 2 + its ncells <= nregs. CONSTANT: LOADF U*8 + 8 inside CONST; LOADK U*8
 * is the header of an object of object.h, whole inside CONST, its NUL (of str, bytes) included. OPERAND: LOADC U < 6, LSHIFTI RSHIFTI C <
 * 64, FORMAT EXT < 4, CALLM CALLMK B >= 1. NAME: ids valid. GLOBAL: < global_count. CELL: B < ncells. FUNCTION, CLASS, IMPORT: < count of
 * the section. */
#ifndef VM_VERIFY_H
#define VM_VERIFY_H
#include "container.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum {
#define V(symbol, sentence) VBC_E_##symbol,
#include "verify.def"
#undef V
    VBC_E_COUNT
} vbc_code;

typedef struct {
    vbc_code code;
    uint32_t offset;        /* of the offending byte in the file */
    uint32_t wanted, found; /* where they mean something: versions, lengths, CRCs; else 0 */
} vbc_error;

/* Whole check, natives of this VM included. `vmuid`: of the VM that is to run it; NULL: binding is not checked. */
bool vbc_verify(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error);

/* The same without CRCs and SHA-256, for an image whose bytes are known to be whole. */
bool vbc_verify_quick(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error);

/* Offset and length of a section; false and zeros when it is not there. The directory must have been verified. */
bool vbc_find_section(const uint8_t *image, unsigned id, uint32_t *offset, uint32_t *length, uint16_t *count);

const char *vbc_symbol(vbc_code code); /* "TRUNCATED" */
const char *vbc_sentence(vbc_code code);

uint32_t vm_crc32(uint32_t crc, const void *data, size_t length); /* zlib's; start with 0 */

#endif
