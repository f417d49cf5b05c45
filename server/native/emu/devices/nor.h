/* SPDX-License-Identifier: Apache-2.0 */
/* A serial NOR flash as on the Pico, Winbond W25Q16JV (its datasheet, chapters 7 and 8), seen from its four wires: bytes between two edges
 * of CS. Operations take their time; what is there before is there until they end. */
#ifndef VMRIG_EMU_NOR_H
#define VMRIG_EMU_NOR_H

#include "device.h"

enum { NOR_PAGE = 256, NOR_SECTOR = 4096 };

typedef enum { NOR_IDLE, NOR_ERASING, NOR_PROGRAMMING, NOR_STATUS } nor_operation;

typedef struct {
    emu_device *owner; /* whose event tells of the end */
    emu_memory *cells;
    uint64_t unique_id;
    uint16_t jedec;    /* manufacturer << 8 | memory type; the capacity follows from the cells */
    uint8_t device_id; /* as RES (0xAB) tells it */
    uint32_t program_us, sector_us, block32_us, block64_us, chip_us;
    /* the command under way */
    bool selected;
    uint8_t command;
    uint32_t count;   /* bytes since CS went low */
    uint32_t address; /* goes on with every byte of data */
    uint8_t page[NOR_PAGE];
    bool loaded[NOR_PAGE]; /* bytes of the page buffer that were sent */
    uint8_t new_status[3];
    bool write_enabled, powered_down, four_bytes, reset_enabled;
    uint8_t status[3];
    /* the operation under way */
    nor_operation operation;
    uint32_t offset, length;
    uint64_t started, until;
} nor_flash;

enum { NOR_EVENT = 0x100 }; /* the owner's event id */

void nor_select(nor_flash *f, bool low);
uint8_t nor_byte(nor_flash *f, uint8_t in); /* eight clocks with CS low */
void nor_event(nor_flash *f);
void nor_reset(nor_flash *f, bool power_on); /* the chip has no reset line: what is under way goes on */
void nor_power_off(nor_flash *f);
bool nor_is_busy(const nor_flash *f);
/* What a driver does with commands, in one step. Nothing happens while the flash is busy. */
void nor_start_erase(nor_flash *f, uint32_t offset, uint32_t length);
void nor_start_program(nor_flash *f, uint32_t offset, const uint8_t *data, uint32_t length);

#endif
