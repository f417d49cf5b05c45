/* SPDX-License-Identifier: Apache-2.0 */
#include "pins.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define EDGES_MAX 65536u  /* promised by emu_pin_edges in emu.h */
#define EDGES_START 1024u /* most machines see few edges: the record grows on demand */

typedef struct {
    int8_t outside; /* emu_level */
    int8_t chip;    /* emu_level */
    uint8_t chip_pull;
    uint8_t board_pull;
    int8_t level; /* resolved */
} pin_state;

struct emu_pins {
    emu_machine *m;
    pin_state pin[EMU_PIN_COUNT];
    emu_edge *edges; /* ring, capacity a power of two */
    uint32_t capacity;
    uint64_t count; /* edges ever recorded = sequence number of the next one */
};

emu_pins *emu_pins_new(emu_machine *m) {
    emu_pins *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->m = m;
    for (unsigned i = 0; i < EMU_PIN_COUNT; i++) { p->pin[i].outside = p->pin[i].chip = p->pin[i].level = EMU_FLOAT; }
    return p;
}

void emu_pins_free(emu_pins *p) {
    if (!p) return;
    free(p->edges);
    free(p);
}

static int8_t resolve(const pin_state *s) {
    if (s->outside != EMU_FLOAT) return s->outside;
    if (s->chip != EMU_FLOAT) return s->chip;
    uint8_t pull = s->board_pull != EMU_PULL_NONE ? s->board_pull : s->chip_pull;
    return pull == EMU_PULL_UP ? EMU_HIGH : pull == EMU_PULL_DOWN ? EMU_LOW : EMU_FLOAT;
}

static void record(emu_pins *p, unsigned pin, int8_t level) {
    if (p->count == p->capacity && p->capacity < EDGES_MAX) {
        /* Nothing has wrapped yet while the ring still grows, so a plain realloc keeps the order. */
        uint32_t capacity = p->capacity ? p->capacity * 2 : EDGES_START;
        emu_edge *edges = realloc(p->edges, capacity * sizeof *edges);
        if (edges) {
            p->edges = edges;
            p->capacity = capacity;
        }
    }
    if (p->capacity) p->edges[p->count & (p->capacity - 1)] = (emu_edge){emu_now(p->m), (uint16_t)pin, level};
    p->count++;
}

static void update(emu_pins *p, unsigned pin) {
    pin_state *s = &p->pin[pin];
    int8_t level = resolve(s);
    if (level == s->level) return;
    s->level = level;
    record(p, pin, level);
    emu_machine *m = p->m;
    for (unsigned i = 0; i < m->device_count; i++) {
        emu_device *d = m->devices[i];
        if (d->cls->pin_changed) d->cls->pin_changed(d, pin, (emu_level)level);
    }
}

void emu_pins_reset(emu_pins *p) {
    for (unsigned i = 0; i < EMU_PIN_COUNT; i++) {
        p->pin[i].chip = EMU_FLOAT;
        p->pin[i].chip_pull = EMU_PULL_NONE;
        update(p, i);
    }
}

size_t emu_pins_state_size(void) { return EMU_PIN_COUNT * sizeof(pin_state); }

void emu_pins_save(const emu_pins *p, void *state) { memcpy(state, p->pin, sizeof p->pin); }

void emu_pins_load(emu_pins *p, const void *state) {
    const pin_state *saved = state;
    for (unsigned i = 0; i < EMU_PIN_COUNT; i++) {
        bool edge = saved[i].level != p->pin[i].level;
        p->pin[i] = saved[i];
        if (edge) record(p, i, saved[i].level); /* who watches sees the jump; devices have the state that goes with it */
    }
}

void emu_pin_drive(emu_machine *m, unsigned pin, emu_level level) {
    if (pin >= EMU_PIN_COUNT) return;
    m->pins->pin[pin].outside = (int8_t)level;
    update(m->pins, pin);
}

void emu_pin_board_pull(emu_machine *m, unsigned pin, emu_pull pull) {
    if (pin >= EMU_PIN_COUNT) return;
    m->pins->pin[pin].board_pull = (uint8_t)pull;
    update(m->pins, pin);
}

void emu_pin_chip(emu_machine *m, unsigned pin, emu_level drive, emu_pull pull) {
    if (pin >= EMU_PIN_COUNT) return;
    m->pins->pin[pin].chip = (int8_t)drive;
    m->pins->pin[pin].chip_pull = (uint8_t)pull;
    update(m->pins, pin);
}

emu_level emu_pin_level(const emu_machine *m, unsigned pin) { return pin < EMU_PIN_COUNT ? (emu_level)m->pins->pin[pin].level : EMU_FLOAT; }

size_t emu_pin_edges(const emu_machine *m, uint64_t *from, emu_edge *out, size_t max) {
    const emu_pins *p = m->pins;
    uint64_t oldest = p->count > p->capacity ? p->count - p->capacity : 0;
    if (*from < oldest) *from = oldest;
    size_t n = 0;
    while (n < max && *from < p->count) {
        out[n++] = p->edges[*from & (p->capacity - 1)];
        ++*from;
    }
    return n;
}
