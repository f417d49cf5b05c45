/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_EMU_STM32_ADC_H
#define VMRIG_EMU_STM32_ADC_H

#include "devices/stm32/stm32.h"

extern const char *const stm32_adc_signals[]; /* IN0 .. IN18 */
/* Twelve bits of a channel's pin; `value`: where nobody drives it, or it has none. */
uint32_t stm32_adc_sample(const stm32_device *d, unsigned channel, uint32_t value);

#endif
