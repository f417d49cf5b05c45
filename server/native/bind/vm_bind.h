/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_BIND_H
#define VM_BIND_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>

int vm_bind_add_types(PyObject *module); /* vm_machine.c: Vm */
#endif
