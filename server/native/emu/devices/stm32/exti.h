/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_EMU_STM32_EXTI_H
#define VMRIG_EMU_STM32_EXTI_H

#include "devices/stm32/stm32.h"

extern const emu_device_class stm32_exti;

/* A line from inside the chip (RTC alarm, wake-up timer, ...) has risen. */
void stm32_exti_rise(stm32_device *d, unsigned line);

/* The port of a pin's line, of four EXTICR registers of four fields each. */
static inline uint32_t stm32_exti_field(const uint32_t *exticr, unsigned line) { return exticr[line / 4] >> 4 * (line % 4) & 15u; }
uint32_t stm32_exti_port(const emu_device *afio, unsigned line); /* F1 */

#endif
