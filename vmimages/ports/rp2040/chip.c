/* SPDX-License-Identifier: Apache-2.0 */
/* RP2040 besides its flash and its serial line: clocks, pins, time, reset. The second core stays in the boot ROM. */
#include "port_chip.h"
#include "registers.h"

#define PIN_COUNT 30u
#define PIN_QSPI_SS 33u /* of the second bank: the flash's chip select, which the BOOTSEL button pulls low */

/* --- GPIO ---------------------------------------------------------------------------------------------------------- */

static bool pin_free(unsigned pin) { return pin < PIN_COUNT && pin != BOARD_PIN_TX && pin != BOARD_PIN_RX; }

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) {
    (void)hal;
    static const uint8_t pulls[] = {
        [HAL_GPIO_INPUT] = 0, [HAL_GPIO_OUTPUT] = 0, [HAL_GPIO_PULLUP] = PADS_PUE, [HAL_GPIO_PULLDOWN] = PADS_PDE};
    if (pin == PIN_QSPI_SS) return mode == HAL_GPIO_INPUT || mode == HAL_GPIO_PULLUP; /* it has a pull-up resistor */
    if (!pin_free(pin) || mode >= sizeof pulls) return false;
    if (mode == HAL_GPIO_OUTPUT)
        SIO_GPIO_OE_SET = 1u << pin;
    else
        SIO_GPIO_OE_CLR = 1u << pin;
    PADS_PIN(pin) = PADS_IE | PADS_DRIVE_4MA | PADS_SCHMITT | pulls[mode];
    IO_CTRL(pin) = IO_FUNC_SIO;
    return true;
}

bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) {
    (void)hal;
    if (!pin_free(pin)) return false;
    if (level)
        SIO_GPIO_OUT_SET = 1u << pin;
    else
        SIO_GPIO_OUT_CLR = 1u << pin;
    return true;
}

/* Let go of for a moment, during which the flash cannot be read. */
RAM_CODE static uint32_t qspi_ss(void) {
    IO_QSPI_SS_CTRL = IO_QSPI_SS_CTRL_OFF;
    for (unsigned i = 0; i < 500; i++) __asm volatile(""); /* until the resistor has won */
    uint32_t level = SIO_GPIO_HI_IN >> 1 & 1u;
    IO_QSPI_SS_CTRL = 0;
    return level;
}

static int read_qspi_ss(void) {
    uint32_t primask = interrupts_off();
    uint32_t level = qspi_ss();
    interrupts_restore(primask);
    return (int)level;
}

int hal_gpio_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    if (pin == PIN_QSPI_SS) return read_qspi_ss();
    if (pin >= PIN_COUNT) return -1;
    return SIO_GPIO_IN >> pin & 1;
}

/* --- identity and reset -------------------------------------------------------------------------------------------- */

void chip_identity(link_chip *chip) {
    uint32_t id = SYSINFO_CHIP_ID;
    chip->part = 0x2040;
    chip->variant[0] = 'B'; /* 2.20.2.1: 1 is B0 and B1, 2 is B2 */
    chip->variant[1] = (uint8_t)('0' + (id >> 28));
}

/* The chip has no record of resets that it asked for itself, nor of the core's alone. SCRATCH0 survives all but those of the whole chip. */

uint32_t chip_reset_cause(void) {
    uint32_t mark = WATCHDOG_SCRATCH0, chip = VREG_CHIP_RESET;
    WATCHDOG_SCRATCH0 = MARK_RUNS;
    if (mark == MARK_ASKED) return HAL_RESET_SOFT;
    if (mark == MARK_WOKEN) return HAL_RESET_WAKE;
    if (mark == MARK_SLEPT) return HAL_RESET_WAKE | HAL_RESET_WAKE_TIMER;
    if (WATCHDOG_REASON & WATCHDOG_REASON_TIMER) return HAL_RESET_WATCHDOG;
    if (mark == MARK_RUNS || WATCHDOG_REASON) return HAL_RESET_DEBUG; /* SYSRESETREQ, or the boot ROM after a file was copied to it */
    if (chip & VREG_CHIP_RESET_HAD_RUN) return HAL_RESET_PIN;
    return chip & VREG_CHIP_RESET_HAD_PSM_RESTART ? HAL_RESET_DEBUG : HAL_RESET_POWER_ON;
}

/* SYSRESETREQ would reset the core and leave everything else as it is: the watchdog resets all but the oscillators. */
_Noreturn void reset_as(uint32_t mark) {
    (void)interrupts_off();
    WATCHDOG_SCRATCH0 = mark;
    PSM_WDSEL = PSM_ALL & ~PSM_OSCILLATORS;
    SET(WATCHDOG_CTRL) = WATCHDOG_CTRL_TRIGGER;
    for (;;) __asm volatile("dsb");
}

void hal_reset(vm_hal *hal) {
    (void)hal;
    reset_as(MARK_ASKED);
}

/* --- time: TIMER counts microseconds. Alarm 0 is the sleep's, alarm 1 comes four times a round ---------------------- */

#define QUARTER 0x40000000u

void timer_start(void) {
    TIMER_INTE = 3;
    irq_enable(IRQ_TIMER);
    irq_enable(IRQ_TIMER_1);
    TIMER_ALARM(1) = TIMER_TIMERAWL + QUARTER;
}

uint32_t timer_now(void) { return TIMER_TIMERAWL; }
void timer_alarm(uint32_t at) { TIMER_ALARM(0) = at; }

void timer_alarm_off(void) {
    TIMER_ARMED = 1;
    TIMER_INTR = 1;
}

void IRQ_HANDLER(TIMER)(void) {
    TIMER_INTR = 1;
    timer_tick();
}

void IRQ_HANDLER(TIMER_1)(void) {
    TIMER_INTR = 2;
    TIMER_ALARM(1) = TIMER_TIMERAWL + QUARTER;
    timer_tick();
}

/* --- start --------------------------------------------------------------------------------------------------------- */

#define CRYSTAL_MHZ 12u
#define RESETS_USED                                                                                                                        \
    (RESETS_IO_BANK0 | RESETS_PADS_BANK0 | RESETS_PLL_SYS | RESETS_SYSCFG | RESETS_SYSINFO | RESETS_TIMER | RESETS_UART(BOARD_UART))

/* The core alone may have been reset: then clocks, DMA, PIO and the other core are as the program before left them. */
static void stop_all(void) {
    CLOCKS_SYS_CTRL = 0; /* from clk_ref, which is from the ring oscillator */
    while (CLOCKS_SYS_SELECTED != 1u) {}
    CLOCKS_REF_CTRL = 0;
    while (CLOCKS_REF_SELECTED != 1u) {}
    SET(PSM_FRCE_OFF) = PSM_FRCE_OFF_PROC1;
    SET(RESETS_RESET) = RESETS_ALL & ~(RESETS_IO_QSPI | RESETS_PADS_QSPI); /* the way to the flash, from which this runs */
    CLEAR(PSM_FRCE_OFF) = PSM_FRCE_OFF_PROC1;
    CLEAR(RESETS_RESET) = RESETS_USED;
    while (~RESETS_RESET_DONE & RESETS_USED) {}
}

static void start_clocks(void) {
    XOSC_STARTUP = 47; /* 1 ms in units of 256 cycles, 2.16.3 */
    XOSC_CTRL = XOSC_CTRL_ENABLE;
    while (!(XOSC_STATUS & XOSC_STATUS_STABLE)) {}
    CLOCKS_REF_CTRL = 2;
    while (CLOCKS_REF_SELECTED != 1u << 2) {}
    PLL_SYS_CS = 1; /* 12 MHz * 125 / 6 / 2 = 125 MHz, 2.18.2 */
    PLL_SYS_FBDIV = 125;
    CLEAR(PLL_SYS_PWR) = PLL_SYS_PWR_PD | PLL_SYS_PWR_VCOPD;
    while (!(PLL_SYS_CS & PLL_SYS_CS_LOCK)) {}
    PLL_SYS_PRIM = 6u << 16 | 2u << 12;
    CLEAR(PLL_SYS_PWR) = PLL_SYS_PWR_POSTDIVPD;
    CLOCKS_SYS_CTRL = 1; /* AUXSRC 0: PLL_SYS */
    while (CLOCKS_SYS_SELECTED != 1u << 1) {}
    CLOCKS_PERI_CTRL = CLOCKS_PERI_CTRL_ENABLE; /* from clk_sys */
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | CRYSTAL_MHZ;
}

void chip_start(void) {
    stop_all();
    start_clocks();
}
