/* SPDX-License-Identifier: Apache-2.0 */
/* ADC of L4, three and their common registers in one block (RM0351, "Analog-to-digital converters"). What a pin reads: see adc.c. Trigger
 * events, oversampling, offsets and analog watchdogs are not modelled. */
#include "devices/stm32/adc.h"
#include "machine.h"

enum {
    ISR = 0x00,
    IER = 0x04,
    CR = 0x08,
    CFGR = 0x0C,
    SMPR1 = 0x14,
    SMPR2 = 0x18,
    SQR1 = 0x30,
    DR = 0x40,
    JSQR = 0x4C,
    JDR1 = 0x80,
    CALFACT = 0xB4,
    LAST = 0xB4,
};
enum { COMMON = 0x300, CSR = 0x300, CCR = 0x308, CDR = 0x30C };
enum { ADRDY = 1u << 0, EOSMP = 1u << 1, EOC = 1u << 2, EOS = 1u << 3, OVR = 1u << 4, JEOC = 1u << 5, JEOS = 1u << 6 };
enum {
    ADEN = 1u << 0,
    ADDIS = 1u << 1,
    ADSTART = 1u << 2,
    JADSTART = 1u << 3,
    ADSTP = 1u << 4,
    JADSTP = 1u << 5,
    ADVREGEN = 1u << 28,
    DEEPPWD = 1u << 29
};
#define ADCAL (1u << 31)
enum { DMAEN = 1u << 0, ALIGN = 1u << 5, OVRMOD = 1u << 12, CONT = 1u << 13 };
enum { ADCS = 3, READY = 0, CONVERT = 1, INJECT = 2, CALIBRATED = 3, EVENTS = 4 };
enum { CHANNEL_VREFINT = 0, CHANNEL_TEMPERATURE = 17 };

typedef struct {
    uint32_t isr, dr, reg[LAST / 4 + 1];
    uint8_t rank;
    bool dma_waits;
} converter;

typedef struct {
    stm32_device dev;
    int irq_3;
    uint32_t value, ccr;
    converter c[ADCS];
} adc;

static void update_irq(adc *a) {
    uint32_t on[ADCS];
    for (unsigned i = 0; i < ADCS; i++) on[i] = a->c[i].isr & a->c[i].reg[IER / 4];
    stm32_irq(&a->dev, a->dev.base.irq, (on[0] | on[1]) != 0);
    stm32_irq(&a->dev, a->irq_3, on[2] != 0);
}

static unsigned length(const converter *c) { return 1 + (c->reg[SQR1 / 4] & 15u); }
/* SQ1..SQ4 follow the length in SQR1, five a register from there. */
static unsigned channel(const converter *c, unsigned rank) { return c->reg[SQR1 / 4 + (rank + 1) / 5] >> 6 * ((rank + 1) % 5) & 31u; }

static uint32_t sample(const adc *a, unsigned n, unsigned ch) {
    if (n == 0 && ch == CHANNEL_VREFINT) return 1655;     /* 1.212 V at 3.0 V, as VREFINT_CAL */
    if (n != 1 && ch == CHANNEL_TEMPERATURE) return 1037; /* 30 degrees, as TS_CAL1 */
    return stm32_adc_sample(&a->dev, ch, a->value);
}

static uint32_t result(const adc *a, unsigned n, unsigned ch) {
    uint32_t cfgr = a->c[n].reg[CFGR / 4], resolution = cfgr >> 3 & 3u, value = sample(a, n, ch) >> 2 * resolution;
    return cfgr & ALIGN ? value << (4 + 2 * resolution) & 0xFFFFu : value;
}

static uint64_t cycles(const adc *a, const converter *c, unsigned ch) {
    static const uint16_t halves[8] = {5, 13, 25, 49, 95, 185, 495, 1281}; /* sampling time, times two */
    uint32_t smp = ch < 10 ? c->reg[SMPR1 / 4] >> 3 * ch : c->reg[SMPR2 / 4] >> 3 * (ch - 10);
    uint64_t clocks = (halves[smp & 7u] + 25u - 4u * (c->reg[CFGR / 4] >> 3 & 3u)) / 2u;
    unsigned mode = a->ccr >> 16 & 3u;
    return clocks * (mode ? mode == 3 ? 4 : mode : 2);
}

static void schedule(adc *a, unsigned n) {
    const converter *c = &a->c[n];
    emu_schedule(&a->dev.base, EVENTS * n + CONVERT, emu_now(a->dev.base.machine) + cycles(a, c, channel(c, c->rank)));
}

static void converted(adc *a, unsigned n) {
    converter *c = &a->c[n];
    uint32_t cfgr = c->reg[CFGR / 4];
    if (c->isr & EOC) c->isr |= OVR;
    if (!(c->isr & EOC) || cfgr & OVRMOD) c->dr = result(a, n, channel(c, c->rank));
    c->isr |= EOC | EOSMP;
    bool last = c->rank + 1u >= length(c);
    c->rank = last ? 0 : (uint8_t)(c->rank + 1);
    if (last) c->isr |= EOS;
    if (!last || cfgr & CONT)
        schedule(a, n);
    else
        c->reg[CR / 4] &= ~(uint32_t)ADSTART;
    if (cfgr & DMAEN) {
        c->dma_waits = true;
        stm32_dma_request(&a->dev, n);
    }
    update_irq(a);
}

static void event(emu_device *d, uint32_t id) {
    adc *a = (adc *)d;
    unsigned n = id / EVENTS;
    converter *c = &a->c[n];
    switch (id % EVENTS) {
    case READY: c->isr |= ADRDY; break;
    case CONVERT: converted(a, n); return;
    case CALIBRATED: c->reg[CR / 4] &= ~ADCAL; break;
    default: {
        uint32_t jsqr = c->reg[JSQR / 4];
        for (unsigned i = 0; i <= (jsqr & 3u); i++) c->reg[JDR1 / 4 + i] = result(a, n, jsqr >> (8 + 6 * i) & 31u);
        c->isr |= JEOC | JEOS;
        c->reg[CR / 4] &= ~(uint32_t)JADSTART;
    }
    }
    update_irq(a);
}

static bool requests_dma(stm32_device *d, unsigned request) { return ((const adc *)d)->c[request].dma_waits; }

static uint32_t read(stm32_device *d, uint32_t offset) {
    adc *a = (adc *)d;
    if (offset >= COMMON) {
        uint32_t csr = 0;
        for (unsigned i = 0; i < 2; i++) csr |= (a->c[i].isr & 0x7FFu) << 16 * i;
        if (offset == CSR) return csr;
        if (offset == CCR) return a->ccr;
        if (offset == CDR) return a->c[0].dr | a->c[1].dr << 16;
    }
    unsigned n = offset >> 8, at = offset & 0xFFu;
    if (n >= ADCS || at > LAST) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    converter *c = &a->c[n];
    stm32_poll_hint(d);
    if (at == ISR) return c->isr;
    if (at == DR) {
        c->isr &= ~(uint32_t)EOC;
        c->dma_waits = false;
        update_irq(a);
        return c->dr;
    }
    return c->reg[at / 4];
}

static void write_cr(adc *a, unsigned n, uint32_t value) {
    converter *c = &a->c[n];
    emu_device *d = &a->dev.base;
    uint32_t *cr = &c->reg[CR / 4], set = value & ~*cr;
    *cr = (*cr & (ADEN | ADSTART | JADSTART | ADCAL)) | (value & (ADVREGEN | DEEPPWD | 1u << 30));
    if (set & ADEN && *cr & ADVREGEN) {
        *cr |= ADEN;
        emu_schedule_ns(d, EVENTS * n + READY, 1000);
    }
    if (value & ADCAL && !(*cr & ADEN)) {
        *cr |= ADCAL;
        emu_schedule_ns(d, EVENTS * n + CALIBRATED, 5000);
    }
    if (value & ADSTP) {
        emu_cancel(d, EVENTS * n + CONVERT);
        *cr &= ~(uint32_t)ADSTART;
    }
    if (value & JADSTP) {
        emu_cancel(d, EVENTS * n + INJECT);
        *cr &= ~(uint32_t)JADSTART;
    }
    if (value & ADDIS) {
        emu_cancel(d, EVENTS * n + READY);
        *cr &= ~(uint32_t)ADEN;
        c->isr &= ~(uint32_t)ADRDY;
    }
    if (set & ADSTART && *cr & ADEN) {
        *cr |= ADSTART;
        c->rank = 0;
        schedule(a, n);
    }
    if (set & JADSTART && *cr & ADEN) {
        *cr |= JADSTART;
        emu_schedule(d, EVENTS * n + INJECT, emu_now(d->machine) + ((c->reg[JSQR / 4] & 3u) + 1) * cycles(a, c, 1));
    }
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    adc *a = (adc *)d;
    if (offset == CCR) {
        a->ccr = stm32_merge(a->ccr, value, lanes);
        return;
    }
    unsigned n = offset >> 8, at = offset & 0xFFu;
    if (n >= ADCS || at > LAST) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    converter *c = &a->c[n];
    if (at == ISR)
        c->isr &= ~value;
    else if (at == CR)
        write_cr(a, n, value);
    else if (at != DR && (at < JDR1 || at > JDR1 + 12))
        c->reg[at / 4] = stm32_merge(c->reg[at / 4], value, lanes);
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
        c->reg[CR / 4] = DEEPPWD;
        c->isr = c->dr = 0;
        c->rank = 0;
        c->dma_waits = false;
    }
    update_irq(a);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"value", "irq_3", NULL};
    static const char *const requests[] = {"ADC1", "ADC2", "ADC3", NULL};
    static const stm32_spec spec = {.ahb = true,
                                    .read = read,
                                    .write = write,
                                    .signals = stm32_adc_signals,
                                    .requests = requests,
                                    .requests_dma = requests_dma,
                                    .params = known};
    adc *a = (adc *)d;
    a->value = (uint32_t)emu_param_value(params, count, "value", 0x800);
    a->irq_3 = (int)emu_param_value(params, count, "irq_3", (uint64_t)-1);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_l4_adc = {
    .type = "stm32.l4_adc",
    .struct_size = sizeof(adc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};
