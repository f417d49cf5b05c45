/* SPDX-License-Identifier: Apache-2.0 */
/* What machines of one process share, so that a thousand boards of one kind cost little more than their differences: decoded pages of equal
 * code, and the bytes of memories that nobody has written yet. Locks itself; lives as long as anybody refers to it. */
#ifndef VMRIG_EMU_COMMONS_H
#define VMRIG_EMU_COMMONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct emu_commons emu_commons;
struct emu_code_page;

emu_commons *emu_commons_new(void); /* NULL: out of memory */
emu_commons *emu_commons_use(emu_commons *c);
void emu_commons_drop(emu_commons *c);

/* --- bytes: private, writable mappings whose untouched pages are shared ------------------------------------------------------------- */

/* `seed` 0: every byte is `value`; else the fixed pseudo-random pattern that volatile memory number `seed` has after power-on. `over`: an
 * earlier mapping of the same size to be replaced, or NULL. NULL: out of memory. */
uint8_t *emu_commons_map(emu_commons *c, size_t size, uint8_t value, uint32_t seed, uint8_t *over);

/* --- decoded pages ------------------------------------------------------------------------------------------------------------------ */

/* What the operations of a page were made from. Equal sources give equal operations. */
typedef struct {
    uint32_t base;       /* of the page */
    uint32_t kind;       /* emu_machine.code_kind */
    uint32_t from, size; /* of the memory's bytes that decoding may have looked at */
    const uint8_t *bytes;
} emu_code_source;

/* A finished page made from this, NULL: none. The reference is the caller's. */
struct emu_code_page *emu_commons_find(emu_commons *c, const emu_code_source *source);
/* Makes a page that one machine has had for itself known to all. It is never changed again; the reference stays the caller's. Returns the
 * page to use from now on: an equally good one that is known already, or this one. */
struct emu_code_page *emu_commons_publish(emu_commons *c, struct emu_code_page *page, const emu_code_source *source);
struct emu_code_page *emu_commons_use_page(emu_commons *c, struct emu_code_page *page);
void emu_commons_drop_page(emu_commons *c, struct emu_code_page *page);

typedef struct {
    size_t pages;      /* known */
    size_t references; /* of machines to them */
} emu_commons_counters;
emu_commons_counters emu_commons_count(emu_commons *c);

#endif
