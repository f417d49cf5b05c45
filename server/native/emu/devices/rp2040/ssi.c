/* SPDX-License-Identifier: Apache-2.0 */
/* XIP_SSI (4.10.13, a Synopsys DW_apb_ssi) with the flash behind it, and XIP_CTRL (2.6.3).
 *
 * A transfer is over as soon as its bytes are written. Where the SSI keeps CS low as long as its FIFO is not empty, CS stays low here until
 * software looks whether the transfer has ended; a CS forced by the pin's override is as forced. Transfers in dual or quad mode are those
 * by which a second stage sets up execution in place: they are taken and answered with zeros. XIP itself is memory (the chip file's
 * "flash"): it can be read at any time, also while the flash is busy. */
#include "devices/nor.h"
#include "devices/rp2040/rp.h"

enum {
    CTRLR0 = 0x00,
    CTRLR1 = 0x04,
    SSIENR = 0x08,
    SER = 0x10,
    BAUDR = 0x14,
    TXFTLR = 0x18,
    RXFTLR = 0x1C,
    TXFLR = 0x20,
    RXFLR = 0x24,
    SR = 0x28,
    IMR = 0x2C,
    ISR = 0x30,
    ICR = 0x48,
    DMACR = 0x4C,
    IDR = 0x58,
    VERSION = 0x5C,
    DR0 = 0x60,
    DR_END = 0xF0,
    RX_SAMPLE_DLY = 0xF0,
    SPI_CTRLR0 = 0xF4,
    TXD_DRIVE_EDGE = 0xF8,
};
enum { SR_TFNF = 2, SR_TFE = 4, SR_RFNE = 8, SR_RFF = 16 };
enum { TX_AND_RX, TX_ONLY, RX_ONLY, EEPROM_READ };
enum { DEPTH = 16 };

typedef struct {
    rp_device rp;
    emu_device *bank, *dma;
    nor_flash flash;
    uint32_t rx[DEPTH];
    unsigned rx_head, rx_used;
    bool pending; /* an EEPROM read whose data have not been fetched */
} ssi;

static ssi *self(rp_device *d) { return (ssi *)d; }
static uint32_t plain(const ssi *s, uint32_t offset) { return *rp_plain((rp_device *)&s->rp, offset); }

static bool forced(const ssi *s, bool *low) {
    *low = false;
    return s->bank && rp_flash_select(s->bank, low);
}

void rp_flash_select_changed(emu_device *d) {
    ssi *s = (ssi *)d;
    bool low;
    (void)forced(s, &low);
    nor_select(&s->flash, low); /* the controller's own line is high: its frames take no time */
}

static void rx_put(ssi *s, uint32_t word) {
    if (s->rx_used < DEPTH) s->rx[(s->rx_head + s->rx_used++) % DEPTH] = word;
    if (s->dma) rp_dreq(s->dma, RP_DREQ_XIP_SSIRX);
}

static unsigned frame_bytes(const ssi *s) { return ((plain(s, CTRLR0) >> 16 & 31) + 8) / 8; }

/* One frame, most significant byte first. */
static uint32_t frame(ssi *s, uint32_t out) {
    uint32_t in = 0;
    bool low;
    if (!forced(s, &low)) nor_select(&s->flash, plain(s, SER) & 1);
    for (unsigned i = frame_bytes(s); i-- > 0;) in = in << 8 | nor_byte(&s->flash, (uint8_t)(out >> 8 * i));
    return in;
}

static bool standard(const ssi *s) { return !(plain(s, CTRLR0) >> 21 & 3); }

/* Software looks: what was begun is done now. */
static void finish(ssi *s) {
    bool low;
    if (s->pending) {
        s->pending = false;
        for (uint32_t n = plain(s, CTRLR1) + 1; n && s->rx_used < DEPTH; n--) rx_put(s, standard(s) ? frame(s, 0) : 0);
    }
    if (!forced(s, &low)) nor_select(&s->flash, false);
}

static void send(ssi *s, uint32_t word) {
    if (!(plain(s, SSIENR) & 1)) return;
    unsigned mode = plain(s, CTRLR0) >> 8 & 3;
    if (mode == EEPROM_READ || mode == RX_ONLY) s->pending = true;
    if (mode == RX_ONLY || !standard(s)) return;
    uint32_t in = frame(s, word);
    if (mode == TX_AND_RX) rx_put(s, in);
}

static uint32_t receive(ssi *s) {
    if (s->pending) finish(s);
    if (!s->rx_used) return 0;
    uint32_t word = s->rx[s->rx_head];
    s->rx_head = (s->rx_head + 1) % DEPTH;
    s->rx_used--;
    return word;
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    ssi *s = self(d);
    if (offset >= DR0 && offset < DR_END) {
        *value = receive(s);
        return true;
    }
    switch (offset) {
    case TXFLR: *value = 0; return true;
    case RXFLR:
        if (s->pending) finish(s);
        *value = s->rx_used;
        return true;
    case SR:
        finish(s);
        *value = SR_TFNF | SR_TFE | (s->rx_used ? (uint32_t)SR_RFNE : 0) | (s->rx_used == DEPTH ? (uint32_t)SR_RFF : 0);
        return true;
    case ISR:
    case 0x34: /* RISR */
    case 0x38: /* TXOICR, RXOICR, RXUICR, MSTICR, ICR: cleared by reading */
    case 0x3C:
    case 0x40:
    case 0x44:
    case ICR: *value = 0; return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    ssi *s = self(d);
    if (offset >= DR0 && offset < DR_END) {
        send(s, value);
        return true;
    }
    return (offset >= TXFLR && offset <= SR) || (offset >= ISR && offset <= ICR);
}

static void changed(rp_device *d, uint32_t offset) {
    ssi *s = self(d);
    if (offset != SSIENR) return;
    finish(s);
    if (!(plain(s, SSIENR) & 1)) s->rx_used = 0; /* disabling clears the FIFOs */
}

static unsigned dma_level(emu_device *d, unsigned which) {
    const ssi *s = (const ssi *)d;
    uint32_t dmacr = plain(s, DMACR);
    return which ? (dmacr & 1 ? s->rx_used : 0) : dmacr & 2 ? DEPTH - s->rx_used : 0;
}

void rp_flash_erase(emu_device *d, uint32_t offset, uint32_t length) { nor_start_erase(&((ssi *)d)->flash, offset, length); }

void rp_flash_program(emu_device *d, uint32_t offset, const uint8_t *data, uint32_t length) {
    nor_start_program(&((ssi *)d)->flash, offset, data, length);
}

uint64_t rp_flash_busy_until(const emu_device *d) {
    const ssi *s = (const ssi *)d;
    return nor_is_busy(&s->flash) ? s->flash.until : 0;
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    nor_event(&((ssi *)d)->flash);
}

static void power_off(emu_device *d) { nor_power_off(&((ssi *)d)->flash); }

/* In place, flash can be read only: a store through the first window drops a line of the cache, and nothing else (2.6.3, XIP_CTRL.CTRL). It
 * faults through the other windows, which are not told apart here. */
static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    (void)d;
    (void)mem;
    (void)offset;
    (void)value;
    (void)size;
    return true;
}

static void reset(emu_device *d, emu_reset_kind kind) {
    ssi *s = (ssi *)d;
    rp_reset(d, kind);
    s->rx_used = 0;
    s->pending = false;
    nor_reset(&s->flash, kind == EMU_RESET_POWER_ON);
}

static void link(emu_device *d) {
    ssi *s = (ssi *)d;
    s->bank = emu_device_by_name(d->machine, "IO_QSPI");
    s->dma = emu_device_by_name(d->machine, "DMA");
    s->flash.owner = d;
    s->flash.cells = emu_memory_by_name(d->machine, "flash");
    if (s->flash.cells) emu_memory_set_controller(s->flash.cells, d);
    if (!s->dma) return;
    rp_dma_connect(s->dma, RP_DREQ_XIP_SSITX, d, 0, dma_level);
    rp_dma_connect(s->dma, RP_DREQ_XIP_SSIRX, d, 1, dma_level);
}

static const rp_register registers[] = {{CTRLR0, 1, 0, 0x017FFFFF},
                                        {CTRLR1, 1, 0, 0xFFFF},
                                        {SSIENR, 1, 0, 1},
                                        {0x0C, 1, 0, 7}, /* MWCR */
                                        {SER, 1, 0, 1},
                                        {BAUDR, 1, 0, 0xFFFF},
                                        {TXFTLR, 1, 0, 0xFF},
                                        {RXFTLR, 1, 0, 0xFF},
                                        {IMR, 1, 0, 0x3F},
                                        {DMACR, 1, 0, 3},
                                        {0x50, 2, 0, 0xFF}, /* DMATDLR, DMARDLR */
                                        {IDR, 1, 0x51535049, 0},
                                        {VERSION, 1, 0x3430312A, 0},
                                        {RX_SAMPLE_DLY, 1, 0, 0xFF},
                                        {SPI_CTRLR0, 1, 0x03000000, 0xFF07FB3F},
                                        {TXD_DRIVE_EDGE, 1, 0, 0xFF},
                                        {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed};

/* Times are the typical ones of the W25Q16JV datasheet, 9.6. */
static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"uid_0", "uid_1", "program_us", "sector_us", "block32_us", "block64_us", "chip_us", NULL};
    uint64_t values[] = {0, 0, 400, 45000, 120000, 150000, 5000000};
    ssi *s = (ssi *)d;
    s->rp.spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    s->flash.unique_id = __builtin_bswap64(values[1] << 32 | (uint32_t)values[0]); /* first byte first */
    s->flash.jedec = 0xEF40;                                                       /* Winbond */
    s->flash.device_id = 0x14;
    s->flash.program_us = (uint32_t)values[2];
    s->flash.sector_us = (uint32_t)values[3];
    s->flash.block32_us = (uint32_t)values[4];
    s->flash.block64_us = (uint32_t)values[5];
    s->flash.chip_us = (uint32_t)values[6];
    return true;
}

const emu_device_class rp2040_ssi = {
    .type = "rp2040.ssi",
    .struct_size = sizeof(ssi),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .nvm_write = nvm_write,
    .link = link,
    .power_off = power_off,
};

/* --- XIP_CTRL: the cache is not modelled; the streaming FIFO is, without its latency ------------------------------------------------ */

enum {
    X_CTRL = 0x00,
    X_FLUSH = 0x04,
    X_STAT = 0x08,
    X_CTR_HIT = 0x0C,
    X_CTR_ACC = 0x10,
    STREAM_ADDR = 0x14,
    STREAM_CTR = 0x18,
    STREAM_FIFO = 0x1C
};
enum { FLUSH_READY = 1, FIFO_EMPTY = 2, FIFO_FULL = 4 };

typedef struct {
    rp_device rp;
    emu_device *dma;
    emu_memory *flash;
} xip_ctrl;

static uint32_t stream(xip_ctrl *x) {
    uint32_t *left = rp_plain(&x->rp, STREAM_CTR), *address = rp_plain(&x->rp, STREAM_ADDR), word = 0;
    if (!*left || !x->flash) return 0;
    uint32_t offset = (*address & 0xFFFFFF) % emu_memory_size(x->flash);
    const uint8_t *bytes = emu_memory_bytes(x->flash) + offset;
    word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    *address += 4;
    --*left;
    return word;
}

static bool xip_read(rp_device *d, uint32_t offset, uint32_t *value) {
    xip_ctrl *x = (xip_ctrl *)d;
    uint32_t left = *rp_plain(d, STREAM_CTR);
    switch (offset) {
    case X_FLUSH: *value = 0; return true;
    case X_STAT: *value = FLUSH_READY | (left ? 0 : (uint32_t)FIFO_EMPTY) | (left > 1 ? (uint32_t)FIFO_FULL : 0); return true;
    case STREAM_FIFO: *value = stream(x); return true;
    default: return false;
    }
}

static bool xip_write(rp_device *d, uint32_t offset, uint32_t value) {
    (void)value;
    if (offset == X_CTR_HIT || offset == X_CTR_ACC) *rp_plain(d, offset) = 0;
    return offset == X_FLUSH || offset == X_STAT || offset == STREAM_FIFO || offset == X_CTR_HIT || offset == X_CTR_ACC;
}

static void xip_changed(rp_device *d, uint32_t offset) {
    xip_ctrl *x = (xip_ctrl *)d;
    if (offset == STREAM_CTR && x->dma) rp_dreq(x->dma, RP_DREQ_XIP_STREAM);
}

static unsigned stream_level(emu_device *d, unsigned which) {
    uint32_t left = *rp_plain((rp_device *)d, STREAM_CTR);
    (void)which;
    return left < 2 ? left : 2;
}

static void xip_link(emu_device *d) {
    xip_ctrl *x = (xip_ctrl *)d;
    x->flash = emu_memory_by_name(d->machine, "flash");
    x->dma = emu_device_by_name(d->machine, "DMA");
    if (x->dma) rp_dma_connect(x->dma, RP_DREQ_XIP_STREAM, d, 0, stream_level);
}

static const rp_register xip_registers[] = {
    {X_CTRL, 1, 3, 11}, {X_CTR_HIT, 2, 0, 0}, {STREAM_ADDR, 1, 0, 0xFFFFFFFC}, {STREAM_CTR, 1, 0, 0x3FFFFF}, {0, 0, 0, 0}};
static const rp_spec xip_spec = {.registers = xip_registers, .read = xip_read, .write = xip_write, .changed = xip_changed};

static bool xip_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &xip_spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_xip_ctrl = {
    .type = "rp2040.xip_ctrl",
    .struct_size = sizeof(xip_ctrl),
    .region_size = 0x4000,
    .init = xip_init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .link = xip_link,
};

/* --- XIP_AUX: the streaming FIFO again, on a faster bus -------------------------------------------------------------------------- */

typedef struct {
    rp_device rp;
    emu_device *xip_ctrl;
} xip_aux;

static bool aux_read(rp_device *d, uint32_t offset, uint32_t *value) {
    xip_aux *a = (xip_aux *)d;
    if (offset) return false;
    *value = a->xip_ctrl ? stream((xip_ctrl *)a->xip_ctrl) : 0;
    return true;
}

static void aux_link(emu_device *d) { ((xip_aux *)d)->xip_ctrl = emu_device_by_name(d->machine, "XIP_CTRL"); }

static const rp_spec aux_spec = {.read = aux_read};

static bool aux_init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((rp_device *)d)->spec = &aux_spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_xip_aux = {
    .type = "rp2040.xip_aux",
    .struct_size = sizeof(xip_aux),
    .region_size = 0x1000,
    .init = aux_init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .link = aux_link,
};
