/* SPDX-License-Identifier: Apache-2.0 */
/* Which pins of F4 and L4 have which of the chip's controllers: rows of the chip's file. */
#include "port_chip.h"
#include "registers.h"

#if !F1

bool routes_find(const route *rows, unsigned count, const uint32_t *pins, unsigned lines, const route **found) {
    for (unsigned first = 0; first < count; first++) {
        unsigned line = 0;
        for (; line < lines; line++) {
            found[line] = NULL;
            for (unsigned i = 0; i < count && pins[line] != HAL_NO_PIN && !found[line]; i++)
                if (rows[i].base == rows[first].base && rows[i].signal == line && rows[i].pin == pins[line]) found[line] = &rows[i];
            if (pins[line] != HAL_NO_PIN && !found[line]) break;
        }
        if (line < lines) continue;
        RCC(rows[first].gate >> 8) |= 1u << (rows[first].gate & 31u);
        (void)RCC(rows[first].gate >> 8); /* the clock is there two cycles after the write */
        found[lines] = &rows[first];
        return true;
    }
    return false;
}

/* APB1 runs at a quarter of the F4's clock and APB2 at half of it. */
uint32_t route_hz(const route *row) { return L4 ? CLOCK_HZ : row->gate >> 8 == 0x40 ? CLOCK_HZ / 4 : CLOCK_HZ / 2; }

#endif
