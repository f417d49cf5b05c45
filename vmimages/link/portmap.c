/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap.h"

#include <string.h>

#include "le.h"
#include "verify.h"

port_state portmap_open(portmap *m, const uint8_t *data, uint32_t size) {
    *m = (portmap){0};
    uint32_t magic = le_get32(data);
    if (magic == UINT32_MAX) return PORT_ABSENT;
    if (magic != PORTMAP_MAGIC || le_get16(data + 4) != PORTMAP_VERSION) return PORT_DAMAGED;
    uint32_t total = le_get32(data + 8);
    if (total < PORTMAP_HEADER || total > size || total & 3) return PORT_DAMAGED;
    uint32_t crc = vm_crc32(vm_crc32(0, data, 12), data + PORTMAP_HEADER, total - PORTMAP_HEADER);
    if (crc != le_get32(data + 12)) return PORT_DAMAGED;
    portmap found = {0};
    uint32_t at = PORTMAP_HEADER;
    for (unsigned n = le_get16(data + 6); n; n--) {
        if (total - at < 8) return PORT_DAMAGED;
        uint16_t tag = le_get16(data + at);
        uint32_t length = le_get32(data + at + 4);
        at += 8;
        if (length > total - at) return PORT_DAMAGED;
        if (tag == PORTMAP_TARGET) {
            found.target = data + at;
            found.target_length = length;
        } else if (tag == PORTMAP_PINS) {
            found.pins = data + at;
            found.pins_length = length;
        } else if (tag == PORTMAP_KEY) {
            if (length != 32) return PORT_DAMAGED;
            found.key = data + at;
        }
        at += length;
        at = (at + 3) & ~3u;
    }
    *m = found;
    return PORT_WHOLE;
}

/* A chip's own name for a pin, as datasheets write it: P0.14. */
static int chip_pin(const char *name, size_t length) {
    if (length < 4 || length > 5 || name[0] != 'P' || name[2] != '.') return -1;
    int port = name[1] - '0', bit = 0;
    for (size_t i = 3; i < length; i++) {
        if (name[i] < '0' || name[i] > '9') return -1;
        bit = bit * 10 + name[i] - '0';
    }
    return port >= 0 && port <= 7 && bit < 32 ? port * 32 + bit : -1;
}

int portmap_pin(const portmap *m, const char *name, size_t length) {
    for (uint32_t at = 0; m->pins && m->pins_length - at >= 3;) {
        const uint8_t *entry = m->pins + at;
        uint32_t end = at + 3u + entry[2];
        if (end > m->pins_length) break;
        if (entry[2] == length && memcmp(entry + 3, name, length) == 0) return entry[0];
        at = end;
    }
    return chip_pin(name, length);
}
