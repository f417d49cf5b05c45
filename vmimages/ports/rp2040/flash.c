/* SPDX-License-Identifier: Apache-2.0 */
/* The flash beside the chip, by the boot ROM's functions (RP2040 Datasheet 2.8.3.1.3). While they run it cannot be read, so no code or
 * handler in it can: interrupts are off, and what calls them is in RAM. */
#include <string.h>

#include "port_chip.h"
#include "registers.h"

#define PAGE 256u
#define SECTOR_ERASE 0x20u
#define READ_UNIQUE_ID 0x4Bu
#define UNIQUE_ID_DUMMY 4u
#define ROM_CODE(a, b) ((uint32_t)(a) | (uint32_t)(b) << 8)

typedef struct {
    void (*connect)(void);
    void (*exit_xip)(void);
    void (*erase)(uint32_t offset, uint32_t size, uint32_t block, uint32_t command);
    void (*program)(uint32_t offset, const uint8_t *data, uint32_t size);
    void (*flush_cache)(void);
    uint32_t stage[PAGE / 4]; /* boot.c, which lets the flash be read again */
} rom_functions;

static rom_functions rom;
static uint8_t page[PAGE];

static void *function(uint32_t code) {
    void *(*lookup)(const uint16_t *table, uint32_t code) = (void *(*)(const uint16_t *, uint32_t))(uintptr_t)REG16(0x18u);
    return lookup((const uint16_t *)(uintptr_t)REG16(0x14u), code);
}

void flash_begin(void) {
    rom.connect = (void (*)(void))function(ROM_CODE('I', 'F'));
    rom.exit_xip = (void (*)(void))function(ROM_CODE('E', 'X'));
    rom.erase = (void (*)(uint32_t, uint32_t, uint32_t, uint32_t))function(ROM_CODE('R', 'E'));
    rom.program = (void (*)(uint32_t, const uint8_t *, uint32_t))function(ROM_CODE('R', 'P'));
    rom.flush_cache = (void (*)(void))function(ROM_CODE('F', 'C'));
    memcpy(rom.stage, (const void *)(uintptr_t)LAYOUT_FLASH, sizeof rom.stage);
}

void flash_end(void) {}

RAM_CODE static void readable(void) {
    rom.flush_cache();
    __asm volatile("" ::: "memory");
    ((void (*)(void))((uintptr_t)rom.stage | 1u))();
}

RAM_CODE static void erase(uint32_t offset, uint32_t size) {
    rom.connect();
    rom.exit_xip();
    rom.erase(offset, size, size, SECTOR_ERASE);
    readable();
}

RAM_CODE static void program(uint32_t offset) {
    rom.connect();
    rom.exit_xip();
    rom.program(offset, page, PAGE);
    readable();
}

bool flash_erase(uint32_t address, uint32_t size) {
    uint32_t primask = interrupts_off();
    erase(address - LAYOUT_FLASH, size);
    interrupts_restore(primask);
    return true;
}

/* The bytes of a page that are not meant stay what they are: programming only clears bits. */
bool flash_program(uint32_t address, const uint8_t *data, uint32_t length) {
    while (length) {
        uint32_t at = address % PAGE, here = length < PAGE - at ? length : PAGE - at;
        memset(page, 0xFF, PAGE);
        memcpy(page + at, data, here);
        uint32_t primask = interrupts_off();
        program(address - at - LAYOUT_FLASH);
        interrupts_restore(primask);
        address += here;
        data += here;
        length -= here;
    }
    return true;
}

/* --- the unique id, which is the flash chip's ---------------------------------------------------------------------- */

/* After exit_xip the controller sends and receives byte by byte; a byte comes for each that goes. */
RAM_CODE static void read_unique_id(uint8_t *id) {
    rom.connect();
    rom.exit_xip();
    IO_QSPI_SS_CTRL = IO_QSPI_SS_CTRL_LOW;
    for (uint32_t i = 0; i < 1 + UNIQUE_ID_DUMMY + CHIP_UID_SIZE; i++) {
        while (!(SSI_SR & SSI_SR_TFNF)) {}
        SSI_DR0 = i ? 0 : READ_UNIQUE_ID;
        while (!(SSI_SR & SSI_SR_RFNE)) {}
        uint8_t byte = (uint8_t)SSI_DR0;
        if (i > UNIQUE_ID_DUMMY) id[i - 1 - UNIQUE_ID_DUMMY] = byte;
    }
    IO_QSPI_SS_CTRL = 0;
    readable();
}

size_t hal_uid(vm_hal *hal, uint8_t out[16]) {
    static uint8_t id[CHIP_UID_SIZE];
    static bool known;
    (void)hal;
    if (!known) {
        flash_begin();
        uint32_t primask = interrupts_off();
        read_unique_id(id);
        interrupts_restore(primask);
        known = true;
    }
    memcpy(out, id, CHIP_UID_SIZE);
    return CHIP_UID_SIZE;
}
