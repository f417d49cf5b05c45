/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/uart.h"

static bool is_usj(const emu_device *d) { return d->cls == &esp32c3_usb_serial_jtag; }
bool esp_is_port(const emu_device *d) { return d && (d->cls == &esp_uart || is_usj(d)); }

int esp_port_number(const emu_device *d) {
    if (!esp_is_port(d) || ((const esp_port *)d)->number == ESP_NO_PORT) return -1;
    return (int)((const esp_port *)d)->number;
}

void esp_port_claim(emu_device *d, bool claimed) {
    if (!esp_is_port(d)) return;
    ((esp_port *)d)->claimed = claimed;
    if (claimed) return;
    if (is_usj(d))
        esp_usj_listen(d);
    else
        esp_uart_listen(d);
}

bool esp_port_put(emu_device *d, uint8_t byte) { return is_usj(d) ? esp_usj_put(d, byte) : esp_uart_put(d, byte); }
int esp_port_get(emu_device *d) { return is_usj(d) ? esp_usj_get(d) : esp_uart_get(d); }
bool esp_port_drained(const emu_device *d) { return is_usj(d) ? esp_usj_drained(d) : esp_uart_drained(d); }
