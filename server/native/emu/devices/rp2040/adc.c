/* SPDX-License-Identifier: Apache-2.0 */
/* ADC (4.9): four pins and the temperature sensor. A pin that somebody drives or pulls reads as full scale or 0, one that floats as the
 * chip file's ain0..ain3 say. */
#include "devices/rp2040/rp.h"

enum { CS = 0x00, RESULT = 0x04, FCS = 0x08, FIFO = 0x0C, DIV = 0x10, INTR = 0x14, INTE = 0x18, INTF = 0x1C, INTS = 0x20 };
enum {
    CS_EN = 1u << 0,
    CS_TS_EN = 1u << 1,
    CS_START_ONCE = 1u << 2,
    CS_START_MANY = 1u << 3,
    CS_READY = 1u << 8,
    CS_KEPT = 0x001F700B,
};
enum {
    FCS_EN = 1u << 0,
    FCS_SHIFT = 1u << 1,
    FCS_DREQ_EN = 1u << 3,
    FCS_EMPTY = 1u << 8,
    FCS_FULL = 1u << 9,
    FCS_UNDER = 1u << 10,
    FCS_OVER = 1u << 11,
};
enum { EVENT_DONE, EVENT_NEXT };
enum { DEPTH = 4, INPUTS = 5, SENSOR = 4, CONVERSION = 96, FULL_SCALE = 4095, FIRST_PIN = 26 };

typedef struct {
    rp_device rp;
    emu_device *clocks, *dma;
    uint32_t ain[SENSOR], sensor;
    uint32_t result;
    bool busy;
    uint16_t fifo[DEPTH];
    unsigned head, used;
    uint32_t sticky; /* FCS_UNDER, FCS_OVER */
    uint64_t begun;
} adc;

static adc *self(rp_device *d) { return (adc *)d; }
static emu_machine *machine(const adc *a) { return a->rp.base.machine; }
static uint32_t *cs(adc *a) { return rp_plain(&a->rp, CS); }
static uint32_t plain(const adc *a, uint32_t offset) { return *rp_plain((rp_device *)&a->rp, offset); }

static uint32_t threshold(const adc *a) { return plain(a, FCS) >> 24 & 15; }

static bool intr(const adc *a) { return a->used && a->used >= threshold(a); }

static void update_irq(adc *a) { emu_irq_set(machine(a), a->rp.base.irq, (intr(a) && plain(a, INTE)) || plain(a, INTF)); }

static uint32_t measure(const adc *a, unsigned input) {
    if (input == SENSOR) return plain(a, CS) & CS_TS_EN ? a->sensor : 0;
    if (input > SENSOR) return 0;
    emu_level level = emu_pin_level(machine(a), FIRST_PIN + input);
    return level == EMU_FLOAT ? a->ain[input] : level == EMU_HIGH ? FULL_SCALE : 0;
}

static void begin(adc *a) {
    if (a->busy || !(*cs(a) & CS_EN)) return;
    a->busy = true;
    a->begun = emu_now(machine(a));
    emu_schedule(&a->rp.base, EVENT_DONE, a->begun + rp_cycles(machine(a), CONVERSION, rp_clock_hz(a->clocks, RP_CLK_ADC)));
}

/* 4.9.2.2: the divider paces; shorter than a conversion, conversions follow each other at once. */
static void pace(adc *a) {
    uint32_t div = plain(a, DIV);
    uint64_t period = rp_cycles(machine(a), 256 + (uint64_t)div, 256 * rp_clock_hz(a->clocks, RP_CLK_ADC));
    uint64_t now = emu_now(machine(a)), next = a->begun + period;
    if (div && next > now)
        emu_schedule(&a->rp.base, EVENT_NEXT, next);
    else
        begin(a);
}

static void done(adc *a) {
    uint32_t control = *cs(a), robin = control >> 16 & 31;
    unsigned input = control >> 12 & 7;
    a->busy = false;
    a->result = measure(a, input);
    if (robin) {
        do { input = (input + 1) % INPUTS; } while (!(robin >> input & 1));
        *cs(a) = (control & ~(7u << 12)) | input << 12;
    }
    if (plain(a, FCS) & FCS_EN) {
        if (a->used == DEPTH)
            a->sticky |= FCS_OVER;
        else
            a->fifo[(a->head + a->used++) % DEPTH] = (uint16_t)(plain(a, FCS) & FCS_SHIFT ? a->result >> 4 : a->result);
        if (a->dma) rp_dreq(a->dma, RP_DREQ_ADC);
    }
    update_irq(a);
    if (*cs(a) & CS_START_MANY) pace(a);
}

static void event(emu_device *d, uint32_t id) {
    adc *a = (adc *)d;
    if (id == EVENT_DONE) done(a);
    if (id == EVENT_NEXT && *cs(a) & CS_START_MANY) begin(a);
}

static uint32_t take(adc *a) {
    if (!a->used) {
        a->sticky |= FCS_UNDER;
        return 0;
    }
    uint32_t value = a->fifo[a->head];
    a->head = (a->head + 1) % DEPTH;
    a->used--;
    update_irq(a);
    return value;
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    adc *a = self(d);
    emu_poll_hint(machine(a), UINT64_MAX);
    switch (offset) {
    case CS: *value = *cs(a) | (*cs(a) & CS_EN && !a->busy ? (uint32_t)CS_READY : 0); return true;
    case RESULT: *value = a->result; return true;
    case FCS:
        *value =
            plain(a, FCS) | a->used << 16 | (a->used ? 0 : (uint32_t)FCS_EMPTY) | (a->used == DEPTH ? (uint32_t)FCS_FULL : 0) | a->sticky;
        return true;
    case FIFO: *value = take(a); return true;
    case INTR: *value = intr(a); return true;
    case INTS: *value = (intr(a) && plain(a, INTE)) || plain(a, INTF); return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    adc *a = self(d);
    switch (offset) {
    case CS:
        *cs(a) = value & CS_KEPT;
        if (!(value & CS_EN)) {
            emu_cancel(&d->base, EVENT_DONE);
            emu_cancel(&d->base, EVENT_NEXT);
            a->busy = false;
        } else if (value & (CS_START_ONCE | CS_START_MANY)) {
            begin(a);
        }
        return true;
    case FCS: a->sticky &= ~value; return false; /* and the rest is kept */
    case RESULT:
    case FIFO:
    case INTR:
    case INTS: return true;
    default: return false;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    adc *a = self(d);
    if (offset == FCS && a->dma) rp_dreq(a->dma, RP_DREQ_ADC);
    update_irq(a);
}

static uint32_t clears(uint32_t offset) { return offset == FCS ? FCS_UNDER | FCS_OVER : 0; }

static unsigned dma_level(emu_device *d, unsigned which) {
    const adc *a = (const adc *)d;
    (void)which;
    return plain(a, FCS) & FCS_DREQ_EN && a->used >= threshold(a) ? a->used : 0;
}

static void reset(rp_device *d) {
    adc *a = self(d);
    emu_cancel(&d->base, EVENT_DONE);
    emu_cancel(&d->base, EVENT_NEXT);
    a->result = a->sticky = 0;
    a->busy = false;
    a->used = 0;
    update_irq(a);
}

static void link(emu_device *d) {
    adc *a = (adc *)d;
    a->clocks = emu_device_by_name(d->machine, "CLOCKS");
    a->dma = emu_device_by_name(d->machine, "DMA");
    if (a->dma) rp_dma_connect(a->dma, RP_DREQ_ADC, d, 0, dma_level);
}

static const rp_register registers[] = {
    {CS, 1, 0, CS_KEPT}, {FCS, 1, 0, 0x0F00000F}, {DIV, 1, 0, 0x00FFFFFF}, {INTE, 2, 0, 1}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .clears = clears, .reset = reset};

/* 4.9.5: 0.706 V at 27 degrees, 1.721 mV less for each degree more; full scale is 3.3 V. */
static uint32_t sensor_value(int64_t quarter_degrees) {
    int64_t microvolts = 706000 - (quarter_degrees - 4 * 27) * 1721 / 4;
    int64_t value = microvolts * 4096 / 3300000;
    return value < 0 ? 0 : value > FULL_SCALE ? FULL_SCALE : (uint32_t)value;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"ain0", "ain1", "ain2", "ain3", "quarter_degrees", NULL};
    uint64_t values[] = {0, 0, 0, 0, 100};
    adc *a = (adc *)d;
    a->rp.spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    for (unsigned i = 0; i < SENSOR; i++) a->ain[i] = (uint32_t)values[i] & FULL_SCALE;
    a->sensor = sensor_value((int64_t)values[4]);
    return true;
}

const emu_device_class rp2040_adc = {
    .type = "rp2040.adc",
    .struct_size = sizeof(adc),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
