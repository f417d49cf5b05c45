/* SPDX-License-Identifier: Apache-2.0 */
/* What the ROM's memory holds: jumps where programs call functions, the vectors, and the stubs that make calls. */
#include <stdlib.h>
#include <string.h>

#include "devices/esp/rom.h"

enum {
    SIZE = 0x60000,
    FIRST = 0x40000, /* of it, in the memory "rom" */
    REVISION = 0x14, /* a word that the stubs look at: how old the ROM is */
    FUNCTIONS = 0x18,
    FUNCTIONS_END = 0x2000, /* of the table that programs jump into */
    IDLE = 0x2D00,
    ENTRY = 0x2E80, /* of all traps */
    STUBS = 0x3000,
    LAYOUT = 0x5FF00,
    LAYOUT_P = 0x5FFFC,
    DATA_BUS = 0x3FEC0000, /* where the data bus sees the ROM's beginning, if it did */
};
enum { X0 = 0, RA = 1, SP = 2, T0 = 5, T1 = 6, T2 = 7, S0 = 8, S1 = 9, A0 = 10, A1 = 11, A2 = 12, A3 = 13, S2 = 18, S6 = 22 };
enum { CSR_MCAUSE = 0x342, CSR_MEPC = 0x341 };

typedef struct {
    uint8_t *bytes;
    uint32_t at;
} writer;

/* --- instructions: The RISC-V Instruction Set Manual, volume I, chapter 2 ------------------------------------------------------------ */

static void word(writer *w, uint32_t x) {
    for (unsigned i = 0; i < 4; i++) w->bytes[w->at++] = (uint8_t)(x >> 8 * i);
}

static void op_imm(writer *w, uint32_t funct3, uint32_t rd, uint32_t rs1, int32_t imm, uint32_t opcode) {
    word(w, (uint32_t)imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode);
}

static void addi(writer *w, uint32_t rd, uint32_t rs1, int32_t imm) { op_imm(w, 0, rd, rs1, imm, 0x13); }
static void lw(writer *w, uint32_t rd, int32_t imm, uint32_t rs1) { op_imm(w, 2, rd, rs1, imm, 0x03); }
static void jalr(writer *w, uint32_t rd, uint32_t rs1) { op_imm(w, 0, rd, rs1, 0, 0x67); }
static void lui(writer *w, uint32_t rd, uint32_t value) { word(w, (value & 0xFFFFF000) | rd << 7 | 0x37); }

static void sw(writer *w, uint32_t rs2, int32_t imm, uint32_t rs1) {
    uint32_t i = (uint32_t)imm;
    word(w, (i >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (i & 31) << 7 | 0x23);
}

static void bne(writer *w, uint32_t rs1, uint32_t rs2, uint32_t to) {
    uint32_t i = to - w->at;
    word(w, (i >> 12 & 1) << 31 | (i >> 5 & 0x3F) << 25 | rs2 << 20 | rs1 << 15 | 1 << 12 | (i >> 1 & 15) << 8 | (i >> 11 & 1) << 7 | 0x63);
}

static void jal(writer *w, uint32_t rd, uint32_t to) {
    uint32_t i = to - w->at;
    word(w, (i >> 20 & 1) << 31 | (i >> 1 & 0x3FF) << 21 | (i >> 11 & 1) << 20 | (i >> 12 & 0xFF) << 12 | rd << 7 | 0x6F);
}

static void csrr(writer *w, uint32_t rd, uint32_t csr) { op_imm(w, 2, rd, X0, (int32_t)csr, 0x73); }
static void csrw(writer *w, uint32_t csr, uint32_t rs1) { op_imm(w, 1, X0, rs1, (int32_t)csr, 0x73); }
static void mret(writer *w) { word(w, 0x30200073); }
static void wfi(writer *w) { word(w, 0x10500073); }

/* --- the image ------------------------------------------------------------------------------------------------------------------- */

/* The store that makes the call of this number, until it is content. Changes t0 and t1, and t2 which is the call's own. */
static void call(writer *w, uint32_t traps, unsigned number) {
    uint32_t trap = traps + 4 * number;
    addi(w, T2, X0, 0);
    lui(w, T1, trap + 0x800);
    uint32_t again = w->at;
    sw(w, X0, (int32_t)(trap << 20) >> 20, T1);
    bne(w, T0, X0, again);
}

/* Of interrupts and exceptions: the registers that a C function may change are kept on the stack, the handler is called. */
static void write_trap_entry(writer *w, uint32_t traps, unsigned number) {
    static const uint8_t kept[] = {1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31};
    enum { FRAME = 80, COUNT = sizeof kept };
    w->at = ENTRY;
    addi(w, SP, SP, -FRAME);
    for (int32_t i = 0; i < COUNT; i++) sw(w, kept[i], 4 * i, SP);
    csrr(w, A0, CSR_MEPC);
    sw(w, A0, 4 * COUNT, SP);
    csrr(w, A0, CSR_MCAUSE);
    csrr(w, A1, CSR_MEPC);
    call(w, traps, number); /* a0: its argument, a1: the handler */
    jalr(w, RA, A1);
    lw(w, A0, 4 * COUNT, SP);
    csrw(w, CSR_MEPC, A0);
    for (int32_t i = 0; i < COUNT; i++) lw(w, kept[i], 4 * i, SP);
    addi(w, SP, SP, FRAME);
    mret(w);
}

/* qsort calls the program to compare: the call says what, until all is in order. s0 to s6 are the call's own. */
static void write_sort(writer *w, uint32_t traps) {
    static const uint8_t kept[] = {RA, S0, S1, S2, 19, 20, 21, S6};
    enum { FRAME = 32, COUNT = sizeof kept };
    addi(w, SP, SP, -FRAME);
    for (int32_t i = 0; i < COUNT; i++) sw(w, kept[i], 4 * i, SP);
    addi(w, S0, A0, 0);
    addi(w, S1, A1, 0);
    addi(w, S2, A2, 0);
    addi(w, 19, A3, 0);
    addi(w, S6, X0, 0);
    uint32_t loop = w->at;
    call(w, traps, ESP_TRAP_SORT);
    bne(w, A2, X0, w->at + 8);
    jal(w, X0, w->at + 12);
    jalr(w, RA, 19);
    jal(w, X0, loop);
    for (int32_t i = 0; i < COUNT; i++) lw(w, kept[i], 4 * i, SP);
    addi(w, SP, SP, FRAME);
    jalr(w, X0, RA);
}

static void write_bytes(uint8_t *rom, uint32_t traps, const esp_rom_kind *kind) {
    /* ets_rom_layout_t: where the memory begins that loaders share, that the ROM keeps under an operating system, its stack's end and top
     */
    static const uint32_t layout[] = {0x3FCCAE00, ESP_ROM_UART_DEVICE, ESP_ROM_STACK - 0x2000, ESP_ROM_STACK};
    writer w = {rom, IDLE};
    unsigned number = ESP_TRAP_FIRST;
    wfi(&w);
    jal(&w, X0, IDLE);
    w.at = 0;
    jal(&w, X0, IDLE);
    for (unsigned i = 0; i < 32; i++) {
        w.at = ESP_ROM_VECTORS + 4 * i;
        jal(&w, X0, ENTRY);
    }
    write_trap_entry(&w, traps, ESP_TRAP_DISPATCH);
    for (w.at = FUNCTIONS; w.at < FUNCTIONS_END;) jal(&w, T0, STUBS); /* t0 says which */
    w.at = STUBS;
    addi(&w, A1, T0, 0);
    call(&w, traps, ESP_TRAP_UNKNOWN);
    jalr(&w, X0, RA);
    if (kind->sort) {
        writer entry = {rom, kind->sort};
        jal(&entry, X0, w.at);
        write_sort(&w, traps);
    }
    for (unsigned i = 0; i < ESP_ROM_LISTS && kind->lists[i]; i++) {
        for (const esp_rom_entry *e = kind->lists[i]; e->function; e++, number++) {
            writer entry = {rom, e->at};
            jal(&entry, X0, w.at);
            call(&w, traps, number);
            jalr(&w, X0, RA);
        }
    }
    w.at = REVISION;
    word(&w, 3);
    w.at = LAYOUT;
    for (unsigned i = 0; i < sizeof layout / sizeof *layout; i++) word(&w, layout[i]);
    w.at = LAYOUT_P;
    word(&w, DATA_BUS + LAYOUT);
}

static void put(emu_machine *m, emu_memory *mem, const uint8_t *bytes, uint32_t length) {
    if (emu_memory_size(mem) < length) length = emu_memory_size(mem);
    if (memcmp(bytes, emu_memory_bytes(mem), length) != 0) emu_memory_change(m, mem, 0, bytes, length);
}

bool esp_rom_write_image(emu_machine *m, emu_memory *rom, uint32_t traps, const esp_rom_kind *kind) {
    if (!rom || emu_memory_size(rom) < FIRST) return false;
    emu_memory *second = emu_memory_at(m, emu_memory_base(rom) + FIRST); /* another memory, as the data bus sees this part of it as well */
    uint8_t *image = calloc(1, SIZE);
    if (!image) return false;
    write_bytes(image, traps, kind);
    put(m, rom, image, FIRST);
    if (second) put(m, second, image + FIRST, SIZE - FIRST);
    free(image);
    return true;
}
