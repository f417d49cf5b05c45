/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/nor.h"

#include <string.h>

#include "devices/cells.h"

enum {
    WRITE_STATUS = 0x01,
    PAGE_PROGRAM = 0x02,
    READ_DATA = 0x03,
    WRITE_DISABLE = 0x04,
    READ_STATUS_1 = 0x05,
    WRITE_ENABLE = 0x06,
    FAST_READ = 0x0B,
    FAST_READ_4B = 0x0C,
    WRITE_STATUS_3 = 0x11,
    PAGE_PROGRAM_4B = 0x12,
    READ_DATA_4B = 0x13,
    READ_STATUS_3 = 0x15,
    SECTOR_ERASE = 0x20,
    SECTOR_ERASE_4B = 0x21,
    WRITE_STATUS_2 = 0x31,
    QUAD_PAGE_PROGRAM = 0x32,
    QUAD_PAGE_PROGRAM_4B = 0x34,
    READ_STATUS_2 = 0x35,
    READ_UNIQUE_ID = 0x4B,
    VOLATILE_WRITE_ENABLE = 0x50,
    BLOCK_ERASE_32K = 0x52,
    READ_SFDP = 0x5A,
    CHIP_ERASE_2 = 0x60,
    ENABLE_RESET = 0x66,
    MANUFACTURER_ID = 0x90,
    RESET = 0x99,
    JEDEC_ID = 0x9F,
    RELEASE_POWER_DOWN = 0xAB,
    ENTER_4B = 0xB7,
    POWER_DOWN = 0xB9,
    CHIP_ERASE = 0xC7,
    BLOCK_ERASE_64K = 0xD8,
    BLOCK_ERASE_64K_4B = 0xDC,
    EXIT_4B = 0xE9,
};
enum { BUSY = 1, WEL = 2, WRITE_STATUS_US = 10000 };

/* JESD216: the header, one table, and that table's first nine words; the third one is the density. */
static const uint8_t SFDP[] = {'S',  'F',  'D',  'P',  0x00, 0x01, 0x00, 0xFF, 0x00, 0x00, 0x01, 0x09, 0x30, 0x00, 0x00, 0xFF, 0xFF,
                               0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                               0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xE5, 0x20, 0xF1,
                               0xFF, 0x00, 0x00, 0x00, 0x00, 0x44, 0xEB, 0x08, 0x6B, 0x08, 0x3B, 0x42, 0xBB, 0xFE, 0xFF, 0xFF, 0xFF,
                               0xFF, 0xFF, 0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00, 0x0C, 0x20, 0x0F, 0x52, 0x10, 0xD8, 0x00, 0x00};
enum { SFDP_DENSITY = 0x34 };

static emu_machine *machine(const nor_flash *f) { return f->owner->machine; }
static uint32_t size(const nor_flash *f) { return emu_memory_size(f->cells); }

bool nor_is_busy(const nor_flash *f) { return f->operation != NOR_IDLE; }

/* --- operations ------------------------------------------------------------------------------------------------------------- */

static void begin(nor_flash *f, nor_operation operation, uint32_t offset, uint32_t length, uint32_t us) {
    f->operation = operation;
    f->offset = offset;
    f->length = length;
    f->started = emu_now(machine(f));
    f->until = f->started + emu_clock_hz(machine(f)) * us / 1000000u;
    emu_schedule(f->owner, NOR_EVENT, f->until);
}

void nor_start_erase(nor_flash *f, uint32_t offset, uint32_t length) {
    uint32_t us = length == NOR_SECTOR ? f->sector_us : length == 0x8000 ? f->block32_us : length == 0x10000 ? f->block64_us : f->chip_us;
    if (nor_is_busy(f)) return;
    offset %= size(f);
    if (length > size(f)) length = size(f);
    begin(f, NOR_ERASING, offset - offset % length, length, us);
}

/* The page buffer is as sent: an address beyond the page's end wraps to its beginning. */
static void program_page(nor_flash *f, uint32_t offset) {
    offset %= size(f);
    begin(f, NOR_PROGRAMMING, offset - offset % NOR_PAGE, NOR_PAGE, f->program_us);
}

void nor_start_program(nor_flash *f, uint32_t offset, const uint8_t *data, uint32_t length) {
    if (nor_is_busy(f)) return;
    memset(f->loaded, 0, sizeof f->loaded);
    for (uint32_t i = 0; i < length && i < NOR_PAGE; i++) {
        f->page[(offset + i) % NOR_PAGE] = data[i];
        f->loaded[(offset + i) % NOR_PAGE] = true;
    }
    program_page(f, offset);
}

static uint8_t target_of(const nor_flash *f, uint32_t i, uint8_t before) {
    if (f->operation == NOR_ERASING) return 0xFF;
    return f->loaded[i] ? before & f->page[i] : before; /* programming only clears bits */
}

/* Applies the operation as far as it has come, of 256. */
static void apply(nor_flash *f, uint32_t progress) {
    const uint8_t *bytes = emu_memory_bytes(f->cells);
    if (f->operation == NOR_ERASING && progress >= 256) {
        emu_memory_fill(machine(f), f->cells, f->offset, 0xFF, f->length);
        return;
    }
    for (uint32_t at = f->offset; at < f->offset + f->length; at += NOR_PAGE) {
        uint8_t page[NOR_PAGE];
        for (uint32_t i = 0; i < NOR_PAGE; i++) {
            uint8_t before = bytes[at + i], after = target_of(f, i, before);
            page[i] = progress >= 256 ? after : emu_cells_part_way(before, after, at + i, progress);
        }
        emu_memory_change(machine(f), f->cells, at, page, NOR_PAGE);
    }
}

void nor_event(nor_flash *f) {
    if (f->operation == NOR_STATUS) {
        f->status[0] = f->new_status[0] & 0xFC;
        f->status[1] = f->new_status[1];
        f->status[2] = f->new_status[2];
    } else {
        apply(f, 256);
    }
    f->operation = NOR_IDLE;
    f->write_enabled = false;
}

void nor_power_off(nor_flash *f) {
    uint64_t now = emu_now(machine(f));
    if ((f->operation == NOR_ERASING || f->operation == NOR_PROGRAMMING) && f->until > f->started) {
        uint64_t done = now > f->started ? now - f->started : 0, all = f->until - f->started;
        apply(f, done >= all ? 256 : (uint32_t)(done * 256 / all));
    }
    f->operation = NOR_IDLE;
}

void nor_reset(nor_flash *f, bool power_on) {
    if (power_on) {
        f->operation = NOR_IDLE;
        f->selected = f->write_enabled = f->powered_down = f->four_bytes = f->reset_enabled = false;
        f->count = 0;
    }
    if (nor_is_busy(f)) emu_schedule(f->owner, NOR_EVENT, f->until); /* the machine's reset has dropped it */
}

/* --- the wire ---------------------------------------------------------------------------------------------------------------- */

static bool takes_4_bytes(uint8_t command) {
    switch (command) {
    case READ_DATA_4B:
    case FAST_READ_4B:
    case PAGE_PROGRAM_4B:
    case QUAD_PAGE_PROGRAM_4B:
    case SECTOR_ERASE_4B:
    case BLOCK_ERASE_64K_4B: return true;
    default: return false;
    }
}

/* How many bytes of address follow this command. */
static uint32_t address_bytes(const nor_flash *f) {
    if (f->command == READ_SFDP || f->command == MANUFACTURER_ID) return 3;
    return f->four_bytes || takes_4_bytes(f->command) ? 4 : 3;
}

static bool programs(uint8_t command) {
    return command == PAGE_PROGRAM || command == QUAD_PAGE_PROGRAM || command == PAGE_PROGRAM_4B || command == QUAD_PAGE_PROGRAM_4B;
}

static int status_register(uint8_t command) { /* that the command writes; -1: it writes none */
    return command == WRITE_STATUS ? 0 : command == WRITE_STATUS_2 ? 1 : command == WRITE_STATUS_3 ? 2 : -1;
}

static void execute(nor_flash *f) { /* CS has gone high */
    bool addressed = f->count > address_bytes(f), reset_enabled = f->reset_enabled;
    f->reset_enabled = f->command == ENABLE_RESET;
    if (f->command == RELEASE_POWER_DOWN) f->powered_down = false;
    if (nor_is_busy(f) || f->powered_down) return;
    switch (f->command) {
    case WRITE_ENABLE:
    case VOLATILE_WRITE_ENABLE: f->write_enabled = true; return;
    case WRITE_DISABLE: f->write_enabled = false; return;
    case ENTER_4B:
    case EXIT_4B: f->four_bytes = f->command == ENTER_4B; return;
    case POWER_DOWN: f->powered_down = true; return;
    case RESET:
        if (reset_enabled) f->write_enabled = f->four_bytes = false;
        return;
    default: break;
    }
    if (!f->write_enabled) return;
    switch (f->command) {
    case SECTOR_ERASE:
    case SECTOR_ERASE_4B:
        if (addressed) nor_start_erase(f, f->address, NOR_SECTOR);
        break;
    case BLOCK_ERASE_32K:
        if (addressed) nor_start_erase(f, f->address, 0x8000);
        break;
    case BLOCK_ERASE_64K:
    case BLOCK_ERASE_64K_4B:
        if (addressed) nor_start_erase(f, f->address, 0x10000);
        break;
    case CHIP_ERASE:
    case CHIP_ERASE_2: nor_start_erase(f, 0, size(f)); break;
    default:
        if (programs(f->command) && f->count > address_bytes(f) + 1) program_page(f, f->address);
        if (status_register(f->command) >= 0 && f->count > 1) begin(f, NOR_STATUS, 0, 0, WRITE_STATUS_US);
        break;
    }
}

void nor_select(nor_flash *f, bool low) {
    if (f->selected == low) return;
    f->selected = low;
    if (!low && f->count) execute(f);
    f->count = 0;
}

static uint8_t status_1(const nor_flash *f) { return (uint8_t)(f->status[0] | (nor_is_busy(f) ? BUSY : 0) | (f->write_enabled ? WEL : 0)); }

static uint8_t sfdp(const nor_flash *f, uint32_t at) {
    if (at - SFDP_DENSITY < 4) return (uint8_t)((size(f) * 8u - 1) >> 8 * (at - SFDP_DENSITY)); /* in bits; of up to 2 Gbit */
    return at < sizeof SFDP ? SFDP[at] : 0xFF;
}

/* What comes back while byte n after the command goes in. */
static uint8_t data_out(nor_flash *f, uint32_t n) {
    uint32_t header = address_bytes(f);
    if (f->powered_down && f->command != RELEASE_POWER_DOWN) return 0xFF;
    switch (f->command) {
    case READ_STATUS_1: return status_1(f);
    case READ_STATUS_2: return f->status[1];
    case READ_STATUS_3: return f->status[2];
    case JEDEC_ID: return (uint8_t)(n == 1 ? f->jedec >> 8 : n == 2 ? f->jedec : n == 3 ? __builtin_ctz(size(f)) : 0);
    case MANUFACTURER_ID: return (uint8_t)(n < 4 ? 0 : n & 1 ? f->device_id : f->jedec >> 8);
    case RELEASE_POWER_DOWN: return n < 4 ? 0 : f->device_id;
    case READ_UNIQUE_ID: return n < 5 || n > 12 ? 0 : (uint8_t)(f->unique_id >> 8 * (12 - n));
    case FAST_READ:
    case FAST_READ_4B:
        header++; /* one byte of dummy cycles */
        /* fall through */
    case READ_DATA:
    case READ_DATA_4B:
        if (n > header && !nor_is_busy(f)) return emu_memory_bytes(f->cells)[f->address++ % size(f)];
        return 0;
    case READ_SFDP: return n > header + 1 ? sfdp(f, f->address++) : 0;
    default: return 0;
    }
}

static void data_in(nor_flash *f, uint32_t n, uint8_t in) {
    int status = status_register(f->command);
    if (status >= 0) { /* 01h goes on to the second register */
        unsigned i = (unsigned)status + n - 1;
        if (i < 3 && (n == 1 || (n == 2 && status == 0))) f->new_status[i] = in;
    } else if (n <= address_bytes(f)) {
        f->address = f->address << 8 | in;
    } else if (programs(f->command) && !nor_is_busy(f)) {
        f->page[f->address % NOR_PAGE] = in;
        f->loaded[f->address % NOR_PAGE] = true;
        f->address = (f->address & ~(NOR_PAGE - 1u)) | ((f->address + 1) & (NOR_PAGE - 1u));
    }
}

uint8_t nor_byte(nor_flash *f, uint8_t in) {
    if (!f->selected) return 0xFF;
    uint32_t n = f->count++;
    if (n) {
        uint8_t out = data_out(f, n);
        data_in(f, n, in);
        return out;
    }
    f->command = in;
    f->address = 0;
    if (!nor_is_busy(f)) {
        memset(f->loaded, 0, sizeof f->loaded);
        memcpy(f->new_status, f->status, sizeof f->new_status);
    }
    return 0xFF;
}
