/* SPDX-License-Identifier: Apache-2.0 */
/* What the peripherals of STM32F1, F4 and L4 have in common: a clock gate and a reset bit in the RCC, access widths, clocks, signals on
 * pins and requests to the DMA controllers.
 *
 * A chip file says where a peripheral's signals are by parameters. `TX_PD8: 7` is signal TX on pin PD8 as alternate function 7; F1 has no
 * such numbers, there it is a set: bit n stands for value n of the peripheral's remap field in AFIO_MAPR (remap_shift, remap_bits).
 * `DMA_TX_1_3: 4` is the DMA request TX at DMA1, stream (or channel) 3, request number 4. */
#ifndef VMRIG_EMU_STM32_H
#define VMRIG_EMU_STM32_H

#include "device.h"
#include "devices/params.h"

enum { STM32_ROUTES = 40, STM32_DMA_ROUTES = 16 };
#define STM32_NO_GATE 0xFFFFFFFFu

typedef struct stm32_device stm32_device;
typedef struct stm32_rcc stm32_rcc;

typedef struct {
    uint8_t signal; /* in the spec's list */
    uint8_t pin;    /* port * 32 + bit */
    uint8_t af;
} stm32_route;

typedef struct {
    uint8_t signal;
    uint8_t controller; /* 1: DMA1 */
    uint8_t stream;
    uint8_t request;
} stm32_dma_route;

typedef struct {
    bool ahb; /* byte lanes count; on the APB a byte or halfword store is repeated over the word (RM0090, "Peripheral bridges") */
    /* offset: of the word. */
    uint32_t (*read)(stm32_device *d, uint32_t offset);
    /* lanes: the bits of the word that are stored; value is 0 in the others. */
    void (*write)(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes);
    void (*clocks_change)(stm32_device *d);  /* clocks are about to change: whoever counts them brings its count up to now */
    void (*clocks_changed)(stm32_device *d); /* and goes on with the new ones */
    void (*backup_reset)(stm32_device *d);   /* BDRST: the backup domain is reset */
    const char *const *signals;              /* names of the signals, NULL at the end */
    emu_level (*signal_level)(stm32_device *d, unsigned signal); /* what it drives while a pin is its signal's; EMU_FLOAT: an input */
    const char *const *requests;                                 /* names of the DMA requests */
    bool (*requests_dma)(stm32_device *d, unsigned request);     /* whether the request line is active */
    void (*dma_taken)(stm32_device *d, unsigned request);        /* may be NULL: one item is being transferred for the request */
    const char *const *params;                                   /* names of parameters of the device's own */
} stm32_spec;

struct stm32_device {
    emu_device base;
    const stm32_spec *spec;
    stm32_rcc *rcc;                   /* found by stm32_link */
    uint32_t gate;                    /* enable register's offset << 8 | bit in the RCC; STM32_NO_GATE: always clocked */
    uint64_t irqs[2];                 /* interrupt lines that it holds active */
    uint32_t remap_shift, remap_mask; /* F1: the peripheral's field in AFIO_MAPR */
    uint8_t access;                   /* bytes of the access under way */
    uint8_t route_count, dma_route_count;
    stm32_route routes[STM32_ROUTES];
    stm32_dma_route dma_routes[STM32_DMA_ROUTES];
};

/* For emu_device_class. */
uint32_t stm32_read(emu_device *d, uint32_t offset, unsigned size);
void stm32_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size);
void stm32_link(emu_device *d);
/* First line of a device's init: takes gate, remap and routes from params, refuses what nobody knows. */
bool stm32_init(emu_device *d, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]);

bool stm32_is_stm32(const emu_device *d);
bool stm32_clocked(const stm32_device *d);
/* Access to what the device does not have. */
void stm32_no_register(const stm32_device *d, uint32_t offset, uint32_t value, bool write);
/* An interrupt line; several devices can share one. -1: none. */
void stm32_irq(stm32_device *d, int irq, bool level);
/* emu_poll_hint of a status that changes by events only. */
static inline void stm32_poll_hint(const stm32_device *d) { emu_poll_hint(d->base.machine, emu_next_event(d->base.machine)); }
static inline uint32_t stm32_merge(uint32_t old, uint32_t value, uint32_t lanes) { return (old & ~lanes) | (value & lanes); }

/* --- clocks (rcc.c) ------------------------------------------------------------------------------------------------- */
typedef struct {
    uint32_t sysclk, hclk;       /* Hz */
    uint32_t pclk[2], timclk[2]; /* APB1, APB2 and the clocks of their timers */
    uint32_t hsi, lse, lsi, hse; /* hsi: the 16 MHz one that peripherals can choose; 0: the board has none */
} stm32_clocks;

const stm32_clocks *stm32_clocks_of(const stm32_device *d);
uint32_t stm32_pclk(const stm32_device *d);   /* of the bus that the device's base address is on */
uint32_t stm32_timclk(const stm32_device *d); /* likewise */
/* Core cycles in `ticks` of a clock of `hz`. */
uint64_t stm32_cycles(const emu_machine *m, uint64_t ticks, uint32_t hz);
static inline uint64_t stm32_us(const emu_machine *m, uint64_t us) { return stm32_cycles(m, us, 1000000u); }
uint32_t stm32_rcc_register(const stm32_device *d, uint32_t offset); /* a register of the RCC as it is */

/* --- pins (gpio.c) ----------------------------------------------------------------------------------------------------- */
/* The level of a signal has changed. */
void stm32_signal_changed(stm32_device *d, unsigned signal);
/* Whether the pin is set up as this signal of the device; any pin: pin = STM32_ANY_PIN. */
#define STM32_ANY_PIN 0xFFFFFFFFu
bool stm32_signal_on(const stm32_device *d, unsigned signal, uint32_t pin);
/* The level of the pin that is set up as this input; `otherwise`: none is. */
bool stm32_signal_in(const stm32_device *d, unsigned signal, bool otherwise);
enum { STM32_AF_NONE = -1, STM32_AF_BY_REMAP = -2 /* F1: the peripherals' remap fields decide */ };
/* What devices drive on a pin that is in alternate function mode. */
emu_level stm32_pin_driven(emu_machine *m, unsigned pin, int af);

/* A GPIO port, of either kind. */
typedef struct stm32_port {
    stm32_device dev;
    uint32_t port;
    int (*alternate)(const struct stm32_port *p, unsigned bit); /* the alternate function number of the pin, or STM32_AF_* */
    void (*refresh)(struct stm32_port *p, unsigned bit);
} stm32_port;
stm32_port *stm32_port_of(emu_machine *m, unsigned pin);
extern const emu_device_class stm32_gpio, stm32_f1_gpio;
uint32_t stm32_afio_mapr(const emu_device *afio); /* gpio_f1.c */

/* --- DMA (dma.c) ------------------------------------------------------------------------------------------------------- */
/* A request line has become active. */
void stm32_dma_request(stm32_device *d, unsigned request);

#endif
