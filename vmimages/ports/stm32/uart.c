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
static void take_pins(void) { /* without remapping: the board's file names the pins that the USART has after a reset */
    unsigned tx = BOARD_PIN_TX % 32, rx = BOARD_PIN_RX % 32;
    GPIO(BOARD_PIN_RX / 32, GPIO_BSRR) = 1u << rx; /* pull-up: an open line reads as idle */
    volatile uint32_t *cr = &GPIO(BOARD_PIN_TX / 32, GPIO_CR(tx / 8));
    *cr = (*cr & ~(15u << 4 * (tx % 8))) | 0xAu << 4 * (tx % 8); /* alternate function, 2 MHz */
    cr = &GPIO(BOARD_PIN_RX / 32, GPIO_CR(rx / 8));
    *cr = (*cr & ~(15u << 4 * (rx % 8))) | 8u << 4 * (rx % 8);
}
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

static void take_pins(void) {
    pin_alternate(BOARD_PIN_TX, BOARD_UART_AF, false);
    pin_alternate(BOARD_PIN_RX, BOARD_UART_AF, true); /* an open line reads as idle */
}
#endif

void uart_start(void) {
    enable_clock();
    USART_BRR = (UART_CLOCK_HZ + BOARD_BAUD / 2) / BOARD_BAUD;
    USART_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    take_pins();
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
