/* SPDX-License-Identifier: Apache-2.0 */
/* EXTI (RM0008, RM0090, RM0351, "Extended interrupts and events controller") and SYSCFG of F4 and L4, which chooses the port of each line.
 */
#include <stdio.h>
#include <string.h>

#include "devices/stm32/exti.h"
#include "machine.h"

/* --- SYSCFG ------------------------------------------------------------------------------------------------------------- */

enum { MEMRMP = 0x00, EXTICR1 = 0x08, CMPCR = 0x20, VREFBUF_CSR = 0x30, SYSCFG_END = 0x40 };

typedef struct {
    stm32_device dev;
    bool l4;
    uint32_t reg[SYSCFG_END / 4], high[64]; /* high: from 0x200 on, the comparators of L4 */
} syscfg;

static uint32_t syscfg_read(stm32_device *d, uint32_t offset) {
    const syscfg *s = (const syscfg *)d;
    if (offset >= 0x200 && offset < 0x300 && s->l4) return s->high[(offset - 0x200) / 4];
    if (offset >= SYSCFG_END) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    uint32_t value = s->reg[offset / 4];
    if (offset == CMPCR && !s->l4) value |= value << 8 & 0x100u;    /* READY follows CMP_PD */
    if (offset == VREFBUF_CSR && s->l4) value |= (value & 1u) << 3; /* VRR follows ENVR */
    return value;
}

static void syscfg_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    syscfg *s = (syscfg *)d;
    (void)lanes;
    if (offset >= 0x200 && offset < 0x300 && s->l4)
        s->high[(offset - 0x200) / 4] = value;
    else if (offset < SYSCFG_END)
        s->reg[offset / 4] = value;
    else
        stm32_no_register(d, offset, value, true);
}

static void syscfg_reset(emu_device *d, emu_reset_kind kind) {
    syscfg *s = (syscfg *)d;
    (void)kind;
    memset(s->reg, 0, sizeof s->reg);
    memset(s->high, 0, sizeof s->high);
}

static bool syscfg_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"l4", NULL};
    static const stm32_spec spec = {.read = syscfg_read, .write = syscfg_write, .params = known};
    ((syscfg *)d)->l4 = emu_param_value(params, count, "l4", 0) != 0;
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_syscfg = {
    .type = "stm32.syscfg",
    .struct_size = sizeof(syscfg),
    .region_size = 0x400,
    .init = syscfg_init,
    .link = stm32_link,
    .reset = syscfg_reset,
    .read = stm32_read,
    .write = stm32_write,
};

/* --- EXTI ------------------------------------------------------------------------------------------------------------------ */

enum { IMR = 0x00, EMR = 0x04, RTSR = 0x08, FTSR = 0x0C, SWIER = 0x10, PR = 0x14, SECOND = 0x20 };
enum { LINES = 40, PIN_LINES = 16 };

typedef struct {
    stm32_device dev;
    const emu_device *ports; /* SYSCFG or AFIO, found by link */
    bool ports_are_afio;
    uint32_t reg[2][6];
    int16_t irq[LINES];
} exti;

static uint32_t implemented(const exti *e, unsigned bank) {
    uint32_t lines = bank ? 0 : 0x007FFFFFu;
    for (unsigned i = 0; i < 32; i++)
        if (32 * bank + i < LINES && e->irq[32 * bank + i] >= 0) lines |= 1u << i;
    return lines;
}

static void update(exti *e) {
    for (unsigned line = 0; line < LINES; line++) {
        if (e->irq[line] < 0 || (line && e->irq[line] == e->irq[line - 1])) continue;
        bool level = false;
        for (unsigned k = line; k < LINES && e->irq[k] == e->irq[line]; k++) {
            const uint32_t *reg = e->reg[k / 32];
            level = level || (reg[PR / 4] & reg[IMR / 4]) >> (k % 32) & 1u;
        }
        stm32_irq(&e->dev, e->irq[line], level);
    }
}

static void trigger(exti *e, unsigned line) {
    uint32_t *reg = e->reg[line / 32], bit = 1u << (line % 32);
    if (reg[EMR / 4] & bit) emu_core_event(e->dev.base.machine);
    reg[PR / 4] |= bit;
    update(e);
}

void stm32_exti_rise(stm32_device *d, unsigned line) {
    emu_device *found = emu_device_by_name(d->base.machine, "EXTI");
    if (!found || found->cls != &stm32_exti || line >= LINES) return;
    exti *e = (exti *)found;
    if (e->reg[line / 32][RTSR / 4] >> (line % 32) & 1u) trigger(e, line);
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    exti *e = (exti *)d;
    unsigned line = pin % 32;
    if (line >= PIN_LINES || level == EMU_FLOAT) return;
    uint32_t edge = e->reg[0][level == EMU_HIGH ? RTSR / 4 : FTSR / 4];
    if (!(edge >> line & 1u) || !e->ports) return;
    uint32_t port =
        e->ports_are_afio ? stm32_exti_port(e->ports, line) : stm32_exti_field(&((const syscfg *)e->ports)->reg[EXTICR1 / 4], line);
    if (port == pin / 32) trigger(e, line);
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    const exti *e = (const exti *)d;
    unsigned bank = offset >= SECOND;
    if (offset - bank * SECOND > PR) {
        stm32_no_register(d, offset, 0, false);
        return 0;
    }
    stm32_poll_hint(d);
    return e->reg[bank][(offset - bank * SECOND) / 4];
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    exti *e = (exti *)d;
    unsigned bank = offset >= SECOND;
    uint32_t at = offset - bank * SECOND, *reg = e->reg[bank];
    (void)lanes;
    if (at > PR) {
        stm32_no_register(d, offset, value, true);
        return;
    }
    value &= implemented(e, bank);
    if (at == PR) {
        reg[PR / 4] &= ~value;
        reg[SWIER / 4] &= ~value;
    } else if (at == SWIER) {
        uint32_t rises = value & ~reg[SWIER / 4];
        reg[SWIER / 4] |= value;
        for (unsigned i = 0; i < 32; i++)
            if (rises >> i & 1u) trigger(e, 32 * bank + i);
    } else {
        reg[at / 4] = value;
    }
    update(e);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    exti *e = (exti *)d;
    (void)kind;
    memset(e->reg, 0, sizeof e->reg);
    update(e);
}

static void link_ports(emu_device *d) {
    exti *e = (exti *)d;
    stm32_link(d);
    const emu_device *afio = emu_device_by_name(d->machine, "AFIO");
    e->ports_are_afio = afio != NULL;
    e->ports = afio ? afio : emu_device_by_name(d->machine, "SYSCFG");
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"line_16", "line_17", "line_18", "line_19", "line_20", "line_21",
                                        "line_22", "line_23", "line_33", "line_35", NULL};
    static const stm32_spec spec = {.read = read, .write = write, .params = known};
    exti *e = (exti *)d;
    for (unsigned line = 0; line < LINES; line++) {
        char key[16];
        snprintf(key, sizeof key, "line_%u", line);
        /* The interrupts of the pins are the same on all of these families. */
        int irq = line < 5 ? 6 + (int)line : line < 10 ? 23 : line < PIN_LINES ? 40 : -1;
        e->irq[line] = (int16_t)emu_param_value(params, count, key, (uint64_t)(int64_t)irq);
    }
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_exti = {
    .type = "stm32.exti",
    .struct_size = sizeof(exti),
    .region_size = 0x400,
    .init = init,
    .link = link_ports,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .pin_changed = pin_changed,
};
