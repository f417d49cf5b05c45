/* SPDX-License-Identifier: Apache-2.0 */
/* K64 and KL25 besides their serial line. What differs: the watchdog, the way to the PLL's clock, what is programmed at once, and whether
 * code can go on while flash is changed: the K64's VM is in one block and all that changes in the other. */
#include <string.h>

#include "port_chip.h"
#include "registers.h"

#define PIN_COUNT 160u /* ports A to E; those that a package has not read back as nothing */
#define PIN_SWD_CLK 0u
#define PIN_SWD_DIO 3u
#define PIN_EXTAL 18u
#define PIN_XTAL 19u

/* Backdoor key; no sector protected; FSEC: not secured, mass erase allowed; FOPT: fast start */
__attribute__((section(".flash_config"), used)) static const uint8_t flash_config[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                                                         0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF};

/* --- GPIO ---------------------------------------------------------------------------------------------------------- */

static bool pin_free(unsigned pin) {
    return pin < PIN_COUNT && pin != BOARD_PIN_TX && pin != BOARD_PIN_RX && pin != PIN_SWD_CLK && pin != PIN_SWD_DIO && pin != PIN_EXTAL &&
           pin != PIN_XTAL;
}

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) {
    (void)hal;
    static const uint8_t pulls[] = {
        [HAL_GPIO_INPUT] = 0, [HAL_GPIO_OUTPUT] = 0, [HAL_GPIO_PULLUP] = PORT_PCR_PE | PORT_PCR_PS, [HAL_GPIO_PULLDOWN] = PORT_PCR_PE};
    if (!pin_free(pin) || mode >= sizeof pulls) return false;
    PORT_PCR(pin) = (PORT_PCR(pin) & PORT_PCR_IRQC_MASK) | PORT_PCR_MUX(1) | pulls[mode];
    if ((PORT_PCR(pin) & PORT_PCR_MUX_MASK) != PORT_PCR_MUX(1)) return false;
    if (mode == HAL_GPIO_OUTPUT)
        GPIO(pin, GPIO_PDDR) |= 1u << pin % 32;
    else
        GPIO(pin, GPIO_PDDR) &= ~(1u << pin % 32);
    return true;
}

bool hal_gpio_write(vm_hal *hal, unsigned pin, bool level) {
    (void)hal;
    if (!pin_free(pin)) return false;
    GPIO(pin, level ? GPIO_PSOR : GPIO_PCOR) = 1u << pin % 32;
    return true;
}

int hal_gpio_read(vm_hal *hal, unsigned pin) {
    (void)hal;
    if (pin >= PIN_COUNT) return -1;
    return GPIO(pin, GPIO_PDIR) >> pin % 32 & 1;
}

/* --- identity and reset -------------------------------------------------------------------------------------------- */

size_t hal_uid(vm_hal *hal, uint8_t out[16]) {
    (void)hal;
    for (unsigned i = 0; i < CHIP_UID_SIZE; i++) {
        unsigned at = CHIP_UID_SIZE - 1 - i;
        out[i] = (uint8_t)(REG(CHIP_UID + (at & ~3u)) >> 8 * (at % 4));
    }
    return CHIP_UID_SIZE;
}

void chip_identity(link_chip *chip) {
    static const char variant[4] = "REV";
    uint32_t sdid = SIM_SDID;
    chip->part = sdid >> 20; /* family, sub-family, series */
    memcpy(chip->variant, variant, 3);
    chip->variant[3] = (uint8_t)"0123456789ABCDEF"[sdid >> 12 & 15u];
}

uint32_t chip_reset_cause(void) {
    uint32_t srs = RCM_SRS0 | (uint32_t)RCM_SRS1 << 8, cause = 0; /* of this reset only: nothing to clear */
    if (srs & RCM_SRS0_WAKEUP) {
        PMC_REGSC |= PMC_REGSC_ACKISO; /* the pins are the program's again */
        return woken_by_time() ? HAL_RESET_WAKE | HAL_RESET_WAKE_TIMER : HAL_RESET_WAKE;
    }
    static const struct {
        uint8_t bit, cause;
    } table[] = {{1, HAL_RESET_POWER_ON}, {7, HAL_RESET_POWER_ON}, {6, HAL_RESET_PIN},   {5, HAL_RESET_WATCHDOG},
                 {9, HAL_RESET_LOCKUP},   {10, HAL_RESET_SOFT},    {11, HAL_RESET_DEBUG}};
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (srs >> table[i].bit & 1u) cause |= table[i].cause;
    return cause;
}

/* --- flash --------------------------------------------------------------------------------------------------------- */

void flash_begin(void) {}
void flash_end(void) {}

/* From RAM: on a chip of one block the flash cannot be read before the command is over. */
RAM_CODE static uint32_t launch(volatile uint8_t *fstat) {
    *fstat = FTF_FSTAT_CCIF;
    while (!(*fstat & FTF_FSTAT_CCIF)) {}
    return *fstat;
}

static bool command(uint32_t code, uint32_t address) {
    volatile uint8_t *fstat = (volatile uint8_t *)FTF_FSTAT_ADDRESS;
    while (!(*fstat & FTF_FSTAT_CCIF)) {}
    *fstat = FTF_FSTAT_ERRORS; /* what is set would stop the next command */
    FTF_FCCOB3 = code << 24 | address;
#ifdef CHIP_MKL25Z4
    uint32_t primask = interrupts_off(); /* their handlers are in the flash */
    uint32_t status = launch(fstat);
    interrupts_restore(primask);
    MCM_PLACR |= MCM_PLACR_CFCC;
#else
    uint32_t status = launch(fstat);
    FMC_PFB0CR |= FMC_PFB0CR_INVALIDATE;
#endif
    return !(status & FTF_FSTAT_FAILED);
}

bool flash_erase(uint32_t address, uint32_t size) {
    (void)size;
    return command(FTF_ERASE_SECTOR, address);
}

bool flash_program(uint32_t address, const uint8_t *data, uint32_t length) {
    for (uint32_t at = 0; at < length; at += LAYOUT_WRITE_UNIT) {
        uint32_t words[LAYOUT_WRITE_UNIT / 4];
        memcpy(words, data + at, sizeof words);
        FTF_FCCOB7 = words[0];
#if LAYOUT_WRITE_UNIT == 8
        FTF_FCCOBB = words[1];
#endif
        if (!command(LAYOUT_WRITE_UNIT == 8 ? FTF_PROGRAM_PHRASE : FTF_PROGRAM_LONGWORD, address + at)) return false;
    }
    return true;
}

/* --- start --------------------------------------------------------------------------------------------------------- */

/* Waits for bits of MCG_S. The board's clock is there, else nothing that is seen outside works at all. */
static void mcg_wait(uint8_t mask, uint8_t value) {
    while ((MCG_S & mask) != value) {}
}

/* FEI, FBE, PBE, PEE (RM, "Example of MCG mode switching"): from the clock at EXTAL0 to the PLL's. */
static void start_pll(uint8_t c1, uint8_t c2, uint8_t c5, uint8_t c6) {
    OSC_CR = OSC_CR_ERCLKEN;
    MCG_C2 = c2;
    MCG_C1 = MCG_C1_CLKS_EXTERNAL | c1;
    if (c2 & MCG_C2_EREFS0) mcg_wait(MCG_S_OSCINIT0, MCG_S_OSCINIT0);
    mcg_wait(MCG_S_IREFST, 0);
    mcg_wait(MCG_S_CLKST, MCG_S_CLKST_EXTERNAL);
    MCG_C5 = c5;
    MCG_C6 = MCG_C6_PLLS | c6;
    mcg_wait(MCG_S_PLLST | MCG_S_LOCK0, MCG_S_PLLST | MCG_S_LOCK0);
    MCG_C1 = c1;
    mcg_wait(MCG_S_CLKST, MCG_S_CLKST);
}

#ifdef CHIP_MKL25Z4
void chip_start(void) {
    SIM_COPC = 0;                         /* the watchdog: may be written once */
    SIM_CLKDIV1 = 1u << 28 | 1u << 16;    /* core 48 MHz, bus and flash 24 MHz */
    start_pll(3u << 3, 0x14, 0x01, 0x00); /* crystal of 8 MHz: FLL reference / 256; PLL / 2 * 24 = 96 MHz */
    SIM_SCGC5 |= SIM_SCGC5_PORTS;
}
#else
void chip_start(void) {
    WDOG_UNLOCK = 0xC520;
    WDOG_UNLOCK = 0xD928;
    __asm volatile("nop\n\tnop"); /* a bus cycle until it is open */
    WDOG_STCTRLH = WDOG_STCTRLH_ALLOWUPDATE;
    SIM_CLKDIV1 = 1u << 24 | 2u << 20 | 4u << 16; /* core 120 MHz, bus 60 MHz, FlexBus 40 MHz, flash 24 MHz */
    start_pll(7u << 3, 0x20, 19, 24);             /* clock of 50 MHz: FLL reference / 1536; PLL / 20 * 48 = 120 MHz */
    SIM_SCGC5 |= SIM_SCGC5_PORTS;
}
#endif
