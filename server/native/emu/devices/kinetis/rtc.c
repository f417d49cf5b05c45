/* SPDX-License-Identifier: Apache-2.0 */
/* RTC (K64 RM and KL25 RM, "Real Time Clock"). Only the loss of power resets it. Time compensation and the lock are kept as registers. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { TSR = 0x00, TPR = 0x04, TAR = 0x08, TCR = 0x0C, CR = 0x10, SR = 0x14, LR = 0x18, IER = 0x1C, WAR = 0x800, RAR = 0x804 };
enum { CR_SWR = 1u << 0, CR_OSCE = 1u << 8, CR_KEPT = 0x3F0Fu };
enum { SR_TIF = 1u << 0, SR_TOF = 1u << 1, SR_TAF = 1u << 2, SR_TCE = 1u << 4 };
enum { IER_TIIE = 1u << 0, IER_TOIE = 1u << 1, IER_TAIE = 1u << 2, IER_TSIE = 1u << 4 };
enum { TICKS_PER_S = 32768 };
enum { EVENT_SECOND, EVENT_ALARM };

typedef struct {
    kin_device kin;
    bool needs_osce; /* it has a crystal of its own, which CR.OSCE switches on */
    uint32_t tar, tcr, cr, sr, lr, ier, war, rar;
    uint64_t seconds; /* as last seen, for the alarm */
    kin_counter clock;
} rtc;

static uint64_t ticks(const rtc *r) { return kin_counter_now(&r->clock, kin_machine(&r->kin)); }

static void sync(rtc *r) {
    uint64_t now = ticks(r) / TICKS_PER_S;
    if (r->seconds <= r->tar && now > r->tar) r->sr |= SR_TAF;
    if (now >> 32) {
        r->sr |= SR_TOF;
        now &= 0xFFFFFFFFu;
        kin_counter_set(&r->clock, kin_machine(&r->kin), 0, 0, 1); /* stops, as the time is no longer valid */
    }
    r->seconds = now;
}

static void follow(rtc *r) {
    emu_machine *m = kin_machine(&r->kin);
    uint32_t flags = r->sr & (SR_TIF | SR_TOF | SR_TAF);
    emu_irq_set(m, r->kin.base.irq, (flags & r->ier & 7u) != 0);
    uint64_t second = r->ier & IER_TSIE ? kin_counter_due(&r->clock, m, (r->seconds + 1) * TICKS_PER_S) : UINT64_MAX;
    uint64_t alarm = UINT64_MAX;
    if (r->ier & IER_TAIE && !(r->sr & SR_TAF) && r->seconds <= r->tar)
        alarm = kin_counter_due(&r->clock, m, ((uint64_t)r->tar + 1) * TICKS_PER_S);
    if (second == UINT64_MAX)
        emu_cancel(&r->kin.base, EVENT_SECOND);
    else
        emu_schedule(&r->kin.base, EVENT_SECOND, second);
    if (alarm == UINT64_MAX)
        emu_cancel(&r->kin.base, EVENT_ALARM);
    else
        emu_schedule(&r->kin.base, EVENT_ALARM, alarm);
}

static void run(rtc *r, uint64_t at) {
    bool on = r->sr & SR_TCE && !(r->sr & (SR_TIF | SR_TOF)) && (!r->needs_osce || r->cr & CR_OSCE);
    kin_counter_set(&r->clock, kin_machine(&r->kin), at, on ? kin_clock(&r->kin, KIN_RTC32K) : 0, 1);
}

static void event(emu_device *d, uint32_t id) {
    rtc *r = (rtc *)d;
    sync(r);
    if (id == EVENT_SECOND) { /* an edge: there is no flag of it */
        emu_irq_set(d->machine, d->irq + 1, true);
        emu_irq_set(d->machine, d->irq + 1, false);
    }
    follow(r);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    rtc *r = (rtc *)d;
    emu_machine *m = kin_machine(d);
    sync(r);
    switch (offset) {
    case TSR: emu_poll_hint(m, kin_counter_due(&r->clock, m, (r->seconds + 1) * TICKS_PER_S)); return (uint32_t)r->seconds;
    case TPR: emu_poll_hint(m, kin_counter_due(&r->clock, m, ticks(r) + 1)); return (uint32_t)(ticks(r) % TICKS_PER_S);
    case TAR: return r->tar;
    case TCR: return r->tcr;
    case CR: return r->cr;
    case SR: return r->sr;
    case LR: return r->lr;
    case IER: return r->ier;
    case WAR: return r->war;
    case RAR: return r->rar;
    default: kin_log_read(d, offset); return 0;
    }
}

static void clear(rtc *r) {
    r->tar = r->tcr = r->cr = 0;
    r->sr = SR_TIF;
    r->lr = 0xFF;
    r->ier = 7;
    r->war = r->rar = 0xFF;
    r->seconds = 0;
    run(r, 0);
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    rtc *r = (rtc *)d;
    sync(r);
    uint64_t at = ticks(r);
    switch (offset) {
    case TSR:
        if (r->sr & SR_TCE) break; /* only while it stands */
        at = at % TICKS_PER_S + (uint64_t)(((uint32_t)r->seconds & ~mask) | value) * TICKS_PER_S;
        r->sr &= ~(uint32_t)(SR_TIF | SR_TOF);
        r->seconds = at / TICKS_PER_S;
        break;
    case TPR:
        if (!(r->sr & SR_TCE)) at = at / TICKS_PER_S * TICKS_PER_S + (value & (TICKS_PER_S - 1));
        break;
    case TAR:
        kin_merge(&r->tar, value, mask);
        r->sr &= ~(uint32_t)SR_TAF;
        break;
    case TCR: kin_merge(&r->tcr, value, mask & 0xFFFFu); break;
    case CR:
        if (value & CR_SWR) {
            uint32_t war = r->war, rar = r->rar;
            clear(r);
            r->war = war;
            r->rar = rar;
            at = 0;
        }
        kin_merge(&r->cr, value, mask & CR_KEPT);
        break;
    case SR: kin_merge(&r->sr, value, mask & SR_TCE); break;
    case LR: r->lr &= value | ~mask; break;
    case IER: kin_merge(&r->ier, value, mask & 0x97u); break;
    case WAR: r->war &= value | ~mask; break;
    case RAR: r->rar &= value | ~mask; break;
    default: kin_log_write(d, offset, value); return;
    }
    if (offset == TSR || offset == TPR || offset == CR || offset == SR) run(r, at);
    follow(r);
}

static void clocks(kin_device *d, bool changed) {
    rtc *r = (rtc *)d;
    sync(r);
    if (!changed) {
        kin_counter_set(&r->clock, kin_machine(d), ticks(r), 0, 1);
        return;
    }
    run(r, r->clock.ticks);
    follow(r);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rtc *r = (rtc *)d;
    if (kind == EMU_RESET_POWER_ON) clear(r);
    follow(r);
}

static const char *const known[] = {"needs_osce", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write, .clocks = clocks};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((rtc *)d)->needs_osce = emu_param_value(params, count, "needs_osce", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_rtc = {
    .type = "kinetis.rtc",
    .struct_size = sizeof(rtc),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
