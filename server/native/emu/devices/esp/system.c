/* SPDX-License-Identifier: Apache-2.0 */
/* SYSTEM (TRM 6 and 16): the CPU's clock, the peripherals' clocks and resets, and the interrupts that the CPU raises for itself. */
#include "devices/esp/esp.h"

enum {
    CPU_PER_CONF = 0x008,
    PERIP_CLK_EN0 = 0x010,
    PERIP_CLK_EN1 = 0x014,
    PERIP_RST_EN0 = 0x018,
    PERIP_RST_EN1 = 0x01C,
    FROM_CPU_0 = 0x028,
    RTC_FASTMEM_CONFIG = 0x048,
    SYSCLK_CONF = 0x058,
    DATE = 0xFFC,
};
enum { CONF_PLL_480 = 1 << 2 };
enum { SEL_XTAL = 0, SEL_PLL = 1, SEL_RC_FAST = 2 };
enum { XTAL_MHZ_AT = 12, SYSCLK_WRITABLE = 0xFFF };
enum { CRC_START = 1 << 8 };
#define CRC_FINISH (1u << 31)

/* Which bits of PERIP_CLK_EN and PERIP_RST_EN are whose (TRM 16, table "Clock Gating and Reset"). The flash's SPI controllers, the timer
 * group that has the main watchdog and the eFuse controller are not among them: the ROM needs them. */
static const struct {
    uint8_t word, bit;
    const char *name;
} blocks[] = {
    {0, 2, "UART0"},  {0, 5, "UART1"},  {0, 6, "SPI2"},  {0, 7, "I2C0"},        {0, 9, "RMT"},         {0, 11, "LEDC"},
    {0, 13, "TIMG0"}, {0, 15, "TIMG1"}, {0, 19, "TWAI"}, {0, 23, "USB_DEVICE"}, {0, 28, "APB_SARADC"}, {0, 29, "SYSTIMER"},
    {1, 1, "AES"},    {1, 2, "SHA"},    {1, 3, "RSA"},   {1, 4, "DS"},          {1, 5, "HMAC"},        {1, 6, "GDMA"},
};
enum { BLOCKS = sizeof blocks / sizeof blocks[0] };

typedef struct {
    esp_device esp;
    emu_device *block[BLOCKS];
} esp_system;

static uint32_t plain(const esp_system *s, uint32_t offset) { return esp_value(&s->esp, offset); }

static uint32_t divided(const esp_system *s, uint32_t hz) { return hz / ((plain(s, SYSCLK_CONF) & 0x3FF) + 1); }

/* TRM 6.2.3.1 */
static uint32_t cpu_hz(const esp_system *s) {
    uint32_t conf = plain(s, CPU_PER_CONF);
    switch (plain(s, SYSCLK_CONF) >> 10 & 3) {
    case SEL_PLL: return (conf & 3) == 0 ? 80000000 : (conf & 3) == 1 ? 160000000 : 80000000;
    case SEL_RC_FAST: return divided(s, ESP_RC_FAST_HZ);
    default: return divided(s, ESP_XTAL_HZ);
    }
}

/* TRM 6.2.3.2: 80 MHz from the PLL, else the CPU's clock */
uint32_t esp_apb_hz(const emu_device *d) {
    const esp_system *s = (const esp_system *)d;
    return (plain(s, SYSCLK_CONF) >> 10 & 3) == SEL_PLL ? 80000000 : cpu_hz(s);
}

static void set_clock(esp_system *s) {
    emu_machine *m = s->esp.base.machine;
    uint32_t hz = cpu_hz(s);
    emu_set_clock_hz(m, hz ? hz : 1);
    for (unsigned i = 0; i < emu_device_count(m); i++) {
        emu_device *d = emu_device_number(m, i);
        if (esp_is_esp(d) && ((esp_device *)d)->spec->clocks_changed) ((esp_device *)d)->spec->clocks_changed((esp_device *)d);
    }
}

static void gate(esp_system *s) {
    uint32_t clocks[] = {plain(s, PERIP_CLK_EN0), plain(s, PERIP_CLK_EN1)}, resets[] = {plain(s, PERIP_RST_EN0), plain(s, PERIP_RST_EN1)};
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (!s->block[i]) continue;
        esp_unclock((esp_device *)s->block[i], !(clocks[blocks[i].word] >> blocks[i].bit & 1));
        esp_hold((esp_device *)s->block[i], resets[blocks[i].word] >> blocks[i].bit & 1);
    }
}

static bool read(esp_device *d, uint32_t offset, uint32_t *value) {
    switch (offset) {
    case SYSCLK_CONF: *value = esp_value(d, SYSCLK_CONF) | ESP_XTAL_HZ / 1000000 << XTAL_MHZ_AT | 1 << 19; return true;
    case RTC_FASTMEM_CONFIG: /* the CRC of the RTC memory is made at once */
        *value = esp_value(d, offset) | (esp_value(d, offset) & CRC_START ? CRC_FINISH : 0);
        return true;
    default: return false;
    }
}

static void changed(esp_device *d, uint32_t offset, uint32_t old) {
    esp_system *s = (esp_system *)d;
    uint32_t value = plain(s, offset);
    if ((offset == CPU_PER_CONF || offset == SYSCLK_CONF) && value != old) set_clock(s);
    if (offset >= PERIP_CLK_EN0 && offset <= PERIP_RST_EN1 && value != old) gate(s);
    if (offset - FROM_CPU_0 < 16) esp_irq(d, (int)(offset - FROM_CPU_0) / 4, value & 1);
}

static void reset(esp_device *d) {
    for (int i = 0; i < 4; i++) esp_irq(d, i, false);
    set_clock((esp_system *)d);
    gate((esp_system *)d);
}

static void link(emu_device *d) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        emu_device *block = emu_device_by_name(d->machine, blocks[i].name);
        ((esp_system *)d)->block[i] = block && esp_is_esp(block) ? block : NULL;
    }
}

static const esp_register registers[] = {{0x000, 1, 0, 0xC0},
                                         {0x004, 1, 0xC0, 0xC0},
                                         {CPU_PER_CONF, 1, 0xC, 0xFF},
                                         {0x00C, 1, 1, 1},
                                         {PERIP_CLK_EN0, 1, 0xF9C1E06F, ~0u},
                                         {PERIP_CLK_EN1, 1, 0x200, 0x7FE},
                                         {PERIP_RST_EN0, 1, 0, ~0u},
                                         {PERIP_RST_EN1, 1, 0x1FE, 0x7FE},
                                         {0x020, 1, 0xFF, 0xFFF},
                                         {0x024, 1, 0x02001001, 0x1FFFFFFF},
                                         {FROM_CPU_0, 4, 0, 1},
                                         {0x038, 2, 1, 7},
                                         {0x040, 1, 5, 0xF},
                                         {0x044, 1, 0, 0xF},
                                         {RTC_FASTMEM_CONFIG, 1, 0x7FF00000, 0x7FFFFF00},
                                         {0x04C, 1, 0, 0},
                                         {0x050, 1, 0, 1},
                                         {0x054, 1, 1, 1},
                                         {SYSCLK_CONF, 1, 1, SYSCLK_WRITABLE},
                                         {0x05C, 4, 3, 0x00C0007F},
                                         {0x06C, 12, 0, 0},
                                         {DATE, 1, 0x02007150, 0x0FFFFFFF},
                                         {0, 0, 0, 0}};
static const esp_spec spec = {.registers = registers, .read = read, .changed = changed, .reset = reset, .always_alive = true};

static bool init(emu_device *d, const emu_param *params, size_t count, char error[EMU_ERROR_MAX]) {
    static const char *const keys[] = {NULL};
    ((esp_device *)d)->spec = &spec;
    return emu_params_take(d, params, count, keys, NULL, error);
}

const emu_device_class esp32c3_system = {
    .type = "esp32c3.system",
    .struct_size = sizeof(esp_system),
    .region_size = 0x1000,
    .init = init,
    .reset = esp_reset,
    .read = esp_read,
    .write = esp_write,
    .link = link,
};
