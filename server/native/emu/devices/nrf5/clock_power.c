/* SPDX-License-Identifier: Apache-2.0 */
/* CLOCK and POWER share one block at 0x40000000 and one interrupt (nRF52833 PS and nRF51 RM, "CLOCK" and "POWER"); so does what protects
 * blocks of the flash against being changed: MPU on the nRF51, BPROT on the nRF52832 (the later ones have ACL, see nvmc.c), and APPROTECT.
 *
 * Not modelled: POFWARN, SLEEPENTER and SLEEPEXIT events (nothing tells devices about sleep), the regulators beyond their registers. */
#include "devices/nrf5/nrf.h"
#include "machine.h"

enum { /* tasks */
       TASKS_HFCLKSTART,
       TASKS_HFCLKSTOP,
       TASKS_LFCLKSTART,
       TASKS_LFCLKSTOP,
       TASKS_CAL,
       TASKS_CTSTART,
       TASKS_CTSTOP,
       TASKS_CONSTLAT = 0x78 / 4,
       TASKS_LOWPWR,
};
enum { /* events; 0x108 POFWARN, 0x114 SLEEPENTER, 0x118 SLEEPEXIT and 0x11C..0x124 USB exist but never happen here */
       EVENTS_HFCLKSTARTED = 0,
       EVENTS_LFCLKSTARTED = 1,
       EVENTS_DONE = 3,
       EVENTS_CTTO = 4,
       EVENTS_CTSTARTED = 10,
       EVENTS_CTSTOPPED = 11,
};
enum {
    RESETREAS = 0x400,
    HFCLKRUN = 0x408,
    HFCLKSTAT = 0x40C,
    LFCLKRUN = 0x414,
    LFCLKSTAT = 0x418,
    LFCLKSRCCOPY = 0x41C,
    RAMSTATUS = 0x428,
    USBREGSTATUS = 0x438,
    SYSTEMOFF = 0x500,
    POFCON = 0x510,
    LFCLKSRC = 0x518,
    GPREGRET = 0x51C,
    GPREGRET2 = 0x520,
    RAMON = 0x524, /* nRF51, as are RESET, XTALFREQ, RAMONB and DCDCFORCE */
    HFXODEBOUNCE = 0x528,
    LFXODEBOUNCE = 0x52C,
    CTIV = 0x538,
    RESET = 0x544,
    XTALFREQ = 0x550,
    RAMONB = 0x554,
    APPROTECT_FORCEPROTECT = 0x550, /* hardened access port protection of build codes B0 and later */
    APPROTECT_DISABLE = 0x558,
    TRACECONFIG = 0x55C,
    DCDCEN = 0x578,
    DCDCEN0 = 0x580,
    MAINREGSTATUS = 0x640,
    DCDCFORCE = 0xA08,
    /* MPU of the nRF51, BPROT of the nRF52832 */
    PERR0 = 0x528,
    RLENR0 = 0x52C,
    PROTENSET0 = 0x600, /* BPROT: CONFIG0 */
    PROTENSET1 = 0x604, /* BPROT: CONFIG1 */
    DISABLEINDEBUG = 0x608,
    PROTBLOCKSIZE = 0x60C,
    CONFIG2 = 0x610,
    CONFIG3 = 0x614,
    RAM_POWER = 0x900, /* RAM[n].POWER, POWERSET, POWERCLR, every 0x10 */
    RAM_BLOCKS = 9,
};
enum { PROTECTED_BLOCK = 4096 }; /* bytes of flash a bit of PROTENSET or CONFIGn stands for */
enum { REAS_RESETPIN = 1u << 0, REAS_DOG = 1u << 1, REAS_SREQ = 1u << 2, REAS_LOCKUP = 1u << 3, REAS_OFF = 1u << 16 };
enum { SRC_RC, SRC_XTAL, SRC_SYNTH };
enum { EVENT_HFXO, EVENT_LFCLK, EVENT_CAL, EVENT_CT };

/* Start-up times, typical values of the PS, "CLOCK", "Electrical specification". */
#define HFXO_STARTUP_US 360u
#define LFRC_STARTUP_US 600u
#define LFXO_STARTUP_US 250000u
#define LFRC_CAL_US 16000u /* 512 LFCLK periods are counted against HFXO */
#define CTIV_UNIT_US 250000u

typedef struct {
    nrf_device nrf;
    bool is_nrf51;
    bool has_bprot; /* nRF52832 */
    bool has_lfxo;  /* the board carries a 32.768 kHz crystal */
    bool vbus;
    bool hf_requested, hf_running;
    bool lf_requested, lf_running;
    bool system_off;
    uint64_t lf_start;
    uint32_t resetreas, gpregret, gpregret2, pofcon, lfclksrc, lfclksrccopy, hfxodebounce, lfxodebounce, ctiv, traceconfig, dcdcen;
    uint32_t dcdcen0, ramon, ramonb, reset, xtalfreq, dcdcforce, perr0, rlenr0;
    uint32_t protected_blocks[4], disable_in_debug;
    uint32_t workarounds[3];
    uint32_t ram_power[RAM_BLOCKS];
} clock_power;

static const emu_device_class *class_of(void);

static clock_power *find(emu_machine *m) {
    for (unsigned i = 0; i < m->device_count; i++) {
        if (m->devices[i]->cls == class_of()) return (clock_power *)m->devices[i];
    }
    return NULL;
}

static void tell_lfclk(clock_power *c) {
    emu_machine *m = c->nrf.base.machine;
    for (unsigned i = 0; i < m->device_count; i++) {
        if (!nrf_is_nrf(m->devices[i])) continue;
        nrf_device *d = (nrf_device *)m->devices[i];
        if (d->spec->lfclk) d->spec->lfclk(d);
    }
}

static void lf_stop(clock_power *c) {
    c->lf_requested = false;
    emu_cancel(&c->nrf.base, EVENT_LFCLK);
    if (c->lf_running) {
        c->lf_running = false;
        tell_lfclk(c);
    }
}

static void lf_request(clock_power *c) {
    if (c->lf_requested) return;
    emu_machine *m = c->nrf.base.machine;
    c->lf_requested = true;
    c->lfclksrccopy = c->lfclksrc & 3u;
    unsigned source = c->lfclksrccopy;
    if (source == SRC_XTAL && !c->has_lfxo) return; /* no crystal: it never starts, as on such a board */
    uint32_t us = source == SRC_XTAL ? LFXO_STARTUP_US : LFRC_STARTUP_US;
    emu_schedule(&c->nrf.base, EVENT_LFCLK, emu_now(m) + nrf_us(m, us));
}

uint64_t nrf_lfclk_start(emu_machine *m) {
    clock_power *c = find(m);
    return c && c->lf_running ? c->lf_start : UINT64_MAX;
}

void nrf_lfclk_require(emu_machine *m) {
    clock_power *c = find(m);
    if (c) lf_request(c);
}

bool nrf_is_off(emu_machine *m) {
    clock_power *c = find(m);
    return c && c->system_off;
}

void nrf_power_detect(emu_machine *m) {
    clock_power *c = find(m);
    if (c && c->system_off) emu_request_reset(m, EMU_RESET_SOFT); /* reset() turns system_off into RESETREAS.OFF */
}

static void task(nrf_device *d, unsigned n) {
    clock_power *c = (clock_power *)d;
    emu_machine *m = d->base.machine;
    switch (n) {
    case TASKS_HFCLKSTART:
        if (!c->hf_requested)
            emu_schedule(&d->base, EVENT_HFXO, emu_now(m) + nrf_us(m, HFXO_STARTUP_US));
        else if (c->hf_running)
            nrf_event(d, EVENTS_HFCLKSTARTED);
        c->hf_requested = true;
        break;
    case TASKS_HFCLKSTOP:
        emu_cancel(&d->base, EVENT_HFXO);
        c->hf_requested = c->hf_running = false;
        break;
    case TASKS_LFCLKSTART:
        if (c->lf_running)
            nrf_event(d, EVENTS_LFCLKSTARTED);
        else
            lf_request(c);
        break;
    case TASKS_LFCLKSTOP: lf_stop(c); break;
    case TASKS_CAL: /* needs HFXO and the RC oscillator */
        if (c->hf_running && c->lf_running) emu_schedule(&d->base, EVENT_CAL, emu_now(m) + nrf_us(m, LFRC_CAL_US));
        break;
    case TASKS_CTSTART:
        emu_schedule(&d->base, EVENT_CT, emu_now(m) + nrf_us(m, CTIV_UNIT_US) * (c->ctiv ? c->ctiv : 1));
        if (!c->is_nrf51) nrf_event(d, EVENTS_CTSTARTED);
        break;
    case TASKS_CTSTOP:
        emu_cancel(&d->base, EVENT_CT);
        if (!c->is_nrf51) nrf_event(d, EVENTS_CTSTOPPED);
        break;
    default: break; /* CONSTLAT, LOWPWR: latency is not modelled */
    }
}

static void event(emu_device *base, uint32_t id) {
    clock_power *c = (clock_power *)base;
    switch (id) {
    case EVENT_HFXO:
        c->hf_running = true;
        nrf_event(&c->nrf, EVENTS_HFCLKSTARTED);
        break;
    case EVENT_LFCLK:
        c->lf_running = true;
        c->lf_start = emu_now(base->machine);
        nrf_event(&c->nrf, EVENTS_LFCLKSTARTED);
        tell_lfclk(c);
        break;
    case EVENT_CAL: nrf_event(&c->nrf, EVENTS_DONE); break;
    case EVENT_CT: nrf_event(&c->nrf, EVENTS_CTTO); break;
    default: break;
    }
}

static uint32_t *plain_nrf51(clock_power *c, uint32_t offset, uint32_t *mask) {
    switch (offset) {
    case RAMON: *mask = 0x30003u; return &c->ramon;
    case RAMONB: *mask = 0x30003u; return &c->ramonb;
    case RESET: *mask = 1u; return &c->reset;
    case XTALFREQ: *mask = 0xFFu; return &c->xtalfreq;
    case DCDCFORCE: *mask = 3u; return &c->dcdcforce;
    case PERR0: return &c->perr0;
    case RLENR0: return &c->rlenr0;
    case DISABLEINDEBUG: *mask = 1u; return &c->disable_in_debug;
    default: return NULL;
    }
}

static uint32_t *plain_nrf52(clock_power *c, uint32_t offset, uint32_t *mask) {
    switch (offset) {
    case GPREGRET2: *mask = 0xFFu; return &c->gpregret2;
    case HFXODEBOUNCE: *mask = 0xFFu; return &c->hfxodebounce;
    case LFXODEBOUNCE: *mask = 1u; return &c->lfxodebounce;
    case TRACECONFIG: *mask = 0x30003u; return &c->traceconfig;
    case DCDCEN0: *mask = 1u; return &c->dcdcen0;
    case DISABLEINDEBUG: *mask = 1u; return c->has_bprot ? &c->disable_in_debug : NULL;
    case 0x53C: return &c->workarounds[0]; /* undocumented; Nordic's start-up code trims here what its errata name */
    case 0x5A0: return &c->workarounds[1];
    case 0xEE4: return &c->workarounds[2];
    default: return NULL;
    }
}

static uint32_t *plain_register(clock_power *c, uint32_t offset, uint32_t *mask) {
    *mask = 0xFFFFFFFFu;
    switch (offset) {
    case POFCON: *mask = 0xF1Fu; return &c->pofcon;
    case LFCLKSRC: *mask = 0x30003u; return &c->lfclksrc;
    case GPREGRET: *mask = 0xFFu; return &c->gpregret;
    case CTIV: *mask = 0x7Fu; return &c->ctiv;
    case DCDCEN: *mask = 1u; return &c->dcdcen;
    default: return c->is_nrf51 ? plain_nrf51(c, offset, mask) : plain_nrf52(c, offset, mask);
    }
}

static uint32_t *protection(clock_power *c, uint32_t offset) {
    if (!c->is_nrf51 && !c->has_bprot) return NULL;
    switch (offset) {
    case PROTENSET0: return &c->protected_blocks[0];
    case PROTENSET1: return &c->protected_blocks[1];
    case CONFIG2: return c->has_bprot ? &c->protected_blocks[2] : NULL;
    case CONFIG3: return c->has_bprot ? &c->protected_blocks[3] : NULL;
    default: return NULL;
    }
}

bool nrf_block_protected(emu_machine *m, uint32_t address, uint32_t length) {
    const clock_power *c = find(m);
    if (!c || ((c->disable_in_debug & 1u) && emu_debug_enabled(m))) return false;
    for (uint32_t block = address / PROTECTED_BLOCK; block <= (address + length - 1) / PROTECTED_BLOCK; block++)
        if (block < 128 && (c->protected_blocks[block / 32] >> block % 32 & 1u)) return true;
    return false;
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    clock_power *c = (clock_power *)d;
    uint32_t mask;
    const uint32_t *plain = plain_register(c, offset, &mask);
    if (plain) return *plain;
    switch (offset) {
    case RESETREAS: return c->resetreas;
    case HFCLKRUN: return c->hf_requested;
    case HFCLKSTAT: emu_poll_hint(d->base.machine, UINT64_MAX); return 1u << 16 | c->hf_running; /* HFINT runs whenever the core can read */
    case LFCLKRUN: return c->lf_requested;
    case LFCLKSTAT: emu_poll_hint(d->base.machine, UINT64_MAX); return c->lf_running ? 1u << 16 | c->lfclksrccopy : 0;
    case LFCLKSRCCOPY: return c->lfclksrccopy;
    case RAMSTATUS: return 0xF;
    case PROTBLOCKSIZE: return 0; /* 4 KB */
    default: break;
    }
    const uint32_t *blocks = protection(c, offset);
    if (blocks) return *blocks;
    if (!c->is_nrf51) {
        switch (offset) {
        case USBREGSTATUS: return c->vbus ? 3u : 0u;
        case MAINREGSTATUS: return 0; /* supplied through VDD: normal voltage mode */
        case APPROTECT_FORCEPROTECT: return 0;
        case APPROTECT_DISABLE: return nrf_approtect_disable(d->base.machine);
        default: break;
        }
    }
    if (!c->is_nrf51 && offset >= RAM_POWER && offset < RAM_POWER + 0x10u * RAM_BLOCKS && (offset & 0xFu) < 0xCu)
        return c->ram_power[(offset - RAM_POWER) >> 4];
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    clock_power *c = (clock_power *)d;
    uint32_t mask;
    uint32_t *plain = plain_register(c, offset, &mask);
    if (plain) {
        if (offset == LFCLKSRC && c->lf_requested) return; /* only writable while LFCLK is stopped */
        *plain = value & mask;
        return;
    }
    if (offset == RESETREAS) {
        c->resetreas &= ~value;
        return;
    }
    if (offset == SYSTEMOFF) {
        if (!(value & 1u)) return;
        c->system_off = true; /* until a pin reset, DETECT, or power off */
        emu_core_stall(d->base.machine, UINT64_MAX);
        if (nrf_gpio_detects(d->base.machine)) nrf_power_detect(d->base.machine);
        return;
    }
    uint32_t *blocks = protection(c, offset);
    if (blocks) {
        *blocks |= value; /* only a reset lifts it */
        return;
    }
    if (!c->is_nrf51 && (offset == APPROTECT_FORCEPROTECT || offset == APPROTECT_DISABLE)) {
        nrf_approtect_write(d->base.machine, offset == APPROTECT_DISABLE, value);
        return;
    }
    if (!c->is_nrf51 && offset >= RAM_POWER && offset < RAM_POWER + 0x10u * RAM_BLOCKS && (offset & 0xFu) < 0xCu) {
        uint32_t *power = &c->ram_power[(offset - RAM_POWER) >> 4];
        unsigned op = offset & 0xFu;
        *power = op == 0 ? value : op == 4 ? *power | value : *power & ~value;
        return;
    }
    emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

/* RESETREAS collects; only power-on clears it. GPREGRET survive soft and lockup resets (PS, "POWER", "Reset behavior"). */
static void reset(emu_device *base, emu_reset_kind kind) {
    clock_power *c = (clock_power *)base;
    lf_stop(c);
    for (uint32_t id = EVENT_HFXO; id <= EVENT_CT; id++) emu_cancel(base, id);
    nrf_reset(&c->nrf);
    c->hf_requested = c->hf_running = false;
    c->pofcon = c->lfclksrc = c->lfclksrccopy = c->lfxodebounce = c->ctiv = c->traceconfig = c->dcdcen = c->dcdcen0 = 0;
    c->reset = c->dcdcforce = c->perr0 = c->rlenr0 = 0;
    for (unsigned i = 0; i < 3; i++) c->workarounds[i] = 0;
    c->ramon = c->ramonb = 3;
    c->xtalfreq = 0xFF;
    for (unsigned i = 0; i < 4; i++) c->protected_blocks[i] = 0;
    c->disable_in_debug = 1;
    c->hfxodebounce = 0x10;
    for (unsigned i = 0; i < RAM_BLOCKS; i++) c->ram_power[i] = 0xFFFF;
    bool retained = kind == EMU_RESET_SOFT || kind == EMU_RESET_LOCKUP || kind == EMU_RESET_DEBUG;
    if (!retained) c->gpregret = c->gpregret2 = 0;
    bool woken = c->system_off && kind == EMU_RESET_SOFT;
    c->system_off = false;
    switch (kind) {
    case EMU_RESET_POWER_ON: c->resetreas = 0; break;
    case EMU_RESET_PIN: c->resetreas |= REAS_RESETPIN; break;
    case EMU_RESET_WATCHDOG: c->resetreas |= REAS_DOG; break;
    case EMU_RESET_USB: break; /* not of this chip */
    case EMU_RESET_SOFT:
    case EMU_RESET_DEBUG: c->resetreas |= woken ? REAS_OFF : REAS_SREQ; break;
    case EMU_RESET_LOCKUP: c->resetreas |= REAS_LOCKUP; break;
    }
}

static const nrf_spec spec = {
    .tasks = 1u << TASKS_CONSTLAT | 1u << TASKS_LOWPWR | 0x7Fu,
    .events = 0xFFFu & ~(1u << 12),
    .task = task,
    .read = read,
    .write = write,
};

static const nrf_spec spec_nrf51 = {
    .tasks = 1u << TASKS_CONSTLAT | 1u << TASKS_LOWPWR | 0x7Fu,
    .events = 0x1Fu, /* HFCLKSTARTED, LFCLKSTARTED, POFWARN, DONE, CTTO */
    .task = task,
    .read = read,
    .write = write,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"nrf51", "bprot", "lfxo", "vbus", NULL};
    clock_power *c = (clock_power *)d;
    c->is_nrf51 = emu_param_value(params, count, "nrf51", 0) != 0;
    c->has_bprot = emu_param_value(params, count, "bprot", 0) != 0;
    c->nrf.spec = c->is_nrf51 ? &spec_nrf51 : &spec;
    c->has_lfxo = emu_param_value(params, count, "lfxo", 1) != 0;
    c->vbus = emu_param_value(params, count, "vbus", 0) != 0;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_clock_power = {
    .type = "nrf5.clock_power",
    .struct_size = sizeof(clock_power),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};

static const emu_device_class *class_of(void) { return &nrf5_clock_power; }
