/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/stm32/i2c_lines.h"

enum { SIGNAL_SCL, SIGNAL_SDA };

const char *const stm32_i2c_signals[] = {"SCL", "SDA", NULL};
const char *const stm32_i2c_requests[] = {"TX", "RX", NULL};
const char *const stm32_i2c_params[] = {"irq_error", NULL};

emu_level stm32_i2c_level(stm32_device *d, unsigned signal) {
    const stm32_i2c_lines *c = (const stm32_i2c_lines *)d;
    if (!c->enabled) return EMU_FLOAT;
    return (signal == SIGNAL_SCL ? c->pins.scl : c->pins.sda) ? EMU_HIGH : EMU_LOW;
}

bool stm32_i2c_init(stm32_i2c_lines *c, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    c->irq_error = (int)emu_param_value(params, count, "irq_error", (uint64_t)-1);
    return stm32_init(&c->dev.base, spec, params, count, error);
}

static void show(stm32_i2c_lines *c) {
    stm32_signal_changed(&c->dev, SIGNAL_SDA);
    stm32_signal_changed(&c->dev, SIGNAL_SCL);
}

void stm32_i2c_enable(stm32_i2c_lines *c, bool on) {
    if (on == c->enabled) return;
    c->enabled = on;
    show(c);
}

void stm32_i2c_let_go(stm32_i2c_lines *c) {
    emu_cancel(&c->dev.base, 0);
    c->under_way = false;
    c->pins = (emu_i2c_master){.scl = true, .sda = true};
    show(c);
}

void stm32_i2c_begin(stm32_i2c_lines *c, emu_i2c_what what, uint8_t byte, bool ack, uint64_t quarter_ns) {
    c->under_way = true;
    emu_i2c_begin(&c->pins, what, byte, ack);
    emu_schedule_ns(&c->dev.base, 0, quarter_ns);
}

stm32_i2c_progress stm32_i2c_step(stm32_i2c_lines *c, uint64_t quarter_ns) {
    bool scl = stm32_signal_in(&c->dev, SIGNAL_SCL, c->pins.scl), sda = stm32_signal_in(&c->dev, SIGNAL_SDA, c->pins.sda);
    if (emu_i2c_lost(&c->pins, scl, sda)) return STM32_I2C_LOST;
    bool over = emu_i2c_step(&c->pins, scl, sda);
    show(c);
    if (!over) {
        emu_schedule_ns(&c->dev.base, 0, quarter_ns);
        return STM32_I2C_GOES_ON;
    }
    c->under_way = false;
    return STM32_I2C_OVER;
}
