/* SPDX-License-Identifier: Apache-2.0 */
/* I2C and SPI by the pins themselves, on any pins of any chip. Faster ones would take a driver for each family; what hangs on these buses
 * (sensors, displays, memories) runs at any clock up to its own. Weak, so that a port can have a controller's driver instead. */
#include "port_chip.h"

#define STRETCH_MAX_US 25000u /* how long another chip may hold the clock: SMBus 3.1.1, tTIMEOUT */

#define UNLESS_THE_PORT_HAS_ITS_OWN __attribute__((weak))

static void pause_us(uint32_t us) {
    for (uint32_t from = timer_now(); us && timer_now() - from < us;) {}
}

static uint32_t half_period_us(uint32_t frequency_hz) { return 500000u / frequency_hz; }

/* --- I2C: a line is pulled low, or let go and pulled up */

typedef struct {
    vm_hal *hal;
    const hal_i2c *bus;
    uint32_t half_us;
    int error;
} i2c;

static void drive(const i2c *b, unsigned pin, bool level) {
    if (!level) hal_gpio_write(b->hal, pin, false); /* each time: where a pull is made by the same bit, letting go has set it */
    hal_gpio_mode(b->hal, pin, level ? HAL_GPIO_PULLUP : HAL_GPIO_OUTPUT);
    pause_us(b->half_us);
}

static void clock_high(i2c *b) {
    drive(b, b->bus->scl, true);
    for (uint32_t from = timer_now(); !hal_gpio_read(b->hal, b->bus->scl);) {
        if (timer_now() - from < STRETCH_MAX_US) continue;
        b->error = HAL_ETIMEDOUT;
        return;
    }
}

static bool bit(i2c *b, bool level) {
    drive(b, b->bus->sda, level);
    clock_high(b);
    level = hal_gpio_read(b->hal, b->bus->sda) > 0;
    drive(b, b->bus->scl, false);
    return level;
}

/* Nine bits, the acknowledge last. */
static unsigned nine(i2c *b, unsigned bits) {
    unsigned got = 0;
    for (unsigned mask = 1u << 8; mask && b->error != HAL_ETIMEDOUT; mask >>= 1) got = got << 1 | bit(b, bits & mask);
    return got;
}

static bool acknowledged(i2c *b, unsigned byte, int error) {
    if (!b->error && nine(b, byte << 1 | 1u) & 1u && !b->error) b->error = error;
    return !b->error;
}

static void start(i2c *b) {
    drive(b, b->bus->sda, true);
    clock_high(b);
    drive(b, b->bus->sda, false);
    drive(b, b->bus->scl, false);
}

static void stop(i2c *b) {
    drive(b, b->bus->sda, false);
    clock_high(b);
    drive(b, b->bus->sda, true);
}

UNLESS_THE_PORT_HAS_ITS_OWN int hal_i2c_open(vm_hal *hal, const hal_i2c *bus) {
    i2c b = {hal, bus, half_period_us(bus->frequency_hz), 0};
    if (bus->scl == bus->sda) return HAL_EINVAL;
    if (!hal_gpio_mode(hal, bus->scl, HAL_GPIO_PULLUP) || !hal_gpio_mode(hal, bus->sda, HAL_GPIO_PULLUP)) return HAL_EBUSY;
    hal_gpio_write(hal, bus->scl, false);
    hal_gpio_write(hal, bus->sda, false);
    /* A chip that was in the middle of a byte when this one was reset holds the data line until it has its clocks (UM10204 3.1.16). */
    for (unsigned i = 0; i < 9 && !hal_gpio_read(hal, bus->sda); i++) bit(&b, true);
    stop(&b);
    return b.error;
}

int soft_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                      size_t in_length) {
    i2c b = {hal, bus, half_period_us(bus->frequency_hz), 0};
    if (out_length || !in_length) {
        start(&b);
        acknowledged(&b, address << 1, HAL_ENODEV);
        while (out_length-- && acknowledged(&b, *out++, HAL_EIO)) {}
    }
    if (in_length && !b.error) {
        start(&b);
        acknowledged(&b, address << 1 | 1u, HAL_ENODEV);
        for (; in_length && !b.error; in_length--) *in++ = (uint8_t)(nine(&b, 0xFFu << 1 | (in_length == 1)) >> 1);
    }
    stop(&b);
    return b.error;
}

int __attribute__((weak, alias("soft_i2c_transfer")))
hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length);

/* --- SPI */

UNLESS_THE_PORT_HAS_ITS_OWN int hal_spi_open(vm_hal *hal, const hal_spi *bus) {
    hal_gpio_write(hal, bus->sck, bus->polarity);
    if (!hal_gpio_mode(hal, bus->sck, HAL_GPIO_OUTPUT) || (bus->mosi != HAL_NO_PIN && !hal_gpio_mode(hal, bus->mosi, HAL_GPIO_OUTPUT)) ||
        (bus->miso != HAL_NO_PIN && !hal_gpio_mode(hal, bus->miso, HAL_GPIO_INPUT)))
        return HAL_EBUSY;
    hal_gpio_write(hal, bus->sck, bus->polarity);
    return 0;
}

int soft_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    uint32_t half_us = half_period_us(bus->frequency_hz);
    bool idle = bus->polarity, phase = bus->phase;
    while (length--) {
        unsigned byte = out ? *out++ : 0xFFu, got = 0;
        for (unsigned i = 0; i < 8; i++) {
            unsigned at = bus->lsb_first ? i : 7 - i;
            if (phase) hal_gpio_write(hal, bus->sck, !idle);
            if (bus->mosi != HAL_NO_PIN) hal_gpio_write(hal, bus->mosi, byte >> at & 1u);
            pause_us(half_us);
            hal_gpio_write(hal, bus->sck, idle == phase); /* the edge at which both sides look */
            if (bus->miso == HAL_NO_PIN || hal_gpio_read(hal, bus->miso)) got |= 1u << at;
            pause_us(half_us);
            if (!phase) hal_gpio_write(hal, bus->sck, idle);
        }
        if (in) *in++ = (uint8_t)got;
    }
    return 0;
}

int __attribute__((weak, alias("soft_spi_transfer"))) hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in,
                                                                       size_t length);
