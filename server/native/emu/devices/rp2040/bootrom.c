/* SPDX-License-Identifier: Apache-2.0 */
/* The boot ROM (2.8), emulated at its calls: the chip's own code is not ours to ship.
 *
 * The ROM holds a header, the tables of functions and data that programs look things up in, and for each function a few instructions that
 * store to the last KB of the ROM. From there, and from inside the ROM only, such a store does not fault: it is the call, made on the
 * registers of the core that stored. What takes real time in the ROM (the flash) takes it here; the rest takes the stub's instructions.
 *
 * The memory named "rom" must be there; its first 15 KB are written when the machine is linked. */
#include "devices/rp2040/bootrom.h"
#include "devices/nor.h"
#include "machine.h"

#include <string.h>

enum {
    ROM_SIZE = 0x4000,
    TRAPS = 0x3C00, /* trap n is at TRAPS + 4 n */
    START = 0xEE,
    STUBS = 0x100, /* from here on, in the order of the list below */
    TABLES = 0x1000,
    SF_TABLE = 0x1200,
    SD_TABLE = 0x1300,
    COPYRIGHT = 0x1400,
    FLASH_SIZE_MAX = 0x1000000,
};
enum { STACK_TOP = 0x20041F00, BOOT2 = 0x20041F00, BOOT2_SIZE = 256, USB_ID = 0x2E8A0003 };

typedef enum {
    CALL_BOOT,
    CALL_BOOT_FLASH,
    CALL_BOOT_USB,
    CALL_WAIT_ENTER,
    CALL_WAIT_STEP,
    CALL_LOOKUP,
    CALL_MEMSET,
    CALL_MEMSET_4,
    CALL_MEMCPY,
    CALL_MEMCPY_44,
    CALL_POPCOUNT,
    CALL_REVERSE,
    CALL_CLZ,
    CALL_CTZ,
    CALL_RESET_TO_USB,
    CALL_CONNECT,
    CALL_EXIT_XIP,
    CALL_ERASE,
    CALL_PROGRAM,
    CALL_FLUSH,
    CALL_ENTER_XIP,
    CALL_FLOAT,
    CALL_DOUBLE = CALL_FLOAT + RP_FLOAT_FUNCTIONS,
    CALL_COUNT = CALL_DOUBLE + RP_FLOAT_FUNCTIONS,
} rom_call;

/* Where stubs begin that others must know. */
typedef struct {
    uint16_t dead, boot_flash, boot_usb, wait, trampoline, trampoline_end;
    uint16_t function[CALL_COUNT];
} places;

typedef struct {
    emu_device base;
    emu_memory *rom, *flash;
    emu_device *ssi, *qspi, *pads_bank0, *resets, *watchdog, *sio, *vreg;
    places at;
    /* core 1's handshake (2.8.2): how many words of {1, VTOR, SP, entry} it has, and what it owes to core 0 */
    uint32_t got;
    uint32_t vector_table, stack;
    bool owes;
    uint32_t owed;
} bootrom;

/* --- the image ------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *bytes;
    uint32_t at;
} writer;

static void half(writer *w, uint32_t h) {
    w->bytes[w->at++] = (uint8_t)h;
    w->bytes[w->at++] = (uint8_t)(h >> 8);
}

static void word_at(uint8_t *bytes, uint32_t at, uint32_t value) {
    writer w = {bytes, at};
    half(&w, value & 0xFFFF);
    half(&w, value >> 16);
}

/* `code` with every occurrence of a literal load (ldr r4, [pc, #...], 0x4C00) completed; the literal is the address of the call's trap. */
static uint16_t stub(writer *w, rom_call call, const uint16_t *code, unsigned count) {
    w->at = (w->at + 3) & ~3u;
    uint16_t begin = (uint16_t)w->at;
    uint32_t literal = (begin + 2 * count + 3) & ~3u;
    for (unsigned i = 0; i < count; i++) {
        uint32_t h = code[i];
        if (h == 0x4C00) h |= (literal - ((w->at + 4) & ~3u)) / 4;
        half(w, h);
    }
    w->at = literal;
    half(w, TRAPS + 4 * (uint32_t)call);
    half(w, 0);
    return begin;
}

#define STUB(call, ...) stub(w, call, (const uint16_t[]){__VA_ARGS__}, sizeof((const uint16_t[]){__VA_ARGS__}) / 2)

static void write_stubs(writer *w, places *p) {
    p->boot_flash = STUB(CALL_BOOT_FLASH, 0x4C00, 0x6024, 0x4700); /* ldr r4, =trap; str r4, [r4]; bx r0 */
    p->boot_usb = STUB(CALL_BOOT_USB, 0x4C00, 0x6024, 0x4700);
    /* ldr r4, =trap; str r4, [r4]; 1: str r4, [r4, #4]; cmp r0, #0; bne 2f; wfe; b 1b; 2: bx r0 */
    p->wait = STUB(CALL_WAIT_ENTER, 0x4C00, 0x6024, 0x6064, 0x2800, 0xD101, 0xBF20, 0xE7FA, 0x4700);
    /* 2.8.3.1.5: movs r6, #1; orrs r7, r6; blx r7; end: bkpt; b .-8 */
    p->trampoline = STUB(CALL_COUNT, 0x2601, 0x4337, 0x47B8, 0xBE00, 0xE7FA);
    p->trampoline_end = (uint16_t)(p->trampoline + 6);
    for (unsigned call = CALL_LOOKUP; call < CALL_COUNT; call++) {
        if (call == CALL_ERASE) /* push {r4, lr}; ldr r4, =trap; 1: str r4, [r4]; cmp r1, #0; bne 1b; pop {r4, pc} */
            p->function[call] = STUB(call, 0xB510, 0x4C00, 0x6024, 0x2900, 0xD1FC, 0xBD10);
        else if (call == CALL_PROGRAM) /* the same with cmp r2, #0 */
            p->function[call] = STUB(call, 0xB510, 0x4C00, 0x6024, 0x2A00, 0xD1FC, 0xBD10);
        else if (call == CALL_RESET_TO_USB) /* ldr r4, =trap; str r4, [r4]; 1: wfi; b 1b */
            p->function[call] = STUB(call, 0x4C00, 0x6024, 0xBF30, 0xE7FD);
        else if (call == CALL_FLOAT + RP_FLOAT_COMPARE_FLAGS || call == CALL_DOUBLE + RP_FLOAT_COMPARE_FLAGS)
            /* push {r4, lr}; ldr r4, =trap; str r4, [r4]; cmp r4, #2; pop {r4, pc} */
            p->function[call] = STUB(call, 0xB510, 0x4C00, 0x6024, 0x2C02, 0xBD10);
        else /* push {r4, lr}; ldr r4, =trap; str r4, [r4]; pop {r4, pc} */
            p->function[call] = STUB(call, 0xB510, 0x4C00, 0x6024, 0xBD10);
    }
}

static void entry(writer *w, const char *code, uint32_t value) {
    half(w, (uint32_t)(uint8_t)code[0] | (uint32_t)(uint8_t)code[1] << 8);
    half(w, value);
}

static void write_image(bootrom *b, uint8_t *rom) {
    static const char copyright[] = "An emulated boot ROM: its calls, not its code";
    static const struct {
        char code[3];
        rom_call call;
    } functions[] = {{"P3", CALL_POPCOUNT},     {"R3", CALL_REVERSE},  {"L3", CALL_CLZ},      {"T3", CALL_CTZ},
                     {"MS", CALL_MEMSET},       {"S4", CALL_MEMSET_4}, {"MC", CALL_MEMCPY},   {"C4", CALL_MEMCPY_44},
                     {"UB", CALL_RESET_TO_USB}, {"IF", CALL_CONNECT},  {"EX", CALL_EXIT_XIP}, {"RE", CALL_ERASE},
                     {"RP", CALL_PROGRAM},      {"FC", CALL_FLUSH},    {"CX", CALL_ENTER_XIP}};
    memset(rom, 0, TRAPS);
    writer stubs = {rom, STUBS}, start = {rom, START}, dead = {rom, 0x20}, tables = {rom, TABLES};
    write_stubs(&stubs, &b->at);
    b->at.dead = 0x20;
    half(&dead, 0xBF30); /* wfi; b .-2 */
    half(&dead, 0xE7FD);
    /* start: ldr r4, [pc, #8]; str r4, [r4]; bx r0; nop */
    half(&start, 0x4C02);
    half(&start, 0x6024);
    half(&start, 0x4700);
    word_at(rom, ((START + 4) & ~3u) + 8, TRAPS + 4 * CALL_BOOT);
    word_at(rom, 0x00, STACK_TOP);
    word_at(rom, 0x04, START | 1);
    word_at(rom, 0x08, b->at.dead | 1u); /* NMI */
    word_at(rom, 0x0C, b->at.dead | 1u); /* HardFault */
    memcpy(rom + 0x10, "Mu\1\3", 4);     /* the last one is the version: B2 */
    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
        entry(&tables, functions[i].code, b->at.function[functions[i].call] | 1u);
    entry(&tables, "DT", b->at.trampoline | 1u);
    entry(&tables, "DE", b->at.trampoline_end | 1u);
    entry(&tables, "WV", b->at.wait | 1u);
    half(&tables, 0);
    half(&tables, 0);
    uint32_t data = tables.at;
    entry(&tables, "GR", COPYRIGHT - 4);
    entry(&tables, "CR", COPYRIGHT);
    entry(&tables, "SF", SF_TABLE);
    entry(&tables, "SD", SD_TABLE);
    entry(&tables, "FZ", SF_TABLE - 2);
    half(&tables, 0);
    rom[SF_TABLE - 2] = rom[SD_TABLE - 2] = RP_FLOAT_FUNCTIONS;
    for (unsigned i = 0; i < RP_FLOAT_FUNCTIONS; i++) {
        word_at(rom, SF_TABLE + 4 * i, b->at.function[CALL_FLOAT + i] | 1u);
        word_at(rom, SD_TABLE + 4 * i, b->at.function[CALL_DOUBLE + i] | 1u);
    }
    memcpy(rom + COPYRIGHT, copyright, sizeof copyright);
    writer pointers = {rom, 0x14};
    half(&pointers, TABLES);
    half(&pointers, data);
    half(&pointers, b->at.function[CALL_LOOKUP] | 1u);
}

/* --- booting ----------------------------------------------------------------------------------------------------------------------- */

static emu_machine *machine(const bootrom *b) { return b->base.machine; }

static void set(emu_device *d, uint32_t offset, uint32_t value) { rp_write(d, offset, value, 4); }

/* Pulses the reset of some blocks, or takes others out of it. */
static void reset_blocks(bootrom *b, uint32_t pulse, uint32_t release) {
    uint32_t held = rp_read(b->resets, 0, 4);
    rp_resets_set(b->resets, held | pulse);
    rp_resets_set(b->resets, held & ~(pulse | release));
}

static void connect_flash(bootrom *b) {
    reset_blocks(b, RP_RESET_IO_QSPI | RP_RESET_PADS_QSPI, 0);
    for (uint32_t pin = 0; pin < 6; pin++) set(b->qspi, 8 * pin + 4, 0); /* function XIP */
}

/* The SSI as the ROM leaves it for commands: one bit wide, eight bits a frame. */
static void exit_xip(bootrom *b) {
    set(b->ssi, 0x08, 0);       /* SSIENR */
    set(b->ssi, 0x14, 6);       /* BAUDR */
    set(b->ssi, 0x00, 7 << 16); /* CTRLR0 */
    set(b->ssi, 0x10, 1);       /* SER */
    set(b->ssi, 0x08, 1);
    set(b->qspi, 0x0C, 0); /* CS is not forced */
}

/* For reads by 03h with a 24-bit address. */
static void enter_xip(bootrom *b) {
    set(b->ssi, 0x08, 0);
    set(b->ssi, 0x00, 31 << 16 | 3 << 8);            /* 32-bit frames, EEPROM read */
    set(b->ssi, 0x04, 0);                            /* CTRLR1 */
    set(b->ssi, 0xF4, 0x03000000 | 2 << 8 | 6 << 2); /* SPI_CTRLR0: command 03h, 8-bit instruction, 24-bit address */
    set(b->ssi, 0x08, 1);
}

/* 2.8.1.3.1: CRC-32 of the first 252 bytes, most significant bit first, neither inverted nor reflected. */
static uint32_t checksum(const uint8_t *bytes) {
    uint32_t crc = 0xFFFFFFFFu;
    for (unsigned i = 0; i < BOOT2_SIZE - 4; i++) {
        crc ^= (uint32_t)bytes[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
    }
    return crc;
}

static void boot_usb(bootrom *b, emu_machine *core) {
    emu_usb_connect(machine(b), USB_ID);
    core->cpu.r[0] = b->at.dead | 1u; /* the rest is done by interrupts, of a USB host that is not there */
}

static void boot_flash(bootrom *b, emu_machine *core) {
    const uint8_t *flash = emu_memory_bytes(b->flash);
    uint32_t stored = 0;
    reset_blocks(b, RP_RESET_IO_QSPI | RP_RESET_PADS_QSPI | RP_RESET_TIMER, 0);
    bool held = emu_pin_level(machine(b), RP_QSPI_SS) == EMU_LOW; /* the BOOTSEL button */
    if (!held) {
        connect_flash(b);
        exit_xip(b);
        memcpy(&stored, flash + BOOT2_SIZE - 4, 4);
        (void)emu_dma_write(machine(b), BOOT2, flash, BOOT2_SIZE);
    }
    if (held || rp_flash_busy_until(b->ssi) || stored != checksum(flash)) {
        boot_usb(b, core);
        return;
    }
    core->cpu.r[14] = 0; /* tells the second stage to go on at the vector table behind it */
    core->cpu.r[0] = BOOT2 | 1;
}

static void boot(bootrom *b, emu_machine *core) {
    uint32_t scratch[4];
    if (core->core != 0) {
        core->cpu.r[0] = b->at.wait | 1u;
        return;
    }
    if (b->vreg && rp_rescued(b->vreg)) {
        core->cpu.r[0] = b->at.dead | 1u;
        return;
    }
    reset_blocks(b, 0, RP_RESET_PADS_BANK0);
    for (uint32_t pad = 26; pad < 30; pad++) set(b->pads_bank0, 0x3000 + 4 + 4 * pad, RP_PAD_IE); /* ADC inputs: no digital input */
    /* 2.8.1.1: scratch registers that say where to go */
    for (unsigned i = 0; i < 4; i++) scratch[i] = rp_watchdog_scratch(b->watchdog, 4 + i);
    core->cpu.r[0] = b->at.boot_flash | 1u;
    if (scratch[0] == 0xB007C0D3u && 0xB007C0D3u + (scratch[1] ^ scratch[3]) == 0) {
        rp_watchdog_set_scratch(b->watchdog, 4, 0);
        emu_core_set(core, EMU_REG_MSP, scratch[2]);
        core->cpu.r[14] = b->at.boot_flash | 1u;
        core->cpu.r[0] = scratch[3];
    }
}

static void reset_to_usb(bootrom *b, const emu_machine *core) {
    uint32_t entry_point = b->at.boot_usb | 1u;
    rp_watchdog_set_scratch(b->watchdog, 0, core->cpu.r[0]);
    rp_watchdog_set_scratch(b->watchdog, 1, core->cpu.r[1]);
    rp_watchdog_set_scratch(b->watchdog, 4, 0xB007C0D3u);
    rp_watchdog_set_scratch(b->watchdog, 5, entry_point ^ (0u - 0xB007C0D3u));
    rp_watchdog_set_scratch(b->watchdog, 6, STACK_TOP);
    rp_watchdog_set_scratch(b->watchdog, 7, entry_point);
    rp_watchdog_reboot(b->watchdog);
}

/* --- core 1 waits to be told where to go ---------------------------------------------------------------------------------------------- */

static void answer(bootrom *b, uint32_t value) {
    b->owes = true;
    b->owed = value;
}

static void listen_anew(bootrom *b, unsigned core) {
    uint32_t dropped;
    b->got = 0;
    while (rp_fifo_pop(b->sio, core, &dropped)) {}
    answer(b, 0);
}

/* r0 of the core: where to go, or 0 to sleep until the next event. */
static void wait_step(bootrom *b, emu_machine *core) {
    uint32_t value;
    core->cpu.r[0] = 0;
    for (;;) {
        if (b->owes) {
            if (!rp_fifo_push(b->sio, core->core, b->owed)) return;
            b->owes = false;
            emu_core_event(machine(b));
            if (b->got == 4) {
                core->scs.vtor = b->vector_table & 0xFFFFFF00u;
                emu_core_set(core, EMU_REG_MSP, b->stack);
                core->cpu.r[14] = b->at.dead | 1u;
                core->cpu.r[0] = b->owed;
                b->got = 0;
                return;
            }
        }
        if (!rp_fifo_pop(b->sio, core->core, &value)) return;
        if (value == 0 || (b->got == 0 && value != 1)) {
            listen_anew(b, core->core);
            continue;
        }
        b->got++;
        if (b->got == 2) b->vector_table = value;
        if (b->got == 3) b->stack = value;
        answer(b, value);
    }
}

/* --- memory functions ------------------------------------------------------------------------------------------------------------ */

/* One byte or word over the bus, devices included. */
static bool copy_slowly(emu_machine *core, uint32_t to, uint32_t from, uint32_t count, bool fill, uint32_t value) {
    while (count) {
        unsigned size = count >= 4 && !((to | (fill ? 0 : from)) & 3) ? 4 : 1;
        uint32_t x = fill ? (value & 0xFF) * 0x01010101u : 0;
        if (!fill && emu_bus_read(core, from, size, &x) != EMU_BUS_OK) return false;
        if (emu_bus_write(core, to, size, size == 1 ? x & 0xFF : x) != EMU_BUS_OK) return false;
        to += size;
        from += size;
        count -= size;
    }
    return true;
}

static uint8_t *in_ram(bootrom *b, uint32_t address, uint32_t count, emu_memory **mem) {
    *mem = emu_memory_at(machine(b), address);
    if (!*mem || (*mem)->kind != EMU_RAM || count > (*mem)->size - (address - (*mem)->base)) return NULL;
    return (*mem)->bytes + (address - (*mem)->base);
}

static bool set_memory(bootrom *b, emu_machine *core) {
    uint32_t to = core->cpu.r[0], value = core->cpu.r[1], count = core->cpu.r[2];
    emu_memory *mem;
    if (!count) return true;
    if (!in_ram(b, to, count, &mem)) return copy_slowly(core, to, 0, count, true, value);
    emu_memory_fill(machine(b), mem, to - mem->base, (uint8_t)value, count);
    return true;
}

static bool copy_memory(bootrom *b, emu_machine *core) {
    uint32_t to = core->cpu.r[0], from = core->cpu.r[1], count = core->cpu.r[2];
    emu_memory *target, *source = emu_memory_at(machine(b), from);
    if (!count) return true;
    bool apart = from + count <= to || to + count <= from;
    if (!in_ram(b, to, count, &target) || !source || count > source->size - (from - source->base) || !apart)
        return copy_slowly(core, to, from, count, false, 0);
    emu_memory_change(machine(b), target, to - target->base, source->bytes + (from - source->base), count);
    return true;
}

static uint32_t lookup(bootrom *b, uint32_t table, uint32_t code) {
    uint8_t pair[4];
    for (; emu_peek(machine(b), table, pair, 4); table += 4) {
        uint32_t here = pair[0] | (uint32_t)pair[1] << 8;
        if (!here) break;
        if (here == (code & 0xFFFF)) return pair[2] | (uint32_t)pair[3] << 8;
    }
    return 0;
}

/* --- flash functions: one step at a time, the core stands still while the flash works -------------------------------------------- */

static bool wait_for_flash(bootrom *b) {
    uint64_t until = rp_flash_busy_until(b->ssi);
    if (until) emu_core_stall(machine(b), until);
    return until != 0;
}

/* RE(offset r0, count r1, size of a large block r2, its command r3) */
static void erase_step(bootrom *b, emu_machine *core) {
    uint32_t *r = core->cpu.r;
    if (!r[1] || wait_for_flash(b)) return;
    bool large = r[2] > NOR_SECTOR && !(r[0] & (r[2] - 1)) && r[1] >= r[2] && (r[2] == 0x8000 || r[2] == 0x10000);
    uint32_t size = large ? r[2] : NOR_SECTOR;
    rp_flash_erase(b->ssi, r[0] % FLASH_SIZE_MAX, size);
    wait_for_flash(b);
    r[0] += size;
    r[1] = r[1] > size ? r[1] - size : 0;
}

/* RP(offset r0, data r1, count r2) */
static bool program_step(bootrom *b, emu_machine *core) {
    uint32_t *r = core->cpu.r;
    uint8_t page[NOR_PAGE];
    if (!r[2] || wait_for_flash(b)) return true;
    if (!emu_peek(machine(b), r[1], page, sizeof page)) {
        for (unsigned i = 0; i < sizeof page; i++) {
            uint32_t byte;
            if (emu_bus_read(core, r[1] + i, 1, &byte) != EMU_BUS_OK) return false;
            page[i] = (uint8_t)byte;
        }
    }
    rp_flash_program(b->ssi, r[0] % FLASH_SIZE_MAX, page, sizeof page);
    wait_for_flash(b);
    r[0] += sizeof page;
    r[1] += sizeof page;
    r[2] = r[2] > sizeof page ? r[2] - (uint32_t)sizeof page : 0;
    return true;
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static uint32_t reversed(uint32_t x) {
    uint32_t result = 0;
    for (unsigned i = 0; i < 32; i++) result |= (x >> i & 1) << (31 - i);
    return result;
}

/* false: a bus fault of the call. */
static bool perform(bootrom *b, emu_machine *core, unsigned call) {
    uint32_t *r = core->cpu.r;
    switch (call) {
    case CALL_BOOT: boot(b, core); break;
    case CALL_BOOT_FLASH: boot_flash(b, core); break;
    case CALL_BOOT_USB: boot_usb(b, core); break;
    case CALL_WAIT_ENTER: listen_anew(b, core->core); break;
    case CALL_WAIT_STEP: wait_step(b, core); break;
    case CALL_LOOKUP: r[0] = lookup(b, r[0], r[1]); break;
    case CALL_MEMSET:
    case CALL_MEMSET_4: return set_memory(b, core);
    case CALL_MEMCPY:
    case CALL_MEMCPY_44: return copy_memory(b, core);
    case CALL_POPCOUNT: r[0] = (uint32_t)__builtin_popcount(r[0]); break;
    case CALL_REVERSE: r[0] = reversed(r[0]); break;
    case CALL_CLZ: r[0] = r[0] ? (uint32_t)__builtin_clz(r[0]) : 32; break;
    case CALL_CTZ: r[0] = r[0] ? (uint32_t)__builtin_ctz(r[0]) : 32; break;
    case CALL_RESET_TO_USB: reset_to_usb(b, core); break;
    case CALL_CONNECT: connect_flash(b); break;
    case CALL_EXIT_XIP: exit_xip(b); break;
    case CALL_ERASE: erase_step(b, core); break;
    case CALL_PROGRAM: return program_step(b, core);
    case CALL_FLUSH: set(b->qspi, 0x0C, 0); break; /* and CS is let go */
    case CALL_ENTER_XIP: enter_xip(b); break;
    default: {
        unsigned flags = rp_rom_float(r, (call - CALL_FLOAT) % RP_FLOAT_FUNCTIONS, call >= CALL_DOUBLE);
        if (flags) r[4] = flags;
        break;
    }
    }
    return true;
}

static bool nvm_write(emu_device *d, emu_memory *mem, uint32_t offset, uint32_t value, unsigned size) {
    bootrom *b = (bootrom *)d;
    emu_machine *core = emu_active_core(d->machine);
    unsigned call = (offset - TRAPS) / 4;
    (void)mem;
    (void)value;
    if (offset < TRAPS || call >= CALL_COUNT || size != 4 || core->debug_access || emu_cpu_pc(core) >= TRAPS) return false;
    return perform(b, core, call);
}

static void link(emu_device *d) {
    bootrom *b = (bootrom *)d;
    emu_machine *m = d->machine;
    b->rom = emu_memory_by_name(m, "rom");
    b->flash = emu_memory_by_name(m, "flash");
    b->ssi = emu_device_by_name(m, "XIP_SSI");
    b->qspi = emu_device_by_name(m, "IO_QSPI");
    b->pads_bank0 = emu_device_by_name(m, "PADS_BANK0");
    b->resets = emu_device_by_name(m, "RESETS");
    b->watchdog = emu_device_by_name(m, "WATCHDOG");
    b->sio = emu_device_by_name(m, "SIO");
    b->vreg = emu_device_by_name(m, "VREG_AND_CHIP_RESET");
    if (!b->rom || emu_memory_size(b->rom) < ROM_SIZE) return;
    uint8_t image[ROM_SIZE] = {0};
    write_image(b, image);
    emu_memory_set_controller(b->rom, d);
    if (memcmp(image, emu_memory_bytes(b->rom), ROM_SIZE) != 0) emu_memory_change(m, b->rom, 0, image, ROM_SIZE);
}

static void reset(emu_device *d, emu_reset_kind kind) {
    bootrom *b = (bootrom *)d;
    (void)kind;
    b->got = 0;
    b->owes = false;
    emu_usb_connect(d->machine, 0);
}

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class rp2040_bootrom = {
    .type = "rp2040.bootrom",
    .struct_size = sizeof(bootrom),
    .region_size = 0,
    .init = init,
    .reset = reset,
    .nvm_write = nvm_write,
    .link = link,
};
