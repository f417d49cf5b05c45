/* SPDX-License-Identifier: Apache-2.0 */
/* Loops that only poll a status register are skipped, exactly.
 *
 * A device says, while it is read, until when its status will not change (emu_poll_hint). When the same load comes round again with all
 * registers, flags and the value read as the time before, and the loop between is nothing but pure operations closed by one backward
 * branch, then the state is a fixed point: every further turn repeats it, until the device, an event or the end of the slice comes. Whole
 * turns are then taken off the budget at once. Nothing else is different: the load that ends the last turn is really executed. */
#include "core_class.h"

#include <string.h>

#define LOOP_MAX 8 /* instructions */
#define PAUSE 14   /* reads that are not looked at after a turn that did change registers: a loop that counts, say */

void emu_poll_hint(emu_machine *m, uint64_t until_cycle) { emu_active_core(m)->poll.hint_until = until_cycle; }

void emu_poll_idle_write(emu_machine *m) { emu_active_core(m)->poll.idle_writes++; }

void emu_poll_read(emu_machine *m, uint32_t pc, uint32_t value) {
    emu_poll *p = &m->poll;
    emu_cpu *c = &m->cpu;
    uint64_t until = p->hint_until;
    uint32_t idle_writes = p->idle_writes;
    p->hint_until = p->idle_writes = 0;
    if (p->pc != pc) { /* state is kept from the second read in a row by one instruction on: keeping it is what costs */
        p->pc = pc;
        p->valid = false;
        p->pause = 0;
        return;
    }
    if (p->pause) {
        p->pause--;
        return;
    }
    if (p->disabled || m->trace || until <= m->now) return;
    uint64_t turn = m->now - p->at;
    bool again = p->valid && p->value == value && m->device_accesses == p->accesses + 1 + idle_writes && turn > 0 && turn <= LOOP_MAX;
    bool same = again && memcmp(p->r, c->r, m->cls->registers * sizeof *p->r) == 0 && p->nz == c->nz && p->c == c->c && p->v == c->v;
    if (again && !same) {
        p->valid = false;
        p->pause = PAUSE;
        return;
    }
    if (same && p->rejected_pc != pc && !m->attention) {
        if (m->cls->pure_loop(m, pc, turn, idle_writes)) {
            uint64_t turns = (until - 1 - m->now) / turn, fit = (uint64_t)m->budget / turn;
            if (turns > fit) turns = fit;
            m->budget -= (int64_t)(turns * turn);
            m->now += turns * turn;
            p->skipped_turns += turns;
        } else {
            p->rejected_pc = pc;
        }
    }
    p->valid = true;
    p->value = value;
    p->at = m->now;
    p->accesses = m->device_accesses;
    memcpy(p->r, c->r, m->cls->registers * sizeof *p->r);
    p->nz = c->nz;
    p->c = c->c;
    p->v = c->v;
}
