/* SPDX-License-Identifier: Apache-2.0 */
/* PIT, the periodic interrupt timers (K64 RM and KL25 RM, "Periodic Interrupt Timer"). Counters are computed, not stepped: a chain whose
 * first timer expires each microsecond costs nothing. A debugger's halt does not freeze them. */
#include "devices/kinetis/dma.h"
#include "machine.h"

enum { MCR = 0x000, LTMR64H = 0x0E0, LTMR64L = 0x0E4, CHANNEL = 0x100 };
enum { LDVAL = 0x0, CVAL = 0x4, TCTRL = 0x8, TFLG = 0xC };
enum { MCR_MDIS = 1u << 1 };
enum { TCTRL_TEN = 1u << 0, TCTRL_TIE = 1u << 1, TCTRL_CHN = 1u << 2 };
enum { CHANNELS_MAX = 4 };

typedef struct {
    uint32_t ldval;   /* for the next round */
    uint32_t current; /* of the round under way */
    uint32_t value;   /* while it stands still */
    uint32_t tctrl;
    bool tif, running;
    int64_t start; /* tick at which the round began */
    uint64_t unit; /* ticks of a step: 1, or the period of the timer it is chained to */
} channel;

typedef struct {
    kin_device kin;
    uint32_t channels;
    bool one_irq;
    uint32_t mcr, latched;
    kin_counter clock;
    channel ch[CHANNELS_MAX];
} pit;

static int64_t ticks(const pit *p) { return (int64_t)kin_counter_now(&p->clock, kin_machine(&p->kin)); }

static uint32_t value(const pit *p, const channel *c) {
    if (!c->running) return c->value;
    return c->current - (uint32_t)((uint64_t)(ticks(p) - c->start) / c->unit);
}

static void update_irqs(pit *p) {
    bool any = false;
    for (unsigned i = 0; i < p->channels; i++) {
        bool on = p->ch[i].tif && p->ch[i].tctrl & TCTRL_TIE;
        any |= on;
        if (!p->one_irq) emu_irq_set(kin_machine(&p->kin), p->kin.base.irq + (int)i, on);
    }
    if (p->one_irq) emu_irq_set(kin_machine(&p->kin), p->kin.base.irq, any);
}

/* Brings a timer to now. true: it has expired since. */
static bool sync(pit *p, channel *c) {
    if (!c->running) return false;
    int64_t now = ticks(p);
    uint64_t round = c->unit * ((uint64_t)c->current + 1);
    if ((uint64_t)(now - c->start) < round) return false;
    c->start += (int64_t)round;
    c->current = c->ldval;
    round = c->unit * ((uint64_t)c->current + 1);
    c->start += (int64_t)((uint64_t)(now - c->start) / round * round);
    c->tif = true;
    return true;
}

static void sync_all(pit *p) {
    for (unsigned i = 0; i < p->channels; i++) (void)sync(p, &p->ch[i]);
}

static void schedule(pit *p, unsigned n) {
    channel *c = &p->ch[n];
    bool needed = c->running && (c->tctrl & TCTRL_TIE || kin_dma_triggers(&p->kin, n));
    uint64_t due = UINT64_MAX;
    if (needed) due = kin_counter_due(&p->clock, kin_machine(&p->kin), (uint64_t)c->start + c->unit * ((uint64_t)c->current + 1));
    if (due == UINT64_MAX)
        emu_cancel(&p->kin.base, n);
    else
        emu_schedule(&p->kin.base, n, due);
}

static void stop(pit *p, channel *c) {
    c->value = value(p, c);
    c->running = false;
}

/* Sets timer n and those chained to it going from the values at which they stand, as far as they are enabled. */
static void start_from(pit *p, unsigned n) {
    for (unsigned i = n; i < p->channels; i++) {
        channel *c = &p->ch[i];
        bool chained = i > 0 && c->tctrl & TCTRL_CHN;
        if (i > n && !chained) break;
        stop(p, c);
        const channel *parent = chained ? &p->ch[i - 1] : NULL;
        c->running = c->tctrl & TCTRL_TEN && !(p->mcr & MCR_MDIS) && (!parent || parent->running);
        if (c->running) {
            c->unit = parent ? parent->unit * ((uint64_t)parent->ldval + 1) : 1;
            c->start = (parent ? parent->start : ticks(p)) - (int64_t)((uint64_t)(c->current - c->value) * c->unit);
        }
        schedule(p, i);
    }
}

static void event(emu_device *d, uint32_t id) {
    pit *p = (pit *)d;
    sync_all(p);
    kin_dma_trigger(&p->kin, id);
    schedule(p, id);
    update_irqs(p);
}

static void write_tctrl(pit *p, unsigned n, uint32_t v) {
    channel *c = &p->ch[n];
    uint32_t before = c->tctrl;
    c->tctrl = v & 7u;
    if (!(before & TCTRL_TEN) && v & TCTRL_TEN) {
        c->running = false;
        c->current = c->value = c->ldval;
    }
    if ((before ^ v) & (TCTRL_TEN | TCTRL_CHN))
        start_from(p, n);
    else
        schedule(p, n);
}

static void write_ldval(pit *p, unsigned n, uint32_t v) {
    p->ch[n].ldval = v; /* loaded when the round is over */
    if (n + 1 < p->channels && p->ch[n + 1].tctrl & TCTRL_CHN) start_from(p, n + 1);
}

static uint32_t read_channel(pit *p, unsigned n, uint32_t offset) {
    emu_machine *m = kin_machine(&p->kin);
    channel *c = &p->ch[n];
    uint64_t step = (uint64_t)ticks(p) - (uint64_t)c->start;
    switch (offset) {
    case LDVAL: return c->ldval;
    case CVAL:
        emu_poll_hint(m, c->running ? kin_counter_due(&p->clock, m, (uint64_t)c->start + (step / c->unit + 1) * c->unit) : UINT64_MAX);
        return value(p, c);
    case TCTRL: return c->tctrl;
    default:
        emu_poll_hint(m,
                      c->running ? kin_counter_due(&p->clock, m, (uint64_t)c->start + c->unit * ((uint64_t)c->current + 1)) : UINT64_MAX);
        return c->tif;
    }
}

static uint32_t read(kin_device *d, uint32_t offset) {
    pit *p = (pit *)d;
    unsigned n = (offset - CHANNEL) / 16;
    sync_all(p);
    if (offset >= CHANNEL && n < p->channels) return read_channel(p, n, offset & 15u);
    switch (offset) {
    case MCR: return p->mcr;
    case LTMR64H: /* both timers as they are now; the low one is kept until it is read */
        p->latched = value(p, &p->ch[0]);
        return value(p, &p->ch[1]);
    case LTMR64L: return p->latched;
    default: kin_log_read(d, offset); return 0;
    }
}

static void write(kin_device *d, uint32_t offset, uint32_t v, uint32_t mask) {
    pit *p = (pit *)d;
    unsigned n = (offset - CHANNEL) / 16;
    sync_all(p);
    if (offset == MCR) {
        kin_merge(&p->mcr, v, mask & 7u);
        for (unsigned i = 0; i < p->channels; i++)
            if (!i || !(p->ch[i].tctrl & TCTRL_CHN)) start_from(p, i);
    } else if (offset >= CHANNEL && n < p->channels) {
        channel *c = &p->ch[n];
        switch (offset & 15u) {
        case LDVAL: write_ldval(p, n, (c->ldval & ~mask) | v); break;
        case TCTRL: write_tctrl(p, n, (c->tctrl & ~mask) | v); break;
        case TFLG:
            if (v & 1u) c->tif = false;
            break;
        default: break;
        }
    } else {
        kin_log_write(d, offset, v);
    }
    update_irqs(p);
}

static void clocks(kin_device *d, bool changed) {
    pit *p = (pit *)d;
    if (!changed) {
        sync_all(p);
        kin_counter_set(&p->clock, kin_machine(d), (uint64_t)ticks(p), 0, 1);
        return;
    }
    kin_counter_set(&p->clock, kin_machine(d), p->clock.ticks, kin_clock(d, KIN_BUS), 1);
    for (unsigned i = 0; i < p->channels; i++) schedule(p, i);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    pit *p = (pit *)d;
    (void)kind;
    p->mcr = MCR_MDIS | 4u;
    p->latched = 0;
    kin_counter_set(&p->clock, d->machine, 0, kin_clock(&p->kin, KIN_BUS), 1);
    for (unsigned i = 0; i < CHANNELS_MAX; i++) p->ch[i] = (channel){.unit = 1};
    update_irqs(p);
}

static const char *const known[] = {"channels", "one_irq", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write, .clocks = clocks};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    pit *p = (pit *)d;
    uint64_t channels = emu_param_value(params, count, "channels", CHANNELS_MAX);
    p->channels = channels >= 2 && channels <= CHANNELS_MAX ? (uint32_t)channels : CHANNELS_MAX;
    p->one_irq = emu_param_value(params, count, "one_irq", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_pit = {
    .type = "kinetis.pit",
    .struct_size = sizeof(pit),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
