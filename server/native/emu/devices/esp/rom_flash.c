/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM's functions for the flash, and for the cache that shows pages of it (esp-idf's rom/spi_flash.h and esp32c3/rom/cache.h). */
#include <string.h>

#include "devices/esp/rom.h"
#include "devices/esp/spi_mem.h"

enum { OK = 0, FAILED = 1 };
enum { PAGE = 256, SECTOR = 0x1000, BLOCK = 0x10000, SIZE_DEFAULT = 16 << 20 };
enum { CHIP_ID = 0, CHIP_SIZE = 4 }; /* of the ROM's description of the flash */
#define CACHE_CTRL 0x600C4000u       /* EXTMEM_ICACHE_CTRL: bit 0 enables */
#define CACHE_CTRL1 0x600C4004u      /* bits 0 and 1 shut the two buses */
#define MMU_TABLE 0x600C5000u
enum { MMU_ENTRIES = 128, MMU_INVALID = 0x100, MMU_PAGE = 0x10000, BUS_SIZE = 0x800000 };

static emu_device *spi(const esp_call *c) { return c->r->loader.spi; }

void esp_rom_flash_id(esp_rom_device *r) {
    uint32_t capacity = 0;
    for (uint32_t size = r->loader.spi ? esp_spi_flash_size(r->loader.spi) : 0; size > 1; size >>= 1) capacity++;
    esp_rom_set(r, ESP_ROM_FLASH_CHIP + CHIP_ID, r->loader.spi ? esp_spi_jedec(r->loader.spi) << 8 | capacity : 0);
}

void esp_rom_flash_set_up(esp_rom_device *r) {
    static const uint32_t chip[] = {0, 0, BLOCK, SECTOR, PAGE, 0xFFFF};
    for (uint32_t i = 0; i < sizeof chip / sizeof *chip; i++) esp_rom_set(r, ESP_ROM_FLASH_CHIP + 4 * i, chip[i]);
    esp_rom_set(r, ESP_ROM_FLASH_CHIP + CHIP_SIZE, SIZE_DEFAULT);
    esp_rom_flash_id(r);
    esp_rom_set(r, ESP_ROM_FLASH_DATA_P, ESP_ROM_FLASH_CHIP);
    esp_rom_set(r, ESP_ROM_FLASH_FUNCS_P, 0);
}

/* true: the flash is at work, or it is not there. */
static bool not_now(esp_call *c) {
    if (!spi(c)) {
        c->a[0] = FAILED;
        return true;
    }
    uint64_t until = esp_spi_busy_until(spi(c)), now = emu_now(c->m);
    if (!until) return false;
    esp_call_wait(c, until > now ? until - now + 1 : 1);
    return true;
}

static bool beyond(esp_call *c, uint32_t at, uint32_t length) {
    uint32_t size = esp_rom_get(c->r, ESP_ROM_FLASH_CHIP + CHIP_SIZE);
    if (at <= size && length <= size - at) return false;
    c->a[0] = FAILED;
    return true;
}

/* Erases [at, end) in pieces; `state` counts what is done, plus one. */
static void erase(esp_call *c, uint32_t at, uint32_t end) {
    if (not_now(c)) return;
    if (!c->state) c->state = 1;
    at += c->state - 1;
    if (at >= end) {
        c->a[0] = OK;
        return;
    }
    uint32_t piece = at % BLOCK == 0 && end - at >= BLOCK ? BLOCK : SECTOR;
    esp_spi_erase(spi(c), at, piece);
    c->state += piece;
    not_now(c);
    if (!c->again) esp_call_wait(c, 1);
}

void esp_call_erase_chip(esp_call *c) {
    if (not_now(c)) return;
    c->a[0] = OK;
    if (c->state) return;
    c->state = 1;
    esp_spi_erase(spi(c), 0, esp_spi_flash_size(spi(c)));
    not_now(c);
}

void esp_call_erase_block(esp_call *c) {
    if (!beyond(c, c->a[0] * BLOCK, BLOCK)) erase(c, c->a[0] * BLOCK, (c->a[0] + 1) * BLOCK);
}

void esp_call_erase_sector(esp_call *c) {
    if (!beyond(c, c->a[0] * SECTOR, SECTOR)) erase(c, c->a[0] * SECTOR, (c->a[0] + 1) * SECTOR);
}

void esp_call_erase_area(esp_call *c) { /* (start, length) */
    uint32_t at = c->a[0] & ~(SECTOR - 1u), end = (c->a[0] + c->a[1] + SECTOR - 1) & ~(SECTOR - 1u);
    if (!beyond(c, c->a[0], c->a[1])) erase(c, at, end);
}

void esp_call_flash_write(esp_call *c) { /* (to, from, length) */
    uint8_t page[PAGE];
    uint32_t at = c->a[0] + c->state, n = PAGE - at % PAGE;
    if (not_now(c)) return;
    if (beyond(c, c->a[0], c->a[2])) return;
    if (c->state >= c->a[2]) {
        c->a[0] = OK;
        return;
    }
    if (n > c->a[2] - c->state) n = c->a[2] - c->state;
    esp_rom_copy_in(c->r, c->a[1] + c->state, page, n);
    esp_spi_program(spi(c), at, page, n);
    c->state += n;
    not_now(c);
    if (!c->again) esp_call_wait(c, 1);
}

/* No key is burnt here: an encrypted write has nothing to encrypt with. */
void esp_call_write_encrypted(esp_call *c) { c->a[0] = FAILED; }

void esp_call_flash_read(esp_call *c) { /* (from, to, length) */
    enum { CHUNK = 4096, CYCLES_PER_BYTE = 20 /* 8 MB/s at 160 MHz */ };
    uint8_t bytes[CHUNK];
    if (not_now(c)) return;
    if (beyond(c, c->a[0], c->a[2])) return;
    uint32_t left = c->a[2] - c->state, n = left < CHUNK ? left : CHUNK;
    if (!left) {
        c->a[0] = OK;
        return;
    }
    if (!esp_spi_read(spi(c), c->a[0] + c->state, bytes, n)) {
        c->a[0] = FAILED;
        return;
    }
    esp_rom_copy_out(c->r, c->a[1] + c->state, bytes, n);
    c->state += n;
    esp_call_wait(c, n * CYCLES_PER_BYTE);
}

void esp_call_config_param(esp_call *c) { /* (id, size, block, sector, page, mask of the status) */
    for (uint32_t i = 0; i < 6; i++) esp_rom_set(c->r, ESP_ROM_FLASH_CHIP + 4 * i, c->a[i]);
    c->a[0] = OK;
}

void esp_call_update_id(esp_call *c) { esp_rom_flash_id(c->r); }

void esp_call_flash_attach(esp_call *c) {
    if (spi(c)) esp_spi_attach(spi(c), true);
}

void esp_call_flash_wait(esp_call *c) {
    if (!not_now(c)) c->a[0] = OK;
}

/* The rest goes through the controller, as commands. */

static void command(esp_call *c, uint8_t opcode, uint32_t *in, const uint32_t *out) {
    emu_device *d = spi(c);
    *in = d ? esp_spi_command(d, opcode, out) : 0;
}

void esp_call_write_enable(esp_call *c) {
    uint32_t nothing;
    if (not_now(c)) return;
    command(c, 0x06, &nothing, NULL);
    c->a[0] = OK;
}

void esp_call_read_status(esp_call *c) { /* (chip, where to) */
    uint32_t status;
    command(c, 0x05, &status, NULL);
    esp_rom_set(c->r, c->a[1], status);
    c->a[0] = OK;
}

void esp_call_read_status_high(esp_call *c) {
    uint32_t status;
    command(c, 0x35, &status, NULL);
    esp_rom_set(c->r, c->a[1], status << 8);
    c->a[0] = OK;
}

void esp_call_write_status(esp_call *c) { /* (chip, both registers) */
    uint32_t nothing, value = c->a[1] & 0xFFFF;
    if (not_now(c)) return;
    if (!c->state) {
        c->state = 1;
        command(c, 0x06, &nothing, NULL);
        command(c, 0x01, &nothing, &value);
        not_now(c);
        return;
    }
    c->a[0] = OK;
}

/* --- the cache --------------------------------------------------------------------------------------------------------------------- */

void esp_call_mmu_init(esp_call *c) {
    for (uint32_t i = 0; i < MMU_ENTRIES; i++) esp_rom_set(c->r, MMU_TABLE + 4 * i, MMU_INVALID);
}

void esp_call_mmu_set(esp_call *c) { /* (kind of memory, virtual address, physical address, KB of a page, pages, all the same one) */
    uint32_t entry = c->a[1] % BUS_SIZE / MMU_PAGE, page = c->a[2] / MMU_PAGE;
    if (c->a[1] % MMU_PAGE || c->a[2] % MMU_PAGE) {
        c->a[0] = 2;
        return;
    }
    if (c->a[3] != 64) {
        c->a[0] = 3;
        return;
    }
    if (c->a[4] > MMU_ENTRIES - entry) {
        c->a[0] = 4;
        return;
    }
    for (uint32_t i = 0; i < c->a[4]; i++) esp_rom_set(c->r, MMU_TABLE + 4 * (entry + i), (page + (c->a[5] ? 0 : i)) & 0xFF);
    c->a[0] = 0;
}

void esp_call_cache_enable(esp_call *c) { esp_rom_set(c->r, CACHE_CTRL, esp_rom_get(c->r, CACHE_CTRL) | 1); }

void esp_call_cache_disable(esp_call *c) {
    esp_rom_set(c->r, CACHE_CTRL, esp_rom_get(c->r, CACHE_CTRL) & ~1u);
    c->a[0] = 0; /* preloading was off */
}

void esp_call_cache_init(esp_call *c) {
    esp_call_mmu_init(c);
    esp_call_cache_enable(c);
}

void esp_rom_map_flash(esp_rom_device *r) {
    uint32_t pages = r->loader.spi ? esp_spi_flash_size(r->loader.spi) / MMU_PAGE : 0;
    for (uint32_t i = 0; i < MMU_ENTRIES; i++) esp_rom_set(r, MMU_TABLE + 4 * i, i < pages ? i : MMU_INVALID);
    esp_rom_set(r, CACHE_CTRL1, esp_rom_get(r, CACHE_CTRL1) & ~3u);
    esp_rom_set(r, CACHE_CTRL, esp_rom_get(r, CACHE_CTRL) | 1);
}
