/* SPDX-License-Identifier: Apache-2.0 */
/* VLLS1 (K64 and KL25 RM, "System Mode Controller", "Low-Leakage Wakeup Unit"): 16 pins end it, of the KL25 eight, and the low-power timer
 * by its oscillator of 1 kHz. The chip starts with a reset. */
#include "port.h"
#include "port_chip.h"
#include "profile.h"
#include "registers.h"

#if VM_FEATURE_BUS

#define SCB_SCR REG(0xE000ED10u)
#define SCB_SCR_SLEEPDEEP (1u << 2)
#define LLWU(offset) REG8(LLWU_BASE + (offset))
#define LLWU_PE(pin) LLWU((pin) / 4u)
#define LLWU_ME LLWU(4u)
#define LLWU_F1 LLWU(5u)
#define LLWU_F2 LLWU(6u)
#define LLWU_F3 LLWU(7u)
#define LPTMR(offset) REG(LPTMR0_BASE + (offset))
#define LPTMR_CSR LPTMR(0x0u)
#define LPTMR_PSR LPTMR(0x4u)
#define LPTMR_PSR_LPO 1u
#define LPTMR_PSR_PBYP (1u << 2)
#define LPTMR_CMR LPTMR(0x8u)

/* The timer that matches at once is the way to wake by a pin that has its level already: the LLWU sees edges. */
bool woken_by_time(void) {
    SIM_SCGC5 |= SIM_SCGC5_LPTMR;
    return LLWU_F3 & 1u && LPTMR_CMR;
}

static void start_timer(uint64_t ms) {
    uint32_t scale = 0; /* 0: not divided */
    for (; ms > 0xFFFF; ms >>= 1) scale++;
    SIM_SCGC5 |= SIM_SCGC5_LPTMR;
    LPTMR_CSR = 0;
    LPTMR_PSR = LPTMR_PSR_LPO | (scale ? (scale - 1) << 3 : LPTMR_PSR_PBYP);
    LPTMR_CMR = (uint32_t)ms;
    LPTMR_CSR = 1u << 6 | 1u; /* TIE, TEN */
    LLWU_ME = 1;
}

int hal_sleep_deep(vm_hal *hal, uint64_t duration_us, unsigned pin, bool level) {
#ifdef CHIP_MKL25Z4
    enum { NONE = 0xFF };
    static const uint8_t pins[] = {NONE,       NONE,       NONE,       NONE, NONE, 1 * 32 + 0, 2 * 32 + 1, 2 * 32 + 3,
                                   2 * 32 + 4, 2 * 32 + 5, 2 * 32 + 6, NONE, NONE, NONE,       3 * 32 + 4, 3 * 32 + 6};
#else
    static const uint8_t pins[] = {4 * 32 + 1, 4 * 32 + 2, 4 * 32 + 4, 0 * 32 + 4,  0 * 32 + 13, 1 * 32 + 0, 2 * 32 + 1, 2 * 32 + 3,
                                   2 * 32 + 4, 2 * 32 + 5, 2 * 32 + 6, 2 * 32 + 11, 3 * 32 + 0,  3 * 32 + 2, 3 * 32 + 4, 3 * 32 + 6};
#endif
    unsigned which = 0;
    bool timed = duration_us != UINT64_MAX;
    while (pin != HAL_NO_PIN && which < sizeof pins && pins[which] != pin) which++;
    if (which == sizeof pins) return HAL_WAKE_TIMER | HAL_WAKE_HIGH | HAL_WAKE_LOW | HAL_WAKE_PINS(0);
    if (timed && duration_us / 1000u >> 32) return HAL_EINVAL;
    board_settle(hal);
    (void)interrupts_off();
    if (timed) start_timer(duration_us / 1000u + 1);
    if (pin != HAL_NO_PIN) {
        LLWU_PE(which) = (uint8_t)((level ? 1u : 2u) << 2 * (which % 4));
        if (hal_gpio_read(hal, pin) == (int)level) start_timer(0);
    }
    LLWU_F1 = 0xFF;
    LLWU_F2 = 0xFF;
    SMC_PMPROT = 1u << 1; /* AVLLS */
    SMC_PMCTRL = 4;       /* STOPM: VLLS */
    SMC_VLLSCTRL = 1;     /* VLLS1 */
    (void)SMC_VLLSCTRL;
    SYST_CSR = 0;
    SCB_ICSR = 1u << 25;                                                                    /* PENDSTCLR */
    for (unsigned n = 0; n < (CHIP_IRQ_COUNT + 31u) / 32u; n++) NVIC_ICER(n) = 0xFFFFFFFFu; /* what pends there would end the wait */
    SCB_SCR = SCB_SCR_SLEEPDEEP;
    for (;;) wait_for_interrupt();
}

#else

bool woken_by_time(void) { return false; }

#endif
