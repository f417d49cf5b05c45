/* SPDX-License-Identifier: Apache-2.0 */
/* Text that grows: a str in the making on the heap, fixed memory, or the console. */
#include "rooms.h"

void vm_writer_begin(vm_writer *w, vm *vm, uint32_t capacity) {
    *w = (vm_writer){vm, NULL, 0, 0, (int)vm_mark_roots(vm), false};
    if (capacity < 12) capacity = 12;
    vm_value v = vm_alloc(vm, VM_T_STR, (uint32_t)sizeof(vm_str) + capacity + 1);
    static uint8_t nowhere; /* never written: the capacity is 0 */
    vm_root(vm, v ? v : VM_NONE);
    w->failed = !v;
    w->capacity = v ? capacity : 0;
    w->data = v ? vm_str_of(vm, v)->data : &nowhere;
}

void vm_writer_console(vm_writer *w, vm *vm) { *w = (vm_writer){vm, NULL, 0, 0, -1, false}; }

void vm_writer_fixed(vm_writer *w, vm *vm, void *memory, uint32_t size) { *w = (vm_writer){vm, memory, 0, size, -1, false}; }

static bool grow(vm_writer *w, uint32_t length) {
    vm *vm = w->vm;
    uint32_t capacity = w->capacity * 2;
    if (w->root < 0 || w->failed) return false;
    if (capacity < w->length + length) capacity = w->length + length;
    if (capacity < w->length || capacity > 0x3FFFFFFF) {
        vm_memory_error(vm);
        w->failed = true;
        return false;
    }
    vm_value v = vm_alloc(vm, VM_T_STR, (uint32_t)sizeof(vm_str) + capacity + 1);
    if (!v) {
        w->failed = true;
        return false;
    }
    memcpy(vm_str_of(vm, v)->data, w->data, w->length);
    vm_release(vm, vm->roots[w->root]);
    vm->roots[w->root] = v;
    w->data = vm_str_of(vm, v)->data;
    w->capacity = capacity;
    return true;
}

void vm_put(vm_writer *w, const void *data, uint32_t length) {
    if (!length) return; /* data may be NULL then */
    if (!w->data) {
        if (!w->failed) w->failed = !vm_console(w->vm, data, length);
        w->length += length;
        return;
    }
    if (length > w->capacity - w->length && !grow(w, length)) {
        if (w->root >= 0) return;
        length = w->capacity - w->length;
    }
    memcpy(w->data + w->length, data, length);
    w->length += length;
}

void vm_put_char(vm_writer *w, uint8_t c) { vm_put(w, &c, 1); }

void vm_put_fill(vm_writer *w, const uint8_t *character, unsigned size, int32_t count) {
    for (; count > 0 && !w->failed; count--) vm_put(w, character, size);
}

/* Texts are written character by character, packed or not: what a board allocates on the way, the host allocates too. */
static void put_code(vm_writer *w, uint8_t c) {
#if VM_PACKED_TEXTS
    for (; c >= 128; c = vm_text_pairs[c - 128][1]) put_code(w, vm_text_pairs[c - 128][0]);
#endif
    vm_put_char(w, c);
}

void vm_put_text(vm_writer *w, const char *text) {
    for (; *text; text++) put_code(w, (uint8_t)*text);
}

void vm_put_int(vm_writer *w, int64_t x) {
    char text[VM_INT_TEXT];
    vm_put(w, text, vm_int_text(text, x, 10, false));
}

void vm_put_name(vm_writer *w, unsigned name) {
    const uint8_t *text;
    uint32_t length;
    if (vm_name_text(w->vm, name, &text, &length) && length) /* stripping leaves empty ones */
        vm_put(w, text, length);
    else {
        vm_put_text(w, name & VM_FUNCTION_NAME ? "function#" : name & VM_CLASS_NAME ? "class#" : "name#");
        vm_put_int(w, name & 0xFFFF);
    }
}

/* A str that is much larger than its text is copied into one that fits. */
static vm_value finish(vm_writer *w, unsigned type) {
    vm *vm = w->vm;
    vm_value v = vm->roots[w->root];
    if (w->failed)
        v = VM_NULL;
    else if (w->capacity - w->length >= 16) {
        vm_value exact = vm_alloc_string(vm, VM_T_STR, w->length);
        if (exact) memcpy(vm_str_of(vm, exact)->data, w->data, w->length);
        vm_release(vm, v);
        v = exact;
    }
    if (v) {
        vm_str *s = vm_str_of(vm, v);
        s->h.type = (uint8_t)type;
        s->length = w->length;
        s->data[w->length] = 0;
    }
    vm_unroot(vm, (unsigned)w->root);
    return v;
}

vm_value vm_writer_end(vm_writer *w) { return finish(w, VM_T_STR); }
vm_value vm_writer_end_bytes(vm_writer *w) { return finish(w, VM_T_BYTES); }

/* One character of a format, or of a packed one; *percent: it is the letter after a %. */
static void put_format(vm_writer *w, uint8_t c, bool *percent, va_list *arguments) {
#if VM_PACKED_TEXTS
    for (; c >= 128; c = vm_text_pairs[c - 128][1]) put_format(w, vm_text_pairs[c - 128][0], percent, arguments);
#endif
    if (!*percent && c == '%') {
        *percent = true;
        return;
    }
    unsigned what = *percent ? c : 0;
    *percent = false;
    switch (what) {
    case 's': vm_put_text(w, va_arg(*arguments, const char *)); break;
    case 'd': vm_put_int(w, va_arg(*arguments, int)); break;
    case 'u': vm_put_int(w, va_arg(*arguments, unsigned)); break;
    case 'c': vm_put_char(w, (uint8_t)va_arg(*arguments, int)); break;
    case 'T': vm_put_type_name(w, vm_type_of(w->vm, va_arg(*arguments, vm_value))); break;
    case 'A': { /* as %T, None by its own name */
        vm_value v = va_arg(*arguments, vm_value);
        if (v == VM_NONE)
            vm_put_text(w, "None");
        else
            vm_put_type_name(w, vm_type_of(w->vm, v));
        break;
    }
    case 'C': vm_put_type_name(w, va_arg(*arguments, vm_value)); break;
    case 'N': vm_put_name(w, va_arg(*arguments, unsigned)); break;
    case 'R': vm_write_repr(w, va_arg(*arguments, vm_value)); break;
    case 'S': vm_write_str(w, va_arg(*arguments, vm_value)); break;
    default: vm_put_char(w, c);
    }
}

void vm_vprintf(vm_writer *w, const char *format, va_list arguments) {
    va_list rest; /* an array type on some machines: a parameter of it has no address of the right type */
    bool percent = false;
    va_copy(rest, arguments);
    for (; *format; format++) put_format(w, (uint8_t)*format, &percent, &rest);
    va_end(rest);
}

void vm_printf(vm_writer *w, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vm_vprintf(w, format, arguments);
    va_end(arguments);
}

/* --- the console. The program waits for the line in the call that writes, with whoever serves the line: text that waited on the heap would
 * make another heap of it than the host's. It does so (a bytearray) only where nobody serves the line meanwhile, or the program is to end.
 */

bool vm_console_flush(vm *vm) {
    if (!vm->output) return true;
    vm_bytearray *b = vm_bytearray_of(vm, vm->output);
    while (vm->output_done < b->length) {
        size_t taken = hal_console_write(vm->hal, vm_str_of(vm, b->storage)->data + vm->output_done, b->length - vm->output_done);
        if (!taken) return false;
        vm->output_done += (uint32_t)taken;
    }
    vm_release(vm, b->storage);
    vm->output = VM_NULL;
    return true;
}

#if VM_HOST
static bool line_served(const vm *vm) { return vm->line_served; }
#else
static bool line_served(const vm *vm) { return vm->poll; }
#endif

bool vm_console(vm *vm, const uint8_t *data, uint32_t length) {
    if (!vm->output) {
        for (;;) {
            uint32_t taken = (uint32_t)hal_console_write(vm->hal, data, length);
            data += taken;
            length -= taken;
            if (!length) return true;
            if (!line_served(vm) || vm->stop) break;
            if (!taken) hal_wait_until(vm->hal, hal_time_us(vm->hal) + 1000);
            vm->poll(vm->poll_context);
        }
        vm->output = vm_alloc(vm, VM_T_BYTEARRAY, sizeof(vm_bytearray));
        vm->output_done = 0;
        if (!vm->output) return false;
    }
    vm->attention = true;
    return vm_bytearray_append(vm, vm->output, data, length);
}
