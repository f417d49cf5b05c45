/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_hal_host.h"

/* What an owner left out behaves as a chip without the part: no pin, nothing read, nothing taken. */
#define HAS(entry) (hal && hal->ops && hal->ops->entry)

uint64_t hal_time_us(vm_hal *hal) { return HAS(time_us) ? hal->ops->time_us(hal->context) : 0; }

void hal_wait_until(vm_hal *hal, uint64_t time_us) {
    if (HAS(wait_until)) hal->ops->wait_until(hal->context, time_us);
}

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) { return HAS(gpio_mode) && hal->ops->gpio_mode(hal->context, pin, mode); }

bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) { return HAS(gpio_write) && hal->ops->gpio_write(hal->context, pin, level); }

int hal_gpio_read(vm_hal *hal, unsigned pin) { return HAS(gpio_read) ? hal->ops->gpio_read(hal->context, pin) : -1; }

int hal_pin_by_name(vm_hal *hal, const char *name, size_t length) {
    return HAS(pin_by_name) ? hal->ops->pin_by_name(hal->context, name, length) : -1;
}

size_t hal_console_write(vm_hal *hal, const uint8_t *data, size_t length) {
    return HAS(console_write) ? hal->ops->console_write(hal->context, data, length) : length;
}

size_t hal_uid(vm_hal *hal, uint8_t out[16]) { return HAS(uid) ? hal->ops->uid(hal->context, out) : 0; }

const char *hal_target(vm_hal *hal) { return (void)hal, "host"; }

uint32_t hal_reset_cause(vm_hal *hal) { return HAS(reset_cause) ? hal->ops->reset_cause(hal->context) : HAL_RESET_POWER_ON; }

void hal_reset(vm_hal *hal) {
    if (HAS(reset)) hal->ops->reset(hal->context);
}

const uint8_t *hal_flash(vm_hal *hal, uint32_t address) { return HAS(flash) ? hal->ops->flash(hal->context, address) : NULL; }

bool hal_flash_erase(vm_hal *hal, uint32_t address, uint32_t length) {
    return HAS(flash_erase) && hal->ops->flash_erase(hal->context, address, length);
}

bool hal_flash_write(vm_hal *hal, uint32_t address, const void *data, uint32_t length) {
    return HAS(flash_write) && hal->ops->flash_write(hal->context, address, data, length);
}

bool hal_flash_room(vm_hal *hal, hal_room *out) { return HAS(flash_room) && hal->ops->flash_room(hal->context, out); }

int hal_i2c_open(vm_hal *hal, const hal_i2c *bus) { return HAS(i2c_open) ? hal->ops->i2c_open(hal->context, bus) : HAL_ENODEV; }

int hal_i2c_transfer(vm_hal *hal, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                     size_t in_length) {
    return HAS(i2c_transfer) ? hal->ops->i2c_transfer(hal->context, bus, address, out, out_length, in, in_length) : HAL_ENODEV;
}

int hal_spi_open(vm_hal *hal, const hal_spi *bus) { return HAS(spi_open) ? hal->ops->spi_open(hal->context, bus) : HAL_ENODEV; }

int hal_spi_transfer(vm_hal *hal, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length) {
    return HAS(spi_transfer) ? hal->ops->spi_transfer(hal->context, bus, out, in, length) : HAL_ENODEV;
}

int hal_uart_open(vm_hal *hal, const hal_uart *line) { return HAS(uart_open) ? hal->ops->uart_open(hal->context, line) : HAL_ENODEV; }

void hal_uart_close(vm_hal *hal, unsigned uart) {
    if (HAS(uart_close)) hal->ops->uart_close(hal->context, uart);
}

size_t hal_uart_read(vm_hal *hal, unsigned uart, uint8_t *out, size_t max) {
    return HAS(uart_read) ? hal->ops->uart_read(hal->context, uart, out, max) : 0;
}

size_t hal_uart_write(vm_hal *hal, unsigned uart, const uint8_t *data, size_t length) {
    return HAS(uart_write) ? hal->ops->uart_write(hal->context, uart, data, length) : 0;
}

int hal_adc_read(vm_hal *hal, unsigned pin) { return HAS(adc_read) ? hal->ops->adc_read(hal->context, pin) : HAL_ENODEV; }

int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    return HAS(pwm) ? hal->ops->pwm(hal->context, pin, frequency_hz, duty) : HAL_ENODEV;
}

int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    return HAS(watchdog_start) ? hal->ops->watchdog_start(hal->context, timeout_ms) : HAL_ENODEV;
}

bool hal_watchdog_feed(vm_hal *hal) { return HAS(watchdog_feed) && hal->ops->watchdog_feed(hal->context); }

int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    return HAS(gpio_edge) ? hal->ops->gpio_edge(hal->context, pin, edges) : HAL_ENODEV;
}

uint32_t hal_event(vm_hal *hal) { return HAS(event) ? hal->ops->event(hal->context) : HAL_EVENT_NONE; }

int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    return HAS(sleep_deep) ? hal->ops->sleep_deep(hal->context, duration_us, pin, level) : HAL_ENODEV;
}

size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) { return HAS(entropy) ? hal->ops->entropy(hal->context, out, max) : 0; }

size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max) { return HAS(link_read) ? hal->ops->link_read(hal->context, out, max) : 0; }

size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    return HAS(link_write) ? hal->ops->link_write(hal->context, data, length) : length;
}
