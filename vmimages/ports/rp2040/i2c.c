/* SPDX-License-Identifier: Apache-2.0 */
/* I2C by the chip's controllers (RP2040 Datasheet 4.3), on the pins that they have; others are worked by program, as is a question for an
 * address alone. */
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL

#define RESETS_I2C(n) (1u << (3u + (n)))
#define IO_FUNC_I2C 3u
#define IC(offset) REG(base + (offset))
#define IC_CON IC(0x00u)
#define IC_CON_MASTER 0x163u /* TX_EMPTY_CTRL, SLAVE_DISABLE, RESTART_EN, MASTER_MODE */
#define IC_CON_FAST (2u << 1)
#define IC_TAR IC(0x04u)
#define IC_DATA_CMD IC(0x10u)
#define IC_DATA_CMD_READ (1u << 8)
#define IC_DATA_CMD_STOP (1u << 9)
#define IC_DATA_CMD_RESTART (1u << 10)
#define IC_FS_SCL_HCNT IC(0x1Cu)
#define IC_FS_SCL_LCNT IC(0x20u)
#define IC_RAW_INTR_STAT IC(0x34u)
#define IC_RAW_INTR_STAT_TX_EMPTY (1u << 4)
#define IC_RAW_INTR_STAT_TX_ABRT (1u << 6)
#define IC_RAW_INTR_STAT_STOP_DET (1u << 9)
#define IC_ENABLE IC(0x6Cu)
#define IC_RXFLR IC(0x78u)
#define IC_SDA_HOLD IC(0x7Cu)
#define IC_TX_ABRT_SOURCE IC(0x80u)
#define IC_TX_ABRT_SOURCE_7B_ADDR_NOACK 1u
#define IC_FS_SPKLEN IC(0xA0u)
enum { SLOWEST_HZ = 2000, PATIENCE_US = 30000 };

/* Of the transfer so far. */
static int aborted(uint32_t base) {
    if (!(IC_RAW_INTR_STAT & IC_RAW_INTR_STAT_TX_ABRT)) return 0;
    return IC_TX_ABRT_SOURCE & IC_TX_ABRT_SOURCE_7B_ADDR_NOACK ? HAL_ENODEV : HAL_EIO;
}

/* 0: `what` has come, or a byte can be taken. */
static int await(uint32_t base, uint32_t what) {
    for (uint32_t from = timer_now(); timer_now() - from < PATIENCE_US;) {
        int error = aborted(base);
        if (error || (what ? IC_RAW_INTR_STAT & what : IC_RXFLR)) return error;
    }
    return HAL_ETIMEDOUT;
}

int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    unsigned number = bus->sda / 2 & 1u;
    uint32_t base = number ? I2C1_BASE : I2C0_BASE, period = CHIP_CLOCK_HZ / bus->frequency_hz, low = period * 3u / 5u;
    if (bus->frequency_hz < SLOWEST_HZ || bus->sda % 2 || bus->scl % 4 != bus->sda % 4 + 1 || !(out_length + in_length))
        return soft_i2c_transfer(hal, bus, address, out, out_length, in, in_length);
    SET(RESETS_RESET) = RESETS_I2C(number);
    CLEAR(RESETS_RESET) = RESETS_I2C(number);
    while (!(RESETS_RESET_DONE & RESETS_I2C(number))) {}
    IC_CON = IC_CON_MASTER | IC_CON_FAST;
    IC_TAR = address;
    IC_FS_SCL_HCNT = period - low;
    IC_FS_SCL_LCNT = low;
    IC_FS_SPKLEN = low / 16u + 1;
    IC_SDA_HOLD = CHIP_CLOCK_HZ / 3333333u; /* 300 ns */
    IC_ENABLE = 1;
    IO_CTRL(bus->scl) = IO_FUNC_I2C;
    IO_CTRL(bus->sda) = IO_FUNC_I2C;
    int error = 0;
    for (size_t i = 0; i < out_length && !error; i++) {
        IC_DATA_CMD = out[i] | (i + 1 == out_length && !in_length ? IC_DATA_CMD_STOP : 0);
        error = await(base, IC_RAW_INTR_STAT_TX_EMPTY);
    }
    for (size_t i = 0; i < in_length && !error; i++) {
        IC_DATA_CMD = IC_DATA_CMD_READ | (!i && out_length ? IC_DATA_CMD_RESTART : 0) | (i + 1 == in_length ? IC_DATA_CMD_STOP : 0);
        error = await(base, 0);
        in[i] = (uint8_t)IC_DATA_CMD;
    }
    if (!error) error = await(base, IC_RAW_INTR_STAT_STOP_DET);
    for (uint32_t from = timer_now(); error && !(IC_RAW_INTR_STAT & IC_RAW_INTR_STAT_STOP_DET) && timer_now() - from < PATIENCE_US;) {
    } /* after an abort it stops by itself */
    if (!error) error = aborted(base);
    IC_ENABLE = 0;
    IO_CTRL(bus->scl) = IO_FUNC_SIO;
    IO_CTRL(bus->sda) = IO_FUNC_SIO;
    return error;
}

#endif
