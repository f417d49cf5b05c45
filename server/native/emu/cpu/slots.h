/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded code, whatever the core: what a slot holds, pages of slots.
 *
 * Code is decoded once into one slot per halfword. A slot holds the handler's address, three operand bytes, an immediate and `n`: the
 * number of instructions from here to the end of the straight run, which is what the budget is charged on entry to a run. A handler goes on
 * to the slot one or two further (a constant in each handler). Where one instruction takes more than one operation, the rest of the run
 * lives in the extra part of the page and the slot leads there; a map tells which instruction (and IT state) an extra slot belongs to.
 */
#ifndef VMRIG_EMU_SLOTS_H
#define VMRIG_EMU_SLOTS_H

#include "../core_class.h"

typedef struct emu_op {
    const void *handler;
    uint8_t a, b, d;
    uint8_t n; /* instructions from here to the end of the run, this one included; 0: not decoded, or not an instruction's start */
    uint32_t imm;
} emu_op;

#define EMU_PAGE_SLOTS (EMU_PAGE_SIZE / 2)
#define EMU_PAGE_END_SLOTS 2 /* the slots after the last one lead to the next page */
#define EMU_EXTRA_SLOTS 4096
#define EMU_ALL_SLOTS (EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS + EMU_EXTRA_SLOTS)
#define EMU_CODE_PAGE_ALIGN 131072u /* so that a slot's page is found by masking */
#define EMU_RUN_MAX 200

#define EMU_FIRST_EXTRA (EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS)
#define EMU_SLOT_COVERED 1 /* in imm of a slot without operation: the halfword is part of a decoded instruction */

struct emu_code_shared; /* commons.c */

typedef struct emu_code_page {
    uint32_t base; /* address of slot 0 */
    uint32_t extra_used;
    bool reaches_next;                    /* an instruction or IT block of this page ends in the next one */
    bool unshareable;                     /* something was decoded that holds for this machine only: a breakpoint */
    struct emu_code_shared *shared;       /* NULL: it belongs to one machine, which may change it */
    uint16_t extra_slot[EMU_EXTRA_SLOTS]; /* which halfword of the page an extra slot belongs to */
    uint8_t extra_it[EMU_EXTRA_SLOTS];    /* ITSTATE on its execution */
    emu_op ops[EMU_ALL_SLOTS];
} emu_code_page;

_Static_assert(sizeof(emu_op) == 16, "the code table counts on 8 bytes of slots per byte of code");
_Static_assert(sizeof(emu_code_page) <= EMU_CODE_PAGE_ALIGN, "a page of slots fits its alignment");

static inline emu_code_page *emu_op_page(const emu_op *op) {
    return (emu_code_page *)((uintptr_t)op & ~(uintptr_t)(EMU_CODE_PAGE_ALIGN - 1));
}

static inline uint32_t emu_op_address(const emu_op *op) {
    const emu_code_page *page = emu_op_page(op);
    uint32_t slot = (uint32_t)(op - page->ops);
    if (slot >= EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS) slot = page->extra_slot[slot - EMU_PAGE_SLOTS - EMU_PAGE_END_SLOTS];
    return page->base + 2 * slot;
}

static inline uint8_t emu_op_itstate(const emu_op *op) {
    const emu_code_page *page = emu_op_page(op);
    uint32_t slot = (uint32_t)(op - page->ops);
    return slot >= EMU_PAGE_SLOTS + EMU_PAGE_END_SLOTS ? page->extra_it[slot - EMU_PAGE_SLOTS - EMU_PAGE_END_SLOTS] : 0;
}

typedef struct {
    uint16_t code; /* narrow name, also for 32-bit encodings */
    uint8_t a, b, d;
    uint32_t imm; /* branches: the target's address */
} emu_uop;

void emu_op_set(const emu_machine *m, emu_op *op, unsigned code, const emu_uop *u, unsigned n);

/* pages.c */
emu_code_page *emu_code_page_at(emu_machine *m, uint32_t address); /* made when missing; NULL: no memory there */
/* The same page, or a copy that takes its place, to be written into. */
emu_code_page *emu_code_page_own(emu_machine *m, emu_code_page *page);
void emu_code_page_clear(emu_machine *m, emu_code_page *page);

#endif
