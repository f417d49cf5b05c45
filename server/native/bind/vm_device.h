/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_BIND_VM_DEVICE_H
#define VMRIG_BIND_VM_DEVICE_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Adds the class Device, a board made of the firmware's link and VM over a simulated chip. -1 with an exception set: it could not. */
int vm_add_device_type(PyObject *module);

#endif
