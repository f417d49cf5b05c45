/* SPDX-License-Identifier: Apache-2.0 */
/* FTM of the K64 and TPM of the KL25 (K64 RM, "FlexTimer Module", KL25 RM, "Timer/PWM Module"): counting up and up-down, input capture,
 * output compare, edge- and center-aligned PWM, and the FTM's combined pairs. The counter is computed; events are scheduled only for what
 * somebody waits for: an interrupt, a DMA request, the edge of a pin.
 *
 * Kept as registers only: fault control, dead time, quadrature decoding, the ways of synchronising the FTM's buffers - MOD, CNTIN and CnV
 * take effect at the next overflow, or at once while the counter stands. A halt by a debugger does not stop it. */
#include <string.h>

#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum {
    SC = 0x00,
    CNT = 0x04,
    MOD = 0x08,
    C0SC = 0x0C,
    CNTIN = 0x4C,
    STATUS = 0x50,
    MODE = 0x54,
    OUTMASK = 0x60,
    COMBINE = 0x64,
    POL = 0x70,
    FMS = 0x74,
    REGS = 0xA0
};
enum { SC_PS = 7u, SC_CPWMS = 1u << 5, SC_TOIE = 1u << 6, SC_TOF = 1u << 7, SC_DMA = 1u << 8 };
enum { C_DMA = 1u << 0, C_ELSA = 1u << 2, C_ELSB = 1u << 3, C_MSA = 1u << 4, C_MSB = 1u << 5, C_CHIE = 1u << 6, C_CHF = 1u << 7 };
enum { MODE_WPDIS = 1u << 2, FMS_WPEN = 1u << 6 };
enum { CHANNELS_MAX = 8, EVENT_NEXT = 0 };

typedef struct {
    uint32_t sc, v, v_next;
    bool seen;  /* CHF was read as set: writing 0 clears it (FTM) */
    bool level; /* of output compare */
} channel;

typedef struct {
    kin_device kin;
    bool is_tpm;
    uint32_t channels, dma_source, dma_overflow; /* request of channel 0 and of the overflow, 0: none */
    uint32_t sc, mod, mod_next, cntin, cntin_next;
    bool tof_seen;
    channel ch[CHANNELS_MAX];
    uint32_t r[REGS / 4]; /* the rest */
    kin_counter clock;
    uint64_t seen;     /* ticks brought to account */
    uint32_t position; /* in the period */
} tpm;

static emu_machine *machine(const tpm *t) { return t->kin.base.machine; }
static uint32_t span(const tpm *t) { return (t->mod - t->cntin) & 0xFFFFu; }
static bool up_down(const tpm *t) { return t->sc & SC_CPWMS; }

static uint32_t period(const tpm *t) {
    if (!up_down(t)) return span(t) + 1;
    return span(t) ? 2 * span(t) : 1;
}

static uint32_t count_at(const tpm *t) {
    uint32_t p = t->position;
    return (t->cntin + (up_down(t) && p > span(t) ? period(t) - p : p)) & 0xFFFFu;
}

/* --- channels ----------------------------------------------------------------------------------------------------------------- */

static bool combined(const tpm *t, unsigned n) { return !t->is_tpm && t->r[COMBINE / 4] >> (n / 2 * 8) & 1u; }
static bool is_output(const tpm *t, unsigned n) {
    return t->ch[n].sc & (C_ELSA | C_ELSB) && (combined(t, n) || up_down(t) || t->ch[n].sc & (C_MSA | C_MSB));
}
static bool is_pwm(const tpm *t, unsigned n) { return is_output(t, n) && (combined(t, n) || up_down(t) || t->ch[n].sc & C_MSB); }
static bool is_capture(const tpm *t, unsigned n) { return t->ch[n].sc & (C_ELSA | C_ELSB) && !is_output(t, n); }

static uint32_t offset_of(const tpm *t, unsigned n) { return (t->ch[n].v - t->cntin) & 0xFFFFu; }

/* Positions at which the counter equals CnV: none, one or two. */
static unsigned matches(const tpm *t, unsigned n, uint32_t at[2]) {
    uint32_t x = offset_of(t, n);
    if (x > span(t)) return 0;
    at[0] = x;
    if (!up_down(t) || x == 0 || x == span(t)) return 1;
    at[1] = period(t) - x;
    return 2;
}

static emu_level output_level(const tpm *t, unsigned n) {
    if (!is_output(t, n)) return EMU_FLOAT;
    bool high = t->ch[n].level;
    if (is_pwm(t, n)) {
        uint32_t x = offset_of(t, n);
        if (combined(t, n)) { /* set by the match of the even channel, cleared by that of the odd one */
            uint32_t first = offset_of(t, n & ~1u), second = offset_of(t, n | 1u);
            high = t->position >= first && t->position < second;
            bool complement = t->r[COMBINE / 4] >> (n / 2 * 8 + 1) & 1u;
            if (n & 1u && complement) high = !high;
        } else if (up_down(t)) {
            high = t->position < x || t->position > period(t) - x;
        } else {
            high = t->position < x;
        }
        if (t->ch[n & ~(combined(t, n) ? 1u : 0u)].sc & C_ELSA) high = !high; /* low-true pulses */
    }
    if (!t->is_tpm && t->r[OUTMASK / 4] >> n & 1u) high = false;
    if (!t->is_tpm && t->r[POL / 4] >> n & 1u) high = !high;
    return high ? EMU_HIGH : EMU_LOW;
}

static void drive(tpm *t) {
    for (unsigned n = 0; n < t->channels; n++) kin_drive(&t->kin, n, output_level(t, n));
}

/* --- time --------------------------------------------------------------------------------------------------------------------- */

/* Ticks until the counter comes to a position, 1 or more. */
static uint64_t until(const tpm *t, uint32_t position) {
    return position > t->position ? position - t->position : (uint64_t)period(t) - t->position + position;
}

/* TOF comes when the counter goes on from MOD. */
static uint32_t overflow_at(const tpm *t) { return up_down(t) && span(t) ? (span(t) + 1) % period(t) : 0; }

static void compare_matched(tpm *t, unsigned n, uint64_t times) {
    channel *c = &t->ch[n];
    if (!times || is_capture(t, n)) return;
    if (!(c->sc & C_CHF) && c->sc & C_DMA && t->dma_source) kin_dma_pulse(&t->kin, t->dma_source + n);
    c->sc |= C_CHF;
    c->seen = false;
    if (!is_output(t, n) || is_pwm(t, n)) return;
    switch (c->sc & (C_ELSA | C_ELSB)) {
    case C_ELSA: c->level ^= times & 1u; break;
    case C_ELSB: c->level = false; break;
    default: c->level = true; break;
    }
}

static uint64_t crossings(const tpm *t, uint32_t position, uint64_t ticks) {
    uint64_t first = until(t, position);
    return ticks < first ? 0 : 1 + (ticks - first) / period(t);
}

static void advance(tpm *t, uint64_t ticks) {
    uint64_t overflows = crossings(t, overflow_at(t), ticks), times[CHANNELS_MAX] = {0};
    for (unsigned n = 0; n < t->channels; n++) {
        uint32_t at[2];
        unsigned count = matches(t, n, at);
        for (unsigned i = 0; i < count; i++) times[n] += crossings(t, at[i], ticks);
    }
    t->position = (uint32_t)((t->position + ticks) % period(t));
    if (overflows) {
        if (!(t->sc & SC_TOF) && t->sc & SC_DMA) kin_dma_pulse(&t->kin, t->dma_overflow);
        t->sc |= SC_TOF;
        t->tof_seen = false;
    }
    for (unsigned n = 0; n < t->channels; n++) compare_matched(t, n, times[n]);
}

static bool buffered(const tpm *t) {
    bool any = t->mod != t->mod_next || t->cntin != t->cntin_next;
    for (unsigned n = 0; n < t->channels; n++) any |= t->ch[n].v != t->ch[n].v_next;
    return any;
}

static void take_buffers(tpm *t) {
    t->mod = t->mod_next;
    t->cntin = t->cntin_next;
    for (unsigned n = 0; n < t->channels; n++) t->ch[n].v = t->ch[n].v_next;
    if (t->position >= period(t)) t->position = 0;
}

static void sync(tpm *t) {
    uint64_t now = kin_counter_now(&t->clock, machine(t)), passed = now - t->seen;
    t->seen = now;
    if (!passed) return;
    uint64_t wrap = (uint64_t)period(t) - t->position;
    if (passed >= wrap && buffered(t)) {
        advance(t, wrap);
        take_buffers(t);
        passed -= wrap;
    }
    advance(t, passed);
}

static void follow(tpm *t) {
    bool irq = t->sc & SC_TOIE && t->sc & SC_TOF;
    uint64_t next = t->sc & SC_TOIE || (t->sc & SC_DMA && t->is_tpm) ? until(t, overflow_at(t)) : UINT64_MAX;
    for (unsigned n = 0; n < t->channels; n++) {
        const channel *c = &t->ch[n];
        irq |= c->sc & C_CHIE && c->sc & C_CHF;
        bool seen_outside = is_output(t, n) && kin_has_pin(&t->kin, n, KIN_NO_PIN);
        uint32_t at[2];
        unsigned count = c->sc & (C_CHIE | C_DMA) || seen_outside ? matches(t, n, at) : 0;
        if (is_capture(t, n)) count = 0;
        for (unsigned i = 0; i < count; i++)
            if (until(t, at[i]) < next) next = until(t, at[i]);
        if (seen_outside && is_pwm(t, n)) { /* edges at the start, at the match, and one tick past it where it falls */
            if (until(t, 0) < next) next = until(t, 0);
            if (combined(t, n)) {
                uint32_t other = offset_of(t, n ^ 1u);
                if (other <= span(t) && until(t, other) < next) next = until(t, other);
            }
            if (up_down(t) && count == 2 && until(t, (at[1] + 1) % period(t)) < next) next = until(t, (at[1] + 1) % period(t));
        }
    }
    emu_irq_set(machine(t), t->kin.base.irq, irq);
    drive(t);
    uint64_t due = next == UINT64_MAX ? UINT64_MAX : kin_counter_due(&t->clock, machine(t), t->seen + next);
    if (due == UINT64_MAX)
        emu_cancel(&t->kin.base, EVENT_NEXT);
    else
        emu_schedule(&t->kin.base, EVENT_NEXT, due);
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    sync((tpm *)d);
    follow((tpm *)d);
}

static uint32_t source_hz(const tpm *t) {
    static const kin_clock_id sources[4] = {KIN_CLOCKS, KIN_PLLFLL, KIN_OSCERCLK, KIN_MCGIRCLK};
    switch (t->sc >> 3 & 3u) {
    case 1: {
        kin_clock_id source = t->is_tpm ? sources[kin_sim(&t->kin, SIM_SOPT2) >> 24 & 3u] : KIN_BUS;
        return source == KIN_CLOCKS ? 0 : kin_clock(&t->kin, source);
    }
    case 2: return t->is_tpm ? 0 : kin_clock(&t->kin, KIN_MCGFFCLK); /* a TPM's, and every 3, are clocks from a pin */
    default: return 0;
    }
}

static void run(tpm *t) {
    kin_counter_set(&t->clock, machine(t), 0, source_hz(t), 1u << (t->sc & SC_PS));
    t->seen = 0;
}

static void clocks(kin_device *d, bool changed) {
    tpm *t = (tpm *)d;
    if (!changed) {
        sync(t);
        return;
    }
    run(t);
    follow(t);
}

/* --- pins --------------------------------------------------------------------------------------------------------------------- */

static void routed(kin_device *d, const kin_route *route) {
    tpm *t = (tpm *)d;
    if (route->signal >= t->channels) return;
    sync(t);
    kin_drive_pin(kin_machine(d), route->pin, output_level(t, route->signal));
    follow(t);
}

static void input(kin_device *d, const kin_route *route, emu_level level) {
    tpm *t = (tpm *)d;
    unsigned n = route->signal;
    if (n >= t->channels || !is_capture(t, n) || !(t->ch[n].sc & (level == EMU_HIGH ? C_ELSA : C_ELSB)) || !source_hz(t)) return;
    sync(t);
    t->ch[n].v = t->ch[n].v_next = count_at(t);
    if (t->ch[n].sc & C_DMA && t->dma_source) kin_dma_pulse(d, t->dma_source + n);
    t->ch[n].sc |= C_CHF;
    t->ch[n].seen = false;
    follow(t);
}

/* --- registers ---------------------------------------------------------------------------------------------------------------- */

static uint32_t flags(tpm *t) {
    uint32_t status = t->is_tpm && t->sc & SC_TOF ? 1u << 8 : 0;
    for (unsigned n = 0; n < t->channels; n++) {
        if (!(t->ch[n].sc & C_CHF)) continue;
        status |= 1u << n;
        t->ch[n].seen = true;
    }
    return status;
}

/* Until the next flag, for loops that wait for one. */
static uint64_t quiet_until(const tpm *t) {
    uint64_t next = until(t, overflow_at(t));
    for (unsigned n = 0; n < t->channels; n++) {
        uint32_t at[2];
        unsigned count = matches(t, n, at);
        for (unsigned i = 0; i < count; i++)
            if (until(t, at[i]) < next) next = until(t, at[i]);
    }
    return kin_counter_due(&t->clock, machine(t), t->seen + next);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    tpm *t = (tpm *)d;
    emu_machine *m = kin_machine(d);
    sync(t);
    unsigned n = (offset - C0SC) / 8;
    if (offset >= C0SC && n < t->channels) {
        if ((offset - C0SC) & 4u) return t->ch[n].v_next;
        emu_poll_hint(m, quiet_until(t));
        if (t->ch[n].sc & C_CHF) t->ch[n].seen = true;
        return t->ch[n].sc;
    }
    switch (offset) {
    case SC:
        emu_poll_hint(m, quiet_until(t));
        if (t->sc & SC_TOF) t->tof_seen = true;
        return t->sc;
    case CNT: emu_poll_hint(m, kin_counter_due(&t->clock, m, t->seen + 1)); return count_at(t);
    case MOD: return t->mod_next;
    case CNTIN:
        if (!t->is_tpm) return t->cntin_next;
        break;
    case STATUS: emu_poll_hint(m, quiet_until(t)); return flags(t);
    default: break;
    }
    if (offset < REGS && offset >= STATUS) return t->r[offset / 4];
    kin_log_read(d, offset);
    return 0;
}

static void write_sc(tpm *t, uint32_t v) {
    bool clears = t->is_tpm ? v & SC_TOF : !(v & SC_TOF) && t->tof_seen;
    uint32_t tof = clears ? 0 : t->sc & SC_TOF, before = t->sc;
    t->sc = (v & (t->is_tpm ? 0x17Fu : 0x7Fu)) | tof;
    if (clears) t->tof_seen = false;
    if ((before ^ t->sc) & SC_CPWMS) t->position = 0;
    if ((before ^ t->sc) & 0x1Fu) run(t);
    if (!source_hz(t)) take_buffers(t);
}

static void write_csc(tpm *t, unsigned n, uint32_t v) {
    channel *c = &t->ch[n];
    bool clears = t->is_tpm ? v & C_CHF : !(v & C_CHF) && c->seen;
    uint32_t chf = clears ? 0 : c->sc & C_CHF;
    if (clears) c->seen = false;
    c->sc = (v & 0x7Fu) | chf;
}

static void write_status(tpm *t, uint32_t v, uint32_t mask) {
    for (unsigned n = 0; n < t->channels; n++) {
        bool clears = t->is_tpm ? v >> n & 1u : !(v >> n & 1u) && mask >> n & 1u && t->ch[n].seen;
        if (clears) t->ch[n].sc &= ~(uint32_t)C_CHF;
        if (clears) t->ch[n].seen = false;
    }
    if (t->is_tpm && v & 1u << 8) t->sc &= ~(uint32_t)SC_TOF;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    tpm *t = (tpm *)d;
    sync(t);
    unsigned n = (offset - C0SC) / 8;
    if (offset >= C0SC && n < t->channels) {
        if ((offset - C0SC) & 4u) {
            kin_merge(&t->ch[n].v_next, value, mask & 0xFFFFu);
            if (!source_hz(t) || !is_pwm(t, n)) t->ch[n].v = t->ch[n].v_next;
        } else {
            write_csc(t, n, (t->ch[n].sc & ~mask & ~(uint32_t)(t->is_tpm ? C_CHF : 0)) | value);
        }
        follow(t);
        return;
    }
    switch (offset) {
    case SC: write_sc(t, (t->sc & ~mask & ~(uint32_t)(t->is_tpm ? SC_TOF : 0)) | value); break;
    case CNT: t->position = 0; break;
    case MOD:
        kin_merge(&t->mod_next, value, mask & 0xFFFFu);
        if (!source_hz(t)) take_buffers(t);
        break;
    case STATUS: write_status(t, value, mask); break;
    case CNTIN:
        kin_merge(&t->cntin_next, value, mask & 0xFFFFu);
        if (!source_hz(t)) take_buffers(t);
        break;
    case MODE:
        kin_merge(&t->r[MODE / 4], value, mask & 0xFFu);
        if (value & MODE_WPDIS) t->r[FMS / 4] &= ~(uint32_t)FMS_WPEN;
        break;
    case FMS:
        if (value & FMS_WPEN) t->r[MODE / 4] &= ~(uint32_t)MODE_WPDIS;
        t->r[FMS / 4] = value & FMS_WPEN; /* the fault flags never come */
        break;
    default:
        if (offset < REGS && offset > STATUS)
            kin_merge(&t->r[offset / 4], value, mask);
        else
            kin_log_write(d, offset, value);
        break;
    }
    follow(t);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    tpm *t = (tpm *)d;
    (void)kind;
    t->sc = t->cntin = t->cntin_next = 0;
    t->mod = t->mod_next = t->is_tpm ? 0xFFFFu : 0;
    t->tof_seen = false;
    t->position = 0;
    memset(t->ch, 0, sizeof t->ch);
    memset(t->r, 0, sizeof t->r);
    if (!t->is_tpm) t->r[MODE / 4] = MODE_WPDIS;
    run(t);
    emu_irq_set(d->machine, d->irq, false);
}

static const char *const known[] = {"channels", "dma", "dma_overflow", NULL};
static const kin_spec spec = {
    .width = 4, .params = known, .read = read, .write = write, .clocks = clocks, .routed = routed, .input = input};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    tpm *t = (tpm *)d;
    uint64_t channels = emu_param_value(params, count, "channels", 2);
    t->channels = channels <= CHANNELS_MAX ? (uint32_t)channels : CHANNELS_MAX;
    t->dma_source = (uint32_t)emu_param_value(params, count, "dma", 0);
    t->dma_overflow = (uint32_t)emu_param_value(params, count, "dma_overflow", 0);
    return kin_init(d, &spec, params, count, error);
}

static bool init_tpm(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((tpm *)d)->is_tpm = true;
    return init(d, params, count, error);
}

const emu_device_class kinetis_ftm = {
    .type = "kinetis.ftm",
    .struct_size = sizeof(tpm),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .pin_changed = kin_pin_changed,
    .link = kin_link,
};

const emu_device_class kinetis_tpm = {
    .type = "kinetis.tpm",
    .struct_size = sizeof(tpm),
    .region_size = 0x1000,
    .init = init_tpm,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .pin_changed = kin_pin_changed,
    .link = kin_link,
};
