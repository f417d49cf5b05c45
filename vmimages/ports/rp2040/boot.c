/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot ROM runs first: RP2040 Datasheet 2.8.1.3.1. It copies these 256 bytes to RAM, and starts them if the last word is the
 * CRC-32 of the others. They let the flash be read by command 03h, which every flash chip has; called, with a return address, they return.
 * A changed instruction needs another checksum: the boot ROM refuses the old one, and so does `vmrig flash`. */
#include "registers.h"

__attribute__((naked, used, section(".boot"))) void boot_stage(void) {
    __asm volatile("movs r0, #0x18\n"
                   "lsls r0, r0, #24\n" /* SSI */
                   "movs r1, #0\n"
                   "str r1, [r0, #0x08]\n" /* SSIENR: off, to be set */
                   "movs r2, #4\n"
                   "str r2, [r0, #0x14]\n" /* BAUDR: 31 MHz of 125 */
                   "ldr r2, 1f\n"
                   "str r2, [r0, #0x00]\n" /* CTRLR0 */
                   "str r1, [r0, #0x04]\n" /* CTRLR1: one frame of data */
                   "ldr r2, 2f\n"
                   "movs r3, #0xF4\n"
                   "str r2, [r0, r3]\n" /* SPI_CTRLR0 */
                   "movs r1, #1\n"
                   "str r1, [r0, #0x08]\n"
                   "mov r1, lr\n"
                   "cmp r1, #0\n"
                   "bne 4f\n"
                   "ldr r0, 3f\n"
                   "ldr r1, 5f\n"
                   "str r0, [r1]\n"
                   "ldmia r0!, {r1, r2}\n"
                   "msr msp, r1\n"
                   "bx r2\n"
                   "4: bx lr\n"
                   ".balign 4\n"
                   "1: .word 0x001F0300\n" /* TMOD: EEPROM read; DFS_32: 32 bits; SPI_FRF: one line */
                   "2: .word 0x03000218\n" /* XIP_CMD 03h; INST_L: 8 bits; ADDR_L: 24 bits */
                   "3: .word 0x10000100\n" /* the vector table */
                   "5: .word 0xE000ED08\n" /* VTOR */
                   ".org 252, 0\n"
                   ".word 0x3F01BD48\n");
}
