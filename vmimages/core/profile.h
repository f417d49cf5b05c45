/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM is built with. A profile is a set of features, each a macro that a build can set on its own (-DVM_FEATURE_JSON=1):
 *
 *   nano   integers only, no float                           chips with 128 KB of flash and less
 *   core   the whole language and the board library           chips with 256 KB
 *   full   what programs for larger chips expect besides      the host's VM, chips with 512 KB of flash and more
 *
 * A program that needs more than its VM has is refused when it is loaded: by its header's feature bits (container.h), or by the name of the
 * native that is missing. A method that is missing is an AttributeError, as for any name that a type does not have.
 * docs/reference.md lists what is where. */
#ifndef VM_PROFILE_H
#define VM_PROFILE_H

#define VM_PROFILE_NANO 0
#define VM_PROFILE_CORE 1
#define VM_PROFILE_FULL 2

#ifndef VM_PROFILE
#define VM_PROFILE VM_PROFILE_FULL
#endif

#ifndef VM_FLOAT
#define VM_FLOAT (VM_PROFILE >= VM_PROFILE_CORE)
#endif

#define VM_IN_FULL (VM_PROFILE >= VM_PROFILE_FULL)

#ifndef VM_FEATURE_BIGINT /* ints of any size */
#define VM_FEATURE_BIGINT VM_IN_FULL
#endif
#ifndef VM_FEATURE_MULTIPLE_BASES /* classes with more than one base */
#define VM_FEATURE_MULTIPLE_BASES VM_IN_FULL
#endif
#ifndef VM_FEATURE_MATCH /* sequences, mappings and classes as patterns of match; the others are comparisons */
#define VM_FEATURE_MATCH VM_IN_FULL
#endif
#ifndef VM_FEATURE_DESCRIPTORS /* __get__, __set__, __getattribute__, __setattr__ and the like of a class */
#define VM_FEATURE_DESCRIPTORS VM_IN_FULL
#endif
#ifndef VM_FEATURE_METACLASSES /* classes derived from type; needs VM_FEATURE_DESCRIPTORS, VM_FEATURE_DUNDER and VM_FEATURE_RARE */
#define VM_FEATURE_METACLASSES VM_IN_FULL
#endif
#ifndef VM_FEATURE_FLOAT_CLASSES /* classes derived from float */
#define VM_FEATURE_FLOAT_CLASSES (VM_IN_FULL && VM_FLOAT)
#endif
#ifndef VM_FEATURE_DUNDER /* special methods of builtin types by name: list.__len__(x) */
#define VM_FEATURE_DUNDER VM_IN_FULL
#endif
#ifndef VM_FEATURE_PERCENT /* format % arguments, of str */
#define VM_FEATURE_PERCENT VM_IN_FULL
#endif
#ifndef VM_FEATURE_FORMAT_METHOD /* str.format; f-strings and format() are always there */
#define VM_FEATURE_FORMAT_METHOD (VM_PROFILE >= VM_PROFILE_CORE)
#endif
#ifndef VM_FEATURE_RARE /* methods, arguments and attributes that small boards can do without */
#define VM_FEATURE_RARE VM_IN_FULL
#endif
#if VM_FEATURE_RARE
#define VM_RARE_NAME(text) text
#else
#define VM_RARE_NAME(text) "" /* its number stays */
#endif
/* calls with * of more arguments than a frame's window takes, and with ** of more than 16 */
#define VM_WIDE_CALLS VM_FEATURE_RARE
#ifndef VM_FEATURE_MATH /* the math module beyond roots, rounding and tests for infinity */
#define VM_FEATURE_MATH VM_IN_FULL
#endif
#ifndef VM_FEATURE_STRUCT
#define VM_FEATURE_STRUCT VM_IN_FULL
#endif
#ifndef VM_FEATURE_JSON
#define VM_FEATURE_JSON VM_IN_FULL
#endif
#ifndef VM_FEATURE_RANDOM
#define VM_FEATURE_RANDOM (VM_PROFILE >= VM_PROFILE_CORE)
#endif
#ifndef VM_FEATURE_MODULES /* modules of the program as values: m = module, getattr(m, name) */
#define VM_FEATURE_MODULES (VM_PROFILE >= VM_PROFILE_CORE)
#endif
#ifndef VM_FEATURE_BUS /* i2c, spi, uart, adc, pwm, watchdog, sleep */
#define VM_FEATURE_BUS (VM_PROFILE >= VM_PROFILE_CORE)
#endif
#ifndef VM_FEATURE_STORE /* flash: values that stay */
#define VM_FEATURE_STORE (VM_PROFILE >= VM_PROFILE_CORE)
#endif
#ifndef VM_FEATURE_ED25519 /* a container's signature is checked on the board */
#define VM_FEATURE_ED25519 VM_IN_FULL
#endif
#ifndef VM_FEATURE_DEBUG /* breakpoints, steps, locals, heap map, profile over the link */
#define VM_FEATURE_DEBUG VM_IN_FULL
#endif
#ifndef VM_FEATURE_THREADS
#define VM_FEATURE_THREADS (VM_PROFILE >= VM_PROFILE_CORE)
#endif
#ifndef VM_FEATURE_REPL /* a program that grows line by line; needs VM_FEATURE_DEBUG */
#define VM_FEATURE_REPL VM_IN_FULL
#endif
#ifndef VM_FEATURE_UNICODE /* case and kind of letters beyond ASCII */
#define VM_FEATURE_UNICODE VM_IN_FULL
#endif

/* async def, await; asynchronous generators where there are rare methods, too */
#define VM_ASYNC (VM_PROFILE >= VM_PROFILE_CORE)
#define VM_ASYNC_GENERATORS (VM_ASYNC && VM_FEATURE_RARE)

/* memoryview, whose formats are those of struct */
#define VM_MEMORYVIEW (VM_FEATURE_RARE && VM_FEATURE_STRUCT)

#ifndef VM_GC_STRESS /* for tests: 1 collects at every allocation and overwrites what it frees, 2: stress.h */
#define VM_GC_STRESS 0
#endif

#endif
