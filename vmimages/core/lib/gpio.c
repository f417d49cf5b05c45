/* SPDX-License-Identifier: Apache-2.0 */
/* gpio: pins by number (port * 32 + bit) or by the name that the board gives them. */
#include "device.h"
#include "thread.h"

bool vm_need_pin(vm *vm, vm_value v, uint32_t *pin) {
    int64_t number;
    if (vm_is(vm, v, VM_T_STR)) {
        const vm_str *s = vm_str_of(vm, v);
        int named = hal_pin_by_name(vm->hal, (const char *)s->data, s->length);
        if (named < 0) return vm_raise(vm, VM_B_ValueError, "this board has no pin %R", v), false;
        *pin = (unsigned)named;
        return true;
    }
    if (!vm_as_int64(vm, v, &number) || vm_is_bool(v))
        return vm_raise(vm, VM_B_TypeError, "pin must be an int or a str, not '%T'", v), false;
    if (number < 0 || number > UINT16_MAX) return vm_raise(vm, VM_B_ValueError, "this chip has no pin %R", v), false;
    *pin = (unsigned)number;
    return true;
}

/* The hal refused. */
static vm_value refused(vm *vm, vm_value v, unsigned pin) {
    if (hal_gpio_read(vm->hal, pin) < 0) return vm_raise(vm, VM_B_ValueError, "this chip has no pin %R", v);
    return vm_raise(vm, VM_B_OSError, "pin %R is in use by the VM or by the board", v);
}

static vm_value write_pin(vm *vm, vm_value v, bool level) {
    unsigned pin;
    if (!vm_need_pin(vm, v, &pin)) return VM_NULL;
    return hal_gpio_write(vm->hal, pin, level) ? VM_NONE : refused(vm, v, pin);
}

vm_value vm_gpio_mode(vm *vm, unsigned argc, vm_value *argv) {
    unsigned pin;
    int64_t mode;
    (void)argc;
    if (!vm_need_pin(vm, argv[0], &pin) || !vm_need_int(vm, argv[1], &mode)) return VM_NULL;
    if (mode < HAL_GPIO_INPUT || mode > HAL_GPIO_PULLDOWN)
        return vm_raise(vm, VM_B_ValueError, "mode must be gpio.INPUT, gpio.OUTPUT, gpio.PULLUP or gpio.PULLDOWN, not %R", argv[1]);
    return hal_gpio_mode(vm->hal, pin, (unsigned)mode) ? VM_NONE : refused(vm, argv[0], pin);
}

vm_value vm_gpio_write(vm *vm, unsigned argc, vm_value *argv) {
    bool level;
    (void)argc;
    return vm_truth(vm, argv[1], &level) ? write_pin(vm, argv[0], level) : VM_NULL;
}

vm_value vm_gpio_high(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return write_pin(vm, argv[0], true);
}

vm_value vm_gpio_low(vm *vm, unsigned argc, vm_value *argv) {
    (void)argc;
    return write_pin(vm, argv[0], false);
}

static int read_pin(vm *vm, vm_value v, unsigned *pin) {
    if (!vm_need_pin(vm, v, pin)) return -1;
    int level = hal_gpio_read(vm->hal, *pin);
    if (level < 0) vm_raise(vm, VM_B_ValueError, "this chip has no pin %R", v);
    return level;
}

/* An output's level is read where it arrives, on the pin. */
vm_value vm_gpio_toggle(vm *vm, unsigned argc, vm_value *argv) {
    unsigned pin;
    int level = read_pin(vm, argv[0], &pin);
    (void)argc;
    if (level < 0) return VM_NULL;
    return hal_gpio_write(vm->hal, pin, !level) ? VM_NONE : refused(vm, argv[0], pin);
}

vm_value vm_gpio_read(vm *vm, unsigned argc, vm_value *argv) {
    unsigned pin;
    int level = read_pin(vm, argv[0], &pin);
    (void)argc;
    return level < 0 ? VM_NULL : VM_SMALL(level);
}

/* --- edges: noted in an interrupt, taken by a thread that waits for them */

enum { EDGES_KEPT = 8 };

/* watch(pin, edges=BOTH): from now on its edges are kept for wait(); edges 0: no more. */
vm_value vm_gpio_watch(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t pin, edges = HAL_EDGE_BOTH;
    if (!vm_need_pin(vm, argv[0], &pin) || (argc > 1 && !vm_need_range(vm, argv[1], "edges", 0, HAL_EDGE_BOTH, &edges)) ||
        !vm_channel(vm, pin, EDGES_KEPT))
        return VM_NULL;
    return vm_done(vm, hal_gpio_edge(vm->hal, pin, edges));
}

vm_value vm_edge_take(vm *vm, vm_value object, uint32_t token, bool timed_out) {
    vm_value v = vm_channel_take(vm, object, token, timed_out);
    return vm_is_small(v) ? VM_SMALL((vm_small(v) & HAL_EVENT_RISING) != 0) : v;
}

/* wait(pin, timeout=None): the level after the next edge of a watched pin, None when `timeout` seconds have passed. */
vm_value vm_gpio_wait(vm *vm, unsigned argc, vm_value *argv) {
    uint32_t pin;
    uint64_t until;
    if (!vm_need_pin(vm, argv[0], &pin) || !vm_deadline(vm, argc > 1 ? argv[1] : VM_NONE, &until)) return VM_NULL;
    vm_value channel = vm_channel(vm, pin, EDGES_KEPT);
    return channel ? vm_block(vm, VM_WAIT_EDGE, channel, 0, until) : channel;
}
