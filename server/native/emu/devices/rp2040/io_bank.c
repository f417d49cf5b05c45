/* SPDX-License-Identifier: Apache-2.0 */
/* IO_BANK0 and IO_QSPI (2.19): which function drives a pin, overrides, and the pins' interrupts, which each core enables for itself.
 *
 * Peripherals say what they would drive (rp_pins_drive); the function selected, the overrides and the pad decide what comes of it. */
#include "devices/rp2040/rp.h"
#include "machine.h"

enum { PINS_MAX = 30, CORES = 2 };
enum { LEVEL_LOW = 1, LEVEL_HIGH = 2, EDGE_LOW = 4, EDGE_HIGH = 8, EDGES = 0xCCCCCCCC };
enum { OVER_NORMAL, OVER_INVERT, OVER_LOW, OVER_HIGH };
enum { CTRL_MASK = 0x3003331F };

typedef struct {
    rp_device rp;
    emu_device *pads;
    emu_device *ssi;      /* of IO_QSPI */
    emu_device *xosc;     /* of IO_BANK0 */
    unsigned pins, first; /* first: number of pin 0 in the machine */
    uint32_t interrupts;  /* offset of INTR; INTE, INTF and INTS of both cores and of the dormant wake follow */
    unsigned words;       /* of an interrupt register: 8 pins a word */
    uint32_t ctrl[PINS_MAX];
    uint32_t out[RP_FUNC_COUNT], oe[RP_FUNC_COUNT]; /* by function */
    uint32_t pad_in;                                /* levels after the input enables */
    uint32_t in;                                    /* and after INOVER */
    uint32_t edges[4];                              /* latched bits of INTR */
    uint32_t inte[CORES + 1][4], intf[CORES + 1][4];
} io_bank;

static io_bank *self(rp_device *d) { return (io_bank *)d; }
static emu_machine *machine(const io_bank *b) { return b->rp.base.machine; }

static bool overridden(bool value, unsigned how) { return how == OVER_NORMAL ? value : how == OVER_INVERT ? !value : how == OVER_HIGH; }

static unsigned function(const io_bank *b, unsigned i) { return b->ctrl[i] & 31; }

static bool peripheral(const uint32_t *masks, unsigned f, unsigned i) { return f < RP_FUNC_COUNT && masks[f] >> i & 1; }

static bool out_to_pad(const io_bank *b, unsigned i) { return overridden(peripheral(b->out, function(b, i), i), b->ctrl[i] >> 8 & 3); }

static bool oe_to_pad(const io_bank *b, unsigned i) { return overridden(peripheral(b->oe, function(b, i), i), b->ctrl[i] >> 12 & 3); }

/* --- interrupts ------------------------------------------------------------------------------------------------------------- */

static uint32_t intr_word(const io_bank *b, unsigned w) {
    uint32_t word = b->edges[w];
    for (unsigned i = 8 * w; i < b->pins && i < 8 * w + 8; i++) {
        bool high = overridden(b->pad_in >> i & 1, b->ctrl[i] >> 28 & 3);
        word |= (high ? (uint32_t)LEVEL_HIGH : (uint32_t)LEVEL_LOW) << 4 * (i % 8);
    }
    return word;
}

static uint32_t ints_word(const io_bank *b, unsigned core, unsigned w) { return (intr_word(b, w) & b->inte[core][w]) | b->intf[core][w]; }

/* The third set of enables ends DORMANT state. */
bool rp_dormant_wakes(const emu_device *d) {
    const io_bank *b = (const io_bank *)d;
    for (unsigned w = 0; w < b->words; w++)
        if (ints_word(b, CORES, w)) return true;
    return false;
}

static void update_irqs(io_bank *b) {
    for (unsigned core = 0; core < CORES; core++) {
        bool any = false;
        for (unsigned w = 0; w < b->words; w++)
            if ((b->inte[core][w] | b->intf[core][w]) && ints_word(b, core, w)) any = true;
        emu_irq_set_core(machine(b), core, b->rp.base.irq, any);
    }
    if (b->first == 0 && b->xosc && rp_dormant_wakes(&b->rp.base)) rp_dormant_wake(b->xosc);
}

/* --- levels -------------------------------------------------------------------------------------------------------------------- */

static void look(io_bank *b, unsigned i) {
    uint32_t bit = 1u << i, before = b->in;
    bool enabled = b->pads && rp_pad(b->pads, b->first + i) & RP_PAD_IE;
    bool level = enabled && emu_pin_level(machine(b), b->first + i) == EMU_HIGH;
    if (level != (bool)(b->pad_in & bit)) {
        bool high = overridden(level, b->ctrl[i] >> 28 & 3);
        b->edges[i / 8] |= (high ? (uint32_t)EDGE_HIGH : (uint32_t)EDGE_LOW) << 4 * (i % 8);
        b->pad_in = level ? b->pad_in | bit : b->pad_in & ~bit;
        update_irqs(b);
    }
    b->in = overridden(level, b->ctrl[i] >> 16 & 3) ? b->in | bit : b->in & ~bit;
    if (b->in == before || b->first != 0) return;
    emu_machine *m = machine(b);
    for (size_t k = 0; k < m->device_count; k++) {
        rp_device *r = (rp_device *)m->devices[k];
        if (rp_is_rp(m->devices[k]) && r->spec->pins_changed) r->spec->pins_changed(r, bit);
    }
}

static void apply(io_bank *b, unsigned i) {
    uint32_t pad = b->pads ? rp_pad(b->pads, b->first + i) : 0;
    bool up = pad & RP_PAD_PUE, down = pad & RP_PAD_PDE;
    emu_level drive = oe_to_pad(b, i) && !(pad & RP_PAD_OD) ? (out_to_pad(b, i) ? EMU_HIGH : EMU_LOW) : EMU_FLOAT;
    emu_pin_chip(machine(b), b->first + i, drive, up && !down ? EMU_PULL_UP : down && !up ? EMU_PULL_DOWN : EMU_PULL_NONE);
    look(b, i);
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    io_bank *b = (io_bank *)d;
    (void)level;
    if (pin - b->first < b->pins) look(b, pin - b->first);
}

void rp_pins_pad_changed(emu_device *d, unsigned pin) {
    io_bank *b = (io_bank *)d;
    if (pin - b->first < b->pins) apply(b, pin - b->first);
}

void rp_pins_drive(emu_device *d, unsigned f, uint32_t mask, uint32_t out, uint32_t oe) {
    io_bank *b = (io_bank *)d;
    uint32_t changed = ((b->out[f] ^ out) | (b->oe[f] ^ oe)) & mask;
    if (!changed) return;
    b->out[f] ^= (b->out[f] ^ out) & mask;
    b->oe[f] ^= (b->oe[f] ^ oe) & mask;
    for (; changed; changed &= changed - 1) {
        unsigned i = (unsigned)__builtin_ctz(changed);
        if (i < b->pins && function(b, i) == f) apply(b, i);
    }
}

uint32_t rp_pins_in(const emu_device *d) { return ((const io_bank *)d)->in; }

unsigned rp_pin_function(const emu_device *d, unsigned pin) {
    const io_bank *b = (const io_bank *)d;
    return pin < b->pins ? function(b, pin) : RP_FUNC_NULL;
}

uint32_t rp_pins_of_function(const emu_device *d, unsigned f) {
    const io_bank *b = (const io_bank *)d;
    uint32_t mask = 0;
    for (unsigned i = 0; i < b->pins; i++)
        if (function(b, i) == f) mask |= 1u << i;
    return mask;
}

bool rp_flash_select(const emu_device *d, bool *low) {
    const io_bank *b = (const io_bank *)d;
    unsigned how = b->ctrl[RP_QSPI_SS - RP_QSPI_PIN] >> 8 & 3;
    *low = how == OVER_LOW;
    return how == OVER_LOW || how == OVER_HIGH;
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static uint32_t status(const io_bank *b, unsigned i) {
    unsigned f = function(b, i);
    uint32_t bits = ints_word(b, 0, i / 8) | ints_word(b, 1, i / 8), irq = bits >> 4 * (i % 8) & 15 ? 1 : 0;
    return (uint32_t)peripheral(b->out, f, i) << 8 | (uint32_t)out_to_pad(b, i) << 9 | (uint32_t)peripheral(b->oe, f, i) << 12 |
           (uint32_t)oe_to_pad(b, i) << 13 | (b->pad_in >> i & 1) << 17 | (b->in >> i & 1) << 19 | (b->pad_in >> i & 1) << 24 | irq << 26;
}

/* Which interrupt register: 0 INTR; 1 + 3 * core INTE, then INTF, INTS; -1: none. */
static int which(const io_bank *b, uint32_t offset, unsigned *word) {
    if (offset < b->interrupts) return -1;
    unsigned n = (offset - b->interrupts) / 4;
    *word = n % b->words;
    n /= b->words;
    return n < 1 + 3 * (CORES + 1) ? (int)n : -1;
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    io_bank *b = self(d);
    unsigned w;
    if (offset < 8 * b->pins) {
        *value = offset & 4 ? b->ctrl[offset / 8] : status(b, offset / 8);
        return true;
    }
    int n = which(b, offset, &w);
    if (n < 0) return false;
    if (n == 0) {
        *value = intr_word(b, w);
        return true;
    }
    unsigned core = (unsigned)(n - 1) / 3;
    *value = n % 3 == 1 ? b->inte[core][w] : n % 3 == 2 ? b->intf[core][w] : ints_word(b, core, w);
    return true;
}

static void function_changed(io_bank *b) {
    emu_machine *m = machine(b);
    for (size_t k = 0; b->first == 0 && k < m->device_count; k++) {
        rp_device *r = (rp_device *)m->devices[k];
        if (rp_is_rp(m->devices[k]) && r->spec->functions_changed) r->spec->functions_changed(r);
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    io_bank *b = self(d);
    unsigned w;
    if (offset < 8 * b->pins) {
        unsigned i = offset / 8;
        if (!(offset & 4)) return true;
        bool other = (b->ctrl[i] ^ value) & 31;
        b->ctrl[i] = value & CTRL_MASK;
        apply(b, i);
        update_irqs(b);
        if (other) function_changed(b);
        if (b->ssi && b->first + i == RP_QSPI_SS) rp_flash_select_changed(b->ssi);
        return true;
    }
    int n = which(b, offset, &w);
    if (n < 0) return false;
    if (n == 0) b->edges[w] &= ~value;
    if (n > 0 && n % 3 == 1) b->inte[(n - 1) / 3][w] = value;
    if (n > 0 && n % 3 == 2) b->intf[(n - 1) / 3][w] = value;
    update_irqs(b);
    return true;
}

static uint32_t bank0_clears(uint32_t offset) { return offset >= 0xF0 && offset < 0x100 ? EDGES : 0; }
static uint32_t qspi_clears(uint32_t offset) { return offset == 0x30 ? EDGES : 0; }

static void reset(rp_device *d) {
    io_bank *b = self(d);
    for (unsigned f = 0; f < RP_FUNC_COUNT; f++) b->out[f] = b->oe[f] = 0;
    for (unsigned w = 0; w < 4; w++) {
        b->edges[w] = 0;
        for (unsigned c = 0; c <= CORES; c++) b->inte[c][w] = b->intf[c][w] = 0;
    }
    for (unsigned i = 0; i < b->pins; i++) b->ctrl[i] = RP_FUNC_NULL;
    for (unsigned i = 0; i < b->pins; i++) apply(b, i);
    for (unsigned w = 0; w < 4; w++) b->edges[w] = 0;
    update_irqs(b);
    function_changed(b);
}

static void link_bank0(emu_device *d) {
    ((io_bank *)d)->pads = emu_device_by_name(d->machine, "PADS_BANK0");
    ((io_bank *)d)->xosc = emu_device_by_name(d->machine, "XOSC");
}

static void link_qspi(emu_device *d) {
    ((io_bank *)d)->pads = emu_device_by_name(d->machine, "PADS_QSPI");
    ((io_bank *)d)->ssi = emu_device_by_name(d->machine, "XIP_SSI");
}

static const rp_spec bank0_spec = {.read = read, .write = write, .clears = bank0_clears, .reset = reset};
static const rp_spec qspi_spec = {.read = read, .write = write, .clears = qspi_clears, .reset = reset};

static bool bank0_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    io_bank *b = (io_bank *)d;
    b->rp.spec = &bank0_spec;
    b->pins = RP_BANK0_PINS;
    b->interrupts = 0xF0;
    b->words = 4;
    return emu_params_take(d, params, count, keys, NULL, error);
}

static bool qspi_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    io_bank *b = (io_bank *)d;
    b->rp.spec = &qspi_spec;
    b->pins = 6;
    b->first = RP_QSPI_PIN;
    b->interrupts = 0x30;
    b->words = 1;
    return emu_params_take(d, params, count, keys, NULL, error);
}

#define CLASS(variable, name, initialise, link_)                                                                                           \
    const emu_device_class variable = {                                                                                                    \
        .type = name,                                                                                                                      \
        .struct_size = sizeof(io_bank),                                                                                                    \
        .region_size = 0x4000,                                                                                                             \
        .init = initialise,                                                                                                                \
        .reset = rp_reset,                                                                                                                 \
        .read = rp_read,                                                                                                                   \
        .write = rp_write,                                                                                                                 \
        .pin_changed = pin_changed,                                                                                                        \
        .link = link_,                                                                                                                     \
    }

CLASS(rp2040_io_bank0, "rp2040.io_bank0", bank0_init, link_bank0);
CLASS(rp2040_io_qspi, "rp2040.io_qspi", qspi_init, link_qspi);
