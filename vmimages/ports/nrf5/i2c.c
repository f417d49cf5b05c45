/* SPDX-License-Identifier: Apache-2.0 */
/* I2C by the chip's controller (nRF52833 PS 6.31, "TWIM"): any pins, 100, 250 or 400 kHz, clock stretching. What is slower, longer than
 * its buffer or only asks for an address the pins do by program, as in profiles where flash is scarce. */
#include <string.h>

#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL && defined(SPI_TWI0_BASE)

#define TWIM(offset) REG(SPI_TWI0_BASE + (offset))
#define TWIM_TASKS_STARTRX TWIM(0x000u)
#define TWIM_TASKS_STARTTX TWIM(0x008u)
#define TWIM_TASKS_STOP TWIM(0x014u)
#define TWIM_EVENTS_STOPPED TWIM(0x104u)
#define TWIM_EVENTS_ERROR TWIM(0x124u)
#define TWIM_SHORTS TWIM(0x200u)
#define TWIM_SHORTS_LASTTX_STARTRX (1u << 7)
#define TWIM_SHORTS_LASTTX_STOP (1u << 9)
#define TWIM_SHORTS_LASTRX_STOP (1u << 12)
#define TWIM_ERRORSRC TWIM(0x4C4u)
#define TWIM_ERRORSRC_ANACK (1u << 1)
#define TWIM_ENABLE TWIM(0x500u)
#define TWIM_ENABLE_TWIM 6u
#define TWIM_PSEL_SCL TWIM(0x508u)
#define TWIM_PSEL_SDA TWIM(0x50Cu)
#define TWIM_FREQUENCY TWIM(0x524u)
#define TWIM_RXD_PTR TWIM(0x534u)
#define TWIM_RXD_MAXCNT TWIM(0x538u)
#define TWIM_TXD_PTR TWIM(0x544u)
#define TWIM_TXD_MAXCNT TWIM(0x548u)
#define TWIM_ADDRESS TWIM(0x588u)
/* MAXCNT has eight bits on the nRF52832, and what is sent must be in RAM. */
enum { SLOWEST_HZ = 100000, OUT_MAX = 32, IN_MAX = 255, STRETCH_MAX_US = 25000 };

int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    uint8_t buffer[OUT_MAX];
    uint32_t hz = bus->frequency_hz;
    if (hz < SLOWEST_HZ || out_length > OUT_MAX || in_length > IN_MAX || !(out_length + in_length))
        return soft_i2c_transfer(hal, bus, address, out, out_length, in, in_length);
    memcpy(buffer, out, out_length);
    TWIM_PSEL_SCL = bus->scl;
    TWIM_PSEL_SDA = bus->sda;
    TWIM_FREQUENCY = hz < 250000 ? 0x01980000u : hz < 400000 ? 0x04000000u : 0x06400000u;
    TWIM_ADDRESS = address;
    TWIM_TXD_PTR = (uint32_t)(uintptr_t)buffer;
    TWIM_TXD_MAXCNT = (uint32_t)out_length;
    TWIM_RXD_PTR = (uint32_t)(uintptr_t)in;
    TWIM_RXD_MAXCNT = (uint32_t)in_length;
    TWIM_SHORTS = in_length ? TWIM_SHORTS_LASTTX_STARTRX | TWIM_SHORTS_LASTRX_STOP : TWIM_SHORTS_LASTTX_STOP;
    TWIM_EVENTS_STOPPED = 0;
    TWIM_EVENTS_ERROR = 0;
    TWIM_ERRORSRC = 7;
    TWIM_ENABLE = TWIM_ENABLE_TWIM;
    __asm volatile("dsb" ::: "memory"); /* the buffer is written */
    *(out_length ? &TWIM_TASKS_STARTTX : &TWIM_TASKS_STARTRX) = 1;
    int error = 0;
    uint32_t from = timer_now(), patience = STRETCH_MAX_US + (uint32_t)(out_length + in_length + 2) * 100u, stopped;
    do {
        stopped = TWIM_EVENTS_STOPPED;
        if (TWIM_EVENTS_ERROR && !error) {
            error = TWIM_ERRORSRC & TWIM_ERRORSRC_ANACK ? HAL_ENODEV : HAL_EIO;
            TWIM_TASKS_STOP = 1;
        }
        if (timer_now() - from >= patience) error = HAL_ETIMEDOUT;
    } while (!stopped && error != HAL_ETIMEDOUT);
    TWIM_ENABLE = 0;
    return error;
}

#endif
