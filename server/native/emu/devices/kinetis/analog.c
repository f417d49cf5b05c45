/* SPDX-License-Identifier: Apache-2.0 */
/* VREF of the K64 (K64 RM, "Voltage Reference") and TSI of the KL25 (KL25 RM, "Touch Sensing Input"): what start-up and touch code waits
 * for. */
#include "devices/kinetis/kinetis.h"

/* --- VREF ------------------------------------------------------------------------------------------------------------------ */

enum { TRM = 0, SC = 1 };
enum { SC_VREFST = 1u << 2, SC_VREFEN = 1u << 7 };
enum { EVENT_STABLE };

typedef struct {
    kin_device kin;
    uint8_t trm, sc;
} vref;

static uint32_t vref_read(kin_device *d, uint32_t offset) {
    const vref *v = (const vref *)d;
    switch (offset) {
    case TRM: return v->trm;
    case SC: emu_poll_hint(kin_machine(d), UINT64_MAX); return v->sc;
    default: kin_log_read(d, offset); return 0;
    }
}

static void vref_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    vref *v = (vref *)d;
    (void)mask;
    switch (offset) {
    case TRM: v->trm = (uint8_t)value; break;
    case SC:
        v->sc = (uint8_t)((value & (uint32_t)~SC_VREFST) | (value & SC_VREFEN ? v->sc & SC_VREFST : 0));
        if (value & SC_VREFEN && !(v->sc & SC_VREFST)) kin_after_us(&d->base, EVENT_STABLE, 100);
        break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void vref_event(emu_device *d, uint32_t id) {
    (void)id;
    if (((vref *)d)->sc & SC_VREFEN) ((vref *)d)->sc |= SC_VREFST;
}

static void vref_reset(emu_device *d, emu_reset_kind kind) {
    (void)kind;
    ((vref *)d)->trm = ((vref *)d)->sc = 0;
}

static const kin_spec vref_spec = {.width = 1, .read = vref_read, .write = vref_write};

static bool vref_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &vref_spec, params, count, error);
}

const emu_device_class kinetis_vref = {
    .type = "kinetis.vref",
    .struct_size = sizeof(vref),
    .region_size = 0x1000,
    .init = vref_init,
    .reset = vref_reset,
    .read = kin_read,
    .write = kin_write,
    .event = vref_event,
    .link = kin_link,
};

/* --- TSI ------------------------------------------------------------------------------------------------------------------- */

enum { GENCS = 0x0, DATA = 0x4, TSHD = 0x8 };
enum { GENCS_EOSF = 1u << 2, GENCS_TSIIEN = 1u << 6, GENCS_TSIEN = 1u << 7, GENCS_ESOR = 1u << 28, GENCS_SCNIP = 1u << 3 };
#define GENCS_OUTRGF (1u << 31)
enum { DATA_SWTS = 1u << 22, DATA_DMAEN = 1u << 23, DATA_TSICNT = 0xFFFFu };
enum { EVENT_SCAN };

typedef struct {
    kin_device kin;
    uint32_t count, dma; /* what a scan of an electrode that nobody touches gives */
    uint32_t gencs, data, tshd;
    bool scanning;
} tsi;

static void tsi_update(tsi *t) {
    bool end = t->gencs & GENCS_ESOR && t->gencs & GENCS_EOSF, range = !(t->gencs & GENCS_ESOR) && t->gencs & GENCS_OUTRGF;
    emu_irq_set(kin_machine(&t->kin), t->kin.base.irq, t->gencs & GENCS_TSIIEN && (end || range));
}

static uint32_t tsi_read(kin_device *d, uint32_t offset) {
    const tsi *t = (const tsi *)d;
    switch (offset) {
    case GENCS: emu_poll_hint(kin_machine(d), UINT64_MAX); return t->gencs | (t->scanning ? (uint32_t)GENCS_SCNIP : 0);
    case DATA: return t->data;
    case TSHD: return t->tshd;
    default: kin_log_read(d, offset); return 0;
    }
}

static void tsi_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    tsi *t = (tsi *)d;
    switch (offset) {
    case GENCS: {
        uint32_t cleared = value & (GENCS_OUTRGF | GENCS_EOSF);
        kin_merge(&t->gencs, value, mask & ~(GENCS_OUTRGF | GENCS_EOSF | GENCS_SCNIP));
        t->gencs &= ~cleared;
        break;
    }
    case DATA:
        kin_merge(&t->data, value, mask & ~(uint32_t)(DATA_SWTS | DATA_TSICNT));
        if (value & DATA_SWTS && t->gencs & GENCS_TSIEN && !t->scanning) {
            t->scanning = true;
            kin_after_us(&d->base, EVENT_SCAN, 500);
        }
        break;
    case TSHD: kin_merge(&t->tshd, value, mask); break;
    default: kin_log_write(d, offset, value); break;
    }
    tsi_update(t);
}

static void tsi_event(emu_device *d, uint32_t id) {
    tsi *t = (tsi *)d;
    (void)id;
    t->scanning = false;
    t->data = (t->data & ~(uint32_t)DATA_TSICNT) | t->count;
    t->gencs |= GENCS_EOSF;
    if (t->count < (t->tshd & 0xFFFFu) || t->count > t->tshd >> 16) t->gencs |= GENCS_OUTRGF;
    if (t->data & DATA_DMAEN) kin_dma_pulse(&t->kin, t->dma);
    tsi_update(t);
}

static void tsi_reset(emu_device *d, emu_reset_kind kind) {
    tsi *t = (tsi *)d;
    (void)kind;
    t->gencs = t->data = t->tshd = 0;
    t->scanning = false;
    tsi_update(t);
}

static const char *const tsi_known[] = {"count", "dma", NULL};
static const kin_spec tsi_spec = {.width = 4, .params = tsi_known, .read = tsi_read, .write = tsi_write};

static bool tsi_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((tsi *)d)->count = (uint32_t)emu_param_value(params, count, "count", 600) & DATA_TSICNT;
    ((tsi *)d)->dma = (uint32_t)emu_param_value(params, count, "dma", 0);
    return kin_init(d, &tsi_spec, params, count, error);
}

const emu_device_class kinetis_tsi = {
    .type = "kinetis.tsi",
    .struct_size = sizeof(tsi),
    .region_size = 0x1000,
    .init = tsi_init,
    .reset = tsi_reset,
    .read = kin_read,
    .write = kin_write,
    .event = tsi_event,
    .link = kin_link,
};
