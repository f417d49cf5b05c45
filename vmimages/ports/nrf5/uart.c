/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line of the nRF52: UARTE with EasyDMA, 115200 8N1. The nRF51's is uart_nrf51.c.
 *
 * Receiving never stops: EasyDMA fills the halves of one buffer in turn (SHORTS ENDRX->STARTRX; the interrupt at RXSTARTED has the time of
 * a whole half to name the next). A half of RX_HALF bytes lasts longer than the page erase that stops the core: 1024 bytes are 89 ms, the
 * erase is 85 ms, on the nRF52832 up to 90 ms. How far the DMA has come inside a half only a counter of RXDRDY events tells: TIMER2,
 * through PPI channel 0. */
#include "port_chip.h"
#include "registers.h"

#ifndef CHIP_NRF51822

#define TX_SIZE 1024u /* power of two */

typedef struct {
    uint8_t rx[2 * RX_HALF];
    uint8_t tx[TX_SIZE];
    uint32_t rx_read;                   /* bytes taken since start, as TIMER2 counts them */
    volatile uint32_t rx_halves;        /* RXSTARTED so far */
    volatile uint32_t tx_head, tx_tail; /* bytes put and bytes sent since start */
    volatile uint32_t tx_busy;          /* bytes of the DMA transfer under way */
} uart_state;

static uart_state uart;

static void rx_name_half(uint32_t n) { UARTE_RXD_PTR = (uint32_t)(uintptr_t)(uart.rx + (n & 1u) * RX_HALF); }

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

    rx_name_half(0);
    UARTE_RXD_MAXCNT = RX_HALF;
    UARTE_SHORTS = UARTE_SHORTS_ENDRX_STARTRX;
    UARTE_INTENSET = UARTE_INT_RXDRDY | UARTE_INT_RXSTARTED | UARTE_INT_ENDTX | UARTE_INT_ERROR;
    irq_enable(IRQ_BOARD_UART);
    UARTE_TASKS_STARTRX = 1;
}

static uint32_t rx_received(void) {
    TIMER2(TIMER_TASKS_CAPTURE(0)) = 1;
    return TIMER2(TIMER_CC(0));
}

/* Takes the loss when nobody has read for two whole halves: what is left starts at the oldest byte that still stands. */
uint32_t line_waiting(void) {
    uint32_t received = rx_received();
    if (received - uart.rx_read > 2 * RX_HALF - 64) uart.rx_read = received - RX_HALF;
    return received - uart.rx_read;
}

static void tx_start(void) {
    uint32_t waiting = uart.tx_head - uart.tx_tail, at = uart.tx_tail % TX_SIZE;
    if (!waiting) return;
    uart.tx_busy = waiting < TX_SIZE - at ? waiting : TX_SIZE - at;
    UARTE_TXD_PTR = (uint32_t)(uintptr_t)(uart.tx + at);
    UARTE_TXD_MAXCNT = uart.tx_busy;
    UARTE_TASKS_STARTTX = 1;
}

void IRQ_HANDLER(BOARD_UART)(void) {
    line_woke();
    UARTE_EVENTS_RXDRDY = 0;
    if (UARTE_EVENTS_RXSTARTED) {
        UARTE_EVENTS_RXSTARTED = 0;
        rx_name_half(++uart.rx_halves);
    }
    if (UARTE_EVENTS_ENDTX) {
        UARTE_EVENTS_ENDTX = 0;
        uart.tx_tail += uart.tx_busy;
        uart.tx_busy = 0;
        tx_start();
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
    for (size_t i = 0; i < n; i++) out[i] = ((volatile uint8_t *)uart.rx)[uart.rx_read++ % (2 * RX_HALF)];
    return n;
}

size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    (void)hal;
    uint32_t room = TX_SIZE - (uart.tx_head - uart.tx_tail);
    size_t n = length < room ? length : room;
    for (size_t i = 0; i < n; i++) uart.tx[(uart.tx_head + i) % TX_SIZE] = data[i];
    __asm volatile("cpsid i" ::: "memory");
    uart.tx_head += (uint32_t)n;
    if (!uart.tx_busy) tx_start();
    __asm volatile("cpsie i" ::: "memory");
    return n;
}

#endif
