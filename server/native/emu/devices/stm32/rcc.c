/* SPDX-License-Identifier: Apache-2.0 */
/* What the RCC of STM32F1, F4 and L4 have in common: oscillators that take their time, the system clock switch, resets and their flags,
 * clock gates and peripheral resets, the backup domain (RM0008, RM0090, RM0402 and RM0351, "Reset and clock control"). */
#include "devices/stm32/rcc.h"

#include <stdio.h>
#include <string.h>

#include "machine.h"

/* --- the clock tree --------------------------------------------------------------------------------------------------- */

unsigned stm32_rcc_divider_ahb(uint32_t hpre) {
    static const uint16_t dividers[8] = {2, 4, 8, 16, 64, 128, 256, 512};
    return hpre & 8u ? dividers[hpre & 7u] : 1;
}

unsigned stm32_rcc_divider_apb(uint32_t ppre) { return ppre & 4u ? 2u << (ppre & 3u) : 1; }

bool stm32_rcc_gate_open(const stm32_rcc *r, uint32_t gate) { return r->reg[(gate >> 8) / 4 % STM32_RCC_WORDS] >> (gate & 31u) & 1u; }
const stm32_clocks *stm32_rcc_clocks(const stm32_rcc *r) { return &r->clocks; }
uint32_t stm32_rcc_peek(const stm32_rcc *r, uint32_t offset) { return r->reg[offset / 4 % STM32_RCC_WORDS]; }

static void tell(stm32_rcc *r, bool after) {
    emu_machine *m = r->dev.base.machine;
    for (size_t i = 0; i < m->device_count; i++) {
        if (!stm32_is_stm32(m->devices[i])) continue;
        stm32_device *d = (stm32_device *)m->devices[i];
        void (*hook)(stm32_device *) = after ? d->spec->clocks_changed : d->spec->clocks_change;
        if (hook) hook(d);
    }
}

static void update_tree(stm32_rcc *r) {
    stm32_clocks now;
    memset(&now, 0, sizeof now);
    r->family->tree(r, &now);
    emu_machine *m = r->dev.base.machine;
    if (memcmp(&now, &r->clocks, sizeof now) == 0 && now.hclk == emu_clock_hz(m)) return; /* power on gave the machine its default again */
    tell(r, false);
    r->clocks = now;
    emu_set_clock_hz(m, now.hclk);
    tell(r, true);
}

/* --- ready interrupts ------------------------------------------------------------------------------------------------------ */

static void update_irq(stm32_rcc *r) {
    const stm32_rcc_family *f = r->family;
    uint32_t flags = r->reg[f->flags_reg / 4] & 0x7Fu, enables = r->reg[f->enable_reg / 4] >> f->enable_shift & 0x7Fu;
    stm32_irq(&r->dev, r->dev.base.irq, (flags & enables) != 0);
}

/* --- oscillators ------------------------------------------------------------------------------------------------------------- */

static bool is_on(const stm32_rcc *r, unsigned i) {
    const stm32_oscillator *o = &r->family->oscillators[i];
    return r->reg[o->on_reg / 4] >> o->on_bit & 1u;
}

/* The switch follows SW when the clock that was chosen is ready. */
static void update_switch(stm32_rcc *r) {
    uint32_t *cfgr = &r->reg[r->family->cfgr / 4];
    int chosen = r->family->system[*cfgr & 3u];
    if (chosen >= 0 && stm32_rcc_ready(r, (unsigned)chosen)) *cfgr = (*cfgr & ~0xCu) | (*cfgr & 3u) << 2;
}

static void update(stm32_rcc *r) {
    const stm32_rcc_family *f = r->family;
    for (unsigned pass = 0; pass < 2; pass++) { /* PLLs come after what feeds them, in one more pass what feeds them stopped */
        for (unsigned i = 0; i < f->oscillator_count; i++) {
            const stm32_oscillator *o = &f->oscillators[i];
            bool wanted = is_on(r, i) && f->available(r, i), ready = stm32_rcc_ready(r, i);
            if (wanted && !ready && !(r->starting >> i & 1u)) {
                r->starting |= 1u << i;
                emu_schedule_ns(&r->dev.base, i, (uint64_t)o->startup_us * 1000u);
            } else if (!wanted) {
                r->starting &= ~(1u << i);
                emu_cancel(&r->dev.base, i);
                r->reg[o->ready_reg / 4] &= ~(1u << o->ready_bit);
            }
        }
    }
    update_switch(r);
    update_tree(r);
}

void stm32_rcc_event(emu_device *d, uint32_t id) {
    stm32_rcc *r = (stm32_rcc *)d;
    const stm32_oscillator *o = &r->family->oscillators[id];
    r->starting &= ~(1u << id);
    r->reg[o->ready_reg / 4] |= 1u << o->ready_bit;
    r->reg[r->family->flags_reg / 4] |= 1u << o->flag;
    update_irq(r);
    update(r);
}

void stm32_rcc_start_lsi(stm32_device *d) {
    stm32_rcc *r = d->rcc;
    if (!r) return;
    r->reg[r->family->csr / 4] |= 1u;
    update(r);
}

/* --- registers --------------------------------------------------------------------------------------------------------------- */

static const stm32_rcc_reg *find(const stm32_rcc_family *f, uint32_t offset) {
    for (unsigned i = 0; i < f->reg_count; i++)
        if (f->regs[i].offset == offset) return &f->regs[i];
    return NULL;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    stm32_rcc *r = (stm32_rcc *)d;
    if (!find(r->family, offset)) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    stm32_poll_hint(d); /* changes by events only */
    return r->reg[offset / 4];
}

/* A device whose reset bit is set goes back to its reset state. */
static void reset_devices(stm32_rcc *r, uint32_t enable_offset, uint32_t bits) {
    emu_machine *m = r->dev.base.machine;
    for (size_t i = 0; bits && i < m->device_count; i++) {
        emu_device *d = m->devices[i];
        if (!stm32_is_stm32(d) || !d->cls->reset) continue;
        uint32_t gate = ((stm32_device *)d)->gate;
        if (gate != STM32_NO_GATE && gate >> 8 == enable_offset && bits >> (gate & 31u) & 1u) d->cls->reset(d, EMU_RESET_SOFT);
    }
}

static void reset_backup(stm32_rcc *r) {
    r->reg[r->family->bdcr / 4] = 1u << r->family->bdrst;
    emu_machine *m = r->dev.base.machine;
    for (size_t i = 0; i < m->device_count; i++) {
        emu_device *d = m->devices[i];
        if (stm32_is_stm32(d) && ((stm32_device *)d)->spec->backup_reset) ((stm32_device *)d)->spec->backup_reset((stm32_device *)d);
    }
}

/* What is in use as the system clock cannot be switched off (RM0090, RCC_CR: HSION, HSEON, PLLON). */
static uint32_t keep_system_clock(const stm32_rcc *r, uint32_t offset, uint32_t value) {
    int used = r->family->system[r->reg[r->family->cfgr / 4] >> 2 & 3u];
    if (used < 0) return value;
    const stm32_oscillator *o = &r->family->oscillators[used];
    return o->on_reg == offset ? value | 1u << o->on_bit : value;
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    stm32_rcc *r = (stm32_rcc *)d;
    const stm32_rcc_family *f = r->family;
    const stm32_rcc_reg *reg = find(f, offset);
    if (!reg) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    uint32_t mask = reg->mask & lanes, *word = &r->reg[offset / 4], old = *word;
    if (offset == f->clear_reg) {
        r->reg[f->flags_reg / 4] &= ~((value & lanes) >> f->clear_shift & 0xFFu);
        update_irq(r);
        if (!mask) return;
    }
    if (offset == f->bdcr) {
        if (!r->backup_open) mask &= ~f->bdcr_protected;
        if (mask >> f->bdrst & value >> f->bdrst & 1u) {
            reset_backup(r);
            update(r);
            return;
        }
    }
    if (offset == f->csr && (lanes & value) >> f->remove_flags & 1u) old &= ~0xFF000000u;
    value = stm32_merge(old, value, mask);
    value = keep_system_clock(r, offset, value);
    if (f->effective) value = f->effective(r, offset, value);
    uint32_t before = *word;
    *word = value;
    if (offset >= f->first_reset && offset < f->first_reset + f->reset_below_enable)
        reset_devices(r, offset + f->reset_below_enable, value & ~before);
    if (offset == f->enable_reg) update_irq(r);
    update(r);
}

/* --- reset --------------------------------------------------------------------------------------------------------------------- */

static uint32_t cause(stm32_rcc *r, emu_reset_kind kind) {
    const stm32_rcc_family *f = r->family;
    uint32_t pin = 1u << f->flag_pin; /* every reset pulls NRST low */
    if (r->wakes) return 0;
    if (r->iwdg_bites) return pin | 1u << f->flag_iwdg;
    if (r->wwdg_bites) return pin | 1u << f->flag_wwdg;
    switch (kind) {
    case EMU_RESET_POWER_ON: return f->flags_power_on;
    case EMU_RESET_SOFT:
    case EMU_RESET_DEBUG: return pin | 1u << f->flag_soft;
    default: return pin;
    }
}

void stm32_rcc_reset(emu_device *d, emu_reset_kind kind) {
    stm32_rcc *r = (stm32_rcc *)d;
    const stm32_rcc_family *f = r->family;
    bool power_on = kind == EMU_RESET_POWER_ON;
    uint32_t flags = power_on ? 0 : r->reg[f->csr / 4] & 0xFF000000u & ~(1u << f->remove_flags), backup = r->reg[f->bdcr / 4];
    for (unsigned i = 0; i < f->reg_count; i++) r->reg[f->regs[i].offset / 4] = f->regs[i].reset;
    r->reg[f->csr / 4] |= flags | cause(r, kind);
    if (!power_on) r->reg[f->bdcr / 4] = backup; /* the backup domain knows no system reset */
    r->iwdg_bites = r->wwdg_bites = r->wakes = r->backup_open = false;
    r->starting = 0;
    for (unsigned i = 0; i < f->oscillator_count; i++) emu_cancel(d, i);
    update_irq(r);
    update(r);
}

bool stm32_rcc_init(emu_device *d, const stm32_rcc_family *family, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"hse_hz", "lse_hz", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    stm32_rcc *r = (stm32_rcc *)d;
    r->family = family;
    r->hse_hz = (uint32_t)emu_param_value(params, count, "hse_hz", 8000000);
    r->lse_hz = (uint32_t)emu_param_value(params, count, "lse_hz", 32768);
    if (strcmp(d->name, "RCC") != 0) {
        snprintf(error, EMU_ERROR_MAX, "device %s: the reset and clock controller must be named RCC", d->name);
        return false;
    }
    return stm32_init(d, &spec, params, count, error);
}

void stm32_rcc_backup_open(stm32_device *d, bool open) {
    if (d->rcc) d->rcc->backup_open = open;
}

bool stm32_rcc_backup_is_open(const stm32_device *d) { return !d->rcc || d->rcc->backup_open; }

void stm32_rcc_watchdog(stm32_device *d, bool independent) {
    if (d->rcc) *(independent ? &d->rcc->iwdg_bites : &d->rcc->wwdg_bites) = true;
    emu_request_reset(d->base.machine, EMU_RESET_WATCHDOG);
}

void stm32_rcc_wake(stm32_device *d) {
    if (d->rcc) d->rcc->wakes = true;
    emu_request_reset(d->base.machine, EMU_RESET_SOFT);
}
