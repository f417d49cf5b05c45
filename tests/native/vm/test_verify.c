/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier says of each fault what it is, and nothing makes it read outside of the image. */
#include "../check.h"
#include "container.h"
#include "object.h"
#include "sha256.h"
#include "tables.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 256, FIRST = VBC_FIRST_NAME };
#define MAGIC(major) (VBC_MAGIC | (uint32_t)('0' + (major)) << 24)

/* A container in the making: sections in the order of their ids. */
typedef struct {
    vbc_header header;
    struct {
        bool there;
        uint32_t length;
        _Alignas(8) uint8_t data[ROOM];
    } s[VBC_SIGN + 1]; /* VBC_SIGN: only whether it is there */
} builder;

static bool reached[VBC_E_COUNT];

static void put(builder *b, unsigned id, const void *data, uint32_t length) {
    CHECK(length <= ROOM);
    b->s[id].there = true;
    b->s[id].length = length;
    memcpy(b->s[id].data, data, length);
}

#define OPERATION(op, a, x, c) ((uint32_t)VM_OP_##op | (uint32_t)(a) << 8 | (uint32_t)(x) << 16 | (uint32_t)(c) << 24)
#define WIDE(op, a, x) ((uint32_t)VM_OP_##op | (uint32_t)(a) << 8 | (uint32_t)(x) << 16)
#define EXTRA(x) WIDE(EXT, 0, x)

enum { BODY_WORDS = 4, F_WORDS = 9, SPARE = 6 }; /* SPARE: a NOP of f to be replaced */

/* The module's body and a function f(p, q) with one free cell, 8 registers and a handler; one of everything else. */
static void base(builder *b) {
    memset(b, 0, sizeof *b);
    b->header = (vbc_header){.magic = MAGIC(VBC_FORMAT_MAJOR), .vm_abi = VM_ABI, .global_count = 2, .max_regs = 8};
    struct {
        uint32_t offsets[4];
        char text[5];
    } names = {{16, 17, 18, 21}, {'f', 'p', 'q', '.', 'x'}};
    put(b, VBC_NAMES, &names, 24);
    struct {
        vm_header h;
        uint32_t length, hash;
        char text[4];
        vm_int64 number;
        double pi;
    } constants = {{VM_T_STR, VM_ROM | VM_ASCII, 0}, 3, 1, "abc", {{VM_T_INT64, VM_ROM, 0}, 0, INT64_MIN}, 3.14};
    put(b, VBC_CONST, &constants, 40);
    struct {
        vm_header h;
        uint32_t length, hash;
        char text[4];
    } files[2] = {{{VM_T_STR, VM_ROM | VM_ASCII, 0}, 1, 1, "f"}, {{VM_T_BYTES, VM_ROM, 0}, 3, 1, "abc"}};
    put(b, VBC_RESOURCES, files, 32);
    const vbc_func functions[] = {
        {.nregs = 3},
        {.code_offset = BODY_WORDS, .nregs = 8, .nargs = 2, .flags = VBC_RARE | VBC_PARAMETERS | VBC_HANDLERS, .extra = 1},
    };
    put(b, VBC_FUNC, functions, sizeof functions);
    const uint32_t code[BODY_WORDS + F_WORDS] = {WIDE(LOADC, 0, 0), OPERATION(MKCLASS, 1, 0, 0), EXTRA(0), WIDE(RETN, 0, 0),
                                                 /* f */
                                                 WIDE(LOADK, 2, 0), WIDE(LOADK, 3, 2), WIDE(LOADF, 4, 4), OPERATION(GETFREE, 5, 0, 255),
                                                 EXTRA(FIRST + 1), WIDE(LOADX, 6, 0), WIDE(NOP, 0, 0), WIDE(JF, 2, 0xFFF8),
                                                 WIDE(RET, 3, 0)};
    put(b, VBC_CODE, code, sizeof code);
    /* at 1: free cells 1, keyword-only 0, positional-only 1; the parameters' names; one handler */
    put(b, VBC_EXTRA, (const uint16_t[]){0, 1, 1, FIRST + 1, FIRST + 2, 1, 0, 3, 5, 7}, 20);
    put(b, VBC_ATTRS, (const uint16_t[]){FIRST + 1, VM_N_init}, 4);
    put(b, VBC_CLASS, &(vbc_class){0, 2, 0}, sizeof(vbc_class));
    put(b, VBC_SLOTS, (const uint16_t[]){FIRST + 2, FIRST + 1}, 4);
    put(b, VBC_NATIVE, &(uint32_t){vm_fnv1a("builtins.len\1\1", 14)}, 4);
    put(b, VBC_MODULES, &(vbc_module){FIRST, 0, 1, 0}, sizeof(vbc_module));
    put(b, VBC_GLOBALS, (const uint16_t[]){FIRST, VM_N_init}, 4);
    put(b, VBC_DEFS, (const uint16_t[]){FIRST, FIRST, FIRST + 2, 0xFFFF, FIRST, FIRST, FIRST + 2, 0xFFFF, FIRST, FIRST, FIRST, 0}, 24);
    put(b, VBC_LINES, (const uint32_t[]){0, 2, 4, 0x01010101}, 16);
}

static uint32_t seal_place(const uint8_t *image, uint32_t length) {
    const vbc_header *h = (const vbc_header *)image;
    const vbc_section *s = (const vbc_section *)(h + 1);
    return length - VBC_HASH_SIZE - (h->section_count && s[h->section_count - 1].id == VBC_SIGN ? VBC_SIGNATURE_SIZE : 0);
}

/* CRCs and SHA-256 of an image whose directory can be walked. */
static void seal(uint8_t *image, uint32_t length) {
    vbc_header *h = (vbc_header *)image;
    vbc_section *s = (vbc_section *)(h + 1);
    uint32_t directory = h->section_count * 8u, at = VBC_HEADER_SIZE + directory;
    if (length < VBC_HEADER_SIZE || at + VBC_HASH_SIZE > length) return;
    for (unsigned i = 0; i < h->section_count; i++) {
        if (s[i].id == VBC_SIGN || s[i].words > (length - at) / 4) continue;
        s[i].crc = vm_crc32(0, image + at, 4 * s[i].words);
        at += 4 * s[i].words;
    }
    h->header_crc = vm_crc32(vm_crc32(0, image, VBC_HEADER_SIZE - 4), image + VBC_HEADER_SIZE, directory);
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, image, seal_place(image, length));
    sha256_final(&c, image + seal_place(image, length));
}

/* The image in a block of its own, exactly as long as it is. */
static uint8_t *build(const builder *b, uint32_t *length) {
    uint32_t at = VBC_HEADER_SIZE, count = 0;
    for (unsigned i = 0; i <= VBC_SIGN; i++) count += b->s[i].there;
    at += 8 * count;
    uint8_t *image = calloc(1, at + count * (ROOM + 8) + VBC_HASH_SIZE + VBC_SIGNATURE_SIZE);
    CHECK(image);
    vbc_section *s = (vbc_section *)(image + VBC_HEADER_SIZE);
    memcpy(image, &b->header, sizeof b->header);
    for (unsigned i = 0; i <= VBC_SIGN; i++) {
        if (!b->s[i].there) continue;
        *s++ = (vbc_section){.id = (uint8_t)i, .words = b->s[i].length / 4};
        if (i == VBC_SIGN) continue;
        memcpy(image + at, b->s[i].data, b->s[i].length);
        at += b->s[i].length;
    }
    at += VBC_HASH_SIZE + (b->s[VBC_SIGN].there ? VBC_SIGNATURE_SIZE : 0);
    *length = at;
    ((vbc_header *)image)->section_count = (uint8_t)count;
    ((vbc_header *)image)->total_length = at;
    seal(image, at);
    return realloc(image, at);
}

static vbc_code judge(const uint8_t *image, uint32_t length, const uint8_t *vmuid) {
    vbc_error error = {VBC_E_COUNT, 0, 0, 0};
    bool good = vbc_verify(image, length, vmuid, &error);
    CHECK(error.code < VBC_E_COUNT && good == (error.code == VBC_E_OK) && error.offset <= length);
    reached[error.code] = true;
    return error.code;
}

static void expect(int line, const builder *b, vbc_code wanted) {
    uint32_t length;
    uint8_t *image = build(b, &length);
    vbc_code found = judge(image, length, NULL);
    free(image);
    if (found == wanted) return;
    fprintf(stderr, "%s:%d: %s, expected %s\n", __FILE__, line, vbc_symbol(found), vbc_symbol(wanted));
    exit(1);
}

#define IS(code, ...)                                                                                                                      \
    do {                                                                                                                                   \
        builder b;                                                                                                                         \
        base(&b);                                                                                                                          \
        __VA_ARGS__;                                                                                                                       \
        expect(__LINE__, &b, VBC_E_##code);                                                                                                \
    } while (0)
#define FUNC(i) ((vbc_func *)b.s[VBC_FUNC].data)[i]
#define CODE(i) ((uint32_t *)b.s[VBC_CODE].data)[i]
#define RARE(i) b.s[VBC_EXTRA].data[2 + (i)]
#define PARAMETER(i) ID(VBC_EXTRA, 3 + (i))
#define HANDLERS ID(VBC_EXTRA, 5)
#define THE_HANDLER (*(vbc_handler *)&ID(VBC_EXTRA, 6))
#define THE_CLASS ((vbc_class *)b.s[VBC_CLASS].data)[0]
#define BYTE(id, i) b.s[id].data[i]
#define WORD(id, i) ((uint32_t *)b.s[id].data)[i]
#define ID(id, i) ((uint16_t *)b.s[id].data)[i]
#define GONE(id) b.s[id].there = false
#define F(i) CODE(BODY_WORDS + (i))
#define WITH(code, word) IS(code, F(SPARE) = word)
#define WITH2(code, first, second) IS(code, F(SPARE) = first; F(SPARE + 1) = second)

static void the_header_is_checked(void) {
    IS(OK, );
    IS(MAGIC, b.header.magic++);
    IS(FORMAT, b.header.magic = MAGIC(VBC_FORMAT_MAJOR + 1));
    IS(FORMAT, b.header.magic = VBC_MAGIC);
    IS(ABI, b.header.vm_abi++);
    IS(FEATURE, b.header.features = 0x8000);
    IS(OK, b.header.features = VBC_FEATURE_FLOAT);
    IS(HEADER, b.header.max_regs = 0);
    IS(HEADER, b.header.max_regs = VBC_MAX_REGS + 1);
    IS(OK, b.header.max_regs = VBC_MAX_REGS);
}

static void the_directory_is_checked(void) {
    IS(DIRECTORY, b.s[12].there = true);
    IS(DIRECTORY, b.s[0].there = true);
    IS(DIRECTORY, b.s[VBC_SIGN].there = true; b.s[VBC_SIGN].length = 60);
    IS(OK, b.s[VBC_SIGN].there = true; b.s[VBC_SIGN].length = 64);
    IS(DIRECTORY, b.s[VBC_CONST].length -= 4);
    IS(DIRECTORY, b.s[VBC_RESOURCES].length += 4);
    IS(DIRECTORY, b.s[VBC_FUNC].length += 4);
    IS(DIRECTORY, b.s[VBC_TARGET].there = true; b.s[VBC_TARGET].length = 12);
    IS(OK, b.s[VBC_TARGET].there = true; b.s[VBC_TARGET].length = 16);
    IS(SECTION_MISSING, GONE(VBC_FUNC));
    IS(SECTION_MISSING, GONE(VBC_CODE));
    IS(SECTION_MISSING, b.s[VBC_FUNC].length = 0);
}

/* Faults that a rebuilt container cannot have. */
static void the_seals_are_checked(void) {
    builder b;
    uint32_t length;
    uint8_t uid[16] = {1, 2, 3}, other[32] = {4};
    base(&b);
    uint8_t *image = build(&b, &length);
    CHECK(judge(image, length, uid) == VBC_E_OK);
    vbc_error unsigned_;
    CHECK(!vbc_verify_signature(image, length, other, &unsigned_) && unsigned_.code == VBC_E_UNSIGNED);
    reached[unsigned_.code] = true;
    free(image);
    put(&b, VBC_TARGET, uid, 16);
    image = build(&b, &length);
    CHECK(judge(image, length, uid) == VBC_E_OK && judge(image, length, NULL) == VBC_E_OK && judge(image, length, other) == VBC_E_VMUID);

    vbc_header *h = (vbc_header *)image;
    vbc_section *s = (vbc_section *)(h + 1);
    h->header_crc ^= 1;
    CHECK(judge(image, length, NULL) == VBC_E_HEADER_CRC && vbc_verify_quick(image, length, NULL, NULL));
    h->header_crc ^= 1;
    image[length - VBC_HASH_SIZE - 1] ^= 1; /* the text of a name */
    CHECK(judge(image, length, NULL) == VBC_E_SECTION_CRC && vbc_verify_quick(image, length, NULL, NULL));
    image[length - VBC_HASH_SIZE - 1] ^= 1;
    image[length - 1] ^= 1;
    CHECK(judge(image, length, NULL) == VBC_E_SHA256 && vbc_verify_quick(image, length, NULL, NULL));
    image[length - 1] ^= 1;
    uint32_t words = s[1].words;
    s[1].words = 0xFFFFFE;
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_DIRECTORY);
    s[1].words = words - 2;
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_DIRECTORY);
    s[1].words = words;
    h->total_length += 4;
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_TRUNCATED);
    h->total_length -= 4;
    h->section_count = 255;
    CHECK(judge(image, length, NULL) == VBC_E_TRUNCATED);
    free(image);

    b.s[VBC_SIGN].there = true;
    b.s[VBC_SIGN].length = VBC_SIGNATURE_SIZE;
    image = build(&b, &length);
    h = (vbc_header *)image;
    s = (vbc_section *)(h + 1);
    CHECK(judge(image, length, uid) == VBC_E_OK);
    uint8_t key[32] = {0};
    vbc_error error;
    CHECK(!vbc_verify_signature(image, length, key, &error) && error.code == VBC_E_SIGNATURE &&
          error.offset == length - VBC_SIGNATURE_SIZE);
    reached[error.code] = true;
    s[h->section_count - 1].crc = 1;
    h->header_crc = vm_crc32(vm_crc32(0, image, VBC_HEADER_SIZE - 4), image + VBC_HEADER_SIZE, h->section_count * 8u);
    CHECK(judge(image, length, uid) == VBC_E_DIRECTORY);
    free(image);
}

static void the_tables_are_checked(void) {
    IS(NAMES, WORD(VBC_NAMES, 0) = 17);
    IS(NAMES, WORD(VBC_NAMES, 0) = 0);
    IS(NAMES, WORD(VBC_NAMES, 0) = 32);
    IS(NAMES, WORD(VBC_NAMES, 1) = 19);
    IS(NAMES, WORD(VBC_NAMES, 3) = 25);
    IS(OK, WORD(VBC_NAMES, 3) = 24);
    IS(NAMES, b.s[VBC_NAMES].length = 0);
    IS(GLOBALS, b.header.global_count = 3);
    IS(OK, b.header.global_count = 1);
    IS(GLOBALS, b.s[VBC_GLOBALS].length = 8);
    IS(GLOBALS, ID(VBC_GLOBALS, 1) = FIRST + 3);
    IS(GLOBALS, ID(VBC_GLOBALS, 1) = VM_N_COUNT);
    IS(NAME, ID(VBC_ATTRS, 0) = FIRST + 3);
    IS(DEFS, b.s[VBC_DEFS].length = 16);
    IS(DEFS, ID(VBC_DEFS, 0) = FIRST + 3);
    IS(DEFS, ID(VBC_DEFS, 6) = FIRST + 3);
    IS(DEFS, ID(VBC_DEFS, 9) = FIRST + 3);
    IS(DEFS, ID(VBC_DEFS, 10) = FIRST + 3);
    IS(DEFS, ID(VBC_DEFS, 11) = 1);
    IS(MODULES, ID(VBC_MODULES, 0) = FIRST + 3);
    IS(MODULES, ID(VBC_MODULES, 2) = 3);
    IS(MODULES, ID(VBC_MODULES, 3) = 1);
    IS(LINES, WORD(VBC_LINES, 1) = 1);
    IS(LINES, WORD(VBC_LINES, 2) = 0);
    IS(LINES, WORD(VBC_LINES, 2) = 6);
    IS(LINES, b.s[VBC_LINES].length = 8);
    IS(NATIVE, WORD(VBC_NATIVE, 0)++);
    IS(NATIVE, WORD(VBC_NATIVE, 0) = vm_fnv1a("builtins.len\1\2", 14));
    IS(CLASS_RECORD, THE_CLASS.slot_count = 3);
    IS(CLASS_RECORD, THE_CLASS.first_slot = 0xFFFF);
    IS(CLASS_RECORD, ID(VBC_SLOTS, 1) = FIRST + 3);
    IS(RESOURCES, BYTE(VBC_RESOURCES, 0) = VM_T_BYTES);
    IS(RESOURCES, BYTE(VBC_RESOURCES, 16) = VM_T_STR);
    IS(RESOURCES, WORD(VBC_RESOURCES, 5) = 4);
    IS(RESOURCES, BYTE(VBC_RESOURCES, 13) = 1);
    IS(RESOURCES, b.s[VBC_RESOURCES].length = 16);
    IS(RESOURCES, b.s[VBC_RESOURCES].length = 24);
    IS(OK, GONE(VBC_RESOURCES));
}

static void a_stripped_program_is_valid(void) {
    IS(OK, GONE(VBC_NAMES); GONE(VBC_GLOBALS); GONE(VBC_LINES); GONE(VBC_DEFS));
    IS(OK, GONE(VBC_NAMES); ID(VBC_DEFS, 0) = 0xFFFE);
    IS(DEFS, GONE(VBC_NAMES); ID(VBC_DEFS, 0) = VM_N_COUNT);
}

static void functions_are_checked(void) {
    IS(FUNC, FUNC(0).nargs = 1);
    IS(FUNC, FUNC(0).flags = VBC_RARE; FUNC(0).extra = 1);
    IS(FUNC, FUNC(0).flags = VBC_VARARGS);
    IS(FUNC, FUNC(0).flags = VBC_GENERATOR);
    IS(FUNC, FUNC(0).code_offset = 1);
    IS(FUNC, FUNC(0).extra = 1);
    IS(FUNC, FUNC(1).nregs = 0);
    IS(FUNC, FUNC(1).nregs = 9);
    IS(FUNC, RARE(VM_RARE_KWONLY) = 7; FUNC(1).flags |= VBC_KWONLY);
    IS(FUNC, RARE(VM_RARE_KWONLY) = 1);
    IS(FUNC, FUNC(1).flags |= VBC_KWONLY);
    IS(FUNC, RARE(VM_RARE_POSONLY) = 3);
    IS(FUNC, RARE(3) = 1);
    IS(FUNC, FUNC(1).flags |= 128);
    IS(FUNC, FUNC(1).code_offset = BODY_WORDS + F_WORDS);
    IS(FUNC, FUNC(1).code_offset = 0);
    IS(FUNC, FUNC(1).extra = 0xFFFF);
    IS(FUNC, FUNC(1).extra = 9);
    IS(FUNC, GONE(VBC_EXTRA));
    IS(ARGS, FUNC(1).extra = 6; ID(VBC_EXTRA, 6) = 1; ID(VBC_EXTRA, 7) = 1);
    IS(ARGS, PARAMETER(1) = FIRST + 3);
    IS(OK, FUNC(1).nargs = 0; RARE(VM_RARE_POSONLY) = 0; FUNC(1).flags |= VBC_VARARGS | VBC_VARKW);
    IS(HANDLER, HANDLERS = 2);
    IS(HANDLER, THE_HANDLER.end = 0);
    IS(HANDLER, THE_HANDLER.end = F_WORDS + 1);
    IS(OK, THE_HANDLER.end = F_WORDS);
    IS(HANDLER, THE_HANDLER.end = 4);
    IS(HANDLER, THE_HANDLER.target = F_WORDS);
    IS(HANDLER, THE_HANDLER.target = 4);
    IS(HANDLER, THE_HANDLER.start = 4; THE_HANDLER.end = 5);
    IS(HANDLER, THE_HANDLER.reg = 8);
    IS(END, F(F_WORDS - 1) = WIDE(NOP, 0, 0));
    IS(OK, F(F_WORDS - 1) = WIDE(JMP, 0, 0xFFFF));
    IS(OK, F(F_WORDS - 1) = WIDE(RERAISE, 7, 0));
}

static void instructions_are_checked(void) {
    WITH(OPCODE, VM_OP_COUNT);
    WITH(OPCODE, EXTRA(0));
    WITH(EXTENSION, OPERATION(GETA, 0, 0, 255));
    IS(EXTENSION, F(F_WORDS - 1) = OPERATION(GETA, 0, 0, 255));
    WITH(EXTENSION, OPERATION(CALLK, 0, 0, 255));
    WITH(REGISTER, OPERATION(MOVE, 8, 0, 0));
    WITH(REGISTER, OPERATION(MOVE, 0, 8, 0));
    WITH(REGISTER, OPERATION(ADD, 0, 0, 8));
    WITH(OK, OPERATION(ADD, 7, 7, 7));
    WITH(OK, OPERATION(ADDI, 0, 0, 255));
    WITH(OK, OPERATION(ANDI, 0, 0, 255));
    WITH(OK, WIDE(LOADI, 0, 0xFFFF));
    WITH(REGISTER, WIDE(LOADI, 8, 0));
    WITH(OPERAND, OPERATION(LSHIFTI, 0, 0, 64));
    WITH(OPERAND, OPERATION(RSHIFTI, 0, 0, 64));
    WITH(OK, OPERATION(RSHIFTI, 0, 0, 63));
    WITH(OPERAND, WIDE(LOADC, 0, 6));
    WITH(OK, WIDE(LOADC, 0, 32)); /* the module */
    WITH(OPERAND, WIDE(LOADC, 0, 33));
    WITH(OPERAND, WIDE(LOADC, 0, 31));
    WITH2(OK, WIDE(GETM, 0, 1), EXTRA(FIRST));
    WITH2(GLOBAL, WIDE(GETM, 0, 2), EXTRA(FIRST));
    WITH2(NAME, WIDE(GETM, 0, 1), EXTRA(FIRST + 3));
    WITH(NAME, WIDE(BOUND, 0, FIRST + 3));
    WITH2(NAME, OPERATION(GETA, 0, 0, 255), EXTRA(FIRST + 3));
    WITH2(OK, OPERATION(GETA, 0, 0, 255), EXTRA(FIRST));
    WITH(OK, OPERATION(GETA, 0, 0, 1));
    WITH(NAME, OPERATION(GETA, 0, 0, 2));
    WITH(NAME, OPERATION(CALLM, 0, 1, 2));
    WITH(OPERAND, OPERATION(CALLM, 0, 0, 0));
    WITH2(OK, WIDE(LOADW, 0, 0xFFFF), EXTRA(0xFFFF));
    WITH(OPERAND, OPERATION(MASK, 0, 0, 63));
    WITH(OK, OPERATION(MASK, 0, 0, 62));
    WITH(OPERAND, OPERATION(JBS, 0, 63, 0));
    WITH(OK, OPERATION(JBS, 0, 62, 0));
    WITH(OK, OPERATION(GETIC, 7, 7, 255));
    WITH(REGISTER, OPERATION(GETIC, 7, 8, 0));
    WITH(OK, OPERATION(SETIC, 7, 255, 7));
    WITH(REGISTER, OPERATION(SETIC, 7, 0, 8));
    WITH(OK, OPERATION(MULI, 0, 0, 255));
    WITH(REGISTER, WIDE(FOR0, 5, 0));
    WITH(OK, OPERATION(CALLB, 1, 6, 0));
    WITH(REGISTER, OPERATION(CALLB, 1, 7, 0));
    WITH(IMPORT, OPERATION(CALLB, 0, 0, 1));
    WITH(OK, WIDE(SETGI, 1, 0xFFFF));
    WITH(GLOBAL, WIDE(SETGI, 2, 0));
    WITH(OK, WIDE(DEFG, 1, 0));
    WITH(GLOBAL, WIDE(DEFG, 2, 0));
    WITH(FUNCTION, WIDE(DEFG, 1, 2));
    WITH(CELL, WIDE(DEFG, 1, 1));
    WITH(FUNCTION, WIDE(FUNC, 0, 2));
    WITH(CELL, WIDE(FUNC, 0, 1));
    WITH2(OPERAND, OPERATION(FORMAT, 0, 0, 0), EXTRA(4));
    WITH2(OPERAND, OPERATION(CALLM, 0, 0, 255), EXTRA(0));
    WITH2(OPERAND, OPERATION(CALLMK, 0, 0, 0), EXTRA(0));
    WITH2(OK, OPERATION(CALLM, 0, 7, 255), EXTRA(0));
    WITH2(REGISTER, OPERATION(CALLM, 0, 8, 255), EXTRA(0));
    WITH2(REGISTER, OPERATION(CALLK, 0, 7, 1), EXTRA(0));
    WITH2(NAME, OPERATION(CALLK, 0, 6, 1), EXTRA(FIRST + 3));
    WITH(GLOBAL, WIDE(GETG, 0, 2));
    WITH(GLOBAL, WIDE(SETG, 0, 2));
    WITH(GLOBAL, WIDE(DELG, 99, 2));
    WITH(OK, WIDE(DELG, 99, 1));
    WITH(CELL, OPERATION(FREECELL, 0, 1, 0));
    WITH(CELL, OPERATION(SETFREE, 0, 1, 0));
    WITH(IMPORT, WIDE(LOADX, 0, 1));
    WITH2(CLASS, OPERATION(MKCLASS, 0, 0, 0), EXTRA(1));
    WITH2(FUNCTION, OPERATION(MKFUNC, 0, 0, 0), EXTRA(2));
    WITH2(OK, OPERATION(MKFUNC, 0, 5, 0), EXTRA(1));
    WITH2(REGISTER, OPERATION(MKFUNC, 0, 6, 0), EXTRA(1));
    WITH(REGISTER, OPERATION(CALL, 1, 7, 0));
    WITH(OK, OPERATION(CALL, 1, 6, 0));
    WITH(REGISTER, OPERATION(CALLX, 6, 0, 0));
    WITH(REGISTER, OPERATION(SLICE, 0, 6, 0));
    WITH(REGISTER, OPERATION(LIST, 0, 1, 8));
    WITH(OK, OPERATION(LIST, 0, 0, 8));
    WITH(REGISTER, OPERATION(DICT, 0, 1, 4));
    WITH(REGISTER, OPERATION(STRJOIN, 0, 7, 2));
    WITH(REGISTER, OPERATION(UNPACK, 1, 0, 8));
    WITH2(REGISTER, OPERATION(UNPACKX, 0, 0, 4), EXTRA(4));
    WITH2(REGISTER, OPERATION(UNPACKX, 0, 0, 4), EXTRA(0xFFFF));
    WITH2(OK, OPERATION(UNPACKX, 0, 0, 4), EXTRA(3));
    WITH(REGISTER, WIDE(FORR, 5, 0));
    WITH(REGISTER, WIDE(FORPREP, 5, 0));
    WITH(REGISTER, WIDE(FOR, 7, 0));
    WITH(OK, WIDE(FOR, 6, 0));
}

static void jumps_are_checked(void) {
    WITH(OK, WIDE(JMP, 0, 1));
    WITH(JUMP, WIDE(JMP, 0, 2));
    WITH(JUMP, WIDE(JMP, 0, 0x7FFF));
    WITH(JUMP, WIDE(JMP, 0, 0x8000));
    WITH(OK, WIDE(JMP, 0, 0xFFF9));
    WITH(JUMP, WIDE(JMP, 0, 0xFFF8));
    WITH(JUMP, WIDE(JT, 0, 0xFFFD)); /* an extension word */
    WITH(JUMP, OPERATION(JEQ, 0, 0, 0xFD));
    WITH(JUMP, OPERATION(JEQI, 0, 0xFF, 0x80));
    WITH(OK, OPERATION(JEQI, 0, 0xFF, 0xFE));
    WITH(JUMP, WIDE(FOR, 0, 2));
}

static void constants_are_checked(void) {
    WITH(OK, WIDE(LOADF, 0, 0)); /* any 8 bytes are a float */
    WITH(CONSTANT, WIDE(LOADF, 0, 5));
    WITH(CONSTANT, WIDE(LOADK, 0, 4));
    WITH(CONSTANT, WIDE(LOADK, 0, 1));
    WITH(CONSTANT, WIDE(LOADK, 0, 0xFFFF));
    IS(CONSTANT, BYTE(VBC_CONST, 0) = VM_T_TUPLE);
    IS(OK, BYTE(VBC_CONST, 0) = VM_T_BYTES; BYTE(VBC_CONST, 1) = VM_ROM);
    IS(CONSTANT, BYTE(VBC_CONST, 0) = VM_T_BYTES);
    IS(CONSTANT, BYTE(VBC_CONST, 1) = VM_ASCII);
    IS(CONSTANT, BYTE(VBC_CONST, 2) = 1);
    IS(CONSTANT, WORD(VBC_CONST, 1) = 2);
    IS(CONSTANT, WORD(VBC_CONST, 1) = 28);
    IS(CONSTANT, WORD(VBC_CONST, 1) = 0xFFFFFFFF);
    IS(CONSTANT, WORD(VBC_CONST, 5) = 1);
    IS(CONSTANT, BYTE(VBC_CONST, 17) = 0);
    IS(CONSTANT, GONE(VBC_CONST));
}

static void every_truncation_and_every_changed_bit_is_refused(void) {
    builder b;
    uint32_t length;
    base(&b);
    uint8_t *image = build(&b, &length);
    for (uint32_t n = 0; n < length; n++) {
        uint8_t *part = malloc(n ? n : 1);
        CHECK(part);
        memcpy(part, image, n);
        CHECK(judge(part, n, NULL) != VBC_E_OK);
        free(part);
    }
    for (uint32_t i = 0; i < 8 * length; i++) {
        image[i / 8] ^= (uint8_t)(1 << i % 8);
        CHECK(judge(image, length, NULL) != VBC_E_OK);
        image[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CHECK(judge(image, length, NULL) == VBC_E_OK);
    free(image);
}

/* Under ASan: the verifier, and the lookup after it, stay inside the image whatever is in it. */
static void mutations_are_judged_without_harm(void) {
    uint32_t length, random = 1, accepted = 0;
    for (unsigned round = 0; round < 100000; round++) {
        builder b;
        base(&b);
        uint8_t *image = build(&b, &length);
        for (unsigned k = 0; k < 1 + round % 4; k++) {
            random = random * 1664525u + 1013904223u;
            uint32_t at = (random >> 4) % length, kind = random >> 28;
            static const uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFF, 0xFE, 4, 8};
            if (at < 24 && kind != 0) at += 64;
            image[at] = kind & 8 ? values[kind & 7] : (uint8_t)(image[at] + (kind & 4 ? 1 : (random >> 8)));
        }
        if (vbc_verify_quick(image, length, NULL, NULL)) {
            accepted++;
            for (unsigned id = 0; id < VBC_SIGN; id++) {
                uint32_t words, offset = vbc_find_section(image, id, &words);
                CHECK(offset <= length && words <= (length - offset) / 4);
            }
        }
        free(image);
    }
    CHECK(accepted > 1000 && accepted < 90000);
}

int main(void) {
    the_header_is_checked();
    the_directory_is_checked();
    the_seals_are_checked();
    the_tables_are_checked();
    a_stripped_program_is_valid();
    functions_are_checked();
    instructions_are_checked();
    jumps_are_checked();
    constants_are_checked();
    every_truncation_and_every_changed_bit_is_refused();
    mutations_are_judged_without_harm();
    for (unsigned code = 0; code < VBC_E_COUNT; code++)
        if (!reached[code]) {
            fprintf(stderr, "no test reaches %s\n", vbc_symbol((vbc_code)code));
            return 1;
        }
    return 0;
}
