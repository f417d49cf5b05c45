/* SPDX-License-Identifier: Apache-2.0 */
/* How a chip's flash is cut up: what is programmed at once, what is erased at once. */
#ifndef LINK_GEOMETRY_H
#define LINK_GEOMETRY_H
#include <stdint.h>

#define GEOMETRY_WRITE_UNIT_MAX 8 /* a controller with larger units takes the rest of one as blank */

/* Neighbouring erase units of one size; a size is a power of two, and every run begins at a multiple of its own. */
typedef struct {
    uint32_t count, size;
} erase_run;

/* A unit that is programmed is blank before, or it is programmed to all zeros: all that chips with error correction take. */
typedef struct {
    uint32_t base; /* address of the first run's first byte */
    uint32_t write_unit;
    uint32_t run_count;
    const erase_run *runs;
} flash_geometry;

/* Size of the erase unit that the address lies in; 0: none. */
uint32_t geometry_erase_unit(const flash_geometry *g, uint32_t address);

#endif
