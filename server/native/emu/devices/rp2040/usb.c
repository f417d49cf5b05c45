/* SPDX-License-Identifier: Apache-2.0 */
/* USB controller (4.1), with no cable plugged in: firmware sets it up and waits. The dual-port RAM is memory of its own (the chip file's
 * "usb_dpram"). Nothing is sent or received, so that of the status only what the device itself decides changes. */
#include "devices/rp2040/rp.h"

enum {
    ADDR_ENDP = 0x00,
    MAIN_CTRL = 0x40,
    SOF_WR = 0x44,
    SOF_RD = 0x48,
    SIE_CTRL = 0x4C,
    SIE_STATUS = 0x50,
    INT_EP_CTRL = 0x54,
    BUFF_STATUS = 0x58,
    BUFF_CPU_SHOULD_HANDLE = 0x5C,
    EP_ABORT = 0x60,
    EP_ABORT_DONE = 0x64,
    EP_STALL_ARM = 0x68,
    NAK_POLL = 0x6C,
    EP_STATUS_STALL_NAK = 0x70,
    USB_MUXING = 0x74,
    USB_PWR = 0x78,
    USBPHY_DIRECT = 0x7C,
    USBPHY_TRIM = 0x84,
    INTR = 0x8C,
    INTE = 0x90,
    INTF = 0x94,
    INTS = 0x98,
};
enum { PWR_VBUS_DETECT = 4, PWR_VBUS_DETECT_OVERRIDE_EN = 8, STATUS_VBUS_DETECTED = 1 };

static void update_irq(rp_device *d) { emu_irq_set(d->base.machine, d->base.irq, *rp_plain(d, INTF) != 0); }

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    uint32_t power = *rp_plain(d, USB_PWR), forced = PWR_VBUS_DETECT | PWR_VBUS_DETECT_OVERRIDE_EN;
    switch (offset) {
    case SIE_STATUS: *value = (power & forced) == forced ? STATUS_VBUS_DETECTED : 0; return true;
    case EP_ABORT_DONE: *value = *rp_plain(d, EP_ABORT); return true; /* nothing is under way on any endpoint */
    case INTS: *value = *rp_plain(d, INTF); return true;
    case SOF_RD:
    case BUFF_STATUS:
    case BUFF_CPU_SHOULD_HANDLE:
    case EP_STATUS_STALL_NAK:
    case INTR: *value = 0; return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    (void)d;
    (void)value;
    return offset == SOF_RD || offset == SIE_STATUS || offset == BUFF_STATUS || offset == BUFF_CPU_SHOULD_HANDLE ||
           offset == EP_ABORT_DONE || offset == EP_STATUS_STALL_NAK || offset == INTR || offset == INTS;
}

static void changed(rp_device *d, uint32_t offset) {
    if (offset == SIE_CTRL) *rp_plain(d, SIE_CTRL) &= ~0x00003033u; /* what starts something is done at once */
    update_irq(d);
}

static const rp_register registers[] = {{ADDR_ENDP, 16, 0, 0x067F07FF},
                                        {MAIN_CTRL, 1, 0, 0x80000003},
                                        {SOF_WR, 1, 0, 0x7FF},
                                        {SIE_CTRL, 1, 0, 0xFF07BF5F},
                                        {INT_EP_CTRL, 1, 0, 0xFFFE},
                                        {EP_ABORT, 1, 0, 0xFFFFFFFF},
                                        {EP_STALL_ARM, 1, 0, 3},
                                        {NAK_POLL, 1, 0x00100010, 0x03FF03FF},
                                        {USB_MUXING, 1, 0, 15},
                                        {USB_PWR, 1, 0, 0x3F},
                                        {USBPHY_DIRECT, 2, 0, 0x007FFFF7},
                                        {USBPHY_TRIM, 1, 0x00001F1F, 0x00001F1F},
                                        {INTE, 2, 0, 0x000FFFFF},
                                        {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = update_irq};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_usb = {
    .type = "rp2040.usb",
    .struct_size = sizeof(rp_device),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
};
