/* SPDX-License-Identifier: Apache-2.0 */
/* DMA (2.5): twelve channels, paced by peripherals, timers or nothing; chains, rings, the sniffer. A transfer takes a cycle. A channel that
 * nothing paces moves up to BURST transfers at a time and then lets that many cycles pass. */
#include "devices/rp2040/rp.h"
#include "machine.h"

#include <string.h>

enum { CHANNELS = 12, STRIDE = 0x40, BURST = 32, TIMERS = 4 };
enum {
    INTR = 0x400,
    INTE0 = 0x404,
    INTF0 = 0x408,
    INTS0 = 0x40C,
    INTE1 = 0x414,
    INTF1 = 0x418,
    INTS1 = 0x41C,
    TIMER0 = 0x420,
    MULTI_CHAN_TRIGGER = 0x430,
    SNIFF_CTRL = 0x434,
    SNIFF_DATA = 0x438,
    FIFO_LEVELS = 0x440,
    CHAN_ABORT = 0x444,
    N_CHANNELS = 0x448,
    DEBUG0 = 0x800,
};
enum {
    CTRL_EN = 1u << 0,
    CTRL_INCR_READ = 1u << 4,
    CTRL_INCR_WRITE = 1u << 5,
    CTRL_RING_SEL = 1u << 10,
    CTRL_IRQ_QUIET = 1u << 21,
    CTRL_BSWAP = 1u << 22,
    CTRL_SNIFF_EN = 1u << 23,
    CTRL_BUSY = 1u << 24,
    CTRL_WRITE_ERROR = 1u << 29,
    CTRL_READ_ERROR = 1u << 30,
    CTRL_KEPT = 0x00FFFFFF,
};
#define CTRL_AHB_ERROR (1u << 31)
enum { TREQ_TIMER0 = 0x3B, TREQ_PERMANENT = 0x3F };
enum { SNIFF_EN = 1u << 0, SNIFF_BSWAP = 1u << 9, SNIFF_OUT_REV = 1u << 10, SNIFF_OUT_INV = 1u << 11 };
enum { CRC32, CRC32R, CRC16, CRC16R, SNIFF_EVEN = 14, SNIFF_SUM = 15 };
#define ALL ((1u << CHANNELS) - 1)

typedef struct {
    uint32_t read, write, count, reload, ctrl;
    bool busy;
    bool waiting; /* for its request line: no event is scheduled */
} channel;

typedef struct {
    emu_device *source;
    uint32_t which;
    rp_dreq_level level;
} request;

typedef struct {
    rp_device rp;
    emu_device *clocks;
    channel channel[CHANNELS];
    uint32_t intr, sniff;
    request request[RP_DREQ_COUNT]; /* filled by the peripherals' link */
} dma;

static dma *self(rp_device *d) { return (dma *)d; }
static emu_machine *machine(const dma *a) { return a->rp.base.machine; }
static uint32_t plain(const dma *a, uint32_t offset) { return *rp_plain((rp_device *)&a->rp, offset); }

bool rp_dma_connect(emu_device *d, unsigned number, emu_device *source, unsigned which, rp_dreq_level level) {
    dma *a = (dma *)d;
    if (number >= RP_DREQ_COUNT) return false;
    a->request[number] = (request){source, which, level};
    return true;
}

static void update_irqs(dma *a) {
    emu_irq_set(machine(a), a->rp.base.irq, (a->intr & plain(a, INTE0)) | plain(a, INTF0));
    emu_irq_set(machine(a), a->rp.base.irq + 1, (a->intr & plain(a, INTE1)) | plain(a, INTF1));
}

/* --- the sniffer (2.5.5.2) ------------------------------------------------------------------------------------------------------ */

static uint32_t reversed(uint32_t x, unsigned bits) {
    uint32_t result = 0;
    for (unsigned i = 0; i < bits; i++) result |= (x >> i & 1) << (bits - 1 - i);
    return result;
}

static void sniff_byte(dma *a, unsigned calc, uint32_t byte) {
    if (calc == CRC32R || calc == CRC16R) byte = reversed(byte, 8);
    if (calc == CRC32 || calc == CRC32R) {
        a->sniff ^= byte << 24;
        for (unsigned i = 0; i < 8; i++) a->sniff = a->sniff << 1 ^ (a->sniff >> 31 ? 0x04C11DB7u : 0);
    } else {
        a->sniff ^= byte << 8;
        for (unsigned i = 0; i < 8; i++) a->sniff = (a->sniff << 1 ^ (a->sniff >> 15 & 1 ? 0x1021u : 0)) & 0xFFFF;
    }
}

static void sniff(dma *a, uint32_t value, unsigned size) {
    uint32_t ctrl = plain(a, SNIFF_CTRL), calc = ctrl >> 5 & 15;
    if (ctrl & SNIFF_BSWAP) value = size == 4 ? __builtin_bswap32(value) : size == 2 ? __builtin_bswap16((uint16_t)value) : value;
    if (calc == SNIFF_SUM) {
        a->sniff += value;
    } else if (calc == SNIFF_EVEN) {
        a->sniff ^= (uint32_t)__builtin_parity(value);
    } else if (calc <= CRC16R) {
        for (unsigned i = 0; i < size; i++) sniff_byte(a, calc, value >> 8 * i & 0xFF);
    }
}

static uint32_t sniffed(const dma *a) {
    uint32_t ctrl = plain(a, SNIFF_CTRL), value = a->sniff;
    if (ctrl & SNIFF_OUT_REV) value = reversed(value, 32);
    return ctrl & SNIFF_OUT_INV ? ~value : value;
}

/* --- transfers ----------------------------------------------------------------------------------------------------------------------- */

static uint32_t advance(uint32_t ctrl, uint32_t address, unsigned size, bool write) {
    unsigned ring = ctrl >> 6 & 15;
    bool wraps = ring && (bool)(ctrl & CTRL_RING_SEL) == write;
    uint32_t mask = wraps ? (1u << ring) - 1 : ~0u;
    return (address & ~mask) | ((address + size) & mask);
}

/* false: a bus error, which stops the channel. */
static bool transfer(dma *a, unsigned n) {
    channel *c = &a->channel[n];
    unsigned size = 1u << (c->ctrl >> 2 & 3);
    uint32_t value;
    if (size > 4) size = 4;
    if (emu_bus_read(machine(a), c->read & ~(size - 1), size, &value) != EMU_BUS_OK) {
        c->ctrl |= CTRL_READ_ERROR;
        return false;
    }
    if (c->ctrl & CTRL_SNIFF_EN && (plain(a, SNIFF_CTRL) & (SNIFF_EN | 15u << 1)) == (SNIFF_EN | n << 1)) sniff(a, value, size);
    if (c->ctrl & CTRL_BSWAP) value = size == 4 ? __builtin_bswap32(value) : size == 2 ? __builtin_bswap16((uint16_t)value) : value;
    if (emu_bus_write(machine(a), c->write & ~(size - 1), size, value) != EMU_BUS_OK) {
        c->ctrl |= CTRL_WRITE_ERROR;
        return false;
    }
    if (c->ctrl & CTRL_INCR_READ) c->read = advance(c->ctrl, c->read, size, false);
    if (c->ctrl & CTRL_INCR_WRITE) c->write = advance(c->ctrl, c->write, size, true);
    return true;
}

static uint64_t timer_cycles(const dma *a, unsigned timer) {
    uint32_t xy = plain(a, TIMER0 + 4 * timer), x = xy >> 16, y = xy & 0xFFFF;
    if (!x || !y) return UINT64_MAX / 4;
    return rp_cycles(machine(a), y, rp_clock_hz(a->clocks, RP_CLK_SYS) * x);
}

/* How many transfers the channel's request line asks for. */
static unsigned requested(const dma *a, const channel *c) {
    unsigned treq = c->ctrl >> 15 & 63;
    if (treq == TREQ_PERMANENT) return BURST;
    if (treq >= TREQ_TIMER0) return 1;
    if (treq >= RP_DREQ_COUNT || !a->request[treq].level) return 0;
    return a->request[treq].level(a->request[treq].source, a->request[treq].which);
}

static void start(dma *a, unsigned n) {
    channel *c = &a->channel[n];
    unsigned treq = c->ctrl >> 15 & 63;
    uint64_t delay = treq >= TREQ_TIMER0 && treq < TREQ_PERMANENT ? timer_cycles(a, treq - TREQ_TIMER0) : 1;
    if (c->busy || !(c->ctrl & CTRL_EN)) return;
    c->busy = true;
    c->waiting = false;
    c->count = c->reload;
    emu_schedule(&a->rp.base, n, emu_now(machine(a)) + delay);
}

static void done(dma *a, unsigned n) {
    channel *c = &a->channel[n];
    unsigned next = c->ctrl >> 11 & 15;
    c->busy = c->waiting = false;
    if (!(c->ctrl & CTRL_IRQ_QUIET)) a->intr |= 1u << n;
    update_irqs(a);
    if (next != n && next < CHANNELS) start(a, next);
}

static void event(emu_device *d, uint32_t n) {
    dma *a = (dma *)d;
    channel *c = &a->channel[n];
    unsigned treq = c->ctrl >> 15 & 63, moved = 0;
    if (!c->busy) return;
    if (!c->count) {
        done(a, n);
        return;
    }
    unsigned level = c->ctrl & CTRL_EN ? requested(a, c) : 0;
    for (; moved < level && moved < BURST && c->count && c->busy; moved++) {
        c->count--; /* first: what the transfer sets off may look */
        if (!transfer(a, n)) {
            c->ctrl |= CTRL_AHB_ERROR;
            c->busy = false;
            return;
        }
    }
    if (!c->busy) return; /* aborted by what it wrote */
    c->waiting = !moved;
    if (!moved) return;
    uint64_t delay = moved;
    if (c->count && treq >= TREQ_TIMER0 && treq < TREQ_PERMANENT) delay = timer_cycles(a, treq - TREQ_TIMER0);
    emu_schedule(d, n, emu_now(machine(a)) + delay);
}

void rp_dreq(emu_device *d, unsigned number) {
    dma *a = (dma *)d;
    for (unsigned n = 0; n < CHANNELS; n++) {
        channel *c = &a->channel[n];
        if (!c->busy || !c->waiting || (c->ctrl >> 15 & 63) != number) continue;
        c->waiting = false;
        emu_schedule(d, n, emu_now(machine(a)) + 1);
    }
}

static void abort_channels(dma *a, uint32_t mask) {
    for (unsigned n = 0; n < CHANNELS; n++) {
        if (!(mask >> n & 1)) continue;
        emu_cancel(&a->rp.base, n);
        a->channel[n].busy = a->channel[n].waiting = false;
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------- */

enum { READ_ADDR, WRITE_ADDR, TRANS_COUNT, CTRL };
/* 2.5.2: the same four registers in four orders; the last of each four triggers. */
static const uint8_t order[16] = {READ_ADDR, WRITE_ADDR,  TRANS_COUNT, CTRL,       CTRL, READ_ADDR,  WRITE_ADDR,  TRANS_COUNT,
                                  CTRL,      TRANS_COUNT, READ_ADDR,   WRITE_ADDR, CTRL, WRITE_ADDR, TRANS_COUNT, READ_ADDR};

static uint32_t channel_read(const channel *c, unsigned what) {
    switch (what) {
    case READ_ADDR: return c->read;
    case WRITE_ADDR: return c->write;
    case TRANS_COUNT: return c->count;
    default: return c->ctrl | (c->busy ? (uint32_t)CTRL_BUSY : 0);
    }
}

static void channel_write(dma *a, unsigned n, unsigned index, uint32_t value) {
    channel *c = &a->channel[n];
    switch (order[index]) {
    case READ_ADDR: c->read = value; break;
    case WRITE_ADDR: c->write = value; break;
    case TRANS_COUNT:
        c->reload = value;
        if (!c->busy) c->count = value;
        break;
    default:
        c->ctrl = (value & CTRL_KEPT) | (c->ctrl & ~value & (CTRL_READ_ERROR | CTRL_WRITE_ERROR));
        if (c->ctrl & (CTRL_READ_ERROR | CTRL_WRITE_ERROR)) c->ctrl |= CTRL_AHB_ERROR;
        if (c->waiting && value & CTRL_EN) { /* it may have another request line now */
            c->waiting = false;
            emu_schedule(&a->rp.base, n, emu_now(machine(a)) + 1);
        }
        break;
    }
    if (index % 4 != 3) return;
    if (value) {
        start(a, n);
    } else if (c->ctrl & CTRL_IRQ_QUIET) { /* a null trigger tells the end of a control block list */
        a->intr |= 1u << n;
        update_irqs(a);
    }
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    dma *a = self(d);
    if (offset < CHANNELS * STRIDE) {
        emu_poll_hint(machine(a), UINT64_MAX);
        *value = channel_read(&a->channel[offset / STRIDE], order[offset % STRIDE / 4]);
        return true;
    }
    if (offset >= DEBUG0 && offset < DEBUG0 + CHANNELS * STRIDE && offset % STRIDE < 8) {
        *value = offset % STRIDE ? a->channel[(offset - DEBUG0) / STRIDE].reload : 0;
        return true;
    }
    switch (offset) {
    case INTR: *value = a->intr; return true;
    case INTS0: *value = (a->intr & plain(a, INTE0)) | plain(a, INTF0); return true;
    case INTS1: *value = (a->intr & plain(a, INTE1)) | plain(a, INTF1); return true;
    case MULTI_CHAN_TRIGGER:
    case FIFO_LEVELS:
    case CHAN_ABORT: *value = 0; return true;
    case SNIFF_DATA: *value = sniffed(a); return true;
    case N_CHANNELS: *value = CHANNELS; return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    dma *a = self(d);
    if (offset < CHANNELS * STRIDE) {
        channel_write(a, offset / STRIDE, offset % STRIDE / 4, value);
        return true;
    }
    if (offset >= DEBUG0) return true;
    switch (offset) {
    case INTR:
    case INTS0:
    case INTS1:
        a->intr &= ~value;
        update_irqs(a);
        return true;
    case MULTI_CHAN_TRIGGER:
        for (unsigned n = 0; n < CHANNELS; n++)
            if (value >> n & 1) start(a, n);
        return true;
    case SNIFF_DATA: a->sniff = value; return true;
    case CHAN_ABORT: abort_channels(a, value); return true;
    case FIFO_LEVELS:
    case N_CHANNELS: return true;
    default: return false;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    (void)offset;
    update_irqs(self(d));
}

static uint32_t clears(uint32_t offset) {
    if (offset < CHANNELS * STRIDE) return order[offset % STRIDE / 4] == CTRL ? CTRL_READ_ERROR | CTRL_WRITE_ERROR : 0;
    return offset == INTR || offset == INTS0 || offset == INTS1 ? ALL : 0;
}

static void reset(rp_device *d) {
    dma *a = self(d);
    abort_channels(a, ALL);
    memset(a->channel, 0, sizeof a->channel);
    for (unsigned n = 0; n < CHANNELS; n++) a->channel[n].ctrl = n << 11;
    a->intr = a->sniff = 0;
    update_irqs(a);
}

static void link(emu_device *d) { ((dma *)d)->clocks = emu_device_by_name(d->machine, "CLOCKS"); }

static const rp_register registers[] = {
    {INTE0, 2, 0, ALL}, {INTE1, 2, 0, ALL}, {TIMER0, TIMERS, 0, 0xFFFFFFFF}, {SNIFF_CTRL, 1, 0, 0xFFF}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .clears = clears, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_dma = {
    .type = "rp2040.dma",
    .struct_size = sizeof(dma),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
