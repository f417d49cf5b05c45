/* SPDX-License-Identifier: Apache-2.0 */
/* What a heap that is under test does at each allocation: collect (VM_GC_STRESS 1), or whatever the fuzzer says (2). Under AddressSanitizer
 * such a heap also fences off all that is no live object's, so that it finds uses after a collection and overruns into the next cell. */
#ifndef VM_STRESS_H
#define VM_STRESS_H
#include "rooms.h"

#if VM_GC_STRESS == 2
bool vm_stress(vm *vm); /* the fuzzer's: may collect; false: there shall be no memory for this one */
#define VM_STRESS(vm)                                                                                                                      \
    if (!vm_stress(vm)) return vm_memory_error(vm)
#elif VM_GC_STRESS
#define VM_STRESS(vm)                                                                                                                      \
    if (!(vm)->gc_off) vm_gc(vm)
#else
#define VM_STRESS(vm) (void)0
#endif

#if VM_GC_STRESS && defined __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define VM_FENCE(memory, size) __asan_poison_memory_region(memory, size)
#define VM_UNFENCE(memory, size) __asan_unpoison_memory_region(memory, size)
#else
#define VM_FENCE(memory, size) (void)0
#define VM_UNFENCE(memory, size) (void)0
#endif

#endif
