/* SPDX-License-Identifier: Apache-2.0 */
/* The event queue: a sorted array, the next event last. There are at most a few dozen, so that moving them is cheaper than a heap. */
#include "core_class.h"

#include <stdlib.h>
#include <string.h>

static bool later(const emu_event *a, const emu_event *b) { return a->at != b->at ? a->at > b->at : a->order > b->order; }

static void cancel(emu_machine *m, uint64_t order) {
    for (size_t i = 0; i < m->event_count; i++) {
        if (m->events[i].order != order) continue;
        memmove(&m->events[i], &m->events[i + 1], (m->event_count - i - 1) * sizeof *m->events);
        m->event_count--;
        return;
    }
}

static void have_room(emu_machine *m, size_t count) {
    if (count <= m->event_capacity) return;
    size_t capacity = m->event_capacity ? 2 * m->event_capacity : 32;
    if (capacity < count) capacity = count;
    emu_event *grown = realloc(m->events, capacity * sizeof *grown);
    if (!grown) abort();
    m->events = grown;
    m->event_capacity = capacity;
}

static void insert(emu_machine *m, emu_event event) {
    if (event.at < m->now) event.at = m->now;
    cancel(m, event.order);
    have_room(m, m->event_count + 1);
    size_t i = m->event_count;
    while (i > 0 && later(&event, &m->events[i - 1])) {
        m->events[i] = m->events[i - 1];
        i--;
    }
    m->events[i] = event;
    m->event_count++;
    if (event.at < m->limit) emu_attention(m, EMU_ATTN_EVENT);
}

/* a / b * c, rounded up, for 32-bit b and c. */
static uint64_t scaled(uint64_t a, uint32_t b, uint32_t c) { return a / b * c + (a % b * c + b - 1) / b; }

void emu_events_rescale(emu_machine *m, uint32_t old_hz, uint32_t new_hz) {
    for (size_t i = 0; i < m->event_count; i++) {
        emu_event *event = &m->events[i];
        if (event->in_time && event->at > m->now) event->at = m->now + scaled(event->at - m->now, old_hz, new_hz);
    }
    for (size_t i = 1; i < m->event_count; i++) { /* insertion sort: they are few, and mostly still in order */
        emu_event event = m->events[i];
        size_t k = i;
        for (; k > 0 && later(&event, &m->events[k - 1]); k--) m->events[k] = m->events[k - 1];
        m->events[k] = event;
    }
    if (m->event_count && m->events[m->event_count - 1].at < m->limit) emu_attention(m, EMU_ATTN_EVENT);
}

static uint64_t order_of(const emu_device *d, uint32_t id) { return ((uint64_t)d->index + 1) << 32 | id; }

void emu_schedule(emu_device *d, uint32_t id, uint64_t at_cycle) {
    insert(d->machine, (emu_event){at_cycle, order_of(d, id), d, id, false});
}

void emu_schedule_ns(emu_device *d, uint32_t id, uint64_t after_ns) {
    emu_machine *m = d->machine;
    uint64_t hz = m->clock[0].hz, cycles = after_ns / 1000000000u * hz + (after_ns % 1000000000u * hz + 999999999u) / 1000000000u;
    insert(m, (emu_event){m->now + cycles, order_of(d, id), d, id, true});
}

void emu_cancel(emu_device *d, uint32_t id) { cancel(d->machine, order_of(d, id)); }

/* The cores' own timers: in the first core's queue, numbered EMU_OWN_* + EMU_OWN_COUNT * core. */
static uint32_t own(const emu_machine *m, uint32_t which) { return which + EMU_OWN_COUNT * m->core; }

void emu_own_schedule(emu_machine *m, uint32_t which, uint64_t at) {
    insert(m->first, (emu_event){at, own(m, which), NULL, own(m, which), false});
}

void emu_own_cancel(emu_machine *m, uint32_t which) { cancel(m->first, own(m, which)); }

static void run_own(emu_machine *m, uint32_t id) { m->cls->own_event(id < EMU_OWN_COUNT ? m : m->second, id % EMU_OWN_COUNT); }

uint64_t emu_next_event(const emu_machine *m) { return m->event_count ? m->events[m->event_count - 1].at : UINT64_MAX; }

void emu_events_run(emu_machine *m) {
    while (m->event_count && m->events[m->event_count - 1].at <= m->now) {
        emu_event event = m->events[--m->event_count];
        if (!event.device)
            run_own(m, event.id);
        else if (event.device->cls->event)
            event.device->cls->event(event.device, event.id);
    }
}

void emu_events_clear(emu_machine *m) { m->event_count = 0; }

void emu_events_put(emu_machine *m, const emu_event *events, size_t count) {
    have_room(m, count);
    for (size_t i = 0; i < count; i++) {
        size_t index = (size_t)(events[i].order >> 32);
        m->events[i] = events[i];
        m->events[i].device = index ? m->devices[index - 1] : NULL;
    }
    m->event_count = count;
}
