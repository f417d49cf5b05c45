/* SPDX-License-Identifier: Apache-2.0 */
/* SPI, SPIM, TWI and TWIM: one block, whose role ENABLE chooses (nRF52833 PS, "SPI", "SPIM", "TWI", "TWIM"; nRF51 RM, "SPI", "TWI").
 *
 * SPI puts its edges on the pins and looks at MISO as the chip does, and so does TWIM with its lines. SPIM reads the level at MISO as it is
 * when the bytes end, and its pins idle; of TWI, whose bytes go through TXD and RXD, no address is acknowledged. Transfers take their time.
 * The slave roles (SPIS, TWIS) keep their registers and hear nothing.
 */
#include "devices/i2c_master.h"
#include "devices/nrf5/nrf.h"
#include "devices/spi_frame.h"
#include "machine.h"

#include <string.h>

enum { /* tasks */
       TASKS_STARTRX = 0,
       TASKS_STARTTX = 2,
       TASKS_START = 4, /* SPIM */
       TASKS_STOP = 5,
       TASKS_SUSPEND = 7,
       TASKS_RESUME = 8,
};
enum { /* events */
       EVENTS_STOPPED = 1,
       EVENTS_READY = 2, /* SPI; RXDREADY of TWI */
       EVENTS_ENDRX = 4,
       EVENTS_END = 6,
       EVENTS_TXDSENT = 7,
       EVENTS_ENDTX = 8,
       EVENTS_ERROR = 9,
       EVENTS_BB = 14,
       EVENTS_SUSPENDED = 18,
       EVENTS_STARTED = 19, /* SPIM; RXSTARTED of TWIM */
       EVENTS_TXSTARTED = 20,
       EVENTS_LASTRX = 23,
       EVENTS_LASTTX = 24,
};
enum {
    STALLSTAT = 0x400,
    ERRORSRC = 0x4C4,
    ENABLE = 0x500,
    PSEL = 0x508, /* SCK MOSI MISO CSN; SCL SDA */
    PSEL_END = 0x518,
    RXD = 0x518,
    TXD = 0x51C,
    FREQUENCY = 0x524,
    RXD_PTR = 0x534,
    RXD_MAXCNT = 0x538,
    RXD_AMOUNT = 0x53C,
    RXD_LIST = 0x540,
    TXD_PTR = 0x544,
    TXD_MAXCNT = 0x548,
    TXD_AMOUNT = 0x54C,
    TXD_LIST = 0x550,
    CONFIG = 0x554,
    IFTIMING_RXDELAY = 0x560,
    IFTIMING_CSNDUR = 0x564,
    CSNPOL = 0x568,
    PSELDCX = 0x56C,
    DCXCNT = 0x570,
    ADDRESS = 0x588, /* to 0x58C: ADDRESS[1] of TWIS */
    ORC = 0x5C0,
};
enum { DISABLED = 0, SPI = 1, SPIS = 2, TWI = 5, TWIM = 6, SPIM = 7, TWIS = 9 };
enum { ERROR_ANACK = 1u << 1, ERROR_DNACK = 1u << 2 };
enum { SCK, MOSI, MISO, PSELS = 4, SCL = 0, SDA = 1 };
enum { CONFIG_ORDER = 1u << 0, CONFIG_CPHA = 1u << 1, CONFIG_CPOL = 1u << 2 };
enum { EVENT_EDGE, EVENT_TRANSFER, EVENT_ADDRESS, EVENT_STOP, EVENT_QUARTER };
enum { TWIM_ADDRESS, TWIM_DATA, TWIM_STOP, TWIM_HELD };               /* stage; HELD: the bus waits for a task */
enum { TWIM_NOTHING, TWIM_WANTS_TX, TWIM_WANTS_RX, TWIM_WANTS_STOP }; /* asked for, and done after the byte under way */
enum { TWI_ADDRESS_BITS = 10 /* start, address, direction, acknowledge */, NOTHING_CLAIMED = 0xFF };

typedef struct {
    nrf_device nrf;
    bool has_dma, has_twi;
    uint32_t enable, psel[PSELS], frequency, config, address[2], orc, errorsrc;
    uint32_t rxd_ptr, rxd_maxcnt, rxd_amount, rxd_list, txd_ptr, txd_maxcnt, txd_amount, txd_list;
    uint32_t rxdelay, csndur, csnpol, pseldcx, dcxcnt;
    uint8_t claimed[2]; /* pins driven at their idle level: SCK, MOSI */
    /* SPI: what is in RXD and behind it, and whether a byte waits in TXD behind the one under way */
    uint8_t received[2];
    uint32_t received_count;
    bool sending, waiting;
    uint8_t waiting_byte;
    emu_spi_frame frame; /* under way */
    uint64_t frame_from; /* cycle */
    bool busy;           /* SPIM, TWI: a transfer is under way */
    bool suspended;
    emu_i2c_master i2c; /* TWIM */
    uint8_t stage, wants;
    bool receives;
} bus;

static emu_machine *machine(const bus *b) { return b->nrf.base.machine; }

/* PS, "FREQUENCY": Hz = value * 16 MHz / 2^32; the two fast rates of SPIM3 are codes of their own. */
static uint64_t bits_cycles(const bus *b, uint64_t bits) {
    uint64_t hz = emu_clock_hz(machine(b)), frequency = b->frequency;
    if (frequency == 0x0A000000u) return bits * hz / 16000000u;
    if (frequency == 0x14000000u) return bits * hz / 32000000u;
    if (frequency < 0x00800000u) frequency = 0x02000000u;         /* stopped or absurd: 125 kbit/s */
    return (bits * (hz / 1000000u) * 268435456u / frequency) + 1; /* 2^32 / 16 */
}

static uint8_t miso_byte(const bus *b) {
    if (!nrf_psel_connected(b->psel[MISO])) return 0;
    return emu_pin_level(machine(b), nrf_psel_pin(b->psel[MISO])) == EMU_HIGH ? 0xFF : 0;
}

/* --- SPI ---------------------------------------------------------------------------------------------------------------- */

static void show(bus *b, unsigned which, bool level) {
    if (b->claimed[which] != NOTHING_CLAIMED) nrf_pin_claim(machine(b), b->claimed[which], level ? EMU_HIGH : EMU_LOW);
}

static void next_edge(bus *b) {
    uint64_t edges = 2u * b->frame.bits;
    emu_schedule(&b->nrf.base, EVENT_EDGE, b->frame_from + bits_cycles(b, b->frame.bits) * (b->frame.edge + 1u) / edges);
}

static void spi_byte(bus *b, uint8_t byte) {
    b->sending = true;
    b->frame = (emu_spi_frame){.out = byte,
                               .bits = 8,
                               .polarity = b->config & CONFIG_CPOL,
                               .phase = b->config & CONFIG_CPHA,
                               .lsb_first = b->config & CONFIG_ORDER};
    b->frame_from = emu_now(machine(b));
    show(b, MOSI, emu_spi_mosi(&b->frame));
    next_edge(b);
}

static void spi_write(bus *b, uint8_t byte) {
    if (b->enable != SPI) return;
    if (!b->sending) {
        spi_byte(b, byte);
        return;
    }
    b->waiting = true;
    b->waiting_byte = byte;
}

static void spi_done(bus *b) {
    b->sending = false;
    if (b->received_count < 2) b->received[b->received_count++] = (uint8_t)b->frame.in;
    if (b->received_count == 1) nrf_event(&b->nrf, EVENTS_READY);
    if (b->waiting) {
        b->waiting = false;
        spi_byte(b, b->waiting_byte);
    }
}

static void spi_edge(bus *b) {
    bool last = emu_spi_step(&b->frame, miso_byte(b) != 0);
    show(b, SCK, emu_spi_clock(&b->frame));
    show(b, MOSI, emu_spi_mosi(&b->frame));
    if (last)
        spi_done(b);
    else
        next_edge(b);
}

static uint32_t spi_read(bus *b) {
    uint32_t byte = b->received[0];
    if (b->received_count) {
        b->received[0] = b->received[1];
        if (--b->received_count) nrf_event(&b->nrf, EVENTS_READY); /* the second byte moves up */
    }
    return byte;
}

static void spim_start(bus *b) {
    if (b->busy) return;
    uint32_t bytes = b->rxd_maxcnt > b->txd_maxcnt ? b->rxd_maxcnt : b->txd_maxcnt;
    b->busy = true;
    b->rxd_amount = b->txd_amount = 0;
    nrf_event(&b->nrf, EVENTS_STARTED);
    /* Without a byte it ends a microsecond later, so that END_START on it does not go round within one moment. */
    emu_schedule(&b->nrf.base, EVENT_TRANSFER, emu_now(machine(b)) + (bytes ? bits_cycles(b, 8ull * bytes) : nrf_us(machine(b), 1)));
}

static void spim_done(bus *b) {
    uint8_t chunk[64];
    memset(chunk, miso_byte(b), sizeof chunk);
    for (uint32_t at = 0; at < b->rxd_maxcnt; at += sizeof chunk) {
        uint32_t here = b->rxd_maxcnt - at < sizeof chunk ? b->rxd_maxcnt - at : sizeof chunk;
        if (!emu_dma_write(machine(b), b->rxd_ptr + at, chunk, here)) {
            emu_log_unmodelled(machine(b), b->rxd_ptr + at, 0, 1, true);
            break;
        }
    }
    b->busy = false;
    b->rxd_amount = b->rxd_maxcnt;
    b->txd_amount = b->txd_maxcnt;
    if (b->rxd_list & 1u) b->rxd_ptr += b->rxd_maxcnt;
    if (b->txd_list & 1u) b->txd_ptr += b->txd_maxcnt;
    nrf_event(&b->nrf, EVENTS_ENDTX);
    nrf_event(&b->nrf, EVENTS_ENDRX);
    nrf_event(&b->nrf, EVENTS_END);
}

/* --- TWI ---------------------------------------------------------------------------------------------------------------- */

static void twi_start(bus *b) {
    if (b->busy) return;
    b->busy = true;
    b->suspended = false;
    emu_schedule(&b->nrf.base, EVENT_ADDRESS, emu_now(machine(b)) + bits_cycles(b, TWI_ADDRESS_BITS));
}

/* --- TWIM ------------------------------------------------------------------------------------------------------------------ */

static bool line_level(const bus *b, unsigned which) {
    return !nrf_psel_connected(b->psel[which]) || emu_pin_level(machine(b), nrf_psel_pin(b->psel[which])) != EMU_LOW;
}

static void pull(bus *b, unsigned which, bool released) {
    if (nrf_psel_connected(b->psel[which])) nrf_pin_claim(machine(b), nrf_psel_pin(b->psel[which]), released ? EMU_FLOAT : EMU_LOW);
}

static void twim_do(bus *b, emu_i2c_what what, uint8_t byte, bool ack) {
    emu_i2c_begin(&b->i2c, what, byte, ack);
    emu_schedule(&b->nrf.base, EVENT_QUARTER, emu_now(machine(b)) + bits_cycles(b, 1) / 4);
}

static void twim_start(bus *b, bool receive) {
    b->busy = true;
    b->receives = receive;
    b->wants = TWIM_NOTHING;
    b->stage = TWIM_ADDRESS;
    *(receive ? &b->rxd_amount : &b->txd_amount) = 0;
    nrf_event(&b->nrf, receive ? EVENTS_STARTED : EVENTS_TXSTARTED);
    twim_do(b, EMU_I2C_START, 0, false);
}

static void twim_stop(bus *b) {
    b->stage = TWIM_STOP;
    twim_do(b, EMU_I2C_STOP, 0, false);
}

/* Between two bytes: what was asked for meanwhile, or the next one. */
static void twim_go_on(bus *b) {
    uint32_t *done = b->receives ? &b->rxd_amount : &b->txd_amount, all = b->receives ? b->rxd_maxcnt : b->txd_maxcnt;
    uint8_t wants = b->wants, byte = 0;
    if (wants == TWIM_WANTS_STOP) {
        twim_stop(b);
    } else if (*done < all) {
        bool last = *done + 1 == all;
        b->stage = TWIM_DATA;
        if (!b->receives && !emu_dma_read(machine(b), b->txd_ptr + *done, &byte, 1))
            emu_log_unmodelled(machine(b), b->txd_ptr + *done, 0, 1, false);
        if (last) nrf_event(&b->nrf, b->receives ? EVENTS_LASTRX : EVENTS_LASTTX);
        twim_do(b, b->receives ? EMU_I2C_READ : EMU_I2C_WRITE, byte, !last);
    } else if (wants != TWIM_NOTHING) {
        twim_start(b, wants == TWIM_WANTS_RX);
    } else {
        b->stage = TWIM_HELD;
    }
}

static void twim_done(bus *b) {
    switch (b->i2c.what) {
    case EMU_I2C_START: twim_do(b, EMU_I2C_WRITE, (uint8_t)(b->address[0] << 1 | b->receives), false); return;
    case EMU_I2C_STOP:
        b->busy = b->suspended = false;
        nrf_event(&b->nrf, EVENTS_STOPPED);
        return;
    case EMU_I2C_READ:
        if (!emu_dma_write(machine(b), b->rxd_ptr + b->rxd_amount, &b->i2c.byte, 1))
            emu_log_unmodelled(machine(b), b->rxd_ptr + b->rxd_amount, 0, 1, true);
        b->rxd_amount++;
        break;
    default:
        if (!b->i2c.ack) {
            bool address = b->stage == TWIM_ADDRESS;
            b->stage = TWIM_HELD;
            b->errorsrc |= address ? ERROR_ANACK : ERROR_DNACK;
            nrf_event(&b->nrf, EVENTS_ERROR);
            if (b->wants == TWIM_WANTS_STOP) twim_stop(b);
            return;
        }
        if (b->stage == TWIM_DATA) b->txd_amount++;
    }
    twim_go_on(b);
}

static void twim_quarter(bus *b) {
    bool over = emu_i2c_step(&b->i2c, line_level(b, SCL), line_level(b, SDA));
    pull(b, SDA, b->i2c.sda);
    pull(b, SCL, b->i2c.scl);
    if (over)
        twim_done(b);
    else
        emu_schedule(&b->nrf.base, EVENT_QUARTER, emu_now(machine(b)) + bits_cycles(b, 1) / 4);
}

static void twim_ask(bus *b, uint8_t wants) {
    if (b->busy && b->stage != TWIM_HELD)
        b->wants = wants;
    else if (wants != TWIM_WANTS_STOP)
        twim_start(b, wants == TWIM_WANTS_RX);
    else if (b->busy)
        twim_stop(b);
    else
        emu_schedule(&b->nrf.base, EVENT_STOP, emu_now(machine(b)) + bits_cycles(b, 1));
}

/* --- TWI again ------------------------------------------------------------------------------------------------------------------ */

/* Nobody acknowledges. */
static void twi_address_sent(bus *b) {
    b->busy = false;
    b->errorsrc |= ERROR_ANACK;
    nrf_event(&b->nrf, EVENTS_ERROR);
}

static void stop(bus *b) {
    if (b->enable == SPIM) {
        emu_cancel(&b->nrf.base, EVENT_TRANSFER);
    } else if (b->enable == TWIM) {
        twim_ask(b, TWIM_WANTS_STOP);
        return;
    } else if (b->enable == TWI) {
        emu_cancel(&b->nrf.base, EVENT_ADDRESS);
    } else {
        return;
    }
    emu_schedule(&b->nrf.base, EVENT_STOP, emu_now(machine(b)) + bits_cycles(b, 1));
}

/* --- both --------------------------------------------------------------------------------------------------------------- */

static void event(emu_device *d, uint32_t id) {
    bus *b = (bus *)d;
    switch (id) {
    case EVENT_EDGE: spi_edge(b); break;
    case EVENT_TRANSFER: spim_done(b); break;
    case EVENT_ADDRESS: twi_address_sent(b); break;
    case EVENT_QUARTER: twim_quarter(b); break;
    case EVENT_STOP:
        b->busy = b->suspended = false;
        nrf_event(&b->nrf, EVENTS_STOPPED);
        break;
    default: break;
    }
}

static void task(nrf_device *d, unsigned n) {
    bus *b = (bus *)d;
    bool twi = b->enable == TWI || b->enable == TWIM;
    switch (n) {
    case TASKS_STARTRX:
    case TASKS_STARTTX:
        if (b->enable == TWIM)
            twim_ask(b, n == TASKS_STARTRX ? TWIM_WANTS_RX : TWIM_WANTS_TX);
        else if (twi)
            twi_start(b);
        break;
    case TASKS_START:
        if (b->enable == SPIM) spim_start(b);
        break;
    case TASKS_STOP: stop(b); break;
    case TASKS_SUSPEND:
        b->suspended = b->busy;
        if (twi && b->suspended) nrf_event(d, EVENTS_SUSPENDED);
        break;
    case TASKS_RESUME: b->suspended = false; break;
    default: break;
    }
}

/* SCK and MOSI idle at their levels while SPI owns them; the lines of TWI are open drain and idle high by their pulls. */
static void claim_pins(bus *b) {
    bool spi = b->enable == SPI || b->enable == SPIM;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t pin = spi && nrf_psel_connected(b->psel[i]) ? (uint8_t)nrf_psel_pin(b->psel[i]) : NOTHING_CLAIMED;
        if (b->claimed[i] != NOTHING_CLAIMED && b->claimed[i] != pin) nrf_pin_claim(machine(b), b->claimed[i], EMU_FLOAT);
        b->claimed[i] = pin;
        if (pin != NOTHING_CLAIMED) nrf_pin_claim(machine(b), pin, i == SCK && (b->config & CONFIG_CPOL) ? EMU_HIGH : EMU_LOW);
    }
}

static void halt_all(bus *b) {
    for (uint32_t id = EVENT_EDGE; id <= EVENT_QUARTER; id++) emu_cancel(&b->nrf.base, id);
    if (b->enable == TWIM) {
        pull(b, SCL, true);
        pull(b, SDA, true);
    }
    b->i2c = (emu_i2c_master){.scl = true, .sda = true};
    b->sending = b->waiting = b->busy = b->suspended = false;
    b->received_count = 0;
}

static void set_enable(bus *b, uint32_t value) {
    bool dma = value == SPIM || value == SPIS || value == TWIM || value == TWIS, twi = value == TWI || value == TWIM || value == TWIS;
    bool known = value == SPI || value == TWI || dma;
    if (!known || (dma && !b->has_dma && value != SPIS) || (twi && !b->has_twi)) value = DISABLED;
    if (value == b->enable) return;
    halt_all(b);
    b->enable = value;
    claim_pins(b);
}

static uint32_t *plain_register(bus *b, uint32_t offset, uint32_t *mask) {
    *mask = 0xFFFFFFFFu;
    if (offset >= PSEL && offset < PSEL_END) return &b->psel[(offset - PSEL) / 4];
    switch (offset) {
    case FREQUENCY: return &b->frequency;
    case CONFIG: *mask = 7u; return &b->config;
    case ADDRESS:
    case ADDRESS + 4: *mask = 0x7Fu; return &b->address[(offset - ADDRESS) / 4];
    default: break;
    }
    if (!b->has_dma) return NULL;
    switch (offset) {
    case RXD_PTR: return &b->rxd_ptr;
    case RXD_MAXCNT: *mask = 0xFFFFu; return &b->rxd_maxcnt;
    case RXD_LIST: *mask = 7u; return &b->rxd_list;
    case TXD_PTR: return &b->txd_ptr;
    case TXD_MAXCNT: *mask = 0xFFFFu; return &b->txd_maxcnt;
    case TXD_LIST: *mask = 7u; return &b->txd_list;
    case ORC: *mask = 0xFFu; return &b->orc;
    case IFTIMING_RXDELAY: *mask = 7u; return &b->rxdelay;
    case IFTIMING_CSNDUR: *mask = 0xFFu; return &b->csndur;
    case CSNPOL: *mask = 1u; return &b->csnpol;
    case PSELDCX: return &b->pseldcx;
    case DCXCNT: *mask = 0xFu; return &b->dcxcnt;
    default: return NULL;
    }
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    bus *b = (bus *)d;
    uint32_t mask;
    const uint32_t *plain = plain_register(b, offset, &mask);
    if (plain) return *plain;
    switch (offset) {
    case ENABLE: return b->enable;
    case ERRORSRC: return b->errorsrc;
    case RXD: return b->enable == SPI ? spi_read(b) : 0;
    case TXD: return 0;
    case STALLSTAT: return 0;
    case RXD_AMOUNT: emu_poll_hint(machine(b), UINT64_MAX); return b->rxd_amount;
    case TXD_AMOUNT: emu_poll_hint(machine(b), UINT64_MAX); return b->txd_amount;
    default: emu_log_unmodelled(machine(b), d->base.base + offset, 0, 4, false); return 0;
    }
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    bus *b = (bus *)d;
    uint32_t mask;
    uint32_t *plain = plain_register(b, offset, &mask);
    if (plain) {
        *plain = value & mask;
        if ((offset >= PSEL && offset < PSEL_END) || offset == CONFIG) claim_pins(b);
        return;
    }
    switch (offset) {
    case ENABLE: set_enable(b, value & 0xFu); break;
    case ERRORSRC: b->errorsrc &= ~value; break;
    case TXD: spi_write(b, (uint8_t)value); break;
    case RXD:
    case STALLSTAT:
    case RXD_AMOUNT:
    case TXD_AMOUNT: break;
    default: emu_log_unmodelled(machine(b), d->base.base + offset, value, 4, true); break;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    bus *b = (bus *)d;
    (void)kind;
    halt_all(b);
    nrf_reset(&b->nrf);
    b->enable = DISABLED;
    for (unsigned i = 0; i < PSELS; i++) b->psel[i] = 0xFFFFFFFFu;
    claim_pins(b);
    b->frequency = 0x04000000u;
    b->config = b->address[0] = b->address[1] = b->orc = b->errorsrc = 0;
    b->rxd_ptr = b->rxd_maxcnt = b->rxd_amount = b->rxd_list = b->txd_ptr = b->txd_maxcnt = b->txd_amount = b->txd_list = 0;
    b->rxdelay = b->csndur = 2;
    b->csnpol = b->dcxcnt = 0;
    b->pseldcx = 0xFFFFFFFFu;
}

static const nrf_short shorts[] = {{0, EVENTS_BB, TASKS_SUSPEND},      {1, EVENTS_BB, TASKS_STOP},      {7, EVENTS_LASTTX, TASKS_STARTRX},
                                   {8, EVENTS_LASTTX, TASKS_SUSPEND},  {9, EVENTS_LASTTX, TASKS_STOP},  {10, EVENTS_LASTRX, TASKS_STARTTX},
                                   {11, EVENTS_LASTRX, TASKS_SUSPEND}, {12, EVENTS_LASTRX, TASKS_STOP}, {17, EVENTS_END, TASKS_START}};

static const nrf_spec spec = {
    .tasks = 1u << TASKS_STARTRX | 1u << TASKS_STARTTX | 1u << TASKS_START | 1u << TASKS_STOP | 1u << TASKS_SUSPEND | 1u << TASKS_RESUME,
    .events = 1u << EVENTS_STOPPED | 1u << EVENTS_READY | 1u << EVENTS_ENDRX | 1u << EVENTS_END | 1u << EVENTS_TXDSENT |
              1u << EVENTS_ENDTX | 1u << EVENTS_ERROR | 1u << EVENTS_BB | 1u << EVENTS_SUSPENDED | 1u << EVENTS_STARTED |
              1u << EVENTS_TXSTARTED | 1u << EVENTS_LASTRX | 1u << EVENTS_LASTTX,
    .shorts = shorts,
    .short_count = sizeof shorts / sizeof *shorts,
    .has_inten = true,
    .power_gated = true,
    .task = task,
    .read = read,
    .write = write,
};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"dma", "twi", NULL};
    bus *b = (bus *)d;
    b->nrf.spec = &spec;
    b->has_dma = emu_param_value(params, count, "dma", 1) != 0;
    b->has_twi = emu_param_value(params, count, "twi", 1) != 0;
    b->claimed[0] = b->claimed[1] = NOTHING_CLAIMED;
    return emu_params_take(d, params, count, known, NULL, error);
}

const emu_device_class nrf5_spi_twi = {
    .type = "nrf5.spi_twi",
    .struct_size = sizeof(bus),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .link = nrf_link,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
};
