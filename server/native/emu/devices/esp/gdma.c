/* SPDX-License-Identifier: Apache-2.0 */
/* GDMA (TRM 2): three pairs of channels, an OUT channel that reads memory and an IN channel that writes it, by lists of descriptors. A
 * peripheral takes and gives its bytes when it needs them (esp_dma_pull, esp_dma_push), so that the DMA has no time of its own; from memory
 * to memory a list is copied when both channels have been started. */
#include "devices/esp/esp.h"

#include <string.h>

enum {
    INT_RAW = 0x00,
    INT_ST = 0x04,
    INT_ENA = 0x08,
    INT_CLR = 0x0C,
    INT_SIZE = 0x10,
    MISC_CONF = 0x44,
    DATE = 0x48,
    CH = 0x70,
    CH_SIZE = 0xC0,
    IN_CONF0 = 0x00, /* of a channel, from CH on */
    IN_LINK = 0x10,
    IN_SUC_EOF_DES_ADDR = 0x18,
    IN_DSCR = 0x20,
    IN_PERI_SEL = 0x30,
    OUT_CONF0 = 0x60,
    OUT_LINK = 0x70,
    OUT_EOF_DES_ADDR = 0x78,
    OUT_DSCR = 0x80,
    OUT_PERI_SEL = 0x90,
};
enum { CHANNELS = 3, WORDS = 0x98 / 4 };
enum { IN_RST = 1, MEM_TRANS_EN = 1 << 4, OUT_RST = 1, OUT_AUTO_WRBACK = 1 << 2 };
enum { INLINK_STOP = 1 << 21, INLINK_START = 1 << 22, INLINK_RESTART = 1 << 23, INLINK_PARK = 1 << 24 };
enum { OUTLINK_STOP = 1 << 20, OUTLINK_START = 1 << 21, OUTLINK_RESTART = 1 << 22, OUTLINK_PARK = 1 << 23 };
enum { INT_IN_DONE = 1, INT_IN_SUC_EOF = 2, INT_OUT_DONE = 8, INT_OUT_EOF = 16, INT_IN_DSCR_EMPTY = 128, INT_OUT_TOTAL_EOF = 256 };
enum { SUC_EOF = 1 << 30, PIECE = 256, HOPS_MAX = 4096 }; /* lists may be rings, of nothing even */
#define OWNER (1u << 31)
#define LINK_BASE 0x3FC00000u

typedef struct {
    uint32_t descriptor; /* under way; 0: the list has ended */
    uint32_t done;       /* bytes of it */
} list;

typedef struct {
    esp_device esp;
    uint32_t word[CHANNELS][WORDS];
    list in[CHANNELS], out[CHANNELS];
    uint32_t raw[CHANNELS], ena[CHANNELS];
} gdma;

typedef struct {
    uint32_t flags, buffer, next;
} descriptor;

static emu_machine *machine(const gdma *g) { return g->esp.base.machine; }

static void update_irq(gdma *g) {
    for (unsigned c = 0; c < CHANNELS; c++) esp_irq(&g->esp, (int)c, g->raw[c] & g->ena[c]);
}

static bool fetch(gdma *g, uint32_t address, descriptor *d) { return address && emu_dma_read(machine(g), address, d, sizeof *d); }

static void put_back(gdma *g, uint32_t address, uint32_t flags) { (void)emu_dma_write(machine(g), address, &flags, sizeof flags); }

/* Up to n bytes that the list has; *eof: the last of them ends a packet. */
static uint32_t take(gdma *g, unsigned c, uint8_t *out, uint32_t n, bool *eof) {
    list *l = &g->out[c];
    uint32_t got = 0;
    descriptor d;
    *eof = false;
    for (unsigned hops = 0; hops < HOPS_MAX && got < n && !*eof && l->descriptor && fetch(g, l->descriptor, &d); hops++) {
        uint32_t length = d.flags >> 12 & 0xFFF, left = length > l->done ? length - l->done : 0, now = left < n - got ? left : n - got;
        if (now && !emu_dma_read(machine(g), d.buffer + l->done, out + got, now)) memset(out + got, 0, now);
        got += now;
        l->done += now;
        if (l->done < length) continue;
        if (g->word[c][OUT_CONF0 / 4] & OUT_AUTO_WRBACK) put_back(g, l->descriptor, d.flags & ~OWNER);
        g->raw[c] |= INT_OUT_DONE;
        if (d.flags & SUC_EOF) {
            *eof = true;
            g->word[c][OUT_EOF_DES_ADDR / 4] = l->descriptor;
            g->raw[c] |= INT_OUT_EOF;
        }
        g->word[c][OUT_DSCR / 4] = l->descriptor;
        *l = (list){.descriptor = d.next};
        if (!d.next) g->raw[c] |= INT_OUT_TOTAL_EOF;
    }
    return got;
}

static void give(gdma *g, unsigned c, const uint8_t *data, uint32_t n, bool eof) {
    list *l = &g->in[c];
    descriptor d;
    for (uint32_t given = 0, hops = 0; hops < HOPS_MAX && l->descriptor && fetch(g, l->descriptor, &d); hops++) {
        uint32_t size = d.flags & 0xFFF, left = size > l->done ? size - l->done : 0, now = left < n - given ? left : n - given;
        if (now) (void)emu_dma_write(machine(g), d.buffer + l->done, data + given, now);
        given += now;
        l->done += now;
        bool last = eof && given == n;
        if (l->done < size && !last) return;
        put_back(g, l->descriptor, (d.flags & 0x00000FFF) | l->done << 12 | (last ? (uint32_t)SUC_EOF : 0));
        g->raw[c] |= INT_IN_DONE | (last ? INT_IN_SUC_EOF : 0);
        if (last) g->word[c][IN_SUC_EOF_DES_ADDR / 4] = l->descriptor;
        g->word[c][IN_DSCR / 4] = l->descriptor;
        *l = (list){.descriptor = d.next};
        if (last || given == n) return;
        if (!d.next) g->raw[c] |= INT_IN_DSCR_EMPTY;
    }
}

static int channel_of(const gdma *g, unsigned at, unsigned peripheral) {
    for (unsigned c = 0; c < CHANNELS; c++)
        if ((g->word[c][at / 4] & 63) == peripheral) return (int)c;
    return -1;
}

uint32_t esp_dma_pull(emu_device *d, unsigned peripheral, uint8_t *out, uint32_t n) {
    gdma *g = (gdma *)d;
    int c = g ? channel_of(g, OUT_PERI_SEL, peripheral) : -1;
    uint32_t got = 0;
    bool eof;
    if (c < 0) return 0;
    while (got < n && g->out[c].descriptor) {
        uint32_t more = take(g, (unsigned)c, out + got, n - got, &eof);
        if (!more) break;
        got += more;
    }
    update_irq(g);
    return got;
}

void esp_dma_push(emu_device *d, unsigned peripheral, const uint8_t *data, uint32_t n, bool last) {
    gdma *g = (gdma *)d;
    int c = g ? channel_of(g, IN_PERI_SEL, peripheral) : -1;
    if (c < 0) return;
    give(g, (unsigned)c, data, n, last);
    update_irq(g);
}

static void memory_to_memory(gdma *g, unsigned c) {
    uint8_t piece[PIECE];
    bool eof = false;
    if (!(g->word[c][IN_CONF0 / 4] & MEM_TRANS_EN)) return;
    for (unsigned pieces = 0; pieces < HOPS_MAX && !eof && g->out[c].descriptor && g->in[c].descriptor; pieces++) {
        uint32_t n = take(g, c, piece, sizeof piece, &eof);
        if (!n && !eof) return;
        give(g, c, piece, n, eof || !g->out[c].descriptor);
    }
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    gdma *g = (gdma *)d;
    if (offset < INT_SIZE * CHANNELS) {
        unsigned c = offset / INT_SIZE, at = offset % INT_SIZE;
        emu_poll_hint(d->base.machine, UINT64_MAX);
        *value = at == INT_RAW ? g->raw[c] : at == INT_ST ? g->raw[c] & g->ena[c] : at == INT_ENA ? g->ena[c] : 0;
        return true;
    }
    unsigned c = (offset - CH) / CH_SIZE, at = (offset - CH) % CH_SIZE; /* below CH: far too many */
    if (c >= CHANNELS || at >= 4 * WORDS) return false;
    *value = g->word[c][at / 4];
    return true;
}

static void start(list *l, uint32_t link, uint32_t go, uint32_t stop) {
    if (link & stop) *l = (list){.descriptor = 0};
    if (link & go) *l = (list){.descriptor = LINK_BASE | (link & 0xFFFFF)};
}

static bool write(esp_device *d, uint32_t offset, uint32_t value) {
    gdma *g = (gdma *)d;
    if (offset < INT_SIZE * CHANNELS) {
        unsigned c = offset / INT_SIZE, at = offset % INT_SIZE;
        if (at == INT_RAW) g->raw[c] = value & 0x1FFF;
        if (at == INT_ENA) g->ena[c] = value & 0x1FFF;
        if (at == INT_CLR) g->raw[c] &= ~value;
        update_irq(g);
        return true;
    }
    unsigned c = (offset - CH) / CH_SIZE, at = (offset - CH) % CH_SIZE;
    if (c >= CHANNELS || at >= 4 * WORDS) return false;
    if (at == IN_CONF0 && value & IN_RST) g->in[c] = (list){.descriptor = 0};
    if (at == OUT_CONF0 && value & OUT_RST) g->out[c] = (list){.descriptor = 0};
    if (at == IN_LINK) {
        start(&g->in[c], value, INLINK_START | INLINK_RESTART, INLINK_STOP);
        value = (value & ~(uint32_t)(INLINK_START | INLINK_RESTART | INLINK_STOP)) | INLINK_PARK;
    }
    if (at == OUT_LINK) {
        start(&g->out[c], value, OUTLINK_START | OUTLINK_RESTART, OUTLINK_STOP);
        value = (value & ~(uint32_t)(OUTLINK_START | OUTLINK_RESTART | OUTLINK_STOP)) | OUTLINK_PARK;
    }
    g->word[c][at / 4] = value;
    if (at == IN_LINK || at == OUT_LINK) {
        memory_to_memory(g, c);
        update_irq(g);
    }
    return true;
}

static void reset(esp_device *d) {
    gdma *g = (gdma *)d;
    memset(g->word, 0, sizeof g->word);
    for (unsigned c = 0; c < CHANNELS; c++) {
        g->in[c] = g->out[c] = (list){.descriptor = 0};
        g->raw[c] = g->ena[c] = 0;
        g->word[c][IN_LINK / 4] = 0x01100000;
        g->word[c][OUT_LINK / 4] = 0x00800000;
        g->word[c][OUT_CONF0 / 4] = 8;
        g->word[c][IN_PERI_SEL / 4] = g->word[c][OUT_PERI_SEL / 4] = 63;
        g->word[c][0x08 / 4] = 0x07800003; /* INFIFO_STATUS, OUTFIFO_STATUS: empty */
        g->word[c][0x68 / 4] = 0x07800002;
    }
    update_irq(g);
}

static const esp_register registers[] = {{0x40, 1, 0, 0x37}, {MISC_CONF, 1, 0, 0xD}, {DATE, 1, 0x02008250, ~0u}, {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .write = write, .reset = reset};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_gdma = {
    .type = "esp32c3.gdma",
    .struct_size = sizeof(gdma),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
};
