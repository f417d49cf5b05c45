/* SPDX-License-Identifier: Apache-2.0 */
/* RNGA of the K64 (K64 RM, "Random Number Generator Accelerator"). Each chip has its own sequence, and repeats it. */
#include "devices/kinetis/kinetis.h"

enum { CR = 0x0, SR = 0x4, ER = 0x8, OR = 0xC };
enum { CR_GO = 1u << 0, CR_HA = 1u << 1, CR_INTM = 1u << 2, CR_CLRI = 1u << 3, CR_SLP = 1u << 4 };
enum { SR_SECV = 1u << 0, SR_LRS = 1u << 1, SR_ORU = 1u << 2, SR_ERRI = 1u << 3, SR_SLP = 1u << 4, SR_LEVEL = 1u << 8, SR_SIZE = 1u << 16 };
enum { WORD_CYCLES = 256 }; /* of the bus clock, for a new word */

typedef struct {
    kin_device kin;
    uint64_t seed, state;
    uint32_t cr, sr;
    uint64_t taken; /* cycle of the last word */
} rnga;

static uint64_t next_at(const rnga *r) { return r->taken + WORD_CYCLES; }
static bool running(const rnga *r) { return (r->cr & (CR_GO | CR_SLP)) == CR_GO; }
static bool has_word(const rnga *r) { return running(r) && emu_now(kin_machine(&r->kin)) >= next_at(r); }

/* splitmix64 */
static uint32_t draw(rnga *r) {
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static uint32_t read(kin_device *d, uint32_t offset) {
    rnga *r = (rnga *)d;
    switch (offset) {
    case CR: return r->cr;
    case SR:
        emu_poll_hint(kin_machine(d), running(r) && !has_word(r) ? next_at(r) : UINT64_MAX);
        return SR_SIZE | (has_word(r) ? (uint32_t)SR_LEVEL : 0) | (r->cr & CR_SLP ? (uint32_t)SR_SLP : 0) | r->sr;
    case ER: return 0;
    case OR:
        if (!has_word(r)) {
            r->sr |= SR_ORU | SR_LRS;
            return 0;
        }
        r->sr &= ~(uint32_t)SR_LRS;
        r->taken = emu_now(kin_machine(d));
        return draw(r);
    default: kin_log_read(d, offset); return 0;
    }
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    rnga *r = (rnga *)d;
    switch (offset) {
    case CR:
        if (!running(r)) r->taken = emu_now(kin_machine(d));
        kin_merge(&r->cr, value, mask & (CR_GO | CR_HA | CR_INTM | CR_SLP));
        if (value & CR_CLRI) r->sr = 0;
        break;
    case ER: r->state ^= value; break;
    case SR:
    case OR: break;
    default: kin_log_write(d, offset, value); break;
    }
}

static void reset(emu_device *d, emu_reset_kind kind) {
    rnga *r = (rnga *)d;
    if (kind == EMU_RESET_POWER_ON) r->state = r->seed;
    r->cr = r->sr = 0;
}

static const char *const known[] = {"seed", NULL};
static const kin_spec spec = {.width = 4, .params = known, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    ((rnga *)d)->seed = emu_param_value(params, count, "seed", 0);
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_rnga = {
    .type = "kinetis.rnga",
    .struct_size = sizeof(rnga),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
