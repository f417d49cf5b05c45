/* SPDX-License-Identifier: Apache-2.0 */
/* The ESP32-C3's converter, PWM, watchdog, random numbers and pin interrupts; registers as its Technical Reference Manual names them. */
#include "port_chip.h"
#include "registers.h"

#define PERIP_LEDC (1u << 11)
#define PERIP_APB_SARADC (1u << 28)

static void give_clock(uint32_t what) {
    SYSTEM_PERIP_CLK_EN0 |= what;
    SYSTEM_PERIP_RST_EN0 &= ~what;
}

/* --- ADC1: IO0 to IO4, at the greatest attenuation: full scale is about the supply's voltage */

int hal_adc_read(vm_hal *hal, unsigned pin) {
    if (pin > 4) return HAL_ENODEV;
    if (!hal_gpio_mode(hal, pin, HAL_GPIO_INPUT)) return HAL_EBUSY;
    IO_MUX_GPIO(pin) &= ~IO_MUX_FUN_IE;
    give_clock(PERIP_APB_SARADC);
    REG(APB_SARADC_BASE + 0x54) = 2u << 21 | 1u << 20 | 15u;                 /* CLKM_CONF: APB / 16 */
    REG(APB_SARADC_BASE + 0x4C) = 1u << 31;                                  /* INT_CLR: SAR1 */
    REG(APB_SARADC_BASE + 0x20) = 1u << 31 | (uint32_t)pin << 25 | 3u << 23; /* ONETIME_SAMPLE: SAR1, channel, attenuation */
    REG(APB_SARADC_BASE + 0x20) |= 1u << 29;                                 /* START */
    while (!(REG(APB_SARADC_BASE + 0x44) & 1u << 31)) {}                     /* INT_RAW */
    uint32_t level = REG(APB_SARADC_BASE + 0x2C) & 0xFFFu;
    REG(APB_SARADC_BASE + 0x20) = 0;
    return (int)(level << 4 | level >> 8);
}

/* --- PWM: LEDC's channel n on its timer n, so that four pins have frequencies of their own */

#define LEDC_CHANNEL(n, offset) REG(LEDC_BASE + 0x14u * (n) + (offset))
#define LEDC_TIMER_CONF(n) REG(LEDC_BASE + 0xA0u + 8u * (n))
#define LEDC_SIGNAL(n) (45u + (n))
enum { PWM_PINS = 4, APB_HZ = 80000000 };

static uint8_t pwm_pins[PWM_PINS]; /* pin + 1 */

int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    unsigned n = PWM_PINS, bits = 14;
    for (unsigned i = PWM_PINS; i--;)
        if (!pwm_pins[i]) n = i;
    for (unsigned i = 0; i < PWM_PINS; i++)
        if (pwm_pins[i] == pin + 1) n = i;
    if (n == PWM_PINS) return frequency_hz ? HAL_EBUSY : 0;
    if (!frequency_hz) {
        if (pwm_pins[n] != pin + 1) return 0;
        pwm_pins[n] = 0;
        hal_gpio_write(hal, pin, false);
        hal_gpio_mode(hal, pin, HAL_GPIO_OUTPUT);
        return 0;
    }
    uint32_t ticks = APB_HZ / frequency_hz;
    while (bits > 1 && ticks >> bits == 0) bits--;
    if (ticks >> bits == 0 || ticks >> bits > 1023) return HAL_EINVAL;
    if (pwm_pins[n] != pin + 1 && !hal_gpio_mode(hal, pin, HAL_GPIO_OUTPUT)) return HAL_EBUSY;
    give_clock(PERIP_LEDC);
    REG(LEDC_BASE + 0xD0) = 1u << 31 | 1u;                                    /* CONF: CLK_EN, APB_CLK */
    uint32_t divisor = bits >= 8 ? ticks >> (bits - 8) : ticks << (8 - bits); /* of 256ths */
    LEDC_TIMER_CONF(n) = divisor << 4 | bits;
    LEDC_TIMER_CONF(n) |= 1u << 25;                                    /* PARA_UP */
    LEDC_CHANNEL(n, 0x04) = 0;                                         /* HPOINT */
    LEDC_CHANNEL(n, 0x08) = (duty >> (16 - bits)) << 4;                /* DUTY, of 16ths */
    LEDC_CHANNEL(n, 0x0C) = 1u << 31 | 1u << 30 | 1u << 20 | 1u << 10; /* CONF1: DUTY_START, one step of none */
    LEDC_CHANNEL(n, 0x00) = 1u << 2 | n;                               /* CONF0: SIG_OUT_EN, timer */
    LEDC_CHANNEL(n, 0x00) |= 1u << 4;                                  /* PARA_UP */
    GPIO_FUNC_OUT_SEL(pin) = LEDC_SIGNAL(n);
    pwm_pins[n] = (uint8_t)(pin + 1);
    return 0;
}

/* --- watchdog: the first timer group's, in half milliseconds */

#define TIMG0(offset) REG(TIMG0_BASE + (offset))

static bool watched;

int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    (void)hal;
    TIMG0_WDTWPROTECT = WDT_KEY;
    TIMG0(0x4C) = 40000u << 16 | 1u; /* WDTCONFIG1: prescaler of the 80 MHz */
    TIMG0(0x50) = timeout_ms * 2u;   /* WDTCONFIG2: stage 0 */
    TIMG0_WDTCONFIG0 =
        1u << 31 | 3u << 29 | TIMG_WDTCONFIG0_UPDATE | 1u << 18 | 7u << 15; /* EN, stage 0 resets the system; pulse lengths */
    TIMG0_WDTWPROTECT = 0;
    watched = true;
    hal_watchdog_feed(hal);
    return 0;
}

bool hal_watchdog_feed(vm_hal *hal) {
    (void)hal;
    if (!watched) return false;
    TIMG0_WDTWPROTECT = WDT_KEY;
    TIMG0(0x60) = 1; /* WDTFEED */
    TIMG0_WDTWPROTECT = 0;
    return true;
}

/* --- random numbers: TRM 25; a word is new after a microsecond or two */

size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    for (size_t i = 0; i < max; i++) {
        for (uint32_t from = timer_now(); timer_now() - from < 3;) {}
        uint32_t word = REG(APB_CTRL_BASE + 0xB0);
        out[i] = (uint8_t)(word ^ word >> 8 ^ word >> 16 ^ word >> 24);
    }
    return max;
}

/* --- edges */

#define GPIO_STATUS REG(GPIO_BASE + 0x44u)
#define GPIO_STATUS_W1TC REG(GPIO_BASE + 0x4Cu)

int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    static bool enabled;
    (void)hal;
    if (pin > 21) return HAL_ENODEV;
    GPIO_PIN(pin) = 0;
    GPIO_STATUS_W1TC = 1u << pin;
    if (edges) GPIO_PIN(pin) = edges << 7 | 1u << 13; /* INT_TYPE: 1 rising, 2 falling, 3 both; INT_ENA: the core's */
    if (!enabled) irq_enable(IRQ_GPIO);
    enabled = true;
    return 0;
}

void IRQ_HANDLER(GPIO)(void) {
    uint32_t told = GPIO_STATUS, level = GPIO_IN;
    GPIO_STATUS_W1TC = told;
    for (unsigned pin = 0; told >> pin; pin++)
        if (told >> pin & 1u) event_post((level >> pin & 1u ? HAL_EVENT_RISING : HAL_EVENT_FALLING) | pin);
}
