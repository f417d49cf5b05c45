/* SPDX-License-Identifier: Apache-2.0 */
#include "emu_binding.h"

#include <string.h>

#include "machine.h"

#define SLICE_CYCLES 20000u /* how long another thread may have to wait for a running machine: about 50 us */

/* --- the mutex --------------------------------------------------------------------------------------------------------- */

void emu_acquire(MachineObject *self) {
    if (self->holder && self->holder == PyThread_get_thread_ident()) return;
    if (PyThread_acquire_lock(self->gate, NOWAIT_LOCK)) {
        if (PyThread_acquire_lock(self->lock, NOWAIT_LOCK)) {
            PyThread_release_lock(self->gate);
            return;
        }
        atomic_fetch_add(&self->waiting, 1);
        Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(self->lock, WAIT_LOCK);
        Py_END_ALLOW_THREADS
    } else {
        atomic_fetch_add(&self->waiting, 1);
        Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(self->gate, WAIT_LOCK);
        PyThread_acquire_lock(self->lock, WAIT_LOCK);
        Py_END_ALLOW_THREADS
    }
    atomic_fetch_sub(&self->waiting, 1);
    PyThread_release_lock(self->gate);
}

void emu_release(MachineObject *self) {
    if (!self->holder) PyThread_release_lock(self->lock);
}

static PyObject *hold(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    self->holder = PyThread_get_thread_ident();
    Py_RETURN_NONE;
}

static PyObject *let_go(MachineObject *self, PyObject *unused) {
    (void)unused;
    if (self->holder != PyThread_get_thread_ident()) return PyErr_Format(PyExc_RuntimeError, "this thread does not hold the machine");
    self->holder = 0;
    emu_release(self);
    Py_RETURN_NONE;
}

/* --- life -------------------------------------------------------------------------------------------------------------- */

static PyObject *machine_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"core",
                            "clock_hz",
                            "irq_count",
                            "priority_bits",
                            "cpuid",
                            "dpidr",
                            "ap_idr",
                            "rom_table",
                            "unmapped_reads_zero",
                            "lockup_reset_us",
                            "core_count",
                            "fpu",
                            "mpu_regions",
                            "bit_band",
                            "vtor",
                            "reset_core_only",
                            "targetid",
                            "rescue_dp",
                            "reset_vector",
                            "core_reads_zero",
                            "espressif",
                            NULL};
    emu_machine_config config = {
        .core = "cortex-m4",
        .clock_hz = 64000000u,
        .irq_count = 48,
        .priority_bits = 3,
        .cpuid = 0x410FC241u,
        .dpidr = 0x2BA01477u,
        .ap_idr = 0x24770011u,
        .rom_table = 0xE00FF000u,
        .core_count = 1,
    };
    int zero = 1, fpu = 0, bit_band = 0, vtor = 1, core_only = 0, rescue = 0, reads_zero = 0, espressif = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$sO&O&O&O&O&O&O&pO&O&pO&pppO&pO&pp:Machine", names, &config.core, emu_as_u32,
                                     &config.clock_hz, emu_as_u32, &config.irq_count, emu_as_u32, &config.priority_bits, emu_as_u32,
                                     &config.cpuid, emu_as_u32, &config.dpidr, emu_as_u32, &config.ap_idr, emu_as_u32, &config.rom_table,
                                     &zero, emu_as_u32, &config.lockup_reset_us, emu_as_u32, &config.core_count, &fpu, emu_as_u32,
                                     &config.mpu_regions, &bit_band, &vtor, &core_only, emu_as_u32, &config.targetid, &rescue, emu_as_u32,
                                     &config.reset_vector, &reads_zero, &espressif)) {
        return NULL;
    }
    config.unmapped_reads_zero = zero != 0;
    config.core_reads_zero = reads_zero != 0;
    config.espressif = espressif != 0;
    config.fpu = fpu != 0;
    config.bit_band = bit_band != 0;
    config.no_vtor = vtor == 0;
    config.reset_core_only = core_only != 0;
    config.rescue_dp = rescue != 0;
    emu_module_state *state = PyType_GetModuleState(type);
    config.commons = state->commons;
    char error[EMU_ERROR_MAX] = "";
    emu_machine *m = emu_machine_new(&config, error);
    if (m) return emu_wrap_machine(type, m, false);
    PyErr_SetString(PyExc_ValueError, error);
    return NULL;
}

PyObject *emu_wrap_machine(PyTypeObject *type, emu_machine *m, bool powered) {
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    MachineObject *self = (MachineObject *)alloc(type, 0);
    if (!self) {
        emu_machine_free(m);
        return NULL;
    }
    self->m = m;
    self->powered = powered;
    self->gate = PyThread_allocate_lock();
    self->lock = PyThread_allocate_lock();
    if (self->gate && self->lock) return (PyObject *)self;
    Py_DECREF(self);
    return PyErr_NoMemory();
}

static void machine_dealloc(MachineObject *self) {
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    if (self->m) emu_machine_free(self->m);
    if (self->gate) PyThread_free_lock(self->gate);
    if (self->lock) PyThread_free_lock(self->lock);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

/* --- building ---------------------------------------------------------------------------------------------------------- */

static PyObject *add_memory(MachineObject *self, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"name", "kind", "base", "size", "erased", "path", "alias_of", "mapped", NULL};
    emu_memory_config config = {.erased = 0xFF};
    int mapped = 1;
    const char *kind = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ssO&O&|$bzzp:add_memory", names, &config.name, &kind, emu_as_u32, &config.base,
                                     emu_as_u32, &config.size, &config.erased, &config.path, &config.alias_of, &mapped)) {
        return NULL;
    }
    config.unmapped = mapped == 0;
    if (strcmp(kind, "ram") == 0)
        config.kind = EMU_RAM;
    else if (strcmp(kind, "rom") == 0)
        config.kind = EMU_ROM;
    else if (strcmp(kind, "flash") == 0)
        config.kind = EMU_FLASH;
    else
        return PyErr_Format(PyExc_ValueError, "memory %s: kind must be ram, rom or flash, not '%s'", config.name, kind);
    char error[EMU_ERROR_MAX] = "";
    emu_acquire(self);
    bool ok = emu_add_memory(self->m, &config, error) != NULL;
    emu_release(self);
    if (!ok) {
        PyErr_SetString(PyExc_ValueError, error);
        return NULL;
    }
    Py_RETURN_NONE;
}

#define PARAMS_MAX 64

/* Fills params from a mapping with str keys; the keys live as long as *items does. */
static Py_ssize_t read_params(PyObject *mapping, emu_param *params, PyObject **items) {
    *items = NULL;
    if (!mapping || mapping == Py_None) return 0;
    *items = PyMapping_Items(mapping);
    if (!*items) return -1;
    Py_ssize_t count = PyList_Size(*items);
    if (count > PARAMS_MAX) {
        PyErr_SetString(PyExc_ValueError, "too many parameters");
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyList_GetItem(*items, i);
        PyObject *key = PyTuple_GetItem(item, 0), *value = PyTuple_GetItem(item, 1);
        if (!key || !value) return -1;
        params[i].key = PyUnicode_AsUTF8AndSize(key, NULL);
        if (!params[i].key) return -1;
        params[i].value = PyLong_AsUnsignedLongLongMask(value); /* negative numbers as two's complement */
        if (PyErr_Occurred()) return -1;
    }
    return count;
}

static PyObject *add_device(MachineObject *self, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"type", "name", "base", "irq", "params", NULL};
    const char *type, *name;
    uint32_t base;
    int irq = -1;
    PyObject *mapping = NULL, *items;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ssO&|$iO:add_device", names, &type, &name, emu_as_u32, &base, &irq, &mapping))
        return NULL;
    emu_param params[PARAMS_MAX];
    Py_ssize_t count = read_params(mapping, params, &items);
    bool ok = false;
    char error[EMU_ERROR_MAX] = "";
    if (count >= 0) {
        emu_acquire(self);
        ok = emu_add_device(self->m, type, name, base, irq, params, (size_t)count, error) != NULL;
        emu_release(self);
        if (!ok) PyErr_SetString(PyExc_ValueError, error);
    }
    Py_XDECREF(items);
    if (!ok) return NULL;
    Py_RETURN_NONE;
}

/* --- power, time ------------------------------------------------------------------------------------------------------- */

static PyObject *power(MachineObject *self, PyObject *args) {
    int on;
    if (!PyArg_ParseTuple(args, "p:power", &on)) return NULL;
    emu_acquire(self);
    emu_power(self->m, on != 0);
    self->powered = on != 0;
    emu_release(self);
    Py_RETURN_NONE;
}

static PyObject *reset_pin(MachineObject *self, PyObject *args) {
    int asserted;
    if (!PyArg_ParseTuple(args, "p:reset_pin", &asserted)) return NULL;
    emu_acquire(self);
    emu_reset_pin(self->m, asserted != 0);
    emu_release(self);
    Py_RETURN_NONE;
}

static PyObject *usb_reset(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    emu_usb_reset(self->m);
    emu_release(self);
    Py_RETURN_NONE;
}

static emu_stop run_slices(MachineObject *self, uint64_t max_cycles, uint64_t *done) {
    emu_machine *m = self->m;
    emu_stop stop = EMU_STOP_BUDGET;
    *done = 0;
    do {
        uint64_t slice = SLICE_CYCLES, before = emu_now(m);
        if (emu_core_idle(m)) { /* nothing to execute: up to the next event costs no time */
            uint64_t next = emu_next_event(m);
            if (next > before + slice) slice = next - before;
        }
        if (slice > max_cycles - *done) slice = max_cycles - *done;
        stop = emu_run(m, slice);
        *done += emu_now(m) - before;
    } while (*done < max_cycles && stop != EMU_STOP_BREAK && stop != EMU_STOP_FULL && stop != EMU_STOP_OFF &&
             atomic_load(&self->waiting) == 0);
    /* What is due now happens in this call rather than at the start of the next one (the order is the same), so that a caller sees what the
     * time that has passed has brought, and next_event() is later than now(). */
    if (stop != EMU_STOP_OFF) {
        emu_events_run(m);
        emu_apply_reset(m); /* or a core that waits would seem to wait for ever for the reset that an event has asked for */
    }
    return stop;
}

static PyObject *run(MachineObject *self, PyObject *args) {
    static const char *const names[] = {"budget", "sleep", "halted", "break", "full", "off"};
    unsigned long long max_cycles, done;
    PyObject *limit;
    if (!PyArg_ParseTuple(args, "O:run", &limit)) return NULL;
    max_cycles = PyLong_AsUnsignedLongLong(limit);
    if (max_cycles == (unsigned long long)-1 && PyErr_Occurred()) return NULL;
    uint64_t cycles = 0;
    emu_stop stop;
    emu_acquire(self);
    Py_BEGIN_ALLOW_THREADS stop = run_slices(self, max_cycles, &cycles);
    Py_END_ALLOW_THREADS emu_release(self);
    done = cycles;
    return Py_BuildValue("(sK)", names[stop], done);
}

static PyObject *debug_poll(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    uint64_t until = emu_debug_poll(self->m);
    emu_release(self);
    if (!until) Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(until);
}

static PyObject *now(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    unsigned long long value = emu_now(self->m);
    emu_release(self);
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *clock_hz(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    unsigned long long value = emu_clock_hz(self->m);
    emu_release(self);
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *nanoseconds(MachineObject *self, PyObject *arg) {
    unsigned long long cycle = PyLong_AsUnsignedLongLong(arg);
    if (PyErr_Occurred()) return NULL;
    emu_acquire(self);
    unsigned long long value = emu_ns_at(self->m, cycle);
    emu_release(self);
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *instructions(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    unsigned long long value = emu_instructions(self->m);
    emu_release(self);
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *next_event(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    uint64_t value = emu_next_event(self->m);
    emu_release(self);
    if (value == UINT64_MAX) Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *core_idle(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    bool value = emu_core_idle(self->m);
    emu_release(self);
    return PyBool_FromLong(value);
}

static PyObject *core_locked_up(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    bool value = emu_core_locked_up(self->m);
    emu_release(self);
    return PyBool_FromLong(value);
}

static PyObject *core_halted(MachineObject *self, PyObject *args) {
    unsigned dp = 0;
    if (!PyArg_ParseTuple(args, "|I:core_halted", &dp)) return NULL;
    emu_machine *core = emu_py_core(self, dp);
    if (!core) return NULL;
    emu_acquire(self);
    bool value = emu_core_halted(core);
    emu_release(self);
    return PyBool_FromLong(value);
}

static PyObject *usb_device(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    uint32_t value = emu_usb_device(self->m);
    emu_release(self);
    return PyLong_FromUnsignedLong(value);
}

static PyObject *download_mode(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    bool value = emu_download_mode(self->m);
    emu_release(self);
    return PyBool_FromLong(value);
}

static PyObject *download_active_until(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    uint64_t value = emu_download_active_until(self->m);
    emu_release(self);
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *debug_enabled(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    bool value = emu_debug_enabled(self->m);
    emu_release(self);
    return PyBool_FromLong(value);
}

static PyObject *powered(MachineObject *self, PyObject *unused) {
    (void)unused;
    emu_acquire(self);
    bool value = self->powered;
    emu_release(self);
    return PyBool_FromLong(value);
}

/* --- memory as a backdoor ------------------------------------------------------------------------------------------------ */

static PyObject *peek(MachineObject *self, PyObject *args) {
    uint32_t address;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "O&n:peek", emu_as_u32, &address, &length)) return NULL;
    if (length < 0) return PyErr_Format(PyExc_ValueError, "length must not be negative");
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
    if (!bytes) return NULL;
    emu_acquire(self);
    bool ok = emu_peek(self->m, address, PyBytes_AsString(bytes), (size_t)length);
    emu_release(self);
    if (ok) return bytes;
    Py_DECREF(bytes);
    return PyErr_Format(PyExc_ValueError, "%zd bytes at 0x%x are not wholly in one memory", length, (unsigned)address);
}

static PyObject *poke(MachineObject *self, PyObject *args) {
    uint32_t address;
    Py_buffer data;
    if (!PyArg_ParseTuple(args, "O&y*:poke", emu_as_u32, &address, &data)) return NULL;
    Py_ssize_t length = data.len;
    emu_acquire(self);
    bool ok = emu_poke(self->m, address, data.buf, (size_t)length);
    emu_release(self);
    PyBuffer_Release(&data);
    if (!ok) return PyErr_Format(PyExc_ValueError, "%zd bytes at 0x%x are not wholly in one memory", length, (unsigned)address);
    Py_RETURN_NONE;
}

static PyObject *memory_read(MachineObject *self, PyObject *args) {
    const char *name;
    uint32_t offset;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "sO&n:memory_read", &name, emu_as_u32, &offset, &length)) return NULL;
    if (length < 0) return PyErr_Format(PyExc_ValueError, "length must not be negative");
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
    if (!bytes) return NULL;
    emu_acquire(self);
    bool ok = emu_memory_peek(self->m, name, offset, PyBytes_AsString(bytes), (size_t)length);
    emu_release(self);
    if (ok) return bytes;
    Py_DECREF(bytes);
    return PyErr_Format(PyExc_ValueError, "there are no %zd bytes at offset 0x%x of a memory '%s'", length, (unsigned)offset, name);
}

static PyObject *memory_write(MachineObject *self, PyObject *args) {
    const char *name;
    uint32_t offset;
    Py_buffer data;
    if (!PyArg_ParseTuple(args, "sO&y*:memory_write", &name, emu_as_u32, &offset, &data)) return NULL;
    Py_ssize_t length = data.len;
    emu_acquire(self);
    bool ok = emu_memory_poke(self->m, name, offset, data.buf, (size_t)length);
    emu_release(self);
    PyBuffer_Release(&data);
    if (!ok)
        return PyErr_Format(PyExc_ValueError, "there are no %zd bytes at offset 0x%x of a memory '%s'", length, (unsigned)offset, name);
    Py_RETURN_NONE;
}

/* false: an exception is set. */
static bool bus_access(MachineObject *self, uint32_t address, unsigned size, uint32_t *value, bool write) {
    if ((size != 1 && size != 2 && size != 4) || address % size) {
        PyErr_SetString(PyExc_ValueError, "size must be 1, 2 or 4, and the address aligned to it");
        return false;
    }
    emu_acquire(self);
    bool ok = emu_bus_access(self->m, address, size, value, write);
    emu_release(self);
    if (!ok) PyErr_Format(PyExc_ValueError, "bus error at 0x%x", (unsigned)address);
    return ok;
}

static PyObject *bus_read(MachineObject *self, PyObject *args) {
    uint32_t address, value = 0;
    unsigned size = 4;
    if (!PyArg_ParseTuple(args, "O&|I:bus_read", emu_as_u32, &address, &size)) return NULL;
    return bus_access(self, address, size, &value, false) ? PyLong_FromUnsignedLong(value) : NULL;
}

static PyObject *bus_write(MachineObject *self, PyObject *args) {
    uint32_t address, value;
    unsigned size = 4;
    if (!PyArg_ParseTuple(args, "O&O&|I:bus_write", emu_as_u32, &address, emu_as_u32, &value, &size)) return NULL;
    if (!bus_access(self, address, size, &value, true)) return NULL;
    Py_RETURN_NONE;
}

static PyObject *core_get(MachineObject *self, PyObject *args) {
    unsigned reg, dp = 0;
    if (!PyArg_ParseTuple(args, "I|I:core_get", &reg, &dp)) return NULL;
    emu_machine *core = emu_py_core(self, dp);
    if (!core) return NULL;
    emu_acquire(self);
    uint32_t value = emu_core_get(core, reg);
    emu_release(self);
    return PyLong_FromUnsignedLong(value);
}

static PyObject *core_set(MachineObject *self, PyObject *args) {
    unsigned reg;
    uint32_t value;
    if (!PyArg_ParseTuple(args, "IO&:core_set", &reg, emu_as_u32, &value)) return NULL;
    emu_acquire(self);
    emu_core_set(self->m, reg, value);
    emu_release(self);
    Py_RETURN_NONE;
}

static PyObject *unmodelled(MachineObject *self, PyObject *args) {
    enum { CHUNK = 64 };
    Py_ssize_t index = 0;
    if (!PyArg_ParseTuple(args, "|n:unmodelled", &index)) return NULL;
    if (index < 0) return PyErr_Format(PyExc_ValueError, "index must not be negative");
    PyObject *list = PyList_New(0);
    emu_unmodelled entries[CHUNK];
    size_t count = CHUNK;
    while (list && count == CHUNK) {
        emu_acquire(self);
        count = emu_unmodelled_log(self->m, (size_t)index, entries, CHUNK);
        emu_release(self);
        index += (Py_ssize_t)count;
        for (size_t i = 0; list && i < count; i++) {
            const emu_unmodelled *e = &entries[i];
            PyObject *entry = Py_BuildValue("(kkkiO)", (unsigned long)e->address, (unsigned long)e->pc, (unsigned long)e->value,
                                            (int)e->size, e->write ? Py_True : Py_False);
            if (!entry || PyList_Append(list, entry) < 0) Py_CLEAR(list);
            Py_XDECREF(entry);
        }
    }
    return list;
}

static PyObject *touched(MachineObject *self, PyObject *args) {
    enum { CHUNK = 128 };
    Py_ssize_t index = 0;
    if (!PyArg_ParseTuple(args, "|n:touched", &index)) return NULL;
    if (index < 0) return PyErr_Format(PyExc_ValueError, "index must not be negative");
    PyObject *list = PyList_New(0);
    emu_touched entries[CHUNK];
    size_t count = CHUNK;
    while (list && count == CHUNK) {
        emu_acquire(self);
        count = emu_touched_list(self->m, (size_t)index, entries, CHUNK);
        emu_release(self);
        index += (Py_ssize_t)count;
        for (size_t i = 0; list && i < count; i++) {
            const emu_touched *e = &entries[i];
            PyObject *entry = Py_BuildValue("(kkkkO)", (unsigned long)e->address, (unsigned long)e->pc, (unsigned long)e->reads,
                                            (unsigned long)e->writes, e->modelled ? Py_True : Py_False);
            if (!entry || PyList_Append(list, entry) < 0) Py_CLEAR(list);
            Py_XDECREF(entry);
        }
    }
    return list;
}

/* --- the type ---------------------------------------------------------------------------------------------------------- */

#define METHOD(name, flags) {#name, (PyCFunction)(void (*)(void))name, flags, NULL}

#define OTHER(name) {#name, (PyCFunction)(void (*)(void))emu_py_##name, METH_VARARGS, NULL},

static PyMethodDef methods[] = {
    METHOD(add_memory, METH_VARARGS | METH_KEYWORDS),
    METHOD(add_device, METH_VARARGS | METH_KEYWORDS),
    METHOD(power, METH_VARARGS),
    METHOD(reset_pin, METH_VARARGS),
    METHOD(usb_reset, METH_NOARGS),
    METHOD(run, METH_VARARGS),
    METHOD(now, METH_NOARGS),
    METHOD(clock_hz, METH_NOARGS),
    METHOD(nanoseconds, METH_O),
    METHOD(instructions, METH_NOARGS),
    METHOD(next_event, METH_NOARGS),
    METHOD(core_idle, METH_NOARGS),
    METHOD(core_locked_up, METH_NOARGS),
    METHOD(core_halted, METH_VARARGS),
    METHOD(download_active_until, METH_NOARGS),
    METHOD(debug_enabled, METH_NOARGS),
    METHOD(download_mode, METH_NOARGS),
    METHOD(debug_poll, METH_NOARGS),
    METHOD(hold, METH_NOARGS),
    METHOD(let_go, METH_NOARGS),
    METHOD(usb_device, METH_NOARGS),
    METHOD(powered, METH_NOARGS),
    METHOD(peek, METH_VARARGS),
    METHOD(poke, METH_VARARGS),
    METHOD(memory_read, METH_VARARGS),
    METHOD(memory_write, METH_VARARGS),
    METHOD(bus_read, METH_VARARGS),
    METHOD(bus_write, METH_VARARGS),
    METHOD(core_get, METH_VARARGS),
    METHOD(core_set, METH_VARARGS),
    METHOD(unmodelled, METH_VARARGS),
    METHOD(touched, METH_VARARGS),
    EMU_DEBUGPORT_METHODS(OTHER) EMU_IO_METHODS(OTHER) EMU_SNAPSHOT_METHODS(OTHER) EMU_TRACE_METHODS(OTHER)
        EMU_CORE_METHODS(OTHER){NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)machine_new},
    {Py_tp_dealloc, (void *)machine_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)"A machine; see _emu.pyi."},
    {0, NULL},
};

PyType_Spec emu_machine_spec = {
    .name = "vmrig_native._emu.Machine",
    .basicsize = sizeof(MachineObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};
