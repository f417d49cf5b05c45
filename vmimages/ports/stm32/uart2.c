/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line: one of the USARTs that is not the board's (RM0008 27, RM0090 30, RM0351 40). Which pins have which comes from
 * the chip's file. */
#include "board.h"
#include "profile.h"

#if VM_FEATURE_BUS && defined(CHIP_USART_PINS)

#include "line2.h"
#include "registers.h"

static const route routes[] = {CHIP_USART_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes, RX = 0, LINES = 2 }; /* RX, TX */

static uint32_t line_base;
#define LINE(offset) REG(line_base + (offset))
#if L4
#define LINE_CR1 LINE(0x00u)
#define LINE_CR2 LINE(0x04u)
#define LINE_BRR LINE(0x0Cu)
#define LINE_SR LINE(0x1Cu)
#define LINE_RDR LINE(0x24u)
#define LINE_TDR LINE(0x28u)
#else
#define LINE_SR LINE(0x00u)
#define LINE_RDR LINE(0x04u)
#define LINE_TDR LINE(0x04u)
#define LINE_BRR LINE(0x08u)
#define LINE_CR1 LINE(0x0Cu)
#define LINE_CR2 LINE(0x10u)
#endif
#define LINE_CR1_PARITY(odd) (1u << 12 | 1u << 10 | (uint32_t)(odd) << 9) /* M: nine bits; PCE, PS */
#define LINE_SR_TC (1u << 6)

static int line2_start(vm_hal *hal, const hal_uart *what) {
    const uint32_t pins[LINES] = {what->rx, what->tx};
    const route *found[LINES + 1];
    if (!routes_find(routes, ROUTES, pins, LINES, found)) return HAL_ENODEV;
    const route *r = found[LINES];
    uint32_t divisor = (route_hz(r) + what->baud / 2) / what->baud;
    if (divisor < 16 || divisor > 0xFFFF) return HAL_EINVAL;
    for (unsigned i = 0; i < LINES; i++) {
        if (!found[i]) continue;
        if (!hal_gpio_mode(hal, pins[i], HAL_GPIO_INPUT)) return HAL_EBUSY;
        pin_alternate(pins[i], found[i]->function, i == RX);
    }
    route_clock_on(r);
    line_base = r->base;
    LINE_CR1 = 0;
    LINE_BRR = divisor;
    LINE_CR2 = what->stop_bits == 2 ? 2u << 12 : 0;
    LINE_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE |
               (what->parity == HAL_PARITY_NONE ? 0 : LINE_CR1_PARITY(what->parity == HAL_PARITY_ODD));
    irq_enable(r->irq);
    return 0;
}

static void line2_stop(void) {
    while (line2.tx_put != line2.tx_taken || !(LINE_SR & LINE_SR_TC)) {}
    LINE_CR1 = 0;
}

static void line2_kick(void) { LINE_CR1 |= USART_CR1_TXEIE; }

static void serve(void) {
    uint32_t status = LINE_SR;
    if (status & (USART_SR_RXNE | USART_SR_ORE)) {
        uint8_t byte = (uint8_t)LINE_RDR;
        if (status & USART_SR_RXNE) line2_received(byte);
#if L4
        LINE(0x20) = 0xFu; /* ICR */
#endif
    }
    if (status & USART_SR_TXE && LINE_CR1 & USART_CR1_TXEIE) {
        int byte = line2_next();
        if (byte >= 0)
            LINE_TDR = (uint32_t)byte;
        else
            LINE_CR1 &= ~USART_CR1_TXEIE;
    }
}

#define HANDLER(irq)                                                                                                                       \
    void IRQ_NAME(irq)(void);                                                                                                              \
    void IRQ_NAME(irq)(void) { serve(); }
CHIP_USART_IRQS(HANDLER)

#endif
