/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier says of each fault what it is, and nothing makes it read outside of the image. */
#include "container.h"
#include "object.h"
#include "sha256.h"
#include "tables.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                                                   \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                                \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

enum { ROOM = 256, FIRST = VBC_FIRST_NAME };

/* A container in the making: sections in the order of their ids. */
typedef struct {
    vbc_header header;
    struct {
        bool there;
        uint8_t flags;
        uint16_t count;
        uint32_t length;
        _Alignas(8) uint8_t data[ROOM];
    } s[VBC_SIGN + 1];
} builder;

static bool reached[VBC_E_COUNT];

static void put(builder *b, unsigned id, unsigned count, const void *data, uint32_t length) {
    CHECK(length <= ROOM);
    b->s[id].there = true;
    b->s[id].count = (uint16_t)count;
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
    b->header = (vbc_header){.magic = VBC_MAGIC,
                             .format_major = VBC_FORMAT_MAJOR,
                             .value_model = VBC_VALUE_MODEL,
                             .vm_abi = VM_ABI,
                             .global_count = 2,
                             .max_regs = 8};
    struct {
        uint32_t offsets[4];
        char text[5];
    } names = {{0, 1, 2, 5}, {'f', 'p', 'q', '.', 'x'}};
    put(b, VBC_NAMES, 3, &names, 21);
    struct {
        vm_header h;
        uint32_t length, hash;
        char text[4];
        vm_int64 number;
        double pi;
    } constants = {{VM_T_STR, VM_ROM | VM_ASCII, 0}, 3, 1, "abc", {{VM_T_INT64, VM_ROM, 0}, 0, INT64_MIN}, 3.14};
    put(b, VBC_CONST, 3, &constants, 40);
    const vbc_func functions[] = {
        {.code_words = BODY_WORDS, .nregs = 3, .name = FIRST, .qualname = FIRST, .file = FIRST + 2},
        {.code_offset = BODY_WORDS,
         .code_words = F_WORDS,
         .nregs = 8,
         .nargs = 2,
         .nposonly = 1,
         .ncells = 1,
         .name = FIRST,
         .qualname = FIRST,
         .handler_count = 1,
         .file = FIRST + 2},
    };
    put(b, VBC_FUNC, 2, functions, sizeof functions);
    const uint32_t code[BODY_WORDS + F_WORDS] = {WIDE(LOADC, 0, 0), OPERATION(MKCLASS, 1, 0, 0), EXTRA(0), WIDE(RETN, 0, 0),
                                                 /* f */
                                                 WIDE(LOADK, 2, 0), WIDE(LOADK, 3, 2), WIDE(LOADF, 4, 4), OPERATION(GETFREE, 5, 0, 0),
                                                 EXTRA(FIRST + 1), WIDE(LOADX, 6, 0), WIDE(NOP, 0, 0), WIDE(JF, 2, 0xFFF8),
                                                 WIDE(RET, 3, 0)};
    put(b, VBC_CODE, 0, code, sizeof code);
    put(b, VBC_HANDLERS, 1, &(vbc_handler){0, 3, 5, 7}, sizeof(vbc_handler));
    put(b, VBC_ARGS, 2, (const uint16_t[]){FIRST + 1, FIRST + 2}, 4);
    put(b, VBC_CLASS, 1, &(vbc_class){FIRST, FIRST, 0, 2, 0, 0}, sizeof(vbc_class));
    put(b, VBC_SLOTS, 2, (const vbc_slot[]){{FIRST + 1, 1}, {FIRST + 2, 0}}, 8);
    put(b, VBC_NATIVE, 1, &(vbc_native){vm_fnv1a("builtins.len", 12), FIRST + 1, 1, 1}, sizeof(vbc_native));
    put(b, VBC_GLOBALS, 2, (const uint16_t[]){FIRST, VM_N_init}, 4);
    put(b, VBC_LINES, 0, (const uint32_t[]){0, 2, 4, 0x01010101}, 16);
    put(b, VBC_SHA256, 0, "", 0);
    b->s[VBC_SHA256].length = 32;
}

/* CRCs and SHA-256 of an image whose directory can be walked. */
static void seal(uint8_t *image, uint32_t length) {
    vbc_header *h = (vbc_header *)image;
    vbc_section *s = (vbc_section *)(h + 1);
    uint32_t directory = h->section_count * 16u;
    if (length < 48 || 48 + directory > length) return;
    vbc_section *sha = NULL;
    for (unsigned i = 0; i < h->section_count; i++) {
        if (s[i].offset > length || s[i].length > length - s[i].offset) continue;
        if (s[i].id == VBC_SHA256 && s[i].length == 32)
            sha = &s[i];
        else if (s[i].id != VBC_SIGN)
            s[i].crc = vm_crc32(0, image + s[i].offset, s[i].length);
    }
    h->header_crc = vm_crc32(vm_crc32(0, image, 44), image + 48, directory);
    if (!sha) return;
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, image, sha->offset);
    sha256_final(&c, image + sha->offset);
}

/* The image in a block of its own, exactly as long as it is. */
static uint8_t *build(const builder *b, uint32_t *length) {
    uint32_t at = VBC_HEADER_SIZE, count = 0;
    for (unsigned i = 0; i <= VBC_SIGN; i++) count += b->s[i].there;
    at += 16 * count;
    uint8_t *image = calloc(1, at + count * (ROOM + 8));
    CHECK(image);
    vbc_section *s = (vbc_section *)(image + VBC_HEADER_SIZE);
    memcpy(image, &b->header, sizeof b->header);
    for (unsigned i = 0; i <= VBC_SIGN; i++) {
        if (!b->s[i].there) continue;
        at = (at + 7) & ~7u;
        *s++ = (vbc_section){(uint8_t)i, b->s[i].flags, b->s[i].count, at, b->s[i].length, 0};
        memcpy(image + at, b->s[i].data, b->s[i].length);
        at += b->s[i].length;
    }
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
#define THE_HANDLER ((vbc_handler *)b.s[VBC_HANDLERS].data)[0]
#define THE_CLASS ((vbc_class *)b.s[VBC_CLASS].data)[0]
#define SLOT(i) ((vbc_slot *)b.s[VBC_SLOTS].data)[i]
#define THE_NATIVE ((vbc_native *)b.s[VBC_NATIVE].data)[0]
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
    IS(FORMAT, b.header.format_major++);
    IS(OK, b.header.format_minor++);
    IS(ABI, b.header.vm_abi++);
    IS(FEATURE, b.header.features = 2);
    IS(OK, b.header.features = VBC_FEATURE_FLOAT);
    IS(VALUE_MODEL, b.header.value_model++);
    IS(HEADER, b.header.flags = 1);
    IS(HEADER, b.header.max_regs = 0);
    IS(HEADER, b.header.max_regs = VBC_MAX_REGS + 1);
    IS(OK, b.header.max_regs = VBC_MAX_REGS);
}

static void the_directory_is_checked(void) {
    IS(DIRECTORY, b.s[VBC_CONST].flags = 2);
    IS(OK, b.s[VBC_CONST].flags = 1);
    IS(DIRECTORY, b.s[13].there = true);
    IS(DIRECTORY, b.s[0].there = true);
    IS(DIRECTORY, b.s[VBC_SHA256].length = 36);
    IS(DIRECTORY, b.s[VBC_SIGN].there = true; b.s[VBC_SIGN].length = 60);
    IS(OK, b.s[VBC_SIGN].there = true; b.s[VBC_SIGN].length = 64);
    static const uint8_t counted[] = {VBC_FUNC, VBC_HANDLERS, VBC_ARGS, VBC_CLASS, VBC_SLOTS, VBC_NATIVE};
    for (unsigned i = 0; i < sizeof counted; i++) IS(DIRECTORY, b.s[counted[i]].count++);
    IS(DIRECTORY, b.s[VBC_CODE].length += 2);
    IS(SECTION_MISSING, GONE(VBC_FUNC));
    IS(SECTION_MISSING, GONE(VBC_CODE));
    IS(SECTION_MISSING, GONE(VBC_SHA256));
    IS(SECTION_MISSING, GONE(VBC_SHA256); b.s[VBC_SIGN].there = true; b.s[VBC_SIGN].length = 64);
}

/* Faults that a rebuilt container cannot have. */
static void the_seals_are_checked(void) {
    builder b;
    uint32_t length;
    base(&b);
    uint8_t *image = build(&b, &length);
    vbc_header *h = (vbc_header *)image;
    vbc_section *s = (vbc_section *)(h + 1), *sha = s + h->section_count - 1;
    uint8_t uid[16] = {1, 2, 3}, other[16] = {4};

    CHECK(judge(image, length, uid) == VBC_E_OK);
    memcpy(h->vmuid, uid, sizeof uid);
    seal(image, length);
    CHECK(judge(image, length, uid) == VBC_E_OK && judge(image, length, NULL) == VBC_E_OK && judge(image, length, other) == VBC_E_VMUID);

    h->header_crc ^= 1;
    CHECK(judge(image, length, NULL) == VBC_E_HEADER_CRC && vbc_verify_quick(image, length, NULL, NULL));
    h->header_crc ^= 1;
    image[s[0].offset + 20] ^= 1; /* the text of a name */
    CHECK(judge(image, length, NULL) == VBC_E_SECTION_CRC && vbc_verify_quick(image, length, NULL, NULL));
    image[s[0].offset + 20] ^= 1;
    image[sha->offset] ^= 1;
    CHECK(judge(image, length, NULL) == VBC_E_SHA256 && vbc_verify_quick(image, length, NULL, NULL));
    image[sha->offset] ^= 1;
    sha->crc = 1;
    h->header_crc = vm_crc32(vm_crc32(0, image, 44), image + 48, h->section_count * 16u);
    CHECK(judge(image, length, NULL) == VBC_E_DIRECTORY);
    sha->crc = 0;

    image[s[0].offset + s[0].length] = 1; /* padding */
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_DIRECTORY);
    image[s[0].offset + s[0].length] = 0;
    s[1].offset += 8;
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_DIRECTORY);
    s[1].offset -= 8;
    uint32_t whole = s[1].length;
    s[1].length = 0xFFFFFFF0;
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_DIRECTORY);
    s[1].length = whole;
    h->total_length += 4;
    seal(image, length);
    CHECK(judge(image, length, NULL) == VBC_E_TRUNCATED);
    h->total_length -= 4;
    h->section_count = 255;
    CHECK(judge(image, length, NULL) == VBC_E_TRUNCATED);
    free(image);
}

static void the_tables_are_checked(void) {
    IS(NAMES, WORD(VBC_NAMES, 0) = 1);
    IS(NAMES, WORD(VBC_NAMES, 1) = 3);
    IS(NAMES, WORD(VBC_NAMES, 3) = 4);
    IS(NAMES, b.s[VBC_NAMES].count = 5);
    IS(GLOBALS, b.header.global_count = 3);
    IS(GLOBALS, b.s[VBC_GLOBALS].length = 6);
    IS(GLOBALS, ID(VBC_GLOBALS, 1) = FIRST + 3);
    IS(GLOBALS, ID(VBC_GLOBALS, 1) = VM_N_COUNT);
    IS(LINES, WORD(VBC_LINES, 1) = 1);
    IS(LINES, WORD(VBC_LINES, 2) = 0);
    IS(LINES, b.s[VBC_LINES].length = 8);
    IS(NATIVE, THE_NATIVE.hash++);
    IS(NATIVE, THE_NATIVE.max_args++);
    IS(OK, THE_NATIVE.min_args = THE_NATIVE.max_args = 255);
    IS(NATIVE, THE_NATIVE.min_args = 255);
    IS(NATIVE, THE_NATIVE.name = FIRST + 3);
    IS(OK, THE_NATIVE.name = 0xFFFF);
    IS(CLASS_RECORD, THE_CLASS.name = FIRST + 3);
    IS(CLASS_RECORD, THE_CLASS.qualname = FIRST + 3);
    IS(CLASS_RECORD, THE_CLASS.reserved = 1);
    IS(CLASS_RECORD, THE_CLASS.slot_count = 3);
    IS(CLASS_RECORD, THE_CLASS.first_slot = 0xFFFF);
    IS(CLASS_RECORD, SLOT(0).name = FIRST + 2);
    IS(CLASS_RECORD, SLOT(1).name = FIRST + 3);
    IS(CLASS_RECORD, SLOT(1).slot = 2);
}

static void a_stripped_program_is_valid(void) {
    IS(OK, GONE(VBC_NAMES); GONE(VBC_GLOBALS); GONE(VBC_LINES); THE_NATIVE.name = 0xFFFF);
    IS(OK, GONE(VBC_NAMES); FUNC(1).name = 0xFFFE);
    IS(FUNC, GONE(VBC_NAMES); FUNC(1).name = VM_N_COUNT);
}

static void functions_are_checked(void) {
    IS(FUNC, b.header.entry = 2);
    IS(FUNC, b.header.entry = 1);
    IS(FUNC, FUNC(0).ncells = 1);
    IS(FUNC, FUNC(0).flags = VBC_VARARGS);
    IS(FUNC, FUNC(1).nregs = 0);
    IS(FUNC, FUNC(1).nregs = 9);
    IS(FUNC, FUNC(1).nkwonly = 7);
    IS(FUNC, FUNC(1).nposonly = 3);
    IS(FUNC, FUNC(1).flags = 8);
    IS(FEATURE, FUNC(1).flags = VBC_GENERATOR);
    IS(FUNC, FUNC(1).reserved[2] = 1);
    IS(FUNC, FUNC(1).code_words = 0);
    IS(FUNC, FUNC(1).code_words++);
    IS(FUNC, FUNC(1).code_offset = 0xFFFFFFFF);
    IS(FUNC, FUNC(1).name = FIRST + 3);
    IS(FUNC, FUNC(1).qualname = FIRST + 3);
    IS(FUNC, FUNC(1).file = FIRST + 3);
    IS(ARGS, FUNC(1).nkwonly = 1);
    IS(ARGS, FUNC(1).flags = VBC_VARKW);
    IS(ARGS, FUNC(1).first_arg = 0xFFFF);
    IS(ARGS, ID(VBC_ARGS, 1) = FIRST + 3);
    IS(OK, FUNC(1).nargs = 0; FUNC(1).nposonly = 0; FUNC(1).flags = VBC_VARARGS | VBC_VARKW);
    IS(HANDLER, FUNC(1).handler_count = 2);
    IS(HANDLER, FUNC(1).first_handler = 0xFFFF);
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
    WITH(EXTENSION, OPERATION(GETA, 0, 0, 0));
    IS(EXTENSION, F(F_WORDS - 1) = OPERATION(GETA, 0, 0, 0));
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
    WITH(NAME, WIDE(BOUND, 0, FIRST + 3));
    WITH2(NAME, OPERATION(GETA, 0, 0, 0), EXTRA(FIRST + 3));
    WITH2(OK, OPERATION(GETA, 0, 0, 0), EXTRA(FIRST));
    WITH2(OPERAND, OPERATION(FORMAT, 0, 0, 0), EXTRA(4));
    WITH2(OPERAND, OPERATION(CALLM, 0, 0, 0), EXTRA(0));
    WITH2(OPERAND, OPERATION(CALLMK, 0, 0, 0), EXTRA(0));
    WITH2(OK, OPERATION(CALLM, 0, 7, 0), EXTRA(0));
    WITH2(REGISTER, OPERATION(CALLM, 0, 8, 0), EXTRA(0));
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
            if (at < 16 && kind != 0) at += 32;
            image[at] = kind & 8 ? values[kind & 7] : (uint8_t)(image[at] + (kind & 4 ? 1 : (random >> 8)));
        }
        if (vbc_verify_quick(image, length, NULL, NULL)) {
            uint32_t offset, size;
            uint16_t count;
            accepted++;
            for (unsigned id = 0; id < 20; id++)
                if (vbc_find_section(image, id, &offset, &size, &count)) CHECK(offset <= length && size <= length - offset);
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
