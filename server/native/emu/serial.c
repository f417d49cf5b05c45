/* SPDX-License-Identifier: Apache-2.0 */
#include "serial.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"

typedef struct {
    uint8_t *bytes; /* ring of EMU_SERIAL_QUEUE, allocated at first use */
    uint32_t head;  /* next to take */
    uint32_t used;
} queue;

struct emu_serial {
    emu_machine *m;
    struct {
        queue to_chip, from_chip;
        emu_serial_counters counters;
    } port[EMU_SERIAL_PORTS];
};

emu_serial *emu_serial_new(emu_machine *m) {
    emu_serial *s = calloc(1, sizeof *s);
    if (s) s->m = m;
    return s;
}

void emu_serial_free(emu_serial *s) {
    if (!s) return;
    for (unsigned i = 0; i < EMU_SERIAL_PORTS; i++) {
        free(s->port[i].to_chip.bytes);
        free(s->port[i].from_chip.bytes);
    }
    free(s);
}

void emu_serial_reset(emu_serial *s) {
    for (unsigned i = 0; i < EMU_SERIAL_PORTS; i++) s->port[i].to_chip.head = s->port[i].to_chip.used = 0;
}

static bool have_room(queue *q) {
    if (!q->bytes) q->bytes = malloc(EMU_SERIAL_QUEUE);
    return q->bytes != NULL;
}

static size_t put(queue *q, const uint8_t *data, size_t length) {
    if (length == 0 || !have_room(q)) return 0;
    size_t n = EMU_SERIAL_QUEUE - q->used;
    if (n > length) n = length;
    uint32_t tail = (q->head + q->used) % EMU_SERIAL_QUEUE;
    size_t first = EMU_SERIAL_QUEUE - tail;
    if (first > n) first = n;
    memcpy(q->bytes + tail, data, first);
    memcpy(q->bytes, data + first, n - first);
    q->used += (uint32_t)n;
    return n;
}

static size_t take(queue *q, uint8_t *out, size_t max) {
    size_t n = q->used < max ? q->used : max;
    if (n == 0) return 0;
    size_t first = EMU_SERIAL_QUEUE - q->head;
    if (first > n) first = n;
    memcpy(out, q->bytes + q->head, first);
    memcpy(out + first, q->bytes, n - first);
    q->head = (uint32_t)((q->head + n) % EMU_SERIAL_QUEUE);
    q->used -= (uint32_t)n;
    if (!q->used) q->head = 0; /* a quiet line keeps to one page of memory */
    return n;
}

/* --- snapshots: counters, then the two lengths and the bytes of each port's queues ----------------------------------------- */

typedef struct {
    emu_serial_counters counters;
    uint32_t to_chip, from_chip;
} port_state;

size_t emu_serial_state_size(const emu_serial *s) {
    size_t size = 0;
    for (unsigned i = 0; i < EMU_SERIAL_PORTS; i++) size += sizeof(port_state) + s->port[i].to_chip.used + s->port[i].from_chip.used;
    return size;
}

static uint8_t *copy_out(const queue *q, uint8_t *state) {
    queue copy = *q;
    return state + take(&copy, state, q->used);
}

static const uint8_t *copy_in(queue *q, const uint8_t *state, uint32_t length) {
    q->head = q->used = 0;
    put(q, state, length);
    return state + length;
}

void emu_serial_save(const emu_serial *s, uint8_t *state) {
    for (unsigned i = 0; i < EMU_SERIAL_PORTS; i++) {
        port_state p = {s->port[i].counters, s->port[i].to_chip.used, s->port[i].from_chip.used};
        memcpy(state, &p, sizeof p);
        state = copy_out(&s->port[i].from_chip, copy_out(&s->port[i].to_chip, state + sizeof p));
    }
}

void emu_serial_load(emu_serial *s, const uint8_t *state) {
    for (unsigned i = 0; i < EMU_SERIAL_PORTS; i++) {
        port_state p;
        memcpy(&p, state, sizeof p);
        s->port[i].counters = p.counters;
        state = copy_in(&s->port[i].to_chip, state + sizeof p, p.to_chip);
        state = copy_in(&s->port[i].from_chip, state, p.from_chip);
    }
}

size_t emu_serial_write(emu_machine *m, unsigned port, const uint8_t *data, size_t length) {
    if (port >= EMU_SERIAL_PORTS) return 0;
    size_t n = put(&m->serial->port[port].to_chip, data, length);
    if (n == 0) return 0;
    for (unsigned i = 0; i < m->device_count; i++) {
        emu_device *d = m->devices[i];
        if (d->cls->serial_ready) d->cls->serial_ready(d, port);
    }
    return n;
}

size_t emu_serial_read(emu_machine *m, unsigned port, uint8_t *out, size_t max) {
    return port < EMU_SERIAL_PORTS ? take(&m->serial->port[port].from_chip, out, max) : 0;
}

void emu_serial_tx(emu_machine *m, unsigned port, uint8_t byte) {
    if (port >= EMU_SERIAL_PORTS) return;
    queue *q = &m->serial->port[port].from_chip;
    emu_serial_counters *c = &m->serial->port[port].counters;
    c->from_chip++;
    emu_download_active(m, m->first->now);
    if (q->used == EMU_SERIAL_QUEUE) {
        uint8_t dropped;
        (void)take(q, &dropped, 1);
        c->lost_tx++;
    }
    if (put(q, &byte, 1) == 0) c->lost_tx++;
}

int emu_serial_rx(emu_machine *m, unsigned port) {
    uint8_t byte;
    if (port >= EMU_SERIAL_PORTS || take(&m->serial->port[port].to_chip, &byte, 1) == 0) return -1;
    m->serial->port[port].counters.to_chip++;
    emu_download_active(m, m->first->now);
    return byte;
}

size_t emu_serial_waiting(const emu_machine *m, unsigned port) { return port < EMU_SERIAL_PORTS ? m->serial->port[port].to_chip.used : 0; }

void emu_serial_count_lost(emu_machine *m, unsigned port) {
    if (port < EMU_SERIAL_PORTS) m->serial->port[port].counters.lost_rx++;
}

bool emu_serial_stats(const emu_machine *m, unsigned port, emu_serial_counters *out) {
    if (port >= EMU_SERIAL_PORTS) return false;
    *out = m->serial->port[port].counters;
    return true;
}
