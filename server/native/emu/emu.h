/* SPDX-License-Identifier: Apache-2.0 */
/* The emulator library: a machine is a struct, there are no globals.
 *
 * A machine is built from data (boards/chips/<chip>.yaml, read by vmrig_server.emulator.machine): a core, memories and
 * devices. Time is virtual and counted in cycles of the core's clock; one instruction is one cycle.
 * Nothing here locks: the caller (bind/emu_module.c) makes sure that one thread at a time uses a machine.
 */
#ifndef VMRIG_EMU_H
#define VMRIG_EMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_ERROR_MAX 256 /* bytes of an error sentence, terminator included */

typedef struct emu_machine emu_machine;
typedef struct emu_memory emu_memory;
typedef struct emu_device emu_device;

/* --- building ------------------------------------------------------------------------------------------------- */

struct emu_commons; /* commons.h */

typedef struct {
    const char *core;     /* "cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "rv32imc", "none": a chip whose core is not modelled */
    uint32_t core_count;  /* 1 or 2 (0 counts as 1) */
    bool reset_core_only; /* SYSRESETREQ resets the core that asks for it, and nothing else of the chip */
    bool fpu;             /* FPv4-SP, cortex-m4 only */
    uint32_t mpu_regions; /* 0: no MPU, or 8 */
    bool bit_band;        /* aliases at 0x22000000 and 0x42000000 of the first MB of SRAM and of the peripherals */
    bool no_vtor;         /* the vector table stays at 0 (Cortex-M0) */
    uint32_t clock_hz;    /* core clock: cycles in a virtual second */
    uint32_t irq_count;   /* external interrupt lines, 1..240 */
    uint32_t priority_bits; /* implemented bits of a priority byte, nRF52: 3 */
    uint32_t cpuid;         /* SCB.CPUID, e.g. 0x410FC241 */
    uint32_t dpidr;         /* DP.DPIDR, e.g. 0x2BA01477 */
    uint32_t targetid;      /* DP.TARGETID of a debug port that shares its wire with others (ADIv5.2 B2.2.10); 0: it is alone */
    bool rescue_dp;         /* a further port, instance 15, whose power-up request resets the chip into its ROM */
    uint32_t ap_idr;        /* AHB-AP IDR, e.g. 0x24770011 */
    /* Base address of the class 1 ROM table that the AHB-AP points to. The core's own is at 0xE00FF000; a chip with one in front of it
     * holds that in a memory, or has none there and gets one with a single entry, which leads to the core's. */
    uint32_t rom_table;
    uint32_t reset_vector;    /* of a RISC-V core: the address of its first instruction */
    bool espressif;           /* of a RISC-V core: registers and interrupts as in Espressif's chips, not as the RISC-V manual has them */
    bool core_reads_zero;     /* of a RISC-V core: where nobody answers, its loads read 0 and its stores are ignored; else they fault */
    bool unmapped_reads_zero; /* true on nRF5x: an access nobody answers reads 0 / is ignored from the DEBUGGER; the core faults */
    /* The chip resets itself when its core locks up, unless a debugger has it in debug interface mode. So long after the lockup, in
     * virtual time; 0: this chip does not, the core stays locked up. A real chip resets at once; the time is what keeps a chip without
     * a program, which locks up after every reset, from using the host's processor for nothing. */
    uint32_t lockup_reset_us;
    struct emu_commons *commons; /* what machines share, NULL: with nobody */
} emu_machine_config;

typedef enum { EMU_RAM, EMU_ROM, EMU_FLASH } emu_memory_kind;

typedef struct {
    const char *name; /* "flash", "ram", "uicr" ... */
    emu_memory_kind kind;
    uint32_t base;        /* byte address, 1 KB aligned */
    uint32_t size;        /* bytes, multiple of 1 KB (FICR-like ROMs too) */
    uint8_t erased;       /* value of an erased byte (flash), 0xFF */
    const char *path;     /* file that keeps the contents (mapped shared, so that a killed process loses nothing), or NULL */
    const char *alias_of; /* name of a memory this one is a second window onto, or NULL */
    bool unmapped;        /* on no bus: flash behind registers. Known by its name alone; `base` says what tools call its first byte */
} emu_memory_config;

typedef struct {
    const char *key;
    uint64_t value;
} emu_param;

emu_machine *emu_machine_new(const emu_machine_config *config, char error[EMU_ERROR_MAX]); /* NULL: see error */
void emu_machine_free(emu_machine *m);
emu_memory *emu_add_memory(emu_machine *m, const emu_memory_config *config, char error[EMU_ERROR_MAX]);
/* `type` is a name in the table of devices/registry.c; irq is -1 for none; params are integers from the chip file. */
emu_device *emu_add_device(emu_machine *m, const char *type, const char *name, uint32_t base, int irq, const emu_param *params,
                           size_t param_count, char error[EMU_ERROR_MAX]);

/* --- power, reset, running ------------------------------------------------------------------------------------ */

/* Power starts off. On: power-on reset of everything, volatile memories hold a fixed pseudo-random pattern.
 * Off: the core stops, time stands still, volatile contents are lost; flash keeps what was programmed, also half-way
 * through an erase or write that was under way (see nvm in device.h). */
void emu_power(emu_machine *m, bool on);
bool emu_powered(const emu_machine *m);
/* The nRESET pin, asserted = low. Held: the core does not run. Released: pin reset. */
void emu_reset_pin(emu_machine *m, bool asserted);
/* The host resets the chip over the chip's own USB port. */
void emu_usb_reset(emu_machine *m);

typedef enum {
    EMU_STOP_BUDGET, /* max_cycles have passed */
    EMU_STOP_SLEEP,  /* the core waits (WFI/WFE/lockup) and no event is due before max_cycles: all cycles have passed */
    EMU_STOP_HALTED, /* halted by the debugger; time went on for the devices, all cycles have passed */
    EMU_STOP_BREAK,  /* the core halted inside this call (breakpoint, watchpoint, step, vector catch): call returned early */
    EMU_STOP_FULL,   /* the trace must be read first; the call returned early */
    EMU_STOP_OFF,    /* power is off or nRESET is held: nothing happened */
} emu_stop;

/* Lets up to max_cycles of virtual time pass: instructions run, events happen in order, sleep skips to the next event.
 * Same state and same inputs give the same state after, however the cycles are cut into calls. */
emu_stop emu_run(emu_machine *m, uint64_t max_cycles);

uint64_t emu_now(const emu_machine *m);    /* cycles since power on */
uint64_t emu_now_ns(const emu_machine *m); /* virtual time since power on */
uint64_t emu_ns_at(const emu_machine *m,
                   uint64_t cycle); /* virtual time of a cycle up to now; the clock may have changed since (the last changes are kept) */
uint64_t emu_instructions(const emu_machine *m); /* instructions retired since power on */
uint64_t emu_next_event(const emu_machine *m);   /* cycle of the next event, UINT64_MAX for none */
uint32_t emu_usb_device(const emu_machine *m);   /* what the chip's own USB port shows: idVendor << 16 | idProduct, 0: nothing */
bool emu_core_idle(const emu_machine *m);        /* true while the core sleeps, is locked up or is held halted */
bool emu_core_locked_up(const emu_machine *m);   /* lockup: nothing but a reset or a debugger brings it back */
/* The debugger's last read was of a status register: the cycle at which that will change; 0: it was not, or nobody knows. */
uint64_t emu_debug_poll(const emu_machine *m);
bool emu_download_mode(const emu_machine *m); /* the chip is in its ROM's loader, or in what that has loaded: time need not be paced */
/* Cycle of the last sign of work of it, or until which that is known to go on: long after it, there is nothing to do until bytes come. */
uint64_t emu_download_active_until(const emu_machine *m);
bool emu_debug_enabled(const emu_machine *m); /* DHCSR.C_DEBUGEN: under a debugger, time need not be paced */

/* --- memory, from outside (no side effects on the core but decoded code is refreshed) --------------------------- */

/* Contents of memories, as a backdoor for loaders and tests: ignores flash controllers. false: not wholly in one memory. */
bool emu_peek(emu_machine *m, uint32_t address, void *out, size_t length);
bool emu_poke(emu_machine *m, uint32_t address, const void *data, size_t length);
/* The same of a memory by its name, which may be on no bus. false: no such memory, or not wholly inside. */
bool emu_memory_peek(emu_machine *m, const char *name, uint32_t offset, void *out, size_t length);
bool emu_memory_poke(emu_machine *m, const char *name, uint32_t offset, const void *data, size_t length);
/* One access to the bus as the core makes it, side effects of devices included, whether the core runs or not. size: 1, 2 or 4, address
 * aligned to it. false: a bus error. */
bool emu_bus_access(emu_machine *m, uint32_t address, unsigned size, uint32_t *value, bool write);

/* --- debug port (ADIv5) ---------------------------------------------------------------------------------------- */

typedef enum { EMU_ACK_OK = 1, EMU_ACK_WAIT = 2, EMU_ACK_FAULT = 4 } emu_ack;

/* DP address: A[3:2] as 0, 4, 8, 0xC. AP address: (APSEL << 24) | register offset with its bank (0x00..0xFC):
 * the SELECT register is kept for tools that write it, but these calls name the register in full. */
/* A wire with several debug ports (SWD multi-drop): one a core, then the rescue port. */
#define EMU_DP_MAX 3u
int emu_dp_find(const emu_machine *m, uint32_t targetsel); /* number of the port that a write to TARGETSEL selects, -1: none */
/* What the calls below take for port n. Port 0 is the machine itself. NULL: no such port. */
emu_machine *emu_dp_port(emu_machine *m, unsigned n);
bool emu_core_halted(const emu_machine *port); /* the core behind this port waits in debug state */
emu_ack emu_dp_read(emu_machine *m, uint32_t address, uint32_t *value);
emu_ack emu_dp_write(emu_machine *m, uint32_t address, uint32_t value);
emu_ack emu_ap_read(emu_machine *m, uint32_t address, uint32_t *value);
emu_ack emu_ap_write(emu_machine *m, uint32_t address, uint32_t value);
/* Memory through the AHB-AP as a debugger sees it (side effects of devices included). width: 1, 2 or 4 bytes an access,
 * address aligned to it. EMU_ACK_FAULT: *done bytes were transferred before the fault. */
emu_ack emu_mem_read(emu_machine *m, uint32_t address, unsigned width, void *out, size_t length, size_t *done);
emu_ack emu_mem_write(emu_machine *m, uint32_t address, unsigned width, const void *data, size_t length, size_t *done);

/* --- a debugger without a debug port, of cores that have none; all false where the core is reached through one --------------------- */

bool emu_core_debug_attach(emu_machine *m,
                           bool on); /* breakpoint instructions halt the core; off: it runs on as if nobody had been there */
bool emu_core_debug_halt(emu_machine *m);
bool emu_core_debug_resume(emu_machine *m);
bool emu_core_debug_step(emu_machine *m);                    /* lets go for one instruction, or its trap; interrupts wait */
bool emu_breakpoint_set(emu_machine *m, uint32_t address);   /* the core halts before the instruction there */
bool emu_breakpoint_clear(emu_machine *m, uint32_t address); /* false: there was none */

/* --- snapshots (snapshot.c) -------------------------------------------------------------------------------------- */

/* The whole state of a machine: core, memories, devices, pins, serial queues, pending events, time. Costs about the copy of the RAM. */
typedef struct emu_snapshot emu_snapshot;
emu_snapshot *emu_snapshot_take(emu_machine *m, char error[EMU_ERROR_MAX]); /* NULL: see error (a device is amid something, no memory) */
void emu_snapshot_free(emu_snapshot *s);
/* Puts a machine of the same build (same chip file, same devices in the same order) into that state. false: it is of another build. */
bool emu_snapshot_restore(emu_machine *m, const emu_snapshot *s, char error[EMU_ERROR_MAX]);
/* A new machine like this one, in its state; its memories are kept in no file. NULL: see error. */
emu_machine *emu_fork(emu_machine *m, char error[EMU_ERROR_MAX]);
/* Of everything that decides what the machine will do: equal machines have equal hashes. */
uint64_t emu_state_hash(const emu_machine *m);

/* --- core state, for tests and tools (not for debuggers: those go through the debug port) ------------------------ */

enum { EMU_REG_XPSR = 16, EMU_REG_MSP = 17, EMU_REG_PSP = 18, EMU_REG_CFBP = 20 };
/* Cortex-M: 0..15, EMU_REG_*; numbered as DCRSR.REGSEL. RISC-V: 0..31 x0 to x31, 32 the pc, 0x1000 + n CSR n. */
uint32_t emu_core_get(const emu_machine *m, unsigned reg);
void emu_core_set(emu_machine *m, unsigned reg, uint32_t value);

/* --- pins (pins.c) --------------------------------------------------------------------------------------------- */

typedef enum { EMU_FLOAT = -1, EMU_LOW = 0, EMU_HIGH = 1 } emu_level;
typedef struct {
    uint64_t cycle;
    uint16_t pin; /* port * 32 + bit */
    int8_t level; /* emu_level after the edge */
} emu_edge;

void emu_pin_drive(emu_machine *m, unsigned pin, emu_level level); /* from outside the chip; EMU_FLOAT lets go */
emu_level emu_pin_level(const emu_machine *m, unsigned pin);       /* what a meter would show */
/* Every change of level of a pin that the chip or the outside drives is recorded, the last 65536. Sequence numbers start at 0 at creation
 * and never repeat. Copies edges from sequence number *from on, at most max; returns how many; *from is moved on (also past lost ones). */
size_t emu_pin_edges(const emu_machine *m, uint64_t *from, emu_edge *out, size_t max);

/* --- serial ports (serial.c): port n is the chip's n-th UART that the board brings out --------------------------- */

size_t emu_serial_write(emu_machine *m, unsigned port, const uint8_t *data, size_t length); /* to the chip; bytes taken, queue of 64 KB */
size_t emu_serial_read(emu_machine *m, unsigned port, uint8_t *out, size_t max);            /* from the chip */

/* --- accesses nobody answered ----------------------------------------------------------------------------------- */

typedef struct {
    uint32_t address;
    uint32_t pc;
    uint32_t value;
    uint8_t size;
    bool write;
} emu_unmodelled;
/* Once per address; copies entries from index on. */
size_t emu_unmodelled_log(const emu_machine *m, size_t index, emu_unmodelled *out, size_t max);

/* Registers of devices, and addresses where there is nothing, that the core has accessed since power on; in the order of first accesses. */
typedef struct {
    uint32_t address; /* of the word */
    uint32_t pc;      /* of the first access */
    uint32_t reads, writes;
    bool modelled; /* false: nothing is there, or a device that does not know this register */
} emu_touched;
size_t emu_touched_list(const emu_machine *m, size_t index, emu_touched *out, size_t max);

/* --- tracing (trace.c) --------------------------------------------------------------------------------------------- */

enum { EMU_TRACE_INSTRUCTIONS = 1, EMU_TRACE_ACCESSES = 2, EMU_TRACE_EXCEPTIONS = 4, EMU_TRACE_COUNTS = 8 }; /* what to record */
enum { EMU_TRACE_INSTRUCTION, EMU_TRACE_READ, EMU_TRACE_WRITE, EMU_TRACE_ENTRY, EMU_TRACE_RETURN };
typedef struct {
    uint64_t cycle;
    uint64_t time_ns; /* of the cycle: the clock may change from record to record */
    uint32_t pc;      /* of the instruction; of an exception: where it interrupts, or returns to */
    uint32_t address; /* of an access */
    uint32_t value;   /* the instruction's encoding (32-bit ones: first halfword high), what was read or written, the exception's number */
    uint8_t kind;     /* EMU_TRACE_INSTRUCTION ... */
    uint8_t size;     /* bytes, of an instruction or an access */
    uint16_t zero;
} emu_trace_record;
typedef struct {
    uint32_t pc;
    uint32_t count; /* instructions executed there since emu_trace_start */
} emu_trace_count;

/* Replaces a record under way. capacity: records that are kept for the reader; when they are used up, emu_run returns EMU_STOP_FULL. */
bool emu_trace_start(emu_machine *m, unsigned flags, size_t capacity);
void emu_trace_stop(emu_machine *m);
size_t emu_trace_read(emu_machine *m, emu_trace_record *out, size_t max); /* takes the oldest ones */
/* Of instructions that were executed at all, from an address on, in the order of addresses. */
size_t emu_trace_counts(const emu_machine *m, uint32_t from, emu_trace_count *out, size_t max);

#endif
