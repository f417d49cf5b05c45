/* SPDX-License-Identifier: Apache-2.0 */
/* `_vm.Vm`, as the files that make up its chip see it: vm_machine.c (time, pins, console), vm_peripherals.c (all else). */
#ifndef VMRIG_BIND_VM_MACHINE_H
#define VMRIG_BIND_VM_MACHINE_H

#include "vm_bind.h"
#include "vm_hal_host.h"
#include "vm.h"

enum { VM_MACHINE_SECTOR = 4096 }; /* bytes of its flash that are erased at once */

typedef struct {
    PyObject_HEAD vm *vm;
    void *memory;
    struct vm_hal hal;
    PyObject *write, *time_us, *wait_until_us, *gpio, *peripherals; /* NULL: none */
    Py_buffer flash;                                                /* obj NULL: none */
    PyObject *raised[3];                                            /* by a callable: type, value, traceback */
    PyThreadState *thread;                                          /* of run() while it has released the GIL */
    uint64_t made_us;                                               /* on the system's clock, when there is no time_us */
    uint64_t now_us;                                                /* the latest time told to the VM: time does not go back */
    uint32_t reset_cause;
    uint8_t uid[16], uid_length;
    PyObject *on_poll; /* called while a long native call keeps run() from returning; NULL: nobody */
    uint64_t *counts;  /* of executed instructions by word of CODE; NULL: they are not counted */
    uint32_t code_words;
    bool busy, polling;
} machine;

/* The hal's functions run without the GIL: between these two they have it. */
void vm_machine_take_gil(machine *m);
void vm_machine_give_gil(machine *m); /* keeps the exception that is set */
/* Keeps the exception that is set, if one is; the first one counts. */
void vm_machine_keep_exception(machine *m);
/* `result`: a new reference or NULL, of an int or None. */
long long vm_machine_number(machine *m, PyObject *result, long long none);

bool vm_machine_flash_room(void *context, hal_room *out);
const uint8_t *vm_machine_flash(void *context, uint32_t address);
bool vm_machine_flash_erase(void *context, uint32_t address, uint32_t length);
bool vm_machine_flash_write(void *context, uint32_t address, const void *data, uint32_t length);
int vm_machine_i2c_open(void *context, const hal_i2c *bus);
int vm_machine_i2c_transfer(void *context, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                            size_t in_length);
int vm_machine_spi_open(void *context, const hal_spi *bus);
int vm_machine_spi_transfer(void *context, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length);
int vm_machine_uart_open(void *context, const hal_uart *line);
void vm_machine_uart_close(void *context, unsigned uart);
size_t vm_machine_uart_read(void *context, unsigned uart, uint8_t *out, size_t max);
size_t vm_machine_uart_write(void *context, unsigned uart, const uint8_t *data, size_t length);
int vm_machine_adc_read(void *context, unsigned pin);
int vm_machine_pwm(void *context, unsigned pin, uint32_t frequency_hz, uint32_t duty);
int vm_machine_watchdog_start(void *context, uint32_t timeout_ms);
bool vm_machine_watchdog_feed(void *context);
int vm_machine_gpio_edge(void *context, unsigned pin, unsigned edges);
uint32_t vm_machine_event(void *context);
int vm_machine_sleep_deep(void *context, uint64_t duration_us, unsigned pin, bool level);
size_t vm_machine_entropy(void *context, uint8_t *out, size_t max);
#define VM_PERIPHERAL_OPS                                                                                                                  \
    .flash_room = vm_machine_flash_room, .flash = vm_machine_flash, .flash_erase = vm_machine_flash_erase,                                 \
    .flash_write = vm_machine_flash_write, .i2c_open = vm_machine_i2c_open, .i2c_transfer = vm_machine_i2c_transfer,                       \
    .spi_open = vm_machine_spi_open, .spi_transfer = vm_machine_spi_transfer, .uart_open = vm_machine_uart_open,                           \
    .uart_close = vm_machine_uart_close, .uart_read = vm_machine_uart_read, .uart_write = vm_machine_uart_write,                           \
    .adc_read = vm_machine_adc_read, .pwm = vm_machine_pwm, .watchdog_start = vm_machine_watchdog_start,                                   \
    .watchdog_feed = vm_machine_watchdog_feed, .gpio_edge = vm_machine_gpio_edge, .event = vm_machine_event,                               \
    .sleep_deep = vm_machine_sleep_deep, .entropy = vm_machine_entropy

#endif
