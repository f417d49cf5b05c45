/* SPDX-License-Identifier: Apache-2.0 */
/* Every device type that a chip file can name, a family a line. */
#include "device.h"

extern const emu_device_class cmsdk_uart;
extern const emu_device_class nrf5_clock_power, nrf5_gpio, nrf5_gpiote, nrf5_nvmc, nrf5_ppi, nrf5_rng, nrf5_rtc, nrf5_temp, nrf5_timer,
    nrf5_uarte, nrf5_wdt, nrf51_readback, nrf52_ctrl_ap;

/* clang-format off */
const emu_device_class *const emu_device_classes[] = {
    &cmsdk_uart,
    &nrf5_clock_power, &nrf5_gpio, &nrf5_gpiote, &nrf5_nvmc, &nrf5_ppi, &nrf5_rng, &nrf5_rtc, &nrf5_temp, &nrf5_timer, &nrf5_uarte, &nrf5_wdt,
    &nrf51_readback, &nrf52_ctrl_ap,
    NULL,
};
/* clang-format on */
