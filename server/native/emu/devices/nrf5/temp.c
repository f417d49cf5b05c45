/* SPDX-License-Identifier: Apache-2.0 */
/* TEMP (nRF52833 PS, "TEMP - Temperature sensor"). The die's temperature is the parameter `quarter_degrees` (0.25 degC each, 25 degC: 100).
 */
#include "devices/nrf5/nrf.h"

enum { TASKS_START, TASKS_STOP };
enum { EVENTS_DATARDY = 0, EVENT_DONE = 0 };
enum { TEMP = 0x508, A0 = 0x520, CALIBRATION_END = 0x574, CALIBRATION_WORDS = (CALIBRATION_END - A0) / 4 };
#define MEASURE_US 36u /* tTEMP, typical */

typedef struct {
    nrf_device nrf;
    uint32_t degrees; /* two's complement */
    uint32_t temp;
    uint32_t calibration[CALIBRATION_WORDS]; /* A0..A5, B0..B5, T0..T4: storage, firmware copies them from FICR (anomaly 66) */
} temperature;

static const uint32_t calibration_reset[CALIBRATION_WORDS] = {
    0x326, 0x348, 0x3AA, 0x40E, 0x4BD, 0x5A3, 0, 0, 0x3FEF, 0x3FBE, 0x3FBE, 0x12, 0x124, 0x27C, 0, 0, 0xE2, 0, 0x19, 0x3C, 0x50,
};

static void task(nrf_device *d, unsigned n) {
    emu_machine *m = d->base.machine;
    if (n == TASKS_START)
        emu_schedule(&d->base, EVENT_DONE, emu_now(m) + nrf_us(m, MEASURE_US));
    else
        emu_cancel(&d->base, EVENT_DONE);
}

static void event(emu_device *d, uint32_t id) {
    temperature *t = (temperature *)d;
    (void)id;
    t->temp = t->degrees;
    nrf_event(&t->nrf, EVENTS_DATARDY);
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    temperature *t = (temperature *)d;
    if (offset == TEMP) return t->temp;
    if (offset >= A0 && offset < CALIBRATION_END) return t->calibration[(offset - A0) / 4];
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    temperature *t = (temperature *)d;
    if (offset >= A0 && offset < CALIBRATION_END)
        t->calibration[(offset - A0) / 4] = value;
    else if (offset != TEMP)
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    temperature *t = (temperature *)d;
    (void)kind;
    emu_cancel(d, EVENT_DONE);
    nrf_reset(&t->nrf);
    t->temp = 0;
    for (unsigned i = 0; i < CALIBRATION_WORDS; i++) t->calibration[i] = calibration_reset[i];
}

static const nrf_spec spec = {.tasks = 3u, .events = 1u, .power_gated = true, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"quarter_degrees", NULL};
    temperature *t = (temperature *)d;
    t->nrf.spec = &spec;
    t->degrees = (uint32_t)emu_param_value(params, count, "quarter_degrees", 100);
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_temp = {
    .type = "nrf5.temp",
    .struct_size = sizeof(temperature),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
