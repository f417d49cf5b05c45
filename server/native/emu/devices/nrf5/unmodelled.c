/* SPDX-License-Identifier: Apache-2.0 */
/* A peripheral that the chip has and the emulator does not model: it reads 0 and ignores what is written, and each of its registers that is
 * touched is worth a line in the log. Without it an access would be a bus fault, which the chip does not have there. */
#include "devices/nrf5/nrf.h"

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    emu_log_unmodelled(d->machine, d->base + offset, 0, size, false);
    return 0;
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    emu_log_unmodelled(d->machine, d->base + offset, value, size, true);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {NULL};
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_unmodelled = {
    .type = "nrf5.unmodelled",
    .struct_size = sizeof(emu_device),
    .region_size = 0x1000,
    .init = init,
    .read = read,
    .write = write,
};
