/* SPDX-License-Identifier: Apache-2.0 */
/* STM32F1, F4 and L4 besides their serial line and their flash: clocks, pins, identity. The clock comes from the internal oscillator
 * through the PLL, CLOCK_HZ of the chip's file, so that a board needs no crystal; SysTick keeps the time (ports/cortexm/systick.c). */
#include "port_chip.h"
#include "registers.h"

/* --- clocks -------------------------------------------------------------------------------------------------------- */

static void wait_for(volatile const uint32_t *reg, uint32_t mask, uint32_t value) {
    while ((*reg & mask) != value) {}
}

static void switch_to(uint32_t source) {
    RCC_CFGR = (RCC_CFGR & ~3u) | source;
    wait_for(&RCC_CFGR, 0xCu, source << 2);
}

void chip_start(void) {
#if F1
    FLASH_ACR = 0x12;                                      /* prefetch, two wait states */
    RCC_CFGR = (CLOCK_HZ / 4000000u - 2u) << 18 | 4u << 8; /* PLL: HSI / 2, times; APB1 half of it */
    RCC_CR |= RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    switch_to(2);
    RCC_APB2ENR = 1u << 0; /* AFIO */
    RCC_GPIOENR |= 0x7Fu << 2;
#elif F4
    RCC_APB1ENR = 1u << 28;                                 /* PWR */
    PWR_CR |= 3u << 14;                                     /* regulator scale 1 */
    FLASH_ACR = 0x300u | (CLOCK_HZ - 1u) / 30000000u;       /* prefetch, instruction cache; wait states at 2.7 to 3.6 V */
    RCC_PLLCFGR = 8u | CLOCK_HZ / 1000000u << 6 | 4u << 24; /* HSI / 8 * N / 2 */
    RCC_CR |= RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    RCC_CFGR = 5u << 10 | 4u << 13; /* APB1 a quarter, APB2 half */
    switch_to(2);
    RCC_GPIOENR |= 0x7FFu;
#else
    FLASH_ACR = 0x304;                                      /* prefetch, instruction cache, four wait states */
    RCC_PLLCFGR = 1u | CLOCK_HZ / 2000000u << 8 | 1u << 24; /* MSI at 4 MHz * N / 2 */
    RCC_CR |= RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    switch_to(3);
    RCC_GPIOENR |= 0xFFu;
#ifdef GPIOG_BASE
    RCC_APB1ENR |= 1u << 28;       /* PWR */
    REG(PWR_BASE + 4u) |= 1u << 9; /* CR2.IOSV: PG2 to PG15 have a supply of their own */
#endif
#endif
    (void)RCC_GPIOENR; /* the clock is there two cycles after the write */
}

/* --- GPIO ---------------------------------------------------------------------------------------------------------- */

enum { PIN_SWDIO = 13, PIN_SWCLK = 14 }; /* PA13, PA14: the debug port stays open */

static bool pin_exists(unsigned pin) {
    static const uint16_t ports = 0
#ifdef GPIOA_BASE
                                  | 1u << 0
#endif
#ifdef GPIOB_BASE
                                  | 1u << 1
#endif
#ifdef GPIOC_BASE
                                  | 1u << 2
#endif
#ifdef GPIOD_BASE
                                  | 1u << 3
#endif
#ifdef GPIOE_BASE
                                  | 1u << 4
#endif
#ifdef GPIOF_BASE
                                  | 1u << 5
#endif
#ifdef GPIOG_BASE
                                  | 1u << 6
#endif
#ifdef GPIOH_BASE
                                  | 1u << 7
#endif
        ;
    return pin < 8 * 32 && pin % 32 < 16 && ports >> pin / 32 & 1u;
}

static bool pin_free(unsigned pin) {
    return pin_exists(pin) && pin != BOARD_PIN_TX && pin != BOARD_PIN_RX && pin != PIN_SWDIO && pin != PIN_SWCLK;
}

static void field(uint32_t port, uint32_t offset, unsigned shift, uint32_t mask, uint32_t value) {
    uint32_t primask = interrupts_off();
    GPIO(port, offset) = (GPIO(port, offset) & ~(mask << shift)) | value << shift;
    interrupts_restore(primask);
}

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) {
    (void)hal;
    if (!pin_free(pin) || mode > HAL_GPIO_PULLDOWN) return false;
    unsigned port = pin / 32, bit = pin % 32;
#if F1
    static const uint8_t cnf[] = {[HAL_GPIO_INPUT] = 4, [HAL_GPIO_OUTPUT] = 2, [HAL_GPIO_PULLUP] = 8, [HAL_GPIO_PULLDOWN] = 8};
    if (mode == HAL_GPIO_PULLUP || mode == HAL_GPIO_PULLDOWN) GPIO(port, GPIO_BSRR) = 1u << (mode == HAL_GPIO_PULLUP ? bit : bit + 16);
    field(port, GPIO_CR(bit / 8), 4 * (bit % 8), 15, cnf[mode]);
#else
    static const uint8_t pull[] = {[HAL_GPIO_INPUT] = 0, [HAL_GPIO_OUTPUT] = 0, [HAL_GPIO_PULLUP] = 1, [HAL_GPIO_PULLDOWN] = 2};
    field(port, GPIO_PUPDR, 2 * bit, 3, pull[mode]);
    field(port, GPIO_MODER, 2 * bit, 3, mode == HAL_GPIO_OUTPUT);
#endif
    return true;
}

bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) {
    (void)hal;
    if (!pin_free(pin)) return false;
    GPIO(pin / 32, GPIO_BSRR) = 1u << (level ? pin % 32 : pin % 32 + 16);
    return true;
}

int hal_gpio_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    if (!pin_exists(pin)) return -1;
    return (int)(GPIO(pin / 32, GPIO_IDR) >> pin % 32 & 1u);
}

/* --- identity and reset -------------------------------------------------------------------------------------------- */

size_t hal_uid(vm_hal *hal, uint8_t out[16]) {
    (void)hal;
    for (unsigned i = 0; i < CHIP_UID_SIZE; i++) out[i] = REG8(CHIP_UID + CHIP_UID_SIZE - 1 - i);
    return CHIP_UID_SIZE;
}

/* On F1 the code reads 0 while no debugger is connected (ES0340, "DBGMCU"): then the family alone is known. */
void chip_identity(link_chip *chip) {
    uint32_t idcode = DBGMCU_IDCODE;
    chip->part = idcode & 0xFFFu;
    for (unsigned i = 0; i < 4; i++) chip->variant[i] = (uint8_t)"0123456789ABCDEF"[idcode >> (28 - 4 * i) & 15u];
}

/* RCC_CSR, the same bits on all three but for the one of power on. Every reset pulls NRST, which leaves the pin's flag too. */
uint32_t chip_reset_cause(void) {
    uint32_t found = RCC_CSR, woken = standby_cause();
    RCC_CSR |= RCC_CSR_RMVF;
    if (woken) return woken;
    if (found & 3u << 29) return HAL_RESET_WATCHDOG;
    if (found & 1u << 28) return HAL_RESET_SOFT;
    if (found & 1u << 27) return HAL_RESET_POWER_ON;
    return found & 1u << 26 ? HAL_RESET_PIN : 0;
}
