/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of a PIO block (chapter 3), shared by pio.c (registers, time, requests) and pio_exec.c (instructions). */
#ifndef VMRIG_EMU_RP_PIO_H
#define VMRIG_EMU_RP_PIO_H

#include "devices/rp2040/rp.h"

enum { PIO_MACHINES = 4, PIO_DEPTH = 8, PIO_CODE = 32 };

typedef struct {
    uint32_t words[PIO_DEPTH];
    uint8_t head, used, depth;
} pio_fifo;

typedef struct {
    uint32_t clkdiv, execctrl, shiftctrl, pinctrl;
    uint32_t x, y, isr, osr;
    uint8_t isr_count, osr_count; /* bits shifted in, out */
    uint8_t pc;
    bool enabled;
    bool stalled; /* tried, and waits for something: no event is scheduled */
    bool shifted; /* IN has shifted already, and waits for room in the RX FIFO */
    bool flagged; /* IRQ has set its flag already, and waits until it is cleared */
    bool forced;  /* `instruction` is to be executed in place of the one at pc: SMx_INSTR, OUT EXEC, MOV EXEC */
    uint16_t instruction;
    pio_fifo tx, rx;
    uint64_t next; /* time of the next instruction, in 1/256 of a cycle of the machine */
} pio_machine;

typedef struct {
    rp_device rp;
    emu_device *clocks, *bank, *dma;
    unsigned number;
    uint16_t code[PIO_CODE];
    pio_machine sm[PIO_MACHINES];
    uint32_t out, oe; /* towards the pins */
    uint32_t fdebug, irq;
    bool irq_changed, pins_driven; /* during an instruction: who else must hear of it */
    bool tx_taken, rx_put;
} pio_block;

enum { FDEBUG_RXSTALL = 1u << 0, FDEBUG_RXUNDER = 1u << 8, FDEBUG_TXOVER = 1u << 16, FDEBUG_TXSTALL = 1u << 24 };

static inline bool pio_put(pio_fifo *f, uint32_t word) {
    if (f->used >= f->depth) return false;
    f->words[(f->head + f->used++) % PIO_DEPTH] = word;
    return true;
}

static inline bool pio_take(pio_fifo *f, uint32_t *word) {
    if (!f->used) return false;
    *word = f->words[f->head];
    f->head = (uint8_t)((f->head + 1) % PIO_DEPTH);
    f->used--;
    return true;
}

/* Executes the machine's next instruction. Returns the ticks it takes, its delay included; 0: it stalls. */
unsigned pio_execute(pio_block *p, unsigned n);
/* Ticks of instructions that nobody outside the machine can see, executed ahead of time; 0: the next one must wait for its moment. */
uint64_t pio_run_ahead(pio_block *p, unsigned n);
uint16_t pio_next_instruction(const pio_block *p, unsigned n);

#endif
