/* SPDX-License-Identifier: Apache-2.0 */
/* The controller of the SPI flash (SPI1, and SPI0 that the cache uses), and the NOR chip behind it. Registers and bits as in the ESP32-C3's
 * spi_mem_reg.h; the other members of the family have them elsewhere, which is what the parameters say. Commands are done at once, what
 * they start in the flash takes its time. */
#include "devices/esp/spi_mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/nor.h"

enum { REGION = 0x400, CMD = 0x00, ADDR = 0x04, W_COUNT = 16 };
enum { /* of CMD */
       CMD_USR = 1u << 18,
       CMD_RES = 1u << 20,
       CMD_DP = 1u << 21,
       CMD_CE = 1u << 22,
       CMD_BE = 1u << 23,
       CMD_SE = 1u << 24,
       CMD_PP = 1u << 25,
       CMD_WRSR = 1u << 26,
       CMD_RDSR = 1u << 27,
       CMD_RDID = 1u << 28,
       CMD_WRDI = 1u << 29,
       CMD_WREN = 1u << 30,
};
#define CMD_READ (1u << 31)
#define USER_COMMAND (1u << 31)
enum { USER_ADDR = 1u << 30, USER_DUMMY = 1u << 29, USER_MISO = 1u << 28, USER_MOSI = 1u << 27 };
enum { DUAL_IO_READ = 0xBB, QUAD_IO_READ = 0xEB };

typedef struct {
    emu_device base;
    nor_flash flash;
    bool has_flash; /* the parameter: SPI0 of a chip has none of its own here, SPI1 has it */
    bool attached;
    /* where the registers are, from the base on */
    uint32_t at, usr, usr1, usr2, mosi, miso, status, w0;
    bool address_msb; /* the address is at the top end of ADDR */
    uint32_t word[REGION / 4];
    uint32_t neighbour[REGION / 4]; /* after a reset, of what shares the region and is not modelled */
} spi_mem;

static uint32_t *reg(spi_mem *s, uint32_t offset) { return &s->word[((s->at + offset) % REGION) / 4]; }

/* --- the wires --------------------------------------------------------------------------------------------------------------------- */

static bool connected(const spi_mem *s) { return s->has_flash && s->attached && s->flash.cells; }

static uint8_t clock_byte(spi_mem *s, uint8_t out) { return connected(s) ? nor_byte(&s->flash, out) : 0xFF; }

static void choose(spi_mem *s, bool low) {
    if (connected(s)) nor_select(&s->flash, low);
}

/* Byte n of the data buffer, W0's lowest first. */
static uint8_t buffered(spi_mem *s, uint32_t n) { return (uint8_t)(*reg(s, s->w0 + n % (4 * W_COUNT) / 4 * 4) >> n % 4 * 8); }

static void receive(spi_mem *s, uint32_t bits) {
    uint32_t bytes = (bits + 7) / 8;
    if (bytes > 4 * W_COUNT) bytes = 4 * W_COUNT;
    for (uint32_t n = 0; n < bytes; n += 4) *reg(s, s->w0 + n) = 0;
    for (uint32_t n = 0; n < bytes; n++) {
        uint32_t in = clock_byte(s, 0);
        if (n == bytes - 1 && bits % 8) in >>= 8 - bits % 8;
        *reg(s, s->w0 + n / 4 * 4) |= in << n % 4 * 8;
    }
}

/* The lengths of the two data phases in bits; the oldest part has them in USER1. */
static uint32_t mosi_bits(spi_mem *s) { return (s->mosi ? *reg(s, s->mosi) & 0x3FF : *reg(s, s->usr1) >> 17 & 0x1FF) + 1; }
static uint32_t miso_bits(spi_mem *s) { return (s->miso ? *reg(s, s->miso) & 0x3FF : *reg(s, s->usr1) >> 8 & 0x1FF) + 1; }

static void send_address(spi_mem *s, uint32_t value, uint32_t bits) {
    for (uint32_t sent = 0; sent < bits && sent < 32; sent += 8) clock_byte(s, (uint8_t)(value >> (24 - sent)));
}

static void user_command(spi_mem *s) {
    uint32_t user = *reg(s, s->usr), usr1 = *reg(s, s->usr1), command = *reg(s, s->usr2);
    uint8_t opcode = (uint8_t)command;
    choose(s, true);
    if (user & USER_COMMAND) {
        clock_byte(s, opcode);
        if (command >> 28 >= 8) clock_byte(s, (uint8_t)(command >> 8));
    }
    if (user & USER_ADDR) {
        uint32_t bits = (usr1 >> 26) + 1, value = *reg(s, ADDR);
        send_address(s, s->address_msb || bits >= 32 ? value : value << (32 - bits), bits);
    }
    if (user & USER_DUMMY) { /* cycles, of so many bits each */
        uint32_t lines = opcode == DUAL_IO_READ ? 2 : opcode == QUAD_IO_READ ? 4 : 1;
        for (uint32_t bits = ((usr1 & 0xFF) + 1) * lines; bits >= 8; bits -= 8) clock_byte(s, 0xFF);
    }
    if (user & USER_MOSI)
        for (uint32_t n = 0; n < (mosi_bits(s) + 7) / 8; n++) clock_byte(s, buffered(s, n));
    if (user & USER_MISO) receive(s, miso_bits(s));
    choose(s, false);
}

/* The commands that have a bit of their own. Address and count of a program or a read are both in ADDR. */
static void canned(spi_mem *s, uint8_t opcode, bool addressed, uint32_t out, uint32_t in) {
    choose(s, true);
    clock_byte(s, opcode);
    if (addressed) send_address(s, *reg(s, ADDR) << 8, 24);
    for (uint32_t n = 0; n < out; n++) clock_byte(s, buffered(s, n));
    if (in) receive(s, in * 8);
    choose(s, false);
}

static void read_status(spi_mem *s) {
    uint32_t saved = *reg(s, s->w0);
    canned(s, 0x05, false, 0, 1);
    *reg(s, s->status) = *reg(s, s->w0) & 0xFF;
    *reg(s, s->w0) = saved;
}

static void write_status(spi_mem *s) {
    uint32_t value = *reg(s, s->status);
    choose(s, true);
    clock_byte(s, 0x01);
    clock_byte(s, (uint8_t)value);
    choose(s, false);
}

static void command(spi_mem *s, uint32_t bits) {
    uint32_t count = *reg(s, ADDR) >> 24;
    if (bits & CMD_WREN) canned(s, 0x06, false, 0, 0);
    if (bits & CMD_WRDI) canned(s, 0x04, false, 0, 0);
    if (bits & CMD_RDID) canned(s, 0x9F, false, 0, 3);
    if (bits & CMD_RDSR) read_status(s);
    if (bits & CMD_WRSR) write_status(s);
    if (bits & CMD_READ) canned(s, 0x03, true, 0, count ? count : 4 * W_COUNT);
    if (bits & CMD_PP) canned(s, 0x02, true, count ? count : (mosi_bits(s) + 7) / 8, 0);
    if (bits & CMD_SE) canned(s, 0x20, true, 0, 0);
    if (bits & CMD_BE) canned(s, 0xD8, true, 0, 0);
    if (bits & CMD_CE) canned(s, 0x60, false, 0, 0);
    if (bits & CMD_DP) canned(s, 0xB9, false, 0, 0);
    if (bits & CMD_RES) canned(s, 0xAB, false, 0, 0);
    if (bits & CMD_USR) user_command(s);
}

/* --- what the ROM does ------------------------------------------------------------------------------------------------------------- */

void esp_spi_attach(emu_device *d, bool attached) { ((spi_mem *)d)->attached = attached; }
bool esp_spi_attached(const emu_device *d) { return connected((const spi_mem *)d); }

uint32_t esp_spi_flash_size(const emu_device *d) {
    const spi_mem *s = (const spi_mem *)d;
    return s->flash.cells ? emu_memory_size(s->flash.cells) : 0;
}

bool esp_spi_read(emu_device *d, uint32_t offset, void *out, uint32_t length) {
    spi_mem *s = (spi_mem *)d;
    if (!connected(s)) {
        memset(out, 0xFF, length);
        return true;
    }
    if (offset > esp_spi_flash_size(d) || length > esp_spi_flash_size(d) - offset || nor_is_busy(&s->flash)) return false;
    memcpy(out, emu_memory_bytes(s->flash.cells) + offset, length);
    return true;
}

void esp_spi_erase(emu_device *d, uint32_t offset, uint32_t length) {
    spi_mem *s = (spi_mem *)d;
    if (connected(s)) nor_start_erase(&s->flash, offset, length);
}

void esp_spi_program(emu_device *d, uint32_t offset, const uint8_t *data, uint32_t length) {
    spi_mem *s = (spi_mem *)d;
    if (connected(s)) nor_start_program(&s->flash, offset, data, length);
}

uint64_t esp_spi_busy_until(const emu_device *d) {
    const spi_mem *s = (const spi_mem *)d;
    return nor_is_busy(&s->flash) ? s->flash.until : 0;
}

uint32_t esp_spi_jedec(const emu_device *d) { return ((const spi_mem *)d)->flash.jedec; }

uint32_t esp_spi_command(emu_device *d, uint8_t opcode, const uint32_t *out) {
    spi_mem *s = (spi_mem *)d;
    uint32_t in = 0;
    choose(s, true);
    clock_byte(s, opcode);
    for (unsigned i = 0; out && i < 2; i++) clock_byte(s, (uint8_t)(*out >> 8 * i));
    for (unsigned i = 0; !out && i < 4; i++) in |= (uint32_t)clock_byte(s, 0) << 8 * i;
    choose(s, false);
    return in;
}

/* --- the device ----------------------------------------------------------------------------------------------------------------------- */

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    spi_mem *s = (spi_mem *)d;
    uint32_t word = s->word[offset % REGION / 4];
    if (size == 4) return word;
    return word >> 8 * (offset & 3) & (size == 1 ? 0xFFu : 0xFFFFu);
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    spi_mem *s = (spi_mem *)d;
    uint32_t *word = &s->word[offset % REGION / 4];
    if (size == 4) {
        *word = value;
    } else {
        uint32_t mask = (size == 1 ? 0xFFu : 0xFFFFu) << 8 * (offset & 3);
        *word = (*word & ~mask) | (value << 8 * (offset & 3) & mask);
    }
    if (word != reg(s, CMD)) return;
    value = *word;
    *word = 0; /* the bits are those of commands under way, and these are done */
    command(s, value);
    emu_download_active(d->machine, emu_now(d->machine));
}

static void event(emu_device *d, uint32_t id) {
    if (id == NOR_EVENT) nor_event(&((spi_mem *)d)->flash);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    spi_mem *s = (spi_mem *)d;
    memcpy(s->word, s->neighbour, sizeof s->word);
    *reg(s, s->usr) = USER_COMMAND;
    *reg(s, s->usr1) = 23u << 26 | 7;
    *reg(s, s->usr2) = 7u << 28;
    s->attached = false;
    nor_reset(&s->flash, kind == EMU_RESET_POWER_ON);
}

static void power_off(emu_device *d) { nor_power_off(&((spi_mem *)d)->flash); }

static void link(emu_device *d) {
    spi_mem *s = (spi_mem *)d;
    s->flash.owner = d;
    s->flash.cells = s->has_flash ? emu_memory_by_name(d->machine, "flash") : NULL;
}

/* Times are typical ones of a GD25Q32 (its data sheet, 7.6). */
static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const struct {
        const char *key;
        uint32_t value;
    } known[] = {{"flash", 1},           {"at", 0},
                 {"usr", 0x18},          {"usr1", 0x1C},
                 {"usr2", 0x20},         {"mosi_dlen", 0x24},
                 {"miso_dlen", 0x28},    {"rd_status", 0x2C},
                 {"w0", 0x58},           {"address_msb", 0},
                 {"jedec", 0xC840},      {"device_id", 0x15},
                 {"program_us", 600},    {"sector_us", 45000},
                 {"block32_us", 150000}, {"block64_us", 250000},
                 {"chip_us", 10000000},  {"unique_id", 0}};
    enum { KNOWN = sizeof known / sizeof *known };
    uint64_t value[KNOWN];
    spi_mem *s = (spi_mem *)d;
    for (size_t k = 0; k < KNOWN; k++) value[k] = known[k].value;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        char *end = NULL;
        while (k < KNOWN && strcmp(known[k].key, params[i].key) != 0) k++;
        unsigned long offset =
            strncmp(params[i].key, "word_", 5) == 0 ? strtoul(params[i].key + 5, &end, 16) : 0; /* word_14: from the base on */
        if (end && !*end && offset < REGION && offset % 4 == 0) {
            s->neighbour[offset / 4] = (uint32_t)params[i].value;
            continue;
        }
        if (k == KNOWN) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: esp.spi_mem has no parameter '%.60s'", d->name, params[i].key);
            return false;
        }
        value[k] = params[i].value;
    }
    s->has_flash = value[0] != 0;
    uint32_t *const places[] = {&s->at, &s->usr, &s->usr1, &s->usr2, &s->mosi, &s->miso, &s->status, &s->w0};
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        *places[k] = (uint32_t)value[k + 1];
        uint64_t from_base = k ? value[1] + value[k + 1] : value[1];
        if (from_base > REGION - 4 * W_COUNT || value[k + 1] & 3) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: %s is not a register's place", d->name, known[k + 1].key);
            return false;
        }
    }
    s->address_msb = value[9] != 0;
    s->flash.jedec = (uint16_t)value[10];
    s->flash.device_id = (uint8_t)value[11];
    s->flash.program_us = (uint32_t)value[12];
    s->flash.sector_us = (uint32_t)value[13];
    s->flash.block32_us = (uint32_t)value[14];
    s->flash.block64_us = (uint32_t)value[15];
    s->flash.chip_us = (uint32_t)value[16];
    s->flash.unique_id = value[17];
    return true;
}

const emu_device_class esp_spi_mem = {
    .type = "esp.spi_mem",
    .struct_size = sizeof(spi_mem),
    .region_size = REGION,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .event = event,
    .link = link,
    .power_off = power_off,
};
