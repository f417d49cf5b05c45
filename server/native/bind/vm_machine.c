/* SPDX-License-Identifier: Apache-2.0 */
/* `_vm.Vm`: one VM with a program, its chip being what the caller gives: callables for output and time, an object for the pins.
 *
 * The GIL is released while the VM runs; the hal's functions take it back for the call. An exception that a callable raises is kept until
 * the slice is over, and then raised by run(). */
#include "vm_machine.h"
#include "vm_verify.h"
#include "debug.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLICE = 50000 }; /* instructions between two looks for a signal (Ctrl-C) */

static uint64_t system_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* --- the chip. Called without the GIL, by vm_run */

static uint64_t machine_time(void *context) {
    machine *m = context;
    uint64_t now = system_us() - m->made_us;
    if (m->time_us) {
        vm_machine_take_gil(m);
        long long told = vm_machine_number(m, m->raised[0] ? NULL : PyObject_CallNoArgs(m->time_us), 0);
        vm_machine_give_gil(m);
        now = told > 0 ? (uint64_t)told : 0;
    }
    if (now > m->now_us) m->now_us = now;
    return m->now_us;
}

/* Native code that called Python code waits here, up to 20 ms at a time. When the caller's clock stands still meanwhile it is a virtual
 * one, which the caller only moves between calls of run(): then the time waited for has come. */
static void machine_wait(void *context, uint64_t until) {
    machine *m = context;
    if (m->wait_until_us && until != UINT64_MAX) {
        vm_machine_take_gil(m);
        vm_machine_number(m, m->raised[0] ? NULL : PyObject_CallFunction(m->wait_until_us, "K", (unsigned long long)until), 0);
        vm_machine_give_gil(m);
        return;
    }
    uint64_t now = machine_time(m), left = until > now ? until - now : 0;
    struct timespec pause = {0, (long)(left < 20000 ? left : 20000) * 1000};
    nanosleep(&pause, NULL);
    if (m->time_us && until != UINT64_MAX && until > now && machine_time(m) == now) m->now_us = until;
}

static bool machine_mode(void *context, unsigned pin, unsigned mode) {
    machine *m = context;
    vm_machine_take_gil(m);
    bool done = m->gpio && vm_machine_number(m, PyObject_CallMethod(m->gpio, "mode", "II", pin, mode), 0);
    vm_machine_give_gil(m);
    return done;
}

static bool machine_write_pin(void *context, unsigned pin, bool level) {
    machine *m = context;
    vm_machine_take_gil(m);
    bool done = m->gpio && vm_machine_number(m, PyObject_CallMethod(m->gpio, "write", "IO", pin, level ? Py_True : Py_False), 0);
    vm_machine_give_gil(m);
    return done;
}

static int machine_read_pin(void *context, unsigned pin) {
    machine *m = context;
    vm_machine_take_gil(m);
    int level = m->gpio ? (int)vm_machine_number(m, PyObject_CallMethod(m->gpio, "read", "I", pin), -1) : -1;
    vm_machine_give_gil(m);
    return level;
}

static int machine_pin_by_name(void *context, const char *name, size_t length) {
    machine *m = context;
    vm_machine_take_gil(m);
    int pin = m->gpio ? (int)vm_machine_number(m, PyObject_CallMethod(m->gpio, "pin_by_name", "s#", name, (Py_ssize_t)length), -1) : -1;
    vm_machine_give_gil(m);
    return pin;
}

static size_t machine_write(void *context, const uint8_t *data, size_t length) {
    machine *m = context;
    if (!m->write) return length;
    vm_machine_take_gil(m);
    /* After an exception what is left of the slice's output is dropped. */
    long long taken = (long long)length;
    if (!m->raised[0]) taken = vm_machine_number(m, PyObject_CallFunction(m->write, "y#", (const char *)data, (Py_ssize_t)length), taken);
    vm_machine_give_gil(m);
    return taken < 0 ? 0 : (size_t)taken > length ? length : (size_t)taken;
}

static size_t machine_uid(void *context, uint8_t out[16]) {
    machine *m = context;
    memcpy(out, m->uid, m->uid_length);
    return m->uid_length;
}

static uint32_t machine_reset_cause(void *context) { return ((machine *)context)->reset_cause; }

static const vm_hal_ops machine_ops = {
    .time_us = machine_time,
    .wait_until = machine_wait,
    .gpio_mode = machine_mode,
    .gpio_write = machine_write_pin,
    .gpio_read = machine_read_pin,
    .pin_by_name = machine_pin_by_name,
    .console_write = machine_write,
    .uid = machine_uid,
    .reset_cause = machine_reset_cause,
    VM_PERIPHERAL_OPS,
};

/* In a long call from native code into Python code: the one chance to see Ctrl-C or a callable's exception. */
static void poll(void *context) {
    machine *m = context;
    vm_machine_take_gil(m);
    PyErr_CheckSignals();
    vm_machine_keep_exception(m);
    if (m->on_poll && !m->raised[0]) {
        m->polling = true;
        Py_XDECREF(PyObject_CallNoArgs(m->on_poll));
        m->polling = false;
        vm_machine_keep_exception(m);
    }
    if (m->raised[0]) vm_stop(m->vm);
    vm_machine_give_gil(m);
}

/* --- the type */

static int traverse(PyObject *self, visitproc visit, void *arg) {
    machine *m = (machine *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(m->write);
    Py_VISIT(m->time_us);
    Py_VISIT(m->gpio);
    Py_VISIT(m->peripherals);
    Py_VISIT(m->on_poll);
    Py_VISIT(m->wait_until_us);
    return 0;
}

static int clear(PyObject *self) {
    machine *m = (machine *)self;
    Py_CLEAR(m->write);
    Py_CLEAR(m->time_us);
    Py_CLEAR(m->gpio);
    Py_CLEAR(m->peripherals);
    Py_CLEAR(m->on_poll);
    Py_CLEAR(m->wait_until_us);
    return 0;
}

static void dealloc(PyObject *self) {
    machine *m = (machine *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    if (m->flash.obj) PyBuffer_Release(&m->flash);
    for (unsigned i = 0; i < 3; i++) Py_CLEAR(m->raised[i]);
    PyMem_Free(m->memory);
    PyMem_Free(m->counts);
    freefunc free_object = (freefunc)PyType_GetSlot(type, Py_tp_free);
    free_object(self);
    Py_DECREF(type);
}

/* A callable's exception, if one raised, is set: false. */
static bool no_exception(machine *m) {
    if (!m->raised[0]) return !PyErr_Occurred();
    PyErr_Restore(m->raised[0], m->raised[1], m->raised[2]);
    m->raised[0] = m->raised[1] = m->raised[2] = NULL;
    return false;
}

static bool load(machine *m, PyObject *module, const Py_buffer *image, const vm_bind_vmuid *vmuid) {
    vbc_error error = {VBC_E_OK, 0, 0, 0};
    uint8_t *copy = PyMem_Malloc((size_t)image->len); /* aligned */
    if (!copy) return PyErr_NoMemory() != NULL;
    memcpy(copy, image->buf, (size_t)image->len);
    m->busy = true;
    m->thread = PyEval_SaveThread();
    bool loaded = vm_load(m->vm, copy, (uint32_t)image->len, vmuid->given ? vmuid->bytes : NULL, &error);
    vm_machine_take_gil(m);
    m->busy = false;
    if (loaded) vbc_find_section(copy, VBC_CODE, &m->code_words);
    PyMem_Free(copy);
    if (!no_exception(m)) return false;
    if (!loaded && error.code == VBC_E_OK)
        PyErr_SetString(PyExc_MemoryError, "the program's globals and imports do not fit the heap");
    else if (!loaded)
        vm_set_verify_error(module, &error);
    return loaded;
}

static PyObject *callable_or_null(PyObject *object, const char *what) {
    if (object == Py_None) return NULL;
    if (!PyCallable_Check(object)) PyErr_Format(PyExc_TypeError, "%s must be callable or None", what);
    return Py_NewRef(object);
}

static PyObject *new_machine(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"image",       "heap_size",   "write", "time_us",       "gpio",     "uid", "vmuid",
                            "reset_cause", "peripherals", "flash", "wait_until_us", "big_ints", NULL};
    Py_buffer image, uid = {0}, flash = {0};
    unsigned long long heap_size = 65536;
    unsigned reset_cause = HAL_RESET_POWER_ON;
    int big_ints = 1;
    PyObject *write = Py_None, *time_us = Py_None, *gpio = Py_None, *peripherals = Py_None, *wait_until_us = Py_None;
    vm_bind_vmuid vmuid = {{0}, 0};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "y*|KOOOy*O&IOw*Op:Vm", names, &image, &heap_size, &write, &time_us, &gpio, &uid,
                                     vm_bind_vmuid_converter, &vmuid, &reset_cause, &peripherals, &flash, &wait_until_us, &big_ints))
        return NULL;
    machine *m = NULL;
    PyObject *module = PyType_GetModule(type);
    if (!module) goto done;
    if (image.len > 0x1000000)
        PyErr_SetString(PyExc_ValueError, "a container of more than 16 MiB");
    else if (heap_size < VM_MIN_HEAP || heap_size > 0x10000000)
        PyErr_Format(PyExc_ValueError, "heap_size must be %d to 268435456 bytes", (int)VM_MIN_HEAP);
    else if (uid.len > (Py_ssize_t)sizeof m->uid)
        PyErr_SetString(PyExc_ValueError, "uid must have at most 16 bytes");
    else if (flash.obj && (flash.len < 2 * VM_MACHINE_SECTOR || flash.len % VM_MACHINE_SECTOR || flash.len > 0x1000000))
        PyErr_SetString(PyExc_ValueError, "flash must be a buffer of 2 or more sectors of 4096 bytes");
    if (PyErr_Occurred()) goto done;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    m = (machine *)allocate(type, 0);
    if (!m) goto done;
    m->hal = (struct vm_hal){&machine_ops, m};
    m->write = callable_or_null(write, "write");
    m->time_us = callable_or_null(time_us, "time_us");
    m->wait_until_us = callable_or_null(wait_until_us, "wait_until_us");
    m->gpio = gpio == Py_None ? NULL : Py_NewRef(gpio);
    m->peripherals = peripherals == Py_None ? NULL : Py_NewRef(peripherals);
    m->flash = flash;
    flash.obj = NULL;
    m->made_us = system_us();
    m->reset_cause = reset_cause;
    m->uid_length = (uint8_t)uid.len;
    if (uid.len) memcpy(m->uid, uid.buf, (size_t)uid.len);
    size_t size = vm_block_size((uint32_t)heap_size, (uint32_t)image.len);
    if (!PyErr_Occurred() && !(m->memory = PyMem_Calloc(1, size))) PyErr_NoMemory();
    if (!PyErr_Occurred() && !(m->vm = vm_init(m->memory, size, &m->hal)))
        PyErr_SetString(PyExc_ValueError, "heap_size is too small for a VM");
    if (PyErr_Occurred()) {
        Py_CLEAR(m);
        goto done;
    }
    vm_set_poll(m->vm, poll, m);
    if (!big_ints) vm_set_narrow(m->vm);
    if (!load(m, module, &image, &vmuid)) Py_CLEAR(m);
done:
    PyBuffer_Release(&image);
    if (uid.obj) PyBuffer_Release(&uid);
    if (flash.obj) PyBuffer_Release(&flash);
    return (PyObject *)m;
}

/* The exception's text, however long; without the GIL, since it may call __str__. */
static char *exception_text(machine *m, size_t *length) {
    for (size_t size = 512;; size *= 8) {
        char *text = malloc(size);
        if (!text) return NULL;
        *length = vm_exception_text(m->vm, text, size);
        if (*length + 1 < size || size > 1000000) return text;
        free(text);
    }
}

static PyObject *run(PyObject *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"budget", NULL};
    machine *m = (machine *)self;
    long long budget = 1000000;
    vm_status status = VM_RUNNING;
    char *text = NULL;
    size_t length = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|L:run", names, &budget)) return NULL;
    if (m->busy) return PyErr_Format(PyExc_RuntimeError, "the VM is running already");
    m->busy = true;
    bool good = true;
    do {
        int32_t slice = budget < SLICE ? (int32_t)budget : SLICE;
        m->thread = PyEval_SaveThread();
        uint64_t before = vm_instructions(m->vm);
        status = vm_run(m->vm, slice > 0 ? slice : 1);
        uint64_t used = vm_instructions(m->vm) - before;
        if (status == VM_RAISED) text = exception_text(m, &length);
        vm_machine_take_gil(m);
        budget -= used ? (long long)used : 1;
        good = no_exception(m) && !PyErr_CheckSignals();
    } while (good && status == VM_RUNNING && budget > 0);
    m->busy = false;
    PyObject *result = NULL;
    if (good && status == VM_SLEEPING)
        result = Py_BuildValue("(iK)", (int)status, (unsigned long long)vm_wake_time(m->vm));
    else if (good && status == VM_RAISED && !text)
        PyErr_NoMemory();
    else if (good && status == VM_RAISED)
        result = Py_BuildValue("(iN)", (int)status, PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace"));
    else if (good)
        result = Py_BuildValue("(iO)", (int)status, Py_None);
    free(text);
    return result;
}

static PyObject *stop(PyObject *self, PyObject *unused) {
    (void)unused;
    vm_stop(((machine *)self)->vm);
    Py_RETURN_NONE;
}

static PyObject *traceback(PyObject *self, PyObject *unused) {
    vm_trace_entry entries[VM_TRACE_MAX];
    (void)unused;
    unsigned count = vm_traceback(((machine *)self)->vm, entries, VM_TRACE_MAX);
    PyObject *list = PyList_New(0);
    for (unsigned i = 0; list && i < count; i++) {
        PyObject *t = Py_BuildValue("(ii)", (int)entries[i].function, (int)entries[i].word);
        if (!t || PyList_Append(list, t)) Py_CLEAR(list);
        Py_XDECREF(t);
    }
    return list;
}

static PyObject *earlier_exception(PyObject *self, PyObject *unused) {
    machine *m = (machine *)self;
    (void)unused;
    if (m->busy) return PyErr_Format(PyExc_RuntimeError, "the VM is running");
    vm_link_kind kind = vm_earlier_exception(m->vm);
    if (kind == VM_LINK_NONE) Py_RETURN_NONE;
    size_t length = 0;
    char *text = exception_text(m, &length);
    if (!text) return PyErr_NoMemory();
    PyObject *result = Py_BuildValue("(iN)", kind == VM_LINK_CAUSE, PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace"));
    free(text);
    return result;
}

static PyObject *interrupt(PyObject *self, PyObject *unused) {
    (void)unused;
    vm_interrupt(((machine *)self)->vm);
    Py_RETURN_NONE;
}

#if VM_FEATURE_DEBUG
static PyObject *debug(PyObject *self, PyObject *request) {
    machine *m = (machine *)self;
    uint8_t answer[1024];
    char *data;
    Py_ssize_t length;
    if (m->busy && !m->polling) return PyErr_Format(PyExc_RuntimeError, "the VM is running");
    if (PyBytes_AsStringAndSize(request, &data, &length)) return NULL;
    int n = length > 4096 ? -1 : vm_debug(m->vm, (const uint8_t *)data, (unsigned)length, answer, sizeof answer);
    if (n < 0) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)answer, n);
}

/* The debugger need not be attached: instructions are counted from here on. */
static PyObject *count(PyObject *self, PyObject *unused) {
    machine *m = (machine *)self;
    static const uint8_t attach[] = {VM_DEBUG_ATTACH, 0};
    uint8_t answer[64];
    (void)unused;
    if (m->busy) return PyErr_Format(PyExc_RuntimeError, "the VM is running");
    if (!m->counts && !(m->counts = PyMem_Calloc(m->code_words + 1, sizeof *m->counts))) return PyErr_NoMemory();
    if (vm_debug(m->vm, attach, sizeof attach, answer, sizeof answer) < 0) return PyErr_NoMemory();
    vm_debug_count(m->vm, m->counts);
    Py_RETURN_NONE;
}
#endif

static PyObject *counts(PyObject *self, PyObject *unused) {
    machine *m = (machine *)self;
    (void)unused;
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && m->counts && i < m->code_words; i++) {
        PyObject *n = PyLong_FromUnsignedLongLong(m->counts[i]);
        if (!n || PyList_Append(list, n)) Py_CLEAR(list);
        Py_XDECREF(n);
    }
    return list;
}

static PyObject *set_poll(PyObject *self, PyObject *callable) {
    machine *m = (machine *)self;
    PyObject *old = m->on_poll;
    m->on_poll = callable_or_null(callable, "poll");
    Py_XDECREF(old);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
#if VM_FEATURE_DEBUG
    {"debug", debug, METH_O, "A request of the debugger (core/debug.h): bytes to bytes; None when the VM does not take it."},
    {"count", count, METH_NOARGS, "Count every instruction from here on."},
#endif
    {"counts", counts, METH_NOARGS, "How often the instruction at each word of CODE was executed since count(); empty without."},
    {"interrupt", interrupt, METH_NOARGS, "Raise KeyboardInterrupt in the program."},
    {"set_poll", set_poll, METH_O, "A callable for the times when a long native call keeps run() from returning, or None."},
    {"run", (PyCFunction)(void (*)(void))run, METH_VARARGS | METH_KEYWORDS,
     "run(budget=1000000): run for about `budget` instructions; returns (status, detail)."},
    {"stop", stop, METH_NOARGS, "The next run ends the program."},
    {"traceback", traceback, METH_NOARGS, "List of (function, word) of the exception that left the program, innermost call last."},
    {"earlier_exception", earlier_exception, METH_NOARGS,
     "Goes on to the exception that led to the one traceback() tells of: (whether it is the cause, text), or None."},
    {NULL, NULL, 0, NULL}};

enum { STATUS, INSTRUCTIONS, GC_COUNT, HEAP_SIZE, HEAP_USED, HEAP_PEAK, WAKE_TIME };

static PyObject *counter(PyObject *self, void *which) {
    const vm *vm = ((machine *)self)->vm;
    switch ((intptr_t)which) {
    case STATUS: return PyLong_FromLong((long)vm_state(vm));
    case INSTRUCTIONS: return PyLong_FromUnsignedLongLong(vm_instructions(vm));
    case GC_COUNT: return PyLong_FromUnsignedLong(vm_gc_count(vm));
    case HEAP_SIZE: return PyLong_FromUnsignedLong(vm_heap_size(vm));
    case HEAP_USED: return PyLong_FromUnsignedLong(vm_heap_used(vm));
    case HEAP_PEAK: return PyLong_FromUnsignedLong(vm_heap_peak(vm));
    default: return PyLong_FromUnsignedLongLong(vm_wake_time(vm));
    }
}

static PyGetSetDef counters[] = {{"status", counter, NULL, "One of EMPTY, RUNNING, SLEEPING, BLOCKED, DONE, RAISED.", (void *)STATUS},
                                 {"instructions", counter, NULL, "Budget charged since the start.", (void *)INSTRUCTIONS},
                                 {"gc_count", counter, NULL, "Collections since the start.", (void *)GC_COUNT},
                                 {"heap_size", counter, NULL, "Bytes.", (void *)HEAP_SIZE},
                                 {"heap_used", counter, NULL, "Bytes of cells in use, garbage not yet found included.", (void *)HEAP_USED},
                                 {"heap_peak", counter, NULL, "The most heap_used has been.", (void *)HEAP_PEAK},
                                 {"wake_time", counter, NULL, "Microseconds; of a sleeping program.", (void *)WAKE_TIME},
                                 {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot slots[] = {{Py_tp_new, (void *)new_machine},
                              {Py_tp_dealloc, (void *)dealloc},
                              {Py_tp_traverse, (void *)traverse},
                              {Py_tp_clear, (void *)clear},
                              {Py_tp_methods, methods},
                              {Py_tp_getset, counters},
                              {Py_tp_doc, (void *)"One VM with a program loaded."},
                              {0, NULL}};
static PyType_Spec spec = {"vmrig_native._vm.Vm", sizeof(machine), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

int vm_bind_add_types(PyObject *module) {
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int failed = !type || PyModule_AddType(module, (PyTypeObject *)type);
    Py_XDECREF(type);
    return failed ? -1 : 0;
}
