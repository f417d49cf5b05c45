/* SPDX-License-Identifier: Apache-2.0 */
/* The flash beside the chip. It is on no bus: the cache shows it at FLASH_WINDOW, the boot ROM's functions erase and program it. All code
 * and every handler is in RAM, so interrupts go on meanwhile; nobody else reads through the cache. */
#include <string.h>

#include "port_chip.h"
#include "registers.h"

#define SECTOR 0x1000u
#define PAGE 256u
#define BLOCK 0x10000u
#define STATUS_MASK 0xFFFFu

void flash_start(void) {
    esp_rom_spiflash_attach(0, false);
    esp_rom_spiflash_config_param(0, LAYOUT_FLASH_SIZE, BLOCK, SECTOR, PAGE, STATUS_MASK);
    (void)Cache_Disable_ICache();
    Cache_MMU_Init();
    for (uint32_t n = 0; n < LAYOUT_FLASH_SIZE / MMU_PAGE; n++) MMU_TABLE(n) = n;
    EXTMEM_ICACHE_CTRL1 &= ~EXTMEM_ICACHE_CTRL1_SHUT_DBUS;
    Cache_Enable_ICache(0);
}

static uint32_t autoload;

void flash_begin(void) { autoload = Cache_Disable_ICache(); }

void flash_end(void) {
    Cache_Enable_ICache(autoload);
    Cache_Invalidate_ICache_All();
}

bool flash_erase(uint32_t address, uint32_t size) { return size == SECTOR && esp_rom_spiflash_erase_sector(address / SECTOR) == 0; }

/* The ROM takes whole words. */
bool flash_program(uint32_t address, const uint8_t *data, uint32_t length) {
    uint32_t words[PAGE / 4];
    while (length) {
        uint32_t here = length < PAGE ? length : PAGE;
        memcpy(words, data, here);
        if (esp_rom_spiflash_write(address, words, (int32_t)here) != 0) return false;
        address += here;
        data += here;
        length -= here;
    }
    return true;
}
