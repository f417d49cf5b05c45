/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: basic, general-purpose and advanced (RM0008, RM0090, RM0351, "Advanced-control timers", "General-purpose timers", "Basic
 * timers"). Counting up, down and center-aligned, update, repetition, one pulse, compare, PWM and capture, interrupts and DMA requests.
 * Slave modes, encoder, external clock, break and dead time keep their registers and do nothing.
 *
 * The counter is a position in its period, exact at the cycle `base` and found by arithmetic from there; an event is scheduled only for a
 * moment at which somebody outside notices something. */
#include <string.h>

#include "devices/stm32/stm32.h"
#include "machine.h"

enum {
    CR1 = 0x00,
    CR2 = 0x04,
    SMCR = 0x08,
    DIER = 0x0C,
    SR = 0x10,
    EGR = 0x14,
    CCMR1 = 0x18,
    CCMR2 = 0x1C,
    CCER = 0x20,
    CNT = 0x24,
    PSC = 0x28,
    ARR = 0x2C,
    RCR = 0x30,
    CCR1 = 0x34,
    CCR4 = 0x40,
    BDTR = 0x44,
    DCR = 0x48,
    DMAR = 0x4C,
    OR = 0x50,
    LAST = 0x60, /* L4: CCMR3, CCR5, CCR6, OR2 */
};
enum { CEN = 1u << 0, UDIS = 1u << 1, URS = 1u << 2, OPM = 1u << 3, DIR = 1u << 4, CMS = 3u << 5, ARPE = 1u << 7 };
enum { UIF = 1u << 0, CC1IF = 1u << 1, UDE = 1u << 8, CC1DE = 1u << 9, CC1OF = 1u << 9 };
enum { MOE = 1u << 15 };
enum { CHANNELS = 4 };
enum { REQUEST_UP, REQUEST_CH1 };

typedef struct {
    stm32_device dev;
    uint32_t channels, top; /* top: highest count, 0xFFFF or 0xFFFFFFFF */
    bool advanced;          /* repetition, and outputs that BDTR.MOE enables */
    int irq_up, irq_trg, irq_brk;
    uint32_t reg[LAST / 4 + 1]; /* as software reads them, CNT, SR and DIR aside */
    uint32_t sr;
    uint32_t psc, arr, ccr[CHANNELS]; /* in effect: the shadow registers */
    uint32_t repeat;                  /* periods until the next update event */
    uint64_t base, position;
    uint8_t requests;        /* DMA requests that wait */
    uint8_t reference;       /* OCxREF of the modes that remember it */
    uint8_t watched, levels; /* signals that a pin shows, and their levels */
} tim;

/* --- the counter -------------------------------------------------------------------------------------------------------------- */

static bool centered(const tim *t) { return t->reg[CR1 / 4] & CMS; }
static bool down(const tim *t) { return !centered(t) && t->reg[CR1 / 4] & DIR; }
static bool running(const tim *t) { return t->reg[CR1 / 4] & CEN && t->arr; }

/* Counts of a period. A counter beyond ARR, which was made smaller meanwhile, goes on to the top. */
static uint64_t period(const tim *t) {
    if (centered(t)) return 2ull * t->arr;
    return t->position > t->arr && !down(t) ? (uint64_t)t->top + 1 : (uint64_t)t->arr + 1;
}

static uint32_t count_at(const tim *t, uint64_t position) {
    if (centered(t)) return (uint32_t)(position <= t->arr ? position : 2ull * t->arr - position);
    return (uint32_t)(down(t) ? (position <= t->arr ? t->arr - position : 0) : position);
}

static uint64_t position_of(const tim *t, uint32_t count) {
    if (down(t)) return count <= t->arr ? t->arr - count : 0;
    return count;
}

static bool counts_down(const tim *t) { return centered(t) ? t->position >= t->arr : down(t); }

static uint64_t cycles_per_count(const tim *t) {
    uint32_t clock = stm32_timclk(&t->dev);
    uint64_t ratio = clock ? emu_clock_hz(t->dev.base.machine) / clock : 1;
    return (ratio ? ratio : 1) * ((uint64_t)t->psc + 1);
}

/* --- channels -------------------------------------------------------------------------------------------------------------------- */

static uint32_t ccmr(const tim *t, unsigned ch) { return t->reg[(ch < 2 ? CCMR1 : CCMR2) / 4] >> 8 * (ch & 1u); }
static bool is_input(const tim *t, unsigned ch) { return ccmr(t, ch) & 3u; }
static unsigned output_mode(const tim *t, unsigned ch) { return (ccmr(t, ch) >> 4 & 7u) | (ccmr(t, ch) >> 13 & 8u); }
static bool preloaded(const tim *t, unsigned ch) { return ccmr(t, ch) >> 3 & 1u; }
static uint32_t ccer(const tim *t, unsigned ch) { return t->reg[CCER / 4] >> 4 * ch; } /* bit 0 E, 1 P, 2 NE, 3 NP */

static bool reference(const tim *t, unsigned ch) {
    uint32_t count = count_at(t, t->position);
    bool below = counts_down(t) ? count <= t->ccr[ch] : count < t->ccr[ch];
    if (centered(t)) below = count < t->ccr[ch];
    switch (output_mode(t, ch)) {
    case 4: return false;
    case 5: return true;
    case 6: return below;
    case 7: return !below;
    default: return t->reference >> ch & 1u;
    }
}

/* Signals: CH1..CH4, then their complements. */
static emu_level output(const tim *t, unsigned signal) {
    unsigned ch = signal % CHANNELS;
    bool complement = signal >= CHANNELS;
    if (ch >= t->channels || is_input(t, ch) || (t->advanced && !(t->reg[BDTR / 4] & MOE))) return EMU_FLOAT;
    uint32_t control = complement ? ccer(t, ch) >> 2 : ccer(t, ch);
    if (!(control & 1u)) return EMU_FLOAT;
    bool both = complement && ccer(t, ch) & 1u; /* alone, the complement follows OCxREF itself */
    bool inverted = both != ((control & 2u) != 0);
    return reference(t, ch) != inverted ? EMU_HIGH : EMU_LOW;
}

static void show_outputs(tim *t) {
    for (unsigned s = 0; s < 2 * CHANNELS; s++) {
        if (!(t->watched >> s & 1u)) continue;
        bool high = output(t, s) == EMU_HIGH;
        if (high == ((t->levels >> s & 1u) != 0)) continue;
        t->levels ^= (uint8_t)(1u << s);
        stm32_signal_changed(&t->dev, s);
    }
}

/* --- interrupts and requests ------------------------------------------------------------------------------------------------------- */

static void update_irq(tim *t) {
    uint32_t on = t->sr & t->reg[DIER / 4] & 0xFFu;
    if (t->irq_up < 0) {
        stm32_irq(&t->dev, t->dev.base.irq, on != 0);
        return;
    }
    stm32_irq(&t->dev, t->dev.base.irq, (on & 0x1Eu) != 0);
    stm32_irq(&t->dev, t->irq_up, on & UIF);
    stm32_irq(&t->dev, t->irq_trg, (on & 0x60u) != 0);
    stm32_irq(&t->dev, t->irq_brk, (on & 0x80u) != 0);
}

static bool requests_dma(stm32_device *d, unsigned request) { return ((tim *)d)->requests >> request & 1u; }
static void dma_taken(stm32_device *d, unsigned request) { ((tim *)d)->requests &= (uint8_t)~(1u << request); }

static void raise(tim *t, unsigned n) { /* 0: update, 1..4: compare or capture */
    t->sr |= UIF << n;
    if (t->reg[DIER / 4] & (uint32_t)UDE << n) {
        t->requests |= (uint8_t)(1u << n);
        stm32_dma_request(&t->dev, n);
    }
}

/* --- time passes ------------------------------------------------------------------------------------------------------------------- */

static void load_shadows(tim *t) {
    t->psc = t->reg[PSC / 4];
    t->arr = t->reg[ARR / 4];
    for (unsigned ch = 0; ch < CHANNELS; ch++)
        if (!is_input(t, ch)) t->ccr[ch] = t->reg[CCR1 / 4 + ch];
}

static void update_event(tim *t) {
    if (t->reg[CR1 / 4] & UDIS) return;
    load_shadows(t);
    t->repeat = t->advanced ? t->reg[RCR / 4] : 0;
    raise(t, 0);
}

static void match(tim *t, unsigned ch) {
    uint8_t bit = (uint8_t)(1u << ch);
    switch (output_mode(t, ch)) {
    case 1: t->reference |= bit; break;
    case 2: t->reference &= (uint8_t)~bit; break;
    case 3: t->reference ^= bit; break;
    default: break;
    }
    raise(t, 1 + ch);
}

/* Positions of a period at which a channel matches; returns how many. */
static unsigned matches_of(const tim *t, unsigned ch, uint64_t at[2]) {
    uint64_t ccr = t->ccr[ch];
    if (!centered(t)) {
        if (ccr > t->arr) return 0;
        at[0] = position_of(t, (uint32_t)ccr);
        return 1;
    }
    if (ccr > t->arr) return 0;
    unsigned cms = t->reg[CR1 / 4] >> 5 & 3u, n = 0;
    if (cms != 1 || ccr == t->arr) at[n++] = ccr % (2ull * t->arr);
    if (cms != 2 && ccr != 0 && ccr != t->arr) at[n++] = 2ull * t->arr - ccr;
    return n;
}

/* Counts until `position` comes next, 1..length. */
static uint64_t until(const tim *t, uint64_t position, uint64_t length) {
    return position > t->position ? position - t->position : position + length - t->position;
}

static void advance(tim *t, uint64_t counts) {
    while (counts && running(t)) {
        uint64_t length = period(t), to_end = length - t->position, step = counts < to_end ? counts : to_end;
        bool beyond = !centered(t) && !down(t) && t->position > t->arr;
        /* Whole periods in which only flags are set, and those are set by the first one, are passed over at once. */
        for (unsigned ch = 0; ch < t->channels && !beyond; ch++) {
            uint64_t at[2];
            unsigned n = is_input(t, ch) ? 0 : matches_of(t, ch, at);
            for (unsigned i = 0; i < n; i++)
                if (until(t, at[i], length) <= step) match(t, ch);
        }
        if (centered(t) && t->position < t->arr && t->position + step >= t->arr) {
            if (t->repeat)
                t->repeat--;
            else
                update_event(t);
        }
        t->position += step;
        counts -= step;
        if (t->position < length) continue;
        t->position = 0;
        if (beyond) continue;
        if (t->repeat) {
            t->repeat--;
        } else {
            update_event(t);
            if (t->reg[CR1 / 4] & OPM) t->reg[CR1 / 4] &= ~(uint32_t)CEN;
        }
        uint64_t whole = t->repeat || !t->arr ? 0 : counts / period(t);
        if (whole > 2) counts -= (whole - 2) * period(t);
    }
}

static void sync(tim *t) {
    uint64_t now = emu_now(t->dev.base.machine);
    if (!running(t)) {
        t->base = now;
        return;
    }
    uint64_t each = cycles_per_count(t), counts = (now - t->base) / each;
    t->base += counts * each;
    advance(t, counts);
    if (!running(t)) t->base = now;
}

/* Whether the next update event changes anything that is noticed at that moment. */
static bool cares_for_update(const tim *t) {
    uint32_t dier = t->reg[DIER / 4];
    if ((dier & UIF && !(t->sr & UIF)) || dier & UDE || t->reg[CR1 / 4] & OPM || t->watched) return true;
    if (t->psc != t->reg[PSC / 4] || t->arr != t->reg[ARR / 4]) return true;
    for (unsigned ch = 0; ch < t->channels; ch++)
        if (!is_input(t, ch) && t->ccr[ch] != t->reg[CCR1 / 4 + ch]) return true;
    return false;
}

static uint64_t next_count(const tim *t, bool all) {
    uint64_t length = period(t), best = UINT64_MAX;
    if (all || cares_for_update(t)) {
        best = until(t, 0, length);
        if (centered(t) && until(t, t->arr, length) < best) best = until(t, t->arr, length);
    }
    for (unsigned ch = 0; ch < t->channels; ch++) {
        uint32_t flag = (uint32_t)CC1IF << ch;
        bool cares =
            all || (t->reg[DIER / 4] & flag && !(t->sr & flag)) || t->reg[DIER / 4] & (uint32_t)CC1DE << ch || t->watched & (0x11u << ch);
        uint64_t at[2];
        unsigned n = cares && !is_input(t, ch) ? matches_of(t, ch, at) : 0;
        for (unsigned i = 0; i < n; i++) {
            uint64_t here = until(t, at[i], length);
            if (here < best) best = here;
            if (t->watched & (0x11u << ch) && (centered(t) || down(t)) && here + 1 < best) best = here + 1;
        }
        if (n && t->watched & (0x11u << ch)) { /* PWM counting down changes one count after or before the match */
            for (unsigned i = 0; i < n; i++) {
                uint64_t after = until(t, (at[i] + 1) % length, length);
                if (after < best) best = after;
            }
        }
    }
    return best;
}

static void schedule(tim *t) {
    uint64_t counts = running(t) ? next_count(t, false) : UINT64_MAX;
    if (counts == UINT64_MAX)
        emu_cancel(&t->dev.base, 0);
    else
        emu_schedule(&t->dev.base, 0, t->base + counts * cycles_per_count(t));
}

static void settle(tim *t) { /* after anything has changed */
    update_irq(t);
    show_outputs(t);
    schedule(t);
}

static void event(emu_device *d, uint32_t id) {
    tim *t = (tim *)d;
    (void)id;
    sync(t);
    settle(t);
}

static emu_level signal_level(stm32_device *d, unsigned signal) {
    tim *t = (tim *)d;
    sync(t);
    if (!(t->watched >> signal & 1u)) {
        t->watched |= (uint8_t)(1u << signal);
        schedule(t);
    }
    emu_level level = output(t, signal);
    t->levels = (uint8_t)((t->levels & ~(1u << signal)) | (level == EMU_HIGH ? 1u << signal : 0));
    return level;
}

/* --- capture ------------------------------------------------------------------------------------------------------------------------ */

static void capture(tim *t, unsigned ch) {
    if (t->sr & (uint32_t)CC1IF << ch) t->sr |= (uint32_t)CC1OF << ch;
    t->reg[CCR1 / 4 + ch] = count_at(t, t->position);
    raise(t, 1 + ch);
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    tim *t = (tim *)d;
    if (!(t->reg[CCER / 4] & 0x1111u) || !running(t) || level == EMU_FLOAT) return;
    for (unsigned ch = 0; ch < t->channels; ch++) {
        unsigned source = ccmr(t, ch) & 3u; /* 1: the channel's own input, 2: its neighbour's */
        if (!source || source == 3 || !(ccer(t, ch) & 1u)) continue;
        if (!stm32_signal_on(&t->dev, source == 1 ? ch : ch ^ 1u, pin)) continue;
        bool both = (ccer(t, ch) & 0xAu) == 0xAu, falling = ccer(t, ch) & 2u;
        if (!both && falling != (level == EMU_LOW)) continue;
        sync(t);
        capture(t, ch);
        settle(t);
    }
}

/* --- registers ---------------------------------------------------------------------------------------------------------------------- */

static uint32_t read(stm32_device *d, uint32_t offset) {
    tim *t = (tim *)d;
    if (offset > LAST) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    sync(t);
    switch (offset) {
    case CNT: return count_at(t, t->position);
    case SR: {
        uint64_t next = running(t) ? next_count(t, true) : UINT64_MAX;
        emu_poll_hint(d->base.machine, next == UINT64_MAX ? UINT64_MAX : t->base + next * cycles_per_count(t));
        return t->sr;
    }
    case CR1: return (t->reg[CR1 / 4] & ~(uint32_t)DIR) | (counts_down(t) ? (uint32_t)DIR : 0);
    case EGR: return 0;
    default:
        if (offset >= CCR1 && offset <= CCR4 && is_input(t, (offset - CCR1) / 4) && t->sr & (uint32_t)CC1IF << (offset - CCR1) / 4) {
            t->sr &= ~((uint32_t)CC1IF << (offset - CCR1) / 4); /* reading a captured value clears the flag */
            update_irq(t);
        }
        return t->reg[offset / 4];
    }
}

static void generate(tim *t, uint32_t value) {
    if (value & 1u) { /* UG */
        bool quiet = t->reg[CR1 / 4] & URS;
        t->position = 0;
        t->base = emu_now(t->dev.base.machine);
        if (!(t->reg[CR1 / 4] & UDIS)) {
            load_shadows(t);
            t->repeat = t->advanced ? t->reg[RCR / 4] : 0;
            if (!quiet) raise(t, 0);
        }
    }
    for (unsigned ch = 0; ch < t->channels; ch++) {
        if (!(value >> (1 + ch) & 1u)) continue;
        if (is_input(t, ch))
            capture(t, ch);
        else
            raise(t, 1 + ch);
    }
    t->sr |= value & 0xE0u;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    tim *t = (tim *)d;
    (void)lanes;
    if (offset > LAST) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    sync(t);
    switch (offset) {
    case CR1: {
        uint32_t count = count_at(t, t->position);
        if (t->reg[CR1 / 4] & CMS && value & CMS) value = (value & ~(uint32_t)DIR) | (t->reg[CR1 / 4] & DIR);
        t->reg[CR1 / 4] = value & 0x0BFFu;
        t->position = position_of(t, count);
        break;
    }
    case SR: t->sr &= value; break;
    case EGR: generate(t, value); break;
    case CNT:
        t->position = position_of(t, value & t->top);
        t->base = emu_now(d->base.machine);
        break;
    case PSC: t->reg[PSC / 4] = value & 0xFFFFu; break; /* takes effect at the next update event */
    case ARR: {
        uint32_t count = count_at(t, t->position);
        t->reg[ARR / 4] = value & t->top;
        if (t->reg[CR1 / 4] & ARPE) break;
        t->arr = value & t->top;
        if (down(t)) t->position = position_of(t, count);
        break;
    }
    case RCR: t->reg[RCR / 4] = t->advanced ? value & 0xFFFFu : 0; break;
    case CCMR1:
    case CCMR2:
    case CCER:
        t->reg[offset / 4] = value;
        for (unsigned s = 0; s < 2 * CHANNELS; s++) stm32_signal_changed(d, s);
        break;
    case BDTR: {
        bool enables = (t->reg[BDTR / 4] ^ value) & MOE;
        t->reg[BDTR / 4] = value;
        for (unsigned s = 0; enables && s < 2 * CHANNELS; s++) stm32_signal_changed(d, s);
        break;
    }
    case DMAR: {
        uint32_t target = (t->reg[DCR / 4] & 0x1Fu) * 4;
        if (target != DMAR) write(d, target, value, 0xFFFFFFFFu);
        return;
    }
    default:
        if (offset >= CCR1 && offset <= CCR4) {
            unsigned ch = (offset - CCR1) / 4;
            if (is_input(t, ch)) break;
            t->reg[offset / 4] = value & t->top;
            if (!preloaded(t, ch)) t->ccr[ch] = value & t->top;
            break;
        }
        t->reg[offset / 4] = value;
    }
    settle(t);
}

static void clocks_change(stm32_device *d) { sync((tim *)d); }

static void clocks_changed(stm32_device *d) {
    tim *t = (tim *)d;
    t->base = emu_now(d->base.machine);
    schedule(t);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    tim *t = (tim *)d;
    (void)kind;
    emu_cancel(d, 0);
    memset(t->reg, 0, sizeof t->reg);
    memset(t->ccr, 0, sizeof t->ccr);
    t->reg[ARR / 4] = t->arr = t->top;
    t->sr = t->psc = t->repeat = 0;
    t->position = 0;
    t->base = emu_now(d->machine);
    t->requests = t->reference = t->watched = t->levels = 0;
    for (unsigned s = 0; s < 2 * CHANNELS; s++) stm32_signal_changed(&t->dev, s);
    update_irq(t);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"channels", "bits", "irq_up", "irq_trg", "irq_brk", "advanced", NULL};
    static const char *const signals[] = {"CH1", "CH2", "CH3", "CH4", "CH1N", "CH2N", "CH3N", "CH4N", NULL};
    static const char *const requests[] = {"UP", "CH1", "CH2", "CH3", "CH4", NULL};
    static const stm32_spec spec = {.read = read,
                                    .write = write,
                                    .clocks_change = clocks_change,
                                    .clocks_changed = clocks_changed,
                                    .signals = signals,
                                    .signal_level = signal_level,
                                    .requests = requests,
                                    .requests_dma = requests_dma,
                                    .dma_taken = dma_taken,
                                    .params = known};
    tim *t = (tim *)d;
    t->channels = (uint32_t)emu_param_value(params, count, "channels", CHANNELS);
    if (t->channels > CHANNELS) t->channels = CHANNELS;
    t->top = emu_param_value(params, count, "bits", 16) == 32 ? 0xFFFFFFFFu : 0xFFFFu;
    t->irq_up = (int)emu_param_value(params, count, "irq_up", (uint64_t)-1);
    t->irq_trg = (int)emu_param_value(params, count, "irq_trg", (uint64_t)-1);
    t->irq_brk = (int)emu_param_value(params, count, "irq_brk", (uint64_t)-1);
    t->advanced = t->irq_up >= 0 || emu_param_value(params, count, "advanced", 0);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_tim = {
    .type = "stm32.tim",
    .struct_size = sizeof(tim),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
    .pin_changed = pin_changed,
};
