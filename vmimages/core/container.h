/* SPDX-License-Identifier: Apache-2.0 */
/* The container of a program, .vbc: little-endian, 4-aligned, used in place (from flash on a board, from the arena on the host).
 *
 *   header (48 bytes) | directory (16 bytes a section) | sections, each 8-aligned and zero-padded | SHA256 | SIGN
 *
 * Both verifiers (verify.c here, vmrig_server/bytecode/verify.py) check every rule of this file and of opcodes.def as verify.h lists them.
 */
#ifndef VM_CONTAINER_H
#define VM_CONTAINER_H
#include <stdint.h>

#define VBC_MAGIC 0x31434256u /* "VBC1" */
#define VBC_FORMAT_MAJOR 1    /* another major: refused */
#define VBC_FORMAT_MINOR 0
#define VM_ABI 1          /* opcodes.def, builtins.def, names.def: another number is refused, both named in the error */
#define VBC_VALUE_MODEL 1 /* int31, boxed int64 and double, 32-bit values */
#define VBC_HEADER_SIZE 48
#define VBC_MAX_REGS 250    /* of a function's window */
#define VBC_FIRST_NAME 1024 /* name ids below are the static names of names.def; the program's own start here */

enum { VBC_FEATURE_FLOAT = 1 }; /* bits of header.features: what the program needs */

typedef struct {
    uint32_t magic;
    uint8_t format_major, format_minor;
    uint16_t features;
    uint8_t value_model, section_count;
    uint16_t vm_abi;
    uint32_t total_length; /* of the file, SHA256 and SIGN included; multiple of 4 */
    uint8_t vmuid[16];     /* only this VM may run it; zeros: any */
    uint16_t global_count;
    uint16_t entry;      /* function number of the module body: no arguments */
    uint16_t max_regs;   /* largest nregs of all functions */
    uint16_t flags;      /* 0 */
    uint32_t build_id;   /* first four bytes of the SHA-256 of the stripped sections: matches debug files kept apart */
    uint32_t header_crc; /* CRC-32 (zlib's) of the 44 bytes before and of the directory */
} vbc_header;

typedef struct {
    uint8_t id, flags; /* flags bit 0: may be stripped */
    uint16_t count;    /* entries, where the section has entries, else 0 */
    uint32_t offset;   /* from the start of the file, multiple of 8 */
    uint32_t length;   /* bytes without padding */
    uint32_t crc;      /* CRC-32 of those bytes; 0 for SHA256 and SIGN */
} vbc_section;

/* Sections in ascending order of id, each at most once; FUNC and CODE must be there, and SHA256 must be last (or last but SIGN). */
enum {
    VBC_NAMES = 1,    /* strippable: u32 offsets[count + 1] into the UTF-8 text that follows them; name id = VBC_FIRST_NAME + index */
    VBC_CONST = 2,    /* leaf objects, 8-aligned: layout in object.h (ROM bit set); floats are 8 bare bytes. count = number of objects */
    VBC_FUNC = 3,     /* vbc_func[count] */
    VBC_CODE = 4,     /* u32 words */
    VBC_HANDLERS = 5, /* vbc_handler[count] */
    VBC_ARGS = 6,     /* u16 name ids of parameters */
    VBC_CLASS = 7,    /* vbc_class[count] */
    VBC_SLOTS = 8,    /* vbc_slot[count]: instance attributes, per class sorted by name id */
    VBC_NATIVE = 9,   /* vbc_native[count] */
    VBC_GLOBALS = 10, /* strippable: u16 name id of each global */
    VBC_LINES = 11,   /* strippable: u32 offsets[func count + 1] into the pairs that follow: u8 words, s8 lines; words 0: lines is added
                         without an entry */
    VBC_DEBUG = 12,   /* strippable: UTF-8 JSON: {"file": ..., "source_sha256": ..., "locals": [[name of register 0, ...] per function]} */
    VBC_SHA256 = 15,  /* 32 bytes: of everything before this section's first byte */
    VBC_SIGN = 16,    /* 64 bytes Ed25519 over everything before this section's first byte */
};

enum { VBC_VARARGS = 1, VBC_VARKW = 2, VBC_GENERATOR = 4 };

typedef struct {
    uint32_t code_offset;    /* words from the start of CODE */
    uint16_t code_words;     /* the last instruction is RET, RETN, RAISE, RAISEF, RERAISE or JMP */
    uint8_t nregs;           /* 1..VBC_MAX_REGS; call windows fit: CALL A B needs A + 1 + B <= nregs */
    uint8_t nargs;           /* positional parameters: registers 0 .. nargs-1 */
    uint8_t nkwonly;         /* keyword-only parameters, after *args (if VARARGS) */
    uint8_t flags;           /* VBC_VARARGS ...; **kwargs is the register after the keyword-only ones */
    uint8_t nposonly;        /* of nargs, those that cannot be given by name */
    uint8_t ncells;          /* free cells */
    uint16_t name, qualname; /* name ids */
    uint16_t first_arg;      /* in ARGS: nargs + nkwonly (+1 for *args, +1 for **kwargs) names, in register order */
    uint16_t first_handler, handler_count;
    uint16_t first_line;  /* source line of the def, 0 when stripped */
    uint16_t file;        /* name id of the source file */
    uint16_t reserved[3]; /* 0 */
} vbc_func;               /* 32 bytes */

typedef struct {
    uint16_t start, end; /* words of the function [start, end) */
    uint16_t target;     /* word to go on at */
    uint16_t reg;        /* register that gets the exception */
} vbc_handler;           /* inner ones first */

typedef struct {
    uint16_t name, qualname;         /* name ids */
    uint16_t first_slot, slot_count; /* in SLOTS: attributes that its methods assign to self, inherited ones left out */
    uint16_t attr_count;             /* class attributes and methods the body sets: a size hint */
    uint16_t reserved;
} vbc_class;

typedef struct {
    uint16_t name, slot; /* slot 0 .. slot_count-1 in the order of first assignment */
} vbc_slot;

typedef struct {
    uint32_t hash;              /* FNV-1a 32 of "module.name", UTF-8: the stable id */
    uint16_t name;              /* name id of "module.name", for the error when it is missing; 0xFFFF when stripped */
    uint8_t min_args, max_args; /* of a function when compiled, 255 for any; the VM refuses when its own differ */
} vbc_native;

#endif
