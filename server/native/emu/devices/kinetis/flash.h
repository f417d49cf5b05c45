/* SPDX-License-Identifier: Apache-2.0 */
/* What the MDM-AP sees of the flash controller. */
#ifndef VMRIG_EMU_KINETIS_FLASH_H
#define VMRIG_EMU_KINETIS_FLASH_H

#include "device.h"

typedef struct emu_device kin_flash;

kin_flash *kin_flash_find(emu_machine *m);
bool kin_flash_ready(const kin_flash *f);              /* no command is under way */
bool kin_flash_secure(const kin_flash *f);             /* FSEC.SEC */
bool kin_flash_mass_erase_enabled(const kin_flash *f); /* FSEC.MEEN */
bool kin_flash_mass_erasing(const kin_flash *f);       /* FCNFG.ERSAREQ */
bool kin_flash_mass_erase(kin_flash *f);               /* of the whole flash, which leaves the chip open. false: refused */
void kin_flash_mass_erase_finish(kin_flash *f);

#endif
