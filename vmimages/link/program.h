/* SPDX-License-Identifier: Apache-2.0 */
/* What the link needs of a VM. register.vm has none: then nothing of the VM is linked in. */
#ifndef LINK_PROGRAM_H
#define LINK_PROGRAM_H
#include "hal.h"

typedef enum {
    PROGRAM_IDLE = 0, /* none was started since boot */
    PROGRAM_RUNNING = 1,
    PROGRAM_SLEEPING = 2,
    PROGRAM_BLOCKED = 3, /* waits for room in the console */
    PROGRAM_ENDED = 4,
    PROGRAM_RAISED = 5,
    PROGRAM_STOPPED = 6, /* by RUN, or by an upload into its slot */
    PROGRAM_REFUSED = 7, /* there is one, and this board does not start it: see the status */
    PROGRAM_PAUSED = 8,  /* a debugger holds it */
} program_state;

static inline bool program_alive(program_state s) { return (s >= PROGRAM_RUNNING && s <= PROGRAM_BLOCKED) || s == PROGRAM_PAUSED; }

typedef struct {
    uint64_t instructions;
    uint32_t collections, heap_used, heap_peak;
} program_counters;

typedef struct {
    uint16_t function, word;
} program_place;

typedef struct {
    void *block; /* 8-aligned */
    size_t size;
    uint32_t heap_size; /* bytes of heap that a program gets */
    void *stack;        /* first byte of the stack that a program runs on; of a chip's VM, not of the host's */
} program_memory;

typedef struct {
    vm_hal *hal;
    void (*poll)(void *context);
    void *context;
} program_host;

typedef struct {
    uint8_t status; /* LINK_BAD_CONTAINER, LINK_OTHER_VM, LINK_OUT_OF_MEMORY */
    uint8_t code;   /* of verify.def */
    uint32_t offset;
} program_refusal;

typedef struct {
    const char *version; /* of the VM */
    uint16_t abi;
    uint32_t features; /* bits of features.def */
    /* Would the VM run this image? The same verdict as load's; with a key (32 bytes, or NULL) it must be signed, too. */
    bool (*verify)(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], const uint8_t *key, program_refusal *why);
    /* Makes a VM in the block, with the image loaded; NULL: refused, see *why. While native code keeps run() from returning the VM
     * calls `poll`. */
    void *(*load)(const program_memory *memory, const program_host *host, const uint8_t *image, uint32_t length, const uint8_t vmuid[16],
                  program_refusal *why);
    program_state (*run)(void *vm, int32_t budget, uint64_t *wake_us); /* wake_us: of PROGRAM_SLEEPING */
    void (*stop)(void *vm);                                            /* makes a run() under way return soon; for `poll` */
    void (*counters)(const void *vm, program_counters *out);
    /* After PROGRAM_RAISED: "ValueError: ..." into text, the places innermost last; returns their number. */
    unsigned (*traceback)(void *vm, char *text, size_t size, program_place *places, unsigned max);
    /* The exception that this one was raised from or while it was handled takes its place: 1 from, 2 while; 0: there is none. NULL: not
     * told. */
    int (*earlier)(void *vm);
    /* A debugger's request and its answer (core/debug.h); returns the answer's length, -1: refused. NULL: this VM cannot be debugged. Both
     * may be called while the VM is calling `poll`. */
    int (*debug)(void *vm, const uint8_t *request, unsigned length, uint8_t *out, unsigned max);
    uint32_t (*stopped)(const void *vm); /* number of the stop that the program stands at << 8 | reason; 0: it goes on */
} program_ops;

extern const program_ops program_vm; /* program_vm.c */

#endif
