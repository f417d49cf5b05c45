/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line: the second UARTE of those nRF52s that have one. EasyDMA of a byte at a time, an interrupt for each. */
#include "board.h"

#if defined(UARTE1_BASE) && BOARD_UART == 0
#include "line2.h"
#include "registers.h"

#define LINE(offset) REG(UARTE1_BASE + (offset))

static struct {
    uint8_t in, out;
    volatile bool sending;
} bytes;

static void send_next(void) {
    int byte = line2_next();
    bytes.sending = byte >= 0;
    if (byte < 0) return;
    bytes.out = (uint8_t)byte;
    LINE(0x008) = 1; /* TASKS_STARTTX */
}

static int line2_start(vm_hal *hal, const hal_uart *what) {
    if (what->parity == HAL_PARITY_ODD) return HAL_EINVAL; /* PS 6.34: even or none */
    if (what->tx != HAL_NO_PIN) {
        hal_gpio_write(hal, what->tx, true); /* idle level before the pin is an output */
        if (!hal_gpio_mode(hal, what->tx, HAL_GPIO_OUTPUT)) return HAL_EBUSY;
    }
    if (what->rx != HAL_NO_PIN && !hal_gpio_mode(hal, what->rx, HAL_GPIO_PULLUP)) return HAL_EBUSY;
    LINE(0x50C) = what->tx == HAL_NO_PIN ? 0xFFFFFFFFu : what->tx; /* PSEL.TXD */
    LINE(0x514) = what->rx == HAL_NO_PIN ? 0xFFFFFFFFu : what->rx; /* PSEL.RXD */
    LINE(0x508) = LINE(0x510) = 0xFFFFFFFFu;                       /* PSEL.RTS, PSEL.CTS */
    LINE(0x524) = what->baud / 100u * 26844u;                      /* BAUDRATE: baud * 2^32 / 16 MHz, less than 0.01 % off */
    LINE(0x56C) = (what->parity == HAL_PARITY_EVEN ? 7u << 1 : 0u) | (what->stop_bits - 1) << 4; /* CONFIG */
    LINE(0x500) = UARTE_ENABLE_UARTE;
    LINE(0x534) = (uint32_t)(uintptr_t)&bytes.in;
    LINE(0x544) = (uint32_t)(uintptr_t)&bytes.out;
    LINE(0x538) = LINE(0x548) = 1; /* MAXCNT */
    LINE(0x110) = LINE(0x120) = 0; /* EVENTS_ENDRX, EVENTS_ENDTX */
    LINE(0x200) = UARTE_SHORTS_ENDRX_STARTRX;
    LINE(0x304) = 1u << 4 | UARTE_INT_ENDTX; /* INTENSET: ENDRX, ENDTX */
    bytes.sending = false;
    irq_enable(IRQ_UARTE1);
    if (what->rx != HAL_NO_PIN) LINE(0x000) = 1; /* TASKS_STARTRX */
    return 0;
}

static void line2_stop(void) {
    while (bytes.sending) {} /* what was taken still goes out */
    LINE(0x200) = 0;
    LINE(0x004) = 1; /* TASKS_STOPRX */
    LINE(0x500) = 0;
}

static void line2_kick(void) {
    if (!bytes.sending) send_next();
}

void IRQ_HANDLER(UARTE1)(void) {
    if (LINE(0x110)) {
        LINE(0x110) = 0;
        line2_received(bytes.in);
    }
    if (LINE(0x120)) {
        LINE(0x120) = 0;
        send_next();
    }
    (void)LINE(0x110); /* the writes above have arrived before the interrupt returns, else it would come again */
}

#endif
