/* SPDX-License-Identifier: Apache-2.0 */
/* Random accesses to every device of the ESP32-C3 at any time, and code in the windows of its cache that changes under the core. Under the
 * sanitizers this is the test that nothing a program writes there can harm the process. Two machines that get the same stay alike, one of
 * them by way of snapshots. */
#include "harness.h"

#define ROUNDS 30000u
#define DRAM 0x3FC80000u
#define IROM 0x42000000u
#define MMU_TABLE 0x600C5000u

static uint64_t state;
static uint32_t random32(void) { /* splitmix64 */
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static const struct {
    const char *type, *name;
    uint32_t base;
    int irq;
    emu_param param;
} devices[] = {
    {"esp32c3.interrupts", "INTERRUPT_CORE0", 0x600C2000, -1, {0}},
    {"esp32c3.io_mux", "IO_MUX", 0x60009000, -1, {0}},
    {"esp32c3.gpio", "GPIO", 0x60004000, 16, {0}},
    {"esp32c3.rtc_cntl", "RTC_CNTL", 0x60008000, 27, {0}},
    {"esp.uart", "UART0", 0x60000000, 21, {"port", 0}},
    {"esp.uart", "UART1", 0x60010000, 22, {"number", 1}},
    {"esp32c3.usb_serial_jtag", "USB_DEVICE", 0x60043000, 26, {"port", 2}},
    {"esp.timg", "TIMG0", 0x6001F000, 32, {"number", 0}},
    {"esp.timg", "TIMG1", 0x60020000, 34, {"number", 1}},
    {"esp.systimer", "SYSTIMER", 0x60023000, 37, {0}},
    {"esp32c3.apb_ctrl", "APB_CTRL", 0x60026000, -1, {"seed", 7}},
    {"esp32c3.extmem", "EXTMEM", 0x600C4000, -1, {0}},
    {"esp32c3.i2c", "I2C0", 0x60013000, 29, {0}},
    {"esp32c3.rmt", "RMT", 0x60016000, 28, {0}},
    {"esp32c3.ledc", "LEDC", 0x60019000, 23, {0}},
    {"esp32c3.gdma", "GDMA", 0x6003F000, 44, {0}},
    {"esp32c3.sha", "SHA", 0x6003B000, 49, {0}},
    {"esp32c3.spi2", "SPI2", 0x60024000, 19, {0}},
    {"esp32c3.saradc", "APB_SARADC", 0x60040000, 43, {0}},
    {"esp32c3.aes", "AES", 0x6003A000, 48, {0}},
    {"esp.registers", "RSA", 0x6003C000, -1, {"ones_40", 1}},
    {"esp.registers_1k", "GPIO_SD", 0x60004C00, -1, {0}},
    {"esp32c3.system", "SYSTEM", 0x600C0000, 50, {0}},
};
enum { DEVICES = sizeof devices / sizeof *devices };

static emu_machine *new_machine(void) {
    char error[EMU_ERROR_MAX];
    emu_machine_config config = {.core = "rv32imc", .espressif = true, .clock_hz = 160000000, .irq_count = 62, .priority_bits = 2};
    emu_machine *m = emu_machine_new(&config, error);
    CHECK(m);
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "flash", .kind = EMU_FLASH, .size = 0x40000, .erased = 0xFF, .unmapped = true},
                         error));
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "ram", .kind = EMU_RAM, .base = DRAM, .size = 0x10000}, error));
    CHECK(emu_add_memory(m, &(emu_memory_config){.name = "iram", .kind = EMU_RAM, .base = 0x40380000, .size = 0x10000, .alias_of = "ram"},
                         error));
    for (unsigned i = 0; i < DEVICES; i++)
        CHECK(emu_add_device(m, devices[i].type, devices[i].name, devices[i].base, devices[i].irq, &devices[i].param,
                             devices[i].param.key ? 1 : 0, error));
    emu_power(m, true);
    return m;
}

/* A program in the flash that stores to RAM for ever: lui a0, DRAM; addi a1, zero, n; sw a1, 0(a0); j back */
static void put_program(emu_machine *m, uint32_t page, uint32_t n) {
    const uint32_t words[] = {DRAM | 10 << 7 | 0x37, n << 20 | 11 << 7 | 0x13, 11 << 20 | 10 << 15 | 2 << 12 | 0x23, 0xFF9FF06F};
    CHECK(emu_memory_poke(m, "flash", page << 16, words, sizeof words));
}

static void access_something(emu_machine *m) {
    static const unsigned sizes[] = {4, 4, 4, 1, 2};
    uint32_t x = random32(), device = x % DEVICES, size = sizes[(x >> 8) % 5], span = x >> 16 & 1 ? 0x200 : 0x1200;
    uint32_t address = (devices[device].base + random32() % span) & ~(size - 1), value = x >> 17 & 1 ? random32() : 1u << (x >> 18 & 31);
    if (size < 4) value &= (1u << 8 * size) - 1;
    (void)emu_bus_access(m, address, size, &value, x >> 23 & 1);
}

static void something_happens(emu_machine *m) {
    uint32_t x = random32();
    uint8_t bytes[200] = {0};
    uint32_t on[] = {0xFFFFFFFF, 0xFFFFFFFF, 0, 0}, one = 1, zero = 0, entry = x >> 16 & 3;
    switch (x % 200) {
    case 0:
        emu_reset_pin(m, true);
        emu_reset_pin(m, false);
        break;
    case 1:
        emu_power(m, false);
        emu_power(m, true);
        break;
    case 2:
    case 3: emu_serial_write(m, x >> 16 & 3, bytes, x >> 8 & 127); break;
    case 4:
    case 5: emu_pin_drive(m, x >> 8 & 31, (emu_level)((int)(x >> 16) % 3 - 1)); break;
    case 6: emu_set_download_mode(m, x >> 8 & 1); break;
    case 7:
    case 8:
        for (uint32_t i = 0; i < 4; i++) (void)emu_bus_access(m, 0x600C0010 + 4 * i, 4, &on[i], true);
        break;
    case 9:
    case 10:
    case 11:
        (void)emu_bus_access(m, 0x600C4004, 4, &zero, true);
        (void)emu_bus_access(m, 0x600C4000, 4, &one, true);
        (void)emu_bus_access(m, MMU_TABLE, 4, &entry, true);
        emu_core_set(m, 32, IROM);
        break;
    case 12:
    case 13: put_program(m, x >> 16 & 3, x >> 8 & 0x7FF); break;
    case 14: emu_core_set(m, 32, random32()); break;
    case 15:
    case 16:
    case 17: emu_run(m, x >> 8 & 0xFFFF); break;
    default: emu_run(m, x >> 8 & 63); break;
    }
}

int main(void) {
    char error[EMU_ERROR_MAX];
    emu_machine *a = new_machine(), *b = new_machine();
    for (uint64_t round = 0; round < ROUNDS; round++) {
        for (unsigned k = 0; k < 2; k++) {
            state = round * 77;
            access_something(k ? b : a);
            something_happens(k ? b : a);
        }
        if (round % 500) continue;
        CHECK_EQUAL(emu_state_hash(b), emu_state_hash(a));
        emu_snapshot *s = emu_snapshot_take(b, error);
        CHECK(s);
        for (unsigned i = 0; i < 20; i++) access_something(b);
        emu_run(b, 10000);
        CHECK(emu_snapshot_restore(b, s, error));
        emu_snapshot_free(s);
        CHECK_EQUAL(emu_state_hash(b), emu_state_hash(a));
        emu_machine *fork = emu_fork(a, error);
        CHECK(fork);
        emu_run(fork, 1000);
        emu_machine_free(fork);
    }
    emu_machine_free(a);
    emu_machine_free(b);
    return 0;
}
