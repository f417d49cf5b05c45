/* SPDX-License-Identifier: Apache-2.0 */
/* A program that keeps asking a device: 64 reads of the UART's status a round. Each read counts, so that no turn can be skipped. */
#include "start.h"

#define UART_STATE (*(volatile uint32_t *)0x40004004u)

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++)
        for (uint32_t i = 0; i < 64; i++) sum = (sum << 1 | sum >> 31) + (UART_STATE & 1) + 1;
    return sum;
}
