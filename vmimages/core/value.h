/* SPDX-License-Identifier: Apache-2.0 */
/* Values: 32 bits on every machine.
 *
 *   ...1  int of 31 bits, value * 2 + 1
 *   .010  constant n << 3 | 2: None, False, True, unbound, NotImplemented, Ellipsis
 *         from 32 on: modules of the program, in the order of the container's MODULES
 *   .110  builtin n << 3 | 6: a function, type or exception class of builtins.def
 *   .000  reference to an object with a header, 8-aligned
 *   .100  reference to an 8-byte float cell (its address | 4), no header: the test for a float is a test of the tag
 *
 * A reference is an address on a chip and an offset into the arena on the host. 0 is never a value: C functions return it when an
 * exception is set. */
#ifndef VM_VALUE_H
#define VM_VALUE_H
#include "profile.h"
#include "lib/features.h"
#include <stdbool.h>
#include <stdint.h>

typedef uint32_t vm_value;

enum { VM_INT31_MAX = 0x3FFFFFFF, VM_INT31_MIN = -0x40000000 };

#define VM_NULL 0u
#define VM_CONST(n) ((vm_value)((n) << 3 | 2))
#define VM_NONE VM_CONST(0)
#define VM_FALSE VM_CONST(1)
#define VM_TRUE VM_CONST(2)
#define VM_UNBOUND VM_CONST(3)
#define VM_NOT_IMPLEMENTED VM_CONST(4)
#define VM_ELLIPSIS VM_CONST(5)
#define VM_MODULE(n) VM_CONST((n) + 32) /* numbers below are for the VM itself */
#define VM_BUILTIN(n) ((vm_value)((uint32_t)(n) << 3 | 6))
#define VM_BOOL(x) ((x) ? VM_TRUE : VM_FALSE)
#define VM_SMALL(x) ((vm_value)((uint32_t)(x) << 1 | 1)) /* of an int known to fit */

static inline bool vm_is_small(vm_value v) { return v & 1; }
static inline bool vm_both_small(vm_value a, vm_value b) { return a & b & 1; }
static inline int32_t vm_small(vm_value v) { return (int32_t)v >> 1; }
static inline bool vm_is_const(vm_value v) { return (v & 7) == 2; }
static inline bool vm_is_module(vm_value v) { return vm_is_const(v) && v >= VM_MODULE(0); }
static inline unsigned vm_module_number(vm_value v) { return (v >> 3) - 32; }
static inline bool vm_is_builtin(vm_value v) { return (v & 7) == 6; }
static inline bool vm_is_object(vm_value v) { return (v & 7) == 0; } /* not 0, which is no value */
static inline bool vm_is_float(vm_value v) { return VM_FLOAT && (v & 7) == 4; }
static inline bool vm_is_bool(vm_value v) { return v == VM_TRUE || v == VM_FALSE; }
static inline unsigned vm_builtin_number(vm_value v) { return v >> 3; }

#endif
