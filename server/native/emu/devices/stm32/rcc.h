/* SPDX-License-Identifier: Apache-2.0 */
/* The reset and clock controllers: rcc.c is what they have in common, rcc_f1.c, rcc_f4.c and rcc_l4.c are the families. */
#ifndef VMRIG_EMU_STM32_RCC_H
#define VMRIG_EMU_STM32_RCC_H

#include "devices/stm32/stm32.h"

enum { STM32_RCC_WORDS = 64, STM32_RCC_OSCILLATORS = 9 };

typedef struct {
    uint8_t offset;
    uint32_t reset;
    uint32_t mask; /* bits that software writes */
} stm32_rcc_reg;

/* An oscillator or PLL: ON and READY are single bits. */
typedef struct {
    uint8_t on_reg, on_bit;
    uint8_t ready_reg, ready_bit;
    uint8_t flag; /* bit of its ready interrupt */
    uint32_t startup_us;
} stm32_oscillator;

typedef struct {
    const stm32_rcc_reg *regs;
    unsigned reg_count;
    const stm32_oscillator *oscillators;
    unsigned oscillator_count;
    int8_t system[4]; /* oscillator of each value of CFGR.SW, -1: none */
    uint8_t cfgr, bdcr, csr;
    uint8_t first_reset;        /* the first xxxRSTR; each is followed, */
    uint8_t reset_below_enable; /* so much higher, by its xxxENR with the same bits */
    uint32_t bdcr_protected;    /* bits of BDCR that PWR_CR.DBP protects */
    uint8_t bdrst;              /* bit of BDCR */
    uint8_t remove_flags;       /* bit of CSR: RMVF */
    uint8_t flag_pin, flag_soft, flag_iwdg, flag_wwdg;
    uint32_t flags_power_on;
    /* ready interrupts: separate registers (L4), or one with flags in bits 0.., enables from 8 and clears from 16 */
    uint8_t flags_reg, enable_reg, clear_reg, enable_shift, clear_shift;
    bool (*available)(const stm32_rcc *r, unsigned oscillator); /* whether it can start: there is a crystal, a PLL is fed */
    void (*tree)(const stm32_rcc *r, stm32_clocks *out);
    uint32_t (*effective)(const stm32_rcc *r, uint32_t offset, uint32_t value); /* may be NULL: what becomes of a value that is written */
} stm32_rcc_family;

struct stm32_rcc {
    stm32_device dev;
    const stm32_rcc_family *family;
    uint32_t reg[STM32_RCC_WORDS];
    uint32_t starting; /* bit n: oscillator n is starting */
    uint32_t hse_hz, lse_hz;
    stm32_clocks clocks;
    bool backup_open;                   /* PWR_CR.DBP */
    bool iwdg_bites, wwdg_bites, wakes; /* wakes: the reset that ends Standby */
};

bool stm32_rcc_gate_open(const stm32_rcc *r, uint32_t gate);
const stm32_clocks *stm32_rcc_clocks(const stm32_rcc *r);
uint32_t stm32_rcc_peek(const stm32_rcc *r, uint32_t offset);
static inline bool stm32_rcc_ready(const stm32_rcc *r, unsigned oscillator) {
    const stm32_oscillator *o = &r->family->oscillators[oscillator];
    return r->reg[o->ready_reg / 4] >> o->ready_bit & 1u;
}
unsigned stm32_rcc_divider_ahb(uint32_t hpre); /* of the 4-bit field HPRE */
unsigned stm32_rcc_divider_apb(uint32_t ppre); /* of the 3-bit field PPREx */

/* For the families. */
bool stm32_rcc_init(emu_device *d, const stm32_rcc_family *family, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]);
void stm32_rcc_reset(emu_device *d, emu_reset_kind kind);
void stm32_rcc_event(emu_device *d, uint32_t id);

/* For other devices. */
void stm32_rcc_backup_open(stm32_device *d, bool open); /* PWR: the backup domain can be written */
bool stm32_rcc_backup_is_open(const stm32_device *d);
void stm32_rcc_watchdog(stm32_device *d, bool independent); /* resets the chip */
void stm32_rcc_wake(stm32_device *d);                       /* PWR: Standby is over, which leaves no flag in the RCC */
void stm32_rcc_start_lsi(stm32_device *d);                  /* the independent watchdog starts LSI by itself */

/* --- PWR (pwr.c) */
void stm32_pwr_rtc(stm32_device *d); /* RTC: an alarm or the wake-up timer, with its interrupt enabled */

#endif
