/* SPDX-License-Identifier: Apache-2.0 */
/* LPTMR, the low-power timer, in time counter mode (K64 RM and KL25 RM, "Low-Power Timer"). In pulse counter mode no pulses come. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { CSR = 0x0, PSR = 0x4, CMR = 0x8, CNR = 0xC };
enum { CSR_TEN = 1u << 0, CSR_TMS = 1u << 1, CSR_TFC = 1u << 2, CSR_TIE = 1u << 6, CSR_TCF = 1u << 7, CSR_KEPT = 0x7Fu };
enum { PSR_PBYP = 1u << 2 };
enum { EVENT_COMPARE };

typedef struct {
    kin_device kin;
    uint32_t csr, psr, cmr, latched;
    uint32_t count; /* at tick `seen` of the clock */
    uint64_t seen;
    kin_counter clock;
} lptmr;

static uint32_t to_match(const lptmr *t) { /* ticks until TCF: one after the counter equals CMR */
    return (t->count <= t->cmr ? t->cmr - t->count : 0x10000u - t->count + t->cmr) + 1;
}

static void sync(lptmr *t) {
    uint64_t now = kin_counter_now(&t->clock, kin_machine(&t->kin)), passed = now - t->seen;
    t->seen = now;
    uint32_t match = to_match(t);
    if (passed < match) {
        t->count = (uint32_t)((t->count + passed) & 0xFFFFu);
        return;
    }
    t->csr |= CSR_TCF;
    passed -= match;
    if (t->csr & CSR_TFC)
        t->count = (uint32_t)((t->cmr + 1 + passed) & 0xFFFFu);
    else
        t->count = (uint32_t)(passed % (t->cmr + 1));
}

static void follow(lptmr *t) {
    emu_machine *m = kin_machine(&t->kin);
    bool wanted = t->csr & CSR_TIE;
    emu_irq_set(m, t->kin.base.irq, wanted && t->csr & CSR_TCF);
    if (wanted && t->csr & CSR_TCF) kin_llwu_lptmr(m);
    uint64_t due = wanted && !(t->csr & CSR_TCF) ? kin_counter_due(&t->clock, m, t->seen + to_match(t)) : UINT64_MAX;
    if (due == UINT64_MAX)
        emu_cancel(&t->kin.base, EVENT_COMPARE);
    else
        emu_schedule(&t->kin.base, EVENT_COMPARE, due);
}

static void run(lptmr *t) {
    static const kin_clock_id sources[4] = {KIN_MCGIRCLK, KIN_LPO, KIN_ERCLK32K, KIN_OSCERCLK};
    bool on = (t->csr & (CSR_TEN | CSR_TMS)) == CSR_TEN;
    uint32_t hz = on ? kin_clock(&t->kin, sources[t->psr & 3u]) : 0, divider = t->psr & PSR_PBYP ? 1 : 2u << (t->psr >> 3 & 15u);
    kin_counter_set(&t->clock, kin_machine(&t->kin), 0, hz, divider);
    t->seen = 0;
}

static uint32_t read(kin_device *d, uint32_t offset) {
    lptmr *t = (lptmr *)d;
    emu_machine *m = kin_machine(d);
    sync(t);
    switch (offset) {
    case CSR: emu_poll_hint(m, t->csr & CSR_TCF ? UINT64_MAX : kin_counter_due(&t->clock, m, t->seen + to_match(t))); return t->csr;
    case PSR: return t->psr;
    case CMR: return t->cmr;
    case CNR: return t->latched;
    default: kin_log_read(d, offset); return 0;
    }
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    lptmr *t = (lptmr *)d;
    sync(t);
    switch (offset) {
    case CSR: {
        uint32_t before = t->csr;
        kin_merge(&t->csr, value & CSR_KEPT, mask & CSR_KEPT);
        if (value & CSR_TCF) t->csr &= ~(uint32_t)CSR_TCF;
        if (!(t->csr & CSR_TEN)) { /* "... resets the LPTMR internal logic, including the CNR and TCF" */
            t->csr &= ~(uint32_t)CSR_TCF;
            t->count = 0;
        }
        if ((before ^ t->csr) & (CSR_TEN | CSR_TMS)) run(t);
        break;
    }
    case PSR:
        kin_merge(&t->psr, value, mask & 0x7Fu);
        run(t);
        break;
    case CMR: kin_merge(&t->cmr, value, mask & 0xFFFFu); break;
    case CNR: t->latched = t->count; break; /* a write makes the counter readable */
    default: kin_log_write(d, offset, value); break;
    }
    follow(t);
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    sync((lptmr *)d);
    follow((lptmr *)d);
}

static void clocks(kin_device *d, bool changed) {
    lptmr *t = (lptmr *)d;
    if (!changed) {
        sync(t);
        return;
    }
    run(t);
    follow(t);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    lptmr *t = (lptmr *)d;
    if (kind != EMU_RESET_POWER_ON && t->csr & CSR_TEN) { /* not reset but by power-on and low voltage: it goes on */
        follow(t);
        return;
    }
    t->csr = t->psr = t->cmr = t->latched = t->count = 0;
    run(t);
    follow(t);
}

static const kin_spec spec = {.width = 4, .read = read, .write = write, .clocks = clocks};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_lptmr = {
    .type = "kinetis.lptmr",
    .struct_size = sizeof(lptmr),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
