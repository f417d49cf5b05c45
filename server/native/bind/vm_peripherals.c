/* SPDX-License-Identifier: Apache-2.0 */
/* The peripherals of a `_vm.Vm`: each call of hal.h is one of a method of the caller's object (host.Peripherals has them all), which says
 * an error as hal.h numbers it. A method that raises ends the program's run with its exception. */
#include "vm_machine.h"
#include <stdarg.h>
#include <string.h>

void vm_machine_take_gil(machine *m) { PyEval_RestoreThread(m->thread); }

void vm_machine_keep_exception(machine *m) {
    if (!PyErr_Occurred()) return;
    if (m->raised[0])
        PyErr_Clear();
    else
        PyErr_Fetch(&m->raised[0], &m->raised[1], &m->raised[2]);
}

long long vm_machine_number(machine *m, PyObject *result, long long none) {
    long long number = none;
    if (result && result != Py_None) number = PyLong_AsLongLong(result);
    Py_XDECREF(result);
    if (!PyErr_Occurred()) return number;
    vm_machine_keep_exception(m);
    return none;
}

void vm_machine_give_gil(machine *m) {
    vm_machine_keep_exception(m);
    m->thread = PyEval_SaveThread();
}

/* Calls a method; NULL: there is none, or it raised. With the GIL. */
static PyObject *ask(machine *m, const char *method, const char *format, ...) {
    va_list arguments;
    if (!m->peripherals || m->raised[0]) return NULL;
    PyObject *callable = PyObject_GetAttrString(m->peripherals, method), *args = NULL, *result = NULL;
    va_start(arguments, format);
    if (callable) args = Py_VaBuildValue(format, arguments);
    va_end(arguments);
    if (args) result = PyObject_CallObject(callable, args);
    Py_XDECREF(callable);
    Py_XDECREF(args);
    return result;
}

/* What a method says: None is 0, and no method HAL_ENODEV. Gives the GIL back. */
static int answer(machine *m, PyObject *result) {
    long long number = result == Py_None ? 0 : HAL_ENODEV;
    number = vm_machine_number(m, result, number);
    vm_machine_give_gil(m);
    return (int)number;
}

/* A method's bytes, or its error as an int. At most `max` bytes; those that are missing are `fill`. Gives the GIL back. */
static int answer_bytes(machine *m, PyObject *result, uint8_t *out, size_t max, uint8_t fill) {
    Py_buffer view;
    int length = HAL_ENODEV;
    if (result && PyLong_Check(result)) return answer(m, result);
    if (result && PyObject_GetBuffer(result, &view, PyBUF_SIMPLE) == 0) {
        length = (int)((size_t)view.len < max ? (size_t)view.len : max);
        memcpy(out, view.buf, (size_t)length);
        memset(out + length, fill, max - (size_t)length);
        PyBuffer_Release(&view);
    }
    Py_XDECREF(result);
    vm_machine_give_gil(m);
    return length;
}

static int pin_number(unsigned pin) { return pin == HAL_NO_PIN ? -1 : (int)pin; }

/* --- buses */

int vm_machine_i2c_open(void *context, const hal_i2c *bus) {
    machine *m = context;
    vm_machine_take_gil(m);
    return answer(m, ask(m, "i2c_open", "(III)", bus->scl, bus->sda, bus->frequency_hz));
}

int vm_machine_i2c_transfer(void *context, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                            size_t in_length) {
    machine *m = context;
    uint8_t nothing;
    vm_machine_take_gil(m);
    PyObject *result = ask(m, "i2c_transfer", "(IIIy#n)", bus->scl, bus->sda, address, out_length ? (const char *)out : "",
                           (Py_ssize_t)out_length, (Py_ssize_t)in_length);
    int length = answer_bytes(m, result, in_length ? in : &nothing, in_length, 0xFF); /* nobody pulls the line down */
    return length < 0 ? length : 0;
}

int vm_machine_spi_open(void *context, const hal_spi *bus) {
    machine *m = context;
    vm_machine_take_gil(m);
    return answer(m, ask(m, "spi_open", "(iiiII)", pin_number(bus->sck), pin_number(bus->mosi), pin_number(bus->miso),
                         bus->polarity << 1 | bus->phase, bus->frequency_hz));
}

int vm_machine_spi_transfer(void *context, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    machine *m = context;
    vm_machine_take_gil(m);
    PyObject *result = ask(m, "spi_transfer", "(iy#)", pin_number(bus->sck), (const char *)out, (Py_ssize_t)length);
    if (!in) return answer(m, result && !PyLong_Check(result) ? (Py_DECREF(result), PyLong_FromLong(0)) : result);
    int got = answer_bytes(m, result, in, length, 0xFF);
    return got < 0 ? got : 0;
}

/* --- lines */

int vm_machine_uart_open(void *context, const hal_uart *line) {
    machine *m = context;
    vm_machine_take_gil(m);
    return answer(m, ask(m, "uart_open", "(iiIII)", pin_number(line->tx), pin_number(line->rx), line->baud, line->parity, line->stop_bits));
}

void vm_machine_uart_close(void *context, unsigned uart) {
    machine *m = context;
    vm_machine_take_gil(m);
    answer(m, ask(m, "uart_close", "(I)", uart));
}

size_t vm_machine_uart_read(void *context, unsigned uart, uint8_t *out, size_t max) {
    machine *m = context;
    vm_machine_take_gil(m);
    int length = max ? answer_bytes(m, ask(m, "uart_read", "(In)", uart, (Py_ssize_t)max), out, max, 0)
                     : answer(m, ask(m, "uart_waiting", "(I)", uart));
    return length < 0 ? 0 : (size_t)length;
}

size_t vm_machine_uart_write(void *context, unsigned uart, const uint8_t *data, size_t length) {
    machine *m = context;
    vm_machine_take_gil(m);
    if (!length) return answer(m, ask(m, "uart_room", "(I)", uart)) > 0;
    int taken = answer(m, ask(m, "uart_write", "(Iy#)", uart, (const char *)data, (Py_ssize_t)length));
    return taken < 0 ? 0 : length && (size_t)taken > length ? length : (size_t)taken;
}

/* --- converters, watchdog, events, sleep, entropy */

int vm_machine_adc_read(void *context, unsigned pin) {
    machine *m = context;
    vm_machine_take_gil(m);
    int level = answer(m, ask(m, "adc_read", "(I)", pin));
    return level > 65535 ? 65535 : level;
}

int vm_machine_pwm(void *context, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    machine *m = context;
    vm_machine_take_gil(m);
    return answer(m, ask(m, "pwm", "(III)", pin, frequency_hz, duty));
}

int vm_machine_watchdog_start(void *context, uint32_t timeout_ms) {
    machine *m = context;
    vm_machine_take_gil(m);
    return answer(m, ask(m, "watchdog_start", "(I)", timeout_ms));
}

bool vm_machine_watchdog_feed(void *context) {
    machine *m = context;
    vm_machine_take_gil(m);
    return !answer(m, ask(m, "watchdog_feed", "()"));
}

int vm_machine_gpio_edge(void *context, unsigned pin, unsigned edges) {
    machine *m = context;
    vm_machine_take_gil(m);
    return answer(m, ask(m, "gpio_edge", "(II)", pin, edges));
}

uint32_t vm_machine_event(void *context) {
    machine *m = context;
    vm_machine_take_gil(m);
    int event = answer(m, ask(m, "event", "()"));
    return event < 0 ? HAL_EVENT_NONE : (uint32_t)event;
}

int vm_machine_sleep_deep(void *context, uint64_t duration_us, unsigned pin, bool level) {
    machine *m = context;
    vm_machine_take_gil(m);
    long long duration = duration_us > INT64_MAX ? -1 : (long long)duration_us;
    return answer(m, ask(m, "sleep_deep", "(Lii)", duration, pin_number(pin), (int)level));
}

size_t vm_machine_entropy(void *context, uint8_t *out, size_t max) {
    machine *m = context;
    vm_machine_take_gil(m);
    int length = answer_bytes(m, ask(m, "entropy", "(n)", (Py_ssize_t)max), out, max, 0);
    return length < 0 ? 0 : (size_t)length;
}

/* --- flash: the caller's buffer. Nobody else changes it while the VM runs, so the GIL is not asked for. */

bool vm_machine_flash_room(void *context, hal_room *out) {
    machine *m = context;
    *out = (hal_room){0, VM_MACHINE_SECTOR, (uint32_t)(m->flash.len / VM_MACHINE_SECTOR), 4};
    return m->flash.obj != NULL;
}

static uint8_t *cells(machine *m, uint32_t address, uint32_t length) {
    bool inside = m->flash.obj && address <= (uint32_t)m->flash.len && length <= (uint32_t)m->flash.len - address;
    return inside ? (uint8_t *)m->flash.buf + address : NULL;
}

const uint8_t *vm_machine_flash(void *context, uint32_t address) { return cells(context, address, 0); }

bool vm_machine_flash_erase(void *context, uint32_t address, uint32_t length) {
    uint8_t *at = cells(context, address, length);
    if (!at || (address | length) % VM_MACHINE_SECTOR) return false;
    memset(at, 0xFF, length);
    return true;
}

bool vm_machine_flash_write(void *context, uint32_t address, const void *data, uint32_t length) {
    uint8_t *at = cells(context, address, length);
    const uint8_t *bytes = data;
    if (!at) return false;
    for (uint32_t i = 0; i < length; i++) at[i] &= bytes[i];
    return memcmp(at, data, length) == 0;
}
