/* SPDX-License-Identifier: Apache-2.0 */
/* SMC, PMC, RCM and LLWU: power modes, regulator, causes of resets, wake-up (chapters of those names in K64 RM and KL25 RM).
 *
 * VLLS modes end by a pin or the LPTMR, as the LLWU says, and with a reset. Another stop mode is a sleep like any other here: nothing tells
 * devices of it, so clocks go on. The low-voltage detectors never come. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

#include <string.h>

/* --- SMC ------------------------------------------------------------------------------------------------------------------- */

enum { PMPROT, PMCTRL, STOPCTRL, PMSTAT };
enum { PMPROT_AVLLS = 1u << 1, STOPM = 7, STOPM_VLLS = 4 };
enum { PMPROT_AVLP = 1u << 5, PMCTRL_STOPA = 1u << 3 };
enum { RUNM_RUN = 0, RUNM_VLPR = 2, STAT_RUN = 1, STAT_VLPR = 4 };
enum { EVENT_MODE };

typedef struct {
    kin_device kin;
    uint8_t pmprot, pmctrl, stopctrl, pmstat;
    bool prot_written;
    bool off; /* in a VLLS mode: all but LLWU and LPTMR has lost its power */
} smc;

extern const emu_device_class kinetis_smc;
static void llwu_look(emu_machine *m);

static bool is_off(emu_machine *m) {
    const smc *s = (const smc *)kin_find(m, &kinetis_smc);
    return s && s->off;
}

static void smc_deep_sleep(emu_device *d) {
    smc *s = (smc *)d;
    if ((s->pmctrl & STOPM) != STOPM_VLLS || !(s->pmprot & PMPROT_AVLLS)) return;
    s->off = true;
    emu_core_hold(d->machine, 0, true);
    llwu_look(d->machine);
}

static uint32_t smc_read(kin_device *d, uint32_t offset) {
    const smc *s = (const smc *)d;
    switch (offset) {
    case PMPROT: return s->pmprot;
    case PMCTRL: return s->pmctrl;
    case STOPCTRL: return s->stopctrl;
    case PMSTAT: emu_poll_hint(kin_machine(d), UINT64_MAX); return s->pmstat;
    default: kin_log_read(d, offset); return 0;
    }
}

static void smc_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    smc *s = (smc *)d;
    (void)mask;
    switch (offset) {
    case PMPROT: /* once after a reset */
        if (!s->prot_written) s->pmprot = value & 0x2Au;
        s->prot_written = true;
        break;
    case PMCTRL:
        s->pmctrl = value & 0x67u;
        if ((value >> 5 & 3u) == RUNM_VLPR && !(s->pmprot & PMPROT_AVLP)) s->pmctrl &= (uint8_t)~(3u << 5);
        kin_after_us(&d->base, EVENT_MODE, 5);
        break;
    case STOPCTRL: s->stopctrl = (uint8_t)value; break;
    case PMSTAT: break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void smc_event(emu_device *d, uint32_t id) {
    smc *s = (smc *)d;
    (void)id;
    s->pmstat = (s->pmctrl >> 5 & 3u) == RUNM_VLPR ? STAT_VLPR : STAT_RUN;
}

static void smc_reset(emu_device *d, emu_reset_kind kind) {
    smc *s = (smc *)d;
    (void)kind;
    s->pmprot = s->pmctrl = 0;
    s->stopctrl = 3;
    if (s->off) emu_core_hold(d->machine, 0, false);
    s->off = false;
    s->pmstat = STAT_RUN;
    s->prot_written = false;
}

static const kin_spec smc_spec = {.width = 1, .read = smc_read, .write = smc_write};

static bool smc_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &smc_spec, params, count, error);
}

const emu_device_class kinetis_smc = {
    .type = "kinetis.smc",
    .struct_size = sizeof(smc),
    .region_size = 0x1000,
    .init = smc_init,
    .reset = smc_reset,
    .read = kin_read,
    .write = kin_write,
    .event = smc_event,
    .deep_sleep = smc_deep_sleep,
    .link = kin_link,
};

/* --- PMC ------------------------------------------------------------------------------------------------------------------- */

enum { LVDSC1, LVDSC2, REGSC };
enum { LVDF = 1u << 7, LVDACK = 1u << 6, REGONS = 1u << 2, ACKISO = 1u << 3 };

typedef struct {
    kin_device kin;
    uint8_t lvdsc1, lvdsc2, regsc;
    bool woken; /* the reset that comes ends a VLLS mode */
} pmc;

static uint32_t pmc_read(kin_device *d, uint32_t offset) {
    const pmc *p = (const pmc *)d;
    switch (offset) {
    case LVDSC1: return p->lvdsc1;
    case LVDSC2: return p->lvdsc2;
    case REGSC: return p->regsc | REGONS;
    default: kin_log_read(d, offset); return 0;
    }
}

static void pmc_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    pmc *p = (pmc *)d;
    (void)mask;
    switch (offset) {
    case LVDSC1: p->lvdsc1 = value & 0x33u; break; /* LVDF never gets set */
    case LVDSC2: p->lvdsc2 = value & 0x23u; break;
    case REGSC: p->regsc = (value & 0x11u) | (p->regsc & ~value & ACKISO); break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void pmc_reset(emu_device *d, emu_reset_kind kind) {
    pmc *p = (pmc *)d;
    (void)kind;
    p->lvdsc1 = 0x10;
    p->lvdsc2 = 0;
    p->regsc = p->woken ? ACKISO : 0;
    p->woken = false;
}

static const kin_spec pmc_spec = {.width = 1, .read = pmc_read, .write = pmc_write};

static bool pmc_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &pmc_spec, params, count, error);
}

const emu_device_class kinetis_pmc = {
    .type = "kinetis.pmc",
    .struct_size = sizeof(pmc),
    .region_size = 0x1000,
    .init = pmc_init,
    .reset = pmc_reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};

/* --- RCM ------------------------------------------------------------------------------------------------------------------- */

enum { SRS0 = 0, SRS1 = 1, RPFC = 4, RPFW = 5, MR = 7 };
enum { SRS0_WAKEUP = 1u << 0 };
enum { SRS0_LVD = 1u << 1, SRS0_WDOG = 1u << 5, SRS0_PIN = 1u << 6, SRS0_POR = 1u << 7 };
enum { SRS1_LOCKUP = 1u << 1, SRS1_SW = 1u << 2, SRS1_MDM_AP = 1u << 3 };

typedef struct {
    kin_device kin;
    uint8_t srs0, srs1, rpfc, rpfw;
    bool by_mdm, by_llwu;
} rcm;

extern const emu_device_class kinetis_rcm;

void kin_reset_by_mdm(emu_machine *m) {
    rcm *r = (rcm *)kin_find(m, &kinetis_rcm);
    if (r) r->by_mdm = true;
}

static uint32_t rcm_read(kin_device *d, uint32_t offset) {
    const rcm *r = (const rcm *)d;
    switch (offset) {
    case SRS0: return r->srs0;
    case SRS1: return r->srs1;
    case RPFC: return r->rpfc;
    case RPFW: return r->rpfw;
    case MR: return 0; /* EZP_MS: not in EzPort mode */
    default: kin_log_read(d, offset); return 0;
    }
}

static void rcm_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    rcm *r = (rcm *)d;
    (void)mask;
    switch (offset) {
    case RPFC: r->rpfc = value & 7u; break;
    case RPFW: r->rpfw = value & 0x1Fu; break;
    case SRS0:
    case SRS1:
    case MR: break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void rcm_reset(emu_device *d, emu_reset_kind kind) {
    rcm *r = (rcm *)d;
    r->srs0 = r->srs1 = 0;
    switch (kind) {
    case EMU_RESET_POWER_ON:
        r->srs0 = SRS0_POR | SRS0_LVD;
        r->rpfc = r->rpfw = 0;
        break;
    case EMU_RESET_PIN: r->srs0 = SRS0_PIN; break;
    case EMU_RESET_WATCHDOG: r->srs0 = SRS0_WDOG; break;
    case EMU_RESET_LOCKUP: r->srs1 = SRS1_LOCKUP; break;
    case EMU_RESET_USB: break; /* not of this chip */
    case EMU_RESET_SOFT:
        if (r->by_llwu) {
            r->srs0 = SRS0_WAKEUP;
            break;
        } /* fall through */
    case EMU_RESET_DEBUG: r->srs1 = r->by_mdm ? SRS1_MDM_AP : SRS1_SW; break;
    }
    r->by_mdm = r->by_llwu = false;
}

static const kin_spec rcm_spec = {.width = 1, .read = rcm_read, .write = rcm_write};

static bool rcm_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &rcm_spec, params, count, error);
}

const emu_device_class kinetis_rcm = {
    .type = "kinetis.rcm",
    .struct_size = sizeof(rcm),
    .region_size = 0x1000,
    .init = rcm_init,
    .reset = rcm_reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};

/* --- LLWU ------------------------------------------------------------------------------------------------------------------ */

enum { PE1 = 0, ME = 4, F1 = 5, F2, F3, FILT1, FILT2, RST, LLWU_REGS };

typedef struct {
    kin_device kin;
    uint8_t r[LLWU_REGS];
    bool woken;
} llwu;

extern const emu_device_class kinetis_llwu, kinetis_pmc;
enum { LLWU_PINS = 16, WUME_LPTMR = 1u << 0 };

/* A flag that is set ends a VLLS mode, also one that was there before. */
static void llwu_look(emu_machine *m) {
    llwu *l = (llwu *)kin_find(m, &kinetis_llwu);
    rcm *r = (rcm *)kin_find(m, &kinetis_rcm);
    pmc *p = (pmc *)kin_find(m, &kinetis_pmc);
    if (!l || !r || !p || !is_off(m) || !(l->r[F1] | l->r[F2] | l->r[F3])) return;
    l->woken = r->by_llwu = p->woken = true;
    emu_request_reset(m, EMU_RESET_SOFT); /* the SMC's reset lets the core go */
    emu_core_hold(m, 0, false);
}

void kin_llwu_lptmr(emu_machine *m) {
    llwu *l = (llwu *)kin_find(m, &kinetis_llwu);
    if (!l || !is_off(m) || !(l->r[ME] & WUME_LPTMR)) return;
    l->r[F3] |= WUME_LPTMR;
    llwu_look(m);
}

/* K64 RM, table "Wakeup Sources"; the KL25 has some of the same. */
static void llwu_pin_changed(emu_device *d, unsigned pin, emu_level level) {
    static const uint8_t pins[LLWU_PINS] = {4 * 32 + 1, 4 * 32 + 2, 4 * 32 + 4, 0 * 32 + 4, 0 * 32 + 13, 1 * 32 + 0,
                                            2 * 32 + 1, 2 * 32 + 3, 2 * 32 + 4, 2 * 32 + 5, 2 * 32 + 6,  2 * 32 + 11,
                                            3 * 32 + 0, 3 * 32 + 2, 3 * 32 + 4, 3 * 32 + 6};
    llwu *l = (llwu *)d;
    if (!is_off(d->machine) || level == EMU_FLOAT) return;
    for (unsigned i = 0; i < LLWU_PINS; i++)
        if (pins[i] == pin && l->r[PE1 + i / 4] >> 2 * (i % 4) & (level == EMU_HIGH ? 1u : 2u)) l->r[F1 + i / 8] |= (uint8_t)(1u << i % 8);
    llwu_look(d->machine);
}

static uint32_t llwu_read(kin_device *d, uint32_t offset) {
    if (offset < LLWU_REGS) return ((llwu *)d)->r[offset];
    kin_log_read(d, offset);
    return 0;
}

static void llwu_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    llwu *l = (llwu *)d;
    (void)mask;
    if (offset >= LLWU_REGS)
        kin_log_write(d, offset, value);
    else if (offset < F1 || offset == RST)
        l->r[offset] = (uint8_t)value;
    else if (offset < F3)
        l->r[offset] &= (uint8_t)~value;
    else if (offset >= FILT1)
        l->r[offset] = value & 0x6Fu; /* FILTF is write 1 to clear, and clear */
}

static void llwu_reset(emu_device *d, emu_reset_kind kind) {
    llwu *l = (llwu *)d;
    bool woken = l->woken && kind == EMU_RESET_SOFT;
    l->woken = false;
    if (woken) return; /* it is reset by "Chip Reset not VLLS" */
    memset(l->r, 0, sizeof l->r);
    l->r[RST] = 2;
}

static const kin_spec llwu_spec = {.width = 1, .read = llwu_read, .write = llwu_write};

static bool llwu_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &llwu_spec, params, count, error);
}

const emu_device_class kinetis_llwu = {
    .type = "kinetis.llwu",
    .struct_size = sizeof(llwu),
    .region_size = 0x1000,
    .init = llwu_init,
    .reset = llwu_reset,
    .read = kin_read,
    .write = kin_write,
    .pin_changed = llwu_pin_changed,
    .link = kin_link,
};
