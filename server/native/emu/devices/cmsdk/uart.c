/* SPDX-License-Identifier: Apache-2.0 */
/* APB UART of Arm's CMSDK (DDI 0479, section 4.3), as on the MPS2 boards. Bytes leave at once: it is the console of benchmarks. */
#include "device.h"
#include "devices/params.h"

enum { DATA = 0x00, STATE = 0x04, CTRL = 0x08, INTSTATUS = 0x0C, BAUDDIV = 0x10 };
enum { CTRL_TX_ENABLE = 1, CTRL_RX_ENABLE = 2, CTRL_RX_IRQ = 8, STATE_RX_FULL = 2 };

typedef struct {
    emu_device base;
    unsigned port;
    uint32_t ctrl, bauddiv, intstatus;
} cmsdk_uart_device;

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    cmsdk_uart_device *u = (cmsdk_uart_device *)d;
    static const char *const known[] = {"port", NULL};
    uint64_t port = 0;
    if (!emu_params_take(d, params, count, known, &port, error)) return false;
    u->port = (unsigned)port;
    return true;
}

static void update_irq(cmsdk_uart_device *u) {
    if ((u->ctrl & CTRL_RX_IRQ) && emu_serial_waiting(u->base.machine, u->port)) u->intstatus |= 2;
    emu_irq_set(u->base.machine, u->base.irq, u->intstatus != 0);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    cmsdk_uart_device *u = (cmsdk_uart_device *)d;
    (void)kind;
    u->ctrl = u->bauddiv = u->intstatus = 0;
}

static uint32_t read(emu_device *d, uint32_t offset, unsigned size) {
    cmsdk_uart_device *u = (cmsdk_uart_device *)d;
    (void)size;
    switch (offset) {
    case DATA: {
        int byte = u->ctrl & CTRL_RX_ENABLE ? emu_serial_rx(d->machine, u->port) : -1;
        return byte < 0 ? 0 : (uint32_t)byte;
    }
    case STATE: /* the transmitter is never full; what waits on the line arrives from outside, not by time */
        emu_poll_hint(d->machine, UINT64_MAX);
        return (u->ctrl & CTRL_RX_ENABLE) && emu_serial_waiting(d->machine, u->port) ? STATE_RX_FULL : 0;
    case CTRL: return u->ctrl;
    case INTSTATUS: return u->intstatus;
    case BAUDDIV: return u->bauddiv;
    default: return 0;
    }
}

static void write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    cmsdk_uart_device *u = (cmsdk_uart_device *)d;
    (void)size;
    switch (offset) {
    case DATA:
        if (u->ctrl & CTRL_TX_ENABLE) emu_serial_tx(d->machine, u->port, (uint8_t)value);
        break;
    case CTRL: u->ctrl = value & 0x7F; break;
    case INTSTATUS: u->intstatus &= ~value; break;
    case BAUDDIV: u->bauddiv = value & 0xFFFFF; break;
    default: break;
    }
    update_irq(u);
}

static void serial_ready(emu_device *d, unsigned port) {
    cmsdk_uart_device *u = (cmsdk_uart_device *)d;
    if (port == u->port) update_irq(u);
}

const emu_device_class cmsdk_uart = {
    .type = "cmsdk.uart",
    .struct_size = sizeof(cmsdk_uart_device),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .serial_ready = serial_ready,
};
