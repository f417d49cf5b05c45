/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/esp/rom.h"

#include <stdio.h>
#include <string.h>

#include "devices/esp/uart.h"
#include "machine.h"

/* Of all stubs that tools have loaded so far the smallest has more, a program for a try is smaller. */
enum { STUB_SIZE_MIN = 1536 };
enum { BOOT_US = 1000 }; /* from reset until the first text is sent */

static void loader_event(esp_rom_device *r) {
    esp_loader *l = &r->loader;
    switch (esp_loader_event(l)) {
    case ESP_LOADER_STAYS: break;
    case ESP_LOADER_RUNS:
        r->speaking = (uint8_t)l->active;
        if (l->stub_emulated && l->program_size >= STUB_SIZE_MIN) {
            esp_loader_greet(l);
        } else { /* what was loaded speaks for itself now, on a port that is as the ROM uses it */
            esp_loader_stop(l);
            r->entry = l->entry;
            esp_rom_enter(r);
        }
        break;
    case ESP_LOADER_BOOTS:
        esp_loader_stop(l);
        emu_set_download_mode(r->base.machine, false);
        esp_rom_boot_flash(r);
        break;
    case ESP_LOADER_RESETS: emu_request_reset(r->base.machine, EMU_RESET_SOFT); break;
    }
}

static void event(emu_device *d, uint32_t id) {
    esp_rom_device *r = (esp_rom_device *)d;
    switch (id) {
    case ESP_ROM_BOOT: esp_rom_boot(r); break;
    case ESP_LOADER_EVENT: loader_event(r); break;
    case ESP_ROM_ENTER: esp_rom_enter(r); break;
    case ESP_ROM_RETRY: esp_rom_retry(r); break;
    default: break;
    }
}

/* The trap page. Only the ROM's own stubs reach it: for all others there is nothing. */
static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    esp_rom_device *r = (esp_rom_device *)d;
    emu_machine *m = d->machine;
    bool from_rom = r->rom && !m->debug_access && emu_core_get(m, ESP_REG_PC) - emu_memory_base(r->rom) < emu_memory_size(r->rom);
    if (!from_rom || size != 4 || !esp_rom_call(r, offset / 4)) emu_log_unmodelled(m, d->base + offset, value, size, true);
}

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    emu_log_unmodelled(d->machine, d->base + offset, 0, size, false);
    return 0;
}

static void serial_ready(emu_device *d, unsigned port) { esp_loader_heard(&((esp_rom_device *)d)->loader, port); }

static void reset(emu_device *d, emu_reset_kind kind) {
    esp_rom_device *r = (esp_rom_device *)d;
    esp_loader_stop(&r->loader);
    r->reset_kind = kind;
    r->download = r->strap_pin < 64 && emu_pin_level(d->machine, r->strap_pin) == EMU_LOW;
    r->speaking = 0;
    memset(r->shut, 0, sizeof r->shut);
    r->cpu_mhz = 40;
    memset(r->isr, 0, sizeof r->isr);
    if (r->rom) emu_core_hold(d->machine, 0, true); /* what the ROM does first is done without it */
    emu_schedule_ns(d, ESP_ROM_BOOT, BOOT_US * 1000u);
}

static void link(emu_device *d) {
    static const char *const names[ESP_LOADER_PORTS] = {"UART0", "USB_DEVICE"};
    esp_rom_device *r = (esp_rom_device *)d;
    esp_loader *l = &r->loader;
    l->owner = d;
    l->spi = emu_device_by_name(d->machine, "SPI1");
    for (unsigned i = 0; i < ESP_LOADER_PORTS; i++) {
        r->uart[i] = emu_device_by_name(d->machine, names[i]);
        if (r->uart[i] && !esp_is_port(r->uart[i])) r->uart[i] = NULL;
        l->port[i] = r->uart[i] ? esp_port_number(r->uart[i]) : i == 0 ? 0 : -1; /* a chip with no devices has its line all the same */
    }
    esp_rom_count(r);
    r->rom = emu_memory_by_name(d->machine, "rom");
    if (!d->base || !esp_rom_write_image(d->machine, r->rom, d->base, esp_rom_kind_of(l->chip_id))) r->rom = NULL;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const struct {
        const char *key;
        uint32_t value;
    } known[] = {{"chip_id", 5},   {"magic", 0},   {"security_flags", 0}, {"security_length", 20}, {"status_length", 4},
                 {"strap_pin", 9}, {"old_rom", 0}, {"stub_protocol", 0},  {"boot_offset", 0},      {"fuses", 0}};
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
    r->boot_offset = value[8];
    r->fuses = value[9];
    return true;
}

const emu_device_class esp_rom = {
    .type = "esp.rom",
    .struct_size = sizeof(esp_rom_device),
    .region_size = ESP_ROM_TRAPS_SIZE,
    .init = init,
    .reset = reset,
    .event = event,
    .serial_ready = serial_ready,
    .read = read,
    .write = write,
    .link = link,
};
