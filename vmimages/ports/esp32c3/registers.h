/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and ROM functions that the port uses, named as in the ESP32-C3 Technical Reference Manual and in ESP-IDF's list of the ROM. */
#ifndef ESP32C3_REGISTERS_H
#define ESP32C3_REGISTERS_H
#include "cpu.h"

#define IRQ_SYSTIMER_1 38
#define IRQ_SYSTIMER_2 39

/* 8.4, "Interrupt Matrix" */
#define INTERRUPT_MAP(source) REG(INTERRUPT_CORE0_BASE + 4u * (source))
#define INTERRUPT_ENABLE REG(INTERRUPT_CORE0_BASE + 0x104u)
#define INTERRUPT_TYPE REG(INTERRUPT_CORE0_BASE + 0x108u)
#define INTERRUPT_PRI(line) REG(INTERRUPT_CORE0_BASE + 0x114u + 4u * (line))
#define INTERRUPT_THRESH REG(INTERRUPT_CORE0_BASE + 0x194u)

#define SYSTEM_PERIP_CLK_EN0 REG(SYSTEM_BASE + 0x10u)
#define SYSTEM_PERIP_RST_EN0 REG(SYSTEM_BASE + 0x18u)
#define SYSTEM_CPU_PER_CONF REG(SYSTEM_BASE + 0x08u)
#define SYSTEM_CPU_PER_CONF_160MHZ (1u << 0 | 1u << 2) /* CPUPERIOD_SEL, of a PLL at 480 MHz */
#define SYSTEM_CPU_PER_CONF_SPEED 7u
#define SYSTEM_SYSCLK_CONF REG(SYSTEM_BASE + 0x58u)
#define SYSTEM_SYSCLK_CONF_SOC_CLK_SEL (3u << 10)
#define SYSTEM_SYSCLK_CONF_PLL (1u << 10)

#define RTC_CNTL_OPTIONS0 REG(RTC_CNTL_BASE + 0x00u)
#define RTC_CNTL_OPTIONS0_SW_SYS_RST (1u << 31)
#define RTC_CNTL_SLP_TIMER0 REG(RTC_CNTL_BASE + 0x04u)
#define RTC_CNTL_SLP_TIMER1 REG(RTC_CNTL_BASE + 0x08u)
#define RTC_CNTL_TIME_UPDATE REG(RTC_CNTL_BASE + 0x0Cu)
#define RTC_CNTL_TIME_LOW0 REG(RTC_CNTL_BASE + 0x10u)
#define RTC_CNTL_TIME_HIGH0 REG(RTC_CNTL_BASE + 0x14u)
#define RTC_CNTL_STATE0 REG(RTC_CNTL_BASE + 0x18u)
#define RTC_CNTL_WAKEUP_STATE REG(RTC_CNTL_BASE + 0x3Cu)
#define RTC_CNTL_WAKEUP_ENA_GPIO (1u << 17)
#define RTC_CNTL_WAKEUP_ENA_TIMER (1u << 18)
#define RTC_CNTL_INT_CLR REG(RTC_CNTL_BASE + 0x4Cu)
#define RTC_CNTL_INT_MAIN_TIMER (1u << 10)
#define RTC_CNTL_DIG_PWC REG(RTC_CNTL_BASE + 0x88u)
#define RTC_CNTL_PAD_HOLD REG(RTC_CNTL_BASE + 0xD0u)
#define RTC_CNTL_SLP_WAKEUP_CAUSE REG(RTC_CNTL_BASE + 0xF8u)
#define RTC_CNTL_SLP_WAKEUP_CAUSE_TIMER (1u << 3)
#define RTC_CNTL_GPIO_WAKEUP REG(RTC_CNTL_BASE + 0x110u)
#define RTC_CNTL_RESET_STATE REG(RTC_CNTL_BASE + 0x38u)
#define RTC_CNTL_RESET_STATE_CAUSE 0x3Fu
#define RTC_CNTL_WDTCONFIG0 REG(RTC_CNTL_BASE + 0x90u)
#define RTC_CNTL_WDTWPROTECT REG(RTC_CNTL_BASE + 0xA8u)
#define RTC_CNTL_SWD_CONF REG(RTC_CNTL_BASE + 0xACu)
#define RTC_CNTL_SWD_CONF_AUTO_FEED (1u << 31)
#define RTC_CNTL_SWD_WPROTECT REG(RTC_CNTL_BASE + 0xB0u)
#define SWD_KEY 0x8F1D312Au
#define TIMG0_WDTCONFIG0 REG(TIMG0_BASE + 0x48u)
#define TIMG_WDTCONFIG0_UPDATE (1u << 22)
#define TIMG0_WDTWPROTECT REG(TIMG0_BASE + 0x64u)
#define WDT_KEY 0x50D83AA1u

#define GPIO_OUT_W1TS REG(GPIO_BASE + 0x08u)
#define GPIO_OUT_W1TC REG(GPIO_BASE + 0x0Cu)
#define GPIO_ENABLE_W1TS REG(GPIO_BASE + 0x24u)
#define GPIO_ENABLE_W1TC REG(GPIO_BASE + 0x28u)
#define GPIO_IN REG(GPIO_BASE + 0x3Cu)
#define GPIO_PIN(pin) REG(GPIO_BASE + 0x74u + 4u * (pin))
#define GPIO_PIN_PAD_DRIVER (1u << 2) /* open drain */
#define GPIO_FUNC_IN_SEL(signal) REG(GPIO_BASE + 0x154u + 4u * (signal))
#define GPIO_FUNC_IN_SEL_MATRIX (1u << 6)
#define GPIO_FUNC_IN_SEL_HIGH 0x1Eu
#define GPIO_FUNC_OUT_SEL(pin) REG(GPIO_BASE + 0x554u + 4u * (pin))
#define GPIO_FUNC_OUT_SEL_GPIO 128u
#define IO_MUX_GPIO(pin) REG(IO_MUX_BASE + 0x04u + 4u * (pin))
#define IO_MUX_FUN_WPD (1u << 7)
#define IO_MUX_FUN_WPU (1u << 8)
#define IO_MUX_FUN_IE (1u << 9)
#define IO_MUX_FUN_DRV_20MA (2u << 10)
#define IO_MUX_MCU_SEL_GPIO (1u << 12)

#define EFUSE_RD_MAC_SPI_SYS(n) REG(EFUSE_BASE + 0x44u + 4u * (n))

/* 10.5, "System Timer": 16 MHz, 52 bits */
#define SYSTIMER_CONF REG(SYSTIMER_BASE + 0x00u)
#define SYSTIMER_CONF_TARGET_WORK_EN(n) (1u << (24u - (n)))
#define SYSTIMER_CONF_UNIT0_WORK_EN (1u << 30)
#define SYSTIMER_CONF_CLK_EN (1u << 31)
#define SYSTIMER_UNIT0_OP REG(SYSTIMER_BASE + 0x04u)
#define SYSTIMER_UNIT0_OP_UPDATE (1u << 30)
#define SYSTIMER_UNIT0_OP_VALUE_VALID (1u << 29)
#define SYSTIMER_UNIT0_VALUE_HI REG(SYSTIMER_BASE + 0x40u)
#define SYSTIMER_UNIT0_VALUE_LO REG(SYSTIMER_BASE + 0x44u)
#define SYSTIMER_TARGET_HI(n) REG(SYSTIMER_BASE + 0x1Cu + 8u * (n))
#define SYSTIMER_TARGET_LO(n) REG(SYSTIMER_BASE + 0x20u + 8u * (n))
#define SYSTIMER_TARGET_CONF(n) REG(SYSTIMER_BASE + 0x34u + 4u * (n))
#define SYSTIMER_COMP_LOAD(n) REG(SYSTIMER_BASE + 0x50u + 4u * (n))
#define SYSTIMER_INT_ENA REG(SYSTIMER_BASE + 0x64u)
#define SYSTIMER_INT_CLR REG(SYSTIMER_BASE + 0x6Cu)

#define UART_FIFO REG(UART0_BASE + 0x00u)
#define UART_INT_ST REG(UART0_BASE + 0x08u)
#define UART_INT_ENA REG(UART0_BASE + 0x0Cu)
#define UART_INT_CLR REG(UART0_BASE + 0x10u)
#define UART_INT_RXFIFO_FULL (1u << 0)
#define UART_INT_TXFIFO_EMPTY (1u << 1)
#define UART_INT_RXFIFO_TOUT (1u << 8)
#define UART_CLKDIV REG(UART0_BASE + 0x14u)
#define UART_STATUS REG(UART0_BASE + 0x1Cu)
#define UART_STATUS_RXFIFO_CNT(status) ((status) & 0x3FFu)
#define UART_STATUS_TXFIFO_CNT(status) ((status) >> 16 & 0x3FFu)
#define UART_FIFO_SIZE 128u
#define UART_CONF0 REG(UART0_BASE + 0x20u)
#define UART_CONF0_8N1 (1u << 28 | 1u << 4 | 3u << 2) /* MEM_CLK_EN, STOP_BIT_NUM, BIT_NUM */
#define UART_CONF1 REG(UART0_BASE + 0x24u)
#define UART_CONF1_RX_TOUT_EN (1u << 21) /* after MEM_CONF's RX_TOUT_THRHD: ten bits */
#define UART_CONF1_TXFIFO_EMPTY_THRHD(n) ((n) << 9)
#define UART_CONF1_RXFIFO_FULL_THRHD(n) ((n) << 0)
#define UART_CLK_CONF REG(UART0_BASE + 0x78u)
#define UART_CLK_CONF_XTAL (3u << 24 | 1u << 22 | 3u << 20) /* RX_SCLK_EN, TX_SCLK_EN, SCLK_EN, SCLK_SEL; divided by 1 */
#define UART_ID REG(UART0_BASE + 0x80u)
#define UART_ID_REG_UPDATE (1u << 31)

#define USB_EP1 REG(USB_DEVICE_BASE + 0x00u)
#define USB_EP1_CONF REG(USB_DEVICE_BASE + 0x04u)
#define USB_EP1_CONF_WR_DONE (1u << 0)
#define USB_EP1_CONF_IN_EP_DATA_FREE (1u << 1)
#define USB_EP1_CONF_OUT_EP_DATA_AVAIL (1u << 2)
#define USB_INT_ENA REG(USB_DEVICE_BASE + 0x10u)
#define USB_INT_CLR REG(USB_DEVICE_BASE + 0x14u)
#define USB_INT_OUT_RECV_PKT (1u << 2)
#define USB_INT_IN_EMPTY (1u << 3)

/* 3.3.3.2, "External Memory": of both windows, entry n is the n-th 64 KB */
#define MMU_TABLE(n) REG(0x600C5000u + 4u * (n))
#define MMU_PAGE 0x10000u
#define EXTMEM_ICACHE_CTRL1 REG(EXTMEM_BASE + 0x04u)
#define EXTMEM_ICACHE_CTRL1_SHUT_DBUS (1u << 1)

#define ROM_FUNCTION(type, address) ((type)(uintptr_t)(address))
#define esp_rom_spiflash_erase_sector ROM_FUNCTION(int (*)(uint32_t sector), 0x40000128u)
#define esp_rom_spiflash_write ROM_FUNCTION(int (*)(uint32_t address, const uint32_t *data, int32_t length), 0x4000012Cu)
#define esp_rom_spiflash_config_param                                                                                                      \
    ROM_FUNCTION(int (*)(uint32_t id, uint32_t size, uint32_t block, uint32_t sector, uint32_t page, uint32_t status_mask), 0x40000134u)
#define esp_rom_spiflash_attach ROM_FUNCTION(void (*)(uint32_t pins, bool legacy), 0x40000164u)
#define Cache_Invalidate_ICache_All ROM_FUNCTION(void (*)(void), 0x400004D8u)
#define Cache_Disable_ICache ROM_FUNCTION(uint32_t (*)(void), 0x4000051Cu)
#define Cache_Enable_ICache ROM_FUNCTION(void (*)(uint32_t autoload), 0x40000520u)
#define Cache_MMU_Init ROM_FUNCTION(void (*)(void), 0x4000055Cu)
#define ets_update_cpu_frequency ROM_FUNCTION(void (*)(uint32_t mhz), 0x40000588u)

/* --- between the port's files */
void flash_start(void);            /* makes the flash readable at FLASH_WINDOW */
void serial_patience(uint32_t us); /* timer.c: after so long call serial_patience_over; 0: do not */
void serial_patience_over(void);

#endif
