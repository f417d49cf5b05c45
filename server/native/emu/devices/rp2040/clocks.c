/* SPDX-License-Identifier: Apache-2.0 */
/* CLOCKS (2.15): who feeds which clock, with what divisor. Frequencies follow from the registers of CLOCKS, XOSC, ROSC and the PLLs, so
 * that baud rates and timers are right for what the firmware has set up; the cores themselves always run at the machine's clock. Switches
 * are done at once. GPIN0 and GPIN1 bring no clock. */
#include "devices/rp2040/rp.h"
#include "machine.h"

enum { /* CTRL, DIV and SELECTED of a clock are 12 bytes; the first is GPOUT0 */
       CTRL = 0x0,
       DIV = 0x4,
       SELECTED = 0x8,
       CLOCKS_END = 0x78,
       RESUS_CTRL = 0x78,
       RESUS_STATUS = 0x7C,
       FC0_REF_KHZ = 0x80,
       FC0_SRC = 0x94,
       FC0_STATUS = 0x98,
       FC0_RESULT = 0x9C,
       WAKE_EN0 = 0xA0,
       SLEEP_EN0 = 0xA8,
       ENABLED0 = 0xB0,
       INTR = 0xB8,
       INTE = 0xBC,
       INTF = 0xC0,
       INTS = 0xC4,
};
enum { FC0_DONE = 1u << 4 };
#define CTRL_ENABLE (1u << 11)

typedef enum { NONE, PLL_SYS, PLL_USB, ROSC, XOSC, SYS, USB, ADC, RTC, REF } source;

typedef struct {
    rp_device rp;
    const emu_device *oscillator[XOSC + 1]; /* by source */
    uint64_t hz[RP_CLK_COUNT];              /* what follows from all the registers */
} clocks;

static void link(emu_device *d) {
    static const char *const names[] = {[PLL_SYS] = "PLL_SYS", [PLL_USB] = "PLL_USB", [ROSC] = "ROSC", [XOSC] = "XOSC"};
    clocks *c = (clocks *)d;
    for (unsigned i = PLL_SYS; i <= XOSC; i++) c->oscillator[i] = emu_device_by_name(d->machine, names[i]);
}

static uint32_t plain(const clocks *c, uint32_t offset) { return *rp_plain((rp_device *)&c->rp, offset); }

static uint64_t clock_hz(const clocks *c, unsigned clock);

static uint64_t source_hz(const clocks *c, source s) {
    switch (s) {
    case PLL_SYS:
    case PLL_USB:
    case ROSC:
    case XOSC: return c->oscillator[s] ? rp_oscillator_hz(c->oscillator[s]) : 0;
    case SYS: return clock_hz(c, RP_CLK_SYS);
    case USB: return clock_hz(c, RP_CLK_USB);
    case ADC: return clock_hz(c, RP_CLK_ADC);
    case RTC: return clock_hz(c, RP_CLK_RTC);
    case REF: return clock_hz(c, RP_CLK_REF);
    default: return 0;
    }
}

static source source_of(unsigned clock, uint32_t ctrl) {
    static const uint8_t ref[] = {ROSC, NONE, XOSC, NONE}, ref_aux[] = {PLL_USB, NONE, NONE, NONE};
    static const uint8_t sys_aux[] = {PLL_SYS, PLL_USB, ROSC, XOSC, NONE, NONE, NONE, NONE};
    static const uint8_t peri_aux[] = {SYS, PLL_SYS, PLL_USB, ROSC, XOSC, NONE, NONE, NONE};
    static const uint8_t usb_aux[] = {PLL_USB, PLL_SYS, ROSC, XOSC, NONE, NONE, NONE, NONE}; /* ADC and RTC have the same */
    static const uint8_t gpout_aux[] = {PLL_SYS, NONE, NONE, PLL_USB, ROSC, XOSC, SYS, USB, ADC, RTC, REF, NONE, NONE, NONE, NONE, NONE};
    switch (clock) {
    case RP_CLK_REF: return (ctrl & 3) == 1 ? ref_aux[ctrl >> 5 & 3] : ref[ctrl & 3];
    case RP_CLK_SYS: return ctrl & 1 ? sys_aux[ctrl >> 5 & 7] : REF;
    case RP_CLK_PERI: return ctrl & CTRL_ENABLE ? peri_aux[ctrl >> 5 & 7] : NONE;
    case RP_CLK_USB:
    case RP_CLK_ADC:
    case RP_CLK_RTC: return ctrl & CTRL_ENABLE ? usb_aux[ctrl >> 5 & 7] : NONE;
    default: return ctrl & CTRL_ENABLE ? gpout_aux[ctrl >> 5 & 15] : NONE;
    }
}

static uint64_t clock_hz(const clocks *c, unsigned clock) {
    uint64_t hz = source_hz(c, source_of(clock, plain(c, 12 * clock + CTRL)));
    if (clock == RP_CLK_PERI) return hz; /* has no divider */
    uint64_t div = plain(c, 12 * clock + DIV), whole = div >> 8;
    if (!whole) div |= 0x1000000u; /* 2.15.7: 0 divides by 2^16 */
    return (hz << 8) / div;
}

uint64_t rp_clock_hz(const emu_device *d, unsigned clock) { return d ? ((const clocks *)d)->hz[clock] : 0; }

static void compute(clocks *c) {
    for (unsigned clock = 0; clock < RP_CLK_COUNT; clock++) c->hz[clock] = clock_hz(c, clock);
}

void rp_clocks_changed(emu_device *d) {
    emu_machine *m = d->machine;
    compute((clocks *)d);
    for (size_t i = 0; i < m->device_count; i++) {
        rp_device *r = (rp_device *)m->devices[i];
        if (rp_is_rp(m->devices[i]) && r->spec->clocks_changed) r->spec->clocks_changed(r);
    }
}

/* The frequency counter's result in kHz with 5 bits of fraction; it is ready at once. */
static uint32_t measured(const clocks *c) {
    static const uint8_t what[16] = {NONE, PLL_SYS, PLL_USB, ROSC, ROSC, XOSC, NONE, NONE};
    unsigned src = plain(c, FC0_SRC) & 0xFF;
    uint64_t hz = 0;
    if (src >= 8 && src < 14)
        hz = clock_hz(c, RP_CLK_REF + src - 8);
    else if (src < 8)
        hz = source_hz(c, what[src]);
    return (uint32_t)(hz * 32 / 1000) & 0x3FFFFFFFu;
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    const clocks *c = (const clocks *)d;
    if (offset < CLOCKS_END && offset % 12 == SELECTED) {
        uint32_t ctrl = plain(c, offset - SELECTED + CTRL);
        unsigned clock = offset / 12;
        *value = clock == RP_CLK_REF ? 1u << (ctrl & 3) : clock == RP_CLK_SYS ? 1u << (ctrl & 1) : 1;
        return true;
    }
    switch (offset) {
    case RESUS_STATUS:
    case INTR:
    case INTS: *value = 0; return true; /* clk_sys is never lost */
    case FC0_STATUS: *value = FC0_DONE; return true;
    case FC0_RESULT: *value = measured(c); return true;
    case ENABLED0: *value = plain(c, WAKE_EN0); return true;
    case ENABLED0 + 4: *value = plain(c, WAKE_EN0 + 4); return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    (void)d;
    (void)value;
    return (offset < CLOCKS_END && offset % 12 == SELECTED) || offset == RESUS_STATUS || offset == FC0_STATUS || offset == FC0_RESULT ||
           offset == ENABLED0 || offset == ENABLED0 + 4 || offset == INTR || offset == INTS;
}

static void changed(rp_device *d, uint32_t offset) {
    if (offset < CLOCKS_END) rp_clocks_changed(&d->base);
}

static const rp_register registers[] = {{0x00, 1, 0, 0x00131DE0},
                                        {0x04, 1, 0x100, 0xFFFFFFFF},
                                        {0x0C, 1, 0, 0x00131DE0},
                                        {0x10, 1, 0x100, 0xFFFFFFFF},
                                        {0x18, 1, 0, 0x00131DE0},
                                        {0x1C, 1, 0x100, 0xFFFFFFFF},
                                        {0x24, 1, 0, 0x00131DE0},
                                        {0x28, 1, 0x100, 0xFFFFFFFF},
                                        {0x30, 1, 0, 0x00000063},
                                        {0x34, 1, 0x100, 0x00000300},
                                        {0x3C, 1, 0, 0x000000E1},
                                        {0x40, 1, 0x100, 0xFFFFFFFF},
                                        {0x48, 1, 0, 0x00000CE0},
                                        {0x4C, 1, 0, 0},
                                        {0x54, 1, 0, 0x00130CE0},
                                        {0x58, 1, 0x100, 0x00000300},
                                        {0x60, 1, 0, 0x00130CE0},
                                        {0x64, 1, 0x100, 0x00000300},
                                        {0x6C, 1, 0, 0x00130CE0},
                                        {0x70, 1, 0x100, 0xFFFFFFFF},
                                        {RESUS_CTRL, 1, 0xFF, 0x000111FF},
                                        {FC0_REF_KHZ, 1, 0, 0x000FFFFF},
                                        {0x84, 1, 0, 0x01FFFFFF},
                                        {0x88, 1, 0x01FFFFFF, 0x01FFFFFF},
                                        {0x8C, 1, 1, 7},
                                        {0x90, 1, 8, 15},
                                        {FC0_SRC, 1, 0, 0xFF},
                                        {WAKE_EN0, 1, 0xFFFFFFFF, ~0u},
                                        {WAKE_EN0 + 4, 1, 0x7FFF, 0x7FFF},
                                        {SLEEP_EN0, 1, 0xFFFFFFFF, ~0u},
                                        {SLEEP_EN0 + 4, 1, 0x7FFF, 0x7FFF},
                                        {INTE, 1, 0, 1},
                                        {INTF, 1, 0, 1},
                                        {0, 0, 0, 0}};

/* CLK_PERI has no divider: its DIV, which older versions of the SDK write as they do with all the others, keeps nothing. */
static void reset(rp_device *d) { compute((clocks *)d); }

static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_clocks = {
    .type = "rp2040.clocks",
    .struct_size = sizeof(clocks),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .link = link,
};
