/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line: UART1, on any pins through the matrix. */
#include "line2.h"
#include "registers.h"

#define LINE(offset) REG(UART1_BASE + (offset))
#define SIGNAL_UART1 9u /* U1TXD, U1RXD */
#define PERIP_UART1 (1u << 5)
#define PERIP_UART_MEM (1u << 24)
#define CRYSTAL_HZ 40000000u

static int line2_start(vm_hal *hal, const hal_uart *what) {
    static bool enabled;
    if ((what->tx != HAL_NO_PIN && !hal_gpio_mode(hal, what->tx, HAL_GPIO_OUTPUT)) ||
        (what->rx != HAL_NO_PIN && !hal_gpio_mode(hal, what->rx, HAL_GPIO_PULLUP)))
        return HAL_EBUSY;
    SYSTEM_PERIP_CLK_EN0 |= PERIP_UART1 | PERIP_UART_MEM;
    SYSTEM_PERIP_RST_EN0 &= ~(PERIP_UART1 | PERIP_UART_MEM);
    uint32_t sixteenths = (CRYSTAL_HZ * 16u + what->baud / 2u) / what->baud, divisor = 1;
    while (sixteenths / divisor >> 4 > 0xFFF) divisor++; /* SCLK_DIV, TRM 26.3.3 */
    sixteenths /= divisor;
    LINE(0x78) = 3u << 24 | 1u << 22 | 3u << 20 | (divisor - 1) << 12; /* CLK_CONF: crystal */
    LINE(0x14) = sixteenths >> 4 | (sixteenths & 15u) << 20;           /* CLKDIV */
    LINE(0x20) = 1u << 28 | (what->stop_bits == 2 ? 3u : 1u) << 4 | 3u << 2 | (what->parity == HAL_PARITY_NONE ? 0 : 2u | what->parity);
    LINE(0x24) = UART_CONF1_RX_TOUT_EN | UART_CONF1_TXFIFO_EMPTY_THRHD(16u) | UART_CONF1_RXFIFO_FULL_THRHD(32u);
    LINE(0x80) |= UART_ID_REG_UPDATE;
    if (what->tx != HAL_NO_PIN) GPIO_FUNC_OUT_SEL(what->tx) = SIGNAL_UART1;
    if (what->rx != HAL_NO_PIN) GPIO_FUNC_IN_SEL(SIGNAL_UART1) = GPIO_FUNC_IN_SEL_MATRIX | what->rx;
    LINE(0x10) = ~0u;
    LINE(0x0C) = UART_INT_RXFIFO_FULL | UART_INT_RXFIFO_TOUT;
    if (!enabled) irq_enable(IRQ_UART1);
    enabled = true;
    return 0;
}

static void line2_stop(void) {
    while (line2.tx_put != line2.tx_taken || UART_STATUS_TXFIFO_CNT(LINE(0x1C))) {}
    LINE(0x0C) = 0;
}

static void line2_kick(void) {
    while (UART_STATUS_TXFIFO_CNT(LINE(0x1C)) < UART_FIFO_SIZE) {
        int byte = line2_next();
        if (byte < 0) {
            LINE(0x0C) = UART_INT_RXFIFO_FULL | UART_INT_RXFIFO_TOUT;
            return;
        }
        LINE(0x00) = (uint8_t)byte;
    }
    LINE(0x0C) = UART_INT_RXFIFO_FULL | UART_INT_RXFIFO_TOUT | UART_INT_TXFIFO_EMPTY;
}

void IRQ_HANDLER(UART1)(void) {
    uint32_t told = LINE(0x08);
    while (UART_STATUS_RXFIFO_CNT(LINE(0x1C))) line2_received((uint8_t)LINE(0x00));
    if (told & UART_INT_TXFIFO_EMPTY) line2_kick();
    LINE(0x10) = told;
}
