/* SPDX-License-Identifier: Apache-2.0 */
/* What the ROM does after a reset: text, strapping pins, the loader, or the program in flash. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "devices/esp/rom.h"
#include "devices/esp/rom_text.h"
#include "devices/esp/spi_mem.h"
#include "devices/esp/uart.h"
#include "machine.h"

enum { SECURITY_DOWNLOAD = 4 }; /* of the security flags */
enum { HEADER = 24, SEGMENT_HEADER = 8, SEGMENTS_MAX = 16, IMAGE_MAGIC = 0xE9, CHECKSUM_SEED = 0xEF };
enum { RETRY_MS = 100, RETRIES = 8, CONSOLE_BAUD = 115200 };
#define DIRECT_BOOT 0xAEDB041Du
#define DIRECT_ENTRY 0x42000008u
#define INTERRUPTS 0x600C2000u
#define RTC_RESET_STATE 0x60008038u
#define SWD_CONF 0x600080ACu
#define SWD_WPROTECT 0x600080B0u
#define SWD_KEY 0x8F1D312Au
#define SWD_FEED (1u << 29)
enum { CSR = 0x1000, MSTATUS = CSR + 0x300, MTVEC = CSR + 0x305, MPCER = CSR + 0x7E0, MPCMR = CSR + 0x7E1, MACHINE_INTERRUPTS_ON = 0x1808 };

enum { FUSE_DIS_DIRECT_BOOT = 1 << 1, FUSE_SECURITY_DOWNLOAD = 1 << 5 }; /* EFUSE_RD_REPEAT_DATA3_REG */

static emu_machine *machine(const esp_rom_device *r) { return r->base.machine; }

static void print(esp_rom_device *r, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++)
        for (const char *c = text; r->loader.port[i] >= 0 && *c; c++) emu_serial_tx(machine(r), (unsigned)r->loader.port[i], (uint8_t)*c);
}

/* What the ROM's own use of UART0 leaves behind: its interrupt on this line, for whoever unmasks it, and that a pause raises it. */
static void route_uart(esp_rom_device *r) {
    enum { UART0_SOURCE = 21, UART0_LINE = 5, PRIORITY = 0x114, CONF1 = 0x24, RX_TOUT_EN = 1 << 21 };
    if (!r->rom || !r->uart[0]) return;
    esp_rom_set(r, r->uart[0]->base + CONF1, esp_rom_get(r, r->uart[0]->base + CONF1) | RX_TOUT_EN);
    esp_rom_set(r, INTERRUPTS + 4 * UART0_SOURCE, UART0_LINE);
    esp_rom_set(r, INTERRUPTS + PRIORITY + 4 * UART0_LINE, 1);
}

static uint32_t fuses(esp_rom_device *r) { return r->fuses ? esp_rom_get(r, r->fuses) : 0; }

static void start_loader(esp_rom_device *r) {
    route_uart(r);
    emu_set_download_mode(machine(r), true);
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++)
        if (r->uart[i]) esp_port_claim(r->uart[i], true);
    if (esp_rom_waits_aloud(r->loader.chip_id)) print(r, "waiting for download\r\n");
    esp_loader_start(&r->loader, r->loader.security_flags & SECURITY_DOWNLOAD || fuses(r) & FUSE_SECURITY_DOWNLOAD);
}

void esp_rom_boot(esp_rom_device *r) {
    char text[ESP_ROM_TEXT_MAX];
    /* The chip knows why it was reset; without that part of it modelled, the machine does. */
    uint32_t cause = emu_device_at(machine(r), RTC_RESET_STATE) && r->rom ? esp_rom_get(r, RTC_RESET_STATE) & 63 : 0;
    esp_rom_greeting(r->loader.chip_id, r->reset_kind, cause, r->download, text);
    if (r->uart[0]) esp_uart_set_baud(r->uart[0], CONSOLE_BAUD); /* which whatever runs next finds so */
    print(r, "%s", text);
    if (r->download)
        start_loader(r);
    else
        esp_rom_boot_flash(r);
}

/* --- the program in flash --------------------------------------------------------------------------------------------------------- */

static uint32_t word(const uint8_t *b) { return esp_loader_word(b); }

static bool read(esp_rom_device *r, uint32_t at, void *out, uint32_t length) {
    emu_device *spi = r->loader.spi;
    return spi && at <= esp_spi_flash_size(spi) && length <= esp_spi_flash_size(spi) - at && esp_spi_read(spi, at, out, length);
}

/* Copies a segment to its place and adds it to the checksum. false: it reaches beyond the flash, or goes where no RAM is. */
static bool load_segment(esp_rom_device *r, uint32_t at, uint32_t to, uint32_t length, uint8_t *checksum) {
    uint8_t bytes[1024];
    while (length) {
        uint32_t n = length < sizeof bytes ? length : sizeof bytes;
        if (!read(r, at, bytes, n)) return false;
        for (uint32_t i = 0; i < n; i++) *checksum ^= bytes[i];
        if (r->rom && !emu_dma_write(machine(r), to, bytes, n)) return false; /* without a core there need not be RAM */
        at += n;
        to += n;
        length -= n;
    }
    return true;
}

/* An image as esptool's elf2image makes it: what of it is for RAM goes there. What the checksum behind it covers is its segments. */
static esp_image_state load_image(esp_rom_device *r, uint32_t *size) {
    uint8_t header[HEADER], segment[SEGMENT_HEADER], checksum = CHECKSUM_SEED, stored;
    if (!read(r, r->boot_offset, header, sizeof header)) return ESP_IMAGE_NONE;
    if (header[0] != IMAGE_MAGIC || header[1] > SEGMENTS_MAX) return ESP_IMAGE_NONE;
    uint32_t at = r->boot_offset + HEADER;
    print(r, "SPIWP:0x%x\r\nmode:%s, clock div:%u\r\n", header[8],
          header[2] == 0   ? "QIO"
          : header[2] == 1 ? "QOUT"
          : header[2] == 2 ? "DIO"
                           : "DOUT",
          (header[3] & 15) == 15 ? 1u : (header[3] & 15) + 2u);
    for (unsigned i = 0; i < header[1]; i++) {
        if (!read(r, at, segment, sizeof segment)) return ESP_IMAGE_BROKEN;
        uint32_t to = word(segment), length = word(segment + 4);
        print(r, "load:0x%08x,len:0x%x\r\n", (unsigned)to, (unsigned)length);
        if (!load_segment(r, at + SEGMENT_HEADER, to, length, &checksum)) return ESP_IMAGE_BROKEN;
        at += SEGMENT_HEADER + length;
    }
    at |= 15; /* the checksum is the last byte of a line of 16 */
    if (!read(r, at, &stored, 1)) return ESP_IMAGE_BROKEN;
    if (stored != checksum) {
        print(r, "csum err:0x%x!=0x%x\r\n", checksum, stored);
        return ESP_IMAGE_BROKEN;
    }
    r->entry = word(header + 4);
    *size = at + 1;
    return ESP_IMAGE_GOOD;
}

void esp_rom_boot_flash(esp_rom_device *r) {
    enum { BYTE_NS = 125 };
    uint8_t start[8] = {0};
    uint32_t size = 0;
    if (r->loader.spi) esp_spi_attach(r->loader.spi, true);
    esp_image_state state = load_image(r, &size);
    if (state == ESP_IMAGE_GOOD) {
        print(r, "entry 0x%08x\r\n", (unsigned)r->entry);
        emu_schedule_ns(&r->base, ESP_ROM_ENTER, 1000 + (uint64_t)size * BYTE_NS);
        return;
    }
    (void)read(r, r->boot_offset, start, sizeof start);
    if (state == ESP_IMAGE_NONE && r->rom && !(fuses(r) & FUSE_DIS_DIRECT_BOOT) && word(start) == DIRECT_BOOT &&
        word(start + 4) == DIRECT_BOOT) {
        esp_rom_map_flash(r);
        r->entry = DIRECT_ENTRY;
        emu_schedule_ns(&r->base, ESP_ROM_ENTER, 1000);
        return;
    }
    if (state == ESP_IMAGE_BROKEN) print(r, "Invalid image block, can't boot.\r\n");
    r->tries = 0;
    esp_rom_retry(r);
}

/* Nothing to boot: says so until a watchdog bites, which runs since the reset; a chip that is modelled without one has it here. */
void esp_rom_retry(esp_rom_device *r) {
    uint8_t start[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    if (r->tries == RETRIES && !emu_device_at(machine(r), RTC_RESET_STATE)) {
        emu_request_reset(machine(r), EMU_RESET_WATCHDOG);
        return;
    }
    if (r->rom && emu_device_at(machine(r), SWD_CONF)) { /* real chips without a program report TG0WDT_SYS_RST, never the super watchdog */
        esp_rom_set(r, SWD_WPROTECT, SWD_KEY);
        esp_rom_set(r, SWD_CONF, esp_rom_get(r, SWD_CONF) | SWD_FEED);
        esp_rom_set(r, SWD_WPROTECT, 0);
    }
    (void)read(r, r->boot_offset, start, sizeof start);
    print(r, "invalid header: 0x%08x\r\n", (unsigned)word(start));
    r->tries++;
    emu_schedule_ns(&r->base, ESP_ROM_RETRY, RETRY_MS * UINT64_C(1000000));
}

void esp_rom_enter(esp_rom_device *r) {
    enum { HALTED_NS = 100000 };
    emu_machine *m = machine(r);
    if (!r->rom) {
        print(r, "(the core of this chip is not emulated: the program at 0x%08x does not run)\r\n", (unsigned)r->entry);
        return;
    }
    if (emu_core_halted(m)) { /* by a debugger, at the reset: what the ROM does is done by the core */
        emu_schedule_ns(&r->base, ESP_ROM_ENTER, HALTED_NS);
        return;
    }
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++)
        if (r->uart[i]) esp_port_claim(r->uart[i], false);
    esp_rom_flash_set_up(r);
    emu_core_hold(m, 0, false);
    emu_core_set(m, ESP_REG_SP, esp_rom_kind_of(r->loader.chip_id)->stack);
    emu_core_set(m, ESP_REG_RA, emu_memory_base(r->rom)); /* a program that returns goes to sleep */
    emu_core_set(m, MTVEC, (emu_memory_base(r->rom) + ESP_ROM_VECTORS) | 1);
    emu_core_set(m, MSTATUS, MACHINE_INTERRUPTS_ON);
    emu_core_set(m, MPCER, 1); /* the cycle counter runs: ESP-IDF's second stage waits by it */
    emu_core_set(m, MPCMR, 1);
    emu_core_set(m, ESP_REG_PC, r->entry);
}

void esp_rom_panic(esp_rom_device *r, uint32_t why, uint32_t address) {
    print(r, "\r\nException: MCAUSE 0x%08x, MEPC 0x%08x, MTVAL 0x%08x\r\n", (unsigned)why, (unsigned)address,
          (unsigned)emu_core_get(machine(r), CSR + 0x343));
}
