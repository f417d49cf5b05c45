/* SPDX-License-Identifier: Apache-2.0 */
/* USB-Serial-JTAG (TRM 30): the serial port of the chip's own USB device. Packets of up to 64 bytes each way: what is written to EP1 leaves
 * at WR_DONE or when the packet is full, as long as a host asks for it. There is no baud rate: a packet takes about what the bus takes
 * (full speed, one a 50 us), or nothing while the chip is in its loader, whose other end waits for it. The JTAG half is not modelled. */
#include "devices/esp/uart.h"
#include "serial.h"

enum {
    EP1 = 0x00,
    EP1_CONF = 0x04,
    INT_RAW = 0x08,
    INT_ST = 0x0C,
    INT_ENA = 0x10,
    INT_CLR = 0x14,
    CONF0 = 0x18,
    TEST = 0x1C,
    JFIFO_ST = 0x20,
    FRAM_NUM = 0x24,
    IN_EP0_ST = 0x28,
    OUT_EP0_ST = 0x38,
    OUT_EP1_ST = 0x3C,
    MISC_CONF = 0x44,
    MEM_CONF = 0x48,
    DATE = 0x80,
};
enum { EP1_WR_DONE = 1, EP1_IN_FREE = 2, EP1_OUT_AVAIL = 4 };
enum { INT_SOF = 1 << 1, INT_OUT_RECV_PKT = 1 << 2, INT_IN_EMPTY = 1 << 3, INT_IN_TOKEN = 1 << 8, INT_ALL = 0xFFF };
enum { CONF0_USB_PAD_ENABLE = 1 << 14 };
enum { PACKET = 64, PACKET_NS = 50000, FRAME_NS = 1000000 };
enum { EVENT_IN, EVENT_OUT };

typedef struct {
    esp_port port;
    uint8_t in[PACKET], out[PACKET]; /* as USB counts: IN goes to the host */
    uint32_t in_used, out_head, out_used;
    bool in_sent, out_busy; /* the packet waits for the host; one is on its way from it */
    uint32_t raw, ena;
} usj;

static usj *self(esp_device *d) { return (usj *)d; }
static emu_device *device(usj *u) { return &u->port.esp.base; }
static emu_machine *machine(const usj *u) { return u->port.esp.base.machine; }
static void update(usj *u) { esp_irq(&u->port.esp, 0, u->raw & u->ena); }

/* --- to the host ---------------------------------------------------------------------------------------------------------------- */

static void in_taken(usj *u) {
    if (u->port.number != ESP_NO_PORT)
        for (uint32_t i = 0; i < u->in_used; i++) emu_serial_tx(machine(u), u->port.number, u->in[i]);
    u->in_used = 0;
    u->in_sent = false;
    u->raw |= INT_IN_EMPTY | INT_IN_TOKEN;
    update(u);
}

static void in_done(usj *u) {
    if (u->in_sent || !u->in_used || u->port.number == ESP_NO_PORT) return; /* without a host nobody asks for it */
    u->in_sent = true;
    emu_schedule_ns(device(u), EVENT_IN, PACKET_NS);
}

bool esp_usj_put(emu_device *d, uint8_t byte) {
    usj *u = (usj *)d;
    if (u->in_sent || u->in_used == PACKET) return false;
    u->in[u->in_used++] = byte;
    if (u->in_used == PACKET) in_done(u);
    return true;
}

bool esp_usj_drained(const emu_device *d) { return !((const usj *)d)->in_used; }

/* --- from the host -------------------------------------------------------------------------------------------------------------- */

static void out_arrived(usj *u) {
    while (u->out_used < PACKET && emu_serial_waiting(machine(u), u->port.number))
        u->out[u->out_used++] = (uint8_t)emu_serial_rx(machine(u), u->port.number);
    if (u->out_used) u->raw |= INT_OUT_RECV_PKT;
    update(u);
}

/* The device takes a packet once the one before has been read: until then it answers NAK. */
void esp_usj_listen(emu_device *d) {
    usj *u = (usj *)d;
    if (u->port.number == ESP_NO_PORT || u->port.claimed || u->port.esp.held || u->out_busy || u->out_used) return;
    if (!emu_serial_waiting(machine(u), u->port.number)) return;
    if (emu_download_mode(machine(u))) {
        out_arrived(u);
        return;
    }
    u->out_busy = true;
    emu_schedule_ns(d, EVENT_OUT, PACKET_NS);
}

static void serial_ready(emu_device *d, unsigned port) {
    if (port == ((usj *)d)->port.number) esp_usj_listen(d);
}

int esp_usj_get(emu_device *d) {
    usj *u = (usj *)d;
    if (!u->out_used) return -1;
    uint8_t byte = u->out[u->out_head++];
    if (u->out_head == u->out_used) {
        u->out_head = u->out_used = 0;
        esp_usj_listen(d);
    }
    return byte;
}

static void event(emu_device *d, uint32_t id) {
    usj *u = (usj *)d;
    if (id == EVENT_IN) in_taken(u);
    if (id == EVENT_OUT) {
        u->out_busy = false;
        if (!u->port.claimed && !u->out_used) out_arrived(u);
        esp_usj_listen(d);
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------- */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    usj *u = self(d);
    int byte;
    switch (offset) {
    case EP1:
        byte = esp_usj_get(&d->base);
        *value = byte < 0 ? 0 : (uint32_t)byte;
        return true;
    case EP1_CONF:
        emu_poll_hint(machine(u), UINT64_MAX); /* only an event or another access changes it */
        *value = (u->in_sent || u->in_used == PACKET ? 0 : (uint32_t)EP1_IN_FREE) | (u->out_used ? (uint32_t)EP1_OUT_AVAIL : 0);
        return true;
    case INT_RAW:
    case INT_ST: {
        /* Frames are not events of their own: a host that is there has sent one in every millisecond. */
        if (u->port.number != ESP_NO_PORT) u->raw |= INT_SOF;
        *value = offset == INT_RAW ? u->raw : u->raw & u->ena;
        emu_poll_hint(machine(u), UINT64_MAX);
        return true;
    }
    case INT_ENA: *value = u->ena; return true;
    case INT_CLR: *value = 0; return true;
    case FRAM_NUM: *value = u->port.number == ESP_NO_PORT ? 0 : emu_now_ns(machine(u)) / FRAME_NS & 0x7FF; return true;
    case IN_EP0_ST + 4: *value = 1 | u->in_used << 2; return true;
    case OUT_EP1_ST: *value = (u->out_used + 2) << 2 | (u->out_head + 2) << 9 | u->out_used << 16; return true;
    default: return false;
    }
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    usj *u = self(d);
    switch (offset) {
    case EP1: (void)esp_usj_put(&d->base, (uint8_t)value); return true;
    case EP1_CONF:
        if (value & EP1_WR_DONE) in_done(u);
        return true;
    case INT_RAW: u->raw = value & INT_ALL; break;
    case INT_ENA: u->ena = value & INT_ALL; break;
    case INT_CLR: u->raw &= ~value; break;
    case INT_ST:
    case FRAM_NUM:
    case IN_EP0_ST + 4:
    case OUT_EP1_ST: return true;
    default: return false;
    }
    update(u);
    return true;
}

static void reset(esp_device *d) {
    usj *u = self(d);
    emu_cancel(&d->base, EVENT_IN);
    emu_cancel(&d->base, EVENT_OUT);
    u->in_used = u->out_head = u->out_used = 0;
    u->in_sent = u->out_busy = false;
    u->raw = INT_IN_EMPTY;
    u->ena = 0;
    update(u);
    esp_usj_listen(&d->base);
}

static void released(esp_device *d) { esp_usj_listen(&d->base); }

static void reset_chip(emu_device *d, emu_reset_kind kind) {
    ((usj *)d)->port.claimed = false;
    esp_reset(d, kind);
}

static const esp_register registers[] = {{CONF0, 1, CONF0_USB_PAD_ENABLE | 0x200, 0x7FFF},
                                         {TEST, 1, 0, 0xF},
                                         {JFIFO_ST, 1, 0x44, 0},
                                         {IN_EP0_ST, 4, 1, 0},
                                         {OUT_EP0_ST, 3, 0, 0},
                                         {MISC_CONF, 1, 0, 1},
                                         {MEM_CONF, 1, 2, 3},
                                         {DATE, 1, 0x02007300, ~0u},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .reset = reset, .released = released};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {"port", NULL};
    uint64_t values[] = {ESP_NO_PORT};
    usj *u = (usj *)d;
    u->port.esp.spec = &spec;
    if (!emu_params_take(d, params, count, keys, values, error)) return false;
    u->port.number = (uint32_t)values[0];
    return true;
}

const emu_device_class esp32c3_usb_serial_jtag = {
    .type = "esp32c3.usb_serial_jtag",
    .struct_size = sizeof(usj),
    .region_size = 0x1000,
    .init = init,
    .reset = reset_chip,
    .read = esp_read,
    .write = esp_write,
    .event = event,
    .serial_ready = serial_ready,
};
