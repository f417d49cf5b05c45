/* SPDX-License-Identifier: Apache-2.0 */
/* The single precision floating point unit, FPv4-SP: who owns its registers, and its arithmetic.
 *
 * The interpreter computes the common operations with the host's arithmetic, as long as nothing but an ordinary rounded result can come of
 * them; whatever else there is (NaNs, infinities, results that are tiny or overflow, other rounding modes, the first inexact result) it
 * leaves to emu_fp_execute, which works on integers and is exact on every host. */
#ifndef VMRIG_EMU_FP_H
#define VMRIG_EMU_FP_H

#include "machine.h"

#include <string.h>

enum {                     /* emu_cpu.fp_mode; 0: only results need a look */
       EMU_FP_ASLEEP = 1,  /* emu_fp_wake must be called first */
       EMU_FP_UNUSUAL = 2, /* not round to nearest, or flush to zero */
       EMU_FP_NO_IXC = 4,  /* FPSCR.IXC is clear: whether a result is exact matters */
};

enum {
    FPSCR_IOC = 1u << 0,
    FPSCR_DZC = 1u << 1,
    FPSCR_OFC = 1u << 2,
    FPSCR_UFC = 1u << 3,
    FPSCR_IXC = 1u << 4,
    FPSCR_IDC = 1u << 7,
    FPSCR_RMODE = 3u << 22,
    FPSCR_FZ = 1u << 24,
    FPSCR_DN = 1u << 25,
    FPSCR_AHP = 1u << 26,
    FPSCR_CONTROL = 0x1Fu << 22, /* AHP, DN, FZ, RMode: what FPDSCR presets */
};
#define FPSCR_MASK 0xF7C0009Fu

enum { CONTROL_FPCA = 4 };
#define FPCCR_ASPEN (1u << 31)
enum {
    FPCCR_LSPEN = 1 << 30,
    FPCCR_MONRDY = 1 << 8,
    FPCCR_BFRDY = 1 << 6,
    FPCCR_MMRDY = 1 << 5,
    FPCCR_HFRDY = 1 << 4,
    FPCCR_THREAD = 1 << 3,
    FPCCR_USER = 1 << 1,
    FPCCR_LSPACT = 1 << 0,
};
#define FPCCR_MASK 0xC000017Bu

static inline float emu_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}
static inline uint32_t emu_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

/* addend + x * y rounded once, to nearest: the product is exact in double precision, and the sum is made odd where it is not, which keeps
 * the second rounding from going wrong (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). Right when the result
 * is finite and above the smallest normal number. */
static inline float emu_fused(float x, float y, float addend, bool *inexact) {
    double p = (double)x * (double)y, a = addend, sum = p + a, part = sum - p, error = (p - (sum - part)) + (a - part);
    if (error != 0) {
        uint64_t bits;
        memcpy(&bits, &sum, 8);
        if (!(bits & 1)) bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
        memcpy(&sum, &bits, 8);
    }
    float z = (float)sum;
    *inexact = error != 0 || (double)z != sum;
    return z;
}

/* --- fp_context.c: who owns the registers -------------------------------------------------------------------------------------- */

typedef enum {
    EMU_FP_READY,
    EMU_FP_FAULT,   /* cpu.fault_cfsr says why */
    EMU_FP_PENDING, /* an exception must be taken before the instruction */
} emu_fp_state;

/* Before an instruction of the unit when EMU_FP_ASLEEP: checks access, saves the registers of interrupted code, begins a new context. */
emu_fp_state emu_fp_wake(emu_machine *m);
void emu_fp_refresh(emu_machine *m); /* after a change of anything that fp_mode follows from */
void emu_fp_set_fpscr(emu_machine *m, uint32_t value);
void emu_fp_reset(emu_machine *m);

#define EMU_FP_FRAME 0x68u /* bytes of an exception frame with floating point registers */
static inline bool emu_fp_active(const emu_machine *m) { return m->cpu.control & CONTROL_FPCA; }
uint32_t emu_fp_push(emu_machine *m, uint32_t frame);           /* the registers' part; CFSR bit of what failed, or 0 */
uint32_t emu_fp_pop(emu_machine *m, uint32_t frame, bool user); /* read with the rights of unprivileged code */
uint32_t emu_fp_register(emu_machine *m, uint32_t offset);      /* FPCCR, FPCAR, FPDSCR, MVFR0..2 by offset in the SCS */
void emu_fp_set_register(emu_machine *m, uint32_t offset, uint32_t value);

/* --- fp.c ------------------------------------------------------------------------------------------------------------------------- */

/* Executes any instruction of the unit but loads and stores; the unit is awake. false: undefined. */
bool emu_fp_execute(emu_machine *m, uint32_t encoding);

#endif
