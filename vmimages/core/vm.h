/* SPDX-License-Identifier: Apache-2.0 */
/* The bytecode VM, as seen by who runs it: firmware (vmimages/link) and the host extension (_vm). One VM is one block of memory that the
 * caller gives; there is no other state, so that many VMs live side by side. A VM is used by one thread at a time. */
#ifndef VM_VM_H
#define VM_VM_H
#include "hal.h"
#include "profile.h"
#include "verify.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef VM_HOST
#define VM_HOST 0 /* 1: values are offsets into the arena (64-bit pointers); 0: values are addresses */
#endif

#define VM_VERSION_MAJOR 0
#define VM_VERSION_MINOR 1
#define VM_VERSION_PATCH 0

typedef struct vm vm;

typedef enum {
    VM_EMPTY = 0,    /* no program loaded */
    VM_RUNNING = 1,  /* the budget is used up: call vm_run again */
    VM_SLEEPING = 2, /* until vm_wake_time() */
    VM_BLOCKED = 3,  /* the console is full: call again when it has room */
    VM_DONE = 4,     /* the program ended, or vm_stop was called */
    VM_RAISED = 5,   /* an exception left the program: vm_exception_text, vm_traceback */
    VM_PAUSED = 6,   /* a debugger holds it (debug.h) */
} vm_status;

/* Bytes of a block that has a heap of `heap_size` bytes; on the host it has room for a copy of the image too. Two VMs with equal heap
 * sizes run out of memory at the same allocation, on a board and on the host. */
size_t vm_block_size(uint32_t heap_size, uint32_t image_length);

/* Makes an empty VM in `memory` (8-aligned, at least vm_block_size(VM_MIN_HEAP, length)); what is left after the VM's own state is heap.
 * NULL when it is too small. */
#define VM_MIN_HEAP 2048u
vm *vm_init(void *memory, size_t size, vm_hal *hal);

/* Verifies the image and makes it ready to run. A board's image must stay readable and unchanged (it is used in place).
 * `vmuid` as for vbc_verify. A VM can be loaded again: everything of the old program is forgotten. */
bool vm_load(vm *vm, const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error);

/* Runs for about `budget` instructions (a jump backwards costs its distance, a call 1 + its arguments' work). */
vm_status vm_run(vm *vm, int32_t budget);
void vm_stop(vm *vm); /* the next vm_run returns VM_DONE; may be called from the poll function */

/* Raises KeyboardInterrupt in the program, which may catch it; may be called from the poll function. */
void vm_interrupt(vm *vm);

/* Python code that native code called (a sort key, __str__ inside print) cannot give up its slice. Instead this is called when each
 * slice's worth of budget is used up there, and while it sleeps or waits for the console; firmware serves its link in it. */
void vm_set_poll(vm *vm, void (*poll)(void *context), void *context);
#if VM_HOST
void vm_set_line_served(vm *vm); /* the poll function makes room on the console: the program waits for it where it writes */
void vm_set_narrow(vm *vm);      /* ints are of 64 bits, as in profiles without larger ones */
#endif

#if !VM_HOST
/* The first byte of the stack that the VM's functions run on, whose end it shares: what natives hold on to grows from there. To be called
 * before vm_load. C code that would recurse with less than VM_STACK_RESERVE bytes between the two raises RecursionError instead: room for
 * an exception to be made, a collection, the poll function and interrupts. */
#define VM_STACK_RESERVE (VM_PROFILE < VM_PROFILE_FULL ? 1152u : 1280u)
void vm_set_stack(vm *vm, void *bottom);
#endif

vm_status vm_state(const vm *vm);
uint64_t vm_wake_time(const vm *vm);    /* microseconds, when VM_SLEEPING */
uint64_t vm_instructions(const vm *vm); /* budget charged since vm_load */
uint32_t vm_gc_count(const vm *vm);
uint32_t vm_heap_size(const vm *vm);
uint32_t vm_heap_used(const vm *vm); /* bytes of cells in use, garbage not yet found included */
uint32_t vm_heap_peak(const vm *vm);
bool vm_stopped(const vm *vm);

/* Of the exception that left the program. Innermost call last; the word is within the instruction that was being executed. */
typedef struct {
    uint16_t function, word;
} vm_trace_entry;
#define VM_TRACE_MAX 16 /* the innermost ones are kept, and the module's body */
unsigned vm_traceback(const vm *vm, vm_trace_entry *out, unsigned max);
/* "ValueError: message" as CPython prints it, NUL-terminated; returns its length. */
size_t vm_exception_text(vm *vm, char *out, size_t size);
/* Makes the exception that led to the one of status VM_RAISED the one that vm_traceback and vm_exception_text speak of. */
typedef enum { VM_LINK_NONE, VM_LINK_CAUSE, VM_LINK_CONTEXT } vm_link_kind;
vm_link_kind vm_earlier_exception(vm *vm);

/* The tables that a compiler needs; NULL beyond the last. */
typedef struct {
    const char *name; /* "module.name" */
    const char *kind; /* "function", "type", "exception", "int", "float" */
    uint8_t min_args, max_args;
    const char *base;  /* of an exception: its base class's "module.name" */
    int64_t int_value; /* of a constant */
    double float_value;
} vm_builtin_info;
bool vm_builtin_at(unsigned number, vm_builtin_info *out);
const char *vm_name_at(unsigned id);

#endif
