/* SPDX-License-Identifier: Apache-2.0 */
/* PADS_BANK0 and PADS_QSPI (2.19.6.3, 2.19.6.4): pulls, input enable, output disable of each pad. Drive strength, slew rate and Schmitt
 * trigger are kept. */
#include "devices/rp2040/rp.h"

enum { VOLTAGE_SELECT = 0x00, GPIO0 = 0x04, SWCLK = 0x7C, SWD = 0x80 };
enum { QSPI_SCLK = 0x04, QSPI_SD0 = 0x08, QSPI_SS = 0x18 };

typedef struct {
    rp_device rp;
    emu_device *bank;
    bool qspi;
} pads;

/* The QSPI pads come in another order than the pins of IO_QSPI: SCLK, SD0..SD3, SS. */
static uint32_t qspi_offset(unsigned i) { return i == 0 ? QSPI_SCLK : i == 1 ? QSPI_SS : QSPI_SD0 + 4 * (i - 2); }

uint32_t rp_pad(const emu_device *d, unsigned pin) {
    pads *p = (pads *)d;
    return *rp_plain(&p->rp, p->qspi ? qspi_offset(pin - RP_QSPI_PIN) : GPIO0 + 4 * pin);
}

static void tell(pads *p) {
    if (!p->bank) return;
    if (p->qspi)
        for (unsigned i = 0; i < 6; i++) rp_pins_pad_changed(p->bank, RP_QSPI_PIN + i);
    else
        for (unsigned i = 0; i < RP_BANK0_PINS; i++) rp_pins_pad_changed(p->bank, i);
}

static void changed(rp_device *d, uint32_t offset) {
    pads *p = (pads *)d;
    if (offset == VOLTAGE_SELECT || offset >= SWCLK) return;
    if (p->qspi)
        tell(p);
    else if (p->bank)
        rp_pins_pad_changed(p->bank, (offset - GPIO0) / 4);
}

static void reset(rp_device *d) { tell((pads *)d); }

static void link_bank0(emu_device *d) { ((pads *)d)->bank = emu_device_by_name(d->machine, "IO_BANK0"); }
static void link_qspi(emu_device *d) { ((pads *)d)->bank = emu_device_by_name(d->machine, "IO_QSPI"); }

static const rp_register bank0_registers[] = {
    {VOLTAGE_SELECT, 1, 0, 1}, {GPIO0, 30, 0x56, 0xFF}, {SWCLK, 1, 0xDA, 0xFF}, {SWD, 1, 0x5A, 0xFF}, {0, 0, 0, 0}};
static const rp_register qspi_registers[] = {
    {VOLTAGE_SELECT, 1, 0, 1}, {QSPI_SCLK, 1, 0x56, 0xFF}, {QSPI_SD0, 4, 0x52, 0xFF}, {QSPI_SS, 1, 0x5A, 0xFF}, {0, 0, 0, 0}};
static const rp_spec bank0_spec = {.registers = bank0_registers, .changed = changed, .reset = reset};
static const rp_spec qspi_spec = {.registers = qspi_registers, .changed = changed, .reset = reset};

static bool bank0_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &bank0_spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

static bool qspi_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &qspi_spec;
    ((pads *)d)->qspi = true;
    return emu_params_take(d, params, count, keys, NULL, error);
}

#define CLASS(variable, name, initialise, link_)                                                                                           \
    const emu_device_class variable = {                                                                                                    \
        .type = name,                                                                                                                      \
        .struct_size = sizeof(pads),                                                                                                       \
        .region_size = 0x4000,                                                                                                             \
        .init = initialise,                                                                                                                \
        .reset = rp_reset,                                                                                                                 \
        .read = rp_read,                                                                                                                   \
        .write = rp_write,                                                                                                                 \
        .link = link_,                                                                                                                     \
    }

CLASS(rp2040_pads_bank0, "rp2040.pads_bank0", bank0_init, link_bank0);
CLASS(rp2040_pads_qspi, "rp2040.pads_qspi", qspi_init, link_qspi);
