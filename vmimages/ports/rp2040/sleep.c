/* SPDX-License-Identifier: Apache-2.0 */
/* The RP2040's deep sleep: for a time, all clocks stand but the timer's and that of the pins (2.11.2, SLEEP state); without one the crystal
 * stops as well (2.11.3, DORMANT state). The chip resets itself when it is over. */
#include "port.h"
#include "port_chip.h"
#include "registers.h"

#define SCB_SCR REG(0xE000ED10u)
#define SCB_SCR_SLEEPDEEP (1u << 2)

/* Until the pin has the level: nothing else starts the crystal again. 2.16.5 */
static void dormant(unsigned pin, bool level) {
    CLOCKS_SYS_CTRL = 0; /* from clk_ref, which is from the crystal */
    while (CLOCKS_SYS_SELECTED != 1u) {}
    SET(PLL_SYS_PWR) = PLL_SYS_PWR_PD | PLL_SYS_PWR_VCOPD;
    IO_DORMANT_WAKE_INTE(pin / 8) = (level ? 2u : 1u) << 4 * (pin % 8);
    XOSC_DORMANT = XOSC_DORMANT_SLEEP;
    while (!(XOSC_STATUS & XOSC_STATUS_STABLE)) {}
}

int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    if (pin != HAL_NO_PIN && pin >= 30) return HAL_WAKE_TIMER | HAL_WAKE_HIGH | HAL_WAKE_LOW | HAL_WAKE_PINS(30);
    board_settle(hal);
    uint64_t until = hal_time_us(hal) + duration_us;
    bool timed = duration_us != UINT64_MAX, by_pin = false;
    if (!timed) {
        (void)interrupts_off();
        dormant(pin, level);
    } else {
        uint8_t byte;
        UART_IMSC = 0;
        while (hal_link_read(NULL, &byte, 1)) {} /* a byte that waits would end every wait at once */
        if (pin != HAL_NO_PIN) hal_gpio_edge(NULL, pin, level ? HAL_EDGE_RISING : HAL_EDGE_FALLING);
        CLOCKS_SLEEP_EN0 = CLOCKS_SLEEP_EN0_IO;
        CLOCKS_SLEEP_EN1 = CLOCKS_SLEEP_EN1_TIMER | CLOCKS_SLEEP_EN1_WATCHDOG; /* whose tick is the timer's */
        SCB_SCR = SCB_SCR_SLEEPDEEP;
        while (hal_time_us(hal) < until && !(by_pin = pin != HAL_NO_PIN && hal_gpio_read(NULL, pin) == level)) hal_wait_until(NULL, until);
    }
    reset_as(timed && !by_pin ? MARK_SLEPT : MARK_WOKEN);
}
