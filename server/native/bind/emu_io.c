/* SPDX-License-Identifier: Apache-2.0 */
/* Machine's pins and serial ports. */
#include "emu_binding.h"

#include "pins.h"
#include "serial.h"

static bool check_pin(unsigned pin) {
    if (pin < EMU_PIN_COUNT) return true;
    PyErr_Format(PyExc_ValueError, "pin %u: there are pins 0..%u (port * 32 + bit)", pin, EMU_PIN_COUNT - 1);
    return false;
}

static bool check_level(int level) {
    if (level >= -1 && level <= 1) return true;
    PyErr_Format(PyExc_ValueError, "level %d: must be -1 (float), 0 or 1", level);
    return false;
}

static bool check_port(unsigned port) {
    if (port < EMU_SERIAL_PORTS) return true;
    PyErr_Format(PyExc_ValueError, "serial port %u: there are ports 0..%u", port, EMU_SERIAL_PORTS - 1);
    return false;
}

PyObject *emu_py_pin_drive(MachineObject *self, PyObject *args) {
    unsigned pin;
    int level;
    if (!PyArg_ParseTuple(args, "Ii:pin_drive", &pin, &level) || !check_pin(pin) || !check_level(level)) return NULL;
    emu_acquire(self);
    emu_pin_drive(self->m, pin, (emu_level)level);
    emu_release(self);
    Py_RETURN_NONE;
}

PyObject *emu_py_pin_pull(MachineObject *self, PyObject *args) {
    unsigned pin;
    int pull;
    if (!PyArg_ParseTuple(args, "Ii:pin_pull", &pin, &pull) || !check_pin(pin) || !check_level(pull)) return NULL;
    emu_acquire(self);
    emu_pin_board_pull(self->m, pin, pull == EMU_HIGH ? EMU_PULL_UP : pull == EMU_LOW ? EMU_PULL_DOWN : EMU_PULL_NONE);
    emu_release(self);
    Py_RETURN_NONE;
}

PyObject *emu_py_pin_level(MachineObject *self, PyObject *args) {
    unsigned pin;
    if (!PyArg_ParseTuple(args, "I:pin_level", &pin) || !check_pin(pin)) return NULL;
    emu_acquire(self);
    long level = emu_pin_level(self->m, pin);
    emu_release(self);
    return PyLong_FromLong(level);
}

PyObject *emu_py_pin_edges(MachineObject *self, PyObject *args) {
    enum { CHUNK = 256 };
    PyObject *start = NULL;
    if (!PyArg_ParseTuple(args, "|O:pin_edges", &start)) return NULL;
    uint64_t from = start ? PyLong_AsUnsignedLongLong(start) : 0;
    if (PyErr_Occurred()) return NULL;
    PyObject *list = PyList_New(0);
    emu_edge edges[CHUNK];
    size_t count = CHUNK;
    while (list && count == CHUNK) {
        emu_acquire(self);
        count = emu_pin_edges(self->m, &from, edges, CHUNK);
        emu_release(self);
        for (size_t i = 0; list && i < count; i++) {
            PyObject *edge = Py_BuildValue("(Kii)", (unsigned long long)edges[i].cycle, (int)edges[i].pin, (int)edges[i].level);
            if (!edge || PyList_Append(list, edge) < 0) Py_CLEAR(list);
            Py_XDECREF(edge);
        }
    }
    return list ? Py_BuildValue("(NK)", list, (unsigned long long)from) : NULL;
}

PyObject *emu_py_serial_write(MachineObject *self, PyObject *args) {
    unsigned port;
    Py_buffer data;
    if (!PyArg_ParseTuple(args, "Iy*:serial_write", &port, &data)) return NULL;
    size_t taken = 0;
    bool ok = check_port(port);
    if (ok) {
        emu_acquire(self);
        taken = emu_serial_write(self->m, port, data.buf, (size_t)data.len);
        emu_release(self);
    }
    PyBuffer_Release(&data);
    return ok ? PyLong_FromSize_t(taken) : NULL;
}

PyObject *emu_py_serial_read(MachineObject *self, PyObject *args) {
    unsigned port;
    Py_ssize_t limit = EMU_SERIAL_QUEUE;
    if (!PyArg_ParseTuple(args, "I|n:serial_read", &port, &limit) || !check_port(port)) return NULL;
    if (limit < 0) return PyErr_Format(PyExc_ValueError, "limit must not be negative");
    uint8_t bytes[4096];
    PyObject *result = PyBytes_FromStringAndSize(NULL, 0);
    while (result && limit > 0) {
        emu_acquire(self);
        size_t n = emu_serial_read(self->m, port, bytes, (size_t)limit < sizeof bytes ? (size_t)limit : sizeof bytes);
        emu_release(self);
        if (n == 0) break;
        limit -= (Py_ssize_t)n;
        PyObject *part = PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)n), *joined = NULL;
        if (part) joined = PySequence_Concat(result, part);
        Py_XDECREF(part);
        Py_DECREF(result);
        result = joined;
    }
    return result;
}

PyObject *emu_py_serial_waiting(MachineObject *self, PyObject *args) {
    unsigned port;
    if (!PyArg_ParseTuple(args, "I:serial_waiting", &port) || !check_port(port)) return NULL;
    emu_acquire(self);
    size_t waiting = emu_serial_waiting(self->m, port);
    emu_release(self);
    return PyLong_FromSize_t(waiting);
}

PyObject *emu_py_serial_drop(MachineObject *self, PyObject *args) {
    unsigned port;
    if (!PyArg_ParseTuple(args, "I:serial_drop", &port) || !check_port(port)) return NULL;
    emu_acquire(self);
    while (emu_serial_rx(self->m, port) >= 0) emu_serial_count_lost(self->m, port);
    emu_release(self);
    Py_RETURN_NONE;
}

PyObject *emu_py_serial_stats(MachineObject *self, PyObject *args) {
    unsigned port;
    if (!PyArg_ParseTuple(args, "I:serial_stats", &port) || !check_port(port)) return NULL;
    emu_serial_counters c;
    emu_acquire(self);
    (void)emu_serial_stats(self->m, port, &c);
    emu_release(self);
    return Py_BuildValue("{sKsKsKsK}", "to_chip", (unsigned long long)c.to_chip, "from_chip", (unsigned long long)c.from_chip, "lost_rx",
                         (unsigned long long)c.lost_rx, "lost_tx", (unsigned long long)c.lost_tx);
}
