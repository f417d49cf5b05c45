/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line: the board's USART, 8N1, an interrupt for each byte. What comes while flash is erased or programmed is lost where the
 * core stands still meanwhile, so the host sends no frame ahead (BOARD_WINDOW). */
#include "port_chip.h"
#include "registers.h"

/* APB2 has the devices from 0x40010000 on; its clock is in RCC_APB2ENR. */
#define ON_APB2 ((BOARD_UART_BASE & 0x000F0000u) == 0x00010000u)
#if F1
#define UART_CLOCK_HZ (ON_APB2 ? CLOCK_HZ : CLOCK_HZ / 2)
#elif F4
#define UART_CLOCK_HZ (ON_APB2 ? CLOCK_HZ / 2 : CLOCK_HZ / 4)
#else
#define UART_CLOCK_HZ CLOCK_HZ
#endif

static void enable_clock(void) {
    switch (BOARD_UART_BASE) {
    case 0x40004400u: RCC_APB1ENR |= 1u << 17; break; /* USART2 */
    case 0x40004800u: RCC_APB1ENR |= 1u << 18; break; /* USART3 */
    case 0x40004C00u: RCC_APB1ENR |= 1u << 19; break; /* UART4 */
    case 0x40005000u: RCC_APB1ENR |= 1u << 20; break; /* UART5 */
#if F4
    case 0x40011000u: RCC_APB2ENR |= 1u << 4; break;  /* USART1 */
    case 0x40011400u: RCC_APB2ENR |= 1u << 5; break;  /* USART6 */
    case 0x40007800u: RCC_APB1ENR |= 1u << 30; break; /* UART7 */
    case 0x40007C00u: RCC_APB1ENR |= 1u << 31; break; /* UART8 */
#else
    case 0x40013800u: RCC_APB2ENR |= 1u << 14; break; /* USART1 */
#endif
    default: break;
    }
    (void)RCC_APB2ENR; /* the clock is there two cycles after the write */
}

#if F1
void pin_alternate(unsigned pin, unsigned af, bool pull_up) { /* without remapping; what is pulled up is an input */
    unsigned port = pin / 32, bit = pin % 32;
    volatile uint32_t *cr = &GPIO(port, GPIO_CR(bit / 8));
    (void)af;
    if (pull_up) GPIO(port, GPIO_BSRR) = 1u << bit;
    *cr = (*cr & ~(15u << 4 * (bit % 8))) | (pull_up ? 8u : 0xAu) << 4 * (bit % 8); /* alternate function at 2 MHz */
}

#define BOARD_UART_AF 0u
#else
void pin_alternate(unsigned pin, unsigned af, bool pull_up) {
    unsigned port = pin / 32, bit = pin % 32;
    GPIO(port, GPIO_AFR(bit / 8)) = (GPIO(port, GPIO_AFR(bit / 8)) & ~(15u << 4 * (bit % 8))) | af << 4 * (bit % 8);
    GPIO(port, GPIO_PUPDR) = (GPIO(port, GPIO_PUPDR) & ~(3u << 2 * bit)) | (uint32_t)pull_up << 2 * bit;
    GPIO(port, GPIO_MODER) = (GPIO(port, GPIO_MODER) & ~(3u << 2 * bit)) | 2u << 2 * bit;
}

/* Data sheets, "Alternate function mapping": USART1 to 3, the others */
#define BOARD_UART_AF                                                                                                                      \
    (BOARD_UART_BASE == 0x40011400u || BOARD_UART_BASE == 0x40004C00u || BOARD_UART_BASE == 0x40005000u ||                                 \
             BOARD_UART_BASE == 0x40007800u || BOARD_UART_BASE == 0x40007C00u                                                              \
         ? 8u                                                                                                                              \
         : 7u)
#endif

void uart_start(void) {
    enable_clock();
    USART_BRR = (UART_CLOCK_HZ + BOARD_BAUD / 2) / BOARD_BAUD;
    USART_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    pin_alternate(BOARD_PIN_TX, BOARD_UART_AF, false);
    pin_alternate(BOARD_PIN_RX, BOARD_UART_AF, true); /* an open line reads as idle */
    irq_enable(IRQ_BOARD_UART);
}

/* Called with interrupts off. */
void uart_send(void) { USART_CR1 |= USART_CR1_TXEIE; }

void IRQ_HANDLER(BOARD_UART)(void) {
    uint32_t status = USART_SR;
    if (status & (USART_SR_RXNE | USART_SR_ORE)) {
        uint8_t byte = (uint8_t)USART_RDR; /* F1, F4: clears the errors too; a damaged byte fails its frame's CRC */
        if (status & USART_SR_RXNE) line_received(byte);
#if L4
        USART_ICR = 0xFu;
#endif
    }
    if (status & USART_SR_TXE && USART_CR1 & USART_CR1_TXEIE) {
        int byte = line_next();
        if (byte >= 0)
            USART_TDR = (uint32_t)byte;
        else
            USART_CR1 &= ~USART_CR1_TXEIE;
    }
}
