/* SPDX-License-Identifier: Apache-2.0 */
/* What the peripherals of the RP2040 have in common. Section numbers are those of the RP2040 Datasheet.
 *
 * A peripheral sees whole registers only: rp_read and rp_write take care of narrow accesses (2.1.4: a narrow write is replicated over the
 * bus and written as a word), of the atomic aliases XOR, SET and CLR at +0x1000, +0x2000 and +0x3000 (2.1.2), and of a peripheral that is
 * held in reset (2.14). Registers that only keep what was written to them are a table. */
#ifndef VMRIG_EMU_RP_H
#define VMRIG_EMU_RP_H

#include "device.h"
#include "devices/params.h"

typedef struct rp_device rp_device;

typedef struct {
    uint16_t offset;
    uint16_t count;    /* of registers in a row, 4 bytes apart */
    uint32_t reset;    /* value */
    uint32_t writable; /* bits that keep what is written */
} rp_register;

#define RP_STORE_MAX 96 /* registers of a table */

typedef struct {
    const rp_register *registers; /* plain registers: ends with count 0; NULL: none */
    /* Registers that do something; they are looked for before the plain ones. false: no such register here. */
    bool (*read)(rp_device *d, uint32_t offset, uint32_t *value);
    bool (*write)(rp_device *d, uint32_t offset, uint32_t value);
    void (*changed)(rp_device *d, uint32_t offset);    /* a plain register was written */
    uint32_t (*clears)(uint32_t offset);               /* bits of a register that a written 1 clears: an alias writes those as they come */
    void (*reset)(rp_device *d);                       /* of the block, by RESETS or by a reset of the chip */
    void (*clocks_changed)(rp_device *d);              /* some clock has another frequency now */
    void (*pins_changed)(rp_device *d, uint32_t pins); /* what peripherals see of these pins of bank 0 has changed */
    void (*functions_changed)(rp_device *d);           /* a pin of bank 0 has another function now */
    bool no_aliases;                                   /* SIO and SSI: bits 13:12 are part of the address */
} rp_spec;

struct rp_device {
    emu_device base;
    const rp_spec *spec;
    bool held; /* in reset: reads 0, ignores writes */
    uint32_t store[RP_STORE_MAX];
};

/* For emu_device_class: .read, .write and .reset of every peripheral here. */
uint32_t rp_read(emu_device *d, uint32_t offset, unsigned size);
void rp_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size);
void rp_reset(emu_device *d, emu_reset_kind kind);
bool rp_is_rp(const emu_device *d);
/* A plain register's contents. The offset must be in the table. */
uint32_t *rp_plain(rp_device *d, uint32_t offset);
void rp_hold(rp_device *d, bool held); /* RESETS: takes hold of a block, which resets it, or lets it go */

#define RP_NO_PORT 0xFFFFFFFFu
#define RP_NO_PIN 0xFFFFFFFFu

/* --- clocks.c: frequencies as the firmware has set them up ------------------------------------------------------------- */
enum { RP_CLK_GPOUT0, RP_CLK_REF = 4, RP_CLK_SYS, RP_CLK_PERI, RP_CLK_USB, RP_CLK_ADC, RP_CLK_RTC, RP_CLK_COUNT };
uint64_t rp_clock_hz(const emu_device *clocks, unsigned clock); /* 0: it does not run */
void rp_clocks_changed(emu_device *clocks);                     /* an oscillator or PLL has changed */
uint64_t rp_oscillator_hz(const emu_device *d);                 /* of an XOSC, ROSC or PLL device */
/* Cycles of the machine that `count` ticks of a clock of `hz` take, rounded; at least 1. */
uint64_t rp_cycles(const emu_machine *m, uint64_t count, uint64_t hz);
static inline uint64_t rp_us(const emu_machine *m, uint64_t us) { return emu_clock_hz(m) / 1000000u * us; }
/* Time since `base`. The cores take turns in pieces of time (machine.c), so that one may be a little behind what the other has seen. */
static inline uint64_t rp_since(const emu_machine *m, uint64_t base) {
    uint64_t now = emu_now(m);
    return now > base ? now - base : 0;
}

/* --- io_bank.c: who drives which pin ------------------------------------------------------------------------------------ */
enum { RP_FUNC_SPI = 1, RP_FUNC_UART, RP_FUNC_I2C, RP_FUNC_PWM, RP_FUNC_SIO, RP_FUNC_PIO0, RP_FUNC_PIO1, RP_FUNC_GPCK, RP_FUNC_USB };
enum { RP_FUNC_NULL = 31, RP_FUNC_COUNT = 10 };
#define RP_BANK0_PINS 30u
#define RP_QSPI_PIN 32u /* the machine's number of QSPI SCLK; SS, SD0..SD3 follow */
enum { RP_QSPI_SS = RP_QSPI_PIN + 1 };
/* What function `function` would drive on the pins in `mask`: levels in `out`, enables in `oe`. */
void rp_pins_drive(emu_device *bank, unsigned function, uint32_t mask, uint32_t out, uint32_t oe);
uint32_t rp_pins_in(const emu_device *bank);                             /* levels that peripherals see, after the pads and INOVER */
unsigned rp_pin_function(const emu_device *bank, unsigned pin);          /* FUNCSEL */
uint32_t rp_pins_of_function(const emu_device *bank, unsigned function); /* mask of the pins that have it selected */
void rp_pins_pad_changed(emu_device *bank, unsigned pin);                /* pads.c: a pad's settings have changed */
uint32_t rp_pad(const emu_device *pads, unsigned pin);                   /* a pad's register */
enum { RP_PAD_PDE = 1u << 2, RP_PAD_PUE = 1u << 3, RP_PAD_IE = 1u << 6, RP_PAD_OD = 1u << 7 };
bool rp_flash_select(const emu_device *qspi_bank, bool *low); /* io_qspi: SS is forced by OUTOVER, to this level */

/* --- dma.c ---------------------------------------------------------------------------------------------------------------- */
/* A peripheral's request lines: how many transfers it would take now. The DMA asks just before it makes as many; a peripheral calls rp_dreq
 * when there are more. */
typedef unsigned (*rp_dreq_level)(emu_device *d, unsigned which);
void rp_dreq(emu_device *dma, unsigned number);
bool rp_dma_connect(emu_device *dma, unsigned number, emu_device *source, unsigned which, rp_dreq_level level);
enum {
    RP_DREQ_PIO0_TX0 = 0,
    RP_DREQ_PIO1_TX0 = 8,
    RP_DREQ_SPI0_TX = 16,
    RP_DREQ_UART0_TX = 20,
    RP_DREQ_PWM_WRAP0 = 24,
    RP_DREQ_I2C0_TX = 32,
    RP_DREQ_ADC = 36,
    RP_DREQ_XIP_STREAM = 37,
    RP_DREQ_XIP_SSITX = 38,
    RP_DREQ_XIP_SSIRX = 39,
    RP_DREQ_COUNT = 40,
};

/* --- ssi.c: the flash behind the QSPI pins ------------------------------------------------------------------------------- */
void rp_flash_erase(emu_device *ssi, uint32_t offset, uint32_t length);                        /* whole sectors; takes its time */
void rp_flash_program(emu_device *ssi, uint32_t offset, const uint8_t *data, uint32_t length); /* whole pages */
uint64_t rp_flash_busy_until(const emu_device *ssi);
void rp_flash_select_changed(emu_device *ssi); /* the override of SS has changed */

/* --- watchdog.c ------------------------------------------------------------------------------------------------------------ */
uint64_t rp_tick_hz(const emu_device *watchdog); /* of the tick that TIMER counts; 0: off */
uint32_t rp_watchdog_scratch(const emu_device *watchdog, unsigned n);
void rp_watchdog_set_scratch(emu_device *watchdog, unsigned n, uint32_t value);
void rp_watchdog_reboot(emu_device *watchdog);

/* --- system.c -------------------------------------------------------------------------------------------------------------- */
uint32_t rp_psm_wdsel(const emu_device *psm); /* what the watchdog resets; 0: only what RESETS.WDSEL says */
bool rp_rescued(emu_device *vreg);            /* the last reset came from the rescue debug port; asks once */

/* --- sio.c ------------------------------------------------------------------------------------------------------------------ */
bool rp_fifo_push(emu_device *sio, unsigned core, uint32_t value); /* what core `core` sends to the other one; false: full */
bool rp_fifo_pop(emu_device *sio, unsigned core, uint32_t *value); /* what it receives */

/* --- resets.c --------------------------------------------------------------------------------------------------------------- */
enum {
    RP_RESET_IO_QSPI = 1u << 6,
    RP_RESET_PADS_BANK0 = 1u << 8,
    RP_RESET_PADS_QSPI = 1u << 9,
    RP_RESET_TIMER = 1u << 21,
    RP_RESET_ALL = 0x01FFFFFF
};
void rp_resets_set(emu_device *resets, uint32_t held); /* which blocks are held in reset */
void rp_resets_watchdog(emu_device *resets);           /* the watchdog has fired: WDSEL */

/* --- DORMANT state: io_bank.c says what ends it, oscillators.c is in it */
bool rp_dormant_wakes(const emu_device *io_bank0);
void rp_dormant_wake(emu_device *xosc);

#endif
