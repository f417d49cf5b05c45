/* SPDX-License-Identifier: Apache-2.0 */
/* A VM with a heap and no program, for tests of its rooms; pseudo-random numbers; a check that names its place. */
#ifndef VM_BENCH_H
#define VM_BENCH_H
#include "../check.h"
#include "fuzz_hal.h"
#include "rooms.h"
#include <stdio.h>
#include <stdlib.h>

static inline uint64_t bench_random(void) {
    static uint64_t s = 88172645463325252ull;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return s;
}

static inline vm *bench_vm(uint32_t heap_size) {
    size_t size = vm_block_size(heap_size, 0);
    vm *v = vm_init(malloc(size), size, NULL);
    CHECK(v);
    vm_heap_init(v, v->memory, (uint32_t)v->memory_size);
    v->memory_error = vm_new_exception(v, VM_BUILTIN(VM_B_MemoryError), 0, NULL);
    CHECK(v->memory_error);
    return v;
}

/* Every page belongs to exactly one run, object or size class, and the lists are whole. */
static inline void bench_check_heap(vm *v) {
    uint32_t free_pages = 0, listed = 0, used = 0;
    for (uint32_t p = 0, count; p < v->page_count; p += count) {
        const vm_page *page = &v->pages[p];
        unsigned kind = page->info & 255;
        count = 1;
        if (kind == VM_PAGE_FREE) {
            count = page->bits;
            CHECK(count && p + count <= v->page_count);
            CHECK(page->info >> 8 == p && v->pages[p + count - 1].info >> 8 == p);
            free_pages += count;
        } else if (kind == VM_PAGE_LARGE) {
            count = page->info >> 8;
            CHECK(count && p + count <= v->page_count);
            for (uint32_t i = 1; i < count; i++) CHECK((v->pages[p + i].info & 255) == VM_PAGE_REST);
            used += count * VM_PAGE;
        } else {
            unsigned c = kind - VM_PAGE_SMALL;
            CHECK(c < VM_CLASSES && !(page->bits & ~vm_class_starts[c]));
            used += (uint32_t)__builtin_popcount(page->bits) * vm_class_size[c];
        }
    }
    for (unsigned b = 0; b < VM_BINS; b++)
        for (uint32_t p = v->bins[b], before = VM_NO_PAGE; p != VM_NO_PAGE;) {
            const uint32_t *links = VM_PTR(v, v->heap + p * VM_PAGE);
            CHECK(v->pages[p].bits >> b == 1 && links[0] == before && (v->bin_bits >> b & 1));
            listed += v->pages[p].bits;
            before = p;
            p = links[1];
        }
    CHECK(listed == free_pages);
    CHECK(used == v->used); /* cells of the classes' current pages are in both */
}

#endif
