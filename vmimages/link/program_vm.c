/* SPDX-License-Identifier: Apache-2.0 */
/* The bytecode VM as the link's program. */
#include "debug.h"
#include "device.h"
#include "profile.h"
#include "vm.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static bool refused(const vbc_error *error, program_refusal *why) {
    why->status = error->code == VBC_E_VMUID ? LINK_OTHER_VM : error->code == VBC_E_OK ? LINK_OUT_OF_MEMORY : LINK_BAD_CONTAINER;
    why->code = (uint8_t)error->code;
    why->offset = error->offset;
    return false;
}

static bool verify(const uint8_t *image, uint32_t length, const uint8_t vmuid[16], const uint8_t *key, program_refusal *why) {
    vbc_error error = {0};
    bool good = vbc_verify(image, length, vmuid, &error) && (!key || vbc_verify_signature(image, length, key, &error));
    return good || refused(&error, why);
}

/* Of just the size that the heap asks for, so that a program gets the same heap wherever it runs. */
static void *load(const program_memory *memory, const program_host *host, const uint8_t *image, uint32_t length, const uint8_t vmuid[16],
                  program_refusal *why) {
    vbc_error error = {0};
    size_t size = vm_block_size(memory->heap_size, length);
    vm *v = size <= memory->size ? vm_init(memory->block, size, host->hal) : NULL;
#if !VM_HOST
    if (v) vm_set_stack(v, memory->stack);
#endif
    if (v && vm_load(v, image, length, vmuid, &error)) {
        vm_set_poll(v, host->poll, host->context);
#if VM_HOST
        vm_set_line_served(v);
#endif
        return v;
    }
    refused(&error, why);
    return NULL;
}

static program_state run(void *v, int32_t budget, uint64_t *wake_us) {
    switch (vm_run(v, budget)) {
    case VM_RUNNING: return PROGRAM_RUNNING;
    case VM_SLEEPING: *wake_us = vm_wake_time(v); return PROGRAM_SLEEPING;
    case VM_BLOCKED: return PROGRAM_BLOCKED;
    case VM_RAISED: return PROGRAM_RAISED;
    case VM_PAUSED: return PROGRAM_PAUSED;
    case VM_EMPTY:
    case VM_DONE: break;
    }
    return PROGRAM_ENDED;
}

static void stop(void *v) { vm_stop(v); }

static void counters(const void *v, program_counters *out) {
    *out = (program_counters){vm_instructions(v), vm_gc_count(v), vm_heap_used(v), vm_heap_peak(v)};
}

static unsigned traceback(void *v, char *text, size_t size, program_place *places, unsigned max) {
    vm_trace_entry entries[VM_TRACE_MAX];
    unsigned count = vm_traceback(v, entries, max < VM_TRACE_MAX ? max : VM_TRACE_MAX);
    for (unsigned i = 0; i < count; i++) places[i] = (program_place){entries[i].function, entries[i].word};
    vm_exception_text(v, text, size);
    return count;
}

#if !LINK_SMALL
static int earlier(void *v) { return (int)vm_earlier_exception(v); }
#endif

#if VM_FEATURE_DEBUG
static int debug(void *v, const uint8_t *request, unsigned length, uint8_t *out, unsigned max) {
    return vm_debug(v, request, length, out, max);
}

static uint32_t stopped(const void *v) { return vm_debug_stopped(v); }
#endif

const program_ops program_vm = {
    .version = TEXT(VM_VERSION_MAJOR) "." TEXT(VM_VERSION_MINOR) "." TEXT(VM_VERSION_PATCH),
    .abi = VM_ABI,
#define VM_FEATURE_ROW(bit, name, macro) +((macro) ? 1u << bit : 0u)
    .features = 0
#include "features.def"
    ,
#undef VM_FEATURE_ROW
    .verify = verify,
    .load = load,
    .run = run,
    .stop = stop,
    .counters = counters,
    .traceback = traceback,
#if !LINK_SMALL
    .earlier = earlier,
#endif
#if VM_FEATURE_DEBUG
    .debug = debug,
    .stopped = stopped,
#endif
};
