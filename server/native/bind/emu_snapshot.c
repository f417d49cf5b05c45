/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots and forks of a Machine. */
#include "emu_binding.h"

static void snapshot_dealloc(SnapshotObject *self) {
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    emu_snapshot_free(self->s);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_dealloc, (void *)snapshot_dealloc},
    {Py_tp_doc, (void *)"The whole state of a machine at a moment."},
    {0, NULL},
};

PyType_Spec emu_snapshot_spec = {
    .name = "vmrig_native._emu.Snapshot",
    .basicsize = sizeof(SnapshotObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

static PyTypeObject *snapshot_type(MachineObject *self) {
    emu_module_state *state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
    return (PyTypeObject *)state->snapshot_type;
}

PyObject *emu_py_snapshot(MachineObject *self, PyObject *args) {
    if (!PyArg_ParseTuple(args, ":snapshot")) return NULL;
    PyTypeObject *type = snapshot_type(self);
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    SnapshotObject *made = (SnapshotObject *)alloc(type, 0);
    if (!made) return NULL;
    char error[EMU_ERROR_MAX] = "";
    emu_acquire(self);
    made->s = emu_snapshot_take(self->m, error);
    emu_release(self);
    if (made->s) return (PyObject *)made;
    Py_DECREF(made);
    PyErr_SetString(PyExc_RuntimeError, error);
    return NULL;
}

PyObject *emu_py_restore(MachineObject *self, PyObject *args) {
    SnapshotObject *from;
    if (!PyArg_ParseTuple(args, "O!:restore", snapshot_type(self), &from)) return NULL;
    char error[EMU_ERROR_MAX] = "";
    emu_acquire(self);
    bool ok = emu_snapshot_restore(self->m, from->s, error);
    if (ok) self->powered = emu_powered(self->m);
    emu_release(self);
    if (ok) Py_RETURN_NONE;
    PyErr_SetString(PyExc_ValueError, error);
    return NULL;
}

PyObject *emu_py_fork(MachineObject *self, PyObject *args) {
    if (!PyArg_ParseTuple(args, ":fork")) return NULL;
    char error[EMU_ERROR_MAX] = "";
    emu_acquire(self);
    emu_machine *made = emu_fork(self->m, error);
    bool powered = self->powered;
    emu_release(self);
    if (made) return emu_wrap_machine(Py_TYPE((PyObject *)self), made, powered);
    PyErr_SetString(PyExc_RuntimeError, error);
    return NULL;
}

PyObject *emu_py_state_hash(MachineObject *self, PyObject *args) {
    if (!PyArg_ParseTuple(args, ":state_hash")) return NULL;
    emu_acquire(self);
    unsigned long long hash = emu_state_hash(self->m);
    emu_release(self);
    return PyLong_FromUnsignedLongLong(hash);
}
