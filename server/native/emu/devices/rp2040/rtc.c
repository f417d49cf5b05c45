/* SPDX-License-Identifier: Apache-2.0 */
/* RTC (4.8): date and time counted in seconds of clk_rtc / (CLKDIV_M1 + 1), and one alarm. */
#include "devices/rp2040/rp.h"

enum {
    CLKDIV_M1 = 0x00,
    SETUP_0 = 0x04,
    SETUP_1 = 0x08,
    CTRL = 0x0C,
    IRQ_SETUP_0 = 0x10,
    IRQ_SETUP_1 = 0x14,
    RTC_1 = 0x18,
    RTC_0 = 0x1C,
    INTR = 0x20,
    INTE = 0x24,
    INTF = 0x28,
    INTS = 0x2C,
};
enum { CTRL_ENABLE = 1, CTRL_ACTIVE = 2, CTRL_LOAD = 16, CTRL_NOT_LEAP = 256 };
enum { MATCH_ENA = 1u << 28, MATCH_ACTIVE = 1u << 29 };
enum { EVENT_SECOND };

typedef struct {
    uint32_t year, month, day, weekday, hour, minute, second;
} moment;

typedef struct {
    rp_device rp;
    emu_device *clocks;
    moment now;
    uint32_t latched_date;
} rtc;

static rtc *self(rp_device *d) { return (rtc *)d; }
static uint32_t plain(const rtc *r, uint32_t offset) { return *rp_plain((rp_device *)&r->rp, offset); }

static uint32_t date(const moment *t) { return t->year << 12 | t->month << 8 | t->day; }
static uint32_t time_of_day(const moment *t) { return t->weekday << 24 | t->hour << 16 | t->minute << 8 | t->second; }

static bool matches(const rtc *r) {
    uint32_t a = plain(r, IRQ_SETUP_0), b = plain(r, IRQ_SETUP_1), d = date(&r->now), t = time_of_day(&r->now);
    static const uint32_t fields_0[][2] = {{1u << 26, 0xFFF000}, {1u << 25, 0xF00}, {1u << 24, 0x1F}};
    static const uint32_t fields_1[][2] = {{1u << 31, 0x07000000}, {1u << 30, 0x1F0000}, {1u << 29, 0x3F00}, {1u << 28, 0x3F}};
    if (!(a & MATCH_ENA)) return false;
    for (unsigned i = 0; i < 3; i++)
        if (a & fields_0[i][0] && (a ^ d) & fields_0[i][1]) return false;
    for (unsigned i = 0; i < 4; i++)
        if (b & fields_1[i][0] && (b ^ t) & fields_1[i][1]) return false;
    return true;
}

static bool ints(const rtc *r) { return (matches(r) && plain(r, INTE) & 1) || plain(r, INTF) & 1; }
static void update_irq(rtc *r) { emu_irq_set(r->rp.base.machine, r->rp.base.irq, ints(r)); }

static uint32_t days_in(const rtc *r, uint32_t month) {
    static const uint8_t days[] = {31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 31, 31};
    bool leap = r->now.year % 4 == 0 && !(plain(r, CTRL) & CTRL_NOT_LEAP); /* 4.8.3: centuries are the software's business */
    return days[month & 15] + (month == 2 && leap ? 1u : 0u);
}

static void count_up(rtc *r) {
    moment *t = &r->now;
    if (++t->second < 60) return;
    t->second = 0;
    if (++t->minute < 60) return;
    t->minute = 0;
    if (++t->hour < 24) return;
    t->hour = 0;
    t->weekday = (t->weekday + 1) % 7;
    if (++t->day <= days_in(r, t->month)) return;
    t->day = 1;
    if (++t->month <= 12) return;
    t->month = 1;
    t->year = (t->year + 1) & 0xFFF;
}

static void schedule(rtc *r) {
    uint64_t hz = rp_clock_hz(r->clocks, RP_CLK_RTC);
    emu_machine *m = r->rp.base.machine;
    if (plain(r, CTRL) & CTRL_ENABLE && hz)
        emu_schedule(&r->rp.base, EVENT_SECOND, emu_now(m) + rp_cycles(m, plain(r, CLKDIV_M1) + 1ull, hz));
    else
        emu_cancel(&r->rp.base, EVENT_SECOND);
}

static void event(emu_device *d, uint32_t id) {
    rtc *r = (rtc *)d;
    (void)id;
    count_up(r);
    update_irq(r);
    schedule(r);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    rtc *r = self(d);
    emu_poll_hint(d->base.machine, UINT64_MAX);
    switch (offset) {
    case CTRL: *value = plain(r, CTRL) | (plain(r, CTRL) & CTRL_ENABLE ? (uint32_t)CTRL_ACTIVE : 0); return true;
    case IRQ_SETUP_0: *value = plain(r, IRQ_SETUP_0) | (plain(r, IRQ_SETUP_0) & MATCH_ENA ? (uint32_t)MATCH_ACTIVE : 0); return true;
    case RTC_0: /* must be read first: the date belongs to it */
        r->latched_date = date(&r->now);
        *value = time_of_day(&r->now);
        return true;
    case RTC_1: *value = r->latched_date; return true;
    case INTR: *value = matches(r); return true;
    case INTS: *value = ints(r); return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    rtc *r = self(d);
    if (offset == CTRL) {
        bool was = plain(r, CTRL) & CTRL_ENABLE;
        *rp_plain(d, CTRL) = value & (CTRL_ENABLE | CTRL_NOT_LEAP);
        if (value & CTRL_LOAD) {
            uint32_t a = plain(r, SETUP_0), b = plain(r, SETUP_1);
            r->now = (moment){a >> 12 & 0xFFF, a >> 8 & 15, a & 31, b >> 24 & 7, b >> 16 & 31, b >> 8 & 63, b & 63};
        }
        if (value & CTRL_LOAD || was != (bool)(value & CTRL_ENABLE)) schedule(r);
        update_irq(r);
        return true;
    }
    return offset == RTC_0 || offset == RTC_1 || offset == INTR || offset == INTS;
}

static void changed(rp_device *d, uint32_t offset) {
    (void)offset;
    update_irq(self(d));
}

static void reset(rp_device *d) {
    rtc *r = self(d);
    emu_cancel(&d->base, EVENT_SECOND);
    r->now = (moment){0, 0, 0, 0, 0, 0, 0};
    r->latched_date = 0;
    update_irq(r);
}

static void link(emu_device *d) { ((rtc *)d)->clocks = emu_device_by_name(d->machine, "CLOCKS"); }

static const rp_register registers[] = {{CLKDIV_M1, 1, 0, 0xFFFF},
                                        {SETUP_0, 1, 0, 0x00FFFF1F},
                                        {SETUP_1, 1, 0, 0x071F3F3F},
                                        {CTRL, 1, 0, 0},
                                        {IRQ_SETUP_0, 1, 0, 0x17FFFF1F},
                                        {IRQ_SETUP_1, 1, 0, 0xF71F3F3F},
                                        {INTE, 2, 0, 1},
                                        {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_rtc = {
    .type = "rp2040.rtc",
    .struct_size = sizeof(rtc),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
