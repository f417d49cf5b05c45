/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters that a chip file gives a device, as a device's init gets them. */
#ifndef VMRIG_EMU_PARAMS_H
#define VMRIG_EMU_PARAMS_H

#include "device.h"

/* What `key` holds; `otherwise` if it is not there. */
uint64_t emu_param_value(const emu_param *params, size_t count, const char *key, uint64_t otherwise);

/* Keys that the device does not know are an error. `keys` ends with NULL. values[i] is set if keys[i] is there; NULL: nobody wants them. */
bool emu_params_take(const emu_device *d, const emu_param *params, size_t count, const char *const *keys, uint64_t *values,
                     char error[EMU_ERROR_MAX]);

#endif
