/* SPDX-License-Identifier: Apache-2.0 */
/* TIMER (4.6): a 64-bit counter of the watchdog's tick, one a microsecond as firmware sets it up, and four alarms on its low word. A core
 * held by the debugger does not pause it (DBGPAUSE is kept, and does nothing). */
#include "devices/rp2040/rp.h"

enum {
    TIMEHW = 0x00,
    TIMELW = 0x04,
    TIMEHR = 0x08,
    TIMELR = 0x0C,
    ALARM0 = 0x10,
    ARMED = 0x20,
    TIMERAWH = 0x24,
    TIMERAWL = 0x28,
    DBGPAUSE = 0x2C,
    PAUSE = 0x30,
    INTR = 0x34,
    INTE = 0x38,
    INTF = 0x3C,
    INTS = 0x40,
};
enum { ALARMS = 4 };

typedef struct {
    rp_device rp;
    emu_device *watchdog;
    uint64_t base, since; /* the count at the cycle `since` */
    uint64_t hz;          /* of the tick from there on, 0: it stands still */
    uint32_t latched_high, written_low;
    uint32_t alarm[ALARMS], armed, intr;
} timer;

static timer *self(rp_device *d) { return (timer *)d; }
static emu_machine *machine(const timer *t) { return t->rp.base.machine; }

static void link(emu_device *d) { ((timer *)d)->watchdog = emu_device_by_name(d->machine, "WATCHDOG"); }

static uint64_t time_now(const timer *t) {
    uint64_t cycles = rp_since(machine(t), t->since), clock = emu_clock_hz(machine(t));
    return t->base + cycles / clock * t->hz + cycles % clock * t->hz / clock;
}

/* First cycle at which the counter has gone `ticks` beyond its base. */
static uint64_t cycle_of(const timer *t, uint64_t ticks) {
    uint64_t clock = emu_clock_hz(machine(t));
    return t->since + ticks / t->hz * clock + (ticks % t->hz * clock + t->hz - 1) / t->hz;
}

static void update_irqs(timer *t) {
    uint32_t ints = (t->intr & *rp_plain(&t->rp, INTE)) | *rp_plain(&t->rp, INTF);
    for (int i = 0; i < ALARMS; i++) emu_irq_set(machine(t), t->rp.base.irq + i, ints >> i & 1);
}

static void schedule(timer *t, unsigned i) {
    if (!(t->armed >> i & 1) || !t->hz) {
        emu_cancel(&t->rp.base, i);
        return;
    }
    uint64_t now = time_now(t);
    uint32_t ahead = t->alarm[i] - (uint32_t)now;
    uint64_t target = now + (ahead ? ahead : 1ull << 32); /* the moment of equality has passed */
    emu_schedule(&t->rp.base, i, cycle_of(t, target - t->base));
}

static void fold(timer *t) {
    t->base = time_now(t);
    t->since = emu_now(machine(t));
}

static void set_rate(timer *t) {
    bool paused = *rp_plain(&t->rp, PAUSE) & 1;
    uint64_t hz = t->watchdog && !paused ? rp_tick_hz(t->watchdog) : 0;
    if (hz == t->hz) return;
    fold(t);
    t->hz = hz;
    for (unsigned i = 0; i < ALARMS; i++) schedule(t, i);
}

static void event(emu_device *d, uint32_t id) {
    timer *t = (timer *)d;
    t->armed &= ~(1u << id);
    t->intr |= 1u << id;
    update_irqs(t);
}

/* Whoever waits for a time reads the same until the next tick. */
static uint32_t low(timer *t) {
    uint64_t now = time_now(t);
    if (t->hz) emu_poll_hint(machine(t), cycle_of(t, now + 1 - t->base));
    return (uint32_t)now;
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    timer *t = self(d);
    switch (offset) {
    case TIMEHW:
    case TIMELW: *value = 0; return true;
    case TIMEHR: *value = t->latched_high; return true;
    case TIMELR:
        t->latched_high = (uint32_t)(time_now(t) >> 32);
        *value = (uint32_t)time_now(t);
        return true;
    case ARMED: *value = t->armed; return true;
    case TIMERAWH: *value = (uint32_t)(time_now(t) >> 32); return true;
    case TIMERAWL: *value = low(t); return true;
    case INTR: *value = t->intr; return true;
    case INTS: *value = (t->intr & *rp_plain(d, INTE)) | *rp_plain(d, INTF); return true;
    default:
        if (offset < ALARM0 || offset >= ALARM0 + 4 * ALARMS) return false;
        *value = t->alarm[(offset - ALARM0) / 4];
        return true;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    timer *t = self(d);
    if (offset >= ALARM0 && offset < ALARM0 + 4 * ALARMS) {
        unsigned i = (offset - ALARM0) / 4;
        t->alarm[i] = value;
        t->armed |= 1u << i;
        schedule(t, i);
        return true;
    }
    switch (offset) {
    case TIMELW: t->written_low = value; return true;
    case TIMEHW: /* the two halves take effect together */
        t->base = (uint64_t)value << 32 | t->written_low;
        t->since = emu_now(machine(t));
        for (unsigned i = 0; i < ALARMS; i++) schedule(t, i);
        return true;
    case ARMED:
        t->armed &= ~value;
        for (unsigned i = 0; i < ALARMS; i++) schedule(t, i);
        return true;
    case INTR:
        t->intr &= ~value;
        update_irqs(t);
        return true;
    case TIMEHR:
    case TIMELR:
    case TIMERAWH:
    case TIMERAWL:
    case INTS: return true;
    default: return false;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    if (offset == PAUSE) set_rate(self(d));
    update_irqs(self(d));
}

static void clocks_changed(rp_device *d) { set_rate(self(d)); }

static uint32_t clears(uint32_t offset) { return offset == INTR || offset == ARMED ? 15 : 0; }

static void reset(rp_device *d) {
    timer *t = self(d);
    t->base = t->hz = 0;
    t->since = emu_now(machine(t));
    t->latched_high = t->written_low = t->armed = t->intr = 0;
    for (unsigned i = 0; i < ALARMS; i++) {
        t->alarm[i] = 0;
        emu_cancel(&t->rp.base, i);
    }
    set_rate(t);
    update_irqs(t);
}

static const rp_register registers[] = {{DBGPAUSE, 1, 7, 6}, {PAUSE, 1, 0, 1}, {INTE, 2, 0, 15}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers,
                             .read = read,
                             .write = write,
                             .changed = changed,
                             .clears = clears,
                             .clocks_changed = clocks_changed,
                             .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_timer = {
    .type = "rp2040.timer",
    .struct_size = sizeof(timer),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
