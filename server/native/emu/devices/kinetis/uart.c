/* SPDX-License-Identifier: Apache-2.0 */
/* UART in three kinds: that of the K64 with FIFOs (K64 RM, "Universal Asynchronous Receiver/Transmitter"), UART1 and UART2 of the KL25, and
 * its UART0 (KL25 RM, "Universal Asynchronous Receiver/Transmitter (UART0)", "... (UART1 and UART2)").
 *
 * A frame takes its bits in virtual time. Of a byte's way only the bytes are modelled: parity and framing are always right, breaks, wake-up
 * by address, LIN, infrared and ISO 7816 are not modelled. */
#include <string.h>

#include "devices/kinetis/kinetis.h"
#include "machine.h"
#include "serial.h"

enum {
    BDH,
    BDL,
    C1,
    C2,
    S1,
    S2,
    C3,
    D,
    MA1,
    MA2,
    C4,
    C5,
    ED,
    MODEM,
    IR,
    PFIFO = 0x10,
    CFIFO,
    SFIFO,
    TWFIFO,
    TCFIFO,
    RWFIFO,
    RCFIFO,
    REGS = 0x20
};
enum { KIND_K, KIND_KL, KIND_KL_UART0 };
enum { BDH_SBNS = 1u << 5 };
enum { C1_RSRC = 1u << 5, C1_M = 1u << 4, C1_LOOPS = 1u << 7 };
enum { C2_RE = 1u << 2, C2_TE = 1u << 3, C2_ILIE = 1u << 4, C2_RIE = 1u << 5, C2_TCIE = 1u << 6, C2_TIE = 1u << 7 };
enum {
    S1_PF = 1u << 0,
    S1_FE = 1u << 1,
    S1_NF = 1u << 2,
    S1_OR = 1u << 3,
    S1_IDLE = 1u << 4,
    S1_RDRF = 1u << 5,
    S1_TC = 1u << 6,
    S1_TDRE = 1u << 7
};
enum { S1_STICKY = S1_PF | S1_FE | S1_NF | S1_OR | S1_IDLE, S1_ERRORS = S1_PF | S1_FE | S1_NF | S1_OR };
enum { S2_RAF = 1u << 0 };
enum { DMA_RX = 1u << 5, DMA_TX = 1u << 7 }; /* in C5, or C4 of the KL's UART1 and UART2 */
enum { PFIFO_RXFE = 1u << 3, PFIFO_TXFE = 1u << 7 };
enum { CFIFO_RXFLUSH = 1u << 6, CFIFO_TXFLUSH = 1u << 7 };
enum { SFIFO_RXUF = 1u << 0, SFIFO_TXOF = 1u << 1, SFIFO_RXOF = 1u << 2, SFIFO_RXEMPT = 1u << 6, SFIFO_TXEMPT = 1u << 7 };
enum { EVENT_TX, EVENT_LINE, EVENT_IDLE };
enum { SIGNAL_TX, SIGNAL_RX };
enum { FIFO_MAX = 8 };

typedef struct {
    uint8_t bytes[FIFO_MAX];
    unsigned used;
} fifo;

typedef struct {
    kin_device kin;
    uint32_t kind, depth;          /* FIFO in bytes, 1: only a data register */
    uint32_t port, tx_pin, rx_pin; /* serial port of the machine and the pins that the board wires to it */
    uint32_t err_irq;              /* 0: errors come by the one interrupt */
    uint32_t dma_tx, dma_rx;       /* request sources */
    bool core_clock;               /* clocked by the core's clock, not by the bus clock */
    uint8_t r[REGS];
    uint8_t sticky, sfifo; /* of S1, of SFIFO */
    uint8_t armed;         /* flags of S1 that were read, and that a read of D clears */
    fifo tx, rx;
    bool shifting, line_busy;
    uint8_t shift;
} uart;

static emu_machine *machine(const uart *u) { return u->kin.base.machine; }

static void push(fifo *f, uint8_t byte) { f->bytes[f->used++] = byte; }

static uint8_t pop(fifo *f) {
    uint8_t byte = f->bytes[0];
    f->used--;
    memmove(f->bytes, f->bytes + 1, f->used);
    return byte;
}

static unsigned tx_depth(const uart *u) { return u->r[PFIFO] & PFIFO_TXFE ? u->depth : 1; }
static unsigned rx_depth(const uart *u) { return u->r[PFIFO] & PFIFO_RXFE ? u->depth : 1; }

/* --- time ------------------------------------------------------------------------------------------------------------------- */

static uint32_t clock_hz(const uart *u) {
    if (u->kind != KIND_KL_UART0) return kin_clock(&u->kin, u->core_clock ? KIN_CORE : KIN_BUS);
    static const kin_clock_id sources[4] = {KIN_CLOCKS, KIN_PLLFLL, KIN_OSCERCLK, KIN_MCGIRCLK};
    kin_clock_id source = sources[kin_sim(&u->kin, SIM_SOPT2) >> 26 & 3u];
    return source == KIN_CLOCKS ? 0 : kin_clock(&u->kin, source);
}

/* Cycles of a frame, 0: it has no baud rate. */
static uint64_t frame_cycles(const uart *u) {
    uint32_t sbr = (uint32_t)(u->r[BDH] & 0x1Fu) << 8 | u->r[BDL], hz = clock_hz(u);
    if (!sbr || !hz) return 0;
    uint64_t bits = 10u + !!(u->r[C1] & C1_M) + !!(u->r[BDH] & BDH_SBNS);
    uint64_t cycles = emu_clock_hz(machine(u));
    switch (u->kind) {
    case KIND_K: cycles = cycles * bits * (sbr * 32 + (u->r[C4] & 0x1Fu)) / 2; break;
    case KIND_KL: cycles = cycles * bits * sbr * 16; break;
    default: cycles = cycles * bits * sbr * ((u->r[C4] & 0x1Fu) + 1u); break;
    }
    return cycles / hz + 1;
}

/* --- flags and interrupts --------------------------------------------------------------------------------------------------- */

static uint8_t s1(const uart *u) {
    uint8_t s = u->sticky;
    unsigned tx_mark = u->r[PFIFO] & PFIFO_TXFE ? u->r[TWFIFO] : 0, rx_mark = u->r[PFIFO] & PFIFO_RXFE && u->r[RWFIFO] ? u->r[RWFIFO] : 1;
    if (u->tx.used <= tx_mark) s |= S1_TDRE;
    if (!u->tx.used && !u->shifting) s |= S1_TC;
    if (u->rx.used >= rx_mark) s |= S1_RDRF;
    return s;
}

static uint8_t dma_bits(const uart *u) { return u->r[u->kind == KIND_KL ? MA1 : C5]; } /* the KL's C4 is where others have MA1 */

static void update(uart *u) {
    uint8_t s = s1(u), c2 = u->r[C2], dma = dma_bits(u);
    bool tx_ask = s & S1_TDRE && c2 & C2_TE && (u->kind == KIND_KL_UART0 || c2 & C2_TIE);
    bool rx_ask = s & S1_RDRF && (u->kind == KIND_KL_UART0 || c2 & C2_RIE);
    bool irq = (s & S1_TDRE && c2 & C2_TIE && !(dma & DMA_TX)) || (s & S1_TC && c2 & C2_TCIE) ||
               (s & S1_RDRF && c2 & C2_RIE && !(dma & DMA_RX)) || (s & S1_IDLE && c2 & C2_ILIE);
    bool error = (u->sticky & u->r[C3] & S1_ERRORS) || (u->kind == KIND_K && u->sfifo & u->r[CFIFO] & 7u);
    if (!u->err_irq) irq = irq || error;
    emu_irq_set(machine(u), u->kin.base.irq, irq);
    if (u->err_irq) emu_irq_set(machine(u), (int)u->err_irq, error);
    kin_dma_request(&u->kin, u->dma_tx, dma & DMA_TX && tx_ask);
    kin_dma_request(&u->kin, u->dma_rx, dma & DMA_RX && rx_ask);
}

/* --- the line --------------------------------------------------------------------------------------------------------------- */

static void tx_next(uart *u) {
    uint64_t cycles = frame_cycles(u);
    if (u->shifting || !u->tx.used || !(u->r[C2] & C2_TE) || !cycles) return;
    u->shift = pop(&u->tx);
    u->shifting = true;
    emu_schedule(&u->kin.base, EVENT_TX, emu_now(machine(u)) + cycles);
}

static void take_byte(uart *u, uint8_t byte) {
    if (u->rx.used >= rx_depth(u)) {
        u->sticky |= S1_OR;
        u->sfifo |= SFIFO_RXOF;
        if (u->port != KIN_NO_PORT) emu_serial_count_lost(machine(u), u->port);
    } else {
        push(&u->rx, byte);
    }
    emu_schedule(&u->kin.base, EVENT_IDLE, emu_now(machine(u)) + frame_cycles(u));
}

static bool loops(const uart *u) { return (u->r[C1] & (C1_LOOPS | C1_RSRC)) == C1_LOOPS; }

static void tx_done(uart *u) {
    u->shifting = false;
    if (loops(u)) {
        if (u->r[C2] & C2_RE) take_byte(u, u->shift);
    } else if (u->port != KIN_NO_PORT && kin_has_pin(&u->kin, SIGNAL_TX, u->tx_pin)) {
        emu_serial_tx(machine(u), u->port, u->shift);
    }
    tx_next(u);
}

static void listen(uart *u) {
    if (u->line_busy || u->port == KIN_NO_PORT || emu_serial_waiting(machine(u), u->port) == 0) return;
    uint64_t cycles = frame_cycles(u);
    u->line_busy = true; /* without a baud rate of its own the frame is that of 115200 baud: it is lost either way */
    emu_schedule(&u->kin.base, EVENT_LINE, emu_now(machine(u)) + (cycles ? cycles : kin_us(machine(u), 87)));
}

static void serial_ready(emu_device *d, unsigned port) {
    uart *u = (uart *)d;
    if (port == u->port) listen(u);
}

static void line_byte(uart *u) {
    u->line_busy = false;
    int byte = emu_serial_rx(machine(u), u->port);
    bool hears = u->r[C2] & C2_RE && !loops(u) && frame_cycles(u) && kin_has_pin(&u->kin, SIGNAL_RX, u->rx_pin);
    if (byte >= 0 && hears)
        take_byte(u, (uint8_t)byte);
    else if (byte >= 0)
        emu_serial_count_lost(machine(u), u->port);
    listen(u);
}

static void event(emu_device *d, uint32_t id) {
    uart *u = (uart *)d;
    switch (id) {
    case EVENT_TX: tx_done(u); break;
    case EVENT_LINE: line_byte(u); break;
    default: u->sticky |= S1_IDLE; break;
    }
    update(u);
}

/* --- pins ------------------------------------------------------------------------------------------------------------------- */

static emu_level tx_level(const uart *u) { return u->r[C2] & C2_TE ? EMU_HIGH : EMU_FLOAT; }

static void routed(kin_device *d, const kin_route *route) {
    if (route->signal == SIGNAL_TX) kin_drive_pin(kin_machine(d), route->pin, tx_level((uart *)d));
}

/* --- registers -------------------------------------------------------------------------------------------------------------- */

static unsigned register_count(const uart *u) { return u->kind == KIND_K ? REGS : u->kind == KIND_KL ? MA1 + 1 : C5 + 1; }

static uint8_t read_d(uart *u) {
    uint8_t byte = u->rx.bytes[0];
    if (u->rx.used)
        byte = pop(&u->rx);
    else
        u->sfifo |= SFIFO_RXUF;
    if (u->kind != KIND_KL_UART0) u->sticky &= (uint8_t)~u->armed;
    u->armed = 0;
    update(u);
    return byte;
}

static uint32_t read(kin_device *d, uint32_t offset) {
    uart *u = (uart *)d;
    if (offset >= register_count(u)) {
        kin_log_read(d, offset);
        return 0;
    }
    switch (offset) {
    case S1:
        emu_poll_hint(kin_machine(d), UINT64_MAX);
        u->armed = u->sticky;
        return s1(u);
    case S2: return (u->r[S2] & ~(uint32_t)S2_RAF) | (u->line_busy ? (uint32_t)S2_RAF : 0);
    case D: return read_d(u);
    default: break;
    }
    if (u->kind != KIND_K) return u->r[offset];
    switch (offset) {
    case SFIFO: return u->sfifo | (u->tx.used ? 0 : (uint32_t)SFIFO_TXEMPT) | (u->rx.used ? 0 : (uint32_t)SFIFO_RXEMPT);
    case CFIFO: return u->r[CFIFO] & 7u;
    case TCFIFO: emu_poll_hint(kin_machine(d), UINT64_MAX); return u->tx.used;
    case RCFIFO: emu_poll_hint(kin_machine(d), UINT64_MAX); return u->rx.used;
    default: return u->r[offset];
    }
}

static void write_d(uart *u, uint8_t v) {
    if (u->tx.used < tx_depth(u))
        push(&u->tx, v);
    else if (u->kind == KIND_K)
        u->sfifo |= SFIFO_TXOF;
    else
        u->tx.bytes[0] = v;
}

static void write_c2(uart *u, uint8_t v) {
    u->r[C2] = v;
    if (!(v & C2_RE)) emu_cancel(&u->kin.base, EVENT_IDLE);
    kin_drive(&u->kin, SIGNAL_TX, tx_level(u));
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    uart *u = (uart *)d;
    uint8_t v = (uint8_t)value;
    (void)mask;
    if (offset >= register_count(u)) {
        kin_log_write(d, offset, value);
        return;
    }
    switch (offset) {
    case S1:
        if (u->kind == KIND_KL_UART0) u->sticky &= (uint8_t)~v;
        break;
    case S2: u->r[S2] = v & 0x3Eu; break;
    case C2: write_c2(u, v); break;
    case D: write_d(u, v); break;
    case PFIFO:
        if (u->kind == KIND_K && !(u->r[C2] & (C2_TE | C2_RE)))
            u->r[PFIFO] = (uint8_t)((u->r[PFIFO] & 0x77u) | (v & (PFIFO_RXFE | PFIFO_TXFE)));
        break;
    case CFIFO:
        u->r[CFIFO] = v & 7u;
        if (v & CFIFO_RXFLUSH) u->rx.used = 0;
        if (v & CFIFO_TXFLUSH) u->tx.used = 0;
        break;
    case SFIFO: u->sfifo &= (uint8_t)~v; break;
    case TCFIFO:
    case RCFIFO: break;
    default: u->r[offset] = v; break;
    }
    tx_next(u);
    update(u);
}

static void clocks(kin_device *d, bool changed) {
    if (changed) tx_next((uart *)d); /* a frame under way keeps the end it had */
}

static void reset(emu_device *d, emu_reset_kind kind) {
    uart *u = (uart *)d;
    (void)kind;
    memset(u->r, 0, sizeof u->r);
    u->r[BDL] = 4;
    if (u->kind == KIND_KL_UART0) u->r[C4] = 0x0F;
    if (u->kind == KIND_K) {
        u->r[PFIFO] = u->depth == 8 ? 0x22 : 0x00;
        u->r[RWFIFO] = 1;
        u->r[0x1B] = 0x0A; /* WP7816 */
        u->r[0x1D] = 0x01; /* WF7816 */
    }
    u->sticky = u->sfifo = u->armed = 0;
    u->tx.used = u->rx.used = 0;
    u->shifting = u->line_busy = false;
    update(u);
    listen(u);
}

static const char *const known[] = {"kind", "fifo", "port", "tx_pin", "rx_pin", "err_irq", "dma_tx", "dma_rx", "core_clock", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write, .clocks = clocks, .routed = routed};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    uart *u = (uart *)d;
    u->kind = (uint32_t)emu_param_value(params, count, "kind", KIND_K);
    u->depth = emu_param_value(params, count, "fifo", 1) == FIFO_MAX ? FIFO_MAX : 1;
    u->port = (uint32_t)emu_param_value(params, count, "port", KIN_NO_PORT);
    u->tx_pin = (uint32_t)emu_param_value(params, count, "tx_pin", KIN_NO_PIN);
    u->rx_pin = (uint32_t)emu_param_value(params, count, "rx_pin", KIN_NO_PIN);
    u->err_irq = (uint32_t)emu_param_value(params, count, "err_irq", 0);
    u->dma_tx = (uint32_t)emu_param_value(params, count, "dma_tx", 0);
    u->dma_rx = (uint32_t)emu_param_value(params, count, "dma_rx", 0);
    u->core_clock = emu_param_value(params, count, "core_clock", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_uart = {
    .type = "kinetis.uart",
    .struct_size = sizeof(uart),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .serial_ready = serial_ready,
    .link = kin_link,
};
