/* SPDX-License-Identifier: Apache-2.0 */
/* UART0, UART1 (4.2): Arm PL011 (DDI 0183) with FIFOs of 32. A frame takes its bits in virtual time; the level of the TX pin stays at idle,
 * the modem lines are not modelled (CTS counts as asserted). Bytes come over the line whether or not the receiver listens. */
#include "devices/rp2040/rp.h"
#include "serial.h"

enum {
    DR = 0x00,
    RSR = 0x04,
    FR = 0x18,
    ILPR = 0x20,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2C,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3C,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,
    ID = 0xFE0,
};
enum { FR_BUSY = 8, FR_RXFE = 16, FR_TXFF = 32, FR_RXFF = 64, FR_TXFE = 128 };
enum { CR_UARTEN = 1, CR_LBE = 128, CR_TXE = 256, CR_RXE = 512 };
enum { LCR_PEN = 2, LCR_STP2 = 8, LCR_FEN = 16 };
enum { INT_RX = 1u << 4, INT_TX = 1u << 5, INT_RT = 1u << 6, INT_OE = 1u << 10 };
enum { DATA_OE = 1u << 11 };
enum { EVENT_TX, EVENT_LINE, EVENT_RT };
enum { DEPTH = 32, TIMEOUT_BITS = 32 };

typedef struct {
    uint16_t data[DEPTH];
    unsigned head, used;
} fifo;

typedef struct {
    rp_device rp;
    emu_device *clocks, *bank, *dma;
    unsigned number;
    uint32_t port, tx_pin, rx_pin; /* the machine's serial port, and the pins the board wires to it */
    uint64_t divisor;              /* 64 * IBRD + FBRD as latched by LCR_H */
    fifo tx, rx;
    bool tx_busy, line_busy, overrun;
    uint8_t shifting;
    uint32_t ris, rsr;
} uart;

static uart *self(rp_device *d) { return (uart *)d; }
static emu_machine *machine(const uart *u) { return u->rp.base.machine; }
static uint32_t plain(const uart *u, uint32_t offset) { return *rp_plain((rp_device *)&u->rp, offset); }
static unsigned depth(const uart *u) { return plain(u, LCR_H) & LCR_FEN ? DEPTH : 1; }

static void put(fifo *f, uint16_t value) { f->data[(f->head + f->used++) % DEPTH] = value; }

static uint16_t take(fifo *f) {
    uint16_t value = f->data[f->head];
    f->head = (f->head + 1) % DEPTH;
    f->used--;
    return value;
}

static unsigned level(const uart *u, unsigned select) {
    static const uint8_t levels[] = {4, 8, 16, 24, 28, 28, 28, 28};
    return plain(u, LCR_H) & LCR_FEN ? levels[select & 7] : 1;
}
static unsigned tx_level(const uart *u) { return plain(u, LCR_H) & LCR_FEN ? level(u, plain(u, IFLS)) : 0; }
static unsigned rx_level(const uart *u) { return level(u, plain(u, IFLS) >> 3); }

static void update_irq(uart *u) { emu_irq_set(machine(u), u->rp.base.irq, u->ris & plain(u, IMSC)); }

static uint64_t bits_cycles(const uart *u, uint64_t bits) {
    uint64_t divisor = u->divisor >= 64 ? u->divisor : 64;
    return rp_cycles(machine(u), bits * divisor, 4 * rp_clock_hz(u->clocks, RP_CLK_PERI));
}

static uint64_t frame_cycles(const uart *u) {
    uint32_t lcr = plain(u, LCR_H);
    return bits_cycles(u, 1 + 5 + (lcr >> 5 & 3) + (lcr & LCR_PEN ? 1 : 0) + 1 + (lcr & LCR_STP2 ? 1 : 0));
}

/* 2.19.2: UART0 has its TX on GP0, 12, 16, 28, UART1 on GP4, 8, 20, 24; RX is the pin after it. */
static uint32_t tx_pins(const uart *u) { return u->number ? 0x01100110u : 0x10011001u; }

static bool wired(const uart *u, uint32_t board_pin, uint32_t possible) {
    uint32_t pins = rp_pins_of_function(u->bank, RP_FUNC_UART) & possible;
    return board_pin == RP_NO_PIN ? pins != 0 : board_pin < 32 && pins >> board_pin & 1;
}

static void dreq_tx(uart *u) {
    if (u->dma) rp_dreq(u->dma, RP_DREQ_UART0_TX + 2 * u->number);
}

static void dreq_rx(uart *u) {
    if (u->dma) rp_dreq(u->dma, RP_DREQ_UART0_TX + 2 * u->number + 1);
}

static unsigned dma_level(emu_device *d, unsigned which) {
    const uart *u = (const uart *)d;
    if (!(plain(u, DMACR) >> (which ? 0 : 1) & 1)) return 0;
    return which ? u->rx.used : depth(u) - u->tx.used;
}

/* --- transmitter ---------------------------------------------------------------------------------------------------------- */

static bool may_transmit(const uart *u) { return (plain(u, CR) & (CR_UARTEN | CR_TXE)) == (CR_UARTEN | CR_TXE); }

static void tx_start(uart *u) {
    if (u->tx_busy || !u->tx.used || !may_transmit(u)) return;
    u->shifting = (uint8_t)take(&u->tx);
    u->tx_busy = true;
    if (u->tx.used == tx_level(u)) u->ris |= INT_TX;
    emu_schedule(&u->rp.base, EVENT_TX, emu_now(machine(u)) + frame_cycles(u));
}

static void receive(uart *u, uint8_t byte);

static void tx_done(uart *u) {
    u->tx_busy = false;
    if (plain(u, CR) & CR_LBE)
        receive(u, u->shifting);
    else if (u->port != RP_NO_PORT && wired(u, u->tx_pin, tx_pins(u)))
        emu_serial_tx(machine(u), u->port, u->shifting);
    tx_start(u);
    update_irq(u);
    dreq_tx(u);
}

static void write_data(uart *u, uint8_t byte) {
    if (u->tx.used == depth(u)) return; /* a full FIFO ignores it */
    put(&u->tx, byte);
    if (u->tx.used > tx_level(u)) u->ris &= ~(uint32_t)INT_TX;
    tx_start(u);
    update_irq(u);
    dreq_tx(u);
}

/* --- receiver --------------------------------------------------------------------------------------------------------------- */

static void receive(uart *u, uint8_t byte) {
    if (u->rx.used == depth(u)) {
        u->overrun = true;
        u->rsr |= 8;
        u->ris |= INT_OE;
        if (u->port != RP_NO_PORT) emu_serial_count_lost(machine(u), u->port);
    } else {
        put(&u->rx, (uint16_t)(byte | (u->overrun ? (unsigned)DATA_OE : 0u)));
        u->overrun = false;
        if (u->rx.used >= rx_level(u)) u->ris |= INT_RX;
        emu_schedule(&u->rp.base, EVENT_RT, emu_now(machine(u)) + bits_cycles(u, TIMEOUT_BITS));
    }
    update_irq(u);
    dreq_rx(u);
}

static void line_listen(uart *u) {
    if (u->line_busy || u->port == RP_NO_PORT || emu_serial_waiting(machine(u), u->port) == 0) return;
    bool on = plain(u, CR) & CR_UARTEN && rp_clock_hz(u->clocks, RP_CLK_PERI);
    u->line_busy = true; /* while the UART has no clock the line goes on at 115200 baud */
    emu_schedule(&u->rp.base, EVENT_LINE, emu_now(machine(u)) + (on ? frame_cycles(u) : rp_cycles(machine(u), 10, 115200)));
}

static void line_done(uart *u) {
    u->line_busy = false;
    int byte = emu_serial_rx(machine(u), u->port);
    bool on = (plain(u, CR) & (CR_UARTEN | CR_RXE | CR_LBE)) == (CR_UARTEN | CR_RXE);
    if (byte >= 0 && on && !u->rp.held && wired(u, u->rx_pin, tx_pins(u) << 1))
        receive(u, (uint8_t)byte);
    else if (byte >= 0)
        emu_serial_count_lost(machine(u), u->port);
    line_listen(u);
}

static void serial_ready(emu_device *d, unsigned port) {
    uart *u = (uart *)d;
    if (port == u->port) line_listen(u);
}

static uint32_t read_data(uart *u) {
    if (!u->rx.used) return 0;
    uint16_t value = take(&u->rx);
    u->rsr = value >> 8;
    if (u->rx.used < rx_level(u)) u->ris &= ~(uint32_t)INT_RX;
    if (!u->rx.used) {
        u->ris &= ~(uint32_t)INT_RT;
        emu_cancel(&u->rp.base, EVENT_RT);
    }
    update_irq(u);
    return value;
}

static void event(emu_device *d, uint32_t id) {
    uart *u = (uart *)d;
    if (id == EVENT_TX) tx_done(u);
    if (id == EVENT_LINE) line_done(u);
    if (id == EVENT_RT && u->rx.used) {
        u->ris |= INT_RT;
        update_irq(u);
    }
}

/* --- registers ----------------------------------------------------------------------------------------------------------------- */

static uint32_t flags(const uart *u) {
    return (u->tx_busy || u->tx.used ? (uint32_t)FR_BUSY : 0) | (u->rx.used ? 0 : (uint32_t)FR_RXFE) |
           (u->tx.used == depth(u) ? (uint32_t)FR_TXFF : 0) | (u->rx.used == depth(u) ? (uint32_t)FR_RXFF : 0) |
           (u->tx.used ? 0 : (uint32_t)FR_TXFE);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    static const uint8_t id[] = {0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1};
    uart *u = self(d);
    if (offset >= ID) {
        *value = id[(offset - ID) / 4];
        return true;
    }
    switch (offset) {
    case DR: *value = read_data(u); return true;
    case RSR: *value = u->rsr; return true;
    case FR:
        emu_poll_hint(d->base.machine, UINT64_MAX); /* only an event or another access changes it */
        *value = flags(u);
        return true;
    case RIS: *value = u->ris; return true;
    case MIS: *value = u->ris & plain(u, IMSC); return true;
    case ICR: *value = 0; return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    uart *u = self(d);
    switch (offset) {
    case DR: write_data(u, (uint8_t)value); return true;
    case RSR: u->rsr = 0; return true;
    case ICR:
        u->ris &= ~value;
        update_irq(u);
        return true;
    case FR:
    case RIS:
    case MIS: return true;
    default: return offset >= ID;
    }
}

static void changed(rp_device *d, uint32_t offset) {
    uart *u = self(d);
    if (offset == LCR_H) {
        u->divisor = 64ull * plain(u, IBRD) + plain(u, FBRD);
        while (u->rx.used > depth(u)) (void)take(&u->rx);
        if (u->tx.used > depth(u)) u->tx.used = depth(u);
    }
    if (offset == CR) tx_start(u);
    if (offset == DMACR) {
        dreq_tx(u);
        dreq_rx(u);
    }
    update_irq(u);
}

static uint32_t clears(uint32_t offset) { return offset == ICR ? ~0u : 0; }

static void reset(rp_device *d) {
    uart *u = self(d);
    emu_cancel(&d->base, EVENT_TX);
    emu_cancel(&d->base, EVENT_RT);
    emu_cancel(&d->base, EVENT_LINE);
    u->tx = u->rx = (fifo){.head = 0};
    u->tx_busy = u->line_busy = u->overrun = false;
    u->ris = u->rsr = 0;
    u->divisor = 0;
    rp_pins_drive(u->bank, RP_FUNC_UART, tx_pins(u), tx_pins(u), tx_pins(u));
    update_irq(u);
    line_listen(u);
}

static void link(emu_device *d) {
    uart *u = (uart *)d;
    u->clocks = emu_device_by_name(d->machine, "CLOCKS");
    u->bank = emu_device_by_name(d->machine, "IO_BANK0");
    u->dma = emu_device_by_name(d->machine, "DMA");
    if (!u->dma) return;
    rp_dma_connect(u->dma, RP_DREQ_UART0_TX + 2 * u->number, d, 0, dma_level);
    rp_dma_connect(u->dma, RP_DREQ_UART0_TX + 2 * u->number + 1, d, 1, dma_level);
}

static const rp_register registers[] = {{ILPR, 1, 0, 0xFF},  {IBRD, 1, 0, 0xFFFF},   {FBRD, 1, 0, 0x3F},
                                        {LCR_H, 1, 0, 0xFF}, {CR, 1, 0x300, 0xFF87}, {IFLS, 1, 0x12, 0x3F},
                                        {IMSC, 1, 0, 0x7FF}, {DMACR, 1, 0, 7},       {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .clears = clears, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"number", "port", "tx_pin", "rx_pin", NULL};
    uint64_t values[] = {0, RP_NO_PORT, RP_NO_PIN, RP_NO_PIN};
    uart *u = (uart *)d;
    u->rp.spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    u->number = values[0] & 1;
    u->port = (uint32_t)values[1];
    u->tx_pin = (uint32_t)values[2];
    u->rx_pin = (uint32_t)values[3];
    return true;
}

const emu_device_class rp2040_uart = {
    .type = "rp2040.uart",
    .struct_size = sizeof(uart),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .serial_ready = serial_ready,
    .link = link,
};
