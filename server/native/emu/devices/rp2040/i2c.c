/* SPDX-License-Identifier: Apache-2.0 */
/* I2C0, I2C1 (4.3): Synopsys DW_apb_i2c. As a master it works its pins bit by bit; an address or a byte that nobody acknowledges aborts the
 * transfer. As a slave nothing happens. */
#include "devices/i2c_master.h"
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
enum { CMD_RESTART = 1u << 10, ABRT_TXDATA_NOACK = 8, ABRT_ARB_LOST = 1u << 12, STATUS_RFNE = 8, INT_RX_FULL = 1u << 2 };
enum { EVENT_QUARTER };
enum { DEPTH = 16 };
enum { STAGE_IDLE, STAGE_HELD, STAGE_START, STAGE_ADDRESS, STAGE_DATA, STAGE_STOP }; /* HELD: SCL low until the next command */

typedef struct {
    rp_device rp;
    emu_device *clocks, *dma, *bank;
    unsigned number;
    uint32_t raw; /* latched bits of RAW_INTR_STAT */
    uint32_t abort_source;
    uint16_t commands[DEPTH], current;
    uint8_t received[DEPTH];
    unsigned queued, waiting; /* in the two FIFOs */
    uint8_t stage;
    bool reading;
    emu_i2c_master pins;
} i2c;

static i2c *self(rp_device *d) { return (i2c *)d; }
static emu_machine *machine(const i2c *c) { return c->rp.base.machine; }
static uint32_t plain(const i2c *c, uint32_t offset) { return *rp_plain((rp_device *)&c->rp, offset); }
static bool enabled(const i2c *c) { return plain(c, ENABLE) & 1; }

static uint32_t raw(const i2c *c) {
    return c->raw | (enabled(c) && !c->queued ? (uint32_t)INT_TX_EMPTY : 0) | (c->waiting > plain(c, RX_TL) ? (uint32_t)INT_RX_FULL : 0);
}
static void update(i2c *c) { emu_irq_set(machine(c), c->rp.base.irq, raw(c) & plain(c, INTR_MASK)); }

/* One bit: SCL high and low, in clk_sys; the counts of the mode chosen in CON.SPEED. */
static uint64_t bit_cycles(const i2c *c) {
    bool standard = (plain(c, CON) >> 1 & 3) == 1;
    uint32_t at = standard ? SS_SCL_HCNT : FS_SCL_HCNT;
    return rp_cycles(machine(c), plain(c, at) + plain(c, at + 4) + 8ull, rp_clock_hz(c->clocks, RP_CLK_SYS));
}

/* --- the bus: 2.19.2, of each four pins two are SDA and SCL of I2C0, two of I2C1 */

static uint32_t line(const i2c *c, bool scl) { return 0x11111111u << (2 * c->number + scl) & ((1u << RP_BANK0_PINS) - 1); }

static bool level(const i2c *c, bool scl) {
    uint32_t mine = rp_pins_of_function(c->bank, RP_FUNC_I2C) & line(c, scl);
    return (rp_pins_in(c->bank) & mine) == mine;
}

static void show(i2c *c) {
    rp_pins_drive(c->bank, RP_FUNC_I2C, line(c, false), 0, c->pins.sda ? 0 : line(c, false));
    rp_pins_drive(c->bank, RP_FUNC_I2C, line(c, true), 0, c->pins.scl ? 0 : line(c, true));
}

static void next_quarter(i2c *c) { emu_schedule(&c->rp.base, EVENT_QUARTER, emu_now(machine(c)) + bit_cycles(c) / 4); }

static void begin(i2c *c, unsigned stage, emu_i2c_what what, uint8_t byte, bool ack) {
    c->stage = (uint8_t)stage;
    emu_i2c_begin(&c->pins, what, byte, ack);
    next_quarter(c);
}

static void go_on(i2c *c) {
    if (!c->queued) {
        if (c->stage != STAGE_IDLE) c->stage = STAGE_HELD;
        return;
    }
    uint16_t next = c->commands[0];
    bool reads = next & CMD_READ;
    if (c->stage == STAGE_IDLE || (c->stage == STAGE_DATA && (reads != c->reading || next & CMD_RESTART)) ||
        (c->stage == STAGE_HELD && (reads != c->reading || next & CMD_RESTART))) {
        if (c->stage != STAGE_IDLE) c->raw |= INT_RESTART_DET;
        c->raw |= INT_START_DET | INT_ACTIVITY;
        c->reading = reads;
        begin(c, STAGE_START, EMU_I2C_START, 0, false);
        return;
    }
    c->current = next;
    for (unsigned i = 1; i < c->queued; i++) c->commands[i - 1] = c->commands[i];
    c->queued--;
    begin(c, STAGE_DATA, reads ? EMU_I2C_READ : EMU_I2C_WRITE, (uint8_t)next, !(next & CMD_STOP));
}

static void abort_for(i2c *c, uint32_t why) {
    c->abort_source = why | c->queued << 23;
    c->queued = 0;
    c->raw |= INT_TX_ABRT;
}

static void give_up(i2c *c, uint32_t why) {
    abort_for(c, why);
    begin(c, STAGE_STOP, EMU_I2C_STOP, 0, false);
}

static void stage_over(i2c *c) {
    switch (c->stage) {
    case STAGE_START: begin(c, STAGE_ADDRESS, EMU_I2C_WRITE, (uint8_t)(plain(c, TAR) << 1 | c->reading), false); return;
    case STAGE_ADDRESS:
        if (!c->pins.ack) {
            give_up(c, ABRT_7B_ADDR_NOACK);
            return;
        }
        c->stage = STAGE_DATA;
        c->commands[0] &= (uint16_t)~CMD_RESTART; /* made */
        break;
    case STAGE_DATA:
        if (!c->reading && !c->pins.ack) {
            give_up(c, ABRT_TXDATA_NOACK);
            return;
        }
        if (c->reading && c->waiting < DEPTH) c->received[c->waiting++] = c->pins.byte;
        if (c->current & CMD_STOP) {
            begin(c, STAGE_STOP, EMU_I2C_STOP, 0, false);
            return;
        }
        break;
    default:
        c->stage = STAGE_IDLE;
        c->raw |= INT_STOP_DET;
        break;
    }
    go_on(c);
}

static void event(emu_device *d, uint32_t id) {
    i2c *c = (i2c *)d;
    (void)id;
    bool scl = level(c, true), sda = level(c, false);
    if (emu_i2c_lost(&c->pins, scl, sda)) { /* the bus is the other master's, its stop too */
        abort_for(c, ABRT_ARB_LOST);
        c->stage = STAGE_IDLE;
        c->pins.scl = c->pins.sda = true;
        show(c);
        update(c);
        return;
    }
    bool over = emu_i2c_step(&c->pins, scl, sda);
    show(c);
    if (over)
        stage_over(c);
    else
        next_quarter(c);
    update(c);
}

static void command(i2c *c, uint32_t value) {
    if (!enabled(c) || !(plain(c, CON) & CON_MASTER) || c->abort_source) return; /* an abort holds the FIFO empty until it is read */
    if (c->queued < DEPTH) c->commands[c->queued++] = (uint16_t)value;
    if (c->stage == STAGE_IDLE || c->stage == STAGE_HELD) go_on(c);
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
    case DATA_CMD:
        *value = c->received[0];
        for (unsigned i = 1; i < c->waiting; i++) c->received[i - 1] = c->received[i];
        if (c->waiting) c->waiting--;
        update(c);
        return true;
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
        *value = STATUS_TFNF | (c->queued ? 0 : (uint32_t)STATUS_TFE) | (c->waiting ? (uint32_t)STATUS_RFNE : 0) |
                 (c->stage != STAGE_IDLE ? (uint32_t)(STATUS_ACTIVITY | STATUS_MASTER) : 0);
        return true;
    case TXFLR: *value = c->queued; return true;
    case RXFLR:
        emu_poll_hint(machine(c), UINT64_MAX);
        *value = c->waiting;
        return true;
    case TX_ABRT_SOURCE: *value = c->abort_source; return true;
    case ENABLE_STATUS: *value = enabled(c); return true;
    default: return false;
    }
}

static bool write(rp_device *d, uint32_t offset, uint32_t value) {
    if (offset == DATA_CMD) {
        command(self(d), value);
        return true;
    }
    return offset == INTR_STAT || offset == RAW_INTR_STAT || (offset >= CLR_INTR && offset <= CLR_GEN_CALL) || offset == STATUS ||
           offset == TXFLR || offset == RXFLR || offset == TX_ABRT_SOURCE || offset == ENABLE_STATUS || offset == CLR_RESTART_DET;
}

static void stop(i2c *c) {
    emu_cancel(&c->rp.base, EVENT_QUARTER);
    c->stage = STAGE_IDLE;
    c->queued = c->waiting = 0;
    c->raw = c->abort_source = 0;
    c->pins = (emu_i2c_master){.scl = true, .sda = true};
    show(c);
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
    c->bank = emu_device_by_name(d->machine, "IO_BANK0");
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
