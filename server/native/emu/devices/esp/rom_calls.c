/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM's functions that programs call: the table of their addresses (esp-idf's esp32c3.rom.ld, one ROM for all revisions as far as these
 * go), how a call is made, and the functions that are a few lines each. */
#include <string.h>

#include "devices/esp/rom.h"
#include "devices/esp/spi_mem.h"
#include "devices/esp/uart.h"
#include "machine.h"

#define INTC 0x600C2000u /* source -> line at 4 * source */
enum { INTC_ENABLE = 0x104, INTC_TYPE = 0x108, INTC_PRIORITY = 0x114, INTC_THRESHOLD = 0x194 };
#define IO_MUX_PIN 0x60009004u
#define GPIO_IN_SEL 0x60004154u
#define GPIO_OUT_SEL 0x60004554u
#define RTC_RESET_STATE 0x60008038u
enum { MUX_PULL_DOWN = 1 << 7, MUX_PULL_UP = 1 << 8, MUX_FUNCTION = 7 << 12, MUX_GPIO = 1 << 12 };
enum { CSR_MSTATUS = 0x1000 + 0x300, MSTATUS_MIE = 8 };
enum { UART_CLKDIV = 0x14 };

/* --- the core's address space ------------------------------------------------------------------------------------------------------- */

uint32_t esp_rom_get(esp_rom_device *r, uint32_t address) {
    emu_machine *m = r->base.machine;
    uint32_t value = 0;
    bool debug_access = m->debug_access;
    m->debug_access = true; /* not an access of the program's */
    if (emu_bus_read(m, address & ~3u, 4, &value) != EMU_BUS_OK) value = 0;
    m->debug_access = debug_access;
    return value;
}

void esp_rom_set(esp_rom_device *r, uint32_t address, uint32_t value) {
    emu_machine *m = r->base.machine;
    bool debug_access = m->debug_access;
    m->debug_access = true;
    (void)emu_bus_write(m, address & ~3u, 4, value);
    m->debug_access = debug_access;
}

void esp_rom_copy_in(esp_rom_device *r, uint32_t address, void *out, uint32_t length) {
    uint8_t *to = out;
    if (emu_dma_read(r->base.machine, address, out, length)) return;
    for (uint32_t i = 0; i < length; i++) to[i] = (uint8_t)(esp_rom_get(r, address + i) >> 8 * ((address + i) & 3));
}

void esp_rom_copy_out(esp_rom_device *r, uint32_t address, const void *data, uint32_t length) {
    const uint8_t *from = data;
    if (!length || emu_dma_write(r->base.machine, address, data, length)) return;
    for (uint32_t i = 0; i < length; i++) emu_dma_write(r->base.machine, address + i, from + i, 1); /* what is not in RAM is lost */
}

static void idle(esp_call *c, uint64_t cycles) {
    c->again = true;
    emu_core_stall(c->m, emu_now(c->m) + cycles);
}

void esp_call_wait(esp_call *c, uint64_t cycles) {
    idle(c, cycles);
    emu_download_active(c->m, emu_now(c->m) + cycles); /* what waits for a byte has nothing to do, all else has */
}

/* --- the serial ports ----------------------------------------------------------------------------------------------------------------- */

enum { UART, USB };
#define EP1_CONF 4u /* of the USB port: bit 0 sends what was written */

/* What was loaded speaks on the port that it was loaded over. */
static emu_device *console(const esp_rom_device *r) { return r->uart[r->speaking]; }

static bool put(esp_rom_device *r, emu_device *port, uint8_t byte) {
    emu_download_active(r->base.machine, emu_now(r->base.machine));
    return !port || esp_port_put(port, byte);
}

/* A program from the flash prints on both ports, as far as it has not shut one; that of USB only where the board brings it out. */
bool esp_rom_put(esp_rom_device *r, unsigned port, uint8_t byte) {
    bool loaded = emu_download_mode(r->base.machine);
    if (loaded ? port != r->speaking : r->shut[port] || (port == USB && r->loader.port[USB] < 0)) return true;
    return put(r, r->uart[port], byte);
}

void esp_rom_flush(esp_rom_device *r) {
    if (r->uart[USB]) esp_rom_set(r, r->uart[USB]->base + EP1_CONF, 1);
}

static void tx(esp_call *c, emu_device *port) {
    if (put(c->r, port, (uint8_t)c->a[0]))
        c->a[0] = 0;
    else
        esp_call_wait(c, emu_clock_hz(c->m) / 20000);
}
static void tx_one_char(esp_call *c) { tx(c, console(c->r)); }
static void usb_tx_one_char(esp_call *c) { tx(c, c->r->uart[USB]); }

static void flush(esp_call *c, emu_device *port) {
    if (port && port == c->r->uart[USB] && !c->state) esp_rom_flush(c->r);
    c->state = 1;
    if (port && !esp_port_drained(port)) esp_call_wait(c, emu_clock_hz(c->m) / 20000);
}
static void tx_flush(esp_call *c) { flush(c, console(c->r)); }
static void usb_tx_flush(esp_call *c) { flush(c, c->r->uart[USB]); }

/* (a function of the program's, or 0): what it installs is taken for a way to the same port. */
static void install_putc1(esp_call *c) { c->r->shut[UART] = !c->a[0]; }
static void install_putc2(esp_call *c) { c->r->shut[USB] = !c->a[0]; }
static void install_uart(esp_call *c) { c->r->shut[UART] = false; }

static void rx(esp_call *c, emu_device *port) { /* (where to): 0, or 1 when there is none */
    enum { EMPTY_US = 5 };                      /* what a loop around it costs: programs poll this way */
    int byte = port ? esp_port_get(port) : -1;
    if (byte >= 0) {
        uint8_t b = (uint8_t)byte;
        esp_rom_copy_out(c->r, c->a[0], &b, 1);
        c->a[0] = 0;
    } else if (!c->state) {
        c->state = 1;
        idle(c, EMPTY_US * (emu_clock_hz(c->m) / 1000000));
    } else {
        c->a[0] = 1;
    }
}
static void rx_one_char(esp_call *c) { rx(c, console(c->r)); }
static void usb_rx_one_char(esp_call *c) { rx(c, c->r->uart[USB]); }

static void rx_one_char_block(esp_call *c) {
    int byte = console(c->r) ? esp_port_get(console(c->r)) : -1;
    if (byte >= 0)
        c->a[0] = (uint32_t)byte;
    else
        idle(c, emu_clock_hz(c->m) / 20000);
}

static void uart_div_modify(esp_call *c) { /* (port, divider in sixteenths) */
    emu_device *port = c->a[0] == 0 ? c->r->uart[0] : NULL;
    if (port) esp_rom_set(c->r, port->base + UART_CLKDIV, (c->a[1] & 15) << 20 | c->a[1] >> 4);
}

static void get_uart_device(esp_call *c) {
    esp_rom_set(c->r, ESP_ROM_UART_DEVICE, 115200);
    esp_rom_set(c->r, ESP_ROM_UART_DEVICE + 24, c->r->speaking ? 3 : 0); /* 3: the USB port */
    c->a[0] = ESP_ROM_UART_DEVICE;
}

/* --- time, reset, clocks ---------------------------------------------------------------------------------------------------------------
 */

static void delay_us(esp_call *c) {
    enum { SLICE_US = 50 }; /* interrupts are taken in between */
    uint32_t left = c->a[0] - c->state, now = left < SLICE_US ? left : SLICE_US;
    if (!left) return;
    c->state += now;
    esp_call_wait(c, (uint64_t)now * (emu_clock_hz(c->m) / 1000000));
}

static void software_reset(esp_call *c) {
    emu_request_reset(c->m, EMU_RESET_SOFT);
    esp_call_wait(c, 1);
}

static void reset_reason(esp_call *c) { c->a[0] = esp_rom_get(c->r, RTC_RESET_STATE) & 63; }
static void cpu_frequency(esp_call *c) { c->a[0] = c->r->cpu_mhz; }
static void set_cpu_frequency(esp_call *c) { c->r->cpu_mhz = c->a[0]; }
static void apb_frequency(esp_call *c) { c->a[0] = 80000000; }
static void xtal_frequency(esp_call *c) { c->a[0] = 40000000; }
/* Of the analogue blocks behind an internal bus there is nothing but the word that a calibration is done, which a program waits for. */
static void analogue_read(esp_call *c) { /* (block, host, register, highest bit, lowest bit) */
    enum { ULP = 0x61, DONE = 3 };
    c->a[0] = c->a[0] == ULP && c->a[2] == DONE && c->a[3] < 8 && c->a[4] <= c->a[3] ? (2u << (c->a[3] - c->a[4])) - 1 : 0;
}
static void nothing(esp_call *c) { (void)c; }
static void line_size(esp_call *c) { c->a[0] = 32; } /* of the cache */
static void zero(esp_call *c) { c->a[0] = 0; }

/* --- interrupts -------------------------------------------------------------------------------------------------------------------------
 */

static void change(esp_call *c, uint32_t address, uint32_t clear, uint32_t set) {
    esp_rom_set(c->r, address, (esp_rom_get(c->r, address) & ~clear) | set);
}

static void int_priority(esp_call *c) {
    if (c->a[0] < ESP_ROM_ISRS) esp_rom_set(c->r, INTC + INTC_PRIORITY + 4 * c->a[0], c->a[1]);
}
static void int_threshold(esp_call *c) { esp_rom_set(c->r, INTC + INTC_THRESHOLD, c->a[0]); }
static void int_enable(esp_call *c) { change(c, INTC + INTC_ENABLE, 0, c->a[0]); }
static void int_disable(esp_call *c) { change(c, INTC + INTC_ENABLE, c->a[0], 0); }
static void int_type(esp_call *c) { change(c, INTC + INTC_TYPE, 1u << (c->a[0] & 31), (c->a[1] & 1) << (c->a[0] & 31)); }

static void matrix_set(esp_call *c) { /* (core, source, line) */
    if (c->a[1] < 62) esp_rom_set(c->r, INTC + 4 * c->a[1], c->a[2]);
}

static void interrupts(esp_call *c, bool on) {
    uint32_t status = emu_core_get(c->m, CSR_MSTATUS);
    emu_core_set(c->m, CSR_MSTATUS, on ? status | MSTATUS_MIE : status & ~(uint32_t)MSTATUS_MIE);
}
static void lock(esp_call *c) { interrupts(c, false); }
static void unlock(esp_call *c) { interrupts(c, true); }

static void isr_attach(esp_call *c) { /* (line, handler, argument) */
    if (c->a[0] >= ESP_ROM_ISRS) return;
    c->r->isr[c->a[0]].handler = c->a[1];
    c->r->isr[c->a[0]].argument = c->a[2];
}

/* --- pins -------------------------------------------------------------------------------------------------------------------------------
 */

static void pad(esp_call *c, uint32_t clear, uint32_t set) {
    if (c->a[0] < 22) change(c, IO_MUX_PIN + 4 * c->a[0], clear, set);
}
static void pad_select_gpio(esp_call *c) { pad(c, MUX_FUNCTION, MUX_GPIO); }
static void pad_pull_up(esp_call *c) { pad(c, MUX_PULL_DOWN, MUX_PULL_UP); }
static void pad_pull_down(esp_call *c) { pad(c, MUX_PULL_UP, MUX_PULL_DOWN); }
static void matrix_in(esp_call *c) { /* (pin, signal, inverted) */
    if (c->a[1] < 128) esp_rom_set(c->r, GPIO_IN_SEL + 4 * c->a[1], c->a[0] | (c->a[2] & 1) << 5 | 1 << 6);
}
static void matrix_out(esp_call *c) { /* (pin, signal, inverted, enable inverted) */
    if (c->a[0] < 22) esp_rom_set(c->r, GPIO_OUT_SEL + 4 * c->a[0], c->a[1] | (c->a[2] & 1) << 8 | (c->a[3] & 1) << 10);
}

/* --- the chip ----------------------------------------------------------------------------------------------------------------------------
 */

static void security_info(esp_call *c) { /* (-, -, where to) */
    uint8_t info[20];
    esp_loader_security_info(&c->r->loader, info);
    esp_rom_copy_out(c->r, c->a[2], info, sizeof info);
    c->a[0] = 0;
}

/* (line's cause, address) -> (argument, handler): of an interrupt or an exception; a handler of 0 is one that nobody set. */
static void dispatch(esp_call *c) {
    uint32_t line = c->a[0] & 31;
    if (c->a[0] >> 31 && c->r->isr[line].handler) {
        c->a[0] = c->r->isr[line].argument;
        c->a[1] = c->r->isr[line].handler;
        return;
    }
    if (!c->state) {
        esp_rom_panic(c->r, c->a[0], c->a[1]);
        c->state = 1;
    }
    idle(c, emu_clock_hz(c->m) / 100); /* for good, or until a watchdog bites */
}

/* Nobody has written this function yet: it is in the log of what was not modelled, and returns 0. */
static void unknown(esp_call *c) {
    emu_log_unmodelled(c->m, c->a[1] - 4, 0, 4, false);
    c->a[0] = 0;
}

/* clang-format off */
static const esp_rom_entry ESP32_C3[] = {
    {0x18, reset_reason}, {0x3C, zero}, {0x40, esp_call_printf}, {0x44, install_putc1}, {0x48, install_uart}, {0x4C, install_putc2}, {0x50, delay_us},
    {0x68, tx_one_char}, {0x6C, tx_one_char}, {0x70, rx_one_char}, {0x74, rx_one_char_block}, {0x7C, nothing}, {0x80, tx_flush},
    {0x84, tx_flush}, {0x88, uart_div_modify}, {0x90, software_reset}, {0x94, software_reset}, {0xB0, get_uart_device}, {0xB8, nothing},
    {0xBC, nothing},
    {0xF4, esp_call_inflate},
    {0x10C, esp_call_flash_wait}, {0x110, esp_call_write_encrypted}, {0x118, nothing}, {0x11C, nothing}, {0x120, esp_call_erase_chip},
    {0x124, esp_call_erase_block}, {0x128, esp_call_erase_sector}, {0x12C, esp_call_flash_write}, {0x130, esp_call_flash_read},
    {0x134, esp_call_config_param}, {0x140, zero}, {0x14C, esp_call_update_id}, {0x150, zero}, {0x154, zero},
    {0x158, esp_call_read_status}, {0x15C, esp_call_read_status_high}, {0x160, esp_call_write_status}, {0x164, esp_call_flash_attach},
    {0x1E4, esp_call_erase_area}, {0x1E8, zero}, {0x210, esp_call_write_enable}, {0x21C, esp_call_flash_wait},
    {0x354, esp_call_memset}, {0x358, esp_call_memcpy}, {0x35C, esp_call_memcpy}, {0x360, esp_call_memcmp}, {0x364, esp_call_strcpy},
    {0x368, esp_call_strncpy}, {0x36C, esp_call_strcmp}, {0x370, esp_call_strncmp}, {0x374, esp_call_strlen}, {0x37C, esp_call_bzero},
    {0x4C0, nothing}, {0x4C4, esp_call_cache_enable}, {0x4C8, esp_call_cache_init}, {0x4CC, zero}, {0x4D4, zero}, {0x4D8, nothing},
    {0x4DC, nothing}, {0x4E0, nothing}, {0x51C, esp_call_cache_disable}, {0x520, esp_call_cache_enable}, {0x524, esp_call_cache_disable},
    {0x528, esp_call_cache_enable}, {0x554, nothing}, {0x558, nothing}, {0x55C, esp_call_mmu_init}, {0x560, esp_call_mmu_set},
    {0x564, esp_call_mmu_set},
    {0x580, apb_frequency}, {0x584, cpu_frequency}, {0x588, set_cpu_frequency}, {0x58C, zero}, {0x598, xtal_frequency},
    {0x5A0, matrix_in}, {0x5A4, matrix_out}, {0x5C0, pad_pull_down}, {0x5C4, pad_pull_up}, {0x5C8, pad_select_gpio},
    {0x5E0, int_priority}, {0x5E4, int_threshold}, {0x5E8, int_enable}, {0x5EC, int_disable}, {0x5F0, int_type}, {0x5F4, matrix_set},
    {0x5F8, lock}, {0x5FC, unlock}, {0x604, isr_attach}, {0x608, int_disable}, {0x60C, int_enable},
    {0x644, nothing}, {0x648, nothing}, {0x650, esp_call_sha_init}, {0x65C, esp_call_sha_update}, {0x660, esp_call_sha_finish},
    {0x72C, zero}, {0x5CC, nothing}, {0x5D0, nothing}, {0x1954, zero}, {0x1958, analogue_read}, {0x195C, nothing}, {0x1960, nothing},
    {0x350, nothing}, {0x548, nothing}, {0x52C, nothing}, {0x530, nothing}, {0x4B0, line_size}, {0x60, nothing},
    {0x614, esp_call_md5_init}, {0x618, esp_call_md5_update}, {0x61C, esp_call_md5_final}, {0x628, esp_call_crc32_le},
    {0x71C, zero},
    {0x8CC, usb_rx_one_char}, {0x8D0, rx_one_char_block}, {0x8D4, usb_tx_flush}, {0x8D8, usb_tx_one_char},
    /* GetSecurityInfoProc, in no table: where two revisions of the ROM have it */
    {0x4B9DA, security_info}, {0x4D51E, security_info},
    {0, NULL},
};

/* What a program of a few lines calls, in esp32c6.rom.ld and esp32h2.rom.ld alike. */
static const esp_rom_entry ESP32_C6_H2[] = {
    {0x28, esp_call_printf}, {0x2C, nothing}, {0x30, nothing}, {0x34, nothing}, {0x40, delay_us}, {0x58, tx_one_char}, {0x5C, tx_one_char},
    {0x60, rx_one_char}, {0x64, rx_one_char_block}, {0x70, nothing}, {0x74, tx_flush}, {0x78, tx_flush},
    {0, NULL},
};
/* clang-format on */

const esp_rom_kind *esp_rom_kind_of(uint32_t chip_id) {
    static const esp_rom_kind kinds[] = {{5, ESP_ROM_STACK, {ESP32_C3, esp_rom_math_entries, esp_rom_libc_entries}, 0x434},
                                         {13, 0x4087E610, {ESP32_C6_H2}, 0},
                                         {16, 0x4084F380, {ESP32_C6_H2}, 0}};
    for (size_t i = 1; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].chip_id == chip_id) return &kinds[i];
    return kinds;
}

/* NULL: nobody's trap. */
static esp_rom_function function_of(const esp_rom_device *r, uint32_t trap) {
    const esp_rom_kind *kind = esp_rom_kind_of(r->loader.chip_id);
    if (trap == ESP_TRAP_UNKNOWN) return unknown;
    if (trap == ESP_TRAP_DISPATCH) return dispatch;
    if (trap == ESP_TRAP_SORT) return esp_call_sort_step;
    trap -= ESP_TRAP_FIRST;
    for (unsigned i = 0; i < ESP_ROM_LISTS && kind->lists[i]; i++) {
        uint32_t n = r->functions[i];
        if (trap < n) return kind->lists[i][trap].function;
        trap -= n;
    }
    return NULL;
}

void esp_rom_count(esp_rom_device *r) {
    const esp_rom_kind *kind = esp_rom_kind_of(r->loader.chip_id);
    for (unsigned i = 0; i < ESP_ROM_LISTS; i++)
        for (r->functions[i] = 0; kind->lists[i] && kind->lists[i][r->functions[i]].function;) r->functions[i]++;
}

bool esp_rom_call(esp_rom_device *r, uint32_t trap) {
    emu_machine *m = r->base.machine;
    esp_call c = {.r = r, .m = m, .state = emu_core_get(m, ESP_REG_STATE)};
    esp_rom_function function = function_of(r, trap);
    if (!function) return false;
    for (unsigned i = 0; i < 8; i++) c.a[i] = emu_core_get(m, ESP_REG_A0 + i);
    uint32_t before[2] = {c.a[0], c.a[1]};
    function(&c);
    emu_core_set(m, ESP_REG_AGAIN, c.again);
    emu_core_set(m, ESP_REG_STATE, c.state);
    if (!c.again && c.a[0] != before[0]) emu_core_set(m, ESP_REG_A0, c.a[0]);
    if (!c.again && c.a[1] != before[1]) emu_core_set(m, ESP_REG_A0 + 1, c.a[1]);
    return true;
}
