/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of names, builtins and opcodes, and the builtins' table without its functions (those are in natives.c). */
#ifndef VM_TABLES_H
#define VM_TABLES_H
#include <stdint.h>

enum {
#define N(symbol, text) VM_N_##symbol,
#include "names.def"
#undef N
    VM_N_COUNT
};

enum {
#define VM_TYPE(symbol, name, function, min, max) VM_B_##symbol,
#define VM_EXC(symbol, name, base) VM_B_##symbol,
#define VM_FUNC(symbol, name, function, min, max) VM_B_##symbol,
#define VM_FUNCKW(symbol, name, function, min, max) VM_B_##symbol,
#define VM_INTCONST(symbol, name, value) VM_B_##symbol,
#define VM_FLOATCONST(symbol, name, value) VM_B_##symbol,
#include "builtins.def"
#include "builtins_undef.h"
    VM_B_COUNT
};

enum {
#define OP(name, format, extension) VM_OP_##name,
#include "opcodes.def"
#undef OP
    VM_OP_COUNT
};

enum { VM_KIND_FUNCTION, VM_KIND_TYPE, VM_KIND_EXCEPTION, VM_KIND_INT, VM_KIND_FLOAT };
enum { VM_TAKES_KEYWORDS = 1 };

typedef struct {
    const char *name;
    uint8_t kind, min_args, max_args;
    uint8_t extra; /* of a function: VM_TAKES_KEYWORDS; of an exception class: its base's number */
} vm_builtin_entry;

extern const vm_builtin_entry vm_builtins[VM_B_COUNT];
int64_t vm_builtin_int(unsigned number);
double vm_builtin_float(unsigned number);
const char *vm_builtin_short_name(unsigned number);
uint32_t vm_fnv1a(const void *data, uint32_t length);

#endif
