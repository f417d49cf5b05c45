/* SPDX-License-Identifier: Apache-2.0 */
/* Which pins have which of the chip's controllers, for chips whose pins choose among a few: rows of tables that board.h has, made from the
 * chip's file. */
#ifndef ROUTES_H
#define ROUTES_H
#include "port_chip.h"

typedef struct {
    uint32_t base;
    uint16_t gate; /* of the controller's clock: where its register is << 8 | bit; the port knows from where on */
    uint8_t irq;
    uint8_t signal; /* of a bus or a UART the line's number, of a timer or converter its channel */
    uint8_t pin;
    uint8_t function; /* that the pin is set to: its alternate function, its MUX */
} route;
#define ROUTE(base, gate, irq, signal, pin, function) {base, gate, irq, signal, pin, function},

/* The first controller that has all of the `lines` pins (HAL_NO_PIN: not wanted) as its signals 0, 1 ...: the pins' rows, NULL for those
 * that are not wanted, and behind them any row of it. */
bool routes_find(const route *rows, unsigned count, const uint32_t *pins, unsigned lines, const route **found);

#endif
