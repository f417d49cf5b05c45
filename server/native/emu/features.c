/* SPDX-License-Identifier: Apache-2.0 */
/* What each core has, and which encodings it lacks. Cortex-M0 TRM (DDI 0432), Cortex-M0+ TRM (DDI 0484), Cortex-M3 TRM (DDI 0337),
 * Cortex-M4 TRM (DDI 0439). */
#include "machine.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    emu_features feature;
} cores[] = {
    {"cortex-m0", {.vtor_mask = 0, .priority_bits = 2, .dwt_comparators = 2, .fpb_code = 4}},
    {"cortex-m0plus", {.unprivileged = true, .vtor_mask = 0xFFFFFF00u, .priority_bits = 2, .dwt_comparators = 2, .fpb_code = 4}},
    {"cortex-m3", {.v7m = true, .unprivileged = true, .vtor_mask = 0x3FFFFF80u, .dwt_comparators = 4, .fpb_code = 6, .fpb_literal = 2}},
    {"cortex-m4",
     {.v7m = true, .dsp = true, .unprivileged = true, .vtor_mask = 0xFFFFFF80u, .dwt_comparators = 4, .fpb_code = 6, .fpb_literal = 2}},
};

bool emu_features_set(emu_machine *m, char error[EMU_ERROR_MAX]) {
    const emu_machine_config *config = &m->config;
    if (config->priority_bits < 2 || config->priority_bits > 8) {
        snprintf(error, EMU_ERROR_MAX, "priority_bits must be 2..8");
        return false;
    }
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++) {
        if (!config->core || strcmp(config->core, cores[i].name) != 0) continue;
        emu_features *f = &m->feature;
        *f = cores[i].feature;
        if (!f->priority_bits) f->priority_bits = (uint8_t)config->priority_bits;
        f->vtor = f->vtor_mask && !config->no_vtor;
        f->fpu = config->fpu && f->dsp;
        f->mpu_regions = (uint8_t)config->mpu_regions;
        if (config->mpu_regions != 0 && config->mpu_regions != 8) {
            snprintf(error, EMU_ERROR_MAX, "mpu_regions must be 0 or 8");
            return false;
        }
        if ((config->mpu_regions && !f->unprivileged) || (config->fpu && !f->dsp) || (config->bit_band && !f->v7m)) {
            snprintf(error, EMU_ERROR_MAX, "%s has no %s", cores[i].name,
                     config->mpu_regions && !f->unprivileged ? "MPU"
                     : config->fpu && !f->dsp                ? "FPU"
                                                             : "bit-band regions");
            return false;
        }
    }
    /* what instructions mean depends on nothing else of the configuration */
    m->code_kind = m->feature.v7m | m->feature.dsp << 1 | m->feature.fpu << 2;
    return true;
}

/* ARMv6-M ARM (DDI 0419) sections A5.2 and A5.3: what is left of Thumb. */
static bool exists_in_v6m(uint16_t h1, uint16_t h2) {
    if (h1 >> 11 < 29) {
        bool compare_and_branch = (h1 & 0xF500) == 0xB100, if_then = (h1 & 0xFF00) == 0xBF00 && (h1 & 15);
        bool cps_f = (h1 & 0xFFE0) == 0xB660 && (h1 & 1);
        return !compare_and_branch && !if_then && !cps_f;
    }
    if (h1 >> 11 != 30 || !(h2 & 0x8000)) return false;
    if ((h2 & 0x5000) == 0x5000) return true; /* BL */
    if (h2 & 0x5000) return false;
    uint16_t op = h1 & 0xFFF0;
    return op == 0xF380 || op == 0xF390 || op == 0xF3E0 || op == 0xF3F0 || (op == 0xF3B0 && (h2 & 0xF0) >= 0x40 && (h2 & 0xF0) <= 0x60);
}

/* The DSP extension, DDI 0403E section A5.3 (marked v7E-M there) and A6.1. */
static bool is_dsp(uint16_t h1, uint16_t h2) {
    unsigned op1 = h1 >> 4 & 7, op2 = h2 >> 4 & 15, n = h1 & 15;
    if ((h1 & 0xFFE0) == 0xEAC0) return true;                                                    /* PKHBT, PKHTB */
    if ((h1 & 0xFB70) == 0xF320 && !(h2 & 0xF0C0)) return true;                                  /* SSAT16, USAT16 */
    if ((h1 & 0xFF80) == 0xFA00) return (h2 & 0x80) && (n != 15 || op1 == 2 || op1 == 3);        /* extend and add, of two bytes */
    if ((h1 & 0xFF80) == 0xFA80) return op2 < 8 || op1 == 2 || (op1 != 1 && op1 != 3);           /* parallel, QADD, SEL; not REV, CLZ */
    if ((h1 & 0xFF80) == 0xFB00) return op1 != 0;                                                /* not MUL, MLA, MLS */
    if ((h1 & 0xFF80) == 0xFB80) return op1 == 5 || (op1 == 4 && op2) || (op1 == 6 && op2 == 6); /* SMLSLD, SMLALxy, SMLALD, UMAAL */
    return false;
}

bool emu_encoding_exists(const emu_machine *m, uint16_t h1, uint16_t h2) {
    if (!m->feature.v7m) return exists_in_v6m(h1, h2);
    return m->feature.dsp || h1 >> 11 < 29 || !is_dsp(h1, h2);
}
