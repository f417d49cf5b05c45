/* SPDX-License-Identifier: Apache-2.0 */
/* Machine's debug port methods. Short accesses keep the GIL (they take less than letting it go does), long ones release it. */
#include "emu_binding.h"

#include <stdlib.h>

#include "emu_batch.h"

#define GIL_FREE_BYTES 16384 /* transfers from here on release the GIL */

/* The last argument of all of these: which of the debug ports on the wire, see emu_dp_port. */
emu_machine *emu_py_port(MachineObject *self, unsigned dp) {
    emu_machine *port = emu_dp_port(self->m, dp);
    if (!port) PyErr_Format(PyExc_ValueError, "there is no debug port %u", dp);
    return port;
}

emu_machine *emu_py_core(MachineObject *self, unsigned dp) { return dp ? emu_py_port(self, dp) : self->m; }

PyObject *emu_py_dp_count(MachineObject *self, PyObject *args) {
    unsigned count = 0;
    if (!PyArg_ParseTuple(args, ":dp_count")) return NULL;
    for (unsigned i = 0; i < EMU_DP_MAX; i++) count += emu_dp_port(self->m, i) != NULL;
    return PyLong_FromUnsignedLong(count);
}

PyObject *emu_py_dp_find(MachineObject *self, PyObject *args) {
    uint32_t targetsel;
    if (!PyArg_ParseTuple(args, "O&:dp_find", emu_as_u32, &targetsel)) return NULL;
    int port = emu_dp_find(self->m, targetsel);
    if (port < 0) Py_RETURN_NONE;
    return PyLong_FromLong(port);
}

PyObject *emu_py_dp_read(MachineObject *self, PyObject *args) {
    uint32_t address, value = 0;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "O&|I:dp_read", emu_as_u32, &address, &dp)) return NULL;
    emu_machine *port = emu_py_port(self, dp);
    if (!port) return NULL;
    emu_acquire(self);
    emu_ack ack = emu_dp_read(port, address, &value);
    emu_release(self);
    if (ack != EMU_ACK_OK) return emu_raise_fault(self, ack, address, 0, "DP read");
    return PyLong_FromUnsignedLong(value);
}

PyObject *emu_py_dp_write(MachineObject *self, PyObject *args) {
    uint32_t address, value;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "O&O&|I:dp_write", emu_as_u32, &address, emu_as_u32, &value, &dp)) return NULL;
    emu_machine *port = emu_py_port(self, dp);
    if (!port) return NULL;
    emu_acquire(self);
    emu_ack ack = emu_dp_write(port, address, value);
    emu_release(self);
    if (ack != EMU_ACK_OK) return emu_raise_fault(self, ack, address, 0, "DP write");
    Py_RETURN_NONE;
}

PyObject *emu_py_ap_read(MachineObject *self, PyObject *args) {
    uint32_t address, value = 0;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "O&|I:ap_read", emu_as_u32, &address, &dp)) return NULL;
    emu_machine *port = emu_py_port(self, dp);
    if (!port) return NULL;
    emu_acquire(self);
    emu_ack ack = emu_ap_read(port, address, &value);
    emu_release(self);
    if (ack != EMU_ACK_OK) return emu_raise_fault(self, ack, address, 0, "AP read");
    return PyLong_FromUnsignedLong(value);
}

PyObject *emu_py_ap_write(MachineObject *self, PyObject *args) {
    uint32_t address, value;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "O&O&|I:ap_write", emu_as_u32, &address, emu_as_u32, &value, &dp)) return NULL;
    emu_machine *port = emu_py_port(self, dp);
    if (!port) return NULL;
    emu_acquire(self);
    emu_ack ack = emu_ap_write(port, address, value);
    emu_release(self);
    if (ack != EMU_ACK_OK) return emu_raise_fault(self, ack, address, 0, "AP write");
    Py_RETURN_NONE;
}

PyObject *emu_py_ap_read_block(MachineObject *self, PyObject *args) {
    uint32_t address;
    Py_ssize_t count;
    if (!PyArg_ParseTuple(args, "O&n:ap_read_block", emu_as_u32, &address, &count)) return NULL;
    if (count < 0) return PyErr_Format(PyExc_ValueError, "count must not be negative");
    if (!emu_py_port(self, 0)) return NULL;
    PyObject *list = PyList_New(count);
    if (!list) return NULL;
    emu_ack ack = EMU_ACK_OK;
    Py_ssize_t done = 0;
    emu_acquire(self);
    for (; done < count; done++) {
        uint32_t value = 0;
        ack = emu_ap_read(self->m, address, &value);
        if (ack != EMU_ACK_OK) break;
        PyObject *number = PyLong_FromUnsignedLong(value);
        if (!number || PyList_SetItem(list, done, number) < 0) break;
    }
    emu_release(self);
    if (done == count) return list;
    Py_DECREF(list);
    return ack != EMU_ACK_OK ? emu_raise_fault(self, ack, address, (size_t)done, "AP block read") : NULL;
}

PyObject *emu_py_ap_write_block(MachineObject *self, PyObject *args) {
    uint32_t address;
    PyObject *values;
    if (!PyArg_ParseTuple(args, "O&O:ap_write_block", emu_as_u32, &address, &values)) return NULL;
    Py_ssize_t count = PySequence_Size(values);
    if (count < 0 || !emu_py_port(self, 0)) return NULL;
    uint32_t *words = malloc((size_t)(count ? count : 1) * sizeof *words);
    if (!words) return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < count; i++) { /* all are looked at before any is written */
        PyObject *item = PySequence_GetItem(values, i);
        int ok = item ? emu_as_u32(item, &words[i]) : 0;
        Py_XDECREF(item);
        if (!ok) {
            free(words);
            return NULL;
        }
    }
    emu_ack ack = EMU_ACK_OK;
    Py_ssize_t done = 0;
    emu_acquire(self);
    while (done < count && (ack = emu_ap_write(self->m, address, words[done])) == EMU_ACK_OK) done++;
    emu_release(self);
    free(words);
    if (done < count) return emu_raise_fault(self, ack, address, (size_t)done, "AP block write");
    return PyLong_FromSsize_t(done);
}

static bool check_transfer(uint32_t address, unsigned width, Py_ssize_t length) {
    if (width != 1 && width != 2 && width != 4)
        PyErr_SetString(PyExc_ValueError, "width must be 1, 2 or 4 bytes");
    else if (address % width)
        PyErr_Format(PyExc_ValueError, "address 0x%x is not aligned to %u bytes", (unsigned)address, width);
    else if (length < 0 || length % (Py_ssize_t)width)
        PyErr_Format(PyExc_ValueError, "length %zd is not a multiple of %u", length, width);
    else
        return true;
    return false;
}

PyObject *emu_py_mem_read(MachineObject *self, PyObject *args) {
    uint32_t address;
    unsigned width;
    Py_ssize_t length;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "O&In|I:mem_read", emu_as_u32, &address, &width, &length, &dp) || !check_transfer(address, width, length))
        return NULL;
    emu_machine *port = emu_py_core(self, dp);
    if (!port) return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
    if (!bytes) return NULL;
    void *out = PyBytes_AsString(bytes);
    size_t done = 0;
    emu_ack ack;
    emu_acquire(self);
    if (length >= GIL_FREE_BYTES) {
        Py_BEGIN_ALLOW_THREADS ack = emu_mem_read(port, address, width, out, (size_t)length, &done);
        Py_END_ALLOW_THREADS
    } else {
        ack = emu_mem_read(port, address, width, out, (size_t)length, &done);
    }
    emu_release(self);
    if (ack == EMU_ACK_OK) return bytes;
    Py_DECREF(bytes);
    return emu_raise_fault(self, ack, address + (uint32_t)done, done, "memory read");
}

PyObject *emu_py_mem_write(MachineObject *self, PyObject *args) {
    uint32_t address;
    unsigned width;
    Py_buffer data;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "O&Iy*|I:mem_write", emu_as_u32, &address, &width, &data, &dp)) return NULL;
    emu_machine *port = emu_py_core(self, dp);
    if (!port || !check_transfer(address, width, data.len)) {
        PyBuffer_Release(&data);
        return NULL;
    }
    size_t done = 0;
    emu_ack ack;
    emu_acquire(self);
    if (data.len >= GIL_FREE_BYTES) {
        Py_BEGIN_ALLOW_THREADS ack = emu_mem_write(port, address, width, data.buf, (size_t)data.len, &done);
        Py_END_ALLOW_THREADS
    } else {
        ack = emu_mem_write(port, address, width, data.buf, (size_t)data.len, &done);
    }
    emu_release(self);
    PyBuffer_Release(&data);
    if (ack != EMU_ACK_OK) return emu_raise_fault(self, ack, address + (uint32_t)done, done, "memory write");
    Py_RETURN_NONE;
}

PyObject *emu_py_batch(MachineObject *self, PyObject *args) {
    Py_buffer request;
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "y*|I:batch", &request, &dp)) return NULL;
    emu_machine *port = emu_py_port(self, dp);
    if (!port) {
        PyBuffer_Release(&request);
        return NULL;
    }
    uint8_t *response = NULL;
    size_t length = 0;
    bool ok;
    emu_acquire(self);
    if (request.len >= GIL_FREE_BYTES) {
        Py_BEGIN_ALLOW_THREADS ok = emu_batch(port, request.buf, (size_t)request.len, &response, &length);
        Py_END_ALLOW_THREADS
    } else {
        ok = emu_batch(port, request.buf, (size_t)request.len, &response, &length);
    }
    emu_release(self);
    PyBuffer_Release(&request);
    if (!ok) return PyErr_NoMemory();
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)response, (Py_ssize_t)length);
    free(response);
    return bytes;
}
