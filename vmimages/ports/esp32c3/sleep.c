/* SPDX-License-Identifier: Apache-2.0 */
/* The ESP32-C3's deep sleep (TRM 9): the RTC's timer ends it, and the levels of pins 0 to 5. */
#include "port.h"
#include "port_chip.h"
#include "registers.h"

#define WAKE_PINS 6u
#define MEASURE_US 10000u

/* Of the low-speed oscillator, which is some 136 kHz and differs from chip to chip. */
static uint64_t rtc_ticks(void) {
    RTC_CNTL_TIME_UPDATE = 1u << 31;
    uint64_t high = RTC_CNTL_TIME_HIGH0;
    return high << 32 | RTC_CNTL_TIME_LOW0;
}

int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    uint32_t wakes = 0;
    if (pin != HAL_NO_PIN && pin >= WAKE_PINS) return HAL_WAKE_TIMER | HAL_WAKE_HIGH | HAL_WAKE_LOW | HAL_WAKE_PINS((int)WAKE_PINS);
    if (duration_us != UINT64_MAX && duration_us >> 48) return HAL_EINVAL;
    board_settle(hal);
    (void)interrupts_off();
    if (pin != HAL_NO_PIN) {
        hal_gpio_mode(NULL, pin, level ? HAL_GPIO_PULLDOWN : HAL_GPIO_PULLUP);
        RTC_CNTL_GPIO_WAKEUP = 1u << 6;                                                          /* STATUS_CLR */
        RTC_CNTL_GPIO_WAKEUP = 1u << (31 - pin) | (level ? 5u : 4u) << (23 - 3 * pin) | 1u << 7; /* PIN_CLK_GATE */
        RTC_CNTL_PAD_HOLD = 1u << pin;
        wakes = RTC_CNTL_WAKEUP_ENA_GPIO;
    }
    if (duration_us != UINT64_MAX) {
        uint32_t from = timer_now();
        uint64_t ticks = rtc_ticks();
        while (timer_now() - from < MEASURE_US) {}
        uint64_t at = rtc_ticks(),
                 alarm = at + duration_us / MEASURE_US * (at - ticks) + duration_us % MEASURE_US * (at - ticks) / MEASURE_US;
        RTC_CNTL_SLP_TIMER0 = (uint32_t)alarm;
        RTC_CNTL_INT_CLR = RTC_CNTL_INT_MAIN_TIMER;
        RTC_CNTL_SLP_TIMER1 = (uint32_t)(alarm >> 32 & 0xFFFFu) | 1u << 16; /* MAIN_TIMER_ALARM_EN */
        wakes |= RTC_CNTL_WAKEUP_ENA_TIMER;
    }
    RTC_CNTL_WAKEUP_STATE = wakes;
    RTC_CNTL_DIG_PWC |= 1u << 31; /* DG_WRAP_PD_EN: the core and its memory lose their power */
    RTC_CNTL_STATE0 |= 1u << 31;  /* SLEEP_EN */
    for (;;) {}
}
