/* SPDX-License-Identifier: Apache-2.0 */
/* What the VM and the link need of a chip. One implementation a port (vmimages/ports/<chip>/hal.c) and one on the host, where many VMs live
 * in a process: so each function gets the `hal` pointer that its VM was made with. Firmware ignores it. All of them return at once unless
 * they say otherwise. */
#ifndef VM_HAL_H
#define VM_HAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vm_hal vm_hal;

/* --- time: microseconds since boot, monotonic */
uint64_t hal_time_us(vm_hal *hal);
/* Sleeps until the time, or earlier when something happens (a byte, a pin). UINT64_MAX: until something happens. */
void hal_wait_until(vm_hal *hal, uint64_t time_us);

/* --- GPIO: pin = port * 32 + bit */
enum { HAL_GPIO_INPUT = 0, HAL_GPIO_OUTPUT = 1, HAL_GPIO_PULLUP = 2, HAL_GPIO_PULLDOWN = 3 };
bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode); /* false: no such pin, or not free */
bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level);
int hal_gpio_read(vm_hal *hal, unsigned pin);                      /* 0, 1; -1: no such pin */
int hal_pin_by_name(vm_hal *hal, const char *name, size_t length); /* from port.bin; -1: no such name */

/* --- errors of what follows: as errno numbers them, negative */
enum { HAL_EIO = -5, HAL_EBUSY = -16, HAL_ENODEV = -19, HAL_EINVAL = -22, HAL_ENOSPC = -28, HAL_ETIMEDOUT = -110 };
#define HAL_NO_PIN 0xFFFFu /* a line that is not connected */

/* --- buses. The caller keeps the description; nothing is held between two calls, but the pins keep their idle levels. A transfer is over
 * when the function returns. 0, or an error: HAL_ENODEV nobody acknowledged the address, HAL_EIO a byte, HAL_ETIMEDOUT a line is held,
 * HAL_EBUSY a pin belongs to the board. */
typedef struct {
    uint32_t scl, sda, frequency_hz;
} hal_i2c;
int hal_i2c_open(vm_hal *hal, const hal_i2c *bus);
/* `out`, then, after a repeated start, `in`; what has no bytes is left out. With neither: the address alone. `address`: 7 bits. */
int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length);

typedef struct {
    uint32_t sck, mosi, miso; /* HAL_NO_PIN: none */
    uint32_t frequency_hz, polarity, phase, lsb_first;
} hal_spi;
int hal_spi_open(vm_hal *hal, const hal_spi *bus);
int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length); /* NULL: ones; nobody wants it */

/* --- a serial line beside the link's. hal_uart_open: its number, or an error (HAL_ENODEV: no UART is left, or not for these pins). */
typedef struct {
    uint32_t tx, rx; /* HAL_NO_PIN: none */
    uint32_t baud;
    uint32_t parity, stop_bits;
} hal_uart;
enum { HAL_PARITY_EVEN = 0, HAL_PARITY_ODD = 1, HAL_PARITY_NONE = 2 };
int hal_uart_open(vm_hal *hal, const hal_uart *line);
void hal_uart_close(vm_hal *hal, unsigned uart);
size_t hal_uart_read(vm_hal *hal, unsigned uart, uint8_t *out, size_t max);            /* max 0: the bytes waiting */
size_t hal_uart_write(vm_hal *hal, unsigned uart, const uint8_t *data, size_t length); /* bytes taken; length 0: those it would take */

/* --- converters */
int hal_adc_read(vm_hal *hal, unsigned pin); /* 0 .. 65535: the supply's voltage; or an error */
/* `duty` of 65536 high; it starts at once, at the next period where it ran before. frequency 0: the pin is a GPIO again. */
int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty);

/* --- watchdog: once started it cannot be stopped. hal_watchdog_start: 0 or an error; HAL_EINVAL: the chip cannot wait so long */
int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms);
bool hal_watchdog_feed(vm_hal *hal); /* false: it does not run */

/* --- what happened in interrupts, oldest first; kept in a ring of the port's, the newest lost when it is full. HAL_EVENT_NONE: nothing */
enum { HAL_EVENT_NONE = 0, HAL_EVENT_RISING = 1 << 16, HAL_EVENT_FALLING = 2 << 16 }; /* | pin */
enum { HAL_EDGE_OFF = 0, HAL_EDGE_RISING = 1, HAL_EDGE_FALLING = 2, HAL_EDGE_BOTH = 3 };
int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges); /* 0 or an error */
uint32_t hal_event(vm_hal *hal);

/* --- sleep. Deep: RAM is lost and the chip starts again, with HAL_RESET_WAKE. Does not return where it works; UINT64_MAX: no timer;
 * HAL_NO_PIN: no pin. Else what can end this chip's deep sleep, HAL_WAKE_ bits, or an error (HAL_EINVAL: not so long). */
enum { HAL_WAKE_TIMER = 1, HAL_WAKE_HIGH = 2, HAL_WAKE_LOW = 4 };
#define HAL_WAKE_PINS(count) ((count) << 4) /* by the levels of these pins, the first ones; 0: of a few, see docs/library.md */
int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level);

/* --- entropy: bytes that nobody can guess; 0: the chip has none */
size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max);

/* --- the program's output; takes what fits, the VM tries again later with the rest. Returns bytes taken. */
size_t hal_console_write(vm_hal *hal, const uint8_t *data, size_t length);

/* --- identity and reset */
size_t hal_uid(vm_hal *hal, uint8_t out[16]); /* the chip's unique id; bytes written, most significant first */
const char *hal_target(vm_hal *hal);          /* the name of the kind of board */
enum {
    HAL_RESET_POWER_ON = 1,
    HAL_RESET_PIN = 2,
    HAL_RESET_WATCHDOG = 4,
    HAL_RESET_SOFT = 8,
    HAL_RESET_LOCKUP = 16,
    HAL_RESET_DEBUG = 32,
    HAL_RESET_WAKE = 64,       /* from deep sleep; by a pin */
    HAL_RESET_WAKE_TIMER = 128 /* besides: by time */
};
uint32_t hal_reset_cause(vm_hal *hal); /* bits, as found at boot */
void hal_reset(vm_hal *hal);           /* does not return on a chip */

/* --- flash, in place readable at hal_flash(address). Addresses are the chip's; false: refused or failed */
const uint8_t *hal_flash(vm_hal *hal, uint32_t address);
bool hal_flash_erase(vm_hal *hal, uint32_t address, uint32_t length); /* whole erase units */
/* Whole write units (the link's layout has their size; 8 bytes are always whole), each once, or a second time to all zeros. Blank units are
 * left alone. `data` has no alignment. False also when other bytes are read back. */
bool hal_flash_write(vm_hal *hal, uint32_t address, const void *data, uint32_t length);
/* Where programs may keep values: whole erase units of one size. false: the layout has no such room. */
typedef struct {
    uint32_t address, sector, sectors, write_unit;
} hal_room;
bool hal_flash_room(vm_hal *hal, hal_room *out);

/* --- the link's serial line: bytes, not frames */
size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max);
/* Returns the bytes that are out. The others stay as they are where they are, and are offered again. */
size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length);

#endif
