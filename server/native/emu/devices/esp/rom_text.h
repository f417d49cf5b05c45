/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_EMU_ESP_ROM_TEXT_H
#define VMRIG_EMU_ESP_ROM_TEXT_H

#include <stddef.h>

#include "device.h"

enum { ESP_ROM_TEXT_MAX = 160 }; /* bytes, terminator included */

/* What the ROM of a chip (esptool's chip id; ESP_ROM_ESP8266 for the one that has none) says after a reset, up to and without the line that
 * follows when it waits for a download. */
enum { ESP_ROM_ESP8266 = 0xFFFF };
/* `cause`: as the chip's reset state register tells it; 0: it has none here. */
void esp_rom_greeting(uint32_t chip_id, emu_reset_kind reset, uint32_t cause, bool download, char out[ESP_ROM_TEXT_MAX]);
bool esp_rom_waits_aloud(uint32_t chip_id); /* it says "waiting for download" */

#endif
