/* SPDX-License-Identifier: Apache-2.0 */
/* PWR of STM32F1, F4 and L4 (RM0008, RM0090, RM0351, "Power control"): voltage scaling and over-drive with their ready flags, the write
 * protection of the backup domain, Standby and what ends it. Supply voltages are taken to be good. Stop is a sleep like any other, and
 * Shutdown of the L4 is Standby. */
#include "devices/stm32/rcc.h"
#include "devices/stm32/stm32.h"

extern const emu_device_class stm32_gpio, stm32_f1_gpio;

enum { CR = 0x00, CSR = 0x04 }; /* F1, F4 */
enum { CR_PDDS = 1u << 1, CR_CWUF = 1u << 2, CR_CSBF = 1u << 3, CR_DBP = 1u << 8, CR_ODEN = 1u << 16, CR_ODSWEN = 1u << 17 };
enum { CSR_WUF = 1u << 0, CSR_SBF = 1u << 1, CSR_EWUP1 = 1u << 8 };
enum { CSR_EWUP = 0x1C0, CSR_BRE = 1u << 9, CSR_BRR = 1u << 3, CSR_VOSRDY = 1u << 14, CSR_ODRDY = 1u << 16, CSR_ODSWRDY = 1u << 17 };
enum { /* L4 */
       L4_CR1 = 0x00,
       L4_CR2 = 0x04,
       L4_CR3 = 0x08,
       L4_CR4 = 0x0C,
       L4_SR1 = 0x10,
       L4_SR2 = 0x14,
       L4_SCR = 0x18,
       L4_PUCRA = 0x20,
       L4_END = 0x60,
};
enum { L4_LPMS = 7, L4_LPMS_STANDBY = 3, L4_EIWUL = 1u << 15, L4_SBF = 1u << 8, L4_WUFI = 1u << 15, L4_PINS = 5 };
enum { L4_CR1_LPR = 1u << 14, L4_SR2_REGLPS = 1u << 8, L4_SR2_REGLPF = 1u << 9 };
enum { EVENT_OVERDRIVE, EVENT_SWITCH };
enum { F1, F4, L4 };

typedef struct {
    stm32_device dev;
    unsigned family;
    uint32_t cr, csr; /* F1, F4: csr holds what software writes and the over-drive flags */
    uint32_t flags;   /* SBF and WUF, of CSR or SR1 */
    bool standby;
    uint32_t reg[L4_END / 4];
} pwr;

/* --- Standby: the core and all devices but those of the backup domain are off until the reset that ends it -------------------------- */

static uint32_t wake_flags(const pwr *p) { return p->family == L4 ? p->flags & ~(uint32_t)L4_SBF : p->flags & CSR_WUF; }

static void look(pwr *p) {
    if (!p->standby || !wake_flags(p)) return;
    p->standby = false;
    emu_core_hold(p->dev.base.machine, 0, false);
    stm32_rcc_wake(&p->dev);
}

static bool wants_standby(const pwr *p) {
    return p->family == L4 ? (p->reg[L4_CR1 / 4] & L4_LPMS) >= L4_LPMS_STANDBY : (p->cr & CR_PDDS) != 0;
}

static void deep_sleep(emu_device *d) {
    pwr *p = (pwr *)d;
    emu_machine *m = d->machine;
    if (!wants_standby(p) || p->standby) return;
    p->standby = true;
    p->flags |= p->family == L4 ? (uint32_t)L4_SBF : (uint32_t)CSR_SBF;
    emu_core_hold(m, 0, true);
    for (unsigned i = 0; i < emu_device_count(m); i++) { /* no pin is driven any more */
        emu_device *other = emu_device_number(m, i);
        if (other->cls == &stm32_gpio || other->cls == &stm32_f1_gpio) other->cls->reset(other, EMU_RESET_SOFT);
    }
    look(p);
}

void stm32_pwr_rtc(stm32_device *d) {
    emu_device *found = emu_device_by_name(d->base.machine, "PWR");
    if (!found || found->cls->deep_sleep != deep_sleep) return;
    pwr *p = (pwr *)found;
    if (p->family != L4)
        p->flags |= CSR_WUF;
    else if (p->reg[L4_CR3 / 4] & L4_EIWUL)
        p->flags |= L4_WUFI;
    look(p);
}

/* F1 and F4: WKUP is PA0, when it rises. L4: WKUP1 to WKUP5, CR4 tells which edge. */
static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    static const uint8_t pins[L4_PINS] = {0 * 32 + 0, 2 * 32 + 13, 4 * 32 + 6, 0 * 32 + 2, 2 * 32 + 5};
    pwr *p = (pwr *)d;
    if (p->family != L4 && pin == 0 && p->csr & CSR_EWUP1 && level == EMU_HIGH) p->flags |= CSR_WUF;
    for (unsigned i = 0; p->family == L4 && i < L4_PINS; i++)
        if (pin == pins[i] && p->reg[L4_CR3 / 4] >> i & 1u && level == (p->reg[L4_CR4 / 4] >> i & 1u ? EMU_LOW : EMU_HIGH))
            p->flags |= 1u << i;
    look(p);
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    const pwr *p = (const pwr *)d;
    stm32_poll_hint(d);
    if (offset == CR) return p->cr;
    if (offset == CSR) return p->csr | p->flags | (p->csr & CSR_BRE ? CSR_BRR : 0) | (p->family == F4 ? CSR_VOSRDY : 0);
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    pwr *p = (pwr *)d;
    if (offset == CR) {
        uint32_t old = p->cr;
        p->cr = stm32_merge(old, value, lanes & (p->family == F4 ? 0x003FFFF3u : 0x000001F3u));
        p->cr &= ~(uint32_t)(CR_CWUF | CR_CSBF);
        if (value & lanes & CR_CWUF) p->flags &= ~(uint32_t)CSR_WUF;
        if (value & lanes & CR_CSBF) p->flags &= ~(uint32_t)CSR_SBF;
        stm32_rcc_backup_open(d, p->cr & CR_DBP);
        uint32_t set = p->cr & ~old, cleared = old & ~p->cr;
        if (set & CR_ODEN) emu_schedule_ns(&d->base, EVENT_OVERDRIVE, 45000);
        if (set & CR_ODSWEN) emu_schedule_ns(&d->base, EVENT_SWITCH, 5000);
        if (cleared & CR_ODEN) p->csr &= ~(uint32_t)CSR_ODRDY;
        if (cleared & CR_ODSWEN) p->csr &= ~(uint32_t)CSR_ODSWRDY;
    } else if (offset == CSR) {
        p->csr = stm32_merge(p->csr, value, lanes & (p->family == F4 ? CSR_EWUP | CSR_BRE : 0x100u));
    } else {
        stm32_no_register(d, offset, value, true);
    }
}

static void event(emu_device *d, uint32_t id) {
    pwr *p = (pwr *)d;
    if (id == EVENT_OVERDRIVE && p->cr & CR_ODEN) p->csr |= CSR_ODRDY;
    if (id == EVENT_SWITCH && p->cr & CR_ODSWEN) p->csr |= CSR_ODSWRDY;
}

static uint32_t l4_read(stm32_device *d, uint32_t offset) {
    const pwr *p = (const pwr *)d;
    if (offset >= L4_END || offset == 0x1C) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    if (offset == L4_SR1) return p->flags;
    if (offset == L4_SR2) return L4_SR2_REGLPS | (p->reg[L4_CR1 / 4] & L4_CR1_LPR ? L4_SR2_REGLPF : 0);
    return p->reg[offset / 4];
}

static void l4_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    pwr *p = (pwr *)d;
    switch (offset) {
    case L4_SR1:
    case L4_SR2: return;
    case L4_SCR: p->flags &= ~(value & (L4_SBF | 0x1Fu)); return; /* WUFI goes with the RTC's own flag */
    default: break;
    }
    if (offset >= L4_END || offset == 0x1C) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    p->reg[offset / 4] = stm32_merge(p->reg[offset / 4], value, lanes);
    if (offset == L4_CR1) stm32_rcc_backup_open(d, p->reg[L4_CR1 / 4] & CR_DBP);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    pwr *p = (pwr *)d;
    if (p->standby) emu_core_hold(d->machine, 0, false); /* NRST, and the independent watchdog, end it too */
    p->standby = false;
    p->flags = kind == EMU_RESET_POWER_ON ? 0 : p->flags;
    emu_cancel(d, EVENT_OVERDRIVE);
    emu_cancel(d, EVENT_SWITCH);
    p->cr = p->family == F4 ? 0x0000C000u : 0;
    p->csr = 0;
    for (unsigned i = 0; i < L4_END / 4; i++) p->reg[i] = 0;
    p->reg[L4_CR1 / 4] = 0x00000200u;
    p->reg[L4_CR3 / 4] = 0x00008000u;
    stm32_rcc_backup_open((stm32_device *)d, false);
}

static const stm32_spec spec = {.read = read, .write = write};

static bool f1_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((pwr *)d)->family = F1;
    return stm32_init(d, &spec, params, count, error);
}

static bool f4_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((pwr *)d)->family = F4;
    return stm32_init(d, &spec, params, count, error);
}

static bool l4_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec l4 = {.read = l4_read, .write = l4_write};
    ((pwr *)d)->family = L4;
    return stm32_init(d, &l4, params, count, error);
}

#define CLASS(name, word, start)                                                                                                           \
    const emu_device_class name = {.type = word,                                                                                           \
                                   .struct_size = sizeof(pwr),                                                                             \
                                   .region_size = 0x400,                                                                                   \
                                   .init = start,                                                                                          \
                                   .link = stm32_link,                                                                                     \
                                   .reset = reset,                                                                                         \
                                   .read = stm32_read,                                                                                     \
                                   .write = stm32_write,                                                                                   \
                                   .pin_changed = pin_changed,                                                                             \
                                   .deep_sleep = deep_sleep,                                                                               \
                                   .event = event}
CLASS(stm32_f1_pwr, "stm32.f1_pwr", f1_init);
CLASS(stm32_f4_pwr, "stm32.f4_pwr", f4_init);
CLASS(stm32_l4_pwr, "stm32.l4_pwr", l4_init);
