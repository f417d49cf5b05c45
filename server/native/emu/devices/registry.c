/* SPDX-License-Identifier: Apache-2.0 */
/* Every device type that a chip file can name. */
#include "device.h"

extern const emu_device_class cmsdk_uart;
extern const emu_device_class nrf52_clock_power, nrf52_gpio, nrf52_gpiote, nrf52_nvmc, nrf52_ppi, nrf52_rng, nrf52_rtc, nrf52_temp,
    nrf52_timer, nrf52_uarte, nrf52_wdt;

const emu_device_class *const emu_device_classes[] = {
    &cmsdk_uart, &nrf52_clock_power, &nrf52_gpio,  &nrf52_gpiote, &nrf52_nvmc, &nrf52_ppi, &nrf52_rng,
    &nrf52_rtc,  &nrf52_temp,        &nrf52_timer, &nrf52_uarte,  &nrf52_wdt,  NULL,
};
