/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line: UART0, 8N1, an interrupt for each byte - on the K64 with eight bytes of FIFO on the way in. */
#include "port_chip.h"
#include "registers.h"

#define UART_C2_ON (UART_C2_RE | UART_C2_TE | UART_C2_RIE)

static void set_baud(void) {
#ifdef CHIP_MKL25Z4
    uint32_t sbr = (CHIP_CLOCK_HZ / 16u + BOARD_BAUD / 2u) / BOARD_BAUD; /* clocked by half of the PLL, which is the core's clock */
    SIM_SOPT2 |= SIM_SOPT2_UART0SRC_PLL;
    UART_C4 = 15; /* 16 samples a bit */
#else
    uint32_t fine = (CHIP_CLOCK_HZ * 2u + BOARD_BAUD / 2u) / BOARD_BAUD, sbr = fine / 32u; /* UART0 has the core's clock */
    UART_C4 = fine % 32u;
#endif
    UART_BDH = (uint8_t)(sbr >> 8);
    UART_BDL = (uint8_t)sbr;
}

void uart_start(void) {
    SIM_SCGC4 |= SIM_SCGC4_UART(BOARD_UART);
    UART_C2 = 0;
    set_baud();
#ifndef CHIP_MKL25Z4
    UART_PFIFO |= UART_PFIFO_FIFOS;
    UART_CFIFO = UART_CFIFO_FLUSH;
    UART_RWFIFO = 1;
#endif
    PORT_PCR(BOARD_PIN_TX) = PORT_PCR_MUX(UART_MUX);
    PORT_PCR(BOARD_PIN_RX) = PORT_PCR_MUX(UART_MUX) | PORT_PCR_PE | PORT_PCR_PS; /* an open line reads as idle */
    UART_C2 = UART_C2_ON;
    irq_enable(IRQ_BOARD_UART);
}

void uart_send(void) { UART_C2 = UART_C2_ON | UART_C2_TIE; }

void IRQ_HANDLER(BOARD_UART)(void) {
    uint8_t status = UART_S1;
    while (status & UART_S1_RDRF) {
        line_received(UART_D);
        status = UART_S1;
    }
    if (status & UART_S1_ERRORS) { /* an overrun stops reception until it is cleared; the damaged byte fails its frame's CRC */
#ifdef CHIP_MKL25Z4
        UART_S1 = UART_S1_ERRORS;
#else
        (void)UART_D; /* after S1, with nothing there: clears, and leaves the FIFO's pointers astray */
        UART_CFIFO = UART_CFIFO_FLUSH & 0x40u;
        UART_SFIFO = 0x07;
#endif
    }
    while (UART_C2 & UART_C2_TIE && UART_S1 & UART_S1_TDRE) {
        int byte = line_next();
        if (byte < 0)
            UART_C2 = UART_C2_ON;
        else
            UART_D = (uint8_t)byte;
    }
}
