/* SPDX-License-Identifier: Apache-2.0 */
/* Values that outlive power: a log of records over the erase sectors of hal_flash_room, written round and round, so that all wear alike.
 * There is no state but the flash. Power may go in the middle of any write or erase: then the value being written is the old one or the new
 * one, and all others are as they were.
 *
 *   sector   u32 magic | u32 sequence | u32 crc32 of these 8 bytes | u32 0 | records
 *   record   u8 key length | u8 type | u16 value length | u32 crc32 of the 4 bytes before, key and value | key | value | zeros to 8 bytes
 *
 * Sectors follow each other in a ring; valid ones are neighbours, and the one behind the newest is kept free. A record's first 8 bytes are
 * written last, so a log ends where they are blank; it takes another record only while everything behind is blank, too. When the free
 * sector is taken into use, the living records of the oldest go into it before anything else, and then the oldest is free. So when none is
 * free, that was cut short, and the newest holds nothing but copies. */
#ifndef VM_LIB_STORE_H
#define VM_LIB_STORE_H
#include "hal.h"

enum { STORE_KEY_MAX = 64, STORE_DELETED = 0xFE /* a type; all others but 0xFF are the caller's */ };

typedef struct {
    vm_hal *hal;
    hal_room room;
} store;

typedef struct {
    const uint8_t *key, *value; /* in flash */
    uint32_t address;
    uint16_t value_length;
    uint8_t key_length, type;
} store_record;

/* Where a walk over the records is; zeros: at the first. */
typedef struct {
    uint32_t sector; /* one more than its number in the ring; from the oldest on */
    uint32_t left;   /* sectors still to come, this one included */
    uint32_t offset;
} store_cursor;

bool store_open(store *s, vm_hal *hal); /* false: the board has no room */
bool store_find(const store *s, const uint8_t *key, uint32_t length, store_record *out);
bool store_next(const store *s, store_cursor *c, store_record *out); /* each that store_find would find, once */
/* 0, HAL_ENOSPC or HAL_EIO: the flash failed. Type STORE_DELETED: the key is gone. */
int store_put(const store *s, const uint8_t *key, uint32_t key_length, unsigned type, const void *value, uint32_t length);
int store_clear(const store *s);

#endif
