/* SPDX-License-Identifier: Apache-2.0 */
/* RTC_CNTL, the low-power management (TRM 9, 6.1 and 12.3): the RTC timer and its alarm, registers that outlive resets, the causes of
 * resets, the RTC and the super watchdog, deep sleep. What switches power domains and tunes regulators keeps what is written. */
#include "devices/esp/esp.h"

enum {
    OPTIONS0 = 0x000,
    SLP_TIMER0 = 0x004,
    SLP_TIMER1 = 0x008,
    TIME_UPDATE = 0x00C,
    TIME_LOW0 = 0x010,
    TIME_HIGH0 = 0x014,
    STATE0 = 0x018,
    RESET_STATE = 0x038,
    WAKEUP_STATE = 0x03C,
    INT_ENA = 0x040,
    INT_RAW = 0x044,
    INT_ST = 0x048,
    INT_CLR = 0x04C,
    CLK_CONF = 0x070,
    DIG_PWC = 0x088,
    WDTCONFIG0 = 0x090,
    WDTCONFIG1 = 0x094,
    WDTCONFIG4 = 0x0A0,
    WDTFEED = 0x0A4,
    WDTWPROTECT = 0x0A8,
    SWD_CONF = 0x0AC,
    SWD_WPROTECT = 0x0B0,
    TIME_LOW1 = 0x0DC,
    TIME_HIGH1 = 0x0E0,
    SLP_WAKEUP_CAUSE = 0x0F8,
    GPIO_WAKEUP = 0x110,
    INT_ENA_W1TS = 0x100,
    INT_ENA_W1TC = 0x104,
    DATE = 0x1FC,
};
#define SW_SYS_RST (1u << 31)
#define SLEEP_EN (1u << 31)
#define WDT_EN (1u << 31)
#define SWD_AUTO_FEED_EN (1u << 31)
#define TIME_UPDATE_BIT (1u << 31)
#define DG_WRAP_PD_EN (1u << 31)
#define WDT_FEED_BIT (1u << 31)
enum {
    SW_PROCPU_RST = 1 << 5,
    MAIN_TIMER_ALARM_EN = 1 << 16,
    WAKEUP_ENA_GPIO = 1 << (15 + 2),
    WAKEUP_ENA_TIMER = 1 << (15 + 3),
    WDT_FLASHBOOT_MOD_EN = 1 << 12
};
enum { SWD_RESET_FLAG = 1, SWD_RST_FLAG_CLR = 1 << 28, SWD_FEED = 1 << 29, SWD_DISABLE = 1 << 30 };
enum { INT_SLP_WAKEUP = 1, INT_WDT = 1 << 3, INT_MAIN_TIMER = 1 << 10, INT_ALL = 0x19860B };
#define WDT_KEY 0x50D83AA1u
#define SWD_KEY 0x8F1D312Au
#define SWD_NS 1000000000u /* TRM 12.3: it wants to be fed in slightly less than a second */
enum { EVENT_WDT, EVENT_SWD, EVENT_ALARM };

typedef struct {
    esp_device esp;
    emu_device *gpio;
    uint64_t base_ticks, base_ns; /* of the RTC timer */
    uint32_t slow_hz;
    uint64_t latched[2];
    uint32_t cause, raw, ena;
    uint32_t next_cause; /* of the reset asked for */
    esp_wdt wdt;
    uint64_t swd_fed_ns;
    bool swd_flag, sleeping, alarm_on;
} rtc_cntl;

static rtc_cntl *self(esp_device *d) { return (rtc_cntl *)d; }
static emu_device *device(rtc_cntl *r) { return &r->esp.base; }
static emu_machine *machine(const rtc_cntl *r) { return r->esp.base.machine; }
static uint32_t plain(const rtc_cntl *r, uint32_t offset) { return esp_value(&r->esp, offset); }
static void update_irq(rtc_cntl *r) { esp_irq(&r->esp, 0, r->raw & r->ena); }

/* --- the timer ------------------------------------------------------------------------------------------------------------------ */

static uint32_t selected_hz(const rtc_cntl *r) {
    switch (plain(r, CLK_CONF) >> 30) {
    case 1: return 32768;
    case 2: return ESP_RC_FAST_HZ / 256;
    default: return ESP_RC_SLOW_HZ;
    }
}

uint32_t esp_rtc_slow_hz(const emu_device *d) { return ((const rtc_cntl *)d)->slow_hz; }

static uint64_t ticks(const rtc_cntl *r) {
    return (r->base_ticks + esp_ticks(emu_now_ns(machine(r)) - r->base_ns, r->slow_hz)) & 0xFFFFFFFFFFFFu;
}

uint64_t esp_rtc_time(const emu_device *d) { return ticks((const rtc_cntl *)d); }

static void set_alarm(rtc_cntl *r) {
    if (!r->alarm_on) {
        emu_cancel(device(r), EVENT_ALARM);
        return;
    }
    uint64_t target = plain(r, SLP_TIMER0) | (uint64_t)(plain(r, SLP_TIMER1) & 0xFFFF) << 32, now = ticks(r);
    if (target <= now) {
        emu_schedule_ns(device(r), EVENT_ALARM, 0);
        return;
    }
    uint64_t at = target - r->base_ticks, ns = esp_ns(at, r->slow_hz), past = emu_now_ns(machine(r)) - r->base_ns;
    if (ns != ESP_NEVER) emu_schedule_ns(device(r), EVENT_ALARM, ns > past ? ns - past : 0);
}

/* --- watchdogs ------------------------------------------------------------------------------------------------------------------ */

static uint64_t hold(const emu_device *d, unsigned stage) {
    const rtc_cntl *r = (const rtc_cntl *)d;
    uint64_t length = plain(r, WDTCONFIG1 + 4 * stage);
    /* TRM 12.2.2.2: the first stage of this one is twice as long (EFUSE_WDT_DELAY_SEL 0) */
    return esp_ns(stage == 0 ? 2 * length : length, r->slow_hz);
}

static unsigned wdt_action(const rtc_cntl *r, unsigned stage) {
    uint32_t conf = plain(r, WDTCONFIG0);
    if (!(conf & WDT_EN)) return stage == 0 ? ESP_WDT_RESET_SYSTEM : ESP_WDT_OFF; /* guards booting */
    return conf >> (28 - 3 * stage) & 7;
}

static void wdt_update(rtc_cntl *r) {
    uint32_t conf = plain(r, WDTCONFIG0);
    bool guards = conf & WDT_FLASHBOOT_MOD_EN && r->gpio && esp_boots_from_flash(r->gpio);
    esp_wdt_update(&r->wdt, device(r), EVENT_WDT, conf & WDT_EN || guards, hold);
}

static void wdt_event(rtc_cntl *r) {
    unsigned action = wdt_action(r, esp_wdt_expire(&r->wdt, device(r), EVENT_WDT, hold));
    if (!(plain(r, WDTCONFIG0) & WDT_EN) && emu_download_mode(machine(r))) return;
    if (action == ESP_WDT_INTERRUPT) {
        r->raw |= INT_WDT;
        update_irq(r);
    } else if (action == ESP_WDT_RESET_CPU) {
        esp_reset_chip(device(r), ESP_RESET_CPU_RWDT);
    } else if (action == ESP_WDT_RESET_CORE) {
        esp_reset_chip(device(r), ESP_RESET_CORE_RWDT);
    } else if (action >= ESP_WDT_RESET_SYSTEM) {
        esp_reset_chip(device(r), ESP_RESET_SYS_RWDT);
    }
}

static void swd_update(rtc_cntl *r) {
    uint64_t past = emu_now_ns(machine(r)) - r->swd_fed_ns;
    if (plain(r, SWD_CONF) & (SWD_AUTO_FEED_EN | SWD_DISABLE))
        emu_cancel(device(r), EVENT_SWD);
    else
        emu_schedule_ns(device(r), EVENT_SWD, past < SWD_NS ? SWD_NS - past : 0);
}

static void swd_feed(rtc_cntl *r) {
    r->swd_fed_ns = emu_now_ns(machine(r));
    swd_update(r);
}

static void swd_event(rtc_cntl *r) {
    if (emu_download_mode(machine(r))) { /* the loader feeds it */
        swd_feed(r);
        return;
    }
    r->swd_flag = true;
    esp_reset_chip(device(r), ESP_RESET_SYS_SWDT);
}

/* --- resets and sleep ----------------------------------------------------------------------------------------------------------- */

static bool is_watchdog(unsigned cause) {
    return cause != ESP_RESET_CORE_SW && cause != ESP_RESET_CPU_SW && cause != ESP_RESET_DEEP_SLEEP && cause != ESP_RESET_CORE_USB_UART;
}

/* A reset of the CPU alone is one of the core here: firmware that asks for it sets its peripherals up again. */
void esp_reset_chip(emu_device *d, unsigned cause) {
    ((rtc_cntl *)d)->next_cause = cause;
    emu_request_reset(d->machine, is_watchdog(cause) ? EMU_RESET_WATCHDOG : EMU_RESET_SOFT);
}

unsigned esp_reset_cause(const emu_device *d) { return ((const rtc_cntl *)d)->cause; }

/* Deep sleep: the core is off until the alarm of the RTC timer, which resets everything but this block. */
static void sleep(rtc_cntl *r) {
    bool deep = plain(r, DIG_PWC) & DG_WRAP_PD_EN;
    r->sleeping = true;
    *esp_plain(&r->esp, SLP_WAKEUP_CAUSE) = 0;
    if (deep) emu_core_hold(machine(r), 0, true);
}

static void wake(rtc_cntl *r, uint32_t why) {
    bool deep = plain(r, DIG_PWC) & DG_WRAP_PD_EN;
    r->sleeping = false;
    *esp_plain(&r->esp, SLP_WAKEUP_CAUSE) = why;
    *esp_plain(&r->esp, STATE0) &= ~SLEEP_EN;
    r->raw |= INT_SLP_WAKEUP;
    update_irq(r);
    if (!deep) return;
    emu_core_hold(machine(r), 0, false);
    esp_reset_chip(device(r), ESP_RESET_DEEP_SLEEP);
}

/* Pins 0 to 5 wake it by their level: GPIO_PINn_WAKEUP_ENABLE and _INT_TYPE, from the top down. */
static bool pin_wakes(const rtc_cntl *r, unsigned pin) {
    enum { LOW = 4, HIGH = 5 };
    uint32_t conf = plain(r, GPIO_WAKEUP);
    if (!(conf >> (31 - pin) & 1)) return false;
    return (conf >> (23 - 3 * pin) & 7) == (emu_pin_level(machine(r), pin) == EMU_HIGH ? HIGH : LOW);
}

static void look_at_pins(rtc_cntl *r) {
    if (!r->sleeping || !(plain(r, WAKEUP_STATE) & WAKEUP_ENA_GPIO)) return;
    for (unsigned pin = 0; pin < 6; pin++) {
        if (!pin_wakes(r, pin)) continue;
        *esp_plain(&r->esp, GPIO_WAKEUP) |= 1u << pin; /* GPIO_WAKEUP_STATUS */
        wake(r, 1 << 2);
        return;
    }
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    (void)pin;
    (void)level;
    look_at_pins((rtc_cntl *)d);
}

static void event(emu_device *d, uint32_t id) {
    rtc_cntl *r = (rtc_cntl *)d;
    if (id == EVENT_WDT) wdt_event(r);
    if (id == EVENT_SWD) swd_event(r);
    if (id == EVENT_ALARM) {
        r->alarm_on = false;
        r->raw |= INT_MAIN_TIMER;
        update_irq(r);
        if (r->sleeping && plain(r, WAKEUP_STATE) & WAKEUP_ENA_TIMER) wake(r, 1 << 3);
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    rtc_cntl *r = self(d);
    switch (offset) {
    case TIME_UPDATE:
    case WDTFEED:
    case INT_CLR:
    case INT_ENA_W1TS:
    case INT_ENA_W1TC: *value = 0; return true;
    case TIME_LOW0: *value = (uint32_t)r->latched[0]; return true;
    case TIME_HIGH0: *value = (uint32_t)(r->latched[0] >> 32); return true;
    case TIME_LOW1: *value = (uint32_t)r->latched[1]; return true;
    case TIME_HIGH1: *value = (uint32_t)(r->latched[1] >> 32); return true;
    case RESET_STATE: *value = (esp_value(d, RESET_STATE) & ~0xFFFu) | r->cause | r->cause << 6; return true;
    case INT_ENA: *value = r->ena; return true;
    case INT_RAW:
    case INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == INT_RAW ? r->raw : r->raw & r->ena;
        return true;
    case SWD_CONF: *value = esp_value(d, SWD_CONF) | r->swd_flag; return true;
    default: return false;
    }
}

static void write_timer_control(rtc_cntl *r, uint32_t value) {
    if (!(value & TIME_UPDATE_BIT)) return;
    r->latched[1] = r->latched[0];
    r->latched[0] = ticks(r);
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    rtc_cntl *r = self(d);
    bool locked = plain(r, WDTWPROTECT) != WDT_KEY;
    switch (offset) {
    case TIME_UPDATE: write_timer_control(r, value); return true;
    case INT_ENA: r->ena = value & INT_ALL; break;
    case INT_ENA_W1TS: r->ena |= value & INT_ALL; break;
    case INT_ENA_W1TC: r->ena &= ~value; break;
    case INT_CLR: r->raw &= ~value; break;
    case WDTFEED:
        if (!locked && value & WDT_FEED_BIT) esp_wdt_feed(&r->wdt, device(r), EVENT_WDT, hold);
        return true;
    case SWD_CONF:
        if (plain(r, SWD_WPROTECT) != SWD_KEY) return true;
        if (value & SWD_RST_FLAG_CLR) r->swd_flag = false;
        *esp_plain(d, SWD_CONF) = value & ~(uint32_t)(SWD_FEED | SWD_RST_FLAG_CLR | 3);
        if (value & SWD_FEED) r->swd_fed_ns = emu_now_ns(machine(r));
        swd_update(r);
        return true;
    case TIME_LOW0:
    case TIME_HIGH0:
    case TIME_LOW1:
    case TIME_HIGH1:
    case INT_RAW:
    case INT_ST: return true;
    default: return offset >= WDTCONFIG0 && offset <= WDTCONFIG4 && locked;
    }
    update_irq(r);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    rtc_cntl *r = self(d);
    uint32_t value = plain(r, offset);
    if (offset == OPTIONS0 && value & (SW_SYS_RST | SW_PROCPU_RST)) {
        *esp_plain(d, OPTIONS0) = old;
        esp_reset_chip(device(r), value & SW_SYS_RST ? ESP_RESET_CORE_SW : ESP_RESET_CPU_SW);
    }
    if (offset == SLP_TIMER1 && value & MAIN_TIMER_ALARM_EN) {
        *esp_plain(d, SLP_TIMER1) &= ~(uint32_t)MAIN_TIMER_ALARM_EN;
        r->alarm_on = true;
        set_alarm(r);
    }
    if (offset == STATE0 && value & ~old & SLEEP_EN) {
        sleep(r);
        look_at_pins(r);
    }
    if (offset == GPIO_WAKEUP && value & 1 << 6) *esp_plain(d, GPIO_WAKEUP) &= ~0x3Fu; /* GPIO_WAKEUP_STATUS_CLR */
    if (offset >= WDTCONFIG0 && offset <= WDTCONFIG4) wdt_update(r);
    if (offset == CLK_CONF && selected_hz(r) != r->slow_hz) {
        r->base_ticks = ticks(r);
        r->base_ns = emu_now_ns(machine(r));
        r->slow_hz = selected_hz(r);
        set_alarm(r);
        wdt_update(r);
    }
}

/* Power-on, EN and the resets of the system clear this block as well (TRM 6.1.1); to all others it is what stays. */
static void reset(emu_device *d, emu_reset_kind kind) {
    rtc_cntl *r = (rtc_cntl *)d;
    bool on = kind == EMU_RESET_POWER_ON || kind == EMU_RESET_PIN,
         system = r->next_cause == ESP_RESET_SYS_RWDT || r->next_cause == ESP_RESET_SYS_SWDT;
    bool flag = r->swd_flag && !on;
    if (r->sleeping) emu_core_hold(d->machine, 0, false);
    r->sleeping = false;
    r->cause = on                      ? ESP_RESET_POWER_ON
               : kind == EMU_RESET_USB ? ESP_RESET_CORE_USB_UART
               : r->next_cause         ? r->next_cause
                                       : ESP_RESET_CORE_SW;
    r->next_cause = 0;
    if (on || system) {
        esp_reset(d, EMU_RESET_POWER_ON);
        r->base_ticks = 0;
        r->base_ns = emu_now_ns(d->machine);
        r->slow_hz = ESP_RC_SLOW_HZ;
        r->latched[0] = r->latched[1] = 0;
        r->raw = r->ena = 0;
        r->wdt = (esp_wdt){.running = false};
        r->swd_flag = flag;
        r->alarm_on = false;
        r->swd_fed_ns = emu_now_ns(d->machine);
    }
    /* A boot from flash is guarded again, and the timers run on. */
    *esp_plain(&r->esp, WDTCONFIG0) |= WDT_FLASHBOOT_MOD_EN;
    if (!on && !system) r->swd_fed_ns = emu_now_ns(d->machine);
    wdt_update(r);
    swd_update(r);
    set_alarm(r);
    update_irq(r);
}

static void link(emu_device *d) { ((rtc_cntl *)d)->gpio = emu_device_by_name(d->machine, "GPIO"); }

static const esp_register registers[] = {{OPTIONS0, 1, 0x1C00A000, ~0u},
                                         {SLP_TIMER0, 1, 0, ~0u},
                                         {SLP_TIMER1, 1, 0, 0x1FFFF},
                                         {STATE0, 1, 0, ~3u},
                                         {0x01C, 1, 0x28140403, ~0u},
                                         {0x020, 1, 0x01000000, ~0u},
                                         {0x024, 1, 0x0A080A08, ~0u},
                                         {0x028, 1, 0x10200A08, ~0u},
                                         {0x02C, 1, 0x8000, ~0u},
                                         {0x030, 1, 0x0A080000, ~0u},
                                         {0x034, 1, 0x00C40000, ~0u},
                                         {RESET_STATE, 1, 0x3000, 0x030C3000},
                                         {WAKEUP_STATE, 1, 0x00060000, 0xFFFF8000},
                                         {0x050, 4, 0, ~0u}, /* STORE0 */
                                         {0x060, 1, 0x00066C80, ~0u},
                                         {0x064, 3, 0, ~0u},
                                         {CLK_CONF, 1, 0x11583218, ~0u},
                                         {0x074, 1, 0x00400000, ~0u},
                                         {0x078, 1, 0x0AB0BE0A, ~0u},
                                         {0x07C, 1, 0x00010800, ~0u},
                                         {0x080, 1, 0xA0000000, ~0u},
                                         {0x084, 1, 0, ~0u},
                                         {DIG_PWC, 1, 0x00555010, ~0u},
                                         {0x08C, 1, 0xAA805080, ~0u},
                                         {WDTCONFIG0, 1, 0x00013214, ~0u},
                                         {WDTCONFIG1, 1, 0x00030D40, ~0u},
                                         {0x098, 1, 0x00013880, ~0u},
                                         {0x09C, 2, 0xFFF, ~0u},
                                         {WDTWPROTECT, 1, 0, ~0u},
                                         {SWD_CONF, 1, 0x04B00000, ~0u},
                                         {SWD_WPROTECT, 1, 0, ~0u},
                                         {0x0B4, 5, 0, ~0u}, /* SW_CPU_STALL, STORE4..7 */
                                         {0x0C8, 2, 0, 0},
                                         {0x0D0, 2, 0, ~0u},
                                         {0x0D8, 1, 0x43FF0010, 0x7FFFFFFF},
                                         {0x0E4, 1, 0, ~0u},
                                         {0x0E8, 1, 0x0FF00000, ~0u},
                                         {0x0EC, 1, 0, ~0u},
                                         {0x0F0, 1, 0, 0},
                                         {0x0F4, 1, 0, 1}, /* OPTION1 */
                                         {SLP_WAKEUP_CAUSE, 1, 0, 0},
                                         {0x0FC, 1, 0xC800, ~0u},
                                         {0x108, 1, 0xA0D00000, ~0u},
                                         {0x10C, 1, 7, 7},
                                         {0x110, 6, 0, ~0u},
                                         {DATE, 1, 0x02007270, 0x0FFFFFFF},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_rtc_cntl = {
    .type = "esp32c3.rtc_cntl",
    .struct_size = sizeof(rtc_cntl),
    .region_size = 0x800, /* EFUSE is above */
    .init = init,
    .reset = reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .pin_changed = pin_changed,
    .link = link,
};
