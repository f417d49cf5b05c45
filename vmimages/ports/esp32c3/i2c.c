/* SPDX-License-Identifier: Apache-2.0 */
/* I2C by the chip's controller (ESP32-C3 TRM 28), on any pins through the matrix. Each step of a transfer is a list of its own, which ends
 * with the clock held low: so a transfer has any length, and an address that nobody acknowledges is told from a byte. */
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL

#define I2C(offset) REG(I2C0_BASE + (offset))
#define I2C_SCL_LOW_PERIOD I2C(0x00u)
#define I2C_CTR I2C(0x04u)
#define I2C_CTR_MASTER (1u << 9 | 1u << 4 | 3u) /* ARBITRATION_EN; MS_MODE; SCL and SDA as open drain */
#define I2C_CTR_TRANS_START (1u << 5)
#define I2C_CTR_FSM_RST (1u << 10)
#define I2C_CTR_CONF_UPGATE (1u << 11)
#define I2C_FIFO_CONF I2C(0x18u)
#define I2C_FIFO_CONF_USED (1u << 14) /* FIFO_PRT_EN */
#define I2C_FIFO_CONF_RST (3u << 12)
#define I2C_DATA I2C(0x1Cu)
#define I2C_INT_RAW I2C(0x20u)
#define I2C_INT_CLR I2C(0x24u)
#define I2C_INT_END_DETECT (1u << 3)
#define I2C_INT_TRANS_COMPLETE (1u << 7)
#define I2C_INT_ARBITRATION_LOST (1u << 5)
#define I2C_INT_NACK (1u << 10)
#define I2C_SDA_HOLD I2C(0x30u)
#define I2C_SDA_SAMPLE I2C(0x34u)
#define I2C_SCL_HIGH_PERIOD I2C(0x38u)
#define I2C_SCL_START_STOP(n) I2C(0x40u + 4u * (n)) /* START_HOLD, RSTART_SETUP, STOP_HOLD, STOP_SETUP */
#define I2C_CLK_CONF I2C(0x54u)
#define I2C_CLK_CONF_SCLK_ACTIVE (1u << 21) /* the crystal, divided */
#define I2C_COMD(n) I2C(0x58u + 4u * (n))
#define COMD_WRITE(bytes) (1u << 11 | 1u << 8 | (bytes)) /* ACK_CHECK_EN */
#define COMD_STOP (2u << 11)
#define COMD_READ(bytes, last) (3u << 11 | (uint32_t)(last) << 10 | (bytes)) /* ACK_VALUE */
#define COMD_END (4u << 11)
#define COMD_RSTART (6u << 11)
#define PERIP_I2C0 (1u << 7)
#define SIGNAL_SCL 53u /* SDA is the next */
#define CRYSTAL_HZ 40000000u
enum { FIFO = 31, STRETCH_MAX_US = 25000 };

static void timing(uint32_t hz) {
    uint32_t divisor = CRYSTAL_HZ / (hz * 1024u) + 1, half = CRYSTAL_HZ / divisor / hz / 2, wait = hz < 80000 ? half / 4 : half / 2 - 2;
    I2C_CLK_CONF = I2C_CLK_CONF_SCLK_ACTIVE | (divisor - 1);
    I2C_SCL_LOW_PERIOD = half - 1;
    I2C_SCL_HIGH_PERIOD = wait << 9 | (half - wait); /* SCL_WAIT_HIGH_PERIOD: from when the line is seen to be high */
    I2C_SDA_HOLD = half / 4;
    I2C_SDA_SAMPLE = half / 2;
    for (unsigned i = 0; i < 4; i++) I2C_SCL_START_STOP(i) = half - 1;
}

static int perform(uint32_t hz, uint32_t first, uint32_t second, uint32_t third) {
    I2C_COMD(0) = first;
    I2C_COMD(1) = second;
    I2C_COMD(2) = third;
    I2C_INT_CLR = ~0u;
    I2C_CTR = I2C_CTR_MASTER | I2C_CTR_CONF_UPGATE;
    I2C_CTR = I2C_CTR_MASTER | I2C_CTR_TRANS_START;
    uint32_t patience = STRETCH_MAX_US + FIFO * 10u * (1000000u / hz + 1), from = timer_now(), raw;
    do {
        raw = I2C_INT_RAW;
        if (raw & I2C_INT_NACK) return HAL_EIO;
        if (raw & I2C_INT_ARBITRATION_LOST) break;
        if (raw & (I2C_INT_END_DETECT | I2C_INT_TRANS_COMPLETE)) return 0;
    } while (timer_now() - from < patience);
    return HAL_ETIMEDOUT;
}

static int start(uint32_t hz, uint32_t address) {
    I2C_DATA = address;
    int error = perform(hz, COMD_RSTART, COMD_WRITE(1u), COMD_END);
    return error == HAL_EIO ? HAL_ENODEV : error;
}

static int transfer(uint32_t hz, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length) {
    int error = out_length || !in_length ? start(hz, address << 1) : 0;
    while (out_length && !error) {
        uint32_t n = out_length < FIFO ? (uint32_t)out_length : FIFO;
        out_length -= n;
        for (uint32_t i = 0; i < n; i++) I2C_DATA = *out++;
        error = perform(hz, COMD_WRITE(n), COMD_END, 0);
    }
    if (in_length && !error) error = start(hz, address << 1 | 1u);
    while (in_length && !error) {
        uint32_t n = in_length - 1 < FIFO ? (uint32_t)in_length - 1 : FIFO;
        if (!n) n = 1;
        error = perform(hz, COMD_READ(n, in_length == 1), COMD_END, 0);
        in_length -= n;
        while (n-- && !error) *in++ = (uint8_t)I2C_DATA;
    }
    return error ? error : perform(hz, COMD_STOP, 0, 0);
}

/* Open drain, and the controller's or nobody's. */
static void lead(vm_hal *hal, uint32_t pin, uint32_t signal, bool on) {
    if (on) {
        GPIO_PIN(pin) |= GPIO_PIN_PAD_DRIVER;
        GPIO_FUNC_IN_SEL(signal) = GPIO_FUNC_IN_SEL_MATRIX | pin;
        GPIO_FUNC_OUT_SEL(pin) = signal;
    } else {
        hal_gpio_mode(hal, pin, HAL_GPIO_PULLUP);
        GPIO_PIN(pin) &= ~GPIO_PIN_PAD_DRIVER;
    }
}

int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    SYSTEM_PERIP_CLK_EN0 |= PERIP_I2C0;
    SYSTEM_PERIP_RST_EN0 &= ~PERIP_I2C0;
    timing(bus->frequency_hz);
    I2C_FIFO_CONF = I2C_FIFO_CONF_USED | I2C_FIFO_CONF_RST;
    I2C_FIFO_CONF = I2C_FIFO_CONF_USED;
    I2C_CTR = I2C_CTR_MASTER | I2C_CTR_CONF_UPGATE;
    lead(hal, bus->scl, SIGNAL_SCL, true);
    lead(hal, bus->sda, SIGNAL_SCL + 1u, true);
    int error = transfer(bus->frequency_hz, address, out, out_length, in, in_length);
    if (error) I2C_CTR = I2C_CTR_MASTER | I2C_CTR_FSM_RST;
    lead(hal, bus->scl, 0, false);
    lead(hal, bus->sda, 0, false);
    if (error) hal_i2c_open(hal, bus); /* the stop condition, whatever the controller left the bus in */
    return error;
}

#endif
