/* SPDX-License-Identifier: Apache-2.0 */
/* OTG_FS and OTG_HS (RM0090, RM0351, "USB on-the-go full-speed"): the core's resets, FIFO flushes and mode as start-up code waits for them;
 * nothing is plugged in. The other registers hold what is written and are noted as unmodelled. */
#include <string.h>

#include "devices/stm32/stm32.h"

enum {
    GOTGCTL = 0x000,
    GAHBCFG = 0x008,
    GUSBCFG = 0x00C,
    GRSTCTL = 0x010,
    GINTSTS = 0x014,
    CID = 0x03C,
    DCTL = 0x804,
    DSTS = 0x808,
    SIZE = 0x2000,
};
enum { CSRST = 1u << 0, RXFFLSH = 1u << 4, TXFFLSH = 1u << 5, CMOD = 1u << 0, FHMOD = 1u << 29, DSTS_FULL_SPEED = 3u << 1 };
#define AHBIDL (1u << 31)

typedef struct {
    stm32_device dev;
    uint32_t cid;
    uint32_t reg[SIZE / 4];
} otg;

static uint32_t read(stm32_device *d, uint32_t offset) {
    const otg *o = (const otg *)d;
    switch (offset) {
    case GRSTCTL: return o->reg[GRSTCTL / 4] | AHBIDL;
    case GINTSTS: return o->reg[GUSBCFG / 4] & FHMOD ? CMOD : 0;
    case CID: return o->cid;
    case DSTS: return DSTS_FULL_SPEED;
    case GOTGCTL:
    case GAHBCFG:
    case GUSBCFG:
    case DCTL: break;
    default: stm32_no_register(d, offset, 0, false);
    }
    return o->reg[offset / 4];
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    otg *o = (otg *)d;
    switch (offset) {
    case GRSTCTL: value &= ~(uint32_t)(CSRST | RXFFLSH | TXFFLSH); break; /* done at once */
    case GINTSTS:
    case CID:
    case DSTS: return;
    case GOTGCTL:
    case GAHBCFG:
    case GUSBCFG:
    case DCTL: break;
    default: stm32_no_register(d, offset, value, true);
    }
    o->reg[offset / 4] = stm32_merge(o->reg[offset / 4], value, lanes);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    otg *o = (otg *)d;
    (void)kind;
    memset(o->reg, 0, sizeof o->reg);
    o->reg[GUSBCFG / 4] = 0x00001440u;
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"cid", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    ((otg *)d)->cid = (uint32_t)emu_param_value(params, count, "cid", 0x1200);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_otg = {
    .type = "stm32.otg",
    .struct_size = sizeof(otg),
    .region_size = SIZE,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};
