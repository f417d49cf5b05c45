/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that the port uses, named as in the nRF52833 Product Specification v1.6 and the nRF51 Series Reference Manual 3.0; see
 * ports/cortexm for the core's. Where they are is the same on both families. */
#ifndef NRF5_REGISTERS_H
#define NRF5_REGISTERS_H
#include "cpu.h"

/* FICR, section 4.4 */
#define FICR_DEVICEID(n) REG(0x10000060u + 4u * (n))
#define FICR_INFO_PART REG(0x10000100u)
#define FICR_INFO_VARIANT REG(0x10000104u)
#define FICR_CONFIGID REG(0x1000005Cu) /* nRF51 */
/* UICR, section 4.5 */
#define UICR_PSELRESET(n) REG(0x10001200u + 4u * (n))
#define UICR_NFCPINS REG(0x1000120Cu)
#define UICR_NFCPINS_GPIO 0xFFFFFFFEu
/* POWER and CLOCK, sections 5.3 and 5.4 */
#define CLOCK_TASKS_HFCLKSTART REG(0x40000000u)
#define CLOCK_EVENTS_HFCLKSTARTED REG(0x40000100u)
#define POWER_RESETREAS REG(0x40000400u)
#define POWER_SYSTEMOFF REG(0x40000500u)
#define APPROTECT_DISABLE REG(0x40000558u)
/* The board's UARTE, section 6.34 */
#define UARTE(offset) REG(BOARD_UART_BASE + (offset))
#define UARTE_TASKS_STARTRX UARTE(0x000u)
#define UARTE_TASKS_STOPRX UARTE(0x004u)
#define UARTE_TASKS_STARTTX UARTE(0x008u)
#define UARTE_EVENTS_RXDRDY UARTE(0x108u)
#define UARTE_EVENTS_ENDRX UARTE(0x110u)
#define UARTE_EVENTS_ENDTX UARTE(0x120u)
#define UARTE_EVENTS_ERROR UARTE(0x124u)
#define UARTE_EVENTS_RXTO UARTE(0x144u)
#define UARTE_EVENTS_RXSTARTED UARTE(0x14Cu)
#define UARTE_SHORTS UARTE(0x200u)
#define UARTE_SHORTS_ENDRX_STARTRX (1u << 5)
#define UARTE_INTENSET UARTE(0x304u)
#define UARTE_INT_RXDRDY (1u << 2)
#define UARTE_INT_ENDTX (1u << 8)
#define UARTE_INT_ERROR (1u << 9)
#define UARTE_INT_RXSTARTED (1u << 19)
#define UARTE_ERRORSRC UARTE(0x480u)
#define UARTE_ENABLE UARTE(0x500u)
#define UARTE_ENABLE_UARTE 8u
#define UARTE_PSEL_RTS UARTE(0x508u)
#define UARTE_PSEL_TXD UARTE(0x50Cu)
#define UARTE_PSEL_CTS UARTE(0x510u)
#define UARTE_PSEL_RXD UARTE(0x514u)
#define UARTE_BAUDRATE UARTE(0x524u)
#define UARTE_BAUD115200 0x01D60000u
#define UARTE_RXD_PTR UARTE(0x534u)
#define UARTE_RXD_MAXCNT UARTE(0x538u)
#define UARTE_TXD_PTR UARTE(0x544u)
#define UARTE_TXD_MAXCNT UARTE(0x548u)
#define UARTE_CONFIG UARTE(0x56Cu)
/* UART of the nRF51, RM section "UART" */
#define UART_EVENTS_TXDRDY UARTE(0x11Cu)
#define UART_INTENCLR UARTE(0x308u)
#define UART_INT_TXDRDY (1u << 7)
#define UART_ENABLE_UART 4u
#define UART_RXD UARTE(0x518u)
#define UART_TXD UARTE(0x51Cu)
/* TIMER0 keeps the time, TIMER2 counts received bytes; section 6.30 */
#define TIMER0(offset) REG(0x40008000u + (offset))
#define TIMER2(offset) REG(0x4000A000u + (offset))
#define TIMER_TASKS_START 0x000u
#define TIMER_TASKS_COUNT 0x008u
#define TIMER_TASKS_CLEAR 0x00Cu
#define TIMER_TASKS_CAPTURE(n) (0x040u + 4u * (n))
#define TIMER_EVENTS_COMPARE(n) (0x140u + 4u * (n))
#define TIMER_INTENSET 0x304u
#define TIMER_INTENCLR 0x308u
#define TIMER_INT_COMPARE(n) (1u << (16u + (n)))
#define TIMER_MODE 0x504u
#define TIMER_MODE_COUNTER 1u
#define TIMER_BITMODE 0x508u
#define TIMER_BITMODE_32 3u
#define TIMER_PRESCALER 0x510u
#define TIMER_CC(n) (0x540u + 4u * (n))
/* NVMC, section 4.3 */
#define NVMC_READY REG(0x4001E400u)
#define NVMC_CONFIG REG(0x4001E504u)
#define NVMC_CONFIG_REN 0u
#define NVMC_CONFIG_WEN 1u
#define NVMC_CONFIG_EEN 2u
#define NVMC_ERASEPAGE REG(0x4001E508u)
#define NVMC_ICACHECNF REG(0x4001E540u)
/* PPI, section 6.17 */
#define PPI_CHENSET REG(0x4001F504u)
#define PPI_CHENCLR REG(0x4001F508u)
#define PPI_CH_EEP(n) REG(0x4001F510u + 8u * (n))
#define PPI_CH_TEP(n) REG(0x4001F514u + 8u * (n))
/* GPIO, section 6.9: P0 and P1 */
#define GPIO(port, offset) REG(0x50000000u + 0x300u * (port) + (offset))
#define GPIO_OUTSET 0x508u
#define GPIO_OUTCLR 0x50Cu
#define GPIO_IN 0x510u
#define GPIO_PIN_CNF(n) (0x700u + 4u * (n))
#define GPIO_CNF_OUTPUT 1u
#define GPIO_CNF_SENSE (3u << 16) /* low */
#define GPIO_CNF_SENSE_HIGH (2u << 16)
#define GPIO_CNF_INPUT_DISCONNECT 2u
#define GPIO_CNF_PULLDOWN (1u << 2)
#define GPIO_CNF_PULLUP (3u << 2)

void pin_sense(unsigned pin, uint32_t what); /* analog.c: GPIO_CNF_SENSE* or 0 */

#endif
