/* SPDX-License-Identifier: Apache-2.0 */
/* The eFuse controller's registers that show what is burnt: the MAC address where this part of the family has it, and the words that the
 * chip file gives as `word_<offset in hexadecimal>`. A command to read them anew is done at once. Fuses cannot be burnt here: a command to
 * program ends at once and changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

enum { REGION = 0x400, COMMAND_DEFAULT = 0x1D4, MAC_DEFAULT = 0x44 };
enum { MAC_PLAIN, MAC_ESP32, MAC_ESP8266 };

typedef struct {
    emu_device base;
    uint32_t command; /* offset of the register whose bits are commands */
    uint32_t word[REGION / 4];
    uint32_t burnt[REGION / 4];
} efuse;

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    uint32_t word = ((efuse *)d)->word[offset / 4];
    return size == 4 ? word : word >> 8 * (offset & 3) & (size == 1 ? 0xFFu : 0xFFFFu);
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    efuse *e = (efuse *)d;
    if (size != 4 || offset == e->command || e->burnt[offset / 4]) return;
    e->word[offset / 4] = value;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    efuse *e = (efuse *)d;
    (void)kind;
    memcpy(e->word, e->burnt, sizeof e->word);
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
    uint32_t *word = &e->burnt[offset / 4];
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
            e->burnt[offset / 4] |= (uint32_t)value;
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
        } else {
            snprintf(error, EMU_ERROR_MAX, "device %.60s: esp.efuse has no parameter '%.60s'", d->name, key);
            return false;
        }
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
};
