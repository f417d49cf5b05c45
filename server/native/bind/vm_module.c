/* SPDX-License-Identifier: Apache-2.0 */
/* The extension module `_vm`: the bytecode VM on the host, its verifier, and the tables that the compiler is built on. */
#include "vm_bind.h"
#include "vm_verify.h"
#include "container.h"
#include "object.h"
#include "tables.h"
#include "vm.h"

#if defined(__has_include)
#if __has_include("vm_device.h")
#include "vm_device.h"
#define HAVE_DEVICE 1
#endif
#endif

static PyObject *opcodes(PyObject *self, PyObject *unused) {
    static const struct {
        const char *name, *format;
        int extension;
    } ops[] = {
#define OP(name, format, extension) {#name, #format, extension},
#include "opcodes.def"
#undef OP
    };
    (void)self, (void)unused;
    PyObject *list = PyList_New(0);
    for (unsigned i = 0; list && i < sizeof ops / sizeof *ops; i++) {
        PyObject *t = Py_BuildValue("(ssi)", ops[i].name, ops[i].format, ops[i].extension);
        if (!t || PyList_Append(list, t)) Py_CLEAR(list);
        Py_XDECREF(t);
    }
    return list;
}

static PyObject *names(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    PyObject *list = PyList_New(0);
    const char *name;
    for (unsigned i = 0; list && (name = vm_name_at(i)); i++) {
        PyObject *s = PyUnicode_FromString(name);
        if (!s || PyList_Append(list, s)) Py_CLEAR(list);
        Py_XDECREF(s);
    }
    return list;
}

static PyObject *builtins(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    PyObject *list = PyList_New(0);
    vm_builtin_info b;
    for (unsigned i = 0; list && vm_builtin_at(i, &b); i++) {
        PyObject *value;
        if (vm_builtins[i].kind == VM_KIND_INT)
            value = PyLong_FromLongLong(b.int_value);
        else if (vm_builtins[i].kind == VM_KIND_FLOAT)
            value = PyFloat_FromDouble(b.float_value);
        else if (b.base)
            value = PyUnicode_FromString(b.base);
        else
            value = Py_NewRef(Py_None);
        PyObject *t = Py_BuildValue("(ssiiN)", b.name, b.kind, (int)b.min_args, (int)b.max_args, value);
        if (!t || PyList_Append(list, t)) Py_CLEAR(list);
        Py_XDECREF(t);
    }
    return list;
}

static PyObject *verify_errors(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    PyObject *list = PyList_New(0);
    for (int i = 0; list && i < VBC_E_COUNT; i++) {
        PyObject *t = Py_BuildValue("(ss)", vbc_symbol((vbc_code)i), vbc_sentence((vbc_code)i));
        if (!t || PyList_Append(list, t)) Py_CLEAR(list);
        Py_XDECREF(t);
    }
    return list;
}

static PyMethodDef methods[] = {
    {"opcodes", opcodes, METH_NOARGS, "List of (name, format, extension words), by opcode."},
    {"names", names, METH_NOARGS, "List of the static names, by id."},
    {"builtins", builtins, METH_NOARGS,
     "List of (\"module.name\", kind, min args, max args, value), by number; kind: function, type, exception, int, float; value: of a "
     "constant, or the name of an exception's base class."},
    {"verify_errors", verify_errors, METH_NOARGS, "List of (symbol, sentence) of the verifier's errors, by code."},
    {"verify", (PyCFunction)(void (*)(void))vm_bind_verify, METH_VARARGS | METH_KEYWORDS,
     "verify(image, vmuid=None, key=None): raise VerifyError unless the container is valid, and signed with the Ed25519 key (32 bytes)."},
    {NULL, NULL, 0, NULL}};

static int exec(PyObject *m) {
    static const struct {
        const char *name;
        long value;
    } constants[] = {
        {"ABI", VM_ABI},
        {"GC_STRESS", VM_GC_STRESS},
        {"FORMAT_MAJOR", VBC_FORMAT_MAJOR},
        {"FIRST_NAME", VBC_FIRST_NAME},
        {"MAX_REGS", VBC_MAX_REGS},
        {"T_STR", VM_T_STR},
        {"T_BYTES", VM_T_BYTES},
        {"T_INT64", VM_T_INT64},
        {"T_BIGINT", VM_T_BIGINT},
        {"T_BYTEARRAY", VM_T_BYTEARRAY},
        {"T_TUPLE", VM_T_TUPLE},
        {"T_LIST", VM_T_LIST},
        {"T_ARRAY", VM_T_ARRAY},
        {"T_DICT", VM_T_DICT},
        {"T_SET", VM_T_SET},
        {"T_TABLE", VM_T_TABLE},
        {"T_RANGE", VM_T_RANGE},
        {"T_SLICE", VM_T_SLICE},
        {"T_ITER", VM_T_ITER},
        {"T_VIEW", VM_T_VIEW},
        {"T_CELL", VM_T_CELL},
        {"T_FUNCTION", VM_T_FUNCTION},
        {"T_METHOD", VM_T_METHOD},
        {"T_BMETHOD", VM_T_BMETHOD},
        {"T_WRAPPER", VM_T_WRAPPER},
        {"T_CLASS", VM_T_CLASS},
        {"T_INSTANCE", VM_T_INSTANCE},
        {"T_EXCEPTION", VM_T_EXCEPTION},
        {"ROM", VM_ROM},
        {"ASCII", VM_ASCII},
        {"EMPTY", VM_EMPTY},
        {"RUNNING", VM_RUNNING},
        {"SLEEPING", VM_SLEEPING},
        {"BLOCKED", VM_BLOCKED},
        {"DONE", VM_DONE},
        {"RAISED", VM_RAISED},
        {"PAUSED", VM_PAUSED},
        {"TRACE_MAX", VM_TRACE_MAX},
    };
    for (unsigned i = 0; i < sizeof constants / sizeof *constants; i++)
        if (PyModule_AddIntConstant(m, constants[i].name, constants[i].value)) return -1;
    if (vm_bind_add_verify(m)) return -1;
    if (vm_bind_add_types(m)) return -1;
#ifdef HAVE_DEVICE
    if (vm_add_device_type(m)) return -1;
#endif
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)exec}, {0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_vm", "The bytecode VM on the host.", 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__vm(void) { return PyModuleDef_Init(&module); }
