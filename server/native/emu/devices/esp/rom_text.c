/* SPDX-License-Identifier: Apache-2.0 */
/* The first lines of a boot log, by which people and tools see what a chip is and why it was reset. (ESP-IDF Programming Guide, "Fatal
 * Errors", "Boot Mode Selection" of esptool's documentation; soc/reset_reasons.h of each chip for the causes.) */
#include "devices/esp/rom_text.h"

#include <stdio.h>

enum { ESP32 = 0, ESP32_C3 = 5, ESP32_S3 = 9, ESP32_C6 = 13, ESP32_H2 = 16 };

typedef struct {
    uint32_t chip_id;
    const char *head;                /* in front of the reset's cause */
    const char *download, *flash;    /* the strapping pins and what they mean */
    const char *power_on, *watchdog; /* names of causes 0x1 and 0x10 */
    const char *software;            /* of 0x3 */
} rom_text;

static const rom_text TEXTS[] = {
    {ESP32, "ets Jul 29 2019 12:21:46\r\n\r\n", "0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))", "0x13 (SPI_FAST_FLASH_BOOT)",
     "POWERON_RESET", "RTCWDT_RTC_RESET", "SW_RESET"},
    {ESP32_C3, "ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\n", "0x4 (DOWNLOAD(USB/UART0/1))", "0xc (SPI_FAST_FLASH_BOOT)",
     "POWERON", "RTCWDT_RTC_RST", "RTC_SW_SYS_RST"},
    {ESP32_S3, "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\n", "0x0 (DOWNLOAD(USB/UART0))", "0x8 (SPI_FAST_FLASH_BOOT)", "POWERON",
     "RTCWDT_RTC_RST", "RTC_SW_SYS_RST"},
    {ESP32_C6, "ESP-ROM:esp32c6-20220919\r\nBuild:Sep 19 2022\r\n", "0x4 (DOWNLOAD(USB/UART0/SDIO_REI_FEO))", "0xc (SPI_FAST_FLASH_BOOT)",
     "POWERON", "LP_WDT_SYS", "LP_SW_HPSYS"},
    {ESP32_H2, "ESP-ROM:esp32h2-20221101\r\nBuild:Nov  1 2022\r\n", "0x4 (DOWNLOAD(USB/UART0))", "0xc (SPI_FAST_FLASH_BOOT)", "POWERON",
     "LP_WDT_SYS", "LP_SW_HPSYS"},
};

static const rom_text *text_of(uint32_t chip_id) {
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        if (TEXTS[i].chip_id == chip_id) return &TEXTS[i];
    return &TEXTS[1];
}

bool esp_rom_waits_aloud(uint32_t chip_id) { return chip_id != ESP_ROM_ESP8266; }

/* The ESP32-C3's, and its like's. */
static const char *name_of(const rom_text *t, uint32_t cause) {
    static const char *const names[] = {[0x05] = "DSLEEP",
                                        [0x07] = "TG0WDT_SYS_RST",
                                        [0x08] = "TG1WDT_SYS_RST",
                                        [0x09] = "RTCWDT_SYS_RST",
                                        [0x0B] = "TG0WDT_CPU_RST",
                                        [0x0C] = "RTC_SW_CPU_RST",
                                        [0x0D] = "RTCWDT_CPU_RST",
                                        [0x0F] = "RTCWDT_BROWN_OUT_RST",
                                        [0x11] = "TG1WDT_CPU_RST",
                                        [0x12] = "SUPER_WDT_RST",
                                        [0x13] = "GLITCH_RTC_RST",
                                        [0x15] = "USB_UART_CHIP_RESET",
                                        [0x16] = "USB_JTAG_CHIP_RESET"};
    switch (cause) {
    case 0x01: return t->power_on;
    case 0x03: return t->software;
    case 0x10: return t->watchdog;
    default: return cause < sizeof names / sizeof *names && names[cause] ? names[cause] : "UNKNOWN";
    }
}

void esp_rom_greeting(uint32_t chip_id, emu_reset_kind reset, uint32_t cause, bool download, char out[ESP_ROM_TEXT_MAX]) {
    if (chip_id == ESP_ROM_ESP8266) {
        unsigned told = reset == EMU_RESET_POWER_ON ? 1 : reset == EMU_RESET_WATCHDOG ? 4 : 2; /* of a pin */
        snprintf(out, ESP_ROM_TEXT_MAX, "\r\n ets Jan  8 2013,rst cause:%u, boot mode:(%u,6)\r\n\r\n", told, download ? 1u : 3u);
        return;
    }
    const rom_text *t = text_of(chip_id);
    /* EN is the supply of the reset logic: to the chip, it is power that comes. */
    if (!cause) cause = reset == EMU_RESET_WATCHDOG ? 0x10 : reset == EMU_RESET_SOFT ? 0x3 : 0x1;
    snprintf(out, ESP_ROM_TEXT_MAX, "%srst:0x%x (%s),boot:%s\r\n", t->head, (unsigned)cause, name_of(t, cause),
             download ? t->download : t->flash);
}
