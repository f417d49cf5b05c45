/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of operations: a machine's table of them, how stale ones are dropped, and how finished ones are shared between machines.
 *
 * A page is a machine's own while it decodes into it. When nothing has been decoded for a while, its pages of non-volatile memory are
 * published (commons.h): from then on they are never written. A machine that meets an instruction which a shared page lacks takes a copy of
 * its own. Pages that hold breakpoints are never shared. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../commons.h"
#include "slots.h"

#define SETTLED_CYCLES 1000000u /* without decoding anything: what is decoded is worth sharing */

void emu_op_set(const emu_machine *m, emu_op *op, unsigned code, const emu_uop *u, unsigned n) {
    op->handler = m->handlers[code];
    op->a = u->a;
    op->b = u->b;
    op->d = u->d;
    op->n = (uint8_t)n;
    op->imm = u->imm;
}

static emu_code_page *new_page(uint32_t base) {
    void *memory = NULL;
    if (posix_memalign(&memory, EMU_CODE_PAGE_ALIGN, sizeof(emu_code_page))) abort();
    emu_code_page *page = memory;
    page->base = base;
    page->shared = NULL;
    page->extra_used = 0;
    page->reaches_next = page->unshareable = false;
    return page;
}

void emu_code_page_clear(emu_machine *m, emu_code_page *page) {
    const emu_op empty = {m->handlers[m->cls->op_decode], 0, 0, 0, 0, 0};
    for (unsigned i = 0; i < EMU_PAGE_SLOTS; i++) page->ops[i] = empty;
    for (unsigned i = 0; i < EMU_PAGE_END_SLOTS; i++) {
        emu_uop u = {m->cls->op_next_page, 0, 0, 0, page->base + EMU_PAGE_SIZE + 2 * i};
        emu_op_set(m, &page->ops[EMU_PAGE_SLOTS + i], m->cls->op_next_page, &u, 0);
    }
    page->extra_used = 0;
    page->reaches_next = page->unshareable = false;
}

/* The three tables of a view, one behind the other; zeroed, and only backed where they are touched. */
static bool reserve_view(emu_view *v) {
    size_t size = 3 * EMU_PAGE_COUNT * sizeof(uintptr_t);
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return false;
    v->read = p;
    v->write = v->read + EMU_PAGE_COUNT;
    v->code = v->write + EMU_PAGE_COUNT;
    return true;
}

bool emu_core_alloc(emu_machine *m) {
    if (!reserve_view(&m->views[0])) return false;
    m->read_table = m->views[0].read;
    m->write_table = m->views[0].write;
    m->code_table = m->views[0].code;
    m->view = &m->views[0];
    if (m->cls->handlers) {
        m->handlers = m->cls->handlers();
        m->scratch_page = new_page(0);
    }
    return true;
}

bool emu_core_make_views(emu_machine *m) {
    bool fresh = !m->has_views;
    for (unsigned i = 1; i < 3 && fresh; i++)
        if (!reserve_view(&m->views[i])) abort();
    m->has_views = true;
    return fresh;
}

static void release(emu_machine *m, emu_code_page *page) {
    if (page->shared)
        emu_commons_drop_page(m->commons, page);
    else
        free(page);
}

void emu_core_dealloc(emu_machine *m) {
    for (size_t i = 0; i < m->code_count; i++) release(m, m->code_pages[i].page);
    free(m->code_pages);
    m->code_pages = NULL;
    m->code_count = m->code_capacity = 0;
    free(m->scratch_page);
    m->scratch_page = NULL;
    for (unsigned i = 0; i < (m->has_views ? 3 : 1); i++)
        if (m->views[i].read) munmap(m->views[i].read, 3 * EMU_PAGE_COUNT * sizeof(uintptr_t));
    m->has_views = false;
}

static emu_code_page *page_of(const emu_machine *m, uint32_t address) {
    uintptr_t biased = m->code_table[address >> EMU_PAGE_BITS];
    if (!biased) return NULL;
    return emu_op_page((const emu_op *)(biased + (uintptr_t)(address & ~(EMU_PAGE_SIZE - 1)) * 8));
}

static void point_to(emu_machine *m, emu_code_page *page) {
    m->code_table[page->base >> EMU_PAGE_BITS] = (uintptr_t)page->ops - (uintptr_t)page->base * 8;
    if (m->has_views) m->cls->refresh_view(m, page->base >> EMU_PAGE_BITS);
}

static void point_nowhere(emu_machine *m, const emu_code_page *page) {
    m->code_table[page->base >> EMU_PAGE_BITS] = 0;
    if (m->has_views) m->cls->refresh_view(m, page->base >> EMU_PAGE_BITS);
}

static void add_page(emu_machine *m, emu_code_page *page) {
    if (m->code_count == m->code_capacity) {
        size_t capacity = m->code_capacity ? 2 * m->code_capacity : 16;
        emu_code_entry *grown = realloc(m->code_pages, capacity * sizeof *grown);
        if (!grown) abort();
        m->code_pages = grown;
        m->code_capacity = capacity;
    }
    m->code_pages[m->code_count++] = (emu_code_entry){page, false};
    point_to(m, page);
    emu_memory *mem = emu_memory_at(m, page->base);
    if (!mem) mem = emu_memory_at(m, page->base + EMU_PAGE_SIZE - 1); /* a memory that begins inside the page */
    if (mem) emu_bus_refresh_page(m, mem, page->base > mem->base ? page->base - mem->base : 0);
}

/* --- sharing ----------------------------------------------------------------------------------------------------------- */

/* Constants may have been taken from up to 4 KB away; an instruction may reach into the next page. */
static bool source_of(emu_machine *m, uint32_t base, emu_code_source *out) {
    emu_memory *mem = emu_memory_at(m, base);
    if (!mem || mem->kind == EMU_RAM || m->cls->private_code(m, base)) return false;
    uint32_t at = base - mem->base, from = at >= EMU_PAGE_SIZE ? at - EMU_PAGE_SIZE : 0;
    uint32_t end = mem->size - at > 2 * EMU_PAGE_SIZE ? at + 2 * EMU_PAGE_SIZE : mem->size;
    *out = (emu_code_source){base, m->code_kind | m->cls->code_variant(m), mem->base + from, end - from, mem->bytes + from};
    return true;
}

emu_code_page *emu_code_page_at(emu_machine *m, uint32_t address) {
    emu_code_page *page = page_of(m, address);
    uint16_t h;
    if (page) return page;
    if (!m->cls->fetch(m, address, &h)) return NULL;
    uint32_t base = address & ~(EMU_PAGE_SIZE - 1);
    emu_code_source source;
    page = source_of(m, base, &source) ? emu_commons_find(m->commons, &source) : NULL;
    if (!page) {
        page = new_page(base);
        emu_code_page_clear(m, page);
        m->code_unpublished = true;
    }
    add_page(m, page);
    return page;
}

static emu_code_entry *entry_of(const emu_machine *m, const emu_code_page *page) {
    for (size_t i = 0; i < m->code_count; i++)
        if (m->code_pages[i].page == page) return &m->code_pages[i];
    return NULL;
}

emu_code_page *emu_code_page_own(emu_machine *m, emu_code_page *page) {
    m->code_decoded_at = m->now;
    m->code_unpublished = true;
    if (!page->shared) {
        if (m->cls->private_code(m, page->base)) page->unshareable = true;
        return page;
    }
    emu_code_page *own = new_page(page->base);
    own->extra_used = page->extra_used;
    own->reaches_next = page->reaches_next;
    own->unshareable = m->cls->private_code(m, page->base);
    memcpy(own->extra_slot, page->extra_slot, page->extra_used * sizeof *own->extra_slot);
    memcpy(own->extra_it, page->extra_it, page->extra_used * sizeof *own->extra_it);
    memcpy(own->ops, page->ops, (EMU_FIRST_EXTRA + page->extra_used) * sizeof *own->ops);
    entry_of(m, page)->page = own;
    point_to(m, own);
    release(m, page);
    return own;
}

void emu_code_publish(emu_machine *m) {
    m->code_unpublished = false;
    if (m->code_dirty) emu_code_flush_dirty(m);
    for (size_t i = 0; i < m->code_count; i++) {
        emu_code_page *page = m->code_pages[i].page;
        emu_code_source source;
        if (page->shared || page->unshareable || !source_of(m, page->base, &source)) continue;
        m->code_pages[i].page = page = emu_commons_publish(m->commons, page, &source);
        point_to(m, page);
    }
}

void emu_code_settle(emu_machine *m) {
    if (m->code_unpublished && m->now - m->code_decoded_at > SETTLED_CYCLES) emu_code_publish(m);
}

void emu_code_drop_all(emu_machine *m) {
    while (m->code_count) {
        emu_code_page *page = m->code_pages[--m->code_count].page;
        point_nowhere(m, page);
        release(m, page);
    }
    m->code_dirty = false;
    m->poll.valid = false;
    m->poll.rejected_pc = 1;
    emu_bus_refresh_tables(m);
}

void emu_code_take_over(emu_machine *m, const emu_machine *from) {
    for (size_t i = 0; i < from->code_count; i++)
        if (from->code_pages[i].page->shared) add_page(m, emu_commons_use_page(m->commons, from->code_pages[i].page));
}

void emu_code_reaches_next(emu_machine *m, emu_code_page *page) {
    uint32_t next = page->base + EMU_PAGE_SIZE;
    emu_memory *mem = emu_memory_at(m, next);
    if (page->reaches_next) return;
    page->reaches_next = true;
    if (mem) emu_bus_refresh_page(m, mem, next - mem->base);
}

/* --- stale code -------------------------------------------------------------------------------------------------------- */

static bool reached_from_before(const emu_machine *m, uint32_t page_base) {
    const emu_code_page *before = page_base >= EMU_PAGE_SIZE ? page_of(m, page_base - EMU_PAGE_SIZE) : NULL;
    return before && before->reaches_next;
}

bool emu_code_page_has_code(const emu_machine *m, uint32_t page_base) { return page_of(m, page_base) || reached_from_before(m, page_base); }

static void make_dirty(emu_machine *m, emu_code_page *page) {
    emu_code_entry *entry = page ? entry_of(m, page) : NULL;
    if (!entry || entry->dirty) return;
    entry->dirty = true;
    m->code_dirty = true;
    emu_attention(m, EMU_ATTN_CODE);
}

bool emu_code_decoded(const emu_machine *m, uint32_t address, size_t length) {
    const emu_code_page *page = page_of(m, address);
    if ((address & (EMU_PAGE_SIZE - 1)) < 32 && reached_from_before(m, address & ~(EMU_PAGE_SIZE - 1))) return true;
    if (!page) return false;
    uint32_t first = (address - page->base) / 2, last = (uint32_t)((address - page->base + length - 1) / 2);
    if (last >= EMU_PAGE_SLOTS) last = EMU_PAGE_SLOTS - 1;
    for (uint32_t slot = first; slot <= last; slot++)
        if (page->ops[slot].n || page->ops[slot].imm == EMU_SLOT_COVERED) return true;
    return false;
}

void emu_code_mark_dirty(emu_machine *m, uint32_t address, size_t length) {
    uint32_t first = address & ~(EMU_PAGE_SIZE - 1), last = (address + (uint32_t)length - 1) & ~(EMU_PAGE_SIZE - 1);
    for (uint32_t base = first;; base += EMU_PAGE_SIZE) {
        make_dirty(m, page_of(m, base));
        if (base == last) break;
    }
    /* An instruction or IT block of the page before may reach into this one. */
    if (first && (address & (EMU_PAGE_SIZE - 1)) < 32) make_dirty(m, page_of(m, first - EMU_PAGE_SIZE));
}

void emu_code_flush_dirty(emu_machine *m) {
    for (size_t i = 0; i < m->code_count;) {
        emu_code_page *page = m->code_pages[i].page;
        if (!m->code_pages[i].dirty) {
            i++;
        } else if (page->shared) { /* the next jump there finds or makes another one */
            point_nowhere(m, page);
            m->code_pages[i] = m->code_pages[--m->code_count];
            release(m, page);
        } else {
            emu_code_page_clear(m, page);
            m->code_pages[i++].dirty = false;
        }
    }
    m->code_dirty = false;
    m->poll.rejected_pc = 1;
    m->poll.valid = false;
}

void emu_code_flush_all(emu_machine *m) {
    for (size_t i = 0; i < m->code_count; i++) make_dirty(m, m->code_pages[i].page);
}
