/* SPDX-License-Identifier: Apache-2.0 */
/* NVMC: the controller of the flash and of the UICR (nRF52833 PS, "NVMC - Non-volatile memory controller"; nRF51 RM, "NVMC").
 *
 * A store reaches the cells only while CONFIG.WEN is Wen, and can only clear bits; one of a byte or halfword is a bus error. The bits that
 * a store clears are there at once; what an erase sets, when its time has passed. When power goes before that, the cells are left part way.
 * Real flash cannot be read while it is busy: a core that runs from it stalls. A core that runs from RAM goes on; that it would stall too
 * if it then read the flash is not modelled (no such read is trapped).
 *
 * ACL shares the block on chips that have it: it keeps regions from being changed until the next reset. Its read protection is kept in the
 * register only. */
#include "devices/nrf5/nrf.h"

#include <stdio.h>
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
    ACL = 0x800, /* ADDR, SIZE, PERM, reserved; 8 of them */
    ACL_END = 0x880,
};
enum { REN, WEN, EEN };
enum { EVENT_DONE };
enum { ACL_ADDR, ACL_SIZE, ACL_PERM, ACL_WORDS, ACL_REGIONS = 8, PERM_WRITE = 1u << 1, PERM_MASK = 6 };

typedef enum { NOTHING, WRITING, ERASING_PAGE, ERASING_PART, ERASING_UICR, ERASING_ALL } operation;

typedef struct {
    nrf_device nrf;
    emu_memory *flash, *uicr;
    bool has_acl;
    uint32_t page_size;
    uint64_t write_cycles, erase_page_cycles, erase_all_cycles;
    uint32_t config, partial_ms, icachecnf;
    uint32_t acl[ACL_REGIONS][ACL_WORDS];
    /* the operation under way */
    operation under_way;
    bool in_uicr;         /* WRITING */
    uint32_t offset;      /* of the word or page */
    uint32_t word_before; /* WRITING */
    uint64_t started, busy_until;
    /* a page being erased in parts */
    uint32_t partial_page;
    uint64_t partial_done; /* cycles of erasing it has had; 0: none begun */
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

/* Sets those bits that an erase has set when it is so far. The same erase may be taken further later. */
static void erase_cells(nvmc *n, emu_memory *mem, uint32_t offset, uint32_t length, unsigned progress) {
    emu_machine *m = n->nrf.base.machine;
    if (!mem) return;
    if (progress >= 256) {
        emu_memory_fill(m, mem, offset, 0xFF, length);
        return;
    }
    uint8_t cells[256];
    for (uint32_t done = 0; done < length; done += sizeof cells) {
        memcpy(cells, emu_memory_bytes(mem) + offset + done, sizeof cells);
        for (uint32_t i = 0; i < sizeof cells; i++) cells[i] = mix(cells[i], 0xFF, emu_memory_base(mem) + offset + done + i, progress);
        emu_memory_change(m, mem, offset + done, cells, sizeof cells);
    }
}

/* The cells of the operation under way become what they are `progress` of its time after its start. */
static void progress_cells(nvmc *n, unsigned progress) {
    emu_memory *mem = n->in_uicr ? n->uicr : n->flash;
    switch (n->under_way) {
    case NOTHING: break;
    case WRITING: {
        uint8_t cells[4];
        memcpy(cells, emu_memory_bytes(mem) + n->offset, 4);
        for (unsigned i = 0; i < 4; i++)
            cells[i] = mix((uint8_t)(n->word_before >> 8 * i), cells[i], emu_memory_base(mem) + n->offset + i, progress);
        emu_memory_change(n->nrf.base.machine, mem, n->offset, cells, 4);
        break;
    }
    case ERASING_PAGE: erase_cells(n, n->flash, n->offset, n->page_size, progress); break;
    case ERASING_PART: { /* PS, "Partial erase of a page in flash": before the parts add up to tERASEPAGE its contents are undefined */
        uint64_t part = n->busy_until - n->started, left = part * (256 - progress) / 256;
        erase_cells(n, n->flash, n->offset, n->page_size, progress_of(n->partial_done - left, n->erase_page_cycles));
        if (n->partial_done >= n->erase_page_cycles) n->partial_done = 0;
        break;
    }
    case ERASING_UICR: erase_cells(n, n->uicr, 0, emu_memory_size(n->uicr), progress); break;
    case ERASING_ALL:
        erase_cells(n, n->flash, 0, emu_memory_size(n->flash), progress);
        if (n->uicr) erase_cells(n, n->uicr, 0, emu_memory_size(n->uicr), progress);
        break;
    }
    n->under_way = NOTHING;
}

static void finish(nvmc *n) { progress_cells(n, 256); }

static bool busy(const nvmc *n) { return emu_now(n->nrf.base.machine) < n->busy_until; }

static void begin(nvmc *n, operation what, uint32_t offset, uint64_t cycles) {
    emu_device *d = &n->nrf.base;
    emu_machine *m = d->machine;
    uint64_t now = emu_now(m);
    n->under_way = what;
    n->offset = offset;
    /* A store while a write is under way waits on the bus until that one is done. */
    n->started = n->busy_until > now ? n->busy_until : now;
    n->busy_until = n->started + cycles;
    emu_schedule(d, EVENT_DONE, n->busy_until);
    const emu_memory *code = emu_memory_at(m, emu_cpu_pc(m));
    if (code == n->flash || code == n->uicr)
        emu_core_stall(m, n->busy_until);
    else if (n->started > now)
        emu_core_stall(m, n->started);
}

static bool protected(const nvmc *n, uint32_t address, uint32_t length) {
    if (nrf_block_protected(n->nrf.base.machine, address, length)) return true;
    for (unsigned i = 0; n->has_acl && i < ACL_REGIONS; i++) {
        const uint32_t *region = n->acl[i];
        if ((region[ACL_PERM] & PERM_WRITE) && address < region[ACL_ADDR] + region[ACL_SIZE] && region[ACL_ADDR] < address + length)
            return true;
    }
    return false;
}

/* Of the page that holds the address; false: not one to erase, which is told to nobody on the chip and is worth a line in the log. */
static bool page_of(nvmc *n, uint32_t reg, uint32_t address, uint32_t *offset) {
    uint32_t base = emu_memory_base(n->flash);
    if (address - base >= emu_memory_size(n->flash)) return false;
    *offset = (address - base) / n->page_size * n->page_size;
    if (!protected(n, base + *offset, n->page_size)) return true;
    emu_log_unmodelled(n->nrf.base.machine, n->nrf.base.base + reg, address, 4, true);
    return false;
}

static void erase_page(nvmc *n, uint32_t address) {
    uint32_t offset;
    if (!page_of(n, ERASEPAGE, address, &offset)) return;
    if (n->partial_page == offset) n->partial_done = 0;
    begin(n, ERASING_PAGE, offset, n->erase_page_cycles);
}

static void erase_part(nvmc *n, uint32_t address) {
    uint32_t offset;
    if (!page_of(n, ERASEPAGEPARTIAL, address, &offset)) return;
    if (n->partial_page != offset) n->partial_done = 0;
    uint64_t cycles = nrf_us(n->nrf.base.machine, 1000) * (n->partial_ms ? n->partial_ms : 1);
    n->partial_page = offset;
    n->partial_done += cycles;
    begin(n, ERASING_PART, offset, cycles);
}

static void erase_all(nvmc *n) {
    n->partial_done = 0;
    begin(n, ERASING_ALL, 0, n->erase_all_cycles);
}

static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    nvmc *n = (nvmc *)d;
    if (size != 4)
        return false;       /* PS, "Writing to flash": byte and halfword writes result in a fault. A core's unaligned word comes as bytes */
    if (n->config != WEN) { /* ignored by the cells, and nobody is told: worth a line in the log */
        emu_log_unmodelled(d->machine, emu_memory_base(mem) + offset, value, size, true);
        return true;
    }
    if (mem == n->flash && protected(n, emu_memory_base(mem) + offset, 4)) return false;
    finish(n);
    uint8_t cells[4];
    memcpy(cells, emu_memory_bytes(mem) + offset, 4);
    n->word_before = 0;
    for (unsigned i = 0; i < 4; i++) {
        n->word_before |= (uint32_t)cells[i] << 8 * i;
        cells[i] &= (uint8_t)(value >> 8 * i);
    }
    emu_memory_change(d->machine, mem, offset, cells, 4);
    n->in_uicr = mem == n->uicr;
    begin(n, WRITING, offset, n->write_cycles);
    return true;
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    finish((nvmc *)d);
}

static void power_off(emu_device *d) {
    nvmc *n = (nvmc *)d;
    uint64_t now = emu_now(d->machine);
    if (now < n->busy_until) progress_cells(n, now <= n->started ? 0 : progress_of(now - n->started, n->busy_until - n->started));
    n->under_way = NOTHING;
    n->partial_done = 0;
    n->busy_until = 0;
}

static uint32_t read(nrf_device *d, uint32_t offset) {
    nvmc *n = (nvmc *)d;
    emu_machine *m = d->base.machine;
    switch (offset) {
    case READY: emu_poll_hint(m, busy(n) ? n->busy_until : UINT64_MAX); return !busy(n);
    case READYNEXT: { /* one more write may be queued behind the one under way */
        bool next = !busy(n) || (n->under_way == WRITING && n->busy_until - emu_now(m) <= n->write_cycles);
        emu_poll_hint(m, next ? UINT64_MAX : n->under_way == WRITING ? n->busy_until - n->write_cycles : n->busy_until);
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
    default:
        if (n->has_acl && offset >= ACL && offset < ACL_END) return n->acl[(offset - ACL) / 16][(offset - ACL) / 4 % ACL_WORDS];
        emu_log_unmodelled(m, d->base.base + offset, 0, 4, false);
        return 0;
    }
}

/* Each register can be written once; then it is kept until a reset (nRF52840 PS, "ACL"). */
static void write_acl(nvmc *n, uint32_t offset, uint32_t value) {
    uint32_t *reg = &n->acl[(offset - ACL) / 16][(offset - ACL) / 4 % ACL_WORDS];
    if (*reg == 0) *reg = (offset & 0xFu) == 4 * ACL_PERM ? value & PERM_MASK : (offset & 0xFu) == 4 * ACL_WORDS - 4 ? 0 : value;
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
        if (nrf_block_protected(d->base.machine, 0, emu_memory_size(n->flash)))
            emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
        else
            erase_all(n);
        break;
    case ERASEUICR:
        if (may_erase && (value & 1u) && n->uicr) begin(n, ERASING_UICR, 0, n->erase_page_cycles);
        break;
    case ERASEPAGEPARTIAL:
        if (may_erase) erase_part(n, value);
        break;
    case ERASEPAGEPARTIALCFG: n->partial_ms = value & 0x7Fu; break;
    case ICACHECNF: n->icachecnf = value & 0x101u; break;
    case IHIT:
    case IMISS: break;
    default:
        if (n->has_acl && offset >= ACL && offset < ACL_END)
            write_acl(n, offset, value);
        else
            emu_log_unmodelled(d->base.machine, d->base.base + offset, value, 4, true);
        break;
    }
}

uint64_t nrf_erase_all(emu_machine *m) {
    for (unsigned i = 0; i < m->device_count; i++) {
        if (m->devices[i]->cls->nvm_write != nvm_write) continue;
        nvmc *n = (nvmc *)m->devices[i];
        finish(n);
        erase_all(n);
        emu_core_stall(m, n->busy_until);
        return n->busy_until;
    }
    return emu_now(m);
}

/* A reset does not stop an operation under way: the cells finish on their own. */
static void reset(emu_device *d, emu_reset_kind kind) {
    nvmc *n = (nvmc *)d;
    nrf_reset(&n->nrf);
    n->config = REN;
    n->partial_ms = 10;
    n->icachecnf = 0;
    memset(n->acl, 0, sizeof n->acl);
    if (kind == EMU_RESET_POWER_ON) {
        n->under_way = NOTHING;
        n->partial_done = 0;
        n->busy_until = 0;
    } else if (busy(n)) {
        emu_schedule(d, EVENT_DONE, n->busy_until);
        emu_core_stall(d->machine, n->busy_until); /* the reset vector is in the flash */
    }
}

static const nrf_spec spec = {.read = read, .write = write};

static void find_memories(nvmc *n) {
    n->flash = emu_memory_by_name(n->nrf.base.machine, "flash");
    n->uicr = emu_memory_by_name(n->nrf.base.machine, "uicr");
}

static void link_memories(emu_device *d) {
    nrf_link(d);
    find_memories((nvmc *)d);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"page_size", "write_ns", "erase_page_us", "erase_all_us", "acl", NULL};
    nvmc *n = (nvmc *)d;
    emu_machine *m = d->machine;
    n->nrf.spec = &spec;
    if (!emu_params_take(d, params, count, known, NULL, error)) return false;
    find_memories(n);
    if (!n->flash) {
        snprintf(error, EMU_ERROR_MAX, "device %s: nrf5.nvmc needs a memory named 'flash', listed before it", d->name);
        return false;
    }
    n->page_size = (uint32_t)emu_param_value(params, count, "page_size", 4096);
    if (n->page_size < 256 || n->page_size & (n->page_size - 1) || emu_memory_size(n->flash) % n->page_size) {
        snprintf(error, EMU_ERROR_MAX, "device %s: page_size %u is not a power of two that divides the flash", d->name,
                 (unsigned)n->page_size);
        return false;
    }
    n->write_cycles = nrf_us(m, emu_param_value(params, count, "write_ns", 41000)) / 1000;
    n->erase_page_cycles = nrf_us(m, emu_param_value(params, count, "erase_page_us", 85000));
    n->erase_all_cycles = nrf_us(m, emu_param_value(params, count, "erase_all_us", 169000));
    n->has_acl = emu_param_value(params, count, "acl", 0) != 0;
    emu_memory_set_controller(n->flash, d);
    if (n->uicr) emu_memory_set_controller(n->uicr, d);
    return true;
}

const emu_device_class nrf5_nvmc = {
    .type = "nrf5.nvmc",
    .struct_size = sizeof(nvmc),
    .region_size = 0x1000,
    .init = init,
    .link = link_memories,
    .reset = reset,
    .read = nrf_read,
    .write = nrf_write,
    .event = event,
    .nvm_write = nvm_write,
    .power_off = power_off,
};
