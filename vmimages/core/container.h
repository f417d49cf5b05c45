/* SPDX-License-Identifier: Apache-2.0 */
/* The container of a program, .vbc: little-endian, used in place (from flash on a board, from the arena on the host).
 *
 *   header (24 bytes) | directory (8 bytes a section) | sections, in the order of the directory, with nothing between | SHA-256 | signature
 *
 * It is small before all else: every program has the header, and most have no more than 40 bytes of sections beside code and constants. So
 * what follows from something else is not stored (offsets, counts), and what few functions have is in EXTRA. All lengths are multiples of
 * 4, those of CONST and RESOURCES of 8; those two come first, so that they are 8-aligned when the container is.
 *
 * Both verifiers (verify.c here, vmrig_server/bytecode/verify.py) check every rule of this file and of opcodes.def as verify.h lists them.
 */
#ifndef VM_CONTAINER_H
#define VM_CONTAINER_H
#include <stdint.h>

#define VBC_MAGIC 0x00434256u /* "VBC", and the format's major number as a digit behind it */
#define VBC_FORMAT_MAJOR 2    /* another one: refused */
#define VM_ABI 3              /* opcodes.def, builtins.def, names.def: another number is refused, both named in the error */
#define VBC_HEADER_SIZE 24
#define VBC_HASH_SIZE 32
#define VBC_SIGNATURE_SIZE 64
#define VBC_MAX_REGS 250    /* of a function's window */
#define VBC_FIRST_NAME 1024 /* name ids below are the static names of names.def; the program's own start here */

enum { VBC_FEATURE_FLOAT = 1, VBC_FEATURE_BIGINT = 2, VBC_FEATURE_MODULES = 4 }; /* bits of header.features: what the program needs */

typedef struct {
    uint32_t magic;        /* VBC_MAGIC | '0' + VBC_FORMAT_MAJOR << 24 */
    uint32_t total_length; /* of the file, hash and signature included; multiple of 4 */
    uint16_t vm_abi, features;
    uint16_t global_count;
    uint8_t max_regs; /* largest nregs of all functions */
    uint8_t section_count;
    uint32_t build_id;   /* first four bytes of the SHA-256 of the sections that cannot be stripped: matches debug files kept apart */
    uint32_t header_crc; /* CRC-32 (zlib's) of the 20 bytes before and of the directory */
} vbc_header;

typedef struct {
    uint32_t id : 8, words : 24; /* length in words of 4 bytes */
    uint32_t crc;                /* CRC-32 of its bytes; 0 of VBC_SIGN */
} vbc_section;

/* Sections in ascending order of id, each at most once; FUNC and CODE must be there. */
enum {
    VBC_CONST = 1,     /* leaf objects, 8-aligned: layout in object.h (ROM bit set); floats are 8 bare bytes */
    VBC_RESOURCES = 2, /* files of the program, 8-aligned: pairs of a str (the name) and a bytes object, laid out as in CONST */
    VBC_FUNC = 3,      /* vbc_func[]; number 0 is the program's body: no parameters */
    VBC_CODE = 4,      /* u32 words: the functions' code, one behind the other */
    VBC_EXTRA = 5,     /* u16: what few functions have, see vbc_func */
    VBC_ATTRS = 6,     /* u16 name ids: those that field C of an instruction counts */
    VBC_CLASS = 7,     /* vbc_class[] */
    VBC_SLOTS = 8,     /* u16 name ids: instance attributes, per class in the order of first assignment */
    VBC_NATIVE = 9,    /* u32[]: the stable ids of imports: FNV-1a 32 of "module.name", UTF-8, followed by the bytes of its smallest and its
                          largest count of arguments */
    VBC_TARGET = 10,   /* 16 bytes, vmuid: only this VM may run it; not there: any */
    VBC_MODULES = 11,  /* vbc_module[], when the program uses modules of its own as values; needs GLOBALS */
    VBC_STRIPPABLE = 16, /* from here on sections that a program runs without */
    VBC_GLOBALS = 16,    /* u16 name id of each global */
    VBC_DEFS = 17,  /* u16: name, qualname, file (name ids) and first line of each function; then name, qualname, module (name ids) and 0 of
                       each class */
    VBC_LINES = 18, /* u32 offsets[func count + 1] into the pairs that follow: u8 words, s8 lines; words 0: lines is added without an
                       entry */
    VBC_DEBUG = 19, /* UTF-8 JSON, padded with spaces: {"file": ..., "source_sha256": ..., "locals": [[name of register 0, ...] per
                       function], "natives": [name, ...]} */
    VBC_NAMES = 20, /* u32 offsets from the section's start, the first one's is that of the text: 4 * (names + 1); then UTF-8 text. Name
                       id = VBC_FIRST_NAME + index */
    VBC_LAST = 20,
    VBC_SIGN = 31, /* its 64 bytes, Ed25519 over everything before them, are behind the hash */
};

enum {
    VBC_VARARGS = 1,
    VBC_VARKW = 2, /* **kwargs is the register after the keyword-only ones */
    VBC_GENERATOR = 4,
    VBC_KWONLY = 8,
    VBC_ARRANGED = 11,   /* none of VARARGS, VARKW, KWONLY: arguments are parameters, one by one */
    VBC_RARE = 16,       /* in EXTRA: u8 free cells, keyword-only parameters, positional-only ones (of nargs), 0 */
    VBC_PARAMETERS = 32, /* behind: u16 name ids of positional and keyword-only parameters, *args, **kwargs, in the order of registers */
    VBC_HANDLERS = 64,   /* behind: u16 count and as many vbc_handler */
};

enum { VM_RARE_CELLS, VM_RARE_KWONLY, VM_RARE_POSONLY }; /* bytes of VBC_RARE */

typedef struct {
    uint32_t nregs : 8;        /* 1..VBC_MAX_REGS; call windows fit: CALL A B needs A + 1 + B <= nregs */
    uint32_t code_offset : 24; /* words from the start of CODE. The code ends where that of the next function begins, in RET, RETN, RAISE,
                                  RAISEF, RERAISE or JMP */
    uint8_t nargs;             /* positional parameters: registers 0 .. nargs-1; then *args (VARARGS), the keyword-only ones, **kwargs */
    uint8_t flags;             /* VBC_VARARGS ... */
    uint16_t extra;            /* its place in EXTRA; 0 when it has none of RARE, PARAMETERS and HANDLERS */
} vbc_func;                    /* 8 bytes */

typedef struct {
    uint16_t start, end; /* words of the function [start, end) */
    uint16_t target;     /* word to go on at */
    uint16_t reg;        /* register that gets the exception */
} vbc_handler; /* inner ones first. target == start: no handler, but code that handles the exception in reg; these come before all others */

typedef struct {
    uint16_t first_slot; /* in SLOTS: attributes that its methods assign to self, inherited ones left out */
    uint8_t slot_count;
    uint8_t attr_count; /* class attributes and methods the body sets: a size hint */
} vbc_class;

typedef struct {
    uint16_t name;                /* name id */
    uint16_t first_global, count; /* its variables */
    uint16_t reserved;            /* 0 */
} vbc_module;

#endif
