/* SPDX-License-Identifier: Apache-2.0 */
/* MCG and OSC: the clock tree (K64 RM and KL25 RM, "Multipurpose Clock Generator" and "Oscillator").
 *
 * Control bits take effect at once; the bits of S that firmware waits for follow after the times of the data sheets. Frequencies follow S,
 * so that a timer or a UART runs at the rate which a real one would. Loss of clock and of lock never happens. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

#include <string.h>

enum { C1, C2, C3, C4, C5, C6, S, SC = 8, ATCVH = 0xA, ATCVL, C7, C8, C9, C10, REGS };
enum { C1_IREFSTEN = 1u << 0, C1_IRCLKEN = 1u << 1, C1_IREFS = 1u << 2 };
enum { C2_IRCS = 1u << 0, C2_LP = 1u << 1, C2_EREFS0 = 1u << 2 };
enum { C4_DMX32 = 1u << 7 };
enum { C5_PLLCLKEN0 = 1u << 6 };
enum { C6_CME0 = 1u << 5, C6_PLLS = 1u << 6 };
enum {
    S_IRCST = 1u << 0,
    S_OSCINIT0 = 1u << 1,
    S_CLKST = 3u << 2,
    S_IREFST = 1u << 4,
    S_PLLST = 1u << 5,
    S_LOCK0 = 1u << 6,
    S_LOLS0 = 1u << 7
};
enum { SC_LOCS0 = 1u << 0, SC_FLTPRSRV = 1u << 4, SC_ATMF = 1u << 5, SC_ATMS = 1u << 6, SC_ATME = 1u << 7 };
enum { CR_SCP = 0xFu, CR_EREFSTEN = 1u << 5, CR_ERCLKEN = 1u << 7 };
enum { CLK_FLL, CLK_IRC, CLK_EXT, CLK_PLL };
/* Bits of S that change after a while: each has an event of its number. */
enum { WAIT_IREFST, WAIT_IRCST, WAIT_OSCINIT, WAIT_PLLST, WAIT_LOCK, WAIT_CLKST, WAITS };

#define SLOW_IRC_HZ 32768u
#define FAST_IRC_HZ 4000000u
#define IRC48M_HZ 48000000u

typedef struct {
    kin_device kin;
    uint32_t osc_hz;     /* crystal or clock at EXTAL0, 0: none */
    uint32_t rtc32k_hz;  /* crystal of the RTC, 0: none */
    uint32_t clkin32_hz; /* clock at RTC_CLKIN (KL25) */
    uint8_t r[REGS];
    uint32_t hz[KIN_CLOCKS];
    uint8_t waiting; /* for WAIT_* */
} mcg;

typedef struct {
    kin_device kin;
    uint8_t cr;
} osc;

extern const emu_device_class kinetis_mcg, kinetis_osc;

static uint8_t osc_cr(const mcg *c) {
    const osc *o = (const osc *)kin_find(kin_machine(&c->kin), &kinetis_osc);
    return o ? o->cr : 0;
}

/* --- frequencies --------------------------------------------------------------------------------------------------------- */

static uint32_t oscillator_hz(const mcg *c) {
    if (c->r[C2] & C2_EREFS0 && !(c->r[S] & S_OSCINIT0)) return 0; /* the crystal does not swing yet */
    return c->osc_hz;
}

static uint32_t external_hz(const mcg *c) {
    switch (c->r[C7] & 3u) {
    case 0: return oscillator_hz(c);
    case 1: return c->rtc32k_hz;
    default: return IRC48M_HZ;
    }
}

static uint32_t frdiv(const mcg *c) {
    static const uint16_t high[8] = {32, 64, 128, 256, 512, 1024, 1280, 1536};
    unsigned n = c->r[C1] >> 3 & 7u;
    return !(c->r[C2] & 0x30u) || (c->r[C7] & 3u) == 1 ? 1u << n : high[n];
}

static uint32_t fll_reference_hz(const mcg *c) { return c->r[S] & S_IREFST ? SLOW_IRC_HZ : external_hz(c) / frdiv(c); }

static uint32_t fll_hz(const mcg *c) {
    static const uint16_t factors[2][4] = {{640, 1280, 1920, 2560}, {732, 1464, 2197, 2929}};
    return fll_reference_hz(c) * factors[!!(c->r[C4] & C4_DMX32)][c->r[C4] >> 5 & 3u];
}

static uint32_t pll_reference_hz(const mcg *c) { return external_hz(c) / ((c->r[C5] & 0x1Fu) + 1u); }
static bool bypassed_low_power(const mcg *c) { return c->r[C2] & C2_LP && (c->r[C1] >> 6 == CLK_IRC || c->r[C1] >> 6 == CLK_EXT); }

/* "PLL reference frequency range" of the data sheets, with what it still bears */
static bool pll_can_lock(const mcg *c) {
    bool on = c->r[C5] & C5_PLLCLKEN0 || (c->r[C6] & C6_PLLS && !bypassed_low_power(c));
    uint32_t reference = pll_reference_hz(c);
    return on && reference >= 1900000u && reference <= 4200000u;
}

static uint32_t pll_hz(const mcg *c) { return c->r[S] & S_LOCK0 ? pll_reference_hz(c) * ((c->r[C6] & 0x1Fu) + 24u) : 0; }
static uint32_t irc_hz(const mcg *c) { return c->r[S] & S_IRCST ? FAST_IRC_HZ >> (c->r[SC] >> 1 & 7u) : SLOW_IRC_HZ; }

static uint32_t mcgout_hz(const mcg *c) {
    switch ((c->r[S] & S_CLKST) >> 2) {
    case CLK_FLL: return fll_hz(c);
    case CLK_IRC: return irc_hz(c);
    case CLK_EXT: return external_hz(c);
    default: return pll_hz(c);
    }
}

static void compute(const mcg *c, uint32_t hz[KIN_CLOCKS]) {
    const kin_device *d = &c->kin;
    uint32_t out = mcgout_hz(c), div = kin_sim(d, SIM_CLKDIV1), sopt2 = kin_sim(d, SIM_SOPT2);
    bool kl = kin_sim_pll_half(d);
    memset(hz, 0, KIN_CLOCKS * sizeof *hz);
    if (!out) out = SLOW_IRC_HZ; /* without a clock nothing would ever happen again */
    hz[KIN_CORE] = out / ((div >> 28) + 1);
    if (kl) {
        hz[KIN_BUS] = hz[KIN_FLASH] = hz[KIN_FLEXBUS] = hz[KIN_CORE] / ((div >> 16 & 7u) + 1);
    } else {
        hz[KIN_BUS] = out / ((div >> 24 & 15u) + 1);
        hz[KIN_FLEXBUS] = out / ((div >> 20 & 15u) + 1);
        hz[KIN_FLASH] = out / ((div >> 16 & 15u) + 1);
    }
    switch (kl ? sopt2 >> 16 & 1u : sopt2 >> 16 & 3u) {
    case 0: hz[KIN_PLLFLL] = fll_hz(c); break;
    case 1: hz[KIN_PLLFLL] = kl ? pll_hz(c) / 2 : pll_hz(c); break;
    case 3: hz[KIN_PLLFLL] = IRC48M_HZ; break;
    default: break;
    }
    hz[KIN_OSCERCLK] = osc_cr(c) & CR_ERCLKEN ? oscillator_hz(c) : 0;
    hz[KIN_MCGIRCLK] = c->r[C1] & C1_IRCLKEN ? irc_hz(c) : 0;
    hz[KIN_MCGFFCLK] = fll_reference_hz(c);
    switch (kin_sim(d, SIM_SOPT1) >> 18 & 3u) {
    case 0: hz[KIN_ERCLK32K] = c->osc_hz && c->osc_hz < 40000u ? oscillator_hz(c) : 0; break;
    case 2: hz[KIN_ERCLK32K] = kl ? c->clkin32_hz : c->rtc32k_hz; break;
    case 3: hz[KIN_ERCLK32K] = 1000; break;
    default: break;
    }
    hz[KIN_RTC32K] = kl ? hz[KIN_ERCLK32K] : c->rtc32k_hz;
    hz[KIN_LPO] = 1000;
}

uint32_t kin_clock(const kin_device *d, kin_clock_id id) { return d->mcg ? ((const mcg *)d->mcg)->hz[id] : 0; }

static void tell(emu_machine *m, bool changed) {
    for (unsigned i = 0; i < emu_device_count(m); i++) {
        kin_device *d = (kin_device *)emu_device_number(m, i);
        if (kin_is(&d->base) && d->spec && d->spec->clocks) d->spec->clocks(d, changed);
    }
}

void kin_clocks_update(emu_machine *m) {
    mcg *c = (mcg *)kin_find(m, &kinetis_mcg);
    if (!c) return;
    uint32_t hz[KIN_CLOCKS];
    compute(c, hz);
    if (memcmp(hz, c->hz, sizeof hz) == 0 && hz[KIN_CORE] == emu_clock_hz(m)) return;
    tell(m, false);
    memcpy(c->hz, hz, sizeof hz);
    emu_set_clock_hz(m, hz[KIN_CORE]);
    tell(m, true);
}

/* --- S follows --------------------------------------------------------------------------------------------------------------- */

static bool oscillator_wanted(const mcg *c) {
    return c->r[C2] & C2_EREFS0 && c->osc_hz &&
           (osc_cr(c) & CR_ERCLKEN || !(c->r[C1] & C1_IREFS) || c->r[C1] >> 6 == CLK_EXT || c->r[C6] & (C6_PLLS | C6_CME0) ||
            c->r[C5] & C5_PLLCLKEN0);
}

static uint8_t clkst_wanted(const mcg *c) {
    uint8_t now = c->r[S] >> 2 & 3u;
    switch (c->r[C1] >> 6) {
    case 0:
        if (!(c->r[C6] & C6_PLLS)) return CLK_FLL;
        return c->r[S] & S_LOCK0 && c->r[S] & S_PLLST ? CLK_PLL : now;
    case 1: return CLK_IRC;
    case 2: return external_hz(c) ? CLK_EXT : now;
    default: return now;
    }
}

/* What S will be when everything has settled, one step ahead. */
static uint8_t wanted(const mcg *c) {
    uint8_t s = c->r[S] & S_LOLS0;
    if (c->r[C1] & C1_IREFS || (c->r[S] & S_IREFST && !external_hz(c))) s |= S_IREFST; /* it takes a clock to change to it */
    if (c->r[C2] & C2_IRCS) s |= S_IRCST;
    if (oscillator_wanted(c)) s |= S_OSCINIT0;
    if (c->r[C6] & C6_PLLS) s |= S_PLLST;
    if (pll_can_lock(c)) s |= S_LOCK0;
    return s | (uint8_t)(clkst_wanted(c) << 2);
}

static const uint8_t wait_bits[WAITS] = {S_IREFST, S_IRCST, S_OSCINIT0, S_PLLST, S_LOCK0, S_CLKST};

static uint64_t wait_us(const mcg *c, unsigned wait) {
    switch (wait) {
    case WAIT_IREFST:
    case WAIT_IRCST: return 60; /* two periods of the slow reference */
    case WAIT_OSCINIT: return c->osc_hz < 100000u ? 1000000 : 1000;
    case WAIT_LOCK: return 150 + 1075000000ull / (pll_reference_hz(c) ? pll_reference_hz(c) : 1); /* t_pll_lock */
    default: return 2;
    }
}

static void follow(mcg *c) {
    emu_machine *m = kin_machine(&c->kin);
    uint8_t differs = wanted(c) ^ c->r[S];
    for (unsigned i = 0; i < WAITS; i++) {
        bool losing = (i == WAIT_LOCK || i == WAIT_OSCINIT) && c->r[S] & wait_bits[i];
        if (!(differs & wait_bits[i])) {
            emu_cancel(&c->kin.base, i);
            c->waiting &= (uint8_t)~(1u << i);
        } else if (losing) {
            c->r[S] &= (uint8_t)~wait_bits[i];
        } else if (!(c->waiting >> i & 1u)) {
            c->waiting |= (uint8_t)(1u << i);
            kin_after_us(&c->kin.base, i, wait_us(c, i));
        }
    }
    kin_clocks_update(m);
}

static void event(emu_device *d, uint32_t id) {
    mcg *c = (mcg *)d;
    c->waiting &= (uint8_t)~(1u << id);
    c->r[S] = (uint8_t)((c->r[S] & ~wait_bits[id]) | (wanted(c) & wait_bits[id]));
    follow(c);
}

/* --- registers --------------------------------------------------------------------------------------------------------------- */

static uint32_t read(kin_device *d, uint32_t offset) {
    mcg *c = (mcg *)d;
    if (offset >= REGS || offset == 7 || offset == 9) {
        kin_log_read(d, offset);
        return 0;
    }
    if (offset == S) emu_poll_hint(kin_machine(d), UINT64_MAX);
    return c->r[offset];
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    mcg *c = (mcg *)d;
    uint8_t v = (uint8_t)value;
    (void)mask;
    if (offset >= REGS || offset == 7 || offset == 9) {
        kin_log_write(d, offset, value);
        return;
    }
    switch (offset) {
    case S: c->r[S] &= (uint8_t)~(v & S_LOLS0); break;
    case SC: /* the automatic trim is done as soon as it is asked for, and finds the clocks right */
        c->r[SC] = (uint8_t)((c->r[SC] & (SC_LOCS0 & ~v)) | (v & (0xEu | SC_FLTPRSRV | SC_ATMS)));
        break;
    case C5:
    case C6: /* new dividers: the PLL must lock again */
        if ((c->r[offset] ^ v) & 0x1Fu && (c->r[S] & S_CLKST) >> 2 != CLK_PLL) c->r[S] &= (uint8_t)~S_LOCK0;
        c->r[offset] = v;
        break;
    default: c->r[offset] = v; break;
    }
    follow(c);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    mcg *c = (mcg *)d;
    (void)kind;
    memset(c->r, 0, sizeof c->r);
    c->r[C1] = 0x04;
    c->r[C2] = 0x80;
    c->r[C3] = 0x7C; /* C3 and C4: a factory trim */
    c->r[C4] = 0x14;
    c->r[S] = 0x10;
    c->r[SC] = 0x02;
    c->r[C8] = 0x80;
    c->waiting = 0;
    kin_clocks_update(d->machine);
}

static const char *const known[] = {"osc_hz", "rtc32k_hz", "clkin32_hz", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    mcg *c = (mcg *)d;
    c->osc_hz = (uint32_t)emu_param_value(params, count, "osc_hz", 0);
    c->rtc32k_hz = (uint32_t)emu_param_value(params, count, "rtc32k_hz", 0);
    c->clkin32_hz = (uint32_t)emu_param_value(params, count, "clkin32_hz", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_mcg = {
    .type = "kinetis.mcg",
    .struct_size = sizeof(mcg),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};

/* --- OSC --------------------------------------------------------------------------------------------------------------------- */

static uint32_t osc_read(kin_device *d, uint32_t offset) {
    if (offset == 0) return ((osc *)d)->cr;
    kin_log_read(d, offset);
    return 0;
}

static void osc_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    (void)mask;
    if (offset) {
        kin_log_write(d, offset, value);
        return;
    }
    ((osc *)d)->cr = (uint8_t)value & (CR_SCP | CR_EREFSTEN | CR_ERCLKEN);
    if (d->mcg) follow((mcg *)d->mcg);
}

static void osc_reset(emu_device *d, emu_reset_kind kind) {
    (void)kind;
    ((osc *)d)->cr = 0;
}

static const kin_spec osc_spec = {.width = 1, .read = osc_read, .write = osc_write};

static bool osc_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &osc_spec, params, count, error);
}

const emu_device_class kinetis_osc = {
    .type = "kinetis.osc",
    .struct_size = sizeof(osc),
    .region_size = 0x1000,
    .init = osc_init,
    .reset = osc_reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
