/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/rp2040/flash.h"

#include <string.h>

#include "devices/rp2040/rp.h"

enum {
    WRITE_STATUS = 0x01,
    PAGE_PROGRAM = 0x02,
    READ_DATA = 0x03,
    WRITE_DISABLE = 0x04,
    READ_STATUS_1 = 0x05,
    WRITE_ENABLE = 0x06,
    FAST_READ = 0x0B,
    READ_STATUS_3 = 0x15,
    SECTOR_ERASE = 0x20,
    WRITE_STATUS_2 = 0x31,
    QUAD_PAGE_PROGRAM = 0x32,
    READ_STATUS_2 = 0x35,
    READ_UNIQUE_ID = 0x4B,
    VOLATILE_WRITE_ENABLE = 0x50,
    BLOCK_ERASE_32K = 0x52,
    READ_SFDP = 0x5A,
    CHIP_ERASE_2 = 0x60,
    MANUFACTURER_ID = 0x90,
    JEDEC_ID = 0x9F,
    RELEASE_POWER_DOWN = 0xAB,
    CHIP_ERASE = 0xC7,
    BLOCK_ERASE_64K = 0xD8,
};
enum { BUSY = 1, WEL = 2, WRITE_STATUS_US = 10000 };
enum { WINBOND = 0xEF, DEVICE_ID = 0x14, MEMORY_TYPE = 0x40 };

static emu_machine *machine(const rp_flash *f) { return f->owner->machine; }
static uint32_t size(const rp_flash *f) { return emu_memory_size(f->cells); }

bool rp_flash_is_busy(const rp_flash *f) { return f->operation != RP_FLASH_IDLE; }

/* --- operations ------------------------------------------------------------------------------------------------------------- */

static void begin(rp_flash *f, rp_flash_operation operation, uint32_t offset, uint32_t length, uint32_t us) {
    f->operation = operation;
    f->offset = offset;
    f->length = length;
    f->started = emu_now(machine(f));
    f->until = f->started + rp_us(machine(f), us);
    emu_schedule(f->owner, RP_FLASH_EVENT, f->until);
}

void rp_flash_start_erase(rp_flash *f, uint32_t offset, uint32_t length) {
    uint32_t us = length == RP_FLASH_SECTOR ? f->sector_us
                  : length == 0x8000        ? f->block32_us
                  : length == 0x10000       ? f->block64_us
                                            : f->chip_us;
    if (rp_flash_is_busy(f)) return;
    offset %= size(f);
    if (length > size(f)) length = size(f);
    begin(f, RP_FLASH_ERASING, offset - offset % length, length, us);
}

/* The page buffer is as sent: an address beyond the page's end wraps to its beginning. */
static void program_page(rp_flash *f, uint32_t offset) {
    offset %= size(f);
    begin(f, RP_FLASH_PROGRAMMING, offset - offset % RP_FLASH_PAGE, RP_FLASH_PAGE, f->program_us);
}

void rp_flash_start_program(rp_flash *f, uint32_t offset, const uint8_t *data, uint32_t length) {
    if (rp_flash_is_busy(f)) return;
    memset(f->loaded, 0, sizeof f->loaded);
    for (uint32_t i = 0; i < length && i < RP_FLASH_PAGE; i++) {
        f->page[(offset + i) % RP_FLASH_PAGE] = data[i];
        f->loaded[(offset + i) % RP_FLASH_PAGE] = true;
    }
    program_page(f, offset);
}

/* How hard a cell is to change: fixed for each, so that the same cut at the same moment leaves the same cells. */
static uint32_t hardness(uint32_t cell) {
    cell = (cell ^ 61) ^ cell >> 16;
    cell *= 9;
    cell = (cell ^ cell >> 4) * 0x27D4EB2Du;
    return (cell ^ cell >> 15) & 0xFF;
}

static uint8_t target_of(const rp_flash *f, uint32_t i, uint8_t before) {
    if (f->operation == RP_FLASH_ERASING) return 0xFF;
    return f->loaded[i] ? before & f->page[i] : before; /* programming only clears bits */
}

/* Applies the operation as far as it has come, of 256. */
static void apply(rp_flash *f, uint32_t progress) {
    const uint8_t *bytes = emu_memory_bytes(f->cells);
    if (f->operation == RP_FLASH_ERASING && progress >= 256) {
        emu_memory_fill(machine(f), f->cells, f->offset, 0xFF, f->length);
        return;
    }
    for (uint32_t at = 0; at < f->length; at += RP_FLASH_PAGE) {
        uint8_t page[RP_FLASH_PAGE];
        for (uint32_t i = 0; i < RP_FLASH_PAGE; i++) {
            uint8_t before = bytes[f->offset + at + i], changing = before ^ target_of(f, i, before);
            page[i] = before;
            for (unsigned bit = 0; bit < 8; bit++)
                if (changing >> bit & 1 && hardness((f->offset + at + i) * 8 + bit) < progress) page[i] ^= (uint8_t)(1u << bit);
        }
        emu_memory_change(machine(f), f->cells, f->offset + at, page, RP_FLASH_PAGE);
    }
}

void rp_flash_event(rp_flash *f) {
    if (f->operation == RP_FLASH_STATUS) {
        f->status[0] = f->new_status[0] & 0xFC;
        f->status[1] = f->new_status[1];
    } else {
        apply(f, 256);
    }
    f->operation = RP_FLASH_IDLE;
    f->write_enabled = false;
}

void rp_flash_power_off(rp_flash *f) {
    uint64_t now = emu_now(machine(f));
    if ((f->operation == RP_FLASH_ERASING || f->operation == RP_FLASH_PROGRAMMING) && f->until > f->started) {
        uint64_t done = now > f->started ? now - f->started : 0, all = f->until - f->started;
        apply(f, done >= all ? 256 : (uint32_t)(done * 256 / all));
    }
    f->operation = RP_FLASH_IDLE;
}

void rp_flash_reset(rp_flash *f, bool power_on) {
    if (power_on) {
        f->operation = RP_FLASH_IDLE;
        f->selected = f->write_enabled = false;
        f->count = 0;
    }
    if (rp_flash_is_busy(f)) emu_schedule(f->owner, RP_FLASH_EVENT, f->until); /* the machine's reset has dropped it */
}

/* --- the wire ---------------------------------------------------------------------------------------------------------------- */

static void execute(rp_flash *f) { /* CS has gone high */
    bool addressed = f->count >= 4;
    if (rp_flash_is_busy(f)) return;
    switch (f->command) {
    case WRITE_ENABLE:
    case VOLATILE_WRITE_ENABLE: f->write_enabled = true; return;
    case WRITE_DISABLE: f->write_enabled = false; return;
    default: break;
    }
    if (!f->write_enabled) return;
    switch (f->command) {
    case SECTOR_ERASE:
        if (addressed) rp_flash_start_erase(f, f->address, RP_FLASH_SECTOR);
        break;
    case BLOCK_ERASE_32K:
        if (addressed) rp_flash_start_erase(f, f->address, 0x8000);
        break;
    case BLOCK_ERASE_64K:
        if (addressed) rp_flash_start_erase(f, f->address, 0x10000);
        break;
    case CHIP_ERASE:
    case CHIP_ERASE_2: rp_flash_start_erase(f, 0, size(f)); break;
    case PAGE_PROGRAM:
    case QUAD_PAGE_PROGRAM:
        if (f->count > 4) program_page(f, f->address);
        break;
    case WRITE_STATUS:
    case WRITE_STATUS_2:
        if (f->count > 1) begin(f, RP_FLASH_STATUS, 0, 0, WRITE_STATUS_US);
        break;
    default: break;
    }
}

void rp_flash_select_chip(rp_flash *f, bool low) {
    if (f->selected == low) return;
    f->selected = low;
    if (!low && f->count) execute(f);
    f->count = 0;
}

static uint8_t status_1(const rp_flash *f) {
    return (uint8_t)(f->status[0] | (rp_flash_is_busy(f) ? BUSY : 0) | (f->write_enabled ? WEL : 0));
}

/* What comes back while byte n after the command goes in. */
static uint8_t data_out(rp_flash *f, uint32_t n) {
    static const uint8_t jedec[] = {WINBOND, MEMORY_TYPE, 0};
    switch (f->command) {
    case READ_STATUS_1: return status_1(f);
    case READ_STATUS_2: return f->status[1];
    case READ_STATUS_3: return f->status[2];
    case JEDEC_ID:
        if (n == 3) return (uint8_t)__builtin_ctz(size(f)); /* capacity as a power of two */
        return n < 3 ? jedec[n - 1] : 0;
    case MANUFACTURER_ID: return n < 4 ? 0 : n & 1 ? DEVICE_ID : WINBOND;
    case RELEASE_POWER_DOWN: return n < 4 ? 0 : DEVICE_ID;
    case READ_UNIQUE_ID: return n < 5 || n > 12 ? 0 : (uint8_t)(f->unique_id >> 8 * (12 - n));
    case READ_DATA:
        if (n > 3 && !rp_flash_is_busy(f)) return emu_memory_bytes(f->cells)[f->address++ % size(f)];
        return 0;
    case FAST_READ:
        if (n > 4 && !rp_flash_is_busy(f)) return emu_memory_bytes(f->cells)[f->address++ % size(f)];
        return 0;
    case READ_SFDP: return 0xFF;
    default: return 0;
    }
}

static void data_in(rp_flash *f, uint32_t n, uint8_t in) {
    bool status = f->command == WRITE_STATUS || f->command == WRITE_STATUS_2;
    if (status) {
        unsigned i = f->command == WRITE_STATUS_2 ? 1 : n - 1;
        if (i < 2) f->new_status[i] = in;
    } else if (n <= 3) {
        f->address = f->address << 8 | in;
    } else if ((f->command == PAGE_PROGRAM || f->command == QUAD_PAGE_PROGRAM) && !rp_flash_is_busy(f)) {
        f->page[f->address % RP_FLASH_PAGE] = in;
        f->loaded[f->address % RP_FLASH_PAGE] = true;
        f->address = (f->address & ~(RP_FLASH_PAGE - 1u)) | ((f->address + 1) & (RP_FLASH_PAGE - 1u));
    }
}

uint8_t rp_flash_byte(rp_flash *f, uint8_t in) {
    if (!f->selected) return 0xFF;
    uint32_t n = f->count++;
    if (n) {
        uint8_t out = data_out(f, n);
        data_in(f, n, in);
        return out;
    }
    f->command = in;
    f->address = 0;
    if (!rp_flash_is_busy(f)) {
        memset(f->loaded, 0, sizeof f->loaded);
        memcpy(f->new_status, f->status, sizeof f->new_status);
    }
    return 0xFF;
}
