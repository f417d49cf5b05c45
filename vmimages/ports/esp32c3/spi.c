/* SPDX-License-Identifier: Apache-2.0 */
/* SPI by the chip's controller GP-SPI2 (ESP32-C3 TRM 27), on any pins through the matrix, 64 bytes at a time; 78 kHz to 40 MHz. What is
 * slower the pins do by program. */
#include <string.h>

#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_IN_FULL

#define SPI(offset) REG(SPI2_BASE + (offset))
#define SPI_CMD SPI(0x00u)
#define SPI_CMD_UPDATE (1u << 23)
#define SPI_CMD_USR (1u << 24)
#define SPI_CTRL SPI(0x08u)
#define SPI_CTRL_LSB_FIRST (3u << 25) /* RD_BIT_ORDER, WR_BIT_ORDER */
#define SPI_CTRL_LINES_HIGH 0x003C0000u
#define SPI_CLOCK SPI(0x0Cu)
#define SPI_USER SPI(0x10u)
#define SPI_USER_DUPLEX (1u << 28 | 1u << 27 | 1u) /* USR_MISO, USR_MOSI, DOUTDIN */
#define SPI_USER_CK_OUT_EDGE(on) ((uint32_t)(on) << 9)
#define SPI_MS_DLEN SPI(0x1Cu)
#define SPI_MISC SPI(0x20u)
#define SPI_MISC_NO_CS 0x3Fu
#define SPI_MISC_CK_IDLE_EDGE(on) ((uint32_t)(on) << 29)
#define SPI_DMA_CONF SPI(0x30u)
#define SPI_DMA_CONF_AFIFO_RST (3u << 29) /* BUF, RX */
#define SPI_W(n) SPI(0x98u + 4u * (n))
#define SPI_SLAVE SPI(0xE0u)
#define SPI_CLK_GATE SPI(0xE8u)
#define SPI_CLK_GATE_PLL 7u /* MST_CLK_SEL, MST_CLK_ACTIVE, CLK_EN */
#define PERIP_SPI2 (1u << 6)
#define SIGNAL_FSPICLK 63u
#define SIGNAL_FSPIQ 64u
#define SIGNAL_FSPID 65u
#define SOURCE_HZ 80000000u
enum { SLOWEST_HZ = SOURCE_HZ / 1024 + 1, WORDS = 16 };

static uint32_t clock_of(uint32_t hz) {
    uint32_t divisor = (SOURCE_HZ + hz - 1) / hz;
    if (divisor < 2) divisor = 2;
    uint32_t prescale = (divisor + 63) / 64, n = (divisor + prescale - 1) / prescale;
    return (prescale - 1) << 18 | (n - 1) << 12 | (n / 2 - 1) << 6 | (n - 1); /* CLKDIV_PRE, CLKCNT_N, CLKCNT_H, CLKCNT_L */
}

/* Settings reach the clock that works the lines by this bit (TRM 27.5.1). */
static void update(void) {
    SPI_CMD = SPI_CMD_UPDATE;
    while (SPI_CMD & SPI_CMD_UPDATE) {}
}

static void lead(uint32_t pin, uint32_t signal) {
    if (pin != HAL_NO_PIN) GPIO_FUNC_OUT_SEL(pin) = signal;
}

int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    uint32_t words[WORDS];
    if (bus->frequency_hz < SLOWEST_HZ) return soft_spi_transfer(hal, bus, out, in, length);
    SYSTEM_PERIP_CLK_EN0 |= PERIP_SPI2;
    SYSTEM_PERIP_RST_EN0 &= ~PERIP_SPI2;
    SPI_CLK_GATE = SPI_CLK_GATE_PLL;
    SPI_SLAVE = 0;
    SPI_CLOCK = clock_of(bus->frequency_hz);
    SPI_CTRL = SPI_CTRL_LINES_HIGH | (bus->lsb_first ? SPI_CTRL_LSB_FIRST : 0);
    SPI_USER = SPI_USER_DUPLEX | SPI_USER_CK_OUT_EDGE(bus->phase ^ bus->polarity);
    SPI_MISC = SPI_MISC_NO_CS | SPI_MISC_CK_IDLE_EDGE(bus->polarity);
    update();
    lead(bus->sck, SIGNAL_FSPICLK);
    lead(bus->mosi, SIGNAL_FSPID);
    GPIO_FUNC_IN_SEL(SIGNAL_FSPIQ) = GPIO_FUNC_IN_SEL_MATRIX | (bus->miso == HAL_NO_PIN ? GPIO_FUNC_IN_SEL_HIGH : bus->miso);
    while (length) {
        size_t n = length < sizeof words ? length : sizeof words;
        memset(words, 0xFF, sizeof words);
        if (out) memcpy(words, out, n);
        for (unsigned i = 0; i < (n + 3) / 4; i++) SPI_W(i) = words[i];
        SPI_MS_DLEN = (uint32_t)n * 8u - 1;
        SPI_DMA_CONF = SPI_DMA_CONF_AFIFO_RST;
        SPI_DMA_CONF = 0;
        update();
        SPI_CMD = SPI_CMD_USR;
        while (SPI_CMD & SPI_CMD_USR) {}
        for (unsigned i = 0; i < (n + 3) / 4; i++) words[i] = SPI_W(i);
        if (in) memcpy(in, words, n), in += n;
        if (out) out += n;
        length -= n;
    }
    lead(bus->sck, GPIO_FUNC_OUT_SEL_GPIO);
    lead(bus->mosi, GPIO_FUNC_OUT_SEL_GPIO);
    return 0;
}

#endif
