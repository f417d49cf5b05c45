/* SPDX-License-Identifier: Apache-2.0 */
/* EGU: events that software triggers, which PPI and the interrupt hear; SWI shares its interrupt (nRF52833 PS, "EGU - Event generator
 * unit"). */
#include "devices/nrf5/nrf.h"

static void task(nrf_device *d, unsigned n) { nrf_event(d, n); }

static uint32_t read(nrf_device *d, uint32_t offset) {
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    (void)kind;
    nrf_reset((nrf_device *)d);
}

static const nrf_spec spec = {.tasks = 0xFFFFu, .events = 0xFFFFu, .has_inten = true, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {NULL};
    ((nrf_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf52_egu = {
    .type = "nrf52.egu",
    .struct_size = sizeof(nrf_device),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
};
