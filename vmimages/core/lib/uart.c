/* SPDX-License-Identifier: Apache-2.0 */
/* uart.UART: a serial line of the program's own, beside the one that the board is plugged in by. Nothing here waits: what has come is
 * there, what finds no room is not sent. */
#include "device.h"

#if VM_FEATURE_BUS

static const vm_option uart_options[] = {{VM_N_tx, 0, 0, HAL_NO_PIN},
                                         {VM_N_rx, 0, 0, HAL_NO_PIN},
                                         {VM_N_baudrate, 300, 4000000, 9600},
                                         {VM_N_parity, 0, 1, HAL_PARITY_NONE},
                                         {VM_N_stop, 1, 2, 1}};
static const vm_device_type uart_type = {VM_B_UART, 0, 5, uart_options};

vm_value vm_new_uart(vm *vm, unsigned argc, vm_value *argv) {
    vm_value v = vm_new_device(vm, argc, argv, &uart_type);
    if (!v) return v;
    vm_device *d = vm_device_of(vm, v);
    int number = hal_uart_open(vm->hal, &d->uart);
    d->uart.tx = (uint32_t)number;
    return number < 0 ? vm_os_error(vm, number) : v;
}

/* The line's number; -1: raised, it is closed. */
static int number_of(vm *vm, vm_value v) {
    uint32_t number = vm_device_of(vm, v)->uart.tx;
    if (number != HAL_NO_PIN) return (int)number;
    vm_raise(vm, VM_B_ValueError, "the line is closed");
    return -1;
}

/* any(): bytes that wait. */
vm_value vm_uart_any(vm *vm, unsigned argc, vm_value *argv) {
    int number = number_of(vm, argv[0]);
    (void)argc;
    return number < 0 ? VM_NULL : vm_int(vm, (int64_t)hal_uart_read(vm->hal, (unsigned)number, NULL, 0));
}

/* read(most=-1): what has come, all of it or at most so many bytes. */
vm_value vm_uart_read(vm *vm, unsigned argc, vm_value *argv) {
    int64_t most = -1;
    int number = number_of(vm, argv[0]);
    if (number < 0 || (argc > 1 && argv[1] != VM_NONE && !vm_need_int(vm, argv[1], &most))) return VM_NULL;
    size_t waiting = hal_uart_read(vm->hal, (unsigned)number, NULL, 0);
    uint32_t length = (uint32_t)(most >= 0 && (uint64_t)most < waiting ? (size_t)most : waiting);
    vm_value bytes = vm_alloc_string(vm, VM_T_BYTES, length);
    if (bytes && length) hal_uart_read(vm->hal, (unsigned)number, vm_str_of(vm, bytes)->data, length);
    return bytes;
}

/* write(data): bytes taken; the rest finds no room now. */
vm_value vm_uart_write(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t length;
    int number = number_of(vm, argv[0]);
    (void)argc;
    if (number < 0 || !vm_need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
    return vm_int(vm, (int64_t)hal_uart_write(vm->hal, (unsigned)number, data, length));
}

vm_value vm_uart_close(vm *vm, unsigned argc, vm_value *argv) {
    vm_device *d = vm_device_of(vm, argv[0]);
    (void)argc;
    if (d->uart.tx != HAL_NO_PIN) hal_uart_close(vm->hal, d->uart.tx);
    d->uart.tx = HAL_NO_PIN;
    return VM_NONE;
}

#endif
