/* SPDX-License-Identifier: Apache-2.0 */
/* SPI by the chip's controller (nRF52833 PS 6.25, "SPI"): any pins, 125 kHz to 8 MHz. What is slower the pins do by program, as in
 * profiles where flash is scarce. */
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL && defined(SPI_TWI1_BASE)

#define SPI(offset) REG(SPI_TWI1_BASE + (offset))
#define SPI_EVENTS_READY SPI(0x108u)
#define SPI_ENABLE SPI(0x500u)
#define SPI_PSEL(n) SPI(0x508u + 4u * (n)) /* SCK, MOSI, MISO */
#define SPI_RXD SPI(0x518u)
#define SPI_TXD SPI(0x51Cu)
#define SPI_FREQUENCY SPI(0x524u)
#define SPI_FREQUENCY_K125 0x02000000u
#define SPI_CONFIG SPI(0x554u)
enum { SLOWEST_HZ = 125000, RATES = 7 };

static uint32_t psel(uint32_t pin) { return pin == HAL_NO_PIN ? 0xFFFFFFFFu : pin; }

int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    uint32_t rate = 0;
    if (bus->frequency_hz < SLOWEST_HZ) return soft_spi_transfer(hal, bus, out, in, length);
    while (rate + 1 < RATES && (uint32_t)SLOWEST_HZ << (rate + 1) <= bus->frequency_hz) rate++;
    SPI_PSEL(0) = bus->sck;
    SPI_PSEL(1) = psel(bus->mosi);
    SPI_PSEL(2) = psel(bus->miso);
    SPI_FREQUENCY = SPI_FREQUENCY_K125 << rate;
    SPI_CONFIG = bus->polarity << 2 | bus->phase << 1 | bus->lsb_first;
    SPI_EVENTS_READY = 0;
    SPI_ENABLE = 1;
    while (length--) {
        SPI_TXD = out ? *out++ : 0xFFu;
        while (!SPI_EVENTS_READY) {}
        SPI_EVENTS_READY = 0;
        uint8_t byte = (uint8_t)SPI_RXD;
        if (in) *in++ = bus->miso == HAL_NO_PIN ? 0xFFu : byte;
    }
    SPI_ENABLE = 0;
    return 0;
}

#endif
