/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF51 and nRF52 besides their serial line. What differs: the nRF51 has no cache, no NFC pins, no reset pin of its own, other identity
 * registers and no lock that a program must open. */
#include <string.h>

#include "port_chip.h"
#include "registers.h"

#ifndef PIN_RESET
#define PIN_RESET CHIP_PINS /* none: the nRF51's shares the debug port's pin */
#endif
#define HFXO_PATIENCE 200000u /* turns, some 20 ms: a board whose crystal does not start runs on HFINT, within the line's tolerance */

/* --- time: TIMER0 at 1 MHz, 32 bits; two interrupts a round make sure that no round is missed -------------------- */

void timer_start(void) {
    TIMER0(TIMER_BITMODE) = TIMER_BITMODE_32;
    TIMER0(TIMER_PRESCALER) = 4; /* 16 MHz / 2^4 */
    TIMER0(TIMER_CC(2)) = 0x40000000u;
    TIMER0(TIMER_CC(3)) = 0xC0000000u;
    TIMER0(TIMER_INTENSET) = TIMER_INT_COMPARE(2) | TIMER_INT_COMPARE(3);
    TIMER0(TIMER_TASKS_CLEAR) = 1;
    TIMER0(TIMER_TASKS_START) = 1;
    irq_enable(IRQ_TIMER0);
}

void IRQ_HANDLER(TIMER0)(void) {
    for (unsigned n = 1; n < 4; n++) TIMER0(TIMER_EVENTS_COMPARE(n)) = 0;
    timer_tick();
}

uint32_t timer_now(void) {
    TIMER0(TIMER_TASKS_CAPTURE(0)) = 1;
    return TIMER0(TIMER_CC(0));
}

void timer_alarm(uint32_t at) {
    TIMER0(TIMER_EVENTS_COMPARE(1)) = 0;
    TIMER0(TIMER_CC(1)) = at;
    TIMER0(TIMER_INTENSET) = TIMER_INT_COMPARE(1);
}

void timer_alarm_off(void) { TIMER0(TIMER_INTENCLR) = TIMER_INT_COMPARE(1); }

/* --- GPIO ---------------------------------------------------------------------------------------------------------- */

static bool pin_free(unsigned pin) { return pin < CHIP_PINS && pin != BOARD_PIN_TX && pin != BOARD_PIN_RX && pin != PIN_RESET; }

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) {
    (void)hal;
    /* An output keeps its input buffer, so that reading it tells the level on the pin. */
    static const uint8_t cnf[] = {[HAL_GPIO_INPUT] = 0,
                                  [HAL_GPIO_OUTPUT] = GPIO_CNF_OUTPUT,
                                  [HAL_GPIO_PULLUP] = GPIO_CNF_PULLUP,
                                  [HAL_GPIO_PULLDOWN] = GPIO_CNF_PULLDOWN};
    if (!pin_free(pin) || mode >= sizeof cnf) return false;
    volatile uint32_t *at = &GPIO(pin / 32, GPIO_PIN_CNF(pin % 32));
    *at = (*at & GPIO_CNF_SENSE) | cnf[mode];
    return true;
}

bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) {
    (void)hal;
    if (!pin_free(pin)) return false;
    GPIO(pin / 32, level ? GPIO_OUTSET : GPIO_OUTCLR) = 1u << pin % 32;
    return true;
}

int hal_gpio_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    if (pin >= CHIP_PINS) return -1;
    return GPIO(pin / 32, GPIO_IN) >> pin % 32 & 1;
}

/* --- identity and reset -------------------------------------------------------------------------------------------- */

size_t hal_uid(vm_hal *hal, uint8_t out[16]) {
    (void)hal;
    for (unsigned i = 0; i < 8; i++) out[i] = (uint8_t)(FICR_DEVICEID(1 - i / 4) >> (24 - 8 * (i % 4)));
    return 8;
}

void chip_identity(link_chip *chip) {
#ifdef CHIP_NRF51822
    uint32_t hwid = FICR_CONFIGID & 0xFFFFu, variant = 0; /* the PS has a table of hardware ids: package, variant and build code */
    for (unsigned i = 0; i < 4; i++) variant |= (uint32_t)"0123456789ABCDEF"[hwid >> 4 * i & 15u] << 8 * i;
    chip->part = 0x51822;
#else
    uint32_t variant = FICR_INFO_VARIANT;
    chip->part = FICR_INFO_PART;
#endif
    for (unsigned i = 0; i < 4; i++) chip->variant[i] = (uint8_t)(variant >> (24 - 8 * i));
}

uint32_t chip_reset_cause(void) {
    static const struct {
        uint32_t bit, cause;
    } table[] = {{1u << 0, HAL_RESET_PIN},    {1u << 1, HAL_RESET_WATCHDOG}, {1u << 2, HAL_RESET_SOFT},
                 {1u << 3, HAL_RESET_LOCKUP}, {1u << 16, HAL_RESET_WAKE},    {1u << 18, HAL_RESET_DEBUG}};
    uint32_t found = POWER_RESETREAS, cause = 0;
    POWER_RESETREAS = found; /* else they add up over resets */
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (found & table[i].bit) cause |= table[i].cause;
    return found ? cause : HAL_RESET_POWER_ON; /* PS 5.3.6.1: none set, power-on or brownout */
}

/* --- flash: the core stops while the controller works, so there is nothing to wait for but the last word ------------ */

static void nvmc(uint32_t config) {
    while (!(NVMC_READY & 1u)) {}
    NVMC_CONFIG = config;
    __asm volatile("isb" ::: "memory");
}

void flash_begin(void) {}
void flash_end(void) { nvmc(NVMC_CONFIG_REN); }

bool flash_erase(uint32_t address, uint32_t size) {
    (void)size;
    nvmc(NVMC_CONFIG_EEN);
    NVMC_ERASEPAGE = address;
    while (!(NVMC_READY & 1u)) {}
    return true;
}

bool flash_program(uint32_t address, const uint8_t *data, uint32_t length) {
    nvmc(NVMC_CONFIG_WEN);
    for (uint32_t at = 0; at < length; at += 4) {
        uint32_t word;
        memcpy(&word, data + at, 4);
        REG(address + at) = word;
        while (!(NVMC_READY & 1u)) {}
    }
    return true;
}

/* --- start --------------------------------------------------------------------------------------------------------- */

#ifndef CHIP_NRF51822
/* On newer parts the debug port stays shut unless both the UICR (erased: shut on those) and the firmware say otherwise; a board on a bench
 * must stay open. Older parts have no such register. PS 4.8.2 "Access port protection". */
static void keep_debug_open(void) { APPROTECT_DISABLE = 0x5A; }

static void program_uicr(volatile uint32_t *word, uint32_t value) {
    if (*word != 0xFFFFFFFFu) return; /* somebody chose */
    nvmc(NVMC_CONFIG_WEN);
    *word = value;
    while (!(NVMC_READY & 1u)) {}
    nvmc(NVMC_CONFIG_REN);
}

/* After a mass erase the reset pin is plain GPIO, with the reset button dead, and P0.09 and P0.10 belong to NFC. From the next reset on: */
static void choose_pins(void) {
    program_uicr(&UICR_PSELRESET(0), PIN_RESET);
    program_uicr(&UICR_PSELRESET(1), PIN_RESET);
    program_uicr(&UICR_NFCPINS, UICR_NFCPINS_GPIO);
}
#endif

void chip_start(void) {
#ifndef CHIP_NRF51822
    keep_debug_open();
    choose_pins();
    NVMC_ICACHECNF = 1;
#endif
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    for (uint32_t turns = HFXO_PATIENCE; turns && !CLOCK_EVENTS_HFCLKSTARTED; turns--) {}
}
