/* SPDX-License-Identifier: Apache-2.0 */
/* What the peripherals of the Kinetis K and KL families have in common: registers of 8, 16 or 32 bits behind a peripheral bridge, clock
 * gates in the SIM, a clock tree that firmware changes, pins that belong to whom PORTx_PCRn.MUX says, and DMA requests by way of the
 * DMAMUX.
 *
 * "K64 RM" is K64P144M120SF5RM, "KL25 RM" is KL25P80M48SF0RM. */
#ifndef VMRIG_EMU_KINETIS_H
#define VMRIG_EMU_KINETIS_H

#include "device.h"
#include "devices/params.h"

#define KIN_NO_PORT 0xFFFFFFFFu
#define KIN_NO_PIN 0xFFFFFFFFu
#define KIN_ROUTES_MAX 48

typedef struct kin_device kin_device;

/* A pin function: the pin is this device's while its PCR.MUX holds `mux`. In chip files a parameter PTB17_3: 0 - pin, mux, signal. */
typedef struct {
    uint8_t pin, mux, signal;
} kin_route;

typedef struct {
    unsigned width;            /* bytes of a register: 1, 2 or 4. Wider accesses are taken apart, narrower ones reach a part of it */
    const char *const *params; /* that the class knows, NULL at the end; beside gate, gate2 and pin functions */
    uint32_t (*read)(kin_device *d, uint32_t offset);
    void (*write)(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask); /* bits outside mask are not written, and 0 in value */
    void (*clocks)(kin_device *d, bool changed);                                  /* the clock tree: will change, has changed */
    void (*routed)(kin_device *d, const kin_route *route);                        /* a pin came: drive it, if it is an output */
    void (*input)(kin_device *d, const kin_route *route, emu_level level);        /* the level of a pin of the device has changed */
    void (*link)(kin_device *d);
} kin_spec;

struct kin_device {
    emu_device base;
    const kin_spec *spec;
    uint16_t gate, gate2; /* SCGCn bit b as n * 100 + b: an access while none of them is set is a bus error; 0: none */
    uint8_t route_count;
    kin_route routes[KIN_ROUTES_MAX];
    emu_device *sim, *mcg, *mux; /* of the machine */
};

/* For classes: .init calls kin_init, .read, .write and .link are these. */
bool kin_init(emu_device *d, const kin_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]);
uint32_t kin_read(emu_device *d, uint32_t offset, unsigned size);
void kin_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size);
void kin_link(emu_device *d);
void kin_pin_changed(emu_device *d, unsigned pin, emu_level level);

bool kin_is(const emu_device *d); /* some kinetis device */
emu_device *kin_find(emu_machine *m, const emu_device_class *cls);
static inline void kin_merge(uint32_t *reg, uint32_t value, uint32_t mask) { *reg = (*reg & ~mask) | (value & mask); }
void kin_log_read(kin_device *d, uint32_t offset);
void kin_log_write(kin_device *d, uint32_t offset, uint32_t value);
static inline emu_machine *kin_machine(const kin_device *d) { return d->base.machine; }
uint64_t kin_us(const emu_machine *m, uint64_t us);         /* cycles, at the clock as it is now */
void kin_after_us(emu_device *d, uint32_t id, uint64_t us); /* an event, so long after now whatever the clock does meanwhile */

/* --- clocks (mcg.c) ------------------------------------------------------------------------------------------------ */

typedef enum {
    KIN_CORE,
    KIN_BUS,
    KIN_FLEXBUS,
    KIN_FLASH,
    KIN_PLLFLL,   /* what SIM_SOPT2.PLLFLLSEL picks */
    KIN_OSCERCLK, /* OSC, while OSC_CR.ERCLKEN */
    KIN_MCGIRCLK,
    KIN_MCGFFCLK,
    KIN_ERCLK32K, /* what SIM_SOPT1.OSC32KSEL picks */
    KIN_RTC32K,
    KIN_LPO, /* 1 kHz */
    KIN_CLOCKS,
} kin_clock_id;

uint32_t kin_clock(const kin_device *d, kin_clock_id id); /* Hz, 0: stopped */
void kin_clocks_update(emu_machine *m);                   /* something that the clock tree depends on was written */

/* Ticks of a clock: hz / divider in virtual time. */
typedef struct {
    uint64_t cycle, ticks; /* it stood at `ticks` at `cycle` */
    uint32_t hz;           /* 0: stands still */
    uint32_t divider;
} kin_counter;

uint64_t kin_counter_now(const kin_counter *c, const emu_machine *m);
void kin_counter_set(kin_counter *c, const emu_machine *m, uint64_t ticks, uint32_t hz, uint32_t divider);
uint64_t kin_counter_due(const kin_counter *c, const emu_machine *m, uint64_t ticks); /* cycle of that tick, UINT64_MAX: never */

/* --- SIM (sim.c) ---------------------------------------------------------------------------------------------------- */

enum {
    SIM_SOPT1 = 0x0000,
    SIM_SOPT2 = 0x1004,
    SIM_SOPT4 = 0x100C,
    SIM_SOPT7 = 0x1018,
    SIM_SCGC1 = 0x1028,
    SIM_CLKDIV1 = 0x1044,
};
uint32_t kin_sim(const kin_device *d, uint32_t offset); /* a register of the SIM */
bool kin_sim_pll_half(const kin_device *d);             /* peripherals get MCGPLLCLK / 2 (KL25) */

/* --- pins (port.c) ---------------------------------------------------------------------------------------------------- */

bool kin_routed(const kin_device *d, const kin_route *route);          /* whether the pin is the device's now */
void kin_drive(const kin_device *d, unsigned signal, emu_level level); /* on every pin that has this signal now */
void kin_drive_pin(emu_machine *m, unsigned pin, emu_level level);     /* from .routed */
bool kin_in(const kin_device *d, unsigned signal, bool otherwise);    /* level of the pin that has this signal now; `otherwise`: none has */
bool kin_has_pin(const kin_device *d, unsigned signal, uint32_t pin); /* KIN_NO_PIN: any */

/* --- DMA requests (dmamux.c) -------------------------------------------------------------------------------------------- */

void kin_dma_request(const kin_device *d, unsigned source, bool on); /* the level of a request line, KL25 and K64 number them */
void kin_dma_pulse(const kin_device *d, unsigned source);            /* one request */

/* --- reset causes, for RCM (power.c) ------------------------------------------------------------------------------------- */

void kin_reset_by_mdm(emu_machine *m);    /* the reset that comes is MDM-AP's */
uint8_t kin_flash_option(emu_machine *m); /* FTFx_FOPT */

/* --- power.c: the LPTMR has matched and wants its interrupt, which ends a VLLS mode */
void kin_llwu_lptmr(emu_machine *m);

#endif
