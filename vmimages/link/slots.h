/* SPDX-License-Identifier: Apache-2.0 */
/* Two program slots and the journal that says which of them to boot.
 *
 * The journal is two erase units of one size, pages, one of them in force. A page:
 *
 *     header  {u32 magic, u32 sequence, u32 crc of the 8 bytes before, u32 unused}     written last, so a page counts only when it is whole
 *     entries of 64 bytes, as many as fit into the page's first 16 KB:
 *         record  {u16 magic, u8 kind, u8 slot, u32 generation, u32 length, u8 sha256[16], u32 crc of the 28 bytes before}
 *         marks   trial[3], mark    8 bytes each, programmed to zeros, any bit of one cleared counts
 *
 * kind COMMIT: the slot holds a whole program. A trial mark is spent by each boot of a program nobody has confirmed; mark: confirmed.
 * kind UPLOAD: the slot is erased and being filled with the program of this hash, so that BEGIN can go on after a reset; mark: given up.
 *
 * Only the newest COMMIT of a slot counts, and only while the slot's bytes have its hash. What must stay true, whenever power goes: the
 * slot that the board would boot is neither erased nor written, and no page of the journal is erased but the one not in force. */
#ifndef LINK_SLOTS_H
#define LINK_SLOTS_H
#include "geometry.h"
#include "hal.h"

#define SLOTS_TRIALS 3
#define SLOTS_COUNT 2
#define SLOTS_NONE 0xFF

/* Where things are in the chip's flash: byte addresses and sizes, whole erase units each. */
typedef struct {
    uint32_t vm, vm_size;
    uint32_t vmstore, port, port_size;
    uint32_t journal; /* two erase units of one size */
    uint32_t slot[SLOTS_COUNT], slot_size;
    const flash_geometry *flash;
} link_layout;

typedef struct {
    bool present;
    bool marked;    /* COMMIT: confirmed; UPLOAD: given up */
    uint8_t trials; /* spent, 0..SLOTS_TRIALS */
    uint8_t slot;
    uint32_t generation;
    uint32_t length;
    uint32_t address; /* of the entry */
} slots_record;

typedef struct {
    vm_hal *hal;
    const link_layout *layout;
    uint32_t page;       /* address of the journal page in force; 0: none yet */
    uint32_t sequence;   /* its number */
    uint32_t next;       /* address of its first free entry */
    uint32_t generation; /* of the newest COMMIT */
    slots_record commit[SLOTS_COUNT];
    slots_record upload; /* the newest one without a COMMIT after it */
} slots;

/* The first 16 bytes of the program's hash, in flash. */
const uint8_t *slots_hash(const slots *s, const slots_record *r);

/* Container check of a slot whose hash is right: true when the VM would run it. */
typedef bool slots_check(void *context, unsigned slot, uint32_t length);

/* Reads the journal; writes nothing. */
void slots_mount(slots *s, vm_hal *hal, const link_layout *layout);
/* The bytes in flash have the hash of the slot's newest COMMIT. */
bool slots_verify(const slots *s, unsigned slot);
/* The slot to boot, or SLOTS_NONE. trials_used: the newest program was passed over because its trial boots are spent.
 * boot: obey trial boots and spend one; else take the newest that verifies, confirmed or not. */
unsigned slots_choose(slots *s, bool boot, slots_check *check, void *context, bool *trials_used);
/* The slot that the next upload may overwrite: never the one that must survive it. */
unsigned slots_target(const slots *s, slots_check *check, void *context);
/* Makes the slot ready for an upload, and returns the offset to go on at, the beginning of an erase unit, or UINT32_MAX when the flash
 * failed. From there on the slot is blank, as far as the program needs it. */
uint32_t slots_begin(slots *s, unsigned slot, uint32_t length, const uint8_t sha256[32]);
/* The upload that slots_begin noted is worthless: the next BEGIN erases. */
void slots_give_up(slots *s);
bool slots_commit(slots *s, unsigned slot, uint32_t length, const uint8_t sha256[32]);
bool slots_confirm(slots *s, unsigned slot);

#endif
