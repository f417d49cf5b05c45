/* SPDX-License-Identifier: Apache-2.0 */
/* What vm.h offers: making a VM, loading a program, running slices. */
#include "debug.h"
#include "thread.h"

static size_t aligned(size_t n) { return (n + 7) & ~(size_t)7; }

size_t vm_block_size(uint32_t heap_size, uint32_t image_length) {
    size_t size = aligned(sizeof(vm)) + aligned(heap_size);
#if VM_HOST
    size += 8 + aligned(image_length);
#else
    (void)image_length;
#endif
    return size;
}

vm *vm_init(void *memory, size_t size, vm_hal *hal) {
    vm *vm = memory;
    if (!memory || ((uintptr_t)memory & 7) || size < vm_block_size(VM_MIN_HEAP, 0)) return NULL;
    memset(vm, 0, sizeof *vm);
    vm->hal = hal;
#if VM_HOST
    vm->roots = vm->own_roots;
    vm->block_size = size;
    vm->base = (uint8_t *)memory + aligned(sizeof *vm);
    size_t heap = size - aligned(sizeof *vm) - 8;
    uint8_t *start = vm->base + 8; /* no object is at offset 0 */
#else
    vm->heap_bytes = (uint32_t)(size - aligned(sizeof *vm));
    size_t heap = vm->heap_bytes;
    uint8_t *start = (uint8_t *)memory + aligned(sizeof *vm);
#endif
    vm->memory = start;
    vm->memory_size = heap;
    vm->heap_bytes = 0;
    return vm;
}

static const void *section(vm *vm, unsigned id, uint32_t *words) {
    uint32_t mine, offset = vbc_find_section(vm->image, id, words ? words : &mine);
    return offset ? vm->image + offset : NULL;
}

/* Imports by id: what each names in this VM. */
bool vm_resolve(vm *vm, uint32_t count) {
    vm_value v = vm_alloc(vm, VM_T_ARRAY, (uint32_t)(sizeof(vm_tuple) + count * sizeof(vm_value)));
    if (!v) return false;
    vm->imports_array = v;
    vm_tuple_of(vm, v)->length = count;
    vm->imports = vm_tuple_of(vm, v)->items;
    for (uint32_t i = 0; i < count; i++) {
        unsigned n = vm_builtin_by_id(vm->native_ids[i]);
        vm_value value = VM_BUILTIN(n);
        if (vm_builtins[n].kind == VM_KIND_INT) value = vm_int(vm, vm_builtin_int(n));
#if VM_FLOAT
        if (vm_builtins[n].kind == VM_KIND_FLOAT) value = vm_alloc_float(vm, vm_builtin_float(n));
#endif
        if (!value) return false;
        vm->imports[i] = value;
    }
    return true;
}

bool vm_push_entry(vm *vm) {
    vm_value function = vm_plain_function(vm, 0);
    return function && vm_push_first(vm, function);
}

static bool start(vm *vm, const vbc_header *h) {
    vm_value globals = vm_alloc(vm, VM_T_ARRAY, (uint32_t)(sizeof(vm_tuple) + h->global_count * sizeof(vm_value)));
    if (!globals) return false;
    vm->globals_array = globals;
    vm_tuple_of(vm, globals)->length = h->global_count;
    vm->globals = vm_tuple_of(vm, globals)->items;
    for (unsigned i = 0; i < h->global_count; i++) vm->globals[i] = VM_UNBOUND;
    uint32_t imports;
    vm->native_ids = section(vm, VBC_NATIVE, &imports);
    return vm_resolve(vm, imports) && vm_push_entry(vm);
}

static bool load(vm *vm, const uint8_t *image, uint32_t length, vbc_error *error) {
    const vbc_header *h = (const vbc_header *)image;
    vm_hal *hal = vm->hal;
    vm_value *roots = vm->roots;
    uint8_t *memory = vm->memory;
    size_t size = vm->memory_size, used = 0;
    uint32_t words;
#if VM_HOST
    uint8_t *base = vm->base;
    size_t block_size = vm->block_size;
    used = aligned(length);
#else
    (void)length;
#endif
    if (size < used + VM_MIN_HEAP || size - used > 0x7FFFFFFF) {
        *error = (vbc_error){VBC_E_HEADER, 0, (uint32_t)(used + VM_MIN_HEAP), (uint32_t)size};
        return false;
    }
    memset(vm, 0, offsetof(struct vm, memory));
    vm->hal = hal;
    vm->roots = roots;
    vm->image = image;
#if VM_HOST
    vm->base = base;
    vm->block_size = block_size;
    memcpy(memory, image, length);
    vm->image = memory;
    h = (const vbc_header *)memory;
#endif
    vm_heap_init(vm, memory + used, (uint32_t)(size - used));
    vm->code = section(vm, VBC_CODE, NULL);
    vm->functions = section(vm, VBC_FUNC, &words);
    vm->function_count = (uint16_t)(words / 2);
    vm->extra = section(vm, VBC_EXTRA, NULL);
    vm->attr_names = section(vm, VBC_ATTRS, NULL);
    vm->classes = section(vm, VBC_CLASS, &words);
#if VM_FEATURE_METACLASSES
    vm->class_count = (uint16_t)(vm->classes ? words : 0);
#endif
    vm->modules = section(vm, VBC_MODULES, NULL);
    vm->slots = section(vm, VBC_SLOTS, NULL);
    vm->defs = section(vm, VBC_DEFS, NULL);
    vm->name_offsets = section(vm, VBC_NAMES, NULL);
    vm->name_count = vm->name_offsets ? (uint16_t)(vm->name_offsets[0] / 4 - 1) : 0;
    vm->global_names = section(vm, VBC_GLOBALS, NULL);
    vm->global_count = h->global_count;
    const void *consts = section(vm, VBC_CONST, NULL);
    vm->consts = consts ? VM_REF(vm, consts) : 0;
    vm->memory_error = vm_new_exception(vm, VM_BUILTIN(VM_B_MemoryError), 0, NULL);
    vm->loaded = true;
    vm->switch_at = VM_FOREVER;
    vm->status = VM_RUNNING;
    if (!vm->memory_error || !start(vm, h)) { /* a program that the heap cannot even hold */
        vm->status = VM_RAISED;
        vm->result = vm->exception;
        vm->exception = VM_NULL;
    }
    return true;
}

bool vm_load(vm *vm, const uint8_t *image, uint32_t length, const uint8_t vmuid[16], vbc_error *error) {
    vbc_error mine;
    if (!error) error = &mine;
    vm->loaded = false;
    vm->status = VM_EMPTY;
    if (!vbc_verify(image, length, vmuid, error)) return false;
    return load(vm, image, length, error);
}

void vm_wait_nested(vm *vm) {
    vm->attention = false;
    while (vm->output && !vm_console_flush(vm) && !vm->stop) {
        hal_wait_until(vm->hal, hal_time_us(vm->hal) + 1000);
        if (vm->poll) vm->poll(vm->poll_context);
    }
    if (vm->stop || vm->interrupted) vm->budget = 0; /* noticed at the next jump or call */
}

static void settle(vm *vm, int32_t budget) {
    uint32_t used = (uint32_t)vm->slice - (uint32_t)vm->budget; /* the budget may be below zero */
    vm->charged += used;
    vm->unpolled += used;
    vm->budget = vm->slice = budget;
}

bool vm_out_of_budget(vm *vm) {
    settle(vm, vm->nest ? vm->quantum : 0);
    vm->overrun = true;
    if (vm->unpolled >= (uint32_t)vm->quantum) {
        vm->unpolled = 0;
        if (vm->poll) vm->poll(vm->poll_context);
    }
    if (!vm->stop && !vm->last_words && !vm->interrupted) return true;
    vm->killed = vm->stop || vm->last_words;
    vm->interrupted = false;
    vm_raise(vm, VM_B_KeyboardInterrupt, "");
    return false;
}

void vm_end_overrun(vm *vm) { settle(vm, 0); }

static vm_status finish(vm *vm, vm_status status) {
    vm->status = (uint8_t)status;
    return status;
}

/* Before the next instruction; of a thread that waits, in the call that does. */
static void interrupt(vm *vm) {
    vm->interrupted = false;
    if (vm->raise_first) return; /* another exception is on its way */
    if (!vm->thread.wait) vm->thread.fp->pc++;
    vm->thread.wait = VM_WAIT_NOT;
    vm_raise(vm, VM_B_KeyboardInterrupt, "");
    vm->raise_first = true;
}

vm_status vm_run(vm *vm, int32_t budget) {
    if (!vm->loaded || vm->status == VM_DONE || vm->status == VM_RAISED) return vm->status;
    if (vm->stop) {
        vm->stopped = true;
        return finish(vm, VM_DONE);
    }
    if (!vm_console_flush(vm)) return finish(vm, VM_BLOCKED);
    if (vm->ending) return finish(vm, (vm_status)vm->ending);
#if VM_FEATURE_DEBUG
    if (vm->debug && vm_debug_begin(vm)) return finish(vm, VM_PAUSED);
#endif
    vm->unpolled = 0;
    vm->quantum = budget > 0 ? budget : 1;
    for (uint64_t end = vm->charged + (uint32_t)vm->quantum;;) {
        vm_take_events(vm);
        if (vm->interrupted && vm->thread.fp)
            interrupt(vm);
        else if (!vm->raise_first && !vm_schedule(vm)) /* an exception is for the thread that it was raised in */
            return finish(vm, VM_SLEEPING);
        vm->overrun = vm->attention = false;
        uint64_t until = vm->switch_at < end ? vm->switch_at : end;
        vm->budget = vm->slice = until > vm->charged ? (int32_t)(until - vm->charged) : 1;
        vm_value v = vm_interpret(vm);
        vm->charged += (uint64_t)((int64_t)vm->slice - vm->budget);
        vm->budget = vm->slice = 0;
        if (v == VM_YIELD) {
            if (vm->stop) {
                vm->stopped = true;
                return finish(vm, VM_DONE);
            }
            if (!vm_console_flush(vm)) return finish(vm, VM_BLOCKED);
#if VM_FEATURE_DEBUG
            if (vm_debug_stopped(vm)) return finish(vm, VM_PAUSED);
#endif
        } else {
            bool raised = !v;
            if (!vm_thread_ended(vm, &raised)) {
                vm->ending = raised ? VM_RAISED : VM_DONE;
                if (!vm_console_flush(vm)) return finish(vm, VM_BLOCKED);
                return finish(vm, (vm_status)vm->ending);
            }
        }
        if (vm->charged >= end) return finish(vm, VM_RUNNING);
    }
}

void vm_stop(vm *vm) { vm->stop = true; }

void vm_interrupt(vm *vm) { vm->interrupted = true; }

#if !VM_HOST
void vm_set_stack(vm *vm, void *bottom) {
    vm->roots = bottom;
    vm->stack_end = (uintptr_t)bottom + VM_STACK_RESERVE;
}
#endif

#if VM_HOST
void vm_set_narrow(vm *vm) { vm->narrow = true; }
void vm_set_line_served(vm *vm) { vm->line_served = true; }
#endif

void vm_set_poll(vm *vm, void (*poll)(void *context), void *context) {
    vm->poll = poll;
    vm->poll_context = context;
}

vm_status vm_state(const vm *vm) { return (vm_status)vm->status; }
uint64_t vm_wake_time(const vm *vm) { return vm->wake_time; }
uint64_t vm_instructions(const vm *vm) { return vm->charged + (uint64_t)((int64_t)vm->slice - vm->budget); }
uint32_t vm_gc_count(const vm *vm) { return vm->gc_count; }
uint32_t vm_heap_size(const vm *vm) { return vm->loaded ? vm->heap_bytes : (uint32_t)vm->memory_size; }
uint32_t vm_heap_used(const vm *vm) { return vm->loaded ? vm_heap_in_use(vm) : 0; }
uint32_t vm_heap_peak(const vm *vm) { return vm->peak > vm_heap_used(vm) ? vm->peak : vm_heap_used(vm); }
bool vm_stopped(const vm *vm) { return vm->stopped; }

void vm_root_overflow(vm *vm) { /* cannot happen while the depths are limited; if it does, nothing may be collected any more */
    vm->gc_off = true;
}
