/* SPDX-License-Identifier: Apache-2.0 */
/* The `_emu` extension: emu_module.c (module, exception), emu_machine.c (the type Machine: building, power, running), emu_debugport.c
 * (debug port), emu_io.c (pins, serial), emu_snapshot.c, emu_trace.c. Limited API. */
#ifndef VMRIG_EMU_BINDING_H
#define VMRIG_EMU_BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>

#include "emu.h"

typedef struct {
    PyObject *fault; /* class Fault */
    PyObject *machine_type;
    PyObject *snapshot_type;
    struct emu_commons *commons; /* of all machines of this interpreter */
} emu_module_state;

/* Fair between a thread that runs the machine again and again and others: whoever wants the machine first passes the gate, so that the
 * runner queues behind a waiter. Order: gate, then machine. */
typedef struct {
    PyObject_HEAD emu_machine *m;
    PyThread_type_lock gate, lock;
    atomic_uint waiting;  /* threads between asking for the machine and having it */
    unsigned long holder; /* thread that holds the machine over many calls (hold), 0: none */
    bool powered;
} MachineObject;

typedef struct {
    PyObject_HEAD emu_snapshot *s;
} SnapshotObject;

/* A Machine object around a machine that it owns from now on; NULL: exception set, the machine is freed. */
PyObject *emu_wrap_machine(PyTypeObject *type, emu_machine *m, bool powered);

/* With the GIL held. The GIL is let go only if the machine is busy. */
void emu_acquire(MachineObject *self);
void emu_release(MachineObject *self);

/* Sets Fault; returns NULL. */
PyObject *emu_raise_fault(MachineObject *self, emu_ack ack, uint32_t address, size_t done, const char *what);

/* A debug port, or NULL with ValueError set. */
emu_machine *emu_py_port(MachineObject *self, unsigned dp);
/* The core behind it; number 0 is there without a debug port as well. */
emu_machine *emu_py_core(MachineObject *self, unsigned dp);

/* An argument that must fit an unsigned 32-bit word: "O&" converter. */
int emu_as_u32(PyObject *object, void *out);

extern PyType_Spec emu_machine_spec;
extern PyType_Spec emu_snapshot_spec;

/* Methods of Machine that are not in emu_machine.c, all METH_VARARGS: emu_py_<name>. */
#define EMU_DEBUGPORT_METHODS(X)                                                                                                           \
    X(dp_count)                                                                                                                            \
    X(dp_find) X(dp_read) X(dp_write) X(ap_read) X(ap_write) X(ap_read_block) X(ap_write_block) X(mem_read) X(mem_write) X(batch)
#define EMU_IO_METHODS(X)                                                                                                                  \
    X(pin_drive)                                                                                                                           \
    X(pin_pull) X(pin_level) X(pin_edges) X(serial_write) X(serial_read) X(serial_stats) X(serial_waiting) X(serial_drop)
#define EMU_CORE_METHODS(X) X(debug_attach) X(halt) X(resume) X(step) X(halted) X(breakpoint_add) X(breakpoint_remove)
#define EMU_TRACE_METHODS(X) X(trace_start) X(trace_stop) X(trace_read) X(trace_counts)
#define EMU_SNAPSHOT_METHODS(X) X(snapshot) X(restore) X(fork) X(state_hash)
#define EMU_DECLARE(name) PyObject *emu_py_##name(MachineObject *self, PyObject *args);
EMU_DEBUGPORT_METHODS(EMU_DECLARE)
EMU_IO_METHODS(EMU_DECLARE)
EMU_SNAPSHOT_METHODS(EMU_DECLARE)
EMU_TRACE_METHODS(EMU_DECLARE)
EMU_CORE_METHODS(EMU_DECLARE)

#endif
