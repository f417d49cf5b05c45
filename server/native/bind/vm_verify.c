/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_verify.h"
#include <string.h>

static int set_field(PyObject *object, const char *name, PyObject *value) {
    int failed = !value || PyObject_SetAttrString(object, name, value);
    Py_XDECREF(value);
    return failed;
}

void vm_set_verify_error(PyObject *module, const vbc_error *error) {
    PyObject *type = PyObject_GetAttrString(module, "VerifyError");
    PyObject *text = PyUnicode_FromFormat("%s at byte %u: %s", vbc_symbol(error->code), (unsigned)error->offset, vbc_sentence(error->code));
    PyObject *e = type && text ? PyObject_CallFunctionObjArgs(type, text, NULL) : NULL;
    if (e && !set_field(e, "code", PyUnicode_FromString(vbc_symbol(error->code))) &&
        !set_field(e, "offset", PyLong_FromUnsignedLong(error->offset)) &&
        !set_field(e, "wanted", PyLong_FromUnsignedLong(error->wanted)) && !set_field(e, "found", PyLong_FromUnsignedLong(error->found)))
        PyErr_SetObject(type, e);
    Py_XDECREF(e);
    Py_XDECREF(text);
    Py_XDECREF(type);
}

int vm_bind_vmuid_converter(PyObject *object, void *out) {
    vm_bind_vmuid *vmuid = out;
    char *data;
    Py_ssize_t length;
    vmuid->given = object != Py_None;
    if (!vmuid->given) return 1;
    if (PyBytes_AsStringAndSize(object, &data, &length)) return 0;
    if (length != sizeof vmuid->bytes) {
        PyErr_Format(PyExc_ValueError, "vmuid has %zd bytes, not 16", length);
        return 0;
    }
    memcpy(vmuid->bytes, data, sizeof vmuid->bytes);
    return 1;
}

PyObject *vm_bind_verify(PyObject *module, PyObject *args, PyObject *keywords) {
    static char *names[] = {"image", "vmuid", "key", NULL};
    Py_buffer image;
    vm_bind_vmuid vmuid = {{0}, 0};
    vbc_error error = {VBC_E_OK, 0, 0, 0};
    const char *key = NULL;
    Py_ssize_t key_length = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "y*|O&z#:verify", names, &image, vm_bind_vmuid_converter, &vmuid, &key, &key_length))
        return NULL;
    if (key && key_length != 32) {
        PyBuffer_Release(&image);
        return PyErr_Format(PyExc_ValueError, "an Ed25519 public key has 32 bytes, not %zd", key_length);
    }
    if ((uint64_t)image.len > UINT32_MAX) {
        PyBuffer_Release(&image);
        return PyErr_Format(PyExc_ValueError, "a container of 4 GiB or more");
    }
    /* A copy: aligned, and nobody can change it while the GIL is released. */
    uint8_t *copy = PyMem_Malloc((size_t)image.len);
    uint32_t length = (uint32_t)image.len;
    if (copy) memcpy(copy, image.buf, length);
    PyBuffer_Release(&image);
    if (!copy) return PyErr_NoMemory();
    bool valid;
    Py_BEGIN_ALLOW_THREADS;
    valid = vbc_verify(copy, length, vmuid.given ? vmuid.bytes : NULL, &error);
    if (valid && key) valid = vbc_verify_signature(copy, length, (const uint8_t *)key, &error);
    Py_END_ALLOW_THREADS;
    PyMem_Free(copy);
    if (valid) Py_RETURN_NONE;
    vm_set_verify_error(module, &error);
    return NULL;
}

int vm_bind_add_verify(PyObject *module) {
    PyObject *type = PyErr_NewExceptionWithDoc("vmrig_native._vm.VerifyError",
                                               "A container was refused. code: the symbol; offset: of the offending byte in the file.",
                                               PyExc_ValueError, NULL);
    int failed = !type || PyModule_AddObjectRef(module, "VerifyError", type);
    Py_XDECREF(type);
    return failed ? -1 : 0;
}
