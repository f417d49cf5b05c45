/* SPDX-License-Identifier: Apache-2.0 */
/* ETH (RM0090, "Ethernet: media access control with DMA controller"): the DMA's software reset and the PHY behind the management interface,
 * a LAN8742A as on Nucleo-144 boards with no cable in it. No frame is ever moved; the other registers hold what is written and are noted as
 * unmodelled. */
#include <string.h>

#include "devices/stm32/stm32.h"

enum { MACMIIAR = 0x0010, MACMIIDR = 0x0014, DMABMR = 0x1000, DMAOMR = 0x1018, SIZE = 0x1400 };
enum { MB = 1u << 0, MW = 1u << 1, SR = 1u << 0, FTF = 1u << 20 };
enum { PHY_BCR = 0, PHY_RESET = 1u << 15, PHY_REGISTERS = 32 };

typedef struct {
    stm32_device dev;
    uint32_t phy_address;
    uint16_t phy[PHY_REGISTERS];
    uint32_t reg[SIZE / 4];
} eth;

static void reset_phy(eth *e) {
    memset(e->phy, 0, sizeof e->phy);
    e->phy[PHY_BCR] = 0x3000;
    e->phy[1] = 0x7809; /* BSR: no link */
    e->phy[2] = 0x0007;
    e->phy[3] = 0xC131;
    e->phy[4] = 0x01E1;
    e->phy[31] = 0x0040;
}

static void manage(eth *e, uint32_t command) {
    unsigned number = command >> 6 & 31u;
    bool here = (command >> 11 & 31u) == e->phy_address;
    if (!(command & MW)) {
        e->reg[MACMIIDR / 4] = here ? e->phy[number] : 0xFFFFu;
    } else if (here && number == PHY_BCR && e->reg[MACMIIDR / 4] & PHY_RESET) {
        reset_phy(e);
    } else if (here && number != 1 && number != 2 && number != 3) {
        e->phy[number] = (uint16_t)e->reg[MACMIIDR / 4];
    }
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    const eth *e = (const eth *)d;
    if (offset != MACMIIAR && offset != MACMIIDR && offset != DMABMR) stm32_no_register(d, offset, e->reg[offset / 4], false);
    return e->reg[offset / 4];
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    eth *e = (eth *)d;
    (void)lanes;
    switch (offset) {
    case MACMIIAR:
        if (value & MB) manage(e, value);
        e->reg[offset / 4] = value & ~(uint32_t)MB;
        return;
    case MACMIIDR: e->reg[offset / 4] = value & 0xFFFFu; return;
    case DMABMR:
        if (value & SR) {
            memset(e->reg, 0, sizeof e->reg);
            value = 0x00020100u;
        }
        break;
    case DMAOMR: value &= ~(uint32_t)FTF; break;
    default: break;
    }
    if (offset != DMABMR) stm32_no_register(d, offset, value, true);
    e->reg[offset / 4] = value;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    eth *e = (eth *)d;
    (void)kind;
    memset(e->reg, 0, sizeof e->reg);
    e->reg[DMABMR / 4] = 0x00020101u;
    reset_phy(e);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"phy_address", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    ((eth *)d)->phy_address = (uint32_t)emu_param_value(params, count, "phy_address", 0);
    return stm32_init(d, &spec, params, count, error);
}

const emu_device_class stm32_eth = {
    .type = "stm32.eth",
    .struct_size = sizeof(eth),
    .region_size = SIZE,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
};
