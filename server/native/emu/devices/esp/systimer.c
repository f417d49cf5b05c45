/* SPDX-License-Identifier: Apache-2.0 */
/* SYSTIMER (TRM 10): two counters of 52 bits at 16 MHz, three comparators with an interrupt each. Time is computed, not counted. */
#include "devices/esp/esp.h"

enum {
    CONF = 0x00,
    UNIT0_OP = 0x04,
    UNIT1_OP = 0x08,
    UNIT0_LOAD_HI = 0x0C,
    TARGET0_HI = 0x1C,
    TARGET0_CONF = 0x34,
    UNIT0_VALUE_HI = 0x40,
    UNIT1_VALUE_LO = 0x4C,
    COMP0_LOAD = 0x50,
    COMP2_LOAD = 0x58,
    UNIT0_LOAD = 0x5C,
    UNIT1_LOAD = 0x60,
    INT_ENA = 0x64,
    INT_RAW = 0x68,
    INT_CLR = 0x6C,
    INT_ST = 0x70,
    DATE = 0xFC,
};
enum { HZ = 16000000, UNITS = 2, TARGETS = 3 };
enum { OP_VALID = 1 << 29, OP_UPDATE = 1 << 30, PERIOD_MODE = 1 << 30 };
#define UNIT_SEL (1u << 31)
#define COUNT_MASK 0xFFFFFFFFFFFFFull

typedef struct {
    esp_device esp;
    struct {
        uint64_t base, base_ns, latched; /* the count, and when it was that; while the unit works it goes on from there */
        bool works, valid;
    } unit[UNITS];
    uint64_t due[TARGETS]; /* the count at which it fires next; taken over by COMPn_LOAD */
    bool armed[TARGETS];
    uint32_t raw, ena;
} systimer;

static systimer *self(esp_device *d) { return (systimer *)d; }
static uint64_t now_ns(const systimer *s) { return emu_now_ns(s->esp.base.machine); }
static uint32_t plain(const systimer *s, uint32_t offset) { return esp_value(&s->esp, offset); }
static uint32_t conf(const systimer *s, unsigned target) { return plain(s, TARGET0_CONF + 4 * target); }
static unsigned unit_of(const systimer *s, unsigned target) { return conf(s, target) & UNIT_SEL ? 1 : 0; }

static void update_irq(systimer *s) {
    for (unsigned i = 0; i < TARGETS; i++) esp_irq(&s->esp, (int)i, s->raw & s->ena & 1u << i);
}

static uint64_t count(const systimer *s, unsigned u) {
    if (!s->unit[u].works) return s->unit[u].base;
    return (s->unit[u].base + esp_ticks(now_ns(s) - s->unit[u].base_ns, HZ)) & COUNT_MASK;
}

static void set_alarm(systimer *s, unsigned i) {
    unsigned u = unit_of(s, i);
    emu_cancel(&s->esp.base, i);
    if (!s->armed[i] || !s->unit[u].works || !(plain(s, CONF) >> (24 - i) & 1)) return;
    /* TRM 10.4.2: a target passed within half of the range fires at once */
    bool passed = ((s->due[i] - count(s, u)) & COUNT_MASK) > COUNT_MASK / 2;
    uint64_t ns = passed ? 0 : esp_ns((s->due[i] - s->unit[u].base) & COUNT_MASK, HZ), past = now_ns(s) - s->unit[u].base_ns;
    if (ns != ESP_NEVER) emu_schedule_ns(&s->esp.base, i, ns > past ? ns - past : 0);
}

static void set_alarms(systimer *s) {
    for (unsigned i = 0; i < TARGETS; i++) set_alarm(s, i);
}

static void load_target(systimer *s, unsigned i) {
    uint32_t period = conf(s, i) & 0x3FFFFFF;
    if (conf(s, i) & PERIOD_MODE)
        s->due[i] = (count(s, unit_of(s, i)) + period) & COUNT_MASK;
    else
        s->due[i] = plain(s, TARGET0_HI + 8 * i + 4) | (uint64_t)(plain(s, TARGET0_HI + 8 * i) & 0xFFFFF) << 32;
    s->armed[i] = !(conf(s, i) & PERIOD_MODE) || period;
    set_alarm(s, i);
}

static void event(emu_device *d, uint32_t i) {
    systimer *s = (systimer *)d;
    s->raw |= 1u << i;
    if (conf(s, i) & PERIOD_MODE)
        s->due[i] = (s->due[i] + (conf(s, i) & 0x3FFFFFF)) & COUNT_MASK;
    else
        s->armed[i] = false;
    set_alarm(s, i);
    update_irq(s);
}

static void set_units(systimer *s) {
    for (unsigned u = 0; u < UNITS; u++) {
        bool works = plain(s, CONF) >> (30 - u) & 1;
        if (works == s->unit[u].works) continue;
        s->unit[u].base = count(s, u);
        s->unit[u].base_ns = now_ns(s);
        s->unit[u].works = works;
    }
    set_alarms(s);
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    systimer *s = self(d);
    switch (offset) {
    case UNIT0_OP:
    case UNIT1_OP: *value = s->unit[(offset - UNIT0_OP) / 4].valid ? (uint32_t)OP_VALID : 0; return true;
    case INT_ENA: *value = s->ena; return true;
    case INT_RAW:
    case INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX); /* an event changes it */
        *value = offset == INT_RAW ? s->raw : s->raw & s->ena;
        return true;
    case INT_CLR: *value = 0; return true;
    default: break;
    }
    if (offset >= UNIT0_VALUE_HI && offset <= UNIT1_VALUE_LO) {
        uint64_t latched = s->unit[(offset - UNIT0_VALUE_HI) / 8].latched;
        *value = offset & 4 ? (uint32_t)latched : (uint32_t)(latched >> 32);
        return true;
    }
    *value = 0;
    return offset >= COMP0_LOAD && offset <= UNIT1_LOAD;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    systimer *s = self(d);
    if (offset == UNIT0_OP || offset == UNIT1_OP) {
        unsigned u = (offset - UNIT0_OP) / 4;
        if (value & OP_UPDATE) {
            s->unit[u].latched = count(s, u);
            s->unit[u].valid = true;
        }
    } else if (offset >= COMP0_LOAD && offset <= COMP2_LOAD) {
        if (value & 1) load_target(s, (offset - COMP0_LOAD) / 4);
    } else if (offset == UNIT0_LOAD || offset == UNIT1_LOAD) {
        unsigned u = (offset - UNIT0_LOAD) / 4;
        if (!(value & 1)) return true;
        s->unit[u].base = plain(s, UNIT0_LOAD_HI + 8 * u + 4) | (uint64_t)(plain(s, UNIT0_LOAD_HI + 8 * u) & 0xFFFFF) << 32;
        s->unit[u].base_ns = now_ns(s);
        set_alarms(s);
    } else if (offset == INT_ENA) {
        s->ena = value & 7;
    } else if (offset == INT_RAW) {
        s->raw = value & 7;
    } else if (offset == INT_CLR) {
        s->raw &= ~value;
    } else if (offset != INT_ST && (offset < UNIT0_VALUE_HI || offset > UNIT1_VALUE_LO)) {
        return false;
    }
    update_irq(s);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    (void)old;
    if (offset == CONF) set_units(self(d));
    if (offset >= TARGET0_CONF && offset < TARGET0_CONF + 4 * TARGETS) set_alarm(self(d), (offset - TARGET0_CONF) / 4);
}

static void reset(esp_device *d) {
    systimer *s = self(d);
    for (unsigned i = 0; i < TARGETS; i++) {
        emu_cancel(&d->base, i);
        s->due[i] = 0;
        s->armed[i] = false;
    }
    for (unsigned u = 0; u < UNITS; u++) {
        s->unit[u].base = s->unit[u].latched = 0;
        s->unit[u].base_ns = now_ns(s);
        s->unit[u].works = s->unit[u].valid = false;
    }
    s->raw = s->ena = 0;
    set_units(s);
    update_irq(s);
}

static const esp_register registers[] = {{CONF, 1, 0x46000000, 0xFFC00001}, {UNIT0_LOAD_HI, 4, 0, ~0u}, {TARGET0_HI, 6, 0, ~0u},
                                         {TARGET0_CONF, 3, 0, 0xC3FFFFFF},  {DATE, 1, 0x02006171, ~0u}, {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t params_count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, params_count, keys, NULL, error);
}

const emu_device_class esp_systimer = {
    .type = "esp.systimer",
    .struct_size = sizeof(systimer),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .event = event,
};
