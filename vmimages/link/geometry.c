/* SPDX-License-Identifier: Apache-2.0 */
#include "geometry.h"

uint32_t geometry_erase_unit(const flash_geometry *g, uint32_t address) {
    uint32_t at = address - g->base;
    for (uint32_t i = 0; i < g->run_count; i++) {
        uint32_t size = g->runs[i].count * g->runs[i].size;
        if (at < size) return g->runs[i].size;
        at -= size;
    }
    return 0;
}
