/* SPDX-License-Identifier: Apache-2.0 */
/* What the peripherals of Espressif's chips have in common. "TRM" is the ESP32-C3 Technical Reference Manual; registers are named as there.
 *
 * A peripheral sees whole registers only: esp_read and esp_write take care of narrow accesses, and of a peripheral that SYSTEM holds in
 * reset or gives no clock. Registers that only keep what was written to them are a table. */
#ifndef VMRIG_EMU_ESP_H
#define VMRIG_EMU_ESP_H

#include "device.h"
#include "devices/params.h"

typedef struct esp_device esp_device;

typedef struct {
    uint16_t offset;
    uint16_t count;    /* of registers in a row, 4 bytes apart */
    uint32_t reset;    /* value */
    uint32_t writable; /* bits that keep what is written */
} esp_register;

#define ESP_STORE_MAX 128 /* registers of a table */
#define ESP_WORDS 256     /* in which they are found at once */

typedef struct {
    const esp_register *registers; /* plain registers: ends with count 0; NULL: none */
    /* Registers that do something; they are looked for before the plain ones. false: no such register here. */
    bool (*read)(esp_device *d, uint32_t offset, uint32_t *value);
    bool (*write)(esp_device *d, uint32_t offset, uint32_t value);
    void (*changed)(esp_device *d, uint32_t offset, uint32_t old); /* a plain register was written */
    void (*reset)(esp_device *d);                                  /* of the block, by SYSTEM or by a reset of the chip */
    void (*clocks_changed)(esp_device *d);                         /* the CPU or APB clock is about to be another */
    void (*released)(esp_device *d);                               /* SYSTEM has let it go from its reset */
    bool always_alive;                                             /* needs no clock from SYSTEM */
} esp_spec;

struct esp_device {
    emu_device base;
    const esp_spec *spec;
    bool held;      /* in reset: reads 0, ignores writes */
    bool unclocked; /* the same, but state stays */
    uint32_t store[ESP_STORE_MAX];
    uint8_t where[ESP_WORDS]; /* 1 + the index in `store` of the plain register at each word offset, 0: none is there, or the first reset is
                                 yet to come */
};

/* For emu_device_class: .read, .write and .reset of every peripheral here. */
uint32_t esp_read(emu_device *d, uint32_t offset, unsigned size);
void esp_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size);
void esp_reset(emu_device *d, emu_reset_kind kind);
bool esp_is_esp(const emu_device *d);
/* A plain register's contents. The offset must be in the table. */
uint32_t *esp_plain(esp_device *d, uint32_t offset);
static inline uint32_t esp_value(const esp_device *d, uint32_t offset) { return *esp_plain((esp_device *)(uintptr_t)d, offset); }
void esp_hold(esp_device *d, bool held);       /* SYSTEM: takes hold of a block, which resets it, or lets it go */
void esp_unclock(esp_device *d, bool stopped); /* SYSTEM: its clock */

static inline void esp_irq(esp_device *d, int further, bool level) { emu_irq_set(d->base.machine, d->base.irq + further, level); }
/* So long `count` ticks of a clock of `hz` take, rounded up; ESP_NEVER when it does not run. */
#define ESP_NEVER UINT64_MAX
uint64_t esp_ns(uint64_t count, uint64_t hz);
/* Ticks of a clock of `hz` in so many ns, rounded down. */
uint64_t esp_ticks(uint64_t ns, uint64_t hz);

#define ESP_NO_PORT 0xFFFFFFFFu
#define ESP_NO_PIN 0xFFFFFFFFu

/* --- system.c: clocks ----------------------------------------------------------------------------------------------------- */
enum { ESP_XTAL_HZ = 40000000, ESP_RC_FAST_HZ = 17500000, ESP_RC_SLOW_HZ = 136000 };
uint32_t esp_apb_hz(const emu_device *system);

/* --- rtc_cntl.c ----------------------------------------------------------------------------------------------------------- */
/* Causes of a reset, RTC_CNTL_RESET_CAUSE_PROCPU (TRM 6.1.3) */
enum {
    ESP_RESET_POWER_ON = 0x01,
    ESP_RESET_CORE_SW = 0x03,
    ESP_RESET_DEEP_SLEEP = 0x05,
    ESP_RESET_CORE_MWDT0 = 0x07,
    ESP_RESET_CORE_MWDT1 = 0x08,
    ESP_RESET_CORE_RWDT = 0x09,
    ESP_RESET_CPU_MWDT0 = 0x0B,
    ESP_RESET_CPU_SW = 0x0C,
    ESP_RESET_CPU_RWDT = 0x0D,
    ESP_RESET_SYS_RWDT = 0x10,
    ESP_RESET_CPU_MWDT1 = 0x11,
    ESP_RESET_SYS_SWDT = 0x12,
    ESP_RESET_CORE_USB_UART = 0x15,
};
void esp_reset_chip(emu_device *rtc, unsigned cause); /* from a device: as the cause says; the cause is kept */
unsigned esp_reset_cause(const emu_device *rtc);      /* of the last reset */
uint32_t esp_rtc_slow_hz(const emu_device *rtc);      /* of the slow clock selected */
uint64_t esp_rtc_time(const emu_device *rtc);         /* its ticks since power-on or EN */

/* --- wdt.c: a watchdog of four stages, as the RTC and the timer groups have ------------------------------------------------- */
typedef struct {
    uint64_t start_ns; /* of the stage under way */
    uint32_t stage;
    bool running;
} esp_wdt;
enum { ESP_WDT_OFF, ESP_WDT_INTERRUPT, ESP_WDT_RESET_CPU, ESP_WDT_RESET_CORE, ESP_WDT_RESET_SYSTEM };
typedef uint64_t (*esp_wdt_hold)(const emu_device *d, unsigned stage); /* how long a stage lasts, in ns */
void esp_wdt_update(esp_wdt *w, emu_device *d, uint32_t event, bool run,
                    esp_wdt_hold hold); /* after a change of its settings, or a reset */
void esp_wdt_feed(esp_wdt *w, emu_device *d, uint32_t event, esp_wdt_hold hold);
unsigned esp_wdt_expire(esp_wdt *w, emu_device *d, uint32_t event, esp_wdt_hold hold); /* in the event: the stage that has ended */
/* TRM 12.2.2.4: the watchdogs that guard booting from flash run from a reset with the strapping pins so, until the program stops them. */
bool esp_boots_from_flash(const emu_device *gpio);

/* --- gdma.c: the channels that have this peripheral selected (TRM 2.4.2) ------------------------------------------------------ */
enum { ESP_DMA_SPI2 = 0, ESP_DMA_AES = 6, ESP_DMA_SHA = 7 };
uint32_t esp_dma_pull(emu_device *gdma, unsigned peripheral, uint8_t *out, uint32_t n);               /* from memory; how many there were */
void esp_dma_push(emu_device *gdma, unsigned peripheral, const uint8_t *data, uint32_t n, bool last); /* to memory; last: ends a packet */

/* --- gpio.c: the GPIO matrix ---------------------------------------------------------------------------------------------- */
enum {
    ESP_SIG_U0 = 6, /* RXD in, TXD out */
    ESP_SIG_U1 = 9,
    ESP_SIG_LEDC = 45, /* 6 outputs */
    ESP_SIG_RMT = 51,  /* 2 outputs */
    ESP_SIG_I2C_SCL = 53,
    ESP_SIG_I2C_SDA = 54,
    ESP_SIG_FSPICLK = 63,
    ESP_SIG_FSPIQ = 64,
    ESP_SIG_FSPID = 65,
    ESP_SIG_FSPICS0 = 68,
    ESP_SIG_GPIO = 128,
};
#define ESP_PINS 22u
/* What a peripheral drives on one of its outputs; oe false: nothing. */
void esp_signal_drive(emu_device *gpio, unsigned signal, bool level, bool oe);
uint32_t esp_signal_pins(const emu_device *gpio, unsigned signal); /* mask of the pins that this output is led to */
int esp_signal_source(const emu_device *gpio, unsigned signal);    /* the pin that this input comes from; -1: a constant, or none */
bool esp_signal_in(const emu_device *gpio, unsigned signal);       /* its level */
uint32_t esp_pins_in(const emu_device *gpio);                      /* levels of the pins whose input is enabled */

/* --- io_mux.c ------------------------------------------------------------------------------------------------------------- */
enum { ESP_PAD_WPD = 1u << 7, ESP_PAD_WPU = 1u << 8, ESP_PAD_IE = 1u << 9 };
uint32_t esp_pad(const emu_device *io_mux, unsigned pin); /* its register */
static inline unsigned esp_pad_function(uint32_t pad) { return pad >> 12 & 7; }
void esp_pad_changed(emu_device *gpio, unsigned pin); /* gpio.c: its register has changed */

#endif
