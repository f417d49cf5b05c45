/* SPDX-License-Identifier: Apache-2.0 */
/* Machine's methods for a debugger without a debug port: cores that have none. */
#include "emu_binding.h"

static PyObject *answer(MachineObject *self, bool ok) {
    if (ok) Py_RETURN_NONE;
    (void)self;
    return PyErr_Format(PyExc_ValueError, "this core is not debugged that way: it has a debug port, executes nothing, or nobody attached");
}

static PyObject *command(MachineObject *self, PyObject *args, bool (*call)(emu_machine *)) {
    if (!PyArg_ParseTuple(args, "")) return NULL;
    emu_acquire(self);
    bool ok = call(self->m);
    emu_release(self);
    return answer(self, ok);
}

PyObject *emu_py_debug_attach(MachineObject *self, PyObject *args) {
    int on;
    if (!PyArg_ParseTuple(args, "p:debug_attach", &on)) return NULL;
    emu_acquire(self);
    bool ok = emu_core_debug_attach(self->m, on != 0);
    emu_release(self);
    return answer(self, ok);
}

PyObject *emu_py_halt(MachineObject *self, PyObject *args) { return command(self, args, emu_core_debug_halt); }
PyObject *emu_py_resume(MachineObject *self, PyObject *args) { return command(self, args, emu_core_debug_resume); }
PyObject *emu_py_step(MachineObject *self, PyObject *args) { return command(self, args, emu_core_debug_step); }

PyObject *emu_py_halted(MachineObject *self, PyObject *args) {
    if (!PyArg_ParseTuple(args, ":halted")) return NULL;
    emu_acquire(self);
    bool value = emu_core_halted(self->m);
    emu_release(self);
    return PyBool_FromLong(value);
}

static PyObject *breakpoint(MachineObject *self, PyObject *args, bool (*call)(emu_machine *, uint32_t)) {
    uint32_t address;
    if (!PyArg_ParseTuple(args, "O&", emu_as_u32, &address)) return NULL;
    emu_acquire(self);
    bool ok = call(self->m, address);
    emu_release(self);
    return PyBool_FromLong(ok);
}

PyObject *emu_py_breakpoint_add(MachineObject *self, PyObject *args) { return breakpoint(self, args, emu_breakpoint_set); }
PyObject *emu_py_breakpoint_remove(MachineObject *self, PyObject *args) { return breakpoint(self, args, emu_breakpoint_clear); }
