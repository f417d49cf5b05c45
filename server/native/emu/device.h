/* SPDX-License-Identifier: Apache-2.0 */
/* What a device is, and what a machine offers it. One device is one file: a struct whose first member is emu_device, a class, its registers
 * named as the datasheet names them. Adding one touches that file and the table in devices/registry.c. */
#ifndef VMRIG_EMU_DEVICE_H
#define VMRIG_EMU_DEVICE_H

#include "emu.h"

typedef enum {
    EMU_RESET_POWER_ON,
    EMU_RESET_PIN,
    EMU_RESET_WATCHDOG,
    EMU_RESET_SOFT, /* AIRCR.SYSRESETREQ from the core */
    EMU_RESET_LOCKUP,
    EMU_RESET_USB,   /* by the host, over the chip's own USB port */
    EMU_RESET_DEBUG, /* through the debug port: SYSRESETREQ written by the debugger, CTRL-AP.RESET */
} emu_reset_kind;

/* What becomes of a debugger's access to memory or a device's registers. */
typedef enum {
    EMU_DEBUG_ALLOWED,
    EMU_DEBUG_IGNORED, /* reads 0, writes nothing */
    EMU_DEBUG_FAULT,
} emu_debug_answer;

typedef struct emu_device_class {
    const char *type;     /* as chip files name it: "nrf5.uarte" */
    size_t struct_size;   /* of the device's struct, allocated zeroed */
    uint32_t region_size; /* bytes of address space from base, multiple of 1 KB; 0x1000 on nRF */
    /* false: error says why. Parameters that the class does not know are an error. */
    bool (*init)(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]);
    void (*destroy)(emu_device *d);
    void (*reset)(emu_device *d, emu_reset_kind kind);
    /* size is 1, 2 or 4; offset is aligned to it. The same for core and debugger. */
    uint32_t (*read)(emu_device *d, uint32_t offset, unsigned size);
    void (*write)(emu_device *d, uint32_t offset, uint32_t value, unsigned size);
    void (*event)(emu_device *d, uint32_t id);                         /* a scheduled time has come */
    void (*pin_changed)(emu_device *d, unsigned pin, emu_level level); /* every device with this hears every pin */
    void (*serial_ready)(emu_device *d, unsigned port);                /* bytes for the chip wait in the queue */
    /* A store into a flash memory, from the core or the debugger; the controller decides what becomes of it. false: it answers with a bus
     * error, and nothing was changed. */
    bool (*nvm_write)(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size);
    /* Finds the other devices that this one works with, and keeps pointers to them. Called when the machine is first switched on, and again
     * when the state of another machine was put in place of this one's: everything else in the struct is plain data that can be copied,
     * with no pointers to memory of the device's own. */
    void (*link)(emu_device *d);
    /* false: amid something that lives outside the struct, no snapshot now. NULL: always true. */
    bool (*copyable)(const emu_device *d);
    /* An access port of the chip's own on its debug port (CTRL-AP, MDM-AP), at APSEL `apsel` of the device. reg: 0x00..0xFC. false: FAULT.
     */
    bool (*ap_read)(emu_device *d, uint32_t reg, uint32_t *value);
    bool (*ap_write)(emu_device *d, uint32_t reg, uint32_t value);
    /* Asked before each access of the debugger, or once for a stretch within one memory, when this device is the machine's guard. */
    emu_debug_answer (*debug_access)(emu_device *d, uint32_t address, bool write);
    void (*irq_input)(emu_device *d, unsigned irq, bool level); /* of the device that is the interrupt controller: a line's level */
    void (*deep_sleep)(emu_device *d);                          /* the (first) core waits, WFI or WFE, with SCR.SLEEPDEEP set */
    void (*power_off)(emu_device *d); /* power goes now: finish a half-done flash operation as the chip would (partly) */
} emu_device_class;

struct emu_device {
    const emu_device_class *cls;
    emu_machine *machine;
    const char *name;
    uint32_t base;
    int irq;        /* -1: none */
    unsigned apsel; /* of a device with ap_read: 1..255, set by its init */
    unsigned index; /* in order of addition */
};

typedef struct emu_window emu_window;

extern const emu_device_class *const emu_device_classes[]; /* devices/registry.c, NULL at the end */

/* --- time: at most one pending event per (device, id); scheduling again moves it ---------------------------------- */
void emu_schedule(emu_device *d, uint32_t id, uint64_t at_cycle); /* not before now; same cycle: in order of (device index, id) */
void emu_cancel(emu_device *d, uint32_t id);
uint64_t emu_clock_hz(const emu_machine *m); /* cycles in a virtual second, now */
/* The clock tree of the chip has changed: from now on a virtual second has so many cycles. Events of emu_schedule keep their cycle, those
 * of emu_schedule_ns their time. */
void emu_set_clock_hz(emu_machine *m, uint32_t hz);
void emu_schedule_ns(emu_device *d, uint32_t id, uint64_t after_ns); /* as emu_schedule, so long after now in virtual time */
/* emu_now (emu.h) is exact inside read, write and event. */

/* --- interrupts ------------------------------------------------------------------------------------------------- */
void emu_irq_set(emu_machine *m, int irq, bool level); /* level-sensitive line into the NVIC; irq -1 is ignored */
void emu_core_event(emu_machine *m);                   /* sets the event register (WFE) of all cores, as SEV does */
/* Of chips whose interrupt controller is a device of their own; from init. emu_irq_set then calls irq_input of it, and it says what it
 * makes of that by emu_core_interrupt. */
void emu_irq_controller(emu_device *d);
void emu_core_interrupt(emu_machine *m, unsigned line); /* the core is to take this line, 1..31, as soon as it may; 0: none */
/* Of chips with two cores, and the last one of all: */
void emu_irq_set_core(emu_machine *m, unsigned core, int irq, bool level); /* a line that only this core has */
unsigned emu_core_index(const emu_machine *m);                             /* which core makes the access under way, or its debugger */
void emu_core_hold(emu_machine *m, unsigned core, bool hold);              /* in reset; let go, it starts over */

/* --- reset: takes effect after the current instruction ------------------------------------------------------------ */
void emu_request_reset(emu_machine *m, emu_reset_kind kind);

/* --- bus master access (EasyDMA): memories only, no devices; false when an address is not in RAM/ROM/flash ----------- */
bool emu_dma_read(emu_machine *m, uint32_t address, void *out, size_t length);
bool emu_dma_write(emu_machine *m, uint32_t address, const void *data, size_t length); /* RAM only; decoded code is refreshed */

/* --- debug port: a locked chip's AHB-AP answers every access with an error and CSW.DeviceEn reads 0; kept over resets ------------------
 */
void emu_debug_lock(emu_machine *m, bool locked);
bool emu_debug_locked(const emu_machine *m);
/* For chips that let a debugger in, but not everywhere (read-out protection): `guard` is asked, see debug_access. One a machine; from init.
 */
void emu_debug_guard(emu_device *guard);

/* --- memories -------------------------------------------------------------------------------------------------- */
emu_memory *emu_memory_by_name(emu_machine *m, const char *name);
emu_memory *emu_memory_at(emu_machine *m, uint32_t address); /* NULL: none there */
uint32_t emu_memory_base(const emu_memory *mem);
uint32_t emu_memory_size(const emu_memory *mem);
const uint8_t *emu_memory_bytes(const emu_memory *mem);
/* Raw change of contents (a flash controller programming cells); decoded code is refreshed. */
void emu_memory_change(emu_machine *m, emu_memory *mem, uint32_t offset, const void *data, size_t length);
void emu_memory_fill(emu_machine *m, emu_memory *mem, uint32_t offset, uint8_t value, size_t length);
void emu_memory_set_controller(emu_memory *mem, emu_device *controller); /* who gets nvm_write; NULL: stores are ignored and fault */

/* A part of the address space where pages of some memory show as a cache's MMU says (windows.c). From a device's link: the window that
 * begins at `base`, made at the first call, with nothing in it; not a pointer to keep; multiples of 64 KB. NULL: out of memory. */
emu_window *emu_window_add(emu_machine *m, uint32_t base, uint32_t size);
/* Page number `page` shows 64 KB of `mem` from `offset` on, read-only; NULL: nothing. Costs little, also when that is what it shows
 * already. */
void emu_window_map(emu_window *w, unsigned page, emu_memory *mem, uint32_t offset);

/* The core stalls (no instruction runs, events do) until the cycle: flash access while the flash is being written. */
void emu_core_stall(emu_machine *m, uint64_t until_cycle);
void emu_core_stall_over(emu_machine *m, uint64_t at_cycle); /* of cores that were stalled until UINT64_MAX */
/* A read of this device's status in a polling loop will not change before the cycle (UINT64_MAX: not by time alone). Called by read() just
 * before it returns such a status; lets the core skip, exactly, the turns of a loop that only polls. */
void emu_poll_hint(emu_machine *m, uint64_t until_cycle);
/* Called by write(): it changed nothing, and the same again would change nothing either. Lets a loop that polls be skipped although it also
 * feeds a watchdog that does not run. */
void emu_poll_idle_write(emu_machine *m);
emu_device *emu_device_by_name(emu_machine *m, const char *name);
unsigned emu_device_count(const emu_machine *m);
emu_device *emu_device_number(const emu_machine *m, unsigned index); /* in order of addition */

/* --- pins: what the chip does with them (pins.c) -------------------------------------------------------------------- */
typedef enum { EMU_PULL_NONE, EMU_PULL_DOWN, EMU_PULL_UP } emu_pull;
void emu_pin_chip(emu_machine *m, unsigned pin, emu_level drive, emu_pull pull); /* drive EMU_FLOAT: input */

/* --- serial: the chip's side (serial.c) ------------------------------------------------------------------------------- */
void emu_serial_tx(emu_machine *m, unsigned port, uint8_t byte); /* one byte left the TX pin */
int emu_serial_rx(emu_machine *m, unsigned port);                /* the next byte that waits on the RX line, or -1 */
size_t emu_serial_waiting(const emu_machine *m, unsigned port);

/* --- called inside read or write: this access is answered with a bus error (a peripheral whose clock is off) ------------------------- */
void emu_access_refuse(emu_machine *m);
/* From a device's link: it is asked for every address where nobody else is, and refuses those that are not its own; offsets are addresses.
 */
void emu_bus_fallback(emu_device *d);
/* --- the serial loader of a chip's ROM: from entering it until the next reset, also while a stub that it loaded runs ---------------------
 */
void emu_set_download_mode(emu_machine *m, bool on);
/* There is work for the loader, or what it has loaded, at least until this cycle. Called too by what such work goes through (the flash). */
void emu_download_active(emu_machine *m, uint64_t until_cycle);

/* --- USB: the chip's own device port ---------------------------------------------------------------------------------- */
void emu_usb_connect(emu_machine *m, uint32_t device); /* idVendor << 16 | idProduct of what it shows to a host; 0: nothing */

/* --- access to what is not modelled: once per address ------------------------------------------------------------- */
void emu_log_unmodelled(emu_machine *m, uint32_t address, uint32_t value, unsigned size, bool write);

#endif
