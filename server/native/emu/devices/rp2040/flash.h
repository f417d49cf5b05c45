/* SPDX-License-Identifier: Apache-2.0 */
/* A serial NOR flash as on the Pico, Winbond W25Q16JV (its datasheet, chapters 7 and 8), seen from its four wires: bytes between two edges
 * of CS. Operations take their time; what is there before is there until they end. */
#ifndef VMRIG_EMU_RP_FLASH_H
#define VMRIG_EMU_RP_FLASH_H

#include "device.h"

enum { RP_FLASH_PAGE = 256, RP_FLASH_SECTOR = 4096 };

typedef enum { RP_FLASH_IDLE, RP_FLASH_ERASING, RP_FLASH_PROGRAMMING, RP_FLASH_STATUS } rp_flash_operation;

typedef struct {
    emu_device *owner; /* whose event tells of the end */
    emu_memory *cells;
    uint64_t unique_id;
    uint32_t program_us, sector_us, block32_us, block64_us, chip_us;
    /* the command under way */
    bool selected;
    uint8_t command;
    uint32_t count;   /* bytes since CS went low */
    uint32_t address; /* goes on with every byte of data */
    uint8_t page[RP_FLASH_PAGE];
    bool loaded[RP_FLASH_PAGE]; /* bytes of the page buffer that were sent */
    uint8_t new_status[2];
    bool write_enabled;
    uint8_t status[3];
    /* the operation under way */
    rp_flash_operation operation;
    uint32_t offset, length;
    uint64_t started, until;
} rp_flash;

enum { RP_FLASH_EVENT = 0x100 }; /* the owner's event id */

void rp_flash_select_chip(rp_flash *f, bool low);
uint8_t rp_flash_byte(rp_flash *f, uint8_t in); /* eight clocks with CS low */
void rp_flash_event(rp_flash *f);
void rp_flash_reset(rp_flash *f, bool power_on); /* the chip has no reset line: what is under way goes on */
void rp_flash_power_off(rp_flash *f);
bool rp_flash_is_busy(const rp_flash *f);
/* What a driver does with commands, in one step. Nothing happens while the flash is busy. */
void rp_flash_start_erase(rp_flash *f, uint32_t offset, uint32_t length);
void rp_flash_start_program(rp_flash *f, uint32_t offset, const uint8_t *data, uint32_t length);

#endif
