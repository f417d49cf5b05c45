/* SPDX-License-Identifier: Apache-2.0 */
/* UART and UARTE: one block with two register sets, chosen by ENABLE (nRF52833 PS, "UART" and "UARTE"; nRF51 RM, "UART").
 *
 * A frame takes its bits in virtual time. Bytes come over the line whether or not the receiver listens: those that nobody takes are lost
 * and counted, as on a bench. Flow control lines are not modelled (CTS counts as asserted); the level of the TX pin stays at idle. */
#include "devices/nrf5/nrf.h"
#include "machine.h"
#include "serial.h"

enum { /* tasks */
       TASKS_STARTRX,
       TASKS_STOPRX,
       TASKS_STARTTX,
       TASKS_STOPTX,
       TASKS_SUSPEND = 7,  /* UART */
       TASKS_FLUSHRX = 11, /* UARTE */
};
enum { /* events */
       EVENTS_CTS = 0,
       EVENTS_NCTS = 1,
       EVENTS_RXDRDY = 2,
       EVENTS_ENDRX = 4,
       EVENTS_TXDRDY = 7,
       EVENTS_ENDTX = 8,
       EVENTS_ERROR = 9,
       EVENTS_RXTO = 17,
       EVENTS_RXSTARTED = 19,
       EVENTS_TXSTARTED = 20,
       EVENTS_TXSTOPPED = 22,
};
enum {
    ERRORSRC = 0x480,
    ENABLE = 0x500,
    PSEL_RTS = 0x508,
    PSEL_TXD = 0x50C,
    PSEL_CTS = 0x510,
    PSEL_RXD = 0x514,
    RXD = 0x518, /* UART */
    TXD = 0x51C, /* UART */
    BAUDRATE = 0x524,
    RXD_PTR = 0x534,
    RXD_MAXCNT = 0x538,
    RXD_AMOUNT = 0x53C,
    TXD_PTR = 0x544,
    TXD_MAXCNT = 0x548,
    TXD_AMOUNT = 0x54C,
    CONFIG = 0x56C,
};
enum { DISABLED = 0, ENABLED_UART = 4, ENABLED_UARTE = 8 };
enum { ERROR_OVERRUN = 1u << 0 };
enum { EVENT_TX, EVENT_LINE, EVENT_RXTO, EVENT_RXEMPTY };
enum { FIFO_UART = 6, FIFO_UARTE = 4 }; /* bytes; PS, "UART", "Reception", and "UARTE", "Reception" */
enum { RXTO_FRAMES = 4 };               /* after STOPRX up to four more bytes are taken */

#define NO_PORT 0xFFFFFFFFu
#define NO_PIN 0xFFFFFFFFu
#define MAXCNT_MASK 0xFFFFu

typedef struct {
    nrf_device nrf;
    bool has_dma;            /* false: UART only (nRF51) */
    uint32_t port;           /* serial port of the machine, NO_PORT: none */
    uint32_t tx_pin, rx_pin; /* pins that the board wires to that port; NO_PIN: whichever the firmware picks */
    uint32_t enable, psel[4], baudrate, config, errorsrc;
    uint32_t rxd_ptr, rxd_maxcnt, rxd_amount, txd_ptr, txd_maxcnt, txd_amount;
    uint32_t claimed_pin;
    /* transmitter */
    bool tx_on, tx_busy, tx_stopping, tx_holds;
    uint8_t tx_byte, tx_held;
    uint32_t tx_at, tx_left;
    /* receiver */
    bool rx_on, rx_stopping, rx_dma;
    uint32_t rx_at, rx_room, rx_count;
    uint8_t fifo[FIFO_UART];
    unsigned fifo_used;
    bool line_busy; /* a frame is coming in */
} uarte;

static emu_machine *machine(const uarte *u) { return u->nrf.base.machine; }

/* Cycles of one frame: BAUDRATE is baud * 2^32 / 16 MHz, rounded (PS, "BAUDRATE"). */
static uint64_t frame_cycles(const uarte *u) {
    uint64_t bits = 1 + 8 + ((u->config >> 1 & 7u) == 7u) + 1 + (u->config >> 4 & 1u);
    uint32_t rate = u->enable != DISABLED && u->baudrate >= 0x1000u ? u->baudrate : 0x01D60000u; /* 115200 */
    return (bits * (emu_clock_hz(machine(u)) / 16000000u) << 32) / rate;
}

static bool wired(uint32_t psel, uint32_t board_pin) {
    return nrf_psel_connected(psel) && (board_pin == NO_PIN || nrf_psel_pin(psel) == board_pin);
}

static void error(uarte *u, uint32_t source) {
    u->errorsrc |= source;
    nrf_event(&u->nrf, EVENTS_ERROR);
}

/* --- transmitter ---------------------------------------------------------------------------------------------------- */

static void tx_frame(uarte *u, uint8_t byte) {
    u->tx_byte = byte;
    u->tx_busy = true;
    emu_schedule(&u->nrf.base, EVENT_TX, emu_now(machine(u)) + frame_cycles(u));
}

static bool in_data_ram(uint32_t address) { return address >> 29 == 1; } /* EasyDMA reaches Data RAM only (PS, "EasyDMA") */

static void tx_next(uarte *u) {
    uint8_t byte = 0;
    if (!in_data_ram(u->tx_at) || !emu_dma_read(machine(u), u->tx_at, &byte, 1)) emu_log_unmodelled(machine(u), u->tx_at, 0, 1, false);
    u->tx_at++;
    u->tx_left--;
    tx_frame(u, byte);
}

static void tx_end(uarte *u) {
    u->tx_on = false;
    nrf_event(&u->nrf, EVENTS_ENDTX);
    if (u->tx_stopping) {
        u->tx_stopping = false;
        nrf_event(&u->nrf, EVENTS_TXSTOPPED);
    }
}

static void start_tx(uarte *u) {
    if (u->enable == ENABLED_UART) {
        u->tx_on = true;
    } else if (u->enable == ENABLED_UARTE) {
        if (u->tx_on) return;
        u->tx_at = u->txd_ptr;
        u->tx_left = u->txd_maxcnt;
        u->txd_amount = 0;
        u->tx_on = true;
        nrf_event(&u->nrf, EVENTS_TXSTARTED);
        if (u->tx_left == 0)
            tx_end(u);
        else
            tx_next(u);
    }
}

static void stop_tx(uarte *u) {
    if (u->enable == ENABLED_UART) {
        u->tx_on = u->tx_holds = false; /* the frame under way is finished */
    } else if (u->enable == ENABLED_UARTE) {
        if (u->tx_busy) {
            u->tx_stopping = true;
            u->tx_left = 0;
        } else {
            u->tx_on = false;
            nrf_event(&u->nrf, EVENTS_TXSTOPPED);
        }
    }
}

static void tx_done(uarte *u) {
    u->tx_busy = false;
    if (u->port != NO_PORT && wired(u->psel[1], u->tx_pin)) emu_serial_tx(machine(u), u->port, u->tx_byte);
    if (u->enable == ENABLED_UARTE) {
        u->txd_amount++;
        nrf_event(&u->nrf, EVENTS_TXDRDY);
        if (u->tx_left)
            tx_next(u);
        else
            tx_end(u);
    } else if (u->enable == ENABLED_UART) {
        if (u->tx_holds && u->tx_on) {
            u->tx_holds = false;
            tx_frame(u, u->tx_held);
        }
        nrf_event(&u->nrf, EVENTS_TXDRDY);
    }
}

static void write_txd(uarte *u, uint8_t byte) {
    if (u->enable != ENABLED_UART || !u->tx_on) return;
    if (u->tx_busy) {
        u->tx_holds = true;
        u->tx_held = byte;
    } else {
        tx_frame(u, byte);
    }
}

/* --- receiver ------------------------------------------------------------------------------------------------------- */

static void start_rx(uarte *u);
static void stop_rx(uarte *u);

static void rx_end(uarte *u) {
    u->rx_dma = false;
    u->rxd_amount = u->rx_count;
    nrf_event(&u->nrf, EVENTS_ENDRX);
}

static void rx_store(uarte *u, uint8_t byte) {
    if (!in_data_ram(u->rx_at) || !emu_dma_write(machine(u), u->rx_at, &byte, 1)) emu_log_unmodelled(machine(u), u->rx_at, byte, 1, true);
    u->rx_at++;
    u->rx_count++;
    u->rxd_amount = u->rx_count;
    if (u->rx_count == u->rx_room) rx_end(u);
}

static void fifo_drain(uarte *u) {
    unsigned i = 0;
    unsigned have = u->fifo_used;
    uint8_t bytes[FIFO_UART];
    for (unsigned k = 0; k < have; k++) bytes[k] = u->fifo[k];
    u->fifo_used = 0;
    while (i < have && u->rx_dma) rx_store(u, bytes[i++]);
    while (i < have && u->fifo_used < FIFO_UART) u->fifo[u->fifo_used++] = bytes[i++];
}

static void rx_begin(uarte *u) {
    u->rx_at = u->rxd_ptr;
    u->rx_room = u->rxd_maxcnt;
    u->rx_count = 0;
    u->rxd_amount = 0;
    u->rx_dma = u->rx_room != 0;
}

static void start_rx(uarte *u) {
    if (u->enable == DISABLED) return;
    emu_cancel(&u->nrf.base, EVENT_RXTO);
    emu_cancel(&u->nrf.base, EVENT_RXEMPTY);
    u->rx_on = true;
    u->rx_stopping = false;
    if (u->enable != ENABLED_UARTE) return;
    rx_begin(u);
    nrf_event(&u->nrf, EVENTS_RXSTARTED);
    fifo_drain(u);
    /* An empty buffer ends a microsecond later, so that ENDRX_STARTRX on it does not go round within one moment. */
    if (u->rx_room == 0) emu_schedule(&u->nrf.base, EVENT_RXEMPTY, emu_now(machine(u)) + nrf_us(machine(u), 1));
}

static void stop_rx(uarte *u) {
    if (!u->rx_on || u->rx_stopping) return;
    u->rx_stopping = true;
    emu_schedule(&u->nrf.base, EVENT_RXTO, emu_now(machine(u)) + RXTO_FRAMES * frame_cycles(u));
}

static void rx_timeout(uarte *u) {
    u->rx_on = u->rx_stopping = false;
    if (u->rx_dma) rx_end(u); /* an impending ENDRX comes before RXTO */
    nrf_event(&u->nrf, EVENTS_RXTO);
}

/* PS, "UARTE", "Reception": moves what is left in the FIFO after RXTO to the RX buffer. */
static void flush_rx(uarte *u) {
    if (u->enable != ENABLED_UARTE || u->rx_dma) return;
    rx_begin(u);
    fifo_drain(u);
    if (u->rx_dma || u->rx_room == 0) rx_end(u);
}

static void take_byte(uarte *u, uint8_t byte) {
    if (!u->rx_on || !wired(u->psel[3], u->rx_pin)) {
        emu_serial_count_lost(machine(u), u->port);
        return;
    }
    if (u->enable == ENABLED_UARTE && u->rx_dma) {
        nrf_event(&u->nrf, EVENTS_RXDRDY);
        if (u->rx_dma) rx_store(u, byte);
        return;
    }
    unsigned depth = u->enable == ENABLED_UARTE ? FIFO_UARTE : FIFO_UART;
    if (u->fifo_used == depth) {
        emu_serial_count_lost(machine(u), u->port);
        error(u, ERROR_OVERRUN);
        return;
    }
    u->fifo[u->fifo_used++] = byte;
    if (u->enable == ENABLED_UARTE || u->fifo_used == 1) nrf_event(&u->nrf, EVENTS_RXDRDY);
}

static uint32_t read_rxd(uarte *u) {
    if (u->enable != ENABLED_UART || u->fifo_used == 0) return 0;
    uint8_t byte = u->fifo[0];
    u->fifo_used--;
    for (unsigned i = 0; i < u->fifo_used; i++) u->fifo[i] = u->fifo[i + 1];
    if (u->fifo_used) nrf_event(&u->nrf, EVENTS_RXDRDY); /* the next byte moves from the FIFO to RXD */
    return byte;
}

static void line_listen(uarte *u) {
    if (u->line_busy || u->port == NO_PORT || emu_serial_waiting(machine(u), u->port) == 0) return;
    u->line_busy = true;
    emu_schedule(&u->nrf.base, EVENT_LINE, emu_now(machine(u)) + frame_cycles(u));
}

static void serial_ready(emu_device *d, unsigned port) {
    uarte *u = (uarte *)d;
    if (port == u->port) line_listen(u);
}

/* --- registers ------------------------------------------------------------------------------------------------------ */

static void task(nrf_device *d, unsigned n) {
    uarte *u = (uarte *)d;
    switch (n) {
    case TASKS_STARTRX: start_rx(u); break;
    case TASKS_STOPRX: stop_rx(u); break;
    case TASKS_STARTTX: start_tx(u); break;
    case TASKS_STOPTX: stop_tx(u); break;
    case TASKS_FLUSHRX: flush_rx(u); break;
    case TASKS_SUSPEND:
        if (u->enable != ENABLED_UART) break;
        stop_tx(u);
        u->rx_on = false;
        break;
    default: break;
    }
}

static void event(emu_device *d, uint32_t id) {
    uarte *u = (uarte *)d;
    if (id == EVENT_TX) {
        tx_done(u);
    } else if (id == EVENT_RXTO) {
        rx_timeout(u);
    } else if (id == EVENT_RXEMPTY) {
        rx_end(u);
    } else {
        u->line_busy = false;
        int byte = emu_serial_rx(machine(u), u->port);
        if (byte >= 0) take_byte(u, (uint8_t)byte);
        line_listen(u);
    }
}

/* The TX pin idles high while the UART owns it. */
static void claim_tx(uarte *u) {
    uint32_t pin = u->enable != DISABLED && nrf_psel_connected(u->psel[1]) ? nrf_psel_pin(u->psel[1]) : NO_PIN;
    if (pin == u->claimed_pin) return;
    if (u->claimed_pin != NO_PIN) nrf_pin_claim(machine(u), u->claimed_pin, EMU_FLOAT);
    if (pin != NO_PIN) nrf_pin_claim(machine(u), pin, EMU_HIGH);
    u->claimed_pin = pin;
}

static void stop_all(uarte *u) {
    emu_cancel(&u->nrf.base, EVENT_TX);
    emu_cancel(&u->nrf.base, EVENT_RXTO);
    emu_cancel(&u->nrf.base, EVENT_RXEMPTY);
    u->tx_on = u->tx_busy = u->tx_stopping = u->tx_holds = false;
    u->rx_on = u->rx_stopping = u->rx_dma = false;
    u->fifo_used = 0;
}

static uint32_t *plain_register(uarte *u, uint32_t offset, uint32_t *mask) {
    *mask = 0xFFFFFFFFu;
    switch (offset) {
    case PSEL_RTS:
    case PSEL_TXD:
    case PSEL_CTS:
    case PSEL_RXD: *mask = 0x8000003Fu; return &u->psel[(offset - PSEL_RTS) / 4];
    case BAUDRATE: return &u->baudrate;
    case CONFIG: *mask = 0x11Fu; return &u->config;
    case RXD_PTR: return &u->rxd_ptr;
    case RXD_MAXCNT: *mask = MAXCNT_MASK; return &u->rxd_maxcnt;
    case TXD_PTR: return &u->txd_ptr;
    case TXD_MAXCNT: *mask = MAXCNT_MASK; return &u->txd_maxcnt;
    default: return NULL;
    }
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    uarte *u = (uarte *)d;
    uint32_t mask;
    const uint32_t *plain = plain_register(u, offset, &mask);
    if (plain) return *plain;
    switch (offset) {
    case ERRORSRC: return u->errorsrc;
    case ENABLE: return u->enable;
    case RXD: return read_rxd(u);
    case TXD: return 0;
    case RXD_AMOUNT: emu_poll_hint(d->base.machine, UINT64_MAX); return u->rxd_amount;
    case TXD_AMOUNT: emu_poll_hint(d->base.machine, UINT64_MAX); return u->txd_amount;
    default: emu_log_unmodelled(d->base.machine, d->base.base + offset, 0, 4, false); return 0;
    }
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    uarte *u = (uarte *)d;
    uint32_t mask;
    uint32_t *plain = plain_register(u, offset, &mask);
    if (plain) {
        *plain = value & mask;
        if (offset == PSEL_TXD) claim_tx(u);
        return;
    }
    switch (offset) {
    case ERRORSRC: u->errorsrc &= ~value; break;
    case ENABLE:
        u->enable = value & 0xFu;
        if (u->enable != ENABLED_UART && !(u->enable == ENABLED_UARTE && u->has_dma)) {
            u->enable = DISABLED;
            stop_all(u);
        }
        claim_tx(u);
        break;
    case TXD: write_txd(u, (uint8_t)value); break;
    case RXD:
    case RXD_AMOUNT:
    case TXD_AMOUNT: break;
    default: emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true); break;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    uarte *u = (uarte *)d;
    (void)kind;
    stop_all(u);
    emu_cancel(d, EVENT_LINE); /* a reset of the machine has cleared all events: the frame on the line starts over */
    u->line_busy = false;
    nrf_reset(&u->nrf);
    u->enable = DISABLED;
    for (unsigned i = 0; i < 4; i++) u->psel[i] = 0xFFFFFFFFu;
    u->baudrate = 0x04000000u;
    u->config = u->errorsrc = 0;
    u->rxd_ptr = u->rxd_maxcnt = u->rxd_amount = u->txd_ptr = u->txd_maxcnt = u->txd_amount = 0;
    claim_tx(u);
    line_listen(u);
}

static const nrf_short shorts[] = {
    {3, EVENTS_CTS, TASKS_STARTRX}, {4, EVENTS_NCTS, TASKS_STOPRX}, {5, EVENTS_ENDRX, TASKS_STARTRX}, {6, EVENTS_ENDRX, TASKS_STOPRX}};

static const nrf_spec spec = {
    .tasks = 0xFu | 1u << TASKS_SUSPEND | 1u << TASKS_FLUSHRX,
    .events = 7u | 1u << EVENTS_ENDRX | 1u << EVENTS_TXDRDY | 1u << EVENTS_ENDTX | 1u << EVENTS_ERROR | 1u << EVENTS_RXTO |
              1u << EVENTS_RXSTARTED | 1u << EVENTS_TXSTARTED | 1u << EVENTS_TXSTOPPED,
    .shorts = shorts,
    .short_count = 4,
    .has_inten = true,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char message[EMU_ERROR_MAX]) {
    static const char *const known[] = {"dma", "port", "tx_pin", "rx_pin", NULL};
    uarte *u = (uarte *)d;
    u->nrf.spec = &spec;
    u->has_dma = emu_param_value(params, count, "dma", 1) != 0;
    u->port = (uint32_t)emu_param_value(params, count, "port", NO_PORT);
    u->tx_pin = (uint32_t)emu_param_value(params, count, "tx_pin", NO_PIN);
    u->rx_pin = (uint32_t)emu_param_value(params, count, "rx_pin", NO_PIN);
    u->claimed_pin = NO_PIN;
    return emu_params_take(d, params, count, known, NULL, message);
}

const emu_device_class nrf5_uarte = {
    .type = "nrf5.uarte",
    .struct_size = sizeof(uarte),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
    .serial_ready = serial_ready,
};
