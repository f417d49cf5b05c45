/* SPDX-License-Identifier: Apache-2.0 */
/* The program's serial line: the second UARTE of those nRF52s that have one. EasyDMA of a byte at a time, an interrupt for each. */
#include "port_chip.h"
#include "registers.h"

#if defined(UARTE1_BASE) && BOARD_UART == 0

#define LINE(offset) REG(UARTE1_BASE + (offset))
enum { ROOM = 128 }; /* power of two */

static struct {
    uint8_t rx[ROOM], tx[ROOM], byte_in, byte_out;
    volatile uint8_t rx_put, rx_taken, tx_put, tx_taken;
    volatile bool open, sending;
} line;

static void send_next(void) {
    line.sending = line.tx_put != line.tx_taken;
    if (!line.sending) return;
    line.byte_out = line.tx[line.tx_taken++ % ROOM];
    LINE(0x008) = 1; /* TASKS_STARTTX */
}

int hal_uart_open(vm_hal *hal, const hal_uart *what) {
    if (line.open) return HAL_EBUSY;
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
    LINE(0x534) = (uint32_t)(uintptr_t)&line.byte_in;
    LINE(0x544) = (uint32_t)(uintptr_t)&line.byte_out;
    LINE(0x538) = LINE(0x548) = 1; /* MAXCNT */
    LINE(0x110) = LINE(0x120) = 0; /* EVENTS_ENDRX, EVENTS_ENDTX */
    LINE(0x200) = UARTE_SHORTS_ENDRX_STARTRX;
    LINE(0x304) = 1u << 4 | UARTE_INT_ENDTX; /* INTENSET: ENDRX, ENDTX */
    line.rx_put = line.rx_taken = line.tx_put = line.tx_taken = 0;
    line.sending = false;
    line.open = true;
    irq_enable(IRQ_UARTE1);
    if (what->rx != HAL_NO_PIN) LINE(0x000) = 1; /* TASKS_STARTRX */
    return 0;
}

void hal_uart_close(vm_hal *hal, unsigned uart) {
    (void)hal, (void)uart;
    while (line.sending) {} /* what was taken still goes out */
    LINE(0x200) = 0;
    LINE(0x004) = 1; /* TASKS_STOPRX */
    LINE(0x500) = 0;
    line.open = false;
}

size_t hal_uart_read(vm_hal *hal, unsigned uart, uint8_t *out, size_t max) {
    (void)hal, (void)uart;
    size_t waiting = (uint8_t)(line.rx_put - line.rx_taken), n = 0;
    if (!max) return waiting;
    for (; n < max && n < waiting; n++) out[n] = line.rx[line.rx_taken++ % ROOM];
    return n;
}

size_t hal_uart_write(vm_hal *hal, unsigned uart, const uint8_t *data, size_t length) {
    (void)hal, (void)uart;
    size_t n = 0;
    if (!length) return ROOM - (uint8_t)(line.tx_put - line.tx_taken);
    for (; n < length && (uint8_t)(line.tx_put - line.tx_taken) < ROOM; n++) line.tx[line.tx_put++ % ROOM] = data[n];
    uint32_t before = interrupts_off();
    if (!line.sending) send_next();
    interrupts_restore(before);
    return n;
}

void IRQ_HANDLER(UARTE1)(void) {
    if (LINE(0x110)) {
        LINE(0x110) = 0;
        line_woke();
        if ((uint8_t)(line.rx_put - line.rx_taken) < ROOM) line.rx[line.rx_put++ % ROOM] = line.byte_in;
    }
    if (LINE(0x120)) {
        LINE(0x120) = 0;
        line_woke();
        send_next();
    }
    (void)LINE(0x110);
}

#endif
