/* SPDX-License-Identifier: Apache-2.0 */
/* What the flash controllers of the families have in common (flash.c): one operation at a time, its time, what a power cut or a reset in
 * the middle of it leaves, keys. */
#ifndef VMRIG_EMU_STM32_FLASH_H
#define VMRIG_EMU_STM32_FLASH_H

#include "devices/stm32/stm32.h"

typedef struct {
    emu_memory *memory; /* NULL: none under way; found again by stm32_flash_link */
    bool busy, erasing, of_option;
    uint32_t offset, length;
    uint8_t before[8]; /* of what was programmed */
    uint64_t from_ns, total_ns;
} stm32_flash_operation;

typedef struct stm32_flash {
    stm32_device dev;
    emu_memory *flash, *option; /* option: NULL on chips whose option bytes are registers to software */
    uint32_t bank_size;         /* code in one bank runs on while the other one is busy; 0: there is one bank */
    stm32_flash_operation op;
    unsigned key, option_key;            /* keys taken so far */
    bool key_failed, option_key_failed;  /* a wrong key: locked until the next reset */
    bool read_protected;                 /* the debugger has no access to the flash */
    void (*done)(struct stm32_flash *f); /* set by init: the operation has ended */
} stm32_flash;

bool stm32_flash_init(stm32_flash *f, char error[EMU_ERROR_MAX]);
void stm32_flash_link(emu_device *d);
void stm32_flash_event(emu_device *d, uint32_t id);
emu_debug_answer stm32_flash_debug_access(emu_device *d, uint32_t address, bool write);
void stm32_flash_power_off(emu_device *d);
void stm32_flash_reset(stm32_flash *f, emu_reset_kind kind);

static inline bool stm32_flash_busy(const stm32_flash *f) { return f->op.busy; }
/* Ends what is under way at once: the bus makes a store wait for it. */
void stm32_flash_finish(stm32_flash *f);
/* Cells become old & value; at most 8 bytes. They can be read at once. */
void stm32_flash_program(stm32_flash *f, emu_memory *mem, uint32_t offset, uint64_t value, unsigned size, uint64_t ns);
/* Cells become 0xFF when the time has passed. */
void stm32_flash_erase(stm32_flash *f, emu_memory *mem, uint32_t offset, uint32_t length, uint64_t ns);
/* A key register is written: true when the lock opens. */
bool stm32_flash_key(unsigned *taken, bool *failed, uint32_t value, uint32_t first, uint32_t second);

#endif
