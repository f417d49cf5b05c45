/* SPDX-License-Identifier: Apache-2.0 */
/* The heap: pages of 256 bytes. A small page holds cells of one size; its descriptor's bits say which are in use, and are also the marks of
 * a collection: what is not marked is free, so that nothing is swept cell by cell. Larger objects are runs of pages. Free runs are in bins
 * by the logarithm of their length and join their neighbours when freed, so an allocation costs the same in a small heap and in a large
 * one. */
#include "stress.h"

const uint8_t vm_class_size[VM_CLASSES] = {8, 8, 16, 24, 32, 48, 64, 80, 128};
const uint32_t vm_class_starts[VM_CLASSES] = {0xFFFFFFFF, 0xFFFFFFFF, 0x55555555, 0x09249249, 0x11111111,
                                              0x01041041, 0x01010101, 0x00100401, 0x00010001};

static unsigned class_of(uint32_t size) {
    static const uint8_t table[17] = {1, 1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 8, 8, 8};
    return table[(size + 7) / 8];
}

static unsigned log2_of(uint32_t n) { return 31u - (unsigned)__builtin_clz(n); }

static unsigned kind_of(const vm *vm, uint32_t page) { return vm->pages[page].info & 255; }

typedef struct {
    uint32_t previous, next;
} run_links; /* in the first page of a free run */

static run_links *links(const vm *vm, uint32_t page) { return VM_PTR(vm, vm->heap + page * VM_PAGE); }

void vm_heap_add_run(vm *vm, uint32_t first, uint32_t count) {
    unsigned bin = log2_of(count);
    uint32_t next = vm->bins[bin];
    vm->pages[first + count - 1].info = VM_PAGE_FREE | first << 8;
    vm->pages[first].info = VM_PAGE_FREE | first << 8;
    vm->pages[first].bits = count;
    VM_FENCE(VM_PTR(vm, vm->heap + first * VM_PAGE), count * VM_PAGE);
    VM_UNFENCE(links(vm, first), sizeof(run_links));
    *links(vm, first) = (run_links){VM_NO_PAGE, next};
    if (next != VM_NO_PAGE) links(vm, next)->previous = first;
    vm->bins[bin] = first;
    vm->bin_bits |= 1u << bin;
}

static void remove_run(vm *vm, uint32_t first) {
    unsigned bin = log2_of(vm->pages[first].bits);
    run_links l = *links(vm, first);
    if (l.next != VM_NO_PAGE) links(vm, l.next)->previous = l.previous;
    if (l.previous != VM_NO_PAGE)
        links(vm, l.previous)->next = l.next;
    else {
        vm->bins[bin] = l.next;
        if (l.next == VM_NO_PAGE) vm->bin_bits &= ~(1u << bin);
    }
}

static uint32_t find_run(vm *vm, uint32_t count) {
    unsigned bin = log2_of(count);
    if (bin >= VM_BINS) return VM_NO_PAGE;
    /* A few tries among runs of about this length, then any longer one, then the rest of them. */
    unsigned tries = 4;
    uint32_t p = vm->bins[bin];
    for (; p != VM_NO_PAGE && tries; p = links(vm, p)->next, tries--)
        if (vm->pages[p].bits >= count) return p;
    uint32_t longer = bin + 1 < VM_BINS ? vm->bin_bits >> (bin + 1) : 0;
    if (longer) return vm->bins[bin + 1 + (unsigned)__builtin_ctz(longer)];
    for (; p != VM_NO_PAGE; p = links(vm, p)->next)
        if (vm->pages[p].bits >= count) return p;
    return VM_NO_PAGE;
}

static uint32_t take_run(vm *vm, uint32_t count) {
    uint32_t first = find_run(vm, count);
    if (first == VM_NO_PAGE) return first;
    uint32_t length = vm->pages[first].bits;
    remove_run(vm, first);
    if (length > count) vm_heap_add_run(vm, first + count, length - count);
    vm->pages_taken += count;
    VM_FENCE(VM_PTR(vm, vm->heap + first * VM_PAGE), count * VM_PAGE);
    return first;
}

static uint32_t pages_for(vm *vm, uint32_t count) {
    uint32_t first = VM_NO_PAGE;
    if (count > vm->page_count) return first;
    if (vm->pages_taken + count > vm->pages_limit && !vm->gc_off) vm_gc(vm);
    first = take_run(vm, count);
    if (first == VM_NO_PAGE && !vm->gc_off) {
        vm_gc(vm);
        first = take_run(vm, count);
    }
    return first;
}

/* Before what is in use becomes less. */
void vm_note_peak(vm *vm) {
    if (vm->used <= vm->peak) return;
    uint32_t used = vm_heap_in_use(vm);
    if (used > vm->peak) vm->peak = used;
}

/* Gives the class a page with free cells. */
static VM_COLD bool refill(vm *vm, unsigned c) {
    vm_size_class *s = &vm->size_class[c];
    uint32_t page = s->list;
    if (page == VM_NO_PAGE) {
        page = pages_for(vm, 1);
        if (s->list != VM_NO_PAGE) { /* a collection has found cells of this class */
            if (page != VM_NO_PAGE) {
                vm_heap_add_run(vm, page, 1);
                vm->pages_taken--;
            }
            page = s->list;
        } else if (page == VM_NO_PAGE)
            return false;
        else
            vm->pages[page].bits = 0, vm->pages[page].info = VM_NO_PAGE << 8;
    }
    s->list = vm->pages[page].info >> 8;
    s->free = vm_class_starts[c] & ~vm->pages[page].bits;
    s->page = vm->heap + page * VM_PAGE;
    vm->pages[page] = (vm_page){vm_class_starts[c], VM_PAGE_SMALL + c};
    vm->used += (uint32_t)__builtin_popcount(s->free) * vm_class_size[c];
    return true;
}

static inline __attribute__((always_inline)) vm_value take_cell(vm *vm, unsigned c) {
    vm_size_class *s = &vm->size_class[c];
    if (VM_UNLIKELY(!s->free) && !refill(vm, c)) return VM_NULL;
    vm_value v = s->page + 8 * (uint32_t)__builtin_ctz(s->free);
    s->free &= s->free - 1;
    return v;
}

vm_value vm_alloc_float(vm *vm, double d) {
    VM_STRESS(vm);
    vm_value v = take_cell(vm, 0);
    if (VM_UNLIKELY(!v)) return vm_memory_error(vm);
    VM_UNFENCE(VM_PTR(vm, v), sizeof(double));
    *(double *)VM_PTR(vm, v) = d;
    return v | 4;
}

vm_value vm_alloc_int64(vm *vm, int64_t x) {
    VM_STRESS(vm);
    vm_value v = take_cell(vm, 2);
    if (VM_UNLIKELY(!v)) return vm_memory_error(vm);
    VM_UNFENCE(VM_PTR(vm, v), sizeof(vm_int64));
    *(vm_int64 *)VM_PTR(vm, v) = (vm_int64){{VM_T_INT64, 0, 0}, 0, x};
    return v;
}

vm_value vm_alloc(vm *vm, unsigned type, uint32_t size) {
    VM_STRESS(vm);
    vm_value v;
    if (VM_LIKELY(size <= VM_CELL_MAX)) {
        v = take_cell(vm, class_of(size));
        if (VM_UNLIKELY(!v)) return vm_memory_error(vm);
    } else {
        if (size > 0x7FFFFF00u) return vm_memory_error(vm);
        uint32_t count = (size + VM_PAGE - 1) / VM_PAGE, page = pages_for(vm, count);
        if (page == VM_NO_PAGE) return vm_memory_error(vm);
        vm->pages[page] = (vm_page){1, VM_PAGE_LARGE | count << 8};
        for (uint32_t i = 1; i < count; i++) vm->pages[page + i] = (vm_page){0, VM_PAGE_REST};
        vm->used += count * VM_PAGE;
        v = vm->heap + page * VM_PAGE;
    }
    uint32_t *p = VM_PTR(vm, v);
    VM_UNFENCE(p, (size + 7) & ~7u);
    p[0] = type;
    /* A collection may look into an object before its maker has filled it in. */
    if (type == VM_T_STR || type == VM_T_BYTES)
        p[1] = p[2] = 0;
    else if (VM_UNLIKELY(size > VM_CELL_MAX)) {
        if (type != VM_T_STACK) memset(p + 1, 0, ((size + 7) & ~7u) - 4);
    } else {
        p[1] = 0;
        for (uint32_t *end = p + (size + 7) / 8 * 2; (p += 2) < end;) {
            p[0] = p[1] = 0;
            __asm volatile("" : "+r"(p)); /* else the compiler makes it a call of memset */
        }
    }
    return v;
}

void vm_release(vm *vm, vm_value object) {
    if (!object || !vm_is_object(object) || object - vm->heap >= vm->heap_bytes) return;
    uint32_t first = (object - vm->heap) / VM_PAGE, count;
    if (kind_of(vm, first) != VM_PAGE_LARGE) return;
    count = vm->pages[first].info >> 8;
    vm_note_peak(vm);
    vm->used -= count * VM_PAGE;
    if (first + count < vm->page_count && kind_of(vm, first + count) == VM_PAGE_FREE) {
        uint32_t after = first + count;
        count += vm->pages[after].bits;
        remove_run(vm, after);
    }
    if (first && kind_of(vm, first - 1) == VM_PAGE_FREE) {
        uint32_t before = vm->pages[first - 1].info >> 8;
        remove_run(vm, before);
        count += first - before;
        first = before;
    }
    vm_heap_add_run(vm, first, count);
}

uint32_t vm_heap_in_use(const vm *vm) {
    uint32_t used = vm->used;
    for (unsigned c = 0; c < VM_CLASSES; c++) used -= (uint32_t)__builtin_popcount(vm->size_class[c].free) * vm_class_size[c];
    return used;
}

void vm_heap_reset_lists(vm *vm) {
    for (unsigned c = 0; c < VM_CLASSES; c++) vm->size_class[c] = (vm_size_class){0, 0, VM_NO_PAGE};
    for (unsigned b = 0; b < VM_BINS; b++) vm->bins[b] = VM_NO_PAGE;
    vm->bin_bits = 0;
}

/* `memory` is 8-aligned. Descriptors come first, then the pages. */
void vm_heap_init(vm *vm, void *memory, uint32_t size) {
    uint32_t count = size / (VM_PAGE + sizeof(vm_page));
    vm->pages = memory;
    vm->page_count = count;
    vm->heap = VM_REF(vm, (uint8_t *)memory + count * sizeof(vm_page));
    vm->heap_bytes = count * VM_PAGE;
    vm->used = vm->peak = vm->gc_count = vm->pages_taken = 0;
    vm->pages_limit = VM_GC_MIN_PAGES;
    vm_heap_reset_lists(vm);
    vm_heap_add_run(vm, 0, count);
}
