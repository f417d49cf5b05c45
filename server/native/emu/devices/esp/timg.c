/* SPDX-License-Identifier: Apache-2.0 */
/* TIMG0 and TIMG1 (TRM 11 and 12.2): a timer of 54 bits, the main watchdog, and the counter that measures the slow clock. Time is computed,
 * not counted: the only events are the alarm, the ends of the watchdog's stages and of a measurement. */
#include "devices/esp/esp.h"

enum {
    T0CONFIG = 0x00,
    T0LO = 0x04,
    T0HI = 0x08,
    T0UPDATE = 0x0C,
    T0ALARMLO = 0x10,
    T0ALARMHI = 0x14,
    T0LOADLO = 0x18,
    T0LOADHI = 0x1C,
    T0LOAD = 0x20,
    WDTCONFIG0 = 0x48,
    WDTCONFIG1 = 0x4C,
    WDTCONFIG2 = 0x50,
    WDTCONFIG5 = 0x5C,
    WDTFEED = 0x60,
    WDTWPROTECT = 0x64,
    RTCCALICFG = 0x68,
    RTCCALICFG1 = 0x6C,
    INT_ENA = 0x70,
    INT_RAW = 0x74,
    INT_ST = 0x78,
    INT_CLR = 0x7C,
    RTCCALICFG2 = 0x80,
    NTIMG_DATE = 0xF8,
    REGCLK = 0xFC,
};
enum { T0_USE_XTAL = 1 << 9, T0_ALARM_EN = 1 << 10, T0_DIVCNT_RST = 1 << 12, T0_AUTORELOAD = 1 << 29, T0_INCREASE = 1 << 30 };
#define T0_EN (1u << 31)
#define WDT_EN (1u << 31)
#define CALI_START (1u << 31)
enum { WDT_FLASHBOOT_MOD_EN = 1 << 14, WDT_USE_XTAL = 1 << 21, WDT_CONF_UPDATE_EN = 1 << 22 };
enum { CALI_CYCLING = 1 << 12, CALI_RDY = 1 << 15, CALI_VALID = 1 };
enum { INT_T0 = 1, INT_WDT = 2 };
#define WDT_KEY 0x50D83AA1u
#define COUNT_MASK 0x3FFFFFFFFFFFFFu
enum { EVENT_ALARM, EVENT_WDT, EVENT_CALI };

typedef struct {
    esp_device esp;
    emu_device *system, *rtc, *gpio;
    uint32_t number;
    uint64_t base, base_ns; /* the count, and when it was that; while it runs it goes on from there */
    uint64_t hz;            /* 0: it stands */
    uint64_t latched, alarm_ns;
    uint32_t raw, ena;
    esp_wdt wdt;
    bool cali_running, cali_done;
    uint64_t cali_end_ns;
} timg;

static timg *self(esp_device *d) { return (timg *)d; }
static emu_device *device(timg *t) { return &t->esp.base; }
static uint64_t now_ns(const timg *t) { return emu_now_ns(t->esp.base.machine); }
static uint32_t plain(const timg *t, uint32_t offset) { return esp_value(&t->esp, offset); }

static void update_irq(timg *t) {
    esp_irq(&t->esp, 0, t->raw & t->ena & INT_T0);
    esp_irq(&t->esp, 1, t->raw & t->ena & INT_WDT);
}

static uint64_t source_hz(const timg *t, bool xtal) { return xtal || !t->system ? ESP_XTAL_HZ : esp_apb_hz(t->system); }

/* --- the timer ------------------------------------------------------------------------------------------------------------------ */

static uint64_t count(const timg *t) {
    if (!t->hz) return t->base;
    uint64_t ticks = esp_ticks(now_ns(t) - t->base_ns, t->hz);
    return (plain(t, T0CONFIG) & T0_INCREASE ? t->base + ticks : t->base - ticks) & COUNT_MASK;
}

static uint64_t timer_hz(const timg *t) {
    uint32_t conf = plain(t, T0CONFIG), divider = conf >> 13 & 0xFFFF;
    if (!(conf & T0_EN)) return 0;
    return source_hz(t, conf & T0_USE_XTAL) / (divider == 0 ? 65536 : divider == 1 ? 2 : divider);
}

static void set_alarm(timg *t) {
    uint32_t conf = plain(t, T0CONFIG);
    emu_cancel(device(t), EVENT_ALARM);
    if (!t->hz || !(conf & T0_ALARM_EN)) return;
    uint64_t target = plain(t, T0ALARMLO) | (uint64_t)(plain(t, T0ALARMHI) & 0x3FFFFF) << 32, c = count(t);
    /* TRM 11.2.3: passed within half of the range, it fires at once */
    uint64_t distance = (conf & T0_INCREASE ? target - c : c - target) & COUNT_MASK;
    uint64_t from_base = (conf & T0_INCREASE ? target - t->base : t->base - target) & COUNT_MASK;
    uint64_t ns = distance > COUNT_MASK / 2 ? 0 : esp_ns(from_base, t->hz), past = now_ns(t) - t->base_ns;
    if (ns != ESP_NEVER) emu_schedule_ns(device(t), EVENT_ALARM, ns > past ? ns - past : 0);
}

static void restart(timg *t, uint64_t value) {
    t->base = value & COUNT_MASK;
    t->base_ns = now_ns(t);
    t->hz = timer_hz(t);
    set_alarm(t);
}

static uint64_t load_value(const timg *t) { return plain(t, T0LOADLO) | (uint64_t)(plain(t, T0LOADHI) & 0x3FFFFF) << 32; }

static void alarm(timg *t) {
    *esp_plain(&t->esp, T0CONFIG) &= ~(uint32_t)T0_ALARM_EN;
    t->raw |= INT_T0;
    if (plain(t, T0CONFIG) & T0_AUTORELOAD) restart(t, load_value(t));
    update_irq(t);
}

/* --- the main watchdog ------------------------------------------------------------------------------------------------------------ */

static uint64_t hold(const emu_device *d, unsigned stage) {
    const timg *t = (const timg *)d;
    uint64_t prescale = plain(t, WDTCONFIG1) >> 16;
    return esp_ns(plain(t, WDTCONFIG2 + 4 * stage) * (prescale ? prescale : 1), source_hz(t, plain(t, WDTCONFIG0) & WDT_USE_XTAL));
}

static unsigned wdt_action(const timg *t, unsigned stage) {
    uint32_t conf = plain(t, WDTCONFIG0);
    if (!(conf & WDT_EN)) return stage == 0 ? ESP_WDT_RESET_CORE : ESP_WDT_OFF; /* guards booting */
    return conf >> (29 - 2 * stage) & 3;
}

static void wdt_update(timg *t) {
    uint32_t conf = plain(t, WDTCONFIG0);
    /* TRM 12.2.2.4: of TIMG0 alone */
    bool guards = conf & WDT_FLASHBOOT_MOD_EN && t->number == 0 && t->gpio && esp_boots_from_flash(t->gpio);
    esp_wdt_update(&t->wdt, device(t), EVENT_WDT, conf & WDT_EN || guards, hold);
}

static void wdt_event(timg *t) {
    unsigned action = wdt_action(t, esp_wdt_expire(&t->wdt, device(t), EVENT_WDT, hold));
    if (!(plain(t, WDTCONFIG0) & WDT_EN) && emu_download_mode(t->esp.base.machine)) return;
    if (action == ESP_WDT_INTERRUPT) {
        t->raw |= INT_WDT;
        update_irq(t);
    }
    if (!t->rtc) return;
    if (action == ESP_WDT_RESET_CPU) esp_reset_chip(t->rtc, t->number ? ESP_RESET_CPU_MWDT1 : ESP_RESET_CPU_MWDT0);
    if (action == ESP_WDT_RESET_CORE) esp_reset_chip(t->rtc, t->number ? ESP_RESET_CORE_MWDT1 : ESP_RESET_CORE_MWDT0);
}

/* --- measuring a slow clock (TRM 11.2.5): how many cycles of XTAL so many of its cycles take -------------------------------------- */

static uint64_t cali_hz(const timg *t) {
    switch (plain(t, RTCCALICFG) >> 13 & 3) {
    case 1: return ESP_RC_FAST_HZ / 256;
    case 2: return 32768;
    default: return ESP_RC_SLOW_HZ;
    }
}

static uint32_t cali_value(const timg *t) {
    return (uint32_t)((uint64_t)(plain(t, RTCCALICFG) >> 16 & 0x7FFF) * ESP_XTAL_HZ / cali_hz(t)) & 0x1FFFFFF;
}

static void cali_start(timg *t) {
    uint64_t ns = esp_ns(plain(t, RTCCALICFG) >> 16 & 0x7FFF, cali_hz(t));
    t->cali_done = false;
    t->cali_running = true;
    t->cali_end_ns = now_ns(t) + ns;
    emu_schedule_ns(device(t), EVENT_CALI, ns);
}

static void event(emu_device *d, uint32_t id) {
    timg *t = (timg *)d;
    if (id == EVENT_ALARM) alarm(t);
    if (id == EVENT_WDT) wdt_event(t);
    if (id == EVENT_CALI) {
        t->cali_running = false;
        t->cali_done = true;
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    timg *t = self(d);
    switch (offset) {
    case T0LO: *value = (uint32_t)t->latched; return true;
    case T0HI: *value = (uint32_t)(t->latched >> 32); return true;
    case T0UPDATE: /* TRM: 0 once the value is there, which is at once */
    case T0LOAD:
    case WDTFEED:
    case INT_CLR: *value = 0; return true;
    case RTCCALICFG:
        emu_poll_hint(d->base.machine, UINT64_MAX); /* the event ends it */
        *value = esp_value(d, offset);
        if (t->cali_done || *value & CALI_CYCLING) *value |= CALI_RDY; /* one that goes round and round has always done one */
        return true;
    case RTCCALICFG1: *value = cali_value(t) << 7 | (esp_value(d, RTCCALICFG) & CALI_CYCLING ? CALI_VALID : 0); return true;
    case INT_ENA: *value = t->ena; return true;
    case INT_RAW:
    case INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == INT_RAW ? t->raw : t->raw & t->ena;
        return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    timg *t = self(d);
    bool locked = plain(t, WDTWPROTECT) != WDT_KEY;
    switch (offset) {
    case T0UPDATE: t->latched = count(t); return true;
    case T0LOAD: restart(t, load_value(t)); return true;
    case WDTFEED:
        if (!locked) esp_wdt_feed(&t->wdt, device(t), EVENT_WDT, hold);
        return true;
    case INT_ENA: t->ena = value & 3; break;
    case INT_CLR: t->raw &= ~value; break;
    case T0LO:
    case T0HI:
    case RTCCALICFG1:
    case INT_RAW:
    case INT_ST: return true;
    default: return offset >= WDTCONFIG0 && offset <= WDTCONFIG5 && locked;
    }
    update_irq(t);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    timg *t = self(d);
    uint32_t value = esp_value(d, offset);
    if (offset == T0CONFIG) {
        uint32_t now = value & ~(uint32_t)T0_DIVCNT_RST;
        *esp_plain(d, T0CONFIG) = old; /* the count so far went as it was */
        uint64_t c = count(t);
        *esp_plain(d, T0CONFIG) = now;
        restart(t, c);
    }
    if (offset == T0ALARMLO || offset == T0ALARMHI) set_alarm(t);
    if (offset >= WDTCONFIG0 && offset <= WDTCONFIG5) {
        *esp_plain(d, WDTCONFIG0) &= ~(uint32_t)WDT_CONF_UPDATE_EN;
        wdt_update(t);
    }
    if (offset == RTCCALICFG) {
        if (value & CALI_START && !(old & CALI_START)) cali_start(t);
        if (!(value & CALI_START)) t->cali_done = t->cali_running = false;
    }
}

static void clocks_changed(esp_device *d) {
    timg *t = self(d);
    restart(t, count(t));
    if (t->wdt.running) wdt_update(t);
}

static void reset(esp_device *d) {
    timg *t = self(d);
    emu_cancel(&d->base, EVENT_ALARM);
    emu_cancel(&d->base, EVENT_CALI);
    t->base = t->latched = t->hz = 0;
    t->base_ns = now_ns(t);
    t->raw = t->ena = 0;
    t->wdt = (esp_wdt){.running = false};
    t->cali_running = t->cali_done = false;
    wdt_update(t);
    update_irq(t);
}

static void link(emu_device *d) {
    timg *t = (timg *)d;
    t->system = emu_device_by_name(d->machine, "SYSTEM");
    t->rtc = emu_device_by_name(d->machine, "RTC_CNTL");
    t->gpio = emu_device_by_name(d->machine, "GPIO");
}

static const esp_register registers[] = {{T0CONFIG, 1, 0x60002000, 0xFFFFFFFF & ~0x1FFu},
                                         {T0ALARMLO, 1, 0, ~0u},
                                         {T0ALARMHI, 1, 0, 0x3FFFFF},
                                         {T0LOADLO, 1, 0, ~0u},
                                         {T0LOADHI, 1, 0, 0x3FFFFF},
                                         {WDTCONFIG0, 1, 0x0004C000, ~0xFFFu},
                                         {WDTCONFIG1, 1, 0x00010000, 0xFFFF0000},
                                         {WDTCONFIG2, 1, 0x018CBA80, ~0u},
                                         {0x54, 1, 0x07FFFFFF, ~0u},
                                         {0x58, 2, 0x000FFFFF, ~0u},
                                         {WDTWPROTECT, 1, WDT_KEY, ~0u},
                                         {RTCCALICFG, 1, 0x00013000, 0xFFFF7000},
                                         {RTCCALICFG2, 1, 0xFFFFFF98, 0xFFFFFFF8},
                                         {NTIMG_DATE, 1, 0x02006191, 0x0FFFFFFF},
                                         {REGCLK, 1, 0x60000000, 0xE0000000},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {
    .registers = registers, .read = read, .write = write, .changed = changed, .reset = reset, .clocks_changed = clocks_changed};

static bool init(emu_device *d, const emu_param *params, size_t count_, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"number", NULL};
    uint64_t values[] = {0};
    ((esp_device *)d)->spec = &spec;
    if (!emu_params_take(d, params, count_, keys, values, error)) return false;
    ((timg *)d)->number = values[0] & 1;
    return true;
}

const emu_device_class esp_timg = {
    .type = "esp.timg",
    .struct_size = sizeof(timg),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .link = link,
};
