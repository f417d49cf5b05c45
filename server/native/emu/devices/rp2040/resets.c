/* SPDX-License-Identifier: Apache-2.0 */
/* RESETS (2.14): which blocks are held in reset. */
#include "devices/rp2040/rp.h"

#include <stddef.h>

enum { RESET = 0x0, WDSEL = 0x4, RESET_DONE = 0x8 };

static const char *const blocks[] = {/* by bit */
                                     "ADC",       "BUSCTRL", "DMA",   "I2C0",    "I2C1",    "IO_BANK0", "IO_QSPI", "JTAG", "PADS_BANK0",
                                     "PADS_QSPI", "PIO0",    "PIO1",  "PLL_SYS", "PLL_USB", "PWM",      "RTC",     "SPI0", "SPI1",
                                     "SYSCFG",    "SYSINFO", "TBMAN", "TIMER",   "UART0",   "UART1",    "USBCTRL"};
#define BLOCKS (sizeof blocks / sizeof *blocks)

typedef struct {
    rp_device rp;
    rp_device *block[BLOCKS]; /* NULL: not on this chip */
} resets;

static void link(emu_device *d) {
    resets *r = (resets *)d;
    for (unsigned i = 0; i < BLOCKS; i++) {
        emu_device *found = emu_device_by_name(d->machine, blocks[i]);
        r->block[i] = found && rp_is_rp(found) ? (rp_device *)found : NULL;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    resets *r = (resets *)d;
    uint32_t held = *rp_plain(d, RESET);
    if (offset != RESET) return;
    for (unsigned i = 0; i < BLOCKS; i++)
        if (r->block[i]) rp_hold(r->block[i], held >> i & 1);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    if (offset != RESET_DONE) return false;
    *value = ~*rp_plain(d, RESET) & RP_RESET_ALL;
    return true;
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    (void)d;
    (void)value;
    return offset == RESET_DONE;
}

void rp_resets_set(emu_device *d, uint32_t held) {
    *rp_plain((rp_device *)d, RESET) = held & RP_RESET_ALL;
    changed((rp_device *)d, RESET);
}

void rp_resets_watchdog(emu_device *d) {
    uint32_t selected = *rp_plain((rp_device *)d, WDSEL);
    rp_resets_set(d, *rp_plain((rp_device *)d, RESET) | selected);
}

static void reset(rp_device *d) { changed(d, RESET); }

static const rp_register registers[] = {{RESET, 1, RP_RESET_ALL, RP_RESET_ALL}, {WDSEL, 1, 0, RP_RESET_ALL}, {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_resets = {
    .type = "rp2040.resets",
    .struct_size = sizeof(resets),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .link = link,
};
