/* SPDX-License-Identifier: Apache-2.0 */
/* LEDC, LED PWM (TRM 32): four timers of up to 14 bits, six channels. A channel's edges are events; one that is always on or off has none.
 * The four fractional bits of a duty, which the chip spreads over 16 periods, are not. */
#include "devices/esp/esp.h"

enum {
    CH_CONF0 = 0x00,
    CH_HPOINT = 0x04,
    CH_DUTY = 0x08,
    CH_CONF1 = 0x0C,
    CH_DUTY_R = 0x10,
    CH_SIZE = 0x14,
    TIMER_CONF = 0xA0,
    INT_RAW = 0xC0,
    INT_ST = 0xC4,
    INT_ENA = 0xC8,
    INT_CLR = 0xCC,
    CONF = 0xD0,
    DATE = 0xFC,
};
enum { CHANNELS = 6, TIMERS = 4 };
enum { CONF0_SIG_OUT_EN = 1 << 2, CONF0_IDLE_LV = 1 << 3, CONF0_PARA_UP = 1 << 4 };
enum { CONF1_DUTY_INC = 1 << 30 };
#define CONF1_DUTY_START (1u << 31)
enum { TIMER_PAUSE = 1 << 22, TIMER_RST = 1 << 23, TIMER_PARA_UP = 1 << 25 };
enum { INT_DUTY_END = 4 };      /* number of channel 0's bit */
enum { EVENT_FADE = CHANNELS }; /* 0..5: the next edge of a channel */
enum { EVENT_OVERFLOW = 2 * CHANNELS };

typedef struct {
    uint32_t conf;  /* as PARA_UP has taken it over */
    uint64_t ticks; /* of the source, when it was held */
    uint64_t since_ns;
    uint64_t hz;   /* of the source; 0: it stands */
    uint64_t seen; /* periods up to which the overflow is known */
} timer;

typedef struct {
    esp_device esp;
    emu_device *system, *gpio;
    timer timer[TIMERS];
    struct {
        uint32_t conf, hpoint, duty, steps; /* duty: 19 bits with its fraction; steps of a fade that are left */
    } ch[CHANNELS];
    uint32_t raw, ena;
} ledc;

static ledc *self(esp_device *d) { return (ledc *)d; }
static emu_device *device(ledc *l) { return &l->esp.base; }
static uint64_t now_ns(const ledc *l) { return emu_now_ns(l->esp.base.machine); }
static void update_irq(ledc *l) { esp_irq(&l->esp, 0, l->raw & l->ena); }

/* --- timers --------------------------------------------------------------------------------------------------------------------- */

static uint64_t source_hz(const ledc *l) {
    switch (esp_value(&l->esp, CONF) & 3) {
    case 1: return l->system ? esp_apb_hz(l->system) : 0;
    case 2: return ESP_RC_FAST_HZ;
    case 3: return ESP_XTAL_HZ;
    default: return 0;
    }
}

static uint64_t divider(const timer *t) { return (t->conf >> 4 & 0x3FFFF) ? t->conf >> 4 & 0x3FFFF : 1u << 18; } /* in 256ths */
static uint64_t period(const timer *t) { return 1ull << ((t->conf & 15) > 14 ? 14 : t->conf & 15); }

static uint64_t source_ticks(const ledc *l, const timer *t) { return t->ticks + (t->hz ? esp_ticks(now_ns(l) - t->since_ns, t->hz) : 0); }
static uint64_t counts(const ledc *l, const timer *t) { return source_ticks(l, t) * 256 / divider(t); } /* since it was at 0 */

/* How long from now until the timer has made so many counts. */
static uint64_t ns_until(const ledc *l, const timer *t, uint64_t count) {
    if (!t->hz) return ESP_NEVER;
    uint64_t at = (count * divider(t) + 255) / 256, past = now_ns(l) - t->since_ns;
    uint64_t ns = at > t->ticks ? esp_ns(at - t->ticks, t->hz) : 0;
    return ns > past ? ns - past : 0;
}

static uint64_t overflows(const ledc *l, const timer *t) { return counts(l, t) / period(t); }

static void watch_overflow(ledc *l, unsigned i) {
    timer *t = &l->timer[i];
    uint64_t ns = l->ena >> i & 1 ? ns_until(l, t, (overflows(l, t) + 1) * period(t)) : ESP_NEVER;
    if (ns == ESP_NEVER)
        emu_cancel(device(l), EVENT_OVERFLOW + i);
    else
        emu_schedule_ns(device(l), EVENT_OVERFLOW + i, ns);
}

static void look_for_overflows(ledc *l) {
    for (unsigned i = 0; i < TIMERS; i++) {
        uint64_t n = overflows(l, &l->timer[i]);
        if (n != l->timer[i].seen) l->raw |= 1u << i;
        l->timer[i].seen = n;
    }
}

/* --- channels ------------------------------------------------------------------------------------------------------------------- */

static void drive(ledc *l, unsigned c) {
    const timer *t = &l->timer[l->ch[c].conf & 3];
    uint64_t n = counts(l, t), size = period(t), at = n % size, start = l->ch[c].hpoint, end = start + (l->ch[c].duty >> 4);
    bool on = l->ch[c].conf & CONF0_SIG_OUT_EN, level = on ? at >= start && at < end : l->ch[c].conf & CONF0_IDLE_LV;
    if (l->gpio) esp_signal_drive(l->gpio, ESP_SIG_LEDC + c, level, true);
    bool changes = on && t->hz && end > start && start < size && !(start == 0 && end >= size);
    uint64_t next = at < start ? start : at < end && end < size ? end : size + start;
    uint64_t ns = changes ? ns_until(l, t, n - at + next) : ESP_NEVER;
    if (ns == ESP_NEVER)
        emu_cancel(device(l), c);
    else
        emu_schedule_ns(device(l), c, ns);
}

static void plan_fade(ledc *l, unsigned c) {
    const timer *t = &l->timer[l->ch[c].conf & 3];
    uint32_t cycles = esp_value(&l->esp, CH_CONF1 + CH_SIZE * c) >> 10 & 0x3FF;
    uint64_t ns = ns_until(l, t, (overflows(l, t) + (cycles ? cycles : 1)) * period(t));
    if (ns != ESP_NEVER) emu_schedule_ns(device(l), EVENT_FADE + c, ns);
}

static void fade(ledc *l, unsigned c) {
    uint32_t conf = esp_value(&l->esp, CH_CONF1 + CH_SIZE * c), scale = (conf & 0x3FF) << 4;
    l->ch[c].duty = (conf & CONF1_DUTY_INC ? l->ch[c].duty + scale : l->ch[c].duty - scale) & 0x7FFFF;
    if (l->ch[c].steps && --l->ch[c].steps) {
        plan_fade(l, c);
    } else {
        l->raw |= 1u << (INT_DUTY_END + c);
        *esp_plain(&l->esp, CH_CONF1 + CH_SIZE * c) &= ~CONF1_DUTY_START;
        update_irq(l);
    }
    drive(l, c);
}

static void drive_all(ledc *l, int timer_number) {
    for (unsigned c = 0; c < CHANNELS; c++)
        if (timer_number < 0 || (int)(l->ch[c].conf & 3) == timer_number) drive(l, c);
}

static void set_timer(ledc *l, unsigned i) {
    timer *t = &l->timer[i];
    uint32_t conf = esp_value(&l->esp, TIMER_CONF + 8 * i);
    t->ticks = conf & TIMER_RST ? 0 : source_ticks(l, t);
    t->since_ns = now_ns(l);
    t->hz = conf & (TIMER_RST | TIMER_PAUSE) ? 0 : source_hz(l);
    if (conf & TIMER_PARA_UP && (conf & 0x3FFFFF) != (t->conf & 0x3FFFFF)) {
        t->conf = conf & 0x3FFFFF;
        t->ticks = 0; /* a new period begins */
    }
    t->seen = overflows(l, t);
    watch_overflow(l, i);
    drive_all(l, (int)i);
}

static void event(emu_device *d, uint32_t id) {
    ledc *l = (ledc *)d;
    if (id < CHANNELS) {
        drive(l, id);
    } else if (id < EVENT_OVERFLOW) {
        fade(l, id - EVENT_FADE);
    } else {
        look_for_overflows(l);
        watch_overflow(l, id - EVENT_OVERFLOW);
        update_irq(l);
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    ledc *l = self(d);
    if (offset < CH_SIZE * CHANNELS && offset % CH_SIZE == CH_DUTY_R) {
        *value = l->ch[offset / CH_SIZE].duty;
        return true;
    }
    if (offset >= TIMER_CONF && offset < INT_RAW && offset % 8 == 4) {
        const timer *t = &l->timer[(offset - TIMER_CONF) / 8];
        *value = (uint32_t)(counts(l, t) % period(t));
        return true;
    }
    switch (offset) {
    case INT_RAW:
    case INT_ST:
        look_for_overflows(l);
        *value = offset == INT_RAW ? l->raw : l->raw & l->ena;
        return true;
    case INT_ENA: *value = l->ena; return true;
    case INT_CLR: *value = 0; return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    ledc *l = self(d);
    switch (offset) {
    case INT_RAW:
    case INT_ST: return true;
    case INT_ENA:
        l->ena = value & 0xFFFF;
        for (unsigned i = 0; i < TIMERS; i++) watch_overflow(l, i);
        break;
    case INT_CLR:
        look_for_overflows(l);
        l->raw &= ~value;
        break;
    default: return false;
    }
    update_irq(l);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    ledc *l = self(d);
    uint32_t value = esp_value(d, offset);
    (void)old;
    if (offset == CONF) {
        for (unsigned i = 0; i < TIMERS; i++) set_timer(l, i);
    } else if (offset >= TIMER_CONF && offset < INT_RAW) {
        set_timer(l, (offset - TIMER_CONF) / 8);
        *esp_plain(d, offset) = value & ~(uint32_t)TIMER_PARA_UP;
    } else if (offset < CH_SIZE * CHANNELS) {
        unsigned c = offset / CH_SIZE, at = offset % CH_SIZE;
        if (at == CH_CONF0 && value & CONF0_PARA_UP) {
            *esp_plain(d, offset) = value & ~(uint32_t)CONF0_PARA_UP;
            l->ch[c].conf = value;
            l->ch[c].hpoint = esp_value(d, CH_HPOINT + CH_SIZE * c) & 0x3FFF;
            drive(l, c);
        }
        if (at == CH_CONF1 && value & CONF1_DUTY_START) {
            l->ch[c].duty = esp_value(d, CH_DUTY + CH_SIZE * c) & 0x7FFFF;
            l->ch[c].steps = value >> 20 & 0x3FF;
            plan_fade(l, c);
            drive(l, c);
        }
    }
}

static void clocks_changed(esp_device *d) {
    for (unsigned i = 0; i < TIMERS; i++) set_timer(self(d), i);
}

static void reset(esp_device *d) {
    ledc *l = self(d);
    for (uint32_t id = 0; id < EVENT_OVERFLOW + TIMERS; id++) emu_cancel(&d->base, id);
    for (unsigned i = 0; i < TIMERS; i++) l->timer[i] = (timer){.conf = 0};
    for (unsigned c = 0; c < CHANNELS; c++) {
        l->ch[c].conf = l->ch[c].hpoint = l->ch[c].duty = l->ch[c].steps = 0;
        if (l->gpio) esp_signal_drive(l->gpio, ESP_SIG_LEDC + c, false, true);
    }
    l->raw = l->ena = 0;
    update_irq(l);
}

static void link(emu_device *d) {
    ((ledc *)d)->system = emu_device_by_name(d->machine, "SYSTEM");
    ((ledc *)d)->gpio = emu_device_by_name(d->machine, "GPIO");
}

#define CHANNEL(n)                                                                                                                         \
    {CH_SIZE * n, 1, 0, 0x1FFFF}, {CH_SIZE * n + CH_HPOINT, 1, 0, 0x3FFF}, {CH_SIZE * n + CH_DUTY, 1, 0, 0x7FFFF},                         \
        {CH_SIZE * n + CH_CONF1, 1, CONF1_DUTY_INC, ~0u}
static const esp_register registers[] = {CHANNEL(0),
                                         CHANNEL(1),
                                         CHANNEL(2),
                                         CHANNEL(3),
                                         CHANNEL(4),
                                         CHANNEL(5),
                                         {TIMER_CONF, 1, TIMER_RST, 0x3FFFFFF},
                                         {TIMER_CONF + 8, 1, TIMER_RST, 0x3FFFFFF},
                                         {TIMER_CONF + 16, 1, TIMER_RST, 0x3FFFFFF},
                                         {TIMER_CONF + 24, 1, TIMER_RST, 0x3FFFFFF},
                                         {CONF, 1, 0, 0x80000003},
                                         {DATE, 1, 0x19061700, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {
    .registers = registers, .read = read, .write = write, .changed = changed, .reset = reset, .clocks_changed = clocks_changed};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_ledc = {
    .type = "esp32c3.ledc",
    .struct_size = sizeof(ledc),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .link = link,
};
