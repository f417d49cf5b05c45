/* SPDX-License-Identifier: Apache-2.0 */
/* RADIO: its states and their times (nRF52833 PS and nRF51 RM, "RADIO - 2.4 GHz radio"). Nobody else is on the air: what is sent takes its
 * time and is heard by nobody, and nothing is ever received. */
#include "devices/nrf5/nrf.h"
#include "machine.h"

#include <string.h>

enum { /* tasks */
       TASKS_TXEN,
       TASKS_RXEN,
       TASKS_START,
       TASKS_STOP,
       TASKS_DISABLE,
       TASKS_RSSISTART,
       TASKS_RSSISTOP,
       TASKS_BCSTART,
       TASKS_BCSTOP,
       TASKS_EDSTART,
       TASKS_EDSTOP,
       TASKS_CCASTART,
       TASKS_CCASTOP,
};
enum { /* events */
       EVENTS_READY,
       EVENTS_ADDRESS,
       EVENTS_PAYLOAD,
       EVENTS_END,
       EVENTS_DISABLED,
       EVENTS_RSSIEND = 7,
       EVENTS_BCMATCH = 10,
       EVENTS_FRAMESTART = 14,
       EVENTS_EDEND = 15,
       EVENTS_EDSTOPPED = 16,
       EVENTS_CCAIDLE = 17,
       EVENTS_CCABUSY = 18,
       EVENTS_CCASTOPPED = 19,
       EVENTS_TXREADY = 21,
       EVENTS_RXREADY = 22,
       EVENTS_PHYEND = 27,
};
enum {
    CRCSTATUS = 0x400,
    RXMATCH = 0x408,
    PDUSTAT = 0x414,
    STORED = 0x504, /* PACKETPTR; from here on registers that software writes and reads back, but for STATE and RSSISAMPLE */
    PACKETPTR = 0x504,
    FREQUENCY = 0x508,
    MODE = 0x510,
    PCNF0 = 0x514,
    PCNF1 = 0x518,
    CRCCNF = 0x534,
    RSSISAMPLE = 0x548,
    STATE = 0x550,
    DATAWHITEIV = 0x554,
    BCC = 0x560,
    MODECNF0 = 0x650,
    EDCNT = 0x664,
    EDSAMPLE = 0x668,
    STORED_END = 0x780,
};
enum { DISABLED = 0, RXRU, RXIDLE, RX, RXDISABLE, TXRU = 9, TXIDLE, TX, TXDISABLE };
enum { MODE_BLE_2MBIT = 4, MODE_LR125 = 5, MODE_LR500 = 6, MODE_802154 = 15, MODECNF0_FAST = 1 };
enum { EVENT_RAMPED, EVENT_DISABLED, EVENT_ADDRESS, EVENT_PAYLOAD, EVENT_END, EVENT_BC, EVENT_RSSI, EVENT_ED, EVENT_CCA, EVENT_IDS };
enum { QUIET_DBM = 127 }; /* RSSISAMPLE is the negative of dBm */
/* Typical times of the PS, "RADIO", "Electrical specification" */
#define RAMP_UP_US 140u
#define RAMP_UP_FAST_US 40u
#define DISABLE_TX_US 6u
#define DISABLE_RX_US 1u
#define RSSI_US 8u
#define ED_US 128u /* an energy detection of one symbol block, and a clear channel assessment */

typedef struct {
    nrf_device nrf;
    bool is_nrf51;
    uint32_t state;
    uint64_t sent_at; /* cycle of the address's end, for the bit counter */
    uint32_t stored[(STORED_END - STORED) / 4];
} radio;

static emu_machine *machine(const radio *r) { return r->nrf.base.machine; }
static uint32_t *reg(radio *r, uint32_t offset) { return &r->stored[(offset - STORED) / 4]; }

static void after(radio *r, uint32_t id, uint64_t us) { emu_schedule(&r->nrf.base, id, emu_now(machine(r)) + nrf_us(machine(r), us)); }

static uint64_t bits_cycles(radio *r, uint64_t bits) {
    uint64_t us = nrf_us(machine(r), 1);
    switch (*reg(r, MODE) & 0xFu) {
    case 1:
    case MODE_BLE_2MBIT: return bits * us / 2;
    case 2:
    case MODE_802154: return bits * us * 4;
    case MODE_LR125: return bits * us * 8;
    case MODE_LR500: return bits * us * 2;
    default: return bits * us;
    }
}

/* Bits of the parts of the packet at PACKETPTR: PS, "Packet configuration". */
static void packet(radio *r, uint64_t *address, uint64_t *payload, uint64_t *crc) {
    uint32_t pcnf0 = *reg(r, PCNF0), pcnf1 = *reg(r, PCNF1), mode = *reg(r, MODE) & 0xFu;
    uint32_t lflen = pcnf0 & 0xFu, s0 = pcnf0 >> 8 & 1u, s1 = pcnf0 >> 16 & 0xFu, length = 0;
    uint8_t byte = 0;
    if (lflen && emu_dma_read(machine(r), *reg(r, PACKETPTR) + s0, &byte, 1))
        length = byte & (uint32_t)((1u << (lflen > 8 ? 8 : lflen)) - 1);
    length += pcnf1 >> 8 & 0xFFu;
    if (length > (pcnf1 & 0xFFu)) length = pcnf1 & 0xFFu;
    *crc = 8ull * (*reg(r, CRCCNF) & 3u);
    if (mode == MODE_802154) { /* preamble and SFD; the length counts the CRC */
        *address = 40;
        *payload = 8 + 8ull * length;
        *payload -= *payload > *crc + 8 ? *crc : 0;
        return;
    }
    uint32_t preamble = mode == MODE_BLE_2MBIT ? 16 : mode == MODE_LR125 || mode == MODE_LR500 ? 80 : 8;
    *address = preamble + 8ull * ((pcnf1 >> 16 & 7u) + 1);
    *payload = 8 * s0 + lflen + s1 + 8ull * length;
}

static void cancel_packet(radio *r) {
    for (uint32_t id = EVENT_ADDRESS; id <= EVENT_BC; id++) emu_cancel(&r->nrf.base, id);
}

static void start(radio *r) {
    if (r->state == RXIDLE) {
        r->state = RX; /* until STOP or DISABLE: there is nothing to hear */
    } else if (r->state == TXIDLE) {
        uint64_t address, payload, crc, now = emu_now(machine(r));
        packet(r, &address, &payload, &crc);
        r->state = TX;
        emu_schedule(&r->nrf.base, EVENT_ADDRESS, now + bits_cycles(r, address));
        emu_schedule(&r->nrf.base, EVENT_PAYLOAD, now + bits_cycles(r, address + payload));
        emu_schedule(&r->nrf.base, EVENT_END, now + bits_cycles(r, address + payload + crc));
    }
}

static void ramp_up(radio *r, bool tx) {
    if (r->state != DISABLED && r->state != RXIDLE && r->state != TXIDLE) return;
    r->state = tx ? TXRU : RXRU;
    after(r, EVENT_RAMPED, !r->is_nrf51 && (*reg(r, MODECNF0) & MODECNF0_FAST) ? RAMP_UP_FAST_US : RAMP_UP_US);
}

static void disable(radio *r) {
    cancel_packet(r);
    emu_cancel(&r->nrf.base, EVENT_RAMPED);
    switch (r->state) {
    case DISABLED: nrf_event(&r->nrf, EVENTS_DISABLED); break;
    case RXDISABLE:
    case TXDISABLE: break;
    default:
        r->state = r->state >= TXRU ? TXDISABLE : RXDISABLE;
        after(r, EVENT_DISABLED, r->state == TXDISABLE ? DISABLE_TX_US : DISABLE_RX_US);
        break;
    }
}

static void count_bits(radio *r) {
    if (r->state != TX || !*reg(r, BCC)) return;
    uint64_t at = r->sent_at + bits_cycles(r, *reg(r, BCC)), now = emu_now(machine(r));
    emu_schedule(&r->nrf.base, EVENT_BC, at > now ? at : now);
}

static void task(nrf_device *d, unsigned n) {
    radio *r = (radio *)d;
    switch (n) {
    case TASKS_TXEN:
    case TASKS_RXEN: ramp_up(r, n == TASKS_TXEN); break;
    case TASKS_START: start(r); break;
    case TASKS_STOP:
        cancel_packet(r);
        if (r->state == RX) r->state = RXIDLE;
        if (r->state == TX) r->state = TXIDLE;
        break;
    case TASKS_DISABLE: disable(r); break;
    case TASKS_RSSISTART: after(r, EVENT_RSSI, RSSI_US); break;
    case TASKS_RSSISTOP: emu_cancel(&d->base, EVENT_RSSI); break;
    case TASKS_BCSTART: count_bits(r); break;
    case TASKS_BCSTOP: emu_cancel(&d->base, EVENT_BC); break;
    case TASKS_EDSTART: after(r, EVENT_ED, (uint64_t)ED_US * ((*reg(r, EDCNT) & 0x1FFFFFu) + 1)); break;
    case TASKS_EDSTOP:
        emu_cancel(&d->base, EVENT_ED);
        nrf_event(d, EVENTS_EDSTOPPED);
        break;
    case TASKS_CCASTART: after(r, EVENT_CCA, ED_US); break;
    case TASKS_CCASTOP:
        emu_cancel(&d->base, EVENT_CCA);
        nrf_event(d, EVENTS_CCASTOPPED);
        break;
    default: break;
    }
}

static void event(emu_device *base, uint32_t id) {
    radio *r = (radio *)base;
    nrf_device *d = &r->nrf;
    switch (id) {
    case EVENT_RAMPED: {
        bool tx = r->state == TXRU;
        r->state = tx ? TXIDLE : RXIDLE;
        nrf_event(d, EVENTS_READY);
        if (!r->is_nrf51) nrf_event(d, tx ? EVENTS_TXREADY : EVENTS_RXREADY);
        break;
    }
    case EVENT_DISABLED:
        r->state = DISABLED;
        nrf_event(d, EVENTS_DISABLED);
        break;
    case EVENT_ADDRESS:
        r->sent_at = emu_now(machine(r));
        nrf_event(d, EVENTS_ADDRESS);
        if (!r->is_nrf51) nrf_event(d, EVENTS_FRAMESTART);
        break;
    case EVENT_PAYLOAD: nrf_event(d, EVENTS_PAYLOAD); break;
    case EVENT_END:
        emu_cancel(base, EVENT_BC);
        r->state = TXIDLE;
        nrf_event(d, EVENTS_END);
        if (!r->is_nrf51) nrf_event(d, EVENTS_PHYEND);
        break;
    case EVENT_BC: nrf_event(d, EVENTS_BCMATCH); break;
    case EVENT_RSSI:
        *reg(r, RSSISAMPLE) = QUIET_DBM;
        nrf_event(d, EVENTS_RSSIEND);
        break;
    case EVENT_ED:
        *reg(r, EDSAMPLE) = 0;
        nrf_event(d, EVENTS_EDEND);
        break;
    case EVENT_CCA: nrf_event(d, EVENTS_CCAIDLE); break;
    default: break;
    }
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    radio *r = (radio *)d;
    if (offset == STATE) {
        emu_poll_hint(machine(r), UINT64_MAX);
        return r->state;
    }
    if (offset >= STORED && offset < STORED_END) return *reg(r, offset);
    if (offset >= CRCSTATUS && offset <= PDUSTAT) return 0; /* of the packet last received: there was none */
    emu_log_unmodelled(machine(r), d->base.base + offset, 0, 4, false);
    return 0;
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    radio *r = (radio *)d;
    if (offset >= STORED && offset < STORED_END) {
        if (offset != STATE && offset != RSSISAMPLE && offset != EDSAMPLE) *reg(r, offset) = value;
        return;
    }
    emu_log_unmodelled(machine(r), d->base.base + offset, value, 4, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    radio *r = (radio *)d;
    (void)kind;
    for (uint32_t id = 0; id < EVENT_IDS; id++) emu_cancel(d, id);
    nrf_reset(&r->nrf);
    memset(r->stored, 0, sizeof r->stored);
    r->state = DISABLED;
    *reg(r, FREQUENCY) = 2;
    *reg(r, DATAWHITEIV) = 0x40;
    if (!r->is_nrf51) *reg(r, MODECNF0) = 0x200;
}

#define SHORTS_NRF51                                                                                                                       \
    {0, EVENTS_READY, TASKS_START}, {1, EVENTS_END, TASKS_DISABLE}, {2, EVENTS_DISABLED, TASKS_TXEN}, {3, EVENTS_DISABLED, TASKS_RXEN},    \
        {4, EVENTS_ADDRESS, TASKS_RSSISTART}, {5, EVENTS_END, TASKS_START}, {6, EVENTS_ADDRESS, TASKS_BCSTART}, {                          \
        8, EVENTS_DISABLED, TASKS_RSSISTOP                                                                                                 \
    }
static const nrf_short shorts_nrf51[] = {SHORTS_NRF51};
static const nrf_short shorts[] = {SHORTS_NRF51,
                                   {11, EVENTS_RXREADY, TASKS_CCASTART},
                                   {12, EVENTS_CCAIDLE, TASKS_TXEN},
                                   {13, EVENTS_CCABUSY, TASKS_DISABLE},
                                   {14, EVENTS_FRAMESTART, TASKS_BCSTART},
                                   {15, EVENTS_READY, TASKS_EDSTART},
                                   {16, EVENTS_EDEND, TASKS_DISABLE},
                                   {17, EVENTS_CCAIDLE, TASKS_STOP},
                                   {18, EVENTS_TXREADY, TASKS_START},
                                   {19, EVENTS_RXREADY, TASKS_START},
                                   {20, EVENTS_PHYEND, TASKS_DISABLE},
                                   {21, EVENTS_PHYEND, TASKS_START}};

static const nrf_spec spec_nrf51 = {
    .tasks = 0x1FFu,
    .events = 0x4FFu,
    .shorts = shorts_nrf51,
    .short_count = sizeof shorts_nrf51 / sizeof *shorts_nrf51,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static const nrf_spec spec = {
    .tasks = 0x1FFFu,
    .events = 0x08FFF4FFu,
    .shorts = shorts,
    .short_count = sizeof shorts / sizeof *shorts,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"nrf51", NULL};
    radio *r = (radio *)d;
    r->is_nrf51 = emu_param_value(params, count, "nrf51", 0) != 0;
    r->nrf.spec = r->is_nrf51 ? &spec_nrf51 : &spec;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_radio = {
    .type = "nrf5.radio",
    .struct_size = sizeof(radio),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
