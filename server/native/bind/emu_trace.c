/* SPDX-License-Identifier: Apache-2.0 */
/* Tracing of a Machine. */
#include <stdlib.h>

#include "emu_binding.h"

#define READ_MAX 65536 /* records in one call */

PyObject *emu_py_trace_start(MachineObject *self, PyObject *args) {
    unsigned flags;
    Py_ssize_t capacity = 1 << 16;
    if (!PyArg_ParseTuple(args, "I|n:trace_start", &flags, &capacity)) return NULL;
    if (!flags || flags > 15 || capacity < 1 || capacity > 1 << 24)
        return PyErr_Format(PyExc_ValueError, "flags are 1..15, the capacity is 1..%d records", 1 << 24);
    emu_acquire(self);
    bool ok = emu_trace_start(self->m, flags, (size_t)capacity);
    emu_release(self);
    if (!ok) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

PyObject *emu_py_trace_stop(MachineObject *self, PyObject *args) {
    if (!PyArg_ParseTuple(args, ":trace_stop")) return NULL;
    emu_acquire(self);
    emu_trace_stop(self->m);
    emu_release(self);
    Py_RETURN_NONE;
}

PyObject *emu_py_trace_read(MachineObject *self, PyObject *args) {
    Py_ssize_t max = READ_MAX;
    if (!PyArg_ParseTuple(args, "|n:trace_read", &max)) return NULL;
    if (max < 1 || max > READ_MAX) return PyErr_Format(PyExc_ValueError, "1..%d records can be read at once", READ_MAX);
    emu_trace_record *records = malloc((size_t)max * sizeof *records);
    if (!records) return PyErr_NoMemory();
    emu_acquire(self);
    size_t n = emu_trace_read(self->m, records, (size_t)max);
    emu_release(self);
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)records, (Py_ssize_t)(n * sizeof *records));
    free(records);
    return bytes;
}

PyObject *emu_py_trace_counts(MachineObject *self, PyObject *args) {
    if (!PyArg_ParseTuple(args, ":trace_counts")) return NULL;
    PyObject *list = PyList_New(0);
    emu_trace_count counts[256];
    uint32_t from = 0;
    size_t n = 256;
    while (list && n == 256) {
        emu_acquire(self);
        n = emu_trace_counts(self->m, from, counts, 256);
        emu_release(self);
        for (size_t i = 0; list && i < n; i++) {
            PyObject *entry = Py_BuildValue("(kk)", (unsigned long)counts[i].pc, (unsigned long)counts[i].count);
            if (!entry || PyList_Append(list, entry) < 0) Py_CLEAR(list);
            Py_XDECREF(entry);
        }
        if (n) from = counts[n - 1].pc + 2;
    }
    return list;
}
