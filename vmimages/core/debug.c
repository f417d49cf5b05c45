/* SPDX-License-Identifier: Apache-2.0 */
/* Stops, and what a debugger may look at while the program stands (debug.h). */
#include "debug.h"

#include "thread.h"

#if VM_FEATURE_DEBUG

#define NOWHERE 0xFFFFFFFFu

typedef struct {
    vm_header h; /* a bytes object: never looked into by a collection */
    uint32_t length, hash;
    uint8_t flags, reason, mode;
    bool at_trap; /* the innermost frame stands before its instruction, not behind it */
    bool leaving; /* the program goes on from where it raised: do not stop there again */
    uint8_t break_count, sample_count, countdown;
    uint16_t number, depth; /* of stops; of the frame that a step began in */
    uint32_t skip;          /* word that the program goes on from: its breakpoint does not count */
    uint32_t from, to;
    vm_value raised; /* the exception stopped at last */
    vm_value thread; /* that a step is of */
    uint32_t seed;
    uint32_t breaks[VM_DEBUG_BREAKS_MAX], samples[VM_DEBUG_SAMPLES_MAX];
#if !VM_HOST
    const void *labels[VM_OP_COUNT];
#endif
} debug_state;

static debug_state *state_of(const vm *vm) { return VM_PTR(vm, vm->debug); }

/* --- frames, innermost first */

typedef struct {
    vm_frame *fp;
    vm_value segment;
} walk;

static walk innermost(const vm *vm) { return (walk){vm->thread.fp, vm->thread.segment}; }

#if VM_FEATURE_THREADS
#define CURRENT(vm) ((vm)->current)

/* Of a thread by its number, 0: the current one. *before: its innermost frame stands before its instruction. */
static walk of_thread(const vm *vm, unsigned number, bool *before) {
    for (vm_value v = number ? vm->threads : VM_NULL; v; v = vm_thread_of(vm, v)->next) {
        const vm_thread_object *o = vm_thread_of(vm, v);
        if ((o->h.aux & 255) != number || v == vm->current) continue;
        *before = !o->wait;
        return (walk){o->frame && !(o->h.flags & VM_THREAD_OVER) ? VM_PTR(vm, o->frame) : NULL, o->segment};
    }
    *before = vm->debug && state_of(vm)->reason && state_of(vm)->at_trap;
    return innermost(vm);
}
#else
#define CURRENT(vm) VM_NULL

static walk of_thread(const vm *vm, unsigned number, bool *before) {
    (void)number;
    *before = vm->debug && state_of(vm)->reason && state_of(vm)->at_trap;
    return innermost(vm);
}
#endif

static void up(const vm *vm, walk *w) {
    if (!(w->fp->kind & VM_K_SEGMENT)) {
        w->fp++;
        return;
    }
    const vm_stack *s = vm_stack_of(vm, w->segment);
    w->fp = s->resume ? VM_PTR(vm, s->resume) : NULL;
    w->segment = s->previous;
}

static unsigned depth_of(const vm *vm, walk w) {
    unsigned depth = 0;
    for (; w.fp; up(vm, &w)) depth++;
    return depth;
}

/* --- stopping */

static bool stop(vm *vm, unsigned reason, bool at_trap) {
    debug_state *d = state_of(vm);
    d->reason = (uint8_t)reason;
    d->at_trap = at_trap;
    d->flags &= (uint8_t)~VM_DEBUG_PAUSE;
    d->mode = VM_DEBUG_GO;
    d->number++;
    return true;
}

uint32_t vm_debug_stopped(const vm *vm) {
    if (!vm->debug || !state_of(vm)->reason) return 0;
    return (uint32_t)state_of(vm)->number << 8 | state_of(vm)->reason;
}

bool vm_debug_begin(vm *vm) {
    debug_state *d = state_of(vm);
    if (d->reason) return true;
    /* A program that sleeps has no instruction to trap: it stands in the call. */
    if (d->flags & VM_DEBUG_PAUSE) return stop(vm, VM_STOP_PAUSE, !vm->thread.wait && !vm->raise_first);
    if (d->flags & VM_DEBUG_SAMPLE) d->countdown = (uint8_t)(1 + ((d->seed = d->seed * 1103515245u + 12345u) >> 27));
    return false;
}

static bool stepped(vm *vm, const debug_state *d, uint32_t at) {
    if (d->thread != CURRENT(vm)) return false;
    unsigned depth = depth_of(vm, innermost(vm));
    if (depth < d->depth) return true;
    if (d->mode == VM_DEBUG_OUT) return false;
    return depth > d->depth ? d->mode == VM_DEBUG_INTO : at < d->from || at >= d->to;
}

static uint32_t place(const vm *vm, const vm_frame *fp, uint32_t at) {
    unsigned number = vm_head(vm, fp->function)->aux;
    return number | (at - vm->functions[number].code_offset) << 16;
}

bool vm_debug_trap(vm *vm, uint32_t at) {
    debug_state *d = state_of(vm);
#if VM_HOST
    if (vm->counts) vm->counts[at]++;
#endif
    if (d->countdown && !--d->countdown && d->sample_count < VM_DEBUG_SAMPLES_MAX)
        d->samples[d->sample_count++] = place(vm, vm->thread.fp, at);
    bool skip = d->skip == at;
    d->skip = NOWHERE;
    if (skip || vm->last_words) return false;
    for (unsigned i = 0; i < d->break_count; i++)
        if (d->breaks[i] == at) return stop(vm, VM_STOP_BREAK, true);
    if (d->flags & VM_DEBUG_PAUSE) return stop(vm, VM_STOP_PAUSE, true);
    return d->mode && stepped(vm, d, at) && stop(vm, VM_STOP_STEP, true);
}

bool vm_debug_traps(const vm *vm, unsigned op) {
    const debug_state *d = state_of(vm);
    if (d->mode || d->countdown || d->skip != NOWHERE) return true;
    for (unsigned i = 0; i < d->break_count; i++)
        if ((vm->code[d->breaks[i]] & 255) == op) return true;
    return false;
}

#if !VM_HOST
const void **vm_debug_labels(vm *vm) { return state_of(vm)->labels; }
#endif

static bool handled(vm *vm) {
    for (walk w = innermost(vm); w.fp; up(vm, &w)) {
        const vbc_func *f = vm_func_of(vm, w.fp->function);
        uint32_t at = w.fp->pc - 1 - f->code_offset;
        unsigned handlers;
        const vbc_handler *h = vm_func_handlers(vm, f, &handlers);
        for (unsigned i = 0; i < handlers; i++)
            if (at >= h[i].start && at < h[i].end && h[i].target != h[i].start) return true;
        if ((w.fp->kind & ~VM_K_SEGMENT) == VM_K_FOR && vm_exception_is(vm, vm->exception, VM_B_StopIteration)) return true;
    }
    return false;
}

bool vm_debug_raised(vm *vm) {
    debug_state *d = state_of(vm);
    bool leaving = d->leaving;
    d->leaving = false;
    if (leaving || vm->killed || vm->last_words) return false;
    if (d->raised == vm->exception && vm->trace_count) return false; /* seen on its way already */
    unsigned reason = 0;
    if (d->flags & VM_DEBUG_ON_UNCAUGHT && !handled(vm))
        reason = VM_STOP_UNCAUGHT;
    else if (d->flags & VM_DEBUG_ON_RAISE && !vm->trace_count)
        reason = VM_STOP_RAISED;
    if (!reason) return false;
    d->raised = vm->exception;
    d->leaving = true;
    vm->raise_first = true;
    return stop(vm, reason, false);
}

void vm_debug_wait(vm *vm) {
    while (vm_debug_stopped(vm) && !vm->stop) {
        hal_wait_until(vm->hal, UINT64_MAX);
        if (vm->poll) vm->poll(vm->poll_context);
    }
}

/* --- answers */

typedef struct {
    const vm *vm;
    uint8_t *out;
    unsigned at, max;
} writer;

static bool put(writer *w, uint32_t value, unsigned bytes) {
    if (w->at + bytes > w->max) return false;
    for (; bytes; bytes--, value >>= 8) w->out[w->at++] = (uint8_t)value;
    return true;
}

static bool put_bytes(writer *w, const void *data, unsigned length) {
    if (w->at + length > w->max) return false;
    memcpy(w->out + w->at, data, length);
    w->at += length;
    return true;
}

static bool is_constant(unsigned type) { return type <= VM_T_INT64 || type == VM_T_BIGINT; }

/* An object that a debugger may look at, with what its header says inside of memory: a cell in use of the heap, or a constant of the
 * program. The debugger's references come over a line. */
static bool sound(const vm *vm, vm_value v) {
    if (!v || !vm_is_object(v)) return false;
    uint32_t at = v - vm->heap, left = vm->heap_bytes - at;
    const vm_str *s = VM_PTR(vm, v);
    if (at >= vm->heap_bytes) {
        uint32_t total = ((const vbc_header *)vm->image)->total_length;
        at = v - VM_REF(vm, vm->image);
        if (at >= total || (left = total - at) < 24 || !(s->h.flags & VM_ROM) || !is_constant(s->h.type)) return false;
    } else {
        const vm_page *page = &vm->pages[at / VM_PAGE];
        unsigned kind = page->info & 255;
        if (kind == VM_PAGE_FREE || kind == VM_PAGE_SMALL) return false;
        if (kind == VM_PAGE_REST || (kind == VM_PAGE_LARGE && at & (VM_PAGE - 1))) { /* a line's constant: repl.c */
            if (!(s->h.flags & VM_ROM) || !is_constant(s->h.type)) return false;
        } else if (!(page->bits >> (at >> 3 & 31) & 1))
            return false;
    }
    switch (s->h.type) {
    case 0: return false;
    case VM_T_STR:
    case VM_T_BYTES: return s->length <= left - 12;
    case VM_T_BIGINT: return s->length <= (left - 8) / 4;
    case VM_T_FUNCTION: return s->h.aux < vm->function_count;
    default: return s->h.type < VM_T_COUNT;
    }
}

/* The first words of what it refers to go with a value: u32 value; of a float its 8 bytes; of an object its header and the word behind it,
 * then an int64's 8 bytes, or up to 24 bytes of a str or bytes. */
static bool put_value(writer *w, vm_value v) {
    const vm *vm = w->vm;
    uint8_t bytes[40];
    unsigned length = 4;
    if ((v & 7) == 4) {
        uint32_t at = v - 4 - vm->heap, in_image = v - 4 - VM_REF(vm, vm->image);
        if (at >= vm->heap_bytes && in_image > ((const vbc_header *)vm->image)->total_length - 8) v = VM_NULL;
    } else if (v && vm_is_object(v) && !sound(vm, v))
        v = VM_NULL;
    memcpy(bytes, &v, 4);
    if ((v & 7) == 4) {
        memcpy(bytes + 4, VM_PTR(vm, v - 4), 8);
        length = 12;
    } else if (v && vm_is_object(v)) {
        const vm_header *h = vm_head(vm, v);
        memcpy(bytes + 4, h, 8);
        length = 12;
        if (h->type == VM_T_INT64) {
            memcpy(bytes + 12, &((const vm_int64 *)h)->value, 8);
            length = 20;
        } else if (h->type == VM_T_STR || h->type == VM_T_BYTES) {
            const vm_str *s = (const vm_str *)h;
            unsigned n = s->length < 24 ? s->length : 24;
            memcpy(bytes + 12, s->data, n);
            length = 12 + n;
        }
    }
    return put_bytes(w, bytes, length);
}

static void put_values(writer *w, const vm_value *values, unsigned count, unsigned first) {
    put(w, count, 2);
    while (first < count && put_value(w, values[first])) first++;
}

static void put_state(writer *w) {
    const vm *vm = w->vm;
    uint32_t number = vm_debug_stopped(vm);
    put(w, number, 1);
    put(w, vm->debug ? state_of(vm)->flags : VM_DEBUG_DETACH, 1);
    put(w, number >> 8, 2);
    put(w, vm->exception ? vm->exception : vm->result, 4);
    put(w, ((const vbc_header *)vm->image)->build_id, 4);
    put(w, depth_of(vm, innermost(vm)), 2);
    put(w, VM_DEBUG_VERSION, 1);
    put(w, VM_DEBUG_BREAKS_MAX, 1);
}

static void put_frames(writer *w, unsigned thread, unsigned first) {
    const vm *vm = w->vm;
    unsigned number = 0;
    bool before;
    walk f = of_thread(vm, thread, &before);
    put(w, depth_of(vm, f), 2);
    for (; f.fp; up(vm, &f), number++, before = false)
        if (number >= first && !put(w, place(vm, f.fp, f.fp->pc - !before), 4)) return;
}

static void put_threads(writer *w) {
#if VM_FEATURE_THREADS
    const vm *vm = w->vm;
    for (vm_value v = vm->threads; v; v = vm_thread_of(vm, v)->next) {
        const vm_thread_object *o = vm_thread_of(vm, v);
        if (!(o->h.flags & VM_THREAD_OVER)) put(w, o->h.aux | (v == vm->current) << 16 | (uint32_t)o->wait << 24, 4);
    }
#else
    (void)w;
#endif
}

static const vm_frame *frame_at(const vm *vm, unsigned thread, unsigned number) {
    bool before;
    walk f = of_thread(vm, thread, &before);
    for (; f.fp && number; up(vm, &f)) number--;
    return f.fp;
}

static void put_heap(writer *w, uint32_t page) {
    const vm *vm = w->vm;
    put(w, vm->page_count, 4);
    put(w, vm_heap_in_use(vm), 4);
    put(w, vm_heap_peak(vm), 4);
    put(w, vm->gc_count, 4);
    for (uint32_t pages; page < vm->page_count; page += pages) {
        const vm_page *p = &vm->pages[page];
        unsigned kind = p->info & 255;
        pages = kind == VM_PAGE_FREE ? p->bits : kind == VM_PAGE_LARGE ? p->info >> 8 : 1;
        if (pages > 0xFFFF) pages = 0xFFFF;
        if (w->at + 4 > w->max) return;
        put(w, kind, 1);
        put(w, kind >= VM_PAGE_SMALL ? (unsigned)__builtin_popcount(p->bits) : 0, 1);
        put(w, pages, 2);
    }
}

/* --- requests */

static bool attach(vm *vm, unsigned flags) {
    if (!vm->debug) {
        vm_value in_flight = vm->exception;
        vm_value v = vm_alloc(vm, VM_T_BYTES, sizeof(debug_state));
        vm->exception = in_flight; /* no room: nothing of the program's */
        if (!v) return false;
        vm->debug = v;
        debug_state *d = state_of(vm);
        memset((uint8_t *)d + sizeof(vm_header), 0, sizeof *d - sizeof(vm_header));
        d->skip = NOWHERE;
    }
    debug_state *d = state_of(vm);
    d->flags = (uint8_t)(flags & ~(unsigned)VM_DEBUG_DETACH);
    if (flags & VM_DEBUG_DETACH) d->break_count = d->mode = d->reason = d->countdown = 0;
    return true;
}

static void resume(vm *vm, const uint8_t *in) {
    debug_state *d = state_of(vm);
    uint16_t number;
    memcpy(&number, in, 2);
    if (!d->reason || number != d->number) return; /* it is under way already */
    d->reason = 0;
    d->mode = in[2];
    memcpy(&d->depth, in + 3, 2);
    memcpy(&d->from, in + 5, 8);
    d->thread = CURRENT(vm);
    if (d->at_trap) d->skip = vm->thread.fp->pc;
}

static bool set_breaks(vm *vm, const uint8_t *in, unsigned length) {
    debug_state *d = state_of(vm);
    if (length & 3 || length > sizeof d->breaks) return false;
    memcpy(d->breaks, in, length);
    d->break_count = 0; /* words of no function are left out, as the interpreter reads them */
    uint32_t end;
    vbc_find_section(vm->image, VBC_CODE, &end);
    for (unsigned i = 0; i < length / 4; i++)
        if (d->breaks[i] < end) d->breaks[d->break_count++] = d->breaks[i];
    return true;
}

static bool set_variable(vm *vm, const uint8_t *in) {
    uint16_t frame, number;
    vm_value v;
    memcpy(&frame, in + 1, 2);
    memcpy(&number, in + 3, 2);
    memcpy(&v, in + 5, 4);
    if (!(v & 1) && !(vm_is_const(v) && !vm_is_module(v)) && !vm_is_builtin(v) && !sound(vm, v)) return false;
    if (in[0]) {
        if (number >= vm->global_count) return false;
        vm->globals[number] = v;
        return true;
    }
    const vm_frame *fp = frame_at(vm, 0, frame);
    if (!fp || number >= vm_func_of(vm, fp->function)->nregs) return false;
    ((vm_value *)VM_PTR(vm, fp->window))[number] = v;
    return true;
}

int vm_debug(vm *vm, const uint8_t *in, unsigned length, uint8_t *out, unsigned max) {
    static const uint8_t arguments[] = {0, 1, 0, 0, 13, 3, 5, 2, 6, 8, 5, 0, 0, 9, 0, 9, 10};
    writer w = {vm, out, 0, max};
    uint16_t first = 0;
    uint32_t ref = 0;
    if (!length || in[0] >= sizeof arguments || !vm->loaded) return -1;
    unsigned op = *in++;
    if (--length < arguments[op] || max < 64) return -1;
    if (!vm->debug && op != VM_DEBUG_ATTACH && op != VM_DEBUG_STATE && op != VM_DEBUG_HEAP && op != VM_DEBUG_INTERRUPT &&
        op < VM_DEBUG_EXTEND)
        return -1;
    switch (op) {
    case VM_DEBUG_ATTACH:
        if (!attach(vm, in[0])) return -1;
        break;
    case VM_DEBUG_STATE: break;
    case VM_DEBUG_BREAKS:
        if (!set_breaks(vm, in, length)) return -1;
        break;
    case VM_DEBUG_RESUME: resume(vm, in); break;
    case VM_DEBUG_INTERRUPT:
        vm_interrupt(vm);
        if (vm->debug) state_of(vm)->reason = 0;
        break;
    case VM_DEBUG_SET:
        if (!set_variable(vm, in)) return -1;
        break;
    case VM_DEBUG_FRAMES:
        memcpy(&first, in + 1, 2);
        put_frames(&w, in[0], first);
        return (int)w.at;
    case VM_DEBUG_WINDOW: {
        memcpy(&first, in + 1, 2);
        const vm_frame *fp = frame_at(vm, in[0], first);
        if (!fp) return -1;
        memcpy(&first, in + 3, 2);
        put(&w, fp->function, 4);
        put_values(&w, VM_PTR(vm, fp->window), vm_func_of(vm, fp->function)->nregs, first);
        return (int)w.at;
    }
#if VM_FEATURE_REPL
    case VM_DEBUG_EXTEND: return vm_repl_extend(vm, in, length, out);
    case VM_DEBUG_START:
        if (!vm_repl_start(vm, in)) return -1;
        break;
#endif
    case VM_DEBUG_THREADS: put_threads(&w); return (int)w.at;
    case VM_DEBUG_GLOBALS:
        memcpy(&first, in, 2);
        put_values(&w, vm->globals, vm->global_count, first);
        return (int)w.at;
    case VM_DEBUG_OBJECT: {
        memcpy(&ref, in, 4);
        memcpy(&first, in + 4, 2);
        if (!sound(vm, ref)) return -1;
        vm_value *values = NULL;
        uint32_t count = vm_children(vm, ref, &values);
        if (ref - vm->heap < vm->heap_bytes) { /* a cell not given out yet may say anything */
            uint32_t room = (vm->heap + vm->heap_bytes - VM_REF(vm, values)) / 4;
            if (count > room) count = room;
        }
        put_value(&w, ref);
        put_values(&w, values, count < 0xFFFF ? count : 0xFFFF, first);
        return (int)w.at;
    }
    case VM_DEBUG_BYTES: {
        uint32_t offset;
        memcpy(&ref, in, 4);
        memcpy(&offset, in + 4, 4);
        if (!sound(vm, ref)) return -1;
        const vm_str *s = vm_str_of(vm, ref);
        const uint8_t *data = s->data;
        uint32_t size = s->length;
        if (s->h.type == VM_T_BIGINT)
            data -= 4, size *= 4;
        else if (s->h.type != VM_T_STR && s->h.type != VM_T_BYTES)
            return -1;
        if (offset > size) return -1;
        put_bytes(&w, data + offset, size - offset < max ? size - offset : max);
        return (int)w.at;
    }
    case VM_DEBUG_HEAP:
        memcpy(&ref, in, 4);
        if (in[4]) vm_gc(vm);
        put_heap(&w, ref);
        return (int)w.at;
    case VM_DEBUG_SAMPLES: {
        debug_state *d = state_of(vm);
        for (unsigned i = 0; i < d->sample_count; i++) put(&w, d->samples[i], 4);
        d->sample_count = 0;
        return (int)w.at;
    }
    default: return -1;
    }
    put_state(&w);
    return (int)w.at;
}

#if VM_HOST
void vm_debug_count(vm *vm, uint64_t *counts) { vm->counts = counts; }
#endif

#endif
