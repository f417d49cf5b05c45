/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_H
#define FAULT_H
#include <stdint.h>

/* From a core's fault handler: writes down the registers, LINK_FAULT_REGISTERS of them, and resets. `set`: LINK_FAULT_SET_. */
_Noreturn void fault_keep(uint32_t set, const uint32_t *registers);

#endif
