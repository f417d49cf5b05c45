/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM of Espressif's chips as far as a board's user, a flashing tool and a program meet it: what it does after a reset, its loader, and
 * the functions that programs find at fixed addresses. The chip's own code is not ours to ship.
 *
 * The memory "rom" of a RISC-V part holds a jump at each of these addresses, to a few instructions that store to the trap page, which is
 * this device's: from inside the ROM only, such a store is the call, made on the registers of the core. It may want to be called again
 * (time must pass first). The page is among the peripherals, where programs may write whatever their memory protection says of the ROM. */
#ifndef VMRIG_EMU_ESP_ROM_H
#define VMRIG_EMU_ESP_ROM_H

#include "devices/esp/loader.h"

enum { ESP_ROM_ISRS = 32 };

/* What the ROM's functions keep in RAM for others to look at: at the end of the chip's RAM, ESP32-C3's esp32c3.rom.ld. */
enum {
    ESP_ROM_STACK = 0x3FCDE710,
    ESP_ROM_UART_DEVICE = 0x3FCDF000,
    ESP_ROM_FLASH_CHIP = 0x3FCDF100,    /* id, size, block, sector, page, mask of the status */
    ESP_ROM_FLASH_DATA_P = 0x3FCDFFF0,  /* rom_spiflash_legacy_data */
    ESP_ROM_FLASH_FUNCS_P = 0x3FCDFFF4, /* rom_spiflash_legacy_funcs */
};

typedef struct {
    emu_device base;
    uint32_t strap_pin;
    uint32_t fuses;                     /* address of the register with those that it heeds; 0: none */
    bool download;                      /* what the pin said when the reset was let go of */
    uint32_t boot_offset;               /* of the image in flash that it boots */
    emu_device *uart[ESP_LOADER_PORTS]; /* NULL: the chip has no such device here */
    emu_memory *rom;                    /* NULL: nothing is executed */
    emu_reset_kind reset_kind;
    uint32_t tries;              /* to boot from a flash that has nothing to boot */
    uint32_t entry;              /* of the program that is being started */
    uint8_t speaking;            /* the port of the ROM's prints while it is in its loader, or in what that has loaded */
    bool shut[ESP_LOADER_PORTS]; /* a program wants no prints there */
    uint32_t cpu_mhz;
    uint32_t functions[3]; /* how many there are in each of the ROM's lists */
    struct {
        uint32_t handler, argument;
    } isr[ESP_ROM_ISRS];
    esp_loader loader;
} esp_rom_device;

enum { ESP_ROM_BOOT = 0 /* ESP_LOADER_EVENT = 1 */, ESP_ROM_ENTER = 2, ESP_ROM_RETRY = 3 };

/* --- boot.c */
void esp_rom_boot(esp_rom_device *r);
void esp_rom_boot_flash(esp_rom_device *r); /* as the strapping pins say, whatever they say */
void esp_rom_enter(esp_rom_device *r);      /* lets the core run from `entry` on */
void esp_rom_retry(esp_rom_device *r);
void esp_rom_panic(esp_rom_device *r, uint32_t cause, uint32_t address);
/* Flash offset 0 on: to RAM, and `entry`. */
typedef enum { ESP_IMAGE_GOOD, ESP_IMAGE_NONE, ESP_IMAGE_BROKEN } esp_image_state;

/* --- rom_calls.c: false: a fault of the store */
bool esp_rom_call(esp_rom_device *r, uint32_t trap);
void esp_rom_count(esp_rom_device *r); /* its functions */

/* What calls are given, and how they look at the chip. */
typedef struct {
    esp_rom_device *r;
    emu_machine *m;
    uint32_t a[8];  /* arguments; a[0] is the result */
    uint32_t state; /* 0 at the first time, kept while `again` */
    bool again;
} esp_call;

typedef void (*esp_rom_function)(esp_call *c);
typedef struct {
    uint32_t at; /* offset in the ROM where programs call it */
    esp_rom_function function;
} esp_rom_entry;
/* The ROM of a chip whose core runs programs. rom_image.c numbers the traps of the functions in their order; each list ends with NULL. */
enum { ESP_ROM_LISTS = 3 };
typedef struct {
    uint32_t chip_id;
    uint32_t stack;
    const esp_rom_entry *lists[ESP_ROM_LISTS]; /* NULL: no more */
    uint32_t sort;                             /* where programs call qsort, which is more than a trap; 0: it has none */
} esp_rom_kind;
extern const esp_rom_entry esp_rom_math_entries[], esp_rom_libc_entries[];
const esp_rom_kind *esp_rom_kind_of(uint32_t chip_id); /* of one that is not known: the ESP32-C3's */

/* --- rom_image.c: false: there is no such memory, or it is too small */
bool esp_rom_write_image(emu_machine *m, emu_memory *rom, uint32_t traps, const esp_rom_kind *kind);
enum { ESP_ROM_TRAPS_SIZE = 0x800, ESP_ROM_VECTORS = 0x2E00 };
enum { ESP_TRAP_UNKNOWN, ESP_TRAP_DISPATCH, ESP_TRAP_SORT, ESP_TRAP_FIRST };
/* Registers of the stubs: what the call leaves there and finds there again. */
enum { ESP_REG_RA = 1, ESP_REG_SP = 2, ESP_REG_AGAIN = 5, ESP_REG_STATE = 7, ESP_REG_A0 = 10, ESP_REG_PC = 32 };

/* The core's address space. */
uint32_t esp_rom_get(esp_rom_device *r, uint32_t address);
void esp_rom_set(esp_rom_device *r, uint32_t address, uint32_t value);
void esp_rom_copy_in(esp_rom_device *r, uint32_t address, void *out, uint32_t length);
void esp_rom_copy_out(esp_rom_device *r, uint32_t address, const void *data, uint32_t length);
/* The call takes so long, and is made again then. */
void esp_call_wait(esp_call *c, uint64_t cycles);
/* A byte to one of the ports where the ROM prints. false: there is no room now. */
bool esp_rom_put(esp_rom_device *r, unsigned port, uint8_t byte);
void esp_rom_flush(esp_rom_device *r); /* what was put is sent */

/* --- rom_flash.c, rom_print.c, rom_data.c */
void esp_rom_flash_set_up(esp_rom_device *r);
void esp_rom_flash_id(esp_rom_device *r);
void esp_call_printf(esp_call *c);
void esp_call_write_encrypted(esp_call *c);
void esp_call_erase_chip(esp_call *c);
void esp_call_erase_block(esp_call *c);
void esp_call_erase_sector(esp_call *c);
void esp_call_erase_area(esp_call *c);
void esp_call_flash_write(esp_call *c);
void esp_call_flash_read(esp_call *c);
void esp_call_config_param(esp_call *c);
void esp_call_update_id(esp_call *c);
void esp_call_flash_attach(esp_call *c);
void esp_call_flash_wait(esp_call *c);
void esp_call_write_enable(esp_call *c);
void esp_call_read_status(esp_call *c);
void esp_call_read_status_high(esp_call *c);
void esp_call_write_status(esp_call *c);
void esp_call_mmu_init(esp_call *c);
void esp_call_mmu_set(esp_call *c);
void esp_call_cache_enable(esp_call *c);
void esp_call_cache_disable(esp_call *c);
void esp_call_cache_init(esp_call *c);
void esp_rom_map_flash(esp_rom_device *r); /* all of it, from its beginning on, as for a program that runs from there */
void esp_call_memset(esp_call *c);
void esp_call_memcpy(esp_call *c);
void esp_call_memcmp(esp_call *c);
void esp_call_bzero(esp_call *c);
void esp_call_strlen(esp_call *c);
void esp_call_strcmp(esp_call *c);
void esp_call_strncmp(esp_call *c);
void esp_call_strcpy(esp_call *c);
void esp_call_strncpy(esp_call *c);
void esp_call_md5_init(esp_call *c);
void esp_call_md5_update(esp_call *c);
void esp_call_md5_final(esp_call *c);
void esp_call_crc32_le(esp_call *c);
void esp_call_sha_init(esp_call *c);
void esp_call_sha_update(esp_call *c);
void esp_call_sha_finish(esp_call *c);
void esp_call_sort_step(esp_call *c);
void esp_call_inflate(esp_call *c);

#endif
