/* SPDX-License-Identifier: Apache-2.0 */
/* RTC and BKP of F1 (RM0008, "Real-time clock", "Backup registers"): a 32-bit counter with a prescaler, an alarm, data registers. */
#include <string.h>

#include "devices/stm32/exti.h"
#include "devices/stm32/rcc.h"

enum {
    CRH = 0x00,
    CRL = 0x04,
    PRLH = 0x08,
    PRLL = 0x0C,
    DIVH = 0x10,
    DIVL = 0x14,
    CNTH = 0x18,
    CNTL = 0x1C,
    ALRH = 0x20,
    ALRL = 0x24,
};
enum { SEC = 1u << 0, ALR = 1u << 1, OW = 1u << 2, RSF = 1u << 3, CNF = 1u << 4, RTOFF = 1u << 5 };
enum { RCC_BDCR = 0x20, RTCEN = 1u << 15, LSERDY = 1u << 1, ALARM_LINE = 17 };

typedef struct {
    stm32_device dev;
    uint32_t crh, crl, prl, cnt, alr;
    uint64_t base_ns; /* when cnt was counted */
    bool running;
} rtc;

static uint32_t clock_hz(const rtc *r) {
    const stm32_clocks *c = stm32_clocks_of(&r->dev);
    uint32_t b = stm32_rcc_register(&r->dev, RCC_BDCR);
    if (!(b & RTCEN)) return 0;
    switch (b >> 8 & 3u) {
    case 1: return b & LSERDY ? c->lse : 0;
    case 2: return c->lsi;
    case 3: return c->hse / 128;
    default: return 0;
    }
}

static uint64_t count_ns(const rtc *r) {
    uint32_t hz = clock_hz(r);
    return hz ? (r->prl + 1ull) * 1000000000u / hz : 0;
}

static void update(rtc *r) { stm32_irq(&r->dev, r->dev.base.irq, (r->crl & r->crh & (SEC | ALR | OW)) != 0); }

static void schedule(rtc *r) {
    uint64_t each = count_ns(r), now = emu_now_ns(r->dev.base.machine);
    if (each)
        emu_schedule_ns(&r->dev.base, 0, r->base_ns + each > now ? r->base_ns + each - now : 1);
    else
        emu_cancel(&r->dev.base, 0);
}

static void follow_clock(rtc *r) {
    bool runs = clock_hz(r) != 0;
    if (runs == r->running) return;
    r->running = runs;
    r->base_ns = emu_now_ns(r->dev.base.machine);
    schedule(r);
}

/* Each count: there are few of them in a second of virtual time. */
static void event(emu_device *d, uint32_t id) {
    rtc *r = (rtc *)d;
    (void)id;
    r->base_ns = emu_now_ns(d->machine);
    r->crl |= SEC | RSF;
    if (++r->cnt == 0) r->crl |= OW;
    if (r->cnt == r->alr) {
        r->crl |= ALR;
        stm32_exti_rise(&r->dev, ALARM_LINE);
        stm32_pwr_rtc(&r->dev);
    }
    update(r);
    schedule(r);
}

static uint32_t divider(const rtc *r) {
    uint64_t each = count_ns(r);
    if (!each) return r->prl;
    return r->prl - (uint32_t)((emu_now_ns(r->dev.base.machine) - r->base_ns) * (r->prl + 1ull) / each);
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    rtc *r = (rtc *)d;
    follow_clock(r);
    stm32_poll_hint(d);
    switch (offset) {
    case CRH: return r->crh;
    case CRL: return r->crl | RTOFF | (r->running ? RSF : 0u);
    case DIVH: emu_poll_hint(d->base.machine, 0); return divider(r) >> 16;
    case DIVL: emu_poll_hint(d->base.machine, 0); return divider(r) & 0xFFFFu;
    case CNTH: return r->cnt >> 16;
    case CNTL: return r->cnt & 0xFFFFu;
    case PRLH:
    case PRLL:
    case ALRH:
    case ALRL: return 0; /* write-only */
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static uint32_t with_half(uint32_t old, bool high, uint32_t value) {
    return high ? (old & 0xFFFFu) | value << 16 : (old & 0xFFFF0000u) | (value & 0xFFFFu);
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    rtc *r = (rtc *)d;
    (void)lanes;
    follow_clock(r);
    switch (offset) {
    case CRH: r->crh = value & 7u; break;
    case CRL: r->crl = (r->crl & value & 0xFu) | (value & CNF); break;
    default:
        if (offset > ALRL) stm32_no_register(d, offset, value, true);
        if (!(r->crl & CNF) || !stm32_rcc_backup_is_open(d)) return;
        if (offset == PRLH || offset == PRLL) r->prl = with_half(r->prl, offset == PRLH, value) & 0xFFFFFu;
        if (offset == CNTH || offset == CNTL) r->cnt = with_half(r->cnt, offset == CNTH, value);
        if (offset == ALRH || offset == ALRL) r->alr = with_half(r->alr, offset == ALRH, value);
        if (offset == PRLH || offset == PRLL || offset == CNTH || offset == CNTL) r->base_ns = emu_now_ns(d->base.machine);
        schedule(r);
    }
    update(r);
}

static void backup_reset(stm32_device *d) {
    rtc *r = (rtc *)d;
    emu_cancel(&d->base, 0);
    r->prl = 0x8000;
    r->cnt = 0;
    r->alr = 0xFFFFFFFFu;
    r->base_ns = emu_now_ns(d->base.machine);
    r->running = false;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rtc *r = (rtc *)d;
    r->crh = r->crl = 0;
    if (kind == EMU_RESET_POWER_ON)
        backup_reset(&r->dev);
    else
        schedule(r); /* a reset of the machine has cleared all events, the counter goes on */
    update(r);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = read, .write = write, .backup_reset = backup_reset};
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_f1_rtc = {
    .type = "stm32.f1_rtc",
    .struct_size = sizeof(rtc),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
};

/* --- BKP ------------------------------------------------------------------------------------------------------------------------ */

enum { BKP_END = 0xC0 };

typedef struct {
    stm32_device dev;
    uint32_t reg[BKP_END / 4]; /* DR1..DR10 from 0x04, RTCCR, CR, CSR, DR11..DR42 from 0x40 */
} bkp;

static uint32_t bkp_read(stm32_device *d, uint32_t offset) {
    if (offset < BKP_END) return ((const bkp *)d)->reg[offset / 4];
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void bkp_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    (void)lanes;
    if (offset >= BKP_END)
        stm32_no_register(d, offset, value, true);
    else if (stm32_rcc_backup_is_open(d))
        ((bkp *)d)->reg[offset / 4] = value & 0xFFFFu;
}

static void bkp_backup_reset(stm32_device *d) { memset(((bkp *)d)->reg, 0, sizeof((bkp *)d)->reg); }

static void bkp_reset(emu_device *d, emu_reset_kind kind) {
    if (kind == EMU_RESET_POWER_ON) bkp_backup_reset((stm32_device *)d);
}

static bool bkp_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = bkp_read, .write = bkp_write, .backup_reset = bkp_backup_reset};
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_f1_bkp = {
    .type = "stm32.f1_bkp",
    .struct_size = sizeof(bkp),
    .region_size = 0x400,
    .init = bkp_init,
    .link = stm32_link,
    .reset = bkp_reset,
    .read = stm32_read,
    .write = stm32_write,
};
