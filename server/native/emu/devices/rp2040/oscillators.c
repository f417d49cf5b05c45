/* SPDX-License-Identifier: Apache-2.0 */
/* XOSC (2.16), ROSC (2.17) and the PLLs (2.18): what they take to start, and the frequency that comes out. In DORMANT state (2.11.3) the
 * cores stand until a pin wakes the oscillator, and the timer and the watchdog, which count by it, stand with them. */
#include "devices/rp2040/rp.h"

typedef enum { IS_XOSC, IS_ROSC, IS_PLL } kind;

typedef struct {
    rp_device rp;
    kind kind;
    emu_device *clocks;
    const emu_device *crystal; /* of a PLL */
    uint64_t hz;               /* of XOSC and ROSC */
    uint64_t seed;
    uint64_t random;
    bool on, dormant;
    uint64_t ready_at; /* cycle at which the oscillator is stable, the PLL locked */
} oscillator;

static oscillator *self(rp_device *d) { return (oscillator *)d; }
static uint32_t plain(const oscillator *o, uint32_t offset) { return *rp_plain((rp_device *)&o->rp, offset); }
static bool ready(const oscillator *o) { return o->on && emu_now(o->rp.base.machine) >= o->ready_at; }

static uint32_t when_ready(const oscillator *o, uint32_t bit) {
    if (ready(o)) return bit;
    if (o->on) emu_poll_hint(o->rp.base.machine, o->ready_at);
    return 0;
}

static void link(emu_device *d) {
    oscillator *o = (oscillator *)d;
    o->clocks = emu_device_by_name(d->machine, "CLOCKS");
    o->crystal = emu_device_by_name(d->machine, "XOSC");
}

static void tell(oscillator *o) {
    if (o->clocks) rp_clocks_changed(o->clocks);
}

/* --- XOSC ----------------------------------------------------------------------------------------------------------------- */

enum { X_CTRL = 0x00, X_STATUS = 0x04, X_DORMANT = 0x08, X_STARTUP = 0x0C, X_COUNT = 0x1C };
#define DORMANT_VALUE 0x636F6D61u      /* "coma" */
#define DORMANT_WAKE_VALUE 0x77616B65u /* "wake" */
enum { STABLE = 31, ENABLED = 12, ENABLE_ON = 0xFAB, ENABLE_OFF = 0xD1E };

static const rp_register xosc_registers[] = {
    {X_CTRL, 1, 0, 0x00FFFFFF}, {X_DORMANT, 1, 0, 0xFFFFFFFF}, {X_STARTUP, 1, 0xC4, 0x00103FFF}, {X_COUNT, 1, 0, 0xFF}, {0, 0, 0, 0}};

static bool xosc_read(rp_device *d, uint32_t offset, uint32_t *value) {
    oscillator *o = self(d);
    if (offset == X_COUNT) { /* counts down at the crystal's rate; read as run out, which every delay loop waits for */
        *value = 0;
        return true;
    }
    if (offset != X_STATUS) return false;
    *value = when_ready(o, 1u << STABLE) | (uint32_t)o->on << ENABLED;
    return true;
}

static bool ignore_status(rp_device *d, uint32_t offset, uint32_t value) {
    (void)value;
    return offset == (self(d)->kind == IS_XOSC ? X_STATUS : 0x18);
}

/* 2.16.3: STARTUP counts in 256 crystal periods */
static void start_crystal(oscillator *o) {
    uint32_t startup = plain(o, X_STARTUP), periods = (startup & 0x3FFF) * 256 * (startup >> 20 & 1 ? 4 : 1);
    o->on = true;
    o->ready_at = emu_now(o->rp.base.machine) + rp_cycles(o->rp.base.machine, periods, o->hz);
}

/* While clk_sys comes from another oscillator only the crystal stops. */
static void sleep(oscillator *o) {
    emu_device *bank = emu_device_by_name(o->rp.base.machine, "IO_BANK0");
    if (bank && rp_dormant_wakes(bank)) return;
    o->dormant = true;
    tell(o);
    if (o->clocks && !rp_clock_hz(o->clocks, RP_CLK_SYS)) emu_core_stall(o->rp.base.machine, UINT64_MAX);
}

void rp_dormant_wake(emu_device *d) {
    oscillator *o = (oscillator *)d;
    if (!o->dormant) return;
    o->dormant = false;
    start_crystal(o);
    tell(o);
    emu_core_stall_over(d->machine, o->ready_at);
}

static void xosc_changed(rp_device *d, uint32_t offset) {
    oscillator *o = self(d);
    uint32_t enable = plain(o, X_CTRL) >> 12 & 0xFFF;
    if (offset == X_DORMANT && plain(o, X_DORMANT) == DORMANT_VALUE && o->on) {
        *rp_plain(d, X_DORMANT) = DORMANT_WAKE_VALUE;
        sleep(o);
    }
    if (offset != X_CTRL) return;
    if (enable == ENABLE_OFF) o->on = false;
    if (enable == ENABLE_ON && !o->on) start_crystal(o);
    tell(o);
}

static void xosc_reset(rp_device *d) {
    self(d)->on = self(d)->dormant = false;
    tell(self(d));
}

static const rp_spec xosc_spec = {
    .registers = xosc_registers, .read = xosc_read, .write = ignore_status, .changed = xosc_changed, .reset = xosc_reset};

/* --- ROSC ------------------------------------------------------------------------------------------------------------------- */

enum {
    R_CTRL = 0x00,
    R_FREQA = 0x04,
    R_FREQB = 0x08,
    R_DORMANT = 0x0C,
    R_DIV = 0x10,
    R_PHASE = 0x14,
    R_STATUS = 0x18,
    R_RANDOMBIT = 0x1C,
    R_COUNT = 0x20
};

static const rp_register rosc_registers[] = {{R_CTRL, 1, 0x00FABAA0, 0x00FFFFFF},
                                             {R_FREQA, 2, 0, 0xFFFF7777},
                                             {R_DORMANT, 1, 0, 0xFFFFFFFF},
                                             {R_DIV, 1, 0xAB0, 0xFFF},
                                             {R_PHASE, 1, 8, 0xFFF},
                                             {R_COUNT, 1, 0, 0xFF},
                                             {0, 0, 0, 0}};

/* A fixed sequence for each chip, so that a run can be repeated (Marsaglia's xorshift64). */
static uint32_t random_bit(oscillator *o) {
    o->random ^= o->random << 13;
    o->random ^= o->random >> 7;
    o->random ^= o->random << 17;
    return o->random >> 33 & 1;
}

static bool rosc_read(rp_device *d, uint32_t offset, uint32_t *value) {
    oscillator *o = self(d);
    switch (offset) {
    case R_STATUS: *value = (uint32_t)o->on << STABLE | (uint32_t)o->on << 16 | (uint32_t)o->on << ENABLED; return true;
    case R_RANDOMBIT: *value = o->on ? random_bit(o) : 0; return true;
    case R_COUNT: *value = 0; return true;
    default: return false;
    }
}

static void rosc_changed(rp_device *d, uint32_t offset) {
    oscillator *o = self(d);
    uint32_t enable = plain(o, R_CTRL) >> 12 & 0xFFF;
    if (offset != R_CTRL) return;
    if (enable == ENABLE_OFF) o->on = false;
    if (enable == ENABLE_ON) o->on = true;
    tell(o);
}

static void rosc_reset(rp_device *d) {
    self(d)->on = true;
    self(d)->ready_at = 0;
    if (!self(d)->random) self(d)->random = self(d)->seed * 0x9E3779B97F4A7C15u | 1;
    tell(self(d));
}

static const rp_spec rosc_spec = {
    .registers = rosc_registers, .read = rosc_read, .write = ignore_status, .changed = rosc_changed, .reset = rosc_reset};

/* --- PLL -------------------------------------------------------------------------------------------------------------------- */

enum { P_CS = 0x0, P_PWR = 0x4, P_FBDIV_INT = 0x8, P_PRIM = 0xC };
enum { CS_LOCK = 31, PWR_PD = 1, PWR_POSTDIVPD = 8, PWR_VCOPD = 32, LOCK_US = 50 };

static const rp_register pll_registers[] = {
    {P_CS, 1, 1, 0x0000013F}, {P_PWR, 1, 0x2D, 0x2D}, {P_FBDIV_INT, 1, 0, 0xFFF}, {P_PRIM, 1, 0x00077000, 0x00077000}, {0, 0, 0, 0}};

static bool pll_read(rp_device *d, uint32_t offset, uint32_t *value) {
    if (offset != P_CS) return false;
    *value = plain(self(d), P_CS) | when_ready(self(d), 1u << CS_LOCK);
    return true;
}

static void pll_changed(rp_device *d, uint32_t offset) {
    oscillator *o = self(d);
    bool runs = !(plain(o, P_PWR) & (PWR_PD | PWR_VCOPD)) && plain(o, P_FBDIV_INT);
    if (runs && (!o->on || offset == P_FBDIV_INT)) o->ready_at = emu_now(d->base.machine) + rp_us(d->base.machine, LOCK_US);
    o->on = runs;
    tell(o);
}

static void pll_reset(rp_device *d) {
    self(d)->on = false;
    tell(self(d));
}

static const rp_spec pll_spec = {.registers = pll_registers, .read = pll_read, .changed = pll_changed, .reset = pll_reset};

static uint64_t pll_hz(const oscillator *o) {
    uint32_t cs = plain(o, P_CS), prim = plain(o, P_PRIM);
    uint64_t reference = o->crystal ? rp_oscillator_hz(o->crystal) / (cs & 63 ? cs & 63 : 1) : 0;
    uint32_t post = (prim >> 16 & 7) * (prim >> 12 & 7);
    if (cs >> 8 & 1) return reference; /* BYPASS */
    if (!o->on || plain(o, P_PWR) & PWR_POSTDIVPD || !post) return 0;
    return reference * plain(o, P_FBDIV_INT) / post;
}

uint64_t rp_oscillator_hz(const emu_device *d) {
    const oscillator *o = (const oscillator *)d;
    if (o->kind == IS_PLL) return pll_hz(o);
    return o->on && !o->dormant ? o->hz : 0;
}

/* ------------------------------------------------------------------------------------------------------------------------------ */

static bool init(emu_device *d, kind k, const rp_spec *spec, uint64_t hz, const emu_param *params, size_t count,
                 char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"hz", "seed", NULL};
    uint64_t values[] = {hz, 0};
    oscillator *o = (oscillator *)d;
    o->rp.spec = spec;
    o->kind = k;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    o->hz = values[0];
    o->seed = values[1] | 1;
    return true;
}

static bool xosc_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return init(d, IS_XOSC, &xosc_spec, 12000000, params, count, error);
}

static bool rosc_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return init(d, IS_ROSC, &rosc_spec, 6500000, params, count, error);
}

static bool pll_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return init(d, IS_PLL, &pll_spec, 0, params, count, error);
}

#define CLASS(variable, name, initialise)                                                                                                  \
    const emu_device_class variable = {                                                                                                    \
        .type = name,                                                                                                                      \
        .struct_size = sizeof(oscillator),                                                                                                 \
        .region_size = 0x4000,                                                                                                             \
        .init = initialise,                                                                                                                \
        .reset = rp_reset,                                                                                                                 \
        .read = rp_read,                                                                                                                   \
        .write = rp_write,                                                                                                                 \
        .link = link,                                                                                                                      \
    }

CLASS(rp2040_xosc, "rp2040.xosc", xosc_init);
CLASS(rp2040_rosc, "rp2040.rosc", rosc_init);
CLASS(rp2040_pll, "rp2040.pll", pll_init);
