/* SPDX-License-Identifier: Apache-2.0 */
/* PORTx (pin control and interrupts) and GPIO (K64 RM and KL25 RM, "Port Control and Interrupts", "General-Purpose Input/Output").
 *
 * A PORT device holds all of a port's state; the one GPIO block with the registers of all ports, and its single-cycle alias of the KL25,
 * are windows onto it. */
#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { PCR = 0x00, GPCLR = 0x80, GPCHR = 0x84, ISFR = 0xA0, DFER = 0xC0, DFCR = 0xC4, DFWR = 0xC8 };
enum { PCR_PS = 1u << 0, PCR_PE = 1u << 1, PCR_ODE = 1u << 5, PCR_LK = 1u << 15, PCR_ISF = 1u << 24 };
enum { PCR_LOW = 0x8777u, PCR_HIGH = 0xFu << 16 }; /* writable */
enum { MUX_ANALOG = 0, MUX_GPIO = 1 };
enum { IRQC_DMA_RISING = 1, IRQC_DMA_FALLING, IRQC_DMA_EITHER, IRQC_LOW = 8, IRQC_RISING, IRQC_FALLING, IRQC_EITHER, IRQC_HIGH };
enum { PDOR = 0x00, PSOR = 0x04, PCOR = 0x08, PTOR = 0x0C, PDIR = 0x10, PDDR = 0x14, PORT_STRIDE = 0x40, PORTS = 5 };

typedef struct {
    kin_device kin;
    uint32_t number;     /* 0: A */
    uint32_t pins;       /* those that exist */
    uint32_t dma_source; /* request line of the port, 0: none */
    uint32_t pcr[32];
    uint32_t isf, pdor, pddr, dfer, dfcr, dfwr;
    uint32_t levels;   /* as last seen, for edges */
    int8_t driven[32]; /* emu_level of a peripheral that has the pin */
} port;

extern const emu_device_class kinetis_port, kinetis_gpio;

static unsigned mux(const port *p, unsigned bit) { return p->pcr[bit] >> 8 & 7u; }

static port *find_port(emu_machine *m, unsigned number) {
    for (unsigned i = 0; i < emu_device_count(m); i++) {
        port *p = (port *)emu_device_number(m, i);
        if (p->kin.base.cls == &kinetis_port && p->number == number) return p;
    }
    return NULL;
}

/* --- pins ---------------------------------------------------------------------------------------------------------------- */

static void apply(port *p, unsigned bit) {
    if (!(p->pins >> bit & 1u)) return;
    uint32_t pcr = p->pcr[bit];
    emu_level level = EMU_FLOAT;
    if (mux(p, bit) == MUX_GPIO) {
        if (p->pddr >> bit & 1u) level = p->pdor >> bit & 1u ? EMU_HIGH : EMU_LOW;
    } else if (mux(p, bit) != MUX_ANALOG) {
        level = (emu_level)p->driven[bit];
    }
    if (level == EMU_HIGH && pcr & PCR_ODE) level = EMU_FLOAT;
    emu_pull pull = mux(p, bit) == MUX_ANALOG || !(pcr & PCR_PE) ? EMU_PULL_NONE : pcr & PCR_PS ? EMU_PULL_UP : EMU_PULL_DOWN;
    emu_pin_chip(kin_machine(&p->kin), p->number * 32 + bit, level, pull);
}

/* The new owner of a pin says what it drives. */
static void give(port *p, unsigned bit) {
    emu_machine *m = kin_machine(&p->kin);
    uint8_t pin = (uint8_t)(p->number * 32 + bit);
    p->driven[bit] = EMU_FLOAT;
    for (unsigned i = 0; i < emu_device_count(m) && mux(p, bit) > MUX_GPIO; i++) {
        kin_device *d = (kin_device *)emu_device_number(m, i);
        if (!kin_is(&d->base) || !d->spec || !d->spec->routed) continue;
        for (unsigned k = 0; k < d->route_count; k++)
            if (d->routes[k].pin == pin && d->routes[k].mux == mux(p, bit)) d->spec->routed(d, &d->routes[k]);
    }
    apply(p, bit);
}

bool kin_routed(const kin_device *d, const kin_route *route) {
    const port *p = find_port(kin_machine(d), route->pin / 32);
    return p && mux(p, route->pin % 32) == route->mux;
}

bool kin_in(const kin_device *d, unsigned signal, bool otherwise) {
    for (unsigned i = 0; i < d->route_count; i++) {
        const kin_route *r = &d->routes[i];
        if (r->signal == signal && kin_routed(d, r)) return emu_pin_level(kin_machine(d), r->pin) != EMU_LOW;
    }
    return otherwise;
}

bool kin_has_pin(const kin_device *d, unsigned signal, uint32_t pin) {
    for (unsigned i = 0; i < d->route_count; i++) {
        const kin_route *r = &d->routes[i];
        if (r->signal == signal && (pin == KIN_NO_PIN || r->pin == pin) && kin_routed(d, r)) return true;
    }
    return false;
}

void kin_drive_pin(emu_machine *m, unsigned pin, emu_level level) {
    port *p = find_port(m, pin / 32);
    if (!p || p->driven[pin % 32] == (int8_t)level) return;
    p->driven[pin % 32] = (int8_t)level;
    apply(p, pin % 32);
}

void kin_drive(const kin_device *d, unsigned signal, emu_level level) {
    for (unsigned i = 0; i < d->route_count; i++)
        if (d->routes[i].signal == signal && kin_routed(d, &d->routes[i])) kin_drive_pin(kin_machine(d), d->routes[i].pin, level);
}

void kin_pin_changed(emu_device *base, unsigned pin, emu_level level) {
    kin_device *d = (kin_device *)base;
    for (unsigned i = 0; i < d->route_count; i++)
        if (d->routes[i].pin == pin && kin_routed(d, &d->routes[i])) d->spec->input(d, &d->routes[i], level);
}

/* --- interrupts ------------------------------------------------------------------------------------------------------------ */

static uint32_t level_requests(const port *p) {
    uint32_t requests = 0;
    for (unsigned i = 0; i < 32; i++) {
        unsigned irqc = p->pcr[i] >> 16 & 15u;
        bool high = p->levels >> i & 1u;
        if (mux(p, i) != MUX_ANALOG && ((irqc == IRQC_LOW && !high) || (irqc == IRQC_HIGH && high))) requests |= 1u << i;
    }
    return requests & p->pins;
}

static void update_irq(port *p) {
    p->isf |= level_requests(p); /* a level sets the flag again as long as it lasts */
    uint32_t interrupting = 0;
    bool dma = false;
    for (unsigned i = 0; i < 32; i++) {
        if (!(p->isf >> i & 1u)) continue;
        unsigned irqc = p->pcr[i] >> 16 & 15u;
        if (irqc >= IRQC_LOW) interrupting |= 1u << i;
        if (irqc >= IRQC_DMA_RISING && irqc <= IRQC_DMA_EITHER) {
            dma = true;
            p->isf &= ~(1u << i); /* the DMA controller clears it */
        }
    }
    emu_irq_set(kin_machine(&p->kin), p->kin.base.irq, interrupting != 0);
    if (dma && p->dma_source) kin_dma_pulse(&p->kin, p->dma_source);
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    port *p = (port *)d;
    if (pin / 32 != p->number) return;
    unsigned bit = pin % 32, irqc = p->pcr[bit] >> 16 & 15u;
    bool high = level == EMU_HIGH, was = p->levels >> bit & 1u;
    p->levels = (p->levels & ~(1u << bit)) | (uint32_t)high << bit;
    if (high == was || mux(p, bit) == MUX_ANALOG || !irqc) return;
    bool rising = irqc == IRQC_RISING || irqc == IRQC_DMA_RISING, falling = irqc == IRQC_FALLING || irqc == IRQC_DMA_FALLING;
    bool either = irqc == IRQC_EITHER || irqc == IRQC_DMA_EITHER;
    if (either || (high ? rising : falling)) p->isf |= 1u << bit;
    update_irq(p);
}

/* --- PORT registers -------------------------------------------------------------------------------------------------------- */

static void write_pcr(port *p, unsigned bit, uint32_t value, uint32_t mask) {
    if (!(p->pins >> bit & 1u)) return;
    if (value & mask & PCR_ISF) p->isf &= ~(1u << bit);
    unsigned was = mux(p, bit);
    if (!(p->pcr[bit] & PCR_LK)) kin_merge(&p->pcr[bit], value & PCR_LOW, mask & PCR_LOW);
    kin_merge(&p->pcr[bit], value & PCR_HIGH, mask & PCR_HIGH);
    if (mux(p, bit) != was)
        give(p, bit);
    else
        apply(p, bit);
    update_irq(p);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    port *p = (port *)d;
    if (offset < GPCLR) {
        unsigned bit = offset / 4;
        return p->pcr[bit] | (p->isf >> bit & 1u ? PCR_ISF : 0);
    }
    switch (offset) {
    case GPCLR:
    case GPCHR: return 0;
    case ISFR: emu_poll_hint(kin_machine(d), UINT64_MAX); return p->isf;
    case DFER: return p->dfer;
    case DFCR: return p->dfcr;
    case DFWR: return p->dfwr;
    default: kin_log_read(d, offset); return 0;
    }
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    port *p = (port *)d;
    if (offset < GPCLR) {
        write_pcr(p, offset / 4, value, mask);
        return;
    }
    switch (offset) {
    case GPCLR:
    case GPCHR:
        for (unsigned i = 0; i < 16; i++)
            if (value >> (16 + i) & 1u) write_pcr(p, i + (offset == GPCHR ? 16 : 0), value & 0xFFFFu, 0xFFFFu);
        break;
    case ISFR:
        p->isf &= ~value;
        update_irq(p);
        break;
    case DFER: kin_merge(&p->dfer, value, mask); break;
    case DFCR: kin_merge(&p->dfcr, value, mask & 1u); break;
    case DFWR: kin_merge(&p->dfwr, value, mask & 0x1Fu); break;
    default: kin_log_write(d, offset, value); break;
    }
}

/* PTA0..PTA4 belong to SWD and NMI after reset, the others are disabled or analog (K64 RM, "Signal Multiplexing"). */
static uint32_t reset_pcr(const port *p, unsigned bit) {
    static const uint32_t port_a[] = {0x702, 0x703, 0x703, 0x703, 0x703};
    return p->number == 0 && bit < 5 && bit != 1 && bit != 2 ? port_a[bit] : 0;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    port *p = (port *)d;
    (void)kind;
    p->isf = p->pdor = p->pddr = p->dfer = p->dfcr = p->dfwr = 0;
    for (unsigned i = 0; i < 32; i++) {
        p->pcr[i] = reset_pcr(p, i);
        p->driven[i] = EMU_FLOAT;
        apply(p, i);
        bool high = emu_pin_level(d->machine, p->number * 32 + i) == EMU_HIGH;
        p->levels = (p->levels & ~(1u << i)) | (uint32_t)high << i;
    }
    update_irq(p);
}

static const char *const known[] = {"port", "pins", "dma", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    port *p = (port *)d;
    p->number = (uint32_t)emu_param_value(params, count, "port", 0) % PORTS;
    p->pins = (uint32_t)emu_param_value(params, count, "pins", 0xFFFFFFFFu);
    p->dma_source = (uint32_t)emu_param_value(params, count, "dma", 0);
    for (unsigned i = 0; i < 32; i++) p->driven[i] = EMU_FLOAT;
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_port = {
    .type = "kinetis.port",
    .struct_size = sizeof(port),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .pin_changed = pin_changed,
    .link = kin_link,
};

/* --- GPIO -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    kin_device kin;
    port *port[PORTS];
} gpio;

static uint32_t read_in(const port *p) {
    uint32_t in = 0;
    for (unsigned i = 0; i < 32; i++)
        if (mux(p, i) != MUX_ANALOG) in |= p->levels & 1u << i;
    return in & p->pins;
}

static void write_out(port *p, uint32_t pdor, uint32_t pddr) {
    uint32_t changed = ((p->pdor ^ pdor) | (p->pddr ^ pddr)) & p->pins;
    p->pdor = pdor;
    p->pddr = pddr;
    for (unsigned i = 0; changed; i++, changed >>= 1)
        if (changed & 1u) apply(p, i);
}

static port *port_of(const gpio *g, uint32_t offset) { return offset < PORTS * PORT_STRIDE ? g->port[offset / PORT_STRIDE] : NULL; }

static uint32_t gpio_read(kin_device *d, uint32_t offset) {
    const port *p = port_of((gpio *)d, offset);
    switch (p ? offset % PORT_STRIDE : PORT_STRIDE) {
    case PDOR: return p->pdor;
    case PSOR:
    case PCOR:
    case PTOR: return 0;
    case PDIR: emu_poll_hint(kin_machine(d), UINT64_MAX); return read_in(p);
    case PDDR: return p->pddr;
    default: kin_log_read(d, offset); return 0;
    }
}

static void gpio_write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    port *p = port_of((gpio *)d, offset);
    switch (p ? offset % PORT_STRIDE : PORT_STRIDE) {
    case PDOR: write_out(p, (p->pdor & ~mask) | value, p->pddr); break;
    case PSOR: write_out(p, p->pdor | value, p->pddr); break;
    case PCOR: write_out(p, p->pdor & ~value, p->pddr); break;
    case PTOR: write_out(p, p->pdor ^ value, p->pddr); break;
    case PDIR: break;
    case PDDR: write_out(p, p->pdor, (p->pddr & ~mask) | value); break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void gpio_link(kin_device *d) {
    gpio *g = (gpio *)d;
    for (unsigned i = 0; i < PORTS; i++) g->port[i] = find_port(kin_machine(d), i);
}

static const kin_spec gpio_spec = {.width = 4, .read = gpio_read, .write = gpio_write, .link = gpio_link};

static bool gpio_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &gpio_spec, params, count, error);
}

const emu_device_class kinetis_gpio = {
    .type = "kinetis.gpio",
    .struct_size = sizeof(gpio),
    .region_size = 0x1000,
    .init = gpio_init,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
