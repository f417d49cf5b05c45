/* SPDX-License-Identifier: Apache-2.0 */
/* RTC and backup registers of F4 and L4 (RM0090, RM0351, "Real-time clock"): calendar, both alarms, wake-up timer. Time stamps, tampering
 * and calibration keep their registers. It belongs to the backup domain, which no system reset touches. */
#include <string.h>

#include "devices/stm32/exti.h"
#include "devices/stm32/rcc.h"

enum {
    TR = 0x00,
    DR = 0x04,
    CR = 0x08,
    ISR = 0x0C,
    PRER = 0x10,
    WUTR = 0x14,
    ALRMAR = 0x1C,
    ALRMBR = 0x20,
    WPR = 0x24,
    SSR = 0x28,
    SHIFTR = 0x2C,
    CALR = 0x3C,
    BKP0R = 0x50,
    LAST = 0xCC,
};
enum {
    BYPSHAD = 1u << 5,
    FMT = 1u << 6,
    ALRAE = 1u << 8,
    WUTE = 1u << 10,
    ALRAIE = 1u << 12,
    WUTIE = 1u << 14,
    ADD1H = 1u << 16,
    SUB1H = 1u << 17
};
enum {
    ALRAWF = 1u << 0,
    ALRBWF = 1u << 1,
    WUTWF = 1u << 2,
    INITS = 1u << 4,
    RSF = 1u << 5,
    INITF = 1u << 6,
    INIT = 1u << 7,
    ALRAF = 1u << 8,
    WUTF = 1u << 10,
    ISR_CLEARED = 0x3F20,
};
enum { EVENT_SECOND, EVENT_WAKEUP };
enum { DAY_S = 86400, RTCEN = 1u << 15 };

typedef struct {
    stm32_device dev;
    bool l4;
    uint32_t reg[LAST / 4 + 1];
    uint32_t flags, key;
    uint32_t tr, dr; /* the calendar at `base_ns`, on a whole second */
    uint64_t base_ns;
    bool running, init;
} rtc;

/* --- clock --------------------------------------------------------------------------------------------------------------------- */

static uint32_t bdcr(const rtc *r) { return stm32_rcc_register(&r->dev, r->l4 ? 0x90 : 0x70); }

static uint32_t clock_hz(const rtc *r) {
    const stm32_clocks *c = stm32_clocks_of(&r->dev);
    uint32_t b = bdcr(r);
    if (!(b & RTCEN)) return 0;
    switch (b >> 8 & 3u) {
    case 1: return b & 2u ? c->lse : 0; /* LSERDY */
    case 2: return c->lsi;
    case 3: {
        uint32_t divider = r->l4 ? 32 : stm32_rcc_register(&r->dev, 0x08) >> 16 & 31u;
        return divider ? c->hse / divider : 0;
    }
    default: return 0;
    }
}

static uint64_t second_ns(const rtc *r) {
    uint32_t hz = clock_hz(r), prer = r->reg[PRER / 4];
    if (!hz) return 0;
    return ((prer >> 16 & 0x7Fu) + 1ull) * ((prer & 0x7FFFu) + 1ull) * 1000000000u / hz;
}

/* --- calendar ------------------------------------------------------------------------------------------------------------------ */

static unsigned of_bcd(uint32_t x) { return (x >> 4 & 15u) * 10 + (x & 15u); }
static uint32_t to_bcd(unsigned x) { return (uint32_t)(x / 10 % 10) << 4 | x % 10; }

static unsigned hour_of(const rtc *r, uint32_t tr) {
    unsigned h = of_bcd(tr >> 16 & 0x3Fu);
    return r->reg[CR / 4] & FMT ? h % 12 + (tr >> 22 & 1u ? 12 : 0) : h;
}

static uint32_t to_tr(const rtc *r, unsigned s) {
    unsigned h = s / 3600;
    uint32_t hours = r->reg[CR / 4] & FMT ? to_bcd(h % 12 ? h % 12 : 12) | (h >= 12 ? 0x40u : 0) : to_bcd(h);
    return hours << 16 | to_bcd(s / 60 % 60) << 8 | to_bcd(s % 60);
}

static unsigned days_in(unsigned month, unsigned year) {
    static const uint8_t days[13] = {31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && year % 4 == 0 ? 29 : days[month > 12 ? 0 : month];
}

static void next_day(rtc *r) {
    unsigned day = of_bcd(r->dr & 0x3Fu), month = of_bcd(r->dr >> 8 & 0x1Fu), weekday = r->dr >> 13 & 7u, year = of_bcd(r->dr >> 16);
    weekday = weekday % 7 + 1;
    if (++day > days_in(month, year)) {
        day = 1;
        if (++month > 12) {
            month = 1;
            year = (year + 1) % 100;
        }
    }
    r->dr = to_bcd(year) << 16 | weekday << 13 | to_bcd(month) << 8 | to_bcd(day);
}

static unsigned second_of_day(const rtc *r) { return hour_of(r, r->tr) * 3600 + of_bcd(r->tr >> 8 & 0x7Fu) * 60 + of_bcd(r->tr & 0x7Fu); }

static void add_seconds(rtc *r, uint64_t seconds) {
    uint64_t s = second_of_day(r) + seconds;
    for (; s >= DAY_S; s -= DAY_S) next_day(r);
    r->tr = to_tr(r, (unsigned)s);
}

static bool counts(const rtc *r) { return r->running && !r->init; }

static void sync(rtc *r) {
    uint64_t now = emu_now_ns(r->dev.base.machine), each = counts(r) ? second_ns(r) : 0;
    if (!each || now < r->base_ns) {
        r->base_ns = now;
        return;
    }
    uint64_t seconds = (now - r->base_ns) / each;
    if (!seconds) return;
    r->base_ns += seconds * each;
    add_seconds(r, seconds);
}

static uint32_t subsecond(const rtc *r) {
    uint64_t each = counts(r) ? second_ns(r) : 0;
    uint32_t top = r->reg[PRER / 4] & 0x7FFFu;
    if (!each) return top;
    return top - (uint32_t)((emu_now_ns(r->dev.base.machine) - r->base_ns) * (top + 1ull) / each);
}

/* --- alarms and wake-up ---------------------------------------------------------------------------------------------------------- */

static void raise(rtc *r, uint32_t flag, uint32_t enable, unsigned line) {
    bool rises = !(r->flags & flag);
    r->flags |= flag;
    if (!rises || !(r->reg[CR / 4] & enable)) return;
    stm32_exti_rise(&r->dev, line);
    stm32_pwr_rtc(&r->dev);
}

static bool alarm_matches(const rtc *r, uint32_t alarm) {
    static const struct {
        uint8_t mask_bit, shift;
        uint32_t field;
    } parts[3] = {{7, 0, 0x7F}, {15, 8, 0x7F}, {23, 16, 0x7F}};
    for (unsigned i = 0; i < 3; i++)
        if (!(alarm >> parts[i].mask_bit & 1u) && (alarm ^ r->tr) >> parts[i].shift & parts[i].field) return false;
    if (alarm >> 31) return true;
    return alarm >> 30 & 1u ? (alarm >> 24 & 7u) == (r->dr >> 13 & 7u) : (alarm >> 24 & 0x3Fu) == (r->dr & 0x3Fu);
}

static void schedule_second(rtc *r) {
    uint64_t each = counts(r) ? second_ns(r) : 0, now = emu_now_ns(r->dev.base.machine);
    if (each && r->reg[CR / 4] & (3u * ALRAE))
        emu_schedule_ns(&r->dev.base, EVENT_SECOND, r->base_ns + each > now ? r->base_ns + each - now : 1);
    else
        emu_cancel(&r->dev.base, EVENT_SECOND);
}

static uint64_t wakeup_ns(const rtc *r) {
    uint32_t select = r->reg[CR / 4] & 7u, hz = clock_hz(r);
    uint64_t ticks = (r->reg[WUTR / 4] & 0xFFFFu) + 1ull;
    if (!hz) return 0;
    if (select < 4) return ticks * (16u >> select) * 1000000000u / hz;
    return (ticks + (select >= 6 ? 0x10000u : 0)) * second_ns(r);
}

static void schedule_wakeup(rtc *r) {
    uint64_t ns = r->reg[CR / 4] & WUTE ? wakeup_ns(r) : 0;
    if (ns)
        emu_schedule_ns(&r->dev.base, EVENT_WAKEUP, ns);
    else
        emu_cancel(&r->dev.base, EVENT_WAKEUP);
}

static void event(emu_device *d, uint32_t id) {
    rtc *r = (rtc *)d;
    if (id == EVENT_WAKEUP) {
        raise(r, WUTF, WUTIE, r->l4 ? 20 : 22);
        schedule_wakeup(r);
        return;
    }
    sync(r);
    for (unsigned i = 0; i < 2; i++)
        if (r->reg[CR / 4] & (uint32_t)ALRAE << i && alarm_matches(r, r->reg[ALRMAR / 4 + i]))
            raise(r, (uint32_t)ALRAF << i, (uint32_t)ALRAIE << i, r->l4 ? 18 : 17);
    schedule_second(r);
}

/* RTCEN or the source in BDCR may have changed. */
static void clocks_changed(stm32_device *d) {
    rtc *r = (rtc *)d;
    bool runs = clock_hz(r) != 0;
    if (runs == r->running) return;
    sync(r);
    r->running = runs;
    r->base_ns = emu_now_ns(d->base.machine);
    schedule_second(r);
    schedule_wakeup(r);
}

/* --- registers --------------------------------------------------------------------------------------------------------------------- */

static uint32_t isr(const rtc *r) {
    uint32_t cr = r->reg[CR / 4], value = r->flags;
    if (r->init) value |= INIT | INITF;
    if (!(cr & ALRAE)) value |= ALRAWF;
    if (!(cr & (uint32_t)ALRAE << 1)) value |= ALRBWF;
    if (!(cr & WUTE)) value |= WUTWF;
    if (r->dr >> 16 & 0xFFu) value |= INITS;
    if (counts(r)) value |= RSF; /* the shadow registers are always in step here */
    return value;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    rtc *r = (rtc *)d;
    clocks_changed(d);
    sync(r);
    switch (offset) {
    case TR: return r->tr;
    case DR: return r->dr;
    case ISR: return isr(r);
    case SSR: return subsecond(r);
    case WPR:
    case SHIFTR: return 0;
    default: break;
    }
    if (offset <= LAST) return r->reg[offset / 4];
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write_isr(rtc *r, uint32_t value) {
    bool init = value & INIT;
    r->flags &= value | ~(uint32_t)ISR_CLEARED;
    if (init == r->init) return;
    sync(r);
    r->init = init;
    r->base_ns = emu_now_ns(r->dev.base.machine);
    schedule_second(r);
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    rtc *r = (rtc *)d;
    (void)lanes;
    if (!stm32_rcc_backup_is_open(d)) return;
    clocks_changed(d);
    if (offset >= BKP0R && offset <= LAST) {
        r->reg[offset / 4] = value;
        return;
    }
    if (offset == WPR) { /* 0xCA, then 0x53 */
        r->key = (value & 0xFFu) == 0xCA ? 1 : (value & 0xFFu) == 0x53 && r->key == 1 ? 2 : 0;
        return;
    }
    if (offset == ISR) {
        write_isr(r, r->key == 2 ? value : (value & ~(uint32_t)INIT) | (r->init ? INIT : 0)); /* flags need no key */
        return;
    }
    if (r->key != 2) return;
    sync(r);
    switch (offset) {
    case TR:
        if (r->init) r->tr = value & 0x007F7F7Fu;
        break;
    case DR:
        if (r->init) r->dr = value & 0x00FFFF3Fu;
        break;
    case PRER:
        if (r->init) r->reg[PRER / 4] = value & 0x007F7FFFu;
        break;
    case CR:
        r->reg[CR / 4] = value & 0x00FCFF7Fu;
        if (value & ADD1H) add_seconds(r, 3600);
        if (value & SUB1H && second_of_day(r) >= 3600) r->tr = to_tr(r, second_of_day(r) - 3600);
        schedule_second(r);
        schedule_wakeup(r);
        break;
    case WUTR:
        r->reg[WUTR / 4] = value & 0xFFFFu;
        schedule_wakeup(r);
        break;
    case SHIFTR:
    case SSR: break;
    default:
        if (offset > LAST)
            stm32_no_register(d, offset, value, true);
        else
            r->reg[offset / 4] = value;
    }
}

static void backup_reset(stm32_device *d) {
    rtc *r = (rtc *)d;
    emu_cancel(&d->base, EVENT_SECOND);
    emu_cancel(&d->base, EVENT_WAKEUP);
    memset(r->reg, 0, sizeof r->reg);
    r->reg[PRER / 4] = 0x007F00FFu;
    r->reg[WUTR / 4] = 0xFFFFu;
    r->tr = r->flags = r->key = 0;
    r->dr = 0x2101;
    r->running = r->init = false;
    r->base_ns = emu_now_ns(d->base.machine);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rtc *r = (rtc *)d;
    if (kind == EMU_RESET_POWER_ON) {
        backup_reset(&r->dev);
        return;
    }
    r->key = 0; /* a reset of the machine has cleared all events, the calendar goes on */
    sync(r);
    schedule_second(r);
    schedule_wakeup(r);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"l4", NULL};
    static const stm32_spec spec = {
        .read = read, .write = write, .clocks_changed = clocks_changed, .backup_reset = backup_reset, .params = known};
    ((rtc *)d)->l4 = emu_param_value(params, count, "l4", 0) != 0;
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_rtc = {
    .type = "stm32.rtc",
    .struct_size = sizeof(rtc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};
