/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

bool routes_find(const route *rows, unsigned count, const uint32_t *pins, unsigned lines, const route **found) {
    for (unsigned first = 0; first < count; first++) {
        unsigned line = 0;
        for (; line < lines; line++) {
            found[line] = NULL;
            for (unsigned i = 0; i < count && pins[line] != HAL_NO_PIN && !found[line]; i++)
                if (rows[i].base == rows[first].base && rows[i].signal == line && rows[i].pin == pins[line]) found[line] = &rows[i];
            if (pins[line] != HAL_NO_PIN && !found[line]) break;
        }
        found[lines] = &rows[first];
        if (line == lines) return true;
    }
    return false;
}
