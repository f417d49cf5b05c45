/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_device.h"

#include <stdlib.h>
#include <string.h>

#include "vm.h"
#include "vm_device_sim.h"

#define MAX_FLASH (1u << 24)

typedef struct {
    PyObject_HEAD device_sim sim;
    void *memory;
    bool made;
} device_object;

static bool layout_from(PyObject *given, link_layout *layout) {
    const struct {
        const char *name;
        uint32_t *address, *size;
    } parts[] = {
        {"vm", &layout->vm, &layout->vm_size},
        {"vmstore", &layout->vmstore, NULL},
        {"port", &layout->port, &layout->port_size},
        {"journal", &layout->journal, NULL},
        {"slot_a", &layout->slot[0], &layout->slot_size},
        {"slot_b", &layout->slot[1], NULL},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        PyObject *entry = PyMapping_GetItemString(given, parts[i].name);
        unsigned address, size;
        if (!entry) return false;
        PyObject *pair = PySequence_Tuple(entry);
        Py_DECREF(entry);
        bool good = pair && PyArg_ParseTuple(pair, "II;a part of a layout is (address, size)", &address, &size);
        Py_XDECREF(pair);
        if (!good) return false;
        *parts[i].address = address;
        if (parts[i].size) *parts[i].size = size;
    }
    return true;
}

static bool whole_units(const flash_geometry *g, uint32_t address, uint32_t size) {
    while (size) {
        uint32_t unit = geometry_erase_unit(g, address);
        if (!unit || unit > size || address & (unit - 1)) return false;
        address += unit;
        size -= unit;
    }
    return true;
}

static bool layout_fits(const link_layout *l) {
    uint32_t page = geometry_erase_unit(l->flash, l->journal);
    const uint32_t parts[][2] = {{l->vm, l->vm_size},        {l->vmstore, geometry_erase_unit(l->flash, l->vmstore)},
                                 {l->port, l->port_size},    {l->journal, 2 * page},
                                 {l->slot[0], l->slot_size}, {l->slot[1], l->slot_size}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!whole_units(l->flash, parts[i][0], parts[i][1])) return false;
    /* A journal at 0 means "no page in force". */
    return l->journal != 0 && geometry_erase_unit(l->flash, l->journal + page) == page;
}

/* Total size of the flash; 0: these runs cannot be. `sectors`: a sequence of (count, size). */
static uint32_t geometry_from(PyObject *sectors, uint32_t write_unit, sim_flash_shape *shape) {
    uint32_t total = 0;
    Py_ssize_t count = PySequence_Size(sectors);
    if (count < 1 || count > SIM_RUNS) return 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(sectors, i), *pair = item ? PySequence_Tuple(item) : NULL;
        unsigned units, size;
        bool good = pair && PyArg_ParseTuple(pair, "II;a run of erase units is (count, size)", &units, &size);
        Py_XDECREF(item);
        Py_XDECREF(pair);
        if (!good || size < 256 || size & (size - 1) || total % size || units > (MAX_FLASH - total) / size) return 0;
        shape->runs[i] = (erase_run){units, size};
        total += units * size;
    }
    shape->geometry = (flash_geometry){0, write_unit, (uint32_t)count, shape->runs};
    return total;
}

static PyObject *device_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"uid", "layout", "sectors", "write_unit", "window", "kind", "heap_size", "seed", "image_size", NULL};
    const char *uid, *kind = "vm";
    Py_ssize_t uid_length;
    PyObject *layout, *sectors;
    unsigned write_unit = 4, window = 4, heap_size = 65536, seed = 1, image_size = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y#OO|$IIsIII:Device", names, &uid, &uid_length, &layout, &sectors, &write_unit, &window,
                                     &kind, &heap_size, &seed, &image_size))
        return NULL;
    bool is_vm = strcmp(kind, "vm") == 0;
    static const portmap no_names;
    link_config config = {.builtin = &no_names, .window = (uint8_t)window};
    if (uid_length < 1 || uid_length > 16 || (!is_vm && strcmp(kind, "register") != 0) || window < 1 || window > 8 ||
        write_unit > GEOMETRY_WRITE_UNIT_MAX || write_unit == 0 || write_unit & (write_unit - 1) || heap_size < VM_MIN_HEAP ||
        heap_size > 1u << 26) {
        PyErr_SetString(PyExc_ValueError,
                        "Device: uid 1..16 bytes, kind 'vm' or 'register', window 1..8, write_unit 1, 2, 4 or 8, heap_size 2 KB..64 MB");
        return NULL;
    }
    sim_flash_shape shape;
    uint32_t flash_size = geometry_from(sectors, write_unit, &shape);
    if (!flash_size) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "Device: up to 16 runs of sectors of a power of two from 256 bytes on, 16 MB in all");
        return NULL;
    }
    link_layout parts = {.flash = &shape.geometry};
    config.layout = &parts;
    if (!layout_from(layout, &parts)) return NULL;
    config.image_size = image_size;
    if (!layout_fits(&parts) || image_size > flash_size) {
        PyErr_SetString(PyExc_ValueError, "Device: the layout is not whole sectors inside the flash, or its journal is at 0");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    device_object *d = (device_object *)allocate(type, 0);
    if (!d) return NULL;
    if (is_vm) {
        size_t size = vm_block_size(heap_size, parts.slot_size);
        d->memory = malloc(size);
        config.memory = (program_memory){d->memory, size, heap_size, NULL};
        config.program = &program_vm;
    }
    d->made = (!is_vm || d->memory) && device_sim_init(&d->sim, flash_size, &config, (const uint8_t *)uid, (uint8_t)uid_length);
    if (!d->made) {
        Py_DECREF(d);
        return PyErr_NoMemory();
    }
    d->sim.random = seed | 1u;
    return (PyObject *)d;
}

static void device_dealloc(PyObject *self) {
    device_object *d = (device_object *)self;
    PyTypeObject *type = Py_TYPE(self);
    if (d->made) device_sim_free(&d->sim);
    free(d->memory);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static device_sim *sim_of(PyObject *self) { return &((device_object *)self)->sim; }

static PyObject *device_power(PyObject *self, PyObject *arg) {
    int on = PyObject_IsTrue(arg);
    if (on < 0) return NULL;
    device_sim_power(sim_of(self), on);
    Py_RETURN_NONE;
}

static PyObject *device_run(PyObject *self, PyObject *args) {
    unsigned long long microseconds, steps = UINT64_MAX;
    if (!PyArg_ParseTuple(args, "K|K:run", &microseconds, &steps)) return NULL;
    device_sim *s = sim_of(self);
    uint64_t done = device_sim_run(s, s->time_us + microseconds, steps);
    if (s->failed) return PyErr_NoMemory();
    return PyLong_FromUnsignedLongLong(done);
}

static PyObject *device_write(PyObject *self, PyObject *args) {
    const char *data;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "y#:write", &data, &length)) return NULL;
    if (!device_sim_write(sim_of(self), (const uint8_t *)data, (size_t)length)) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *device_read(PyObject *self, PyObject *unused) {
    (void)unused;
    device_sim *s = sim_of(self);
    size_t waiting = s->from_board.used - s->from_board.at;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)waiting);
    if (bytes) device_sim_read(s, (uint8_t *)PyBytes_AsString(bytes), waiting);
    return bytes;
}

static PyObject *device_peek(PyObject *self, PyObject *args) {
    unsigned address, length;
    device_sim *s = sim_of(self);
    if (!PyArg_ParseTuple(args, "II:peek", &address, &length)) return NULL;
    if (address > s->flash_size || length > s->flash_size - address) {
        PyErr_SetString(PyExc_ValueError, "peek: not inside the flash");
        return NULL;
    }
    return PyBytes_FromStringAndSize((const char *)s->flash + address, (Py_ssize_t)length);
}

static PyObject *device_poke(PyObject *self, PyObject *args) {
    unsigned address;
    const char *data;
    Py_ssize_t length;
    device_sim *s = sim_of(self);
    if (!PyArg_ParseTuple(args, "Iy#:poke", &address, &data, &length)) return NULL;
    if (address > s->flash_size || (size_t)length > s->flash_size - address) {
        PyErr_SetString(PyExc_ValueError, "poke: not inside the flash");
        return NULL;
    }
    memcpy(s->flash + address, data, (size_t)length);
    Py_RETURN_NONE;
}

static PyObject *device_cut_after(PyObject *self, PyObject *arg) {
    device_sim *s = sim_of(self);
    if (arg == Py_None) {
        s->cut_at = UINT64_MAX;
        Py_RETURN_NONE;
    }
    unsigned long long count = PyLong_AsUnsignedLongLong(arg);
    if (count == (unsigned long long)-1 && PyErr_Occurred()) return NULL;
    s->cut_at = s->operations + count;
    Py_RETURN_NONE;
}

static PyObject *device_pin_drive(PyObject *self, PyObject *args) {
    unsigned pin;
    int level;
    if (!PyArg_ParseTuple(args, "Ii:pin_drive", &pin, &level)) return NULL;
    if (pin >= SIM_PINS || level < -1 || level > 1) {
        PyErr_SetString(PyExc_ValueError, "pin_drive: pin 0..63, level 0, 1 or -1 for nobody");
        return NULL;
    }
    sim_of(self)->pin_in[pin] = (int8_t)level;
    Py_RETURN_NONE;
}

static PyObject *device_edges(PyObject *self, PyObject *unused) {
    (void)unused;
    device_sim *s = sim_of(self);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < s->edge_count; i++) {
        PyObject *edge = Py_BuildValue("(Kii)", s->edges[i].time_us, (int)s->edges[i].pin, (int)s->edges[i].level);
        if (!edge || PyList_Append(list, edge)) Py_CLEAR(list);
        Py_XDECREF(edge);
    }
    return list;
}

static PyObject *get_powered(PyObject *self, void *unused) {
    (void)unused;
    return PyBool_FromLong(sim_of(self)->powered);
}

static PyObject *get_counter(PyObject *self, void *offset) {
    return PyLong_FromUnsignedLongLong(*(uint64_t *)((char *)sim_of(self) + (size_t)offset));
}

static PyMethodDef device_methods[] = {
    {"power", device_power, METH_O, "power(on): cuts power, or boots."},
    {"run", device_run, METH_VARARGS, "run(microseconds, steps=...) -> turns of the main loop done; returns early when power goes."},
    {"write", device_write, METH_VARARGS, "write(data): bytes on the line to the board."},
    {"read", device_read, METH_NOARGS, "read() -> bytes that the board has sent since the last call."},
    {"peek", device_peek, METH_VARARGS, "peek(address, length) -> contents of the flash."},
    {"poke", device_poke, METH_VARARGS, "poke(address, data): changes the flash from outside, without its controller."},
    {"cut_after", device_cut_after, METH_O,
     "cut_after(n): power goes in the middle of the flash operation that follows the next n; None: never."},
    {"pin_drive", device_pin_drive, METH_VARARGS, "pin_drive(pin, level): from outside; level -1 lets go."},
    {"edges", device_edges, METH_NOARGS, "edges() -> list of (microseconds since creation, pin, level) of the outputs."},
    {NULL, NULL, 0, NULL},
};

#define COUNTER(field) ((void *)offsetof(device_sim, field))
static PyGetSetDef device_getset[] = {
    {"powered", get_powered, NULL, "Power is on.", NULL},
    {"time_us", get_counter, NULL, "Virtual time since creation.", COUNTER(time_us)},
    {"operations", get_counter, NULL, "Flash operations (a sector erased, a unit written) since creation.", COUNTER(operations)},
    {"overwritten", get_counter, NULL, "Units written over others, other than to zeros: 0, or the firmware has a bug.",
     COUNTER(overwritten)},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot device_slots[] = {
    {Py_tp_new, device_new},
    {Py_tp_dealloc, device_dealloc},
    {Py_tp_methods, device_methods},
    {Py_tp_getset, device_getset},
    {Py_tp_doc,
     "A board made of the firmware's own link and VM over a simulated chip: flash with power cuts, a serial line, pins, virtual time."},
    {0, NULL},
};

static PyType_Spec device_spec = {"vmrig_native._vm.Device", sizeof(device_object), 0, Py_TPFLAGS_DEFAULT, device_slots};

int vm_add_device_type(PyObject *module) {
    PyObject *type = PyType_FromSpec(&device_spec);
    int failed = type ? PyModule_AddObjectRef(module, "Device", type) : -1;
    Py_XDECREF(type);
    return failed;
}
