/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's insides, shared by the rooms of the emulator library. Of every machine: machine.c (building, power, run loop), bus.c,
 * events.c, pins.c, serial.c and so on. Of those with one kind of core: core_class.h says where kinds differ; cpu/, nvic.c, scs.c, dwt.c,
 * fpb.c, mpu.c and dap.c are Cortex-M, cpu/rv32/ is RISC-V. Devices need device.h only. */
#ifndef VMRIG_EMU_MACHINE_H
#define VMRIG_EMU_MACHINE_H

#include "device.h"

#define EMU_MEMORY_MAX 16
#define EMU_DEVICE_MAX 128
#define EMU_WINDOW_MAX 2
#define EMU_PAGE_BITS 12
#define EMU_PAGE_SIZE (1u << EMU_PAGE_BITS)
#define EMU_PAGE_COUNT (1u << (32 - EMU_PAGE_BITS))
#define EMU_UNMODELLED_MAX 1024
#define EMU_EXCEPTION_WORDS 8 /* 256 exception numbers */
#define EMU_CLOCKS 16         /* changes of the clock that are remembered */
#define EMU_DWT_COMPARATORS 4
#define EMU_FPB_COMPARATORS 8 /* of instructions, then of literals */

#define EMU_LIKELY(x) __builtin_expect(!!(x), 1)
#define EMU_UNLIKELY(x) __builtin_expect(!!(x), 0)

struct emu_pins;   /* pins.h */
struct emu_serial; /* serial.h */
struct emu_code_page;
struct emu_commons;    /* commons.h */
struct emu_core_class; /* core_class.h */

typedef struct {
    struct emu_code_page *page;
    bool dirty; /* stale: to be dropped or cleared before the next instruction */
} emu_code_entry;

/* --- memories ------------------------------------------------------------------------------------------------------ */

struct emu_memory {
    char name[32];
    emu_memory_kind kind;
    uint32_t base;
    uint32_t size;
    uint8_t erased;
    uint8_t *bytes;         /* shared by all windows onto one memory */
    emu_memory *origin;     /* the memory whose contents these are: itself, or that of which it is an alias */
    emu_device *controller; /* of the origin */
    bool mapped;            /* bytes are a mapping of a file that keeps them */
    bool unmapped;          /* on no bus */
    uint32_t from;          /* offset of the first byte in the origin: not 0 for a page of a window only */
    /* Non-volatile memory: the last image taken of the contents (snapshot.c), and by page what has changed since. NULL: none taken. */
    struct emu_image *image;
    uint8_t *changed;
};

/* --- what the core has --------------------------------------------------------------------------------------------- */

/* Derived from the configuration once, by emu_features_set: nothing else asks for the name of a core. */
typedef struct {
    bool v7m; /* else ARMv6-M: 16-bit Thumb and six 32-bit instructions, HardFault for everything, words only in the system space */
    bool dsp; /* the E of ARMv7E-M, with APSR.GE */
    bool fpu;
    bool vtor;
    bool unprivileged; /* thread mode can be unprivileged: not on Cortex-M0 */
    uint32_t vtor_mask;
    uint8_t mpu_regions;
    uint8_t priority_bits;
    uint8_t dwt_comparators, fpb_code, fpb_literal;
} emu_features;

/* --- trace.c ----------------------------------------------------------------------------------------------------------- */

bool emu_trace_full(const emu_machine *m);
/* With m->trace only. */
void emu_trace_instruction(emu_machine *m, uint32_t pc, uint64_t cycle);
void emu_trace_access(emu_machine *m, uint32_t address, unsigned size, uint32_t value, bool write);
void emu_trace_exception(emu_machine *m, unsigned number, bool entry);

/* --- touched.c ----------------------------------------------------------------------------------------------------- */

typedef struct {
    emu_touched *list;
    uint16_t *index; /* hash table of twice the list's capacity: index into it + 1, 0: free */
    uint32_t count, capacity, last;
} emu_touched_table;

void emu_touch_new(emu_machine *m, uint32_t address, bool write);
void emu_touch_unmodelled(emu_machine *m, uint32_t address);
bool emu_touched_copy(emu_machine *to, const emu_machine *from); /* false: no memory left */
void emu_touched_forget(emu_machine *m);

/* --- events -------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t at;
    uint64_t order; /* (device index + 1) << 32 | id; the core's own timers come first: EMU_OWN_* */
    emu_device *device;
    uint32_t id;
    bool in_time; /* due at a time: `at` moves when the clock changes */
} emu_event;

#define EMU_RESCUE 15u /* instance number of the rescue debug port */

enum { EMU_OWN_SYSTICK = 0, EMU_OWN_LOCKUP = 1, EMU_OWN_COUNT = 2 };

/* --- the core ------------------------------------------------------------------------------------------------------ */

/* S0..S31 of the floating point unit follow the core's own, so that a load or a move does not care which kind it has. */
enum { EMU_R_TEMP = 16, EMU_R_ZERO = 17, EMU_R_S0 = 18, EMU_R_COUNT = EMU_R_S0 + 32 };

enum { /* exception numbers */
       EMU_EXC_RESET = 1,
       EMU_EXC_NMI = 2,
       EMU_EXC_HARDFAULT = 3,
       EMU_EXC_MEMMANAGE = 4,
       EMU_EXC_BUSFAULT = 5,
       EMU_EXC_USAGEFAULT = 6,
       EMU_EXC_SVCALL = 11,
       EMU_EXC_DEBUGMONITOR = 12,
       EMU_EXC_PENDSV = 14,
       EMU_EXC_SYSTICK = 15,
       EMU_EXC_IRQ0 = 16,
};

typedef struct {
    uint32_t r[EMU_R_COUNT]; /* r13: the stack pointer in use; r15: the next instruction's address while the interpreter is not running */
    /* Flags, lazily: N is the sign of nz, Z means that its low word is 0, so that a result sets both; V is bit 31 of v. */
    int64_t nz;
    uint32_t c; /* 0 or 1 */
    uint32_t v;
    uint32_t q;         /* 0 or 1 */
    uint32_t ge;        /* 4 bits */
    uint32_t sp_banked; /* the stack pointer not in use */
    uint32_t ipsr;
    uint32_t primask, faultmask, basepri, control; /* control: bit 0 nPRIV, bit 1 SPSEL, bit 2 FPCA */
    uint8_t itstate;
    bool thumb; /* EPSR.T */
    bool sleeping;
    bool sleep_for_event; /* asleep in WFE rather than WFI */
    bool event_register;
    bool lockup;
    bool halted;
    bool exclusive;
    uint32_t fpscr;
    uint32_t fp_mode; /* cpu/fp.h: what keeps a floating point instruction from the short way; follows from the rest of the state */

    /* Why an access failed: read by the run loop when the interpreter leaves for a fault. */
    uint32_t fault_cfsr; /* bit of CFSR */
    uint32_t fault_address;
} emu_cpu;

typedef struct {
    uint32_t pending[EMU_EXCEPTION_WORDS]; /* bit n: exception number n, system exceptions included */
    uint32_t active[EMU_EXCEPTION_WORDS];
    uint32_t enabled[EMU_EXCEPTION_WORDS]; /* of external interrupts */
    uint32_t level[EMU_EXCEPTION_WORDS];   /* state of the lines */
    uint8_t priority[256];                 /* unimplemented low bits are 0 */
} emu_nvic;

typedef struct {
    uint32_t vtor, prigroup, scr, ccr, shcsr_enable, cfsr, hfsr, dfsr, mmfar, bfar, afsr, cpacr, actlr;
    /* SysTick: counts core cycles (emu_core_cycles); value at the cycle `base`, exact from there by arithmetic */
    uint32_t syst_csr, syst_rvr, syst_cvr;
    uint64_t syst_base;
    bool syst_countflag;
    uint32_t fpccr, fpcar, fpdscr;
} emu_scs;

typedef struct {
    uint32_t dhcsr; /* C_* bits as written */
    bool s_reset_st, s_retire_st;
    uint32_t dcrdr, demcr;
    bool halt_request; /* EDBGRQ-like: halt before the next instruction, DFSR bits in halt_dfsr */
    uint32_t halt_dfsr;
    bool step_over;     /* the breakpoint at the next instruction does not count */
    bool catching;      /* vector catch: halt on entry of the exception that was raised */
    bool halted_inside; /* halted in this emu_run call */
} emu_debug;

typedef struct {
    uint32_t ctrl;
    uint32_t cyccnt; /* value at the core cycle cyccnt_base */
    uint64_t cyccnt_base;
    uint32_t comp[EMU_DWT_COMPARATORS], mask[EMU_DWT_COMPARATORS], function[EMU_DWT_COMPARATORS]; /* function bit 24: MATCHED */
    bool watching; /* some comparator looks at data accesses */
    bool pc_matching;
} emu_dwt;

typedef struct {
    uint32_t ctrl, remap, comp[EMU_FPB_COMPARATORS];
    bool remapping; /* some comparator replaces what is in memory */
} emu_fpb;

typedef struct {
    uint32_t ctrl, rnr, rbar[8], rasr[8];
    bool used; /* was enabled since the last reset */
} emu_mpu;

#define EMU_PMP_ENTRIES 16
#define EMU_RV_BREAKPOINTS 64
#define EMU_RV_TRIGGERS 8

/* Of a RISC-V core; x0 to x31 are cpu.r[0] to [31]. */
typedef struct {
    uint32_t pc;     /* the next instruction's address while the interpreter is not running */
    uint32_t line;   /* that the interrupt controller asks for, 0: none */
    uint32_t levels; /* of lines, where the chip has no controller of its own */
    uint8_t mode;    /* 0 user, 3 machine */
    bool guarded;    /* physical memory protection has a say in this mode; follows from the rest */
    bool redirected; /* pc was set from outside while an instruction was under way */
    bool attached;   /* a debugger is */
    bool stepping;
    uint32_t mstatus, mtvec, mscratch, mepc, mcause, mtval;
    uint32_t mpcer, mpcmr, mpccr; /* Espressif's: the count is mpccr and what has happened since counted_from */
    uint64_t counted_from;
    uint32_t mie, mcountinhibit, mcounteren; /* the manual's */
    struct {
        uint64_t count, from; /* what it was at `from`; it stands still while inhibited */
    } counter[2];             /* mcycle, minstret */
    uint32_t tselect, tcontrol, tdata1[EMU_RV_TRIGGERS], tdata2[EMU_RV_TRIGGERS];
    bool watching;         /* some trigger looks at loads or stores; follows from the rest */
    uint64_t running_from; /* during an instruction: the cycle up to which `instructions` counts */
    uint8_t pmpcfg[EMU_PMP_ENTRIES];
    uint32_t pmpaddr[EMU_PMP_ENTRIES];
    uint32_t breakpoint_count;
    uint32_t breakpoint[EMU_RV_BREAKPOINTS];
} emu_rv;

/* Tables by 4 KB page, as the core uses them; one behind the other. */
typedef struct {
    uintptr_t *read, *write, *code;
} emu_view;

typedef struct {
    uint32_t ctrl_stat, select, rdbuff;
    bool sticky_error;
    uint32_t csw, tar;
    uint32_t itm_tcr, itm_ter, tpiu_protocol, tpiu_prescaler;
} emu_dap;

/* How the interpreter polls a status register: see poll.c. */
typedef struct {
    uint64_t hint_until;  /* set by emu_poll_hint during a device read, 0: no hint */
    uint32_t idle_writes; /* since that read: emu_poll_idle_write */
    uint64_t debug_until; /* the hint of the debugger's last read */
    uint32_t pc;
    uint32_t value;
    uint64_t at;
    uint64_t accesses; /* device accesses counted before that read */
    uint32_t r[32];
    int64_t nz;
    uint32_t c, v;
    bool valid;
    bool disabled;        /* for tests: every turn is run */
    uint32_t pause;       /* reads that are not looked at */
    uint32_t rejected_pc; /* a loop that cannot be skipped, not worth another look until the code changes */
    uint64_t skipped_turns;
} emu_poll;

enum {                     /* why the interpreter must come back to the run loop after the instruction */
       EMU_ATTN_IRQ = 1,   /* pending exceptions or masks have changed */
       EMU_ATTN_EVENT = 2, /* an event is due earlier than the slice ends */
       EMU_ATTN_RESET = 4,
       EMU_ATTN_HALT = 8,
       EMU_ATTN_CODE = 16, /* decoded code is stale */
       EMU_ATTN_STALL = 32,
};

struct emu_machine {
    /* State: plain data, copied by snapshots up to `state_end`. No pointers, nothing of the configuration. */
    emu_cpu cpu;
    uint32_t attention; /* EMU_ATTN_* */

    /* Time. Inside the interpreter now is exact only during device accesses; budget counts down to `limit`. */
    uint64_t now;
    uint64_t limit;         /* cycle at which the slice ends */
    int64_t budget;         /* instructions left in the slice, while the interpreter hands over */
    uint64_t instructions;  /* retired, valid outside the interpreter */
    uint64_t halted_cycles; /* cycles spent halted: core cycles (SysTick, CYCCNT) = now - halted_cycles */
    uint64_t stall_until;
    uint64_t device_accesses;
    struct {
        uint64_t hz;     /* cycles in a virtual second, */
        uint64_t from;   /* since this cycle, */
        uint64_t ns;     /* which was at this time */
    } clock[EMU_CLOCKS]; /* [0]: now; then the ones before */

    bool powered;
    bool reset_pin;
    bool reset_requested;
    bool held;                /* emu_core_hold */
    uint32_t usb_device;      /* emu_usb_connect */
    uint64_t turn_end;        /* of the first of two cores: both run, the second one follows up to here; 0: no turn under way (cores.c) */
    bool debug_locked;        /* emu_debug_lock */
    bool download_mode;       /* emu_set_download_mode */
    uint64_t download_active; /* emu_download_active */
    emu_reset_kind reset_kind;

    emu_debug debug;
    emu_poll poll;
    union { /* by the kind of core */
        struct {
            emu_nvic nvic;
            emu_scs scs;
            emu_dwt dwt;
            emu_fpb fpb;
            emu_mpu mpu;
            emu_dap dap;
        };
        emu_rv rv;
    };
    char state_end;

    /* Tables by 4 KB page: host address of the page minus its address, 0: take the slow path. */
    uintptr_t *read_table;
    uintptr_t *write_table;
    uintptr_t *code_table;              /* decoded operations: address of slot 0 minus 8 * page address, 0: none yet */
    emu_view views[3];                  /* [0]: the tables above; what the MPU leaves of them unprivileged and privileged code: mpu.c */
    const emu_view *view;               /* the one in use */
    bool has_views;                     /* views[1] and [2] exist */
    struct emu_code_page *scratch_page; /* for single instructions */
    emu_code_entry *code_pages;
    size_t code_count, code_capacity;
    uint64_t code_decoded_at; /* cycle of the last decoding */
    bool code_unpublished;    /* there are pages that could be shared */
    bool code_dirty;
    uint32_t code_kind; /* the features of the core that change what instructions mean */
    struct emu_commons *commons;
    const void *const *handlers;
    const struct emu_op *op; /* the operation under way, during calls out of the interpreter; else NULL */

    const struct emu_core_class *cls;
    emu_machine_config config;
    emu_features feature; /* of a Cortex-M */
    emu_memory *memories[EMU_MEMORY_MAX];
    size_t memory_count;
    emu_window *windows[EMU_WINDOW_MAX]; /* of the first core */
    size_t window_count;
    emu_device *devices[EMU_DEVICE_MAX];
    size_t device_count;
    /* Which device answers, by 1 MB: number of the block that says so by 1 KB, 0: none; there: index of the device + 1 */
    uint8_t mmio[4096];
    uint8_t (*mmio_blocks)[1024];
    uint8_t mmio_block_count;
    emu_device *debug_guard;    /* emu_debug_guard, NULL: none */
    emu_device *irq_controller; /* emu_irq_controller, NULL: the core has its own */
    emu_device *fallback;       /* emu_bus_fallback, NULL: none */
    bool linked;                /* every device's `link` was called */
    bool debug_access;          /* the access under way comes from the debug port */
    bool access_refused;        /* emu_access_refuse, during the access under way */

    emu_event *events; /* sorted, the next one last */
    size_t event_count, event_capacity;

    emu_unmodelled *unmodelled; /* NULL: nothing logged yet */
    size_t unmodelled_count, unmodelled_capacity;
    emu_touched_table touched;
    struct emu_trace *trace; /* NULL: nothing is recorded */
    bool trace_each;         /* every instruction is, so each is run alone */

    emu_machine *first;  /* of its cores: itself, unless it is the second one */
    emu_machine *second; /* of the first core: the other one; NULL: there is none */
    emu_machine *active; /* of the first core: whose access devices see */
    emu_machine *rescue; /* of the first core: a debug port without a core, only `dap` of it is used; NULL: there is none */
    unsigned core;       /* 0 or 1; EMU_RESCUE */

    struct emu_pins *pins;     /* pins.c: emu_pins_new(m), emu_pins_free, emu_pins_reset */
    struct emu_serial *serial; /* serial.c: likewise */
};

/* --- what every access to a device goes through ------------------------------------------------------------------------- */

static inline emu_machine *emu_active_core(emu_machine *m) { return m->first->active; }

static inline emu_device *emu_device_at(emu_machine *m, uint32_t address) {
    m = m->first;
    uint8_t block = m->mmio[address >> 20];
    if (!block) return NULL;
    uint8_t index = m->mmio_blocks[block - 1][address >> 10 & 1023];
    return index ? m->devices[index - 1] : NULL;
}

/* Counts an access by the core; programs come back to the same word. */
static inline void emu_touch(emu_machine *m, uint32_t address, bool write) {
    emu_touched_table *t = &m->first->touched;
    emu_touched *e = t->last < t->count ? &t->list[t->last] : NULL;
    if (!e || e->address != (address & ~3u)) {
        emu_touch_new(m, address & ~3u, write);
        return;
    }
    uint32_t *count = write ? &e->writes : &e->reads;
    if (*count != UINT32_MAX) ++*count;
}

/* --- bus.c --------------------------------------------------------------------------------------------------------- */

typedef enum {
    EMU_BUS_OK,
    EMU_BUS_ERROR,   /* nobody is there */
    EMU_BUS_REFUSED, /* who is there answers with an error, to the debugger too */
} emu_bus_result;

/* size 1, 2 or 4, address aligned to it. */
emu_bus_result emu_bus_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
emu_bus_result emu_bus_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value);
void emu_bus_refresh_tables(emu_machine *m);                                 /* after watchpoints or code pages changed */
void emu_bus_refresh_page(emu_machine *m, emu_memory *mem, uint32_t offset); /* the page of a memory's byte offset, in every window */
void emu_bus_changed(emu_machine *m, emu_memory *mem, uint32_t offset, size_t length);                   /* decoded code there is stale */
bool emu_bus_has_code(const emu_machine *m, const emu_memory *origin, uint32_t offset, uint32_t length); /* decoded, in any view */
void emu_bus_refresh_at(emu_machine *m, uint32_t page_base);
bool emu_bus_nobody(emu_machine *m, uint32_t address); /* neither memory nor anything of the chip or the core */

/* --- windows.c ----------------------------------------------------------------------------------------------------- */

emu_memory *emu_window_at(emu_machine *m, uint32_t address); /* the page mapped there, NULL: none */
/* Every part of the address space that shows some of the same contents: memories, then pages of windows. *i counts; NULL: no more. Of what
 * it gives, the first byte is `from` in the origin. */
emu_memory *emu_view_next(const emu_machine *m, const emu_memory *origin, size_t *i);
void emu_windows_free(emu_machine *m);
void emu_windows_refresh(emu_machine *m); /* the tables, see emu_bus_refresh_tables */

/* --- events.c ------------------------------------------------------------------------------------------------------ */

void emu_own_schedule(emu_machine *m, uint32_t which, uint64_t at);
void emu_own_cancel(emu_machine *m, uint32_t which);
void emu_events_run(emu_machine *m); /* everything due at m->now */
void emu_events_clear(emu_machine *m);
void emu_events_rescale(emu_machine *m, uint32_t old_hz, uint32_t new_hz);

void emu_events_put(emu_machine *m, const emu_event *events, size_t count); /* in their order; devices are taken from the orders */

/* --- cores.c ------------------------------------------------------------------------------------------------------- */

typedef struct {
    emu_machine *active;
    uint64_t now;
    uint32_t attention;
    bool debug_access;
} emu_turn;

bool emu_core_alloc(emu_machine *m); /* pages and handlers; false: out of memory */
void emu_core_dealloc(emu_machine *m);
bool emu_core_make_views(emu_machine *m); /* tables of their own for privileged and unprivileged code; false: they were there */
bool emu_second_new(emu_machine *m);      /* false: out of memory */
void emu_second_free(emu_machine *m);
bool emu_rescue_new(emu_machine *m);  /* false: out of memory */
void emu_second_sync(emu_machine *m); /* memories or devices were added */
/* Around an access of the second core to a device: devices see it, and its time. */
emu_turn emu_turn_take(emu_machine *second);
void emu_turn_end(emu_machine *second, emu_turn turn);
void emu_run_pair(emu_machine *m, uint64_t target); /* until then, or until a core halts */

/* --- machine.c ----------------------------------------------------------------------------------------------------- */

void emu_place_device(emu_machine *m, emu_device *d); /* the last step of emu_add_device: it is on the bus now */
void emu_link_devices(emu_machine *m);
void emu_apply_reset(emu_machine *m);           /* if one was requested */
void emu_reset_core(emu_machine *m);            /* this core alone */
void emu_look(emu_machine *m);                  /* at what must be looked at between any two instructions */
void emu_rescue(emu_machine *m);                /* the rescue debug port resets the chip */
void emu_pass(emu_machine *m, uint64_t until);  /* time without instructions */
uint64_t emu_core_cycles(const emu_machine *m); /* cycles during which the core was not halted */
uint32_t emu_cpu_pc(const emu_machine *m);      /* of the instruction under way, or the next one */
static inline void emu_attention(emu_machine *m, uint32_t why) { m->attention |= why; }

/* --- debug_access.c: memory as a debugger sees it ---------------------------------------------------------------------- */

bool emu_debug_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value); /* false: fault */
bool emu_debug_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value);

/* --- nvic.c, scs.c, dwt.c, fpb.c --------------------------------------------------------------------------------------- */

void emu_nvic_reset(emu_machine *m);
int emu_nvic_execution_priority(const emu_machine *m);
unsigned emu_nvic_pending(const emu_machine *m, int below);      /* the exception to take that preempts priority `below`, 0: none */
int emu_nvic_priority(const emu_machine *m, unsigned exception); /* -3..255 */
int emu_nvic_group_priority(const emu_machine *m, int priority);
bool emu_nvic_wakes(const emu_machine *m); /* something pends that ends WFI */
void emu_nvic_set_pending(emu_machine *m, unsigned exception, bool on);
bool emu_nvic_is_pending(const emu_machine *m, unsigned exception);
bool emu_nvic_is_active(const emu_machine *m, unsigned exception);
void emu_nvic_set_active(emu_machine *m, unsigned exception, bool on);
void emu_nvic_set_line(emu_machine *m, unsigned irq, bool level);

void emu_scs_reset(emu_machine *m, bool power_on);
/* The private peripheral bus, 0xE0000000..0xE00FFFFF. */
emu_bus_result emu_ppb_read(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
emu_bus_result emu_ppb_write(emu_machine *m, uint32_t address, unsigned size, uint32_t value);
void emu_systick_event(emu_machine *m);
void emu_systick_halt(emu_machine *m);
void emu_systick_resume(emu_machine *m);

/* debugreg.c; offset in the system control space */
void emu_debug_halt(emu_machine *m, uint32_t dfsr);
void emu_debug_resume(emu_machine *m);
void emu_debug_breakpoint(emu_machine *m, bool hardware); /* at r15: BKPT, or FPB or DWT PC match */
bool emu_debug_monitor_steps(const emu_machine *m);       /* DEMCR.MON_STEP is at work */
bool emu_debug_monitor_event(emu_machine *m,
                             uint32_t dfsr_bit); /* false: the monitor is off or may not interrupt, and does not hear of it */
uint32_t emu_debugreg_read(emu_machine *m, uint32_t offset);
void emu_debugreg_write(emu_machine *m, uint32_t offset, uint32_t value);

uint32_t emu_dwt_read(emu_machine *m, uint32_t offset);
void emu_dwt_write(emu_machine *m, uint32_t offset, uint32_t value);
void emu_dwt_reset(emu_machine *m);
void emu_dwt_before_trcena(emu_machine *m); /* around a change of DEMCR.TRCENA */
void emu_dwt_after_trcena(emu_machine *m);
bool emu_dwt_covers_page(const emu_machine *m, uint32_t page_base);
void emu_dwt_access(emu_machine *m, uint32_t address, unsigned size, bool write, uint32_t value); /* of the core: watchpoints */
bool emu_dwt_matches_pc(const emu_machine *m, uint32_t address);
void emu_dwt_pc_hit(emu_machine *m, uint32_t address);

uint32_t emu_fpb_read(emu_machine *m, uint32_t offset);
void emu_fpb_write(emu_machine *m, uint32_t offset, uint32_t value);
void emu_fpb_reset(emu_machine *m);
bool emu_fpb_matches(const emu_machine *m, uint32_t address); /* of a halfword: a breakpoint */
/* While fpb.remapping: what stands in for the memory at this address. false: nothing does. */
bool emu_fpb_literal(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
bool emu_fpb_instruction(emu_machine *m, uint32_t address, uint16_t *halfword);
bool emu_fpb_covers_page(const emu_machine *m, uint32_t page_base);

/* --- snapshot.c ----------------------------------------------------------------------------------------------------------- */

void emu_memory_forget_image(emu_memory *mem);

/* --- dap.c ------------------------------------------------------------------------------------------------------------ */

void emu_dap_reset(emu_machine *m);
bool emu_dap_powered_up(const emu_machine *m); /* the debugger requests power */
uint32_t emu_coresight_id(uint32_t component_base, uint32_t offset, const emu_machine *m, bool *known);

/* --- mpu.c --- */

enum { EMU_MAY_READ = 1, EMU_MAY_WRITE = 2, EMU_MAY_EXECUTE = 4 };
/* Of an access that does not cross a multiple of 32 bytes. */
bool emu_mpu_permits(const emu_machine *m, uint32_t address, unsigned access, bool privileged);
void emu_mpu_refresh_page(emu_machine *m, uint32_t page); /* with has_views: after its entries in the tables have changed */
void emu_mpu_select(emu_machine *m);                      /* before instructions run: privilege or the unit may have changed */
void emu_mpu_restored(emu_machine *m);                    /* after `mpu` was put in place from a snapshot */
void emu_mpu_reset(emu_machine *m);
uint32_t emu_mpu_read(emu_machine *m, uint32_t offset);
void emu_mpu_write(emu_machine *m, uint32_t offset, uint32_t value);

/* --- features.c --- */

bool emu_features_set(emu_machine *m, char error[EMU_ERROR_MAX]);
bool emu_encoding_exists(const emu_machine *m, uint16_t h1,
                         uint16_t h2); /* false: UNDEFINED, whatever the decoder of ARMv7E-M makes of it */

/* --- cpu/ --------------------------------------------------------------------------------------------------------------- */

typedef enum {
    EMU_LEAVE_BUDGET, /* the next run does not fit, or the slice is used up */
    EMU_LEAVE_ATTENTION,
    EMU_LEAVE_JUMP,       /* r15 is in a page without decoded code, or T is clear */
    EMU_LEAVE_FAULT,      /* cpu.fault_* */
    EMU_LEAVE_EXC_RETURN, /* cpu.fault_address holds EXC_RETURN */
    EMU_LEAVE_SVC,
    EMU_LEAVE_BKPT,    /* a BKPT instruction at r15 */
    EMU_LEAVE_HW_BKPT, /* FPB or DWT PC match at r15 */
    EMU_LEAVE_SLEEP,   /* WFI or WFE went to sleep */
    EMU_LEAVE_STEPPED,
    EMU_LEAVE_STEP_ONE, /* the instruction at r15 must be run alone */
} emu_leave;

void emu_cpu_reset(emu_machine *m);     /* SP and PC from the vector table */
emu_leave emu_cpu_run(emu_machine *m);  /* from r15, at most m->budget instructions */
emu_leave emu_cpu_step(emu_machine *m); /* exactly one instruction, breakpoints ignored */
uint32_t emu_cpu_get(const emu_machine *m, unsigned reg);
void emu_cpu_set(emu_machine *m, unsigned reg, uint32_t value);
uint32_t emu_cpu_xpsr(const emu_machine *m);
void emu_cpu_set_xpsr(emu_machine *m, uint32_t value);
void emu_cpu_set_apsr(emu_machine *m, uint32_t value);
void emu_cpu_set_control(emu_machine *m, uint32_t value);
uint32_t emu_cpu_fetch_fault(emu_machine *m, uint32_t pc); /* CFSR bit for an instruction fetch that fails */
void emu_code_flush_all(emu_machine *m);
void emu_code_reaches_next(emu_machine *m, struct emu_code_page *page); /* its last instruction ends in the next page */
void emu_code_settle(emu_machine *m);                                   /* shares decoded pages that have settled */
void emu_code_publish(emu_machine *m);                                  /* shares what can be shared now */
void emu_code_drop_all(emu_machine *m);
void emu_code_take_over(emu_machine *m, const emu_machine *from); /* the shared pages of a machine with equal memories */
void emu_code_flush_dirty(emu_machine *m);
bool emu_code_page_has_code(const emu_machine *m, uint32_t page_base); /* of one window */
bool emu_code_decoded(const emu_machine *m, uint32_t address, size_t length);
void emu_code_mark_dirty(emu_machine *m, uint32_t address, size_t length); /* flushed before the next instruction */

/* exception.c */
void emu_exception_raise(emu_machine *m, unsigned exception); /* a synchronous exception: pends it, or escalates, or locks up */
void emu_exception_fault(emu_machine *m, uint32_t cfsr_bit, uint32_t address);
void emu_exception_imprecise(emu_machine *m); /* a store was refused after the core had gone on */
void emu_exception_enter(emu_machine *m, unsigned exception);
void emu_exception_return(emu_machine *m, uint32_t exc_return);
void emu_exception_lazy_fault(emu_machine *m, uint32_t cfsr_bit); /* the delayed stacking of floating point registers failed */
void emu_cpu_lockup(emu_machine *m);
void emu_lockup_watch(emu_machine *m); /* after lockup or debug interface mode began or ended: see lockup_reset_us */
void emu_lockup_event(emu_machine *m);

/* poll.c */
void emu_poll_read(emu_machine *m, uint32_t pc, uint32_t value);
/* cpu/poll.c */
bool emu_cpu_pure_loop(emu_machine *m, uint32_t pc, uint64_t turn, uint32_t idle_writes);

/* CFSR bits */
enum {
    CFSR_IACCVIOL = 1u << 0,
    CFSR_DACCVIOL = 1u << 1,
    CFSR_MUNSTKERR = 1u << 3,
    CFSR_MSTKERR = 1u << 4,
    CFSR_MLSPERR = 1u << 5,
    CFSR_MMARVALID = 1u << 7,
    CFSR_IBUSERR = 1u << 8,
    CFSR_PRECISERR = 1u << 9,
    CFSR_IMPRECISERR = 1u << 10,
    CFSR_UNSTKERR = 1u << 11,
    CFSR_STKERR = 1u << 12,
    CFSR_LSPERR = 1u << 13,
    CFSR_BFARVALID = 1u << 15,
    CFSR_UNDEFINSTR = 1u << 16,
    CFSR_INVSTATE = 1u << 17,
    CFSR_INVPC = 1u << 18,
    CFSR_NOCP = 1u << 19,
    CFSR_UNALIGNED = 1u << 24,
    CFSR_DIVBYZERO = 1u << 25,
};
enum { HFSR_VECTTBL = 1u << 1, HFSR_FORCED = 1u << 30 };
#define HFSR_DEBUGEVT (1u << 31)
enum { DFSR_HALTED = 1, DFSR_BKPT = 2, DFSR_DWTTRAP = 4, DFSR_VCATCH = 8, DFSR_EXTERNAL = 16 };
enum { DHCSR_C_DEBUGEN = 1, DHCSR_C_HALT = 2, DHCSR_C_STEP = 4, DHCSR_C_MASKINTS = 8, DHCSR_C_SNAPSTALL = 32 };
enum {
    DEMCR_VC_CORERESET = 1u << 0,
    DEMCR_VC_MMERR = 1u << 4,
    DEMCR_VC_NOCPERR = 1u << 5,
    DEMCR_VC_CHKERR = 1u << 6,
    DEMCR_VC_STATERR = 1u << 7,
    DEMCR_VC_BUSERR = 1u << 8,
    DEMCR_VC_INTERR = 1u << 9,
    DEMCR_VC_HARDERR = 1u << 10,
    DEMCR_MON_EN = 1u << 16,
    DEMCR_MON_PEND = 1u << 17,
    DEMCR_MON_STEP = 1u << 18,
    DEMCR_TRCENA = 1u << 24,
};
enum { CCR_USERSETMPEND = 2, CCR_UNALIGN_TRP = 8, CCR_DIV_0_TRP = 16, CCR_BFHFNMIGN = 256, CCR_STKALIGN = 512 };

#endif
