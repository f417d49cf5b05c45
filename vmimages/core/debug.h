/* SPDX-License-Identifier: Apache-2.0 */
/* The debugger's end in the VM. It knows words of code, windows and objects as they lie in memory; lines, names, conditions and what a
 * value looks like are the host's business, which has the program's debug sections (vmrig_server/bytecode/debug).
 *
 * One function takes a request and makes the answer; a board's link carries both in frames of its own (docs/wire-protocol.md), the host
 * extension hands them through. Reads change nothing and may be repeated; a request to go on names the stop that it ends, so that one that
 * comes twice is harmless. Nothing is allocated but by ATTACH and the requests of a REPL.
 *
 * Cost while nobody debugs: the loop takes its table of labels from a variable. While somebody does, instructions lead to vm_debug_trap: on
 * a chip those of the opcodes that stand at breakpoints, on the host and in a step all of them. */
#ifndef VM_DEBUG_H
#define VM_DEBUG_H
#include "profile.h"
#include "vm.h"

#define VM_DEBUG_VERSION 1
#define VM_DEBUG_BREAKS_MAX 24
#define VM_DEBUG_SAMPLES_MAX 32

/* First byte of a request; then its arguments, little-endian. What it answers stands behind the arrow. STATE is what many answer. */
enum {
    VM_DEBUG_ATTACH = 1,   /* u8 flags (below) -> STATE. While no debugger is attached, all but STATE, HEAP and this is refused */
    VM_DEBUG_STATE = 2,    /* -> u8 reason of the stop (below; 0: it runs), u8 flags, u16 number of stops, u32 reference to the
                              exception, u32 build id, u16 frames of the running thread, u8 version, u8 breakpoints at most */
    VM_DEBUG_BREAKS = 3,   /* u32 words of CODE: all breakpoints, in place of those before -> STATE */
    VM_DEBUG_RESUME = 4,   /* u16 number of the stop, u8 mode (below), u16 frames of the thread and u32 first, u32 end of the words that the
                              step is over -> STATE */
    VM_DEBUG_FRAMES = 5,   /* u8 thread, u16 first -> u16 frames in all, (u16 function, u16 word) each, innermost first */
    VM_DEBUG_WINDOW = 6,   /* u8 thread, u16 frame, u16 first -> u32 reference to the function, u16 registers, values from the first on */
    VM_DEBUG_GLOBALS = 7,  /* u16 first -> u16 globals, values from the first on */
    VM_DEBUG_OBJECT = 8,   /* u32 reference, u16 first -> value, u16 children, values from the first on: vm_children has them */
    VM_DEBUG_BYTES = 9,    /* u32 reference to a str, bytes or big int, u32 offset -> its bytes (the magnitude) from there on */
    VM_DEBUG_HEAP = 10,    /* u32 page, u8 1: collect first -> u32 pages, u32 bytes used, u32 peak, u32 collections, then from the page on
                              (u8 kind, u8 cells used, u16 pages): heap.c's kinds */
    VM_DEBUG_SAMPLES = 11, /* -> (u16 function, u16 word) of the samples taken since the last time */
    VM_DEBUG_INTERRUPT = 12, /* raises KeyboardInterrupt in the program -> STATE */
    VM_DEBUG_SET = 13,       /* u8 kind: 0 register of a frame, 1 global, u16 frame, u16 number, u32 value: an int, constant or builtin, or
                                one that is in a frame or a global -> STATE */
    VM_DEBUG_EXTEND = 15,    /* u8 section (0: constants for this line only), u32 its bytes in all, u32 offset, bytes -> u32 where its first
                                byte is, from CONST on: repl.c */
    VM_DEBUG_START = 16,   /* u16 number, other than the last one's, u16 function to call, u16 functions, u16 globals, u16 imports in all ->
                              STATE: the program runs again, by that function; one that still ran is left */
    VM_DEBUG_THREADS = 14, /* -> (u16 number, u8 1: the current one, u8 what it waits for or 0) each; none: there is only one */
};

enum {                           /* flags */
       VM_DEBUG_ON_RAISE = 1,    /* stop when an exception is raised */
       VM_DEBUG_ON_UNCAUGHT = 2, /* stop when one is raised for which no frame has a handler */
       VM_DEBUG_PAUSE = 4,       /* stop at the next instruction */
       VM_DEBUG_SAMPLE = 8,      /* take samples: one a slice */
       VM_DEBUG_DETACH = 16,     /* forget breakpoints, go on */
};

enum { VM_DEBUG_GO = 0, VM_DEBUG_INTO = 1, VM_DEBUG_OVER = 2, VM_DEBUG_OUT = 3 };                          /* modes */
enum { VM_STOP_PAUSE = 1, VM_STOP_BREAK = 2, VM_STOP_STEP = 3, VM_STOP_RAISED = 4, VM_STOP_UNCAUGHT = 5 }; /* reasons */

/* Returns the answer's length, -1 when the request is not one. May be called between two runs, and from the poll function. `max` >= 64. */
int vm_debug(vm *vm, const uint8_t *request, unsigned length, uint8_t *out, unsigned max);

/* Number of the stop that the program stands at and its reason (number << 8 | reason), 0 when it goes on. */
uint32_t vm_debug_stopped(const vm *vm);

/* --- for run.c and interp.c */
bool vm_debug_begin(vm *vm);                    /* of a slice: true when the program is not to go on */
bool vm_debug_trap(vm *vm, uint32_t at);        /* before the instruction at that word of CODE: true to stop there */
bool vm_debug_raised(vm *vm);                   /* an exception is in flight: true to stop before it unwinds */
void vm_debug_wait(vm *vm);                     /* inside of a nested run, which cannot give up its slice */
bool vm_debug_traps(const vm *vm, unsigned op); /* whether instructions of this opcode lead to vm_debug_trap */
const void **vm_debug_labels(vm *vm);           /* room for a table of labels */

/* --- repl.c, for debug.c */
int vm_repl_extend(vm *vm, const uint8_t *in, unsigned length, uint8_t *out);
bool vm_repl_start(vm *vm, const uint8_t *in);

#if VM_HOST
/* Counts every instruction by its word of CODE; `counts` has a number for each. NULL: no more. */
void vm_debug_count(vm *vm, uint64_t *counts);
#endif

#endif
