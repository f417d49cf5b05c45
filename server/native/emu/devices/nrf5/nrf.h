/* SPDX-License-Identifier: Apache-2.0 */
/* What every nRF5 peripheral has in common (nRF52833 PS and nRF51 RM, "Peripheral interface"): tasks, events, shortcuts, interrupts, PPI.
 *
 * Task n is the register at 0x000 + 4n, event n the one at 0x100 + 4n; bit n of INTEN belongs to event n. A device describes itself with
 * an nrf_spec and sees only its tasks and its own registers. */
#ifndef VMRIG_EMU_NRF_H
#define VMRIG_EMU_NRF_H

#include "device.h"
#include "devices/params.h"

enum {
    NRF_TASKS = 0x000,
    NRF_EVENTS = 0x100,
    NRF_SHORTS = 0x200,
    NRF_INTEN = 0x300,
    NRF_INTENSET = 0x304,
    NRF_INTENCLR = 0x308,
    NRF_EVTEN = 0x340,
    NRF_EVTENSET = 0x344,
    NRF_EVTENCLR = 0x348,
    NRF_POWER = 0xFFC, /* undocumented in the PS, written by workarounds of Nordic's errata: 0 switches the peripheral off, 1 on */
};

typedef struct nrf_device nrf_device;

typedef struct {
    uint8_t bit; /* of SHORTS */
    uint8_t event;
    uint8_t task;
} nrf_short;

typedef struct {
    uint32_t tasks;  /* bit n: task n exists */
    uint32_t events; /* bit n: event n exists */
    const nrf_short *shorts;
    uint8_t short_count;
    bool has_inten;   /* INTEN at 0x300 besides INTENSET and INTENCLR */
    bool power_gated; /* NRF_POWER works */
    bool has_evten;   /* EVTEN: an event happens only when enabled there or in INTEN, PPI hears it only when enabled there (RTC) */
    void (*task)(nrf_device *d, unsigned n);
    uint32_t (*read)(nrf_device *d, uint32_t offset); /* registers outside the common part; log what does not exist */
    void (*write)(nrf_device *d, uint32_t offset, uint32_t value);
    void (*lfclk)(nrf_device *d);                     /* LFCLK has started or stopped */
    void (*enabled)(nrf_device *d);                   /* INTEN or EVTEN have changed */
    void (*event_written)(nrf_device *d, unsigned n); /* software has written event n */
} nrf_spec;

struct nrf_device {
    emu_device base;
    const nrf_spec *spec;
    emu_device *ppi; /* NULL: the chip file has none; found by nrf_link */
    uint32_t events;
    uint32_t inten;
    uint32_t evten;
    uint32_t shorts;
};

/* For emu_device_class: .link, .read, .write of every nRF device. */
void nrf_link(emu_device *d);
uint32_t nrf_read(emu_device *d, uint32_t offset, unsigned size);
void nrf_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size);
/* First line of a device's reset(): clears events, interrupt enables, shortcuts. */
void nrf_reset(nrf_device *d);
/* The event happens: register, interrupt, PPI, shortcuts. */
void nrf_event(nrf_device *d, unsigned n);
static inline bool nrf_event_is_set(const nrf_device *d, unsigned n) { return d->events >> n & 1u; }

/* A task by its address, as PPI triggers it; false: no task there. */
bool nrf_trigger(emu_machine *m, uint32_t address);
bool nrf_is_nrf(const emu_device *d);
/* Called by nrf_event for the PPI device (ppi.c). */
void nrf_ppi_event(emu_device *ppi, uint32_t event_address);
bool nrf_is_ppi(const emu_device *d);

/* --- the low-frequency clock, owned by clock_power.c ----------------------------------------------------------------- */
#define NRF_LFCLK_HZ 32768u
/* Cycle at which LFCLK last started; UINT64_MAX while it does not run. */
uint64_t nrf_lfclk_start(emu_machine *m);
void nrf_lfclk_require(emu_machine *m); /* the watchdog starts LFCLK by itself */
/* Ticks of LFCLK that fit into `cycles`, and the first cycle at which `ticks` have passed. */
uint64_t nrf_lfclk_ticks(const emu_machine *m, uint64_t cycles);
uint64_t nrf_lfclk_cycles(const emu_machine *m, uint64_t ticks);
bool nrf_is_off(emu_machine *m);       /* System OFF: no clock runs */
void nrf_power_detect(emu_machine *m); /* GPIO DETECT: wakes a chip in System OFF */
/* Whether MPU (nRF51) or BPROT (nRF52832) keeps some of these bytes of the flash from being changed. */
bool nrf_block_protected(emu_machine *m, uint32_t address, uint32_t length);

/* CTRL-AP erases flash and UICR, whatever protects them; the cycle at which that is done. Owned by nvmc.c. */
uint64_t nrf_erase_all(emu_machine *m);

/* --- APPROTECT.DISABLE and .FORCEPROTECT of the POWER block, owned by ctrl_ap.c ----------------------------------------- */
uint32_t nrf_approtect_disable(emu_machine *m);
void nrf_approtect_write(emu_machine *m, bool disable, uint32_t value);

/* --- pins that a peripheral takes over from GPIO, owned by gpio.c ------------------------------------------------------ */
void nrf_pin_claim(emu_machine *m, unsigned pin, emu_level level); /* drive level; EMU_FLOAT gives the pin back to GPIO */
bool nrf_gpio_detects(emu_machine *m);                             /* DETECT is high now */
void nrf_port_event(emu_machine *m);                               /* GPIO DETECT has risen: GPIOTE PORT (gpiote.c) */

static inline uint64_t nrf_us(const emu_machine *m, uint64_t us) { return emu_clock_hz(m) / 1000000u * us; }
/* PSEL registers: bit 31 set is "disconnected". */
static inline bool nrf_psel_connected(uint32_t psel) { return !(psel >> 31); }
static inline unsigned nrf_psel_pin(uint32_t psel) { return psel & 0x3Fu; }

#endif
