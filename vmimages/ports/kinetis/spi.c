/* SPDX-License-Identifier: Apache-2.0 */
/* SPI by the K64's controllers (K64 RM 50, "SPI (DSPI)"), on the pins that they have: 262 Hz to 30 MHz. Other pins are worked by program.
 */
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL && defined(CHIP_SPI_PINS)

static const route routes[] = {CHIP_SPI_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes, LINES = 3 };

#define SPI(offset) REG(base + (offset))
#define SPI_MCR SPI(0x00u)
#define SPI_MCR_MASTER (1u << 31 | 3u << 12 | 3u << 10) /* MSTR; DIS_TXF, DIS_RXF, CLR_TXF, CLR_RXF */
#define SPI_MCR_OFF (1u << 14 | 1u)                     /* MDIS, HALT */
#define SPI_CTAR0 SPI(0x0Cu)
#define SPI_CTAR_DBR (1u << 31)
#define SPI_CTAR_BYTES (7u << 27) /* FMSZ */
#define SPI_SR SPI(0x2Cu)
#define SPI_SR_TCF (1u << 31)
#define SPI_SR_RFDF (1u << 17)
#define SPI_PUSHR SPI(0x34u)
#define SPI_POPR SPI(0x38u)

/* CTAR's DBR, PBR and BR for the fastest clock that is not above `hz`; 0 Hz: there is none. */
static uint32_t clock_of(uint32_t hz) {
    static const uint8_t prescalers[] = {2, 3, 5, 7};
    uint32_t best = 0, fields = 0;
    if (hz >= BUS_HZ / 2) return SPI_CTAR_DBR;
    for (uint32_t p = 0; p < sizeof prescalers; p++) {
        uint32_t br = 0, divisor = 2;
        while (br < 15 && BUS_HZ / prescalers[p] / divisor > hz) divisor = ++br < 3 ? 2 + 2 * br : 1u << br;
        uint32_t made = BUS_HZ / prescalers[p] / divisor;
        if (made <= hz && made > best) best = made, fields = p << 16 | br;
    }
    return fields;
}

int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    const uint32_t pins[LINES] = {bus->sck, bus->miso, bus->mosi};
    const route *found[LINES + 1];
    if (!routes_find(routes, ROUTES, pins, LINES, found)) return soft_spi_transfer(hal, bus, out, in, length);
    uint32_t base = found[LINES]->base;
    route_clock_on(found[LINES]);
    SPI_MCR = SPI_MCR_OFF;
    SPI_CTAR0 = SPI_CTAR_BYTES | bus->polarity << 26 | bus->phase << 25 | bus->lsb_first << 24 | clock_of(bus->frequency_hz);
    SPI_MCR = SPI_MCR_MASTER;
    for (unsigned i = 0; i < LINES; i++)
        if (found[i]) PORT_PCR(pins[i]) = PORT_PCR_MUX(found[i]->function);
    while (length--) {
        SPI_SR = SPI_SR_TCF | SPI_SR_RFDF;
        SPI_PUSHR = out ? *out++ : 0xFFu;
        while (!(SPI_SR & SPI_SR_RFDF)) {}
        uint8_t byte = (uint8_t)SPI_POPR;
        if (in) *in++ = found[1] ? byte : 0xFFu;
    }
    for (unsigned i = 0; i < LINES; i++)
        if (found[i]) hal_gpio_mode(hal, pins[i], i == 1 ? HAL_GPIO_INPUT : HAL_GPIO_OUTPUT);
    SPI_MCR = SPI_MCR_OFF;
    return 0;
}

#endif
