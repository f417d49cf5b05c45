/* SPDX-License-Identifier: Apache-2.0 */
/* A second core: a machine of its own, with its registers, interrupts, debug unit and decoded code, that shares memories, devices, events,
 * pins and serial ports with the first. Devices know the first one only; `active` tells whose access is under way.
 *
 * While one core waits, the other runs as a single core does. While both run they take turns of TURN_CYCLES: the first core runs up to the
 * end of the turn, events included, then the second one follows over the same stretch of time. So the second one sees what the first did up
 * to TURN_CYCLES earlier or later than it would on a chip, and a device may be asked for a time that it was past already (which devices on
 * such chips must bear). Turns begin at moments that follow from the state of the machine alone: a run is the same however it is cut. */
#include <stdlib.h>
#include <string.h>

#include "commons.h"
#include "core_class.h"

#define TURN_CYCLES 64u

/* --- building ----------------------------------------------------------------------------------------------------------------- */

bool emu_second_new(emu_machine *m) {
    emu_machine *n = calloc(1, sizeof *n);
    if (!n) return false;
    m->second = n;
    n->first = m;
    n->core = 1;
    n->cls = m->cls;
    n->config = m->config;
    n->feature = m->feature;
    n->code_kind = m->code_kind;
    n->pins = m->pins;
    n->serial = m->serial;
    n->commons = emu_commons_use(m->commons);
    return emu_core_alloc(n);
}

bool emu_rescue_new(emu_machine *m) {
    m->rescue = calloc(1, sizeof *m->rescue);
    if (!m->rescue) return false;
    m->rescue->first = m;
    m->rescue->core = EMU_RESCUE;
    m->rescue->cls = m->cls;
    m->rescue->config = m->config;
    return true;
}

void emu_second_free(emu_machine *m) {
    emu_machine *n = m->second;
    free(m->rescue);
    m->rescue = NULL;
    if (!n) return;
    emu_core_dealloc(n);
    emu_commons_drop(n->commons);
    free(n);
    m->second = NULL;
}

void emu_second_sync(emu_machine *m) {
    if (!m->second) return;
    memcpy(m->second->memories, m->memories, sizeof m->memories);
    m->second->memory_count = m->memory_count;
    memcpy(m->second->devices, m->devices, sizeof m->devices);
    m->second->device_count = m->device_count;
}

/* --- what devices ask --------------------------------------------------------------------------------------------------------- */

unsigned emu_core_index(const emu_machine *m) { return m->first->active->core; }

void emu_core_event(emu_machine *m) {
    for (emu_machine *c = m->first; c; c = c->second) {
        c->cpu.event_register = true;
        emu_attention(c, EMU_ATTN_IRQ);
    }
    emu_attention(m->first->active, EMU_ATTN_IRQ);
}

void emu_core_hold(emu_machine *m, unsigned core, bool hold) {
    emu_machine *c = core ? m->first->second : m->first;
    if (!c || c->held == hold) return;
    c->held = hold;
    emu_attention(c, EMU_ATTN_RESET);
    if (!hold) emu_reset_core(c);
}

/* --- turns --------------------------------------------------------------------------------------------------------------------- */

emu_turn emu_turn_take(emu_machine *n) {
    emu_machine *m = n->first;
    emu_turn turn = {m->active, m->now, m->attention, m->debug_access};
    m->active = n;
    m->now = n->now;
    m->debug_access = n->debug_access;
    return turn;
}

void emu_turn_end(emu_machine *n, emu_turn turn) {
    emu_machine *m = n->first;
    m->active = turn.active;
    m->now = turn.now;
    m->debug_access = turn.debug_access;
    if (m->attention & ~turn.attention) emu_attention(n, EMU_ATTN_IRQ); /* the other core has to look at something: its chance comes now */
}

static bool runs(const emu_machine *c) {
    return !c->cpu.halted && !c->cpu.lockup && !c->cpu.sleeping && !c->held && c->stall_until <= c->now;
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* A stalled core goes on by itself at that time. */
static uint64_t wakes_at(const emu_machine *c) { return c->stall_until > c->now && !c->cpu.halted ? c->stall_until : UINT64_MAX; }

static void run_core(emu_machine *c, uint64_t limit) {
    if (!runs(c)) {
        emu_pass(c, earlier(limit, wakes_at(c)));
        return;
    }
    c->cls->slice(c, limit);
    while (c->attention & EMU_ATTN_HALT && !c->cpu.halted && c->cls->between(c)) {}
}

/* The second core's part of a turn. */
static void follow(emu_machine *m) {
    emu_machine *n = m->second;
    while (n->now < m->turn_end) {
        emu_look(n);
        run_core(n, m->turn_end);
    }
    m->turn_end = 0;
}

/* One of them runs, or none: time goes on for both together. */
static void run_alone(emu_machine *m, uint64_t limit) {
    emu_machine *n = m->second;
    limit = earlier(limit, earlier(wakes_at(m), wakes_at(n)));
    if (runs(n)) {
        m->limit = limit; /* an event before that ends the slice */
        run_core(n, limit);
        emu_pass(m, n->now);
    } else {
        run_core(m, limit);
        emu_pass(n, m->now);
    }
}

void emu_run_pair(emu_machine *m, uint64_t target) {
    emu_machine *n = m->second;
    n->debug.halted_inside = false;
    while (m->now < target) {
        emu_events_run(m);
        emu_look(m);
        if (!m->turn_end) {
            emu_pass(n, m->now);
            emu_look(n);
        }
        if (m->debug.halted_inside || n->debug.halted_inside || emu_trace_full(m)) return;
        uint64_t next = emu_next_event(m), limit = earlier(next, target);
        if (limit <= m->now || m->reset_requested) continue;
        if (!m->turn_end && !(runs(m) && runs(n))) {
            run_alone(m, limit);
            continue;
        }
        if (!m->turn_end) m->turn_end = earlier(m->now + TURN_CYCLES, next);
        run_core(m, earlier(limit, m->turn_end));
        if (m->now >= m->turn_end) follow(m);
    }
}
