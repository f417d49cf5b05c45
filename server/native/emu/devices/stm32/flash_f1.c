/* SPDX-License-Identifier: Apache-2.0 */
/* FPEC, the flash controller of STM32F1 (PM0075, "Flash programming manual"; RM0008): pages of 1 or 2 KB, halfwords that are programmed
 * once and then only to 0. */
#include <stdio.h>
#include <string.h>

#include "devices/stm32/flash.h"
#include "machine.h"

enum { ACR = 0x00, KEYR = 0x04, OPTKEYR = 0x08, SR = 0x0C, CR = 0x10, AR = 0x14, OBR = 0x1C, WRPR = 0x20 };
enum { BSY = 1u << 0, PGERR = 1u << 2, WRPRTERR = 1u << 4, EOP = 1u << 5 };
enum {
    PG = 1u << 0,
    PER = 1u << 1,
    MER = 1u << 2,
    OPTPG = 1u << 4,
    OPTER = 1u << 5,
    STRT = 1u << 6,
    LOCK = 1u << 7,
    OPTWRE = 1u << 9,
    ERRIE = 1u << 10,
    EOPIE = 1u << 12,
};
enum { OPTION_SIZE = 16, RDP_KEY = 0xA5 };
enum { PROGRAM_NS = 52500, ERASE_NS = 20000000 }; /* data sheet, "Memory characteristics", typical; mass erase takes as long as a page */

typedef struct {
    stm32_flash f;
    uint32_t acr, sr, cr, ar, page_size, pages_of_a_bit;
    uint32_t obr, wrpr; /* loaded in a system reset */
} flash_f1;

static void update_irq(flash_f1 *f) {
    bool on = (f->sr & EOP && f->cr & EOPIE) || (f->sr & (PGERR | WRPRTERR) && f->cr & ERRIE);
    stm32_irq(&f->f.dev, f->f.dev.base.irq, on);
}

static bool write_protected(const flash_f1 *f, uint32_t offset) {
    uint32_t bit = offset / f->page_size / f->pages_of_a_bit;
    return !(f->wrpr >> (bit > 31 ? 31 : bit) & 1u);
}

static void done(stm32_flash *base) {
    flash_f1 *f = (flash_f1 *)base;
    f->cr &= ~(uint32_t)STRT;
    f->sr |= EOP;
    update_irq(f);
}

static void start(flash_f1 *f) {
    uint32_t flash_base = emu_memory_base(f->f.flash), size = emu_memory_size(f->f.flash), offset = f->ar - flash_base;
    if (f->cr & OPTER && f->cr & OPTWRE) {
        stm32_flash_erase(&f->f, f->f.option, 0, OPTION_SIZE, ERASE_NS);
    } else if (f->cr & MER) {
        if (f->wrpr != 0xFFFFFFFFu)
            f->sr |= WRPRTERR;
        else
            stm32_flash_erase(&f->f, f->f.flash, 0, size, ERASE_NS);
    } else if (f->cr & PER && offset < size) {
        if (write_protected(f, offset))
            f->sr |= WRPRTERR;
        else
            stm32_flash_erase(&f->f, f->f.flash, offset / f->page_size * f->page_size, f->page_size, ERASE_NS);
    }
    if (!stm32_flash_busy(&f->f)) f->cr &= ~(uint32_t)STRT;
    update_irq(f);
}

/* PM0075: a new read protection that is taken away erases the flash first. */
static void unprotect(flash_f1 *f, uint32_t offset, uint32_t value) {
    if (offset == 0 && (value & 0xFFu) == RDP_KEY && f->obr & 2u)
        emu_memory_fill(f->f.dev.base.machine, f->f.flash, 0, 0xFF, emu_memory_size(f->f.flash));
}

static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    flash_f1 *f = (flash_f1 *)d;
    bool option = mem == f->f.option;
    uint32_t enable = option ? OPTPG : PG;
    if (size != 2) return false; /* PM0075, "Main Flash memory programming": other widths are a bus error */
    if (!(f->cr & enable) || (option && (!(f->cr & OPTWRE) || offset >= OPTION_SIZE))) return true;
    if (stm32_flash_busy(&f->f)) stm32_flash_finish(&f->f);
    uint16_t now;
    memcpy(&now, emu_memory_bytes(mem) + offset, 2);
    if (!option && write_protected(f, offset)) {
        f->sr |= WRPRTERR;
    } else if (now != 0xFFFF && value != 0) {
        f->sr |= PGERR;
    } else {
        if (option) { /* the complement is computed by the controller */
            unprotect(f, offset, value);
            value = (value & 0xFFu) | (~value & 0xFFu) << 8;
        }
        stm32_flash_program(&f->f, mem, offset, value, 2, PROGRAM_NS);
    }
    update_irq(f);
    return true;
}

/* --- option bytes: RDP, USER, DATA0, DATA1, WRP0..3, each with its complement -------------------------------------------------- */

static uint8_t option_byte(const flash_f1 *f, unsigned n, bool *valid) {
    const uint8_t *b = emu_memory_bytes(f->f.option) + 2 * n;
    *valid = (b[0] ^ b[1]) == 0xFF;
    return *valid ? b[0] : 0xFF;
}

static void load_options(flash_f1 *f) {
    static const uint8_t factory[OPTION_SIZE] = {RDP_KEY, 0x5A, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0};
    bool valid, erased = true;
    for (unsigned i = 0; i < 32; i++) erased = erased && emu_memory_bytes(f->f.option)[i] == 0xFF;
    /* A new chip: the marker behind the option bytes tells it from one whose option bytes were erased, which is read protected. */
    if (erased) emu_memory_change(f->f.dev.base.machine, f->f.option, 0, factory, sizeof factory);
    if (erased) emu_memory_fill(f->f.dev.base.machine, f->f.option, OPTION_SIZE, 0, 16);
    bool protected = option_byte(f, 0, &valid) != RDP_KEY || !valid;
    f->obr = (protected ? 2u : 0) | (uint32_t)option_byte(f, 1, &valid) << 2 | 0x3E0u;
    f->obr = (f->obr & 0x3FFu) | (uint32_t)option_byte(f, 2, &valid) << 10 | (uint32_t)option_byte(f, 3, &valid) << 18;
    f->wrpr = 0;
    for (unsigned i = 0; i < 4; i++) f->wrpr |= (uint32_t)option_byte(f, 4 + i, &valid) << 8 * i;
    f->f.read_protected = protected;
}

/* --- registers ------------------------------------------------------------------------------------------------------------------- */

static uint32_t read(stm32_device *d, uint32_t offset) {
    const flash_f1 *f = (const flash_f1 *)d;
    stm32_poll_hint(d);
    switch (offset) {
    case ACR: return f->acr | (f->acr << 1 & 0x20u); /* PRFTBS follows PRFTBE */
    case SR: return f->sr | (stm32_flash_busy(&f->f) ? (uint32_t)BSY : 0u);
    case CR: return f->cr;
    case OBR: return f->obr;
    case WRPR: return f->wrpr;
    case KEYR:
    case OPTKEYR:
    case AR: return 0;
    default: stm32_no_register(d, offset, 0, false); return 0;
    }
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    flash_f1 *f = (flash_f1 *)d;
    switch (offset) {
    case ACR: f->acr = stm32_merge(f->acr, value, lanes & 0x1Fu); break;
    case KEYR:
        if (stm32_flash_key(&f->f.key, &f->f.key_failed, value, 0x45670123u, 0xCDEF89ABu)) f->cr &= ~(uint32_t)LOCK;
        break;
    case OPTKEYR:
        if (stm32_flash_key(&f->f.option_key, &f->f.option_key_failed, value, 0x45670123u, 0xCDEF89ABu)) f->cr |= OPTWRE;
        break;
    case SR: f->sr &= ~(value & (PGERR | WRPRTERR | EOP)); break;
    case CR:
        if (f->cr & LOCK) break;
        value = stm32_merge(f->cr, value, lanes);
        f->cr = (value & 0x14F7u) | (f->cr & value & OPTWRE); /* OPTWRE can only be cleared here */
        if (f->cr & STRT && !stm32_flash_busy(&f->f)) start(f);
        break;
    case AR:
        if (!stm32_flash_busy(&f->f)) f->ar = value;
        break;
    case OBR:
    case WRPR: break;
    default: stm32_no_register(d, offset, value, true);
    }
    update_irq(f);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    flash_f1 *f = (flash_f1 *)d;
    stm32_flash_reset(&f->f, kind);
    f->acr = 0x10; /* reset value 0x30 with PRFTBS */
    f->sr = f->ar = 0;
    f->cr = LOCK;
    load_options(f);
    update_irq(f);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"page_size", "pages_of_a_bit", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    flash_f1 *f = (flash_f1 *)d;
    f->page_size = (uint32_t)emu_param_value(params, count, "page_size", 1024);
    f->pages_of_a_bit = (uint32_t)emu_param_value(params, count, "pages_of_a_bit", 4); /* of WRPR; high density: 2 */
    f->f.done = done;
    if (!stm32_init(d, &spec, params, count, error) || !stm32_flash_init(&f->f, error)) return false;
    if (f->page_size < 4 || emu_memory_size(f->f.flash) % f->page_size || !f->pages_of_a_bit) {
        snprintf(error, EMU_ERROR_MAX, "device %s: page_size does not divide the flash", d->name);
        return false;
    }
    return true;
}

const emu_device_class stm32_f1_flash = {
    .type = "stm32.f1_flash",
    .struct_size = sizeof(flash_f1),
    .region_size = 0x400,
    .init = init,
    .link = stm32_flash_link,
    .reset = reset,
    .read = stm32_read,
    .write = stm32_write,
    .event = stm32_flash_event,
    .nvm_write = nvm_write,
    .debug_access = stm32_flash_debug_access,
    .power_off = stm32_flash_power_off,
};
