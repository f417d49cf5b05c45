/* SPDX-License-Identifier: Apache-2.0 */
/* A bare RISC-V core: 64 KB of ROM at 0x40000000, where it starts, 64 KB of RAM at 0x20000000, a device with a status, a timer and its own
 * interrupt controller at 0x60000000; and enough of an assembler. */
#ifndef VMRIG_TEST_RV32_H
#define VMRIG_TEST_RV32_H

#include "harness.h"

#define ROM 0x40000000u
#define TRAPS 0x40001000u /* mtvec */
#define TRAP(line) (TRAPS + 4u * (line))
#define GADGET 0x60000000u
#define PC 32u
#define CSR(n) (0x1000u + (n))

enum { MSTATUS = 0x300, MISA = 0x301, MTVEC = 0x305, MSCRATCH = 0x340, MEPC = 0x341, MCAUSE = 0x342, MTVAL = 0x343 };
enum { PMPCFG0 = 0x3A0, PMPADDR0 = 0x3B0, MPCER = 0x7E0, MPCMR = 0x7E1, MPCCR = 0x7E2, MHARTID = 0xF14 };
enum { MIE = 8, MPIE = 0x80, MPP = 0x1800 };
enum { ZERO = 0, RA = 1, SP = 2, T0 = 5, T1 = 6, T2 = 7, S0 = 8, S1 = 9, A0 = 10, A1 = 11, A2 = 12, A3 = 13 };

#define I_TYPE(op, f3, d, a, imm) ((uint32_t)(imm) << 20 | (uint32_t)(a) << 15 | (f3) << 12 | (uint32_t)(d) << 7 | (op))
#define ADDI(d, a, imm) I_TYPE(0x13, 0u, d, a, imm)
#define LI(d, imm) ADDI(d, ZERO, imm)
#define ADD(d, a, b) ((uint32_t)(b) << 20 | (uint32_t)(a) << 15 | (uint32_t)(d) << 7 | 0x33)
#define LUI(d, value) (((value) & 0xFFFFF000u) | (uint32_t)(d) << 7 | 0x37)
#define LW(d, a, imm) I_TYPE(0x03, 2u, d, a, imm)
#define LH(d, a, imm) I_TYPE(0x03, 1u, d, a, imm)
#define ANDI(d, a, imm) I_TYPE(0x13, 7u, d, a, imm)
#define SW(b, a, imm)                                                                                                                      \
    (((uint32_t)(imm) >> 5 & 0x7F) << 25 | (uint32_t)(b) << 20 | (uint32_t)(a) << 15 | 2 << 12 | ((uint32_t)(imm) & 31) << 7 | 0x23)
#define BRANCH(f3, a, b, imm)                                                                                                              \
    (((uint32_t)(imm) >> 12 & 1) << 31 | ((uint32_t)(imm) >> 5 & 63) << 25 | (uint32_t)(b) << 20 | (uint32_t)(a) << 15 | (f3) << 12 |      \
     ((uint32_t)(imm) >> 1 & 15) << 8 | ((uint32_t)(imm) >> 11 & 1) << 7 | 0x63)
#define BEQ(a, b, imm) BRANCH(0u, a, b, imm)
#define BNE(a, b, imm) BRANCH(1u, a, b, imm)
#define JALR(d, a, imm) I_TYPE(0x67, 0u, d, a, imm)
#define J(imm)                                                                                                                             \
    (((uint32_t)(imm) >> 20 & 1) << 31 | ((uint32_t)(imm) >> 1 & 0x3FF) << 21 | ((uint32_t)(imm) >> 11 & 1) << 20 |                        \
     ((uint32_t)(imm) & 0xFF000) | 0x6F)
#define CSRRW(d, n, a) I_TYPE(0x73, 1u, d, a, n)
#define CSRRS(d, n, a) I_TYPE(0x73, 2u, d, a, n)
#define CSRRC(d, n, a) I_TYPE(0x73, 3u, d, a, n)
#define CSRRSI(d, n, imm) I_TYPE(0x73, 6u, d, imm, n)
#define ECALL 0x00000073u
#define EBREAK 0x00100073u
#define MRET 0x30200073u
#define WFI 0x10500073u
#define STAY 0x0000006Fu /* jumps to itself */

#define RV(m, address, ...)                                                                                                                \
    do {                                                                                                                                   \
        const uint32_t code_[] = {__VA_ARGS__};                                                                                            \
        CHECK(emu_poke(m, address, code_, sizeof code_));                                                                                  \
    } while (0)

/* READY: bit 0 changes every `period` cycles, and its value does not without that; LINE: the interrupt line that comes with it, 0: none;
 * ACK: the interrupt is seen to; GO: the core is to go on there; IDLE: a write that changes nothing. */
enum { READY = 0, LINE = 4, ACK = 8, PERIOD = 12, GO = 16, IDLE = 20 };
typedef struct {
    emu_device base;
    uint32_t ready, line, period;
    bool level;
} rv_gadget;

static unsigned gadget_reads; /* of READY, by all of them; no part of what a machine is */

static void gadget_irq(emu_device *d, unsigned irq, bool level) {
    rv_gadget *g = (rv_gadget *)d;
    CHECK_EQUAL(irq, 3);
    g->level = level;
    emu_core_interrupt(d->machine, level ? g->line : 0);
}
static void gadget_event(emu_device *d, uint32_t id) {
    rv_gadget *g = (rv_gadget *)d;
    g->ready ^= 1;
    if (g->line) emu_irq_set(d->machine, d->irq, true);
    emu_schedule(d, id, emu_now(d->machine) + g->period);
}
static uint32_t gadget_read(emu_device *d, uint32_t offset, unsigned size) {
    rv_gadget *g = (rv_gadget *)d;
    (void)size;
    if (offset != READY) return 0;
    gadget_reads++;
    emu_poll_hint(d->machine, g->period ? emu_next_event(d->machine) : UINT64_MAX);
    return g->ready;
}
static void gadget_write(emu_device *d, uint32_t offset, uint32_t value, unsigned size) {
    rv_gadget *g = (rv_gadget *)d;
    (void)size;
    switch (offset) {
    case LINE: g->line = value; break;
    case ACK: emu_irq_set(d->machine, d->irq, false); break;
    case PERIOD:
        g->period = value;
        emu_schedule(d, 0, emu_now(d->machine) + value);
        break;
    case GO: emu_core_set(d->machine, PC, value); break;
    default: emu_poll_idle_write(d->machine); break;
    }
}
static const emu_device_class gadget_class = {
    .type = "gadget",
    .struct_size = sizeof(rv_gadget),
    .region_size = 0x400,
    .read = gadget_read,
    .write = gadget_write,
    .event = gadget_event,
    .irq_input = gadget_irq,
};

static inline emu_machine *rv_machine(bool reads_zero) {
    emu_machine_config config = {
        .core = "rv32imc", .clock_hz = 1000000, .irq_count = 31, .reset_vector = ROM, .core_reads_zero = reads_zero, .espressif = true};
    char error[EMU_ERROR_MAX];
    emu_machine *m = emu_machine_new(&config, error);
    CHECK(m);
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "rom", .kind = EMU_ROM, .base = ROM, .size = 0x10000}, error));
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "ram", .kind = EMU_RAM, .base = RAM, .size = 0x10000}, error));
    rv_gadget *g = calloc(1, sizeof *g);
    g->base.machine = m;
    emu_irq_controller(&g->base);
    plug_in(m, &g->base, &gadget_class, GADGET, 3);
    for (unsigned line = 0; line < 32; line++) RV(m, TRAP(line), STAY);
    return m;
}

static inline uint32_t csr(const emu_machine *m, unsigned n) { return emu_core_get(m, CSR(n)); }

/* With traps where they are expected; n instructions have been given. */
static inline void rv_start(emu_machine *m) {
    emu_power(m, true);
    emu_core_set(m, CSR(MTVEC), TRAPS);
}

#endif
