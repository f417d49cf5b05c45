/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line on F4 and L4: one of the USARTs that is not the board's (RM0090 30, RM0351 40). Which pins have which comes
 * from the chip's file. */
#include "board.h"

#ifdef CHIP_USART_PINS

#include "line2.h"
#include "registers.h"

typedef struct {
    uint32_t base;
    uint16_t gate; /* offset of the enable register << 8 | bit */
    uint8_t irq, tx, af, pin;
} route;

#define ROUTE(base, gate, irq, tx, pin, af) {base, gate, irq, tx, af, pin},
static const route routes[] = {CHIP_USART_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes };

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

static const route *find(uint32_t pin, bool tx, uint32_t base) {
    for (unsigned i = 0; i < ROUTES; i++)
        if (routes[i].pin == pin && routes[i].tx == tx && (!base || routes[i].base == base)) return &routes[i];
    return NULL;
}

/* Of a USART that has all of the pins that are wanted. */
static const route *choose(const hal_uart *what, const route **rx) {
    for (unsigned i = 0; i < ROUTES; i++) {
        const route *tx = &routes[i];
        if (what->tx != HAL_NO_PIN && (!tx->tx || tx->pin != what->tx)) continue;
        *rx = what->rx == HAL_NO_PIN ? NULL : find(what->rx, false, tx->base);
        if (what->rx == HAL_NO_PIN || *rx) return tx;
    }
    return NULL;
}

static bool take(vm_hal *hal, uint32_t pin, const route *r) {
    if (pin == HAL_NO_PIN) return true;
    if (!hal_gpio_mode(hal, pin, HAL_GPIO_INPUT)) return false;
    pin_alternate(pin, r->af, !r->tx);
    return true;
}

static int line2_start(vm_hal *hal, const hal_uart *what) {
    const route *rx, *r = choose(what, &rx);
    if (!r) return HAL_ENODEV;
    uint32_t clock = L4 ? CLOCK_HZ : r->gate >> 8 == 0x40 ? CLOCK_HZ / 4 : CLOCK_HZ / 2, divisor = (clock + what->baud / 2) / what->baud;
    if (divisor < 16 || divisor > 0xFFFF) return HAL_EINVAL;
    if (!take(hal, what->tx, r) || !take(hal, what->rx, rx)) return HAL_EBUSY;
    RCC(r->gate >> 8) |= 1u << (r->gate & 31u);
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
