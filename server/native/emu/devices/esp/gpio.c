/* SPDX-License-Identifier: Apache-2.0 */
/* GPIO (TRM 5): the pins' output and input registers, the GPIO matrix that leads the peripherals' signals to pins and back, interrupts, and
 * the strapping pins. A pad has its peripheral directly (IO_MUX function 0 or 2) or what the matrix gives it.
 *
 * Peripherals say what they would drive (esp_signal_drive); the pad's function and OUT_SEL decide what comes of it. */
#include "devices/esp/esp.h"

enum {
    BT_SELECT = 0x000,
    OUT = 0x004,
    OUT_W1TS = 0x008,
    OUT_W1TC = 0x00C,
    SDIO_SELECT = 0x01C,
    ENABLE = 0x020,
    ENABLE_W1TS = 0x024,
    ENABLE_W1TC = 0x028,
    STRAP = 0x038,
    IN = 0x03C,
    STATUS = 0x044,
    STATUS_W1TS = 0x048,
    STATUS_W1TC = 0x04C,
    PCPU_INT = 0x05C,
    PCPU_NMI_INT = 0x060,
    CPUSDIO_INT = 0x064,
    PIN = 0x074,
    STATUS_NEXT = 0x14C,
    IN_SEL = 0x154,
    OUT_SEL = 0x554,
    CLOCK_GATE = 0x62C,
    DATE = 0x6FC,
};
enum { ALL = (1u << ESP_PINS) - 1, REGISTER_PINS = 26, SIGNALS = 128, SIGNAL_WORDS = SIGNALS / 32 };
enum { PIN_OPEN_DRAIN = 1 << 2, PIN_INT_ENA = 1 << 13, PIN_NMI_ENA = 1 << 14 };
enum { INT_RISING = 1, INT_FALLING = 2, INT_ANY = 3, INT_LOW = 4, INT_HIGH = 5 };
enum { IN_CONST_1 = 0x1E, IN_CONST_0 = 0x1F, IN_INV = 1 << 5, IN_MATRIX = 1 << 6 };
enum { OUT_INV = 1 << 8, OUT_OEN_GPIO = 1 << 9, OUT_OEN_INV = 1 << 10 };
enum { FUNCTION_GPIO = 1 };

typedef struct {
    esp_device esp;
    emu_device *io_mux;
    uint32_t out, enable, status, strap;
    uint32_t in; /* levels after the input enables */
    uint32_t pin[REGISTER_PINS], out_sel[REGISTER_PINS];
    uint8_t in_sel[SIGNALS];
    uint32_t level[SIGNAL_WORDS], oe[SIGNAL_WORDS]; /* what peripherals drive */
} gpio;

static gpio *self(esp_device *d) { return (gpio *)d; }
static emu_machine *machine(const gpio *g) { return g->esp.base.machine; }
static uint32_t pad(const gpio *g, unsigned i) { return g->io_mux ? esp_pad(g->io_mux, i) : 0; }

static bool bit(const uint32_t *words, unsigned n) { return words[n / 32] >> (n % 32) & 1; }

/* The peripheral's signal that a pad has without the matrix; -1: the pad is the matrix's. Datasheet, "IO MUX Pin Functions": pads without a
 * peripheral of their own, and those of JTAG and of the flash, which nobody drives here, count as GPIO. */
static int direct(const gpio *g, unsigned i) {
    unsigned function = esp_pad_function(pad(g, i));
    if (function == 0 && (i == 20 || i == 21)) return ESP_SIG_U0;
    if (function != 2) return -1;
    switch (i) {
    case 2: return ESP_SIG_FSPIQ;
    case 4: return ESP_SIG_FSPIQ + 2; /* HD */
    case 5: return ESP_SIG_FSPIQ + 3; /* WP */
    case 6: return ESP_SIG_FSPICLK;
    case 7: return ESP_SIG_FSPID;
    case 10: return ESP_SIG_FSPICS0;
    default: return -1;
    }
}

/* The output that reaches a pad; ESP_SIG_GPIO: the registers'. */
static unsigned output_of(const gpio *g, unsigned i) {
    int signal = direct(g, i);
    if (signal >= 0) return i == 20 ? ESP_SIG_GPIO : (unsigned)signal; /* RXD has no output */
    unsigned selected = g->out_sel[i] & 0xFF;
    return selected < SIGNALS ? selected : ESP_SIG_GPIO;
}

/* --- interrupts ------------------------------------------------------------------------------------------------------------- */

static uint32_t enabled(const gpio *g, uint32_t which) {
    uint32_t mask = 0;
    for (unsigned i = 0; i < ESP_PINS; i++)
        if (g->pin[i] & which) mask |= 1u << i;
    return g->status & mask;
}

static void update_irq(gpio *g) {
    for (unsigned i = 0; i < ESP_PINS; i++) {
        unsigned type = g->pin[i] >> 7 & 7;
        if (type == (g->in >> i & 1 ? INT_HIGH : INT_LOW)) g->status |= 1u << i;
    }
    esp_irq(&g->esp, 0, enabled(g, PIN_INT_ENA));
    esp_irq(&g->esp, 1, enabled(g, PIN_NMI_ENA));
}

/* --- levels -------------------------------------------------------------------------------------------------------------------- */

static void look(gpio *g, unsigned i) {
    bool was = g->in >> i & 1, now = pad(g, i) & ESP_PAD_IE && emu_pin_level(machine(g), i) == EMU_HIGH;
    if (was == now) return;
    g->in ^= 1u << i;
    unsigned type = g->pin[i] >> 7 & 7;
    if (type == INT_ANY || type == (now ? INT_RISING : INT_FALLING)) g->status |= 1u << i;
    update_irq(g);
}

static emu_level driven(const gpio *g, unsigned i) {
    unsigned signal = output_of(g, i);
    bool by_matrix = direct(g, i) < 0, registers = signal == ESP_SIG_GPIO;
    bool level = registers ? g->out >> i & 1 : bit(g->level, signal);
    bool oe = registers || (by_matrix && g->out_sel[i] & OUT_OEN_GPIO) ? g->enable >> i & 1 : bit(g->oe, signal);
    if (i == 20 && !by_matrix) return EMU_FLOAT;
    if (by_matrix) {
        if (g->out_sel[i] & OUT_INV) level = !level;
        if (g->out_sel[i] & OUT_OEN_INV) oe = !oe;
    }
    if (!oe || (level && g->pin[i] & PIN_OPEN_DRAIN)) return EMU_FLOAT;
    return level ? EMU_HIGH : EMU_LOW;
}

static void apply(gpio *g, unsigned i) {
    uint32_t p = pad(g, i);
    bool up = p & ESP_PAD_WPU, down = p & ESP_PAD_WPD;
    emu_pin_chip(machine(g), i, driven(g, i), up ? EMU_PULL_UP : down ? EMU_PULL_DOWN : EMU_PULL_NONE);
    look(g, i);
}

static void apply_all(gpio *g, uint32_t pins) {
    for (pins &= ALL; pins; pins &= pins - 1) apply(g, (unsigned)__builtin_ctz(pins));
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    (void)level;
    if (pin < ESP_PINS) look((gpio *)d, pin);
}

void esp_pad_changed(emu_device *d, unsigned pin) { apply((gpio *)d, pin); }

void esp_signal_drive(emu_device *d, unsigned signal, bool level, bool oe) {
    gpio *g = (gpio *)d;
    uint32_t mask = 1u << signal % 32, *levels = &g->level[signal / 32], *oes = &g->oe[signal / 32];
    if (level == (bool)(*levels & mask) && oe == (bool)(*oes & mask)) return;
    *levels = level ? *levels | mask : *levels & ~mask;
    *oes = oe ? *oes | mask : *oes & ~mask;
    apply_all(g, esp_signal_pins(d, signal));
}

uint32_t esp_signal_pins(const emu_device *d, unsigned signal) {
    uint32_t mask = 0;
    for (unsigned i = 0; i < ESP_PINS; i++)
        if (output_of((const gpio *)d, i) == signal) mask |= 1u << i;
    return mask;
}

int esp_signal_source(const emu_device *d, unsigned signal) {
    const gpio *g = (const gpio *)d;
    unsigned selected = g->in_sel[signal] & 31;
    if (g->in_sel[signal] & IN_MATRIX) return selected < ESP_PINS && pad(g, selected) & ESP_PAD_IE ? (int)selected : -1;
    for (unsigned i = signal == ESP_SIG_U0 ? 20 : 0; i < ESP_PINS; i++) /* pin 21 is where U0 goes out */
        if (direct(g, i) == (int)signal && (signal != ESP_SIG_U0 || i == 20)) return pad(g, i) & ESP_PAD_IE ? (int)i : -1;
    return -1;
}

bool esp_signal_in(const emu_device *d, unsigned signal) {
    const gpio *g = (const gpio *)d;
    int pin = esp_signal_source(d, signal);
    bool matrix = g->in_sel[signal] & IN_MATRIX;
    bool level = pin >= 0 ? g->in >> pin & 1 : matrix && (g->in_sel[signal] & 31) == IN_CONST_1;
    return level != (matrix && g->in_sel[signal] & IN_INV);
}

uint32_t esp_pins_in(const emu_device *d) { return ((const gpio *)d)->in; }

/* --- registers ----------------------------------------------------------------------------------------------------------------- */

static bool among(uint32_t offset, uint32_t first, uint32_t count) { return offset >= first && offset < first + 4 * count; }

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    gpio *g = self(d);
    switch (offset) {
    case OUT: *value = g->out; return true;
    case ENABLE: *value = g->enable; return true;
    case STRAP: *value = g->strap; return true;
    case IN:
        emu_poll_hint(machine(g), UINT64_MAX);
        *value = g->in;
        return true;
    case STATUS:
    case STATUS_NEXT:
        emu_poll_hint(machine(g), UINT64_MAX);
        *value = g->status;
        return true;
    case PCPU_INT:
        emu_poll_hint(machine(g), UINT64_MAX);
        *value = enabled(g, PIN_INT_ENA);
        return true;
    case PCPU_NMI_INT: *value = enabled(g, PIN_NMI_ENA); return true;
    case CPUSDIO_INT:
    case OUT_W1TS:
    case OUT_W1TC:
    case ENABLE_W1TS:
    case ENABLE_W1TC:
    case STATUS_W1TS:
    case STATUS_W1TC: *value = 0; return true;
    default: break;
    }
    if (among(offset, PIN, REGISTER_PINS))
        *value = g->pin[(offset - PIN) / 4];
    else if (among(offset, IN_SEL, SIGNALS))
        *value = g->in_sel[(offset - IN_SEL) / 4];
    else if (among(offset, OUT_SEL, REGISTER_PINS))
        *value = g->out_sel[(offset - OUT_SEL) / 4];
    else
        return false;
    return true;
}

static bool set_register(uint32_t *reg, uint32_t offset, uint32_t base, uint32_t value) {
    uint32_t before = *reg;
    *reg = offset == base ? value & ALL : offset == base + 4 ? before | (value & ALL) : before & ~value;
    return *reg != before;
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    gpio *g = self(d);
    uint32_t before;
    switch (offset) {
    case OUT:
    case OUT_W1TS:
    case OUT_W1TC:
        before = g->out;
        if (set_register(&g->out, offset, OUT, value)) apply_all(g, before ^ g->out);
        return true;
    case ENABLE:
    case ENABLE_W1TS:
    case ENABLE_W1TC:
        before = g->enable;
        if (set_register(&g->enable, offset, ENABLE, value)) apply_all(g, before ^ g->enable);
        return true;
    case STATUS:
    case STATUS_W1TS:
    case STATUS_W1TC:
        set_register(&g->status, offset, STATUS, value);
        update_irq(g);
        return true;
    case STRAP:
    case IN:
    case STATUS_NEXT:
    case PCPU_INT:
    case PCPU_NMI_INT:
    case CPUSDIO_INT: return true;
    default: break;
    }
    if (among(offset, PIN, REGISTER_PINS)) {
        unsigned i = (offset - PIN) / 4;
        g->pin[i] = value & 0x3FF9F;
        if (i < ESP_PINS) apply(g, i);
        update_irq(g);
    } else if (among(offset, IN_SEL, SIGNALS)) {
        g->in_sel[(offset - IN_SEL) / 4] = value & 0x7F;
    } else if (among(offset, OUT_SEL, REGISTER_PINS)) {
        unsigned i = (offset - OUT_SEL) / 4;
        g->out_sel[i] = value & 0x7FF;
        if (i < ESP_PINS) apply(g, i);
    } else {
        return false;
    }
    return true;
}

static void reset(esp_device *d) {
    gpio *g = self(d);
    g->out = g->enable = g->status = 0;
    for (unsigned i = 0; i < REGISTER_PINS; i++) {
        g->pin[i] = 0;
        g->out_sel[i] = ESP_SIG_GPIO;
    }
    for (unsigned s = 0; s < SIGNALS; s++) g->in_sel[s] = 0;
    for (unsigned w = 0; w < SIGNAL_WORDS; w++) g->level[w] = g->oe[w] = 0;
    apply_all(g, ALL);
    update_irq(g);
}

/* Of the power-on, EN or a host on USB: the levels of the strapping pins are sampled (TRM 7.2): bit 3 GPIO9, bit 2 GPIO8, bit 0 GPIO2. An
 * open pin that nobody pulls counts as high. */
static void reset_chip(emu_device *d, emu_reset_kind kind) {
    gpio *g = (gpio *)d;
    esp_reset(d, kind);
    if (kind != EMU_RESET_POWER_ON && kind != EMU_RESET_PIN && kind != EMU_RESET_USB) return;
    static const uint8_t straps[][2] = {{9, 3}, {8, 2}, {2, 0}};
    g->strap = 0;
    for (unsigned i = 0; i < sizeof straps / sizeof straps[0]; i++)
        if (emu_pin_level(machine(g), straps[i][0]) != EMU_LOW) g->strap |= 1u << straps[i][1];
}

bool esp_boots_from_flash(const emu_device *d) { return ((const gpio *)d)->strap >> 3 & 1 && !emu_download_mode(d->machine); }

static void link(emu_device *d) { ((gpio *)d)->io_mux = emu_device_by_name(d->machine, "IO_MUX"); }

static const esp_register registers[] = {
    {BT_SELECT, 1, 0, ~0u}, {SDIO_SELECT, 1, 0, 0xFF}, {CLOCK_GATE, 1, 1, 1}, {DATE, 1, 0x02006130, 0x0FFFFFFF}, {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .reset = reset, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_gpio = {
    .type = "esp32c3.gpio",
    .struct_size = sizeof(gpio),
    .region_size = 0xC00, /* GPIO_SD is above */
    .init = init,
    .reset = reset_chip,
    .read = esp_read,
    .write = esp_write,
    .pin_changed = pin_changed,
    .link = link,
};
