/* SPDX-License-Identifier: Apache-2.0 */
/* IWDG and WWDG (RM0008, RM0090, RM0351, "Independent watchdog", "Window watchdog"). */
#include "devices/stm32/rcc.h"
#include "devices/stm32/stm32.h"
#include "machine.h"

/* Whether the debugger froze this watchdog for while the core is halted: DBGMCU, "DBGMCU_APB1_FZ", on F1 "DBGMCU_CR". */
static bool frozen_in_halt(const emu_device *d, unsigned bit, unsigned f1_bit) {
    emu_machine *m = d->machine;
    emu_device *g = emu_device_by_name(m, "DBGMCU");
    if (!g || !g->cls->read) return false;
    bool f1 = emu_device_by_name(m, "AFIO") != NULL;
    return f1 ? g->cls->read(g, 4, 4) >> f1_bit & 1u : g->cls->read(g, 8, 4) >> bit & 1u;
}

/* --- IWDG ------------------------------------------------------------------------------------------------------------------ */

enum { KR = 0x00, PR = 0x04, RLR = 0x08, SR = 0x0C, WINR = 0x10 };
enum { KEY_RELOAD = 0xAAAA, KEY_OPEN = 0x5555, KEY_START = 0xCCCC };
enum { PVU = 1, RVU = 2, WVU = 4 };
enum { EVENT_BITE, EVENT_UPDATED };

typedef struct {
    stm32_device dev;
    bool window; /* L4 */
    bool running, open;
    uint32_t pr, rlr, winr, sr;
    uint64_t loaded_ns, halted_then;
} iwdg;

static uint64_t tick_ns(const iwdg *w) { return (4ull << (w->pr > 6 ? 6 : w->pr)) * 1000000000u / stm32_clocks_of(&w->dev)->lsi; }

static void reload(iwdg *w) {
    if (!w->running) return;
    w->loaded_ns = emu_now_ns(w->dev.base.machine);
    w->halted_then = w->dev.base.machine->halted_cycles;
    emu_schedule_ns(&w->dev.base, EVENT_BITE, (w->rlr + 1ull) * tick_ns(w));
}

static bool outside_window(const iwdg *w) {
    uint64_t passed = (emu_now_ns(w->dev.base.machine) - w->loaded_ns) / tick_ns(w);
    return w->window && w->running && passed < w->rlr && w->rlr - passed > w->winr;
}

static uint32_t iwdg_read(stm32_device *d, uint32_t offset) {
    const iwdg *w = (const iwdg *)d;
    switch (offset) {
    case KR: return 0;
    case PR: return w->pr;
    case RLR: return w->rlr;
    case SR: stm32_poll_hint(d); return w->sr;
    case WINR:
        if (w->window) return w->winr;
        break;
    default: break;
    }
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void set(iwdg *w, uint32_t *reg, uint32_t value, uint32_t flag) {
    if (!w->open) return;
    *reg = value;
    w->sr |= flag; /* the write takes up to five LSI periods to arrive */
    emu_schedule_ns(&w->dev.base, EVENT_UPDATED, 5ull * 1000000000u / stm32_clocks_of(&w->dev)->lsi);
}

static void iwdg_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    iwdg *w = (iwdg *)d;
    (void)lanes;
    switch (offset) {
    case KR:
        if (!w->running && !w->open && (value & 0xFFFFu) == KEY_RELOAD) emu_poll_idle_write(d->base.machine);
        w->open = (value & 0xFFFFu) == KEY_OPEN;
        if ((value & 0xFFFFu) == KEY_START) {
            w->running = true;
            stm32_rcc_start_lsi(d);
            reload(w);
        } else if ((value & 0xFFFFu) == KEY_RELOAD) {
            if (outside_window(w))
                stm32_rcc_watchdog(d, true);
            else
                reload(w);
        }
        break;
    case PR: set(w, &w->pr, value & 7u, PVU); break;
    case RLR: set(w, &w->rlr, value & 0xFFFu, RVU); break;
    case SR: break;
    case WINR:
        if (w->window) {
            set(w, &w->winr, value & 0xFFFu, WVU);
            reload(w); /* RM0351, "IWDG_WINR": writing it reloads the counter */
            break;
        }
        stm32_no_register(d, offset, value, true);
        break;
    default: stm32_no_register(d, offset, value, true);
    }
}

static void iwdg_event(emu_device *d, uint32_t id) {
    iwdg *w = (iwdg *)d;
    if (id == EVENT_UPDATED) {
        w->sr = 0;
        return;
    }
    uint64_t halted = d->machine->halted_cycles - w->halted_then;
    if (halted && frozen_in_halt(d, 12, 8)) { /* that time did not count */
        w->halted_then = d->machine->halted_cycles;
        emu_schedule_ns(d, EVENT_BITE, halted * 1000000000u / emu_clock_hz(d->machine) + 1);
        return;
    }
    stm32_rcc_watchdog(&w->dev, true);
}

static void iwdg_reset(emu_device *d, emu_reset_kind kind) {
    iwdg *w = (iwdg *)d;
    (void)kind;
    emu_cancel(d, EVENT_BITE);
    emu_cancel(d, EVENT_UPDATED);
    w->running = w->open = false;
    w->pr = w->sr = 0;
    w->rlr = w->winr = 0xFFF;
}

static bool iwdg_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"window", NULL};
    static const stm32_spec spec = {.read = iwdg_read, .write = iwdg_write, .params = known};
    ((iwdg *)d)->window = emu_param_value(params, count, "window", 0) != 0;
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_iwdg = {
    .type = "stm32.iwdg",
    .struct_size = sizeof(iwdg),
    .region_size = 0x400,
    .init = iwdg_init,
    .link = stm32_link,
    .reset = iwdg_reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = iwdg_event,
};

/* --- WWDG -------------------------------------------------------------------------------------------------------------------- */

enum { WWDG_CR = 0x00, WWDG_CFR = 0x04, WWDG_SR = 0x08 };
enum { WDGA = 0x80, T6 = 0x40, T_MASK = 0x7F, EWI = 1u << 9, EWIF = 1 };
enum { EVENT_EARLY, EVENT_RESET };

typedef struct {
    stm32_device dev;
    bool active;
    uint32_t t, cfr, sr; /* t: the counter at the cycle `base` */
    uint64_t base;
} wwdg;

static uint64_t tick_cycles(const wwdg *w) { return stm32_cycles(w->dev.base.machine, 4096u << (w->cfr >> 7 & 3u), stm32_pclk(&w->dev)); }

static uint32_t count(const wwdg *w) {
    uint64_t passed = w->active ? (emu_now(w->dev.base.machine) - w->base) / tick_cycles(w) : 0;
    return passed > w->t ? 0 : w->t - (uint32_t)passed;
}

static void start(wwdg *w, uint32_t t) {
    w->t = t;
    w->base = emu_now(w->dev.base.machine);
    if (!w->active) return;
    if (!(t & T6)) {
        stm32_rcc_watchdog(&w->dev, false);
        return;
    }
    emu_schedule(&w->dev.base, EVENT_EARLY, w->base + (t - T6) * tick_cycles(w));
    emu_schedule(&w->dev.base, EVENT_RESET, w->base + (t - T6 + 1) * tick_cycles(w));
}

static uint32_t wwdg_read(stm32_device *d, uint32_t offset) {
    const wwdg *w = (const wwdg *)d;
    switch (offset) {
    case WWDG_CR: return count(w) | (w->active ? WDGA : 0);
    case WWDG_CFR: return w->cfr;
    case WWDG_SR: return w->sr;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void wwdg_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    wwdg *w = (wwdg *)d;
    (void)lanes;
    switch (offset) {
    case WWDG_CR:
        if (w->active && count(w) > (w->cfr & T_MASK)) { /* refreshed too early */
            stm32_rcc_watchdog(d, false);
            return;
        }
        w->active = w->active || value & WDGA;
        start(w, value & T_MASK);
        break;
    case WWDG_CFR: {
        uint32_t now = count(w);
        w->cfr = (value & 0x3FFu) | (w->cfr & EWI);
        start(w, now);
        break;
    }
    case WWDG_SR:
        w->sr &= value;
        stm32_irq(d, d->base.irq, w->sr & EWIF);
        break;
    default: stm32_no_register(d, offset, value, true);
    }
}

static void wwdg_event(emu_device *d, uint32_t id) {
    wwdg *w = (wwdg *)d;
    if (id == EVENT_RESET) {
        stm32_rcc_watchdog(&w->dev, false);
        return;
    }
    w->sr |= EWIF;
    if (w->cfr & EWI) stm32_irq(&w->dev, d->irq, true);
}

static void wwdg_reset(emu_device *d, emu_reset_kind kind) {
    wwdg *w = (wwdg *)d;
    (void)kind;
    emu_cancel(d, EVENT_EARLY);
    emu_cancel(d, EVENT_RESET);
    w->active = false;
    w->t = w->cfr = 0x7F;
    w->sr = 0;
    stm32_irq(&w->dev, d->irq, false);
}

static bool wwdg_init(emu_device *d, const emu_param *params, size_t n, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = wwdg_read, .write = wwdg_write};
    return stm32_init(d, &spec, params, n, error);
}

const emu_device_class stm32_wwdg = {
    .type = "stm32.wwdg",
    .struct_size = sizeof(wwdg),
    .region_size = 0x400,
    .init = wwdg_init,
    .link = stm32_link,
    .reset = wwdg_reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = wwdg_event,
};
