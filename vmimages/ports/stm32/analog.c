/* SPDX-License-Identifier: Apache-2.0 */
/* The STM32's converter (RM0008 11, RM0090 13, RM0351 18) and its independent watchdog. */
#include "port_chip.h"
#include "registers.h"

#if F1 || F4

#if F1
#define ADC(offset) REG(ADC1_BASE + (offset))
#define RCC_APB2ENR_ADC1 (1u << 9)
#define CR2_START (1u << 22 | 1u << 20 | 7u << 17) /* SWSTART, EXTTRIG, EXTSEL: by program */
#else
#define ADC(offset) REG(ADC_BASE + (offset))
#define RCC_APB2ENR_ADC1 (1u << 8)
#define CR2_START (1u << 30)
#endif
#define CR2_ADON 1u

/* PA0 to PA7 are inputs 0 to 7, PB0 and PB1 8 and 9, PC0 to PC5 10 to 15: on all of them. */
static int input_of(unsigned pin) {
    static const uint8_t first[] = {0, 8, 10, 16};
    unsigned port = pin / 32, input = port < 3 ? first[port] + pin % 32 : 16;
    return port < 3 && input < first[port + 1] ? (int)input : -1;
}

static void analog_mode(unsigned pin) {
    unsigned port = pin / 32, bit = pin % 32;
#if F1
    GPIO(port, GPIO_CR(bit / 8)) &= ~(15u << 4 * (bit % 8));
#else
    GPIO(port, GPIO_MODER) |= 3u << 2 * bit;
#endif
}

int hal_adc_read(vm_hal *hal, unsigned pin) {
    int input = input_of(pin);
    if (input < 0) return HAL_ENODEV;
    if (!hal_gpio_mode(hal, pin, HAL_GPIO_INPUT)) return HAL_EBUSY;
    analog_mode(pin);
    RCC_APB2ENR |= RCC_APB2ENR_ADC1;
    ADC(0x0C) = 0x3FFFF; /* SMPR1, SMPR2: the longest sampling times */
    ADC(0x10) = 0x3FFFFFFF;
    ADC(0x2C) = 0;               /* SQR1: one conversion */
    ADC(0x34) = (uint32_t)input; /* SQR3 */
    ADC(0x08) = CR2_ADON;
    for (uint32_t from = timer_now(); timer_now() - from < 5;) {} /* tSTAB */
    ADC(0x00) = 0;
    ADC(0x08) = CR2_ADON | CR2_START;
    while (!(ADC(0x00) & 2u)) {} /* SR.EOC */
    uint32_t level = ADC(0x4C) & 0xFFFu;
    ADC(0x08) = 0;
    return (int)(level << 4 | level >> 8);
}

#else

#define ADC(offset) REG(ADC_BASE + (offset))

/* PC0 to PC3 are inputs 1 to 4, PA0 to PA7 5 to 12, PC4 and PC5 13 and 14, PB0 and PB1 15 and 16. */
static unsigned input_of(unsigned pin) {
    unsigned bit = pin % 32;
    switch (pin / 32) {
    case 0: return bit < 8 ? bit + 5 : 0;
    case 1: return bit < 2 ? bit + 15 : 0;
    case 2: return bit < 4 ? bit + 1 : bit < 6 ? bit + 9 : 0;
    default: return 0;
    }
}

static void pause_us(uint32_t us) {
    for (uint32_t from = timer_now(); timer_now() - from < us;) {}
}

int hal_adc_read(vm_hal *hal, unsigned pin) {
    unsigned input = input_of(pin), port = pin / 32, bit = pin % 32;
    if (!input) return HAL_ENODEV;
    if (!hal_gpio_mode(hal, pin, HAL_GPIO_INPUT)) return HAL_EBUSY;
    GPIO(port, GPIO_MODER) |= 3u << 2 * bit;
    GPIO(port, 0x2Cu) |= 1u << bit; /* ASCR: the analog switch */
    RCC_GPIOENR |= 1u << 13;        /* AHB2ENR.ADCEN */
    (void)RCC_GPIOENR;
    ADC(0x308) = 3u << 16;  /* CCR.CKMODE: HCLK / 4 */
    ADC(0x08) = 0;          /* CR: out of deep power down */
    ADC(0x08) = 1u << 28;   /* ADVREGEN */
    pause_us(20);           /* tADCVREG_STUP */
    ADC(0x14) = 0x3FFFFFFF; /* SMPR1, SMPR2: the longest sampling times */
    ADC(0x18) = 0x07FFFFFF;
    ADC(0x30) = input << 6; /* SQR1: one conversion */
    ADC(0x00) = 0x7FF;
    ADC(0x08) = 1u << 28 | 1u; /* ADEN */
    while (!(ADC(0x00) & 1u)) {}
    ADC(0x08) = 1u << 28 | 1u << 2; /* ADSTART */
    while (!(ADC(0x00) & 1u << 2)) {}
    uint32_t level = ADC(0x40) & 0xFFFu;
    ADC(0x08) = 1u << 28 | 1u << 1; /* ADDIS */
    while (ADC(0x08) & 1u << 1) {}
    ADC(0x08) = 1u << 29; /* DEEPPWD */
    return (int)(level << 4 | level >> 8);
}

#endif

/* --- watchdog: the low-speed oscillator divided by 4 to 256, 12 bits. Nothing but a reset stops it. */

#define IWDG(offset) REG(IWDG_BASE + (offset))
#define LSI_HZ (F1 ? 40000u : 32000u)

static bool watched;

int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    uint32_t prescaler = 0;
    if (timeout_ms > 4096u * 256u / (LSI_HZ / 1000u)) return HAL_EINVAL;
    uint32_t ticks = timeout_ms * (LSI_HZ / 1000u) / 4u;
    for (; ticks > 4096; ticks >>= 1) prescaler++;
    IWDG(0x00) = 0xCCCC; /* KR: start, and with it the oscillator */
    IWDG(0x00) = 0x5555; /* the registers may be written */
    IWDG(0x04) = prescaler;
    IWDG(0x08) = ticks - 1;    /* RLR */
    while (IWDG(0x0C) & 3u) {} /* SR: both are taken over */
    watched = true;
    hal_watchdog_feed(hal);
    return 0;
}

bool hal_watchdog_feed(vm_hal *hal) {
    (void)hal;
    if (watched) IWDG(0x00) = 0xAAAA;
    return watched;
}
