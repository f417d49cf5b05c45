/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF's System OFF (nRF52833 PS 5.3.3, nRF51 RM "POWER"): no clock runs in it, so that a pin ends it and a time cannot. Pins that
 * the program still watches end it too. */
#include "port.h"
#include "port_chip.h"
#include "registers.h"

int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    if (~duration_us || pin >= CHIP_PINS) return HAL_WAKE_HIGH | HAL_WAKE_LOW | HAL_WAKE_PINS(CHIP_PINS);
    board_settle(hal);
    pin_sense(pin, level ? GPIO_CNF_SENSE_HIGH : GPIO_CNF_SENSE);
    POWER_SYSTEMOFF = 1;
    for (;;) {} /* with a debugger attached the core runs on: PS 5.3.3.1, "Emulated System OFF mode" */
}
