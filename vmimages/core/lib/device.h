/* SPDX-License-Identifier: Apache-2.0 */
/* What the modules of the board library share: objects with a few words of state behind them, arguments by place or by name, errors of
 * hal.h as OSError. */
#ifndef VM_LIB_DEVICE_H
#define VM_LIB_DEVICE_H
#include "rooms.h"

/* An object of a builtin type of the library: VM_T_NATIVE. The type is in the header, so that no method sees another's. */
typedef struct {
    vm_header h;  /* aux: number of its type in builtins.def */
    vm_value ref; /* an object that it keeps alive, or VM_NULL */
    union {
        uint32_t words[1]; /* as many as its type has options */
        hal_i2c i2c;
        hal_spi spi;
        hal_uart uart; /* from uart.c on: the line's number in `tx`, HAL_NO_PIN: closed */
        struct {
            uint32_t pin, frequency_hz, duty;
        } pwm;
    };
} vm_device;

static inline vm_device *vm_device_of(const vm *vm, vm_value v) {
    (void)vm;
    return VM_PTR(vm, v);
}

/* What a constructor takes, by place or by name, and the object gets as its words in this order. `high` 0: a pin. None stands for the
 * default. */
typedef struct {
    uint16_t name, low;
    uint32_t high, value;
} vm_option;
typedef struct {
    uint8_t type, needed, count; /* needed: those that must be given, the first ones */
    const vm_option *options;
} vm_device_type;
bool vm_take_option(vm *vm, const vm_option *o, vm_value v, uint32_t *out);
vm_value vm_new_device(vm *vm, unsigned argc, vm_value *argv, const vm_device_type *type);

bool vm_need_pin(vm *vm, vm_value v, uint32_t *pin); /* an int, or a name that the board gives it */
/* An int from `low` to `high`, called `what` in the ValueError. */
bool vm_need_range(vm *vm, vm_value v, const char *what, uint32_t low, uint32_t high, uint32_t *out);
bool vm_need_bytes(vm *vm, vm_value v, const uint8_t **data, uint32_t *length);
vm_value vm_os_error(vm *vm, int error); /* a HAL_E number */
/* None where `error` is 0, else the OSError. */
static inline vm_value vm_done(vm *vm, int error) { return error < 0 ? vm_os_error(vm, error) : VM_NONE; }

#endif
