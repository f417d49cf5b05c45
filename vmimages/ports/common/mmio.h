/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and interrupt handlers, of any core. */
#ifndef MMIO_H
#define MMIO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define REG16(address) (*(volatile uint16_t *)(uintptr_t)(address))
#define REG8(address) (*(volatile uint8_t *)(uintptr_t)(address))

/* A function of this name is the handler of the interrupt of a device of the chip's file: `void IRQ_HANDLER(TIMER0)(void)`; BOARD_UART is
 * the UART behind the board's serial port. What has no handler is a fault when it comes. */
#define IRQ_HANDLER(device) IRQ_NAME(IRQ_##device)
#define IRQ_NAME(number) IRQ_NAME_(number)
#define IRQ_NAME_(number) irq##number##_handler

#endif
