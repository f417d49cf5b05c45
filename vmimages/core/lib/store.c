/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"
#include "features.h"
#include "verify.h"
#include <string.h>

#if VM_FEATURE_STORE

#define MAGIC 0x31534B56u /* "VKS1" */
enum { SECTOR_HEADER = 16, RECORD_HEADER = 8, UNIT = 8 };

typedef struct {
    uint32_t magic, sequence, crc, zero;
} sector_header;

typedef struct {
    uint8_t key_length, type;
    uint16_t value_length;
    uint32_t crc;
} record_header;

static uint32_t address_of(const store *s, uint32_t sector) { return s->room.address + sector % s->room.sectors * s->room.sector; }
static const uint8_t *flash(const store *s, uint32_t address) { return hal_flash(s->hal, address); }

static bool blank(const store *s, uint32_t address, uint32_t end) {
    for (; address < end; address++)
        if (*flash(s, address) != 0xFF) return false;
    return true;
}

/* The sector's number in the row; 0: it is free. */
static uint32_t sequence_of(const store *s, uint32_t sector) {
    sector_header h;
    memcpy(&h, flash(s, address_of(s, sector)), sizeof h);
    return h.magic == MAGIC && h.crc == vm_crc32(0, &h, 8) ? h.sequence : 0;
}

/* The newest sector, and its number in the row; 0: none has been written yet. */
static uint32_t newest(const store *s, uint32_t *sequence) {
    uint32_t found = 0;
    *sequence = 0;
    for (uint32_t i = 0; i < s->room.sectors; i++) {
        uint32_t n = sequence_of(s, i);
        if (n > *sequence) {
            *sequence = n;
            found = i;
        }
    }
    return found;
}

static uint32_t record_size(const record_header *h) { return (RECORD_HEADER + h->key_length + h->value_length + UNIT - 1u) & ~(UNIT - 1u); }

/* The record at the address; 0: there is none, the log of this sector ends. Else its size. */
static uint32_t record_at(const store *s, uint32_t address, uint32_t end, record_header *h) {
    if (end - address < RECORD_HEADER) return 0;
    memcpy(h, flash(s, address), sizeof *h);
    uint32_t size = record_size(h);
    return h->key_length > STORE_KEY_MAX || size > end - address ? 0 : size;
}

static bool whole(const store *s, uint32_t address) {
    record_header h;
    const uint8_t *at = flash(s, address);
    memcpy(&h, at, sizeof h);
    return vm_crc32(vm_crc32(0, &h, 4), at + RECORD_HEADER, (size_t)h.key_length + h.value_length) == h.crc;
}

/* The next record, in the order of writing; the last one of the newest sector may be half written. */
static bool walk(const store *s, store_cursor *c, store_record *out) {
    if (!c->sector) {
        uint32_t sequence;
        c->sector = newest(s, &sequence) + 2;
        c->left = s->room.sectors;
    }
    for (; c->left; c->sector++, c->left--, c->offset = 0) {
        uint32_t start = address_of(s, c->sector - 1);
        record_header h;
        if (!c->offset) {
            if (!sequence_of(s, c->sector - 1)) continue;
            c->offset = SECTOR_HEADER;
        }
        uint32_t address = start + c->offset, size = record_at(s, address, start + s->room.sector, &h);
        if (!size) continue;
        c->offset += size;
        const uint8_t *key = flash(s, address) + RECORD_HEADER;
        *out = (store_record){key, key + h.key_length, address, h.value_length, h.key_length, h.type};
        return true;
    }
    return false;
}

/* Deleted ones too. */
static bool latest(const store *s, const uint8_t *key, uint32_t length, store_record *out) {
    store_cursor c = {0};
    store_record r;
    bool found = false;
    while (walk(s, &c, &r)) {
        if (r.key_length != length || memcmp(r.key, key, length) != 0 || !whole(s, r.address)) continue;
        *out = r;
        found = true;
    }
    return found;
}

bool store_open(store *s, vm_hal *hal) {
    s->hal = hal;
    return hal_flash_room(hal, &s->room);
}

bool store_find(const store *s, const uint8_t *key, uint32_t length, store_record *out) {
    return latest(s, key, length, out) && out->type != STORE_DELETED;
}

static bool alive(const store *s, const store_record *r) {
    store_record found;
    return r->type != STORE_DELETED && latest(s, r->key, r->key_length, &found) && found.address == r->address;
}

bool store_next(const store *s, store_cursor *c, store_record *out) {
    while (walk(s, c, out))
        if (alive(s, out)) return true;
    return false;
}

/* Where the sector's next record goes; 0: it takes none of that size. */
static uint32_t place_in(const store *s, uint32_t sector, uint32_t wanted) {
    uint32_t at = address_of(s, sector), end = at + s->room.sector, size;
    record_header h;
    for (at += SECTOR_HEADER; (size = record_at(s, at, end, &h)); at += size)
        if (!whole(s, at)) return 0;
    return wanted <= end - at && blank(s, at, end) ? at : 0;
}

/* Key and value behind each other, then the 8 bytes that make them a record. */
static bool write_record(const store *s, uint32_t at, const record_header *h, const uint8_t *key, const uint8_t *value) {
    uint32_t length = (uint32_t)h->key_length + h->value_length;
    for (uint32_t i = 0; i < length; i += UNIT) {
        uint8_t unit[UNIT] = {0}; /* copied: what comes from flash cannot be read while it is written */
        for (uint32_t j = 0; j < UNIT && i + j < length; j++) unit[j] = i + j < h->key_length ? key[i + j] : value[i + j - h->key_length];
        if (!hal_flash_write(s->hal, at + RECORD_HEADER + i, unit, UNIT)) return false;
    }
    return hal_flash_write(s->hal, at, h, sizeof *h);
}

static bool release(const store *s, uint32_t sector) {
    static const uint8_t zeros[SECTOR_HEADER] = {0};
    return hal_flash_write(s->hal, address_of(s, sector), zeros, sizeof zeros);
}

static bool take_into_use(const store *s, uint32_t sector, uint32_t sequence) {
    sector_header h = {MAGIC, sequence, 0, 0};
    h.crc = vm_crc32(0, &h, 8);
    uint32_t at = address_of(s, sector);
    return hal_flash_erase(s->hal, at, s->room.sector) && hal_flash_write(s->hal, at, &h, sizeof h);
}

/* The living records of sector `from` into the empty sector `to`. */
static int rescue(const store *s, uint32_t from, uint32_t to) {
    store_cursor c = {0};
    store_record r;
    uint32_t start = address_of(s, from), at = address_of(s, to) + SECTOR_HEADER;
    while (walk(s, &c, &r)) {
        if (r.address - start >= s->room.sector || !alive(s, &r)) continue;
        record_header h;
        memcpy(&h, flash(s, r.address), sizeof h);
        if (!write_record(s, at, &h, r.key, r.value)) return HAL_EIO;
        at += record_size(&h);
    }
    return 0;
}

/* A fresh newest sector. */
static int advance(const store *s) {
    uint32_t sequence, sector = newest(s, &sequence);
    if (sequence && sequence_of(s, sector + 1)) { /* none is free: see store.h */
        if (!release(s, sector)) return HAL_EIO;
        sector = newest(s, &sequence);
    }
    uint32_t next = sequence ? sector + 1 : 0;
    if (!take_into_use(s, next, sequence + 1)) return HAL_EIO;
    if (!sequence_of(s, next + 1)) return 0;
    int error = rescue(s, next + 1, next);
    return error ? error : release(s, next + 1) ? 0 : HAL_EIO;
}

int store_put(const store *s, const uint8_t *key, uint32_t key_length, unsigned type, const void *value, uint32_t length) {
    record_header h = {(uint8_t)key_length, (uint8_t)type, (uint16_t)length, 0};
    store_record old;
    if (length > 0xFFFF || record_size(&h) > s->room.sector - SECTOR_HEADER) return HAL_ENOSPC;
    bool there = latest(s, key, key_length, &old);
    if (!there && type == STORE_DELETED) return 0;
    if (there && old.type == type && old.value_length == length && memcmp(old.value, value, length) == 0) return 0;
    h.crc = vm_crc32(vm_crc32(vm_crc32(0, &h, 4), key, key_length), value, length);
    for (uint32_t turn = 0; turn <= s->room.sectors; turn++) {
        uint32_t sequence, sector = newest(s, &sequence), at = 0;
        if (sequence && !sequence_of(s, sector + 1)) at = place_in(s, sector, record_size(&h));
        if (at) return write_record(s, at, &h, key, value) ? 0 : HAL_EIO;
        int error = advance(s);
        if (error) return error;
    }
    return HAL_ENOSPC;
}

/* The oldest first: what goes early is what others have replaced. */
int store_clear(const store *s) {
    uint32_t sequence, first = newest(s, &sequence) + 1;
    for (uint32_t i = 0; i < s->room.sectors; i++)
        if (sequence_of(s, first + i) && !release(s, first + i)) return HAL_EIO;
    return 0;
}

#endif
