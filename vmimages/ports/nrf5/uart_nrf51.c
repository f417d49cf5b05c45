/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line of the nRF51: UART without DMA, 115200 8N1, six bytes deep. What comes while flash is erased or programmed is lost, so
 * the host sends no frame ahead (BOARD_WINDOW). */
#include "port_chip.h"
#include "registers.h"

#ifdef CHIP_NRF51822

static bool sending; /* a byte is under way: TXDRDY will come */

static void send_next(void) {
    int byte = line_next();
    sending = byte >= 0;
    if (sending) UART_TXD = (uint32_t)byte;
}

void uart_start(void) {
    GPIO(0, GPIO_OUTSET) = 1u << BOARD_PIN_TX; /* idle level before the pin is an output */
    GPIO(0, GPIO_PIN_CNF(BOARD_PIN_TX)) = GPIO_CNF_OUTPUT | GPIO_CNF_INPUT_DISCONNECT;
    GPIO(0, GPIO_PIN_CNF(BOARD_PIN_RX)) = GPIO_CNF_PULLUP; /* an open line reads as idle */
    UARTE_PSEL_TXD = BOARD_PIN_TX;
    UARTE_PSEL_RXD = BOARD_PIN_RX;
    UARTE_PSEL_RTS = UARTE_PSEL_CTS = 0xFFFFFFFFu;
    UARTE_BAUDRATE = UARTE_BAUD115200;
    UARTE_CONFIG = 0;
    UARTE_ENABLE = UART_ENABLE_UART;
    UARTE_INTENSET = UARTE_INT_RXDRDY | UART_INT_TXDRDY | UARTE_INT_ERROR;
    irq_enable(IRQ_BOARD_UART);
    UARTE_TASKS_STARTTX = 1;
    UARTE_TASKS_STARTRX = 1;
}

/* Called with interrupts off. The first byte's TXDRDY asks for the second. */
void uart_send(void) {
    if (!sending) send_next();
}

void IRQ_HANDLER(BOARD_UART)(void) {
    while (UARTE_EVENTS_RXDRDY) {
        UARTE_EVENTS_RXDRDY = 0; /* before the byte is taken: the next one sets it again */
        line_received((uint8_t)UART_RXD);
    }
    if (UART_EVENTS_TXDRDY) {
        UART_EVENTS_TXDRDY = 0;
        send_next();
    }
    if (UARTE_EVENTS_ERROR) {
        UARTE_EVENTS_ERROR = 0;
        UARTE_ERRORSRC = UARTE_ERRORSRC; /* written back to clear; a damaged byte fails its frame's CRC */
    }
}

#endif
