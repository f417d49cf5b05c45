/* SPDX-License-Identifier: Apache-2.0 */
/* port.bin: what a board is beyond its chip, as data. Little-endian:
 *
 *   header   0 u32 magic "VMP1" | 4 u16 version 1 | 6 u16 sections | 8 u32 total length, multiple of 4 | 12 u32 crc32
 *            of the whole file with these four bytes left out
 *   section  u16 tag | u16 0 | u32 length | bytes, zero-padded to 4
 *
 * tag 1 TARGET: the target's name, UTF-8. tag 2 PINS: u8 pin (port * 32 + bit) | u8 flags (bit 0: active low) | u8 name length | name ...
 * tag 3 KEY: an Ed25519 public key, 32 bytes: the board only takes programs signed with it.
 * Sections of unknown tags are skipped: what a custom board's template says besides is in them, for the host
 * (server/vmrig_server/customvm/portbin_v2.py). */
#ifndef LINK_PORTMAP_H
#define LINK_PORTMAP_H
#include "hal.h"

#define PORTMAP_MAGIC 0x31504D56u
#define PORTMAP_VERSION 1
#define PORTMAP_HEADER 16

enum { PORTMAP_TARGET = 1, PORTMAP_PINS = 2, PORTMAP_KEY = 3 };

typedef struct {
    const uint8_t *target, *pins, *key; /* NULL: no such section */
    uint32_t target_length, pins_length;
} portmap;

/* What is where port.bin should be. */
typedef enum { PORT_ABSENT = 0, PORT_WHOLE = 1, PORT_DAMAGED = 2 } port_state;

/* Unless it is whole, *m is an empty map. `size` is that of the flash area: a header at least. */
port_state portmap_open(portmap *m, const uint8_t *data, uint32_t size);
int portmap_pin(const portmap *m, const char *name, size_t length); /* the board's names, then the chip's (P0.14); -1: no such name */

#endif
