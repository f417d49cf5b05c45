/* SPDX-License-Identifier: Apache-2.0 */
/* INTERRUPT_CORE0, the interrupt matrix (TRM 8), and the interrupt controller of the CPU that is behind it (TRM 1.5): each source is led to
 * one of the lines 1 to 31, which have a type, a priority and an enable. The highest priority that reaches the threshold is taken, of equal
 * ones the line with the lowest number. */
#include "devices/esp/esp.h"

enum {
    MAP = 0x000,
    INTR_STATUS_REG_0 = 0x0F8,
    INTR_STATUS_REG_1 = 0x0FC,
    CLOCK_GATE = 0x100,
    CPU_INT_ENABLE = 0x104,
    CPU_INT_TYPE = 0x108,
    CPU_INT_CLEAR = 0x10C,
    CPU_INT_EIP_STATUS = 0x110,
    CPU_INT_PRI_0 = 0x114,
    CPU_INT_THRESH = 0x194,
    REG_DATE = 0x7FC,
};
enum { SOURCES = 62, LINES = 32 };

typedef struct {
    esp_device esp;
    uint64_t sources; /* their levels */
    uint32_t lines;   /* what the sources make of the lines */
    uint32_t edges;   /* latched, of lines of the edge type */
    uint32_t taken;   /* what the core was last told */
} interrupts;

static interrupts *self(esp_device *d) { return (interrupts *)d; }
static uint32_t plain(const interrupts *x, uint32_t offset) { return esp_value(&x->esp, offset); }

static uint32_t pending(const interrupts *x) {
    uint32_t edge = plain(x, CPU_INT_TYPE);
    return (x->lines & ~edge) | (x->edges & edge);
}

static void choose(interrupts *x) {
    uint32_t candidates = pending(x) & plain(x, CPU_INT_ENABLE) & ~1u, threshold = plain(x, CPU_INT_THRESH), best = 0, line = 0;
    if (threshold == 0) threshold = 1; /* priority 0 is none */
    for (; candidates; candidates &= candidates - 1) {
        uint32_t n = (uint32_t)__builtin_ctz(candidates), priority = plain(x, CPU_INT_PRI_0 + 4 * n);
        if (priority < threshold || priority <= best) continue;
        best = priority;
        line = n;
    }
    if (line == x->taken) return;
    x->taken = line;
    emu_core_interrupt(x->esp.base.machine, line);
}

static void update(interrupts *x) {
    uint32_t lines = 0;
    for (uint64_t left = x->sources; left; left &= left - 1) lines |= 1u << (plain(x, MAP + 4u * (uint32_t)__builtin_ctzll(left)) & 31);
    x->edges |= lines & ~x->lines;
    x->lines = lines;
    choose(x);
}

static void irq_input(emu_device *d, unsigned irq, bool level) {
    interrupts *x = (interrupts *)d;
    uint64_t bit = irq < SOURCES ? 1ull << irq : 0;
    if (((x->sources & bit) != 0) == level) return;
    x->sources ^= bit;
    update(x);
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    const interrupts *x = self(d);
    switch (offset) {
    case INTR_STATUS_REG_0:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = (uint32_t)x->sources;
        return true;
    case INTR_STATUS_REG_1:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = (uint32_t)(x->sources >> 32);
        return true;
    case CPU_INT_EIP_STATUS:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = pending(x);
        return true;
    default: return false;
    }
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    interrupts *x = self(d);
    (void)old;
    if (offset == CPU_INT_CLEAR) x->edges &= ~plain(x, CPU_INT_CLEAR);
    if (offset < MAP + 4 * SOURCES)
        update(x);
    else
        choose(x);
}

static void reset(esp_device *d) {
    interrupts *x = self(d);
    x->edges = 0;
    x->taken = ~0u;
    update(x);
}

static const esp_register registers[] = {{MAP, SOURCES, 0, 31},
                                         {INTR_STATUS_REG_0, 2, 0, 0},
                                         {CLOCK_GATE, 1, 1, 1},
                                         {CPU_INT_ENABLE, 1, 0, ~0u},
                                         {CPU_INT_TYPE, 1, 0, ~0u},
                                         {CPU_INT_CLEAR, 1, 0, ~0u},
                                         {CPU_INT_EIP_STATUS, 1, 0, 0},
                                         {CPU_INT_PRI_0, LINES, 0, 15},
                                         {CPU_INT_THRESH, 1, 0, 15},
                                         {REG_DATE, 1, 0x02007210, 0x0FFFFFFF},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .changed = changed, .reset = reset, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    emu_irq_controller(d);
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_interrupts = {
    .type = "esp32c3.interrupts",
    .struct_size = sizeof(interrupts),
    .region_size = 0x800,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .irq_input = irq_input,
};
