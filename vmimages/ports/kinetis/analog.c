/* SPDX-License-Identifier: Apache-2.0 */
/* Converters and PWM of K64 and KL25 (K64 RM, "Analog-to-Digital Converter", "FlexTimer Module"; KL25 RM, "Timer/PWM Module"), and the
 * K64's watchdog and random numbers ("Watchdog Timer", "Random Number Generator Accelerator"). Which pins have which converter and timer
 * comes from the chip's file. */
#include "port_chip.h"
#include "registers.h"

static const route inputs[] = {CHIP_ADC_PINS(ROUTE)}, outputs[] = {CHIP_FTM_PINS(ROUTE)};
enum { INPUTS = sizeof inputs / sizeof *inputs, OUTPUTS = sizeof outputs / sizeof *outputs };
#define DEVICE(r, offset) REG((r)->base + (offset))

/* --- ADC: 16 bits, from an eighth of the bus clock */

/* Of channels 4 to 7 pins have the b inputs, but for two of the KL25. */
static bool input_b(const route *r) {
#ifdef CHIP_MKL25Z4
    if (r->pin == 4 * 32 + 21 || r->pin == 4 * 32 + 23) return false; /* PTE21, PTE23 */
#endif
    return r->signal >= 4 && r->signal < 8;
}

int hal_adc_read(vm_hal *hal, unsigned pin) {
    const route *r = inputs;
    while (r < inputs + INPUTS && r->pin != pin) r++;
    if (r == inputs + INPUTS) return HAL_ENODEV;
    if (!hal_gpio_mode(hal, pin, HAL_GPIO_INPUT)) return HAL_EBUSY;
    PORT_PCR(pin) = PORT_PCR_MUX(0);
    route_clock_on(r);
    DEVICE(r, 0x08) = 2u << 5 | 1u << 4 | 3u << 2 | 1u; /* CFG1: bus clock / 2 / 4, long sample time, 16 bits */
    DEVICE(r, 0x0C) = input_b(r) ? 1u << 4 : 0;         /* CFG2.MUXSEL */
    DEVICE(r, 0x20) = 0;                                /* SC2: by program */
    DEVICE(r, 0x24) = 0;                                /* SC3: once */
    DEVICE(r, 0x00) = r->signal;                        /* SC1A */
    while (!(DEVICE(r, 0x00) & 1u << 7)) {}             /* COCO */
    return (int)(DEVICE(r, 0x10) & 0xFFFFu);
}

/* --- PWM: pins of one FTM, or TPM, share their frequency, a division of the bus clock, or the core's */

#ifdef CHIP_MKL25Z4
#define FTM_HZ CHIP_CLOCK_HZ /* MCGPLLCLK / 2 */
#else
#define FTM_HZ BUS_HZ
#endif
#define FTM_SC 0x00u
#define FTM_SC_BUS_CLOCK (1u << 3)
#define FTM_MOD 0x08u
#define FTM_CSC(channel) (0x0Cu + 8u * (channel))
#define FTM_CSC_PWM (1u << 5 | 1u << 3) /* MSB, ELSB: high until the match */
#define FTM_CV(channel) (0x10u + 8u * (channel))

static uint8_t used[OUTPUTS];

static bool shared(unsigned row) {
    for (unsigned i = 0; i < OUTPUTS; i++)
        if (used[i] && i != row && outputs[i].base == outputs[row].base) return true;
    return false;
}

static void stop(vm_hal *hal, unsigned row) {
    used[row] = 0;
    DEVICE(&outputs[row], FTM_CSC(outputs[row].signal)) = 0;
    hal_gpio_write(hal, outputs[row].pin, false);
    hal_gpio_mode(hal, outputs[row].pin, HAL_GPIO_OUTPUT);
}

static int start(vm_hal *hal, unsigned row, uint32_t frequency_hz, uint32_t duty) {
    const route *r = &outputs[row];
    uint32_t period = FTM_HZ / frequency_hz, scale = 0;
    for (; period > 0xFFFF; period >>= 1) scale++;
    if (scale > 7 || period < 2) return HAL_EINVAL;
    route_clock_on(r);
#ifdef CHIP_MKL25Z4
    SIM_SOPT2 |= SIM_SOPT2_TPMSRC_PLL;
#endif
    uint32_t sc = FTM_SC_BUS_CLOCK | scale;
    if (shared(row) && (DEVICE(r, FTM_SC) & 0x1Fu) != sc) return HAL_EBUSY;
    if (shared(row) && DEVICE(r, FTM_MOD) != period - 1) return HAL_EBUSY;
    if (!used[row] && !hal_gpio_mode(hal, r->pin, HAL_GPIO_OUTPUT)) return HAL_EBUSY;
    if (!shared(row)) DEVICE(r, FTM_SC) = 0; /* what is written holds at once while it stands */
#ifndef CHIP_MKL25Z4
    DEVICE(r, 0x4C) = 0; /* CNTIN */
#endif
    DEVICE(r, FTM_MOD) = period - 1;
    DEVICE(r, FTM_CSC(r->signal)) = FTM_CSC_PWM;
    DEVICE(r, FTM_CV(r->signal)) = period * duty >> 16;
    DEVICE(r, FTM_SC) = sc;
    PORT_PCR(r->pin) = PORT_PCR_MUX(r->function);
    used[row] = 1;
    return 0;
}

int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    int error = frequency_hz ? HAL_ENODEV : 0;
    for (unsigned i = 0; i < OUTPUTS; i++) {
        if (outputs[i].pin != pin) continue;
        if (frequency_hz) return start(hal, i, frequency_hz, duty);
        if (used[i]) stop(hal, i);
    }
    return error;
}

#ifdef WDOG_BASE

/* --- watchdog: milliseconds of the low-power oscillator */

#define WDOG_TOVALH REG16(WDOG_BASE + 0x04u)
#define WDOG_TOVALL REG16(WDOG_BASE + 0x06u)
#define WDOG_REFRESH REG16(WDOG_BASE + 0x0Cu)
#define WDOG_PRESC REG16(WDOG_BASE + 0x16u)

static bool watched;

int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    (void)hal;
    uint32_t before = interrupts_off(); /* the two words must be close, and the others not far behind */
    WDOG_UNLOCK = 0xC520;
    WDOG_UNLOCK = 0xD928;
    __asm volatile("nop\n\tnop");
    WDOG_TOVALH = (uint16_t)(timeout_ms >> 16);
    WDOG_TOVALL = (uint16_t)timeout_ms;
    WDOG_PRESC = 0;
    WDOG_STCTRLH = WDOG_STCTRLH_ALLOWUPDATE | 1u; /* WDOGEN */
    interrupts_restore(before);
    watched = true;
    return 0;
}

bool hal_watchdog_feed(vm_hal *hal) {
    (void)hal;
    if (!watched) return false;
    uint32_t before = interrupts_off();
    WDOG_REFRESH = 0xA602;
    WDOG_REFRESH = 0xB480;
    interrupts_restore(before);
    return true;
}

/* --- random numbers, of two oscillators of its own */

size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    SIM_SCGC6 |= SIM_SCGC6_RNGA;
    REG(RNG_BASE + 0x0) = 1; /* CR.GO */
    for (size_t i = 0; i < max; i++) {
        while (!(REG(RNG_BASE + 0x4) & 1u << 8)) {} /* SR.OREG_LVL */
        out[i] = (uint8_t)REG(RNG_BASE + 0xC);
    }
    return max;
}

#endif
