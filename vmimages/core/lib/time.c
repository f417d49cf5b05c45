/* SPDX-License-Identifier: Apache-2.0 */
/* time: a board has no calendar, so time() counts from its boot, as monotonic() does. sleep*() and ticks_*() are MicroPython's; ticks are
 * 30 bits wide, so that they never need a box, and go back to 0 after 2^30. */
#include "thread.h"

enum { TICKS_MASK = 0x3FFFFFFF, TICKS_HALF = 0x20000000 };

static vm_value sleep_us(vm *vm, uint64_t us) {
    uint64_t now = hal_time_us(vm->hal);
    return vm_block(vm, VM_WAIT_SLEEP, VM_NONE, 0, us > UINT64_MAX - 1 - now ? UINT64_MAX - 1 : now + us);
}

vm_value vm_time_sleep(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    if (vm_is_float(argv[0])) {
        double s = vm_float_of(vm, argv[0]);
        if (s != s) return vm_raise(vm, VM_B_ValueError, "Invalid value NaN (not a number)");
        if (s < 0) return vm_raise(vm, VM_B_ValueError, "sleep length must be non-negative");
        if (s >= 9223372036.0) return vm_raise(vm, VM_B_OverflowError, "timestamp out of range for platform time_t");
        double us = s * 1e6;
        uint64_t whole = (uint64_t)us;
        return sleep_us(vm, whole + ((double)whole < us)); /* never shorter than asked */
    }
    int64_t s;
    if (!vm_need_int(vm, argv[0], &s)) return VM_NULL;
    if (s < 0) return vm_raise(vm, VM_B_ValueError, "sleep length must be non-negative");
    if (s > 9223372036) return vm_raise(vm, VM_B_OverflowError, "timestamp too large to convert to C _PyTime_t");
    return sleep_us(vm, (uint64_t)s * 1000000);
}

/* A time that has passed already is no error: sleep_ms(ticks_diff(deadline, ticks_ms())). */
static vm_value sleep_units(vm *vm, vm_value units, uint32_t unit_us) {
    int64_t n;
    if (!vm_need_int(vm, units, &n)) return VM_NULL;
    return sleep_us(vm, n <= 0 ? 0 : (uint64_t)n > UINT64_MAX / 1000 ? UINT64_MAX : (uint64_t)n * unit_us);
}

vm_value vm_time_sleep_ms(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return sleep_units(vm, argv[0], 1000);
}

vm_value vm_time_sleep_us(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return sleep_units(vm, argv[0], 1);
}

vm_value vm_time_ticks_ms(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return VM_SMALL(hal_time_us(vm->hal) / 1000 & TICKS_MASK);
}

vm_value vm_time_ticks_us(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return VM_SMALL(hal_time_us(vm->hal) & TICKS_MASK);
}

/* ticks_diff(end, start): from -2^29 to 2^29 - 1, right when the two lie less than half a turn apart. */
vm_value vm_time_ticks_diff(vm *vm, unsigned argc, vm_value *argv) {
    int64_t end, start;
    (void)argc;
    if (!vm_need_int(vm, argv[0], &end) || !vm_need_int(vm, argv[1], &start)) return VM_NULL;
    uint32_t turn = ((uint32_t)end - (uint32_t)start + TICKS_HALF) & TICKS_MASK;
    return VM_SMALL((int32_t)turn - TICKS_HALF);
}

vm_value vm_time_ticks_add(vm *vm, unsigned argc, vm_value *argv) {
    int64_t ticks, delta;
    (void)argc;
    if (!vm_need_int(vm, argv[0], &ticks) || !vm_need_int(vm, argv[1], &delta)) return VM_NULL;
    if (delta < -TICKS_HALF || delta >= TICKS_HALF) return vm_raise(vm, VM_B_OverflowError, "ticks interval overflow");
    return VM_SMALL(((uint32_t)ticks + (uint32_t)delta) & TICKS_MASK);
}

#if VM_FLOAT
vm_value vm_time_time(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_alloc_float(vm, (double)hal_time_us(vm->hal) / 1e6);
}
#endif

vm_value vm_time_ns(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    return vm_int(vm, (int64_t)(hal_time_us(vm->hal) * 1000));
}
