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
    size_t (*link_read)(void *context, uint8_t *out, size_t max);
    size_t (*link_write)(void *context, const uint8_t *data, size_t length);
} vm_hal_ops;

struct vm_hal {
    const vm_hal_ops *ops;
    void *context;
};

#endif
