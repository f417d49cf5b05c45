/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of names, builtins and opcodes, and the builtins' table without its functions (those are in natives.c). */
#ifndef VM_TABLES_H
#define VM_TABLES_H
#include "profile.h"
#include "lib/features.h"
#include <stdint.h>

enum {
#define N(symbol, text) VM_N_##symbol,
#include "names.def"
#undef N
    VM_N_COUNT
};

enum {
#define VM_TYPE(symbol, module, name, function, min, max) VM_B_##symbol,
#define VM_EXC(symbol, module, name, base) VM_B_##symbol,
#define VM_FUNC(symbol, module, name, function, min, max) VM_B_##symbol,
#define VM_FUNCKW(symbol, module, name, function, min, max) VM_B_##symbol,
#define VM_INTCONST(symbol, module, name, value) VM_B_##symbol,
#define VM_FLOATCONST(symbol, module, name, value) VM_B_##symbol,
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

enum {
    VM_MODULE_builtins,
    VM_MODULE__, /* of types without a name */
    VM_MODULE_time,
    VM_MODULE_gpio,
    VM_MODULE_board,
    VM_MODULE_sys,
    VM_MODULE_gc,
    VM_MODULE_math,
    VM_MODULE_i2c,
    VM_MODULE_spi,
    VM_MODULE_uart,
    VM_MODULE_adc,
    VM_MODULE_pwm,
    VM_MODULE_watchdog,
    VM_MODULE_flash,
    VM_MODULE_struct,
    VM_MODULE_random,
    VM_MODULE_json,
    VM_MODULE_errno,
    VM_MODULE__sleep,
    VM_MODULE__thread,
    VM_MODULE_resources,
    VM_MODULE_array,
    VM_MODULE__hashlib,
};

typedef struct {
    uint8_t kind : 3, module : 5;
    uint8_t min_args, max_args;
    uint8_t extra; /* of a function: VM_TAKES_KEYWORDS; of an exception class: its base's number */
} vm_builtin_entry;

extern const vm_builtin_entry vm_builtins[VM_B_COUNT];
int64_t vm_builtin_int(unsigned number);
double vm_builtin_float(unsigned number);
const char *vm_builtin_short_name(unsigned number); /* without its module; packed */
unsigned vm_builtin_by_id(uint32_t id);             /* container.h, VBC_NATIVE; VM_B_COUNT: there is none */
const char *vm_next_text(const char *text);         /* the one behind it */
extern const char vm_names[];                       /* texts of names.def, one behind the other; packed */

#ifndef VM_PACKED_TEXTS
#define VM_PACKED_TEXTS 0 /* 1: texts of the VM have codes for pairs of characters, which vm_put_text and vm_unpacked know */
#endif
enum { VM_NAME_MAX = 32 }; /* of a name of these tables, with its NUL */
#if VM_PACKED_TEXTS
extern const uint8_t vm_text_pairs[][2]; /* made with the image: what the codes from 128 on stand for (vmimages/texts.py) */
extern const uint8_t vm_raise_rows[];    /* made with the image, too: exceptions that are raised with a text (vm_raise_numbered), */
extern const uint16_t vm_raise_index[];  /* and where each eighth of them begins */
const char *vm_unpacked(const char *text, char *out);
#else
static inline const char *vm_unpacked(const char *text, char *out) { return (void)out, text; }
#endif
uint32_t vm_fnv1a(const void *data, uint32_t length);

#endif
