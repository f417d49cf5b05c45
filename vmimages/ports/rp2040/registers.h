/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that the port uses, named as in the RP2040 Datasheet. See ports/cortexm for the core's. */
#ifndef RP2040_REGISTERS_H
#define RP2040_REGISTERS_H
#include "cpu.h"

/* Atomic access, 2.1.2: what is written to these addresses is set, or cleared */
#define SET(address) REG((address) + 0x2000u)
#define CLEAR(address) REG((address) + 0x3000u)

#define IRQ_TIMER_1 1
#define VTOR REG(0xE000ED08u)

#define SYSINFO_CHIP_ID REG(SYSINFO_BASE + 0x00u)

/* 2.14.3, of both registers */
#define RESETS_RESET (RESETS_BASE + 0x00u)
#define RESETS_RESET_DONE REG(RESETS_BASE + 0x08u)
#define RESETS_ALL 0x01FFFFFFu
#define RESETS_IO_BANK0 (1u << 5)
#define RESETS_IO_QSPI (1u << 6)
#define RESETS_PADS_BANK0 (1u << 8)
#define RESETS_PADS_QSPI (1u << 9)
#define RESETS_PLL_SYS (1u << 12)
#define RESETS_SYSCFG (1u << 18)
#define RESETS_SYSINFO (1u << 19)
#define RESETS_TIMER (1u << 21)
#define RESETS_UART(n) (1u << (22u + (n)))

#define PSM_FRCE_OFF (PSM_BASE + 0x04u)
#define PSM_FRCE_OFF_PROC1 (1u << 16)
#define PSM_WDSEL REG(PSM_BASE + 0x08u)
#define PSM_ALL 0x0001FFFFu
#define PSM_OSCILLATORS 3u
#define VREG_CHIP_RESET REG(VREG_AND_CHIP_RESET_BASE + 0x08u)
#define VREG_CHIP_RESET_HAD_POR (1u << 8)
#define VREG_CHIP_RESET_HAD_RUN (1u << 16)
#define VREG_CHIP_RESET_HAD_PSM_RESTART (1u << 20)
#define WATCHDOG_CTRL (WATCHDOG_BASE + 0x00u)
#define WATCHDOG_CTRL_TRIGGER (1u << 31)
#define WATCHDOG_REASON REG(WATCHDOG_BASE + 0x08u)
#define WATCHDOG_REASON_TIMER 1u
#define WATCHDOG_SCRATCH0 REG(WATCHDOG_BASE + 0x0Cu)
#define WATCHDOG_TICK REG(WATCHDOG_BASE + 0x2Cu)
#define WATCHDOG_TICK_ENABLE (1u << 9)

#define XOSC_CTRL REG(XOSC_BASE + 0x00u)
#define XOSC_CTRL_ENABLE (0xFABu << 12 | 0xAA0u) /* 1 to 15 MHz */
#define XOSC_STATUS REG(XOSC_BASE + 0x04u)
#define XOSC_STATUS_STABLE (1u << 31)
#define XOSC_DORMANT REG(XOSC_BASE + 0x08u)
#define XOSC_DORMANT_SLEEP 0x636F6D61u /* "coma" */
#define XOSC_STARTUP REG(XOSC_BASE + 0x0Cu)
#define PLL_SYS_CS REG(PLL_SYS_BASE + 0x00u)
#define PLL_SYS_CS_LOCK (1u << 31)
#define PLL_SYS_PWR (PLL_SYS_BASE + 0x04u)
#define PLL_SYS_PWR_PD (1u << 0)
#define PLL_SYS_PWR_POSTDIVPD (1u << 3)
#define PLL_SYS_PWR_VCOPD (1u << 5)
#define PLL_SYS_FBDIV REG(PLL_SYS_BASE + 0x08u)
#define PLL_SYS_PRIM REG(PLL_SYS_BASE + 0x0Cu)
#define CLOCKS_REF_CTRL REG(CLOCKS_BASE + 0x30u)
#define CLOCKS_REF_SELECTED REG(CLOCKS_BASE + 0x38u)
#define CLOCKS_SYS_CTRL REG(CLOCKS_BASE + 0x3Cu)
#define CLOCKS_SYS_SELECTED REG(CLOCKS_BASE + 0x44u)
#define CLOCKS_PERI_CTRL REG(CLOCKS_BASE + 0x48u)
#define CLOCKS_PERI_CTRL_ENABLE (1u << 11)

#define CLOCKS_SLEEP_EN0 REG(CLOCKS_BASE + 0xA8u)
#define CLOCKS_SLEEP_EN0_IO (1u << 8)
#define CLOCKS_SLEEP_EN1 REG(CLOCKS_BASE + 0xACu)
#define CLOCKS_SLEEP_EN1_TIMER (1u << 5)
#define CLOCKS_SLEEP_EN1_WATCHDOG (1u << 12)

#define IO_DORMANT_WAKE_INTE(word) REG(IO_BANK0_BASE + 0x160u + 4u * (word))
#define IO_CTRL(pin) REG(IO_BANK0_BASE + 0x04u + 8u * (pin))
#define IO_FUNC_UART 2u
#define IO_FUNC_SIO 5u
#define IO_QSPI_SS_CTRL REG(IO_QSPI_BASE + 0x0Cu)
#define IO_QSPI_SS_CTRL_LOW (2u << 8)  /* OUTOVER */
#define IO_QSPI_SS_CTRL_OFF (2u << 12) /* OEOVER */
#define PADS_PIN(pin) REG(PADS_BANK0_BASE + 0x04u + 4u * (pin))
#define PADS_SCHMITT (1u << 1)
#define PADS_PDE (1u << 2)
#define PADS_PUE (1u << 3)
#define PADS_DRIVE_4MA (1u << 4)
#define PADS_IE (1u << 6)
#define SIO_GPIO_IN REG(SIO_BASE + 0x04u)
#define SIO_GPIO_HI_IN REG(SIO_BASE + 0x08u)
#define SIO_GPIO_OUT_SET REG(SIO_BASE + 0x14u)
#define SIO_GPIO_OUT_CLR REG(SIO_BASE + 0x18u)
#define SIO_GPIO_OE_SET REG(SIO_BASE + 0x24u)
#define SIO_GPIO_OE_CLR REG(SIO_BASE + 0x28u)

#define TIMER_ALARM(n) REG(TIMER_BASE + 0x10u + 4u * (n))
#define TIMER_ARMED REG(TIMER_BASE + 0x20u)
#define TIMER_TIMERAWL REG(TIMER_BASE + 0x28u)
#define TIMER_INTR REG(TIMER_BASE + 0x34u)
#define TIMER_INTE REG(TIMER_BASE + 0x38u)

/* The board's UART, 4.2.8 */
#define UART(offset) REG(BOARD_UART_BASE + (offset))
#define UART_DR UART(0x00u)
#define UART_DR_ERROR 0xF00u
#define UART_FR UART(0x18u)
#define UART_FR_RXFE (1u << 4)
#define UART_FR_TXFF (1u << 5)
#define UART_IBRD UART(0x24u)
#define UART_FBRD UART(0x28u)
#define UART_LCR_H UART(0x2Cu)
#define UART_LCR_H_8N1_FIFO (3u << 5 | 1u << 4)
#define UART_CR UART(0x30u)
#define UART_CR_ON (1u << 9 | 1u << 8 | 1u << 0)
#define UART_IFLS UART(0x34u)
#define UART_IMSC UART(0x38u)
#define UART_ICR UART(0x44u)
#define UART_INT_RX (1u << 4)
#define UART_INT_TX (1u << 5)
#define UART_INT_RT (1u << 6)

#define SSI_SR REG(XIP_SSI_BASE + 0x28u)
#define SSI_SR_TFNF (1u << 1)
#define SSI_SR_RFNE (1u << 3)
#define SSI_DR0 REG(XIP_SSI_BASE + 0x60u)

/* --- between the port's files. A mark in SCRATCH0 says why the chip reset itself. */
#define MARK_RUNS 0x4D565552u
#define MARK_ASKED 0x4D565241u
#define MARK_SLEPT 0x4D565274u /* deeply, for a time */
#define MARK_WOKEN 0x4D565270u /* from deep sleep, by a pin */
_Noreturn void reset_as(uint32_t mark);

#endif
