/* SPDX-License-Identifier: Apache-2.0 */
/* PWM (4.5): eight slices. A slice's counter is arithmetic on time; it has events only while somebody must hear of its wraps or levels: an
 * interrupt, a DMA channel, a pin that has the function, or a new CC or TOP that waits for the next wrap. */
#include "devices/rp2040/rp.h"

enum { CSR = 0x00, DIV = 0x04, CTR = 0x08, CC = 0x0C, TOP = 0x10, STRIDE = 0x14, SLICES = 8 };
enum { EN = 0xA0, INTR = 0xA4, INTE = 0xA8, INTF = 0xAC, INTS = 0xB0 };
enum { CSR_EN = 1, CSR_PH_CORRECT = 2, CSR_A_INV = 4, CSR_B_INV = 8, CSR_PH_RET = 64, CSR_PH_ADV = 128 };
enum { FREE_RUNNING, GATED, RISING, FALLING };

typedef struct {
    uint32_t csr, div, top, cc;       /* as they work */
    uint32_t written_top, written_cc; /* as they were written: they work from the next wrap on */
    uint32_t phase;                   /* 0..period - 1 at the time `since`; in phase-correct mode the second half counts down */
    uint64_t since;                   /* sixteenths of a cycle of the machine */
    uint32_t fraction;                /* sixteenths of a count, of edges counted on the B pin */
    bool gate;                        /* level of the B pin */
    bool dma_wants, dma_due;
} slice;

typedef struct {
    rp_device rp;
    emu_device *clocks, *bank, *dma;
    slice slice[SLICES];
    uint32_t intr;
} pwm;

static pwm *self(rp_device *d) { return (pwm *)d; }
static emu_machine *machine(const pwm *p) { return p->rp.base.machine; }

static unsigned mode(const slice *s) { return s->csr >> 4 & 3; }
static uint32_t period(const slice *s) { return (s->top + 1) * (s->csr & CSR_PH_CORRECT ? 2 : 1); }
static uint32_t counter(const slice *s, uint32_t phase) { return phase <= s->top ? phase : 2 * s->top + 1 - phase; }
static bool by_time(const slice *s) { return s->csr & CSR_EN && (mode(s) == FREE_RUNNING || (mode(s) == GATED && s->gate)); }

/* Sixteenths of a cycle of clk_sys in a count. */
static uint32_t divisor(const slice *s) { return s->div >> 4 ? s->div : s->div | 256u << 4; }

/* Sixteenths of a cycle of the machine in as many of clk_sys, and the other way round. */
static uint64_t scaled(const pwm *p, uint64_t sixteenths, bool to_machine) {
    uint64_t hz = rp_clock_hz(p->clocks, RP_CLK_SYS), clock = emu_clock_hz(machine(p));
    if (hz == clock || !hz) return sixteenths;
    uint64_t from = to_machine ? hz : clock, to = to_machine ? clock : hz;
    return sixteenths / from * to + sixteenths % from * to / from;
}

static uint64_t now(const pwm *p) { return emu_now(machine(p)) * 16; }

/* When `counts` counts after `since` are over. */
static uint64_t time_of(const pwm *p, const slice *s, uint64_t counts) { return s->since + scaled(p, counts * divisor(s), true); }

static uint64_t counts_since(const pwm *p, const slice *s) {
    if (!by_time(s) || now(p) <= s->since) return 0;
    return scaled(p, now(p) - s->since, false) / divisor(s);
}

/* The slices' pins: GPn belongs to slice n / 2 modulo 8, even ones are A. */
static uint32_t pins_of(unsigned n, unsigned channel) {
    return (1u << (2 * n + channel) | 1u << (16 + 2 * n + channel)) & ((1u << RP_BANK0_PINS) - 1);
}

static void drive(pwm *p, unsigned n) {
    const slice *s = &p->slice[n];
    uint32_t count = counter(s, s->phase), out = 0, a = pins_of(n, 0), b = pins_of(n, 1);
    bool b_is_input = mode(s) != FREE_RUNNING;
    if ((count < (s->cc & 0xFFFF)) != (bool)(s->csr & CSR_A_INV)) out |= a;
    if ((count < s->cc >> 16) != (bool)(s->csr & CSR_B_INV)) out |= b;
    rp_pins_drive(p->bank, RP_FUNC_PWM, a | b, out, b_is_input ? a : a | b);
}

static void update_irq(pwm *p) { emu_irq_set(machine(p), p->rp.base.irq, (p->intr & *rp_plain(&p->rp, INTE)) | *rp_plain(&p->rp, INTF)); }

static void wrapped(pwm *p, unsigned n) {
    slice *s = &p->slice[n];
    p->intr |= 1u << n;
    s->top = s->written_top;
    s->cc = s->written_cc;
    update_irq(p);
    if (s->dma_wants && p->dma) {
        s->dma_due = true;
        s->dma_wants = false;
        rp_dreq(p->dma, RP_DREQ_PWM_WRAP0 + n);
    }
}

static void add_counts(pwm *p, unsigned n, uint64_t counts) {
    slice *s = &p->slice[n];
    uint64_t to = s->phase + counts;
    if (to >= period(s)) {
        to -= period(s);
        wrapped(p, n); /* with what works from now on; more than one wrap at once happens only while nobody listens */
        to %= period(s);
    }
    s->phase = (uint32_t)to;
}

/* Makes now the base of the arithmetic, without losing the part of a count that has passed. */
static void fold(pwm *p, unsigned n) {
    slice *s = &p->slice[n];
    uint64_t counts = counts_since(p, s);
    if (!by_time(s)) {
        s->since = now(p);
        return;
    }
    if (!counts) return;
    s->since = time_of(p, s, counts);
    add_counts(p, n, counts);
}

static bool listened_to(pwm *p, unsigned n) {
    const slice *s = &p->slice[n];
    uint32_t pins = pins_of(n, 0) | pins_of(n, 1);
    return *rp_plain(&p->rp, INTE) >> n & 1 || s->dma_wants || s->written_top != s->top || s->written_cc != s->cc ||
           rp_pins_of_function(p->bank, RP_FUNC_PWM) & pins;
}

/* The next phase at which a level changes or the counter wraps. */
static uint32_t next_change(const slice *s) {
    uint32_t best = period(s), compare[2] = {s->cc & 0xFFFF, s->cc >> 16};
    for (unsigned i = 0; i < 2; i++) {
        if (compare[i] > s->phase && compare[i] <= s->top && compare[i] < best) best = compare[i];
        uint32_t down = 2 * s->top + 2 - compare[i]; /* counting down, the counter falls below the compare value here */
        if (s->csr & CSR_PH_CORRECT && compare[i] <= s->top + 1 && down > s->phase && down < best) best = down;
    }
    return best;
}

static void schedule(pwm *p, unsigned n) {
    const slice *s = &p->slice[n];
    if (by_time(s) && listened_to(p, n))
        emu_schedule(&p->rp.base, n, (time_of(p, s, next_change(s) - s->phase) + 15) / 16);
    else
        emu_cancel(&p->rp.base, n);
}

static void settle(pwm *p, unsigned n) {
    fold(p, n);
    drive(p, n);
    schedule(p, n);
}

static void event(emu_device *d, uint32_t id) { settle((pwm *)d, id); }

static void settle_all(pwm *p) {
    for (unsigned n = 0; n < SLICES; n++) settle(p, n);
}

/* A slice that counts on its B pin hears of it. */
static void pins_changed(rp_device *d, uint32_t pins) {
    pwm *p = self(d);
    for (unsigned n = 0; n < SLICES; n++) {
        slice *s = &p->slice[n];
        uint32_t input = pins_of(n, 1) & rp_pins_of_function(p->bank, RP_FUNC_PWM);
        if (mode(s) == FREE_RUNNING || !(input & pins)) continue;
        bool level = rp_pins_in(p->bank) & input;
        fold(p, n);
        if (s->csr & CSR_EN && level != s->gate && mode(s) == (level ? RISING : FALLING)) {
            s->fraction += 16;
            for (; s->fraction >= divisor(s); s->fraction -= divisor(s)) add_counts(p, n, 1);
        }
        s->gate = level;
        drive(p, n);
        schedule(p, n);
    }
}

static void functions_changed(rp_device *d) { settle_all(self(d)); }
static void clocks_changed(rp_device *d) { settle_all(self(d)); }

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    pwm *p = self(d);
    if (offset < SLICES * STRIDE) {
        const slice *s = &p->slice[offset / STRIDE];
        fold(p, offset / STRIDE);
        switch (offset % STRIDE) {
        case CSR: *value = s->csr; break;
        case DIV: *value = s->div; break;
        case CTR: *value = counter(s, s->phase); break;
        case CC: *value = s->written_cc; break;
        default: *value = s->written_top; break;
        }
        return true;
    }
    switch (offset) {
    case EN:
        *value = 0;
        for (unsigned n = 0; n < SLICES; n++) *value |= (p->slice[n].csr & CSR_EN) << n;
        return true;
    case INTR:
    case INTS:
        for (unsigned n = 0; n < SLICES; n++) fold(p, n);
        *value = offset == INTR ? p->intr : (p->intr & *rp_plain(d, INTE)) | *rp_plain(d, INTF);
        return true;
    default: return false;
    }
}

static void write_slice(pwm *p, unsigned n, uint32_t what, uint32_t value) {
    slice *s = &p->slice[n];
    fold(p, n);
    switch (what) {
    case CSR:
        s->csr = value & 0x3F;
        if (value & CSR_PH_ADV) add_counts(p, n, 1);
        if (value & CSR_PH_RET && s->phase) s->phase--;
        s->gate = mode(s) != FREE_RUNNING && rp_pins_in(p->bank) & pins_of(n, 1) & rp_pins_of_function(p->bank, RP_FUNC_PWM);
        s->since = now(p);
        break;
    case DIV: s->div = value & 0xFFF; break;
    case CTR:
        s->phase = value & 0xFFFF;
        if (s->phase > s->top) s->phase = s->top;
        s->since = now(p);
        break;
    case CC: s->written_cc = value; break;
    default: s->written_top = value & 0xFFFF; break;
    }
    if (!(s->csr & CSR_EN)) { /* a slice at rest takes new values at once */
        s->top = s->written_top;
        s->cc = s->written_cc;
    }
    drive(p, n);
    schedule(p, n);
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    pwm *p = self(d);
    if (offset < SLICES * STRIDE) {
        write_slice(p, offset / STRIDE, offset % STRIDE, value);
        return true;
    }
    switch (offset) {
    case EN:
        for (unsigned n = 0; n < SLICES; n++) write_slice(p, n, CSR, (p->slice[n].csr & ~(uint32_t)CSR_EN) | (value >> n & 1));
        return true;
    case INTR:
        for (unsigned n = 0; n < SLICES; n++) fold(p, n);
        p->intr &= ~value;
        update_irq(p);
        return true;
    case INTS: return true;
    default: return false;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    (void)offset;
    settle_all(self(d));
    update_irq(self(d));
}

static uint32_t clears(uint32_t offset) { return offset == INTR ? 0xFF : 0; }

/* One request a wrap; a channel that waits has the slice tell of its wraps. */
static unsigned dma_level(emu_device *d, unsigned n) {
    pwm *p = (pwm *)d;
    slice *s = &p->slice[n];
    bool due = s->dma_due;
    s->dma_due = false;
    s->dma_wants = true;
    fold(p, n);
    schedule(p, n);
    return due;
}

static void reset(rp_device *d) {
    pwm *p = self(d);
    for (unsigned n = 0; n < SLICES; n++) {
        emu_cancel(&d->base, n);
        p->slice[n] = (slice){.div = 16, .top = 0xFFFF, .written_top = 0xFFFF, .since = now(p)};
        drive(p, n);
    }
    p->intr = 0;
    update_irq(p);
}

static void link(emu_device *d) {
    pwm *p = (pwm *)d;
    p->clocks = emu_device_by_name(d->machine, "CLOCKS");
    p->bank = emu_device_by_name(d->machine, "IO_BANK0");
    p->dma = emu_device_by_name(d->machine, "DMA");
    for (unsigned n = 0; p->dma && n < SLICES; n++) rp_dma_connect(p->dma, RP_DREQ_PWM_WRAP0 + n, d, n, dma_level);
}

static const rp_register registers[] = {{INTE, 2, 0, 0xFF}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers,
                             .read = read,
                             .write = write,
                             .changed = changed,
                             .clears = clears,
                             .clocks_changed = clocks_changed,
                             .pins_changed = pins_changed,
                             .functions_changed = functions_changed,
                             .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_pwm = {
    .type = "rp2040.pwm",
    .struct_size = sizeof(pwm),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
