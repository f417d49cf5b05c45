/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of names.def and builtins.def as data. */
#include "tables.h"
#include "hal.h"
#include "object.h"
#include "vm.h"

static const char *const names[] = {
#define N(symbol, text) text,
#include "names.def"
#undef N
};

const vm_builtin_entry vm_builtins[] = {
#define VM_TYPE(symbol, name, function, min, max) {name, VM_KIND_TYPE, min, max, 0},
#define VM_EXC(symbol, name, base) {name, VM_KIND_EXCEPTION, 0, 255, VM_B_##base},
#define VM_FUNC(symbol, name, function, min, max) {name, VM_KIND_FUNCTION, min, max, 0},
#define VM_FUNCKW(symbol, name, function, min, max) {name, VM_KIND_FUNCTION, min, max, VM_TAKES_KEYWORDS},
#define VM_INTCONST(symbol, name, value) {name, VM_KIND_INT, 0, 0, 0},
#define VM_FLOATCONST(symbol, name, value) {name, VM_KIND_FLOAT, 0, 0, 0},
#include "builtins.def"
#include "builtins_undef.h"
};

int64_t vm_builtin_int(unsigned number) {
    switch (number) {
#define VM_TYPE(symbol, name, function, min, max)
#define VM_EXC(symbol, name, base)
#define VM_FUNC(symbol, name, function, min, max)
#define VM_FUNCKW(symbol, name, function, min, max)
#define VM_INTCONST(symbol, name, value)                                                                                                   \
    case VM_B_##symbol: return value;
#define VM_FLOATCONST(symbol, name, value)
#include "builtins.def"
#include "builtins_undef.h"
    default: return 0;
    }
}

double vm_builtin_float(unsigned number) {
    switch (number) {
#define VM_TYPE(symbol, name, function, min, max)
#define VM_EXC(symbol, name, base)
#define VM_FUNC(symbol, name, function, min, max)
#define VM_FUNCKW(symbol, name, function, min, max)
#define VM_INTCONST(symbol, name, value)
#define VM_FLOATCONST(symbol, name, value)                                                                                                 \
    case VM_B_##symbol: return value;
#include "builtins.def"
#include "builtins_undef.h"
    default: return 0;
    }
}

const char *vm_name_at(unsigned id) { return id < VM_N_COUNT ? names[id] : NULL; }

const char *vm_builtin_short_name(unsigned number) {
    const char *s = vm_builtins[number].name;
    while (*s != '.') s++;
    return s + 1;
}

uint32_t vm_fnv1a(const void *data, uint32_t length) {
    const uint8_t *p = data;
    uint32_t h = VM_FNV_BASIS;
    while (length--) h = (h ^ *p++) * VM_FNV_PRIME;
    return h;
}
