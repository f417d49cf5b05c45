/* SPDX-License-Identifier: Apache-2.0 */
/* SAADC (nRF52833 PS, "SAADC - Successive approximation analog-to-digital converter").
 *
 * An analog input has the level of its pin: VDD when high, 0 V when low or when nothing drives it; VDD is the parameter `vdd_mv`.
 * Single-ended and differential, all gains, resolutions, limits, continuous sampling by SAMPLERATE; oversampling and burst take their time
 * and average equal samples. */
#include "devices/nrf5/nrf.h"

#include <string.h>

enum { TASKS_START, TASKS_SAMPLE, TASKS_STOP, TASKS_CALIBRATEOFFSET };
enum { EVENTS_STARTED, EVENTS_END, EVENTS_DONE, EVENTS_RESULTDONE, EVENTS_CALIBRATEDONE, EVENTS_STOPPED, EVENTS_LIMITH0, EVENTS_LIMITL0 };
enum {
    STATUS = 0x400,
    ENABLE = 0x500,
    CH = 0x510, /* PSELP, PSELN, CONFIG, LIMIT; 8 of them */
    CH_END = 0x590,
    RESOLUTION = 0x5F0,
    OVERSAMPLE = 0x5F4,
    SAMPLERATE = 0x5F8,
    RESULT_PTR = 0x62C,
    RESULT_MAXCNT = 0x630,
    RESULT_AMOUNT = 0x634,
};
enum { PSELP, PSELN, CONFIG, LIMIT, CHANNEL_WORDS, CHANNELS = 8 };
enum { INPUT_VDD = 9, INPUT_VDDHDIV5 = 13 };
enum { EVENT_SAMPLED, EVENT_CALIBRATED, EVENT_RATE };
enum { SAMPLERATE_TIMERS = 1u << 12, CONFIG_REF_VDD4 = 1u << 12, CONFIG_DIFFERENTIAL = 1u << 20 };
#define CONVERT_US 2u /* tCONV; acquisition comes before it */
#define CALIBRATE_US 50u

typedef struct {
    nrf_device nrf;
    uint32_t vdd_mv;
    uint32_t enable, channel[CHANNELS][CHANNEL_WORDS], resolution, oversample, samplerate, ptr, maxcnt, amount;
    bool started, sampling;
} saadc;

static emu_machine *machine(const saadc *s) { return s->nrf.base.machine; }

/* PS, "SAADC", "Pin configuration": AIN0..3 are P0.02..P0.05, AIN4..7 P0.28..P0.31. */
static int32_t input_mv(const saadc *s, uint32_t psel) {
    if (psel == INPUT_VDD) return (int32_t)s->vdd_mv;
    if (psel == INPUT_VDDHDIV5) return (int32_t)s->vdd_mv / 5;
    if (psel < 1 || psel > 8) return 0;
    unsigned pin = psel <= 4 ? psel + 1 : psel + 23;
    return emu_pin_level(machine(s), pin) == EMU_HIGH ? (int32_t)s->vdd_mv : 0;
}

/* PS, "Digital output": RESULT = (V(P) - V(N)) * (GAIN / REFERENCE) * 2^(RESOLUTION - m), m = 1 when differential. */
static int32_t convert(const saadc *s, const uint32_t *channel) {
    static const uint32_t gain_12[8] = {2, 0, 3, 4, 6, 12, 24, 48}; /* twelfths; 1/5 is apart */
    static const unsigned bits[4] = {8, 10, 12, 14};
    uint32_t config = channel[CONFIG], gain = config >> 8 & 7u;
    bool differential = config & CONFIG_DIFFERENTIAL;
    int64_t mv = input_mv(s, channel[PSELP]) - (differential ? input_mv(s, channel[PSELN]) : 0);
    unsigned resolution = bits[s->resolution & 3u] - differential;
    int64_t reference_mv = config & CONFIG_REF_VDD4 ? s->vdd_mv / 4 : 600;
    int64_t result =
        gain == 1 /* 1/5 */ ? mv * (1 << resolution) / (reference_mv * 5) : mv * gain_12[gain] * (1 << resolution) / (reference_mv * 12);
    int64_t top = (1 << resolution) - 1, bottom = differential ? -top - 1 : 0;
    return (int32_t)(result > top ? top : result < bottom ? bottom : result);
}

static void sampled(saadc *s) {
    s->sampling = false;
    for (unsigned i = 0; i < CHANNELS && s->started; i++) {
        const uint32_t *channel = s->channel[i];
        if (!channel[PSELP]) continue;
        int32_t value = convert(s, channel);
        uint8_t word[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
        if (s->amount < s->maxcnt) {
            if (!emu_dma_write(machine(s), s->ptr + 2 * s->amount, word, 2))
                emu_log_unmodelled(machine(s), s->ptr + 2 * s->amount, (uint32_t)value, 2, true);
            s->amount++;
        }
        if (value > (int16_t)(channel[LIMIT] >> 16)) nrf_event(&s->nrf, EVENTS_LIMITH0 + 2 * i);
        if (value < (int16_t)channel[LIMIT]) nrf_event(&s->nrf, EVENTS_LIMITL0 + 2 * i);
        nrf_event(&s->nrf, EVENTS_DONE);
        nrf_event(&s->nrf, EVENTS_RESULTDONE);
        if (s->amount >= s->maxcnt) { /* the buffer is full: the next START begins another */
            s->started = false;
            nrf_event(&s->nrf, EVENTS_END);
        }
    }
}

static void sample(saadc *s) {
    if (!s->started || s->sampling) return;
    static const unsigned acquire_us[8] = {3, 5, 10, 15, 20, 40, 40, 40};
    uint64_t us = 0;
    for (unsigned i = 0; i < CHANNELS; i++)
        if (s->channel[i][PSELP]) us += (uint64_t)(acquire_us[s->channel[i][CONFIG] >> 16 & 7u] + CONVERT_US) << (s->oversample & 0xFu);
    if (!us) return;
    s->sampling = true;
    emu_schedule(&s->nrf.base, EVENT_SAMPLED, emu_now(machine(s)) + nrf_us(machine(s), us));
}

static uint64_t rate_cycles(const saadc *s) {
    uint64_t cc = s->samplerate & 0x7FFu;
    return (cc < 80 ? 80 : cc) * (emu_clock_hz(machine(s)) / 16000000u);
}

static void task(nrf_device *d, unsigned n) {
    saadc *s = (saadc *)d;
    if (!s->enable) return;
    switch (n) {
    case TASKS_START:
        s->started = true;
        s->amount = 0;
        nrf_event(d, EVENTS_STARTED);
        break;
    case TASKS_SAMPLE:
        sample(s);
        if (s->samplerate & SAMPLERATE_TIMERS) emu_schedule(&d->base, EVENT_RATE, emu_now(machine(s)) + rate_cycles(s));
        break;
    case TASKS_STOP:
        emu_cancel(&d->base, EVENT_SAMPLED);
        emu_cancel(&d->base, EVENT_RATE);
        s->sampling = false;
        if (s->started) {
            s->started = false;
            nrf_event(d, EVENTS_END);
        }
        nrf_event(d, EVENTS_STOPPED);
        break;
    case TASKS_CALIBRATEOFFSET: emu_schedule(&d->base, EVENT_CALIBRATED, emu_now(machine(s)) + nrf_us(machine(s), CALIBRATE_US)); break;
    default: break;
    }
}

static void event(emu_device *d, uint32_t id) {
    saadc *s = (saadc *)d;
    if (id == EVENT_SAMPLED) {
        sampled(s);
    } else if (id == EVENT_CALIBRATED) {
        nrf_event(&s->nrf, EVENTS_CALIBRATEDONE);
    } else {
        sample(s);
        if (s->samplerate & SAMPLERATE_TIMERS) emu_schedule(d, EVENT_RATE, emu_now(machine(s)) + rate_cycles(s));
    }
}

static uint32_t *plain_register(saadc *s, uint32_t offset, uint32_t *mask) {
    *mask = 0xFFFFFFFFu;
    if (offset >= CH && offset < CH_END) return &s->channel[(offset - CH) / 16][(offset - CH) / 4 % CHANNEL_WORDS];
    switch (offset) {
    case ENABLE: *mask = 1u; return &s->enable;
    case RESOLUTION: *mask = 7u; return &s->resolution;
    case OVERSAMPLE: *mask = 0xFu; return &s->oversample;
    case SAMPLERATE: *mask = 0x17FFu; return &s->samplerate;
    case RESULT_PTR: return &s->ptr;
    case RESULT_MAXCNT: *mask = 0x7FFFu; return &s->maxcnt;
    default: return NULL;
    }
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    saadc *s = (saadc *)d;
    uint32_t mask;
    const uint32_t *plain = plain_register(s, offset, &mask);
    if (plain) return *plain;
    switch (offset) {
    case STATUS: emu_poll_hint(machine(s), UINT64_MAX); return s->sampling;
    case RESULT_AMOUNT: emu_poll_hint(machine(s), UINT64_MAX); return s->amount;
    default: emu_log_unmodelled(machine(s), d->base.base + offset, 0, 4, false); return 0;
    }
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    saadc *s = (saadc *)d;
    uint32_t mask;
    uint32_t *plain = plain_register(s, offset, &mask);
    if (!plain) {
        if (offset != STATUS && offset != RESULT_AMOUNT) emu_log_unmodelled(machine(s), d->base.base + offset, value, 4, true);
        return;
    }
    *plain = value & mask;
    if (offset == ENABLE && !s->enable) {
        for (uint32_t id = EVENT_SAMPLED; id <= EVENT_RATE; id++) emu_cancel(&d->base, id);
        s->started = s->sampling = false;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    saadc *s = (saadc *)d;
    (void)kind;
    for (uint32_t id = EVENT_SAMPLED; id <= EVENT_RATE; id++) emu_cancel(d, id);
    nrf_reset(&s->nrf);
    s->enable = s->oversample = s->samplerate = s->ptr = s->maxcnt = s->amount = 0;
    s->started = s->sampling = false;
    s->resolution = 1;
    for (unsigned i = 0; i < CHANNELS; i++) {
        s->channel[i][PSELP] = s->channel[i][PSELN] = 0;
        s->channel[i][CONFIG] = 0x00020000u;
        s->channel[i][LIMIT] = 0x7FFF8000u;
    }
}

static const nrf_spec spec = {
    .tasks = 0xFu, .events = 0x3FFFFFu, .has_inten = true, .power_gated = true, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"vdd_mv", NULL};
    saadc *s = (saadc *)d;
    s->nrf.spec = &spec;
    s->vdd_mv = (uint32_t)emu_param_value(params, count, "vdd_mv", 3000);
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf52_saadc = {
    .type = "nrf52.saadc",
    .struct_size = sizeof(saadc),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
