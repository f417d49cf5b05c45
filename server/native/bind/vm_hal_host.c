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

size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max) { return HAS(link_read) ? hal->ops->link_read(hal->context, out, max) : 0; }

size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    return HAS(link_write) ? hal->ops->link_write(hal->context, data, length) : length;
}
