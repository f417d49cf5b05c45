/* SPDX-License-Identifier: Apache-2.0 */
/* I2C0, I2C1 (4.3): Synopsys DW_apb_i2c. As a master on a bus where nobody answers: the address takes its time, is not acknowledged, and
 * the transfer is aborted, as on a board without the device. As a slave nothing happens. */
#include "devices/rp2040/rp.h"

enum {
    CON = 0x00,
    TAR = 0x04,
    SAR = 0x08,
    DATA_CMD = 0x10,
    SS_SCL_HCNT = 0x14,
    FS_SCL_HCNT = 0x1C,
    INTR_STAT = 0x2C,
    INTR_MASK = 0x30,
    RAW_INTR_STAT = 0x34,
    RX_TL = 0x38,
    CLR_INTR = 0x40,
    CLR_RX_UNDER = 0x44,
    CLR_GEN_CALL = 0x68,
    ENABLE = 0x6C,
    STATUS = 0x70,
    TXFLR = 0x74,
    RXFLR = 0x78,
    SDA_HOLD = 0x7C,
    TX_ABRT_SOURCE = 0x80,
    SLV_DATA_NACK_ONLY = 0x84,
    ENABLE_STATUS = 0x9C,
    FS_SPKLEN = 0xA0,
    CLR_RESTART_DET = 0xA8,
    COMP_PARAM_1 = 0xF4,
};
enum {
    INT_TX_EMPTY = 1u << 4,
    INT_TX_ABRT = 1u << 6,
    INT_ACTIVITY = 1u << 8,
    INT_STOP_DET = 1u << 9,
    INT_START_DET = 1u << 10,
    INT_RESTART_DET = 1u << 12
};
enum { CON_MASTER = 1, CMD_READ = 1u << 8, CMD_STOP = 1u << 9, ABRT_7B_ADDR_NOACK = 1 };
enum { STATUS_ACTIVITY = 1, STATUS_TFNF = 2, STATUS_TFE = 4, STATUS_MASTER = 32 };
enum { EVENT_ADDRESS };
enum { ADDRESS_BITS = 10 };

typedef struct {
    rp_device rp;
    emu_device *clocks, *dma;
    unsigned number;
    uint32_t raw; /* latched bits of RAW_INTR_STAT */
    uint32_t abort_source;
    bool addressing;
    unsigned queued; /* commands written since, which the abort flushes */
} i2c;

static i2c *self(rp_device *d) { return (i2c *)d; }
static emu_machine *machine(const i2c *c) { return c->rp.base.machine; }
static uint32_t plain(const i2c *c, uint32_t offset) { return *rp_plain((rp_device *)&c->rp, offset); }
static bool enabled(const i2c *c) { return plain(c, ENABLE) & 1; }

static uint32_t raw(const i2c *c) { return c->raw | (enabled(c) && !c->queued ? (uint32_t)INT_TX_EMPTY : 0); }
static void update(i2c *c) { emu_irq_set(machine(c), c->rp.base.irq, raw(c) & plain(c, INTR_MASK)); }

/* One bit: SCL high and low, in clk_sys; the counts of the mode chosen in CON.SPEED. */
static uint64_t bit_cycles(const i2c *c) {
    bool standard = (plain(c, CON) >> 1 & 3) == 1;
    uint32_t at = standard ? SS_SCL_HCNT : FS_SCL_HCNT;
    return rp_cycles(machine(c), plain(c, at) + plain(c, at + 4) + 8ull, rp_clock_hz(c->clocks, RP_CLK_SYS));
}

static void command(i2c *c) {
    if (!enabled(c) || !(plain(c, CON) & CON_MASTER) || c->abort_source) return; /* an abort holds the FIFO empty until it is read */
    c->queued++;
    if (!c->addressing) {
        c->addressing = true;
        c->raw |= INT_START_DET | INT_ACTIVITY;
        emu_schedule(&c->rp.base, EVENT_ADDRESS, emu_now(machine(c)) + ADDRESS_BITS * bit_cycles(c));
    }
    update(c);
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    c->addressing = false;
    c->abort_source = ABRT_7B_ADDR_NOACK | c->queued << 23;
    c->queued = 0;
    c->raw |= INT_TX_ABRT | INT_STOP_DET;
    update(c);
}

static bool read(rp_device *d, uint32_t offset, uint32_t *value) {
    static const uint16_t clears[] = {1u << 0, 1u << 1, 1u << 3, 1u << 5, 1u << 6, 1u << 7, 1u << 8, 1u << 9, 1u << 10, 1u << 11};
    i2c *c = self(d);
    if (offset >= CLR_RX_UNDER && offset <= CLR_GEN_CALL) {
        uint32_t bit = clears[(offset - CLR_RX_UNDER) / 4];
        *value = c->raw & bit ? 1 : 0;
        c->raw &= ~bit;
        if (bit == INT_TX_ABRT) c->abort_source = 0;
        update(c);
        return true;
    }
    switch (offset) {
    case DATA_CMD: *value = 0; return true;
    case INTR_STAT: *value = raw(c) & plain(c, INTR_MASK); return true;
    case RAW_INTR_STAT:
        emu_poll_hint(machine(c), UINT64_MAX);
        *value = raw(c);
        return true;
    case CLR_INTR:
        *value = c->raw ? 1 : 0;
        c->raw = c->abort_source = 0;
        update(c);
        return true;
    case CLR_RESTART_DET:
        *value = c->raw & INT_RESTART_DET ? 1 : 0;
        c->raw &= ~(uint32_t)INT_RESTART_DET;
        return true;
    case STATUS:
        emu_poll_hint(machine(c), UINT64_MAX);
        *value = STATUS_TFNF | (c->queued ? 0 : (uint32_t)STATUS_TFE) | (c->addressing ? (uint32_t)(STATUS_ACTIVITY | STATUS_MASTER) : 0);
        return true;
    case TXFLR: *value = c->queued; return true;
    case RXFLR: *value = 0; return true;
    case TX_ABRT_SOURCE: *value = c->abort_source; return true;
    case ENABLE_STATUS: *value = enabled(c); return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    (void)value;
    if (offset == DATA_CMD) {
        command(self(d));
        return true;
    }
    return offset == INTR_STAT || offset == RAW_INTR_STAT || (offset >= CLR_INTR && offset <= CLR_GEN_CALL) || offset == STATUS ||
           offset == TXFLR || offset == RXFLR || offset == TX_ABRT_SOURCE || offset == ENABLE_STATUS || offset == CLR_RESTART_DET;
}

static void stop(i2c *c) {
    emu_cancel(&c->rp.base, EVENT_ADDRESS);
    c->addressing = false;
    c->queued = 0;
    c->raw = c->abort_source = 0;
}

static void changed(rp_device *d, uint32_t offset) {
    i2c *c = self(d);
    if (offset == ENABLE && !enabled(c)) stop(c);
    update(c);
    if (c->dma && enabled(c)) rp_dreq(c->dma, RP_DREQ_I2C0_TX + 2 * c->number);
}

static unsigned dma_level(emu_device *d, unsigned which) {
    const i2c *c = (const i2c *)d;
    return which == 0 && enabled(c) && plain(c, 0x88) & 2 && !c->abort_source ? 16 - (c->queued < 16 ? c->queued : 16) : 0;
}

static void reset(rp_device *d) {
    stop(self(d));
    update(self(d));
}

static void link(emu_device *d) {
    i2c *c = (i2c *)d;
    c->clocks = emu_device_by_name(d->machine, "CLOCKS");
    c->dma = emu_device_by_name(d->machine, "DMA");
    if (!c->dma) return;
    rp_dma_connect(c->dma, RP_DREQ_I2C0_TX + 2 * c->number, d, 0, dma_level);
    rp_dma_connect(c->dma, RP_DREQ_I2C0_TX + 2 * c->number + 1, d, 1, dma_level);
}

static const rp_register registers[] = {{CON, 1, 0x65, 0x3FF},
                                        {TAR, 1, 0x55, 0xFFF},
                                        {SAR, 1, 0x55, 0x3FF},
                                        {SS_SCL_HCNT, 1, 0x28, 0xFFFF},
                                        {SS_SCL_HCNT + 4, 1, 0x2F, 0xFFFF},
                                        {FS_SCL_HCNT, 1, 0x06, 0xFFFF},
                                        {FS_SCL_HCNT + 4, 1, 0x0D, 0xFFFF},
                                        {INTR_MASK, 1, 0x8FF, 0x1FFF},
                                        {RX_TL, 2, 0, 0xFF},
                                        {ENABLE, 1, 0, 7},
                                        {SDA_HOLD, 1, 1, 0xFFFFFF},
                                        {SLV_DATA_NACK_ONLY, 1, 0, 1},
                                        {0x88, 1, 0, 3},       /* DMA_CR */
                                        {0x8C, 2, 0, 15},      /* DMA_TDLR, DMA_RDLR */
                                        {0x94, 1, 0x64, 0xFF}, /* SDA_SETUP */
                                        {0x98, 1, 1, 1},       /* ACK_GENERAL_CALL */
                                        {FS_SPKLEN, 1, 7, 0xFF},
                                        {COMP_PARAM_1, 1, 0, 0},
                                        {0xF8, 1, 0x3230312A, 0}, /* COMP_VERSION */
                                        {0xFC, 1, 0x44570140, 0}, /* COMP_TYPE */
                                        {0, 0, 0, 0}};
static const rp_spec spec = {.registers = registers, .read = read, .write = write, .changed = changed, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"number", NULL};
    uint64_t values[] = {0};
    ((rp_device *)d)->spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    ((i2c *)d)->number = values[0] & 1;
    return true;
}

const emu_device_class rp2040_i2c = {
    .type = "rp2040.i2c",
    .struct_size = sizeof(i2c),
    .region_size = 0x4000,
    .init = init,
    .reset = rp_reset,
    .read = rp_read,
    .write = rp_write,
    .event = event,
    .link = link,
};
