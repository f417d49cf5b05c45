/* SPDX-License-Identifier: Apache-2.0 */
/* USART and UART of F1 and F4 (`stm32.usart`: RM0008 and RM0090, "USART"), USART, UART and LPUART of L4 (`stm32.usart_v2`: RM0351, "USART",
 * "LPUART"). Asynchronous mode; the other modes keep their registers and do nothing.
 *
 * A frame takes its bits in virtual time. Bytes come over the line whether or not the receiver listens: those that nobody takes are lost
 * and counted. Flow control lines count as asserted; the level of the TX pin stays at idle. */
#include "devices/stm32/stm32.h"
#include "machine.h"
#include "serial.h"

enum { /* F1, F4 */
       SR = 0x00,
       DR = 0x04,
       BRR = 0x08,
       CR1 = 0x0C,
       CR2 = 0x10,
       CR3 = 0x14,
       GTPR = 0x18,
};
enum { /* L4 */
       V2_CR1 = 0x00,
       V2_CR2 = 0x04,
       V2_CR3 = 0x08,
       V2_BRR = 0x0C,
       V2_GTPR = 0x10,
       V2_RTOR = 0x14,
       V2_RQR = 0x18,
       V2_ISR = 0x1C,
       V2_ICR = 0x20,
       V2_RDR = 0x24,
       V2_TDR = 0x28,
};
enum { /* SR, ISR */
       PE = 1u << 0,
       FE = 1u << 1,
       NF = 1u << 2,
       ORE = 1u << 3,
       IDLE = 1u << 4,
       RXNE = 1u << 5,
       TC = 1u << 6,
       TXE = 1u << 7,
       LBD = 1u << 8,
       CTS = 1u << 9,
       RTOF = 1u << 11,
       BUSY = 1u << 16,
       CMF = 1u << 17,
       TEACK = 1u << 21,
       REACK = 1u << 22,
};
enum { /* CR1 */
       V2_UE = 1u << 0,
       RE = 1u << 2,
       TE = 1u << 3,
       IDLEIE = 1u << 4,
       RXNEIE = 1u << 5,
       TCIE = 1u << 6,
       TXEIE = 1u << 7,
       PEIE = 1u << 8,
       PS = 1u << 9,
       PCE = 1u << 10,
       M = 1u << 12,
       UE = 1u << 13,
       CMIE = 1u << 14,
       OVER8 = 1u << 15,
       RTOIE = 1u << 26,
       M1 = 1u << 28,
};
enum { CR2_RTOEN = 1u << 23 };
enum { CR3_EIE = 1u << 0, CR3_DMAR = 1u << 6, CR3_DMAT = 1u << 7, CR3_OVRDIS = 1u << 12 };
enum { SIGNAL_TX, SIGNAL_RX };
enum { REQUEST_TX, REQUEST_RX };
enum { EVENT_TX, EVENT_LINE, EVENT_IDLE, EVENT_RTO };
#define NO_PORT 0xFFFFFFFFu

typedef struct {
    stm32_device dev;
    bool v2, low_power; /* low_power: LPUART */
    uint32_t port, tx_pin, rx_pin;
    uint32_t ccipr_shift; /* of the field that chooses the clock, L4; 0xFF: none */
    uint32_t sr, brr, cr1, cr2, cr3, gtpr, rtor;
    uint32_t seen;     /* F1, F4: flags that were set when SR was read last */
    uint16_t rdr, tdr; /* tdr waits while TXE is 0 */
    uint8_t shift;
    bool sending, line_busy;
} usart;

static emu_machine *machine(const usart *u) { return u->dev.base.machine; }
static bool enabled(const usart *u) { return u->cr1 & (u->v2 ? (uint32_t)V2_UE : (uint32_t)UE); }
static bool transmits(const usart *u) { return enabled(u) && u->cr1 & TE; }
static bool receives(const usart *u) { return enabled(u) && u->cr1 & RE; }

/* --- time ------------------------------------------------------------------------------------------------------------------- */

static uint32_t kernel_clock(const usart *u) {
    if (u->ccipr_shift > 31) return stm32_pclk(&u->dev);
    const stm32_clocks *c = stm32_clocks_of(&u->dev);
    switch (stm32_rcc_register(&u->dev, 0x88) >> u->ccipr_shift & 3u) { /* CCIPR */
    case 1: return c->sysclk;
    case 2: return c->hsi;
    case 3: return c->lse ? c->lse : 32768;
    default: return stm32_pclk(&u->dev);
    }
}

/* Core cycles of `bits` bit times. */
static uint64_t bit_cycles(const usart *u, uint64_t bits) {
    uint64_t bit; /* kernel clocks, times 256 */
    if (u->low_power)
        bit = u->brr & 0xFFFFFu;
    else if (u->cr1 & OVER8)
        bit = ((u->brr >> 4 & 0xFFFu) * 8 + (u->brr & 7u)) * 256ull;
    else
        bit = (u->brr & 0xFFFFu) * 256ull;
    uint32_t clock = kernel_clock(u);
    if (!bit || !clock) { /* not set up: as if at 115200 */
        bit = 256;
        clock = 115200;
    }
    uint64_t cycles = bits * bit * emu_clock_hz(machine(u)) / clock / 256u;
    return cycles ? cycles : 1;
}

static unsigned data_bits(const usart *u) { return u->v2 && u->cr1 & M1 ? 7 : u->cr1 & M ? 9 : 8; } /* parity included */

static uint64_t frame_cycles(const usart *u) { return bit_cycles(u, 1 + data_bits(u) + (u->cr2 >> 13 & 1u ? 2 : 1)); }

/* --- interrupts and requests --------------------------------------------------------------------------------------------------- */

static void update(usart *u) {
    uint32_t sr = u->sr, cr1 = u->cr1;
    bool on = (sr & TXE && cr1 & TXEIE) || (sr & TC && cr1 & TCIE) || (sr & (RXNE | ORE) && cr1 & RXNEIE) || (sr & IDLE && cr1 & IDLEIE) ||
              (sr & PE && cr1 & PEIE) || (sr & (FE | NF | ORE) && u->cr3 & CR3_EIE);
    if (u->v2) on = on || (sr & CMF && cr1 & CMIE) || (sr & RTOF && cr1 & RTOIE);
    stm32_irq(&u->dev, u->dev.base.irq, on);
    if (sr & TXE && u->cr3 & CR3_DMAT) stm32_dma_request(&u->dev, REQUEST_TX);
    if (u->sr & RXNE && u->cr3 & CR3_DMAR) stm32_dma_request(&u->dev, REQUEST_RX);
}

static bool requests_dma(stm32_device *d, unsigned request) {
    const usart *u = (const usart *)d;
    if (!enabled(u)) return false;
    return request == REQUEST_TX ? u->sr & TXE && u->cr3 & CR3_DMAT && u->cr1 & TE : u->sr & RXNE && u->cr3 & CR3_DMAR;
}

static emu_level signal_level(stm32_device *d, unsigned signal) {
    return signal == SIGNAL_TX && transmits((const usart *)d) ? EMU_HIGH : EMU_FLOAT;
}

/* --- transmitter ---------------------------------------------------------------------------------------------------------------- */

static void load_shift(usart *u) {
    unsigned bits = data_bits(u) - (u->cr1 & PCE ? 1 : 0);
    u->shift = (uint8_t)(bits < 8 ? u->tdr & ((1u << bits) - 1) : u->tdr);
    u->sending = true;
    u->sr |= TXE;
    emu_schedule(&u->dev.base, EVENT_TX, emu_now(machine(u)) + frame_cycles(u));
}

static void write_data(usart *u, uint32_t value) {
    if (!transmits(u)) return;
    u->tdr = (uint16_t)(value & 0x1FFu);
    u->sr &= ~(uint32_t)(TXE | TC);
    if (!u->sending) load_shift(u);
    update(u);
}

static void sent(usart *u) {
    u->sending = false;
    if (u->port != NO_PORT && stm32_signal_on(&u->dev, SIGNAL_TX, u->tx_pin)) emu_serial_tx(machine(u), u->port, u->shift);
    if (!(u->sr & TXE))
        load_shift(u);
    else
        u->sr |= TC;
    update(u);
}

/* --- receiver --------------------------------------------------------------------------------------------------------------------- */

static unsigned parity_of(const usart *u, uint8_t byte) { return ((unsigned)__builtin_parity(byte) ^ (u->cr1 & PS ? 1u : 0u)) & 1u; }

static void take_byte(usart *u, uint8_t byte) {
    if (!receives(u) || !stm32_signal_on(&u->dev, SIGNAL_RX, u->rx_pin)) {
        emu_serial_count_lost(machine(u), u->port);
        return;
    }
    if (u->sr & RXNE && !(u->v2 && u->cr3 & CR3_OVRDIS)) {
        emu_serial_count_lost(machine(u), u->port);
        u->sr |= ORE; /* what is in the data register stays */
    } else {
        unsigned bits = data_bits(u);
        u->rdr = byte;
        if (u->cr1 & PCE) { /* the parity bit is received too */
            uint8_t data = (uint8_t)(byte & ((1u << (bits - 1)) - 1));
            u->rdr = (uint16_t)(data | parity_of(u, data) << (bits - 1));
        }
        u->sr |= RXNE;
        if (u->v2 && u->rdr == u->cr2 >> 24) u->sr |= CMF;
    }
    emu_schedule(&u->dev.base, EVENT_IDLE, emu_now(machine(u)) + frame_cycles(u));
    if (u->v2 && u->cr2 & CR2_RTOEN) emu_schedule(&u->dev.base, EVENT_RTO, emu_now(machine(u)) + bit_cycles(u, u->rtor & 0xFFFFFFu));
    update(u);
}

static void line_listen(usart *u) {
    if (u->line_busy || u->port == NO_PORT || emu_serial_waiting(machine(u), u->port) == 0) return;
    u->line_busy = true;
    emu_schedule(&u->dev.base, EVENT_LINE, emu_now(machine(u)) + frame_cycles(u));
}

static void serial_ready(emu_device *d, unsigned port) {
    usart *u = (usart *)d;
    if (port == u->port) line_listen(u);
}

static void event(emu_device *d, uint32_t id) {
    usart *u = (usart *)d;
    switch (id) {
    case EVENT_TX: sent(u); return;
    case EVENT_IDLE: u->sr |= IDLE; break;
    case EVENT_RTO: u->sr |= RTOF; break;
    default: {
        u->line_busy = false;
        emu_cancel(d, EVENT_IDLE);
        emu_cancel(d, EVENT_RTO);
        int byte = emu_serial_rx(machine(u), u->port);
        if (byte >= 0) take_byte(u, (uint8_t)byte);
        line_listen(u);
        return;
    }
    }
    update(u);
}

/* --- registers -------------------------------------------------------------------------------------------------------------------- */

static void write_cr1(usart *u, uint32_t value) {
    bool sent_before = transmits(u);
    u->cr1 = value;
    if (!receives(u)) {
        emu_cancel(&u->dev.base, EVENT_IDLE);
        emu_cancel(&u->dev.base, EVENT_RTO);
        if (u->v2) u->sr &= ~(uint32_t)(RXNE | ORE | IDLE | RTOF | CMF);
    }
    if (u->v2 && !enabled(u)) u->sr |= TXE | TC;
    if (transmits(u) != sent_before) stm32_signal_changed(&u->dev, SIGNAL_TX);
    update(u);
}

static uint32_t read_data(usart *u) {
    u->sr &= ~(uint32_t)RXNE;
    update(u);
    return u->rdr;
}

static uint32_t read(stm32_device *d, uint32_t offset) {
    usart *u = (usart *)d;
    switch (offset) {
    case SR:
        u->seen = u->sr;
        stm32_poll_hint(d);
        return u->sr;
    case DR:
        u->sr &= ~(u->seen & (PE | FE | NF | ORE | IDLE));
        u->seen = 0;
        return read_data(u);
    case BRR: return u->brr;
    case CR1: return u->cr1;
    case CR2: return u->cr2;
    case CR3: return u->cr3;
    case GTPR: return u->gtpr;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    usart *u = (usart *)d;
    (void)lanes;
    switch (offset) {
    case SR: /* RXNE, TC, LBD and CTS are cleared by writing 0 */
        u->sr &= value | ~(uint32_t)(RXNE | TC | LBD | CTS);
        update(u);
        break;
    case DR: write_data(u, value); break;
    case BRR: u->brr = value & 0xFFFFu; break;
    case CR1: write_cr1(u, value & 0xBFFFu); break;
    case CR2: u->cr2 = value & 0x7F6Fu; break;
    case CR3:
        u->cr3 = value & 0xFFFu;
        update(u);
        break;
    case GTPR: u->gtpr = value & 0xFFFFu; break;
    default: stm32_no_register(d, offset, value, true);
    }
}

static uint32_t v2_isr(const usart *u) {
    return u->sr | (u->line_busy && receives(u) ? BUSY : 0u) | (transmits(u) ? TEACK : 0u) | (receives(u) ? REACK : 0u);
}

static uint32_t v2_read(stm32_device *d, uint32_t offset) {
    usart *u = (usart *)d;
    switch (offset) {
    case V2_ISR: stm32_poll_hint(d); return v2_isr(u);
    case V2_RDR: return read_data(u);
    case V2_TDR: return u->tdr;
    case V2_BRR: return u->brr;
    case V2_CR1: return u->cr1;
    case V2_CR2: return u->cr2;
    case V2_CR3: return u->cr3;
    case V2_GTPR: return u->gtpr;
    case V2_RTOR: return u->rtor;
    case V2_RQR:
    case V2_ICR: return 0;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void v2_write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    usart *u = (usart *)d;
    (void)lanes;
    switch (offset) {
    case V2_TDR: write_data(u, value); break;
    case V2_BRR: u->brr = value; break;
    case V2_CR1: write_cr1(u, value); break;
    case V2_CR2: u->cr2 = value; break;
    case V2_CR3:
        u->cr3 = value;
        update(u);
        break;
    case V2_GTPR: u->gtpr = value & 0xFFFFu; break;
    case V2_RTOR: u->rtor = value; break;
    case V2_RQR:
        if (value & 8u) u->sr &= ~(uint32_t)RXNE; /* RXFRQ */
        if (value & 16u) u->sr |= TXE;            /* TXFRQ */
        update(u);
        break;
    case V2_ICR:
        u->sr &= ~(value & (PE | FE | NF | ORE | IDLE | TC | LBD | CTS | RTOF | CMF));
        update(u);
        break;
    case V2_ISR:
    case V2_RDR: break;
    default: stm32_no_register(d, offset, value, true);
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    usart *u = (usart *)d;
    (void)kind;
    for (uint32_t id = EVENT_TX; id <= EVENT_RTO; id++) emu_cancel(d, id);
    u->sending = u->line_busy = false;
    u->sr = TXE | TC;
    u->brr = u->cr1 = u->cr2 = u->cr3 = u->gtpr = u->rtor = u->seen = 0;
    u->rdr = u->tdr = 0;
    stm32_signal_changed(&u->dev, SIGNAL_TX);
    update(u);
    line_listen(u);
}

static const char *const signals[] = {"TX", "RX", NULL};
static const char *const requests[] = {"TX", "RX", NULL};
static const char *const known[] = {"port", "tx_pin", "rx_pin", "ccipr_shift", "low_power", NULL};

static bool common_init(emu_device *d, const stm32_spec *spec, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    usart *u = (usart *)d;
    u->port = (uint32_t)emu_param_value(params, count, "port", NO_PORT);
    u->tx_pin = (uint32_t)emu_param_value(params, count, "tx_pin", STM32_ANY_PIN);
    u->rx_pin = (uint32_t)emu_param_value(params, count, "rx_pin", STM32_ANY_PIN);
    u->ccipr_shift = (uint32_t)emu_param_value(params, count, "ccipr_shift", 0xFF);
    u->low_power = emu_param_value(params, count, "low_power", 0) != 0;
    return stm32_init(d, spec, params, count, error);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = read,
                                    .write = write,
                                    .signals = signals,
                                    .signal_level = signal_level,
                                    .requests = requests,
                                    .requests_dma = requests_dma,
                                    .params = known};
    return common_init(d, &spec, params, count, error);
}

static bool v2_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.read = v2_read,
                                    .write = v2_write,
                                    .signals = signals,
                                    .signal_level = signal_level,
                                    .requests = requests,
                                    .requests_dma = requests_dma,
                                    .params = known};
    ((usart *)d)->v2 = true;
    return common_init(d, &spec, params, count, error);
}

const emu_device_class stm32_usart = {
    .type = "stm32.usart",
    .struct_size = sizeof(usart),
    .region_size = 0x400,
    .init = init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
    .serial_ready = serial_ready,
};

const emu_device_class stm32_usart_v2 = {
    .type = "stm32.usart_v2",
    .struct_size = sizeof(usart),
    .region_size = 0x400,
    .init = v2_init,
    .link = stm32_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = event,
    .serial_ready = serial_ready,
};
