/* SPDX-License-Identifier: Apache-2.0 */
/* The vmstore record: which VM this is, and for which board it was made. Written by the host beside the VM, little-endian, 80 bytes:
 *
 *   0 u32 magic "VMS1" | 4 u16 version 1 | 6 u16 size 80 | 8 vmuid[16] | 24 u8 uid length, 3 zeros | 28 uid[16], zero-padded
 *   44 SHA-256 of the VM image | 76 u32 crc32 of the 76 bytes before
 */
#ifndef LINK_VMSTORE_H
#define LINK_VMSTORE_H
#include "hal.h"

#define VMSTORE_MAGIC 0x31534D56u
#define VMSTORE_VERSION 1
#define VMSTORE_SIZE 80

typedef enum {
    VMSTORE_NONE = 0, /* the page is blank: a VM that was never virtualized */
    VMSTORE_OK = 1,
    VMSTORE_OTHER_BOARD = 2, /* a whole record, for a chip with another uid */
    VMSTORE_CORRUPT = 3,
    VMSTORE_OTHER_IMAGE = 4, /* a whole record for this board, and an image in flash that is not the one it names */
} vmstore_state;

#define VMSTORE_IMAGE 44 /* where the image's SHA-256 is in a record */

/* `record` is the flash where the record is. vmuid is zeros unless there is a whole record. */
vmstore_state vmstore_check(const uint8_t *record, const uint8_t *uid, size_t uid_length, uint8_t vmuid[16]);

#endif
