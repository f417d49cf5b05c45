/* SPDX-License-Identifier: Apache-2.0 */
#include "slots.h"

#include <string.h>

#include "le.h"
#include "sha256.h"
#include "verify.h"

#define HEADER_MAGIC 0x324A4D56u /* "VMJ2" */
#define HEADER_SIZE 16
#define RECORD_MAGIC 0x4A52
#define RECORD_SIZE 32
#define HASH_OFFSET 12
#define HASH_SIZE 16
#define MARK_SIZE GEOMETRY_WRITE_UNIT_MAX
#define MARK_OFFSET (RECORD_SIZE + MARK_SIZE * SLOTS_TRIALS)
#define ENTRY_SIZE (MARK_OFFSET + MARK_SIZE)
#define PAGE_USED_MAX 16384u /* of a large page: a boot reads all that is in use */

enum { KIND_COMMIT = 1, KIND_UPLOAD = 2 };

static bool blank(const uint8_t *p, uint32_t length) {
    while (length--)
        if (*p++ != 0xFF) return false;
    return true;
}

static uint32_t unit_at(const slots *s, uint32_t address) { return geometry_erase_unit(s->layout->flash, address); }

static uint32_t page_size(const slots *s) { return unit_at(s, s->layout->journal); }

static uint32_t page_end(const slots *s, uint32_t page) {
    uint32_t size = page_size(s) < PAGE_USED_MAX ? page_size(s) : PAGE_USED_MAX;
    return page + HEADER_SIZE + (size - HEADER_SIZE) / ENTRY_SIZE * ENTRY_SIZE;
}

static bool read_header(const slots *s, uint32_t page, uint32_t *sequence) {
    const uint8_t *p = hal_flash(s->hal, page);
    *sequence = le_get32(p + 4);
    return le_get32(p) == HEADER_MAGIC && le_get32(p + 8) == vm_crc32(0, p, 8);
}

static bool read_entry(const slots *s, uint32_t address, slots_record *r, uint8_t *kind) {
    const uint8_t *p = hal_flash(s->hal, address);
    if (le_get16(p) != RECORD_MAGIC || le_get32(p + 28) != vm_crc32(0, p, 28)) return false;
    uint32_t length = le_get32(p + 8);
    if (p[3] >= SLOTS_COUNT || length == 0 || length > s->layout->slot_size) return false;
    *kind = p[2];
    *r = (slots_record){.present = true, .slot = p[3], .generation = le_get32(p + 4), .length = length, .address = address};
    for (unsigned i = 0; i < SLOTS_TRIALS; i++) r->trials += !blank(p + RECORD_SIZE + MARK_SIZE * i, MARK_SIZE);
    r->marked = !blank(p + MARK_OFFSET, MARK_SIZE);
    return true;
}

const uint8_t *slots_hash(const slots *s, const slots_record *r) { return hal_flash(s->hal, r->address + HASH_OFFSET); }

void slots_mount(slots *s, vm_hal *hal, const link_layout *layout) {
    *s = (slots){.hal = hal, .layout = layout};
    for (unsigned i = 0; i < 2; i++) {
        uint32_t page = layout->journal + i * page_size(s), sequence;
        if (read_header(s, page, &sequence) && (!s->page || sequence > s->sequence)) {
            s->page = page;
            s->sequence = sequence;
        }
    }
    if (!s->page) return;
    uint32_t at = s->page + HEADER_SIZE, end = page_end(s, s->page);
    for (; at < end && !blank(hal_flash(hal, at), ENTRY_SIZE); at += ENTRY_SIZE) {
        slots_record r;
        uint8_t kind;
        if (!read_entry(s, at, &r, &kind)) continue; /* power went while it was written */
        if (kind == KIND_COMMIT) {
            if (r.generation > s->generation) s->generation = r.generation;
            if (!s->commit[r.slot].present || r.generation > s->commit[r.slot].generation) s->commit[r.slot] = r;
            s->upload.present = false;
        } else if (kind == KIND_UPLOAD) {
            s->upload = r;
        }
    }
    s->next = at;
}

static void hash_slot(const slots *s, unsigned slot, uint32_t length, uint8_t out[32]) {
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, hal_flash(s->hal, s->layout->slot[slot]), length);
    sha256_final(&c, out);
}

bool slots_verify(const slots *s, unsigned slot) {
    const slots_record *r = &s->commit[slot];
    uint8_t hash[32];
    if (!r->present) return false;
    hash_slot(s, slot, r->length, hash);
    return memcmp(hash, slots_hash(s, r), HASH_SIZE) == 0;
}

static bool usable(const slots *s, unsigned slot, slots_check *check, void *context) {
    return slots_verify(s, slot) && (!check || check(context, slot, s->commit[slot].length));
}

static unsigned newest_first(const slots *s) {
    return s->commit[1].present && (!s->commit[0].present || s->commit[1].generation > s->commit[0].generation);
}

/* A second try, after power went in the first, is allowed: to zeros. */
static bool spend(slots *s, uint32_t mark) {
    static const uint8_t zeros[MARK_SIZE];
    return hal_flash_write(s->hal, mark, zeros, MARK_SIZE) && memcmp(hal_flash(s->hal, mark), zeros, MARK_SIZE) == 0;
}

unsigned slots_choose(slots *s, bool boot, slots_check *check, void *context, bool *trials_used) {
    *trials_used = false;
    unsigned first = newest_first(s);
    for (unsigned i = 0; i < SLOTS_COUNT; i++) {
        unsigned slot = first ^ i;
        slots_record *r = &s->commit[slot];
        if (!r->present) continue;
        if (boot && !r->marked && r->trials >= SLOTS_TRIALS) {
            *trials_used = true;
            continue;
        }
        if (!usable(s, slot, check, context)) continue;
        if (boot && !r->marked) {
            spend(s, r->address + RECORD_SIZE + MARK_SIZE * r->trials);
            r->trials++;
        }
        return slot;
    }
    return SLOTS_NONE;
}

unsigned slots_target(const slots *s, slots_check *check, void *context) {
    unsigned first = newest_first(s);
    /* What a boot would fall back to in the end must survive: a confirmed program before one that is on trial. */
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < SLOTS_COUNT; i++) {
            unsigned slot = first ^ i;
            const slots_record *r = &s->commit[slot];
            bool keep = r->present && (r->marked || (pass == 1 && r->trials < SLOTS_TRIALS));
            if (keep && usable(s, slot, check, context)) return slot ^ 1u;
        }
    }
    return 0;
}

static void build_record(uint8_t out[RECORD_SIZE], uint8_t kind, uint8_t slot, uint32_t generation, uint32_t length,
                         const uint8_t *sha256) {
    le_put16(out, RECORD_MAGIC);
    out[2] = kind;
    out[3] = slot;
    le_put32(out + 4, generation);
    le_put32(out + 8, length);
    memcpy(out + HASH_OFFSET, sha256, HASH_SIZE);
    le_put32(out + 28, vm_crc32(0, out, 28));
}

static bool write_record(slots *s, uint32_t address, const uint8_t record[RECORD_SIZE]) {
    return hal_flash_write(s->hal, address, record, RECORD_SIZE) && memcmp(hal_flash(s->hal, address), record, RECORD_SIZE) == 0;
}

static bool copy_entry(slots *s, uint32_t to, uint32_t from) {
    uint8_t entry[ENTRY_SIZE];
    memcpy(entry, hal_flash(s->hal, from), ENTRY_SIZE);
    if (!write_record(s, to, entry)) return false;
    for (uint32_t at = RECORD_SIZE; at < ENTRY_SIZE; at += MARK_SIZE)
        if (!blank(entry + at, MARK_SIZE) && !spend(s, to + at)) return false;
    return true;
}

/* Starts the other page with what still counts and the new record; its header, the last thing written, puts it in force. */
static bool switch_page(slots *s, const uint8_t record[RECORD_SIZE], bool replaces_commit) {
    const link_layout *l = s->layout;
    uint32_t page = s->page == l->journal ? l->journal + page_size(s) : l->journal;
    if (!hal_flash_erase(s->hal, page, page_size(s))) return false;
    uint32_t at = page + HEADER_SIZE;
    for (unsigned slot = 0; slot < SLOTS_COUNT; slot++) {
        if (!s->commit[slot].present || (replaces_commit && slot == record[3])) continue;
        if (!copy_entry(s, at, s->commit[slot].address)) return false;
        at += ENTRY_SIZE;
    }
    if (!write_record(s, at, record)) return false;
    uint8_t header[HEADER_SIZE];
    le_put32(header, HEADER_MAGIC);
    le_put32(header + 4, s->sequence + 1);
    le_put32(header + 8, vm_crc32(0, header, 8));
    le_put32(header + 12, UINT32_MAX);
    return hal_flash_write(s->hal, page, header, sizeof header) && memcmp(hal_flash(s->hal, page), header, sizeof header) == 0;
}

static bool append(slots *s, uint8_t kind, unsigned slot, uint32_t length, const uint8_t *sha256) {
    uint8_t record[RECORD_SIZE];
    build_record(record, kind, (uint8_t)slot, s->generation + 1, length, sha256);
    bool done = false;
    while (!done && s->page && s->next < page_end(s, s->page)) {
        /* An entry that looks blank but does not take the record is left behind. */
        done = write_record(s, s->next, record);
        s->next += ENTRY_SIZE;
    }
    if (!done) done = switch_page(s, record, kind == KIND_COMMIT);
    slots_mount(s, s->hal, s->layout);
    return done;
}

static bool same_upload(const slots *s, unsigned slot, uint32_t length, const uint8_t sha256[32]) {
    const slots_record *u = &s->upload;
    return u->present && !u->marked && u->slot == slot && u->length == length && memcmp(slots_hash(s, u), sha256, HASH_SIZE) == 0;
}

/* Offset of the erase unit where the bytes end that are not blank: the last of them may be half written, and no unit is programmed twice.
 */
static uint32_t resume_at(const slots *s, uint32_t base, uint32_t length) {
    const uint8_t *p = hal_flash(s->hal, base);
    while (length && p[length - 1] == 0xFF) length--;
    uint32_t at = 0, unit;
    while (unit = unit_at(s, base + at), at + unit < length) at += unit;
    return at;
}

uint32_t slots_begin(slots *s, unsigned slot, uint32_t length, const uint8_t sha256[32]) {
    uint32_t base = s->layout->slot[slot], start = 0;
    bool same = same_upload(s, slot, length, sha256);
    if (same) {
        start = resume_at(s, base, length);
    } else if (s->upload.present && !s->upload.marked) {
        slots_give_up(s);
    }
    /* Also units that look blank: an erase that power cut short leaves cells that read as erased and do not stay so. */
    for (uint32_t at = start, unit; at < length; at += unit) {
        unit = unit_at(s, base + at);
        if (!hal_flash_erase(s->hal, base + at, unit)) return UINT32_MAX;
    }
    if (!blank(hal_flash(s->hal, base + start), length - start)) return UINT32_MAX;
    return same || append(s, KIND_UPLOAD, slot, length, sha256) ? start : UINT32_MAX;
}

void slots_give_up(slots *s) {
    if (!s->upload.present) return;
    spend(s, s->upload.address + MARK_OFFSET);
    s->upload.marked = true;
}

bool slots_commit(slots *s, unsigned slot, uint32_t length, const uint8_t sha256[32]) {
    return append(s, KIND_COMMIT, slot, length, sha256);
}

bool slots_confirm(slots *s, unsigned slot) {
    slots_record *r = &s->commit[slot];
    if (!r->present) return false;
    if (!r->marked) r->marked = spend(s, r->address + MARK_OFFSET);
    return r->marked;
}
