/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VMRIG_EMU_RP_SIO_H
#define VMRIG_EMU_RP_SIO_H

#include "devices/rp2040/rp.h"

typedef struct {
    uint32_t accum[2], base[3], ctrl[2];
} rp_interp;

/* offset: from the interpolator's ACCUM0. */
uint32_t rp_interp_read(rp_interp *p, unsigned number, uint32_t offset);
void rp_interp_write(rp_interp *p, unsigned number, uint32_t offset, uint32_t value);

#endif
