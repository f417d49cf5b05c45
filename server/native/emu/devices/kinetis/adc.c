/* SPDX-License-Identifier: Apache-2.0 */
/* ADC16 (K64 RM and KL25 RM, "Analog-to-Digital Converter"). A pin has the voltage of its level; one that nobody drives has that of the
 * parameter `value` (of 65535, full scale). Conversions are started by software: hardware triggers do not come. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum {
    SC1A = 0x00,
    SC1B = 0x04,
    CFG1 = 0x08,
    CFG2 = 0x0C,
    RA = 0x10,
    RB = 0x14,
    CV1 = 0x18,
    CV2 = 0x1C,
    SC2 = 0x20,
    SC3 = 0x24,
    OFS = 0x28,
    PG = 0x2C,
    MG = 0x30,
    CLPD = 0x34,
    REGS = 0x70
};
enum { SC1_ADCH = 0x1Fu, SC1_DIFF = 1u << 5, SC1_AIEN = 1u << 6, SC1_COCO = 1u << 7 };
enum { SC2_DMAEN = 1u << 2, SC2_ACREN = 1u << 3, SC2_ACFGT = 1u << 4, SC2_ACFE = 1u << 5, SC2_ADTRG = 1u << 6, SC2_ADACT = 1u << 7 };
enum { SC3_AVGE = 1u << 2, SC3_ADCO = 1u << 3, SC3_CALF = 1u << 6, SC3_CAL = 1u << 7 };
enum { CHANNEL_TEMPERATURE = 26, CHANNEL_BANDGAP = 27, CHANNEL_VREFH = 29, CHANNEL_VREFL = 30, CHANNEL_OFF = 31 };
enum { EVENT_DONE };

typedef struct {
    kin_device kin;
    uint32_t value, dma;
    uint32_t r[REGS / 4];
    bool converting, calibrating;
} adc;

static uint32_t *at(adc *a, uint32_t offset) { return &a->r[offset / 4]; }

static void update(adc *a) {
    bool irq = false;
    for (unsigned i = 0; i < 2; i++) irq |= (a->r[i] & (SC1_COCO | SC1_AIEN)) == (SC1_COCO | SC1_AIEN);
    emu_irq_set(kin_machine(&a->kin), a->kin.base.irq, irq);
}

static uint64_t conversion_cycles(adc *a, unsigned conversions) {
    static const kin_clock_id sources[4] = {KIN_BUS, KIN_BUS, KIN_OSCERCLK, KIN_CLOCKS};
    uint32_t cfg1 = *at(a, CFG1), source = cfg1 & 3u;
    uint32_t hz = source == 3 ? 5000000u : kin_clock(&a->kin, sources[source]); /* ADACK: about 5 MHz */
    if (source == 1) hz /= 2;
    hz >>= cfg1 >> 5 & 3u;
    uint64_t adck = 25u + (cfg1 & 1u << 4 ? 20u : 0u); /* "Sample time and total conversion time" */
    return hz ? conversions * adck * emu_clock_hz(kin_machine(&a->kin)) / hz + 1 : 1;
}

static unsigned average(adc *a) { return *at(a, SC3) & SC3_AVGE ? 4u << (*at(a, SC3) & 3u) : 1; }

static void start(adc *a, uint64_t cycles) { emu_schedule(&a->kin.base, EVENT_DONE, emu_now(kin_machine(&a->kin)) + cycles); }

/* At 3.3 V: 0.716 V of the temperature sensor at 25 degrees, 1.0 V of the bandgap */
static uint32_t voltage(adc *a, unsigned channel) {
    switch (channel) {
    case CHANNEL_TEMPERATURE: return 14219;
    case CHANNEL_BANDGAP: return 19859;
    case CHANNEL_VREFH: return 0xFFFF;
    case CHANNEL_VREFL: return 0;
    default: break;
    }
    for (unsigned i = 0; i < a->kin.route_count; i++) {
        if (a->kin.routes[i].signal != channel) continue;
        emu_level level = emu_pin_level(kin_machine(&a->kin), a->kin.routes[i].pin);
        if (level != EMU_FLOAT) return level == EMU_HIGH ? 0xFFFF : 0;
    }
    return a->value;
}

static bool compares(adc *a, uint32_t result) {
    uint32_t sc2 = *at(a, SC2), low = *at(a, CV1) & 0xFFFFu, high = *at(a, CV2) & 0xFFFFu;
    bool greater = sc2 & SC2_ACFGT;
    if (!(sc2 & SC2_ACFE)) return true;
    if (!(sc2 & SC2_ACREN)) return greater ? result >= low : result < low;
    bool inside = low <= high ? result >= low && result <= high : result >= low || result <= high;
    return inside == greater;
}

static void done(adc *a) {
    static const uint8_t shifts[4] = {8, 4, 6, 0};
    a->converting = false;
    uint32_t sc1 = *at(a, SC1A), result = 0;
    if (!(sc1 & SC1_DIFF)) result = voltage(a, sc1 & SC1_ADCH) >> shifts[*at(a, CFG1) >> 2 & 3u];
    if (compares(a, result)) {
        *at(a, RA) = result;
        *at(a, SC1A) |= SC1_COCO;
        if (*at(a, SC2) & SC2_DMAEN) kin_dma_pulse(&a->kin, a->dma);
    }
    if (*at(a, SC3) & SC3_ADCO) {
        a->converting = true;
        start(a, conversion_cycles(a, average(a)));
    }
}

static void event(emu_device *d, uint32_t id) {
    adc *a = (adc *)d;
    (void)id;
    if (a->calibrating) {
        a->calibrating = false;
        *at(a, SC3) &= ~(uint32_t)SC3_CAL;
        *at(a, SC1A) |= SC1_COCO;
    } else {
        done(a);
    }
    update(a);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    adc *a = (adc *)d;
    if (offset >= REGS) {
        kin_log_read(d, offset);
        return 0;
    }
    switch (offset) {
    case SC1A:
    case SC3: emu_poll_hint(kin_machine(d), UINT64_MAX); break;
    case SC2: return *at(a, SC2) | (a->converting ? (uint32_t)SC2_ADACT : 0);
    case RA:
    case RB:
        *at(a, offset - RA) &= ~(uint32_t)SC1_COCO;
        update(a);
        break;
    default: break;
    }
    return *at(a, offset);
}

static void write_sc1a(adc *a, uint32_t value, uint32_t mask) {
    kin_merge(at(a, SC1A), value & ~(uint32_t)SC1_COCO, (mask & 0x7Fu) | SC1_COCO);
    if (a->calibrating) { /* "... aborts the calibration" */
        a->calibrating = false;
        kin_merge(at(a, SC3), SC3_CALF, SC3_CAL | SC3_CALF);
    }
    emu_cancel(&a->kin.base, EVENT_DONE);
    a->converting = (*at(a, SC1A) & SC1_ADCH) != CHANNEL_OFF && !(*at(a, SC2) & SC2_ADTRG);
    if (a->converting) start(a, conversion_cycles(a, average(a)));
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    adc *a = (adc *)d;
    switch (offset) {
    case SC1A: write_sc1a(a, value, mask); break;
    case SC1B: kin_merge(at(a, SC1B), value & ~(uint32_t)SC1_COCO, mask & 0x7Fu); break;
    case RA:
    case RB: break;
    case SC2: kin_merge(at(a, SC2), value, mask & 0x7Fu); break;
    case SC3:
        if (value & SC3_CALF) *at(a, SC3) &= ~(uint32_t)SC3_CALF;
        kin_merge(at(a, SC3), value, mask & 0xFu);
        if (value & SC3_CAL && !a->calibrating) {
            *at(a, SC3) |= SC3_CAL;
            *at(a, SC1A) &= ~(uint32_t)SC1_COCO;
            a->calibrating = true;
            a->converting = false;
            start(a, conversion_cycles(a, 64 * average(a)));
        }
        break;
    default:
        if (offset < REGS)
            kin_merge(at(a, offset), value, mask & 0xFFFFu);
        else
            kin_log_write(d, offset, value);
        break;
    }
    update(a);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    static const uint16_t cal[16] = {0x0A, 0x20, 0x200, 0x100, 0x80, 0x40, 0x20, 0, 0x0A, 0x20, 0x200, 0x100, 0x80, 0x40, 0x20, 0};
    adc *a = (adc *)d;
    (void)kind;
    for (unsigned i = 0; i < REGS / 4; i++) a->r[i] = i < CLPD / 4 ? 0 : cal[i - CLPD / 4];
    *at(a, SC1A) = *at(a, SC1B) = CHANNEL_OFF;
    *at(a, OFS) = 4;
    *at(a, PG) = *at(a, MG) = 0x8200;
    a->converting = a->calibrating = false;
    update(a);
}

static const char *const known[] = {"value", "dma", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((adc *)d)->value = (uint32_t)emu_param_value(params, count, "value", 0x8000) & 0xFFFFu;
    ((adc *)d)->dma = (uint32_t)emu_param_value(params, count, "dma", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_adc = {
    .type = "kinetis.adc",
    .struct_size = sizeof(adc),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
