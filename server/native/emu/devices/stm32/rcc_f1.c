/* SPDX-License-Identifier: Apache-2.0 */
/* RCC of STM32F1, low-, medium- and high-density (RM0008, "RCC registers"). */
#include "devices/stm32/rcc.h"

enum {
    CR = 0x00,
    CFGR = 0x04,
    CIR = 0x08,
    APB2RSTR = 0x0C,
    APB1RSTR = 0x10,
    AHBENR = 0x14,
    APB2ENR = 0x18,
    APB1ENR = 0x1C,
    BDCR = 0x20,
    CSR = 0x24,
};
enum { HSI, HSE, PLL, LSE, LSI };
#define HSI_HZ 8000000u
#define LSI_HZ 40000u
#define PLLSRC_HSE (1u << 16)
#define PLLXTPRE (1u << 17)

static const stm32_rcc_reg regs[] = {
    {CR, 0x00000083u, 0x010D00F9u}, {CFGR, 0, 0x077FFFF3u},     {CIR, 0, 0x00001F00u},
    {APB2RSTR, 0, 0x0038FFFDu},     {APB1RSTR, 0, 0x3AFEC9FFu}, {AHBENR, 0x00000014u, 0x00000557u},
    {APB2ENR, 0, 0x0038FFFDu},      {APB1ENR, 0, 0x3AFEC9FFu},  {BDCR, 0, 0x00018305u},
    {CSR, 0, 0x00000001u},
};

/* Start-up times: data sheet, "External/internal clock source characteristics", "PLL characteristics", typical. */
static const stm32_oscillator oscillators[] = {
    [HSI] = {CR, 0, CR, 1, 2, 2},          [HSE] = {CR, 16, CR, 17, 3, 2000}, [PLL] = {CR, 24, CR, 25, 4, 100},
    [LSE] = {BDCR, 0, BDCR, 1, 1, 250000}, [LSI] = {CSR, 0, CSR, 1, 0, 85},
};

static bool available(const stm32_rcc *r, unsigned oscillator) {
    switch (oscillator) {
    case HSE: return r->hse_hz != 0;
    case LSE: return r->lse_hz != 0;
    case PLL: return stm32_rcc_ready(r, r->reg[CFGR / 4] & PLLSRC_HSE ? HSE : HSI);
    default: return true;
    }
}

static void tree(const stm32_rcc *r, stm32_clocks *c) {
    uint32_t cfgr = r->reg[CFGR / 4], input = cfgr & PLLSRC_HSE ? r->hse_hz / (cfgr & PLLXTPRE ? 2 : 1) : HSI_HZ / 2;
    unsigned mul = (cfgr >> 18 & 15u) + 2;
    switch (cfgr >> 2 & 3u) {
    case 1: c->sysclk = r->hse_hz; break;
    case 2: c->sysclk = input * (mul > 16 ? 16 : mul); break;
    default: c->sysclk = HSI_HZ; break;
    }
    if (!c->sysclk) c->sysclk = HSI_HZ;
    unsigned apb[2] = {stm32_rcc_divider_apb(cfgr >> 8 & 7u), stm32_rcc_divider_apb(cfgr >> 11 & 7u)};
    c->hclk = c->sysclk / stm32_rcc_divider_ahb(cfgr >> 4 & 15u);
    for (unsigned i = 0; i < 2; i++) {
        c->pclk[i] = c->hclk / apb[i];
        c->timclk[i] = apb[i] == 1 ? c->pclk[i] : 2 * c->pclk[i];
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
    .system = {HSI, HSE, PLL, -1},
    .cfgr = CFGR,
    .bdcr = BDCR,
    .csr = CSR,
    .first_reset = APB2RSTR,
    .reset_below_enable = 0x0C,
    .bdcr_protected = 0xFFFFFFFFu,
    .bdrst = 16,
    .remove_flags = 24,
    .flag_pin = 26,
    .flag_soft = 28,
    .flag_iwdg = 29,
    .flag_wwdg = 30,
    .flags_power_on = 0x0C000000u,
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

const emu_device_class stm32_f1_rcc = {
    .type = "stm32.f1_rcc",
    .struct_size = sizeof(stm32_rcc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = stm32_rcc_reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = stm32_rcc_event,
};
