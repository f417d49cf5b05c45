/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line, for the one file of a port that knows its UART: included there, once. That file has
 *
 *   static int line2_start(vm_hal *hal, const hal_uart *what);   0 or an error; interrupts for bytes received are on
 *   static void line2_stop(void);
 *   static void line2_kick(void);                                bytes wait: called with interrupts off
 *
 * and its interrupt handler calls line2_received and line2_next. */
#ifndef LINE2_H
#define LINE2_H
#include "port_chip.h"

enum { LINE2_ROOM = 128 }; /* power of two */

static struct {
    uint8_t rx[LINE2_ROOM], tx[LINE2_ROOM];
    volatile uint8_t rx_put, rx_taken, tx_put, tx_taken;
    bool open;
} line2;

static int line2_start(vm_hal *hal, const hal_uart *what);
static void line2_stop(void);
static void line2_kick(void);

static inline void line2_received(uint8_t byte) {
    line_woke();
    if ((uint8_t)(line2.rx_put - line2.rx_taken) < LINE2_ROOM) line2.rx[line2.rx_put++ % LINE2_ROOM] = byte;
}

/* -1: nothing more. */
static inline int line2_next(void) {
    line_woke();
    return line2.tx_put == line2.tx_taken ? -1 : line2.tx[line2.tx_taken++ % LINE2_ROOM];
}

int hal_uart_open(vm_hal *hal, const hal_uart *what) {
    if (line2.open) return HAL_EBUSY;
    line2.rx_put = line2.rx_taken = line2.tx_put = line2.tx_taken = 0;
    int error = line2_start(hal, what);
    line2.open = !error;
    return error;
}

void hal_uart_close(vm_hal *hal, unsigned uart) {
    (void)hal, (void)uart;
    line2_stop();
    line2.open = false;
}

size_t hal_uart_read(vm_hal *hal, unsigned uart, uint8_t *out, size_t max) {
    (void)hal, (void)uart;
    size_t waiting = (uint8_t)(line2.rx_put - line2.rx_taken), n = 0;
    if (!max) return waiting;
    for (; n < max && n < waiting; n++) out[n] = line2.rx[line2.rx_taken++ % LINE2_ROOM];
    return n;
}

size_t hal_uart_write(vm_hal *hal, unsigned uart, const uint8_t *data, size_t length) {
    (void)hal, (void)uart;
    size_t n = 0, room = LINE2_ROOM - (uint8_t)(line2.tx_put - line2.tx_taken);
    if (!length) return room;
    for (; n < length && n < room; n++) line2.tx[line2.tx_put++ % LINE2_ROOM] = data[n];
    uint32_t before = interrupts_off();
    line2_kick();
    interrupts_restore(before);
    return n;
}

#endif
