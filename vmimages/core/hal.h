/* SPDX-License-Identifier: Apache-2.0 */
/* What the VM and the link need of a chip. One implementation a port (vmimages/ports/<chip>/hal.c) and one on the host, where many VMs live
 * in a process: so each function gets the `hal` pointer that its VM was made with. Firmware ignores it. All of them return at once unless
 * they say otherwise. */
#ifndef VM_HAL_H
#define VM_HAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vm_hal vm_hal;

/* --- time: microseconds since boot, monotonic */
uint64_t hal_time_us(vm_hal *hal);
/* Sleeps until the time, or earlier when something happens (a byte, a pin). UINT64_MAX: until something happens. */
void hal_wait_until(vm_hal *hal, uint64_t time_us);

/* --- GPIO: pin = port * 32 + bit */
enum { HAL_GPIO_INPUT = 0, HAL_GPIO_OUTPUT = 1, HAL_GPIO_PULLUP = 2, HAL_GPIO_PULLDOWN = 3 };
bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode); /* false: no such pin, or not free */
bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level);
int hal_gpio_read(vm_hal *hal, unsigned pin);                      /* 0, 1; -1: no such pin */
int hal_pin_by_name(vm_hal *hal, const char *name, size_t length); /* from port.bin; -1: no such name */

/* --- the program's output; takes what fits, the VM tries again later with the rest. Returns bytes taken. */
size_t hal_console_write(vm_hal *hal, const uint8_t *data, size_t length);

/* --- identity and reset */
size_t hal_uid(vm_hal *hal, uint8_t out[16]); /* the chip's unique id; bytes written, most significant first */
enum { HAL_RESET_POWER_ON = 1, HAL_RESET_PIN = 2, HAL_RESET_WATCHDOG = 4, HAL_RESET_SOFT = 8, HAL_RESET_LOCKUP = 16, HAL_RESET_DEBUG = 32 };
uint32_t hal_reset_cause(vm_hal *hal); /* bits, as found at boot */
void hal_reset(vm_hal *hal);           /* does not return on a chip */

/* --- flash, in place readable at hal_flash(address). Addresses are the chip's; false: refused or failed */
const uint8_t *hal_flash(vm_hal *hal, uint32_t address);
bool hal_flash_erase(vm_hal *hal, uint32_t address, uint32_t length); /* whole erase units */
/* Whole write units (the link's layout has their size; 8 bytes are always whole), each once, or a second time to all zeros. Blank units are
 * left alone. `data` has no alignment. False also when other bytes are read back. */
bool hal_flash_write(vm_hal *hal, uint32_t address, const void *data, uint32_t length);

/* --- the link's serial line: bytes, not frames */
size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max);
size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length); /* bytes taken */

#endif
