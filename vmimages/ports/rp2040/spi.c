/* SPDX-License-Identifier: Apache-2.0 */
/* SPI by the chip's controllers (RP2040 Datasheet 4.4), on the pins that they have; others are worked by program, as is what sends the
 * low bit first. */
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL

#define RESETS_SPI(n) (1u << (16u + (n)))
#define IO_FUNC_SPI 1u
#define SLOWEST_HZ 2000u /* CPSR at most 254, SCR at most 255 */
#define SSP(offset) REG(base + (offset))
#define SSP_CR0 SSP(0x00u)
#define SSP_CR1 SSP(0x04u)
#define SSP_CR1_SSE (1u << 1)
#define SSP_DR SSP(0x08u)
#define SSP_SR SSP(0x0Cu)
#define SSP_SR_RNE (1u << 2)
#define SSP_CPSR SSP(0x10u)

/* 2.19.2: of each four pins the first is RX, the third SCK, the fourth TX; the controllers take turns every eight. */
static bool has(uint32_t pin, unsigned which, unsigned number) {
    return pin == HAL_NO_PIN || (pin < 30 && pin % 4 == which && (pin / 8 & 1u) == number);
}

int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    unsigned number = bus->sck / 8 & 1u;
    uint32_t base = number ? SPI1_BASE : SPI0_BASE, prescale = 2, rate;
    if (bus->frequency_hz < SLOWEST_HZ || bus->lsb_first || !has(bus->sck, 2, number) || !has(bus->mosi, 3, number) ||
        !has(bus->miso, 0, number))
        return soft_spi_transfer(hal, bus, out, in, length);
    while ((rate = (CHIP_CLOCK_HZ / prescale + bus->frequency_hz - 1) / bus->frequency_hz) > 256) prescale += 2;
    CLEAR(RESETS_RESET) = RESETS_SPI(number);
    while (!(RESETS_RESET_DONE & RESETS_SPI(number))) {}
    SSP_CR1 = 0;
    SSP_CPSR = prescale;
    SSP_CR0 = (rate - 1) << 8 | bus->phase << 7 | bus->polarity << 6 | 7u; /* SCR, SPH, SPO, eight bits */
    SSP_CR1 = SSP_CR1_SSE;
    const uint32_t pins[] = {bus->sck, bus->mosi, bus->miso};
    for (unsigned i = 0; i < 3; i++)
        if (pins[i] != HAL_NO_PIN) IO_CTRL(pins[i]) = IO_FUNC_SPI;
    while (length--) {
        SSP_DR = out ? *out++ : 0xFFu;
        while (!(SSP_SR & SSP_SR_RNE)) {}
        uint8_t byte = (uint8_t)SSP_DR;
        if (in) *in++ = bus->miso == HAL_NO_PIN ? 0xFFu : byte;
    }
    return 0;
}

#endif
