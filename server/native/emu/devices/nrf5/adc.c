/* SPDX-License-Identifier: Apache-2.0 */
/* ADC of the nRF51 (nRF51 RM, "ADC - Analog to digital converter"). An analog input has the level of its pin: VDD (parameter `vdd_mv`) when
 * high, 0 V when low or when nothing drives it. */
#include "devices/nrf5/nrf.h"

enum { TASKS_START, TASKS_STOP };
enum { EVENTS_END, EVENT_DONE = 0 };
enum { BUSY = 0x400, ENABLE = 0x500, CONFIG = 0x504, RESULT = 0x508 };
enum { INPUT_PIN = 0, INPUT_PIN_2_3, INPUT_PIN_1_3, INPUT_VDD_2_3 = 5, INPUT_VDD_1_3, CONFIG_RESET = 0x18 };

typedef struct {
    nrf_device nrf;
    uint32_t vdd_mv;
    uint32_t enable, config, result;
    bool busy;
} adc;

/* RM, "ADC", "Analog inputs": AIN0 and AIN1 are P0.26 and P0.27, AIN2..AIN7 P0.01..P0.06. CONFIG.PSEL is a bit an input. */
static uint32_t pin_mv(const adc *a) {
    for (unsigned i = 0; i < 8; i++) {
        if (!(a->config >> (8 + i) & 1u)) continue;
        unsigned pin = i < 2 ? 26 + i : i - 1;
        return emu_pin_level(a->nrf.base.machine, pin) == EMU_HIGH ? a->vdd_mv : 0;
    }
    return 0;
}

static uint32_t convert(const adc *a) {
    unsigned bits = (a->config & 3u) == 0 ? 8 : (a->config & 3u) == 1 ? 9 : 10;
    uint32_t third_mv; /* the input after its prescaling, times three */
    switch (a->config >> 2 & 7u) {
    case INPUT_PIN: third_mv = 3 * pin_mv(a); break;
    case INPUT_PIN_2_3: third_mv = 2 * pin_mv(a); break;
    case INPUT_PIN_1_3: third_mv = pin_mv(a); break;
    case INPUT_VDD_2_3: third_mv = 2 * a->vdd_mv; break;
    case INPUT_VDD_1_3: third_mv = a->vdd_mv; break;
    default: third_mv = 0; break;
    }
    static const uint32_t divisors[4] = {0, 0, 2, 3}; /* REFSEL: VBG 1.2 V, external (none here), VDD/2, VDD/3 */
    uint32_t divisor = divisors[a->config >> 5 & 3u], reference_mv = divisor ? a->vdd_mv / divisor : 1200, top = (1u << bits) - 1;
    uint64_t result = (uint64_t)third_mv * top / (3 * reference_mv);
    return result > top ? top : (uint32_t)result;
}

static void task(nrf_device *d, unsigned n) {
    adc *a = (adc *)d;
    emu_machine *m = d->base.machine;
    if (n == TASKS_STOP) {
        emu_cancel(&d->base, EVENT_DONE);
        a->busy = false;
    } else if (a->enable == 1 && !a->busy) { /* PS, "ADC", tADC: 20, 36 and 68 us */
        static const unsigned us[4] = {20, 36, 68, 68};
        a->busy = true;
        emu_schedule(&d->base, EVENT_DONE, emu_now(m) + nrf_us(m, us[a->config & 3u]));
    }
}

static void event(emu_device *d, uint32_t id) {
    adc *a = (adc *)d;
    (void)id;
    a->busy = false;
    a->result = convert(a);
    nrf_event(&a->nrf, EVENTS_END);
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    adc *a = (adc *)d;
    switch (offset) {
    case BUSY: emu_poll_hint(d->base.machine, UINT64_MAX); return a->busy;
    case ENABLE: return a->enable;
    case CONFIG: return a->config;
    case RESULT: return a->result;
    default: emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false); return 0;
    }
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    adc *a = (adc *)d;
    switch (offset) {
    case ENABLE: a->enable = value & 3u; break;
    case CONFIG: a->config = value & 0x3FF7Fu; break;
    case BUSY:
    case RESULT: break;
    default: emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true); break;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    adc *a = (adc *)d;
    (void)kind;
    emu_cancel(d, EVENT_DONE);
    nrf_reset(&a->nrf);
    a->enable = a->result = 0;
    a->busy = false;
    a->config = CONFIG_RESET;
}

static const nrf_spec spec = {.tasks = 3u, .events = 1u, .power_gated = true, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"vdd_mv", NULL};
    adc *a = (adc *)d;
    a->nrf.spec = &spec;
    a->vdd_mv = (uint32_t)emu_param_value(params, count, "vdd_mv", 3000);
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf51_adc = {
    .type = "nrf51.adc",
    .struct_size = sizeof(adc),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
