/* SPDX-License-Identifier: Apache-2.0 */
/* A record of what the core does: instructions, accesses to devices, exceptions; and how often each instruction was executed.
 *
 * Nothing is lost: when the record is full, the machine waits for its reader. Recording changes nothing of what the machine does, only how
 * fast: instructions are then run one by one. */
#include <stdlib.h>

#include "core_class.h"

#define RESERVE 64u /* records that the instruction under way may still add when the rest is used up */

typedef struct count_page {
    struct count_page *next;
    uint32_t base;
    uint32_t counts[EMU_PAGE_SIZE / 2]; /* by halfword */
} count_page;

struct emu_trace {
    unsigned flags;
    emu_trace_record *ring;
    size_t capacity, head, used;
    count_page *pages, *last;
};

bool emu_trace_start(emu_machine *m, unsigned flags, size_t capacity) {
    emu_trace_stop(m);
    struct emu_trace *t = calloc(1, sizeof *t);
    if (!t) return false;
    t->flags = flags;
    t->capacity = capacity < 4 * RESERVE ? 4 * RESERVE : capacity;
    if (flags & ~(unsigned)EMU_TRACE_COUNTS) t->ring = malloc(t->capacity * sizeof *t->ring);
    if (!t->ring && flags & ~(unsigned)EMU_TRACE_COUNTS) {
        free(t);
        return false;
    }
    m->trace = t;
    m->trace_each = flags & (EMU_TRACE_INSTRUCTIONS | EMU_TRACE_COUNTS);
    return true;
}

void emu_trace_stop(emu_machine *m) {
    struct emu_trace *t = m->trace;
    if (!t) return;
    for (count_page *page = t->pages; page;) {
        count_page *next = page->next;
        free(page);
        page = next;
    }
    free(t->ring);
    free(t);
    m->trace = NULL;
    m->trace_each = false;
}

bool emu_trace_full(const emu_machine *m) { return m->trace && m->trace->ring && m->trace->used + RESERVE >= m->trace->capacity; }

static void add(emu_machine *m, emu_trace_record record) {
    struct emu_trace *t = m->trace;
    if (!t->ring || t->used == t->capacity) return;
    size_t at = t->head + t->used++;
    t->ring[at < t->capacity ? at : at - t->capacity] = record;
    if (t->used + RESERVE == t->capacity) emu_attention(m, EMU_ATTN_EVENT); /* out of the interpreter, to wait */
}

static void count(struct emu_trace *t, uint32_t pc) {
    uint32_t base = pc & ~(EMU_PAGE_SIZE - 1);
    count_page *page = t->last;
    if (!page || page->base != base) {
        for (page = t->pages; page && page->base != base;) page = page->next;
        if (!page) {
            page = calloc(1, sizeof *page);
            if (!page) return;
            page->base = base;
            page->next = t->pages;
            t->pages = page;
        }
        t->last = page;
    }
    uint32_t *n = &page->counts[(pc - base) / 2];
    if (*n != UINT32_MAX) ++*n;
}

void emu_trace_instruction(emu_machine *m, uint32_t pc, uint64_t cycle) {
    struct emu_trace *t = m->trace;
    if (t->flags & EMU_TRACE_COUNTS) count(t, pc);
    if (!(t->flags & EMU_TRACE_INSTRUCTIONS)) return;
    uint16_t h[2] = {0, 0};
    emu_peek(m, pc, &h[0], 2);
    bool wide = m->cls->length(h[0]) == 4;
    if (wide) emu_peek(m, pc + 2, &h[1], 2);
    add(m, (emu_trace_record){cycle, emu_ns_at(m, cycle), pc, 0, wide ? (uint32_t)h[0] << 16 | h[1] : h[0], EMU_TRACE_INSTRUCTION,
                              wide ? 4 : 2, 0});
}

void emu_trace_access(emu_machine *m, uint32_t address, unsigned size, uint32_t value, bool write) {
    if (!(m->trace->flags & EMU_TRACE_ACCESSES)) return;
    add(m, (emu_trace_record){m->now, emu_now_ns(m), emu_cpu_pc(m), address, value, write ? EMU_TRACE_WRITE : EMU_TRACE_READ, (uint8_t)size,
                              0});
}

void emu_trace_exception(emu_machine *m, unsigned number, bool entry) {
    if (!(m->trace->flags & EMU_TRACE_EXCEPTIONS)) return;
    add(m, (emu_trace_record){m->now, emu_now_ns(m), m->cls->pc(m), 0, number, entry ? EMU_TRACE_ENTRY : EMU_TRACE_RETURN, 0, 0});
}

size_t emu_trace_read(emu_machine *m, emu_trace_record *out, size_t max) {
    struct emu_trace *t = m->trace;
    size_t n = 0;
    while (t && n < max && t->used) {
        out[n++] = t->ring[t->head];
        t->head = t->head + 1 == t->capacity ? 0 : t->head + 1;
        t->used--;
    }
    return n;
}

size_t emu_trace_counts(const emu_machine *m, uint32_t from, emu_trace_count *out, size_t max) {
    size_t n = 0;
    const struct emu_trace *t = m->trace;
    while (t && n < max) { /* pages in the order of their addresses */
        const count_page *page = NULL;
        for (const count_page *p = t->pages; p; p = p->next)
            if (p->base + (EMU_PAGE_SIZE - 1) >= from && (!page || p->base < page->base)) page = p;
        if (!page) break;
        for (uint32_t i = from > page->base ? (from - page->base + 1) / 2 : 0; i < EMU_PAGE_SIZE / 2 && n < max; i++) {
            if (page->counts[i]) out[n++] = (emu_trace_count){page->base + 2 * i, page->counts[i]};
            from = page->base + 2 * i + 2;
        }
        if (from <= page->base + (EMU_PAGE_SIZE - 1)) from = page->base + EMU_PAGE_SIZE; /* nothing was left in it */
        if (!from) break;
    }
    return n;
}
