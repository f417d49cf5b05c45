/* SPDX-License-Identifier: Apache-2.0 */
/* Edges of pins (K64 and KL25 RM, "Port Control and Interrupts"): those of the ports that have an interrupt, on the KL25 A and D. */
#include "port_chip.h"
#include "registers.h"

static int irq_of(unsigned port) {
    static const int16_t irqs[] = {
#ifdef IRQ_PORTA
        [0] = IRQ_PORTA + 1,
#endif
#ifdef IRQ_PORTB
        [1] = IRQ_PORTB + 1,
#endif
#ifdef IRQ_PORTC
        [2] = IRQ_PORTC + 1,
#endif
#ifdef IRQ_PORTD
        [3] = IRQ_PORTD + 1,
#endif
#ifdef IRQ_PORTE
        [4] = IRQ_PORTE + 1,
#endif
    };
    return port < sizeof irqs / sizeof *irqs ? irqs[port] - 1 : -1;
}

int hal_gpio_edge(vm_hal *hal, unsigned pin, unsigned edges) {
    static const uint8_t irqc[] = {[HAL_EDGE_OFF] = 0, [HAL_EDGE_RISING] = 9, [HAL_EDGE_FALLING] = 10, [HAL_EDGE_BOTH] = 11};
    int irq = irq_of(pin / 32);
    (void)hal;
    if (irq < 0) return HAL_ENODEV;
    PORT_PCR(pin) = (PORT_PCR(pin) & ~PORT_PCR_IRQC_MASK) | PORT_PCR_ISF | PORT_PCR_IRQC(irqc[edges]);
    irq_enable((unsigned)irq);
    return 0;
}

/* Where both edges are watched the level tells which it was. */
static void take(unsigned port) {
    uint32_t told = PORT_ISFR(port);
    PORT_ISFR(port) = told;
    for (unsigned pin = port * 32; told; pin++, told >>= 1) {
        unsigned how = PORT_PCR(pin) >> 16 & 15u;
        bool rose = how == 11 ? hal_gpio_read(NULL, pin) > 0 : how == 9;
        if (told & 1u) event_post((rose ? HAL_EVENT_RISING : HAL_EVENT_FALLING) | pin);
    }
}

#ifdef IRQ_PORTA
void IRQ_HANDLER(PORTA)(void) { take(0); }
#endif
#ifdef IRQ_PORTB
void IRQ_HANDLER(PORTB)(void) { take(1); }
#endif
#ifdef IRQ_PORTC
void IRQ_HANDLER(PORTC)(void) { take(2); }
#endif
#ifdef IRQ_PORTD
void IRQ_HANDLER(PORTD)(void) { take(3); }
#endif
#ifdef IRQ_PORTE
void IRQ_HANDLER(PORTE)(void) { take(4); }
#endif
