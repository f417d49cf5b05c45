/* SPDX-License-Identifier: Apache-2.0 */
/* Edges of pins, by EXTI (RM0008 10, RM0090 12, RM0351 14): one line for each bit, which one port at a time can have. */
#include "port_chip.h"
#include "registers.h"

#define EXTI_IMR REG(EXTI_BASE + 0x00u)
#define EXTI_RTSR REG(EXTI_BASE + 0x08u)
#define EXTI_FTSR REG(EXTI_BASE + 0x0Cu)
#define EXTI_PR REG(EXTI_BASE + 0x14u)
#if F1
#define EXTICR(bit) REG(AFIO_BASE + 0x08u + ((bit) & ~3u))
#else
#define EXTICR(bit) REG(SYSCFG_BASE + 0x08u + ((bit) & ~3u))
#define RCC_APB2ENR_SYSCFG (F4 ? 1u << 14 : 1u << 0)
#endif
enum { LINES = 16 };

static uint32_t port_of(unsigned bit) { return EXTICR(bit) >> 4 * (bit % 4) & 15u; }

int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    unsigned bit = pin % 32, port = pin / 32, shift = 4 * (bit % 4);
    uint32_t mask = 1u << bit;
    if (hal_gpio_read(hal, pin) < 0) return HAL_ENODEV;
#if !F1
    RCC_APB2ENR |= RCC_APB2ENR_SYSCFG;
#endif
    if (EXTI_IMR & mask && port_of(bit) != port) return edges ? HAL_EBUSY : 0;
    EXTI_IMR &= ~mask;
    EXTICR(bit) = (EXTICR(bit) & ~(15u << shift)) | port << shift;
    EXTI_RTSR = (EXTI_RTSR & ~mask) | (edges & HAL_EDGE_RISING ? mask : 0);
    EXTI_FTSR = (EXTI_FTSR & ~mask) | (edges & HAL_EDGE_FALLING ? mask : 0);
    EXTI_PR = mask;
    if (edges) EXTI_IMR |= mask;
    irq_enable(bit < 5 ? 6 + bit : bit < 10 ? 23 : 40);
    return 0;
}

/* Where both edges are watched the level tells which it was. */
static void take(void) {
    uint32_t told = EXTI_PR & EXTI_IMR & ((1u << LINES) - 1);
    EXTI_PR = told;
    for (unsigned bit = 0; told >> bit; bit++) {
        unsigned pin = port_of(bit) * 32 + bit;
        bool both = EXTI_RTSR & EXTI_FTSR & 1u << bit, rose = both ? hal_gpio_read(NULL, pin) > 0 : EXTI_RTSR >> bit & 1u;
        if (told >> bit & 1u) event_post((rose ? HAL_EVENT_RISING : HAL_EVENT_FALLING) | pin);
    }
}

#define HANDLER(irq)                                                                                                                       \
    void IRQ_NAME(irq)(void);                                                                                                              \
    void IRQ_NAME(irq)(void) { take(); }
HANDLER(6)
HANDLER(7)
HANDLER(8)
HANDLER(9)
HANDLER(10)
HANDLER(23)
HANDLER(40)
