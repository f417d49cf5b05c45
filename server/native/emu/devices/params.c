/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/params.h"

#include <stdio.h>
#include <string.h>

uint64_t emu_param_value(const emu_param *params, size_t count, const char *key, uint64_t otherwise) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(params[i].key, key) == 0) return params[i].value;
    return otherwise;
}

bool emu_params_take(const emu_device *d, const emu_param *params, size_t count, const char *const *keys, uint64_t *values,
                     char error[EMU_ERROR_MAX]) {
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], params[i].key) != 0) k++;
        if (!keys[k]) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: %.40s has no parameter '%.60s'", d->name, d->cls->type, params[i].key);
            return false;
        }
        if (values) values[k] = params[i].value;
    }
    return true;
}
