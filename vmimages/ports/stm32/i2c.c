/* SPDX-License-Identifier: Apache-2.0 */
/* I2C by the controllers of F4 (RM0090 27) and L4 (RM0351 39), on the pins that they have: up to 400 kHz, on L4 to 1 MHz. Other pins and
 * slower clocks are worked by program. */
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL && defined(CHIP_I2C_PINS)

static const route routes[] = {CHIP_I2C_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes, LINES = 2, PATIENCE_US = 30000 };

#define I2C(offset) REG(base + (offset))
#define I2C_CR1 I2C(0x00u)
#define I2C_CR1_PE (1u << 0)
#define I2C_CR2 I2C(0x04u)

#if F4
#define I2C_CR1_START (1u << 8)
#define I2C_CR1_STOP (1u << 9)
#define I2C_CR1_ACK (1u << 10)
#define I2C_CR1_POS (1u << 11)
#define I2C_CR1_SWRST (1u << 15)
#define I2C_DR I2C(0x10u)
#define I2C_SR1 I2C(0x14u)
#define I2C_SR1_SB (1u << 0)
#define I2C_SR1_ADDR (1u << 1)
#define I2C_SR1_BTF (1u << 2)
#define I2C_SR1_RXNE (1u << 6)
#define I2C_SR1_ERRORS (1u << 10 | 1u << 9 | 1u << 8) /* AF, ARLO, BERR */
#define I2C_SR2 I2C(0x18u)
#define I2C_CCR I2C(0x1Cu)
#define I2C_CCR_FAST (1u << 15)
#define I2C_TRISE I2C(0x20u)
enum { FASTEST_HZ = 400000, STANDARD_HZ = 100000, CCR_MAX = 0xFFF };

/* A fast clock is low for two thirds of the time. */
static bool set_up(uint32_t base, uint32_t clock_hz, uint32_t hz) {
    bool fast = hz > STANDARD_HZ;
    uint32_t parts = (fast ? 3 : 2) * (hz > FASTEST_HZ ? FASTEST_HZ : hz), period = (clock_hz + parts - 1) / parts;
    if (period > CCR_MAX) return false;
    I2C_CR1 = I2C_CR1_SWRST; /* BUSY may be set for good by what was on the lines before (ES0206, "Wrong behaviors in BUSY") */
    I2C_CR1 = 0;
    I2C_CR2 = clock_hz / 1000000u;
    I2C_CCR = period | (fast ? I2C_CCR_FAST : 0);
    I2C_TRISE = (fast ? clock_hz / 1000u * 3u / 10000u : clock_hz / 1000000u) + 1; /* 300 ns, 1 us */
    return true;
}

static int await(uint32_t base, uint32_t what) {
    for (uint32_t from = timer_now(); timer_now() - from < PATIENCE_US;) {
        uint32_t status = I2C_SR1;
        if (status & I2C_SR1_ERRORS) return HAL_EIO;
        if (status & what) return 0;
    }
    return HAL_ETIMEDOUT;
}

/* The clock is held until SR2 is read. */
static int start(uint32_t base, uint32_t address) {
    I2C_CR1 |= I2C_CR1_START;
    int error = await(base, I2C_SR1_SB);
    if (error) return error;
    I2C_DR = address;
    error = await(base, I2C_SR1_ADDR);
    return error == HAL_EIO ? HAL_ENODEV : error;
}

/* RM0090 27.3.3, "Master receiver": what the last byte gets, and the stop condition, are set while the clock is held, or before anything
 * can come between. */
static int receive(uint32_t base, uint8_t *in, size_t length) {
    int error;
    uint32_t primask = interrupts_off();
    if (length == 1) I2C_CR1 &= ~I2C_CR1_ACK;
    (void)I2C_SR2;
    if (length == 1) I2C_CR1 |= I2C_CR1_STOP;
    if (length == 2) I2C_CR1 &= ~I2C_CR1_ACK; /* with POS: for the second byte */
    interrupts_restore(primask);
    for (; length > 3; length--) {
        if ((error = await(base, I2C_SR1_RXNE))) return error;
        *in++ = (uint8_t)I2C_DR;
    }
    if (length > 1) {
        if ((error = await(base, I2C_SR1_BTF))) return error;
        if (length == 3) {
            I2C_CR1 &= ~I2C_CR1_ACK;
            primask = interrupts_off();
            *in++ = (uint8_t)I2C_DR;
            I2C_CR1 |= I2C_CR1_STOP;
            interrupts_restore(primask);
        } else {
            I2C_CR1 |= I2C_CR1_STOP;
        }
        *in++ = (uint8_t)I2C_DR;
    }
    if ((error = await(base, I2C_SR1_RXNE))) return error;
    *in = (uint8_t)I2C_DR;
    return 0;
}

static int transfer(uint32_t base, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length) {
    int error = 0;
    if (out_length || !in_length) {
        error = start(base, address << 1);
        if (!error) (void)I2C_SR2;
    }
    for (; out_length && !error; out_length--) {
        I2C_DR = *out++;
        error = await(base, I2C_SR1_BTF);
    }
    if (in_length && !error) {
        I2C_CR1 |= in_length == 2 ? I2C_CR1_ACK | I2C_CR1_POS : I2C_CR1_ACK;
        error = start(base, address << 1 | 1u);
        if (!error) error = receive(base, in, in_length);
    }
    if (error || !in_length) I2C_CR1 |= I2C_CR1_STOP;
    for (uint32_t from = timer_now(); error != HAL_ETIMEDOUT && I2C_CR1 & I2C_CR1_STOP;)
        if (timer_now() - from >= PATIENCE_US) error = HAL_ETIMEDOUT;
    return error;
}

#else
#define I2C_CR2_READ (1u << 10)
#define I2C_CR2_START (1u << 13)
#define I2C_CR2_RELOAD (1u << 24)
#define I2C_CR2_AUTOEND (1u << 25)
#define I2C_TIMINGR I2C(0x10u)
#define I2C_ISR I2C(0x18u)
#define I2C_ISR_TXIS (1u << 1)
#define I2C_ISR_RXNE (1u << 2)
#define I2C_ISR_NACKF (1u << 4)
#define I2C_ISR_STOPF (1u << 5)
#define I2C_ISR_TC (1u << 6)
#define I2C_ISR_TCR (1u << 7)
#define I2C_ISR_ERRORS (1u << 9 | 1u << 8) /* ARLO, BERR */
#define I2C_ICR I2C(0x1Cu)
#define I2C_RXDR I2C(0x24u)
#define I2C_TXDR I2C(0x28u)
enum { NBYTES_MAX = 255, COUNT_MAX = 256 * 5 / 3 /* clocks a bit, of which three fifths are low */ };

static bool set_up(uint32_t base, uint32_t clock_hz, uint32_t hz) {
    uint32_t period = (clock_hz + hz - 1) / hz, prescale = period / COUNT_MAX + 1;
    if (prescale > 16) return false;
    uint32_t clocks = (period + prescale - 1) / prescale, low = clocks * 3u / 5u, hold = clock_hz / 3333333u / prescale; /* 300 ns */
    I2C_CR1 = 0;
    I2C_TIMINGR = (prescale - 1) << 28 | 15u << 20 | (hold < 15 ? hold : 15u) << 16 | (clocks - low - 1) << 8 | (low - 1);
    return true;
}

static int await(uint32_t base, uint32_t what) {
    for (uint32_t from = timer_now(); timer_now() - from < PATIENCE_US;) {
        uint32_t status = I2C_ISR;
        if (status & (I2C_ISR_ERRORS | I2C_ISR_NACKF)) return HAL_EIO;
        if (status & what) return 0;
    }
    return HAL_ETIMEDOUT;
}

/* One direction, NBYTES_MAX bytes at a time; `stop`: the controller makes the stop condition. */
static int move(uint32_t base, uint32_t how, const uint8_t *out, uint8_t *in, size_t length, bool stop) {
    int error;
    bool begun = false;
    uint32_t start = I2C_CR2_START;
    do {
        uint32_t n = length < NBYTES_MAX ? (uint32_t)length : NBYTES_MAX;
        length -= n;
        I2C_CR2 = how | start | n << 16 | (length ? I2C_CR2_RELOAD : stop ? I2C_CR2_AUTOEND : 0);
        for (start = 0; n; n--, begun = true) {
            error = await(base, in ? I2C_ISR_RXNE : I2C_ISR_TXIS);
            if (error) return error == HAL_EIO && !begun ? HAL_ENODEV : error;
            if (in)
                *in++ = (uint8_t)I2C_RXDR;
            else
                I2C_TXDR = *out++;
        }
        error = await(base, length ? I2C_ISR_TCR : stop ? I2C_ISR_STOPF : I2C_ISR_TC);
    } while (length && !error);
    return error == HAL_EIO && !begun ? HAL_ENODEV : error;
}

static int transfer(uint32_t base, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length) {
    int error = 0;
    I2C_ICR = ~0u;
    if (out_length || !in_length) error = move(base, address << 1, out, NULL, out_length, !in_length);
    if (in_length && !error) error = move(base, address << 1 | I2C_CR2_READ, NULL, in, in_length, true);
    for (uint32_t from = timer_now(); error && error != HAL_ETIMEDOUT && !(I2C_ISR & I2C_ISR_STOPF);)
        if (timer_now() - from >= PATIENCE_US) error = HAL_ETIMEDOUT; /* after a refusal it stops by itself */
    return error;
}
#endif

int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    const uint32_t pins[LINES] = {bus->scl, bus->sda};
    const route *found[LINES + 1];
    bool has = routes_find(routes, ROUTES, pins, LINES, found);
    uint32_t base = found[LINES]->base;
    if (has) route_clock_on(found[LINES]);
    if (!has || !set_up(base, route_hz(found[LINES]), bus->frequency_hz))
        return soft_i2c_transfer(hal, bus, address, out, out_length, in, in_length);
    for (unsigned i = 0; i < LINES; i++) {
        GPIO(pins[i] / 32, GPIO_OTYPER) |= 1u << pins[i] % 32;
        pin_alternate(pins[i], found[i]->function, true);
    }
    I2C_CR1 = I2C_CR1_PE;
    int error = transfer(base, address, out, out_length, in, in_length);
    for (unsigned i = 0; i < LINES; i++) {
        hal_gpio_mode(hal, pins[i], HAL_GPIO_PULLUP);
        GPIO(pins[i] / 32, GPIO_OTYPER) &= ~(1u << pins[i] % 32);
    }
    I2C_CR1 = 0;
    if (error == HAL_ETIMEDOUT) hal_i2c_open(hal, bus); /* a stop condition, whatever the controller left the bus in */
    return error;
}

#endif
