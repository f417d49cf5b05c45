/* SPDX-License-Identifier: Apache-2.0 */
/* RCC of STM32F4 (RM0090 and RM0402, "RCC registers"). */
#include "devices/stm32/rcc.h"

enum {
    CR = 0x00,
    PLLCFGR = 0x04,
    CFGR = 0x08,
    CIR = 0x0C,
    AHB1RSTR = 0x10,
    AHB2RSTR = 0x14,
    AHB3RSTR = 0x18,
    APB1RSTR = 0x20,
    APB2RSTR = 0x24,
    AHB1ENR = 0x30,
    AHB2ENR = 0x34,
    AHB3ENR = 0x38,
    APB1ENR = 0x40,
    APB2ENR = 0x44,
    AHB1LPENR = 0x50,
    AHB2LPENR = 0x54,
    AHB3LPENR = 0x58,
    APB1LPENR = 0x60,
    APB2LPENR = 0x64,
    BDCR = 0x70,
    CSR = 0x74,
    SSCGR = 0x80,
    PLLI2SCFGR = 0x84,
    PLLSAICFGR = 0x88,
    DCKCFGR = 0x8C,
    CKGATENR = 0x90,
    DCKCFGR2 = 0x94,
};
enum { HSI, HSE, PLL, PLLI2S, PLLSAI, LSE, LSI };
#define HSI_HZ 16000000u
#define LSI_HZ 32000u
#define ALL 0xFFFFFFFFu
#define PLLSRC_HSE (1u << 22)
#define TIMPRE (1u << 24) /* DCKCFGR */

static const stm32_rcc_reg regs[] = {
    {CR, 0x00000083u, 0x150D00F9u},
    {PLLCFGR, 0x24003010u, 0x7F437FFFu},
    {CFGR, 0, 0xFFFFFCF3u},
    {CIR, 0, 0x00007F00u},
    {AHB1RSTR, 0, ALL},
    {AHB2RSTR, 0, ALL},
    {AHB3RSTR, 0, ALL},
    {APB1RSTR, 0, ALL},
    {APB2RSTR, 0, ALL},
    {AHB1ENR, 0x00100000u, ALL},
    {AHB2ENR, 0, ALL},
    {AHB3ENR, 0, ALL},
    {APB1ENR, 0, ALL},
    {APB2ENR, 0, ALL},
    {AHB1LPENR, 0x7E6791FFu, ALL},
    {AHB2LPENR, 0x000000F1u, ALL},
    {AHB3LPENR, 0x00000001u, ALL},
    {APB1LPENR, 0x36FEC9FFu, ALL},
    {APB2LPENR, 0x00075F33u, ALL},
    {BDCR, 0, 0x0001830Du},
    {CSR, 0, 0x00000001u},
    {SSCGR, 0, 0xCFFFFFFFu},
    {PLLI2SCFGR, 0x24003000u, 0x7F407FFFu},
    {PLLSAICFGR, 0x24003000u, 0x7F037FFFu},
    {DCKCFGR, 0, ALL},
    {CKGATENR, 0, 0x0000007Fu},
    {DCKCFGR2, 0, ALL},
};

/* Start-up times: data sheets, "External/internal clock source characteristics", "PLL characteristics", typical. */
static const stm32_oscillator oscillators[] = {
    [HSI] = {CR, 0, CR, 1, 2, 2},        [HSE] = {CR, 16, CR, 17, 3, 2000},   [PLL] = {CR, 24, CR, 25, 4, 100},
    [PLLI2S] = {CR, 26, CR, 27, 5, 100}, [PLLSAI] = {CR, 28, CR, 29, 6, 100}, [LSE] = {BDCR, 0, BDCR, 1, 1, 250000},
    [LSI] = {CSR, 0, CSR, 1, 0, 20},
};

static uint32_t pll_input(const stm32_rcc *r) { return r->reg[PLLCFGR / 4] & PLLSRC_HSE ? r->hse_hz : HSI_HZ; }

static bool available(const stm32_rcc *r, unsigned oscillator) {
    switch (oscillator) {
    case HSE: return r->hse_hz != 0;
    case LSE: return r->lse_hz != 0;
    case PLL:
    case PLLI2S:
    case PLLSAI: return stm32_rcc_ready(r, r->reg[PLLCFGR / 4] & PLLSRC_HSE ? HSE : HSI) && (r->reg[PLLCFGR / 4] & 0x3Fu) >= 2;
    default: return true;
    }
}

static uint32_t timer_clock(const stm32_rcc *r, uint32_t hclk, unsigned divider) {
    if (r->reg[DCKCFGR / 4] & TIMPRE) return divider <= 4 ? hclk : hclk / divider * 4;
    return divider == 1 ? hclk : hclk / divider * 2;
}

static void tree(const stm32_rcc *r, stm32_clocks *c) {
    uint32_t cfgr = r->reg[CFGR / 4], pll = r->reg[PLLCFGR / 4], m = pll & 0x3Fu;
    uint64_t vco = m ? (uint64_t)pll_input(r) * (pll >> 6 & 0x1FFu) / m : 0;
    switch (cfgr >> 2 & 3u) {
    case 0: c->sysclk = HSI_HZ; break;
    case 1: c->sysclk = r->hse_hz; break;
    case 2: c->sysclk = (uint32_t)(vco / (2 * ((pll >> 16 & 3u) + 1))); break;
    default: c->sysclk = (uint32_t)(pll >> 28 & 7u ? vco / (pll >> 28 & 7u) : 0); break; /* PLLR, F446 */
    }
    if (!c->sysclk) c->sysclk = HSI_HZ;
    unsigned apb[2] = {stm32_rcc_divider_apb(cfgr >> 10 & 7u), stm32_rcc_divider_apb(cfgr >> 13 & 7u)};
    c->hclk = c->sysclk / stm32_rcc_divider_ahb(cfgr >> 4 & 15u);
    for (unsigned i = 0; i < 2; i++) {
        c->pclk[i] = c->hclk / apb[i];
        c->timclk[i] = timer_clock(r, c->hclk, apb[i]);
    }
    c->hsi = HSI_HZ;
    c->hse = r->hse_hz;
    c->lse = r->lse_hz;
    c->lsi = LSI_HZ;
}

static const stm32_rcc_family family = {
    .regs = regs,
    .reg_count = sizeof regs / sizeof *regs,
    .oscillators = oscillators,
    .oscillator_count = sizeof oscillators / sizeof *oscillators,
    .system = {HSI, HSE, PLL, PLL},
    .cfgr = CFGR,
    .bdcr = BDCR,
    .csr = CSR,
    .first_reset = AHB1RSTR,
    .reset_below_enable = 0x20,
    .bdcr_protected = ALL,
    .bdrst = 16,
    .remove_flags = 24,
    .flag_pin = 26,
    .flag_soft = 28,
    .flag_iwdg = 29,
    .flag_wwdg = 30,
    .flags_power_on = 0x0E000000u,
    .flags_reg = CIR,
    .enable_reg = CIR,
    .clear_reg = CIR,
    .enable_shift = 8,
    .clear_shift = 16,
    .available = available,
    .tree = tree,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return stm32_rcc_init(d, &family, params, count, error);
}

const emu_device_class stm32_f4_rcc = {
    .type = "stm32.f4_rcc",
    .struct_size = sizeof(stm32_rcc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = stm32_rcc_reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = stm32_rcc_event,
};
