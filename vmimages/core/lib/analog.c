/* SPDX-License-Identifier: Apache-2.0 */
/* adc.ADC, pwm.PWM and the watchdog. Levels and duties are of 16 bits whatever the chip's converter has, as in MicroPython. */
#include "device.h"

#if VM_FEATURE_BUS

static const vm_option adc_options[] = {{VM_N_pin, 0, 0, 0}};
static const vm_device_type adc_type = {VM_B_ADC, 1, 1, adc_options};

/* 0 to 65535, the supply's voltage. */
vm_value vm_adc_read_u16(vm *vm, unsigned argc, vm_value *argv) {
    int level = hal_adc_read(vm->hal, vm_device_of(vm, argv[0])->words[0]);
    (void)argc;
    return level < 0 ? vm_os_error(vm, level) : VM_SMALL(level);
}

vm_value vm_new_adc(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_new_device(vm, argc, argv, &adc_type);
    return v && vm_adc_read_u16(vm, 1, &v) ? v : VM_NULL; /* allocates nothing but an error that takes its place */
}

static vm_value pwm_apply(vm *vm, vm_value v) {
    const vm_device *d = vm_device_of(vm, v);
    return vm_done(vm, hal_pwm(vm->hal, d->pwm.pin, d->pwm.frequency_hz, d->pwm.duty + (d->pwm.duty == 65535)));
}

enum { FREQUENCY = 1, DUTY };
static const vm_option pwm_options[] = {{VM_N_pin, 0, 0, 0}, {VM_N_freq, 1, 10000000, 1000}, {VM_N_duty_u16, 0, 65535, 0}};
static const vm_device_type pwm_type = {VM_B_PWM, 1, 3, pwm_options};

vm_value vm_new_pwm(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_new_device(vm, argc, argv, &pwm_type);
    return v && pwm_apply(vm, v) ? v : VM_NULL;
}

/* What one of the words is, or its new value. */
static vm_value pwm_word(vm *vm, unsigned argc, vm_value *argv, unsigned which) {
    uint32_t *word = &vm_device_of(vm, argv[0])->words[which];
    if (argc < 2) return vm_int(vm, *word);
    return vm_take_option(vm, &pwm_options[which], argv[1], word) ? pwm_apply(vm, argv[0]) : VM_NULL;
}

vm_value vm_pwm_freq(vm *vm, unsigned argc, vm_value *argv) { return pwm_word(vm, argc, argv, FREQUENCY); }
vm_value vm_pwm_duty_u16(vm *vm, unsigned argc, vm_value *argv) { return pwm_word(vm, argc, argv, DUTY); }

/* The pin is a GPIO again; freq() or duty_u16() start it anew. */
vm_value vm_pwm_close(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return vm_done(vm, hal_pwm(vm->hal, vm_device_of(vm, argv[0])->pwm.pin, 0, 0));
}

vm_value vm_watchdog_start(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t timeout_ms;
    (void)argc;
    if (!vm_need_range(vm, argv[0], "timeout_ms", 10, 0x7FFFFFFF, &timeout_ms)) return VM_NULL;
    return vm_done(vm, hal_watchdog_start(vm->hal, timeout_ms));
}

vm_value vm_watchdog_feed(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc, (void)argv;
    hal_watchdog_feed(vm->hal);
    return VM_NONE;
}

#endif
