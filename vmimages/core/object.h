/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of objects. All are 8-aligned and start with one header word. Strs, bytes and int64s in a container's CONST section have these
 * same layouts, with VM_ROM set, so that they are used where they are; floats there are 8 bare bytes (IEEE 754, little-endian).
 *
 *   CONST str    u8 type = VM_T_STR, u8 flags = VM_ROM | VM_ASCII (when all bytes < 128), u16 0, u32 length in bytes, u32 hash, UTF-8, NUL
 *   CONST bytes  u8 type = VM_T_BYTES, u8 flags = VM_ROM, u16 0, u32 length, u32 hash, the bytes, NUL
 *   CONST bigint u8 type = VM_T_BIGINT, u8 flags = VM_ROM, u16 1 when negative, u32 words (2 at least, the last not 0), the magnitude in
 *                words of 32 bits, lowest first; only of ints that do not fit 64 bits
 *   CONST int64  u8 type = VM_T_INT64, u8 flags = VM_ROM, u16 0, u32 0, i64 (LOADK gives the small int for one that fits 31 bits)
 *
 * The hash of a str or bytes is FNV-1a 32 of its bytes (offset basis 0x811C9DC5, prime 0x01000193), with 0 replaced by 1. In heap objects a
 * hash of 0 means: not computed yet. The numbers of the types are part of the container format: add at the end. */
#ifndef VM_OBJECT_H
#define VM_OBJECT_H
#include "value.h"

enum {
    VM_T_STR = 1,
    VM_T_BYTES = 2,
    VM_T_INT64 = 3,
    VM_T_BYTEARRAY,
    VM_T_TUPLE,
    VM_T_LIST,
    VM_T_ARRAY, /* storage of a list, globals, imports: never seen by a program */
    VM_T_DICT,
    VM_T_SET,
    VM_T_TABLE, /* storage of a dict or set */
    VM_T_RANGE,
    VM_T_SLICE,
    VM_T_ITER,
    VM_T_VIEW,
    VM_T_CELL,
    VM_T_FUNCTION,
    VM_T_METHOD,  /* a function bound to an object */
    VM_T_BMETHOD, /* a method of a builtin type bound to an object */
    VM_T_WRAPPER, /* staticmethod, classmethod, property */
    VM_T_CLASS,
    VM_T_INSTANCE,
    VM_T_EXCEPTION,
    VM_T_TRACE,
    VM_T_STACK,
    VM_T_GENERATOR,
    VM_T_NATIVE, /* of a type of the board library: lib/device.h */
    VM_T_THREAD, /* thread.h */
    VM_T_LOCK,
    VM_T_CHANNEL,
    VM_T_SUPER,
    VM_T_BIGINT, /* an int beyond 64 bits */
    VM_T_FLOAT,  /* an instance of a class derived from float; plain floats have no header */
    VM_T_MEMORYVIEW,
    VM_T_COUNT
};

enum {
    VM_ROM = 1,
    VM_ASCII = 2,
    VM_NOT_ASCII = 4,   /* of a heap str, once known */
    VM_ARRAY = 4,       /* of a memoryview: it is an array.array, whose bytearray is its own */
    VM_LIVE = 64,       /* of a dict: the __dict__ of the object behind it, which takes part in changes */
    VM_UNION = 64,      /* of a tuple: int | str */
    VM_SUBCLASSED = 32, /* an instance of a class derived from a builtin type: its vm_identity follows what the type itself has */
};

#define VM_FNV_BASIS 0x811C9DC5u
#define VM_FNV_PRIME 0x01000193u

typedef struct {
    uint8_t type, flags;
    uint16_t aux;
} vm_header;

typedef struct {
    vm_header h; /* aux: of a str on the heap, the id of the name that it is, + 1; 0: not known */
    uint32_t length, hash;
    uint8_t data[]; /* length bytes and a NUL */
} vm_str;           /* bytes too */

typedef struct {
    vm_header h;
    uint32_t pad;
    int64_t value;
} vm_int64;

typedef struct {
    vm_header h;     /* aux: 1 when negative */
    uint32_t length; /* words; the top one is not 0 */
    uint32_t words[];
} vm_bigint;

typedef struct {
    vm_header h;
    uint32_t length;
    vm_value storage; /* a bytes object of any size, or VM_NULL; its length is the capacity */
} vm_bytearray;

typedef struct {
    vm_header h;
    uint32_t length; /* of an array: its capacity */
    vm_value items[];
} vm_tuple; /* arrays too */

typedef struct {
    vm_header h;
    uint32_t length;
    vm_value array; /* VM_NULL while the list never had an item */
} vm_list;

/* Dicts and sets keep insertion order: entries in a row, a hash index of their numbers behind them when there are more than 8. */
typedef struct {
    vm_header h;   /* aux of a set: 1, it is a frozenset */
    uint32_t used; /* entries alive */
    vm_value table;
} vm_dict;

typedef struct {
    vm_header h;       /* aux: words of an entry: 3 {hash | 1, key, value} or 2 {hash | 1, key} */
    uint32_t capacity; /* of entries */
    uint32_t fill;     /* entries in use or deleted (key VM_NULL) */
    uint32_t mask;     /* of the index; 0: no index */
    vm_value entries[];
} vm_table;

typedef struct {
    vm_header h;
    vm_value start, stop, step;
} vm_range; /* slices too */

typedef struct {
    vm_header h; /* aux: kind, iter.c */
    uint32_t position;
    vm_value source, extra;
} vm_iter;

typedef struct {
    vm_header h;         /* aux: the letter of its format, 0: released */
    uint32_t length;     /* of items */
    vm_value source;     /* bytes or bytearray */
    int32_t start, step; /* bytes of `source`: where the first item is, and from one to the next */
} vm_memoryview;

typedef struct {
    vm_header h; /* aux: 0 keys, 1 values, 2 items */
    vm_value dict;
} vm_view;

typedef struct {
    vm_header h;
    vm_value content; /* VM_UNBOUND: empty */
} vm_cell;

typedef struct {
    vm_header h; /* aux: number of the function */
    vm_value defaults, kwdefaults;
    vm_value cells[]; /* as many as its record says */
} vm_function;

typedef struct {
    vm_header h; /* of a VM_T_BMETHOD: aux is the number of the method, and function is VM_NULL */
    vm_value self, function;
} vm_method;

typedef struct {
    vm_header h; /* aux: 0 staticmethod, 1 classmethod, 2 property */
    vm_value get, set, del;
#if VM_FEATURE_RARE
    vm_value doc; /* property(doc=...) */
#endif
} vm_wrapper;

typedef struct {
    vm_header h; /* aux: number in the CLASS section, or VM_CLASS_MADE: first_slot is its name; flags: VM_CLASS_EXCEPTION ... */
    uint16_t total_slots, builtin;   /* the nearest builtin base */
    uint16_t first_slot, slot_count; /* own ones, in SLOTS */
    vm_value base;                   /* a class or a type of builtins.def; or, of a class with several bases, a tuple: the base whose slots
                                        come first, then the whole order of resolution but for the class itself */
    vm_value attrs;                  /* dict: name id as int -> value */
} vm_class;                          /* one whose class is not type itself is an instance: VM_SUBCLASSED */
enum { VM_CLASS_MADE = 0xFFFF };
enum {
    VM_CLASS_EXCEPTION = 8,
    VM_CLASS_HOOKS = 16, /* it has __getattribute__, __setattr__ or __delattr__: nothing of it goes through the cache */
    VM_CLASS_NEW = 64,   /* it has __new__ */
    VM_CLASS_SLOTS = 128 /* it has __slots__ */
};

typedef struct {
    vm_header h;
    vm_value number; /* a plain float */
} vm_boxed_float;

typedef struct {
    vm_value class_;
    vm_value extra; /* dict of the attributes that have no slot: name id as int -> value; VM_NULL: none */
} vm_identity;

typedef struct {
    vm_header h;            /* aux: number of slots */
    vm_value class_, extra; /* vm_identity */
    vm_value slots[];
} vm_instance;

typedef struct {
    vm_header h;     /* aux: number of slots */
    vm_value class_; /* a class, or a builtin exception class */
    vm_value extra;
    vm_value args;           /* tuple */
    vm_value cause;          /* VM_NONE: no `from`; VM_NULL: `from None` */
    vm_value context, trace; /* VM_NONE, VM_NULL (not set) or a value */
    vm_value slots[];
} vm_exception;

typedef struct {
    vm_header h;        /* aux: entries */
    uint32_t entries[]; /* function << 16 | word */
} vm_trace;

typedef struct {
    vm_header h;        /* aux: VM_G_SUSPENDED ..; flags: VM_G_COROUTINE .. */
    uint32_t pc : 24;   /* of the word behind the instruction it waits at: GEN, YIELD or DELEGATE */
    uint32_t nregs : 8; /* not in the header's flags, of which one says that the object is an instance */
    vm_value function;
    vm_value registers[]; /* its window, while it is suspended */
} vm_generator;
/* SENT, THROWN: of an asynchronous generator that is awaited next; what it goes on with, or is raised in it, lies in its registers. */
enum { VM_G_SUSPENDED, VM_G_SENT, VM_G_THROWN, VM_G_RUNNING, VM_G_FINISHED };
/* Flags: `async def` makes generators that cannot be iterated. ASKED: __anext__(), asend(), athrow() or aclose() has been called, and what
 * that gave (the generator itself) not been awaited yet; CLOSING: it was aclose(). */
enum { VM_G_COROUTINE = 2, VM_G_ASYNC = 4, VM_G_ASKED = 8, VM_G_CLOSING = 16 };

#endif
