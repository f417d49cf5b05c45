/* SPDX-License-Identifier: Apache-2.0 */
/* PIO0, PIO1 (chapter 3): registers, FIFOs, interrupts, and the time of the state machines.
 *
 * A machine has an event at the time of each instruction that somebody else could notice (pins, FIFOs, flags); instructions between those
 * are executed ahead of time. One that stalls has no event: what it may wait for wakes it at its next tick. So a register of a machine that
 * runs can be seen a few instructions early, while pins, FIFOs and interrupts are exact. The input synchronisers' two cycles are not
 * modelled, and OUT_STICKY is not: a value stays on the pins until somebody writes another. */
#include "devices/rp2040/pio.h"

#include <string.h>

enum {
    CTRL = 0x000,
    FSTAT = 0x004,
    FDEBUG = 0x008,
    FLEVEL = 0x00C,
    TXF0 = 0x010,
    RXF0 = 0x020,
    IRQ = 0x030,
    IRQ_FORCE = 0x034,
    INPUT_SYNC_BYPASS = 0x038,
    DBG_PADOUT = 0x03C,
    DBG_PADOE = 0x040,
    DBG_CFGINFO = 0x044,
    INSTR_MEM0 = 0x048,
    SM0 = 0x0C8,
    SM_STRIDE = 0x18,
    INTR = 0x128,
    IRQ0_INTE = 0x12C,
    IRQ0_INTF = 0x130,
    IRQ0_INTS = 0x134,
    IRQ1_INTE = 0x138,
    IRQ1_INTF = 0x13C,
    IRQ1_INTS = 0x140,
};
enum { CLKDIV, EXECCTRL, SHIFTCTRL, ADDR, INSTR, PINCTRL };
enum { FJOIN_TX = 1u << 30, EXEC_KEPT = 0x7FFFFF9F };
#define FJOIN_RX (1u << 31)
#define EXEC_STALLED (1u << 31)
enum { FDEBUG_ALL = 0x0F0F0F0F };

static pio_block *self(rp_device *d) { return (pio_block *)d; }
static emu_machine *machine(const pio_block *p) { return p->rp.base.machine; }
static uint64_t now(const pio_block *p) { return emu_now(machine(p)) * 256; }

/* --- interrupts and requests -------------------------------------------------------------------------------------------------- */

static uint32_t intr(const pio_block *p) {
    uint32_t bits = (p->irq & 15) << 8;
    for (unsigned n = 0; n < PIO_MACHINES; n++) {
        if (p->sm[n].rx.used) bits |= 1u << n;
        if (p->sm[n].tx.used < p->sm[n].tx.depth) bits |= 16u << n;
    }
    return bits;
}

static uint32_t ints(const pio_block *p, unsigned line) {
    rp_device *d = (rp_device *)&p->rp;
    return line ? (intr(p) & *rp_plain(d, IRQ1_INTE)) | *rp_plain(d, IRQ1_INTF)
                : (intr(p) & *rp_plain(d, IRQ0_INTE)) | *rp_plain(d, IRQ0_INTF);
}

static void update_irqs(pio_block *p) {
    for (unsigned line = 0; line < 2; line++) emu_irq_set(machine(p), p->rp.base.irq + (int)line, ints(p, line));
}

static unsigned dreq(const pio_block *p, unsigned n, bool rx) { return RP_DREQ_PIO0_TX0 + 8 * p->number + (rx ? 4 : 0) + n; }

/* --- time ------------------------------------------------------------------------------------------------------------------------ */

/* 1/256 cycles of the machine in a tick. */
static uint64_t tick(const pio_block *p, const pio_machine *s) {
    uint64_t div = s->clkdiv >> 8, hz = rp_clock_hz(p->clocks, RP_CLK_SYS), clock = emu_clock_hz(machine(p));
    if (!(div >> 8)) div = 65536u << 8; /* 3.5.5: 0 divides by 65536 */
    if (hz == clock || !hz) return div;
    div = div * clock / hz;
    return div ? div : 1;
}

static void schedule(pio_block *p, unsigned n) {
    const pio_machine *s = &p->sm[n];
    if (s->enabled && !s->stalled)
        emu_schedule(&p->rp.base, n, (s->next + 255) / 256);
    else
        emu_cancel(&p->rp.base, n);
}

/* The first of the machine's ticks that is not past. */
static void catch_up(const pio_block *p, pio_machine *s) {
    uint64_t t = now(p), step = tick(p, s);
    if (s->next >= t) return;
    s->next += (t - s->next + step - 1) / step * step;
}

static void step(pio_block *p, unsigned n);

/* Something that stalled machines may wait for has changed. */
static void wake(pio_block *p) {
    for (unsigned n = 0; n < PIO_MACHINES; n++) {
        pio_machine *s = &p->sm[n];
        if (!s->stalled) continue;
        if (!s->enabled) { /* an instruction that software gave to a machine at rest */
            step(p, n);
            continue;
        }
        s->stalled = false;
        catch_up(p, s);
        schedule(p, n);
    }
}

/* After an instruction: what it has done becomes known. */
static void publish(pio_block *p, unsigned n) {
    bool woken = p->irq_changed;
    if (p->pins_driven) {
        p->pins_driven = false;
        rp_pins_drive(p->bank, RP_FUNC_PIO0 + p->number, (1u << RP_BANK0_PINS) - 1, p->out, p->oe);
    }
    if (p->irq_changed || p->tx_taken || p->rx_put) update_irqs(p);
    if (p->tx_taken && p->dma) rp_dreq(p->dma, dreq(p, n, false));
    if (p->rx_put && p->dma) rp_dreq(p->dma, dreq(p, n, true));
    p->irq_changed = p->tx_taken = p->rx_put = false;
    if (woken) wake(p);
}

static void step(pio_block *p, unsigned n) {
    pio_machine *s = &p->sm[n];
    uint8_t before = s->osr_count;
    unsigned ticks = pio_execute(p, n);
    bool refilled = !ticks && s->osr_count < before; /* OUT goes on at the next tick */
    s->stalled = !ticks && !refilled;
    publish(p, n);
    if (s->stalled) return;
    s->next += tick(p, s) * (ticks ? ticks : 1);
}

static void event(emu_device *d, uint32_t n) {
    pio_block *p = (pio_block *)d;
    pio_machine *s = &p->sm[n];
    if (!s->enabled || s->stalled) return;
    do {
        step(p, n);
        if (s->stalled) return;
        s->next += pio_run_ahead(p, n) * tick(p, s);
    } while (s->next <= now(p));
    schedule(p, n);
}

static void pins_changed(rp_device *d, uint32_t pins) {
    (void)pins;
    wake(self(d));
}

/* --- registers ---------------------------------------------------------------------------------------------------------------------- */

static void restart(pio_machine *s) { /* SM_RESTART, 3.7 */
    s->isr = 0;
    s->isr_count = 0;
    s->osr_count = 32;
    s->stalled = s->shifted = s->flagged = s->forced = false;
}

static void write_ctrl(pio_block *p, uint32_t value) {
    for (unsigned n = 0; n < PIO_MACHINES; n++) {
        pio_machine *s = &p->sm[n];
        bool enable = value >> n & 1;
        if (value >> (4 + n) & 1) restart(s);
        if (value >> (8 + n) & 1 || enable != s->enabled) s->next = now(p) + tick(p, s);
        if (enable && !s->enabled) s->stalled = false;
        s->enabled = enable;
        schedule(p, n);
    }
}

static void set_depths(pio_machine *s) {
    s->tx.depth = s->shiftctrl & FJOIN_TX ? 8 : s->shiftctrl & FJOIN_RX ? 0 : 4;
    s->rx.depth = s->shiftctrl & FJOIN_RX ? 8 : s->shiftctrl & FJOIN_TX ? 0 : 4;
}

static void write_sm(pio_block *p, unsigned n, unsigned what, uint32_t value) {
    pio_machine *s = &p->sm[n];
    switch (what) {
    case CLKDIV: s->clkdiv = value & 0xFFFFFF00u; break;
    case EXECCTRL: s->execctrl = value & EXEC_KEPT; break;
    case SHIFTCTRL: {
        uint32_t joined = (s->shiftctrl ^ value) & (FJOIN_RX | FJOIN_TX);
        s->shiftctrl = value & 0xFFFF0000u;
        if (joined) s->tx.used = s->rx.used = 0; /* and the contents are lost */
        set_depths(s);
        break;
    }
    case INSTR: /* at once, whatever the clock divider */
        s->instruction = (uint16_t)value;
        s->forced = true;
        s->shifted = s->flagged = false;
        s->next = now(p);
        step(p, n);
        schedule(p, n);
        break;
    case PINCTRL: s->pinctrl = value; break;
    default: break;
    }
    update_irqs(p);
}

static uint32_t read_sm(const pio_block *p, unsigned n, unsigned what) {
    const pio_machine *s = &p->sm[n];
    switch (what) {
    case CLKDIV: return s->clkdiv;
    case EXECCTRL: return s->execctrl | (s->forced && s->stalled ? EXEC_STALLED : 0);
    case SHIFTCTRL: return s->shiftctrl;
    case ADDR: return s->pc;
    case INSTR: return pio_next_instruction(p, n);
    default: return s->pinctrl;
    }
}

static uint32_t fstat(const pio_block *p) {
    uint32_t value = 0;
    for (unsigned n = 0; n < PIO_MACHINES; n++) {
        const pio_machine *s = &p->sm[n];
        value |= (s->rx.used == s->rx.depth ? 1u : 0) << n | (s->rx.used ? 0 : 1u) << (8 + n);
        value |= (s->tx.used == s->tx.depth ? 1u : 0) << (16 + n) | (s->tx.used ? 0 : 1u) << (24 + n);
    }
    return value;
}

static uint32_t flevel(const pio_block *p) {
    uint32_t value = 0;
    for (unsigned n = 0; n < PIO_MACHINES; n++) value |= (uint32_t)(p->sm[n].tx.used | p->sm[n].rx.used << 4) << 8 * n;
    return value;
}

static uint32_t take(pio_block *p, unsigned n) {
    uint32_t word = 0;
    if (!pio_take(&p->sm[n].rx, &word)) p->fdebug |= FDEBUG_RXUNDER << n;
    update_irqs(p);
    wake(p);
    return word;
}

static void put(pio_block *p, unsigned n, uint32_t word) {
    if (!pio_put(&p->sm[n].tx, word)) p->fdebug |= FDEBUG_TXOVER << n;
    update_irqs(p);
    wake(p);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    pio_block *p = self(d);
    if (offset >= SM0 && offset < SM0 + PIO_MACHINES * SM_STRIDE) {
        *value = read_sm(p, (offset - SM0) / SM_STRIDE, (offset - SM0) % SM_STRIDE / 4);
        return true;
    }
    if (offset >= RXF0 && offset < RXF0 + 16) {
        *value = take(p, (offset - RXF0) / 4);
        return true;
    }
    if (offset >= INSTR_MEM0 && offset < SM0) { /* can be written only */
        *value = 0;
        return true;
    }
    emu_poll_hint(machine(p), UINT64_MAX);
    switch (offset) {
    case CTRL:
        *value = 0;
        for (unsigned n = 0; n < PIO_MACHINES; n++) *value |= (uint32_t)p->sm[n].enabled << n;
        return true;
    case FSTAT: *value = fstat(p); return true;
    case FDEBUG: *value = p->fdebug; return true;
    case FLEVEL: *value = flevel(p); return true;
    case IRQ: *value = p->irq; return true;
    case DBG_PADOUT: *value = p->out; return true;
    case DBG_PADOE: *value = p->oe; return true;
    case DBG_CFGINFO: *value = PIO_CODE << 16 | PIO_MACHINES << 8 | 4; return true;
    case INTR: *value = intr(p); return true;
    case IRQ0_INTS:
    case IRQ1_INTS: *value = ints(p, offset == IRQ1_INTS); return true;
    case IRQ_FORCE:
    case TXF0:
    case TXF0 + 4:
    case TXF0 + 8:
    case TXF0 + 12: *value = 0; return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    pio_block *p = self(d);
    if (offset >= SM0 && offset < SM0 + PIO_MACHINES * SM_STRIDE) {
        write_sm(p, (offset - SM0) / SM_STRIDE, (offset - SM0) % SM_STRIDE / 4, value);
        return true;
    }
    if (offset >= TXF0 && offset < RXF0) {
        put(p, (offset - TXF0) / 4, value);
        return true;
    }
    if (offset >= INSTR_MEM0 && offset < SM0) {
        p->code[(offset - INSTR_MEM0) / 4] = (uint16_t)value;
        return true;
    }
    switch (offset) {
    case CTRL: write_ctrl(p, value); return true;
    case FDEBUG: p->fdebug &= ~value; return true;
    case IRQ:
    case IRQ_FORCE:
        p->irq = offset == IRQ ? p->irq & ~value : p->irq | (value & 0xFF);
        update_irqs(p);
        wake(p);
        return true;
    case FSTAT:
    case FLEVEL:
    case DBG_PADOUT:
    case DBG_PADOE:
    case DBG_CFGINFO:
    case INTR:
    case IRQ0_INTS:
    case IRQ1_INTS: return true;
    default: return offset >= RXF0 && offset < IRQ;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    (void)offset;
    update_irqs(self(d));
}

static uint32_t clears(uint32_t offset) { return offset == FDEBUG ? FDEBUG_ALL : offset == IRQ ? 0xFF : 0; }

static unsigned dma_level(emu_device *d, unsigned which) {
    const pio_block *p = (const pio_block *)d;
    const pio_machine *s = &p->sm[which % PIO_MACHINES];
    return which < PIO_MACHINES ? (unsigned)(s->tx.depth - s->tx.used) : s->rx.used;
}

static void reset(rp_device *d) {
    pio_block *p = self(d);
    memset(p->code, 0, sizeof p->code);
    memset(p->sm, 0, sizeof p->sm);
    for (unsigned n = 0; n < PIO_MACHINES; n++) {
        pio_machine *s = &p->sm[n];
        emu_cancel(&d->base, n);
        s->clkdiv = 0x00010000;
        s->execctrl = 0x0001F000;
        s->shiftctrl = 0x000C0000;
        s->pinctrl = 0x14000000;
        s->osr_count = 32;
        set_depths(s);
    }
    p->out = p->oe = p->fdebug = p->irq = 0;
    p->irq_changed = p->tx_taken = p->rx_put = p->pins_driven = false;
    rp_pins_drive(p->bank, RP_FUNC_PIO0 + p->number, (1u << RP_BANK0_PINS) - 1, 0, 0);
    update_irqs(p);
}

static void link(emu_device *d) {
    pio_block *p = (pio_block *)d;
    p->clocks = emu_device_by_name(d->machine, "CLOCKS");
    p->bank = emu_device_by_name(d->machine, "IO_BANK0");
    p->dma = emu_device_by_name(d->machine, "DMA");
    for (unsigned n = 0; p->dma && n < PIO_MACHINES; n++) {
        rp_dma_connect(p->dma, dreq(p, n, false), d, n, dma_level);
        rp_dma_connect(p->dma, dreq(p, n, true), d, n + PIO_MACHINES, dma_level);
    }
}

static const rp_register registers[] = {
    {INPUT_SYNC_BYPASS, 1, 0, 0xFFFFFFFF}, {IRQ0_INTE, 2, 0, 0xFFF}, {IRQ1_INTE, 2, 0, 0xFFF}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers,
                             .read = read,
                             .write = write,
                             .changed = changed,
                             .clears = clears,
                             .pins_changed = pins_changed,
                             .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"number", NULL};
    uint64_t values[] = {0};
    ((rp_device *)d)->spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    ((pio_block *)d)->number = values[0] & 1;
    return true;
}

const emu_device_class rp2040_pio = {
    .type = "rp2040.pio",
    .struct_size = sizeof(pio_block),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
