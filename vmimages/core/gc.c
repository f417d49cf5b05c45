/* SPDX-License-Identifier: Apache-2.0 */
/* Mark and sweep with precise roots. Marking uses a short stack of (object, next child), so that wide objects cost one entry; when a
 * structure is deeper than that, marked objects whose children were left out are found again by a walk over the pages.
 *
 * Marking is one step: 2.8 ms is the longest that it takes on the chips we have (docs/how-it-works.md). To make it incremental: a second
 * word of marks in vm_page that becomes `bits` when marking ends, a list of grey objects kept in struct vm between steps (struct marker is
 * all the state there is), and a barrier where a value is stored into an object.
 */
#include "stress.h"
#include "thread.h"

enum { DEPTH = VM_IN_FULL ? 48 : 24 };

typedef struct {
    vm *vm;
    unsigned depth;
    bool overflow;
    struct {
        vm_value *next, *end;
    } stack[DEPTH];
} marker;

/* The words of an object that are values; entries of tables have odd hashes among them, which look like ints. */
uint32_t vm_children(vm *vm, vm_value object, vm_value **first) {
    vm_header *h = vm_head(vm, object);
    vm_value *words = (vm_value *)h;
    uint32_t identity = h->flags & VM_SUBCLASSED ? 2 : 0; /* words behind the others */
    switch (h->type) {
    case VM_T_STR:
    case VM_T_BYTES:
    case VM_T_INT64: *first = identity ? (vm_value *)vm_identity_of(vm, object) : words; return identity;
    case VM_T_BYTEARRAY:
    case VM_T_LIST:
    case VM_T_DICT:
    case VM_T_SET:
    case VM_T_MEMORYVIEW: *first = words + 2; return 1 + identity + (VM_FEATURE_RARE && h->type == VM_T_DICT && h->flags & VM_LIVE);
    case VM_T_TUPLE:
    case VM_T_ARRAY: *first = words + 2; return words[1] + identity;
    case VM_T_TABLE: *first = words + 4; return ((vm_table *)h)->fill * h->aux;
    case VM_T_RANGE:
    case VM_T_SLICE:
    case VM_T_FLOAT: *first = words + 1; return 3;
    case VM_T_WRAPPER: *first = words + 1; return sizeof(vm_wrapper) / 4 - 1;
    case VM_T_ITER: *first = words + 2; return 2;
    case VM_T_THREAD: *first = words + 1; return 4;
    case VM_T_CHANNEL: *first = words + 1; return 1;
    case VM_T_VIEW:
    case VM_T_NATIVE:
    case VM_T_CELL: *first = words + 1; return 1;
    case VM_T_FUNCTION: *first = words + 1; return 2u + vm_func_rare(vm, &vm->functions[h->aux], VM_RARE_CELLS);
    case VM_T_SUPER:
    case VM_T_METHOD: *first = words + 1; return 2;
    case VM_T_CLASS: *first = words + 3; return 2 + identity;
    case VM_T_INSTANCE: *first = words + 1; return 2u + h->aux;
    case VM_T_GENERATOR: *first = words + 2; return h->aux < VM_G_RUNNING ? 1u + ((vm_generator *)h)->nregs : 1;
    case VM_T_EXCEPTION: *first = words + 1; return 6u + h->aux;
    default: return 0; /* trace */
    }
}

static void scan(marker *m, vm_value *next, vm_value *end) {
    vm *vm = m->vm;
    unsigned floor = m->depth;
    for (;;) {
        if (next == end) {
            if (m->depth == floor) return;
            m->depth--;
            next = m->stack[m->depth].next;
            end = m->stack[m->depth].end;
            continue;
        }
        vm_value v = *next++;
        if (v & 3) continue; /* int, constant, builtin */
        uint32_t at = (v & ~7u) - vm->heap;
        if (at >= vm->heap_bytes) continue; /* in ROM, or VM_NULL */
        uint32_t bit = 1u << (at >> 3 & 31), *bits = &vm->pages[at / VM_PAGE].bits;
        if (*bits & bit) continue;
        *bits |= bit;
        if (v & 4) continue;
        vm_value *first;
        uint32_t count = vm_children(vm, v, &first);
        if (!count) continue;
        if (next != end) { /* the last child takes its parent's place: lists of any length need no depth */
            if (m->depth == DEPTH) {
                m->overflow = true;
                continue;
            }
            m->stack[m->depth].next = next;
            m->stack[m->depth].end = end;
            m->depth++;
        }
        next = first;
        end = first + count;
    }
}

static void mark_value(marker *m, vm_value v) { scan(m, &v, &v + 1); }

/* Some marked object has children that are not: scan all marked ones again. */
static void rescan(marker *m) {
    vm *vm = m->vm;
    m->overflow = false;
    for (uint32_t p = 0; p < vm->page_count; p++) {
        unsigned kind = vm->pages[p].info & 255;
        if (kind == VM_PAGE_FREE) {
            p += vm->pages[p].bits - 1;
            continue;
        }
        if (kind == VM_PAGE_SMALL || kind == VM_PAGE_REST) continue; /* floats; inside of a large object */
        /* In a large object, references to constants inside may have set further bits: repl.c. */
        for (uint32_t bits = kind == VM_PAGE_LARGE ? vm->pages[p].bits & 1 : vm->pages[p].bits; bits; bits &= bits - 1) {
            vm_value v = vm->heap + p * VM_PAGE + 8 * (uint32_t)__builtin_ctz(bits), *first;
            uint32_t count = vm_children(vm, v, &first);
            if (count) scan(m, first, first + count);
        }
    }
}

/* Windows, with the arguments that native code has placed behind them, lie side by side from the start of a segment. */
static void mark_stack(marker *m, vm_value segment, vm_frame *fp) {
    vm *vm = m->vm;
    while (segment) {
        vm_stack *s = vm_stack_of(vm, segment);
        vm_frame *end = (vm_frame *)((uint8_t *)s + s->size);
        vm_value *top = s->data;
        for (; fp < end; fp++) {
            vm_value *window_end = (vm_value *)VM_PTR(vm, fp->window) + vm_func_of(vm, fp->function)->nregs + fp->extent;
            if (window_end > top) top = window_end;
            mark_value(m, fp->function);
        }
        vm->pages[(segment - vm->heap) / VM_PAGE].bits |= 1;
        scan(m, s->data, top);
        segment = s->previous;
        if (segment) fp = VM_PTR(vm, s->resume);
    }
}

static void mark_roots(marker *m) {
    vm *vm = m->vm;
    mark_value(m, vm->globals_array);
    mark_value(m, vm->imports_array);
    mark_value(m, vm->dynamic_names);
    mark_value(m, vm->memory_error);
    mark_value(m, vm->exception);
    mark_value(m, vm->result);
    mark_value(m, vm->output);
    mark_value(m, vm->trace_of);
#if VM_FEATURE_DEBUG
    mark_value(m, vm->debug);
#endif
#if VM_FEATURE_REPL
    mark_value(m, vm->parts);
    mark_value(m, vm->new_constants);
#endif
    scan(m, vm->roots, vm->roots + vm->root_count);
    mark_value(m, vm->thread.object);
    mark_value(m, vm->channels);
    mark_stack(m, vm->thread.segment, vm->thread.fp);
    if (vm->bind_from) scan(m, vm->bind_from, vm->bind_to);
#if VM_FEATURE_THREADS
    mark_value(m, vm->threads);
    for (vm_value v = vm->threads; v; v = vm_thread_of(vm, v)->next)
        if (v != vm->current) mark_stack(m, vm_thread_of(vm, v)->segment, VM_PTR(vm, vm_thread_of(vm, v)->frame));
#endif
}

#if VM_GC_STRESS
/* Whoever still uses a freed cell shall notice. */
static void poison_at(uint8_t *memory, uint32_t size) {
    VM_UNFENCE(memory, size);
    memset(memory, 0xA8, size);
    VM_FENCE(memory, size);
}

static void poison(vm *vm) {
    for (uint32_t p = 0, count; p < vm->page_count; p += count) {
        const vm_page *page = &vm->pages[p];
        unsigned kind = page->info & 255;
        uint8_t *memory = VM_PTR(vm, vm->heap + p * VM_PAGE);
        count = 1;
        if (kind == VM_PAGE_FREE)
            count = page->bits;
        else if (kind == VM_PAGE_LARGE) {
            count = page->info >> 8;
            if (!page->bits) poison_at(memory, count * VM_PAGE);
        } else
            for (uint32_t bits = vm_class_starts[kind - VM_PAGE_SMALL] & ~page->bits; bits; bits &= bits - 1)
                poison_at(memory + 8 * __builtin_ctz(bits), vm_class_size[kind - VM_PAGE_SMALL]);
    }
}
#endif

static void sweep(vm *vm) {
    uint32_t live = 0, free_first = 0, free_count = 0, live_pages = 0;
    uint32_t tail[VM_CLASSES];
    for (unsigned c = 0; c < VM_CLASSES; c++) tail[c] = VM_NO_PAGE;
    vm_heap_reset_lists(vm);
    for (uint32_t p = 0, count; p < vm->page_count; p += count) {
        vm_page *page = &vm->pages[p];
        unsigned kind = page->info & 255;
        count = 1;
        bool keep = page->bits != 0;
        if (kind == VM_PAGE_FREE) {
            count = page->bits;
            keep = false;
        } else if (kind == VM_PAGE_LARGE) {
            count = page->info >> 8;
            if (keep) live += count * VM_PAGE;
        } else if (keep) {
            unsigned c = kind - VM_PAGE_SMALL;
            live += (uint32_t)__builtin_popcount(page->bits) * vm_class_size[c];
            if (page->bits != vm_class_starts[c]) { /* lists in the order of addresses */
                page->info = kind | VM_NO_PAGE << 8;
                if (tail[c] == VM_NO_PAGE)
                    vm->size_class[c].list = p;
                else
                    vm->pages[tail[c]].info = kind | p << 8;
                tail[c] = p;
            }
        }
        if (keep) {
            live_pages += count;
            if (free_count) vm_heap_add_run(vm, free_first, free_count);
            free_count = 0;
        } else {
            if (!free_count) free_first = p;
            free_count += count;
        }
    }
    if (free_count) vm_heap_add_run(vm, free_first, free_count);
    vm->used = live;
    vm->pages_taken = 0;
    vm->pages_limit = live_pages > VM_GC_MIN_PAGES ? live_pages : VM_GC_MIN_PAGES;
}

void vm_gc(vm *vm) {
    marker m;
    m.vm = vm;
    m.depth = 0;
    m.overflow = false;
    vm_note_peak(vm);
    for (uint32_t p = 0; p < vm->page_count; p++) {
        if ((vm->pages[p].info & 255) == VM_PAGE_FREE)
            p += vm->pages[p].bits - 1;
        else
            vm->pages[p].bits = 0;
    }
    vm->thread.spare = VM_NULL;
    mark_roots(&m);
    while (m.overflow) rescan(&m);
#if VM_GC_STRESS
    poison(vm);
#endif
    vm_cache_flush(vm); /* it refers to classes that may be gone */
    sweep(vm);
    vm->gc_count++;
}
