/* SPDX-License-Identifier: Apache-2.0 */
/* PPI: events trigger tasks of other peripherals, in the same cycle (nRF52833 PS, "PPI - Programmable peripheral interconnect").
 *
 * Programmable channels 0..19, forks and groups. The pre-programmed channels 20..31 can be enabled and grouped but connect nothing: most of
 * them belong to RADIO, which is not modelled. */
#include "devices/nrf5/nrf.h"

enum { CHANNELS = 20, ALL_CHANNELS = 32, GROUPS = 6, DEPTH_MAX = 16 };
enum { CHEN = 0x500, CHENSET = 0x504, CHENCLR = 0x508, CH = 0x510, CHG = 0x800, FORK = 0x910 };

typedef struct {
    nrf_device nrf;
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
    if (offset >= CH && offset < CH + 8 * CHANNELS) return offset & 4u ? &p->tep[(offset - CH) / 8] : &p->eep[(offset - CH) / 8];
    if (offset >= CHG && offset < CHG + 4 * GROUPS) return &p->chg[(offset - CHG) / 4];
    if (offset >= FORK && offset < FORK + 4 * ALL_CHANNELS) return &p->fork[(offset - FORK) / 4];
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
    static const char *const known[] = {NULL};
    ((ppi *)d)->nrf.spec = &spec;
    return nrf_params_known(d, params, count, known, error);
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
