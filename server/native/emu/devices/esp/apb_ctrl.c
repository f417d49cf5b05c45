/* SPDX-License-Identifier: Apache-2.0 */
/* APB_CTRL (SYSCON), registers that keep what is written, and the random number generator in its address space: RND_DATA (TRM 25). The
 * numbers follow from the board's own number, so that a run can be repeated. */
#include "devices/esp/esp.h"

enum { CLK_OUT_EN = 0x08, RND_DATA = 0xB0, DATE = 0x3FC };

typedef struct {
    esp_device esp;
    uint64_t seed, state;
} apb_ctrl;

/* splitmix64: every state gives another number, none is a bad one. */
static uint32_t next(apb_ctrl *a) {
    uint64_t z = a->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    if (offset != RND_DATA) return false;
    *value = next((apb_ctrl *)d);
    return true;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    (void)d;
    (void)value;
    return offset == RND_DATA;
}

static void reset_chip(emu_device *d, emu_reset_kind kind) {
    apb_ctrl *a = (apb_ctrl *)d;
    if (kind == EMU_RESET_POWER_ON) a->state = a->seed;
    esp_reset(d, kind);
}

static const esp_register registers[] = {{0x00, 1, 1, 0x1FFF},
                                         {0x04, 1, 0x00010727, ~0u},
                                         {CLK_OUT_EN, 1, 0x7FF, 0x7FF},
                                         {0x0C, 2, 0, ~0u},
                                         {0x14, 1, 0xFFFCE030, ~0u}, /* WIFI_CLK_EN */
                                         {0x18, 3, 0, ~0u},
                                         {0x28, 4, 3, 3}, /* what the flash's regions may be used for */
                                         {0x38, 1, 0, ~0u},
                                         {0x3C, 1, 0x00400000, ~0u},
                                         {0x40, 1, 0x00800000, ~0u},
                                         {0x44, 1, 0x00C00000, ~0u},
                                         {0x48, 4, 0x400, 0x1FFF},
                                         {0x88, 5, 0, ~0u},
                                         {0x9C, 1, 0x15, ~0u},
                                         {0xA0, 1, 0, ~0u},
                                         {0xA4, 1, 0x3F, ~0u},
                                         {0xA8, 1, 0, ~0u},
                                         {0xAC, 1, 0x3F, ~0u},
                                         {0xB4, 1, 0x6480, ~0u},
                                         {0xB8, 7, 0, ~0u},
                                         {DATE, 1, 0x02007210, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"seed", NULL};
    uint64_t values[] = {0};
    ((esp_device *)d)->spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    ((apb_ctrl *)d)->seed = ((apb_ctrl *)d)->state = values[0];
    return true;
}

const emu_device_class esp32c3_apb_ctrl = {
    .type = "esp32c3.apb_ctrl",
    .struct_size = sizeof(apb_ctrl),
    .region_size = 0x1000,
    .init = init,
    .reset = reset_chip,
    .read = esp_read,
    .write = esp_write,
};
