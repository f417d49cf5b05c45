/* SPDX-License-Identifier: Apache-2.0 */
/* A chip that answers everything at once: pins, buses and lines that give a byte each time, time that goes on at every look, no flash. */
#ifndef FUZZ_HAL_H
#define FUZZ_HAL_H
#include "hal.h"

static uint64_t fuzz_time;

uint64_t hal_time_us(vm_hal *hal) { return (void)hal, fuzz_time += 1000; }
void hal_wait_until(vm_hal *hal, uint64_t time_us) {
    (void)hal;
    if (time_us > fuzz_time) fuzz_time = time_us;
}
bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) { return (void)hal, (void)mode, pin < 64; }
bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) { return (void)hal, (void)level, pin < 64; }
int hal_gpio_read(vm_hal *hal, unsigned pin) { return (void)hal, pin < 64 ? (int)(pin & 1) : -1; }
int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) { return (void)hal, (void)pin, (void)edges, 0; }
int hal_pin_by_name(vm_hal *hal, const char *name, size_t length) { return (void)hal, (void)name, (int)(length & 31); }
uint32_t hal_event(vm_hal *hal) { return (void)hal, HAL_EVENT_NONE; }
int hal_i2c_open(vm_hal *hal, const hal_i2c *bus) { return (void)hal, (void)bus, 0; }
int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    (void)hal, (void)bus;
    for (size_t i = 0; i < in_length; i++) in[i] = (uint8_t)(address + (out_length ? out[out_length - 1] : 0));
    return 0;
}
int hal_spi_open(vm_hal *hal, const hal_spi *bus) { return (void)hal, (void)bus, 0; }
int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    (void)hal, (void)bus;
    for (size_t i = 0; in && i < length; i++) in[i] = out ? out[i] : 255;
    return 0;
}
int hal_uart_open(vm_hal *hal, const hal_uart *line) { return (void)hal, (void)line, 0; }
void hal_uart_close(vm_hal *hal, unsigned uart) { (void)hal, (void)uart; }
size_t hal_uart_read(vm_hal *hal, unsigned uart, uint8_t *out, size_t max) {
    (void)hal;
    if (max) *out = (uint8_t)uart;
    return 1;
}
size_t hal_uart_write(vm_hal *hal, unsigned uart, const uint8_t *data, size_t length) {
    return (void)hal, (void)uart, (void)data, length ? length : 64;
}
int hal_adc_read(vm_hal *hal, unsigned pin) { return (void)hal, (int)(pin * 1000 & 0xFFFF); }
int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    return (void)hal, (void)pin, (void)frequency_hz, (void)duty, 0;
}
int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) { return (void)hal, (void)timeout_ms, 0; }
bool hal_watchdog_feed(vm_hal *hal) { return (void)hal, true; }
int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    return (void)hal, (void)duration_us, (void)pin, (void)level, HAL_EINVAL;
}
size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    for (size_t i = 0; i < max; i++) out[i] = (uint8_t)(i + 1);
    return max;
}
size_t hal_console_write(vm_hal *hal, const uint8_t *data, size_t length) { return (void)hal, (void)data, length; }
size_t hal_uid(vm_hal *hal, uint8_t out[16]) { return (void)hal, out[0] = 1, (size_t)1; }
const char *hal_target(vm_hal *hal) { return (void)hal, "fuzz"; }
uint32_t hal_reset_cause(vm_hal *hal) { return (void)hal, 0; }
void hal_reset(vm_hal *hal) { (void)hal; }
const uint8_t *hal_flash(vm_hal *hal, uint32_t address) { return (void)hal, (void)address, NULL; }
bool hal_flash_erase(vm_hal *hal, uint32_t address, uint32_t length) { return (void)hal, (void)address, (void)length, false; }
bool hal_flash_write(vm_hal *hal, uint32_t address, const void *data, uint32_t length) {
    return (void)hal, (void)address, (void)data, (void)length, false;
}
bool hal_flash_room(vm_hal *hal, hal_room *out) { return (void)hal, (void)out, false; }

#endif
