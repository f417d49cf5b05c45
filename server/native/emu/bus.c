/* SPDX-License-Identifier: Apache-2.0 */
/* Memories, the tables that make them fast, devices by address, DMA, and what outsiders may do with memory. */
#include "core_class.h"

#include <stdlib.h>
#include <string.h>

/* --- memories ------------------------------------------------------------------------------------------------------ */

emu_memory *emu_memory_at(emu_machine *m, uint32_t address) {
    for (size_t i = 0; i < m->memory_count; i++) {
        emu_memory *mem = m->memories[i];
        if (address - mem->base < mem->size && !mem->unmapped) return mem;
    }
    return m->first->window_count ? emu_window_at(m, address) : NULL;
}

emu_memory *emu_memory_by_name(emu_machine *m, const char *name) {
    for (size_t i = 0; i < m->memory_count; i++)
        if (strcmp(m->memories[i]->name, name) == 0) return m->memories[i];
    return NULL;
}

uint32_t emu_memory_base(const emu_memory *mem) { return mem->base; }
uint32_t emu_memory_size(const emu_memory *mem) { return mem->size; }
const uint8_t *emu_memory_bytes(const emu_memory *mem) { return mem->bytes; }
void emu_memory_set_controller(emu_memory *mem, emu_device *controller) { mem->origin->controller = controller; }

/* Whether any window onto this part of a memory's contents has decoded code. */
static bool core_has_code(const emu_machine *m, const emu_memory *origin, uint32_t offset, uint32_t length) {
    size_t i = 0;
    for (const emu_memory *w; (w = emu_view_next(m, origin, &i));) {
        if (offset - w->from >= w->size) continue;
        uint32_t at = w->base + (offset - w->from);
        uint32_t first = at & ~(EMU_PAGE_SIZE - 1), last = (at + length - 1) & ~(EMU_PAGE_SIZE - 1);
        if (emu_code_page_has_code(m, first) || emu_code_page_has_code(m, last)) return true;
    }
    return false;
}

bool emu_bus_has_code(const emu_machine *m, const emu_memory *origin, uint32_t offset, uint32_t length) {
    for (const emu_machine *c = m->first; c; c = c->second)
        if (core_has_code(c, origin, offset, length)) return true;
    return false;
}

static void set(uintptr_t *entry,
                uintptr_t value) { /* most of a table is never touched, and costs no memory as long as it is not written */
    if (*entry != value) *entry = value;
}

static void refresh_entry_of(emu_machine *m, uint32_t page_base) {
    emu_memory *mem = emu_memory_at(m, page_base);
    uint32_t page = page_base >> EMU_PAGE_BITS;
    bool fast = mem && page_base - mem->base + EMU_PAGE_SIZE <= mem->size && !m->cls->slow_page(m, page_base);
    uintptr_t biased = fast ? (uintptr_t)mem->bytes + (page_base - mem->base) - page_base : 0;
    bool writable = fast && mem->kind == EMU_RAM && !emu_bus_has_code(m, mem->origin, page_base - mem->base + mem->from, EMU_PAGE_SIZE);
    set(&m->read_table[page], biased);
    set(&m->write_table[page], writable ? biased : 0);
    if (m->has_views) m->cls->refresh_view(m, page);
}

/* A page in which one core has decoded code is written slowly by the other as well. */
void emu_bus_refresh_at(emu_machine *m, uint32_t page_base) {
    for (emu_machine *c = m->first; c; c = c->second) refresh_entry_of(c, page_base);
}

void emu_bus_refresh_page(emu_machine *m, emu_memory *mem, uint32_t offset) {
    size_t i = 0;
    offset += mem->from;
    for (const emu_memory *w; (w = emu_view_next(m, mem->origin, &i));) {
        if (offset - w->from >= w->size) continue;
        /* windows need not be aligned alike: the page's contents may reach into two pages of another window */
        uint32_t base = (w->base + (offset - w->from)) & ~(EMU_PAGE_SIZE - 1);
        emu_bus_refresh_at(m, base);
        if (base >= EMU_PAGE_SIZE) emu_bus_refresh_at(m, base - EMU_PAGE_SIZE);
        if (base + EMU_PAGE_SIZE) emu_bus_refresh_at(m, base + EMU_PAGE_SIZE);
    }
}

void emu_bus_refresh_tables(emu_machine *m) {
    for (size_t i = 0; i < m->memory_count; i++) {
        const emu_memory *mem = m->memories[i];
        for (uint32_t offset = 0; offset < mem->size && !mem->unmapped; offset += EMU_PAGE_SIZE)
            emu_bus_refresh_at(m, (mem->base + offset) & ~(EMU_PAGE_SIZE - 1));
    }
    emu_windows_refresh(m);
}

static void changed_for(emu_machine *m, const emu_memory *mem, uint32_t offset, size_t length) {
    if (!m->code_count || !length) return;
    size_t i = 0;
    for (const emu_memory *w; (w = emu_view_next(m, mem, &i));) {
        uint64_t first = offset > w->from ? offset : w->from, last = (uint64_t)offset + length, top = (uint64_t)w->from + w->size;
        if (first >= (last < top ? last : top)) continue;
        uint32_t address = w->base + (uint32_t)(first - w->from);
        size_t here = (size_t)((last < top ? last : top) - first);
        if (w->kind == EMU_RAM) {
            if (here > 64 || emu_code_decoded(m, address, here)) emu_code_mark_dirty(m, address, here);
        } else {
            /* Constants may have been taken from here by code up to 4 KB before or after. */
            uint32_t from = address - w->base >= EMU_PAGE_SIZE ? address - EMU_PAGE_SIZE : w->base;
            size_t end = (size_t)(address - from) + here + EMU_PAGE_SIZE;
            emu_code_mark_dirty(m, from, end < w->size - (from - w->base) ? end : w->size - (from - w->base));
        }
    }
}

void emu_bus_changed(emu_machine *m, emu_memory *mem, uint32_t offset, size_t length) {
    for (emu_machine *c = m->first; c; c = c->second) changed_for(c, mem->origin, mem->from + offset, length);
}

/* Volatile memory is copied whole into snapshots: only of the others it is kept what has changed since the last image. */
static void mark_changed(emu_memory *mem, uint32_t offset, size_t length) {
    if (!mem->origin->changed || !length) return;
    offset += mem->from;
    for (uint32_t page = offset / EMU_PAGE_SIZE; page <= (offset + length - 1) / EMU_PAGE_SIZE; page++)
        mem->origin->changed[page / 8] |= (uint8_t)(1u << page % 8);
}

void emu_memory_change(emu_machine *m, emu_memory *mem, uint32_t offset, const void *data, size_t length) {
    if (offset > mem->size || length > mem->size - offset) return;
    memcpy(mem->bytes + offset, data, length);
    mark_changed(mem, offset, length);
    emu_bus_changed(m, mem, offset, length);
}

void emu_memory_fill(emu_machine *m, emu_memory *mem, uint32_t offset, uint8_t value, size_t length) {
    if (offset > mem->size || length > mem->size - offset) return;
    memset(mem->bytes + offset, value, length);
    mark_changed(mem, offset, length);
    emu_bus_changed(m, mem, offset, length);
}

static uint8_t *inside_one_memory(emu_machine *m, uint32_t address, size_t length, emu_memory **found) {
    emu_memory *mem = emu_memory_at(m, address);
    if (!mem || length > mem->size - (address - mem->base)) return NULL;
    *found = mem;
    return mem->bytes + (address - mem->base);
}

bool emu_peek(emu_machine *m, uint32_t address, void *out, size_t length) {
    emu_memory *mem;
    const uint8_t *from = inside_one_memory(m, address, length, &mem);
    if (!from) return false;
    memcpy(out, from, length);
    return true;
}

bool emu_poke(emu_machine *m, uint32_t address, const void *data, size_t length) {
    emu_memory *mem;
    if (!inside_one_memory(m, address, length, &mem)) return false;
    emu_memory_change(m, mem, address - mem->base, data, length);
    return true;
}

bool emu_dma_read(emu_machine *m, uint32_t address, void *out, size_t length) { return emu_peek(m, address, out, length); }

bool emu_dma_write(emu_machine *m, uint32_t address, const void *data, size_t length) {
    emu_memory *mem;
    if (!inside_one_memory(m, address, length, &mem) || mem->kind != EMU_RAM) return false;
    emu_memory_change(m, mem, address - mem->base, data, length);
    return true;
}

static uint8_t *inside_named(emu_machine *m, const char *name, uint32_t offset, size_t length, emu_memory **found) {
    emu_memory *mem = emu_memory_by_name(m, name);
    if (!mem || offset > mem->size || length > mem->size - offset) return NULL;
    *found = mem;
    return mem->bytes + offset;
}

bool emu_memory_peek(emu_machine *m, const char *name, uint32_t offset, void *out, size_t length) {
    emu_memory *mem;
    const uint8_t *from = inside_named(m, name, offset, length, &mem);
    if (!from) return false;
    memcpy(out, from, length);
    return true;
}

bool emu_memory_poke(emu_machine *m, const char *name, uint32_t offset, const void *data, size_t length) {
    emu_memory *mem;
    if (!inside_named(m, name, offset, length, &mem)) return false;
    emu_memory_change(m, mem, offset, data, length);
    return true;
}

/* --- devices -------------------------------------------------------------------------------------------------------- */

emu_device *emu_device_by_name(emu_machine *m, const char *name) {
    for (size_t i = 0; i < m->device_count; i++)
        if (strcmp(m->devices[i]->name, name) == 0) return m->devices[i];
    return NULL;
}

unsigned emu_device_count(const emu_machine *m) { return (unsigned)m->device_count; }
emu_device *emu_device_number(const emu_machine *m, unsigned index) { return m->devices[index]; }

void emu_log_unmodelled(emu_machine *m, uint32_t address, uint32_t value, unsigned size, bool write) {
    emu_machine *core = emu_active_core(m);
    m = m->first;
    if (!m->debug_access) emu_touch_unmodelled(m, address);
    if (m->unmodelled_count == EMU_UNMODELLED_MAX) return;
    for (size_t i = 0; i < m->unmodelled_count; i++)
        if (m->unmodelled[i].address == address) return;
    if (m->unmodelled_count == m->unmodelled_capacity) { /* most machines have few */
        size_t capacity = m->unmodelled_capacity ? 2 * m->unmodelled_capacity : 16;
        emu_unmodelled *grown = realloc(m->unmodelled, capacity * sizeof *grown);
        if (!grown) return;
        m->unmodelled = grown;
        m->unmodelled_capacity = capacity;
    }
    m->unmodelled[m->unmodelled_count++] =
        (emu_unmodelled){address, m->debug_access ? 0xFFFFFFFFu : emu_cpu_pc(core), value, (uint8_t)size, write};
}

size_t emu_unmodelled_log(const emu_machine *m, size_t index, emu_unmodelled *out, size_t max) {
    size_t n = 0;
    while (n < max && index < m->unmodelled_count) out[n++] = m->unmodelled[index++];
    return n;
}

/* --- accesses --------------------------------------------------------------------------------------------------------- */

void emu_bus_fallback(emu_device *d) { d->machine->fallback = d; }
void emu_access_refuse(emu_machine *m) { m->access_refused = true; }

static emu_bus_result device_answer(emu_machine *m) {
    m = m->first;
    if (EMU_LIKELY(!m->access_refused)) return EMU_BUS_OK;
    m->access_refused = false;
    return EMU_BUS_REFUSED;
}

static uint32_t read_device(emu_machine *m, emu_device *d, uint32_t offset, unsigned size) {
    if (!d->cls->read) return 0;
    if (EMU_LIKELY(m->first == m)) return d->cls->read(d, offset, size);
    emu_turn turn = emu_turn_take(m);
    uint32_t value = d->cls->read(d, offset, size);
    emu_turn_end(m, turn);
    return value;
}

static void write_device(emu_machine *m, emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    if (!d->cls->write) return;
    if (EMU_LIKELY(m->first == m)) {
        d->cls->write(d, offset, value, size);
        return;
    }
    emu_turn turn = emu_turn_take(m);
    d->cls->write(d, offset, value, size);
    emu_turn_end(m, turn);
}

static bool store_in_nvm(emu_machine *m, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    emu_device *controller = mem->origin->controller;
    if (EMU_LIKELY(m->first == m)) return controller->cls->nvm_write(controller, mem->origin, offset, value, size);
    emu_turn turn = emu_turn_take(m);
    bool done = controller->cls->nvm_write(controller, mem->origin, offset, value, size);
    emu_turn_end(m, turn);
    return done;
}

bool emu_bus_nobody(emu_machine *m, uint32_t address) {
    return !emu_memory_at(m, address) && !emu_device_at(m, address) && !m->cls->owns(m, address) && !m->fallback;
}

emu_bus_result emu_bus_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value) {
    emu_device *d = emu_device_at(m, address);
    emu_memory *mem = d ? NULL : emu_memory_at(m, address);
    address &= ~(size - 1); /* callers see to it: nothing may ever reach beyond a memory's end */
    if (mem) {
        uint32_t x = 0;
        memcpy(&x, mem->bytes + (address - mem->base), size);
        *value = x;
        return EMU_BUS_OK;
    }
    if (!d && m->cls->owns(m, address))
        return m->cls->own_read(m, address, size, value); /* chips have devices of their own there: DBGMCU */
    m->device_accesses++;
    if (!m->debug_access) emu_touch(m, address, false);
    if (d) {
        *value = read_device(m, d, address - d->base, size);
        if (m->trace && !m->debug_access) emu_trace_access(m, address, size, *value, false);
        return device_answer(m);
    }
    if (m->fallback) {
        *value = m->fallback->cls->read(m->fallback, address, size);
        return device_answer(m);
    }
    *value = 0;
    emu_log_unmodelled(m, address, 0, size, false);
    return EMU_BUS_ERROR;
}

emu_bus_result emu_bus_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value) {
    emu_device *d = emu_device_at(m, address);
    emu_memory *mem = d ? NULL : emu_memory_at(m, address);
    address &= ~(size - 1);
    if (mem) {
        uint32_t offset = address - mem->base;
        if (mem->kind == EMU_RAM) {
            memcpy(mem->bytes + offset, &value, size);
            emu_bus_changed(m, mem, offset, size);
            return EMU_BUS_OK;
        }
        emu_device *controller = mem->origin->controller;
        if (!controller || !controller->cls->nvm_write || mem->origin->unmapped) return EMU_BUS_ERROR;
        m->device_accesses++;
        return store_in_nvm(m, mem, offset, value, size) ? EMU_BUS_OK : EMU_BUS_REFUSED;
    }
    if (!d && m->cls->owns(m, address)) return m->cls->own_write(m, address, size, value);
    m->device_accesses++;
    if (!m->debug_access) emu_touch(m, address, true);
    if (d) {
        if (m->trace && !m->debug_access) emu_trace_access(m, address, size, value, true);
        write_device(m, d, address - d->base, value, size);
        return device_answer(m);
    }
    if (m->fallback) {
        m->fallback->cls->write(m->fallback, address, value, size);
        return device_answer(m);
    }
    emu_log_unmodelled(m, address, value, size, true);
    return EMU_BUS_ERROR;
}

bool emu_bus_access(emu_machine *m, uint32_t address, unsigned size, uint32_t *value, bool write) {
    return (write ? emu_bus_write(m, address, size, *value) : emu_bus_read(m, address, size, value)) == EMU_BUS_OK;
}
