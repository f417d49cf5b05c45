/* SPDX-License-Identifier: Apache-2.0 */
/* A device to poll and to wait for: status 0 until `ready`; then an interrupt, until it is acknowledged. And the program that keeps it
 * busy. */
#ifndef VMRIG_TEST_GADGET_H
#define VMRIG_TEST_GADGET_H
#include "harness.h"

static const uint32_t busy_program[] = {
#include "fw/busy.inc"
};

typedef struct {
    emu_device base;
    uint64_t ready;
    uint32_t reads;
    bool irq;
    bool hints;
} gadget;

static uint32_t gadget_read(emu_device *d, uint32_t offset, unsigned size) {
    gadget *g = (gadget *)d;
    (void)size;
    if (offset) return 0;
    if (emu_now(d->machine) >= g->ready) return 1;
    g->reads++;
    if (g->hints) emu_poll_hint(d->machine, g->ready);
    return 0;
}
static void gadget_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    gadget *g = (gadget *)d;
    (void)size;
    if (offset == 4) {
        g->ready = emu_now(d->machine) + value * 10;
        emu_schedule(d, 0, g->ready + 100);
    } else if (offset == 8) {
        emu_irq_set(d->machine, d->irq, false);
    }
}
static void gadget_event(emu_device *d, uint32_t id) {
    (void)id;
    emu_irq_set(d->machine, d->irq, true);
}
static const emu_device_class gadget_class = {.type = "gadget",
                                              .struct_size = sizeof(gadget),
                                              .region_size = 0x1000,
                                              .read = gadget_read,
                                              .write = gadget_write,
                                              .event = gadget_event};

static inline emu_machine *busy_among(struct emu_commons *commons, bool hints) {
    emu_machine *m = bare_machine_among(commons, true);
    CHECK(emu_poke(m, 0, busy_program, sizeof busy_program));
    gadget *g = calloc(1, sizeof *g);
    g->hints = hints;
    plug_in(m, &g->base, &gadget_class, 0x40001000, 0);
    emu_power(m, true);
    return m;
}

static inline emu_machine *busy(bool hints) { return busy_among(NULL, hints); }

#endif
