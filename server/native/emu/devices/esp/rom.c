/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM of Espressif's chips as far as a board's user meets it: what it does after a reset. The chip's own code is not ours to ship; the
 * loader is in loader.c. */
#include <stdio.h>
#include <string.h>

#include "devices/esp/loader.h"
#include "devices/esp/spi_mem.h"
#include "devices/esp/uart.h"
#include "machine.h"

enum { EVENT_BOOT = 0 };
enum { BOOT_US = 1000 }; /* from reset until the strapping pins are looked at and the first text is sent */
enum { SECURITY_DOWNLOAD = 4 };

typedef struct {
    emu_device base;
    uint32_t strap_pin;
    emu_device *uart[ESP_LOADER_PORTS]; /* NULL: the chip has no such device here */
    esp_loader loader;
} esp_rom_device;

static void print(esp_rom_device *r, const char *text) {
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++)
        for (const char *c = text; r->loader.port[i] >= 0 && *c; c++)
            emu_serial_tx(r->base.machine, (unsigned)r->loader.port[i], (uint8_t)*c);
}

static void start_loader(esp_rom_device *r) {
    emu_set_download_mode(r->base.machine, true);
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++)
        if (r->uart[i]) esp_port_claim(r->uart[i], true);
    print(r, "waiting for download\r\n");
    esp_loader_start(&r->loader, r->loader.security_flags & SECURITY_DOWNLOAD);
}

static void boot(esp_rom_device *r) {
    bool download = r->strap_pin < 64 && emu_pin_level(r->base.machine, r->strap_pin) == EMU_LOW;
    print(r, "ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\n");
    print(r, download ? "rst:0x1 (POWERON),boot:0x4 (DOWNLOAD(USB/UART0/1))\r\n" : "rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)\r\n");
    if (download) start_loader(r);
}

static void event(emu_device *d, uint32_t id) {
    esp_rom_device *r = (esp_rom_device *)d;
    if (id == EVENT_BOOT) {
        boot(r);
        return;
    }
    switch (esp_loader_event(&r->loader)) {
    case ESP_LOADER_STAYS: break;
    case ESP_LOADER_RUNS:
        if (r->loader.stub_emulated) esp_loader_greet(&r->loader);
        break;
    case ESP_LOADER_BOOTS:
    case ESP_LOADER_RESETS: emu_request_reset(d->machine, EMU_RESET_SOFT); break;
    }
}

static void serial_ready(emu_device *d, unsigned port) { esp_loader_heard(&((esp_rom_device *)d)->loader, port); }

static void reset(emu_device *d, emu_reset_kind kind) {
    esp_rom_device *r = (esp_rom_device *)d;
    (void)kind;
    esp_loader_stop(&r->loader);
    emu_schedule_ns(d, EVENT_BOOT, BOOT_US * 1000u);
}

static void link(emu_device *d) {
    esp_rom_device *r = (esp_rom_device *)d;
    esp_loader *l = &r->loader;
    l->owner = d;
    l->spi = emu_device_by_name(d->machine, "SPI1");
    static const char *const names[ESP_LOADER_PORTS] = {"UART0", "USB_DEVICE"};
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++) {
        r->uart[i] = emu_device_by_name(d->machine, names[i]);
        if (r->uart[i] && !esp_is_port(r->uart[i])) r->uart[i] = NULL;
        l->port[i] = r->uart[i] ? esp_port_number(r->uart[i]) : i == 0 ? 0 : -1; /* a chip with no devices has its line all the same */
    }
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const struct {
        const char *key;
        uint32_t value;
    } known[] = {{"chip_id", 5},       {"magic", 0},     {"security_flags", 0}, {"security_length", 20},
                 {"status_length", 4}, {"strap_pin", 9}, {"old_rom", 0},        {"stub_protocol", 0}};
    enum { KNOWN = sizeof known / sizeof *known };
    uint32_t value[KNOWN];
    esp_rom_device *r = (esp_rom_device *)d;
    for (size_t k = 0; k < KNOWN; k++) value[k] = known[k].value;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < KNOWN && strcmp(known[k].key, params[i].key) != 0) k++;
        if (k == KNOWN) {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: esp.rom has no parameter '%.60s'", d->name, params[i].key);
            return false;
        }
        value[k] = (uint32_t)params[i].value;
    }
    if (value[3] > 20 || (value[4] != 2 && value[4] != 4)) {
        snprintf(error, EMU_ERROR_MAX, "device %.60s: security_length is 0..20, status_length 2 or 4", d->name);
        return false;
    }
    r->loader.chip_id = value[0];
    r->loader.magic = value[1];
    r->loader.security_flags = value[2];
    r->loader.security_length = value[3];
    r->loader.status_length = value[4];
    r->strap_pin = value[5];
    r->loader.old_rom = value[6] != 0;
    r->loader.stub_emulated = value[7] != 0;
    return true;
}

const emu_device_class esp_rom = {
    .type = "esp.rom",
    .struct_size = sizeof(esp_rom_device),
    .region_size = 0,
    .init = init,
    .reset = reset,
    .event = event,
    .serial_ready = serial_ready,
    .link = link,
};
