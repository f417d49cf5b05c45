/* SPDX-License-Identifier: Apache-2.0 */
/* IO_MUX (TRM 5.14): the pads, their pulls, and which of its functions a pad has. */
#include "devices/esp/esp.h"

enum { PIN_CTRL = 0x000, GPIO0 = 0x004, DATE = 0x0FC };
enum { DRV_2 = 2 << 10 };

typedef struct {
    esp_device esp;
    emu_device *gpio;
} io_mux;

uint32_t esp_pad(const emu_device *d, unsigned pin) { return esp_value((const esp_device *)d, GPIO0 + 4 * pin); }

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    const io_mux *x = (const io_mux *)d;
    (void)old;
    if (x->gpio && offset >= GPIO0 && offset < GPIO0 + 4 * ESP_PINS) esp_pad_changed(x->gpio, (offset - GPIO0) / 4);
}

static void reset(esp_device *d) {
    for (unsigned pin = 0; pin < ESP_PINS; pin++) changed(d, GPIO0 + 4 * pin, 0);
}

static void link(emu_device *d) { ((io_mux *)d)->gpio = emu_device_by_name(d->machine, "GPIO"); }

/* As the pads are after reset: ESP32-C3 Series Datasheet, "Peripheral Pin Configurations" (IO MUX functions and reset states). */
enum { FLOATING = DRV_2, INPUT = DRV_2 | ESP_PAD_IE, PULLED_UP = DRV_2 | ESP_PAD_IE | ESP_PAD_WPU };
enum { PAD_BITS = 0xFFFF };
static const esp_register registers[] = {{PIN_CTRL, 1, 0x7FF, 0xFFF},
                                         {GPIO0 + 4 * 0, 2, FLOATING, PAD_BITS},
                                         {GPIO0 + 4 * 2, 7, INPUT, PAD_BITS},
                                         {GPIO0 + 4 * 9, 1, PULLED_UP, PAD_BITS},
                                         {GPIO0 + 4 * 10, 1, INPUT, PAD_BITS},
                                         {GPIO0 + 4 * 11, 1, FLOATING, PAD_BITS},
                                         {GPIO0 + 4 * 12, 6, PULLED_UP, PAD_BITS}, /* the flash's */
                                         {GPIO0 + 4 * 18, 2, FLOATING, PAD_BITS},  /* of USB, which pulls D+ itself */
                                         {GPIO0 + 4 * 20, 2, PULLED_UP, PAD_BITS},
                                         {DATE, 1, 0x02006050, 0x0FFFFFFF},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .changed = changed, .reset = reset, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_io_mux = {
    .type = "esp32c3.io_mux",
    .struct_size = sizeof(io_mux),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .link = link,
};
