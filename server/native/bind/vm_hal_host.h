/* SPDX-License-Identifier: Apache-2.0 */
/* The hal_* functions of hal.h on the host: one definition for the whole extension, which hands each call to the table that the
 * `vm_hal` was made with. `_vm.Vm` and `_vm.Device` each fill a table; an entry may be NULL when its owner never needs it. */
#ifndef VMRIG_BIND_VM_HAL_HOST_H
#define VMRIG_BIND_VM_HAL_HOST_H

#include "hal.h"

typedef struct {
    uint64_t (*time_us)(void *context);
    void (*wait_until)(void *context, uint64_t time_us);
    bool (*gpio_mode)(void *context, unsigned pin, unsigned mode);
    bool (*gpio_write)(void *context, unsigned pin, bool level);
    int (*gpio_read)(void *context, unsigned pin);
    int (*pin_by_name)(void *context, const char *name, size_t length);
    size_t (*console_write)(void *context, const uint8_t *data, size_t length);
    size_t (*uid)(void *context, uint8_t out[16]);
    uint32_t (*reset_cause)(void *context);
    void (*reset)(void *context);
    const uint8_t *(*flash)(void *context, uint32_t address);
    bool (*flash_erase)(void *context, uint32_t address, uint32_t length);
    bool (*flash_write)(void *context, uint32_t address, const void *data, uint32_t length);
    bool (*flash_room)(void *context, hal_room *out);
    int (*i2c_open)(void *context, const hal_i2c *bus);
    int (*i2c_transfer)(void *context, const hal_i2c *bus, unsigned address, const uint8_t *out, size_t out_length, uint8_t *in,
                        size_t in_length);
    int (*spi_open)(void *context, const hal_spi *bus);
    int (*spi_transfer)(void *context, const hal_spi *bus, const uint8_t *out, uint8_t *in, size_t length);
    int (*uart_open)(void *context, const hal_uart *line);
    void (*uart_close)(void *context, unsigned uart);
    size_t (*uart_read)(void *context, unsigned uart, uint8_t *out, size_t max);
    size_t (*uart_write)(void *context, unsigned uart, const uint8_t *data, size_t length);
    int (*adc_read)(void *context, unsigned pin);
    int (*pwm)(void *context, unsigned pin, uint32_t frequency_hz, uint32_t duty);
    int (*watchdog_start)(void *context, uint32_t timeout_ms);
    bool (*watchdog_feed)(void *context);
    int (*gpio_edge)(void *context, unsigned pin, unsigned edges);
    uint32_t (*event)(void *context);
    int (*sleep_deep)(void *context, uint64_t duration_us, unsigned pin, bool level);
    size_t (*entropy)(void *context, uint8_t *out, size_t max);
    size_t (*link_read)(void *context, uint8_t *out, size_t max);
    size_t (*link_write)(void *context, const uint8_t *data, size_t length);
} vm_hal_ops;

struct vm_hal {
    const vm_hal_ops *ops;
    void *context;
};

#endif
