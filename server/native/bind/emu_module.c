/* SPDX-License-Identifier: Apache-2.0 */
#include "emu_binding.h"

#include "commons.h"
#include "device.h"

int emu_as_u32(PyObject *object, void *out) {
    unsigned long long value = PyLong_AsUnsignedLongLong(object);
    if (value == (unsigned long long)-1 && PyErr_Occurred()) return 0;
    if (value > 0xFFFFFFFFull) {
        PyErr_SetString(PyExc_OverflowError, "value does not fit 32 bits");
        return 0;
    }
    *(uint32_t *)out = (uint32_t)value;
    return 1;
}

static bool set_int(PyObject *object, const char *name, unsigned long long value) {
    PyObject *number = PyLong_FromUnsignedLongLong(value);
    bool ok = number && PyObject_SetAttrString(object, name, number) == 0;
    Py_XDECREF(number);
    return ok;
}

PyObject *emu_raise_fault(MachineObject *self, emu_ack ack, uint32_t address, size_t done, const char *what) {
    emu_module_state *state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
    const char *answer = ack == EMU_ACK_WAIT ? "WAIT" : "FAULT";
    char message[96];
    PyOS_snprintf(message, sizeof message, "%s at 0x%08lx answered %s", what, (unsigned long)address, answer);
    PyObject *fault = PyObject_CallFunction(state->fault, "s", message);
    if (fault && set_int(fault, "address", address) && set_int(fault, "ack", (unsigned)ack) && set_int(fault, "done", done)) {
        PyErr_SetObject(state->fault, fault);
    }
    Py_XDECREF(fault);
    return NULL;
}

static PyObject *device_types(void) {
    Py_ssize_t count = 0;
    while (emu_device_classes[count]) count++;
    PyObject *names = PyTuple_New(count);
    for (Py_ssize_t i = 0; names && i < count; i++) {
        PyObject *name = PyUnicode_FromString(emu_device_classes[i]->type);
        if (!name || PyTuple_SetItem(names, i, name) < 0) Py_CLEAR(names);
    }
    return names;
}

static int execute(PyObject *module) {
    emu_module_state *state = PyModule_GetState(module);
    state->fault = PyErr_NewExceptionWithDoc("vmrig_native._emu.Fault", "The debug port answered something else than OK.", NULL, NULL);
    if (!state->fault || PyModule_AddObjectRef(module, "Fault", state->fault) < 0) return -1;
    state->machine_type = PyType_FromModuleAndSpec(module, &emu_machine_spec, NULL);
    if (!state->machine_type || PyModule_AddObjectRef(module, "Machine", state->machine_type) < 0) return -1;
    state->snapshot_type = PyType_FromModuleAndSpec(module, &emu_snapshot_spec, NULL);
    if (!state->snapshot_type || PyModule_AddObjectRef(module, "Snapshot", state->snapshot_type) < 0) return -1;
    state->commons = emu_commons_new();
    if (!state->commons) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *types = device_types();
    int added = types ? PyModule_AddObjectRef(module, "DEVICE_TYPES", types) : -1;
    Py_XDECREF(types);
    if (added < 0) return -1;
    static const struct {
        const char *name;
        long value;
    } constants[] = {
        {"FLOAT", EMU_FLOAT},
        {"LOW", EMU_LOW},
        {"HIGH", EMU_HIGH},
        {"REG_XPSR", EMU_REG_XPSR},
        {"TRACE_INSTRUCTIONS", EMU_TRACE_INSTRUCTIONS},
        {"TRACE_ACCESSES", EMU_TRACE_ACCESSES},
        {"TRACE_EXCEPTIONS", EMU_TRACE_EXCEPTIONS},
        {"TRACE_COUNTS", EMU_TRACE_COUNTS},
        {"REG_MSP", EMU_REG_MSP},
        {"REG_PSP", EMU_REG_PSP},
        {"REG_CFBP", EMU_REG_CFBP},
    };
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0) return -1;
    }
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg) {
    emu_module_state *state = PyModule_GetState(module);
    Py_VISIT(state->fault);
    Py_VISIT(state->machine_type);
    Py_VISIT(state->snapshot_type);
    return 0;
}

static int clear(PyObject *module) {
    emu_module_state *state = PyModule_GetState(module);
    Py_CLEAR(state->fault);
    Py_CLEAR(state->machine_type);
    Py_CLEAR(state->snapshot_type);
    return 0;
}

static void release(void *module) {
    emu_module_state *state = PyModule_GetState(module);
    clear(module);
    emu_commons_drop(state->commons); /* machines that are still there have their own reference */
    state->commons = NULL;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)execute}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "vmrig_native._emu",
    .m_doc = "The emulator; see _emu.pyi.",
    .m_size = sizeof(emu_module_state),
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC PyInit__emu(void);
PyMODINIT_FUNC PyInit__emu(void) { return PyModuleDef_Init(&definition); }
