/* SPDX-License-Identifier: Apache-2.0 */
/* FLASH of STM32L4 with two banks (RM0351, "Embedded Flash memory"): pages of 2 KB, double words with ECC, which are programmed once and
 * afterwards only to 0. */
#include <stdio.h>
#include <string.h>

#include "devices/stm32/flash.h"
#include "machine.h"

enum {
    ACR = 0x00,
    PDKEYR = 0x04,
    KEYR = 0x08,
    OPTKEYR = 0x0C,
    SR = 0x10,
    CR = 0x14,
    ECCR = 0x18,
    OPTR = 0x20,
    PCROP1SR = 0x24,
    WRP1AR = 0x2C,
    WRP1BR = 0x30,
    WRP2AR = 0x4C,
    WRP2BR = 0x50,
};
enum {
    EOP = 1u << 0,
    OPERR = 1u << 1,
    PROGERR = 1u << 3,
    WRPERR = 1u << 4,
    PGAERR = 1u << 5,
    SIZERR = 1u << 6,
    PGSERR = 1u << 7,
    BSY = 1u << 16,
    SR_FLAGS = 0xC3FB,
    SR_BLOCKING = 0x03F8, /* an operation does not begin while one of these is set */
};
enum {
    PG = 1u << 0,
    PER = 1u << 1,
    MER1 = 1u << 2,
    BKER = 1u << 11,
    MER2 = 1u << 15,
    STRT = 1u << 16,
    OPTSTRT = 1u << 17,
    FSTPG = 1u << 18,
    EOPIE = 1u << 24,
    ERRIE = 1u << 25,
    OBL_LAUNCH = 1u << 27,
    OPTLOCK = 1u << 30,
};
#define LOCK (1u << 31)
enum { OPTIONS = (WRP2BR - OPTR) / 4 + 1, RDP_NONE = 0xAA, RDP_FOREVER = 0xCC };
enum { ROW = 256, PAGE = 2048 };
enum { PROGRAM_NS = 81690, ROW_NS = 1910000, ERASE_NS = 22020000 }; /* data sheet, "Flash memory characteristics", typical */

typedef struct {
    stm32_flash f;
    uint32_t acr, sr, cr, eccr;
    uint32_t option[OPTIONS]; /* OPTR..WRP2BR as software reads them */
    bool half;                /* the first word of a double word is waiting for the second one, */
    uint32_t half_offset, half_value;
} flash_l4;

static void update_irq(flash_l4 *f) {
    bool on = (f->sr & EOP && f->cr & EOPIE) || (f->sr & OPERR && f->cr & ERRIE);
    stm32_irq(&f->f.dev, f->f.dev.base.irq, on);
}

static void fail(flash_l4 *f, uint32_t why) {
    f->sr |= why;
    if (f->cr & ERRIE) f->sr |= OPERR;
    f->half = false;
    update_irq(f);
}

static bool write_protected(const flash_l4 *f, uint32_t offset) {
    bool second = offset >= f->f.bank_size;
    uint32_t page = offset % f->f.bank_size / PAGE;
    for (unsigned area = 0; area < 2; area++) {
        uint32_t wrp = f->option[((second ? WRP2AR : WRP1AR) - OPTR) / 4 + area];
        if (page >= (wrp & 0xFFu) && page <= (wrp >> 16 & 0xFFu)) return true;
    }
    return false;
}

static bool any_protected(const flash_l4 *f, uint32_t from, uint32_t to) {
    for (uint32_t offset = from; offset < to; offset += PAGE)
        if (write_protected(f, offset)) return true;
    return false;
}

/* --- programming and erasing --------------------------------------------------------------------------------------------------- */

static void program_double_word(flash_l4 *f, uint32_t offset, uint64_t value) {
    uint64_t now;
    memcpy(&now, emu_memory_bytes(f->f.flash) + offset, 8);
    if (write_protected(f, offset))
        fail(f, WRPERR);
    else if (now != ~0ull && value != 0)
        fail(f, PROGERR);
    else
        stm32_flash_program(&f->f, f->f.flash, offset, value, 8, f->cr & FSTPG ? ROW_NS / (ROW / 8) : PROGRAM_NS);
}

static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    flash_l4 *f = (flash_l4 *)d;
    if (mem != f->f.flash || !(f->cr & (PG | FSTPG)) || f->sr & SR_BLOCKING) {
        fail(f, PGSERR);
    } else if (size != 4) {
        fail(f, SIZERR);
    } else if (!f->half) {
        if (offset & 4u) {
            fail(f, PGAERR);
        } else {
            f->half = true;
            f->half_offset = offset;
            f->half_value = value;
        }
    } else if (offset != f->half_offset + 4) {
        fail(f, PGAERR);
    } else {
        f->half = false;
        program_double_word(f, f->half_offset, (uint64_t)value << 32 | f->half_value);
    }
    return true;
}

static void start_erase(flash_l4 *f) {
    uint32_t bank = f->f.bank_size, cr = f->cr;
    if (f->sr & SR_BLOCKING) {
        fail(f, PGSERR);
    } else if (cr & (MER1 | MER2)) {
        uint32_t from = cr & MER1 ? 0 : bank, to = cr & MER2 ? 2 * bank : bank;
        if (any_protected(f, from, to))
            fail(f, WRPERR);
        else
            stm32_flash_erase(&f->f, f->f.flash, from, to - from, ERASE_NS);
    } else if (cr & PER) {
        uint32_t offset = (cr & BKER ? bank : 0) + (cr >> 3 & 0xFFu) * PAGE;
        if ((cr >> 3 & 0xFFu) * PAGE >= bank)
            fail(f, PGSERR);
        else if (write_protected(f, offset))
            fail(f, WRPERR);
        else
            stm32_flash_erase(&f->f, f->f.flash, offset, PAGE, ERASE_NS);
    }
}

/* --- option bytes: kept in the memory `option` as the registers are, erased words stand for what the factory programs -------------- */

static void load_options(flash_l4 *f) {
    static const uint32_t factory[OPTIONS] = {
        [0] = 0xFFEFF8AAu,
        [(PCROP1SR - OPTR) / 4] = 0xFFFFFFFFu,
        [(WRP1AR - OPTR) / 4] = 0xFF00FFFFu,
        [(WRP1BR - OPTR) / 4] = 0xFF00FFFFu,
        [(WRP2AR - OPTR) / 4] = 0xFF00FFFFu,
        [(WRP2BR - OPTR) / 4] = 0xFF00FFFFu,
        [(0x44 - OPTR) / 4] = 0xFFFFFFFFu,
    };
    memcpy(f->option, emu_memory_bytes(f->f.option), sizeof f->option);
    for (unsigned i = 0; i < OPTIONS; i++)
        if (f->option[i] == 0xFFFFFFFFu) f->option[i] = factory[i];
    f->f.read_protected = (f->option[0] & 0xFFu) != RDP_NONE;
}

static void start_options(flash_l4 *f) {
    uint32_t stored;
    memcpy(&stored, emu_memory_bytes(f->f.option), 4);
    if (stored == 0xFFFFFFFFu) stored = RDP_NONE;
    if ((stored & 0xFFu) == RDP_FOREVER) return; /* level 2: the option bytes cannot be changed any more */
    bool regression = (stored & 0xFFu) != RDP_NONE && (f->option[0] & 0xFFu) == RDP_NONE;
    emu_memory_change(f->f.dev.base.machine, f->f.option, 0, f->option, sizeof f->option);
    if (regression)
        stm32_flash_erase(&f->f, f->f.flash, 0, 2 * f->f.bank_size, 2 * ERASE_NS);
    else
        stm32_flash_program(&f->f, f->f.option, 0, ~0ull, 8, ERASE_NS);
}

static void done(stm32_flash *base) {
    flash_l4 *f = (flash_l4 *)base;
    f->cr &= ~(uint32_t)(STRT | OPTSTRT);
    if (f->cr & EOPIE) f->sr |= EOP;
    update_irq(f);
}

/* --- registers ----------------------------------------------------------------------------------------------------------------------- */

static uint32_t read(stm32_device *d, uint32_t offset) {
    const flash_l4 *f = (const flash_l4 *)d;
    stm32_poll_hint(d);
    switch (offset) {
    case ACR: return f->acr;
    case SR: return f->sr | (stm32_flash_busy(&f->f) ? (uint32_t)BSY : 0u);
    case CR: return f->cr;
    case ECCR: return f->eccr;
    case PDKEYR:
    case KEYR:
    case OPTKEYR: return 0;
    default: break;
    }
    if (offset >= OPTR && offset <= WRP2BR) return f->option[(offset - OPTR) / 4];
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write_cr(flash_l4 *f, uint32_t value) {
    uint32_t locks = (f->cr | value) & (LOCK | OPTLOCK);
    if (f->cr & LOCK || stm32_flash_busy(&f->f)) return;
    f->cr = (value & 0x0F07FFFFu & ~(uint32_t)OBL_LAUNCH) | locks;
    if (!(value & (PG | FSTPG))) f->half = false;
    if (value & STRT) start_erase(f);
    if (value & OPTSTRT && !(f->cr & OPTLOCK)) start_options(f);
    if (!stm32_flash_busy(&f->f)) f->cr &= ~(uint32_t)(STRT | OPTSTRT);
    if (value & OBL_LAUNCH && !(f->cr & OPTLOCK)) emu_request_reset(f->f.dev.base.machine, EMU_RESET_SOFT);
    update_irq(f);
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    flash_l4 *f = (flash_l4 *)d;
    switch (offset) {
    case ACR: f->acr = stm32_merge(f->acr, value, lanes & 0x7F07u); return;
    case PDKEYR: return;
    case KEYR:
        if (stm32_flash_key(&f->f.key, &f->f.key_failed, value, 0x45670123u, 0xCDEF89ABu)) f->cr &= ~LOCK;
        return;
    case OPTKEYR:
        if (stm32_flash_key(&f->f.option_key, &f->f.option_key_failed, value, 0x08192A3Bu, 0x4C5D6E7Fu) && !(f->cr & LOCK))
            f->cr &= ~(uint32_t)OPTLOCK;
        return;
    case SR:
        f->sr &= ~(value & SR_FLAGS);
        update_irq(f);
        return;
    case CR: write_cr(f, stm32_merge(f->cr, value, lanes)); return;
    case ECCR: f->eccr = stm32_merge(f->eccr, value, lanes & 0x01000000u); return;
    default: break;
    }
    if (offset >= OPTR && offset <= WRP2BR) {
        if (!(f->cr & OPTLOCK)) f->option[(offset - OPTR) / 4] = stm32_merge(f->option[(offset - OPTR) / 4], value, lanes);
        return;
    }
    stm32_no_register(d, offset, value, true);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    flash_l4 *f = (flash_l4 *)d;
    stm32_flash_reset(&f->f, kind);
    f->acr = 0x600;
    f->sr = f->eccr = 0;
    f->cr = LOCK | OPTLOCK;
    f->half = false;
    load_options(f);
    update_irq(f);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write};
    flash_l4 *f = (flash_l4 *)d;
    f->f.done = done;
    if (!stm32_init(d, &spec, params, count, error) || !stm32_flash_init(&f->f, error)) return false;
    f->f.bank_size = emu_memory_size(f->f.flash) / 2;
    if (f->f.bank_size % PAGE || f->f.bank_size > 256 * PAGE) {
        snprintf(error, EMU_ERROR_MAX, "device %s: two banks of up to 256 pages of 2 KB", d->name);
        return false;
    }
    return true;
}

const emu_device_class stm32_l4_flash = {
    .type = "stm32.l4_flash",
    .struct_size = sizeof(flash_l4),
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
