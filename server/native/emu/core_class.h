/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of core a machine has: the functions in which kinds differ. Time, events, memories, devices, pages of decoded code, traces and
 * snapshots are the same for all of them. One class a machine, chosen by the name of the core in its configuration.
 *
 * A class that decodes code uses the slots of cpu/slots.h: `handlers` of the machine are its own, numbered by it. */
#ifndef VMRIG_EMU_CORE_CLASS_H
#define VMRIG_EMU_CORE_CLASS_H

#include "machine.h"

typedef struct emu_hasher emu_hasher; /* snapshot.c */
void emu_hash_word(emu_hasher *h, uint64_t x);
void emu_hash_bytes(emu_hasher *h, const void *bytes, size_t size);

typedef enum { EMU_DEBUG_ATTACH, EMU_DEBUG_DETACH, EMU_DEBUG_HALT, EMU_DEBUG_RESUME, EMU_DEBUG_STEP } emu_debug_command;

struct emu_core_class {
    const char *const *names;         /* of the cores that are of this class, NULL at the end */
    bool debug_port;                  /* an ADIv5 debug port reaches it */
    uint16_t registers;               /* of cpu.r: what a turn of a loop must leave as it was, for poll.c */
    uint16_t op_decode, op_next_page; /* numbers of the handlers of a slot that is not decoded, and of a jump to the address in `imm` */

    /* false: error says why. Sets code_kind: machines whose kinds are equal decode equal code alike. */
    bool (*configure)(emu_machine *m, char error[EMU_ERROR_MAX]);
    const void *const *(*handlers)(void); /* NULL: it executes nothing */
    void (*free)(emu_machine *m);

    /* Reset of the whole chip: `reset` before the devices are, `start` after, when memory shows what it will to the first instruction. */
    void (*reset)(emu_machine *m, bool power_on);
    void (*start)(emu_machine *m);
    void (*reset_alone)(emu_machine *m); /* this core, and nothing else of the chip */

    bool (*between)(emu_machine *m);               /* what must be looked at between any two instructions; true: look again */
    void (*slice)(emu_machine *m, uint64_t limit); /* runs instructions until then, or until something has to be looked at */
    bool (*wakes)(const emu_machine *m);           /* asleep, something has happened that ends that */

    uint32_t (*pc)(const emu_machine *m); /* of the next instruction */
    uint32_t (*get)(const emu_machine *m, unsigned reg);
    void (*set)(emu_machine *m, unsigned reg, uint32_t value);
    unsigned (*length)(uint16_t halfword); /* of the instruction that begins with it, in bytes */

    void (*irq)(emu_machine *m, unsigned irq, bool level);     /* a line into the core's own interrupt controller */
    void (*interrupt)(emu_machine *m, unsigned line);          /* the chip's interrupt controller asks for this line; 0: for none */
    void (*own_event)(emu_machine *m, uint32_t which);         /* EMU_OWN_* */
    bool (*debugged)(const emu_machine *m);                    /* a debugger is attached */
    bool (*debug)(emu_machine *m, emu_debug_command command);  /* NULL: only through its debug port */
    bool (*breakpoint)(emu_machine *m, uint32_t at, bool set); /* likewise. false: there is none left, or none there */

    /* Addresses that are the core's own, where there is neither a memory nor a device. */
    bool (*owns)(const emu_machine *m, uint32_t address);
    emu_bus_result (*own_read)(emu_machine *m, uint32_t address, unsigned size, uint32_t *value);
    emu_bus_result (*own_write)(emu_machine *m, uint32_t address, unsigned size, uint32_t value);
    bool (*slow_page)(const emu_machine *m, uint32_t page_base); /* accesses there cannot go through the tables */
    void (*refresh_view)(emu_machine *m, uint32_t page);         /* with m->has_views: entries of the page in the tables have changed */

    bool (*fetch)(emu_machine *m, uint32_t address, uint16_t *halfword); /* false: nothing can be executed there */
    bool (*private_code)(const emu_machine *m, uint32_t page_base); /* breakpoints: what is decoded there holds for this machine only */
    uint32_t (*code_variant)(const emu_machine *m);                 /* what beside code_kind decoding depends on now */
    /* poll.c: whether the turn just made, of `turn` instructions from the load at pc back to itself, is a fixed point. */
    bool (*pure_loop)(emu_machine *m, uint32_t pc, uint64_t turn, uint32_t idle_writes);

    bool (*translated_otherwise)(const emu_machine *m, const uint8_t *state); /* breakpoints and the like of a saved state are others */
    void (*restored)(emu_machine *m, bool otherwise);                         /* a saved state was put in place */
    void (*hash)(const emu_machine *m, emu_hasher *h);
};

extern const struct emu_core_class emu_cortexm, emu_rv32, emu_no_core;

#endif
