/* SPDX-License-Identifier: Apache-2.0 */
/* PWM: up to four outputs, whose compare values are read from RAM (nRF52833 PS, "PWM - Pulse width modulation").
 *
 * Edges are put on the pins in virtual time. A value is read at the start of the period that uses it. */
#include "devices/nrf5/nrf.h"

enum { TASKS_STOP = 1, TASKS_SEQSTART0, TASKS_SEQSTART1, TASKS_NEXTSTEP };
enum { EVENTS_STOPPED = 1, EVENTS_SEQSTARTED0, EVENTS_SEQSTARTED1, EVENTS_SEQEND0, EVENTS_SEQEND1, EVENTS_PWMPERIODEND, EVENTS_LOOPSDONE };
enum {
    ENABLE = 0x500,
    MODE = 0x504,
    COUNTERTOP = 0x508,
    PRESCALER = 0x50C,
    DECODER = 0x510,
    LOOP = 0x514,
    SEQ = 0x520, /* PTR, CNT, REFRESH, ENDDELAY; two of them, every 0x20 */
    SEQ_END = 0x550,
    PSEL_OUT = 0x560,
    PSEL_END = 0x570,
};
enum { PTR, CNT, REFRESH, ENDDELAY, SEQ_WORDS, OUTPUTS = 4, SEQUENCES = 2 };
enum { LOAD_COMMON, LOAD_GROUPED, LOAD_INDIVIDUAL, LOAD_WAVEFORM, DECODER_NEXTSTEP = 1u << 8 };
enum { FALLING_FIRST = 1u << 15, NOTHING_CLAIMED = 0xFF };
enum { EVENT_PERIOD, EVENT_OUT0, EVENT_IDS = EVENT_OUT0 + OUTPUTS };

typedef struct {
    nrf_device nrf;
    uint32_t enable, updown, countertop, prescaler, decoder, loop, seq[SEQUENCES][SEQ_WORDS], psel[OUTPUTS];
    uint8_t claimed[OUTPUTS];
    bool running, stopping;
    unsigned current; /* sequence being played */
    uint32_t at;      /* halfwords of it that were taken */
    uint32_t repeats; /* further periods that the present value is for */
    bool ended;       /* all of it was taken, and its time is over: the last value stays */
    bool delaying;    /* in ENDDELAY */
    uint32_t loops;   /* rounds of both sequences left */
    bool looping;
    bool step; /* NEXTSTEP was triggered */
    uint16_t value[OUTPUTS], top;
    bool second[OUTPUTS]; /* up and down: the first of two edges has been */
} pwm;

static emu_machine *machine(const pwm *p) { return p->nrf.base.machine; }

static uint64_t ticks(const pwm *p, uint64_t count) { return count * (emu_clock_hz(machine(p)) / 16000000u) << (p->prescaler & 7u); }

static void put(pwm *p, unsigned out, bool high) {
    if (p->claimed[out] != NOTHING_CLAIMED) nrf_pin_claim(machine(p), p->claimed[out], high ? EMU_HIGH : EMU_LOW);
}

static void claim_pins(pwm *p) {
    for (unsigned i = 0; i < OUTPUTS; i++) {
        uint8_t pin = p->enable && nrf_psel_connected(p->psel[i]) ? (uint8_t)nrf_psel_pin(p->psel[i]) : NOTHING_CLAIMED;
        if (pin == p->claimed[i]) continue;
        if (p->claimed[i] != NOTHING_CLAIMED) nrf_pin_claim(machine(p), p->claimed[i], EMU_FLOAT);
        p->claimed[i] = pin; /* idle, the pin has the level of GPIO OUT, until the first period */
    }
}

static unsigned halfwords_a_step(const pwm *p) {
    unsigned load = p->decoder & 3u;
    return load == LOAD_COMMON ? 1 : load == LOAD_GROUPED ? 2 : 4;
}

static void load(pwm *p) {
    uint16_t raw[4] = {0};
    unsigned count = halfwords_a_step(p), kind = p->decoder & 3u;
    uint32_t address = p->seq[p->current][PTR] + 2 * p->at;
    for (unsigned i = 0; i < count; i++) {
        uint8_t bytes[2] = {0};
        if (!emu_dma_read(machine(p), address + 2 * i, bytes, 2)) emu_log_unmodelled(machine(p), address + 2 * i, 0, 2, false);
        raw[i] = (uint16_t)(bytes[0] | bytes[1] << 8);
    }
    for (unsigned i = 0; i < OUTPUTS; i++)
        p->value[i] = kind == LOAD_COMMON       ? raw[0]
                      : kind == LOAD_GROUPED    ? raw[i / 2]
                      : kind == LOAD_INDIVIDUAL ? raw[i]
                      : i < 3                   ? raw[i]
                                                : 0;
    p->top = kind == LOAD_WAVEFORM ? raw[3] & 0x7FFFu : (uint16_t)p->countertop;
    p->at += count;
}

/* With polarity 0 an output is low until the compare value, then high; up and down, it falls again on the way back. */
static void begin_period(pwm *p) {
    uint64_t now = emu_now(machine(p)), length = p->updown ? 2ull * p->top : p->top;
    for (unsigned i = 0; i < OUTPUTS; i++) {
        uint32_t compare = p->value[i] & 0x7FFFu;
        bool first = p->value[i] & FALLING_FIRST;
        p->second[i] = false;
        emu_cancel(&p->nrf.base, EVENT_OUT0 + i);
        put(p, i, compare == 0 ? !first : first);
        if (compare && compare < p->top && p->claimed[i] != NOTHING_CLAIMED)
            emu_schedule(&p->nrf.base, EVENT_OUT0 + i, now + ticks(p, compare));
    }
    emu_schedule(&p->nrf.base, EVENT_PERIOD, now + ticks(p, length ? length : 1));
}

static void edge(pwm *p, unsigned out) {
    bool first = p->value[out] & FALLING_FIRST;
    put(p, out, p->second[out] ? first : !first);
    if (!p->updown || p->second[out]) return;
    p->second[out] = true;
    uint32_t compare = p->value[out] & 0x7FFFu;
    emu_schedule(&p->nrf.base, EVENT_OUT0 + out, emu_now(machine(p)) + ticks(p, 2ull * (p->top - compare)));
}

static void start_sequence(pwm *p, unsigned n) {
    p->current = n;
    p->at = 0;
    p->ended = p->delaying = p->step = false;
    nrf_event(&p->nrf, EVENTS_SEQSTARTED0 + n);
    load(p);
    p->repeats = p->seq[n][REFRESH];
}

static void finish(pwm *p) {
    for (uint32_t id = EVENT_PERIOD; id < EVENT_IDS; id++) emu_cancel(&p->nrf.base, id);
    p->running = p->stopping = false;
    nrf_event(&p->nrf, EVENTS_STOPPED);
}

/* The sequence and its delay are over: PS, "PWM", "Looping". */
static void sequence_over(pwm *p) {
    if (!p->looping) {
        p->ended = true;
        return;
    }
    if (p->current == 0) {
        start_sequence(p, 1);
        return;
    }
    if (--p->loops) {
        start_sequence(p, 0);
        return;
    }
    p->looping = false;
    p->ended = true;
    nrf_event(&p->nrf, EVENTS_LOOPSDONE); /* its shortcuts may start a sequence anew */
}

static void period_end(pwm *p) {
    nrf_event(&p->nrf, EVENTS_PWMPERIODEND);
    if (p->stopping) {
        finish(p);
        return;
    }
    if (!p->running) return;
    const uint32_t *seq = p->seq[p->current];
    bool advance = p->decoder & DECODER_NEXTSTEP ? p->step : p->repeats == 0;
    p->step = false;
    if (!advance) {
        if (p->repeats && !(p->decoder & DECODER_NEXTSTEP)) p->repeats--;
    } else if (!p->ended) {
        if (!p->delaying && p->at + halfwords_a_step(p) <= (seq[CNT] & 0x7FFFu)) {
            load(p);
            p->repeats = seq[REFRESH];
        } else if (!p->delaying) {
            nrf_event(&p->nrf, EVENTS_SEQEND0 + p->current);
            if (p->stopping) {
                finish(p);
                return;
            }
            p->delaying = true;
            p->repeats = seq[ENDDELAY];
            if (p->repeats)
                p->repeats--;
            else
                sequence_over(p);
        } else {
            sequence_over(p);
        }
    }
    if (p->stopping)
        finish(p);
    else if (p->running)
        begin_period(p);
}

static void task(nrf_device *d, unsigned n) {
    pwm *p = (pwm *)d;
    if (!p->enable) return;
    switch (n) {
    case TASKS_SEQSTART0:
    case TASKS_SEQSTART1: {
        bool was_running = p->running;
        p->looping = p->loop != 0;
        p->loops = p->loop & 0xFFFFu;
        p->running = true;
        p->stopping = false;
        start_sequence(p, n - TASKS_SEQSTART0);
        if (!was_running) begin_period(p); /* else from the next period on */
        break;
    }
    case TASKS_STOP:
        if (p->running)
            p->stopping = true; /* at the end of the period */
        else
            nrf_event(d, EVENTS_STOPPED);
        break;
    case TASKS_NEXTSTEP: p->step = true; break;
    default: break;
    }
}

static void event(emu_device *d, uint32_t id) {
    pwm *p = (pwm *)d;
    if (id == EVENT_PERIOD)
        period_end(p);
    else
        edge(p, id - EVENT_OUT0);
}

static uint32_t *plain_register(pwm *p, uint32_t offset, uint32_t *mask) {
    *mask = 0xFFFFFFFFu;
    if (offset >= SEQ && offset < SEQ_END && (offset & 0x1Fu) < 4 * SEQ_WORDS) return &p->seq[(offset - SEQ) / 0x20][(offset & 0x1Fu) / 4];
    if (offset >= PSEL_OUT && offset < PSEL_END) return &p->psel[(offset - PSEL_OUT) / 4];
    switch (offset) {
    case ENABLE: *mask = 1u; return &p->enable;
    case MODE: *mask = 1u; return &p->updown;
    case COUNTERTOP: *mask = 0x7FFFu; return &p->countertop;
    case PRESCALER: *mask = 7u; return &p->prescaler;
    case DECODER: *mask = 0x103u; return &p->decoder;
    case LOOP: *mask = 0xFFFFu; return &p->loop;
    default: return NULL;
    }
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    uint32_t mask;
    const uint32_t *plain = plain_register((pwm *)d, offset, &mask);
    if (plain) return *plain;
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    pwm *p = (pwm *)d;
    uint32_t mask;
    uint32_t *plain = plain_register(p, offset, &mask);
    if (!plain) {
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
        return;
    }
    *plain = value & mask;
    if (offset == ENABLE && !p->enable) {
        for (uint32_t id = EVENT_PERIOD; id < EVENT_IDS; id++) emu_cancel(&d->base, id);
        p->running = p->stopping = false;
    }
    if (offset == ENABLE || (offset >= PSEL_OUT && offset < PSEL_END)) claim_pins(p);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    pwm *p = (pwm *)d;
    (void)kind;
    for (uint32_t id = EVENT_PERIOD; id < EVENT_IDS; id++) emu_cancel(d, id);
    nrf_reset(&p->nrf);
    p->running = p->stopping = false;
    p->enable = p->updown = p->prescaler = p->decoder = p->loop = 0;
    p->countertop = 0x3FF;
    for (unsigned s = 0; s < SEQUENCES; s++)
        for (unsigned i = 0; i < SEQ_WORDS; i++) p->seq[s][i] = i == REFRESH;
    for (unsigned i = 0; i < OUTPUTS; i++) p->psel[i] = 0xFFFFFFFFu;
    claim_pins(p);
}

static const nrf_short shorts[] = {{0, EVENTS_SEQEND0, TASKS_STOP},
                                   {1, EVENTS_SEQEND1, TASKS_STOP},
                                   {2, EVENTS_LOOPSDONE, TASKS_SEQSTART0},
                                   {3, EVENTS_LOOPSDONE, TASKS_SEQSTART1},
                                   {4, EVENTS_LOOPSDONE, TASKS_STOP}};

static const nrf_spec spec = {
    .tasks = 0x1Eu,
    .events = 0xFEu,
    .shorts = shorts,
    .short_count = sizeof shorts / sizeof *shorts,
    .has_inten = true,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {NULL};
    pwm *p = (pwm *)d;
    p->nrf.spec = &spec;
    for (unsigned i = 0; i < OUTPUTS; i++) p->claimed[i] = NOTHING_CLAIMED;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf52_pwm = {
    .type = "nrf52.pwm",
    .struct_size = sizeof(pwm),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
