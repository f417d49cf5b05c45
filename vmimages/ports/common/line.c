/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line of a UART that gives an interrupt for each byte. A port whose UART has DMA has these functions of its own. */
#include "port_chip.h"

#define OF_A_PORT_WITHOUT_DMA __attribute__((weak))
/* Powers of two. What comes while the main loop is at something longer: the frames of a window, or one and the host's impatience. */
#define RX_SIZE (BOARD_WINDOW > 2 ? 2048u : BOARD_WINDOW > 1 ? 1024u : 512u)
#define TX_SIZE 256u

typedef struct {
    uint8_t rx[RX_SIZE], tx[TX_SIZE];
    volatile uint32_t rx_put, rx_taken, tx_put, tx_taken; /* bytes since start */
} line_state;

static line_state line;

/* A byte that finds no room is lost, and fails its frame's CRC. */
OF_A_PORT_WITHOUT_DMA void line_received(uint8_t byte) {
    line_woke();
    if (line.rx_put - line.rx_taken < RX_SIZE) line.rx[line.rx_put++ % RX_SIZE] = byte;
}

OF_A_PORT_WITHOUT_DMA int line_next(void) {
    line_woke();
    return line.tx_put == line.tx_taken ? -1 : line.tx[line.tx_taken++ % TX_SIZE];
}

OF_A_PORT_WITHOUT_DMA uint32_t line_waiting(void) { return line.rx_put - line.rx_taken; }

OF_A_PORT_WITHOUT_DMA size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    size_t n = 0;
    for (; n < max && line_waiting(); n++) {
        out[n] = line.rx[line.rx_taken % RX_SIZE];
        line.rx_taken++;
    }
    return n;
}

OF_A_PORT_WITHOUT_DMA size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    (void)hal;
    size_t n = 0;
    for (; n < length && line.tx_put - line.tx_taken < TX_SIZE; n++) {
        line.tx[line.tx_put % TX_SIZE] = data[n];
        line.tx_put++;
    }
    if (n) {
        uint32_t before = interrupts_off();
        uart_send();
        interrupts_restore(before);
    }
    return n;
}
