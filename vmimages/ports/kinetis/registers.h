/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that the port uses, named as in the K64 and KL25 Sub-Family Reference Manuals; where they are is the same on both. See
 * ports/cortexm for the core's. */
#ifndef KINETIS_REGISTERS_H
#define KINETIS_REGISTERS_H
#include "cpu.h"
#include "routes.h"

/* SIM */
#define SIM_SOPT2 REG(0x40048004u)
#define SIM_SOPT2_UART0SRC_PLL (1u << 26 | 1u << 16) /* KL25: MCGPLLCLK / 2 */
#define SIM_SOPT2_TPMSRC_PLL (1u << 24 | 1u << 16)   /* KL25: likewise */
#define SIM_SDID REG(0x40048024u)
#define SIM_SCGC4 REG(0x40048034u)
#define SIM_SCGC4_UART(n) (1u << (10u + (n)))
#define SIM_SCGC5 REG(0x40048038u)
#define SIM_SCGC5_PORTS (0x1Fu << 9)
#define SIM_SCGC5_LPTMR (1u << 0)
#define SIM_SCGC6 REG(0x4004803Cu)
#define SIM_SCGC6_RNGA (1u << 9) /* K64 */
#define SIM_CLKDIV1 REG(0x40048044u)
#define SIM_COPC REG(0x40048100u) /* KL25 */
/* MCG and OSC */
#define MCG_C1 REG8(0x40064000u)
#define MCG_C1_CLKS_EXTERNAL (2u << 6)
#define MCG_C2 REG8(0x40064001u)
#define MCG_C2_EREFS0 (1u << 2)
#define MCG_C5 REG8(0x40064004u)
#define MCG_C6 REG8(0x40064005u)
#define MCG_C6_PLLS (1u << 6)
#define MCG_S REG8(0x40064006u)
#define MCG_S_OSCINIT0 (1u << 1)
#define MCG_S_CLKST (3u << 2)
#define MCG_S_CLKST_EXTERNAL (2u << 2)
#define MCG_S_IREFST (1u << 4)
#define MCG_S_PLLST (1u << 5)
#define MCG_S_LOCK0 (1u << 6)
#define OSC_CR REG8(0x40065000u)
#define OSC_CR_ERCLKEN (1u << 7)
/* WDOG of the K64 */
#define WDOG_STCTRLH REG16(0x40052000u)
#define WDOG_STCTRLH_ALLOWUPDATE (1u << 4)
#define WDOG_UNLOCK REG16(0x4005200Eu)
/* SMC and PMC */
#define SMC_PMPROT REG8(0x4007E000u)
#define SMC_PMCTRL REG8(0x4007E001u)
#define SMC_VLLSCTRL REG8(0x4007E002u)
#define PMC_REGSC REG8(0x4007D002u)
#define PMC_REGSC_ACKISO (1u << 3)
/* RCM */
#define RCM_SRS0_WAKEUP (1u << 0)
#define RCM_SRS0 REG8(0x4007F000u)
#define RCM_SRS1 REG8(0x4007F001u)
/* PORT and GPIO, of ports A to E */
#define PORT_PCR(pin) REG(0x40049000u + 0x1000u * ((pin) / 32) + 4u * ((pin) % 32))
#define PORT_PCR_PS (1u << 0)
#define PORT_PCR_PE (1u << 1)
#define PORT_PCR_ODE (1u << 5)
#define PORT_PCR_MUX(n) ((uint32_t)(n) << 8)
#define PORT_PCR_MUX_MASK (7u << 8)
#define PORT_PCR_IRQC(n) ((uint32_t)(n) << 16)
#define PORT_PCR_IRQC_MASK (15u << 16)
#define PORT_PCR_ISF (1u << 24)
#define PORT_ISFR(port) REG(0x400490A0u + 0x1000u * (port))
#define GPIO(pin, offset) REG(0x400FF000u + 0x40u * ((pin) / 32) + (offset))
#define GPIO_PSOR 0x04u
#define GPIO_PCOR 0x08u
#define GPIO_PDIR 0x10u
#define GPIO_PDDR 0x14u
/* The board's UART */
#define UART(offset) REG8(BOARD_UART_BASE + (offset))
#define UART_BDH UART(0x0u)
#define UART_BDL UART(0x1u)
#define UART_C2 UART(0x3u)
#define UART_C2_RE (1u << 2)
#define UART_C2_TE (1u << 3)
#define UART_C2_RIE (1u << 5)
#define UART_C2_TIE (1u << 7)
#define UART_S1 UART(0x4u)
#define UART_S1_ERRORS 0x1Fu /* PF, FE, NF, OR, IDLE */
#define UART_S1_RDRF (1u << 5)
#define UART_S1_TDRE (1u << 7)
#define UART_D UART(0x7u)
#define UART_C4 UART(0xAu) /* K64: BRFA, the fine adjust; KL25's UART0: OSR */
#define UART_PFIFO UART(0x10u)
#define UART_PFIFO_FIFOS 0x88u /* TXFE, RXFE */
#define UART_CFIFO UART(0x11u)
#define UART_CFIFO_FLUSH 0xC0u
#define UART_SFIFO UART(0x12u)
#define UART_RWFIFO UART(0x15u)
#define UART_RCFIFO UART(0x16u)
/* FTFE and FTFA */
#define FTF_FSTAT_ADDRESS 0x40020000u
#define FTF_FCCOB3 REG(0x40020004u) /* FCCOB0 to FCCOB3: command and address */
#define FTF_FCCOB7 REG(0x40020008u) /* FCCOB4 to FCCOB7: first word of data */
#define FTF_FCCOBB REG(0x4002000Cu) /* FCCOB8 to FCCOBB: second word */
#define FTF_FSTAT_CCIF 0x80u
#define FTF_FSTAT_ERRORS 0x70u
#define FTF_FSTAT_FAILED 0x31u /* ACCERR, FPVIOL, MGSTAT0 */
#define FTF_PROGRAM_LONGWORD 0x06u
#define FTF_PROGRAM_PHRASE 0x07u
#define FTF_ERASE_SECTOR 0x09u
/* What keeps copies of the flash */
#define FMC_PFB0CR REG(0x4001F004u) /* K64 */
#define FMC_PFB0CR_INVALIDATE (0xFu << 20 | 1u << 19)
#define MCM_PLACR REG(0xF000300Cu) /* KL25 */
#define MCM_PLACR_CFCC (1u << 10)

/* Of rows of the chip's file: the controller's clock, a bit of one of the SIM's registers SCGCn. */
static inline void route_clock_on(const route *row) { REG(0x40048000u + (row->gate >> 8)) |= 1u << (row->gate & 31u); }
#define BUS_HZ (CHIP_CLOCK_HZ / 2u)

bool woken_by_time(void); /* sleep.c: after a start from a VLLS mode */

#endif
