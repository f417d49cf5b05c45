/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the address space where pages of a memory show as a cache's MMU maps them. A page is an emu_memory of its own, whose bytes are
 * some of its origin's: whoever looks for the memory at an address needs to know nothing of windows. What maps them is a device's
 * registers, so that device puts them back in its link() after the state of the machine was replaced. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define PAGE_BITS 16u
#define PAGE_SIZE (1u << PAGE_BITS)

struct emu_window {
    emu_machine *m;
    uint32_t base, size;
    unsigned pages;
    emu_memory page[]; /* bytes NULL: nothing is mapped */
};

emu_window *emu_window_add(emu_machine *m, uint32_t base, uint32_t size) {
    for (size_t i = 0; i < m->window_count; i++)
        if (m->windows[i]->base == base) return m->windows[i];
    unsigned pages = size >> PAGE_BITS;
    emu_window *w = m->window_count < EMU_WINDOW_MAX ? calloc(1, sizeof *w + pages * sizeof w->page[0]) : NULL;
    if (!w) return NULL;
    w->m = m;
    w->base = base;
    w->size = size;
    w->pages = pages;
    m->windows[m->window_count++] = w;
    return w;
}

void emu_windows_free(emu_machine *m) {
    while (m->window_count) free(m->windows[--m->window_count]);
}

static void refresh(emu_window *w, unsigned page) {
    for (uint32_t offset = 0; offset < PAGE_SIZE; offset += EMU_PAGE_SIZE) emu_bus_refresh_at(w->m, w->base + (page << PAGE_BITS) + offset);
}

static void code_is_stale(emu_window *w, unsigned page) {
    for (emu_machine *c = w->m; c; c = c->second)
        if (c->code_count) emu_code_mark_dirty(c, w->base + (page << PAGE_BITS), PAGE_SIZE);
}

void emu_window_map(emu_window *w, unsigned page, emu_memory *mem, uint32_t offset) {
    if (!w || page >= w->pages) return;
    emu_memory *p = &w->page[page];
    offset &= ~(PAGE_SIZE - 1);
    if (mem && (offset >= mem->size || mem->size - offset < PAGE_SIZE)) mem = NULL;
    if (mem ? p->bytes == mem->bytes + offset && p->origin == mem->origin : !p->bytes) return;
    code_is_stale(w, page); /* also where nothing was: that cannot be fetched is decoded as well */
    memset(p, 0, sizeof *p);
    if (mem) {
        strcpy(p->name, "window");
        p->kind = EMU_ROM;
        p->base = w->base + (page << PAGE_BITS);
        p->size = PAGE_SIZE;
        p->erased = mem->erased;
        p->bytes = mem->bytes + offset;
        p->origin = mem->origin;
        p->from = mem->from + offset;
    }
    refresh(w, page);
}

emu_memory *emu_window_at(emu_machine *m, uint32_t address) {
    m = m->first;
    for (size_t i = 0; i < m->window_count; i++) {
        emu_window *w = m->windows[i];
        if (address - w->base >= w->size) continue;
        emu_memory *p = &w->page[(address - w->base) >> PAGE_BITS];
        return p->bytes ? p : NULL;
    }
    return NULL;
}

emu_memory *emu_view_next(const emu_machine *m, const emu_memory *origin, size_t *i) {
    for (; *i < m->memory_count; ++*i) {
        emu_memory *mem = m->memories[*i];
        if (mem->origin != origin || mem->unmapped) continue;
        ++*i;
        return mem;
    }
    m = m->first;
    size_t before = m->memory_count;
    for (size_t k = 0; k < m->window_count; before += m->windows[k++]->pages) {
        emu_window *w = m->windows[k];
        for (; *i - before < w->pages; ++*i) {
            if (w->page[*i - before].origin != origin) continue;
            return &w->page[(*i)++ - before];
        }
    }
    return NULL;
}

void emu_windows_refresh(emu_machine *m) {
    m = m->first;
    for (size_t k = 0; k < m->window_count; k++)
        for (unsigned page = 0; page < m->windows[k]->pages; page++)
            if (m->windows[k]->page[page].bytes) refresh(m->windows[k], page);
}
