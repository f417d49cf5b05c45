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

enum { KNOWN_FEATURES = VM_FLOAT ? VBC_FEATURE_FLOAT : 0 };

_Static_assert(sizeof(vbc_header) == VBC_HEADER_SIZE && sizeof(vbc_section) == 16 && sizeof(vbc_func) == 32, "container.h");
_Static_assert(sizeof(vbc_handler) == 8 && sizeof(vbc_class) == 12 && sizeof(vbc_slot) == 4 && sizeof(vbc_native) == 8, "container.h");

typedef struct {
    uint32_t offset, length;
    uint16_t count;
} section;

typedef struct {
    const uint8_t *image;
    const vbc_header *header;
    uint32_t length;
    vbc_error *error;
    uint32_t names_end;              /* name ids below it and from VBC_FIRST_NAME on are the program's */
    section sections[VBC_DEBUG + 1]; /* by id; zeros: not there */
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

static bool check_header(const verifier *v, const uint8_t *vmuid, bool whole) {
    const vbc_header *h = v->header;
    uint32_t directory = VBC_HEADER_SIZE;
    if (v->length < 4) return fail(v, VBC_E_TRUNCATED, 0, VBC_HEADER_SIZE, v->length);
    if (h->magic != VBC_MAGIC) return fail(v, VBC_E_MAGIC, 0, VBC_MAGIC, h->magic);
    if (v->length < VBC_HEADER_SIZE) return fail(v, VBC_E_TRUNCATED, 0, VBC_HEADER_SIZE, v->length);
    if (h->format_major != VBC_FORMAT_MAJOR)
        return fail(v, VBC_E_FORMAT, offsetof(vbc_header, format_major), VBC_FORMAT_MAJOR, h->format_major);
    if (h->vm_abi != VM_ABI) return fail(v, VBC_E_ABI, offsetof(vbc_header, vm_abi), VM_ABI, h->vm_abi);
    if (h->features & ~KNOWN_FEATURES) return fail(v, VBC_E_FEATURE, offsetof(vbc_header, features), KNOWN_FEATURES, h->features);
    if (h->value_model != VBC_VALUE_MODEL)
        return fail(v, VBC_E_VALUE_MODEL, offsetof(vbc_header, value_model), VBC_VALUE_MODEL, h->value_model);
    directory += h->section_count * (uint32_t)sizeof(vbc_section);
    if (h->total_length != v->length || v->length & 3 || directory > v->length)
        return fail(v, VBC_E_TRUNCATED, offsetof(vbc_header, total_length), h->total_length, v->length);
    if (whole) {
        uint32_t crc = vm_crc32(0, h, offsetof(vbc_header, header_crc));
        crc = vm_crc32(crc, h + 1, directory - VBC_HEADER_SIZE);
        if (crc != h->header_crc) return fail(v, VBC_E_HEADER_CRC, offsetof(vbc_header, header_crc), h->header_crc, crc);
    }
    if (h->flags) return fail(v, VBC_E_HEADER, offsetof(vbc_header, flags), 0, h->flags);
    if (h->max_regs < 1 || h->max_regs > VBC_MAX_REGS)
        return fail(v, VBC_E_HEADER, offsetof(vbc_header, max_regs), VBC_MAX_REGS, h->max_regs);
    if (vmuid && memcmp(h->vmuid, vmuid, sizeof h->vmuid)) {
        uint8_t any = 0;
        for (unsigned i = 0; i < sizeof h->vmuid; i++) any |= h->vmuid[i];
        if (any) return refuse(v, VBC_E_VMUID, offsetof(vbc_header, vmuid));
    }
    return true;
}

static bool is_seal(unsigned id) { return id == VBC_SHA256 || id == VBC_SIGN; }

static bool check_directory(verifier *v, bool whole) {
    static const uint8_t entry_size[VBC_SIGN + 1] = {
        [VBC_FUNC] = sizeof(vbc_func),   [VBC_HANDLERS] = sizeof(vbc_handler), [VBC_ARGS] = 2,
        [VBC_CLASS] = sizeof(vbc_class), [VBC_SLOTS] = sizeof(vbc_slot),       [VBC_NATIVE] = sizeof(vbc_native)};
    const vbc_section *s = (const vbc_section *)(v->header + 1), *last = s + v->header->section_count, *seal = NULL;
    uint32_t end = (uint32_t)((const uint8_t *)last - v->image);
    unsigned id = 0;
    for (; s < last; s++) {
        uint32_t place = (uint32_t)((const uint8_t *)s - v->image), start = (end + 7) & ~7u;
        if (s->id <= id || s->id > VBC_SIGN || (s->id > VBC_DEBUG && !is_seal(s->id)) || s->flags > 1)
            return fail(v, VBC_E_DIRECTORY, place, 0, s->id);
        id = s->id;
        if (s->offset != start || start < end || start > v->length || s->length > v->length - start)
            return fail(v, VBC_E_DIRECTORY, place, start, s->offset);
        while (end < start)
            if (v->image[end++]) return refuse(v, VBC_E_DIRECTORY, place);
        if ((entry_size[id] && s->length != (uint32_t)s->count * entry_size[id]) || (id == VBC_CODE && s->length & 3) ||
            (id == VBC_SHA256 && s->length != 32) || (id == VBC_SIGN && s->length != 64))
            return fail(v, VBC_E_DIRECTORY, place, (uint32_t)s->count * entry_size[id], s->length);
        end = start + s->length;
        if (id == VBC_SHA256) seal = s;
        if (id <= VBC_DEBUG) v->sections[id] = (section){start, s->length, s->count};
    }
    if (end != v->length) return fail(v, VBC_E_DIRECTORY, VBC_HEADER_SIZE, v->length, end);
    if (!is_seal(id)) return fail(v, VBC_E_SECTION_MISSING, VBC_HEADER_SIZE, VBC_SHA256, 0);
    for (s = (const vbc_section *)(v->header + 1); s < last; s++) {
        if (is_seal(s->id)) {
            if (s->crc) return fail(v, VBC_E_DIRECTORY, (uint32_t)((const uint8_t *)s - v->image), 0, s->crc);
        } else if (whole) {
            uint32_t crc = vm_crc32(0, at(v, s->offset), s->length);
            if (crc != s->crc) return fail(v, VBC_E_SECTION_CRC, s->offset, s->crc, crc);
        }
    }
    id = !v->sections[VBC_FUNC].offset ? VBC_FUNC : !v->sections[VBC_CODE].offset ? VBC_CODE : !seal ? VBC_SHA256 : 0;
    if (id) return fail(v, VBC_E_SECTION_MISSING, VBC_HEADER_SIZE, id, 0);
    if (whole) {
        sha256_context sha;
        uint8_t digest[32];
        sha256_init(&sha);
        sha256_update(&sha, v->image, seal->offset);
        sha256_final(&sha, digest);
        if (memcmp(digest, at(v, seal->offset), sizeof digest)) return refuse(v, VBC_E_SHA256, seal->offset);
    }
    return true;
}

/* --- tables */

/* count + 1 offsets into the bytes that follow them. */
static bool check_offsets(const verifier *v, unsigned id, unsigned count, vbc_code code, uint32_t odd) {
    const section *s = &v->sections[id];
    const uint32_t *offsets = at(v, s->offset);
    uint32_t table = 4 * ((uint32_t)count + 1), previous = 0;
    if (!s->offset) return true;
    if (s->length < table) return fail(v, code, s->offset, table, s->length);
    for (unsigned i = 0; i <= count; i++) {
        uint32_t x = offsets[i];
        if (x < previous || (!i && x) || x & odd || (i == count && x != s->length - table)) return fail(v, code, s->offset + 4 * i, 0, x);
        previous = x;
    }
    return true;
}

static bool check_globals(const verifier *v) {
    const section *s = &v->sections[VBC_GLOBALS];
    const uint16_t *ids = at(v, s->offset);
    if (!s->offset) return true;
    if (s->length != 2u * s->count || s->count != v->header->global_count)
        return fail(v, VBC_E_GLOBALS, s->offset, v->header->global_count, s->count);
    for (unsigned i = 0; i < s->count; i++)
        if (!name_ok(v, ids[i])) return fail(v, VBC_E_GLOBALS, s->offset + 2 * i, 0, ids[i]);
    return true;
}

static bool check_natives(const verifier *v) {
    const section *s = &v->sections[VBC_NATIVE];
    for (unsigned i = 0; i < s->count; i++) {
        const vbc_native *n = (const vbc_native *)at(v, s->offset) + i;
        const vm_builtin_entry *b = vm_builtins + vm_builtin_by_hash(n->hash);
        uint32_t place = s->offset + i * (uint32_t)sizeof *n;
        if (b == vm_builtins + VM_B_COUNT) return fail(v, VBC_E_NATIVE, place, 0, n->hash);
        if ((n->min_args & n->max_args) != 255 && (n->min_args != b->min_args || n->max_args != b->max_args))
            return fail(v, VBC_E_NATIVE, place, (uint32_t)b->min_args << 8 | b->max_args, (uint32_t)n->min_args << 8 | n->max_args);
        if (n->name != 0xFFFF && !name_ok(v, n->name)) return fail(v, VBC_E_NATIVE, place, 0, n->name);
    }
    return true;
}

static bool check_classes(const verifier *v) {
    const section *s = &v->sections[VBC_CLASS], *slots = &v->sections[VBC_SLOTS];
    for (unsigned i = 0; i < s->count; i++) {
        const vbc_class *c = (const vbc_class *)at(v, s->offset) + i;
        if (!names_ok(v, &c->name, 2) || c->reserved || (uint32_t)c->first_slot + c->slot_count > slots->count)
            return refuse(v, VBC_E_CLASS_RECORD, s->offset + i * (uint32_t)sizeof *c);
        const vbc_slot *slot = (const vbc_slot *)at(v, slots->offset) + c->first_slot;
        for (int k = 0, previous = -1; k < c->slot_count; k++, previous = slot++->name)
            if (slot->name <= previous || slot->slot >= c->slot_count || !name_ok(v, slot->name))
                return refuse(v, VBC_E_CLASS_RECORD, (uint32_t)((const uint8_t *)slot - v->image));
    }
    return true;
}

/* --- instructions */

/* What the fields of an instruction are: A, B, C registers; S a jump in bits 16-31, J one in C; NAMES: all extension words are name ids.
 * Bits 5-6 are the count of extension words, 2 and 3 standing for -2 and -1. */
enum { A = 1, B = 2, C = 4, S = 8, J = 16, EXTENSION_SHIFT = 5, NAMES = 128 };
enum { ABC = A | B | C, ABs = A | B | J, AsC = A | J, AS = A | S, AU = A, AB = A | B, N = 0 };
/* Numbers where the format has a register or a jump. */
#define NUMBERS(op)                                                                                                                        \
    ((op) == VM_OP_LOADI                                                                        ? S                                        \
     : (op) == VM_OP_ADDI || (op) == VM_OP_SUBI                                                 ? J                                        \
     : (op) == VM_OP_DELG                                                                       ? A                                        \
     : (op) == VM_OP_GETFREE || (op) == VM_OP_SETFREE || (op) == VM_OP_FREECELL                 ? B                                        \
     : (op) == VM_OP_CALL || (op) == VM_OP_CALLK || (op) == VM_OP_CALLM || (op) == VM_OP_CALLMK ? B | C                                    \
     : (op) == VM_OP_ANDI || (op) == VM_OP_LSHIFTI || (op) == VM_OP_RSHIFTI                     ? C                                        \
     : (op) == VM_OP_LIST || (op) == VM_OP_TUPLE || (op) == VM_OP_DICT || (op) == VM_OP_SET     ? C                                        \
     : (op) == VM_OP_STRJOIN || (op) == VM_OP_UNPACK || (op) == VM_OP_UNPACKX                   ? C                                        \
                                                                                                : 0)
#define NO_NAMES(op) ((op) == VM_OP_FORMAT || (op) == VM_OP_UNPACKX || (op) == VM_OP_MKFUNC || (op) == VM_OP_MKCLASS)
static const uint8_t shapes[VM_OP_COUNT] = {
#define OP(name, format, extension)                                                                                                        \
    (uint8_t)(((format) & ~NUMBERS(VM_OP_##name)) | ((extension) & 3) << EXTENSION_SHIFT |                                                 \
              ((extension) && !NO_NAMES(VM_OP_##name) ? NAMES : 0)),
#include "opcodes.def"
#undef OP
};
_Static_assert(VM_OP_EXT == 0 && VM_OP_COUNT <= 256, "the opcode is the low byte of a word");

static bool is_extension(uint32_t word) { return (word & 255) == VM_OP_EXT; }

static unsigned extension_words(uint32_t word) {
    unsigned n = shapes[word & 255] >> EXTENSION_SHIFT & 3;
    return n < 2 ? n : (word >> 24) + (n == 2);
}

/* The target of a jump, relative to the word after the instruction and its extension words; 0 when it is none. */
static int32_t jump_distance(uint32_t word) {
    unsigned shape = shapes[word & 255];
    return shape & S ? (int32_t)word >> 16 : shape & J ? (int32_t)word >> 24 : 0;
}

static bool constant_ok(const verifier *v, uint32_t offset) {
    const section *s = &v->sections[VBC_CONST];
    if (s->length < offset || s->length - offset < sizeof(vm_int64)) return false; /* no object is smaller */
    const vm_str *o = at(v, s->offset + offset);
    uint32_t room = s->length - offset - (uint32_t)sizeof *o;
    if (o->h.aux || (o->h.flags & ~(o->h.type == VM_T_STR ? VM_ASCII : 0)) != VM_ROM) return false;
    if (o->h.type == VM_T_INT64) return o->length == 0;
    return (o->h.type == VM_T_STR || o->h.type == VM_T_BYTES) && o->length < room && !o->data[o->length];
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
        if (!constant_ok(v, u * 8)) code = VBC_E_CONSTANT;
        break;
    case VM_OP_LOADF:
        if (u * 8 + 8 > v->sections[VBC_CONST].length) code = VBC_E_CONSTANT;
        break;
    case VM_OP_LOADC:
        if (u >= 6) code = VBC_E_OPERAND;
        break;
    case VM_OP_LOADX:
        if (u >= v->sections[VBC_NATIVE].count) code = VBC_E_IMPORT;
        break;
    case VM_OP_BOUND:
        if (!name_ok(v, u)) code = VBC_E_NAME;
        break;
    case VM_OP_GETG:
    case VM_OP_SETG:
    case VM_OP_DELG:
        if (u >= v->header->global_count) code = VBC_E_GLOBAL;
        break;
    case VM_OP_GETFREE:
    case VM_OP_SETFREE:
    case VM_OP_FREECELL:
        if (b >= f->ncells) code = VBC_E_CELL;
        break;
    case VM_OP_LSHIFTI:
    case VM_OP_RSHIFTI:
        if (c >= 64) code = VBC_E_OPERAND;
        break;
    case VM_OP_FORMAT:
        if (e >= 4) code = VBC_E_OPERAND;
        break;
    case VM_OP_FORPREP:
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
    case VM_OP_CALLMK:
    case VM_OP_CALLK: a += c; /* fall through */
    case VM_OP_CALLM:
    case VM_OP_CALL:
        row = a + 1 + b;
        if (!b && ((word & 255) == VM_OP_CALLM || (word & 255) == VM_OP_CALLMK)) code = VBC_E_OPERAND;
        break;
    case VM_OP_MKFUNC:
        if (e >= v->sections[VBC_FUNC].count) return VBC_E_FUNCTION;
        row = b + 2 + ((const vbc_func *)at(v, v->sections[VBC_FUNC].offset))[e].ncells;
        break;
    case VM_OP_MKCLASS:
        if (e >= v->sections[VBC_CLASS].count) code = VBC_E_CLASS;
        break;
    default: break;
    }
    if (row > f->nregs) return VBC_E_REGISTER;
    if (!code && shape & NAMES)
        while (extensions--)
            if (!name_ok(v, *++w >> 16)) return VBC_E_NAME;
    return code;
}

static bool check_code(const verifier *v, const vbc_func *f) {
    uint32_t place = v->sections[VBC_CODE].offset + 4 * f->code_offset, bad_jump = 0, words = f->code_words;
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
    const vbc_handler *h = (const vbc_handler *)at(v, v->sections[VBC_HANDLERS].offset) + f->first_handler;
    for (unsigned i = 0; i < f->handler_count; i++, h++)
        if (h->start >= h->end || h->end > words || h->target >= words || h->reg >= f->nregs || is_extension(code[h->start]) ||
            is_extension(code[h->target]) || (h->end < words && is_extension(code[h->end])))
            return refuse(v, VBC_E_HANDLER, (uint32_t)((const uint8_t *)h - v->image));
    return true;
}

static bool check_function(const verifier *v, unsigned number) {
    const vbc_func *f = (const vbc_func *)at(v, v->sections[VBC_FUNC].offset) + number;
    const section *args = &v->sections[VBC_ARGS];
    uint32_t place = (uint32_t)((const uint8_t *)f - v->image), words = v->sections[VBC_CODE].length / 4;
    unsigned parameters = f->nargs + f->nkwonly + (f->flags & VBC_VARARGS) + (f->flags & VBC_VARKW) / VBC_VARKW;
    if ((number == v->header->entry && (parameters || f->ncells || f->flags)) || f->nregs < 1 || f->nregs > v->header->max_regs ||
        parameters > f->nregs || f->nposonly > f->nargs || f->flags > (VBC_VARARGS | VBC_VARKW | VBC_GENERATOR) || f->reserved[0] ||
        f->reserved[1] || f->reserved[2] || f->code_words < 1 || f->code_words > words || f->code_offset > words - f->code_words ||
        !names_ok(v, &f->name, 2) || !name_ok(v, f->file))
        return refuse(v, VBC_E_FUNC, place);
    if ((uint32_t)f->first_arg + parameters > args->count) return fail(v, VBC_E_ARGS, place, args->count, f->first_arg + parameters);
    if (!names_ok(v, (const uint16_t *)at(v, args->offset) + f->first_arg, parameters))
        return refuse(v, VBC_E_ARGS, args->offset + 2u * f->first_arg);
    if ((uint32_t)f->first_handler + f->handler_count > v->sections[VBC_HANDLERS].count) return refuse(v, VBC_E_HANDLER, place);
    return check_code(v, f);
}

static bool check(const uint8_t *image, uint32_t length, const uint8_t *vmuid, vbc_error *error, bool whole) {
    verifier v;
    memset(&v, 0, sizeof v);
    v.image = image;
    v.header = (const vbc_header *)image;
    v.length = length;
    v.error = error;
    if (!check_header(&v, vmuid, whole) || !check_directory(&v, whole)) return false;
    /* Of a stripped program every id of its own is good: names are only compared then. */
    v.names_end = v.sections[VBC_NAMES].offset ? VBC_FIRST_NAME + v.sections[VBC_NAMES].count : 0x10000;
    if (!check_offsets(&v, VBC_NAMES, v.sections[VBC_NAMES].count, VBC_E_NAMES, 0) || !check_globals(&v) ||
        !check_offsets(&v, VBC_LINES, v.sections[VBC_FUNC].count, VBC_E_LINES, 1) || !check_natives(&v) || !check_classes(&v))
        return false;
    if (v.header->entry >= v.sections[VBC_FUNC].count)
        return fail(&v, VBC_E_FUNC, offsetof(vbc_header, entry), v.sections[VBC_FUNC].count, v.header->entry);
    for (unsigned i = 0; i < v.sections[VBC_FUNC].count; i++)
        if (!check_function(&v, i)) return false;
    fail(&v, VBC_E_OK, 0, 0, 0);
    return true;
}

bool vbc_verify(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error) {
    return check(image, length, vmuid, error, true);
}

bool vbc_verify_quick(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error) {
    return check(image, length, vmuid, error, false);
}

bool vbc_find_section(const uint8_t *image, unsigned id, uint32_t *offset, uint32_t *length, uint16_t *count) {
    const vbc_header *h = (const vbc_header *)image;
    const vbc_section *s = (const vbc_section *)(h + 1), *end = s + h->section_count;
    while (s < end && s->id != id) s++;
    bool found = s < end;
    *offset = found ? s->offset : 0;
    *length = found ? s->length : 0;
    *count = found ? s->count : 0;
    return found;
}
