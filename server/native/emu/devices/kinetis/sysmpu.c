/* SPDX-License-Identifier: Apache-2.0 */
/* MPU of the K64's crossbar (K64 RM, "Memory Protection Unit"): its registers. Descriptors are kept, and stop nobody. */
#include "devices/kinetis/kinetis.h"

enum { CESR = 0x000, EAR0 = 0x010, EAR_END = 0x038, RGD0 = 0x400, RGDAAC0 = 0x800, REGIONS = 12 };
enum { CESR_VLD = 1u << 0, CESR_RESET = 0x00815101 };

typedef struct {
    kin_device kin;
    uint32_t cesr, rgd[REGIONS][4];
} sysmpu;

static uint32_t *word_at(sysmpu *m, uint32_t offset) {
    if (offset >= RGD0 && offset < RGD0 + 16 * REGIONS) return &m->rgd[(offset - RGD0) / 16][offset / 4 % 4];
    if (offset >= RGDAAC0 && offset < RGDAAC0 + 4 * REGIONS) return &m->rgd[(offset - RGDAAC0) / 4][2];
    return NULL;
}

static uint32_t read(kin_device *d, uint32_t offset) {
    sysmpu *m = (sysmpu *)d;
    const uint32_t *word = word_at(m, offset);
    if (word) return *word;
    if (offset == CESR) return m->cesr;
    if (offset < EAR0 || offset >= EAR_END) kin_log_read(d, offset);
    return 0;
}

static void write(kin_device *d, uint32_t offset, uint32_t value, uint32_t mask) {
    sysmpu *m = (sysmpu *)d;
    uint32_t *word = word_at(m, offset);
    if (word)
        kin_merge(word, value, mask);
    else if (offset == CESR)
        kin_merge(&m->cesr, value, mask & CESR_VLD);
    else
        kin_log_write(d, offset, value);
    if (word && offset < RGDAAC0 && offset % 16 < 12) word[3 - offset / 4 % 4] &= ~1u; /* a changed region is invalid */
}

static void reset(emu_device *d, emu_reset_kind kind) {
    sysmpu *m = (sysmpu *)d;
    (void)kind;
    m->cesr = CESR_RESET;
    for (unsigned i = 0; i < REGIONS; i++) {
        m->rgd[i][0] = m->rgd[i][2] = m->rgd[i][3] = 0;
        m->rgd[i][1] = 0x1F;
    }
    m->rgd[0][1] = 0xFFFFFFFFu;
    m->rgd[0][2] = 0x0061F7DFu;
    m->rgd[0][3] = 1;
}

static const kin_spec spec = {.width = 4, .read = read, .write = write};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    return kin_init(d, &spec, params, count, error);
}

const emu_device_class kinetis_sysmpu = {
    .type = "kinetis.sysmpu",
    .struct_size = sizeof(sysmpu),
    .region_size = 0x1000,
    .init = init,
    .reset = reset,
    .read = kin_read,
    .write = kin_write,
    .link = kin_link,
};
