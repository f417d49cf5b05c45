/* SPDX-License-Identifier: Apache-2.0 */
/* `_vm.verify` and `_vm.VerifyError`. */
#ifndef VMRIG_BIND_VM_VERIFY_H
#define VMRIG_BIND_VM_VERIFY_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "verify.h"

PyObject *vm_bind_verify(PyObject *module, PyObject *args, PyObject *keywords);
int vm_bind_add_verify(PyObject *module);

/* Raises module.VerifyError with the fields of `error`. */
void vm_set_verify_error(PyObject *module, const vbc_error *error);

/* For O& of PyArg_ParseTuple: 16 bytes, or None (given = 0). */
typedef struct {
    uint8_t bytes[16];
    int given;
} vm_bind_vmuid;
int vm_bind_vmuid_converter(PyObject *object, void *out);
#endif
