/* SPDX-License-Identifier: Apache-2.0 */
/* SIO (2.3.1): what the cores share in a cycle: GPIO, FIFOs, spinlocks; and each core's own divider and interpolators. */
#include "devices/rp2040/sio.h"

#include <string.h>

enum {
    CPUID = 0x000,
    GPIO_IN = 0x004,
    GPIO_HI_IN = 0x008,
    GPIO_OUT = 0x010, /* plain, SET, CLR, XOR */
    GPIO_OE = 0x020,
    GPIO_HI_OUT = 0x030,
    GPIO_HI_OE = 0x040,
    FIFO_ST = 0x050,
    FIFO_WR = 0x054,
    FIFO_RD = 0x058,
    SPINLOCK_ST = 0x05C,
    DIV_UDIVIDEND = 0x060,
    DIV_UDIVISOR = 0x064,
    DIV_SDIVIDEND = 0x068,
    DIV_SDIVISOR = 0x06C,
    DIV_QUOTIENT = 0x070,
    DIV_REMAINDER = 0x074,
    DIV_CSR = 0x078,
    INTERP0 = 0x080,
    INTERP_SIZE = 0x40,
    SPINLOCK0 = 0x100,
    END = 0x180,
};
enum { ST_VLD = 1, ST_RDY = 2, ST_WOF = 4, ST_ROE = 8 };
enum { CSR_READY = 1, CSR_DIRTY = 2 };
enum { DEPTH = 8, CORES = 2, BANK0_MASK = 0x3FFFFFFF, QSPI_MASK = 0x3F };

typedef struct {
    uint32_t words[DEPTH];
    unsigned head, used;
} fifo;

typedef struct {
    uint32_t dividend, divisor, quotient, remainder;
    bool dirty;
} divider;

typedef struct {
    rp_device rp;
    emu_device *bank0, *qspi;
    uint32_t out, oe, hi_out, hi_oe;
    fifo to[CORES]; /* by the core that receives */
    uint32_t sticky[CORES];
    uint32_t spinlocks;
    divider divider[CORES];
    rp_interp interp[CORES][2];
} sio;

static sio *self(rp_device *d) { return (sio *)d; }

static void link(emu_device *d) {
    sio *s = (sio *)d;
    s->bank0 = emu_device_by_name(d->machine, "IO_BANK0");
    s->qspi = emu_device_by_name(d->machine, "IO_QSPI");
}

/* --- FIFOs (2.3.1.4) ---------------------------------------------------------------------------------------------------------- */

static void update_irq(sio *s, unsigned core) {
    emu_irq_set_core(s->rp.base.machine, core, s->rp.base.irq + (int)core, s->to[core].used || s->sticky[core]);
}

bool rp_fifo_push(emu_device *d, unsigned core, uint32_t value) {
    sio *s = (sio *)d;
    fifo *f = &s->to[1 - core];
    if (f->used == DEPTH) return false;
    f->words[(f->head + f->used++) % DEPTH] = value;
    update_irq(s, 1 - core);
    return true;
}

bool rp_fifo_pop(emu_device *d, unsigned core, uint32_t *value) {
    sio *s = (sio *)d;
    fifo *f = &s->to[core];
    if (!f->used) return false;
    *value = f->words[f->head];
    f->head = (f->head + 1) % DEPTH;
    f->used--;
    update_irq(s, core);
    return true;
}

static uint32_t fifo_status(sio *s, unsigned core) {
    emu_poll_hint(s->rp.base.machine, UINT64_MAX);
    return (s->to[core].used ? (uint32_t)ST_VLD : 0) | (s->to[1 - core].used < DEPTH ? (uint32_t)ST_RDY : 0) | s->sticky[core];
}

static uint32_t fifo_read(sio *s, unsigned core) {
    uint32_t value = s->to[core].words[s->to[core].head];
    if (!rp_fifo_pop(&s->rp.base, core, &value)) {
        s->sticky[core] |= ST_ROE;
        update_irq(s, core);
    }
    return value;
}

static void fifo_write(sio *s, unsigned core, uint32_t value) {
    if (rp_fifo_push(&s->rp.base, core, value)) return;
    s->sticky[core] |= ST_WOF;
    update_irq(s, core);
}

/* --- divider (2.3.1.5): ready at once ------------------------------------------------------------------------------------------- */

static void divide(divider *v, bool is_signed) {
    v->dirty = true;
    if (!v->divisor) {
        v->quotient = is_signed && (int32_t)v->dividend < 0 ? 1 : ~0u;
        v->remainder = v->dividend;
    } else if (is_signed) {
        int64_t a = (int32_t)v->dividend, b = (int32_t)v->divisor; /* wide, for -2^31 / -1 */
        v->quotient = (uint32_t)(a / b);
        v->remainder = (uint32_t)(a % b);
    } else {
        v->quotient = v->dividend / v->divisor;
        v->remainder = v->dividend % v->divisor;
    }
}

static bool divider_write(divider *v, uint32_t offset, uint32_t value) {
    switch (offset) {
    case DIV_UDIVIDEND:
    case DIV_SDIVIDEND: v->dividend = value; break;
    case DIV_UDIVISOR:
    case DIV_SDIVISOR: v->divisor = value; break;
    case DIV_QUOTIENT:
        v->quotient = value;
        v->dirty = true;
        return true;
    case DIV_REMAINDER:
        v->remainder = value;
        v->dirty = true;
        return true;
    case DIV_CSR: return true;
    default: return false;
    }
    divide(v, offset == DIV_SDIVIDEND || offset == DIV_SDIVISOR);
    return true;
}

static bool divider_read(divider *v, uint32_t offset, uint32_t *value) {
    switch (offset) {
    case DIV_UDIVIDEND:
    case DIV_SDIVIDEND: *value = v->dividend; return true;
    case DIV_UDIVISOR:
    case DIV_SDIVISOR: *value = v->divisor; return true;
    case DIV_QUOTIENT:
        *value = v->quotient;
        v->dirty = false;
        return true;
    case DIV_REMAINDER: *value = v->remainder; return true;
    case DIV_CSR: *value = CSR_READY | (v->dirty ? (uint32_t)CSR_DIRTY : 0); return true;
    default: return false;
    }
}

/* --- registers -------------------------------------------------------------------------------------------------------------------- */

static uint32_t *gpio_register(sio *s, uint32_t offset, uint32_t *mask) {
    *mask = offset < GPIO_HI_OUT ? BANK0_MASK : QSPI_MASK;
    switch (offset & ~0xCu) {
    case GPIO_OUT: return &s->out;
    case GPIO_OE: return &s->oe;
    case GPIO_HI_OUT: return &s->hi_out;
    case GPIO_HI_OE: return &s->hi_oe;
    default: return NULL;
    }
}

static void drive(sio *s) {
    if (s->bank0) rp_pins_drive(s->bank0, RP_FUNC_SIO, BANK0_MASK, s->out, s->oe);
    if (s->qspi) rp_pins_drive(s->qspi, RP_FUNC_SIO, QSPI_MASK, s->hi_out, s->hi_oe);
}

static bool gpio_write(sio *s, uint32_t offset, uint32_t value) {
    uint32_t mask, *to = gpio_register(s, offset, &mask);
    if (!to) return false;
    switch (offset & 0xC) {
    case 0x0: *to = value & mask; break;
    case 0x4: *to |= value & mask; break;
    case 0x8: *to &= ~value; break;
    default: *to ^= value & mask; break;
    }
    drive(s);
    return true;
}

static uint32_t pins(sio *s, emu_device *bank) {
    emu_poll_hint(s->rp.base.machine, UINT64_MAX);
    return bank ? rp_pins_in(bank) : 0;
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    sio *s = self(d);
    unsigned core = emu_core_index(d->base.machine);
    uint32_t mask;
    const uint32_t *gpio = gpio_register(s, offset, &mask);
    if (gpio) {
        *value = *gpio;
        return true;
    }
    if (offset >= SPINLOCK0 && offset < END) {
        uint32_t bit = 1u << (offset - SPINLOCK0) / 4;
        *value = s->spinlocks & bit ? 0 : bit;
        if (s->spinlocks & bit) emu_poll_hint(d->base.machine, UINT64_MAX);
        s->spinlocks |= bit;
        return true;
    }
    if (offset >= INTERP0 && offset < SPINLOCK0) {
        unsigned n = (offset - INTERP0) / INTERP_SIZE;
        *value = rp_interp_read(&s->interp[core][n], n, (offset - INTERP0) % INTERP_SIZE);
        return true;
    }
    switch (offset) {
    case CPUID: *value = core; return true;
    case GPIO_IN: *value = pins(s, s->bank0); return true;
    case GPIO_HI_IN: *value = pins(s, s->qspi); return true;
    case FIFO_ST: *value = fifo_status(s, core); return true;
    case FIFO_RD: *value = fifo_read(s, core); return true;
    case FIFO_WR: *value = 0; return true;
    case SPINLOCK_ST: *value = s->spinlocks; return true;
    default: return divider_read(&s->divider[core], offset, value);
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    sio *s = self(d);
    unsigned core = emu_core_index(d->base.machine);
    if (gpio_write(s, offset, value)) return true;
    if (offset >= SPINLOCK0 && offset < END) {
        s->spinlocks &= ~(1u << (offset - SPINLOCK0) / 4);
        return true;
    }
    if (offset >= INTERP0 && offset < SPINLOCK0) {
        unsigned n = (offset - INTERP0) / INTERP_SIZE;
        rp_interp_write(&s->interp[core][n], n, (offset - INTERP0) % INTERP_SIZE, value);
        return true;
    }
    switch (offset) {
    case FIFO_ST:
        s->sticky[core] &= ~value;
        update_irq(s, core);
        return true;
    case FIFO_WR: fifo_write(s, core, value); return true;
    case CPUID:
    case GPIO_IN:
    case GPIO_HI_IN:
    case FIFO_RD:
    case SPINLOCK_ST: return true;
    default: return divider_write(&s->divider[core], offset, value);
    }
}

static void reset(rp_device *d) {
    sio *s = self(d);
    s->out = s->oe = s->hi_out = s->hi_oe = s->spinlocks = 0;
    memset(s->to, 0, sizeof s->to);
    memset(s->sticky, 0, sizeof s->sticky);
    memset(s->divider, 0, sizeof s->divider);
    memset(s->interp, 0, sizeof s->interp);
    for (unsigned core = 0; core < CORES; core++) update_irq(s, core);
    drive(s);
}

static const rp_spec spec = {.read = read, .write = write, .reset = reset, .no_aliases = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_sio = {
    .type = "rp2040.sio",
    .struct_size = sizeof(sio),
    .region_size = 0x400,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .link = link,
};
