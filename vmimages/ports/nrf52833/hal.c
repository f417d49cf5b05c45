/* SPDX-License-Identifier: Apache-2.0 */
/* hal.h on the nRF52833. */
#include "hal.h"

#include <string.h>

#include "layout.h"
#include "nrf52833.h"
#include "port.h"

#define FAULT_MAGIC 0x544C5546u /* "FULT" */
#define HFXO_PATIENCE 200000u   /* turns, some 20 ms: a board whose crystal does not start runs on HFINT, within the line's tolerance */

typedef struct {
    uint32_t magic;
    uint32_t fresh; /* the reset that follows has not told of it */
    link_fault fault;
    uint32_t sum;
} fault_record;

__attribute__((section(".noinit"))) static fault_record left;

typedef struct {
    uint32_t time_high, time_low; /* the timer's last reading: a smaller one means that it went round */
    uint32_t reset_cause;
    volatile uint32_t program_runs;
} hal_state;

static hal_state state;
volatile uint32_t nrf52833_woken;

/* --- time: TIMER0 at 1 MHz, 32 bits; two interrupts a round make sure that no round is missed -------------------- */

static uint32_t interrupts_off(void) {
    uint32_t primask;
    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
    return primask;
}

static void interrupts_restore(uint32_t primask) { __asm volatile("msr primask, %0" ::"r"(primask) : "memory"); }

static void timer_init(void) {
    TIMER0(TIMER_BITMODE) = TIMER_BITMODE_32;
    TIMER0(TIMER_PRESCALER) = 4; /* 16 MHz / 2^4 */
    TIMER0(TIMER_CC(2)) = 0x40000000u;
    TIMER0(TIMER_CC(3)) = 0xC0000000u;
    TIMER0(TIMER_INTENSET) = TIMER_INT_COMPARE(2) | TIMER_INT_COMPARE(3);
    TIMER0(TIMER_TASKS_CLEAR) = 1;
    TIMER0(TIMER_TASKS_START) = 1;
    NVIC_ISER(0) = 1u << IRQ_TIMER0;
}

void timer0_handler(void) {
    nrf52833_woken = 1;
    for (unsigned n = 1; n < 4; n++) TIMER0(TIMER_EVENTS_COMPARE(n)) = 0;
    (void)hal_time_us(NULL);
}

uint64_t hal_time_us(vm_hal *hal) {
    (void)hal;
    uint32_t primask = interrupts_off();
    TIMER0(TIMER_TASKS_CAPTURE(0)) = 1;
    uint32_t low = TIMER0(TIMER_CC(0));
    if (low < state.time_low) state.time_high++;
    state.time_low = low;
    uint64_t now = (uint64_t)state.time_high << 32 | low;
    interrupts_restore(primask);
    return now;
}

void hal_wait_until(vm_hal *hal, uint64_t time_us) {
    /* Interrupts are masked, so one that comes before WFI is still pending there and ends it at once. */
    uint32_t primask = interrupts_off();
    uint64_t now = hal_time_us(hal);
    bool wait = !nrf52833_woken && !uart_waiting() && time_us > now;
    if (wait && time_us - now < 0x80000000u) {
        TIMER0(TIMER_EVENTS_COMPARE(1)) = 0;
        TIMER0(TIMER_CC(1)) = (uint32_t)time_us;
        TIMER0(TIMER_INTENSET) = TIMER_INT_COMPARE(1);
        wait = hal_time_us(hal) < time_us; /* else the timer may have passed the comparison before it was set */
    }
    if (wait) __asm volatile("dsb\n\twfi" ::: "memory");
    TIMER0(TIMER_INTENCLR) = TIMER_INT_COMPARE(1);
    nrf52833_woken = 0;
    interrupts_restore(primask);
}

/* --- GPIO ---------------------------------------------------------------------------------------------------------- */

static bool pin_free(unsigned pin) { return pin < PIN_COUNT && pin != PIN_TXD && pin != PIN_RXD && pin != PIN_RESET; }

bool hal_gpio_mode(vm_hal *hal, unsigned pin, unsigned mode) {
    (void)hal;
    /* An output keeps its input buffer, so that reading it tells the level on the pin. */
    static const uint8_t cnf[] = {[HAL_GPIO_INPUT] = 0,
                                  [HAL_GPIO_OUTPUT] = GPIO_CNF_OUTPUT,
                                  [HAL_GPIO_PULLUP] = GPIO_CNF_PULLUP,
                                  [HAL_GPIO_PULLDOWN] = GPIO_CNF_PULLDOWN};
    if (!pin_free(pin) || mode >= sizeof cnf) return false;
    GPIO(pin / 32, GPIO_PIN_CNF(pin % 32)) = cnf[mode];
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
    if (pin >= PIN_COUNT) return -1;
    return GPIO(pin / 32, GPIO_IN) >> pin % 32 & 1;
}

/* --- identity and reset -------------------------------------------------------------------------------------------- */

size_t hal_uid(vm_hal *hal, uint8_t out[16]) {
    (void)hal;
    for (unsigned i = 0; i < 8; i++) out[i] = (uint8_t)(FICR_DEVICEID(1 - i / 4) >> (24 - 8 * (i % 4)));
    return 8;
}

uint32_t hal_reset_cause(vm_hal *hal) {
    (void)hal;
    return state.reset_cause;
}

static void read_reset_cause(void) {
    static const struct {
        uint32_t bit, cause;
    } table[] = {{1u << 0, HAL_RESET_PIN},
                 {1u << 1, HAL_RESET_WATCHDOG},
                 {1u << 2, HAL_RESET_SOFT},
                 {1u << 3, HAL_RESET_LOCKUP},
                 {1u << 18, HAL_RESET_DEBUG}};
    uint32_t found = POWER_RESETREAS;
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (found & table[i].bit) state.reset_cause |= table[i].cause;
    if (!found) state.reset_cause = HAL_RESET_POWER_ON; /* PS 5.3.6.1: none set, power-on or brownout */
    POWER_RESETREAS = found;                            /* else they add up over resets */
}

void hal_reset(vm_hal *hal) {
    (void)hal;
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) __asm volatile("dsb");
}

/* --- flash: the core stops while the controller works, so there is nothing to wait for but the last word ------------ */

const uint8_t *hal_flash(vm_hal *hal, uint32_t address) {
    (void)hal;
    return (const uint8_t *)(uintptr_t)address;
}

static void nvmc(uint32_t config) {
    while (!(NVMC_READY & 1u)) {}
    NVMC_CONFIG = config;
    __asm volatile("isb" ::: "memory");
}

static bool in_flash(uint32_t address, uint32_t length, uint32_t unit) {
    return address >= LAYOUT_VM_SIZE && address <= 0x80000u && length <= 0x80000u - address && !((address | length) % unit);
}

bool hal_flash_erase(vm_hal *hal, uint32_t address, uint32_t length) {
    (void)hal;
    if (!in_flash(address, length, LAYOUT_PAGE_SIZE)) return false; /* never the VM's own code */
    nvmc(NVMC_CONFIG_EEN);
    for (; length; address += LAYOUT_PAGE_SIZE, length -= LAYOUT_PAGE_SIZE) {
        NVMC_ERASEPAGE = address;
        while (!(NVMC_READY & 1u)) {}
    }
    nvmc(NVMC_CONFIG_REN);
    return true;
}

bool hal_flash_write(vm_hal *hal, uint32_t address, const void *data, uint32_t length) {
    (void)hal;
    if (!in_flash(address, length, 4)) return false;
    nvmc(NVMC_CONFIG_WEN);
    for (uint32_t at = 0; at < length; at += 4) {
        uint32_t word;
        memcpy(&word, (const uint8_t *)data + at, 4);
        if (word == 0xFFFFFFFFu) continue; /* a word may be programmed twice between erases: not for nothing */
        REG(address + at) = word;
        while (!(NVMC_READY & 1u)) {}
    }
    nvmc(NVMC_CONFIG_REN);
    return memcmp((const void *)(uintptr_t)address, data, length) == 0;
}

/* --- faults -------------------------------------------------------------------------------------------------------- */

static uint32_t sum(const fault_record *r) {
    uint32_t s = r->magic + r->fresh + r->fault.count * 3 + r->fault.program_ran * 5;
    for (unsigned i = 0; i < LINK_FAULT_REGISTERS; i++) s = s * 31 + r->fault.registers[i];
    return s;
}

static void forget(void) { left = (fault_record){0}; }

void nrf52833_fault(const uint32_t *stacked) {
    if (left.magic != FAULT_MAGIC || left.sum != sum(&left)) forget();
    left.magic = FAULT_MAGIC;
    left.fresh = 1;
    left.fault.count++;
    left.fault.program_ran = state.program_runs;
    uintptr_t at = (uintptr_t)stacked;
    bool readable = at >= 0x20000000u && at <= 0x20020000u - 32u && !(at & 3u);
    for (unsigned i = 0; i < 8; i++) left.fault.registers[i] = readable ? stacked[i] : 0;
    left.fault.registers[8] = SCB_CFSR;
    left.fault.registers[9] = SCB_HFSR;
    left.fault.registers[10] = SCB_MMFAR;
    left.fault.registers[11] = SCB_BFAR;
    left.sum = sum(&left);
    hal_reset(NULL);
}

void port_last_fault(link_fault *out) {
    /* A reset for another reason ends the row: a person pressed the button, or power came back. */
    bool valid = left.magic == FAULT_MAGIC && left.sum == sum(&left) && left.fresh && (state.reset_cause & HAL_RESET_SOFT);
    *out = (link_fault){0};
    if (!valid) {
        forget();
        return;
    }
    *out = left.fault;
    left.fresh = 0;
    left.sum = sum(&left);
}

void port_forget_faults(void) { forget(); }

void port_program_runs(bool runs) { state.program_runs = runs; }

/* --- start --------------------------------------------------------------------------------------------------------- */

/* On parts of build code B and later the debug port stays shut unless both the UICR (erased: shut on those) and the firmware say
 * otherwise; a board on a bench must stay open. PS 4.8.2 "Access port protection". */
static void keep_debug_open(void) {
    uint8_t build = (uint8_t)(FICR_INFO_VARIANT >> 8);
    if (build >= 'B' && build <= 'Z') APPROTECT_DISABLE = 0x5A;
}

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

void port_init(void) {
    keep_debug_open();
    read_reset_cause();
    choose_pins();
    NVMC_ICACHECNF = 1;
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    for (uint32_t turns = HFXO_PATIENCE; turns && !CLOCK_EVENTS_HFCLKSTARTED; turns--) {}
    timer_init();
    uart_init();
}

void port_describe(link_config *config) {
    uint32_t variant = FICR_INFO_VARIANT;
    config->layout = (link_layout){
        .vm = LAYOUT_VM,
        .vm_size = LAYOUT_VM_SIZE,
        .vmstore = LAYOUT_VMSTORE,
        .port = LAYOUT_PORT,
        .port_size = LAYOUT_PORT_SIZE,
        .journal = LAYOUT_JOURNAL,
        .slot = {LAYOUT_SLOT_A, LAYOUT_SLOT_B},
        .slot_size = LAYOUT_SLOT_SIZE,
        .page_size = LAYOUT_PAGE_SIZE,
    };
    config->chip_part = FICR_INFO_PART;
    for (unsigned i = 0; i < 4; i++) config->chip_variant[i] = (uint8_t)(variant >> (24 - 8 * i));
}
