/* SPDX-License-Identifier: Apache-2.0 */
/* The core of a chip whose instructions this emulator does not know: it executes nothing. Time, devices and pins are as of any machine, so
 * that a chip can be reached through what its ROM would do. */
#include "core_class.h"

static bool configure(emu_machine *m, char error[EMU_ERROR_MAX]) {
    (void)m;
    (void)error;
    return true;
}

static void reset(emu_machine *m, bool power_on) {
    (void)m;
    (void)power_on;
}

static void start(emu_machine *m) { m->cpu = (emu_cpu){.sleeping = true}; }

static bool between(emu_machine *m) {
    bool requested = m->reset_requested;
    m->attention = 0;
    emu_apply_reset(m);
    return requested;
}

static void slice(emu_machine *m, uint64_t limit) { emu_pass(m, limit); }
static bool no(const emu_machine *m) { return (void)m, false; }
static uint32_t pc(const emu_machine *m) { return (void)m, 0; }
static uint32_t get(const emu_machine *m, unsigned reg) { return (void)m, (void)reg, 0; }
static unsigned length(uint16_t halfword) { return (void)halfword, 2; }
static bool nowhere(const emu_machine *m, uint32_t address) { return (void)m, (void)address, false; }
static uint32_t no_variant(const emu_machine *m) { return (void)m, 0; }
static bool no_fetch(emu_machine *m, uint32_t address, uint16_t *halfword) { return (void)m, (void)address, (void)halfword, false; }
static void set(emu_machine *m, unsigned reg, uint32_t value) { (void)m, (void)reg, (void)value; }
static void irq(emu_machine *m, unsigned number, bool level) { (void)m, (void)number, (void)level; }
static void interrupt(emu_machine *m, unsigned line) { (void)m, (void)line; }
static void own_event(emu_machine *m, uint32_t which) { (void)m, (void)which; }
static bool same(const emu_machine *m, const uint8_t *state) { return (void)m, (void)state, false; }
static void restored(emu_machine *m, bool otherwise) { (void)m, (void)otherwise; }
static void hash(const emu_machine *m, emu_hasher *h) { (void)m, (void)h; }

static const char *const names[] = {"none", NULL};

const struct emu_core_class emu_no_core = {
    .names = names,
    .configure = configure,
    .reset = reset,
    .start = start,
    .reset_alone = start,
    .between = between,
    .slice = slice,
    .wakes = no,
    .pc = pc,
    .get = get,
    .set = set,
    .length = length,
    .irq = irq,
    .interrupt = interrupt,
    .own_event = own_event,
    .debugged = no,
    .owns = nowhere,
    .slow_page = nowhere,
    .fetch = no_fetch,
    .private_code = nowhere,
    .code_variant = no_variant,
    .translated_otherwise = same,
    .restored = restored,
    .hash = hash,
};
