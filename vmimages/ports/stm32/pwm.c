/* SPDX-License-Identifier: Apache-2.0 */
/* PWM by the timers (RM0008, RM0090, RM0351, "General-purpose timers", "PWM mode"): pins of one timer share their frequency. Which
 * pins have which timer comes from the chip's file. */
#include "port_chip.h"
#include "registers.h"

#ifdef CHIP_TIM_PINS

typedef struct {
    uint32_t base;
    uint16_t gate; /* offset of the enable register << 8 | bit */
    uint8_t pin, channel, af;
} timer_pin;

#define TIMER_PIN(base, gate, pin, channel, af) {base, gate, pin, channel, af},
static const timer_pin routes[] = {CHIP_TIM_PINS(TIMER_PIN)};
enum { ROUTES = sizeof routes / sizeof *routes };
static uint8_t users[ROUTES]; /* 1: this row drives its pin */

#define TIM(row, offset) REG((row)->base + (offset))
#define TIM_CCER_ON(row) (1u << 4 * ((row)->channel - 1u))

/* A bus that runs at a part of the clock gives its timers twice that: all of it on the F1, half of it to those of the F4's APB1. */
static uint32_t clock_of(const timer_pin *r) { return F4 && r->gate >> 8 == 0x40 ? CLOCK_HZ / 2 : CLOCK_HZ; }

static bool shared(unsigned row) {
    for (unsigned i = 0; i < ROUTES; i++)
        if (users[i] && i != row && routes[i].base == routes[row].base) return true;
    return false;
}

static void stop(vm_hal *hal, unsigned row) {
    users[row] = 0;
    TIM(&routes[row], 0x20) &= ~TIM_CCER_ON(&routes[row]);
    hal_gpio_write(hal, routes[row].pin, false);
    hal_gpio_mode(hal, routes[row].pin, HAL_GPIO_OUTPUT);
}

static int start(vm_hal *hal, unsigned row, uint32_t frequency_hz, uint32_t duty) {
    const timer_pin *r = &routes[row];
    uint32_t period = clock_of(r) / frequency_hz, prescaler = period >> 16, top = period / (prescaler + 1) - 1;
    if (period < 2 || prescaler > 0xFFFF) return HAL_EINVAL;
    RCC(r->gate >> 8) |= 1u << (r->gate & 31u);
    (void)RCC(r->gate >> 8);
    if (shared(row) && (TIM(r, 0x2C) != top || TIM(r, 0x28) != prescaler)) return HAL_EBUSY;
    if (!users[row]) {
        if (!hal_gpio_mode(hal, r->pin, HAL_GPIO_OUTPUT)) return HAL_EBUSY;
        pin_alternate(r->pin, r->af, false);
    }
    uint32_t at = 8 * ((r->channel - 1u) & 1u), mode = 0x18u + 4 * ((r->channel - 1u) >> 1); /* CCMR1, CCMR2 */
    TIM(r, 0x28) = prescaler;
    TIM(r, 0x2C) = top;                                                                   /* ARR */
    TIM(r, 0x34u + 4 * (r->channel - 1u)) = (uint32_t)((uint64_t)(top + 1) * duty >> 16); /* CCR */
    TIM(r, mode) = (TIM(r, mode) & ~(0xFFu << at)) | 0x68u << at;                         /* PWM mode 1, preload */
    if (!(TIM(r, 0x00) & 1u)) TIM(r, 0x14) = 1;                                           /* EGR.UG: takes all of that over */
    TIM(r, 0x20) |= TIM_CCER_ON(r);
    TIM(r, 0x44) = 1u << 15; /* BDTR.MOE, of those that have it */
    TIM(r, 0x00) = 1u << 7 | 1u;
    users[row] = 1;
    return 0;
}

int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    int error = frequency_hz ? HAL_ENODEV : 0;
    for (unsigned i = 0; i < ROUTES; i++) {
        if (routes[i].pin != pin || !users[i]) continue;
        if (frequency_hz && (error = start(hal, i, frequency_hz, duty)) != HAL_EBUSY) return error;
        stop(hal, i); /* perhaps another of its timers is free */
    }
    for (unsigned i = 0; i < ROUTES && frequency_hz; i++)
        if (routes[i].pin == pin && (error = start(hal, i, frequency_hz, duty)) != HAL_EBUSY) return error;
    return error;
}

#endif
