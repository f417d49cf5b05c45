/* SPDX-License-Identifier: Apache-2.0 */
/* NVMC: the controller of the flash and of the UICR (nRF52833 PS, "NVMC - Non-volatile memory controller").
 *
 * A store reaches the cells only while CONFIG.WEN is Wen, and can only clear bits; one of a byte or halfword is a bus error. The new
 * contents are there at once, and what was there before is kept until the operation's time has passed: when power goes in between, the
 * cells are left part way. Real flash cannot be read while it is busy: a core that runs from it stalls. A core that runs from RAM goes on;
 * that it would stall too if it then read the flash is not modelled (no such read is trapped). */
#include "devices/nrf5/nrf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum {
    READY = 0x400,
    READYNEXT = 0x408,
    CONFIG = 0x504,
    ERASEPAGE = 0x508, /* also ERASEPCR1 */
    ERASEALL = 0x50C,
    ERASEPCR0 = 0x510,
    ERASEUICR = 0x514,
    ERASEPAGEPARTIAL = 0x518,
    ERASEPAGEPARTIALCFG = 0x51C,
    ICACHECNF = 0x540,
    IHIT = 0x548,
    IMISS = 0x54C,
};
enum { REN, WEN, EEN };
enum { EVENT_DONE };

typedef struct {
    emu_memory *mem;
    uint32_t offset, length;
    uint8_t *before; /* contents before the operation, NULL: none under way */
} region;

typedef struct {
    nrf_device nrf;
    emu_memory *flash, *uicr;
    uint32_t page_size;
    uint64_t write_cycles, erase_page_cycles, erase_all_cycles;
    uint32_t config, partial_ms, icachecnf;
    /* the operation under way: erase all touches two memories */
    bool erasing;
    uint64_t started, busy_until;
    region now[2];
    uint8_t word_before[4]; /* a word write needs no allocation */
    /* a page being erased in parts */
    uint32_t partial_page;
    uint64_t partial_done; /* cycles of erasing it has had; 0: none begun */
    uint8_t *partial_before;
} nvmc;

/* A fixed pseudo-random byte per address and bit: how hard that cell is to change. The same cut at the same moment leaves the same cells.
 */
static uint8_t cell_threshold(uint32_t address, unsigned bit) {
    uint32_t x = address * 8u + bit + 0x9E3779B9u;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return (uint8_t)x;
}

/* Bits that differ between `before` and `after` have changed when their threshold is below progress (0..256). */
static uint8_t mix(uint8_t before, uint8_t after, uint32_t address, unsigned progress) {
    uint8_t changing = before ^ after;
    if (!changing) return after;
    uint8_t result = before;
    for (unsigned bit = 0; bit < 8; bit++) {
        if ((changing >> bit & 1u) && cell_threshold(address, bit) < progress) result ^= (uint8_t)(1u << bit);
    }
    return result;
}

static unsigned progress_of(uint64_t done, uint64_t total) { return done >= total ? 256u : (unsigned)(done * 256u / total); }

static void leave_part_way(nvmc *n, const region *r, unsigned progress) {
    const uint8_t *after = emu_memory_bytes(r->mem) + r->offset;
    uint32_t address = emu_memory_base(r->mem) + r->offset;
    uint8_t *cells = malloc(r->length);
    if (!cells) return; /* no memory: the operation counts as done */
    for (uint32_t i = 0; i < r->length; i++) cells[i] = mix(r->before[i], after[i], address + i, progress);
    emu_memory_change(n->nrf.base.machine, r->mem, r->offset, cells, r->length);
    free(cells);
}

static void forget(nvmc *n) {
    for (unsigned i = 0; i < 2; i++) {
        if (n->now[i].before != n->word_before) free(n->now[i].before);
        n->now[i] = (region){0};
    }
}

static bool busy(const nvmc *n) { return emu_now(n->nrf.base.machine) < n->busy_until; }

static void begin(nvmc *n, uint64_t cycles, bool erasing) {
    emu_device *d = &n->nrf.base;
    emu_machine *m = d->machine;
    uint64_t now = emu_now(m);
    /* A store while a write is under way waits on the bus until that one is done. */
    n->started = n->busy_until > now ? n->busy_until : now;
    n->busy_until = n->started + cycles;
    n->erasing = erasing;
    emu_schedule(d, EVENT_DONE, n->busy_until);
    const emu_memory *code = emu_memory_at(m, emu_core_get(m, 15));
    if (code == n->flash || code == n->uicr)
        emu_core_stall(m, n->busy_until);
    else if (n->started > now)
        emu_core_stall(m, n->started);
}

/* Remembers what is there. false: no memory, the operation will not be cut short by a power cut. */
static bool remember(nvmc *n, unsigned slot, emu_memory *mem, uint32_t offset, uint32_t length) {
    uint8_t *before = length == 4 ? n->word_before : malloc(length);
    if (!before) return false;
    memcpy(before, emu_memory_bytes(mem) + offset, length);
    n->now[slot] = (region){mem, offset, length, before};
    return true;
}

static void partial_end(nvmc *n) {
    free(n->partial_before);
    n->partial_before = NULL;
    n->partial_done = 0;
}

static void erase_page(nvmc *n, uint32_t address) {
    if (address - emu_memory_base(n->flash) >= emu_memory_size(n->flash)) return;
    uint32_t offset = (address - emu_memory_base(n->flash)) / n->page_size * n->page_size;
    forget(n);
    (void)remember(n, 0, n->flash, offset, n->page_size);
    if (n->partial_done && n->partial_page == offset) partial_end(n);
    emu_memory_fill(n->nrf.base.machine, n->flash, offset, 0xFF, n->page_size);
    begin(n, n->erase_page_cycles, true);
}

static void erase_whole(nvmc *n, emu_memory *mem, unsigned slot) {
    if (!mem) return;
    (void)remember(n, slot, mem, 0, emu_memory_size(mem));
    emu_memory_fill(n->nrf.base.machine, mem, 0, 0xFF, emu_memory_size(mem));
}

/* PS, "Partial erase of a page in flash": the page is erased once the parts add up to tERASEPAGE; before that its contents are undefined.
 */
static void erase_part(nvmc *n, uint32_t address) {
    emu_machine *m = n->nrf.base.machine;
    if (address - emu_memory_base(n->flash) >= emu_memory_size(n->flash)) return;
    uint32_t offset = (address - emu_memory_base(n->flash)) / n->page_size * n->page_size;
    if (n->partial_done && n->partial_page != offset) partial_end(n);
    if (!n->partial_before) {
        n->partial_before = malloc(n->page_size);
        if (!n->partial_before) return;
        memcpy(n->partial_before, emu_memory_bytes(n->flash) + offset, n->page_size);
        n->partial_page = offset;
    }
    forget(n);
    (void)remember(n, 0, n->flash, offset, n->page_size);
    uint64_t cycles = nrf_us(m, 1000) * (n->partial_ms ? n->partial_ms : 1);
    n->partial_done += cycles;
    emu_memory_fill(m, n->flash, offset, 0xFF, n->page_size);
    if (n->partial_done >= n->erase_page_cycles) {
        partial_end(n);
    } else {
        region part = {n->flash, offset, n->page_size, n->partial_before};
        leave_part_way(n, &part, progress_of(n->partial_done, n->erase_page_cycles));
    }
    begin(n, cycles, true);
}

static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    nvmc *n = (nvmc *)d;
    if (size != 4)
        return false;       /* PS, "Writing to flash": byte and halfword writes result in a fault. A core's unaligned word comes as bytes */
    if (n->config != WEN) { /* ignored by the cells, and nobody is told: worth a line in the log */
        emu_log_unmodelled(d->machine, emu_memory_base(mem) + offset, value, size, true);
        return true;
    }
    forget(n);
    (void)remember(n, 0, mem, offset, 4);
    uint8_t cells[4];
    for (unsigned i = 0; i < 4; i++) cells[i] = n->word_before[i] & (uint8_t)(value >> (8 * i));
    emu_memory_change(d->machine, mem, offset, cells, 4);
    begin(n, n->write_cycles, false);
    return true;
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    forget((nvmc *)d);
}

static void power_off(emu_device *d) {
    nvmc *n = (nvmc *)d;
    uint64_t now = emu_now(d->machine);
    if (now < n->busy_until) {
        unsigned progress = now <= n->started ? 0 : progress_of(now - n->started, n->busy_until - n->started);
        for (unsigned i = 0; i < 2; i++) {
            if (n->now[i].before) leave_part_way(n, &n->now[i], progress);
        }
    }
    forget(n);
    partial_end(n);
    n->busy_until = 0;
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    nvmc *n = (nvmc *)d;
    emu_machine *m = d->base.machine;
    switch (offset) {
    case READY: emu_poll_hint(m, busy(n) ? n->busy_until : UINT64_MAX); return !busy(n);
    case READYNEXT: { /* one more write may be queued behind the one under way */
        bool next = !busy(n) || (!n->erasing && n->busy_until - emu_now(m) <= n->write_cycles);
        emu_poll_hint(m, next ? UINT64_MAX : n->erasing ? n->busy_until : n->busy_until - n->write_cycles);
        return next;
    }
    case CONFIG: return n->config;
    case ERASEPAGEPARTIALCFG: return n->partial_ms;
    case ICACHECNF: return n->icachecnf;
    case IHIT:
    case IMISS: return 0; /* the cache has no effect on time here, so it counts nothing */
    case ERASEPAGE:
    case ERASEALL:
    case ERASEPCR0:
    case ERASEUICR:
    case ERASEPAGEPARTIAL: return 0;
    default: emu_log_unmodelled(m, d->base.base + offset, 0, 4, false); return 0;
    }
}

static void write(nrf_device *d, uint32_t offset, uint32_t value) {
    nvmc *n = (nvmc *)d;
    bool may_erase = n->config == EEN && !busy(n);
    switch (offset) {
    case READY:
    case READYNEXT: break;
    case CONFIG: n->config = value & 3u; break;
    case ERASEPAGE:
    case ERASEPCR0:
        if (may_erase) erase_page(n, value);
        break;
    case ERASEALL:
        if (!may_erase || !(value & 1u)) break;
        forget(n);
        partial_end(n);
        erase_whole(n, n->flash, 0);
        erase_whole(n, n->uicr, 1);
        begin(n, n->erase_all_cycles, true);
        break;
    case ERASEUICR:
        if (!may_erase || !(value & 1u) || !n->uicr) break;
        forget(n);
        erase_whole(n, n->uicr, 0);
        begin(n, n->erase_page_cycles, true);
        break;
    case ERASEPAGEPARTIAL:
        if (may_erase) erase_part(n, value);
        break;
    case ERASEPAGEPARTIALCFG: n->partial_ms = value & 0x7Fu; break;
    case ICACHECNF: n->icachecnf = value & 0x101u; break;
    case IHIT:
    case IMISS: break;
    default: emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true); break;
    }
}

/* A reset does not stop an operation under way: the cells finish on their own. */
static void reset(emu_device *d, emu_reset_kind kind) {
    nvmc *n = (nvmc *)d;
    nrf_reset(&n->nrf);
    n->config = REN;
    n->partial_ms = 10;
    n->icachecnf = 0;
    if (kind == EMU_RESET_POWER_ON) {
        forget(n);
        partial_end(n);
        n->busy_until = 0;
    } else if (busy(n)) {
        emu_schedule(d, EVENT_DONE, n->busy_until);
        emu_core_stall(d->machine, n->busy_until); /* the reset vector is in the flash */
    }
}

static void destroy(emu_device *d) {
    nvmc *n = (nvmc *)d;
    forget(n);
    partial_end(n);
}

static const nrf_spec spec = {.read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"page_size", "write_ns", "erase_page_us", "erase_all_us", NULL};
    nvmc *n = (nvmc *)d;
    emu_machine *m = d->machine;
    n->nrf.spec = &spec;
    if (!nrf_params_known(d, params, count, known, error)) return false;
    n->flash = emu_memory_by_name(m, "flash");
    n->uicr = emu_memory_by_name(m, "uicr");
    if (!n->flash) {
        snprintf(error, EMU_ERROR_MAX, "device %s: nrf5.nvmc needs a memory named 'flash', listed before it", d->name);
        return false;
    }
    n->page_size = (uint32_t)nrf_param(params, count, "page_size", 4096);
    if (n->page_size < 4 || n->page_size & (n->page_size - 1) || emu_memory_size(n->flash) % n->page_size) {
        snprintf(error, EMU_ERROR_MAX, "device %s: page_size %u is not a power of two that divides the flash", d->name,
                 (unsigned)n->page_size);
        return false;
    }
    n->write_cycles = nrf_us(m, nrf_param(params, count, "write_ns", 41000)) / 1000;
    n->erase_page_cycles = nrf_us(m, nrf_param(params, count, "erase_page_us", 85000));
    n->erase_all_cycles = nrf_us(m, nrf_param(params, count, "erase_all_us", 169000));
    emu_memory_set_controller(n->flash, d);
    if (n->uicr) emu_memory_set_controller(n->uicr, d);
    return true;
}

static void link_memories(emu_device *d) {
    nvmc *n = (nvmc *)d;
    nrf_link(d);
    n->flash = emu_memory_by_name(d->machine, "flash");
    n->uicr = emu_memory_by_name(d->machine, "uicr");
}

/* What cells held before an operation lives outside the struct. */
static bool copyable(const emu_device *d) {
    const nvmc *n = (const nvmc *)d;
    return !n->now[0].before && !n->now[1].before && !n->partial_before;
}

const emu_device_class nrf5_nvmc = {
    .type = "nrf5.nvmc",
    .struct_size = sizeof(nvmc),
    .region_size = 0x1000,
    .init = init,
    .link = link_memories,
    .copyable = copyable,
    .destroy = destroy,
    .reset = reset,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
    .nvm_write = nvm_write,
    .power_off = power_off,
};
