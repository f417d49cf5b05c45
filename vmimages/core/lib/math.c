/* SPDX-License-Identifier: Apache-2.0 */
/* math: what float.c can do without a libm, with CPython's errors. */
#include "rooms.h"

#if VM_FLOAT

static bool real(vm *vm, vm_value v, double *out) { return vm_need_double(vm, v, out); }

static vm_value domain_error(vm *vm) { return vm_raise(vm, VM_B_ValueError, "math domain error"); }

vm_value vm_math_sqrt(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    if (!real(vm, argv[0], &d)) return VM_NULL;
    double r = vm_sqrt(d);
    return vm_is_nan(r) && !vm_is_nan(d) ? domain_error(vm) : vm_alloc_float(vm, r);
}

enum { FLOOR, CEIL, TRUNC };

static vm_value to_int(vm *vm, vm_value v, unsigned how) {
    double d;
    static const uint16_t names[] = {VM_N_floor_, VM_N_ceil_, VM_N_trunc_};
    vm_value m = vm_special(vm, v, names[how]);
    if (m) return vm_call(vm, m, 1, &v);
    if (vm_is_number(vm, v) && !vm_is_float(v)) return vm_index_of(vm, v);
    if (how == TRUNC && !vm_is_float(v)) return vm_raise(vm, VM_B_TypeError, "type %T doesn't define __trunc__ method", v);
    if (!real(vm, v, &d)) return VM_NULL;
    if (how == FLOOR) d = vm_floor(d);
    if (how == CEIL) d = -vm_floor(-d);
    return vm_float_to_int(vm, d);
}

vm_value vm_math_floor(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return to_int(vm, argv[0], FLOOR);
}

vm_value vm_math_ceil(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return to_int(vm, argv[0], CEIL);
}

vm_value vm_math_trunc(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return to_int(vm, argv[0], TRUNC);
}

vm_value vm_math_fabs(vm *vm, unsigned argc, vm_value *argv) {
    double d;
    (void)argc;
    return real(vm, argv[0], &d) ? vm_alloc_float(vm, __builtin_fabs(d)) : VM_NULL;
}

static vm_value of_two(vm *vm, vm_value *argv, bool power) {
    double x, y;
    if (!real(vm, argv[0], &x) || !real(vm, argv[1], &y)) return VM_NULL;
    double r = power ? vm_pow(x, y) : vm_fmod(x, y);
    if (!vm_is_finite(r) && !vm_is_nan(x) && !vm_is_nan(y)) {
        if (vm_is_nan(r)) return domain_error(vm);
        if (power && vm_is_finite(x) && vm_is_finite(y))
            return x == 0 ? domain_error(vm) : vm_raise(vm, VM_B_OverflowError, "math range error");
    }
    return vm_alloc_float(vm, r);
}

vm_value vm_math_fmod(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, of_two(vm, argv, false); }
vm_value vm_math_pow(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, of_two(vm, argv, true); }

enum { NAN_, INF_, FINITE };

static vm_value is_kind(vm *vm, vm_value v, unsigned kind) {
    double d;
    if (!real(vm, v, &d)) return VM_NULL;
    return VM_BOOL(kind == (vm_is_finite(d) ? FINITE : vm_is_nan(d) ? NAN_ : INF_));
}

vm_value vm_math_isnan(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, is_kind(vm, argv[0], NAN_); }
vm_value vm_math_isinf(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, is_kind(vm, argv[0], INF_); }
vm_value vm_math_isfinite(vm *vm, unsigned argc, vm_value *argv) { return (void)argc, is_kind(vm, argv[0], FINITE); }

#endif
