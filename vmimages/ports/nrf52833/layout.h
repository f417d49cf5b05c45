/* SPDX-License-Identifier: Apache-2.0 */
/* Flash of an nRF52833 with a VM: the same numbers as in the target's board.yaml (compared by a test). No two parts share a page. */
#ifndef NRF52833_LAYOUT_H
#define NRF52833_LAYOUT_H

#define LAYOUT_PAGE_SIZE 0x1000u
#define LAYOUT_VM 0x00000u
#define LAYOUT_VM_SIZE 0x30000u
#define LAYOUT_VMSTORE 0x30000u
#define LAYOUT_PORT 0x31000u
#define LAYOUT_PORT_SIZE 0x1000u
#define LAYOUT_JOURNAL 0x32000u
#define LAYOUT_SLOT_A 0x34000u
#define LAYOUT_SLOT_B 0x44000u
#define LAYOUT_SLOT_SIZE 0x10000u

#endif
