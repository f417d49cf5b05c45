/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and cases of characters. ASCII everywhere; with VM_FEATURE_UNICODE also what Latin, Greek and Cyrillic letters are, spaces, and
 * what cannot be printed. Without it every further character is a letter without case. */
#include "text.h"

#if VM_FEATURE_UNICODE
/* Rows of letters that differ from their upper-case forms by `step`; step 1: pairs, upper-case first. */
static const struct {
    uint16_t first, last; /* lower-case ones, or of pairs all */
    int16_t step;
} cases[] = {
    {0xE0, 0xF6, 32},   {0xF8, 0xFE, 32},   {0xFF, 0xFF, -121},  {0xB5, 0xB5, -743},  {0x100, 0x12F, 1},    {0x132, 0x137, 1},
    {0x139, 0x148, 1},  {0x14A, 0x177, 1},  {0x179, 0x17E, 1},   {0x1CD, 0x1DC, 1},   {0x1DE, 0x1EF, 1},    {0x1F8, 0x21F, 1},
    {0x222, 0x233, 1},  {0x3AC, 0x3AC, 38}, {0x3AD, 0x3AF, 37},  {0x3B1, 0x3C1, 32},  {0x3C3, 0x3CB, 32},   {0x3C2, 0x3C2, 31},
    {0x3CC, 0x3CC, 64}, {0x3CD, 0x3CE, 63}, {0x430, 0x44F, 32},  {0x450, 0x45F, 80},  {0x460, 0x481, 1},    {0x48A, 0x4BF, 1},
    {0x4D0, 0x52F, 1},  {0x561, 0x586, 48}, {0x1E00, 0x1E95, 1}, {0x1EA0, 0x1EFF, 1}, {0xFF41, 0xFF5A, 32},
};

/* Ranges that are no letters, each with what it is. */
static const struct {
    uint16_t first, last, kind;
} others[] = {
    {0x80, 0x84, 0},
    {0x85, 0x85, K_SPACE},
    {0x86, 0x9F, 0},
    {0xA0, 0xA0, K_SPACE},
    {0xAD, 0xAD, 0},
    {0xB2, 0xB3, K_PRINT | K_DIGIT | K_NUMERIC},
    {0xB9, 0xB9, K_PRINT | K_DIGIT | K_NUMERIC},
    {0xBC, 0xBE, K_PRINT | K_NUMERIC},
    {0xA1, 0xA9, K_PRINT},
    {0xAB, 0xB4, K_PRINT},
    {0xB6, 0xB8, K_PRINT},
    {0xBB, 0xBF, K_PRINT},
    {0xD7, 0xD7, K_PRINT},
    {0xF7, 0xF7, K_PRINT},
    {0x2C2, 0x2C5, K_PRINT},
    {0x2D2, 0x2DF, K_PRINT},
    {0x300, 0x36F, K_PRINT},
    {0x660, 0x669, K_PRINT | K_DIGIT | K_NUMERIC | K_DECIMAL},
    {0x966, 0x96F, K_PRINT | K_DIGIT | K_NUMERIC | K_DECIMAL},
    {0x1680, 0x1680, K_SPACE},
    {0x2000, 0x200A, K_SPACE},
    {0x200B, 0x200F, 0},
    {0x2028, 0x2029, K_SPACE},
    {0x202A, 0x202E, 0},
    {0x202F, 0x202F, K_SPACE},
    {0x205F, 0x205F, K_SPACE},
    {0x2060, 0x206F, 0},
    {0x2070, 0x2070, K_PRINT | K_DIGIT | K_NUMERIC},
    {0x2074, 0x2079, K_PRINT | K_DIGIT | K_NUMERIC},
    {0x2080, 0x2089, K_PRINT | K_DIGIT | K_NUMERIC},
    {0x2150, 0x2189, K_PRINT | K_NUMERIC},
    {0x2010, 0x2BFF, K_PRINT},
    {0x3000, 0x3000, K_SPACE},
    {0x3001, 0x3004, K_PRINT},
    {0x3008, 0x3020, K_PRINT},
    {0xD800, 0xF8FF, 0},
    {0xFEFF, 0xFEFF, 0},
    {0xFF10, 0xFF19, K_PRINT | K_DIGIT | K_NUMERIC | K_DECIMAL},
    {0xFF01, 0xFF20, K_PRINT},
    {0xFFF0, 0xFFFB, 0},
    {0xFFFC, 0xFFFD, K_PRINT},
    {0xFFFE, 0xFFFF, 0},
};
#endif

static uint32_t other(uint32_t c, bool upper) {
    if (c < 0x80) return (c | 32) - 'a' < 26 ? (upper ? c & ~32u : c | 32) : c;
#if VM_FEATURE_UNICODE
    if (c == 0x131 || c == 0x17F) return upper ? (c == 0x131 ? 'I' : 'S') : c;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t first = cases[i].first, last = cases[i].last, step = (uint32_t)(int32_t)cases[i].step;
        if (step == 1) {
            if (c < first || c > last) continue;
            bool is_lower = (c - first) & 1;
            return is_lower == upper ? (upper ? c - 1 : c + 1) : c;
        }
        if (upper && c >= first && c <= last) return c - step;
        if (!upper && c + step >= first && c + step <= last && c != 0xB5 - step && c + step != 0x3C2) return c + step;
    }
#endif
    return c;
}

#if VM_FEATURE_UNICODE
vm_value vm_plain_digits(vm *vm, vm_value v) {
    if (vm_is_ascii(vm, v)) return v;
    const vm_str *s = vm_str_of(vm, v);
    vm_writer w;
    unsigned root = vm_root(vm, v);
    vm_writer_begin(&w, vm, s->length);
    for (uint32_t at = 0; at < s->length;) {
        uint32_t c = vm_utf8_next(s->data, &at);
        unsigned kind = c < 0x80 ? 0 : vm_kind(c);
        if (kind & K_SPACE) c = ' ';
        if (kind & K_DECIMAL) c = '0' + (c - (c >= 0xFF10 ? 0xFF10 : c >= 0x966 ? 0x966 : 0x660));
        if (c < 0x80) /* what is none of these stays, for the error */
            vm_put_char(&w, (uint8_t)c);
        else
            vm_put_char(&w, '?');
    }
    v = vm_writer_end(&w);
    vm_unroot(vm, root);
    return v;
}
#endif

uint32_t vm_other_case(uint32_t c, bool upper) { return other(c, upper); }

unsigned vm_kind(uint32_t c) {
    if (c < 0x80) {
        if (c - '0' < 10) return K_DIGIT | K_DECIMAL | K_NUMERIC | K_PRINT;
        if (other(c, true) != c) return K_LOWER | K_ALPHA | K_PRINT;
        if (other(c, false) != c) return K_UPPER | K_ALPHA | K_PRINT;
        return c == ' ' ? K_SPACE | K_PRINT : (c >= 9 && c <= 13) || (c >= 28 && c <= 31) ? K_SPACE : c > ' ' && c < 127 ? K_PRINT : 0;
    }
#if VM_FEATURE_UNICODE
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (c >= others[i].first && c <= others[i].last) return others[i].kind;
    if (c == 0x131 || c == 0x17F || c == 0xDF || other(c, true) != c) return K_LOWER | K_ALPHA | K_PRINT;
    if (other(c, false) != c) return K_UPPER | K_ALPHA | K_PRINT;
    if (c == 0xAA || c == 0xBA) return K_LOWER | K_ALPHA | K_PRINT;
    if (c >= 0xE0000) return 0;
    if (c >= 0x1F000 && c < 0x20000) return K_PRINT;
#else
    if (c < 0xA1 || c == 0xAD) return 0;
#endif
    return K_ALPHA | K_PRINT;
}
