/* SPDX-License-Identifier: Apache-2.0 */
/* What the rooms of the VM offer each other, room by room.
 *
 * Conventions: a function that returns vm_value returns VM_NULL when it has set vm->exception. Any function that can allocate can collect:
 * a value that must survive it is in a register, in a rooted object, or between vm_root() and vm_unroot(). Objects never move, so pointers
 * to rooted objects and to register windows stay good. */
#ifndef VM_ROOMS_H
#define VM_ROOMS_H
#include "state.h"

/* --- program.c: what few functions have, and names of functions and classes */
unsigned vm_func_rare(const vm *vm, const vbc_func *f, unsigned which);    /* 0 when it has none */
unsigned vm_func_parameter(const vm *vm, const vbc_func *f, unsigned reg); /* name id of a parameter; 0xFFFF: stripped */
const vbc_handler *vm_func_handlers(const vm *vm, const vbc_func *f, unsigned *count);
/* Name ids; stripped: the number with VM_FUNCTION_NAME or VM_CLASS_NAME, which vm_put_name writes as such. */
enum { VM_FUNCTION_NAME = 0x10000, VM_CLASS_NAME = 0x20000 };
vm_value vm_plain_function(vm *vm, unsigned number); /* interp_slow.c: a function without defaults and cells */
unsigned vm_func_name(const vm *vm, const vbc_func *f, bool qualified);
unsigned vm_class_name(const vm *vm, vm_value class_, bool qualified);
unsigned vm_class_module(const vm *vm, vm_value class_);
vm_value *vm_module_global(vm *vm, vm_value module, unsigned name);              /* NULL: it has no such variable */
vm_value vm_no_global_of(vm *vm, unsigned number, unsigned module, bool import); /* raises; `module`: name id */

/* --- heap.c, gc.c */
vm_value vm_alloc(vm *vm, unsigned type, uint32_t size); /* header set, the rest zero (bytes of strs: not cleared) */
vm_value vm_alloc_float(vm *vm, double d);
vm_value vm_alloc_int64(vm *vm, int64_t x); /* whatever its size: see vm_int */
void vm_release(vm *vm, vm_value object);   /* a large object that nothing refers to any more; others are ignored */
void vm_heap_init(vm *vm, void *memory, uint32_t size);
void vm_heap_reset_lists(vm *vm);
void vm_heap_add_run(vm *vm, uint32_t first, uint32_t count);
uint32_t vm_heap_in_use(const vm *vm);
void vm_note_peak(vm *vm);
extern const uint8_t vm_class_size[VM_CLASSES];
extern const uint32_t vm_class_starts[VM_CLASSES];
enum { VM_PAGE_FREE, VM_PAGE_LARGE, VM_PAGE_REST, VM_PAGE_SMALL }; /* kinds; VM_PAGE_SMALL + size class */
void vm_gc(vm *vm);
uint32_t vm_children(vm *vm, vm_value object, vm_value **first); /* the words of an object that are values */
static inline unsigned vm_mark_roots(vm *vm) { return vm->root_count; }
void vm_root_overflow(vm *vm);
/* Returns the place; vm_unroot(vm, place) gives it back. */
VM_SMALL_FUNCTION(unsigned vm_root(vm *vm, vm_value v), {
    if (VM_UNLIKELY(vm->root_count >= VM_ROOTS)) {
        vm_root_overflow(vm);
        return VM_ROOTS - 1;
    }
    vm->roots[vm->root_count] = v;
    return vm->root_count++;
})
static inline void vm_unroot(vm *vm, unsigned place) { vm->root_count = place; }

/* --- except.c */
vm_value vm_raise(vm *vm, unsigned exception, const char *format, ...); /* format: see vm_printf */
#if VM_PACKED_TEXTS
/* What vm_raise(vm, VM_B_..., "a text", ...) becomes: vmimages/texts.py. */
vm_value vm_raise_numbered(vm *vm, unsigned row, ...);
#endif
vm_value vm_raise_value(vm *vm, unsigned exception, vm_value argument); /* argument VM_NULL: none */
vm_value vm_raise_instance(vm *vm, vm_value instance);
#if VM_FEATURE_RARE
void vm_new_context(vm *vm, vm_value e);
#endif
vm_value vm_reraise(vm *vm, vm_value v);
vm_value vm_raise_any(vm *vm, vm_value v, vm_value cause); /* the raise statement; cause VM_NULL: none given */
vm_value vm_new_exception(vm *vm, vm_value class_, unsigned argc, const vm_value *argv);
vm_value vm_memory_error(vm *vm);
bool vm_exception_is(vm *vm, vm_value exception, unsigned builtin);
bool vm_take_exception(vm *vm, unsigned builtin);                       /* clears the exception in flight when it is one of these */
int vm_exception_matches(vm *vm, vm_value exception, vm_value classes); /* -1: raised */
void vm_trace_add(vm *vm, vm_frame *frame);
bool vm_unwind(vm *vm); /* to a handler: true. To the nearest nested run, or out of the program: false */
bool vm_write_exception(struct vm_writer *w, vm_value exception);
vm_value vm_exception_getattr(vm *vm, vm_value exception, unsigned name);
int vm_exception_setattr(vm *vm, vm_value exception, unsigned name, vm_value value); /* 1 done, 0 not one of these, -1 raised */

/* --- int.c */
vm_value vm_new_int64(vm *vm, int64_t x);
VM_SMALL_FUNCTION(vm_value vm_int(vm *vm, int64_t x), {
    if (VM_LIKELY(x >= VM_INT31_MIN && x <= VM_INT31_MAX)) return VM_SMALL(x);
    return vm_new_int64(vm, x);
})
bool vm_is_int(const vm *vm, vm_value v);                          /* not bool */
bool vm_as_int64(const vm *vm, vm_value v, int64_t *out);          /* int or bool that fits */
vm_value vm_index_of(vm *vm, vm_value v);                          /* an int, of an int, a bool or by __index__; else TypeError */
bool vm_need_int(vm *vm, vm_value v, int64_t *out);                /* the same; OverflowError beyond 64 bits */
bool vm_need_index(vm *vm, vm_value v, int32_t *out);              /* the same, clamped to int32 */
bool vm_int_negative(const vm *vm, vm_value v);                    /* int or bool */
bool vm_multiply(int64_t a, int64_t b, int64_t *out);              /* false: does not fit */
vm_value vm_int_binary(vm *vm, unsigned op, int64_t a, int64_t b); /* op: VM_OP_ADD .. VM_OP_XOR */
vm_value vm_masked(vm *vm, vm_value v, unsigned bits);
/* The operator of the instruction at pc, and of what follows it; the last instruction done, or NULL: raised. */
const uint32_t *vm_wide_op(vm *vm, unsigned op, vm_value x, vm_value y, const uint32_t *pc);
vm_value vm_int_overflow(vm *vm, unsigned op, int64_t a, int64_t b); /* when the result does not fit: a big int, or OverflowError */
vm_value vm_int_parse(vm *vm, const uint8_t *s, uint32_t n, unsigned base, vm_value original);
vm_value vm_int_bit_length(vm *vm, unsigned argc, vm_value *argv);
vm_value vm_int_getattr(vm *vm, vm_value v, unsigned name);
enum { VM_INT_TEXT = 72 };
unsigned vm_int_text(char *out, int64_t x, unsigned base, bool upper); /* at most 65 characters; no NUL */
const uint8_t *vm_int_digits(vm *vm, vm_value v, unsigned base, bool upper, char *room, uint32_t *length, vm_value *holder);
uint8_t vm_digit_text(unsigned digit, bool upper);
unsigned vm_digit(uint8_t c); /* 99: none */
bool vm_text_view(vm *vm, vm_value v, const uint8_t **data, uint32_t *length);
static inline bool vm_is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

/* --- bigint.c: ints beyond 64 bits. Operands are ints or bools of any size. */
/* Ints end at 64 bits: where the VM has no others, and on the host when it stands in for such a VM. */
#if VM_HOST && VM_FEATURE_BIGINT
static inline bool vm_narrow(const vm *vm) { return vm->narrow; }
#else
#define vm_narrow(vm) (!VM_FEATURE_BIGINT)
#endif
static inline bool vm_is_bigint(const vm *vm, vm_value v) { return VM_FEATURE_BIGINT && vm_is(vm, v, VM_T_BIGINT); }
#if VM_FEATURE_BIGINT
VM_ACCESS(vm_bigint_of, vm_bigint)
vm_value vm_int_values(vm *vm, unsigned op, vm_value a, vm_value b); /* int.c: as vm_int_binary */
vm_value vm_big_binary(vm *vm, unsigned op, vm_value a, vm_value b);
vm_value vm_big_overflow(vm *vm, unsigned op, int64_t a, int64_t b); /* the result that does not fit 64 bits */
vm_value vm_big_unary(vm *vm, unsigned op, vm_value v);              /* VM_OP_NEG, VM_OP_INV, or VM_OP_POS for the absolute value */
int vm_big_compare(vm *vm, vm_value a, vm_value b);
int vm_big_compare_double(vm *vm, vm_value v, double d); /* not NaN */
bool vm_big_to_double(vm *vm, vm_value v, double *out);
vm_value vm_big_from_double(vm *vm, double d); /* of 2^63 or more */
uint32_t vm_big_bit_length(vm *vm, vm_value v);
uint32_t vm_big_bit_count(vm *vm, vm_value v);
int64_t vm_big_hash(const vm *vm, vm_value v);
vm_value vm_big_text(vm *vm, vm_value v, unsigned base, bool upper);
vm_value vm_big_parse(vm *vm, const uint8_t *s, uint32_t count, unsigned base, bool negative);
bool vm_big_to_bytes(vm *vm, vm_value v, uint8_t *out, uint32_t length, bool with_sign);
vm_value vm_big_from_bytes(vm *vm, const uint8_t *data, uint32_t length, bool little, bool negative);
vm_value vm_big_pow_mod(vm *vm, vm_value base, vm_value exponent, vm_value modulus);
#endif

struct vm_keywords;
struct vm_writer;
typedef struct vm_writer vm_writer;

/* --- float.c, dtoa.c */
#if VM_FLOAT
bool vm_as_double(vm *vm, vm_value v, double *out); /* float, int or bool: no exception */
#else
static inline bool vm_as_double(vm *vm, vm_value v, double *out) { return (void)vm, (void)v, (void)out, false; }
#endif
vm_value vm_no_floats(vm *vm); /* raises, in a VM without */
vm_value vm_float_binary(vm *vm, unsigned op, double a, double b);
double vm_fmod(double a, double b);
double vm_floor(double a);
double vm_pow(double a, double b);
bool vm_two_floats(vm *vm, vm_value a, vm_value b, double *x, double *y); /* as doubles; false: others, or two ints */
double vm_sqrt(double a);
vm_value vm_float_to_int(vm *vm, double d);           /* truncated; raises OverflowError, ValueError */
bool vm_need_double(vm *vm, vm_value v, double *out); /* of a float, an int of any size or a bool; else TypeError */
double vm_compose(uint64_t m, int e);                 /* m * 2^e, rounded once; the lowest bit of m may stand for more below it */
double vm_ldexp(double d, int e);
bool vm_is_finite(double d);
bool vm_is_nan(double d);
int64_t vm_float_hash(double d);
int vm_float_compare_int(vm *vm, double a, vm_value b); /* -1, 0, 1; a is not NaN */
int vm_decompose(double d, uint64_t *m);                /* |d| = *m * 2^result */
/* Decimal digits of a finite d > 0: d = 0.DIGITS * 10^*exponent. mode 0: shortest that reads back as d; 1: `count` digits; 2: `count`
 * digits after the point (may be none or negative). Rounded half to even on the exact value. Returns the number of digits; no zeros at the
 * end. At most VM_DIGITS_MAX are made. */
enum { VM_DIGITS_MAX = 340, VM_DIGITS = VM_DIGITS_MAX + 12 };
unsigned vm_dtoa(double d, unsigned mode, int count, char *digits, int *exponent);
double vm_decimal(const char *digits, uint32_t n, int point); /* 0.DIGITS * 10^point; points and underscores among the digits are skipped */
vm_value vm_float_getattr(vm *vm, vm_value v, unsigned name);
vm_value vm_float_round(vm *vm, double d, int digits);
bool vm_strtod(const char *s, uint32_t n, double *out); /* the whole text: digits, point, exponent; also inf, nan */
void vm_put_float(vm_writer *w, double d);              /* format.c: as CPython's repr */

/* --- writer.c: text that grows */
struct vm_writer {
    vm *vm;
    uint8_t *data; /* NULL: straight to the console */
    uint32_t length, capacity;
    int root; /* of the str being built; -1: fixed memory */
    bool failed;
};
void vm_writer_begin(vm_writer *w, vm *vm, uint32_t capacity); /* unless finished: vm_unroot(vm, w->root) */
void vm_writer_console(vm_writer *w, vm *vm);
void vm_writer_fixed(vm_writer *w, vm *vm, void *memory, uint32_t size); /* what does not fit is lost */
void vm_put(vm_writer *w, const void *data, uint32_t length);
void vm_put_char(vm_writer *w, uint8_t c);
void vm_put_fill(vm_writer *w, const uint8_t *character, unsigned size, int32_t count);
void vm_put_text(vm_writer *w, const char *text);
void vm_put_int(vm_writer *w, int64_t x);
void vm_put_name(vm_writer *w, unsigned name);
vm_value vm_writer_end(vm_writer *w);       /* the str */
vm_value vm_writer_end_bytes(vm_writer *w); /* the same as bytes */
/* %s C text, %d int, %u unsigned, %c character, %T the name of the type of a value, %A the same, but None, %C name of a class, %N name id,
 * %R repr, %S str of a value */
void vm_printf(vm_writer *w, const char *format, ...);
void vm_vprintf(vm_writer *w, const char *format, va_list arguments);
bool vm_console(vm *vm, const uint8_t *data, uint32_t length); /* false: raised */
bool vm_console_flush(vm *vm);                                 /* false: some output is still waiting */

/* --- format.c */
struct vm_chain;
bool vm_write_repr(vm_writer *w, vm_value v);
bool vm_write_str(vm_writer *w, vm_value v);
bool vm_write_default_repr(vm_writer *w, vm_value v);
bool vm_write_exception_message(vm_writer *w, vm_value e);
vm_value vm_repr(vm *vm, vm_value v);
vm_value vm_to_str(vm *vm, vm_value v);
vm_value vm_format_value(vm *vm, vm_value v, vm_value spec, unsigned conversion);
bool vm_write_format(vm_writer *w, vm_value v, const uint8_t *spec, uint32_t length);
vm_value vm_percent(vm *vm, vm_value format, vm_value arguments);

/* --- str.c, strmethods.c, bytes.c */
vm_value vm_new_string(vm *vm, const void *utf8, uint32_t length); /* from outside the heap, or from a rooted object */
vm_value vm_new_text(vm *vm, const char *text);                    /* as it is */
vm_value vm_builtin_name(vm *vm, unsigned number);                 /* the str of vm_builtin_short_name */
vm_value vm_alloc_string(vm *vm, unsigned type, uint32_t length);  /* bytes to be filled in */
vm_value vm_name_str(vm *vm, unsigned name);
bool vm_name_text(vm *vm, unsigned name, const uint8_t **text, uint32_t *length); /* false: stripped */
int vm_name_id(vm *vm, vm_value str, bool create);                                /* -1: none (or raised when create) */
uint32_t vm_str_hash(const vm *vm, vm_value v);
bool vm_str_equal(const vm *vm, vm_value a, vm_value b); /* both str, or both bytes */
bool vm_is_ascii(const vm *vm, vm_value v);
uint32_t vm_str_count(const vm *vm, vm_value v);       /* code points */
uint32_t vm_utf8_next(const uint8_t *s, uint32_t *at); /* code point; never reads beyond the NUL */
unsigned vm_utf8_put(uint8_t *out, uint32_t c);
uint32_t vm_utf8_offset(const uint8_t *s, uint32_t length, uint32_t index); /* byte offset of a code point */
vm_value vm_str_slice(vm *vm, vm_value s, uint32_t start, uint32_t stop);   /* code points */
int vm_str_compare(const vm *vm, vm_value a, vm_value b);
int vm_str_contains(vm *vm, vm_value s, vm_value part);
bool vm_need_str(vm *vm, vm_value v, const char *what);
int32_t vm_find_bytes(const uint8_t *s, uint32_t n, const uint8_t *part, uint32_t m, bool last);
void vm_reverse_bytes(uint8_t *p, uint32_t n);
bool vm_bytes_view(const vm *vm, vm_value v, const uint8_t **data, uint32_t *length); /* bytes or bytearray */
vm_value vm_new_bytes_from(vm *vm, const void *data, uint32_t length);
int vm_bytes_contains(vm *vm, vm_value v, vm_value item);
bool vm_bytearray_append(vm *vm, vm_value v, const uint8_t *data, uint32_t length);
/* codec.c: bytes to str and back; encoding and errors VM_NULL: "utf-8" and "strict". What is read is reachable from the caller's registers.
 */
vm_value vm_decode(vm *vm, const uint8_t *data, uint32_t length, vm_value encoding, vm_value errors);
vm_value vm_encode(vm *vm, vm_value str, vm_value encoding, vm_value errors); /* bytes */
bool vm_byte_of(vm *vm, vm_value v, uint8_t *out);

/* --- list.c */
vm_value vm_new_tuple_of(vm *vm, uint32_t length, const vm_value *items); /* items: registers, or NULL for zeros to be filled in at once */
vm_value vm_new_list_of(vm *vm, uint32_t length, const vm_value *items);
bool vm_list_append(vm *vm, vm_value list, vm_value item);
vm_value vm_list_reverse(vm *vm, unsigned argc, vm_value *argv);
bool vm_list_reserve(vm *vm, vm_value list, uint32_t length);
bool vm_list_extend(vm *vm, vm_value list, vm_value iterable);
bool vm_items(const vm *vm, vm_value v, vm_value **items,
              uint32_t *length); /* of a list or tuple; the pointer is good until the list changes */
bool vm_list_sort(vm *vm, vm_value list, vm_value key, bool reverse);

/* --- sequence.c: of strs, bytes, bytearrays, lists and tuples */
vm_value vm_sequence_binary(vm *vm, unsigned op, vm_value a, vm_value b,
                            bool in_place); /* + and *; VM_NULL without exception: not for it */
vm_value vm_sequence_item(vm *vm, vm_value v, vm_value index);
bool vm_sequence_store(vm *vm, vm_value v, vm_value index, vm_value item); /* of a list or bytearray; item VM_NULL: deletes */
/* -1: raised. what: "pop" of the IndexError "pop index out of range"; NULL: as for reading. */
int32_t vm_resolve_index(vm *vm, vm_value v, vm_value index, const char *what);
typedef struct {
    int32_t start, stop, step; /* from -2^31 + 1 on */
    uint32_t count;
} vm_span;
bool vm_need_bound(vm *vm, vm_value v, int32_t *out); /* of a slice: as vm_need_index, another message */
/* The length, below 2^31, is read when all Python code that this runs has run. */
bool vm_resolve_slice(vm *vm, vm_value slice, const uint32_t *length, vm_span *out);

#if VM_FEATURE_STRUCT
vm_value vm_struct_getattr(vm *vm, vm_value v, unsigned name); /* lib/struct.c: of a Struct */
#endif

#if VM_MEMORYVIEW
/* --- memoryview.c */
bool vm_memory_bytes(const vm *vm, vm_value v, const uint8_t **data, uint32_t *length); /* as vm_bytes_view */
bool vm_writable_bytes(const vm *vm, vm_value v, uint8_t **data, uint32_t *length);     /* of a bytearray, too; false: not to be written */
vm_value vm_memory_tobytes(vm *vm, unsigned argc, vm_value *argv);
vm_value vm_memory_item(vm *vm, vm_value v, vm_value index);
bool vm_memory_store(vm *vm, vm_value v, vm_value index, vm_value value); /* value VM_NULL: deletes, which is an error */
int64_t vm_memory_length(vm *vm, vm_value v);                             /* -1: raised */
int vm_memory_equal(vm *vm, vm_value a, vm_value b);
bool vm_memory_hash(vm *vm, vm_value v, uint32_t *out);
vm_value vm_memory_getattr(vm *vm, vm_value v, unsigned name);
VM_SMALL_FUNCTION(bool vm_is_array(const vm *vm, vm_value v), { return vm_is(vm, v, VM_T_MEMORYVIEW) && vm_head(vm, v)->flags & VM_ARRAY; })
/* --- array.c */
vm_value vm_array_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place);
bool vm_array_repr(vm_writer *w, vm_value v);
#else
static inline bool vm_writable_bytes(const vm *vm, vm_value v, uint8_t **data, uint32_t *length) {
    return vm_is(vm, v, VM_T_BYTEARRAY) && vm_bytes_view(vm, v, (const uint8_t **)data, length);
}
#endif

/* --- dict.c: dicts and sets */
vm_value vm_new_dict_sized(vm *vm, uint32_t entries);
vm_value vm_new_set_sized(vm *vm, uint32_t entries);
bool vm_dict_set(vm *vm, vm_value dict, vm_value key, vm_value value);
vm_value vm_dict_get(vm *vm, vm_value dict, vm_value key);                /* VM_NULL: not there, or raised (vm->exception) */
int vm_dict_remove(vm *vm, vm_value dict, vm_value key, vm_value *value); /* 1 done, 0 not there, -1 raised; sets too */
bool vm_dict_next(const vm *vm, vm_value dict, uint32_t *position, vm_value *key, vm_value *value); /* sets too; value may be NULL */
void vm_dict_clear(vm *vm, vm_value dict);
bool vm_dict_update(vm *vm, vm_value dict, vm_value other);
bool vm_dict_update_from(vm *vm, vm_value dict, vm_value source); /* a dict, or an iterable of pairs */
vm_value vm_dict_copy(vm *vm, vm_value dict);                     /* sets too */
bool vm_set_add(vm *vm, vm_value set, vm_value key);
int vm_set_has(vm *vm, vm_value set, vm_value key); /* dicts too; -1 raised */
vm_value vm_set_binary(vm *vm, unsigned op, vm_value a, vm_value b);
vm_value vm_as_set(vm *vm, vm_value v); /* v itself when it is a set, else a set of what it yields */
int vm_dict_equal(vm *vm, vm_value a, vm_value b);
int vm_set_subset(vm *vm, vm_value a, vm_value b);
static inline vm_value vm_attrs_get(vm *vm, vm_value attrs, unsigned name) { return vm_dict_get(vm, attrs, VM_SMALL(name)); }

/* --- iter.c */
vm_value vm_iterate(vm *vm, vm_value v);
bool vm_is_iterator(vm *vm, vm_value v);
vm_value vm_next(vm *vm, vm_value iterator);      /* charged as one instruction. VM_NULL: exhausted, or raised (vm->exception) */
vm_value vm_next_fast(vm *vm, vm_value iterator); /* of a VM_T_ITER */
vm_value vm_iter_type(const vm *vm, vm_value iterator);
int64_t vm_length(vm *vm, vm_value v); /* -1: raised */
int64_t vm_range_length(vm *vm, vm_value range);
vm_value vm_range_item(vm *vm, vm_value range, vm_value index);
vm_value vm_to_list(vm *vm, vm_value iterable); /* a new list */
uint32_t vm_length_hint(vm *vm, vm_value v);
bool vm_unpack(vm *vm, vm_value v, vm_value *out, uint32_t before, int star_after); /* star_after -1: no star */
vm_value vm_new_view(vm *vm, vm_value dict, unsigned kind);

/* --- metaclass.c */
/* type(name, bases, attributes), of a class derived from type, too */
vm_value vm_make_class(vm *vm, vm_value metaclass, unsigned argc, vm_value *argv, unsigned kwc, const uint32_t *kw_words);
#if VM_FEATURE_METACLASSES
vm_value vm_best_metaclass(vm *vm, vm_value metaclass, const vm_value *bases, uint32_t count); /* VM_NULL: they conflict */
#else
static inline vm_value vm_best_metaclass(vm *vm, vm_value metaclass, const vm_value *bases, uint32_t count) {
    return (void)vm, (void)bases, (void)count, metaclass;
}
#endif

/* --- class.c, attr.c */
vm_value vm_type_of(const vm *vm, vm_value v); /* a class, or a type of builtins.def */
void vm_put_type_name(vm_writer *w, vm_value type);
bool vm_is_class(const vm *vm, vm_value v);
bool vm_subclass(const vm *vm, vm_value a, vm_value b);
int vm_is_among(vm *vm, vm_value v, vm_value classes, bool instance); /* -1: raised */
static inline int vm_isinstance(vm *vm, vm_value v, vm_value classes) { return vm_is_among(vm, v, classes, true); }
vm_value vm_new_class(vm *vm, unsigned number, vm_value base, vm_value metaclass);
vm_value vm_new_instance(vm *vm, vm_value class_, unsigned argc, vm_value *argv, unsigned kwc,
                         const uint32_t *kw_words);    /* without __new__ and __init__ */
vm_identity *vm_identity_of(const vm *vm, vm_value v); /* of an instance of any kind */
#if VM_FEATURE_DESCRIPTORS
bool vm_may_pretend(vm *vm, vm_value v);
#else
#define vm_may_pretend(vm, v) false
#endif
bool vm_set_class_attribute(vm *vm, vm_value class_, unsigned name, vm_value value); /* past its metaclass */
vm_value vm_finish_class(vm *vm, vm_value class_, const struct vm_keywords *k);      /* __set_name__, __init_subclass__ */
vm_value vm_class_lookup(vm *vm, vm_value class_, unsigned name);                    /* VM_NULL: none; no exception */
int vm_class_slot(const vm *vm, vm_value class_, unsigned name);                     /* -1: none */
int vm_class_slot_cached(vm *vm, vm_value class_, unsigned name);
static inline bool vm_maybe_property(const vm *vm, unsigned name) { return vm->property_names >> (name & 31) & 1; }
vm_value vm_getattr(vm *vm, vm_value v, unsigned name);
vm_value vm_find_attr(vm *vm, vm_value v, unsigned name); /* VM_NULL without exception when there is none */
bool vm_setattr(vm *vm, vm_value v, unsigned name, vm_value value);
bool vm_delattr(vm *vm, vm_value v, unsigned name);
vm_value vm_load_method(vm *vm, vm_value v, unsigned name, bool *bind); /* *bind: v itself is the first argument */
vm_value vm_super(vm *vm, vm_value class_, vm_value self, unsigned name);
/* What reading class attribute `v` through an object (or, of a class, through the class: object VM_NULL) gives. */
vm_value vm_bind(vm *vm, vm_value v, vm_value object, vm_value class_, unsigned name);
#if VM_FEATURE_RARE
bool vm_set_own(vm *vm, vm_value v, unsigned name, vm_value value); /* value VM_NULL: delete; past the class's descriptors */
void vm_clear_own(vm *vm, vm_value v);

/* --- reflect.c */
vm_value vm_live_dict(vm *vm, vm_value dict, vm_value owner); /* `dict`: from now on its changes are the owner's */
bool vm_live_changed(vm *vm, vm_value dict, vm_value key, vm_value value);
bool vm_set_class(vm *vm, vm_value v, vm_value class_);
vm_value vm_closure_of(vm *vm, vm_value function);
bool vm_is_union(const vm *vm, vm_value v);
vm_value vm_new_union(vm *vm, vm_value a, vm_value b);
bool vm_write_union(vm_writer *w, vm_value v);
#endif
vm_value vm_lookup_after(vm *vm, vm_value type, vm_value class_, unsigned name);
vm_value vm_no_attribute(vm *vm, vm_value v, unsigned name); /* raises */
vm_value vm_slots_before(const vm *vm, vm_value c);          /* the class whose slots come before those of class c */
bool vm_sets_attribute(vm *vm, vm_value v);                  /* a property, or another descriptor that wants to be told of assignments */
int vm_method_number(unsigned type, unsigned name);          /* of a builtin type; -1: none */
void vm_cache_flush(vm *vm);
/* Whether it is of a class of the program, or a builtin exception: its special methods are to be asked first. */
static inline bool vm_is_instance(const vm *vm, vm_value v) {
    if (!vm_is_object(v)) return false;
    const vm_header *h = vm_head(vm, v);
    return h->type == VM_T_INSTANCE || h->type == VM_T_EXCEPTION || h->flags & VM_SUBCLASSED;
}
/* The special method of an instance's class, written in Python; VM_NULL: none. */
vm_value vm_find_special(vm *vm, vm_value v, unsigned name);
#if VM_HOST
static inline vm_value vm_special(vm *vm, vm_value v, unsigned name) {
    return vm_is_instance(vm, v) ? vm_find_special(vm, v, name) : VM_NULL;
}
#else
#define vm_special vm_find_special
#endif
/* Of a type itself, not of a class derived from it. */
static inline bool vm_is_exactly(const vm *vm, vm_value v, unsigned type) {
    return vm_is(vm, v, type) && !(vm_head(vm, v)->flags & VM_SUBCLASSED);
}

/* A class, then what follows it in its order of resolution. */
typedef struct {
    const vm *vm;
    vm_value at;
    const vm_value *rest; /* of the order of a class with several bases */
} vm_walk;
bool vm_walk_on(vm_walk *w); /* false: the end */

/* --- dunder.c: special methods of builtin types */
#if VM_FEATURE_DUNDER
bool vm_has_dunder(unsigned type, unsigned name);
vm_value vm_dunder(vm *vm, unsigned name, unsigned argc, vm_value *argv);
#else
static inline bool vm_has_dunder(unsigned type, unsigned name) { return (void)type, (void)name, false; }
static inline vm_value vm_dunder(vm *vm, unsigned name, unsigned argc, vm_value *argv) {
    return (void)vm, (void)name, (void)argc, (void)argv, VM_NULL; /* nothing has such a method */
}
#endif
vm_value vm_plain_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place); /* builtin types; NotImplemented */
vm_value vm_plain_compare(vm *vm, unsigned op, vm_value a, vm_value b);

/* --- call.c */
typedef vm_value (*vm_native)(vm *vm, unsigned argc, vm_value *argv);
typedef enum { VM_CALL_ERROR, VM_CALL_VALUE, VM_CALL_FRAME } vm_call_result;
vm_value vm_wait_begun(vm *vm, unsigned dest, unsigned kind); /* after VM_WOULD_BLOCK: the call's value for now, or in the end */
/* args[-1] may be overwritten. Keyword values follow the positional ones. dest: of the calling frame's window. VM_CALL_VALUE: in
 * vm->result. */
vm_call_result vm_start_call(vm *vm, vm_value callee, vm_value *args, unsigned argc, unsigned kwc, const uint32_t *kw_words, unsigned dest,
                             unsigned kind);
vm_call_result vm_start_callx(vm *vm, vm_value *base, unsigned dest);           /* CALLX */
vm_value vm_call(vm *vm, vm_value callee, unsigned argc, const vm_value *argv); /* from native code */
vm_value vm_call_method(vm *vm, vm_value method, vm_value self, unsigned argc, const vm_value *argv);
vm_value vm_call_keywords(vm *vm, vm_value callee, vm_value self, unsigned argc, const vm_value *argv, unsigned kwc,
                          const uint32_t *kw_words); /* self VM_NULL: none */
void vm_pop_frame(vm *vm);
vm_frame *vm_caller(const vm *vm, const vm_frame *fp);
vm_value vm_new_segment(vm *vm, uint32_t words); /* of a stack, with room for a window; VM_NULL: raised */
void vm_link_segment(vm *vm, vm_value segment);
vm_value vm_run_frame(vm *vm); /* the frame on top, whose kind is VM_K_BOUNDARY, in a nested run */
bool vm_nest_ok(vm *vm);       /* false: raised, too many nested runs */
vm_value *vm_window_end(vm *vm);
bool vm_push_first(vm *vm, vm_value function);
/* run.c: what native code does with a spent budget, since it cannot give up the slice. false: raised, the program is to end. */
bool vm_out_of_budget(vm *vm);
void vm_end_overrun(vm *vm);             /* run.c: back from a nested run whose budget was extended: the slice ends at the next charge */
bool vm_resolve(vm *vm, uint32_t count); /* run.c: what the imports of vm->native_ids name in this VM; false: raised */
bool vm_push_entry(vm *vm);              /* run.c: the frame of the program's body, with nothing run yet */
vm_value vm_call_native(vm *vm, unsigned number, unsigned argc, vm_value *argv, unsigned kwc, const uint32_t *kw_words);

typedef struct vm_keywords {
    unsigned count;
    const uint32_t *words;
    vm_value *values;
} vm_keywords;
vm_keywords vm_take_keywords(vm *vm, unsigned argc, vm_value *argv);
/* Moves the keywords called names[0..] into out[0..]; one that is not among them is a TypeError of `function`. Missing ones are left alone.
 */
bool vm_match_keywords(vm *vm, const vm_keywords *k, const char *function, unsigned count, const uint16_t *names, vm_value *out);
bool vm_no_keywords(vm *vm, const char *function); /* of the call that is going on; false: raised */
typedef struct {
    const char *function;     /* its name in errors */
    uint16_t count, names[4]; /* VM_NO_NAME: by place only */
} vm_parameters;
enum { VM_NO_NAME = 0xFFFF };
/* What is given by place, then what is given by name, into `out`, which holds the defaults. argv + argc: where the values of keywords
 * begin. */
bool vm_take_arguments(vm *vm, unsigned argc, vm_value *argv, const vm_parameters *p, vm_value *out);

/* --- generator.c */
vm_value vm_new_generator(vm *vm); /* GEN: of the frame on top */
/* Pushes the generator's frame (sent VM_NULL: to raise an exception in it), or VM_CALL_VALUE when it has ended. The current frame is the
 * one that gets what it yields. */
vm_call_result vm_resume(vm *vm, vm_value generator, vm_value sent, unsigned dest, unsigned kind);
vm_value vm_generator_next(vm *vm, vm_value generator);                         /* as vm_next */
vm_value vm_generator_getattr(const vm *vm, vm_value generator, unsigned name); /* gi_running ..., which are in a row */
/* A call of next() or of a method of a generator that needs no C stack; *done false: it is none of these. */
vm_call_result vm_generator_call(vm *vm, unsigned number, unsigned argc, vm_value *argv, unsigned dest, unsigned kind, bool *done);
vm_value vm_delegate(vm *vm, vm_value iterator,
                     vm_value sent);                /* DELEGATE through what is no generator: VM_NULL without exception: its end */
vm_value vm_raise_stop(vm *vm, vm_value value);     /* StopIteration */
void vm_generator_died(vm *vm, vm_value generator); /* an exception left its frame */
#if VM_ASYNC_GENERATORS
vm_value vm_async_ended(vm *vm, vm_value generator); /* what it gives who awaits it when it has ended, or VM_NULL: StopAsyncIteration */
bool vm_async_gave(vm *vm, vm_value generator);      /* whether it may give a value */
#endif

#if VM_FEATURE_UNICODE
vm_value vm_plain_digits(vm *vm, vm_value str); /* unicode.c: decimal digits and spaces beyond ASCII as ASCII has them */
#endif

/* --- ops.c */
bool vm_truth(vm *vm, vm_value v, bool *out); /* false: raised */
vm_value vm_binary(vm *vm, unsigned op, vm_value a, vm_value b, bool in_place);
enum { VM_IN_PLACE = 256 };                                             /* flag of an operator */
vm_value vm_reflected(vm *vm, unsigned op, vm_value a, vm_value b);     /* after the left operand's method said NotImplemented */
vm_value vm_not_reflected(vm *vm, unsigned op, vm_value a, vm_value b); /* after the right one's said so, too */
vm_value vm_any_operator(vm *vm, unsigned op, vm_value a, vm_value b);  /* OPX */
bool vm_bad_operand(vm *vm, vm_value v);                                /* raises: an instruction got what the compiler never gives it */
bool vm_merge_keywords(vm *vm, vm_value callee, vm_value dict, vm_value other);
vm_value vm_unary(vm *vm, unsigned op, vm_value a);
int vm_contains(vm *vm, vm_value container, vm_value item);
vm_value vm_getitem(vm *vm, vm_value v, vm_value index);
bool vm_setitem(vm *vm, vm_value v, vm_value index, vm_value item);
bool vm_delitem(vm *vm, vm_value v, vm_value index);
const char *vm_operator_text(unsigned op);
vm_value vm_unsupported(vm *vm, unsigned op, vm_value a, vm_value b);  /* raises TypeError */
vm_value vm_try_method(vm *vm, unsigned name, vm_value a, vm_value b); /* of a's class, called with b: NotImplemented when there is none */
#if VM_FEATURE_RARE
bool vm_right_first(vm *vm, vm_value a, vm_value b);
bool vm_left_first(vm *vm, vm_value a, vm_value b);
#else
#define vm_right_first(vm, a, b) false
#define vm_left_first(vm, a, b) false
#endif

/* --- compare.c */
bool vm_is_number(const vm *vm, vm_value v);                      /* int, bool or float */
vm_value vm_compare(vm *vm, unsigned op, vm_value a, vm_value b); /* VM_OP_EQ .. VM_OP_GE */
vm_value vm_compare_reflected(vm *vm, unsigned op, vm_value a, vm_value b);
int vm_equal(vm *vm, vm_value a, vm_value b); /* -1: raised */
int vm_less(vm *vm, vm_value a, vm_value b);
int vm_holds(vm *vm, unsigned op, vm_value a, vm_value b); /* of a comparison; -1: raised */
bool vm_hash(vm *vm, vm_value v, uint32_t *out);
int64_t vm_number_hash(vm *vm, vm_value v);

/* --- interp.c */
#define VM_WOULD_BLOCK VM_CONST(31) /* returned by natives: thread.h */
#define VM_YIELD VM_CONST(30)       /* returned by vm_interpret: give up the slice; never seen by a program */
vm_value vm_interpret(vm *vm);
void vm_wait_nested(vm *vm); /* wait for the console inside a nested run */

/* --- natives.c */
#define VM_METHOD_VALUE(n) VM_BUILTIN(VM_B_COUNT + (n)) /* a method of a builtin type, not bound; behind them vm_dunder by name */
typedef struct {
    vm_native function;
    uint8_t min, max; /* of a method: without its object */
    bool keywords, method;
    uint8_t type; /* of the object of a method: number in builtins.def */
} vm_native_info;
bool vm_method_is_static(unsigned number);
bool vm_native_at(unsigned number, vm_native_info *out); /* numbers from VM_B_COUNT on are methods */
/* What can be called with so many arguments and nothing else to be checked: of a method, the object (counted) is of its type; NULL: no. */
vm_native vm_native_ready(unsigned number, unsigned argc);
unsigned vm_method_count(void);
void vm_put_native_name(vm_writer *w, unsigned number); /* as CPython's messages: "len", "list.append" */
unsigned vm_method_name(unsigned number);               /* name id of method number - VM_B_COUNT */
#define VM_TYPE(symbol, module, name, function, min, max) vm_value function(vm *vm, unsigned argc, vm_value *argv);
#define VM_EXC(symbol, module, name, base)
#define VM_FUNC(symbol, module, name, function, min, max) vm_value function(vm *vm, unsigned argc, vm_value *argv);
#define VM_FUNCKW(symbol, module, name, function, min, max) vm_value function(vm *vm, unsigned argc, vm_value *argv);
#define VM_INTCONST(symbol, module, name, value)
#define VM_FLOATCONST(symbol, module, name, value)
#include "builtins.def"
#include "builtins_undef.h"

#endif
