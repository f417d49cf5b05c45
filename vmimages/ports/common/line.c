/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line of a UART that gives an interrupt for each byte. A port whose UART has DMA has these functions of its own. */
#include "port_chip.h"

#define OF_A_PORT_WITHOUT_DMA __attribute__((weak))
/* Powers of two. What comes while the main loop is at something longer: the frames of a window, or one and the host's impatience. */
#define RX_SIZE (BOARD_WINDOW > 1 ? 1024u : LINK_SMALL ? 256u : 512u)

static struct {
    uint8_t rx[RX_SIZE];
    volatile uint32_t rx_put, rx_taken; /* bytes since start */
    const uint8_t *volatile tx;         /* the next byte on its way out */
    volatile uint32_t tx_left;
    size_t tx_length; /* of what hal_link_write was given and has not yet reported as taken */
} line;

/* A byte that finds no room is lost, and fails its frame's CRC. */
OF_A_PORT_WITHOUT_DMA void line_received(uint8_t byte) {
    line_woke();
    if (line.rx_put - line.rx_taken < RX_SIZE) line.rx[line.rx_put++ % RX_SIZE] = byte;
}

OF_A_PORT_WITHOUT_DMA int line_next(void) {
    line_woke();
    if (!line.tx_left) return -1;
    line.tx_left--;
    return *line.tx++;
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

/* Sent from where it is, without a copy. */
OF_A_PORT_WITHOUT_DMA size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    (void)hal;
    if (line.tx_left) return 0;
    size_t done = line.tx_length;
    line.tx_length = length - done;
    if (line.tx_length) {
        uint32_t before = interrupts_off();
        line.tx = data + done;
        line.tx_left = line.tx_length;
        uart_send();
        interrupts_restore(before);
    }
    return done;
}
