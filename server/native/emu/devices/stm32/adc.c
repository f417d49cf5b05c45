/* SPDX-License-Identifier: Apache-2.0 */
/* ADC of F4 (`stm32.f4_adc`: up to three and their common registers in one block) and of F1 (`stm32.f1_adc`): RM0090, RM0008,
 * "Analog-to-digital converter". A conversion takes its sampling and conversion time.
 *
 * A pin has only logic levels here: high is full scale, low is 0, and one that nobody drives is `value` (a parameter). Trigger events of
 * timers are not modelled; analog watchdog neither. */
#include <stdio.h>

#include "devices/stm32/adc.h"
#include "machine.h"

uint32_t stm32_adc_sample(const stm32_device *d, unsigned channel, uint32_t value) {
    for (unsigned i = 0; i < d->route_count; i++) {
        if (d->routes[i].signal != channel) continue;
        emu_level level = emu_pin_level(d->base.machine, d->routes[i].pin);
        return level == EMU_HIGH ? 0xFFFu : level == EMU_LOW ? 0 : value;
    }
    return value;
}

const char *const stm32_adc_signals[] = {"IN0",  "IN1",  "IN2",  "IN3",  "IN4",  "IN5",  "IN6",  "IN7",  "IN8",  "IN9",
                                         "IN10", "IN11", "IN12", "IN13", "IN14", "IN15", "IN16", "IN17", "IN18", NULL};

enum {
    SR = 0x00,
    CR1 = 0x04,
    CR2 = 0x08,
    SMPR1 = 0x0C,
    SMPR2 = 0x10,
    SQR1 = 0x2C,
    SQR3 = 0x34,
    JSQR = 0x38,
    JDR1 = 0x3C,
    JDR4 = 0x48,
    DR = 0x4C
};
enum { COMMON = 0x300, CSR = 0x300, CCR = 0x304, CDR = 0x308 };
enum { AWD = 1u << 0, EOC = 1u << 1, JEOC = 1u << 2, JSTRT = 1u << 3, STRT = 1u << 4, OVR = 1u << 5 };
enum { EOCIE = 1u << 5, JEOCIE = 1u << 7, SCAN = 1u << 8, OVRIE = 1u << 26 }; /* CR1 */
enum { ADON = 1u << 0, CONT = 1u << 1, CAL = 1u << 2, RSTCAL = 1u << 3, DMA = 1u << 8, DDS = 1u << 9, EOCS = 1u << 10, ALIGN = 1u << 11 };
enum { ADCS = 3, CONVERT = 0, INJECT = 1, CALIBRATE = 2, EVENTS = 3 };
enum { SIGNAL_VREFINT = 17 };

typedef struct {
    uint32_t sr, dr, reg[0x50 / 4];
    uint8_t rank; /* of the conversion under way */
    bool dma_waits;
} converter;

typedef struct {
    stm32_device dev;
    bool f1;
    uint32_t count, value, temperature_channel;
    uint32_t temperature, vrefint; /* what those channels read */
    uint32_t ccr;
    converter c[ADCS];
} adc;

static void update_irq(adc *a) {
    bool on = false;
    for (unsigned i = 0; i < a->count; i++) {
        const converter *c = &a->c[i];
        uint32_t cr1 = c->reg[CR1 / 4];
        on = on || (c->sr & EOC && cr1 & EOCIE) || (c->sr & JEOC && cr1 & JEOCIE) || (c->sr & OVR && cr1 & OVRIE);
    }
    stm32_irq(&a->dev, a->dev.base.irq, on);
}

static unsigned sequence_length(const converter *c) { return 1 + (c->reg[SQR1 / 4] >> 20 & 15u); }
static unsigned sequence_channel(const converter *c, unsigned rank) { return c->reg[SQR3 / 4 - rank / 6] >> 5 * (rank % 6) & 31u; }

static uint32_t convert(const adc *a, unsigned channel) {
    if (channel == a->temperature_channel) return a->temperature;
    if (channel == SIGNAL_VREFINT) return a->vrefint;
    return stm32_adc_sample(&a->dev, channel, a->value);
}

static uint64_t conversion_cycles(const adc *a, const converter *c, unsigned channel) {
    static const uint16_t f4[8] = {3, 15, 28, 56, 84, 112, 144, 480}, f1[8] = {1, 7, 13, 28, 41, 55, 71, 239};
    uint32_t smpr = channel < 10 ? c->reg[SMPR2 / 4] >> 3 * channel : c->reg[SMPR1 / 4] >> 3 * (channel - 10);
    uint64_t clocks = (a->f1 ? f1 : f4)[smpr & 7u] + (a->f1 ? 13u : 12u - 2u * (c->reg[CR1 / 4] >> 24 & 3u));
    unsigned divider = a->f1 ? 2 * ((stm32_rcc_register(&a->dev, 0x04) >> 14 & 3u) + 1) : 2 * ((a->ccr >> 16 & 3u) + 1);
    return stm32_cycles(a->dev.base.machine, clocks * divider, stm32_pclk(&a->dev));
}

static uint32_t result(const adc *a, const converter *c, unsigned channel) {
    unsigned resolution = a->f1 ? 0 : c->reg[CR1 / 4] >> 24 & 3u;
    uint32_t value = convert(a, channel) >> 2 * resolution;
    return c->reg[CR2 / 4] & ALIGN ? value << (4 + 2 * resolution) & 0xFFFFu : value;
}

static void schedule(adc *a, unsigned n) {
    const converter *c = &a->c[n];
    emu_schedule(&a->dev.base, EVENTS * n + CONVERT, emu_now(a->dev.base.machine) + conversion_cycles(a, c, sequence_channel(c, c->rank)));
}

static void start(adc *a, unsigned n) {
    converter *c = &a->c[n];
    if (!(c->reg[CR2 / 4] & ADON)) return;
    c->sr |= STRT;
    c->rank = 0;
    schedule(a, n);
}

static void start_injected(adc *a, unsigned n) {
    converter *c = &a->c[n];
    if (!(c->reg[CR2 / 4] & ADON)) return;
    c->sr |= JSTRT;
    uint64_t cycles = 0;
    for (unsigned i = 0; i <= (c->reg[JSQR / 4] >> 20 & 3u); i++) cycles += conversion_cycles(a, c, c->reg[JSQR / 4] >> 15 & 31u);
    emu_schedule(&a->dev.base, EVENTS * n + INJECT, emu_now(a->dev.base.machine) + cycles);
}

static void converted(adc *a, unsigned n) {
    converter *c = &a->c[n];
    uint32_t cr2 = c->reg[CR2 / 4];
    bool last = !(c->reg[CR1 / 4] & SCAN) || c->rank + 1u >= sequence_length(c);
    if (!a->f1 && c->sr & EOC && (cr2 & EOCS || (cr2 & DMA && c->dma_waits))) c->sr |= OVR;
    if (c->sr & OVR && !a->f1) return; /* conversions stop until it is cleared */
    c->dr = result(a, c, sequence_channel(c, c->rank));
    if (cr2 & DMA) c->dma_waits = true;
    if (a->f1 ? last : last || cr2 & EOCS || cr2 & DMA) c->sr |= EOC;
    c->rank = last ? 0 : (uint8_t)(c->rank + 1);
    if (!last || cr2 & CONT) schedule(a, n);
    if (c->dma_waits) stm32_dma_request(&a->dev, n);
    update_irq(a);
}

static void injected(adc *a, unsigned n) {
    converter *c = &a->c[n];
    uint32_t jsqr = c->reg[JSQR / 4];
    unsigned length = 1 + (jsqr >> 20 & 3u);
    for (unsigned i = 0; i < length; i++) /* a sequence shorter than four uses the last places */
        c->reg[JDR1 / 4 + i] = result(a, c, jsqr >> 5 * (4 - length + i) & 31u);
    c->sr |= JEOC;
    update_irq(a);
}

static void event(emu_device *d, uint32_t id) {
    adc *a = (adc *)d;
    unsigned n = id / EVENTS;
    switch (id % EVENTS) {
    case CONVERT: converted(a, n); break;
    case INJECT: injected(a, n); break;
    default: a->c[n].reg[CR2 / 4] &= ~(uint32_t)(CAL | RSTCAL);
    }
}

static bool requests_dma(stm32_device *d, unsigned request) {
    const adc *a = (const adc *)d;
    return request < a->count && a->c[request].dma_waits && a->c[request].reg[CR2 / 4] & DMA;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    adc *a = (adc *)d;
    if (!a->f1 && offset >= COMMON) {
        uint32_t csr = 0;
        for (unsigned i = 0; i < a->count; i++) csr |= a->c[i].sr << 8 * i;
        if (offset == CSR) return csr;
        if (offset == CCR) return a->ccr;
        if (offset == CDR) return a->c[0].dr | a->c[1].dr << 16;
    }
    unsigned n = offset >> 8, at = offset & 0xFFu;
    if (n >= a->count || at > DR) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    converter *c = &a->c[n];
    switch (at) {
    case SR: stm32_poll_hint(d); return c->sr;
    case CR2: stm32_poll_hint(d); return c->reg[CR2 / 4];
    case DR:
        c->sr &= ~(uint32_t)EOC;
        c->dma_waits = false;
        update_irq(a);
        return c->dr;
    default: return c->reg[at / 4];
    }
}

static void write_cr2(adc *a, unsigned n, uint32_t value) {
    converter *c = &a->c[n];
    uint32_t old = c->reg[CR2 / 4];
    uint32_t swstart = a->f1 ? 1u << 22 : 1u << 30, jswstart = a->f1 ? 1u << 21 : 1u << 22;
    c->reg[CR2 / 4] = value & ~(swstart | jswstart);
    if (a->f1 && (value & ~old) & (CAL | RSTCAL)) emu_schedule_ns(&a->dev.base, EVENTS * n + CALIBRATE, 10000);
    if (!(value & ADON)) {
        emu_cancel(&a->dev.base, EVENTS * n + CONVERT);
        emu_cancel(&a->dev.base, EVENTS * n + INJECT);
        return;
    }
    /* F1: writing 1 to ADON again, and nothing else, starts a conversion too (RM0008, "ADC on-off control") */
    bool again = a->f1 && old & ADON && old == value;
    if (value & swstart || again) start(a, n);
    if (value & jswstart) start_injected(a, n);
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    adc *a = (adc *)d;
    (void)lanes;
    if (!a->f1 && offset == CCR) {
        a->ccr = value;
        return;
    }
    unsigned n = offset >> 8, at = offset & 0xFFu;
    if (n >= a->count || at > DR || (!a->f1 && offset >= COMMON)) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    converter *c = &a->c[n];
    switch (at) {
    case SR: c->sr &= value; break;
    case CR2: write_cr2(a, n, value); break;
    case DR: break;
    default:
        if (at < JDR1 || at > JDR4) c->reg[at / 4] = value;
    }
    update_irq(a);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    adc *a = (adc *)d;
    (void)kind;
    for (uint32_t id = 0; id < EVENTS * ADCS; id++) emu_cancel(d, id);
    a->ccr = 0;
    for (unsigned n = 0; n < ADCS; n++) {
        converter *c = &a->c[n];
        for (unsigned i = 0; i < sizeof c->reg / 4; i++) c->reg[i] = 0;
        c->reg[0x24 / 4] = 0xFFF; /* HTR */
        c->sr = c->dr = 0;
        c->rank = 0;
        c->dma_waits = false;
    }
    update_irq(a);
}

static bool common_init(emu_device *d, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    adc *a = (adc *)d;
    a->count = (uint32_t)emu_param_value(params, count, "count", 1);
    a->value = (uint32_t)emu_param_value(params, count, "value", 0x800);
    a->temperature_channel = (uint32_t)emu_param_value(params, count, "temperature_channel", a->f1 ? 16 : 18);
    a->temperature = (uint32_t)emu_param_value(params, count, "temperature", a->f1 ? 1775 : 943); /* 25..30 degrees at 3.3 V, data sheets */
    a->vrefint = (uint32_t)emu_param_value(params, count, "vrefint", a->f1 ? 1489 : 1502);
    if (a->count < 1 || a->count > ADCS || (a->f1 && a->count > 1)) {
        snprintf(error, EMU_ERROR_MAX, "device %s: count must be 1 to 3 (1 on F1, where each is a device)", d->name);
        return false;
    }
    return stm32_init(d, spec, params, count, error);
}

static const char *const known[] = {"count", "value", "temperature_channel", "temperature", "vrefint", NULL};

static bool f4_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const requests[] = {"ADC1", "ADC2", "ADC3", NULL};
    static const stm32_spec spec = {
        .read = read, .write = write, .signals = stm32_adc_signals, .requests = requests, .requests_dma = requests_dma, .params = known};
    return common_init(d, &spec, params, count, error);
}

static bool f1_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const requests[] = {"DATA", NULL};
    static const stm32_spec spec = {
        .read = read, .write = write, .signals = stm32_adc_signals, .requests = requests, .requests_dma = requests_dma, .params = known};
    ((adc *)d)->f1 = true;
    return common_init(d, &spec, params, count, error);
}

#define CLASS(name, word, start)                                                                                                           \
    const emu_device_class name = {.type = word,                                                                                           \
                                   .struct_size = sizeof(adc),                                                                             \
                                   .region_size = 0x400,                                                                                   \
                                   .init = start,                                                                                          \
                                   .link = stm32_link,                                                                                     \
                                   .reset = reset,                                                                                         \
                                   .read = stm32_read,                                                                                     \
                                   .write = stm32_write,                                                                                   \
                                   .event = event}
CLASS(stm32_f4_adc, "stm32.f4_adc", f4_init);
CLASS(stm32_f1_adc, "stm32.f1_adc", f1_init);
