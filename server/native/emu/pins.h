/* SPDX-License-Identifier: Apache-2.0 */
/* The pins of a machine: who drives them, what level results, and a record of every change.
 *
 * A level is resolved in this order: what the outside drives (a button, a wire: emu_pin_drive), what the chip drives, the pull resistor of
 * the board, the pull resistor of the chip. A strong driver outside wins over the chip because shorting a pin does so on a bench too; a
 * pull of the board (typically 4.7k..10k) wins over one in the chip (typically 13k).
 */
#ifndef VMRIG_EMU_PINS_H
#define VMRIG_EMU_PINS_H

#include "device.h"

#define EMU_PIN_COUNT 256u /* eight ports of 32 */

typedef struct emu_pins emu_pins;

emu_pins *emu_pins_new(emu_machine *m); /* NULL: out of memory */
void emu_pins_free(emu_pins *pins);
/* The chip lets go of every pin (power off, power on). What the outside does stays: a held button stays held. */
void emu_pins_reset(emu_pins *pins);

/* For snapshots: levels, drivers and pulls, not the record of edges. */
size_t emu_pins_state_size(void);
void emu_pins_save(const emu_pins *pins, void *state);
void emu_pins_load(emu_pins *pins, const void *state);

/* A resistor on the board. Kept over resets and power cuts. */
void emu_pin_board_pull(emu_machine *m, unsigned pin, emu_pull pull);

#endif
