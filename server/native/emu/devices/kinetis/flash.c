/* SPDX-License-Identifier: Apache-2.0 */
/* FTFE (K64: phrases of 8 bytes, sectors of 4 KB, two blocks) and FTFA (KL25: longwords, sectors of 1 KB): K64 RM, "Flash Memory Module
 * (FTFE)", KL25 RM, "Flash Memory Module (FTFA)".
 *
 * A command changes the cells when its time is over; when power goes before, they are left part way. A core that runs from the block under
 * command waits, and RDCOLERR is set, as real code would read nonsense; one that runs from elsewhere goes on. */
#include "devices/kinetis/flash.h"

#include <stdio.h>
#include <string.h>

#include "devices/kinetis/kinetis.h"
#include "machine.h"

enum { FSTAT, FCNFG, FSEC, FOPT, FCCOB3, FPROT3 = 0x10, FEPROT = 0x16, FDPROT = 0x17, REGS };
enum { MGSTAT0 = 1u << 0, FPVIOL = 1u << 4, ACCERR = 1u << 5, RDCOLERR = 1u << 6, CCIF = 1u << 7 };
enum {
    EEERDY = 1u << 0,
    RAMRDY = 1u << 1,
    PFLSH = 1u << 2,
    SWAP = 1u << 3,
    ERSSUSP = 1u << 4,
    ERSAREQ = 1u << 5,
    RDCOLLIE = 1u << 6,
    CCIE = 1u << 7
};
enum {
    RD1BLK = 0x00,
    RD1SEC = 0x01,
    PGMCHK = 0x02,
    RDRSRC = 0x03,
    PGM4 = 0x06,
    PGM8 = 0x07,
    ERSBLK = 0x08,
    ERSSCR = 0x09,
    PGMSEC = 0x0B,
    RD1ALL = 0x40,
    RDONCE = 0x41,
    PGMONCE = 0x43,
    ERSALL = 0x44,
    VFYKEY = 0x45,
    SWAPCTL = 0x46,
    SETRAM = 0x81,
    MASS_ERASE = 0x100, /* not a command: from the MDM-AP or FCNFG */
};
enum { CONFIG = 0x400, CONFIG_FPROT = 0x408, CONFIG_FSEC = 0x40C, CONFIG_FOPT = 0x40D };
enum { ONCE_BYTES = 64 };
enum { EVENT_DONE };

typedef struct {
    kin_device kin;
    emu_memory *flash, *ram; /* program flash; programming acceleration RAM of the FTFE */
    uint32_t unit;           /* bytes programmed at once: 8 or 4 */
    uint32_t sector, block;  /* bytes */
    uint32_t read_irq;       /* read collision, 0: none */
    uint32_t program_us, erase_us, erase_all_us;
    uint8_t r[REGS];
    bool key_tried;
    uint8_t once[ONCE_BYTES]; /* of the IFR; lost with the machine, as the chip file has no memory for it */
    /* the command under way */
    uint16_t command; /* 0xFFFF: none */
    uint32_t at, length;
    uint64_t started_ns, done_ns;
} ftf;

extern const emu_device_class kinetis_flash;
#define NO_COMMAND 0xFFFFu

static emu_machine *machine(const ftf *f) { return f->kin.base.machine; }
static const uint8_t *cells(const ftf *f) { return emu_memory_bytes(f->flash); }
static uint32_t size(const ftf *f) { return emu_memory_size(f->flash); }
static bool secure(const ftf *f) { return (f->r[FSEC] & 3u) != 2u; }

/* FCCOBn: 3..0, 7..4, B..8 from offset 4 on */
static uint8_t fccob(const ftf *f, unsigned n) { return f->r[FCCOB3 + (n & ~3u) + (3 - (n & 3u))]; }
static void set_fccob(ftf *f, unsigned n, uint8_t value) { f->r[FCCOB3 + (n & ~3u) + (3 - (n & 3u))] = value; }
static uint32_t address(const ftf *f) { return (uint32_t)fccob(f, 1) << 16 | (uint32_t)fccob(f, 2) << 8 | fccob(f, 3); }

static void update_irq(ftf *f) {
    emu_irq_set(machine(f), f->kin.base.irq, f->r[FCNFG] & CCIE && f->r[FSTAT] & CCIF);
    if (f->read_irq) emu_irq_set(machine(f), (int)f->read_irq, f->r[FCNFG] & RDCOLLIE && f->r[FSTAT] & RDCOLERR);
}

static bool erased(const ftf *f, uint32_t at, uint32_t length) {
    for (uint32_t i = 0; i < length; i++)
        if (cells(f)[at + i] != 0xFF) return false;
    return true;
}

/* FPROT has a bit for each 32nd of the flash, 0: protected */
static bool is_protected(const ftf *f, uint32_t at, uint32_t length) {
    uint32_t region = size(f) / 32;
    for (uint32_t i = at / region; i <= (at + length - 1) / region; i++)
        if (!(f->r[FPROT3 + 3 - i / 8] >> (i % 8) & 1u)) return true;
    return false;
}

/* --- doing it -------------------------------------------------------------------------------------------------------- */

/* How hard a cell is to change: the same cut at the same moment leaves the same cells. */
static uint8_t threshold(uint32_t n) {
    n ^= n >> 16;
    n *= 0x7FEB352Du;
    n ^= n >> 15;
    n *= 0x846CA68Bu;
    return (uint8_t)(n >> 24);
}

/* Bits that are to become `after` have done so when their threshold is below progress, 0..256. */
static void change(ftf *f, uint32_t at, uint8_t after, unsigned progress) {
    uint8_t before = cells(f)[at], differs = before ^ after;
    for (unsigned bit = 0; bit < 8 && progress < 256; bit++)
        if (threshold(at * 8 + bit) >= progress) differs &= (uint8_t)~(1u << bit);
    uint8_t now = before ^ differs;
    if (differs) emu_memory_change(machine(f), f->flash, at, &now, 1);
}

static void program(ftf *f, uint32_t at, const uint8_t *data, uint32_t length, unsigned progress) {
    for (uint32_t i = 0; i < length; i++) {
        uint8_t cell = cells(f)[at + i], after = cell & data[i];
        if (after != data[i]) f->r[FSTAT] |= MGSTAT0; /* a programmed bit cannot be set: it does not verify */
        change(f, at + i, after, progress);
    }
}

static void erase(ftf *f, uint32_t at, uint32_t length, unsigned progress) {
    if (progress >= 256) {
        emu_memory_fill(machine(f), f->flash, at, 0xFF, length);
    } else {
        for (uint32_t i = 0; i < length; i++) change(f, at + i, 0xFF, progress);
    }
}

static void open_up(ftf *f) {
    f->r[FSEC] = (uint8_t)((f->r[FSEC] & ~3u) | 2u);
    emu_debug_lock(machine(f), false);
}

static void carry_out(ftf *f, unsigned progress) {
    uint8_t data[8];
    switch (f->command) {
    case PGM4:
    case PGM8: /* FCCOB4 is the most significant byte of the longword at the address, FCCOB8 of the next */
        for (unsigned i = 0; i < f->unit; i++) data[i] = fccob(f, 4 + (i & ~3u) + (3 - (i & 3u)));
        program(f, f->at, data, f->unit, progress);
        break;
    case PGMSEC: program(f, f->at, emu_memory_bytes(f->ram), f->length, progress); break;
    case PGMONCE: {
        unsigned at = fccob(f, 1) * f->unit;
        for (unsigned i = 0; i < f->unit && progress == 256; i++) f->once[at + i] &= fccob(f, 4 + i);
        break;
    }
    case ERSSCR:
    case ERSBLK:
    case ERSALL:
        erase(f, f->at, f->length, progress);
        if (f->command == ERSALL && progress == 256) open_up(f); /* the byte in flash stays erased, that is secure, for the next reset */
        break;
    case MASS_ERASE:
        erase(f, f->at, f->length, progress);
        if (progress == 256) { /* "... the security byte is programmed to the unsecure state" */
            change(f, CONFIG_FSEC, 0xFE, 256);
            open_up(f);
        }
        break;
    default: break;
    }
}

static void finish(ftf *f) {
    if (f->command != NO_COMMAND) carry_out(f, 256);
    if (f->command == MASS_ERASE) f->r[FCNFG] &= (uint8_t)~ERSAREQ;
    f->command = NO_COMMAND;
    f->r[FSTAT] |= CCIF;
    update_irq(f);
}

static void event(emu_device *d, uint32_t id) {
    (void)id;
    finish((ftf *)d);
}

static void power_off(emu_device *d) {
    ftf *f = (ftf *)d;
    uint64_t now = emu_now_ns(d->machine);
    if (f->command != NO_COMMAND && now < f->done_ns && now > f->started_ns)
        carry_out(f, (unsigned)((now - f->started_ns) * 256 / (f->done_ns - f->started_ns)));
    f->command = NO_COMMAND;
}

static void begin(ftf *f, uint16_t command, uint32_t at, uint32_t length, uint64_t us) {
    emu_machine *m = machine(f);
    f->command = command;
    f->at = at;
    f->length = length;
    f->started_ns = emu_now_ns(m);
    f->done_ns = f->started_ns + us * 1000;
    f->r[FSTAT] &= (uint8_t)~CCIF;
    update_irq(f);
    kin_after_us(&f->kin.base, EVENT_DONE, us);
    uint32_t pc = emu_cpu_pc(m);
    bool all = command == ERSALL || command == MASS_ERASE || command == RD1ALL;
    if (emu_memory_at(m, pc) == f->flash && (all || pc / f->block == at / f->block)) {
        f->r[FSTAT] |= RDCOLERR;
        emu_core_stall(m, emu_now(m) + kin_us(m, us) + 1);
    }
}

/* --- commands ---------------------------------------------------------------------------------------------------------- */

static void refuse(ftf *f, uint8_t error) {
    f->r[FSTAT] |= error;
    update_irq(f);
}

static bool in_flash(const ftf *f, uint32_t at, uint32_t length, uint32_t align) {
    return !(at & (align - 1)) && at < size(f) && length <= size(f) - at;
}

static void read_ones(ftf *f, uint16_t command, uint32_t at, uint32_t length, uint64_t us) {
    if (fccob(f, command == RD1SEC ? 6 : command == RD1ALL ? 1 : 4) > 2) {
        refuse(f, ACCERR); /* no such margin */
        return;
    }
    if (!erased(f, at, length)) f->r[FSTAT] |= MGSTAT0;
    begin(f, command, at, length, us);
}

static void change_flash(ftf *f, uint16_t command, uint32_t at, uint32_t length, uint32_t align, uint64_t us) {
    if (!in_flash(f, at, length, align))
        refuse(f, ACCERR);
    else if (is_protected(f, at, length))
        refuse(f, FPVIOL);
    else
        begin(f, command, at, length, us);
}

static void program_check(ftf *f) {
    uint32_t at = address(f);
    uint8_t margin = fccob(f, 4);
    if (!in_flash(f, at, 4, 4) || margin == 0 || margin > 2) {
        refuse(f, ACCERR);
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        if (cells(f)[at + i] != fccob(f, 8 + (3 - i))) f->r[FSTAT] |= MGSTAT0;
    begin(f, PGMCHK, at, 4, 50);
}

/* The program once field and the version id are what the resources hold (RDRSRC). */
static void read_resource(ftf *f) {
    static const uint8_t version[8] = {0, 0, 0, 1, 0, 0, 0, 1};
    uint32_t at = address(f);
    uint8_t select = fccob(f, f->unit == 8 ? 4 : 8);
    bool is_version = select == 1 && at <= 8 && !(at & (f->unit - 1));
    uint32_t once_at = f->unit == 8 ? 0x3C0 : 0xC0;
    bool in_ifr = select == 0 && at < 0x400 && !(at & (f->unit - 1));
    if (!is_version && !in_ifr) {
        refuse(f, ACCERR);
        return;
    }
    for (unsigned i = 0; i < f->unit; i++) {
        uint32_t n = at + i;
        uint8_t byte = is_version ? version[n & 7] : n >= once_at && n < once_at + ONCE_BYTES ? f->once[n - once_at] : 0xFF;
        set_fccob(f, f->unit == 8 ? 5 + i : 4 + i, byte);
    }
    begin(f, RDRSRC, 0, 1, 30);
}

static void once(ftf *f, uint16_t command) {
    unsigned index = fccob(f, 1);
    if ((index + 1) * f->unit > ONCE_BYTES) {
        refuse(f, ACCERR);
        return;
    }
    bool written = false;
    for (unsigned i = 0; i < f->unit; i++) {
        uint8_t byte = f->once[index * f->unit + i];
        written |= byte != 0xFF;
        if (command == RDONCE) set_fccob(f, 4 + i, byte);
    }
    if (command == PGMONCE && written)
        refuse(f, ACCERR);
    else
        begin(f, command, 0, 1, command == RDONCE ? 30 : f->program_us);
}

static void verify_key(ftf *f) {
    bool enabled = f->r[FSEC] >> 6 == 2;
    if (!enabled || f->key_tried) {
        refuse(f, ACCERR);
        return;
    }
    bool zeros = true, ones = true, equal = true;
    for (unsigned i = 0; i < 8; i++) {
        uint8_t key = fccob(f, 4 + i), cell = cells(f)[CONFIG + (i & 4u) + (3 - (i & 3u))];
        zeros &= key == 0;
        ones &= key == 0xFF;
        equal &= key == cell;
    }
    if (zeros || ones || !equal) {
        f->key_tried = true; /* no other try before the next reset */
        refuse(f, ACCERR);
        return;
    }
    open_up(f);
    begin(f, VFYKEY, 0, 1, 30);
}

static void launch(ftf *f) {
    uint8_t command = fccob(f, 0);
    uint32_t at = address(f), count = (uint32_t)fccob(f, 4) << 8 | fccob(f, 5);
    bool phrases = f->unit == 8; /* FTFE */
    uint32_t align = phrases ? 16 : 4;
    switch (command) {
    case RD1BLK:
        if (!phrases || !in_flash(f, at, f->block, 16)) break;
        read_ones(f, RD1BLK, at / f->block * f->block, f->block, 1700);
        return;
    case RD1SEC:
        if (!count || !in_flash(f, at, count * align, align)) break;
        read_ones(f, RD1SEC, at, count * align, 100);
        return;
    case PGMCHK: program_check(f); return;
    case RDRSRC: read_resource(f); return;
    case PGM4:
    case PGM8:
        if ((command == PGM8) != phrases) break;
        change_flash(f, command, at, f->unit, f->unit, f->program_us);
        return;
    case ERSBLK:
        if (!phrases || at >= size(f) || at & 15u) break;
        change_flash(f, ERSBLK, at / f->block * f->block, f->block, 16, f->erase_all_us / 2);
        return;
    case ERSSCR:
        if (at & (align - 1)) break;
        change_flash(f, ERSSCR, at / f->sector * f->sector, f->sector, align, f->erase_us);
        return;
    case PGMSEC:
        if (!f->ram || !count || count * 16 > emu_memory_size(f->ram) || !(f->r[FCNFG] & RAMRDY)) break;
        change_flash(f, PGMSEC, at, count * 16, 16, (uint64_t)count * f->program_us);
        return;
    case RD1ALL: read_ones(f, RD1ALL, 0, size(f), 3400); return;
    case RDONCE:
    case PGMONCE: once(f, command); return;
    case ERSALL: change_flash(f, ERSALL, 0, size(f), 1, f->erase_all_us); return;
    case VFYKEY: verify_key(f); return;
    case SETRAM: /* a chip without FlexNVM has the RAM only as acceleration RAM */
        if (!f->ram || fccob(f, 1) != 0xFF) break;
        begin(f, SETRAM, 0, 1, 70);
        return;
    default: break; /* SWAPCTL: the swap system is not modelled */
    }
    refuse(f, ACCERR);
}

/* --- what the MDM-AP and the SIM ask --------------------------------------------------------------------------------------- */

kin_flash *kin_flash_find(emu_machine *m) { return kin_find(m, &kinetis_flash); }
bool kin_flash_ready(const kin_flash *d) { return ((const ftf *)d)->r[FSTAT] & CCIF; }
bool kin_flash_secure(const kin_flash *d) { return secure((const ftf *)d); }
bool kin_flash_mass_erase_enabled(const kin_flash *d) { return (((const ftf *)d)->r[FSEC] >> 4 & 3u) != 2u; }
bool kin_flash_mass_erasing(const kin_flash *d) { return ((const ftf *)d)->r[FCNFG] & ERSAREQ; }

bool kin_flash_mass_erase(kin_flash *d) {
    ftf *f = (ftf *)d;
    if (!kin_flash_mass_erase_enabled(d) || f->r[FCNFG] & ERSAREQ) return false;
    f->r[FCNFG] |= ERSAREQ;
    f->r[FSTAT] &= (uint8_t)~(ACCERR | FPVIOL | MGSTAT0);
    begin(f, MASS_ERASE, 0, size(f), f->erase_all_us); /* a command under way is given up */
    return true;
}

void kin_flash_mass_erase_finish(kin_flash *d) {
    ftf *f = (ftf *)d;
    if (f->command != MASS_ERASE) return;
    emu_cancel(d, EVENT_DONE);
    finish(f);
}

uint8_t kin_flash_option(emu_machine *m) {
    const ftf *f = (const ftf *)kin_flash_find(m);
    return f ? cells(f)[CONFIG_FOPT] : 0xFF;
}

/* --- registers ------------------------------------------------------------------------------------------------------------- */

static uint32_t read(kin_device *d, uint32_t offset) {
    ftf *f = (ftf *)d;
    if (offset >= REGS) {
        kin_log_read(d, offset);
        return 0;
    }
    if (offset == FSTAT) emu_poll_hint(kin_machine(d), UINT64_MAX);
    return f->r[offset];
}

static void write_fstat(ftf *f, uint8_t v) {
    bool ready = f->r[FSTAT] & CCIF;
    f->r[FSTAT] &= (uint8_t)~(v & (RDCOLERR | ACCERR | FPVIOL));
    update_irq(f);
    if (!(v & CCIF) || !ready || f->r[FSTAT] & (ACCERR | FPVIOL)) return;
    f->r[FSTAT] &= (uint8_t)~MGSTAT0;
    launch(f);
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    ftf *f = (ftf *)d;
    uint8_t v = (uint8_t)value;
    (void)mask;
    if (offset >= REGS) {
        kin_log_write(d, offset, value);
        return;
    }
    switch (offset) {
    case FSTAT: write_fstat(f, v); return;
    case FCNFG:
        f->r[FCNFG] = (uint8_t)((f->r[FCNFG] & ~(CCIE | RDCOLLIE | ERSSUSP)) | (v & (CCIE | RDCOLLIE | ERSSUSP)));
        update_irq(f);
        return;
    case FSEC:
    case FOPT: return;
    default: break;
    }
    if (!(f->r[FSTAT] & CCIF)) return;
    if (offset < FPROT3)
        f->r[offset] = v;
    else if (offset < FPROT3 + 4)
        f->r[offset] &= v; /* protection can only be added */
}

/* At a reset the flash configuration field is read ("Flash configuration field description"). A command under way is given up. */
static void reset(emu_device *d, emu_reset_kind kind) {
    ftf *f = (ftf *)d;
    if (kind == EMU_RESET_POWER_ON) f->command = NO_COMMAND;
    bool mass_erasing = f->command == MASS_ERASE; /* goes on through a reset of the system */
    if (!mass_erasing && f->command != NO_COMMAND) power_off(d);
    uint8_t fcnfg = mass_erasing ? ERSAREQ : 0;
    memset(f->r, 0, sizeof f->r);
    f->r[FSTAT] = mass_erasing ? 0 : CCIF;
    f->r[FCNFG] = fcnfg | (f->ram ? RAMRDY : 0) | (f->unit == 8 ? PFLSH : 0);
    for (unsigned i = 0; i < 4; i++) f->r[FPROT3 + i] = cells(f)[CONFIG_FPROT + i];
    f->r[FSEC] = cells(f)[CONFIG_FSEC];
    f->r[FOPT] = cells(f)[CONFIG_FOPT];
    f->r[FEPROT] = f->r[FDPROT] = 0xFF;
    f->key_tried = false;
    if (mass_erasing) emu_schedule_ns(d, EVENT_DONE, f->done_ns > emu_now_ns(d->machine) ? f->done_ns - emu_now_ns(d->machine) : 1);
    emu_debug_lock(d->machine, secure(f));
    update_irq(f);
}

/* A store to the flash is a bus error: cells change by command only. */
static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned width) {
    emu_log_unmodelled(d->machine, emu_memory_base(mem) + offset, value, width, true);
    return false;
}

static void link(kin_device *d) {
    ftf *f = (ftf *)d;
    f->flash = emu_memory_by_name(kin_machine(d), "flash");
    f->ram = f->unit == 8 ? emu_memory_by_name(kin_machine(d), "flex_ram") : NULL;
}

static const char *const known[] = {"unit", "sector", "block", "read_irq", "program_us", "erase_us", "erase_all_us", NULL};
static const kin_spec spec = {.width = 1, .params = known, .read = read, .write = write, .link = link};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ftf *f = (ftf *)d;
    f->flash = emu_memory_by_name(d->machine, "flash");
    if (!f->flash) {
        snprintf(error, EMU_ERROR_MAX, "device %s: kinetis.flash needs a memory named 'flash', listed before it", d->name);
        return false;
    }
    f->unit = (uint32_t)emu_param_value(params, count, "unit", 4);
    f->sector = (uint32_t)emu_param_value(params, count, "sector", 1024);
    f->block = (uint32_t)emu_param_value(params, count, "block", size(f));
    if ((f->unit != 4 && f->unit != 8) || f->sector < 16 || f->block < f->sector || size(f) % f->block || f->block % f->sector ||
        size(f) < 0x1000) {
        snprintf(error, EMU_ERROR_MAX, "device %s: unit is 4 or 8, sectors fill blocks and blocks the flash", d->name);
        return false;
    }
    f->read_irq = (uint32_t)emu_param_value(params, count, "read_irq", 0);
    f->program_us = (uint32_t)emu_param_value(params, count, "program_us", 65);
    f->erase_us = (uint32_t)emu_param_value(params, count, "erase_us", 14000);
    f->erase_all_us = (uint32_t)emu_param_value(params, count, "erase_all_us", 88000);
    f->command = NO_COMMAND;
    memset(f->once, 0xFF, sizeof f->once);
    emu_memory_set_controller(f->flash, d);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_flash = {
    .type = "kinetis.flash",
    .struct_size = sizeof(ftf),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .event = event,
    .nvm_write = nvm_write,
    .link = kin_link,
    .power_off = power_off,
};
