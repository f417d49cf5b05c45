/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line: the UART that is not the board's, 4.2. */
#include "board.h"

#if BOARD_UART == 0
#define LINE_BASE UART1_BASE
#define LINE_IRQ IRQ_UART1
#define LINE_NUMBER 1u
#else
#define LINE_BASE UART0_BASE
#define LINE_IRQ IRQ_UART0
#define LINE_NUMBER 0u
#endif

#include "line2.h"
#include "registers.h"

#define LINE(offset) REG(LINE_BASE + (offset))

/* 1.4.3: pins of a UART come in fours, and the UARTs take turns: TX 0 12 16 28 and RX one above are UART0's, 4 8 20 24 UART1's. */
static bool mine(uint32_t pin, uint32_t which) { return pin == HAL_NO_PIN || (pin % 4 == which && ((pin + 4) / 8 & 1u) == LINE_NUMBER); }

static int line2_start(vm_hal *hal, const hal_uart *what) {
    if (!mine(what->tx, 0) || !mine(what->rx, 1)) return HAL_ENODEV;
    if ((what->tx != HAL_NO_PIN && !hal_gpio_mode(hal, what->tx, HAL_GPIO_INPUT)) ||
        (what->rx != HAL_NO_PIN && !hal_gpio_mode(hal, what->rx, HAL_GPIO_PULLUP)))
        return HAL_EBUSY;
    SET(RESETS_RESET) = RESETS_UART(LINE_NUMBER);
    CLEAR(RESETS_RESET) = RESETS_UART(LINE_NUMBER);
    while (!(RESETS_RESET_DONE & RESETS_UART(LINE_NUMBER))) {}
    uint32_t divisor = (CHIP_CLOCK_HZ * 4u + what->baud / 2u) / what->baud, parity = what->parity;
    if (divisor < 64 || divisor >> 6 > 0xFFFF) return HAL_EINVAL;
    LINE(0x24) = divisor >> 6; /* UARTIBRD */
    LINE(0x28) = divisor & 63u;
    /* UARTLCR_H: 8 bits, FIFOs, stop bits, parity */
    LINE(0x2C) = UART_LCR_H_8N1_FIFO | (what->stop_bits - 1) << 3 | (parity == HAL_PARITY_NONE ? 0 : parity == HAL_PARITY_EVEN ? 6u : 2u);
    LINE(0x34) = 0; /* UARTIFLS: 4 bytes in, or 4 left to go */
    LINE(0x30) = UART_CR_ON;
    if (what->tx != HAL_NO_PIN) IO_CTRL(what->tx) = IO_FUNC_UART;
    if (what->rx != HAL_NO_PIN) IO_CTRL(what->rx) = IO_FUNC_UART;
    LINE(0x38) = UART_INT_RX | UART_INT_RT; /* UARTIMSC */
    irq_enable(LINE_IRQ);
    return 0;
}

static void line2_stop(void) {
    while (line2.tx_put != line2.tx_taken || LINE(0x18) & 1u << 3) {} /* UARTFR.BUSY */
    LINE(0x38) = 0;
    LINE(0x30) = 0;
}

static void line2_kick(void) {
    LINE(0x38) = UART_INT_RX | UART_INT_RT | UART_INT_TX;
    while (!(LINE(0x18) & UART_FR_TXFF)) {
        int byte = line2_next();
        if (byte < 0) {
            LINE(0x38) = UART_INT_RX | UART_INT_RT;
            return;
        }
        LINE(0x00) = (uint8_t)byte;
    }
}

void IRQ_NAME(LINE_IRQ)(void) {
    LINE(0x44) = UART_INT_RX | UART_INT_RT | UART_INT_TX; /* UARTICR */
    while (!(LINE(0x18) & UART_FR_RXFE)) line2_received((uint8_t)LINE(0x00));
    if (LINE(0x38) & UART_INT_TX) line2_kick();
}
