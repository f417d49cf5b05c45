/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line: one of the UARTs that is not the board's (K64 RM 52, KL25 RM 40), on the pins that it has. */
#include "board.h"
#include "profile.h"

#if VM_FEATURE_BUS && defined(CHIP_UART_PINS)

#include "line2.h"
#include "registers.h"

static const route routes[] = {CHIP_UART_PINS(ROUTE)};
enum { ROUTES = sizeof routes / sizeof *routes, TX = 0, RX = 1, LINES = 2 };

static uint32_t line_base;
#define LINE(offset) REG8(line_base + (offset))
#define LINE_BDH LINE(0x0u)
#define LINE_BDH_SBNS (1u << 5) /* two stop bits */
#define LINE_BDL LINE(0x1u)
#define LINE_C1 LINE(0x2u)
#define LINE_C1_PARITY(odd) (1u << 4 | 1u << 1 | (uint32_t)(odd)) /* M: nine bits; PE, PT */
#define LINE_C2 LINE(0x3u)
#define LINE_C2_ON (UART_C2_RE | UART_C2_TE | UART_C2_RIE)
#define LINE_S1 LINE(0x4u)
#define LINE_S1_TC (1u << 6)
#define LINE_D LINE(0x7u)
#define LINE_C4 LINE(0xAu)

static int line2_start(vm_hal *hal, const hal_uart *what) {
    const uint32_t pins[LINES] = {what->tx, what->rx};
    const route *found[LINES + 1];
    if (!routes_find(routes, ROUTES, pins, LINES, found)) return HAL_ENODEV;
    const route *r = found[LINES];
#ifdef CHIP_MKL25Z4
    uint32_t fine = (BUS_HZ / 16u + what->baud / 2u) / what->baud * 32u;
#else
    uint32_t clock = r->base == UART1_BASE ? CHIP_CLOCK_HZ : BUS_HZ, fine = (clock * 2u + what->baud / 2u) / what->baud; /* 32nds */
#endif
    if (fine < 32 || fine > 0x1FFF * 32) return HAL_EINVAL;
    for (unsigned i = 0; i < LINES; i++) {
        if (!found[i]) continue;
        if (!hal_gpio_mode(hal, pins[i], i == RX ? HAL_GPIO_PULLUP : HAL_GPIO_INPUT)) return HAL_EBUSY;
        PORT_PCR(pins[i]) = PORT_PCR_MUX(found[i]->function) | (i == RX ? PORT_PCR_PE | PORT_PCR_PS : 0);
    }
    route_clock_on(r);
    line_base = r->base;
    LINE_C2 = 0;
    LINE_BDH = (uint8_t)(fine / 32u >> 8 | (what->stop_bits == 2 ? LINE_BDH_SBNS : 0));
    LINE_BDL = (uint8_t)(fine / 32u);
#ifndef CHIP_MKL25Z4
    LINE_C4 = fine % 32u;
#endif
    LINE_C1 = (uint8_t)(what->parity == HAL_PARITY_NONE ? 0 : LINE_C1_PARITY(what->parity == HAL_PARITY_ODD));
    LINE_C2 = LINE_C2_ON;
    irq_enable(r->irq);
    return 0;
}

static void line2_stop(void) {
    while (line2.tx_put != line2.tx_taken || !(LINE_S1 & LINE_S1_TC)) {}
    LINE_C2 = 0;
}

static void line2_kick(void) { LINE_C2 = LINE_C2_ON | UART_C2_TIE; }

static void serve(void) {
    uint8_t status = LINE_S1;
    if (status & (UART_S1_RDRF | UART_S1_ERRORS)) { /* reading S1, then D, clears both */
        uint8_t byte = LINE_D;
        if (status & UART_S1_RDRF) line2_received(byte);
    }
    if (LINE_C2 & UART_C2_TIE && status & UART_S1_TDRE) {
        int byte = line2_next();
        if (byte < 0)
            LINE_C2 = LINE_C2_ON;
        else
            LINE_D = (uint8_t)byte;
    }
}

#define HANDLER(irq)                                                                                                                       \
    void IRQ_NAME(irq)(void);                                                                                                              \
    void IRQ_NAME(irq)(void) { serve(); }
CHIP_UART_IRQS(HANDLER)

#endif
