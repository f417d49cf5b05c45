/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_device_sim.h"

#include <stdlib.h>
#include <string.h>

#define ERASE_US 85000 /* nRF52833 Product Specification 4.3.9: tERASEPAGE, tWRITE */
#define WRITE_US 41
#define STEP_US 50

static uint32_t next_random(device_sim *s) {
    s->random ^= s->random << 13;
    s->random ^= s->random >> 17;
    s->random ^= s->random << 5;
    return s->random;
}

/* --- queues -------------------------------------------------------------------------------------------------------- */

static bool queue_put(sim_queue *q, const uint8_t *data, size_t length) {
    if (q->at && q->at == q->used) q->at = q->used = 0;
    if (q->used + length > q->size) {
        size_t size = 2 * (q->used + length);
        uint8_t *grown = realloc(q->data, size);
        if (!grown) return false;
        q->data = grown;
        q->size = size;
    }
    if (length) memcpy(q->data + q->used, data, length);
    q->used += length;
    return true;
}

static size_t queue_get(sim_queue *q, uint8_t *out, size_t max) {
    size_t n = q->used - q->at < max ? q->used - q->at : max;
    if (n) memcpy(out, q->data + q->at, n);
    q->at += n;
    return n;
}

/* --- the chip ------------------------------------------------------------------------------------------------------ */

static uint64_t sim_time_us(void *context) {
    device_sim *s = context;
    return s->time_us - s->boot_us;
}

static void sim_wait_until(void *context, uint64_t time_us) {
    device_sim *s = context;
    uint64_t now = sim_time_us(s);
    if (time_us != UINT64_MAX && time_us > now) s->time_us += time_us - now;
}

static void edge(device_sim *s, unsigned pin, uint8_t level) {
    if (s->edge_count == s->edge_size) {
        size_t size = s->edge_size ? 2 * s->edge_size : 64;
        sim_edge *grown = realloc(s->edges, size * sizeof *grown);
        if (!grown) {
            s->failed = true;
            return;
        }
        s->edges = grown;
        s->edge_size = size;
    }
    s->edges[s->edge_count++] = (sim_edge){s->time_us, (uint8_t)pin, level};
}

static bool sim_gpio_mode(void *context, unsigned pin, unsigned mode) {
    device_sim *s = context;
    if (pin >= SIM_PINS || mode > HAL_GPIO_PULLDOWN) return false;
    s->pin_mode[pin] = (uint8_t)mode;
    return true;
}

static bool sim_gpio_write(void *context, unsigned pin, bool level) {
    device_sim *s = context;
    if (pin >= SIM_PINS) return false;
    if (s->pin_mode[pin] == HAL_GPIO_OUTPUT && s->pin_out[pin] != level) edge(s, pin, level);
    s->pin_out[pin] = level;
    return true;
}

static int sim_gpio_read(void *context, unsigned pin) {
    device_sim *s = context;
    if (pin >= SIM_PINS) return -1;
    if (s->pin_mode[pin] == HAL_GPIO_OUTPUT) return s->pin_out[pin] > 0;
    if (s->pin_in[pin] >= 0) return s->pin_in[pin];
    return s->pin_mode[pin] == HAL_GPIO_PULLUP;
}

static int sim_pin_by_name(void *context, const char *name, size_t length) {
    device_sim *s = context;
    return link_pin_by_name(&s->device, name, length);
}

static size_t sim_console_write(void *context, const uint8_t *data, size_t length) {
    device_sim *s = context;
    return link_console_write(&s->device, data, length);
}

static size_t sim_uid(void *context, uint8_t out[16]) {
    device_sim *s = context;
    memcpy(out, s->uid, s->uid_length);
    return s->uid_length;
}

static uint32_t sim_reset_cause(void *context) { return ((device_sim *)context)->reset_cause; }

static void sim_reset(void *context) { ((device_sim *)context)->reset_asked = true; }

static const uint8_t *sim_flash(void *context, uint32_t address) { return ((device_sim *)context)->flash + address; }

/* One more flash operation: false when there is no power for it; *cut when power goes in its middle. */
static bool operation(device_sim *s, uint32_t us, bool *cut) {
    *cut = false;
    if (!s->powered) return false;
    s->time_us += us;
    *cut = s->operations++ == s->cut_at;
    if (*cut) s->powered = false;
    return true;
}

static const flash_geometry *geometry(const device_sim *s) { return s->layout.flash; }

static bool in_flash(const device_sim *s, uint32_t address, uint32_t length) {
    return address <= s->flash_size && length <= s->flash_size - address;
}

/* Power goes in the middle of an erase: cells drift towards erased, each at its own pace; how far is anybody's guess. */
static void erase_a_bit(device_sim *s, uint8_t *cells, uint32_t size) {
    uint32_t pace = next_random(s);
    for (uint32_t i = 0; i < size; i++) {
        uint32_t drift = next_random(s);
        if (pace & 1) drift &= next_random(s);
        if (pace & 2) drift |= next_random(s);
        cells[i] |= (uint8_t)drift;
    }
}

static bool sim_flash_erase(void *context, uint32_t address, uint32_t length) {
    device_sim *s = context;
    if (!in_flash(s, address, length)) return false;
    while (length) {
        uint32_t size = geometry_erase_unit(geometry(s), address);
        bool cut;
        if (!size || size > length || address & (size - 1) || !operation(s, ERASE_US, &cut)) return false;
        if (cut) {
            erase_a_bit(s, s->flash + address, size);
            return false;
        }
        memset(s->flash + address, 0xFF, size);
        address += size;
        length -= size;
    }
    return true;
}

static bool all(const uint8_t *p, uint32_t length, uint8_t value) {
    while (length--)
        if (*p++ != value) return false;
    return true;
}

static bool sim_flash_write(void *context, uint32_t address, const void *data, uint32_t length) {
    device_sim *s = context;
    const uint8_t *bytes = data;
    uint32_t unit = geometry(s)->write_unit;
    if (!in_flash(s, address, length) || (address | length) % unit) return false;
    for (uint32_t at = 0; at < length; at += unit) {
        uint8_t *cells = s->flash + address + at;
        bool cut;
        if (all(bytes + at, unit, 0xFF)) continue;
        if (!operation(s, WRITE_US, &cut)) return false;
        if (!all(cells, unit, 0xFF) && !all(bytes + at, unit, 0)) s->overwritten++;
        for (uint32_t i = 0; i < unit; i++) cells[i] &= (uint8_t)(bytes[at + i] | (cut ? next_random(s) : 0));
        if (cut) return false;
    }
    return memcmp(s->flash + address, data, length) == 0;
}

static size_t sim_link_read(void *context, uint8_t *out, size_t max) {
    device_sim *s = context;
    return s->powered ? queue_get(&s->to_board, out, max) : 0;
}

static size_t sim_link_write(void *context, const uint8_t *data, size_t length) {
    device_sim *s = context;
    if (s->powered && !queue_put(&s->from_board, data, length)) s->failed = true;
    return length;
}

static const vm_hal_ops sim_ops = {
    .time_us = sim_time_us,
    .wait_until = sim_wait_until,
    .gpio_mode = sim_gpio_mode,
    .gpio_write = sim_gpio_write,
    .gpio_read = sim_gpio_read,
    .pin_by_name = sim_pin_by_name,
    .console_write = sim_console_write,
    .uid = sim_uid,
    .reset_cause = sim_reset_cause,
    .reset = sim_reset,
    .flash = sim_flash,
    .flash_erase = sim_flash_erase,
    .flash_write = sim_flash_write,
    .link_read = sim_link_read,
    .link_write = sim_link_write,
};

/* --- the board ----------------------------------------------------------------------------------------------------- */

static void identity(link_chip *chip) { *chip = (link_chip){0x52833, {'A', 'A', 'A', '0'}}; }

bool device_sim_init(device_sim *s, uint32_t flash_size, const link_config *config, const uint8_t *uid, uint8_t uid_length) {
    memset(s, 0, sizeof *s);
    s->flash = malloc(flash_size);
    if (!s->flash) return false;
    memset(s->flash, 0xFF, flash_size);
    s->flash_size = flash_size;
    s->config = *config;
    s->config.chip = identity;
    s->shape.geometry = *config->layout->flash;
    memcpy(s->shape.runs, s->shape.geometry.runs, s->shape.geometry.run_count * sizeof *s->shape.runs);
    s->shape.geometry.runs = s->shape.runs;
    s->layout = *config->layout;
    s->layout.flash = &s->shape.geometry;
    s->config.layout = &s->layout;
    s->config.out = s->out;
    s->config.out_size = sizeof s->out;
    memcpy(s->uid, uid, uid_length);
    s->uid_length = uid_length;
    s->cut_at = UINT64_MAX;
    s->random = 0x9E3779B9u;
    memset(s->pin_in, -1, sizeof s->pin_in);
    s->hal = (vm_hal){&sim_ops, s};
    return true;
}

void device_sim_free(device_sim *s) {
    free(s->flash);
    free(s->to_board.data);
    free(s->from_board.data);
    free(s->edges);
    memset(s, 0, sizeof *s);
}

static void boot(device_sim *s, uint32_t cause) {
    s->boot_us = s->time_us;
    s->reset_cause = cause;
    s->reset_asked = false;
    s->to_board.at = s->to_board.used = 0;
    memset(s->pin_mode, 0, sizeof s->pin_mode);
    memset(s->pin_out, 0, sizeof s->pin_out);
    link_device_init(&s->device, &s->hal, &s->config);
}

void device_sim_power(device_sim *s, bool on) {
    s->powered = on;
    if (on) boot(s, HAL_RESET_POWER_ON);
}

uint64_t device_sim_run(device_sim *s, uint64_t until_us, uint64_t steps) {
    uint64_t done = 0;
    while (done < steps && s->powered && s->time_us < until_us) {
        uint64_t wake = link_device_step(&s->device);
        done++;
        if (s->reset_asked) boot(s, HAL_RESET_SOFT);
        if (wake == 0) {
            s->time_us += STEP_US;
        } else {
            uint64_t at = wake == UINT64_MAX ? until_us : s->boot_us + wake;
            if (at > until_us) at = until_us;
            if (at > s->time_us) s->time_us = at;
        }
    }
    return done;
}

bool device_sim_write(device_sim *s, const uint8_t *data, size_t length) { return !s->powered || queue_put(&s->to_board, data, length); }

size_t device_sim_read(device_sim *s, uint8_t *out, size_t max) { return queue_get(&s->from_board, out, max); }
