/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line: the board's UART, a PL011 with 32 bytes of FIFO each way. They bridge the programming of a page, during which
 * interrupts are off, but not the erasing of a sector: the host sends no frame ahead (BOARD_WINDOW). */
#include "port_chip.h"
#include "registers.h"

void uart_start(void) {
    uint32_t divisor = (CHIP_CLOCK_HZ * 4u + BOARD_BAUD / 2u) / BOARD_BAUD; /* in 64ths of 16 samples a bit */
    UART_IBRD = divisor >> 6;
    UART_FBRD = divisor & 63u;
    UART_LCR_H = UART_LCR_H_8N1_FIFO; /* after the divisor: its writing takes that over */
    UART_IFLS = 0;                    /* 4 bytes in, or 4 left to go */
    UART_CR = UART_CR_ON;
    PADS_PIN(BOARD_PIN_RX) = PADS_IE | PADS_SCHMITT | PADS_PUE; /* an open line reads as idle */
    IO_CTRL(BOARD_PIN_RX) = IO_FUNC_UART;
    IO_CTRL(BOARD_PIN_TX) = IO_FUNC_UART;
    UART_IMSC = UART_INT_RX | UART_INT_RT;
    irq_enable(IRQ_BOARD_UART);
}

static void fill(void) {
    while (!(UART_FR & UART_FR_TXFF)) {
        int byte = line_next();
        if (byte < 0) {
            UART_IMSC = UART_INT_RX | UART_INT_RT;
            return;
        }
        UART_DR = (uint8_t)byte;
    }
}

/* Called with interrupts off. The interrupt comes when the FIFO runs low, so it has to be filled before. */
void uart_send(void) {
    UART_IMSC = UART_INT_RX | UART_INT_RT | UART_INT_TX;
    fill();
}

void IRQ_HANDLER(BOARD_UART)(void) {
    UART_ICR = UART_INT_RX | UART_INT_RT | UART_INT_TX;
    while (!(UART_FR & UART_FR_RXFE)) line_received((uint8_t)UART_DR); /* a damaged byte fails its frame's CRC */
    if (UART_IMSC & UART_INT_TX) fill();
}
