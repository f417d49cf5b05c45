/* SPDX-License-Identifier: Apache-2.0 */
/* FLASH of STM32F4 (RM0090 and RM0402, "Embedded flash memory interface"): sectors of 16, 64 and 128 KB, one or two banks of up to twelve.
 */
#include "devices/stm32/flash.h"

#include <stdio.h>
#include <string.h>

#include "machine.h"

enum { ACR = 0x00, KEYR = 0x04, OPTKEYR = 0x08, SR = 0x0C, CR = 0x10, OPTCR = 0x14, OPTCR1 = 0x18 };
enum {
    SR_EOP = 1u << 0,
    SR_OPERR = 1u << 1,
    SR_WRPERR = 1u << 4,
    SR_PGPERR = 1u << 6,
    SR_PGSERR = 1u << 7,
    SR_RDERR = 1u << 8,
    SR_BSY = 1u << 16,
    SR_FLAGS = 0x1F3,
};
enum {
    CR_PG = 1u << 0,
    CR_SER = 1u << 1,
    CR_MER = 1u << 2,
    CR_MER1 = 1u << 15, /* the second bank */
    CR_STRT = 1u << 16,
    CR_EOPIE = 1u << 24,
    CR_ERRIE = 1u << 25,
};
#define CR_LOCK (1u << 31)
#define CR_MASK 0x030083FFu
enum { OPTCR_OPTLOCK = 1u << 0, OPTCR_OPTSTRT = 1u << 1 };
#define OPTCR_BITS 0xCFFFFFECu /* loaded from the option bytes; of the F42x, the others leave DB1M and BFB2 unused */
#define OPTCR_NWRP 0x0FFF0000u
enum { PROGRAM_NS = 16000 }; /* data sheets, "Flash memory programming", typical, of any width */
enum { SECTORS_OF_A_BANK = 12, RDP_NONE = 0xAA, RDP_FOREVER = 0xCC };

typedef struct {
    stm32_flash f;
    uint32_t acr, sr, cr, optcr, optcr1;
    uint32_t banks, bank_size;
    bool optstrt; /* option bytes are being written */
} flash_f4;

static void update_irq(flash_f4 *f) {
    bool on = (f->sr & SR_EOP && f->cr & CR_EOPIE) || (f->sr & SR_OPERR && f->cr & CR_ERRIE);
    stm32_irq(&f->f.dev, f->f.dev.base.irq, on);
}

static void fail(flash_f4 *f, uint32_t why) {
    f->sr |= why;
    if (f->cr & CR_ERRIE) f->sr |= SR_OPERR;
    update_irq(f);
}

/* --- sectors ------------------------------------------------------------------------------------------------------------- */

/* Sectors of a bank: 4 of 16 KB, 1 of 64 KB, the rest of 128 KB. */
static uint32_t sector_start(unsigned n) { return n < 4 ? n * 0x4000u : n == 4 ? 0x10000u : (n - 4) * 0x20000u; }
static uint32_t sector_size(unsigned n) { return n < 4 ? 0x4000u : n == 4 ? 0x10000u : 0x20000u; }

static unsigned sector_at(const flash_f4 *f, uint32_t offset) {
    unsigned bank = offset / f->bank_size, n = 0;
    offset %= f->bank_size;
    while (offset >= sector_start(n) + sector_size(n)) n++;
    return bank * SECTORS_OF_A_BANK + n;
}

static bool write_protected(const flash_f4 *f, unsigned sector) {
    uint32_t nwrp = (sector < SECTORS_OF_A_BANK ? f->optcr : f->optcr1) >> (16 + sector % SECTORS_OF_A_BANK);
    return !(nwrp & 1u);
}

/* Typical times by PSIZE: data sheets, "Flash memory programming". */
static uint64_t erase_ms(const flash_f4 *f, unsigned n) {
    static const uint16_t ms[3][3] = {{400, 1200, 2000}, {300, 700, 1300}, {250, 550, 1000}};
    unsigned psize = f->cr >> 8 & 3u;
    return ms[psize > 2 ? 2 : psize][n < 4 ? 0 : n == 4 ? 1 : 2];
}

static void start_erase(flash_f4 *f) {
    unsigned snb = f->cr >> 3 & 0x1Fu; /* the second bank's sectors are numbered from 16 on */
    unsigned sector = snb >= 16 ? snb - 16 + SECTORS_OF_A_BANK : snb;
    if (f->cr & (CR_MER | CR_MER1)) {
        bool first = f->cr & CR_MER, second = f->cr & CR_MER1 && f->banks == 2;
        if (!first && !second) return;
        for (unsigned i = 0; i < SECTORS_OF_A_BANK * f->banks; i++) {
            if ((i < SECTORS_OF_A_BANK ? first : second) && write_protected(f, i)) {
                fail(f, SR_WRPERR);
                return;
            }
        }
        uint32_t from = first ? 0 : f->bank_size, to = second ? 2 * f->bank_size : f->bank_size;
        stm32_flash_erase(&f->f, f->f.flash, from, to - from, 8ull * (to - from) * 1000000000u / 0x100000u);
    } else if (f->cr & CR_SER) {
        unsigned n = sector % SECTORS_OF_A_BANK;
        uint32_t offset = sector / SECTORS_OF_A_BANK * f->bank_size + sector_start(n);
        if (snb >= 12 + 16 || (snb >= 12 && snb < 16) || sector / SECTORS_OF_A_BANK >= f->banks ||
            sector_start(n) + sector_size(n) > f->bank_size) {
            fail(f, SR_PGSERR);
            return;
        }
        if (write_protected(f, sector)) {
            fail(f, SR_WRPERR);
            return;
        }
        stm32_flash_erase(&f->f, f->f.flash, offset, sector_size(n), erase_ms(f, n) * 1000000u);
    }
}

static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    flash_f4 *f = (flash_f4 *)d;
    unsigned psize = f->cr >> 8 & 3u;
    if (mem != f->f.flash || !(f->cr & CR_PG)) {
        fail(f, SR_PGSERR);
    } else if (size != (psize >= 2 ? 4u : 1u << psize)) { /* double words come as two words */
        fail(f, SR_PGPERR);
    } else if (write_protected(f, sector_at(f, offset))) {
        fail(f, SR_WRPERR);
    } else {
        stm32_flash_program(&f->f, mem, offset, value, size, PROGRAM_NS);
    }
    return true;
}

/* --- option bytes ----------------------------------------------------------------------------------------------------------- */
/* Kept in the memory `option` as two words, OPTCR and OPTCR1, as software sees them; erased words stand for what the factory programs. */

static void load_options(flash_f4 *f) {
    uint32_t words[2];
    memcpy(words, emu_memory_bytes(f->f.option), sizeof words);
    f->optcr = words[0] == 0xFFFFFFFFu ? 0x0FFFAAECu : words[0] & OPTCR_BITS;
    f->optcr1 = words[1] == 0xFFFFFFFFu ? OPTCR_NWRP : words[1] & OPTCR_NWRP;
    f->optcr |= OPTCR_OPTLOCK;
}

static unsigned protection(uint32_t optcr) { return optcr >> 8 & 0xFFu; }

static void apply_protection(flash_f4 *f) { f->f.read_protected = protection(f->optcr) != RDP_NONE; }

static void start_options(flash_f4 *f) {
    uint32_t words[2], stored;
    memcpy(&stored, emu_memory_bytes(f->f.option), 4);
    if (stored == 0xFFFFFFFFu) stored = 0x0FFFAAECu;
    if (protection(stored) == RDP_FOREVER) return; /* level 2: the option bytes cannot be changed any more */
    bool regression = protection(stored) != RDP_NONE && protection(f->optcr) == RDP_NONE;
    words[0] = f->optcr & OPTCR_BITS;
    words[1] = f->optcr1 & OPTCR_NWRP;
    emu_memory_change(f->f.dev.base.machine, f->f.option, 0, words, sizeof words);
    f->optstrt = true;
    if (regression) /* from level 1 to 0: mass erase before the memory can be read */
        stm32_flash_erase(&f->f, f->f.flash, 0, f->banks * f->bank_size, 16ull * 1000000000u);
    else
        stm32_flash_program(&f->f, f->f.option, 0, ~0ull, 8, 20000000u);
}

static void done(stm32_flash *base) {
    flash_f4 *f = (flash_f4 *)base;
    f->cr &= ~CR_STRT;
    if (f->optstrt) {
        f->optstrt = false;
        f->optcr &= ~(uint32_t)OPTCR_OPTSTRT;
        apply_protection(f);
    }
    if (f->cr & CR_EOPIE) f->sr |= SR_EOP;
    update_irq(f);
}

/* --- registers ------------------------------------------------------------------------------------------------------------------ */

static uint32_t read(stm32_device *d, uint32_t offset) {
    flash_f4 *f = (flash_f4 *)d;
    switch (offset) {
    case ACR: return f->acr;
    case SR: stm32_poll_hint(d); return f->sr | (stm32_flash_busy(&f->f) ? SR_BSY : 0);
    case CR: stm32_poll_hint(d); return f->cr;
    case OPTCR: stm32_poll_hint(d); return f->optcr;
    case OPTCR1:
        if (f->banks == 2) return f->optcr1;
        break;
    case KEYR:
    case OPTKEYR: return 0;
    default: break;
    }
    stm32_no_register(d, offset, 0, false);
    return 0;
}

static void write_cr(flash_f4 *f, uint32_t value) {
    if (f->cr & CR_LOCK || stm32_flash_busy(&f->f)) return;
    f->cr = value & (CR_MASK | CR_STRT | CR_LOCK);
    if (value & CR_STRT) {
        start_erase(f);
        if (!stm32_flash_busy(&f->f)) f->cr &= ~CR_STRT;
    }
    update_irq(f);
}

static void write(stm32_device *d, uint32_t offset, uint32_t value, uint32_t lanes) {
    flash_f4 *f = (flash_f4 *)d;
    switch (offset) {
    case ACR: f->acr = stm32_merge(f->acr, value, lanes & 0x0000070Fu); break; /* cache resets act at once */
    case KEYR:
        if (stm32_flash_key(&f->f.key, &f->f.key_failed, value, 0x45670123u, 0xCDEF89ABu)) f->cr &= ~CR_LOCK;
        break;
    case OPTKEYR:
        if (stm32_flash_key(&f->f.option_key, &f->f.option_key_failed, value, 0x08192A3Bu, 0x4C5D6E7Fu))
            f->optcr &= ~(uint32_t)OPTCR_OPTLOCK;
        break;
    case SR:
        f->sr &= ~(value & SR_FLAGS);
        update_irq(f);
        break;
    case CR: write_cr(f, stm32_merge(f->cr, value, lanes)); break;
    case OPTCR:
        if (f->optcr & OPTCR_OPTLOCK || stm32_flash_busy(&f->f)) break;
        f->optcr = stm32_merge(f->optcr, value, lanes & (OPTCR_BITS | OPTCR_OPTLOCK | OPTCR_OPTSTRT));
        if (f->optcr & OPTCR_OPTSTRT) {
            start_options(f);
            if (!stm32_flash_busy(&f->f)) f->optcr &= ~(uint32_t)OPTCR_OPTSTRT;
        }
        break;
    case OPTCR1:
        if (f->banks == 2) {
            if (!(f->optcr & OPTCR_OPTLOCK)) f->optcr1 = stm32_merge(f->optcr1, value, lanes & OPTCR_NWRP);
            break;
        }
        stm32_no_register(d, offset, value, true);
        break;
    default: stm32_no_register(d, offset, value, true);
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    flash_f4 *f = (flash_f4 *)d;
    stm32_flash_reset(&f->f, kind);
    f->acr = f->sr = 0;
    f->cr = CR_LOCK;
    f->optstrt = false;
    load_options(f);
    apply_protection(f);
    update_irq(f);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const known[] = {"banks", NULL};
    static const stm32_spec spec = {.ahb = true, .read = read, .write = write, .params = known};
    flash_f4 *f = (flash_f4 *)d;
    f->banks = (uint32_t)emu_param_value(params, count, "banks", 1);
    f->f.done = done;
    if (!stm32_init(d, &spec, params, count, error) || !stm32_flash_init(&f->f, error)) return false;
    f->bank_size = emu_memory_size(f->f.flash) / (f->banks ? f->banks : 1);
    f->f.bank_size = f->banks == 2 ? f->bank_size : 0;
    if (f->banks < 1 || f->banks > 2 || f->bank_size % 0x20000u || f->bank_size > 0x100000u + 0x80000u) {
        snprintf(error, EMU_ERROR_MAX, "device %s: one or two banks of whole 128 KB sectors, up to 1.5 MB each", d->name);
        return false;
    }
    return true;
}

const emu_device_class stm32_f4_flash = {
    .type = "stm32.f4_flash",
    .struct_size = sizeof(flash_f4),
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
