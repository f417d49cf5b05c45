/* SPDX-License-Identifier: Apache-2.0 */
/* UART0 and UART1 (TRM 26): FIFOs of 128 bytes, thresholds, the receive timeout. A frame takes its bits in virtual time; the level of the
 * TX pin stays at idle. Flow control, RS485, IrDA and the detection of AT commands and of a baud rate are registers that keep what is
 * written.
 *
 * While the chip is in its loader the other end is a flashing tool, which has all the time it needs: bytes come as fast as they are taken
 * and leave at once, so that its work costs what the work costs. */
#include "devices/esp/uart.h"
#include "serial.h"

enum {
    FIFO = 0x00,
    INT_RAW = 0x04,
    INT_ST = 0x08,
    INT_ENA = 0x0C,
    INT_CLR = 0x10,
    CLKDIV = 0x14,
    RX_FILT = 0x18,
    STATUS = 0x1C,
    CONF0 = 0x20,
    CONF1 = 0x24,
    LOWPULSE = 0x28,
    HIGHPULSE = 0x2C,
    RXD_CNT = 0x30,
    FLOW_CONF = 0x34,
    SLEEP_CONF = 0x38,
    MEM_CONF = 0x60,
    MEM_TX_STATUS = 0x64,
    MEM_RX_STATUS = 0x68,
    FSM_STATUS = 0x6C,
    POSPULSE = 0x70,
    NEGPULSE = 0x74,
    CLK_CONF = 0x78,
    DATE = 0x7C,
    ID = 0x80,
};
enum { INT_RX_FULL = 1, INT_TX_EMPTY = 2, INT_RX_OVF = 1 << 4, INT_RX_TOUT = 1 << 8, INT_TX_BRK_DONE = 1 << 12, INT_TX_DONE = 1 << 14 };
enum { INT_ALL = 0xFFFFF };
enum { CONF0_PARITY_EN = 1 << 1, CONF0_TXD_BRK = 1 << 8, CONF0_LOOPBACK = 1 << 14, CONF0_RXFIFO_RST = 1 << 17, CONF0_TXFIFO_RST = 1 << 18 };
enum { CONF1_RX_TOUT_EN = 1 << 21 };
enum { STATUS_CTSN = 1u << 14, STATUS_RXD = 1u << 15, STATUS_DTRN = 1u << 29, STATUS_RTSN = 1u << 30 };
#define STATUS_TXD (1u << 31)
enum { FSM_TX_SENDING = 3 << 4 };
enum { CLK_APB = 1, CLK_RC_FAST = 2, CLK_XTAL = 3, CLK_SCLK_EN = 1 << 22 };
enum { EVENT_TX, EVENT_LINE, EVENT_TOUT };
enum { DEPTH = 128 };
enum { BURST_US = 50, UNASKED_MAX = 65536 }; /* bytes */
enum { APB_DEFAULT_HZ = 80000000 };          /* of a chip whose clocks are not modelled */

typedef struct {
    uint8_t data[DEPTH];
    uint32_t head, used;
} fifo;

typedef struct {
    esp_port port;
    emu_device *system, *gpio;
    uint32_t signal;
    uint32_t tx_pin, rx_pin; /* the pins the board wires to the port; ESP_NO_PIN: any */
    fifo tx, rx;
    bool tx_busy, line_busy;
    uint8_t shifting;
    bool pausing;       /* in the loader: tx_busy is a pause between two bursts */
    uint32_t burst;     /* bytes of this one */
    uint32_t unasked;   /* bytes since one was received */
    uint64_t burst_end; /* cycle */
    uint32_t raw, ena;
} uart;

static uart *self(esp_device *d) { return (uart *)d; }
static emu_device *device(const uart *u) { return (emu_device *)(uintptr_t)&u->port.esp.base; }
static emu_machine *machine(const uart *u) { return u->port.esp.base.machine; }
static uint32_t plain(const uart *u, uint32_t offset) { return esp_value(&u->port.esp, offset); }

static void put(fifo *f, uint8_t value) { f->data[(f->head + f->used++) % DEPTH] = value; }

static uint8_t take(fifo *f) {
    uint8_t value = f->data[f->head];
    f->head = (f->head + 1) % DEPTH;
    f->used--;
    return value;
}

/* Raw bits are latched, and set again as long as what they tell is so. */
static void update(uart *u) {
    uint32_t full = plain(u, CONF1) & 0x1FF, empty = plain(u, CONF1) >> 9 & 0x1FF;
    if (u->rx.used && u->rx.used >= full) u->raw |= INT_RX_FULL;
    if (u->tx.used < empty) u->raw |= INT_TX_EMPTY;
    esp_irq(&u->port.esp, 0, u->raw & u->ena);
}

/* --- time ------------------------------------------------------------------------------------------------------------------- */

static uint64_t bits_ns(const uart *u, uint64_t bits) {
    uint32_t clk = plain(u, CLK_CONF), source = clk >> 20 & 3, a = clk >> 6 & 63, b = clk & 63;
    uint64_t hz = source == CLK_APB       ? (u->system ? esp_apb_hz(u->system) : APB_DEFAULT_HZ)
                  : source == CLK_RC_FAST ? ESP_RC_FAST_HZ
                                          : ESP_XTAL_HZ;
    uint64_t divisor = 16ull * (plain(u, CLKDIV) & 0xFFF) + (plain(u, CLKDIV) >> 20 & 15); /* in sixteenths */
    /* 26.3.2: the core's clock is the source's divided by DIV_NUM + 1 + A / B */
    uint64_t num = (uint64_t)((clk >> 12 & 0xFF) + 1) * (b ? b : 1) + (b ? a : 0), den = b ? b : 1;
    return esp_ns(bits * (divisor ? divisor : 16) * num, 16 * hz * den);
}

static uint64_t frame_ns(const uart *u) {
    uint32_t conf = plain(u, CONF0);
    return bits_ns(u, 1 + 5 + (conf >> 2 & 3) + (conf & CONF0_PARITY_EN ? 1 : 0) + ((conf >> 4 & 3) > 1 ? 2 : 1));
}

static bool in_loader(const uart *u) { return emu_download_mode(machine(u)); }

/* --- transmitter ------------------------------------------------------------------------------------------------------------ */

static void receive(uart *u, uint8_t byte);

static bool tx_wired(const uart *u) {
    uint32_t pins = u->gpio ? esp_signal_pins(u->gpio, u->signal) : ~0u;
    return u->tx_pin == ESP_NO_PIN ? pins != 0 : u->tx_pin < 32 && pins >> u->tx_pin & 1;
}

static bool rx_wired(const uart *u) {
    int pin = u->gpio ? esp_signal_source(u->gpio, u->signal) : 0;
    return pin >= 0 && (!u->gpio || u->rx_pin == ESP_NO_PIN || (uint32_t)pin == u->rx_pin);
}

static void send(uart *u, uint8_t byte) {
    if (plain(u, CONF0) & CONF0_LOOPBACK)
        receive(u, byte);
    else if (u->port.number != ESP_NO_PORT && tx_wired(u))
        emu_serial_tx(machine(u), u->port.number, byte);
}

/* A tool is answered at once, but a program that prints for ever does not drown what it answered before: a FIFO's worth, then a pause; and
 * when it has said more than any answer is long, at its baud rate. */
static void send_burst(uart *u) {
    emu_machine *m = machine(u);
    if (emu_now(m) >= u->burst_end) {
        u->burst = 0;
        u->burst_end = emu_now(m) + (uint64_t)BURST_US * emu_clock_hz(m) / 1000000u;
    }
    for (; u->tx.used && u->burst < DEPTH; u->burst++, u->unasked++) send(u, take(&u->tx));
    if (u->tx.used) {
        u->tx_busy = u->pausing = true;
        emu_schedule(device(u), EVENT_TX, u->burst_end);
    } else {
        u->raw |= INT_TX_DONE;
    }
}

static void tx_start(uart *u) {
    if (u->tx_busy || !u->tx.used) return;
    if (in_loader(u) && u->unasked < UNASKED_MAX) {
        send_burst(u);
        return;
    }
    uint64_t ns = frame_ns(u);
    if (ns == ESP_NEVER) return;
    u->shifting = take(&u->tx);
    u->tx_busy = true;
    emu_schedule_ns(device(u), EVENT_TX, ns);
}

static void tx_done(uart *u) {
    u->tx_busy = false;
    if (!u->pausing) send(u, u->shifting);
    u->pausing = false;
    tx_start(u);
    if (!u->tx_busy) u->raw |= INT_TX_DONE;
    update(u);
}

bool esp_uart_put(emu_device *d, uint8_t byte) {
    uart *u = (uart *)d;
    if (u->tx.used == DEPTH) return false;
    put(&u->tx, byte);
    tx_start(u);
    update(u);
    return true;
}

bool esp_uart_drained(const emu_device *d) { return !((const uart *)d)->tx_busy && !((const uart *)d)->tx.used; }

/* --- receiver --------------------------------------------------------------------------------------------------------------- */

static void receive(uart *u, uint8_t byte) {
    u->unasked = 0;
    if (u->rx.used == DEPTH) {
        u->raw |= INT_RX_OVF;
        if (u->port.number != ESP_NO_PORT) emu_serial_count_lost(machine(u), u->port.number);
    } else {
        put(&u->rx, byte);
        if (plain(u, CONF1) & CONF1_RX_TOUT_EN) {
            uint64_t ns = bits_ns(u, plain(u, MEM_CONF) >> 16 & 0x3FF);
            if (ns != ESP_NEVER) emu_schedule_ns(device(u), EVENT_TOUT, ns);
        }
    }
    update(u);
}

static bool listening(const uart *u) { return !u->port.claimed && !u->port.esp.held && rx_wired(u); }

void esp_uart_listen(emu_device *d) {
    uart *u = (uart *)d;
    uint32_t port = u->port.number;
    if (port == ESP_NO_PORT || u->port.claimed) return;
    if (in_loader(u)) {
        if (u->rx.used == DEPTH || !emu_serial_waiting(machine(u), port) || !listening(u)) return;
        while (u->rx.used < DEPTH && emu_serial_waiting(machine(u), port)) receive(u, (uint8_t)emu_serial_rx(machine(u), port));
        return;
    }
    if (u->line_busy || emu_serial_waiting(machine(u), port) == 0) return;
    uint64_t ns = frame_ns(u);
    u->line_busy = true; /* while the UART has no clock the line goes on at 115200 baud */
    emu_schedule_ns(d, EVENT_LINE, ns == ESP_NEVER ? esp_ns(10, 115200) : ns);
}

static void line_done(uart *u) {
    u->line_busy = false;
    if (!u->port.claimed && !in_loader(u)) {
        int byte = emu_serial_rx(machine(u), u->port.number);
        if (byte >= 0 && listening(u))
            receive(u, (uint8_t)byte);
        else if (byte >= 0)
            emu_serial_count_lost(machine(u), u->port.number);
    }
    esp_uart_listen(device(u));
}

static void serial_ready(emu_device *d, unsigned port) {
    if (port == ((uart *)d)->port.number) esp_uart_listen(d);
}

int esp_uart_get(emu_device *d) {
    uart *u = (uart *)d;
    if (!u->rx.used) return -1;
    uint8_t byte = take(&u->rx);
    if (!u->rx.used) emu_cancel(d, EVENT_TOUT);
    if (in_loader(u)) esp_uart_listen(d);
    update(u);
    return byte;
}

static void event(emu_device *d, uint32_t id) {
    uart *u = (uart *)d;
    if (id == EVENT_TX) tx_done(u);
    if (id == EVENT_LINE) line_done(u);
    if (id == EVENT_TOUT && u->rx.used) {
        u->raw |= INT_RX_TOUT;
        update(u);
    }
}

/* --- registers ----------------------------------------------------------------------------------------------------------------- */

static uint32_t status(const uart *u) {
    bool rxd = !u->gpio || esp_signal_source(u->gpio, u->signal) >= 0; /* idle is high */
    return u->rx.used | (rxd ? (uint32_t)STATUS_RXD : 0) | (uint32_t)STATUS_CTSN | u->tx.used << 16 | STATUS_DTRN | STATUS_RTSN |
           STATUS_TXD;
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    uart *u = self(d);
    int byte;
    switch (offset) {
    case FIFO:
        byte = esp_uart_get(&d->base);
        *value = byte < 0 ? 0 : (uint32_t)byte;
        return true;
    case INT_RAW:
    case INT_ST:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = offset == INT_RAW ? u->raw : u->raw & u->ena;
        return true;
    case INT_ENA: *value = u->ena; return true;
    case INT_CLR: *value = 0; return true;
    case STATUS:
        emu_poll_hint(d->base.machine, UINT64_MAX); /* only an event or another access changes it */
        *value = status(u);
        return true;
    case FSM_STATUS:
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = u->tx_busy ? (uint32_t)FSM_TX_SENDING : 0;
        return true;
    case MEM_TX_STATUS: *value = (u->tx.head + u->tx.used) % DEPTH | u->tx.head << 11; return true;
    case MEM_RX_STATUS: *value = (DEPTH + u->rx.head) | (DEPTH + (u->rx.head + u->rx.used) % DEPTH) << 11; return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    uart *u = self(d);
    switch (offset) {
    case FIFO: (void)esp_uart_put(&d->base, (uint8_t)value); return true; /* a full FIFO loses it */
    case INT_RAW: u->raw = value & INT_ALL; break;
    case INT_ENA: u->ena = value & INT_ALL; break;
    case INT_CLR: u->raw &= ~value; break;
    case INT_ST:
    case STATUS:
    case FSM_STATUS:
    case MEM_TX_STATUS:
    case MEM_RX_STATUS: return true;
    default: return false;
    }
    update(u);
    return true;
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    uart *u = self(d);
    (void)old;
    if (offset == CONF0) {
        uint32_t conf = plain(u, CONF0);
        if (conf & CONF0_RXFIFO_RST) {
            u->rx = (fifo){.head = 0};
            emu_cancel(&d->base, EVENT_TOUT);
            if (in_loader(u)) esp_uart_listen(&d->base);
        }
        if (conf & CONF0_TXFIFO_RST) u->tx = (fifo){.head = 0};
        if (conf & CONF0_TXD_BRK && !u->tx_busy) u->raw |= INT_TX_BRK_DONE;
    }
    if (offset == CLK_CONF) tx_start(u);
    update(u);
}

static void reset(esp_device *d) {
    uart *u = self(d);
    emu_cancel(&d->base, EVENT_TX);
    emu_cancel(&d->base, EVENT_TOUT);
    emu_cancel(&d->base, EVENT_LINE);
    u->tx = u->rx = (fifo){.head = 0};
    u->pausing = false;
    u->burst_end = 0;
    u->unasked = 0;
    u->tx_busy = u->line_busy = false;
    u->raw = u->ena = 0;
    update(u);
    if (u->gpio) esp_signal_drive(u->gpio, u->signal, true, true);
    esp_uart_listen(&d->base);
}

static void released(esp_device *d) { esp_uart_listen(&d->base); }

static void reset_chip(emu_device *d, emu_reset_kind kind) {
    ((uart *)d)->port.claimed = false;
    esp_reset(d, kind);
}

void esp_uart_set_baud(emu_device *d, uint32_t baud) {
    uint32_t sixteenths = (uint32_t)((16ull * ESP_XTAL_HZ + baud / 2) / baud);
    *esp_plain((esp_device *)d, CLK_CONF) = (*esp_plain((esp_device *)d, CLK_CONF) & ~0x3FFFFFu) | CLK_XTAL << 20 | CLK_SCLK_EN;
    *esp_plain((esp_device *)d, CLKDIV) = (sixteenths >> 4) | (sixteenths & 15) << 20;
}

static void link(emu_device *d) {
    uart *u = (uart *)d;
    u->system = emu_device_by_name(d->machine, "SYSTEM");
    u->gpio = emu_device_by_name(d->machine, "GPIO");
}

static const esp_register registers[] = {
    {CLKDIV, 1, 0x2B6, 0x00F00FFF},
    {RX_FILT, 1, 8, 0x1FF},
    {CONF0, 1, 0x1000001C, 0x1FFFFFFF},
    {CONF1, 1, 0xC060, 0x3FFFFF},
    {LOWPULSE, 1, 0xFFF, 0},
    {HIGHPULSE, 1, 0xFFF, 0},
    {RXD_CNT, 1, 0, 0},
    {FLOW_CONF, 1, 0, 0x3F},
    {SLEEP_CONF, 1, 0xF0, 0x3FF},
    {0x3C, 1, 0x26E0, 0x1FFFF},
    {0x40, 1, 0x2200, 0x1FFFF},
    {0x44, 1, 0xA, 0xFF},
    {0x48, 1, 0x40100, 0xFFFFF},
    {0x4C, 1, 0, 0x3FF},
    {0x50, 2, 0x901, 0xFFFF},
    {0x58, 1, 0xB, 0xFFFF},
    {0x5C, 1, 0x32B, 0xFFFF},
    {MEM_CONF, 1, 0xA0012, 0x0FFFFFFE},
    {POSPULSE, 2, 0xFFF, 0},
    {CLK_CONF, 1, 0x03701000, 0x0FFFFFFF},
    {DATE, 1, 0x02008270, ~0u},
    {ID, 1, 0x40000500, 0x7FFFFFFF}, /* REG_UPDATE clears itself once the registers are taken over, which is at once */
    {0, 0, 0, 0}};
static const esp_spec spec = {
    .registers = registers, .read = read, .write = write, .changed = changed, .reset = reset, .released = released};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"number", "port", "tx_pin", "rx_pin", NULL};
    uint64_t values[] = {0, ESP_NO_PORT, ESP_NO_PIN, ESP_NO_PIN};
    uart *u = (uart *)d;
    u->port.esp.spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    u->signal = values[0] ? ESP_SIG_U1 : ESP_SIG_U0;
    u->port.number = (uint32_t)values[1];
    u->tx_pin = (uint32_t)values[2];
    u->rx_pin = (uint32_t)values[3];
    return true;
}

const emu_device_class esp_uart = {
    .type = "esp.uart",
    .struct_size = sizeof(uart),
    .region_size = 0x1000,
    .init = init,
    .reset = reset_chip,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .serial_ready = serial_ready,
    .link = link,
};
