/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader's requests do. */
#include <string.h>

#include "devices/esp/loader.h"
#include "devices/esp/spi_mem.h"
#include "machine.h"

enum { /* requests */
       FLASH_BEGIN = 0x02,
       FLASH_DATA = 0x03,
       FLASH_END = 0x04,
       MEM_BEGIN = 0x05,
       MEM_END = 0x06,
       MEM_DATA = 0x07,
       SYNC = 0x08,
       WRITE_REG = 0x09,
       READ_REG = 0x0A,
       SPI_SET_PARAMS = 0x0B,
       SPI_ATTACH = 0x0D,
       READ_FLASH_SLOW = 0x0E,
       CHANGE_BAUDRATE = 0x0F,
       FLASH_DEFL_BEGIN = 0x10,
       FLASH_DEFL_DATA = 0x11,
       FLASH_DEFL_END = 0x12,
       SPI_FLASH_MD5 = 0x13,
       GET_SECURITY_INFO = 0x14,
       ERASE_FLASH = 0xD0,
       ERASE_REGION = 0xD1,
       READ_FLASH = 0xD2,
       RUN_USER_CODE = 0xD3,
};
enum { HEADER = 8, BLOCK_HEADER = 16, PAGE = 256, SECTOR = 0x1000, BLOCK = 0x10000, SLOW_READ = 64, READ_BLOCK_MAX = 4096 };
enum { MAGIC = 0x40001000 };  /* a word of the ROM by which older chips are told apart */
enum { SECURE_DOWNLOAD = 4 }; /* of the security flags */
enum { READ_BYTE_NS = 125 };  /* 8 MB/s: two wires at 40 MHz, and what lies between the commands */

static emu_machine *machine(const esp_loader *l) { return l->owner->machine; }
static bool stub(const esp_loader *l) { return l->dialect == ESP_LOADER_STUB; }
static const uint8_t *data(esp_loader *l) { return esp_loader_frame(l) + HEADER; }
/* The n-th word of the request; 0 behind its end. */
static uint32_t word(esp_loader *l, unsigned n) { return 4 * n + 4 <= l->length ? esp_loader_word(data(l) + 4 * n) : 0; }

static bool in_flash(const esp_loader *l, uint32_t at, uint32_t length) { return at <= l->flash_size && length <= l->flash_size - at; }

static bool read_flash(esp_loader *l, uint32_t at, void *out, uint32_t length) {
    if (l->spi) return esp_spi_read(l->spi, at, out, length);
    memset(out, 0xFF, length);
    return true;
}

/* --- the chip's address space, as the loader's code reaches it ----------------------------------------------------------------------- */

static uint32_t bus_read(esp_loader *l, uint32_t address) {
    emu_machine *m = machine(l);
    uint32_t value = 0;
    if (address == MAGIC && l->magic) return l->magic;
    bool debug_access = m->debug_access;
    m->debug_access = true; /* not one of the program's */
    if (emu_bus_read(m, address & ~3u, 4, &value) != EMU_BUS_OK) value = 0;
    m->debug_access = debug_access;
    return value;
}

static void bus_write(esp_loader *l, uint32_t address, uint32_t value) {
    emu_machine *m = machine(l);
    bool debug_access = m->debug_access;
    m->debug_access = true;
    (void)emu_bus_write(m, address & ~3u, 4, value);
    m->debug_access = debug_access;
}

/* Where nothing is, or something else than RAM, it is lost, as it is in the chip. */
static void memory_write(esp_loader *l, uint32_t address, const uint8_t *bytes, uint32_t length) {
    while (length) {
        const emu_memory *mem = emu_memory_at(machine(l), address);
        uint32_t here = mem ? emu_memory_base(mem) + emu_memory_size(mem) - address : 1024 - address % 1024;
        if (here > length) here = length;
        if (mem) emu_dma_write(machine(l), address, bytes, here);
        address += here;
        bytes += here;
        length -= here;
    }
}

/* --- downloads into RAM -------------------------------------------------------------------------------------------------------------- */

static bool checksum_is_right(esp_loader *l, uint32_t length) {
    uint8_t sum = 0xEF;
    for (uint32_t i = 0; i < length; i++) sum ^= data(l)[BLOCK_HEADER + i];
    return sum == l->check;
}

static esp_loader_result mem_begin(esp_loader *l) {
    if (l->length != 16) return ESP_ERR_LENGTH;
    l->mem_begun = true;
    l->mem_left = word(l, 0);
    l->mem_at = word(l, 3);
    return ESP_OK;
}

static esp_loader_result mem_data(esp_loader *l) {
    if (l->length < BLOCK_HEADER) return ESP_ERR_TOO_LITTLE;
    uint32_t length = l->length - BLOCK_HEADER;
    if (!l->mem_begun) return ESP_ERR_NOT_BEGUN;
    if (length != word(l, 0) || length > l->mem_left) return ESP_ERR_TOO_MUCH;
    if (!checksum_is_right(l, length)) return ESP_ERR_CHECKSUM;
    memory_write(l, l->mem_at, data(l) + BLOCK_HEADER, length);
    l->mem_at += length;
    l->mem_left -= length;
    l->mem_loaded += length;
    return ESP_OK;
}

static esp_loader_result mem_end(esp_loader *l) {
    if (l->length != 8) return ESP_ERR_LENGTH;
    if (!l->mem_begun && stub(l)) return ESP_ERR_NOT_BEGUN;
    l->mem_begun = false;
    if (word(l, 0)) return ESP_OK; /* stays in the loader */
    l->entry = word(l, 1);
    l->program_size = l->mem_loaded;
    l->mem_loaded = 0;
    l->end = ESP_LOADER_RUNS;
    return ESP_OK;
}

/* --- downloads into flash --------------------------------------------------------------------------------------------------------------
 */

static esp_loader_result flash_begin(esp_loader *l, bool compressed) {
    if (l->length != 16 && l->length != 20) return ESP_ERR_LENGTH;
    if (word(l, 4)) return ESP_ERR_FAILED; /* encrypted on its way into the flash: no key is burnt here */
    uint32_t size = word(l, 0), at = word(l, 3), end = at + size;
    if (!stub(l) && l->old_rom && l->spi) esp_spi_attach(l->spi, true);
    if (end < at || !in_flash(l, at, size)) return ESP_ERR_FAILED;
    l->flash_begun = true;
    l->compressed = compressed;
    l->flash_at = at;
    l->flash_left = size;
    l->dirty = false;
    l->erase_at = at & ~(SECTOR - 1u);
    l->erase_end = (end + SECTOR - 1) & ~(SECTOR - 1u);
    l->in_left = l->out_length = l->out_done = 0;
    if (compressed) esp_inflate_start(&l->inflate, false);
    if (!size) l->erase_end = l->erase_at;
    /* The ROM erases before it answers, the stub as it comes to write. */
    return stub(l) || l->erase_at == l->erase_end ? ESP_OK : ESP_BUSY;
}

static esp_loader_result flash_data(esp_loader *l, bool compressed) {
    if (l->length < BLOCK_HEADER) return ESP_ERR_LENGTH;
    uint32_t length = l->length - BLOCK_HEADER;
    if (!l->flash_begun || l->compressed != compressed) return ESP_ERR_NOT_BEGUN;
    if (word(l, 0) > length) return ESP_ERR_LENGTH;
    length = word(l, 0);
    if (!checksum_is_right(l, length)) return ESP_ERR_CHECKSUM;
    l->in_at = HEADER + BLOCK_HEADER;
    l->in_left = length;
    if (stub(l) && !compressed && l->in_left > l->flash_left) l->in_left = l->flash_left; /* the rest is padding */
    return ESP_BUSY;
}

static esp_loader_result flash_end(esp_loader *l) {
    if (l->length != 4) return ESP_ERR_LENGTH;
    if (stub(l)) {
        if (!l->flash_begun) return ESP_ERR_NOT_BEGUN;
        if (l->flash_left) return ESP_ERR_LENGTH;
    } else {
        l->end = word(l, 0) ? ESP_LOADER_BOOTS : ESP_LOADER_RESETS;
    }
    l->flash_begun = false;
    return ESP_OK;
}

/* Starts to erase what comes next, in the largest piece that may be. */
static void erase_step(esp_loader *l) {
    uint32_t left = l->erase_end - l->erase_at;
    uint32_t piece = l->erase_at % BLOCK == 0 && left >= BLOCK ? BLOCK : SECTOR;
    if (l->spi) esp_spi_erase(l->spi, l->erase_at, piece);
    l->erase_at += piece;
}

static bool sector_is_blank(esp_loader *l) {
    uint8_t bytes[SECTOR];
    if (!read_flash(l, l->erase_at, bytes, sizeof bytes)) return false;
    for (unsigned i = 0; i < SECTOR; i++)
        if (bytes[i] != 0xFF) return false;
    return true;
}

/* true: an erase is under way, or was found needless, that lies before `end`. */
static bool erase_before(esp_loader *l, uint32_t end) {
    while (l->erase_at < l->erase_end && l->erase_at < end) {
        if (l->dirty || !sector_is_blank(l)) {
            l->dirty = true;
            erase_step(l);
            return true;
        }
        l->erase_at += SECTOR;
    }
    return false;
}

/* Programs up to a page of these bytes; how many of them. 0: beyond the end of the flash. The flash is idle, and maybe erased first. */
static uint32_t program_step(esp_loader *l, const uint8_t *bytes, uint32_t length, bool *erasing) {
    uint32_t n = PAGE - l->flash_at % PAGE;
    if (n > length) n = length;
    *erasing = false;
    if (!in_flash(l, l->flash_at, n)) return 0;
    if (stub(l) && erase_before(l, l->flash_at + n)) {
        *erasing = true;
        return 0;
    }
    if (l->spi) esp_spi_program(l->spi, l->flash_at, bytes, n);
    l->flash_at += n;
    l->flash_left -= n < l->flash_left ? n : l->flash_left;
    return n;
}

static esp_loader_result write_plain(esp_loader *l) {
    bool erasing;
    if (!l->in_left) return ESP_OK;
    uint32_t n = program_step(l, esp_loader_frame(l) + l->in_at, l->in_left, &erasing);
    if (!n && !erasing) return ESP_ERR_FAILED;
    l->in_at += n;
    l->in_left -= n;
    return ESP_BUSY;
}

/* Inflates when all that was inflated is written, and writes when a page of it is there, or the stream is at its end. */
static esp_loader_result write_compressed(esp_loader *l) {
    size_t in = l->in_left, room = ESP_INFLATE_WINDOW - l->out_length;
    esp_inflate_result result = esp_inflate_run(&l->inflate, esp_loader_frame(l) + l->in_at, &in, l->window, ESP_INFLATE_WINDOW - 1u,
                                                l->out_length % ESP_INFLATE_WINDOW, &room);
    l->in_at += (uint32_t)in;
    l->in_left -= (uint32_t)in;
    l->out_length += (uint32_t)room;
    if (result == ESP_INFLATE_BAD) return ESP_ERR_INFLATE;
    uint32_t ready = l->out_length - l->out_done;
    if (ready && (ready >= PAGE || result != ESP_INFLATE_INPUT)) {
        bool erasing;
        uint32_t n = program_step(l, l->window + l->out_done, ready, &erasing);
        if (!n && !erasing) return ESP_ERR_FAILED;
        l->out_done += n;
        if (l->out_done == ESP_INFLATE_WINDOW) l->out_done = l->out_length = 0;
        return ESP_BUSY;
    }
    if (result == ESP_INFLATE_DONE) l->in_left = 0; /* what follows the stream is padding */
    return ESP_OK;
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------------
 */

static esp_loader_result read_slow(esp_loader *l) {
    if (l->length != 8) return ESP_ERR_LENGTH;
    uint32_t at = word(l, 0), length = word(l, 1);
    if (length > SLOW_READ || !in_flash(l, at, length)) return ESP_ERR_FAILED;
    memset(l->data, 0, SLOW_READ);
    if (!read_flash(l, at, l->data, length)) return ESP_ERR_FAILED;
    l->data_length = SLOW_READ;
    return ESP_OK;
}

static esp_loader_result digest_begin(esp_loader *l) {
    if (l->length != 16) return ESP_ERR_LENGTH;
    l->read_at = word(l, 0);
    l->read_left = word(l, 1);
    if (!in_flash(l, l->read_at, l->read_left)) return ESP_ERR_FAILED;
    esp_md5_start(&l->md5);
    return ESP_BUSY;
}

static esp_loader_result digest_step(esp_loader *l, uint64_t *wait_ns) {
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[SECTOR], digest[16];
    uint32_t n = l->read_left < SECTOR ? l->read_left : SECTOR;
    if (!read_flash(l, l->read_at, bytes, n)) return ESP_ERR_FAILED;
    esp_md5_update(&l->md5, bytes, n);
    l->read_at += n;
    l->read_left -= n;
    *wait_ns = (uint64_t)n * READ_BYTE_NS;
    if (l->read_left) return ESP_BUSY;
    esp_md5_finish(&l->md5, digest);
    l->data_length = stub(l) ? 16 : 32;
    for (unsigned i = 0; i < l->data_length; i++)
        l->data[i] = stub(l) ? digest[i] : (uint8_t)hex[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    return ESP_OK;
}

static esp_loader_result stream_begin(esp_loader *l) {
    if (l->length != 16) return ESP_ERR_LENGTH;
    l->read_at = word(l, 0);
    l->read_left = l->read_length = word(l, 1);
    l->read_block = word(l, 2);
    l->read_sent = 0;
    if (!l->read_block || l->read_block > READ_BLOCK_MAX) return ESP_ERR_LENGTH;
    if (!in_flash(l, l->read_at, l->read_left)) return ESP_ERR_FAILED;
    esp_md5_start(&l->md5);
    return ESP_BUSY;
}

/* One block is on its way at a time: the next one follows the host's word of what it has. */
static esp_loader_result stream_step(esp_loader *l) {
    uint8_t bytes[READ_BLOCK_MAX];
    unsigned port = (unsigned)l->port[l->active];
    if (l->read_sent && l->read_sent == l->read_length - l->read_left && l->streaming) return ESP_BUSY; /* not acknowledged yet */
    if (!l->read_left) {
        esp_md5_finish(&l->md5, bytes);
        esp_slip_send(machine(l), port, bytes, 16, NULL, 0);
        return ESP_OK;
    }
    uint32_t n = l->read_left < l->read_block ? l->read_left : l->read_block;
    if (!read_flash(l, l->read_at, bytes, n)) return ESP_ERR_FAILED;
    esp_md5_update(&l->md5, bytes, n);
    esp_slip_send(machine(l), port, bytes, n, NULL, 0);
    l->read_at += n;
    l->read_left -= n;
    l->read_sent = l->read_length - l->read_left;
    l->streaming = true;
    return ESP_BUSY;
}

void esp_loader_acknowledged(esp_loader *l) { l->read_sent = 0; }

bool esp_loader_answers_first(const esp_loader *l) {
    return l->op == READ_FLASH || (stub(l) && (l->op == FLASH_DATA || l->op == FLASH_DEFL_DATA));
}

/* --- the rest ------------------------------------------------------------------------------------------------------------------------- */

static esp_loader_result write_registers(esp_loader *l, uint64_t *wait_ns) {
    uint32_t n = l->registers_done / 2, all = l->length / 16;
    /* Each in two steps: the delay, then the write. */
    for (; n < all; n++) {
        uint32_t at = word(l, 4 * n), value = word(l, 4 * n + 1), mask = word(l, 4 * n + 2), delay_us = word(l, 4 * n + 3);
        if (delay_us && !(l->registers_done & 1)) {
            l->registers_done = 2 * n + 1;
            *wait_ns = (uint64_t)delay_us * 1000;
            return ESP_BUSY;
        }
        l->registers_done = 2 * n + 2;
        if (mask != UINT32_MAX) value = (value & mask) | (bus_read(l, at) & ~mask);
        bus_write(l, at, value);
    }
    return ESP_OK;
}

void esp_loader_security_info(const esp_loader *l, uint8_t info[20]) {
    memset(info, 0, 20);
    uint32_t flags = l->security_flags | (l->secure ? SECURE_DOWNLOAD : 0);
    for (unsigned i = 0; i < 4; i++) info[i] = (uint8_t)(flags >> 8 * i);
    for (unsigned i = 0; i < 4; i++) info[12 + i] = (uint8_t)(l->chip_id >> 8 * i); /* behind the flags, a count and 7 key purposes */
}

static esp_loader_result security_info(esp_loader *l) {
    if (l->length) return ESP_ERR_LENGTH;
    if (!l->security_length) return ESP_ERR_NOT_IMPLEMENTED;
    esp_loader_security_info(l, l->data);
    l->data_length = (uint8_t)l->security_length;
    return ESP_OK;
}

static esp_loader_result attach(esp_loader *l) {
    if (l->length != (stub(l) ? 4 : 8)) return ESP_ERR_LENGTH;
    if (l->spi) esp_spi_attach(l->spi, true);
    return ESP_OK;
}

static esp_loader_result set_params(esp_loader *l) {
    if (l->length != 24) return ESP_ERR_LENGTH;
    l->flash_size = word(l, 1);
    return ESP_OK;
}

static esp_loader_result erase_begin(esp_loader *l, uint32_t at, uint32_t length) {
    if (at % SECTOR || length % SECTOR) return ESP_ERR_LENGTH;
    if (!in_flash(l, at, length)) return ESP_ERR_FAILED;
    l->erase_at = at;
    l->erase_end = at + length;
    return ESP_BUSY;
}

static esp_loader_result erase_chip(esp_loader *l) {
    if (l->length) return ESP_ERR_LENGTH;
    l->erase_at = l->erase_end = 0;
    if (l->spi) esp_spi_erase(l->spi, 0, esp_spi_flash_size(l->spi));
    return ESP_BUSY;
}

static bool allowed_when_secure(uint8_t op) {
    return (op >= FLASH_BEGIN && op <= FLASH_END) || op == SYNC || op == SPI_SET_PARAMS || op == SPI_ATTACH || op == CHANGE_BAUDRATE ||
           op == GET_SECURITY_INFO;
}

static esp_loader_result perform_stub(esp_loader *l) { /* what only the stub knows */
    switch (l->op) {
    case ERASE_FLASH: return erase_chip(l);
    case ERASE_REGION: return l->length == 8 ? erase_begin(l, word(l, 0), word(l, 1)) : ESP_ERR_LENGTH;
    case READ_FLASH: return stream_begin(l);
    case RUN_USER_CODE: l->end = ESP_LOADER_BOOTS; return ESP_OK;
    default: return ESP_ERR_UNKNOWN;
    }
}

static bool known_to_rom(const esp_loader *l) {
    if (l->secure) return allowed_when_secure(l->op);
    return l->op <= (l->old_rom ? READ_REG : GET_SECURITY_INFO);
}

esp_loader_result esp_loader_perform(esp_loader *l) {
    if (!stub(l) && !known_to_rom(l)) return ESP_ERR_UNKNOWN;
    switch (l->op) {
    case SYNC:
        if (!stub(l)) l->value = 0x20120707;
        return ESP_OK;
    case MEM_BEGIN: return mem_begin(l);
    case MEM_DATA: return mem_data(l);
    case MEM_END: return mem_end(l);
    case FLASH_BEGIN: return flash_begin(l, false);
    case FLASH_DATA: return flash_data(l, false);
    case FLASH_END: return flash_end(l);
    case FLASH_DEFL_BEGIN: return flash_begin(l, true);
    case FLASH_DEFL_DATA: return flash_data(l, true);
    case FLASH_DEFL_END: return flash_end(l);
    case WRITE_REG: l->registers_done = 0; return l->length && l->length % 16 == 0 ? ESP_BUSY : ESP_ERR_TOO_LITTLE;
    case READ_REG:
        if (l->length != 4) return ESP_ERR_LENGTH;
        l->value = bus_read(l, word(l, 0));
        return ESP_OK;
    case SPI_SET_PARAMS: return set_params(l);
    case SPI_ATTACH: return attach(l);
    case READ_FLASH_SLOW: return stub(l) ? ESP_ERR_UNKNOWN : read_slow(l);
    case CHANGE_BAUDRATE: return l->length == 8 ? ESP_OK : ESP_ERR_LENGTH;
    case SPI_FLASH_MD5: return digest_begin(l);
    case GET_SECURITY_INFO: return security_info(l);
    default: return stub(l) ? perform_stub(l) : ESP_ERR_UNKNOWN;
    }
}

esp_loader_result esp_loader_work(esp_loader *l, uint64_t *wait_ns) {
    switch (l->op) {
    case FLASH_BEGIN:
    case FLASH_DEFL_BEGIN:
    case ERASE_REGION:
    case ERASE_FLASH:
        if (l->erase_at == l->erase_end) return ESP_OK;
        erase_step(l);
        return ESP_BUSY;
    case FLASH_DATA: return write_plain(l);
    case FLASH_DEFL_DATA: return write_compressed(l);
    case SPI_FLASH_MD5: return digest_step(l, wait_ns);
    case READ_FLASH: return stream_step(l);
    case WRITE_REG: return write_registers(l, wait_ns);
    default: return ESP_OK;
    }
}
