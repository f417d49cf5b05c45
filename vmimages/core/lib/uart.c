/* SPDX-License-Identifier: Apache-2.0 */
/* uart.UART: a serial line of the program's own, beside the one that the board is plugged in by. Reading takes what has come,
 * or waits for it; writing waits for room. */
#include "device.h"
#include "thread.h"

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

static size_t waiting(vm *vm, vm_value line) { return hal_uart_read(vm->hal, vm_device_of(vm, line)->uart.tx, NULL, 0); }

/* token: bytes wanted; -1: all, once one is there; 0: none, likewise. A line that another thread closes meanwhile has no more to say. */
bool vm_uart_readable(vm *vm, vm_value line, uint32_t token) {
    if (vm_device_of(vm, line)->uart.tx == HAL_NO_PIN) return true;
    size_t there = waiting(vm, line);
    return there && (int32_t)there >= (int32_t)token;
}

vm_value vm_uart_taken(vm *vm, vm_value line, uint32_t token, bool timed_out) {
    (void)timed_out;
    int number = number_of(vm, line);
    if (number < 0) return VM_NULL;
    size_t there = waiting(vm, line);
    uint32_t length = (uint32_t)(token < there ? token : there);
    vm_value bytes = vm_alloc_string(vm, VM_T_BYTES, length);
    if (bytes && length) hal_uart_read(vm->hal, (unsigned)number, vm_str_of(vm, bytes)->data, length);
    return bytes;
}

/* read(most=-1, timeout=0): what has come, all of it or at most so many bytes. With a timeout in seconds, None for any time, it waits for
 * so many, or for the first; `most` 0 takes none. */
vm_value vm_uart_read(vm *vm, unsigned argc, vm_value *argv) {
    int64_t most = -1;
    uint64_t until = 0;
    if (number_of(vm, argv[0]) < 0 || (argc > 1 && argv[1] != VM_NONE && !vm_need_int(vm, argv[1], &most)) ||
        (argc > 2 && !vm_deadline(vm, argv[2], &until)))
        return VM_NULL;
    uint32_t token = most < 0 || most > INT32_MAX ? UINT32_MAX : (uint32_t)most;
    if (argc < 3 || vm_uart_readable(vm, argv[0], token)) return vm_uart_taken(vm, argv[0], token, false);
    return vm_block(vm, VM_WAIT_UART_READ, argv[0], token, until);
}

bool vm_uart_writable(vm *vm, vm_value pending, uint32_t token) {
    (void)token;
    return hal_uart_write(vm->hal, vm_device_of(vm, pending)->uart.tx, NULL, 0) > 0;
}

/* pending: of no type of a program; ref the data, uart.tx the line's number, uart.rx the bytes sent. */
vm_value vm_uart_given(vm *vm, vm_value pending, uint32_t token, bool timed_out) {
    vm_device *d = vm_device_of(vm, pending);
    const uint8_t *data;
    uint32_t length;
    (void)token, (void)timed_out;
    vm_bytes_view(vm, d->ref, &data, &length);
    if (d->uart.rx < length) d->uart.rx += (uint32_t)hal_uart_write(vm->hal, d->uart.tx, data + d->uart.rx, length - d->uart.rx);
    return d->uart.rx < length ? VM_WOULD_BLOCK : vm_int(vm, length);
}

/* write(data): returns their number once all are on their way. */
vm_value vm_uart_write(vm *vm, unsigned argc, vm_value *argv) {
    const uint8_t *data;
    uint32_t length;
    int number = number_of(vm, argv[0]);
    (void)argc;
    if (number < 0 || !vm_need_bytes(vm, argv[1], &data, &length)) return VM_NULL;
    uint32_t sent = (uint32_t)hal_uart_write(vm->hal, (unsigned)number, data, length);
    if (sent == length) return vm_int(vm, length);
    vm_value pending = vm_alloc(vm, VM_T_NATIVE, 16);
    if (!pending) return pending;
    vm_device *d = vm_device_of(vm, pending);
    d->h.aux = VM_B_UART;
    d->ref = argv[1];
    d->uart.tx = (uint32_t)number;
    d->uart.rx = sent;
    return vm_block(vm, VM_WAIT_UART_WRITE, pending, 0, VM_FOREVER);
}

vm_value vm_uart_close(vm *vm, unsigned argc, vm_value *argv) {
    vm_device *d = vm_device_of(vm, argv[0]);
    (void)argc;
    if (d->uart.tx != HAL_NO_PIN) hal_uart_close(vm->hal, d->uart.tx);
    d->uart.tx = HAL_NO_PIN;
    return VM_NONE;
}

#endif
