/* SPDX-License-Identifier: Apache-2.0 */
/* The serial lines that a board brings out: a queue of bytes each way. The UART device sets the pace (its baud rate, in virtual time); the
 * queue towards the chip stands for what the other end has sent and what is still to come over the line. */
#ifndef VMRIG_EMU_SERIAL_H
#define VMRIG_EMU_SERIAL_H

#include "device.h"

#define EMU_SERIAL_PORTS 4u
#define EMU_SERIAL_QUEUE 65536u /* bytes, each way */

typedef struct emu_serial emu_serial;

typedef struct {
    uint64_t to_chip;   /* bytes that the UART took off the line */
    uint64_t from_chip; /* bytes that left the TX pin */
    uint64_t lost_rx;   /* bytes that came while no receiver was on, or its FIFO was full */
    uint64_t lost_tx;   /* bytes from the chip that nobody read in time: the oldest are dropped */
} emu_serial_counters;

emu_serial *emu_serial_new(emu_machine *m); /* NULL: out of memory */
void emu_serial_free(emu_serial *s);
/* Power was cut: what was on the line towards the chip is lost. What the chip sent stays to be read. */
void emu_serial_reset(emu_serial *s);

/* For snapshots. */
size_t emu_serial_state_size(const emu_serial *s);
void emu_serial_save(const emu_serial *s, uint8_t *state);
void emu_serial_load(emu_serial *s, const uint8_t *state);

bool emu_serial_stats(const emu_machine *m, unsigned port, emu_serial_counters *out); /* false: no such port */
/* The chip's side: a byte came and nobody took it. */
void emu_serial_count_lost(emu_machine *m, unsigned port);

#endif
