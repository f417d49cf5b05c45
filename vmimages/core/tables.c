/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of names.def and builtins.def as data. Texts that are looked at only to be shown, or one after the other, need no table of
 * pointers: they follow each other. */
#include "tables.h"
#include "hal.h"
#include "object.h"
#include "vm.h"
#include <stddef.h>
#include <string.h>

const char vm_names[] =
#define N(symbol, text) text "\0"
#include "names.def"
#undef N
    ;

#if !VM_FLOAT /* nothing has these names */
#define VM_FLOATFUNC(symbol, module, name, function, min, max) VM_FUNC(symbol, module, "", function, min, max)
#define FLOATCONST_NAME(name) ""
#else
#define FLOATCONST_NAME(name) name
#endif

static const char builtin_names[] =
#define VM_TYPE(symbol, module, name, function, min, max) name "\0"
#define VM_EXC(symbol, module, name, base) name "\0"
#define VM_FUNC(symbol, module, name, function, min, max) name "\0"
#define VM_FUNCKW(symbol, module, name, function, min, max) name "\0"
#define VM_INTCONST(symbol, module, name, value) name "\0"
#define VM_FLOATCONST(symbol, module, name, value) FLOATCONST_NAME(name) "\0"
#include "builtins.def"
#include "builtins_undef.h"
    ;

const vm_builtin_entry vm_builtins[] = {
#define VM_TYPE(symbol, module, name, function, min, max) {VM_KIND_TYPE, VM_MODULE_##module, min, max, 0},
#define VM_EXC(symbol, module, name, base) {VM_KIND_EXCEPTION, VM_MODULE_##module, 0, 255, VM_B_##base},
#define VM_FUNC(symbol, module, name, function, min, max) {VM_KIND_FUNCTION, VM_MODULE_##module, min, max, 0},
#define VM_FUNCKW(symbol, module, name, function, min, max) {VM_KIND_FUNCTION, VM_MODULE_##module, min, max, VM_TAKES_KEYWORDS},
#define VM_INTCONST(symbol, module, name, value) {VM_KIND_INT, VM_MODULE_##module, 0, 0, 0},
#define VM_FLOATCONST(symbol, module, name, value) {VM_KIND_FLOAT, VM_MODULE_##module, 0, 0, 0},
#include "builtins.def"
#include "builtins_undef.h"
};

int64_t vm_builtin_int(unsigned number) {
    switch (number) {
#define VM_TYPE(symbol, module, name, function, min, max)
#define VM_EXC(symbol, module, name, base)
#define VM_FUNC(symbol, module, name, function, min, max)
#define VM_FUNCKW(symbol, module, name, function, min, max)
#define VM_INTCONST(symbol, module, name, value)                                                                                           \
    case VM_B_##symbol: return value;
#define VM_FLOATCONST(symbol, module, name, value)
#include "builtins.def"
#include "builtins_undef.h"
    default: return 0;
    }
}

double vm_builtin_float(unsigned number) {
    switch (number) {
#define VM_TYPE(symbol, module, name, function, min, max)
#define VM_EXC(symbol, module, name, base)
#define VM_FUNC(symbol, module, name, function, min, max)
#define VM_FUNCKW(symbol, module, name, function, min, max)
#define VM_INTCONST(symbol, module, name, value)
#define VM_FLOATCONST(symbol, module, name, value)                                                                                         \
    case VM_B_##symbol: return value;
#include "builtins.def"
#include "builtins_undef.h"
    default: return 0;
    }
}

static const char *nth(const char *texts, unsigned n) {
    while (n)
        if (!*texts++) n--;
    return texts;
}

#if VM_PACKED_TEXTS
static char *unpack_code(char *out, uint8_t c) {
    for (; c >= 128; c = vm_text_pairs[c - 128][1]) out = unpack_code(out, vm_text_pairs[c - 128][0]);
    *out = (char)c;
    return out + 1;
}

const char *vm_unpacked(const char *text, char *out) {
    char *end = out;
    while (*text) end = unpack_code(end, (uint8_t)*text++);
    *end = 0;
    return out;
}
#endif

const char *vm_next_text(const char *text) { return text + strlen(text) + 1; }

#if VM_HOST /* has the room for where each begins */
struct names {
#define N(symbol, text) char symbol[sizeof(text)];
#include "names.def"
#undef N
};
static const uint16_t name_starts[] = {
#define N(symbol, text) offsetof(struct names, symbol),
#include "names.def"
#undef N
};
const char *vm_name_at(unsigned id) { return id < VM_N_COUNT ? vm_names + name_starts[id] : NULL; }
#else
const char *vm_name_at(unsigned id) { return id < VM_N_COUNT ? nth(vm_names, id) : NULL; }
#endif

const char *vm_builtin_short_name(unsigned number) { return nth(builtin_names, number); }

static uint32_t fnv1a(uint32_t h, const void *data, uint32_t length) {
    const uint8_t *p = data;
    while (length--) h = (h ^ *p++) * VM_FNV_PRIME;
    return h;
}

uint32_t vm_fnv1a(const void *data, uint32_t length) { return fnv1a(VM_FNV_BASIS, data, length); }

unsigned vm_builtin_by_id(uint32_t id) {
    static const char modules[][11] = {"builtins.", "_.",    "time.",  "gpio.",   "board.",   "sys.",       "gc.",    "math.",
                                       "i2c.",      "spi.",  "uart.",  "adc.",    "pwm.",     "watchdog.",  "flash.", "struct.",
                                       "random.",   "json.", "errno.", "_sleep.", "_thread.", "resources.", "array.", "_hashlib."};
    const char *name = builtin_names;
    unsigned n = 0;
    for (; n < VM_B_COUNT; n++, name = vm_next_text(name)) {
        char space[VM_NAME_MAX];
        const char *module = modules[vm_builtins[n].module], *whole = vm_unpacked(name, space);
        uint32_t h = fnv1a(VM_FNV_BASIS, module, (uint32_t)strlen(module));
        h = fnv1a(h, whole, (uint32_t)strlen(whole));
        if (fnv1a(h, &vm_builtins[n].min_args, 2) == id) break;
    }
    return n;
}
