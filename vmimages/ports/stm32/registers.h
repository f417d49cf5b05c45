/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that the port uses, named as in RM0008 (F1), RM0090 and RM0402 (F4) and RM0351 (L4). FAMILY is a define of the chip's file: 1,
 * 4 (F4) or 14 (L4). */
#ifndef STM32_REGISTERS_H
#define STM32_REGISTERS_H
#include "cpu.h"
#include "routes.h"

#define F1 (FAMILY == 1)
#define F4 (FAMILY == 4)
#define L4 (FAMILY == 14)

/* RCC */
#define RCC(offset) REG(RCC_BASE + (offset))
#define RCC_CR RCC(0x00u)
#if F1
#define RCC_CFGR RCC(0x04u)
#define RCC_APB2ENR RCC(0x18u)
#define RCC_APB1ENR RCC(0x1Cu)
#define RCC_GPIOENR RCC_APB2ENR
#define RCC_CSR RCC(0x24u)
#elif F4
#define RCC_PLLCFGR RCC(0x04u)
#define RCC_CFGR RCC(0x08u)
#define RCC_GPIOENR RCC(0x30u)
#define RCC_APB1ENR RCC(0x40u)
#define RCC_APB2ENR RCC(0x44u)
#define RCC_CSR RCC(0x74u)
#else
#define RCC_CFGR RCC(0x08u)
#define RCC_PLLCFGR RCC(0x0Cu)
#define RCC_GPIOENR RCC(0x4Cu)
#define RCC_APB1ENR RCC(0x58u)
#define RCC_APB1ENR2 RCC(0x5Cu)
#define RCC_APB2ENR RCC(0x60u)
#define RCC_CSR RCC(0x94u)
#endif
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CSR_RMVF (L4 ? 1u << 23 : 1u << 24)

/* PWR of F4 */
#define PWR_CR REG(PWR_BASE)

/* GPIO: ports are 0x400 apart on all three */
#define GPIO(port, offset) REG(GPIOA_BASE + 0x400u * (port) + (offset))
#if F1
#define GPIO_CR(half) (4u * (half))
#define GPIO_IDR 0x08u
#define GPIO_BSRR 0x10u
#else
#define GPIO_MODER 0x00u
#define GPIO_OTYPER 0x04u
#define GPIO_OSPEEDR 0x08u
#define GPIO_PUPDR 0x0Cu
#define GPIO_IDR 0x10u
#define GPIO_BSRR 0x18u
#define GPIO_AFR(half) (0x20u + 4u * (half))
#endif

/* The board's USART */
#define USART(offset) REG(BOARD_UART_BASE + (offset))
#if L4
#define USART_CR1 USART(0x00u)
#define USART_BRR USART(0x0Cu)
#define USART_SR USART(0x1Cu) /* ISR */
#define USART_ICR USART(0x20u)
#define USART_RDR USART(0x24u)
#define USART_TDR USART(0x28u)
#define USART_CR1_UE (1u << 0)
#else
#define USART_SR USART(0x00u)
#define USART_RDR USART(0x04u)
#define USART_TDR USART(0x04u)
#define USART_BRR USART(0x08u)
#define USART_CR1 USART(0x0Cu)
#define USART_CR1_UE (1u << 13)
#endif
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_RXNEIE (1u << 5)
#define USART_CR1_TXEIE (1u << 7)
#define USART_SR_ORE (1u << 3)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TXE (1u << 7)

/* FLASH */
#define FLASH(offset) REG(FLASH_BASE + (offset))
#define FLASH_ACR FLASH(0x00u)
#if L4
#define FLASH_KEYR FLASH(0x08u)
#define FLASH_SR FLASH(0x10u)
#define FLASH_CR FLASH(0x14u)
#define FLASH_SR_BSY (1u << 16)
#define FLASH_SR_ERRORS 0x000003FAu
#elif F4
#define FLASH_KEYR FLASH(0x04u)
#define FLASH_SR FLASH(0x0Cu)
#define FLASH_CR FLASH(0x10u)
#define FLASH_SR_BSY (1u << 16)
#define FLASH_SR_ERRORS 0x000001F2u
#else
#define FLASH_KEYR FLASH(0x04u)
#define FLASH_SR FLASH(0x0Cu)
#define FLASH_CR FLASH(0x10u)
#define FLASH_AR FLASH(0x14u)
#define FLASH_SR_BSY (1u << 0)
#define FLASH_SR_ERRORS 0x00000014u
#endif
#define FLASH_SR_EOP (F1 ? 1u << 5 : 1u << 0)
#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu

/* Of rows of the chip's file: the controller's clock, and its bus's. APB1 runs at half of the F1's clock, at a quarter of the F4's, and
 * APB2 at half of the F4's. */
static inline void route_clock_on(const route *row) {
    RCC(row->gate >> 8) |= 1u << (row->gate & 31u);
    (void)RCC(row->gate >> 8); /* the clock is there two cycles after the write */
}
static inline uint32_t route_hz(const route *row) {
    uint32_t divisor = FAMILY == 4 ? 2 : 1;
    if (FAMILY != 14 && row->gate >> 8 == (FAMILY == 4 ? 0x40 : 0x1C)) divisor *= 2;
    return CLOCK_HZ / divisor;
}

#define DBGMCU_IDCODE REG(DBGMCU_BASE)

void pin_alternate(unsigned pin, unsigned af, bool pull_up); /* uart.c */
uint32_t standby_cause(void);                                /* sleep.c: HAL_RESET_ bits of a start from Standby, or 0 */

#endif
