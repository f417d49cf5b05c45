/* SPDX-License-Identifier: Apache-2.0 */
/* GPIOTE: tasks and events on pins (nRF52833 PS, "GPIOTE - GPIO tasks and events"). */
#include "devices/nrf5/nrf.h"
#include "machine.h"

enum { CHANNELS = 8 }; /* the nRF51 has 4, and no SET and CLR tasks */
enum { TASKS_OUT0 = 0, TASKS_SET0 = 0x30 / 4, TASKS_CLR0 = 0x60 / 4 };
enum { EVENTS_IN0 = 0, EVENTS_PORT = 0x7C / 4 };
enum { CONFIG = 0x510, CONFIG_MASK = 0x133F03 };
enum { MODE_DISABLED = 0, MODE_EVENT = 1, MODE_TASK = 3 };
enum { POLARITY_NONE = 0, POLARITY_LO_TO_HI = 1, POLARITY_HI_TO_LO = 2, POLARITY_TOGGLE = 3 };

typedef struct {
    nrf_device nrf;
    unsigned channels;
    uint32_t config[CHANNELS];
    bool level[CHANNELS]; /* task mode: the output; event mode: the last input */
} gpiote;

static unsigned mode(uint32_t config) { return config & 3u; }
static unsigned pin_of(uint32_t config) { return config >> 8 & 0x3Fu; } /* PSEL and PORT are adjacent */
static unsigned polarity(uint32_t config) { return config >> 16 & 3u; }

static void output(gpiote *g, unsigned n, bool high) {
    if (mode(g->config[n]) != MODE_TASK) return;
    g->level[n] = high;
    nrf_pin_claim(g->nrf.base.machine, pin_of(g->config[n]), high ? EMU_HIGH : EMU_LOW);
}

static void task(nrf_device *d, unsigned n) {
    gpiote *g = (gpiote *)d;
    if (n - TASKS_CLR0 < CHANNELS) {
        output(g, n - TASKS_CLR0, false);
    } else if (n - TASKS_SET0 < CHANNELS) {
        output(g, n - TASKS_SET0, true);
    } else if (n < CHANNELS) {
        unsigned p = polarity(g->config[n]);
        if (p != POLARITY_NONE) output(g, n, p == POLARITY_TOGGLE ? !g->level[n] : p == POLARITY_LO_TO_HI);
    }
}

static void pin_changed(emu_device *d, unsigned pin, emu_level level) {
    gpiote *g = (gpiote *)d;
    bool high = level == EMU_HIGH; /* a floating input reads low */
    for (unsigned n = 0; n < CHANNELS; n++) {
        uint32_t config = g->config[n];
        if (mode(config) != MODE_EVENT || pin_of(config) != pin || g->level[n] == high) continue;
        g->level[n] = high;
        unsigned edge = high ? POLARITY_LO_TO_HI : POLARITY_HI_TO_LO;
        if (polarity(config) & edge) nrf_event(&g->nrf, EVENTS_IN0 + n);
    }
}

static void configure(gpiote *g, unsigned n, uint32_t value) {
    emu_machine *m = g->nrf.base.machine;
    uint32_t old = g->config[n];
    value &= CONFIG_MASK;
    if (mode(old) == MODE_TASK && (mode(value) != MODE_TASK || pin_of(old) != pin_of(value))) nrf_pin_claim(m, pin_of(old), EMU_FLOAT);
    g->config[n] = value;
    if (mode(value) == MODE_EVENT)
        g->level[n] = emu_pin_level(m, pin_of(value)) == EMU_HIGH;
    else if (mode(value) == MODE_TASK && (mode(old) != MODE_TASK || pin_of(old) != pin_of(value)))
        output(g, n, value >> 20 & 1u); /* OUTINIT */
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    gpiote *g = (gpiote *)d;
    if (offset >= CONFIG && offset < CONFIG + 4 * g->channels) return g->config[(offset - CONFIG) / 4];
    emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    gpiote *g = (gpiote *)d;
    if (offset >= CONFIG && offset < CONFIG + 4 * g->channels)
        configure(g, (offset - CONFIG) / 4, value);
    else
        emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    gpiote *g = (gpiote *)d;
    (void)kind;
    for (unsigned n = 0; n < CHANNELS; n++) configure(g, n, 0);
    nrf_reset(&g->nrf);
}

static const nrf_spec spec_nrf51 = {
    .tasks = 0xFu << TASKS_OUT0,
    .events = 0xFu | 1u << EVENTS_PORT,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static const nrf_spec spec = {
    .tasks = 0xFFu << TASKS_OUT0 | 0xFFu << TASKS_SET0 | 0xFFu << TASKS_CLR0,
    .events = 0xFFu | 1u << EVENTS_PORT,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"nrf51", NULL};
    gpiote *g = (gpiote *)d;
    bool is_nrf51 = emu_param_value(params, count, "nrf51", 0) != 0;
    g->channels = is_nrf51 ? 4 : CHANNELS;
    g->nrf.spec = is_nrf51 ? &spec_nrf51 : &spec;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_gpiote = {
    .type = "nrf5.gpiote",
    .struct_size = sizeof(gpiote),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .pin_changed = pin_changed,
};

void nrf_port_event(emu_machine *m) {
    for (unsigned i = 0; i < m->device_count; i++) {
        if (m->devices[i]->cls == &nrf5_gpiote) nrf_event((nrf_device *)m->devices[i], EVENTS_PORT);
    }
}
