/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_EMU_RP_BOOTROM_H
#define VMRIG_EMU_RP_BOOTROM_H

#include "devices/rp2040/rp.h"

enum { RP_FLOAT_FUNCTIONS = 32 }; /* entries of each of the tables SF and SD */

/* Entry `index` of the table of single (SF) or double precision (SD) functions: arguments and results in r[0..3]. Returns 0, or for the
 * entry that sets flags 1 + the outcome of the comparison: 1 less, 2 equal, 3 greater. */
unsigned rp_rom_float(uint32_t *r, unsigned index, bool is_double);
enum { RP_FLOAT_COMPARE_FLAGS = 5 }; /* the entry that answers in the flags */

#endif
