/* SPDX-License-Identifier: Apache-2.0 */
/* The serial ports of the chip, as the loader in its ROM uses them: UART0, UART1 and USB-Serial-JTAG alike. */
#ifndef VMRIG_EMU_ESP_UART_H
#define VMRIG_EMU_ESP_UART_H

#include "devices/esp/esp.h"

typedef struct {
    esp_device esp;
    uint32_t number; /* of the machine's serial ports; ESP_NO_PORT: the board does not bring it out */
    bool claimed;
} esp_port;

/* Claimed: somebody takes and gives the bytes of the port (emu_serial_rx, emu_serial_tx), the device's FIFOs see none of them. A reset of
 * the chip ends it. */
void esp_port_claim(emu_device *port, bool claimed);
int esp_port_number(const emu_device *port); /* -1: not brought out, or no such device */
bool esp_is_port(const emu_device *d);
/* UARTs: as the ROM leaves them. */
void esp_uart_set_baud(emu_device *uart, uint32_t baud);
/* For a program's bytes that do not come through the registers: the ROM's print functions put them into the FIFO, as the chip's do.
 * false: it is full. */
bool esp_port_put(emu_device *port, uint8_t byte);
int esp_port_get(emu_device *port);            /* the next byte of the receive FIFO, -1: empty */
bool esp_port_drained(const emu_device *port); /* everything has left the chip */

/* devices/esp/usb_serial_jtag.c and uart.c */
extern const emu_device_class esp_uart, esp32c3_usb_serial_jtag;
bool esp_uart_put(emu_device *d, uint8_t byte);
int esp_uart_get(emu_device *d);
bool esp_uart_drained(const emu_device *d);
void esp_uart_listen(emu_device *d);
bool esp_usj_put(emu_device *d, uint8_t byte);
int esp_usj_get(emu_device *d);
bool esp_usj_drained(const emu_device *d);
void esp_usj_listen(emu_device *d);

#endif
