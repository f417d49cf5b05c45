/* SPDX-License-Identifier: Apache-2.0 */
#include "vmstore.h"

#include <string.h>

#include "le.h"
#include "verify.h"

vmstore_state vmstore_check(const uint8_t *record, const uint8_t *uid, size_t uid_length, uint8_t vmuid[16]) {
    memset(vmuid, 0, 16);
    bool blank = true;
    for (unsigned i = 0; i < VMSTORE_SIZE; i++) blank = blank && record[i] == 0xFF;
    if (blank) return VMSTORE_NONE;
    if (le_get32(record) != VMSTORE_MAGIC || le_get16(record + 4) != VMSTORE_VERSION || le_get16(record + 6) != VMSTORE_SIZE ||
        le_get32(record + VMSTORE_SIZE - 4) != vm_crc32(0, record, VMSTORE_SIZE - 4) || record[24] > 16)
        return VMSTORE_CORRUPT;
    memcpy(vmuid, record + 8, 16);
    bool same = record[24] == uid_length && memcmp(record + 28, uid, uid_length) == 0;
    return same ? VMSTORE_OK : VMSTORE_OTHER_BOARD;
}
