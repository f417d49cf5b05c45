/* SPDX-License-Identifier: Apache-2.0 */
/* RCC of STM32L4 (RM0351, "RCC registers"). */
#include "devices/stm32/rcc.h"

enum {
    CR = 0x00,
    ICSCR = 0x04,
    CFGR = 0x08,
    PLLCFGR = 0x0C,
    PLLSAI1CFGR = 0x10,
    PLLSAI2CFGR = 0x14,
    CIER = 0x18,
    CIFR = 0x1C,
    CICR = 0x20,
    AHB1RSTR = 0x28,
    AHB2RSTR = 0x2C,
    AHB3RSTR = 0x30,
    APB1RSTR1 = 0x38,
    APB1RSTR2 = 0x3C,
    APB2RSTR = 0x40,
    AHB1ENR = 0x48,
    AHB2ENR = 0x4C,
    AHB3ENR = 0x50,
    APB1ENR1 = 0x58,
    APB1ENR2 = 0x5C,
    APB2ENR = 0x60,
    AHB1SMENR = 0x68,
    AHB2SMENR = 0x6C,
    AHB3SMENR = 0x70,
    APB1SMENR1 = 0x78,
    APB1SMENR2 = 0x7C,
    APB2SMENR = 0x80,
    CCIPR = 0x88,
    BDCR = 0x90,
    CSR = 0x94,
    CRRCR = 0x98, /* L496, L4A6 */
};
enum { MSI, HSI, HSE, PLL, PLLSAI1, PLLSAI2, LSE, LSI };
#define HSI_HZ 16000000u
#define LSI_HZ 32000u
#define ALL 0xFFFFFFFFu
#define MSIRGSEL (1u << 3)

static const stm32_rcc_reg regs[] = {
    {CR, 0x00000063u, 0x150D0BFDu},
    {ICSCR, 0x10400000u, 0x1F00FF00u},
    {CFGR, 0, 0x7700FFF3u},
    {PLLCFGR, 0x00001000u, 0x07737F73u},
    {PLLSAI1CFGR, 0x00001000u, 0x07737F00u},
    {PLLSAI2CFGR, 0x00001000u, 0x07037F00u},
    {CIER, 0, 0x000002FFu},
    {CIFR, 0, 0},
    {CICR, 0, 0},
    {AHB1RSTR, 0, ALL},
    {AHB2RSTR, 0, ALL},
    {AHB3RSTR, 0, ALL},
    {APB1RSTR1, 0, ALL},
    {APB1RSTR2, 0, ALL},
    {APB2RSTR, 0, ALL},
    {AHB1ENR, 0x00000100u, ALL},
    {AHB2ENR, 0, ALL},
    {AHB3ENR, 0, ALL},
    {APB1ENR1, 0, ALL},
    {APB1ENR2, 0, ALL},
    {APB2ENR, 0, ALL},
    {AHB1SMENR, 0x00011303u, ALL},
    {AHB2SMENR, 0x000532FFu, ALL},
    {AHB3SMENR, 0x00000101u, ALL},
    {APB1SMENR1, 0xF2FECA3Fu, ALL},
    {APB1SMENR2, 0x00000025u, ALL},
    {APB2SMENR, 0x01677C01u, ALL},
    {CCIPR, 0, ALL},
    {BDCR, 0, 0x0301837Du},
    {CSR, 0x00000600u, 0x00000F01u},
    {CRRCR, 0, 1},
};

/* Start-up times: data sheet, "External/internal clock source characteristics", "PLL characteristics", typical. */
static const stm32_oscillator oscillators[] = {
    [MSI] = {CR, 0, CR, 1, 2, 4},          [HSI] = {CR, 8, CR, 10, 3, 2},       [HSE] = {CR, 16, CR, 17, 4, 2000},
    [PLL] = {CR, 24, CR, 25, 5, 25},       [PLLSAI1] = {CR, 26, CR, 27, 6, 25}, [PLLSAI2] = {CR, 28, CR, 29, 7, 25},
    [LSE] = {BDCR, 0, BDCR, 1, 1, 250000}, [LSI] = {CSR, 0, CSR, 1, 0, 85},
};

static uint32_t msi_hz(const stm32_rcc *r) {
    static const uint32_t hz[16] = {100000,   200000,   400000,   800000,   1000000, 2000000, 4000000, 8000000,
                                    16000000, 24000000, 32000000, 48000000, 4000000, 4000000, 4000000, 4000000};
    uint32_t cr = r->reg[CR / 4];
    return hz[cr & MSIRGSEL ? cr >> 4 & 15u : r->reg[CSR / 4] >> 8 & 15u];
}

static int pll_source(const stm32_rcc *r) {
    static const int8_t sources[4] = {-1, MSI, HSI, HSE};
    return sources[r->reg[PLLCFGR / 4] & 3u];
}

static bool available(const stm32_rcc *r, unsigned oscillator) {
    switch (oscillator) {
    case HSE: return r->hse_hz != 0;
    case LSE: return r->lse_hz != 0;
    case PLL:
    case PLLSAI1:
    case PLLSAI2: return pll_source(r) >= 0 && stm32_rcc_ready(r, (unsigned)pll_source(r));
    default: return true;
    }
}

static uint32_t pll_hz(const stm32_rcc *r) {
    uint32_t cfg = r->reg[PLLCFGR / 4];
    int source = pll_source(r);
    uint64_t input = source == HSE ? r->hse_hz : source == HSI ? HSI_HZ : source == MSI ? msi_hz(r) : 0;
    return (uint32_t)(input * (cfg >> 8 & 0x7Fu) / ((cfg >> 4 & 7u) + 1) / (2 * ((cfg >> 25 & 3u) + 1)));
}

static void tree(const stm32_rcc *r, stm32_clocks *c) {
    uint32_t cfgr = r->reg[CFGR / 4];
    switch (cfgr >> 2 & 3u) {
    case 0: c->sysclk = msi_hz(r); break;
    case 1: c->sysclk = HSI_HZ; break;
    case 2: c->sysclk = r->hse_hz; break;
    default: c->sysclk = pll_hz(r); break;
    }
    if (!c->sysclk) c->sysclk = msi_hz(r);
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
    .system = {MSI, HSI, HSE, PLL},
    .cfgr = CFGR,
    .bdcr = BDCR,
    .csr = CSR,
    .first_reset = AHB1RSTR,
    .reset_below_enable = 0x20,
    .bdcr_protected = ALL,
    .bdrst = 16,
    .remove_flags = 23,
    .flag_pin = 26,
    .flag_soft = 28,
    .flag_iwdg = 29,
    .flag_wwdg = 30,
    .flags_power_on = 0x0C000000u,
    .flags_reg = CIFR,
    .enable_reg = CIER,
    .clear_reg = CICR,
    .enable_shift = 0,
    .clear_shift = 0,
    .available = available,
    .tree = tree,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return stm32_rcc_init(d, &family, params, count, error);
}

const emu_device_class stm32_l4_rcc = {
    .type = "stm32.l4_rcc",
    .struct_size = sizeof(stm32_rcc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = stm32_rcc_reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = stm32_rcc_event,
};
