/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier. The rules and their order are in verify.h; what an instruction's fields are comes from opcodes.def.
 *
 * That a word is an extension word is seen from the word itself: its opcode is EXT, and a function is refused in which an instruction has
 * that opcode or an extension word has not. So no map of the instructions' starts is needed, as long as a jump's target is judged after all
 * words of its function were. */
#include "verify.h"
#include "object.h"
#include "profile.h"
#include "sha256.h"
#include "tables.h"
#include <string.h>

enum {
    KNOWN_FEATURES = (VM_FLOAT ? VBC_FEATURE_FLOAT : 0) | (VM_FEATURE_BIGINT ? VBC_FEATURE_BIGINT : 0) |
    (VM_FEATURE_MODULES ? VBC_FEATURE_MODULES : 0)
};

_Static_assert(sizeof(vbc_header) == VBC_HEADER_SIZE && sizeof(vbc_section) == 8 && sizeof(vbc_func) == 8, "container.h");
_Static_assert(sizeof(vbc_handler) == 8 && sizeof(vbc_class) == 4, "container.h");

typedef struct {
    uint32_t offset, words;
} section;

typedef struct {
    const uint8_t *image;
    const vbc_header *header;
    uint32_t length;
    vbc_error *error;
    uint32_t names_end;             /* name ids below it and from VBC_FIRST_NAME on are the program's */
    uint32_t functions;             /* how many */
    section sections[VBC_LAST + 1]; /* by id; zeros: not there */
} verifier;

static bool fail(const verifier *v, vbc_code code, uint32_t offset, uint32_t wanted, uint32_t found) {
    if (v->error) *v->error = (vbc_error){code, offset, wanted, found};
    return false;
}

static bool refuse(const verifier *v, vbc_code code, uint32_t offset) { return fail(v, code, offset, 0, 0); }

static const void *at(const verifier *v, uint32_t offset) { return v->image + offset; }

static bool name_ok(const verifier *v, unsigned id) { return id < VM_N_COUNT || (id >= VBC_FIRST_NAME && id < v->names_end); }

static bool names_ok(const verifier *v, const uint16_t *ids, unsigned count) {
    while (count--)
        if (!name_ok(v, *ids++)) return false;
    return true;
}

/* --- header and directory */

static uint32_t seal_offset(const vbc_header *h) {
    const vbc_section *s = (const vbc_section *)(h + 1);
    bool is_signed = h->section_count && s[h->section_count - 1].id == VBC_SIGN;
    return h->total_length - VBC_HASH_SIZE - (is_signed ? VBC_SIGNATURE_SIZE : 0);
}

static bool check_header(const verifier *v, bool whole) {
    const vbc_header *h = v->header;
    uint32_t directory = VBC_HEADER_SIZE;
    if (v->length < 4) return fail(v, VBC_E_TRUNCATED, 0, VBC_HEADER_SIZE, v->length);
    if ((h->magic & 0xFFFFFF) != VBC_MAGIC) return fail(v, VBC_E_MAGIC, 0, VBC_MAGIC, h->magic);
    if (v->length < VBC_HEADER_SIZE) return fail(v, VBC_E_TRUNCATED, 0, VBC_HEADER_SIZE, v->length);
    if (h->magic >> 24 != '0' + VBC_FORMAT_MAJOR) return fail(v, VBC_E_FORMAT, 3, '0' + VBC_FORMAT_MAJOR, h->magic >> 24);
    if (h->vm_abi != VM_ABI) return fail(v, VBC_E_ABI, offsetof(vbc_header, vm_abi), VM_ABI, h->vm_abi);
    if (h->features & ~KNOWN_FEATURES) return fail(v, VBC_E_FEATURE, offsetof(vbc_header, features), KNOWN_FEATURES, h->features);
    directory += h->section_count * (uint32_t)sizeof(vbc_section);
    if (h->total_length != v->length || v->length & 3 || directory > v->length || seal_offset(h) < directory || seal_offset(h) > v->length)
        return fail(v, VBC_E_TRUNCATED, offsetof(vbc_header, total_length), h->total_length, v->length);
    if (whole) {
        uint32_t crc = vm_crc32(0, h, offsetof(vbc_header, header_crc));
        crc = vm_crc32(crc, h + 1, directory - VBC_HEADER_SIZE);
        if (crc != h->header_crc) return fail(v, VBC_E_HEADER_CRC, offsetof(vbc_header, header_crc), h->header_crc, crc);
    }
    if (h->max_regs < 1 || h->max_regs > VBC_MAX_REGS)
        return fail(v, VBC_E_HEADER, offsetof(vbc_header, max_regs), VBC_MAX_REGS, h->max_regs);
    return true;
}

static bool check_directory(verifier *v, bool whole) {
    const uint32_t known = 0xFFE | 0x1Fu << VBC_STRIPPABLE | 1u << VBC_SIGN,
                   even = 1 << VBC_CONST | 1 << VBC_RESOURCES | 1 << VBC_FUNC | 1 << VBC_MODULES;
    const vbc_section *s = (const vbc_section *)(v->header + 1), *last = s + v->header->section_count;
    uint32_t end = (uint32_t)((const uint8_t *)last - v->image), seal = seal_offset(v->header);
    unsigned id = 0;
    for (; s < last; s++) {
        uint32_t place = (uint32_t)((const uint8_t *)s - v->image);
        if (s->id <= id || s->id > VBC_SIGN || !(known >> s->id & 1) || (even >> s->id & s->words & 1))
            return fail(v, VBC_E_DIRECTORY, place, id, s->id);
        id = s->id;
        if (id == VBC_SIGN) {
            if (s->crc || s->words != VBC_SIGNATURE_SIZE / 4) return fail(v, VBC_E_DIRECTORY, place, VBC_SIGNATURE_SIZE / 4, s->words);
            break;
        }
        if (s->words > (seal - end) / 4) return fail(v, VBC_E_DIRECTORY, place, (seal - end) / 4, s->words);
        if (whole) {
            uint32_t crc = vm_crc32(0, at(v, end), s->words * 4);
            if (crc != s->crc) return fail(v, VBC_E_SECTION_CRC, end, s->crc, crc);
        }
        v->sections[id] = (section){end, s->words};
        end += 4 * s->words;
    }
    if (end != seal) return fail(v, VBC_E_DIRECTORY, VBC_HEADER_SIZE, seal, end);
    id = !v->sections[VBC_FUNC].words ? VBC_FUNC : !v->sections[VBC_CODE].words ? VBC_CODE : 0;
    if (id) return fail(v, VBC_E_SECTION_MISSING, VBC_HEADER_SIZE, id, 0);
    if (whole) {
        sha256_context sha;
        uint8_t digest[VBC_HASH_SIZE];
        sha256_init(&sha);
        sha256_update(&sha, v->image, seal);
        sha256_final(&sha, digest);
        if (memcmp(digest, at(v, seal), sizeof digest)) return refuse(v, VBC_E_SHA256, seal);
    }
    return true;
}

static bool check_target(const verifier *v, const uint8_t *vmuid) {
    const section *s = &v->sections[VBC_TARGET];
    if (!s->offset) return true;
    if (s->words != 4) return fail(v, VBC_E_DIRECTORY, s->offset, 4, s->words);
    if (vmuid && memcmp(at(v, s->offset), vmuid, 16)) return refuse(v, VBC_E_VMUID, s->offset);
    return true;
}

/* --- tables */

/* `count` offsets into `room` bytes, in u32s at `place`: from `first` on, not falling, the last one at the end. */
static bool check_offsets(const verifier *v, uint32_t place, uint32_t count, uint32_t first, uint32_t last, uint32_t odd, vbc_code code) {
    const uint32_t *offsets = at(v, place);
    uint32_t previous = first;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t x = offsets[i];
        if (x < previous || (!i && x != first) || x & odd || x > last) return fail(v, code, place + 4 * i, last, x);
        previous = x;
    }
    return true;
}

static bool check_names(verifier *v) {
    const section *s = &v->sections[VBC_NAMES];
    v->names_end = 0x10000; /* of a stripped program every id of its own is good: names are only compared then */
    if (!s->offset) return true;
    const uint32_t *offsets = at(v, s->offset);
    uint32_t first = s->words ? *offsets : 0;
    if (first < 4 || first & 3 || first / 4 > s->words || first / 4 - 1 > 0x10000 - VBC_FIRST_NAME)
        return fail(v, VBC_E_NAMES, s->offset, 4 * s->words, first);
    v->names_end = VBC_FIRST_NAME + first / 4 - 1;
    return check_offsets(v, s->offset, first / 4, first, 4 * s->words, 0, VBC_E_NAMES);
}

static bool check_ids(const verifier *v, unsigned id, vbc_code code) {
    const section *s = &v->sections[id];
    const uint16_t *ids = at(v, s->offset);
    for (uint32_t i = 0; i < 2 * s->words; i++)
        if (!name_ok(v, ids[i])) return fail(v, code, s->offset + 2 * i, 0, ids[i]);
    return true;
}

static bool check_tables(const verifier *v) {
    const section *s = &v->sections[VBC_GLOBALS];
    uint32_t wanted = (v->header->global_count + 1u) / 2, classes = v->sections[VBC_CLASS].words;
    if (s->offset && s->words != wanted) return fail(v, VBC_E_GLOBALS, s->offset, wanted, s->words);
    if (!check_ids(v, VBC_GLOBALS, VBC_E_GLOBALS) || !check_ids(v, VBC_ATTRS, VBC_E_NAME) || !check_ids(v, VBC_SLOTS, VBC_E_CLASS_RECORD))
        return false;
    s = &v->sections[VBC_DEFS];
    wanted = 2 * (v->functions + classes);
    if (s->offset && s->words != wanted) return fail(v, VBC_E_DEFS, s->offset, wanted, s->words);
    for (uint32_t i = 0; i < 2 * s->words; i++) {
        unsigned x = ((const uint16_t *)at(v, s->offset))[i];
        if ((i & 3) == 3 ? i >= 4 * v->functions && x : !name_ok(v, x)) return fail(v, VBC_E_DEFS, s->offset + 2 * i, 0, x);
    }
    s = &v->sections[VBC_LINES];
    if (s->offset) {
        if (s->words < v->functions + 1) return fail(v, VBC_E_LINES, s->offset, v->functions + 1, s->words);
        if (!check_offsets(v, s->offset, v->functions + 1, 0, 4 * (s->words - v->functions - 1), 1, VBC_E_LINES)) return false;
    }
    s = &v->sections[VBC_NATIVE];
    for (uint32_t i = 0; i < s->words; i++) {
        uint32_t id = ((const uint32_t *)at(v, s->offset))[i];
        if (vm_builtin_by_id(id) == VM_B_COUNT) return fail(v, VBC_E_NATIVE, s->offset + 4 * i, 0, id);
    }
    s = &v->sections[VBC_MODULES];
    for (uint32_t i = 0; i < s->words / 2; i++) {
        const vbc_module *m = (const vbc_module *)at(v, s->offset) + i;
        if (!name_ok(v, m->name) || m->reserved || (uint32_t)m->first_global + m->count > v->header->global_count)
            return refuse(v, VBC_E_MODULES, s->offset + 8 * i);
    }
    s = &v->sections[VBC_CLASS];
    for (uint32_t i = 0; i < classes; i++) {
        const vbc_class *c = (const vbc_class *)at(v, s->offset) + i;
        if ((uint32_t)c->first_slot + c->slot_count > 2 * v->sections[VBC_SLOTS].words)
            return refuse(v, VBC_E_CLASS_RECORD, s->offset + 4 * i);
    }
    return true;
}

/* --- instructions */

/* What the fields of an instruction are: A, B, C registers; S a jump in bits 16-31, J one in C. Bits 5-7 are about extension words: none,
 * one, KEYWORDS: C name ids, METHOD: and one more before them, ATTR: one name id when C, else a place in ATTRS, is 255. */
enum { A = 1, B = 2, C = 4, S = 8, J = 16, EXTENSION_SHIFT = 5, KEYWORDS = 2, METHOD = 3, ATTR = 4 };
enum { ABC = A | B | C, ABs = A | B | J, AsC = A | J, AS = A | S, AU = A, AB = A | B, N = 0 };
/* Numbers where the format has a register or a jump. */
#define NUMBERS(op)                                                                                                                        \
    ((op) == VM_OP_LOADI || (op) == VM_OP_LOADW                                                 ? S                                        \
     : (op) == VM_OP_SETGI                                                                      ? A | S                                    \
     : (op) == VM_OP_ADDI || (op) == VM_OP_SUBI || (op) == VM_OP_MULI                           ? J                                        \
     : (op) == VM_OP_DEFG                                                                       ? A                                        \
     : (op) == VM_OP_SETIC                                                                      ? B                                        \
     : (op) == VM_OP_GETIC || (op) == VM_OP_MASK                                                ? C                                        \
     : (op) == VM_OP_CALLB                                                                      ? B | C                                    \
     : (op) == VM_OP_DELG                                                                       ? A                                        \
     : (op) == VM_OP_GETFREE || (op) == VM_OP_SETFREE || (op) == VM_OP_FREECELL                 ? B                                        \
     : (op) == VM_OP_CALL || (op) == VM_OP_CALLK || (op) == VM_OP_CALLM || (op) == VM_OP_CALLMK ? B | C                                    \
     : (op) == VM_OP_ANDI || (op) == VM_OP_LSHIFTI || (op) == VM_OP_RSHIFTI                     ? C                                        \
     : (op) == VM_OP_LIST || (op) == VM_OP_TUPLE || (op) == VM_OP_DICT || (op) == VM_OP_SET     ? C                                        \
     : (op) == VM_OP_STRJOIN || (op) == VM_OP_UNPACK || (op) == VM_OP_UNPACKX                   ? C                                        \
                                                                                                : 0)
#define EXTENSION(e) ((e) >= 0 ? (e) : (e) == -1 ? KEYWORDS : (e) == -2 ? METHOD : ATTR)
static const uint8_t shapes[VM_OP_COUNT] = {
#define OP(name, format, extension) (uint8_t)(((format) & ~NUMBERS(VM_OP_##name)) | EXTENSION(extension) << EXTENSION_SHIFT),
#include "opcodes.def"
#undef OP
};
_Static_assert(VM_OP_EXT == 0 && VM_OP_COUNT <= 256, "the opcode is the low byte of a word");

static bool is_extension(uint32_t word) { return (word & 255) == VM_OP_EXT; }

static unsigned extension_words(uint32_t word) {
    unsigned kind = shapes[word & 255] >> EXTENSION_SHIFT, c = word >> 24;
    return kind < KEYWORDS ? kind : kind == ATTR ? c == 255 : c + kind - KEYWORDS;
}

/* The target of a jump, relative to the word after the instruction and its extension words; 0 when it is none. */
static int32_t jump_distance(uint32_t word) {
    unsigned shape = shapes[word & 255];
    return shape & S ? (int32_t)word >> 16 : shape & J ? (int32_t)word >> 24 : 0;
}

/* The size of an object, to the next multiple of 8; 0 when there is no sound one. */
static uint32_t object_size(const verifier *v, unsigned id, uint32_t offset) {
    const section *s = &v->sections[id];
    uint32_t length = 4 * s->words;
    if (length < offset || length - offset < sizeof(vm_int64)) return 0; /* no object is smaller */
    const vm_str *o = at(v, s->offset + offset);
    uint32_t room = length - offset - (uint32_t)sizeof *o;
#if VM_FEATURE_BIGINT
    if (o->h.type == VM_T_BIGINT) { /* only what does not fit 64 bits */
        const vm_bigint *b = (const vm_bigint *)(const void *)o;
        uint32_t n = b->length;
        if (b->h.flags != VM_ROM || b->h.aux > 1 || n < 2 || n > (length - offset - sizeof *b) / 4 || !b->words[n - 1]) return 0;
        if (n == 2 && (!(b->words[1] >> 31) || (b->h.aux && b->words[1] == 1u << 31 && !b->words[0]))) return 0;
        return (uint32_t)(sizeof *b + 4 * n + 7) & ~7u;
    }
#endif
    if (o->h.aux || (o->h.flags & ~(o->h.type == VM_T_STR ? VM_ASCII : 0)) != VM_ROM) return 0;
    if (o->h.type == VM_T_INT64) return o->length ? 0 : (uint32_t)sizeof(vm_int64);
    if ((o->h.type != VM_T_STR && o->h.type != VM_T_BYTES) || o->length >= room || o->data[o->length]) return 0;
    return (uint32_t)(sizeof *o + o->length + 8) & ~7u;
}

/* Pairs of a str and a bytes object. */
static bool check_resources(const verifier *v) {
    const section *s = &v->sections[VBC_RESOURCES];
    for (uint32_t at_ = 0, size, type = VM_T_STR; at_ < 4 * s->words || type != VM_T_STR; at_ += size, type ^= VM_T_STR ^ VM_T_BYTES) {
        size = object_size(v, VBC_RESOURCES, at_);
        if (!size || v->image[s->offset + at_] != type) return refuse(v, VBC_E_RESOURCES, s->offset + at_);
    }
    return true;
}

/* --- functions: what container.h says of vbc_func */

static const vbc_func *function(const verifier *v, uint32_t number) {
    return (const vbc_func *)at(v, v->sections[VBC_FUNC].offset) + number;
}

static uint32_t code_end(const verifier *v, uint32_t number) {
    return number + 1 < v->functions ? function(v, number + 1)->code_offset : v->sections[VBC_CODE].words;
}

static unsigned rare(const verifier *v, const vbc_func *f, unsigned which) {
    return f->flags & VBC_RARE ? ((const uint8_t *)at(v, v->sections[VBC_EXTRA].offset + 2u * f->extra))[which] : 0;
}

static unsigned parameters_of(const verifier *v, const vbc_func *f) {
    return f->nargs + rare(v, f, VM_RARE_KWONLY) + (f->flags & VBC_VARARGS) + (f->flags & VBC_VARKW) / VBC_VARKW;
}

/* Where in EXTRA its names of parameters, or its handlers, begin. */
static const uint16_t *extra_of(const verifier *v, const vbc_func *f, unsigned part) {
    const uint16_t *p = (const uint16_t *)at(v, v->sections[VBC_EXTRA].offset) + f->extra + (f->flags & VBC_RARE ? 2 : 0);
    return part == VBC_HANDLERS && f->flags & VBC_PARAMETERS ? p + parameters_of(v, f) : p;
}

/* All rules of an instruction but those about jumps. `w`: its words. */
static vbc_code check_instruction(const verifier *v, const vbc_func *f, const uint32_t *w) {
    uint32_t word = *w;
    unsigned shape = shapes[word & 255], extensions = extension_words(word);
    uint32_t a = word >> 8 & 255, b = word >> 16 & 255, c = word >> 24, u = word >> 16;
    uint32_t e = extensions ? w[1] >> 16 : 0, row = 0; /* registers up to and without `row` are used */
    vbc_code code = VBC_E_OK;
    if ((shape & A && a >= f->nregs) || (shape & B && b >= f->nregs) || (shape & C && c >= f->nregs)) return VBC_E_REGISTER;
    switch (word & 255) {
    case VM_OP_LOADK:
        if (!object_size(v, VBC_CONST, u * 8)) code = VBC_E_CONSTANT;
        break;
    case VM_OP_LOADF:
        if (u * 8 + 8 > 4 * v->sections[VBC_CONST].words) code = VBC_E_CONSTANT;
        break;
    case VM_OP_LOADC:
        if (u >= 6 && u - 32 >= v->sections[VBC_MODULES].words / 2) code = VBC_E_OPERAND;
        break;
    case VM_OP_LOADX:
        if (u >= v->sections[VBC_NATIVE].words) code = VBC_E_IMPORT;
        break;
    case VM_OP_BOUND:
        if (!name_ok(v, u)) code = VBC_E_NAME;
        break;
    case VM_OP_GETM:
        if (!name_ok(v, e)) code = VBC_E_NAME; /* fall through */
    case VM_OP_GETG:
    case VM_OP_SETG:
    case VM_OP_DELG:
        if (u >= v->header->global_count) code = VBC_E_GLOBAL;
        break;
    case VM_OP_SETGI:
        if (a >= v->header->global_count) code = VBC_E_GLOBAL;
        break;
    case VM_OP_DEFG:
        if (a >= v->header->global_count) return VBC_E_GLOBAL; /* fall through */
    case VM_OP_FUNC:
        if (u >= v->functions) return VBC_E_FUNCTION;
        if (rare(v, function(v, u), VM_RARE_CELLS)) code = VBC_E_CELL;
        break;
    case VM_OP_GETFREE:
    case VM_OP_SETFREE:
    case VM_OP_FREECELL:
        if (b >= rare(v, f, VM_RARE_CELLS)) code = VBC_E_CELL;
        break;
    case VM_OP_LSHIFTI:
    case VM_OP_RSHIFTI:
        if (c >= 64) code = VBC_E_OPERAND;
        break;
    case VM_OP_JBS:
    case VM_OP_JBC: c = b; /* fall through */
    case VM_OP_MASK:
        if (c > 62) code = VBC_E_OPERAND;
        break;
    case VM_OP_FORMAT:
        if (e >= 4) code = VBC_E_OPERAND;
        break;
    case VM_OP_FORPREP:
    case VM_OP_FOR0:
    case VM_OP_FORR: row = a + 4; break;
    case VM_OP_FOR:
    case VM_OP_DELEGATE: row = a + 2; break;
    case VM_OP_SLICE: row = b + 3; break;
    case VM_OP_CALLX: row = a + 3; break;
    case VM_OP_DICT: b += c; /* fall through */
    case VM_OP_LIST:
    case VM_OP_TUPLE:
    case VM_OP_SET:
    case VM_OP_STRJOIN: row = b + c; break;
    case VM_OP_UNPACKX: a += e + 1; /* fall through */
    case VM_OP_UNPACK: row = a + c; break;
    case VM_OP_CALLB:
        if (c >= v->sections[VBC_NATIVE].words) code = VBC_E_IMPORT;
        row = a + 1 + b;
        break;
    case VM_OP_CALLMK:
    case VM_OP_CALLK: a += c; /* fall through */
    case VM_OP_CALLM:
    case VM_OP_CALL:
        row = a + 1 + b;
        if (!b && ((word & 255) == VM_OP_CALLM || (word & 255) == VM_OP_CALLMK)) code = VBC_E_OPERAND;
        break;
    case VM_OP_MKFUNC:
        if (e >= v->functions) return VBC_E_FUNCTION;
        row = b + 2 + rare(v, function(v, e), VM_RARE_CELLS);
        break;
    case VM_OP_MKCLASS:
        if (e >= v->sections[VBC_CLASS].words) code = VBC_E_CLASS;
        break;
    default: break;
    }
    if (row > f->nregs) return VBC_E_REGISTER;
    shape >>= EXTENSION_SHIFT;
    if (!code && shape == ATTR && c != 255 && c >= 2 * v->sections[VBC_ATTRS].words) return VBC_E_NAME;
    if (!code && shape >= KEYWORDS)
        while (extensions--)
            if (!name_ok(v, *++w >> 16)) return VBC_E_NAME;
    return code;
}

static bool check_code(const verifier *v, uint32_t number) {
    const vbc_func *f = function(v, number);
    uint32_t place = v->sections[VBC_CODE].offset + 4 * f->code_offset, bad_jump = 0, words = code_end(v, number) - f->code_offset;
    const uint32_t *code = at(v, place);
    unsigned op = VM_OP_EXT;
    for (uint32_t i = 0, extensions; i < words; i += 1 + extensions) {
        op = code[i] & 255;
        if (op == VM_OP_EXT || op >= VM_OP_COUNT) return fail(v, VBC_E_OPCODE, place + 4 * i, 0, op);
        extensions = extension_words(code[i]);
        if (extensions >= words - i) return refuse(v, VBC_E_EXTENSION, place + 4 * i);
        for (uint32_t k = 1; k <= extensions; k++)
            if (!is_extension(code[i + k])) return refuse(v, VBC_E_EXTENSION, place + 4 * i);
        vbc_code failure = check_instruction(v, f, code + i);
        if (failure) return fail(v, failure, place + 4 * i, 0, code[i]);
        if (shapes[op] & (S | J) && !bad_jump) {
            uint32_t target = i + 1 + extensions + (uint32_t)jump_distance(code[i]);
            if (target >= words || is_extension(code[target])) bad_jump = place + 4 * i;
        }
    }
    switch (op) {
    case VM_OP_RET:
    case VM_OP_RETN:
    case VM_OP_RAISE:
    case VM_OP_RAISEF:
    case VM_OP_RERAISE:
    case VM_OP_JMP: break;
    default: return fail(v, VBC_E_END, place + 4 * (words - 1), 0, op);
    }
    if (bad_jump) return refuse(v, VBC_E_JUMP, bad_jump);
    const uint16_t *p = extra_of(v, f, VBC_HANDLERS);
    const vbc_handler *h = (const vbc_handler *)(p + 1);
    for (unsigned i = f->flags & VBC_HANDLERS ? *p : 0; i; i--, h++)
        if (h->start >= h->end || h->end > words || h->target >= words || h->reg >= f->nregs || is_extension(code[h->start]) ||
            is_extension(code[h->target]) || (h->end < words && is_extension(code[h->end])))
            return refuse(v, VBC_E_HANDLER, (uint32_t)((const uint8_t *)h - v->image));
    return true;
}

static bool check_function(const verifier *v, uint32_t number) {
    const vbc_func *f = function(v, number);
    uint32_t place = (uint32_t)((const uint8_t *)f - v->image), room = 2 * v->sections[VBC_EXTRA].words, need;
    unsigned parameters;
    if (f->flags > (VBC_HANDLERS | (VBC_HANDLERS - 1)) || f->nregs < 1 || f->nregs > v->header->max_regs || (number ? 0 : f->code_offset) ||
        f->code_offset >= code_end(v, number))
        return refuse(v, VBC_E_FUNC, place);
    need = (f->flags & VBC_RARE ? 2 : 0) + (f->flags & VBC_HANDLERS ? 1 : 0);
    if (need > room || (f->extra && !(f->flags & (VBC_RARE | VBC_PARAMETERS | VBC_HANDLERS))) || f->extra > room - need)
        return refuse(v, VBC_E_FUNC, place);
    parameters = parameters_of(v, f);
    if ((!number && (parameters || rare(v, f, VM_RARE_CELLS) || f->flags & VBC_GENERATOR)) || parameters > f->nregs ||
        rare(v, f, VM_RARE_POSONLY) > f->nargs || rare(v, f, 3) || !rare(v, f, VM_RARE_KWONLY) != !(f->flags & VBC_KWONLY))
        return refuse(v, VBC_E_FUNC, place);
    if (f->flags & VBC_PARAMETERS) {
        need += parameters;
        if (need > room || f->extra > room - need) return refuse(v, VBC_E_ARGS, place);
        if (!names_ok(v, extra_of(v, f, VBC_PARAMETERS), parameters)) return refuse(v, VBC_E_ARGS, place);
    }
    if (f->flags & VBC_HANDLERS) {
        need += 4u * *extra_of(v, f, VBC_HANDLERS);
        if (need > room || f->extra > room - need) return refuse(v, VBC_E_HANDLER, place);
    }
    return true;
}

static bool check(const uint8_t *image, uint32_t length, const uint8_t *vmuid, vbc_error *error, bool whole) {
    verifier v;
    memset(&v, 0, sizeof v);
    v.image = image;
    v.header = (const vbc_header *)image;
    v.length = length;
    v.error = error;
    if (!check_header(&v, whole) || !check_directory(&v, whole)) return false;
    v.functions = v.sections[VBC_FUNC].words / 2;
    if (v.functions > 0xFFFF) return fail(&v, VBC_E_FUNC, v.sections[VBC_FUNC].offset, 0xFFFF, v.functions);
    if (!check_target(&v, vmuid) || !check_names(&v) || !check_tables(&v) || !check_resources(&v)) return false;
    for (uint32_t i = 0; i < v.functions; i++)
        if (!check_function(&v, i)) return false;
    for (uint32_t i = 0; i < v.functions; i++)
        if (!check_code(&v, i)) return false;
    fail(&v, VBC_E_OK, 0, 0, 0);
    return true;
}

bool vbc_verify(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error) {
    return check(image, length, vmuid, error, true);
}

bool vbc_verify_quick(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error) {
    return check(image, length, vmuid, error, false);
}

uint32_t vbc_find_section(const uint8_t *image, unsigned id, uint32_t *words) {
    const vbc_header *h = (const vbc_header *)image;
    const vbc_section *s = (const vbc_section *)(h + 1), *end = s + h->section_count;
    uint32_t offset = (uint32_t)((const uint8_t *)end - image);
    for (; s < end && s->id != id; s++) offset += 4 * s->words;
    *words = s < end ? s->words : 0;
    return s < end ? offset : 0;
}
