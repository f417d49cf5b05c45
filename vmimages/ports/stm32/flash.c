/* SPDX-License-Identifier: Apache-2.0 */
/* The flash controllers (PM0075, RM0090, RM0351). The core stands still while the bank that it runs from is erased or programmed, so
 * nothing here runs from RAM. */
#include <string.h>

#include "port_chip.h"
#include "registers.h"

#if F1
enum { PG = 1u << 0, PER = 1u << 1, STRT = 1u << 6 };
#define LOCK (1u << 7)
#define IDLE 0u
#elif F4
enum { PG = 1u << 0, SER = 1u << 1, STRT = 1u << 16 };
#define LOCK (1u << 31)
#define IDLE (2u << 8) /* PSIZE: words, at 2.7 to 3.6 V */
#else
enum { PG = 1u << 0, PER = 1u << 1, BKER = 1u << 11, STRT = 1u << 16 };
#define LOCK (1u << 31)
#define IDLE 0u
#endif

/* Waits; false: the controller has found a fault. */
static bool done(void) {
    while (FLASH_SR & FLASH_SR_BSY) {}
    uint32_t errors = FLASH_SR & FLASH_SR_ERRORS;
    FLASH_SR = errors | FLASH_SR_EOP;
    return !errors;
}

void flash_begin(void) {
    if (FLASH_CR & LOCK) {
        FLASH_KEYR = FLASH_KEY1;
        FLASH_KEYR = FLASH_KEY2;
    }
    done(); /* flags that an earlier fault has left would refuse what comes now */
}

void flash_end(void) { FLASH_CR = LOCK; }

#if F4
/* Of each megabyte: four sectors of 16 KB, one of 64 KB, the rest of 128 KB; the second one's numbers begin at 16. */
static uint32_t sector_number(uint32_t address) {
    uint32_t offset = address - LAYOUT_FLASH, bank = LAYOUT_FLASH_SIZE > 0x100000u ? offset / (LAYOUT_FLASH_SIZE / 2) : 0;
    offset -= bank * (LAYOUT_FLASH_SIZE / 2);
    return 16 * bank + (offset < 0x10000u ? offset / 0x4000u : offset < 0x20000u ? 4 : 4 + offset / 0x20000u);
}
#endif

bool flash_erase(uint32_t address, uint32_t size) {
    (void)size;
#if F1
    FLASH_CR = PER;
    FLASH_AR = address;
    FLASH_CR = PER | STRT;
#elif F4
    FLASH_CR = IDLE | SER | sector_number(address) << 3 | STRT;
#else
    uint32_t page = (address - LAYOUT_FLASH) / 2048u, of_a_bank = LAYOUT_FLASH_SIZE / 2 / 2048u;
    FLASH_CR = PER | (page >= of_a_bank ? BKER : 0) | page % of_a_bank << 3 | STRT;
#endif
    bool good = done();
    FLASH_CR = IDLE;
    return good;
}

bool flash_program(uint32_t address, const uint8_t *data, uint32_t length) {
    bool good = true;
    FLASH_CR = IDLE | PG;
    for (uint32_t at = 0; good && at < length;) {
#if F1
        uint16_t half;
        memcpy(&half, data + at, 2);
        REG16(address + at) = half;
        at += 2;
#else
        uint32_t word;
        for (unsigned i = 0; i < LAYOUT_WRITE_UNIT / 4; i++, at += 4) {
            memcpy(&word, data + at, 4);
            REG(address + at) = word;
        }
#endif
        good = done();
    }
    FLASH_CR = IDLE;
    return good;
}
