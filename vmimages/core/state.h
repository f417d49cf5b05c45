/* SPDX-License-Identifier: Apache-2.0 */
/* The VM's own state. Not for users of the VM: they have vm.h; what works on it is in rooms.h. */
#ifndef VM_STATE_H
#define VM_STATE_H
#include "object.h"
#include "tables.h"
#include "vm.h"
#include <stdarg.h>
#include <string.h>

#if VM_HOST
#define VM_CACHE_SIZE 1024
#define VM_PTR(vm, v) ((void *)((vm)->base + (v)))
#define VM_REF(vm, p) ((vm_value)((const uint8_t *)(p) - (vm)->base))
#else
#define VM_CACHE_SIZE 32
#define VM_PTR(vm, v) ((void *)(uintptr_t)(v))
#define VM_REF(vm, p) ((vm_value)(uintptr_t)(p))
#endif

/* Small functions that are used everywhere: inline on the host, in small.c on a chip, where a copy in every file is too much flash. */
#if VM_HOST
#define VM_SMALL_FUNCTION(declaration, ...) static inline declaration __VA_ARGS__
#elif defined VM_SMALL_FUNCTIONS_HERE
#define VM_SMALL_FUNCTION(declaration, ...) declaration __VA_ARGS__
#else
#define VM_SMALL_FUNCTION(declaration, ...) declaration;
#endif

#define VM_LIKELY(x) __builtin_expect(!!(x), 1)
#define VM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define VM_COLD __attribute__((noinline, cold))

enum {
    VM_PAGE = 256,
    VM_CLASSES = 9,              /* of cells: 8 for floats, then 8 16 24 32 48 64 80 128 */
    VM_CELL_MAX = 128,           /* larger objects get runs of pages */
    VM_BINS = VM_HOST ? 24 : 12, /* of free runs, by the logarithm of their pages: no chip has a heap of a megabyte */
    VM_ROOTS = 160,
    VM_ROOTS_SPARE = 56,    /* what iterators over iterators and calls from native code leave to those who call them */
    VM_NEST_MAX = 24,       /* C recursion through Python code that native code calls, on a stack that has room for it */
    VM_DEPTH_MAX = 24,      /* C recursion over nested containers: repr, ==, hash */
    VM_CHAINED_MAX = 200,   /* C recursion through iterators over iterators */
    VM_GC_MIN_PAGES = 256,  /* a heap larger than this is collected when it has doubled, not only when it is full */
    VM_STACK_WORDS = 74,    /* of windows in the first segment of the main thread, which makes it 512 bytes */
    VM_STACK_SLACK = 32,    /* words behind a window that native code called from it may use for arguments */
    VM_STACK_LIMIT = 98304, /* bytes of all segments together; half of the heap at most */
};

/* What becomes of the value that a frame returns. */
enum {
    VM_K_DEST,     /* it goes to the caller's register `dest` */
    VM_K_BOUNDARY, /* it is the result of a nested run */
    VM_K_INIT,     /* __init__: must be None; dest holds the instance already */
    VM_K_DROP,
    VM_K_JUMP, /* the fused comparison before the caller's pc: jump when true */
    VM_K_BOOL, /* its truth goes to dest */
    VM_K_NOTBOOL,
    VM_K_BINARY,  /* of the binary operator before the caller's pc: NotImplemented tries the reflected one */
    VM_K_COMPARE, /* the same for comparisons */
    VM_K_FOR,     /* __next__ of the FOR before the caller's pc: StopIteration ends the loop */
    VM_K_STR,     /* must be a str; so the next */
    VM_K_REPR,
    VM_K_TRUTH,            /* must be a bool */
    VM_K_ITER,             /* must be an iterator */
    VM_K_LENGTH,           /* must be an int >= 0 */
    VM_K_REFLECTED,        /* of a reflected binary operator: NotImplemented is a TypeError */
    VM_K_DELEGATE,         /* of the generator that the caller's DELEGATE goes through; dest: its register A */
    VM_K_GENERATOR = 0x40, /* flag: a generator's frame, the generator in the word before the window. Then kind is DEST, BOUNDARY, FOR or
                              DELEGATE and says where what it yields goes */
    VM_K_SEGMENT = 0x80,   /* flag: this frame is the first of its segment */
};

typedef struct {
    uint32_t pc; /* of the word after the instruction being executed, in words from the start of CODE; kept up to date only across calls */
    uint32_t window;   /* reference to register 0 */
    vm_value function; /* VM_T_FUNCTION */
    uint8_t kind;
    uint8_t extent; /* words behind the window that native code called from here uses for arguments */
    uint16_t dest;  /* register of the caller's window; may lie behind it in a nested run */
} vm_frame;

/* A segment of a thread's stack: windows grow up from `data`, frames down from the end. */
typedef struct {
    vm_header h;
    uint32_t size;     /* bytes of the object */
    vm_value previous; /* segment */
    uint32_t resume;   /* reference to the caller's frame, in the previous segment */
    vm_value data[];
} vm_stack;

typedef struct {
    vm_value segment; /* the current one */
    vm_value spare;   /* the one left last, kept until the next collection */
    uint32_t stack_bytes;
    vm_frame *fp; /* NULL: it has ended */
    /* What it waits for, thread.h */
    vm_value object;
    uint32_t token;
    uint64_t until;
    uint8_t wait;  /* VM_WAIT_; 0: it runs */
    uint16_t dest; /* register for the value of the wait */
} vm_thread;

typedef struct {
    uint32_t class_;
    uint16_t name, slot; /* slot 0xFFFF: value is the class attribute, VM_NULL: there is none */
    vm_value value;
} vm_cache_entry;

/* Names and classes are made in rows: without the factor, those of a few classes would all fall into a few places. */
#define VM_CACHE_AT(class_, name) ((((class_) >> 3) * 29 + (name)) & (VM_CACHE_SIZE - 1))

typedef struct {
    uint32_t
        bits; /* small page: a bit for each 8 bytes that starts a cell in use; large object: 1; free run: its pages (in its first page) */
    uint32_t info; /* kind | number << 8: next page with free cells; pages of a large object; first page of a free run */
} vm_page;

typedef struct {
    uint32_t free; /* cells of the current page not yet given out */
    uint32_t page; /* reference to the current page */
    uint32_t list; /* further pages with free cells, VM_NO_PAGE at the end */
} vm_size_class;
#define VM_NO_PAGE 0xFFFFFFu

/* Flags and what is used most come first: ARMv6-M reaches bytes below 32, halfwords below 64 and words below 128 in one instruction. */
struct vm {
    uint8_t status, ending, depth, chained; /* ending: the status to take when the last output is written */
    bool attention;                         /* the thread waits, or output is waiting: give up the slice after this native call */
    bool stop, stopped, loaded;
    bool overrun;    /* the slice is over, but native code could not give it up */
    bool killed;     /* the exception in flight ends the program: nothing may catch it */
    bool last_words; /* the exception that ended the program is being written: the budget is a limit */
    bool reraised;   /* the exception in flight was on its way before: the frame that raises it again is in the trace already */
    bool cache_used, gc_off;
    bool raise_first; /* vm->exception is to be raised before the next instruction */
    bool interrupted; /* KeyboardInterrupt is to be */
    uint16_t nest, trace_count;
#if VM_FEATURE_METACLASSES
    uint16_t class_number; /* of the class statement whose metaclass is being called */
    uint16_t class_count;
    bool class_pending; /* its class is not made yet */
#endif
    vm_value plain; /* an instance whose class's special methods are passed over: its builtin base's method runs */
#if VM_HOST
    uint8_t *base;
    size_t block_size;
#endif
    vm_value exception; /* in flight, VM_NULL: none */
    vm_value result;    /* of a native call, and of the program's end */
    unsigned root_count;
    vm_thread thread;
    int32_t budget, slice;
    vm_hal *hal;
    vm_value *roots; /* VM_ROOTS */
    vm_page *pages;
    vm_value *globals;
    vm_value *imports;
    const uint32_t *code;
    const vbc_func *functions;

    /* keyword arguments of the native call that is about to happen */
    unsigned kw_count;
    const uint32_t *kw_words; /* name id << 16 */

    /* further roots */
    vm_value trace_of, memory_error, dynamic_names;
    uint32_t property_names;       /* bit name % 32 of each name by which some class has a property: no other name needs a look for one */
    vm_value output;               /* bytearray of console output not yet taken, or VM_NULL */
    vm_value *bind_from, *bind_to; /* arguments being arranged, outside all windows; NULL: none */

    const uint32_t *native_ids; /* of imports */
#if VM_FEATURE_REPL
    vm_value parts, new_constants; /* repl.c: sections that have grown */
    uint16_t started;              /* number of the line started last */
#endif
#if VM_FEATURE_DEBUG
    vm_value debug; /* debug.c's state, VM_NULL: nobody debugs */
#if VM_HOST
    uint64_t *counts; /* of instructions by word of CODE, or NULL */
#endif
#endif

    /* heap */
    uint32_t heap, heap_bytes, page_count;
    uint32_t bin_bits;
    uint32_t pages_taken, pages_limit; /* since the last collection */
    uint32_t used, peak;               /* bytes; cells of current pages count as used */
    uint32_t gc_count;

    /* running */
    int32_t quantum;   /* the slice as it was given: instructions between two polls where it cannot be given up */
    uint32_t unpolled; /* instructions of this slice since the last poll that are in `charged` */
    uint32_t output_done;
    uint64_t charged;   /* instructions before this slice */
    uint64_t switch_at; /* number of the instruction at which another thread gets its turn */
    vm_value channels;  /* thread.h */
#if VM_FEATURE_THREADS
    vm_value threads, current; /* in the order of their start, the main thread first; VM_NULL: there never was another one */
    uint16_t last_thread;
#endif
    uint64_t wake_time;
    uint32_t random[2];           /* lib/random.c; zeros: not seeded */
    const struct vm_chain *chain; /* containers whose repr is being written, on the C stack */

    /* program */
    const uint8_t *image;
    const uint16_t *extra;      /* of functions */
    const uint16_t *attr_names; /* those that instructions count */
    const vbc_class *classes;
    const vbc_module *modules;
    const uint16_t *slots;
    const uint32_t *name_offsets;        /* NULL: stripped */
    const uint16_t *global_names, *defs; /* NULL: stripped */
    uint32_t consts;                     /* reference to CONST */
    uint16_t name_count, function_count, global_count;
    vm_value globals_array, imports_array;

#if VM_PACKED_TEXTS
    char name_text[VM_NAME_MAX]; /* of vm_name_text, until it is called again */
#endif
    vm_size_class size_class[VM_CLASSES];
    uint32_t bins[VM_BINS];
    uint32_t trace[VM_TRACE_MAX]; /* traceback of trace_of, innermost call first while unwinding */
    vm_cache_entry cache[VM_CACHE_SIZE];

    /* what stays when another program is loaded */
    uint8_t *memory; /* what the image's copy (host) and the heap share */
    size_t memory_size;
    void (*poll)(void *context);
    void *poll_context;
#if VM_HOST
    bool line_served; /* the poll function serves the line that the console goes to; on a chip it always does */
#endif
    uintptr_t
        stack_end; /* C code that recurses keeps above this address plus what the roots take; 0 (host): no limit but the counts above */
#if VM_HOST
    bool narrow; /* see vm_narrow */
    vm_value own_roots[VM_ROOTS];
#endif
};

struct vm_writer;

/* --- C recursion. The counts are the same on host and board; a small stack ends sooner. */
static inline bool vm_stack_low(const vm *vm) {
    return (uintptr_t)__builtin_frame_address(0) < vm->stack_end + vm->root_count * sizeof(vm_value);
}
bool vm_enter(vm *vm, const char *doing); /* one deeper (vm->depth--, afterwards); false: RecursionError, "... depth exceeded" + doing */

/* --- access */
static inline vm_header *vm_head(const vm *vm, vm_value v) {
    (void)vm;
    return VM_PTR(vm, v);
}
static inline unsigned vm_object_type(const vm *vm, vm_value v) { return vm_is_object(v) ? vm_head(vm, v)->type : 0; }
static inline bool vm_is(const vm *vm, vm_value v, unsigned type) { return vm_is_object(v) && vm_head(vm, v)->type == type; }
#define VM_ACCESS(name, struct_)                                                                                                           \
    static inline struct_ *name(const vm *vm, vm_value v) {                                                                                \
        (void)vm;                                                                                                                          \
        return VM_PTR(vm, v);                                                                                                              \
    }
VM_ACCESS(vm_str_of, vm_str)
VM_ACCESS(vm_bytearray_of, vm_bytearray)
VM_ACCESS(vm_tuple_of, vm_tuple)
VM_ACCESS(vm_list_of, vm_list)
VM_ACCESS(vm_dict_of, vm_dict)
VM_ACCESS(vm_table_of, vm_table)
VM_ACCESS(vm_range_of, vm_range)
VM_ACCESS(vm_iter_of, vm_iter)
VM_ACCESS(vm_view_of, vm_view)
VM_ACCESS(vm_cell_of, vm_cell)
VM_ACCESS(vm_function_of, vm_function)
VM_ACCESS(vm_method_of, vm_method)
VM_ACCESS(vm_wrapper_of, vm_wrapper)
VM_ACCESS(vm_class_of, vm_class)
VM_ACCESS(vm_instance_of, vm_instance)
VM_ACCESS(vm_exception_of, vm_exception)
VM_ACCESS(vm_stack_of, vm_stack)
VM_ACCESS(vm_generator_of, vm_generator)
static inline vm_value *vm_list_items(const vm *vm, const vm_list *l) {
    (void)vm;
    return ((vm_tuple *)VM_PTR(vm, l->array))->items;
}
/* Not by memcpy: for ARMv6-M that is a call. Cells are 8-aligned, and nothing is built with strict aliasing. */
static inline double vm_float_of(const vm *vm, vm_value v) {
    (void)vm;
    return *(const double *)VM_PTR(vm, v - 4);
}
/* The float that an instance of a class derived from float holds; any other value as it is. */
static inline vm_value vm_bare(const vm *vm, vm_value v) {
    return VM_FEATURE_FLOAT_CLASSES && vm_is(vm, v, VM_T_FLOAT) ? ((vm_boxed_float *)VM_PTR(vm, v))->number : v;
}
static inline const vbc_func *vm_func_of(const vm *vm, vm_value function) { return &vm->functions[vm_head(vm, function)->aux]; }

#endif
