/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF's converters, watchdog, random numbers and pin events; registers as the nRF52833 PS v1.6 and the nRF51 RM 3.0 name them. */
#include "port_chip.h"
#include "registers.h"

/* --- ADC. Levels are of the supply: it is the reference, divided as the input is. */

#ifdef CHIP_NRF51822

/* RM, "ADC": AIN0 and AIN1 are P0.26 and P0.27, AIN2 .. AIN7 are P0.01 .. P0.06. */
int hal_adc_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    unsigned input = pin >= 26 ? pin - 26 : pin + 1;
    if (pin >= 26 ? input > 1 : input < 2 || input > 7) return HAL_ENODEV;
    REG(ADC_BASE + 0x504) = 2u /* 10 bits */ | 2u << 2 /* a third of the input */ | 3u << 5 /* of a third of VDD */ | 1u << (8 + input);
    REG(ADC_BASE + 0x500) = 1; /* ENABLE */
    REG(ADC_BASE + 0x100) = 0; /* EVENTS_END */
    REG(ADC_BASE + 0x000) = 1; /* TASKS_START */
    while (!REG(ADC_BASE + 0x100)) {}
    uint32_t level = REG(ADC_BASE + 0x508);
    REG(ADC_BASE + 0x500) = 0;
    return (int)(level << 6 | level >> 4);
}

#else

/* PS 6.23 "Pin configuration": AIN0 .. AIN3 are P0.02 .. P0.05, AIN4 .. AIN7 are P0.28 .. P0.31. */
int hal_adc_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    volatile int16_t result;
    unsigned input = pin >= 28 ? pin - 23 : pin - 1;
    if (pin > 31 || pin < 2 || (pin > 5 && pin < 28)) return HAL_ENODEV;
    REG(SAADC_BASE + 0x510) = input;                                          /* CH[0].PSELP */
    REG(SAADC_BASE + 0x518) = 2u << 8 | 1u << 12 | 2u << 16;                  /* CONFIG: a quarter of the input, of VDD / 4; 10 us */
    REG(SAADC_BASE + 0x5F0) = 2;                                              /* RESOLUTION: 12 bits */
    REG(SAADC_BASE + 0x62C) = (uint32_t)(uintptr_t)&result;                   /* RESULT.PTR */
    REG(SAADC_BASE + 0x630) = 1;                                              /* RESULT.MAXCNT */
    REG(SAADC_BASE + 0x500) = 1;                                              /* ENABLE */
    for (unsigned step = 0; step < 3; step++) {                               /* TASKS_START, _SAMPLE, _STOP */
        uint32_t event = SAADC_BASE + (step == 2 ? 0x114 : 0x100 + 4 * step); /* EVENTS_STARTED, _END, _STOPPED */
        REG(event) = 0;
        REG(SAADC_BASE + 4 * step) = 1;
        while (!REG(event)) {}
    }
    REG(SAADC_BASE + 0x500) = 0;
    int level = result;
    return level <= 0 ? 0 : level << 4 | level >> 8; /* noise around 0 V reads below it */
}

#endif

/* --- PWM: TIMER1 counts, PPI lets its comparisons toggle pins through GPIOTE. Three pins, one frequency. The same on both families. */

#define TIMER1(offset) REG(TIMER1_BASE + (offset))
#define TIMER_TASKS_STOP 0x004u
#define TIMER_SHORTS 0x200u
#define TIMER_SHORTS_COMPARE3_CLEAR (1u << 3)
#define GPIOTE_CONFIG(n) REG(GPIOTE_BASE + 0x510u + 4u * (n))
#define GPIOTE_CONFIG_TASK_TOGGLE(pin) (3u | (pin) << 8 | 3u << 16 | 1u << 20) /* high at first */
enum { PWM_PINS = 3, PPI_FIRST = 1 };                                          /* channel 0 is the line's */

static struct {
    struct {
        uint16_t duty; /* ticks; 0: free */
        uint8_t pin;
    } out[PWM_PINS];
    uint16_t period; /* ticks */
    uint8_t prescaler;
} pwm;

/* All begin a period together, else who had toggled would go on upside down. */
static void pwm_restart(void) {
    TIMER1(TIMER_TASKS_STOP) = 1;
    TIMER1(TIMER_TASKS_CLEAR) = 1;
    TIMER1(TIMER_BITMODE) = 0; /* 16 bits */
    TIMER1(TIMER_PRESCALER) = pwm.prescaler;
    TIMER1(TIMER_CC(3)) = pwm.period;
    TIMER1(TIMER_SHORTS) = TIMER_SHORTS_COMPARE3_CLEAR;
    uint32_t channels = 0, both = 3u << PPI_FIRST;
    for (unsigned n = 0; n < PWM_PINS; n++, both <<= 2) {
        GPIOTE_CONFIG(n) = 0;
        if (!pwm.out[n].duty) continue;
        TIMER1(TIMER_CC(n)) = pwm.out[n].duty;
        GPIOTE_CONFIG(n) = GPIOTE_CONFIG_TASK_TOGGLE(pwm.out[n].pin);
        for (unsigned edge = 0; edge < 2; edge++) {
            unsigned channel = PPI_FIRST + 2 * n + edge;
            PPI_CH_EEP(channel) = (uint32_t)(uintptr_t)&TIMER1(TIMER_EVENTS_COMPARE(edge ? 3 : n));
            PPI_CH_TEP(channel) = GPIOTE_BASE + 4u * n; /* TASKS_OUT */
        }
        channels |= both;
    }
    PPI_CHENCLR = 0x3Fu << PPI_FIRST & ~channels;
    PPI_CHENSET = channels;
    if (channels) TIMER1(TIMER_TASKS_START) = 1;
}

int hal_pwm(vm_hal *hal, unsigned pin, uint32_t frequency_hz, uint32_t duty) {
    uint32_t period = 0, prescaler = 0, ticks = 0;
    unsigned mine = PWM_PINS, unused = PWM_PINS, others = 0;
    for (unsigned n = 0; n < PWM_PINS; n++) {
        if (!pwm.out[n].duty)
            unused = n;
        else if (pwm.out[n].pin == pin)
            mine = n;
        else
            others++;
    }
    if (mine == PWM_PINS) mine = unused;
    if (frequency_hz) {
        period = 16000000u / frequency_hz;
        while (period > 0xFFFF) period = 16000000u / (1u << ++prescaler) / frequency_hz;
        if (period < 2) return HAL_EINVAL;
        if (mine == PWM_PINS || (others && (period != pwm.period || prescaler != pwm.prescaler))) return HAL_EBUSY;
        if (!hal_gpio_mode(hal, pin, HAL_GPIO_OUTPUT)) return HAL_EBUSY;
        hal_gpio_write(hal, pin, duty >> 16); /* always high or always low is no PWM */
        ticks = duty >> 16 ? 0 : period * duty >> 16;
        pwm.period = (uint16_t)period;
        pwm.prescaler = (uint8_t)prescaler;
    }
    if (mine < PWM_PINS) {
        pwm.out[mine].duty = (uint16_t)ticks;
        pwm.out[mine].pin = (uint8_t)pin;
        pwm_restart();
    }
    return 0;
}

/* --- watchdog: 32.768 kHz, and it goes on when the core sleeps */

#define WDT(offset) REG(WDT_BASE + (offset))

int hal_watchdog_start(vm_hal *hal, uint32_t timeout_ms) {
    if (timeout_ms > 1000000u) return HAL_EINVAL;
    WDT(0x504) = (timeout_ms << 12) / 125u; /* CRV */
    WDT(0x50C) = 1;                         /* CONFIG: a debugger stops it */
    WDT(0x508) = 1;                         /* RREN: one reload register */
    WDT(0x000) = 1;                         /* TASKS_START */
    hal_watchdog_feed(hal);
    return 0;
}

bool hal_watchdog_feed(vm_hal *hal) {
    (void)hal;
    WDT(0x600) = 0x6E524635u; /* RR[0] */
    return WDT(0x400) & 1u;   /* RUNSTATUS */
}

/* --- random numbers, without the bias that its bits may have */

size_t hal_entropy(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    REG(RNG_BASE + 0x504) = 1; /* CONFIG: DERCEN */
    REG(RNG_BASE + 0x000) = 1; /* TASKS_START */
    for (size_t i = 0; i < max; i++) {
        REG(RNG_BASE + 0x100) = 0; /* EVENTS_VALRDY */
        while (!REG(RNG_BASE + 0x100)) {}
        out[i] = (uint8_t)REG(RNG_BASE + 0x508);
    }
    REG(RNG_BASE + 0x004) = 1; /* TASKS_STOP */
    return max;
}

/* --- edges: each watched pin senses the level that it does not have; PORT tells that one of them has it */

#define GPIOTE_EVENTS_PORT REG(GPIOTE_BASE + 0x17Cu)
#define GPIOTE_INT_PORT (1u << 31)
enum { PORTS = (CHIP_PINS + 31) / 32 };

static struct {
    uint32_t rising[PORTS], falling[PORTS], level[PORTS];
} watched;

void pin_sense(unsigned pin, uint32_t what) {
    volatile uint32_t *cnf = &GPIO(pin / 32, GPIO_PIN_CNF(pin % 32));
    *cnf = (*cnf & ~(GPIO_CNF_SENSE | GPIO_CNF_INPUT_DISCONNECT)) | what;
}

int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    (void)hal;
    if (pin >= CHIP_PINS) return HAL_ENODEV;
    uint32_t mask = 1u << pin % 32, port = pin / 32, before = interrupts_off();
    watched.rising[port] = (watched.rising[port] & ~mask) | (edges & HAL_EDGE_RISING ? mask : 0);
    watched.falling[port] = (watched.falling[port] & ~mask) | (edges & HAL_EDGE_FALLING ? mask : 0);
    watched.level[port] = GPIO(port, GPIO_IN);
    pin_sense(pin, !edges ? 0 : watched.level[port] & mask ? GPIO_CNF_SENSE : GPIO_CNF_SENSE_HIGH);
    GPIOTE_EVENTS_PORT = 0;
    REG(GPIOTE_BASE + 0x304) = GPIOTE_INT_PORT; /* INTENSET */
    irq_enable(IRQ_GPIOTE);
    interrupts_restore(before);
    return 0;
}

void IRQ_HANDLER(GPIOTE)(void) {
    GPIOTE_EVENTS_PORT = 0;
    (void)GPIOTE_EVENTS_PORT;
    for (unsigned port = 0; port < PORTS; port++) {
        uint32_t level = GPIO(port, GPIO_IN), changed = (level ^ watched.level[port]) & (watched.rising[port] | watched.falling[port]);
        watched.level[port] = level;
        for (unsigned bit = 0; changed >> bit; bit++) {
            uint32_t mask = 1u << bit;
            unsigned pin = port * 32 + bit;
            if (!(changed & mask)) continue;
            pin_sense(pin, level & mask ? GPIO_CNF_SENSE : GPIO_CNF_SENSE_HIGH);
            if ((level & mask ? watched.rising : watched.falling)[port] & mask)
                event_post((level & mask ? HAL_EVENT_RISING : HAL_EVENT_FALLING) | pin);
        }
    }
}
