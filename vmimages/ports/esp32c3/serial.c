/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line: UART0, the chip's own USB port, or both, where a board can be plugged in either way. Both are listened to. What is sent
 * goes to the one that was last heard, and to both until one is. USB takes bytes only while a host does: a port on which nothing has moved
 * for a while holds nobody up. */
#include "port_chip.h"
#include "registers.h"

#define RX_SIZE 1024u /* more than the frames of a window */
#define PACKET 63u    /* one of 64 would tell the host that the next belongs to it */
#define CRYSTAL_HZ 40000000u
/* How long a host may leave a packet where it is: one that listens asks each millisecond. Until a host has spoken, the UART waits for it,
 * too. */
#define PATIENCE_US 100000u
#define PATIENCE_BESIDE_US 8000u

enum {
#ifdef BOARD_LINE_UART0
    UART,
#endif
#ifdef BOARD_LINE_USB_DEVICE
    USB,
#endif
    PORTS,
    ANY = PORTS,
};

typedef struct {
    uint8_t rx[RX_SIZE];
    volatile uint32_t rx_put, rx_taken; /* bytes since start */
    const uint8_t *volatile tx;         /* what is being sent, where hal_link_write was given it */
    volatile size_t tx_put, tx_taken[PORTS];
    volatile unsigned heard; /* the port that was last heard, or ANY */
    volatile bool away;      /* nobody takes what USB offers */
} serial_state;

static serial_state state;

static bool is_usb(unsigned port) {
#ifdef BOARD_LINE_USB_DEVICE
    return port == USB;
#else
    (void)port;
    return false;
#endif
}

static bool sends(unsigned port) { return (state.heard == ANY || state.heard == port) && !(is_usb(port) && state.away); }

static int next(unsigned port) {
    line_woke();
    if (!sends(port) || state.tx_taken[port] == state.tx_put) return -1;
    return state.tx[state.tx_taken[port]++];
}

static bool rx_has_room(void) { return state.rx_put - state.rx_taken < RX_SIZE; }

static void received(unsigned port, uint8_t byte) {
    line_woke();
    if (state.heard != port) {
        if (state.heard != ANY) state.tx_taken[port] = state.tx_put; /* what was for the other one */
        state.heard = port;
    }
    if (rx_has_room()) state.rx[state.rx_put++ % RX_SIZE] = byte; /* else it fails its frame's CRC */
}

/* --- UART0 --------------------------------------------------------------------------------------------------------- */

#ifdef BOARD_LINE_UART0

static void uart_open(void) {
    uint32_t sixteenths = (CRYSTAL_HZ * 16u + BOARD_BAUD / 2u) / BOARD_BAUD;
    UART_CLK_CONF = UART_CLK_CONF_XTAL;
    UART_CLKDIV = sixteenths >> 4 | (sixteenths & 15u) << 20;
    UART_CONF0 = UART_CONF0_8N1;
    UART_CONF1 = UART_CONF1_RX_TOUT_EN | UART_CONF1_TXFIFO_EMPTY_THRHD(16u) | UART_CONF1_RXFIFO_FULL_THRHD(32u);
    UART_ID |= UART_ID_REG_UPDATE;                              /* takes over what was set */
    IO_MUX_GPIO(BOARD_PIN_RX) = IO_MUX_FUN_IE | IO_MUX_FUN_WPU; /* an open line reads as idle */
    IO_MUX_GPIO(BOARD_PIN_TX) = IO_MUX_FUN_DRV_20MA;
    UART_INT_ENA = UART_INT_RXFIFO_FULL | UART_INT_RXFIFO_TOUT;
    irq_enable(IRQ_UART0);
}

static void uart_fill(void) {
    for (uint32_t room = UART_FIFO_SIZE - UART_STATUS_TXFIFO_CNT(UART_STATUS); room; room--) {
        int byte = next(UART);
        if (byte < 0) {
            UART_INT_ENA = UART_INT_RXFIFO_FULL | UART_INT_RXFIFO_TOUT;
            return;
        }
        UART_FIFO = (uint32_t)byte;
    }
    UART_INT_ENA = UART_INT_RXFIFO_FULL | UART_INT_RXFIFO_TOUT | UART_INT_TXFIFO_EMPTY;
}

void IRQ_HANDLER(UART0)(void) {
    uint32_t asked = UART_INT_ST;
    for (uint32_t count = UART_STATUS_RXFIFO_CNT(UART_STATUS); count; count--) received(UART, (uint8_t)UART_FIFO);
    uart_fill();
    UART_INT_CLR = asked; /* before, they would be set again at once: they tell of a level */
}

#endif

/* --- USB ----------------------------------------------------------------------------------------------------------- */

#ifdef BOARD_LINE_USB_DEVICE

static void usb_open(void) {
    USB_INT_CLR = USB_INT_OUT_RECV_PKT | USB_INT_IN_EMPTY;
    USB_INT_ENA = USB_INT_OUT_RECV_PKT;
    irq_enable(IRQ_USB_DEVICE);
}

/* What finds no room stays where it is, and the host waits. */
static void usb_receive(void) {
    while (rx_has_room() && USB_EP1_CONF & USB_EP1_CONF_OUT_EP_DATA_AVAIL) {
        state.away = false;
        received(USB, (uint8_t)USB_EP1);
    }
}

static void usb_fill(void) {
    unsigned count = 0;
    while (count < PACKET && USB_EP1_CONF & USB_EP1_CONF_IN_EP_DATA_FREE) {
        int byte = next(USB);
        if (byte < 0) break;
        USB_EP1 = (uint32_t)byte;
        count++;
    }
    if (count) USB_EP1_CONF = USB_EP1_CONF_WR_DONE;
    bool waits = count || (sends(USB) && state.tx_taken[USB] != state.tx_put);
    USB_INT_ENA = waits ? USB_INT_OUT_RECV_PKT | USB_INT_IN_EMPTY : USB_INT_OUT_RECV_PKT;
    if (count || !waits) serial_patience(!waits ? 0 : PORTS > 1 && state.heard == ANY ? PATIENCE_BESIDE_US : PATIENCE_US);
}

void IRQ_HANDLER(USB_DEVICE)(void) {
    USB_INT_CLR = USB_INT_OUT_RECV_PKT | USB_INT_IN_EMPTY;
    if (USB_EP1_CONF & USB_EP1_CONF_IN_EP_DATA_FREE && state.away) {
        state.away = false; /* the host has come back and taken the last packet */
        state.tx_taken[USB] = state.tx_put;
    }
    usb_receive();
    usb_fill();
}

/* The interrupt stays enabled: it comes when a host takes the packet after all. */
void serial_patience_over(void) {
    line_woke();
    state.away = true;
}

#else

void serial_patience_over(void) {}

#endif

/* --- both ---------------------------------------------------------------------------------------------------------- */

void uart_start(void) {
    state.heard = ANY;
#ifdef BOARD_LINE_UART0
    uart_open();
#endif
#ifdef BOARD_LINE_USB_DEVICE
    usb_open();
#endif
}

void uart_send(void) {
#ifdef BOARD_LINE_UART0
    uart_fill();
#endif
#ifdef BOARD_LINE_USB_DEVICE
    if (!state.away) usb_fill();
#endif
}

uint32_t line_waiting(void) { return state.rx_put - state.rx_taken; }

size_t hal_link_read(vm_hal *hal, uint8_t *out, size_t max) {
    (void)hal;
    size_t n = 0;
    for (; n < max && line_waiting(); n++) {
        out[n] = state.rx[state.rx_taken % RX_SIZE];
        state.rx_taken++;
    }
#ifdef BOARD_LINE_USB_DEVICE
    uint32_t before = interrupts_off();
    usb_receive();
    interrupts_restore(before);
#endif
    return n;
}

/* Sent from where it is, without a copy: the bytes count as taken when every port that sends has had them. */
size_t hal_link_write(vm_hal *hal, const uint8_t *data, size_t length) {
    (void)hal;
    uint32_t before = interrupts_off();
    size_t done = state.tx_put;
    for (unsigned port = 0; port < PORTS; port++) {
        if (!sends(port)) state.tx_taken[port] = state.tx_put;
        if (state.tx_taken[port] != state.tx_put) done = 0;
    }
    if (done || !state.tx_put) {
        state.tx = data + done;
        state.tx_put = length - done;
        for (unsigned port = 0; port < PORTS; port++) state.tx_taken[port] = 0;
        if (state.tx_put) uart_send();
    }
    interrupts_restore(before);
    return done;
}
