/* SPDX-License-Identifier: Apache-2.0 */
/* SPI of the KL25 as a master (KL25 RM, "Serial Peripheral Interface"). MISO is sampled as a level once a byte: with nobody on the line
 * 0xFF comes. Slave mode and mode faults are not modelled. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { C1, C2, BR, S, D = 5, M = 7 };
enum { C1_MSTR = 1u << 4, C1_SPTIE = 1u << 5, C1_SPE = 1u << 6, C1_SPIE = 1u << 7 };
enum { C2_RXDMAE = 1u << 2, C2_TXDMAE = 1u << 5, C2_SPMIE = 1u << 7 };
enum { S_SPTEF = 1u << 5, S_SPMF = 1u << 6, S_SPRF = 1u << 7 };
enum { SIGNAL_MISO = 1 }; /* signals of chip files: 0 SCK, 1 MISO, 2 MOSI, 8 PCS0 */
enum { EVENT_BYTE };

typedef struct {
    kin_device kin;
    bool core_clock;
    uint32_t dma_tx, dma_rx;
    uint8_t c1, c2, br, s, m, rx, tx;
    bool busy;
} spi;

static void update(spi *p) {
    bool irq = (p->c1 & C1_SPIE && p->s & S_SPRF && !(p->c2 & C2_RXDMAE)) || (p->c1 & C1_SPTIE && p->s & S_SPTEF && !(p->c2 & C2_TXDMAE)) ||
               (p->c2 & C2_SPMIE && p->s & S_SPMF);
    emu_irq_set(kin_machine(&p->kin), p->kin.base.irq, irq);
    bool on = p->c1 & C1_SPE;
    kin_dma_request(&p->kin, p->dma_tx, on && p->c2 & C2_TXDMAE && p->s & S_SPTEF);
    kin_dma_request(&p->kin, p->dma_rx, on && p->c2 & C2_RXDMAE && p->s & S_SPRF);
}

static void next(spi *p) {
    if (p->busy || p->s & S_SPTEF || (p->c1 & (C1_SPE | C1_MSTR)) != (C1_SPE | C1_MSTR)) return;
    uint32_t hz = kin_clock(&p->kin, p->core_clock ? KIN_CORE : KIN_BUS);
    uint64_t divider = ((p->br >> 4 & 7u) + 1ull) << ((p->br & 15u) + 1);
    if (!hz) return;
    p->s |= S_SPTEF;
    p->busy = true;
    emu_schedule(&p->kin.base, EVENT_BYTE, emu_now(kin_machine(&p->kin)) + 8 * divider * emu_clock_hz(kin_machine(&p->kin)) / hz + 1);
}

static uint8_t sampled(const spi *p) {
    for (unsigned i = 0; i < p->kin.route_count; i++) {
        const kin_route *r = &p->kin.routes[i];
        if (r->signal == SIGNAL_MISO && kin_routed(&p->kin, r)) return emu_pin_level(kin_machine(&p->kin), r->pin) == EMU_LOW ? 0x00 : 0xFF;
    }
    return 0xFF;
}

static void event(emu_device *d, uint32_t id) {
    spi *p = (spi *)d;
    (void)id;
    p->busy = false;
    p->rx = sampled(p);
    p->s |= S_SPRF;
    if (p->rx == p->m) p->s |= S_SPMF;
    next(p);
    update(p);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    spi *p = (spi *)d;
    switch (offset) {
    case C1: return p->c1;
    case C2: return p->c2;
    case BR: return p->br;
    case S: emu_poll_hint(kin_machine(d), UINT64_MAX); return p->s;
    case D:
        p->s &= (uint8_t)~S_SPRF;
        update(p);
        return p->rx;
    case M: return p->m;
    default: kin_log_read(d, offset); return 0;
    }
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    spi *p = (spi *)d;
    uint8_t v = (uint8_t)value;
    (void)mask;
    switch (offset) {
    case C1: p->c1 = v; break;
    case C2: p->c2 = v; break;
    case BR: p->br = v; break;
    case S: p->s &= (uint8_t)~(v & S_SPMF); break;
    case D:
        if (!(p->s & S_SPTEF)) break; /* the buffer is full */
        p->tx = v;
        p->s &= (uint8_t)~S_SPTEF;
        break;
    case M: p->m = v; break;
    default: kin_log_write(d, offset, value); return;
    }
    next(p);
    update(p);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    spi *p = (spi *)d;
    (void)kind;
    p->c1 = 4;
    p->c2 = p->br = p->m = p->rx = p->tx = 0;
    p->s = S_SPTEF;
    p->busy = false;
    update(p);
}

static const char *const known[] = {"core_clock", "dma_tx", "dma_rx", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    spi *p = (spi *)d;
    p->core_clock = emu_param_value(params, count, "core_clock", 0);
    p->dma_tx = (uint32_t)emu_param_value(params, count, "dma_tx", 0);
    p->dma_rx = (uint32_t)emu_param_value(params, count, "dma_rx", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_spi = {
    .type = "kinetis.spi",
    .struct_size = sizeof(spi),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .link = kin_link,
};
