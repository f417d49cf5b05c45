/* SPDX-License-Identifier: Apache-2.0 */
/* SIM: clock gates, clock choices, identification, and on the KL25 the COP watchdog (K64 RM and KL25 RM, "System Integration Module"). */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum {
    SOPT1CFG = 0x0004,
    SDID = 0x1024,
    SCGC7 = 0x1040,
    CLKDIV2 = 0x1048,
    FCFG1 = 0x104C,
    FCFG2 = 0x1050,
    UIDH = 0x1054,
    UIDL = 0x1060,
    COPC = 0x1100,
    SRVCOP = 0x1104,
};
enum { FIRST = 0x1000, LAST = 0x1060, WORDS = (LAST - FIRST) / 4 + 1 };
enum { COPW = 1u << 0, COPCLKS = 1u << 1 };
enum { EVENT_COP };

typedef struct {
    kin_device kin;
    uint32_t sopt1, sopt1cfg, r[WORDS];
    uint32_t scgc_reset[7], sdid, fcfg1, fcfg2, uid[4];
    bool has_cop, pll_half;
    /* COP */
    uint32_t copc;
    bool copc_written, first_key;
    uint64_t cop_from;     /* core cycles (those halted do not count) when it was last served */
    uint64_t cop_duration; /* in cycles, 0: off */
} sim;

static uint32_t *at(sim *s, uint32_t offset) { return &s->r[(offset - FIRST) / 4]; }

uint32_t kin_sim(const kin_device *d, uint32_t offset) {
    sim *s = (sim *)d->sim;
    if (!s) return 0;
    return offset == SIM_SOPT1 ? s->sopt1 : *at(s, offset);
}

bool kin_sim_pll_half(const kin_device *d) { return d->sim && ((const sim *)d->sim)->pll_half; }

/* --- COP (KL25 RM, "COP watchdog operation") -------------------------------------------------------------------------- */

static void cop_schedule(sim *s, uint64_t left) { emu_schedule(&s->kin.base, EVENT_COP, emu_now(kin_machine(&s->kin)) + left); }

static void cop_restart(sim *s) {
    emu_machine *m = kin_machine(&s->kin);
    unsigned copt = s->copc >> 2 & 3u;
    bool bus = s->copc & COPCLKS;
    static const uint32_t lpo_cycles[4] = {0, 1u << 5, 1u << 8, 1u << 10}, bus_cycles[4] = {0, 1u << 13, 1u << 16, 1u << 18};
    uint32_t hz = bus ? kin_clock(&s->kin, KIN_BUS) : 1000;
    s->cop_from = emu_core_cycles(m);
    s->cop_duration = !s->has_cop || !hz ? 0 : (uint64_t)(bus ? bus_cycles : lpo_cycles)[copt] * emu_clock_hz(m) / hz;
    if (s->cop_duration)
        cop_schedule(s, s->cop_duration);
    else
        emu_cancel(&s->kin.base, EVENT_COP);
}

static void cop_serve(sim *s, uint8_t key) {
    emu_machine *m = kin_machine(&s->kin);
    if (!s->cop_duration) return;
    if (key == 0x55) {
        s->first_key = true;
    } else if (key == 0xAA && s->first_key) {
        s->first_key = false;
        bool windowed = (s->copc & (COPW | COPCLKS)) == (COPW | COPCLKS);
        if (windowed && emu_core_cycles(m) - s->cop_from < s->cop_duration * 3 / 4)
            emu_request_reset(m, EMU_RESET_WATCHDOG);
        else
            cop_restart(s);
    } else {
        emu_request_reset(m, EMU_RESET_WATCHDOG);
    }
}

static void event(emu_device *d, uint32_t id) {
    sim *s = (sim *)d;
    (void)id;
    uint64_t passed = emu_core_cycles(d->machine) - s->cop_from;
    if (passed < s->cop_duration)
        cop_schedule(s, s->cop_duration - passed); /* a debugger had halted the core meanwhile */
    else
        emu_request_reset(d->machine, EMU_RESET_WATCHDOG);
}

static void clocks(kin_device *d, bool changed) {
    sim *s = (sim *)d;
    if (changed && s->cop_duration) cop_restart(s);
}

/* --- registers -------------------------------------------------------------------------------------------------------- */

static uint32_t read(kin_device *d, uint32_t offset) {
    sim *s = (sim *)d;
    switch (offset) {
    case SIM_SOPT1: return s->sopt1;
    case SOPT1CFG: return s->sopt1cfg;
    case SDID: return s->sdid;
    case FCFG1: return s->fcfg1 | (*at(s, FCFG1) & 3u);
    case FCFG2: return s->fcfg2;
    case UIDH:
    case UIDH + 4:
    case UIDH + 8:
    case UIDL: return s->uid[(offset - UIDH) / 4];
    case COPC: return s->copc;
    default: break;
    }
    if (offset >= FIRST && offset <= LAST) return *at(s, offset);
    if (offset != SRVCOP) kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    sim *s = (sim *)d;
    switch (offset) {
    case SIM_SOPT1: kin_merge(&s->sopt1, value, mask & ~0xF000u); break; /* RAMSIZE is read only */
    case SOPT1CFG: kin_merge(&s->sopt1cfg, value, mask & 0x07000000u); break;
    case SDID:
    case FCFG2:
    case UIDH:
    case UIDH + 4:
    case UIDH + 8:
    case UIDL: break;
    case FCFG1: kin_merge(at(s, offset), value, mask & 3u); break;
    case COPC:
        if (!s->has_cop || s->copc_written) break; /* may be written once after a reset */
        kin_merge(&s->copc, value, mask & 0xFu);
        s->copc_written = true;
        cop_restart(s);
        break;
    case SRVCOP: cop_serve(s, (uint8_t)value); break;
    default:
        if (offset < FIRST || offset > LAST) {
            kin_log_write(d, offset, value);
            return;
        }
        kin_merge(at(s, offset), value, mask);
        break;
    }
    if (offset == SIM_SOPT1 || offset == SIM_SOPT2 || offset == SIM_CLKDIV1) kin_clocks_update(kin_machine(d));
}

static void reset(emu_device *d, emu_reset_kind kind) {
    sim *s = (sim *)d;
    if (kind == EMU_RESET_POWER_ON) s->sopt1 = 0x80000000u;
    s->sopt1cfg = 0;
    for (unsigned i = 0; i < WORDS; i++) s->r[i] = 0;
    for (unsigned i = 0; i < 7; i++) *at(s, SIM_SCGC1 + 4 * i) = s->scgc_reset[i];
    *at(s, SIM_SOPT2) = s->has_cop ? 0 : 0x1000u;
    s->copc = 0xC;
    s->copc_written = s->first_key = false;
    /* FOPT.LPBOOT: the K64 starts divided by 8 or by 1, the KL25 by 8, 4, 2 or 1 ("Boot options") */
    uint8_t fopt = kin_flash_option(d->machine);
    static const uint32_t kl_divider[4] = {7, 3, 1, 0};
    uint32_t outdiv1 = s->has_cop ? kl_divider[(fopt >> 4 & 1u) << 1 | (fopt & 1u)] : fopt & 1u ? 0 : 7;
    *at(s, SIM_CLKDIV1) = outdiv1 << 28 | (outdiv1 && !s->has_cop ? 0x077F0000u : 0x10000u);
    kin_clocks_update(d->machine);
    cop_restart(s);
}

static const char *const known[] = {"sdid",  "fcfg1", "fcfg2", "scgc1", "scgc2", "scgc3", "scgc4", "scgc5",
                                    "scgc6", "scgc7", "cop",   "uid_0", "uid_1", "uid_2", "uid_3", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write, .clocks = clocks};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    sim *s = (sim *)d;
    char name[] = "scgc0";
    for (unsigned i = 0; i < 7; i++) {
        name[4] = (char)('1' + i);
        s->scgc_reset[i] = (uint32_t)emu_param_value(params, count, name, 0);
    }
    s->sdid = (uint32_t)emu_param_value(params, count, "sdid", 0);
    s->fcfg1 = (uint32_t)emu_param_value(params, count, "fcfg1", 0);
    s->fcfg2 = (uint32_t)emu_param_value(params, count, "fcfg2", 0);
    s->has_cop = s->pll_half = emu_param_value(params, count, "cop", 0);
    char uid[] = "uid_0";
    unsigned first = s->has_cop ? 1 : 0; /* the KL25 has no UIDH */
    for (unsigned i = first; i < 4; i++) {
        uid[4] = (char)('0' + i - first);
        s->uid[i] = (uint32_t)emu_param_value(params, count, uid, 0);
    }
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_sim = {
    .type = "kinetis.sim",
    .struct_size = sizeof(sim),
    .region_size = 0x2000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
