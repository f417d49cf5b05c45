/* SPDX-License-Identifier: Apache-2.0 */
/* APB_SARADC (TRM 34): one-time samples of both converters, and the temperature sensor. A pin that somebody drives or pulls reads as full
 * scale or 0, one that floats as the middle. The continuous mode, which needs DMA, takes no samples. */
#include "devices/esp/esp.h"

enum {
    CTRL = 0x000,
    CTRL2 = 0x004,
    ONETIME_SAMPLE = 0x020,
    SAR1DATA_STATUS = 0x02C,
    SAR2DATA_STATUS = 0x030,
    INT_ENA = 0x040,
    INT_RAW = 0x044,
    INT_ST = 0x048,
    INT_CLR = 0x04C,
    APB_TSENS_CTRL = 0x058,
    CTRL_DATE = 0x3FC,
};
enum { ONETIME_START = 1 << 29, ONETIME_SAR2 = 1 << 30, TSENS_PU = 1 << 22 };
#define ONETIME_SAR1 (1u << 31)
#define INT_SAR1_DONE (1u << 31)
#define INT_SAR2_DONE (1u << 30)
enum { FULL_SCALE = 4095, MIDDLE = 2048, CONVERSION_NS = 25000, ROOM_TEMPERATURE = 110 };

typedef struct {
    esp_device esp;
    uint32_t data[2], raw, ena;
} saradc;

static void update_irq(saradc *a) { esp_irq(&a->esp, 0, a->raw & a->ena); }

/* ADC1's channels are GPIO0 to 4, channel 0 of ADC2 is GPIO5. */
static uint32_t sample(const saradc *a, unsigned pin) {
    emu_level level = emu_pin_level(a->esp.base.machine, pin);
    return level == EMU_FLOAT ? (uint32_t)MIDDLE : level == EMU_HIGH ? (uint32_t)FULL_SCALE : 0;
}

static void event(emu_device *d, uint32_t id) {
    saradc *a = (saradc *)d;
    uint32_t conf = esp_value(&a->esp, ONETIME_SAMPLE), channel = conf >> 25 & 7;
    (void)id;
    if (conf & ONETIME_SAR1) {
        a->data[0] = channel < 5 ? sample(a, channel) : 0;
        a->raw |= INT_SAR1_DONE;
    }
    if (conf & ONETIME_SAR2) {
        a->data[1] = channel == 0 ? sample(a, 5) : 0;
        a->raw |= INT_SAR2_DONE;
    }
    update_irq(a);
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    saradc *a = (saradc *)d;
    switch (offset) {
    case SAR1DATA_STATUS: *value = a->data[0]; return true;
    case SAR2DATA_STATUS: *value = a->data[1]; return true;
    case INT_ENA: *value = a->ena; return true;
    case INT_RAW:
    case INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == INT_RAW ? a->raw : a->raw & a->ena;
        return true;
    case INT_CLR: *value = 0; return true;
    case APB_TSENS_CTRL: *value = esp_value(d, offset) | (esp_value(d, offset) & TSENS_PU ? (uint32_t)ROOM_TEMPERATURE : 0); return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    saradc *a = (saradc *)d;
    switch (offset) {
    case INT_ENA: a->ena = value & 0xFC000000; break;
    case INT_CLR: a->raw &= ~value; break;
    case SAR1DATA_STATUS:
    case SAR2DATA_STATUS:
    case INT_RAW:
    case INT_ST: return true;
    default: return false;
    }
    update_irq(a);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    if (offset == ONETIME_SAMPLE && esp_value(d, offset) & ~old & ONETIME_START) emu_schedule_ns(&d->base, 0, CONVERSION_NS);
}

static void reset(esp_device *d) {
    saradc *a = (saradc *)d;
    emu_cancel(&d->base, 0);
    a->data[0] = a->data[1] = a->raw = a->ena = 0;
    update_irq(a);
}

static const esp_register registers[] = {{CTRL, 1, 0x40038240, ~0u},
                                         {CTRL2, 1, 0x0000A1FE, ~0u},
                                         {0x008, 1, 0, ~0u},
                                         {0x00C, 1, 0x00FF0808, ~0u},
                                         {0x010, 2, 0, 0},
                                         {0x018, 2, 0, 0xFFFFFF},
                                         {ONETIME_SAMPLE, 1, 0x1A000000, 0xFF800000},
                                         {0x024, 1, 0x900, 0x1FFC},
                                         {0x028, 1, 0x03740000, ~0u},
                                         {0x034, 2, 0x0003FFED, 0x7FFFFFFF},
                                         {0x03C, 1, 0, ~0u},
                                         {0x050, 1, 0xFF, ~0u},
                                         {0x054, 1, 4, ~0u},
                                         {APB_TSENS_CTRL, 1, 0x00018000, 0x007FE000},
                                         {0x05C, 1, 0x4002, 0xFFFF},
                                         {0x060, 1, 0x8000, 0x1FFFF},
                                         {CTRL_DATE, 1, 0x02007171, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_saradc = {
    .type = "esp32c3.saradc",
    .struct_size = sizeof(saradc),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
};
