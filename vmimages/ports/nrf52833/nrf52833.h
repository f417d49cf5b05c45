/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the port. */
#ifndef NRF52833_H
#define NRF52833_H
#include "registers.h"

#define PIN(port, bit) ((port) * 32u + (bit))
#define PIN_COUNT PIN(1, 10)
/* The interface chip's serial line on the micro:bit V2: UART_INT_TX and UART_INT_RX, seen from the nRF52833. */
#define PIN_TXD PIN(0, 6)
#define PIN_RXD PIN(1, 8)
#define PIN_RESET PIN(0, 18)

void uarte0_handler(void);
void timer0_handler(void);
void nrf52833_fault(const uint32_t *stacked);

void uart_init(void);
uint32_t uart_waiting(void);

/* What happens in an interrupt sets it; hal_wait_until does not sleep over it. */
extern volatile uint32_t nrf52833_woken;

#endif
