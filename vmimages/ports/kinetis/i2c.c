/* SPDX-License-Identifier: Apache-2.0 */
/* I2C by the K64's controllers (K64 RM 51, "Inter-Integrated Circuit"), on the pins that they have: 16 to 400 kHz. Other pins and slower
 * clocks are worked by program. */
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL && defined(CHIP_I2C_PINS)

static const route routes[] = {CHIP_I2C_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes, LINES = 2, FASTEST_HZ = 400000, PATIENCE_US = 30000 };

#define I2C(offset) REG8(base + (offset))
#define I2C_F I2C(0x1u)
#define I2C_C1 I2C(0x2u)
#define I2C_C1_RSTA (1u << 2)
#define I2C_C1_TXAK (1u << 3)
#define I2C_C1_TX (1u << 4)
#define I2C_C1_MST (1u << 5)
#define I2C_C1_IICEN (1u << 7)
#define I2C_S I2C(0x3u)
#define I2C_S_RXAK (1u << 0)
#define I2C_S_IICIF (1u << 1)
#define I2C_S_ARBL (1u << 4)
#define I2C_S_BUSY (1u << 5)
#define I2C_D I2C(0x4u)

/* F.ICR from 0x18 on ("I2C divider and hold values"); F.MULT must be 0 for a repeated start (erratum e6070). */
static bool set_clock(uint32_t base, uint32_t hz) {
    static const uint8_t steps[] = {10, 12, 14, 16, 18, 20, 24, 30};
    uint32_t wanted = (BUS_HZ + hz - 1) / hz, icr = 0x18;
    while (icr < 0x40 && (uint32_t)steps[icr & 7u] << (icr >> 3) < wanted) icr++;
    I2C_F = (uint8_t)icr;
    return icr < 0x40;
}

/* A byte is over: 0 when it was acknowledged, or read. */
static int await(uint32_t base) {
    for (uint32_t from = timer_now(); timer_now() - from < PATIENCE_US;) {
        uint8_t status = I2C_S;
        if (!(status & I2C_S_IICIF)) continue;
        I2C_S = I2C_S_IICIF | I2C_S_ARBL;
        return status & I2C_S_ARBL || (I2C_C1 & I2C_C1_TX && status & I2C_S_RXAK) ? HAL_EIO : 0;
    }
    return HAL_ETIMEDOUT;
}

static int send(uint32_t base, uint32_t byte) {
    I2C_D = (uint8_t)byte;
    return await(base);
}

static int start(uint32_t base, uint32_t address) {
    uint8_t repeated = I2C_C1 & I2C_C1_MST ? I2C_C1_RSTA : 0;
    I2C_C1 = (uint8_t)(I2C_C1_IICEN | I2C_C1_MST | I2C_C1_TX | repeated);
    int error = send(base, address);
    return error == HAL_EIO ? HAL_ENODEV : error;
}

/* Reading D starts the next byte, so what that gets is set before, and the bus is left before the last one is read. */
static int receive(uint32_t base, uint8_t *in, size_t length) {
    I2C_C1 = (uint8_t)(I2C_C1_IICEN | I2C_C1_MST | (length == 1 ? I2C_C1_TXAK : 0));
    (void)I2C_D;
    for (; length; length--) {
        int error = await(base);
        if (error) return error;
        if (length == 1) I2C_C1 = I2C_C1_IICEN;
        if (length == 2) I2C_C1 = I2C_C1_IICEN | I2C_C1_MST | I2C_C1_TXAK;
        *in++ = I2C_D;
    }
    return 0;
}

int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    const uint32_t pins[LINES] = {bus->scl, bus->sda};
    const route *found[LINES + 1];
    bool has = routes_find(routes, ROUTES, pins, LINES, found);
    uint32_t base = found[LINES]->base, hz = bus->frequency_hz < FASTEST_HZ ? bus->frequency_hz : FASTEST_HZ;
    if (has) route_clock_on(found[LINES]);
    if (!has || !set_clock(base, hz)) return soft_i2c_transfer(hal, bus, address, out, out_length, in, in_length);
    I2C_C1 = I2C_C1_IICEN;
    I2C_S = I2C_S_IICIF | I2C_S_ARBL;
    for (unsigned i = 0; i < LINES; i++) PORT_PCR(pins[i]) = PORT_PCR_MUX(found[i]->function) | PORT_PCR_ODE | PORT_PCR_PE | PORT_PCR_PS;
    int error = out_length || !in_length ? start(base, address << 1) : 0;
    for (; out_length && !error; out_length--) error = send(base, *out++);
    if (in_length && !error) error = start(base, address << 1 | 1u);
    if (in_length && !error) error = receive(base, in, in_length);
    I2C_C1 = I2C_C1_IICEN; /* the stop condition */
    for (uint32_t from = timer_now(); error != HAL_ETIMEDOUT && I2C_S & I2C_S_BUSY;)
        if (timer_now() - from >= PATIENCE_US) error = HAL_ETIMEDOUT;
    I2C_C1 = 0;
    for (unsigned i = 0; i < LINES; i++) hal_gpio_mode(hal, pins[i], HAL_GPIO_PULLUP);
    if (error == HAL_ETIMEDOUT) hal_i2c_open(hal, bus); /* a stop condition, whatever the controller left the bus in */
    return error;
}

#endif
