/* SPDX-License-Identifier: Apache-2.0 */
/* Which registers of devices the core has accessed, and which of them nobody models. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define TOUCHED_MAX 8192u /* words of address space: a power of two, and more than any firmware drives */

static uint32_t place(const emu_touched_table *t, uint32_t address) {
    uint32_t at = address * 2654435761u & (2 * t->capacity - 1);
    while (t->index[at] && t->list[t->index[at] - 1].address != address) at = (at + 1) & (2 * t->capacity - 1);
    return at;
}

static bool grow(emu_touched_table *t) {
    uint32_t capacity = t->capacity ? 2 * t->capacity : 64;
    if (capacity > TOUCHED_MAX) return false;
    emu_touched *list = realloc(t->list, capacity * sizeof *list);
    if (list) t->list = list;
    uint16_t *index = calloc(2 * capacity, sizeof *index);
    if (!list || !index) {
        free(index);
        return false;
    }
    free(t->index);
    t->index = index;
    t->capacity = capacity;
    for (uint32_t i = 0; i < t->count; i++) t->index[place(t, t->list[i].address)] = (uint16_t)(i + 1);
    return true;
}

static emu_touched *entry_of(emu_machine *m, uint32_t address) {
    emu_touched_table *t = &m->first->touched;
    if (!t->capacity && !grow(t)) return NULL;
    uint32_t at = place(t, address);
    if (!t->index[at]) {
        if (t->count == t->capacity) {
            if (!grow(t)) return NULL;
            at = place(t, address);
        }
        t->list[t->count] = (emu_touched){.address = address, .pc = emu_cpu_pc(m), .modelled = true};
        t->index[at] = (uint16_t)++t->count;
    }
    return &t->list[t->index[at] - 1];
}

void emu_touch_new(emu_machine *m, uint32_t address, bool write) {
    emu_touched_table *t = &m->first->touched;
    emu_touched *e = entry_of(m, address);
    if (!e) return;
    t->last = (uint32_t)(e - t->list);
    uint32_t *count = write ? &e->writes : &e->reads;
    if (*count != UINT32_MAX) ++*count;
}

void emu_touch_unmodelled(emu_machine *m, uint32_t address) {
    emu_touched *e = entry_of(m, address & ~3u);
    if (e) e->modelled = false;
}

size_t emu_touched_list(const emu_machine *m, size_t index, emu_touched *out, size_t max) {
    size_t n = 0;
    while (n < max && index < m->touched.count) out[n++] = m->touched.list[index++];
    return n;
}

bool emu_touched_copy(emu_machine *to, const emu_machine *from) {
    emu_touched_forget(to);
    const emu_touched_table *t = &from->touched;
    if (!t->capacity) return true;
    emu_touched_table copy = *t;
    copy.list = malloc(t->capacity * sizeof *copy.list);
    copy.index = malloc(2 * t->capacity * sizeof *copy.index);
    if (!copy.list || !copy.index) {
        free(copy.list);
        free(copy.index);
        return false;
    }
    memcpy(copy.list, t->list, t->count * sizeof *copy.list);
    memcpy(copy.index, t->index, 2 * t->capacity * sizeof *copy.index);
    to->touched = copy;
    return true;
}

void emu_touched_forget(emu_machine *m) {
    free(m->touched.list);
    free(m->touched.index);
    m->touched = (emu_touched_table){0};
}
