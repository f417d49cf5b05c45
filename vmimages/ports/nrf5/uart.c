/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line of the nRF52: UARTE with EasyDMA, 115200 8N1. The nRF51's is uart_nrf51.c.
 *
 * Receiving never stops: EasyDMA fills the chunks of one buffer in turn (SHORTS ENDRX->STARTRX; the interrupt at RXSTARTED has the time of
 * a whole chunk to name the next). RX_CHUNK bytes are what may come while the core stands still, as it does for an erase: with BOARD_WINDOW
 * frames of them the host sends nothing further until it is answered. The nRF52832's MAXCNT has 8 bits. How far the DMA has come inside a
 * chunk only a counter of RXDRDY events tells: TIMER2, through PPI channel 0. */
#include "port_chip.h"
#include "registers.h"

#ifndef CHIP_NRF51822

#define RX_SIZE (RX_CHUNK * RX_CHUNKS) /* both powers of two */
#define TX_MAX 255u                    /* of one transfer */

typedef struct {
    uint8_t rx[RX_SIZE];
    uint32_t rx_read;            /* bytes taken since start, as TIMER2 counts them */
    volatile uint32_t rx_chunks; /* RXSTARTED so far */
    volatile bool tx_busy;       /* a transfer is under way */
    size_t tx_length;            /* of what hal_link_write was given and has not yet reported as taken */
} uart_state;

static uart_state uart;

static void rx_name_chunk(uint32_t n) { UARTE_RXD_PTR = (uint32_t)(uintptr_t)(uart.rx + n % RX_CHUNKS * RX_CHUNK); }

void uart_start(void) {
    GPIO(BOARD_PIN_TX / 32, GPIO_OUTSET) = 1u << BOARD_PIN_TX % 32; /* idle level before the pin is an output */
    GPIO(BOARD_PIN_TX / 32, GPIO_PIN_CNF(BOARD_PIN_TX % 32)) = GPIO_CNF_OUTPUT | GPIO_CNF_INPUT_DISCONNECT;
    GPIO(BOARD_PIN_RX / 32, GPIO_PIN_CNF(BOARD_PIN_RX % 32)) = GPIO_CNF_PULLUP; /* an open line reads as idle */
    UARTE_PSEL_TXD = BOARD_PIN_TX;
    UARTE_PSEL_RXD = BOARD_PIN_RX;
    UARTE_PSEL_RTS = UARTE_PSEL_CTS = 0xFFFFFFFFu;
    UARTE_BAUDRATE = UARTE_BAUD115200;
    UARTE_CONFIG = 0;
    UARTE_ENABLE = UARTE_ENABLE_UARTE;

    TIMER2(TIMER_MODE) = TIMER_MODE_COUNTER;
    TIMER2(TIMER_BITMODE) = TIMER_BITMODE_32;
    TIMER2(TIMER_TASKS_CLEAR) = 1;
    TIMER2(TIMER_TASKS_START) = 1;
    PPI_CH_EEP(0) = (uint32_t)(uintptr_t)&UARTE_EVENTS_RXDRDY;
    PPI_CH_TEP(0) = (uint32_t)(uintptr_t)&TIMER2(TIMER_TASKS_COUNT);
    PPI_CHENSET = 1u << 0;

    rx_name_chunk(0);
    UARTE_RXD_MAXCNT = RX_CHUNK;
    UARTE_SHORTS = UARTE_SHORTS_ENDRX_STARTRX;
    UARTE_INTENSET = UARTE_INT_RXDRDY | UARTE_INT_RXSTARTED | UARTE_INT_ENDTX | UARTE_INT_ERROR;
    irq_enable(IRQ_BOARD_UART);
    UARTE_TASKS_STARTRX = 1;
}

static uint32_t rx_received(void) {
    TIMER2(TIMER_TASKS_CAPTURE(0)) = 1;
    return TIMER2(TIMER_CC(0));
}

/* Takes the loss when nobody has read for a whole round: what is left starts at the oldest byte that still stands. */
uint32_t line_waiting(void) {
    uint32_t received = rx_received();
    if (received - uart.rx_read > RX_SIZE - 64) uart.rx_read = received - (RX_SIZE - RX_CHUNK);
    return received - uart.rx_read;
}

void IRQ_HANDLER(BOARD_UART)(void) {
    line_woke();
    UARTE_EVENTS_RXDRDY = 0;
    if (UARTE_EVENTS_RXSTARTED) {
        UARTE_EVENTS_RXSTARTED = 0;
        rx_name_chunk(++uart.rx_chunks);
    }
    if (UARTE_EVENTS_ENDTX) {
        UARTE_EVENTS_ENDTX = 0;
        uart.tx_busy = false;
    }
    if (UARTE_EVENTS_ERROR) {
        UARTE_EVENTS_ERROR = 0;
        UARTE_ERRORSRC = UARTE_ERRORSRC; /* written back to clear; a damaged byte fails its frame's CRC */
    }
    (void)UARTE_EVENTS_RXDRDY; /* the writes above have arrived before the interrupt returns, else it would come again */
}

size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    uint32_t waiting = line_waiting();
    size_t n = waiting < max ? waiting : max;
    for (size_t i = 0; i < n; i++) out[i] = ((volatile uint8_t *)uart.rx)[uart.rx_read++ % RX_SIZE];
    return n;
}

/* Sent from where it is, without a copy. */
size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    (void)hal;
    if (uart.tx_busy) return 0;
    size_t done = uart.tx_length, rest = length - done;
    uart.tx_length = rest < TX_MAX ? rest : TX_MAX;
    if (uart.tx_length) {
        uart.tx_busy = true;
        UARTE_TXD_PTR = (uint32_t)(uintptr_t)(data + done);
        UARTE_TXD_MAXCNT = (uint32_t)uart.tx_length;
        UARTE_TASKS_STARTTX = 1;
    }
    return done;
}

#endif
