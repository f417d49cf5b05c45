/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: raising, tracebacks, unwinding by table, matching. Builtin exception classes are numbers of builtins.def. */
#include "text.h"

static void note_trace_owner(vm *vm, vm_value e) {
    vm_value old = vm->trace_of;
    vm->reraised = old == e;
    if (old == e) return;
    if (old && vm->trace_count && old != vm->memory_error && vm_exception_of(vm, old)->trace == VM_NULL) {
        /* Its handler may still raise it again: keep the calls with it. */
        vm_value t = VM_NULL;
        if (e != vm->memory_error) {
            unsigned root = vm_root(vm, e);
            vm_value in_flight = vm->exception;
            t = vm_alloc(vm, VM_T_TRACE, sizeof(vm_header) + 4u * vm->trace_count);
            vm->exception = in_flight;
            vm_unroot(vm, root);
        }
        if (t && vm_is_object(t) && vm_head(vm, t)->type == VM_T_TRACE) {
            vm_trace *trace = VM_PTR(vm, t);
            trace->h.aux = vm->trace_count;
            memcpy(trace->entries, vm->trace, 4u * vm->trace_count);
            vm_exception_of(vm, old)->trace = t;
        }
    }
    vm->trace_of = e;
    vm->trace_count = 0;
    vm_value kept = vm_exception_of(vm, e)->trace;
    if (kept) {
        vm_trace *trace = VM_PTR(vm, kept);
        vm->trace_count = trace->h.aux;
        memcpy(vm->trace, trace->entries, 4u * trace->h.aux);
        vm_exception_of(vm, e)->trace = VM_NULL;
        vm->reraised = true;
    }
}

vm_value vm_raise_instance(vm *vm, vm_value e) {
    note_trace_owner(vm, e);
    vm->exception = e;
    return VM_NULL;
}

bool vm_enter(vm *vm, const char *doing) {
    if (vm->depth >= VM_DEPTH_MAX || vm_stack_low(vm)) {
        vm_raise(vm, VM_B_RecursionError, "maximum recursion depth exceeded%s", doing);
        return false;
    }
    vm->depth++;
    return true;
}

vm_value vm_memory_error(vm *vm) {
    vm->exception = vm->memory_error;
    vm->trace_of = vm->memory_error;
    vm->trace_count = 0;
    vm->reraised = false;
    return VM_NULL;
}

/* args: argv copied into a tuple. class_: builtin or user class. Without __init__. */
vm_value vm_new_exception(vm *vm, vm_value class_, unsigned argc, const vm_value *argv) {
    unsigned slots = vm_is_object(class_) ? vm_class_of(vm, class_)->total_slots : 0, root;
    vm_value e = vm_alloc(vm, VM_T_EXCEPTION, (uint32_t)(sizeof(vm_exception) + slots * sizeof(vm_value)));
    if (!e) return e;
    vm_exception *x = vm_exception_of(vm, e);
    x->h.aux = (uint16_t)slots;
    x->class_ = class_;
    x->cause = x->context = VM_NONE;
    for (unsigned i = 0; i < slots; i++) x->slots[i] = VM_UNBOUND;
    root = vm_root(vm, e);
    vm_value args = vm_new_tuple_of(vm, argc, argv);
    vm_unroot(vm, root);
    if (!args) return args;
    x->args = args;
    return e;
}

vm_value vm_raise_value(vm *vm, unsigned exception, vm_value argument) {
    vm_value e = vm_new_exception(vm, VM_BUILTIN(exception), argument ? 1 : 0, &argument);
    return e ? vm_raise_instance(vm, e) : VM_NULL;
}

static vm_value raise_with(vm *vm, unsigned exception, const char *format, va_list arguments) {
    vm_writer w;
    vm_writer_begin(&w, vm, 40);
    vm_vprintf(&w, format, arguments);
    int root = w.root;
    vm_value text = vm_writer_end(&w);
    if (!text) return VM_NULL; /* MemoryError instead */
    vm->roots[root] = text;
    vm->root_count = (unsigned)root + 1;
    vm_raise_value(vm, exception, *format ? text : VM_NULL);
    vm_unroot(vm, (unsigned)root);
    return VM_NULL;
}

vm_value vm_raise(vm *vm, unsigned exception, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    raise_with(vm, exception, format, arguments);
    va_end(arguments);
    return VM_NULL;
}

#if VM_PACKED_TEXTS
vm_value vm_raise_numbered(vm *vm, unsigned row, ...) {
    const uint8_t *r = vm_raise_rows + vm_raise_index[row / 8];
    for (row %= 8; row; row--) r += strlen((const char *)r) + 1; /* no exception has the number 0 */
    va_list arguments;
    va_start(arguments, row);
    raise_with(vm, *r, (const char *)r + 1, arguments);
    va_end(arguments);
    return VM_NULL;
}
#endif

static bool is_exception_class(vm *vm, vm_value v) {
    if (vm_is_builtin(v)) return vm_builtin_number(v) < VM_B_COUNT && vm_builtins[vm_builtin_number(v)].kind == VM_KIND_EXCEPTION;
    return vm_is(vm, v, VM_T_CLASS) && vm_head(vm, v)->flags & VM_CLASS_EXCEPTION;
}

vm_value vm_raise_any(vm *vm, vm_value v, vm_value cause) {
    unsigned root = vm_mark_roots(vm);
    if (is_exception_class(vm, v)) {
        v = vm_call(vm, v, 0, NULL);
        if (!v) return v;
        vm_root(vm, v);
    }
    if (!vm_is(vm, v, VM_T_EXCEPTION)) {
        vm_unroot(vm, root);
        return vm_raise(vm, VM_B_TypeError, "exceptions must derive from BaseException");
    }
    if (cause) {
        if (is_exception_class(vm, cause)) cause = vm_call(vm, cause, 0, NULL);
        if (cause && cause != VM_NONE && !vm_is(vm, cause, VM_T_EXCEPTION))
            cause = vm_raise(vm, VM_B_TypeError, "exception causes must derive from BaseException");
        if (cause)
            vm_exception_of(vm, v)->cause = cause == VM_NONE ? VM_NULL : cause;
        else
            v = VM_NULL;
    }
    if (v) vm_raise_instance(vm, v);
    vm_unroot(vm, root);
    return VM_NULL;
}

bool vm_exception_is(vm *vm, vm_value e, unsigned builtin) { return vm_subclass(vm, vm_exception_of(vm, e)->class_, VM_BUILTIN(builtin)); }

bool vm_take_exception(vm *vm, unsigned builtin) {
    if (!vm->exception || !vm_exception_is(vm, vm->exception, builtin)) return false;
    vm->exception = VM_NULL;
    return true;
}

int vm_exception_matches(vm *vm, vm_value e, vm_value classes) {
    vm_value *items = &classes, class_ = vm_type_of(vm, e);
    uint32_t count = 1;
    int match = 0;
    if (vm_is(vm, classes, VM_T_TUPLE)) vm_items(vm, classes, &items, &count);
    for (uint32_t i = 0; i < count; i++) {
        // cppcheck-suppress objectIndex ; count is 1 unless vm_items has set items
        vm_value one = items[i];
        if (!is_exception_class(vm, one)) {
            vm_raise(vm, VM_B_TypeError, "catching classes that do not inherit from BaseException is not allowed");
            return -1;
        }
        match |= vm_subclass(vm, class_, one);
    }
    return match;
}

void vm_trace_add(vm *vm, vm_frame *fp) {
    unsigned number = vm_head(vm, fp->function)->aux;
    uint32_t entry = (uint32_t)number << 16 | ((fp->pc - 1 - vm->functions[number].code_offset) & 0xFFFF);
    if (vm->trace_count && vm->trace[vm->trace_count - 1] == entry && vm->trace_count == VM_TRACE_MAX) return;
    if (vm->trace_count < VM_TRACE_MAX) vm->trace_count++; /* when full: the last place is the outermost call's */
    vm->trace[vm->trace_count - 1] = entry;
}

/* The exception before `e` in a chain of contexts; VM_NULL: it is the first. */
static vm_value before(vm *vm, vm_value e) {
    vm_value x = vm_exception_of(vm, e)->context;
    return vm_is(vm, x, VM_T_EXCEPTION) ? x : VM_NULL;
}

/* The first exception that was being handled when this one was raised. No way leads back to it. Only a program that sets __context__ makes
 * chains that go in a circle: the limit ends those. */
static void set_context(vm *vm, vm_value e, vm_value handled) {
    enum { LONGEST = 1000 };
    vm_value x;
    if (e == handled || e == vm->memory_error || !vm_is(vm, handled, VM_T_EXCEPTION) || vm_exception_of(vm, e)->context != VM_NONE) return;
    unsigned left = LONGEST;
    for (vm_value at = handled; left-- && (x = before(vm, at)); at = x)
        if (x == e) {
            vm_exception_of(vm, at)->context = VM_NONE;
            break;
        }
    vm_exception_of(vm, e)->context = handled;
}

/* The exception being handled, by this function or a caller of it; or, of one that is being handled, the one that was before. VM_NULL:
 * none. */
static vm_value handled_now(vm *vm, vm_value before) {
    vm_value after = before;
    vm_value segment = vm->thread.segment;
    for (vm_frame *fp = vm->thread.fp; fp;) {
        const vbc_func *f = vm_func_of(vm, fp->function);
        uint32_t at = fp->pc - 1 - f->code_offset;
        unsigned handlers;
        const vbc_handler *h = vm_func_handlers(vm, f, &handlers);
        for (; handlers--; h++) {
            vm_value v = ((vm_value *)VM_PTR(vm, fp->window))[h->reg];
            if (h->target == h->start && at >= h->start && at < h->end && vm_is(vm, v, VM_T_EXCEPTION)) {
                if (!before && v != after) return v;
                if (v == before) before = VM_NULL;
            }
        }
        if (fp->kind & VM_K_SEGMENT) {
            const vm_stack *s = vm_stack_of(vm, segment);
            fp = s->resume ? VM_PTR(vm, s->resume) : NULL;
            segment = s->previous;
        } else
            fp++;
    }
    return VM_NULL;
}

#if VM_FEATURE_RARE
/* `raise` of an exception that was raised before: it gets the context that it has now. */
void vm_new_context(vm *vm, vm_value e) {
    vm_value handled = vm_is(vm, e, VM_T_EXCEPTION) && vm_exception_of(vm, e)->context != VM_NONE ? handled_now(vm, VM_NULL) : VM_NULL;
    if (!handled || handled == e) return;
    vm_exception_of(vm, e)->context = VM_NONE;
    set_context(vm, e, handled);
}

vm_value vm_sys_exception(vm *vm, unsigned argc, vm_value *argv) {
    vm_value e = handled_now(vm, VM_NULL);
    (void)argc, (void)argv;
    return e ? e : VM_NONE;
}

/* sys.exc_info() */
vm_value vm_sys_exc_info(vm *vm, unsigned argc, vm_value *argv) {
    vm_value e = handled_now(vm, VM_NULL), three[3] = {VM_NONE, VM_NONE, VM_NONE};
    (void)argc, (void)argv;
    if (e) {
        three[0] = vm_type_of(vm, e);
        three[1] = e;
        three[2] = vm_getattr(vm, e, VM_N_traceback_);
        if (!three[2]) return VM_NULL;
    }
    unsigned root = vm_root(vm, three[2]);
    e = vm_new_tuple_of(vm, 3, three);
    vm_unroot(vm, root);
    return e;
}
#endif

/* RERAISE; None: what is being handled. */
vm_value vm_reraise(vm *vm, vm_value v) {
    if (v == VM_NONE) v = VM_FEATURE_RARE ? handled_now(vm, VM_NULL) : VM_NULL;
    return v ? vm_raise_any(vm, v, VM_NULL) : vm_raise(vm, VM_B_RuntimeError, "No active exception to reraise");
}

bool vm_unwind(vm *vm) {
    bool again = vm->reraised && vm->trace_count;
    vm->reraised = false;
    for (;;) {
        vm_frame *fp = vm->thread.fp;
        const vbc_func *f = vm_func_of(vm, fp->function);
        uint32_t at = fp->pc - 1 - f->code_offset;
        uint32_t entry = (uint32_t)vm_head(vm, fp->function)->aux << 16 | (at & 0xFFFF);
        if (!again || vm->trace[vm->trace_count - 1] >> 16 != entry >> 16) vm_trace_add(vm, fp);
        again = false;
        unsigned handlers;
        const vbc_handler *h = vm_func_handlers(vm, f, &handlers);
        for (unsigned i = 0; i < handlers && !vm->killed; i++, h++) {
            if (at < h->start || at >= h->end) continue;
            vm_value *place = (vm_value *)VM_PTR(vm, fp->window) + h->reg;
            if (h->target == h->start) { /* no handler: the exception in the register is being handled here */
                set_context(vm, vm->exception, *place);
                continue;
            }
            *place = vm->exception;
            vm->exception = VM_NULL;
            fp->pc = f->code_offset + h->target;
            fp->extent = 0;
            return true;
        }
        unsigned kind = fp->kind & ~VM_K_SEGMENT;
        if (kind & VM_K_GENERATOR) {
            vm_value generator = ((vm_value *)VM_PTR(vm, fp->window))[-1];
#if VM_ASYNC_GENERATORS
            unsigned dest = fp->dest;
#endif
            vm_pop_frame(vm);
            vm_generator_died(vm, generator);
            again = false;
            kind &= ~VM_K_GENERATOR;
            if (kind == VM_K_FOR) continue;
#if VM_ASYNC_GENERATORS
            if (kind == VM_K_DELEGATE && vm_take_exception(vm, VM_B_StopIteration)) { /* aclose() is done */
                ((vm_value *)VM_PTR(vm, vm->thread.fp->window))[dest] = VM_NONE;
                return true;
            }
#endif
        } else
            vm_pop_frame(vm);
        if (kind == VM_K_BOUNDARY) return false;
        if (kind == VM_K_FOR && vm_take_exception(vm, VM_B_StopIteration)) {
            fp = vm->thread.fp;
            uint32_t w = vm->code[fp->pc - 1];
            fp->pc += (uint32_t)((int32_t)w >> 16);
            return true;
        }
    }
}

static vm_value argument(const vm_tuple *args, uint32_t i) { return i < args->length ? args->items[i] : VM_NONE; }

/* Attributes that builtin exceptions have. VM_NULL: none of these. */
vm_value vm_exception_getattr(vm *vm, vm_value e, unsigned name) {
    vm_exception *x = vm_exception_of(vm, e);
    const vm_tuple *args = vm_tuple_of(vm, x->args);
    unsigned of = VM_B_OSError;
    switch (name) {
    case VM_N_args: return x->args;
    case VM_N_cause_: return x->cause == VM_NULL ? VM_NONE : x->cause;
    case VM_N_context_:
#if VM_FEATURE_RARE
        if (x->context == VM_NONE) set_context(vm, e, handled_now(vm, e)); /* it was caught before it came to where that is handled */
#endif
        return x->context;
    case VM_N_traceback_:
        /* Calls are kept apart from the exception while it is the last one: an object that only tells that there are some. */
        if (VM_FEATURE_RARE && (x->trace || vm->trace_of == e)) return vm_alloc(vm, VM_T_TRACE, sizeof(vm_header));
        return VM_NONE;
    case VM_N_suppress_context_: return VM_BOOL(x->cause != VM_NONE);
    case VM_N_value: return vm_exception_is(vm, e, VM_B_StopIteration) ? argument(args, 0) : VM_NULL;
    case VM_N_code:
        if (!vm_exception_is(vm, e, VM_B_SystemExit)) return VM_NULL;
        return args->length > 1 ? x->args : argument(args, 0);
    case VM_N_errno_:
    case VM_N_strerror:
        if (!vm_exception_is(vm, e, of)) return VM_NULL;
        return args->length > 1 ? argument(args, name == VM_N_strerror) : VM_NONE;
    default:
#if VM_FEATURE_RARE
        return vm_unicode_error_attr(vm, e, name);
#else
        return VM_NULL;
#endif
    }
}

int vm_exception_setattr(vm *vm, vm_value e, unsigned name, vm_value value) {
    vm_exception *x = vm_exception_of(vm, e);
    switch (name) {
    case VM_N_cause_:
    case VM_N_context_:
        if (VM_FEATURE_RARE && value != VM_NONE && !vm_is(vm, value, VM_T_EXCEPTION)) {
            vm_raise(vm, VM_B_TypeError, "exception %s must be None or derive from BaseException",
                     name == VM_N_cause_ ? "cause" : "context");
            return -1;
        }
        if (name == VM_N_cause_)
            x->cause = value == VM_NONE ? VM_NULL : value;
        else
            x->context = value;
        return 1;
    case VM_N_suppress_context_:
        if (!vm_is(vm, x->cause, VM_T_EXCEPTION)) x->cause = value == VM_TRUE ? VM_NULL : VM_NONE;
        return 1;
    case VM_N_traceback_: return 1;
    case VM_N_args: {
        vm_value args = vm_new_tuple(vm, 1, &value);
        if (args) x->args = args;
        return args ? 1 : -1;
    }
    default: return 0;
    }
}

/* "ValueError: message" */
bool vm_write_exception(vm_writer *w, vm_value e) {
    vm *vm = w->vm;
    vm_put_type_name(w, vm_type_of(vm, e));
    uint32_t at = w->length;
    vm_put_text(w, ": ");
    uint32_t start = w->length;
    if (!vm_write_str(w, e)) return false;
    if (w->length == start && w->data) w->length = at;
#if VM_FEATURE_RARE
    vm_value extra = vm_exception_of(vm, e)->extra, notes = extra ? vm_attrs_get(vm, extra, VM_N_notes_) : VM_NULL;
    for (uint32_t i = 0; notes && vm_is(vm, notes, VM_T_LIST) && i < vm_list_of(vm, notes)->length; i++) {
        vm_value *items;
        uint32_t count;
        vm_items(vm, notes, &items, &count);
        vm_put_char(w, '\n');
        if (!vm_write_str(w, items[i])) return false;
    }
#endif
    return true;
}

/* --- what users of the VM ask for */

unsigned vm_traceback(const vm *vm, vm_trace_entry *out, unsigned max) {
    unsigned count = vm->status == VM_RAISED ? vm->trace_count : 0;
    if (count > max) count = max;
    for (unsigned i = 0; i < count; i++) {
        uint32_t entry = vm->trace[count - 1 - i];
        out[i] = (vm_trace_entry){(uint16_t)(entry >> 16), (uint16_t)entry};
    }
    return count;
}

vm_link_kind vm_earlier_exception(vm *vm) {
    if (vm->status != VM_RAISED || !vm->result) return VM_LINK_NONE;
    vm_exception *x = vm_exception_of(vm, vm->result);
    bool cause = x->cause != VM_NONE;
    vm_value e = cause ? x->cause : x->context;
    if (!e || !vm_is(vm, e, VM_T_EXCEPTION)) return VM_LINK_NONE;
    x->cause = VM_NULL; /* no way leads back */
    note_trace_owner(vm, e);
    vm->result = e;
    return cause ? VM_LINK_CAUSE : VM_LINK_CONTEXT;
}

/* The exception's __str__ may be Python code: it runs in a frame of its own, for a limited time, and leaves the traceback as it was. */
size_t vm_exception_text(vm *vm, char *out, size_t size) {
    enum { LAST_WORDS = 200000 };
    vm_writer w;
    if (!size) return 0;
    out[0] = 0;
    if (vm->status != VM_RAISED || !vm->result) return 0;
    vm_value e = vm->result, owner = vm->trace_of;
    uint32_t trace[VM_TRACE_MAX];
    uint16_t count = vm->trace_count;
    memcpy(trace, vm->trace, sizeof trace);
    unsigned root = vm_root(vm, e);
    vm_root(vm, owner);
    vm->trace_of = VM_NULL;
    vm->trace_count = 0;
    uint64_t charged = vm->charged; /* these instructions are not the program's */
    vm->budget = vm->slice = vm->quantum = LAST_WORDS;
    vm->last_words = true;
    vm->killed = false;
    vm_writer_fixed(&w, vm, out, (uint32_t)size - 1);
    bool done = vm->thread.fp || vm_push_entry(vm);
    if (done) done = vm_write_exception(&w, e);
    if (!done) {
        vm->exception = VM_NULL;
        w.length = 0;
        vm_put_type_name(&w, vm_type_of(vm, e));
        if (e != vm->memory_error) vm_put_text(&w, ": <exception str() failed>");
    }
    vm->last_words = vm->killed = vm->overrun = vm->attention = false;
    vm->budget = vm->slice = 0;
    vm->charged = charged;
    vm->exception = VM_NULL;
    vm->result = e;
    vm->trace_of = owner;
    vm->trace_count = count;
    memcpy(vm->trace, trace, sizeof trace);
    vm_unroot(vm, root);
    out[w.length] = 0;
    return w.length;
}
