/* SPDX-License-Identifier: Apache-2.0 */
/* Standby of STM32F4 and L4 (RM0090 and RM0351, "Standby mode"): the wake-up timer of the RTC ends it, by the low-speed oscillator, and
 * the wake-up pins: PA0 when it rises, of the L4 five pins at either level. */
#include "port.h"
#include "port_chip.h"
#include "registers.h"

#if F4 || L4

#define SCB_SCR REG(0xE000ED10u)
#define SCB_SCR_SLEEPDEEP (1u << 2)
#define PWR(offset) REG(PWR_BASE + (offset))
#define RTC(offset) REG(RTC_BASE + (offset))
#define RTC_WPR RTC(0x24u)
#define RTC_CR RTC(0x08u)
#define RTC_CR_WUTE (1u << 10)
#define RTC_CR_WUTIE (1u << 14)
#define RTC_ISR RTC(0x0Cu)
#define RTC_ISR_WUTWF (1u << 2)
#define RTC_ISR_WUTF (1u << 10)
#define RTC_WUTR RTC(0x14u)
#define BDCR_RTC_BY_LSI (1u << 15 | 2u << 8)
#define PWR_CR_DBP (1u << 8)
#if F4
#define RCC_BDCR RCC(0x70u)
#define PWR_FLAGS PWR(0x04u) /* CSR */
#define PWR_FLAGS_SBF (1u << 1)
#define CAN_DO (HAL_WAKE_TIMER | HAL_WAKE_HIGH | HAL_WAKE_PINS(1))
#else
#define RCC_BDCR RCC(0x90u)
#define PWR_FLAGS PWR(0x10u) /* SR1 */
#define PWR_FLAGS_SBF (1u << 8)
#define CAN_DO (HAL_WAKE_TIMER | HAL_WAKE_HIGH | HAL_WAKE_LOW | HAL_WAKE_PINS(0))
#endif

/* Of HAL_RESET_; leaves the record cleared. */
uint32_t standby_cause(void) {
    RCC_APB1ENR |= 1u << 28; /* PWR */
#if L4
    RCC_APB1ENR |= 1u << 10; /* RTCAPB */
#endif
    uint32_t found = PWR_FLAGS;
#if F4
    PWR_CR |= 3u << 2; /* CSBF, CWUF */
#else
    PWR(0x18u) = 0x11Fu; /* SCR */
#endif
    if (!(found & PWR_FLAGS_SBF)) return 0;
    return RTC_ISR & RTC_ISR_WUTF ? HAL_RESET_WAKE | HAL_RESET_WAKE_TIMER : HAL_RESET_WAKE;
}

/* Which of the wake-up pins it is, from 0; -1: none */
static int wake_pin(unsigned pin) {
#if F4
    return pin == 0 ? 0 : -1;
#else
    static const uint8_t pins[] = {0 * 32 + 0, 2 * 32 + 13, 4 * 32 + 6, 0 * 32 + 2, 2 * 32 + 5};
    int i = sizeof pins;
    while (i-- && pins[i] != pin) {}
    return i;
#endif
}

/* The timer counts in units of 0.5 ms or, when that is too short, of a second and 2.4% (127 + 1 and 255 + 1 periods of 32 kHz: PRER). */
static void start_rtc(uint64_t duration_us) {
    uint64_t ticks = duration_us / 500u;
    uint32_t select = 0; /* RTCCLK / 16 */
    if (ticks > 0x10000u) {
        ticks = duration_us / 1024000u;
        select = 4;
    }
    RCC_CSR |= 1u; /* LSION */
    while (!(RCC_CSR & 2u)) {}
    RCC_BDCR = (RCC_BDCR & ~(3u << 8)) | BDCR_RTC_BY_LSI;
    RTC_WPR = 0xCA;
    RTC_WPR = 0x53;
    RTC_CR = 0;
    RTC_ISR = ~(RTC_ISR_WUTF | 1u << 7);
    if (duration_us != UINT64_MAX) {
        while (!(RTC_ISR & RTC_ISR_WUTWF)) {}
        RTC_WUTR = ticks ? (uint32_t)ticks - 1u : 0;
        RTC_CR = RTC_CR_WUTE | RTC_CR_WUTIE | select;
    }
}

int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
    int which = pin == HAL_NO_PIN ? 0 : wake_pin(pin);
    if (which < 0 || (F4 && pin != HAL_NO_PIN && !level)) return CAN_DO;
    if (duration_us != UINT64_MAX && duration_us >= 0x10000u * 1024000ull) return HAL_EINVAL;
    board_settle(hal);
    (void)interrupts_off();
#if F4
    PWR_CR |= PWR_CR_DBP;
    start_rtc(duration_us);
    PWR_FLAGS = pin == HAL_NO_PIN ? 0 : 1u << 8; /* EWUP */
    PWR_CR |= 1u << 2 | 1u << 1;                 /* CWUF, PDDS */
#else
    PWR(0x00u) |= PWR_CR_DBP; /* CR1 */
    start_rtc(duration_us);
    PWR(0x08u) = 1u << 15 | (pin == HAL_NO_PIN ? 0 : 1u << which); /* CR3: EIWUL, EWUP */
    PWR(0x0Cu) = (level ? 0 : 1u << which);                        /* CR4: WP */
    PWR(0x18u) = 0x1Fu;
    PWR(0x00u) |= 3u; /* LPMS: Standby */
#endif
    SYST_CSR = 0;
    SCB_ICSR = 1u << 25;                                         /* PENDSTCLR */
    for (unsigned n = 0; n < 3; n++) NVIC_ICER(n) = 0xFFFFFFFFu; /* what pends there would end the wait */
    SCB_SCR = SCB_SCR_SLEEPDEEP;
    for (;;) wait_for_interrupt();
}

#else

uint32_t standby_cause(void) { return 0; }

#endif
