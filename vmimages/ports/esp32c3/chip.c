/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32-C3 besides its flash, its timer and its serial line: watchdogs, clocks, interrupts, pins, identity, reset. */
#include "port_chip.h"
#include "registers.h"

/* --- interrupts: the matrix leads a device's interrupt to one of the core's lines -------------------------------------- */

static uint8_t irqs[32];
static uint8_t lines;

void irq_enable(unsigned irq) {
    unsigned line = ++lines;
    irqs[line] = (uint8_t)irq;
    INTERRUPT_MAP(irq) = line;
    INTERRUPT_TYPE &= ~(1u << line); /* as long as the device asks */
    INTERRUPT_PRI(line) = 1;
    INTERRUPT_THRESH = 1;
    INTERRUPT_ENABLE |= 1u << line;
}

unsigned irq_of_line(unsigned line) { return irqs[line]; }

/* --- GPIO ---------------------------------------------------------------------------------------------------------- */

#ifdef BOARD_LINE_UART0
_Static_assert(BOARD_PIN_TX == 21 && BOARD_PIN_RX == 20, "UART0 is on its own pins, not through the matrix");
#define LINE_PINS (1u << 20 | 1u << 21)
#else
#define LINE_PINS 0u
#endif
#ifdef BOARD_LINE_USB_DEVICE
#define USB_PINS (1u << 18 | 1u << 19)
#else
#define USB_PINS 0u
#endif
/* 11 powers the flash, 12 to 17 are its lines. */
#define PINS (0x003FFFFFu & ~0x0003F800u & ~LINE_PINS & ~USB_PINS)

static bool pin_free(unsigned pin) { return pin < 32 && PINS >> pin & 1u; }

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) {
    (void)hal;
    static const uint16_t pulls[] = {
        [HAL_GPIO_INPUT] = 0, [HAL_GPIO_OUTPUT] = 0, [HAL_GPIO_PULLUP] = IO_MUX_FUN_WPU, [HAL_GPIO_PULLDOWN] = IO_MUX_FUN_WPD};
    if (!pin_free(pin) || mode >= sizeof pulls / sizeof *pulls) return false;
    GPIO_FUNC_OUT_SEL(pin) = GPIO_FUNC_OUT_SEL_GPIO;
    if (mode == HAL_GPIO_OUTPUT)
        GPIO_ENABLE_W1TS = 1u << pin;
    else
        GPIO_ENABLE_W1TC = 1u << pin;
    IO_MUX_GPIO(pin) = IO_MUX_MCU_SEL_GPIO | IO_MUX_FUN_DRV_20MA | IO_MUX_FUN_IE | pulls[mode];
    return true;
}

bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) {
    (void)hal;
    if (!pin_free(pin)) return false;
    if (level)
        GPIO_OUT_W1TS = 1u << pin;
    else
        GPIO_OUT_W1TC = 1u << pin;
    return true;
}

int hal_gpio_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    return pin < 22 ? (int)(GPIO_IN >> pin & 1u) : -1;
}

/* --- identity and reset -------------------------------------------------------------------------------------------- */

/* The MAC address, first byte first: it is the most significant one. */
size_t hal_uid(vm_hal *hal, uint8_t out[16]) {
    (void)hal;
    uint32_t low = EFUSE_RD_MAC_SPI_SYS(0), high = EFUSE_RD_MAC_SPI_SYS(1);
    const uint8_t mac[] = {(uint8_t)(high >> 8), (uint8_t)high,       (uint8_t)(low >> 24),
                           (uint8_t)(low >> 16), (uint8_t)(low >> 8), (uint8_t)low};
    for (size_t i = 0; i < sizeof mac; i++) out[i] = mac[i];
    return sizeof mac;
}

/* The revision, v0.4, is in the block of eFuses that has the MAC too. */
void chip_identity(link_chip *chip) {
    uint32_t word3 = EFUSE_RD_MAC_SPI_SYS(3), word5 = EFUSE_RD_MAC_SPI_SYS(5);
    uint32_t major = word5 >> 24 & 3u, minor = (word5 >> 23 & 1u) << 3 | (word3 >> 18 & 7u);
    chip->part = 0xC3;
    chip->variant[0] = 'v';
    chip->variant[1] = (uint8_t)('0' + major);
    chip->variant[2] = '.';
    chip->variant[3] = (uint8_t)(minor < 10 ? '0' + minor : 'A' + minor - 10);
}

/* 6.1.2, "Reset source". The pin CHIP_EN cuts the chip's power, and is told as that. */
uint32_t chip_reset_cause(void) {
    switch (RTC_CNTL_RESET_STATE & RTC_CNTL_RESET_STATE_CAUSE) {
    case 0x01:                            /* power-on or CHIP_EN */
    case 0x0F: return HAL_RESET_POWER_ON; /* brown-out */
    case 0x03:                            /* software: system, core */
    case 0x0C: return HAL_RESET_SOFT;
    case 0x05: /* deep sleep */
        RTC_CNTL_PAD_HOLD = 0;
        return RTC_CNTL_SLP_WAKEUP_CAUSE & RTC_CNTL_SLP_WAKEUP_CAUSE_TIMER ? HAL_RESET_WAKE | HAL_RESET_WAKE_TIMER : HAL_RESET_WAKE;
    case 0x07: /* watchdogs: main 0 and 1, RTC, super */
    case 0x08:
    case 0x09:
    case 0x0B:
    case 0x0D:
    case 0x10:
    case 0x11:
    case 0x12: return HAL_RESET_WATCHDOG;
    case 0x15: return HAL_RESET_PIN; /* the modem lines of the USB serial port */
    case 0x16:                       /* JTAG through USB, through pins */
    case 0x18: return HAL_RESET_DEBUG;
    default: return 0;
    }
}

void hal_reset(vm_hal *hal) {
    (void)hal;
    (void)interrupts_off();
    RTC_CNTL_OPTIONS0 |= RTC_CNTL_OPTIONS0_SW_SYS_RST;
    for (;;) {}
}

/* --- start --------------------------------------------------------------------------------------------------------- */

/* The boot ROM starts two, so that an image that hangs starts anew. */
static void stop_watchdogs(void) {
    RTC_CNTL_WDTWPROTECT = WDT_KEY;
    RTC_CNTL_WDTCONFIG0 = 0;
    RTC_CNTL_WDTWPROTECT = 0;
    RTC_CNTL_SWD_WPROTECT = SWD_KEY;
    RTC_CNTL_SWD_CONF |= RTC_CNTL_SWD_CONF_AUTO_FEED;
    RTC_CNTL_SWD_WPROTECT = 0;
    TIMG0_WDTWPROTECT = WDT_KEY;
    TIMG0_WDTCONFIG0 = TIMG_WDTCONFIG0_UPDATE; /* it is taken over with this bit */
    TIMG0_WDTWPROTECT = 0;
}

void chip_start(void) {
    stop_watchdogs();
    SYSTEM_CPU_PER_CONF = (SYSTEM_CPU_PER_CONF & ~SYSTEM_CPU_PER_CONF_SPEED) | SYSTEM_CPU_PER_CONF_160MHZ;
    SYSTEM_SYSCLK_CONF = (SYSTEM_SYSCLK_CONF & ~SYSTEM_SYSCLK_CONF_SOC_CLK_SEL) | SYSTEM_SYSCLK_CONF_PLL;
    ets_update_cpu_frequency(CHIP_CLOCK_HZ / 1000000u); /* the ROM's delays count cycles */
    flash_start();
}
