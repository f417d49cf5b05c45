/* SPDX-License-Identifier: Apache-2.0 */
/* PPI: events trigger tasks of other peripherals, in the same cycle (nRF52833 PS, "PPI - Programmable peripheral interconnect"; nRF51 RM).
 *
 * Programmable channels, forks and groups, and the pre-programmed channels 20..31. The nRF51 has 16 channels, 4 groups and no forks. */
#include "devices/nrf5/nrf.h"

enum { CHANNELS = 20, FIXED = 20, ALL_CHANNELS = 32, GROUPS = 6, DEPTH_MAX = 16 };
enum { CHEN = 0x500, CHENSET = 0x504, CHENCLR = 0x508, CH = 0x510, CHG = 0x800, FORK = 0x910 };

/* Channels 20..31: event and task. Table "Pre-programmed channels" of the PS and the RM; the addresses are the same in all of the family.
 */
static const uint32_t fixed[ALL_CHANNELS - FIXED][2] = {
    {0x40008140, 0x40001000}, /* TIMER0.COMPARE[0] -> RADIO.TXEN */
    {0x40008140, 0x40001004}, /* TIMER0.COMPARE[0] -> RADIO.RXEN */
    {0x40008144, 0x40001010}, /* TIMER0.COMPARE[1] -> RADIO.DISABLE */
    {0x40001128, 0x4000F000}, /* RADIO.BCMATCH -> AAR.START */
    {0x40001100, 0x4000F000}, /* RADIO.READY -> CCM.KSGEN */
    {0x40001104, 0x4000F004}, /* RADIO.ADDRESS -> CCM.CRYPT */
    {0x40001104, 0x40008044}, /* RADIO.ADDRESS -> TIMER0.CAPTURE[1] */
    {0x4000110C, 0x40008048}, /* RADIO.END -> TIMER0.CAPTURE[2] */
    {0x4000B140, 0x40001000}, /* RTC0.COMPARE[0] -> RADIO.TXEN */
    {0x4000B140, 0x40001004}, /* RTC0.COMPARE[0] -> RADIO.RXEN */
    {0x4000B140, 0x4000800C}, /* RTC0.COMPARE[0] -> TIMER0.CLEAR */
    {0x4000B140, 0x40008000}, /* RTC0.COMPARE[0] -> TIMER0.START */
};

typedef struct {
    nrf_device nrf;
    unsigned channels;
    bool has_forks;
    uint32_t chen, eep[CHANNELS], tep[CHANNELS], fork[ALL_CHANNELS], chg[GROUPS];
    unsigned depth; /* events that cause tasks that cause events: a loop of channels would never end within a cycle */
} ppi;

void nrf_ppi_event(emu_device *d, uint32_t event_address) {
    ppi *p = (ppi *)d;
    if (p->depth >= DEPTH_MAX) return;
    p->depth++;
    for (unsigned i = 0; i < CHANNELS; i++) {
        if (!(p->chen >> i & 1u) || p->eep[i] != event_address) continue;
        if (p->tep[i]) (void)nrf_trigger(d->machine, p->tep[i]);
        if (p->fork[i]) (void)nrf_trigger(d->machine, p->fork[i]);
    }
    for (unsigned i = FIXED; i < ALL_CHANNELS && p->chen >> FIXED; i++) {
        if (!(p->chen >> i & 1u) || fixed[i - FIXED][0] != event_address) continue;
        (void)nrf_trigger(d->machine, fixed[i - FIXED][1]);
        if (p->fork[i]) (void)nrf_trigger(d->machine, p->fork[i]);
    }
    p->depth--;
}

/* Task 2n: CHG[n].EN, task 2n + 1: CHG[n].DIS. */
static void task(nrf_device *d, unsigned n) {
    ppi *p = (ppi *)d;
    if (n & 1u)
        p->chen &= ~p->chg[n / 2];
    else
        p->chen |= p->chg[n / 2];
}

static uint32_t *storage(ppi *p, uint32_t offset) {
    if (offset == CHEN) return &p->chen;
    if (offset >= CH && offset < CH + 8 * p->channels) return offset & 4u ? &p->tep[(offset - CH) / 8] : &p->eep[(offset - CH) / 8];
    if (offset >= CHG && offset < CHG + 4 * GROUPS) return &p->chg[(offset - CHG) / 4];
    if (p->has_forks && offset >= FORK && offset < FORK + 4 * ALL_CHANNELS) return &p->fork[(offset - FORK) / 4];
    return NULL;
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    ppi *p = (ppi *)d;
    const uint32_t *reg = storage(p, offset);
    if (reg) return *reg;
    if (offset == CHENSET || offset == CHENCLR) return p->chen;
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    ppi *p = (ppi *)d;
    uint32_t *reg = storage(p, offset);
    if (reg)
        *reg = value;
    else if (offset == CHENSET)
        p->chen |= value;
    else if (offset == CHENCLR)
        p->chen &= ~value;
    else
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    ppi *p = (ppi *)d;
    (void)kind;
    nrf_reset(&p->nrf);
    p->chen = 0;
    for (unsigned i = 0; i < CHANNELS; i++) p->eep[i] = p->tep[i] = 0;
    for (unsigned i = 0; i < ALL_CHANNELS; i++) p->fork[i] = 0;
    for (unsigned i = 0; i < GROUPS; i++) p->chg[i] = 0;
}

static const nrf_spec spec = {.tasks = 0xFFFu, .task = task, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"nrf51", NULL};
    ppi *p = (ppi *)d;
    bool is_nrf51 = emu_param_value(params, count, "nrf51", 0) != 0;
    p->channels = is_nrf51 ? 16 : CHANNELS;
    p->has_forks = !is_nrf51;
    p->nrf.spec = &spec;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_ppi = {
    .type = "nrf5.ppi",
    .struct_size = sizeof(ppi),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
};

bool nrf_is_ppi(const emu_device *d) { return d->cls == &nrf5_ppi; }
