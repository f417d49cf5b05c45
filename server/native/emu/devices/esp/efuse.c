/* SPDX-License-Identifier: Apache-2.0 */
/* The eFuse controller (ESP32-C3 TRM, chapter 4): the registers that show what is burnt, and how more is. The chip file gives what a chip
 * comes with, as `word_<offset in hexadecimal>`, and where this part of the family has its MAC address. What is burnt later is kept in the
 * memory "efuse", if there is one, whose ones are fuses that are whole.
 *
 * Burning: PGM_DATA0 to 7, a block's number and bit 1 of the command register; a fuse that is burnt stays so. Blocks but the first carry a
 * Reed-Solomon code and can be burnt once. The parameter `blocks` says that the blocks are where the ESP32-C3 has them; without it a
 * command to program changes nothing. Commands are done at once. Voltage, timing and the code's own bits are not looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

enum { REGION = 0x400, COMMAND_DEFAULT = 0x1D4, MAC_DEFAULT = 0x44 };
enum { MAC_PLAIN, MAC_ESP32, MAC_ESP8266 };

typedef struct {
    emu_device base;
    uint32_t command; /* offset of the register whose bits are commands */
    bool blocks;
    emu_memory *kept; /* NULL: what is burnt is kept as long as the machine */
    uint32_t word[REGION / 4];
    uint32_t given[REGION / 4]; /* by the chip file */
    uint32_t burnt[REGION / 4]; /* since then */
} efuse;

enum { BLOCKS = 11, BLOCK_WORDS = 8, FIRST_KEY = 4, KEYS = 6, PGM_DATA = 0x00, CONF_FROM_COMMAND = 8 };
enum { READ_COMMAND = 1, PROGRAM_COMMAND = 2, PROGRAM_KEY = 0x5A5A };
enum { WR_DIS = 0x2C, RPT_DATA0 = 0x30 };
/* Of each block: where it shows, its words, the bit of WR_DIS that protects it (-1: its fields have bits of their own). */
static const struct {
    uint16_t at;
    uint8_t words;
    int8_t protect;
} BLOCK[BLOCKS] = {{0x2C, 6, -1}, {0x44, 6, 20}, {0x5C, 8, 21},  {0x7C, 8, 22},  {0x9C, 8, 23}, {0xBC, 8, 24},
                   {0xDC, 8, 25}, {0xFC, 8, 26}, {0x11C, 8, 27}, {0x13C, 8, 28}, {0x15C, 8, 29}};

static uint32_t fuse(const efuse *e, uint32_t offset) { return e->given[offset / 4] | e->burnt[offset / 4]; }

/* The registers show the fuses as they were when they were last read: at a reset, or by command. Keys can be hidden from programs. */
static void show(efuse *e) {
    for (uint32_t i = 0; i < REGION / 4; i++) e->word[i] = e->given[i] | e->burnt[i];
    for (unsigned key = 0; e->blocks && key <= KEYS; key++) /* bit 6: the block behind the keys */
        if (fuse(e, RPT_DATA0) >> key & 1) memset(&e->word[BLOCK[FIRST_KEY + key].at / 4], 0, BLOCK_WORDS * 4);
}

static void keep(efuse *e, uint32_t offset) {
    uint32_t left = ~e->burnt[offset / 4];
    uint8_t bytes[4] = {(uint8_t)left, (uint8_t)(left >> 8), (uint8_t)(left >> 16), (uint8_t)(left >> 24)};
    if (e->kept) emu_memory_change(e->base.machine, e->kept, offset, bytes, sizeof bytes);
}

static void program(efuse *e, unsigned block) {
    if (block >= BLOCKS) return;
    if (BLOCK[block].protect >= 0 && fuse(e, WR_DIS) >> BLOCK[block].protect & 1) return;
    for (uint32_t i = 0; i < BLOCK[block].words; i++) {
        uint32_t at = BLOCK[block].at + 4 * i;
        e->burnt[at / 4] |= e->word[PGM_DATA / 4 + i] & ~e->given[at / 4];
        keep(e, at);
    }
}

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    uint32_t word = ((efuse *)d)->word[offset / 4];
    return size == 4 ? word : word >> 8 * (offset & 3) & (size == 1 ? 0xFFu : 0xFFFFu);
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    efuse *e = (efuse *)d;
    bool shows = e->blocks ? offset >= BLOCK[0].at && offset < BLOCK[BLOCKS - 1].at + 4u * BLOCK_WORDS : fuse(e, offset & ~3u) != 0;
    if (size != 4 || shows) return;
    if (offset != e->command) {
        e->word[offset / 4] = value;
        return;
    }
    if (value & PROGRAM_COMMAND && e->blocks && e->word[(e->command - CONF_FROM_COMMAND) / 4] == PROGRAM_KEY) program(e, value >> 2 & 15);
    if (value & READ_COMMAND) {
        uint32_t conf = e->word[(e->command - CONF_FROM_COMMAND) / 4];
        show(e);
        e->word[(e->command - CONF_FROM_COMMAND) / 4] = conf;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    (void)kind;
    show((efuse *)d);
}

static void link(emu_device *d) {
    efuse *e = (efuse *)d;
    e->kept = emu_memory_by_name(d->machine, "efuse");
    if (e->kept && emu_memory_size(e->kept) < REGION) e->kept = NULL;
    for (uint32_t i = 0; e->kept && i < REGION / 4; i++) {
        const uint8_t *b = emu_memory_bytes(e->kept) + 4 * i;
        e->burnt[i] = ~(b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
    }
}

/* The polynomial of the MAC's check in the first member of the family, reflected. */
static uint8_t crc8(const uint8_t *data, size_t length) {
    uint8_t crc = 0;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++) crc = (uint8_t)(crc & 1 ? crc >> 1 ^ 0x8C : crc >> 1);
    }
    return crc;
}

static void put_mac(efuse *e, const uint8_t mac[6], uint32_t offset, unsigned form) {
    uint32_t *word = &e->given[offset / 4];
    if (form == MAC_ESP8266) { /* words 0, 1 and 3 of its one-time memory */
        word[0] |= (uint32_t)mac[5] << 24;
        word[1] |= (uint32_t)mac[3] << 8 | mac[4];
        word[3] |= (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2];
        return;
    }
    word[0] |= (uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];
    word[1] |= (uint32_t)mac[0] << 8 | mac[1];
    if (form == MAC_ESP32) word[1] |= (uint32_t)crc8(mac, 6) << 16;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    efuse *e = (efuse *)d;
    uint64_t uid = 0, mac_at = MAC_DEFAULT, form = MAC_PLAIN, command = COMMAND_DEFAULT;
    for (size_t i = 0; i < count; i++) {
        const char *key = params[i].key;
        uint64_t value = params[i].value;
        char *end = NULL;
        unsigned long offset = strncmp(key, "word_", 5) == 0 && key[5] ? strtoul(key + 5, &end, 16) : 0;
        if (end && !*end && offset < REGION && offset % 4 == 0) {
            e->given[offset / 4] |= (uint32_t)value;
        } else if (strcmp(key, "uid_0") == 0) {
            uid |= (uint32_t)value;
        } else if (strcmp(key, "uid_1") == 0) {
            uid |= value << 32;
        } else if (strcmp(key, "mac") == 0) {
            mac_at = value;
        } else if (strcmp(key, "mac_form") == 0) {
            form = value;
        } else if (strcmp(key, "command") == 0) {
            command = value;
        } else if (strcmp(key, "blocks") == 0) {
            e->blocks = value != 0;
        } else {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: esp.efuse has no parameter '%.60s'", d->name, key);
            return false;
        }
    }
    if (command < CONF_FROM_COMMAND || command > REGION - 4 || command % 4) {
        snprintf(error, EMU_ERROR_MAX, "device %.60s: command must be a register's place", d->name);
        return false;
    }
    if (mac_at > REGION - 16 || mac_at % 4 || form > MAC_ESP8266) {
        snprintf(error, EMU_ERROR_MAX, "device %.60s: mac must be a register's place, and mac_form 0..%d", d->name, MAC_ESP8266);
        return false;
    }
    uint8_t mac[6];
    for (unsigned i = 0; i < sizeof mac; i++) mac[i] = (uint8_t)(uid >> 8 * i);
    put_mac(e, mac, (uint32_t)mac_at, (unsigned)form);
    e->command = (uint32_t)command;
    return true;
}

const emu_device_class esp_efuse = {
    .type = "esp.efuse",
    .struct_size = sizeof(efuse),
    .region_size = REGION,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .link = link,
};
