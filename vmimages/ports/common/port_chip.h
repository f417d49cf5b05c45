/* SPDX-License-Identifier: Apache-2.0 */
/* What a chip's port gives to ports/common, besides three parts of hal.h that it implements itself: hal_uid and hal_gpio_mode, _write and
 * _read. See ports/README.md. */
#ifndef PORT_CHIP_H
#define PORT_CHIP_H
#include "cpu.h"
#include "device.h"
#include "port.h"

/* --- start. Called in this order, then timer_start and uart_start. */
uint32_t chip_reset_cause(void); /* HAL_RESET_ bits of this boot; leaves the chip's record cleared */
void chip_start(void);           /* clocks; the debug port stays open */

/* --- time: a counter of microseconds that wraps at 2^32. The port makes sure of two interrupts a round, each of which calls timer_tick. */
void timer_start(void);
uint32_t timer_now(void);
void timer_alarm(uint32_t at); /* an interrupt as soon as timer_now() is `at`; it calls timer_tick */
void timer_alarm_off(void);
void timer_tick(void); /* ports/common has it */

/* --- the serial line, byte by byte: the port's interrupt handler calls line_received and line_next (ports/common). A port with DMA
 * implements hal_link_read, hal_link_write and line_waiting itself, and calls line_woke. */
void uart_start(void);
void uart_send(void); /* bytes wait: enable the interrupt "transmit register empty", whose handler asks line_next for each byte */
void line_received(uint8_t byte);
int line_next(void); /* -1: nothing more, disable that interrupt */
uint32_t line_waiting(void);
void line_woke(void); /* something happened in an interrupt: hal_wait_until does not sleep over it */

/* --- softbus.c: hal_i2c_transfer and hal_spi_transfer by the pins, for a port whose controller cannot do all of it */
int soft_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                      size_t in_length);
int soft_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length);

/* --- from an interrupt: an event for the program (hal.h), which may get lost when nobody takes them */
void event_post(uint32_t event);

extern const flash_geometry chip_flash; /* ports/common */

/* --- flash. Ranges are checked, whole units, and never the VM's own; blank units are not programmed. What is read back is compared. */
void flash_begin(void);
void flash_end(void);
bool flash_erase(uint32_t address, uint32_t size);                          /* one erase unit */
bool flash_program(uint32_t address, const uint8_t *data, uint32_t length); /* whole units of LAYOUT_WRITE_UNIT; data has no alignment */

#endif
