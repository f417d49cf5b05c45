/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier: one pass over a container in place, no memory but the C stack. What it accepts cannot make the interpreter read or write
 * outside its own memory, whatever else it does. A field of an instruction that the rules below do not name is not looked at.
 *
 * Header, in this order: length >= 4 else TRUNCATED; "VBC" MAGIC; length >= 24 TRUNCATED; major FORMAT; ABI; unknown feature bits FEATURE;
 * total_length == length, a multiple of 4, with room for directory, hash and signature TRUNCATED; HEADER_CRC; 1 <= max_regs <= VBC_MAX_REGS
 * HEADER. Directory (DIRECTORY): ids known and ascending, words even of CONST, RESOURCES and FUNC, sections inside the file, the last one's
 * end is where the hash begins; SIGN last, 64 bytes, crc 0. Each section's SECTION_CRC. FUNC and CODE are there and not empty:
 * SECTION_MISSING. Then SHA256; at most 65535 functions FUNC; TARGET: 16 bytes DIRECTORY, the wanted VMUID.
 * NAMES: the first offset is a multiple of 4 from 4 on and inside; offsets do not fall and end inside. A name id is valid when it is a
 * static name's, or >= VBC_FIRST_NAME and, if NAMES is there, inside it. GLOBALS: (global_count + 1) / 2 words. The ids of GLOBALS, ATTRS
 * (NAME), SLOTS (CLASS_RECORD) are valid, padding too. DEFS: 2 words a function and one a class, all but lines valid ids. LINES: offsets
 * start at 0, are even, do not fall, end inside. NATIVE: ids known. CLASS_RECORD: slots inside SLOTS. RESOURCES: strs and bytes objects, as
 * CONSTANT below, in turn and in pairs.
 * All functions' records (FUNC): flags < 128; 1 <= nregs <= max_regs; code begins at 0, and before that of the next function or the end;
 *   extra 0 unless it has RARE, PARAMETERS or HANDLERS, those inside EXTRA (parameters ARGS, handlers HANDLER), in RARE byte 3 is 0, KWONLY
 *   set just when there are keyword-only parameters; nposonly <= nargs; parameters <= nregs; number 0 has neither parameters nor free cells
 *   and is no generator. ARGS: ids valid. Then the code of each:
 * OPCODE known and not EXT; EXTENSION words there, inside the function and of opcode EXT; the last instruction one of RET, RETN, RAISE,
 * RAISEF, RERAISE, JMP (END); JUMP targets inside the function and not on an extension word. REGISTER: those that opcodes.def names, <
 * nregs; FORPREP FOR0 FORR A+3, FOR DELEGATE A+1, SLICE B+2, CALLX A+2; with C registers from B (LIST TUPLE SET STRJOIN; DICT 2C) B + C <=
 * nregs; UNPACK A + C <= nregs, UNPACKX A + C + EXT + 1 <= nregs; CALL CALLB CALLM A + 1 + B <= nregs, CALLK CALLMK A + 1 + B + C; MKFUNC
 * B + 2 + its free cells <= nregs. CONSTANT: LOADF U*8 + 8 inside CONST; LOADK U*8 is the header of an object of object.h, whole inside
 * CONST, its NUL (of str, bytes) included. OPERAND: LOADC U < 6, LSHIFTI RSHIFTI C < 64, MASK C <= 62, JBS JBC B <= 62, FORMAT EXT < 4,
 * CALLM CALLMK B >= 1. NAME: ids valid, C inside ATTRS. GLOBAL: < global_count. CELL: B < free cells; of FUNC, DEFG: the function has none.
 * FUNCTION, CLASS, IMPORT: < count of the section. HANDLER: start < end <= words of the function, target < that, start and target and
 * (unless it is the function's end) end not on an extension word; reg < nregs. */
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

/* Whether a container that vbc_verify accepts is signed with the Ed25519 key: UNSIGNED, SIGNATURE. */
bool vbc_verify_signature(const uint8_t *image, uint32_t length, const uint8_t key[32], vbc_error *error);

/* Offset of a section, and its length in words; zeros when it is not there. The directory must have been verified. */
uint32_t vbc_find_section(const uint8_t *image, unsigned id, uint32_t *words);

const char *vbc_symbol(vbc_code code); /* "TRUNCATED" */
const char *vbc_sentence(vbc_code code);

uint32_t vm_crc32(uint32_t crc, const void *data, size_t length); /* zlib's; start with 0 */

#endif
