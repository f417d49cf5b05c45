/* SPDX-License-Identifier: Apache-2.0 */
/* Between the DMAMUX and the two DMA controllers (edma.c of the K64, dma.c of the KL25), and the PIT that triggers. */
#ifndef VMRIG_EMU_KINETIS_DMA_H
#define VMRIG_EMU_KINETIS_DMA_H

#include "devices/kinetis/kinetis.h"

emu_device *kin_dma_engine(emu_machine *m);
void kin_dma_offer(emu_device *engine, unsigned channel);     /* the channel's request has come */
bool kin_dma_asked(const emu_device *mux, unsigned channel);  /* whether the channel's request is there */
void kin_dma_served(emu_device *mux, unsigned channel);       /* one request of it was served */
void kin_dma_trigger(const kin_device *d, unsigned channel);  /* from the PIT channel of that number */
bool kin_dma_triggers(const kin_device *d, unsigned channel); /* whether such a trigger would do something */

#endif
