/* SPDX-License-Identifier: Apache-2.0 */
/* What only a host asks the tables for: in a file of its own, so that firmware leaves it out. */
#include "tables.h"
#include "vm.h"

bool vm_builtin_at(unsigned number, vm_builtin_info *out) {
    static const char *const names[] = {
#define VM_TYPE(symbol, module, name, function, min, max) #module "." name,
#define VM_EXC(symbol, module, name, base) #module "." name,
#define VM_FUNC(symbol, module, name, function, min, max) #module "." name,
#define VM_FUNCKW(symbol, module, name, function, min, max) #module "." name,
#define VM_INTCONST(symbol, module, name, value) #module "." name,
#define VM_FLOATCONST(symbol, module, name, value) #module "." name,
#include "builtins.def"
#include "builtins_undef.h"
    };
    static const char *const kinds[] = {"function", "type", "exception", "int", "float"};
    if (number >= VM_B_COUNT) return false;
    const vm_builtin_entry *e = &vm_builtins[number];
    *out =
        (vm_builtin_info){names[number], kinds[e->kind], e->min_args, e->max_args, NULL, vm_builtin_int(number), vm_builtin_float(number)};
    if (e->kind == VM_KIND_EXCEPTION) out->base = names[e->extra];
    return true;
}

const char *vbc_symbol(vbc_code code) {
    static const char *const symbols[] = {
#define V(symbol, sentence) #symbol,
#include "verify.def"
#undef V
    };
    return (unsigned)code < VBC_E_COUNT ? symbols[code] : "UNKNOWN";
}

const char *vbc_sentence(vbc_code code) {
    static const char *const sentences[] = {
#define V(symbol, sentence) sentence,
#include "verify.def"
#undef V
    };
    return (unsigned)code < VBC_E_COUNT ? sentences[code] : "unknown error";
}
