/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_EMU_ESP_SPI_MEM_H
#define VMRIG_EMU_ESP_SPI_MEM_H

#include "device.h"

/* What the ROM does with the flash, in one step each. `d` is a device of type esp.spi_mem; without cells behind it, it reads as erased. */
void esp_spi_attach(emu_device *d, bool attached); /* the pins lead to the flash: until then every read gives ones */
bool esp_spi_attached(const emu_device *d);
uint32_t esp_spi_flash_size(const emu_device *d);                              /* bytes of the NOR chip */
bool esp_spi_read(emu_device *d, uint32_t offset, void *out, uint32_t length); /* false: beyond the end, or the flash is busy */
/* Both take their time; nothing happens while the flash is busy. length of an erase: 4 KB, 64 KB or all. A program is within a page. */
void esp_spi_erase(emu_device *d, uint32_t offset, uint32_t length);
void esp_spi_program(emu_device *d, uint32_t offset, const uint8_t *data, uint32_t length);
uint64_t esp_spi_busy_until(const emu_device *d); /* cycle, 0: not busy */
uint32_t esp_spi_jedec(const emu_device *d);      /* manufacturer << 8 | type */
/* A command without an address: *out, if there is one, as up to two bytes; what comes back as up to four, little-endian. */
uint32_t esp_spi_command(emu_device *d, uint8_t opcode, const uint32_t *out);

#endif
