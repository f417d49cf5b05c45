/* SPDX-License-Identifier: Apache-2.0 */
/* SPI by the controllers of F4 and L4 (RM0090 28, RM0351 42), on the pins that they have, from a 256th of their bus's clock to half of it.
 * Other pins and slower clocks are worked by program. */
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL && defined(CHIP_SPI_PINS)

static const route routes[] = {CHIP_SPI_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes, LINES = 3 };

#define SPI_CR1 REG(base + 0x00u)
#define SPI_CR1_MASTER (1u << 9 | 1u << 8 | 1u << 2) /* SSM, SSI, MSTR */
#define SPI_CR1_SPE (1u << 6)
#define SPI_CR2 REG(base + 0x04u)
#define SPI_CR2_BYTES (L4 ? 1u << 12 | 7u << 8 : 0) /* FRXTH, DS */
#define SPI_SR REG(base + 0x08u)
#define SPI_SR_RXNE (1u << 0)
#define SPI_SR_BSY (1u << 7)
#define SPI_DR REG8(base + 0x0Cu)

int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    const uint32_t pins[LINES] = {bus->sck, bus->mosi, bus->miso};
    const route *found[LINES + 1];
    uint32_t rate = 0;
    if (!routes_find(routes, ROUTES, pins, LINES, found)) return soft_spi_transfer(hal, bus, out, in, length);
    uint32_t base = found[LINES]->base, half = route_hz(found[LINES]) / 2;
    while (rate < 8 && half >> rate > bus->frequency_hz) rate++;
    if (rate == 8) return soft_spi_transfer(hal, bus, out, in, length);
    route_clock_on(found[LINES]);
    SPI_CR1 = 0;
    SPI_CR2 = SPI_CR2_BYTES;
    SPI_CR1 = SPI_CR1_MASTER | bus->lsb_first << 7 | rate << 3 | bus->polarity << 1 | bus->phase;
    SPI_CR1 |= SPI_CR1_SPE;
    for (unsigned i = 0; i < LINES; i++) {
        if (!found[i]) continue;
        GPIO(pins[i] / 32, GPIO_OSPEEDR) |= 2u << 2 * (pins[i] % 32);
        pin_alternate(pins[i], found[i]->function, false);
    }
    while (length--) {
        SPI_DR = out ? *out++ : 0xFFu;
        while (!(SPI_SR & SPI_SR_RXNE)) {}
        uint8_t byte = SPI_DR;
        if (in) *in++ = found[2] ? byte : 0xFFu;
    }
    while (SPI_SR & SPI_SR_BSY) {}
    for (unsigned i = 0; i < LINES; i++)
        if (found[i]) hal_gpio_mode(hal, pins[i], i < 2 ? HAL_GPIO_OUTPUT : HAL_GPIO_INPUT);
    SPI_CR1 = 0;
    return 0;
}

#endif
