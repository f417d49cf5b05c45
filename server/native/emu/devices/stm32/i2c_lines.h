/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds of I2C controllers of STM32 have in common: the two lines, worked bit by bit, and what is under way on them. A line that
 * is led to no pin has the level that the controller gives it. */
#ifndef VMRIG_EMU_STM32_I2C_LINES_H
#define VMRIG_EMU_STM32_I2C_LINES_H

#include "devices/i2c_master.h"
#include "devices/stm32/stm32.h"

enum { STM32_I2C_TX, STM32_I2C_RX }; /* DMA requests */

typedef struct {
    stm32_device dev;
    int irq_error;
    emu_i2c_master pins;
    bool enabled;   /* PE: it drives its lines */
    bool under_way; /* a condition or a byte */
} stm32_i2c_lines;

typedef enum { STM32_I2C_GOES_ON, STM32_I2C_OVER, STM32_I2C_LOST } stm32_i2c_progress;

/* What a controller's spec begins with. */
extern const char *const stm32_i2c_signals[], *const stm32_i2c_requests[], *const stm32_i2c_params[];
emu_level stm32_i2c_level(stm32_device *d, unsigned signal);
/* For emu_device_class.init: spec is the controller's. */
bool stm32_i2c_init(stm32_i2c_lines *c, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]);

/* PE is set or cleared. */
void stm32_i2c_enable(stm32_i2c_lines *c, bool on);
/* Nothing is under way, both lines are let go of. */
void stm32_i2c_let_go(stm32_i2c_lines *c);
/* A condition or a byte begins; its quarters of a bit come as events 0. quarter_ns: until the first. */
void stm32_i2c_begin(stm32_i2c_lines *c, emu_i2c_what what, uint8_t byte, bool ack, uint64_t quarter_ns);
/* At such an event: LOST to another master, with nothing done; OVER with nothing under way any more; or it GOES_ON in quarter_ns. */
stm32_i2c_progress stm32_i2c_step(stm32_i2c_lines *c, uint64_t quarter_ns);

#endif
