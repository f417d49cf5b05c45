/* SPDX-License-Identifier: Apache-2.0 */
/* The RP2040's converter, PWM, watchdog, random bits and pin interrupts; registers as the RP2040 Datasheet names them. */
#include "port_chip.h"
#include "registers.h"

#define RESETS_ADC (1u << 0)
#define RESETS_PWM (1u << 14)
#define PADS_OD (1u << 7)
#define IO_FUNC_PWM 4u

static void take_out_of_reset(uint32_t what) {
    CLEAR(RESETS_RESET) = what;
    while (!(RESETS_RESET_DONE & what)) {}
}

/* --- ADC, 4.9, by the crystal's clock: 8 us a conversion */

int hal_adc_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    if (pin < 26 || pin > 29) return HAL_ENODEV;
    REG(CLOCKS_BASE + 0x60) = 3u << 5 | 1u << 11; /* CLK_ADC_CTRL: XOSC, ENABLE */
    take_out_of_reset(RESETS_ADC);
    PADS_PIN(pin) = PADS_OD;               /* nothing digital on it */
    REG(ADC_BASE) = 1u | (pin - 26) << 12; /* CS: EN, AINSEL */
    while (!(REG(ADC_BASE) & 1u << 8)) {}  /* READY */
    SET(ADC_BASE) = 1u << 2;               /* START_ONCE */
    while (!(REG(ADC_BASE) & 1u << 8)) {}
    uint32_t level = REG(ADC_BASE + 0x04);
    return (int)(level << 4 | level >> 8);
}

/* --- PWM, 4.5: two pins a slice share their frequency */

static uint32_t pwm_pins;

int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    uint32_t slice = PWM_BASE + 0x14u * (pin / 2 % 8), mine = 1u << pin;
    uint32_t slice_pins = (3u << (pin & ~1u) | (pin < 16 ? 3u << (pin & ~1u) << 16 : 3u << (pin & ~1u) >> 16)) & ~mine;
    if (pin >= 30) return HAL_ENODEV;
    if (!frequency_hz) {
        if (pwm_pins & mine) {
            pwm_pins &= ~mine;
            hal_gpio_write(hal, pin, false);
            hal_gpio_mode(hal, pin, HAL_GPIO_OUTPUT);
        }
        return 0;
    }
    uint32_t divisor = CHIP_CLOCK_HZ / frequency_hz / 65535u + 1, top = CHIP_CLOCK_HZ / divisor / frequency_hz - 1;
    if (divisor > 255 || top < 1) return HAL_EINVAL;
    take_out_of_reset(RESETS_PWM);
    if (pwm_pins & slice_pins && (REG(slice + 0x10) != top || REG(slice + 0x04) != divisor << 4)) return HAL_EBUSY;
    if (!(pwm_pins & mine) && !hal_gpio_mode(hal, pin, HAL_GPIO_OUTPUT)) return HAL_EBUSY;
    uint32_t level = duty >> 16 ? top + 1 : (top + 1) * duty >> 16, shift = 16 * (pin & 1u);
    REG(slice + 0x04) = divisor << 4; /* DIV */
    REG(slice + 0x10) = top;
    REG(slice + 0x0C) = (REG(slice + 0x0C) & ~(0xFFFFu << shift)) | level << shift; /* CC */
    REG(slice) = 1;                                                                 /* CSR.EN */
    IO_CTRL(pin) = IO_FUNC_PWM;
    pwm_pins |= mine;
    return 0;
}

/* --- watchdog, 4.7: it counts two a microsecond (RP2040-E1) */

static uint32_t watchdog_load;

int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    if (timeout_ms > 8388) return HAL_EINVAL;
    watchdog_load = timeout_ms * 2000u;
    PSM_WDSEL = PSM_ALL & ~PSM_OSCILLATORS;
    hal_watchdog_feed(hal);
    SET(WATCHDOG_CTRL) = 1u << 30 | 7u << 24; /* ENABLE; a debugger stops it */
    return 0;
}

bool hal_watchdog_feed(vm_hal *hal) {
    (void)hal;
    if (watchdog_load) REG(WATCHDOG_BASE + 0x04) = watchdog_load;
    return watchdog_load;
}

/* --- the ring oscillator's phase, 2.17.5: each bit of eight looks */

size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    for (size_t i = 0; i < max; i++) {
        uint32_t bits = 0;
        for (unsigned n = 0; n < 64; n++) bits = (bits << 1 | bits >> 7) ^ (REG(ROSC_BASE + 0x1C) & 1u);
        out[i] = (uint8_t)bits;
    }
    return max;
}

/* --- edges, 2.19.6: four bits a pin: low, high, falling, rising */

int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    (void)hal;
    if (pin >= 30) return HAL_ENODEV;
    uint32_t word = IO_BANK0_BASE + 4u * (pin / 8), shift = 4 * (pin % 8);
    REG(word + 0xF0) = 12u << shift;    /* INTR: those of before */
    CLEAR(word + 0x100) = 12u << shift; /* PROC0_INTE */
    SET(word + 0x100) = ((edges & HAL_EDGE_FALLING ? 4u : 0u) | (edges & HAL_EDGE_RISING ? 8u : 0u)) << shift;
    irq_enable(IRQ_IO_BANK0);
    return 0;
}

void IRQ_HANDLER(IO_BANK0)(void) {
    for (unsigned n = 0; n < 4; n++) {
        uint32_t word = IO_BANK0_BASE + 4u * n, told = REG(word + 0x120); /* PROC0_INTS */
        REG(word + 0xF0) = told;
        for (unsigned pin = 8 * n; told; pin++, told >>= 4) {
            if (told & 4u) event_post(HAL_EVENT_FALLING | pin);
            if (told & 8u) event_post(HAL_EVENT_RISING | pin);
        }
    }
}
